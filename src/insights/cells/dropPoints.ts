import { MIN_VIEW_SECONDS } from '../../learners/courseState.js';
import type { Verb } from '../../learners/profileEvent.js';
import { DAY_MS, offsetMsAt } from '../../platform/zonedTime.js';
import { type InsightEvent, isOwnDoing } from './insightEvent.js';

/** Why a course that was begun is not finished, as far as the log tells. */
export const DROP_STATES = ['PAUSED', 'STUCK', 'LOST_INTEREST'] as const;
export type DropState = (typeof DROP_STATES)[number];

/** A course that somebody began and did not finish by the end of a period. */
export interface DropPoint {
  readonly courseId: string;
  readonly state: DropState;
  /** 0–1, the furthest that was reported; 0 when nothing was. */
  readonly progress: number;
  readonly lastAtMs: number;
}

/** Of equal width; the last includes its end. */
export const DROP_BINS = 10;

/** The bin of a drop point, 0–9. */
export const dropBin = (progress: number): number =>
  Math.min(DROP_BINS - 1, Math.max(0, Math.floor(progress * DROP_BINS + 1e-9)));

/** Less than this is no progress, 0–1. */
const SAME_POINT = 0.02;
const RETURNS_WHEN_STUCK = 2;
const FAILURES_WHEN_STUCK = 2;
const SILENT_DAYS = 14;
const DAYS_ELSEWHERE = 2;

const ENDS: ReadonlySet<Verb> = new Set(['COMPLETED', 'PASSED', 'WAIVED']);
const BEGINNINGS: ReadonlySet<Verb> = new Set(['STARTED', 'PROGRESSED', 'FAILED', 'ABANDONED']);

export interface DropPointInputs {
  /** Of one person in a period, in order of time. */
  readonly events: readonly InsightEvent[];
  /** Courses that they had finished before it. */
  readonly finishedBefore: ReadonlySet<string>;
  /** The end of the period. */
  readonly untilMs: number;
  /** IANA: days are those of its clock. */
  readonly zone: string;
}

/**
 * The courses that somebody was at in a period and had not finished by its end, the first touched first. The first rule
 * that holds tells how it stands with them:
 *
 * - **Stuck**: two attempts failed, or they came back to the same point: on two later days they were at the course and got
 *   less than 2 % further than they were.
 * - **Lost interest**: the last thing they did with the course was to abandon it; or they left it alone for the last 14
 *   days and longer, while they did other things on at least two days after it.
 * - **Paused**: all others, who were at it lately, or have been away altogether.
 */
export function dropPoints({ events, finishedBefore, untilMs, zone }: DropPointInputs): DropPoint[] {
  const courses = new Map<string, InsightEvent[]>();
  const finished = new Set(finishedBefore);
  for (const event of events) {
    if (event.courseId === null) continue;
    if (ENDS.has(event.verb)) finished.add(event.courseId);
    if (!isTouch(event)) continue;
    const touches = courses.get(event.courseId);
    if (touches === undefined) courses.set(event.courseId, [event]);
    else touches.push(event);
  }
  const dayOf = (atMs: number) => Math.floor((atMs + offsetMsAt(atMs, zone)) / DAY_MS);
  return [...courses].flatMap(([courseId, touches]) => {
    const last = touches.at(-1);
    const isBegun = touches.some(({ verb, progress }) => BEGINNINGS.has(verb) || (progress ?? 0) > 0);
    if (last === undefined || finished.has(courseId) || !isBegun) return [];
    const progress = Math.max(0, ...touches.map((touch) => touch.progress ?? 0));
    const isStuck = hasFailedTwice(touches) || keepsComingBack(touches, dayOf);
    const hasLost = last.verb === 'ABANDONED' || isElsewhere(courseId, last.atMs, events, untilMs, dayOf);
    const state: DropState = isStuck ? 'STUCK' : hasLost ? 'LOST_INTEREST' : 'PAUSED';
    return [{ courseId, state, progress, lastAtMs: last.atMs }];
  });
}

function isTouch({ verb, durationSeconds }: InsightEvent): boolean {
  if (verb === 'VIEWED') return durationSeconds === null || durationSeconds >= MIN_VIEW_SECONDS;
  return BEGINNINGS.has(verb);
}

const hasFailedTwice = (touches: readonly InsightEvent[]): boolean =>
  touches.filter(({ verb }) => verb === 'FAILED').length >= FAILURES_WHEN_STUCK;

/** Whether on so many days after the one on which they got (nearly) as far as they ever did they got no further. */
function keepsComingBack(touches: readonly InsightEvent[], dayOf: (atMs: number) => number): boolean {
  const furthest = Math.max(...touches.map(({ progress }) => progress ?? 0));
  // Nobody said how far they got: then coming back may well be progress.
  if (furthest === 0) return false;
  const reached = touches.find(({ progress }) => (progress ?? 0) > furthest - SAME_POINT);
  if (reached === undefined) return false;
  const reachedOn = dayOf(reached.atMs);
  const later = new Set(touches.map(({ atMs }) => dayOf(atMs)).filter((day) => day > reachedOn));
  return later.size >= RETURNS_WHEN_STUCK;
}

function isElsewhere(
  courseId: string,
  lastAtMs: number,
  events: readonly InsightEvent[],
  untilMs: number,
  dayOf: (atMs: number) => number,
): boolean {
  if (untilMs - lastAtMs < SILENT_DAYS * DAY_MS) return false;
  const days = new Set<number>();
  for (const event of events) {
    if (event.atMs > lastAtMs && event.courseId !== courseId && isOwnDoing(event)) days.add(dayOf(event.atMs));
  }
  return days.size >= DAYS_ELSEWHERE;
}
