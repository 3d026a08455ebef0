import type { OrganisationActivity } from '../../learners/activeHours.js';
import { WEEKDAYS, type Weekday } from '../../learners/learner.js';
import { HOURS_PER_WEEK, kernelForEvidence, smoothWeek } from '../../stats/circularWeek.js';
import { MINIMUM_PEOPLE } from '../model/weekModel.js';
import { renderWeekHeatMap } from './weekHeatMap.js';

/** Finer shares would show what one person changes from one day to the next. */
const STEPS_PER_SHARE = 100;

export interface GroupWeekCell {
  readonly weekday: Weekday;
  /** 0–23. */
  readonly hour: number;
  /** Of the group's active hours, 0–1, in steps of 0.01. */
  readonly share: number;
}

/** When the people of a group are active, taken together. */
export interface GroupWeek {
  /** People with any activity; null: fewer than five, of whom nothing is told. */
  readonly people: number | null;
  /** Per person; null with `people`. */
  readonly weeklyActiveHours: number | null;
  /** 168, from Monday 00:00 on, by each person's own clock; empty with `people`. */
  readonly cells: readonly GroupWeekCell[];
  /** Null with `people`. */
  readonly svg: string | null;
}

/** Of which nothing is told. */
export const UNTOLD_WEEK: GroupWeek = { people: null, weeklyActiveHours: null, cells: [], svg: null };

/** @param activity each person counts for at most 20 hours in it */
export function groupWeek(name: string, activity: OrganisationActivity): GroupWeek {
  const { people, effectiveHours, hourCounts, weeklyRate } = activity;
  if (people < MINIMUM_PEOPLE || !(effectiveHours > 0)) return UNTOLD_WEEK;
  const smoothed = smoothWeek(hourCounts, kernelForEvidence(effectiveHours));
  const shares = Array.from(smoothed, (count) => {
    return Math.round((count / effectiveHours) * STEPS_PER_SHARE) / STEPS_PER_SHARE;
  });
  return {
    people,
    weeklyActiveHours: weeklyRate === null ? null : Number(weeklyRate.toFixed(1)),
    cells: Array.from({ length: HOURS_PER_WEEK }, (_, cell) => ({
      weekday: WEEKDAYS[Math.floor(cell / 24)] as Weekday,
      hour: cell % 24,
      share: shares[cell] ?? 0,
    })),
    svg: renderWeekHeatMap({
      title: `When people of ${name} learn`,
      subtitle: 'By everyone’s local time; darker is more likely.',
      panels: [{ name: 'Active hours', note: `${people} people, each counting for 20 hours at most`, shares }],
    }),
  };
}
