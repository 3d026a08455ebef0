import { DEFAULT_LEVEL, type Interval } from './interval.js';
import { type Sample, spreadOf } from './meanDifference.js';

/**
 * With fewer units than this on a side the intervals of this file are not given: they hold as numbers grow, and looking
 * from the first unit on would find spreads that are still wrong. In simulations they keep to their level from here on
 * for figures as skewed as waiting times (skewness 2), also when one side has a tenth of the units; at skewness 6 (minutes
 * of a few heavy users) one lopsided side raises 6 false alarms in a hundred instead of 5. Cap such figures first.
 */
export const SEQUENCE_LEAST_COUNT = 100;

/**
 * With fewer units than this on a side that differ from what most of it have, nothing may rest on the spread of its figures:
 * where something happens to one in a hundred, a hundred people without it have no spread at all, and a comparison with
 * them would go by the other side's alone. In simulations of rare yes or no, counts and amounts with looks throughout, from
 * 5 such units on up to 13 of a hundred comparisons raise a false alarm, from 20 on 5 or fewer (6 where amounts have
 * skewness 6 as well).
 */
export const LEAST_UNLIKE = 20;

export interface SequenceOptions {
  /** The number of units, over all sides together, at which the interval shall be narrowest; at least 1. */
  readonly plannedCount: number;
  /** Between 0 and 1. Default 0.95. */
  readonly level?: number;
  /** Null until every side has so many units, at least 2. Default `SEQUENCE_LEAST_COUNT`. */
  readonly leastCount?: number;
}

/**
 * How many standard errors an interval must reach that may be looked at after every unit: `√(2 (tρ² + 1)/(tρ²) ·
 * ln(√(tρ² + 1)/α))`, the Gaussian-mixture boundary of Robbins (1970) as in Waudby-Smith, Arbour, Sinha, Kennedy &
 * Ramdas (2024, theorem 2.2), times √t. The ρ that makes it least at t = n solves `nρ² = ln(1 + nρ²) − 2 ln α` (there,
 * appendix on ρ); about 3 for 95 % at the planned count, where a fixed interval has 1.96.
 *
 * @param count        t, units so far, above 0
 * @param plannedCount n, above 0
 * @param level        1 − α, between 0 and 1
 * @throws RangeError when an argument is outside its range
 */
export function sequenceReach(count: number, plannedCount: number, level: number): number {
  if (!(count > 0) || !(plannedCount > 0) || !(level > 0 && level < 1)) {
    throw new RangeError(
      `A sequence needs counts above 0 and a level below 1, got ${count}, ${plannedCount}, ${level}`,
    );
  }
  const alphaLog = Math.log(1 - level);
  // Newton's method on u − ln(1 + u) + 2 ln α = 0, from the right, where it is convex: four steps leave only rounding.
  let atPlan = 1 - 4 * alphaLog;
  for (let step = 0; step < 6; step++) {
    atPlan -= (atPlan - Math.log1p(atPlan) + 2 * alphaLog) * (1 + 1 / atPlan);
  }
  const u = (atPlan * count) / plannedCount;
  return Math.sqrt(((u + 1) / u) * (Math.log1p(u) - 2 * alphaLog));
}

/**
 * A mean with an interval that holds at every look at once, however often one looks and whenever one stops: an
 * asymptotic confidence sequence, `m ± s/√n · sequenceReach(n)`.
 *
 * @returns null below `leastCount` units, and when nobody differs from the others
 * @throws RangeError when the sample is none, or an option is outside its range
 */
export function meanSequence(sample: Sample, options: SequenceOptions): Interval | null {
  const { plannedCount, level = DEFAULT_LEVEL, leastCount = SEQUENCE_LEAST_COUNT } = options;
  assertLeastCount(leastCount);
  const { count, mean, variance } = sample;
  if (!(variance >= 0) || !Number.isFinite(mean)) throw new RangeError('The sample has no mean or variance.');
  if (count < leastCount || variance === 0) return null;
  const reach = sequenceReach(count, plannedCount, level) * Math.sqrt(variance / count);
  return { estimate: mean, low: mean - reach, high: mean + reach };
}

/**
 * The first mean less the second with an interval that holds at every look at once: the asymptotic confidence sequence
 * of a randomised comparison (Waudby-Smith et al. 2024, section 3), whose clock is the number of units on both sides.
 * For means adjusted by a covariate and for proportions (as samples of zeros and ones) alike, but only where on either side
 * `LEAST_UNLIKE` units and more differ from the rest: below, see `proportionDifferenceSequence` for zeros and ones.
 *
 * @returns null until either side has `leastCount` units, and when nobody differs from the others of their side
 * @throws RangeError when a sample is none, or an option is outside its range
 */
export function meanDifferenceSequence(first: Sample, second: Sample, options: SequenceOptions): Interval | null {
  const { plannedCount, level = DEFAULT_LEVEL, leastCount = SEQUENCE_LEAST_COUNT } = options;
  assertLeastCount(leastCount);
  const spread = spreadOf(first, second);
  if (spread === null || Math.min(first.count, second.count) < leastCount) return null;
  const estimate = first.mean - second.mean;
  const reach = sequenceReach(first.count + second.count, plannedCount, level) * spread.standardError;
  return { estimate, low: estimate - reach, high: estimate + reach };
}

/**
 * How many values differ from the commonest of all: what is known of the spread where most have the same rests on these. Of
 * zeros and ones, the fewer of both.
 *
 * @returns 0 without values, and when all are the same
 */
export function unlikeCount(values: ArrayLike<number>): number {
  const counts = new Map<number, number>();
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const count = (counts.get(values[i]!) ?? 0) + 1;
    counts.set(values[i]!, count);
    most = Math.max(most, count);
  }
  return values.length - most;
}

function assertLeastCount(leastCount: number): void {
  if (!(leastCount >= 2)) throw new RangeError(`At least two units are needed to know a spread, not ${leastCount}.`);
}
