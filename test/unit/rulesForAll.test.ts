import { describe, expect, it } from 'vitest';
import { allowedToAll } from '../../src/recommendations/pipeline/rulesForAll.js';
import { createRuleIndex } from '../../src/rules/applying/ruleIndex.js';
import type { Rule } from '../../src/rules/model/rule.js';
import { aPlainCourse, aRule, aRuleSet } from '../support/ruleBuilders.js';

const NOW_MS = Date.parse('2026-06-10T12:00:00Z');
const courses = ['a', 'b', 'c'].map((id) => aPlainCourse(id));
const allowed = (...rules: readonly Rule[]) => {
  const found = allowedToAll(createRuleIndex(aRuleSet(rules), courses), NOW_MS);
  return found && [...found];
};
const withoutA = { target: { courseIds: ['a'] } };

describe('what rules leave where nobody in particular asks', () => {
  it('is what exclusions and requirements for everybody leave', () => {
    expect(allowed()).toBeNull();
    expect(allowed(aRule('no', { kind: 'EXCLUDE' }, withoutA))).toEqual([0, 1, 1]);
    const only = aRule('only', { kind: 'REQUIRE_ONLY' }, { target: { courseIds: ['a', 'b'] } });
    expect(allowed(aRule('no', { kind: 'EXCLUDE' }, withoutA), only)).toEqual([0, 1, 0]);
  });

  it.each([
    ['departments', { departments: ['Sales'] }],
    ['roles', { roleIds: ['seller'] }],
    ['locations', { locations: ['Berlin'] }],
    ['languages', { languages: ['de'] }],
    ['named people', { learnerIds: ['e1'] }],
    ['people short of a skill', { skillGap: { skillId: 's', atLeast: 0.1 } }],
    ['newcomers', { hiredWithinDays: 30 }],
  ])('heeds no rule for %s', (_, audience) => {
    expect(allowed(aRule('no', { kind: 'EXCLUDE' }, { ...withoutA, audience }))).toBeNull();
  });

  it('heeds no rule for a surface, no soft rule, and none that is over', () => {
    expect(allowed(aRule('no', { kind: 'EXCLUDE' }, { ...withoutA, surfaces: ['EMAIL'] }))).toBeNull();
    expect(allowed(aRule('no', { kind: 'BURY', strength: 'STRONG' }, withoutA))).toBeNull();
    expect(allowed(aRule('no', { kind: 'EXCLUDE' }, { ...withoutA, schedule: { until: '2026-06-09' } }))).toBeNull();
  });
});
