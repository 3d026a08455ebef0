import type { Course } from '../../catalog/course.js';
import type { RuleTarget } from './rule.js';

/**
 * Where the courses of a target stand, ascending. What a course does not say fits nothing that is asked of it: one
 * without provider comes from no provider, one for everyone is of no level, one of unknown length is neither short nor
 * long.
 */
export function targetPositions(target: RuleTarget, courses: readonly Course[]): Int32Array {
  const matches = targetTest(target);
  const positions: number[] = [];
  for (let i = 0; i < courses.length; i++) if (matches(courses[i] as Course)) positions.push(i);
  return Int32Array.from(positions);
}

/** The test for one target, made once for many courses: cheap criteria first, and only those that are filled in. */
function targetTest(target: RuleTarget): (course: Course) => boolean {
  const tests: ((course: Course) => boolean)[] = [];
  const { minDurationMinutes: min, maxDurationMinutes: max } = target;
  if (target.kinds.length > 0) tests.push((course) => target.kinds.includes(course.kind));
  if (target.levels.length > 0) tests.push((course) => course.level !== null && target.levels.includes(course.level));
  if (min !== null) tests.push((course) => course.durationMinutes !== null && course.durationMinutes >= min);
  if (max !== null) tests.push((course) => course.durationMinutes !== null && course.durationMinutes <= max);
  if (target.courseIds.length > 0) {
    const ids = new Set(target.courseIds);
    tests.push((course) => ids.has(course.id));
  }
  if (target.providers.length > 0) {
    const providers = new Set(target.providers);
    tests.push((course) => course.provider !== null && providers.has(course.provider));
  }
  if (target.tags.length > 0) {
    const tags = new Set(target.tags);
    tests.push((course) => course.tags.some((tag) => tags.has(tag)));
  }
  if (target.skillIds.length > 0) {
    const skillIds = new Set(target.skillIds);
    tests.push((course) => course.skills.some((skill) => skillIds.has(skill.skillId)));
  }
  return (course) => tests.every((matches) => matches(course));
}

/** The courses that may be recommended to somebody now. */
export function openCourses(courses: readonly Course[], now: Date): Course[] {
  return courses.filter(({ publishedAt, retiredAt, excludedFromRecommendations }) => {
    if (excludedFromRecommendations || (publishedAt !== null && publishedAt > now)) return false;
    return retiredAt === null || retiredAt > now;
  });
}
