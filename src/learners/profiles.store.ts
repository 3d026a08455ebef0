import { Column, type DataSource, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { type PreparedStatement, prepareByCount, prepareStatement } from '../platform/database/database.js';
import { MOST_AT_ONCE } from '../platform/turns/batchedCalls.js';
import type { CourseState } from './courseState.js';
import type { Assignment, Learner, Obligation, SkillEvidence } from './learner.js';
import { LEARNER_COLUMNS } from './learners.store.js';
import type { DismissReason } from './profileEvent.js';
import { type LearnerSearch, MOST_SEARCH_TERMS, RECENT_SEARCH_DAYS, SEARCH_IN_VAIN_DAYS } from './search.js';

@Entity({ name: 'learner_course' })
class LearnerCourseRow {
  @PrimaryColumn({ name: 'learner_id', type: 'text', primaryKeyConstraintName: 'learner_course_pk' })
  learnerId!: string;

  @PrimaryColumn({ name: 'course_id', type: 'text', primaryKeyConstraintName: 'learner_course_pk' })
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
  learnerId!: string;

  @PrimaryColumn({ name: 'hour_start', type: 'timestamptz', primaryKeyConstraintName: 'learner_active_hour_pk' })
  hourStart!: Date;
}

@Entity({ name: 'learner_touchpoint' })
class LearnerTouchpointRow {
  @PrimaryColumn({ name: 'learner_id', type: 'text', primaryKeyConstraintName: 'learner_touchpoint_pk' })
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
  /** What they took because a rule obliged them to, whether or not it still does. */
  readonly mandatedCourseIds: readonly string[];
  readonly skills: readonly Omit<SkillEvidence, 'learnerId'>[];
  /** The latest search for each of up to 20 terms, latest first: of the last 30 days, in vain of the last 365. */
  readonly searches: readonly LearnerSearch[];
}

/** Of somebody nobody has told us about. */
export const unknownLearner = (learnerId: string): LearnerState => ({
  learnerId,
  learner: null,
  courses: [],
  assignments: [],
  mandatedCourseIds: [],
  skills: [],
  searches: [],
});

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

/** Milliseconds since 1970 as a JSON number. Not by `extract`, whose exact numerics take several times as long. */
const ms = (column: string) => `round(date_part('epoch', ${column}) * 1000)`;

/** JSON of the text kind all through: what goes straight out of the database need not be taken apart first. */
const statesOf = (asked: string, now: string) => `SELECT asked.id AS "learnerId",
     (SELECT to_json(found) FROM (SELECT ${LEARNER_COLUMNS} FROM learner WHERE learner.id = asked.id) found)
       AS learner,
     COALESCE((SELECT json_agg(json_build_object(
       'courseId', lc.course_id, 'views', lc.views, 'starts', lc.starts, 'attempts', lc.attempts,
       'secondsSpent', lc.seconds_spent, 'maxProgress', lc.max_progress,
       'abandonedProgress', lc.abandoned_progress, 'rating', lc.rating, 'ratedAtMs', ${ms('lc.rated_at')},
       'completedAtMs', ${ms('lc.completed_at')}, 'passedAtMs', ${ms('lc.passed_at')},
       'failedAtMs', ${ms('lc.failed_at')}, 'abandonedAtMs', ${ms('lc.abandoned_at')},
       'savedAtMs', ${ms('lc.saved_at')}, 'sharedAtMs', ${ms('lc.shared_at')},
       'dismissedAtMs', ${ms('lc.dismissed_at')}, 'dismissReason', lc.dismiss_reason, 'waivedAtMs', ${ms('lc.waived_at')},
       'firstAtMs', ${ms('lc.first_at')}, 'lastAtMs', ${ms('lc.last_at')}) ORDER BY lc.course_id)
       FROM learner_course lc WHERE lc.learner_id = asked.id), '[]') AS courses,
     COALESCE((SELECT json_agg(json_build_object('courseId', a.course_id, 'obligation', a.obligation,
       'dueAt', a.due_at, 'countsFrom', a.counts_from) ORDER BY a.course_id)
       FROM assignment a WHERE a.learner_id = asked.id), '[]') AS assignments,
     COALESCE((SELECT json_agg(m.course_id ORDER BY m.course_id)
       FROM mandated_course m WHERE m.learner_id = asked.id), '[]') AS "mandatedCourseIds",
     COALESCE((SELECT json_agg(json_build_object('skillId', ls.skill_id, 'source', ls.source,
       'level', ls.level, 'confidence', ls.confidence, 'observedAt', ls.observed_at, 'scale', ls.scale,
       'scaleValue', ls.scale_value) ORDER BY ls.skill_id, ls.source)
       FROM learner_skill ls WHERE ls.learner_id = asked.id), '[]') AS skills,
     COALESCE((SELECT json_agg(json_build_object('term', kept.term, 'atMs', ${ms('kept.at')},
       'hadNoResults', kept.zero_results > 0, 'followedAtMs', ${ms('kept.followed_at')})
       ORDER BY kept.at DESC, kept.term COLLATE "C")
       FROM (SELECT newest.* FROM (
           SELECT DISTINCT ON (s.term) s.term, s.at, s.zero_results, s.followed_at FROM learner_search s
           WHERE s.learner_id = asked.id AND s.at > ${now}::timestamptz - interval '${SEARCH_IN_VAIN_DAYS} days'
           ORDER BY s.term, s.at DESC) newest
         WHERE newest.zero_results > 0 OR newest.at > ${now}::timestamptz - interval '${RECENT_SEARCH_DAYS} days'
         ORDER BY newest.at DESC, newest.term COLLATE "C" LIMIT ${MOST_SEARCH_TERMS}) kept), '[]') AS searches
   FROM ${asked} ORDER BY asked.place`;
const STATES = statesOf('unnest($1::text[]) WITH ORDINALITY AS asked (id, place)', '$2');
/**
 * For one learner, as nearly every request asks, or a few. The server cannot tell how long a list will be, takes a plan for any
 * list to be dearer than one for the list at hand, and so would plan anew each time, which takes as long as running it.
 */
function statesOfFew(count: number): string {
  const asked = Array.from({ length: count }, (_, i) => `($${i + 1}::text, ${i})`);
  return statesOf(`(VALUES ${asked.join(', ')}) AS asked (id, place)`, `$${count + 1}`);
}

/** Reads what learners did, as it is folded from the log: see `profileFold.store.ts` for how it is written. */
export class ProfilesStore {
  readonly #dataSource: DataSource;
  readonly #states: PreparedStatement<StoredLearnerState>;
  readonly #statesOfFew: (count: number) => PreparedStatement<StoredLearnerState>;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
    this.#states = prepareStatement(dataSource, STATES);
    this.#statesOfFew = prepareByCount(dataSource, statesOfFew);
  }

  /** In the order of the ids; one round trip for any number of learners. */
  async states(learnerIds: readonly string[], now: Date): Promise<LearnerState[]> {
    if (learnerIds.length === 0) return [];
    const rows =
      learnerIds.length <= MOST_AT_ONCE
        ? await this.#statesOfFew(learnerIds.length)([...learnerIds, now])
        : await this.#states([learnerIds, now]);
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

  async countLearners(): Promise<number> {
    const [row] = (await this.#dataSource.query('SELECT count(*)::integer AS n FROM learner')) as { n: number }[];
    return row?.n ?? 0;
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
