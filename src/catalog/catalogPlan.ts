import type { RowError } from '../platform/errors.js';
import { type BatchPlan, failRepeats, isGiven, type Optional, patched, RowChecks } from '../platform/rowChecks.js';
import type { Course, CourseKind, CourseLevel, Role, Skill } from './course.js';
import { Dependencies } from './dependencies.js';

// What an upsert would store, decided without a database. In every input an absent field keeps what is stored (or the
// default of something new), and null clears it.

export interface SkillInput {
  readonly id: string;
  readonly name?: Optional<string>;
  readonly description?: Optional<string>;
  readonly parentId?: Optional<string>;
  readonly taxonomyUri?: Optional<string>;
}

export interface RoleInput {
  readonly id: string;
  readonly name?: Optional<string>;
  readonly skills?: Optional<
    readonly {
      readonly skillId: string;
      readonly targetLevel?: Optional<number>;
      readonly importance?: Optional<number>;
    }[]
  >;
}

export interface CourseInput {
  readonly id: string;
  readonly title?: Optional<string>;
  readonly description?: Optional<string>;
  readonly kind?: Optional<CourseKind>;
  readonly language?: Optional<string>;
  readonly provider?: Optional<string>;
  readonly url?: Optional<string>;
  readonly durationMinutes?: Optional<number>;
  readonly level?: Optional<CourseLevel>;
  readonly tags?: Optional<readonly string[]>;
  readonly publishedAt?: Optional<Date>;
  readonly retiredAt?: Optional<Date>;
  readonly excludedFromRecommendations?: Optional<boolean>;
  readonly skills?: Optional<
    readonly { readonly skillId: string; readonly levelFrom?: Optional<number>; readonly levelTo?: Optional<number> }[]
  >;
  readonly prerequisiteIds?: Optional<readonly string[]>;
  readonly sessions?: Optional<
    readonly {
      readonly id: string;
      readonly startsAt: Date;
      readonly endsAt: Date;
      readonly capacity?: Optional<number>;
      readonly seatsTaken?: Optional<number>;
    }[]
  >;
}

const MAX_TITLE = 500;
const MAX_DESCRIPTION = 20_000;
const MAX_URL = 2_000;
const MAX_MINUTES = 60 * 24 * 366;
const MAX_ENTRIES = 100;
const MAX_SEATS = 1_000_000;

export function planSkills(
  rows: readonly SkillInput[],
  stored: ReadonlyMap<string, Skill>,
  parents: readonly (readonly [childId: string, parentId: string])[],
  existingIds: ReadonlySet<string>,
): BatchPlan<Skill> {
  const checks = rows.map((_, index) => new RowChecks(index));
  failRepeats(rows, checks, (row) => row.id);
  const drafts = rows.map((row, index): Draft<Skill> => {
    const check = checks[index] as RowChecks;
    const before = stored.get(row.id);
    check.id(row.id, 'id');
    check.text(row.name, MAX_TITLE, 'name');
    check.longText(row.description, MAX_DESCRIPTION, 'description');
    check.text(row.taxonomyUri, MAX_URL, 'taxonomyUri');
    const name = row.name ?? before?.name;
    if (name === undefined) check.fail('INVALID_VALUE', 'name is needed for a new skill', 'name');
    const skill: Skill = {
      id: row.id,
      name: name ?? '',
      description: patched(row.description, before?.description, null),
      parentId: patched(row.parentId, before?.parentId, null),
      taxonomyUri: patched(row.taxonomyUri, before?.taxonomyUri, null),
    };
    const needs = skill.parentId === null ? [] : [{ id: skill.parentId, path: ['parentId'] }];
    return { value: skill, check, needs };
  });
  return settle(drafts, existingIds, parents, 'skill');
}

export function planRoles(
  rows: readonly RoleInput[],
  stored: ReadonlyMap<string, Role>,
  skillIds: ReadonlySet<string>,
): BatchPlan<Role> {
  const checks = rows.map((_, index) => new RowChecks(index));
  failRepeats(rows, checks, (row) => row.id);
  const roles = rows.map((row, index): Role => {
    const check = checks[index] as RowChecks;
    const before = stored.get(row.id);
    check.id(row.id, 'id');
    check.text(row.name, MAX_TITLE, 'name');
    const needs = check.list(row.skills, MAX_ENTRIES, 'skills');
    needs.forEach((skill, i) => {
      const at = ['skills', String(i)];
      check.number(skill.targetLevel, 0, 1, ...at, 'targetLevel');
      check.number(skill.importance, 0, 1, ...at, 'importance');
    });
    checkSkillIds(check, needs, skillIds);
    const name = row.name ?? before?.name;
    if (name === undefined) check.fail('INVALID_VALUE', 'name is needed for a new role', 'name');
    const skills = row.skills?.map((skill) => ({
      skillId: skill.skillId,
      targetLevel: skill.targetLevel ?? 1,
      importance: skill.importance ?? 1,
    }));
    return { id: row.id, name: name ?? '', skills: patched(row.skills && skills, before?.skills, []) };
  });
  return {
    accepted: roles.filter((_, index) => checks[index]?.passed),
    errors: checks.flatMap((check) => check.errors),
  };
}

export function planCourses(
  rows: readonly CourseInput[],
  stored: ReadonlyMap<string, Course>,
  skillIds: ReadonlySet<string>,
  prerequisites: readonly (readonly [courseId: string, prerequisiteId: string])[],
  existingIds: ReadonlySet<string>,
  now: Date,
): BatchPlan<Course> {
  const checks = rows.map((_, index) => new RowChecks(index));
  failRepeats(rows, checks, (row) => row.id);
  const drafts = rows.map((row, index): Draft<Course> => {
    const check = checks[index] as RowChecks;
    const before = stored.get(row.id);
    checkCourse(check, row, skillIds);
    const title = row.title ?? before?.title;
    if (title === undefined) check.fail('INVALID_VALUE', 'title is needed for a new course', 'title');
    const skills = row.skills?.map((s) => ({
      skillId: s.skillId,
      levelFrom: s.levelFrom ?? 0,
      levelTo: s.levelTo ?? 1,
    }));
    const sessions = row.sessions?.map((s) => ({
      id: s.id,
      startsAt: s.startsAt,
      endsAt: s.endsAt,
      capacity: s.capacity ?? null,
      seatsTaken: s.seatsTaken ?? null,
    }));
    const course: Course = {
      id: row.id,
      title: title ?? '',
      description: patched(row.description, before?.description, null),
      kind: patched(row.kind, before?.kind, 'COURSE'),
      language: patched(row.language, before?.language, null),
      provider: patched(row.provider, before?.provider, null),
      url: patched(row.url, before?.url, null),
      durationMinutes: patched(row.durationMinutes, before?.durationMinutes, null),
      level: patched(row.level, before?.level, null),
      tags: patched(row.tags && [...new Set(row.tags)], before?.tags, []),
      publishedAt: patched(row.publishedAt, before?.publishedAt, null),
      retiredAt: patched(row.retiredAt, before?.retiredAt, null),
      excludedFromRecommendations: patched(row.excludedFromRecommendations, before?.excludedFromRecommendations, false),
      skills: patched(row.skills && skills, before?.skills, []),
      prerequisiteIds: patched(row.prerequisiteIds && [...new Set(row.prerequisiteIds)], before?.prerequisiteIds, []),
      sessions: patched(row.sessions && sessions, before?.sessions, []),
      addedAt: before?.addedAt ?? availableSince(row.publishedAt, now),
    };
    const needs = course.prerequisiteIds.map((id, i) => ({ id, path: ['prerequisiteIds', String(i)] }));
    return { value: course, check, needs };
  });
  return settle(drafts, existingIds, prerequisites, 'course');
}

/** A catalogue is often sent years after it came to be; only what nobody dated, or dated ahead, is new today. */
function availableSince(publishedAt: Optional<Date>, now: Date): Date {
  return isGiven(publishedAt) && publishedAt < now ? publishedAt : now;
}

function checkCourse(check: RowChecks, row: CourseInput, skillIds: ReadonlySet<string>): void {
  check.id(row.id, 'id');
  check.text(row.title, MAX_TITLE, 'title');
  check.longText(row.description, MAX_DESCRIPTION, 'description');
  check.language(row.language, 'language');
  check.text(row.provider, MAX_TITLE, 'provider');
  check.text(row.url, MAX_URL, 'url');
  if (isGiven(row.url) && !/^https?:\/\//i.test(row.url)) {
    check.fail('INVALID_VALUE', 'url must start with https:// or http://', 'url');
  }
  check.whole(row.durationMinutes, 0, MAX_MINUTES, 'durationMinutes');
  check.instant(row.publishedAt, 'publishedAt');
  check.instant(row.retiredAt, 'retiredAt');
  check.list(row.tags, MAX_ENTRIES, 'tags').forEach((tag, i) => {
    check.text(tag, 200, 'tags', String(i));
  });
  const skills = check.list(row.skills, MAX_ENTRIES, 'skills');
  skills.forEach((skill, i) => {
    const at = ['skills', String(i)];
    check.number(skill.levelFrom, 0, 1, ...at, 'levelFrom');
    check.number(skill.levelTo, 0, 1, ...at, 'levelTo');
    if ((skill.levelFrom ?? 0) > (skill.levelTo ?? 1)) {
      check.fail('INVALID_VALUE', 'levelTo must not be below levelFrom', ...at, 'levelTo');
    }
  });
  checkSkillIds(check, skills, skillIds);
  check.list(row.prerequisiteIds, MAX_ENTRIES, 'prerequisiteIds');
  const sessionIds = new Set<string>();
  check.list(row.sessions, MAX_ENTRIES, 'sessions').forEach((session, i) => {
    const at = ['sessions', String(i)];
    check.id(session.id, ...at, 'id');
    if (sessionIds.has(session.id)) check.fail('INVALID_VALUE', 'id is used twice in this course', ...at, 'id');
    sessionIds.add(session.id);
    check.instant(session.startsAt, ...at, 'startsAt');
    check.instant(session.endsAt, ...at, 'endsAt');
    if (session.endsAt <= session.startsAt) {
      check.fail('INVALID_VALUE', 'endsAt must be after startsAt', ...at, 'endsAt');
    }
    check.whole(session.capacity, 0, MAX_SEATS, ...at, 'capacity');
    // More than fit in is no mistake: sessions are overbooked.
    check.whole(session.seatsTaken, 0, MAX_SEATS, ...at, 'seatsTaken');
  });
}

function checkSkillIds(check: RowChecks, skills: readonly { skillId: string }[], known: ReadonlySet<string>): void {
  const seen = new Set<string>();
  skills.forEach(({ skillId }, i) => {
    const at = ['skills', String(i), 'skillId'];
    if (seen.has(skillId)) check.fail('INVALID_VALUE', `skill "${shown(skillId)}" is named twice`, ...at);
    else if (!known.has(skillId)) check.fail('NOT_FOUND', unknown('skill', skillId), ...at);
    seen.add(skillId);
  });
}

interface Draft<T> {
  readonly value: T;
  readonly check: RowChecks;
  /** Things of the same kind that this one refers to, and where in the row. */
  readonly needs: readonly { readonly id: string; readonly path: readonly string[] }[];
}

/**
 * Refuses rows that refer to something that will not exist, or that close a circle. Rows of one batch may refer to each
 * other in any order, so a row that falls takes along those that need it.
 */
function settle<T extends { readonly id: string }>(
  drafts: readonly Draft<T>[],
  existingIds: ReadonlySet<string>,
  edges: readonly (readonly [string, string])[],
  noun: 'skill' | 'course',
): BatchPlan<T> {
  let standing = drafts.filter((draft) => draft.check.passed);
  const newIds = new Set(standing.map((draft) => draft.value.id));
  for (const draft of standing) {
    failNeeds(draft, noun, (id) => !existingIds.has(id) && !newIds.has(id));
  }
  for (;;) {
    dropDependents(standing, existingIds, noun);
    standing = standing.filter((draft) => draft.check.passed);
    // A circle is looked for among what still stands, so begin anew whenever one made rows fall.
    const dependencies = new Dependencies(edges);
    let hasFallen = false;
    for (const { value, check, needs } of standing) {
      const cycle = dependencies.replace(
        value.id,
        needs.map((need) => need.id),
      );
      if (cycle === null) continue;
      check.fail('CYCLE', `This would close a circle: ${shownCircle(cycle)}`, needs[0]?.path[0] ?? 'id');
      hasFallen = true;
    }
    if (!hasFallen) break;
  }
  const errors: RowError[] = drafts.flatMap((draft) => draft.check.errors);
  return { accepted: standing.map((draft) => draft.value), errors };
}

/** Fails, once for each row, what needs something new that has fallen, from there on to what needs that. */
function dropDependents<T extends { readonly id: string }>(
  drafts: readonly Draft<T>[],
  existingIds: ReadonlySet<string>,
  noun: 'skill' | 'course',
): void {
  const dependents = new Map<string, Draft<T>[]>();
  for (const draft of drafts) {
    for (const { id } of draft.needs) {
      const known = dependents.get(id);
      if (known === undefined) dependents.set(id, [draft]);
      else known.push(draft);
    }
  }
  const fallen = drafts.filter((draft) => !draft.check.passed);
  for (let draft = fallen.pop(); draft !== undefined; draft = fallen.pop()) {
    const { id } = draft.value;
    if (existingIds.has(id)) continue;
    for (const dependent of dependents.get(id) ?? []) {
      if (!dependent.check.passed) continue;
      failNeeds(dependent, noun, (need) => need === id);
      fallen.push(dependent);
    }
  }
}

function failNeeds<T>({ check, needs }: Draft<T>, noun: string, isMissing: (id: string) => boolean): void {
  for (const { id, path } of needs) {
    if (isMissing(id)) check.fail('NOT_FOUND', unknown(noun, id), ...path);
  }
}

function unknown(noun: string, id: string): string {
  return `There is no ${noun} "${shown(id)}"; send it first, or in the same batch`;
}

function shown(id: string): string {
  return id.length > 80 ? `${id.slice(0, 80)}…` : id;
}

/** The first few and the last of a circle's members. */
function shownCircle(members: readonly string[]): string {
  const names = members.map((id) => `"${shown(id)}"`);
  return (names.length > 8 ? [...names.slice(0, 6), '…', ...names.slice(-1)] : names).join(' → ');
}
