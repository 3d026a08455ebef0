import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cellsOfColumns, keepCells } from '../../src/evaluation/cells.js';
import { IdTable } from '../../src/evaluation/idTable.js';
import { readCandidates, readInteractions } from '../../src/evaluation/interactionFile.js';
import { readOverrides } from '../../src/evaluation/overrides.js';
import { readEvaluationFiles } from '../../src/evaluation/readEvaluationFiles.js';

let folder: string;
let fileCount = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waymark-evaluate-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(content: string | Buffer, ending = 'tsv'): string {
  const path = join(folder, `${++fileCount}.${ending}`);
  writeFileSync(path, content);
  return path;
}

const newIds = () => ({ learners: new IdTable(), items: new IdTable() });

/** The lines of a file as they were understood, with ids in place of numbers. */
async function read(content: string | Buffer, ending = 'tsv') {
  const ids = newIds();
  const columns = await readInteractions(written(content, ending), ids);
  return Array.from({ length: columns.count }, (_, line) => [
    ids.learners.idAt(columns.learnerIndices[line]!),
    ids.items.idAt(columns.itemIndices[line]!),
    columns.values[line],
    columns.atMs?.[line] ?? null,
  ]);
}

describe('IdTable', () => {
  it('numbers ids as they come, and knows them again', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 6 }), { maxLength: 3_000 }), (ids) => {
        const table = new IdTable();
        const numbers = new Map<string, number>();
        for (const id of ids) {
          const bytes = Buffer.from(`xx${id}yy`);
          const index = table.intern(bytes, 2, bytes.length - 2);
          if (!numbers.has(id)) numbers.set(id, numbers.size);
          expect(index).toBe(numbers.get(id));
        }
        expect(table.count).toBe(numbers.size);
        for (const [id, index] of numbers) expect(table.idAt(index)).toBe(id);
      }),
    );
  });
});

describe('reading interactions', () => {
  it('takes values and times as they are, and 1 where there is no value', async () => {
    expect(await read('u1\ti1\nu1\ti2\t4.5\nu2\ti1\t\t\n')).toEqual([
      ['u1', 'i1', 1, null],
      ['u1', 'i2', 4.5, null],
      ['u2', 'i1', 1, null],
    ]);
    expect(await read('u\ti\t-0.5\t1600000000\nu\tj\t1e-1\t1600000000.5')).toEqual([
      ['u', 'i', -0.5, 1_600_000_000_000],
      ['u', 'j', Math.fround(0.1), 1_600_000_000_500],
    ]);
  });

  it('keeps ids as text, whatever they look like', async () => {
    expect((await read('1\t01\n1.0\t1\n é \t汉\n')).map(([learner, item]) => [learner, item])).toEqual([
      ['1', '01'],
      ['1.0', '1'],
      [' é ', '汉'],
    ]);
  });

  it('reads any line end, a byte order mark, empty lines and packed files', async () => {
    const expected = [
      ['u', 'i', 1, null],
      ['v', 'j', 2, null],
    ];
    expect(await read('\ufeffu\ti\t1\r\n\r\nv\tj\t2\r\n')).toEqual(expected);
    expect(await read(gzipSync('u\ti\t1\n\n\nv\tj\t2'), 'tsv.gz')).toEqual(expected);
  });

  it('does not know the order when a line has no time', async () => {
    const columns = await readInteractions(written('u\ti\t1\t5\nu\tj\t1\nu\tk\t1\t7\n'), newIds());
    expect(columns.atMs).toBeNull();
    expect(columns.linesWithoutTime).toBe(1);
  });

  it('reads files longer than a piece of them', async () => {
    const lines = Array.from({ length: 120_000 }, (_, l) => `learner-${l % 777}\titem-${l % 5_003}\t${l % 7}\t${l}`);
    const rows = await read(lines.join('\n'));
    expect(rows).toHaveLength(120_000);
    expect(rows[99_999]).toEqual([`learner-${99_999 % 777}`, `item-${99_999 % 5_003}`, 99_999 % 7, 99_999_000]);
  });

  it.each([
    ['user\titem\n1\t2\n', 'line 1: "user", "item" looks like a header line'],
    ['user_id\tcourse_id\trating\tts\n', 'line 1: "user_id", "course_id" looks like a header line'],
    [
      'a\tb\tc\n',
      'line 1: "c" stands where the value should be, which must be a number. The files have no header line',
    ],
    ['u\ti\t1\nu\tj\tgood\n', 'line 2: "good" stands where the value should be'],
    ['u\ti\t1\t2020-01-01\n', 'line 1: "2020-01-01" stands where the time should be'],
    ['u\ti\t1\t1600000000000\n', 'line 1: the time 1600000000000 is beyond any date; it counts seconds'],
    ['u\ti\t1\n\nu,i\n', 'line 3: only one column'],
    ['u\ti\t1\t2\t3\n', 'line 1: more than 4 columns'],
    ['u\ti\n\ti\n', 'line 2: the user is empty'],
    ['u\t\t1\n', 'line 1: the item is empty'],
    ['u\ti\tNaN\n', '"NaN" stands where the value should be'],
    ['u\ti\t.\n', '"." stands where the value should be'],
    ['', 'has no lines'],
    [Buffer.from('\ufeffu\ti', 'utf16le'), 'is written in UTF-16'],
  ])('refuses %j with the line and the reason', async (content, message) => {
    await expect(read(content)).rejects.toThrow(message);
    await expect(read(content)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('says when there is no such file', async () => {
    await expect(readInteractions(join(folder, 'absent.tsv'), newIds())).rejects.toThrow(/absent.*no such file/);
  });

  it('reads numbers as JavaScript does', async () => {
    const numbers = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }), fc.integer());
    await fc.assert(
      fc.asyncProperty(fc.array(numbers, { minLength: 1 }), async (values) => {
        const rows = await read(values.map((value) => `u\ti\t${value}`).join('\n'));
        expect(rows.map((row) => row[2])).toEqual(values.map((value) => Math.fround(Number(String(value)))));
      }),
      { numRuns: 30 },
    );
  });
});

describe('reading candidates', () => {
  it('adds up the lines of a learner', async () => {
    const ids = newIds();
    const columns = await readCandidates(written('u\ta\tb\t\r\nv\tc\nu\td\n'), ids);
    const entries = Array.from({ length: columns.count }, (_, e) => [
      ids.learners.idAt(columns.learnerIndices[e]!),
      ids.items.idAt(columns.itemIndices[e]!),
    ]);
    expect(entries).toEqual([
      ['u', 'a'],
      ['u', 'b'],
      ['v', 'c'],
      ['u', 'd'],
    ]);
    expect(columns.listedLearners).toEqual([0, 1, 0]);
  });

  it('refuses a line without items', async () => {
    await expect(readCandidates(written('u\ta\nv\n'), newIds())).rejects.toThrow('line 2: only one column');
  });
});

describe('sorting cells', () => {
  const columnsOf = (cells: readonly (readonly [number, number, number, number?])[], timed: boolean) => ({
    count: cells.length,
    rowIndices: Int32Array.from(cells, ([row]) => row),
    columnIndices: Int32Array.from(cells, ([, column]) => column),
    values: Float32Array.from(cells, ([, , value]) => value),
    atMs: timed ? Float64Array.from(cells, ([, , , at = 0]) => at) : null,
  });

  it('keeps the latest of a cell, or else the strongest, or else the last', () => {
    const cells = [
      [1, 2, 5, 10],
      [0, 1, 1, 10],
      [1, 2, 3, 20],
      [0, 1, -4, 10],
      [-1, 0, 9, 9],
      [0, 0, 1, 30],
      [0, 1, 4, 10],
    ] as const;
    const timed = cellsOfColumns(2, 3, columnsOf(cells, true));
    expect(timed.duplicateCount).toBe(3);
    expect([...timed.matrix.rowOffsets]).toEqual([0, 2, 3]);
    expect([...timed.matrix.columnIndices]).toEqual([0, 1, 2]);
    expect([...timed.matrix.values]).toEqual([1, 4, 3]);
    expect([...(timed.atMs ?? [])]).toEqual([30, 10, 20]);
    expect([...cellsOfColumns(2, 3, columnsOf(cells, false)).matrix.values]).toEqual([1, 4, 5]);
  });

  it('keeps cells by what they hold', () => {
    const cells = cellsOfColumns(
      2,
      3,
      columnsOf(
        [
          [0, 2, 0, 1],
          [0, 1, 3, 2],
          [1, 0, -1, 3],
        ],
        true,
      ),
    );
    const kept = keepCells(cells, (_, value) => value !== 0);
    expect([...kept.matrix.rowOffsets]).toEqual([0, 1, 2]);
    expect([...kept.matrix.columnIndices]).toEqual([1, 0]);
    expect([...(kept.atMs ?? [])]).toEqual([2, 3]);
  });
});

describe('putting files together', () => {
  const all = async (
    files: { train: string; history?: string; holdout: string; candidates?: string },
    seed = 1,
    maxLearners: number | null = null,
  ) => {
    const paths = {
      train: written(files.train),
      history: files.history === undefined ? null : written(files.history),
      holdout: written(files.holdout),
      candidates: files.candidates === undefined ? null : written(files.candidates),
    };
    return await readEvaluationFiles(paths, null, null, { seed, maxLearners }, () => {});
  };

  it('knows learners of the holdout alone by an empty history, and counts what cannot be used', async () => {
    const { set, description } = await all({
      train: 'a\tx\t5\na\ty\t3\na\tx\t4\nb\tz\t1\nb\ty\t0\n',
      holdout: 'a\tz\t2\na\tx\t1\nnew\tx\t1\nnew\tnowhere\t1\nb\tx\t-1\n',
    });
    expect(description.valuesTakenAs).toBe('binary');
    expect(set.counts).toMatchObject({
      trainingInteractions: 3,
      trainingLearners: 2,
      items: 3,
      evaluatedLearners: 2,
      evaluatedLearnersUnseenInTraining: 1,
      evaluatedLearnersWithoutHistory: 1,
      heldOutItems: 4,
      heldOutUnknownItems: 1,
      heldOutAlreadyInHistory: 1,
      heldOutNotWanted: 1,
      valuesOfZero: 1,
      duplicateLines: 1,
    });
    expect([...set.protocol.histories.rowOffsets]).toEqual([0, 2, 2]);
    expect(description.notes.join('\n')).toContain('1 held-out items are not in the training data');
  });

  it('takes the history file alone as the history, for learners that training knows or not', async () => {
    const { set } = await all({
      train: 'a\tx\t1\t10\na\ty\t1\t20\nb\tz\t1\t30\n',
      history: 'a\tz\t1\t40\nc\tx\t1\t50\nc\tnew\t1\t60\nd\ty\t1\t70\n',
      holdout: 'a\tx\nc\ty\n',
    });
    const { histories, historyAtMs } = set.protocol;
    expect(Array.from(histories.columnIndices, set.itemId)).toEqual(['z', 'x']);
    expect([...(historyAtMs ?? [])]).toEqual([40_000, 50_000]);
    expect(set.training.asOfMs).toBe(30_000);
    expect(set.counts).toMatchObject({ historyUnknownItems: 1, heldOutAlreadyInHistory: 0 });
  });

  it('leaves an item with a value of 0 out of the ranking, and out of what scorers are told', async () => {
    const { set } = await all({ train: 'a\tx\t1\na\ty\t0\nb\ty\t1\nb\tz\t1\n', holdout: 'a\tz\n' });
    expect(Array.from(set.protocol.histories.columnIndices, set.itemId)).toEqual(['x']);
    expect(Array.from(set.protocol.taken.columnIndices, set.itemId).sort()).toEqual(['x', 'y']);
  });

  it('numbers items by the seed and the ids, whatever the order of the lines', async () => {
    const ids = Array.from({ length: 30 }, (_, i) => `item-${i}`);
    const lines = ids.map((id) => `a\t${id}`);
    const holdout = 'b\titem-3\n';
    const order = async (content: readonly string[], seed: number) => {
      const { set } = await all({ train: content.join('\n'), holdout }, seed);
      return ids.map((_, index) => set.itemId(index));
    };
    const first = await order(lines, 1);
    expect(await order(lines.toReversed(), 1)).toEqual(first);
    expect(await order(lines, 2)).not.toEqual(first);
    expect(first).not.toEqual(ids);
  });

  it('restricts listed learners to their candidates, and tells of those who cannot be found', async () => {
    const { set, description } = await all({
      train: 'a\tx\na\ty\nb\tz\n',
      holdout: 'a\tz\nb\tx\nb\ty\n',
      candidates: 'a\tx\tz\tx\tunheard\nnobody\tx\n',
    });
    const { candidates } = set.protocol;
    expect([...(candidates?.isListed ?? [])]).toEqual([1, 0]);
    expect(Array.from(candidates?.items.columnIndices ?? [], set.itemId).sort()).toEqual(['x', 'z']);
    expect(set.counts).toMatchObject({
      candidateLists: 1,
      learnersWithoutCandidates: 1,
      candidatesUnknownItems: 1,
      heldOutNotAmongCandidates: 0,
    });
    expect(description.notes.join('\n')).toContain('1 evaluated learners have no candidates');
    const without = await all({ train: 'a\tx\nb\tz\n', holdout: 'a\tz\n', candidates: 'a\tx\n' });
    expect(without.description.notes.join('\n')).toContain('No held-out item is among the candidates');
  });

  it('takes a random part of the learners when asked to', async () => {
    const learners = Array.from({ length: 50 }, (_, learner) => `u${learner}\tx`);
    const files = { train: 'a\tx\na\ty\n', history: learners.join('\n'), holdout: learners.join('\n') };
    const { set } = await all(files, 1, 7);
    expect(set.counts).toMatchObject({ evaluatedLearners: 7, heldOutItems: 7, evaluatedLearnersUnseenInTraining: 7 });
    expect(set.protocol.histories.rowCount).toBe(7);
    expect((await all(files, 2, 7)).set.protocol).toMatchObject({ itemCount: 2 });
  });

  it('refuses files that leave nothing to learn or to find', async () => {
    await expect(all({ train: 'a\tx\t0\n', holdout: 'a\ty\n' })).rejects.toThrow('nothing to learn from');
    await expect(all({ train: 'a\tx\n', holdout: 'a\ty\t-1\n' })).rejects.toThrow('nothing to find');
  });
});

describe('overrides', () => {
  const defaults = {
    ials: { rank: 64, regularisation: 0.01, unobservedWeight: 0.1, halfLifeDays: null, solver: 'auto' },
    ease: { l2: 300 },
    popularity: {},
  };

  it('take either spelling, any case, and factors for rank', () => {
    const texts = [
      'ials.factors=192',
      'ials.regularization=0.007',
      'IALS.unobservedweight=0.3',
      'ease.l2=1320',
      'ials.halfLifeDays=90',
      'ials.solver=cg',
      'ease.l2=5e2',
    ];
    expect(readOverrides(texts, defaults)).toEqual({
      ials: { rank: 192, regularisation: 0.007, unobservedWeight: 0.3, halfLifeDays: 90, solver: 'cg' },
      ease: { l2: 500 },
    });
    expect(readOverrides(['ials.halfLifeDays=none'], defaults)).toEqual({ ials: { halfLifeDays: null } });
    expect(readOverrides([], defaults)).toEqual({});
  });

  it.each([
    ['ials.factors', 'it is written MODEL.OPTION=VALUE'],
    ['factors=3', 'it is written MODEL.OPTION=VALUE'],
    ['als.factors=3', 'there is no model "als" with options; there are ials, ease'],
    ['ials.beta=3', 'ials has no option "beta"; it has rank (or factors), regularisation'],
    ['popularity.x=3', 'popularity has no options'],
    ['ials.factors=many', '"many" is no value for it; it is now 64'],
    ['ials.factors=', '"" is no value'],
    ['ials.toString=3', 'ials has no option "toString"'],
    ['constructor.name=3', 'there is no model "constructor"'],
  ])('refuse %s', (text, message) => {
    expect(() => readOverrides([text], defaults)).toThrow(message);
  });
});
