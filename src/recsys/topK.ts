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
  const itemCount = scores.length;
  const heap = new Int32Array(Math.min(k, itemCount));
  let item = 0;
  let size = 0;
  for (; item < itemCount && size < heap.length; item++) {
    if (!Number.isNaN(scores[item]!) && eligible?.[item] !== 0) heap[size++] = item;
  }
  if (size === 0) return new Int32Array(0);
  // A heap of the best so far with the worst of them on top. Items come in ascending order, so that a later one
  // displaces it only by a greater score: nearly every item fails this one comparison, and so does NaN.
  for (let hole = (size >> 1) - 1; hole >= 0; hole--) siftDown(scores, heap, size, hole, heap[hole]!);
  let worst = scores[heap[0]!]!;
  for (; item < itemCount; item++) {
    if (!(scores[item]! > worst) || eligible?.[item] === 0) continue;
    siftDown(scores, heap, size, 0, item);
    worst = scores[heap[0]!]!;
  }
  for (let last = size - 1; last > 0; last--) {
    const displaced = heap[last]!;
    heap[last] = heap[0]!;
    siftDown(scores, heap, last, 0, displaced);
  }
  return size < heap.length ? heap.slice(0, size) : heap;
}

/** Moves what is worse than the item up, from a hole in the heap down, and fills the last hole with it. */
function siftDown(scores: ArrayLike<number>, heap: Int32Array, size: number, from: number, item: number): void {
  const score = scores[item]!;
  let hole = from;
  for (;;) {
    let child = 2 * hole + 1;
    if (child >= size) break;
    let childItem = heap[child]!;
    let childScore = scores[childItem]!;
    if (child + 1 < size) {
      const other = heap[child + 1]!;
      const otherScore = scores[other]!;
      if (isWorse(otherScore, other, childScore, childItem)) {
        child++;
        childItem = other;
        childScore = otherScore;
      }
    }
    if (!isWorse(childScore, childItem, score, item)) break;
    heap[hole] = childItem;
    hole = child;
  }
  heap[hole] = item;
}

function isWorse(scoreA: number, itemA: number, scoreB: number, itemB: number): boolean {
  return scoreA < scoreB || (scoreA === scoreB && itemA > itemB);
}
