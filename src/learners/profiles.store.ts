import { Column, type DataSource, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Queryable } from '../platform/database.js';
import { type CourseState, MIN_VIEW_SECONDS } from './courseState.js';
import type { Assignment, Learner, Obligation, SkillEvidence } from './learner.js';
import { LEARNER_COLUMNS } from './learners.store.js';
import type { ProfileDelta } from './profileDelta.js';
import type { DismissReason } from './profileEvent.js';
import {
  FOLLOWED_WITHIN_MINUTES,
  type LearnerSearch,
  MOST_SEARCH_TERMS,
  OPENING_VERBS,
  RECENT_SEARCH_DAYS,
  SEARCH_IN_VAIN_DAYS,
} from './search.js';

@Entity({ name: 'learner_course' })
class LearnerCourseRow {
  @PrimaryColumn({ name: 'learner_id', type: 'text', primaryKeyConstraintName: 'learner_course_pk' })
  @ForeignKey('LearnerRow', { name: 'learner_course_learner_fk', onDelete: 'CASCADE' })
  learnerId!: string;

  @PrimaryColumn({ name: 'course_id', type: 'text', primaryKeyConstraintName: 'learner_course_pk' })
  @ForeignKey('CourseRow', { name: 'learner_course_course_fk' })
  courseId!: string;

  @Column({ type: 'integer' })
  views!: number;

  @Column({ type: 'integer' })
  starts!: number;

  @Column({ type: 'integer' })
  attempts!: number;

  @Column({ name: 'seconds_spent', type: 'double precision' })
  secondsSpent!: number;

  @Column({ name: 'max_progress', type: 'double precision', nullable: true })
  maxProgress!: number | null;

  @Column({ name: 'abandoned_progress', type: 'double precision', nullable: true })
  abandonedProgress!: number | null;

  @Column({ type: 'double precision', nullable: true })
  rating!: number | null;

  @Column({ name: 'rated_at', type: 'timestamptz', nullable: true })
  ratedAt!: Date | null;

  @Column({ name: 'completed_at', type: 'timestamptz', nullable: true })
  completedAt!: Date | null;

  @Column({ name: 'passed_at', type: 'timestamptz', nullable: true })
  passedAt!: Date | null;

  @Column({ name: 'failed_at', type: 'timestamptz', nullable: true })
  failedAt!: Date | null;

  @Column({ name: 'abandoned_at', type: 'timestamptz', nullable: true })
  abandonedAt!: Date | null;

  @Column({ name: 'saved_at', type: 'timestamptz', nullable: true })
  savedAt!: Date | null;

  @Column({ name: 'shared_at', type: 'timestamptz', nullable: true })
  sharedAt!: Date | null;

  @Column({ name: 'dismissed_at', type: 'timestamptz', nullable: true })
  dismissedAt!: Date | null;

  @Column({ name: 'dismiss_reason', type: 'text', nullable: true })
  dismissReason!: DismissReason | null;

  @Column({ name: 'waived_at', type: 'timestamptz', nullable: true })
  waivedAt!: Date | null;

  @Column({ name: 'first_at', type: 'timestamptz' })
  firstAt!: Date;

  @Column({ name: 'last_at', type: 'timestamptz' })
  lastAt!: Date;
}

@Entity({ name: 'learner_active_hour' })
class LearnerActiveHourRow {
  @PrimaryColumn({ name: 'learner_id', type: 'text', primaryKeyConstraintName: 'learner_active_hour_pk' })
  @ForeignKey('LearnerRow', { name: 'learner_active_hour_learner_fk', onDelete: 'CASCADE' })
  learnerId!: string;

  @PrimaryColumn({ name: 'hour_start', type: 'timestamptz', primaryKeyConstraintName: 'learner_active_hour_pk' })
  hourStart!: Date;
}

@Entity({ name: 'learner_touchpoint' })
class LearnerTouchpointRow {
  @PrimaryColumn({ name: 'learner_id', type: 'text', primaryKeyConstraintName: 'learner_touchpoint_pk' })
  @ForeignKey('LearnerRow', { name: 'learner_touchpoint_learner_fk', onDelete: 'CASCADE' })
  learnerId!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'learner_touchpoint_pk' })
  device!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'learner_touchpoint_pk' })
  channel!: string;

  @Column({ type: 'integer' })
  events!: number;
}

@Entity({ name: 'learner_profile' })
class LearnerProfileRow {
  @PrimaryColumn({ name: 'learner_id', type: 'text', primaryKeyConstraintName: 'learner_profile_pk' })
  @ForeignKey('LearnerRow', { name: 'learner_profile_learner_fk', onDelete: 'CASCADE' })
  learnerId!: string;

  @Column({ type: 'integer' })
  events!: number;

  @Column({ name: 'first_at', type: 'timestamptz' })
  firstAt!: Date;

  @Column({ name: 'last_at', type: 'timestamptz' })
  lastAt!: Date;
}

@Entity({ name: 'learner_search' })
@Index('learner_search_unmet_ix', ['term'], { where: 'zero_results > 0' })
class LearnerSearchRow {
  @PrimaryColumn({ name: 'learner_id', type: 'text', primaryKeyConstraintName: 'learner_search_pk' })
  @ForeignKey('LearnerRow', { name: 'learner_search_learner_fk', onDelete: 'CASCADE' })
  learnerId!: string;

  @PrimaryColumn({ type: 'timestamptz', primaryKeyConstraintName: 'learner_search_pk' })
  at!: Date;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'learner_search_pk' })
  term!: string;

  @Column({ type: 'integer' })
  searches!: number;

  @Column({ name: 'zero_results', type: 'integer' })
  zeroResults!: number;

  @Column({ name: 'followed_at', type: 'timestamptz', nullable: true })
  followedAt!: Date | null;
}

@Entity({ name: 'learner_page' })
class LearnerPageRow {
  @PrimaryColumn({ name: 'learner_id', type: 'text', primaryKeyConstraintName: 'learner_page_pk' })
  @ForeignKey('LearnerRow', { name: 'learner_page_learner_fk', onDelete: 'CASCADE' })
  learnerId!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'learner_page_pk' })
  page!: string;

  @Column({ type: 'integer' })
  visits!: number;

  @Column({ name: 'last_at', type: 'timestamptz' })
  lastAt!: Date;
}

@Entity({ name: 'learner_sitting' })
class LearnerSittingRow {
  @PrimaryColumn({ name: 'learner_id', type: 'text', primaryKeyConstraintName: 'learner_sitting_pk' })
  @ForeignKey('LearnerRow', { name: 'learner_sitting_learner_fk', onDelete: 'CASCADE' })
  learnerId!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'learner_sitting_pk' })
  device!: string;

  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'learner_sitting_pk' })
  minutes!: number;

  @Column({ type: 'integer' })
  sittings!: number;
}

/** Table classes of the profiles, for the data source. */
export const PROFILE_TABLES = [
  LearnerCourseRow,
  LearnerActiveHourRow,
  LearnerTouchpointRow,
  LearnerProfileRow,
  LearnerSearchRow,
  LearnerPageRow,
  LearnerSittingRow,
];

/** A learner's profile as far as recommending needs it. */
export interface LearnerState {
  readonly learnerId: string;
  /** Null: nobody has told us about this learner. */
  readonly learner: Learner | null;
  readonly courses: readonly (CourseState & { readonly courseId: string })[];
  readonly assignments: readonly Omit<Assignment, 'learnerId'>[];
  readonly skills: readonly Omit<SkillEvidence, 'learnerId'>[];
  /** The latest search for each of up to 20 terms, latest first: of the last 30 days, in vain of the last 365. */
  readonly searches: readonly LearnerSearch[];
}

/** When and on what a learner is active, as far as delivering needs it. */
export interface LearnerRhythm {
  readonly activeHourStartsMs: readonly number[];
  readonly touchpoints: readonly Touchpoint[];
}

export interface Touchpoint {
  /** A device, or UNKNOWN. */
  readonly device: string;
  /** A channel, or UNKNOWN. */
  readonly channel: string;
  readonly events: number;
}

/** What a learner searches for, opens and sits through, as far as their profile shows it. */
export interface LearnerHabits {
  /** Null: the log holds nothing about them. */
  readonly evidence: { readonly events: number; readonly firstAtMs: number; readonly lastAtMs: number } | null;
  /** The 50 most searched. */
  readonly searchTerms: readonly {
    readonly term: string;
    readonly searches: number;
    readonly withoutResults: number;
    /** No course was opened within half an hour after. */
    readonly withoutClick: number;
    readonly lastAtMs: number;
  }[];
  /** The 50 most visited. */
  readonly pages: readonly { readonly page: string; readonly visits: number; readonly lastAtMs: number }[];
  readonly sittings: readonly {
    /** A device, or UNKNOWN. */
    readonly device: string;
    readonly minutes: number;
    readonly sittings: number;
  }[];
}

const MOST_HABITS = 50;

/** Of a held and an added value the later one; of two at the same time the greater. */
const latest = (value: string, at: string, collation = '') => `CASE
           WHEN held.${at} IS NULL OR excluded.${at} > held.${at} THEN excluded.${value}
           WHEN excluded.${at} = held.${at} THEN greatest(excluded.${value}, held.${value}${collation})
           ELSE held.${value} END`;

/** Milliseconds since 1970 as a JSON number. */
const ms = (column: string) => `(extract(epoch FROM ${column}) * 1000)::double precision`;

/** What learners did, folded: course states, active hours, devices and channels. */
export class ProfilesStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** In the order of the ids; one round trip for any number of learners. */
  async states(learnerIds: readonly string[], now: Date): Promise<LearnerState[]> {
    const rows = (await this.#dataSource.query(
      `SELECT asked.id AS "learnerId",
         (SELECT to_jsonb(found) FROM (SELECT ${LEARNER_COLUMNS} FROM learner WHERE learner.id = asked.id) found)
           AS learner,
         COALESCE((SELECT jsonb_agg(jsonb_build_object(
           'courseId', lc.course_id, 'views', lc.views, 'starts', lc.starts, 'attempts', lc.attempts,
           'secondsSpent', lc.seconds_spent, 'maxProgress', lc.max_progress,
           'abandonedProgress', lc.abandoned_progress, 'rating', lc.rating, 'ratedAtMs', ${ms('lc.rated_at')},
           'completedAtMs', ${ms('lc.completed_at')}, 'passedAtMs', ${ms('lc.passed_at')},
           'failedAtMs', ${ms('lc.failed_at')}, 'abandonedAtMs', ${ms('lc.abandoned_at')},
           'savedAtMs', ${ms('lc.saved_at')}, 'sharedAtMs', ${ms('lc.shared_at')},
           'dismissedAtMs', ${ms('lc.dismissed_at')}, 'dismissReason', lc.dismiss_reason, 'waivedAtMs', ${ms('lc.waived_at')},
           'firstAtMs', ${ms('lc.first_at')}, 'lastAtMs', ${ms('lc.last_at')}) ORDER BY lc.course_id)
           FROM learner_course lc WHERE lc.learner_id = asked.id), '[]') AS courses,
         COALESCE((SELECT jsonb_agg(jsonb_build_object('courseId', a.course_id, 'obligation', a.obligation,
           'dueAt', a.due_at, 'countsFrom', a.counts_from) ORDER BY a.course_id)
           FROM assignment a WHERE a.learner_id = asked.id), '[]') AS assignments,
         COALESCE((SELECT jsonb_agg(jsonb_build_object('skillId', ls.skill_id, 'source', ls.source,
           'level', ls.level, 'confidence', ls.confidence, 'observedAt', ls.observed_at, 'scale', ls.scale,
           'scaleValue', ls.scale_value) ORDER BY ls.skill_id, ls.source)
           FROM learner_skill ls WHERE ls.learner_id = asked.id), '[]') AS skills,
         COALESCE((SELECT jsonb_agg(jsonb_build_object('term', kept.term, 'atMs', ${ms('kept.at')},
           'hadNoResults', kept.zero_results > 0, 'followedAtMs', ${ms('kept.followed_at')})
           ORDER BY kept.at DESC, kept.term COLLATE "C")
           FROM (SELECT newest.* FROM (
               SELECT DISTINCT ON (s.term) s.term, s.at, s.zero_results, s.followed_at FROM learner_search s
               WHERE s.learner_id = asked.id AND s.at > $2::timestamptz - interval '${SEARCH_IN_VAIN_DAYS} days'
               ORDER BY s.term, s.at DESC) newest
             WHERE newest.zero_results > 0 OR newest.at > $2::timestamptz - interval '${RECENT_SEARCH_DAYS} days'
             ORDER BY newest.at DESC, newest.term COLLATE "C" LIMIT ${MOST_SEARCH_TERMS}) kept), '[]') AS searches
       FROM unnest($1::text[]) WITH ORDINALITY AS asked (id, place)
       ORDER BY asked.place`,
      [learnerIds, now],
    )) as StoredLearnerState[];
    return rows.map((row) => ({
      ...row,
      assignments: row.assignments.map((a) => ({
        ...a,
        dueAt: a.dueAt === null ? null : new Date(a.dueAt),
        countsFrom: a.countsFrom === null ? null : new Date(a.countsFrom),
      })),
      skills: row.skills.map((s) => ({ ...s, observedAt: new Date(s.observedAt) })),
    }));
  }

  async rhythm(learnerId: string, since: Date): Promise<LearnerRhythm> {
    const [row] = (await this.#dataSource.query(
      `SELECT ARRAY(SELECT ${ms('hour.hour_start')} FROM learner_active_hour hour
           WHERE hour.learner_id = $1 AND hour.hour_start >= $2 ORDER BY hour.hour_start) AS "activeHourStartsMs",
         COALESCE((SELECT jsonb_agg(jsonb_build_object('device', t.device, 'channel', t.channel, 'events', t.events)
             ORDER BY t.device, t.channel)
           FROM learner_touchpoint t WHERE t.learner_id = $1), '[]') AS touchpoints`,
      [learnerId, since],
    )) as LearnerRhythm[];
    return row ?? { activeHourStartsMs: [], touchpoints: [] };
  }

  async habits(learnerId: string): Promise<LearnerHabits> {
    const [row] = (await this.#dataSource.query(
      `SELECT (SELECT jsonb_build_object('events', p.events, 'firstAtMs', ${ms('p.first_at')},
             'lastAtMs', ${ms('p.last_at')}) FROM learner_profile p WHERE p.learner_id = $1) AS evidence,
         COALESCE((SELECT jsonb_agg(jsonb_build_object('term', t.term, 'searches', t.searches,
             'withoutResults', t.zero_results, 'withoutClick', t.unfollowed, 'lastAtMs', ${ms('t.last_at')})
             ORDER BY t.searches DESC, t.last_at DESC, t.term COLLATE "C")
           FROM (SELECT s.term, sum(s.searches) AS searches, sum(s.zero_results) AS zero_results,
               COALESCE(sum(s.searches) FILTER (WHERE s.followed_at IS NULL), 0) AS unfollowed, max(s.at) AS last_at
             FROM learner_search s WHERE s.learner_id = $1 GROUP BY s.term
             ORDER BY searches DESC, last_at DESC, s.term COLLATE "C" LIMIT ${MOST_HABITS}) t), '[]') AS "searchTerms",
         COALESCE((SELECT jsonb_agg(jsonb_build_object('page', v.page, 'visits', v.visits,
             'lastAtMs', ${ms('v.last_at')}) ORDER BY v.visits DESC, v.last_at DESC, v.page COLLATE "C")
           FROM (SELECT * FROM learner_page one WHERE one.learner_id = $1
             ORDER BY one.visits DESC, one.last_at DESC, one.page COLLATE "C" LIMIT ${MOST_HABITS}) v), '[]') AS pages,
         COALESCE((SELECT jsonb_agg(jsonb_build_object('device', l.device, 'minutes', l.minutes,
             'sittings', l.sittings) ORDER BY l.device, l.minutes)
           FROM learner_sitting l WHERE l.learner_id = $1), '[]') AS sittings`,
      [learnerId],
    )) as LearnerHabits[];
    return row ?? { evidence: null, searchTerms: [], pages: [], sittings: [] };
  }

  /**
   * Active hours of a part of the active learners, drawn by a hash of their ids so that everyone is as likely and the
   * same people come every time. Pages keep the event loop free.
   */
  async rhythmSample(
    since: Date,
    after: string,
    limit: number,
  ): Promise<{ place: string; timezone: string | null; hourStartsMs: number[] }[]> {
    return (await this.#dataSource.query(
      `SELECT md5(learner.id) AS place, learner.timezone,
         ARRAY(SELECT ${ms('hour.hour_start')} FROM learner_active_hour hour
           WHERE hour.learner_id = learner.id AND hour.hour_start >= $1 ORDER BY hour.hour_start) AS "hourStartsMs"
       FROM learner
       WHERE learner.active AND md5(learner.id) > $2
       ORDER BY md5(learner.id)
       LIMIT $3`,
      [since, after, limit],
    )) as { place: string; timezone: string | null; hourStartsMs: number[] }[];
  }

  async touchpointTotals(): Promise<Touchpoint[]> {
    return (await this.#dataSource.query(
      `SELECT t.device, t.channel, sum(t.events)::double precision AS events
       FROM learner_touchpoint t GROUP BY t.device, t.channel ORDER BY t.device, t.channel`,
    )) as Touchpoint[];
  }

  /**
   * Adds what new interactions mean to the profiles; the log must hold them already, in the same transaction.
   *
   * The first statement locks the row of every learner concerned until the transaction ends, so that those who write about
   * one learner wait for each other and what is read from the log afterwards misses nothing that others fold. Rows are
   * written in key order, so that writers cannot deadlock.
   */
  async fold(transaction: Queryable, delta: ProfileDelta): Promise<void> {
    await foldEvidence(transaction, delta.evidence);
    await foldCourses(transaction, delta.courses);
    await foldActiveHours(transaction, delta.activeHours);
    await foldTouchpoints(transaction, delta.touchpoints);
    await foldPages(transaction, delta.pages);
    await foldSittings(transaction, delta.sittings);
    await foldSearches(transaction, delta.searches);
    await foldOpenings(transaction, delta.openings);
  }

  /**
   * Empties the profiles of the next learners after an id, and locks them against writers until the transaction ends.
   *
   * @returns their ids in order; none: there are no more
   */
  async clearPage(transaction: Queryable, after: string, limit: number): Promise<readonly string[]> {
    // Learners without a row get one, as a lock is needed on them too; it goes with the others.
    const locked = (await transaction.query(
      `INSERT INTO learner_profile AS held (learner_id, events, first_at, last_at)
       SELECT page.id, 0, now(), now()
       FROM (SELECT learner.id FROM learner WHERE learner.id > $1 ORDER BY learner.id LIMIT $2 FOR KEY SHARE) page
       ORDER BY page.id
       ON CONFLICT (learner_id) DO UPDATE SET events = held.events
       RETURNING held.learner_id AS id`,
      [after, limit],
    )) as { id: string }[];
    const ids = locked.map(({ id }) => id);
    for (const table of FOLDED_TABLES) {
      await transaction.query(`DELETE FROM ${table} WHERE ${table}.learner_id = ANY($1::text[])`, [ids]);
    }
    return ids;
  }

  async countLearners(): Promise<number> {
    const [row] = (await this.#dataSource.query('SELECT count(*)::integer AS n FROM learner')) as { n: number }[];
    return row?.n ?? 0;
  }
}

/** Everything that is folded from the log. */
const FOLDED_TABLES = [
  'learner_course',
  'learner_active_hour',
  'learner_touchpoint',
  'learner_search',
  'learner_page',
  'learner_sitting',
  'learner_profile',
];

async function foldEvidence(transaction: Queryable, evidence: ProfileDelta['evidence']): Promise<void> {
  if (evidence.length === 0) return;
  await transaction.query(
    `INSERT INTO learner_profile AS held (learner_id, events, first_at, last_at)
     SELECT * FROM unnest($1::text[], $2::integer[], $3::timestamptz[], $4::timestamptz[])
       AS new (learner_id, events, first_at, last_at)
     ORDER BY new.learner_id
     ON CONFLICT (learner_id) DO UPDATE SET events = held.events + excluded.events,
       first_at = least(held.first_at, excluded.first_at), last_at = greatest(held.last_at, excluded.last_at)`,
    [
      evidence.map((e) => e.learnerId),
      evidence.map((e) => e.events),
      evidence.map((e) => new Date(e.firstAtMs)),
      evidence.map((e) => new Date(e.lastAtMs)),
    ],
  );
}

async function foldCourses(transaction: Queryable, courses: ProfileDelta['courses']): Promise<void> {
  if (courses.length === 0) return;
  const instants = (pick: (state: CourseState) => number | null) =>
    courses.map(({ state }) => {
      const atMs = pick(state);
      return atMs === null ? null : new Date(atMs);
    });
  await transaction.query(
    `INSERT INTO learner_course AS held (learner_id, course_id, views, starts, attempts, seconds_spent, max_progress,
       abandoned_progress, rating, rated_at, completed_at, passed_at, failed_at, abandoned_at, saved_at, shared_at,
       dismissed_at, dismiss_reason, waived_at, first_at, last_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::integer[],
       $6::double precision[], $7::double precision[], $8::double precision[], $9::double precision[],
       $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[],
       $15::timestamptz[], $16::timestamptz[], $17::timestamptz[], $18::text[], $19::timestamptz[], $20::timestamptz[],
       $21::timestamptz[]) AS new (learner_id, course_id)
     ORDER BY new.learner_id, new.course_id
     ON CONFLICT (learner_id, course_id) DO UPDATE SET
       views = held.views + excluded.views,
       starts = held.starts + excluded.starts,
       attempts = held.attempts + excluded.attempts,
       seconds_spent = held.seconds_spent + excluded.seconds_spent,
       max_progress = greatest(held.max_progress, excluded.max_progress),
       abandoned_progress = ${latest('abandoned_progress', 'abandoned_at')},
       rating = ${latest('rating', 'rated_at')},
       rated_at = greatest(held.rated_at, excluded.rated_at),
       completed_at = greatest(held.completed_at, excluded.completed_at),
       passed_at = greatest(held.passed_at, excluded.passed_at),
       failed_at = greatest(held.failed_at, excluded.failed_at),
       abandoned_at = greatest(held.abandoned_at, excluded.abandoned_at),
       saved_at = greatest(held.saved_at, excluded.saved_at),
       shared_at = greatest(held.shared_at, excluded.shared_at),
       dismiss_reason = ${latest('dismiss_reason', 'dismissed_at', ' COLLATE "C"')},
       dismissed_at = greatest(held.dismissed_at, excluded.dismissed_at),
       waived_at = greatest(held.waived_at, excluded.waived_at),
       first_at = least(held.first_at, excluded.first_at),
       last_at = greatest(held.last_at, excluded.last_at)`,
    [
      courses.map((c) => c.learnerId),
      courses.map((c) => c.courseId),
      courses.map((c) => c.state.views),
      courses.map((c) => c.state.starts),
      courses.map((c) => c.state.attempts),
      courses.map((c) => c.state.secondsSpent),
      courses.map((c) => c.state.maxProgress),
      courses.map((c) => c.state.abandonedProgress),
      courses.map((c) => c.state.rating),
      instants((s) => s.ratedAtMs),
      instants((s) => s.completedAtMs),
      instants((s) => s.passedAtMs),
      instants((s) => s.failedAtMs),
      instants((s) => s.abandonedAtMs),
      instants((s) => s.savedAtMs),
      instants((s) => s.sharedAtMs),
      instants((s) => s.dismissedAtMs),
      courses.map((c) => c.state.dismissReason),
      instants((s) => s.waivedAtMs),
      instants((s) => s.firstAtMs),
      instants((s) => s.lastAtMs),
    ],
  );
}

async function foldActiveHours(transaction: Queryable, activeHours: ProfileDelta['activeHours']): Promise<void> {
  if (activeHours.length === 0) return;
  await transaction.query(
    `INSERT INTO learner_active_hour (learner_id, hour_start)
     SELECT * FROM unnest($1::text[], $2::timestamptz[]) AS new (learner_id, hour_start)
     ORDER BY new.learner_id, new.hour_start
     ON CONFLICT (learner_id, hour_start) DO NOTHING`,
    [activeHours.map((h) => h.learnerId), activeHours.map((h) => new Date(h.hourStartMs))],
  );
}

async function foldTouchpoints(transaction: Queryable, touchpoints: ProfileDelta['touchpoints']): Promise<void> {
  if (touchpoints.length === 0) return;
  await transaction.query(
    `INSERT INTO learner_touchpoint AS held (learner_id, device, channel, events)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[])
       AS new (learner_id, device, channel, events)
     ORDER BY new.learner_id, new.device, new.channel
     ON CONFLICT (learner_id, device, channel) DO UPDATE SET events = held.events + excluded.events`,
    [
      touchpoints.map((t) => t.learnerId),
      touchpoints.map((t) => t.device),
      touchpoints.map((t) => t.channel),
      touchpoints.map((t) => t.events),
    ],
  );
}

async function foldPages(transaction: Queryable, pages: ProfileDelta['pages']): Promise<void> {
  if (pages.length === 0) return;
  await transaction.query(
    `INSERT INTO learner_page AS held (learner_id, page, visits, last_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::timestamptz[])
       AS new (learner_id, page, visits, last_at)
     ORDER BY new.learner_id, new.page
     ON CONFLICT (learner_id, page) DO UPDATE SET visits = held.visits + excluded.visits,
       last_at = greatest(held.last_at, excluded.last_at)`,
    [
      pages.map((p) => p.learnerId),
      pages.map((p) => p.page),
      pages.map((p) => p.visits),
      pages.map((p) => new Date(p.lastAtMs)),
    ],
  );
}

async function foldSittings(transaction: Queryable, sittings: ProfileDelta['sittings']): Promise<void> {
  if (sittings.length === 0) return;
  await transaction.query(
    `INSERT INTO learner_sitting AS held (learner_id, device, minutes, sittings)
     SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[])
       AS new (learner_id, device, minutes, sittings)
     ORDER BY new.learner_id, new.device, new.minutes
     ON CONFLICT (learner_id, device, minutes) DO UPDATE SET sittings = held.sittings + excluded.sittings`,
    [
      sittings.map((s) => s.learnerId),
      sittings.map((s) => s.device),
      sittings.map((s) => s.minutes),
      sittings.map((s) => s.sittings),
    ],
  );
}

/** Of the log: what opens a course, as `opensCourse` says. */
const OPENS_COURSE = `opening.course_id IS NOT NULL AND opening.verb IN (${OPENING_VERBS.map((v) => `'${v}'`).join(', ')})
  AND (opening.verb <> 'VIEWED' OR opening.duration_seconds IS NULL OR opening.duration_seconds >= ${MIN_VIEW_SECONDS})`;
const FOLLOWED_WITHIN = `interval '${FOLLOWED_WITHIN_MINUTES} minutes'`;

/** What a search led to may have been stored before the search was. */
async function foldSearches(transaction: Queryable, searches: ProfileDelta['searches']): Promise<void> {
  if (searches.length === 0) return;
  await transaction.query(
    `INSERT INTO learner_search AS held (learner_id, at, term, searches, zero_results, followed_at)
     SELECT new.learner_id, new.at, new.term, new.searches, new.zero_results,
       (SELECT opening.at FROM interaction opening
        WHERE opening.learner_id = new.learner_id AND opening.at >= new.at AND opening.at <= new.at + ${FOLLOWED_WITHIN}
          AND ${OPENS_COURSE}
        ORDER BY opening.at LIMIT 1)
     FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::integer[], $5::integer[])
       AS new (learner_id, at, term, searches, zero_results)
     ORDER BY new.learner_id, new.at, new.term
     ON CONFLICT (learner_id, at, term) DO UPDATE SET searches = held.searches + excluded.searches,
       zero_results = held.zero_results + excluded.zero_results,
       followed_at = least(held.followed_at, excluded.followed_at)`,
    [
      searches.map((s) => s.learnerId),
      searches.map((s) => new Date(s.atMs)),
      searches.map((s) => s.term),
      searches.map((s) => s.searches),
      searches.map((s) => s.zeroResults),
    ],
  );
}

/** Searches stored before may have led to what is new. */
async function foldOpenings(transaction: Queryable, openings: ProfileDelta['openings']): Promise<void> {
  if (openings.length === 0) return;
  // OFFSET 0 keeps the planner to the key of learner_search, whatever it believes of the sizes.
  await transaction.query(
    `UPDATE learner_search held SET followed_at = led.at
     FROM (
       SELECT search.learner_id, search.at AS searched_at, search.term, min(opening.at) AS at
       FROM unnest($1::text[], $2::timestamptz[]) AS opening (learner_id, at)
       CROSS JOIN LATERAL (
         SELECT one.learner_id, one.at, one.term FROM learner_search one
         WHERE one.learner_id = opening.learner_id AND one.at <= opening.at AND one.at >= opening.at - ${FOLLOWED_WITHIN}
           AND (one.followed_at IS NULL OR one.followed_at > opening.at)
         OFFSET 0) AS search
       GROUP BY search.learner_id, search.at, search.term) AS led
     WHERE held.learner_id = led.learner_id AND held.at = led.searched_at AND held.term = led.term`,
    [openings.map((o) => o.learnerId), openings.map((o) => new Date(o.atMs))],
  );
}

/** A learner's state as SQL returns it: JSON has no dates. */
type StoredLearnerState = Omit<LearnerState, 'assignments' | 'skills'> & {
  readonly assignments: readonly {
    courseId: string;
    obligation: Obligation;
    dueAt: string | null;
    countsFrom: string | null;
  }[];
  readonly skills: readonly (Omit<SkillEvidence, 'learnerId' | 'observedAt'> & { observedAt: string })[];
};
