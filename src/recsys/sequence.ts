import { type FitContext, FitStopped, fadedInteractions, type TrainingData } from './fitting.js';
import type { History } from './history.js';
import { type CsrMatrix, transpose } from './interactions.js';
import type { ItemScorer } from './itemScorer.js';
import { createItemWeightScorer, itemsWithEvidence, type SparseItemWeights } from './itemWeights.js';
import { topK } from './topK.js';

/** What a sequence model is fitted with. */
export interface SequenceOptions {
  /** How many followers are kept of each item, at least 1. */
  readonly neighbours: number;
  /** How many steps ahead still count as following, at least 1. */
  readonly window: number;
  /** What each step further counts, times the one before; above 0, at most 1. */
  readonly positionDecay: number;
  /** What "taken before" counts beside "taken after" (1); 0 to 1. With 1 the order does not matter. */
  readonly backwardWeight: number;
  /** Pseudo-observations of "nothing follows" per item, at least 0: what keeps rare pairs from winning. */
  readonly shrinkage: number;
  /** How much being popular counts against a follower; 0 (not at all) to 1. */
  readonly popularityExponent: number;
  /** What an item of the history counts, times that of the one taken next; above 0, at most 1. */
  readonly historyDecay: number;
  /** Age at which a contact counts half, in days, above 0; null: age does not matter. */
  readonly halfLifeDays: number | null;
}

/** What people take after each item. */
export interface SequenceModel {
  readonly family: 'sequence';
  readonly itemCount: number;
  /** Rows are the items taken, columns what follows them; all at least 0. */
  readonly weights: SparseItemWeights;
  readonly options: SequenceOptions;
}

/** Best on a temporal holdout of real enrolments in courses (24,036 learners, 8,166 courses). */
export const DEFAULT_SEQUENCE_OPTIONS: SequenceOptions = {
  neighbours: 200,
  window: 20,
  positionDecay: 0.9,
  backwardWeight: 0.4,
  shrinkage: 100,
  popularityExponent: 0,
  historyDecay: 0.85,
  halfLifeDays: 730,
};

/** How many items make one step of the fit, as `onStep` counts them. */
const ITEMS_PER_STEP = 256;
const LEARNERS_BETWEEN_STOP_CHECKS = 4096;

/**
 * What people take next after what they took: sequential rules between pairs of items (Kamehkhosh, Jannach & Ludewig
 * 2017; `SR` in Ludewig & Jannach 2018), which are a Markov chain over items (Rendle, Freudenthaler & Schmidt-Thieme
 * 2010) that looks further than one step back. With `c` the faded confidences, `n_u` how many items the learner wanted
 * and `s` by how many steps the later of the two follows the earlier,
 *
 *     W_ji = Σ_u c_uj c_ui positionDecay^(s − 1) / √n_u    over learners who took j, and i at most `window` steps later
 *          + backwardWeight · the same                     over learners who took them in the other order
 *     T_ji = W_ji / (Σ_k W_jk + shrinkage) · (mean popularity / popularity_i)^popularityExponent
 *
 * Dividing by `√n_u` keeps those who take everything from outvoting the others, and the part for the other order keeps
 * sparse data from leaving most pairs unknown. Elapsed time does not enter: on real enrolments it told nothing that the
 * order does not.
 *
 * Items touched at the same moment are one step, and their order is unknown: each counts as following the other by one
 * step, weighed by the mean of both orders. **Without times that holds for all of a learner's items**: the model is
 * then one of what is taken together, in any order.
 *
 * Dismissed items follow nothing and nothing follows them. One item at a time is counted in an array over the
 * catalogue, so memory stays at about 30 bytes for each cell beside the model; time grows with cells × `window`
 * (without times, with the squares of the lengths of the learners' rows).
 *
 * @returns at most `neighbours` followers of each item, the strongest, ties by ascending index
 * @throws RangeError when an option is out of range, or the times do not match the cells
 * @throws FitStopped when `context.shouldStop` says so
 */
export function fitSequence(data: TrainingData, options: SequenceOptions, context: FitContext): SequenceModel {
  assertSequenceOptions(options);
  const { interactions, atMs } = data;
  if (atMs !== null && atMs.length !== interactions.values.length) {
    throw new RangeError(`There are ${atMs.length} times for ${interactions.values.length} cells.`);
  }
  const { columnCount: itemCount } = interactions;
  const steps = orderedSteps(fadedInteractions(data, options.halfLifeDays), atMs, options.window, context);
  const weights: SparseItemWeights = {
    kind: 'sparse',
    itemCount,
    knownItems: itemsWithEvidence(interactions),
    weights: followerWeights(steps, itemCount, options, context),
  };
  return { family: 'sequence', itemCount, weights, options };
}

/**
 * A scorer of what comes next: `score(i) = Σ_j v_j historyDecay^(r_j) T_ji` over the history, r_j being how many moments
 * later the learner took something else that they wanted; without times all r are 0. A dismissed item (v < 0) takes
 * away from what follows it, and does not age what came before.
 *
 * Unknown items and empty histories are as in `createItemWeightScorer`. Items have no vectors: what follows an item is
 * often not like it.
 */
export function createSequenceScorer(model: SequenceModel): ItemScorer {
  const scorer = createItemWeightScorer('sequence', model.weights);
  // A list scores a history and then explains its items one after the other by the same one.
  let last: { readonly history: History; readonly aged: History } | null = null;
  const aged = (history: History): History => {
    if (last?.history !== history) last = { history, aged: agedHistory(history, model.options.historyDecay) };
    return last.aged;
  };
  return {
    ...scorer,
    score(history, out) {
      scorer.score(aged(history), out);
    },
    sparseScores: (history) => scorer.sparseScores(aged(history)),
    explain(history, itemIndex, out) {
      return scorer.explain(aged(history), itemIndex, out);
    },
    itemVector(itemIndex) {
      if (!Number.isInteger(itemIndex) || itemIndex < 0 || itemIndex >= model.itemCount) {
        throw new RangeError(`Item ${itemIndex} is outside a model of ${model.itemCount} items.`);
      }
      return null;
    },
  };
}

/** The same items, each weighed by how many moments ago it was. */
function agedHistory(history: History, historyDecay: number): History {
  const { values, atMs } = history;
  // Columns that do not match are left for the scorer to refuse.
  if (atMs === null || historyDecay === 1 || atMs.length !== values.length) return history;
  const latestFirst = Int32Array.from(values, (_, place) => place).sort((a, b) => atMs[b]! - atMs[a]!);
  const aged = new Float32Array(values.length);
  let weight = 1;
  let wantedAtMs: number | null = null;
  for (const place of latestFirst) {
    if (wantedAtMs !== null && atMs[place]! < wantedAtMs) {
      weight *= historyDecay;
      wantedAtMs = null;
    }
    if (values[place]! > 0) wantedAtMs = atMs[place]!;
    aged[place] = values[place]! * weight;
  }
  return { ...history, values: aged };
}

/** What learners wanted in the order of time, learner after learner: columns of equal length. */
interface OrderedSteps {
  readonly itemIndices: Int32Array;
  /** c / √(√n_u) each, so that a product of two is divided by √n_u. */
  readonly confidences: Float32Array;
  /**
   * Ascending; the same for what has no order. From one learner to the next they rise by more than the window, so that
   * nothing else need tell where a learner ends.
   */
  readonly positions: Float64Array;
  /** No wider than the longest row. */
  readonly window: number;
}

function orderedSteps(
  interactions: CsrMatrix,
  atMs: Float64Array | null,
  widestWindow: number,
  context: FitContext,
): OrderedSteps {
  const { rowCount, rowOffsets, columnIndices, values } = interactions;
  let wantedCount = 0;
  for (const value of values) if (value > 0) wantedCount++;
  const itemIndices = new Int32Array(wantedCount);
  const confidences = new Float32Array(wantedCount);
  const positions = new Float64Array(wantedCount);
  const longest = longestRow(interactions);
  const window = Math.min(widestWindow, longest);
  const cells = new Int32Array(longest);
  let count = 0;
  let position = 0;
  for (let row = 0; row < rowCount; row++) {
    if (row % LEARNERS_BETWEEN_STOP_CHECKS === 0 && context.shouldStop?.()) throw new FitStopped();
    let length = 0;
    for (let cell = rowOffsets[row]!; cell < rowOffsets[row + 1]!; cell++)
      if (values[cell]! > 0) cells[length++] = cell;
    if (atMs !== null) sortByTime(cells.subarray(0, length), atMs);
    const scale = length ** -0.25;
    for (let step = 0; step < length; step++) {
      const cell = cells[step]!;
      if (step > 0 && atMs !== null && atMs[cell]! > atMs[cells[step - 1]!]!) position++;
      itemIndices[count] = columnIndices[cell]!;
      confidences[count] = values[cell]! * scale;
      positions[count++] = position;
    }
    position += window + 1;
  }
  return { itemIndices, confidences, positions, window };
}

function longestRow({ rowCount, rowOffsets }: CsrMatrix): number {
  let longest = 0;
  for (let row = 0; row < rowCount; row++) longest = Math.max(longest, rowOffsets[row + 1]! - rowOffsets[row]!);
  return longest;
}

const LONGEST_INSERTION_SORT = 24;

/** Sorts cells by time, in place; cells of the same moment stay in their order. */
function sortByTime(cells: Int32Array, atMs: Float64Array): void {
  if (cells.length > LONGEST_INSERTION_SORT) {
    cells.sort((a, b) => atMs[a]! - atMs[b]! || a - b);
    return;
  }
  // Most rows are short, and most logs in order already.
  for (let end = 1; end < cells.length; end++) {
    const cell = cells[end]!;
    let hole = end;
    while (hole > 0 && atMs[cells[hole - 1]!]! > atMs[cell]!) {
      cells[hole] = cells[hole - 1]!;
      hole--;
    }
    cells[hole] = cell;
  }
}

/** T of `fitSequence`, one row after the other. */
function followerWeights(
  steps: OrderedSteps,
  itemCount: number,
  options: SequenceOptions,
  context: FitContext,
): CsrMatrix {
  const { itemIndices, confidences, positions, window } = steps;
  const { neighbours, positionDecay, backwardWeight, shrinkage } = options;
  // What counts by how many steps; at 0 the order is unknown.
  const forward = Float64Array.from({ length: window + 1 }, (_, s) => positionDecay ** (s - 1));
  const backward = forward.map((weight) => weight * backwardWeight);
  forward[0] = (1 + backwardWeight) / 2;
  backward[0] = (1 + backwardWeight) / 2;
  const occurrences = occurrencesByItem(steps, itemCount);
  const damping = popularityDamping(occurrences, options.popularityExponent);
  const sums = new Float64Array(itemCount);
  const met = new Int32Array(itemCount);
  const weights = new Float64Array(itemCount);
  const rowOffsets = new Int32Array(itemCount + 1);
  const rows: { readonly followers: Int32Array; readonly values: Float32Array }[] = [];
  const stepCount = Math.ceil(itemCount / ITEMS_PER_STEP);
  for (let source = 0; source < itemCount; source++) {
    if (source % ITEMS_PER_STEP === 0) {
      if (context.shouldStop?.()) throw new FitStopped();
      if (source > 0) context.onStep?.(source / ITEMS_PER_STEP, stepCount);
    }
    let metCount = 0;
    const add = (step: number, weight: number): void => {
      const added = confidences[step]! * weight;
      if (!(added > 0)) return;
      const target = itemIndices[step]!;
      if (sums[target] === 0) met[metCount++] = target;
      sums[target]! += added;
    };
    for (let o = occurrences.rowOffsets[source]!; o < occurrences.rowOffsets[source + 1]!; o++) {
      const here = occurrences.columnIndices[o]!;
      const confidence = confidences[here]!;
      const position = positions[here]!;
      for (let step = here + 1; step < positions.length && positions[step]! <= position + window; step++) {
        add(step, confidence * forward[positions[step]! - position]!);
      }
      const reach = backwardWeight === 0 ? 0 : window;
      for (let step = here - 1; step >= 0 && positions[step]! >= position - reach; step--) {
        add(step, confidence * backward[position - positions[step]!]!);
      }
    }
    const targets = ascending(met, metCount, sums);
    let total = 0;
    for (const target of targets) total += sums[target]!;
    for (let place = 0; place < metCount; place++) {
      const target = targets[place]!;
      weights[place] = (sums[target]! / (total + shrinkage)) * damping[target]!;
      sums[target] = 0;
    }
    const kept = topK(weights.subarray(0, metCount), neighbours, null).sort();
    rows.push({
      followers: kept.map((place) => targets[place]!),
      values: Float32Array.from(kept, (place) => weights[place]!),
    });
    rowOffsets[source + 1] = rowOffsets[source]! + kept.length;
  }
  if (itemCount > 0) context.onStep?.(stepCount, stepCount);
  const columnIndices = new Int32Array(rowOffsets[itemCount]!);
  const values = new Float32Array(rowOffsets[itemCount]!);
  rows.forEach((row, source) => {
    columnIndices.set(row.followers, rowOffsets[source]!);
    values.set(row.values, rowOffsets[source]!);
  });
  return { rowCount: itemCount, columnCount: itemCount, rowOffsets, columnIndices, values };
}

/** The items met, in order; many are quicker found than sorted. Overwrites `met`. */
function ascending(met: Int32Array, metCount: number, sums: Float64Array): Int32Array {
  if (metCount * 16 < sums.length) return met.subarray(0, metCount).sort();
  let count = 0;
  for (let item = 0; item < sums.length; item++) if (sums[item] !== 0) met[count++] = item;
  return met.subarray(0, count);
}

/** A row for each item: at which steps it was taken. */
function occurrencesByItem({ itemIndices, confidences }: OrderedSteps, itemCount: number): CsrMatrix {
  const rowCount = itemIndices.length;
  const rowOffsets = new Int32Array(rowCount + 1);
  for (let step = 0; step <= rowCount; step++) rowOffsets[step] = step;
  return transpose({ rowCount, columnCount: itemCount, rowOffsets, columnIndices: itemIndices, values: confidences });
}

/** `(mean popularity / popularity)^exponent` of every item, the mean being over items that anybody wanted; else 1. */
function popularityDamping(occurrences: CsrMatrix, exponent: number): Float64Array {
  const popularity = new Float64Array(occurrences.rowCount);
  let total = 0;
  let wantedItemCount = 0;
  for (let item = 0; item < popularity.length; item++) {
    const start = occurrences.rowOffsets[item]!;
    const end = occurrences.rowOffsets[item + 1]!;
    for (let o = start; o < end; o++) popularity[item]! += occurrences.values[o]!;
    total += popularity[item]!;
    if (end > start) wantedItemCount++;
  }
  return popularity.map((own) => (own > 0 ? (total / wantedItemCount / own) ** exponent : 1));
}

function assertSequenceOptions(options: SequenceOptions): void {
  const { neighbours, window, positionDecay, backwardWeight, shrinkage, popularityExponent, historyDecay } = options;
  const check = (isRight: boolean, message: string): void => {
    if (!isRight) throw new RangeError(message);
  };
  const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;
  check(isCount(neighbours), `neighbours must be a whole number of at least 1, not ${neighbours}.`);
  check(isCount(window), `window must be a whole number of at least 1, not ${window}.`);
  check(positionDecay > 0 && positionDecay <= 1, `positionDecay must be above 0 and at most 1, not ${positionDecay}.`);
  check(backwardWeight >= 0 && backwardWeight <= 1, `backwardWeight must be 0 to 1, not ${backwardWeight}.`);
  check(shrinkage >= 0 && Number.isFinite(shrinkage), `shrinkage must be at least 0, not ${shrinkage}.`);
  check(
    popularityExponent >= 0 && popularityExponent <= 1,
    `popularityExponent must be 0 to 1, not ${popularityExponent}.`,
  );
  check(historyDecay > 0 && historyDecay <= 1, `historyDecay must be above 0 and at most 1, not ${historyDecay}.`);
}
