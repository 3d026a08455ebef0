/** What was seen of the operations that ended in a stretch of time. */
export interface LimitWindow {
  /** Of the time that operations took; NaN when none ended. */
  readonly medianMs: number;
  /** Longest delay of the event loop: what every request waits before anybody looks at it. */
  readonly lagMs: number;
  /** Whether as many ran at once as may. */
  readonly wasFull: boolean;
}

/** However slow operations are. */
export const LEAST_LIMIT = 3;
/** However late the event loop is, as long as operations are fast: enough to keep database and processor busy. */
export const LEAST_LIMIT_OF_FAST = 8;
const MOST_MEDIAN_MS = 50;
const MOST_LAG_MS = 20;
const SHRINK_TO = 0.8;

/**
 * How many operations may run at once after a stretch in which `limit` might: fewer when all places were taken and answers
 * became slow, more when all were taken and answers stayed fast. A stretch in which places were free tells nothing, so a
 * few slow operations alone never close the door on quick ones.
 *
 * Additive increase and multiplicative decrease, as TCP does (Chiu & Jain 1989).
 */
export function nextLimit(limit: number, { medianMs, lagMs, wasFull }: LimitWindow, most: number): number {
  if (!wasFull) return limit;
  const isSlow = medianMs > MOST_MEDIAN_MS;
  const least = Math.min(isSlow ? LEAST_LIMIT : LEAST_LIMIT_OF_FAST, most);
  if (isSlow || (lagMs > MOST_LAG_MS && limit > least)) return Math.max(least, Math.floor(limit * SHRINK_TO));
  return Math.min(most, limit + 1);
}
