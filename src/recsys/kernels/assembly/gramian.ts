import { multiplyAdd } from './lanes';

/** Rows that are multiplied at once: a panel that stays in the first-level cache for ranks up to 128 or so. */
const PANEL_ROWS: i32 = 64;

/**
 * `product += PᵀP` for a panel P of `depth × width`, both row-major; in whole tiles that cover the diagonal and all
 * above it. What stands below the diagonal afterwards means nothing.
 *
 * @param width a multiple of 4
 * @param stride bytes from one row of the panel to the next
 * @param productStride bytes from one row of the product to the next
 */
export function addPanelGramian(
  panel: usize,
  depth: i32,
  stride: usize,
  width: i32,
  product: usize,
  productStride: usize,
): void {
  const end = (<usize>width) << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const rows = product + (i >>> 2) * productStride;
    let j = i;
    if ((end - j) & 16) {
      addTile4(panel + i, panel + j, depth, stride, rows + j, productStride);
      j += 16;
    }
    for (; j < end; j += 32) addTile8(panel + i, panel + j, depth, stride, rows + j, productStride);
  }
}

/** Four columns by four. */
function addTile4(left: usize, right: usize, depth: i32, stride: usize, out: usize, outStride: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (let k = 0; k < depth; k++) {
    const r = v128.load(right);
    s0 = multiplyAdd(v128.load32_splat(left), r, s0);
    s1 = multiplyAdd(v128.load32_splat(left, 4), r, s1);
    s2 = multiplyAdd(v128.load32_splat(left, 8), r, s2);
    s3 = multiplyAdd(v128.load32_splat(left, 12), r, s3);
    left += stride;
    right += stride;
  }
  v128.store(out, f32x4.add(v128.load(out), s0));
  out += outStride;
  v128.store(out, f32x4.add(v128.load(out), s1));
  out += outStride;
  v128.store(out, f32x4.add(v128.load(out), s2));
  out += outStride;
  v128.store(out, f32x4.add(v128.load(out), s3));
}

/** Four columns by eight: eight sums in registers is the most that does not spill. */
function addTile8(left: usize, right: usize, depth: i32, stride: usize, out: usize, outStride: usize): void {
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
    left += stride;
    right += stride;
  }
  v128.store(out, f32x4.add(v128.load(out), s00));
  v128.store(out, f32x4.add(v128.load(out, 16), s01), 16);
  out += outStride;
  v128.store(out, f32x4.add(v128.load(out), s10));
  v128.store(out, f32x4.add(v128.load(out, 16), s11), 16);
  out += outStride;
  v128.store(out, f32x4.add(v128.load(out), s20));
  v128.store(out, f32x4.add(v128.load(out, 16), s21), 16);
  out += outStride;
  v128.store(out, f32x4.add(v128.load(out), s30));
  v128.store(out, f32x4.add(v128.load(out, 16), s31), 16);
}

/**
 * The Gramians of blocks of rows, each into a matrix of its own, so that their sum does not depend on which thread took
 * which block.
 *
 * @param first,end blocks, half open
 * @param factors `rowCount × stride / 4`, row-major; padding is zeros
 * @param partials a `width × width` matrix for each block
 */
export function blockGramians(
  first: i32,
  end: i32,
  _scratch: usize,
  factors: usize,
  rowCount: i32,
  width: i32,
  blockRows: i32,
  partials: usize,
): void {
  const stride = (<usize>width) << 2;
  const partialBytes = stride * <usize>width;
  for (let block = first; block < end; block++) {
    const partial = partials + <usize>block * partialBytes;
    memory.fill(partial, 0, partialBytes);
    const last = min(rowCount, (block + 1) * blockRows);
    for (let row = block * blockRows; row < last; row += PANEL_ROWS) {
      addPanelGramian(factors + <usize>row * stride, min(PANEL_ROWS, last - row), stride, width, partial, stride);
    }
  }
}
