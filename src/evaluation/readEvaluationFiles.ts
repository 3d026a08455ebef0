import { DomainError } from '../platform/errors.js';
import type { ItemContent } from '../recsys/contentFeatures.js';
import type { DataDescription } from './evaluateModels.js';
import {
  createEvaluationSet,
  type EvaluationSet,
  type LearnerSampling,
  meaningOfValues,
  type ValueMeaning,
} from './evaluationSet.js';
import { IdTable } from './idTable.js';
import { readCandidates, readInteractions } from './interactionFile.js';
import type { ReadProgress } from './lines.js';
import { dataNotes } from './report.js';

export interface EvaluationPaths {
  readonly train: string;
  readonly history: string | null;
  readonly holdout: string;
  readonly candidates: string | null;
}

/**
 * Reads the files of one evaluation.
 *
 * @param contents what is written about items, by id; those that are in no training file can be recommended by it
 * @param values null: told from the values
 * @throws DomainError BAD_USER_INPUT with file and line when one cannot be understood, or nothing is left to evaluate
 */
export async function readEvaluationFiles(
  paths: EvaluationPaths,
  contents: ReadonlyMap<string, ItemContent> | null,
  values: ValueMeaning | null,
  sampling: LearnerSampling,
  onProgress: (path: string, lines: number, fraction: number) => void,
): Promise<{ set: EvaluationSet; description: DataDescription }> {
  const ids = { learners: new IdTable(), items: new IdTable() };
  const progressOf =
    (path: string): ReadProgress =>
    (lines, fraction) =>
      onProgress(path, lines, fraction);
  const training = await readInteractions(paths.train, ids, progressOf(paths.train));
  for (const id of contents?.keys() ?? []) {
    const bytes = Buffer.from(id);
    ids.items.intern(bytes, 0, bytes.length);
  }
  const known = { trainingLearnerCount: ids.learners.count, trainingItemCount: ids.items.count };
  const history = paths.history === null ? null : await readInteractions(paths.history, ids, progressOf(paths.history));
  const heldOut = await readInteractions(paths.holdout, ids, progressOf(paths.holdout));
  const candidates =
    paths.candidates === null ? null : await readCandidates(paths.candidates, ids, progressOf(paths.candidates));
  const meaning = values ?? meaningOfValues({ training, history });
  const set = createEvaluationSet({ training, history, heldOut, candidates, contents }, ids, known, meaning, sampling);
  if (set.counts.trainingInteractions === 0) {
    throw nothingLeft(`${paths.train} holds values of 0 alone, so there is nothing to learn from.`);
  }
  if (set.counts.evaluatedLearners === 0) {
    throw nothingLeft(`${paths.holdout} holds no value above 0, so there is nothing to find.`);
  }
  const files = [training, ...(history === null ? [] : [history])];
  const withoutTime = files.map((file): [string, number, number] => [file.path, file.linesWithoutTime, file.count]);
  return {
    set,
    description: {
      source: [
        `train ${paths.train}`,
        ...(paths.history === null ? [] : [`history ${paths.history}`]),
        `holdout ${paths.holdout}`,
        ...(paths.candidates === null ? [] : [`candidates ${paths.candidates}`]),
      ].join(', '),
      valuesTakenAs: meaning,
      notes: dataNotes(set.counts, withoutTime),
    },
  };
}

function nothingLeft(message: string): DomainError {
  return new DomainError('BAD_USER_INPUT', message);
}
