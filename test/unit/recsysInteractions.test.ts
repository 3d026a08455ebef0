import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildCsr, type CsrMatrix, transpose } from '../../src/recsys/interactions.js';

/** Cells of a small matrix, each at most once, in any order. */
const cellsArbitrary = fc.uniqueArray(
  fc.record({
    row: fc.integer({ min: 0, max: 5 }),
    column: fc.integer({ min: 0, max: 7 }),
    value: fc.constantFrom(-1, 0.25, 0.5, 1, 2),
  }),
  { selector: ({ row, column }) => row * 8 + column },
);

function matrixOf(cells: readonly { row: number; column: number; value: number }[]): CsrMatrix {
  return buildCsr(6, 8, {
    rowIndices: cells.map(({ row }) => row),
    columnIndices: cells.map(({ column }) => column),
    values: cells.map(({ value }) => value),
  });
}

function denseOf(matrix: CsrMatrix): number[][] {
  const dense = Array.from({ length: matrix.rowCount }, () => new Array<number>(matrix.columnCount).fill(0));
  for (let row = 0; row < matrix.rowCount; row++) {
    for (let cell = matrix.rowOffsets[row] ?? 0; cell < (matrix.rowOffsets[row + 1] ?? 0); cell++) {
      (dense[row] ?? [])[matrix.columnIndices[cell] ?? 0] = matrix.values[cell] ?? 0;
    }
  }
  return dense;
}

describe('buildCsr', () => {
  it('sorts cells into rows, columns ascending', () => {
    const matrix = buildCsr(3, 4, { rowIndices: [2, 0, 2], columnIndices: [3, 1, 0], values: [1, -1, 0.5] });
    expect(matrix).toEqual({
      rowCount: 3,
      columnCount: 4,
      rowOffsets: Int32Array.of(0, 1, 1, 3),
      columnIndices: Int32Array.of(1, 0, 3),
      values: Float32Array.of(-1, 0.5, 1),
    });
  });

  it('makes the same matrix of the same cells in any order', () => {
    fc.assert(
      fc.property(cellsArbitrary, (cells) => {
        expect(matrixOf(cells.toReversed())).toEqual(matrixOf(cells));
        const dense = denseOf(matrixOf(cells));
        for (const { row, column, value } of cells) expect(dense[row]?.[column]).toBe(value);
        expect(dense.flat().filter((value) => value !== 0)).toHaveLength(cells.length);
      }),
    );
  });

  it('takes a matrix without cells, rows or columns', () => {
    expect(buildCsr(0, 0, { rowIndices: [], columnIndices: [], values: [] }).rowOffsets).toEqual(Int32Array.of(0));
    expect(buildCsr(2, 0, { rowIndices: [], columnIndices: [], values: [] }).rowOffsets).toEqual(
      Int32Array.of(0, 0, 0),
    );
  });

  it.each([
    ['a row outside', [2], [0], [1]],
    ['a negative column', [0], [-1], [1]],
    ['a broken index', [0.5], [0], [1]],
    ['a repeated cell', [0, 1, 0], [1, 1, 1], [1, 2, 3]],
    ['a value that is no number', [0], [0], [Number.NaN]],
    ['a value that tells nothing', [0], [0], [0]],
    ['columns of different lengths', [0, 1], [0], [1]],
  ])('refuses %s', (_, rowIndices, columnIndices, values) => {
    expect(() => buildCsr(2, 2, { rowIndices, columnIndices, values })).toThrow(RangeError);
  });
});

describe('transpose', () => {
  it('exchanges rows and columns, and twice gives the matrix back', () => {
    fc.assert(
      fc.property(cellsArbitrary, (cells) => {
        const matrix = matrixOf(cells);
        const dense = denseOf(matrix);
        const transposed = transpose(matrix);
        expect(denseOf(transposed)).toEqual(Array.from({ length: 8 }, (_, c) => dense.map((row) => row[c])));
        expect(transpose(transposed)).toEqual(matrix);
      }),
    );
  });
});
