import { Check, Column, type DataSource, Entity, Index, IsNull, LessThan, Not, PrimaryColumn } from 'typeorm';
import type { Queryable } from '../platform/database/database.js';
import type { HoldoutReport } from './model.js';

export const MODEL_STATUSES = ['LIVE', 'RETIRED', 'REJECTED'] as const;
export type ModelStatus = (typeof MODEL_STATUSES)[number];

/** The figures kept with a version. */
export interface ModelMetrics {
  readonly learnerCount: number;
  readonly interactionCount: number;
  /** Null: too little activity to measure. */
  readonly holdout: HoldoutReport | null;
  /** Version of the signal weights it was trained with; left out by releases that only knew version 0. */
  readonly signalWeightsVersion?: number;
}

@Entity({ name: 'model_version' })
@Index('model_version_live_uq', ['status'], { unique: true, where: `status = 'LIVE'` })
@Check('model_version_status_check', `status IN ('LIVE', 'RETIRED', 'REJECTED')`)
export class ModelVersionRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'model_version_pk' })
  id!: string;

  @Column({ type: 'text' })
  status!: ModelStatus;

  @Column({ name: 'trained_at', type: 'timestamptz' })
  trainedAt!: Date;

  @Column({ type: 'bigint' })
  watermark!: string;

  /** Why it was promoted or rejected, in words. */
  @Column({ type: 'text' })
  verdict!: string;

  @Column({ type: 'jsonb' })
  metrics!: ModelMetrics;

  @Column({ type: 'bytea' })
  artifact!: Buffer;

  /** Ties the artefact to this version (`sealOf`); null: a release that knew no seals made it. */
  @Column({ type: 'bytea', nullable: true })
  seal!: Buffer | null;

  /** How lists are ranked with it, as its ranking trainer said; null: as before anything is fitted. */
  @Column({ type: 'jsonb', nullable: true })
  ranking!: unknown;

  /** When people are active, as its timing trainer said; null: not fitted. */
  @Column({ type: 'jsonb', nullable: true })
  timing!: unknown;
}

/** What serving needs of a version. */
export type StoredModel = Pick<ModelVersionRow, 'id' | 'artifact' | 'seal' | 'ranking'>;

/** Table classes of this feature, for the data source. */
export const TRAINING_TABLES = [ModelVersionRow];

export type ModelVersionSummary = Omit<ModelVersionRow, 'artifact' | 'seal' | 'watermark' | 'timing'>;

const BYTES_PER_PART = 1_000_000;

export class TrainingStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  async artifact(id: string): Promise<StoredModel | null> {
    const select = { id: true, seal: true, ranking: true } as const;
    const [version, parts] = await Promise.all([
      this.#versions.findOne({ select, where: { id } }),
      // At once it would be one long text, for which the driver makes room again and again.
      this.#dataSource.query(
        `SELECT substr(m.artifact, 1 + part * $2::integer, $2::integer) AS bytes
         FROM model_version m, generate_series(0, (octet_length(m.artifact) - 1) / $2::integer) AS part
         WHERE m.id = $1 ORDER BY part`,
        [id, BYTES_PER_PART],
      ) as Promise<{ bytes: Buffer }[]>,
    ]);
    if (version === null || parts.length === 0) return null;
    return { ...version, artifact: Buffer.concat(parts.map(({ bytes }) => bytes)) };
  }

  /** Ids of versions that were live before, the newest first. */
  async retired(limit: number): Promise<string[]> {
    const versions = await this.#versions.find({
      select: { id: true },
      where: { status: 'RETIRED' },
      order: { trainedAt: 'DESC', id: 'DESC' },
      take: limit,
    });
    return versions.map(({ id }) => id);
  }

  /** Of the newest version that has any, whatever became of its model: the gates of a model say nothing of timing. */
  async newestTiming(): Promise<Pick<ModelVersionRow, 'id' | 'timing'> | null> {
    return await this.#versions.findOne({
      select: { id: true, timing: true },
      where: { timing: Not(IsNull()) },
      order: { trainedAt: 'DESC', id: 'DESC' },
    });
  }

  /** Of the newest version trained before a moment, or where there is none of the oldest. */
  async timingBefore(moment: Date): Promise<Pick<ModelVersionRow, 'id' | 'timing'> | null> {
    const select = { id: true, timing: true } as const;
    const timing = Not(IsNull());
    const before = await this.#versions.findOne({
      select,
      where: { timing, trainedAt: LessThan(moment) },
      order: { trainedAt: 'DESC', id: 'DESC' },
    });
    return (
      before ?? (await this.#versions.findOne({ select, where: { timing }, order: { trainedAt: 'ASC', id: 'ASC' } }))
    );
  }

  /** Newest first. */
  async versions(limit: number): Promise<ModelVersionSummary[]> {
    return await this.#versions.find({
      select: { id: true, status: true, trainedAt: true, verdict: true, metrics: true, ranking: true },
      order: { trainedAt: 'DESC', id: 'DESC' },
      take: limit,
    });
  }

  /** What the newest version, whatever became of it, was made from; null: none has been trained. */
  async latest(): Promise<Pick<ModelVersionRow, 'trainedAt' | 'watermark' | 'metrics'> | null> {
    return await this.#versions.findOne({
      select: { id: true, trainedAt: true, watermark: true, metrics: true },
      where: {},
      order: { trainedAt: 'DESC' },
    });
  }

  /** Up to where the live version has read the log; '0' without one. */
  async liveWatermark(transaction: Queryable): Promise<string> {
    const [row] = (await transaction.query(`SELECT v.watermark FROM model_version v WHERE v.status = 'LIVE'`)) as {
      watermark: string;
    }[];
    return row?.watermark ?? '0';
  }

  async retireLive(transaction: Queryable): Promise<void> {
    await transaction.query(`UPDATE model_version SET status = 'RETIRED' WHERE status = 'LIVE'`);
  }

  /** Null: no version is live. */
  async liveVersion(transaction: Queryable): Promise<string | null> {
    const [row] = (await transaction.query(`SELECT v.id FROM model_version v WHERE v.status = 'LIVE'`)) as {
      id: string;
    }[];
    return row?.id ?? null;
  }

  /** After `retireLive`. */
  async makeLive(transaction: Queryable, id: string): Promise<void> {
    await transaction.query(`UPDATE model_version SET status = 'LIVE' WHERE id = $1`, [id]);
  }

  async insert(transaction: Queryable, version: ModelVersionRow): Promise<void> {
    await transaction.query(
      `INSERT INTO model_version (id, status, trained_at, watermark, verdict, metrics, artifact, ranking, timing,
         seal)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        version.id,
        version.status,
        version.trainedAt,
        version.watermark,
        version.verdict,
        JSON.stringify(version.metrics),
        version.artifact,
        version.ranking === null ? null : JSON.stringify(version.ranking),
        version.timing === null ? null : JSON.stringify(version.timing),
        version.seal,
      ],
    );
  }

  get #versions() {
    return this.#dataSource.getRepository(ModelVersionRow);
  }
}
