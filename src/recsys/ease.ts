import { type FitContext, FitStopped, fadedInteractions, type TrainingData } from './fitting.js';
import type { CsrMatrix } from './interactions.js';
import type { ItemScorer } from './itemScorer.js';
import {
  createItemWeightScorer,
  type ItemWeights,
  itemsWithEvidence,
  scaledByLearner,
  strongestPerItem,
} from './itemWeights.js';
import { MOST_GRAMIAN_ITEMS } from './kernels/itemGramianLimits.js';

export interface EaseOptions {
  /** λ, the ridge: above 0, in squares of confidences; hundreds to thousands for a large log. */
  readonly l2: number;
  /** By what power of its sum a learner's history is divided, at least 0: see `scaledByLearner`. */
  readonly learnerExponent: number;
  /** How fast an interaction loses weight, above 0; null: never. */
  readonly halfLifeDays: number | null;
  /** How many weights each history item keeps, those of largest magnitude, at least 1; null: all of them. */
  readonly neighboursPerItem: number | null;
}

export const DEFAULT_EASE_OPTIONS: EaseOptions = {
  l2: 500,
  learnerExponent: 0,
  halfLifeDays: null,
  neighboursPerItem: null,
};

export interface EaseModel {
  readonly family: 'ease';
  readonly itemCount: number;
  readonly weights: ItemWeights;
  readonly options: EaseOptions;
}

/** Several fits that differ only in what is cheap to change: the Gramian, and its memory, are shared. */
export interface EaseFitter {
  /**
   * @throws RangeError when an option is out of range, or l2 is too small to invert the Gramian in float32
   * @throws FitStopped when the context's `shouldStop` says so; the fitter can still be used
   */
  fit(options: Pick<EaseOptions, 'l2' | 'neighboursPerItem'>): EaseModel;
  /** Gives the memory back. */
  release(): void;
}

/** Up to here EASE is fitted without asking. */
const DEFAULT_MOST_ITEMS = 5_000;

/**
 * Whether EASE is fitted for so many items, those with evidence: time grows with their cube, memory with their square
 * (a model of 100 MB at 5,000 and 400 MB at 10,000, and twice as much beside it while fitting).
 *
 * @param mostItems up to where it is wanted; never goes above 20,000, which is all that fits into memory
 */
export function easeFits(knownItemCount: number, mostItems: number = DEFAULT_MOST_ITEMS): boolean {
  return knownItemCount <= Math.min(mostItems, MOST_GRAMIAN_ITEMS);
}

/**
 * A linear model of every item by all others (Steck 2019, eq. 8): of all matrices B with a diagonal of 0 the one with
 * the least `‖X − XB‖² + λ‖B‖²`, which is `B = I − P diag(1 / diag P)` with `P = (XᵀX + λI)⁻¹`.
 *
 * X holds the signed confidences; with `learnerExponent` 0 and no fading, binary data stay as they are. Since an unobserved cell is a full 0 here, a dismissal must count as less to count at
 * all: it is −|v|, for what it predicts as for what predicts it. Who dismissed an item thus lowers it for those who
 * took the same as they did, and a dismissed item in a history takes away from what goes with it.
 *
 * Items without any cell are left out of the sums and score NaN.
 *
 * @throws RangeError when an option is out of range, more than 20,000 items have evidence, or l2 is too small to invert
 *   the Gramian in float32
 * @throws FitStopped when `context.shouldStop` says so
 */
export function fitEase(data: TrainingData, options: EaseOptions, context: FitContext): EaseModel {
  const fitter = openEaseFitter(data, options, context);
  try {
    return fitter.fit(options);
  } finally {
    fitter.release();
  }
}

/**
 * Fits for several settings from one Gramian. Each `fit` tells `context.onStep` of its steps.
 *
 * @throws RangeError when an option is out of range or more than 20,000 items have evidence
 */
export function openEaseFitter(
  data: TrainingData,
  { learnerExponent, halfLifeDays }: Pick<EaseOptions, 'learnerExponent' | 'halfLifeDays'>,
  context: FitContext,
): EaseFitter {
  const faded = fadedInteractions(scaledByLearner(data, learnerExponent), halfLifeDays);
  const itemCount = faded.columnCount;
  const knownItems = itemsWithEvidence(faded);
  const knownCount = knownItems.length;
  const assertGoesOn = (): void => {
    if (context.shouldStop?.()) throw new FitStopped();
  };
  assertGoesOn();
  const workspace = context.engine.openItemGramian(ofKnownItems(faded, knownItems));

  return {
    fit({ l2, neighboursPerItem }) {
      const options = { l2, learnerExponent, halfLifeDays, neighboursPerItem };
      assertOptions(options);
      assertGoesOn();
      const precision = workspace.inverse(l2, assertGoesOn);
      context.onStep?.(1, 2);
      const weights =
        neighboursPerItem === null || neighboursPerItem >= knownCount - 1
          ? denseWeights(precision, itemCount, knownItems)
          : prunedWeights(precision, itemCount, knownItems, neighboursPerItem);
      assertGoesOn();
      context.onStep?.(2, 2);
      return { family: 'ease', itemCount, weights, options };
    },
    release: () => workspace.release(),
  };
}

/**
 * The model made ready to score: see `createItemWeightScorer`.
 */
export function createEaseScorer(model: EaseModel): ItemScorer {
  return createItemWeightScorer('ease', model.weights);
}

/** `B_ji = −P_ji / P_ii`, all of them. */
function denseWeights(precision: Float32Array, itemCount: number, knownItems: Int32Array): ItemWeights {
  const knownCount = knownItems.length;
  const scales = scalesOf(precision, knownCount);
  const values = new Float32Array(knownCount * knownCount);
  for (let j = 0; j < knownCount; j++) {
    const row = j * knownCount;
    for (let i = 0; i < knownCount; i++) values[row + i] = precision[row + i]! * scales[i]!;
    values[row + j] = 0;
  }
  return { kind: 'dense', itemCount, knownItems, values };
}

/** Of each history item's weights the strongest: on real courses that loses less than the strongest towards each item. */
function prunedWeights(
  precision: Float32Array,
  itemCount: number,
  knownItems: Int32Array,
  neighboursPerItem: number,
): ItemWeights {
  const knownCount = knownItems.length;
  const scales = scalesOf(precision, knownCount);
  const weights = strongestPerItem(itemCount, knownItems, neighboursPerItem, (j, items, values) => {
    const row = j * knownCount;
    let count = 0;
    for (let i = 0; i < knownCount; i++) {
      if (i === j) continue;
      items[count] = knownItems[i]!;
      values[count++] = precision[row + i]! * scales[i]!;
    }
    return count;
  });
  return { kind: 'sparse', itemCount, knownItems, weights };
}

function scalesOf(precision: Float32Array, knownCount: number): Float64Array {
  return Float64Array.from({ length: knownCount }, (_, i) => -1 / precision[i * knownCount + i]!);
}

/** The same cells with the columns counted among the known items only. */
function ofKnownItems(interactions: CsrMatrix, knownItems: Int32Array): CsrMatrix {
  if (knownItems.length === interactions.columnCount) return interactions;
  const placeOfItem = new Int32Array(interactions.columnCount);
  for (let place = 0; place < knownItems.length; place++) placeOfItem[knownItems[place]!] = place;
  const columnIndices = interactions.columnIndices.map((item) => placeOfItem[item]!);
  return { ...interactions, columnCount: knownItems.length, columnIndices };
}

function assertOptions({ l2, neighboursPerItem }: EaseOptions): void {
  if (!(l2 > 0 && Number.isFinite(l2))) throw new RangeError(`l2 must be finite and above 0, not ${l2}.`);
  if (neighboursPerItem !== null && !(Number.isSafeInteger(neighboursPerItem) && neighboursPerItem >= 1)) {
    throw new RangeError(`neighboursPerItem must be null or a whole number of at least 1, not ${neighboursPerItem}.`);
  }
}
