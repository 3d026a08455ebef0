import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { creditTeams, teamDraft } from '../../src/recsys/interleave.js';
import { signTest } from '../../src/stats/signTest.js';

const lots = (...firstGoes: readonly boolean[]) => {
  let round = 0;
  return () => firstGoes[round++] ?? true;
};

describe('interleaving', () => {
  it('credits whoever gave what was chosen, once: Radlinski, Kurup & Joachims 2008, by hand', () => {
    // First round to the first: 1 for it, 2 for the second. Second round to the second: 3 (its own 2 is gone), then 4
    // for the first, since 2 and 3 are taken. Third round to the first: 5, then 6.
    const list = teamDraft([1, 2, 3, 4, 5], [2, 3, 6, 1], 6, lots(true, false, true));
    expect(list.items).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...list.teams]).toEqual([0, 1, 1, 0, 0, 1]);
    expect(creditTeams(list, [3, 4, 4, 6, 99])).toEqual({ first: 1, second: 2 });
    expect(creditTeams(list, [])).toEqual({ first: 0, second: 0 });
  });
});

describe('the sign test', () => {
  it('is that of the deer: eight legs of ten longer, p = 0.109375 (Zar 1999, example 24.11)', () => {
    const found = signTest(8, 2, 0);
    expect(found?.pValue).toBeCloseTo(0.109375, 12);
    expect(found?.difference.estimate).toBeCloseTo(0.6, 12);
  });

  it('is the sum of the binomial tails', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 25 }), fc.integer({ min: 0, max: 25 }), (first, second) => {
        const n = first + second;
        fc.pre(n > 0);
        const ways = [1];
        for (let k = 1; k <= n; k++) ways.push(((ways[k - 1] ?? 0) * (n - k + 1)) / k);
        const tail = ways.slice(0, Math.min(first, second) + 1).reduce((total, w) => total + w, 0) / 2 ** n;
        const found = signTest(first, second, 3, 0.8);
        expect(found?.pValue).toBeCloseTo(Math.min(1, 2 * tail), 10);
        expect(found?.difference.low).toBeGreaterThanOrEqual(-1);
        expect(found?.difference.high).toBeLessThanOrEqual(1);
        expect(signTest(second, first, 3, 0.8)?.difference.low).toBeCloseTo(-(found?.difference.high ?? 0), 10);
      }),
    );
  });

  it('tells nothing from ties alone', () => {
    expect(signTest(0, 0, 12)).toBeNull();
    expect(() => signTest(-1, 0, 0)).toThrow(RangeError);
  });
});
