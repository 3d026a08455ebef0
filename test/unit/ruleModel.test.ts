import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesAudience, specificity } from '../../src/rules/model/audience.js';
import type { AudienceFacts, RuleAudience, RuleSetContent, RuleTarget } from '../../src/rules/model/rule.js';
import { compareRules, orderReason } from '../../src/rules/model/ruleOrder.js';
import { ruleSetDiff } from '../../src/rules/model/ruleSetDiff.js';
import { ruleSetHash } from '../../src/rules/model/ruleSetHash.js';
import { targetPositions } from '../../src/rules/model/target.js';
import {
  audiences,
  catalogues,
  everyKindOfPerson,
  NOW_MS,
  redrafted,
  ruleLists,
  rules,
  ruleWith,
  targets,
} from '../support/generatedRules.js';
import { aPlainCourse } from '../support/ruleBuilders.js';

const ada: AudienceFacts = {
  learnerId: 'ada',
  department: 'Engineering',
  roleId: 'developer',
  location: 'Berlin',
  languages: ['de', 'en'],
  hiredOn: '2026-10-24',
  gaps: new Map([['sql', 0.4]]),
};
const isFor = (audience: Partial<RuleAudience>, facts: Partial<AudienceFacts> = {}) =>
  matchesAudience(ruleWith({ kind: 'EXCLUDE' }, { audience }).audience, { ...ada, ...facts }, NOW_MS);

describe('matchesAudience', () => {
  it('is for everybody when nothing is filled in', () => {
    expect(isFor({})).toBe(true);
  });

  it('asks for any value of each criterion, and for all criteria', () => {
    expect(isFor({ departments: ['Sales', 'Engineering'], locations: ['Berlin'] })).toBe(true);
    expect(isFor({ departments: ['Sales', 'Engineering'], locations: ['Munich'] })).toBe(false);
    expect(isFor({ roleIds: ['seller'] })).toBe(false);
    expect(isFor({ learnerIds: ['bo', 'ada'] })).toBe(true);
  });

  it('leaves out those of whom it is not known', () => {
    expect(isFor({ departments: ['Engineering'] }, { department: null })).toBe(false);
    expect(isFor({ hiredWithinDays: 30 }, { hiredOn: null })).toBe(false);
  });

  it('takes in, for a language, those to whom any language will do', () => {
    expect(isFor({ languages: ['fr', 'en'] })).toBe(true);
    expect(isFor({ languages: ['fr'] })).toBe(false);
    expect(isFor({ languages: ['fr'] }, { languages: [] })).toBe(true);
  });

  it('takes in who is short of the skill by just as much as is asked', () => {
    expect(isFor({ skillGap: { skillId: 'sql', atLeast: 0.4 } })).toBe(true);
    expect(isFor({ skillGap: { skillId: 'sql', atLeast: 0.41 } })).toBe(false);
    expect(isFor({ skillGap: { skillId: 'law', atLeast: 0.01 } })).toBe(false);
  });

  it('counts days since hiring, today included, and takes in who is yet to start', () => {
    // Hired on 24 October, today is 23 November: 30 days ago.
    expect(isFor({ hiredWithinDays: 30 })).toBe(true);
    expect(isFor({ hiredWithinDays: 29 })).toBe(false);
    expect(isFor({ hiredWithinDays: 0 }, { hiredOn: '2026-11-23' })).toBe(true);
    expect(isFor({ hiredWithinDays: 0 }, { hiredOn: '2026-12-01' })).toBe(true);
  });

  it('matches fewer people, or the same, the more criteria are filled in', () => {
    const people = everyKindOfPerson().filter((_, i) => i % 7 === 0);
    fc.assert(
      fc.property(audiences, audiences, (audience, other) => {
        const narrower = { ...audience, departments: ['Sales'], skillGap: other.skillGap ?? audience.skillGap };
        const wider = { ...narrower, departments: [], skillGap: null };
        for (const person of people) {
          if (matchesAudience(narrower, person, NOW_MS)) expect(matchesAudience(wider, person, NOW_MS)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('specificity', () => {
  it('counts criteria, not values, and puts named people above all else', () => {
    const of = (audience: Partial<RuleAudience>) => specificity(ruleWith({ kind: 'EXCLUDE' }, { audience }).audience);
    expect(of({})).toBe(0);
    expect(of({ departments: ['a', 'b', 'c'] })).toBe(1);
    const allOthers = {
      ...{ departments: ['a'], roleIds: ['b'], locations: ['c'], languages: ['de'] },
      ...{ skillGap: { skillId: 's', atLeast: 0.1 }, hiredWithinDays: 9 },
    };
    expect(of(allOthers)).toBe(6);
    expect(of({ learnerIds: ['x'] })).toBeGreaterThan(6);
    expect(of({ ...allOthers, learnerIds: ['x'] })).toBe(of({ learnerIds: ['x'] }) + 6);
  });

  it('rises with each criterion that is filled in', () => {
    fc.assert(
      fc.property(audiences, (audience) => {
        const bare = specificity({ ...audience, locations: [] });
        expect(specificity({ ...audience, locations: ['Berlin'] })).toBe(bare + 1);
      }),
    );
  });
});

describe('targetPositions', () => {
  const courses = [
    aPlainCourse('a', { provider: 'Acme', tags: ['core'], kind: 'VIDEO', durationMinutes: 10, level: 'BEGINNER' }),
    aPlainCourse('b', {
      provider: 'Acme',
      skills: [{ skillId: 'sql', levelFrom: 0, levelTo: 1 }],
      durationMinutes: 60,
    }),
    aPlainCourse('c'),
  ];
  const of = (target: Partial<RuleTarget>) => [
    ...targetPositions(ruleWith({ kind: 'EXCLUDE' }, { target }).target, courses),
  ];

  it('is every course when nothing is filled in', () => {
    expect(of({})).toEqual([0, 1, 2]);
  });

  it('asks for any value of each criterion, and for all criteria', () => {
    expect(of({ providers: ['Acme', 'Borg'] })).toEqual([0, 1]);
    expect(of({ providers: ['Acme'], tags: ['core', 'new'] })).toEqual([0]);
    expect(of({ courseIds: ['c', 'a', 'gone'] })).toEqual([0, 2]);
    expect(of({ skillIds: ['law', 'sql'] })).toEqual([1]);
    expect(of({ kinds: ['VIDEO', 'BOOK'] })).toEqual([0]);
  });

  it('includes both ends of a length, and no course of unknown length', () => {
    expect(of({ minDurationMinutes: 10, maxDurationMinutes: 60 })).toEqual([0, 1]);
    expect(of({ minDurationMinutes: 11 })).toEqual([1]);
    expect(of({ maxDurationMinutes: 59 })).toEqual([0]);
  });

  it('takes a course for everyone to be of no level', () => {
    expect(of({ levels: ['BEGINNER', 'INTERMEDIATE', 'ADVANCED'] })).toEqual([0]);
  });

  it('agrees with reading each criterion by itself', () => {
    fc.assert(
      fc.property(targets, catalogues, (target, catalogue) => {
        const alone = Object.entries(target).map(([field, value]) => {
          const only = ruleWith({ kind: 'EXCLUDE' }, { target: { [field]: value } }).target;
          return new Set(targetPositions(only, catalogue));
        });
        const expected = catalogue.flatMap((_, i) => (alone.every((positions) => positions.has(i)) ? [i] : []));
        expect([...targetPositions(target, catalogue)]).toEqual(expected);
      }),
    );
  });
});

describe('compareRules', () => {
  const exclude = { kind: 'EXCLUDE' } as const;
  const first = (...list: ReturnType<typeof ruleWith>[]) => [...list].sort(compareRules)[0]?.id;

  it('goes by priority, then audience, then end, then age, then id', () => {
    const plain = ruleWith(exclude, { id: 'b' });
    const older = ruleWith(exclude, { id: 'c', createdAt: '2025-12-31T23:59:59.000Z' });
    const ending = ruleWith(exclude, { id: 'd', schedule: { until: '2026-12-31' }, createdAt: '2026-06-01T00:00:00Z' });
    const narrow = ruleWith(exclude, { id: 'e', audience: { departments: ['Sales'] } });
    const urgent = ruleWith(exclude, { id: 'f', priority: 51 });
    expect([plain, older, ending, narrow, urgent].sort(compareRules).map(({ id }) => id)).toEqual([...'fedcb']);
    expect(first(plain, ruleWith(exclude, { id: 'a' }))).toBe('a');
    expect(orderReason(plain, urgent)).toBe('PRIORITY');
    expect(orderReason(plain, narrow)).toBe('SPECIFICITY');
    expect(orderReason(plain, ending)).toBe('TEMPORARY');
    expect(orderReason(plain, older)).toBe('AGE');
    expect(orderReason(plain, ruleWith(exclude, { id: 'a' }))).toBe('ID');
  });

  it('is one order of all rules, however they are drafted', () => {
    fc.assert(
      fc.property(
        ruleLists.chain((list) => fc.tuple(fc.constant(list), redrafted(list))),
        ([list, again]) => {
          const ids = (of: typeof list) => [...of].sort(compareRules).map(({ id }) => id);
          expect(ids(again)).toEqual(ids(list));
        },
      ),
    );
    fc.assert(
      fc.property(rules, rules, rules, (a, b, c) => {
        expect(Math.sign(compareRules(a, b))).toBe(-Math.sign(compareRules(b, a)) + 0);
        if (compareRules(a, b) <= 0 && compareRules(b, c) <= 0) expect(compareRules(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

const setOf = (list: RuleSetContent['rules'], holdoutPercent = 5): RuleSetContent => ({ rules: list, holdoutPercent });

describe('ruleSetHash', () => {
  it('is the same for the same rules in whatever order they and their values were drafted', () => {
    fc.assert(
      fc.property(
        ruleLists.chain((list) => fc.tuple(fc.constant(list), redrafted(list))),
        ([list, again]) => {
          expect(ruleSetHash(setOf(again))).toBe(ruleSetHash(setOf(list)));
        },
      ),
    );
  });

  it('differs exactly when there is a difference', () => {
    fc.assert(
      fc.property(ruleLists, ruleLists, fc.constantFrom(5, 6), (a, b, holdoutPercent) => {
        const { added, removed, changed, holdoutPercent: moved } = ruleSetDiff(setOf(a), setOf(b, holdoutPercent));
        const isSame = added.length + removed.length + changed.length === 0 && moved === null;
        expect(ruleSetHash(setOf(a)) === ruleSetHash(setOf(b, holdoutPercent))).toBe(isSame);
      }),
    );
  });

  it('is 64 hexadecimal digits', () => {
    expect(ruleSetHash(setOf([]))).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('ruleSetDiff', () => {
  const pin = ruleWith({ kind: 'PIN', place: 1 }, { id: 'pin', target: { courseIds: ['a'] } });
  const bury = ruleWith({ kind: 'BURY', strength: 'STRONG' }, { id: 'bury', target: { providers: ['Acme'] } });

  it('says what came, what went, and what changed in what', () => {
    const later = {
      ...pin,
      schedule: { ...pin.schedule, until: '2026-12-24' },
      audience: { ...pin.audience, departments: ['Sales'] },
      priority: 60,
    };
    const cap = ruleWith({ kind: 'CAP', atMost: 2, per: 'PROVIDER' }, { id: 'cap' });
    expect(ruleSetDiff(setOf([pin, bury]), setOf([cap, later], 10))).toEqual({
      added: [cap],
      removed: [bury],
      changed: [{ before: pin, after: later, fields: ['audience.departments', 'schedule.until', 'priority'] }],
      holdoutPercent: { before: 5, after: 10 },
    });
  });

  it('names all fields of the two actions when a rule does something else', () => {
    const boost = { ...bury, action: { kind: 'QUOTA', percent: 20 } as const };
    expect(ruleSetDiff(setOf([bury]), setOf([boost])).changed[0]?.fields).toEqual([
      'action.kind',
      'action.strength',
      'action.percent',
    ]);
  });

  it('takes away what it added when it is read backwards, in whatever order rules were drafted', () => {
    fc.assert(
      fc.property(
        fc.tuple(ruleLists, ruleLists).chain(([a, b]) => fc.tuple(fc.constant(a), fc.constant(b), redrafted(a))),
        ([a, b, again]) => {
          const there = ruleSetDiff(setOf(a), setOf(b));
          const back = ruleSetDiff(setOf(b), setOf(a));
          expect(back.added).toEqual(there.removed);
          expect(back.changed.map(({ fields }) => [...fields].sort())).toEqual(
            there.changed.map(({ fields }) => [...fields].sort()),
          );
          expect(ruleSetDiff(setOf(a), setOf(again)).changed).toEqual([]);
          const ids = (diff: typeof there) => [diff.added, diff.removed].map((list) => list.map(({ id }) => id));
          expect(ids(ruleSetDiff(setOf(again), setOf(b)))).toEqual(ids(there));
        },
      ),
    );
  });
});
