import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realArray, textArray } from '../../src/platform/database/binaryArrays.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { openTestApp, type TestApp } from '../support/testApp.js';

describeOnBothDatabases('an array in binary', (kind) => {
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
  });
  afterAll(async () => await service.close());

  const asRead = async (numbers: readonly number[], texts: readonly string[]) => {
    const [row] = (await service.app.database.dataSource.query('SELECT $1::real[] AS numbers, $2::text[] AS texts', [
      realArray(numbers),
      textArray(texts),
    ])) as { numbers: number[]; texts: string[] }[];
    return row;
  };

  test('is read as what was written', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })),
        // Which PostgreSQL has no place for in a text.
        fc.array(fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))),
        async (numbers, texts) => {
          const read = await asRead(numbers, texts);
          // The database knows one zero, in the shortest decimals of single precision.
          expect(read?.numbers.map((value) => Math.fround(value) + 0)).toEqual(numbers.map((value) => value + 0));
          expect(read?.texts).toEqual(texts);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('has nothing in it, or what would have to be quoted', async () => {
    expect(await asRead([], [])).toEqual({ numbers: [], texts: [] });
    const odd = ['', 'NULL', '{a,b}', '"', '\\', 'Führung 🎓'];
    expect(await asRead([0.1], odd)).toEqual({ numbers: [0.1], texts: odd });
  });
});
