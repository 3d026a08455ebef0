import { DAY_MS } from '../../platform/zonedTime.js';

const WEEK_MS = 7 * DAY_MS;
/** A Monday. */
const FIRST_MONDAY_MS = Date.UTC(1970, 0, 5);

/** A week of the calendar, Monday to Sunday in UTC. */
export interface Week {
  /** Its Monday, an ISO date. */
  readonly week: string;
  /** Its end, or now when it is still running. */
  readonly at: Date;
}

/** The last so many weeks, the running one among them, earliest first. */
export function weeksUntil(now: Date, count: number): Week[] {
  const thisMonday = mondayMs(now.getTime());
  return Array.from({ length: count }, (_, i) => {
    const startMs = thisMonday - (count - 1 - i) * WEEK_MS;
    return { week: isoDay(startMs), at: new Date(Math.min(startMs + WEEK_MS, now.getTime())) };
  });
}

/** The Monday of the week that an instant is in. */
export function weekOf(instantMs: number): string {
  return isoDay(mondayMs(instantMs));
}

/** Whether a point was measured when its week was over, so that it will not change any more. */
export function isOver({ week, at }: Week): boolean {
  return at.getTime() >= Date.parse(week) + WEEK_MS;
}

const mondayMs = (ms: number): number => FIRST_MONDAY_MS + Math.floor((ms - FIRST_MONDAY_MS) / WEEK_MS) * WEEK_MS;
const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
