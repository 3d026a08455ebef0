import type { History } from './history.js';
import type { CsrMatrix } from './interactions.js';

/** The histories of many learners, one a row. */
export interface Histories {
  /** Learners × items: signed confidences as a model is given them, positive ones about 1 on average. */
  readonly matrix: CsrMatrix;
  /** When each cell was last touched, beside `matrix.values`; null: unknown. */
  readonly atMs: Float64Array | null;
}

/** The history of one row: views, not copies. */
export function historyOf({ matrix, atMs }: Histories, row: number): History {
  const start = matrix.rowOffsets[row]!;
  const end = matrix.rowOffsets[row + 1]!;
  return {
    itemIndices: matrix.columnIndices.subarray(start, end),
    values: matrix.values.subarray(start, end),
    atMs: atMs === null ? null : atMs.subarray(start, end),
  };
}

/**
 * The history with its latest wanted items alone: what is known of somebody who has only just begun.
 *
 * @param count at least 0; a history with fewer wanted items keeps them all
 * @returns items latest first; for equal times, and for all when the times are unknown, in the order of a hash of the
 *   item and of what else the history holds, so that no item is preferred over all learners
 */
export function latestOf(history: History, count: number): History {
  const { itemIndices, values, atMs } = history;
  const wanted = Array.from(itemIndices.keys()).filter((place) => values[place]! > 0);
  const salt = itemIndices.reduce((sum, item) => sum + scrambled(item + 1), 0) | 0;
  const rankOf = (place: number): number => scrambled(itemIndices[place]! ^ salt);
  wanted.sort((a, b) => {
    const later = atMs === null ? 0 : atMs[b]! - atMs[a]!;
    return later !== 0 ? later : rankOf(a) - rankOf(b);
  });
  const kept = wanted.slice(0, count);
  return {
    itemIndices: Int32Array.from(kept, (place) => itemIndices[place]!),
    values: Float32Array.from(kept, (place) => values[place]!),
    atMs: atMs === null ? null : Float64Array.from(kept, (place) => atMs[place]!),
  };
}

/** Different for different numbers of 32 bits. */
function scrambled(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
