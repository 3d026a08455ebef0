import { choleskyInPlace } from '../denseAlgebra.js';

/** A pivot below this share of its diagonal entry is made of rounding, as far as float32 can tell. */
const LEAST_PIVOT_SHARE = 2 ** -20;

/** The inverse of one block of pivots, or the first of them that is lost in rounding. */
export type PivotBlock = { readonly inverse: Float64Array } | { readonly lostPivot: number };

/**
 * Inverts the block of pivots of one step of the sweep, in float64 whatever the matrix is kept in: a small part of the
 * work, and the part where rounding does most harm.
 *
 * @param matrix row-major, `stride` numbers a row; the upper triangle is read
 * @param first the first pivot's row
 * @param width how many pivots
 * @param diagonal of the matrix before the first step
 * @returns row-major, `width × width`, exactly symmetric
 */
export function invertPivotBlock(
  matrix: Float32Array,
  stride: number,
  first: number,
  width: number,
  diagonal: Float64Array,
): PivotBlock {
  const factor = new Float64Array(width * width);
  for (let r = 0; r < width; r++) {
    for (let c = 0; c <= r; c++) factor[r * width + c] = matrix[(first + c) * stride + first + r]!;
  }
  try {
    choleskyInPlace(factor, width, width);
  } catch (error) {
    if (error instanceof RangeError) return { lostPivot: first };
    throw error;
  }
  for (let r = 0; r < width; r++) {
    if (!(factor[r * width + r]! ** 2 > LEAST_PIVOT_SHARE * diagonal[first + r]!)) return { lostPivot: first + r };
  }
  return { inverse: inverseOfFactored(factor, width) };
}

/** `(L Lᵀ)⁻¹ = L⁻ᵀ L⁻¹` from a Cholesky factor, which is overwritten; the zeros of L⁻¹ are left out of every sum. */
function inverseOfFactored(factor: Float64Array, width: number): Float64Array {
  // Column c of L⁻¹ is kept as row c, so that both products run along rows.
  const inverseFactor = new Float64Array(width * width);
  for (let c = 0; c < width; c++) {
    const row = c * width;
    inverseFactor[row + c] = 1 / factor[row + c]!;
    for (let r = c + 1; r < width; r++) {
      let sum = 0;
      for (let k = c; k < r; k++) sum += factor[r * width + k]! * inverseFactor[row + k]!;
      inverseFactor[row + r] = -sum / factor[r * width + r]!;
    }
  }
  const inverse = factor;
  for (let r = 0; r < width; r++) {
    for (let c = 0; c <= r; c++) {
      let sum = 0;
      for (let k = r; k < width; k++) sum += inverseFactor[r * width + k]! * inverseFactor[c * width + k]!;
      inverse[r * width + c] = sum;
      inverse[c * width + r] = sum;
    }
  }
  return inverse;
}
