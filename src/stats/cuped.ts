import { assertFinite } from './interval.js';
import type { Sample } from './meanDifference.js';

/** What the adjustment needs of one variant: an outcome and what was known of the same people before. */
export interface PairedSample {
  /** How many people, whole, at least 0. */
  readonly count: number;
  readonly outcomeMean: number;
  readonly covariateMean: number;
  /** Each with `count − 1` below; 0 for fewer than two people. */
  readonly outcomeVariance: number;
  readonly covariateVariance: number;
  readonly covariance: number;
}

/** The outcomes of the variants with what could be told beforehand taken out. */
export interface AdjustedSamples {
  /** θ, in units of the outcome per unit of the covariate; 0 when the covariate tells nothing. */
  readonly slope: number;
  /** One per variant, in their order: to be compared like any others. */
  readonly samples: readonly Sample[];
  /** By which share the variance within variants fell, 0 to 1: 0.5 is as good as twice the people. */
  readonly varianceReduction: number;
}

/**
 * The summary of one variant from the pairs of its people.
 *
 * @param outcomes   finite, one per person
 * @param covariates finite, of the same people in the same order; measured before they were assigned
 * @throws RangeError when the lengths differ, or a value is not finite
 */
export function pairedSample(outcomes: ArrayLike<number>, covariates: ArrayLike<number>): PairedSample {
  const count = outcomes.length;
  if (covariates.length !== count) throw new RangeError(`${count} outcomes do not pair with ${covariates.length}.`);
  let outcomeMean = 0;
  let covariateMean = 0;
  let outcomeSquares = 0;
  let covariateSquares = 0;
  let products = 0;
  for (let i = 0; i < count; i++) {
    const y = outcomes[i]!;
    const x = covariates[i]!;
    assertFinite(y, 'An outcome');
    assertFinite(x, 'A covariate');
    const dy = y - outcomeMean;
    const dx = x - covariateMean;
    outcomeMean += dy / (i + 1);
    covariateMean += dx / (i + 1);
    outcomeSquares += dy * (y - outcomeMean);
    covariateSquares += dx * (x - covariateMean);
    products += dx * (y - outcomeMean);
  }
  const below = Math.max(1, count - 1);
  return {
    count,
    outcomeMean,
    covariateMean,
    outcomeVariance: outcomeSquares / below,
    covariateVariance: covariateSquares / below,
    covariance: products / below,
  };
}

/**
 * CUPED (Deng, Xu, Kohavi & Walker 2013, eq. 5–7): `ȳ − θ(x̄ − X̄)` of each variant, where X̄ is the mean of the covariate
 * over everybody and `θ = cov(x, y) / var(x)` is pooled within the variants, so that an effect cannot leak into it. The
 * difference of two adjusted means has the expectation of the plain one, and a variance smaller by the squared
 * correlation. Estimating θ costs about one person per variant: below 20 people compare the plain means.
 *
 * @param variants at least one; the covariate must not be one that the treatment could have changed
 * @returns as they are, with a slope of 0, when the covariate does not vary
 * @throws RangeError when a summary is none
 */
export function adjustByCovariate(variants: readonly PairedSample[]): AdjustedSamples {
  let people = 0;
  let covariateSum = 0;
  let outcomeSquares = 0;
  let covariateSquares = 0;
  let products = 0;
  for (const variant of variants) {
    assertPairedSample(variant);
    const within = Math.max(0, variant.count - 1);
    people += variant.count;
    covariateSum += variant.count * variant.covariateMean;
    outcomeSquares += within * variant.outcomeVariance;
    covariateSquares += within * variant.covariateVariance;
    products += within * variant.covariance;
  }
  const overall = people === 0 ? 0 : covariateSum / people;
  const slope = covariateSquares > 0 ? products / covariateSquares : 0;
  const samples = variants.map((variant) => ({
    count: variant.count,
    mean: variant.outcomeMean - slope * (variant.covariateMean - overall),
    // Never below 0 in exact arithmetic.
    variance: Math.max(
      0,
      variant.outcomeVariance - 2 * slope * variant.covariance + slope * slope * variant.covariateVariance,
    ),
  }));
  const explained = outcomeSquares > 0 ? (slope * products) / outcomeSquares : 0;
  return { slope, samples, varianceReduction: Math.min(1, Math.max(0, explained)) };
}

function assertPairedSample(sample: PairedSample): void {
  if (!Number.isSafeInteger(sample.count) || sample.count < 0) throw new RangeError(`${sample.count} is no count.`);
  for (const [name, value] of Object.entries(sample)) assertFinite(value, name);
  if (sample.outcomeVariance < 0 || sample.covariateVariance < 0) throw new RangeError('A variance is below 0.');
}
