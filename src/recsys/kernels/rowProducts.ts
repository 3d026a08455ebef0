import { paddedWidth } from './gramianKernel.js';
import { KernelMemory } from './kernelMemory.js';
import { instantiateKernels, loadKernels } from './module.js';

/** Compares few rows with each other, in single precision. Keeps scratch memory: one per thread. */
export interface RowProducts {
  /**
   * Takes in what is compared from now on.
   *
   * @param values row-major, rows of the length that this was made for
   * @param rows of the values, at most as many as this was made for
   */
  take(values: Float32Array, rows: ArrayLike<number>): void;
  /**
   * The inner products of one of the rows with every one of them, in the order in which they were taken in; what follows
   * them is of no meaning. Memory of its own: good until others are taken in.
   *
   * @param place of the one among those taken in
   */
  productsOf(place: number): Float32Array;
}

/**
 * By the kernel; in plain TypeScript where the kernels cannot run, or the machine has no such memory to give.
 *
 * @param rank how long rows are, at least 1
 * @param most how many are compared at the most
 */
export function createRowProducts(rank: number, most: number): RowProducts {
  const kernels = loadKernels();
  if ('missing' in kernels) return plainRowProducts(rank, most);
  try {
    return kernelRowProducts(kernels.module, rank, most);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return plainRowProducts(rank, most);
  }
}

function kernelRowProducts(module: WebAssembly.Module, rank: number, most: number): RowProducts {
  const width = paddedWidth(rank);
  const memory = new KernelMemory(4 * most * (width + most) + 65_536);
  const exports = instantiateKernels(module, memory.memory);
  const purpose = 'Comparing rows';
  const rowBlock = memory.allocate(4 * most * width, purpose);
  const productBlock = memory.allocate(4 * most * most, purpose);
  // What pads a row stays 0.
  const taken = memory.float32(rowBlock);
  const products = memory.float32(productBlock);
  const productsAt = Array.from({ length: most }, (_, place) => products.subarray(place * most, (place + 1) * most));
  let count = 0;
  return {
    take(values, rows) {
      count = rows.length;
      copyRows(values, rows, rank, taken, width);
    },
    productsOf(place) {
      const row = rowBlock.address + 4 * place * width;
      exports.scoreRows(rowBlock.address, count, width, row, productBlock.address + 4 * place * most);
      return productsAt[place]!;
    },
  };
}

/** What the kernel does, for machines that cannot run it and as its oracle. */
export function plainRowProducts(rank: number, most: number): RowProducts {
  const taken = new Float32Array(most * rank);
  let count = 0;
  return {
    take(values, rows) {
      count = rows.length;
      copyRows(values, rows, rank, taken, rank);
    },
    productsOf(place) {
      const products = new Float32Array(most);
      for (let other = 0; other < count; other++) {
        let sum = 0;
        for (let k = 0; k < rank; k++) sum += taken[place * rank + k]! * taken[other * rank + k]!;
        products[other] = sum;
      }
      return products;
    },
  };
}

function copyRows(values: Float32Array, rows: ArrayLike<number>, rank: number, to: Float32Array, width: number): void {
  for (let place = 0; place < rows.length; place++) {
    for (let k = 0, from = rows[place]! * rank, at = place * width; k < rank; k++) to[at + k] = values[from + k]!;
  }
}
