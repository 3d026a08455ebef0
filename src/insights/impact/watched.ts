import { FEWEST_PEOPLE } from '../../learners/fewPeople/fewPeople.js';
import { DAY_MS } from '../../platform/zonedTime.js';
import type { Met, WatchedSpan } from './impact.store.js';

/** How far back people are looked at for what they were like before, at most. */
const MOST_DAYS_BEFORE = 90;

/** When somebody is watched, and the time of the same length before, as far as that is looked at. */
export interface WatchedTimes {
  readonly after: WatchedSpan;
  readonly before: WatchedSpan;
}

/** The first 90 days after each was met beside as many before, for comparing people with themselves. */
export function watchedAlike(met: readonly Pick<Met, 'learnerId' | 'at'>[], until: Date): WatchedTimes[] {
  return watchedTimes(met, until).map(({ before, after }) => {
    const lengthMs = before.until.getTime() - before.from.getTime();
    return { before, after: { ...after, until: new Date(after.from.getTime() + lengthMs) } };
  });
}

/**
 * From the moment that each was met until the end. Figures from before are of a time as long, but no longer than 90 days:
 * they are only what people are compared by.
 */
export function watchedTimes(met: readonly Pick<Met, 'learnerId' | 'at'>[], until: Date): WatchedTimes[] {
  return met.map(({ learnerId, at }) => {
    const lengthMs = Math.max(0, until.getTime() - at.getTime());
    const since = new Date(at.getTime() - Math.min(lengthMs, MOST_DAYS_BEFORE * DAY_MS));
    return { after: { learnerId, from: at, until }, before: { learnerId, from: since, until: at } };
  });
}

/**
 * For how many days a tenth of the people were watched at least, and five of them: how long the first of all was would tell when
 * that one was there. 0 of fewer than five.
 */
export function daysWatched(met: readonly Pick<Met, 'at'>[], until: Date): number {
  const times = Float64Array.from(met, ({ at }) => at.getTime()).sort();
  const at = times[Math.max(FEWEST_PEOPLE, Math.ceil(times.length / 10)) - 1];
  return at === undefined ? 0 : Math.max(0, until.getTime() - at) / DAY_MS;
}
