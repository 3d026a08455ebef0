import type { CourseInput } from '../catalog/catalogPlan.js';
import { COURSE_LEVELS, type CourseLevel } from '../catalog/course.js';
import { WEEKDAYS, type Weekday } from '../learners/learner.js';
import type { LearnerInput } from '../learners/learnerPlan.js';
import { offsetMsAt } from '../platform/zonedTime.js';

/** What a cell says, or what is wrong with it in words that follow its text. */
export type Reading<T> = { readonly value: T } | { readonly problem: string };

type WorkDayInput = NonNullable<LearnerInput['workPattern']>[number];
type QuietHoursInput = NonNullable<LearnerInput['quietHours']>;
type SessionInput = NonNullable<CourseInput['sessions']>[number];

/** Separates the entries of a list within one cell. */
export const LIST_SEPARATOR = '|';

/** Languages by their English names, for files that do not use tags; anything else must be a BCP 47 tag. */
const LANGUAGE_TAGS: ReadonlyMap<string, string> = new Map([
  ['afrikaans', 'af'],
  ['albanian', 'sq'],
  ['arabic', 'ar'],
  ['armenian', 'hy'],
  ['azerbaijani', 'az'],
  ['basque', 'eu'],
  ['bengali', 'bn'],
  ['bosnian', 'bs'],
  ['brazilian portuguese', 'pt-BR'],
  ['bulgarian', 'bg'],
  ['burmese', 'my'],
  ['catalan', 'ca'],
  ['chinese', 'zh'],
  ['simplified chinese', 'zh-Hans'],
  ['traditional chinese', 'zh-Hant'],
  ['croatian', 'hr'],
  ['czech', 'cs'],
  ['danish', 'da'],
  ['dutch', 'nl'],
  ['english', 'en'],
  ['esperanto', 'eo'],
  ['estonian', 'et'],
  ['filipino', 'fil'],
  ['finnish', 'fi'],
  ['french', 'fr'],
  ['galician', 'gl'],
  ['georgian', 'ka'],
  ['german', 'de'],
  ['greek', 'el'],
  ['hebrew', 'he'],
  ['hindi', 'hi'],
  ['hungarian', 'hu'],
  ['icelandic', 'is'],
  ['indonesian', 'id'],
  ['irish', 'ga'],
  ['italian', 'it'],
  ['japanese', 'ja'],
  ['kazakh', 'kk'],
  ['khmer', 'km'],
  ['korean', 'ko'],
  ['latvian', 'lv'],
  ['lithuanian', 'lt'],
  ['macedonian', 'mk'],
  ['malay', 'ms'],
  ['mandarin', 'zh'],
  ['marathi', 'mr'],
  ['mongolian', 'mn'],
  ['nepali', 'ne'],
  ['norwegian', 'no'],
  ['persian', 'fa'],
  ['polish', 'pl'],
  ['portuguese', 'pt'],
  ['punjabi', 'pa'],
  ['romanian', 'ro'],
  ['russian', 'ru'],
  ['serbian', 'sr'],
  ['slovak', 'sk'],
  ['slovenian', 'sl'],
  ['spanish', 'es'],
  ['swahili', 'sw'],
  ['swedish', 'sv'],
  ['tamil', 'ta'],
  ['telugu', 'te'],
  ['thai', 'th'],
  ['turkish', 'tr'],
  ['ukrainian', 'uk'],
  ['urdu', 'ur'],
  ['uzbek', 'uz'],
  ['vietnamese', 'vi'],
  ['welsh', 'cy'],
]);

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['false', false],
  ['0', false],
  ['no', false],
]);

const COURSE_LEVEL_WORDS: ReadonlyMap<string, CourseLevel | null> = new Map<string, CourseLevel | null>([
  ['ALL', null],
  ['ALL_LEVELS', null],
  ['EXPERT', 'ADVANCED'],
  ['ESPERTO', 'ADVANCED'],
  ...COURSE_LEVELS.map((level) => [level, level] as const),
]);

/** The entries of a list, without empty ones. */
export function readList(text: string): string[] {
  return text
    .split(LIST_SEPARATOR)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

export function readNumber(text: string): Reading<number> {
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    return { problem: 'is not a number such as 12 or 0.75' };
  }
  return { value: Number(text) };
}

export function readWholeNumber(text: string): Reading<number> {
  const number = readNumber(text);
  // More would overflow the database's integers.
  if ('value' in number && !(Number.isInteger(number.value) && Math.abs(number.value) < 2 ** 31)) {
    return { problem: 'is not a whole number such as 45' };
  }
  return number;
}

export function readFlag(text: string): Reading<boolean> {
  const value = FLAGS.get(text.toLowerCase());
  return value === undefined ? { problem: 'is neither true, 1, yes nor false, 0, no' } : { value };
}

/** One of the words, in any case, with spaces or hyphens for its underscores. */
export function readOneOf<T extends string>(text: string, words: readonly T[]): Reading<T> {
  const asked = constantCase(text);
  const value = words.find((word) => word === asked);
  return value === undefined ? { problem: `is none of ${words.join(', ')}` } : { value };
}

export function readCourseLevel(text: string): Reading<CourseLevel | null> {
  const value = COURSE_LEVEL_WORDS.get(constantCase(text));
  return value === undefined ? { problem: `is none of all, ${COURSE_LEVELS.join(', ').toLowerCase()}` } : { value };
}

/** A BCP 47 tag, or a language's English name. */
export function readLanguage(text: string): Reading<string> {
  const tag = LANGUAGE_TAGS.get(text.toLowerCase()) ?? text.replaceAll('_', '-');
  // BCP 47 keeps longer first parts in reserve, so that any word up to eight letters would pass for a tag.
  if (!/^[a-z]{2,3}(-|$)/i.test(tag) || !isLanguageTag(tag)) {
    return { problem: 'is neither a BCP 47 language tag such as "en" or "pt-BR" nor the English name of a language' };
  }
  return { value: tag };
}

function isLanguageTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(?:(Z)|([+-])(\d\d)(?::?(\d\d))?)?)?$/i;

/**
 * An ISO 8601 instant. A date alone is its midnight in `timezone`, or in UTC when that is null. A time without offset is
 * local to `timezone`, and refused when that is null: guessing would move people's active hours.
 */
export function readInstant(text: string, timezone: string | null): Reading<Date> {
  const parts = INSTANT.exec(text);
  if (parts === null) return { problem: 'is not an ISO 8601 time such as 2026-03-01T09:30:00Z or a date' };
  const [, year, month, day, hour, minute, second = '0', fraction = '0', utc, sign, offsetHours, offsetMinutes] = parts;
  const local = new Date(
    Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour ?? 0), Number(minute ?? 0), Number(second)),
  );
  const isReal =
    local.getUTCMonth() === Number(month) - 1 &&
    local.getUTCDate() === Number(day) &&
    Number(hour ?? 0) < 24 &&
    Number(minute ?? 0) < 60 &&
    Number(second) < 60;
  if (!isReal) return { problem: 'names a day or a time that does not exist' };
  const localMs = local.getTime() + Math.floor(Number(`0.${fraction}`) * 1000);
  if (sign !== undefined) {
    const offsetMs = (Number(offsetHours) * 60 + Number(offsetMinutes ?? 0)) * 60_000;
    return { value: new Date(sign === '-' ? localMs + offsetMs : localMs - offsetMs) };
  }
  if (utc !== undefined) return { value: new Date(localMs) };
  if (timezone !== null) return { value: new Date(instantOfLocal(localMs, timezone)) };
  if (hour === undefined) return { value: new Date(localMs) };
  return { problem: 'has no offset; end it with Z or +02:00, or say with --timezone where it is local' };
}

/** The first instant at which a clock of the zone shows this; one that the clock skips is read as before its change. */
function instantOfLocal(localMs: number, timezone: string): number {
  // No change of offset is longer than a day, and of two changes only one can matter to one local time.
  const before = offsetMsAt(localMs - 26 * 3_600_000, timezone);
  const after = offsetMsAt(localMs + 26 * 3_600_000, timezone);
  const candidates = [localMs - before, localMs - after].sort((a, b) => a - b);
  return candidates.find((instantMs) => instantMs + offsetMsAt(instantMs, timezone) === localMs) ?? localMs - before;
}

/** `MON-FRI 09:00-17:00|SAT 10:00-14:00`, or `none` for someone without working days. */
export function readWorkPattern(text: string): Reading<readonly WorkDayInput[]> {
  if (text.toLowerCase() === 'none') return { value: [] };
  const days: WorkDayInput[] = [];
  for (const entry of readList(text)) {
    const parts = /^([a-z]+)(?:\s*-\s*([a-z]+))?\s+(\S+?)\s*[-–]\s*(\S+)$/i.exec(entry);
    const first = weekdayOf(parts?.[1]);
    const last = parts?.[2] === undefined ? first : weekdayOf(parts[2]);
    if (parts === null || first === null || last === null) {
      return { problem: `has an entry "${entry}" that is not like MON-FRI 09:00-17:00` };
    }
    const start = padded(parts[3]);
    const end = padded(parts[4]);
    const firstIndex = WEEKDAYS.indexOf(first);
    const count = ((WEEKDAYS.indexOf(last) - firstIndex + 7) % 7) + 1;
    for (let i = 0; i < count; i += 1) {
      days.push({ day: WEEKDAYS[(firstIndex + i) % 7] ?? first, start, end });
    }
  }
  return { value: days };
}

/** `22:00-07:00`. */
export function readQuietHours(text: string): Reading<QuietHoursInput> {
  const parts = /^(\S+?)\s*[-–]\s*(\S+)$/.exec(text);
  if (parts === null) return { problem: 'is not a span of time such as 22:00-07:00' };
  return { value: { start: padded(parts[1]), end: padded(parts[2]) } };
}

/** `id;2026-03-01T09:00Z/2026-03-01T11:00Z;20;12`; capacity and seats taken may be left out or empty. */
export function readSession(text: string, timezone: string | null): Reading<SessionInput> {
  const [id = '', span = '', capacityText, seatsTakenText, ...rest] = text.split(';').map((part) => part.trim());
  const [startText = '', endText, ...more] = span.split('/').map((part) => part.trim());
  if (endText === undefined || more.length > 0 || rest.length > 0) {
    return {
      problem: `has an entry "${text}" that is not like ID;START/END;CAPACITY;SEATS_TAKEN (the last one or two may be left out)`,
    };
  }
  const startsAt = readInstant(startText, timezone);
  if ('problem' in startsAt) return { problem: `has a start "${startText}" that ${startsAt.problem}` };
  const endsAt = readInstant(endText, timezone);
  if ('problem' in endsAt) return { problem: `has an end "${endText}" that ${endsAt.problem}` };
  const capacity = capacityText ? readWholeNumber(capacityText) : { value: null };
  if ('problem' in capacity) return { problem: `has a capacity "${capacityText}" that ${capacity.problem}` };
  const seatsTaken = seatsTakenText ? readWholeNumber(seatsTakenText) : { value: null };
  if ('problem' in seatsTaken) return { problem: `has "${seatsTakenText}" seats taken, which ${seatsTaken.problem}` };
  return {
    value: {
      id,
      startsAt: startsAt.value,
      endsAt: endsAt.value,
      capacity: capacity.value,
      seatsTaken: seatsTaken.value,
    },
  };
}

const constantCase = (text: string): string => text.toUpperCase().replaceAll(/[\s_-]+/g, '_');

function weekdayOf(text: string | undefined): Weekday | null {
  const asked = text?.toUpperCase() ?? '';
  if (asked.length < 3) return null;
  return WEEKDAYS.find((day) => day.startsWith(asked)) ?? null;
}

/** `9:00` as `09:00`, which the checks that follow insist on. */
const padded = (time: string | undefined = ''): string => (/^\d:/.test(time) ? `0${time}` : time);
