import { isFulfilled } from '../../learners/learner.js';
import type { RuledLearner } from './learnerRules.js';
import type { ServingIndex } from './servingIndex.js';

/**
 * Whether a rule obliged somebody to a course that they had not done yet.
 *
 * @param learner under the rules of that moment, with what they had done by then
 * @param at nobody is obliged by a rule that is drafted only later, whenever it says that it began
 */
export function isObliged(
  { state, rules }: RuledLearner,
  courseId: string,
  at: Date,
  { positionById }: Pick<ServingIndex, 'positionById'>,
): boolean {
  const position = positionById.get(courseId) ?? -1;
  const isMandated = rules.mandates.some(
    ({ rule, mask }) => mask[position] === 1 && Date.parse(rule.createdAt) <= at.getTime(),
  );
  const duty = state.assignments.find((one) => one.courseId === courseId);
  const course = state.courses.find((one) => one.courseId === courseId);
  return isMandated && duty !== undefined && !isFulfilled(duty, course);
}
