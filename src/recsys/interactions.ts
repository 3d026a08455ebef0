/**
 * A sparse matrix in compressed rows: the cells of row r are at positions `rowOffsets[r]` to `rowOffsets[r + 1]` (half
 * open) of `columnIndices` and `values`, columns ascending, no column twice.
 *
 * As interactions, rows are learners, columns items and values **signed confidences**: v > 0 says with confidence v
 * that the learner wants the item (target 1), v < 0 with confidence |v| that they do not (target 0, a dismissal). A
 * cell that is absent is unobserved, which is weak evidence of target 0.
 */
export interface CsrMatrix {
  readonly rowCount: number;
  readonly columnCount: number;
  /** Length `rowCount + 1`, ascending from 0. */
  readonly rowOffsets: Int32Array;
  readonly columnIndices: Int32Array;
  readonly values: Float32Array;
}

/** Cells in any order, in three columns of equal length. */
export interface Triplets {
  readonly rowIndices: ArrayLike<number>;
  readonly columnIndices: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/**
 * The matrix with the given cells.
 *
 * @param rowCount at least 0
 * @param columnCount at least 0
 * @param triplets cells in any order; values finite and not 0
 * @throws RangeError when the columns differ in length, a cell is outside the matrix or given twice, or a value is 0 or
 *   not finite
 */
export function buildCsr(rowCount: number, columnCount: number, triplets: Triplets): CsrMatrix {
  const { rowIndices, columnIndices, values } = triplets;
  const cellCount = values.length;
  if (rowIndices.length !== cellCount || columnIndices.length !== cellCount) {
    throw new RangeError(
      `The triplet columns differ in length: ${rowIndices.length}, ${columnIndices.length} and ${cellCount}.`,
    );
  }
  const rowOffsets = new Int32Array(rowCount + 1);
  const columnOffsets = new Int32Array(columnCount + 1);
  for (let cell = 0; cell < cellCount; cell++) {
    const row = rowIndices[cell]!;
    const column = columnIndices[cell]!;
    if (!isIndex(row, rowCount) || !isIndex(column, columnCount)) {
      throw new RangeError(`Cell (${row}, ${column}) is outside a ${rowCount} × ${columnCount} matrix.`);
    }
    const value = values[cell]!;
    if (!Number.isFinite(value) || value === 0) {
      throw new RangeError(`Cell (${row}, ${column}) holds ${value}: leave out cells that tell nothing.`);
    }
    rowOffsets[row + 1]!++;
    columnOffsets[column + 1]!++;
  }
  for (let row = 0; row < rowCount; row++) rowOffsets[row + 1]! += rowOffsets[row]!;
  for (let column = 0; column < columnCount; column++) columnOffsets[column + 1]! += columnOffsets[column]!;

  // Two stable counting sorts, by column and then by row, leave the columns ascending within each row.
  const byColumn = new Int32Array(cellCount);
  for (let cell = 0; cell < cellCount; cell++) byColumn[columnOffsets[columnIndices[cell]!]!++] = cell;
  const next = rowOffsets.slice();
  const sortedColumns = new Int32Array(cellCount);
  const sortedValues = new Float32Array(cellCount);
  for (const cell of byColumn) {
    const row = rowIndices[cell]!;
    const column = columnIndices[cell]!;
    const position = next[row]!++;
    if (position > rowOffsets[row]! && sortedColumns[position - 1] === column) {
      throw new RangeError(`Cell (${row}, ${column}) is given more than once.`);
    }
    sortedColumns[position] = column;
    sortedValues[position] = values[cell]!;
  }
  return { rowCount, columnCount, rowOffsets, columnIndices: sortedColumns, values: sortedValues };
}

/**
 * The matrix with rows and columns exchanged, in a new one.
 *
 * @param matrix left as it is
 */
export function transpose(matrix: CsrMatrix): CsrMatrix {
  const { rowCount, columnCount } = matrix;
  const rowOffsets = new Int32Array(columnCount + 1);
  for (const column of matrix.columnIndices) rowOffsets[column + 1]!++;
  for (let column = 0; column < columnCount; column++) rowOffsets[column + 1]! += rowOffsets[column]!;
  const next = rowOffsets.slice();
  const columnIndices = new Int32Array(matrix.columnIndices.length);
  const values = new Float32Array(matrix.values.length);
  for (let row = 0; row < rowCount; row++) {
    for (let cell = matrix.rowOffsets[row]!; cell < matrix.rowOffsets[row + 1]!; cell++) {
      const position = next[matrix.columnIndices[cell]!]!++;
      columnIndices[position] = row;
      values[position] = matrix.values[cell]!;
    }
  }
  return { rowCount: columnCount, columnCount: rowCount, rowOffsets, columnIndices, values };
}

function isIndex(value: number, count: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < count;
}
