import { type CampaignStep, isReplaceable } from './look.js';
import type { CampaignCourse, CourseStanding } from './nextStep.js';

/** What a campaign of listed courses has for somebody: the same for all. */
export function* listedCourses(
  courseIds: readonly string[],
  standing: (courseId: string) => CourseStanding,
): Generator<CampaignCourse, void> {
  for (const [i, courseId] of courseIds.entries()) yield { courseId, step: i + 1, standing: standing(courseId) };
}

/**
 * What a campaign of paths has for somebody: what it brought them, and then what is on their path as it is now. Paths are
 * made anew as people learn, so steps are numbered as they are brought.
 *
 * @param path  the courses ahead, asked for only when all that was brought does not keep anything waiting
 * @param steps what was planned for them already, by step
 */
export function* pathCourses(
  path: () => readonly string[],
  steps: readonly CampaignStep[],
  standing: (courseId: string) => CourseStanding,
): Generator<CampaignCourse, void> {
  const kept = steps.filter((step) => !isReplaceable(step));
  for (const { courseId, step } of kept) yield { courseId, step, standing: standing(courseId) };
  const known = new Set(kept.map(({ courseId }) => courseId));
  let last = kept.reduce((most, { step }) => Math.max(most, step), 0);
  for (const courseId of path()) {
    if (known.has(courseId)) continue;
    last += 1;
    yield { courseId, step: last, standing: standing(courseId) };
  }
}
