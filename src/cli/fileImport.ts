import { setTimeout as sleep } from 'node:timers/promises';
import { asUnavailable } from '../platform/database/database.js';
import type { RowError } from '../platform/errors.js';
import { MAX_BATCH_ROWS } from '../platform/graphql/batch.js';
import type { Progress } from '../platform/jobs/progress.js';
import { columnAt, type FileKind, type MatchedHeader, RowCells, type RowProblem } from './csvColumns.js';
import type { BadLine, CsvFile, CsvRecord } from './csvFile.js';
import { type Missing, missingKey, type Target } from './importTargets.js';
import type { RejectedRow, RejectedRows } from './rejectedRows.js';

/** What became of the rows of a file: `read` is always the sum of the other three. */
export interface RowCounts {
  readonly read: number;
  readonly stored: number;
  /** Rows that were stored before. */
  readonly duplicates: number;
  readonly rejected: number;
}

/** What the files of one import share. */
export interface ImportRun {
  readonly rejected: RejectedRows;
  readonly signal: AbortSignal;
  /** Creates things and answers why some were refused, by `missingKey`; null when nothing may be created. */
  readonly create: ((things: readonly Missing[]) => Promise<ReadonlyMap<string, string>>) | null;
  /** The name of a skill that is known by nothing else. */
  readonly newSkillName: (skillId: string) => string | null;
}

/** Rows that wait for a later row, at most; a file with more is not one that names things a little early. */
const MAX_HELD_ROWS = 100_000;
const RETRY_AFTER_MS = [250, 500, 1_000, 2_000, 4_000, 8_000];

interface Located<Row> {
  readonly line: number;
  readonly row: Row;
}

interface Batch<Row> {
  readonly rows: Located<Row>[];
  readonly rejected: RejectedRow[];
  readonly keys: Set<string>;
}

/** Stores the rows of one file, batch by batch. */
export class FileImport<K extends FileKind, Row> {
  readonly #file: CsvFile;
  readonly #header: MatchedHeader<K>;
  readonly #target: Target<K, Row>;
  readonly #run: ImportRun;
  readonly #progress: Progress;
  #batch: Batch<Row> = emptyBatch();
  #held: Located<Row>[] = [];
  #mayHold = true;
  readonly #inFlight = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | null = null;
  #read = 0;
  #stored = 0;
  #duplicates = 0;
  #rejected = 0;

  constructor(file: CsvFile, header: MatchedHeader<K>, target: Target<K, Row>, run: ImportRun, progress: Progress) {
    this.#file = file;
    this.#header = header;
    this.#target = target;
    this.#run = run;
    this.#progress = progress;
  }

  /** What has become of rows so far; rows that are read but neither stored nor rejected yet do not count. */
  get counts(): RowCounts {
    const settled = this.#stored + this.#duplicates + this.#rejected;
    return { read: settled, stored: this.#stored, duplicates: this.#duplicates, rejected: this.#rejected };
  }

  /**
   * Resolves when every row is stored or rejected, or, after the signal, when the batches under way are.
   *
   * @throws what made it impossible to go on, after the batches under way have ended
   */
  async store(): Promise<void> {
    try {
      for await (const lines of this.#file.lines()) {
        for (const line of lines) {
          if (this.#isOver) break;
          await this.#take(line);
        }
        if (this.#isOver) break;
      }
      await this.#flush();
      await this.#settled();
      await this.#retryHeld();
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      await this.#settled();
      this.#file.close();
    }
    if (this.#failure !== null) throw this.#failure.error;
    const { read } = this.counts;
    if (!this.#run.signal.aborted && read !== this.#read) {
      throw new Error(`Of ${this.#read} rows of ${this.#file.path} only ${read} are accounted for`);
    }
  }

  get #isOver(): boolean {
    return this.#failure !== null || this.#run.signal.aborted;
  }

  async #take(line: CsvRecord | BadLine): Promise<void> {
    this.#read += 1;
    if ('problem' in line) {
      await this.#reject({
        line: line.line,
        problems: [{ column: null, code: 'MALFORMED_LINE', message: `The line ${line.problem}` }],
      });
      return;
    }
    const cells = new RowCells<K>(this.#header, line.cells);
    const row = this.#target.read(cells);
    if (cells.problems.length > 0) await this.#reject({ line: line.line, problems: cells.problems });
    else await this.#add({ line: line.line, row });
  }

  async #add(located: Located<Row>): Promise<void> {
    const key = this.#target.keyOf?.(located.row) ?? null;
    if (key !== null && this.#batch.keys.has(key)) await this.#flush();
    if (key !== null) this.#batch.keys.add(key);
    this.#batch.rows.push(located);
    await this.#flushIfFull();
  }

  async #reject(row: RejectedRow): Promise<void> {
    this.#batch.rejected.push(row);
    await this.#flushIfFull();
  }

  async #flushIfFull(): Promise<void> {
    if (this.#batch.rows.length + this.#batch.rejected.length >= MAX_BATCH_ROWS) await this.#flush();
  }

  /** Sends the batch as soon as there is room, without waiting for what becomes of it. */
  async #flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = emptyBatch();
    while (this.#inFlight.size >= this.#target.maxInFlight) await Promise.race(this.#inFlight);
    if (this.#isOver || batch.rows.length + batch.rejected.length === 0) return;
    const sending = this.#settle(batch)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#inFlight.delete(sending));
    this.#inFlight.add(sending);
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#inFlight);
  }

  async #settle(batch: Batch<Row>): Promise<void> {
    const rejected = [...batch.rejected, ...(await this.#storeRows(batch.rows, new Map()))];
    rejected.sort((a, b) => a.line - b.line);
    await this.#run.rejected.add(this.#file.path, rejected);
    this.#rejected += rejected.length;
    this.#progress.update(this.counts.read, this.#file.fractionRead());
  }

  /**
   * Stores what can be stored, after creating what may be created, and answers the rows that cannot.
   *
   * @param tried what was already tried to be created for these rows, by `missingKey`, and why it was refused
   */
  async #storeRows(rows: readonly Located<Row>[], tried: ReadonlyMap<string, string | null>): Promise<RejectedRow[]> {
    if (rows.length === 0) return [];
    const result = await this.#patiently(() => this.#target.store(rows.map(({ row }) => row)));
    const errorsByIndex = new Map<number, RowError[]>();
    for (const error of result.errors) {
      errorsByIndex.set(error.index, [...(errorsByIndex.get(error.index) ?? []), error]);
    }
    const { storedCount, duplicateCount = 0 } = result;
    if (storedCount + duplicateCount + errorsByIndex.size !== rows.length) {
      throw new Error(`A batch of ${rows.length} rows of ${this.#file.path} came back with another number of rows`);
    }
    this.#stored += storedCount;
    this.#duplicates += duplicateCount;

    const rejected: RejectedRow[] = [];
    const toComplete: Located<Row>[] = [];
    const wanted: Missing[] = [];
    for (const [index, errors] of errorsByIndex) {
      const located = rows[index];
      if (located === undefined) throw new Error(`A batch of ${rows.length} rows has an error at ${index}`);
      const missing = errors.map((error) => this.#missingAt(located.row, error));
      const creatable = missing.flatMap((thing) => (thing !== null && this.#isCreatable(thing) ? [thing] : []));
      const canBeCompleted = missing.every((thing) => thing !== null && (thing.isSibling || this.#isCreatable(thing)));
      // Services may name one missing thing after the other, so there can be several rounds, each about new things.
      const isNew = creatable.length > 0 && !creatable.some((thing) => tried.has(missingKey(thing)));
      if (canBeCompleted && isNew) {
        toComplete.push(located);
        wanted.push(...creatable);
      } else if (this.#mayHold && this.#held.length < MAX_HELD_ROWS && missing.every((thing) => thing?.isSibling)) {
        this.#held.push(located);
      } else {
        rejected.push({
          line: located.line,
          problems: errors.map((error, i) => this.#problemOf(error, missing[i] ?? null, tried)),
        });
      }
    }
    const create = this.#run.create;
    if (toComplete.length === 0 || create === null) return rejected;
    const refusals = await this.#patiently(() => create(wanted));
    const keys = wanted.map(missingKey);
    const nowTried = new Map([...tried, ...keys.map((key) => [key, refusals.get(key) ?? null] as const)]);
    return [...rejected, ...(await this.#storeRows(toComplete, nowTried))];
  }

  /** Rows that wait for later ones come again, as long as at least one of them finds what it needs. */
  async #retryHeld(): Promise<void> {
    while (this.#held.length > 0 && !this.#isOver) {
      const held = this.#held;
      this.#held = [];
      for (const located of held) await this.#add(located);
      await this.#flush();
      await this.#settled();
      // The last time round nothing came of it; say why.
      if (this.#held.length === held.length) this.#mayHold = false;
    }
  }

  #missingAt(row: Row, error: RowError): Missing | null {
    return error.code === 'NOT_FOUND' ? this.#target.missingAt(row, error.path) : null;
  }

  #isCreatable({ noun, isSibling }: Missing): boolean {
    return this.#run.create !== null && !isSibling && (noun === 'learner' || noun === 'skill');
  }

  #problemOf(error: RowError, missing: Missing | null, tried: ReadonlyMap<string, string | null>): RowProblem {
    const column = columnAt(this.#header, error.path);
    if (missing !== null) {
      const refusal = tried.get(missingKey(missing)) ?? null;
      return { column, code: error.code, message: missingMessage(missing, this.#run.newSkillName, refusal) };
    }
    // The services name a value by its place in the API; whoever wrote the file knows its column.
    const place = `${error.path.join('.')} `;
    const message =
      column !== null && error.message.startsWith(place)
        ? `${column} ${error.message.slice(place.length)}`
        : error.message;
    return { column, code: error.code, message };
  }

  /** Tries again after failures that pass by themselves; every store can be repeated without harm. */
  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    for (const waitMs of RETRY_AFTER_MS) {
      try {
        return await work();
      } catch (error) {
        if (!isTransient(error) || this.#run.signal.aborted) throw error;
        await sleep(waitMs, undefined, { signal: this.#run.signal }).catch(() => {});
      }
    }
    return await work();
  }
}

function emptyBatch<Row>(): Batch<Row> {
  return { rows: [], rejected: [], keys: new Set() };
}

/** Whether a failure of the database may pass by itself. */
export const isTransient = (error: unknown): boolean => asUnavailable(error) !== null;

const WAYS_OUT: Readonly<Record<Missing['noun'], string>> = {
  learner: 'import it with --learners FILE, or add --create-missing',
  skill: 'import it with --skills FILE, or add --create-missing',
  course: 'import it with --courses FILE',
  role: 'import it with --roles FILE',
};

function missingMessage(
  { noun, id, isSibling }: Missing,
  newSkillName: (skillId: string) => string | null,
  refusal: string | null,
): string {
  const name = noun === 'skill' ? newSkillName(id) : null;
  const given = name ?? id;
  const shown = given.length > 80 ? `${given.slice(0, 80)}…` : given;
  const what = `There is no ${noun} ${name === null ? '' : 'named '}"${shown}"`;
  if (refusal !== null) return `${what}, and it cannot be created: ${refusal}`;
  return isSibling ? `${what}, neither in this file nor stored` : `${what}; ${WAYS_OUT[noun]}`;
}
