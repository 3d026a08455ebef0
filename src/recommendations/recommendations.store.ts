import { Column, type DataSource, Entity, Index, PrimaryColumn } from 'typeorm';
import { type Exposure, exposureSql, exposureValues } from '../experiments/exposure.js';
import { noneErased, notErased } from '../learners/erased.js';
import { realArray, textArray } from '../platform/database/binaryArrays.js';
import { type PreparedStatement, prepareByCount, prepareStatement } from '../platform/database/database.js';
import { BatchedCalls } from '../platform/turns/batchedCalls.js';
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

/** In the order of `valuesOf`, with their types. */
const COLUMN_TYPES = {
  ...{ id: 'text', learner_id: 'text', surface: 'text', strategy: 'text', model_version: 'text' },
  ...{ policy_version: 'integer', signal_weights_version: 'integer', rule_set_version: 'integer' },
  ...{ variant: 'text', teams: 'text', created_at: 'timestamptz', pages: 'jsonb', shelves: 'jsonb' },
  ...{ course_ids: 'text[]', scores: 'real[]', sources: 'text[]', propensities: 'real[]', applied_rules: 'jsonb' },
};
const TYPES = Object.values(COLUMN_TYPES);
const COLUMNS = Object.keys(COLUMN_TYPES).join(', ');

/** The values of a row for each list, by the parameters that follow `before` others. */
const rowsOf = (count: number, types: readonly string[], before: number): string =>
  Array.from({ length: count }, (_, row) => {
    const places = types.map((type, column) => `$${before + row * types.length + column + 1}::${type}`);
    return `(${places.join(', ')})`;
  }).join(', ');

/**
 * Writes down so many lists, but for those of people who were erased: for each the values and then the hash of `erasureHashes`.
 * Answers with the ids of those that were.
 */
function insertEachOf(count: number): string {
  return `INSERT INTO served_list (${COLUMNS})
    SELECT ${COLUMNS} FROM (VALUES ${rowsOf(count, [...TYPES, 'bytea'], 0)}) AS new (${COLUMNS}, learner_hash)
    WHERE ${notErased('new.learner_hash')}
    RETURNING served_list.id`;
}

/** Writes so many lists at once, or none: one of the people was erased. The first parameter is `erasureHashes` of them, of one the hash. */
function insertOf(count: number, exposing: (firstParameter: number) => string = () => ''): string {
  const condition = count === 1 ? notErased('$1') : noneErased('$1');
  return `WITH allowed AS MATERIALIZED (SELECT 1 WHERE ${condition})
    ${exposing(count * TYPES.length + 2)}
    INSERT INTO served_list (${COLUMNS})
    SELECT ${COLUMNS} FROM (VALUES ${rowsOf(count, TYPES, 1)}) AS new (${COLUMNS}) WHERE EXISTS (SELECT FROM allowed)
    RETURNING served_list.id`;
}

/** The same in one statement with the exposures that come with them: neither is ever there without the other. */
function exposedInsertOf(count: number): string {
  return insertOf(count, (first) => `, exposed AS (${exposureSql(first, 'EXISTS (SELECT FROM allowed)')})`);
}

interface OneList {
  readonly list: StoredList;
  /** Of whom it is for, as `erasureHashes`. */
  readonly hash: Buffer;
}

export class RecommendationsStore {
  readonly #dataSource: DataSource;
  readonly #insertEach: (count: number) => PreparedStatement<{ readonly id: string }>;
  readonly #batchedInserts: BatchedCalls<OneList, boolean>;
  readonly #insertOneExposed: PreparedStatement<unknown>;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
    this.#insertEach = prepareByCount(dataSource, insertEachOf);
    this.#batchedInserts = new BatchedCalls((lists) => this.#insertAll(lists));
    this.#insertOneExposed = prepareStatement(dataSource, exposedInsertOf(1));
  }

  /**
   * All of them or none, with what experiments they expose people to.
   *
   * @param erasureHashes of everybody whose list it is
   * @returns false: one of them was erased, and nothing was stored
   */
  async insert(
    lists: readonly StoredList[],
    exposures: readonly Exposure[],
    erasureHashes: readonly Buffer[],
  ): Promise<boolean> {
    if (lists.length === 0) return true;
    const isExposing = exposures.length > 0;
    const [[list], [hash]] = [lists, erasureHashes];
    if (lists.length === 1 && list !== undefined && hash !== undefined) {
      if (!isExposing) return await this.#batchedInserts.call({ list, hash });
      return (await this.#insertOneExposed([hash, ...valuesOf(list), ...exposureValues(exposures)])).length > 0;
    }
    const values = [erasureHashes, ...lists.flatMap(valuesOf), ...(isExposing ? exposureValues(exposures) : [])];
    const sql = isExposing ? exposedInsertOf(lists.length) : insertOf(lists.length);
    return (await this.#dataSource.query(sql, values)).length > 0;
  }

  /** Whether each of them was stored. */
  async #insertAll(lists: readonly OneList[]): Promise<boolean[]> {
    const values = lists.flatMap(({ list, hash }) => [...valuesOf(list), hash]);
    const stored = new Set((await this.#insertEach(lists.length)(values)).map(({ id }) => id));
    return lists.map(({ list }) => stored.has(list.id));
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

/** In the order of `COLUMN_TYPES`. Places go in binary: a list has a hundred of them. */
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
    realArray(list.scores),
    textArray(list.sources),
    realArray(list.propensities),
    JSON.stringify(list.appliedRules),
  ];
}
