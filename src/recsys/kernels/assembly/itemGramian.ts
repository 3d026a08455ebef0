import { multiplyAdd } from './lanes';

/**
 * Rows of `XᵀX`, from the diagonal to the right: what stands left of it is not touched.
 *
 * @param first,end items, half open
 * @param itemOffsets where the cells of each item begin, in the two columns that follow
 * @param cellPositions of each cell of an item, ascending by learner: where it stands in its learner's row
 * @param cellEnds beside them: where that row ends
 * @param columnIndices,values the learners' rows, columns ascending
 * @param gramian row-major, `itemCount × itemCount`
 */
export function itemGramianRows(
  first: i32,
  end: i32,
  _scratch: usize,
  itemOffsets: usize,
  cellPositions: usize,
  cellEnds: usize,
  columnIndices: usize,
  values: usize,
  gramian: usize,
  itemCount: i32,
): void {
  for (let item = first; item < end; item++) {
    const row = gramian + ((<usize>item * <usize>itemCount) << 2);
    memory.fill(row + ((<usize>item) << 2), 0, (<usize>(itemCount - item)) << 2);
    const offsets = itemOffsets + ((<usize>item) << 2);
    const lastCell = (<usize>load<i32>(offsets, 4)) << 2;
    for (let cell = (<usize>load<i32>(offsets)) << 2; cell < lastCell; cell += 4) {
      let other = (<usize>load<i32>(cellPositions + cell)) << 2;
      const last = (<usize>load<i32>(cellEnds + cell)) << 2;
      const value = load<f32>(values + other);
      for (; other < last; other += 4) {
        const sum = row + ((<usize>load<i32>(columnIndices + other)) << 2);
        store<f32>(sum, load<f32>(sum) + value * load<f32>(values + other));
      }
    }
  }
}

/** Rows of one unit of `mirrorUpper`. */
const MIRROR_ROWS: i32 = 32;

/**
 * Makes a matrix symmetric by its upper triangle, multiplied by a sign.
 *
 * @param first,end strips of `MIRROR_ROWS` rows, half open
 * @param matrix row-major, `size` rows and columns, `stride` bytes a row
 */
export function mirrorUpper(
  first: i32,
  end: i32,
  _scratch: usize,
  matrix: usize,
  size: i32,
  stride: usize,
  sign: f32,
): void {
  for (let strip = first; strip < end; strip++) {
    const firstRow = strip * MIRROR_ROWS;
    const endRow = min(size, firstRow + MIRROR_ROWS);
    for (let firstColumn = firstRow; firstColumn < size; firstColumn += MIRROR_ROWS) {
      const endColumn = min(size, firstColumn + MIRROR_ROWS);
      for (let i = firstRow; i < endRow; i++) {
        const rowI = matrix + <usize>i * stride;
        const columnI = matrix + ((<usize>i) << 2);
        for (let j = max(i, firstColumn); j < endColumn; j++) {
          const entry = rowI + ((<usize>j) << 2);
          const value = sign * load<f32>(entry);
          store<f32>(entry, value);
          store<f32>(columnI + <usize>j * stride, value);
        }
      }
    }
  }
}

/**
 * The first half of a step of the sweep: reads the rows of the pivots, solves them by the inverse of the pivots' block,
 * puts both aside for `sweepTiles`, and writes the solved rows in the place of the old ones. The matrix is symmetric and
 * kept above the diagonal only, so what lies left of the pivots is read and written as columns.
 *
 * @param first,end groups of eight columns, half open
 * @param scratch `32 × width` bytes
 * @param matrix row-major, `stride` bytes a row
 * @param firstPivot,width both multiples of 8
 * @param blockInverse of the pivots' block, in panels of four columns: `width / 4` panels of `width × 4`
 * @param pivotRows room for panels of eight columns, `width × 8` each: the old rows; zeros in the pivots' own columns
 * @param solvedRows room for panels of four columns, `width × 4` each: the solved rows negated, zeros likewise
 */
export function sweepPivotRows(
  first: i32,
  end: i32,
  scratch: usize,
  matrix: usize,
  stride: usize,
  firstPivot: i32,
  width: i32,
  blockInverse: usize,
  pivotRows: usize,
  solvedRows: usize,
): void {
  const panelBytes = (<usize>width) << 5;
  const halfBytes = (<usize>width) << 4;
  const firstRow = matrix + <usize>firstPivot * stride;
  const firstColumn = matrix + ((<usize>firstPivot) << 2);
  for (let group = first; group < end; group++) {
    const column = group << 3;
    const panel = pivotRows + <usize>group * panelBytes;
    const solved = solvedRows + <usize>group * panelBytes;
    if (column >= firstPivot && column < firstPivot + width) {
      memory.fill(panel, 0, panelBytes);
      memory.fill(solved, 0, panelBytes);
      continue;
    }
    const isRight = column > firstPivot;
    const rightPart = firstRow + ((<usize>column) << 2);
    const leftPart = firstColumn + <usize>column * stride;
    if (isRight) {
      for (let k = 0; k < width; k++) {
        const from = rightPart + <usize>k * stride;
        const to = panel + ((<usize>k) << 5);
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      }
    } else {
      for (let lane = 0; lane < 8; lane++) {
        const from = leftPart + <usize>lane * stride;
        const to = panel + ((<usize>lane) << 2);
        for (let k = 0; k < width; k++) store<f32>(to + ((<usize>k) << 5), load<f32>(from + ((<usize>k) << 2)));
      }
    }

    memory.fill(scratch, 0, panelBytes);
    for (let r = 0; r < width; r += 4) {
      addTile(blockInverse + <usize>r * ((<usize>width) << 2), panel, width, scratch + ((<usize>r) << 5), 32);
    }

    for (let k = 0; k < width; k++) {
      const from = scratch + ((<usize>k) << 5);
      const left = v128.load(from);
      const right = v128.load(from, 16);
      const to = solved + ((<usize>k) << 4);
      v128.store(to, f32x4.neg(left));
      v128.store(to + halfBytes, f32x4.neg(right));
      if (isRight) {
        const back = rightPart + <usize>k * stride;
        v128.store(back, left);
        v128.store(back, right, 16);
      }
    }
    if (!isRight) {
      for (let lane = 0; lane < 8; lane++) {
        const from = scratch + ((<usize>lane) << 2);
        const back = leftPart + <usize>lane * stride;
        for (let k = 0; k < width; k++) store<f32>(back + ((<usize>k) << 2), load<f32>(from + ((<usize>k) << 5)));
      }
    }
  }
}

/** Rows of a tile that are updated one after the other, so that their panels stay in the first-level cache. */
const STRIP_ROWS: i32 = 64;

/**
 * The second half of a step of the sweep: adds the products of what `sweepPivotRows` put aside to square tiles on and
 * above the diagonal. Every entry is the work of one thread, whichever it is.
 *
 * @param first,end tiles, half open, counted along the upper triangle row by row
 * @param matrix row-major, `stride` bytes a row
 * @param size a multiple of 8
 * @param tileSize a multiple of 8
 */
export function sweepTiles(
  first: i32,
  end: i32,
  _scratch: usize,
  matrix: usize,
  stride: usize,
  size: i32,
  tileSize: i32,
  width: i32,
  pivotRows: usize,
  solvedRows: usize,
): void {
  const rowTiles = (size + tileSize - 1) / tileSize;
  const panelBytes = (<usize>width) << 2;
  for (let tile = first; tile < end; tile++) {
    let tileRow = 0;
    let rest = tile;
    while (rest >= rowTiles - tileRow) {
      rest -= rowTiles - tileRow;
      tileRow++;
    }
    const firstRow = tileRow * tileSize;
    const endRow = min(size, firstRow + tileSize);
    const firstColumn = (tileRow + rest) * tileSize;
    const endColumn = min(size, firstColumn + tileSize);
    for (let strip = firstRow; strip < endRow; strip += STRIP_ROWS) {
      const endStrip = min(endRow, strip + STRIP_ROWS);
      for (let j = max(firstColumn, strip); j < endColumn; j += 8) {
        const right = pivotRows + <usize>j * panelBytes;
        // What lies wholly below the diagonal is left out.
        const last = min(endStrip, j + 8);
        for (let i = strip; i < last; i += 4) {
          const out = matrix + <usize>i * stride + ((<usize>j) << 2);
          addTile(solvedRows + <usize>i * panelBytes, right, width, out, stride);
        }
      }
    }
  }
}

/**
 * Adds the products of four columns by eight, over `depth` rows: eight sums in registers is the most that does not
 * spill.
 *
 * @param left a panel, `depth × 4`
 * @param right a panel, `depth × 8`
 * @param out four rows of eight, `stride` bytes apart
 */

function addTile(left: usize, right: usize, depth: i32, out: usize, stride: usize): void {
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  for (let k = 0; k < depth; k++) {
    const r0 = v128.load(right);
    const r1 = v128.load(right, 16);
    const l0 = v128.load32_splat(left);
    const l1 = v128.load32_splat(left, 4);
    s00 = multiplyAdd(l0, r0, s00);
    s01 = multiplyAdd(l0, r1, s01);
    s10 = multiplyAdd(l1, r0, s10);
    s11 = multiplyAdd(l1, r1, s11);
    const l2 = v128.load32_splat(left, 8);
    const l3 = v128.load32_splat(left, 12);
    s20 = multiplyAdd(l2, r0, s20);
    s21 = multiplyAdd(l2, r1, s21);
    s30 = multiplyAdd(l3, r0, s30);
    s31 = multiplyAdd(l3, r1, s31);
    left += 16;
    right += 32;
  }
  v128.store(out, f32x4.add(v128.load(out), s00));
  v128.store(out, f32x4.add(v128.load(out, 16), s01), 16);
  out += stride;
  v128.store(out, f32x4.add(v128.load(out), s10));
  v128.store(out, f32x4.add(v128.load(out, 16), s11), 16);
  out += stride;
  v128.store(out, f32x4.add(v128.load(out), s20));
  v128.store(out, f32x4.add(v128.load(out, 16), s21), 16);
  out += stride;
  v128.store(out, f32x4.add(v128.load(out), s30));
  v128.store(out, f32x4.add(v128.load(out, 16), s31), 16);
}
