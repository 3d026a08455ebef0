import { gramianOf, turnRows } from '../denseAlgebra.js';
import { type CsrMatrix, transpose } from '../interactions.js';
import { assertRank, createRowSolver, ridgeOf, weightOfCells } from '../rowSolver.js';
import type { AlsWorkspace, Side } from './engine.js';

/**
 * A fit's workspace in ordinary arrays: factors in float32, sums in float64.
 *
 * @throws RangeError when the rank is not a whole number of at least 1
 */
export function openPlainAls(byLearner: CsrMatrix, rank: number): AlsWorkspace {
  assertRank(rank);
  const interactions: Readonly<Record<Side, CsrMatrix>> = { learners: byLearner, items: transpose(byLearner) };
  const factors: Readonly<Record<Side, Float32Array>> = {
    learners: new Float32Array(byLearner.rowCount * rank),
    items: new Float32Array(byLearner.columnCount * rank),
  };
  return {
    factors: (side) => factors[side].slice(),
    setFactors(side, values) {
      if (values.length !== factors[side].length) {
        throw new RangeError(`The ${side} have ${factors[side].length} factors, not ${values.length}.`);
      }
      factors[side].set(values);
    },
    gramian: (side) => gramianOf(factors[side], interactions[side].rowCount, rank),
    turn: (side, rotation) => turnRows(factors[side], interactions[side].rowCount, rank, rotation),
    solve(side, gramian, penalty, kind, cgSteps) {
      const { rowCount, columnCount, rowOffsets, columnIndices, values } = interactions[side];
      const fixed = factors[side === 'learners' ? 'items' : 'learners'];
      const solver = createRowSolver(
        fixed,
        rank,
        gramian.map((energy) => penalty.unobservedWeight * energy),
        kind,
        cgSteps,
      );
      const row = new Float64Array(rank);
      for (let r = 0; r < rowCount; r++) {
        const start = rowOffsets[r]!;
        const end = rowOffsets[r + 1]!;
        row.set(factors[side].subarray(r * rank, (r + 1) * rank));
        const ridge = ridgeOf(weightOfCells(values, start, end), columnCount, penalty);
        solver.solve(columnIndices, values, start, end, ridge, row);
        factors[side].set(row, r * rank);
      }
    },
    release() {},
  };
}
