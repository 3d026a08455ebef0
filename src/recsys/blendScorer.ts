import { priorWeight } from './blend.js';
import { assertHistory, type History } from './history.js';
import type { FamilyName, ItemScorer, SparseScores } from './itemScorer.js';

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

/** What scoring a history leaves behind for explaining its scores. */
export interface ScoredHistory {
  /** Weight of what is not the prior, 0 to 1; at 0 the order is exactly that of popularity. */
  readonly collaborativeWeight: number;
  /** Mean and deviation of each part's scores, in the order of the parts. */
  readonly moments: readonly Moments[];
}

/** Scores by several models at once. Immutable but for scratch memory: one per thread. */
export interface BlendScorer {
  readonly itemCount: number;
  /**
   * Scores of every item, higher is better, never NaN.
   *
   * @param out length `itemCount`, overwritten
   * @throws RangeError when the history is outside the catalogue or a length is wrong
   */
  score(history: History, out: Float64Array): ScoredHistory;
  /**
   * Splits the score of one item exactly over the history, popularity and the centring.
   *
   * @param scored what `score` returned for this very history
   * @throws RangeError when the item is outside the catalogue
   */
  explain(history: History, itemIndex: number, scored: ScoredHistory): BlendedSplit;
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
 * @throws RangeError when the lengths differ, a weight is out of range, or a family with a weight is missing or there
 *   twice
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
  const buffers = parts.map(() => new Float32Array(itemCount));
  const isUnknown = (weight: number): boolean => weight > totalWeight * (1 - 1e-9) && totalWeight > 0;
  const gaps = gapsOf(parts, itemCount);
  const missingWeights = new Float64Array(itemCount);
  for (const { items, weight } of gaps) for (const item of items) missingWeights[item] = weight;
  // What one part adds, while it is put together with the others.
  let ofPart = new Float64Array(0);

  /** The sum over the families but popularity, before the prior's share is taken off, into `out`. */
  function sumParts(history: History, out: Float64Array): Moments[] {
    const found = parts.map(({ scorer }, p) => partScores(scorer, history, buffers[p]!));
    const scales = found.map(({ deviation }, p) => (deviation > 0 ? parts[p]!.weight / deviation : 0));
    const centring = found.map(({ mean }, p) => scales[p]! * mean);
    const base = -centring.reduce((sum, value) => sum + value, 0);
    const dense = [...found.keys()].filter((p) => found[p]!.sparse === null);
    setScaled(
      out,
      base,
      dense.map((p) => buffers[p]!),
      dense.map((p) => scales[p]!),
    );
    found.forEach(({ sparse }, p) => {
      if (sparse !== null) addSparse(out, sparse, scales[p]!);
    });
    for (const gap of gaps) fillIn(out, gap, centring);
    const least = gaps.some(({ weight }) => isUnknown(weight)) ? leastKnown(out) : 0;
    for (const { items, weight } of gaps) if (isUnknown(weight)) for (const item of items) out[item] = least;
    return found.map(({ mean, deviation, count }) => ({ mean, deviation, count }));
  }

  /** Puts what the others say of items in the place of what some parts cannot say. */
  function fillIn(out: Float64Array, { items, missing, weight }: Gap, centring: readonly number[]): void {
    if (isUnknown(weight)) {
      for (const item of items) out[item] = 0;
      return;
    }
    const share = totalWeight / (totalWeight - weight);
    const taken = missing.reduce((sum, p) => sum + centring[p]!, 0);
    for (let i = 0; i < items.length; i++) out[items[i]!] = share * (out[items[i]!]! + taken);
  }

  return {
    itemCount,
    score(history, out) {
      assertHistory(history, itemCount);
      if (out.length !== itemCount) throw new RangeError(`There are ${itemCount} items and ${out.length} places.`);
      const weight = priorWeight(evidenceOf(history), blend.priorStrength);
      if (weight === 1 || parts.length === 0) {
        out.set(prior);
        return { collaborativeWeight: 0, moments: [] };
      }
      const moments = sumParts(history, out);
      const ofPrior = weight + (1 - weight) * popularityWeight;
      for (let item = 0; item < itemCount; item++) out[item] = (1 - weight) * out[item]! + ofPrior * prior[item]!;
      return { collaborativeWeight: 1 - weight, moments };
    },
    explain(history, itemIndex, { collaborativeWeight, moments }) {
      if (!Number.isInteger(itemIndex) || itemIndex < 0 || itemIndex >= itemCount) {
        throw new RangeError(`Item ${itemIndex} is outside a model of ${itemCount} items.`);
      }
      const contributions = new Float64Array(history.itemIndices.length);
      const popularity = (1 - collaborativeWeight + collaborativeWeight * popularityWeight) * prior[itemIndex]!;
      if (moments.length === 0) return { contributions, popularity, centring: 0, score: popularity };
      const missingWeight = missingWeights[itemIndex]!;
      if (isUnknown(missingWeight)) {
        // It is placed with the last, and nothing in the history speaks for that.
        const all = new Float64Array(itemCount);
        this.score(history, all);
        const score = all[itemIndex]!;
        return { contributions, popularity, centring: score - popularity, score };
      }
      const known = (collaborativeWeight * totalWeight) / (totalWeight - missingWeight);
      let centring = 0;
      if (ofPart.length !== contributions.length) ofPart = new Float64Array(contributions.length);
      for (let p = 0; p < parts.length; p++) {
        const { contributions: own, base } = parts[p]!.scorer.explain(history, itemIndex, ofPart);
        if (Number.isNaN(base)) continue;
        const { mean, deviation } = moments[p]!;
        const share = deviation > 0 ? (known * parts[p]!.weight) / deviation : 0;
        for (let j = 0; j < contributions.length; j++) contributions[j]! += share * own[j]!;
        centring += share * (base - mean);
      }
      let score = popularity + centring;
      for (let j = 0; j < contributions.length; j++) score += contributions[j]!;
      return { contributions, popularity, centring, score };
    },
  };
}

/** Mean and (population) standard deviation of scores, and how many there are. */
export interface Moments {
  readonly mean: number;
  /** At least 0; 0 when all are the same to float32 rounding. */
  readonly deviation: number;
  readonly count: number;
}

/** The moments of those scores that are numbers, in one pass. */
export function momentsOf(scores: Float32Array): Moments {
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
  return momentsFrom(sum, squares, count);
}

function momentsFrom(sum: number, squares: number, count: number): Moments {
  if (count === 0) return { mean: 0, deviation: 0, count };
  const mean = sum / count;
  const variance = squares / count - mean * mean;
  // Below this share of the mean square, a variance is the rounding of float32 scores.
  return { mean, deviation: variance > (LEAST_VARIANCE_SHARE * squares) / count ? Math.sqrt(variance) : 0, count };
}

/** What one model says of all items, 0 for those that it does not know; `sparse` where it says little. */
type PartScores = Moments & { readonly sparse: SparseScores | null };

/** @param buffer for the scores, unless they are sparse */
function partScores(scorer: ItemScorer, history: History, buffer: Float32Array): PartScores {
  const { itemCount, unknownItems } = scorer;
  const sparse = scorer.sparseScores(history);
  let sum = 0;
  let squares = 0;
  if (sparse === null) {
    scorer.score(history, buffer);
    for (let i = 0; i < unknownItems.length; i++) buffer[unknownItems[i]!] = 0;
    // In two sums each, so that no addition has to wait for the one before it.
    let otherSum = 0;
    let otherSquares = 0;
    for (let item = 0; item + 1 < itemCount; item += 2) {
      const score = buffer[item]!;
      const other = buffer[item + 1]!;
      sum += score;
      squares += score * score;
      otherSum += other;
      otherSquares += other * other;
    }
    if (itemCount % 2 === 1) {
      const score = buffer[itemCount - 1]!;
      sum += score;
      squares += score * score;
    }
    sum += otherSum;
    squares += otherSquares;
  } else {
    for (let i = 0; i < sparse.count; i++) {
      const score = sparse.values[sparse.items[i]!]!;
      sum += score;
      squares += score * score;
    }
  }
  return { ...momentsFrom(sum, squares, itemCount - unknownItems.length), sparse };
}

/** `base + Σ_p scale_p · scores_p` into `out`, in one pass over each two of them: a pass costs more than what it adds. */
function setScaled(out: Float64Array, base: number, parts: readonly Float32Array[], scales: readonly number[]): void {
  const [first, second, ...others] = parts;
  const [firstScale = 0, secondScale = 0, ...otherScales] = scales;
  if (first === undefined) out.fill(base);
  else if (second === undefined)
    for (let item = 0; item < out.length; item++) out[item] = base + firstScale * first[item]!;
  else {
    for (let item = 0; item < out.length; item++) {
      out[item] = base + firstScale * first[item]! + secondScale * second[item]!;
    }
  }
  others.forEach((scores, p) => {
    const scale = otherScales[p]!;
    for (let item = 0; item < out.length; item++) out[item]! += scale * scores[item]!;
  });
}

function addSparse(out: Float64Array, { values, items, count }: SparseScores, scale: number): void {
  for (let i = 0; i < count; i++) out[items[i]!]! += scale * values[items[i]!]!;
}

/** Items that the same parts cannot score. */
interface Gap {
  readonly items: Int32Array;
  /** The parts, and their weight together. */
  readonly missing: readonly number[];
  readonly weight: number;
}

function gapsOf(parts: readonly { readonly scorer: ItemScorer; readonly weight: number }[], itemCount: number): Gap[] {
  const missingFrom = new Int32Array(itemCount);
  parts.forEach(({ scorer }, p) => {
    for (const item of scorer.unknownItems) missingFrom[item]! |= 1 << p;
  });
  const itemsBySet = new Map<number, number[]>();
  missingFrom.forEach((set, item) => {
    if (set === 0) return;
    const items = itemsBySet.get(set) ?? [];
    items.push(item);
    itemsBySet.set(set, items);
  });
  return [...itemsBySet].map(([set, items]) => {
    const missing = [...parts.keys()].filter((p) => (set & (1 << p)) !== 0);
    return { items: Int32Array.from(items), missing, weight: missing.reduce((sum, p) => sum + parts[p]!.weight, 0) };
  });
}

function leastKnown(scores: Float64Array): number {
  let least = 0;
  for (let item = 0; item < scores.length; item++) if (scores[item]! < least) least = scores[item]!;
  return least;
}

const LEAST_VARIANCE_SHARE = 1e-10;

function assertBlend(scorers: readonly ItemScorer[], itemCount: number, blend: BlendWeights): void {
  if (!(blend.priorStrength > 0)) throw new RangeError(`priorStrength must be above 0, not ${blend.priorStrength}.`);
  for (const [family, weight] of Object.entries(blend.weights)) {
    if (!(weight >= 0 && Number.isFinite(weight))) {
      throw new RangeError(`The weight of ${family} must be at least 0, not ${weight}.`);
    }
    if (weight > 0 && family !== 'popularity' && scorers.filter((scorer) => scorer.family === family).length !== 1) {
      throw new RangeError(`The blend needs one model of the family ${family}.`);
    }
  }
  for (const scorer of scorers) {
    if (scorer.itemCount !== itemCount) {
      throw new RangeError(`The ${scorer.family} model has ${scorer.itemCount} items, the prior ${itemCount}.`);
    }
  }
}
