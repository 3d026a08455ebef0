import { DAY_MS, HOUR_MS } from '../platform/zonedTime.js';

/** A message of ours that reached a person, and whether they opened it. */
export interface MessageExposure {
  readonly sentAtMs: number;
  /** Null: not opened as far as is known. */
  readonly openedAtMs: number | null;
}

/**
 * Most of who open a message have done so by then. Before it, who has not opened says nothing, and who has would count
 * alone: so neither counts for how often messages are opened, whatever became of them.
 */
const ANSWERED_WITHIN_MS = 3 * DAY_MS;

/** Whether it is long enough ago that a message was sent to tell whether it was opened. */
export function isSettled({ sentAtMs }: Pick<MessageExposure, 'sentAtMs'>, nowMs: number): boolean {
  return nowMs - sentAtMs >= ANSWERED_WITHIN_MS;
}

/** Activity that begins so soon after a message was sent may be its doing. */
const CAUSED_WITHIN_HOURS = 3;
/** Before anything is known of how a person answers messages: as if two of ten had been opened. */
const PRIOR_SENT = 10;
const PRIOR_OPENED = 2;

/**
 * What each active hour tells of a person's own rhythm: 1 for one that no message of ours can have caused; for one in
 * which a message was opened soon after it was sent, the probability that the person would have been active anyway,
 * given that they were: s / (s + r − s r), with s how often they are active by themselves and r how often they open
 * messages, shrunk to two in ten. So somebody who is always mailed at nine, and opens, is not taken for a nine o'clock
 * person; and somebody who is active at nine anyway, mailed or not, is.
 *
 * @param activeHoursMs UTC clock hours of activity, as the instants they begin at
 * @param ownChance     0–1: the chance of being active in the clock hour of an instant, unprompted
 * @returns weights below 1, by the instant the hour begins at
 */
export function exposureWeights(
  activeHoursMs: readonly number[],
  exposures: readonly MessageExposure[],
  ownChance: (hourStartMs: number) => number,
  nowMs: number,
): ReadonlyMap<number, number> {
  const prompted = promptedHours(exposures);
  const settled = exposures.filter((exposure) => isSettled(exposure, nowMs));
  const opened = settled.filter(({ openedAtMs }) => openedAtMs !== null).length;
  const openRate = (opened + PRIOR_OPENED) / (settled.length + PRIOR_SENT);
  const weights = new Map<number, number>();
  for (const startMs of activeHoursMs) {
    const hourMs = hourOf(startMs);
    if (!prompted.has(hourMs)) continue;
    const own = Math.min(1, Math.max(0, ownChance(hourMs)));
    weights.set(hourMs, own / (own + openRate - own * openRate));
  }
  return weights;
}

/** The clock hours in which a message was opened within three hours of being sent. */
export function promptedHours(exposures: readonly MessageExposure[]): ReadonlySet<number> {
  const hours = new Set<number>();
  for (const { sentAtMs, openedAtMs } of exposures) {
    if (openedAtMs === null || openedAtMs < sentAtMs) continue;
    if (openedAtMs - sentAtMs <= CAUSED_WITHIN_HOURS * HOUR_MS) hours.add(hourOf(openedAtMs));
  }
  return hours;
}

function hourOf(instantMs: number): number {
  return Math.floor(instantMs / HOUR_MS) * HOUR_MS;
}
