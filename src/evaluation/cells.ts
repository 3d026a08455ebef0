import type { CsrMatrix } from '../recsys/interactions.js';

/** Interactions to be sorted into rows, in columns; those beyond `count` are not looked at. */
export interface CellColumns {
  readonly count: number;
  /** The row of each; below 0: left out. */
  readonly rowIndices: Int32Array;
  readonly columnIndices: Int32Array;
  readonly values: Float32Array;
  readonly atMs: Float64Array | null;
}

/** A matrix with a time beside each cell. */
export interface TimedCells {
  readonly matrix: CsrMatrix;
  /** Beside `matrix.values`; null: order and age are unknown. */
  readonly atMs: Float64Array | null;
  /** How many interactions were left out since their row has the same column elsewhere. */
  readonly duplicateCount: number;
}

/**
 * Sorts interactions into rows, columns ascending. Of several in one cell the latest stays; of those at the same or no
 * time the one with the greatest |value|, and of those the last.
 *
 * @param columns indices within the matrix; values finite, 0 allowed
 */
export function cellsOfColumns(rowCount: number, columnCount: number, columns: CellColumns): TimedCells {
  const { count, rowIndices, columnIndices, values, atMs } = columns;
  const rowOffsets = new Int32Array(rowCount + 1);
  const columnOffsets = new Int32Array(columnCount + 1);
  let usedCount = 0;
  for (let entry = 0; entry < count; entry++) {
    if (rowIndices[entry]! < 0) continue;
    usedCount++;
    rowOffsets[rowIndices[entry]! + 1]!++;
    columnOffsets[columnIndices[entry]! + 1]!++;
  }
  for (let row = 0; row < rowCount; row++) rowOffsets[row + 1]! += rowOffsets[row]!;
  for (let column = 0; column < columnCount; column++) columnOffsets[column + 1]! += columnOffsets[column]!;

  // Two stable counting sorts, by column and then by row.
  const byColumn = new Int32Array(usedCount);
  for (let entry = 0; entry < count; entry++) {
    if (rowIndices[entry]! >= 0) byColumn[columnOffsets[columnIndices[entry]!]!++] = entry;
  }
  const sorted = new Int32Array(usedCount);
  const next = rowOffsets.slice();
  for (const entry of byColumn) sorted[next[rowIndices[entry]!]!++] = entry;

  const isBetter = (a: number, b: number): boolean => {
    if (atMs !== null && atMs[a] !== atMs[b]) return atMs[a]! > atMs[b]!;
    return Math.abs(values[a]!) >= Math.abs(values[b]!);
  };
  // In place: what stays is never behind what is still to be read.
  let kept = 0;
  const keptOffsets = new Int32Array(rowCount + 1);
  for (let row = 0; row < rowCount; row++) {
    const rowStart = kept;
    for (let at = rowOffsets[row]!; at < rowOffsets[row + 1]!; at++) {
      const entry = sorted[at]!;
      const before = sorted[kept - 1]!;
      if (kept === rowStart || columnIndices[before] !== columnIndices[entry]) sorted[kept++] = entry;
      else if (isBetter(entry, before)) sorted[kept - 1] = entry;
    }
    keptOffsets[row + 1] = kept;
  }
  const cells = sorted.subarray(0, kept);
  const matrix: CsrMatrix = {
    rowCount,
    columnCount,
    rowOffsets: keptOffsets,
    columnIndices: new Int32Array(kept),
    values: new Float32Array(kept),
  };
  const cellAtMs = atMs === null ? null : new Float64Array(kept);
  for (let cell = 0; cell < kept; cell++) {
    matrix.columnIndices[cell] = columnIndices[cells[cell]!]!;
    matrix.values[cell] = values[cells[cell]!]!;
    if (cellAtMs !== null && atMs !== null) cellAtMs[cell] = atMs[cells[cell]!]!;
  }
  return { matrix, atMs: cellAtMs, duplicateCount: usedCount - kept };
}

/** The cells that `isKept` says, of the same rows and columns. */
export function keepCells(
  { matrix, atMs, duplicateCount }: TimedCells,
  isKept: (column: number, value: number) => boolean,
): TimedCells {
  const { rowCount, columnCount } = matrix;
  let kept = 0;
  for (let cell = 0; cell < matrix.values.length; cell++) {
    if (isKept(matrix.columnIndices[cell]!, matrix.values[cell]!)) kept++;
  }
  if (kept === matrix.values.length) return { matrix, atMs, duplicateCount };
  const rowOffsets = new Int32Array(rowCount + 1);
  const columnIndices = new Int32Array(kept);
  const values = new Float32Array(kept);
  const keptAtMs = atMs === null ? null : new Float64Array(kept);
  let to = 0;
  for (let row = 0; row < rowCount; row++) {
    for (let cell = matrix.rowOffsets[row]!; cell < matrix.rowOffsets[row + 1]!; cell++) {
      if (!isKept(matrix.columnIndices[cell]!, matrix.values[cell]!)) continue;
      columnIndices[to] = matrix.columnIndices[cell]!;
      values[to] = matrix.values[cell]!;
      if (keptAtMs !== null && atMs !== null) keptAtMs[to] = atMs[cell]!;
      to++;
    }
    rowOffsets[row + 1] = to;
  }
  return { matrix: { rowCount, columnCount, rowOffsets, columnIndices, values }, atMs: keptAtMs, duplicateCount };
}

/** Some of the rows, in the given order. */
export function selectRows(
  matrix: CsrMatrix,
  atMs: Float64Array | null,
  rows: Int32Array,
): Pick<TimedCells, 'matrix' | 'atMs'> {
  const rowOffsets = new Int32Array(rows.length + 1);
  rows.forEach((row, r) => {
    rowOffsets[r + 1] = rowOffsets[r]! + matrix.rowOffsets[row + 1]! - matrix.rowOffsets[row]!;
  });
  const count = rowOffsets[rows.length]!;
  const columnIndices = new Int32Array(count);
  const values = new Float32Array(count);
  const selectedAtMs = atMs === null ? null : new Float64Array(count);
  rows.forEach((row, r) => {
    const start = matrix.rowOffsets[row]!;
    const end = matrix.rowOffsets[row + 1]!;
    columnIndices.set(matrix.columnIndices.subarray(start, end), rowOffsets[r]!);
    values.set(matrix.values.subarray(start, end), rowOffsets[r]!);
    if (selectedAtMs !== null && atMs !== null) selectedAtMs.set(atMs.subarray(start, end), rowOffsets[r]!);
  });
  return {
    matrix: { rowCount: rows.length, columnCount: matrix.columnCount, rowOffsets, columnIndices, values },
    atMs: selectedAtMs,
  };
}
