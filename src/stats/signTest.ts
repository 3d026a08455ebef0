import { betaCdf } from './beta.js';
import { DEFAULT_LEVEL, type Interval } from './interval.js';
import { wilsonInterval } from './proportions.js';

/** Which of two is preferred, over people or lists who each prefer one or neither. */
export interface Preference {
  /** How often the first was preferred less how often the second was, over both: −1 to 1, with its interval. */
  readonly difference: Interval;
  /** How often chance alone would prefer one so much, or more. */
  readonly pValue: number;
  /** Those who preferred one. */
  readonly decided: number;
  readonly ties: number;
}

/**
 * The two-sided sign test (Conover 1999, section 3.4): ties are left out, and of the others each side gets one half by
 * chance. The p-value is exact, the interval is Wilson's of the share, stretched from 0–1 to −1–1.
 *
 * @param first  how many preferred the first, whole, at least 0
 * @param second how many preferred the second
 * @param ties   how many neither
 * @param level  of the interval, between 0 and 1
 * @returns null when nobody preferred one
 * @throws RangeError when a count is none, or the level is outside its range
 */
export function signTest(
  first: number,
  second: number,
  ties: number,
  level: number = DEFAULT_LEVEL,
): Preference | null {
  for (const count of [first, second, ties]) {
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`${count} is no count.`);
  }
  const decided = first + second;
  const share = wilsonInterval({ successes: first, trials: decided }, level);
  if (share === null) return null;
  const fewer = Math.min(first, second);
  // P(X ≤ k) = I_{1/2}(n − k, k + 1) for a binomial X.
  const tail = fewer === decided ? 1 : betaCdf(0.5, decided - fewer, fewer + 1);
  const difference = { estimate: 2 * share.estimate - 1, low: 2 * share.low - 1, high: 2 * share.high - 1 };
  return { difference, pValue: Math.min(1, 2 * tail), decided, ties };
}
