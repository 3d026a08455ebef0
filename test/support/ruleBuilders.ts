import type { Course } from '../../src/catalog/course.js';
import type { RuledPerson } from '../../src/rules/applying/audienceIndex.js';
import type {
  Rule,
  RuleAction,
  RuleAudience,
  RuleSchedule,
  RuleSetContent,
  RuleTarget,
} from '../../src/rules/model/rule.js';

/** What is stated of a rule. */
export interface RuleParts extends Partial<Omit<Rule, 'id' | 'action' | 'audience' | 'target' | 'schedule'>> {
  readonly audience?: Partial<RuleAudience>;
  readonly target?: Partial<RuleTarget>;
  readonly schedule?: Partial<RuleSchedule>;
}

/** A rule for everybody, about every course, on every surface, at all times, unless said otherwise. */
export function aRule(id: string, action: RuleAction, { audience, target, schedule, ...rest }: RuleParts = {}): Rule {
  return {
    id,
    audience: {
      ...{ departments: [], roleIds: [], locations: [], languages: [], learnerIds: [] },
      ...{ skillGap: null, hiredWithinDays: null },
      ...audience,
    },
    target: {
      ...{ courseIds: [], tags: [], skillIds: [], providers: [], kinds: [], levels: [] },
      ...{ minDurationMinutes: null, maxDurationMinutes: null },
      ...target,
    },
    surfaces: [],
    action,
    schedule: { from: null, until: null, zone: 'UTC', ...schedule },
    priority: 50,
    owner: 'L&D',
    note: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    ...rest,
  };
}

export const aRuleSet = (rules: readonly Rule[], holdoutPercent = 0): RuleSetContent => ({ rules, holdoutPercent });

export const aPerson = (change: Partial<RuledPerson> = {}): RuledPerson => ({
  learnerId: 'e1',
  department: null,
  roleId: null,
  location: null,
  languages: [],
  hiredOn: null,
  gaps: new Map(),
  isPersonal: true,
  ...change,
});

/** A course that rules can tell apart by the given. */
export const aPlainCourse = (id: string, change: Partial<Course> = {}): Course => ({
  ...{ id, title: id, description: null, kind: 'COURSE', language: null, provider: null, url: null },
  ...{ durationMinutes: null, level: null, tags: [], publishedAt: null, retiredAt: null },
  ...{ excludedFromRecommendations: false, skills: [], prerequisiteIds: [], sessions: [] },
  addedAt: new Date('2026-01-01T00:00:00Z'),
  ...change,
});
