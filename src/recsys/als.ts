import { createRandom } from '../stats/random.js';
import { turnToPrincipalAxes } from './denseAlgebra.js';
import { FitStopped } from './fitting.js';
import { type CsrMatrix, transpose } from './interactions.js';
import { createRowSolver } from './rowSolver.js';

/** What an iALS model is fitted with; the names in brackets are those of Rendle et al. 2021. */
export interface AlsOptions {
  /** Factors per learner and item (d), at least 1. */
  readonly rank: number;
  /** Passes over both sides, at least 1. */
  readonly epochs: number;
  /** Weight of a cell that was not observed (α₀), at least 0; a confidence of 1 is the unit. */
  readonly unobservedWeight: number;
  /** Strength of the regularisation (λ), above 0. */
  readonly regularisation: number;
  /** How it grows with a row's weight (ν): 0 the same for all, 1 in proportion. */
  readonly regularisationExponent: number;
  /** Standard deviation of each factor at the start (σ), above 0. */
  readonly initialDeviation: number;
  readonly seed: number;
}

/** Fitted item factors. Learners' factors are not kept: they are folded in from the history when asked for. */
export interface AlsModel {
  readonly rank: number;
  readonly itemCount: number;
  /**
   * Row-major, `itemCount × rank`, in principal axes: the Gramian `YᵀY` is diagonal (to float32 rounding). All zeros
   * for an item without interactions.
   */
  readonly itemFactors: Float32Array;
  /** The diagonal of the Gramian, length `rank`, descending. */
  readonly gramianDiagonal: Float64Array;
  readonly options: AlsOptions;
}

export interface FitHooks {
  /** Called after every epoch, counted from 1. */
  readonly onEpoch?: (epoch: number, epochs: number) => void;
  /** Polled often; true abandons the fit. */
  readonly shouldStop?: () => boolean;
}

const ROWS_BETWEEN_STOP_CHECKS = 512;

/**
 * Implicit alternating least squares (Hu, Koren & Volinsky 2008, eqs. 3–5) in the parametrisation of Rendle, Krichene,
 * Zhang & Koren 2021 ("Revisiting the performance of iALS"): minimises the sum of
 *
 * - `Σ |v_ui| (p_ui − x_u·y_i)²` over the observed cells,
 * - `α₀ Σ (x_u·y_i)²` over all cells,
 * - `λ Σ_u (w_u + α₀ I)^ν |x_u|² + λ Σ_i (w_i + α₀ U)^ν |y_i|²`, where w is the sum of |v| over a row.
 *
 * Regularising by that sum, not by a count of cells, makes a confidence of 2 the same as the event seen twice.
 *
 * Each half epoch is exact: the fixed side is turned to its principal axes, where a short row costs `n² d` (see
 * `createRowSolver`). Factors are stored in float32, sums run in float64. Equal interactions, options and seed give
 * equal models.
 *
 * @param interactions learners × items, signed confidences; rows and columns without cells are fine
 * @throws RangeError when an option is out of range
 * @throws FitStopped when `hooks.shouldStop` says so
 */
export function fitAls(interactions: CsrMatrix, options: AlsOptions, hooks: FitHooks = {}): AlsModel {
  assertAlsOptions(options);
  const { rank, epochs, initialDeviation, seed } = options;
  const { rowCount: learnerCount, columnCount: itemCount } = interactions;
  const byItem = transpose(interactions);
  const random = createRandom(seed);
  const itemFactors = new Float32Array(itemCount * rank);
  for (let i = 0; i < itemFactors.length; i++) itemFactors[i] = random.normal() * initialDeviation;
  const learnerFactors = new Float32Array(learnerCount * rank);
  let gramianDiagonal = turnToPrincipalAxes(itemFactors, itemCount, rank);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    solveSide(interactions, itemFactors, gramianDiagonal, learnerFactors, options, hooks);
    const learnerDiagonal = turnToPrincipalAxes(learnerFactors, learnerCount, rank);
    solveSide(byItem, learnerFactors, learnerDiagonal, itemFactors, options, hooks);
    gramianDiagonal = turnToPrincipalAxes(itemFactors, itemCount, rank);
    hooks.onEpoch?.(epoch, epochs);
  }
  return { rank, itemCount, itemFactors, gramianDiagonal, options };
}

/**
 * The ridge of one row: `λ (w + α₀ N)^ν`.
 *
 * @param weight sum of |v| over the row's cells
 * @param otherCount rows of the fixed side (N)
 */
export function ridgeOf(weight: number, otherCount: number, options: AlsOptions): number {
  return options.regularisation * (weight + options.unobservedWeight * otherCount) ** options.regularisationExponent;
}

/** Solves all rows against the fixed side and writes them to `solved`, which belongs to the fit. */
function solveSide(
  rows: CsrMatrix,
  fixed: Float32Array,
  fixedDiagonal: Float64Array,
  solved: Float32Array,
  options: AlsOptions,
  hooks: FitHooks,
): void {
  const { rank, unobservedWeight } = options;
  const solver = createRowSolver(
    fixed,
    rank,
    fixedDiagonal.map((energy) => unobservedWeight * energy),
  );
  const factors = new Float64Array(rank);
  for (let row = 0; row < rows.rowCount; row++) {
    if (row % ROWS_BETWEEN_STOP_CHECKS === 0 && hooks.shouldStop?.()) throw new FitStopped();
    const start = rows.rowOffsets[row]!;
    const end = rows.rowOffsets[row + 1]!;
    let weight = 0;
    for (let cell = start; cell < end; cell++) weight += Math.abs(rows.values[cell]!);
    solver.solve(rows.columnIndices, rows.values, start, end, ridgeOf(weight, rows.columnCount, options), factors);
    solved.set(factors, row * rank);
  }
}

function assertAlsOptions(options: AlsOptions): void {
  const { rank, epochs, unobservedWeight, regularisation, regularisationExponent, initialDeviation } = options;
  const check = (isRight: boolean, message: string): void => {
    if (!isRight) throw new RangeError(message);
  };
  check(Number.isSafeInteger(rank) && rank >= 1, `rank must be a whole number of at least 1, not ${rank}.`);
  check(Number.isSafeInteger(epochs) && epochs >= 1, `epochs must be a whole number of at least 1, not ${epochs}.`);
  check(unobservedWeight >= 0 && Number.isFinite(unobservedWeight), 'unobservedWeight must be at least 0.');
  check(regularisation > 0 && Number.isFinite(regularisation), 'regularisation must be above 0.');
  check(Number.isFinite(regularisationExponent), 'regularisationExponent must be finite.');
  check(initialDeviation > 0 && Number.isFinite(initialDeviation), 'initialDeviation must be above 0.');
}
