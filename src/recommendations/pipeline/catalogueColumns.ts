import type { Course, Role } from '../../catalog/course.js';
import { grouped } from '../../platform/grouped.js';
import type { ServingIndex, Teaching } from './servingIndex.js';
import { type SparseColumn, sparseColumn } from './sparseColumn.js';

const DAY_MS = 86_400_000;
const FRESH_HALF_LIFE_DAYS = 30;

/** Columns that hang on the index alone, kept as long as it lives. */
interface Columns {
  readonly byRoles: Map<string, SparseColumn>;
  readonly arrivedMs: Float64Array;
  fresh: { readonly day: number; readonly values: Float32Array } | null;
  skills: SkillNumbers | null;
  readonly levelsBySkill: Map<string, readonly LevelsTaught[]>;
}

/** Courses that teach a skill between the same two levels. */
export interface LevelsTaught {
  readonly levels: Pick<Teaching, 'levelFrom' | 'levelTo'>;
  /** Positions, ascending. */
  readonly taughtAt: readonly number[];
}

/** The skills that courses teach, each by a number instead of its id. */
export interface SkillNumbers {
  /** By position; none twice. */
  readonly of: readonly (readonly number[])[];
  /** All numbers are below it. */
  readonly count: number;
}

const columnsOf = new WeakMap<ServingIndex, Columns>();

function columns(index: ServingIndex): Columns {
  const known = columnsOf.get(index);
  if (known !== undefined) return known;
  const created: Columns = {
    byRoles: new Map(),
    arrivedMs: Float64Array.from(index.courses, arrivedAtMs),
    fresh: null,
    skills: null,
    levelsBySkill: new Map(),
  };
  columnsOf.set(index, created);
  return created;
}

/** More pairs of roles than this are worked out anew each time. */
const MOST_ROLE_COLUMNS = 1_000;

/**
 * By position: how much of what a course teaches is what the roles need, 0–1: over the skills it teaches, the greatest
 * importance to any of the roles. Unlike a skill gap it does not look at what the learner can already do.
 */
export function roleRelevance(index: ServingIndex, roles: readonly Role[]): SparseColumn {
  const { byRoles } = columns(index);
  const key = roles.map(({ id }) => `${id.length} ${id}`).join('');
  const known = byRoles.get(key);
  if (known !== undefined) return known;
  const values = new Float32Array(index.courses.length);
  for (const { skillId, importance } of roles.flatMap(({ skills }) => skills)) {
    for (const { position } of index.teachingBySkill.get(skillId) ?? []) {
      values[position] = Math.max(values[position] as number, importance);
    }
  }
  const column = sparseColumn(values);
  if (byRoles.size < MOST_ROLE_COLUMNS) byRoles.set(key, column);
  return column;
}

/** By position: 1 on the day a course comes out, half of it a month later; whole days, so that it lasts for one. */
export function freshness(index: ServingIndex, now: Date): Float32Array {
  const own = columns(index);
  const day = Math.floor(now.getTime() / DAY_MS);
  if (own.fresh?.day === day) return own.fresh.values;
  const values = Float32Array.from(own.arrivedMs, (arrivedMs) => {
    const ageDays = Math.max(0, day - Math.floor(arrivedMs / DAY_MS));
    return 2 ** (-ageDays / FRESH_HALF_LIFE_DAYS);
  });
  own.fresh = { day, values };
  return values;
}

/** What each course teaches, for comparing many of them. */
export function skillNumbers(index: ServingIndex): SkillNumbers {
  const own = columns(index);
  if (own.skills !== null) return own.skills;
  const numbers = new Map([...index.teachingBySkill.keys()].map((skillId, number) => [skillId, number]));
  const of = index.courses.map(({ skills }) => [
    ...new Set(skills.flatMap(({ skillId }) => numbers.get(skillId) ?? [])),
  ]);
  own.skills = { of, count: numbers.size };
  return own.skills;
}

/** The courses that teach a skill by the levels that they teach it between, of which there are few. */
export function levelsTaught(index: ServingIndex, skillId: string): readonly LevelsTaught[] {
  const { levelsBySkill } = columns(index);
  const known = levelsBySkill.get(skillId);
  if (known !== undefined) return known;
  const teachings = index.teachingBySkill.get(skillId);
  if (teachings === undefined) return [];
  const byLevels = grouped(teachings, ({ levelFrom, levelTo }) => `${levelFrom} ${levelTo}`);
  const found = [...byLevels.values()].map(
    (alike): LevelsTaught => ({
      levels: alike[0] as Teaching,
      taughtAt: alike.map(({ position }) => position),
    }),
  );
  levelsBySkill.set(skillId, found);
  return found;
}

/** `arrivedAtMs` by position. */
export function arrivals(index: ServingIndex): Float64Array {
  return columns(index).arrivedMs;
}

/** When a course came to be there for people. */
export function arrivedAtMs(course: Course): number {
  return (course.publishedAt ?? course.addedAt).getTime();
}
