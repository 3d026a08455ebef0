import type { LiveSession } from '../catalog/course.js';
import type { CourseDraft } from './courseDrafts.js';
import type { CourseLife } from './courseLives.js';
import type { SeededRandom } from './seededRandom.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './zoneClock.js';

/** How far ahead dates are announced. */
const AHEAD_DAYS = 60;
/** Starts in UTC that fall into the working day of one region each: Asia, Europe, America. */
const START_HOURS_UTC: readonly number[] = [4, 6, 8, 9, 12, 13, 15, 17];
const EUROPEAN_HOURS_UTC: readonly number[] = [8, 9, 12, 13];

/** The dated meetings of a live course, in order: one every five weeks or so, at least one of them still ahead. */
export function drawSessions(
  draft: CourseDraft,
  life: CourseLife,
  random: SeededRandom,
  fromMs: number,
  nowMs: number,
): readonly LiveSession[] {
  const firstDay = Math.ceil(Math.max(life.publishedMs, fromMs) / DAY_MS) + 3;
  const lastDay = Math.floor(Math.min(life.retiredMs, nowMs + AHEAD_DAYS * DAY_MS) / DAY_MS) - 1;
  const days = new Set<number>();
  for (let day = firstDay + random.below(20); day <= lastDay; day += 14 + random.below(42)) days.add(onWeekday(day));
  const today = Math.ceil(Math.max(nowMs, life.publishedMs) / DAY_MS);
  const soon = onWeekday(today + 2 + random.below(30));
  const isAhead = [...days].some((day) => day > today);
  if (life.retiredMs === Number.POSITIVE_INFINITY && !isAhead) days.add(soon);

  const hours = draft.language === 'en' ? START_HOURS_UTC : EUROPEAN_HOURS_UTC;
  // A webinar has room for all, a workshop for few.
  const capacity = draft.title.startsWith('Webinar') ? null : 8 + 4 * random.below(6);
  return [...days]
    .sort((a, b) => a - b)
    .map((day) => {
      const startMs = day * DAY_MS + random.pick(hours) * HOUR_MS + (random.chance(0.4) ? 30 * MINUTE_MS : 0);
      return {
        id: `${draft.id}-${new Date(startMs).toISOString().slice(0, 10)}`,
        startsAt: new Date(startMs),
        endsAt: new Date(startMs + draft.durationMinutes * MINUTE_MS),
        capacity,
        seatsTaken: null,
      };
    })
    .filter(({ endsAt }) => endsAt.getTime() < life.retiredMs);
}

/** Saturdays and Sundays move to Monday. Day 0, 1970-01-01, was a Thursday. */
function onWeekday(day: number): number {
  const weekday = (day + 3) % 7;
  return weekday < 5 ? day : day + 7 - weekday;
}
