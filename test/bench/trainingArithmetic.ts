import type { IalsOptions } from '../../src/recsys/als.js';
import type { CsrMatrix } from '../../src/recsys/interactions.js';
import { longestDualRow } from '../../src/recsys/rowSolver.js';
import { type RowCounts, rowCounts, turningPays } from '../../src/recsys/solveCost.js';

type Solving = Pick<IalsOptions, 'rank' | 'solver' | 'cgSteps'>;

/** What the counts below are made of, for people. */
export const ARITHMETIC_HELP = `GFLOP are counted by what the algorithm needs, a multiplication and an addition being two, with n cells in a row, d factors
and s steps; padding, copying and what is done twice do not count:
  Gramian of a side     rows · d (d + 1), and with its axes 9 d³ and rows · 2 d² for turning it, where the solver does
  row in the dual       n (n + 1) d + n³/3 + 2 n² + 3 n d
  row in the primal     n d (d + 1) + d³/3 + 2 d² + 3 n d
  row by gradients      (s + 1) (4 n d + p) + 10 s d, p = 2 d for a turned side and otherwise 2 d²
  EASE                  Σ n (n + 1) for the Gramian, items³ for the inverse of a symmetric matrix
So solvers that reach the same end differ in GFLOP: compare seconds between solvers, GFLOP/s within one.`;

/** Floating-point operations of one pass over both sides. */
export function ialsEpochFlops(interactions: CsrMatrix, solving: Solving): number {
  const { learners, items } = rowCounts(interactions);
  return halfEpochFlops(learners, items, solving) + halfEpochFlops(items, learners, solving);
}

function halfEpochFlops(solved: RowCounts, fixed: RowCounts, solving: Solving): number {
  const { rank: d, solver, cgSteps } = solving;
  const isTurned = turningPays(solved, fixed, solving);
  let flops = rowsWithCells(fixed) * d * (d + 1);
  if (isTurned) {
    const turnedRows = rowsWithCells(fixed) + (solver === 'cg' ? rowsWithCells(solved) : 0);
    flops += 9 * d ** 3 + turnedRows * 2 * d ** 2;
  }
  const longestDual = isTurned ? longestDualRow(solver, d) : 0;
  for (let n = 1; n < solved.length; n++) {
    const rows = solved[n]!;
    if (rows === 0) continue;
    if (solver === 'cg') flops += rows * ((cgSteps + 1) * (4 * n * d + 2 * d * (isTurned ? 1 : d)) + 10 * cgSteps * d);
    else if (n <= longestDual) flops += rows * (n * (n + 1) * d + n ** 3 / 3 + 2 * n ** 2 + 3 * n * d);
    else flops += rows * (n * d * (d + 1) + d ** 3 / 3 + 2 * d ** 2 + 3 * n * d);
  }
  return flops;
}

/** Floating-point operations of `XᵀX`, one triangle of it. */
export function itemGramianFlops({ rowCount, rowOffsets }: CsrMatrix): number {
  let flops = 0;
  for (let row = 0; row < rowCount; row++) {
    const length = rowOffsets[row + 1]! - rowOffsets[row]!;
    flops += length * (length + 1);
  }
  return flops;
}

/** Floating-point operations of the inverse of a symmetric positive definite matrix. */
export function inverseFlops(size: number): number {
  return size ** 3;
}

function rowsWithCells(counts: RowCounts): number {
  let rows = 0;
  for (let n = 1; n < counts.length; n++) rows += counts[n]!;
  return rows;
}
