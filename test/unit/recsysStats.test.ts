import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapMean, bootstrapPairedDifference } from '../../src/stats/bootstrap.js';
import { createRandom, shuffled } from '../../src/stats/random.js';

const sample = (count: number, draw: () => number): number[] => Array.from({ length: count }, draw);
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('createRandom', () => {
  it('gives the same stream for the same seed, today and in every later version', () => {
    const random = createRandom(42);
    const again = createRandom(42);
    const first = sample(3, random.uniform);
    expect(sample(3, again.uniform)).toEqual(first);
    expect(first.map((value) => value.toFixed(6))).toEqual(['0.153772', '0.018085', '0.534891']);
  });

  it('gives unrelated streams for neighbouring seeds', () => {
    const firsts = Array.from({ length: 1000 }, (_, seed) => createRandom(seed).uniform());
    expect(new Set(firsts).size).toBe(1000);
    expect(meanOf(firsts)).toBeCloseTo(0.5, 1);
    expect(createRandom(2 ** 40).uniform()).not.toBe(createRandom(0).uniform());
  });

  it('draws uniforms evenly over [0, 1)', () => {
    const values = sample(40_000, createRandom(1).uniform);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    for (let decile = 0; decile < 10; decile++) {
      const share = values.filter((value) => Math.floor(value * 10) === decile).length / values.length;
      expect(share).toBeCloseTo(0.1, 1.9);
    }
  });

  it('draws normals with mean 0 and deviation 1', () => {
    const values = sample(40_000, createRandom(2).normal);
    expect(meanOf(values)).toBeCloseTo(0, 1.5);
    expect(meanOf(values.map((value) => value * value))).toBeCloseTo(1, 1.5);
    expect(values.filter((value) => Math.abs(value) > 1.96).length / values.length).toBeCloseTo(0.05, 2);
  });

  it('draws whole numbers below n, each of them', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 20 }), (seed, n) => {
        const { below } = createRandom(seed);
        const drawn = sample(60 * n, () => below(n));
        expect(new Set(drawn)).toEqual(new Set(Array.from({ length: n }, (_, i) => i)));
      }),
    );
  });

  it('refuses seeds and bounds that are not whole', () => {
    expect(() => createRandom(0.5)).toThrow(RangeError);
    expect(() => createRandom(Number.NaN)).toThrow(RangeError);
    expect(() => createRandom(1).below(0)).toThrow(RangeError);
    expect(() => createRandom(1).below(1.5)).toThrow(RangeError);
  });
});

describe('shuffled', () => {
  it('keeps every value and leaves its argument as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer(), (values, seed) => {
        const before = [...values];
        const result = shuffled(values, createRandom(seed));
        expect(values).toEqual(before);
        expect(result.toSorted((a, b) => a - b)).toEqual(before.toSorted((a, b) => a - b));
      }),
    );
  });

  it('puts each value first equally often', () => {
    const random = createRandom(3);
    const firsts = sample(30_000, () => shuffled([0, 1, 2], random)[0] ?? -1);
    for (const value of [0, 1, 2]) {
      expect(firsts.filter((first) => first === value).length / firsts.length).toBeCloseTo(1 / 3, 1.9);
    }
  });
});

describe('bootstrapMean', () => {
  it('has no interval without values, and one of no width for a constant', () => {
    expect(bootstrapMean([], { random: createRandom(1) })).toBeNull();
    expect(bootstrapMean([0.25, 0.25, 0.25], { random: createRandom(1) })).toEqual({
      mean: 0.25,
      low: 0.25,
      high: 0.25,
      count: 3,
    });
  });

  it('comes close to the normal interval of a large sample', () => {
    const values = sample(4000, createRandom(4).normal);
    const interval = bootstrapMean(values, { random: createRandom(5) });
    const expected = 1.96 / Math.sqrt(4000);
    expect(interval?.mean).toBeCloseTo(meanOf(values), 12);
    expect(((interval?.high ?? 0) - (interval?.low ?? 0)) / 2 / expected).toBeCloseTo(1, 1);
  });

  it('lies within the values, and is narrower at a lower level', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 30 }), (values) => {
        const wide = bootstrapMean(values, { random: createRandom(6), resamples: 200 });
        const narrow = bootstrapMean(values, { random: createRandom(6), resamples: 200, confidenceLevel: 0.5 });
        if (wide === null || narrow === null) throw new Error('there are values');
        expect(wide.low).toBeGreaterThanOrEqual(Math.min(...values));
        expect(wide.high).toBeLessThanOrEqual(Math.max(...values));
        expect(wide.low).toBeLessThanOrEqual(narrow.low);
        expect(narrow.high).toBeLessThanOrEqual(wide.high);
      }),
    );
  });

  it('refuses what it cannot average', () => {
    const random = createRandom(1);
    expect(() => bootstrapMean([1, Number.NaN], { random })).toThrow(RangeError);
    expect(() => bootstrapMean([1], { random, resamples: 0 })).toThrow(RangeError);
    expect(() => bootstrapMean([1], { random, confidenceLevel: 1 })).toThrow(RangeError);
  });
});

describe('bootstrapPairedDifference', () => {
  it('sees through what the pairs have in common', () => {
    const random = createRandom(7);
    const base = sample(200, () => 10 * random.normal());
    const better = base.map((value) => value + 1);
    const interval = bootstrapPairedDifference(better, base, { random: createRandom(8) });
    expect(interval?.mean).toBeCloseTo(1, 10);
    expect(interval?.low).toBeCloseTo(1, 10);
    expect(interval?.high).toBeCloseTo(1, 10);
  });

  it('refuses columns that do not pair up', () => {
    expect(() => bootstrapPairedDifference([1, 2], [1], { random: createRandom(1) })).toThrow(RangeError);
  });
});
