import type { Course } from '../../catalog/course.js';
import { mayTouch, type RuledPerson } from '../../rules/applying/audienceIndex.js';
import { STRENGTH_IN_SPREADS } from '../../rules/applying/lifts.js';
import { audienceTest } from '../../rules/model/audience.js';
import { dueMsOf, type Goal } from '../goal.js';

/** A goal joined to the courses that serve it. */
export interface AlignedGoal {
  readonly goal: Goal;
  readonly dueMs: number;
  /** Where courses serve it, ascending. */
  readonly positions: Int32Array;
  /** Beside `positions`: how much each is worth to the goal, its agreed strength times how much it serves, above 0. */
  readonly worth: Float32Array;
}

/** The goals that are for one learner and put courses forward for them. */
export interface LearnerGoals {
  /** In the order of their due dates, then of their ids; at least one. */
  readonly goals: readonly AlignedGoal[];
  /** By position the sum of what the goals say of a course. */
  readonly values: Float32Array;
  /** Where it is above 0. */
  readonly positions: Int32Array;
}

/** The goals that put courses forward, joined to a catalogue. */
export interface GoalIndex {
  readonly isEmpty: boolean;
  /** Whether any of them asks what people are short of: otherwise nobody need work it out. */
  readonly asksForGaps: boolean;
  /** Null: none is for them. */
  active(person: RuledPerson, nowMs: number): LearnerGoals | null;
}

/** For so many combinations of goals it is kept what they say of each course; people of one kind share one. */
const MOST_COMBINATIONS = 64;

/** Made once for a set of goals and a catalogue. */
export function createGoalIndex(goals: readonly Goal[], courses: readonly Course[]): GoalIndex {
  const aligned = goals
    .filter(({ alignment, closure }) => alignment !== 'NONE' && closure === null)
    .map((goal) => alignedGoal(goal, courses))
    .filter(({ positions }) => positions.length > 0)
    .sort((a, b) => a.dueMs - b.dueMs || (a.goal.id < b.goal.id ? -1 : 1));
  const combined = new Map<string, LearnerGoals>();
  return {
    isEmpty: aligned.length === 0,
    asksForGaps: aligned.some(({ goal }) => goal.audience.skillGap !== null),
    active(person, nowMs) {
      const isForThem = audienceTest(person, nowMs);
      const met = aligned.filter(
        ({ goal: { audience }, dueMs }) => nowMs < dueMs && isForThem(audience) && mayTouch(audience, person),
      );
      if (met.length === 0) return null;
      const key = JSON.stringify(met.map(({ goal }) => goal.id));
      const known = combined.get(key);
      if (known !== undefined) return known;
      const made = joinedGoals(met, courses.length);
      const [oldest] = combined.keys();
      if (combined.size >= MOST_COMBINATIONS && oldest !== undefined) combined.delete(oldest);
      combined.set(key, made);
      return made;
    },
  };
}

/**
 * What several goals say of each course: the sum, so that a course that serves two comes before one that serves one of
 * them, and a course loses by each goal that is taken away just what that goal gave it.
 *
 * @param courseCount of the catalogue that the goals are joined to
 */
export function joinedGoals(goals: readonly AlignedGoal[], courseCount: number): LearnerGoals {
  const values = new Float32Array(courseCount);
  for (const { positions, worth } of goals) {
    for (let i = 0; i < positions.length; i++) values[positions[i]!] = values[positions[i]!]! + worth[i]!;
  }
  const positions = [...new Set(goals.flatMap((goal) => [...goal.positions]))].sort((a, b) => a - b);
  return { goals, values, positions: Int32Array.from(positions) };
}

/** What one goal says of the course at a position; 0: nothing. */
export function worthOf({ positions, worth }: AlignedGoal, position: number): number {
  const at = positions.indexOf(position);
  return at < 0 ? 0 : (worth[at] as number);
}

function alignedGoal(goal: Goal, courses: readonly Course[]): AlignedGoal {
  const named = new Set(goal.courseIds);
  const skills = new Set(goal.skillIds);
  const positions: number[] = [];
  const worth: number[] = [];
  const strength = goal.alignment === 'NONE' ? 0 : STRENGTH_IN_SPREADS[goal.alignment];
  courses.forEach((course, position) => {
    const serves = serviceOf(course, named, skills);
    if (serves === 0) return;
    positions.push(position);
    worth.push(strength * serves);
  });
  return { goal, dueMs: dueMsOf(goal), positions: Int32Array.from(positions), worth: Float32Array.from(worth) };
}

/**
 * How much a course serves a goal, 0–1: 1 when the goal names it; otherwise the share of the skills that it teaches which
 * serve the goal, so that a course about just these comes before one that touches on them among ten others.
 */
export function serviceOf(
  { id, skills }: Pick<Course, 'id' | 'skills'>,
  courseIds: ReadonlySet<string>,
  skillIds: ReadonlySet<string>,
): number {
  if (courseIds.has(id)) return 1;
  if (skills.length === 0) return 0;
  return skills.filter(({ skillId }) => skillIds.has(skillId)).length / skills.length;
}
