import { assertFinite, DEFAULT_LEVEL, type Interval } from './interval.js';
import { studentReach } from './student.js';

/** What a comparison of means needs of a sample. */
export interface Sample {
  /** How many independent units, whole, at least 0. */
  readonly count: number;
  /** In the unit of what was measured. */
  readonly mean: number;
  /** With `count − 1` below, in that unit squared, at least 0; anything for fewer than two units. */
  readonly variance: number;
}

/** A difference with what its interval was made from. */
export interface MeanDifference extends Interval {
  readonly standardError: number;
  /** Not whole as a rule. */
  readonly degreesOfFreedom: number;
}

/**
 * Count, mean and variance, by the updating formula of Welford (1962), which keeps its digits when the mean is large
 * beside the spread.
 *
 * @param values finite, one per independent unit
 * @returns mean and variance are 0 without values, the variance is 0 for one
 * @throws RangeError when a value is not finite
 */
export function summariseSample(values: ArrayLike<number>): Sample {
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    assertFinite(value, 'A value');
    const distance = value - mean;
    mean += distance / (i + 1);
    squares += distance * (value - mean);
  }
  const count = values.length;
  return { count, mean, variance: count > 1 ? squares / (count - 1) : 0 };
}

/** A proportion as a sample of zeros and ones. */
export function sampleOfProportion(successes: number, trials: number): Sample {
  if (trials === 0) return { count: 0, mean: 0, variance: 0 };
  const mean = successes / trials;
  return { count: trials, mean, variance: trials > 1 ? (trials * mean * (1 - mean)) / (trials - 1) : 0 };
}

/**
 * The first mean less the second, of independent samples with variances of their own (Welch 1947): `d ± t √(s₁²/n₁ +
 * s₂²/n₂)`, where Student's t has the degrees of freedom of Satterthwaite (1946, eq. 17),
 * `(v₁ + v₂)² / (v₁²/(n₁ − 1) + v₂²/(n₂ − 1))` with `v = s²/n`.
 *
 * @param level between 0 and 1; 0.95 for 95 %
 * @returns in the unit of the means; null with fewer than two units on either side, or when nobody differs from the
 *   others of their side: then nothing is known about the spread
 * @throws RangeError when a sample is none, or the level is outside its range
 */
export function meanDifference(first: Sample, second: Sample, level: number = DEFAULT_LEVEL): MeanDifference | null {
  const spread = spreadOf(first, second);
  if (spread === null) return null;
  const estimate = first.mean - second.mean;
  const reach = studentReach(level, spread.degreesOfFreedom) * spread.standardError;
  return { estimate, low: estimate - reach, high: estimate + reach, ...spread };
}

/**
 * By which share the first mean is above the second: `m₁/m₂ − 1` with the interval of Fieller (1954), which unlike
 * that of the delta method is right for a second mean that is not known well. Student's t has Satterthwaite's degrees of
 * freedom of the difference.
 *
 * @param level between 0 and 1; 0.95 for 95 %
 * @returns 0.1 for 10 % more; null where `meanDifference` is, and where the second mean cannot be told from 0, so that
 *   no share of it means anything
 * @throws RangeError when a sample is none, or the level is outside its range
 */
export function relativeDifference(first: Sample, second: Sample, level: number = DEFAULT_LEVEL): Interval | null {
  const spread = spreadOf(first, second);
  if (spread === null) return null;
  const ratio = fiellerInterval(
    { value: first.mean, variance: first.variance / first.count },
    { value: second.mean, variance: second.variance / second.count },
    studentReach(level, spread.degreesOfFreedom),
  );
  return ratio && { estimate: ratio.estimate - 1, low: ratio.low - 1, high: ratio.high - 1 };
}

/** A figure with the square of its standard error. */
interface Estimated {
  readonly value: number;
  readonly variance: number;
}

/**
 * The ratio a/b of independent estimates: every ρ with `(a − ρb)² ≤ t² (v_a + ρ² v_b)` (Fieller 1954).
 *
 * @param reach t, at least 0: how many standard errors the interval spans on either side
 * @returns null when b is within its own interval around 0: then those ρ are no finite interval
 */
export function fiellerInterval(numerator: Estimated, denominator: Estimated, reach: number): Interval | null {
  const { value: a, variance: va } = numerator;
  const { value: b, variance: vb } = denominator;
  const squared = reach * reach;
  const lead = b * b - squared * vb;
  if (!(lead > 0)) return null;
  // ρ² lead − 2ρab + (a² − t² v_a) ≤ 0; the root of the discriminant is written so that nothing large cancels.
  const root = reach * Math.sqrt(Math.max(0, a * a * vb + va * lead));
  return { estimate: a / b, low: (a * b - root) / lead, high: (a * b + root) / lead };
}

/**
 * The standard error of a difference of two means, with Satterthwaite's degrees of freedom.
 *
 * @returns null where `meanDifference` is
 * @throws RangeError when a sample is none
 */
export function spreadOf(first: Sample, second: Sample): { standardError: number; degreesOfFreedom: number } | null {
  for (const { count, mean, variance } of [first, second]) {
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`${count} is no number of units.`);
    assertFinite(mean, 'A mean');
    if (!(variance >= 0 && variance < Number.POSITIVE_INFINITY)) throw new RangeError(`${variance} is no variance.`);
  }
  if (first.count < 2 || second.count < 2) return null;
  const v1 = first.variance / first.count;
  const v2 = second.variance / second.count;
  const squared = v1 + v2;
  if (squared === 0) return null;
  // Relative to the sum, so that tiny variances do not vanish when squared.
  const share1 = v1 / squared;
  const share2 = v2 / squared;
  const degreesOfFreedom = 1 / (share1 ** 2 / (first.count - 1) + share2 ** 2 / (second.count - 1));
  return { standardError: Math.sqrt(squared), degreesOfFreedom };
}
