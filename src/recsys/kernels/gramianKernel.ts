import type { Block, KernelMemory } from './kernelMemory.js';
import type { KernelThreads } from './threads.js';

const MOST_BLOCKS = 64;
const LEAST_BLOCK_ROWS = 256;

/** Rows of factors in the kernels' memory: row-major, each row padded with zeros to `width`, a multiple of 4. */
export interface FactorRows {
  readonly block: Block;
  readonly rowCount: number;
  readonly rank: number;
  readonly width: number;
}

/** The smallest multiple of 4, the lanes of a vector, that is not below `rank`. */
export function paddedWidth(rank: number): number {
  return Math.ceil(rank / 4) * 4;
}

/** How rows are divided for a sum: by their count alone, so that the sum is the same on any number of threads. */
function sumBlocks(rowCount: number): { readonly blockRows: number; readonly blockCount: number } {
  const blockRows = Math.max(LEAST_BLOCK_ROWS, Math.ceil(rowCount / MOST_BLOCKS));
  return { blockRows, blockCount: Math.ceil(rowCount / blockRows) };
}

/**
 * `YᵀY` of rows of factors, by float32 sums over blocks of rows and float64 sums over the blocks, in one order whatever
 * the number of threads.
 *
 * @returns row-major, `rank × rank`, exactly symmetric
 * @throws RangeError when the memory for the partial sums cannot be had
 */
export function gramianOf(memory: KernelMemory, threads: KernelThreads, factors: FactorRows): Float64Array {
  const { rowCount, rank, width } = factors;
  const { blockRows, blockCount } = sumBlocks(rowCount);
  const mark = memory.mark();
  try {
    const partials = memory.allocate(4 * blockCount * width * width, 'A Gramian');
    threads.run({
      kernel: 'blockGramians',
      unitCount: blockCount,
      chunkSize: 1,
      scratchAddress: 0,
      scratchBytes: 0,
      parameters: [factors.block.address, rowCount, width, blockRows, partials.address],
    });
    const partial = memory.float32(partials);
    const gramian = new Float64Array(rank * rank);
    for (let block = 0; block < blockCount; block++) {
      const start = block * width * width;
      for (let i = 0; i < rank; i++) {
        for (let j = i; j < rank; j++) gramian[i * rank + j]! += partial[start + i * width + j]!;
      }
    }
    for (let i = 0; i < rank; i++) for (let j = 0; j < i; j++) gramian[i * rank + j] = gramian[j * rank + i]!;
    return gramian;
  } finally {
    memory.releaseTo(mark);
  }
}
