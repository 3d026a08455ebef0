import { addBand } from './gramian';
import { multiplyAdd, sumOfLanes } from './lanes';

// A pivot below this share of what stood on the diagonal is the rounding of float32.
const LEAST_PIVOT_SHARE: f32 = 4e-7;

/**
 * Cholesky factor U of a symmetric positive definite matrix, `UᵀU = matrix`, in place (left-looking, four rows at a
 * time). Reads the diagonal and what stands above it, and four columns left of that. The diagonal of U is left as its
 * reciprocals. An axis whose pivot is lost to rounding gets a reciprocal of 0, which makes its share of every solution 0.
 *
 * @param size a multiple of 4
 * @param stride bytes from one row to the next
 */
export function choleskyInPlace(matrix: usize, size: i32, stride: usize): void {
  const end = (<usize>size) << 2;
  for (let k: usize = 0; k < end; k += 16) {
    const r0 = matrix + (k >>> 2) * stride;
    const r1 = r0 + stride;
    const r2 = r1 + stride;
    const r3 = r2 + stride;
    const d0 = load<f32>(r0 + k);
    const d1 = load<f32>(r1 + k, 4);
    const d2 = load<f32>(r2 + k, 8);
    const d3 = load<f32>(r3 + k, 12);
    if (k > 0) addBand(matrix, <i32>(k >>> 2), stride, k, end, r0, stride, -1);

    // The block on the diagonal, in scalars.
    const i0 = reciprocalRoot(load<f32>(r0 + k), d0);
    const u01 = load<f32>(r0 + k, 4) * i0;
    const u02 = load<f32>(r0 + k, 8) * i0;
    const u03 = load<f32>(r0 + k, 12) * i0;
    const i1 = reciprocalRoot(load<f32>(r1 + k, 4) - u01 * u01, d1);
    const u12 = (load<f32>(r1 + k, 8) - u01 * u02) * i1;
    const u13 = (load<f32>(r1 + k, 12) - u01 * u03) * i1;
    const i2 = reciprocalRoot(load<f32>(r2 + k, 8) - u02 * u02 - u12 * u12, d2);
    const u23 = (load<f32>(r2 + k, 12) - u02 * u03 - u12 * u13) * i2;
    const i3 = reciprocalRoot(load<f32>(r3 + k, 12) - u03 * u03 - u13 * u13 - u23 * u23, d3);
    v128.store(r0 + k, f32x4(i0, u01, u02, u03));
    v128.store(r1 + k, f32x4(0, i1, u12, u13));
    v128.store(r2 + k, f32x4(0, 0, i2, u23));
    v128.store(r3 + k, f32x4(0, 0, 0, i3));

    // The four rows to the right of it.
    const inverse0 = f32x4.splat(i0);
    const inverse1 = f32x4.splat(i1);
    const inverse2 = f32x4.splat(i2);
    const inverse3 = f32x4.splat(i3);
    const minus01 = f32x4.splat(-u01);
    const minus02 = f32x4.splat(-u02);
    const minus03 = f32x4.splat(-u03);
    const minus12 = f32x4.splat(-u12);
    const minus13 = f32x4.splat(-u13);
    const minus23 = f32x4.splat(-u23);
    for (let j = k + 16; j < end; j += 16) {
      const a0 = f32x4.mul(v128.load(r0 + j), inverse0);
      v128.store(r0 + j, a0);
      const a1 = f32x4.mul(multiplyAdd(minus01, a0, v128.load(r1 + j)), inverse1);
      v128.store(r1 + j, a1);
      const b2 = multiplyAdd(minus12, a1, multiplyAdd(minus02, a0, v128.load(r2 + j)));
      const a2 = f32x4.mul(b2, inverse2);
      v128.store(r2 + j, a2);
      const b3 = multiplyAdd(minus13, a1, multiplyAdd(minus03, a0, v128.load(r3 + j)));
      v128.store(r3 + j, f32x4.mul(multiplyAdd(minus23, a2, b3), inverse3));
    }
  }
}

function reciprocalRoot(pivot: f32, diagonal: f32): f32 {
  return pivot > LEAST_PIVOT_SHARE * diagonal ? <f32>1 / sqrt<f32>(pivot) : 0;
}

/**
 * Solves `UᵀU x = b`, in place of b.
 *
 * @param factor U as `choleskyInPlace` leaves it
 * @param size a multiple of 4
 */
export function choleskySolveInPlace(factor: usize, size: i32, stride: usize, b: usize): void {
  const end = (<usize>size) << 2;
  for (let k: usize = 0; k < end; k += 16) {
    const r0 = factor + (k >>> 2) * stride;
    const r1 = r0 + stride;
    const r2 = r1 + stride;
    const r3 = r2 + stride;
    const z0 = load<f32>(b + k) * load<f32>(r0 + k);
    const z1 = (load<f32>(b + k, 4) - z0 * load<f32>(r0 + k, 4)) * load<f32>(r1 + k, 4);
    const z2 = (load<f32>(b + k, 8) - z0 * load<f32>(r0 + k, 8) - z1 * load<f32>(r1 + k, 8)) * load<f32>(r2 + k, 8);
    const rest = load<f32>(b + k, 12) - z0 * load<f32>(r0 + k, 12) - z1 * load<f32>(r1 + k, 12);
    const z3 = (rest - z2 * load<f32>(r2 + k, 12)) * load<f32>(r3 + k, 12);
    v128.store(b + k, f32x4(z0, z1, z2, z3));
    const minus0 = f32x4.splat(-z0);
    const minus1 = f32x4.splat(-z1);
    const minus2 = f32x4.splat(-z2);
    const minus3 = f32x4.splat(-z3);
    for (let j = k + 16; j < end; j += 16) {
      const sums = multiplyAdd(minus1, v128.load(r1 + j), multiplyAdd(minus0, v128.load(r0 + j), v128.load(b + j)));
      v128.store(b + j, multiplyAdd(minus3, v128.load(r3 + j), multiplyAdd(minus2, v128.load(r2 + j), sums)));
    }
  }
  for (let k = end; k > 0; ) {
    k -= 16;
    const r0 = factor + (k >>> 2) * stride;
    const r1 = r0 + stride;
    const r2 = r1 + stride;
    const r3 = r2 + stride;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    for (let j = k + 16; j < end; j += 16) {
      const x = v128.load(b + j);
      s0 = multiplyAdd(x, v128.load(r0 + j), s0);
      s1 = multiplyAdd(x, v128.load(r1 + j), s1);
      s2 = multiplyAdd(x, v128.load(r2 + j), s2);
      s3 = multiplyAdd(x, v128.load(r3 + j), s3);
    }
    const x3 = (load<f32>(b + k, 12) - sumOfLanes(s3)) * load<f32>(r3 + k, 12);
    const x2 = (load<f32>(b + k, 8) - sumOfLanes(s2) - x3 * load<f32>(r2 + k, 12)) * load<f32>(r2 + k, 8);
    const rest1 = load<f32>(b + k, 4) - sumOfLanes(s1) - x3 * load<f32>(r1 + k, 12);
    const x1 = (rest1 - x2 * load<f32>(r1 + k, 8)) * load<f32>(r1 + k, 4);
    const rest0 = load<f32>(b + k) - sumOfLanes(s0) - x3 * load<f32>(r0 + k, 12) - x2 * load<f32>(r0 + k, 8);
    const x0 = (rest0 - x1 * load<f32>(r0 + k, 4)) * load<f32>(r0 + k);
    v128.store(b + k, f32x4(x0, x1, x2, x3));
  }
}
