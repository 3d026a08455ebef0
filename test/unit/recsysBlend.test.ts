import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { popularityPrior, priorWeight } from '../../src/recsys/blend.js';
import { type BlendWeights, createBlendScorer, evidenceOf, momentsOf } from '../../src/recsys/blendScorer.js';
import {
  type BlendFit,
  type BlendSample,
  blendNdcgs,
  createSampler,
  evenBlend,
  fitBlend,
} from '../../src/recsys/fitBlend.js';
import type { History } from '../../src/recsys/history.js';
import type { FamilyName, ItemScorer } from '../../src/recsys/itemScorer.js';
import { createItemWeightScorer } from '../../src/recsys/itemWeights.js';
import { ndcgAtK } from '../../src/recsys/metrics.js';
import { createPopularityScorer } from '../../src/recsys/popularity.js';
import { topK } from '../../src/recsys/topK.js';
import { createRandom, type Random, shuffled } from '../../src/stats/random.js';

const NOTHING: History = historyOf([], []);

function historyOf(items: readonly number[], values: readonly number[]): History {
  return { itemIndices: Int32Array.from(items), values: Float32Array.from(values), atMs: null };
}

/** A family whose scores are sums of weights between items; rows: what an item of the history adds to each other. */
function weightScorer(family: FamilyName, rows: readonly (readonly number[])[], unknown: readonly number[] = []) {
  const known = [...rows.keys()].filter((item) => !unknown.includes(item));
  return createItemWeightScorer(family, {
    kind: 'dense',
    itemCount: rows.length,
    knownItems: Int32Array.from(known),
    values: Float32Array.from(known.flatMap((row) => known.map((column) => rows[row]?.[column] ?? 0))),
  });
}

interface World {
  readonly scorers: readonly ItemScorer[];
  readonly popularity: readonly number[];
  readonly prior: Float64Array;
  readonly blend: BlendWeights;
  readonly history: History;
}

const COLLABORATIVE = ['ease', 'itemknn', 'sequence'] as const;

/** A few families that each may know only some items, over items of which some are twins of others. */
function randomWorld(random: Random, itemCount: number, familyCount: number, unknownShare: number): World {
  const twinOf = Array.from({ length: itemCount }, (_, item) =>
    item > 0 && random.below(5) === 0 ? random.below(item) : item,
  );
  const perItem = (draw: (item: number) => number): number[] => {
    const own = Array.from({ length: itemCount }, (_, item) => draw(item));
    return own.map((value, item) => own[twinOf[item] ?? item] ?? value);
  };
  const popularity = perItem(() => (random.below(4) === 0 ? 0 : random.below(50) * random.uniform()));
  const scorers = COLLABORATIVE.slice(0, familyCount).map((family) => {
    const isUnknown = perItem(() => (random.uniform() < unknownShare ? 1 : 0));
    const rows = twinOf.map(() => perItem(() => (random.below(3) === 0 ? 0 : random.normal())));
    return weightScorer(
      family,
      rows,
      isUnknown.flatMap((unknown, item) => (unknown === 1 ? [item] : [])),
    );
  });
  const weights = Object.fromEntries(
    [...scorers.map(({ family }) => family), 'popularity'].map((family) => [
      family,
      random.below(4) === 0 ? 0 : 2 * random.uniform(),
    ]),
  );
  const items = shuffled([...Array(itemCount).keys()], random).slice(0, random.below(Math.min(itemCount, 6) + 1));
  const history = historyOf(
    items,
    items.map(() => [-1, 0, 0.3, 1, 2.5][random.below(5)] ?? 1),
  );
  return {
    scorers,
    popularity,
    prior: popularityPrior(popularity),
    blend: { weights, priorStrength: 10 ** (4 * random.uniform() - 1) },
    history,
  };
}

const worldsWith = (unknownShare: number) =>
  fc
    .tuple(fc.integer({ min: 1, max: 14 }), fc.nat(COLLABORATIVE.length), fc.integer())
    .map(([itemCount, familyCount, seed]) => randomWorld(createRandom(seed), itemCount, familyCount, unknownShare));

const worldArbitrary = worldsWith(1 / 6);

/** The formula of `createBlendScorer`, item by item. */
function plainBlend({ scorers, prior, blend, history }: World): Float64Array {
  const w = priorWeight(evidenceOf(history), blend.priorStrength);
  const parts = scorers
    .map((scorer) => {
      const scores = new Float32Array(prior.length);
      scorer.score(history, scores);
      const known = [...scores].filter((score) => !Number.isNaN(score));
      const mean = known.reduce((sum, score) => sum + score, 0) / known.length;
      const deviation = Math.sqrt(known.reduce((sum, score) => sum + (score - mean) ** 2, 0) / known.length);
      const isFlat = known.length === 0 || known.every((score) => score === known[0]);
      return {
        weight: blend.weights[scorer.family] ?? 0,
        standardised: [...scores].map((s) => (Number.isNaN(s) ? null : isFlat ? 0 : (s - mean) / deviation)),
      };
    })
    .filter(({ weight }) => weight > 0);
  if (parts.length === 0 || w === 1) return prior;
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  const sums = Array.from(prior, (_, item) => {
    const known = parts.filter(({ standardised }) => standardised[item] !== null);
    const weight = known.reduce((sum, part) => sum + part.weight, 0);
    const sum = known.reduce((all, part) => all + part.weight * (part.standardised[item] ?? 0), 0);
    return weight === 0 ? null : (total * sum) / weight;
  });
  const least = Math.min(...sums.filter((sum) => sum !== null), 0);
  const ofPopularity = blend.weights.popularity ?? 0;
  return prior.map((p, item) => (1 - w) * ((sums[item] ?? least) + ofPopularity * p) + w * p);
}

const scoresOf = ({ scorers, prior, blend, history }: World): Float64Array => {
  const out = new Float64Array(prior.length).fill(Number.NaN);
  createBlendScorer(scorers, prior, blend).score(history, out);
  return out;
};

describe('popularityPrior', () => {
  const popularityArbitrary = fc.array(
    fc.oneof(fc.nat(1000), fc.float({ min: 0, max: 1e6, noNaN: true }), fc.constant(1e-40)),
    { minLength: 1, maxLength: 40 },
  );

  it('keeps the order of popularity, and gives nothing to what nobody took', () => {
    fc.assert(
      fc.property(popularityArbitrary, (popularity) => {
        const prior = popularityPrior(popularity);
        expect(prior.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
        for (let a = 0; a < popularity.length; a++) {
          if (popularity[a] === 0) expect(prior[a]).toBe(0);
          for (let b = 0; b < a; b++) {
            if ((popularity[a] ?? 0) >= (popularity[b] ?? 0)) expect(prior[a]).toBeGreaterThanOrEqual(prior[b] ?? 0);
          }
        }
      }),
    );
  });

  it('has a standard deviation of 1 over the items', () => {
    const prior = popularityPrior([0, 1, 3, 7]);
    // log2 of 1 + p is 0, 1, 2 and 3, with a variance of 1.25.
    [0, 1, 2, 3].forEach((log, item) => {
      expect(prior[item]).toBeCloseTo(log / Math.sqrt(1.25), 12);
    });
  });

  it('says nothing when every item is equally popular, whatever the figure', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.integer({ min: 1, max: 40 }), (p, itemCount) => {
        expect(popularityPrior(new Float64Array(itemCount).fill(p))).toEqual(new Float64Array(itemCount));
      }),
    );
  });
});

describe('priorWeight', () => {
  it('is 1 without evidence, a half where the evidence equals the strength, and falls', () => {
    expect(priorWeight(0, 5)).toBe(1);
    expect(priorWeight(5, 5)).toBe(0.5);
    expect(priorWeight(45, 5)).toBeCloseTo(0.1, 12);
    expect(priorWeight(1, 1e6)).toBeGreaterThan(0.999);
  });
});

describe('momentsOf', () => {
  it('leaves out what cannot be scored', () => {
    expect(momentsOf(Float32Array.of(Number.NaN, 2, 4))).toEqual({ mean: 3, deviation: 1, count: 2 });
    expect(momentsOf(Float32Array.of(Number.NaN))).toEqual({ mean: 0, deviation: 0, count: 0 });
    expect(momentsOf(new Float32Array(0))).toEqual({ mean: 0, deviation: 0, count: 0 });
  });

  it('takes scores that differ by rounding alone as the same', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 1, max: 50 }), (score, n) => {
        expect(momentsOf(new Float32Array(n).fill(score)).deviation).toBe(0);
      }),
    );
    expect(momentsOf(Float32Array.of(1, 1 + 2 ** -23, 1)).deviation).toBe(0);
  });
});

describe('evidenceOf', () => {
  it('counts what was wanted only', () => {
    expect(evidenceOf(historyOf([3, 1, 2, 0], [1, -1, 0.5, 0]))).toBe(1.5);
    expect(evidenceOf(NOTHING)).toBe(0);
  });
});

describe('a blend of scores', () => {
  it('is the formula worked out by hand', () => {
    // One wanted item: scores 0, 1, 3 and 0, 2, -, of deviations √(14/9) and 1 about means 4/3 and 1.
    const ease = weightScorer('ease', [
      [0, 1, 3],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    const itemknn = weightScorer(
      'itemknn',
      [
        [0, 2, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
      [2],
    );
    const prior = Float64Array.of(1, 0, 2);
    const blend: BlendWeights = { weights: { ease: 1, itemknn: 3, popularity: 0.5 }, priorStrength: 4 };
    const out = new Float64Array(3);
    const { collaborativeWeight } = createBlendScorer([ease, itemknn], prior, blend).score(historyOf([0], [1]), out);
    expect(collaborativeWeight).toBeCloseTo(0.2, 12);
    const [z0 = 0, z1 = 0, z2 = 0] = [-4 / 3, -1 / 3, 5 / 3].map((difference) => difference / Math.sqrt(14 / 9));
    expect(out[0]).toBeCloseTo(0.2 * (z0 + 3 * -1 + 0.5 * 1) + 0.8 * 1, 6);
    expect(out[1]).toBeCloseTo(0.2 * (z1 + 3 * 1), 6);
    // The one that cannot score item 2 is taken to agree with the other.
    expect(out[2]).toBeCloseTo(0.2 * (4 * z2 + 0.5 * 2) + 0.8 * 2, 6);
  });

  it('agrees with the formula for any families, weights and histories, and is never NaN', () => {
    fc.assert(
      fc.property(worldArbitrary, (world) => {
        const scores = scoresOf(world);
        const expected = plainBlend(world);
        expect(scores.every(Number.isFinite)).toBe(true);
        scores.forEach((score, item) => {
          expect(score).toBeCloseTo(expected[item] ?? Number.NaN, 4);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('keeps exactly the order of popularity for somebody of whom nothing wanted is known', () => {
    fc.assert(
      fc.property(worldArbitrary, (world) => {
        const { itemIndices, values } = world.history;
        const history = { itemIndices, values: values.map((value) => Math.min(0, value)), atMs: null };
        const byPopularity = topK(world.popularity, world.popularity.length, null);
        if (world.popularity.every((p) => p === world.popularity[0])) return;
        expect(topK(scoresOf({ ...world, history }), world.popularity.length, null)).toEqual(byPopularity);
      }),
    );
  });

  it('gives way to the families as evidence grows', () => {
    const ease = weightScorer('ease', [
      [0, 0, 1],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    const scorer = createBlendScorer([ease], popularityPrior([9, 8, 0]), { weights: { ease: 1 }, priorStrength: 5 });
    const out = new Float64Array(3);
    const leadOfLast = [0, 0.1, 1, 10, 100].map((confidence) => {
      scorer.score(historyOf([0], [confidence]), out);
      return (out[2] ?? 0) - (out[1] ?? 0);
    });
    expect(leadOfLast).toEqual(leadOfLast.toSorted((a, b) => a - b));
    expect(leadOfLast.map(Math.sign)).toEqual([-1, -1, -1, 1, 1]);
  });

  it('places an item that no family can score with the last, but for its popularity', () => {
    const ease = weightScorer('ease', [[0, 3, 1, 9], [], [], []], [3]);
    const scorer = createBlendScorer([ease], new Float64Array(4), { weights: { ease: 1 }, priorStrength: 1 });
    const out = new Float64Array(4);
    scorer.score(historyOf([0], [1]), out);
    expect([...topK(out, 4, null)]).toEqual([1, 2, 0, 3]);
    expect(out[3]).toBe(out[0]);
  });

  it('is not moved by the scale and the zero point of any family', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(0.001, 3, 1000), (seed, scale) => {
        const random = createRandom(seed);
        const row = Array.from({ length: 8 }, () => random.normal());
        const prior = popularityPrior(Array.from({ length: 8 }, () => random.below(9)));
        const blend: BlendWeights = { weights: { ease: 1 }, priorStrength: 2 };
        const scored = (factor: number): Float64Array => {
          const ease = weightScorer('ease', [row.map((value) => factor * value), ...Array(7).fill([])]);
          return scoresOf({ scorers: [ease], popularity: [], prior, blend, history: historyOf([0], [1]) });
        };
        const usual = scored(1);
        scored(scale).forEach((score, item) => {
          expect(score).toBeCloseTo(usual[item] ?? Number.NaN, 4);
        });
      }),
    );
  });

  it('leaves families without a weight alone', () => {
    const refusing: ItemScorer = {
      ...weightScorer('itemknn', [[0, 1], []]),
      score: () => {
        throw new Error('nobody should ask');
      },
    };
    const ease = weightScorer('ease', [[0, 1], []]);
    for (const weights of [{ ease: 1 }, { ease: 1, itemknn: 0 }]) {
      const scorer = createBlendScorer([ease, refusing], Float64Array.of(1, 0), { weights, priorStrength: 5 });
      expect(() => scorer.score(historyOf([0], [1]), new Float64Array(2))).not.toThrow();
    }
  });

  it('serves popularity when that is all there is', () => {
    const prior = Float64Array.of(0, 2, 1);
    const popularity = createPopularityScorer({
      family: 'popularity',
      itemCount: 3,
      popularity: Float32Array.of(0, 2, 1),
      options: { halfLifeDays: null },
    });
    for (const weights of [{}, { popularity: 1 }]) {
      const scorer = createBlendScorer([popularity], prior, { weights, priorStrength: 5 });
      const out = new Float64Array(3);
      const history = historyOf([1, 2], [1, 1]);
      const scored = scorer.score(history, out);
      expect(out).toEqual(prior);
      expect(scored).toEqual({ collaborativeWeight: 0, moments: [] });
      const split = scorer.explain(history, 2, scored);
      expect(split).toEqual({ contributions: Float64Array.of(0, 0), popularity: 1, centring: 0, score: 1 });
    }
  });

  it('refuses what does not fit together', () => {
    const ease = weightScorer('ease', [[0, 1], []]);
    const prior = new Float64Array(2);
    const make = (blend: BlendWeights, scorers = [ease], own = prior) => createBlendScorer(scorers, own, blend);
    expect(() => make({ weights: { ease: 1 }, priorStrength: 0 })).toThrow(RangeError);
    expect(() => make({ weights: { ease: -1 }, priorStrength: 1 })).toThrow(RangeError);
    expect(() => make({ weights: { ease: Number.NaN }, priorStrength: 1 })).toThrow(RangeError);
    expect(() => make({ weights: { itemknn: 1 }, priorStrength: 1 })).toThrow(/itemknn/);
    expect(() => make({ weights: { ease: 1 }, priorStrength: 1 }, [ease, ease])).toThrow(/ease/);
    expect(() => make({ weights: {}, priorStrength: 1 }, [ease], new Float64Array(3))).toThrow(/2 items/);
    const scorer = make({ weights: { ease: 1 }, priorStrength: 1 });
    expect(() => scorer.score(NOTHING, new Float64Array(3))).toThrow(RangeError);
    const scored = scorer.score(NOTHING, new Float64Array(2));
    for (const item of [-1, 2, 0.5]) expect(() => scorer.explain(NOTHING, item, scored)).toThrow(RangeError);
    expect(() => scorer.score(historyOf([2], [1]), new Float64Array(2))).toThrow(RangeError);
  });
});

describe('the split of a blended score', () => {
  it('sums to the score, for every item', () => {
    fc.assert(
      fc.property(worldArbitrary, ({ scorers, prior, blend, history }) => {
        const scorer = createBlendScorer(scorers, prior, blend);
        const out = new Float64Array(prior.length);
        const scored = scorer.score(history, out);
        out.forEach((score, item) => {
          const split = scorer.explain(history, item, scored);
          expect(split.contributions).toHaveLength(history.itemIndices.length);
          const sum = split.contributions.reduce((all, value) => all + value, split.popularity + split.centring);
          expect(Math.abs(sum - split.score)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(sum)));
          expect(Math.abs(split.score - score)).toBeLessThanOrEqual(1e-4);
        });
      }),
    );
  });

  it('holds also for an item that only a family of next to no weight can score', () => {
    const ease = weightScorer('ease', [[0, 1, 2, 5], [], [], []]);
    const itemknn = weightScorer('itemknn', [[0, 2, 1, 0], [], [], []], [3]);
    for (const weight of [1e-3, 1e-8, 1e-10, 1e-14]) {
      const blend: BlendWeights = { weights: { ease: weight, itemknn: 1 }, priorStrength: 1 };
      const scorer = createBlendScorer([ease, itemknn], Float64Array.of(1, 2, 0, 1), blend);
      const out = new Float64Array(4);
      const history = historyOf([0], [1]);
      const scored = scorer.score(history, out);
      expect(scorer.explain(history, 3, scored).score).toBeCloseTo(out[3] ?? Number.NaN, 4);
    }
  });

  it('gives each item of the history what it adds, and nothing to what tells nothing', () => {
    const ease = weightScorer('ease', [[0, 0, 0, 4, 0], [0, 0, 0, 1, 0], [0, 0, 0, 2, 0], [], []]);
    const scorer = createBlendScorer([ease], new Float64Array(5), { weights: { ease: 1 }, priorStrength: 1 });
    const history = historyOf([1, 0, 2], [1, 1, -1]);
    const scored = scorer.score(history, new Float64Array(5));
    const { contributions } = scorer.explain(history, 3, scored);
    const [one = 0, four = 0, minusTwo = 0] = contributions;
    expect(four / one).toBeCloseTo(4, 6);
    expect(minusTwo / one).toBeCloseTo(-2, 6);
    expect([...scorer.explain(history, 4, scored).contributions]).toEqual([0, 0, 0]);
  });
});

describe('samples for fitting a blend', () => {
  /** Everything that is not in the history may be recommended. */
  const eligibleFor = ({ history, prior }: World): Uint8Array => {
    const eligible = new Uint8Array(prior.length).fill(1);
    for (const item of history.itemIndices) eligible[item] = 0;
    return eligible;
  };

  it('judge a blend as a ranking of the whole catalogue does', () => {
    fc.assert(
      fc.property(worldsWith(0), fc.nat(), fc.constantFrom(1, 3, 10), (world, pick, k) => {
        const { scorers, prior, blend, history } = world;
        const eligible = eligibleFor(world);
        const open = [...eligible.keys()].filter((item) => eligible[item] === 1);
        if (open.length === 0) return;
        const heldOut = shuffled(open, createRandom(pick)).slice(0, 1 + (pick % 3));
        const families = scorers.map(({ family }) => family);
        const sample = createSampler({ scorers, prior })(history, heldOut, eligible);
        const ranked = topK(scoresOf(world).map(Math.fround), k, eligible);
        const [ndcg = Number.NaN] = blendNdcgs([sample], families, blend, k);
        expect(ndcg).toBeCloseTo(ndcgAtK(ranked, new Set(heldOut), k), 6);
        expect(ndcg).toBeLessThanOrEqual(1 + 1e-12);
      }),
      { numRuns: 300 },
    );
  });

  it('count what was held out and cannot be recommended as missed', () => {
    const ease = weightScorer('ease', [[0, 3, 2, 1], [], [], []]);
    const sampler = createSampler({ scorers: [ease], prior: new Float64Array(4) });
    const blend: BlendWeights = { weights: { ease: 1 }, priorStrength: 0.1 };
    const ndcgOf = (heldOut: readonly number[]): number =>
      blendNdcgs([sampler(historyOf([0], [1]), heldOut, Uint8Array.of(0, 1, 1, 1))], ['ease'], blend, 10)[0] ?? -1;
    expect(ndcgOf([1])).toBe(1);
    expect(ndcgOf([1, 0])).toBeCloseTo(1 / (1 + 1 / Math.log2(3)), 12);
    expect(ndcgOf([0])).toBe(0);
  });

  it('place an item that no family can score with the last', () => {
    const ease = weightScorer('ease', [[0, 3, 2, 9], [], [], []], [3]);
    const sampler = createSampler({ scorers: [ease], prior: new Float64Array(4) });
    const sample = sampler(historyOf([0], [1]), [3], Uint8Array.of(0, 1, 1, 1));
    const [ndcg] = blendNdcgs([sample], ['ease'], evenBlend(['ease']), 10);
    expect(ndcg).toBeCloseTo(1 / Math.log2(4), 12);
  });

  it('do not call it a hit when nothing tells the items apart', () => {
    const ease = weightScorer(
      'ease',
      Array.from({ length: 30 }, () => Array<number>(30).fill(0)),
    );
    const sampler = createSampler({ scorers: [ease], prior: new Float64Array(30) });
    const sample = sampler(historyOf([0], [1]), [20, 25, 29], new Uint8Array(30).fill(1));
    expect([...blendNdcgs([sample], ['ease'], evenBlend(['ease']), 10)]).toEqual([0]);
  });

  it('are the same however often the sampler has been used', () => {
    fc.assert(
      fc.property(worldArbitrary, worldArbitrary, ({ scorers, prior, history }, other) => {
        const sampler = createSampler({ scorers, prior });
        const eligible = new Uint8Array(prior.length).fill(1);
        const first = sampler(history, [0], eligible);
        const items = other.history.itemIndices.filter((item) => item < prior.length);
        sampler({ itemIndices: items, values: other.history.values.slice(0, items.length), atMs: null }, [], eligible);
        expect(sampler(history, [0], eligible)).toEqual(first);
      }),
    );
  });
});

describe('fitBlend', () => {
  const POOL = 40;
  const K = 10;

  /** Pools of which one item is wanted: how clearly each family, and popularity, sees it. */
  function samplesOf(
    count: number,
    signals: readonly number[],
    ofPopularity: number,
    seed: number,
    evidence = 3,
  ): BlendSample[] {
    const random = createRandom(seed);
    return Array.from({ length: count }, () => {
      const wanted = random.below(POOL);
      const seen = (signal: number): number[] =>
        Array.from({ length: POOL }, (_, place) => random.normal() + (place === wanted ? signal : 0));
      return {
        evidence,
        standardised: Float32Array.from(signals.flatMap(seen)),
        prior: Float32Array.from(seen(ofPopularity), (value) => Math.max(0, value + 1)),
        relevant: Int32Array.of(wanted),
        relevantCount: 1,
      };
    });
  }

  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const FAMILIES: readonly FamilyName[] = ['ials', 'ease'];

  it('drops a family that is pure noise, given enough samples', () => {
    for (const seed of [1, 2]) {
      const { blend } = fitBlend(samplesOf(800, [1.5, 0], 0.5, seed), FAMILIES, K);
      expect(blend.weights.ials).toBeGreaterThan(0);
      expect((blend.weights.ease ?? 0) / (blend.weights.ials ?? 0)).toBeLessThanOrEqual(0.1);
    }
  });

  it('keeps equal weights for families that are equally good', () => {
    for (const seed of [1, 2, 3]) {
      const { blend } = fitBlend(samplesOf(600, [1.5, 1.5], 0.5, seed), FAMILIES, K);
      const ratio = (blend.weights.ease ?? 0) / (blend.weights.ials ?? 0);
      expect(ratio).toBeGreaterThan(0.4);
      expect(ratio).toBeLessThan(2.5);
    }
  });

  it('keeps even weights with hardly any samples', () => {
    for (const count of [0, 1, 2, 5, 20]) {
      for (let seed = 0; seed < 10; seed++) {
        expect(fitBlend(samplesOf(count, [1.5, 0], 0.5, seed), FAMILIES, K).blend).toEqual(evenBlend(FAMILIES));
      }
    }
  });

  it('ranks by popularity when popularity is all there is', () => {
    const ofPopularity = (samples: readonly BlendSample[]): number =>
      mean(blendNdcgs(samples, FAMILIES, { weights: { ials: 1 }, priorStrength: 1e9 }, K));
    for (const seed of [1, 2]) {
      const fit = fitBlend(samplesOf(800, [0, 0], 2, seed), FAMILIES, K);
      const others = samplesOf(800, [0, 0], 2, seed + 10);
      expect(mean(blendNdcgs(others, FAMILIES, fit.blend, K))).toBeGreaterThan(0.98 * ofPopularity(others));
      expect(priorWeight(3, fit.blend.priorStrength)).toBeGreaterThan(0.9);
    }
  });

  it('does without popularity when it is the noise', () => {
    const { blend } = fitBlend(samplesOf(800, [2, 2], 0, 5), FAMILIES, K);
    expect(priorWeight(3, blend.priorStrength)).toBeLessThan(0.2);
  });

  it('holds for learners that it was not fitted on: never much worse than its best part', () => {
    for (const [count, seed] of [
      [50, 2],
      [400, 3],
    ] as const) {
      for (const signals of [
        [2, 0],
        [1, 2],
        [1.5, 1.5],
      ]) {
        const { blend } = fitBlend(samplesOf(count, signals, 0.5, seed), FAMILIES, K);
        const others = samplesOf(500, signals, 0.5, seed + 100);
        const of = (one: BlendWeights): number => mean(blendNdcgs(others, FAMILIES, one, K));
        const parts = FAMILIES.map((family) => of({ weights: { [family]: 1 }, priorStrength: 1e-9 }));
        const floor = count < 100 ? 0.85 : 0.97;
        expect(of(blend)).toBeGreaterThan(floor * Math.max(...parts, of({ weights: { ials: 1 }, priorStrength: 1e9 })));
      }
    }
  });

  it('is never worse than equal weights on its own samples, and gives the figure of what it returns', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 80 }),
        fc.tuple(fc.constantFrom(0, 1, 2), fc.constantFrom(0, 1, 2)),
        (seed, count, signals) => {
          const samples = samplesOf(count, signals, 1, seed);
          const { blend, ndcg }: BlendFit = fitBlend(samples, FAMILIES, K);
          expect(ndcg).toBeCloseTo(mean(blendNdcgs(samples, FAMILIES, blend, K)), 12);
          expect(ndcg).toBeGreaterThanOrEqual(mean(blendNdcgs(samples, FAMILIES, evenBlend(FAMILIES), K)));
          expect(blend.priorStrength).toBeGreaterThan(0);
          expect(FAMILIES.some((family) => (blend.weights[family] ?? 0) > 0)).toBe(true);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('has nothing to fit without families or samples', () => {
    expect(fitBlend([], FAMILIES, K)).toEqual({ blend: evenBlend(FAMILIES), ndcg: 0 });
    expect(fitBlend(samplesOf(3, [], 1, 1), [], K).blend).toEqual({ weights: {}, priorStrength: expect.any(Number) });
    expect(evenBlend(['ials', 'ease', 'itemknn', 'sequence']).weights).toEqual({
      ials: 0.25,
      ease: 0.25,
      itemknn: 0.25,
      sequence: 0.25,
    });
  });
});
