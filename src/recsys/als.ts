import { createRandom } from '../stats/random.js';
import type { ContentModel } from './contentFactors.js';
import { principalAxes, turnToPrincipalAxes } from './denseAlgebra.js';
import { type FitContext, FitStopped, fadedInteractions, type TrainingData } from './fitting.js';
import type { AlsWorkspace, RowPenalty, RowSolverKind, Side } from './kernels/engine.js';
import { type RowCounts, rowCounts, turningPays } from './solveCost.js';

/** What an iALS model is fitted with; the names in brackets are those of Rendle et al. 2021. */
export interface IalsOptions extends RowPenalty {
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
  /** Interactions count half as much after so many days, above 0; null: nothing fades. */
  readonly halfLifeDays: number | null;
  readonly seed: number;
  readonly solver: RowSolverKind;
  /** Steps of conjugate gradients per row and epoch, at least 1; for the solver `cg` alone. */
  readonly cgSteps: number;
}

export const DEFAULT_IALS_OPTIONS: IalsOptions = {
  rank: 64,
  epochs: 10,
  unobservedWeight: 0.03,
  regularisation: 0.003,
  regularisationExponent: 1,
  initialDeviation: 0.1,
  halfLifeDays: null,
  seed: 1,
  solver: 'auto',
  cgSteps: 3,
};

/** Fitted item factors. Learners' factors are not kept: they are folded in from the history when asked for. */
export interface IalsModel {
  readonly family: 'ials';
  readonly rank: number;
  readonly itemCount: number;
  /** Items at the fit, which the ridge of a history counts: those added later change nobody's factors. */
  readonly fittedItemCount: number;
  /**
   * Row-major, `itemCount × rank`, in principal axes: the Gramian `YᵀY` is diagonal (to float32 rounding). All zeros
   * for an item without interactions.
   */
  readonly itemFactors: Float32Array;
  /** The diagonal of the Gramian, length `rank`, descending. */
  readonly gramianDiagonal: Float64Array;
  /** What items are scored with, as long as `itemFactors`: moved towards their content. Null: `itemFactors`. */
  readonly scoringFactors: Float32Array | null;
  /** What predicts factors from content, for items that come later; null: nothing is known of it. */
  readonly content: ContentModel | null;
  readonly options: IalsOptions;
}

/** Item factors to begin from, those of an earlier model: row-major, items of this fit × rank of the earlier one. */
export interface WarmStart {
  /** An item that is new to this fit has all zeros. */
  readonly itemFactors: Float32Array;
  readonly rank: number;
}

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
 * Each half epoch solves one side with the other held fixed, which is turned to its principal axes first where that
 * pays: a short row then costs `n² d` (see `createRowSolver`). Equal data, options and start give equal models on any
 * number of threads of one kind of engine, and the same to rounding on another kind.
 *
 * @param data rows and columns without cells are fine
 * @param context `onStep` is called after every epoch, `shouldStop` polled before every half epoch
 * @throws RangeError when an option is out of range, or the fit does not fit into the engine's memory
 * @throws FitStopped when `context.shouldStop` says so
 */
export function fitIals(
  data: TrainingData,
  options: IalsOptions,
  context: FitContext & { readonly warmStart?: WarmStart },
): IalsModel {
  assertIalsOptions(options);
  const { rank, epochs } = options;
  const interactions = fadedInteractions(data, options.halfLifeDays);
  const { columnCount: itemCount } = interactions;
  const counts = rowCounts(interactions);
  const workspace = context.engine.openAls(interactions, rank);
  const itemFactors = (() => {
    try {
      workspace.setFactors('items', startFactors(itemCount, options, context.warmStart));
      for (let epoch = 1; epoch <= epochs; epoch++) {
        for (const side of ['learners', 'items'] as const) {
          if (context.shouldStop?.()) throw new FitStopped();
          solveSide(workspace, side, counts, options);
        }
        context.onStep?.(epoch, epochs);
      }
      return workspace.factors('items');
    } finally {
      workspace.release();
    }
  })();
  const gramianDiagonal = turnToPrincipalAxes(itemFactors, itemCount, rank);
  return {
    family: 'ials',
    rank,
    itemCount,
    fittedItemCount: itemCount,
    itemFactors,
    gramianDiagonal,
    scoringFactors: null,
    content: null,
    options,
  };
}

function solveSide(
  workspace: AlsWorkspace,
  side: Side,
  counts: Readonly<Record<Side, RowCounts>>,
  options: IalsOptions,
): void {
  const { rank, solver, cgSteps } = options;
  const fixed = side === 'learners' ? 'items' : 'learners';
  const gramian = workspace.gramian(fixed);
  if (!turningPays(counts[side], counts[fixed], options)) {
    workspace.solve(side, gramian, options, solver, cgSteps);
    return;
  }
  const { rotation, energies } = principalAxes(gramian, rank);
  workspace.turn(fixed, rotation);
  // Gradients begin from the factors of the last epoch, which must be seen in the same axes.
  if (solver === 'cg') workspace.turn(side, rotation);
  workspace.solve(side, energies, options, solver, cgSteps);
}

/** Normal noise, and over it what an earlier model knows; axes and items that it does not have stay noise. */
function startFactors(itemCount: number, options: IalsOptions, warmStart: WarmStart | undefined): Float32Array {
  const { rank, initialDeviation, seed } = options;
  const random = createRandom(seed);
  const factors = new Float32Array(itemCount * rank);
  for (let i = 0; i < factors.length; i++) factors[i] = random.normal() * initialDeviation;
  if (warmStart === undefined) return factors;
  if (warmStart.itemFactors.length !== itemCount * warmStart.rank) {
    throw new RangeError(
      `A warm start of ${itemCount} items needs ${itemCount * warmStart.rank} factors, not ` +
        `${warmStart.itemFactors.length}.`,
    );
  }
  const shared = Math.min(rank, warmStart.rank);
  for (let item = 0; item < itemCount; item++) {
    const known = warmStart.itemFactors.subarray(item * warmStart.rank, item * warmStart.rank + shared);
    if (known.some((factor) => factor !== 0)) factors.set(known, item * rank);
  }
  return factors;
}

const SOLVERS: readonly string[] = ['auto', 'dual', 'primal', 'cg'] satisfies readonly RowSolverKind[];

function assertIalsOptions(options: IalsOptions): void {
  const { rank, epochs, unobservedWeight, regularisation, regularisationExponent, initialDeviation } = options;
  const { solver, cgSteps } = options;
  const check = (isRight: boolean, message: string): void => {
    if (!isRight) throw new RangeError(message);
  };
  check(Number.isSafeInteger(rank) && rank >= 1, `rank must be a whole number of at least 1, not ${rank}.`);
  check(Number.isSafeInteger(epochs) && epochs >= 1, `epochs must be a whole number of at least 1, not ${epochs}.`);
  check(unobservedWeight >= 0 && Number.isFinite(unobservedWeight), 'unobservedWeight must be at least 0.');
  check(regularisation > 0 && Number.isFinite(regularisation), 'regularisation must be above 0.');
  check(Number.isFinite(regularisationExponent), 'regularisationExponent must be finite.');
  check(initialDeviation > 0 && Number.isFinite(initialDeviation), 'initialDeviation must be above 0.');
  check(SOLVERS.includes(solver), `solver must be one of ${SOLVERS.join(', ')}, not ${solver}.`);
  check(Number.isSafeInteger(cgSteps) && cgSteps >= 1, `cgSteps must be a whole number of at least 1, not ${cgSteps}.`);
}
