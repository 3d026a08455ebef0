import { Column, type DataSource, Entity, PrimaryColumn } from 'typeorm';
import type { Logger } from '../logger.js';
import { levelOf, type Queryable } from './database.js';

/** A kind of state that every process keeps a copy of; `erasures`: what anybody has read of people, see `holdRevision`. */
export type RevisionName = 'catalog' | 'model' | 'settings' | 'experiments' | 'goals' | 'keys' | 'erasures';

@Entity({ name: 'revision' })
export class RevisionRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'revision_pk' })
  name!: RevisionName;

  @Column({ type: 'bigint' })
  value!: string;
}

const POLL_MS = 1_000;

type Reload = (revision: number) => Promise<void>;

/**
 * Raises the counter within `transaction`. Its row lock makes writers of one kind wait for each other, so revisions are
 * numbered in the order of their commits.
 */
export async function raiseRevision(transaction: Queryable, name: RevisionName): Promise<number> {
  const [rows] = (await transaction.query('UPDATE revision SET value = value + 1 WHERE name = $1 RETURNING value', [
    name,
  ])) as [{ value: string }[], number];
  return Number(rows[0]?.value);
}

export async function revisionOf(db: Queryable, name: RevisionName): Promise<number> {
  return await readRevision(db, name, '');
}

/**
 * The counter, which nobody can raise before the transaction ends. Where it is what it was before something was read, what
 * is written from that comes before whatever is done by whoever raises it next.
 */
export async function holdRevision(transaction: Queryable, name: RevisionName): Promise<number> {
  return await readRevision(transaction, name, 'FOR SHARE');
}

async function readRevision(db: Queryable, name: RevisionName, lock: '' | 'FOR SHARE'): Promise<number> {
  const rows = (await db.query(`SELECT r.value FROM revision r WHERE r.name = $1 ${lock}`, [name])) as {
    value: string;
  }[];
  return Number(rows[0]?.value);
}

/**
 * Keeps what processes hold in memory as fresh as the database: a writer raises a counter in its own transaction, and
 * every process looks at the counters once a second, and at once after a write of its own.
 */
export class Revisions {
  readonly #dataSource: DataSource;
  readonly #logger: Logger;
  readonly #reloads = new Map<RevisionName, { readonly reload: Reload; readonly afterOthers: boolean }>();
  readonly #seen = new Map<RevisionName, number>();
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(dataSource: DataSource, logger: Logger) {
    this.#dataSource = dataSource;
    this.#logger = logger;
  }

  /**
   * `reload` runs whenever the named state may have changed, and once for its first state.
   *
   * @param afterOthers that state is put together with others, which are reloaded first; else all are at once
   */
  onChange(name: RevisionName, reload: Reload, { afterOthers = false } = {}): void {
    this.#reloads.set(name, { reload, afterOthers });
  }

  /** `raiseRevision`. */
  raise(transaction: Queryable, name: RevisionName): Promise<number> {
    return raiseRevision(transaction, name);
  }

  /** Resolves when everything committed before this call is in memory. */
  refresh(): Promise<void> {
    if (this.#running === null) {
      this.#running = this.#reloadChanged().finally(() => {
        this.#running = null;
      });
      return this.#running;
    }
    // The check under way may have read the counters before the caller's commit: run once more for all who wait.
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = null;
        return this.refresh();
      });
    return this.#next;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.refresh().catch((error) =>
        this.#logger[levelOf(error)]({ err: error }, 'shared state could not be refreshed'),
      );
    }, POLL_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#running?.catch(() => {});
  }

  async #reloadChanged(): Promise<void> {
    const rows = (await this.#dataSource.query('SELECT name, value FROM revision')) as {
      name: RevisionName;
      value: string;
    }[];
    const changed = rows.flatMap((row) => {
      const value = Number(row.value);
      const known = this.#reloads.get(row.name);
      return known === undefined || this.#seen.get(row.name) === value ? [] : [{ name: row.name, value, ...known }];
    });
    const failures: unknown[] = [];
    for (const isLast of [false, true]) {
      const some = changed.filter(({ afterOthers }) => afterOthers === isLast);
      // What fails keeps none of the others from getting fresh.
      const done = await Promise.allSettled(some.map(({ reload, value }) => reload(value)));
      for (const [i, { name, value }] of some.entries()) {
        const outcome = done[i];
        if (outcome?.status === 'rejected') failures.push(outcome.reason);
        else this.#seen.set(name, value);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
