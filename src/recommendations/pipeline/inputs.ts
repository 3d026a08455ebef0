import type { LearnerGoals } from '../../goals/alignment/goalIndex.js';
import type { ConfidenceWeights } from '../../learners/confidence.js';
import type { LearnerState } from '../../learners/learners.service.js';
import type { Policy, SignalName } from '../../rules/policy.js';
import type { LearnerRules } from './learnerRules.js';
import type { RankingWeights } from './ranking.js';
import type { ServingIndex } from './servingIndex.js';
import type { TrendIndex } from './trendIndex.js';

/** A recent search of the learner's and the courses that answer it. */
export interface SearchMatch {
  readonly term: string;
  readonly atMs: number;
  readonly hadNoResults: boolean;
  /** Best first, open to be recommended or not. */
  readonly courses: readonly MatchedCourse[];
}

export interface MatchedCourse {
  readonly courseId: string;
  /** 0–1, 1 for the best match of the term. */
  readonly relevance: number;
}

/** Another value of one signal for one course; of a habit, for every course that shares the attribute. */
export interface SignalChange {
  readonly signal: SignalName;
  readonly position: number;
  readonly value: number;
}

/** What cannot be taken out of the other inputs without making half of them anew. */
export interface AsIf {
  /** Courses of the history that tell nothing of what the learner likes; what they open and close stays as it is. */
  readonly unheardCourseIds: ReadonlySet<string>;
  readonly signals: readonly SignalChange[];
}

/** Everything a list is made of; equal inputs give equal lists. */
export interface RecommendationInputs {
  readonly now: Date;
  readonly state: LearnerState;
  readonly index: ServingIndex;
  readonly trends: TrendIndex;
  /** Latest first. */
  readonly searches: readonly SearchMatch[];
  readonly ranking: RankingWeights;
  readonly policy: Policy;
  readonly signalWeights: ConfidenceWeights;
  /** 0: nobody has changed them yet. */
  readonly signalWeightsVersion: number;
  /** What L&D rules say to this learner; what they oblige to is among the assignments of the state. */
  readonly rules: LearnerRules;
  /** The goals that are for this learner; null or left out: none is, as for most people and for all of the past. */
  readonly goals?: LearnerGoals | null;
  /** Facts taken to be otherwise, to see what they do; left out of a list that is served. */
  readonly asIf?: AsIf;
}
