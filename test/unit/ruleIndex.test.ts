import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isHeldOut } from '../../src/rules/applying/holdout.js';
import { lift, liftAt } from '../../src/rules/applying/lifts.js';
import { withMandates } from '../../src/rules/applying/mandates.js';
import { type ActiveRules, createRuleIndex, NO_ACTIVE_RULES } from '../../src/rules/applying/ruleIndex.js';
import { targetFinder } from '../../src/rules/applying/targetFinder.js';
import { matchesAudience } from '../../src/rules/model/audience.js';
import { HARD_ACTIONS, RULE_ACTIONS, type Rule, type RuleAction } from '../../src/rules/model/rule.js';
import { SURFACES } from '../../src/rules/model/surface.js';
import { targetPositions } from '../../src/rules/model/target.js';
import { createRandom, shuffled } from '../../src/stats/random.js';
import { aPerson, aPlainCourse, aRule, aRuleSet } from '../support/ruleBuilders.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-06-01T12:00:00Z');
const COURSES = ['a0', 'a1', 'b2', 'b3', 'c4'].map((id) => aPlainCourse(id, { provider: id.charAt(0) }));
const EVERYBODY = aPerson();
const active = (rules: readonly Rule[], person = EVERYBODY, holdoutPercent = 0) =>
  createRuleIndex(aRuleSet(rules, holdoutPercent), COURSES).active(person, 'HOME', NOW_MS);
const idsIn = ({ allowed: _, lifts: __, isHeldOut: ___, ...lists }: ActiveRules): string[] =>
  Object.values(lists).flatMap((rules) => rules.map(({ rule }) => rule.id));

describe('the rules of a moment', () => {
  test('leave what no exclusion names and every requirement does', () => {
    const rules = [
      aRule('x', { kind: 'EXCLUDE' }, { target: { courseIds: ['a0'] } }),
      aRule('y', { kind: 'EXCLUDE' }, { target: { courseIds: ['b3'] } }),
      aRule('r', { kind: 'REQUIRE_ONLY' }, { target: { providers: ['a', 'b'] } }),
      aRule('s', { kind: 'REQUIRE_ONLY' }, { target: { providers: ['b', 'c'] } }),
    ];
    expect(active(rules).allowed).toEqual(Uint8Array.of(0, 0, 1, 0, 0));
    expect(active(rules.slice(0, 2)).allowed).toEqual(Uint8Array.of(0, 1, 1, 0, 1));
    expect(active([]).allowed).toBeNull();
  });

  test('of several boosts the strongest counts, of several buries likewise, and both take from each other', () => {
    const rules = [
      aRule('p', { kind: 'BOOST', strength: 'SLIGHT' }, { target: { providers: ['a', 'b'] } }),
      aRule('q', { kind: 'BOOST', strength: 'STRONG' }, { target: { courseIds: ['a0', 'c4'] } }),
      aRule('r', { kind: 'BURY', strength: 'MODERATE' }, { target: { courseIds: ['c4', 'b3'] } }),
    ];
    const { lifts } = active(rules);
    const added = COURSES.map((_, at) => (lifts === null ? 0 : Number(liftAt(lifts, at).toFixed(2))));
    expect(added).toEqual([1.5, 0.25, 0.25, -0.35, 0.9]);
    const scores = Float64Array.of(1, 2, 3, 4, 5);
    if (lifts !== null) lift(lifts, scores, 10);
    expect(Array.from(scores, (score) => Number(score.toFixed(2)))).toEqual([16, 4.5, 5.5, 0.5, 14]);
  });

  test('begin and end with their schedule, and hold on their surfaces; a duty holds on all', () => {
    const rules = [
      aRule('over', { kind: 'EXCLUDE' }, { schedule: { until: '2026-05-31' } }),
      aRule('lastDay', { kind: 'EXCLUDE' }, { schedule: { until: '2026-06-01' } }),
      aRule('later', { kind: 'EXCLUDE' }, { schedule: { from: '2026-06-01T12:01' } }),
      aRule('mail', { kind: 'EXCLUDE' }, { surfaces: ['EMAIL'] }),
      aRule('duty', { kind: 'MANDATE', dueOn: null, dueDaysAfterHire: 3 }, { surfaces: ['EMAIL'] }),
    ];
    expect(idsIn(active(rules)).sort()).toEqual(['duty', 'lastDay']);
  });

  test('soft rules leave the held-out people alone, hard ones do not', () => {
    const ids = Array.from({ length: 40 }, (_, i) => `e${i}`);
    const heldOut = ids.filter((learnerId) => isHeldOut(learnerId, 30));
    expect(heldOut.length).toBeGreaterThan(3);
    expect(heldOut.length).toBeLessThan(25);
    const rules = [
      aRule('soft', { kind: 'BOOST', strength: 'STRONG' }),
      aRule('hard', { kind: 'EXCLUDE' }, { target: { courseIds: ['a0'] } }),
    ];
    for (const learnerId of ids) {
      const found = active(rules, aPerson({ learnerId }), 30);
      const isOut = heldOut.includes(learnerId);
      expect([found.isHeldOut, idsIn(found)]).toEqual([isOut, isOut ? ['hard'] : ['hard', 'soft']]);
    }
  });

  test('a greater share holds out everybody whom a smaller one does', () => {
    const ids = Array.from({ length: 4_000 }, (_, i) => `learner-${i}`);
    const at = (percent: number) => ids.filter((id) => isHeldOut(id, percent));
    expect(at(0)).toEqual([]);
    expect(at(100)).toEqual(ids);
    // Five standard deviations.
    expect(Math.abs(at(10).length - 400)).toBeLessThan(95);
    expect(at(10).filter((id) => !isHeldOut(id, 20))).toEqual([]);
  });

  test('people who opted out get the duties and bans of their groups, and of soft rules only those for everybody', () => {
    const audience = { departments: ['Sales'] };
    const rules = [
      aRule('ban', { kind: 'EXCLUDE' }, { audience, target: { courseIds: ['a0'] } }),
      aRule('forSales', { kind: 'BOOST', strength: 'SLIGHT' }, { audience }),
      aRule('forAll', { kind: 'BOOST', strength: 'SLIGHT' }, { audience: { languages: ['en'] } }),
    ];
    const seller = aPerson({ department: 'Sales' });
    expect(idsIn(active(rules, seller)).sort()).toEqual(['ban', 'forAll', 'forSales']);
    expect(idsIn(active(rules, { ...seller, isPersonal: false })).sort()).toEqual(['ban', 'forAll']);
  });

  test('of whom nobody can be asked, all that is kept from anybody is kept, and nothing else is meant for them', () => {
    const audience = { departments: ['Sales'] };
    const kept = { audience, target: { courseIds: ['a0'] } };
    const rules = [
      aRule('ban', { kind: 'EXCLUDE' }, kept),
      aRule('short', { kind: 'EXCLUDE' }, { ...kept, audience: { skillGap: { skillId: 's', atLeast: 0.2 } } }),
      aRule('only', { kind: 'REQUIRE_ONLY' }, { ...kept, audience: { hiredWithinDays: 30 } }),
      aRule('duty', { kind: 'MANDATE', dueOn: null, dueDaysAfterHire: 5 }, kept),
      aRule('soft', { kind: 'BOOST', strength: 'SLIGHT' }, { audience }),
      aRule('forAll', { kind: 'BOOST', strength: 'SLIGHT' }),
      aRule('others', { kind: 'EXCLUDE' }, { ...kept, audience: { learnerIds: ['e2'] } }),
      aRule('elsewhere', { kind: 'EXCLUDE' }, { ...kept, surfaces: ['SEARCH'] }),
    ];
    expect(idsIn(active(rules, aPerson())).sort()).toEqual(['forAll']);
    expect(idsIn(active(rules, aPerson({ mayBeAnybody: true }))).sort()).toEqual(['ban', 'forAll', 'only', 'short']);
  });
});

const someActions: readonly RuleAction[] = [
  { kind: 'MANDATE', dueOn: '2026-07-01', dueDaysAfterHire: null },
  { kind: 'EXCLUDE' },
  { kind: 'REQUIRE_ONLY' },
  { kind: 'BOOST', strength: 'MODERATE' },
  { kind: 'BURY', strength: 'SLIGHT' },
  { kind: 'QUOTA', percent: 20 },
  { kind: 'PIN', place: 2 },
  { kind: 'CAP', atMost: 2, per: 'TAG' },
];
const valuesOf = (...values: string[]) => fc.subarray(values, { maxLength: 2 });
const someRules = fc
  .array(
    fc.record({
      action: fc.constantFrom(...someActions),
      audience: fc.record({
        departments: valuesOf('Sales', 'Tech'),
        roleIds: valuesOf('r1', 'r2'),
        locations: valuesOf('Berlin', 'Rome'),
        languages: valuesOf('en', 'de'),
        learnerIds: fc.oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, valuesOf('e1', 'e2')),
        skillGap: fc.constantFrom(null, null, { skillId: 's1', atLeast: 0.3 }),
        hiredWithinDays: fc.constantFrom(null, null, 30),
      }),
      target: fc.record({ providers: valuesOf('a', 'b') }),
      surfaces: fc.subarray([...SURFACES], { maxLength: 2 }),
      priority: fc.constantFrom(10, 50),
      from: fc.constantFrom(null, '2026-06-01', '2026-06-02'),
    }),
    { maxLength: 12 },
  )
  .map((parts) =>
    parts.map(({ action, from, ...part }, i) => aRule(`rule${i}`, action, { ...part, schedule: { from } })),
  );
const somePerson = fc.record({
  learnerId: fc.constantFrom('e1', 'e3'),
  department: fc.constantFrom(null, 'Sales', 'Tech'),
  roleId: fc.constantFrom(null, 'r1'),
  location: fc.constantFrom(null, 'Berlin'),
  languages: valuesOf('en', 'de'),
  hiredOn: fc.constantFrom(null, '2026-05-20', '2020-01-01'),
  gaps: fc.constantFrom(new Map(), new Map([['s1', 0.5]])),
  isPersonal: fc.constant(true),
});

describe('the index of a rule set', () => {
  test('finds exactly the rules that a look at every rule finds, whatever their order', () => {
    let found = 0;
    fc.assert(
      fc.property(someRules, somePerson, fc.constantFrom(...SURFACES), fc.nat(999), (rules, person, surface, seed) => {
        const index = createRuleIndex(aRuleSet(rules), COURSES);
        const expected = rules.filter(
          ({ audience, surfaces, schedule, action }) =>
            (schedule.from ?? '') <= '2026-06-01' &&
            (action.kind === 'MANDATE' || surfaces.length === 0 || surfaces.includes(surface)) &&
            matchesAudience(audience, person, NOW_MS),
        );
        const rulesFound = index.active(person, surface, NOW_MS);
        expect(idsIn(rulesFound).sort()).toEqual(expected.map(({ id }) => id).sort());
        const { lifts, allowed } = rulesFound;
        const other = createRuleIndex(aRuleSet(shuffled(rules, createRandom(seed))), COURSES);
        const again = other.active(person, surface, NOW_MS);
        expect(idsIn(again)).toEqual(idsIn(rulesFound));
        expect({ lifts: again.lifts, allowed: again.allowed }).toEqual({ lifts, allowed });
        found += expected.length;
      }),
      { numRuns: 1_000 },
    );
    expect(found).toBeGreaterThan(50);
  });

  test('finds at any time the rules in force then, whatever it was asked before', () => {
    const days = ['2026-05-01', '2026-06-01', '2026-07-01'];
    const rules = days.flatMap((from, i) =>
      [null, ...days.slice(i)].map((until, j) =>
        aRule(`${i}-${j}`, { kind: 'BOOST', strength: 'SLIGHT' }, { schedule: { from, until, zone: 'UTC' } }),
      ),
    );
    const index = createRuleIndex(aRuleSet(rules), COURSES);
    const found = (nowMs: number) => idsIn(index.active(aPerson(), 'HOME', nowMs)).sort();
    const asked = ['2026-06-01', '2026-04-30', '2026-07-01', '2026-07-02', '2026-05-01', '2026-05-02', '2026-06-01'];
    for (const day of asked) {
      const expected = rules.filter(({ schedule: { from, until } }) => (from ?? '') <= day && day <= (until ?? day));
      // At its first moment and at its last.
      for (const ms of [0, DAY_MS - 1]) {
        expect([day, found(Date.parse(day) + ms)]).toEqual([day, expected.map(({ id }) => id).sort()]);
      }
    }
  });

  test('hard actions and soft ones are all there are', () => {
    expect(RULE_ACTIONS.filter((kind) => !HARD_ACTIONS.has(kind))).toEqual(['BOOST', 'BURY', 'QUOTA', 'PIN', 'CAP']);
    expect(active([])).toBe(NO_ACTIVE_RULES);
  });
});

test('targets are found as a look at every course finds them', () => {
  const someCourses = fc.array(
    fc.record({
      provider: fc.constantFrom(null, 'a', 'b'),
      tags: valuesOf('x', 'y', 'z'),
      kind: fc.constantFrom('VIDEO' as const, 'BOOK' as const),
      durationMinutes: fc.constantFrom(null, 10, 60),
    }),
    { maxLength: 12 },
  );
  const someTarget = fc.record({
    providers: valuesOf('a', 'b', 'c'),
    tags: valuesOf('x', 'y'),
    courseIds: valuesOf('c1', 'c2', 'nowhere'),
    kinds: fc.subarray(['VIDEO' as const, 'BOOK' as const]),
    maxDurationMinutes: fc.constantFrom(null, 30),
  });
  let found = 0;
  fc.assert(
    fc.property(someCourses, someTarget, (parts, change) => {
      const catalogue = parts.map((part, i) => aPlainCourse(`c${i}`, part));
      const { target } = aRule('r', { kind: 'EXCLUDE' }, { target: change });
      const expected = targetPositions(target, catalogue);
      expect(targetFinder(catalogue)(target)).toEqual(expected);
      found += expected.length;
    }),
    { numRuns: 500 },
  );
  expect(found).toBeGreaterThan(50);
});

describe('mandates', () => {
  const mandate = (id: string, due: { dueOn?: string; dueDaysAfterHire?: number }, courseIds: string[], zone = 'UTC') =>
    aRule(
      id,
      { kind: 'MANDATE', dueOn: due.dueOn ?? null, dueDaysAfterHire: due.dueDaysAfterHire ?? null },
      { target: { courseIds }, schedule: { zone } },
    );
  const duties = (rules: readonly Rule[], assignments: Parameters<typeof withMandates>[0], hiredOn: string | null) => {
    const { assignments: all, requiredBy } = withMandates(assignments, active(rules).mandates, hiredOn, COURSES);
    return all.map(({ courseId, obligation, dueAt, countsFrom }) => {
      return [courseId, obligation, dueAt?.toISOString() ?? null, countsFrom, requiredBy.get(courseId)?.rule.id];
    });
  };

  test('are due at the end of a day in their zone, counted from the day of hire where they say so', () => {
    const rules = [
      mandate('fixed', { dueOn: '2026-11-30' }, ['a0'], 'Europe/Berlin'),
      mandate('onboarding', { dueDaysAfterHire: 30 }, ['b2']),
    ];
    expect(duties(rules, [], '2026-05-20')).toEqual([
      ['a0', 'MANDATORY', '2026-11-30T23:00:00.000Z', null, 'fixed'],
      ['b2', 'MANDATORY', '2026-06-20T00:00:00.000Z', null, 'onboarding'],
    ]);
    expect(duties(rules.slice(1), [], null)).toEqual([['b2', 'MANDATORY', null, null, 'onboarding']]);
  });

  test('leave those who were hired long before them as many days as anybody', () => {
    const onboarding = mandate('onboarding', { dueDaysAfterHire: 30 }, ['b2']);
    const dueAt = (rule: Rule, hiredOn: string) => duties([rule], [], hiredOn).map(([, , due]) => due);
    // Drafted on the first of January.
    expect(dueAt(onboarding, '2019-04-01')).toEqual(['2026-02-01T00:00:00.000Z']);
    const begun = { ...onboarding, schedule: { ...onboarding.schedule, from: '2026-05-01T09:00' } };
    expect(dueAt(begun, '2019-04-01')).toEqual(['2026-06-01T00:00:00.000Z']);
    expect(dueAt(begun, '2026-05-20')).toEqual(['2026-06-20T00:00:00.000Z']);
  });

  test('of several the earliest date counts, and with an assignment the earlier of both', () => {
    const rules = [
      mandate('late', { dueOn: '2026-12-31' }, ['a0', 'a1']),
      mandate('soon', { dueOn: '2026-09-30' }, ['a0']),
    ];
    const countsFrom = new Date('2026-01-01T00:00:00Z');
    const assigned = (courseId: string, obligation: 'ASSIGNED' | 'MANDATORY', dueAt: string) => {
      return { courseId, obligation, dueAt: new Date(dueAt), countsFrom };
    };
    expect(
      duties(
        rules,
        [assigned('a1', 'ASSIGNED', '2026-08-01T00:00:00Z'), assigned('c4', 'ASSIGNED', '2026-08-01')],
        null,
      ),
    ).toEqual([
      ['a1', 'MANDATORY', '2026-08-01T00:00:00.000Z', countsFrom, 'late'],
      ['c4', 'ASSIGNED', '2026-08-01T00:00:00.000Z', countsFrom, undefined],
      ['a0', 'MANDATORY', '2026-10-01T00:00:00.000Z', null, 'soon'],
    ]);
    expect(duties(rules, [assigned('a1', 'MANDATORY', '2026-08-01T00:00:00Z')], null)[0]).toEqual([
      'a1',
      'MANDATORY',
      '2026-08-01T00:00:00.000Z',
      countsFrom,
      undefined,
    ]);
  });
});
