import { Column, type DataSource, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Channel } from '../learners/profileEvent.js';
import type { Queryable } from '../platform/database.js';
import { HOUR_MS } from '../platform/zonedTime.js';
import type { DeliveryPurpose } from './purpose.js';
import type { Span } from './teamLoad.js';

@Entity({ name: 'delivery_suggestion' })
@Index('delivery_suggestion_learner_ix', ['learnerId', 'createdAt'])
@Index('delivery_suggestion_planned_ix', ['learnerId', 'plannedAt'], { where: 'planned_at IS NOT NULL' })
@Index('delivery_suggestion_planned_at_ix', ['plannedAt'], { where: 'planned_at IS NOT NULL' })
export class DeliverySuggestionRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'delivery_suggestion_pk' })
  id!: string;

  @Column({ name: 'learner_id', type: 'text' })
  learnerId!: string;

  @Column({ name: 'course_id', type: 'text', nullable: true })
  courseId!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;

  @Column({ type: 'jsonb' })
  suggestion!: unknown;

  /** When its best window begins, of a suggestion that is to be followed; null: of others, and of those replaced since. */
  @Column({ name: 'planned_at', type: 'timestamptz', nullable: true })
  plannedAt!: Date | null;

  @Column({ name: 'planned_channel', type: 'text', nullable: true })
  plannedChannel!: Channel | null;
}

/** Table classes of this feature, for the data source. */
export const DELIVERY_TABLES = [DeliverySuggestionRow];

/** A suggestion that is to be followed, of which nobody has told yet that it was. */
export interface PlannedDelivery {
  readonly learnerId: string;
  /** When its window begins. */
  readonly plannedAt: Date;
  /** When somebody muted such messages on getting this one; null: nothing was told. */
  readonly mutedAt: Date | null;
}

/** What a plan is for. Of the plans whose window is not over, each learner has one at most for the same. */
export interface PlanSubject {
  readonly courseId: string;
  readonly purpose: DeliveryPurpose;
}

/** Plans that new ones take the place of. */
export interface ReplacedPlans {
  readonly learnerIds: readonly string[];
  readonly subject: PlanSubject;
  readonly now: Date;
}

const PLANNING_LOCK = 727_003;
/** Small enough that writing it out never holds up a request noticeably. */
const INSERT_PAGE = 200;

export class DeliveryStore {
  readonly #dataSource: DataSource;
  #lastPlan: Promise<unknown> = Promise.resolve();

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /**
   * Lets plans be made one after another, by all processes of the service: each must know those before it. One at a time
   * of this process asks for the lock, so that those who wait do not hold all connections.
   */
  async oneAtATime<T>(plan: () => Promise<T>): Promise<T> {
    const turn = this.#lastPlan.then(() => this.#locked(plan));
    this.#lastPlan = turn.catch(() => {});
    return await turn;
  }

  async #locked<T>(plan: () => Promise<T>): Promise<T> {
    // The embedded database has one connection, and no process beside this: holding the lock would leave none to plan with.
    if ((this.#dataSource.options.poolSize ?? 1) < 2) return await plan();
    return await this.#dataSource.transaction(async (lock) => {
      await lock.query('SELECT pg_advisory_xact_lock($1)', [PLANNING_LOCK]);
      return await plan();
    });
  }

  /** @param replaced null: none */
  async insert(rows: readonly DeliverySuggestionRow[], replaced: ReplacedPlans | null): Promise<void> {
    await this.#dataSource.transaction(async (transaction) => {
      if (replaced !== null) await endPlans(transaction, replaced);
      for (let start = 0; start < rows.length; start += INSERT_PAGE) {
        await insertPage(transaction, rows.slice(start, start + INSERT_PAGE));
      }
    });
  }

  /**
   * Messages that are planned for these learners in windows that begin after a moment: whoever plans follows, so those of
   * windows that are over count as sent until something is told of them. Without those that a plan for `subject` would
   * take the place of.
   */
  async planned(
    learnerIds: readonly string[],
    subject: PlanSubject,
    { since, now }: { readonly since: Date; readonly now: Date },
  ): Promise<PlannedDelivery[]> {
    // What was sent or opened is in the log of messages, which leaves aside what was only muted. The purpose is asked
    // for last, since it takes unpacking the suggestion.
    return (await this.#dataSource.query(
      `SELECT s.learner_id AS "learnerId", s.planned_at AS "plannedAt", told.at AS "mutedAt"
       FROM delivery_suggestion s
       CROSS JOIN LATERAL (
         SELECT min(e.at) AS at, coalesce(bool_or(e.outcome <> 'MUTED'), false) AS "isSent"
         FROM delivery_event e WHERE e.suggestion_id = s.id) told
       WHERE s.learner_id = ANY($1::text[]) AND s.planned_at > $2 AND NOT told."isSent"
         AND (s.planned_at <= $3 OR s.course_id <> $4 OR s.suggestion ->> 'purpose' <> $5)`,
      [learnerIds, since, openSince(now), subject.courseId, subject.purpose],
    )) as PlannedDelivery[];
  }

  /**
   * When messages are planned, for anybody, in windows that begin within a stretch of time and of which nothing was told.
   * Without those that plans for `subject` and these learners would take the place of.
   */
  async plannedBetween(
    { startMs, endMs }: Span,
    { learnerIds, subject }: Pick<ReplacedPlans, 'learnerIds' | 'subject'>,
  ): Promise<Omit<PlannedDelivery, 'mutedAt'>[]> {
    return (await this.#dataSource.query(
      `SELECT s.learner_id AS "learnerId", s.planned_at AS "plannedAt" FROM delivery_suggestion s
       WHERE s.planned_at > $1 AND s.planned_at < $2
         AND NOT EXISTS (SELECT FROM delivery_event e WHERE e.suggestion_id = s.id)
         AND NOT (s.learner_id = ANY($3::text[]) AND s.course_id = $4 AND s.suggestion ->> 'purpose' = $5)`,
      [new Date(startMs), new Date(endMs), learnerIds, subject.courseId, subject.purpose],
    )) as Omit<PlannedDelivery, 'mutedAt'>[];
  }
}

/** Windows that began by then are over. */
const openSince = (now: Date): Date => new Date(now.getTime() - HOUR_MS);

async function endPlans(transaction: Queryable, { learnerIds, subject, now }: ReplacedPlans): Promise<void> {
  await transaction.query(
    `UPDATE delivery_suggestion s SET planned_at = NULL, planned_channel = NULL
     WHERE s.learner_id = ANY($1::text[]) AND s.planned_at > $2 AND s.course_id = $3 AND s.suggestion ->> 'purpose' = $4`,
    [learnerIds, openSince(now), subject.courseId, subject.purpose],
  );
}

async function insertPage(transaction: Queryable, rows: readonly DeliverySuggestionRow[]): Promise<void> {
  await transaction.query(
    `INSERT INTO delivery_suggestion (id, learner_id, course_id, created_at, expires_at, suggestion, planned_at,
       planned_channel)
     SELECT new.id, new.learner_id, new.course_id, new.created_at, new.expires_at, new.suggestion, new.planned_at,
       new.planned_channel
     FROM jsonb_to_recordset($1::jsonb) AS new (id text, learner_id text, course_id text, created_at timestamptz,
       expires_at timestamptz, suggestion jsonb, planned_at timestamptz, planned_channel text)`,
    [
      JSON.stringify(
        rows.map((row) => ({
          id: row.id,
          learner_id: row.learnerId,
          course_id: row.courseId,
          created_at: row.createdAt,
          expires_at: row.expiresAt,
          suggestion: row.suggestion,
          planned_at: row.plannedAt,
          planned_channel: row.plannedChannel,
        })),
      ),
    ],
  );
}
