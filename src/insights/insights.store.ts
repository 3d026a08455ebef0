import { Column, type DataSource, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { isProcessed } from '../learners/processed.js';
import type { AudienceKind } from '../learners/trends.js';
import type { Queryable } from '../platform/database/database.js';
import { holdRevision, revisionOf } from '../platform/database/revisions.js';
import type { ServedCourses } from './cells/funnel.js';
import type { Section } from './cells/insightCell.js';
import type { InsightEvent } from './cells/insightEvent.js';
import type { TalliedGroup } from './told/monthTally.js';
import type { ToldCell } from './told/toldCells.js';

@Entity({ name: 'insight_month' })
class InsightMonthRow {
  @PrimaryColumn({ type: 'date', primaryKeyConstraintName: 'insight_month_pk' })
  month!: string;

  @Column({ name: 'read_seq', type: 'bigint' })
  readSeq!: string;

  @Column({ name: 'told_at', type: 'timestamptz', nullable: true })
  toldAt!: Date | null;

  @Column({ name: 'waiting_learner_ids', type: 'text', array: true })
  waitingLearnerIds!: string[];
}

@Entity({ name: 'insight_cell' })
@Index('insight_cell_month_ix', ['month'])
class InsightCellRow {
  @PrimaryColumn({ name: 'group_kind', type: 'text', primaryKeyConstraintName: 'insight_cell_pk' })
  groupKind!: AudienceKind;

  @PrimaryColumn({ name: 'group_value', type: 'text', primaryKeyConstraintName: 'insight_cell_pk' })
  groupValue!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'insight_cell_pk' })
  section!: Section;

  @PrimaryColumn({ type: 'date', primaryKeyConstraintName: 'insight_cell_pk' })
  @ForeignKey('InsightMonthRow', { name: 'insight_cell_month_fk', onDelete: 'CASCADE' })
  month!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'insight_cell_pk' })
  key!: string;

  @Column({ type: 'integer' })
  people!: number;

  @Column({ type: 'integer' })
  events!: number;
}

/** Table classes of this feature, for the data source. */
export const INSIGHT_TABLES = [InsightMonthRow, InsightCellRow];

/** A month that the log has something of. */
export interface KnownMonth {
  readonly month: string;
  /** Null: not told yet. */
  readonly toldAt: Date | null;
  /** People whose events came after it was told, at most `FEWEST_PEOPLE`. */
  readonly waiting: number;
}

/** Somebody and the groups they are in now. */
export interface InsightPerson {
  readonly id: string;
  readonly timezone: string | null;
  readonly department: string | null;
  readonly location: string | null;
  readonly roleId: string | null;
}

/** What some people did in a stretch of time, by person. */
export interface PeoplesActivity {
  readonly events: ReadonlyMap<string, readonly InsightEvent[]>;
  readonly finishedBefore: ReadonlyMap<string, ReadonlySet<string>>;
  readonly served: ReadonlyMap<string, readonly ServedCourses[]>;
}

/** What is told under one key, over some months. */
export interface CellFigures {
  readonly key: string;
  /** Of the month that had most. */
  readonly people: number;
  /** Of all months. */
  readonly events: number;
}

const CELLS_PER_INSERT = 5_000;

export class InsightsStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** The last row of the log that came before a moment, and how far the log was looked through; both 0 at first. */
  async logEnds(receivedBefore: Date): Promise<{ readonly settledSeq: number; readonly readSeq: number }> {
    const [ends] = (await this.#dataSource.query(
      `SELECT COALESCE((SELECT i.seq FROM interaction i WHERE i.received_at <= $1 ORDER BY i.seq DESC LIMIT 1), 0)
           ::double precision AS "settledSeq",
         COALESCE((SELECT max(m.read_seq) FROM insight_month m), 0)::double precision AS "readSeq"`,
      [receivedBefore],
    )) as { settledSeq: number; readSeq: number }[];
    return ends ?? { settledSeq: 0, readSeq: 0 };
  }

  /**
   * Takes down the months that a stretch of the log has events of, and who of them waits. Near the ends of a month both
   * are taken: it is the learner's clock that counts.
   *
   * @param fewest waiting people beyond which it does not matter who they are
   */
  async markMonths(afterSeq: number, uptoSeq: number, fewest: number): Promise<void> {
    await this.#dataSource.transaction(async (transaction) => {
      // An erasure that is under way looks for whoever waits after this, and not before.
      await holdRevision(transaction, 'erasures');
      await markMonths(transaction, afterSeq, uptoSeq, fewest);
    });
  }

  /** In order of time. */
  async months(): Promise<KnownMonth[]> {
    return (await this.#dataSource.query(
      `SELECT m.month::text AS month, m.told_at AS "toldAt", cardinality(m.waiting_learner_ids) AS waiting
       FROM insight_month m ORDER BY m.month`,
    )) as KnownMonth[];
  }

  /** In the order of their ids. */
  async peoplePage(after: string, limit: number): Promise<InsightPerson[]> {
    return (await this.#dataSource.query(
      `SELECT l.id, l.timezone, l.department, l.location, l.role_id AS "roleId" FROM learner l
       WHERE l.id > $1 AND NOT l.personalisation_opt_out AND l.restricted_at IS NULL ORDER BY l.id LIMIT $2`,
      [after, limit],
    )) as InsightPerson[];
  }

  /** What people did in [fromMs, untilMs), each in order of time, and what came before that matters to it. */
  async activityOf(learnerIds: readonly string[], fromMs: number, untilMs: number): Promise<PeoplesActivity> {
    const span = [learnerIds, new Date(fromMs), new Date(untilMs)];
    const events = (await this.#dataSource.query(
      `SELECT i.learner_id AS "learnerId", i.verb, i.course_id AS "courseId", i.device, i.channel,
         i.duration_seconds AS "durationSeconds", i.progress, i.query, i.result_count AS "resultCount", i.page,
         (extract(epoch FROM i.at) * 1000)::double precision AS "atMs"
       FROM interaction i WHERE i.learner_id = ANY($1::text[]) AND i.at >= $2 AND i.at < $3
       ORDER BY i.at, i.seq`,
      span,
    )) as (InsightEvent & { learnerId: string })[];
    const active = [...new Set(events.map(({ learnerId }) => learnerId))];
    const [finished, served] = await Promise.all([
      this.#dataSource.query(
        `SELECT c.learner_id AS "learnerId", c.course_id AS "courseId" FROM learner_course c
         WHERE c.learner_id = ANY($1::text[]) AND c.last_at >= $2
           AND LEAST(c.completed_at, c.passed_at, c.waived_at) < $2`,
        [active, new Date(fromMs)],
      ) as Promise<{ learnerId: string; courseId: string }[]>,
      this.#dataSource.query(
        `SELECT s.learner_id AS "learnerId", s.course_ids AS "courseIds",
           (extract(epoch FROM s.created_at) * 1000)::double precision AS "atMs"
         FROM served_list s WHERE s.learner_id = ANY($1::text[]) AND s.created_at >= $2 AND s.created_at < $3`,
        span,
      ) as Promise<(ServedCourses & { learnerId: string })[]>,
    ]);
    const finishedBefore = new Map<string, Set<string>>();
    for (const { learnerId, courseId } of finished) listOf(finishedBefore, learnerId, () => new Set()).add(courseId);
    return { events: byLearner(events), finishedBefore, served: byLearner(served) };
  }

  /** How many erasures there were, for `replaceMonth`. */
  async erasures(): Promise<number> {
    return await revisionOf(this.#dataSource, 'erasures');
  }

  /**
   * Replaces all that is told of a month.
   *
   * @param erasures how many there were before anything was read that the cells are of
   * @returns false: somebody was erased since, whom a cell may name, and nothing was replaced
   */
  async replaceMonth(month: string, cells: readonly ToldCell[], toldAt: Date, erasures: number): Promise<boolean> {
    return await this.#dataSource.transaction(async (transaction) => {
      if ((await holdRevision(transaction, 'erasures')) !== erasures) return false;
      await transaction.query(`DELETE FROM insight_cell c WHERE c.month = $1::date`, [month]);
      for (let start = 0; start < cells.length; start += CELLS_PER_INSERT) {
        await insertCells(transaction, month, cells.slice(start, start + CELLS_PER_INSERT));
      }
      await transaction.query(
        `UPDATE insight_month SET told_at = $2, waiting_learner_ids = '{}' WHERE month = $1::date`,
        [month, toldAt],
      );
      return true;
    });
  }

  /** Keys of a section over some months, those that most people count for first; the total is left out. */
  async topCells(group: TalliedGroup, section: Section, months: MonthSpan, limit: number): Promise<CellFigures[]> {
    return (await this.#dataSource.query(
      `SELECT c.key, max(c.people)::integer AS people, sum(c.events)::double precision AS events
       FROM insight_cell c
       WHERE c.group_kind = $1 AND c.group_value = $2 AND c.section = $3 AND c.month >= $4::date AND c.month < $5::date
         AND c.key <> ''
       GROUP BY c.key ORDER BY sum(c.people) DESC, events DESC, c.key COLLATE "C" LIMIT $6`,
      [group.kind, group.value, section, months.from, months.until, limit],
    )) as CellFigures[];
  }

  /** What some sections tell of some keys over some months. */
  async cells(
    group: TalliedGroup,
    sections: readonly Section[],
    months: MonthSpan,
    keys: readonly string[],
  ): Promise<(CellFigures & { readonly section: Section })[]> {
    return (await this.#dataSource.query(
      `SELECT c.section, c.key, max(c.people)::integer AS people, sum(c.events)::double precision AS events
       FROM insight_cell c
       WHERE c.group_kind = $1 AND c.group_value = $2 AND c.section = ANY($3::text[])
         AND c.month >= $4::date AND c.month < $5::date AND c.key = ANY($6::text[])
       GROUP BY c.section, c.key`,
      [group.kind, group.value, sections, months.from, months.until, keys],
    )) as (CellFigures & { section: Section })[];
  }

  /** How many different keys each of the sections tells of, the totals left out. */
  async countKeys(group: TalliedGroup, sections: readonly Section[], months: MonthSpan): Promise<Map<Section, number>> {
    const rows = (await this.#dataSource.query(
      `SELECT c.section, count(DISTINCT c.key)::integer AS n FROM insight_cell c
       WHERE c.group_kind = $1 AND c.group_value = $2 AND c.section = ANY($3::text[])
         AND c.month >= $4::date AND c.month < $5::date AND c.key <> ''
       GROUP BY c.section`,
      [group.kind, group.value, sections, months.from, months.until],
    )) as { section: Section; n: number }[];
    return new Map(rows.map(({ section, n }) => [section, n]));
  }
}

/** Whole months, half open, by their first days. */
export interface MonthSpan {
  readonly from: string;
  readonly until: string;
}

async function markMonths(transaction: Queryable, afterSeq: number, uptoSeq: number, fewest: number): Promise<void> {
  await transaction.query(
    `INSERT INTO insight_month (month, read_seq, waiting_learner_ids)
     SELECT touched.month, $2::bigint, (array_agg(DISTINCT touched.learner_id))[1:$3::integer]
     FROM (
       SELECT date_trunc('month', (i.at AT TIME ZONE 'UTC') + ahead.by)::date AS month, i.learner_id
       FROM interaction i
       CROSS JOIN (VALUES (interval '14 hours'), (interval '-12 hours')) AS ahead (by)
       WHERE i.seq > $1::bigint AND i.seq <= $2::bigint AND ${isProcessed('i.learner_id')}
       GROUP BY 1, 2) AS touched
     GROUP BY touched.month
     ON CONFLICT (month) DO UPDATE SET read_seq = excluded.read_seq,
       waiting_learner_ids = (SELECT (array_agg(DISTINCT late.id))[1:$3::integer]
         FROM unnest(insight_month.waiting_learner_ids || excluded.waiting_learner_ids) AS late (id))`,
    [afterSeq, uptoSeq, fewest],
  );
}

async function insertCells(transaction: Queryable, month: string, cells: readonly ToldCell[]): Promise<void> {
  await transaction.query(
    `INSERT INTO insight_cell (group_kind, group_value, section, month, key, people, events)
     SELECT new.kind, new.value, new.section, $1::date, new.key, new.people, new.events
     FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::integer[])
       AS new (kind, value, section, key, people, events)`,
    [
      month,
      cells.map((cell) => cell.kind),
      cells.map((cell) => cell.value),
      cells.map((cell) => cell.section),
      cells.map((cell) => cell.key),
      cells.map((cell) => cell.people),
      cells.map((cell) => cell.events),
    ],
  );
}

function byLearner<Row extends { readonly learnerId: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const lists = new Map<string, Row[]>();
  for (const row of rows) listOf(lists, row.learnerId, () => []).push(row);
  return lists;
}

function listOf<V>(map: Map<string, V>, key: string, create: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = create();
  map.set(key, value);
  return value;
}
