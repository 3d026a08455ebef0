import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import type { LearnersService } from '../learners/learners.service.js';
import { retryingDeadlocks } from '../platform/database/retryingDeadlocks.js';
import type { Revisions } from '../platform/database/revisions.js';
import type { DataDeclaration, PersonalTable, StoredRow } from '../platform/personalData.js';
import {
  type DeclaredTable,
  isDistinctive,
  isSaidImpersonal,
  type NamedPerson,
  needleOf,
  replacedRow,
  rowNames,
  traceIn,
} from './naming.js';
import type { ErasedRows, PrivacyStore, RowsByTable } from './privacy.store.js';
import type { TableColumn, TablesStore } from './tables.store.js';

/** What was being written when an erasure began may come after it: it is gone over again until nothing is found. */
const MOST_ROUNDS = 3;
/** How long to wait for transactions that began before; whoever asked for the erasure waits as well. */
const MOST_WAITING_MS = 2_000;
const LOOK_EVERY_MS = 20;
/**
 * What every process has just read, and what it holds in memory of rules, experiments and goals, which may name people. The former
 * first: whoever writes from it may take a while, and nothing else need wait for that.
 */
const HELD_IN_MEMORY = ['erasures', 'settings', 'experiments', 'goals'] as const;
/** Its rows go last: what refers to them goes first, and is counted, instead of with a foreign key. */
const LAST_TABLE = 'learner';

/** Rows in which the id of somebody stands who was erased. */
export interface Leftovers {
  readonly rows: RowsByTable<number>;
  /** Whether all of them are in what is declared to say nothing of people: erasing again would leave them there. */
  readonly isDone: boolean;
}

/** Takes somebody out of every table, and reads through all of them to prove it. */
export class Eraser {
  readonly #dataSource: DataSource;
  readonly #tables: TablesStore;
  readonly #store: PrivacyStore;
  readonly #learners: LearnersService;
  readonly #revisions: Revisions;
  readonly #personal: readonly PersonalTable[];
  readonly #declared: ReadonlyMap<string, DeclaredTable>;

  constructor(
    dataSource: DataSource,
    tables: TablesStore,
    store: PrivacyStore,
    learners: LearnersService,
    revisions: Revisions,
    declarations: readonly DataDeclaration[],
  ) {
    this.#dataSource = dataSource;
    this.#tables = tables;
    this.#store = store;
    this.#learners = learners;
    this.#revisions = revisions;
    this.#personal = declarations
      .flatMap(({ personal }) => personal)
      .toSorted((a, b) => Number(a.table === LAST_TABLE) - Number(b.table === LAST_TABLE));
    const declared = declarations.flatMap(({ personal, impersonal }) => [...personal, ...impersonal]);
    this.#declared = new Map(declared.map((table) => [table.table, table]));
  }

  /**
   * May be run again at any time, after it was cut short as well: what is gone stays gone, and is counted once.
   *
   * @returns what was found when all tables were read through; null: others were writing all the while, and nothing was
   *   done
   */
  async erase(erasureId: string, person: NamedPerson): Promise<Leftovers | null> {
    if (!(await this.#writersAreDone())) return null;
    const columns = await this.#tables.columns();
    for (let round = 1; ; round += 1) {
      await this.#deleteOwn(erasureId, person);
      for (const table of this.#personal) await this.#replaceIn(table, erasureId, person, columns);
      await this.#dropFromMemory();
      const left = await this.#leftovers(person.id, columns);
      if (left.isDone || round === MOST_ROUNDS) return left;
    }
  }

  /** Of all tables, declared or not. */
  async #leftovers(learnerId: string, columns: readonly TableColumn[]): Promise<Leftovers> {
    const found: Record<string, number> = {};
    let isDone = true;
    for (const table of new Set(columns.map((column) => column.table))) {
      const own = columns.filter((column) => column.table === table);
      const [rows, bytes] = [await this.#inRows(table, own, learnerId), await this.#inBytes(own, learnerId)];
      if (rows.count + bytes.count > 0) found[table] = rows.count + bytes.count;
      isDone &&= rows.isDone && bytes.isDone;
    }
    return { rows: found, isDone };
  }

  /**
   * Whether all who were writing when it was asked are done. Whoever began before the learner was marked may not have seen
   * the mark, and may write about them still; whoever begins later finds it. Nobody is held up by this.
   */
  async #writersAreDone(): Promise<boolean> {
    const tables = this.#personal.map(({ table }) => table);
    const giveUpAt = performance.now() + MOST_WAITING_MS;
    let writers = await this.#tables.writersOf(tables);
    while (writers.length > 0) {
      if (performance.now() > giveUpAt) return false;
      await sleep(LOOK_EVERY_MS);
      const open = new Set(await this.#tables.writersOf(tables));
      writers = writers.filter((writer) => open.has(writer));
    }
    return true;
  }

  async #replaceIn(
    table: PersonalTable,
    erasureId: string,
    person: NamedPerson,
    columns: readonly TableColumn[],
  ): Promise<void> {
    const isOwnOnly = Object.values(table.columns).every((use) => use === 'SUBJECT' || use === 'PENDING');
    if (isOwnOnly) return;
    const types = new Map(columns.filter((c) => c.table === table.table).map(({ column, type }) => [column, type]));
    for await (const part of this.#tables.parts(table.table)) {
      await retryingDeadlocks(() =>
        this.#dataSource.transaction(async (transaction) => {
          const rows = await this.#tables.holdNaming(transaction, table, part, needleOf(person.id));
          const erased = await this.#eraseRows(transaction, table, rows, types, person);
          await this.#store.count(transaction, erasureId, table.table, erased);
        }),
      );
    }
  }

  /**
   * All that is theirs, in one transaction that holds them first: who writes about them holds them as well, so that it is
   * done with before, or finds nobody. No foreign key would delete what was written in between.
   */
  async #deleteOwn(erasureId: string, person: NamedPerson): Promise<void> {
    await retryingDeadlocks(() =>
      this.#dataSource.transaction(async (transaction) => {
        await this.#learners.holdForErasure(transaction, person.id);
        for (const table of this.#personal.filter(({ eraser }) => eraser === 'DELETE')) {
          const deleted = await this.#tables.deleteOwn(transaction, table, person.id);
          await this.#store.count(transaction, erasureId, table.table, { deleted, replaced: 0 });
        }
      }),
    );
  }

  async #eraseRows(
    transaction: EntityManager,
    table: PersonalTable,
    rows: readonly (StoredRow & { readonly ctid: string })[],
    types: ReadonlyMap<string, string>,
    person: NamedPerson,
  ): Promise<ErasedRows> {
    if (table.eraser === 'DELETE_NAMING') {
      const naming = rows.filter((row) => rowNames(table, row, person.id));
      if (naming.length > 0) {
        await this.#tables.deleteRows(
          transaction,
          table.table,
          naming.map(({ ctid }) => ctid),
        );
      }
      return { deleted: naming.length, replaced: 0 };
    }
    let replaced = 0;
    for (const row of rows) {
      const without = replacedRow(table, row, person);
      if (without === null) continue;
      await this.#tables.update(transaction, table, types, { ...without, ctid: row.ctid });
      replaced += 1;
    }
    return { deleted: 0, replaced };
  }

  /** Waits for whoever writes from what was read before, so that what they write is found. */
  async #dropFromMemory(): Promise<void> {
    await this.#dataSource.transaction(async (transaction) => {
      for (const name of HELD_IN_MEMORY) await this.#revisions.raise(transaction, name);
    });
    await this.#revisions.refresh();
  }

  async #inRows(table: string, columns: readonly TableColumn[], learnerId: string): Promise<Found> {
    const declared = this.#declared.get(table) ?? null;
    let [count, isDone] = [0, true];
    for await (const part of this.#tables.parts(table)) {
      for await (const rows of this.#tables.containing(columns, part, needleOf(learnerId))) {
        const traces = rows.map((row) => traceIn(declared, row, learnerId));
        count += traces.filter((trace) => trace !== null).length;
        isDone &&= !traces.includes('NAMES');
      }
    }
    return { count, isDone };
  }

  /** Of ids that are too short to be found by chance alone. */
  async #inBytes(columns: readonly TableColumn[], learnerId: string): Promise<Found> {
    let [count, isDone] = [0, true];
    for (const column of columns) {
      if (column.type !== 'bytea' || !isDistinctive(learnerId)) continue;
      const rows = await this.#tables.countBytes(column, learnerId);
      count += rows;
      isDone &&= rows === 0 || isSaidImpersonal(this.#declared.get(column.table) ?? null, column.column);
    }
    return { count, isDone };
  }
}

interface Found {
  readonly count: number;
  readonly isDone: boolean;
}
