import { DEFAULT_IALS_OPTIONS, fitIals, type IalsModel, type IalsOptions } from './als.js';
import { createEaseScorer, DEFAULT_EASE_OPTIONS, type EaseModel, type EaseOptions, easeFits, fitEase } from './ease.js';
import type { FitContext, TrainingData } from './fitting.js';
import { createIalsScorer } from './ialsScorer.js';
import {
  createItemKnnScorer,
  DEFAULT_ITEM_KNN_OPTIONS,
  fitItemKnn,
  type ItemKnnModel,
  type ItemKnnOptions,
} from './itemKnn.js';
import { FAMILY_NAMES, type FamilyName, type ItemScorer } from './itemScorer.js';
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
  /** Whether a catalogue of this size can be fitted in sensible time and memory. */
  fits(itemCount: number): boolean;
  fit(data: TrainingData, options: FamilyOptions<F>, context: FitContext): FamilyModel<F>;
  createScorer(model: FamilyModel<F>): ItemScorer;
}

const anySize = (): boolean => true;

export const FAMILIES: { readonly [F in FamilyName]: Family<F> } = {
  ials: {
    defaults: DEFAULT_IALS_OPTIONS,
    grid: [
      [0.03, 0.1, 0.01, 0.3].map((unobservedWeight) => ({ unobservedWeight })),
      [0.01, 0.001].map((regularisation) => ({ regularisation })),
      [128, 32].map((rank) => ({ rank })),
      [60, 365, null].map((halfLifeDays) => ({ halfLifeDays })),
    ],
    fits: anySize,
    fit: fitIals,
    createScorer: createIalsScorer,
  },
  ease: {
    defaults: DEFAULT_EASE_OPTIONS,
    grid: [[100, 300, 1000, 30].map((l2) => ({ l2 })), [60, 365, null].map((halfLifeDays) => ({ halfLifeDays }))],
    fits: easeFits,
    fit: fitEase,
    createScorer: createEaseScorer,
  },
  itemknn: {
    defaults: DEFAULT_ITEM_KNN_OPTIONS,
    grid: [[5, 20, 100, 0].map((shrinkage) => ({ shrinkage })), [50, 400].map((neighbours) => ({ neighbours }))],
    fits: anySize,
    fit: fitItemKnn,
    createScorer: createItemKnnScorer,
  },
  sequence: {
    defaults: DEFAULT_SEQUENCE_OPTIONS,
    grid: [],
    fits: anySize,
    fit: fitSequence,
    createScorer: createSequenceScorer,
  },
  popularity: {
    defaults: DEFAULT_POPULARITY_OPTIONS,
    grid: [[30, 7, 90, 365, null].map((halfLifeDays) => ({ halfLifeDays }))],
    fits: anySize,
    fit: fitPopularity,
    createScorer: createPopularityScorer,
  },
};

/** Fits one model for each setting; popularity, which every blend needs, must be among them. */
export function fitFamilies(data: TrainingData, settings: FamilySettings, context: FitContext): FamilyModels {
  const fitOne = <F extends FamilyName>(family: F): [F, FamilyModel<F>][] => {
    const options = settings[family];
    return options === undefined ? [] : [[family, FAMILIES[family].fit(data, options, context)]];
  };
  return Object.fromEntries(FAMILY_NAMES.flatMap((family) => fitOne(family)));
}

/** A scorer for every model, in the order of `FAMILY_NAMES`. */
export function createScorers(models: FamilyModels): ItemScorer[] {
  const scorerOf = <F extends FamilyName>(family: F): ItemScorer[] => {
    const model = models[family];
    return model === undefined ? [] : [FAMILIES[family].createScorer(model)];
  };
  return FAMILY_NAMES.flatMap((family) => scorerOf(family));
}
