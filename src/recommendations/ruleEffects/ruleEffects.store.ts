import type { DataSource } from 'typeorm';
import type { Surface } from '../../rules/model/surface.js';
import type { StoredEffect } from '../pipeline/servedList.js';
import type { MovedCourse } from './ruleEffect.js';

/** Places of a list that are looked at: few people look further. */
export const LOOKED_AT_PLACES = 10;

/** So many lists of one person in a week count at most where one person more or less must not show. */
export const MOST_LISTS_EACH = 3;

/** A rule's week. */
export interface TouchedWeek {
  /** Monday, 00:00 UTC. */
  readonly week: Date;
  /** Lists among whose first ten places, or feeds on whose shelves, the rule put a course, or off which it held one. */
  readonly lists: number;
  /** The same, of nobody more than `MOST_LISTS_EACH`. */
  readonly listsAtMost: number;
  readonly people: number;
  /** That it moved there. */
  readonly courses: readonly MovedCourse[];
}

/** When somebody was first shown a list that counts in a week. */
export interface FirstList {
  readonly week: Date;
  readonly learnerId: string;
  readonly at: Date;
}

/** A list that a rule touched, for what it gave up. */
export interface TouchedList {
  readonly week: Date;
  readonly isHoldingBack: boolean;
  readonly scores: readonly number[];
  readonly effects: readonly StoredEffect[];
}

/**
 * Lists in which the rule has a hand as far as people look; effects are stored by ascending rank. Of a feed people see every
 * shelf at once, whatever the place in the whole: all of it counts.
 */
const TOUCHED = `served_list l CROSS JOIN LATERAL jsonb_array_elements(l.applied_rules) AS rule (entry)
  WHERE l.created_at >= $2 AND l.created_at < $3
  AND l.applied_rules @> jsonb_build_array(jsonb_build_object('ruleId', $1::text))
  AND rule.entry->>'ruleId' = $1
  AND (rule.entry->>'action' IN ('BURY', 'CAP') OR l.shelves IS NOT NULL
    OR (rule.entry->'effects'->0->>0)::integer <= ${LOOKED_AT_PLACES})`;

/** Of UTC. */
const WEEK = `date_trunc('week', l.created_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'`;

/** Reads what rules did out of the lists that were served. */
export class RuleEffectsStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** In order; weeks without any such list are left out. */
  async weeks(ruleId: string, since: Date, until: Date): Promise<TouchedWeek[]> {
    return (await this.#dataSource.query(
      `WITH touched AS (
         SELECT ${WEEK} AS week, l.id, l.learner_id, l.course_ids[(effect.value->>0)::integer] AS course_id
         FROM (SELECT l.*, rule.entry FROM ${TOUCHED}) l
         CROSS JOIN LATERAL jsonb_array_elements(l.entry->'effects') effect
         WHERE l.entry->>'action' IN ('BURY', 'CAP') OR l.shelves IS NOT NULL
           OR (effect.value->>0)::integer <= ${LOOKED_AT_PLACES}),
       moved AS (
         SELECT touched.week, touched.course_id, count(DISTINCT touched.learner_id) AS people FROM touched
         WHERE touched.course_id IS NOT NULL GROUP BY touched.week, touched.course_id)
       SELECT touched.week, count(DISTINCT touched.id)::integer AS lists,
         (SELECT sum(least(each.lists, ${MOST_LISTS_EACH}))::integer FROM (
           SELECT count(DISTINCT own.id) AS lists FROM touched own
           WHERE own.week = touched.week AND own.course_id IS NOT NULL GROUP BY own.learner_id) each) AS "listsAtMost",
         count(DISTINCT touched.learner_id)::integer AS people,
         (SELECT jsonb_agg(jsonb_build_object('courseId', moved.course_id, 'people', moved.people))
           FROM moved WHERE moved.week = touched.week) AS courses
       FROM touched WHERE touched.course_id IS NOT NULL
       GROUP BY touched.week ORDER BY touched.week`,
      [ruleId, since, until],
    )) as TouchedWeek[];
  }

  /** Up to `limit` lists a week, of nobody more than `MOST_LISTS_EACH`, no feeds: their shelves are not one list. */
  async lists(ruleId: string, since: Date, until: Date, limit: number): Promise<TouchedList[]> {
    return (await this.#dataSource.query(
      `SELECT drawn.week, drawn.scores, drawn.entry->'effects' AS effects,
         drawn.entry->>'action' IN ('BURY', 'CAP') AS "isHoldingBack"
       FROM (
         SELECT own.*, row_number() OVER (PARTITION BY own.week ORDER BY own.draw) AS place
         FROM (
           SELECT ${WEEK} AS week, l.scores, rule.entry, md5(l.id) AS draw,
             row_number() OVER (PARTITION BY ${WEEK}, l.learner_id ORDER BY md5(l.id)) AS own_place
           FROM ${TOUCHED} AND l.shelves IS NULL) own
         WHERE own.own_place <= ${MOST_LISTS_EACH}) drawn
       WHERE drawn.place <= $4 ORDER BY drawn.week, drawn.place`,
      [ruleId, since, until, limit],
    )) as TouchedList[];
  }

  /** The versions of the rule set that lists were made with. */
  async ruleSetVersions(since: Date, until: Date): Promise<number[]> {
    const rows = (await this.#dataSource.query(
      `SELECT DISTINCT l.rule_set_version AS version FROM served_list l
       WHERE l.created_at >= $1 AND l.created_at < $2 AND l.rule_set_version IS NOT NULL ORDER BY 1`,
      [since, until],
    )) as { version: number }[];
    return rows.map(({ version }) => version);
  }

  /** Everybody who was shown a list, in the order of a hash of their ids. */
  async learnerIds(since: Date, until: Date): Promise<string[]> {
    const rows = (await this.#dataSource.query(
      `SELECT l.learner_id AS id FROM served_list l
       WHERE l.created_at >= $1 AND l.created_at < $2 AND l.rule_set_version IS NOT NULL
       GROUP BY l.learner_id ORDER BY md5(l.learner_id)`,
      [since, until],
    )) as { id: string }[];
    return rows.map(({ id }) => id);
  }

  /** When each of the people was first shown a list of one of the versions on one of the surfaces, week by week. */
  async shown(learnerIds: readonly string[], { versions, surfaces, since, until }: ShownWhere): Promise<FirstList[]> {
    return (await this.#dataSource.query(
      `SELECT ${WEEK} AS week, l.learner_id AS "learnerId", min(l.created_at) AS at FROM served_list l
       WHERE l.learner_id = ANY($1::text[]) AND l.created_at >= $2 AND l.created_at < $3
       AND l.rule_set_version = ANY($4::integer[]) AND (cardinality($5::text[]) = 0 OR l.surface = ANY($5::text[]))
       GROUP BY 1, 2 ORDER BY 1, 2`,
      [learnerIds, since, until, versions, surfaces],
    )) as FirstList[];
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
