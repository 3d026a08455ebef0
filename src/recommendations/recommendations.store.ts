import { Column, type DataSource, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Strategy } from './scoring.js';
import type { Surface } from './surface.js';

@Entity({ name: 'served_list' })
@Index('served_list_learner_ix', ['learnerId', 'createdAt'])
export class ServedListRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'served_list_pk' })
  id!: string;

  @Column({ name: 'learner_id', type: 'text' })
  learnerId!: string;

  @Column({ type: 'text' })
  surface!: Surface;

  @Column({ type: 'text' })
  strategy!: Strategy;

  @Column({ name: 'model_version', type: 'text', nullable: true })
  modelVersion!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'course_ids', type: 'text', array: true })
  courseIds!: readonly string[];

  @Column({ type: 'real', array: true })
  scores!: readonly number[];
}

/** Table classes of this feature, for the data source. */
export const RECOMMENDATION_TABLES = [ServedListRow];

export class RecommendationsStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** One statement for any number of lists. */
  async insert(lists: readonly ServedListRow[]): Promise<void> {
    await this.#dataSource.query(
      `INSERT INTO served_list (id, learner_id, surface, strategy, model_version, created_at, course_ids, scores)
       SELECT new.id, new.learner_id, new.surface, new.strategy, new.model_version, new.created_at,
         ARRAY(SELECT jsonb_array_elements_text(new.course_ids)),
         ARRAY(SELECT value::real FROM jsonb_array_elements_text(new.scores))
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::jsonb[],
         $8::jsonb[]) AS new (id, learner_id, surface, strategy, model_version, created_at, course_ids, scores)`,
      [
        lists.map((l) => l.id),
        lists.map((l) => l.learnerId),
        lists.map((l) => l.surface),
        lists.map((l) => l.strategy),
        lists.map((l) => l.modelVersion),
        lists.map((l) => l.createdAt),
        lists.map((l) => JSON.stringify(l.courseIds)),
        lists.map((l) => JSON.stringify(l.scores)),
      ],
    );
  }

  async byId(id: string): Promise<ServedListRow | null> {
    return await this.#dataSource.getRepository(ServedListRow).findOneBy({ id });
  }
}
