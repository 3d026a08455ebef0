import type { DataSource } from 'typeorm';
import { DAY_MS } from '../platform/zonedTime.js';
import type { CourseWishes, Member, WishPage } from './trendCount.js';
import { TREND_DAYS } from './trends.js';

/** What shows that somebody wished for a course: as `undecayedConfidence` sees it, but yes or no. */
const TAKEN_UP = `
  (lc.starts > 0 OR lc.max_progress > 0 OR lc.completed_at IS NOT NULL OR lc.passed_at IS NOT NULL
    OR lc.saved_at IS NOT NULL OR lc.shared_at IS NOT NULL OR lc.rating > 0)
  AND lc.waived_at IS NULL
  AND (lc.rating IS NULL OR lc.rating >= 0)
  AND (lc.dismissed_at IS NULL
    OR lc.dismissed_at < greatest(lc.completed_at, lc.passed_at, lc.rated_at, lc.saved_at, lc.shared_at))`;

/** Who sits where, in the order of their ids. */
const MEMBERS = `
  SELECT learner.id, learner.department, learner.role_id AS "roleId", learner.location
  FROM learner WHERE learner.active AND learner.id > $1 ORDER BY learner.id LIMIT $2`;

/**
 * By course, who wishes for it: their place among the members of the page times four, and the period.
 *
 * A number for each learner is all that is carried on, and groups are counted from it elsewhere: PostgreSQL would hash or
 * sort the texts of every group for each of its kinds. DISTINCT ON, which changes nothing as ids differ, tells the planner
 * that there is one row for each id; else it hashes the course states, which are many, instead of the learners.
 */
const WISHES = `
  SELECT lc.course_id AS "courseId", array_to_json(array_agg(
    member.place * 4 + CASE WHEN lc.first_at >= $4 THEN 2 WHEN lc.first_at >= $5 THEN 1 ELSE 0 END)) AS wishes
  FROM learner_course lc
  JOIN (SELECT DISTINCT ON (learner.id) learner.id,
      (row_number() OVER (ORDER BY learner.id))::integer - 1 AS place
    FROM learner WHERE learner.active AND learner.id > $1 AND learner.id <= $2 ORDER BY learner.id) member
    ON member.id = lc.learner_id
  WHERE lc.learner_id > $1 AND lc.learner_id <= $2 AND lc.first_at <= $3 AND ${TAKEN_UP}
    AND NOT EXISTS (SELECT FROM assignment a
      WHERE a.learner_id = lc.learner_id AND a.course_id = lc.course_id AND a.obligation = 'MANDATORY')
    AND NOT EXISTS (SELECT FROM mandated_course m
      WHERE m.learner_id = lc.learner_id AND m.course_id = lc.course_id)
  GROUP BY lc.course_id`;

/** The only session is everybody's: as few learners at a time as make it busy for some hundredths of a second. */
const MEMBERS_OF_SHARED_SESSION = 500;
/** One pass over all course states is cheapest; the bound is on memory. */
const MEMBERS_OF_OWN_SESSION = 200_000;

/** Reads who took what up. */
export class TrendsStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /**
   * All active learners, in pages, with what they took up of their own accord; what was first touched after the moment
   * does not count. Each learner is read once, as they are while their page is read.
   */
  async *wishes(now: Date): AsyncGenerator<WishPage> {
    const size = this.#dataSource.options.poolSize === 1 ? MEMBERS_OF_SHARED_SESSION : MEMBERS_OF_OWN_SESSION;
    for (let after = ''; ; ) {
      const page = await this.#page(now, after, size);
      yield page;
      const last = page.members.at(-1);
      if (last === undefined || page.members.length < size) return;
      after = last.id;
    }
  }

  async #page(now: Date, after: string, size: number): Promise<StoredPage> {
    const daysAgo = (days: number) => new Date(now.getTime() - days * DAY_MS);
    // Both statements must see the same learners, or places would be those of others.
    return await this.#dataSource.transaction('REPEATABLE READ', async (transaction) => {
      // With the usual 4 MB the planner sorts a million texts rather than hashing them; compiling costs more than it saves.
      await transaction.query('SET LOCAL work_mem = 65536');
      await transaction.query('SET LOCAL jit = off');
      const members = (await transaction.query(MEMBERS, [after, size])) as StoredPage['members'];
      const last = members.at(-1);
      if (last === undefined) return { members, courses: [] };
      const courses = (await transaction.query(WISHES, [
        after,
        last.id,
        now,
        daysAgo(TREND_DAYS),
        daysAgo(2 * TREND_DAYS),
      ])) as CourseWishes[];
      return { members, courses };
    });
  }
}

interface StoredPage extends WishPage {
  readonly members: readonly (Member & { readonly id: string })[];
}
