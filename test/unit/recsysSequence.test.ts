import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FitStopped, type TrainingData } from '../../src/recsys/fitting.js';
import { buildCsr } from '../../src/recsys/interactions.js';
import { createPlainEngine } from '../../src/recsys/kernels/plainEngine.js';
import {
  createSequenceScorer,
  DEFAULT_SEQUENCE_OPTIONS,
  fitSequence,
  type SequenceModel,
  type SequenceOptions,
} from '../../src/recsys/sequence.js';

const DAY_MS = 86_400_000;
const context = { engine: createPlainEngine('for a test') };

/** Nothing but the pairs themselves: rows are shares of what follows. */
const BARE: SequenceOptions = {
  neighbours: 100,
  window: 10,
  positionDecay: 1,
  backwardWeight: 0,
  shrinkage: 0,
  popularityExponent: 0,
  historyDecay: 1,
  halfLifeDays: null,
};

type Cell = readonly [learner: number, item: number, day: number, value?: number];

function dataOf(itemCount: number, cells: readonly Cell[], hasTimes = true): TrainingData {
  const sorted = cells.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const learnerCount = sorted.reduce((most, [learner]) => Math.max(most, learner + 1), 0);
  return {
    interactions: buildCsr(learnerCount, itemCount, {
      rowIndices: sorted.map(([learner]) => learner),
      columnIndices: sorted.map(([, item]) => item),
      values: sorted.map(([, , , value = 1]) => value),
    }),
    atMs: hasTimes ? Float64Array.from(sorted, ([, , day]) => day * DAY_MS) : null,
    asOfMs: 100 * DAY_MS,
    content: null,
  };
}

/** Every learner takes their items a day apart. */
const inTurn = (...lists: readonly (readonly number[])[]): Cell[] =>
  lists.flatMap((items, learner) => items.map((item, day): Cell => [learner, item, day]));

const modelOf = (data: TrainingData, options: Partial<SequenceOptions> = {}): SequenceModel =>
  fitSequence(data, { ...BARE, ...options }, context);

/** T as rows of numbers. */
function table({ itemCount, weights: { weights } }: SequenceModel): number[][] {
  return Array.from({ length: itemCount }, (_, source) => {
    const row = new Array<number>(itemCount).fill(0);
    for (let cell = weights.rowOffsets[source] ?? 0; cell < (weights.rowOffsets[source + 1] ?? 0); cell++) {
      row[weights.columnIndices[cell] ?? -1] = weights.values[cell] ?? Number.NaN;
    }
    return row;
  });
}

const rounded = (rows: readonly (readonly number[])[]) => rows.map((row) => row.map((value) => +value.toFixed(5)));

describe('fitSequence', () => {
  it('gives the shares of what follows each item', () => {
    // After 0 two take 1 and one 2; after 1 nobody takes anything but 2.
    const model = modelOf(dataOf(4, inTurn([0, 1], [0, 1], [0, 2], [1, 2])));
    expect(rounded(table(model))).toEqual([
      [0, 0.66667, 0.33333, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect([...model.weights.knownItems]).toEqual([0, 1, 2]);
  });

  it('weighs by steps, within the window', () => {
    const data = dataOf(4, inTurn([0, 1, 2, 3]));
    expect(rounded(table(modelOf(data, { positionDecay: 0.5, window: 2 })))).toEqual([
      [0, 0.66667, 0.33333, 0],
      [0, 0, 0.66667, 0.33333],
      [0, 0, 0, 1],
      [0, 0, 0, 0],
    ]);
    expect(rounded(table(modelOf(data, { window: 1 })))[1]).toEqual([0, 0, 1, 0]);
  });

  it('lets what came before count for less', () => {
    expect(rounded(table(modelOf(dataOf(3, inTurn([0, 1, 2])), { window: 1, backwardWeight: 0.25 })))).toEqual([
      [0, 1, 0],
      [0.2, 0, 0.8],
      [0, 1, 0],
    ]);
  });

  it('counts what was taken at one moment as one step, in either order', () => {
    // 1 and 2 share a moment after 0 and before 3.
    const cells: Cell[] = [
      [0, 0, 0],
      [0, 1, 1],
      [0, 2, 1],
      [0, 3, 2],
    ];
    expect(rounded(table(modelOf(dataOf(4, cells), { window: 1, backwardWeight: 0.5 })))).toEqual([
      [0, 0.5, 0.5, 0],
      [0.22222, 0, 0.33333, 0.44444],
      [0.22222, 0.33333, 0, 0.44444],
      [0, 0.5, 0.5, 0],
    ]);
  });

  it('is about what is taken together when there are no times', () => {
    const model = modelOf(dataOf(4, inTurn([0, 1, 2], [0, 3]), false), { window: 1 });
    const [row = []] = table(model);
    expect(row[1]).toBe(row[2]);
    expect(row[3]).toBeGreaterThan(row[1] ?? 1);
    expect(table(model)[2]?.[0]).toBeGreaterThan(0);
  });

  it('keeps rare pairs and those who take everything from winning', () => {
    const rare = inTurn([0, 1], ...Array.from({ length: 9 }, () => [2, 3]));
    const rows = table(modelOf(dataOf(4, rare), { shrinkage: 5 }));
    expect(rows[2]?.[3]).toBeGreaterThan(3 * (rows[0]?.[1] ?? 1));
    // Four take two items, one takes sixteen.
    const many = inTurn([0, 1], [0, ...Array.from({ length: 15 }, (_, i) => 2 + i)]);
    const [row = []] = table(modelOf(dataOf(17, many)));
    expect((row[1] ?? 0) / (row[2] ?? 1)).toBeCloseTo(Math.sqrt(8), 5);
  });

  it('damps followers by the power of their popularity', () => {
    const data = dataOf(4, inTurn([0, 1], [0, 2], [3, 2]));
    const [plain = []] = table(modelOf(data));
    const [damped = []] = table(modelOf(data, { popularityExponent: 0.5 }));
    expect(plain[1]).toBe(plain[2]);
    expect((damped[1] ?? 0) / (damped[2] ?? 1)).toBeCloseTo(Math.SQRT2, 5);
  });

  it('fades what is long past', () => {
    const cells: Cell[] = [
      [0, 0, 0],
      [0, 1, 1],
      [1, 0, 20],
      [1, 2, 21],
    ];
    const [row = []] = table(modelOf(dataOf(3, cells), { halfLifeDays: 10 }));
    // 20 days older on both sides of the pair.
    expect((row[2] ?? 0) / (row[1] ?? 1)).toBeCloseTo(16, 4);
  });

  it('lets nothing follow a dismissal, nor a dismissal follow', () => {
    const model = modelOf(dataOf(3, [...inTurn([0, 1]), [0, 2, 2, -1], [1, 2, 0, -1], [1, 1, 1]]));
    expect(table(model)).toEqual([
      [0, 1, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('keeps the strongest followers, of equals the first', () => {
    const data = dataOf(5, inTurn([0, 4], [0, 4], [0, 3], [0, 2], [0, 1]));
    const [row = []] = table(modelOf(data, { neighbours: 2 }));
    expect(row.map((value) => value > 0)).toEqual([false, true, false, false, true]);
  });

  it('agrees with a slow version that looks at all pairs', () => {
    const cellsArbitrary = fc.uniqueArray(
      fc.tuple(fc.nat(5), fc.nat(7), fc.nat(4), fc.constantFrom(-1, 0.25, 0.5, 1)),
      { maxLength: 30, selector: ([learner, item]) => 8 * learner + item },
    );
    const optionsArbitrary = fc.record({
      neighbours: fc.constant(8),
      window: fc.integer({ min: 1, max: 4 }),
      positionDecay: fc.constantFrom(0.3, 0.9, 1),
      backwardWeight: fc.constantFrom(0, 0.4, 1),
      shrinkage: fc.constantFrom(0, 2),
      popularityExponent: fc.constant(0),
      historyDecay: fc.constant(1),
      halfLifeDays: fc.constant(null),
    });
    fc.assert(
      fc.property(cellsArbitrary, optionsArbitrary, fc.boolean(), (cells, options, hasTimes) => {
        const actual = table(modelOf(dataOf(8, cells, hasTimes), options));
        const expected = slowTable(cells, options, hasTimes);
        const differences = actual.flatMap((row, j) =>
          row.map((value, i) => Math.abs(value - (expected[j]?.[i] ?? 2))),
        );
        expect(Math.max(...differences)).toBeLessThan(1e-5);
      }),
    );
  });

  it('refuses times that do not match, and stops when told to', () => {
    const data = dataOf(3, inTurn([0, 1, 2]));
    expect(() => modelOf({ ...data, atMs: new Float64Array(1) })).toThrow(RangeError);
    let polls = 0;
    const shouldStop = () => ++polls > 1;
    expect(() => fitSequence(data, BARE, { ...context, shouldStop })).toThrow(FitStopped);
  });
});

/** T by its definition, pair by pair. */
function slowTable(cells: readonly Cell[], options: SequenceOptions, hasTimes: boolean): number[][] {
  const wanted = cells.filter(([, , , value = 1]) => value > 0);
  const mean = wanted.reduce((sum, [, , , value = 1]) => sum + value, 0) / wanted.length;
  const rows = Array.from({ length: 8 }, () => new Array<number>(8).fill(0));
  for (const [learner, j, dayJ, valueJ = 1] of wanted) {
    const own = wanted.filter(([other]) => other === learner);
    const days = [...new Set(own.map(([, , day]) => (hasTimes ? day : 0)))].sort((a, b) => a - b);
    for (const [, i, dayI, valueI = 1] of own) {
      if (i === j) continue;
      const steps = hasTimes ? days.indexOf(dayI) - days.indexOf(dayJ) : 0;
      if (Math.abs(steps) > options.window) continue;
      const direction = steps > 0 ? 1 : steps < 0 ? options.backwardWeight : (1 + options.backwardWeight) / 2;
      const decay = steps === 0 ? 1 : options.positionDecay ** (Math.abs(steps) - 1);
      const row = rows[j] ?? [];
      row[i] = (row[i] ?? 0) + ((valueJ / mean) * (valueI / mean) * direction * decay) / Math.sqrt(own.length);
    }
  }
  return rows.map((row) => {
    const total = row.reduce((sum, value) => sum + value, options.shrinkage);
    return row.map((value) => (total > 0 ? value / total : 0));
  });
}

describe('createSequenceScorer', () => {
  // 0 is followed by 3, 1 by 4, 2 by 5; nobody took 6.
  const model = modelOf(dataOf(7, inTurn([0, 3], [1, 4], [2, 5])), { historyDecay: 0.5 });
  const scorer = createSequenceScorer(model);
  const scoresAfter = (itemIndices: readonly number[], values: readonly number[], days: readonly number[] | null) => {
    const out = new Float32Array(7);
    const atMs = days === null ? null : Float64Array.from(days, (day) => day * DAY_MS);
    scorer.score({ itemIndices: Int32Array.from(itemIndices), values: Float32Array.from(values), atMs }, out);
    return [...out].slice(3);
  };

  it('counts what was taken earlier for less, in steps and not in days', () => {
    expect(scoresAfter([0, 1, 2], [1, 1, 1], [1, 90, 91])).toEqual([0.25, 0.5, 1, Number.NaN]);
    expect(scoresAfter([2, 0, 1], [1, 1, 1], [91, 1, 90])).toEqual([0.25, 0.5, 1, Number.NaN]);
    expect(scoresAfter([0, 1, 2], [1, 1, 1], [1, 1, 2])).toEqual([0.5, 0.5, 1, Number.NaN]);
  });

  it('counts all alike without times', () => {
    expect(scoresAfter([0, 1, 2], [1, 0.5, 1], null)).toEqual([1, 0.5, 1, Number.NaN]);
  });

  it('takes away from what follows a dismissed item, and ages nothing by it', () => {
    expect(scoresAfter([0, 1], [1, -1], [1, 2])).toEqual([1, -1, 0, Number.NaN]);
    expect(scoresAfter([0, 1], [1, -1], [2, 1])).toEqual([1, -0.5, 0, Number.NaN]);
    expect(scoresAfter([0, 1], [1, -1], [1, 1])).toEqual([1, -1, 0, Number.NaN]);
    expect(scoresAfter([0, 1], [1, 0], [1, 2])).toEqual([1, 0, 0, Number.NaN]);
  });

  it('explains by the same weights', () => {
    const history = {
      itemIndices: Int32Array.of(1, 0),
      values: Float32Array.of(1, 1),
      atMs: Float64Array.of(DAY_MS, 2 * DAY_MS),
    };
    expect(scorer.explain(history, 4)).toEqual({ contributions: Float64Array.of(0.5, 0), base: 0 });
    expect(scorer.explain(history, 6).base).toBeNaN();
    expect(scorer.itemVector(4)).toBeNull();
  });

  it('keeps its options with the model', () => {
    const fitted = fitSequence(dataOf(2, inTurn([0, 1])), DEFAULT_SEQUENCE_OPTIONS, context);
    expect(fitted.options).toEqual(DEFAULT_SEQUENCE_OPTIONS);
    expect(structuredClone(fitted)).toEqual(fitted);
  });
});
