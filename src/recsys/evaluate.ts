import { type BootstrapOptions, bootstrapMean, type MeanInterval } from '../stats/bootstrap.js';
import type { CsrMatrix } from './interactions.js';
import { catalogueCoverage, hitRateAtK, ndcgAtK, noveltyBits, recallAtK, reciprocalRank } from './metrics.js';
import { topK } from './topK.js';

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
      const ranked = topK(scores, k, eligible);
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

function cellsOf(matrix: CsrMatrix, row: number): Int32Array {
  return matrix.columnIndices.subarray(matrix.rowOffsets[row], matrix.rowOffsets[row + 1]);
}
