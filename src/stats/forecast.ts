import { assertFinite, assertLevel, DEFAULT_LEVEL, type Interval } from './interval.js';
import { studentCdf, studentReach } from './student.js';

/** What was measured when: as many values as times, times ascending without repeats, in any unit. */
export interface Series {
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** Where a series will be at a time to come. */
export interface Forecast extends Interval {
  /** Of a single value then, above 0. */
  readonly standardError: number;
  readonly degreesOfFreedom: number;
  /**
   * How probable it is that the value is at least so much then, 0 to 1: true over targets of any size. Of many goals, those
   * that look best look so partly by luck, and come true somewhat more seldom than stated.
   */
  readonly probabilityAtLeast: (target: number) => number;
}

/** With fewer values than this nothing is forecast: a spread from two steps says next to nothing. */
export const FORECAST_LEAST_VALUES = 4;

/**
 * A random walk with drift (Hyndman & Athanasopoulos, Forecasting: principles and practice, 3rd edition, sections 5.2
 * and 5.5): the last value and the mean step on, with variance `σ² h (1 + h/(T − 1))` after h steps. Steps may be
 * uneven: then T − 1 is the time spanned, σ² the variance of a step per unit of time, `Σ (Δy − b Δt)²/Δt / (m − 1)` over
 * m steps. For what adds up or wanders, as progress does; its interval widens with the time ahead.
 *
 * @param at    after the last time
 * @param level of the interval, between 0 and 1
 * @returns null below `FORECAST_LEAST_VALUES` values, and when all steps were alike: then the spread is not known
 * @throws RangeError when the series is none, or `at` or the level is outside its range
 */
export function driftForecast(series: Series, at: number, level: number = DEFAULT_LEVEL): Forecast | null {
  const { times, values, last } = readSeries(series, at, level);
  if (times.length < FORECAST_LEAST_VALUES) return null;
  const span = times[last]! - times[0]!;
  const drift = (values[last]! - values[0]!) / span;
  let squares = 0;
  for (let i = 1; i <= last; i++) {
    const step = times[i]! - times[i - 1]!;
    squares += (values[i]! - values[i - 1]! - drift * step) ** 2 / step;
  }
  const ahead = at - times[last]!;
  const variance = (squares / (last - 1)) * ahead * (1 + ahead / span);
  return forecastOf(values[last]! + drift * ahead, variance, last - 1, level, squaresScale(values));
}

/**
 * A straight line through all values with the prediction interval of one more (Hyndman & Athanasopoulos, as above,
 * section 7.6): `s² (1 + 1/T + (t − t̄)²/Σ(tᵢ − t̄)²)`. For values that scatter around a line independently, such as
 * monthly shares; too narrow for what adds up, where `driftForecast` is right.
 *
 * @param at    any time
 * @param level of the interval, between 0 and 1
 * @returns null below `FORECAST_LEAST_VALUES` values, and when all are on the line
 * @throws RangeError when the series is none, or `at` or the level is outside its range
 */
export function trendForecast(series: Series, at: number, level: number = DEFAULT_LEVEL): Forecast | null {
  const { times, values } = readSeries(series, at, level, true);
  const count = times.length;
  if (count < FORECAST_LEAST_VALUES) return null;
  const timeMean = times.reduce((sum, time) => sum + time, 0) / count;
  const valueMean = values.reduce((sum, value) => sum + value, 0) / count;
  let timeSquares = 0;
  let products = 0;
  for (let i = 0; i < count; i++) {
    timeSquares += (times[i]! - timeMean) ** 2;
    products += (times[i]! - timeMean) * (values[i]! - valueMean);
  }
  const slope = products / timeSquares;
  let squares = 0;
  for (let i = 0; i < count; i++) squares += (values[i]! - valueMean - slope * (times[i]! - timeMean)) ** 2;
  const variance = (squares / (count - 2)) * (1 + 1 / count + (at - timeMean) ** 2 / timeSquares);
  return forecastOf(valueMean + slope * (at - timeMean), variance, count - 2, level, squaresScale(values));
}

function forecastOf(
  estimate: number,
  variance: number,
  degreesOfFreedom: number,
  level: number,
  scale: number,
): Forecast | null {
  // What rounding leaves of steps that were all alike is no spread.
  if (!(variance > 1e-24 * scale)) return null;
  const standardError = Math.sqrt(variance);
  const reach = studentReach(level, degreesOfFreedom) * standardError;
  return {
    estimate,
    low: estimate - reach,
    high: estimate + reach,
    standardError,
    degreesOfFreedom,
    probabilityAtLeast: (target) => {
      assertFinite(target, 'A target');
      return studentCdf((estimate - target) / standardError, degreesOfFreedom);
    },
  };
}

function squaresScale(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

function readSeries(series: Series, at: number, level: number, mayTie = false) {
  assertLevel(level);
  const times = Float64Array.from(series.times);
  const values = Float64Array.from(series.values);
  if (times.length !== values.length) throw new RangeError(`${times.length} times, but ${values.length} values.`);
  times.forEach((time, i) => {
    assertFinite(time, 'A time');
    assertFinite(values[i]!, 'A value');
    const before = times[i - 1] ?? Number.NEGATIVE_INFINITY;
    if (!(mayTie ? time >= before : time > before)) throw new RangeError('The times must ascend.');
  });
  assertFinite(at, 'The time to forecast');
  const last = times.length - 1;
  if (!mayTie && last >= 0 && !(at > times[last]!)) throw new RangeError(`${at} is not after ${times[last]}.`);
  return { times, values, last };
}
