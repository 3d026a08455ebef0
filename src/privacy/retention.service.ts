import type { DataSource } from 'typeorm';
import { type JobContext, JobStopped, type Jobs } from '../platform/jobs/jobs.js';
import type { Logger } from '../platform/logger.js';
import type { DataDeclaration, Retention, RetentionDays, Sweeper } from '../platform/personalData.js';
import { DAY_MS } from '../platform/zonedTime.js';
import { PrivacyStore, type RetentionSweep } from './privacy.store.js';
import { daysKept } from './retention.js';
import { TablesStore } from './tables.store.js';

export const RETENTION_JOB = 'retention';
export const RETENTION_EVERY_MINUTES = 1_440;

/** How long one table is kept, and what was deleted of it. */
export interface TableRetention {
  readonly table: string;
  readonly description: string;
  readonly retentionClass: Retention['class'];
  /** Null: as long as the learner is known, or the service is used. */
  readonly days: number | null;
  /** Null: nothing was deleted yet. */
  readonly lastSweep: Omit<RetentionSweep, 'table'> | null;
}

/** Deletes what has been kept long enough, once a day, some at a time. */
export class RetentionService {
  readonly #tables: TablesStore;
  readonly #store: PrivacyStore;
  readonly #declared: readonly {
    readonly table: string;
    readonly description: string;
    readonly retention: Retention;
  }[];
  readonly #days: RetentionDays;
  readonly #sweepers: ReadonlyMap<string, Sweeper>;
  readonly #clock: () => Date;
  readonly #logger: Logger;

  /** @param sweepers of the tables whose retention says that their owner deletes */
  constructor(
    dataSource: DataSource,
    declarations: readonly DataDeclaration[],
    days: RetentionDays,
    sweepers: ReadonlyMap<string, Sweeper>,
    jobs: Jobs,
    clock: () => Date,
    logger: Logger,
  ) {
    this.#tables = new TablesStore(dataSource);
    this.#store = new PrivacyStore(dataSource);
    this.#declared = declarations.flatMap(({ personal, impersonal }) => [
      ...personal,
      ...impersonal.flatMap(({ table, because, retention }) =>
        retention === undefined ? [] : [{ table, description: because, retention }],
      ),
    ]);
    this.#days = days;
    this.#sweepers = sweepers;
    this.#clock = clock;
    this.#logger = logger;
    jobs.handle(RETENTION_JOB, (context) => this.sweep(context), 'SHORT');
  }

  /** What is kept how long, by table, in the order of the features. */
  async retention(): Promise<readonly TableRetention[]> {
    const sweeps = new Map((await this.#store.sweeps()).map(({ table, ...sweep }) => [table, sweep]));
    return this.#declared.map(({ table, description, retention }) => ({
      ...{ table, description },
      retentionClass: retention.class,
      days: daysKept(retention, this.#days),
      lastSweep: sweeps.get(table) ?? null,
    }));
  }

  /**
   * Deletes what is older than its class is kept.
   *
   * @returns rows that went, by table
   * @throws JobStopped when told to stop; what is done by then stays done
   */
  async sweep(context: JobContext): Promise<Readonly<Record<string, number>>> {
    const deleted: Record<string, number> = {};
    const due = this.#declared.flatMap(({ table, retention }) => {
      const days = daysKept(retention, this.#days);
      return days === null || 'withTable' in retention ? [] : [{ table, retention, days }];
    });
    for (const [done, { table, retention, days }] of due.entries()) {
      context.report({ phase: 'deleting what was kept long enough', done, total: due.length });
      const sweptAt = this.#clock();
      const deletedBefore = new Date(sweptAt.getTime() - days * DAY_MS);
      const rowsDeleted = await this.#sweepTable(table, retention, deletedBefore, context);
      await this.#store.noteSweep({ table, sweptAt, deletedBefore, rowsDeleted });
      if (rowsDeleted === 0) continue;
      deleted[table] = rowsDeleted;
      this.#logger.info({ table, rowsDeleted, deletedBefore }, 'retention deleted what was kept long enough');
    }
    return deleted;
  }

  async #sweepTable(table: string, retention: Retention, before: Date, context: JobContext): Promise<number> {
    if ('sweeper' in retention) {
      const sweeper = this.#sweepers.get(table);
      if (sweeper === undefined) throw new Error(`Nobody deletes old rows of ${table}.`);
      return await sweeper(before, context);
    }
    if (!('at' in retention)) return 0;
    let rows = 0;
    for await (const part of this.#tables.parts(table)) {
      if (context.shouldStop()) throw new JobStopped();
      rows += await this.#tables.deleteOld(table, part, retention.at, before, retention.only ?? 'true');
    }
    return rows;
  }
}
