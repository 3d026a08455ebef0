import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { proportionDifference, wilsonInterval } from '../../src/stats/proportions.js';

const proportion = fc
  .integer({ min: 1, max: 500 })
  .chain((trials) => fc.integer({ min: 0, max: trials }).map((successes) => ({ successes, trials })));

describe('proportions', () => {
  test('have the intervals of Newcombe’s published examples', () => {
    // Newcombe 1998a, table 1: 81/263 and 0/20. 1998b, table 2: 56/70 against 48/80, and 9/10 against 3/10.
    const round = (value: number | undefined) => Number(value?.toFixed(4));
    const wilson = (successes: number, trials: number) => {
      const interval = wilsonInterval({ successes, trials });
      return [round(interval?.low), round(interval?.high)];
    };
    expect(wilson(81, 263)).toEqual([0.2553, 0.3662]);
    expect(wilson(0, 20)).toEqual([0, 0.1611]);
    const difference = (a: readonly [number, number], b: readonly [number, number]) => {
      const found = proportionDifference({ successes: a[0], trials: a[1] }, { successes: b[0], trials: b[1] });
      return [round(found?.estimate), round(found?.low), round(found?.high)];
    };
    expect(difference([56, 70], [48, 80])).toEqual([0.2, 0.0524, 0.3339]);
    expect(difference([9, 10], [3, 10])).toEqual([0.6, 0.1705, 0.809]);
    expect(difference([10, 10], [0, 20])).toEqual([1, 0.6791, 1]);
  });

  test('have at every level the ends at which the score test just says no', () => {
    // Wilson 1927: the ends are the p whose own standard error puts the estimate z of them away.
    const plainEnd = ({ successes, trials }: { successes: number; trials: number }, z: number, isHigh: boolean) => {
      const estimate = successes / trials;
      let [near, far] = [estimate, isHigh ? 1 : 0];
      for (let step = 0; step < 60; step++) {
        const p = (near + far) / 2;
        if (Math.abs(estimate - p) < z * Math.sqrt((p * (1 - p)) / trials)) near = p;
        else far = p;
      }
      return near;
    };
    fc.assert(
      fc.property(
        proportion,
        fc.constantFrom([0.8, 1.2815515655446004], [0.95, 1.959963984540054]),
        (a, [level, z]) => {
          const interval = wilsonInterval(a, level);
          expect(interval?.low).toBeCloseTo(plainEnd(a, z ?? 0, false), 9);
          expect(interval?.high).toBeCloseTo(plainEnd(a, z ?? 0, true), 9);
        },
      ),
    );
    expect(() => wilsonInterval({ successes: 1, trials: 2 }, 80)).toThrow(RangeError);
  });

  test('are narrower at a lower level', () => {
    fc.assert(
      fc.property(proportion, proportion, (a, b) => {
        const wide = proportionDifference(a, b);
        const narrow = proportionDifference(a, b, 0.8);
        if (wide === null || narrow === null) throw new Error('There are trials.');
        expect(narrow.estimate).toBe(wide.estimate);
        expect(narrow.low).toBeGreaterThanOrEqual(wide.low);
        expect(narrow.high).toBeLessThanOrEqual(wide.high);
      }),
    );
  });

  test('of nobody tell nothing, and counts that are none are refused', () => {
    expect(wilsonInterval({ successes: 0, trials: 0 })).toBeNull();
    expect(proportionDifference({ successes: 1, trials: 2 }, { successes: 0, trials: 0 })).toBeNull();
    expect(() => wilsonInterval({ successes: 3, trials: 2 })).toThrow(RangeError);
    expect(() => wilsonInterval({ successes: 0.5, trials: 2 })).toThrow(RangeError);
  });

  test('lie within their intervals, and those within what is possible', () => {
    fc.assert(
      fc.property(proportion, proportion, (a, b) => {
        const one = wilsonInterval(a);
        const both = proportionDifference(a, b);
        if (one === null || both === null) throw new Error('There are trials.');
        expect(one.low).toBeGreaterThanOrEqual(0);
        expect(one.high).toBeLessThanOrEqual(1);
        expect(one.low).toBeLessThanOrEqual(one.estimate);
        expect(one.high).toBeGreaterThanOrEqual(one.estimate);
        expect(both.low).toBeGreaterThanOrEqual(-1);
        expect(both.high).toBeLessThanOrEqual(1);
        expect(both.low).toBeLessThanOrEqual(both.estimate);
        expect(both.high).toBeGreaterThanOrEqual(both.estimate);
      }),
    );
  });

  test('the other way round differ by the other sign', () => {
    fc.assert(
      fc.property(proportion, proportion, (a, b) => {
        const there = proportionDifference(a, b);
        const back = proportionDifference(b, a);
        expect(there?.low).toBeCloseTo(-(back?.high ?? Number.NaN), 12);
        expect(there?.estimate).toBeCloseTo(-(back?.estimate ?? Number.NaN), 12);
      }),
    );
  });
});
