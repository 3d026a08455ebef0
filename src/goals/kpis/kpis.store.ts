import { Check, Column, type DataSource, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Queryable } from '../../platform/database.js';
import type { Direction } from '../goal.js';
import type { Recorded } from '../records.js';
import { type Kpi, type KpiKind, type KpiObservation, PHILLIPS_LEVELS, type SubjectKind } from './kpi.js';

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

/** What a KPI came to in one period, for one group. */
export interface KpiPeriod {
  readonly fromDay: string;
  readonly untilDay: string;
  /** Department, location or role id; null: everybody. */
  readonly group: string | null;
  /** Mean of the learners of the group; null: of none. */
  readonly mean: number | null;
  /** Learners with a value. */
  readonly people: number;
  /** As another system told it of the whole group; null: it did not. */
  readonly told: number | null;
}

/** How a series is split, with the column of `learner` that says which group somebody is of. */
const GROUP_COLUMNS = { DEPARTMENT: 'department', ROLE: 'role_id', LOCATION: 'location' } as const;

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
         k.expected_max AS "expectedMax" FROM kpi k WHERE k.id = ANY($1::text[])`,
      [ids],
    )) as KpiRow[];
    return new Map(rows.map((row) => [row.id, kpiOfRow(row)]));
  }

  async save(transaction: Queryable, kpis: readonly Kpi[]): Promise<void> {
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

  /** By period and group, earliest first: the mean of learners' figures, and what was told of the group as a whole. */
  async series(
    kpiId: string,
    groupBy: keyof typeof GROUP_COLUMNS | 'ORGANISATION',
    span: { readonly fromDay: string; readonly untilDay: string },
  ): Promise<KpiPeriod[]> {
    const group = groupBy === 'ORGANISATION' ? 'NULL::text' : `learner.${GROUP_COLUMNS[groupBy]}`;
    return (await this.#dataSource.query(
      `SELECT one.from_day::text AS "fromDay", one.until_day::text AS "untilDay", one.grp AS "group",
         avg(one.value) FILTER (WHERE one.learner_id IS NOT NULL) AS mean,
         count(DISTINCT one.learner_id)::integer AS people,
         avg(one.value) FILTER (WHERE one.learner_id IS NULL) AS told
       FROM (
         SELECT o.from_day, o.until_day, ${group} AS grp, o.learner_id, o.value
         FROM kpi_observation o JOIN learner ON learner.id = o.learner_id
         WHERE o.kpi_id = $1 AND o.until_day > $3::date AND o.from_day < $4::date
         UNION ALL
         SELECT o.from_day, o.until_day, o.subject, NULL, o.value
         FROM kpi_observation o
         WHERE o.kpi_id = $1 AND o.subject_kind = $2 AND o.until_day > $3::date AND o.from_day < $4::date) one
       WHERE $2 = 'ORGANISATION' OR one.grp IS NOT NULL
       GROUP BY one.from_day, one.until_day, one.grp
       ORDER BY one.from_day, one.until_day, one.grp COLLATE "C" NULLS FIRST`,
      [kpiId, groupBy, span.fromDay, span.untilDay],
    )) as KpiPeriod[];
  }

  /** How many active people there are in each group, by its name. */
  async groupSizes(groupBy: keyof typeof GROUP_COLUMNS): Promise<ReadonlyMap<string, number>> {
    const rows = (await this.#dataSource.query(
      `SELECT learner.${GROUP_COLUMNS[groupBy]} AS name, count(*)::integer AS people FROM learner
       WHERE learner.active GROUP BY 1`,
    )) as { name: string | null; people: number }[];
    return new Map(rows.flatMap(({ name, people }) => (name === null ? [] : [[name, people] as const])));
  }

  /** Of these learners by the last day of each period: sum, number and people of the figures that begin in the span. */
  async sumsOf(
    kpiId: string,
    learnerIds: readonly string[],
    since: Date,
  ): Promise<{ untilDay: string; sum: number; count: number; people: number }[]> {
    return (await this.#dataSource.query(
      `SELECT o.until_day::text AS "untilDay", sum(o.value) AS sum, count(*)::integer AS count,
         count(DISTINCT o.learner_id)::integer AS people
       FROM kpi_observation o
       WHERE o.kpi_id = $1 AND o.learner_id = ANY($2::text[]) AND o.until_day > $3::date
       GROUP BY o.until_day ORDER BY o.until_day`,
      [kpiId, learnerIds, since],
    )) as { untilDay: string; sum: number; count: number; people: number }[];
  }

  /** What was told of a group as a whole, by the last day of each period. */
  async toldOf(
    kpiId: string,
    subjectKind: SubjectKind,
    subject: string | null,
    since: Date,
  ): Promise<{ untilDay: string; value: number }[]> {
    return (await this.#dataSource.query(
      `SELECT o.until_day::text AS "untilDay", avg(o.value) AS value FROM kpi_observation o
       WHERE o.kpi_id = $1 AND o.subject_kind = $2 AND o.subject IS NOT DISTINCT FROM $3::text
         AND o.until_day > $4::date
       GROUP BY o.until_day ORDER BY o.until_day`,
      [kpiId, subjectKind, subject, since],
    )) as { untilDay: string; value: number }[];
  }
}

function kpiOfRow({ level, ...row }: KpiRow): Kpi {
  return { ...row, level: PHILLIPS_LEVELS[level - 1] ?? 'IMPACT' };
}
