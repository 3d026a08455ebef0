import { gammaUpperTail } from './gamma.js';
import { assertLevel } from './interval.js';

const SQRT_TWO_PI = Math.sqrt(2 * Math.PI);

/** The density of the standard normal distribution at x. */
export function normalDensity(x: number): number {
  return Math.exp((-x * x) / 2) / SQRT_TWO_PI;
}

/**
 * The probability Φ(x) that a standard normal variable is at most x: half of Q(1/2, x²/2) below zero, and by symmetry
 * above (Abramowitz & Stegun 1964, 26.2.29 and 6.5.16).
 *
 * @param x any number, infinite ones too
 * @returns 0–1; relative error below 1e-12 in the lower tail
 * @throws RangeError when x is not a number
 */
export function normalCdf(x: number): number {
  const tail = gammaUpperTail((x * x) / 2, 0.5) / 2;
  return x <= 0 ? tail : 1 - tail;
}

/**
 * The x with Φ(x) = p: the rational start of Abramowitz & Stegun 1964, 26.2.23 (error below 4.5e-4), then two of
 * Halley's steps, each of which cubes the error.
 *
 * @param p 0–1
 * @returns minus or plus infinity for 0 and 1; absolute error below 1e-12 otherwise
 * @throws RangeError when p is outside 0–1
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`normalQuantile needs 0 ≤ p ≤ 1, got ${p}`);
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p === 0) return Number.NEGATIVE_INFINITY;
  const t = Math.sqrt(-2 * Math.log(p));
  const numerator = 2.515517 + t * (0.802853 + t * 0.010328);
  const denominator = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  let x = numerator / denominator - t;
  for (let step = 0; step < 2; step++) {
    const error = (normalCdf(x) - p) / normalDensity(x);
    x -= error / (1 + (x * error) / 2);
  }
  return x;
}

/**
 * How many standard errors a two-sided interval reaches: z with Φ(z) − Φ(−z) = level; 1.28 for 0.8, 1.96 for 0.95.
 *
 * @throws RangeError when the level is not between 0 and 1
 */
export function normalReach(level: number): number {
  assertLevel(level);
  return -normalQuantile((1 - level) / 2);
}
