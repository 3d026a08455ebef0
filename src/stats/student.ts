import { betaCdf } from './beta.js';
import { logGamma, solveIncreasing } from './gamma.js';
import { assertLevel } from './interval.js';
import { normalCdf, normalDensity, normalQuantile } from './normal.js';

/** From here on Student's distribution differs from the normal by less than 1e-8. */
const AS_GOOD_AS_NORMAL = 1e7;

/** The probability that a Student variable is above t, for t of 0 or more. */
function upperTail(t: number, degreesOfFreedom: number): number {
  if (degreesOfFreedom >= AS_GOOD_AS_NORMAL) return normalCdf(-t);
  return betaCdf(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5) / 2;
}

function density(t: number, degreesOfFreedom: number): number {
  if (degreesOfFreedom >= AS_GOOD_AS_NORMAL) return normalDensity(t);
  const half = degreesOfFreedom / 2;
  const logScale = logGamma(half + 0.5) - logGamma(half) - Math.log(Math.PI * degreesOfFreedom) / 2;
  return Math.exp(logScale - (half + 0.5) * Math.log1p((t * t) / degreesOfFreedom));
}

function assertDegreesOfFreedom(degreesOfFreedom: number): void {
  if (!(degreesOfFreedom > 0)) throw new RangeError(`Degrees of freedom must be above 0, not ${degreesOfFreedom}.`);
}

/**
 * The probability that a Student variable is at most t: through the incomplete beta function,
 * `1 − I_x(ν/2, 1/2) / 2` with `x = ν / (ν + t²)` (Abramowitz & Stegun 1964, 26.7.1).
 *
 * @param t                finite
 * @param degreesOfFreedom ν above 0, whole or not; infinity for the normal distribution
 * @returns 0–1; absolute error below 1e-12 up to 1,000 degrees of freedom, 1e-8 beyond
 * @throws RangeError when an argument is outside its range
 */
export function studentCdf(t: number, degreesOfFreedom: number): number {
  assertDegreesOfFreedom(degreesOfFreedom);
  if (!Number.isFinite(t)) throw new RangeError(`studentCdf needs a finite t, got ${t}`);
  const tail = upperTail(Math.abs(t), degreesOfFreedom);
  return t <= 0 ? tail : 1 - tail;
}

/**
 * The t at which a Student variable has cumulative probability p, solved between the normal quantile, which is always
 * nearer to 0, and a bound found by doubling.
 *
 * @param p                0–1
 * @param degreesOfFreedom above 0, whole or not; infinity for the normal distribution
 * @returns minus or plus infinity for 0 and 1
 * @throws RangeError when an argument is outside its range
 */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  assertDegreesOfFreedom(degreesOfFreedom);
  if (!(p >= 0 && p <= 1)) throw new RangeError(`studentQuantile needs 0 ≤ p ≤ 1, got ${p}`);
  if (p === 0.5) return 0;
  const tail = Math.min(p, 1 - p);
  let low = -normalQuantile(tail);
  if (tail === 0 || degreesOfFreedom >= AS_GOOD_AS_NORMAL) return p < 0.5 ? -low : low;
  let high = 1.25 * low + 0.1;
  while (upperTail(high, degreesOfFreedom) > tail && high < Number.MAX_VALUE / 8) {
    low = high;
    high *= 2;
  }
  const t = solveIncreasing(
    (x) => tail - upperTail(x, degreesOfFreedom),
    (x) => density(x, degreesOfFreedom),
    low,
    high,
  );
  return p < 0.5 ? -t : t;
}

/**
 * How many standard errors a two-sided interval reaches when the spread is estimated: t with
 * F(t) − F(−t) = level; 2.228 for 0.95 and 10 degrees of freedom.
 *
 * @throws RangeError when the level is not between 0 and 1, or there are no degrees of freedom
 */
export function studentReach(level: number, degreesOfFreedom: number): number {
  assertLevel(level);
  return -studentQuantile((1 - level) / 2, degreesOfFreedom);
}
