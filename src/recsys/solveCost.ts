import type { CsrMatrix } from './interactions.js';
import type { RowSolverKind, Side } from './kernels/engine.js';
import { longestDualRow } from './rowSolver.js';

/** How many rows of one side have each count of cells: index is the count. */
export type RowCounts = Float64Array;

// Finding the axes takes as long as so many times rank³ multiplications in a kernel: it runs in float64 on one thread.
const AXES_COST = 140;

/** The row counts of both sides. */
export function rowCounts({ rowCount, columnCount, rowOffsets, columnIndices }: CsrMatrix): Record<Side, RowCounts> {
  const learners = new Float64Array(columnCount + 1);
  for (let row = 0; row < rowCount; row++) learners[rowOffsets[row + 1]! - rowOffsets[row]!]!++;
  const cellsOfItem = new Int32Array(columnCount);
  for (const item of columnIndices) cellsOfItem[item]!++;
  const items = new Float64Array(rowCount + 1);
  for (const count of cellsOfItem) items[count]!++;
  return { learners, items };
}

/**
 * Whether turning the fixed side to its principal axes saves more than it costs, by counts of multiplications: for exact
 * solvers it lets short rows be solved in the dual, for gradients it makes the penalty diagonal.
 *
 * @param solved row counts of the side that is to be solved
 * @param fixed those of the side that would be turned
 */
export function turningPays(
  solved: RowCounts,
  fixed: RowCounts,
  options: { readonly rank: number; readonly solver: RowSolverKind; readonly cgSteps: number },
): boolean {
  const { rank, solver, cgSteps } = options;
  if (solver === 'dual') return true;
  if (solver === 'primal') return false;
  const axesCost = AXES_COST * rank ** 3;
  const solvedCount = rowsWithCells(solved);
  const fixedCount = rowsWithCells(fixed);
  if (solver === 'cg') {
    return (solvedCount + fixedCount) * rank ** 2 + axesCost < solvedCount * (cgSteps + 1) * rank ** 2;
  }
  const longestDual = Math.min(longestDualRow(solver, rank), solved.length - 1);
  let saving = 0;
  for (let count = 1; count <= longestDual; count++) {
    const primal = (count * rank ** 2) / 2 + rank ** 3 / 6;
    const dual = (count ** 2 * rank) / 2 + count ** 3 / 6 + 2 * count * rank;
    saving += solved[count]! * (primal - dual);
  }
  return saving > fixedCount * rank ** 2 + axesCost;
}

function rowsWithCells(counts: RowCounts): number {
  let rows = 0;
  for (let count = 1; count < counts.length; count++) rows += counts[count]!;
  return rows;
}
