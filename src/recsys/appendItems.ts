import { predictFactors } from './contentFactors.js';
import type { FamilyModels } from './families.js';
import type { CsrMatrix } from './interactions.js';
import type { ItemWeights } from './itemWeights.js';

/**
 * The models with items added behind their own, of which nothing but the content is known. iALS scores them with the
 * factors that their content suggests, content neighbours by the content itself; the other families cannot score them,
 * and to popularity nobody has taken them. Histories hold none of them that counts: their learned factors are zeros.
 *
 * @param features of the new items, items × terms, from the encoder that the models' content was encoded with
 * @returns the same models where there is nothing to add
 * @throws RangeError when the features are not the models'
 */
export function appendItems(models: FamilyModels, features: CsrMatrix): FamilyModels {
  const count = features.rowCount;
  if (count === 0) return models;
  const { ials, ease, itemknn, sequence, content, popularity } = models;
  return {
    ...(ials === undefined
      ? {}
      : {
          ials: {
            ...ials,
            itemCount: ials.itemCount + count,
            itemFactors: lengthened(ials.itemFactors, count * ials.rank),
            scoringFactors: joined(
              ials.scoringFactors ?? ials.itemFactors,
              ials.content === null ? new Float32Array(count * ials.rank) : predictFactors(ials.content, features),
            ),
          },
        }),
    ...(ease === undefined ? {} : { ease: { ...ease, ...widened(ease, count) } }),
    ...(itemknn === undefined ? {} : { itemknn: { ...itemknn, ...widened(itemknn, count) } }),
    ...(sequence === undefined
      ? {}
      : {
          sequence: {
            ...sequence,
            itemCount: sequence.itemCount + count,
            weights: {
              ...sequence.weights,
              itemCount: sequence.itemCount + count,
              weights: withEmptyItems(sequence.weights.weights, count),
            },
          },
        }),
    ...(content === undefined
      ? {}
      : {
          content: { ...content, itemCount: content.itemCount + count, features: stacked(content.features, features) },
        }),
    ...(popularity === undefined
      ? {}
      : {
          popularity: {
            ...popularity,
            itemCount: popularity.itemCount + count,
            popularity: lengthened(popularity.popularity, count),
          },
        }),
  };
}

function widened(model: { readonly itemCount: number; readonly weights: ItemWeights }, count: number) {
  const itemCount = model.itemCount + count;
  const { weights } = model;
  // Dense weights are between known items alone, and no new item is known.
  return weights.kind === 'dense'
    ? { itemCount, weights: { ...weights, itemCount } }
    : { itemCount, weights: { ...weights, itemCount, weights: withEmptyItems(weights.weights, count) } };
}

/** A square matrix with empty rows and columns behind its own. */
function withEmptyItems(matrix: CsrMatrix, count: number): CsrMatrix {
  const rowOffsets = new Int32Array(matrix.rowCount + count + 1).fill(matrix.columnIndices.length);
  rowOffsets.set(matrix.rowOffsets);
  return { ...matrix, rowCount: matrix.rowCount + count, columnCount: matrix.columnCount + count, rowOffsets };
}

/** The rows of one matrix below those of another with as many columns. */
function stacked(above: CsrMatrix, below: CsrMatrix): CsrMatrix {
  if (above.columnCount !== below.columnCount) {
    throw new RangeError(`The models know ${above.columnCount} terms, not ${below.columnCount}.`);
  }
  const cellCount = above.columnIndices.length;
  const rowOffsets = new Int32Array(above.rowCount + below.rowCount + 1);
  rowOffsets.set(above.rowOffsets);
  for (let row = 1; row <= below.rowCount; row++) rowOffsets[above.rowCount + row] = cellCount + below.rowOffsets[row]!;
  const columnIndices = new Int32Array(cellCount + below.columnIndices.length);
  columnIndices.set(above.columnIndices);
  columnIndices.set(below.columnIndices, cellCount);
  return {
    rowCount: above.rowCount + below.rowCount,
    columnCount: above.columnCount,
    rowOffsets,
    columnIndices,
    values: joined(above.values, below.values),
  };
}

function lengthened(values: Float32Array, count: number): Float32Array {
  return joined(values, new Float32Array(count));
}

function joined(values: Float32Array, more: Float32Array): Float32Array {
  const all = new Float32Array(values.length + more.length);
  all.set(values);
  all.set(more, values.length);
  return all;
}
