/** Above this, a matrix of items × items and a working copy of it no longer fit into the 4 GiB of WebAssembly. */
export const MOST_GRAMIAN_ITEMS = 20_000;

/**
 * Refuses a count of items whose Gramian would not fit.
 *
 * @throws RangeError above `MOST_GRAMIAN_ITEMS`
 */
export function assertGramianFits(itemCount: number): void {
  if (itemCount > MOST_GRAMIAN_ITEMS) {
    throw new RangeError(
      `A dense matrix of ${itemCount} × ${itemCount} items does not fit into memory: ${MOST_GRAMIAN_ITEMS} is the most.`,
    );
  }
}

/**
 * Refuses a ridge that cannot be added to a Gramian.
 *
 * @throws RangeError when it is negative or not finite
 */
export function assertRidge(l2: number): void {
  if (!(l2 >= 0 && Number.isFinite(l2))) throw new RangeError(`l2 must be finite and at least 0, not ${l2}.`);
}

/** What an inverse that cannot be taken throws. */
export function notPositiveDefinite(item: number, l2: number): RangeError {
  return new RangeError(
    `The Gramian of the items with l2 = ${l2} on its diagonal cannot be inverted in float32 (pivot ${item} is lost in ` +
      'rounding): raise l2.',
  );
}
