import type { RowPenalty } from './engine.js';

/**
 * The ridge of one row: `λ (w + α₀ N)^ν`.
 *
 * @param weight w, sum of |v| over the row's cells
 * @param otherCount N, rows of the fixed side
 */
export function ridgeOf(weight: number, otherCount: number, penalty: RowPenalty): number {
  return penalty.regularisation * (weight + penalty.unobservedWeight * otherCount) ** penalty.regularisationExponent;
}

/** The sum of |v| over the cells `start` to `end`, half open. */
export function weightOfCells(values: Float32Array, start: number, end: number): number {
  let weight = 0;
  for (let cell = start; cell < end; cell++) weight += Math.abs(values[cell]!);
  return weight;
}

/** @throws RangeError when the rank is not a whole number of at least 1 */
export function assertRank(rank: number): void {
  if (!Number.isSafeInteger(rank) || rank < 1) {
    throw new RangeError(`rank must be a whole number of at least 1, not ${rank}.`);
  }
}
