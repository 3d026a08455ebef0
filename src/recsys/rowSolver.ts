import { addGramian, choleskyInPlace, choleskySolveInPlace, paddedToTile } from './denseAlgebra.js';

/** Solves for one row's factors with the other side held fixed. Keeps scratch memory: one solver for one thread. */
export interface RowSolver {
  /**
   * The factors x of a row that minimise `Σ_j |v_j| (p_j − x·y_j)² + Σ_k (penalty_k + ridge) x_k²` exactly; p_j is 1
   * for v_j > 0 and 0 for v_j < 0.
   *
   * @param columnIndices rows of the fixed factors; cells `start` to `end` (half open) are used
   * @param values signed confidences beside them
   * @param ridge > 0
   * @param out length `rank`, overwritten; all zeros when no value is positive
   */
  solve(
    columnIndices: Int32Array,
    values: Float32Array,
    start: number,
    end: number,
    ridge: number,
    out: Float64Array,
  ): void;
}

// Where the dual solve, n² d / 2 + n³ / 6, starts to cost more than the primal one, n d² / 2 + d³ / 6.
const DUAL_SHARE_OF_RANK = 0.75;
const PRIMAL_DEPTH = 64;

/**
 * A solver against fixed factors in their principal axes (implicit ALS, Hu, Koren & Volinsky 2008, eq. 4: the same
 * normal equations `A x = b` with `A = D + Yᵤᵀ C Yᵤ`, `b = Yᵤᵀ C p`, where D is diagonal because of the axes).
 *
 * Rows of up to 0.75 × rank cells are solved in the dual, by the push-through identity: with `Z = C^½ Yᵤ D^-½`,
 * `x = D^-½ Zᵀ (I + Z Zᵀ)⁻¹ C^½ p`. Longer ones by Cholesky of A. Both are exact; sums run in float64.
 *
 * @param factors row-major, `rank` numbers a row, in principal axes (`turnToPrincipalAxes`)
 * @param penalties length `rank`, each at least 0: the unobserved weight times the Gramian's diagonal
 */
export function createRowSolver(factors: Float32Array, rank: number, penalties: Float64Array): RowSolver {
  const longestDual = Math.floor(DUAL_SHARE_OF_RANK * rank);
  const widestDual = paddedToTile(longestDual);
  const primalWidth = paddedToTile(rank);
  const axisScale = new Float64Array(rank);
  const dualPanel = new Float64Array(rank * widestDual);
  const dualWeights = new Float64Array(widestDual);
  const primalPanel = new Float64Array(PRIMAL_DEPTH * primalWidth);
  const system = new Float64Array(Math.max(widestDual, primalWidth) ** 2);

  function solveDual(
    columnIndices: Int32Array,
    values: Float32Array,
    start: number,
    count: number,
    ridge: number,
    out: Float64Array,
  ): void {
    const width = paddedToTile(count);
    for (let k = 0; k < rank; k++) axisScale[k] = 1 / Math.sqrt(penalties[k]! + ridge);
    dualPanel.fill(0, 0, rank * width);
    for (let t = 0; t < count; t++) {
      const value = values[start + t]!;
      const root = Math.sqrt(Math.abs(value));
      const source = columnIndices[start + t]! * rank;
      for (let k = 0; k < rank; k++) dualPanel[k * width + t] = root * axisScale[k]! * factors[source + k]!;
      dualWeights[t] = value > 0 ? root : 0;
    }
    system.fill(0, 0, width * width);
    for (let t = 0; t < count; t++) system[t * width + t] = 1;
    addGramian(dualPanel, rank, width, system);
    choleskyInPlace(system, count, width);
    choleskySolveInPlace(system, count, width, dualWeights);
    for (let k = 0; k < rank; k++) {
      let sum = 0;
      for (let t = 0; t < count; t++) sum += dualWeights[t]! * dualPanel[k * width + t]!;
      out[k] = sum * axisScale[k]!;
    }
  }

  function solvePrimal(
    columnIndices: Int32Array,
    values: Float32Array,
    start: number,
    end: number,
    ridge: number,
    out: Float64Array,
  ): void {
    system.fill(0, 0, primalWidth * primalWidth);
    for (let k = 0; k < rank; k++) system[k * primalWidth + k] = penalties[k]! + ridge;
    out.fill(0);
    for (let first = start; first < end; first += PRIMAL_DEPTH) {
      const depth = Math.min(PRIMAL_DEPTH, end - first);
      for (let t = 0; t < depth; t++) {
        const value = values[first + t]!;
        const root = Math.sqrt(Math.abs(value));
        const target = value > 0 ? root : 0;
        const source = columnIndices[first + t]! * rank;
        const row = t * primalWidth;
        for (let k = 0; k < rank; k++) {
          const scaled = root * factors[source + k]!;
          primalPanel[row + k] = scaled;
          out[k]! += target * scaled;
        }
      }
      addGramian(primalPanel, depth, primalWidth, system);
    }
    choleskyInPlace(system, rank, primalWidth);
    choleskySolveInPlace(system, rank, primalWidth, out);
  }

  return {
    solve(columnIndices, values, start, end, ridge, out) {
      let hasPositive = false;
      for (let cell = start; cell < end && !hasPositive; cell++) hasPositive = values[cell]! > 0;
      if (!hasPositive) out.fill(0);
      else if (end - start <= longestDual) solveDual(columnIndices, values, start, end - start, ridge, out);
      else solvePrimal(columnIndices, values, start, end, ridge, out);
    },
  };
}
