import type { IalsModel } from './als.js';
import { assertHistory, type History } from './history.js';
import { createRowSolver, type RowSolver, ridgeOf } from './rowSolver.js';

/** What folding in needs of one model, built once when it is loaded. Keeps scratch memory: one per thread. */
export interface FoldIn {
  readonly model: IalsModel;
  readonly solver: RowSolver;
  /** α₀ times the Gramian's diagonal, length `model.rank`. */
  readonly penalties: Float64Array;
}

/** Prepares a model for folding in, scoring and explaining. */
export function createFoldIn(model: IalsModel): FoldIn {
  const { rank, itemFactors } = model;
  const penalties = model.gramianDiagonal.map((energy) => model.options.unobservedWeight * energy);
  return { model, penalties, solver: createRowSolver(itemFactors, rank, penalties) };
}

/**
 * Factors for one learner with the item factors held fixed (Hu, Koren & Volinsky 2008, eq. 4), by the very solve
 * that training makes.
 *
 * @returns length `model.rank`; all zeros when the history is empty or holds no positive value
 * @throws RangeError when the history's columns differ in length, or an index is outside the model
 */
export function foldIn(context: FoldIn, history: History): Float64Array {
  const { model, solver } = context;
  assertHistory(history, model.itemCount);
  const factors = new Float64Array(model.rank);
  solver.solve(
    history.itemIndices,
    history.values,
    0,
    history.itemIndices.length,
    ridgeOfHistory(model, history),
    factors,
  );
  return factors;
}

/**
 * The score of every item: its factors' inner product with the learner's. About 1 for an item surely wanted, about 0
 * for one not; 0 for all when the learner's factors are zeros, and for an item without interactions.
 *
 * @param learnerFactors length `model.rank`, from `foldIn`
 * @param out length `model.itemCount`, overwritten; a new array when left out
 * @throws RangeError when a length is wrong
 */
export function scoreItems(
  model: IalsModel,
  learnerFactors: Float64Array,
  out: Float64Array = new Float64Array(model.itemCount),
): Float64Array {
  const { rank, itemCount, itemFactors } = model;
  if (learnerFactors.length !== rank || out.length !== itemCount) {
    throw new RangeError(
      `Scoring needs ${rank} factors and ${itemCount} places, not ${learnerFactors.length} and ${out.length}.`,
    );
  }
  let item = 0;
  for (; item + 3 < itemCount; item += 4) {
    const r0 = item * rank;
    const r1 = r0 + rank;
    const r2 = r1 + rank;
    const r3 = r2 + rank;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let k = 0; k < rank; k++) {
      const x = learnerFactors[k]!;
      s0 += itemFactors[r0 + k]! * x;
      s1 += itemFactors[r1 + k]! * x;
      s2 += itemFactors[r2 + k]! * x;
      s3 += itemFactors[r3 + k]! * x;
    }
    out[item] = s0;
    out[item + 1] = s1;
    out[item + 2] = s2;
    out[item + 3] = s3;
  }
  for (; item < itemCount; item++) {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += itemFactors[item * rank + k]! * learnerFactors[k]!;
    out[item] = sum;
  }
  return out;
}

/**
 * How much each item of the history adds to the score of one item: contributions that sum to the score (to rounding). A
 * dismissed item takes away from items like it.
 *
 * @param itemIndex a row of `model.itemFactors`
 * @param learnerFactors from `foldIn` of this very history, where they are at hand
 * @returns as long as the history, in its order
 * @throws RangeError when the history or the index is outside the model
 */
export function explain(
  context: FoldIn,
  history: History,
  itemIndex: number,
  learnerFactors?: Float64Array,
): Float64Array {
  const { rank, itemCount, itemFactors } = context.model;
  if (!Number.isInteger(itemIndex) || itemIndex < 0 || itemIndex >= itemCount) {
    throw new RangeError(`Item ${itemIndex} is outside a model of ${itemCount} items.`);
  }
  const direction = Float64Array.from(itemFactors.subarray(itemIndex * rank, (itemIndex + 1) * rank));
  return explainAlong(context, history, direction, learnerFactors);
}

/**
 * How much each item of the history adds to `x·direction`, x being the learner's factors. With an item's factors as
 * direction that explains its score, with their difference from another's it explains the lead of one over the other.
 *
 * From the normal equations `(D + Yᵤᵀ C Yᵤ) x = Yᵤᵀ C p` follows `x = D⁻¹ Yᵤᵀ C (p − Yᵤ x)`: an exact sum over the
 * history, in which item j has the weight `|v_j| (p_j − x·y_j)`, whichever way x was solved.
 *
 * @param direction length `model.rank`
 * @param learnerFactors from `foldIn` of this very history, where they are at hand
 * @returns as long as the history, in its order; sums to `x·direction`
 * @throws RangeError when the history is outside the model, or a length is wrong
 */
export function explainAlong(
  context: FoldIn,
  history: History,
  direction: Float64Array,
  learnerFactors: Float64Array = foldIn(context, history),
): Float64Array {
  const { rank } = context.model;
  if (direction.length !== rank) {
    throw new RangeError(`Explaining needs ${rank} factors, not ${direction.length}.`);
  }
  const rows = contributionRows(context, history, learnerFactors);
  return contributionsAlong(rows, history.itemIndices.length, direction);
}

/**
 * What a history says of any direction, for explaining many by the same one: row j is
 * `|v_j| (p_j − x·y_j) D⁻¹ y_j` of `explainAlong`, whose inner product with a direction is what item j adds there.
 *
 * @param learnerFactors from `foldIn` of this very history, where they are at hand
 * @returns row-major, items of the history × `model.rank`
 * @throws RangeError when the history is outside the model, or a length is wrong
 */
export function contributionRows(
  context: FoldIn,
  history: History,
  learnerFactors: Float64Array = foldIn(context, history),
): Float64Array {
  const { model, penalties } = context;
  const { rank, itemFactors } = model;
  assertHistory(history, model.itemCount);
  if (learnerFactors.length !== rank) {
    throw new RangeError(`Explaining needs ${rank} factors of the learner, not ${learnerFactors.length}.`);
  }
  const ridge = ridgeOfHistory(model, history);
  const shares = penalties.map((penalty) => 1 / (penalty + ridge));
  const rows = new Float64Array(history.itemIndices.length * rank);
  // Without a positive value x is all zeros, and so is every contribution: the formula gives that by itself.
  for (let j = 0; j < history.itemIndices.length; j++) {
    const start = history.itemIndices[j]! * rank;
    const value = history.values[j]!;
    let score = 0;
    for (let k = 0; k < rank; k++) score += itemFactors[start + k]! * learnerFactors[k]!;
    const weight = Math.abs(value) * ((value > 0 ? 1 : 0) - score);
    for (let k = 0; k < rank; k++) rows[j * rank + k] = weight * itemFactors[start + k]! * shares[k]!;
  }
  return rows;
}

/**
 * The inner product of each row with a direction.
 *
 * @param rows from `contributionRows`
 * @param count of the rows, each as long as the direction
 * @param contributions where they go, as many; a new array when left out
 */
export function contributionsAlong(
  rows: Float64Array,
  count: number,
  direction: Float32Array | Float64Array,
  contributions: Float64Array = new Float64Array(count),
): Float64Array {
  const rank = direction.length;
  for (let j = 0, at = 0; j < count; j++) {
    // In two sums, so that no addition has to wait for the one before it.
    let even = 0;
    let odd = 0;
    let k = 0;
    for (; k + 1 < rank; k += 2, at += 2) {
      even += rows[at]! * direction[k]!;
      odd += rows[at + 1]! * direction[k + 1]!;
    }
    if (k < rank) even += rows[at++]! * direction[k]!;
    contributions[j] = even + odd;
  }
  return contributions;
}

/** The ridge that a history is folded in with; see `ridgeOf`. */
export function ridgeOfHistory(model: IalsModel, history: History): number {
  let weight = 0;
  for (const value of history.values) weight += Math.abs(value);
  return ridgeOf(weight, model.fittedItemCount, model.options);
}
