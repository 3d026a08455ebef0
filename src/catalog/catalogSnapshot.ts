import type { CatalogChanges } from './catalog.store.js';
import type { Course, Role, Skill } from './course.js';

/** The whole catalogue at one revision, in memory. Never changed: a newer revision is a new snapshot. */
export interface CatalogSnapshot {
  readonly revision: number;
  /** A course keeps its place as long as the process lives; new ones are added at the end. */
  readonly courses: readonly Course[];
  readonly courseIndexById: ReadonlyMap<string, number>;
  readonly skills: ReadonlyMap<string, Skill>;
  readonly skillList: readonly Skill[];
  readonly roles: ReadonlyMap<string, Role>;
  readonly roleList: readonly Role[];
}

export const EMPTY_CATALOG: CatalogSnapshot = {
  revision: -1,
  courses: [],
  courseIndexById: new Map(),
  skills: new Map(),
  skillList: [],
  roles: new Map(),
  roleList: [],
};

/** The snapshot that the changes lead to. Nothing is ever deleted from a catalogue: courses are retired. */
export function withChanges(before: CatalogSnapshot, changes: CatalogChanges, revision: number): CatalogSnapshot {
  const courses = [...before.courses];
  const courseIndexById = new Map(before.courseIndexById);
  for (const course of changes.courses) {
    const index = courseIndexById.get(course.id);
    if (index !== undefined) courses[index] = course;
    else courseIndexById.set(course.id, courses.push(course) - 1);
  }
  const skills = withEntries(before.skills, changes.skills);
  const roles = withEntries(before.roles, changes.roles);
  return {
    revision,
    courses,
    courseIndexById,
    skills,
    skillList: skills === before.skills ? before.skillList : [...skills.values()],
    roles,
    roleList: roles === before.roles ? before.roleList : [...roles.values()],
  };
}

function withEntries<T extends { readonly id: string }>(
  before: ReadonlyMap<string, T>,
  entries: readonly T[],
): ReadonlyMap<string, T> {
  if (entries.length === 0) return before;
  const after = new Map(before);
  for (const entry of entries) after.set(entry.id, entry);
  return after;
}
