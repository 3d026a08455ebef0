import { DAY_MS, HOUR_MS } from '../../platform/zonedTime.js';

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
 * given that they were: s / (s + r − s r), with s how often they are active about then by themselves and r how often they open
 * messages, shrunk to two in ten. So somebody who is always mailed at nine, and opens, is not taken for a nine o'clock
 * person; and somebody who is active at nine anyway, mailed or not, is.
 *
 * Hours that follow without a break are of the same sitting. With w the weight of the hour before, they would have been
 * spent anyway if that was, and else as often as any such hour: w + (1 − w) s takes the place of s; without a message
 * opened in them, it is their weight.
 *
 * @param activeHoursMs UTC clock hours of activity, as the instants they begin at
 * @param ownChance     0–1: the chance of being active about a clock hour, unprompted
 * @returns weights below 1, by the instant the hour begins at
 */
export function exposureWeights(
  activeHoursMs: readonly number[],
  exposures: readonly MessageExposure[],
  ownChance: (hourStartMs: number) => number,
  nowMs: number,
): ReadonlyMap<number, number> {
  const settled = exposures.filter((exposure) => isSettled(exposure, nowMs));
  const opened = settled.filter(({ openedAtMs }) => openedAtMs !== null).length;
  const openRate = (opened + PRIOR_OPENED) / (settled.length + PRIOR_SENT);
  const weights = new Map<number, number>();
  for (const [hourMs, prompt] of promptedHours(activeHoursMs, exposures)) {
    const chance = Math.min(1, Math.max(0, ownChance(hourMs)));
    const before = weights.get(hourMs - HOUR_MS) ?? 0;
    const own = before + (1 - before) * chance;
    weights.set(hourMs, prompt === 'OPENING' ? own / (own + openRate - own * openRate) : own);
  }
  return weights;
}

/** How a message may have caused an hour: it was opened in it, or in an hour before it of the same sitting. */
export type Prompt = 'OPENING' | 'SITTING';

/**
 * The active hours that messages may have caused, in order: those in which one was opened within three hours of being
 * sent, or right after such an opening where nothing else happened in its hour, and those that follow without a break.
 */
export function promptedHours(
  activeHoursMs: readonly number[],
  exposures: readonly MessageExposure[],
): ReadonlyMap<number, Prompt> {
  const openings = new Set<number>();
  for (const { sentAtMs, openedAtMs } of exposures) {
    if (openedAtMs === null || openedAtMs < sentAtMs) continue;
    if (openedAtMs - sentAtMs <= CAUSED_WITHIN_HOURS * HOUR_MS) openings.add(hourOf(openedAtMs));
  }
  const prompted = new Map<number, Prompt>();
  if (openings.size === 0) return prompted;
  const active = new Set(activeHoursMs.map(hourOf));
  for (const hourMs of [...active].sort((a, b) => a - b)) {
    const before = hourMs - HOUR_MS;
    if (openings.has(hourMs) || (openings.has(before) && !active.has(before))) prompted.set(hourMs, 'OPENING');
    else if (prompted.has(before)) prompted.set(hourMs, 'SITTING');
  }
  return prompted;
}

function hourOf(instantMs: number): number {
  return Math.floor(instantMs / HOUR_MS) * HOUR_MS;
}
