/**
 * The cosine of one item's factors with those of every item.
 *
 * @param itemFactors row-major, `itemCount × rank`
 * @param itemIndex a row of it
 * @returns length `itemCount`, each −1 to 1; NaN for the item itself and where either has no factors (all zeros)
 * @throws RangeError when the item is outside
 */
export function itemCosines(itemFactors: Float32Array, rank: number, itemIndex: number): Float64Array {
  const itemCount = itemFactors.length / rank;
  if (!Number.isInteger(itemIndex) || itemIndex < 0 || itemIndex >= itemCount) {
    throw new RangeError(`Item ${itemIndex} is outside a model of ${itemCount} items.`);
  }
  const own = itemFactors.subarray(itemIndex * rank, (itemIndex + 1) * rank);
  let ownSquared = 0;
  for (const value of own) ownSquared += value * value;
  const cosines = new Float64Array(itemCount);
  for (let item = 0; item < itemCount; item++) {
    const start = item * rank;
    let product = 0;
    let squared = 0;
    for (let k = 0; k < rank; k++) {
      const value = itemFactors[start + k]!;
      product += value * own[k]!;
      squared += value * value;
    }
    // 0 / 0 gives the NaN that says "cannot score"; rounding may otherwise leave the range by an ulp.
    cosines[item] = Math.max(-1, Math.min(1, product / Math.sqrt(squared * ownSquared)));
  }
  cosines[itemIndex] = Number.NaN;
  return cosines;
}
