import { DEFAULT_IALS_OPTIONS, fitIals, type IalsModel, type IalsOptions } from './als.js';
import { DEFAULT_CONTENT_KAPPA, fitContentModel, predictFactors, withContent } from './contentFactors.js';
import {
  type ContentNeighbourModel,
  type ContentNeighbourOptions,
  createContentNeighbourScorer,
  DEFAULT_CONTENT_NEIGHBOUR_OPTIONS,
  fitContentNeighbours,
} from './contentFamily.js';
import { createEaseScorer, DEFAULT_EASE_OPTIONS, type EaseModel, type EaseOptions, easeFits, fitEase } from './ease.js';
import { type FitContext, fadedInteractions, type TrainingData } from './fitting.js';
import { createIalsScorer } from './ialsScorer.js';
import {
  createItemKnnScorer,
  DEFAULT_ITEM_KNN_OPTIONS,
  fitItemKnn,
  type ItemKnnModel,
  type ItemKnnOptions,
} from './itemKnn.js';

import { FAMILY_NAMES, type FamilyName, type ItemScorer } from './itemScorer.js';
import { itemsWithEvidence } from './itemWeights.js';
import {
  createPopularityScorer,
  DEFAULT_POPULARITY_OPTIONS,
  fitPopularity,
  type PopularityModel,
  type PopularityOptions,
} from './popularity.js';
import {
  createSequenceScorer,
  DEFAULT_SEQUENCE_OPTIONS,
  fitSequence,
  type SequenceModel,
  type SequenceOptions,
} from './sequence.js';

interface FamilyTypes {
  readonly ials: { readonly options: IalsOptions; readonly model: IalsModel };
  readonly ease: { readonly options: EaseOptions; readonly model: EaseModel };
  readonly itemknn: { readonly options: ItemKnnOptions; readonly model: ItemKnnModel };
  readonly sequence: { readonly options: SequenceOptions; readonly model: SequenceModel };
  readonly content: { readonly options: ContentNeighbourOptions; readonly model: ContentNeighbourModel };
  readonly popularity: { readonly options: PopularityOptions; readonly model: PopularityModel };
}

export type FamilyOptions<F extends FamilyName> = FamilyTypes[F]['options'];
export type FamilyModel<F extends FamilyName> = FamilyTypes[F]['model'];
export type FamilySettings = { readonly [F in FamilyName]?: FamilyOptions<F> };
export type FamilyModels = { readonly [F in FamilyName]?: FamilyModel<F> };

/** One way to recommend: how it is fitted, scored with and tuned. */
export interface Family<F extends FamilyName> {
  readonly defaults: FamilyOptions<F>;
  /** What tuning tries, one list after the other, each from the best setting so far. */
  readonly grid: readonly (readonly Partial<FamilyOptions<F>>[])[];
  /** Why it cannot be fitted on this data in sensible time and memory; null: it can. */
  refusal(data: TrainingData): string | null;
  fit(data: TrainingData, options: FamilyOptions<F>, context: FitContext): FamilyModel<F>;
  createScorer(model: FamilyModel<F>): ItemScorer;
}

const never = (): null => null;

export const FAMILIES: { readonly [F in FamilyName]: Family<F> } = {
  ials: {
    defaults: DEFAULT_IALS_OPTIONS,
    grid: [
      [0.03, 0.1, 0.01, 0.3].map((unobservedWeight) => ({ unobservedWeight })),
      [0.01, 0.001].map((regularisation) => ({ regularisation })),
      [128, 32, 16].map((rank) => ({ rank })),
      [60, 365, null].map((halfLifeDays) => ({ halfLifeDays })),
    ],
    refusal: never,
    fit: fitIals,
    createScorer: createIalsScorer,
  },
  ease: {
    defaults: DEFAULT_EASE_OPTIONS,
    grid: [[200, 800, 100, 2000].map((l2) => ({ l2 })), [{ learnerExponent: 0.25 }], [{ halfLifeDays: 730 }]],
    refusal(data) {
      const itemCount = itemsWithEvidence(data.interactions).length;
      return easeFits(itemCount) ? null : `${itemCount.toLocaleString('en')} items are too many for it`;
    },
    fit: fitEase,
    createScorer: createEaseScorer,
  },
  itemknn: {
    defaults: DEFAULT_ITEM_KNN_OPTIONS,
    grid: [[20, 500].map((shrinkage) => ({ shrinkage })), [{ learnerExponent: 0 }], [{ halfLifeDays: 730 }]],
    refusal: never,
    fit: fitItemKnn,
    createScorer: createItemKnnScorer,
  },
  sequence: {
    defaults: DEFAULT_SEQUENCE_OPTIONS,
    grid: [
      [30, 300, 10].map((shrinkage) => ({ shrinkage })),
      [0.7, 0.2].map((backwardWeight) => ({ backwardWeight })),
      [365, null].map((halfLifeDays) => ({ halfLifeDays })),
      [0.95, 0.7].map((historyDecay) => ({ historyDecay })),
    ],
    refusal: never,
    fit: fitSequence,
    createScorer: createSequenceScorer,
  },
  content: {
    defaults: DEFAULT_CONTENT_NEIGHBOUR_OPTIONS,
    grid: [],
    refusal: (data) => (data.content === null ? 'nothing is known of the items but who took them' : null),
    fit: fitContentNeighbours,
    createScorer: createContentNeighbourScorer,
  },
  popularity: {
    defaults: DEFAULT_POPULARITY_OPTIONS,
    grid: [[30, 7, 90, 365, null].map((halfLifeDays) => ({ halfLifeDays }))],
    refusal: never,
    fit: fitPopularity,
    createScorer: createPopularityScorer,
  },
};

/**
 * The models with their items placed by content as well, as far as there is any: an item without evidence gets the
 * factors that its content suggests, and they move to the learned ones as evidence comes. For the models that are used,
 * not for each that is tried: it takes longer than many a fit.
 *
 * @throws FitStopped when `context.shouldStop` says so
 */
export function placeByContent(models: FamilyModels, data: TrainingData, context: FitContext): FamilyModels {
  const { ials } = models;
  if (ials === undefined || data.content === null) return models;
  const evidence = evidenceOfItems(data);
  const content = fitContentModel(
    data.content,
    ials.itemFactors,
    ials.rank,
    evidence,
    undefined,
    context.shouldStop ?? undefined,
  );
  const predicted = predictFactors(content, data.content);
  const scoringFactors = withContent(ials.itemFactors, predicted, evidence, DEFAULT_CONTENT_KAPPA);
  return { ...models, ials: { ...ials, content, scoringFactors } };
}

/** The sum of each item's positive confidences, in average interactions. */
function evidenceOfItems(data: TrainingData): Float64Array {
  const { columnIndices, values, columnCount } = fadedInteractions(data, null);
  const evidence = new Float64Array(columnCount);
  for (let cell = 0; cell < values.length; cell++) evidence[columnIndices[cell]!]! += Math.max(0, values[cell]!);
  return evidence;
}

/** Fits one model for each setting; popularity, which every blend needs, must be among them. */
export function fitFamilies(data: TrainingData, settings: FamilySettings, context: FitContext): FamilyModels {
  const fitOne = <F extends FamilyName>(family: F): [F, FamilyModel<F>][] => {
    const options = settings[family];
    return options === undefined ? [] : [[family, FAMILIES[family].fit(data, options, context)]];
  };
  return placeByContent(Object.fromEntries(FAMILY_NAMES.flatMap((family) => fitOne(family))), data, context);
}

/** A scorer for every model, in the order of `FAMILY_NAMES`. */
export function createScorers(models: FamilyModels): ItemScorer[] {
  const scorerOf = <F extends FamilyName>(family: F): ItemScorer[] => {
    const model = models[family];
    return model === undefined ? [] : [FAMILIES[family].createScorer(model)];
  };
  return FAMILY_NAMES.flatMap((family) => scorerOf(family));
}
