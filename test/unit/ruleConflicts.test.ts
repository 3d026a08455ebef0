import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Course } from '../../src/catalog/course.js';
import { ruleConflicts } from '../../src/rules/conflicts/ruleConflicts.js';
import { audienceCovers, meetingOf, scopeOf } from '../../src/rules/conflicts/ruleOverlap.js';
import { matchesAudience } from '../../src/rules/model/audience.js';
import { type AudienceFacts, HARD_ACTIONS, type Rule, type RuleAction } from '../../src/rules/model/rule.js';
import { instantsOf, isInForce } from '../../src/rules/model/schedule.js';
import { SURFACES, type Surface } from '../../src/rules/model/surface.js';
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
} from '../support/generatedRules.js';
import { aPlainCourse } from '../support/ruleBuilders.js';

const people = everyKindOfPerson();
const holds = (rule: Rule, surface: Surface, nowMs: number) =>
  (rule.surfaces.length === 0 || rule.surfaces.includes(surface)) && isInForce(instantsOf(rule.schedule), nowMs);
const applies = (rule: Rule, person: AudienceFacts, surface: Surface, nowMs: number) =>
  holds(rule, surface, nowMs) && matchesAudience(rule.audience, person, nowMs);

describe('rules meet', () => {
  // Between and at all the times that generated schedules name.
  const moments = ['2026-10-01', '2026-11-15', '2026-12-01T08:00', '2026-12-01T12:00', '2026-12-10', '2027-02-01'].map(
    (iso) => Date.parse(iso.includes('T') ? `${iso}Z` : `${iso}T00:00Z`),
  );

  it('exactly when some person can get a list at some place and time that both are about', () => {
    fc.assert(
      fc.property(rules, rules, (a, b) => {
        const isTogether =
          SURFACES.some((surface) => moments.some((ms) => holds(a, surface, ms) && holds(b, surface, ms))) &&
          people.some((p) => matchesAudience(a.audience, p, NOW_MS) && matchesAudience(b.audience, p, NOW_MS));
        expect(meetingOf(scopeOf(a), scopeOf(b)) !== null).toBe(isTogether);
      }),
      { numRuns: 300 },
    );
  });

  it('and one audience covers another exactly when nobody is in that other alone', () => {
    fc.assert(
      fc.property(audiences, audiences, fc.boolean(), (a, other, isRelated) => {
        // Two audiences by chance hardly ever cover each other.
        const b = isRelated ? { ...a, locations: other.locations, skillGap: other.skillGap ?? a.skillGap } : other;
        const isCovered = people.every((p) => !matchesAudience(b, p, NOW_MS) || matchesAudience(a, p, NOW_MS));
        expect(audienceCovers(a, b)).toBe(isCovered);
      }),
      { numRuns: 300 },
    );
  });
});

describe('ruleConflicts', () => {
  const courses = [
    aPlainCourse('a', { provider: 'Acme', tags: ['core'] }),
    aPlainCourse('b', { provider: 'Acme', tags: ['core', 'new'] }),
    aPlainCourse('c', { provider: 'Borg' }),
    aPlainCourse('d', { provider: 'Borg', tags: ['new'] }),
  ];
  const exclude: RuleAction = { kind: 'EXCLUDE' };
  const boost: RuleAction = { kind: 'BOOST', strength: 'STRONG' };
  const pin: RuleAction = { kind: 'PIN', place: 1 };
  const mandate: RuleAction = { kind: 'MANDATE', dueOn: '2026-12-24', dueDaysAfterHire: null };
  const acme = { target: { providers: ['Acme'] } };
  const only = (...courseIds: string[]) => ({ target: { courseIds } });
  const sales = { audience: { departments: ['Sales'] } };
  /** Of a rule `x` and a rule `y`. */
  const of = (x: [RuleAction, Parameters<typeof ruleWith>[1]], y: [RuleAction, Parameters<typeof ruleWith>[1]]) =>
    ruleConflicts([ruleWith(x[0], { id: 'x', ...x[1] }), ruleWith(y[0], { id: 'y', ...y[1] })], courses, NOW_MS).map(
      ({ kind, ruleIds }) => `${kind} ${ruleIds.join('>')}`,
    );

  it('has nothing against rules that never meet', () => {
    expect(of([pin, { ...acme, ...sales }], [pin, { ...acme, audience: { departments: ['Legal'] } }])).toEqual([]);
    expect(of([pin, { ...acme, surfaces: ['HOME'] }], [pin, { ...acme, surfaces: ['EMAIL'] }])).toEqual([]);
    const early = { ...acme, schedule: { until: '2026-12-01' } };
    expect(of([pin, early], [pin, { ...acme, schedule: { from: '2026-12-02' } }])).toEqual([]);
    expect(of([pin, early], [pin, { ...acme, schedule: { from: '2026-12-01T23:00' } }])).toHaveLength(1);
  });

  it('is not about what is over', () => {
    const over = { schedule: { until: '2026-11-01' } };
    expect(of([pin, { ...acme, ...over }], [pin, { ...acme, ...over }])).toEqual([]);
  });

  it('says which of two pins gets the place, and why', () => {
    const rivals = [
      ruleWith(pin, { id: 'x', ...acme, priority: 10 }),
      ruleWith(pin, { id: 'y', ...only('c'), priority: 60 }),
    ];
    expect(ruleConflicts(rivals, courses, NOW_MS)).toEqual([
      {
        kind: 'SAME_PLACE',
        ruleIds: ['y', 'x'],
        message:
          'Both rules pin place 1: the first gets it, since its priority is higher, 60 against 10; the second takes the next free place after it.',
      },
    ]);
    expect(of([pin, acme], [{ kind: 'PIN', place: 2 }, only('c')])).toEqual([]);
    expect(of([pin, only('c')], [{ kind: 'PIN', place: 2 }, only('c')])).toEqual(['SAME_COURSE x>y']);
    // Both have their way.
    expect(of([pin, { ...only('c'), ...sales }], [pin, { ...only('c'), audience: { locations: ['Berlin'] } }])).toEqual(
      [],
    );
  });

  it('lets what is hard win over what is soft', () => {
    expect(of([boost, acme], [exclude, { ...only('a'), ...sales }])).toEqual(['EXCLUDED y>x']);
    expect(of([pin, acme], [exclude, only('a')])).toEqual(['EXCLUDED y>x']);
    expect(of([boost, only('c')], [exclude, acme])).toEqual([]);
    expect(of([boost, only('a', 'c')], [{ kind: 'REQUIRE_ONLY' }, acme])).toEqual(['NOT_REQUIRED y>x']);
    expect(of([boost, only('a')], [{ kind: 'REQUIRE_ONLY' }, acme])).toEqual([]);
    const [found] = ruleConflicts(
      [ruleWith(boost, { id: 'x', ...acme }), ruleWith(exclude, { id: 'y', ...only('a') })],
      courses,
      NOW_MS,
    );
    expect(found?.message).toContain('excludes what the second boosts, 1 of its 2 courses');
  });

  it('sees when nothing would be left', () => {
    const required: RuleAction = { kind: 'REQUIRE_ONLY' };
    expect(of([required, acme], [exclude, { ...acme, ...sales }])).toEqual(['NOTHING_LEFT y>x']);
    expect(of([required, acme], [required, only('c')])).toEqual(['NOTHING_LEFT x>y']);
    expect(of([required, acme], [exclude, only('a')])).toEqual([]);
  });

  it('puts mandates first', () => {
    expect(of([mandate, only('a')], [exclude, acme])).toEqual(['MANDATED_AND_EXCLUDED x>y']);
    expect(of([pin, acme], [mandate, only('a')])).toEqual(['MANDATED_ANYWAY y>x']);
    const later: RuleAction = { kind: 'MANDATE', dueOn: '2026-12-31', dueDaysAfterHire: null };
    const afterHire: RuleAction = { kind: 'MANDATE', dueOn: null, dueDaysAfterHire: 30 };
    expect(of([later, only('a')], [mandate, only('a', 'b')])).toEqual(['SHADOWED y>x']);
    expect(of([afterHire, only('a')], [mandate, only('a', 'b')])).toEqual(['DUE_DATES_DIFFER x>y']);
  });

  it('weighs boosts against burials', () => {
    const bury = (strength: 'SLIGHT' | 'STRONG'): RuleAction => ({ kind: 'BURY', strength });
    expect(of([boost, acme], [bury('SLIGHT'), only('a')])).toEqual(['BOOST_AND_BURY x>y']);
    expect(of([{ kind: 'BOOST', strength: 'SLIGHT' }, acme], [bury('STRONG'), only('a')])).toEqual([
      'BOOST_AND_BURY y>x',
    ]);
    expect(of([bury('STRONG'), acme], [pin, only('a')])).toEqual(['BURIED_AND_PLACED y>x']);
    expect(of([bury('STRONG'), acme], [{ kind: 'QUOTA', percent: 30 }, only('a')])).toEqual(['BURIED_AND_PLACED y>x']);
  });

  it('sees caps that a pin or a quota runs into', () => {
    const cap: RuleAction = { kind: 'CAP', atMost: 1, per: 'PROVIDER' };
    expect(of([cap, {}], [pin, acme])).toEqual(['PIN_UNDER_CAP x>y']);
    expect(of([cap, acme], [pin, only('c')])).toEqual([]);
    expect(of([{ kind: 'QUOTA', percent: 20 }, acme], [cap, {}])).toEqual(['QUOTA_ABOVE_CAP y>x']);
    expect(of([{ kind: 'QUOTA', percent: 10 }, acme], [cap, {}])).toEqual([]);
    expect(of([{ kind: 'QUOTA', percent: 20 }, only('a', 'c')], [cap, {}])).toEqual([]);
    // Not the cap, but the catalogue has no more.
    expect(of([{ kind: 'QUOTA', percent: 100 }, only('a', 'c')], [cap, {}])).toEqual([]);
    expect(of([{ kind: 'QUOTA', percent: 100 }, only('a', 'b', 'c')], [cap, {}])).toEqual(['QUOTA_ABOVE_CAP y>x']);
  });

  it('sees quotas that only together are too many', () => {
    const quota = (id: string, percent: number, courseId: string, more = {}) =>
      ruleWith({ kind: 'QUOTA', percent }, { id, ...only(courseId), ...more });
    const three = [quota('x', 40, 'a'), quota('y', 40, 'b', sales), quota('z', 40, 'c', { priority: 60 })];
    expect(ruleConflicts(three, courses, NOW_MS)).toEqual([
      {
        kind: 'QUOTAS_ABOVE_100',
        ruleIds: ['z', 'y', 'x'],
        message:
          'The quotas of these rules add up to more than all places, 40 % + 40 % + 40 %, and share no course: the last gets what the others leave, in the order of rules.',
      },
    ]);
    // Nobody is in two departments.
    const elsewhere = quota('x', 40, 'a', { audience: { departments: ['Legal'] } });
    expect(ruleConflicts([elsewhere, three[1] as Rule, three[2] as Rule], courses, NOW_MS)).toEqual([]);
    expect(ruleConflicts([quota('x', 60, 'a'), quota('y', 60, 'a')], courses, NOW_MS).map(({ kind }) => kind)).toEqual([
      'IDENTICAL',
    ]);
  });

  it('sees what is said twice, and what another rule sees to already', () => {
    expect(of([boost, { ...acme, priority: 10 }], [boost, acme])).toEqual(['IDENTICAL y>x']);
    expect(of([boost, { ...only('a'), ...sales }], [boost, acme])).toEqual(['SHADOWED y>x']);
    expect(of([boost, { ...only('a'), ...sales }], [{ kind: 'BOOST', strength: 'SLIGHT' }, acme])).toEqual([]);
    expect(of([boost, { ...acme, ...sales }], [exclude, acme])).toEqual(['SHADOWED y>x']);
    expect(of([boost, only('c')], [{ kind: 'REQUIRE_ONLY' }, acme])).toEqual(['SHADOWED y>x']);
    expect(of([pin, only('a')], [mandate, only('a', 'b')])).toEqual(['SHADOWED y>x']);
    // The wider one goes on alone when the narrower has no more courses to give.
    expect(of([{ kind: 'QUOTA', percent: 30 }, only('a')], [{ kind: 'QUOTA', percent: 20 }, acme])).toEqual([]);
  });

  it('finds the same in whatever order rules were drafted, and of some rules just what they take part in', () => {
    fc.assert(
      fc.property(
        ruleLists.chain((list) => fc.tuple(fc.constant(list), redrafted(list))),
        catalogues,
        ([list, again], catalogue) => {
          const found = ruleConflicts(list, catalogue, NOW_MS);
          expect(ruleConflicts(again, catalogue, NOW_MS)).toEqual(found);
          const about = new Set(list.slice(0, 2).map(({ id }) => id));
          expect(ruleConflicts(list, catalogue, NOW_MS, about)).toEqual(
            found.filter(({ ruleIds }) => ruleIds.some((id) => about.has(id))),
          );
        },
      ),
    );
  });

  it('only ever names rules that one person can get at once, and every pair of pins for one place', () => {
    const few = people.filter((_, i) => i % 5 === 0);
    fc.assert(
      fc.property(ruleLists, catalogues, (list, catalogue) => {
        const found = ruleConflicts(list, catalogue, NOW_MS);
        const byId = new Map(list.map((rule) => [rule.id, rule]));
        for (const { ruleIds } of found) {
          const scopes = ruleIds.map((id) => scopeOf(byId.get(id) as Rule));
          const meeting = scopes
            .slice(1)
            .reduce<(typeof scopes)[number] | null>((met, scope) => met && meetingOf(met, scope), scopes[0] ?? null);
          expect(meeting).not.toBeNull();
        }
        const named = new Set(found.map(({ ruleIds }) => [...ruleIds].sort().join()));
        for (const [i, a] of list.entries()) {
          for (const b of list.slice(i + 1)) {
            if (!isSamePlace(a, b) || [a, b].some((rule) => targetPositions(rule.target, catalogue).length === 0))
              continue;
            const isTogether = few.some((p) =>
              SURFACES.some((s) => [a, b].every((rule) => applies(rule, p, s, NOW_MS))),
            );
            if (isTogether) expect(named).toContain([a.id, b.id].sort().join());
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('only ever calls shadowed what could be left out without changing what may be recommended to anybody', () => {
    const few = people.filter((_, i) => i % 41 === 0);
    let shadows = 0;
    fc.assert(
      fc.property(rules, rules, catalogues, (x, y, catalogue) => {
        const pair = [
          { ...x, id: 'x' },
          { ...y, id: 'y', audience: x.audience, surfaces: x.surfaces },
        ];
        const conflict = ruleConflicts(pair, catalogue, NOW_MS).find(({ kind }) => /IDENTICAL|SHADOWED/.test(kind));
        if (conflict === undefined) return;
        const [winner, loser] = conflict.ruleIds.map((id) => pair.find((rule) => rule.id === id)) as [Rule, Rule];
        if (winner.action.kind === 'MANDATE' || loser.action.kind === 'MANDATE') return;
        shadows += 1;
        const missed = few.filter((p) =>
          SURFACES.some((s) => applies(loser, p, s, NOW_MS) && !applies(winner, p, s, NOW_MS)),
        );
        expect(missed).toEqual([]);
        const left = recommendable([winner], catalogue);
        if (HARD_ACTIONS.has(loser.action.kind)) expect(recommendable(pair, catalogue)).toEqual(left);
        else if (HARD_ACTIONS.has(winner.action.kind)) {
          expect([...targetPositions(loser.target, catalogue)].filter((at) => left.includes(at))).toEqual([]);
        } else expect(winner.action.kind).toBe(loser.action.kind);
      }),
      { numRuns: 1_500 },
    );
    expect(shadows).toBeGreaterThan(0);
  });
});

const isSamePlace = ({ action: a }: Rule, { action: b }: Rule) =>
  a.kind === 'PIN' && b.kind === 'PIN' && a.place === b.place;

/** What rules that all apply leave to be recommended. */
function recommendable(applying: readonly Rule[], catalogue: readonly Course[]): number[] {
  return catalogue.flatMap((_, position) => {
    const isLeft = applying.every(({ action, target }) => {
      const isAmong = targetPositions(target, catalogue).includes(position);
      if (action.kind === 'EXCLUDE') return !isAmong;
      return action.kind !== 'REQUIRE_ONLY' || isAmong;
    });
    return isLeft ? [position] : [];
  });
}
