import { isUtf8 } from 'node:buffer';
import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type CsvError, type Info, Parser } from 'csv-parse';
import { DomainError } from '../platform/errors.js';

/** A record with as many cells as the header has columns; white space round the cells is gone. */
export interface CsvRecord {
  /** Where the record starts; the header of a file is on line 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** A line that is not a record. */
export interface BadLine {
  readonly line: number;
  /** In words that follow the name of the line. */
  readonly problem: string;
}

/** A file of records, read once from front to back in constant memory. */
export interface CsvFile {
  readonly path: string;
  readonly header: readonly string[];
  /** What follows the header, in order, a piece of the file at a time. Lines without any value are left out. */
  lines(): AsyncGenerator<readonly (CsvRecord | BadLine)[]>;
  /** How much of the file has been read, 0–1; null when its size is not known, as with a pipe. */
  fractionRead(): number | null;
  close(): void;
}

/** Longer than any record that could be stored; an opening quote without its end stops here. */
const MAX_RECORD_BYTES = 1_000_000;
const LF = 10;
const CR = 13;

/**
 * Opens a CSV or TSV file and reads its header: UTF-8, with or without byte order mark, with any kind of line end.
 * `.tsv` means tabs; otherwise commas, or semicolons when the header has those and no comma, as some spreadsheets write
 * it. `.gz` after the ending is unpacked on the way.
 *
 * @throws DomainError BAD_USER_INPUT when the file cannot be opened or has no header
 */
export async function openCsv(path: string): Promise<CsvFile> {
  const bytes = await openBytes(path);
  try {
    const first = await firstBytes(bytes);
    refuseUtf16(path, first);
    const reader = new RecordReader(delimiterOf(path, first));
    const queue: (CsvRecord | BadLine)[] = [...(await reader.push(first))];
    while (queue.length === 0) {
      const chunk = await bytes.next();
      queue.push(...(chunk === null ? await reader.end() : await reader.push(chunk)));
      if (chunk === null) break;
    }
    const header = queue.shift();
    if (header === undefined) throw badFile(path, 'is empty; its first line must name the columns');
    if ('problem' in header) throw badFile(path, `has no readable header: line ${header.line} ${header.problem}`);
    return {
      path,
      header: header.cells,
      async *lines() {
        const width = header.cells.length;
        yield queue.splice(0).flatMap((entry) => ofWidth(entry, width));
        for (;;) {
          const chunk = await bytes.next();
          const entries = chunk === null ? await reader.end() : await reader.push(chunk);
          if (entries.length > 0) yield entries.flatMap((entry) => ofWidth(entry, width));
          if (chunk === null) return;
        }
      },
      fractionRead: bytes.fractionRead,
      close: bytes.close,
    };
  } catch (error) {
    bytes.close();
    throw error;
  }
}

/** Checks the number of cells, and drops records without any value, which spreadsheets leave at the end. */
function ofWidth(entry: CsvRecord | BadLine, width: number): (CsvRecord | BadLine)[] {
  if ('problem' in entry) return [entry];
  const { line, cells } = entry;
  if (cells.every((cell) => cell === '')) return [];
  if (cells.length === width) return [entry];
  return [{ line, problem: `has ${cells.length} cells, but the header has ${width} columns; quote cells with commas` }];
}

interface ByteSource {
  /** Null: the end. */
  next(): Promise<Buffer | null>;
  fractionRead(): number | null;
  close(): void;
}

async function openBytes(path: string): Promise<ByteSource> {
  const file = await openStream(path);
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  const gunzip = /\.gz$/i.test(path) ? createGunzip() : null;
  // Errors of either stream come out of the iterator; the promise would only report them a second time.
  if (gunzip !== null) pipeline(file, gunzip).catch(() => {});
  const iterator = (gunzip ?? file)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  return {
    async next() {
      try {
        const { done, value } = await iterator.next();
        return done === true ? null : value;
      } catch (error) {
        throw new Error(`The file ${path} cannot be read to its end: ${(error as Error).message}`, { cause: error });
      }
    },
    fractionRead: () => (size > 0 ? Math.min(1, file.bytesRead / size) : null),
    close() {
      file.destroy();
      gunzip?.destroy();
    },
  };
}

async function openStream(path: string): Promise<ReadStream> {
  const file = createReadStream(path, { highWaterMark: 1 << 17 });
  await new Promise<void>((resolve, reject) => {
    file.once('error', (error: NodeJS.ErrnoException) => reject(badFile(path, `cannot be opened: ${reason(error)}`)));
    file.once('ready', resolve);
  });
  return file;
}

function reason(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'there is no such file';
  if (error.code === 'EACCES') return 'reading it is not permitted';
  return error.message;
}

/** The first line, or as much of it as a header could need. */
async function firstBytes(bytes: ByteSource): Promise<Buffer> {
  let first = Buffer.alloc(0);
  while (first.length < MAX_RECORD_BYTES && !(first.includes(LF) || first.includes(CR))) {
    const chunk = await bytes.next();
    if (chunk === null) break;
    first = Buffer.concat([first, chunk]);
  }
  return first;
}

function refuseUtf16(path: string, first: Buffer): void {
  const mark = first.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff') throw badFile(path, 'is written in UTF-16; save it as UTF-8');
}

function delimiterOf(path: string, first: Buffer): string {
  if (/\.tsv(\.gz)?$/i.test(path)) return '\t';
  const [line = ''] = first.toString('utf8').split(/[\r\n]/, 1);
  return line.includes(';') && !line.includes(',') ? ';' : ',';
}

function badFile(path: string, problem: string): DomainError {
  return new DomainError('BAD_USER_INPUT', `The file ${path} ${problem}.`, { path });
}

/**
 * Finds the records in a stream of bytes, with the lines they start on.
 *
 * The parser gives up at the first broken quote, and by then may have run past many good lines. So the bytes of the
 * record under way are kept: after a broken one a fresh parser starts at its second line, and the damage is one line.
 */
export class RecordReader {
  readonly #delimiter: string;
  #parser: Parser;
  #parsed: { readonly cells: readonly string[]; readonly endByte: number }[] = [];
  /** Bytes from the end of the last record on. */
  #pending: Buffer = Buffer.alloc(0);
  #pendingLine = 1;
  /** Where `pending` starts, counted in the bytes that the present parser was given. */
  #pendingByte = 0;
  /** Within a bad line whose end has not been read yet. */
  #isSkipping = false;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
    this.#parser = this.#freshParser();
  }

  async push(chunk: Buffer): Promise<(CsvRecord | BadLine)[]> {
    if (this.#isSkipping) return await this.#parse(this.#skipLine(chunk));
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    return await this.#parse(chunk);
  }

  async end(): Promise<(CsvRecord | BadLine)[]> {
    const entries: (CsvRecord | BadLine)[] = [];
    for (;;) {
      const error = await new Promise<CsvError | null>((resolve) => {
        this.#parser.end((e?: Error | null) => resolve((e as CsvError | null | undefined) ?? null));
      });
      entries.push(...this.#takeParsed());
      if (error === null) return entries;
      entries.push(...(await this.#parse(this.#afterBadLine(error, entries))));
      if (this.#isSkipping) return entries;
    }
  }

  /** Gives the parser more bytes, which are the end of `pending`; a fresh parser after every bad line. */
  async #parse(bytes: Buffer | null): Promise<(CsvRecord | BadLine)[]> {
    const entries: (CsvRecord | BadLine)[] = [];
    for (let fresh = bytes; fresh !== null; ) {
      const error = await this.#write(fresh);
      entries.push(...this.#takeParsed());
      fresh = error === null ? null : this.#afterBadLine(error, entries);
    }
    return entries;
  }

  async #write(bytes: Buffer): Promise<CsvError | null> {
    return await new Promise((resolve) => {
      this.#parser.write(bytes, (error) => resolve((error as CsvError | null | undefined) ?? null));
    });
  }

  #takeParsed(): (CsvRecord | BadLine)[] {
    const parsed = this.#parsed;
    this.#parsed = [];
    let from = 0;
    const entries = parsed.map(({ cells, endByte }): CsvRecord | BadLine => {
      const bytes = this.#pending.subarray(from, endByte - this.#pendingByte);
      from += bytes.length;
      const line = this.#pendingLine + lineBreaks(bytes.subarray(0, blankBytes(bytes)));
      this.#pendingLine += lineBreaks(bytes);
      const isText = !cells.some((cell) => cell.includes('\ufffd')) || isUtf8(bytes);
      return isText ? { line, cells } : { line, problem: 'is not valid UTF-8; save the file as UTF-8' };
    });
    this.#pending = this.#pending.subarray(from);
    this.#pendingByte += from;
    return entries;
  }

  /** Notes the bad line, and answers what is left to parse after it; null when its end is yet to come. */
  #afterBadLine(error: CsvError, entries: (CsvRecord | BadLine)[]): Buffer | null {
    const blank = blankBytes(this.#pending);
    const rest = this.#pending.subarray(blank);
    this.#pendingLine += lineBreaks(this.#pending.subarray(0, blank));
    entries.push({ line: this.#pendingLine, problem: quoteProblem(error) });
    this.#parser = this.#freshParser();
    this.#pending = Buffer.alloc(0);
    return this.#skipLine(rest);
  }

  /** Leaves out the rest of the line at the start of `bytes`; answers what follows it, null when it does not end here. */
  #skipLine(bytes: Buffer): Buffer | null {
    const end = bytes.findIndex((byte) => byte === LF || byte === CR);
    this.#isSkipping = end === -1;
    if (end === -1) return null;
    // The line break itself stays: to the parser it is a blank line, and it is counted like any other.
    this.#pending = bytes.subarray(end);
    this.#pendingByte = 0;
    return this.#pending;
  }

  #freshParser(): Parser {
    const parser = new Parser({
      bom: true,
      delimiter: this.#delimiter,
      // Named, not found out: files put together from several have more than one kind.
      record_delimiter: ['\r\n', '\n', '\r'],
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      max_record_size: MAX_RECORD_BYTES,
      // Records are taken here rather than from the readable side, which drops what it holds when an error comes.
      on_record: (cells: string[], info: Info) => {
        this.#parsed.push({ cells, endByte: info.bytes });
        return null;
      },
    });
    parser.on('error', () => {});
    return parser;
  }
}

function quoteProblem(error: CsvError): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'opens a quote that is never closed; write a quote within quotes twice';
    case 'CSV_MAX_RECORD_SIZE':
      return `starts a record of more than ${MAX_RECORD_BYTES} bytes; a quote may be missing`;
    case 'INVALID_OPENING_QUOTE':
      return 'has a quote in the middle of a cell; put the whole cell in quotes and write the quote twice';
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE':
      return 'has text after a closing quote; write a quote within quotes twice';
    default:
      return `cannot be parsed: ${error.message}`;
  }
}

/** How many lines end in these bytes: CR LF is one end. */
function lineBreaks(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) count += 1;
  for (let at = bytes.indexOf(CR); at !== -1; at = bytes.indexOf(CR, at + 1)) {
    if (bytes[at + 1] !== LF) count += 1;
  }
  return count;
}

/** How many bytes of blank lines and white space come before a record. */
function blankBytes(bytes: Buffer): number {
  let at = 0;
  while (isAsciiSpace(bytes[at])) at += 1;
  if ((bytes[at] ?? 0) < 0x80) return at;
  const text = bytes.toString('utf8');
  return Buffer.byteLength(text.slice(0, text.length - text.trimStart().length));
}

const isAsciiSpace = (byte: number | undefined): boolean =>
  byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13);
