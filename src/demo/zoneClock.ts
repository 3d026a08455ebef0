export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
export const WEEK_MS = 7 * DAY_MS;

/**
 * Converts between instants and the local time of one zone. Local times are numbers too: milliseconds since
 * 1970-01-01 00:00 on the wall clock. The zone's offsets are read once, so a conversion costs a few comparisons.
 */
export class ZoneClock {
  /** Instants at which the offset changes; `offsetsMs` has one more entry. */
  private readonly changes: number[] = [];
  private readonly offsetsMs: number[] = [];

  /** Knows the offsets from `fromMs` to `toMs` and takes the nearest one outside. */
  constructor(
    readonly zone: string,
    fromMs: number,
    toMs: number,
  ) {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    let offset = offsetAt(format, fromMs);
    this.offsetsMs.push(offset);
    // A week is shorter than any time a zone has kept to an offset between two changes (Morocco's is a month).
    for (let start = fromMs; start < toMs; start += WEEK_MS) {
      const later = offsetAt(format, start + WEEK_MS);
      if (later === offset) continue;
      this.changes.push(changeBetween(format, start, start + WEEK_MS, offset));
      this.offsetsMs.push(later);
      offset = later;
    }
  }

  toLocal(instantMs: number): number {
    let segment = 0;
    while (segment < this.changes.length && instantMs >= (this.changes[segment] as number)) segment++;
    return instantMs + (this.offsetsMs[segment] as number);
  }

  /** The earlier of two when the clock shows the time twice; as long after the gap when it skips it. */
  toInstant(localMs: number): number {
    for (let segment = 0; segment <= this.changes.length; segment++) {
      const instant = localMs - (this.offsetsMs[segment] as number);
      const end = this.changes[segment] ?? Number.POSITIVE_INFINITY;
      // Also true for a time in the gap after this segment: read with the offset before the gap, it falls behind it.
      if (instant < end || localMs < end + (this.offsetsMs[segment + 1] as number)) return instant;
    }
    throw new RangeError(`no instant for local time ${localMs} in ${this.zone}`);
  }
}

function offsetAt(format: Intl.DateTimeFormat, instantMs: number): number {
  const name = format.formatToParts(instantMs).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * HOUR_MS + Number(minutes ?? 0) * MINUTE_MS);
}

/** The minute within (fromMs, toMs] at which the offset stops being `offset`. */
function changeBetween(format: Intl.DateTimeFormat, fromMs: number, toMs: number, offset: number): number {
  let before = Math.floor(fromMs / MINUTE_MS);
  let after = Math.ceil(toMs / MINUTE_MS);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(format, middle * MINUTE_MS) === offset) before = middle;
    else after = middle;
  }
  return after * MINUTE_MS;
}
