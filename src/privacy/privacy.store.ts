import {
  Check,
  Column,
  type DataSource,
  Entity,
  type EntityManager,
  IsNull,
  LessThanOrEqual,
  PrimaryColumn,
  Unique,
} from 'typeorm';
import type { Queryable } from '../platform/database/database.js';

/** How many rows of one table were deleted, and in how many somebody was replaced by a pseudonym. */
export interface ErasedRows {
  readonly deleted: number;
  readonly replaced: number;
}

/** Rows by the name of their table. */
export type RowsByTable<Figure> = Readonly<Record<string, Figure>>;

export const ERASURE_STATUSES = ['QUEUED', 'SUCCEEDED'] as const;
export type ErasureStatus = (typeof ERASURE_STATUSES)[number];

@Entity({ name: 'erasure' })
@Unique('erasure_pseudonym_uq', ['pseudonym'])
@Check('erasure_status_known', `status IN ('QUEUED', 'SUCCEEDED')`)
class ErasureRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'erasure_pk' })
  id!: string;

  @Column({ type: 'text' })
  pseudonym!: string;

  /** Null once they are erased. */
  @Column({ name: 'learner_id', type: 'text', nullable: true })
  learnerId!: string | null;

  @Column({ type: 'text' })
  status!: ErasureStatus;

  @Column({ name: 'requested_by', type: 'text' })
  requestedBy!: string;

  @Column({ name: 'requested_at', type: 'timestamptz' })
  requestedAt!: Date;

  @Column({ type: 'text' })
  reason!: string;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;

  @Column({ type: 'jsonb' })
  counts!: RowsByTable<ErasedRows>;

  /** Rows that still named them when all tables were read through at the end; null: not read yet. */
  @Column({ type: 'jsonb', nullable: true })
  remaining!: RowsByTable<number> | null;

  /** When one that left rows behind is carried out again; null: as soon as may be. */
  @Column({ name: 'again_at', type: 'timestamptz', nullable: true })
  againAt!: Date | null;
}

@Entity({ name: 'retention_sweep' })
class RetentionSweepRow {
  @PrimaryColumn({ name: 'table_name', type: 'text', primaryKeyConstraintName: 'retention_sweep_pk' })
  table!: string;

  @Column({ name: 'swept_at', type: 'timestamptz' })
  sweptAt!: Date;

  @Column({ name: 'deleted_before', type: 'timestamptz' })
  deletedBefore!: Date;

  @Column({ name: 'rows_deleted', type: 'bigint' })
  rowsDeleted!: string;

  @Column({ name: 'rows_deleted_ever', type: 'bigint' })
  rowsDeletedEver!: string;
}

/** Table classes of this feature, for the data source. */
export const PRIVACY_TABLES = [ErasureRow, RetentionSweepRow];

export type Erasure = Readonly<ErasureRow>;

/** What retention last did to a table. */
export interface RetentionSweep {
  readonly table: string;
  readonly sweptAt: Date;
  readonly deletedBefore: Date;
  readonly rowsDeleted: number;
  readonly rowsDeletedEver: number;
}

const SELECT_SWEEPS = `SELECT s.table_name AS "table", s.swept_at AS "sweptAt", s.deleted_before AS "deletedBefore",
  s.rows_deleted::double precision AS "rowsDeleted", s.rows_deleted_ever::double precision AS "rowsDeletedEver"
  FROM retention_sweep s`;

/** What is written down of erasures, and of what retention deleted. */
export class PrivacyStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** A new erasure, or the one of before begun again: what is there of them since is erased as well. */
  async request(
    transaction: EntityManager,
    erasure: Pick<Erasure, 'id' | 'pseudonym' | 'learnerId' | 'requestedBy' | 'requestedAt' | 'reason'>,
  ): Promise<string> {
    const [row] = (await transaction.query(
      `INSERT INTO erasure AS e (id, pseudonym, learner_id, status, requested_by, requested_at, reason, counts)
       VALUES ($1, $2, $3, 'QUEUED', $4, $5, $6, '{}')
       ON CONFLICT (pseudonym) DO UPDATE SET learner_id = excluded.learner_id, status = 'QUEUED',
         requested_by = excluded.requested_by, requested_at = excluded.requested_at, reason = excluded.reason,
         finished_at = NULL, remaining = NULL, again_at = NULL
       RETURNING e.id`,
      [erasure.id, erasure.pseudonym, erasure.learnerId, erasure.requestedBy, erasure.requestedAt, erasure.reason],
    )) as { id: string }[];
    return row?.id ?? erasure.id;
  }

  async byId(id: string): Promise<Erasure | null> {
    return await this.#dataSource.getRepository(ErasureRow).findOneBy({ id });
  }

  async byPseudonym(pseudonym: string): Promise<Erasure | null> {
    return await this.#dataSource.getRepository(ErasureRow).findOneBy({ pseudonym });
  }

  /** Those that are to be carried out by now, the oldest first. */
  async due(now: Date): Promise<Erasure[]> {
    const order = { requestedAt: 'ASC', id: 'ASC' } as const;
    const where = [null, now].map((until) => ({
      status: 'QUEUED' as const,
      againAt: until === null ? IsNull() : LessThanOrEqual(until),
    }));
    return await this.#dataSource.getRepository(ErasureRow).find({ where, order });
  }

  /** Adds to what was erased of a table, in the transaction that erases it. */
  async count(transaction: Queryable, id: string, table: string, rows: ErasedRows): Promise<void> {
    if (rows.deleted === 0 && rows.replaced === 0) return;
    await transaction.query(
      `UPDATE erasure SET counts = jsonb_set(counts, ARRAY[$2::text], jsonb_build_object(
         'deleted', COALESCE((counts #>> ARRAY[$2::text, 'deleted'])::integer, 0) + $3::integer,
         'replaced', COALESCE((counts #>> ARRAY[$2::text, 'replaced'])::integer, 0) + $4::integer))
       WHERE erasure.id = $1`,
      [id, table, rows.deleted, rows.replaced],
    );
  }

  /** The last trace of the id goes with the end of its erasure, and not before nothing about people names them. */
  async finish(transaction: Queryable, id: string, at: Date, remaining: RowsByTable<number>): Promise<void> {
    await transaction.query(
      `UPDATE erasure SET status = 'SUCCEEDED', learner_id = NULL, finished_at = $2, remaining = $3, again_at = NULL
       WHERE erasure.id = $1`,
      [id, at, JSON.stringify(remaining)],
    );
  }

  /** It waits on, to be carried out again. */
  async noteRemaining(id: string, remaining: RowsByTable<number>, againAt: Date): Promise<void> {
    await this.#dataSource.query('UPDATE erasure SET remaining = $2, again_at = $3 WHERE erasure.id = $1', [
      ...[id, JSON.stringify(remaining)],
      againAt,
    ]);
  }

  async noteSweep(sweep: Omit<RetentionSweep, 'rowsDeletedEver'>): Promise<void> {
    await this.#dataSource.query(
      `INSERT INTO retention_sweep AS s (table_name, swept_at, deleted_before, rows_deleted, rows_deleted_ever)
       VALUES ($1, $2, $3, $4, $4)
       ON CONFLICT (table_name) DO UPDATE SET swept_at = excluded.swept_at, deleted_before = excluded.deleted_before,
         rows_deleted = excluded.rows_deleted, rows_deleted_ever = s.rows_deleted_ever + excluded.rows_deleted`,
      [sweep.table, sweep.sweptAt, sweep.deletedBefore, sweep.rowsDeleted],
    );
  }

  async sweeps(): Promise<RetentionSweep[]> {
    return (await this.#dataSource.query(SELECT_SWEEPS)) as RetentionSweep[];
  }
}
