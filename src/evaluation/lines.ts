import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { DomainError } from '../platform/errors.js';

const PIECE_BYTES = 1 << 20;
/** The file is read ahead of its lines: only the end is all of it. */
const ALMOST_ALL = 0.999;
const LF = 10;
const CR = 13;

/** Takes one line, at `start` to `end` of `bytes`, without its end; the first line of a file is 1. */
export type LineReader = (bytes: Uint8Array, start: number, end: number, line: number) => void;

export type ReadProgress = (lines: number, fraction: number) => void;

/**
 * Reads a text file line by line in constant memory. Empty lines are left out, but counted; lines may end with LF or
 * CRLF, a byte order mark is skipped, and `.gz` is unpacked on the way.
 *
 * @param onProgress how many lines and what share of the file, 0–1, have been read
 * @throws DomainError BAD_USER_INPUT when the file cannot be opened or is not UTF-8
 */
export async function readLines(path: string, readLine: LineReader, onProgress?: ReadProgress): Promise<void> {
  const file = await openFile(path);
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  const gunzip = /\.gz$/i.test(path) ? createGunzip() : null;
  // Errors of either stream come out of the iteration; the promise would only report them a second time.
  if (gunzip !== null) pipeline(file, gunzip).catch(() => {});
  let line = 0;
  const give = (bytes: Uint8Array, start: number, lineEnd: number): void => {
    line++;
    const end = lineEnd > start && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
    if (end > start) readLine(bytes, start, end, line);
  };
  let rest: Buffer[] = [];
  let isFirst = true;
  try {
    for await (const piece of (gunzip ?? file) as AsyncIterable<Buffer>) {
      let start = 0;
      if (isFirst) {
        isFirst = false;
        refuseUtf16(path, piece);
        if (piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf) start = 3;
      }
      const firstEnd = piece.indexOf(LF, start);
      if (firstEnd < 0) {
        rest.push(piece.subarray(start));
        continue;
      }
      if (rest.length > 0) {
        const first = Buffer.concat([...rest, piece.subarray(start, firstEnd)]);
        give(first, 0, first.length);
        rest = [];
        start = firstEnd + 1;
      }
      for (let end = piece.indexOf(LF, start); end >= 0; end = piece.indexOf(LF, start)) {
        give(piece, start, end);
        start = end + 1;
      }
      if (start < piece.length) rest.push(piece.subarray(start));
      if (size > 0) onProgress?.(line, Math.min(ALMOST_ALL, file.bytesRead / size));
    }
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw badFile(path, `cannot be read to its end: ${(error as Error).message}`);
  } finally {
    file.destroy();
    gunzip?.destroy();
  }
  const last = Buffer.concat(rest);
  if (last.length > 0) give(last, 0, last.length);
  onProgress?.(line, 1);
}

/** What is wrong with a file as a whole, in words that follow its name. */
export function badFile(path: string, problem: string): DomainError {
  return new DomainError('BAD_USER_INPUT', `The file ${path} ${problem}.`, { path });
}

/** What is wrong with one line of a file. */
export function badLine(path: string, line: number, problem: string): DomainError {
  return new DomainError('BAD_USER_INPUT', `${path}, line ${line}: ${problem}`, { path, line });
}

async function openFile(path: string): Promise<ReadStream> {
  const file = createReadStream(path, { highWaterMark: PIECE_BYTES });
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

function refuseUtf16(path: string, first: Buffer): void {
  const mark = first.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff') throw badFile(path, 'is written in UTF-16; save it as UTF-8');
}
