import { DAY_MS, HOUR_MS, instantsOfLocalTime, offsetMsAt } from '../platform/zonedTime.js';

/** Messages are planned so far ahead at most: what is known of people's weeks changes. */
const PLAN_AHEAD_MS = 14 * DAY_MS;
/** A shorter stretch before a day that is full holds hardly any window. */
const SHORTEST_STRETCH_MS = 20 * HOUR_MS;

/** When a campaign may plan, and how full its days are. */
export interface DailyLimits {
  /** The days are those of this zone. */
  readonly zone: string;
  /** Null: as many as there are. */
  readonly dailyCap: number | null;
  /** Messages that are planned or were brought, by days from 1 January 1970. */
  readonly takenByDay: ReadonlyMap<number, number>;
  /** End of the campaign. */
  readonly untilMs: number;
}

/** A time in which each day has room. */
export interface OpenStretch {
  readonly fromMs: number;
  readonly horizonDays: number;
  /** How many messages fit. */
  readonly room: number;
}

export function localDayOf(instantMs: number, zone: string): number {
  return Math.floor((instantMs + offsetMsAt(instantMs, zone)) / DAY_MS);
}

/** The first time to plan in, within the next 14 days; null: there is no room in them. */
export function openStretch({ zone, dailyCap, takenByDay, untilMs }: DailyLimits, nowMs: number): OpenStretch | null {
  const endMs = Math.min(nowMs + PLAN_AHEAD_MS, untilMs);
  if (endMs <= nowMs) return null;
  if (dailyCap === null) return stretchOf(nowMs, endMs, Number.POSITIVE_INFINITY);
  let [fromMs, room] = [nowMs, 0];
  for (let day = localDayOf(nowMs, zone); ; day++) {
    const dayEndMs = instantsOfLocalTime((day + 1) * DAY_MS, zone).firstMs;
    const left = dailyCap - (takenByDay.get(day) ?? 0);
    if (left > 0) room += left;
    const stretchEndMs = left > 0 ? dayEndMs : instantsOfLocalTime(day * DAY_MS, zone).firstMs;
    if (left > 0 && dayEndMs < endMs) continue;
    const isLong = Math.min(stretchEndMs, endMs) - fromMs >= SHORTEST_STRETCH_MS;
    if (room > 0 && (isLong || (left > 0 && dayEndMs >= endMs))) {
      return stretchOf(fromMs, Math.min(stretchEndMs, endMs), room);
    }
    if (dayEndMs >= endMs) return null;
    [fromMs, room] = [dayEndMs, 0];
  }
}

function stretchOf(fromMs: number, endMs: number, room: number): OpenStretch {
  return { fromMs, horizonDays: Math.max(1, Math.floor((endMs - fromMs) / DAY_MS)), room };
}

/** Those of the messages that fit into their days, the earliest first and of equal ones by learner id. */
export function withinDays<M extends { readonly learnerId: string; readonly startsAtMs: number }>(
  messages: readonly M[],
  { zone, dailyCap, takenByDay, untilMs }: DailyLimits,
): readonly M[] {
  const taken = new Map(takenByDay);
  const ordered = messages.toSorted(
    (a, b) => a.startsAtMs - b.startsAtMs || (a.learnerId < b.learnerId ? -1 : a.learnerId > b.learnerId ? 1 : 0),
  );
  return ordered.filter(({ startsAtMs }) => {
    const day = localDayOf(startsAtMs, zone);
    const people = taken.get(day) ?? 0;
    if (startsAtMs >= untilMs || (dailyCap !== null && people >= dailyCap)) return false;
    taken.set(day, people + 1);
    return true;
  });
}
