import { describe, expect, test } from 'vitest';
import { takeUpOf, type WeekOfRule } from '../../src/recommendations/ruleEffects/ruleEffect.js';
import { coarseWeek } from '../../src/recommendations/ruleEffects/ruleEffectPrivacy.js';
import type { RuleAudience } from '../../src/rules/model/rule.js';

const everybody: RuleAudience = {
  ...{ departments: [], roleIds: [], locations: [], languages: [], learnerIds: [] },
  ...{ hiredWithinDays: null, skillGap: null },
};
const sales: RuleAudience = { ...everybody, departments: ['Sales'] };

/** Ends are drawn to either side, in steps of a twentieth where people are fewer than 100. */
const COARSEST_STEP = 0.051;

/** @param lists by which weeks of rules that hardly differ are told apart */
const week = (lists: number, takers = 60): WeekOfRule => ({
  ...{ weekStartsAt: new Date('2026-03-02T00:00:00Z'), lists, listsAtMost: lists, people: 100 },
  courses: [40, 20, 4].map((people, i) => ({ courseId: `c${i}`, people })),
  takeUp: takeUpOf({ successes: takers, trials: 100 }, { successes: 20, trials: 100 }),
  ...{ isFollowedUp: true, relevanceGivenUp: { mean: 0.1, low: 0.05, high: 0.15, count: 100 } },
});

const widthOf = (bounds: { readonly low: number; readonly high: number } | null | undefined) =>
  (bounds?.high ?? Number.NaN) - (bounds?.low ?? Number.NaN);

describe('a week of a rule as L&D staff are told of it', () => {
  test('has a noise that trying rules that hardly differ does not average away', () => {
    const misses = Array.from({ length: 30 }, (_, seed) => {
      const told = Array.from({ length: 60 }, (_week, i) => coarseWeek(week(200 + i), [sales], Uint8Array.of(seed)));
      const mean = (of: (one: (typeof told)[number]) => number | null | undefined) =>
        told.reduce((sum, one) => sum + (of(one) ?? 0), 0) / told.length;
      return {
        people: mean(({ takeUp }) => takeUp?.ruledPeople) - 100,
        share: mean(({ takeUp }) => takeUp?.ruledShare) - 0.6,
      };
    });
    const deviation = (of: (one: (typeof misses)[number]) => number) =>
      Math.sqrt(misses.reduce((sum, one) => sum + of(one) ** 2, 0) / misses.length);
    expect(deviation(({ people }) => people)).toBeGreaterThan(1);
    expect(deviation(({ share }) => share)).toBeGreaterThan(0.01);
  });

  test('concludes from what is told, with intervals that allow for the noise', () => {
    const known = coarseWeek(week(200), [everybody], Uint8Array.of(1));
    expect(known.takeUp?.verdict).toBe('MORE');
    for (let seed = 0; seed < 40; seed++) {
      const { takeUp, relevanceGivenUp } = coarseWeek(week(200), [sales], Uint8Array.of(seed));
      expect(relevanceGivenUp?.low).toBeGreaterThanOrEqual(0);
      expect(widthOf(takeUp?.difference)).toBeGreaterThan(widthOf(known.takeUp?.difference) - COARSEST_STEP);
      expect(takeUp?.verdict).toBe('MORE');
    }
    // Just beyond chance, it is not for all that may be the noise.
    const verdicts = Array.from(
      { length: 40 },
      (_, seed) => coarseWeek(week(200, 34), [sales], Uint8Array.of(seed)).takeUp?.verdict,
    );
    expect(coarseWeek(week(200, 34), [everybody], Uint8Array.of(1)).takeUp?.verdict).toBe('MORE');
    expect(verdicts).toContain('CANNOT_TELL');
  });

  test('tells of a course that it is moved where that is so for five people for certain', () => {
    const seeds = Array.from({ length: 200 }, (_, seed) => seed);
    const toldOf = (audience: RuleAudience, people: number) =>
      seeds.filter((seed) => {
        const one = { ...week(200), courses: [{ courseId: 'c', people }] };
        return coarseWeek(one, [audience], Uint8Array.of(seed)).courses === 1;
      }).length;
    expect([4, 5].map((people) => toldOf(everybody, people))).toEqual([0, seeds.length]);
    // Of a group, whether there are five or six does not tell of the sixth.
    const [five, six] = [toldOf(sales, 5), toldOf(sales, 6)];
    expect(toldOf(sales, 4)).toBe(0);
    expect(five).toBeGreaterThan(0);
    expect(six).toBeGreaterThan(five);
    expect(six).toBeLessThan(seeds.length);
    expect(toldOf({ ...sales, roleIds: ['a'] }, 8)).toBeLessThan(seeds.length / 2);
  });

  test('tells of nobody’s lists more than three, with a noise of as many', () => {
    const told = (listsAtMost: number, audience: RuleAudience) =>
      Array.from(
        { length: 200 },
        (_, seed) => coarseWeek({ ...week(900), listsAtMost }, [audience], Uint8Array.of(seed)).lists ?? 0,
      );
    // Somebody’s many lists are in `lists`, of which nothing is told.
    for (const lists of told(300, everybody)) expect(Math.abs(lists - 300)).toBeLessThan(7);
    const deviation = Math.sqrt(told(300, sales).reduce((sum, lists) => sum + (lists - 300) ** 2, 0) / 200);
    // Three times that of two people, and of where the edges are drawn.
    expect(deviation).toBeGreaterThan(4.5);
    expect(deviation).toBeLessThan(9);
    const mean = told(300, sales).reduce((sum, lists) => sum + lists, 0) / 200;
    expect(Math.abs(mean - 300)).toBeLessThan(3);
  });

  test('tells nothing of people who are named by any version of the rule', () => {
    const named = { ...everybody, learnerIds: ['a'] };
    expect(coarseWeek(week(200), [everybody, named], Uint8Array.of(1))).toMatchObject({
      ...{ people: null, lists: null, takeUp: { ruledPeople: null, verdict: 'CANNOT_TELL' } },
    });
  });
});
