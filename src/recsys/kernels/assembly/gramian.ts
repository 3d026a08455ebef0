import { multiplyAdd } from './lanes';

/** Rows that are multiplied at once: a panel that stays in the first-level cache for ranks up to 128 or so. */
export const PANEL_ROWS: i32 = 64;

/**
 * `product += PᵀP` for a panel P of `depth × width`, both row-major; in whole tiles that cover the diagonal and all
 * above it. What stands below the diagonal afterwards means nothing.
 *
 * @param depth at least 1
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
    addBand(panel, depth, stride, i, end, product + (i >>> 2) * productStride, productStride, 1);
  }
}

/**
 * Four rows of such a product, from the diagonal on: `band += sign · (four columns of P)ᵀ (the columns from there)`.
 *
 * @param depth at least 1
 * @param from,end columns, in bytes; both multiples of 16
 * @param band where the first of the four rows begins
 */
export function addBand(
  panel: usize,
  depth: i32,
  stride: usize,
  from: usize,
  end: usize,
  band: usize,
  bandStride: usize,
  sign: f32,
): void {
  let j = from;
  if ((end - j) & 16) {
    addTile4(panel + from, panel + j, depth, stride, band + j, bandStride, sign);
    j += 16;
  }
  for (; j < end; j += 32) addTile8(panel + from, panel + j, depth, stride, band + j, bandStride, sign);
}

// The loops that everything waits for test at their end: V8 keeps them in fewer registers, a quarter quicker on Node 20.

/** Four columns by four; a depth of at least 1. */
function addTile4(left: usize, right: usize, depth: i32, stride: usize, out: usize, outStride: usize, sign: f32): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  do {
    const r = v128.load(right);
    s0 = multiplyAdd(v128.load32_splat(left), r, s0);
    s1 = multiplyAdd(v128.load32_splat(left, 4), r, s1);
    s2 = multiplyAdd(v128.load32_splat(left, 8), r, s2);
    s3 = multiplyAdd(v128.load32_splat(left, 12), r, s3);
    left += stride;
    right += stride;
  } while (--depth);
  const signs = f32x4.splat(sign);
  v128.store(out, multiplyAdd(signs, s0, v128.load(out)));
  out += outStride;
  v128.store(out, multiplyAdd(signs, s1, v128.load(out)));
  out += outStride;
  v128.store(out, multiplyAdd(signs, s2, v128.load(out)));
  out += outStride;
  v128.store(out, multiplyAdd(signs, s3, v128.load(out)));
}

/** Four columns by eight, a depth of at least 1: eight sums in registers is the most that does not spill. */
function addTile8(left: usize, right: usize, depth: i32, stride: usize, out: usize, outStride: usize, sign: f32): void {
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  do {
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
  } while (--depth);
  const signs = f32x4.splat(sign);
  v128.store(out, multiplyAdd(signs, s00, v128.load(out)));
  v128.store(out, multiplyAdd(signs, s01, v128.load(out, 16)), 16);
  out += outStride;
  v128.store(out, multiplyAdd(signs, s10, v128.load(out)));
  v128.store(out, multiplyAdd(signs, s11, v128.load(out, 16)), 16);
  out += outStride;
  v128.store(out, multiplyAdd(signs, s20, v128.load(out)));
  v128.store(out, multiplyAdd(signs, s21, v128.load(out, 16)), 16);
  out += outStride;
  v128.store(out, multiplyAdd(signs, s30, v128.load(out)));
  v128.store(out, multiplyAdd(signs, s31, v128.load(out, 16)), 16);
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
