import type { ActivityService } from '../activity/activity.service.js';
import type { CatalogService } from '../catalog/catalog.service.js';
import { DEFAULT_CONFIDENCE_WEIGHTS } from '../learners/confidence.js';
import type { LearnersService } from '../learners/learners.service.js';
import { DomainError } from '../platform/errors.js';
import type { Holdout } from '../recsys/choose.js';
import { encodeContent, fitContentEncoder } from '../recsys/contentFeatures.js';
import { leaveLatestOut } from '../recsys/holdouts.js';
import type { CsrMatrix } from '../recsys/interactions.js';
import { heldOutLearners, temporalHoldout } from '../recsys/split.js';
import { createRandom, shuffled } from '../stats/random.js';
import { gatherTrainingEvents } from '../training/gatherEvents.js';
import {
  recentMs,
  type TrainingEvents,
  type TrainingSet,
  trainingSet,
  wantedContacts,
} from '../training/trainingSet.js';
import { selectRows } from './cells.js';
import type { DataDescription } from './evaluateModels.js';
import { type EvaluationSet, type LearnerSampling, sampleLearners } from './evaluationSet.js';

/** Share of first contacts, the latest, that is to be found. */
const HOLDOUT_SHARE = 0.15;
/** With fewer learners than this after the inner cut, tuning looks at everybody's latest courses instead. */
const ENOUGH_LEARNERS = 20;

/** Where the service's own data comes from. */
export interface ServiceSources {
  readonly activity: ActivityService;
  readonly learners: LearnersService;
  readonly catalog: CatalogService;
}

/**
 * Reads the activity log of the service.
 *
 * @param onProgress how many events of how many have been read
 */
export async function gatherServiceEvents(
  { activity, learners, catalog }: ServiceSources,
  onProgress: (done: number, total: number) => void,
): Promise<TrainingEvents> {
  const { events } = await gatherTrainingEvents(activity, learners, catalog.snapshot, await activity.watermark(), {
    report: ({ done, total }) => onProgress(done, total ?? done),
    shouldStop: () => false,
  });
  return events;
}

/**
 * Divides the service's activity at one moment for everybody: models are fitted on what came before, and asked for the
 * courses that were taken up after it.
 *
 * @throws DomainError BAD_USER_INPUT when there is too little activity to divide
 */
export function createServiceSet(
  unshuffled: TrainingEvents,
  nowMs: number,
  sampling: LearnerSampling,
): { set: EvaluationSet; description: DataDescription } {
  const events = withShuffledCourses(unshuffled, sampling.seed);
  const gathering = { confidenceWeights: DEFAULT_CONFIDENCE_WEIGHTS };
  const { contents } = events;
  const content = contents === null ? null : encodeContent(fitContentEncoder(contents), contents);
  const everything = trainingSet(
    events,
    Number.POSITIVE_INFINITY,
    Math.min(nowMs, recentMs(events)),
    content,
    gathering,
  );
  const holdout = temporalCut(everything);
  if (holdout === null) {
    throw new DomainError('BAD_USER_INPUT', 'There is no activity to evaluate on yet: import some, or give files.');
  }
  const before = trainingSet(events, holdout.cutMs, holdout.cutMs, content, gathering);
  if (before.data.interactions.values.length === 0) {
    throw new DomainError('BAD_USER_INPUT', 'All activity is of one moment, so there is no past to learn from.');
  }
  const { heldOut } = holdout;
  const learners = sampleLearners(rowsWithCells(heldOut), sampling);
  const histories = selectRows(before.histories.matrix, before.histories.atMs, learners);
  const asked = selectRows(heldOut, null, learners).matrix;
  const learnersPerItem = new Int32Array(heldOut.columnCount);
  for (const item of before.data.interactions.columnIndices) learnersPerItem[item]!++;
  const withoutHistory = learners.filter((_, row) => isEmpty(histories.matrix, row)).length;
  const unknown = asked.columnIndices.filter((item) => learnersPerItem[item] === 0).length;
  const cut = new Date(holdout.cutMs).toISOString();
  return {
    set: {
      training: before.data,
      protocol: {
        itemCount: heldOut.columnCount,
        histories: histories.matrix,
        historyAtMs: histories.atMs,
        taken: histories.matrix,
        heldOut: asked,
        candidates: null,
      },
      tuningHoldouts: (options) => {
        const inner = innerHoldout(events, before);
        return inner === null ? leaveLatestOut(before.data, options) : [inner];
      },
      itemId: (itemIndex) => events.courseIds[itemIndex]!,
      counts: {
        trainingInteractions: before.data.interactions.values.length,
        trainingLearners: rowsWithCells(before.data.interactions).length,
        items: heldOut.columnCount,
        evaluatedLearners: learners.length,
        evaluatedLearnersUnseenInTraining: withoutHistory,
        evaluatedLearnersWithoutHistory: withoutHistory,
        heldOutItems: asked.values.length,
        heldOutUnknownItems: unknown,
        heldOutAlreadyInHistory: 0,
        heldOutNotAmongCandidates: 0,
        heldOutNotWanted: 0,
        valuesOfZero: 0,
        duplicateLines: 0,
        historyUnknownItems: 0,
        candidateLists: 0,
        learnersWithoutCandidates: 0,
        candidatesUnknownItems: 0,
      },
    },
    description: {
      source: `the service's own activity; fitted on what came before ${cut}, asked for what was taken up from then on`,
      valuesTakenAs: 'confidence',
      notes: unknown === 0 ? [] : [`${unknown.toLocaleString('en')} held-out courses had no activity before the cut.`],
    },
  };

  /** The past divided once more; null when too few learners are known before and after the cut. */
  function innerHoldout(all: TrainingEvents, past: TrainingSet): Holdout | null {
    const inner = temporalCut(past);
    if (inner === null) return null;
    const train = trainingSet(all, inner.cutMs, inner.cutMs, content, gathering);
    const { warm } = heldOutLearners(train.histories.matrix, inner.heldOut);
    if (warm.length < ENOUGH_LEARNERS) return null;
    return { train: train.data, histories: train.histories, heldOut: inner.heldOut, learners: warm };
  }
}

function temporalCut(set: TrainingSet) {
  const { matrix, firstAtMs } = wantedContacts(set);
  return temporalHoldout(matrix, firstAtMs, HOLDOUT_SHARE);
}

/** Ties are ranked by number, which must not be the order of the catalogue. */
function withShuffledCourses(events: TrainingEvents, seed: number): TrainingEvents {
  const order = shuffled(
    events.courseIds.map((_, course) => course),
    createRandom(seed),
  );
  const newIndices = new Int32Array(order.length);
  order.forEach((course, index) => {
    newIndices[course] = index;
  });
  return {
    ...events,
    courseIds: order.map((course) => events.courseIds[course]!),
    contents: events.contents === null ? null : order.map((course) => events.contents![course]!),
    courseIndices: events.courseIndices.map((course) => newIndices[course]!),
  };
}

function rowsWithCells(matrix: CsrMatrix): Int32Array {
  const rows: number[] = [];
  for (let row = 0; row < matrix.rowCount; row++) if (!isEmpty(matrix, row)) rows.push(row);
  return Int32Array.from(rows);
}

function isEmpty({ rowOffsets }: CsrMatrix, row: number): boolean {
  return rowOffsets[row] === rowOffsets[row + 1];
}
