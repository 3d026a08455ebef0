import { eventKey } from '../activity/interactionPlan.js';
import type { RowError } from '../platform/errors.js';
import { RowChecks } from '../platform/rowChecks.js';

/** Something that another system tells once, however often it sends it. */
export interface Recorded {
  readonly source: string;
  readonly eventId: string;
}

export interface RecordResult {
  /** Rows that were new. */
  readonly storedCount: number;
  /** Rows that were stored before, by this or an earlier call. */
  readonly duplicateCount: number;
  readonly errors: readonly RowError[];
}

export interface RecordPlan<Event extends Recorded> {
  readonly accepted: readonly { readonly index: number; readonly event: Event }[];
  /** Rows that say again what an accepted row of the same batch says. */
  readonly repeatCount: number;
  readonly errors: readonly RowError[];
}

/** What a batch would store, decided without a database. */
export function planRecords<Row extends Recorded, Event extends Recorded>(
  rows: readonly Row[],
  checkRow: (check: RowChecks, row: Row) => void,
  eventOf: (row: Row) => Event,
): RecordPlan<Event> {
  const accepted = new Map<string, { readonly index: number; readonly event: Event }>();
  const errors: RowError[] = [];
  let repeatCount = 0;
  rows.forEach((row, index) => {
    const check = new RowChecks(index);
    check.id(row.source, 'source');
    check.id(row.eventId, 'eventId');
    checkRow(check, row);
    errors.push(...check.errors);
    if (!check.passed) return;
    const event = eventOf(row);
    const earlier = accepted.get(eventKey(event));
    if (earlier === undefined) accepted.set(eventKey(event), { index, event });
    else if (isSame(earlier.event, event)) repeatCount += 1;
    else errors.push(conflict(index, event, `row ${earlier.index} of this batch`));
  });
  return { accepted: [...accepted.values()], repeatCount, errors };
}

/**
 * What became of a plan.
 *
 * @param appended what was new
 * @param stored what was there before under the other keys
 */
export function recordResult<Event extends Recorded>(
  { accepted, repeatCount, errors }: RecordPlan<Event>,
  appended: readonly Recorded[],
  stored: readonly Event[],
): RecordResult {
  const fresh = new Set(appended.map(eventKey));
  const originals = new Map(stored.map((event) => [eventKey(event), event]));
  const known = accepted.filter(({ event }) => !fresh.has(eventKey(event)));
  const conflicts = known.filter(({ event }) => {
    const original = originals.get(eventKey(event));
    return original === undefined || !isSame(original, event);
  });
  return {
    storedCount: fresh.size,
    duplicateCount: repeatCount + known.length - conflicts.length,
    errors: [...errors, ...conflicts.map(({ index, event }) => conflict(index, event, 'what is stored'))].sort(
      (a, b) => a.index - b.index,
    ),
  };
}

function isSame<Event extends Recorded>(a: Event, b: Event): boolean {
  const ordered = (event: Event) => JSON.stringify(Object.entries(event).sort(([x], [y]) => (x < y ? -1 : 1)));
  return ordered(a) === ordered(b);
}

function conflict(index: number, { source, eventId }: Recorded, other: string): RowError {
  const message = `"${eventId}" of source "${source}" differs from ${other}, which stays; give something new a new eventId`;
  return { index, code: 'CONFLICT', message, path: ['eventId'] };
}
