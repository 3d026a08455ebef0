import { assertHistory, type History } from './history.js';
import { type CsrMatrix, transpose } from './interactions.js';
import { createRowSums } from './kernels/rowSums.js';

/** Scores items by how like they are, in content, to what a learner took. Keeps scratch memory: one per thread. */
export interface ContentNeighbours {
  readonly itemCount: number;
  /** The items of whose content nothing is known; ascending. */
  readonly unknownItems: Int32Array;
  /**
   * `score_i = Σ_j v_j cos(content_j, content_i)` over the history. It needs no model, so it is what can be said before
   * the first one is fitted; zeros for an empty history.
   *
   * @param out length `itemCount`, overwritten; NaN for `unknownItems`
   * @throws RangeError when the history is outside the catalogue or a length is wrong
   */
  score(history: History, out: Float32Array): void;
  /**
   * What each item of the history adds to the score of one item; sums to it, to rounding.
   *
   * @param out where that goes, as long as the history; a new array when left out
   * @throws RangeError when the history or the item is outside the catalogue
   */
  contributions(history: History, itemIndex: number, out?: Float64Array): Float64Array;
}

/**
 * Content neighbours of a catalogue: linear in the history, by one profile vector (Rocchio 1971; Pazzani & Billsus
 * 2007), so that a score costs the terms of the profile, not a comparison of each pair of items.
 *
 * @param features items × terms, rows of length 1 or 0 (`encodeContent`): inner products are cosines
 */
export function createContentNeighbours(features: CsrMatrix): ContentNeighbours {
  const { rowCount: itemCount, columnCount: termCount } = features;
  const itemsOfTerms = createRowSums(transpose(features));
  const profile = new Float64Array(termCount);
  const unknownItems = Int32Array.from(
    Array.from({ length: itemCount }, (_, item) => item).filter(
      (item) => features.rowOffsets[item] === features.rowOffsets[item + 1],
    ),
  );

  return {
    itemCount,
    unknownItems,
    score(history, out) {
      assertHistory(history, itemCount);
      if (out.length !== itemCount) throw new RangeError(`There are ${itemCount} items and ${out.length} places.`);
      const { itemIndices, values } = history;
      const terms: number[] = [];
      for (let j = 0; j < itemIndices.length; j++) {
        const item = itemIndices[j]!;
        for (let cell = features.rowOffsets[item]!; cell < features.rowOffsets[item + 1]!; cell++) {
          const term = features.columnIndices[cell]!;
          if (profile[term] === 0) terms.push(term);
          profile[term]! += values[j]! * features.values[cell]!;
        }
      }
      const weighing: number[] = [];
      const weights: number[] = [];
      for (const term of terms) {
        const weight = profile[term]!;
        // Emptied as it is read: a term that sank to 0 and rose again is listed twice, and counts once.
        profile[term] = 0;
        if (weight === 0) continue;
        weighing.push(term);
        weights.push(weight);
      }
      itemsOfTerms.sum(weighing, weights, out);
      for (const item of unknownItems) out[item] = Number.NaN;
    },
    contributions(history, itemIndex, added = new Float64Array(history.itemIndices.length)) {
      assertHistory(history, itemCount);
      if (!Number.isInteger(itemIndex) || itemIndex < 0 || itemIndex >= itemCount) {
        throw new RangeError(`Item ${itemIndex} is outside a catalogue of ${itemCount} items.`);
      }
      // The item's terms are laid out once, so that each row of the history is only gone through.
      const { rowOffsets, columnIndices, values } = features;
      const start = rowOffsets[itemIndex]!;
      const end = rowOffsets[itemIndex + 1]!;
      for (let cell = start; cell < end; cell++) profile[columnIndices[cell]!] = values[cell]!;
      for (let j = 0; j < added.length; j++) {
        const item = history.itemIndices[j]!;
        let product = 0;
        for (let cell = rowOffsets[item]!; cell < rowOffsets[item + 1]!; cell++) {
          product += profile[columnIndices[cell]!]! * values[cell]!;
        }
        added[j] = history.values[j]! * product;
      }
      for (let cell = start; cell < end; cell++) profile[columnIndices[cell]!] = 0;
      return added;
    },
  };
}
