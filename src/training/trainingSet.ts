import {
  type ConfidenceWeights,
  courseConfidence,
  fading,
  latestTouchMs,
  undecayedConfidence,
} from '../learners/confidence.js';
import { type CourseState, foldCourseEvent } from '../learners/courseState.js';
import { VERBS } from '../learners/profileEvent.js';
import { FitStopped } from '../recsys/fitting.js';
import { buildCsr, type CsrMatrix } from '../recsys/interactions.js';
import { decayedPopularity } from '../recsys/popularity.js';

/** The activity log up to a watermark, grouped by learner, in columns. */
export interface TrainingEvents {
  readonly learnerCount: number;
  /** The course of each item index. */
  readonly courseIds: readonly string[];
  /** Length `learnerCount + 1`, into the columns below. Within a learner, events may be in any order. */
  readonly learnerOffsets: Float64Array | Int32Array;
  readonly courseIndices: Int32Array;
  /** Index into `VERBS`. */
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

/** Learner–course pairs that tell something, in columns, by learner and then course: the order of a matrix's cells. */
export interface Pairs {
  readonly learnerIndices: number[];
  readonly courseIndices: number[];
  /** Signed, faded by the time to the learner's latest touch; never 0. */
  readonly confidences: number[];
  /** The same before fading. */
  readonly undecayed: number[];
  readonly firstAtMs: number[];
  readonly lastAtMs: number[];
}

/** What can be fitted on; in both matrices confidences are brought to a positive mean of 1. */
export interface TrainingSet {
  /** What factors are fitted on: faded by the time to one moment, so that what is taken together now counts most. */
  readonly interactions: CsrMatrix;
  /** What each learner is known by when a list is made: faded by the time to their own latest touch. */
  readonly histories: CsrMatrix;
  /** Brings the positive mean of the histories to 1. */
  readonly confidenceScale: number;
  readonly pairs: Pairs;
  readonly asOfMs: number;
}

/**
 * Folds the events before a moment into confidences.
 *
 * @param beforeMs later events are left out; Infinity: none is
 * @param asOfMs the moment that interactions and popularity have faded by
 */
export function trainingSet(
  events: TrainingEvents,
  beforeMs: number,
  asOfMs: number,
  gathering: Gathering,
): TrainingSet {
  const pairs = gatherPairs(events, beforeMs, gathering);
  const { halfLifeDays } = gathering.confidenceWeights;
  const faded = pairs.undecayed.map((confidence, p) => confidence * fading(asOfMs - pairs.lastAtMs[p]!, halfLifeDays));
  const confidenceScale = scaleOf(pairs.confidences);
  const scaledMatrix = (values: readonly number[], scale: number): CsrMatrix =>
    matrixOf(
      events,
      pairs,
      values.map((value) => value * scale),
    );
  return {
    interactions: scaledMatrix(faded, scaleOf(faded)),
    histories: scaledMatrix(pairs.confidences, confidenceScale),
    confidenceScale,
    pairs,
    asOfMs,
  };
}

/** Brings the mean of the positive values to 1. */
function scaleOf(confidences: readonly number[]): number {
  const mean = meanOf(confidences.filter((confidence) => confidence > 0));
  return mean > 0 ? 1 / mean : 1;
}

/** The histories with each learner's latest wanted course alone; for equal times the first of them. */
export function latestOnly({ histories, pairs }: TrainingSet): CsrMatrix {
  const latest = new Map<number, number>();
  pairs.learnerIndices.forEach((learner, cell) => {
    const before = latest.get(learner);
    const isLater = before === undefined || pairs.lastAtMs[cell]! > pairs.lastAtMs[before]!;
    if (histories.values[cell]! > 0 && isLater) latest.set(learner, cell);
  });
  const cells = [...latest.values()];
  return buildCsr(histories.rowCount, histories.columnCount, {
    rowIndices: cells.map((cell) => pairs.learnerIndices[cell]!),
    columnIndices: cells.map((cell) => pairs.courseIndices[cell]!),
    values: cells.map((cell) => histories.values[cell]!),
  });
}

/** Those of the pairs that say that the course was wanted. */
export function positivePairs(pairs: Pairs): Pairs {
  const isKept = (_: number, p: number): boolean => pairs.confidences[p]! > 0;
  return {
    learnerIndices: pairs.learnerIndices.filter(isKept),
    courseIndices: pairs.courseIndices.filter(isKept),
    confidences: pairs.confidences.filter(isKept),
    undecayed: pairs.undecayed.filter(isKept),
    firstAtMs: pairs.firstAtMs.filter(isKept),
    lastAtMs: pairs.lastAtMs.filter(isKept),
  };
}

/** Learners × courses with one value for each pair; its cells are in the order of the pairs. */
export function matrixOf(events: TrainingEvents, pairs: Pairs, values: readonly number[]): CsrMatrix {
  const { learnerIndices: rowIndices, courseIndices: columnIndices } = pairs;
  return buildCsr(events.learnerCount, events.courseIds.length, { rowIndices, columnIndices, values });
}

/** Time-decayed popularity in average interactions, with its own half-life instead of that of the confidences. */
export function popularityOf({ pairs, asOfMs }: TrainingSet, itemCount: number, halfLifeDays: number): Float64Array {
  const wanted = pairs.undecayed.map((confidence) => Math.max(0, confidence));
  const mean = meanOf(wanted.filter((confidence) => confidence > 0));
  const weights = mean > 0 ? wanted.map((confidence) => confidence / mean) : wanted;
  const contacts = { itemIndices: pairs.courseIndices, weights, atMs: pairs.lastAtMs };
  return decayedPopularity(contacts, itemCount, halfLifeDays, asOfMs);
}

/** How many learners took each course up of their own accord. */
export function learnersPerCourse({ pairs }: TrainingSet, itemCount: number): Int32Array {
  const counts = new Int32Array(itemCount);
  for (const courseIndex of positivePairs(pairs).courseIndices) counts[courseIndex]! += 1;
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
  if (learnerOffsets.length !== learnerCount + 1 || learnerOffsets[learnerCount] !== rowCount) {
    throw new RangeError(`learnerOffsets must hold ${learnerCount + 1} offsets that end at ${rowCount}.`);
  }
  for (let row = 0; row < rowCount; row++) {
    const course = courseIndices[row]!;
    if (course < 0 || course >= courseIds.length) {
      throw new RangeError(`Event ${row} is on course ${course} of ${courseIds.length}.`);
    }
    if (events.verbs[row]! >= VERBS.length) throw new RangeError(`Event ${row} has an unknown verb.`);
    if (!Number.isFinite(events.atMs[row]!)) throw new RangeError(`Event ${row} has no finite time.`);
  }
}

/** The moment before which all but a hundredth of the events happened; −Infinity without any. */
export function recentMs({ atMs }: TrainingEvents): number {
  const sorted = atMs.slice().sort();
  return sorted[Math.ceil(0.99 * sorted.length) - 1] ?? Number.NEGATIVE_INFINITY;
}

/** 0 for no values. */
export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return values.length === 0 ? 0 : sum / values.length;
}

const LEARNERS_BETWEEN_CALLS = 1024;

function gatherPairs(
  events: TrainingEvents,
  beforeMs: number,
  { confidenceWeights: weights, onLearner, shouldStop }: Gathering,
): Pairs {
  const pairs: Pairs = {
    learnerIndices: [],
    courseIndices: [],
    confidences: [],
    undecayed: [],
    firstAtMs: [],
    lastAtMs: [],
  };
  for (let learner = 0; learner < events.learnerCount; learner++) {
    if (learner % LEARNERS_BETWEEN_CALLS === 0) {
      if (shouldStop?.()) throw new FitStopped();
      onLearner?.(learner, events.learnerCount);
    }
    const courses = [...foldCourses(events, learner, beforeMs)].sort(([a], [b]) => a - b);
    const learnerAsOfMs = latestTouchMs(courses.map(([, { state }]) => state));
    for (const [courseIndex, { state, mandatory }] of courses) {
      const confidence = courseConfidence(state, { mandatory, asOfMs: learnerAsOfMs, weights });
      if (confidence === 0) continue;
      pairs.learnerIndices.push(learner);
      pairs.courseIndices.push(courseIndex);
      pairs.confidences.push(confidence);
      pairs.undecayed.push(undecayedConfidence(state, { mandatory, weights }));
      pairs.firstAtMs.push(state.firstAtMs);
      pairs.lastAtMs.push(state.lastAtMs);
    }
  }
  onLearner?.(events.learnerCount, events.learnerCount);
  return pairs;
}

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
      verb: VERBS[events.verbs[row]!]!,
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
