import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadKernels } from '../../src/recsys/kernels/module.js';
import { selectTopK } from '../../src/recsys/kernels/topKKernel.js';
import { topK } from '../../src/recsys/topK.js';
import { createRandom } from '../../src/stats/random.js';

const SPECIAL_SCORES = [Number.NaN, -0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, -1, 5e-324];

/** Lengths on both sides of what the kernel compares at a time; many ties, and every kind of number there is. */
const arbitraryScores = fc.oneof(
  fc.array(fc.constantFrom(...SPECIAL_SCORES), { maxLength: 70 }),
  fc.array(fc.oneof(fc.constantFrom(...SPECIAL_SCORES), fc.double()), { maxLength: 300, size: 'max' }),
);

describe('selectTopK', () => {
  it('runs the kernel here', () => {
    expect(loadKernels()).not.toHaveProperty('missing');
  });

  it('returns what topK returns, of single and of double precision', () => {
    const arbitraryK = fc.oneof(fc.nat(12), fc.nat(350));
    const arbitraryShareShut = fc.constantFrom(null, 0, 0.1, 0.9, 1);
    fc.assert(
      fc.property(arbitraryScores, arbitraryK, arbitraryShareShut, fc.integer(), (numbers, k, shareShut, seed) => {
        const random = createRandom(seed);
        // Any number but 0 lets an item through.
        const eligible =
          shareShut === null
            ? null
            : Uint8Array.from(numbers, () => (random.uniform() < shareShut ? 0 : 1 + random.below(255)));
        for (const scores of [Float32Array.from(numbers), Float64Array.from(numbers)]) {
          expect(selectTopK(scores, k, eligible)).toEqual(topK(scores, k, eligible));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('returns what topK returns of long lists, in rising and in falling order too, as its memory grows', () => {
    const random = createRandom(7);
    for (const itemCount of [999, 20_011, 1001, 40_000]) {
      const numbers = Float64Array.from({ length: itemCount }, () => random.normal());
      const rising = numbers.toSorted();
      const eligible = Uint8Array.from(numbers, () => (random.below(50) === 0 ? 0 : 1));
      for (const values of [numbers, rising, rising.toReversed(), new Float64Array(itemCount)]) {
        for (const scores of [values, Float32Array.from(values), values.subarray(3, -5)]) {
          const mask = eligible.subarray(0, scores.length);
          for (const k of [1, 20, 333]) {
            expect(selectTopK(scores, k, null)).toEqual(topK(scores, k, null));
            expect(selectTopK(scores, k, mask)).toEqual(topK(scores, k, mask));
          }
        }
      }
    }
  });

  it('hands out lists that later calls leave alone', () => {
    const first = selectTopK(Float32Array.of(1, 3, 2), 2, null);
    selectTopK(Float32Array.of(3, 2, 1), 2, null);
    expect([...first]).toEqual([1, 2]);
  });

  it('refuses a mask of another length and a broken k', () => {
    const scores = Float64Array.of(1, 2);
    expect(() => selectTopK(scores, 1, new Uint8Array(3))).toThrow(RangeError);
    for (const k of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => selectTopK(scores, k, null)).toThrow(RangeError);
    }
  });
});
