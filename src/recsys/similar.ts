import type { IalsModel } from './als.js';
import { scoreItems } from './foldIn.js';

/**
 * The length of every item's factors.
 *
 * @returns length `model.itemCount`, each at least 0
 */
export function itemNorms(model: IalsModel): Float64Array {
  const { rank, itemCount, itemFactors } = model;
  const norms = new Float64Array(itemCount);
  for (let item = 0; item < itemCount; item++) {
    let squares = 0;
    for (let k = 0; k < rank; k++) squares += itemFactors[item * rank + k]! ** 2;
    norms[item] = Math.sqrt(squares);
  }
  return norms;
}

/**
 * The cosine of one item's factors with those of every item.
 *
 * @param norms from `itemNorms` of this model
 * @param itemIndex a row of `model.itemFactors`
 * @returns length `model.itemCount`, each −1 to 1; NaN for the item itself and where either has no factors (all zeros)
 * @throws RangeError when the item is outside
 */
export function itemCosines(model: IalsModel, norms: Float64Array, itemIndex: number): Float64Array {
  const { rank, itemCount, itemFactors } = model;
  if (!Number.isInteger(itemIndex) || itemIndex < 0 || itemIndex >= itemCount) {
    throw new RangeError(`Item ${itemIndex} is outside a model of ${itemCount} items.`);
  }
  const own = Float64Array.from(itemFactors.subarray(itemIndex * rank, (itemIndex + 1) * rank));
  const cosines = scoreItems(model, own);
  // 0 / 0 gives the NaN that says "cannot score"; rounding may otherwise leave the range by an ulp.
  for (let item = 0; item < itemCount; item++) {
    cosines[item] = Math.max(-1, Math.min(1, cosines[item]! / (norms[item]! * norms[itemIndex]!)));
  }
  cosines[itemIndex] = Number.NaN;
  return cosines;
}
