import type { Random } from './random.js';

/** A mean with its interval. */
export interface MeanInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** How many values the mean is over. */
  readonly count: number;
}

export interface BootstrapOptions {
  readonly random: Random;
  /** How many resamples, at least 1. Default 1000. */
  readonly resamples?: number;
  /** Share of resampled means inside the interval, between 0 and 1. Default 0.95. */
  readonly confidenceLevel?: number;
}

/**
 * Mean of the values with a percentile bootstrap interval (Efron 1979): the values are resampled with replacement, and
 * the interval spans the middle share of the resampled means.
 *
 * @param values finite, one per independent unit (for ranking metrics: one per learner)
 * @returns null when there are no values; an interval of no width for one value
 * @throws RangeError when a value is not finite, or an option is out of range
 */
export function bootstrapMean(values: ArrayLike<number>, options: BootstrapOptions): MeanInterval | null {
  const { random, resamples = 1000, confidenceLevel = 0.95 } = options;
  if (!Number.isSafeInteger(resamples) || resamples < 1) throw new RangeError('resamples must be at least 1.');
  if (!(confidenceLevel > 0 && confidenceLevel < 1)) throw new RangeError('confidenceLevel must be between 0 and 1.');
  const count = values.length;
  if (count === 0) return null;
  const own = Float64Array.from(values);
  let sum = 0;
  for (const value of own) {
    if (!Number.isFinite(value)) throw new RangeError(`The values must be finite, not ${value}.`);
    sum += value;
  }
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let resampled = 0;
    for (let i = 0; i < count; i++) resampled += own[random.below(count)]!;
    means[r] = resampled / count;
  }
  means.sort();
  const tail = (1 - confidenceLevel) / 2;
  return { mean: sum / count, low: quantile(means, tail), high: quantile(means, 1 - tail), count };
}

/**
 * Mean of `a[i] − b[i]` with its percentile bootstrap interval: what to compare two scorers by, since the learners' own
 * difficulty cancels out.
 *
 * @param a one value per unit
 * @param b the values of the same units in the same order
 * @returns null when there are no values
 * @throws RangeError when the lengths differ, a value is not finite, or an option is out of range
 */
export function bootstrapPairedDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: BootstrapOptions,
): MeanInterval | null {
  if (a.length !== b.length) throw new RangeError(`Paired values must match: ${a.length} against ${b.length}.`);
  return bootstrapMean(
    Float64Array.from(a, (value, i) => value - b[i]!),
    options,
  );
}

/** Linear interpolation between order statistics of an ascending, non-empty array. */
function quantile(sorted: Float64Array, probability: number): number {
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}
