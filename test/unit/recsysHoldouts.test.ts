import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Holdout } from '../../src/recsys/choose.js';
import type { TrainingData } from '../../src/recsys/fitting.js';
import { historyOf, latestOf } from '../../src/recsys/histories.js';
import type { History } from '../../src/recsys/history.js';
import { keepCells, leaveLatestOut, leaveLearnersOut } from '../../src/recsys/holdouts.js';
import { buildCsr, type CsrMatrix } from '../../src/recsys/interactions.js';
import { createRandom, type Random, shuffled } from '../../src/stats/random.js';

interface Cell {
  readonly item: number;
  readonly value: number;
  readonly atMs: number;
}

function dataOf(itemCount: number, byLearner: readonly (readonly Cell[])[], hasTimes = true): TrainingData {
  const rows = byLearner.map((own) => own.toSorted((a, b) => a.item - b.item));
  const cells = rows.flat();
  const interactions = buildCsr(rows.length, itemCount, {
    rowIndices: rows.flatMap((own, learner) => own.map(() => learner)),
    columnIndices: cells.map(({ item }) => item),
    values: cells.map(({ value }) => value),
  });
  return {
    interactions,
    atMs: hasTimes ? Float64Array.from(cells, ({ atMs }) => atMs) : null,
    asOfMs: 1000,
    content: null,
  };
}

/** Learners with up to eight items each, at moments of which many are equal; some dismissed. */
function randomData(random: Random, learnerCount: number, itemCount: number, hasTimes: boolean): TrainingData {
  const byLearner = Array.from({ length: learnerCount }, () =>
    shuffled([...Array(itemCount).keys()], random)
      .slice(0, random.below(9))
      .map(
        (item): Cell => ({ item, value: random.below(4) === 0 ? -1 : 0.2 + random.uniform(), atMs: random.below(6) }),
      ),
  );
  return dataOf(itemCount, byLearner, hasTimes);
}

const dataArbitrary = fc
  .tuple(fc.nat(40), fc.integer({ min: 1, max: 20 }), fc.boolean(), fc.integer())
  .map(([learnerCount, itemCount, hasTimes, seed]) =>
    randomData(createRandom(seed), learnerCount, itemCount, hasTimes),
  );

const cellsOf = (matrix: CsrMatrix, row: number): number[] => [
  ...matrix.columnIndices.subarray(matrix.rowOffsets[row], matrix.rowOffsets[row + 1]),
];

function wantedOf({ interactions, atMs }: TrainingData, row: number): { item: number; atMs: number }[] {
  const { itemIndices, values, atMs: times } = historyOf({ matrix: interactions, atMs }, row);
  return [...itemIndices]
    .map((item, place) => ({ item, value: values[place] ?? 0, atMs: times?.[place] ?? 0 }))
    .filter(({ value }) => value > 0);
}

describe('historyOf', () => {
  it('is one row of the matrix, with its times', () => {
    const data = dataOf(4, [
      [{ item: 2, value: 1, atMs: 5 }],
      [],
      [
        { item: 3, value: -1, atMs: 7 },
        { item: 0, value: 0.5, atMs: 6 },
      ],
    ]);
    const histories = { matrix: data.interactions, atMs: data.atMs };
    expect(historyOf(histories, 1).itemIndices).toHaveLength(0);
    expect(historyOf(histories, 2)).toEqual({
      itemIndices: Int32Array.of(0, 3),
      values: Float32Array.of(0.5, -1),
      atMs: Float64Array.of(6, 7),
    });
    expect(historyOf({ ...histories, atMs: null }, 0)).toEqual({
      itemIndices: Int32Array.of(2),
      values: Float32Array.of(1),
      atMs: null,
    });
  });
});

describe('latestOf', () => {
  const history: History = {
    itemIndices: Int32Array.of(5, 3, 8, 1),
    values: Float32Array.of(1, -1, 0.5, 2),
    atMs: Float64Array.of(10, 40, 30, 20),
  };

  it('keeps the latest wanted items, latest first', () => {
    expect(latestOf(history, 2)).toEqual({
      itemIndices: Int32Array.of(8, 1),
      values: Float32Array.of(0.5, 2),
      atMs: Float64Array.of(30, 20),
    });
    expect([...latestOf(history, 9).itemIndices]).toEqual([8, 1, 5]);
    expect(latestOf(history, 0)).toEqual({
      itemIndices: new Int32Array(0),
      values: new Float32Array(0),
      atMs: new Float64Array(0),
    });
  });

  it('does not depend on the order in which a history is given, and leaves it as it is', () => {
    fc.assert(
      fc.property(dataArbitrary, fc.integer(), fc.nat(9), (data, seed, count) => {
        const { interactions, atMs } = data;
        for (let row = 0; row < interactions.rowCount; row++) {
          const own = historyOf({ matrix: interactions, atMs }, row);
          const before = structuredClone(own);
          const order = shuffled([...own.itemIndices.keys()], createRandom(seed));
          const mixed: History = {
            itemIndices: Int32Array.from(order, (place) => own.itemIndices[place] ?? -1),
            values: Float32Array.from(order, (place) => own.values[place] ?? 0),
            atMs: own.atMs === null ? null : Float64Array.from(order, (place) => own.atMs?.[place] ?? 0),
          };
          expect(latestOf(mixed, count)).toEqual(latestOf(own, count));
          expect(own).toEqual(before);
        }
      }),
    );
  });

  it('prefers no item where the times do not tell: each is first about as often as another', () => {
    const random = createRandom(7);
    const firsts = new Map<number, number>();
    for (let learner = 0; learner < 2000; learner++) {
      const items = shuffled([...Array(40).keys()], random).slice(0, 2 + random.below(8));
      const values = new Float32Array(items.length).fill(1);
      const atMs = learner % 2 === 0 ? null : new Float64Array(items.length).fill(3);
      const [first = -1] = latestOf({ itemIndices: Int32Array.from(items), values, atMs }, 1).itemIndices;
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
    }
    expect(firsts.size).toBe(40);
    // 50 of each are to be expected, within about four standard deviations of 7.
    expect(Math.min(...firsts.values())).toBeGreaterThan(22);
    expect(Math.max(...firsts.values())).toBeLessThan(78);
  });
});

describe('keepCells', () => {
  it('keeps the cells that it is told to, with their times, in their order', () => {
    const data = dataOf(3, [
      [
        { item: 0, value: 1, atMs: 1 },
        { item: 2, value: 2, atMs: 2 },
      ],
      [{ item: 1, value: 3, atMs: 3 }],
    ]);
    expect(keepCells(data, (cell, row) => cell === 1 || row === 1)).toEqual(
      dataOf(3, [[{ item: 2, value: 2, atMs: 2 }], [{ item: 1, value: 3, atMs: 3 }]]),
    );
    expect(keepCells(data, () => true)).toEqual(data);
    expect(keepCells(data, () => false).interactions.columnIndices).toHaveLength(0);
    expect(keepCells({ ...data, atMs: null }, () => true).atMs).toBeNull();
  });
});

describe.each([
  ['leaveLearnersOut', leaveLearnersOut, true],
  ['leaveLatestOut', leaveLatestOut, false],
] as const)('%s', (_, divide, areUnseen) => {
  const OPTIONS = { seed: 3, maxLearners: 1000 };

  it('never lets a held-out cell into what models are fitted on, or into what a learner is known by', () => {
    fc.assert(
      fc.property(dataArbitrary, fc.integer(), (data, seed) => {
        for (const { train, histories, heldOut, learners } of divide(data, { ...OPTIONS, seed })) {
          const asked = new Set(learners);
          for (let row = 0; row < data.interactions.rowCount; row++) {
            const all = cellsOf(data.interactions, row);
            const held = cellsOf(heldOut, row);
            const known = cellsOf(histories.matrix, row);
            const fitted = cellsOf(train.interactions, row);
            if (!asked.has(row)) {
              expect([held, known, fitted]).toEqual([[], [], all]);
              continue;
            }
            expect([...held, ...known].sort((a, b) => a - b)).toEqual(all);
            expect(held.length).toBeGreaterThan(0);
            expect(fitted).toEqual(areUnseen ? [] : known);
          }
        }
      }),
    );
  });

  it('holds out the latest of what was wanted, about a fifth of it, and leaves something to be known by', () => {
    fc.assert(
      fc.property(dataArbitrary, (data) => {
        for (const { heldOut, learners } of divide(data, OPTIONS)) {
          for (const learner of learners) {
            const wanted = wantedOf(data, learner);
            const held = new Set(cellsOf(heldOut, learner));
            expect(held.size).toBe(Math.max(1, Math.floor(wanted.length / 5)));
            const heldTimes = wanted.filter(({ item }) => held.has(item)).map(({ atMs }) => atMs);
            const keptTimes = wanted.filter(({ item }) => !held.has(item)).map(({ atMs }) => atMs);
            expect(heldTimes).toHaveLength(held.size);
            expect(keptTimes.length).toBeGreaterThan(0);
            expect(Math.min(...heldTimes)).toBeGreaterThanOrEqual(Math.max(...keptTimes));
          }
        }
      }),
    );
  });

  it('keeps values and times beside their cells; histories have a positive mean of about 1', () => {
    fc.assert(
      fc.property(dataArbitrary, (data) => {
        const all = { matrix: data.interactions, atMs: data.atMs };
        const positive = data.interactions.values.filter((value) => value > 0);
        const mean = positive.reduce((sum, value) => sum + value, 0) / Math.max(1, positive.length);
        for (const { train, histories } of divide(data, OPTIONS)) {
          for (let row = 0; row < data.interactions.rowCount; row++) {
            const own = historyOf(all, row);
            const placeOf = new Map([...own.itemIndices].map((item, place) => [item, place]));
            const trained = historyOf({ matrix: train.interactions, atMs: train.atMs }, row);
            trained.itemIndices.forEach((item, place) => {
              expect(trained.values[place]).toBe(own.values[placeOf.get(item) ?? -1]);
              expect(trained.atMs?.[place]).toBe(own.atMs?.[placeOf.get(item) ?? -1]);
            });
            const known = historyOf(histories, row);
            known.itemIndices.forEach((item, place) => {
              const value = own.values[placeOf.get(item) ?? -1] ?? Number.NaN;
              expect(known.values[place]).toBeCloseTo(value / mean, 5);
              expect(known.atMs?.[place]).toBe(own.atMs?.[placeOf.get(item) ?? -1]);
            });
          }
          expect(train.asOfMs).toBe(data.asOfMs);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('asks for other learners in each of several, each with at least two wanted items', () => {
    fc.assert(
      fc.property(dataArbitrary, (data) => {
        const asked = divide(data, OPTIONS).flatMap(({ learners }) => [...learners]);
        expect(new Set(asked).size).toBe(asked.length);
        for (const learner of asked) expect(wantedOf(data, learner).length).toBeGreaterThanOrEqual(2);
        for (const { learners } of divide(data, OPTIONS)) {
          expect(learners).toEqual(learners.toSorted());
          expect(learners.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  const manyLearners = (learnerCount: number): TrainingData =>
    dataOf(
      5,
      Array.from({ length: learnerCount }, (_, learner) =>
        [0, 1, 2].map((i) => ({ item: (learner + i) % 5, value: 1, atMs: i })),
      ),
    );
  const learnerCounts = (holdouts: readonly Holdout[]): number[] => holdouts.map(({ learners }) => learners.length);

  it.each([
    [0, []],
    [1, [1]],
    [2, [1, 1]],
    [5, [1, 1, 1, 1, 1]],
    [50, [10, 10, 10, 10, 10]],
    [1000, [200, 200]],
    [2000, [400]],
    [3000, [600]],
  ])('divides %d learners into folds of a fifth, the fewer the more of them', (learnerCount, sizes) => {
    expect(learnerCounts(divide(manyLearners(learnerCount), OPTIONS))).toEqual(sizes);
  });

  it('asks for no more learners than it may', () => {
    expect(learnerCounts(divide(manyLearners(2000), { seed: 1, maxLearners: 150 }))).toEqual([150, 150, 150]);
    expect(learnerCounts(divide(manyLearners(50), { seed: 1, maxLearners: 1 }))).toEqual([1, 1, 1, 1, 1]);
  });

  it('is the same for the same seed, another for another, and leaves the data as it is', () => {
    const data = randomData(createRandom(11), 60, 20, true);
    const before = structuredClone(data);
    const first = divide(data, OPTIONS);
    expect(divide(data, OPTIONS)).toEqual(first);
    expect(divide(data, { ...OPTIONS, seed: 4 })).not.toEqual(first);
    expect(data).toEqual(before);
  });

  it('has nobody to ask for when nobody has two wanted items', () => {
    const data = dataOf(4, [
      [{ item: 0, value: 1, atMs: 0 }],
      [
        { item: 1, value: 1, atMs: 0 },
        { item: 2, value: -1, atMs: 1 },
      ],
      [],
    ]);
    expect(divide(data, OPTIONS)).toEqual([]);
  });
});
