import type { CsrMatrix } from '../interactions.js';
import { KernelMemory } from './kernelMemory.js';
import { instantiateKernels, loadKernels } from './module.js';

/** Adds up rows of one sparse matrix. Keeps scratch memory: one per thread. */
export interface RowSums {
  /**
   * `Σ_r w_r row_r`, each product added in double precision and rounded to single, in the order of the rows.
   *
   * @param rows of the matrix, at most as many as it has
   * @param weights beside them
   * @param out one per column, overwritten
   */
  sum(rows: readonly number[], weights: readonly number[], out: Float32Array): void;
}

/** By the kernel, on a copy of the matrix; in plain TypeScript where the kernels cannot run, or the machine has no such memory to give. */
export function createRowSums(matrix: CsrMatrix): RowSums {
  const kernels = loadKernels();
  if ('missing' in kernels) return plainRowSums(matrix);
  try {
    return kernelRowSums(kernels.module, matrix);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return plainRowSums(matrix);
  }
}

function kernelRowSums(module: WebAssembly.Module, { rowCount, columnCount, ...cells }: CsrMatrix): RowSums {
  const cellCount = cells.values.length;
  const memory = new KernelMemory(8 * cellCount + 16 * rowCount + 4 * columnCount + 65_536);
  const exports = instantiateKernels(module, memory.memory);
  const purpose = 'Adding rows';
  const offsets = memory.allocate(4 * (rowCount + 1), purpose);
  const columns = memory.allocate(4 * cellCount, purpose);
  const values = memory.allocate(4 * cellCount, purpose);
  const rows = memory.allocate(4 * rowCount, purpose);
  const weights = memory.allocate(8 * rowCount, purpose);
  const sums = memory.allocate(4 * columnCount, purpose);
  memory.int32(offsets).set(cells.rowOffsets);
  memory.int32(columns).set(cells.columnIndices);
  memory.float32(values).set(cells.values);
  const rowView = memory.int32(rows);
  const weightView = memory.float64(weights);
  const sumView = memory.float32(sums);
  return {
    sum(given, weighing, out) {
      rowView.set(given);
      weightView.set(weighing);
      exports.sumRows(
        offsets.address,
        columns.address,
        values.address,
        rows.address,
        weights.address,
        given.length,
        sums.address,
        columnCount,
      );
      out.set(sumView);
    },
  };
}

/** What the kernel does, for machines that cannot run it and as its oracle. */
export function plainRowSums({ rowOffsets, columnIndices, values }: CsrMatrix): RowSums {
  return {
    sum(rows, weights, out) {
      out.fill(0);
      for (let r = 0; r < rows.length; r++) {
        const weight = weights[r]!;
        const end = rowOffsets[rows[r]! + 1]!;
        for (let cell = rowOffsets[rows[r]!]!; cell < end; cell++) out[columnIndices[cell]!]! += weight * values[cell]!;
      }
    },
  };
}
