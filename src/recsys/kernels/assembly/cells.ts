// The cells of a row: column indices, and signed confidences beside them. A `values` of address 0 stands for
// confidences that are all 1, which need not be stored. Cells are visited four at a time; those past the end repeat the
// last one with a confidence of 0, which changes nothing.

/** Where a cell's row of the fixed side begins. */
export function fixedRow(fixed: usize, rowBytes: usize, columns: usize, cell: i32, count: i32): usize {
  return fixed + <usize>load<u32>(columns + ((<usize>min(cell, count - 1)) << 2)) * rowBytes;
}

/** The signed confidence of a cell. */
export function confidenceOf(values: usize, cell: i32, count: i32): f32 {
  if (cell >= count) return 0;
  return values === 0 ? 1 : load<f32>(values + ((<usize>cell) << 2));
}

/** Whether any of the cells is wanted. */
export function hasPositive(values: usize, count: i32): bool {
  if (values === 0) return count > 0;
  for (let cell = 0; cell < count; cell++) if (load<f32>(values + ((<usize>cell) << 2)) > 0) return true;
  return false;
}

/**
 * Asks for the rows of four cells ahead of their turn, by a load from each cache line whose value nobody needs: their way
 * from memory then overlaps with the work on the cells before them.
 */
export function touchRows(fixed: usize, rowBytes: usize, columns: usize, cell: i32, count: i32): void {
  for (let t = cell; t < min(cell + 4, count); t++) {
    const row = fixed + <usize>load<u32>(columns + ((<usize>t) << 2)) * rowBytes;
    for (let o: usize = 0; o < rowBytes; o += 64) load<i32>(row + o);
  }
}
