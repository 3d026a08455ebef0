import {
  Check,
  Column,
  type DataSource,
  Entity,
  type EntityManager,
  ForeignKey,
  Index,
  PrimaryColumn,
  PrimaryGeneratedColumn,
} from 'typeorm';
import type { Queryable } from '../platform/database/database.js';
import { type Goal, type GoalClosure, type GoalContent, type GoalMetric, type GoalReview, goalSchema } from './goal.js';
import type { MeasuredPoint } from './progress/goalOutlook.js';

@Entity({ name: 'goal' })
@Index('goal_created_ix', ['createdAt', 'id'])
class GoalRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'goal_pk' })
  id!: string;

  @Column({ type: 'integer' })
  version!: number;

  /** As in the content, to look for. */
  @Column({ type: 'text' })
  owner!: string;

  @Column({ type: 'jsonb' })
  content!: unknown;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'closed_by', type: 'text', nullable: true })
  closedBy!: string | null;

  @Column({ name: 'closed_at', type: 'timestamptz', nullable: true })
  closedAt!: Date | null;

  @Column({ name: 'close_reason', type: 'text', nullable: true })
  closeReason!: string | null;
}

@Entity({ name: 'goal_review' })
@Index('goal_review_goal_ix', ['goalId', 'id'])
@Index('goal_review_call_uq', ['goalId', 'clientMutationId'], {
  unique: true,
  where: 'client_mutation_id IS NOT NULL',
})
class GoalReviewRow {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'goal_review_pk',
  })
  id!: string;

  @Column({ name: 'goal_id', type: 'text' })
  @ForeignKey(() => GoalRow, { name: 'goal_review_goal_fk', onDelete: 'CASCADE' })
  goalId!: string;

  @Column({ type: 'text' })
  by!: string;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'text' })
  note!: string;

  @Column({ name: 'client_mutation_id', type: 'text', nullable: true })
  clientMutationId!: string | null;
}

export type GoalSeries = 'METRIC' | 'COUNTER';

@Entity({ name: 'goal_progress' })
@Check('goal_progress_series_known', `series IN ('METRIC', 'COUNTER')`)
class GoalProgressRow {
  @PrimaryColumn({ name: 'goal_id', type: 'text', primaryKeyConstraintName: 'goal_progress_pk' })
  @ForeignKey(() => GoalRow, { name: 'goal_progress_goal_fk', onDelete: 'CASCADE' })
  goalId!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'goal_progress_pk' })
  series!: GoalSeries;

  @PrimaryColumn({ type: 'date', primaryKeyConstraintName: 'goal_progress_pk' })
  week!: string;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'double precision', nullable: true })
  value!: number | null;

  @Column({ type: 'integer' })
  people!: number;
}

/** Table classes of goals, for the data source. */
export const GOAL_TABLES = [GoalRow, GoalReviewRow, GoalProgressRow];

const GOAL = `g.id, g.version, g.owner, g.content, g.created_by AS "createdBy", g.created_at AS "createdAt",
  g.closed_by AS "closedBy", g.closed_at AS "closedAt", g.close_reason AS "closeReason"`;

/** Where a page of goals begins: after this one. */
export interface GoalCursor {
  readonly createdAtMs: number;
  readonly id: string;
}

export interface GoalCriteria {
  /** Null: of anybody. */
  readonly owner: string | null;
  /** Null: both. */
  readonly isClosed: boolean | null;
}

export class GoalsStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  async find(id: string, db: Queryable = this.#dataSource): Promise<Goal | null> {
    const [row] = (await db.query(`SELECT ${GOAL} FROM goal g WHERE g.id = $1`, [id])) as GoalRow[];
    return row === undefined ? null : goalOf(row);
  }

  /** As `find`; nobody else can change it until the end of the transaction. */
  async lock(transaction: EntityManager, id: string): Promise<Goal | null> {
    const [row] = (await transaction.query(`SELECT ${GOAL} FROM goal g WHERE g.id = $1 FOR UPDATE`, [id])) as GoalRow[];
    return row === undefined ? null : goalOf(row);
  }

  /** Those that are not closed, in the order of their ids. */
  async open(): Promise<Goal[]> {
    const rows = (await this.#dataSource.query(
      `SELECT ${GOAL} FROM goal g WHERE g.closed_at IS NULL ORDER BY g.id COLLATE "C"`,
    )) as GoalRow[];
    return rows.map(goalOf);
  }

  /** Newest first. */
  async page({ owner, isClosed }: GoalCriteria, after: GoalCursor | null, limit: number): Promise<Goal[]> {
    const rows = (await this.#dataSource.query(
      `SELECT ${GOAL} FROM goal g
       WHERE ($1::text IS NULL OR g.owner = $1) AND ($2::boolean IS NULL OR (g.closed_at IS NOT NULL) = $2)
         AND ($3::timestamptz IS NULL OR (g.created_at, g.id) < ($3, $4))
       ORDER BY g.created_at DESC, g.id DESC LIMIT $5`,
      [owner, isClosed, after === null ? null : new Date(after.createdAtMs), after?.id ?? null, limit],
    )) as GoalRow[];
    return rows.map(goalOf);
  }

  /** False: there is one with its id already. */
  async insert(transaction: EntityManager, goal: Goal): Promise<boolean> {
    const rows = (await transaction.query(
      `INSERT INTO goal (id, version, owner, content, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (id) DO NOTHING RETURNING id`,
      [goal.id, goal.version, goal.owner, JSON.stringify(contentOf(goal)), goal.createdBy, goal.createdAt],
    )) as unknown[];
    return rows.length > 0;
  }

  async update(transaction: EntityManager, goal: Goal): Promise<void> {
    await transaction.query(
      `UPDATE goal SET version = $2, owner = $3, content = $4, closed_by = $5, closed_at = $6, close_reason = $7
       WHERE goal.id = $1`,
      [
        goal.id,
        goal.version,
        goal.owner,
        JSON.stringify(contentOf(goal)),
        goal.closure?.by ?? null,
        goal.closure?.at ?? null,
        goal.closure?.reason ?? null,
      ],
    );
  }

  /** A call that is repeated with its id adds nothing. */
  async addReview(
    transaction: EntityManager,
    goalId: string,
    { by, at, note }: GoalReview,
    clientMutationId: string | null,
  ): Promise<void> {
    await transaction.query(
      `INSERT INTO goal_review (goal_id, by, at, note, client_mutation_id) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (goal_id, client_mutation_id) WHERE client_mutation_id IS NOT NULL DO NOTHING`,
      [goalId, by, at, note, clientMutationId],
    );
  }

  /** Of each goal the latest so many, newest first. */
  async reviewsOf(goalIds: readonly string[], most: number): Promise<(GoalReview & { goalId: string })[]> {
    return (await this.#dataSource.query(
      `SELECT asked.id AS "goalId", r.by, r.at, r.note FROM unnest($1::text[]) AS asked (id)
       JOIN LATERAL (SELECT * FROM goal_review one WHERE one.goal_id = asked.id ORDER BY one.id DESC LIMIT $2) r ON true
       ORDER BY r.id DESC`,
      [goalIds, most],
    )) as (GoalReview & { goalId: string })[];
  }

  /** Since a week, earliest first. */
  async pointsOf(goalIds: readonly string[], sinceWeek: string): Promise<StoredPoint[]> {
    return (await this.#dataSource.query(
      `SELECT p.goal_id AS "goalId", p.series, p.week::text AS week, p.at, p.value, p.people
       FROM goal_progress p WHERE p.goal_id = ANY($1::text[]) AND p.week >= $2::date ORDER BY p.week`,
      [goalIds, sinceWeek],
    )) as StoredPoint[];
  }

  /**
   * What was measured later takes the place of what was measured earlier of the same week. Nothing is kept where the goal
   * was given another metric meanwhile.
   *
   * @param metric that was measured
   */
  async savePoints(
    db: Queryable,
    goalId: string,
    series: GoalSeries,
    metric: GoalMetric,
    points: readonly MeasuredPoint[],
  ): Promise<void> {
    await db.query(
      `WITH measured AS MATERIALIZED (
         SELECT goal.id FROM goal
         WHERE goal.id = $1
           AND goal.content -> CASE $2::text WHEN 'COUNTER' THEN 'counterMetric' ELSE 'metric' END = $7::jsonb
         FOR SHARE)
       INSERT INTO goal_progress (goal_id, series, week, at, value, people)
       SELECT measured.id, $2::text, new.*
       FROM unnest($3::date[], $4::timestamptz[], $5::double precision[], $6::integer[]) AS new (week, at, value, people)
       CROSS JOIN measured ORDER BY new.week
       ON CONFLICT (goal_id, series, week) DO UPDATE SET at = excluded.at, value = excluded.value,
         people = excluded.people
       WHERE goal_progress.at <= excluded.at`,
      [
        goalId,
        series,
        points.map(({ week }) => week),
        points.map(({ at }) => at),
        points.map(({ value }) => value),
        points.map(({ people }) => people),
        JSON.stringify(metric),
      ],
    );
  }

  async forgetCounter(transaction: EntityManager, goalId: string): Promise<void> {
    await transaction.query(`DELETE FROM goal_progress p WHERE p.goal_id = $1 AND p.series = 'COUNTER'`, [goalId]);
  }
}

export interface StoredPoint extends MeasuredPoint {
  readonly goalId: string;
  readonly series: GoalSeries;
}

function goalOf({ id, version, content, createdBy, createdAt, closedBy, closedAt, closeReason }: GoalRow): Goal {
  const closure: GoalClosure | null =
    closedBy === null || closedAt === null || closeReason === null
      ? null
      : { by: closedBy, at: closedAt, reason: closeReason };
  return { ...goalSchema.parse(content), id, version, createdBy, createdAt, closure };
}

/** What a goal says, without what is kept of it. */
export function contentOf(goal: Goal): GoalContent {
  return goalSchema.parse(goal);
}
