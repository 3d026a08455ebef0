import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CsrMatrix } from '../../src/recsys/interactions.js';
import { loadKernels } from '../../src/recsys/kernels/module.js';
import { createRowSums, plainRowSums } from '../../src/recsys/kernels/rowSums.js';

/** Rows of any length, on both sides of what the kernel adds at a time. */
const someMatrix = fc
  .tuple(
    fc.integer({ min: 1, max: 40 }),
    fc.array(
      fc.uniqueArray(fc.tuple(fc.nat(39), fc.float({ noNaN: true, noDefaultInfinity: true })), {
        selector: ([column]) => column,
        maxLength: 30,
      }),
      { maxLength: 20, size: 'max' },
    ),
  )
  .map(([columnCount, rows]): CsrMatrix => {
    const cells = rows.map((row) => row.filter(([column]) => column < columnCount));
    const rowOffsets = Int32Array.from([0, ...cells.map(({ length }) => length)]);
    for (let row = 1; row < rowOffsets.length; row++) rowOffsets[row]! += rowOffsets[row - 1]!;
    return {
      rowCount: rows.length,
      columnCount,
      rowOffsets,
      columnIndices: Int32Array.from(cells.flat(), ([column]) => column),
      values: Float32Array.from(cells.flat(), ([, value]) => value),
    };
  });

describe('sums of rows', () => {
  it('are worked out by the kernel here', () => {
    expect(loadKernels()).not.toHaveProperty('missing');
  });

  it('are to the bit what plain TypeScript adds up, whatever was asked before', () => {
    let asked = 0;
    fc.assert(
      fc.property(
        someMatrix,
        fc.array(fc.array(fc.tuple(fc.nat(19), fc.double({ noNaN: true, min: -1e6, max: 1e6 })), { maxLength: 20 }), {
          minLength: 1,
          maxLength: 4,
        }),
        (matrix, sums) => {
          const [kernel, plain] = [createRowSums(matrix), plainRowSums(matrix)];
          for (const wanted of sums) {
            const some = wanted.filter(([row]) => row < matrix.rowCount).slice(0, matrix.rowCount);
            const [rows, weights] = [some.map(([row]) => row), some.map(([, weight]) => weight)];
            const [found, expected] = [
              new Float32Array(matrix.columnCount).fill(7),
              new Float32Array(matrix.columnCount),
            ];
            kernel.sum(rows, weights, found);
            plain.sum(rows, weights, expected);
            expect(found).toEqual(expected);
            asked += some.length;
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(asked).toBeGreaterThan(300);
  });
});
