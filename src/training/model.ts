import type { ConfidenceWeights } from '../learners/confidence.js';
import type { IalsModel } from '../recsys/als.js';
import { appendItems } from '../recsys/appendItems.js';
import {
  type BlendedSplit,
  type BlendScorer,
  type BlendWeights,
  createBlendScorer,
  type ScoredHistory,
} from '../recsys/blendScorer.js';
import { type MeasuredScorer, priorOf, type Recipe, type TriedSetting } from '../recsys/choose.js';
import { type ContentEncoder, encodeContent, type ItemContent } from '../recsys/contentFeatures.js';
import { createScorers, type FamilyModels } from '../recsys/families.js';
import type { History } from '../recsys/history.js';
import { selectTopK } from '../recsys/kernels/topKKernel.js';
import { itemCosines, itemNorms } from '../recsys/similar.js';
import type { MeanInterval } from '../stats/bootstrap.js';

/** How the model did on what came after a cut in time, when fitted on what came before. */
export interface HoldoutReport {
  /** The latest cut, when there are several. */
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
  /** Every family and the blend; empty: nobody was left to measure on. */
  readonly measured: readonly MeasuredScorer[];
  /** Per-learner difference in NDCG@k, the blend less what the live model's settings give; null without a live model. */
  readonly overLive: MeanInterval | null;
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
  readonly learnersPerCourse: Int32Array;
  /** What a history's confidences must be computed with. */
  readonly confidenceWeights: ConfidenceWeights;
  /** Brings the mean positive confidence of the training data to 1. */
  readonly confidenceScale: number;
  /** Popularity always; the others when there is enough activity to learn from. */
  readonly models: FamilyModels;
  /** Reads what is written about courses that come later; null: nothing was known of any course. */
  readonly encoder: ContentEncoder | null;
  readonly blend: BlendWeights;
  /** Null: too little activity to measure. */
  readonly holdout: HoldoutReport | null;
  readonly gate: GateVerdict;
}

/** Whether the model knows more than what is popular. */
export function knowsTastes({ blend }: Pick<TrainedModel, 'blend'>): boolean {
  return Object.entries(blend.weights).some(([family, weight]) => family !== 'popularity' && weight > 0);
}

/** What the model was made by, for making the next one the same way. */
export function recipeOf({ models, blend }: TrainedModel): Recipe {
  const settings = Object.fromEntries(Object.entries(models).map(([family, { options }]) => [family, options]));
  return { settings, blend };
}

/** A trained model made ready to serve. Immutable but for scratch memory: one per thread. */
export interface Model {
  readonly trained: TrainedModel;
  readonly courseIds: readonly string[];
  readonly indexByCourseId: ReadonlyMap<string, number>;
  readonly scorer: BlendScorer;
  readonly meanPrior: number;
  /** What tells how alike two courses are: the factors that they are scored with; null without factors. */
  readonly likeness: { readonly model: IalsModel; readonly norms: Float64Array } | null;
}

/** Makes a trained model ready to serve. */
export function loadModel(trained: TrainedModel): Model {
  const { courseIds, models, blend } = trained;
  const prior = priorOf(models);
  return {
    trained,
    courseIds,
    indexByCourseId: new Map(courseIds.map((courseId, itemIndex) => [courseId, itemIndex])),
    scorer: createBlendScorer(createScorers(models), prior, blend),
    meanPrior: prior.reduce((sum, value) => sum + value, 0) / Math.max(1, prior.length),
    likeness: models.ials === undefined ? null : likenessOf(models.ials),
  };
}

/** New courses are like others by what their content suggests. */
function likenessOf(ials: IalsModel): Model['likeness'] {
  const model = { ...ials, itemFactors: ials.scoringFactors ?? ials.itemFactors };
  return { model, norms: itemNorms(model) };
}

/** A course that has come since the model was trained. */
export interface Newcomer {
  readonly courseId: string;
  readonly content: ItemContent;
}

/** The model with courses added that it was not trained on: they are scored by what is written about them. */
export function withNewcomers(model: Model, newcomers: readonly Newcomer[]): Model {
  const { trained } = model;
  if (newcomers.length === 0 || trained.encoder === null) return model;
  const features = encodeContent(
    trained.encoder,
    newcomers.map(({ content }) => content),
  );
  const learnersPerCourse = new Int32Array(trained.learnersPerCourse.length + newcomers.length);
  learnersPerCourse.set(trained.learnersPerCourse);
  return loadModel({
    ...trained,
    courseIds: [...trained.courseIds, ...newcomers.map(({ courseId }) => courseId)],
    learnersPerCourse,
    models: appendItems(trained.models, features),
  });
}

export interface HistoryScores {
  /** One per item, higher is better; never NaN. In standard deviations of the blended parts. */
  readonly scores: Float64Array;
  /** Share of what is not the popularity prior, 0 to 1. 0: the order is exactly that of popularity. */
  readonly collaborativeWeight: number;
  /** The history as it was scored, for `explainScore`. */
  readonly scaled: History;
  readonly scored: ScoredHistory;
}

/**
 * Scores of every item for one learner.
 *
 * @param history signed confidences from `courseConfidence` with the model's weights, as they are: the model scales
 *   them
 * @param scores one per item, overwritten
 * @throws RangeError when the history is outside the model, or the scores are not as many as its items
 */
export function scoreHistory(
  model: Model,
  history: History,
  scores: Float64Array = new Float64Array(model.scorer.itemCount),
): HistoryScores {
  const { confidenceScale } = model.trained;
  const scaled = { ...history, values: history.values.map((value) => value * confidenceScale) };
  const scored = model.scorer.score(scaled, scores);
  return { scores, collaborativeWeight: scored.collaborativeWeight, scaled, scored };
}

/**
 * Splits the score of one item, exactly, over the learner's history and popularity.
 *
 * @param modelled from `scoreHistory`
 * @throws RangeError when the item is outside the model
 */
export function explainScore(model: Model, { scaled, scored }: HistoryScores, itemIndex: number): BlendedSplit {
  return model.scorer.explain(scaled, itemIndex, scored);
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
  if (model.likeness === null) return [];
  const cosines = itemCosines(model.likeness.model, model.likeness.norms, itemIndex);
  return Array.from(selectTopK(cosines, k, eligible), (similar) => ({ itemIndex: similar, cosine: cosines[similar]! }));
}
