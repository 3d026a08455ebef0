import type { IalsModel } from './als.js';
import { createFoldIn, explain, ridgeOfHistory } from './foldIn.js';
import { assertHistory } from './history.js';
import type { ItemScorer } from './itemScorer.js';
import { createItemScoring } from './kernels/itemScoring.js';

/**
 * A fitted iALS model made ready to score: a history is folded in by the very solve that training makes, in float32;
 * explanations solve in float64, where the parts sum exactly.
 *
 * @returns a scorer that gives NaN to items without interactions, and 0 to all others for a history without a positive
 *   value; items similar to each other have vectors that point the same way
 */
export function createIalsScorer(model: IalsModel): ItemScorer {
  const { rank, itemCount, itemFactors } = model;
  const foldIn = createFoldIn(model);
  const scoring = createItemScoring(itemFactors, itemCount, rank, foldIn.penalties);
  const unknownItems = itemsWithoutFactors(model);
  return {
    family: 'ials',
    itemCount,
    score(history, out) {
      assertHistory(history, itemCount);
      if (out.length !== itemCount) throw new RangeError(`Scoring needs ${itemCount} places, not ${out.length}.`);
      scoring.score(history.itemIndices, history.values, ridgeOfHistory(model, history), out);
      for (const item of unknownItems) out[item] = Number.NaN;
    },
    explain: (history, itemIndex) => ({ contributions: explain(foldIn, history, itemIndex), base: 0 }),
    itemVector(itemIndex) {
      if (!Number.isInteger(itemIndex) || itemIndex < 0 || itemIndex >= itemCount) {
        throw new RangeError(`Item ${itemIndex} is outside a model of ${itemCount} items.`);
      }
      return itemFactors.slice(itemIndex * rank, (itemIndex + 1) * rank);
    },
  };
}

function itemsWithoutFactors({ rank, itemCount, itemFactors }: IalsModel): Int32Array {
  const items: number[] = [];
  for (let item = 0; item < itemCount; item++) {
    if (itemFactors.subarray(item * rank, (item + 1) * rank).every((factor) => factor === 0)) items.push(item);
  }
  return Int32Array.from(items);
}
