import { primaryLanguage } from '../../catalog/course.js';
import type { Learner } from '../../learners/learner.js';
import type { SkillGap } from '../../learners/skillGaps.js';
import type { RuledPerson } from './audienceIndex.js';

/**
 * A learner as audiences tell people apart. Of somebody who opted out nothing is told that was gathered from what they did.
 *
 * @param learner null: nothing is known of them
 * @param gaps what they are short of, 0–1, by id of the skill
 */
export function ruledPerson(
  learnerId: string,
  learner: Learner | null,
  gaps: ReadonlyMap<string, number>,
): RuledPerson {
  const isPersonal = learner?.personalisationOptOut !== true;
  return {
    learnerId,
    department: learner?.department ?? null,
    roleId: learner?.roleId ?? null,
    location: learner?.location ?? null,
    languages: (learner?.languages ?? []).map(primaryLanguage),
    hiredOn: learner?.hiredOn ?? null,
    gaps: isPersonal ? gaps : new Map(),
    isPersonal,
  };
}

/** `ruledPerson` by what they are short of for the roles they have and want. */
export function personOf(
  { learner, learnerId }: { readonly learner: Learner | null; readonly learnerId: string },
  gaps: ReadonlyMap<string, SkillGap>,
): RuledPerson {
  const short = [...gaps].map(([skillId, { level, targetLevel }]) => [skillId, targetLevel - level] as const);
  return ruledPerson(learnerId, learner, new Map(short));
}
