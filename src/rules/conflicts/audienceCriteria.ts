import type { Role } from '../../catalog/course.js';
import type { PeopleCriteria } from '../../learners/learners.service.js';
import { dayAfter } from '../../platform/days.js';
import type { RuleAudience } from '../model/rule.js';

const NO_CRITERIA: PeopleCriteria = {
  ...{ departments: [], roleIds: [], locations: [], languages: [], learnerIds: [] },
  ...{ hiredFrom: null, rolesWanted: null },
};

/**
 * The audience, as far as a database can look for it: of a gap, that the role asks for the skill. Of people who are named,
 * only that they are there: whether the rest fits them would tell what is known of each.
 */
export function audienceCriteria(audience: RuleAudience, roles: readonly Role[], now: Date): PeopleCriteria {
  if (audience.learnerIds.length > 0) return { ...NO_CRITERIA, learnerIds: audience.learnerIds };
  const { skillGap, hiredWithinDays, ...lists } = audience;
  const asksFor = ({ skills }: Role) => skills.some(({ skillId }) => skillId === skillGap?.skillId);
  return {
    ...lists,
    hiredFrom: hiredWithinDays === null ? null : dayAfter(now.toISOString().slice(0, 10), -hiredWithinDays),
    rolesWanted: skillGap === null ? null : roles.filter(asksFor).map(({ id }) => id),
  };
}
