import type { Holdout } from '../recsys/choose.js';
import { encodeContent, fitContentEncoder, type ItemContent } from '../recsys/contentFeatures.js';
import type { CandidateLists, RankingProtocol } from '../recsys/evaluate.js';
import type { TrainingData } from '../recsys/fitting.js';
import { type HoldoutOptions, leaveLatestOut, leaveLearnersOut } from '../recsys/holdouts.js';
import type { CsrMatrix } from '../recsys/interactions.js';
import { createRandom, shuffled } from '../stats/random.js';
import { type CellColumns, cellsOfColumns, keepCells, type TimedCells } from './cells.js';
import type { CandidateColumns, IdTables, InteractionColumns } from './interactionFile.js';

/** How the value column is understood. */
export type ValueMeaning = 'confidence' | 'binary';

/** What models are fitted on, and what they are asked. */
export interface EvaluationSet {
  readonly training: TrainingData;
  readonly protocol: RankingProtocol;
  /** Divides the training data alike, for tuning; none when it is too little. */
  readonly tuningHoldouts: (options: HoldoutOptions) => readonly Holdout[];
  readonly counts: EvaluationCounts;
  /** The id of each item the models know. */
  readonly itemId: (itemIndex: number) => string;
}

/** What the data holds, and what of it could not be used. */
export interface EvaluationCounts {
  readonly trainingInteractions: number;
  readonly trainingLearners: number;
  readonly items: number;
  /** Learners with at least one held-out item, or a sample of them. */
  readonly evaluatedLearners: number;
  /** Of them: how many are not among the learners that models are fitted on. */
  readonly evaluatedLearnersUnseenInTraining: number;
  /** Of them: how many have no history at all. */
  readonly evaluatedLearnersWithoutHistory: number;
  readonly heldOutItems: number;
  /** Of the held-out ones: the models do not know the item, so that they can never be found. */
  readonly heldOutUnknownItems: number;
  /** Of the held-out ones: in the learner's history, and so left out of the ranking; they can never be found. */
  readonly heldOutAlreadyInHistory: number;
  /** Of the held-out ones: not among the learner's candidates; they can never be found. */
  readonly heldOutNotAmongCandidates: number;
  /** Lines of the holdout that say the item was not wanted, or nothing. */
  readonly heldOutNotWanted: number;
  /** Cells of the training and history files with a value of 0, which tells nothing. */
  readonly valuesOfZero: number;
  /** Lines on the same learner and item as another one. */
  readonly duplicateLines: number;
  /** Cells of the histories with an item that the models do not know. */
  readonly historyUnknownItems: number;
  readonly candidateLists: number;
  /** Evaluated learners without candidates while others have some: all items are ranked for them. */
  readonly learnersWithoutCandidates: number;
  /** Candidates that the models do not know; they are ranked nowhere. */
  readonly candidatesUnknownItems: number;
}

/** Whom to evaluate. */
export interface LearnerSampling {
  readonly seed: number;
  /** At least 1; null: everybody with something held out. */
  readonly maxLearners: number | null;
}

export interface EvaluationFiles {
  readonly training: InteractionColumns;
  /** Null: the training data is the history. */
  readonly history: InteractionColumns | null;
  readonly heldOut: InteractionColumns;
  readonly candidates: CandidateColumns | null;
  /** What is written about items, by id; null: nothing is known. */
  readonly contents: ReadonlyMap<string, ItemContent> | null;
}

/**
 * Takes the values as signed confidences when none is beyond ±1, and otherwise, as for ratings or counts, as wanted
 * when above 0 and as not wanted when below.
 */
export function meaningOfValues({ training, history }: Pick<EvaluationFiles, 'training' | 'history'>): ValueMeaning {
  return Math.max(training.greatestValue, history?.greatestValue ?? 0) > 1 ? 'binary' : 'confidence';
}

/**
 * Puts the files together. Items are those of the training file, numbered in an order that depends on the seed and the
 * ids alone: ties are ranked by number, so it must not be the order of a file, where held-out items may stand first.
 *
 * @param ids filled by reading the training file before the others
 * @param trainingItemCount how many items `ids` held once the training file had been read
 */
export function createEvaluationSet(
  files: EvaluationFiles,
  ids: IdTables,
  { trainingLearnerCount, trainingItemCount }: { trainingLearnerCount: number; trainingItemCount: number },
  meaning: ValueMeaning,
  { seed, maxLearners }: LearnerSampling,
): EvaluationSet {
  const { training, history, heldOut, candidates, contents } = files;
  const allItemCount = ids.items.count;
  const { newItemIndices, itemId } = shuffleItems(ids, trainingItemCount, seed);
  const learnerIndices = Int32Array.from({ length: ids.learners.count }, (_, learner) => learner);
  const columnsOf = (file: InteractionColumns, rowOfLearner: Int32Array): CellColumns => ({
    count: file.count,
    rowIndices: mapped(file.learnerIndices, rowOfLearner, file.count),
    columnIndices: mapped(file.itemIndices, newItemIndices, file.count),
    values: file.values,
    atMs: file.atMs,
  });
  const asMeant = (cells: TimedCells): TimedCells =>
    meaning === 'confidence'
      ? cells
      : { ...cells, matrix: { ...cells.matrix, values: cells.matrix.values.map(Math.sign) } };
  const isKnown = (item: number): boolean => item < trainingItemCount;
  const saysSomething = (_: number, value: number): boolean => value !== 0;

  const allTraining = asMeant(
    cellsOfColumns(trainingLearnerCount, trainingItemCount, columnsOf(training, learnerIndices)),
  );
  const trainingCells = keepCells(allTraining, saysSomething);

  const allHeldOut = cellsOfColumns(ids.learners.count, allItemCount, columnsOf(heldOut, learnerIndices));
  const wanted = keepCells(allHeldOut, (_, value) => value > 0);
  const { rowOfLearner, learners } = sampleRows(wanted, { seed, maxLearners });
  const sampledRows = mapped(rowsOfCells(wanted), rowOfLearner, wanted.matrix.values.length);
  const heldOutCells = cellsOfColumns(learners.length, allItemCount, {
    count: wanted.matrix.values.length,
    rowIndices: sampledRows,
    columnIndices: wanted.matrix.columnIndices,
    values: wanted.matrix.values,
    atMs: null,
  });

  const allHistory = asMeant(
    cellsOfColumns(learners.length, allItemCount, columnsOf(history ?? training, rowOfLearner)),
  );
  const knownHistory = narrowed(keepCells(allHistory, isKnown), trainingItemCount);
  const histories = scaled(keepCells(knownHistory, saysSomething), 1 / positiveMean(trainingCells.matrix));
  const lists =
    candidates === null ? null : candidateLists(candidates, rowOfLearner, learners.length, newItemIndices, isKnown);
  const protocol: RankingProtocol = {
    itemCount: trainingItemCount,
    histories: histories.matrix,
    historyAtMs: histories.atMs,
    taken: knownHistory.matrix,
    heldOut: heldOutCells.matrix,
    candidates: lists?.candidates ?? null,
  };
  let latestMs = 0;
  if (trainingCells.atMs !== null) {
    latestMs = Number.NEGATIVE_INFINITY;
    for (const atMs of trainingCells.atMs) latestMs = Math.max(latestMs, atMs);
  }
  const trainingData: TrainingData = {
    interactions: trainingCells.matrix,
    atMs: trainingCells.atMs,
    asOfMs: latestMs,
    content: contents === null ? null : contentMatrix(contents, trainingItemCount, itemId),
  };
  const unseenCount = learners.filter((learner) => learner >= trainingLearnerCount).length;
  return {
    training: trainingData,
    protocol,
    // As the models will be asked: for learners whom they have not seen, or for what those they have seen take next.
    tuningHoldouts: (options) =>
      2 * unseenCount > learners.length
        ? leaveLearnersOut(trainingData, options)
        : leaveLatestOut(trainingData, options),
    itemId,
    counts: {
      trainingInteractions: trainingCells.matrix.values.length,
      trainingLearners: trainingLearnerCount,
      items: trainingItemCount,
      evaluatedLearners: learners.length,
      evaluatedLearnersUnseenInTraining: unseenCount,
      evaluatedLearnersWithoutHistory: emptyRowCount(protocol.histories.rowOffsets),
      heldOutItems: protocol.heldOut.values.length,
      ...unreachableCounts(protocol),
      heldOutNotWanted: allHeldOut.matrix.values.length - wanted.matrix.values.length,
      valuesOfZero:
        allTraining.matrix.values.length -
        trainingCells.matrix.values.length +
        (history === null ? 0 : knownHistory.matrix.values.length - histories.matrix.values.length),
      duplicateLines:
        allTraining.duplicateCount + allHeldOut.duplicateCount + (history === null ? 0 : allHistory.duplicateCount),
      historyUnknownItems: allHistory.matrix.values.length - knownHistory.matrix.values.length,
      candidateLists: lists?.listedCount ?? 0,
      learnersWithoutCandidates: lists === null ? 0 : learners.length - lists.listedCount,
      candidatesUnknownItems: lists?.unknownCount ?? 0,
    },
  };
}

/** An empty row for an item that nothing is written about. */
function contentMatrix(
  contents: ReadonlyMap<string, ItemContent>,
  itemCount: number,
  itemId: (itemIndex: number) => string,
): CsrMatrix {
  const items = Array.from({ length: itemCount }, (_, item) => contents.get(itemId(item)) ?? NO_CONTENT);
  return encodeContent(fitContentEncoder(items), items);
}

const NO_CONTENT: ItemContent = {
  title: '',
  description: null,
  provider: null,
  level: null,
  language: null,
  kind: null,
  categories: [],
  skills: [],
};

/** New numbers for the training file's items; those of other files keep theirs, which are beyond. */
function shuffleItems(
  { items }: IdTables,
  trainingItemCount: number,
  seed: number,
): { newItemIndices: Int32Array; itemId: (itemIndex: number) => string } {
  const idOf = Array.from({ length: trainingItemCount }, (_, item) => items.idAt(item));
  const byId = idOf.map((_, item) => item).sort((a, b) => (idOf[a]! < idOf[b]! ? -1 : 1));
  const order = shuffled(byId, createRandom(seed));
  const newItemIndices = Int32Array.from({ length: items.count }, (_, item) => item);
  order.forEach((item, index) => {
    newItemIndices[item] = index;
  });
  return { newItemIndices, itemId: (itemIndex) => idOf[order[itemIndex]!]! };
}

function mapped(indices: Int32Array, newIndexOf: Int32Array, count: number): Int32Array {
  const result = new Int32Array(count);
  for (let entry = 0; entry < count; entry++) result[entry] = newIndexOf[indices[entry]!]!;
  return result;
}

/**
 * The rows that hold anything, ascending, or a random part of them; and the new number of every row, −1 for those that
 * do not.
 */
function sampleRows(
  { matrix }: TimedCells,
  sampling: LearnerSampling,
): { rowOfLearner: Int32Array; learners: Int32Array } {
  const withCells: number[] = [];
  for (let row = 0; row < matrix.rowCount; row++) {
    if (matrix.rowOffsets[row] !== matrix.rowOffsets[row + 1]) withCells.push(row);
  }
  const learners = sampleLearners(Int32Array.from(withCells), sampling);
  const rowOfLearner = new Int32Array(matrix.rowCount).fill(-1);
  learners.forEach((learner, row) => {
    rowOfLearner[learner] = row;
  });
  return { rowOfLearner, learners };
}

/** A random part of the learners when there are more than wanted, in their order. */
export function sampleLearners(learners: Int32Array, { seed, maxLearners }: LearnerSampling): Int32Array {
  if (maxLearners === null || learners.length <= maxLearners) return learners;
  return Int32Array.from(shuffled(learners, createRandom(seed)).slice(0, maxLearners)).sort();
}

function rowsOfCells({ matrix }: TimedCells): Int32Array {
  const rows = new Int32Array(matrix.values.length);
  for (let row = 0; row < matrix.rowCount; row++) rows.fill(row, matrix.rowOffsets[row], matrix.rowOffsets[row + 1]);
  return rows;
}

function narrowed(cells: TimedCells, columnCount: number): TimedCells {
  return { ...cells, matrix: { ...cells.matrix, columnCount } };
}

/** The mean of the values above 0; 1 without any. */
export function positiveMean(matrix: CsrMatrix): number {
  let sum = 0;
  let count = 0;
  for (const value of matrix.values) {
    if (value <= 0) continue;
    sum += value;
    count++;
  }
  return count === 0 ? 1 : sum / count;
}

/** A fit brings its positive values to a mean of 1; what scorers are told must be on the same scale. */
function scaled(cells: TimedCells, factor: number): TimedCells {
  if (factor === 1) return cells;
  return { ...cells, matrix: { ...cells.matrix, values: cells.matrix.values.map((value) => value * factor) } };
}

function emptyRowCount(rowOffsets: Int32Array): number {
  let count = 0;
  for (let row = 0; row + 1 < rowOffsets.length; row++) if (rowOffsets[row] === rowOffsets[row + 1]) count++;
  return count;
}

function candidateLists(
  columns: CandidateColumns,
  rowOfLearner: Int32Array,
  learnerCount: number,
  newItemIndices: Int32Array,
  isKnown: (item: number) => boolean,
): { candidates: CandidateLists; listedCount: number; unknownCount: number } {
  const all = cellsOfColumns(learnerCount, newItemIndices.length, {
    count: columns.count,
    rowIndices: mapped(columns.learnerIndices, rowOfLearner, columns.count),
    columnIndices: mapped(columns.itemIndices, newItemIndices, columns.count),
    values: new Float32Array(columns.count).fill(1),
    atMs: null,
  });
  const known = keepCells(all, isKnown);
  const isListed = new Uint8Array(learnerCount);
  for (const learner of columns.listedLearners) {
    const row = rowOfLearner[learner]!;
    if (row >= 0) isListed[row] = 1;
  }
  return {
    candidates: { isListed, items: known.matrix },
    listedCount: isListed.reduce((sum, flag) => sum + flag, 0),
    unknownCount: all.matrix.values.length - known.matrix.values.length,
  };
}

/** Of each held-out item that can never be found, one reason. */
function unreachableCounts({ itemCount, taken, heldOut, candidates }: RankingProtocol) {
  let heldOutUnknownItems = 0;
  let heldOutAlreadyInHistory = 0;
  let heldOutNotAmongCandidates = 0;
  for (let learner = 0; learner < heldOut.rowCount; learner++) {
    const isListed = candidates !== null && candidates.isListed[learner] !== 0;
    const looked = new Set(rowOf(isListed ? candidates.items : taken, learner));
    for (const item of rowOf(heldOut, learner)) {
      if (item >= itemCount) heldOutUnknownItems++;
      else if (isListed && !looked.has(item)) heldOutNotAmongCandidates++;
      else if (!isListed && looked.has(item)) heldOutAlreadyInHistory++;
    }
  }
  return { heldOutUnknownItems, heldOutAlreadyInHistory, heldOutNotAmongCandidates };
}

function rowOf(matrix: { readonly rowOffsets: Int32Array; readonly columnIndices: Int32Array }, row: number) {
  return matrix.columnIndices.subarray(matrix.rowOffsets[row], matrix.rowOffsets[row + 1]);
}
