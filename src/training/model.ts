import type { ConfidenceWeights } from '../learners/confidence.js';
import type { IalsModel, IalsOptions } from '../recsys/als.js';
import { blendWithPrior, popularityPrior, priorWeight } from '../recsys/blend.js';
import type { RankingSummary } from '../recsys/evaluate.js';
import { createFoldIn, explainAlong, type FoldIn, foldIn, scoreItems, scoreSpread } from '../recsys/foldIn.js';
import type { History } from '../recsys/history.js';
import { itemCosines, itemNorms } from '../recsys/similar.js';
import { topK } from '../recsys/topK.js';
import type { MeanInterval } from '../stats/bootstrap.js';

/** One setting that was tried on the holdout. */
export interface TriedSetting {
  readonly als: IalsOptions;
  readonly priorStrength: number;
  /** Of the blend, NDCG@k on the tuning learners. */
  readonly ndcg: number;
}

/** How the model did on what came after a cut in time, when fitted on what came before. */
export interface HoldoutReport {
  readonly cutMs: number;
  readonly trainInteractionCount: number;
  readonly heldOutInteractionCount: number;
  /** Learners with held-out interactions who were, and were not, known before the cut. */
  readonly warmLearnerCount: number;
  readonly coldLearnerCount: number;
  /** Learners that the settings were chosen on, and the others that the figures below are measured on. */
  readonly tunedOnCount: number;
  readonly measuredOnCount: number;
  readonly tried: readonly TriedSetting[];
  /** How many recommendations were looked at. */
  readonly k: number;
  readonly popularity: RankingSummary;
  readonly collaborative: RankingSummary;
  readonly blend: RankingSummary;
  /** Per-learner difference in NDCG@k, blend less popularity. */
  readonly blendOverPopularity: MeanInterval;
}

/** Whether a model may go live, and why, in plain words. */
export interface GateVerdict {
  readonly passed: boolean;
  readonly reason: string;
}

/** The finished product of training: plain values, as they are stored. */
export interface TrainedModel {
  /** The course of each item index. */
  readonly courseIds: readonly string[];
  /** The moment that the activity was taken as of. */
  readonly trainedAsOfMs: number;
  /** Learner–course pairs that told something, and how many learners they are of. */
  readonly interactionCount: number;
  readonly learnerCount: number;
  /** How many learners took a course up of their own accord, whenever that was; one per item. */
  readonly learnersPerCourse: readonly number[];
  /** Time-decayed, in average interactions; one per item. */
  readonly popularity: Float32Array;
  readonly popularityHalfLifeDays: number;
  /** What a history's confidences must be computed with. */
  readonly confidenceWeights: ConfidenceWeights;
  /** Brings the mean positive confidence of the training data to 1. */
  readonly confidenceScale: number;
  /** Null: too little activity; the model knows popularity only. */
  readonly als: IalsModel | null;
  /** Evidence, in average interactions, at which popularity and the collaborative score weigh the same. */
  readonly priorStrength: number;
  /** Null: too little activity to measure. */
  readonly holdout: HoldoutReport | null;
  readonly gate: GateVerdict;
}

/** A trained model made ready to serve. Immutable but for scratch memory: one per thread. */
export interface Model {
  readonly trained: TrainedModel;
  readonly courseIds: readonly string[];
  readonly indexByCourseId: ReadonlyMap<string, number>;
  /** See `popularityPrior`; one per item. */
  readonly prior: Float64Array;
  readonly meanPrior: number;
  /** Null: popularity only. */
  readonly foldIn: FoldIn | null;
  /** See `itemNorms`; empty without factors. */
  readonly itemNorms: Float64Array;
}

/** Makes a trained model ready to serve. */
export function loadModel(trained: TrainedModel): Model {
  const { courseIds, als } = trained;
  const prior = popularityPrior(trained.popularity);
  return {
    trained,
    courseIds,
    indexByCourseId: new Map(courseIds.map((courseId, itemIndex) => [courseId, itemIndex])),
    prior,
    meanPrior: prior.reduce((sum, value) => sum + value, 0) / Math.max(1, prior.length),
    foldIn: als === null ? null : createFoldIn(als),
    itemNorms: als === null ? new Float64Array(0) : itemNorms(als),
  };
}

export interface HistoryScores {
  /** One per item, higher is better; never NaN. In standard deviations of the blended parts. */
  readonly scores: Float64Array;
  /** Share of the collaborative score, 0 to 1; the rest is popularity. 0: the order is exactly that of popularity. */
  readonly collaborativeWeight: number;
  /** Null without factors. Hand them to `explainScore` to spare it the fold-in. */
  readonly learnerFactors: Float64Array | null;
}

/**
 * Scores of every item for one learner.
 *
 * @param history signed confidences from `courseConfidence` with the model's weights, as they are: the model scales
 *   them
 * @throws RangeError when the history is outside the model
 */
export function scoreHistory(model: Model, history: History): HistoryScores {
  if (model.foldIn === null) return { scores: model.prior.slice(), collaborativeWeight: 0, learnerFactors: null };
  const scaled = scaledHistory(model, history);
  const learnerFactors = foldIn(model.foldIn, scaled);
  const weight = priorWeight(evidenceOf(scaled), model.trained.priorStrength);
  const collaborative = scoreItems(model.foldIn.model, learnerFactors);
  const spread = scoreSpread(model.foldIn, learnerFactors);
  return {
    scores: blendWithPrior(collaborative, spread, model.prior, weight),
    collaborativeWeight: 1 - weight,
    learnerFactors,
  };
}

export interface ScoreExplanation {
  /** What each course of the history adds, in the history's order. */
  readonly contributions: Float64Array;
  /** What popularity adds. */
  readonly popularity: number;
  /** The sum of all: the item's score from `scoreHistory`, to rounding. */
  readonly score: number;
}

/**
 * Splits the score of one item, exactly, over the learner's history and popularity. A course's contribution is what it
 * adds compared with the average item: lifting everything alike is no reason.
 *
 * @param history the very one that was scored
 * @param learnerFactors as `scoreHistory` returned them for it, where they are at hand
 * @throws RangeError when the history or the item is outside the model
 */
export function explainScore(
  model: Model,
  history: History,
  itemIndex: number,
  learnerFactors: Float64Array | null = null,
): ScoreExplanation {
  const prior = model.prior[itemIndex];
  if (prior === undefined) throw new RangeError(`Item ${itemIndex} is outside a model of ${model.prior.length} items.`);
  if (model.foldIn === null) {
    return { contributions: new Float64Array(history.itemIndices.length), popularity: prior, score: prior };
  }
  const als = model.foldIn.model;
  const scaled = scaledHistory(model, history);
  const factors = learnerFactors ?? foldIn(model.foldIn, scaled);
  const weight = priorWeight(evidenceOf(scaled), model.trained.priorStrength);
  const { deviation } = scoreSpread(model.foldIn, factors);
  const scale = deviation > 0 ? (1 - weight) / deviation : 0;
  const lead = model.foldIn.meanItem.map((mean, k) => als.itemFactors[itemIndex * als.rank + k]! - mean);
  const contributions = explainAlong(model.foldIn, scaled, lead, factors).map((value) => scale * value);
  const popularity = weight * prior;
  return { contributions, popularity, score: contributions.reduce((sum, value) => sum + value, popularity) };
}

export interface SimilarItem {
  readonly itemIndex: number;
  /** −1 to 1. */
  readonly cosine: number;
}

/**
 * The k items whose factors point the most nearly the same way, nearest first.
 *
 * @param eligible 1 for each item that may be named; null: all may
 * @returns fewer than k when fewer have factors; none for an item without factors
 * @throws RangeError when the item is outside the model
 */
export function similarItems(
  model: Model,
  itemIndex: number,
  k: number,
  eligible: Uint8Array | null = null,
): SimilarItem[] {
  if (model.foldIn === null) return [];
  const cosines = itemCosines(model.foldIn.model, model.itemNorms, itemIndex);
  return Array.from(topK(cosines, k, eligible), (similar) => ({ itemIndex: similar, cosine: cosines[similar]! }));
}

function scaledHistory(model: Model, history: History): History {
  const { confidenceScale } = model.trained;
  return { ...history, values: history.values.map((value) => value * confidenceScale) };
}

function evidenceOf(scaled: History): number {
  let evidence = 0;
  for (const value of scaled.values) if (value > 0) evidence += value;
  return evidence;
}
