import { Check, Column, type DataSource, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { isUnrestricted } from '../../learners/processed.js';
import type { Queryable } from '../../platform/database/database.js';
import type { DaySpan } from '../../platform/days.js';
import type { Direction } from '../goal.js';
import type { Recorded } from '../records.js';
import {
  type Kpi,
  type KpiKind,
  type KpiObservation,
  PHILLIPS_LEVELS,
  type SubjectKind,
  type ValueSpan,
} from './kpi.js';
import type { GroupedLearners, GroupFigure, LearnerFigures } from './kpiSeries.js';

@Entity({ name: 'kpi' })
class KpiRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'kpi_pk' })
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  unit!: string;

  @Column({ type: 'text' })
  direction!: Direction;

  @Column({ type: 'text' })
  kind!: KpiKind;

  /** Of Phillips, 1–5. */
  @Column({ type: 'smallint' })
  level!: number;

  @Column({ name: 'expected_min', type: 'double precision', nullable: true })
  expectedMin!: number | null;

  @Column({ name: 'expected_max', type: 'double precision', nullable: true })
  expectedMax!: number | null;

  /** What figures of learners lie within, in round figures. */
  @Column({ name: 'observed_min', type: 'double precision', nullable: true })
  observedMin!: number | null;

  @Column({ name: 'observed_max', type: 'double precision', nullable: true })
  observedMax!: number | null;
}

@Entity({ name: 'kpi_observation' })
@Index('kpi_observation_kpi_ix', ['kpiId', 'untilDay'])
@Index('kpi_observation_learner_ix', ['learnerId'], { where: 'learner_id IS NOT NULL' })
@Check(
  'kpi_observation_subject_known',
  `subject_kind IN ('LEARNER', 'DEPARTMENT', 'ROLE', 'LOCATION', 'ORGANISATION')
   AND (subject_kind = 'LEARNER') = (learner_id IS NOT NULL)
   AND (subject_kind IN ('DEPARTMENT', 'ROLE', 'LOCATION')) = (subject IS NOT NULL)`,
)
class KpiObservationRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'kpi_observation_pk' })
  source!: string;

  @PrimaryColumn({ name: 'event_id', type: 'text', primaryKeyConstraintName: 'kpi_observation_pk' })
  eventId!: string;

  @Column({ name: 'kpi_id', type: 'text' })
  @ForeignKey(() => KpiRow, { name: 'kpi_observation_kpi_fk' })
  kpiId!: string;

  @Column({ name: 'subject_kind', type: 'text' })
  subjectKind!: SubjectKind;

  @Column({ type: 'text', nullable: true })
  subject!: string | null;

  @Column({ name: 'learner_id', type: 'text', nullable: true })
  @ForeignKey('LearnerRow', { name: 'kpi_observation_learner_fk', onDelete: 'CASCADE' })
  learnerId!: string | null;

  @Column({ name: 'from_day', type: 'date' })
  fromDay!: string;

  @Column({ name: 'until_day', type: 'date' })
  untilDay!: string;

  @Column({ type: 'double precision' })
  value!: number;

  @Column({ name: 'received_at', type: 'timestamptz' })
  receivedAt!: Date;
}

/** Table classes of KPIs, for the data source. */
export const KPI_TABLES = [KpiRow, KpiObservationRow];

const OBSERVATION = `o.source, o.event_id AS "eventId", o.kpi_id AS "kpiId", o.subject_kind AS "subjectKind", o.subject,
  o.learner_id AS "learnerId", o.from_day::text AS "fromDay", o.until_day::text AS "untilDay", o.value`;

export class KpisStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** In the order of their ids. */
  async all(): Promise<Kpi[]> {
    const rows = await this.#dataSource.getRepository(KpiRow).find({ order: { id: 'ASC' } });
    return rows.map(kpiOfRow);
  }

  async byIds(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, Kpi>> {
    const rows = (await db.query(
      `SELECT k.id, k.name, k.unit, k.direction, k.kind, k.level, k.expected_min AS "expectedMin",
         k.expected_max AS "expectedMax", k.observed_min AS "observedMin", k.observed_max AS "observedMax" FROM kpi k WHERE k.id = ANY($1::text[])`,
      [ids],
    )) as KpiRow[];
    return new Map(rows.map((row) => [row.id, kpiOfRow(row)]));
  }

  async save(transaction: Queryable, kpis: readonly Omit<Kpi, 'observed'>[]): Promise<void> {
    await transaction.query(
      `INSERT INTO kpi (id, name, unit, direction, kind, level, expected_min, expected_max)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::smallint[],
         $7::double precision[], $8::double precision[]) AS new (id) ORDER BY new.id
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, unit = excluded.unit, direction = excluded.direction,
         kind = excluded.kind, level = excluded.level, expected_min = excluded.expected_min,
         expected_max = excluded.expected_max`,
      [
        kpis.map(({ id }) => id),
        kpis.map(({ name }) => name),
        kpis.map(({ unit }) => unit),
        kpis.map(({ direction }) => direction),
        kpis.map(({ kind }) => kind),
        kpis.map(({ level }) => PHILLIPS_LEVELS.indexOf(level) + 1),
        kpis.map(({ expectedMin }) => expectedMin),
        kpis.map(({ expectedMax }) => expectedMax),
      ],
    );
  }

  /** Keeps within what figures of learners lie; it only ever gets wider. */
  async widen(transaction: Queryable, spans: ReadonlyMap<string, ValueSpan>): Promise<void> {
    await transaction.query(
      `WITH known AS MATERIALIZED (
         SELECT k.id, new.low, new.high
         FROM kpi k JOIN unnest($1::text[], $2::double precision[], $3::double precision[]) AS new (id, low, high)
           ON new.id = k.id
         WHERE k.observed_min IS NULL OR k.observed_min > new.low OR k.observed_max < new.high
         ORDER BY k.id FOR UPDATE OF k)
       UPDATE kpi SET observed_min = least(kpi.observed_min, known.low),
         observed_max = greatest(kpi.observed_max, known.high)
       FROM known WHERE known.id = kpi.id`,
      [[...spans.keys()], [...spans.values()].map(({ min }) => min), [...spans.values()].map(({ max }) => max)],
    );
  }

  /** Appends what is new, and answers which that was; in the order of the keys, so that two senders cannot deadlock. */
  async append(transaction: Queryable, rows: readonly KpiObservation[], receivedAt: Date): Promise<Recorded[]> {
    return (await transaction.query(
      `INSERT INTO kpi_observation (source, event_id, kpi_id, subject_kind, subject, learner_id, from_day, until_day,
         value, received_at)
       SELECT new.*, $10::timestamptz FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
         $6::text[], $7::date[], $8::date[], $9::double precision[]) AS new (source, event_id)
       ORDER BY new.source, new.event_id
       ON CONFLICT (source, event_id) DO NOTHING
       RETURNING source, event_id AS "eventId"`,
      [
        rows.map((o) => o.source),
        rows.map((o) => o.eventId),
        rows.map((o) => o.kpiId),
        rows.map((o) => o.subjectKind),
        rows.map((o) => o.subject),
        rows.map((o) => o.learnerId),
        rows.map((o) => o.fromDay),
        rows.map((o) => o.untilDay),
        rows.map((o) => o.value),
        receivedAt,
      ],
    )) as Recorded[];
  }

  async byKeys(transaction: Queryable, keys: readonly Recorded[]): Promise<KpiObservation[]> {
    return (await transaction.query(
      `SELECT ${OBSERVATION} FROM kpi_observation o
       JOIN unnest($1::text[], $2::text[]) AS key (source, event_id)
         ON key.source = o.source AND key.event_id = o.event_id`,
      [keys.map(({ source }) => source), keys.map(({ eventId }) => eventId)],
    )) as KpiObservation[];
  }

  /** Figures of learners by period, earliest first, and by the groups that they are in now; each counts once in a period. */
  async learnerFigures(kpiId: string, { fromDay, untilDay }: DaySpan): Promise<LearnerFigures[]> {
    return (await this.#dataSource.query(
      `SELECT one.from_day::text AS "fromDay", one.until_day::text AS "untilDay", learner.department,
         learner.role_id AS "roleId", learner.location, sum(one.value) AS sum, count(*)::integer AS people
       FROM (SELECT o.from_day, o.until_day, o.learner_id, avg(o.value) AS value FROM kpi_observation o
         WHERE o.kpi_id = $1 AND o.learner_id IS NOT NULL AND o.until_day > $2::date AND o.from_day < $3::date
           AND ${isUnrestricted('o.learner_id')}
         GROUP BY o.from_day, o.until_day, o.learner_id) one
       JOIN learner ON learner.id = one.learner_id
       GROUP BY one.from_day, one.until_day, learner.department, learner.role_id, learner.location
       ORDER BY one.from_day, one.until_day`,
      [kpiId, fromDay, untilDay],
    )) as LearnerFigures[];
  }

  /** What was told of groups as a whole, by period, earliest first. */
  async groupFigures(kpiId: string, { fromDay, untilDay }: DaySpan): Promise<GroupFigure[]> {
    return (await this.#dataSource.query(
      `SELECT o.from_day::text AS "fromDay", o.until_day::text AS "untilDay", o.subject_kind AS kind, o.subject AS "group",
         avg(o.value) AS value
       FROM kpi_observation o
       WHERE o.kpi_id = $1 AND o.learner_id IS NULL AND o.until_day > $2::date AND o.from_day < $3::date
       GROUP BY o.from_day, o.until_day, o.subject_kind, o.subject ORDER BY o.from_day, o.until_day`,
      [kpiId, fromDay, untilDay],
    )) as GroupFigure[];
  }

  /** How many active people there are by the groups that they are in. */
  async activePeople(): Promise<GroupedLearners[]> {
    return (await this.#dataSource.query(
      `SELECT learner.department, learner.role_id AS "roleId", learner.location, count(*)::integer AS people
       FROM learner WHERE learner.active GROUP BY learner.department, learner.role_id, learner.location`,
    )) as GroupedLearners[];
  }

  /** Of these learners by the last day of each period: the sum over people of what each came to, and how many they are. */
  async sumsOf(
    kpiId: string,
    learnerIds: readonly string[],
    since: Date,
  ): Promise<{ untilDay: string; sum: number; people: number }[]> {
    return (await this.#dataSource.query(
      `SELECT one.until_day::text AS "untilDay", sum(one.value) AS sum, count(*)::integer AS people
       FROM (SELECT o.until_day, o.learner_id, avg(o.value) AS value FROM kpi_observation o
         WHERE o.kpi_id = $1 AND o.learner_id = ANY($2::text[]) AND o.until_day > $3::date
         GROUP BY o.until_day, o.learner_id) one
       GROUP BY one.until_day ORDER BY one.until_day`,
      [kpiId, learnerIds, since],
    )) as { untilDay: string; sum: number; people: number }[];
  }
}

function kpiOfRow({ level, observedMin: min, observedMax: max, ...row }: KpiRow): Kpi {
  const observed = min === null || max === null ? null : { min, max };
  return { ...row, level: PHILLIPS_LEVELS[level - 1] ?? 'IMPACT', observed };
}
