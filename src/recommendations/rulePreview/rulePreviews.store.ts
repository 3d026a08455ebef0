import { Check, Column, type DataSource, Entity, Index, LessThan, MoreThanOrEqual, PrimaryColumn } from 'typeorm';
import { holdRevision } from '../../platform/database/revisions.js';
import type { JobProgress, JobStatus } from '../../platform/jobs/jobs.js';
import type { OffPolicyOrder } from '../offPolicy/offPolicyRunner.js';
import type { PreviewedSetting } from './previewedChanges.js';
import type { PreviewResult } from './rulePreviewResult.js';
import type { PreviewOrder } from './rulePreviewRunner.js';

/** What is to be looked at, for whom. */
export interface StoredOrder extends PreviewOrder {
  /** Whether figures over fewer than five people may be told. */
  readonly mayTellFew: boolean;
  /** What the log is to say of the change; null or left out: nothing was asked. */
  readonly estimate?: OffPolicyOrder | null;
}

@Entity({ name: 'rule_preview' })
@Index('rule_preview_requested_at_ix', ['requestedAt'])
@Check('rule_preview_status_check', `status IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED')`)
class RulePreviewRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'rule_preview_pk' })
  id!: string;

  @Column({ type: 'text' })
  status!: JobStatus;

  @Column({ name: 'requested_by', type: 'text' })
  requestedBy!: string;

  @Column({ name: 'requested_at', type: 'timestamptz' })
  requestedAt!: Date;

  /** Of what was asked for, to tell a call that is repeated from another one; null: of before there was one. */
  @Column({ name: 'request_hash', type: 'text', nullable: true })
  requestHash!: string | null;

  /** Null: of before they were kept. */
  @Column({ type: 'jsonb', nullable: true })
  settings!: readonly PreviewedSetting[] | null;

  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  /** Null once it has ended. */
  @Column({ type: 'jsonb', nullable: true })
  order!: StoredOrder | null;

  @Column({ type: 'jsonb', nullable: true })
  progress!: JobProgress | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  result!: PreviewResult | null;

  @Column({ type: 'text', nullable: true })
  error!: string | null;
}

/** Table classes of previews, for the data source. */
export const PREVIEW_TABLES = [RulePreviewRow];

/** A preview as whoever asked for it sees it. */
export type StoredPreview = Omit<RulePreviewRow, 'order' | 'attempts' | 'requestHash'>;

/** One that nobody has worked on yet. */
export type NewPreview = Pick<RulePreviewRow, 'id' | 'requestedBy' | 'requestedAt'> & {
  readonly requestHash: string;
  readonly order: StoredOrder;
  readonly settings: readonly PreviewedSetting[];
};

/** Taken up again so often when the process that was at it ended. */
const MOST_ATTEMPTS = 2;
/** The latest of all people; a day is over sooner for most. */
const MOST_KEPT = 200;

export class RulePreviewsStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /**
   * A new one that waits. Those of before `keptSince` go, and the oldest beyond the latest 200.
   *
   * @param erasures how many there were before anything was read that its order is of
   * @returns false: there is one with its id, which stays; null: somebody was erased since, whom the order may name
   */
  async insert(preview: NewPreview, keptSince: Date, erasures: number): Promise<boolean | null> {
    await this.forget(keptSince);
    const { id, requestedBy, requestedAt, order, settings, requestHash } = preview;
    return await this.#dataSource.transaction(async (transaction) => {
      if ((await holdRevision(transaction, 'erasures')) !== erasures) return null;
      const made = (await transaction.query(
        `INSERT INTO rule_preview (id, status, requested_by, requested_at, "order", settings, request_hash)
         VALUES ($1, 'QUEUED', $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING RETURNING rule_preview.id`,
        [id, requestedBy, requestedAt, JSON.stringify(order), JSON.stringify(settings), requestHash],
      )) as unknown[];
      return made.length > 0;
    });
  }

  async isAnyBefore(keptSince: Date): Promise<boolean> {
    return await this.#dataSource.getRepository(RulePreviewRow).existsBy({ requestedAt: LessThan(keptSince) });
  }

  /** What was asked for before a moment goes, and the oldest beyond the latest 200. */
  async forget(keptSince: Date): Promise<void> {
    await this.#dataSource.query(
      `DELETE FROM rule_preview WHERE rule_preview.requested_at < $1 OR rule_preview.id IN (
         SELECT p.id FROM rule_preview p ORDER BY p.requested_at DESC, p.id OFFSET ${MOST_KEPT})`,
      [keptSince],
    );
  }

  /** Null: there is no such preview since then. */
  async requestHash(id: string, keptSince: Date): Promise<string | null> {
    const where = { id, requestedAt: MoreThanOrEqual(keptSince) };
    const found = await this.#dataSource
      .getRepository(RulePreviewRow)
      .findOne({ select: { requestHash: true }, where });
    return found?.requestHash ?? null;
  }

  /** Null also for one of before `keptSince`, which may not be removed yet. */
  async byId(id: string, keptSince: Date): Promise<StoredPreview | null> {
    const where = { id, requestedAt: MoreThanOrEqual(keptSince) };
    return await this.#dataSource.getRepository(RulePreviewRow).findOne({ select: SEEN, where });
  }

  async countWaiting(requestedBy: string | null): Promise<number> {
    const [row] = (await this.#dataSource.query(
      `SELECT count(*)::integer AS n FROM rule_preview p
       WHERE p.status IN ('QUEUED', 'RUNNING') AND ($1::text IS NULL OR p.requested_by = $1)`,
      [requestedBy],
    )) as { n: number }[];
    return row?.n ?? 0;
  }

  /** The one that has waited longest, or that a process which ended was at; null: nothing waits. */
  async takeNext(): Promise<{ readonly id: string; readonly order: StoredOrder } | null> {
    await this.#dataSource.query(
      `UPDATE rule_preview SET status = 'FAILED', finished_at = now(), "order" = NULL,
         error = 'The processes that worked on it ended before it was done'
       WHERE rule_preview.status = 'RUNNING' AND rule_preview.attempts >= ${MOST_ATTEMPTS}`,
    );
    const [taken] = (await this.#dataSource.query(
      `UPDATE rule_preview SET status = 'RUNNING', attempts = rule_preview.attempts + 1
       WHERE rule_preview.id = (
         SELECT p.id FROM rule_preview p WHERE p.status IN ('QUEUED', 'RUNNING') ORDER BY p.requested_at, p.id LIMIT 1)
       RETURNING rule_preview.id, rule_preview."order"`,
    )) as [{ id: string; order: StoredOrder }[], number];
    return taken[0] ?? null;
  }

  async putBack(id: string): Promise<void> {
    await this.#dataSource.query(
      `UPDATE rule_preview SET status = 'QUEUED', attempts = rule_preview.attempts - 1, progress = NULL
       WHERE rule_preview.id = $1 AND rule_preview.status = 'RUNNING'`,
      [id],
    );
  }

  async report(id: string, progress: JobProgress): Promise<void> {
    await this.#dataSource.query(
      `UPDATE rule_preview SET progress = $2 WHERE rule_preview.id = $1 AND rule_preview.status = 'RUNNING'`,
      [id, JSON.stringify(progress)],
    );
  }

  async succeed(id: string, result: PreviewResult): Promise<void> {
    await this.#end(id, { status: 'SUCCEEDED', result, error: null });
  }

  async fail(id: string, error: string): Promise<void> {
    await this.#end(id, { status: 'FAILED', result: null, error });
  }

  async #end(
    id: string,
    { status, result, error }: Pick<RulePreviewRow, 'status' | 'result' | 'error'>,
  ): Promise<void> {
    await this.#dataSource.query(
      `UPDATE rule_preview SET status = $2, result = $3, error = $4, finished_at = now(), "order" = NULL,
         progress = CASE WHEN $2 = 'SUCCEEDED' THEN progress || jsonb_build_object('done', progress -> 'total')
           ELSE progress END
       WHERE rule_preview.id = $1`,
      [id, status, result === null ? null : JSON.stringify(result), error],
    );
  }
}

const SEEN = {
  id: true,
  status: true,
  requestedBy: true,
  requestedAt: true,
  settings: true,
  progress: true,
  finishedAt: true,
  result: true,
  error: true,
} as const;
