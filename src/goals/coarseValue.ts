import { coarseMean } from '../platform/fewPeople.js';

/**
 * A mean over people in steps so wide that the means over a group and over the same group and one more do not tell that
 * one's value. Where values have no range nothing is known of how far one person moves the mean, and it stays as it is.
 *
 * @param people whom it is a mean over, at least 5
 * @param range of one person's value
 */
export function coarseValue(
  value: number,
  people: number,
  range: { readonly min: number; readonly max: number } | null,
): number {
  if (range === null) return value;
  const width = range.max - range.min;
  const coarse = range.min + width * coarseMean((value - range.min) / width, people);
  // Sums of whole steps, without the dust of binary fractions.
  return Number(coarse.toPrecision(12));
}
