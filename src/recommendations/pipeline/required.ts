import type { Course } from '../../catalog/course.js';
import type { CourseState } from '../../learners/courseState.js';
import { type Assignment, isFulfilled, type Obligation } from '../../learners/learner.js';
import { DAY_MS } from '../../platform/zonedTime.js';
import type { LearnerRules } from './learnerRules.js';
import type { ServingIndex } from './servingIndex.js';
import { missingPrerequisites } from './unlock.js';

export const REQUIRED_STATUSES = ['NOT_STARTED', 'BEGUN', 'FAILED'] as const;
export type RequiredStatus = (typeof REQUIRED_STATUSES)[number];

/** A course that somebody has to take and has not taken yet. */
export interface RequiredCourse {
  readonly course: Course;
  readonly obligation: Obligation;
  readonly dueAt: Date | null;
  readonly isOverdue: boolean;
  /** Whole days until it is due: 0 on the last one, below 0 when it is over; null: no date. */
  readonly daysLeft: number | null;
  /** 0–1; null: begun anew after an earlier round, whose progress hides that of this one. */
  readonly progress: number | null;
  readonly status: RequiredStatus;
  /** What has to come before, in an order in which it can be taken. */
  readonly missingPrerequisites: readonly Course[];
}

/** The rule of L&D that makes a course mandatory, or due earlier than it was assigned. */
export interface RequiringRule {
  readonly ruleId: string;
  /** In plain words. */
  readonly sentence: string;
}

export interface RequiredInputs {
  readonly now: Date;
  readonly assignments: readonly Omit<Assignment, 'learnerId'>[];
  readonly courses: readonly (CourseState & { readonly courseId: string })[];
  readonly index: ServingIndex;
}

/**
 * What a learner still has to take, the most pressing first: by the day it is due (UTC), mandatory before assigned on
 * the same day, without a date last. Courses that cannot be taken at present are left out. Unlike recommendations it
 * holds courses excluded from those, in any language: a duty is not a matter of taste.
 */
export function requiredCourses({ now, assignments, courses, index }: RequiredInputs): readonly RequiredCourse[] {
  const states = new Map(courses.map((state) => [state.courseId, state]));
  return assignments
    .flatMap((assignment): RequiredCourse[] => {
      const position = index.positionById.get(assignment.courseId) ?? -1;
      const course = index.courses[position];
      const state = states.get(assignment.courseId);
      if (course === undefined || !isOffered(course, now) || isFulfilled(assignment, state)) return [];
      const { obligation, dueAt } = assignment;
      const leftMs = dueAt === null ? null : dueAt.getTime() - now.getTime();
      return [
        {
          course,
          obligation,
          dueAt,
          isOverdue: leftMs !== null && leftMs < 0,
          daysLeft: leftMs === null ? null : Math.floor(leftMs / DAY_MS),
          ...standing(assignment, state),
          missingPrerequisites: missingPrerequisites(index, { stateByCourseId: states }, position).flatMap(
            (before) => index.courses[before] ?? [],
          ),
        },
      ];
    })
    .sort(byUrgency);
}

/** The rule behind a duty; null: it is there without any. */
export function requiringRule(
  { requiredBy, sentenceOf }: Pick<LearnerRules, 'requiredBy' | 'sentenceOf'>,
  courseId: string,
): RequiringRule | null {
  const rule = requiredBy.get(courseId)?.rule;
  return rule === undefined ? null : { ruleId: rule.id, sentence: sentenceOf(rule) };
}

/** In which the day begins and ends that a duty is due on: that of the rule behind it, or UTC. */
export const zoneOfDuty = ({ requiredBy }: Pick<LearnerRules, 'requiredBy'>, courseId: string): string =>
  requiredBy.get(courseId)?.rule.schedule.zone ?? 'UTC';

function isOffered({ publishedAt, retiredAt }: Course, now: Date): boolean {
  return (publishedAt === null || publishedAt <= now) && (retiredAt === null || retiredAt > now);
}

function standing(
  { countsFrom }: Pick<Assignment, 'countsFrom'>,
  state: CourseState | undefined,
): Pick<RequiredCourse, 'status' | 'progress'> {
  const fromMs = countsFrom?.getTime() ?? Number.NEGATIVE_INFINITY;
  if (state === undefined || state.lastAtMs < fromMs) return { status: 'NOT_STARTED', progress: 0 };
  const progress = state.firstAtMs < fromMs ? null : (state.maxProgress ?? 0);
  if (state.failedAtMs !== null && state.failedAtMs >= fromMs) return { status: 'FAILED', progress };
  const isBegun = state.starts > 0 || state.attempts > 0 || progress === null || progress > 0;
  return { status: isBegun ? 'BEGUN' : 'NOT_STARTED', progress };
}

function byUrgency(a: RequiredCourse, b: RequiredCourse): number {
  const dayOf = ({ dueAt }: RequiredCourse) =>
    dueAt === null ? Number.MAX_VALUE : Math.floor((dueAt.getTime() - 1) / DAY_MS);
  const dueMs = ({ dueAt }: RequiredCourse) => dueAt?.getTime() ?? 0;
  return (
    dayOf(a) - dayOf(b) ||
    Number(b.obligation === 'MANDATORY') - Number(a.obligation === 'MANDATORY') ||
    dueMs(a) - dueMs(b) ||
    (a.course.id < b.course.id ? -1 : 1)
  );
}
