import { Column, type DataSource, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Queryable } from '../platform/database/database.js';
import type { Assignment, Learner, Obligation, SkillEvidence, SkillSource, WorkDay } from './learner.js';

@Entity({ name: 'learner' })
@Index('learner_manager_ix', ['managerId'])
// An index on md5(id), which no decorator can say: the migration does.
@Index('learner_sample_ix', { synchronize: false })
@Index('learner_unprocessed_ix', ['id'], { where: 'personalisation_opt_out OR restricted_at IS NOT NULL' })
class LearnerRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'learner_pk' })
  id!: string;

  @Column({ type: 'text', nullable: true })
  timezone!: string | null;

  @Column({ type: 'text', array: true })
  languages!: string[];

  @Column({ type: 'text', nullable: true })
  department!: string | null;

  @Column({ type: 'text', nullable: true })
  location!: string | null;

  @Column({ name: 'role_id', type: 'text', nullable: true })
  @ForeignKey('RoleRow', { name: 'learner_role_fk' })
  roleId!: string | null;

  @Column({ name: 'target_role_id', type: 'text', nullable: true })
  @ForeignKey('RoleRow', { name: 'learner_target_role_fk' })
  targetRoleId!: string | null;

  @Column({ name: 'manager_id', type: 'text', nullable: true })
  managerId!: string | null;

  @Column({ name: 'hired_on', type: 'date', nullable: true })
  hiredOn!: string | null;

  @Column({ name: 'work_pattern', type: 'jsonb', nullable: true })
  workPattern!: WorkDay[] | null;

  @Column({ name: 'quiet_start_minute', type: 'smallint', nullable: true })
  quietStartMinute!: number | null;

  @Column({ name: 'quiet_end_minute', type: 'smallint', nullable: true })
  quietEndMinute!: number | null;

  @Column({ type: 'boolean' })
  active!: boolean;

  @Column({ name: 'personalisation_opt_out', type: 'boolean' })
  personalisationOptOut!: boolean;

  /** When they were stored first. */
  @Column({ name: 'known_since', type: 'timestamptz', default: () => 'now()' })
  knownSince!: Date;

  /** Since when nothing may be done with what is known of them but keep it; null: it may. */
  @Column({ name: 'restricted_at', type: 'timestamptz', nullable: true })
  restrictedAt!: Date | null;
}

/** Who was erased: nobody becomes known again under their id by itself. */
@Entity({ name: 'erased_learner' })
class ErasedLearnerRow {
  @PrimaryColumn({ name: 'learner_hash', type: 'bytea', primaryKeyConstraintName: 'erased_learner_pk' })
  learnerHash!: Buffer;

  @Column({ name: 'erased_at', type: 'timestamptz' })
  erasedAt!: Date;
}

@Entity({ name: 'learner_skill' })
class LearnerSkillRow {
  @PrimaryColumn({ name: 'learner_id', type: 'text', primaryKeyConstraintName: 'learner_skill_pk' })
  @ForeignKey(() => LearnerRow, { name: 'learner_skill_learner_fk', onDelete: 'CASCADE' })
  learnerId!: string;

  @PrimaryColumn({ name: 'skill_id', type: 'text', primaryKeyConstraintName: 'learner_skill_pk' })
  @ForeignKey('SkillRow', { name: 'learner_skill_skill_fk' })
  skillId!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'learner_skill_pk' })
  source!: SkillSource;

  @Column({ type: 'real' })
  level!: number;

  @Column({ type: 'real' })
  confidence!: number;

  @Column({ name: 'observed_at', type: 'timestamptz' })
  observedAt!: Date;

  @Column({ type: 'text', nullable: true })
  scale!: string | null;

  @Column({ name: 'scale_value', type: 'text', nullable: true })
  scaleValue!: string | null;
}

@Entity({ name: 'assignment' })
class AssignmentRow {
  @PrimaryColumn({ name: 'learner_id', type: 'text', primaryKeyConstraintName: 'assignment_pk' })
  @ForeignKey(() => LearnerRow, { name: 'assignment_learner_fk', onDelete: 'CASCADE' })
  learnerId!: string;

  @PrimaryColumn({ name: 'course_id', type: 'text', primaryKeyConstraintName: 'assignment_pk' })
  @ForeignKey('CourseRow', { name: 'assignment_course_fk' })
  courseId!: string;

  @Column({ type: 'text' })
  obligation!: Obligation;

  @Column({ name: 'due_at', type: 'timestamptz', nullable: true })
  dueAt!: Date | null;

  @Column({ name: 'counts_from', type: 'timestamptz', nullable: true })
  countsFrom!: Date | null;
}

/** What somebody took because a rule obliged them to, whatever has become of the rule. */
@Entity({ name: 'mandated_course' })
class MandatedCourseRow {
  @PrimaryColumn({ name: 'learner_id', type: 'text', primaryKeyConstraintName: 'mandated_course_pk' })
  @ForeignKey(() => LearnerRow, { name: 'mandated_course_learner_fk', onDelete: 'CASCADE' })
  learnerId!: string;

  @PrimaryColumn({ name: 'course_id', type: 'text', primaryKeyConstraintName: 'mandated_course_pk' })
  @ForeignKey('CourseRow', { name: 'mandated_course_course_fk' })
  courseId!: string;

  /** When they first took part in it so. */
  @Column({ type: 'timestamptz' })
  since!: Date;
}

/** Table classes of this feature, for the data source. */
export const LEARNER_TABLES = [LearnerRow, LearnerSkillRow, AssignmentRow, MandatedCourseRow, ErasedLearnerRow];

const columnsWith = (
  optOut: string,
) => `learner.id, learner.timezone, learner.languages, learner.department, learner.location,
  learner.role_id AS "roleId", learner.target_role_id AS "targetRoleId", learner.manager_id AS "managerId",
  learner.hired_on::text AS "hiredOn", learner.work_pattern AS "workPattern",
  CASE WHEN learner.quiet_start_minute IS NOT NULL THEN jsonb_build_object(
    'startMinute', learner.quiet_start_minute, 'endMinute', learner.quiet_end_minute) END AS "quietHours",
  learner.active, ${optOut} AS "personalisationOptOut"`;

/**
 * A `Learner`, selected from `learner`. Whoever may not be processed gets what somebody gets who wants nothing personal:
 * what was gathered of them is used for nothing.
 */
export const LEARNER_COLUMNS = columnsWith('(learner.personalisation_opt_out OR learner.restricted_at IS NOT NULL)');
/** As it was sent. */
const SENT_COLUMNS = columnsWith('learner.personalisation_opt_out');

/** What people can be looked for by. */
export interface PeopleCriteria {
  readonly departments: readonly string[];
  readonly roleIds: readonly string[];
  readonly locations: readonly string[];
  /** Primary subtags, lower case; who has named no language understands any. */
  readonly languages: readonly string[];
  readonly learnerIds: readonly string[];
}

const LEARNERS_LOCK = 727_002;

/** What people are gone through by; nothing filled in: everybody. */
export type PopulationCriteria = Pick<PeopleCriteria, 'departments' | 'roleIds' | 'locations' | 'learnerIds'>;

const PICKED = `learner.active AND learner.restricted_at IS NULL
  AND (cardinality($1::text[]) = 0 OR learner.department = ANY($1::text[]))
  AND (cardinality($2::text[]) = 0 OR learner.role_id = ANY($2::text[]))
  AND (cardinality($3::text[]) = 0 OR learner.location = ANY($3::text[]))
  AND (cardinality($4::text[]) = 0 OR learner.id = ANY($4::text[]))`;

const pickedBy = (criteria: PopulationCriteria): readonly (readonly string[])[] => [
  criteria.departments,
  criteria.roleIds,
  criteria.locations,
  criteria.learnerIds,
];

export class LearnersStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /**
   * Makes whoever changes learners wait for each other until the end of the transaction: a change keeps the fields that
   * its sender left out, so reading and writing must not overlap with another's, not even for a learner who is new.
   */
  async lockLearners(transaction: Queryable): Promise<void> {
    await transaction.query('SELECT pg_advisory_xact_lock($1)', [LEARNERS_LOCK]);
  }

  async byIds(db: Queryable, ids: readonly string[]): Promise<Learner[]> {
    return (await db.query(`SELECT ${LEARNER_COLUMNS} FROM learner WHERE learner.id = ANY($1::text[])`, [
      ids,
    ])) as Learner[];
  }

  /** As they were sent: who is restricted is not told from others. */
  async sentByIds(db: Queryable, ids: readonly string[]): Promise<Learner[]> {
    return (await db.query(`SELECT ${SENT_COLUMNS} FROM learner WHERE learner.id = ANY($1::text[])`, [
      ids,
    ])) as Learner[];
  }

  /** Those of the hashes that are of somebody who was erased. */
  async erased(db: Queryable, hashes: readonly Buffer[]): Promise<Buffer[]> {
    const rows = (await db.query(
      'SELECT e.learner_hash AS hash FROM erased_learner e WHERE e.learner_hash = ANY($1::bytea[])',
      [hashes],
    )) as { hash: Buffer }[];
    return rows.map(({ hash }) => hash);
  }

  async markErased(transaction: Queryable, hash: Buffer, at: Date): Promise<void> {
    await transaction.query(
      `INSERT INTO erased_learner AS e (learner_hash, erased_at) VALUES ($1, $2)
       ON CONFLICT (learner_hash) DO UPDATE SET erased_at = excluded.erased_at`,
      [hash, at],
    );
  }

  /** False: they were not erased. */
  async unmarkErased(transaction: Queryable, hash: Buffer): Promise<boolean> {
    const [, count] = (await transaction.query('DELETE FROM erased_learner WHERE learner_hash = $1', [hash])) as [
      unknown,
      number,
    ];
    return count > 0;
  }

  async isAnyErasedSince(at: Date): Promise<boolean> {
    const [row] = (await this.#dataSource.query(
      'SELECT EXISTS (SELECT FROM erased_learner e WHERE e.erased_at > $1) AS found',
      [at],
    )) as { found: boolean }[];
    return row?.found ?? false;
  }

  /** @param at null: no restriction any more @returns false: there is no such learner */
  async restrict(transaction: Queryable, id: string, at: Date | null): Promise<boolean> {
    const [, count] = (await transaction.query(
      `UPDATE learner SET restricted_at = CASE WHEN $2::timestamptz IS NULL THEN NULL
         ELSE COALESCE(learner.restricted_at, $2) END WHERE learner.id = $1`,
      [id, at],
    )) as [unknown, number];
    return count > 0;
  }

  /** Null: no restriction, or no such learner. */
  async restrictedAt(id: string): Promise<Date | null> {
    const [row] = (await this.#dataSource.query(
      'SELECT learner.restricted_at AS at FROM learner WHERE learner.id = $1',
      [id],
    )) as { at: Date | null }[];
    return row?.at ?? null;
  }

  async existingIds(db: Queryable, ids: readonly string[]): Promise<string[]> {
    const rows = await db.query('SELECT learner.id FROM learner WHERE learner.id = ANY($1::text[])', [ids]);
    return (rows as { id: string }[]).map((row) => row.id);
  }

  /** As `existingIds`, and nobody can delete them before the transaction ends. */
  async holdExisting(transaction: Queryable, ids: readonly string[]): Promise<string[]> {
    const rows = (await transaction.query(
      'SELECT learner.id FROM learner WHERE learner.id = ANY($1::text[]) ORDER BY learner.id FOR KEY SHARE',
      [ids],
    )) as { id: string }[];
    return rows.map(({ id }) => id);
  }

  async nextIds(db: Queryable, after: string, limit: number): Promise<string[]> {
    const rows = await db.query('SELECT learner.id FROM learner WHERE learner.id > $1 ORDER BY learner.id LIMIT $2', [
      after,
      limit,
    ]);
    return (rows as { id: string }[]).map(({ id }) => id);
  }

  /** Waits for all who hold them, and makes those wait who want to, until the transaction ends. */
  async holdForErasure(transaction: Queryable, id: string): Promise<void> {
    await transaction.query('SELECT learner.id FROM learner WHERE learner.id = $1 FOR UPDATE', [id]);
  }

  /** How many active people fit. */
  async countPeople(criteria: PopulationCriteria): Promise<number> {
    const [row] = (await this.#dataSource.query(
      `SELECT count(*)::integer AS n FROM learner WHERE ${PICKED}`,
      pickedBy(criteria).slice(),
    )) as { n: number }[];
    return row?.n ?? 0;
  }

  /** The next active people in the order of a hash of their ids, so that any beginning of it is a fair sample. */
  async people(criteria: PopulationCriteria, after: string, limit: number): Promise<{ id: string; place: string }[]> {
    return (await this.#dataSource.query(
      `SELECT learner.id, md5(learner.id) AS place FROM learner WHERE ${PICKED} AND md5(learner.id) > $5
       ORDER BY md5(learner.id) LIMIT $6`,
      [...pickedBy(criteria), after, limit],
    )) as { id: string; place: string }[];
  }

  /** How many of the learners have this manager. */
  async countReports(managerId: string, learnerIds: readonly string[]): Promise<number> {
    const [row] = (await this.#dataSource.query(
      'SELECT count(*)::integer AS n FROM learner WHERE learner.manager_id = $1 AND learner.id = ANY($2::text[])',
      [managerId, learnerIds],
    )) as { n: number }[];
    return row?.n ?? 0;
  }

  /** Whether an active person fits every criterion that is given; null or an empty list asks for nothing. */
  async isAnybody(criteria: PeopleCriteria): Promise<boolean> {
    const [row] = (await this.#dataSource.query(
      `SELECT EXISTS (SELECT 1 FROM learner WHERE learner.active
         AND (cardinality($1::text[]) = 0 OR learner.department = ANY($1))
         AND (cardinality($2::text[]) = 0 OR learner.role_id = ANY($2))
         AND (cardinality($3::text[]) = 0 OR learner.location = ANY($3))
         AND (cardinality($4::text[]) = 0 OR cardinality(learner.languages) = 0 OR EXISTS (
           SELECT 1 FROM unnest(learner.languages) AS tag WHERE lower(split_part(tag, '-', 1)) = ANY($4)))
         AND (cardinality($5::text[]) = 0 OR learner.id = ANY($5))) AS found`,
      [criteria.departments, criteria.roleIds, criteria.locations, criteria.languages, criteria.learnerIds],
    )) as { found: boolean }[];
    return row?.found ?? false;
  }

  /** How many active people each of the departments has; those without any are left out. */
  async departmentSizes(departments: readonly string[]): Promise<{ department: string; people: number }[]> {
    return (await this.#dataSource.query(
      `SELECT learner.department, count(*)::integer AS people FROM learner
       WHERE learner.active AND learner.department = ANY($1::text[]) GROUP BY learner.department`,
      [departments],
    )) as { department: string; people: number }[];
  }

  /** Courses that each of the learners is obliged to take, or took because a rule obliged them. */
  async mandatoryCourses(learnerIds: readonly string[]): Promise<{ learnerId: string; courseIds: string[] }[]> {
    return (await this.#dataSource.query(
      `SELECT duty.learner_id AS "learnerId", array_agg(duty.course_id) AS "courseIds"
       FROM (SELECT a.learner_id, a.course_id FROM assignment a
           WHERE a.learner_id = ANY($1::text[]) AND a.obligation = 'MANDATORY'
         UNION SELECT m.learner_id, m.course_id FROM mandated_course m WHERE m.learner_id = ANY($1::text[])) duty
       GROUP BY duty.learner_id`,
      [learnerIds],
    )) as { learnerId: string; courseIds: string[] }[];
  }

  /** Rows go in key order, so that two batches about the same people cannot deadlock. */
  async saveMandated(
    transaction: Queryable,
    duties: readonly { readonly learnerId: string; readonly courseId: string; readonly at: Date }[],
  ): Promise<void> {
    await transaction.query(
      `INSERT INTO mandated_course (learner_id, course_id, since)
       SELECT new.learner_id, new.course_id, min(new.at)
       FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS new (learner_id, course_id, at)
       GROUP BY new.learner_id, new.course_id ORDER BY new.learner_id, new.course_id
       ON CONFLICT (learner_id, course_id) DO NOTHING`,
      [duties.map((d) => d.learnerId), duties.map((d) => d.courseId), duties.map((d) => d.at)],
    );
  }

  /** When a course is due, for those of the learners that it is assigned to with a date. */
  async dueDates(learnerIds: readonly string[], courseId: string): Promise<{ learnerId: string; dueAt: Date }[]> {
    return (await this.#dataSource.query(
      `SELECT a.learner_id AS "learnerId", a.due_at AS "dueAt"
       FROM assignment a WHERE a.learner_id = ANY($1::text[]) AND a.course_id = $2 AND a.due_at IS NOT NULL`,
      [learnerIds, courseId],
    )) as { learnerId: string; dueAt: Date }[];
  }

  /** @param now when those who are new become known */
  async save(transaction: Queryable, learners: readonly Learner[], now: Date): Promise<void> {
    await transaction.query(
      `INSERT INTO learner (id, timezone, languages, department, location, role_id, target_role_id, manager_id, hired_on,
         work_pattern, quiet_start_minute, quiet_end_minute, active, personalisation_opt_out, known_since)
       SELECT new.id, new.timezone, ARRAY(SELECT jsonb_array_elements_text(new.languages)), new.department,
         new.location, new.role_id, new.target_role_id, new.manager_id, new.hired_on, new.work_pattern,
         new.quiet_start, new.quiet_end, new.active, new.opt_out, $15::timestamptz
       FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
         $9::date[], $10::jsonb[], $11::smallint[], $12::smallint[], $13::boolean[], $14::boolean[])
         AS new (id, timezone, languages, department, location, role_id, target_role_id, manager_id, hired_on,
           work_pattern, quiet_start, quiet_end, active, opt_out)
       ORDER BY new.id
       ON CONFLICT (id) DO UPDATE SET timezone = excluded.timezone, languages = excluded.languages,
         department = excluded.department, location = excluded.location, role_id = excluded.role_id,
         target_role_id = excluded.target_role_id, manager_id = excluded.manager_id, hired_on = excluded.hired_on,
         work_pattern = excluded.work_pattern, quiet_start_minute = excluded.quiet_start_minute,
         quiet_end_minute = excluded.quiet_end_minute, active = excluded.active,
         personalisation_opt_out = excluded.personalisation_opt_out`,
      [
        learners.map((l) => l.id),
        learners.map((l) => l.timezone),
        learners.map((l) => JSON.stringify(l.languages)),
        learners.map((l) => l.department),
        learners.map((l) => l.location),
        learners.map((l) => l.roleId),
        learners.map((l) => l.targetRoleId),
        learners.map((l) => l.managerId),
        learners.map((l) => l.hiredOn),
        learners.map((l) => (l.workPattern === null ? null : JSON.stringify(l.workPattern))),
        learners.map((l) => l.quietHours?.startMinute ?? null),
        learners.map((l) => l.quietHours?.endMinute ?? null),
        learners.map((l) => l.active),
        learners.map((l) => l.personalisationOptOut),
        now,
      ],
    );
  }

  /** An older observation never replaces a newer one of the same source. */
  async saveEvidence(transaction: Queryable, evidence: readonly SkillEvidence[]): Promise<void> {
    await transaction.query(
      `INSERT INTO learner_skill (learner_id, skill_id, source, level, confidence, observed_at, scale, scale_value)
       SELECT DISTINCT ON (new.learner_id, new.skill_id, new.source) new.learner_id, new.skill_id, new.source,
         new.level, new.confidence, new.observed_at, new.scale, new.scale_value
       FROM unnest($1::text[], $2::text[], $3::text[], $4::real[], $5::real[], $6::timestamptz[], $7::text[],
         $8::text[]) WITH ORDINALITY
         AS new (learner_id, skill_id, source, level, confidence, observed_at, scale, scale_value, place)
       ORDER BY new.learner_id, new.skill_id, new.source, new.observed_at DESC, new.place DESC
       ON CONFLICT (learner_id, skill_id, source) DO UPDATE SET level = excluded.level,
         confidence = excluded.confidence, observed_at = excluded.observed_at, scale = excluded.scale,
         scale_value = excluded.scale_value
       WHERE learner_skill.observed_at <= excluded.observed_at`,
      [
        evidence.map((e) => e.learnerId),
        evidence.map((e) => e.skillId),
        evidence.map((e) => e.source),
        evidence.map((e) => e.level),
        evidence.map((e) => e.confidence),
        evidence.map((e) => e.observedAt),
        evidence.map((e) => e.scale),
        evidence.map((e) => e.scaleValue),
      ],
    );
  }

  async saveAssignments(transaction: Queryable, assignments: readonly Assignment[]): Promise<void> {
    await transaction.query(
      `INSERT INTO assignment (learner_id, course_id, obligation, due_at, counts_from)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
         AS new (learner_id, course_id, obligation, due_at, counts_from)
       ORDER BY new.learner_id, new.course_id
       ON CONFLICT (learner_id, course_id) DO UPDATE SET obligation = excluded.obligation, due_at = excluded.due_at,
         counts_from = excluded.counts_from`,
      [
        assignments.map((a) => a.learnerId),
        assignments.map((a) => a.courseId),
        assignments.map((a) => a.obligation),
        assignments.map((a) => a.dueAt),
        assignments.map((a) => a.countsFrom),
      ],
    );
  }
}
