/**
 * The weighted sum of some rows of a sparse matrix, column by column: each product is added in double precision and
 * rounded to single, in the order of the rows.
 *
 * @param offsets of all rows, in cells, as `i32`
 * @param columns of the cells, as `i32`
 * @param values of the cells, as `f32`
 * @param rows which to add, as `i32`
 * @param weights beside them, as `f64`
 * @param sums a single for each column, overwritten
 */
export function sumRows(
  offsets: usize,
  columns: usize,
  values: usize,
  rows: usize,
  weights: usize,
  rowCount: i32,
  sums: usize,
  columnCount: i32,
): void {
  memory.fill(sums, 0, (<usize>columnCount) << 2);
  for (let r = 0; r < rowCount; r++) {
    const weight = load<f64>(weights + ((<usize>r) << 3));
    const offset = offsets + ((<usize>load<i32>(rows + ((<usize>r) << 2))) << 2);
    let column = columns + ((<usize>load<i32>(offset)) << 2);
    let value = values + ((<usize>load<i32>(offset)) << 2);
    const end = columns + ((<usize>load<i32>(offset, 4)) << 2);
    while (column + 16 <= end) {
      addTo(sums + ((<usize>load<i32>(column)) << 2), weight * <f64>load<f32>(value));
      addTo(sums + ((<usize>load<i32>(column, 4)) << 2), weight * <f64>load<f32>(value, 4));
      addTo(sums + ((<usize>load<i32>(column, 8)) << 2), weight * <f64>load<f32>(value, 8));
      addTo(sums + ((<usize>load<i32>(column, 12)) << 2), weight * <f64>load<f32>(value, 12));
      column += 16;
      value += 16;
    }
    for (; column < end; column += 4, value += 4) {
      addTo(sums + ((<usize>load<i32>(column)) << 2), weight * <f64>load<f32>(value));
    }
  }
}

function addTo(sum: usize, amount: f64): void {
  store<f32>(sum, <f32>(<f64>load<f32>(sum) + amount));
}
