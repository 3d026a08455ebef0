import { gammaCdf } from '../stats/gamma.js';

/** Drawing that works falls below this once in a thousand looks; below it, something else decides who is counted. */
export const MISMATCH_BELOW = 0.001;
/** With fewer expected in any variant the approximation does not hold. */
const LEAST_EXPECTED = 5;

/**
 * Chance of counts at least as far from the planned shares if drawing works, by Pearson's χ² with k − 1 degrees of freedom
 * (Pearson 1900; as a check of experiments, Fabijan et al. 2019).
 *
 * @param counts of units by variant
 * @param shares planned, above 0, summing to 1, as many
 * @returns null when fewer than five units are expected anywhere, or there is but one variant
 */
export function sampleRatioPValue(counts: readonly number[], shares: readonly number[]): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (counts.length < 2 || shares.some((share) => share * total < LEAST_EXPECTED)) return null;
  const statistic = counts.reduce((sum, count, i) => {
    const expected = (shares[i] ?? 0) * total;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
  return 1 - gammaCdf(statistic / 2, (counts.length - 1) / 2);
}
