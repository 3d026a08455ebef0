/** Longest id that is stored, in UTF-16 code units. */
const MAX_ID_LENGTH = 200;

const FIRST_DATE_MS = Date.UTC(1970, 0, 1);
const END_OF_DATES_MS = Date.UTC(2101, 0, 1);

export interface TextLimits {
  /** In UTF-16 code units. */
  readonly maxLength: number;
  /** Standard 1; 0 allows the empty text. */
  readonly minLength?: number;
  /** Whether line breaks and tabs may occur, as in a description. */
  readonly multiline?: boolean;
}

/**
 * What is wrong with a text from outside, in words that follow the name of its field; null when nothing is. Refused are
 * NUL and other control characters, which PostgreSQL or a terminal would choke on, and lone surrogates, which are not
 * characters and change on their way through UTF-8.
 */
export function checkText(value: string, limits: TextLimits): string | null {
  const minLength = limits.minLength ?? 1;
  if (value.length > limits.maxLength) {
    return `is ${value.length} characters long; at most ${limits.maxLength} are allowed`;
  }
  if (value.length < minLength) {
    return minLength === 1 ? 'must not be empty' : `must be at least ${minLength} characters long`;
  }
  if (/\p{Surrogate}/u.test(value)) return 'contains half of a character (a lone surrogate)';
  if (value.includes('\0')) return 'contains a NUL character';
  const controls = limits.multiline === true ? /(?![\n\r\t])\p{Cc}/u : /\p{Cc}/u;
  if (controls.test(value)) return 'contains control characters';
  return minLength > 0 && value.trim() === '' ? 'must not be blank' : null;
}

/**
 * What is wrong with an id from outside; null when nothing is. Any id that passes is safe as a parameter and as the key
 * of a `Map`; never use one as the key of a plain object, since `__proto__` and `constructor` are valid ids.
 */
export function checkId(value: string): string | null {
  const problem = checkText(value, { maxLength: MAX_ID_LENGTH });
  if (problem !== null) return problem;
  return value === value.trim() ? null : 'must not begin or end with white space';
}

/** What is wrong with a point in time from outside; null when it lies in the years 1970 to 2100 and not after `latest`. */
export function checkDate(value: Date, latest: Date | null = null): string | null {
  const ms = value.getTime();
  if (Number.isNaN(ms)) return 'is not a date';
  if (ms < FIRST_DATE_MS || ms >= END_OF_DATES_MS) return 'must lie in the years 1970 to 2100';
  return latest !== null && ms > latest.getTime() ? `must not be after ${latest.toISOString()}` : null;
}

export interface NumberLimits {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}

/** What is wrong with a number from outside; null when it is finite and within both limits, which are allowed values. */
export function checkNumber(value: number, limits: NumberLimits): string | null {
  if (!Number.isFinite(value)) return 'must be a finite number';
  if (limits.integer === true && !Number.isInteger(value)) return 'must be a whole number';
  return value < limits.min || value > limits.max ? `must be from ${limits.min} to ${limits.max}, not ${value}` : null;
}

/** The beginning of a text, never half of a character. */
export const clip = (text: string, maxLength: number): string =>
  text.length <= maxLength ? text : text.slice(0, maxLength).replace(/\p{Surrogate}$/u, '');

/** The beginning of a text, with an ellipsis where it was cut; never half of a character. */
export const shorten = (text: string, maxLength: number): string =>
  text.length <= maxLength ? text : `${clip(text, maxLength)}…`;
