import { Column, type DataSource, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity({ name: 'delivery_suggestion' })
@Index('delivery_suggestion_learner_ix', ['learnerId', 'createdAt'])
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
}

/** Table classes of this feature, for the data source. */
export const DELIVERY_TABLES = [DeliverySuggestionRow];

export class DeliveryStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  async insert(row: DeliverySuggestionRow): Promise<void> {
    await this.#dataSource.query(
      `INSERT INTO delivery_suggestion (id, learner_id, course_id, created_at, expires_at, suggestion)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [row.id, row.learnerId, row.courseId, row.createdAt, row.expiresAt, JSON.stringify(row.suggestion)],
    );
  }
}
