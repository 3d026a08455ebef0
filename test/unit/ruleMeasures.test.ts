import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addTally,
  areSameFirst,
  countLists,
  createTally,
  exposureByDepartment,
  exposureOfAll,
  type ListPair,
  type ListTally,
  relevanceOf,
  winnersAndLosers,
} from '../../src/recommendations/ruleEffects/ruleMeasures.js';

/** Courses 0 and 1 are of Acme, 2 and 3 of Beta, the others of nobody. */
const PROVIDERS = { indices: [1, 1, 2, 2, 0, 0, 0, 0], values: ['', 'Acme', 'Beta'] };
const COURSES = 8;

const pair = (before: readonly number[], after: readonly number[], department: string | null = 'Sales'): ListPair => ({
  department,
  before,
  after,
  ruleIds: [],
});

function tallied(pairs: readonly ListPair[], first = 2): ListTally {
  const tally = createTally(first, COURSES);
  for (const each of pairs) countLists(tally, each, PROVIDERS);
  return tally;
}

describe('what a change of rules does to many lists', () => {
  test('courses win and lose by the lists that have them among their first places', () => {
    // Course 2 comes into two lists, at ranks 1 and 2; course 1 leaves both, course 0 stays in both.
    const tally = tallied([pair([0, 1, 2], [2, 0, 1]), pair([1, 0, 2], [0, 2, 1]), pair([3, 4, 5], [3, 4, 6])]);
    expect(winnersAndLosers(tally, 5)).toEqual({
      winners: [{ position: 2, listsBefore: 0, listsAfter: 2, meanRankBefore: null, meanRankAfter: 1.5 }],
      losers: [{ position: 1, listsBefore: 2, listsAfter: 0, meanRankBefore: 1.5, meanRankAfter: null }],
    });
    // What changes behind the first places changes no list.
    expect([tally.people, tally.changed]).toEqual([3, 2]);
  });

  test('of equal winners the one of the first position leads, and no more are named than asked for', () => {
    const tally = tallied([pair([0, 1], [2, 3]), pair([4, 5], [4, 5])]);
    expect(winnersAndLosers(tally, 1).winners.map(({ position }) => position)).toEqual([2]);
    expect(winnersAndLosers(tally, 1).losers.map(({ position }) => position)).toEqual([0]);
  });

  test('lists of fewer than five courses are counted, however many places count', () => {
    const tally = tallied([pair([0, 1, 2, 3, 4], [0, 1, 2, 3]), pair([0, 1, 2, 3, 4], [0, 1, 2, 3, 5])]);
    expect([tally.before.shortLists, tally.after.shortLists]).toEqual([0, 1]);
  });

  test('a provider’s share is that of all first places', () => {
    const tally = tallied([pair([0, 2], [0, 1]), pair([1, 4], [0, 1])]);
    expect(exposureOfAll(tally, PROVIDERS, 5).providers).toEqual([
      { provider: 'Acme', before: 0.5, after: 1 },
      { provider: null, before: 0.25, after: 0 },
      { provider: 'Beta', before: 0.25, after: 0 },
    ]);
  });

  test('rules are counted by the lists that they change', () => {
    const tally = tallied([
      { ...pair([0], [1]), ruleIds: ['a', 'b'] },
      { ...pair([0], [1]), ruleIds: ['b'] },
    ]);
    expect([...tally.rules].sort()).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  test('departments of fewer than five people are told of together', () => {
    const people = (department: string | null, count: number) =>
      Array.from({ length: count }, () => pair([0, 1], [2, 3], department));
    const told = (pairs: readonly ListPair[], limit = 10) =>
      exposureByDepartment(tallied(pairs), PROVIDERS, limit, 5).map((group) => [group.department, group.people]);
    expect(told([...people('Sales', 6), ...people('Legal', 3), ...people('Press', 2)])).toEqual([
      ['Sales', 6],
      [null, 5],
    ]);
    // Two people would be told of by themselves: the next larger department joins them.
    expect(told([...people('Sales', 7), ...people('Law', 5), ...people('Press', 2)])).toEqual([
      ['Sales', 7],
      [null, 7],
    ]);
    expect(told([...people('Sales', 6), ...people(null, 1)])).toEqual([[null, 7]]);
    expect(told(people('Sales', 4))).toEqual([]);
    expect(told([...people('A', 9), ...people('B', 8), ...people('C', 7)], 1)).toEqual([
      ['A', 9],
      [null, 15],
    ]);
  });

  test('relevance is NDCG at 10 of what was taken up', () => {
    // One course taken up: first of the list before, second after.
    expect(relevanceOf({ before: [3, 1], after: [1, 3] }, new Set([3]))).toEqual({
      before: 1,
      after: 1 / Math.log2(3),
    });
  });
});

describe('for any lists', () => {
  const list = fc.uniqueArray(fc.nat(COURSES - 1));
  const department = fc.constantFrom(null, 'A', 'B', 'C', 'D');
  const pairs = fc.array(
    fc.record({ department, before: list, after: list, ruleIds: fc.uniqueArray(fc.constantFrom('r1', 'r2', 'r3')) }),
    { maxLength: 60 },
  );

  test('several threads count what one would', () => {
    fc.assert(
      fc.property(pairs, fc.nat(60), fc.integer({ min: 1, max: 9 }), (all, cut, first) => {
        const sum = createTally(first, COURSES);
        addTally(sum, tallied(all.slice(cut), first));
        addTally(sum, tallied(all.slice(0, cut), first));
        const sorted = ({ groups, rules, ...tally }: ListTally) => ({
          ...tally,
          groups: [...groups].sort(),
          rules: [...rules].sort(),
        });
        expect(sorted(sum)).toEqual(sorted(tallied(all, first)));
      }),
    );
  });

  test('nobody can be told apart in the exposure by department, and nobody is left out of five or more', () => {
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 4 }), (all, limit) => {
        const told = exposureByDepartment(tallied(all), PROVIDERS, limit, 5);
        for (const { people } of told) expect(people).toBeGreaterThanOrEqual(5);
        // Who is not told of could be found by what is missing from the whole.
        expect(told.reduce((sum, { people }) => sum + people, 0)).toBe(all.length < 5 ? 0 : all.length);
        expect(told.filter((group) => group.department !== null).length).toBeLessThanOrEqual(limit);
      }),
    );
  });

  test('shares of providers add up to everything', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { providers } = exposureOfAll(tallied(all), PROVIDERS, 5);
        const total = (side: 'before' | 'after') => providers.reduce((sum, share) => sum + share[side], 0);
        for (const side of ['before', 'after'] as const) {
          const isAny = all.some((each) => each[side].length > 0);
          expect(total(side)).toBeCloseTo(isAny ? 1 : 0, 10);
        }
      }),
    );
  });

  test('without a change nothing wins, loses or counts as changed', () => {
    fc.assert(
      fc.property(fc.array(list), fc.integer({ min: 1, max: 9 }), (lists, first) => {
        const tally = tallied(
          lists.map((each) => pair(each, each)),
          first,
        );
        expect(tally.changed).toBe(0);
        expect(winnersAndLosers(tally, 5)).toEqual({ winners: [], losers: [] });
      }),
    );
  });

  test('lists are the same where the first places read the same', () => {
    fc.assert(
      fc.property(list, list, fc.integer({ min: 1, max: 9 }), (before, after, first) => {
        const words = (each: readonly number[]) => each.slice(0, first).join();
        expect(areSameFirst(before, after, first)).toBe(words(before) === words(after));
      }),
    );
  });
});
