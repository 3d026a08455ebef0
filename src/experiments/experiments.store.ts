import { Check, Column, type DataSource, Entity, type EntityManager, ForeignKey, PrimaryColumn } from 'typeorm';
import { isUnrestricted } from '../learners/processed.js';
import {
  definitionSchema,
  type Experiment,
  type ExperimentDefinition,
  type ExperimentStatus,
  MOST_EXPOSURES,
  type Shipped,
} from './experiment.js';

@Entity({ name: 'experiment' })
@Check('experiment_status_known', `status IN ('DRAFT', 'RUNNING', 'STOPPED', 'SHIPPED', 'ROLLED_BACK')`)
class ExperimentRow implements Experiment {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'experiment_pk' })
  id!: string;

  @Column({ type: 'text' })
  status!: ExperimentStatus;

  @Column({ type: 'integer' })
  version!: number;

  @Column({ type: 'text' })
  salt!: string;

  @Column({ type: 'jsonb' })
  definition!: ExperimentDefinition;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'edited_by', type: 'text' })
  editedBy!: string;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  endedAt!: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  shipped!: Shipped | null;

  @Column({ type: 'text' })
  reason!: string;
}

/** That somebody was served what a variant makes. Written with what they were served; see `exposureSql`. */
@Entity({ name: 'experiment_exposure' })
class ExperimentExposureRow {
  @PrimaryColumn({ name: 'experiment_id', type: 'text', primaryKeyConstraintName: 'experiment_exposure_pk' })
  @ForeignKey('ExperimentRow', { name: 'experiment_exposure_experiment_fk' })
  experimentId!: string;

  @PrimaryColumn({ name: 'learner_id', type: 'text', primaryKeyConstraintName: 'experiment_exposure_pk' })
  learnerId!: string;

  /** `interleaved`: lists drawn from both variants. */
  @PrimaryColumn({ name: 'variant_id', type: 'text', primaryKeyConstraintName: 'experiment_exposure_pk' })
  variantId!: string;

  /** The learner, or their department at that time. */
  @Column({ name: 'unit_id', type: 'text' })
  unitId!: string;

  @Column({ name: 'first_exposed_at', type: 'timestamptz' })
  firstExposedAt!: Date;

  @Column({ name: 'last_exposed_at', type: 'timestamptz' })
  lastExposedAt!: Date;

  @Column({ name: 'exposure_count', type: 'integer' })
  exposureCount!: number;
}

/** Table classes of this feature, for the data source. */
export const EXPERIMENT_TABLES = [ExperimentRow, ExperimentExposureRow];

/** Who was exposed to a variant; people who met several count for the first of them. */
export interface VariantExposure {
  readonly variantId: string;
  readonly people: number;
  readonly units: number;
  /** Of them, those who met another variant as well. */
  readonly crossedOver: number;
  /** At most `MOST_EXPOSURES` of each. */
  readonly exposures: number;
  readonly firstExposedAt: Date;
  readonly lastExposedAt: Date;
}

export class ExperimentsStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  async byId(id: string): Promise<Experiment | null> {
    const row = await this.#dataSource.getRepository(ExperimentRow).findOneBy({ id });
    return row === null ? null : experimentOf(row);
  }

  /** Newest first, of any of the statuses. */
  async list(statuses: readonly ExperimentStatus[], limit: number): Promise<Experiment[]> {
    const rows = await this.#dataSource
      .getRepository(ExperimentRow)
      .createQueryBuilder('e')
      .where('e.status = ANY(:statuses)', { statuses })
      .orderBy({ 'e.createdAt': 'DESC', 'e.id': 'ASC' })
      .limit(limit)
      .getMany();
    return rows.map(experimentOf);
  }

  /** In the order of their ids. */
  async running(manager: EntityManager = this.#dataSource.manager): Promise<Experiment[]> {
    const rows = await manager
      .getRepository(ExperimentRow)
      .find({ where: { status: 'RUNNING' }, order: { id: 'ASC' } });
    return rows.map(experimentOf);
  }

  async lock(transaction: EntityManager, id: string): Promise<Experiment | null> {
    const row = await transaction
      .getRepository(ExperimentRow)
      .findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
    return row === null ? null : experimentOf(row);
  }

  async insert(transaction: EntityManager, experiment: Experiment): Promise<void> {
    await transaction.getRepository(ExperimentRow).insert(rowOf(experiment));
  }

  async save(transaction: EntityManager, { id, ...experiment }: Experiment): Promise<void> {
    await transaction.getRepository(ExperimentRow).update({ id }, rowOf({ id, ...experiment }));
  }

  async exposures(experimentId: string): Promise<VariantExposure[]> {
    return (await this.#dataSource.query(
      `SELECT met."variantId", count(*)::int AS people, count(DISTINCT met."unitId")::int AS units,
         (count(*) FILTER (WHERE met.variants > 1))::int AS "crossedOver", sum(least(met.exposures, ${MOST_EXPOSURES}))::int AS exposures,
         min(met."firstExposedAt") AS "firstExposedAt", max(met."lastExposedAt") AS "lastExposedAt"
       FROM (
         SELECT DISTINCT ON (x.learner_id) x.learner_id, x.variant_id AS "variantId", x.unit_id AS "unitId",
           x.first_exposed_at AS "firstExposedAt", x.last_exposed_at AS "lastExposedAt",
           x.exposure_count AS exposures, count(*) OVER (PARTITION BY x.learner_id) AS variants
         FROM experiment_exposure x WHERE x.experiment_id = $1 AND ${isUnrestricted('x.learner_id')}
         ORDER BY x.learner_id, x.first_exposed_at, x.variant_id) met
       GROUP BY met."variantId" ORDER BY met."variantId"`,
      [experimentId],
    )) as VariantExposure[];
  }
}

const experimentOf = (row: ExperimentRow): Experiment => ({
  ...row,
  definition: definitionSchema.parse(row.definition),
});

/** Columns of JSON are typed as what they hold, which TypeORM would take apart. */
const rowOf = (experiment: Experiment) => ({
  ...experiment,
  definition: experiment.definition as object,
  shipped: experiment.shipped as object | null,
});
