import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adjustByCovariate, type PairedSample, pairedSample } from '../../src/stats/cuped.js';
import {
  fiellerInterval,
  meanDifference,
  relativeDifference,
  sampleOfProportion,
  summariseSample,
} from '../../src/stats/meanDifference.js';
import { studentReach } from '../../src/stats/student.js';

const meanOf = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length;
const some = (min: number, max: number) =>
  fc
    .array(fc.integer({ min: 16 * min, max: 16 * max }), { minLength: 3, maxLength: 20 })
    .filter((values) => new Set(values).size > 1)
    .map((values) => values.map((value) => value / 16));
const present = <T>(value: T | null): T => {
  if (value === null) throw new Error('There is something to compare.');
  return value;
};

// R’s data set `sleep`: extra hours of sleep on two drugs (Student 1908).
const DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
const DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

describe('the difference of two means', () => {
  it('is that of R’s example(t.test): t.test(extra ~ group, data = sleep)', () => {
    const found = present(meanDifference(summariseSample(DRUG_1), summariseSample(DRUG_2)));
    // t = -1.8608, df = 17.776; 95 percent confidence interval: -3.3654832 0.2054832; means 0.75 and 2.33
    expect(found.estimate).toBeCloseTo(0.75 - 2.33, 12);
    expect(found.estimate / found.standardError).toBeCloseTo(-1.8608, 4);
    expect(found.degreesOfFreedom).toBeCloseTo(17.776, 3);
    expect(found.low).toBeCloseTo(-3.3654832, 7);
    expect(found.high).toBeCloseTo(0.2054832, 7);
  });

  it('is not known without two people on either side, or when nobody differs from the others', () => {
    const one = summariseSample([3]);
    const same = summariseSample([3, 3, 3]);
    const other = summariseSample([1, 2]);
    expect(meanDifference(one, other)).toBeNull();
    expect(meanDifference(other, summariseSample([]))).toBeNull();
    expect(meanDifference(same, same)).toBeNull();
    expect(meanDifference(same, other)?.degreesOfFreedom).toBeCloseTo(1, 12);
    expect(() => meanDifference(other, { count: 2, mean: 1, variance: -1 })).toThrow(RangeError);
    expect(() => meanDifference(other, { count: 2.5, mean: 1, variance: 1 })).toThrow(RangeError);
    expect(() => summariseSample([1, Number.NaN])).toThrow(RangeError);
  });

  it('turns its sign with the order, moves with the scale, not with the origin, and is wider at a higher level', () => {
    fc.assert(
      fc.property(some(-9, 9), some(-9, 9), fc.constantFrom(-5, 0.01, 3), (a, b, scale) => {
        const there = present(meanDifference(summariseSample(a), summariseSample(b)));
        const back = present(meanDifference(summariseSample(b), summariseSample(a)));
        const moved = (values: readonly number[]) => summariseSample(values.map((v) => scale * (v + 1)));
        const scaled = present(meanDifference(moved(a), moved(b)));
        expect(there.low).toBeCloseTo(-back.high, 9);
        expect(Math.min(scaled.low, scaled.high) / scale).toBeCloseTo(scale < 0 ? there.high : there.low, 6);
        expect(present(meanDifference(summariseSample(a), summariseSample(b), 0.8)).low).toBeGreaterThan(there.low);
        const least = Math.min(a.length, b.length) - 1;
        expect(there.degreesOfFreedom).toBeGreaterThanOrEqual(least - 1e-9);
        expect(there.degreesOfFreedom).toBeLessThanOrEqual(a.length + b.length - 2 + 1e-9);
      }),
    );
  });

  it('takes a proportion for zeros and ones', () => {
    const plain = summariseSample([1, 0, 0, 1, 1, 0, 0]);
    const found = sampleOfProportion(3, 7);
    expect(found.mean).toBeCloseTo(plain.mean, 14);
    expect(found.variance).toBeCloseTo(plain.variance, 14);
    expect(sampleOfProportion(0, 0)).toEqual(summariseSample([]));
  });

  it('keeps the digits of a spread far from zero', () => {
    const { mean, variance } = summariseSample([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]);
    expect([mean, variance]).toEqual([1e9 + 10, 30]);
  });
});

describe('the relative difference', () => {
  it('has the limits that DCSTATS prints for Fieller’s theorem: a = 14, b = 7, errors 3 and 2, t = 1.812461', () => {
    const found = present(fiellerInterval({ value: 14, variance: 9 }, { value: 7, variance: 4 }, 1.812461));
    expect(found.estimate).toBe(2);
    expect(found.low).toBeCloseTo(1.051413, 5);
    expect(found.high).toBeCloseTo(4.414296, 5);
  });

  it('has as ends the ratios that Welch’s test just does not refuse', () => {
    fc.assert(
      fc.property(some(5, 9), some(4, 9), (a, b) => {
        const [first, second] = [summariseSample(a), summariseSample(b)];
        const found = relativeDifference(first, second, 0.8);
        if (found === null) return;
        const plain = present(meanDifference(first, second));
        for (const end of [found.low, found.high]) {
          const ratio = end + 1;
          const error = Math.sqrt(first.variance / a.length + (ratio ** 2 * second.variance) / b.length);
          const distance = Math.abs(first.mean - ratio * second.mean);
          expect(distance).toBeCloseTo(studentReach(0.8, plain.degreesOfFreedom) * error, 8);
        }
        expect(found.estimate).toBeCloseTo(first.mean / second.mean - 1, 12);
      }),
    );
  });

  it('is not known for a base that may be nothing', () => {
    expect(relativeDifference(summariseSample([5, 6, 7]), summariseSample([-1, 0, 2]))).toBeNull();
    expect(relativeDifference(summariseSample([5]), summariseSample([4, 5, 6]))).toBeNull();
  });
});

describe('the adjustment by what was known before', () => {
  // Snedecor & Cochran 1967, table 14.2.1 (leprosy bacilli before and after three treatments).
  const LEPROSY = [
    { before: [11, 8, 5, 14, 19, 6, 10, 6, 11, 3], after: [6, 0, 2, 8, 11, 4, 13, 1, 8, 0] },
    { before: [6, 6, 7, 8, 18, 8, 19, 8, 5, 15], after: [0, 2, 3, 1, 18, 4, 14, 9, 1, 9] },
    { before: [16, 13, 11, 9, 21, 16, 12, 12, 7, 12], after: [13, 10, 18, 5, 23, 12, 5, 16, 1, 20] },
  ];
  const pairs = LEPROSY.map(({ before, after }) => pairedSample(after, before));

  it('gives the slope and the adjusted means of Snedecor & Cochran’s analysis of covariance', () => {
    // As SAS prints them for the same data (PROC GLM, example “Analysis of Covariance”).
    const { slope, samples } = adjustByCovariate(pairs);
    expect(slope).toBeCloseTo(0.987183811, 8);
    expect(samples.map((sample) => Number(sample.mean.toFixed(7)))).toEqual([6.7149635, 6.8239348, 10.1611017]);
  });

  it('gives the sum of squares that their analysis leaves within treatments', () => {
    // SAS: error sum of squares 417.2026 of 995.1 within treatments.
    const { samples, varianceReduction } = adjustByCovariate(pairs);
    const left = samples.reduce((sum, { count, variance }) => sum + (count - 1) * variance, 0);
    expect(left).toBeCloseTo(417.2026, 4);
    expect(varianceReduction).toBeCloseTo(1 - 417.2026 / 995.1, 6);
  });

  it('is the sample of y − θ(x − X̄) for each person', () => {
    fc.assert(
      fc.property(some(-5, 5), some(-5, 5), fc.double({ min: -2, max: 2, noNaN: true }), (x1, x2, pull) => {
        const outcomes = [x1, x2].map((xs) => xs.map((x, i) => pull * x + Math.cos(7 * i)));
        const adjusted = adjustByCovariate([pairedSample(outcomes[0] ?? [], x1), pairedSample(outcomes[1] ?? [], x2)]);
        const overall = meanOf([...x1, ...x2]);
        [x1, x2].forEach((xs, arm) => {
          const plain = summariseSample(xs.map((x, i) => (outcomes[arm]?.[i] ?? 0) - adjusted.slope * (x - overall)));
          expect(adjusted.samples[arm]?.mean).toBeCloseTo(plain.mean, 8);
          expect(adjusted.samples[arm]?.variance).toBeCloseTo(plain.variance, 6);
        });
        expect(adjusted.varianceReduction).toBeGreaterThanOrEqual(0);
        expect(adjusted.varianceReduction).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('leaves outcomes as they are where nothing was known before', () => {
    const blank = pairedSample([1, 2, 4], [0, 0, 0]);
    const { slope, samples, varianceReduction } = adjustByCovariate([blank]);
    expect([slope, varianceReduction]).toEqual([0, 0]);
    expect(samples).toEqual([summariseSample([1, 2, 4])]);
    expect(adjustByCovariate([pairedSample([], [])]).samples[0]?.count).toBe(0);
  });

  it('refuses pairs and summaries that are none', () => {
    const broken: PairedSample = { ...pairedSample([1, 2], [3, 4]), outcomeVariance: -1 };
    expect(() => pairedSample([1, 2], [1])).toThrow(RangeError);
    expect(() => pairedSample([1, Number.NaN], [1, 2])).toThrow(RangeError);
    expect(() => adjustByCovariate([broken])).toThrow(RangeError);
  });
});
