import fc from 'fast-check';
import { Matrix, solve } from 'ml-matrix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fitIals, type IalsModel, type IalsOptions, type WarmStart } from '../../src/recsys/als.js';
import { turnToPrincipalAxes } from '../../src/recsys/denseAlgebra.js';
import { type FitContext, FitStopped, fadedInteractions } from '../../src/recsys/fitting.js';
import { createFoldIn, explain, explainAlong, foldIn, scoreItems } from '../../src/recsys/foldIn.js';
import type { History } from '../../src/recsys/history.js';
import { createIalsScorer } from '../../src/recsys/ialsScorer.js';
import { buildCsr, type CsrMatrix } from '../../src/recsys/interactions.js';
import type { Engine } from '../../src/recsys/kernels/engine.js';
import { openEngine } from '../../src/recsys/kernels/openEngine.js';
import { createRandom, shuffled } from '../../src/stats/random.js';

const OPTIONS: IalsOptions = {
  rank: 6,
  epochs: 3,
  unobservedWeight: 0.1,
  regularisation: 0.05,
  regularisationExponent: 1,
  initialDeviation: 0.1,
  halfLifeDays: null,
  seed: 7,
  solver: 'auto',
  cgSteps: 3,
};

/** A model with random factors: fold-in and scoring are defined for any factors, fitted or not. */
/** Not placed by content. */
const UNPLACED = { scoringFactors: null, content: null };

function randomModel(itemCount: number, rank: number, seed: number, options: Partial<IalsOptions> = {}): IalsModel {
  const random = createRandom(seed);
  const itemFactors = Float32Array.from({ length: itemCount * rank }, () => random.normal());
  const gramianDiagonal = turnToPrincipalAxes(itemFactors, itemCount, rank);
  return {
    family: 'ials',
    rank,
    itemCount,
    fittedItemCount: itemCount,
    itemFactors,
    gramianDiagonal,
    ...UNPLACED,
    options: { ...OPTIONS, ...options, rank },
  };
}

function historyOf(items: readonly number[], values: readonly number[]): History {
  return { itemIndices: Int32Array.from(items), values: Float32Array.from(values), atMs: null };
}

/** Factors of one row by the plain normal equations, `(α₀ YᵀY + Yᵤᵀ C Yᵤ + ridge) x = Yᵤᵀ C p`, by LU. */
function plainSolve(
  factors: Matrix,
  items: readonly number[],
  values: readonly number[],
  options: IalsOptions,
): Matrix {
  const { unobservedWeight, regularisation, regularisationExponent } = options;
  const weight = values.reduce((sum, value) => sum + Math.abs(value), 0);
  const ridge = regularisation * (weight + unobservedWeight * factors.rows) ** regularisationExponent;
  const system = factors.transpose().mmul(factors).mul(unobservedWeight);
  system.add(Matrix.eye(factors.columns).mul(ridge));
  const target = Matrix.zeros(factors.columns, 1);
  items.forEach((item, j) => {
    const value = values[j] ?? 0;
    const row = factors.getRowVector(item);
    system.add(row.transpose().mmul(row).mul(Math.abs(value)));
    if (value > 0) target.add(row.transpose().mul(value));
  });
  return solve(system, target);
}

function factorMatrix({ itemFactors, itemCount, rank }: IalsModel): Matrix {
  return Matrix.from1DArray(itemCount, rank, Array.from(itemFactors));
}

/** Each learner with a random history: some long, some empty, one dismissal in five; of positive mean 1. */
function randomInteractions(learnerCount: number, itemCount: number, seed: number): CsrMatrix {
  const random = createRandom(seed);
  const items = Array.from({ length: itemCount }, (_, item) => item);
  const rowIndices: number[] = [];
  const columnIndices: number[] = [];
  const values: number[] = [];
  for (let learner = 0; learner < learnerCount; learner++) {
    const size = learner % 5 === 4 ? 0 : random.below(itemCount);
    for (const item of shuffled(items, random).slice(0, size)) {
      rowIndices.push(learner);
      columnIndices.push(item);
      values.push(random.below(5) === 0 ? -1 : 0.2 + random.uniform());
    }
  }
  return unfaded(buildCsr(learnerCount, itemCount, { rowIndices, columnIndices, values }));
}

/** What a fit makes of interactions of unknown age. */
function unfaded(interactions: CsrMatrix): CsrMatrix {
  return fadedInteractions({ interactions, atMs: null, asOfMs: 0, content: null }, null);
}

function historyOfRow(matrix: CsrMatrix, row: number): History {
  const start = matrix.rowOffsets[row];
  const end = matrix.rowOffsets[row + 1];
  return {
    itemIndices: matrix.columnIndices.subarray(start, end),
    values: matrix.values.subarray(start, end),
    atMs: null,
  };
}

function greatestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

const historyArbitrary = fc
  .record({
    order: fc.shuffledSubarray(Array.from({ length: 30 }, (_, item) => item)),
    seed: fc.integer({ min: 0, max: 1000 }),
  })
  .map(({ order, seed }) => {
    const random = createRandom(seed);
    return historyOf(
      order,
      order.map(() => (random.below(4) === 0 ? -1 : 1) * (0.05 + 2 * random.uniform())),
    );
  });

describe('foldIn', () => {
  it('gives one learner with one course the factor worked out by hand', () => {
    // Two items with factors 2 and 1: Gramian 5. α₀ = 0.1: 0.5; ridge 0.05 · (1 + 0.1 · 2) = 0.06; item 0 with
    // confidence 1: x = 2 / (0.5 + 0.06 + 4).
    const model: IalsModel = {
      family: 'ials',
      rank: 1,
      itemCount: 2,
      fittedItemCount: 2,
      itemFactors: Float32Array.of(2, 1),
      gramianDiagonal: Float64Array.of(5),
      ...UNPLACED,
      options: { ...OPTIONS, rank: 1 },
    };
    const factors = foldIn(createFoldIn(model), historyOf([0], [1]));
    expect(factors[0]).toBeCloseTo(2 / 4.56, 12);
    expect(Array.from(scoreItems(model, factors), (score) => score.toFixed(6))).toEqual(['0.877193', '0.438596']);
  });

  it('solves the plain normal equations for histories of every length, dismissals included', () => {
    const model = randomModel(30, 8, 1);
    const context = createFoldIn(model);
    const factors = factorMatrix(model);
    fc.assert(
      fc.property(historyArbitrary, (history) => {
        const plain = plainSolve(factors, [...history.itemIndices], [...history.values], model.options);
        expect(greatestDifference(foldIn(context, history), plain.to1DArray())).toBeLessThan(1e-5);
      }),
    );
  });

  it('gives the same factors in the dual as in the primal', () => {
    const model = randomModel(30, 8, 2);
    const context = createFoldIn(model);
    fc.assert(
      fc.property(historyArbitrary, (history) => {
        const short = historyOf([...history.itemIndices].slice(0, 6), [...history.values].slice(0, 6));
        // Items with a confidence of 0 change nothing but the length, and with it the path taken.
        const others = Array.from({ length: 30 }, (_, item) => item).filter(
          (item) => !short.itemIndices.includes(item),
        );
        const long = historyOf([...short.itemIndices, ...others], [...short.values, ...others.map(() => 0)]);
        expect(greatestDifference(foldIn(context, short), foldIn(context, long))).toBeLessThan(1e-12);
      }),
    );
  });

  it('does not care for the order of the history', () => {
    const model = randomModel(30, 8, 3);
    const context = createFoldIn(model);
    fc.assert(
      fc.property(historyArbitrary, ({ itemIndices, values }) => {
        const reversed = { itemIndices: itemIndices.toReversed(), values: values.toReversed(), atMs: null };
        const factors = foldIn(context, { itemIndices, values, atMs: null });
        expect(greatestDifference(factors, foldIn(context, reversed))).toBeLessThan(1e-12);
      }),
    );
  });

  it('knows nothing without a positive value', () => {
    const context = createFoldIn(randomModel(10, 4, 4));
    expect(foldIn(context, historyOf([], []))).toEqual(new Float64Array(4));
    expect(foldIn(context, historyOf([3, 5], [-1, -0.5]))).toEqual(new Float64Array(4));
  });

  it('refuses a history outside the model', () => {
    const context = createFoldIn(randomModel(10, 4, 5));
    expect(() => foldIn(context, historyOf([10], [1]))).toThrow(RangeError);
    expect(() => foldIn(context, historyOf([-1], [1]))).toThrow(RangeError);
    expect(() => foldIn(context, historyOf([1], []))).toThrow(RangeError);
  });
});

describe('scoreItems', () => {
  it('is the inner product with every item, for any count of items', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5 }), (itemCount, rank) => {
        const model = randomModel(itemCount, rank, 6);
        const random = createRandom(8);
        const factors = Float64Array.from({ length: rank }, () => random.normal());
        const expected = factorMatrix(model).mmul(Matrix.columnVector(factors)).to1DArray();
        const out = new Float64Array(itemCount);
        expect(scoreItems(model, factors, out)).toBe(out);
        expect(greatestDifference(out, expected)).toBeLessThan(1e-12);
      }),
    );
  });

  it('refuses arrays of the wrong length', () => {
    const model = randomModel(10, 4, 10);
    expect(() => scoreItems(model, new Float64Array(3))).toThrow(RangeError);
    expect(() => scoreItems(model, new Float64Array(4), new Float64Array(9))).toThrow(RangeError);
  });
});

describe('explain', () => {
  it('splits a score over the history so that the parts sum to it', () => {
    const model = randomModel(30, 8, 11);
    const context = createFoldIn(model);
    fc.assert(
      fc.property(historyArbitrary, fc.integer({ min: 0, max: 29 }), (history, item) => {
        const factors = foldIn(context, history);
        const contributions = explain(context, history, item, factors);
        const score = scoreItems(model, factors)[item] ?? Number.NaN;
        expect(contributions).toHaveLength(history.itemIndices.length);
        expect(contributions.reduce((sum, value) => sum + value, 0)).toBeCloseTo(score, 8);
        expect(explain(context, history, item)).toEqual(contributions);
      }),
    );
  });

  it('names the course that points the same way, and counts a dismissed one against', () => {
    // Items 0 and 1 lie on one axis, 2 and 3 on the other.
    const itemFactors = Float32Array.of(1, 0, 1, 0, 0, 1, 0, 1);
    const gramianDiagonal = Float64Array.of(2, 2);
    const options = { ...OPTIONS, rank: 2 };
    const model: IalsModel = {
      family: 'ials',
      rank: 2,
      itemCount: 4,
      fittedItemCount: 4,
      itemFactors,
      gramianDiagonal,
      ...UNPLACED,
      options,
    };
    const context = createFoldIn(model);
    const [own, other] = explain(context, historyOf([0, 2], [1, 1]), 1);
    expect(own).toBeGreaterThan(0.5);
    expect(other).toBeCloseTo(0, 12);
    const [wanted, dismissed] = explain(context, historyOf([0, 1], [1, -1]), 1);
    expect(wanted).toBeGreaterThan(0);
    expect(dismissed).toBeLessThan(0);
  });

  it('explains a lead of one item over another as the difference of their explanations', () => {
    const model = randomModel(30, 8, 12);
    const context = createFoldIn(model);
    const history = historyOf([4, 8, 15], [1, 0.2, -1]);
    const lead = Float64Array.from(
      { length: 8 },
      (_, k) => (model.itemFactors[16 + k] ?? 0) - (model.itemFactors[24 + k] ?? 0),
    );
    const of2 = explain(context, history, 2);
    const of3 = explain(context, history, 3);
    const difference = of2.map((value, j) => value - (of3[j] ?? 0));
    expect(greatestDifference(explainAlong(context, history, lead), difference)).toBeLessThan(1e-12);
  });

  it('refuses an item outside the model', () => {
    const context = createFoldIn(randomModel(10, 4, 13));
    expect(() => explain(context, historyOf([1], [1]), 10)).toThrow(RangeError);
    expect(() => explainAlong(context, historyOf([1], [1]), new Float64Array(3))).toThrow(RangeError);
  });
});

describe.each(['wasm', 'plain'] as const)('fitIals on the %s engine', (kind) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(kind === 'plain' ? { force: 'plain' } : { threads: 2 });
    expect(engine.kind).toBe(kind);
  });
  afterAll(() => engine.close());

  function fitOn(
    interactions: CsrMatrix,
    options: IalsOptions,
    context: Partial<FitContext> & { readonly warmStart?: WarmStart } = {},
  ): IalsModel {
    return fitIals({ interactions, atMs: null, asOfMs: 0, content: null }, options, { engine, ...context });
  }

  it('does what plain alternating least squares does from the same start', () => {
    for (const [exponent, rank, solver] of [
      [1, 6, 'auto'],
      [0.5, 3, 'dual'],
      [0, 8, 'primal'],
      [1, 5, 'dual'],
    ] as const) {
      const options: IalsOptions = { ...OPTIONS, rank, solver, regularisationExponent: exponent };
      const interactions = randomInteractions(17, 13, 21);
      const random = createRandom(options.seed);
      let items = Matrix.from1DArray(
        13,
        rank,
        Array.from({ length: 13 * rank }, () => Math.fround(random.normal() * options.initialDeviation)),
      );
      for (let epoch = 0; epoch < options.epochs; epoch++) {
        const learners = Matrix.zeros(17, rank);
        for (let learner = 0; learner < 17; learner++) {
          const { itemIndices, values } = historyOfRow(interactions, learner);
          learners.setRow(learner, plainSolve(items, [...itemIndices], [...values], options).to1DArray());
        }
        const next = Matrix.zeros(13, rank);
        for (let item = 0; item < 13; item++) {
          const ofItem = Array.from({ length: 17 }, (_, learner) => {
            const { itemIndices, values } = historyOfRow(interactions, learner);
            return values[itemIndices.indexOf(item)] ?? 0;
          });
          const rows = ofItem.flatMap((value, learner) => (value === 0 ? [] : [learner]));
          next.setRow(
            item,
            plainSolve(
              learners,
              rows,
              rows.map((row) => ofItem[row] ?? 0),
              options,
            ).to1DArray(),
          );
        }
        items = next;
      }
      // The fit turns its axes, which changes no inner product.
      const fitted = factorMatrix(fitOn(interactions, options));
      const products = fitted.mmul(fitted.transpose());
      const difference = Matrix.sub(products, items.mmul(items.transpose()));
      expect(difference.norm('frobenius') / products.norm('frobenius')).toBeLessThan(2e-5);
    }
  });

  it('leaves the factors in principal axes, the strongest first', () => {
    const model = fitOn(randomInteractions(40, 20, 22), OPTIONS);
    const factors = factorMatrix(model);
    const gramian = factors.transpose().mmul(factors);
    expect(greatestDifference(gramian.diagonal(), model.gramianDiagonal)).toBeLessThan(1e-9);
    for (let i = 0; i < OPTIONS.rank; i++) {
      if (i > 0) expect(gramian.get(i, i)).toBeLessThanOrEqual(gramian.get(i - 1, i - 1));
      for (let j = 0; j < i; j++) expect(Math.abs(gramian.get(i, j))).toBeLessThan(1e-5 * gramian.get(0, 0));
    }
  });

  it('gives the very same model for the same seed, and another for another', () => {
    const interactions = randomInteractions(30, 15, 23);
    expect(fitOn(interactions, OPTIONS)).toEqual(fitOn(interactions, OPTIONS));
    expect(fitOn(interactions, { ...OPTIONS, seed: 8 }).itemFactors).not.toEqual(
      fitOn(interactions, OPTIONS).itemFactors,
    );
  });

  it('does not care which learner comes first', () => {
    const interactions = randomInteractions(12, 10, 24);
    const model = fitOn(interactions, OPTIONS);
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const order = shuffled(
          Array.from({ length: 12 }, (_, row) => row),
          createRandom(seed),
        );
        const rowIndices: number[] = [];
        const columnIndices: number[] = [];
        const values: number[] = [];
        order.forEach((row, to) => {
          const history = historyOfRow(interactions, row);
          history.itemIndices.forEach((item, j) => {
            rowIndices.push(to);
            columnIndices.push(item);
            values.push(history.values[j] ?? 0);
          });
        });
        const moved = fitOn(buildCsr(12, 10, { rowIndices, columnIndices, values }), OPTIONS);
        const history = historyOf([2, 5], [1, 1]);
        const scores = scoreItems(model, foldIn(createFoldIn(model), history));
        const movedScores = scoreItems(moved, foldIn(createFoldIn(moved), history));
        expect(greatestDifference(scores, movedScores)).toBeLessThan(1e-4);
      }),
      { numRuns: 10 },
    );
  });

  it('comes nearer to its aim with every epoch', () => {
    const interactions = randomInteractions(30, 20, 25);
    const { unobservedWeight, regularisation } = OPTIONS;
    const byItem = new Float64Array(20);
    interactions.columnIndices.forEach((item, cell) => {
      byItem[item] = (byItem[item] ?? 0) + Math.abs(interactions.values[cell] ?? 0);
    });
    const lossAfter = (epochs: number): number => {
      const model = fitOn(interactions, { ...OPTIONS, epochs });
      const context = createFoldIn(model);
      let loss = 0;
      for (let learner = 0; learner < 30; learner++) {
        const history = historyOfRow(interactions, learner);
        const factors = foldIn(context, history);
        const scores = scoreItems(model, factors);
        const weight = history.values.reduce((sum, value) => sum + Math.abs(value), 0);
        history.itemIndices.forEach((item, j) => {
          const value = history.values[j] ?? 0;
          loss += Math.abs(value) * ((value > 0 ? 1 : 0) - (scores[item] ?? 0)) ** 2;
        });
        loss += unobservedWeight * scores.reduce((sum, score) => sum + score * score, 0);
        const squares = factors.reduce((sum, x) => sum + x * x, 0);
        loss += regularisation * (weight + unobservedWeight * 20) * squares;
      }
      for (let item = 0; item < 20; item++) {
        const row = model.itemFactors.subarray(item * OPTIONS.rank, (item + 1) * OPTIONS.rank);
        const squares = row.reduce((sum, y) => sum + y * y, 0);
        loss += regularisation * ((byItem[item] ?? 0) + unobservedWeight * 30) * squares;
      }
      return loss;
    };
    const losses = [1, 2, 3, 5, 8].map(lossAfter);
    losses.slice(1).forEach((loss, i) => {
      expect(loss).toBeLessThanOrEqual((losses[i] ?? 0) * (1 + 1e-6));
    });
  });

  it('copes with learners and items that nothing is known of', () => {
    const lone = fitOn(buildCsr(3, 4, { rowIndices: [1], columnIndices: [2], values: [1] }), OPTIONS);
    expect(lone.itemFactors.every(Number.isFinite)).toBe(true);
    const scores = scoreItems(lone, foldIn(createFoldIn(lone), historyOf([2], [1])));
    expect(scores[2]).toBeGreaterThan(0);
    expect([scores[0], scores[1], scores[3]]).toEqual([0, 0, 0]);
    for (const [rows, columns] of [
      [0, 0],
      [0, 3],
      [3, 0],
      [3, 3],
    ] as const) {
      const nothing = fitOn(buildCsr(rows, columns, { rowIndices: [], columnIndices: [], values: [] }), OPTIONS);
      expect(nothing.itemFactors).toEqual(new Float32Array(columns * OPTIONS.rank));
    }
  });

  it('tells of each epoch, and stops when asked to', () => {
    const interactions = randomInteractions(10, 10, 26);
    const seen: string[] = [];
    fitOn(interactions, OPTIONS, { onStep: (epoch, epochs) => seen.push(`${epoch} of ${epochs}`) });
    expect(seen).toEqual(['1 of 3', '2 of 3', '3 of 3']);
    expect(() => fitOn(interactions, OPTIONS, { shouldStop: () => true })).toThrow(FitStopped);
  });

  it.each([
    [{ rank: 0 }],
    [{ rank: 1.5 }],
    [{ epochs: 0 }],
    [{ unobservedWeight: -1 }],
    [{ regularisation: 0 }],
    [{ regularisationExponent: Number.NaN }],
    [{ initialDeviation: 0 }],
    [{ cgSteps: 0 }],
    [{ halfLifeDays: 0 }],
  ])('refuses %o', (wrong) => {
    expect(() => fitOn(randomInteractions(3, 3, 27), { ...OPTIONS, ...wrong })).toThrow(RangeError);
  });

  it('goes on from an earlier model, with more axes and new items too', () => {
    const interactions = randomInteractions(40, 20, 28);
    const earlier = fitOn(interactions, { ...OPTIONS, epochs: 12 });
    const history = historyOf([2, 5, 7], [1, 1, -1]);
    const scoresOf = (model: IalsModel) => scoreItems(model, foldIn(createFoldIn(model), history));
    const target = scoresOf(fitOn(interactions, { ...OPTIONS, epochs: 13 }));
    const warm = fitOn(interactions, { ...OPTIONS, epochs: 1 }, { warmStart: earlier });
    const cold = fitOn(interactions, { ...OPTIONS, epochs: 1 });
    expect(greatestDifference(scoresOf(warm), target)).toBeLessThan(1e-4);
    expect(greatestDifference(scoresOf(cold), target)).toBeGreaterThan(1e-2);
    const forgotten = { rank: earlier.rank, itemFactors: earlier.itemFactors.slice().fill(0, 0, 3 * earlier.rank) };
    const wider = fitOn(interactions, { ...OPTIONS, rank: 9, epochs: 1 }, { warmStart: forgotten });
    expect(wider.itemFactors.every(Number.isFinite)).toBe(true);
    expect(() => fitOn(interactions, OPTIONS, { warmStart: { rank: 6, itemFactors: new Float32Array(6) } })).toThrow(
      RangeError,
    );
  });

  it('fades by age when told to', () => {
    const interactions = randomInteractions(20, 10, 29);
    const cells = Array.from(interactions.values, (_, cell) => cell);
    const atMs = Float64Array.from(cells, (cell) => (cell % 2 === 0 ? 0 : 30 * 86_400_000));
    const data = { interactions, atMs, asOfMs: 30 * 86_400_000, content: null };
    const faded = fitIals(data, { ...OPTIONS, halfLifeDays: 30 }, { engine });
    const halved = interactions.values.map((value, cell) => (cell % 2 === 0 ? value / 2 : value));
    expect(faded.itemFactors).toEqual(fitOn({ ...interactions, values: halved }, OPTIONS).itemFactors);
  });

  it('comes nearly as near by gradients as by the exact solve', () => {
    const interactions = randomInteractions(60, 30, 30);
    const exact = fitOn(interactions, { ...OPTIONS, epochs: 10 });
    const gradients = fitOn(interactions, { ...OPTIONS, epochs: 10, solver: 'cg' });
    const history = historyOf([1, 2, 3], [1, 1, 1]);
    const scores = scoreItems(exact, foldIn(createFoldIn(exact), history));
    const others = scoreItems(gradients, foldIn(createFoldIn(gradients), history));
    expect(greatestDifference(scores, others)).toBeLessThan(0.02);
  });
});

describe('createIalsScorer', () => {
  it('scores as fold-in and inner products do, and explains what it scores', () => {
    for (const rank of [3, 8, 30]) {
      const model = randomModel(30, rank, 31);
      const scorer = createIalsScorer(model);
      const context = createFoldIn(model);
      fc.assert(
        fc.property(historyArbitrary, fc.integer({ min: 0, max: 29 }), (history, item) => {
          const scores = new Float32Array(30);
          scorer.score(history, scores);
          expect(greatestDifference(scores, scoreItems(model, foldIn(context, history)))).toBeLessThan(1e-4);
          const { contributions, base } = scorer.explain(history, item);
          const sum = contributions.reduce((total, value) => total + value, base);
          expect(Math.abs(sum - (scores[item] ?? Number.NaN))).toBeLessThan(1e-4);
        }),
      );
    }
  });

  it('cannot score what nobody took, and gives the rest the same for a history that tells nothing', () => {
    const { itemFactors, ...rest } = randomModel(5, 4, 32);
    const scorer = createIalsScorer({ ...rest, itemFactors: itemFactors.fill(0, 8, 12) });
    const scores = new Float32Array(5);
    for (const history of [historyOf([], []), historyOf([0, 1], [-1, -1]), historyOf([3], [0])]) {
      scorer.score(history, scores);
      expect([...scores]).toEqual([0, 0, Number.NaN, 0, 0]);
    }
    scorer.score(historyOf([2, 3], [1, 1]), scores);
    expect(scores[2]).toBeNaN();
    expect(scores[3]).toBeGreaterThan(0.1);
  });

  it('scores more items than the caches hold', () => {
    const model = randomModel(70_003, 61, 35);
    const history = historyOf([0, 35_000, 70_002], [1, 0.5, -1]);
    const scores = new Float32Array(70_003);
    createIalsScorer(model).score(history, scores);
    expect(greatestDifference(scores, scoreItems(model, foldIn(createFoldIn(model), history)))).toBeLessThan(1e-4);
  });

  it('points items the way of their factors', () => {
    const model = randomModel(5, 4, 33);
    expect(createIalsScorer(model).itemVector(2)).toEqual(model.itemFactors.slice(8, 12));
  });

  it('refuses what is outside the model', () => {
    const scorer = createIalsScorer(randomModel(5, 4, 34));
    expect(() => scorer.score(historyOf([5], [1]), new Float32Array(5))).toThrow(RangeError);
    expect(() => scorer.score(historyOf([1], [1]), new Float32Array(4))).toThrow(RangeError);
    expect(() => scorer.score(historyOf([0, 1, 2, 3, 4, 4], [1, 1, 1, 1, 1, 1]), new Float32Array(5))).toThrow(
      RangeError,
    );
    expect(() => scorer.explain(historyOf([1], [1]), 5)).toThrow(RangeError);
    expect(() => scorer.itemVector(-1)).toThrow(RangeError);
  });
});
