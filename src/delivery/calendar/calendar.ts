import { type BatchPlan, failRepeats, isGiven, type Optional, planOf, RowChecks } from '../../platform/rowChecks.js';

/** A day on which nobody works. */
export interface Holiday {
  /** ISO date, by the local calendar. */
  readonly day: string;
  readonly name: string;
}

/** A holiday with where it is one: `Learner.location`, or null for everywhere. */
export interface LocatedHoliday extends Holiday {
  readonly location: string | null;
}

export type HolidayKey = Omit<LocatedHoliday, 'name'>;

export interface HolidayInput {
  /** Left out or null: everywhere. */
  readonly location?: Optional<string>;
  readonly day: string;
  readonly name: string;
}

export type HolidayKeyInput = Omit<HolidayInput, 'name'>;

const MAX_LABEL = 200;

/** What a batch of holidays would store, decided without a database. */
export function planHolidays(rows: readonly HolidayInput[]): BatchPlan<LocatedHoliday> {
  const checks = checkedKeys(rows);
  rows.forEach(({ name }, index) => {
    checks[index]?.text(name, MAX_LABEL, 'name');
  });
  return planOf(
    rows.map(({ location, day, name }) => ({ location: location ?? null, day, name })),
    checks,
  );
}

/** Which holidays a batch would remove. */
export function planHolidayRemoval(rows: readonly HolidayKeyInput[]): BatchPlan<HolidayKey> {
  return planOf(
    rows.map(({ location, day }) => ({ location: location ?? null, day })),
    checkedKeys(rows),
  );
}

function checkedKeys(rows: readonly HolidayKeyInput[]): readonly RowChecks[] {
  const checks = rows.map(({ location, day }, index) => {
    const check = new RowChecks(index);
    if (isGiven(location)) check.text(location, MAX_LABEL, 'location');
    check.day(day, 'day');
    return check;
  });
  failRepeats(rows, checks, ({ location, day }) => JSON.stringify([location ?? null, day]));
  return checks;
}

/**
 * The holidays of one location, each day once and in order. Where a day is a holiday here and everywhere, its name here
 * counts.
 *
 * @param location null: somebody whose location is not known, for whom only what holds everywhere is a holiday
 */
export function holidaysAt(holidays: readonly LocatedHoliday[], location: string | null): readonly Holiday[] {
  const byDay = new Map<string, Holiday>();
  for (const scope of location === null ? [null] : [null, location]) {
    for (const holiday of holidays) {
      if (holiday.location === scope) byDay.set(holiday.day, { day: holiday.day, name: holiday.name });
    }
  }
  return [...byDay.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
}
