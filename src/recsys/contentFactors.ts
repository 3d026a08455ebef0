import { addRow, type Examples, type Fitted, fitFeatureForm, fitKernelForm, rowsOf } from './contentRidge.js';
import type { CsrMatrix } from './interactions.js';

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
        : fitFeatureForm(rows, examples, rank, options.penalties, options.tolerance, shouldStop);
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
