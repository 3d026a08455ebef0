import { choleskyInPlace, choleskySolveInPlace } from './denseAlgebra.js';
import { FitStopped } from './fitting.js';
import { type CsrMatrix, transpose } from './interactions.js';

/** How item factors are predicted from content. */
export interface ContentFitOptions {
  /**
   * Penalties to choose from, each above 0. Rows of features have length 1 and an item of much evidence weighs 1, so
   * that a penalty counts in items: 1 holds back as much as one item that says 0.
   */
  readonly penalties: readonly number[];
  /** Evidence at which an item weighs one half in the regression, above 0. */
  readonly halfWeightEvidence: number;
  /**
   * How far a predicted length gives way to the usual one, 0 to 1: 0 keeps what the regression says, 1 keeps its
   * direction only.
   */
  readonly normExponent: number;
  /** Up to so many items the kernel form is taken, above it the form over features; at least 0. */
  readonly largestKernel: number;
  /** Where conjugate gradients stop in the form over features: residual over right-hand side, above 0. */
  readonly tolerance: number;
}

/**
 * Measured on 8,196 real courses, with new ones ranked among themselves: lengths tempered by a half gained 3–9 % in
 * NDCG@20 over those of the regression, and 3 % over directions alone; penalties of 1 and 2 are the best there.
 *
 * The kernel form takes the third power of the items and is given up early: with 64 factors and 5 penalties 500 items
 * take 0.5 s, 1,000 items 3 s and 2,000 items 25 s, where the form over features takes 0.5, 0.7 and 2 s. What it has
 * over the other is that every item counts in the choice of the penalty, which matters when there are few.
 */
export const DEFAULT_CONTENT_FIT_OPTIONS: ContentFitOptions = {
  penalties: [8, 4, 2, 1, 0.5],
  halfWeightEvidence: 3,
  normExponent: 0.5,
  largestKernel: 500,
  tolerance: 0.01,
};

/** Predicts item factors from content features: plain data. A linear kernel collapses to weights of features. */
export interface ContentModel {
  readonly rank: number;
  readonly featureCount: number;
  /** Row-major, `featureCount × rank`. */
  readonly weights: Float32Array;
  /** Length `rank`. */
  readonly intercept: Float32Array;
  readonly normExponent: number;
  /** The usual length of a prediction, at least 0: the weighted geometric mean over the items fitted on. */
  readonly usualNorm: number;
  /** The penalty chosen. */
  readonly penalty: number;
  /** `kernel` and `features` give the same predictions, but for tolerance. */
  readonly form: 'kernel' | 'features';
  /** How many items had both features and evidence. */
  readonly fittedItemCount: number;
  /**
   * Share of the leading axes' weighted variance that is predicted for items left out, at most 1; below 0: worse than
   * their mean. 0 when there is nothing to judge by.
   */
  readonly explainedShare: number;
}

/** The items that a regression is fitted on: with features and evidence. */
interface Examples {
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

/**
 * Weighted ridge regression from content to item factors, so that an item can be recommended before anyone took it:
 * minimises `Σ_i w_i |y_i − b − Bᵀφ_i|² + l2 |B|²` over items with features φ_i and evidence n_i, with
 * `w_i = n_i / (n_i + h)`, h being `halfWeightEvidence`. Each axis is a regression of its own, so that neither the sign
 * nor the turn of the axes matters.
 *
 * **Kernel form** (Saunders, Gammerman & Vovk 1998), up to `largestKernel` items: with `M = ΦΦᵀ + l2 W⁻¹`,
 * `b = 1ᵀM⁻¹Y / 1ᵀM⁻¹1`, `α = M⁻¹(Y − 1b)`, `B = Φᵀα`. l2 is chosen by weighted leave-one-out errors in closed form
 * (Cawley 2006): `e_i = α_i / C_ii`, `C = M⁻¹ − M⁻¹11ᵀM⁻¹ / 1ᵀM⁻¹1`.
 *
 * **Over features**, above it: the same minimum by conjugate gradients on the primal normal equations, centred by the
 * weighted means and preconditioned by their diagonal. They cost as much a step as there are cells times the rank, so
 * no feature needs to be hashed or dropped. l2 is chosen on every fifth item, held out. Both choose on the leading 16
 * axes, which carry the most.
 *
 * @param features items × features, rows of length 1 or 0 (`encodeContent`)
 * @param itemFactors row-major, items × rank, finite
 * @param evidence per item, at least 0: the sum of its positive confidences
 * @param shouldStop polled; true abandons the fit
 * @returns a model that predicts zeros when no item has both features and evidence
 * @throws RangeError when lengths differ, a number is not finite or an option is out of range
 * @throws FitStopped when `shouldStop` says so
 */
export function fitContentModel(
  features: CsrMatrix,
  itemFactors: Float32Array,
  rank: number,
  evidence: Float64Array,
  options: ContentFitOptions = DEFAULT_CONTENT_FIT_OPTIONS,
  shouldStop: () => boolean = () => false,
): ContentModel {
  assertFit(features, itemFactors, rank, evidence, options);
  const examples = examplesOf(features, itemFactors, rank, evidence, options.halfWeightEvidence);
  const fittedItemCount = examples.items.length;
  const form = fittedItemCount <= options.largestKernel ? 'kernel' : 'features';
  const rows = rowsOf(features, examples.items);
  const { penalty, explainedShare, weights, intercept } =
    fittedItemCount === 0
      ? nothing(features.columnCount, rank, options.penalties)
      : form === 'kernel'
        ? fitKernelForm(rows, examples, rank, options.penalties, shouldStop)
        : fitFeatureForm(rows, examples, rank, options, shouldStop);
  const model: ContentModel = {
    rank,
    featureCount: features.columnCount,
    weights: Float32Array.from(weights),
    intercept: Float32Array.from(intercept),
    normExponent: options.normExponent,
    usualNorm: 0,
    penalty,
    form,
    fittedItemCount,
    explainedShare,
  };
  return { ...model, usualNorm: usualNormOf(model, rows, examples.weights) };
}

/**
 * The factors that content alone suggests: `ŷ = b + Bᵀφ`, its length tempered towards the usual one, `ŷ · (usual /
 * |ŷ|)^e`. They stand on the scale of the factors fitted on, so that their scores compare with those of known items.
 *
 * @param features items × features, of the encoder that the model was fitted with; any items
 * @returns row-major, items × rank; zeros for an item without features
 * @throws RangeError when the features are not the model's
 */
export function predictFactors(model: ContentModel, features: CsrMatrix): Float32Array {
  if (features.columnCount !== model.featureCount) {
    throw new RangeError(`The model knows ${model.featureCount} features, not ${features.columnCount}.`);
  }
  const { rank, normExponent, usualNorm } = model;
  const predicted = new Float32Array(features.rowCount * rank);
  const row = new Float64Array(rank);
  for (let item = 0; item < features.rowCount; item++) {
    if (features.rowOffsets[item] === features.rowOffsets[item + 1]) continue;
    const norm = predictRow(model, features, item, row);
    const scale = norm > 0 && usualNorm > 0 ? (usualNorm / norm) ** normExponent : 1;
    for (let k = 0; k < rank; k++) predicted[item * rank + k] = row[k]! * scale;
  }
  return predicted;
}

/**
 * A compromise of two measurements on real courses. 350 of them that kept n enrolments, ranked among themselves
 * (NDCG@20; learned, κ = 8, κ = 32, content alone): n = 1 .070 .202 .201 .202; n = 4 .115 .207 .206 .204; n = 8 .137 .194
 * .206 .201; n = 16 .164 .187 .209 .206; n = 32 .191 .200 .215 .214. The whole catalogue ranked for what people took
 * next, where how popular a course became counts too: learned .0711, κ = 8 .0705, κ = 32 .0692, κ = 64 .0678.
 */
export const DEFAULT_CONTENT_KAPPA = 8;

/**
 * Item factors that start from content and move to what was learned as evidence comes: `(n y + κ ŷ) / (n + κ)`.
 *
 * They are for scoring items, not for folding learners in: that solve, its Gramian and penalties stay those of the
 * learned factors, so that a learner's factors do not change because courses were added, and remain the minimum that
 * training found. (Folding in with blended factors instead gained at most 1 % for any κ.) What changes is the direction
 * that a learner's factors are scored and explained along: contributions along blended factors still sum to the score.
 * A history's items act by their learned factors, so one that nobody took before tells nothing yet.
 *
 * @param itemFactors learned, row-major, items × rank
 * @param predicted from `predictFactors`, of the same items; a row of zeros says nothing, and the learned stay
 * @param evidence n per item, at least 0: the sum of its positive confidences
 * @param kappa κ, at least 0: evidence at which both count the same
 * @returns row-major, items × rank; zeros for an item with neither content nor learned factors
 * @throws RangeError when lengths differ, or a number is out of range
 */
export function withContent(
  itemFactors: Float32Array,
  predicted: Float32Array,
  evidence: Float64Array,
  kappa: number = DEFAULT_CONTENT_KAPPA,
): Float32Array {
  const itemCount = evidence.length;
  if (
    itemFactors.length !== predicted.length ||
    (itemCount === 0 ? itemFactors.length > 0 : itemFactors.length % itemCount > 0)
  ) {
    throw new RangeError(
      `There are ${itemFactors.length} learned and ${predicted.length} predicted factors for ${itemCount} items.`,
    );
  }
  if (!(kappa >= 0 && Number.isFinite(kappa))) throw new RangeError(`kappa must be at least 0, not ${kappa}.`);
  assertEvidence(evidence);
  const rank = itemCount === 0 ? 0 : itemFactors.length / itemCount;
  const blended = itemFactors.slice();
  for (let item = 0; item < itemCount; item++) {
    const own = predicted.subarray(item * rank, (item + 1) * rank);
    if (own.every((value) => value === 0)) continue;
    const n = evidence[item]!;
    const share = n + kappa > 0 ? n / (n + kappa) : 0;
    for (let k = 0; k < rank; k++) {
      blended[item * rank + k] = share * itemFactors[item * rank + k]! + (1 - share) * own[k]!;
    }
  }
  return blended;
}

interface Fitted extends Solution {
  readonly penalty: number;
  readonly explainedShare: number;
}

function nothing(featureCount: number, rank: number, penalties: readonly number[]): Fitted {
  const weights = new Float64Array(featureCount * rank);
  return { weights, intercept: new Float64Array(rank), penalty: penalties[0]!, explainedShare: 0 };
}

function examplesOf(
  features: CsrMatrix,
  itemFactors: Float32Array,
  rank: number,
  evidence: Float64Array,
  halfWeightEvidence: number,
): Examples {
  const items: number[] = [];
  for (let item = 0; item < evidence.length; item++) {
    if (evidence[item]! > 0 && features.rowOffsets[item]! < features.rowOffsets[item + 1]!) items.push(item);
  }
  const targets = new Float64Array(items.length * rank);
  items.forEach((item, row) => {
    targets.set(itemFactors.subarray(item * rank, (item + 1) * rank), row * rank);
  });
  const weights = Float64Array.from(items, (item) => evidence[item]! / (evidence[item]! + halfWeightEvidence));
  return { items: Int32Array.from(items), weights, targets };
}

/** Some rows of a matrix, in the given order. */
function rowsOf(matrix: CsrMatrix, rows: ArrayLike<number>): CsrMatrix {
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

function fitKernelForm(
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

function fitFeatureForm(
  rows: CsrMatrix,
  examples: Examples,
  rank: number,
  options: ContentFitOptions,
  shouldStop: () => boolean,
): Fitted {
  const { penalty, explainedShare } = choosePenalty(rows, examples, rank, options.penalties, shouldStop);
  const { weights: exampleWeights, targets } = examples;
  const solution = solveOverFeatures(rows, exampleWeights, targets, rank, penalty, options.tolerance, null, shouldStop);
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
function addRow(rows: CsrMatrix, row: number, weights: ArrayLike<number>, rank: number, sum: Float64Array): void {
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

/** Writes `b + Bᵀφ` of one item and returns its length. */
function predictRow(model: ContentModel, features: CsrMatrix, item: number, out: Float64Array): number {
  out.set(model.intercept);
  addRow(features, item, model.weights, model.rank, out);
  let squares = 0;
  for (const value of out) squares += value * value;
  return Math.sqrt(squares);
}

function usualNormOf(model: ContentModel, rows: CsrMatrix, weights: Float64Array): number {
  const row = new Float64Array(model.rank);
  let logs = 0;
  let mass = 0;
  for (let r = 0; r < rows.rowCount; r++) {
    const norm = predictRow(model, rows, r, row);
    if (norm === 0) continue;
    logs += weights[r]! * Math.log(norm);
    mass += weights[r]!;
  }
  return mass > 0 ? Math.exp(logs / mass) : 0;
}

function assertEvidence(evidence: Float64Array): void {
  for (const n of evidence) {
    if (!(n >= 0 && Number.isFinite(n))) throw new RangeError(`Evidence must be at least 0, not ${n}.`);
  }
}

function assertFit(
  features: CsrMatrix,
  itemFactors: Float32Array,
  rank: number,
  evidence: Float64Array,
  { penalties, halfWeightEvidence, normExponent, largestKernel, tolerance }: ContentFitOptions,
): void {
  if (!Number.isSafeInteger(rank) || rank < 1) throw new RangeError(`rank must be at least 1, not ${rank}.`);
  if (features.rowCount !== evidence.length || itemFactors.length !== evidence.length * rank) {
    throw new RangeError(
      `There are ${features.rowCount} rows of features, ${itemFactors.length} factors of rank ${rank} and evidence of ` +
        `${evidence.length} items.`,
    );
  }
  assertEvidence(evidence);
  if (!itemFactors.every(Number.isFinite)) throw new RangeError('An item factor is not finite.');
  if (penalties.length === 0 || !penalties.every((penalty) => penalty > 0 && Number.isFinite(penalty))) {
    throw new RangeError('There must be penalties to choose from, each above 0.');
  }
  if (!(halfWeightEvidence > 0)) throw new RangeError('halfWeightEvidence must be above 0.');
  if (!(normExponent >= 0 && normExponent <= 1)) throw new RangeError('normExponent must be 0 to 1.');
  if (!(largestKernel >= 0)) throw new RangeError('largestKernel must be at least 0.');
  if (!(tolerance > 0)) throw new RangeError('tolerance must be above 0.');
}
