import { Column, type DataSource, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { Queryable } from '../platform/database.js';
import type { CourseState } from './courseState.js';
import type { Assignment, Learner, Obligation, SkillEvidence } from './learner.js';
import { LEARNER_COLUMNS } from './learners.store.js';
import type { ProfileDelta } from './profileDelta.js';

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

/** Table classes of the profiles, for the data source. */
export const PROFILE_TABLES = [LearnerCourseRow, LearnerActiveHourRow, LearnerTouchpointRow];

/** A learner's profile as far as recommending needs it. */
export interface LearnerState {
  readonly learnerId: string;
  /** Null: nobody has told us about this learner. */
  readonly learner: Learner | null;
  readonly courses: readonly (CourseState & { readonly courseId: string })[];
  readonly assignments: readonly Omit<Assignment, 'learnerId'>[];
  readonly skills: readonly Omit<SkillEvidence, 'learnerId'>[];
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

/** Of a held and an added value the later one; of two at the same time the greater. */
const latest = (value: string, at: string) => `CASE
           WHEN held.${at} IS NULL OR excluded.${at} > held.${at} THEN excluded.${value}
           WHEN excluded.${at} = held.${at} THEN greatest(excluded.${value}, held.${value})
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
  async states(learnerIds: readonly string[]): Promise<LearnerState[]> {
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
           'dismissedAtMs', ${ms('lc.dismissed_at')}, 'waivedAtMs', ${ms('lc.waived_at')},
           'firstAtMs', ${ms('lc.first_at')}, 'lastAtMs', ${ms('lc.last_at')}) ORDER BY lc.course_id)
           FROM learner_course lc WHERE lc.learner_id = asked.id), '[]') AS courses,
         COALESCE((SELECT jsonb_agg(jsonb_build_object('courseId', a.course_id, 'obligation', a.obligation,
           'dueAt', a.due_at, 'countsFrom', a.counts_from) ORDER BY a.course_id)
           FROM assignment a WHERE a.learner_id = asked.id), '[]') AS assignments,
         COALESCE((SELECT jsonb_agg(jsonb_build_object('skillId', ls.skill_id, 'source', ls.source,
           'level', ls.level, 'confidence', ls.confidence, 'observedAt', ls.observed_at, 'scale', ls.scale,
           'scaleValue', ls.scale_value) ORDER BY ls.skill_id, ls.source)
           FROM learner_skill ls WHERE ls.learner_id = asked.id), '[]') AS skills
       FROM unnest($1::text[]) WITH ORDINALITY AS asked (id, place)
       ORDER BY asked.place`,
      [learnerIds],
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

  /** Adds what new interactions mean to the profiles. Rows are written in key order, so that writers cannot deadlock. */
  async fold(transaction: Queryable, delta: ProfileDelta): Promise<void> {
    const { courses, activeHours, touchpoints } = delta;
    const instants = (pick: (state: CourseState) => number | null) =>
      courses.map(({ state }) => {
        const atMs = pick(state);
        return atMs === null ? null : new Date(atMs);
      });
    await transaction.query(
      `INSERT INTO learner_course AS held (learner_id, course_id, views, starts, attempts, seconds_spent, max_progress,
         abandoned_progress, rating, rated_at, completed_at, passed_at, failed_at, abandoned_at, saved_at, shared_at,
         dismissed_at, waived_at, first_at, last_at)
       SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::integer[],
         $6::double precision[], $7::double precision[], $8::double precision[], $9::double precision[],
         $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[],
         $15::timestamptz[], $16::timestamptz[], $17::timestamptz[], $18::timestamptz[], $19::timestamptz[],
         $20::timestamptz[]) AS new (learner_id, course_id)
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
        instants((s) => s.waivedAtMs),
        instants((s) => s.firstAtMs),
        instants((s) => s.lastAtMs),
      ],
    );
    await transaction.query(
      `INSERT INTO learner_active_hour (learner_id, hour_start)
       SELECT * FROM unnest($1::text[], $2::timestamptz[]) AS new (learner_id, hour_start)
       ORDER BY new.learner_id, new.hour_start
       ON CONFLICT (learner_id, hour_start) DO NOTHING`,
      [activeHours.map((h) => h.learnerId), activeHours.map((h) => new Date(h.hourStartMs))],
    );
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
