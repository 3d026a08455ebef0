import type { Course } from '../catalog/course.js';
import type { DeliveryPurpose } from '../delivery/windows/purpose.js';
import {
  type EligibilityContext,
  isSettled,
  type Stopper,
  stopperOf,
} from '../recommendations/pipeline/eligibility.js';
import type { CourseStanding } from './nextStep.js';

const NOTHING: ReadonlySet<Stopper> = new Set();
/** What stands against recommending a duty, and not against telling somebody of it. */
const OF_DUTIES: ReadonlySet<Stopper> = new Set(['ASSIGNED', 'COMPLETED', 'WAIVED']);

/**
 * How a course stands with a learner. What is assigned is not recommended, but may be told of as required or in a
 * reminder, also to those who have to take it once more.
 *
 * @param course undefined: the catalogue has no such course
 */
export function standingOf(
  course: Course | undefined,
  eligibility: EligibilityContext,
  purpose: DeliveryPurpose,
): CourseStanding {
  if (course === undefined) return 'CLOSED';
  const isAssigned = eligibility.assignedCourseIds.has(course.id);
  if (!isAssigned && isSettled(eligibility.stateByCourseId.get(course.id))) return 'SETTLED';
  const tellsOfDuties = purpose === 'REQUIRED' || purpose === 'REMINDER';
  const beside = isAssigned && tellsOfDuties ? OF_DUTIES : NOTHING;
  return stopperOf(course, eligibility, beside) === null ? 'OPEN' : 'CLOSED';
}
