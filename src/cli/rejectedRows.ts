import { type FileHandle, open, stat } from 'node:fs/promises';
import { DomainError } from '../platform/errors.js';
import type { RowProblem } from './csvColumns.js';

/** A row that was not stored, and why. */
export interface RejectedRow {
  readonly line: number;
  readonly problems: readonly RowProblem[];
}

/** One line for people and one for the file of rejected rows. */
export interface RejectedLine extends RowProblem {
  readonly path: string;
  readonly line: number;
}

const KEPT_ROWS_PER_FILE = 20;

/** Rows that were not stored: the first of every file to be shown, and all of them in a CSV file when one is asked for. */
export class RejectedRows {
  readonly #file: FileHandle | null;
  readonly #kept = new Map<string, RejectedRow[]>();
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(file: FileHandle | null) {
    this.#file = file;
  }

  /** @throws DomainError BAD_USER_INPUT when the file cannot be written, or is one of those to be read */
  static async open(path: string | null, inputPaths: readonly string[]): Promise<RejectedRows> {
    if (path === null) return new RejectedRows(null);
    for (const input of inputPaths) {
      if (await isSameFile(path, input)) {
        throw new DomainError('BAD_USER_INPUT', `--rejected ${path} would overwrite a file that is to be imported.`);
      }
    }
    try {
      const file = await open(path, 'w');
      await file.write('file,line,column,code,message\n');
      return new RejectedRows(file);
    } catch (error) {
      throw new DomainError('BAD_USER_INPUT', `The file ${path} cannot be written: ${(error as Error).message}.`);
    }
  }

  /** Resolves when the rows are written. */
  async add(path: string, rows: readonly RejectedRow[]): Promise<void> {
    if (rows.length === 0) return;
    const first = [...(this.#kept.get(path) ?? []), ...rows].sort((a, b) => a.line - b.line);
    this.#kept.set(path, first.slice(0, KEPT_ROWS_PER_FILE));
    const file = this.#file;
    if (file === null) return;
    const text = rows.flatMap((row) => linesOf(path, row)).map(csvLine);
    this.#writing = this.#writing.then(() => file.write(text.join('')));
    await this.#writing;
  }

  /** What was wrong with the first rejected rows of a file, in the order of its lines. */
  firstOf(path: string): { readonly rowCount: number; readonly lines: readonly RejectedLine[] } {
    const rows = this.#kept.get(path) ?? [];
    return { rowCount: rows.length, lines: rows.flatMap((row) => linesOf(path, row)) };
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

const linesOf = (path: string, { line, problems }: RejectedRow): RejectedLine[] =>
  problems.map((problem) => ({ path, line, ...problem }));

function csvLine({ path, line, column, code, message }: RejectedLine): string {
  return `${[path, String(line), column ?? '', code, message].map(csvCell).join(',')}\n`;
}

const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

async function isSameFile(a: string, b: string): Promise<boolean> {
  try {
    const [first, second] = await Promise.all([stat(a), stat(b)]);
    return first.ino === second.ino && first.dev === second.dev;
  } catch {
    return false;
  }
}
