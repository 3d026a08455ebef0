import { priorWeight } from './blend.js';
import { type BlendWeights, evidenceOf, momentsOf } from './blendScorer.js';
import { FitStopped } from './fitting.js';
import type { History } from './history.js';
import type { FamilyName, ItemScorer } from './itemScorer.js';
import { selectTopK } from './kernels/topKKernel.js';

/** A learner with what was held out of them, as far as a blend can be judged by it: a pool of the items that matter, in ascending order. */
export interface BlendSample {
  /** Of the history, in average interactions. */
  readonly evidence: number;
  /** Row-major, families × pool: standardised scores. */
  readonly standardised: Float32Array;
  /** One per item of the pool. */
  readonly prior: Float32Array;
  /** Places in the pool of the held-out items that can be recommended. */
  readonly relevant: Int32Array;
  /** How many items were held out, in the pool or not; at least 1. */
  readonly relevantCount: number;
}

/** What samples are made of. */
export interface SampleSource {
  /** Fitted models, one a family; popularity among them or not. */
  readonly scorers: readonly ItemScorer[];
  readonly prior: Float64Array;
}

/** Of every family the best so many are in the pool: a blend finds its first twenty among them. */
const POOL_PER_FAMILY = 100;

/**
 * A maker of samples, with scratch memory of its own.
 *
 * @returns a function of a history, the held-out items and which items may be recommended (1: may)
 */
export function createSampler({
  scorers,
  prior,
}: SampleSource): (history: History, heldOut: ArrayLike<number>, eligible: Uint8Array) => BlendSample {
  const collaborative = scorers.filter(({ family }) => family !== 'popularity');
  const itemCount = prior.length;
  const scores = collaborative.map(() => new Float32Array(itemCount));
  const isPooled = new Uint8Array(itemCount);
  const bestByPrior = selectTopK(prior, Math.min(itemCount, 4 * POOL_PER_FAMILY), null);

  return (history, heldOut, eligible) => {
    const pool: number[] = [];
    const add = (item: number): void => {
      if (isPooled[item] === 1 || eligible[item] === 0) return;
      isPooled[item] = 1;
      pool.push(item);
    };
    const moments = collaborative.map((scorer, f) => {
      scorer.score(history, scores[f]!);
      for (const item of selectTopK(scores[f]!, POOL_PER_FAMILY, eligible)) add(item);
      return momentsOf(scores[f]!);
    });
    let taken = 0;
    for (const item of bestByPrior) {
      if (taken === POOL_PER_FAMILY) break;
      if (eligible[item] === 0) continue;
      add(item);
      taken++;
    }
    const relevantItems: number[] = [];
    for (let h = 0; h < heldOut.length; h++) {
      const item = heldOut[h]!;
      if (eligible[item] === 0) continue;
      add(item);
      relevantItems.push(item);
    }
    // In the order of items, in which equal scores are ranked.
    pool.sort((a, b) => a - b);
    const size = pool.length;
    const standardised = new Float32Array(collaborative.length * size);
    moments.forEach(({ mean, deviation }, f) => {
      const scale = deviation > 0 ? 1 / deviation : 0;
      for (let p = 0; p < size; p++) standardised[f * size + p] = scale * (scores[f]![pool[p]!]! - mean);
    });
    agreeWhereUnknown(standardised, collaborative.length, size);
    const placeOf = new Map(pool.map((item, place) => [item, place]));
    for (const item of pool) isPooled[item] = 0;
    return {
      evidence: evidenceOf(history),
      standardised,
      prior: Float32Array.from(pool, (item) => prior[item]!),
      relevant: Int32Array.from(relevantItems, (item) => placeOf.get(item)!),
      relevantCount: heldOut.length,
    };
  };
}

/**
 * A family that cannot score an item is taken to agree with the mean of those that can; an item that none can score is
 * placed with the last of each.
 */
function agreeWhereUnknown(standardised: Float32Array, familyCount: number, size: number): void {
  const leastOf = (f: number): number => {
    let least = 0;
    for (let p = 0; p < size; p++) if (standardised[f * size + p]! < least) least = standardised[f * size + p]!;
    return least;
  };
  for (let p = 0; p < size; p++) {
    let sum = 0;
    let known = 0;
    for (let f = 0; f < familyCount; f++) {
      const z = standardised[f * size + p]!;
      if (Number.isNaN(z)) continue;
      sum += z;
      known++;
    }
    if (known === familyCount) continue;
    for (let f = 0; f < familyCount; f++) {
      if (Number.isNaN(standardised[f * size + p]!)) {
        standardised[f * size + p] = known === 0 ? leastOf(f) : sum / known;
      }
    }
  }
}

/**
 * NDCG@k of each sample under a blend; equal scores rank in the order of the pool, as they do in `topK`.
 *
 * @param families the collaborative families, in the order of the samples' rows
 * @returns one per sample
 */
export function blendNdcgs(
  samples: readonly BlendSample[],
  families: readonly FamilyName[],
  blend: BlendWeights,
  k: number,
): Float64Array {
  const weights = families.map((family) => blend.weights[family] ?? 0);
  const popularityWeight = blend.weights.popularity ?? 0;
  const largest = samples.reduce((most, sample) => Math.max(most, sample.prior.length), 0);
  const scores = new Float64Array(largest);
  const gains = Float64Array.from({ length: k }, (_, place) => 1 / Math.log2(place + 2));
  const ideals = new Float64Array(k + 1);
  for (let place = 0; place < k; place++) ideals[place + 1] = ideals[place]! + gains[place]!;
  return Float64Array.from(samples, (sample) => {
    const { prior, standardised, relevant } = sample;
    const size = prior.length;
    const weightOfPrior = priorWeight(sample.evidence, blend.priorStrength);
    const ofPrior = weightOfPrior + (1 - weightOfPrior) * popularityWeight;
    for (let p = 0; p < size; p++) scores[p] = ofPrior * prior[p]!;
    for (let f = 0; f < weights.length; f++) {
      const weight = (1 - weightOfPrior) * weights[f]!;
      if (weight === 0) continue;
      const row = f * size;
      for (let p = 0; p < size; p++) scores[p]! += weight * standardised[row + p]!;
    }
    let gain = 0;
    for (const place of relevant) {
      const score = scores[place]!;
      let ahead = 0;
      for (let p = 0; p < place; p++) if (scores[p]! >= score) ahead++;
      for (let p = place + 1; p < size; p++) if (scores[p]! > score) ahead++;
      if (ahead < k) gain += gains[ahead]!;
    }
    return gain / ideals[Math.min(k, sample.relevantCount)]!;
  });
}

export interface BlendFit {
  readonly blend: BlendWeights;
  /** Mean NDCG@k over the samples it was fitted on. */
  readonly ndcg: number;
}

const STRENGTHS = [0.2, 0.5, 1, 2, 3, 5, 10, 30, 200, 1e6];
/** Times an equal share. */
const WEIGHTS = [0, 0.2, 0.5, 1, 1.5, 2, 3, 4];
const FIRST_STRENGTH = 3;
const MOST_ROUNDS = 4;
/** With fewer, a standard error is itself a guess: few samples often agree by chance. */
const FEWEST_SAMPLES = 30;

/** Equal weights, which few samples can improve upon: what a blend is before anything is learnt of it. */
export function evenBlend(families: readonly FamilyName[]): BlendWeights {
  return {
    weights: Object.fromEntries(families.map((family) => [family, 1 / families.length])),
    priorStrength: FIRST_STRENGTH,
  };
}

/**
 * The blend that ranks held-out items best: coordinate ascent on the mean NDCG@k, once from equal weights and once from
 * the family that does best alone; the better of the two ends stays, and equal weights in a tie. So it never begins
 * below its best part, as equal weights do when few learners leave most families next to nothing to go by. A change is
 * made only when it gains more than its own standard error: weights fitted closely to a few thousand samples did worse
 * on others than equal ones.
 *
 * @param samples from `createSampler` over the same families
 * @param families the collaborative families, in the order of the samples' rows
 * @param shouldStop polled often; true abandons the fit
 * @returns equal weights when there are fewer than 30 samples
 * @throws FitStopped when `shouldStop` says so
 */
export function fitBlend(
  samples: readonly BlendSample[],
  families: readonly FamilyName[],
  k: number,
  shouldStop: () => boolean = () => false,
): BlendFit {
  const evaluate = (blend: BlendWeights): Candidate => {
    if (shouldStop()) throw new FitStopped();
    return { blend, ndcgs: blendNdcgs(samples, families, blend, k) };
  };
  const bestOf = (blends: readonly BlendWeights[]): Candidate | null =>
    blends
      .map(evaluate)
      .reduce<Candidate | null>(
        (best, one) => (best === null || meanOf(one.ndcgs) > meanOf(best.ndcgs) ? one : best),
        null,
      );
  const start = evaluate(evenBlend(families));
  if (samples.length < FEWEST_SAMPLES || families.length === 0)
    return { blend: start.blend, ndcg: meanOf(start.ndcgs) };

  const ascend = (from: Candidate): Candidate => {
    let best = from;
    const attempt = (blends: readonly BlendWeights[]): boolean => {
      const winner = bestOf(blends);
      if (winner === null || !isGain(winner.ndcgs, best.ndcgs)) return false;
      best = winner;
      return true;
    };
    for (let round = 0; round < MOST_ROUNDS; round++) {
      let improved = attempt(STRENGTHS.map((priorStrength) => ({ ...best.blend, priorStrength })));
      for (const family of [...families, 'popularity' as const]) {
        const { weights, priorStrength } = best.blend;
        const changed = WEIGHTS.map((times) => ({
          priorStrength,
          weights: { ...weights, [family]: times / families.length },
        }));
        improved = attempt(changed.filter((blend) => families.some((name) => blend.weights[name]! > 0))) || improved;
      }
      if (!improved) break;
    }
    return best;
  };

  const fromEven = ascend(start);
  const alone = bestOf(
    families.flatMap((family) => STRENGTHS.map((priorStrength) => ({ weights: { [family]: 1 }, priorStrength }))),
  );
  const fromAlone = alone === null ? fromEven : ascend(alone);
  const winner = meanOf(fromAlone.ndcgs) > meanOf(fromEven.ndcgs) + 1e-9 ? fromAlone : fromEven;
  return { blend: winner.blend, ndcg: meanOf(winner.ndcgs) };
}

interface Candidate {
  readonly blend: BlendWeights;
  readonly ndcgs: Float64Array;
}

/** Whether the mean difference is above 0 by more than its standard error. */
function isGain(after: Float64Array, before: Float64Array): boolean {
  const count = after.length;
  let sum = 0;
  let squares = 0;
  for (let s = 0; s < count; s++) {
    const difference = after[s]! - before[s]!;
    sum += difference;
    squares += difference * difference;
  }
  const mean = sum / count;
  const error = Math.sqrt(Math.max(0, squares / count - mean * mean) / count);
  return mean > 1e-9 && mean > error;
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? 0 : sum / values.length;
}
