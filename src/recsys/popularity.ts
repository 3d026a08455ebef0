import { type FitContext, FitStopped, fadedInteractions, type TrainingData } from './fitting.js';
import { assertHistory } from './history.js';
import type { ItemScorer } from './itemScorer.js';

/** Who touched what and when, in three columns of equal length, in any order. */
export interface Contacts {
  readonly itemIndices: ArrayLike<number>;
  /** How much each contact counts, at least 0. */
  readonly weights: ArrayLike<number>;
  readonly atMs: ArrayLike<number>;
}

const MS_PER_DAY = 86_400_000;

/**
 * Time-decayed popularity: the sum over an item's contacts of `weight · 2^(−age / halfLife)`.
 *
 * @param itemCount at least 0
 * @param halfLifeDays above 0; Infinity for no decay
 * @param nowMs contacts later than this count as if they were now
 * @returns length `itemCount`, each at least 0; 0 for an item without contacts
 * @throws RangeError when the columns differ in length, an index is outside, a weight is negative or not finite, or the
 *   half-life is not above 0
 */
export function decayedPopularity(
  contacts: Contacts,
  itemCount: number,
  halfLifeDays: number,
  nowMs: number,
): Float64Array {
  const { itemIndices, weights, atMs } = contacts;
  if (itemIndices.length !== weights.length || itemIndices.length !== atMs.length) {
    throw new RangeError(
      `The contact columns differ in length: ${itemIndices.length}, ${weights.length} and ${atMs.length}.`,
    );
  }
  if (!(halfLifeDays > 0)) throw new RangeError(`halfLifeDays must be above 0, not ${halfLifeDays}.`);
  const popularity = new Float64Array(itemCount);
  for (let c = 0; c < itemIndices.length; c++) {
    const item = itemIndices[c]!;
    const weight = weights[c]!;
    if (!Number.isInteger(item) || item < 0 || item >= itemCount) {
      throw new RangeError(`Item ${item} is outside a catalogue of ${itemCount} items.`);
    }
    if (!(weight >= 0 && Number.isFinite(weight))) throw new RangeError(`A contact weighs at least 0, not ${weight}.`);
    const ageDays = Math.max(0, nowMs - atMs[c]!) / MS_PER_DAY;
    popularity[item]! += weight * 2 ** (-ageDays / halfLifeDays);
  }
  return popularity;
}

/** What a popularity model is fitted with. */
export interface PopularityOptions {
  /** Age at which a contact counts half, in days, above 0; null: age does not matter. */
  readonly halfLifeDays: number | null;
}

/** How popular every item is; a model that gives everybody the same ranking. */
export interface PopularityModel {
  readonly family: 'popularity';
  readonly itemCount: number;
  /** Length `itemCount`, each at least 0 and finite, in average interactions; 0 for an item nobody wanted. */
  readonly popularity: Float32Array;
  readonly options: PopularityOptions;
}

export const DEFAULT_POPULARITY_OPTIONS: PopularityOptions = { halfLifeDays: 180 };

/**
 * Time-decayed popularity as a model: the sum of an item's positive confidences, faded and scaled by
 * `fadedInteractions`. Dismissals are left out: that some refuse an item does not make it less popular with others.
 *
 * @throws RangeError when the half-life is not above 0, or the times do not match the cells
 */
export function fitPopularity(data: TrainingData, options: PopularityOptions, context: FitContext): PopularityModel {
  if (data.atMs !== null && data.atMs.length !== data.interactions.values.length) {
    throw new RangeError(`There are ${data.atMs.length} times for ${data.interactions.values.length} cells.`);
  }
  const { columnCount: itemCount, columnIndices, values } = fadedInteractions(data, options.halfLifeDays);
  if (context.shouldStop?.()) throw new FitStopped();
  const popularity = new Float64Array(itemCount);
  for (let cell = 0; cell < values.length; cell++) {
    if (values[cell]! > 0) popularity[columnIndices[cell]!]! += values[cell]!;
  }
  context.onStep?.(1, 1);
  return { family: 'popularity', itemCount, popularity: Float32Array.from(popularity), options };
}

/**
 * A scorer whose scores are the popularities, whatever the history: an explanation is all `base`. An item nobody wanted
 * scores 0, not NaN, since to be wanted by nobody is an answer. Items have no vectors.
 */
export function createPopularityScorer(model: PopularityModel): ItemScorer {
  const { itemCount, popularity } = model;
  return {
    family: 'popularity',
    itemCount,
    unknownItems: new Int32Array(0),
    sparseScores: () => null,
    score(history, out) {
      assertHistory(history, itemCount);
      if (out.length !== itemCount) {
        throw new RangeError(`The scores of ${itemCount} items do not go into ${out.length} places.`);
      }
      out.set(popularity);
    },
    explain(history, itemIndex) {
      assertHistory(history, itemCount);
      assertItem(itemIndex, itemCount);
      return { contributions: new Float64Array(history.itemIndices.length), base: popularity[itemIndex]! };
    },
    itemVector(itemIndex) {
      assertItem(itemIndex, itemCount);
      return null;
    },
  };
}

function assertItem(itemIndex: number, itemCount: number): void {
  if (!Number.isInteger(itemIndex) || itemIndex < 0 || itemIndex >= itemCount) {
    throw new RangeError(`Item ${itemIndex} is outside a model of ${itemCount} items.`);
  }
}
