import { describe, expect, it } from 'vitest';
import { buildCsr } from '../../src/recsys/interactions.js';
import { createPlainEngine } from '../../src/recsys/kernels/plainEngine.js';
import { createPopularityScorer, fitPopularity } from '../../src/recsys/popularity.js';

const DAY_MS = 86_400_000;
const context = { engine: createPlainEngine('for a test') };

describe('the popularity model', () => {
  const data = {
    interactions: buildCsr(3, 4, {
      rowIndices: [0, 0, 1, 2, 2],
      columnIndices: [0, 1, 0, 1, 2],
      values: [0.5, 0.5, 0.5, -1, 0.5],
    }),
    atMs: Float64Array.of(20, 20, 20, 20, 0).map((day) => day * DAY_MS),
    asOfMs: 20 * DAY_MS,
    content: null,
  };

  it('sums what was wanted, in average interactions', () => {
    const model = fitPopularity(data, { halfLifeDays: null }, context);
    expect(model).toEqual({
      family: 'popularity',
      itemCount: 4,
      popularity: Float32Array.of(2, 1, 1, 0),
      options: { halfLifeDays: null },
    });
  });

  it('fades what is long past', () => {
    // Item 2 has a quarter of the weight of the others, which have 4 / 3.25 each for a mean of 1.
    const { popularity } = fitPopularity(data, { halfLifeDays: 10 }, context);
    const unit = 4 / 3.25;
    for (const [item, expected] of [2 * unit, unit, unit / 4, 0].entries()) {
      expect(popularity[item]).toBeCloseTo(expected, 5);
    }
    expect(fitPopularity({ ...data, atMs: null }, { halfLifeDays: 10 }, context).popularity).toEqual(
      Float32Array.of(2, 1, 1, 0),
    );
  });

  it('scores everybody alike, and gives no reason from the history', () => {
    const scorer = createPopularityScorer(fitPopularity(data, { halfLifeDays: null }, context));
    const history = { itemIndices: Int32Array.of(0, 3), values: Float32Array.of(1, -1), atMs: null };
    const out = new Float32Array(4);
    scorer.score(history, out);
    expect([...out]).toEqual([2, 1, 1, 0]);
    expect(scorer.explain(history, 0)).toEqual({ contributions: new Float64Array(2), base: 2 });
    expect(scorer.itemVector(0)).toBeNull();
  });

  it('refuses what does not fit', () => {
    expect(() => fitPopularity(data, { halfLifeDays: 0 }, context)).toThrow(RangeError);
    expect(() => fitPopularity({ ...data, atMs: new Float64Array(1) }, { halfLifeDays: 1 }, context)).toThrow(
      RangeError,
    );
  });
});
