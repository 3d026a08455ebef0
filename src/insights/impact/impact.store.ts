import type { DataSource } from 'typeorm';
import { isUnrestricted } from '../../learners/processed.js';
import type { Surface } from '../../rules/model/surface.js';
import type { OutcomeCounts } from './outcomes.js';

/** Somebody who was first met by something at a moment. */
export interface Met {
  readonly learnerId: string;
  /** What they were drawn with: themself, or their team. */
  readonly unitId: string;
  /** What they had. */
  readonly arm: string;
  readonly at: Date;
}

/** Whose doings count, and from when to when. */
export interface WatchedSpan {
  readonly learnerId: string;
  readonly from: Date;
  /** Not itself part of it. */
  readonly until: Date;
}

/** Which courses count. */
export interface OutcomeScope {
  /** None: all. */
  readonly courseIds: readonly string[];
  /** Whether those count that are assigned to the person. */
  readonly withAssigned: boolean;
}

/** What was known of somebody at a moment. */
export interface Background {
  readonly learnerId: string;
  /** Active people of their department now; 0: they are in none. */
  readonly departmentPeople: number;
  /** Hours in which they did something with a course, in the 90 days before. */
  readonly activeHours: number;
  /** All that the log had of them. */
  readonly events: number;
}

/** People whose doings are counted at once: so many that the round trips hardly show. */
const PAGE_PEOPLE = 5_000;

/** Reads who was met by what, and what they did then, from the tables of other features; writes none. */
export class ImpactStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** Everybody who was served a variant, by the first that they met. */
  async exposed(experimentId: string): Promise<Met[]> {
    return (await this.#dataSource.query(
      `SELECT DISTINCT ON (x.learner_id) x.learner_id AS "learnerId", x.unit_id AS "unitId", x.variant_id AS arm,
         x.first_exposed_at AS at
       FROM experiment_exposure x WHERE x.experiment_id = $1 AND ${isUnrestricted('x.learner_id')}
       ORDER BY x.learner_id, x.first_exposed_at, x.variant_id`,
      [experimentId],
    )) as Met[];
  }

  /** Everybody who was in a campaign, or held out of it. */
  async members(campaignId: string): Promise<Met[]> {
    return (await this.#dataSource.query(
      `SELECT m.learner_id AS "learnerId", m.learner_id AS "unitId",
         CASE WHEN m.is_held_out THEN 'HELD_OUT' ELSE 'REACHED' END AS arm, m.enrolled_at AS at
       FROM campaign_member m WHERE m.campaign_id = $1 AND ${isUnrestricted('m.learner_id')} ORDER BY m.learner_id`,
      [campaignId],
    )) as Met[];
  }

  /** When each was first shown a list of one of the versions on one of the surfaces; whoever never was is left out. */
  async firstLists(learnerIds: readonly string[], where: ShownWhere): Promise<Pick<Met, 'learnerId' | 'at'>[]> {
    const { versions, surfaces, since, until } = where;
    return (await this.#dataSource.query(
      `SELECT who.id AS "learnerId", shown.at FROM unnest($1::text[]) WITH ORDINALITY AS who (id, place)
       CROSS JOIN LATERAL (
         SELECT l.created_at AS at FROM served_list l
         WHERE l.learner_id = who.id AND l.created_at >= $2 AND l.created_at < $3
           AND l.rule_set_version = ANY($4::integer[]) AND (cardinality($5::text[]) = 0 OR l.surface = ANY($5::text[]))
         ORDER BY l.created_at LIMIT 1) shown
       ORDER BY who.place`,
      [learnerIds, since, until, versions, surfaces],
    )) as Pick<Met, 'learnerId' | 'at'>[];
  }

  /** What people were like before each of the moments, in the order in which they are given. */
  async backgrounds(people: readonly Pick<Met, 'learnerId' | 'at'>[]): Promise<Background[]> {
    return await inPages(people, async (page) => {
      return (await this.#dataSource.query(
        `WITH sizes AS (SELECT learner.department, count(*)::integer AS people FROM learner
           WHERE learner.active AND learner.department IS NOT NULL GROUP BY learner.department)
         SELECT who.id AS "learnerId", coalesce(sizes.people, 0) AS "departmentPeople", done.hours AS "activeHours",
           done.events
         FROM unnest($1::text[], $2::timestamptz[]) WITH ORDINALITY AS who (id, at, place)
         LEFT JOIN learner ON learner.id = who.id
         LEFT JOIN sizes ON sizes.department = learner.department
         CROSS JOIN LATERAL (
           SELECT count(*)::integer AS events, (count(DISTINCT date_trunc('hour', i.at)) FILTER (
             WHERE i.course_id IS NOT NULL AND i.at >= who.at - interval '90 days'))::integer AS hours
           FROM interaction i WHERE i.learner_id = who.id AND i.at < who.at) done
         ORDER BY who.place`,
        [page.map(({ learnerId }) => learnerId), page.map(({ at }) => at)],
      )) as Background[];
    });
  }

  /** The mean of what each said of courses in their time, by ratings and answers, −1 to 1; null: nothing. */
  async opinions(spans: readonly WatchedSpan[], courseIds: readonly string[]): Promise<(number | null)[]> {
    const rows = await inPages(spans, async (page) => {
      return (await this.#dataSource.query(
        `SELECT said.mean FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[])
           WITH ORDINALITY AS span (learner_id, from_at, until_at, place)
         CROSS JOIN LATERAL (
           SELECT avg(one.score) AS mean FROM (
             SELECT i.score FROM interaction i
             WHERE i.learner_id = span.learner_id AND i.at >= span.from_at AND i.at < span.until_at AND i.verb = 'RATED'
               AND (cardinality($4::text[]) = 0 OR i.course_id = ANY($4::text[]))
             UNION ALL
             SELECT a.score FROM survey_answer a
             WHERE a.learner_id = span.learner_id AND a.at >= span.from_at AND a.at < span.until_at
               AND (cardinality($4::text[]) = 0 OR a.course_id = ANY($4::text[]))) one) said
         ORDER BY span.place`,
        [...spanColumns(page), courseIds],
      )) as { mean: number | null }[];
    });
    return rows.map(({ mean }) => mean);
  }

  /** The mean of each one's figures of a KPI of periods within their time; null: there are none. */
  async kpiMeans(spans: readonly WatchedSpan[], kpiId: string): Promise<(number | null)[]> {
    const rows = await inPages(spans, async (page) => {
      return (await this.#dataSource.query(
        `SELECT told.mean FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[])
           WITH ORDINALITY AS span (learner_id, from_at, until_at, place)
         CROSS JOIN LATERAL (
           SELECT avg(o.value) AS mean FROM kpi_observation o
           WHERE o.learner_id = span.learner_id AND o.kpi_id = $4
             AND o.from_day >= (span.from_at AT TIME ZONE 'UTC')::date
             AND o.until_day <= (span.until_at AT TIME ZONE 'UTC')::date) told
         ORDER BY span.place`,
        [...spanColumns(page), kpiId],
      )) as { mean: number | null }[];
    });
    return rows.map(({ mean }) => mean);
  }

  /** What each did in their time, in the order of the spans. Messages are those that were sent in it. */
  async outcomes(spans: readonly WatchedSpan[], scope: OutcomeScope): Promise<OutcomeCounts[]> {
    return await inPages(spans, async (page) => await this.#page(page, scope));
  }

  async #page(spans: readonly WatchedSpan[], { courseIds, withAssigned }: OutcomeScope): Promise<OutcomeCounts[]> {
    return (await this.#dataSource.query(
      `SELECT done.clicks, done.starts, done.touches, done.completions, done.minutes, done.dismissals, told.sent, told.opened
       FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[])
         WITH ORDINALITY AS span (learner_id, from_at, until_at, place)
       CROSS JOIN LATERAL (
         SELECT (count(*) FILTER (WHERE i.verb = 'CLICKED' AND i.served_list_id IS NOT NULL))::int AS clicks,
           (count(*) FILTER (WHERE i.verb = 'STARTED'))::int AS starts,
           (count(*) FILTER (WHERE i.verb IN ('VIEWED', 'STARTED', 'PROGRESSED', 'COMPLETED', 'PASSED', 'FAILED')))::int
             AS touches,
           (count(DISTINCT i.course_id) FILTER (WHERE i.verb IN ('COMPLETED', 'PASSED')))::int AS completions,
           coalesce(sum(i.duration_seconds), 0)::float8 / 60 AS minutes,
           (count(*) FILTER (WHERE i.verb = 'DISMISSED'))::int AS dismissals
         FROM interaction i
         WHERE i.learner_id = span.learner_id AND i.at >= span.from_at AND i.at < span.until_at
           AND i.course_id IS NOT NULL AND (cardinality($4::text[]) = 0 OR i.course_id = ANY($4::text[]))
           AND ($5::boolean OR NOT EXISTS (
             SELECT FROM assignment a WHERE a.learner_id = i.learner_id AND a.course_id = i.course_id))) done
       CROSS JOIN LATERAL (
         SELECT count(*)::int AS sent, (count(*) FILTER (WHERE message.is_opened))::int AS opened
         FROM (
           SELECT bool_or(e.outcome = 'OPENED') AS is_opened FROM delivery_event e
           WHERE e.learner_id = span.learner_id AND e.at >= span.from_at AND e.at < span.until_at
             AND e.suggestion_id IS NOT NULL
           GROUP BY e.suggestion_id HAVING bool_or(e.outcome = 'SENT')) message) told
       ORDER BY span.place`,
      [...spanColumns(spans), courseIds, withAssigned],
    )) as OutcomeCounts[];
  }
}

/** Which lists count. */
export interface ShownWhere {
  readonly versions: readonly number[];
  /** None: everywhere. */
  readonly surfaces: readonly Surface[];
  readonly since: Date;
  readonly until: Date;
}

const spanColumns = (spans: readonly WatchedSpan[]): readonly unknown[] => [
  spans.map(({ learnerId }) => learnerId),
  spans.map(({ from }) => from),
  spans.map(({ until }) => until),
];

async function inPages<T, Row>(
  all: readonly T[],
  read: (page: readonly T[]) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let start = 0; start < all.length; start += PAGE_PEOPLE) {
    rows.push(...(await read(all.slice(start, start + PAGE_PEOPLE))));
  }
  return rows;
}
