import { type Course, primaryLanguage } from '../catalog/course.js';
import type { CourseState } from '../learners/courseState.js';
import type { ServingIndex } from './servingIndex.js';

/** Why a course may not be recommended to a learner. */
export type Stopper =
  | 'NOT_PUBLISHED'
  | 'RETIRED'
  | 'EXCLUDED'
  | 'OTHER_LANGUAGE'
  | 'COMPLETED'
  | 'WAIVED'
  | 'DISMISSED'
  | 'ASSIGNED'
  | 'PREREQUISITE_MISSING'
  | 'NO_SESSION_LEFT';

/** What eligibility needs to know of a learner. */
export interface EligibilityContext {
  readonly now: Date;
  /** Primary language subtags, lower case; null: any language. */
  readonly languages: ReadonlySet<string> | null;
  readonly stateByCourseId: ReadonlyMap<string, CourseState>;
  readonly assignedCourseIds: ReadonlySet<string>;
}

/** The first thing that keeps a course from being recommended, in a fixed order; null when nothing does. */
export function stopperOf(course: Course, context: EligibilityContext): Stopper | null {
  const { now, languages, stateByCourseId } = context;
  if (course.publishedAt !== null && course.publishedAt > now) return 'NOT_PUBLISHED';
  if (course.retiredAt !== null && course.retiredAt <= now) return 'RETIRED';
  if (course.excludedFromRecommendations) return 'EXCLUDED';
  const state = stateByCourseId.get(course.id);
  if (state !== undefined) {
    if (isCompleted(state)) return 'COMPLETED';
    if (state.waivedAtMs !== null) return 'WAIVED';
    if (state.dismissedAtMs !== null) return 'DISMISSED';
  }
  if (context.assignedCourseIds.has(course.id)) return 'ASSIGNED';
  if (languages !== null && course.language !== null && !languages.has(primaryLanguage(course.language))) {
    return 'OTHER_LANGUAGE';
  }
  if (course.prerequisiteIds.some((id) => !isSettled(stateByCourseId.get(id)))) return 'PREREQUISITE_MISSING';
  if (course.kind === 'LIVE_SESSION' && course.sessions.length > 0) {
    if (course.sessions.every((session) => session.startsAt <= now || session.capacity === 0)) return 'NO_SESSION_LEFT';
  }
  return null;
}

/** Finished with success; a failed attempt after a pass changes nothing. */
export function isCompleted(state: CourseState): boolean {
  return state.completedAtMs !== null || state.passedAtMs !== null;
}

/** Begun and left unfinished: it belongs to what they may continue, not to what they could take up next. */
export function isBegun(state: CourseState): boolean {
  return !isCompleted(state) && (state.starts > 0 || (state.maxProgress ?? 0) > 0 || state.attempts > 0);
}

function isSettled(state: CourseState | undefined): boolean {
  return state !== undefined && (isCompleted(state) || state.waivedAtMs !== null);
}

/**
 * For each position 1 where `stopperOf` stops nothing. Goes through columns instead of courses, and looks at single courses
 * only where the learner or a condition has something to say.
 */
export function eligiblePositions(index: ServingIndex, context: EligibilityContext): Uint8Array {
  const nowMs = context.now.getTime();
  const { openFromMs, openUntilMs, languageIndices } = index;
  const { languages } = context;
  const isSpoken = index.languages.map((language) => languages === null || languages.has(language));
  const eligible = new Uint8Array(index.courses.length);
  for (let position = 0; position < eligible.length; position++) {
    const language = languageIndices[position] as number;
    const isOpen = (openFromMs[position] as number) <= nowMs && nowMs < (openUntilMs[position] as number);
    if (isOpen && (language < 0 || isSpoken[language])) eligible[position] = 1;
  }
  const recheck = (position: number | undefined) => {
    const course = position === undefined ? undefined : index.courses[position];
    if (position !== undefined && course !== undefined && stopperOf(course, context) !== null) eligible[position] = 0;
  };
  for (const courseId of context.stateByCourseId.keys()) recheck(index.positionById.get(courseId));
  for (const courseId of context.assignedCourseIds) recheck(index.positionById.get(courseId));
  for (const position of index.conditionalPositions) recheck(position);
  return eligible;
}
