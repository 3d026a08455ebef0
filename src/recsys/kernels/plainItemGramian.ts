import { type CsrMatrix, transpose } from '../interactions.js';
import type { ItemGramianWorkspace } from './engine.js';
import { assertGramianFits, assertRidge, notPositiveDefinite } from './itemGramianLimits.js';
import { invertPivotBlock } from './pivotBlock.js';

/**
 * The items' Gramian and its inverses in plain TypeScript, on one thread: stored in float32, summed in float64.
 *
 * @param byLearner learners × items, signed confidences
 * @throws RangeError above `MOST_GRAMIAN_ITEMS` items
 */
export function openPlainItemGramian(byLearner: CsrMatrix): ItemGramianWorkspace {
  const itemCount = byLearner.columnCount;
  assertGramianFits(itemCount);
  const gramian = gramianOfItems(byLearner);
  let inverse: Float32Array | null = null;
  return {
    itemCount,
    gramian,
    inverse(l2, onPart) {
      assertRidge(l2);
      inverse ??= new Float32Array(itemCount * itemCount);
      inverse.set(gramian);
      for (let item = 0; item < itemCount; item++) inverse[item * itemCount + item]! += l2;
      const lostPivot = invertSymmetricInPlace(inverse, itemCount, onPart);
      if (lostPivot >= 0) throw notPositiveDefinite(lostPivot, l2);
      return inverse;
    },
    release() {
      inverse = null;
    },
  };
}

/**
 * `XᵀX` of a sparse matrix, dense: every learner adds the products of all pairs of their values.
 *
 * @returns row-major, columns × columns, exactly symmetric
 */
function gramianOfItems(byLearner: CsrMatrix): Float32Array {
  const { columnCount: itemCount, rowOffsets, columnIndices, values } = byLearner;
  const gramian = new Float32Array(itemCount * itemCount);
  const byItem = transpose(byLearner);
  // How far each learner's cells are below the present item: with the columns ascending, the rest of the row is the
  // part above the diagonal.
  const next = rowOffsets.slice(0, byLearner.rowCount);
  const sums = new Float64Array(itemCount);
  for (let item = 0; item < itemCount; item++) {
    sums.fill(0, item);
    for (let cell = byItem.rowOffsets[item]!; cell < byItem.rowOffsets[item + 1]!; cell++) {
      const learner = byItem.columnIndices[cell]!;
      const value = byItem.values[cell]!;
      const end = rowOffsets[learner + 1]!;
      for (let other = next[learner]!++; other < end; other++) sums[columnIndices[other]!]! += value * values[other]!;
    }
    for (let other = item; other < itemCount; other++) gramian[item * itemCount + other] = sums[other]!;
  }
  mirrorUpper(gramian, itemCount, 1);
  return gramian;
}

/** Pivots taken at once. */
const BLOCK = 64;
/** Rows and columns of the matrix that are updated together, so that what they are updated with stays in cache. */
const TILE = 64;

/**
 * Replaces a symmetric positive definite matrix with its inverse by the sweep operator (Beaton 1964; Goodnight 1979) in
 * blocks: with rows K the pivots, `A_KK → −A_KK⁻¹`, `A_Kj → A_KK⁻¹ A_Kj`, `A_ij → A_ij − A_iK A_KK⁻¹ A_Kj`, after which
 * the matrix is `−A⁻¹`. It costs n³ operations, as Cholesky's way does, nearly all of them in one product per block.
 *
 * @param matrix row-major, `size × size`; only the upper triangle is read
 * @param onPart called after every block of pivots; may throw
 * @returns −1, or the first pivot lost in rounding, with the matrix then in disorder
 */
function invertSymmetricInPlace(matrix: Float32Array, size: number, onPart?: () => void): number {
  const diagonal = Float64Array.from({ length: size }, (_, i) => matrix[i * size + i]!);
  const padded = Math.ceil(size / 4) * 4;
  const pivotRows = new Float64Array(padded * BLOCK);
  const solvedRows = new Float64Array(padded * BLOCK);
  for (let first = 0; first < size; first += BLOCK) {
    const width = Math.min(BLOCK, size - first);
    const end = first + width;
    const block = invertPivotBlock(matrix, size, first, width, diagonal);
    if ('lostPivot' in block) return block.lostPivot;
    const blockInverse = block.inverse;

    // The pivot rows, turned so that what belongs to one column of the matrix lies together. The columns of the pivots
    // themselves stay 0, and so are left alone by the update.
    pivotRows.fill(0);
    solvedRows.fill(0);
    for (let j = 0; j < first; j++) {
      for (let r = 0; r < width; r++) pivotRows[j * BLOCK + r] = matrix[j * size + first + r]!;
    }
    for (let r = 0; r < width; r++) {
      const row = (first + r) * size;
      for (let j = end; j < size; j++) pivotRows[j * BLOCK + r] = matrix[row + j]!;
    }
    for (let j = 0; j < size; j++) {
      if (j >= first && j < end) continue;
      for (let r = 0; r < width; r++) {
        let sum = 0;
        for (let k = 0; k < width; k++) sum += blockInverse[r * width + k]! * pivotRows[j * BLOCK + k]!;
        solvedRows[j * BLOCK + r] = sum;
      }
    }
    for (let i = 0; i < size; i += TILE) {
      for (let j = i; j < size; j += TILE) subtractProduct(matrix, size, solvedRows, pivotRows, i, j);
    }
    for (let j = 0; j < first; j++) {
      for (let r = 0; r < width; r++) matrix[j * size + first + r] = solvedRows[j * BLOCK + r]!;
    }
    for (let r = 0; r < width; r++) {
      const row = (first + r) * size;
      for (let c = r; c < width; c++) matrix[row + first + c] = -blockInverse[r * width + c]!;
      for (let j = end; j < size; j++) matrix[row + j] = solvedRows[j * BLOCK + r]!;
    }
    onPart?.();
  }
  for (let i = 0; i < size; i++) matrix[i * size + i] = -matrix[i * size + i]!;
  mirrorUpper(matrix, size, -1);
  return -1;
}

/**
 * `matrix[i, j] −= Σ_k left[i, k] right[j, k]` for one tile, of which what lies below the diagonal means nothing.
 *
 * @param left row-major, `BLOCK` numbers a row, rows padded to a multiple of 4; `right` likewise
 */
function subtractProduct(
  matrix: Float32Array,
  size: number,
  left: Float64Array,
  right: Float64Array,
  firstRow: number,
  firstColumn: number,
): void {
  const lastRow = Math.min(size, firstRow + TILE);
  const lastColumn = Math.min(size, firstColumn + TILE);
  for (let i = firstRow; i < lastRow; i += 4) {
    // On the diagonal, what is left of it is not needed; two columns at a time, hence from an even one.
    for (let j = Math.max(firstColumn, i); j < lastColumn; j += 2) {
      const l0 = i * BLOCK;
      const l1 = l0 + BLOCK;
      const l2 = l1 + BLOCK;
      const l3 = l2 + BLOCK;
      const r0 = j * BLOCK;
      const r1 = r0 + BLOCK;
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      let s20 = 0;
      let s21 = 0;
      let s30 = 0;
      let s31 = 0;
      for (let k = 0; k < BLOCK; k++) {
        const y0 = right[r0 + k]!;
        const y1 = right[r1 + k]!;
        const x0 = left[l0 + k]!;
        const x1 = left[l1 + k]!;
        const x2 = left[l2 + k]!;
        const x3 = left[l3 + k]!;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s10 += x1 * y0;
        s11 += x1 * y1;
        s20 += x2 * y0;
        s21 += x2 * y1;
        s30 += x3 * y0;
        s31 += x3 * y1;
      }
      const out = i * size + j;
      const isPair = j + 1 < size;
      matrix[out]! -= s00;
      if (isPair) matrix[out + 1]! -= s01;
      if (i + 1 >= size) continue;
      matrix[out + size]! -= s10;
      if (isPair) matrix[out + size + 1]! -= s11;
      if (i + 2 >= size) continue;
      matrix[out + 2 * size]! -= s20;
      if (isPair) matrix[out + 2 * size + 1]! -= s21;
      if (i + 3 >= size) continue;
      matrix[out + 3 * size]! -= s30;
      if (isPair) matrix[out + 3 * size + 1]! -= s31;
    }
  }
}

/** Makes a matrix symmetric by its upper triangle, with everything off the diagonal multiplied by `sign`. */
function mirrorUpper(matrix: Float32Array, size: number, sign: 1 | -1): void {
  const tile = 32;
  for (let firstRow = 0; firstRow < size; firstRow += tile) {
    for (let firstColumn = firstRow; firstColumn < size; firstColumn += tile) {
      for (let i = firstRow; i < Math.min(size, firstRow + tile); i++) {
        for (let j = Math.max(i + 1, firstColumn); j < Math.min(size, firstColumn + tile); j++) {
          const value = sign * matrix[i * size + j]!;
          matrix[i * size + j] = value;
          matrix[j * size + i] = value;
        }
      }
    }
  }
}
