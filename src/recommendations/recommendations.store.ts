import { Column, type DataSource, Entity, Index, PrimaryColumn } from 'typeorm';
import { type Exposure, exposureSql, exposureValues } from '../experiments/exposure.js';
import { numberArray, textArray } from '../platform/arrayLiterals.js';
import { type PreparedStatement, prepareStatement } from '../platform/database.js';
import type { Surface } from '../rules/model/surface.js';
import type { Strategy } from './pipeline/scoring.js';
import {
  revivedList,
  type ServedShelf,
  type ShownPage,
  type StoredList,
  type StoredRule,
} from './pipeline/servedList.js';

@Entity({ name: 'served_list' })
@Index('served_list_learner_ix', ['learnerId', 'createdAt'])
@Index('served_list_created_ix', ['createdAt'])
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

  @Column({ type: 'text', nullable: true })
  teams!: string | null;

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

  @Column({ name: 'applied_rules', type: 'jsonb', default: [] })
  appliedRules!: readonly StoredRule[];
}

/** Table classes of this feature, for the data source. */
export const RECOMMENDATION_TABLES = [ServedListRow];

const COLUMNS = `id, learner_id, surface, strategy, model_version, policy_version, signal_weights_version,
  rule_set_version, variant, teams, created_at, pages, shelves, course_ids, scores, sources, propensities,
  applied_rules`;
const COLUMN_COUNT = COLUMNS.split(',').length;

/** Writes so many lists at once. */
function insertOf(count: number): string {
  const rows = Array.from({ length: count }, (_, row) => {
    const places = Array.from({ length: COLUMN_COUNT }, (_, column) => `$${row * COLUMN_COUNT + column + 1}`);
    return `(${places.join(', ')})`;
  });
  return `INSERT INTO served_list (${COLUMNS}) VALUES ${rows.join(', ')}`;
}

/** The same in one statement with the exposures that come with them: neither is ever there without the other. */
function exposedInsertOf(count: number): string {
  return `WITH exposed AS (${exposureSql(count * COLUMN_COUNT + 1)}) ${insertOf(count)}`;
}

export class RecommendationsStore {
  readonly #dataSource: DataSource;
  readonly #insertOne: PreparedStatement<never>;
  readonly #insertOneExposed: PreparedStatement<never>;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
    this.#insertOne = prepareStatement(dataSource, insertOf(1));
    this.#insertOneExposed = prepareStatement(dataSource, exposedInsertOf(1));
  }

  /** All of them or none, with what experiments they expose people to. */
  async insert(lists: readonly StoredList[], exposures: readonly Exposure[]): Promise<void> {
    if (lists.length === 0) return;
    const isExposing = exposures.length > 0;
    const values = [...lists.flatMap(valuesOf), ...(isExposing ? exposureValues(exposures) : [])];
    if (lists.length === 1) await (isExposing ? this.#insertOneExposed : this.#insertOne)(values);
    else await this.#dataSource.query((isExposing ? exposedInsertOf : insertOf)(lists.length), values);
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

/** In the order of the columns. Places go as array literals: no JSON is taken apart element by element. */
function valuesOf(list: StoredList): unknown[] {
  return [
    list.id,
    list.learnerId,
    list.surface,
    list.strategy,
    list.modelVersion,
    list.policyVersion,
    list.signalWeightsVersion,
    list.ruleSetVersion,
    list.variant,
    list.teams,
    list.createdAt,
    JSON.stringify(list.pages),
    list.shelves && JSON.stringify(list.shelves),
    textArray(list.courseIds),
    numberArray(list.scores),
    textArray(list.sources),
    numberArray(list.propensities),
    JSON.stringify(list.appliedRules),
  ];
}
