import { createContentNeighbours } from './contentNeighbours.js';
import { type FitContext, FitStopped, type TrainingData } from './fitting.js';
import type { CsrMatrix } from './interactions.js';
import type { ItemScorer } from './itemScorer.js';

/** Nothing can be set. */
export type ContentNeighbourOptions = Readonly<Record<string, never>>;

export const DEFAULT_CONTENT_NEIGHBOUR_OPTIONS: ContentNeighbourOptions = {};

export interface ContentNeighbourModel {
  readonly family: 'content';
  readonly itemCount: number;
  /** Items × terms, rows of length 1 or 0; see `encodeContent`. */
  readonly features: CsrMatrix;
  readonly options: ContentNeighbourOptions;
}

/**
 * Courses like those of the history by what is written about them. There is nothing to fit.
 *
 * @throws RangeError when the data says nothing about the items' content
 * @throws FitStopped when `context.shouldStop` says so
 */
export function fitContentNeighbours(
  data: TrainingData,
  options: ContentNeighbourOptions,
  context: FitContext,
): ContentNeighbourModel {
  if (context.shouldStop?.()) throw new FitStopped();
  if (data.content === null) throw new RangeError('Content neighbours need the content of the items.');
  context.onStep?.(1, 1);
  return { family: 'content', itemCount: data.interactions.columnCount, features: data.content, options };
}

/** A scorer that gives NaN to items of which nothing is written; see `createContentNeighbours`. */
export function createContentNeighbourScorer({ itemCount, features }: ContentNeighbourModel): ItemScorer {
  const neighbours = createContentNeighbours(features);
  return {
    family: 'content',
    itemCount,
    unknownItems: neighbours.unknownItems,
    sparseScores: () => null,
    score: neighbours.score,
    explain(history, itemIndex, out) {
      const contributions = neighbours.contributions(history, itemIndex, out);
      const isUnknown = features.rowOffsets[itemIndex] === features.rowOffsets[itemIndex + 1];
      return { contributions, base: isUnknown ? Number.NaN : 0 };
    },
    itemVector(itemIndex) {
      if (!Number.isInteger(itemIndex) || itemIndex < 0 || itemIndex >= itemCount) {
        throw new RangeError(`Item ${itemIndex} is outside a model of ${itemCount} items.`);
      }
      const vector = new Float32Array(features.columnCount);
      for (let cell = features.rowOffsets[itemIndex]!; cell < features.rowOffsets[itemIndex + 1]!; cell++) {
        vector[features.columnIndices[cell]!] = features.values[cell]!;
      }
      return vector;
    },
  };
}
