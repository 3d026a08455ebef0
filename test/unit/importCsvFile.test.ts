import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type BadLine, type CsvRecord, openCsv, RecordReader } from '../../src/cli/csvFile.js';

const folder = mkdtempSync(join(tmpdir(), 'waymark-csv-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
function written(content: string | Buffer, ending = '.csv'): string {
  made += 1;
  const path = join(folder, `${made}${ending}`);
  writeFileSync(path, content);
  return path;
}

async function contentOf(path: string) {
  const file = await openCsv(path);
  const lines: (CsvRecord | BadLine)[] = [];
  for await (const some of file.lines()) lines.push(...some);
  file.close();
  return { header: file.header, lines };
}

const problemLines = (lines: readonly (CsvRecord | BadLine)[]) =>
  lines.filter((l) => 'problem' in l).map((l) => l.line);
const cellsOf = (lines: readonly (CsvRecord | BadLine)[]) => lines.flatMap((l) => ('cells' in l ? [l.cells] : []));

describe('reading a CSV file', () => {
  it('gives cells as they are meant: quotes, commas, doubled quotes, line breaks within a cell', async () => {
    const { header, lines } = await contentOf(written('id,title\n1,"a, ""quoted"" title"\n2,"two\nlines"\n3,plain\n'));
    expect(header).toEqual(['id', 'title']);
    expect(lines).toEqual([
      { line: 2, cells: ['1', 'a, "quoted" title'] },
      { line: 3, cells: ['2', 'two\nlines'] },
      { line: 5, cells: ['3', 'plain'] },
    ]);
  });

  it('takes a byte order mark, CR LF, CR alone, a mixture of them, and no line end at the end', async () => {
    for (const end of ['\r\n', '\n', '\r']) {
      const path = written(`\ufeffid,title${end}1,"a${end}b"${end}2,c`);
      const { header, lines } = await contentOf(path);
      expect(header).toEqual(['id', 'title']);
      expect(lines).toEqual([
        { line: 2, cells: ['1', `a${end}b`] },
        { line: 4, cells: ['2', 'c'] },
      ]);
    }
    expect((await contentOf(written('a,b\r\n1,2\n3,4\r5,6'))).lines.map((l) => l.line)).toEqual([2, 3, 4]);
  });

  it('leaves out lines without values but counts them', async () => {
    const { lines } = await contentOf(written('a,b\n\n \u00a0\n1,2\n,\n\n3,4\n,\n'));
    expect(lines).toEqual([
      { line: 4, cells: ['1', '2'] },
      { line: 7, cells: ['3', '4'] },
    ]);
  });

  it('drops white space round cells, also between a comma and a quote', async () => {
    expect(cellsOf((await contentOf(written('a , b\n 1 , "x, y" \n'))).lines)).toEqual([['1', 'x, y']]);
  });

  it('splits TSV at tabs, and CSV at semicolons when its header has them and no comma', async () => {
    expect(cellsOf((await contentOf(written('a\tb\n1, x\t\n', '.tsv'))).lines)).toEqual([['1, x', '']]);
    expect(cellsOf((await contentOf(written('a;b\n1;"x;y, z"\n'))).lines)).toEqual([['1', 'x;y, z']]);
    expect(cellsOf((await contentOf(written('a,b;c\n1;2,3\n'))).lines)).toEqual([['1;2', '3']]);
  });

  it('unpacks .gz on the way', async () => {
    const path = written(gzipSync('a\tb\n1\t2\n'), '.tsv.gz');
    expect(cellsOf((await contentOf(path)).lines)).toEqual([['1', '2']]);
  });

  it('reports lines with too few or too many cells', async () => {
    const { lines } = await contentOf(written('a,b\n1\n1,2,3\n1,2\n'));
    expect(lines.slice(0, 2)).toEqual([
      { line: 2, problem: 'has 1 cells, but the header has 2 columns; quote cells with commas' },
      { line: 3, problem: 'has 3 cells, but the header has 2 columns; quote cells with commas' },
    ]);
    expect(cellsOf(lines)).toEqual([['1', '2']]);
  });

  it('loses one line to a broken quote and goes on with the next', async () => {
    const { lines } = await contentOf(
      written('a,b\n1,"x\n2,"good"\n3,mid"dle\n4,"x"y\n\n5,"two\nlines"\n6,"never closed\n7,z\n'),
    );
    expect(problemLines(lines)).toEqual([2, 4, 5, 9]);
    expect(lines.filter((l) => 'cells' in l)).toEqual([
      { line: 3, cells: ['2', 'good'] },
      { line: 7, cells: ['5', 'two\nlines'] },
      { line: 10, cells: ['7', 'z'] },
    ]);
  });

  it('does not read on for ever after an opening quote, nor lose what follows', async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => `${i},some words to make the line longer`);
    const { lines } = await contentOf(written(`a,b\nx,"open\n${rows.join('\n')}\n`));
    expect(problemLines(lines)).toEqual([2]);
    expect(cellsOf(lines)).toHaveLength(60_000);
    expect(lines.at(-1)?.line).toBe(60_002);
  });

  it('skips a bad line that is longer than what is read at a time', async () => {
    const { lines } = await contentOf(written(`a,b\n1,x"${'y'.repeat(700_000)}\n2,z\n`));
    expect(problemLines(lines)).toEqual([2]);
    expect(lines.at(-1)).toEqual({ line: 3, cells: ['2', 'z'] });
  });

  it('reports lines that are not UTF-8 and takes the replacement character where it is written', async () => {
    const latin1 = Buffer.concat([Buffer.from('a,b\n1,caf'), Buffer.from([0xe9]), Buffer.from('\n2,\ufffd\n3,café\n')]);
    const { lines } = await contentOf(written(latin1));
    expect(lines[0]).toEqual({ line: 2, problem: 'is not valid UTF-8; save the file as UTF-8' });
    expect(cellsOf(lines)).toEqual([
      ['2', '\ufffd'],
      ['3', 'café'],
    ]);
  });

  it('refuses files that it cannot make sense of, naming them', async () => {
    const missing = join(folder, 'missing.csv');
    await expect(openCsv(missing)).rejects.toThrow(`The file ${missing} cannot be opened: there is no such file.`);
    await expect(openCsv(folder)).rejects.toThrow('cannot be');
    await expect(openCsv(written(''))).rejects.toThrow('is empty');
    await expect(openCsv(written('\n\n'))).rejects.toThrow('is empty');
    await expect(openCsv(written(Buffer.from('\ufeffa,b\n', 'utf16le')))).rejects.toThrow('UTF-16');
    await expect(openCsv(written('a,"b\n1,2\n'))).rejects.toThrow('has no readable header: line 1 opens a quote');
  });

  it('fails on a packed file that is cut off', async () => {
    const packed = gzipSync(`a,b\n${Array.from({ length: 50_000 }, (_, i) => `${i},${Math.sin(i)}`).join('\n')}`);
    const path = written(packed.subarray(0, packed.length / 2), '.csv.gz');
    await expect(contentOf(path)).rejects.toThrow(`The file ${path} cannot be read to its end`);
  });
});

async function readInChunks(bytes: Buffer, sizes: readonly number[]): Promise<(CsvRecord | BadLine)[]> {
  const reader = new RecordReader(',');
  const entries: (CsvRecord | BadLine)[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    entries.push(...(await reader.push(bytes.subarray(at, at + size))));
    at += size;
  }
  entries.push(...(await reader.end()));
  return entries;
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

describe('finding records', () => {
  it('gives back what a table was written from, with the lines its rows start on, whatever the chunks', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', 'é', '🙂', '"', ',', '\n', '\r\n', ' ', '\ufffd'),
      maxLength: 8,
    });
    const row = fc.tuple(fc.constantFrom('x', 'y'), cell, cell);
    const lineEnd = fc.constantFrom('\n', '\r\n');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(row, lineEnd), { maxLength: 12 }), sizes, async (rows, chunkSizes) => {
        let line = 1;
        const expected: CsvRecord[] = [];
        let text = '';
        for (const [cells, end] of rows) {
          expected.push({ line, cells: cells.map((c) => c.trim()) });
          const record = `${cells.map((c) => `"${c.replaceAll('"', '""')}"`).join(',')}${end}`;
          line += record.split('\n').length - 1;
          text += record;
        }
        const found = await readInChunks(Buffer.from(text), chunkSizes);
        expect(found.map((r) => ('cells' in r ? { ...r, cells: r.cells.map((c) => c.trim()) } : r))).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('takes any bytes at all, finds the same in any chunks, and names lines of the file in rising order', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', '""', ',"'), maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(text, sizes, async (content, chunkSizes) => {
        const bytes = Buffer.from(content);
        const found = await readInChunks(bytes, chunkSizes);
        expect(found).toEqual(await readInChunks(bytes, [1_000]));
        const lines = found.map((entry) => entry.line);
        expect(lines).toEqual([...new Set(lines)].sort((a, b) => a - b));
        expect(lines.every((line) => line >= 1 && line <= content.split(/\r\n|\n|\r/).length)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
