import type { CsrMatrix } from '../interactions.js';

/**
 * What the heavy arithmetic of a fit runs on: WebAssembly SIMD on several threads, or plain TypeScript on one. Both give
 * the same results to rounding, and each gives the same bits whatever the number of threads.
 *
 * Calls are synchronous and may take minutes: use an engine on a thread that serves nobody.
 */
export interface Engine {
  readonly kind: 'wasm' | 'plain';
  readonly threads: number;
  /** What it is, for people, and for `plain` why. */
  readonly description: string;
  /** @throws RangeError when the rank is not a whole number of at least 1, or it does not fit into the memory */
  openAls(byLearner: CsrMatrix, rank: number): AlsWorkspace;
  /** @throws RangeError when it does not fit into the memory */
  openItemGramian(byLearner: CsrMatrix): ItemGramianWorkspace;
  /** Ends the threads. The engine and its workspaces cannot be used afterwards. */
  close(): Promise<void>;
}

export type Side = 'learners' | 'items';

/**
 * How the rows of one side are solved.
 *
 * - `auto`: exactly, by whichever is quicker: rows of up to 0.75 × rank cells in the dual, longer ones in the primal
 * - `dual`: exactly, rows of up to rank cells in the dual; in longer ones the primal system is the smaller of the two
 * - `primal`: exactly, by Cholesky
 * - `cg`: by steps of conjugate gradients from the row's present factors (Takács, Pilászy & Tikk 2011)
 */
export type RowSolverKind = 'auto' | 'dual' | 'primal' | 'cg';

/** What `AlsWorkspace.solve` needs besides the factors; see `IalsOptions`. */
export interface RowPenalty {
  readonly unobservedWeight: number;
  readonly regularisation: number;
  readonly regularisationExponent: number;
}

/** The interactions and the factors of one fit, in the engine's own memory. All factors are zeros at first. */
export interface AlsWorkspace {
  /** The factors of one side, copied out: row-major, rows × rank. */
  factors(side: Side): Float32Array;
  /** @throws RangeError when the length is not rows × rank */
  setFactors(side: Side, factors: Float32Array): void;
  /** `YᵀY` of one side: row-major, symmetric, rank × rank; summed in an order that does not depend on the threads. */
  gramian(side: Side): Float64Array;
  /**
   * Multiplies the factors of one side by a square matrix from the right, in place.
   *
   * @param rotation row-major, rank × rank
   */
  turn(side: Side, rotation: Float64Array): void;
  /**
   * Solves every row of one side with the other held fixed (Hu, Koren & Volinsky 2008, eq. 4). A row without a positive
   * value becomes zeros.
   *
   * @param gramian of the fixed side: its diagonal, length rank, when that side is in principal axes; else all of it,
   *   rank × rank, and rows are solved in the primal whatever the kind says of the dual
   * @param cgSteps for the kind `cg`, at least 1
   */
  solve(side: Side, gramian: Float64Array, penalty: RowPenalty, kind: RowSolverKind, cgSteps: number): void;
  /** Gives the memory back; workspaces are released in the reverse order of opening. */
  release(): void;
}

/** The Gramian of the items over learners, `XᵀX`, dense, in the engine's own memory. */
export interface ItemGramianWorkspace {
  readonly itemCount: number;
  /** Row-major, items × items. Left as it is by `inverse`. */
  readonly gramian: Float32Array;
  /**
   * `(XᵀX + l2 I)⁻¹`, row-major, items × items: a view of the engine's memory that the next call overwrites.
   *
   * @param onPart called often on the way; may throw to abandon it, after which the workspace can still be used
   * @throws RangeError when the matrix is not positive definite to float32
   */
  inverse(l2: number, onPart?: () => void): Float32Array;
  release(): void;
}
