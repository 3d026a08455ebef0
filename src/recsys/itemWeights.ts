import type { TrainingData } from './fitting.js';
import { assertHistory, type History } from './history.js';
import { type CsrMatrix, transpose } from './interactions.js';
import type { FamilyName, ItemScorer, SparseScores } from './itemScorer.js';

/** Weights between all known items; those of an item to itself are 0. */
export interface DenseItemWeights {
  readonly kind: 'dense';
  readonly itemCount: number;
  /** The items that the fit has evidence of, ascending; the others cannot be scored. */
  readonly knownItems: Int32Array;
  /**
   * Row-major, known items × known items: what the history item of the row adds to the score of the item of the column
   * for a confidence of 1.
   */
  readonly values: Float32Array;
}

/** Weights between few of the pairs of items; the others are 0. */
export interface SparseItemWeights {
  readonly kind: 'sparse';
  readonly itemCount: number;
  /** The items that the fit has evidence of, ascending; the others cannot be scored. */
  readonly knownItems: Int32Array;
  /** Items × items: rows are history items, columns the items scored; nothing on the diagonal. */
  readonly weights: CsrMatrix;
}

/** What every item of a history says about every other item: all that EASE and item kNN are once they are fitted. */
export type ItemWeights = DenseItemWeights | SparseItemWeights;

/**
 * A scorer over weights between items: `score(i) = Σ_j v_j W_ji` over the history, so that a dismissed item (v < 0)
 * takes away what a completed one would add. Items without evidence score NaN; an empty history scores the others 0.
 *
 * `explain` gives the terms of that sum, and no base; for an item without evidence zeros with a base of NaN.
 * `itemVector` is the item's column of weights, with 1 for the item itself so that two items that only know each other
 * still point the same way; a float for every item of the catalogue.
 *
 * @param family which family's scores these are
 */
export function createItemWeightScorer(family: FamilyName, weights: ItemWeights): ItemScorer {
  const reader = weights.kind === 'dense' ? denseReader(weights) : sparseReader(weights);
  const { itemCount, knownItems } = weights;
  const isKnown = new Uint8Array(itemCount);
  for (const item of knownItems) isKnown[item] = 1;
  const unknownItems = indicesWhere(isKnown, 0);

  return {
    family,
    itemCount,
    unknownItems,
    sparseScores(history) {
      assertHistory(history, itemCount);
      return reader.sparseScores(history);
    },
    score(history, out) {
      assertHistory(history, itemCount);
      if (out.length !== itemCount) {
        throw new RangeError(`The scores of ${itemCount} items do not go into ${out.length} places.`);
      }
      reader.score(history, out);
      for (const item of unknownItems) out[item] = Number.NaN;
    },
    explain(history, itemIndex, contributions = new Float64Array(history.itemIndices.length)) {
      assertHistory(history, itemCount);
      assertItem(itemIndex, itemCount);
      if (isKnown[itemIndex] === 0) return { contributions: contributions.fill(0), base: Number.NaN };
      for (let j = 0; j < contributions.length; j++) {
        contributions[j] = history.values[j]! * reader.weight(history.itemIndices[j]!, itemIndex);
      }
      return { contributions, base: 0 };
    },
    itemVector(itemIndex) {
      assertItem(itemIndex, itemCount);
      const vector = new Float32Array(itemCount);
      reader.readColumn(itemIndex, vector);
      vector[itemIndex] = 1;
      return vector;
    },
  };
}

/** How the two layouts are read. */
interface WeightReader {
  /** Overwrites `out` with the sums, whatever for items without evidence. */
  score(history: History, out: Float32Array): void;
  /** Null: most of them are not 0. */
  sparseScores(history: History): SparseScores | null;
  /** What a history item adds to another for a confidence of 1. */
  weight(historyItem: number, scoredItem: number): number;
  /** Writes a column of weights into zeros. */
  readColumn(scoredItem: number, vector: Float32Array): void;
}

function denseReader({ itemCount, knownItems, values }: DenseItemWeights): WeightReader {
  const knownCount = knownItems.length;
  const placeOfItem = new Int32Array(itemCount).fill(-1);
  for (let place = 0; place < knownCount; place++) placeOfItem[knownItems[place]!] = place;
  const isComplete = knownCount === itemCount;
  const ofKnown = isComplete ? null : new Float32Array(knownCount);

  return {
    score(history, out) {
      const sums = ofKnown ?? out;
      sums.fill(0);
      // Four rows at a time: a pass over the sums costs as much as a pass over a row.
      const rows = [0, 0, 0, 0];
      const confidences = [0, 0, 0, 0];
      let waiting = 0;
      const add = (): void => {
        const [r0 = 0, r1 = 0, r2 = 0, r3 = 0] = rows;
        const [v0 = 0, v1 = 0, v2 = 0, v3 = 0] = confidences;
        for (let i = 0; i < knownCount; i++) {
          sums[i]! += v0 * values[r0 + i]! + v1 * values[r1 + i]! + v2 * values[r2 + i]! + v3 * values[r3 + i]!;
        }
        waiting = 0;
        confidences.fill(0);
      };
      for (let j = 0; j < history.itemIndices.length; j++) {
        const place = placeOfItem[history.itemIndices[j]!]!;
        if (place < 0 || history.values[j] === 0) continue;
        rows[waiting] = place * knownCount;
        confidences[waiting++] = history.values[j]!;
        if (waiting === rows.length) add();
      }
      if (waiting > 0) add();
      if (ofKnown !== null) for (let i = 0; i < knownCount; i++) out[knownItems[i]!] = ofKnown[i]!;
    },
    sparseScores: () => null,
    weight(historyItem, scoredItem) {
      const row = placeOfItem[historyItem]!;
      return row < 0 ? 0 : values[row * knownCount + placeOfItem[scoredItem]!]!;
    },
    readColumn(scoredItem, vector) {
      const column = placeOfItem[scoredItem]!;
      if (column < 0) return;
      for (let row = 0; row < knownCount; row++) vector[knownItems[row]!] = values[row * knownCount + column]!;
    },
  };
}

function sparseReader({ itemCount, weights }: SparseItemWeights): WeightReader {
  const { rowOffsets, columnIndices, values } = weights;
  const sums = new Float32Array(itemCount);
  const touched = new Int32Array(itemCount);
  const isTouched = new Uint8Array(itemCount);
  let touchedCount = 0;
  // Only who asks for item vectors pays for them: as much memory again.
  let byScoredItem: CsrMatrix | null = null;
  return {
    score(history, out) {
      out.fill(0);
      for (let j = 0; j < history.itemIndices.length; j++) {
        const confidence = history.values[j]!;
        if (confidence === 0) continue;
        const item = history.itemIndices[j]!;
        const end = rowOffsets[item + 1]!;
        for (let cell = rowOffsets[item]!; cell < end; cell++) out[columnIndices[cell]!]! += confidence * values[cell]!;
      }
    },
    sparseScores(history) {
      for (let i = 0; i < touchedCount; i++) {
        sums[touched[i]!] = 0;
        isTouched[touched[i]!] = 0;
      }
      touchedCount = 0;
      for (let j = 0; j < history.itemIndices.length; j++) {
        const confidence = history.values[j]!;
        if (confidence === 0) continue;
        const item = history.itemIndices[j]!;
        const end = rowOffsets[item + 1]!;
        for (let cell = rowOffsets[item]!; cell < end; cell++) {
          const other = columnIndices[cell]!;
          if (isTouched[other] === 0) {
            isTouched[other] = 1;
            touched[touchedCount++] = other;
          }
          sums[other]! += confidence * values[cell]!;
        }
      }
      return { values: sums, items: touched, count: touchedCount };
    },
    weight(historyItem, scoredItem) {
      let low = rowOffsets[historyItem]!;
      let high = rowOffsets[historyItem + 1]!;
      const end = high;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (columnIndices[middle]! < scoredItem) low = middle + 1;
        else high = middle;
      }
      return low < end && columnIndices[low] === scoredItem ? values[low]! : 0;
    },
    readColumn(scoredItem, vector) {
      byScoredItem ??= transpose(weights);
      for (let cell = byScoredItem.rowOffsets[scoredItem]!; cell < byScoredItem.rowOffsets[scoredItem + 1]!; cell++) {
        vector[byScoredItem.columnIndices[cell]!] = byScoredItem.values[cell]!;
      }
    },
  };
}

/**
 * The items with at least one cell.
 *
 * @returns column indices, ascending
 */
export function itemsWithEvidence(interactions: CsrMatrix): Int32Array {
  const isKnown = new Uint8Array(interactions.columnCount);
  for (const item of interactions.columnIndices) isKnown[item] = 1;
  return indicesWhere(isKnown, 1);
}

/**
 * Writes the candidates of one item: other items and their weights, no item twice, any order.
 *
 * @param place of the item among the known ones; ascending from call to call
 * @param items room for as many as are known, as `weights`
 * @returns how many were written
 */
export type CandidateReader = (place: number, items: Int32Array, weights: Float64Array) => number;

/**
 * For every known item the other items whose weights have the largest magnitude; of equals the lower items, and none
 * that weighs 0.
 *
 * @param itemCount of the catalogue
 * @param knownItems the items with evidence, ascending
 * @param keptPerItem how many are kept for each, at least 1
 * @returns items × items, the rows in the items' order
 */
export function strongestPerItem(
  itemCount: number,
  knownItems: Int32Array,
  keptPerItem: number,
  readCandidates: CandidateReader,
): CsrMatrix {
  const knownCount = knownItems.length;
  const items = new Int32Array(knownCount);
  const weights = new Float64Array(knownCount);
  const rowOffsets = new Int32Array(itemCount + 1);
  let columnIndices = new Int32Array(1024);
  let values = new Float32Array(1024);
  let cell = 0;
  for (let place = 0; place < knownCount; place++) {
    const kept = strongest(weights, items, readCandidates(place, items, weights), keptPerItem);
    if (cell + kept.length > values.length) {
      columnIndices = enlarged(columnIndices, cell + kept.length);
      values = enlarged(values, cell + kept.length);
    }
    for (const candidate of kept) {
      if (Math.fround(weights[candidate]!) === 0) continue;
      columnIndices[cell] = items[candidate]!;
      values[cell++] = weights[candidate]!;
    }
    rowOffsets[knownItems[place]! + 1] = cell;
  }
  for (let item = 0; item < itemCount; item++) if (rowOffsets[item + 1] === 0) rowOffsets[item + 1] = rowOffsets[item]!;
  const unordered: CsrMatrix = {
    rowCount: itemCount,
    columnCount: itemCount,
    rowOffsets,
    columnIndices: columnIndices.subarray(0, cell),
    values: values.subarray(0, cell),
  };
  // Turning a matrix round puts each of its new rows in order, and turning it back the old ones.
  return transpose(transpose(unordered));
}

/**
 * Data with every learner's confidences divided by a power of their sum: what somebody takes together who takes
 * everything says little about what belongs together.
 *
 * @param exponent at least 0; 0: all learners count alike
 * @returns the same cells
 * @throws RangeError when the exponent is negative or not finite
 */
export function scaledByLearner(data: TrainingData, exponent: number): TrainingData {
  if (!(exponent >= 0 && Number.isFinite(exponent))) {
    throw new RangeError(`learnerExponent must be finite and at least 0, not ${exponent}.`);
  }
  if (exponent === 0) return data;
  const { interactions } = data;
  const values = interactions.values.slice();
  for (let learner = 0; learner < interactions.rowCount; learner++) {
    const row = values.subarray(interactions.rowOffsets[learner]!, interactions.rowOffsets[learner + 1]!);
    let sum = 0;
    for (const value of row) sum += Math.abs(value);
    const scale = sum ** -exponent;
    for (let cell = 0; cell < row.length; cell++) row[cell]! *= scale;
  }
  return { ...data, interactions: { ...interactions, values } };
}

/** A longer copy with room for at least `length`. */
function enlarged<Column extends Int32Array | Float32Array>(column: Column, length: number): Column {
  const copy = new (column.constructor as new (length: number) => Column)(Math.max(length, 2 * column.length));
  copy.set(column);
  return copy;
}

/** The places of the `kept` numbers of largest magnitude among the first `count`; of equals those with lower keys. */
function strongest(values: Float64Array, keys: Int32Array, count: number, kept: number): Int32Array {
  const heap = new Int32Array(Math.min(kept, count));
  if (kept >= count) return heap.map((_, place) => place);
  // The weakest of those kept stays on top: nearly every other fails the first comparison.
  const isWeaker = (a: number, b: number): boolean => {
    const magnitudeA = Math.abs(values[a]!);
    const magnitudeB = Math.abs(values[b]!);
    return magnitudeA < magnitudeB || (magnitudeA === magnitudeB && keys[a]! > keys[b]!);
  };
  const siftDown = (start: number, place: number): void => {
    let hole = start;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= kept) break;
      if (child + 1 < kept && isWeaker(heap[child + 1]!, heap[child]!)) child++;
      if (!isWeaker(heap[child]!, place)) break;
      heap[hole] = heap[child]!;
      hole = child;
    }
    heap[hole] = place;
  };
  for (let place = 0; place < kept; place++) heap[place] = place;
  for (let start = (kept >> 1) - 1; start >= 0; start--) siftDown(start, heap[start]!);
  for (let place = kept; place < count; place++) if (isWeaker(heap[0]!, place)) siftDown(0, place);
  return heap;
}

function indicesWhere(flags: Uint8Array, flag: number): Int32Array {
  let count = 0;
  for (const value of flags) if (value === flag) count++;
  const indices = new Int32Array(count);
  for (let index = flags.length - 1; index >= 0; index--) if (flags[index] === flag) indices[--count] = index;
  return indices;
}

function assertItem(itemIndex: number, itemCount: number): void {
  if (!Number.isInteger(itemIndex) || itemIndex < 0 || itemIndex >= itemCount) {
    throw new RangeError(`Item ${itemIndex} is outside a model of ${itemCount} items.`);
  }
}
