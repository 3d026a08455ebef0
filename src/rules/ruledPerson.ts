import { primaryLanguage } from '../catalog/course.js';
import type { Learner } from '../learners/learner.js';
import type { SkillGap } from '../learners/skillGaps.js';
import type { RuledPerson } from './ruleIndex.js';

/** A learner as rules tell people apart. Of somebody who opted out nothing is told that was gathered from what they did. */
export function personOf(
  { learner, learnerId }: { readonly learner: Learner | null; readonly learnerId: string },
  gaps: ReadonlyMap<string, SkillGap>,
): RuledPerson {
  const isPersonal = learner?.personalisationOptOut !== true;
  const told = isPersonal ? [...gaps] : [];
  return {
    learnerId,
    department: learner?.department ?? null,
    roleId: learner?.roleId ?? null,
    location: learner?.location ?? null,
    languages: (learner?.languages ?? []).map(primaryLanguage),
    hiredOn: learner?.hiredOn ?? null,
    gaps: new Map(told.map(([skillId, { level, targetLevel }]) => [skillId, targetLevel - level])),
    isPersonal,
  };
}
