import { DAY_MS, HOUR_MS } from '../platform/zonedTime.js';

/** Months of the calendar are named by their first day, as in `2026-11-01`; in text order they are in order of time. */
export function monthAfter(month: string, months: number): string {
  const date = new Date(`${month}T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + months);
  return date.toISOString().slice(0, 10);
}

/** The months of [from, until). */
export function monthsBetween(from: string, until: string): string[] {
  const months: string[] = [];
  for (let month = from; month < until; month = monthAfter(month, 1)) months.push(month);
  return months;
}

/** No zone is further ahead of UTC, or further behind: a local month begins and ends within these of the month in UTC. */
export const FURTHEST_AHEAD_MS = 14 * HOUR_MS;
export const FURTHEST_BEHIND_MS = 12 * HOUR_MS;

/** Events may come late by so much without the month being told without them. */
const SETTLING_MS = 2 * DAY_MS;

/** When a month is over everywhere and what happened in it should have come in. */
export const toldFromMs = (month: string): number =>
  Date.parse(`${monthAfter(month, 1)}T00:00:00Z`) + FURTHEST_BEHIND_MS + SETTLING_MS;

/** Days from 1 January 1970 to a date. */
export const dayNumber = (day: string): number => Date.parse(`${day}T00:00:00Z`) / DAY_MS;
