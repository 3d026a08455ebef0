import type { IalsModel } from './als.js';
import { contributionRows, contributionsAlong, createFoldIn, ridgeOfHistory } from './foldIn.js';
import { assertHistory, type History } from './history.js';
import type { ItemScorer } from './itemScorer.js';
import { createItemScoring } from './kernels/itemScoring.js';

/**
 * A fitted iALS model made ready to score: a history is folded in by the very solve that training makes, in float32;
 * explanations solve in float64, where the parts sum exactly.
 *
 * @returns a scorer that gives NaN to items without interactions or content, and 0 to all others for a history without a positive
 *   value; items similar to each other have vectors that point the same way
 */
export function createIalsScorer(model: IalsModel): ItemScorer {
  const { rank, itemCount, itemFactors } = model;
  const scoringFactors = model.scoringFactors ?? itemFactors;
  const context = createFoldIn(model);
  const scoring = createItemScoring(itemFactors, scoringFactors, itemCount, rank, context.penalties);
  const unknownItems = itemsWithoutFactors(scoringFactors, itemCount, rank);
  const isUnknown = new Uint8Array(itemCount);
  for (const item of unknownItems) isUnknown[item] = 1;
  const vectorOf = (itemIndex: number): Float32Array => {
    if (!Number.isInteger(itemIndex) || itemIndex < 0 || itemIndex >= itemCount) {
      throw new RangeError(`Item ${itemIndex} is outside a model of ${itemCount} items.`);
    }
    return scoringFactors.subarray(itemIndex * rank, (itemIndex + 1) * rank);
  };
  // A list explains its items one after the other by the same history.
  let last: { readonly history: History; readonly rows: Float64Array } | null = null;
  const rowsOf = (history: History): Float64Array => {
    if (last?.history !== history) last = { history, rows: contributionRows(context, history) };
    return last.rows;
  };
  return {
    family: 'ials',
    itemCount,
    unknownItems,
    sparseScores: () => null,
    score(history, out) {
      assertHistory(history, itemCount);
      if (out.length !== itemCount) throw new RangeError(`Scoring needs ${itemCount} places, not ${out.length}.`);
      scoring.score(history.itemIndices, history.values, ridgeOfHistory(model, history), out);
      for (const item of unknownItems) out[item] = Number.NaN;
    },
    explain(history, itemIndex, out) {
      const direction = vectorOf(itemIndex);
      const contributions = contributionsAlong(rowsOf(history), history.itemIndices.length, direction, out);
      return { contributions, base: isUnknown[itemIndex] === 1 ? Number.NaN : 0 };
    },
    itemVector: (itemIndex) => vectorOf(itemIndex).slice(),
  };
}

function itemsWithoutFactors(factors: Float32Array, itemCount: number, rank: number): Int32Array {
  const items: number[] = [];
  for (let item = 0; item < itemCount; item++) {
    if (factors.subarray(item * rank, (item + 1) * rank).every((factor) => factor === 0)) items.push(item);
  }
  return Int32Array.from(items);
}
