const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);
// Bernoulli numbers B₂ₖ / (2k(2k−1)), k = 1..7.
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156];
// From here on the last term of the series is below the rounding error of a double.
const STIRLING_FROM = 12;
const EPSILON = 1e-15;
const TINY = 1e-300;
const MAX_TERMS = 100_000;

/**
 * Natural logarithm of Γ(x), by Stirling's series after moving x upwards with Γ(x + 1) = x Γ(x)
 * (Abramowitz & Stegun 1964, 6.1.41 and 6.1.15).
 *
 * @param x above 0
 * @returns absolute error below 1e-13 for x ≤ 10; relative error below 1e-14 beyond
 * @throws RangeError when x is not a positive finite number
 */
export function logGamma(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) throw new RangeError(`logGamma needs x > 0, got ${x}`);
  let shifted = x;
  let product = 1;
  while (shifted < STIRLING_FROM) {
    product *= shifted;
    shifted += 1;
  }
  const inverseSquare = 1 / (shifted * shifted);
  let series = 0;
  for (let k = STIRLING.length - 1; k >= 0; k--) series = series * inverseSquare + (STIRLING[k] ?? 0);
  return (shifted - 0.5) * Math.log(shifted) - shifted + HALF_LOG_TWO_PI + series / shifted - Math.log(product);
}

/**
 * The regularised lower incomplete gamma function P(shape, x): the probability that a Gamma variable of that shape and
 * scale 1 is at most x. A power series below the mean, a continued fraction above it, so that neither cancels
 * (Abramowitz & Stegun 1964, 6.5.29 and 6.5.31, the latter evaluated as Lentz 1976 does).
 *
 * @param x     0 or more
 * @param shape above 0
 * @returns 0–1; absolute error below 1e-12 for shapes up to 1,000, growing in proportion to the shape beyond
 * @throws RangeError when an argument is outside its range
 */
export function gammaCdf(x: number, shape: number): number {
  assertGamma(x, shape);
  return x < shape + 1 ? Math.min(1, lowerGamma(x, shape)) : Math.max(0, 1 - upperGamma(x, shape));
}

/**
 * The regularised upper incomplete gamma function Q(shape, x) = 1 − P(shape, x): the probability that a Gamma variable
 * of that shape and scale 1 is above x, without the cancellation that would lose small ones.
 *
 * @param x     0 or more
 * @param shape above 0
 * @returns 0–1; relative error below 1e-12 for shapes up to 1,000 and x beyond shape + 1
 * @throws RangeError when an argument is outside its range
 */
export function gammaUpperTail(x: number, shape: number): number {
  assertGamma(x, shape);
  return x < shape + 1 ? Math.max(0, 1 - lowerGamma(x, shape)) : Math.min(1, upperGamma(x, shape));
}

/**
 * The probability that a chi-square variable is above x: Q(df / 2, x / 2) (Abramowitz & Stegun 1964, 26.4.19).
 *
 * @param x                0 or more
 * @param degreesOfFreedom above 0
 * @throws RangeError when an argument is outside its range
 */
export function chiSquareUpperTail(x: number, degreesOfFreedom: number): number {
  return gammaUpperTail(x / 2, degreesOfFreedom / 2);
}

function assertGamma(x: number, shape: number): void {
  if (!(shape > 0) || !(x >= 0)) throw new RangeError(`A Gamma variable needs shape > 0 and x ≥ 0, got ${shape}, ${x}`);
}

/** P(shape, x) by its series, for x below shape + 1. */
function lowerGamma(x: number, shape: number): number {
  if (x === 0) return 0;
  let term = 1 / shape;
  let sum = term;
  for (let n = 1; n < MAX_TERMS && term > sum * EPSILON; n++) {
    term *= x / (shape + n);
    sum += term;
  }
  return sum * Math.exp(shape * Math.log(x) - x - logGamma(shape));
}

/** Q(shape, x) by its continued fraction, for x from shape + 1. */
function upperGamma(x: number, shape: number): number {
  if (x === Number.POSITIVE_INFINITY) return 0;
  let b = x + 1 - shape;
  let c = 1 / TINY;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < MAX_TERMS; n++) {
    const a = -n * (n - shape);
    b += 2;
    d = 1 / awayFromZero(a * d + b);
    c = awayFromZero(b + a / c);
    const delta = c * d;
    fraction *= delta;
    if (Math.abs(delta - 1) < EPSILON) break;
  }
  return fraction * Math.exp(shape * Math.log(x) - x - logGamma(shape));
}

/**
 * The x at which a Gamma variable of that shape and scale 1 has cumulative probability p. Solved for ln x by Newton's
 * method kept inside a bracket, because small shapes have quantiles of any order of magnitude.
 *
 * @param p     0–1
 * @param shape above 0
 * @returns 0 or more; 0 also where the quantile is below the smallest double; infinity for p = 1
 * @throws RangeError when an argument is outside its range
 */
export function gammaQuantile(p: number, shape: number): number {
  if (!(p >= 0 && p <= 1) || !(shape > 0 && shape < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`gammaQuantile needs 0 ≤ p ≤ 1 and shape > 0, got ${p} and ${shape}`);
  }
  if (p === 0) return 0;
  if (p === 1) return Number.POSITIVE_INFINITY;
  const logNormaliser = logGamma(shape);
  // P(a, x) ≤ x^a / Γ(a + 1), so this is a lower bound, and close for small x.
  const lowest = (Math.log(p) + logGamma(shape + 1)) / shape;
  if (lowest < -700) return 0;
  const highest = Math.log(shape + 40 * Math.sqrt(shape) + 60);
  return Math.exp(
    solveIncreasing(
      (logX) => gammaCdf(Math.exp(logX), shape) - p,
      (logX) => Math.exp(shape * logX - Math.exp(logX) - logNormaliser),
      lowest,
      Math.max(lowest, highest),
    ),
  );
}

/**
 * The zero of an increasing function inside a bracket: Newton's method, with a bisection step whenever Newton would
 * leave the bracket or hardly shrink it, so that it always converges.
 *
 * @param f          increasing on [low, high]
 * @param derivative of f
 * @returns within 1e-14 of the zero, relative to its size or to 1; the nearer end when the zero is outside the bracket
 */
export function solveIncreasing(
  f: (x: number) => number,
  derivative: (x: number) => number,
  low: number,
  high: number,
): number {
  let left = low;
  let right = high;
  let x = (left + right) / 2;
  for (let step = 0; step < 200; step++) {
    const value = f(x);
    if (value === 0) return x;
    if (value < 0) left = x;
    else right = x;
    const newton = x - value / derivative(x);
    // Every third step halves the bracket whatever Newton says: near a flat tail it creeps.
    const next = newton > left && newton < right && step % 3 !== 2 ? newton : (left + right) / 2;
    if (Math.abs(next - x) <= 1e-14 * Math.max(1, Math.abs(x))) return next;
    x = next;
  }
  return x;
}

/** Lentz's guard against a division by zero inside a continued fraction. */
export function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
