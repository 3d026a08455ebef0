import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { betaCdf, betaQuantile } from '../../src/stats/beta.js';
import { HOURS_PER_WEEK, kernelForEvidence, smoothWeek, type WeekKernel } from '../../src/stats/circularWeek.js';
import { gammaCdf, gammaQuantile, logGamma } from '../../src/stats/gamma.js';

const sum = (values: Iterable<number>) => [...values].reduce((total, v) => total + v, 0);
const oneAt = (cell: number) => Float64Array.from({ length: HOURS_PER_WEEK }, (_, i) => (i === cell ? 1 : 0));
const MONDAY_23 = 23;
const TUESDAY_00 = 24;

describe('logGamma', () => {
  it('knows the factorials and the half integers', () => {
    expect(logGamma(1)).toBeCloseTo(0, 13);
    expect(logGamma(2)).toBeCloseTo(0, 13);
    expect(logGamma(11)).toBeCloseTo(Math.log(3_628_800), 12);
    expect(logGamma(0.5)).toBeCloseTo(0.5 * Math.log(Math.PI), 13);
    expect(logGamma(1e-3)).toBeCloseTo(6.907178885383853, 12);
    expect(logGamma(1000) / 5905.220423209181).toBeCloseTo(1, 14);
  });

  it('refuses what has no logarithm', () => {
    for (const x of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => logGamma(x)).toThrow(RangeError);
  });
});

describe('the Gamma distribution', () => {
  it('is exponential for shape 1', () => {
    for (const x of [1e-8, 0.1, 1, 3, 30]) expect(gammaCdf(x, 1)).toBeCloseTo(-Math.expm1(-x), 14);
  });

  it('gives the tabulated quantiles of chi-square', () => {
    expect(2 * gammaQuantile(0.95, 0.5)).toBeCloseTo(3.841458820694124, 11);
    expect(2 * gammaQuantile(0.95, 5)).toBeCloseTo(18.307038053275146, 11);
    expect(2 * gammaQuantile(0.05, 5)).toBeCloseTo(3.940299136121196, 10);
    expect(2 * gammaQuantile(0.5, 50)).toBeCloseTo(99.33412923598856, 9);
  });

  it('gives the cumulative probabilities computed in 30 digits', () => {
    expect(gammaCdf(0.001, 0.1)).toBeCloseTo(0.5267685683924451, 13);
    expect(gammaCdf(40, 50)).toBeCloseTo(0.0703350666593949, 13);
    expect(gammaCdf(1100, 1000)).toBeCloseTo(0.99894067674607, 11);
    expect(gammaCdf(9, 3.5)).toBeCloseTo(0.9880299976459704, 13);
  });

  it('has quantiles that undo its cumulative probabilities, at any scale', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -2, max: 5, noNaN: true }),
        fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }),
        (log, p) => {
          const shape = 10 ** log;
          const x = gammaQuantile(p, shape);
          expect(x === 0 || Math.abs(gammaCdf(x, shape) - p) < 1e-8).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('has its ends at zero and infinity', () => {
    expect(gammaQuantile(0, 2)).toBe(0);
    expect(gammaQuantile(1, 2)).toBe(Number.POSITIVE_INFINITY);
    expect(gammaQuantile(0.1, 1e-4)).toBe(0);
    expect(() => gammaQuantile(1.1, 2)).toThrow(RangeError);
    expect(() => gammaCdf(-1, 2)).toThrow(RangeError);
  });
});

describe('the Beta distribution', () => {
  it('agrees with its closed forms', () => {
    expect(betaCdf(0.5, 2, 3)).toBeCloseTo(11 / 16, 14);
    for (const x of [1e-9, 0.01, 0.3, 0.5, 0.9, 0.999]) {
      expect(betaCdf(x, 1, 7)).toBeCloseTo(1 - (1 - x) ** 7, 13);
      expect(betaCdf(x, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(x)), 13);
    }
  });

  it('gives the cumulative probabilities computed in 30 digits', () => {
    expect(betaCdf(0.001, 0.3, 20)).toBeCloseTo(0.341273500871105, 13);
    expect(betaCdf(1e-12, 0.05, 9)).toBeCloseTo(0.287216409901626, 13);
    expect(betaCdf(0.31, 300, 700)).toBeCloseTo(0.756418682731544, 11);
    expect(betaCdf(0.4, 2.5, 5)).toBeCloseTo(0.6741406761500155, 13);
  });

  it('gives the tabulated quantiles of Student and Fisher', () => {
    const t = 2.228138851986275;
    expect(betaCdf(10 / (10 + t * t), 5, 0.5)).toBeCloseTo(0.05, 12);
    const x = betaQuantile(0.95, 2.5, 5);
    expect((10 * x) / (5 * (1 - x))).toBeCloseTo(3.325834530413011, 9);
  });

  it('is the tail of a binomial for whole numbers', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 15 }),
        fc.integer({ min: 1, max: 15 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (a, b, x) => {
          const n = a + b - 1;
          let tail = 0;
          for (let k = a; k <= n; k++) {
            const ways = Math.exp(logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1));
            tail += ways * x ** k * (1 - x) ** (n - k);
          }
          expect(betaCdf(x, a, b)).toBeCloseTo(tail, 11);
        },
      ),
    );
  });

  it('has quantiles that undo its cumulative probabilities, for parameters of any size', () => {
    const logs = fc.double({ min: -2, max: 4, noNaN: true });
    fc.assert(
      fc.property(logs, logs, fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), (logA, logB, p) => {
        const [a, b] = [10 ** logA, 10 ** logB];
        const x = betaQuantile(p, a, b);
        // Beside 1 the doubles are too coarse to hit p: then p lies between the two nearest.
        const before = betaCdf(Math.max(0, x - 2.3e-16), a, b);
        const after = betaCdf(Math.min(1, x + 2.3e-16), a, b);
        expect(before - 1e-8 <= p && p <= after + 1e-8).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('refuses what is no Beta distribution', () => {
    expect(() => betaCdf(0.5, 0, 1)).toThrow(RangeError);
    expect(() => betaCdf(1.5, 1, 1)).toThrow(RangeError);
    expect(() => betaQuantile(Number.NaN, 1, 1)).toThrow(RangeError);
    expect([betaQuantile(0, 2, 3), betaQuantile(1, 2, 3)]).toEqual([0, 1]);
  });
});

describe('smoothWeek', () => {
  const anyKernel: fc.Arbitrary<WeekKernel> = fc.record({
    sigmaHours: fc.double({ min: 0, max: 24, noNaN: true }),
    sameKindOfDay: fc.double({ min: 0, max: 1, noNaN: true }),
    otherKindOfDay: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const anyWeek = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 168, maxLength: 168 });

  it('shares one weekday hour out over the days by affinity when there is no blur', () => {
    const kernel = { sigmaHours: 0, sameKindOfDay: 0.5, otherKindOfDay: 0.05 };
    const smoothed = smoothWeek(oneAt(9), kernel);
    // 1 + 4 × 0.5 + 2 × 0.05 = 3.1
    const byDay = [0, 1, 2, 3, 4, 5, 6].map((day) => smoothed[day * 24 + 9] ?? 0);
    expect(byDay.map((x) => Number((x * 3.1).toFixed(12)))).toEqual([1, 0.5, 0.5, 0.5, 0.5, 0.05, 0.05]);
  });

  it('shares one weekend hour out likewise', () => {
    const smoothed = smoothWeek(oneAt(5 * 24), { sigmaHours: 0, sameKindOfDay: 0.5, otherKindOfDay: 0.05 });
    // 1 + 0.5 + 5 × 0.05 = 1.75
    expect([smoothed[120], smoothed[144], smoothed[0]].map((x) => (x ?? 0) * 1.75)).toEqual([
      expect.closeTo(1, 12),
      expect.closeTo(0.5, 12),
      expect.closeTo(0.05, 12),
    ]);
  });

  it('spills over midnight into the next day, and from Sunday into Monday', () => {
    const kernel = { sigmaHours: 1, sameKindOfDay: 0, otherKindOfDay: 0 };
    const monday = smoothWeek(oneAt(MONDAY_23), kernel);
    expect(monday[TUESDAY_00]).toBeCloseTo(monday[MONDAY_23 - 1] ?? 0, 14);
    expect(monday[0]).toBe(0);
    const sunday = smoothWeek(oneAt(167), kernel);
    expect(sunday[0]).toBeCloseTo(sunday[166] ?? 0, 14);
    expect(sunday[0]).toBeGreaterThan(0.2);
  });

  it('keeps the mass and is never negative', () => {
    fc.assert(
      fc.property(anyWeek, anyKernel, (week, kernel) => {
        const smoothed = smoothWeek(week, kernel);
        expect(sum(smoothed)).toBeCloseTo(sum(week), 7);
        expect(Math.min(...smoothed)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 100 },
    );
  });

  it('agrees with a plain sum over source cells, days and whole-hour distances', () => {
    fc.assert(
      fc.property(anyWeek, fc.double({ min: 0.3, max: 3, noNaN: true }), (week, sigmaHours) => {
        const plain = new Array<number>(168).fill(0);
        const reach = Math.ceil(5 * sigmaHours);
        const bell = (d: number) => Math.exp(-(d * d) / (2 * sigmaHours * sigmaHours));
        let bellSum = 0;
        for (let d = -reach; d <= reach; d++) bellSum += bell(d);
        for (let source = 0; source < 168; source++) {
          const day = Math.floor(source / 24);
          const affinity = (other: number) => (other === day ? 1 : other >= 5 === day >= 5 ? 0.6 : 0.1);
          const affinitySum = sum([0, 1, 2, 3, 4, 5, 6].map(affinity));
          for (let other = 0; other < 7; other++) {
            for (let d = -reach; d <= reach; d++) {
              const target = (other * 24 + (source % 24) + d + 168) % 168;
              const weight = (affinity(other) / affinitySum) * (bell(d) / bellSum);
              plain[target] = (plain[target] ?? 0) + weight * (week[source] ?? 0);
            }
          }
        }
        const smoothed = smoothWeek(week, { sigmaHours, sameKindOfDay: 0.6, otherKindOfDay: 0.1 });
        for (const [cell, value] of plain.entries()) expect(smoothed[cell]).toBeCloseTo(value, 8);
      }),
      { numRuns: 10 },
    );
  });

  it('leaves its argument alone and refuses what is no week', () => {
    const week = oneAt(3);
    smoothWeek(week, kernelForEvidence(0));
    expect(week).toEqual(oneAt(3));
    expect(() => smoothWeek([1, 2, 3], kernelForEvidence(0))).toThrow(RangeError);
    expect(() => smoothWeek(week, { sigmaHours: -1, sameKindOfDay: 0, otherKindOfDay: 0 })).toThrow(RangeError);
    expect(() => smoothWeek(week, { sigmaHours: 1, sameKindOfDay: 2, otherKindOfDay: 0 })).toThrow(RangeError);
  });

  it('narrows its kernel as evidence grows', () => {
    expect(kernelForEvidence(0)).toEqual({ sigmaHours: 1.5, sameKindOfDay: 0.7, otherKindOfDay: 0.2 });
    // 1 + 9300 / 300 = 32 = 2^5
    expect(kernelForEvidence(9_300).sigmaHours).toBeCloseTo(0.75, 12);
  });
});
