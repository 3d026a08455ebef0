import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METRICS } from '../../src/evaluation/quality.js';
import type { EvaluationReport } from '../../src/evaluation/report.js';

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const QUICK = ['--set', 'ials.factors=4', '--set', 'ials.epochs=6', '--set', 'ials.unobservedWeight=0.1'];

let folder: string;
let fileCount = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waymark-evaluate-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(lines: readonly string[]): string {
  const path = join(folder, `${++fileCount}.tsv`);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function evaluate(...args: readonly string[]): Promise<Ran> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [CLI, 'evaluate', ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

async function report(...args: readonly string[]): Promise<EvaluationReport> {
  const json = join(folder, `${++fileCount}.json`);
  const { code, stderr } = await evaluate(...args, '--json', json);
  expect(code, stderr).toBe(0);
  return JSON.parse(readFileSync(json, 'utf8')) as EvaluationReport;
}

const LEARNERS = 40;
const ITEMS = 20;

/** Even learners take even items, odd ones odd items: all of their colour but one, which is held out. */
function checkerboard(): { train: string[]; holdout: string[] } {
  const train: string[] = [];
  const holdout: string[] = [];
  for (let learner = 0; learner < LEARNERS; learner++) {
    const leftOut = (learner % 2) + 2 * (Math.floor(learner / 2) % (ITEMS / 2));
    for (let item = learner % 2; item < ITEMS; item += 2)
      (item === leftOut ? holdout : train).push(`u${learner}\ti${item}`);
  }
  return { train, holdout };
}

describe('waymark evaluate', () => {
  it('finds what is left out of a checkerboard, and prints and writes every figure', async () => {
    const { train, holdout } = checkerboard();
    const [T, O] = [written(train), written(holdout)];
    const [json, svg] = [join(folder, 'board.json'), join(folder, 'board.svg')];
    const args = ['--train', T, '--holdout', O, '--models', 'ials,popularity', ...QUICK];
    const { code, stdout, stderr } = await evaluate(...args, '--json', json, '--svg', svg);
    expect(code, stderr).toBe(0);
    for (const metric of METRICS) expect(stdout).toContain(metric);
    for (const text of ['fit s', 's/epoch', 'CPU s', 'peak memory', 'not tuned: rank=4'])
      expect(stdout).toContain(text);
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/);

    const found = JSON.parse(readFileSync(json, 'utf8')) as EvaluationReport;
    expect(found).toMatchObject({
      format: 'waymark-evaluation',
      formatVersion: 1,
      versions: { waymark: expect.any(String), node: process.version },
      options: { train: T, holdout: O, models: 'ials,popularity' },
      data: {
        valuesTakenAs: 'confidence',
        timesKnown: false,
        counts: { trainingInteractions: 360, trainingLearners: 40, items: 20, evaluatedLearners: 40, heldOutItems: 40 },
        notes: [],
      },
      intervals: { confidenceLevel: 0.95, resamples: 1000 },
    });
    const ials = found.models['ials']!;
    expect(Object.keys(ials.metrics)).toEqual([...METRICS]);
    for (const { mean, low, high, count } of Object.values(ials.metrics)) {
      expect(low).toBeLessThanOrEqual(mean);
      expect(high).toBeGreaterThanOrEqual(mean);
      expect(count).toBe(40);
    }
    for (const metric of ['HR@10', 'Recall@20', 'Recall@50', 'NDCG@10', 'NDCG@20', 'NDCG@100', 'MRR'] as const) {
      expect(ials.metrics[metric].mean).toBe(1);
    }
    expect(ials).toMatchObject({ isTuned: false, options: { rank: 4, epochs: 6, unobservedWeight: 0.1 } });
    expect(ials.secondsPerEpoch).toBeGreaterThan(0);
    expect(ials.peakMemoryBytes).toBeGreaterThan(10e6);
    // Everything is equally popular, so that the order is the seed's: the rank of one of 11 is 6 on average.
    const popularity = found.models['popularity']!;
    expect(popularity.metrics.MRR.mean).toBeGreaterThan(0.15);
    expect(popularity.metrics.MRR.mean).toBeLessThan(0.45);
    expect(found.differences.find(({ metric }) => metric === 'MRR')?.difference.low).toBeGreaterThan(0.3);
    expect(found.byHistoryLength).toMatchObject([{ label: '8–15', from: 8, to: 15, learners: 40 }]);
  });

  it('gives the same figures for the same seed, whatever the order of the lines', async () => {
    const { train, holdout } = checkerboard();
    const holdoutPath = written(holdout);
    const run = async (lines: readonly string[], ...more: readonly string[]) => {
      const { models } = await report(
        '--train',
        written(lines),
        '--holdout',
        holdoutPath,
        '--models',
        'popularity',
        ...more,
      );
      return models['popularity']?.metrics;
    };
    const first = await run(train);
    expect(await run(train)).toEqual(first);
    expect((await run(train.toReversed()))?.['MRR'].mean).toBeCloseTo(first?.['MRR'].mean ?? 0, 12);
    expect((await run(train, '--seed', '2'))?.['MRR'].mean).not.toBe(first?.['MRR'].mean);
  });

  it('gives the same figures with any number of threads', async () => {
    const { train, holdout } = checkerboard();
    const args = ['--train', written(train), '--holdout', written(holdout), '--models', 'ials,itemknn', ...QUICK];
    const metricsWith = async (threads: string) => {
      const { models, engine } = await report(...args, '--set', 'itemknn.shrinkage=1', '--threads', threads);
      expect(engine.kind === 'plain' || engine.threads === Number(threads)).toBe(true);
      return Object.values(models).map(({ metrics, options, isTuned }) => ({ metrics, options, isTuned }));
    };
    const alone = await metricsWith('1');
    expect(await metricsWith('2')).toEqual(alone);
    expect(alone.every(({ isTuned }) => !isTuned)).toBe(true);
  });

  it('tunes what is not given, and fits a blend of it', async () => {
    const { train, holdout } = checkerboard();
    const args = ['--train', written(train), '--holdout', written(holdout), '--budget', '0'];
    const { models, tuning, differences } = await report(
      ...args,
      '--models',
      'ials,itemknn,popularity,blend',
      ...QUICK,
    );
    expect(Object.entries(models).map(([name, { isTuned }]) => [name, isTuned])).toEqual([
      ['ials', false],
      ['itemknn', true],
      ['popularity', true],
      ['blend', true],
    ]);
    expect(models['blend']?.metrics['HR@10'].mean).toBeGreaterThan(0.9);
    expect(tuning?.tried.map(({ family }) => family).sort()).toEqual(['ials', 'itemknn', 'popularity']);
    expect(new Set(differences.map(({ model, against }) => `${model} less ${against}`)).size).toBe(5);
  });

  it('draws a learning curve, and says whether the blend is as good as its parts', async () => {
    const { train, holdout } = checkerboard();
    const [json, svg] = [join(folder, 'curve.json'), join(folder, 'curve.svg')];
    const files = ['--train', written(train), '--holdout', written(holdout), '--budget', '0'];
    const models = ['--models', 'ials,popularity,blend', ...QUICK];
    const { code, stdout, stderr } = await evaluate(
      ...files,
      ...models,
      ...['--curve', '8,20,40,all', '--json', json, '--svg', svg],
    );
    expect(code, stderr).toBe(0);
    const { curve, blendAgainstParts, models: found } = JSON.parse(readFileSync(json, 'utf8')) as EvaluationReport;
    expect(curve?.map(({ learners, draws, blends }) => [learners, draws, blends.length])).toEqual([
      [8, 10, 10],
      [20, 10, 10],
      [40, 1, 1],
    ]);
    for (const { models: own, blendAgainstBest } of curve ?? []) {
      expect(Object.keys(own)).toEqual(['ials', 'popularity', 'blend']);
      const difference = own['blend']!.mean - own[blendAgainstBest!.part]!.mean;
      expect(blendAgainstBest?.difference.mean).toBeCloseTo(difference, 12);
      expect(blendAgainstBest?.isAsGood).toBe(blendAgainstBest!.difference.high >= 0);
    }
    expect(curve?.[2]?.models['ials']?.mean).toBe(found['ials']?.metrics['NDCG@20'].mean);
    const { atLeastAsGoodAs, worseThan } = blendAgainstParts!;
    expect([...atLeastAsGoodAs, ...worseThan].sort()).toEqual(['ials', 'popularity']);
    expect(stdout).toContain('NDCG@20 by the number of learners that models are fitted on');
    expect(stdout).toMatch(/The blend is (at least as good as each|worse than)/);
    expect(readFileSync(svg, 'utf8')).toContain('Quality by the number of learners');
  });

  it('does not favour the item that stands first in a list of candidates', async () => {
    const items = Array.from({ length: 200 }, (_, i) => `i${i}`);
    const learners = Array.from({ length: 150 }, (_, l) => `u${l}`);
    const train = written(items.map((item) => `someone\t${item}`));
    const holdout = written(learners.map((learner, l) => `${learner}\ti${l}`));
    const candidates = written(
      learners.map((learner, l) => [learner, ...items.slice(l, l + 50), ...items.slice(0, 50)].join('\t')),
    );
    const args = ['--train', train, '--holdout', holdout, '--models', 'popularity'];
    const { models, data } = await report(...args, '--candidates', candidates);
    // All scores are equal: a tenth of up to a hundred candidates are the first ten.
    expect(models['popularity']?.metrics['HR@10'].mean).toBeGreaterThan(0.03);
    expect(models['popularity']?.metrics['HR@10'].mean).toBeLessThan(0.25);
    expect(data.counts).toMatchObject({
      evaluatedLearnersUnseenInTraining: 150,
      evaluatedLearnersWithoutHistory: 150,
      candidateLists: 150,
      heldOutNotAmongCandidates: 0,
    });
  });

  it('ranks for learners known by a history file alone, and by nothing', async () => {
    const { train } = checkerboard();
    const history = written(['new\ti0', 'new\ti2']);
    const holdout = written(['new\ti4', 'new\ti6', 'stranger\ti1', 'new\tunheard']);
    const args = ['--train', written(train), '--history', history, '--holdout', holdout];
    const { models, data, byHistoryLength } = await report(...args, '--models', 'ials,popularity', ...QUICK);
    expect(data.counts).toMatchObject({
      evaluatedLearners: 2,
      evaluatedLearnersUnseenInTraining: 2,
      evaluatedLearnersWithoutHistory: 1,
      heldOutUnknownItems: 1,
    });
    expect(data.notes.join('\n')).toContain('1 held-out items are not in the training data');
    expect(byHistoryLength.map(({ label, learners }) => [label, learners])).toEqual([
      ['0', 1],
      ['2–3', 1],
    ]);
    // One colour is ranked first: the two that can be found are among its first eight.
    expect(byHistoryLength[1]?.models['ials']?.['HR@10'].mean).toBe(1);
    expect(models['ials']?.metrics['Recall@20'].mean).toBeCloseTo((2 / 3 + 1) / 2, 12);
  });

  it.each([
    [['--train', 'T', '--holdout', 'O', '--models', 'svd'], 'There is no model "svd"; --models takes any of'],
    [['--train', 'no-such-file.tsv', '--holdout', 'O'], 'no-such-file.tsv cannot be opened: there is no such file'],
    [['--trian', 'T'], "Unknown option '--trian'"],
    [['T', 'O'], 'Unexpected argument'],
  ])('refuses %j with exit code 2', async (args, message) => {
    const { code, stderr, stdout } = await evaluate(...args);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });

  it('names the file and the line that cannot be understood, and writes nothing', async () => {
    const train = written(['u\ti\t1', 'u\tj\tgood']);
    const json = join(folder, 'never.json');
    const { code, stderr } = await evaluate('--train', train, '--holdout', train, '--json', json);
    expect(code).toBe(2);
    expect(stderr).toContain(`${train}, line 2: "good" stands where the value should be`);
    expect(existsSync(json)).toBe(false);
  });

  it('tells how it is used', async () => {
    const { code, stdout } = await evaluate('--help');
    expect(code).toBe(0);
    for (const option of [
      '--train',
      '--history',
      '--holdout',
      '--candidates',
      '--models',
      '--set',
      '--json',
      '--svg',
    ]) {
      expect(stdout).toContain(option);
    }
  });
});
