import { createHash } from 'node:crypto';
import type { Rule, RuleSetContent } from './rule.js';

/**
 * The rules of a set and its holdout, as 64 hexadecimal digits: the same in whatever order the rules come and the values of
 * a criterion are named. Ids and the times of first drafting count, as they decide between rules that are otherwise equal:
 * the same words drafted anew are other rules.
 */
export function ruleSetHash(content: RuleSetContent): string {
  const rules = content.rules.map(canonicalRule).sort((a, b) => (a.id < b.id ? -1 : 1));
  const text = canonicalJson({ rules, holdoutPercent: content.holdoutPercent });
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** The same rule with each list in order and without repeats: lists are sets of values, and say nothing by their order. */
export function canonicalRule(rule: Rule): Rule {
  const { audience, target } = rule;
  return {
    ...rule,
    audience: {
      ...audience,
      departments: asSet(audience.departments),
      roleIds: asSet(audience.roleIds),
      locations: asSet(audience.locations),
      languages: asSet(audience.languages),
      learnerIds: asSet(audience.learnerIds),
    },
    target: {
      ...target,
      courseIds: asSet(target.courseIds),
      tags: asSet(target.tags),
      skillIds: asSet(target.skillIds),
      providers: asSet(target.providers),
      kinds: asSet(target.kinds),
      levels: asSet(target.levels),
    },
    surfaces: asSet(rule.surfaces),
  };
}

const asSet = <T extends string>(values: readonly T[]): T[] => [...new Set(values)].sort();

/** JSON with the keys of every object in order, so that equal values are equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
