import type { MeanInterval } from '../../stats/bootstrap.js';
import type { CourseShift, DepartmentExposure, GroupExposure } from '../ruleEffects/ruleMeasures.js';

/** What a change does to one course. */
export interface CourseImpact extends Omit<CourseShift, 'position'> {
  readonly courseId: string;
}

/** What is told of everybody together. */
export interface PopulationImpact {
  readonly exposure: GroupExposure;
  readonly departments: readonly DepartmentExposure[];
  readonly winners: readonly CourseImpact[];
  readonly losers: readonly CourseImpact[];
  /** Null: too few people took up what could have been recommended to them. */
  readonly relevance: RelevanceChange | null;
}

/** Of how many people there must be something to go by. */
export const FEWEST_FOR_RELEVANCE = 20;

/** How well the first ten courses find what people took up. */
export interface RelevanceChange {
  readonly before: MeanInterval;
  readonly after: MeanInterval;
  /** After less before, learner by learner; below 0: relevance is lost. */
  readonly difference: MeanInterval;
  readonly people: number;
}
