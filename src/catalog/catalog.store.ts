import { Column, type DataSource, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Queryable } from '../platform/database/database.js';
import type { Course, CourseKind, CourseLevel, CourseSkill, LiveSession, Role, RoleSkill, Skill } from './course.js';
import { refreshSearchDocuments } from './courseSearch.store.js';

@Entity({ name: 'skill' })
@Index('skill_revision_ix', ['revision'])
class SkillRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'skill_pk' })
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', nullable: true })
  description!: string | null;

  @Column({ name: 'parent_id', type: 'text', nullable: true })
  @ForeignKey(() => SkillRow, { name: 'skill_parent_fk', deferrable: 'INITIALLY DEFERRED' })
  parentId!: string | null;

  @Column({ name: 'taxonomy_uri', type: 'text', nullable: true })
  taxonomyUri!: string | null;

  @Column({ type: 'bigint' })
  revision!: string;
}

@Entity({ name: 'role' })
@Index('role_revision_ix', ['revision'])
class RoleRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'role_pk' })
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'bigint' })
  revision!: string;
}

@Entity({ name: 'role_skill' })
class RoleSkillRow {
  @PrimaryColumn({ name: 'role_id', type: 'text', primaryKeyConstraintName: 'role_skill_pk' })
  @ForeignKey(() => RoleRow, { name: 'role_skill_role_fk', onDelete: 'CASCADE' })
  roleId!: string;

  @PrimaryColumn({ name: 'skill_id', type: 'text', primaryKeyConstraintName: 'role_skill_pk' })
  @ForeignKey(() => SkillRow, { name: 'role_skill_skill_fk' })
  skillId!: string;

  @Column({ name: 'target_level', type: 'real' })
  targetLevel!: number;

  @Column({ type: 'real' })
  importance!: number;
}

@Entity({ name: 'course' })
@Index('course_revision_ix', ['revision'])
@Index('course_search_ix', { synchronize: false })
class CourseRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'course_pk' })
  id!: string;

  @Column({ type: 'text' })
  title!: string;

  @Column({ type: 'text', nullable: true })
  description!: string | null;

  @Column({ type: 'text' })
  kind!: CourseKind;

  @Column({ type: 'text', nullable: true })
  language!: string | null;

  @Column({ type: 'text', nullable: true })
  provider!: string | null;

  @Column({ type: 'text', nullable: true })
  url!: string | null;

  @Column({ name: 'duration_minutes', type: 'integer', nullable: true })
  durationMinutes!: number | null;

  @Column({ type: 'text', nullable: true })
  level!: CourseLevel | null;

  @Column({ type: 'text', array: true })
  tags!: string[];

  @Column({ name: 'published_at', type: 'timestamptz', nullable: true })
  publishedAt!: Date | null;

  @Column({ name: 'retired_at', type: 'timestamptz', nullable: true })
  retiredAt!: Date | null;

  @Column({ name: 'excluded_from_recommendations', type: 'boolean' })
  excludedFromRecommendations!: boolean;

  @Column({ name: 'added_at', type: 'timestamptz', default: () => 'now()' })
  addedAt!: Date;

  /** What it is found by; written by `refreshSearchDocuments`. */
  @Column({ name: 'search_document', type: 'tsvector', select: false, default: () => "''" })
  searchDocument!: string;

  @Column({ type: 'bigint' })
  revision!: string;
}

@Entity({ name: 'course_skill' })
class CourseSkillRow {
  @PrimaryColumn({ name: 'course_id', type: 'text', primaryKeyConstraintName: 'course_skill_pk' })
  @ForeignKey(() => CourseRow, { name: 'course_skill_course_fk', onDelete: 'CASCADE' })
  courseId!: string;

  @PrimaryColumn({ name: 'skill_id', type: 'text', primaryKeyConstraintName: 'course_skill_pk' })
  @ForeignKey(() => SkillRow, { name: 'course_skill_skill_fk' })
  skillId!: string;

  @Column({ name: 'level_from', type: 'real' })
  levelFrom!: number;

  @Column({ name: 'level_to', type: 'real' })
  levelTo!: number;
}

@Entity({ name: 'course_prerequisite' })
class CoursePrerequisiteRow {
  @PrimaryColumn({ name: 'course_id', type: 'text', primaryKeyConstraintName: 'course_prerequisite_pk' })
  @ForeignKey(() => CourseRow, { name: 'course_prerequisite_course_fk', onDelete: 'CASCADE' })
  courseId!: string;

  @PrimaryColumn({ name: 'prerequisite_id', type: 'text', primaryKeyConstraintName: 'course_prerequisite_pk' })
  @ForeignKey(() => CourseRow, { name: 'course_prerequisite_prerequisite_fk' })
  prerequisiteId!: string;
}

@Entity({ name: 'live_session' })
class LiveSessionRow {
  @PrimaryColumn({ name: 'course_id', type: 'text', primaryKeyConstraintName: 'live_session_pk' })
  @ForeignKey(() => CourseRow, { name: 'live_session_course_fk', onDelete: 'CASCADE' })
  courseId!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'live_session_pk' })
  id!: string;

  @Column({ name: 'starts_at', type: 'timestamptz' })
  startsAt!: Date;

  @Column({ name: 'ends_at', type: 'timestamptz' })
  endsAt!: Date;

  @Column({ type: 'integer', nullable: true })
  capacity!: number | null;

  @Column({ name: 'seats_taken', type: 'integer', nullable: true })
  seatsTaken!: number | null;
}

/** Table classes of this feature, for the data source. */
export const CATALOG_TABLES = [
  SkillRow,
  RoleRow,
  RoleSkillRow,
  CourseRow,
  CourseSkillRow,
  CoursePrerequisiteRow,
  LiveSessionRow,
];

/** What changed in the catalogue after a revision. */
export interface CatalogChanges {
  readonly skills: readonly Skill[];
  readonly roles: readonly Role[];
  readonly courses: readonly Course[];
}

export class CatalogStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  async changesAfter(revision: number): Promise<CatalogChanges> {
    const [skills, roles, courses] = await Promise.all([
      this.skills(this.#dataSource, 'skill.revision > $1', revision),
      this.roles(this.#dataSource, 'role.revision > $1', revision),
      this.courses(this.#dataSource, 'course.revision > $1', revision),
    ]);
    return { skills, roles, courses };
  }

  skillsById(db: Queryable, ids: readonly string[]): Promise<Skill[]> {
    return this.skills(db, 'skill.id = ANY($1::text[])', ids);
  }

  rolesById(db: Queryable, ids: readonly string[]): Promise<Role[]> {
    return this.roles(db, 'role.id = ANY($1::text[])', ids);
  }

  coursesById(db: Queryable, ids: readonly string[]): Promise<Course[]> {
    return this.courses(db, 'course.id = ANY($1::text[])', ids);
  }

  /** Every parent of every skill, child first. */
  async skillParents(db: Queryable): Promise<(readonly [childId: string, parentId: string])[]> {
    const rows = await db.query('SELECT skill.id, skill.parent_id FROM skill WHERE skill.parent_id IS NOT NULL');
    return (rows as { id: string; parent_id: string }[]).map((row) => [row.id, row.parent_id]);
  }

  /** Every prerequisite of every course, dependent course first. */
  async prerequisites(db: Queryable): Promise<(readonly [courseId: string, prerequisiteId: string])[]> {
    const rows = await db.query('SELECT p.course_id, p.prerequisite_id FROM course_prerequisite p');
    return (rows as { course_id: string; prerequisite_id: string }[]).map((r) => [r.course_id, r.prerequisite_id]);
  }

  async saveSkills(transaction: Queryable, skills: readonly Skill[], revision: number): Promise<void> {
    const renamed = await this.#coursesOfRenamed(transaction, skills);
    await transaction.query(
      `INSERT INTO skill (id, name, description, parent_id, taxonomy_uri, revision)
       SELECT new.*, $6::bigint FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS new
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description,
         parent_id = excluded.parent_id, taxonomy_uri = excluded.taxonomy_uri, revision = excluded.revision`,
      [
        skills.map((s) => s.id),
        skills.map((s) => s.name),
        skills.map((s) => s.description),
        skills.map((s) => s.parentId),
        skills.map((s) => s.taxonomyUri),
        revision,
      ],
    );
    if (renamed.length > 0) await refreshSearchDocuments(transaction, renamed);
  }

  /** Courses that teach a skill which is stored under another name than it is about to get. */
  async #coursesOfRenamed(transaction: Queryable, skills: readonly Skill[]): Promise<string[]> {
    const rows = await transaction.query(
      `SELECT DISTINCT cs.course_id AS id
       FROM unnest($1::text[], $2::text[]) AS new (id, name)
       JOIN skill ON skill.id = new.id AND skill.name <> new.name
       JOIN course_skill cs ON cs.skill_id = skill.id`,
      [skills.map((s) => s.id), skills.map((s) => s.name)],
    );
    return (rows as { id: string }[]).map(({ id }) => id);
  }

  async saveRoles(transaction: Queryable, roles: readonly Role[], revision: number): Promise<void> {
    const ids = roles.map((r) => r.id);
    await transaction.query(
      `INSERT INTO role (id, name, revision)
       SELECT new.*, $3::bigint FROM unnest($1::text[], $2::text[]) AS new
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, revision = excluded.revision`,
      [ids, roles.map((r) => r.name), revision],
    );
    await transaction.query('DELETE FROM role_skill WHERE role_id = ANY($1::text[])', [ids]);
    const needs = roles.flatMap((role) => role.skills.map((skill) => ({ roleId: role.id, ...skill })));
    await transaction.query(
      `INSERT INTO role_skill (role_id, skill_id, target_level, importance)
       SELECT * FROM unnest($1::text[], $2::text[], $3::real[], $4::real[])`,
      [
        needs.map((n) => n.roleId),
        needs.map((n) => n.skillId),
        needs.map((n) => n.targetLevel),
        needs.map((n) => n.importance),
      ],
    );
  }

  async saveCourses(transaction: Queryable, courses: readonly Course[], revision: number): Promise<void> {
    const ids = courses.map((c) => c.id);
    await transaction.query(
      `INSERT INTO course (id, title, description, kind, language, provider, url, duration_minutes, level, tags,
         published_at, retired_at, excluded_from_recommendations, added_at, revision)
       SELECT new.id, new.title, new.description, new.kind, new.language, new.provider, new.url, new.duration_minutes,
         new.level, ARRAY(SELECT jsonb_array_elements_text(new.tags)), new.published_at, new.retired_at,
         new.excluded, new.added_at, $15::bigint
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::integer[],
         $9::text[], $10::jsonb[], $11::timestamptz[], $12::timestamptz[], $13::boolean[], $14::timestamptz[])
         AS new (id, title, description, kind, language, provider, url, duration_minutes, level, tags, published_at,
           retired_at, excluded, added_at)
       ON CONFLICT (id) DO UPDATE SET title = excluded.title, description = excluded.description, kind = excluded.kind,
         language = excluded.language, provider = excluded.provider, url = excluded.url,
         duration_minutes = excluded.duration_minutes, level = excluded.level, tags = excluded.tags,
         published_at = excluded.published_at, retired_at = excluded.retired_at,
         excluded_from_recommendations = excluded.excluded_from_recommendations, revision = excluded.revision`,
      [
        ids,
        courses.map((c) => c.title),
        courses.map((c) => c.description),
        courses.map((c) => c.kind),
        courses.map((c) => c.language),
        courses.map((c) => c.provider),
        courses.map((c) => c.url),
        courses.map((c) => c.durationMinutes),
        courses.map((c) => c.level),
        courses.map((c) => JSON.stringify(c.tags)),
        courses.map((c) => c.publishedAt),
        courses.map((c) => c.retiredAt),
        courses.map((c) => c.excludedFromRecommendations),
        courses.map((c) => c.addedAt),
        revision,
      ],
    );
    for (const table of ['course_skill', 'course_prerequisite', 'live_session']) {
      await transaction.query(`DELETE FROM ${table} WHERE course_id = ANY($1::text[])`, [ids]);
    }
    const skills = courses.flatMap((course) => course.skills.map((skill) => ({ courseId: course.id, ...skill })));
    await transaction.query(
      `INSERT INTO course_skill (course_id, skill_id, level_from, level_to)
       SELECT * FROM unnest($1::text[], $2::text[], $3::real[], $4::real[])`,
      [
        skills.map((s) => s.courseId),
        skills.map((s) => s.skillId),
        skills.map((s) => s.levelFrom),
        skills.map((s) => s.levelTo),
      ],
    );
    const edges = courses.flatMap((course) => course.prerequisiteIds.map((id) => [course.id, id] as const));
    await transaction.query(
      'INSERT INTO course_prerequisite (course_id, prerequisite_id) SELECT * FROM unnest($1::text[], $2::text[])',
      [edges.map(([courseId]) => courseId), edges.map(([, prerequisiteId]) => prerequisiteId)],
    );
    const sessions = courses.flatMap((course) => course.sessions.map((s) => ({ courseId: course.id, ...s })));
    await transaction.query(
      `INSERT INTO live_session (course_id, id, starts_at, ends_at, capacity, seats_taken)
       SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::integer[],
         $6::integer[])`,
      [
        sessions.map((s) => s.courseId),
        sessions.map((s) => s.id),
        sessions.map((s) => s.startsAt),
        sessions.map((s) => s.endsAt),
        sessions.map((s) => s.capacity),
        sessions.map((s) => s.seatsTaken),
      ],
    );
    await refreshSearchDocuments(transaction, ids);
  }

  private async skills(db: Queryable, condition: string, value: unknown): Promise<Skill[]> {
    const rows = await db.query(
      `SELECT skill.id, skill.name, skill.description, skill.parent_id AS "parentId",
         skill.taxonomy_uri AS "taxonomyUri"
       FROM skill WHERE ${condition} ORDER BY skill.id`,
      [value],
    );
    return rows as Skill[];
  }

  private async roles(db: Queryable, condition: string, value: unknown): Promise<Role[]> {
    const rows = await db.query(
      `SELECT role.id, role.name, COALESCE((
         SELECT jsonb_agg(jsonb_build_object('skillId', rs.skill_id, 'targetLevel', rs.target_level,
           'importance', rs.importance) ORDER BY rs.skill_id)
         FROM role_skill rs WHERE rs.role_id = role.id), '[]') AS skills
       FROM role WHERE ${condition} ORDER BY role.id`,
      [value],
    );
    return rows as { id: string; name: string; skills: RoleSkill[] }[];
  }

  private async courses(db: Queryable, condition: string, value: unknown): Promise<Course[]> {
    const rows = await db.query(
      `SELECT course.id, course.title, course.description, course.kind, course.language, course.provider, course.url,
         course.duration_minutes AS "durationMinutes", course.level, course.tags,
         course.published_at AS "publishedAt", course.retired_at AS "retiredAt",
         course.excluded_from_recommendations AS "excludedFromRecommendations",
         course.added_at AS "addedAt",
         COALESCE((SELECT jsonb_agg(jsonb_build_object('skillId', cs.skill_id, 'levelFrom', cs.level_from,
           'levelTo', cs.level_to) ORDER BY cs.skill_id)
           FROM course_skill cs WHERE cs.course_id = course.id), '[]') AS skills,
         ARRAY(SELECT cp.prerequisite_id FROM course_prerequisite cp WHERE cp.course_id = course.id
           ORDER BY cp.prerequisite_id) AS "prerequisiteIds",
         COALESCE((SELECT jsonb_agg(jsonb_build_object('id', ls.id, 'startsAt', ls.starts_at, 'endsAt', ls.ends_at,
           'capacity', ls.capacity, 'seatsTaken', ls.seats_taken) ORDER BY ls.starts_at, ls.id)
           FROM live_session ls WHERE ls.course_id = course.id), '[]') AS sessions
       FROM course WHERE ${condition} ORDER BY course.id`,
      [value],
    );
    return (rows as StoredCourse[]).map((row) => ({
      ...row,
      sessions: row.sessions.map((s) => ({ ...s, startsAt: new Date(s.startsAt), endsAt: new Date(s.endsAt) })),
    }));
  }
}

/** A course as SQL returns it: JSON has no dates. */
type StoredCourse = Omit<Course, 'skills' | 'sessions'> & {
  readonly skills: readonly CourseSkill[];
  readonly sessions: readonly (Omit<LiveSession, 'startsAt' | 'endsAt'> & { startsAt: string; endsAt: string })[];
};
