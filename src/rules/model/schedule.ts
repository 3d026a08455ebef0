import { checkDay } from '../../platform/days.js';
import { DAY_MS, instantsOfLocalTime } from '../../platform/zonedTime.js';
import type { RuleSchedule } from './rule.js';

/** Half open: the instants from `fromMs` on and before `untilMs`. Open ends are infinite. */
export interface InstantSpan {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * When a schedule holds. A time that the clock skips moves to the end of the gap; of one that it shows twice, the first
 * counts for the start and the second for the end. A date alone starts and ends with the local day.
 *
 * @throws RangeError when the zone is not known or a time is none
 */
export function instantsOf({ from, until, zone }: RuleSchedule): InstantSpan {
  return {
    fromMs: from === null ? Number.NEGATIVE_INFINITY : instantsOfLocalTime(localMsOf(from), zone).firstMs,
    untilMs: until === null ? Number.POSITIVE_INFINITY : endMsOf(until, zone),
  };
}

export function isInForce({ fromMs, untilMs }: InstantSpan, nowMs: number): boolean {
  return fromMs <= nowMs && nowMs < untilMs;
}

/**
 * The instant at which a day of the calendar is over there.
 *
 * @throws RangeError when the zone is not known or the day is none
 */
export function endOfDayMs(day: string, zone: string): number {
  const midnightMs = localMsOf(day) + DAY_MS;
  const { firstMs, lastMs } = instantsOfLocalTime(midnightMs, zone);
  // Where the clock goes back from 01:00 to 00:00 the old day ended at the first midnight; where it goes back from 00:30
  // to 23:30, the old day is there again until the second.
  return instantsOfLocalTime(midnightMs - 1, zone).lastMs < firstMs ? firstMs : lastMs;
}

function endMsOf(until: string, zone: string): number {
  return isDay(until) ? endOfDayMs(until, zone) : instantsOfLocalTime(localMsOf(until), zone).lastMs;
}

const isDay = (moment: string): boolean => !moment.includes('T');

/** What is wrong with a local date or date-time from outside, in words that follow its field; null when nothing is. */
export function checkLocalMoment(moment: string): string | null {
  const problem =
    'is not a local date or time such as "2026-11-30" or "2026-11-30T18:00"; the zone is a field of its own';
  const [day = '', clock, ...rest] = moment.split('T');
  if (checkDay(day) !== null || rest.length > 0) return problem;
  return clock === undefined || /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/.test(clock) ? null : problem;
}

/** A local time as if it were UTC. */
function localMsOf(moment: string): number {
  const problem = checkLocalMoment(moment);
  if (problem !== null) throw new RangeError(`"${moment}" ${problem}`);
  return Date.parse(isDay(moment) ? `${moment}T00:00Z` : `${moment}Z`);
}
