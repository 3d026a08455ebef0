import { type BootstrapOptions, bootstrapMean, type MeanInterval, quantile } from '../stats/bootstrap.js';
import { spreadOf } from './blend.js';
import { FitStopped } from './fitting.js';
import type { History } from './history.js';
import type { CsrMatrix } from './interactions.js';
import { selectTopK } from './kernels/topKKernel.js';
import {
  cappedRecallAtK,
  catalogueCoverage,
  hitRateAtK,
  ndcgAtK,
  noveltyBits,
  recallAtK,
  reciprocalRank,
} from './metrics.js';

/** Writes one score per item for one learner; NaN = cannot score. */
export type Scorer = (learnerIndex: number, out: Float64Array) => void;

/** What scorers are asked: rank all items that the learner has not had, and so find the held-out ones. */
export interface RankingTask {
  /** Learners × items. A learner's cells here are masked out of the ranking. */
  readonly train: CsrMatrix;
  /** Learners × items: the cells to be found. */
  readonly heldOut: CsrMatrix;
  /** Rows to evaluate, each with at least one held-out cell. */
  readonly learners: ArrayLike<number>;
  /** How many recommendations are looked at, at least 1. */
  readonly k: number;
}

/** How one scorer did. The arrays hold one value per evaluated learner, in the order of `task.learners`. */
export interface RankingResult {
  readonly recall: Float64Array;
  readonly ndcg: Float64Array;
  readonly hitRate: Float64Array;
  /** Over the full ranking, not the first k. */
  readonly reciprocalRank: Float64Array;
  /** Share of the catalogue among the first k of anyone. */
  readonly coverage: number;
  /** Of the first k, in bits. */
  readonly noveltyBits: number;
}

/**
 * Full-ranking evaluation: each scorer ranks every item that a learner has not had, and is measured by where the
 * held-out ones come. All scorers see the same learners in the same order, so their arrays can be compared in pairs;
 * one learner goes through all scorers before the next, so scorers may share what they compute for a learner.
 *
 * @returns one result per scorer
 * @throws RangeError when the matrices differ in shape, or a learner has nothing held out
 */
export function evaluateScorers(task: RankingTask, scorers: readonly Scorer[]): RankingResult[] {
  const { train, heldOut, learners, k } = task;
  const { rowCount, columnCount: itemCount } = train;
  if (heldOut.rowCount !== rowCount || heldOut.columnCount !== itemCount) {
    throw new RangeError(
      `Held-out cells are ${heldOut.rowCount} × ${heldOut.columnCount}, training ones ${rowCount} × ${itemCount}.`,
    );
  }
  const learnersPerItem = new Int32Array(itemCount);
  for (const item of train.columnIndices) learnersPerItem[item]!++;
  const runs = scorers.map((scorer) => ({
    scorer,
    recall: new Float64Array(learners.length),
    ndcg: new Float64Array(learners.length),
    hitRate: new Float64Array(learners.length),
    reciprocalRank: new Float64Array(learners.length),
    recommendedCounts: new Int32Array(itemCount),
  }));
  const eligible = new Uint8Array(itemCount).fill(1);
  const scores = new Float64Array(itemCount);
  for (let l = 0; l < learners.length; l++) {
    const learner = learners[l]!;
    const relevant = new Set(cellsOf(heldOut, learner));
    if (relevant.size === 0) throw new RangeError(`Learner ${learner} has nothing held out.`);
    const taken = cellsOf(train, learner);
    for (const item of taken) eligible[item] = 0;
    for (const run of runs) {
      run.scorer(learner, scores);
      const ranked = selectTopK(scores, k, eligible);
      run.recall[l] = recallAtK(ranked, relevant, k);
      run.ndcg[l] = ndcgAtK(ranked, relevant, k);
      run.hitRate[l] = hitRateAtK(ranked, relevant, k);
      run.reciprocalRank[l] = reciprocalRank(scores, relevant, eligible);
      for (const item of ranked) run.recommendedCounts[item]!++;
    }
    for (const item of taken) eligible[item] = 1;
  }
  return runs.map(({ recommendedCounts, recall, ndcg, hitRate, reciprocalRank }) => ({
    recall,
    ndcg,
    hitRate,
    reciprocalRank,
    coverage: catalogueCoverage(recommendedCounts),
    noveltyBits: noveltyBits(recommendedCounts, learnersPerItem, rowCount),
  }));
}

/** Means over learners with their bootstrap intervals; null where no learner was evaluated. */
export interface RankingSummary {
  readonly recall: MeanInterval | null;
  readonly ndcg: MeanInterval | null;
  readonly hitRate: MeanInterval | null;
  /** MRR. */
  readonly reciprocalRank: MeanInterval | null;
  readonly coverage: number;
  readonly noveltyBits: number;
}

/** A result's means with percentile bootstrap intervals over learners. */
export function summarise(result: RankingResult, bootstrap: BootstrapOptions): RankingSummary {
  return {
    recall: bootstrapMean(result.recall, bootstrap),
    ndcg: bootstrapMean(result.ndcg, bootstrap),
    hitRate: bootstrapMean(result.hitRate, bootstrap),
    reciprocalRank: bootstrapMean(result.reciprocalRank, bootstrap),
    coverage: result.coverage,
    noveltyBits: result.noveltyBits,
  };
}

/** Learners whose held-out items are to be found from their histories; the rows of all matrices are these learners. */
export interface RankingProtocol {
  readonly itemCount: number;
  /** Learners × items: what scorers are told. Signed confidences; an empty row is a learner we know nothing of. */
  readonly histories: CsrMatrix;
  /** Beside `histories.values`; null: order and age are unknown. */
  readonly historyAtMs: Float64Array | null;
  /** Learners × items: left out of the ranking of those without candidates. */
  readonly taken: CsrMatrix;
  /**
   * What is to be found, at least one in each row. Columns from `itemCount` on are items that no scorer knows: they
   * count as relevant, and are never found.
   */
  readonly heldOut: CsrMatrix;
  readonly candidates: CandidateLists | null;
}

/** What some or all learners' rankings are restricted to. */
export interface CandidateLists {
  /** One per learner; 0: every item that was not taken is ranked. */
  readonly isListed: Uint8Array;
  /** Learners × items; these are ranked even when they were taken. */
  readonly items: CsrMatrix;
}

/** The metrics of one ranking, and how many of its first items coverage and popularity look at. */
export const LEARNER_METRICS = ['HR@10', 'Recall@20', 'Recall@50', 'NDCG@10', 'NDCG@20', 'NDCG@100', 'MRR'] as const;
export type LearnerMetric = (typeof LEARNER_METRICS)[number];
export const SHOWN_COUNT = 20;

const DEEPEST = 100;
const LEARNERS_BETWEEN_CALLS = 64;

/** How one scorer ranked, one row per learner of the protocol. */
export interface RankingFigures {
  /** Each 0 to 1. HR and NDCG as in `hitRateAtK` and `ndcgAtK`, Recall as in `cappedRecallAtK`, MRR over the full ranking. */
  readonly metrics: Readonly<Record<LearnerMetric, Float64Array>>;
  /** Row-major, learners × `SHOWN_COUNT`: the first items of each ranking, best first; −1 where it is shorter. */
  readonly shownItems: Int32Array;
}

export interface RankingHooks {
  /** Called now and then, and at the end. */
  readonly onLearner?: (done: number, total: number) => void;
  /** Polled often; true abandons the evaluation. */
  readonly shouldStop?: () => boolean;
}

/**
 * Asks one scorer for every learner's ranking and measures where the held-out items come.
 *
 * Items with equal scores are ranked by ascending index. Where many scores are equal, as for a learner without history,
 * that order decides the figures: number the items at random, so that it favours none.
 *
 * @param scorer NaN scores are ranked nowhere, behind everything
 * @throws RangeError when the scorer is for another number of items, or a learner has nothing held out
 * @throws FitStopped when `hooks.shouldStop` says so
 */
export function rankForLearners(
  protocol: RankingProtocol,
  scorer: { readonly itemCount: number; score(history: History, out: Float32Array): void },
  hooks: RankingHooks = {},
): RankingFigures {
  const { itemCount, histories, historyAtMs, taken, heldOut, candidates } = protocol;
  const learnerCount = heldOut.rowCount;
  if (scorer.itemCount !== itemCount) {
    throw new RangeError(`The scorer knows ${scorer.itemCount} items, the protocol ${itemCount}.`);
  }
  const column = (): Float64Array => new Float64Array(learnerCount);
  const metrics: Record<LearnerMetric, Float64Array> = {
    'HR@10': column(),
    'Recall@20': column(),
    'Recall@50': column(),
    'NDCG@10': column(),
    'NDCG@20': column(),
    'NDCG@100': column(),
    MRR: column(),
  };
  const shownItems = new Int32Array(learnerCount * SHOWN_COUNT).fill(-1);
  const scores = new Float32Array(itemCount);
  const listedScores = new Float32Array(itemCount);
  for (let learner = 0; learner < learnerCount; learner++) {
    if (learner % LEARNERS_BETWEEN_CALLS === 0) {
      if (hooks.shouldStop?.()) throw new FitStopped();
      hooks.onLearner?.(learner, learnerCount);
    }
    const relevant = new Set(cellsOf(heldOut, learner));
    if (relevant.size === 0) throw new RangeError(`Learner ${learner} has nothing held out.`);
    scorer.score(historyOf(histories, historyAtMs, learner), scores);
    let rankable = scores;
    if (candidates !== null && candidates.isListed[learner] !== 0) {
      listedScores.fill(Number.NaN);
      for (const item of cellsOf(candidates.items, learner)) listedScores[item] = scores[item]!;
      rankable = listedScores;
    } else {
      for (const item of cellsOf(taken, learner)) scores[item] = Number.NaN;
    }
    const ranked = selectTopK(rankable, DEEPEST, null);
    metrics['HR@10'][learner] = hitRateAtK(ranked, relevant, 10);
    metrics['Recall@20'][learner] = cappedRecallAtK(ranked, relevant, 20);
    metrics['Recall@50'][learner] = cappedRecallAtK(ranked, relevant, 50);
    metrics['NDCG@10'][learner] = ndcgAtK(ranked, relevant, 10);
    metrics['NDCG@20'][learner] = ndcgAtK(ranked, relevant, 20);
    metrics['NDCG@100'][learner] = ndcgAtK(ranked, relevant, 100);
    const firstHit = ranked.findIndex((item) => relevant.has(item));
    metrics.MRR[learner] = firstHit >= 0 ? 1 / (firstHit + 1) : reciprocalRank(rankable, relevant, null);
    shownItems.set(ranked.subarray(0, SHOWN_COUNT), learner * SHOWN_COUNT);
  }
  hooks.onLearner?.(learnerCount, learnerCount);
  return { metrics, shownItems };
}

/** Of a recommended item: how many of the learners that models are fitted on wanted it, as a mean over each list. */
export function shownPopularity(shownItems: Int32Array, learnersPerItem: ArrayLike<number>): Float64Array {
  const means = new Float64Array(shownItems.length / SHOWN_COUNT);
  for (let learner = 0; learner < means.length; learner++) {
    let sum = 0;
    let count = 0;
    for (; count < SHOWN_COUNT && shownItems[learner * SHOWN_COUNT + count]! >= 0; count++) {
      sum += learnersPerItem[shownItems[learner * SHOWN_COUNT + count]!]!;
    }
    means[learner] = count === 0 ? 0 : sum / count;
  }
  return means;
}

/**
 * Share of the catalogue that is among the first `SHOWN_COUNT` of anyone, with a bootstrap interval over learners.
 *
 * A resample repeats learners, so that fewer different ones show fewer items than all do: the resampled shares tell the
 * spread, not the level, and the interval is their middle part moved so that its centre of mass is the share of all.
 *
 * @returns null without learners or items
 */
export function bootstrapCoverage(
  shownItems: Int32Array,
  itemCount: number,
  { random, resamples = 1000, confidenceLevel = 0.95 }: BootstrapOptions,
): MeanInterval | null {
  const learnerCount = shownItems.length / SHOWN_COUNT;
  if (learnerCount === 0 || itemCount === 0) return null;
  const lastSeenIn = new Int32Array(itemCount).fill(-1);
  const shareOf = (resample: number, drawLearner: (place: number) => number): number => {
    let shown = 0;
    for (let place = 0; place < learnerCount; place++) {
      const from = drawLearner(place) * SHOWN_COUNT;
      for (let at = from; at < from + SHOWN_COUNT && shownItems[at]! >= 0; at++) {
        if (lastSeenIn[shownItems[at]!] === resample) continue;
        lastSeenIn[shownItems[at]!] = resample;
        shown++;
      }
    }
    return shown / itemCount;
  };
  const share = shareOf(resamples, (place) => place);
  const shares = Float64Array.from({ length: resamples }, (_, r) => shareOf(r, () => random.below(learnerCount)));
  const { mean } = spreadOf(shares);
  const centred = shares.map((one) => Math.min(1, Math.max(0, share + one - mean))).sort();
  const tail = (1 - confidenceLevel) / 2;
  return { mean: share, low: quantile(centred, tail), high: quantile(centred, 1 - tail), count: learnerCount };
}

function historyOf(histories: CsrMatrix, historyAtMs: Float64Array | null, learner: number): History {
  const start = histories.rowOffsets[learner]!;
  const end = histories.rowOffsets[learner + 1]!;
  return {
    itemIndices: histories.columnIndices.subarray(start, end),
    values: histories.values.subarray(start, end),
    atMs: historyAtMs === null ? null : historyAtMs.subarray(start, end),
  };
}

function cellsOf(matrix: CsrMatrix, row: number): Int32Array {
  return matrix.columnIndices.subarray(matrix.rowOffsets[row], matrix.rowOffsets[row + 1]);
}
