import type { Duty } from './duties.js';
import type { Habits, World } from './scene.js';
import type { SeededRandom } from './seededRandom.js';
import { WeekTable, weekOf, weekStart } from './weekTable.js';
import type { Person } from './workforce.js';
import { DAY_MS, HOUR_MS, type ZoneClock } from './zoneClock.js';

/** A time at which somebody comes to learn. */
export interface Sitting {
  readonly atMs: number;
  /** What brings them; null: nothing but themselves. */
  readonly duty: Duty | null;
}

const YEAR_DAYS = 365.2425;
/** Of all weeks. */
const AWAY_SHARE = 0.09;
/** How much is learned in each month, January first: much after New Year, little in August and before Christmas. */
const SEASON: readonly number[] = [1.25, 1.1, 1.05, 1, 1, 0.95, 0.75, 0.65, 1.15, 1.1, 1.05, 0.7];

/** All sittings of a person in order of time: week by week from their own rhythm, and one per duty they do. */
export function planSittings(
  world: World,
  person: Person,
  habits: Habits,
  duties: readonly Duty[],
  random: SeededRandom,
): readonly Sitting[] {
  const clock = world.clocks[person.placeIndex];
  if (clock === undefined) return [];
  const tables = person.rhythm.weekShapes.map((shape) => new WeekTable(shape));
  const sittings: Sitting[] = [];
  for (const duty of duties) {
    const atMs = duty.doneWithin === null ? null : drawWithin(clock, tables, duty.doneWithin, random);
    if (atMs !== null && atMs < person.lastMs) sittings.push({ atMs, duty });
  }
  // Some people fade and some warm to it, by a factor over the whole history.
  const drift = 0.5 * random.normal();
  const span = world.nowMs - world.fromMs;
  const lastWeek = weekOf(clock, person.lastMs);
  for (let week = weekOf(clock, person.firstMs); week <= lastWeek; week++) {
    const startMs = weekStart(week);
    const trend = Math.exp(drift * ((startMs - world.fromMs) / span - 0.5));
    const table = tables[week % tables.length];
    if (table === undefined || random.chance(AWAY_SHARE)) continue;
    const month = Math.floor((((startMs / DAY_MS) % YEAR_DAYS) * 12) / YEAR_DAYS);
    for (let left = random.poisson(habits.sessionsPerWeek * trend * (SEASON[month] ?? 1)); left > 0; left--) {
      const localMs = startMs + (table.draw(random) + random.unit()) * HOUR_MS;
      const atMs = Math.floor(clock.toInstant(localMs));
      if (atMs >= person.firstMs && atMs < person.lastMs) sittings.push({ atMs, duty: null });
    }
  }
  return sittings.sort((a, b) => a.atMs - b.atMs);
}

/** An hour of the person's own week between two times, rather towards the end; null when none is found. */
function drawWithin(
  clock: ZoneClock,
  tables: readonly WeekTable[],
  [fromMs, toMs]: readonly [number, number],
  random: SeededRandom,
): number | null {
  for (let attempt = 0; attempt < 8; attempt++) {
    const week = weekOf(clock, fromMs + Math.sqrt(random.unit()) * (toMs - fromMs));
    const table = tables[week % tables.length];
    if (table === undefined) return null;
    const localMs = weekStart(week) + (table.draw(random) + 0.9 * random.unit()) * HOUR_MS;
    const atMs = Math.floor(clock.toInstant(localMs));
    if (atMs >= fromMs && atMs < toMs) return atMs;
  }
  return null;
}
