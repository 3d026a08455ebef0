import { Column, type DataSource, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Channel } from '../learners/profileEvent.js';
import type { Queryable } from '../platform/database.js';
import { HOUR_MS } from '../platform/zonedTime.js';

@Entity({ name: 'delivery_suggestion' })
@Index('delivery_suggestion_learner_ix', ['learnerId', 'createdAt'])
@Index('delivery_suggestion_planned_ix', ['learnerId', 'plannedAt'], { where: 'planned_at IS NOT NULL' })
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

  /** When its best window begins, of a suggestion that is to be followed; null: of others. */
  @Column({ name: 'planned_at', type: 'timestamptz', nullable: true })
  plannedAt!: Date | null;

  @Column({ name: 'planned_channel', type: 'text', nullable: true })
  plannedChannel!: Channel | null;
}

/** Table classes of this feature, for the data source. */
export const DELIVERY_TABLES = [DeliverySuggestionRow];

/** A message that is to be sent. */
export interface PlannedDelivery {
  readonly learnerId: string;
  readonly plannedAt: Date;
  /** Null: on none that is known. */
  readonly channel: Channel | null;
}

/** Small enough that writing it out never holds up a request noticeably. */
const INSERT_PAGE = 200;

export class DeliveryStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  async insert(rows: readonly DeliverySuggestionRow[]): Promise<void> {
    await this.#dataSource.transaction(async (transaction) => {
      for (let start = 0; start < rows.length; start += INSERT_PAGE) {
        await insertPage(transaction, rows.slice(start, start + INSERT_PAGE));
      }
    });
  }

  /**
   * Messages that are planned for these learners, about other courses than one: those of suggestions to be followed whose
   * window is not over, the newest of each course, as far as nobody has told that they were sent.
   */
  async planned(learnerIds: readonly string[], exceptCourseId: string, now: Date): Promise<PlannedDelivery[]> {
    return (await this.#dataSource.query(
      `SELECT DISTINCT ON (s.learner_id, s.course_id) s.learner_id AS "learnerId", s.planned_at AS "plannedAt",
         s.planned_channel AS channel
       FROM delivery_suggestion s
       WHERE s.learner_id = ANY($1::text[]) AND s.planned_at > $3 AND s.course_id <> $2
         AND NOT EXISTS (SELECT FROM delivery_event e WHERE e.suggestion_id = s.id AND e.outcome = 'SENT')
       ORDER BY s.learner_id, s.course_id, s.created_at DESC, s.id`,
      [learnerIds, exceptCourseId, new Date(now.getTime() - HOUR_MS)],
    )) as PlannedDelivery[];
  }
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
