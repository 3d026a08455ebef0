import { encodeContent } from '../../recsys/contentFeatures.js';
import type { CsrMatrix } from '../../recsys/interactions.js';
import { contentOf } from '../../training/courseContent.js';
import type { ServingIndex } from './servingIndex.js';

/** Measures of a list that look at the list alone. */
export interface ListMeasures {
  /**
   * Mean of `1 − cosine` over all pairs of the list by what is written about the courses, 0–1 (intra-list diversity,
   * Ziegler et al. 2005); 0 for fewer than two courses.
   */
  diversity(positions: ArrayLike<number>): number;
  /** Share of the list that the provider with most places takes; null: no course of the list names one. */
  largestProvider(positions: ArrayLike<number>): number | null;
}

/** Content tells how alike courses are, and not the factors that diversity is made by: nobody marks their own work. */
export function createListMeasures(index: ServingIndex): ListMeasures {
  const encoder = index.model?.trained.encoder ?? null;
  const contents =
    encoder === null
      ? null
      : encodeContent(
          encoder,
          index.courses.map((course) => contentOf(course, index.catalog.skills)),
        );
  const scratch = new Float64Array(contents?.columnCount ?? 0);
  return {
    diversity(positions) {
      if (contents === null || positions.length < 2) return 0;
      return 1 - meanCosine(contents, positions, scratch);
    },
    largestProvider(positions) {
      const { indices } = index.attributes.provider;
      const counts = new Map<number, number>();
      for (let place = 0; place < positions.length; place++) {
        const provider = indices[positions[place]!]!;
        if (provider > 0) counts.set(provider, (counts.get(provider) ?? 0) + 1);
      }
      return counts.size === 0 ? null : Math.max(...counts.values()) / positions.length;
    },
  };
}

/** Over all pairs of different places; the rows have length 1 or 0. */
function meanCosine(rows: CsrMatrix, positions: ArrayLike<number>, scratch: Float64Array): number {
  // The square of the sum of all rows is the sum over all pairs, each row with itself included.
  let squares = 0;
  const touched: number[] = [];
  for (let place = 0; place < positions.length; place++) {
    const row = positions[place]!;
    for (let cell = rows.rowOffsets[row]!; cell < rows.rowOffsets[row + 1]!; cell++) {
      const column = rows.columnIndices[cell]!;
      const value = rows.values[cell]!;
      if (scratch[column] === 0) touched.push(column);
      scratch[column]! += value;
      squares += value * value;
    }
  }
  let total = 0;
  for (const column of touched) {
    total += scratch[column]! ** 2;
    scratch[column] = 0;
  }
  const pairs = positions.length * (positions.length - 1);
  return Math.max(0, (total - squares) / pairs);
}
