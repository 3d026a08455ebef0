export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;

// Offsets are asked of Intl (4 µs a time) only at probes, and between two probes that differ the change is bisected.
// The shortest time any zone has kept an offset since 1970 is 7 days (Boa Vista, October 2000), so 4 days miss nothing.
const PROBE_MS = 4 * DAY_MS;
const BLOCK_MS = 8 * PROBE_MS;
// Changes fall on whole seconds; Monrovia left −00:44:30 in 1972.
const CHANGE_PRECISION_MS = 1_000;
// Longer than any change of offset: Samoa and Kiritimati once skipped 24 hours.
const LONGEST_CHANGE_MS = 26 * HOUR_MS;

/** From Monday on. */
export const WEEKDAY_LABELS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MONTH_LABELS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The offsets of one stretch of time: `offsetsMs[i]` holds from `startsMs[i]` on. */
interface OffsetBlock {
  readonly startsMs: readonly number[];
  readonly offsetsMs: readonly number[];
}

interface ZoneTable {
  readonly askOffsetMs: (instantMs: number) => number;
  readonly blocks: Map<number, OffsetBlock>;
}

// Keyed by lower-case name, since Intl takes any case: there are about 600 names, so it cannot grow without bound.
const tables = new Map<string, ZoneTable>();
// Batches ask for one zone many times in a row.
let lastZone = '';
let lastTable: ZoneTable | null = null;

/** Whether this is the name of an IANA time zone, such as `Europe/Berlin`. Plain offsets (`+02:00`) are not. */
export function isValidZone(zone: string): boolean {
  try {
    tableOf(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** @throws RangeError when the zone is not known */
function tableOf(zone: string): ZoneTable {
  if (zone === lastZone && lastTable !== null) return lastTable;
  const key = zone.toLowerCase();
  let table = tables.get(key);
  if (table === undefined) {
    // Later versions of Node take offsets for zones, which know no daylight saving: refuse them everywhere alike.
    if (!/^[a-z]/.test(key)) throw new RangeError(`Not an IANA time zone: ${zone}`);
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    table = { askOffsetMs: (instantMs) => parseOffsetMs(format.format(instantMs)), blocks: new Map() };
    tables.set(key, table);
  }
  lastZone = zone;
  lastTable = table;
  return table;
}

/** Reads the end of `11/24/2026, GMT+05:30`; plain `GMT` is zero, and historic offsets carry seconds. */
function parseOffsetMs(formatted: string): number {
  const match = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(formatted);
  if (match === null) throw new Error(`Intl gave no offset in "${formatted}"`);
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
  const ms = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -ms : ms;
}

function blockAt(table: ZoneTable, index: number): OffsetBlock {
  const known = table.blocks.get(index);
  if (known !== undefined) return known;
  const startMs = index * BLOCK_MS;
  const startsMs = [startMs];
  const offsetsMs = [table.askOffsetMs(startMs)];
  let before = offsetsMs[0] ?? 0;
  for (let probeMs = startMs + PROBE_MS; probeMs <= startMs + BLOCK_MS; probeMs += PROBE_MS) {
    const after = table.askOffsetMs(probeMs);
    if (after === before) continue;
    let lastBeforeMs = probeMs - PROBE_MS;
    let firstAfterMs = probeMs;
    while (firstAfterMs - lastBeforeMs > CHANGE_PRECISION_MS) {
      const steps = Math.floor((firstAfterMs - lastBeforeMs) / CHANGE_PRECISION_MS / 2);
      const middleMs = lastBeforeMs + steps * CHANGE_PRECISION_MS;
      if (table.askOffsetMs(middleMs) === before) lastBeforeMs = middleMs;
      else firstAfterMs = middleMs;
    }
    startsMs.push(firstAfterMs);
    offsetsMs.push(after);
    before = after;
  }
  const block = { startsMs, offsetsMs };
  table.blocks.set(index, block);
  return block;
}

function offsetIn(table: ZoneTable, instantMs: number): number {
  const { startsMs, offsetsMs } = blockAt(table, Math.floor(instantMs / BLOCK_MS));
  let i = startsMs.length - 1;
  while (i > 0 && instantMs < (startsMs[i] ?? 0)) i--;
  return offsetsMs[i] ?? 0;
}

/** The first change of offset at or after `fromMs` and before `untilMs`; null when there is none. */
function firstChangeMs(table: ZoneTable, fromMs: number, untilMs: number): number | null {
  // A change on the very edge of two blocks was recorded by the earlier one.
  const firstIndex = Math.floor((fromMs - 1) / BLOCK_MS);
  for (let index = firstIndex; index * BLOCK_MS < untilMs; index++) {
    const { startsMs } = blockAt(table, index);
    for (let i = 1; i < startsMs.length; i++) {
      const changeMs = startsMs[i] ?? 0;
      if (changeMs >= fromMs && changeMs < untilMs) return changeMs;
    }
  }
  return null;
}

/**
 * How far local time is ahead of UTC at that instant.
 *
 * @throws RangeError when the zone is not known or the instant is no date
 */
export function offsetMsAt(instantMs: number, zone: string): number {
  return offsetIn(tableOf(zone), instantMs);
}

/**
 * When the local clock shows a time, given as if it were UTC: the first and the last such instant, which differ only
 * where the clock was set back. A time that the clock skips is the end of the gap.
 *
 * @throws RangeError when the zone is not known or the time is no date
 */
export function instantsOfLocalTime(
  localMs: number,
  zone: string,
): { readonly firstMs: number; readonly lastMs: number } {
  const table = tableOf(zone);
  const untilMs = localMs + LONGEST_CHANGE_MS;
  let offsetMs = offsetIn(table, localMs - LONGEST_CHANGE_MS);
  let startMs = Number.NEGATIVE_INFINITY;
  const shownMs: number[] = [];
  let gapEndMs = localMs - offsetMs;
  while (true) {
    const changeMs = firstChangeMs(table, Math.max(startMs + 1, localMs - LONGEST_CHANGE_MS + 1), untilMs);
    const instantMs = localMs - offsetMs;
    if (instantMs >= startMs && (changeMs === null || instantMs < changeMs)) shownMs.push(instantMs);
    if (changeMs === null) break;
    const nextOffsetMs = offsetIn(table, changeMs);
    if (instantMs >= changeMs && localMs < changeMs + nextOffsetMs) gapEndMs = changeMs;
    offsetMs = nextOffsetMs;
    startMs = changeMs;
  }
  return { firstMs: shownMs[0] ?? gapEndMs, lastMs: shownMs.at(-1) ?? gapEndMs };
}

/**
 * The local hour of the week: 0 is Monday 00:00–01:00, 167 Sunday 23:00–24:00. About 0.1 µs once the zone is known.
 *
 * @throws RangeError when the zone is not known or the instant is no date
 */
export function localHourOfWeek(instantMs: number, zone: string): number {
  const localMs = instantMs + offsetIn(tableOf(zone), instantMs);
  const localDay = Math.floor(localMs / DAY_MS);
  return weekdayOf(localDay) * 24 + Math.floor((localMs - localDay * DAY_MS) / HOUR_MS);
}

/** 0 is Monday. Day 0, 1 January 1970, was a Thursday. */
function weekdayOf(localDay: number): number {
  return (((localDay + 3) % 7) + 7) % 7;
}

/** One hour of the local clock, or what is left of it beside a change of offset or the end of the range. */
export interface LocalHour {
  /** Half open: the instants of [startMs, endMs), all at the same offset. */
  readonly startMs: number;
  readonly endMs: number;
  /** Days from 1 January 1970 to the local date. */
  readonly localDay: number;
  /** 0 is Monday. */
  readonly weekday: number;
  /** Local minutes after midnight, half open; may be broken for historic offsets with seconds. */
  readonly startMinute: number;
  readonly endMinute: number;
  /** 0–167, 0 is Monday 00:00–01:00. */
  readonly hourOfWeek: number;
  /** True when it is a full hour of the clock: 60 minutes from :00. */
  readonly isFull: boolean;
}

/**
 * The local clock hours between two instants, in order and without gap or overlap. Hours that the clock skips in spring
 * never appear; those it repeats in autumn appear twice, as the two stretches of time they are.
 *
 * @throws RangeError when the zone is not known or an instant is no date
 */
export function* localHours(fromMs: number, untilMs: number, zone: string): Generator<LocalHour> {
  const table = tableOf(zone);
  let startMs = fromMs;
  while (startMs < untilMs) {
    const offsetMs = offsetIn(table, startMs);
    const localStartMs = startMs + offsetMs;
    const clockEndMs = (Math.floor(localStartMs / HOUR_MS) + 1) * HOUR_MS - offsetMs;
    const wantedMs = Math.min(clockEndMs, untilMs);
    const endMs = firstChangeMs(table, startMs + 1, wantedMs) ?? wantedMs;
    const localDay = Math.floor(localStartMs / DAY_MS);
    const startMinute = (localStartMs - localDay * DAY_MS) / MINUTE_MS;
    const weekday = weekdayOf(localDay);
    yield {
      startMs,
      endMs,
      localDay,
      weekday,
      startMinute,
      endMinute: startMinute + (endMs - startMs) / MINUTE_MS,
      hourOfWeek: weekday * 24 + Math.floor(startMinute / 60),
      isFull: endMs - startMs === HOUR_MS,
    };
    startMs = endMs;
  }
}

/**
 * A stretch of time in plain local words: `Tue 24 Nov, 09:00–10:00`. Midnight at its end reads 24:00. Where the clock
 * shows that time twice, the offset tells the two apart: `Sun 25 Oct, 02:00–03:00 (UTC+01:00)`.
 *
 * @throws RangeError when the zone is not known or an instant is no date
 */
export function localLabel(startMs: number, endMs: number, zone: string): string {
  const table = tableOf(zone);
  const offsetMs = offsetIn(table, startMs);
  const localStartMs = startMs + offsetMs;
  const localEndMs = endMs + offsetIn(table, Math.max(startMs, endMs - 1));
  const endsNextMidnight = localEndMs % DAY_MS === 0 && Math.floor(localStartMs / DAY_MS) === localEndMs / DAY_MS - 1;
  const isSameDay = Math.floor(localStartMs / DAY_MS) === Math.floor(localEndMs / DAY_MS);
  const start = `${dayLabel(localStartMs)}, ${clockLabel(localStartMs)}`;
  const suffix = isRepeated(table, startMs) ? ` (${offsetLabel(offsetMs)})` : '';
  if (startMs === endMs) return `${start}${suffix}`;
  if (endsNextMidnight) return `${start}–24:00${suffix}`;
  if (isSameDay) return `${start}–${clockLabel(localEndMs)}${suffix}`;
  return `${start} – ${dayLabel(localEndMs)}, ${clockLabel(localEndMs)}${suffix}`;
}

/** Whether the local clock shows the time of this instant at another instant too. */
function isRepeated(table: ZoneTable, instantMs: number): boolean {
  const untilMs = instantMs + LONGEST_CHANGE_MS;
  let changeMs = firstChangeMs(table, instantMs - LONGEST_CHANGE_MS, untilMs);
  while (changeMs !== null) {
    const setBackMs = offsetIn(table, changeMs - 1) - offsetIn(table, changeMs);
    if (instantMs >= changeMs - setBackMs && instantMs < changeMs + setBackMs) return true;
    changeMs = firstChangeMs(table, changeMs + 1, untilMs);
  }
  return false;
}

/** A local date in plain words, such as `Tue 24 Nov`, by the days from 1 January 1970 to it. */
export function localDayLabel(localDay: number): string {
  return dayLabel(localDay * DAY_MS);
}

function dayLabel(localMs: number): string {
  const date = new Date(localMs);
  const weekday = WEEKDAY_LABELS[weekdayOf(Math.floor(localMs / DAY_MS))] ?? '';
  return `${weekday} ${date.getUTCDate()} ${MONTH_LABELS[date.getUTCMonth()] ?? ''}`;
}

function clockLabel(localMs: number): string {
  const minute = Math.floor((((localMs % DAY_MS) + DAY_MS) % DAY_MS) / MINUTE_MS);
  const pad = (n: number) => (n < 10 ? `0${n}` : `${n}`);
  return `${pad(Math.floor(minute / 60))}:${pad(minute % 60)}`;
}

function offsetLabel(offsetMs: number): string {
  return `UTC${offsetMs < 0 ? '−' : '+'}${clockLabel(Math.abs(offsetMs))}`;
}
