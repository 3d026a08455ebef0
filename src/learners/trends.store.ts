import type { DataSource } from 'typeorm';
import { DAY_MS } from '../platform/zonedTime.js';
import { type AudienceKind, FEWEST_PEOPLE, FEWEST_TAKERS, TREND_DAYS } from './trends.js';

/** One group's uptakes in columns, which the driver reads far faster than a row for each. */
export interface GroupColumns {
  readonly kind: AudienceKind;
  readonly value: string;
  readonly people: number;
  readonly courseIds: readonly string[];
  readonly counts: readonly number[];
  readonly recentCounts: readonly number[];
  readonly previousCounts: readonly number[];
}

/** What shows that somebody wished for a course: as `undecayedConfidence` sees it, but yes or no. */
const TAKEN_UP = `
  (lc.starts > 0 OR lc.max_progress > 0 OR lc.completed_at IS NOT NULL OR lc.passed_at IS NOT NULL
    OR lc.saved_at IS NOT NULL OR lc.shared_at IS NOT NULL OR lc.rating > 0)
  AND lc.waived_at IS NULL
  AND (lc.rating IS NULL OR lc.rating >= 0)
  AND (lc.dismissed_at IS NULL
    OR lc.dismissed_at < greatest(lc.completed_at, lc.passed_at, lc.rated_at, lc.saved_at, lc.shared_at))`;

const IS_RECENT = 'taken.first_at >= $1';
const IS_PREVIOUS = 'taken.first_at >= $2 AND taken.first_at < $1';

const GROUPINGS: readonly (readonly [kind: AudienceKind, column: string])[] = [
  ['DEPARTMENT', 'department'],
  ['ROLE', 'role_id'],
  ['LOCATION', 'location'],
];

/** A count that single people could be read off is told as none. */
const told = (condition: string) => `CASE WHEN count(*) FILTER (WHERE ${condition}) >= $4
           THEN count(*) FILTER (WHERE ${condition}) ELSE 0 END`;

const COLUMNS = [
  ['course_id', 'courseIds'],
  ['people', 'counts'],
  ['recent', 'recentCounts'],
  ['previous', 'previousCounts'],
]
  .map(
    ([column, name]) =>
      `COALESCE(json_agg(uptake.${column}) FILTER (WHERE uptake.course_id IS NOT NULL), '[]') AS "${name}"`,
  )
  .join(',\n    ');

/** Sizes and uptakes of every group of one kind. */
const ofGroups = ([kind, column]: readonly [AudienceKind, string]) => `
  SELECT '${kind}' AS kind, crowd.value, crowd.people, ${COLUMNS}
  FROM (SELECT p.${column} AS value, count(*) AS people FROM p
      WHERE p.${column} IS NOT NULL GROUP BY p.${column} HAVING count(*) >= $3) crowd
    LEFT JOIN (SELECT taken.${column} AS value, taken.course_id, count(*) AS people,
        ${told(IS_RECENT)} AS recent, ${told(IS_PREVIOUS)} AS previous
      FROM taken GROUP BY taken.${column}, taken.course_id HAVING count(*) >= $4) uptake
    ON uptake.value = crowd.value
  GROUP BY crowd.value, crowd.people`;

/** Counts who took what up; one pass over all course states. */
export class TrendsStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /**
   * The organisation and every group that is large enough, their courses in no particular order. What was first touched
   * after the moment does not count.
   *
   * A branch for each kind of group over the joined rows kept aside: grouping sets, which would read better, are sorted
   * by PostgreSQL once for each set and cost twice the time.
   */
  async groups(now: Date): Promise<GroupColumns[]> {
    const daysAgo = (days: number) => new Date(now.getTime() - days * DAY_MS);
    return (await this.#dataSource.query(
      `WITH p AS MATERIALIZED (
         SELECT learner.id, learner.department, learner.role_id, learner.location FROM learner WHERE learner.active
       ), taken AS MATERIALIZED (
         SELECT lc.course_id, lc.first_at, p.department, p.role_id, p.location
         FROM learner_course lc JOIN p ON p.id = lc.learner_id
         WHERE ${TAKEN_UP} AND lc.first_at <= $5 AND NOT EXISTS (SELECT FROM assignment a WHERE a.learner_id = lc.learner_id
           AND a.course_id = lc.course_id AND a.obligation = 'MANDATORY')
       )
       SELECT found.kind, found.value, found.people::integer, found."courseIds", found.counts, found."recentCounts",
         found."previousCounts"
       FROM (
         SELECT 'ORGANISATION' AS kind, '' AS value, (SELECT count(*) FROM p) AS people, ${COLUMNS}
         FROM (SELECT taken.course_id, count(*) AS people, count(*) FILTER (WHERE ${IS_RECENT}) AS recent,
             count(*) FILTER (WHERE ${IS_PREVIOUS}) AS previous
           FROM taken GROUP BY taken.course_id) uptake
         UNION ALL ${GROUPINGS.map(ofGroups).join('\nUNION ALL ')}
       ) found`,
      [daysAgo(TREND_DAYS), daysAgo(2 * TREND_DAYS), FEWEST_PEOPLE, FEWEST_TAKERS, now],
    )) as GroupColumns[];
  }
}
