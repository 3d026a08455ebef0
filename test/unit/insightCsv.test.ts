import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CsvValue, toCsv } from '../../src/insights/csv.js';

/** Reads what RFC 4180 allows to be written. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let [row, cell, isQuoted] = [[] as string[], '', false];
  for (let i = 0; i < text.length; i++) {
    const letter = text.charAt(i);
    if (isQuoted) {
      if (letter !== '"') cell += letter;
      else if (text.charAt(i + 1) === '"') {
        cell += '"';
        i += 1;
      } else isQuoted = false;
    } else if (letter === '"') isQuoted = true;
    else if (letter === ',') {
      row.push(cell);
      cell = '';
    } else if (letter === '\r' && text.charAt(i + 1) === '\n') {
      rows.push([...row, cell]);
      [row, cell] = [[], ''];
      i += 1;
    } else cell += letter;
  }
  return rows;
}

describe('a table as CSV', () => {
  test('quotes what must be quoted and takes the sting from formulas', () => {
    const rows = [
      ['=HYPERLINK("http://x")', -3],
      ['plain, "quoted"', null],
      ['+1', 0.5],
      ['@x', 2],
      ['-', 1],
      ['\t=1', 1],
      ['a=1', 1],
      ['x;=1', 1],
    ];
    expect(toCsv(['term', 'n'], rows)).toBe(
      'term,n\r\n"\'=HYPERLINK(""http://x"")",-3\r\n"plain, ""quoted""",\r\n\'+1,0.5\r\n\'@x,2\r\n\'-,1\r\n"\'\t=1",1\r\na=1,1\r\n"x;=1",1\r\n',
    );
  });

  test('is read back as it was, and no text in it begins like a formula', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', 'a') }),
    );
    const value: fc.Arbitrary<CsvValue> = fc.oneof(text, fc.integer(), fc.constant(null));
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { maxLength: 5 }), (rows) => {
        const read = readCsv(toCsv(['a', 'b'], rows)).slice(1);
        expect(read).toHaveLength(rows.length);
        rows.forEach((row, r) => {
          row.forEach((wanted, c) => {
            const cell = read[r]?.[c] ?? '';
            if (typeof wanted !== 'string') expect(cell).toBe(wanted === null ? '' : String(wanted));
            else {
              expect(cell).not.toMatch(/^[=+\-@\t\r\n]/);
              expect([wanted, `'${wanted}`]).toContain(cell);
            }
          });
        });
      }),
    );
  });
});
