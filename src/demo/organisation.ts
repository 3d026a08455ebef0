import type { Interaction } from '../activity/interaction.js';
import type { Course, Role, Skill } from '../catalog/course.js';
import type { Assignment, Learner, SkillEvidence } from '../learners/learner.js';
import { writeHistory } from './behaviour.js';
import { createCatalogue } from './catalogue.js';
import { drawDuties } from './duties.js';
import { type RhythmName, usualWeek } from './rhythms.js';
import { createRoles } from './roles.js';
import type { World } from './scene.js';
import { createSearchIndex } from './searchIndex.js';
import { drawEvidence, drawLevels } from './skillLevels.js';
import { createSkillTree } from './skillTree.js';
import { createTasteModel, drawTaste, tasteOverCourses } from './tastes.js';
import { PLACES } from './vocabulary/places.js';
import { createWorkforce, type Person, type WorkforceOptions } from './workforce.js';
import { DAY_MS, ZoneClock } from './zoneClock.js';

export interface DemoOptions {
  /** A 32-bit integer. */
  readonly seed: number;
  /** 50 to 1,000,000. */
  readonly learnerCount: number;
  /** 40 to 10,000. */
  readonly courseCount: number;
  /** The last moment of the history. */
  readonly now: Date;
  /** Length of the history, 1 to 60. */
  readonly months: number;
}

/** What was planted: what a recommender and a delivery model should find out from the rest. */
export interface GroundTruth {
  readonly rhythm: RhythmName;
  /** Chance that a free session starts in each local hour of the week, Monday 00:00 first; 168 numbers, sum 1. */
  readonly activeHours: Float64Array;
  /** Chance that a free choice proposes each course, in the order of `courses`; sums to 1. */
  readonly taste: Float64Array;
  /** 0–1 by skill id, at the start of the history; skills that nobody teaches are left out. */
  readonly skillLevels: ReadonlyMap<string, number>;
}

export interface DemoOrganisation {
  /** Parents before their children. */
  readonly skills: readonly Skill[];
  readonly roles: readonly Role[];
  /** Prerequisites before what needs them. */
  readonly courses: readonly Course[];
  readonly learnerCount: number;
  /** Managers before those who report to them. */
  learners(): Iterable<Learner>;
  evidence(): Iterable<SkillEvidence>;
  assignments(): Iterable<Assignment>;
  /** Learner by learner, each in order of time; only one learner's are in memory at once. */
  interactions(): Iterable<Interaction>;
  /** @throws RangeError when there is no such learner */
  interactionsOf(learnerId: string): readonly Interaction[];
  /** @throws RangeError when there is no such learner */
  groundTruth(learnerId: string): GroundTruth;
}

const MONTH_DAYS = 365.25 / 12;

/**
 * An invented company with its catalogue, its people and a history of what they did, for demonstrations, tests and load.
 *
 * Equal options give equal organisations, whatever is read first or how often: every learner is drawn from streams of
 * numbers of their own. A smaller company is the beginning of a larger one with the same courses.
 *
 * All of it is made up, and a model that does well on it has recovered our assumptions, not learned about people:
 * - Taste is a mixture of 12 hidden communities, role, needs, department fashions, news and plain popularity, drawn once
 *   and kept; popularity falls like rank^-0.8. Real tastes move, and real catalogues are advertised and mandated.
 * - A week is one of eleven shapes plus noise, independent of load, travel and deadlines; 80 % of free sessions follow
 *   it. Holidays are random weeks and a monthly factor, not calendars. Past live sessions may be over their capacity.
 * - Liking, dropping out and ratings follow simple formulas from source of choice, course quality, length, difficulty
 *   and persistence. Nobody is influenced by a recommendation: there are no impressions, clicks or served lists.
 * - Skill evidence is the true level plus Gaussian noise and a personal bias; finishing a course always teaches.
 * - Shares (12 % uncovered searches, 88 % duties done in time, 3 % without any event, …) are round numbers we chose.
 *
 * @throws RangeError when an option is out of its range
 */
export function createDemoOrganisation(options: DemoOptions): DemoOrganisation {
  checkOptions(options);
  const { seed, learnerCount, courseCount } = options;
  const nowMs = options.now.getTime();
  const fromMs = nowMs - Math.round(options.months * MONTH_DAYS) * DAY_MS;
  const world = createWorld(seed, courseCount, fromMs, nowMs);
  const workforce = createWorkforce({ seed, learnerCount, fromMs, nowMs } satisfies WorkforceOptions, world.roles);
  function* people(): Generator<Person> {
    for (let index = 0; index < workforce.size; index++) yield workforce.person(index);
  }
  const find = (learnerId: string): Person => {
    const person = workforce.person(Number(/^e-(\d+)$/.exec(learnerId)?.[1] ?? 0) - 1);
    if (person.learner.id !== learnerId) throw new RangeError(`there is no learner ${learnerId}`);
    return person;
  };
  return {
    skills: world.tree.skills,
    roles: world.roles.map(({ role }) => role),
    courses: world.catalogue.courses,
    learnerCount,
    learners: () => each(people, (person) => [person.learner]),
    evidence: () => each(people, (person) => evidenceOf(world, person)),
    assignments: () => each(people, (person) => assignmentsOf(world, person)),
    interactions: () => each(people, (person) => writeHistory(world, person)),
    interactionsOf: (learnerId) => writeHistory(world, find(learnerId)),
    groundTruth: (learnerId) => truthOf(world, find(learnerId)),
  };
}

/** Can be iterated any number of times, from the start each time. */
function each<T>(people: () => Iterable<Person>, rowsOf: (person: Person) => readonly T[]): Iterable<T> {
  return {
    *[Symbol.iterator]() {
      for (const person of people()) for (const row of rowsOf(person)) yield row;
    },
  };
}

function checkOptions({ seed, learnerCount, courseCount, now, months }: DemoOptions): void {
  const check = (name: string, value: number, least: number, most: number): void => {
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
    }
  };
  check('seed', seed, -(2 ** 31), 2 ** 31 - 1);
  check('learnerCount', learnerCount, 50, 1_000_000);
  check('courseCount', courseCount, 40, 10_000);
  check('months', months, 1, 60);
  if (Number.isNaN(now.getTime())) throw new RangeError('now must be a valid date');
}

function createWorld(seed: number, courseCount: number, fromMs: number, nowMs: number): World {
  const tree = createSkillTree();
  const roles = createRoles(seed, tree);
  const catalogue = createCatalogue({ seed, courseCount, fromMs, nowMs }, tree);
  // Live sessions are announced up to two months ahead; the margins keep both ends well inside.
  const clockFor = (zone: string): ZoneClock => new ZoneClock(zone, fromMs - 30 * DAY_MS, nowMs + 100 * DAY_MS);
  const clocks = new Map([...new Set(PLACES.map(({ zone }) => zone))].map((zone) => [zone, clockFor(zone)]));
  return {
    seed,
    fromMs,
    nowMs,
    tree,
    roles,
    catalogue,
    tastes: createTasteModel(seed, catalogue, tree, roles),
    searches: createSearchIndex(catalogue, nowMs),
    clocks: PLACES.map(({ zone }) => clocks.get(zone) ?? clockFor(zone)),
  };
}

function evidenceOf(world: World, person: Person): readonly SkillEvidence[] {
  const role = world.roles[person.roleIndex];
  if (role === undefined) return [];
  const levels = drawLevels(world.seed, person, role, world.tree, world.fromMs);
  return drawEvidence(world.seed, person, role, world.tree, levels);
}

function assignmentsOf(world: World, person: Person): readonly Assignment[] {
  return drawDuties(world, person).map(({ course, obligation, dueMs }) => ({
    learnerId: person.learner.id,
    courseId: world.catalogue.courses[course]?.id ?? '',
    obligation,
    dueAt: dueMs === null ? null : new Date(dueMs),
    countsFrom: null,
  }));
}

function truthOf(world: World, person: Person): GroundTruth {
  const role = world.roles[person.roleIndex];
  if (role === undefined) throw new RangeError(`learner ${person.learner.id} has no role`);
  const levels = drawLevels(world.seed, person, role, world.tree, world.fromMs);
  const taste = drawTaste(world.seed, person, world.tastes);
  return {
    rhythm: person.rhythm.name,
    activeHours: usualWeek(person.rhythm),
    taste: tasteOverCourses(taste, person, role, world.tastes, world.catalogue),
    skillLevels: new Map(world.tree.entries.map(({ id }, index) => [id, levels[index] ?? 0])),
  };
}
