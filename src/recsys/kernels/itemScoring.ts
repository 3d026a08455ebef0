import { createRowSolver, longestDualRow } from '../rowSolver.js';
import { paddedWidth } from './gramianKernel.js';
import { type Block, KernelMemory } from './kernelMemory.js';
import { instantiateKernels, loadKernels } from './module.js';

/** Folds one history in and scores all items by it, on the caller's thread. Keeps scratch memory: one per thread. */
export interface ItemScoring {
  /**
   * The score of every item for a history (see `createRowSolver` for the factors that it is folded in to).
   *
   * @param itemIndices rows of the factors, no repeats
   * @param values signed confidences beside them
   * @param ridge > 0
   * @param out one per item, overwritten
   * @throws RangeError when the history is longer than there are items
   */
  score(itemIndices: Int32Array, values: Float32Array, ridge: number, out: Float32Array): void;
}

/**
 * Scoring by the kernels, on memory of its own; in plain TypeScript where they cannot run, or the
 * machine has no such memory to give.
 *
 * @param itemFactors what histories are folded in with: row-major, `itemCount × rank`, in principal axes; copied
 * @param scoringFactors what items are scored with, as many; the very same array when that is no other; copied
 * @param penalties length `rank`: the unobserved weight times the Gramian's diagonal
 */
export function createItemScoring(
  itemFactors: Float32Array,
  scoringFactors: Float32Array,
  itemCount: number,
  rank: number,
  penalties: Float64Array,
): ItemScoring {
  const kernels = loadKernels();
  if ('missing' in kernels) return plainScoring(itemFactors, scoringFactors, itemCount, rank, penalties);
  try {
    return kernelScoring(kernels.module, itemFactors, scoringFactors, itemCount, rank, penalties);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return plainScoring(itemFactors, scoringFactors, itemCount, rank, penalties);
  }
}

function kernelScoring(
  module: WebAssembly.Module,
  itemFactors: Float32Array,
  scoringFactors: Float32Array,
  itemCount: number,
  rank: number,
  penalties: Float64Array,
): ItemScoring {
  const width = paddedWidth(rank);
  const longestDual = longestDualRow('auto', rank);
  // Two sets of factors, a few numbers an item, and the scratch of one solve.
  const memory = new KernelMemory(8 * itemCount * width + 64 * itemCount + 64 * (width + longestDual) ** 2 + 1_048_576);
  const exports = instantiateKernels(module, memory.memory);
  const purpose = 'Scoring';
  const scratch = memory.allocate(exports.exactScratchBytes(width, longestDual), purpose);
  const penaltyBlock = memory.allocate(4 * width, purpose);
  const learner = memory.allocate(4 * width, purpose);
  const row = memory.allocate(12, purpose);
  const columns = memory.allocate(4 * itemCount, purpose);
  const confidences = memory.allocate(4 * itemCount, purpose);
  const scores = memory.allocate(4 * itemCount, purpose);
  memory.float32(penaltyBlock).fill(1).set(penalties);
  const padded = (values: Float32Array): Block => {
    const block = memory.allocate(4 * itemCount * width, purpose);
    const rows = memory.float32(block);
    for (let item = 0; item < itemCount; item++) {
      rows.set(values.subarray(item * rank, (item + 1) * rank), item * width);
    }
    return block;
  };
  const factors = padded(itemFactors);
  const scored = scoringFactors === itemFactors ? factors : padded(scoringFactors);
  // One row of cells: two offsets and a ridge.
  const offsets = memory.int32(row);
  const ridges = memory.float32(row);
  const columnView = memory.int32(columns);
  const confidenceView = memory.float32(confidences);
  const scoreView = memory.float32(scores);
  return {
    score(itemIndices, values, ridge, out) {
      assertLength(itemIndices, itemCount);
      columnView.set(itemIndices);
      confidenceView.set(values);
      offsets[0] = 0;
      offsets[1] = itemIndices.length;
      ridges[2] = ridge;
      exports.solveRowsExactly(
        0,
        1,
        scratch.address,
        learner.address,
        factors.address,
        width,
        row.address,
        columns.address,
        confidences.address,
        row.address + 8,
        penaltyBlock.address,
        0,
        longestDual,
        0,
      );
      exports.scoreRows(scored.address, itemCount, width, learner.address, scores.address);
      out.set(scoreView);
    },
  };
}

function plainScoring(
  itemFactors: Float32Array,
  scoringFactors: Float32Array,
  itemCount: number,
  rank: number,
  penalties: Float64Array,
): ItemScoring {
  const solver = createRowSolver(itemFactors, rank, penalties);
  const learner = new Float64Array(rank);
  return {
    score(itemIndices, values, ridge, out) {
      assertLength(itemIndices, itemCount);
      solver.solve(itemIndices, values, 0, itemIndices.length, ridge, learner);
      for (let item = 0; item < itemCount; item++) {
        let sum = 0;
        for (let k = 0; k < rank; k++) sum += scoringFactors[item * rank + k]! * learner[k]!;
        out[item] = sum;
      }
    },
  };
}

function assertLength(itemIndices: Int32Array, itemCount: number): void {
  if (itemIndices.length > itemCount) {
    throw new RangeError(`A history of ${itemIndices.length} items repeats some: there are only ${itemCount}.`);
  }
}
