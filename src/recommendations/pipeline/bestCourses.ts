import { selectTopK } from '../../recsys/kernels/topKKernel.js';

/** As long as any list: whoever asks for fewer gets its beginning. */
const KEPT = 100;

interface Best {
  readonly open: Uint8Array;
  readonly positions: Int32Array;
}

const bestByScores = new WeakMap<Float64Array, Best>();

/**
 * The best open positions, best first, ties by position: what `selectTopK` finds, remembered, since a list, its reasons and
 * what they are compared with are all made of the same.
 *
 * @param scores that nothing changes any more
 * @param open 1 at each position that may be named; like the scores
 */
export function bestCourses(scores: Float64Array, open: Uint8Array, count: number): Int32Array {
  if (count > KEPT) return selectTopK(scores, count, open);
  const known = bestByScores.get(scores);
  if (known?.open === open) return known.positions.subarray(0, count);
  const positions = selectTopK(scores, KEPT, open);
  bestByScores.set(scores, { open, positions });
  return positions.subarray(0, count);
}
