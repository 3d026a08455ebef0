import type { IdTable } from './idTable.js';
import { badFile, badLine, type ReadProgress, readLines } from './lines.js';

/** Lines of interactions in columns, in the order of the file. */
export interface InteractionColumns {
  readonly path: string;
  readonly count: number;
  /** Each column has at least `count` entries; those beyond are spare. */
  readonly learnerIndices: Int32Array;
  readonly itemIndices: Int32Array;
  /** As they stand in the file; 1 where there is none. */
  readonly values: Float32Array;
  /** Null when a line has no time: the order is unknown then. */
  readonly atMs: Float64Array | null;
  readonly linesWithoutTime: number;
  /** The greatest |value|; 0 without lines. */
  readonly greatestValue: number;
}

/** Numbers for the ids of all files of one evaluation. */
export interface IdTables {
  readonly learners: IdTable;
  readonly items: IdTable;
}

const TAB = 9;
const MAX_COLUMNS = 4;
const FIRST_CAPACITY = 1 << 14;
/** As seconds this is beyond the year 5000; as milliseconds it is 1973. */
const MOST_EPOCH_SECONDS = 1e11;
const HEADER_NAME = /^"?(user|learner|person|item|course|movie|product|song|rating|value)s?([ _-]?(id|no|index))?"?$/i;

/**
 * Reads `user<TAB>item[<TAB>value[<TAB>epochSeconds]]`, one interaction a line, without a header. Ids are text, whatever
 * they look like.
 *
 * @throws DomainError BAD_USER_INPUT with file and line when one cannot be understood, or when there is none
 */
export async function readInteractions(
  path: string,
  ids: IdTables,
  onProgress?: ReadProgress,
): Promise<InteractionColumns> {
  let learnerIndices = new Int32Array(FIRST_CAPACITY);
  let itemIndices = new Int32Array(FIRST_CAPACITY);
  let values = new Float32Array(FIRST_CAPACITY);
  let atMs: Float64Array | null = null;
  let count = 0;
  let linesWithoutTime = 0;
  let greatestValue = 0;
  const tabs = new Int32Array(MAX_COLUMNS);

  await readLines(
    path,
    (bytes, start, end, line) => {
      let tabCount = 0;
      for (let at = start; at < end; at++) {
        if (bytes[at] !== TAB) continue;
        if (tabCount === MAX_COLUMNS - 1) {
          throw badLine(path, line, `more than ${MAX_COLUMNS} columns, expected ${LINE_FORMAT}.`);
        }
        tabs[tabCount++] = at;
      }
      if (tabCount === 0) throw badLine(path, line, `only one column, expected ${LINE_FORMAT}.`);
      const itemEnd = tabCount > 1 ? tabs[1]! : end;
      if (tabs[0] === start) throw badLine(path, line, 'the user is empty.');
      if (itemEnd === tabs[0]! + 1) throw badLine(path, line, 'the item is empty.');
      if (line === 1) refuseHeader(path, bytes, start, end);

      let value = 1;
      if (tabCount > 1) {
        const valueEnd = tabCount > 2 ? tabs[2]! : end;
        if (valueEnd > tabs[1]! + 1) value = numberAt(bytes, tabs[1]! + 1, valueEnd);
        if (!Number.isFinite(value)) throw notANumber(path, line, 'value', bytes, tabs[1]! + 1, valueEnd);
      }
      let epochSeconds = Number.NaN;
      if (tabCount > 2 && end > tabs[2]! + 1) {
        epochSeconds = numberAt(bytes, tabs[2]! + 1, end);
        if (!Number.isFinite(epochSeconds)) throw notANumber(path, line, 'time', bytes, tabs[2]! + 1, end);
        if (Math.abs(epochSeconds) >= MOST_EPOCH_SECONDS) {
          throw badLine(path, line, `the time ${epochSeconds} is beyond any date; it counts seconds since 1970.`);
        }
      }

      if (count === values.length) {
        learnerIndices = withRoom(learnerIndices, Int32Array);
        itemIndices = withRoom(itemIndices, Int32Array);
        values = withRoom(values, Float32Array);
        if (atMs !== null) atMs = withRoom(atMs, Float64Array);
      }
      if (Number.isNaN(epochSeconds)) linesWithoutTime++;
      // Files without times need no column for them.
      else if (atMs === null && linesWithoutTime === 0) atMs = new Float64Array(values.length);
      if (atMs !== null) atMs[count] = epochSeconds * 1000;
      learnerIndices[count] = ids.learners.intern(bytes, start, tabs[0]!);
      itemIndices[count] = ids.items.intern(bytes, tabs[0]! + 1, itemEnd);
      values[count] = value;
      count++;
      greatestValue = Math.max(greatestValue, Math.abs(value));
    },
    onProgress,
  );
  if (count === 0) throw badFile(path, 'has no lines');
  return {
    path,
    count,
    learnerIndices,
    itemIndices,
    values,
    atMs: linesWithoutTime === 0 ? atMs : null,
    linesWithoutTime,
    greatestValue,
  };
}

/** What each learner may be recommended, in columns: one entry for each learner and item, repeats included. */
export interface CandidateColumns {
  readonly path: string;
  readonly count: number;
  readonly learnerIndices: Int32Array;
  readonly itemIndices: Int32Array;
  /** Learners with a line, an entry each; a learner may have several. */
  readonly listedLearners: readonly number[];
}

/**
 * Reads `user<TAB>item<TAB>item…`, one learner a line, without a header. Several lines of one learner add up.
 *
 * @throws DomainError BAD_USER_INPUT with file and line when one cannot be understood, or when there is none
 */
export async function readCandidates(
  path: string,
  ids: IdTables,
  onProgress?: ReadProgress,
): Promise<CandidateColumns> {
  let learnerIndices = new Int32Array(FIRST_CAPACITY);
  let itemIndices = new Int32Array(FIRST_CAPACITY);
  let count = 0;
  const listedLearners: number[] = [];
  await readLines(
    path,
    (bytes, start, end, line) => {
      let tab = bytes.indexOf(TAB, start);
      if (tab < 0 || tab >= end) throw badLine(path, line, 'only one column, expected user<TAB>item<TAB>item….');
      if (tab === start) throw badLine(path, line, 'the user is empty.');
      if (line === 1) refuseHeader(path, bytes, start, end);
      const learner = ids.learners.intern(bytes, start, tab);
      listedLearners.push(learner);
      while (tab < end) {
        const next = bytes.indexOf(TAB, tab + 1);
        const itemEnd = next < 0 || next > end ? end : next;
        // A tab too many, as some writers leave at the end of a line, is no item.
        if (itemEnd > tab + 1) {
          if (count === itemIndices.length) {
            learnerIndices = withRoom(learnerIndices, Int32Array);
            itemIndices = withRoom(itemIndices, Int32Array);
          }
          learnerIndices[count] = learner;
          itemIndices[count] = ids.items.intern(bytes, tab + 1, itemEnd);
          count++;
        }
        tab = itemEnd;
      }
    },
    onProgress,
  );
  if (listedLearners.length === 0) throw badFile(path, 'has no lines');
  return { path, count, learnerIndices, itemIndices, listedLearners };
}

const LINE_FORMAT = 'user<TAB>item[<TAB>value[<TAB>epochSeconds]] with tabs between';

function withRoom<T extends Int32Array | Float32Array | Float64Array>(full: T, type: new (length: number) => T): T {
  const longer = new type(Math.ceil(1.5 * full.length));
  longer.set(full);
  return longer;
}

const MINUS = 45;
const DOT = 46;
const ZERO = 48;
/** Whole numbers of this many digits are exact, and so is their quotient by a power of ten that is. */
const EXACT_DIGITS = 15;

/** The number at `start` to `end`; NaN when it is none. */
function numberAt(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === MINUS;
  let digits = 0;
  let places = -1;
  let mantissa = 0;
  for (let at = isNegative ? start + 1 : start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === DOT && places < 0) {
      places = 0;
      continue;
    }
    const digit = byte - ZERO;
    if (digit < 0 || digit > 9 || digits === EXACT_DIGITS) return slowNumber(textAt(bytes, start, end));
    mantissa = 10 * mantissa + digit;
    digits++;
    if (places >= 0) places++;
  }
  if (digits === 0) return Number.NaN;
  const size = places > 0 ? mantissa / 10 ** places : mantissa;
  return isNegative ? -size : size;
}

/** Exponents, many digits, spaces round the number. */
function slowNumber(text: string): number {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : Number.NaN;
}

function textAt(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.subarray(start, end)).toString('utf8');
}

function notANumber(path: string, line: number, name: string, bytes: Uint8Array, start: number, end: number): Error {
  const text = textAt(bytes, start, Math.min(end, start + 40));
  const hint = line === 1 ? ' The files have no header line: delete it if this is one.' : '';
  return badLine(path, line, `"${text}" stands where the ${name} should be, which must be a number.${hint}`);
}

/** Two columns of names would pass for a learner "user" with an item "item". */
function refuseHeader(path: string, bytes: Uint8Array, start: number, end: number): void {
  const cells = textAt(bytes, start, Math.min(end, start + 200)).split('\t', 2);
  if (cells.every((cell) => HEADER_NAME.test(cell))) {
    throw badLine(path, 1, `"${cells.join('", "')}" looks like a header line; the files have none: delete it.`);
  }
}
