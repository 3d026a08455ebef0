import { Column, type DataSource, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Strategy } from './scoring.js';
import { revivedList, type ServedShelf, type ShownPage, type StoredList } from './servedList.js';
import type { Surface } from './surface.js';

@Entity({ name: 'served_list' })
@Index('served_list_learner_ix', ['learnerId', 'createdAt'])
class ServedListRow implements StoredList {
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

  @Column({ name: 'policy_version', type: 'integer', nullable: true })
  policyVersion!: number | null;

  @Column({ name: 'signal_weights_version', type: 'integer', nullable: true })
  signalWeightsVersion!: number | null;

  @Column({ name: 'rule_set_version', type: 'integer', nullable: true })
  ruleSetVersion!: number | null;

  @Column({ type: 'text', nullable: true })
  variant!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'course_ids', type: 'text', array: true })
  courseIds!: readonly string[];

  @Column({ type: 'real', array: true })
  scores!: readonly number[];

  @Column({ type: 'text', array: true, default: [] })
  sources!: readonly string[];

  @Column({ type: 'real', array: true, default: [] })
  propensities!: readonly number[];

  @Column({ type: 'jsonb', default: [] })
  pages!: readonly ShownPage[];

  @Column({ type: 'jsonb', nullable: true })
  shelves!: readonly ServedShelf[] | null;
}

/** Table classes of this feature, for the data source. */
export const RECOMMENDATION_TABLES = [ServedListRow];

export class RecommendationsStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** One statement for any number of lists. Lists go as array literals, which cost a fifth less than JSON to take apart. */
  async insert(lists: readonly StoredList[]): Promise<void> {
    await this.#dataSource.query(
      `INSERT INTO served_list (id, learner_id, surface, strategy, model_version, policy_version,
         signal_weights_version, rule_set_version, variant, created_at, pages, shelves, course_ids, scores, sources,
         propensities)
       SELECT new.id, new.learner_id, new.surface, new.strategy, new.model_version, new.policy_version,
         new.signal_weights_version, new.rule_set_version, new.variant, new.created_at, new.pages, new.shelves,
         new.course_ids::text[], new.scores::real[], new.sources::text[], new.propensities::real[]
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::integer[],
         $8::integer[], $9::text[], $10::timestamptz[], $11::jsonb[], $12::jsonb[], $13::text[], $14::text[],
         $15::text[], $16::text[]) AS new (id, learner_id, surface, strategy, model_version, policy_version,
         signal_weights_version, rule_set_version, variant, created_at, pages, shelves, course_ids, scores, sources,
         propensities)`,
      [
        lists.map((l) => l.id),
        lists.map((l) => l.learnerId),
        lists.map((l) => l.surface),
        lists.map((l) => l.strategy),
        lists.map((l) => l.modelVersion),
        lists.map((l) => l.policyVersion),
        lists.map((l) => l.signalWeightsVersion),
        lists.map((l) => l.ruleSetVersion),
        lists.map((l) => l.variant),
        lists.map((l) => l.createdAt),
        lists.map((l) => JSON.stringify(l.pages)),
        lists.map((l) => l.shelves && JSON.stringify(l.shelves)),
        lists.map((l) => textArray(l.courseIds)),
        lists.map((l) => numberArray(l.scores)),
        lists.map((l) => textArray(l.sources)),
        lists.map((l) => numberArray(l.propensities)),
      ],
    );
  }

  async byId(id: string): Promise<StoredList | null> {
    const row = await this.#dataSource.getRepository(ServedListRow).findOneBy({ id });
    return row === null ? null : revivedList(row);
  }

  async appendPage(id: string, page: ShownPage): Promise<void> {
    await this.#dataSource.query('UPDATE served_list SET pages = served_list.pages || $2::jsonb WHERE id = $1', [
      id,
      JSON.stringify([page]),
    ]);
  }
}

/** A PostgreSQL array literal. Everything is quoted: an id may be `NULL`, and hold braces, commas and backslashes. */
function textArray(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

function numberArray(values: readonly number[]): string {
  return `{${values.join(',')}}`;
}
