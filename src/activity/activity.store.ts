import { Column, type DataSource, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { isProcessed } from '../learners/processed.js';
import type { Channel, Device, DismissReason, ProfileEvent, Verb } from '../learners/profileEvent.js';
import { instantArray, numberArray, textArray } from '../platform/database/arrayLiterals.js';
import type { Queryable } from '../platform/database/database.js';
import type { Interaction } from './interaction.js';

@Entity({ name: 'interaction' })
@Unique('interaction_event_uq', ['source', 'eventId'])
@Index('interaction_learner_ix', ['learnerId', 'seq'])
@Index('interaction_learner_at_ix', ['learnerId', 'at'])
@Index('interaction_served_list_ix', ['servedListId'], { where: 'served_list_id IS NOT NULL' })
class InteractionRow {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'interaction_pk',
  })
  seq!: string;

  @Column({ type: 'text' })
  source!: string;

  @Column({ name: 'event_id', type: 'text' })
  eventId!: string;

  @Column({ name: 'learner_id', type: 'text' })
  learnerId!: string;

  @Column({ name: 'course_id', type: 'text', nullable: true })
  courseId!: string | null;

  @Column({ type: 'text' })
  verb!: Verb;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ name: 'received_at', type: 'timestamptz' })
  receivedAt!: Date;

  @Column({ type: 'text', nullable: true })
  device!: Device | null;

  @Column({ type: 'text', nullable: true })
  channel!: Channel | null;

  @Column({ name: 'duration_seconds', type: 'double precision', nullable: true })
  durationSeconds!: number | null;

  @Column({ type: 'double precision', nullable: true })
  progress!: number | null;

  @Column({ type: 'double precision', nullable: true })
  score!: number | null;

  @Column({ type: 'text', nullable: true })
  query!: string | null;

  @Column({ name: 'result_count', type: 'integer', nullable: true })
  resultCount!: number | null;

  @Column({ type: 'text', nullable: true })
  page!: string | null;

  @Column({ name: 'served_list_id', type: 'text', nullable: true })
  servedListId!: string | null;

  @Column({ type: 'text', nullable: true })
  reason!: DismissReason | null;
}

/** Table classes of this feature, for the data source. */
export const ACTIVITY_TABLES = [InteractionRow];

/** An entry of the log about a course, as far as training needs it. */
export interface LogEntry {
  readonly learnerId: string;
  readonly seq: string;
  readonly courseId: string;
  readonly verb: Verb;
  readonly atMs: number;
  readonly progress: number | null;
  readonly score: number | null;
  readonly durationSeconds: number | null;
  readonly reason: DismissReason | null;
}

/** How long sittings are, in minutes. */
export interface SessionQuantiles {
  readonly sessions: number;
  readonly p50Minutes: number;
  readonly p75Minutes: number;
}

/** Anything shorter was a glance, not a sitting. */
const SHORTEST_SESSION_SECONDS = 60;
const SESSION_QUANTILES = `count(*)::integer AS sessions,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY i.duration_seconds) / 60 AS "p50Minutes",
  percentile_cont(0.75) WITHIN GROUP (ORDER BY i.duration_seconds) / 60 AS "p75Minutes"`;

/** What a learner did with a course of a served list, the first time each; null: has not. */
export interface CourseOutcome {
  readonly seenAt: Date | null;
  readonly clickedAt: Date | null;
  readonly startedAt: Date | null;
  /** Completed or passed. */
  readonly completedAt: Date | null;
  readonly savedAt: Date | null;
  readonly dismissedAt: Date | null;
}

export interface LogCursor {
  readonly learnerId: string;
  readonly seq: string;
}

/** A `ProfileEvent`, selected from `interaction` as `i`. */
const PROFILE_EVENT = `i.learner_id AS "learnerId", i.course_id AS "courseId", i.verb, i.at, i.device, i.channel,
  i.duration_seconds AS "durationSeconds", i.progress, i.score, i.query, i.result_count AS "resultCount", i.page,
  i.served_list_id AS "servedListId", i.reason`;

/**
 * What stays as long as the learner is known, whatever its age: what they finished, and what they said of a course. Without
 * it a course would be offered again to somebody who has taken it, or refused it.
 */
const LASTING_VERBS: readonly Verb[] = ['COMPLETED', 'PASSED', 'FAILED', 'WAIVED', 'RATED', 'SAVED', 'DISMISSED'];

export class ActivityStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /**
   * Appends what is new, and answers which of the interactions that was. Rows go in key order, so that two senders of the
   * same events cannot deadlock.
   */
  async append(
    transaction: Queryable,
    interactions: readonly Interaction[],
    receivedAt: Date,
  ): Promise<{ source: string; eventId: string }[]> {
    const rows = await transaction.query(
      `INSERT INTO interaction (source, event_id, learner_id, course_id, verb, at, device, channel, duration_seconds,
         progress, score, query, result_count, page, served_list_id, reason, received_at)
       SELECT new.*, $17::timestamptz FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
         $6::timestamptz[], $7::text[], $8::text[], $9::double precision[], $10::double precision[],
         $11::double precision[], $12::text[], $13::integer[], $14::text[], $15::text[],
         $16::text[]) AS new (source, event_id)
       ORDER BY new.source, new.event_id
       ON CONFLICT (source, event_id) DO NOTHING
       RETURNING interaction.source, interaction.event_id AS "eventId"`,
      [
        textArray(interactions.map((i) => i.source)),
        textArray(interactions.map((i) => i.eventId)),
        textArray(interactions.map((i) => i.learnerId)),
        textArray(interactions.map((i) => i.courseId)),
        textArray(interactions.map((i) => i.verb)),
        instantArray(interactions.map((i) => i.at.getTime())),
        textArray(interactions.map((i) => i.device)),
        textArray(interactions.map((i) => i.channel)),
        numberArray(interactions.map((i) => i.durationSeconds)),
        numberArray(interactions.map((i) => i.progress)),
        numberArray(interactions.map((i) => i.score)),
        textArray(interactions.map((i) => i.query)),
        numberArray(interactions.map((i) => i.resultCount)),
        textArray(interactions.map((i) => i.page)),
        textArray(interactions.map((i) => i.servedListId)),
        textArray(interactions.map((i) => i.reason)),
        receivedAt,
      ],
    );
    return rows as { source: string; eventId: string }[];
  }

  /** Those of the learners who have done anything before a moment that does not last. */
  async haveTrail(learnerIds: readonly string[], before: Date): Promise<string[]> {
    const rows = (await this.#dataSource.query(
      `SELECT asked.id FROM unnest($1::text[]) AS asked (id) WHERE EXISTS (
         SELECT FROM interaction i
         WHERE i.learner_id = asked.id AND i.at < $2 AND i.verb <> ALL($3::text[]))`,
      [learnerIds, before, LASTING_VERBS],
    )) as { id: string }[];
    return rows.map(({ id }) => id);
  }

  /** @returns how many rows went */
  async deleteTrail(transaction: Queryable, learnerIds: readonly string[], before: Date): Promise<number> {
    const [, count] = (await transaction.query(
      `DELETE FROM interaction i WHERE i.learner_id = ANY($1::text[]) AND i.at < $2 AND i.verb <> ALL($3::text[])`,
      [learnerIds, before, LASTING_VERBS],
    )) as [unknown, number];
    return count;
  }

  async byKeys(
    transaction: Queryable,
    keys: readonly { readonly source: string; readonly eventId: string }[],
  ): Promise<Interaction[]> {
    const rows = await transaction.query(
      `SELECT i.source, i.event_id AS "eventId", ${PROFILE_EVENT}
       FROM unnest($1::text[], $2::text[]) AS key (source, event_id)
       JOIN interaction i ON i.source = key.source AND i.event_id = key.event_id`,
      [keys.map((k) => k.source), keys.map((k) => k.eventId)],
    );
    return rows as Interaction[];
  }

  /** The last row of the log; rows being written at this moment may still land before it. */
  async watermark(): Promise<string> {
    const [row] = (await this.#dataSource.query('SELECT COALESCE(max(i.seq), 0)::text AS seq FROM interaction i')) as {
      seq: string;
    }[];
    return row?.seq ?? '0';
  }

  /** The number of course interactions up to the watermark. */
  async countCourseEvents(watermark: string): Promise<number> {
    const [row] = (await this.#dataSource.query(
      `SELECT count(*)::double precision AS n FROM interaction i WHERE i.course_id IS NOT NULL AND i.seq <= $1`,
      [watermark],
    )) as { n: number }[];
    return row?.n ?? 0;
  }

  /** Interactions with courses up to the watermark, learner by learner, in pages. */
  async logPage(watermark: string, after: LogCursor | null, limit: number): Promise<LogEntry[]> {
    return (await this.#dataSource.query(
      `SELECT i.learner_id AS "learnerId", i.seq, i.course_id AS "courseId", i.verb,
         (extract(epoch FROM i.at) * 1000)::double precision AS "atMs", i.progress, i.score,
         i.duration_seconds AS "durationSeconds", i.reason
       FROM interaction i
       WHERE (i.learner_id, i.seq) > ($2::text, $3::bigint) AND i.seq <= $1::bigint AND i.course_id IS NOT NULL
         AND ${isProcessed('i.learner_id')}
       ORDER BY i.learner_id, i.seq
       LIMIT $4`,
      [watermark, after?.learnerId ?? '', after?.seq ?? '0', limit],
    )) as LogEntry[];
  }

  /** All events of these learners up to the watermark, in the order in which they came. */
  async eventsUpTo(learnerIds: readonly string[], watermark: string): Promise<ProfileEvent[]> {
    return (await this.#dataSource.query(
      `SELECT ${PROFILE_EVENT} FROM interaction i
       WHERE i.learner_id = ANY($1::text[]) AND i.seq <= $2::bigint
       ORDER BY i.seq`,
      [learnerIds, watermark],
    )) as ProfileEvent[];
  }

  /**
   * What came of a served list: events that carry its id. Those of other learners do not count, whatever a sender makes
   * of the id.
   */
  async outcomesOf(servedListId: string, learnerId: string): Promise<(CourseOutcome & { courseId: string })[]> {
    const first = (...verbs: readonly Verb[]) =>
      `min(i.at) FILTER (WHERE i.verb IN (${verbs.map((verb) => `'${verb}'`).join(', ')}))`;
    return (await this.#dataSource.query(
      `SELECT i.course_id AS "courseId", ${first('IMPRESSION')} AS "seenAt", ${first('CLICKED')} AS "clickedAt",
         ${first('STARTED')} AS "startedAt", ${first('COMPLETED', 'PASSED')} AS "completedAt",
         ${first('SAVED')} AS "savedAt", ${first('DISMISSED')} AS "dismissedAt"
       FROM interaction i
       WHERE i.served_list_id = $1 AND i.learner_id = $2 AND i.course_id IS NOT NULL
       GROUP BY i.course_id`,
      [servedListId, learnerId],
    )) as (CourseOutcome & { courseId: string })[];
  }

  /** Everything that the log holds of these learners, learner by learner, in pages. */
  async eventsOf(
    transaction: Queryable,
    learnerIds: readonly string[],
    after: LogCursor | null,
    limit: number,
  ): Promise<(ProfileEvent & { readonly seq: string })[]> {
    const rows = await transaction.query(
      `SELECT i.seq, ${PROFILE_EVENT}
       FROM interaction i
       WHERE i.learner_id = ANY($1::text[]) AND (i.learner_id, i.seq) > ($2::text, $3::bigint)
       ORDER BY i.learner_id, i.seq
       LIMIT $4`,
      [learnerIds, after?.learnerId ?? '', after?.seq ?? '0', limit],
    );
    return rows as (ProfileEvent & { seq: string })[];
  }

  /** Sittings among the latest entries of the log; null without any. */
  async latestSessions(entries: number): Promise<SessionQuantiles | null> {
    const [row] = (await this.#dataSource.query(
      `SELECT ${SESSION_QUANTILES}
       FROM (SELECT latest.duration_seconds FROM interaction latest ORDER BY latest.seq DESC LIMIT $1) AS i
       WHERE i.duration_seconds >= ${SHORTEST_SESSION_SECONDS}`,
      [entries],
    )) as SessionQuantiles[];
    return row === undefined || row.sessions === 0 ? null : row;
  }
}
