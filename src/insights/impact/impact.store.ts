import type { DataSource } from 'typeorm';
import { isUnrestricted } from '../../learners/processed.js';
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

  /**
   * What each did in their time, in the order of the spans. Messages are those that were sent in it.
   *
   * @param courseIds of these, also where they are assigned; none: of all courses but those that are
   */
  async outcomes(spans: readonly WatchedSpan[], courseIds: readonly string[]): Promise<OutcomeCounts[]> {
    const counts: OutcomeCounts[] = [];
    for (let start = 0; start < spans.length; start += PAGE_PEOPLE) {
      counts.push(...(await this.#page(spans.slice(start, start + PAGE_PEOPLE), courseIds)));
    }
    return counts;
  }

  async #page(spans: readonly WatchedSpan[], courseIds: readonly string[]): Promise<OutcomeCounts[]> {
    return (await this.#dataSource.query(
      `SELECT done.clicks, done.starts, done.completions, done.minutes, done.dismissals, told.sent, told.opened
       FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[])
         WITH ORDINALITY AS span (learner_id, from_at, until_at, place)
       CROSS JOIN LATERAL (
         SELECT (count(*) FILTER (WHERE i.verb = 'CLICKED' AND i.served_list_id IS NOT NULL))::int AS clicks,
           (count(*) FILTER (WHERE i.verb = 'STARTED'))::int AS starts,
           (count(DISTINCT i.course_id) FILTER (WHERE i.verb IN ('COMPLETED', 'PASSED')))::int AS completions,
           coalesce(sum(i.duration_seconds), 0)::float8 / 60 AS minutes,
           (count(*) FILTER (WHERE i.verb = 'DISMISSED'))::int AS dismissals
         FROM interaction i
         WHERE i.learner_id = span.learner_id AND i.at >= span.from_at AND i.at < span.until_at
           AND i.course_id IS NOT NULL AND (cardinality($4::text[]) = 0 OR i.course_id = ANY($4::text[]))
           AND (cardinality($4::text[]) > 0 OR NOT EXISTS (
             SELECT FROM assignment a WHERE a.learner_id = i.learner_id AND a.course_id = i.course_id))) done
       CROSS JOIN LATERAL (
         SELECT count(*)::int AS sent, (count(*) FILTER (WHERE message.is_opened))::int AS opened
         FROM (
           SELECT bool_or(e.outcome = 'OPENED') AS is_opened FROM delivery_event e
           WHERE e.learner_id = span.learner_id AND e.at >= span.from_at AND e.at < span.until_at
             AND e.suggestion_id IS NOT NULL
           GROUP BY e.suggestion_id HAVING bool_or(e.outcome = 'SENT')) message) told
       ORDER BY span.place`,
      [
        spans.map(({ learnerId }) => learnerId),
        spans.map(({ from }) => from),
        spans.map(({ until }) => until),
        courseIds,
      ],
    )) as OutcomeCounts[];
  }
}
