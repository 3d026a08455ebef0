import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coarseCount, coarseMean, coarseOrNull } from '../../src/learners/coarse.js';
import { coarsePopulation } from '../../src/recommendations/rulePreview/rulePreviewPrivacy.js';

describe('figures that tell of nobody', () => {
  test('counts are rounded to fives, and fewer than five are not told', () => {
    expect([0, 2, 3, 7, 8, 12].map(coarseCount)).toEqual([0, 0, 5, 5, 10, 10]);
    expect([0, 4, 5, 6].map(coarseOrNull)).toEqual([null, null, 5, 5]);
  });

  test('means are rounded the more the fewer people they are over', () => {
    const people = [5, 20, 100, 1_000];
    expect(people.map((count) => coarseMean(0.5432, count))).toEqual([0.6, 0.55, 0.54, 0.543]);
    expect(coarseMean(-0.5432, 100)).toBe(-0.54);
  });

  test('of any two means over a group that are told apart, one person alone can be all the difference', () => {
    const people = fc.integer({ min: 5, max: 20_000 });
    const mean = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(people, mean, mean, (count, a, b) => {
        const [x, y] = [coarseMean(a, count), coarseMean(b, count)];
        if (x !== y) expect(Math.abs(x - y)).toBeGreaterThanOrEqual(1 / count - 1e-9);
        expect(Math.abs(x - a)).toBeLessThanOrEqual(0.1 + 1e-9);
      }),
    );
  });

  test('courses that fewer than five lists gain or lose are left out', () => {
    const shift = (courseId: string, listsBefore: number, listsAfter: number) => ({
      ...{ courseId, listsBefore, listsAfter, meanRankBefore: 2.4, meanRankAfter: 3.6 },
    });
    const exposure = { people: 27, changed: 4, shortBefore: 1, shortAfter: 2, providers: [] };
    const provider = { provider: 'Acme', before: 0.01, after: 0.02 };
    const { winners, losers, ...rest } = coarsePopulation(
      {
        exposure: { ...exposure, providers: [provider, { provider: 'Beta', before: 0.51, after: 0.99 }] },
        departments: [{ department: 'Sales', ...exposure }],
        winners: [shift('a', 1, 12), shift('b', 10, 14)],
        losers: [shift('c', 23, 17), shift('d', 4, 0)],
        relevance: null,
      },
      10,
    );
    expect(winners).toEqual([
      { courseId: 'a', listsBefore: 0, listsAfter: 10, meanRankBefore: null, meanRankAfter: 4 },
    ]);
    expect(losers.map(({ courseId, listsBefore, listsAfter }) => [courseId, listsBefore, listsAfter])).toEqual([
      ['c', 25, 15],
    ]);
    const coarse = { people: 25, changed: 5, shortBefore: 0, shortAfter: 0 };
    expect(rest.exposure).toEqual({ ...coarse, providers: [{ provider: 'Beta', before: 0.5, after: 1 }] });
    expect(rest.departments).toEqual([{ department: 'Sales', ...coarse, providers: [] }]);
  });
});
