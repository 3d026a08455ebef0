import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chiSquareUpperTail, gammaCdf, gammaUpperTail } from '../../src/stats/gamma.js';
import { normalCdf, normalQuantile, normalReach } from '../../src/stats/normal.js';
import { studentCdf, studentQuantile, studentReach } from '../../src/stats/student.js';

const probability = fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true });

describe('the normal distribution', () => {
  it('gives the tabulated probabilities (NIST/SEMATECH e-Handbook 1.3.6.7.1) and quantiles', () => {
    // The table holds the area from 0 to x.
    expect(normalCdf(1) - 0.5).toBeCloseTo(0.34134, 5);
    expect(normalCdf(1.96) - 0.5).toBeCloseTo(0.475, 5);
    expect(normalCdf(2.58) - 0.5).toBeCloseTo(0.49506, 5);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
    expect(normalQuantile(0.9)).toBeCloseTo(1.2815515655446004, 12);
    expect(normalQuantile(0.9995)).toBeCloseTo(3.2905267314919255, 12);
    expect(normalReach(0.8)).toBeCloseTo(1.2815515655446004, 12);
  });

  it('gives the probabilities computed in 30 digits, far into the tail', () => {
    expect(normalCdf(-1)).toBeCloseTo(0.158655253931457, 14);
    expect(normalCdf(0.3)).toBeCloseTo(0.617911422188953, 14);
    expect(normalCdf(2.5)).toBeCloseTo(0.993790334674224, 14);
    expect(normalCdf(-8) / 6.22096057427178e-16).toBeCloseTo(1, 11);
    expect(normalCdf(-20) / 2.75362411860623e-89).toBeCloseTo(1, 11);
    expect([Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY].map(normalCdf)).toEqual([0, 0.5, 1]);
  });

  it('has quantiles that undo its probabilities, and are the other way round below one half', () => {
    fc.assert(
      fc.property(probability, (p) => {
        expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 13);
        expect(normalQuantile(p / 2)).toBeCloseTo(-normalQuantile(1 - p / 2), 5);
      }),
    );
    expect(normalCdf(normalQuantile(1e-200)) / 1e-200).toBeCloseTo(1, 8);
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  it('refuses what is no probability, level or number', () => {
    expect(() => normalQuantile(1.1)).toThrow(RangeError);
    expect(() => normalCdf(Number.NaN)).toThrow(RangeError);
    for (const level of [0, 1, 95, Number.NaN]) expect(() => normalReach(level)).toThrow(RangeError);
  });
});

describe('Student’s distribution', () => {
  it('gives the tabulated quantiles (NIST/SEMATECH e-Handbook 1.3.6.7.2)', () => {
    const table = [
      [1, 12.706, 3.078],
      [2, 4.303, 1.886],
      [5, 2.571, 1.476],
      [10, 2.228, 1.372],
      [30, 2.042, 1.31],
      [100, 1.984, 1.29],
    ] as const;
    for (const [degreesOfFreedom, at95, at80] of table) {
      expect(studentReach(0.95, degreesOfFreedom)).toBeCloseTo(at95, 3);
      expect(studentReach(0.8, degreesOfFreedom)).toBeCloseTo(at80, 3);
    }
    // Handbook 1.3.5.3, where the two-sample test has 326 degrees of freedom.
    expect(studentQuantile(0.975, 326)).toBeCloseTo(1.9673, 4);
  });

  it('gives the probabilities computed in 30 digits, for degrees of freedom that are not whole too', () => {
    expect(studentCdf(1.5, 3.7)).toBeCloseTo(0.893200915398993, 13);
    expect(studentCdf(2, 50)).toBeCloseTo(0.974526465631153, 13);
    expect(studentCdf(0.1, 200)).toBeCloseTo(0.539777753747839, 13);
    expect(studentCdf(4, 1)).toBeCloseTo(0.922020869622631, 13);
  });

  it('has quantiles that undo its probabilities, further out than those of the normal', () => {
    fc.assert(
      fc.property(probability, fc.double({ min: -0.3, max: 4, noNaN: true }), (p, log) => {
        const degreesOfFreedom = 10 ** log;
        const t = studentQuantile(p, degreesOfFreedom);
        expect(studentCdf(t, degreesOfFreedom)).toBeCloseTo(p, 10);
        expect(Math.abs(t)).toBeGreaterThanOrEqual(Math.abs(normalQuantile(p)) * (1 - 1e-9));
      }),
      { numRuns: 300 },
    );
  });

  it('becomes the normal distribution', () => {
    expect(studentReach(0.95, Number.POSITIVE_INFINITY)).toBe(normalReach(0.95));
    expect(studentQuantile(0.975, 9.9e6)).toBeCloseTo(studentQuantile(0.975, 1.01e7), 6);
    expect(studentCdf(1.2, 1e8)).toBe(normalCdf(1.2));
  });

  it('has its ends at infinity, its middle at 0, and refuses what it is not defined for', () => {
    expect(studentQuantile(0, 3)).toBe(Number.NEGATIVE_INFINITY);
    expect(studentQuantile(1, 3)).toBe(Number.POSITIVE_INFINITY);
    expect(studentQuantile(0.5, 3)).toBe(0);
    expect(() => studentCdf(1, 0)).toThrow(RangeError);
    expect(() => studentCdf(Number.NaN, 2)).toThrow(RangeError);
    expect(() => studentQuantile(2, 2)).toThrow(RangeError);
  });
});

describe('the upper tail of chi-square', () => {
  it('gives the tabulated critical values (NIST/SEMATECH e-Handbook 1.3.6.7.4)', () => {
    const table = [
      [3.841, 1, 0.05],
      [6.635, 1, 0.01],
      [10.828, 1, 0.001],
      [5.991, 2, 0.05],
      [18.307, 10, 0.05],
      [29.588, 10, 0.001],
    ] as const;
    for (const [x, degreesOfFreedom, tail] of table) {
      expect(chiSquareUpperTail(x, degreesOfFreedom) / tail).toBeCloseTo(1, 2.5);
    }
  });

  it('keeps its digits where it is small', () => {
    expect(chiSquareUpperTail(10.828, 1) / 0.000999765719583092).toBeCloseTo(1, 12);
    expect(chiSquareUpperTail(40, 3) / 1.06550903342559e-8).toBeCloseTo(1, 12);
    expect(chiSquareUpperTail(0.5, 7)).toBeCloseTo(0.999446481390425, 13);
    expect(chiSquareUpperTail(1100, 1000)).toBeCloseTo(0.0146144081262952, 11);
    expect(() => chiSquareUpperTail(-1, 3)).toThrow(RangeError);
  });

  it('is what the lower one leaves', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 80, noNaN: true }),
        fc.double({ min: 0.1, max: 40, noNaN: true }),
        (x, a) => {
          expect(gammaUpperTail(x, a) + gammaCdf(x, a)).toBeCloseTo(1, 12);
        },
      ),
    );
    expect([gammaUpperTail(0, 2), gammaUpperTail(Number.POSITIVE_INFINITY, 2)]).toEqual([1, 0]);
  });
});
