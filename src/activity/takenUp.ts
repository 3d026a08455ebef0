import type { Verb } from '../learners/profileEvent.js';
import { checkDate, checkId } from '../platform/text.js';
import type { InteractionInput } from './interactionPlan.js';

/** That somebody took part in a course, whether or not of their own accord. */
export interface TakenUp {
  readonly learnerId: string;
  readonly courseId: string;
  readonly at: Date;
}

/** What people do because they have to as much as because they want to. */
const TAKING_UP: ReadonlySet<Verb> = new Set(['STARTED', 'PROGRESSED', 'COMPLETED', 'PASSED', 'ABANDONED']);

/** Of rows that nobody has checked yet, those by which somebody takes part in one of the courses. */
export function takenUpIn(rows: readonly InteractionInput[], courseIds: ReadonlySet<string>): TakenUp[] {
  return rows.flatMap(({ learnerId, courseId, verb, at }) => {
    if (!TAKING_UP.has(verb) || typeof courseId !== 'string' || !courseIds.has(courseId)) return [];
    return checkId(learnerId) === null && checkDate(at) === null ? [{ learnerId, courseId, at }] : [];
  });
}
