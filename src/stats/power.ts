import { logGamma } from './gamma.js';
import { assertFinite, assertLevel, DEFAULT_LEVEL } from './interval.js';
import { normalCdf, normalReach } from './normal.js';
import { integrate } from './quadrature.js';
import { studentReach } from './student.js';

/** How sure a comparison shall be, and how its people are split. */
export interface PowerOptions {
  /** Level of the interval, between 0 and 1. Default 0.95. */
  readonly level?: number;
  /** How often a difference of that size shall be found, between 0 and 1. Default 0.8. */
  readonly power?: number;
  /** Units of the second sample for each of the first, above 0. Default 1. */
  readonly secondPerFirst?: number;
}

/** From so many degrees of freedom Student's power is the normal one to five digits. */
const AS_GOOD_AS_NORMAL = 100_000;
/** More units than an organisation has. */
const MOST_UNITS = 2 ** 40;

/**
 * How often the interval of a difference of means is on the right side of 0: the upper tail of the noncentral t
 * distribution (Student's test with equal variances, as R's power.t.test with `strict = FALSE`).
 *
 * @param standardisedDifference the difference in standard deviations of one unit, at least 0
 * @param firstCount             units of the first sample, at least 2 in both together and one degree of freedom
 * @returns 0–1
 * @throws RangeError when an argument is outside its range
 */
export function powerOfMeans(standardisedDifference: number, firstCount: number, options: PowerOptions = {}): number {
  const { level, secondPerFirst } = withDefaults(options);
  assertFinite(standardisedDifference, 'A difference');
  const degreesOfFreedom = firstCount * (1 + secondPerFirst) - 2;
  if (!(degreesOfFreedom > 0)) throw new RangeError(`${firstCount} units are too few to compare.`);
  const noncentrality = standardisedDifference * Math.sqrt(firstCount / (1 + 1 / secondPerFirst));
  const reach = studentReach(level, degreesOfFreedom);
  if (degreesOfFreedom >= AS_GOOD_AS_NORMAL) return normalCdf(noncentrality - reach);
  return noncentralStudentTail(reach, degreesOfFreedom, noncentrality);
}

/**
 * Units of the first sample with which a difference of means is found as often as asked.
 *
 * @param standardDeviation of one unit, above 0
 * @param difference        to be found, not 0, in the same unit
 * @returns whole, at least 2
 * @throws RangeError when an argument is outside its range
 */
export function countForMeans(standardDeviation: number, difference: number, options: PowerOptions = {}): number {
  const { power } = withDefaults(options);
  const size = Math.abs(difference) / standardDeviation;
  if (!(standardDeviation > 0) || !(size > 0 && size < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`Got a difference of ${difference} and a deviation of ${standardDeviation}.`);
  }
  return leastCount((count) => powerOfMeans(size, count, options) >= power, 2 / withDefaults(options).secondPerFirst);
}

/**
 * The smallest difference of means that is found as often as asked with so many units.
 *
 * @param standardDeviation of one unit, above 0
 * @param firstCount        units of the first sample, at least 2
 * @returns above 0, in the unit of the deviation
 * @throws RangeError when an argument is outside its range
 */
export function detectableMeanDifference(
  standardDeviation: number,
  firstCount: number,
  options: PowerOptions = {},
): number {
  if (!(standardDeviation > 0)) throw new RangeError(`A deviation must be above 0, not ${standardDeviation}.`);
  const { power } = withDefaults(options);
  let high = 1;
  while (powerOfMeans(high, firstCount, options) < power) high *= 2;
  return standardDeviation * bisect((size) => powerOfMeans(size, firstCount, options) >= power, 0, high);
}

/**
 * How often a difference of two proportions is found: `Φ((√n |p₁ − p₂| − z √(p̄q̄ (1 + 1/r))) / √(p₁q₁ + p₂q₂/r))` with
 * the pooled p̄ (Fleiss, Levin & Paik 2003, section 4.3, without continuity correction; as R's power.prop.test).
 *
 * @param first      p₁, 0–1
 * @param second     p₂, 0–1
 * @param firstCount n, units of the first sample, above 0; the second has r times as many
 * @returns 0–1
 * @throws RangeError when an argument is outside its range
 */
export function powerOfProportions(
  first: number,
  second: number,
  firstCount: number,
  options: PowerOptions = {},
): number {
  const { level, secondPerFirst } = withDefaults(options);
  if (!(first >= 0 && first <= 1 && second >= 0 && second <= 1) || !(firstCount > 0)) {
    throw new RangeError(`Got proportions ${first} and ${second} and ${firstCount} units.`);
  }
  const pooled = (first + secondPerFirst * second) / (1 + secondPerFirst);
  const spread = Math.sqrt(first * (1 - first) + (second * (1 - second)) / secondPerFirst);
  const beyond =
    Math.sqrt(firstCount) * Math.abs(first - second) -
    normalReach(level) * Math.sqrt(pooled * (1 - pooled) * (1 + 1 / secondPerFirst));
  // All against none: certain as soon as it is beyond.
  if (spread === 0) return beyond >= 0 && first !== second ? 1 : 0;
  return normalCdf(beyond / spread);
}

/**
 * Units of the first sample with which a difference of two proportions is found as often as asked.
 *
 * @param first  0–1
 * @param second 0–1, another one
 * @returns whole, at least 1
 * @throws RangeError when an argument is outside its range
 */
export function countForProportions(first: number, second: number, options: PowerOptions = {}): number {
  const { power } = withDefaults(options);
  if (first === second) throw new RangeError('There is no difference to be found.');
  return leastCount((count) => powerOfProportions(first, second, count, options) >= power, 0);
}

/**
 * The smallest rise of a proportion that is found as often as asked with so many units.
 *
 * @param baseline   of the second sample, 0–1
 * @param firstCount units of the first sample, above 0
 * @returns above 0; null when not even a rise to 1 is found
 * @throws RangeError when an argument is outside its range
 */
export function detectableRise(baseline: number, firstCount: number, options: PowerOptions = {}): number | null {
  const { power } = withDefaults(options);
  const isFound = (rise: number): boolean =>
    powerOfProportions(Math.min(1, baseline + rise), baseline, firstCount, options) >= power;
  return baseline < 1 && isFound(1 - baseline) ? bisect(isFound, 0, 1 - baseline) : null;
}

function withDefaults(options: PowerOptions): Required<PowerOptions> {
  const { level = DEFAULT_LEVEL, power = 0.8, secondPerFirst = 1 } = options;
  assertLevel(level);
  if (!(power > 0 && power < 1)) throw new RangeError(`The power must be between 0 and 1, not ${power}.`);
  if (!(secondPerFirst > 0 && secondPerFirst < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`The second sample must have some units for each of the first, not ${secondPerFirst}.`);
  }
  return { level, power, secondPerFirst };
}

/** P(T > t) as an average of normal tails over the estimated deviation S: E[Φ(δ − t S)], S² ~ χ²/ν. */
function noncentralStudentTail(t: number, degreesOfFreedom: number, noncentrality: number): number {
  const half = degreesOfFreedom / 2;
  const logScale = Math.log(2) + half * Math.log(half) - logGamma(half);
  const density = (s: number): number =>
    s <= 0 ? 0 : Math.exp(logScale + (degreesOfFreedom - 1) * Math.log(s) - half * s * s);
  const deviation = 1 / Math.sqrt(2 * degreesOfFreedom);
  const from = Math.max(0, 1 - 9 * deviation);
  const to = 1 + 9 * deviation;
  const breaks = Array.from({ length: 33 }, (_, i) => from + ((to - from) * i) / 32);
  return Math.min(
    1,
    integrate((s) => density(s) * normalCdf(noncentrality - t * s), breaks),
  );
}

/** The smallest whole number, above `least`, that is enough. */
function leastCount(isEnough: (count: number) => boolean, least: number): number {
  let low = Math.max(1, Math.floor(least));
  let high = low + 1;
  if (low > least && isEnough(low)) return low;
  while (!isEnough(high)) {
    if (high > MOST_UNITS) throw new RangeError('So small a difference cannot be found by any number of units.');
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function bisect(isEnough: (size: number) => boolean, from: number, to: number): number {
  let [low, high] = [from, to];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
