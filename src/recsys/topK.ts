/**
 * The k best items, best first; equal scores in ascending order of index.
 *
 * @param scores one per item; NaN = cannot be scored, never returned
 * @param k at least 0
 * @param eligible one per item, 0 = may not be returned; null: all may
 * @returns at most k item indices, fewer when fewer can be returned
 * @throws RangeError when the mask's length differs, or k is not a whole number of at least 0
 */
export function topK(scores: ArrayLike<number>, k: number, eligible: Uint8Array | null): Int32Array {
  if (!Number.isSafeInteger(k) || k < 0) throw new RangeError(`k must be a whole number of at least 0, not ${k}.`);
  if (eligible !== null && eligible.length !== scores.length) {
    throw new RangeError(`The mask covers ${eligible.length} items, the scores ${scores.length}.`);
  }
  if (k === 0) return new Int32Array(0);
  // A heap of the best so far with the worst of them on top: nearly every item fails the first comparison.
  const heap = new Int32Array(Math.min(k, scores.length));
  let size = 0;
  const isWorse = (a: number, b: number): boolean => {
    const scoreA = scores[a]!;
    const scoreB = scores[b]!;
    return scoreA < scoreB || (scoreA === scoreB && a > b);
  };
  const siftDown = (item: number): void => {
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      if (child + 1 < size && isWorse(heap[child + 1]!, heap[child]!)) child++;
      if (!isWorse(heap[child]!, item)) break;
      heap[hole] = heap[child]!;
      hole = child;
    }
    heap[hole] = item;
  };
  for (let item = 0; item < scores.length; item++) {
    if (Number.isNaN(scores[item]!) || eligible?.[item] === 0) continue;
    if (size < heap.length) {
      let hole = size++;
      while (hole > 0) {
        const parent = (hole - 1) >> 1;
        if (!isWorse(item, heap[parent]!)) break;
        heap[hole] = heap[parent]!;
        hole = parent;
      }
      heap[hole] = item;
    } else if (isWorse(heap[0]!, item)) {
      siftDown(item);
    }
  }
  const best = new Int32Array(size);
  while (size > 0) {
    best[size - 1] = heap[0]!;
    size--;
    siftDown(heap[size]!);
  }
  return best;
}
