import { READY_WITHIN } from '../../learners/readiness.js';

// Which courses, in which order, raise a learner's levels to the goals at the least cost. A weighted set cover whose sets
// build on each other: a course comes after its prerequisites, and after courses that lead to the levels it expects.
//
// Levels only rise and nothing is ever lost by taking a course that can be taken, so whether a set of courses can be taken
// at all does not depend on which of them goes first (it is an antimatroid). That makes the problem one of choosing a set:
//
// 1. Courses that another one replaces in every respect, for no more, are left out.
// 2. A plan is made greedily by gain per cost, thinned, and improved by doing without each of its courses in turn.
// 3. Branch and bound looks for a better one. Whatever a set of courses still lacks (a goal, or a level that one of them
//    expects) is a choice of one of the courses that provide it; trying each in turn, and ruling out those tried before,
//    visits every set worth visiting once. What is lacking bounds the cost from below by dual ascent: each lack is worth
//    the least that any of its providers still has to give (Fisher & Kedia 1990 for set covering). When this ends within
//    `MOST_LOOKS`, the best plan is proven to cost least.

/** One course to choose from; skills and courses are known by their indices. */
export interface PlannableCourse {
  /** Above 0. */
  readonly cost: number;
  /** Courses that come before it. Free of circles. */
  readonly needs: readonly number[];
  /** Levels 0–1, `from` ≤ `to`; a skill once at most. */
  readonly teaches: readonly { readonly skill: number; readonly from: number; readonly to: number }[];
}

export interface PlanProblem {
  /** The learner's levels, by skill. */
  readonly levels: readonly number[];
  /** The levels to reach, by skill; one that is reached already asks for nothing. */
  readonly goals: readonly number[];
  readonly courses: readonly PlannableCourse[];
}

export interface LeastTimePlan {
  /** Indices of the courses; each comes after what it builds on. None of them could be left out. */
  readonly courses: readonly number[];
  /** The highest level of each skill that any choice of courses leads to. */
  readonly reachable: readonly number[];
  /** True: no other choice reaches as much at a lower cost. False: it was too much to try. */
  readonly isProvenLeast: boolean;
}

/**
 * How many courses the search may look at, over and over: about a tenth of a second's worth, since other requests wait
 * meanwhile. Counted, not timed, so that equal problems have equal answers on every machine.
 */
const MOST_LOOKS = 600_000;
/** The same for making the first plan cheaper. */
const MOST_EXCHANGE_LOOKS = 300_000;
/** Levels and costs that differ by less are the same. */
const SLACK = 1e-9;

/** The cheapest plan that raises every skill to its goal, or as far towards it as any courses lead. */
export function leastTimePlan(problem: PlanProblem, mostLooks = MOST_LOOKS): LeastTimePlan {
  const all = walk(
    problem,
    problem.courses.map((_, i) => i),
  );
  const goals = problem.goals.map((goal, skill) => Math.min(goal, all.levels[skill] as number));
  const planner = new Planner({ ...problem, goals }, all.order);
  const first = planner.improved(planner.completed([], new Set()) ?? []);
  const { chosen, isComplete } = planner.searched(first, mostLooks);
  return {
    courses: walk(problem, planner.thinned(chosen)).order,
    reachable: all.levels,
    isProvenLeast: isComplete,
  };
}

/** What comes of taking as many as possible of some courses. */
interface Walk {
  /** Those that can be taken, in an order in which they can. */
  readonly order: readonly number[];
  /** Those that cannot. */
  readonly stuck: readonly number[];
  /** Levels after all that can be taken. */
  readonly levels: readonly number[];
}

function walk({ levels: start, courses }: PlanProblem, members: readonly number[]): Walk {
  const levels = [...start];
  const taken = new Set<number>();
  const order: number[] = [];
  let left = members;
  for (;;) {
    const stuck: number[] = [];
    for (const index of left) {
      const course = courses[index] as PlannableCourse;
      if (!course.needs.every((before) => taken.has(before)) || firstObstacle(course, levels) !== null) {
        stuck.push(index);
        continue;
      }
      taken.add(index);
      order.push(index);
      raise(levels, course);
    }
    if (stuck.length === left.length || stuck.length === 0) return { order, stuck, levels };
    left = stuck;
  }
}

/** A skill in which the learner is too far below what the course expects, and could learn from it; null: none. */
function firstObstacle({ teaches }: PlannableCourse, levels: readonly number[]) {
  for (const taught of teaches) {
    const level = levels[taught.skill] as number;
    if (taught.to > level + SLACK && taught.from > level + READY_WITHIN + SLACK) return taught;
  }
  return null;
}

function raise(levels: number[], { teaches }: PlannableCourse): void {
  for (const { skill, to } of teaches) levels[skill] = Math.max(levels[skill] as number, to);
}

/** What a course can do for one skill. */
interface Provider {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

/** Courses of which a plan must have one more. */
type Lack = readonly number[];

class Planner {
  readonly #problem: PlanProblem;
  /** Courses worth choosing, by skill that they can raise, cheapest first. */
  readonly #providers: readonly (readonly Provider[])[];
  /** By course: all that come before it, each after what it needs itself. */
  readonly #before: ReadonlyMap<number, readonly number[]>;
  readonly #costs: Float64Array;
  #looks = 0;

  /** @param usable courses that can be taken at all */
  constructor(problem: PlanProblem, usable: readonly number[]) {
    this.#problem = problem;
    this.#costs = Float64Array.from(problem.courses, ({ cost }) => cost);
    this.#before = new Map(usable.map((index) => [index, closureOf(problem.courses, index)]));
    const worthwhile = withoutReplaceable(problem, usable);
    const cheapestFirst = worthwhile.sort((a, b) => this.#cost(a) - this.#cost(b) || a - b);
    const providers: Provider[][] = problem.levels.map(() => []);
    for (const index of cheapestFirst) {
      for (const { skill, from, to } of this.#course(index).teaches) {
        if (to > (problem.levels[skill] as number) + SLACK) providers[skill]?.push({ index, from, to });
      }
    }
    this.#providers = providers;
  }

  #course(index: number): PlannableCourse {
    return this.#problem.courses[index] as PlannableCourse;
  }

  #cost(index: number): number {
    return this.#costs[index] as number;
  }

  #costOf(chosen: Iterable<number>): number {
    let cost = 0;
    for (const index of chosen) cost += this.#cost(index);
    return cost;
  }

  #unmetGoals(levels: readonly number[]): number[] {
    return this.#problem.goals.flatMap((goal, skill) => (goal > (levels[skill] as number) + SLACK ? [skill] : []));
  }

  /**
   * The courses with as many more as it takes, each time the one that gains most per cost together with what must come
   * before it; null when the goals cannot be reached without the banned ones.
   */
  completed(start: readonly number[], banned: ReadonlySet<number>): number[] | null {
    const { order, levels: reached } = walk(this.#problem, start);
    const taken = new Set(order);
    const levels = [...reached];
    for (let unmet = this.#unmetGoals(levels); unmet.length > 0; unmet = this.#unmetGoals(levels)) {
      // Where nothing brings a goal nearer by itself, a level beyond its goal may be what opens the next course.
      const added =
        this.#bestAddition(unmet, levels, taken, banned, this.#problem.goals) ??
        this.#bestAddition([...levels.keys()], levels, taken, banned, null);
      if (added === null) return null;
      for (const index of added) {
        taken.add(index);
        raise(levels, this.#course(index));
      }
    }
    return [...taken];
  }

  /** @param goals levels above these gain nothing; null: all levels gain */
  #bestAddition(
    skills: readonly number[],
    levels: readonly number[],
    taken: ReadonlySet<number>,
    banned: ReadonlySet<number>,
    goals: readonly number[] | null,
  ): readonly number[] | null {
    const capOf = (skill: number): number => (goals === null ? 1 : (goals[skill] as number));
    const mostGain = skills.reduce((sum, skill) => sum + Math.max(0, capOf(skill) - (levels[skill] as number)), 0);
    let best: readonly number[] | null = null;
    let bestWorth = 0;
    const consider = (index: number): void => {
      const before = this.#missingBefore(index, taken);
      if (banned.has(index) || before.some((one) => banned.has(one))) return;
      const courses = before.length === 0 ? [index] : [...before, index];
      const gain = this.#gainOf(courses, levels, capOf);
      const worth = gain / this.#costOf(courses);
      if (gain <= SLACK || worth <= bestWorth * (1 + SLACK)) return;
      best = courses;
      bestWorth = worth;
    };
    for (const skill of skills) {
      for (const { index, to } of this.#providers[skill] ?? []) {
        this.#looks += 1;
        // Cheapest first: from here on nothing can be worth more.
        if (mostGain < bestWorth * this.#cost(index)) break;
        if (to > (levels[skill] as number) + SLACK && !taken.has(index)) consider(index);
      }
    }
    return best;
  }

  /** Sum of what the courses raise levels by, one after the other; 0 when one of them cannot be taken. */
  #gainOf(courses: readonly number[], levels: readonly number[], capOf: (skill: number) => number): number {
    const after = courses.length === 1 ? levels : [...levels];
    let gain = 0;
    for (const index of courses) {
      const course = this.#course(index);
      if (firstObstacle(course, after) !== null) return 0;
      for (const { skill, to } of course.teaches) {
        const level = after[skill] as number;
        gain += Math.max(0, Math.min(to, capOf(skill)) - level);
      }
      if (after !== levels) raise(after as number[], course);
    }
    return gain;
  }

  #missingBefore(index: number, taken: ReadonlySet<number>): readonly number[] {
    const before = this.#before.get(index) ?? [];
    return before.length === 0 ? before : before.filter((one) => !taken.has(one));
  }

  /**
   * Without the courses that can be left out, the dearest first, nor those that cannot be taken without them. Once round is
   * enough: what is needed among more courses is needed among fewer.
   */
  thinned(chosen: readonly number[]): number[] {
    let kept = [...chosen];
    for (const index of [...chosen].sort((a, b) => this.#cost(b) - this.#cost(a) || b - a)) {
      if (!kept.includes(index)) continue;
      this.#looks += kept.length;
      const { order, levels } = walk(
        this.#problem,
        kept.filter((other) => other !== index),
      );
      if (this.#unmetGoals(levels).length === 0) kept = [...order];
    }
    return kept;
  }

  /** A plan at least as cheap, found by doing without each course in turn. */
  improved(plan: readonly number[]): number[] {
    let best = this.thinned(plan);
    let leastCost = this.#costOf(best);
    this.#looks = 0;
    for (let before = Number.POSITIVE_INFINITY; leastCost < before; ) {
      before = leastCost;
      for (const index of [...best].sort((a, b) => this.#cost(b) - this.#cost(a) || b - a)) {
        if (this.#looks >= MOST_EXCHANGE_LOOKS) return best;
        const start = best.filter((other) => other !== index);
        const other = this.completed(start, new Set([index]));
        if (other === null) continue;
        const candidate = this.thinned(other);
        const cost = this.#costOf(candidate);
        if (cost >= leastCost - SLACK) continue;
        best = candidate;
        leastCost = cost;
      }
    }
    return best;
  }

  /** The cheapest plan by branch and bound, beginning with a known one. */
  searched(known: readonly number[], mostLooks: number): { chosen: readonly number[]; isComplete: boolean } {
    let chosen = known;
    let leastCost = this.#costOf(known);
    this.#looks = 0;
    const ruledOut = new Set<number>();
    const visit = (members: ReadonlySet<number>, cost: number): void => {
      const { branching, others } = this.#lacks(members, ruledOut);
      if (branching === null) {
        if (cost < leastCost - SLACK) {
          leastCost = cost;
          chosen = [...members];
        }
        return;
      }
      if (cost + this.#leastCostOf([branching, ...others], members) >= leastCost - SLACK) return;
      const tried: number[] = [];
      for (const index of branching) {
        if (this.#looks >= mostLooks) break;
        const added = [...this.#missingBefore(index, members), index];
        if (added.some((one) => ruledOut.has(one))) continue;
        visit(new Set([...members, ...added]), cost + this.#costOf(added));
        ruledOut.add(index);
        tried.push(index);
      }
      for (const index of tried) ruledOut.delete(index);
    };
    if (mostLooks > 0) visit(new Set(), 0);
    return { chosen, isComplete: this.#looks < mostLooks };
  }

  /**
   * What the courses lack to be a plan: the lack with the fewest ways out, to branch on, and all the others. Null: nothing.
   */
  #lacks(
    members: ReadonlySet<number>,
    ruledOut: ReadonlySet<number>,
  ): { readonly branching: Lack | null; readonly others: readonly Lack[] } {
    const { stuck, levels } = walk(this.#problem, [...members]);
    this.#looks += members.size;
    const most = [...levels];
    for (const index of stuck) raise(most, this.#course(index));
    const open = (skill: number, isEnough: (taught: Provider) => boolean): number[] => {
      const providers = this.#providers[skill] ?? [];
      this.#looks += providers.length;
      const found: number[] = [];
      for (const provider of providers) {
        if (!isEnough(provider) || members.has(provider.index) || ruledOut.has(provider.index)) continue;
        found.push(provider.index);
      }
      return found;
    };
    const lacks: Lack[] = [];
    for (const skill of this.#unmetGoals(most)) {
      lacks.push(open(skill, ({ to }) => to >= (this.#problem.goals[skill] as number) - SLACK));
      // The next course that raises the skill has to be one that can be followed now.
      const level = levels[skill] as number;
      if (stuck.length === 0) {
        lacks.push(open(skill, ({ from, to }) => to > level + SLACK && from <= level + READY_WITHIN + SLACK));
      }
    }
    if (stuck.length > 0) lacks.push(this.#waysOn(stuck, members, levels, open));
    const fewest = lacks.reduce<Lack | null>((a, b) => (a === null || b.length < a.length ? b : a), null);
    return { branching: fewest, others: lacks.filter((lack) => lack !== fewest) };
  }

  /**
   * One of these has to be added before any of the stuck courses can be taken. They may open the way for each other, so
   * nothing is known of which; but the first to be taken waits for a level that none of the others has led to.
   */
  #waysOn(
    stuck: readonly number[],
    members: ReadonlySet<number>,
    levels: readonly number[],
    open: (skill: number, isEnough: (taught: Provider) => boolean) => number[],
  ): Lack {
    const waiting = new Set(stuck);
    const ways = new Set<number>();
    for (const index of stuck) {
      const course = this.#course(index);
      if (course.needs.some((before) => waiting.has(before) || !members.has(before))) continue;
      const obstacle = firstObstacle(course, levels);
      if (obstacle === null) continue;
      for (const way of open(obstacle.skill, ({ to }) => to >= obstacle.from - READY_WITHIN - SLACK)) ways.add(way);
    }
    return [...ways].sort((a, b) => this.#cost(a) - this.#cost(b) || a - b);
  }

  /** What filling all the lacks costs at least. */
  #leastCostOf(lacks: readonly Lack[], members: ReadonlySet<number>): number {
    const left = new Map<number, number>();
    let sum = 0;
    let dearest = 0;
    for (const lack of lacks) this.#looks += lack.length;
    for (const lack of [...lacks].sort((a, b) => a.length - b.length)) {
      let least = Number.POSITIVE_INFINITY;
      let leastWhole = Number.POSITIVE_INFINITY;
      for (const index of lack) {
        const cost = this.#cost(index);
        least = Math.min(least, left.get(index) ?? cost);
        if (cost < leastWhole) {
          leastWhole = Math.min(leastWhole, cost + this.#costOf(this.#missingBefore(index, members)));
        }
      }
      for (const index of lack) left.set(index, (left.get(index) ?? this.#cost(index)) - least);
      sum += least;
      dearest = Math.max(dearest, leastWhole);
    }
    return Math.max(sum, dearest);
  }
}

/** All that come before a course, each after what it needs itself. */
function closureOf(courses: readonly PlannableCourse[], index: number): number[] {
  const before: number[] = [];
  const seen = new Set<number>();
  const visit = (at: number) => {
    for (const need of courses[at]?.needs ?? []) {
      if (seen.has(need)) continue;
      seen.add(need);
      visit(need);
      before.push(need);
    }
  };
  visit(index);
  return before;
}

/** The courses without those that another one replaces: it costs no more, needs no more and teaches at least as much. */
function withoutReplaceable(problem: PlanProblem, usable: readonly number[]): number[] {
  const { courses, levels } = problem;
  const isNeeded = new Set(usable.flatMap((index) => courses[index]?.needs ?? []));
  const bySkill = new Map<number, number[]>();
  for (const index of usable) {
    for (const { skill } of courses[index]?.teaches ?? []) bySkill.set(skill, [...(bySkill.get(skill) ?? []), index]);
  }
  return usable.filter((index) => {
    const course = courses[index] as PlannableCourse;
    const useful = course.teaches.filter(({ skill, to }) => to > (levels[skill] as number) + SLACK);
    if (useful.length === 0) return false;
    if (isNeeded.has(index)) return true;
    const rivals = bySkill.get(useful[0]?.skill ?? -1) ?? [];
    return !rivals.some((rival) => rival !== index && replaces(problem, rival, index));
  });
}

function replaces({ courses, levels }: PlanProblem, rival: number, index: number): boolean {
  const [better, worse] = [courses[rival] as PlannableCourse, courses[index] as PlannableCourse];
  if (better.cost > worse.cost || !better.needs.every((need) => worse.needs.includes(need))) return false;
  const levelOf = (skill: number) => levels[skill] as number;
  const teachesAsMuch = worse.teaches.every(
    ({ skill, to }) => to <= levelOf(skill) || better.teaches.some((other) => other.skill === skill && other.to >= to),
  );
  // Whoever can take the one can take the other.
  const expectsNoMore = better.teaches.every(
    ({ skill, from }) =>
      from <= levelOf(skill) + READY_WITHIN ||
      worse.teaches.some((other) => other.skill === skill && from <= other.from),
  );
  if (!teachesAsMuch || !expectsNoMore) return false;
  // Of two that replace each other the first stays.
  const isSame = better.cost === worse.cost && rival > index && replaces({ courses, levels, goals: [] }, index, rival);
  return !isSame;
}
