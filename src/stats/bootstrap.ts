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

/** Means of several columns under the same resamples, so that their differences are paired. */
export interface ResampledMeans {
  /** The mean of one column with its percentile interval; null when there are no values. */
  interval(column: number): MeanInterval | null;
  /** The mean of column a less that of b, with the percentile interval of the paired difference. */
  difference(a: number, b: number): MeanInterval | null;
}

/**
 * Resamples the units once for all columns: the same as `bootstrapMean` of each column and
 * `bootstrapPairedDifference` of each pair, at the cost of one pass.
 *
 * @param columns finite values, one per unit, all columns of the same units in the same order
 * @throws RangeError when lengths differ, a value is not finite, or an option is out of range
 */
export function bootstrapMeans(columns: readonly ArrayLike<number>[], options: BootstrapOptions): ResampledMeans {
  const { random, resamples = 1000, confidenceLevel = 0.95 } = options;
  if (!Number.isSafeInteger(resamples) || resamples < 1) throw new RangeError('resamples must be at least 1.');
  if (!(confidenceLevel > 0 && confidenceLevel < 1)) throw new RangeError('confidenceLevel must be between 0 and 1.');
  const width = columns.length;
  const count = columns[0]?.length ?? 0;
  // Unit by unit, so that a draw reads one stretch of memory.
  const units = new Float64Array(count * width);
  const means = new Float64Array(width);
  columns.forEach((column, c) => {
    if (column.length !== count) throw new RangeError(`The columns hold ${count} and ${column.length} values.`);
    for (let i = 0; i < count; i++) {
      const value = column[i]!;
      if (!Number.isFinite(value)) throw new RangeError(`The values must be finite, not ${value}.`);
      units[i * width + c] = value;
      means[c]! += value;
    }
    means[c]! /= count;
  });
  const resampled = columns.map(() => new Float64Array(resamples));
  const sums = new Float64Array(width);
  for (let r = 0; r < resamples && count > 0; r++) {
    sums.fill(0);
    for (let i = 0; i < count; i++) {
      const from = random.below(count) * width;
      for (let c = 0; c < width; c++) sums[c]! += units[from + c]!;
    }
    for (let c = 0; c < width; c++) resampled[c]![r] = sums[c]! / count;
  }
  const tail = (1 - confidenceLevel) / 2;
  const intervalOf = (mean: number, sorted: Float64Array): MeanInterval | null =>
    count === 0 ? null : { mean, low: quantile(sorted, tail), high: quantile(sorted, 1 - tail), count };
  return {
    interval: (column) => intervalOf(means[column]!, resampled[column]!.slice().sort()),
    difference: (a, b) =>
      intervalOf(means[a]! - means[b]!, resampled[a]!.map((value, r) => value - resampled[b]![r]!).sort()),
  };
}

/** Linear interpolation between order statistics of an ascending, non-empty array; probability 0 to 1. */
export function quantile(sorted: Float64Array, probability: number): number {
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}
