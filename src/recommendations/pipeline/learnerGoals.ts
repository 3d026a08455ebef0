import type { GoalIndex, LearnerGoals } from '../../goals/alignment/goalIndex.js';
import type { LearnerState } from '../../learners/learners.service.js';
import type { SkillGap } from '../../learners/skillGaps.js';
import { personOf } from '../../rules/applying/ruledPerson.js';

/**
 * What a goal is worth beside a rule of the same strength. A rule is an instruction about courses; a goal is an aim that
 * people of different tastes share, and what serves it best differs between them. So a strong goal does about what a
 * moderate rule does: a middling course that serves it wholly comes near the top, and a slight goal decides only between
 * courses that are nearly as good. It is not fitted, for past activity knows nothing of goals that are new.
 */
export const GOAL_OF_RULE = 0.5;

/**
 * The goals that are for a learner; null: none.
 *
 * @param gapsOf what the learner is short of; asked only when a goal asks
 */
export function learnerGoals(
  state: LearnerState,
  goals: GoalIndex,
  nowMs: number,
  gapsOf: () => ReadonlyMap<string, SkillGap>,
): LearnerGoals | null {
  if (goals.isEmpty) return null;
  return goals.active(personOf(state, goals.asksForGaps ? gapsOf() : new Map()), nowMs);
}
