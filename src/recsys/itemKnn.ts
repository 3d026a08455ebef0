import { type FitContext, FitStopped, fadedInteractions, type TrainingData } from './fitting.js';
import { type CsrMatrix, transpose } from './interactions.js';
import type { ItemScorer } from './itemScorer.js';
import {
  createItemWeightScorer,
  type ItemWeights,
  itemsWithEvidence,
  scaledByLearner,
  strongestPerItem,
} from './itemWeights.js';

export interface ItemKnnOptions {
  /** To how many of the items most similar to it each history item adds, at least 1. */
  readonly neighbours: number;
  /** Added to what a similarity is divided by, at least 0: similarities that rest on little fall towards 0. */
  readonly shrinkage: number;
  /** By what power of its sum a learner's history is divided, at least 0: see `scaledByLearner`. */
  readonly learnerExponent: number;
  /** How fast an interaction loses weight, above 0; null: never. */
  readonly halfLifeDays: number | null;
}

export const DEFAULT_ITEM_KNN_OPTIONS: ItemKnnOptions = {
  neighbours: 200,
  shrinkage: 100,
  learnerExponent: 0.25,
  halfLifeDays: null,
};

export interface ItemKnnModel {
  readonly family: 'itemknn';
  readonly itemCount: number;
  readonly weights: ItemWeights;
  readonly options: ItemKnnOptions;
}

/** How often a fit tells of itself. */
const STEP_COUNT = 100;

/**
 * Item-based nearest neighbours (Deshpande & Karypis 2004) with shrunk cosines (Ferrari Dacrema et al. 2021):
 * `s_ij = x_i·x_j / (‖x_i‖ ‖x_j‖ + shrinkage)` over learners, of which each history item keeps the strongest, as
 * Deshpande & Karypis do; keeping the strongest towards each item scored does worse on real courses.
 *
 * Values are signed confidences: an item that learners of another dismiss comes out less like it, below 0 at the worst.
 *
 * Sums run in float64 in the order of learners. It takes as many additions as the sum over learners of the square of
 * their items; memory grows with `itemCount × neighbours`.
 *
 * @throws RangeError when an option is out of range
 * @throws FitStopped when `context.shouldStop` says so
 */
export function fitItemKnn(data: TrainingData, options: ItemKnnOptions, context: FitContext): ItemKnnModel {
  assertOptions(options);
  const { neighbours, shrinkage, learnerExponent, halfLifeDays } = options;
  const byLearner = fadedInteractions(scaledByLearner(data, learnerExponent), halfLifeDays);
  const byItem = transpose(byLearner);
  const itemCount = byItem.rowCount;
  const knownItems = itemsWithEvidence(byLearner);
  const norms = rowNorms(byItem);
  const products = new Float64Array(itemCount);
  const isTouched = new Uint8Array(itemCount);
  const itemsPerStep = Math.max(1, Math.ceil(knownItems.length / STEP_COUNT));
  const stepCount = Math.ceil(knownItems.length / itemsPerStep);

  const weights = strongestPerItem(itemCount, knownItems, neighbours, (place, others, similarities) => {
    if (place % itemsPerStep === 0) {
      if (context.shouldStop?.()) throw new FitStopped();
      if (place > 0) context.onStep?.(place / itemsPerStep, stepCount);
    }
    const item = knownItems[place]!;
    let count = 0;
    for (let cell = byItem.rowOffsets[item]!; cell < byItem.rowOffsets[item + 1]!; cell++) {
      const learner = byItem.columnIndices[cell]!;
      const value = byItem.values[cell]!;
      const end = byLearner.rowOffsets[learner + 1]!;
      for (let otherCell = byLearner.rowOffsets[learner]!; otherCell < end; otherCell++) {
        const other = byLearner.columnIndices[otherCell]!;
        if (isTouched[other] === 0) {
          isTouched[other] = 1;
          products[other] = 0;
          others[count++] = other;
        }
        products[other]! += value * byLearner.values[otherCell]!;
      }
    }
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const other = others[i]!;
      isTouched[other] = 0;
      if (other === item) continue;
      others[kept] = other;
      similarities[kept++] = products[other]! / (norms[item]! * norms[other]! + shrinkage);
    }
    return kept;
  });
  if (stepCount > 0) context.onStep?.(stepCount, stepCount);
  return {
    family: 'itemknn',
    itemCount,
    weights: { kind: 'sparse', itemCount, knownItems, weights },
    options,
  };
}

/**
 * The model made ready to score: see `createItemWeightScorer`.
 */
export function createItemKnnScorer(model: ItemKnnModel): ItemScorer {
  return createItemWeightScorer('itemknn', model.weights);
}

function rowNorms({ rowCount, rowOffsets, values }: CsrMatrix): Float64Array {
  const norms = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    let squares = 0;
    for (let cell = rowOffsets[row]!; cell < rowOffsets[row + 1]!; cell++) squares += values[cell]! * values[cell]!;
    norms[row] = Math.sqrt(squares);
  }
  return norms;
}

function assertOptions(options: ItemKnnOptions): void {
  const { neighbours, shrinkage } = options;
  if (!(Number.isSafeInteger(neighbours) && neighbours >= 1)) {
    throw new RangeError(`neighbours must be a whole number of at least 1, not ${neighbours}.`);
  }
  if (!(shrinkage >= 0 && Number.isFinite(shrinkage))) {
    throw new RangeError(`shrinkage must be finite and at least 0, not ${shrinkage}.`);
  }
}
