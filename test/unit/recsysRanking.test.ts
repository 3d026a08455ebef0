import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_IALS_OPTIONS, type IalsModel } from '../../src/recsys/als.js';
import { spreadOf } from '../../src/recsys/blend.js';
import { axisEnergies } from '../../src/recsys/denseAlgebra.js';
import { evaluateScorers, type Scorer, summarise } from '../../src/recsys/evaluate.js';
import { buildCsr, type CsrMatrix } from '../../src/recsys/interactions.js';
import {
  catalogueCoverage,
  hitRateAtK,
  ndcgAtK,
  noveltyBits,
  recallAtK,
  reciprocalRank,
} from '../../src/recsys/metrics.js';
import { decayedPopularity } from '../../src/recsys/popularity.js';
import { itemCosines, itemNorms } from '../../src/recsys/similar.js';
import { heldOutLearners, temporalHoldout } from '../../src/recsys/split.js';
import { topK } from '../../src/recsys/topK.js';
import { createRandom } from '../../src/stats/random.js';

const DAY_MS = 86_400_000;

describe('topK', () => {
  it('is a full sort cut short, ties by index, without NaN and what is not eligible', () => {
    const scoresArbitrary = fc.array(fc.oneof(fc.constantFrom(0, 1, 2, -1, Number.NaN), fc.double()), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(scoresArbitrary, fc.nat(70), fc.integer(), (scores, k, seed) => {
        const random = createRandom(seed);
        const eligible = Uint8Array.from(scores, () => (random.below(4) === 0 ? 0 : 1));
        const sorted = scores
          .map((score, item) => ({ score, item }))
          .filter(({ score, item }) => !Number.isNaN(score) && eligible[item] === 1)
          .sort((a, b) => (a.score < b.score ? 1 : a.score > b.score ? -1 : a.item - b.item));
        expect([...topK(scores, k, eligible)]).toEqual(sorted.slice(0, k).map(({ item }) => item));
      }),
    );
  });

  it('takes infinite scores as the numbers they are', () => {
    expect([...topK([0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN], 4, null)]).toEqual([2, 0, 1]);
  });

  it('refuses a mask of another length and a broken k', () => {
    expect(() => topK([1, 2], 1, new Uint8Array(3))).toThrow(RangeError);
    expect(() => topK([1, 2], -1, null)).toThrow(RangeError);
    expect(() => topK([1, 2], 0.5, null)).toThrow(RangeError);
  });
});

describe('decayedPopularity', () => {
  it('halves a contact with every half-life', () => {
    const contacts = {
      itemIndices: [0, 0, 1, 2],
      weights: [1, 1, 0.5, 2],
      atMs: [0, 10, 20, 50].map((d) => d * DAY_MS),
    };
    const popularity = decayedPopularity(contacts, 4, 10, 20 * DAY_MS);
    // Item 0: two and one half-lives ago. Item 2 lies in the future and counts as now.
    expect([...popularity]).toEqual([0.25 + 0.5, 0.5, 2, 0]);
    expect([...decayedPopularity(contacts, 4, Number.POSITIVE_INFINITY, 20 * DAY_MS)]).toEqual([2, 0.5, 2, 0]);
  });

  it('refuses contacts that cannot be', () => {
    const now = 0;
    expect(() => decayedPopularity({ itemIndices: [1], weights: [1], atMs: [0] }, 1, 10, now)).toThrow(RangeError);
    expect(() => decayedPopularity({ itemIndices: [0], weights: [-1], atMs: [0] }, 1, 10, now)).toThrow(RangeError);
    expect(() => decayedPopularity({ itemIndices: [0], weights: [1], atMs: [] }, 1, 10, now)).toThrow(RangeError);
    expect(() => decayedPopularity({ itemIndices: [0], weights: [1], atMs: [0] }, 1, 0, now)).toThrow(RangeError);
  });
});

describe('itemCosines', () => {
  const cosinesOf = (factors: readonly number[], itemIndex: number): number[] => {
    const itemFactors = Float32Array.from(factors);
    const gramianDiagonal = axisEnergies(itemFactors, factors.length / 2, 2);
    const model: IalsModel = {
      family: 'ials',
      rank: 2,
      itemCount: factors.length / 2,
      fittedItemCount: factors.length / 2,
      itemFactors,
      scoringFactors: null,
      content: null,
      gramianDiagonal,
      options: { ...DEFAULT_IALS_OPTIONS, rank: 2 },
    };
    return [...itemCosines(model, itemNorms(model), itemIndex)];
  };

  it('measures the angle, not the length, and cannot score itself or what has no factors', () => {
    const cosines = cosinesOf([1, 0, 5, 0, 0, 2, -3, 0, 0, 0, 3, 4], 0);
    expect(cosines.map((cosine) => Number(cosine.toFixed(6)))).toEqual([Number.NaN, 1, 0, -1, Number.NaN, 0.6]);
    expect(cosinesOf([0, 0, 5, 0], 0)).toEqual([Number.NaN, Number.NaN]);
    expect(() => cosinesOf([1, 0], 1)).toThrow(RangeError);
  });
});

describe('spreadOf', () => {
  it('is over those scores that are numbers', () => {
    expect(spreadOf([])).toEqual({ mean: 0, deviation: 0 });
    expect(spreadOf([Number.NaN, Number.NaN])).toEqual({ mean: 0, deviation: 0 });
    expect(spreadOf([Number.NaN, 2, 4])).toEqual({ mean: 3, deviation: 1 });
    expect(spreadOf([2, 2, 2])).toEqual({ mean: 2, deviation: 0 });
  });
});

describe('ranking metrics', () => {
  const ranked = [4, 2, 7, 1];
  const relevant = new Set([2, 1, 9]);

  it('agree with figures worked out by hand', () => {
    expect(recallAtK(ranked, relevant, 2)).toBeCloseTo(1 / 3, 12);
    expect(recallAtK(ranked, relevant, 4)).toBeCloseTo(2 / 3, 12);
    expect(hitRateAtK(ranked, relevant, 1)).toBe(0);
    expect(hitRateAtK(ranked, relevant, 2)).toBe(1);
    const gain = 1 / Math.log2(3) + 1 / Math.log2(5);
    expect(ndcgAtK(ranked, relevant, 4)).toBeCloseTo(gain / (1 + 1 / Math.log2(3) + 1 / Math.log2(4)), 12);
    expect(ndcgAtK([2], relevant, 1)).toBe(1);
  });

  it('rank the best-placed relevant item among all that are eligible, ties by index', () => {
    const scores = [5, 3, 3, Number.NaN, 9];
    expect(reciprocalRank(scores, new Set([2]), null)).toBeCloseTo(1 / 4, 12);
    expect(reciprocalRank(scores, new Set([1, 2]), null)).toBeCloseTo(1 / 3, 12);
    expect(reciprocalRank(scores, new Set([1]), Uint8Array.of(0, 1, 1, 1, 1))).toBeCloseTo(1 / 2, 12);
    expect(reciprocalRank(scores, new Set([3]), null)).toBe(0);
    expect(reciprocalRank(scores, new Set([1]), Uint8Array.of(1, 0, 1, 1, 1))).toBe(0);
  });

  it('measure how much of the catalogue is shown and how little of it is obvious', () => {
    expect(catalogueCoverage([0, 3, 1, 0])).toBe(0.5);
    expect(catalogueCoverage([])).toBe(0);
    // Item 1 was taken by everybody, item 2 by (1 + 1) of (7 + 1).
    expect(noveltyBits([0, 3, 1], [0, 7, 1], 7)).toBeCloseTo((3 * 0 + 1 * 2) / 4, 12);
    expect(noveltyBits([0, 0], [5, 5], 7)).toBe(0);
  });

  it('are best for the ideal order, and between 0 and 1 for any', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...Array(12).keys()], { minLength: 12 }),
        fc.integer({ min: 1, max: 12 }),
        (order, k) => {
          const ideal = [...relevant, ...[...Array(12).keys()].filter((item) => !relevant.has(item))];
          for (const metric of [recallAtK, ndcgAtK, hitRateAtK]) {
            expect(metric(order, relevant, k)).toBeGreaterThanOrEqual(0);
            expect(metric(order, relevant, k)).toBeLessThanOrEqual(metric(ideal, relevant, k));
            expect(metric(ideal, relevant, k)).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });
});

/** Learners × items with a value of 1 in each listed cell. */
function onesAt(rowCount: number, columnCount: number, cells: readonly (readonly [number, number])[]): CsrMatrix {
  return buildCsr(rowCount, columnCount, {
    rowIndices: cells.map(([row]) => row),
    columnIndices: cells.map(([, column]) => column),
    values: cells.map(() => 1),
  });
}

describe('temporalHoldout', () => {
  it('holds out everything from one moment on', () => {
    const contacts = onesAt(3, 3, [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 2],
      [2, 2],
    ]);
    const holdout = temporalHoldout(contacts, Float64Array.of(1, 5, 2, 4, 6), 0.4);
    if (holdout === null) throw new Error('there are contacts');
    expect(holdout.cutMs).toBe(5);
    expect(holdout.train).toEqual(
      onesAt(3, 3, [
        [0, 0],
        [1, 0],
        [1, 2],
      ]),
    );
    expect(holdout.heldOut).toEqual(
      onesAt(3, 3, [
        [0, 1],
        [2, 2],
      ]),
    );
    const { warm, coldCount } = heldOutLearners(holdout.train, holdout.heldOut);
    expect([...warm]).toEqual([0]);
    expect(coldCount).toBe(1);
  });

  it('never splits a moment, and holds out at least the share', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(6), { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (times, share) => {
          const contacts = onesAt(
            times.length,
            1,
            times.map((_, row) => [row, 0] as const),
          );
          const holdout = temporalHoldout(contacts, Float64Array.from(times), share);
          if (holdout === null) throw new Error('there are contacts');
          const heldOutCount = times.filter((time) => time >= holdout.cutMs).length;
          expect(holdout.heldOut.values).toHaveLength(heldOutCount);
          expect(holdout.train.values).toHaveLength(times.length - heldOutCount);
          expect(heldOutCount).toBeGreaterThanOrEqual(Math.floor(times.length * share));
        },
      ),
    );
  });

  it('has nothing to say without contacts, and refuses what does not fit', () => {
    expect(temporalHoldout(onesAt(2, 2, []), new Float64Array(0), 0.1)).toBeNull();
    const one = onesAt(2, 2, [[0, 0]]);
    expect(() => temporalHoldout(one, new Float64Array(2), 0.1)).toThrow(RangeError);
    expect(() => temporalHoldout(one, Float64Array.of(Number.NaN), 0.1)).toThrow(RangeError);
    expect(() => temporalHoldout(one, Float64Array.of(1), 1)).toThrow(RangeError);
    expect(() => heldOutLearners(one, onesAt(3, 2, []))).toThrow(RangeError);
  });
});

describe('evaluateScorers', () => {
  const train = onesAt(3, 5, [
    [0, 0],
    [0, 1],
    [1, 1],
    [2, 0],
  ]);
  const heldOut = onesAt(3, 5, [
    [0, 2],
    [1, 3],
    [1, 0],
  ]);
  const task = { train, heldOut, learners: [0, 1], k: 2 };
  const byIndex: Scorer = (_, out) => {
    for (let item = 0; item < out.length; item++) out[item] = -item;
  };

  it('masks what a learner already had and ranks the rest', () => {
    const [result] = evaluateScorers(task, [byIndex]);
    // Learner 0 is shown 2 and 3, learner 1 is shown 0 and 2.
    expect([...(result?.recall ?? [])]).toEqual([1, 0.5]);
    expect([...(result?.hitRate ?? [])]).toEqual([1, 1]);
    expect([...(result?.reciprocalRank ?? [])]).toEqual([1, 1]);
    expect(result?.ndcg[1]).toBeCloseTo(1 / (1 + 1 / Math.log2(3)), 12);
    expect(result?.coverage).toBe(3 / 5);
  });

  it('gives one who knows the answers 1 in everything, and one who cannot score 0', () => {
    const [oracle, mute] = evaluateScorers(task, [
      (learner, out) => {
        for (let item = 0; item < out.length; item++) out[item] = 0;
        for (const item of learner === 0 ? [2] : [3, 0]) out[item] = 1;
      },
      (_, out) => out.fill(Number.NaN),
    ]);
    if (oracle === undefined || mute === undefined) throw new Error('one result for each scorer');
    for (const metric of ['recall', 'ndcg', 'hitRate', 'reciprocalRank'] as const) {
      expect([...oracle[metric]]).toEqual([1, 1]);
      expect([...mute[metric]]).toEqual([0, 0]);
    }
    expect(mute.coverage).toBe(0);
    expect(summarise(oracle, { random: createRandom(1) }).ndcg).toEqual({ mean: 1, low: 1, high: 1, count: 2 });
  });

  it('has no mean without learners', () => {
    const [result] = evaluateScorers({ ...task, learners: [] }, [byIndex]);
    if (result === undefined) throw new Error('one result for each scorer');
    expect(summarise(result, { random: createRandom(1) })).toEqual({
      recall: null,
      ndcg: null,
      hitRate: null,
      reciprocalRank: null,
      coverage: 0,
      noveltyBits: 0,
    });
  });

  it('refuses learners with nothing to find, and matrices of different shapes', () => {
    expect(() => evaluateScorers({ ...task, learners: [2] }, [byIndex])).toThrow(RangeError);
    expect(() => evaluateScorers({ ...task, heldOut: onesAt(3, 4, []) }, [byIndex])).toThrow(RangeError);
  });
});
