import { DAY_MS } from '../platform/zonedTime.js';

export interface PaceInputs {
  readonly now: Date;
  /** Who would be reached. */
  readonly people: number;
  /** Most courses that anybody of them would be brought. */
  readonly steps: number;
  readonly weeklyCap: number;
  readonly dailyCap: number | null;
  /** Latest first window that was found for those looked at; null: none was found. */
  readonly latestFirst: Date | null;
}

/** How long a campaign would take at least, in days. */
export interface Pace {
  /** Until everybody who can be reached was brought their first course; null: nobody can be. */
  readonly firstCourseDays: number | null;
  /** Until everything was brought, if everybody completed each course at once. */
  readonly wholeDays: number | null;
}

/**
 * The time that a campaign takes at least: by the windows that were found, which keep the limits of teams and of delivery,
 * and by the caps of the campaign.
 */
export function paceOf({ now, people, steps, weeklyCap, dailyCap, latestFirst }: PaceInputs): Pace {
  if (latestFirst === null || people === 0) return { firstCourseDays: null, wholeDays: null };
  const windowDays = Math.ceil((latestFirst.getTime() - now.getTime()) / DAY_MS);
  const daysFor = (messages: number) => (dailyCap === null ? 0 : Math.ceil(messages / dailyCap));
  const firstCourseDays = Math.max(1, windowDays, daysFor(people));
  const weeks = Math.floor(Math.max(0, steps - 1) / weeklyCap);
  return { firstCourseDays, wholeDays: Math.max(firstCourseDays + 7 * weeks, daysFor(people * steps)) };
}
