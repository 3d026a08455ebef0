import { chiSquareUpperTail, solveIncreasing } from './gamma.js';
import { assertFinite } from './interval.js';

/**
 * Below this a split is called wrong. Small, because the check is looked at again and again, and a false alarm throws an
 * experiment away (Fabijan et al. 2019 use 0.0005 to 0.001).
 */
export const SAMPLE_RATIO_P = 0.001;

/** How far counts are from what was planned. */
export interface GoodnessOfFit {
  /** Pearson's X², at least 0. */
  readonly chiSquare: number;
  readonly degreesOfFreedom: number;
  /** How often chance alone makes counts that are as far off, or further. */
  readonly pValue: number;
}

export interface SampleRatio extends GoodnessOfFit {
  /** The people were not split as planned: whatever else the experiment says cannot be trusted. */
  readonly isMismatch: boolean;
}

/**
 * Pearson's (1900) test of counts against planned shares, `X² = Σ (O − E)²/E` with k − 1 degrees of freedom.
 *
 * @param counts  whole, at least 0; one per variant, two variants at least
 * @param weights above 0, in any unit: 1 and 1, or 90 and 10; in the same order
 * @returns null when nobody was counted
 * @throws RangeError when the arguments are outside their ranges
 */
export function goodnessOfFit(counts: readonly number[], weights: readonly number[]): GoodnessOfFit | null {
  const shares = sharesOf(weights);
  if (counts.length !== shares.length) throw new RangeError(`${counts.length} counts, but ${shares.length} weights.`);
  for (const count of counts) {
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`${count} is no count.`);
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let chiSquare = 0;
  shares.forEach((share, i) => {
    const expected = total * share;
    chiSquare += ((counts[i] ?? 0) - expected) ** 2 / expected;
  });
  const degreesOfFreedom = shares.length - 1;
  return { chiSquare, degreesOfFreedom, pValue: chiSquareUpperTail(chiSquare, degreesOfFreedom) };
}

/**
 * Whether people were split over the variants as planned: a mismatch when chance alone would split them so in less
 * than one of a thousand experiments (`SAMPLE_RATIO_P`). It takes `sampleRatioCount` people to catch a small skew.
 *
 * @param counts  people by variant
 * @param weights planned, in the same order
 * @returns null when nobody was counted
 * @throws RangeError as `goodnessOfFit` does
 */
export function sampleRatio(counts: readonly number[], weights: readonly number[]): SampleRatio | null {
  const fit = goodnessOfFit(counts, weights);
  return fit && { ...fit, isMismatch: fit.pValue < SAMPLE_RATIO_P };
}

/** A skew to be caught. */
export interface Skew {
  readonly planned: readonly number[];
  /** The split there is, weights in the same order. */
  readonly actual: readonly number[];
}

/**
 * With how many people altogether a skewed split is caught with the power asked for: λ/w², where λ is the
 * noncentrality that gives X² that power and `w² = Σ (q − p)²/p` for planned shares p and actual ones q (Cohen 1988,
 * eq. 7.2.1 and 7.2.2).
 *
 * @param power      between the threshold and 1; 0.8 to catch it in eight of ten experiments
 * @param threshold  the p-value below which it is caught, between 0 and 1
 * @returns whole; infinity when there is no skew
 * @throws RangeError when the arguments are outside their ranges
 */
export function sampleRatioCount(skew: Skew, power: number, threshold: number = SAMPLE_RATIO_P): number {
  const effect = skewOf(skew);
  if (!(threshold > 0 && threshold < power && power < 1)) {
    throw new RangeError(`The power must be between the threshold and 1, got ${power} and ${threshold}.`);
  }
  if (effect === 0) return Number.POSITIVE_INFINITY;
  const degreesOfFreedom = skew.planned.length - 1;
  const critical = chiSquareCritical(threshold, degreesOfFreedom);
  let high = 1;
  while (noncentralUpperTail(critical, degreesOfFreedom, high) < power) high *= 2;
  let low = 0;
  // A hundred halvings leave nothing but rounding; the derivative would be a second series.
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (noncentralUpperTail(critical, degreesOfFreedom, middle) < power) low = middle;
    else high = middle;
  }
  return Math.ceil(high / effect - 1e-9);
}

/**
 * How often a skewed split of so many people is caught: the probability that X² with noncentrality `n w²` passes the
 * threshold.
 *
 * @param count people altogether, at least 0
 * @returns 0–1; the threshold itself when there is no skew
 * @throws RangeError when the arguments are outside their ranges
 */
export function sampleRatioPower(skew: Skew, count: number, threshold: number = SAMPLE_RATIO_P): number {
  const effect = skewOf(skew);
  if (!(count >= 0) || !(threshold > 0 && threshold < 1)) throw new RangeError(`Got ${count} people, ${threshold}.`);
  const degreesOfFreedom = skew.planned.length - 1;
  return noncentralUpperTail(chiSquareCritical(threshold, degreesOfFreedom), degreesOfFreedom, count * effect);
}

/** w², the squared effect size of Cohen. */
function skewOf({ planned, actual }: Skew): number {
  const p = sharesOf(planned);
  const q = sharesOf(actual);
  if (p.length !== q.length) throw new RangeError(`${p.length} planned shares, but ${q.length} actual ones.`);
  return p.reduce((sum, share, i) => sum + ((q[i] ?? 0) - share) ** 2 / share, 0);
}

function sharesOf(weights: readonly number[]): readonly number[] {
  if (weights.length < 2) throw new RangeError('A split has two variants at least.');
  for (const weight of weights) {
    assertFinite(weight, 'A weight');
    if (weight <= 0) throw new RangeError(`A weight must be above 0, not ${weight}.`);
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** The x that chi-square passes with so small a probability. */
function chiSquareCritical(tail: number, degreesOfFreedom: number): number {
  let high = degreesOfFreedom + 1;
  while (chiSquareUpperTail(high, degreesOfFreedom) > tail) high *= 2;
  const logTail = Math.log(tail);
  // The logarithm of the tail is nearly straight far out.
  const f = (x: number): number => logTail - Math.log(chiSquareUpperTail(x, degreesOfFreedom));
  return solveIncreasing(f, (x) => (f(x + 1e-5) - f(Math.max(0, x - 1e-5))) / 2e-5, 0, high);
}

/**
 * The upper tail of the noncentral chi-square distribution, a Poisson mixture of central ones (Abramowitz & Stegun
 * 1964, 26.4.25).
 */
function noncentralUpperTail(x: number, degreesOfFreedom: number, noncentrality: number): number {
  const half = noncentrality / 2;
  const reach = 10 * Math.sqrt(half) + 40;
  let tail = 0;
  let logFactorial = 0;
  for (let j = 0; j <= half + reach; j++) {
    if (j > 1) logFactorial += Math.log(j);
    if (j < half - reach) continue;
    const logWeight = -half + (j === 0 ? 0 : j * Math.log(half)) - logFactorial;
    tail += Math.exp(logWeight) * chiSquareUpperTail(x, degreesOfFreedom + 2 * j);
  }
  return Math.min(1, tail);
}
