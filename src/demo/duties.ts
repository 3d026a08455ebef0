import type { Obligation } from '../learners/learner.js';
import type { World } from './scene.js';
import { SeededRandom } from './seededRandom.js';
import { DEPARTMENTS } from './vocabulary/departments.js';
import type { Person } from './workforce.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './zoneClock.js';

/** A course that somebody was told to take, and whether they will. */
export interface Duty {
  readonly course: number;
  readonly obligation: Obligation;
  readonly assignedMs: number;
  /** Null: by no date. */
  readonly dueMs: number | null;
  /** Between which times they sit down to it; null: they never do, or are let off. */
  readonly doneWithin: readonly [fromMs: number, toMs: number] | null;
  readonly isWaived: boolean;
}

const DAYS_TO_DO = 30;
const LATE_DAYS = 25;
/** Share of duties let off, done in time, and done late; the rest stay undone. */
const WAIVED_SHARE = 0.015;
const IN_TIME_SHARE = 0.88;
const LATE_SHARE = 0.06;
const ASSIGNED_TO = 0.25;
const ASSIGNABLE = new Set(['COURSE', 'VIDEO', 'ARTICLE']);

export function drawDuties(world: World, person: Person): readonly Duty[] {
  const random = new SeededRandom(world.seed, 'duties', person.index);
  const department = DEPARTMENTS[person.departmentIndex]?.name ?? '';
  const duties: Duty[] = [];
  for (const course of world.catalogue.duties) {
    const departments = world.catalogue.drafts[course]?.duty?.departments ?? null;
    if (departments !== null && !departments.includes(department)) continue;
    const campaignMs = campaignOf(world, course);
    const assignedMs = campaignMs > person.firstMs ? campaignMs : person.firstMs + (1 + random.below(4)) * DAY_MS;
    if (assignedMs < person.lastMs) duties.push(plan(course, 'MANDATORY', assignedMs, DAYS_TO_DO, random));
  }
  if (random.chance(ASSIGNED_TO)) {
    for (let left = 1 + random.below(2); left > 0; left--) {
      const assignedMs = random.between(person.firstMs, person.lastMs);
      const course = drawAssignable(world, person, assignedMs, random);
      if (course < 0 || duties.some((duty) => duty.course === course)) continue;
      duties.push(plan(course, 'ASSIGNED', assignedMs, random.chance(0.6) ? 45 : null, random));
    }
  }
  return duties;
}

/** Duty courses are the first of the catalogue. Each has its month; the second one's is now, so some are always open. */
function campaignOf({ fromMs, nowMs }: World, course: number): number {
  if (course === 1) return Math.max(fromMs, nowMs - 12 * DAY_MS);
  const turn = (0.13 + 0.37 * course) % 1;
  return fromMs + turn * (nowMs - 60 * DAY_MS - fromMs);
}

function plan(
  course: number,
  obligation: Obligation,
  assignedMs: number,
  daysToDo: number | null,
  random: SeededRandom,
): Duty {
  const endMs = assignedMs + (daysToDo ?? DAYS_TO_DO) * DAY_MS;
  const dueMs = Math.floor(endMs / DAY_MS) * DAY_MS + 17 * HOUR_MS;
  const inTime = [assignedMs + HOUR_MS, dueMs - 2 * HOUR_MS] as const;
  const late = [dueMs + HOUR_MS, dueMs + LATE_DAYS * DAY_MS] as const;
  const outcome = random.unit();
  return {
    course,
    obligation,
    assignedMs: Math.floor(assignedMs / MINUTE_MS) * MINUTE_MS,
    dueMs: daysToDo === null ? null : dueMs,
    doneWithin: outcome < IN_TIME_SHARE ? inTime : outcome < IN_TIME_SHARE + LATE_SHARE ? late : null,
    isWaived: obligation === 'MANDATORY' && outcome > 1 - WAIVED_SHARE,
  };
}

/** Something short from a skill of the role, to be had at that time and in the person's language. */
function drawAssignable(world: World, person: Person, atMs: number, random: SeededRandom): number {
  const { catalogue, tastes, roles } = world;
  const needs = roles[person.roleIndex]?.needs ?? [];
  for (let attempt = 0; attempt < 6 && needs.length > 0; attempt++) {
    const shelf = tastes.shelves[random.pick(needs).skillIndex];
    const course = shelf?.courses[shelf.table.draw(random)] ?? -1;
    const draft = catalogue.drafts[course];
    if (draft === undefined || !ASSIGNABLE.has(draft.kind) || draft.prerequisites.length > 0) continue;
    const isReadable = ((catalogue.languageBits[course] ?? 0) & person.languageBits) !== 0;
    const isThere =
      (catalogue.publishedMs[course] ?? 0) <= atMs && catalogue.retiredMs[course] === Number.POSITIVE_INFINITY;
    if (isReadable && isThere) return course;
  }
  return -1;
}
