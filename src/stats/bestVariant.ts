import { betaCdf, logBeta } from './beta.js';
import { assertFinite } from './interval.js';
import { normalCdf, normalDensity } from './normal.js';
import { assertProportion, type Proportion } from './proportions.js';
import { integrate } from './quadrature.js';

/** What is believed of one variant, and what it would cost to choose it. */
export interface VariantBelief {
  /** That its true figure is the highest, 0 to 1; over all variants these sum to 1. */
  readonly probabilityBest: number;
  /** By how much the best is better on average, in the unit of the figure, at least 0: small when the choice is safe. */
  readonly expectedLoss: number;
}

/** What was believed of a proportion before: a Beta distribution. */
export interface BetaPrior {
  /** Successes and failures it is worth, each at least 1. */
  readonly successes: number;
  readonly failures: number;
}

/** Every proportion is believed alike. */
const UNIFORM: BetaPrior = { successes: 1, failures: 1 };

/** What is known of a mean, with its standard error. */
export interface NormalBelief {
  readonly mean: number;
  /** Above 0. */
  readonly standardError: number;
}

/**
 * How probable it is that each variant has the highest proportion, when all come from one Beta prior and the counts are
 * binomial: `P(k) = ∫ f_k(x) Π F_j(x) dx` over the posteriors `Beta(prior + successes, prior + failures)`, and the loss
 * `E[max] − E[k]`, by quadrature (Stucchi 2014 and Scott 2010 for their use in choosing).
 *
 * @param variants at least one; one without trials is believed as the prior is
 * @returns in the order of the variants, each within 1e-6
 * @throws RangeError when counts are none, or a part of the prior is below 1
 */
export function bestProportion(variants: readonly Proportion[], prior: BetaPrior = UNIFORM): readonly VariantBelief[] {
  if (!(prior.successes >= 1 && prior.failures >= 1)) throw new RangeError('The prior must be worth one of either.');
  const posteriors = variants.map((variant): Posterior => {
    assertProportion(variant);
    const a = prior.successes + variant.successes;
    const b = prior.failures + variant.trials - variant.successes;
    const scale = logBeta(a, b);
    return {
      mean: a / (a + b),
      deviation: Math.sqrt((a * b) / (a + b + 1)) / (a + b),
      density: (x) => Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - scale),
      cdf: (x) => betaCdf(x, a, b),
    };
  });
  return beliefsOf(posteriors, 0, 1);
}

/**
 * How probable it is that each variant has the highest mean, when nothing was believed before and the estimates are
 * normal: `P(k) = ∫ f_k(x) Π F_j(x) dx`, and the loss `E[max] − E[k]`, by quadrature.
 *
 * @param variants at least one; for means of samples the standard error is √(variance / count)
 * @returns in the order of the variants, each within 1e-6 (the loss: of the largest standard error)
 * @throws RangeError when a mean is not finite, or a standard error is not above 0
 */
export function bestMean(variants: readonly NormalBelief[]): readonly VariantBelief[] {
  const posteriors = variants.map(({ mean, standardError }): Posterior => {
    assertFinite(mean, 'A mean');
    assertFinite(standardError, 'A standard error');
    if (standardError <= 0) throw new RangeError(`A standard error must be above 0, not ${standardError}.`);
    return {
      mean,
      deviation: standardError,
      density: (x) => normalDensity((x - mean) / standardError) / standardError,
      cdf: (x) => normalCdf((x - mean) / standardError),
    };
  });
  return beliefsOf(posteriors, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
}

interface Posterior {
  readonly mean: number;
  readonly deviation: number;
  readonly density: (x: number) => number;
  readonly cdf: (x: number) => number;
}

// Pieces of each posterior in its own deviations: fine where it has mass, and far out where a Beta of one success falls
// no faster than an exponential.
const STEPS = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 10, 13, 17, 22, 30, 40];

function beliefsOf(posteriors: readonly Posterior[], least: number, most: number): readonly VariantBelief[] {
  if (posteriors.length === 0) throw new RangeError('There must be a variant at least.');
  const breaks = breaksOf(posteriors, least, most);
  const cdfsAt = onceEach((x) => posteriors.map((posterior) => posterior.cdf(x)));
  const productAt = (x: number, without: number | null): number =>
    cdfsAt(x).reduce((product, cdf, j) => (j === without ? product : product * cdf), 1);
  const raw = posteriors.map((own, k) => integrate((x) => own.density(x) * productAt(x, k), breaks));
  const total = raw.reduce((sum, probability) => sum + probability, 0);
  // E[max] = low + ∫ (1 − Π F), with low where nobody is below it.
  const best = (breaks[0] ?? 0) + integrate((x) => 1 - productAt(x, null), breaks);
  return posteriors.map(({ mean }, k) => ({
    probabilityBest: (raw[k] ?? 0) / total,
    expectedLoss: Math.max(0, best - mean),
  }));
}

/** Every integral visits the same places, and a Beta probability is dear. */
function onceEach(f: (x: number) => readonly number[]): (x: number) => readonly number[] {
  const known = new Map<number, readonly number[]>();
  return (x) => {
    const value = known.get(x) ?? f(x);
    known.set(x, value);
    return value;
  };
}

function breaksOf(posteriors: readonly Posterior[], least: number, most: number): readonly number[] {
  const points = posteriors.flatMap(({ mean, deviation }) =>
    STEPS.flatMap((step) => [mean - step * deviation, mean + step * deviation]),
  );
  const within = points.map((point) => Math.min(most, Math.max(least, point)));
  return [...new Set(within)].sort((a, b) => a - b);
}
