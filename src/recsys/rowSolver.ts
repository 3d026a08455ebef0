import { addGramian, choleskyInPlace, choleskySolveInPlace, paddedToTile } from './denseAlgebra.js';
import type { RowPenalty, RowSolverKind } from './kernels/engine.js';

/** Solves for one row's factors with the other side held fixed. Keeps scratch memory: one solver for one thread. */
export interface RowSolver {
  /**
   * The factors x of a row that minimise `Σ_j |v_j| (p_j − x·y_j)² + xᵀ P x + ridge |x|²`, where P is the solver's
   * penalty and p_j is 1 for v_j > 0 and 0 for v_j < 0. Exactly, but for the kind `cg`.
   *
   * @param columnIndices rows of the fixed factors; cells `start` to `end` (half open) are used
   * @param values signed confidences beside them
   * @param ridge > 0
   * @param out length `rank`, overwritten; for `cg` it holds the factors to begin from. All zeros when no value is
   *   positive
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
// What is left of a residual's energy when its root is the rounding of float64: further steps would follow noise.
const LEAST_ENERGY_SHARE = 1e-30;

/** The most cells of a row that is solved in the dual when the fixed side is in principal axes; 0: none is. */
export function longestDualRow(kind: RowSolverKind, rank: number): number {
  if (kind === 'auto') return Math.floor(DUAL_SHARE_OF_RANK * rank);
  return kind === 'dual' ? rank : 0;
}

/**
 * A solver against fixed factors (implicit ALS, Hu, Koren & Volinsky 2008, eq. 4: the same normal equations `A x = b`
 * with `A = P + ridge I + Yᵤᵀ C Yᵤ`, `b = Yᵤᵀ C p`). When the factors are in principal axes (`turnToPrincipalAxes`), P
 * is diagonal; with D = P + ridge I, short rows are then solved in the dual, by the push-through identity: with `Z = C^½
 * Yᵤ D^-½`, `x = D^-½ Zᵀ (I + Z Zᵀ)⁻¹ C^½ p`. Longer ones by Cholesky of A. Both are exact; sums run in float64.
 *
 * The kind `cg` takes steps of conjugate gradients instead, preconditioned by the diagonal of `P + ridge I`, which in
 * principal axes is all of it, so that only the row's own cells are left to be found.
 *
 * @param factors row-major, `rank` numbers a row
 * @param penalty P, the unobserved weight times the Gramian of the factors: its diagonal, length `rank`, or all of it,
 *   `rank × rank`
 * @param cgSteps at least 1; for the kind `cg` alone
 */
export function createRowSolver(
  factors: Float32Array,
  rank: number,
  penalty: Float64Array,
  kind: RowSolverKind = 'auto',
  cgSteps = 1,
): RowSolver {
  const isDiagonal = penalty.length === rank;
  const penalties = isDiagonal ? penalty : Float64Array.from({ length: rank }, (_, k) => penalty[k * rank + k]!);
  const longestDual = isDiagonal ? longestDualRow(kind, rank) : 0;
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
    if (!isDiagonal) {
      for (let k = 0; k < rank; k++) system.set(penalty.subarray(k * rank, (k + 1) * rank), k * primalWidth);
    }
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

  const residual = new Float64Array(rank);
  const direction = new Float64Array(rank);
  const image = new Float64Array(rank);

  /** `out = (P + ridge I) x`. */
  function applyPenalty(x: Float64Array, ridge: number, out: Float64Array): void {
    for (let k = 0; k < rank; k++) {
      let sum = ridge * x[k]!;
      if (isDiagonal) sum += penalties[k]! * x[k]!;
      else for (let l = 0; l < rank; l++) sum += penalty[k * rank + l]! * x[l]!;
      out[k] = sum;
    }
  }

  /** `sums += weight · y`, y being a row of the factors. */
  function addRow(row: number, weight: number, sums: Float64Array): void {
    for (let k = 0; k < rank; k++) sums[k]! += weight * factors[row * rank + k]!;
  }

  function dotRow(row: number, x: Float64Array): number {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += factors[row * rank + k]! * x[k]!;
    return sum;
  }

  function solveByGradients(
    columnIndices: Int32Array,
    values: Float32Array,
    start: number,
    end: number,
    ridge: number,
    out: Float64Array,
  ): void {
    applyPenalty(out, ridge, residual);
    for (let k = 0; k < rank; k++) residual[k] = -residual[k]!;
    for (let cell = start; cell < end; cell++) {
      const row = columnIndices[cell]!;
      const value = values[cell]!;
      addRow(row, Math.abs(value) * ((value > 0 ? 1 : 0) - dotRow(row, out)), residual);
    }
    let energy = 0;
    for (let k = 0; k < rank; k++) {
      direction[k] = residual[k]! / (penalties[k]! + ridge);
      energy += residual[k]! * direction[k]!;
    }
    const settled = energy * LEAST_ENERGY_SHARE;
    for (let step = 0; step < cgSteps && energy > settled; step++) {
      applyPenalty(direction, ridge, image);
      for (let cell = start; cell < end; cell++) {
        const row = columnIndices[cell]!;
        addRow(row, Math.abs(values[cell]!) * dotRow(row, direction), image);
      }
      let curvature = 0;
      for (let k = 0; k < rank; k++) curvature += direction[k]! * image[k]!;
      if (!(curvature > 0)) break;
      const length = energy / curvature;
      let nextEnergy = 0;
      for (let k = 0; k < rank; k++) {
        out[k]! += length * direction[k]!;
        residual[k]! -= length * image[k]!;
        nextEnergy += (residual[k]! * residual[k]!) / (penalties[k]! + ridge);
      }
      const turn = nextEnergy / energy;
      for (let k = 0; k < rank; k++) {
        direction[k] = residual[k]! / (penalties[k]! + ridge) + turn * direction[k]!;
      }
      energy = nextEnergy;
    }
  }

  return {
    solve(columnIndices, values, start, end, ridge, out) {
      let hasPositive = false;
      for (let cell = start; cell < end && !hasPositive; cell++) hasPositive = values[cell]! > 0;
      if (!hasPositive) out.fill(0);
      else if (kind === 'cg') solveByGradients(columnIndices, values, start, end, ridge, out);
      else if (end - start <= longestDual) solveDual(columnIndices, values, start, end - start, ridge, out);
      else solvePrimal(columnIndices, values, start, end, ridge, out);
    },
  };
}

/**
 * The ridge of one row: `λ (w + α₀ N)^ν`.
 *
 * @param weight w, sum of |v| over the row's cells
 * @param otherCount N, rows of the fixed side
 */
export function ridgeOf(weight: number, otherCount: number, penalty: RowPenalty): number {
  return penalty.regularisation * (weight + penalty.unobservedWeight * otherCount) ** penalty.regularisationExponent;
}

/** The sum of |v| over the cells `start` to `end`, half open. */
export function weightOfCells(values: Float32Array, start: number, end: number): number {
  let weight = 0;
  for (let cell = start; cell < end; cell++) weight += Math.abs(values[cell]!);
  return weight;
}

/** @throws RangeError when the rank is not a whole number of at least 1 */
export function assertRank(rank: number): void {
  if (!Number.isSafeInteger(rank) || rank < 1) {
    throw new RangeError(`rank must be a whole number of at least 1, not ${rank}.`);
  }
}
