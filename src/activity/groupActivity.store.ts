import type { DataSource } from 'typeorm';
import type { Verb } from '../learners/profileEvent.js';

/** What a group of learners did in the time before a moment. */
export interface GroupActivity {
  /** Of the moments that were asked for, from 1; a moment with nothing before it is left out. */
  readonly place: number;
  /** Courses completed or passed, each once for each learner. */
  readonly completions: number;
  readonly seconds: number;
  /** Learners who opened, began, went on with or ended a course. */
  readonly learnersActive: number;
  readonly ratingSum: number;
  readonly ratings: number;
  /** Learners who rated. */
  readonly raters: number;
}

const COMPLETING: readonly Verb[] = ['COMPLETED', 'PASSED'];
const LEARNING: readonly Verb[] = ['VIEWED', 'STARTED', 'PROGRESSED', 'COMPLETED', 'PASSED', 'FAILED'];

/** Counts what groups of learners do, by the index on learner and time. */
export class GroupActivityStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** @param courseIds only of these courses; none: of all */
  async activityBefore(
    learnerIds: readonly string[],
    moments: readonly Date[],
    days: number,
    courseIds: readonly string[],
  ): Promise<GroupActivity[]> {
    return (await this.#dataSource.query(
      `SELECT w.place::integer AS place,
         count(DISTINCT (i.learner_id, i.course_id)) FILTER (WHERE i.verb = ANY($5::text[]))::integer AS completions,
         coalesce(sum(i.duration_seconds) FILTER (WHERE i.course_id IS NOT NULL), 0) AS seconds,
         count(DISTINCT i.learner_id) FILTER (WHERE i.verb = ANY($6::text[]))::integer AS "learnersActive",
         coalesce(sum(i.score) FILTER (WHERE i.verb = 'RATED'), 0) AS "ratingSum",
         count(*) FILTER (WHERE i.verb = 'RATED')::integer AS ratings,
         count(DISTINCT i.learner_id) FILTER (WHERE i.verb = 'RATED')::integer AS raters
       FROM unnest($2::timestamptz[]) WITH ORDINALITY AS w (at, place)
       JOIN interaction i ON i.learner_id = ANY($1::text[])
         AND i.at > w.at - make_interval(days => $3) AND i.at <= w.at
       WHERE cardinality($4::text[]) = 0 OR i.course_id = ANY($4::text[])
       GROUP BY w.place`,
      [learnerIds, moments, days, courseIds, COMPLETING, LEARNING],
    )) as GroupActivity[];
  }

  /** How many of the pairs of learner and course had been completed at each moment; one with none is left out. */
  async completedBy(
    learnerIds: readonly string[],
    moments: readonly Date[],
    courseIds: readonly string[],
  ): Promise<{ place: number; completions: number }[]> {
    return (await this.#dataSource.query(
      `SELECT w.place::integer AS place, count(*)::integer AS completions
       FROM (SELECT i.learner_id, i.course_id, min(i.at) AS at FROM interaction i
         WHERE i.learner_id = ANY($1::text[]) AND i.course_id = ANY($3::text[]) AND i.verb = ANY($4::text[])
         GROUP BY i.learner_id, i.course_id) done
       JOIN unnest($2::timestamptz[]) WITH ORDINALITY AS w (at, place) ON done.at <= w.at
       GROUP BY w.place`,
      [learnerIds, moments, courseIds, COMPLETING],
    )) as { place: number; completions: number }[];
  }
}
