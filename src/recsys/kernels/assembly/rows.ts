import { multiplyAdd, sumOfLanes } from './lanes';

/** Bytes of a thread's own memory for `turnRows`: four rows. */
export function turnScratchBytes(width: i32): usize {
  return ((<usize>width) << 2) * 4;
}

/**
 * Multiplies groups of four rows of factors by a square matrix from the right, in place.
 *
 * @param first,end groups, half open; the last one may have fewer rows
 * @param width a multiple of 4
 * @param rotation `width × width`
 */
export function turnRows(
  first: i32,
  end: i32,
  scratch: usize,
  factors: usize,
  rowCount: i32,
  width: i32,
  rotation: usize,
): void {
  const rowBytes = (<usize>width) << 2;
  for (let group = first; group < end; group++) {
    const rows = factors + <usize>group * 4 * rowBytes;
    const count = min(4, rowCount - group * 4);
    memory.copy(scratch, rows, <usize>count * rowBytes);
    for (let r: usize = 0; r < <usize>count; r += 2) {
      // Two rows share the loads of the matrix; a last odd row is done twice.
      const a = scratch + r * rowBytes;
      const b = r + 1 < <usize>count ? a + rowBytes : a;
      turnPair(a, b, rowBytes, rotation, rows + (a - scratch), rows + (b - scratch));
    }
  }
}

/** Two rows times the matrix, sixteen columns at a time. */
function turnPair(a: usize, b: usize, rowBytes: usize, rotation: usize, outA: usize, outB: usize): void {
  let j: usize = 0;
  for (; j + 64 <= rowBytes; j += 64) {
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let a2 = f32x4.splat(0);
    let a3 = f32x4.splat(0);
    let b0 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    let b2 = f32x4.splat(0);
    let b3 = f32x4.splat(0);
    let m = rotation + j;
    let k: usize = 0;
    do {
      const fromA = v128.load32_splat(a + k);
      const fromB = v128.load32_splat(b + k);
      const m0 = v128.load(m);
      a0 = multiplyAdd(fromA, m0, a0);
      b0 = multiplyAdd(fromB, m0, b0);
      const m1 = v128.load(m, 16);
      a1 = multiplyAdd(fromA, m1, a1);
      b1 = multiplyAdd(fromB, m1, b1);
      const m2 = v128.load(m, 32);
      a2 = multiplyAdd(fromA, m2, a2);
      b2 = multiplyAdd(fromB, m2, b2);
      const m3 = v128.load(m, 48);
      a3 = multiplyAdd(fromA, m3, a3);
      b3 = multiplyAdd(fromB, m3, b3);
      m += rowBytes;
      k += 4;
    } while (k < rowBytes);
    v128.store(outA + j, a0);
    v128.store(outA + j, a1, 16);
    v128.store(outA + j, a2, 32);
    v128.store(outA + j, a3, 48);
    v128.store(outB + j, b0);
    v128.store(outB + j, b1, 16);
    v128.store(outB + j, b2, 32);
    v128.store(outB + j, b3, 48);
  }
  for (; j < rowBytes; j += 16) {
    let a0 = f32x4.splat(0);
    let b0 = f32x4.splat(0);
    let m = rotation + j;
    let k: usize = 0;
    do {
      const m0 = v128.load(m);
      a0 = multiplyAdd(v128.load32_splat(a + k), m0, a0);
      b0 = multiplyAdd(v128.load32_splat(b + k), m0, b0);
      m += rowBytes;
      k += 4;
    } while (k < rowBytes);
    v128.store(outA + j, a0);
    v128.store(outB + j, b0);
  }
}

// Beyond a core's share of the caches rows are asked for a page ahead: the processor's own guesses end at each page.
const FAR_BYTES: usize = 16 << 20;
const TOUCH_AHEAD_BYTES: usize = 4096;

/**
 * The inner product of every row with one vector.
 *
 * @param scores one per row, overwritten
 */
export function scoreRows(factors: usize, rowCount: i32, width: i32, x: usize, scores: usize): void {
  const rowBytes = (<usize>width) << 2;
  const bytes = <usize>rowCount * rowBytes;
  const reach = TOUCH_AHEAD_BYTES + 4 * rowBytes;
  const touchEnd = bytes > FAR_BYTES ? factors + bytes - reach : factors;
  let y0 = factors;
  let row = 0;
  for (; row + 4 <= rowCount; row += 4) {
    if (y0 < touchEnd) {
      for (let o: usize = 0; o < 4 * rowBytes; o += 64) load<i32>(y0 + TOUCH_AHEAD_BYTES + o);
    }
    const y1 = y0 + rowBytes;
    const y2 = y1 + rowBytes;
    const y3 = y2 + rowBytes;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let o: usize = 0;
    do {
      const part = v128.load(x + o);
      s0 = multiplyAdd(part, v128.load(y0 + o), s0);
      s1 = multiplyAdd(part, v128.load(y1 + o), s1);
      s2 = multiplyAdd(part, v128.load(y2 + o), s2);
      s3 = multiplyAdd(part, v128.load(y3 + o), s3);
      o += 16;
    } while (o < rowBytes);
    const sums = f32x4(sumOfLanes(s0), sumOfLanes(s1), sumOfLanes(s2), sumOfLanes(s3));
    v128.store(scores + ((<usize>row) << 2), sums);
    y0 = y3 + rowBytes;
  }
  for (; row < rowCount; row++) {
    let sums = f32x4.splat(0);
    for (let o: usize = 0; o < rowBytes; o += 16) sums = multiplyAdd(v128.load(x + o), v128.load(y0 + o), sums);
    store<f32>(scores + ((<usize>row) << 2), sumOfLanes(sums));
    y0 += rowBytes;
  }
}
