import type { Arrays } from './scratchArrays.js';

/** A number for every position, of which most are 0. */
export interface SparseColumn {
  readonly values: Float32Array | Float64Array;
  /** Where it is not 0; each once. */
  readonly positions: readonly number[] | Int32Array;
}

export function sparseColumn(values: Float32Array): SparseColumn {
  let count = 0;
  for (let position = 0; position < values.length; position++) if (values[position] !== 0) count += 1;
  const positions = new Int32Array(count);
  for (let position = 0, at = 0; position < values.length; position++) {
    if (values[position] !== 0) positions[at++] = position;
  }
  return { values, positions };
}

/** The greatest of several columns of numbers of at least 0, at each position of so many. */
export function greatestOf(columns: readonly SparseColumn[], length: number, arrays: Arrays): SparseColumn {
  const [first] = columns;
  if (first !== undefined && columns.length === 1) return first;
  const values = arrays.singles(length);
  const positions = arrays.roughIntegers(length);
  let count = 0;
  for (const column of columns) {
    for (let i = 0; i < column.positions.length; i++) {
      const position = column.positions[i]!;
      const value = column.values[position]!;
      const known = values[position]!;
      if (value <= known) continue;
      if (known === 0) positions[count++] = position;
      values[position] = value;
    }
  }
  return { values, positions: positions.subarray(0, count) };
}
