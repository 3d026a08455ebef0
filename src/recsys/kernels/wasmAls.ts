import { type CsrMatrix, transpose } from '../interactions.js';
import { assertRank, longestDualRow, ridgeOf, weightOfCells } from '../rowSolver.js';
import type { AlsWorkspace, RowPenalty, Side } from './engine.js';
import { type FactorRows, gramianOf, paddedWidth } from './gramianKernel.js';
import type { Block, KernelMemory } from './kernelMemory.js';
import type { ChunkedKernelName } from './module.js';
import type { KernelThreads } from './threads.js';

// Enough chunks that the last ones to be finished are short, however long the rows.
const CHUNKS_PER_THREAD = 128;
const MOST_ROWS_PER_CHUNK = 256;
const TURN_GROUP_ROWS = 4;
// More than a core's share of the caches: a fifth of the time of long rows is saved beyond it, and a little lost below.
const FAR_BYTES = 16 * 2 ** 20;

/** One side of the interactions in the kernels' memory. */
interface SideMemory {
  readonly rowCount: number;
  readonly columnCount: number;
  readonly offsets: Block;
  readonly columns: Block;
  /** Null: all confidences are 1. */
  readonly values: Block | null;
  /** The sum of |v| over each row. */
  readonly weights: Float64Array;
  /** One per row, for the penalty of the present call. */
  readonly ridges: Block;
  readonly factors: FactorRows;
}

/**
 * A fit's workspace in the kernels' memory, in float32. Padding of the rank and confidences that are all 1 take no
 * arithmetic worth mentioning and no memory, respectively.
 *
 * @throws RangeError when the rank is not a whole number of at least 1, or it does not fit into the memory
 */
export function openWasmAls(
  memory: KernelMemory,
  threads: KernelThreads,
  byLearner: CsrMatrix,
  rank: number,
): AlsWorkspace {
  assertRank(rank);
  const mark = memory.mark();
  const width = paddedWidth(rank);
  const isUnit = byLearner.values.every((value) => value === 1);

  function placeSide(matrix: CsrMatrix): SideMemory {
    const { rowCount, columnCount, rowOffsets, columnIndices, values } = matrix;
    const purpose = `A fit of ${byLearner.rowCount} learners and ${byLearner.columnCount} items with ${rank} factors`;
    const cellBytes = 4 * columnIndices.length;
    const side = {
      rowCount,
      columnCount,
      offsets: memory.allocate(4 * (rowCount + 1), purpose),
      columns: memory.allocate(cellBytes, purpose),
      values: isUnit ? null : memory.allocate(cellBytes, purpose),
      weights: new Float64Array(rowCount),
      ridges: memory.allocate(4 * rowCount, purpose),
      factors: { block: memory.allocate(4 * rowCount * width, purpose), rowCount, rank, width },
    };
    memory.int32(side.offsets).set(rowOffsets);
    memory.int32(side.columns).set(columnIndices);
    if (side.values !== null) memory.float32(side.values).set(values);
    memory.float32(side.factors.block).fill(0);
    for (let row = 0; row < rowCount; row++) {
      side.weights[row] = weightOfCells(values, rowOffsets[row]!, rowOffsets[row + 1]!);
    }
    return side;
  }

  function placeBoth(): Readonly<Record<Side, SideMemory>> {
    try {
      return { learners: placeSide(byLearner), items: placeSide(transpose(byLearner)) };
    } catch (error) {
      memory.releaseTo(mark);
      throw error;
    }
  }

  const sides = placeBoth();

  /** Runs a kernel over rows, or groups of them, with memory for each thread; takes back what was given out since. */
  function runOverRows(
    kernel: ChunkedKernelName,
    unitCount: number,
    scratchBytesPerThread: number,
    parameters: readonly number[],
  ): void {
    const scratchBytes = Math.ceil(scratchBytesPerThread / 64) * 64;
    const scratch = memory.allocate(scratchBytes * threads.threads, 'Working memory for the threads');
    const chunkSize = Math.floor(unitCount / (threads.threads * CHUNKS_PER_THREAD));
    threads.run({
      kernel,
      unitCount,
      chunkSize: Math.max(1, Math.min(MOST_ROWS_PER_CHUNK, chunkSize)),
      scratchAddress: scratch.address,
      scratchBytes,
      parameters,
    });
  }

  /** A square matrix, padded with zeros. */
  function placeSquare(matrix: Float64Array, scale: number): Block {
    const block = memory.allocate(4 * width * width, 'A square matrix');
    const padded = memory.float32(block).fill(0);
    for (let i = 0; i < rank; i++) {
      for (let j = 0; j < rank; j++) padded[i * width + j] = scale * matrix[i * rank + j]!;
    }
    return block;
  }

  function placeRidges(side: SideMemory, penalty: RowPenalty): void {
    const ridges = memory.float32(side.ridges);
    for (let row = 0; row < side.rowCount; row++) {
      ridges[row] = ridgeOf(side.weights[row]!, side.columnCount, penalty);
    }
  }

  function withinMark<T>(use: () => T): T {
    const before = memory.mark();
    try {
      return use();
    } finally {
      memory.releaseTo(before);
    }
  }

  return {
    factors(side) {
      const { rowCount, block } = sides[side].factors;
      const padded = memory.float32(block);
      const factors = new Float32Array(rowCount * rank);
      if (width === rank) factors.set(padded);
      else {
        for (let row = 0; row < rowCount; row++) {
          factors.set(padded.subarray(row * width, row * width + rank), row * rank);
        }
      }
      return factors;
    },
    setFactors(side, factors) {
      const { rowCount, block } = sides[side].factors;
      if (factors.length !== rowCount * rank) {
        throw new RangeError(`The ${side} have ${rowCount * rank} factors, not ${factors.length}.`);
      }
      const padded = memory.float32(block);
      for (let row = 0; row < rowCount; row++) {
        padded.set(factors.subarray(row * rank, (row + 1) * rank), row * width);
      }
    },
    gramian: (side) => gramianOf(memory, threads, sides[side].factors),
    turn: (side, rotation) =>
      withinMark(() => {
        const { rowCount, factors } = sides[side];
        const square = placeSquare(rotation, 1);
        runOverRows('turnRows', Math.ceil(rowCount / TURN_GROUP_ROWS), threads.exports.turnScratchBytes(width), [
          factors.block.address,
          rowCount,
          width,
          square.address,
        ]);
      }),
    solve: (side, gramian, penalty, kind, cgSteps) =>
      withinMark(() => {
        const solved = sides[side];
        const fixed = sides[side === 'learners' ? 'items' : 'learners'];
        placeRidges(solved, penalty);
        const isDiagonal = gramian.length === rank;
        const diagonalBlock = memory.allocate(4 * width, 'A diagonal');
        // Padding needs a penalty of its own, or it would divide 0 by 0.
        const diagonal = memory.float32(diagonalBlock).fill(1);
        for (let k = 0; k < rank; k++) {
          diagonal[k] = penalty.unobservedWeight * gramian[isDiagonal ? k : k * rank + k]!;
        }
        const whole = isDiagonal ? null : placeSquare(gramian, penalty.unobservedWeight);
        const isExact = kind !== 'cg';
        const longestDual = isDiagonal ? longestDualRow(kind, rank) : 0;
        runOverRows(
          isExact ? 'solveRowsExactly' : 'solveRowsByGradients',
          solved.rowCount,
          isExact ? threads.exports.exactScratchBytes(width, longestDual) : threads.exports.gradientScratchBytes(width),
          [
            solved.factors.block.address,
            fixed.factors.block.address,
            width,
            solved.offsets.address,
            solved.columns.address,
            solved.values?.address ?? 0,
            solved.ridges.address,
            diagonalBlock.address,
            whole?.address ?? 0,
            ...(isExact ? [longestDual, fixed.factors.block.byteLength > FAR_BYTES ? 1 : 0] : [cgSteps]),
          ],
        );
      }),
    release() {
      memory.releaseTo(mark);
    },
  };
}
