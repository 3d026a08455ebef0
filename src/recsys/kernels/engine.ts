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
  openAls(byLearner: CsrMatrix, rank: number): AlsWorkspace;
  openItemGramian(byLearner: CsrMatrix): ItemGramianWorkspace;
  /** Ends the threads. The engine and its workspaces cannot be used afterwards. */
  close(): Promise<void>;
}

export type Side = 'learners' | 'items';

/** How the rows of one side are solved: exactly by whichever is quicker, or always one way. */
export type RowSolverKind = 'auto' | 'dual' | 'primal' | 'cg';

/** What `AlsWorkspace.solve` needs besides the factors. */
export interface RowPenalty {
  readonly unobservedWeight: number;
  readonly regularisation: number;
  readonly regularisationExponent: number;
}

/** The factors of one fit in the engine's own memory. Views may be replaced by `solve`: read them anew each time. */
export interface AlsWorkspace {
  /** Row-major, learners × rank. */
  readonly learnerFactors: Float32Array;
  /** Row-major, items × rank. */
  readonly itemFactors: Float32Array;
  /** `YᵀY` of one side: row-major, symmetric, rank × rank; summed in an order that does not depend on the threads. */
  gramian(side: Side): Float64Array;
  /** Multiplies the factors of one side by a square matrix from the right, in place. */
  turn(side: Side, rotation: Float64Array): void;
  /**
   * Solves every row of one side with the other held fixed (Hu, Koren & Volinsky 2008, eq. 4).
   *
   * @param gramianDiagonal of the fixed side, which must be in principal axes
   * @param cgSteps for the kind `cg`: steps from the row's present factors
   */
  solve(side: Side, gramianDiagonal: Float64Array, penalty: RowPenalty, kind: RowSolverKind, cgSteps: number): void;
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
