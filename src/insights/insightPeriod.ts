import { checkDay, type DaySpan, dayAfter } from '../platform/days.js';
import { DomainError } from '../platform/errors.js';
import type { MonthSpan } from './insights.store.js';
import { monthAfter } from './months.js';

/** The days that somebody asks for; null: as is usual. */
export interface AskedPeriod {
  /** ISO date. */
  readonly from: string | null;
  /** ISO date of the day after the last. */
  readonly until: string | null;
}

const MONTHS_BY_DEFAULT = 12;
const MOST_MONTHS = 36;
const DAYS_BY_DEFAULT = 365;
const MOST_DAYS = 1_100;

/**
 * The whole months asked for: the twelve up to the last that is told, when nothing is said.
 *
 * @param lastTold null: none is told yet
 * @throws DomainError BAD_USER_INPUT for what is no first day of a month, and for no month or more than 36
 */
export function monthsAsked({ from, until }: AskedPeriod, lastTold: string | null, now: Date): MonthSpan {
  const month = (argument: string, day: string | null): string | null => {
    if (day === null) return null;
    const problem = checkDay(day) ?? (day.endsWith('-01') ? null : 'is not the first day of a month');
    if (problem === null) return day;
    const message = `\`period.${argument}\` ${problem}: groups are told of by whole months, so that days and weeks cannot be had by taking months apart.`;
    throw new DomainError('BAD_USER_INPUT', message, { argument: 'period' });
  };
  const [fromMonth, untilMonth] = [month('from', from), month('until', until)];
  const thisMonth = `${now.toISOString().slice(0, 7)}-01`;
  const end = untilMonth ?? (lastTold === null ? thisMonth : monthAfter(lastTold, 1));
  const start = fromMonth ?? monthAfter(end, -MONTHS_BY_DEFAULT);
  if (start < end && end <= monthAfter(start, MOST_MONTHS)) return { from: start, until: end };
  throw new DomainError('BAD_USER_INPUT', `\`period\` must be of 1 to ${MOST_MONTHS} months, not ${start} to ${end}.`, {
    argument: 'period',
  });
}

/**
 * The days asked for: the 365 up to today, when nothing is said.
 *
 * @param today ISO date where the person is
 * @throws DomainError BAD_USER_INPUT for what is no date, and for no day or more than 1,100
 */
export function daysAsked({ from, until }: AskedPeriod, today: string): DaySpan {
  for (const [argument, day] of [
    ['from', from],
    ['until', until],
  ] as const) {
    const problem = day === null ? null : checkDay(day);
    if (problem !== null) {
      throw new DomainError('BAD_USER_INPUT', `\`period.${argument}\` ${problem}.`, { argument: 'period' });
    }
  }
  const untilDay = until ?? dayAfter(today, 1);
  const fromDay = from ?? dayAfter(untilDay, -DAYS_BY_DEFAULT);
  if (fromDay < untilDay && untilDay <= dayAfter(fromDay, MOST_DAYS)) return { fromDay, untilDay };
  throw new DomainError('BAD_USER_INPUT', `\`period\` must be of 1 to ${MOST_DAYS} days.`, { argument: 'period' });
}
