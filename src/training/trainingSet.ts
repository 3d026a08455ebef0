import {
  type ConfidenceWeights,
  courseConfidence,
  latestTouchMs,
  undecayedConfidence,
} from '../learners/confidence.js';
import { type CourseState, foldCourseEvent } from '../learners/courseState.js';
import { DISMISS_REASONS, type DismissReason, VERBS, type Verb } from '../learners/profileEvent.js';
import type { ItemContent } from '../recsys/contentFeatures.js';
import { FitStopped, type TrainingData } from '../recsys/fitting.js';
import type { Histories } from '../recsys/histories.js';
import { keepCells } from '../recsys/holdouts.js';
import type { CsrMatrix } from '../recsys/interactions.js';

/** What an event of the log tells, as one small number: a verb by its place in `VERBS`, then dismissals by their reason. */
const TOLD: readonly { readonly verb: Verb; readonly reason: DismissReason | null }[] = [
  ...VERBS.map((verb) => ({ verb, reason: null })),
  ...DISMISS_REASONS.map((reason) => ({ verb: 'DISMISSED' as const, reason })),
];
const TOLD_INDEX: ReadonlyMap<string, number> = new Map(TOLD.map(({ verb, reason }, i) => [`${verb}/${reason}`, i]));

/**
 * The number of what an event tells, for `TrainingEvents.verbs`.
 *
 * @param reason only with DISMISSED
 */
export function toldIndex(verb: Verb, reason: DismissReason | null): number {
  return TOLD_INDEX.get(`${verb}/${verb === 'DISMISSED' ? reason : null}`) as number;
}

/** The activity log up to a watermark, grouped by learner, in columns. */
export interface TrainingEvents {
  readonly learnerCount: number;
  /** The course of each item index. */
  readonly courseIds: readonly string[];
  /** What is written about each; null: nothing is known. */
  readonly contents: readonly ItemContent[] | null;
  /** Length `learnerCount + 1`, into the columns below. Within a learner, events may be in any order. */
  readonly learnerOffsets: Float64Array | Int32Array;
  readonly courseIndices: Int32Array;
  /** As `toldIndex` numbers them; without reasons, the index into `VERBS`. */
  readonly verbs: Uint8Array;
  readonly atMs: Float64Array;
  /** 0–1; NaN: none. */
  readonly progress: Float32Array;
  /** −1..1; NaN: none. */
  readonly scores: Float32Array;
  /** NaN: none. */
  readonly durationSeconds: Float32Array;
  /** 1: this learner was obliged to take this course. */
  readonly mandatory: Uint8Array;
}

/** How the log is gone through. */
export interface Gathering {
  readonly confidenceWeights: ConfidenceWeights;
  readonly onLearner?: (done: number, total: number) => void;
  /** Polled often; true abandons with `FitStopped`. */
  readonly shouldStop?: () => boolean;
}

/** What can be fitted on, and what each learner is known by. All matrices have the same cells. */
export interface TrainingSet {
  /** Learners × courses: confidences before any fading, with the moment of the latest touch. */
  readonly data: TrainingData;
  /** Faded by the time to each learner's own latest touch, as when a list is made; brought to a positive mean of 1. */
  readonly histories: Histories;
  /** When each cell began, beside the cells. */
  readonly firstAtMs: Float64Array;
  /** Brings the positive mean of the histories to 1. */
  readonly confidenceScale: number;
}

/**
 * Folds the events before a moment into confidences.
 *
 * @param beforeMs later events are left out; Infinity: none is
 * @param asOfMs the moment that ages are counted to
 * @param content of the courses, see `TrainingData`
 */
export function trainingSet(
  events: TrainingEvents,
  beforeMs: number,
  asOfMs: number,
  content: CsrMatrix | null,
  { confidenceWeights: weights, onLearner, shouldStop }: Gathering,
): TrainingSet {
  const { learnerCount, courseIds } = events;
  // No learner has more courses than events.
  const capacity = events.courseIndices.length;
  const rowOffsets = new Int32Array(learnerCount + 1);
  const columnIndices = new Int32Array(capacity);
  const undecayed = new Float32Array(capacity);
  const confidences = new Float32Array(capacity);
  const firstAtMs = new Float64Array(capacity);
  const lastAtMs = new Float64Array(capacity);
  let count = 0;
  for (let learner = 0; learner < learnerCount; learner++) {
    if (learner % LEARNERS_BETWEEN_CALLS === 0) {
      if (shouldStop?.()) throw new FitStopped();
      onLearner?.(learner, learnerCount);
    }
    const courses = [...foldCourses(events, learner, beforeMs)].sort(([a], [b]) => a - b);
    const learnerAsOfMs = latestTouchMs(courses.map(([, { state }]) => state));
    for (const [courseIndex, { state, mandatory }] of courses) {
      const confidence = courseConfidence(state, { mandatory, asOfMs: learnerAsOfMs, weights });
      if (confidence === 0) continue;
      columnIndices[count] = courseIndex;
      confidences[count] = confidence;
      undecayed[count] = undecayedConfidence(state, { mandatory, weights });
      firstAtMs[count] = state.firstAtMs;
      lastAtMs[count] = state.lastAtMs;
      count++;
    }
    rowOffsets[learner + 1] = count;
  }
  onLearner?.(learnerCount, learnerCount);
  const shape = {
    rowCount: learnerCount,
    columnCount: courseIds.length,
    rowOffsets,
    columnIndices: columnIndices.slice(0, count),
  };
  const atMs = lastAtMs.slice(0, count);
  const confidenceScale = scaleOf(confidences.subarray(0, count));
  return {
    data: { interactions: { ...shape, values: undecayed.slice(0, count) }, atMs, asOfMs, content },
    histories: { matrix: { ...shape, values: confidences.subarray(0, count).map((c) => c * confidenceScale) }, atMs },
    firstAtMs: firstAtMs.slice(0, count),
    confidenceScale,
  };
}

/** Brings the mean of the positive values to 1. */
function scaleOf(confidences: Float32Array): number {
  let sum = 0;
  let count = 0;
  for (const confidence of confidences) {
    if (confidence <= 0) continue;
    sum += confidence;
    count++;
  }
  return sum > 0 ? count / sum : 1;
}

/** The courses that were wanted, whenever, and when each was first touched. */
export function wantedContacts({ data, firstAtMs }: TrainingSet): { matrix: CsrMatrix; firstAtMs: Float64Array } {
  const { interactions } = data;
  const wanted = keepCells({ ...data, atMs: firstAtMs }, (cell) => interactions.values[cell]! > 0);
  return { matrix: wanted.interactions, firstAtMs: wanted.atMs ?? new Float64Array(0) };
}

/** How many learners took each course up of their own accord. */
export function learnersPerCourse({ data }: TrainingSet): Int32Array {
  const { columnCount, columnIndices, values } = data.interactions;
  const counts = new Int32Array(columnCount);
  for (let cell = 0; cell < values.length; cell++) if (values[cell]! > 0) counts[columnIndices[cell]!]!++;
  return counts;
}

/** @throws RangeError when a column has the wrong length or holds what cannot be */
export function assertEvents(events: TrainingEvents): void {
  const { learnerCount, courseIds, learnerOffsets, courseIndices } = events;
  const rowCount = courseIndices.length;
  const columns = [events.verbs, events.atMs, events.progress, events.scores, events.durationSeconds, events.mandatory];
  if (columns.some((column) => column.length !== rowCount)) {
    throw new RangeError('The columns of the training events differ in length.');
  }
  if (events.contents !== null && events.contents.length !== courseIds.length) {
    throw new RangeError(`There are ${events.contents.length} contents for ${courseIds.length} courses.`);
  }
  if (learnerOffsets.length !== learnerCount + 1 || learnerOffsets[learnerCount] !== rowCount) {
    throw new RangeError(`learnerOffsets must hold ${learnerCount + 1} offsets that end at ${rowCount}.`);
  }
  for (let row = 0; row < rowCount; row++) {
    const course = courseIndices[row]!;
    if (course < 0 || course >= courseIds.length) {
      throw new RangeError(`Event ${row} is on course ${course} of ${courseIds.length}.`);
    }
    if (events.verbs[row]! >= TOLD.length) throw new RangeError(`Event ${row} has an unknown verb.`);
    if (!Number.isFinite(events.atMs[row]!)) throw new RangeError(`Event ${row} has no finite time.`);
  }
}

/** The moment before which all but a hundredth of the events happened; −Infinity without any. */
export function recentMs({ atMs }: TrainingEvents): number {
  const sorted = atMs.slice().sort();
  return sorted[Math.ceil(0.99 * sorted.length) - 1] ?? Number.NEGATIVE_INFINITY;
}

const LEARNERS_BETWEEN_CALLS = 1024;

interface FoldedCourse {
  readonly state: CourseState;
  readonly mandatory: boolean;
}

function foldCourses(events: TrainingEvents, learner: number, beforeMs: number): Map<number, FoldedCourse> {
  const courses = new Map<number, FoldedCourse>();
  const end = events.learnerOffsets[learner + 1]!;
  for (let row = events.learnerOffsets[learner]!; row < end; row++) {
    const atMs = events.atMs[row]!;
    if (atMs >= beforeMs) continue;
    const courseIndex = events.courseIndices[row]!;
    const earlier = courses.get(courseIndex);
    const state = foldCourseEvent(earlier?.state ?? null, {
      ...TOLD[events.verbs[row]!]!,
      atMs,
      durationSeconds: absentAsNull(events.durationSeconds[row]!),
      progress: absentAsNull(events.progress[row]!),
      score: absentAsNull(events.scores[row]!),
    });
    if (state === null) continue;
    courses.set(courseIndex, { state, mandatory: earlier?.mandatory === true || events.mandatory[row] === 1 });
  }
  return courses;
}

function absentAsNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
