import type { CatalogSnapshot } from '../../catalog/catalogSnapshot.js';
import type { Course, CourseKind, Role } from '../../catalog/course.js';
import { isBegun } from '../../learners/courseState.js';
import { isFulfilled, type Obligation } from '../../learners/learner.js';
import type { LearnerState } from '../../learners/learners.service.js';
import { READY_WITHIN } from '../../learners/readiness.js';
import { type SkillGap, skillGaps } from '../../learners/skillGaps.js';
import type { SkillLevel } from '../../learners/skillLevel.js';
import { type EligibilityContext, isSettled, stopperOf } from '../pipeline/eligibility.js';
import { dueDayOf } from '../pipeline/wording.js';
import { leastTimePlan, type PlannableCourse } from './leastTimePlan.js';

/** The catalogue, laid out for paths; the same for every learner. */
export interface PathCatalogue {
  readonly catalog: CatalogSnapshot;
  readonly teachingBySkill: ReadonlyMap<string, readonly Course[]>;
  /** Median of the stated durations by kind; a kind that none is known of is absent. */
  readonly typicalMinutes: ReadonlyMap<CourseKind, number>;
}

export interface LearningPathInputs {
  readonly catalogue: PathCatalogue;
  readonly state: LearnerState;
  readonly levels: ReadonlyMap<string, SkillLevel>;
  readonly role: Role;
  readonly eligibility: EligibilityContext;
}

/** By how much a step brings a skill nearer to what the role needs. */
export interface StepClosing {
  readonly skillId: string;
  readonly skillName: string;
  /** Level before the step, 0–1, with all earlier steps done. */
  readonly levelFrom: number;
  /** Level after it, at most the target. */
  readonly levelTo: number;
  readonly targetLevel: number;
}

export interface PathStep {
  readonly course: Course;
  /** What is left of it, in whole minutes. */
  readonly minutes: number;
  /** True: nobody said how long it takes, so the median of its kind was taken. */
  readonly isTypicalDuration: boolean;
  /** 0–1, how far the learner has got with it already. */
  readonly progress: number;
  /** Null: it is not assigned. */
  readonly obligation: Obligation | null;
  readonly dueAt: Date | null;
  readonly closes: readonly StepClosing[];
  /** Later steps that ask for this course first. */
  readonly prerequisiteOf: readonly Course[];
  /** Later steps that expect a level which this one leads to. */
  readonly preparesFor: readonly Course[];
  readonly text: string;
}

export const OPEN_BECAUSE = ['NOT_TAUGHT', 'TAUGHT_LOWER', 'OUT_OF_REACH'] as const;
export type OpenBecause = (typeof OPEN_BECAUSE)[number];

/** What the path cannot close. */
export interface OpenGap {
  readonly skillId: string;
  readonly skillName: string;
  /** Level at the end of the path, 0–1. */
  readonly levelReached: number;
  readonly targetLevel: number;
  readonly because: OpenBecause;
  readonly text: string;
}

export interface LearningPath {
  readonly role: Role;
  readonly steps: readonly PathStep[];
  readonly totalMinutes: number;
  /** What of that is assigned, and so to be spent anyway. */
  readonly assignedMinutes: number;
  readonly openGaps: readonly OpenGap[];
  readonly isProvenShortest: boolean;
}

/** What is smaller is no gap that anybody would take a course for: levels are not that exact. */
export const SMALLEST_GAP = 0.05;
/** For a course of a kind whose durations nobody knows. */
const UNKNOWN_MINUTES = 60;
/** Assigned courses are going to be taken anyway: a minute of them weighs next to nothing. */
const ASSIGNED_WEIGHT = 1e-4;
/** Of two paths that take as long the one with fewer courses, in minutes a course. */
const COURSE_WEIGHT = 1e-3;
const SLACK = 1e-9;

export function createPathCatalogue(catalog: CatalogSnapshot): PathCatalogue {
  const teachingBySkill = new Map<string, Course[]>();
  const minutesByKind = new Map<CourseKind, number[]>();
  for (const course of catalog.courses) {
    for (const { skillId } of course.skills) append(teachingBySkill, skillId, course);
    if (course.durationMinutes !== null) append(minutesByKind, course.kind, course.durationMinutes);
  }
  return {
    catalog,
    teachingBySkill,
    typicalMinutes: new Map([...minutesByKind].map(([kind, minutes]) => [kind, median(minutes)])),
  };
}

/**
 * The courses that bring a learner to the levels a role needs in the least time, in an order in which they can be taken.
 * Every step can be taken by this learner once the steps before it are done; none could be left out.
 */
export function learningPath(inputs: LearningPathInputs): LearningPath {
  const { role, levels } = inputs;
  const gaps = [...skillGaps({ role, targetRole: null }, levels).values()].filter(
    ({ targetLevel, level, importance }) => importance > 0 && targetLevel - level >= SMALLEST_GAP,
  );
  const candidates = candidatesFor(inputs, gaps);
  const indexById = new Map(candidates.map(({ course }, index) => [course.id, index]));
  const skillIndex = new Map(gaps.map(({ skillId }, index) => [skillId, index]));
  const plan = leastTimePlan({
    levels: gaps.map(({ level }) => level),
    goals: gaps.map(({ targetLevel }) => targetLevel),
    courses: candidates.map((candidate) => plannable(candidate, inputs, indexById, skillIndex)),
  });
  const { skills } = inputs.catalogue.catalog;
  const nameOf = (skillId: string): string => skills.get(skillId)?.name ?? skillId;
  const chosen = plan.courses.map((index) => candidates[index] as Candidate);
  const steps = explained(chosen, gaps, nameOf);
  return {
    role,
    steps: steps.map((step) => ({ ...step, text: textOf(step) })),
    totalMinutes: steps.reduce((sum, { minutes }) => sum + minutes, 0),
    assignedMinutes: steps.reduce((sum, { minutes, obligation }) => sum + (obligation === null ? 0 : minutes), 0),
    openGaps: gaps.flatMap((gap, index) => openGap(inputs, gap, plan.reachable[index] as number)),
    isProvenShortest: plan.isProvenLeast,
  };
}

/** A course that may be part of the path. */
type Candidate = Pick<PathStep, 'course' | 'minutes' | 'isTypicalDuration' | 'progress' | 'obligation' | 'dueAt'>;

/** Courses that raise a skill with a gap, and those that come before them; all of them open to this learner. */
function candidatesFor(inputs: LearningPathInputs, gaps: readonly SkillGap[]): Candidate[] {
  const { catalogue, eligibility } = inputs;
  const { courses, courseIndexById } = catalogue.catalog;
  const isOpen = new Map<string, boolean>();
  const found = new Map<string, Course>();
  /** With all that comes before it. */
  const isTakeable = (course: Course): boolean => {
    const known = isOpen.get(course.id);
    if (known !== undefined) return known;
    const takeable =
      isUsable(course, eligibility) &&
      missingBefore(course, eligibility).every((id) => {
        const before = courses[courseIndexById.get(id) ?? -1];
        return before !== undefined && isTakeable(before);
      });
    isOpen.set(course.id, takeable);
    return takeable;
  };
  const add = (course: Course): void => {
    if (found.has(course.id)) return;
    found.set(course.id, course);
    for (const id of missingBefore(course, eligibility)) add(courses[courseIndexById.get(id) ?? -1] as Course);
  };
  for (const { skillId, level } of gaps) {
    for (const course of catalogue.teachingBySkill.get(skillId) ?? []) {
      if (course.skills.some((s) => s.skillId === skillId && s.levelTo > level) && isTakeable(course)) add(course);
    }
  }
  // Equal costs are decided by place, so the place must not hang on the order in which courses were stored.
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).map((course) => candidate(course, inputs));
}

/** Whether anything but its prerequisites keeps the learner from the course. Being assigned does not. */
function isUsable(course: Course, eligibility: EligibilityContext): boolean {
  return stopperOf({ ...course, prerequisiteIds: [] }, { ...eligibility, assignedCourseIds: NO_COURSES }) === null;
}

const NO_COURSES: ReadonlySet<string> = new Set();

function missingBefore(course: Course, { stateByCourseId }: EligibilityContext): readonly string[] {
  return course.prerequisiteIds.filter((id) => !isSettled(stateByCourseId.get(id)));
}

function candidate(course: Course, { catalogue, state, eligibility }: LearningPathInputs): Candidate {
  const courseState = eligibility.stateByCourseId.get(course.id);
  const progress = courseState !== undefined && isBegun(courseState) ? (courseState.maxProgress ?? 0) : 0;
  const whole = course.durationMinutes ?? catalogue.typicalMinutes.get(course.kind) ?? UNKNOWN_MINUTES;
  const assignment = state.assignments.find((a) => a.courseId === course.id && !isFulfilled(a, courseState));
  return {
    course,
    minutes: Math.max(1, Math.ceil(whole * (1 - progress) - SLACK)),
    isTypicalDuration: course.durationMinutes === null,
    progress,
    obligation: assignment?.obligation ?? null,
    dueAt: assignment?.dueAt ?? null,
  };
}

function plannable(
  { course, minutes, obligation }: Candidate,
  { eligibility }: LearningPathInputs,
  indexById: ReadonlyMap<string, number>,
  skillIndex: ReadonlyMap<string, number>,
): PlannableCourse {
  return {
    cost: minutes * (obligation === null ? 1 : ASSIGNED_WEIGHT) + COURSE_WEIGHT,
    needs: missingBefore(course, eligibility).map((id) => indexById.get(id) as number),
    teaches: course.skills.flatMap(({ skillId, levelFrom, levelTo }) => {
      const skill = skillIndex.get(skillId);
      return skill === undefined ? [] : [{ skill, from: levelFrom, to: levelTo }];
    }),
  };
}

/** What each step does for the gaps and for the steps after it. */
function explained(
  plan: readonly Candidate[],
  gaps: readonly SkillGap[],
  nameOf: (skillId: string) => string,
): Omit<PathStep, 'text'>[] {
  const levels = new Map(gaps.map(({ skillId, level }) => [skillId, level]));
  return plan.map((step, place) => {
    const later = plan.slice(place + 1).map(({ course }) => course);
    const before = new Map(levels);
    for (const { skillId, levelTo } of step.course.skills) {
      const level = levels.get(skillId);
      if (level !== undefined) levels.set(skillId, Math.max(level, levelTo));
    }
    const closes = gaps.flatMap(({ skillId, targetLevel }): StepClosing[] => {
      const levelFrom = before.get(skillId) as number;
      const levelTo = Math.min(targetLevel, levels.get(skillId) as number);
      return levelTo > levelFrom + SLACK
        ? [{ skillId, skillName: nameOf(skillId), levelFrom, levelTo, targetLevel }]
        : [];
    });
    return {
      ...step,
      closes,
      prerequisiteOf: later.filter(({ prerequisiteIds }) => prerequisiteIds.includes(step.course.id)),
      preparesFor: later.filter(({ skills }) =>
        skills.some(({ skillId, levelFrom, levelTo }) => {
          const level = before.get(skillId);
          const isRaised = level !== undefined && (levels.get(skillId) as number) > level + SLACK;
          return isRaised && levelTo > level + SLACK && levelFrom > level + READY_WITHIN + SLACK;
        }),
      ),
    };
  });
}

function openGap(inputs: LearningPathInputs, gap: SkillGap, reachable: number): OpenGap[] {
  const { skillId, targetLevel, level } = gap;
  if (reachable >= targetLevel - SLACK) return [];
  let highest = level;
  for (const course of inputs.catalogue.teachingBySkill.get(skillId) ?? []) {
    const taught = course.skills.find((skill) => skill.skillId === skillId);
    if (taught !== undefined && taught.levelTo > highest && isUsable(course, inputs.eligibility)) {
      highest = taught.levelTo;
    }
  }
  const because =
    highest > reachable + SLACK ? 'OUT_OF_REACH' : highest > level + SLACK ? 'TAUGHT_LOWER' : 'NOT_TAUGHT';
  const skillName = inputs.catalogue.catalog.skills.get(skillId)?.name ?? skillId;
  const levelReached = Math.max(level, reachable);
  const text = `${OPEN_TEXTS[because](skillName, level2(levelReached))}; the role needs ${level2(targetLevel)}`;
  return [{ skillId, skillName, levelReached, targetLevel, because, text }];
}

const OPEN_TEXTS: Readonly<Record<OpenBecause, (skill: string, reached: string) => string>> = {
  NOT_TAUGHT: (skill, reached) => `No course open to you leads further in ${skill} than the ${reached} you have`,
  TAUGHT_LOWER: (skill, reached) => `The courses open to you lead to ${reached} in ${skill}`,
  OUT_OF_REACH: (skill, reached) =>
    `You get to ${reached} in ${skill}: courses that lead further expect what no course open to you leads to`,
};

/** Why a step is taken, why at its place, and what it takes, in words for the learner. */
function textOf(step: Omit<PathStep, 'text'>): string {
  const { course, closes, prerequisiteOf, preparesFor, minutes, isTypicalDuration, progress, obligation, dueAt } = step;
  const reasons = [
    ...closes.map(
      ({ skillName, levelFrom, levelTo, targetLevel }) =>
        `raises ${skillName} from ${level2(levelFrom)} to ${level2(levelTo)} of the ${level2(targetLevel)} needed`,
    ),
    ...prerequisiteOf.map(({ title }) => `is needed before “${title}”`),
    ...preparesFor.map(({ title }) => `gets you ready for “${title}”`),
  ];
  if (obligation !== null) {
    reasons.push(dueAt === null ? 'is assigned to you' : `is assigned to you, due ${dueDayOf(dueAt)}`);
  }
  const begun = progress > 0 ? ` left, ${Math.round(progress * 100)} % is done` : '';
  const typical = isTypicalDuration ? `, as is usual for a ${KIND_WORDS[course.kind]}` : '';
  const said = reasons.join('; ');
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}. ${minutes} min${begun}${typical}.`;
}

const KIND_WORDS: Readonly<Record<CourseKind, string>> = {
  COURSE: 'course',
  VIDEO: 'video',
  ARTICLE: 'text to read',
  BOOK: 'book',
  PODCAST: 'podcast',
  ASSESSMENT: 'test',
  LIVE_SESSION: 'live session',
  COACHING: 'coaching',
  MENTORING: 'mentoring',
  PATH: 'path of courses',
};

const level2 = (level: number): string => String(Number(level.toFixed(2)));

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** @param values at least one */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
