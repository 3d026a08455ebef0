import fc from 'fast-check';
import { Matrix } from 'ml-matrix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEaseScorer, easeFits, fitEase, openEaseFitter } from '../../src/recsys/ease.js';
import { type FitContext, FitStopped, type TrainingData } from '../../src/recsys/fitting.js';
import type { History } from '../../src/recsys/history.js';
import { buildCsr } from '../../src/recsys/interactions.js';
import {
  createItemKnnScorer,
  DEFAULT_ITEM_KNN_OPTIONS,
  fitItemKnn,
  type ItemKnnOptions,
} from '../../src/recsys/itemKnn.js';
import type { ItemScorer } from '../../src/recsys/itemScorer.js';
import { createItemWeightScorer } from '../../src/recsys/itemWeights.js';
import type { Engine } from '../../src/recsys/kernels/engine.js';
import { openEngine } from '../../src/recsys/kernels/openEngine.js';
import { createRandom } from '../../src/stats/random.js';

/** Cells as a dense table, learners × items. */
function dataOf(table: readonly (readonly number[])[], itemCount = table[0]?.length ?? 0): TrainingData {
  const rowIndices: number[] = [];
  const columnIndices: number[] = [];
  const values: number[] = [];
  table.forEach((row, learner) => {
    row.forEach((value, item) => {
      if (value === 0) return;
      rowIndices.push(learner);
      columnIndices.push(item);
      values.push(value);
    });
  });
  return {
    interactions: buildCsr(table.length, itemCount, { rowIndices, columnIndices, values }),
    atMs: null,
    asOfMs: 0,
    content: null,
  };
}

function randomTable(learnerCount: number, itemCount: number, seed: number, dismissedShare = 0): number[][] {
  const random = createRandom(seed);
  return Array.from({ length: learnerCount }, () =>
    Array.from({ length: itemCount }, () => {
      if (random.uniform() > 0.35) return 0;
      return random.uniform() < dismissedShare ? -1 : 1;
    }),
  );
}

function historyOf(itemIndices: readonly number[], values: readonly number[]): History {
  return { itemIndices: Int32Array.from(itemIndices), values: Float32Array.from(values), atMs: null };
}

function scoresOf(scorer: ItemScorer, history: History): Float32Array {
  const out = new Float32Array(scorer.itemCount).fill(7);
  scorer.score(history, out);
  return out;
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN))).toBeLessThanOrEqual(tolerance);
  }
}

const historyArbitrary = (itemCount: number): fc.Arbitrary<History> =>
  fc
    .uniqueArray(fc.integer({ min: 0, max: itemCount - 1 }), { maxLength: itemCount })
    .chain((items) =>
      fc
        .array(fc.constantFrom(-1, -0.5, 0.2, 1), { minLength: items.length, maxLength: items.length })
        .map((values) => historyOf(items, values)),
    );

/** Steck's solution by a general inverse in float64. */
function plainEase(table: readonly (readonly number[])[], l2: number): Matrix {
  const x = new Matrix(table.map((row) => [...row]));
  const gramian = x.transpose().mmul(x);
  const n = gramian.rows;
  const precision = Matrix.add(gramian, Matrix.mul(Matrix.eye(n), l2));
  const p = new Matrix(invert(precision.to2DArray()));
  const b = Matrix.zeros(n, n);
  for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) if (i !== j) b.set(j, i, -p.get(j, i) / p.get(i, i));
  return b;
}

/** Gauss–Jordan with row exchanges: as different from the blocked sweep as can be. */
function invert(rows: number[][]): number[][] {
  const n = rows.length;
  const a = rows.map((row, i) => [...row, ...Array.from({ length: n }, (_, j) => (i === j ? 1 : 0))]);
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i]![k]!) > Math.abs(a[best]![k]!)) best = i;
    [a[k], a[best]] = [a[best]!, a[k]!];
    const pivot = a[k]![k]!;
    a[k] = a[k]!.map((value) => value / pivot);
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = a[i]![k]!;
      a[i] = a[i]!.map((value, j) => value - factor * a[k]![j]!);
    }
  }
  return a.map((row) => row.slice(n));
}

/** Item kNN as it is defined, one pair after the other. */
function plainItemKnn(table: readonly (readonly number[])[], options: ItemKnnOptions): number[][] {
  const unscaled = table.map((row) => {
    const sum = row.reduce((total, value) => total + Math.abs(value), 0);
    return row.map((value) => (sum === 0 ? 0 : value * sum ** -options.learnerExponent));
  });
  const positive = unscaled.flat().filter((value) => value > 0);
  const mean = positive.reduce((sum, value) => sum + value, 0) / positive.length;
  const scaled = unscaled.map((row) => row.map((value) => value / mean));
  const n = table[0]?.length ?? 0;
  const product = (i: number, j: number): number => scaled.reduce((sum, row) => sum + row[i]! * row[j]!, 0);
  const weights = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  for (let i = 0; i < n; i++) {
    const similarities = Array.from({ length: n }, (_, j) => {
      if (j === i || product(i, j) === 0) return 0;
      return product(i, j) / (Math.sqrt(product(i, i)) * Math.sqrt(product(j, j)) + options.shrinkage);
    });
    const order = similarities.map((_, j) => j).filter((j) => similarities[j] !== 0);
    // Rounded, since what is equal on paper may differ in the last bit.
    const strength = (j: number): number => Math.round(Math.abs(similarities[j]!) * 1e9);
    order.sort((a, b) => strength(b) - strength(a) || a - b);
    for (const j of order.slice(0, options.neighbours)) weights[i]![j] = similarities[j]!;
  }
  return weights;
}

/** The weight matrix as a scorer shows it: the scores of one-item histories. */
function weightsOf(scorer: ItemScorer): number[][] {
  return Array.from({ length: scorer.itemCount }, (_, item) => [...scoresOf(scorer, historyOf([item], [1]))]);
}

describe('models of weights between items', () => {
  let wasm: Engine;
  let plain: Engine;
  let contexts: FitContext[];
  beforeAll(async () => {
    wasm = await openEngine({ threads: 2 });
    plain = await openEngine({ force: 'plain' });
    contexts = [{ engine: wasm }, { engine: plain }];
  });
  afterAll(() => Promise.all([wasm.close(), plain.close()]));

  describe('EASE', () => {
    const DENSE = { l2: 1, learnerExponent: 0, halfLifeDays: null, neighboursPerItem: null };

    it('gives two items the weights worked out by hand', () => {
      // XᵀX + I = [[4, 1], [1, 3]], its inverse [[3, −1], [−1, 4]] / 11: B₀₁ = 1/4 (towards item 1), B₁₀ = 1/3.
      const data = dataOf([
        [1, 1],
        [1, 0],
        [1, 0],
        [0, 1],
      ]);
      for (const context of contexts) {
        const weights = weightsOf(createEaseScorer(fitEase(data, DENSE, context)));
        expectClose(weights[0]!, [0, 1 / 4], 1e-6);
        expectClose(weights[1]!, [1 / 3, 0], 1e-6);
      }
    });

    it('is the closed form on binary data, whatever the l2', () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 40 }),
          fc.integer({ min: 1, max: 90 }),
          fc.constantFrom(0.5, 10, 1000),
          fc.integer({ min: 0, max: 1000 }),
          (learnerCount, itemCount, l2, seed) => {
            const table = randomTable(learnerCount, itemCount, seed);
            const expected = plainEase(table, l2);
            for (const context of contexts) {
              const model = fitEase(dataOf(table), { ...DENSE, l2 }, context);
              const scorer = createEaseScorer(model);
              const isKnown = new Set(model.weights.knownItems);
              let worst = 0;
              weightsOf(scorer).forEach((row, j) => {
                row.forEach((weight, i) => {
                  // A number exactly where there is evidence.
                  const isWrong = Number.isNaN(weight) === isKnown.has(i);
                  const difference = isKnown.has(i) ? Math.abs(weight - expected.get(j, i)) : 0;
                  worst = Math.max(worst, isWrong ? Number.POSITIVE_INFINITY : difference);
                });
              });
              expect(worst).toBeLessThan(2e-4);
            }
          },
        ),
        { numRuns: 25 },
      );
    });

    it('keeps the strongest weights of each history item, of equals those towards lower items', () => {
      const table = randomTable(60, 23, 5);
      for (const context of contexts) {
        const all = weightsOf(createEaseScorer(fitEase(dataOf(table), DENSE, context)));
        const pruned = fitEase(dataOf(table), { ...DENSE, neighboursPerItem: 4 }, context);
        const kept = weightsOf(createEaseScorer(pruned));
        all.forEach((row, j) => {
          const order = row.map((_, i) => i).sort((a, b) => Math.abs(row[b]!) - Math.abs(row[a]!) || a - b);
          const strongest = new Set(order.slice(0, 4));
          expect(kept[j]).toEqual(row.map((weight, i) => (strongest.has(i) ? weight : 0)));
        });
        expect(fitEase(dataOf(table), { ...DENSE, neighboursPerItem: 22 }, context).weights.kind).toBe('dense');
      }
      // Each of five alike weighs the same towards all others: the first two stay.
      const alike = fitEase(dataOf([[1, 1, 1, 1, 1]]), { ...DENSE, neighboursPerItem: 2 }, contexts[1]!);
      const kept = weightsOf(createEaseScorer(alike));
      expect(kept.map((row) => row.map((value) => value > 0))).toEqual([
        [false, true, true, false, false],
        [true, false, true, false, false],
        [true, true, false, false, false],
        [true, true, false, false, false],
        [true, true, false, false, false],
      ]);
    });

    it('fits several l2 from one Gramian as it does one by one', () => {
      const data = dataOf(randomTable(50, 30, 6, 0.1));
      for (const context of contexts) {
        const fitter = openEaseFitter(data, DENSE, context);
        for (const l2 of [3, 300, 3]) {
          expect(fitter.fit({ l2, neighboursPerItem: null })).toEqual(fitEase(data, { ...DENSE, l2 }, context));
        }
        fitter.release();
      }
    });

    it('lowers what people dismissed who took the same, and raises nothing by it', () => {
      const taken = [
        [1, 1, 1],
        [1, 1, 0],
        [1, 0, 1],
        [1, 1, 1],
        [0, 1, 1],
      ];
      const dismissing = taken.map((row) => [...row]);
      dismissing[1]![2] = -1;
      for (const context of contexts) {
        const before = scoresOf(createEaseScorer(fitEase(dataOf(taken), DENSE, context)), historyOf([0, 1], [1, 1]));
        const after = scoresOf(
          createEaseScorer(fitEase(dataOf(dismissing), DENSE, context)),
          historyOf([0, 1], [1, 1]),
        );
        expect(after[2]).toBeLessThan(before[2]! - 0.05);
      }
    });

    it('lets old interactions count for less', () => {
      const table = [
        [1, 1, 0],
        [1, 0, 1],
        [1, 1, 0],
        [1, 0, 1],
      ];
      const { interactions } = dataOf(table);
      const dayMs = 86_400_000;
      const atMs = Float64Array.from(interactions.columnIndices, (_, cell) => (cell < 4 ? 0 : 100) * dayMs);
      const data: TrainingData = { interactions, atMs, asOfMs: 100 * dayMs, content: null };
      const halfLifeDays = 20;
      const faded = table.map((row, learner) => row.map((value) => value * (learner < 2 ? 2 ** -5 : 1)));
      const mean = (4 * 2 ** -5 + 4) / 8;
      const expected = plainEase(
        faded.map((row) => row.map((value) => value / mean)),
        1,
      );
      for (const context of contexts) {
        const weights = weightsOf(createEaseScorer(fitEase(data, { ...DENSE, halfLifeDays }, context)));
        weights.forEach((row, j) => {
          expectClose(row, expected.getRow(j), 1e-5);
        });
      }
    });

    it('tells of its steps, and stops when asked to', () => {
      const data = dataOf(randomTable(20, 10, 8));
      for (const { engine } of contexts) {
        const steps: string[] = [];
        fitEase(data, DENSE, { engine, onStep: (done, total) => steps.push(`${done} of ${total}`) });
        expect(steps).toEqual(['1 of 2', '2 of 2']);
        for (const calls of [0, 1, 2, 3]) {
          let polled = 0;
          expect(() => fitEase(data, DENSE, { engine, shouldStop: () => polled++ >= calls })).toThrow(FitStopped);
        }
        expect(weightsOf(createEaseScorer(fitEase(data, DENSE, { engine })))).toHaveLength(10);
      }
    });

    it('refuses what cannot be', () => {
      const data = dataOf(randomTable(20, 10, 9));
      const [context] = contexts;
      for (const l2 of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => fitEase(data, { ...DENSE, l2 }, context!)).toThrow(RangeError);
      }
      for (const neighboursPerItem of [0, 1.5]) {
        expect(() => fitEase(data, { ...DENSE, neighboursPerItem }, context!)).toThrow(RangeError);
      }
      expect(() => fitEase(data, { ...DENSE, halfLifeDays: 0 }, context!)).toThrow(RangeError);
      // Two items always taken together cannot be told apart by 1e-9 in float32.
      const alike = dataOf(Array.from({ length: 1000 }, () => [1, 1]));
      for (const each of contexts) {
        expect(() => fitEase(alike, { ...DENSE, l2: 1e-6 }, each)).toThrow(/raise l2/);
      }
      const wide = dataOf([[...new Array<number>(20_001).fill(1)]]);
      for (const each of contexts) expect(() => fitEase(wide, DENSE, each)).toThrow(/20000 is the most/);
    });

    it('says up to how many items it is fitted', () => {
      expect([0, 5_000, 5_001].map((count) => easeFits(count))).toEqual([true, true, false]);
      expect([5_001, 10_000, 10_001].map((count) => easeFits(count, 10_000))).toEqual([true, true, false]);
      expect(easeFits(20_001, 100_000)).toBe(false);
    });
  });

  describe('item kNN', () => {
    it('gives the similarities worked out by hand', () => {
      // Items 0 and 1 share two learners; norms √3 and √2; shrinkage 1.
      const data = dataOf([
        [1, 1, 0],
        [1, 1, 0],
        [1, 0, 1],
      ]);
      const options = { ...DEFAULT_ITEM_KNN_OPTIONS, shrinkage: 1, learnerExponent: 0 };
      const weights = weightsOf(createItemKnnScorer(fitItemKnn(data, options, contexts[0]!)));
      expect(weights[0]![1]).toBeCloseTo(2 / (Math.sqrt(6) + 1), 6);
      expect(weights[2]![0]).toBeCloseTo(1 / (Math.sqrt(3) + 1), 6);
      expect(weights[1]![2]).toBe(0);
      expect(weights[1]![1]).toBe(0);
    });

    it('is what the definition says, pair by pair', () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 25 }),
          fc.integer({ min: 1, max: 20 }),
          fc.record({
            neighbours: fc.integer({ min: 1, max: 25 }),
            shrinkage: fc.constantFrom(0, 1, 20),
            learnerExponent: fc.constantFrom(0, 0.5),
          }),
          fc.integer({ min: 0, max: 1000 }),
          (learnerCount, itemCount, some, seed) => {
            const table = randomTable(learnerCount, itemCount, seed);
            const options = { ...some, halfLifeDays: null };
            const model = fitItemKnn(dataOf(table), options, contexts[0]!);
            const expected = plainItemKnn(table, options);
            const isKnown = new Set(model.weights.knownItems);
            weightsOf(createItemKnnScorer(model)).forEach((row, j) => {
              row.forEach((weight, i) => {
                if (!isKnown.has(i)) expect(weight).toBeNaN();
                else expect(Math.abs(weight - expected[j]![i]!)).toBeLessThan(1e-6);
              });
            });
          },
        ),
        { numRuns: 60 },
      );
    });

    it('tells items apart that some complete and others dismiss', () => {
      const data = dataOf([
        [1, 1, 1],
        [1, 1, -1],
        [1, 1, -1],
      ]);
      const options = { ...DEFAULT_ITEM_KNN_OPTIONS, shrinkage: 0, learnerExponent: 0 };
      const weights = weightsOf(createItemKnnScorer(fitItemKnn(data, options, contexts[0]!)));
      expect(weights[0]![1]).toBeCloseTo(1, 6);
      expect(weights[0]![2]).toBeCloseTo(-1 / 3, 6);
    });

    it('tells of its steps, and stops when asked to', () => {
      const data = dataOf(randomTable(20, 10, 8));
      const steps: string[] = [];
      const { engine } = contexts[0]!;
      const onStep = (done: number, total: number): void => void steps.push(`${done} of ${total}`);
      fitItemKnn(data, DEFAULT_ITEM_KNN_OPTIONS, { engine, onStep });
      expect(steps).toEqual(Array.from({ length: 10 }, (_, step) => `${step + 1} of 10`));
      const stopped = { engine, shouldStop: () => true };
      expect(() => fitItemKnn(data, DEFAULT_ITEM_KNN_OPTIONS, stopped)).toThrow(FitStopped);
    });

    it.each([
      [{ neighbours: 0 }],
      [{ neighbours: 2.5 }],
      [{ shrinkage: -1 }],
      [{ learnerExponent: -0.1 }],
      [{ halfLifeDays: 0 }],
    ])('refuses %o', (wrong) => {
      const data = dataOf(randomTable(5, 5, 10));
      expect(() => fitItemKnn(data, { ...DEFAULT_ITEM_KNN_OPTIONS, ...wrong }, contexts[0]!)).toThrow(RangeError);
    });
  });

  const FAMILIES: readonly [string, (data: TrainingData, context: FitContext) => ItemScorer][] = [
    [
      'dense EASE',
      (data, context) =>
        createEaseScorer(
          fitEase(data, { l2: 2, learnerExponent: 0.25, halfLifeDays: null, neighboursPerItem: null }, context),
        ),
    ],
    [
      'pruned EASE',
      (data, context) =>
        createEaseScorer(
          fitEase(data, { l2: 2, learnerExponent: 0.25, halfLifeDays: null, neighboursPerItem: 3 }, context),
        ),
    ],
    [
      'item kNN',
      (data, context) => createItemKnnScorer(fitItemKnn(data, { ...DEFAULT_ITEM_KNN_OPTIONS, neighbours: 5 }, context)),
    ],
  ];

  describe.each(FAMILIES)('%s', (_, fitScorer) => {
    // Item 3 of 12 is nobody's.
    const table = randomTable(40, 12, 11, 0.2).map((row) => row.map((value, item) => (item === 3 ? 0 : value)));

    it('explains every score as a sum over the history', () => {
      for (const context of contexts) {
        const scorer = fitScorer(dataOf(table), context);
        fc.assert(
          fc.property(historyArbitrary(12), fc.integer({ min: 0, max: 11 }), (history, item) => {
            const { contributions, base } = scorer.explain(history, item);
            expect(contributions).toHaveLength(history.itemIndices.length);
            const score = scoresOf(scorer, history)[item]!;
            const sum = contributions.reduce((total, value) => total + value, base);
            if (item === 3) expect([score, sum]).toEqual([Number.NaN, Number.NaN]);
            else expect(Math.abs(sum - score)).toBeLessThan(1e-5);
            if (item !== 3) expect(base).toBe(0);
          }),
        );
      }
    });

    it('scores nothing by nothing, and items without evidence never', () => {
      for (const context of contexts) {
        const scorer = fitScorer(dataOf(table), context);
        for (const history of [historyOf([], []), historyOf([3], [1]), historyOf([0, 5], [0, 0])]) {
          scoresOf(scorer, history).forEach((score, item) => {
            if (item === 3) expect(score).toBeNaN();
            else expect(score).toBe(0);
          });
        }
      }
    });

    it('takes away for a dismissed item exactly what it would add for a completed one', () => {
      const scorer = fitScorer(dataOf(table), contexts[0]!);
      for (let item = 0; item < 12; item++) {
        const added = scoresOf(scorer, historyOf([item], [0.5]));
        const taken = scoresOf(scorer, historyOf([item], [-0.5]));
        expect(taken.map((score) => 0 - score)).toEqual(added);
      }
    });

    it('does not care for the order of the history or of the learners', () => {
      const scorer = fitScorer(dataOf(table), contexts[0]!);
      const turned = fitScorer(dataOf(table.toReversed()), contexts[0]!);
      fc.assert(
        fc.property(historyArbitrary(12), (history) => {
          const known = (scores: Float32Array): Float32Array => scores.filter((score) => !Number.isNaN(score));
          const scores = known(scoresOf(scorer, history));
          const back = historyOf([...history.itemIndices].reverse(), [...history.values].reverse());
          expectClose(known(scoresOf(scorer, back)), scores, 1e-5);
          expectClose(known(scoresOf(turned, history)), scores, 1e-5);
        }),
      );
    });

    it('gives every item its column of weights as a vector, with itself in it', () => {
      for (const context of contexts) {
        const scorer = fitScorer(dataOf(table), context);
        const weights = weightsOf(scorer);
        for (let item = 0; item < 12; item++) {
          const column = weights.map((row, j) => (j === item ? 1 : item === 3 ? 0 : row[item]));
          expect([...(scorer.itemVector(item) ?? [])]).toEqual(column);
        }
      }
    });

    it('copes with data that says nothing or the same of all', () => {
      const cases: [number, number, (readonly number[])[]][] = [
        [0, 0, []],
        [0, 4, []],
        [3, 0, [[], [], []]],
        [
          2,
          4,
          [
            [0, 0, 0, 0],
            [0, 0, 0, 0],
          ],
        ],
        [1, 1, [[1]]],
        [3, 1, [[1], [1], [-1]]],
        [1, 4, [[1, 1, 1, 1]]],
        [
          2,
          4,
          [
            [1, 1, 1, 1],
            [1, 1, 1, 1],
          ],
        ],
        [
          2,
          4,
          [
            [-1, -1, -1, -1],
            [-1, -1, -1, -1],
          ],
        ],
      ];
      for (const context of contexts) {
        for (const [, itemCount, rows] of cases) {
          const scorer = fitScorer(dataOf(rows, itemCount), context);
          const everything = Array.from({ length: itemCount }, (_, item) => item);
          const scores = scoresOf(
            scorer,
            historyOf(
              everything,
              everything.map(() => 1),
            ),
          );
          const isKnown = rows.some((row) => row.some((value) => value !== 0));
          for (const score of scores) expect(isKnown ? Number.isFinite(score) : Number.isNaN(score)).toBe(true);
          if (isKnown) expect(scores.every((score) => Math.abs(score - scores[0]!) < 1e-5)).toBe(true);
        }
      }
    });

    it('refuses what is outside the model', () => {
      const scorer = fitScorer(dataOf(table), contexts[0]!);
      const out = new Float32Array(12);
      expect(() => scorer.score(historyOf([12], [1]), out)).toThrow(RangeError);
      expect(() => scorer.score(historyOf([1], []), out)).toThrow(RangeError);
      expect(() => scorer.score(historyOf([1], [1]), new Float32Array(11))).toThrow(RangeError);
      expect(() => scorer.explain(historyOf([1], [1]), 12)).toThrow(RangeError);
      expect(() => scorer.explain(historyOf([-1], [1]), 0)).toThrow(RangeError);
      expect(() => scorer.itemVector(-1)).toThrow(RangeError);
    });
  });

  it('add up dense weights row by row, for histories of any length', () => {
    const random = createRandom(12);
    const values = Float32Array.from({ length: 49 }, (_, at) => (at % 8 === 0 ? 0 : random.normal()));
    const knownItems = Int32Array.of(0, 1, 2, 4, 5, 6, 8);
    const scorer = createItemWeightScorer('ease', { kind: 'dense', itemCount: 9, knownItems, values });
    fc.assert(
      fc.property(historyArbitrary(9), (history) => {
        const scores = scoresOf(scorer, history);
        for (let i = 0; i < 9; i++) {
          const column = knownItems.indexOf(i);
          if (column < 0) {
            expect(scores[i]).toBeNaN();
            continue;
          }
          let expected = 0;
          history.itemIndices.forEach((item, j) => {
            const row = knownItems.indexOf(item);
            if (row >= 0) expected += history.values[j]! * values[row * 7 + column]!;
          });
          expect(Math.abs(scores[i]! - expected)).toBeLessThan(1e-5);
        }
      }),
    );
  });
});
