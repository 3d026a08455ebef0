import { checkDay } from '../platform/days.js';
import type { StoredRow } from '../platform/personalData.js';

/** A column of a primary key. */
export interface KeyColumn {
  readonly column: string;
  /** As SQL writes it: `bigint`, `timestamp with time zone`, … */
  readonly type: string;
}

const MAX_INTEGER = 2 ** 31 - 1;
/** Instants as the database writes them in JSON, whatever its time zone. */
const INSTANT =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?[+-](?:0\d|1[0-5]):[0-5]\d(?::[0-5]\d)?$/;

/** The key of a row; null: of none. */
export function keyIn(key: readonly KeyColumn[], row: StoredRow | null): StoredRow | null {
  return row === null ? null : Object.fromEntries(key.map(({ column }) => [column, row[column]]));
}

/** Whether a value from outside could be such a key: no column more or less, each with a value of its type. */
export function couldBeKey(key: readonly KeyColumn[], value: StoredRow): boolean {
  return (
    Object.keys(value).length === key.length &&
    key.every(({ column, type }) => Object.hasOwn(value, column) && couldBe(type, value[column]))
  );
}

/** @throws RangeError for a type that no key had so far: what may be passed for it has to be said here first */
function couldBe(type: string, value: unknown): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string' && !value.includes('\0');
    case 'integer':
      return Number.isInteger(value) && Math.abs(value as number) <= MAX_INTEGER;
    case 'bigint':
      return Number.isSafeInteger(value);
    case 'date':
      return typeof value === 'string' && checkDay(value) === null;
    case 'timestamp with time zone':
      return typeof value === 'string' && isInstant(value);
    default:
      throw new RangeError(`A key of type ${type} is nothing that an export goes along yet.`);
  }
}

/** Of any year: what may be stored reaches further than days that people name. */
function isInstant(value: string): boolean {
  const day = INSTANT.exec(value)?.[1];
  if (day === undefined) return false;
  // The engine takes 30 February for 2 March.
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
