import { choleskyInPlace, choleskySolveInPlace } from '../denseAlgebra.js';
import type { CsrMatrix } from '../interactions.js';
import type { ItemGramianWorkspace } from './engine.js';

/** The Gramian of the items in ordinary arrays: stored in float32, sums in float64. */
export function openPlainItemGramian(byLearner: CsrMatrix): ItemGramianWorkspace {
  const { rowCount, columnCount: itemCount, rowOffsets, columnIndices, values } = byLearner;
  const sums = new Float64Array(itemCount * itemCount);
  for (let row = 0; row < rowCount; row++) {
    const end = rowOffsets[row + 1]!;
    for (let a = rowOffsets[row]!; a < end; a++) {
      for (let b = rowOffsets[row]!; b < end; b++) {
        sums[columnIndices[a]! * itemCount + columnIndices[b]!]! += values[a]! * values[b]!;
      }
    }
  }
  const gramian = Float32Array.from(sums);
  return {
    itemCount,
    gramian,
    inverse(l2) {
      const factor = Float64Array.from(gramian);
      for (let item = 0; item < itemCount; item++) factor[item * itemCount + item]! += l2;
      choleskyInPlace(factor, itemCount, itemCount);
      const inverse = new Float32Array(itemCount * itemCount);
      const column = new Float64Array(itemCount);
      for (let item = 0; item < itemCount; item++) {
        column.fill(0);
        column[item] = 1;
        choleskySolveInPlace(factor, itemCount, itemCount, column);
        inverse.set(column, item * itemCount);
      }
      return inverse;
    },
    release() {},
  };
}
