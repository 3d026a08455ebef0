/** How often something happened. */
export interface Proportion {
  /** Whole, 0 to `trials`. */
  readonly successes: number;
  /** Whole, at least 0. */
  readonly trials: number;
}

export interface ProportionInterval {
  /** −1 to 1 for a difference, 0 to 1 for a proportion. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** The normal quantile of a two-sided 95 % interval. */
const Z = 1.959963984540054;

/**
 * A proportion with its 95 % score interval (Wilson 1927, as in Newcombe 1998a, method 3):
 * `(2np + z² ± z √(z² + 4np(1 − p))) / 2(n + z²)`.
 *
 * @returns null without trials; the ends are within 0–1
 * @throws RangeError when the counts are none
 */
export function wilsonInterval(proportion: Proportion): ProportionInterval | null {
  assertProportion(proportion);
  const { successes, trials } = proportion;
  if (trials === 0) return null;
  const estimate = successes / trials;
  const middle = 2 * successes + Z * Z;
  const reach = Z * Math.sqrt(Z * Z + 4 * successes * (1 - estimate));
  const scale = 2 * (trials + Z * Z);
  // To the bound itself where nothing, or everything, happened: rounding must not leave it just outside.
  return {
    estimate,
    low: successes === 0 ? 0 : (middle - reach) / scale,
    high: successes === trials ? 1 : (middle + reach) / scale,
  };
}

/**
 * The first proportion less the second, of independent samples, with its 95 % hybrid score interval (Newcombe 1998b,
 * method 10): from `d − √((p₁ − l₁)² + (u₂ − p₂)²)` to `d + √((u₁ − p₁)² + (p₂ − l₂)²)` with the Wilson intervals
 * (l, u) of either. It keeps its coverage for small samples and rare events, where the usual normal interval does not.
 *
 * @returns null when either has no trials; the ends are within −1 to 1
 * @throws RangeError when the counts are none
 */
export function proportionDifference(first: Proportion, second: Proportion): ProportionInterval | null {
  const a = wilsonInterval(first);
  const b = wilsonInterval(second);
  if (a === null || b === null) return null;
  const estimate = a.estimate - b.estimate;
  return {
    estimate,
    low: estimate - Math.hypot(a.estimate - a.low, b.high - b.estimate),
    high: estimate + Math.hypot(a.high - a.estimate, b.estimate - b.low),
  };
}

function assertProportion({ successes, trials }: Proportion): void {
  const isCount = Number.isSafeInteger(successes) && Number.isSafeInteger(trials);
  if (!isCount || successes < 0 || successes > trials) {
    throw new RangeError(`${successes} of ${trials} is no proportion.`);
  }
}
