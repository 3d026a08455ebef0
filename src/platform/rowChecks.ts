import { checkDay } from './days.js';
import { DomainError, type RowError, type RowErrorCode } from './errors.js';
import { checkDate, checkId, checkNumber, checkText } from './text.js';

/** Enough to mend a row by; a row of nothing but faults must not fill the answer. */
const MAX_ERRORS_PER_ROW = 10;

/** A field of a row as its sender may give it: left out, null, or a value. */
export type Optional<T> = T | null | undefined;

/** True for a value; an empty text is one, and has to be checked like any other. */
export function isGiven<T>(value: Optional<T>): value is T {
  return value !== null && value !== undefined;
}

/** What a field becomes: left out, it keeps what is stored; null clears it. */
export function patched<T>(given: Optional<T>, stored: T | undefined, cleared: T): T {
  if (given === undefined) return stored ?? cleared;
  return given ?? cleared;
}

/** Collects what is wrong with one row of a batch, field by field. Absent values pass every check. */
export class RowChecks {
  readonly index: number;
  readonly errors: RowError[] = [];

  constructor(index: number) {
    this.index = index;
  }

  get passed(): boolean {
    return this.errors.length === 0;
  }

  fail(code: RowErrorCode, message: string, ...path: readonly string[]): void {
    if (this.errors.length === MAX_ERRORS_PER_ROW) return;
    this.errors.push({ index: this.index, code, message, path });
  }

  id(value: string | null | undefined, ...path: readonly string[]): void {
    if (value !== null && value !== undefined) this.#note(checkId(value), path);
  }

  text(value: string | null | undefined, maxLength: number, ...path: readonly string[]): void {
    if (value !== null && value !== undefined) this.#note(checkText(value, { maxLength }), path);
  }

  longText(value: string | null | undefined, maxLength: number, ...path: readonly string[]): void {
    if (value !== null && value !== undefined) this.#note(checkText(value, { maxLength, multiline: true }), path);
  }

  number(value: number | null | undefined, min: number, max: number, ...path: readonly string[]): void {
    if (value !== null && value !== undefined) this.#note(checkNumber(value, { min, max }), path);
  }

  whole(value: number | null | undefined, min: number, max: number, ...path: readonly string[]): void {
    if (value !== null && value !== undefined) this.#note(checkNumber(value, { min, max, integer: true }), path);
  }

  instant(value: Date | null | undefined, ...path: readonly string[]): void {
    if (value !== null && value !== undefined) this.#note(checkDate(value), path);
  }

  /** A day of the calendar, as an ISO date. */
  day(value: string | null | undefined, ...path: readonly string[]): void {
    if (value !== null && value !== undefined) this.#note(checkDay(value), path);
  }

  /** A BCP 47 language tag. */
  language(value: string | null | undefined, ...path: readonly string[]): void {
    if (value === null || value === undefined) return;
    if (!isLanguageTag(value)) this.#note('is not a BCP 47 language tag such as "en" or "pt-BR"', path);
  }

  /** The entries to look at: none when there are too many, which is fault enough. */
  list<T>(value: readonly T[] | null | undefined, maxLength: number, ...path: readonly string[]): readonly T[] {
    if (value === null || value === undefined) return [];
    if (value.length <= maxLength) return value;
    this.#note(`has ${value.length} entries; at most ${maxLength} are allowed`, path);
    return [];
  }

  #note(problem: string | null, path: readonly string[]): void {
    if (problem !== null) this.fail('INVALID_VALUE', `${path.join('.')} ${problem}`, ...path);
  }
}

function isLanguageTag(value: string): boolean {
  try {
    return value.length <= 35 && Intl.getCanonicalLocales(value).length === 1;
  } catch {
    return false;
  }
}

/** What a batch comes to: the rows that may be stored, and what was wrong with the others. */
export interface BatchPlan<T> {
  readonly accepted: readonly T[];
  readonly errors: readonly RowError[];
}

/** The values of the rows that passed their checks, and what was wrong with the others. */
export function planOf<T>(values: readonly T[], checks: readonly RowChecks[]): BatchPlan<T> {
  return {
    accepted: values.filter((_, index) => checks[index]?.passed),
    errors: checks.flatMap((check) => check.errors),
  };
}

/** What became of a batch of rows. */
export interface BatchResult {
  readonly storedCount: number;
  readonly errors: readonly RowError[];
}

/** What became of a batch of rows that name what is to be removed. */
export interface RemovalResult {
  /** How many of them were there. */
  readonly removedCount: number;
  readonly errors: readonly RowError[];
}

/** Fails every row whose key an earlier row of the batch has as well. */
export function failRepeats<T>(rows: readonly T[], checks: readonly RowChecks[], keyOf: (row: T) => string): void {
  const firstAt = new Map<string, number>();
  rows.forEach((row, index) => {
    const key = keyOf(row);
    const first = firstAt.get(key);
    if (first === undefined) firstAt.set(key, index);
    else checks[index]?.fail('DUPLICATE_IN_BATCH', `Row ${first} of this batch is about the same; send it once`);
  });
}

/** The ids that could name something, each once: others must not even be looked up, a database cannot hold them. */
export function usableIds(ids: Iterable<string>): string[] {
  return [...new Set(ids)].filter((id) => checkId(id) === null);
}

/**
 * Refuses a request that names something by what cannot be an id; a database could not even look for it.
 *
 * @throws DomainError BAD_USER_INPUT naming the argument
 */
export function requireIds(argument: string, ids: Iterable<string>): void {
  for (const id of ids) {
    const problem = checkId(id);
    if (problem !== null) throw new DomainError('BAD_USER_INPUT', `\`${argument}\` ${problem}.`, { argument });
  }
}

/**
 * Refuses a request that looks for a text which nothing could hold.
 *
 * @throws DomainError BAD_USER_INPUT naming the argument
 */
export function requireText(argument: string, text: string, maxLength: number): void {
  const problem = checkText(text, { maxLength });
  if (problem !== null) throw new DomainError('BAD_USER_INPUT', `\`${argument}\` ${problem}.`, { argument });
}
