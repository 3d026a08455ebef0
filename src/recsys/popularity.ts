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
