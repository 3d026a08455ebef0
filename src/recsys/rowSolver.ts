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
  const sources = new Int32Array(4);
  const roots = new Float64Array(4);
  const targets = new Float64Array(4);
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
      // Four rows at a time keep four cache misses under way: gathering takes a third of the time of one by one. The
      // last four are filled up with rows of weight 0.
      for (let t = 0; t < depth; t += 4) {
        for (let lane = 0; lane < 4; lane++) {
          const cell = Math.min(first + t + lane, end - 1);
          const value = t + lane < depth ? values[cell]! : 0;
          sources[lane] = columnIndices[cell]! * rank;
          roots[lane] = Math.sqrt(Math.abs(value));
          targets[lane] = value > 0 ? roots[lane]! : 0;
        }
        const source0 = sources[0]!;
        const source1 = sources[1]!;
        const source2 = sources[2]!;
        const source3 = sources[3]!;
        const root0 = roots[0]!;
        const root1 = roots[1]!;
        const root2 = roots[2]!;
        const root3 = roots[3]!;
        const target0 = targets[0]!;
        const target1 = targets[1]!;
        const target2 = targets[2]!;
        const target3 = targets[3]!;
        const row0 = t * primalWidth;
        const row1 = row0 + primalWidth;
        const row2 = row1 + primalWidth;
        const row3 = row2 + primalWidth;
        for (let k = 0; k < rank; k++) {
          const scaled0 = root0 * factors[source0 + k]!;
          const scaled1 = root1 * factors[source1 + k]!;
          const scaled2 = root2 * factors[source2 + k]!;
          const scaled3 = root3 * factors[source3 + k]!;
          primalPanel[row0 + k] = scaled0;
          primalPanel[row1 + k] = scaled1;
          primalPanel[row2 + k] = scaled2;
          primalPanel[row3 + k] = scaled3;
          out[k]! += target0 * scaled0 + target1 * scaled1 + target2 * scaled2 + target3 * scaled3;
        }
      }
      addGramian(primalPanel, paddedToTile(depth), primalWidth, system);
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
