import { DAY_MS } from '../platform/zonedTime.js';
import type { CampaignContent } from './campaign.js';

const WEEK_MS = 7 * DAY_MS;

/** How a course stands with somebody: done or spared, free to be brought, or not open to them now. */
export type CourseStanding = 'SETTLED' | 'OPEN' | 'CLOSED';

/** A course that the campaign has for somebody, in its order. */
export interface CampaignCourse {
  readonly courseId: string;
  /** From 1. */
  readonly step: number;
  readonly standing: CourseStanding;
}

/** A message of the campaign to somebody that was not withdrawn. */
export interface BroughtStep {
  readonly courseId: string;
  /** Its window begins then. */
  readonly startsAtMs: number;
  /** False: its window has not begun, and nobody told that it was sent. */
  readonly isBrought: boolean;
  /** Whether its course is done, or they were spared it. */
  readonly isSettled: boolean;
}

export type NextStep =
  /** Everything that the campaign has for them is done. */
  | { readonly kind: 'FINISHED' }
  /** Null: for something that they do or that changes, and not for a time. */
  | { readonly kind: 'WAITING'; readonly untilMs: number | null }
  | { readonly kind: 'DUE'; readonly courseId: string; readonly step: number };

/**
 * What a campaign brings somebody next. One message at a time is planned; a course that is not open to them is passed
 * over until it is. No seven days hold more messages than the weekly cap, so long as whatever is due begins at `nowMs` or
 * later.
 */
export function nextStep(
  courses: Iterable<CampaignCourse>,
  steps: readonly BroughtStep[],
  { mode, dripDays, weeklyCap }: Pick<CampaignContent, 'mode' | 'dripDays' | 'weeklyCap'>,
  nowMs: number,
): NextStep {
  const planned = steps.find(({ isBrought }) => !isBrought);
  if (planned !== undefined) return { kind: 'WAITING', untilMs: planned.startsAtMs };
  const freeMs = mode === 'DRIP' ? freeFromMs(steps, dripDays) : Number.NEGATIVE_INFINITY;
  if (nowMs < freeMs) return { kind: 'WAITING', untilMs: Number.isFinite(freeMs) ? freeMs : null };
  const brought = new Set(steps.map(({ courseId }) => courseId));
  let isDone = true;
  for (const { courseId, step, standing } of courses) {
    if (standing === 'SETTLED') continue;
    isDone = false;
    if (brought.has(courseId) || standing === 'CLOSED') continue;
    const fromMs = underCapFromMs(steps, weeklyCap);
    return nowMs < fromMs ? { kind: 'WAITING', untilMs: fromMs } : { kind: 'DUE', courseId, step };
  }
  return isDone ? { kind: 'FINISHED' } : { kind: 'WAITING', untilMs: null };
}

/** From when on what was brought keeps nothing waiting; infinite: only once it is done. */
function freeFromMs(steps: readonly BroughtStep[], dripDays: number | null): number {
  const open = steps.filter(({ isSettled }) => !isSettled).map(({ startsAtMs }) => startsAtMs);
  const waitMs = dripDays === null ? Number.POSITIVE_INFINITY : dripDays * DAY_MS;
  return Math.max(Number.NEGATIVE_INFINITY, ...open.map((startsAtMs) => startsAtMs + waitMs));
}

/** From when on one more message leaves every seven days within the cap. */
function underCapFromMs(steps: readonly BroughtStep[], weeklyCap: number): number {
  const startsMs = steps.map(({ startsAtMs }) => startsAtMs).sort((a, b) => b - a);
  const oldest = startsMs[weeklyCap - 1];
  return oldest === undefined ? Number.NEGATIVE_INFINITY : oldest + WEEK_MS;
}
