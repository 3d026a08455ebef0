import { DEFAULT_IALS_OPTIONS, fitIals, type IalsOptions } from '../../../src/recsys/als.js';
import {
  type ContentNeighbourModel,
  createContentNeighbourScorer,
  DEFAULT_CONTENT_NEIGHBOUR_OPTIONS,
  fitContentNeighbours,
} from '../../../src/recsys/contentFamily.js';
import { createEaseScorer, DEFAULT_EASE_OPTIONS, type EaseModel, fitEase } from '../../../src/recsys/ease.js';
import type { FitContext, TrainingData } from '../../../src/recsys/fitting.js';
import { createIalsScorer } from '../../../src/recsys/ialsScorer.js';
import { transpose } from '../../../src/recsys/interactions.js';
import {
  createItemKnnScorer,
  DEFAULT_ITEM_KNN_OPTIONS,
  fitItemKnn,
  type ItemKnnModel,
} from '../../../src/recsys/itemKnn.js';
import type { FamilyName, ItemScorer } from '../../../src/recsys/itemScorer.js';
import {
  createPopularityScorer,
  DEFAULT_POPULARITY_OPTIONS,
  fitPopularity,
  type PopularityModel,
} from '../../../src/recsys/popularity.js';
import {
  createSequenceScorer,
  DEFAULT_SEQUENCE_OPTIONS,
  fitSequence,
  type SequenceModel,
} from '../../../src/recsys/sequence.js';

/** How much data there is, for bounds on memory. */
export interface Size {
  readonly learners: number;
  readonly items: number;
  readonly cells: number;
}

/** One family as the suite sees it, with settings that suit data of some dozens of learners and items. */
export interface FamilyCase {
  readonly family: FamilyName;
  /** Whether scores and explanations come from the history. */
  readonly isPersonal: boolean;
  /** How far scores may move, as a share of the largest, when learners and items are given other numbers. */
  readonly renumberingTolerance: number;
  /** What the arrays of a model may take. */
  readonly mostModelBytes: (size: Size) => number;
  /** What a fit may hold besides the data at any time, the model included. */
  readonly mostFittingBytes: (size: Size) => number;
  fit(data: TrainingData, context: FitContext): object;
  createScorer(model: object): ItemScorer;
  /** One fit for each option that is out of range. */
  readonly refusedFits: readonly ((data: TrainingData, context: FitContext) => object)[];
}

interface Family<Options extends object, Model extends object>
  extends Omit<FamilyCase, 'fit' | 'createScorer' | 'refusedFits'> {
  readonly options: Options;
  readonly fit: (data: TrainingData, options: Options, context: FitContext) => Model;
  readonly createScorer: (model: Model) => ItemScorer;
  /** Each is out of range by itself. */
  readonly refused: readonly Partial<Options>[];
}

function familyCase<Options extends object, Model extends object>(stated: Family<Options, Model>): FamilyCase {
  const options = Object.freeze(stated.options);
  return {
    ...stated,
    fit: (data, context) => stated.fit(data, options, context),
    createScorer: (model) => stated.createScorer(model as Model),
    refusedFits: stated.refused.map(
      (one) => (data: TrainingData, context: FitContext) => stated.fit(data, { ...options, ...one }, context),
    ),
  };
}

const notHalfLives = [{ halfLifeDays: 0 }, { halfLifeDays: -1 }, { halfLifeDays: Number.NaN }];

const IALS_OPTIONS: IalsOptions = {
  ...DEFAULT_IALS_OPTIONS,
  rank: 3,
  epochs: 60,
  unobservedWeight: 0.1,
  regularisation: 0.02,
};

/** Every family that there is: a new one goes here, and has to hold to all that the suite asks. */
export const FAMILY_CASES: readonly FamilyCase[] = [
  familyCase({
    family: 'ials',
    isPersonal: true,
    // Items start from random factors by their number; on clear data the fits end in the same place.
    renumberingTolerance: 0.02,
    mostModelBytes: ({ items }) => 4 * IALS_OPTIONS.rank * (items + 4),
    mostFittingBytes: ({ learners, items, cells }) => 16 * cells + (8 * IALS_OPTIONS.rank + 16) * (learners + items),
    options: IALS_OPTIONS,
    fit: fitIals,
    createScorer: createIalsScorer,
    refused: [
      { rank: 0 },
      { rank: 1.5 },
      { epochs: 0 },
      { unobservedWeight: -1 },
      { regularisation: 0 },
      { cgSteps: 0 },
      ...notHalfLives,
    ],
  }),
  familyCase({
    family: 'ease',
    isPersonal: true,
    renumberingTolerance: 1e-3,
    mostModelBytes: ({ items }) => 4 * items * (items + 1),
    mostFittingBytes: ({ learners, items, cells }) => 16 * cells + 4 * learners + 28 * items * (items + 16),
    options: { ...DEFAULT_EASE_OPTIONS, l2: 5 },
    fit: fitEase,
    createScorer: (model: EaseModel) => createEaseScorer(model),
    refused: [
      { l2: 0 },
      { l2: Number.NaN },
      { learnerExponent: -1 },
      { neighboursPerItem: 0 },
      { neighboursPerItem: 1.5 },
      ...notHalfLives,
    ],
  }),
  familyCase({
    family: 'itemknn',
    isPersonal: true,
    renumberingTolerance: 1e-5,
    mostModelBytes: ({ items }) => 8 * items * Math.min(items, DEFAULT_ITEM_KNN_OPTIONS.neighbours) + 8 * (items + 1),
    mostFittingBytes: ({ learners, items, cells }) =>
      24 * cells + 8 * learners + 40 * items * (Math.min(items, DEFAULT_ITEM_KNN_OPTIONS.neighbours) + 16),
    options: DEFAULT_ITEM_KNN_OPTIONS,
    fit: fitItemKnn,
    createScorer: (model: ItemKnnModel) => createItemKnnScorer(model),
    refused: [{ neighbours: 0 }, { shrinkage: -1 }, { learnerExponent: -1 }, ...notHalfLives],
  }),
  familyCase({
    family: 'sequence',
    isPersonal: true,
    renumberingTolerance: 1e-5,
    mostModelBytes: ({ items }) => 8 * items * Math.min(items, DEFAULT_SEQUENCE_OPTIONS.neighbours) + 8 * (items + 1),
    mostFittingBytes: ({ learners, items, cells }) =>
      36 * cells + 8 * learners + 24 * items * (Math.min(items, DEFAULT_SEQUENCE_OPTIONS.neighbours) + 16),
    options: DEFAULT_SEQUENCE_OPTIONS,
    fit: fitSequence,
    createScorer: (model: SequenceModel) => createSequenceScorer(model),
    refused: [
      { neighbours: 0 },
      { neighbours: 1.5 },
      { window: 0 },
      { positionDecay: 0 },
      { positionDecay: 1.1 },
      { backwardWeight: -0.1 },
      { backwardWeight: 1.1 },
      { shrinkage: -1 },
      { shrinkage: Number.POSITIVE_INFINITY },
      { popularityExponent: -0.1 },
      { popularityExponent: Number.NaN },
      { historyDecay: 0 },
      { historyDecay: 1.1 },
      ...notHalfLives,
    ],
  }),
  familyCase({
    family: 'content',
    isPersonal: true,
    renumberingTolerance: 1e-5,
    mostModelBytes: ({ items, cells }) => 8 * cells + 4 * (items + 1),
    mostFittingBytes: ({ learners, items, cells }) => 32 * cells + 16 * (learners + items),
    options: DEFAULT_CONTENT_NEIGHBOUR_OPTIONS,
    fit: (data, options) => fitContentNeighbours(describedByLearners(data), options),
    createScorer: (model: ContentNeighbourModel) => createContentNeighbourScorer(model),
    refused: [],
  }),
  familyCase({
    family: 'popularity',
    isPersonal: false,
    renumberingTolerance: 1e-5,
    mostModelBytes: ({ items }) => 4 * items,
    mostFittingBytes: ({ items, cells }) => 4 * cells + 12 * items,
    options: DEFAULT_POPULARITY_OPTIONS,
    fit: fitPopularity,
    createScorer: (model: PopularityModel) => createPopularityScorer(model),
    refused: notHalfLives,
  }),
];

/** As if each item were described by who took it: items that the same learners take are alike. */
function describedByLearners(data: TrainingData): TrainingData {
  const byItem = transpose(data.interactions);
  const values = byItem.values.slice();
  for (let item = 0; item < byItem.rowCount; item++) {
    const own = values.subarray(byItem.rowOffsets[item], byItem.rowOffsets[item + 1]);
    const length = Math.hypot(...own);
    for (let cell = 0; cell < own.length; cell++) own[cell] = (own[cell] ?? 0) / length;
  }
  return { ...data, content: { ...byItem, values } };
}
