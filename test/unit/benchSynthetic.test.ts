import { describe, expect, it } from 'vitest';
import { buildCsr } from '../../src/recsys/interactions.js';
import { syntheticInteractions } from '../bench/syntheticInteractions.js';
import { ialsEpochFlops, itemGramianFlops } from '../bench/trainingArithmetic.js';

describe('made-up interactions', () => {
  it('are as many as asked for, no cell twice, columns ascending, someone in every row', () => {
    for (const interactionCount of [200, 201, 1999, 20_000, 49_999]) {
      const matrix = syntheticInteractions({ learnerCount: 200, itemCount: 500, interactionCount }, 'one', 3);
      expect(matrix.values.length).toBe(interactionCount);
      expect(matrix.rowOffsets[200]).toBe(interactionCount);
      for (let row = 0; row < 200; row++) {
        const columns = [...matrix.columnIndices.subarray(matrix.rowOffsets[row], matrix.rowOffsets[row + 1])];
        expect(columns.length).toBeGreaterThanOrEqual(1);
        expect(columns).toEqual([...new Set(columns)].sort((a, b) => a - b));
        expect(Math.min(...columns)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...columns)).toBeLessThan(500);
      }
    }
  });

  it('are as skewed as MovieLens-1M: lengths with a mean of about 1.6 medians, the first item about 12 times the mean', () => {
    const matrix = syntheticInteractions({ learnerCount: 6040, itemCount: 3706, interactionCount: 994_169 }, 'one', 1);
    const lengths = Array.from({ length: 6040 }, (_, row) => matrix.rowOffsets[row + 1]! - matrix.rowOffsets[row]!);
    lengths.sort((a, b) => a - b);
    expect(994_169 / 6040 / lengths[3020]!).toBeGreaterThan(1.4);
    expect(994_169 / 6040 / lengths[3020]!).toBeLessThan(1.9);
    const perItem = new Int32Array(3706);
    for (const item of matrix.columnIndices) perItem[item]!++;
    const greatest = Math.max(...perItem) / (994_169 / 3706);
    expect(greatest).toBeGreaterThan(6);
    expect(greatest).toBeLessThan(13);
  });

  it('are the same for the same seed and others for another', () => {
    const shape = { learnerCount: 50, itemCount: 40, interactionCount: 300 };
    expect(syntheticInteractions(shape, 'varied', 5)).toEqual(syntheticInteractions(shape, 'varied', 5));
    expect(syntheticInteractions(shape, 'varied', 5)).not.toEqual(syntheticInteractions(shape, 'varied', 6));
  });

  it('may leave learners without any when there are fewer interactions, and refuse more than half of all cells', () => {
    const few = syntheticInteractions({ learnerCount: 100, itemCount: 10, interactionCount: 30 }, 'one', 1);
    expect(few.values.length).toBe(30);
    expect(() => syntheticInteractions({ learnerCount: 4, itemCount: 10, interactionCount: 21 }, 'one', 1)).toThrow(
      RangeError,
    );
  });

  it('hold confidences between −1 and 1, never 0, when they are to vary', () => {
    const { values } = syntheticInteractions(
      { learnerCount: 100, itemCount: 200, interactionCount: 5000 },
      'varied',
      2,
    );
    for (const value of values) {
      expect(Math.abs(value)).toBeLessThanOrEqual(1);
      expect(value).not.toBe(0);
    }
    expect(values.some((value) => value < 0)).toBe(true);
    expect(values.some((value) => value > 0 && value < 1)).toBe(true);
  });
});

describe('the count of floating-point operations', () => {
  // Two learners with both of two items: each side has two rows of two cells.
  const full = buildCsr(2, 2, { rowIndices: [0, 0, 1, 1], columnIndices: [0, 1, 0, 1], values: [1, 1, 1, 1] });

  it('is that of the primal system: the Gramians of both sides, then each row', () => {
    const d = 4;
    const row = 2 * d * (d + 1) + d ** 3 / 3 + 2 * d ** 2 + 3 * 2 * d;
    const half = 2 * d * (d + 1) + 2 * row;
    expect(ialsEpochFlops(full, { rank: d, solver: 'primal', cgSteps: 3 })).toBeCloseTo(2 * half, 9);
  });

  it('is that of the dual system, with the axes of both sides', () => {
    const d = 4;
    const row = 2 * 3 * d + 2 ** 3 / 3 + 2 * 2 ** 2 + 3 * 2 * d;
    const half = 2 * d * (d + 1) + 9 * d ** 3 + 2 * 2 * d ** 2 + 2 * row;
    expect(ialsEpochFlops(full, { rank: d, solver: 'dual', cgSteps: 3 })).toBeCloseTo(2 * half, 9);
  });

  it('is that of all pairs of a learner for the Gramian of items', () => {
    expect(itemGramianFlops(full)).toBe(12);
  });
});
