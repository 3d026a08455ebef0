import { coarseMean } from '../learners/fewPeople/fewPeople.js';
import type { ValueRange } from './goalMetrics.js';

/**
 * A mean over people in steps so wide that the means over a group and over the same group and one more do not tell that
 * one's value.
 *
 * @param people whom it is a mean over, at least 5
 * @param range of one person's value
 * @param toldMean how a mean of 0–1 over people is told
 */
export function coarseValue(value: number, people: number, range: ValueRange, toldMean = coarseMean): number {
  const width = range.max - range.min;
  const coarse = range.min + width * toldMean((value - range.min) / width, people);
  // Sums of whole steps, without the dust of binary fractions.
  return Number(coarse.toPrecision(12));
}
