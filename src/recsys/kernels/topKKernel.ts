import { topK } from '../topK.js';
import { KernelMemory } from './kernelMemory.js';
import { instantiateKernels, loadKernels } from './module.js';

/** Room for at least so many items, and then always twice as many: few memories are made, however scores grow. */
const FEWEST_ITEMS = 16_384;
/** More are left to the plain selection. */
const MOST_ITEMS = 2 ** 24;

/** The kernel on a memory for a number of items. */
interface Selection {
  readonly capacity: number;
  select(scores: Float32Array | Float64Array, k: number, eligible: Uint8Array | null): Int32Array;
}

// Scratch memory of this thread. A selection keeps nothing between calls, and cannot be interrupted.
let selection: Selection | null = null;
let isMissing = false;

/**
 * What `topK` returns, found by the kernel: the k best items, best first; equal scores in ascending order of index.
 * By `topK` itself where the kernels cannot run or the machine has no such memory to give.
 *
 * @param scores one per item; NaN = cannot be scored, never returned
 * @param k at least 0
 * @param eligible one per item, 0 = may not be returned; null: all may
 * @returns at most k item indices, fewer when fewer can be returned
 * @throws RangeError when the mask's length differs, or k is not a whole number of at least 0
 */
export function selectTopK(scores: Float32Array | Float64Array, k: number, eligible: Uint8Array | null): Int32Array {
  const itemCount = scores.length;
  const isPlain = !(k > 0 && Number.isSafeInteger(k)) || (eligible !== null && eligible.length !== itemCount);
  if (isPlain || itemCount === 0 || isMissing || itemCount > MOST_ITEMS) return topK(scores, k, eligible);
  if (selection === null || selection.capacity < itemCount) {
    selection = createSelection(Math.max(FEWEST_ITEMS, 2 ** Math.ceil(Math.log2(itemCount))));
    if (selection === null) {
      isMissing = true;
      return topK(scores, k, eligible);
    }
  }
  return selection.select(scores, Math.min(k, itemCount), eligible);
}

function createSelection(capacity: number): Selection | null {
  const kernels = loadKernels();
  if ('missing' in kernels) return null;
  try {
    return kernelSelection(kernels.module, capacity);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return null;
  }
}

function kernelSelection(module: WebAssembly.Module, capacity: number): Selection {
  const memory = new KernelMemory(13 * capacity + 4096);
  const exports = instantiateKernels(module, memory.memory);
  const purpose = 'Selecting the best';
  const scoreBlock = memory.allocate(8 * capacity, purpose);
  const maskBlock = memory.allocate(capacity, purpose);
  const best = memory.allocate(4 * capacity, purpose);
  const singles = memory.float32(scoreBlock);
  const doubles = memory.float64(scoreBlock);
  const mask = memory.bytes(maskBlock);
  const bestView = memory.int32(best);
  return {
    capacity,
    select(scores, k, eligible) {
      if (eligible !== null) mask.set(eligible);
      const maskAddress = eligible === null ? 0 : maskBlock.address;
      const itemCount = scores.length;
      let count: number;
      if (scores instanceof Float32Array) {
        singles.set(scores);
        count = exports.topKFloat32(scoreBlock.address, itemCount, maskAddress, k, best.address);
      } else {
        doubles.set(scores);
        count = exports.topKFloat64(scoreBlock.address, itemCount, maskAddress, k, best.address);
      }
      return bestView.slice(0, count);
    },
  };
}
