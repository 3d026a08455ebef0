import type { QuietHours, Weekday, WorkDay } from '../learners/learner.js';
import { SeededRandom } from './seededRandom.js';
import type { Place } from './vocabulary/places.js';
import { HOURS_A_WEEK } from './weekTable.js';

/** When in the week somebody learns, as a kind of person. */
export type RhythmName =
  | 'COMMUTER'
  | 'LUNCH'
  | 'AFTER_WORK'
  | 'BLOCKS'
  | 'OFFICE_HOURS'
  | 'EVENING'
  | 'WEEKEND'
  | 'EARLY_SHIFT'
  | 'LATE_SHIFT'
  | 'NIGHT_SHIFT'
  | 'ROTATING_SHIFT';

/** One person's week, all in local time. */
export interface Rhythm {
  readonly name: RhythmName;
  /** Null for some, of whom it is not known, and for rotating shifts, which no fixed week describes. */
  readonly workPattern: readonly WorkDay[] | null;
  readonly quietHours: QuietHours | null;
  /** First and last working hour of a usual day, for telling desk time from the rest; the end may be past 24. */
  readonly startHour: number;
  readonly endHour: number;
  /**
   * Chance that a session starts in each hour of the week, Monday 00:00 first: 168 numbers that sum to 1. Three of them
   * for rotating shifts, one week each in turn; one for everybody else.
   */
  readonly weekShapes: readonly (readonly number[])[];
}

const DAYS: readonly Weekday[] = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];
const DESK_RHYTHMS = ['COMMUTER', 'LUNCH', 'AFTER_WORK', 'BLOCKS', 'OFFICE_HOURS', 'EVENING', 'WEEKEND'] as const;
const DESK_SHARES: readonly number[] = [17, 17, 14, 15, 22, 10, 5];
const SHIFT_RHYTHMS = ['EARLY_SHIFT', 'LATE_SHIFT', 'NIGHT_SHIFT', 'ROTATING_SHIFT'] as const;
const SHIFT_SHARES: readonly number[] = [35, 25, 15, 25];
const SHIFT_STARTS = { EARLY_SHIFT: 6, LATE_SHIFT: 14, NIGHT_SHIFT: 22 } as const;
const SHIFT_HOURS = 8;
/** How a week splits into the person's habit, any working hour, and any waking hour. */
const HABIT_SHARE = 0.8;
const WORK_SHARE = 0.17;
const WAKING_SHARE = 0.03;
const NOT_KNOWN_SHARE = 0.1;
const QUIET_SHARE = 0.45;

interface WorkWeek {
  readonly days: readonly number[];
  readonly startMinute: number;
  readonly endMinute: number;
}

export function drawRhythm(seed: number, learnerIndex: number, place: Place, onShifts: boolean): Rhythm {
  const random = new SeededRandom(seed, 'rhythm', learnerIndex);
  const name = onShifts
    ? (SHIFT_RHYTHMS[random.weighted(SHIFT_SHARES)] ?? 'EARLY_SHIFT')
    : (DESK_RHYTHMS[random.weighted(DESK_SHARES)] ?? 'OFFICE_HOURS');
  const work = drawWorkWeek(name, place, random);
  const dayWeights = drawDayWeights(name, work, random);
  const shifts = name === 'ROTATING_SHIFT' ? ([6, 14, 22] as const) : [work.startMinute / 60];
  const habits = shifts.map((startHour) => habitOf(name, startHour, work, dayWeights, random));
  const weekShapes = habits.map((habit, i) => weekShape(habit, { ...work, startMinute: 60 * (shifts[i] ?? 9) }, name));
  const known = name !== 'ROTATING_SHIFT' && !random.chance(NOT_KNOWN_SHARE);
  return {
    name,
    workPattern: known ? workDays(work) : null,
    quietHours: random.chance(QUIET_SHARE) ? quietHours(name, random) : null,
    startHour: work.startMinute / 60,
    endHour: work.endMinute / 60,
    weekShapes,
  };
}

/** The mean of the weeks a person goes through. */
export function usualWeek(rhythm: Rhythm): Float64Array {
  const usual = new Float64Array(HOURS_A_WEEK);
  for (const shape of rhythm.weekShapes) {
    for (let hour = 0; hour < HOURS_A_WEEK; hour++) {
      usual[hour] = (usual[hour] ?? 0) + (shape[hour] ?? 0) / rhythm.weekShapes.length;
    }
  }
  return usual;
}

function drawWorkWeek(name: RhythmName, place: Place, random: SeededRandom): WorkWeek {
  if (name === 'ROTATING_SHIFT') {
    return { days: fiveInARow(random), startMinute: 6 * 60, endMinute: (6 + SHIFT_HOURS) * 60 };
  }
  if (name === 'EARLY_SHIFT' || name === 'LATE_SHIFT' || name === 'NIGHT_SHIFT') {
    const startMinute = SHIFT_STARTS[name] * 60;
    return { days: fiveInARow(random), startMinute, endMinute: startMinute + SHIFT_HOURS * 60 };
  }
  const [off, alsoOff] = place.weekend;
  const full = DAYS.map((_, day) => day).filter((day) => day !== off && day !== alsoOff);
  const startMinute = 7 * 60 + 30 + 30 * random.below(5);
  const partTime = random.unit();
  if (partTime < 0.08)
    return {
      days: random
        .shuffled(full)
        .slice(0, 3 + random.below(2))
        .sort(ascending),
      startMinute,
      endMinute: startMinute + 510,
    };
  return { days: full, startMinute, endMinute: startMinute + (partTime < 0.15 ? 300 : 510) };
}

/** Plants run all week: anybody's five working days may begin on any day. */
function fiveInARow(random: SeededRandom): number[] {
  const first = random.below(7);
  return [0, 1, 2, 3, 4].map((day) => (first + day) % 7).sort(ascending);
}

function drawDayWeights(name: RhythmName, work: WorkWeek, random: SeededRandom): number[] {
  const [working, free] = name === 'WEEKEND' ? [0.12, 1] : [1, 0.05];
  return DAYS.map((_, day) => (work.days.includes(day) ? working : free) * Math.exp(0.35 * random.normal()));
}

/** Weight of each hour of the week by habit alone; hours past midnight belong to the next day. */
function habitOf(
  name: RhythmName,
  startHour: number,
  work: WorkWeek,
  dayWeights: readonly number[],
  random: SeededRandom,
): number[] {
  const habit = new Array<number>(HOURS_A_WEEK).fill(0);
  const add = (day: number, hour: number, weight: number): void => {
    const slot = (day * 24 + Math.floor(hour) + HOURS_A_WEEK) % HOURS_A_WEEK;
    habit[slot] = (habit[slot] ?? 0) + weight * (dayWeights[day] ?? 0);
  };
  if (name === 'BLOCKS') {
    // One or two fixed appointments with oneself a week, two hours each.
    const days = random.shuffled(work.days).slice(0, 1 + random.below(2));
    for (const day of days) {
      const from = Math.floor(startHour) + 1 + random.below(5);
      add(day, from, 1.2);
      add(day, from + 1, 0.6);
    }
    return habit;
  }
  const endHour = name === 'ROTATING_SHIFT' ? startHour + SHIFT_HOURS : work.endMinute / 60;
  const hours = habitHours(name, startHour, endHour).map(
    ([hour, weight]) => [hour, weight * Math.exp(0.25 * random.normal())] as const,
  );
  for (let day = 0; day < 7; day++) for (const [hour, weight] of hours) add(day, hour, weight);
  return habit;
}

function habitHours(name: RhythmName, startHour: number, endHour: number): readonly (readonly [number, number])[] {
  switch (name) {
    case 'COMMUTER':
      return [
        [startHour - 2, 0.35],
        [startHour - 1, 1],
        [endHour, 0.3],
      ];
    case 'LUNCH':
      return [
        [12, 1],
        [13, 0.55],
      ];
    case 'AFTER_WORK':
      return [
        [endHour, 0.7],
        [endHour + 1, 1],
        [endHour + 2, 0.45],
      ];
    case 'EVENING':
      return [
        [20, 0.8],
        [21, 1],
        [22, 0.35],
      ];
    case 'WEEKEND':
      return [
        [9, 0.6],
        [10, 1],
        [11, 0.8],
        [16, 0.4],
      ];
    case 'BLOCKS':
    case 'OFFICE_HOURS': {
      const hours = Array.from({ length: Math.max(1, Math.floor(endHour - startHour)) }, (_, i) => startHour + i);
      return hours.map((hour) => [hour, Math.floor(hour) === 12 ? 0.4 : 1] as const);
    }
    case 'EARLY_SHIFT':
    case 'LATE_SHIFT':
    case 'NIGHT_SHIFT':
    case 'ROTATING_SHIFT':
      return [
        [startHour - 1, 0.5],
        [startHour + 4, 1],
        [endHour, 0.7],
      ];
  }
}

function weekShape(habit: readonly number[], work: WorkWeek, name: RhythmName): number[] {
  const startHour = Math.floor(work.startMinute / 60);
  const hours = name.endsWith('SHIFT') ? SHIFT_HOURS : Math.floor((work.endMinute - work.startMinute) / 60);
  let habitTotal = 0;
  for (const weight of habit) habitTotal += weight;
  const shape = habit.map((weight) => (HABIT_SHARE * weight) / habitTotal);
  const spread = (hour: number, chance: number): void => {
    shape[hour % HOURS_A_WEEK] = (shape[hour % HOURS_A_WEEK] ?? 0) + chance;
  };
  const perWorkingHour = WORK_SHARE / (hours * work.days.length);
  for (const day of work.days) for (let i = 0; i < hours; i++) spread(day * 24 + startHour + i, perWorkingHour);
  for (let day = 0; day < 7; day++) for (let i = 7; i < 22; i++) spread(day * 24 + i, WAKING_SHARE / (7 * 15));
  return shape;
}

/** A night shift is two stretches, before and after midnight. */
function workDays({ days, startMinute, endMinute }: WorkWeek): readonly WorkDay[] {
  const stretches = days.flatMap((day) =>
    endMinute <= 1440
      ? [{ day, startMinute, endMinute }]
      : [
          { day, startMinute, endMinute: 1440 },
          { day: (day + 1) % 7, startMinute: 0, endMinute: endMinute - 1440 },
        ],
  );
  return stretches
    .sort((a, b) => a.day - b.day || a.startMinute - b.startMinute)
    .map(({ day, startMinute: start, endMinute: end }) => ({
      day: DAYS[day] ?? 'MONDAY',
      startMinute: start,
      endMinute: end,
    }));
}

/** Never over the hours in which the person is used to learning. */
function quietHours(name: RhythmName, random: SeededRandom): QuietHours | null {
  const later = 30 * random.below(3);
  switch (name) {
    case 'NIGHT_SHIFT':
      return { startMinute: 8 * 60, endMinute: 15 * 60 + later };
    case 'ROTATING_SHIFT':
      return null;
    case 'LATE_SHIFT':
      return { startMinute: 23 * 60 + (later === 60 ? 30 : later), endMinute: 9 * 60 };
    case 'EARLY_SHIFT':
      return { startMinute: 20 * 60 + later, endMinute: 4 * 60 + 30 };
    case 'EVENING':
      return { startMinute: 23 * 60, endMinute: 6 * 60 + later };
    case 'COMMUTER':
      return { startMinute: 21 * 60 + later, endMinute: 5 * 60 };
    default:
      return { startMinute: 21 * 60 + later, endMinute: 6 * 60 + later };
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}
