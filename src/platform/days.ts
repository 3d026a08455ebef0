import { DomainError } from './errors.js';

const FIRST_YEAR = 1900;
const LAST_YEAR = 2099;
const DAYS_BY_DEFAULT = 365;
const MAX_DAYS = 1_100;

/** Days of the calendar as ISO dates such as `2026-12-24`, half open. In text order they are in order of time. */
export interface DaySpan {
  readonly fromDay: string;
  readonly untilDay: string;
}

/** What is wrong with a day of the calendar from outside; null when it is one of the years 1900 to 2099. */
export function checkDay(value: string): string | null {
  const problem = 'is not a date such as "2024-03-01"';
  const year = Number(/^(\d{4})-\d\d-\d\d$/.exec(value)?.[1] ?? 0);
  if (year < FIRST_YEAR || year > LAST_YEAR) return problem;
  // The engine takes 30 February for 2 March.
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value) ? null : problem;
}

/** The day so many days after another, which may be negative. */
export function dayAfter(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/**
 * The days that a request names in its arguments `from` and `until`: a year from today (UTC) when it names none.
 *
 * @throws DomainError BAD_USER_INPUT for what is no date, for no day at all and for more than 1,100 days
 */
export function requireDaySpan(from: string | null, until: string | null, now: Date): DaySpan {
  for (const [argument, day] of [
    ['from', from],
    ['until', until],
  ] as const) {
    const problem = day === null ? null : checkDay(day);
    if (problem !== null) throw new DomainError('BAD_USER_INPUT', `\`${argument}\` ${problem}.`, { argument });
  }
  const fromDay = from ?? now.toISOString().slice(0, 10);
  const untilDay = until ?? dayAfter(fromDay, DAYS_BY_DEFAULT);
  if (fromDay < untilDay && untilDay <= dayAfter(fromDay, MAX_DAYS)) return { fromDay, untilDay };
  throw new DomainError('BAD_USER_INPUT', `\`until\` must be 1 to ${MAX_DAYS} days after \`from\`, ${fromDay}.`, {
    argument: 'until',
  });
}
