import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestMean, bestProportion } from '../../src/stats/bestVariant.js';
import { normalCdf } from '../../src/stats/normal.js';
import {
  countForMeans,
  countForProportions,
  detectableMeanDifference,
  detectableRise,
  powerOfMeans,
  powerOfProportions,
} from '../../src/stats/power.js';
import { integrate } from '../../src/stats/quadrature.js';
import { GUARDRAIL_VERDICTS, guardrailVerdict, VERDICTS, verdictOf } from '../../src/stats/verdict.js';

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const proportion = fc
  .integer({ min: 0, max: 60 })
  .chain((trials) => fc.integer({ min: 0, max: trials }).map((successes) => ({ successes, trials })));

describe('the integral', () => {
  it('is exact for polynomials of degree 15, in one piece as in many', () => {
    expect(integrate((x) => 16 * x ** 15, [0, 1])).toBeCloseTo(1, 13);
    expect(integrate((x) => 16 * x ** 15, [0, 0.3, 0.35, 1])).toBeCloseTo(1, 13);
    expect(integrate(Math.exp, [3])).toBe(0);
  });
});

describe('the variant with the highest proportion', () => {
  /** Miller 2014, “Formulas for Bayesian A/B testing”, eq. 6, with its Beta functions as plain products. */
  const millersFormula = (a: { successes: number; trials: number }, b: typeof a) => {
    const [alphaA, betaA] = [a.successes + 1, a.trials - a.successes + 1];
    const [alphaB, betaB] = [b.successes + 1, b.trials - b.successes + 1];
    const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
    const beta = (x: number, y: number) => (factorial(x - 1) / factorial(x + y - 1)) * factorial(y - 1);
    let total = 0;
    for (let i = 0; i < alphaB; i++) {
      total += beta(alphaA + i, betaB + betaA) / ((betaB + i) * beta(1 + i, betaB) * beta(alphaA, betaA));
    }
    return total;
  };

  it('is found by Miller’s closed formula for two variants', () => {
    // By hand: Beta(2, 1) beats Beta(1, 1) two times out of three.
    expect(millersFormula({ successes: 0, trials: 0 }, { successes: 1, trials: 1 })).toBeCloseTo(2 / 3, 14);
    fc.assert(
      fc.property(proportion, proportion, (a, b) => {
        const [, second] = bestProportion([a, b]);
        expect(second?.probabilityBest).toBeCloseTo(millersFormula(a, b), 7);
      }),
    );
  });

  it('sums to one over three, whatever their order, and loses nothing on average where it is sure', () => {
    fc.assert(
      fc.property(proportion, proportion, proportion, (a, b, c) => {
        const there = bestProportion([a, b, c]);
        const back = bestProportion([c, b, a]);
        expect(sum(there.map((belief) => belief.probabilityBest))).toBeCloseTo(1, 9);
        expect(back[2]?.probabilityBest).toBeCloseTo(there[0]?.probabilityBest ?? Number.NaN, 7);
        for (const { expectedLoss } of there) expect(expectedLoss).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 40 },
    );
    const [low, high] = bestProportion([
      { successes: 10, trials: 1000 },
      { successes: 900, trials: 1000 },
    ]);
    expect([low?.probabilityBest, high?.probabilityBest]).toEqual([expect.closeTo(0, 9), expect.closeTo(1, 9)]);
    expect([low?.expectedLoss, high?.expectedLoss]).toEqual([
      expect.closeTo(901 / 1002 - 11 / 1002, 6),
      expect.closeTo(0, 9),
    ]);
  });

  it('stays right for many people and rare events', () => {
    // Nearly normal: 100,000 people a variant, 2,000 and 2,100 of them.
    const beliefs = bestProportion([
      { successes: 2000, trials: 100_000 },
      { successes: 2100, trials: 100_000 },
    ]);
    const error = Math.sqrt((0.02 * 0.98 + 0.021 * 0.979) / 100_000);
    expect(beliefs[1]?.probabilityBest).toBeCloseTo(normalCdf(0.001 / error), 2);
    const [never, once] = bestProportion([
      { successes: 0, trials: 100_000 },
      { successes: 1, trials: 100_000 },
    ]);
    // Waiting times: the sum of two exponentials passes one of them three times out of four.
    expect(once?.probabilityBest).toBeCloseTo(0.75, 4);
    expect(never?.probabilityBest).toBeCloseTo(0.25, 4);
    expect(() => bestProportion([{ successes: 2, trials: 1 }])).toThrow(RangeError);
    expect(() => bestProportion([{ successes: 0, trials: 1 }], { successes: 0.5, failures: 1 })).toThrow(RangeError);
  });
});

describe('the variant with the highest mean', () => {
  it('loses the tabulated expected maximum of so many standard normals', () => {
    // Harter 1961, table 1: expected values of the largest of n.
    for (const [n, largest] of [
      [2, 0.56419],
      [3, 0.84628],
      [4, 1.02938],
      [5, 1.16296],
      [10, 1.53875],
    ] as const) {
      const beliefs = bestMean(Array.from({ length: n }, () => ({ mean: 7, standardError: 1 })));
      for (const { probabilityBest, expectedLoss } of beliefs) {
        expect(probabilityBest).toBeCloseTo(1 / n, 9);
        expect(expectedLoss).toBeCloseTo(largest, 5);
      }
    }
  });

  it('is the one of two by the normal probability of their difference, and loses by its closed formula', () => {
    const figure = fc.record({
      mean: fc.double({ min: -5, max: 5, noNaN: true }),
      standardError: fc.double({ min: 0.05, max: 5, noNaN: true }),
    });
    fc.assert(
      fc.property(figure, figure, (a, b) => {
        const spread = Math.hypot(a.standardError, b.standardError);
        const z = (a.mean - b.mean) / spread;
        const [first] = bestMean([a, b]);
        expect(first?.probabilityBest).toBeCloseTo(normalCdf(z), 6);
        // E max(0, B − A) for a normal difference.
        const loss = spread * (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI) - z * normalCdf(-z));
        expect(first?.expectedLoss).toBeCloseTo(loss, 5);
      }),
    );
    expect(() => bestMean([{ mean: 1, standardError: 0 }])).toThrow(RangeError);
    expect(() => bestMean([])).toThrow(RangeError);
  });
});

describe('the number of people it takes', () => {
  it('is that of R’s example(power.t.test)', () => {
    // power.t.test(n = 20, delta = 1, sd = 1): power = 0.8689528
    expect(powerOfMeans(1, 20)).toBeCloseTo(0.8689528, 7);
    // power.t.test(power = .90, delta = 1): n = 22.02110
    expect(powerOfMeans(1, 22.0211)).toBeCloseTo(0.9, 6);
    expect(countForMeans(1, -1, { power: 0.9 })).toBe(23);
    expect(detectableMeanDifference(3, 22.0211, { power: 0.9 })).toBeCloseTo(3, 5);
  });

  it('is that of R’s example(power.prop.test)', () => {
    // power.prop.test(n = 50, p1 = .50, p2 = .75): power = 0.740; (p1 = .50, p2 = .75, power = .90): n = 76.7
    expect(powerOfProportions(0.5, 0.75, 50)).toBeCloseTo(0.74, 3);
    expect(powerOfProportions(0.5, 0.75, 76.7)).toBeCloseTo(0.9, 3);
    expect(countForProportions(0.5, 0.75, { power: 0.9 })).toBe(77);
    // power.prop.test(n = 50, p1 = .5, power = .90): p2 = 0.8026141, to R’s own tolerance of 1e-4.
    expect(detectableRise(0.5, 50, { power: 0.9 })).toBeCloseTo(0.3026141, 4);
  });

  it('is just enough', () => {
    const options = fc.record({
      level: fc.constantFrom(0.8, 0.95),
      power: fc.constantFrom(0.8, 0.9),
      secondPerFirst: fc.constantFrom(0.1, 1, 9),
    });
    fc.assert(
      fc.property(options, fc.double({ min: 0.2, max: 2, noNaN: true }), (o, difference) => {
        const count = countForMeans(1.5, difference, o);
        expect(powerOfMeans(difference / 1.5, count, o)).toBeGreaterThanOrEqual(o.power);
        expect(detectableMeanDifference(1.5, count, o)).toBeLessThanOrEqual(difference * (1 + 1e-9));
      }),
      { numRuns: 25 },
    );
    fc.assert(
      fc.property(options, fc.double({ min: 0.05, max: 0.3, noNaN: true }), (o, rise) => {
        const count = countForProportions(0.3 + rise, 0.3, o);
        expect(powerOfProportions(0.3 + rise, 0.3, count, o)).toBeGreaterThanOrEqual(o.power);
        if (count > 1) expect(powerOfProportions(0.3 + rise, 0.3, count - 1, o)).toBeLessThan(o.power);
        expect(detectableRise(0.3, count, o)).toBeLessThanOrEqual(rise + 1e-9);
      }),
    );
  });

  it('cannot be given for no difference, nor out of range', () => {
    expect(() => countForMeans(1, 0)).toThrow(RangeError);
    expect(() => countForMeans(0, 1)).toThrow(RangeError);
    expect(() => countForProportions(0.5, 0.5)).toThrow(RangeError);
    expect(() => powerOfProportions(0.5, 1.2, 10)).toThrow(RangeError);
    expect(() => powerOfMeans(1, 1)).toThrow(RangeError);
    expect(() => powerOfMeans(1, 10, { power: 1 })).toThrow(RangeError);
    expect(() => powerOfMeans(1, 10, { secondPerFirst: 0 })).toThrow(RangeError);
    expect(detectableRise(0.9, 5)).toBeNull();
    expect(powerOfProportions(1, 0, 100)).toBe(1);
  });
});

describe('the verdict', () => {
  const options = { smallestEffect: 0.02 };

  it('is one of four', () => {
    expect(verdictOf({ low: 0.001, high: 0.1 }, options)).toBe('IMPROVED');
    expect(verdictOf({ low: -0.1, high: -0.001 }, options)).toBe('WORSE');
    expect(verdictOf({ low: -0.01, high: 0.02 }, options)).toBe('NO_CLEAR_CHANGE');
    expect(verdictOf({ low: -0.01, high: 0.03 }, options)).toBe('CANNOT_TELL');
    expect(verdictOf(null, options)).toBe('CANNOT_TELL');
    expect(verdictOf({ low: 0.5, high: 1 }, { ...options, isTrustworthy: false })).toBe('CANNOT_TELL');
    expect(verdictOf({ low: -0.1, high: -0.001 }, { ...options, isLessBetter: true })).toBe('IMPROVED');
    expect(() => verdictOf({ low: 0, high: 1 }, { smallestEffect: -1 })).toThrow(RangeError);
    expect(() => verdictOf({ low: 1, high: 0 }, options)).toThrow(RangeError);
  });

  it('of a guardrail asks whether the loss is within its margin', () => {
    expect(guardrailVerdict({ low: -0.01, high: 0.03 }, 0.02)).toBe('HELD');
    expect(guardrailVerdict({ low: -0.015, high: -0.001 }, 0.02)).toBe('HELD');
    expect(guardrailVerdict({ low: -0.03, high: -0.001 }, 0.02)).toBe('BROKEN');
    expect(guardrailVerdict({ low: -0.03, high: 0.001 }, 0.02)).toBe('CANNOT_TELL');
    expect(guardrailVerdict({ low: -0.03, high: 0.001 }, 0.02, true)).toBe('HELD');
    expect(guardrailVerdict(null, 0.02)).toBe('CANNOT_TELL');
    expect(() => guardrailVerdict(null, Number.NaN)).toThrow(RangeError);
  });

  it('turns with the sign, and a narrower interval never contradicts a wider one', () => {
    const bounds = fc
      .tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true }))
      .map(([a, b]) => ({ low: Math.min(a, b), high: Math.max(a, b) }));
    const mirrored = {
      IMPROVED: 'WORSE',
      WORSE: 'IMPROVED',
      NO_CLEAR_CHANGE: 'NO_CLEAR_CHANGE',
      CANNOT_TELL: 'CANNOT_TELL',
    };
    fc.assert(
      fc.property(bounds, fc.double({ min: 0, max: 1, noNaN: true }), (interval, smallestEffect) => {
        const verdict = verdictOf(interval, { smallestEffect });
        expect(verdictOf(interval, { smallestEffect, isLessBetter: true })).toBe(mirrored[verdict]);
        expect(VERDICTS).toContain(verdict);
        expect(GUARDRAIL_VERDICTS).toContain(guardrailVerdict(interval, smallestEffect));
        const wider = verdictOf({ low: interval.low - 0.1, high: interval.high + 0.1 }, { smallestEffect });
        if (wider === 'IMPROVED' || wider === 'WORSE') expect(verdict).toBe(wider);
        if (wider === 'NO_CLEAR_CHANGE') expect(verdict).not.toBe('CANNOT_TELL');
      }),
    );
  });
});
