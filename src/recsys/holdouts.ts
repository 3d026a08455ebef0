import { createRandom, shuffled } from '../stats/random.js';
import type { Holdout } from './choose.js';
import { fadedInteractions, type TrainingData } from './fitting.js';
import { historyOf, latestOf } from './histories.js';
import type { CsrMatrix } from './interactions.js';

export interface HoldoutOptions {
  readonly seed: number;
  /** At most so many learners of one holdout are asked for, at least 1. */
  readonly maxLearners: number;
}

/** Share of the learners that are left out at once, and of a learner's items that are to be found. */
const SHARE = 0.2;
/** With fewer learners to ask for than this the data is divided several ways, up to five. */
const ENOUGH_LEARNERS = 400;
const MOST_FOLDS = 5;

/**
 * Holdouts of learners whom the models have not seen: they are known by their earlier items and asked for the later
 * ones. How well a model does for newcomers is told by this.
 *
 * @returns several, over other learners each, when learners are few; none when nobody has two wanted items
 */
export function leaveLearnersOut(data: TrainingData, options: HoldoutOptions): Holdout[] {
  return folds(data, options).map((learners) => holdOut(data, learners, true));
}

/**
 * Holdouts of the latest items of learners whom the models know by the others; any items where the times are unknown.
 *
 * @returns several, over other learners each, when learners are few; none when nobody has two wanted items
 */
export function leaveLatestOut(data: TrainingData, options: HoldoutOptions): Holdout[] {
  return folds(data, options).map((learners) => holdOut(data, learners, false));
}

/** Groups of learners with at least two wanted items each. */
function folds(data: TrainingData, { seed, maxLearners }: HoldoutOptions): Int32Array[] {
  const { rowCount, rowOffsets, values } = data.interactions;
  const able: number[] = [];
  for (let row = 0; row < rowCount; row++) {
    let wanted = 0;
    for (let cell = rowOffsets[row]!; cell < rowOffsets[row + 1]! && wanted < 2; cell++)
      if (values[cell]! > 0) wanted++;
    if (wanted === 2) able.push(row);
  }
  const size = Math.min(maxLearners, Math.ceil(SHARE * able.length));
  if (size === 0) return [];
  const count = Math.min(MOST_FOLDS, Math.ceil(ENOUGH_LEARNERS / size), Math.floor(able.length / size));
  const order = shuffled(able, createRandom(seed));
  return Array.from({ length: count }, (_, f) => Int32Array.from(order.slice(f * size, (f + 1) * size)).sort());
}

function holdOut(data: TrainingData, learners: Int32Array, areUnseen: boolean): Holdout {
  const { interactions, atMs } = data;
  const { rowOffsets, columnIndices } = interactions;
  const all = { matrix: interactions, atMs };
  const isHeldOut = new Uint8Array(columnIndices.length);
  const isAsked = new Uint8Array(interactions.rowCount);
  for (const learner of learners) {
    isAsked[learner] = 1;
    const history = historyOf(all, learner);
    const wantedCount = history.values.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0);
    const latest = new Set(latestOf(history, Math.max(1, Math.floor(SHARE * wantedCount))).itemIndices);
    for (let cell = rowOffsets[learner]!; cell < rowOffsets[learner + 1]!; cell++) {
      if (latest.has(columnIndices[cell]!)) isHeldOut[cell] = 1;
    }
  }
  const scaled = fadedInteractions(data, null);
  const isOfHistory = (cell: number, row: number): boolean => isAsked[row] === 1 && isHeldOut[cell] === 0;
  return {
    train: keepCells(data, (cell, row) => isHeldOut[cell] === 0 && !(areUnseen && isAsked[row] === 1)),
    histories: (({ interactions: matrix, atMs: times }) => ({ matrix, atMs: times }))(
      keepCells({ ...data, interactions: scaled }, isOfHistory),
    ),
    heldOut: keepCells(data, (cell) => isHeldOut[cell] === 1).interactions,
    learners,
  };
}

/** The data with some of its cells, in their order. */
export function keepCells(data: TrainingData, isKept: (cell: number, row: number) => boolean): TrainingData {
  const { interactions, atMs } = data;
  const { rowCount, rowOffsets } = interactions;
  const keptOffsets = new Int32Array(rowCount + 1);
  const kept = new Int32Array(interactions.columnIndices.length);
  let count = 0;
  for (let row = 0; row < rowCount; row++) {
    for (let cell = rowOffsets[row]!; cell < rowOffsets[row + 1]!; cell++) if (isKept(cell, row)) kept[count++] = cell;
    keptOffsets[row + 1] = count;
  }
  const cells = kept.subarray(0, count);
  const matrix: CsrMatrix = {
    rowCount,
    columnCount: interactions.columnCount,
    rowOffsets: keptOffsets,
    columnIndices: Int32Array.from(cells, (cell) => interactions.columnIndices[cell]!),
    values: Float32Array.from(cells, (cell) => interactions.values[cell]!),
  };
  return {
    ...data,
    interactions: matrix,
    atMs: atMs === null ? null : Float64Array.from(cells, (cell) => atMs[cell]!),
  };
}
