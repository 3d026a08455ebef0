import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCsr, type CsrMatrix } from '../../src/recsys/interactions.js';
import type { Engine } from '../../src/recsys/kernels/engine.js';
import { openEngine } from '../../src/recsys/kernels/openEngine.js';
import { createRandom } from '../../src/stats/random.js';

function randomInteractions(learnerCount: number, itemCount: number, seed: number): CsrMatrix {
  const random = createRandom(seed);
  const rowIndices: number[] = [];
  const columnIndices: number[] = [];
  const values: number[] = [];
  for (let learner = 0; learner < learnerCount; learner++) {
    for (let item = 0; item < itemCount; item++) {
      // The first items are taken by most, the last by few.
      if (random.uniform() > 0.7 / (1 + item / 8)) continue;
      rowIndices.push(learner);
      columnIndices.push(item);
      values.push(random.uniform() < 0.1 ? -1 : 0.25 + random.uniform());
    }
  }
  return buildCsr(learnerCount, itemCount, { rowIndices, columnIndices, values });
}

interface Sums {
  readonly gramian: Float32Array;
  readonly inverses: Float32Array[];
}

function sumsOf(engine: Engine, interactions: CsrMatrix, ridges: readonly number[]): Sums {
  const workspace = engine.openItemGramian(interactions);
  try {
    const inverses = ridges.map((l2) => workspace.inverse(l2).slice());
    return { gramian: workspace.gramian.slice(), inverses };
  } finally {
    workspace.release();
  }
}

/** The greatest entry of `(gramian + l2 I) · inverse − I`. */
function residual(gramian: Float32Array, inverse: Float32Array, l2: number, itemCount: number): number {
  let worst = 0;
  for (let i = 0; i < itemCount; i++) {
    for (let j = 0; j < itemCount; j++) {
      let sum = l2 * inverse[i * itemCount + j]! - (i === j ? 1 : 0);
      for (let k = 0; k < itemCount; k++) sum += gramian[i * itemCount + k]! * inverse[k * itemCount + j]!;
      worst = Math.max(worst, Math.abs(sum));
    }
  }
  return worst;
}

/** Element by element, which `toEqual` takes seconds for. */
function isSame(a: Sums, b: Sums): boolean {
  const isSameArray = (one: Float32Array, other: Float32Array): boolean =>
    one.length === other.length && one.every((value, at) => Object.is(value, other[at]));
  return isSameArray(a.gramian, b.gramian) && a.inverses.every((one, at) => isSameArray(one, b.inverses[at]!));
}

function greatestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((worst, value, at) => Math.max(worst, Math.abs(value - b[at]!)), 0);
}

function isSymmetric(matrix: Float32Array, size: number): boolean {
  return matrix.every((value, at) => value === matrix[(at % size) * size + Math.floor(at / size)]);
}

describe("the items' Gramian", () => {
  let plain: Engine;
  let onThreads: Engine[];
  beforeAll(async () => {
    plain = await openEngine({ force: 'plain' });
    onThreads = await Promise.all([1, 2, 3].map((threads) => openEngine({ threads })));
  });
  afterAll(() => Promise.all([plain, ...onThreads].map((engine) => engine.close())));

  it('is the sum over learners of the products of their values', () => {
    const interactions = randomInteractions(30, 17, 1);
    for (const engine of [plain, ...onThreads]) {
      const { gramian } = sumsOf(engine, interactions, []);
      for (let i = 0; i < 17; i++) {
        for (let j = 0; j < 17; j++) {
          let sum = 0;
          for (let learner = 0; learner < 30; learner++) {
            const confidenceOf = (item: number): number => {
              for (let cell = interactions.rowOffsets[learner]!; cell < interactions.rowOffsets[learner + 1]!; cell++) {
                if (interactions.columnIndices[cell] === item) return interactions.values[cell]!;
              }
              return 0;
            };
            sum += confidenceOf(i) * confidenceOf(j);
          }
          expect(Math.abs(gramian[i * 17 + j]! - sum)).toBeLessThan(1e-4);
        }
      }
    }
  });

  it('and its inverse agree with plain TypeScript, to the same bits on any number of threads', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 0, max: 60 }),
        fc.constantFrom(1, 30),
        fc.integer({ min: 0, max: 1000 }),
        (itemCount, learnerCount, l2, seed) => {
          const interactions = randomInteractions(learnerCount, itemCount, seed);
          const expected = sumsOf(plain, interactions, [l2]);
          const [first, ...others] = onThreads.map((engine) => sumsOf(engine, interactions, [l2]));
          expect(others.every((other) => isSame(other, first!))).toBe(true);
          expect(greatestDifference(first!.gramian, expected.gramian)).toBeLessThan(1e-4);
          expect(greatestDifference(first!.inverses[0]!, expected.inverses[0]!)).toBeLessThan(2e-4 / l2);
          for (const { gramian, inverses } of [expected, first!]) {
            expect(isSymmetric(gramian, itemCount)).toBe(true);
            expect(isSymmetric(inverses[0]!, itemCount)).toBe(true);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  // One tile is 256 rows, one block of pivots 64, one strip 64, one vector 4.
  it.each([63, 64, 65, 255, 256, 257, 327])('has an inverse that undoes it, with %d items', (itemCount) => {
    const interactions = randomInteractions(150, itemCount, itemCount);
    const all = [plain, ...onThreads].map((engine) => sumsOf(engine, interactions, [5]));
    for (const { gramian, inverses } of all) expect(residual(gramian, inverses[0]!, 5, itemCount)).toBeLessThan(1e-4);
    expect([isSame(all[2]!, all[1]!), isSame(all[3]!, all[1]!)]).toEqual([true, true]);
  });

  it('stays as it is while several inverses are taken of it', () => {
    const interactions = randomInteractions(80, 70, 3);
    for (const engine of [plain, ...onThreads]) {
      const all = sumsOf(engine, interactions, [2, 50, 2]);
      expect(all.inverses[2]).toEqual(all.inverses[0]);
      expect(all.gramian).toEqual(sumsOf(engine, interactions, []).gramian);
    }
  });

  it('can be used again after an inverse was abandoned', () => {
    const interactions = randomInteractions(80, 150, 4);
    for (const engine of [plain, ...onThreads]) {
      const workspace = engine.openItemGramian(interactions);
      let parts = 0;
      const giveUp = (): void => {
        if (++parts === 2) throw new Error('enough');
      };
      expect(() => workspace.inverse(5, giveUp)).toThrow('enough');
      expect(workspace.inverse(5).slice()).toEqual(sumsOf(engine, interactions, [5]).inverses[0]);
      workspace.release();
    }
  });

  it('is refused when it cannot be inverted in float32, or does not fit', () => {
    const cells = Array.from({ length: 2000 }, (_, at) => at);
    const alike = buildCsr(1000, 2, {
      rowIndices: cells.map((at) => at >> 1),
      columnIndices: cells.map((at) => at & 1),
      values: cells.map(() => 1),
    });
    const wide = buildCsr(1, 20_001, { rowIndices: [], columnIndices: [], values: [] });
    for (const engine of [plain, ...onThreads]) {
      const workspace = engine.openItemGramian(alike);
      expect(() => workspace.inverse(1e-7)).toThrow(/raise l2/);
      expect(() => workspace.inverse(0)).toThrow(RangeError);
      expect(() => workspace.inverse(-1)).toThrow(RangeError);
      expect(() => workspace.inverse(Number.NaN)).toThrow(RangeError);
      expect(workspace.inverse(1000)[0]).toBeCloseTo(2000 / (2000 ** 2 - 1000 ** 2), 8);
      workspace.release();
      expect(() => engine.openItemGramian(wide)).toThrow(/20000 is the most/);
    }
  });
});
