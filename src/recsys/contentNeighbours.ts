import { assertHistory, type History } from './history.js';
import { type CsrMatrix, transpose } from './interactions.js';

/** Scores items by how like they are, in content, to what a learner took. Keeps scratch memory: one per thread. */
export interface ContentNeighbours {
  readonly itemCount: number;
  /**
   * `score_i = Σ_j v_j cos(content_j, content_i)` over the history. It needs no model, so it is what can be said before
   * the first one is fitted; zeros for an empty history.
   *
   * @param out length `itemCount`, overwritten; NaN: nothing is known of the item's content
   * @throws RangeError when the history is outside the catalogue or a length is wrong
   */
  score(history: History, out: Float32Array): void;
  /**
   * What each item of the history adds to the score of one item; sums to it, to rounding.
   *
   * @throws RangeError when the history or the item is outside the catalogue
   */
  contributions(history: History, itemIndex: number): Float64Array;
}

/**
 * Content neighbours of a catalogue: linear in the history, by one profile vector (Rocchio 1971; Pazzani & Billsus
 * 2007), so that a score costs the terms of the profile, not a comparison of each pair of items.
 *
 * @param features items × terms, rows of length 1 or 0 (`encodeContent`): inner products are cosines
 */
export function createContentNeighbours(features: CsrMatrix): ContentNeighbours {
  const { rowCount: itemCount, columnCount: termCount } = features;
  const byTerm = transpose(features);
  const profile = new Float64Array(termCount);
  const sums = new Float64Array(itemCount);
  const isEmpty = (item: number): boolean => features.rowOffsets[item] === features.rowOffsets[item + 1];

  return {
    itemCount,
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
      sums.fill(0);
      for (const term of terms) {
        const weight = profile[term]!;
        // Emptied as it is read: a term that sank to 0 and rose again is listed twice, and counts once.
        profile[term] = 0;
        if (weight === 0) continue;
        for (let cell = byTerm.rowOffsets[term]!; cell < byTerm.rowOffsets[term + 1]!; cell++) {
          sums[byTerm.columnIndices[cell]!]! += weight * byTerm.values[cell]!;
        }
      }
      for (let item = 0; item < itemCount; item++) out[item] = isEmpty(item) ? Number.NaN : sums[item]!;
    },
    contributions(history, itemIndex) {
      assertHistory(history, itemCount);
      if (!Number.isInteger(itemIndex) || itemIndex < 0 || itemIndex >= itemCount) {
        throw new RangeError(`Item ${itemIndex} is outside a catalogue of ${itemCount} items.`);
      }
      return Float64Array.from(
        history.itemIndices,
        (item, j) => history.values[j]! * rowProduct(features, item, itemIndex),
      );
    },
  };
}

/** The inner product of two rows, whose columns both ascend. */
function rowProduct(matrix: CsrMatrix, a: number, b: number): number {
  let left = matrix.rowOffsets[a]!;
  let right = matrix.rowOffsets[b]!;
  const leftEnd = matrix.rowOffsets[a + 1]!;
  const rightEnd = matrix.rowOffsets[b + 1]!;
  let sum = 0;
  while (left < leftEnd && right < rightEnd) {
    const difference = matrix.columnIndices[left]! - matrix.columnIndices[right]!;
    if (difference === 0) sum += matrix.values[left++]! * matrix.values[right++]!;
    else if (difference < 0) left++;
    else right++;
  }
  return sum;
}
