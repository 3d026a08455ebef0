/** What one learner did, as a model sees it. */
export interface History {
  /** Item indices, no repeats, any order. */
  readonly itemIndices: Int32Array;
  /** Signed confidences beside them: v > 0 wanted, v < 0 dismissed, 0 tells nothing. */
  readonly values: Float32Array;
  /** When each item was last touched, beside them; null: the order is unknown. */
  readonly atMs: Float64Array | null;
}

/**
 * Refuses a history that does not fit a catalogue.
 *
 * @throws RangeError when the columns differ in length, or an index is outside
 */
export function assertHistory({ itemIndices, values, atMs }: History, itemCount: number): void {
  if (itemIndices.length !== values.length || (atMs !== null && atMs.length !== values.length)) {
    throw new RangeError(
      `A history needs as many values and times as items, not ${values.length} and ${atMs?.length ?? 'none'} for ` +
        `${itemIndices.length}.`,
    );
  }
  for (const index of itemIndices) {
    if (index < 0 || index >= itemCount) {
      throw new RangeError(`Item ${index} is outside a model of ${itemCount} items.`);
    }
  }
}
