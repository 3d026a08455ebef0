import { DAY_MS, HOUR_MS, localHourOfWeek, offsetMsAt } from '../platform/zonedTime.js';
import { HOURS_PER_WEEK } from '../stats/circularWeek.js';

const MINUTES_PER_HOUR = 60;

/**
 * The time in which an active hour comes to count for half. Measured on real active times, a year predicts better than
 * half of one at every size of history, and hardly worse than two, after which a change of habit would linger.
 */
export const ACTIVE_HOUR_HALF_LIFE_DAYS = 365;

/** How many hours one person may add to the week of their organisation, so that a few busy people are not its shape. */
const MAX_HOURS_OF_ONE_PERSON = 20;

/** When a person was active, by the local clock. */
export interface ActiveHours {
  /** Decayed active hours per cell of the local week, length 168. */
  readonly hourCounts: Float64Array;
  /** Their sum: how many hours of evidence this is worth today. */
  readonly effectiveHours: number;
  /** Distinct clock hours, not decayed. */
  readonly hours: number;
  /** Weeks that the person was observed, decayed alike. */
  readonly exposureWeeks: number;
  /** Active hours of that time, decayed: all but one that the time began with. */
  readonly exposedHours: number;
  /** `exposedHours` per week; null when there was no time to observe any. */
  readonly weeklyRate: number | null;
  /** The hours themselves, oldest first. */
  readonly history: readonly LocalActiveHour[];
}

/** One active hour as the local clock showed it. */
export interface LocalActiveHour {
  /** The instant it began at. */
  readonly startMs: number;
  /** 0–167, 0 is Monday 00:00–01:00; where it covers two local hours, that of its middle. */
  readonly cell: number;
  /** Days from 1 January 1970 to the local date. */
  readonly localDay: number;
  /** What it counts for before it decays, 0–1. */
  readonly weight: number;
}

export interface ActiveHoursInputs {
  /** UTC clock hours in which the person did something, as the instants they begin at; repeats count once. */
  readonly hourStartsMs: readonly number[];
  readonly zone: string;
  readonly nowMs: number;
  /**
   * Since when activity would have been seen; null: not known. Where an hour lies before it, or it is not known, the time
   * observed begins with the first hour, which then does not count for the rate: it is there however rare hours are.
   */
  readonly observedSinceMs: number | null;
  readonly halfLifeDays?: number;
  /** What an hour counts for before it decays, 0–1, by the instant it begins at; 1 where nothing is said. */
  readonly weights?: ReadonlyMap<number, number>;
}

/**
 * A person's active hours on the local week. Instants are kept in UTC and placed only here, so a corrected zone moves
 * the whole history, and each hour has the offset that was in force on its day. Where the zone is not a whole number of
 * hours from UTC, a clock hour is shared out over the two local hours it covers. Hours after `nowMs` are left out.
 *
 * The rate is unbiased for activity without memory: what follows a fixed time, or the first hour, does not depend on it.
 *
 * @throws RangeError when the zone is not known or the half-life not above 0
 */
export function activeHours(inputs: ActiveHoursInputs): ActiveHours {
  const { zone, nowMs, observedSinceMs, halfLifeDays = ACTIVE_HOUR_HALF_LIFE_DAYS, weights } = inputs;
  if (!(halfLifeDays > 0)) throw new RangeError(`A half-life is above 0 days, got ${halfLifeDays}`);
  const hourStarts = distinctHours(inputs.hourStartsMs, nowMs);
  const hourCounts = new Float64Array(HOURS_PER_WEEK);
  let effectiveHours = 0;
  const history: LocalActiveHour[] = [];
  const [firstMs = Number.POSITIVE_INFINITY] = hourStarts;
  const sinceMs = observedSinceMs === null ? Number.POSITIVE_INFINITY : Math.floor(observedSinceMs / HOUR_MS) * HOUR_MS;
  const fromMs = firstMs < sinceMs ? firstMs + HOUR_MS : sinceMs;
  let exposedHours = 0;
  for (const startMs of hourStarts) {
    const ownWeight = weights?.get(startMs) ?? 1;
    const weight = ownWeight * 2 ** (-(nowMs - startMs) / DAY_MS / halfLifeDays);
    const middleMs = startMs + HOUR_MS / 2;
    history.push({
      startMs,
      cell: localHourOfWeek(middleMs, zone),
      localDay: Math.floor((middleMs + offsetMsAt(middleMs, zone)) / DAY_MS),
      weight: ownWeight,
    });
    const minutesIntoHour = (((offsetMsAt(startMs, zone) % HOUR_MS) + HOUR_MS) % HOUR_MS) / 60_000;
    const laterShare = minutesIntoHour / MINUTES_PER_HOUR;
    addTo(hourCounts, localHourOfWeek(startMs, zone), weight * (1 - laterShare));
    if (laterShare > 0) addTo(hourCounts, localHourOfWeek(startMs + HOUR_MS - 1, zone), weight * laterShare);
    effectiveHours += weight;
    if (startMs >= fromMs) exposedHours += weight;
  }
  const exposureWeeks = decayedDays(Math.max(0, (nowMs - fromMs) / DAY_MS), halfLifeDays) / 7;
  return {
    hourCounts,
    effectiveHours,
    hours: hourStarts.length,
    exposureWeeks,
    exposedHours,
    weeklyRate: exposureWeeks > 0 ? exposedHours / exposureWeeks : null,
    history,
  };
}

/** The clock hours up to now, each once, in order: the sum of decayed counts must not hang on the order of the input. */
export function distinctHours(hourStartsMs: readonly number[], nowMs: number): readonly number[] {
  // As they come from the database there is nothing to do, which is ten times as fast.
  if (
    hourStartsMs.every((ms, i) => ms % HOUR_MS === 0 && ms <= nowMs && (i === 0 || ms > (hourStartsMs[i - 1] ?? ms)))
  ) {
    return hourStartsMs;
  }
  const distinct = new Set(hourStartsMs.map((ms) => Math.floor(ms / HOUR_MS) * HOUR_MS));
  return [...distinct].filter((ms) => ms <= nowMs).sort((a, b) => a - b);
}

/** ∫ 2^(−t / halfLife) dt over the days observed: what an even activity of one a day would have decayed to. */
function decayedDays(observedDays: number, halfLifeDays: number): number {
  return (-halfLifeDays / Math.LN2) * Math.expm1((-Math.LN2 * observedDays) / halfLifeDays);
}

function addTo(counts: Float64Array, cell: number, amount: number): void {
  counts[cell] = (counts[cell] ?? 0) + amount;
}

/** When the people of an organisation were active, each by their own local clock. */
export interface OrganisationActivity {
  /** Length 168; each person counts for at most 20 hours. */
  readonly hourCounts: ArrayLike<number>;
  /** Sum of `hourCounts`. */
  readonly effectiveHours: number;
  /** People with at least one active hour. */
  readonly people: number;
  /** Active hours per person and week, over everyone observed; null when nobody was. */
  readonly weeklyRate: number | null;
}

/** The active hours of many people as one week. Those who were observed but never active lower the weekly rate only. */
export function poolActiveHours(people: Iterable<ActiveHours>): OrganisationActivity {
  const hourCounts = new Float64Array(HOURS_PER_WEEK);
  let activePeople = 0;
  let exposedHours = 0;
  let exposureWeeks = 0;
  for (const person of people) {
    exposedHours += person.exposedHours;
    exposureWeeks += person.exposureWeeks;
    if (person.effectiveHours === 0) continue;
    activePeople += 1;
    const weight = Math.min(1, MAX_HOURS_OF_ONE_PERSON / person.effectiveHours);
    for (let cell = 0; cell < HOURS_PER_WEEK; cell++) addTo(hourCounts, cell, weight * (person.hourCounts[cell] ?? 0));
  }
  return {
    hourCounts,
    effectiveHours: hourCounts.reduce((sum, count) => sum + count, 0),
    people: activePeople,
    weeklyRate: exposureWeeks > 0 ? exposedHours / exposureWeeks : null,
  };
}
