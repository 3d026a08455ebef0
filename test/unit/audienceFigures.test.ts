import { describe, expect, test } from 'vitest';
import { AudienceFigures } from '../../src/learners/fewPeople/audienceFigures.js';
import { audienceOf, type GivenAudience } from '../../src/rules/model/givenRule.js';

const SECRET = Buffer.alloc(32, 7);
const figuresOf = (audience: GivenAudience, secret = SECRET) => new AudienceFigures(audienceOf(audience), secret);

/** Audiences cut to size, as many as one likes. */
const PAIRS = Array.from({ length: 2_000 }, (_, i): [GivenAudience, GivenAudience] => [
  { departments: ['Sales', `Team ${i}`] },
  { departments: ['Sales', `Team ${i}`, 'One person'] },
]);

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('figures of an audience', () => {
  test('are told of five people of one group, and means of a hundred who are picked', () => {
    const fewest = [
      {},
      { departments: ['Sales'] },
      { languages: ['de'] },
      // With and without a department of one person they would differ by that one.
      { departments: ['Sales', 'Legal'] },
      { roleIds: ['clerk', 'board'] },
      { departments: ['Sales'], locations: ['Lyon'] },
      { hiredWithinDays: 30 },
      { skillGap: { skillId: 'sql', atLeast: 0.2 } },
    ].map((audience) => figuresOf(audience).fewestForMeans);
    expect(fewest).toEqual([5, 5, 5, 100, 100, 100, 100, 100]);
  });

  test('of a single group are in fixed steps, whatever the secret', () => {
    for (const audience of [{}, { departments: ['Sales'] }]) {
      for (const secret of [SECRET, Buffer.alloc(32, 8)]) {
        const figures = figuresOf(audience, secret);
        expect([4, 5, 7, 8, 12].map((count) => figures.countOrNull(count, 'people'))).toEqual([null, 5, 5, 10, 10]);
        expect(figures.mean(0.5432, 100, 'metric')).toBe(0.55);
      }
    }
  });

  test('of people picked out are the same for the same people, however they are described', () => {
    const one = figuresOf({ departments: ['Sales', 'Legal'], roleIds: ['clerk'] });
    const same = figuresOf({ departments: ['Legal', 'Sales', 'Legal'], roleIds: ['clerk'] });
    for (let count = 0; count < 300; count++) {
      expect(same.countOrNull(count, 'people')).toBe(one.countOrNull(count, 'people'));
      expect(same.mean(count / 300, 137, 'metric')).toBe(one.mean(count / 300, 137, 'metric'));
    }
  });

  test('of people picked out keep their edges from week to week', () => {
    const figures = figuresOf({ departments: ['Sales', 'Legal'] });
    const told = Array.from({ length: 1_000 }, (_, i) => figures.mean(i / 1_000, 100, 'metric'));
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(new Set(told.map((value) => Math.round(value * 20)))).toEqual(
      new Set(Array.from({ length: 21 }, (_, i) => i)),
    );
    expect([Math.min(...told), Math.max(...told)]).toEqual([0, 1]);
  });

  test('of two audiences that differ by a person do not tell of that person', () => {
    // 100 people at 0.5, and one more who is at the top: the mean stands as near to a fixed edge as can be.
    const isHigher = (before: number, after: number) =>
      meanOf(
        PAIRS.map(([without, withOne]) =>
          Number(figuresOf(withOne).mean(after, 101, 'metric') > figuresOf(without).mean(before, 100, 'metric')),
        ),
      );
    const before = 0.525 - 1e-9;
    const [moved, unmoved] = [isHigher(before, (before * 100 + 1) / 101), isHigher(before, before)];
    // What one person may come to changes hardly how often the second answer is the higher.
    expect(unmoved).toBeGreaterThan(0.15);
    expect(Math.abs(moved - unmoved)).toBeLessThan(0.1);
  });

  test('count those who are picked out without telling whether there is one more', () => {
    const higher = [12, 13].map((after) =>
      meanOf(
        PAIRS.map(([without, withOne]) =>
          Number((figuresOf(withOne).countOrNull(after, 'x') ?? 0) > (figuresOf(without).countOrNull(12, 'x') ?? 0)),
        ),
      ),
    );
    expect(higher[0]).toBeGreaterThan(0.15);
    expect((higher[1] as number) - (higher[0] as number)).toBeLessThan(0.3);
    const counts = PAIRS.map(([audience]) => figuresOf(audience).countOrNull(12, 'x') ?? 0);
    expect(new Set(counts)).toEqual(new Set([10, 15]));
    expect(meanOf(counts)).toBeCloseTo(12, 0);
    expect(PAIRS.every(([audience]) => figuresOf(audience).countOrNull(4, 'x') === null)).toBe(true);
  });
});
