import { choleskyInPlace, choleskySolveInPlace } from './denseAlgebra.js';
import { FitStopped } from './fitting.js';
import { type CsrMatrix, transpose } from './interactions.js';

/** The items that a regression is fitted on: with features and evidence. */
export interface Examples {
  readonly items: Int32Array;
  /** Above 0 to 1, beside them. */
  readonly weights: Float64Array;
  /** Their factors, row-major, examples × rank. */
  readonly targets: Float64Array;
}

interface Solution {
  /** Row-major, `featureCount × rank`. */
  readonly weights: Float64Array;
  readonly intercept: Float64Array;
}

const HELD_OUT_EVERY = 5;
const TUNING_AXES = 16;
const TUNING_TOLERANCE = 0.05;
const MOST_STEPS = 100;

/** A regression with its penalty chosen. */
export interface Fitted extends Solution {
  readonly penalty: number;
  readonly explainedShare: number;
}

/** Some rows of a matrix, in the given order. */
export function rowsOf(matrix: CsrMatrix, rows: ArrayLike<number>): CsrMatrix {
  const rowOffsets = new Int32Array(rows.length + 1);
  for (let r = 0; r < rows.length; r++) {
    rowOffsets[r + 1] = rowOffsets[r]! + matrix.rowOffsets[rows[r]! + 1]! - matrix.rowOffsets[rows[r]!]!;
  }
  const columnIndices = new Int32Array(rowOffsets[rows.length]!);
  const values = new Float32Array(columnIndices.length);
  for (let r = 0; r < rows.length; r++) {
    const start = matrix.rowOffsets[rows[r]!]!;
    const end = matrix.rowOffsets[rows[r]! + 1]!;
    columnIndices.set(matrix.columnIndices.subarray(start, end), rowOffsets[r]!);
    values.set(matrix.values.subarray(start, end), rowOffsets[r]!);
  }
  return { rowCount: rows.length, columnCount: matrix.columnCount, rowOffsets, columnIndices, values };
}

/**
 * Weighted ridge regression in the kernel form (Saunders, Gammerman & Vovk 1998), the penalty chosen by leave-one-out
 * errors in closed form (Cawley 2006); see `fitContentModel` for the equations.
 *
 * @param rows examples × features, rows of length 1
 * @param penalties at least one, each above 0
 * @throws FitStopped when `shouldStop` says so
 */
export function fitKernelForm(
  rows: CsrMatrix,
  examples: Examples,
  rank: number,
  penalties: readonly number[],
  shouldStop: () => boolean,
): Fitted {
  const count = rows.rowCount;
  const kernel = kernelOf(rows);
  const total = weightedVariance(examples.targets, examples.weights, rank, Math.min(rank, TUNING_AXES));
  let best: { penalty: number; error: number; dual: Float64Array; intercept: Float64Array } | null = null;
  for (const penalty of penalties) {
    if (shouldStop()) throw new FitStopped();
    const { dual, intercept, error } = solveKernel(kernel, examples, rank, penalty);
    if (best === null || error < best.error) best = { penalty, error, dual, intercept };
  }
  const { penalty, error, dual, intercept } = best!;
  const weights = new Float64Array(rows.columnCount * rank);
  for (let row = 0; row < count; row++) addOuter(rows, row, dual, row * rank, rank, weights);
  return { weights, intercept, penalty, explainedShare: total > 0 && count > 1 ? 1 - error / total : 0 };
}

/** One penalty of the kernel form: `α`, b and the weighted squared error of leaving each out, over the leading axes. */
function solveKernel(
  kernel: Float64Array,
  { weights, targets }: Examples,
  rank: number,
  penalty: number,
): { dual: Float64Array; intercept: Float64Array; error: number } {
  const count = weights.length;
  const factor = kernel.slice();
  for (let i = 0; i < count; i++) factor[i * count + i]! += penalty / weights[i]!;
  choleskyInPlace(factor, count, count);
  const ones = new Float64Array(count).fill(1);
  choleskySolveInPlace(factor, count, count, ones);
  const mass = ones.reduce((sum, value) => sum + value, 0);
  const diagonal = inverseDiagonal(factor, count);
  const dual = new Float64Array(count * rank);
  const intercept = new Float64Array(rank);
  const column = new Float64Array(count);
  let error = 0;
  for (let k = 0; k < rank; k++) {
    for (let i = 0; i < count; i++) column[i] = targets[i * rank + k]!;
    choleskySolveInPlace(factor, count, count, column);
    intercept[k] = column.reduce((sum, value) => sum + value, 0) / mass;
    for (let i = 0; i < count; i++) {
      const value = column[i]! - intercept[k]! * ones[i]!;
      dual[i * rank + k] = value;
      if (k >= TUNING_AXES || count === 1) continue;
      const spread = diagonal[i]! - (ones[i]! * ones[i]!) / mass;
      error += weights[i]! * (value / spread) ** 2;
    }
  }
  return { dual, intercept, error };
}

/** `ΦΦᵀ`, row-major, dense, symmetric to the last bit. */
function kernelOf(rows: CsrMatrix): Float64Array {
  const count = rows.rowCount;
  const byFeature = transpose(rows);
  const kernel = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let cell = rows.rowOffsets[i]!; cell < rows.rowOffsets[i + 1]!; cell++) {
      const feature = rows.columnIndices[cell]!;
      const value = rows.values[cell]!;
      for (let other = byFeature.rowOffsets[feature]!; other < byFeature.rowOffsets[feature + 1]!; other++) {
        kernel[i * count + byFeature.columnIndices[other]!]! += value * byFeature.values[other]!;
      }
    }
  }
  return kernel;
}

/** The diagonal of `(L Lᵀ)⁻¹`: the squares of the columns of L⁻¹, which is built row by row. */
function inverseDiagonal(factor: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  const diagonal = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const row = inverse.subarray(i * size, i * size + i + 1);
    for (let k = 0; k < i; k++) {
      const value = factor[i * size + k]!;
      if (value === 0) continue;
      const source = k * size;
      for (let j = 0; j <= k; j++) row[j]! -= value * inverse[source + j]!;
    }
    const pivot = factor[i * size + i]!;
    row[i] = 1;
    for (let j = 0; j <= i; j++) {
      row[j]! /= pivot;
      diagonal[j]! += row[j]! * row[j]!;
    }
  }
  return diagonal;
}

/**
 * The same minimum by conjugate gradients over features, the penalty chosen on every fifth example.
 *
 * @param rows examples × features, rows of length 1
 * @param penalties at least one, each above 0
 * @param tolerance where the gradients stop: residual over right-hand side, above 0
 * @throws FitStopped when `shouldStop` says so
 */
export function fitFeatureForm(
  rows: CsrMatrix,
  examples: Examples,
  rank: number,
  penalties: readonly number[],
  tolerance: number,
  shouldStop: () => boolean,
): Fitted {
  const { penalty, explainedShare } = choosePenalty(rows, examples, rank, penalties, shouldStop);
  const { weights: exampleWeights, targets } = examples;
  const solution = solveOverFeatures(rows, exampleWeights, targets, rank, penalty, tolerance, null, shouldStop);
  return { ...solution, penalty, explainedShare };
}

/** The penalty with the least weighted squared error on every fifth example, fitted on the others. */
function choosePenalty(
  rows: CsrMatrix,
  { weights, targets }: Examples,
  rank: number,
  penalties: readonly number[],
  shouldStop: () => boolean,
): { penalty: number; explainedShare: number } {
  const axes = Math.min(rank, TUNING_AXES);
  const places = Array.from({ length: rows.rowCount }, (_, place) => place);
  const part = (isHeldOut: boolean): { rows: CsrMatrix; weights: Float64Array; targets: Float64Array } => {
    const own = places.filter((place) => (place % HELD_OUT_EVERY === HELD_OUT_EVERY - 1) === isHeldOut);
    const leading = new Float64Array(own.length * axes);
    own.forEach((place, row) => {
      leading.set(targets.subarray(place * rank, place * rank + axes), row * axes);
    });
    return { rows: rowsOf(rows, own), weights: Float64Array.from(own, (place) => weights[place]!), targets: leading };
  };
  const train = part(false);
  const heldOut = part(true);
  const total = weightedVariance(heldOut.targets, heldOut.weights, axes, axes);
  let best = { penalty: penalties[0]!, error: Number.POSITIVE_INFINITY };
  let warmStart: Float64Array | null = null;
  const predicted = new Float64Array(axes);
  // From the largest on, each starts from the one before: only what a smaller penalty sets free is still to be found.
  for (const penalty of [...penalties].sort((a, b) => b - a)) {
    const { weights: found, intercept }: Solution = solveOverFeatures(
      train.rows,
      train.weights,
      train.targets,
      axes,
      penalty,
      TUNING_TOLERANCE,
      warmStart,
      shouldStop,
    );
    warmStart = found;
    let error = 0;
    for (let row = 0; row < heldOut.rows.rowCount; row++) {
      predicted.set(intercept);
      addRow(heldOut.rows, row, found, axes, predicted);
      for (let k = 0; k < axes; k++)
        error += heldOut.weights[row]! * (heldOut.targets[row * axes + k]! - predicted[k]!) ** 2;
    }
    if (error < best.error) best = { penalty, error };
  }
  return { penalty: best.penalty, explainedShare: total > 0 ? 1 - best.error / total : 0 };
}

/**
 * The minimum by preconditioned conjugate gradients on `(ΦcᵀWΦc + l2 I) B = ΦcᵀW Yc`, c: less the weighted means. The
 * features stay sparse: the means are taken off as a product of rank one. All axes step together, each with lengths of
 * its own.
 */
function solveOverFeatures(
  rows: CsrMatrix,
  weights: Float64Array,
  targets: Float64Array,
  rank: number,
  penalty: number,
  tolerance: number,
  warmStart: Float64Array | null,
  shouldStop: () => boolean,
): Solution {
  const { rowCount, columnCount } = rows;
  const mass = weights.reduce((sum, weight) => sum + weight, 0);
  const meanFeatures = new Float64Array(columnCount);
  const meanTargets = new Float64Array(rank);
  const diagonal = new Float64Array(columnCount).fill(penalty);
  for (let row = 0; row < rowCount; row++) {
    const share = weights[row]! / mass;
    for (let cell = rows.rowOffsets[row]!; cell < rows.rowOffsets[row + 1]!; cell++) {
      const value = rows.values[cell]!;
      meanFeatures[rows.columnIndices[cell]!]! += share * value;
      diagonal[rows.columnIndices[cell]!]! += weights[row]! * value * value;
    }
    for (let k = 0; k < rank; k++) meanTargets[k]! += share * targets[row * rank + k]!;
  }
  for (let c = 0; c < columnCount; c++) diagonal[c]! -= mass * meanFeatures[c]! * meanFeatures[c]!;

  const size = columnCount * rank;
  const solution = warmStart?.slice() ?? new Float64Array(size);
  const direction = new Float64Array(size);
  const product = new Float64Array(size);
  const scratch = new Float64Array(rank);
  const offset = new Float64Array(rank);
  const pulled = new Float64Array(rank);

  /** `product = (ΦcᵀWΦc + l2 I) vector`. */
  const multiply = (vector: Float64Array): void => {
    offset.fill(0);
    pulled.fill(0);
    for (let c = 0; c < columnCount; c++) {
      const start = c * rank;
      const mean = meanFeatures[c]!;
      for (let k = 0; k < rank; k++) {
        offset[k]! -= mean * vector[start + k]!;
        product[start + k] = penalty * vector[start + k]!;
      }
    }
    for (let row = 0; row < rowCount; row++) {
      scratch.set(offset);
      addRow(rows, row, vector, rank, scratch);
      const weight = weights[row]!;
      for (let k = 0; k < rank; k++) {
        scratch[k]! *= weight;
        pulled[k]! += scratch[k]!;
      }
      addOuter(rows, row, scratch, 0, rank, product);
    }
    for (let c = 0; c < columnCount; c++) {
      const mean = meanFeatures[c]!;
      for (let k = 0; k < rank; k++) product[c * rank + k]! -= mean * pulled[k]!;
    }
  };

  const residual = new Float64Array(size);
  for (let row = 0; row < rowCount; row++) {
    for (let k = 0; k < rank; k++) scratch[k] = weights[row]! * (targets[row * rank + k]! - meanTargets[k]!);
    addOuter(rows, row, scratch, 0, rank, residual);
  }
  const dots = new Float64Array(rank);
  const wanted = columnDots(residual, residual, rank).map((squares) => squares * tolerance * tolerance);
  if (warmStart !== null) {
    multiply(solution);
    for (let j = 0; j < size; j++) residual[j]! -= product[j]!;
  }
  for (let c = 0; c < columnCount; c++) {
    for (let k = 0; k < rank; k++) {
      const conditioned = residual[c * rank + k]! / diagonal[c]!;
      direction[c * rank + k] = conditioned;
      dots[k]! += conditioned * residual[c * rank + k]!;
    }
  }
  const next = new Float64Array(rank);
  for (let step = 0; step < MOST_STEPS; step++) {
    if (shouldStop()) throw new FitStopped();
    if (columnDots(residual, residual, rank).every((squares, k) => squares <= wanted[k]!)) break;
    multiply(direction);
    // An axis that is solved exactly has no direction left: it stays where it is.
    const lengths = columnDots(direction, product, rank).map((curve, k) => (curve > 0 ? dots[k]! / curve : 0));
    next.fill(0);
    for (let c = 0; c < columnCount; c++) {
      const start = c * rank;
      const scale = 1 / diagonal[c]!;
      for (let k = 0; k < rank; k++) {
        solution[start + k]! += lengths[k]! * direction[start + k]!;
        const left = residual[start + k]! - lengths[k]! * product[start + k]!;
        residual[start + k] = left;
        next[k]! += left * left * scale;
      }
    }
    const kept = next.map((value, k) => (dots[k]! > 0 ? value / dots[k]! : 0));
    for (let c = 0; c < columnCount; c++) {
      const start = c * rank;
      const scale = 1 / diagonal[c]!;
      for (let k = 0; k < rank; k++)
        direction[start + k] = residual[start + k]! * scale + kept[k]! * direction[start + k]!;
    }
    dots.set(next);
  }
  const intercept = meanTargets;
  for (let c = 0; c < columnCount; c++) {
    for (let k = 0; k < rank; k++) intercept[k]! -= meanFeatures[c]! * solution[c * rank + k]!;
  }
  return { weights: solution, intercept };
}

/** `sum += Bᵀφ` for one row of features. */
export function addRow(
  rows: CsrMatrix,
  row: number,
  weights: ArrayLike<number>,
  rank: number,
  sum: Float64Array,
): void {
  for (let cell = rows.rowOffsets[row]!; cell < rows.rowOffsets[row + 1]!; cell++) {
    const start = rows.columnIndices[cell]! * rank;
    const value = rows.values[cell]!;
    for (let k = 0; k < rank; k++) sum[k]! += value * weights[start + k]!;
  }
}

/** `product += φ aᵀ` for one row of features, a being `rank` numbers from `from` on. */
function addOuter(
  rows: CsrMatrix,
  row: number,
  a: Float64Array,
  from: number,
  rank: number,
  product: Float64Array,
): void {
  for (let cell = rows.rowOffsets[row]!; cell < rows.rowOffsets[row + 1]!; cell++) {
    const start = rows.columnIndices[cell]! * rank;
    const value = rows.values[cell]!;
    for (let k = 0; k < rank; k++) product[start + k]! += value * a[from + k]!;
  }
}

/** Inner products of the columns of two matrices with `rank` columns. */
function columnDots(a: Float64Array, b: Float64Array, rank: number): Float64Array {
  const dots = new Float64Array(rank);
  for (let start = 0; start < a.length; start += rank) {
    for (let k = 0; k < rank; k++) dots[k]! += a[start + k]! * b[start + k]!;
  }
  return dots;
}

/** `Σ_i w_i |y_i − ȳ|²` around the weighted mean, over the first axes. */
function weightedVariance(targets: Float64Array, weights: Float64Array, rank: number, axes: number): number {
  const mass = weights.reduce((sum, weight) => sum + weight, 0);
  let variance = 0;
  for (let k = 0; k < axes; k++) {
    let mean = 0;
    for (let i = 0; i < weights.length; i++) mean += (weights[i]! * targets[i * rank + k]!) / mass;
    for (let i = 0; i < weights.length; i++) variance += weights[i]! * (targets[i * rank + k]! - mean) ** 2;
  }
  return variance;
}
