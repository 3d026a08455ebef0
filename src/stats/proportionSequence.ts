import { logBeta } from './beta.js';
import { assertLevel, DEFAULT_LEVEL } from './interval.js';
import { assertProportion, type Proportion, type ProportionInterval } from './proportions.js';

/** Jeffreys' mixture: near the best there is at every p, near 0 and 1 too. */
const PRIOR = 0.5;

/**
 * A proportion with an interval that holds at every look at once, for any number of units, without an assumption about
 * large numbers: every p for which the mixed likelihood `B(½ + s, ½ + f)/B(½, ½)` of s successes and f failures is
 * below `p^s (1 − p)^f / α` (Robbins 1970, with the beta mixture of Howard, Ramdas, McAuliffe & Sekhon 2021).
 *
 * @param level 1 − α, between 0 and 1
 * @returns 0 to 1 without trials; the ends are within 0–1
 * @throws RangeError when the counts are none, or the level is outside its range
 */
export function proportionSequence(proportion: Proportion, level: number = DEFAULT_LEVEL): ProportionInterval {
  assertProportion(proportion);
  assertLevel(level);
  const limit = -Math.log(1 - level);
  const end = (sign: 1 | -1): number => {
    const evidence = (pull: number): number => logMartingale(pulled(proportion, sign * pull));
    return pulled(proportion, sign * leastPull(evidence, limit));
  };
  const logMartingale = logMartingaleOf(proportion);
  const { successes, trials } = proportion;
  if (trials === 0) return { estimate: 0.5, low: 0, high: 1 };
  return {
    estimate: successes / trials,
    low: successes === 0 ? 0 : end(-1),
    high: successes === trials ? 1 : end(1),
  };
}

/**
 * The first proportion less the second, of independent samples, with an interval that holds at every look at once, for
 * any numbers of units: the differences of all pairs (p₁, p₂) whose two mixed likelihood ratios multiply to less than
 * 1/α. The product is a martingale of both samples together, in whatever order their units come; to look at the pairs
 * is narrower than to add up an interval of either sample at α/2 when they are of a size, and much the same when not.
 *
 * @param level 1 − α, between 0 and 1
 * @returns −1 to 1 without trials; the ends are within that
 * @throws RangeError when the counts are none, or the level is outside its range
 */
export function proportionDifferenceSequence(
  first: Proportion,
  second: Proportion,
  level: number = DEFAULT_LEVEL,
): ProportionInterval {
  assertProportion(first);
  assertProportion(second);
  assertLevel(level);
  if (first.trials === 0 || second.trials === 0) {
    return { estimate: middleOf(first) - middleOf(second), low: -1, high: 1 };
  }
  const limit = -Math.log(1 - level);
  const logMartingale1 = logMartingaleOf(first);
  const logMartingale2 = logMartingaleOf(second);
  // On the edge of that convex set of pairs both log-likelihoods have slopes of one size (Lagrange), so one number, the
  // pull, runs along it.
  const end = (sign: 1 | -1): number => {
    const evidence = (pull: number): number =>
      logMartingale1(pulled(first, sign * pull)) + logMartingale2(pulled(second, -sign * pull));
    const pull = sign * leastPull(evidence, limit);
    return pulled(first, pull) - pulled(second, -pull);
  };
  return { estimate: middleOf(first) - middleOf(second), low: end(-1), high: end(1) };
}

function middleOf({ successes, trials }: Proportion): number {
  return trials === 0 ? 0.5 : successes / trials;
}

/** The logarithm of the mixed likelihood over that of p, for every p. */
function logMartingaleOf({ successes, trials }: Proportion): (p: number) => number {
  const failures = trials - successes;
  const mixed = logBeta(PRIOR + successes, PRIOR + failures) - logBeta(PRIOR, PRIOR);
  return (p) => mixed - (successes > 0 ? successes * Math.log(p) : 0) - (failures > 0 ? failures * Math.log1p(-p) : 0);
}

/**
 * The p at which the log-likelihood falls by `pull` per unit of p: the root in 0–1 of
 * `pull p² + (n − pull) p − s = 0`; the observed proportion without a pull.
 */
function pulled({ successes, trials }: Proportion, pull: number): number {
  const b = trials - pull;
  if (successes === 0 && b >= 0) return 0;
  const root = Math.sqrt(b * b + 4 * pull * successes);
  // Of the two ways to write the root, the one in which nothing cancels.
  const p = b >= 0 ? (2 * successes) / (b + root) : (root - b) / (2 * pull);
  return Math.min(1, Math.max(0, p));
}

/**
 * The pull, at least 0, at which the evidence, which grows with it, reaches the limit: by false position, where an end
 * that stays is given half its weight (the Illinois method of Dowell & Jarratt 1971).
 */
function leastPull(evidence: (pull: number) => number, limit: number): number {
  let [low, high] = [0, 1];
  let below = evidence(0) - limit;
  let above = evidence(high) - limit;
  while (above < 0 && high < 1e15) {
    [low, below] = [high, above];
    high *= 4;
    above = evidence(high) - limit;
  }
  for (let step = 0; step < 100 && high - low > 1e-13 * high; step++) {
    const secant = low - (below * (high - low)) / (above - below);
    const middle = secant > low && secant < high ? secant : (low + high) / 2;
    const value = evidence(middle) - limit;
    if (value < 0) {
      [low, below] = [middle, value];
      above /= 2;
    } else {
      [high, above] = [middle, value];
      below /= 2;
    }
  }
  return high;
}
