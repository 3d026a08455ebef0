import type { Interval } from './interval.js';
import { studentCdf, studentQuantile } from './student.js';

/** A random walk with drift, fitted to a series. Times are in one unit of the caller's choice, the same throughout. */
export interface DriftFit {
  /** Mean change in a unit of time. */
  readonly drift: number;
  /** Standard error of `drift`. */
  readonly driftError: number;
  /** Standard deviation of what a unit of time adds beside the drift, at least 0. */
  readonly sigma: number;
  /** Of `sigma`: the number of steps less the one for the drift, at least 1. */
  readonly degreesOfFreedom: number;
  readonly lastTime: number;
  readonly lastValue: number;
  /** From the first observation to the last. */
  readonly span: number;
  /** Variance of what each value was before it was rounded, about what it is now. */
  readonly roundingVariance: number;
}

/** What is to be expected at a time after the last observation. */
export interface DriftForecast {
  readonly mean: number;
  /** Of what will be observed then, the drift being uncertain as well; 0 where no step of exact values has ever left the line. */
  readonly standardError: number;
  readonly degreesOfFreedom: number;
}

/**
 * The random walk with drift y(t) = y(s) + c (t − s) + σ √(t − s) ε through a series (Hyndman & Athanasopoulos, Forecasting:
 * Principles and Practice, 3rd ed., §5.2 and §5.5): the drift c = (y_T − y_1) / (t_T − t_1), and σ² the mean square of
 * the steps' residuals over their lengths, with one degree of freedom taken by the drift. With steps of length 1 these
 * are the book's; steps may have any length, for a series that is observed now and then.
 *
 * @param times strictly ascending, finite, length n
 * @param values finite, length n
 * @param step the width of the steps that values were rounded to, at least 0. They hide what goes on within one: the drift is
 *   between two ends that are known to a step each, whose variance is step²/12 (Sheppard 1898), also where nothing moves
 * @returns null for fewer than three observations, of whose spread nothing can be said
 * @throws RangeError when the lengths differ, a number is not finite, or the times do not ascend
 */
export function fitDrift(times: ArrayLike<number>, values: ArrayLike<number>, step = 0): DriftFit | null {
  const n = times.length;
  if (!(step >= 0 && Number.isFinite(step))) throw new RangeError(`${step} is no width of a step.`);
  if (values.length !== n) throw new RangeError(`A series has as many values as times, not ${values.length} for ${n}.`);
  for (let i = 0; i < n; i++) {
    if (!Number.isFinite(times[i]!) || !Number.isFinite(values[i]!)) throw new RangeError('A series must be finite.');
    if (i > 0 && !(times[i]! > times[i - 1]!)) throw new RangeError('The times of a series must ascend.');
  }
  if (n < 3) return null;
  const span = times[n - 1]! - times[0]!;
  const drift = (values[n - 1]! - values[0]!) / span;
  let squares = 0;
  for (let i = 1; i < n; i++) {
    const length = times[i]! - times[i - 1]!;
    squares += (values[i]! - values[i - 1]! - drift * length) ** 2 / length;
  }
  const degreesOfFreedom = n - 2;
  const sigma = Math.sqrt(squares / degreesOfFreedom);
  const roundingVariance = (step * step) / 12;
  return {
    drift,
    driftError: Math.sqrt(sigma ** 2 / span + (2 * roundingVariance) / span ** 2),
    sigma,
    degreesOfFreedom,
    lastTime: times[n - 1]!,
    lastValue: values[n - 1]!,
    span,
    roundingVariance,
  };
}

/**
 * What a random walk with drift leads to: mean y_T + c h with standard error σ √(h (1 + h / (t_T − t_1))), h being the
 * time from the last observation (Hyndman & Athanasopoulos, FPP3, table 5.2, "Drift"); of rounded values with the variance of
 * y_T (1 + k) − y_1 k on top, k being h / (t_T − t_1).
 *
 * @param time in the units of the fit
 * @throws RangeError for a time that is not after the last observation
 */
export function driftForecast(fit: DriftFit, time: number): DriftForecast {
  const h = time - fit.lastTime;
  if (!(h > 0)) throw new RangeError('A forecast is for a time after the last observation.');
  const k = h / fit.span;
  return {
    mean: fit.lastValue + fit.drift * h,
    standardError: Math.sqrt(fit.sigma ** 2 * h * (1 + k) + fit.roundingVariance * ((1 + k) ** 2 + k ** 2)),
    degreesOfFreedom: fit.degreesOfFreedom,
  };
}

/**
 * The middle of an estimate with a Student distribution. The book multiplies by normal quantiles, which are right when σ
 * is known; it is estimated here, often from a dozen steps, and the quantiles of Student's t make up for that: with
 * normal steps the interval holds what comes at exactly its level.
 *
 * @param level 0–1, such as 0.8
 * @throws RangeError for a level outside of that
 */
export function studentInterval({ mean, standardError, degreesOfFreedom }: DriftForecast, level: number): Interval {
  if (!(level > 0 && level < 1)) throw new RangeError('The level of an interval is between 0 and 1.');
  const reach = standardError === 0 ? 0 : studentQuantile((1 + level) / 2, degreesOfFreedom) * standardError;
  return { estimate: mean, low: mean - reach, high: mean + reach };
}

/** The drift as an estimate, for `studentInterval`. */
export function driftEstimate({ drift, driftError, degreesOfFreedom }: DriftFit): DriftForecast {
  return { mean: drift, standardError: driftError, degreesOfFreedom };
}

/**
 * How likely a forecast is to come out at a value or above, 0–1.
 *
 * @param value finite
 */
export function probabilityAtLeast({ mean, standardError, degreesOfFreedom }: DriftForecast, value: number): number {
  if (standardError === 0) return mean >= value ? 1 : 0;
  return studentCdf((mean - value) / standardError, degreesOfFreedom);
}
