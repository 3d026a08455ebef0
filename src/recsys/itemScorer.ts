import type { History } from './history.js';

/** The families of models, in the order in which they are shown. */
export const FAMILY_NAMES = ['ials', 'ease', 'itemknn', 'sequence', 'content', 'popularity'] as const;
export type FamilyName = (typeof FAMILY_NAMES)[number];

/** How a score comes about: `base` and the contributions sum to it. */
export interface ScoreSplit {
  /** What each item of the history adds, in the history's order; negative: takes away. */
  readonly contributions: Float64Array;
  /** What does not come from the history, such as popularity. */
  readonly base: number;
}

/** Scores of which most are 0. Memory of the scorer: good until it is asked again. */
export interface SparseScores {
  /** One per item. */
  readonly values: Float32Array;
  /** The first `count` are all items with a score other than 0, each once, in any order. */
  readonly items: Int32Array;
  readonly count: number;
}

/** A fitted model made ready to score. Immutable but for scratch memory: one per thread. */
export interface ItemScorer {
  readonly family: FamilyName;
  readonly itemCount: number;
  /** The items that the model cannot score, whatever the history, since it has no evidence of them; ascending. */
  readonly unknownItems: Int32Array;
  /**
   * Scores every item for a history of any length, 0 and 1 included; higher is better. Scores of one call compare with
   * each other, not with those of other families. An empty history, or one that tells nothing, gives every item the
   * same score, but for popularity, which does not look at it.
   *
   * @param out length `itemCount`, overwritten; NaN for `unknownItems`
   * @throws RangeError when the history is outside the model or a length is wrong
   */
  score(history: History, out: Float32Array): void;
  /**
   * What `score` gives, found without going through all items; none of them `unknownItems`.
   *
   * @returns null when the family has no such scores
   * @throws RangeError when the history is outside the model
   */
  sparseScores(history: History): SparseScores | null;
  /**
   * Splits the score of one item exactly over the history; sums to what `score` gives, within 1e-4. The base is NaN for
   * an item that cannot be scored.
   *
   * @param out where the contributions go, as long as the history; a new array when left out
   * @throws RangeError when the history or the item is outside the model
   */
  explain(history: History, itemIndex: number, out?: Float64Array): ScoreSplit;
  /**
   * The item as a point in a space in which similar items point the same way; equally long for all items.
   *
   * @returns null when the family has no such space
   * @throws RangeError when the item is outside the model
   */
  itemVector(itemIndex: number): Float32Array | null;
}
