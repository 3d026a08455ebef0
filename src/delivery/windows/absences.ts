import type { LeaveSpan } from '../../learners/leave.js';
import { DAY_MS, localDayLabel } from '../../platform/zonedTime.js';
import type { Holiday } from '../calendar/calendar.js';
import type { DeliveryConstraint, Horizon } from './deliveryConstraint.js';

/** The days inside a horizon on which somebody is not there. */
export interface Absences {
  /** Days from 1 January 1970 to the local dates, half open, in order, those that touch made one. */
  readonly leave: readonly { readonly firstDay: number; readonly endDay: number }[];
  /** In order; names of the same day joined. */
  readonly holidays: readonly { readonly day: number; readonly name: string }[];
}

/**
 * Leave and holidays as far as they fall into the horizon.
 *
 * @param leave in order, none touching another
 * @throws RangeError when a date is not an ISO date: a day that cannot be read could not be kept free
 */
export function absencesWithin(
  { firstDay, lastDay }: Pick<Horizon, 'firstDay' | 'lastDay'>,
  leave: readonly LeaveSpan[],
  holidays: readonly Holiday[],
): Absences {
  const away = leave
    .map(({ startsOn, endsOn }) => ({ firstDay: dayOf(startsOn), endDay: dayOf(endsOn) }))
    .filter((span) => span.endDay > firstDay && span.firstDay <= lastDay);
  const namesByDay = new Map<number, Set<string>>();
  for (const { day, name } of holidays) {
    const localDay = dayOf(day);
    if (localDay < firstDay || localDay > lastDay) continue;
    namesByDay.set(localDay, (namesByDay.get(localDay) ?? new Set()).add(name));
  }
  const named = [...namesByDay].map(([day, names]) => ({ day, name: [...names].sort().join(', ') }));
  return { leave: away, holidays: named.sort((a, b) => a.day - b.day) };
}

/** Days from 1 January 1970 to an ISO date. */
function dayOf(isoDate: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(isoDate) ? Date.parse(`${isoDate}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms)) throw new RangeError(`Not an ISO date: ${isoDate}`);
  return ms / DAY_MS;
}

export function isAwayOn({ leave, holidays }: Absences, localDay: number): boolean {
  return (
    leave.some(({ firstDay, endDay }) => localDay >= firstDay && localDay < endDay) ||
    holidays.some(({ day }) => day === localDay)
  );
}

/** One constraint for leave and one for holidays, as far as there are any. */
export function absenceConstraints(absences: Absences): readonly DeliveryConstraint[] {
  const constraints: DeliveryConstraint[] = [];
  const leaveOnly = { leave: absences.leave, holidays: [] };
  const holidaysOnly = { leave: [], holidays: absences.holidays };
  if (absences.leave.length > 0) {
    const words = describeLeave(absences.leave);
    constraints.push({
      code: 'LEAVE',
      text: `Nothing while you are away: ${words}.`,
      exhaustedText: `You are away for all of this time: ${words}.`,
      allows: ({ localDay }) => !isAwayOn(leaveOnly, localDay),
    });
  }
  if (absences.holidays.length > 0) {
    const words = describeHolidays(absences.holidays);
    constraints.push({
      code: 'HOLIDAY',
      text: `Nothing on holidays: ${words}.`,
      exhaustedText: `All of this time is holiday: ${words}.`,
      allows: ({ localDay }) => !isAwayOn(holidaysOnly, localDay),
    });
  }
  return constraints;
}

function describeLeave(leave: Absences['leave']): string {
  return leave
    .map(({ firstDay, endDay }) =>
      endDay === firstDay + 1 ? localDayLabel(firstDay) : `${localDayLabel(firstDay)} to ${localDayLabel(endDay - 1)}`,
    )
    .join(', ');
}

export function describeHolidays(holidays: Absences['holidays']): string {
  return holidays.map(({ day, name }) => `${localDayLabel(day)} (${name})`).join(', ');
}
