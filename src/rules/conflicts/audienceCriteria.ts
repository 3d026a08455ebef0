import type { Role } from '../../catalog/course.js';
import type { PeopleCriteria } from '../../learners/learners.service.js';
import type { RuleAudience } from '../model/rule.js';

const NO_CRITERIA: PeopleCriteria = { departments: [], roleIds: [], locations: [], languages: [], learnerIds: [] };

/**
 * The audience, as far as it may be said that nobody is in it: by the groups that people are in. Days since hiring and gaps would
 * tell of single people when somebody was hired, or which role they want. Of people who are named, only that they are there:
 * whether the rest fits them would tell what is known of each.
 */
export function audienceCriteria({
  departments,
  roleIds,
  locations,
  languages,
  learnerIds,
}: RuleAudience): PeopleCriteria {
  if (learnerIds.length > 0) return { ...NO_CRITERIA, learnerIds };
  return { ...NO_CRITERIA, departments, roleIds, locations, languages };
}

/** Whether a role asks for the skill that the audience is to be short of: nobody is short of any other. */
export function isGapPossible({ skillGap }: RuleAudience, roles: readonly Role[]): boolean {
  return skillGap === null || roles.some(({ skills }) => skills.some(({ skillId }) => skillId === skillGap.skillId));
}
