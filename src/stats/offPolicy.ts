import { assertFinite, DEFAULT_LEVEL, type Interval } from './interval.js';
import { studentReach } from './student.js';

/** What one policy served, and how another would have: one row per choice, all of one length and order. */
export interface LoggedChoices {
  /** What came of each choice, finite. */
  readonly rewards: ArrayLike<number>;
  /** With which probability it was chosen, above 0 and at most 1, as logged when it was. */
  readonly loggedPropensities: ArrayLike<number>;
  /** With which probability the other policy would choose it there, 0 to 1. */
  readonly targetPropensities: ArrayLike<number>;
  /**
   * Of what the other policy would choose there, how much the one that served could have chosen, above 0 and at most 1. Of the
   * rest nothing is known, so a choice tells of as much of the other policy. Default: of all.
   */
  readonly supports?: ArrayLike<number>;
  /** A whole number of at least 0 for whose choice it was: choices of one learner count as one. Default: each its own. */
  readonly learners?: ArrayLike<number>;
}

export interface OffPolicyOptions {
  /** Between 0 and 1. Default 0.95. */
  readonly level?: number;
  /** No choice weighs more than this, above 0. Default: no limit. It trades a little bias for much variance. */
  readonly maxWeight?: number;
  /** Nothing is estimated below this effective sample size, at least 2. Default 100. */
  readonly leastEffectiveCount?: number;
}

export interface OffPolicyEstimate {
  /** Mean reward of the other policy; null when it is refused. */
  readonly value: Interval | null;
  /** Mean reward of the policy that served, each choice weighed by its support; null when it is refused. */
  readonly served: number | null;
  /** The former less the latter; null when it is refused. */
  readonly lift: Interval | null;
  /** Why nothing is estimated; null when it is. */
  readonly refusal: 'NO_OVERLAP' | 'TOO_FEW_EFFECTIVE' | null;
  /** (Σw)² / Σw² (Kong 1992): as many choices of the other policy itself would tell as much. */
  readonly effectiveCount: number;
  /** About 1 when the propensities are right and nothing is clipped. */
  readonly meanWeight: number;
  /** Share of choices that weigh less than they should, 0 to 1. */
  readonly clippedShare: number;
}

/**
 * What another policy would have earned, from the choices of the one that served: the self-normalised inverse
 * propensity estimate `V = Σ wᵢ rᵢ / Σ wᵢ` with `w = min(target / logged, limit)` (Swaminathan & Joachims 2015, eq. 8),
 * and its interval by the delta method, `Σ wᵢ² (rᵢ − V)² / (Σ wᵢ)²` (Owen 2013, eq. 9.9), summed over each learner's
 * choices first. Right only if every choice that the other policy may make had some chance, and if propensities were
 * logged as they were; where only some of what it may make had one, the estimate is of that part. A choice adds its support
 * to it on average, whatever was drawn, so what was served is weighed by the support as well (`Σ sᵢ rᵢ / Σ sᵢ`): otherwise
 * the two would be of other mixes of choices, and differ where rewards go with the support.
 *
 * @returns refused with NO_OVERLAP when the other policy would make none of the choices, and with TOO_FEW_EFFECTIVE
 *   when too few weigh enough: then the estimate hangs on a handful of them
 * @throws RangeError when lengths differ, or a value or option is outside its range
 */
export function selfNormalisedEstimate(choices: LoggedChoices, options: OffPolicyOptions = {}): OffPolicyEstimate {
  const { level = DEFAULT_LEVEL, maxWeight = Number.POSITIVE_INFINITY, leastEffectiveCount = 100 } = options;
  if (!(maxWeight > 0)) throw new RangeError(`The greatest weight must be above 0, not ${maxWeight}.`);
  if (!(leastEffectiveCount >= 2)) throw new RangeError(`At least 2 are needed, not ${leastEffectiveCount}.`);
  const { weights, clippedShare } = weigh(choices, maxWeight);
  const count = weights.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const squares = weights.reduce((sum, weight) => sum + weight * weight, 0);
  const effectiveCount = squares > 0 ? (total * total) / squares : 0;
  const meanWeight = count > 0 ? total / count : 0;
  const figures = { effectiveCount, meanWeight, clippedShare };
  if (total === 0) return { value: null, served: null, lift: null, refusal: 'NO_OVERLAP', ...figures };
  const { rewards } = choices;
  const supportOf = (i: number): number => choices.supports?.[i] ?? 1;
  const totalSupport = weights.reduce((sum, _, i) => sum + supportOf(i), 0);
  const served = weights.reduce((sum, _, i) => sum + supportOf(i) * rewards[i]!, 0) / totalSupport;
  const value = weights.reduce((sum, weight, i) => sum + weight * rewards[i]!, 0) / total;
  const influence = weights.map((weight, i) => (weight * (rewards[i]! - value)) / meanWeight);
  const meanSupport = totalSupport / count;
  const liftInfluence = influence.map((own, i) => own - (supportOf(i) * (rewards[i]! - served)) / meanSupport);
  const clusters = clustersOf(choices);
  if (Math.min(effectiveCount, clusters.count) < leastEffectiveCount) {
    return { value: null, served: null, lift: null, refusal: 'TOO_FEW_EFFECTIVE', ...figures };
  }
  // The spread is known about as well as from so many units.
  const freedom = Math.min(effectiveCount, clusters.count) - 1;
  const around = (estimate: number, parts: Float64Array): Interval => {
    const reach = studentReach(level, freedom) * standardErrorOf(parts, clusters);
    return { estimate, low: estimate - reach, high: estimate + reach };
  };
  const lift = around(value - served, liftInfluence);
  return { value: around(value, influence), served, lift, refusal: null, ...figures };
}

function weigh(choices: LoggedChoices, maxWeight: number): { weights: Float64Array; clippedShare: number } {
  const { rewards, loggedPropensities, targetPropensities, supports, learners } = choices;
  const count = rewards.length;
  const lengths = [
    loggedPropensities.length,
    targetPropensities.length,
    supports?.length ?? count,
    learners?.length ?? count,
  ];
  if (lengths.some((length) => length !== count)) throw new RangeError(`${count} rewards, but ${lengths} of the rest.`);
  let clipped = 0;
  const weights = Float64Array.from({ length: count }, (_, i) => {
    assertFinite(rewards[i]!, 'A reward');
    const logged = loggedPropensities[i]!;
    const target = targetPropensities[i]!;
    if (!(logged > 0 && logged <= 1) || !(target >= 0 && target <= 1)) {
      throw new RangeError(`Propensities must be in 0–1, the logged ones above 0; got ${logged} and ${target}.`);
    }
    const support = supports?.[i] ?? 1;
    if (!(support > 0 && support <= 1)) throw new RangeError(`A support must be in 0–1, above 0, not ${support}.`);
    if (target / logged > maxWeight) clipped += 1;
    return Math.min(maxWeight, target / logged);
  });
  return { weights, clippedShare: count > 0 ? clipped / count : 0 };
}

interface Clusters {
  readonly count: number;
  /** Which cluster each choice is in, 0 to `count` − 1. */
  readonly of: (choice: number) => number;
}

function clustersOf({ rewards, learners }: LoggedChoices): Clusters {
  if (learners === undefined) return { count: rewards.length, of: (choice) => choice };
  const numbers = new Map<number, number>();
  const own = Int32Array.from({ length: rewards.length }, (_, i) => {
    const learner = learners[i]!;
    if (!Number.isSafeInteger(learner) || learner < 0) throw new RangeError(`${learner} is no learner’s number.`);
    const number = numbers.get(learner) ?? numbers.size;
    numbers.set(learner, number);
    return number;
  });
  return { count: numbers.size, of: (choice) => own[choice]! };
}

/** Of a mean whose parts sum to 0, each cluster taken as one. */
function standardErrorOf(parts: Float64Array, clusters: Clusters): number {
  const sums = new Float64Array(clusters.count);
  for (let i = 0; i < parts.length; i++) sums[clusters.of(i)]! += parts[i]!;
  const squares = sums.reduce((total, sum) => total + sum * sum, 0);
  return (Math.sqrt(squares) / parts.length) * Math.sqrt(clusters.count / Math.max(1, clusters.count - 1));
}
