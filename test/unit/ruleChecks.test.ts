import { describe, expect, it } from 'vitest';
import type { Role, Skill } from '../../src/catalog/course.js';
import { type RuleSurroundings, ruleWarnings } from '../../src/rules/conflicts/ruleWarnings.js';
import { type GivenRule, ruleOf } from '../../src/rules/model/givenRule.js';
import { ruleSchema } from '../../src/rules/model/rule.js';
import { type RuleCatalog, ruleProblems } from '../../src/rules/model/ruleChecks.js';
import { NOW_MS, ruleWith } from '../support/generatedRules.js';
import { aPlainCourse } from '../support/ruleBuilders.js';

const catalog: RuleCatalog = {
  courseIndexById: new Map([
    ['security', 0],
    ['privacy', 1],
  ]),
  skills: new Map<string, Skill>([
    ['sql', { id: 'sql', name: 'SQL', description: null, parentId: null, taxonomyUri: null }],
  ]),
  roles: new Map<string, Role>([['dev', { id: 'dev', name: 'Developer', skills: [] }]]),
};
const exclude: GivenRule = { action: { kind: 'EXCLUDE' }, target: { courseIds: ['security'] }, owner: 'L&D' };
const problemsOf = (given: Partial<GivenRule>) =>
  ruleProblems({ ...exclude, ...given }, catalog, 'Europe/Berlin').map(({ code, path }) => `${code} ${path.join('.')}`);

describe('ruleProblems', () => {
  it('has nothing against a rule that says all it has to', () => {
    const full: GivenRule = {
      audience: {
        ...{ departments: ['Engineering'], roleIds: ['dev'], locations: ['Berlin'], languages: ['pt-BR', 'de'] },
        ...{ learnerIds: ['e1'], skillGap: { skillId: 'sql', atLeast: 0.3 }, hiredWithinDays: 30 },
      },
      target: {
        ...{ courseIds: ['security'], tags: ['new'], skillIds: ['sql'], providers: ['Acme'], kinds: ['VIDEO'] },
        ...{ levels: ['BEGINNER'], minDurationMinutes: 10, maxDurationMinutes: 10 },
      },
      surfaces: ['HOME'],
      action: { kind: 'PIN', place: 50 },
      schedule: { from: '2026-11-01', until: '2026-11-30T18:00', zone: 'Asia/Tokyo' },
      ...{ priority: 100, owner: 'L&D', note: 'Two\nlines' },
    };
    expect(problemsOf(full)).toEqual([]);
    expect(problemsOf({})).toEqual([]);
  });

  it('names unknown courses, skills and roles one by one', () => {
    const given = {
      audience: { roleIds: ['dev', 'cook'], skillGap: { skillId: 'law', atLeast: 0.5 } },
      target: { courseIds: ['security', 'gone'], skillIds: ['toString'] },
    };
    expect(problemsOf(given)).toEqual([
      'NOT_FOUND audience.roleIds.1',
      'NOT_FOUND audience.skillGap.skillId',
      'NOT_FOUND target.courseIds.1',
      'NOT_FOUND target.skillIds.0',
    ]);
    const [, , course] = ruleProblems({ ...exclude, ...given }, catalog, 'UTC', 7);
    expect(course).toMatchObject({ index: 7, message: 'target.courseIds.1: there is no course "gone"' });
  });

  it('keeps lists, texts and numbers within their limits', () => {
    const long = Array.from({ length: 201 }, (_, i) => `v${i}`);
    expect(problemsOf({ audience: { departments: long, learnerIds: long, hiredWithinDays: -1 } })).toEqual([
      'INVALID_VALUE audience.departments',
      'INVALID_VALUE audience.hiredWithinDays',
    ]);
    expect(problemsOf({ audience: { locations: [''], languages: ['english!'], learnerIds: [' e1'] } })).toEqual([
      'INVALID_VALUE audience.locations.0',
      'INVALID_VALUE audience.languages.0',
      'INVALID_VALUE audience.learnerIds.0',
    ]);
    expect(problemsOf({ audience: { skillGap: { skillId: 'sql', atLeast: 0 } }, priority: 101, owner: ' ' })).toEqual([
      'INVALID_VALUE audience.skillGap.atLeast',
      'INVALID_VALUE priority',
      'INVALID_VALUE owner',
    ]);
    expect(problemsOf({ target: { minDurationMinutes: 31, maxDurationMinutes: 30 } })).toEqual([
      'INVALID_VALUE target.maxDurationMinutes',
    ]);
  });

  it('asks each action for its own fields, in their limits, and for no others', () => {
    const until = { schedule: { until: '2026-11-30' } };
    expect(problemsOf({ action: { kind: 'BOOST' } })).toEqual(['INVALID_VALUE action.strength']);
    expect(problemsOf({ action: { kind: 'EXCLUDE', strength: 'SLIGHT' } })).toEqual(['INVALID_VALUE action.strength']);
    expect(problemsOf({ action: { kind: 'CAP' } })).toEqual([
      'INVALID_VALUE action.atMost',
      'INVALID_VALUE action.per',
    ]);
    expect(problemsOf({ action: { kind: 'CAP', atMost: 11, per: 'TAG' } })).toEqual(['INVALID_VALUE action.atMost']);
    expect(problemsOf({ action: { kind: 'QUOTA', percent: 0.5 } })).toEqual(['INVALID_VALUE action.percent']);
    expect(problemsOf({ action: { kind: 'QUOTA', percent: 100 } })).toEqual([]);
    expect(problemsOf({ action: { kind: 'PIN', place: 0 }, ...until })).toEqual(['INVALID_VALUE action.place']);
    expect(problemsOf({ action: { kind: 'PIN', place: 1.5 }, ...until })).toEqual(['INVALID_VALUE action.place']);
  });

  it('lets no pin stay for ever', () => {
    expect(problemsOf({ action: { kind: 'PIN', place: 1 } })).toEqual(['INVALID_VALUE schedule.until']);
  });

  it('asks a mandate for one way to its due date and for courses by name', () => {
    const mandate = { kind: 'MANDATE' } as const;
    expect(problemsOf({ action: { ...mandate, dueOn: '2026-12-24' } })).toEqual([]);
    expect(problemsOf({ action: { ...mandate, dueDaysAfterHire: 0 } })).toEqual([]);
    expect(problemsOf({ action: mandate })).toEqual(['INVALID_VALUE action.dueOn']);
    expect(problemsOf({ action: { ...mandate, dueOn: '2026-12-24', dueDaysAfterHire: 30 } })).toEqual([
      'INVALID_VALUE action.dueDaysAfterHire',
    ]);
    expect(problemsOf({ action: { ...mandate, dueOn: '24.12.2026' }, target: { tags: ['core'] } })).toEqual([
      'INVALID_VALUE action.dueOn',
      'INVALID_VALUE target.courseIds',
    ]);
    expect(problemsOf({ action: { ...mandate, dueOn: '2026-12-24' }, surfaces: ['HOME'] })).toEqual([
      'INVALID_VALUE surfaces',
    ]);
  });

  it('wants to know which courses, but for a cap', () => {
    expect(problemsOf({ target: null })).toEqual(['INVALID_VALUE target']);
    expect(problemsOf({ target: { tags: [], minDurationMinutes: null } })).toEqual(['INVALID_VALUE target']);
    expect(problemsOf({ target: { minDurationMinutes: 0 } })).toEqual([]);
    expect(problemsOf({ target: null, action: { kind: 'CAP', atMost: 2, per: 'PROVIDER' } })).toEqual([]);
  });

  it('refuses schedules that are no times, never begin or are over before', () => {
    expect(problemsOf({ schedule: { zone: 'Berlin' } })).toEqual(['INVALID_VALUE schedule.zone']);
    expect(problemsOf({ schedule: { from: '2026-02-30', until: '2026-11-30T18:00Z' } })).toEqual([
      'INVALID_VALUE schedule.from',
      'INVALID_VALUE schedule.until',
    ]);
    expect(problemsOf({ schedule: { from: '2026-11-30', until: '2026-11-29' } })).toEqual([
      'INVALID_VALUE schedule.until',
    ]);
    expect(problemsOf({ schedule: { from: '2026-11-30', until: '2026-11-30' } })).toEqual([]);
    // All of it lies in the hour that the clock skips.
    expect(problemsOf({ schedule: { from: '2026-03-29T02:10', until: '2026-03-29T02:50' } })).toEqual([
      'INVALID_VALUE schedule.until',
    ]);
  });

  it('tells of ten problems at most, and never fails over the eleventh', () => {
    const courseIds = Array.from({ length: 20 }, (_, i) => `gone-${i}`);
    expect(problemsOf({ target: { courseIds }, schedule: { zone: 'Nowhere', from: 'then' } })).toHaveLength(10);
  });
});

describe('ruleOf', () => {
  it('fills in what was left out, and stores each list in order and without repeats', () => {
    const given: GivenRule = {
      audience: { departments: ['Sales', 'Engineering', 'Sales'], languages: ['pt-BR', 'PT', 'de'] },
      target: { courseIds: ['security', 'privacy'] },
      action: { kind: 'BURY', strength: 'STRONG' },
      owner: 'L&D',
    };
    const made = ruleOf(given, { id: 'r', createdAt: '2026-01-01T00:00:00.000Z', zone: 'Europe/Berlin' });
    const expected = ruleWith(given.action as { kind: 'BURY'; strength: 'STRONG' }, {
      id: 'r',
      audience: { departments: ['Engineering', 'Sales'], languages: ['de', 'pt'] },
      target: { courseIds: ['privacy', 'security'] },
    });
    expect(made).toEqual(expected);
    expect(ruleSchema.parse(made)).toEqual(made);
  });

  it('makes what each action says', () => {
    const actionOf = (action: GivenRule['action']) =>
      ruleOf({ ...exclude, action }, { id: 'r', createdAt: '2026-01-01T00:00:00.000Z', zone: 'UTC' }).action;
    expect(actionOf({ kind: 'PIN', place: 3, percent: null })).toEqual({ kind: 'PIN', place: 3 });
    expect(actionOf({ kind: 'QUOTA', percent: 30 })).toEqual({ kind: 'QUOTA', percent: 30 });
    expect(actionOf({ kind: 'CAP', atMost: 2, per: 'TAG' })).toEqual({ kind: 'CAP', atMost: 2, per: 'TAG' });
    expect(actionOf({ kind: 'BOOST', strength: 'SLIGHT' })).toEqual({ kind: 'BOOST', strength: 'SLIGHT' });
    expect(actionOf({ kind: 'REQUIRE_ONLY' })).toEqual({ kind: 'REQUIRE_ONLY' });
    expect(actionOf({ kind: 'MANDATE', dueDaysAfterHire: 30 })).toEqual({
      kind: 'MANDATE',
      dueOn: null,
      dueDaysAfterHire: 30,
    });
  });
});

describe('ruleWarnings', () => {
  const surroundings: RuleSurroundings = {
    catalogue: [aPlainCourse('security')],
    audienceSize: 12,
    conflicts: [],
    nowMs: NOW_MS,
  };
  const warn = (stated: Parameters<typeof ruleWith>[1], change: Partial<RuleSurroundings> = {}) =>
    ruleWarnings(ruleWith({ kind: 'EXCLUDE' }, stated), { ...surroundings, ...change });

  it('is silent about a rule that does what it says', () => {
    expect(
      warn({ target: { courseIds: ['security'] }, schedule: { from: '2026-11-23', until: '2026-11-23' } }),
    ).toEqual([]);
    expect(warn({}, { audienceSize: null })).toEqual([]);
  });

  it('tells when it matches nobody or no course', () => {
    expect(warn({ target: { providers: ['Acme'] } }, { audienceSize: 0 }).map(({ kind }) => kind)).toEqual([
      'MATCHES_NOBODY',
      'MATCHES_NO_COURSE',
    ]);
  });

  it('tells when it does nothing yet or any more', () => {
    expect(warn({ schedule: { from: '2026-11-23T13:01' } })).toEqual([
      {
        kind: 'NOT_YET_IN_FORCE',
        message: 'It holds only from 13:01 on 23 November 2026 (Europe/Berlin).',
        byRuleId: null,
      },
    ]);
    expect(warn({ schedule: { until: '2026-11-22' } })).toEqual([
      { kind: 'NO_LONGER_IN_FORCE', message: 'It held only until 22 November 2026 (Europe/Berlin).', byRuleId: null },
    ]);
  });

  it('tells which rule takes its effect away, and not when it takes the effect of another', () => {
    const shadow = { kind: 'SHADOWED', message: 'Because.' } as const;
    const conflicts = [
      { ...shadow, ruleIds: ['other', 'rule'] },
      { ...shadow, ruleIds: ['rule', 'third'] },
      { kind: 'EXCLUDED', message: 'In part.', ruleIds: ['fourth', 'rule'] } as const,
    ];
    expect(warn({}, { conflicts })).toEqual([{ kind: 'SHADOWED', message: 'Because.', byRuleId: 'other' }]);
  });
});
