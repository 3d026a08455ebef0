import { priorWeight } from './blend.js';
import type { History } from './history.js';
import type { FamilyName, ItemScorer } from './itemScorer.js';

/** How the scores of several families are put together. Plain values, as they are stored. */
export interface BlendWeights {
  /** Weight of each family's standardised score, at least 0; a family that is left out weighs nothing. */
  readonly weights: Readonly<Partial<Record<FamilyName, number>>>;
  /** Evidence, in average interactions, at which popularity and all the rest weigh the same. Above 0. */
  readonly priorStrength: number;
}

/** How a blended score comes about: `popularity`, `centring` and the contributions sum to it. */
export interface BlendedSplit {
  /** What each item of the history adds, in the history's order. */
  readonly contributions: Float64Array;
  readonly popularity: number;
  /** What standardising takes away from every item alike. */
  readonly centring: number;
  readonly score: number;
}

/** Scores by several models at once. Immutable but for scratch memory: one per thread. */
export interface BlendScorer {
  readonly itemCount: number;
  /**
   * Scores of every item, higher is better, never NaN.
   *
   * @param out length `itemCount`, overwritten
   * @returns the weight of what is not the prior, 0 to 1; at 0 the order is exactly that of popularity
   */
  score(history: History, out: Float64Array): number;
  /** Splits the score of one item exactly over the history, popularity and the centring. */
  explain(history: History, itemIndex: number): BlendedSplit;
}

/** The sum of the positive confidences of a history, in average interactions. */
export function evidenceOf(history: History): number {
  let evidence = 0;
  for (const value of history.values) if (value > 0) evidence += value;
  return evidence;
}

/**
 * A scorer that blends standardised scores with a popularity prior that yields to evidence:
 *
 * `score_i = (1 − w) · Σ_f a_f (s_fi − mean_f) / deviation_f + w · prior_i`, `w = 1 / (1 + n / priorStrength)`
 *
 * with mean and deviation over the items that family f can score. Popularity takes part in the sum with the prior
 * itself. An item that some families cannot score is scored by the others, as if those agreed with them; one that none
 * can score is placed with the last of the others.
 *
 * @param scorers of one catalogue, each family at most once; those without a weight are left alone
 * @param prior one per item, from `popularityPrior`
 * @throws RangeError when the lengths differ or a weight is out of range
 */
export function createBlendScorer(
  scorers: readonly ItemScorer[],
  prior: Float64Array,
  blend: BlendWeights,
): BlendScorer {
  const itemCount = prior.length;
  assertBlend(scorers, itemCount, blend);
  const popularityWeight = blend.weights.popularity ?? 0;
  const parts = scorers
    .filter(({ family }) => family !== 'popularity' && (blend.weights[family] ?? 0) > 0)
    .map((scorer) => ({ scorer, weight: blend.weights[scorer.family] as number }));
  const totalWeight = parts.reduce((sum, { weight }) => sum + weight, 0);
  const scores = new Float32Array(itemCount);
  const missing = new Float64Array(itemCount);

  /** The sum over the families, before the prior's share is taken off, into `out`. */
  function sumParts(history: History, out: Float64Array): void {
    for (let item = 0; item < itemCount; item++) out[item] = 0;
    missing.fill(0);
    let anyMissing = false;
    for (const { scorer, weight } of parts) {
      scorer.score(history, scores);
      const { mean, deviation, count } = momentsOf(scores);
      const scale = deviation > 0 ? weight / deviation : 0;
      if (count === itemCount) {
        for (let item = 0; item < itemCount; item++) out[item]! += scale * (scores[item]! - mean);
        continue;
      }
      anyMissing = true;
      for (let item = 0; item < itemCount; item++) {
        const score = scores[item]!;
        if (Number.isNaN(score)) missing[item]! += weight;
        else out[item]! += scale * (score - mean);
      }
    }
    if (anyMissing) fillIn(out);
    if (popularityWeight > 0) for (let item = 0; item < itemCount; item++) out[item]! += popularityWeight * prior[item]!;
  }

  function fillIn(out: Float64Array): void {
    let least = 0;
    for (let item = 0; item < itemCount; item++) {
      if (missing[item] === 0) {
        if (out[item]! < least) least = out[item]!;
      } else if (!isUnknown(missing[item]!)) {
        out[item]! *= totalWeight / (totalWeight - missing[item]!);
        if (out[item]! < least) least = out[item]!;
      }
    }
    for (let item = 0; item < itemCount; item++) if (isUnknown(missing[item]!)) out[item] = least;
  }

  const isUnknown = (weight: number): boolean => weight > totalWeight * (1 - 1e-9) && totalWeight > 0;

  return {
    itemCount,
    score(history, out) {
      if (out.length !== itemCount) throw new RangeError(`There are ${itemCount} items and ${out.length} places.`);
      const weight = priorWeight(evidenceOf(history), blend.priorStrength);
      if (weight === 1) {
        out.set(prior);
        return 0;
      }
      sumParts(history, out);
      for (let item = 0; item < itemCount; item++) out[item] = (1 - weight) * out[item]! + weight * prior[item]!;
      return 1 - weight;
    },
    explain(history, itemIndex) {
      if (!Number.isInteger(itemIndex) || itemIndex < 0 || itemIndex >= itemCount) {
        throw new RangeError(`Item ${itemIndex} is outside a model of ${itemCount} items.`);
      }
      const contributions = new Float64Array(history.itemIndices.length);
      const weight = priorWeight(evidenceOf(history), blend.priorStrength);
      const popularity = (weight + (1 - weight) * popularityWeight) * prior[itemIndex]!;
      if (weight === 1) return { contributions, popularity, centring: 0, score: popularity };
      const terms = parts.map(({ scorer, weight: partWeight }) => {
        scorer.score(history, scores);
        const { mean, deviation } = momentsOf(scores);
        const isKnown = !Number.isNaN(scores[itemIndex]!);
        return { scorer, partWeight, isKnown, mean, scale: deviation > 0 ? partWeight / deviation : 0 };
      });
      const known = terms.reduce((sum, term) => sum + (term.isKnown ? term.partWeight : 0), 0);
      if (known === 0 && totalWeight > 0) {
        // Placed with the last: nothing in the history speaks for it.
        const all = new Float64Array(itemCount);
        this.score(history, all);
        const score = all[itemIndex]!;
        return { contributions, popularity, centring: score - popularity, score };
      }
      const share = known > 0 ? ((1 - weight) * totalWeight) / known : 0;
      let centring = 0;
      for (const { scorer, isKnown, mean, scale } of terms) {
        if (!isKnown) continue;
        const split = scorer.explain(history, itemIndex);
        for (let j = 0; j < contributions.length; j++) contributions[j]! += share * scale * split.contributions[j]!;
        centring += share * scale * (split.base - mean);
      }
      const score = contributions.reduce((sum, value) => sum + value, popularity + centring);
      return { contributions, popularity, centring, score };
    },
  };
}

/** Mean and (population) standard deviation of those that are numbers, in one pass, and how many there are. */
export function momentsOf(scores: Float32Array): { mean: number; deviation: number; count: number } {
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let item = 0; item < scores.length; item++) {
    const score = scores[item]!;
    if (Number.isNaN(score)) continue;
    sum += score;
    squares += score * score;
    count++;
  }
  if (count === 0) return { mean: 0, deviation: 0, count };
  const mean = sum / count;
  const variance = squares / count - mean * mean;
  // Below this share of the mean square, a variance is the rounding of float32 scores.
  return { mean, deviation: variance > (LEAST_VARIANCE_SHARE * squares) / count ? Math.sqrt(variance) : 0, count };
}

const LEAST_VARIANCE_SHARE = 1e-10;

function assertBlend(scorers: readonly ItemScorer[], itemCount: number, blend: BlendWeights): void {
  if (!(blend.priorStrength > 0)) throw new RangeError(`priorStrength must be above 0, not ${blend.priorStrength}.`);
  for (const [family, weight] of Object.entries(blend.weights)) {
    if (!(weight >= 0 && Number.isFinite(weight))) {
      throw new RangeError(`The weight of ${family} must be at least 0, not ${weight}.`);
    }
    if (weight > 0 && family !== 'popularity' && !scorers.some((scorer) => scorer.family === family)) {
      throw new RangeError(`The blend needs a model of the family ${family}.`);
    }
  }
  for (const scorer of scorers) {
    if (scorer.itemCount !== itemCount) {
      throw new RangeError(`The ${scorer.family} model has ${scorer.itemCount} items, the prior ${itemCount}.`);
    }
  }
}
