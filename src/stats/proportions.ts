import { DEFAULT_LEVEL, type Interval } from './interval.js';
import { normalReach } from './normal.js';

/** How often something happened. */
export interface Proportion {
  /** Whole, 0 to `trials`. */
  readonly successes: number;
  /** Whole, at least 0. */
  readonly trials: number;
}

/** −1 to 1 for a difference, 0 to 1 for a proportion. */
export type ProportionInterval = Interval;

/**
 * A proportion with its score interval (Wilson 1927, as in Newcombe 1998a, method 3):
 * `(2np + z² ± z √(z² + 4np(1 − p))) / 2(n + z²)`.
 *
 * @param level between 0 and 1; 0.95 for 95 %
 * @returns null without trials; the ends are within 0–1
 * @throws RangeError when the counts are none, or the level is outside its range
 */
export function wilsonInterval(proportion: Proportion, level: number = DEFAULT_LEVEL): ProportionInterval | null {
  assertProportion(proportion);
  const z = normalReach(level);
  const { successes, trials } = proportion;
  if (trials === 0) return null;
  const estimate = successes / trials;
  const middle = 2 * successes + z * z;
  const reach = z * Math.sqrt(z * z + 4 * successes * (1 - estimate));
  const scale = 2 * (trials + z * z);
  // To the bound itself where nothing, or everything, happened: rounding must not leave it just outside.
  return {
    estimate,
    low: successes === 0 ? 0 : (middle - reach) / scale,
    high: successes === trials ? 1 : (middle + reach) / scale,
  };
}

/**
 * The first proportion less the second, of independent samples, with its hybrid score interval (Newcombe 1998b, method
 * 10): from `d − √((p₁ − l₁)² + (u₂ − p₂)²)` to `d + √((u₁ − p₁)² + (p₂ − l₂)²)` with the Wilson intervals (l, u) of
 * either. It keeps its coverage for small samples and rare events, where the usual normal interval does not.
 *
 * @param level between 0 and 1; 0.95 for 95 %
 * @returns null when either has no trials; the ends are within −1 to 1
 * @throws RangeError when the counts are none, or the level is outside its range
 */
export function proportionDifference(
  first: Proportion,
  second: Proportion,
  level: number = DEFAULT_LEVEL,
): ProportionInterval | null {
  const a = wilsonInterval(first, level);
  const b = wilsonInterval(second, level);
  if (a === null || b === null) return null;
  const estimate = a.estimate - b.estimate;
  return {
    estimate,
    low: estimate - Math.hypot(a.estimate - a.low, b.high - b.estimate),
    high: estimate + Math.hypot(a.high - a.estimate, b.estimate - b.low),
  };
}

/** @throws RangeError when the counts are no proportion */
export function assertProportion({ successes, trials }: Proportion): void {
  const isCount = Number.isSafeInteger(successes) && Number.isSafeInteger(trials);
  if (!isCount || successes < 0 || successes > trials) {
    throw new RangeError(`${successes} of ${trials} is no proportion.`);
  }
}
