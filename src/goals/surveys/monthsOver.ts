import { checkDay, type DaySpan } from '../../platform/days.js';
import { DomainError } from '../../platform/errors.js';

const MONTHS_BY_DEFAULT = 12;

/**
 * The whole months asked for, which are over: the last twelve, when nothing is said. Of other spans, what one leaves out of
 * another may be what one person said.
 *
 * @throws DomainError BAD_USER_INPUT for what is no first day of a month, and for months that are not over, or none
 */
export function requireMonthsOver(from: string | null, until: string | null, now: Date): DaySpan {
  for (const [argument, day] of [
    ['from', from],
    ['until', until],
  ] as const) {
    const problem =
      day === null ? null : (checkDay(day) ?? (day.endsWith('-01') ? null : 'is not the first of a month'));
    if (problem === null) continue;
    throw new DomainError('BAD_USER_INPUT', `\`${argument}\` ${problem}: answers are told of by whole months.`, {
      argument,
    });
  }
  const thisMonth = `${now.toISOString().slice(0, 7)}-01`;
  const untilDay = until ?? thisMonth;
  const fromDay = from ?? firstOfMonth(untilDay, -MONTHS_BY_DEFAULT);
  if (fromDay < untilDay && untilDay <= thisMonth) return { fromDay, untilDay };
  throw new DomainError(
    'BAD_USER_INPUT',
    `\`until\` must be after \`from\`, ${fromDay}, and at the latest the first of this month, ${thisMonth}.`,
    { argument: 'until' },
  );
}

/** Whether a span of whole months is of one. */
export const isOneMonth = ({ fromDay, untilDay }: DaySpan): boolean => untilDay === firstOfMonth(fromDay, 1);

function firstOfMonth(day: string, monthsLater: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + monthsLater);
  return date.toISOString().slice(0, 10);
}
