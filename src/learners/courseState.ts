import type { DismissReason, Verb } from './profileEvent.js';

/** One event of one learner on one course, as far as the course state needs it. */
export interface CourseEvent {
  readonly verb: Verb;
  readonly atMs: number;
  readonly durationSeconds: number | null;
  /** 0–1. */
  readonly progress: number | null;
  /** −1..1; a rating for RATED. */
  readonly score: number | null;
  /** Of a dismissal. */
  readonly reason: DismissReason | null;
}

/**
 * What one learner's events on one course come to. Every field is a count, a sum, a least, a greatest, or a value taken
 * with the latest time (for equal times the greater value, of words the one further on in ASCII order), so events may be folded in any order and any grouping, and
 * a database can keep the same state by upserts with `+`, `least` and `greatest`. Folding the same event twice does
 * count it twice: the log has each event once.
 *
 * Times are in milliseconds since the epoch; null: has not happened, or is not known.
 */
export interface CourseState {
  /** Views of at least `MIN_VIEW_SECONDS`, or of unknown length. */
  readonly views: number;
  readonly starts: number;
  /** 0–1, the furthest that any event reports. */
  readonly maxProgress: number | null;
  readonly completedAtMs: number | null;
  readonly passedAtMs: number | null;
  readonly failedAtMs: number | null;
  /** Assessments passed or failed. */
  readonly attempts: number;
  readonly abandonedAtMs: number | null;
  /** Progress reported by the latest abandonment. */
  readonly abandonedProgress: number | null;
  /** −1..1, the latest. */
  readonly rating: number | null;
  readonly ratedAtMs: number | null;
  readonly savedAtMs: number | null;
  readonly sharedAtMs: number | null;
  readonly dismissedAtMs: number | null;
  /** Given with the latest dismissal. */
  readonly dismissReason: DismissReason | null;
  readonly waivedAtMs: number | null;
  /** Each event's duration rounded to whole seconds first, so that the sum does not depend on the order. */
  readonly secondsSpent: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** A shorter view is a slip or a glance: it tells nothing and leaves no trace in the state. */
export const MIN_VIEW_SECONDS = 5;

/**
 * The state with one more event.
 *
 * @param state null: no event yet
 * @returns the state as it was for what is not the learner's own doing on the course (SEARCHED, VISITED, IMPRESSION,
 *   CLICKED), and for views under `MIN_VIEW_SECONDS`
 */
export function foldCourseEvent(state: CourseState | null, event: CourseEvent): CourseState | null {
  const single = stateOfEvent(event);
  if (single === null) return state;
  return state === null ? single : mergeCourseStates(state, single);
}

/** Finished with success; a failed attempt after a pass changes nothing. */
export function isCompleted(state: CourseState): boolean {
  return state.completedAtMs !== null || state.passedAtMs !== null;
}

/** Begun and left unfinished. */
export function isBegun(state: CourseState): boolean {
  return !isCompleted(state) && (state.starts > 0 || (state.maxProgress ?? 0) > 0 || state.attempts > 0);
}

/** The state of both sets of events together: commutative and associative. */
export function mergeCourseStates(a: CourseState, b: CourseState): CourseState {
  const abandonment = latest(a.abandonedAtMs, a.abandonedProgress, b.abandonedAtMs, b.abandonedProgress);
  const rating = latest(a.ratedAtMs, a.rating, b.ratedAtMs, b.rating);
  const dismissal = latest(a.dismissedAtMs, a.dismissReason, b.dismissedAtMs, b.dismissReason);
  return {
    views: a.views + b.views,
    starts: a.starts + b.starts,
    maxProgress: greatest(a.maxProgress, b.maxProgress),
    completedAtMs: greatest(a.completedAtMs, b.completedAtMs),
    passedAtMs: greatest(a.passedAtMs, b.passedAtMs),
    failedAtMs: greatest(a.failedAtMs, b.failedAtMs),
    attempts: a.attempts + b.attempts,
    abandonedAtMs: abandonment.at,
    abandonedProgress: abandonment.value,
    rating: rating.value,
    ratedAtMs: rating.at,
    savedAtMs: greatest(a.savedAtMs, b.savedAtMs),
    sharedAtMs: greatest(a.sharedAtMs, b.sharedAtMs),
    dismissedAtMs: dismissal.at,
    dismissReason: dismissal.value,
    waivedAtMs: greatest(a.waivedAtMs, b.waivedAtMs),
    secondsSpent: a.secondsSpent + b.secondsSpent,
    firstAtMs: Math.min(a.firstAtMs, b.firstAtMs),
    lastAtMs: Math.max(a.lastAtMs, b.lastAtMs),
  };
}

/** The state after this event alone; null for an event that leaves no trace. */
function stateOfEvent(event: CourseEvent): CourseState | null {
  const { verb, atMs, durationSeconds, progress, score, reason } = event;
  if (verb === 'SEARCHED' || verb === 'VISITED' || verb === 'IMPRESSION' || verb === 'CLICKED') return null;
  if (verb === 'VIEWED' && durationSeconds !== null && durationSeconds < MIN_VIEW_SECONDS) return null;
  const timeIf = (one: Verb): number | null => (verb === one ? atMs : null);
  const hasRating = verb === 'RATED' && score !== null;
  return {
    views: verb === 'VIEWED' ? 1 : 0,
    starts: verb === 'STARTED' ? 1 : 0,
    maxProgress: progress,
    completedAtMs: timeIf('COMPLETED'),
    passedAtMs: timeIf('PASSED'),
    failedAtMs: timeIf('FAILED'),
    attempts: verb === 'PASSED' || verb === 'FAILED' ? 1 : 0,
    abandonedAtMs: timeIf('ABANDONED'),
    abandonedProgress: verb === 'ABANDONED' ? progress : null,
    rating: hasRating ? score : null,
    ratedAtMs: hasRating ? atMs : null,
    savedAtMs: timeIf('SAVED'),
    sharedAtMs: timeIf('SHARED'),
    dismissedAtMs: timeIf('DISMISSED'),
    dismissReason: verb === 'DISMISSED' ? reason : null,
    waivedAtMs: timeIf('WAIVED'),
    secondsSpent: durationSeconds === null ? 0 : Math.round(durationSeconds),
    firstAtMs: atMs,
    lastAtMs: atMs,
  };
}

function greatest<T extends number | string>(a: T | null, b: T | null): T | null {
  if (a === null) return b;
  if (b === null) return a;
  return a > b ? a : b;
}

/** The later of two observations; for equal times the one with the greater value. */
function latest<T extends number | string>(
  atA: number | null,
  valueA: T | null,
  atB: number | null,
  valueB: T | null,
): { at: number | null; value: T | null } {
  if (atA === atB) return { at: atA, value: greatest(valueA, valueB) };
  const isA = atB === null || (atA !== null && atA > atB);
  return isA ? { at: atA, value: valueA } : { at: atB, value: valueB };
}
