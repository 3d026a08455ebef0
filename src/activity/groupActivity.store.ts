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
}

/** What one learner adds to what a group did, at most: nobody is to stand out of it. */
export interface MostOfEach {
  readonly completions: number;
  readonly seconds: number;
}

/** How one learner rated courses in the time before a moment. */
export interface RatingsOfLearner {
  /** Of the moments that were asked for, from 1. */
  readonly place: number;
  readonly learnerId: string;
  readonly sum: number;
  readonly count: number;
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
    most: MostOfEach,
  ): Promise<GroupActivity[]> {
    return (await this.#dataSource.query(
      `SELECT one.place, sum(least(one.completions, $7))::integer AS completions,
         sum(least(one.seconds, $8))::double precision AS seconds,
         (count(*) FILTER (WHERE one.is_active))::integer AS "learnersActive"
       FROM (
         SELECT w.place::integer AS place, i.learner_id,
           count(DISTINCT i.course_id) FILTER (WHERE i.verb = ANY($5::text[])) AS completions,
           coalesce(sum(i.duration_seconds) FILTER (WHERE i.course_id IS NOT NULL), 0) AS seconds,
           bool_or(i.verb = ANY($6::text[])) AS is_active
         FROM unnest($2::timestamptz[]) WITH ORDINALITY AS w (at, place)
         JOIN interaction i ON i.learner_id = ANY($1::text[])
           AND i.at > w.at - make_interval(days => $3) AND i.at <= w.at
         WHERE cardinality($4::text[]) = 0 OR i.course_id = ANY($4::text[])
         GROUP BY w.place, i.learner_id) one
       GROUP BY one.place`,
      [learnerIds, moments, days, courseIds, COMPLETING, LEARNING, most.completions, most.seconds],
    )) as GroupActivity[];
  }

  /** @param courseIds only of these courses; none: of all */
  async ratingsBefore(
    learnerIds: readonly string[],
    moments: readonly Date[],
    days: number,
    courseIds: readonly string[],
  ): Promise<RatingsOfLearner[]> {
    return (await this.#dataSource.query(
      `SELECT w.place::integer AS place, i.learner_id AS "learnerId", sum(i.score)::double precision AS sum,
         count(i.score)::integer AS count
       FROM unnest($2::timestamptz[]) WITH ORDINALITY AS w (at, place)
       JOIN interaction i ON i.learner_id = ANY($1::text[])
         AND i.at > w.at - make_interval(days => $3) AND i.at <= w.at
       WHERE i.verb = 'RATED' AND i.score IS NOT NULL
         AND (cardinality($4::text[]) = 0 OR i.course_id = ANY($4::text[]))
       GROUP BY w.place, i.learner_id`,
      [learnerIds, moments, days, courseIds],
    )) as RatingsOfLearner[];
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
