import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalCdf, normalReach } from '../../src/stats/normal.js';
import {
  goodnessOfFit,
  SAMPLE_RATIO_P,
  sampleRatio,
  sampleRatioCount,
  sampleRatioPower,
} from '../../src/stats/sampleRatio.js';

/** Two even variants of which the first really gets the share. */
const evenBut = (share: number) => ({ planned: [1, 1], actual: [share, 1 - share] });

describe('the fit of counts to planned shares', () => {
  it('is that of R’s example(chisq.test): chisq.test(c(89,37,30,28,2), p = c(40,20,20,15,5), rescale.p = TRUE)', () => {
    const fit = goodnessOfFit([89, 37, 30, 28, 2], [40, 20, 20, 15, 5]);
    // X-squared = 9.9901, df = 4, p-value = 0.04059
    expect(fit?.chiSquare).toBeCloseTo(9.9901, 4);
    expect(fit?.degreesOfFreedom).toBe(4);
    expect(fit?.pValue).toBeCloseTo(0.04059, 5);
  });

  it('is close for Mendel’s peas: 315, 108, 101 and 32 against 9 : 3 : 3 : 1', () => {
    // Mendel 1866; X² = 0.47 as in every textbook since Fisher 1936.
    expect(goodnessOfFit([315, 108, 101, 32], [9, 3, 3, 1])?.chiSquare).toBeCloseTo(0.47, 2);
  });

  it('does not depend on the unit of the weights, nor on the order of the variants', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 3, maxLength: 3 });
    const weights = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(counts, weights, (c, w) => {
        fc.pre(c.some((count) => count > 0));
        const fit = goodnessOfFit(c, w);
        const other = goodnessOfFit(
          c.toReversed(),
          w.toReversed().map((weight) => weight / 7),
        );
        expect(other?.chiSquare).toBeCloseTo(fit?.chiSquare ?? Number.NaN, 6);
        expect(fit?.pValue).toBeGreaterThanOrEqual(0);
        expect(fit?.pValue).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('calls a split wrong only where chance is below one in a thousand', () => {
    // X² must pass 10.828: of 10,000 people, 5,164 is too few and 5,165 enough.
    expect(sampleRatio([5164, 4836], [1, 1])?.isMismatch).toBe(false);
    expect(sampleRatio([5165, 4835], [1, 1])?.isMismatch).toBe(true);
    expect(sampleRatio([0, 0], [1, 1])).toBeNull();
  });

  it('refuses what is no split', () => {
    expect(() => goodnessOfFit([1], [1])).toThrow(RangeError);
    expect(() => goodnessOfFit([1, 2], [1, 0])).toThrow(RangeError);
    expect(() => goodnessOfFit([1, 2, 3], [1, 1])).toThrow(RangeError);
    expect(() => goodnessOfFit([1.5, 2], [1, 1])).toThrow(RangeError);
  });
});

describe('the people it takes to catch a skew', () => {
  it('are as many as Cohen’s: exercises 7.1 and 7.8 (Cohen 1988, as pwr.chisq.test prints them)', () => {
    // pwr.chisq.test(w = 0.289, df = 3, N = 100, sig.level = 0.05): power = 0.6750777. Shares with that w:
    const quarter = [1, 1, 1, 1];
    const off = 0.289 / 4;
    const skew = { planned: quarter, actual: [0.25 + off, 0.25 - off, 0.25 + off, 0.25 - off] };
    expect(sampleRatioPower(skew, 100, 0.05)).toBeCloseTo(0.6750777, 6);
    // pwr.chisq.test(w = 0.1, df = 20, power = 0.8, sig.level = 0.05): N = 2096.079
    const planned = Array.from({ length: 21 }, () => 1 / 21);
    const step = 0.1 / Math.sqrt(21 * 20);
    const actual = planned.map((share, i) => share + (i === 20 ? 0 : i % 2 === 0 ? step : -step));
    expect(sampleRatioCount({ planned, actual }, 0.8, 0.05)).toBe(2097);
  });

  it('are 170,747 for 50.5 to 49.5 and 42,687 for 51 to 49, four times out of five', () => {
    // For two variants (z₀.₉₉₉₅ + z₀.₈)² / w² = (3.29053 + 0.84162)² / w², w² = 0.0001 and 0.0004; the other tail is nil.
    const noncentrality = (3.2905267314919255 + 0.8416212335729143) ** 2;
    expect(sampleRatioCount(evenBut(0.505), 0.8)).toBe(Math.ceil(noncentrality / 0.0001));
    expect(sampleRatioCount(evenBut(0.51), 0.8)).toBe(Math.ceil(noncentrality / 0.0004));
    expect([0.505, 0.51].map((share) => sampleRatioCount(evenBut(share), 0.8))).toEqual([170_747, 42_687]);
  });

  it('catch it with the power of the two-sided normal test when there are two variants', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.3, max: 0.7, noNaN: true }), fc.integer({ min: 0, max: 2000 }), (share, count) => {
        const away = Math.sqrt(count) * Math.abs(2 * share - 1);
        const reach = normalReach(1 - SAMPLE_RATIO_P);
        const plain = normalCdf(away - reach) + normalCdf(-away - reach);
        expect(sampleRatioPower(evenBut(share), count)).toBeCloseTo(plain, 9);
      }),
    );
  });

  it('are just enough', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.52, max: 0.8, noNaN: true }), fc.constantFrom(0.5, 0.8, 0.95), (share, power) => {
        const count = sampleRatioCount(evenBut(share), power);
        expect(sampleRatioPower(evenBut(share), count)).toBeGreaterThanOrEqual(power - 1e-9);
        expect(sampleRatioPower(evenBut(share), count - 1)).toBeLessThan(power);
      }),
      { numRuns: 30 },
    );
    expect(sampleRatioCount(evenBut(0.5), 0.8)).toBe(Number.POSITIVE_INFINITY);
    expect(() => sampleRatioCount(evenBut(0.6), 1)).toThrow(RangeError);
    expect(() => sampleRatioPower({ planned: [1, 1], actual: [1, 1, 1] }, 10)).toThrow(RangeError);
  });
});
