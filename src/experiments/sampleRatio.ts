import { goodnessOfFit } from '../stats/sampleRatio.js';

/** With fewer expected in any variant the approximation does not hold. */
const LEAST_EXPECTED = 5;

/**
 * Chance of counts at least as far from the planned shares if drawing works; see `goodnessOfFit`.
 *
 * @param counts of units by variant
 * @param shares planned, above 0, summing to 1, as many
 * @returns null when fewer than five units are expected anywhere, or there is but one variant
 */
export function sampleRatioPValue(counts: readonly number[], shares: readonly number[]): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (counts.length < 2 || shares.some((share) => share * total < LEAST_EXPECTED)) return null;
  return goodnessOfFit(counts, shares)?.pValue ?? null;
}
