import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadKernels } from '../../src/recsys/kernels/module.js';
import { createRowProducts, plainRowProducts } from '../../src/recsys/kernels/rowProducts.js';

const MOST = 12;

describe('products of rows', () => {
  it('are worked out by the kernel here', () => {
    expect(loadKernels()).not.toHaveProperty('missing');
  });

  it('are what plain TypeScript finds, whatever was compared before', () => {
    const number = fc.float({ min: -1, max: 1, noNaN: true });
    const scene = fc.integer({ min: 1, max: 21 }).chain((rank) =>
      fc.record({
        rank: fc.constant(rank),
        values: fc.array(number, { minLength: 20 * rank, maxLength: 20 * rank }),
        taken: fc.array(fc.array(fc.nat(19), { maxLength: MOST }), { minLength: 1, maxLength: 3 }),
      }),
    );
    let compared = 0;
    fc.assert(
      fc.property(scene, ({ rank, values, taken }) => {
        const columns = Float32Array.from(values);
        const [kernel, plain] = [createRowProducts(rank, MOST), plainRowProducts(rank, MOST)];
        for (const rows of taken) {
          for (const one of [kernel, plain]) one.take(columns, rows);
          const all = rows.map((_, place) => kernel.productsOf(place));
          rows.forEach((_, place) => {
            const expected = plain.productsOf(place);
            rows.forEach((__, other) => {
              expect(Math.abs(all[place]![other]! - expected[other]!)).toBeLessThan(1e-6 * rank);
              compared += 1;
            });
          });
        }
      }),
      { numRuns: 200 },
    );
    expect(compared).toBeGreaterThan(1000);
  });
});
