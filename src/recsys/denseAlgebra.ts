import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** The columns that `addGramian` takes at once: widths must be multiples of it. */
const TILE = 4;

/** The smallest multiple of `TILE` that is not below `count`. */
export function paddedToTile(count: number): number {
  return Math.ceil(count / TILE) * TILE;
}

/**
 * Adds a panel's Gramian to the lower triangle of a square matrix, in place: `product[i, j] += Σ_k panel[k, i] panel[k,
 * j]` for j ≤ i. Entries above the diagonal, within the tiles on it, are changed too and mean nothing.
 *
 * Tiles of 4 × 2 sums stay in registers: the fastest of the shapes tried in V8 (larger ones spill), and most of the
 * time of a fit is spent here.
 *
 * @param panel row-major, `depth × width`
 * @param width a multiple of `TILE`: pad with columns of zeros
 * @param product row-major, `width × width`
 */
export function addGramian(panel: Float64Array, depth: number, width: number, product: Float64Array): void {
  const end = depth * width;
  for (let i = 0; i < width; i += TILE) {
    for (let j = 0; j < i + TILE; j += 2) {
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      let s20 = 0;
      let s21 = 0;
      let s30 = 0;
      let s31 = 0;
      for (let row = 0; row < end; row += width) {
        const x0 = panel[row + i]!;
        const x1 = panel[row + i + 1]!;
        const x2 = panel[row + i + 2]!;
        const x3 = panel[row + i + 3]!;
        const y0 = panel[row + j]!;
        s00 += x0 * y0;
        s10 += x1 * y0;
        s20 += x2 * y0;
        s30 += x3 * y0;
        const y1 = panel[row + j + 1]!;
        s01 += x0 * y1;
        s11 += x1 * y1;
        s21 += x2 * y1;
        s31 += x3 * y1;
      }
      const out = i * width + j;
      product[out]! += s00;
      product[out + 1]! += s01;
      product[out + width]! += s10;
      product[out + width + 1]! += s11;
      product[out + 2 * width]! += s20;
      product[out + 2 * width + 1]! += s21;
      product[out + 3 * width]! += s30;
      product[out + 3 * width + 1]! += s31;
    }
  }
}

/**
 * Cholesky factor L of a symmetric positive definite matrix, in place: `L Lᵀ = matrix`. Reads and writes the lower
 * triangle only (left-looking, by columns, four rows at a time).
 *
 * @param matrix row-major, `stride` numbers a row
 * @param size at most `stride`
 * @throws RangeError when the matrix is not positive definite
 */
export function choleskyInPlace(matrix: Float64Array, size: number, stride: number): void {
  for (let j = 0; j < size; j++) {
    const rowJ = j * stride;
    let pivot = matrix[rowJ + j]!;
    for (let k = 0; k < j; k++) pivot -= matrix[rowJ + k]! * matrix[rowJ + k]!;
    if (!(pivot > 0)) throw new RangeError(`The matrix is not positive definite (pivot ${j} is ${pivot}).`);
    const diagonal = Math.sqrt(pivot);
    const inverse = 1 / diagonal;
    matrix[rowJ + j] = diagonal;
    let i = j + 1;
    for (; i + 3 < size; i += 4) {
      const r0 = i * stride;
      const r1 = r0 + stride;
      const r2 = r1 + stride;
      const r3 = r2 + stride;
      let s0 = matrix[r0 + j]!;
      let s1 = matrix[r1 + j]!;
      let s2 = matrix[r2 + j]!;
      let s3 = matrix[r3 + j]!;
      for (let k = 0; k < j; k++) {
        const x = matrix[rowJ + k]!;
        s0 -= matrix[r0 + k]! * x;
        s1 -= matrix[r1 + k]! * x;
        s2 -= matrix[r2 + k]! * x;
        s3 -= matrix[r3 + k]! * x;
      }
      matrix[r0 + j] = s0 * inverse;
      matrix[r1 + j] = s1 * inverse;
      matrix[r2 + j] = s2 * inverse;
      matrix[r3 + j] = s3 * inverse;
    }
    for (; i < size; i++) {
      const row = i * stride;
      let sum = matrix[row + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[row + k]! * matrix[rowJ + k]!;
      matrix[row + j] = sum * inverse;
    }
  }
}

/**
 * Solves `L Lᵀ x = b`, in place of b.
 *
 * @param factor L as `choleskyInPlace` leaves it
 * @param b length at least `size`; becomes x
 */
export function choleskySolveInPlace(factor: Float64Array, size: number, stride: number, b: Float64Array): void {
  for (let i = 0; i < size; i++) {
    const row = i * stride;
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= factor[row + k]! * b[k]!;
    b[i] = sum / factor[row + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    const row = i * stride;
    const x = b[i]! / factor[row + i]!;
    b[i] = x;
    for (let k = 0; k < i; k++) b[k]! -= factor[row + k]! * x;
  }
}

/** The eigenvectors of a Gramian, as a rotation of the factors that it is of, and what they carry. */
export interface PrincipalAxes {
  /** Row-major, `rank × rank`, one axis per column: factors times it are in principal axes. */
  readonly rotation: Float64Array;
  /** The Gramian's diagonal after the rotation, descending, each at least 0. */
  readonly energies: Float64Array;
}

/**
 * The principal axes of factors with a given Gramian, `YᵀY = Q L Qᵀ`.
 *
 * @param gramian row-major, symmetric, `rank × rank`
 */
export function principalAxes(gramian: Float64Array, rank: number): PrincipalAxes {
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(Matrix.from1DArray(rank, rank, gramian), {
    assumeSymmetric: true,
  });
  // ml-matrix gives eigenvalues ascending.
  const rotation = new Float64Array(rank * rank);
  const energies = new Float64Array(rank);
  for (let axis = 0; axis < rank; axis++) {
    energies[axis] = Math.max(0, realEigenvalues[rank - 1 - axis]!);
    for (let k = 0; k < rank; k++) rotation[k * rank + axis] = eigenvectorMatrix.get(k, rank - 1 - axis);
  }
  return { rotation, energies };
}

/**
 * Multiplies factors by a square matrix from the right, in place.
 *
 * @param factors row-major, `rowCount × rank`
 * @param rotation row-major, `rank × rank`
 */
export function turnRows(factors: Float32Array, rowCount: number, rank: number, rotation: Float64Array): void {
  // Kept by columns, so that each result is a sum over neighbours.
  const axes = new Float64Array(rank * rank);
  for (let k = 0; k < rank; k++) {
    for (let axis = 0; axis < rank; axis++) axes[axis * rank + k] = rotation[k * rank + axis]!;
  }
  const row = new Float64Array(rank);
  for (let r = 0; r < rowCount; r++) {
    const start = r * rank;
    for (let k = 0; k < rank; k++) row[k] = factors[start + k]!;
    let axis = 0;
    for (; axis + 3 < rank; axis += 4) {
      const a0 = axis * rank;
      const a1 = a0 + rank;
      const a2 = a1 + rank;
      const a3 = a2 + rank;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let k = 0; k < rank; k++) {
        const x = row[k]!;
        s0 += axes[a0 + k]! * x;
        s1 += axes[a1 + k]! * x;
        s2 += axes[a2 + k]! * x;
        s3 += axes[a3 + k]! * x;
      }
      factors[start + axis] = s0;
      factors[start + axis + 1] = s1;
      factors[start + axis + 2] = s2;
      factors[start + axis + 3] = s3;
    }
    for (; axis < rank; axis++) {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += axes[axis * rank + k]! * row[k]!;
      factors[start + axis] = sum;
    }
  }
}

/**
 * Turns factors into their principal axes, in place: multiplies them by the eigenvectors of their Gramian, after which
 * it is diagonal. All inner products between rows stay as they were, so no score changes; only the coordinates do, and
 * every later solve against these factors becomes diagonal plus a few rows.
 *
 * @param factors row-major, `rowCount × rank`
 * @returns the Gramian's diagonal afterwards, one per axis, descending, each at least 0
 */
export function turnToPrincipalAxes(factors: Float32Array, rowCount: number, rank: number): Float64Array {
  turnRows(factors, rowCount, rank, principalAxes(gramianOf(factors, rowCount, rank), rank).rotation);
  return axisEnergies(factors, rowCount, rank);
}

/**
 * The sum of squares of each column: the diagonal of the Gramian, which is all of it for factors in principal axes.
 *
 * @param factors row-major, `rowCount × rank`
 * @returns length `rank`, each at least 0
 */
export function axisEnergies(factors: Float32Array, rowCount: number, rank: number): Float64Array {
  const energies = new Float64Array(rank);
  for (let r = 0; r < rowCount; r++) {
    const start = r * rank;
    for (let k = 0; k < rank; k++) energies[k]! += factors[start + k]! * factors[start + k]!;
  }
  return energies;
}

/**
 * The Gramian `YᵀY`, summed in float64.
 *
 * @param factors row-major, `rowCount × rank`
 * @returns row-major, `rank × rank`, exactly symmetric
 */
export function gramianOf(factors: Float32Array, rowCount: number, rank: number): Float64Array {
  const chunk = 64;
  const width = paddedToTile(rank);
  const panel = new Float64Array(chunk * width);
  const product = new Float64Array(width * width);
  for (let first = 0; first < rowCount; first += chunk) {
    const depth = Math.min(chunk, rowCount - first);
    for (let t = 0; t < depth; t++) {
      const start = (first + t) * rank;
      for (let k = 0; k < rank; k++) panel[t * width + k] = factors[start + k]!;
    }
    addGramian(panel, depth, width, product);
  }
  const gramian = new Float64Array(rank * rank);
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j <= i; j++) {
      gramian[i * rank + j] = product[i * width + j]!;
      gramian[j * rank + i] = product[i * width + j]!;
    }
  }
  return gramian;
}
