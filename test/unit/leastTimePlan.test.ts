import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { READY_WITHIN } from '../../src/learners/readiness.js';
import { leastTimePlan, type PlannableCourse, type PlanProblem } from '../../src/recommendations/path/leastTimePlan.js';
import { createRandom } from '../../src/stats/random.js';

const CLOSE = 1e-9;

/** Takes the courses in the order given; null when one comes too early. */
function levelsAfter({ levels: start, courses }: PlanProblem, order: readonly number[]): number[] | null {
  const levels = [...start];
  const taken = new Set<number>();
  for (const index of order) {
    const { needs, teaches } = courses[index] as PlannableCourse;
    if (!needs.every((need) => taken.has(need))) return null;
    for (const { skill, from, to } of teaches) {
      const level = levels[skill] as number;
      if (to > level + CLOSE && from > level + READY_WITHIN + CLOSE) return null;
    }
    for (const { skill, to } of teaches) levels[skill] = Math.max(levels[skill] as number, to);
    taken.add(index);
  }
  return levels;
}

/** The least cost over every order of every set of courses, found by trying all states. */
function leastCost(problem: PlanProblem): number {
  const count = problem.courses.length;
  const levelsOf = new Map<number, number[]>([[0, [...problem.levels]]]);
  // A set can be taken in some order when it can without one of its courses, and that one then.
  for (let set = 1; set < 1 << count; set++) {
    for (let last = 0; last < count; last++) {
      const before = set & (1 << last) ? levelsOf.get(set ^ (1 << last)) : undefined;
      if (before === undefined) continue;
      const course = problem.courses[last] as PlannableCourse;
      const isReady =
        course.needs.every((need) => set & (1 << need)) &&
        course.teaches.every(({ skill, from, to }) => {
          const level = before[skill] as number;
          return to <= level + CLOSE || from <= level + READY_WITHIN + CLOSE;
        });
      if (!isReady) continue;
      const after = [...before];
      for (const { skill, to } of course.teaches) after[skill] = Math.max(after[skill] as number, to);
      levelsOf.set(set, after);
      break;
    }
  }
  const reach = problem.levels.map((_, skill) => Math.max(...[...levelsOf.values()].map((l) => l[skill] as number)));
  let least = Number.POSITIVE_INFINITY;
  for (const [set, levels] of levelsOf) {
    const isEnough = problem.goals.every(
      (goal, skill) => (levels[skill] as number) + CLOSE >= Math.min(goal, reach[skill] as number),
    );
    if (!isEnough) continue;
    let cost = 0;
    for (let index = 0; index < count; index++) if (set & (1 << index)) cost += problem.courses[index]?.cost ?? 0;
    least = Math.min(least, cost);
  }
  return least;
}

const costOf = ({ courses }: PlanProblem, chosen: readonly number[]) =>
  chosen.reduce((sum, index) => sum + (courses[index]?.cost ?? 0), 0);

const tenths = fc.integer({ min: 0, max: 10 }).map((n) => n / 10);
const SKILLS = 4;
const someCourse = (index: number) =>
  fc.record({
    cost: fc.integer({ min: 1, max: 60 }),
    needs: index === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(index - 1), { maxLength: index > 3 ? 1 : 0 }),
    teaches: fc.uniqueArray(
      fc
        .tuple(fc.nat(SKILLS - 1), tenths, tenths)
        .map(([skill, a, b]) => ({ skill, from: Math.min(a, b), to: Math.max(a, b) })),
      { maxLength: 3, selector: ({ skill }) => skill },
    ),
  });
/** Lettered the other way round too, so that a prerequisite may come after what needs it. */
const someProblem = (most: number): fc.Arbitrary<PlanProblem> =>
  fc
    .tuple(
      fc.integer({ min: 0, max: most }).chain((n) => fc.tuple(...Array.from({ length: n }, (_, i) => someCourse(i)))),
      fc.tuple(...Array.from({ length: SKILLS }, () => tenths.map((level) => level / 2))),
      fc.tuple(...Array.from({ length: SKILLS }, () => tenths)),
      fc.boolean(),
    )
    .map(([made, levels, goals, isReversed]) => {
      const turned = (index: number) => (isReversed ? made.length - 1 - index : index);
      const courses = made.map((_, i) => {
        const course = made[turned(i)] as PlannableCourse;
        return { ...course, needs: course.needs.map(turned) };
      });
      return { levels, goals, courses };
    });

describe('the cheapest plan', () => {
  test('costs what trying every set of courses finds', () => {
    let withCourses = 0;
    fc.assert(
      fc.property(someProblem(9), (problem) => {
        const plan = leastTimePlan(problem);
        if (plan.courses.length > 1) withCourses += 1;
        expect(plan.isProvenLeast).toBe(true);
        expect(costOf(problem, plan.courses)).toBeCloseTo(leastCost(problem), 6);
      }),
      { numRuns: 1_500 },
    );
    expect(withCourses).toBeGreaterThan(200);
  });

  test('found without searching is no worse than twice that in all but a few cases, and never said to be proven', () => {
    let plans = 0;
    let dear = 0;
    fc.assert(
      fc.property(someProblem(9), (problem) => {
        const plan = leastTimePlan(problem, 0);
        expect(plan.isProvenLeast).toBe(false);
        const least = leastCost(problem);
        const cost = costOf(problem, plan.courses);
        expect(cost).toBeGreaterThanOrEqual(least - CLOSE);
        plans += 1;
        if (cost > 2 * least) dear += 1;
      }),
      { numRuns: 500 },
    );
    expect(dear).toBeLessThan(plans / 100);
  });

  test.each([[100_000], [0]])('can be taken in its order, and none of it can be left out (%d looks)', (looks) => {
    fc.assert(
      fc.property(someProblem(14), (problem) => {
        const { courses, reachable } = leastTimePlan(problem, looks);
        expect(new Set(courses).size).toBe(courses.length);
        const goals = problem.goals.map((goal, skill) => Math.min(goal, reachable[skill] as number));
        const meets = (levels: number[] | null) =>
          levels !== null && goals.every((goal, skill) => (levels[skill] as number) >= goal - CLOSE);
        expect(meets(levelsAfter(problem, courses))).toBe(true);
        for (const index of courses) {
          const rest = courses.filter((other) => other !== index);
          expect(meets(levelsAfter(problem, rest))).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('climbs by steps where no course can be followed from the ground', () => {
    const problem: PlanProblem = {
      levels: [0],
      goals: [0.9],
      courses: [
        { cost: 10, needs: [], teaches: [{ skill: 0, from: 0.6, to: 0.9 }] },
        { cost: 10, needs: [], teaches: [{ skill: 0, from: 0.3, to: 0.6 }] },
        { cost: 10, needs: [], teaches: [{ skill: 0, from: 0, to: 0.3 }] },
        { cost: 31, needs: [], teaches: [{ skill: 0, from: 0, to: 0.9 }] },
        { cost: 1, needs: [], teaches: [{ skill: 0, from: 0.8, to: 1 }] },
      ],
    };
    expect(leastTimePlan(problem)).toEqual({ courses: [2, 1, 0], reachable: [1], isProvenLeast: true });
    const cheaperAtOnce = problem.courses.map((course, i) => (i === 3 ? { ...course, cost: 29 } : course));
    expect(leastTimePlan({ ...problem, courses: cheaperAtOnce }).courses).toEqual([3]);
  });

  test('counts what must come before, and shares it', () => {
    const teaches = (skill: number) => [{ skill, from: 0, to: 1 }];
    const problem: PlanProblem = {
      levels: [0, 0],
      goals: [1, 1],
      courses: [
        { cost: 15, needs: [], teaches: [] },
        { cost: 10, needs: [0], teaches: teaches(0) },
        { cost: 10, needs: [0], teaches: teaches(1) },
        { cost: 20, needs: [], teaches: teaches(0) },
        { cost: 20, needs: [], teaches: teaches(1) },
      ],
    };
    // Each alone is cheaper from the second pair; both together share the prerequisite of the first.
    expect(leastTimePlan(problem).courses).toEqual([0, 1, 2]);
    expect(leastTimePlan({ ...problem, goals: [1, 0] }).courses).toEqual([3]);
  });

  test('goes as far as the courses lead and no further', () => {
    const courses = [
      { cost: 5, needs: [], teaches: [{ skill: 0, from: 0, to: 0.4 }] },
      { cost: 5, needs: [], teaches: [{ skill: 0, from: 0.8, to: 1 }] },
    ];
    expect(leastTimePlan({ levels: [0, 0], goals: [1, 1], courses })).toEqual({
      courses: [0],
      reachable: [0.4, 0],
      isProvenLeast: true,
    });
  });

  test('of thirty gaps and thousands of courses reaches every goal, though it cannot be proven the cheapest', () => {
    const { uniform: random } = createRandom(7);
    const skills = 30;
    const courses = Array.from({ length: 3_000 }, (_, i): PlannableCourse => {
      const first = Math.floor(random() * skills);
      return {
        cost: 10 + Math.floor(random() * 300),
        needs: i > 10 && random() < 0.15 ? [Math.floor(random() * i)] : [],
        teaches: [first, (first + 1 + Math.floor(random() * (skills - 1))) % skills].map((skill) => {
          const from = Math.floor(random() * 8) / 10;
          return { skill, from, to: Math.min(1, from + 0.1 + random() * 0.4) };
        }),
      };
    });
    const problem = { levels: Array(skills).fill(0.1), goals: Array(skills).fill(0.8), courses };
    const plan = leastTimePlan(problem);
    expect(plan.isProvenLeast).toBe(false);
    const levels = levelsAfter(problem, plan.courses);
    expect(Math.min(...(levels ?? [0]))).toBeGreaterThanOrEqual(0.8 - CLOSE);
  });
});
