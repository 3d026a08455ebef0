import { type Course, isFull, type LiveSession } from '../../catalog/course.js';
import type { CourseState } from '../../learners/courseState.js';
import { isBegun } from '../../learners/courseState.js';
import { isDismissed } from './eligibility.js';
import type { RecommendationInputs } from './inputs.js';
import type { Evidence } from './reasons.js';
import { type RequiredCourse, requiredCourses, zoneOfDuty } from './required.js';

/** Why a course is the learner's own matter. */
export type LaneEvidence = Extract<Evidence, { readonly kind: 'ASSIGNED' | 'BEGUN' | 'SAVED' }>;

/** A course that is the learner's own matter already, and why. */
export interface LaneEntry {
  readonly position: number;
  readonly evidence: LaneEvidence;
  /** What is said of a course that has to be taken; null: it need not be. */
  readonly required: RequiredCourse | null;
}

/** What is not recommended but theirs: what they must do, what they have begun and what they put aside for later. */
export interface Lanes {
  readonly required: readonly LaneEntry[];
  readonly begun: readonly LaneEntry[];
  readonly saved: readonly LaneEntry[];
}

const DAY_MS = 86_400_000;
/** What nobody has touched for longer is not waiting to be continued. */
const CONTINUED_WITHIN_DAYS = 180;
/** The wish to go on halves in this time. */
const PULL_HALF_LIFE_DAYS = 30;

/**
 * The three lanes, each in its order; a course is in the first of them that it belongs to. Here a course need not be
 * eligible, since nobody recommends it, but it must be there to be taken, published and not retired:
 *
 * - Required: whatever is assigned and not yet fulfilled; no dismissal, language or exclusion undoes a duty. The most
 *   pressing comes first, as `requiredCourses` has it.
 * - Begun: neither finished, turned down nor untouched for half a year. A full session counts, since the seat may be
 *   their own; one whose dates are all past does not. What was touched last and is nearly done comes first.
 * - Saved: neither completed nor turned down since. What can be attended only on a date returns with the next open
 *   seat. Saved last comes first.
 *
 * @param isNothingElseLeft nothing can be recommended: even what was left long ago may be continued then
 */
export function lanesOf(inputs: RecommendationInputs, isNothingElseLeft: boolean): Lanes {
  const required = requiredLane(inputs);
  const assigned = new Set(required.map(({ position }) => position));
  const own = ownCourses(inputs).filter(({ position }) => !assigned.has(position));
  const sinceMs = isNothingElseLeft ? Number.NEGATIVE_INFINITY : inputs.now.getTime() - CONTINUED_WITHIN_DAYS * DAY_MS;
  const isContinued = ({ course, state }: OwnCourse) =>
    state.lastAtMs >= sinceMs && isUnfinished(course, state, inputs.now);
  const begun = own
    .filter(isContinued)
    .map((one) => ({ ...one, pull: pullOf(one.state, inputs.now) }))
    .sort((a, b) => b.pull - a.pull || a.position - b.position);
  const saved = own
    .filter((one) => isKept(one.course, one.state, inputs.now) && !isContinued(one))
    .sort((a, b) => (b.state.savedAtMs ?? 0) - (a.state.savedAtMs ?? 0) || a.position - b.position);
  return {
    required,
    begun: begun.map(({ position, state }) => ({
      position,
      evidence: { kind: 'BEGUN', progress: state.maxProgress ?? 0 },
      required: null,
    })),
    saved: saved.map(({ position, state }) => ({
      position,
      evidence: { kind: 'SAVED', savedAt: new Date(state.savedAtMs ?? 0) },
      required: null,
    })),
  };
}

/** The next date of a course with a free seat; null: there is none, or it needs none. */
export function nextOpenSession({ sessions }: Course, now: Date): LiveSession | null {
  return sessions
    .filter((session) => session.startsAt > now && !isFull(session))
    .reduce<LiveSession | null>(
      (soonest, session) => (soonest === null || session.startsAt < soonest.startsAt ? session : soonest),
      null,
    );
}

function requiredLane({ index, state, now, rules }: RecommendationInputs): LaneEntry[] {
  const { assignments, courses } = state;
  return requiredCourses({ now, assignments, courses, index }).flatMap((required): LaneEntry[] => {
    const { course, obligation, dueAt, isOverdue } = required;
    const position = index.positionById.get(course.id);
    if (position === undefined) return [];
    const zone = zoneOfDuty(rules, course.id);
    return [{ position, evidence: { kind: 'ASSIGNED', obligation, dueAt, zone, overdue: isOverdue }, required }];
  });
}

interface OwnCourse {
  readonly position: number;
  readonly course: Course;
  readonly state: CourseState;
}

function ownCourses({ index, state, now }: RecommendationInputs): OwnCourse[] {
  return state.courses.flatMap((one): OwnCourse[] => {
    const position = index.positionById.get(one.courseId);
    const course = index.courses[position ?? -1];
    if (position === undefined || course === undefined || !isThere(course, now)) return [];
    return [{ position, course, state: one }];
  });
}

function isThere({ publishedAt, retiredAt }: Course, now: Date): boolean {
  return (publishedAt === null || publishedAt <= now) && (retiredAt === null || retiredAt > now);
}

function isUnfinished({ sessions }: Course, state: CourseState, now: Date): boolean {
  const isStillAhead = sessions.length === 0 || sessions.some(({ endsAt }) => endsAt > now);
  return isBegun(state) && state.waivedAtMs === null && !isDismissed(state, now) && isStillAhead;
}

function isKept(course: Course, state: CourseState, now: Date): boolean {
  const { savedAtMs, completedAtMs, passedAtMs, dismissedAtMs, waivedAtMs } = state;
  if (savedAtMs === null) return false;
  const isOver = [completedAtMs, passedAtMs, dismissedAtMs, waivedAtMs].some((at) => at !== null && at >= savedAtMs);
  return !isOver && (course.sessions.length === 0 || nextOpenSession(course, now) !== null);
}

function pullOf({ maxProgress, lastAtMs }: CourseState, now: Date): number {
  const days = Math.max(0, now.getTime() - lastAtMs) / DAY_MS;
  return (1 + (maxProgress ?? 0)) * 2 ** (-days / PULL_HALF_LIFE_DAYS);
}
