import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logGamma } from '../../src/stats/gamma.js';
import { meanDifference, sampleOfProportion } from '../../src/stats/meanDifference.js';
import { meanDifferenceSequence, meanSequence, sequenceReach } from '../../src/stats/meanSequence.js';
import { proportionDifferenceSequence, proportionSequence } from '../../src/stats/proportionSequence.js';
import { proportionDifference, wilsonInterval } from '../../src/stats/proportions.js';

const proportion = fc
  .integer({ min: 1, max: 400 })
  .chain((trials) => fc.integer({ min: 0, max: trials }).map((successes) => ({ successes, trials })));
const level = fc.constantFrom(0.8, 0.95);

/** The boundary of Waudby-Smith et al. as printed, for unit variance: √(2(tρ² + 1)/(t²ρ²) ln(√(tρ² + 1)/α)). */
const printedMargin = (t: number, rho: number, alpha: number) =>
  Math.sqrt(((2 * (t * rho ** 2 + 1)) / (t ** 2 * rho ** 2)) * Math.log(Math.sqrt(t * rho ** 2 + 1) / alpha));

describe('the reach of a sequence', () => {
  it('is the printed boundary at the ρ that is best for the planned count', () => {
    // The paper’s closed form for ρ at time n: √((−2 ln α + ln(−2 ln α + 1))/n), close to the exact optimum.
    for (const alpha of [0.05, 0.2]) {
      const rho = Math.sqrt((-2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha) + 1)) / 1000);
      for (const t of [50, 300, 1000, 5000]) {
        expect(sequenceReach(t, 1000, 1 - alpha) / Math.sqrt(t) / printedMargin(t, rho, alpha)).toBeCloseTo(1, 1);
      }
      let least = Number.POSITIVE_INFINITY;
      for (let r = 0.01; r < 0.3; r += 1e-5) least = Math.min(least, printedMargin(1000, r, alpha));
      expect(sequenceReach(1000, 1000, 1 - alpha) / Math.sqrt(1000)).toBeCloseTo(least, 8);
    }
  });

  it('is least at the planned count, whatever other ρ is tried', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 10_000 }),
        level,
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        (n, l, factor) => {
          const best = sequenceReach(n, n, l);
          expect(best).toBeLessThanOrEqual(sequenceReach(n, n * factor, l) + 1e-12);
          expect(best).toBeCloseTo(sequenceReach(1, 1, l), 9);
        },
      ),
    );
    expect(sequenceReach(1, 1, 0.95)).toBeCloseTo(3.035, 3);
  });

  it('refuses what is no count or level', () => {
    expect(() => sequenceReach(0, 10, 0.95)).toThrow(RangeError);
    expect(() => sequenceReach(10, 0, 0.95)).toThrow(RangeError);
    expect(() => sequenceReach(10, 10, 95)).toThrow(RangeError);
  });
});

describe('the sequence of a mean', () => {
  const first = { count: 400, mean: 3.2, variance: 4 };
  const second = { count: 100, mean: 3, variance: 1 };

  it('is the mean and so many standard errors', () => {
    const found = meanSequence(first, { plannedCount: 1000, level: 0.8 });
    expect(found?.high).toBeCloseTo(3.2 + 0.1 * sequenceReach(400, 1000, 0.8), 12);
    const difference = meanDifferenceSequence(first, second, { plannedCount: 1000 });
    expect(difference?.estimate).toBeCloseTo(0.2, 12);
    expect(difference?.low).toBeCloseTo(0.2 - Math.sqrt(0.02) * sequenceReach(500, 1000, 0.95), 12);
  });

  it('is wider than the interval for one look, at any count', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 1e6 }), fc.integer({ min: 1, max: 1e6 }), level, (n, planned, l) => {
        const sample = { ...first, count: n };
        const sequence = meanDifferenceSequence(sample, sample, { plannedCount: planned, level: l });
        const once = meanDifference(sample, sample, l);
        expect(sequence?.high).toBeGreaterThan(once?.high ?? Number.NaN);
      }),
    );
  });

  it('is not given for too few, nor where nobody differs', () => {
    const options = { plannedCount: 100 };
    expect(meanSequence({ ...first, count: 99 }, options)).toBeNull();
    expect(meanSequence({ ...first, count: 99 }, { ...options, leastCount: 50 })).not.toBeNull();
    expect(meanSequence({ ...first, variance: 0 }, options)).toBeNull();
    expect(meanDifferenceSequence(first, { ...second, count: 30 }, options)).toBeNull();
    expect(() => meanSequence(first, { ...options, leastCount: 1 })).toThrow(RangeError);
  });
});

describe('the sequence of a proportion', () => {
  /** B(½ + s, ½ + f)/B(½, ½) is a product of plain fractions: the chance that Krichevsky & Trofimov (1981) give. */
  const plainMixed = (successes: number, failures: number) => {
    let value = 1;
    for (let i = 0; i < successes; i++) value *= (i + 0.5) / (i + 1);
    for (let i = 0; i < failures; i++) value *= (i + 0.5) / (successes + i + 1);
    return value;
  };

  it('agrees with the table of Krichevsky & Trofimov, 1/2, 3/8, 1/8, 5/16 and 1/16', () => {
    expect([plainMixed(1, 0), plainMixed(2, 0), plainMixed(1, 1)]).toEqual([1 / 2, 3 / 8, 1 / 8]);
    expect([plainMixed(3, 0), plainMixed(2, 1)]).toEqual([5 / 16, 1 / 16]);
    // One success: p^1 = α · 1/2, so 95 % sequences begin at 0.025.
    expect(proportionSequence({ successes: 1, trials: 1 }).low).toBeCloseTo(0.025, 12);
    expect(proportionSequence({ successes: 0, trials: 3 }, 0.8).high).toBeCloseTo(1 - (0.2 * (5 / 16)) ** (1 / 3), 12);
  });

  it('has as ends the proportions at which the mixed likelihood is 1/α times their own', () => {
    fc.assert(
      fc.property(proportion, level, (a, l) => {
        const { estimate, low, high } = proportionSequence(a, l);
        const { successes: s, trials: n } = a;
        const logMixed = logGamma(s + 0.5) + logGamma(n - s + 0.5) - logGamma(n + 1) - Math.log(Math.PI);
        const ratioAt = (p: number) => logMixed - s * Math.log(p) - (n - s) * Math.log1p(-p);
        if (s > 0) expect(ratioAt(low)).toBeCloseTo(-Math.log(1 - l), 7);
        else expect(low).toBe(0);
        if (s < n) expect(ratioAt(high)).toBeCloseTo(-Math.log(1 - l), 7);
        else expect(high).toBe(1);
        expect(low).toBeLessThanOrEqual(estimate);
        expect(high).toBeGreaterThanOrEqual(estimate);
        expect(high - low).toBeGreaterThan((wilsonInterval(a, l)?.high ?? 0) - (wilsonInterval(a, l)?.low ?? 0));
      }),
    );
  });

  it('is everything before anybody was counted', () => {
    const nobody = { successes: 0, trials: 0 };
    expect(proportionSequence(nobody)).toEqual({ estimate: 0.5, low: 0, high: 1 });
    expect(proportionDifferenceSequence(nobody, { successes: 1, trials: 2 })).toEqual({
      estimate: 0,
      low: -1,
      high: 1,
    });
    expect(() => proportionSequence({ successes: 3, trials: 2 })).toThrow(RangeError);
    expect(() => proportionDifferenceSequence(nobody, nobody, 2)).toThrow(RangeError);
  });
});

describe('the sequence of the difference of two proportions', () => {
  it('is that of the best and the worst pair on a fine grid', () => {
    const [a, b] = [
      { successes: 8, trials: 20 },
      { successes: 3, trials: 30 },
    ];
    const ratioOf = ({ successes: s, trials: n }: typeof a, p: number) =>
      logGamma(s + 0.5) +
      logGamma(n - s + 0.5) -
      logGamma(n + 1) -
      Math.log(Math.PI) -
      s * Math.log(p) -
      (n - s) * Math.log1p(-p);
    let [low, high] = [1, -1];
    for (let i = 1; i < 1000; i++) {
      for (let j = 1; j < 1000; j++) {
        if (ratioOf(a, i / 1000) + ratioOf(b, j / 1000) >= Math.log(5)) continue;
        low = Math.min(low, (i - j) / 1000);
        high = Math.max(high, (i - j) / 1000);
      }
    }
    const found = proportionDifferenceSequence(a, b, 0.8);
    expect(found.estimate).toBeCloseTo(0.3, 12);
    expect(Math.abs(found.low - low)).toBeLessThan(0.0025);
    expect(Math.abs(found.high - high)).toBeLessThan(0.0025);
  });

  it('contains what was observed, lies within what is possible, and turns its sign with the order', () => {
    fc.assert(
      fc.property(proportion, proportion, level, (a, b, l) => {
        const { estimate, low, high } = proportionDifferenceSequence(a, b, l);
        expect(low).toBeGreaterThanOrEqual(-1);
        expect(low).toBeLessThanOrEqual(estimate);
        expect(high).toBeGreaterThanOrEqual(estimate);
        expect(high).toBeLessThanOrEqual(1);
        expect(proportionDifferenceSequence(b, a, l).low).toBeCloseTo(-high, 9);
        const once = proportionDifference(a, b, l);
        expect(high - low).toBeGreaterThan(((once?.high ?? 0) - (once?.low ?? 0)) * 0.95);
      }),
    );
  });

  it('is narrower than two sequences at half the risk, for samples of one size', () => {
    const sized = fc
      .integer({ min: 20, max: 400 })
      .chain((trials) =>
        fc
          .tuple(fc.double({ min: 0.2, max: 0.8, noNaN: true }), fc.double({ min: 0.2, max: 0.8, noNaN: true }))
          .map((shares) => shares.map((share) => ({ successes: Math.round(share * trials), trials }))),
      );
    fc.assert(
      fc.property(sized, level, (samples, l) => {
        const [a, b] = samples;
        if (a === undefined || b === undefined) throw new Error('There are two.');
        const found = proportionDifferenceSequence(a, b, l);
        const [one, two] = [proportionSequence(a, 1 - (1 - l) / 2), proportionSequence(b, 1 - (1 - l) / 2)];
        expect(found.high - found.low).toBeLessThan(one.high - one.low + two.high - two.low);
      }),
    );
  });

  it('comes near the asymptotic one for many', () => {
    const [a, b] = [sampleOfProportion(4200, 10_000), sampleOfProportion(4000, 10_000)];
    const asymptotic = meanDifferenceSequence(a, b, { plannedCount: 20_000 });
    const found = proportionDifferenceSequence({ successes: 4200, trials: 1e4 }, { successes: 4000, trials: 1e4 });
    const width = (asymptotic?.high ?? 0) - (asymptotic?.low ?? 0);
    expect((found.high - found.low) / width).toBeGreaterThan(1);
    expect((found.high - found.low) / width).toBeLessThan(2);
  });
});
