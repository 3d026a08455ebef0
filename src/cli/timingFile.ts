import type { TimedPerson } from '../delivery/fitting/timingEvaluation.js';
import { badLine, type ReadProgress, readLines } from '../evaluation/lines.js';
import type { LocalActiveHour } from '../learners/activeHours.js';
import { DAY_MS, HOUR_MS } from '../platform/zonedTime.js';

const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}(?::?\d{2})?)$/;
const MINUTE_MS = 60_000;
/** No zone has ever been further from UTC. */
const MOST_OFFSET_MINUTES = 16 * 60;

/**
 * Reads lines of  person<TAB>instant with offset. Local time is the offset's, and several instants in one hour of that
 * clock count once. Where somebody is, the file tells only by the offset: that of the last of their past hours stands in
 * for their location, and no later one.
 *
 * @throws DomainError BAD_USER_INPUT with file and line when it cannot be understood
 */
export async function readTimes(
  path: string,
  pastHours: (hours: number) => number,
  onProgress: ReadProgress,
): Promise<readonly TimedPerson[]> {
  const hoursByPerson = new Map<string, Map<number, number>>();
  const decoder = new TextDecoder();
  await readLines(
    path,
    (bytes, start, end, line) => {
      const [person = '', instant = '', ...more] = decoder.decode(bytes.subarray(start, end)).split('\t');
      if (person === '' || more.length > 0) throw badLine(path, line, 'needs  person<TAB>instant.');
      const hour = localHourOf(instant);
      if (hour === null) {
        throw badLine(path, line, `"${instant.slice(0, 40)}" is no instant such as 2026-11-22T15:04:05+01:00.`);
      }
      const hours = hoursByPerson.get(person) ?? new Map<number, number>();
      hours.set(hour.startMs, hour.offsetMs);
      hoursByPerson.set(person, hours);
    },
    onProgress,
  );
  return [...hoursByPerson].map(([id, offsets]) => {
    const hours = [...offsets].sort(([a], [b]) => a - b);
    const lastPast = hours[Math.max(0, pastHours(hours.length) - 1)];
    return {
      id,
      department: null,
      location: lastPast === undefined ? null : `UTC offset of ${lastPast[1] / MINUTE_MS} minutes`,
      history: hours.map(([startMs, offsetMs]) => activeHourOf(startMs, offsetMs)),
    };
  });
}

/** The hour of the local clock that an instant lies in; null when it is none. */
function localHourOf(text: string): { startMs: number; offsetMs: number } | null {
  const [, date, time, offset = ''] = INSTANT.exec(text) ?? [];
  if (date === undefined || time === undefined) return null;
  const localMs = Date.parse(`${date}T${time}Z`);
  // 30 February is read as 1 March.
  if (Number.isNaN(localMs) || !new Date(localMs).toISOString().startsWith(date)) return null;
  const digits = offset.replace(/\D/g, '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  if (minutes > MOST_OFFSET_MINUTES || Number(digits.slice(2)) > 59) return null;
  const offsetMs = (offset.startsWith('-') ? -minutes : minutes) * MINUTE_MS;
  return { startMs: Math.floor(localMs / HOUR_MS) * HOUR_MS - offsetMs, offsetMs };
}

function activeHourOf(startMs: number, offsetMs: number): LocalActiveHour {
  const localMs = startMs + offsetMs;
  const localDay = Math.floor(localMs / DAY_MS);
  // 1 January 1970 was a Thursday.
  const weekday = (((localDay + 3) % 7) + 7) % 7;
  return { startMs, localDay, cell: weekday * 24 + Math.floor((localMs - localDay * DAY_MS) / HOUR_MS), weight: 1 };
}
