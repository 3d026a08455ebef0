import type { CatalogSnapshot } from '../../catalog/catalogSnapshot.js';
import type { RuleNames } from './ruleSentence.js';

/** What the catalogue calls the ids in rules. */
export function ruleNames({ courses, courseIndexById, skills, roles }: CatalogSnapshot): RuleNames {
  return {
    course: (id) => courses[courseIndexById.get(id) ?? -1]?.title ?? null,
    skill: (id) => skills.get(id)?.name ?? null,
    role: (id) => roles.get(id)?.name ?? null,
  };
}
