/**
 * The k best of single-precision scores, best first; equal ones in ascending order of index, NaN never.
 *
 * @param mask a byte an item, 0 = may not be returned; address 0: all may
 * @param k at least 1
 * @param best room for the indices of k items, overwritten
 * @returns how many were found
 */
export function topKFloat32(scores: usize, itemCount: i32, mask: usize, k: i32, best: usize): i32 {
  return selectBest<f32>(scores, itemCount, mask, k, best);
}

/** The same of double-precision scores. */
export function topKFloat64(scores: usize, itemCount: i32, mask: usize, k: i32, best: usize): i32 {
  return selectBest<f64>(scores, itemCount, mask, k, best);
}

/**
 * The first k that may be returned make a heap with the worst on top. Items come in ascending order, so that a later
 * one displaces it only by a greater score: one comparison, which nearly all fail, four vectors of them at a time.
 */
function selectBest<T>(scores: usize, itemCount: i32, mask: usize, k: i32, heap: usize): i32 {
  let item = 0;
  let size = 0;
  for (; item < itemCount && size < k; item++) {
    const score = scoreOf<T>(scores, item);
    if (!(score <= <T>Infinity) || (mask && !load<u8>(mask + <usize>item))) continue;
    store<i32>(heap + ((<usize>size) << 2), item);
    size++;
  }
  for (let hole = (size >> 1) - 1; hole >= 0; hole--) siftDown<T>(scores, heap, size, hole, itemAt(heap, hole));
  if (size === k) {
    const lanes = 16 / <i32>sizeof<T>();
    let worst = scoreOf<T>(scores, itemAt(heap, 0));
    for (; item + 4 * lanes <= itemCount; item += 4 * lanes) {
      const block = scores + <usize>item * sizeof<T>();
      const bar = v128.splat<T>(worst);
      const above0 = v128.gt<T>(v128.load(block), bar);
      const above1 = v128.gt<T>(v128.load(block, 16), bar);
      const above2 = v128.gt<T>(v128.load(block, 32), bar);
      const above3 = v128.gt<T>(v128.load(block, 48), bar);
      if (!v128.any_true(v128.or(v128.or(above0, above1), v128.or(above2, above3)))) continue;
      let hits =
        signs<T>(above0) |
        (signs<T>(above1) << lanes) |
        (signs<T>(above2) << (2 * lanes)) |
        (signs<T>(above3) << (3 * lanes));
      for (; hits; hits &= hits - 1) worst = offer<T>(scores, mask, heap, k, worst, item + ctz(hits));
    }
    for (; item < itemCount; item++) worst = offer<T>(scores, mask, heap, k, worst, item);
  }
  for (let last = size - 1; last > 0; last--) {
    const displaced = itemAt(heap, last);
    store<i32>(heap + ((<usize>last) << 2), itemAt(heap, 0));
    siftDown<T>(scores, heap, last, 0, displaced);
  }
  return size;
}

/** Puts an item in place of the worst if it is better and may be returned; the worst score that then stands. */
function offer<T>(scores: usize, mask: usize, heap: usize, k: i32, worst: T, item: i32): T {
  if (!(scoreOf<T>(scores, item) > worst) || (mask && !load<u8>(mask + <usize>item))) return worst;
  siftDown<T>(scores, heap, k, 0, item);
  return scoreOf<T>(scores, itemAt(heap, 0));
}

/** Moves what is worse than the item up, from a hole in the heap down, and fills the last hole with it. */
function siftDown<T>(scores: usize, heap: usize, size: i32, from: i32, item: i32): void {
  const score = scoreOf<T>(scores, item);
  let hole = from;
  for (;;) {
    let child = 2 * hole + 1;
    if (child >= size) break;
    if (child + 1 < size) {
      const left = itemAt(heap, child);
      const right = itemAt(heap, child + 1);
      child += isWorse<T>(scoreOf<T>(scores, right), right, scoreOf<T>(scores, left), left);
    }
    const childItem = itemAt(heap, child);
    if (!isWorse<T>(scoreOf<T>(scores, childItem), childItem, score, item)) break;
    store<i32>(heap + ((<usize>hole) << 2), childItem);
    hole = child;
  }
  store<i32>(heap + ((<usize>hole) << 2), item);
}

/** 1 or 0, without a jump: which of two is the worse cannot be guessed ahead. */
function isWorse<T>(scoreA: T, itemA: i32, scoreB: T, itemB: i32): i32 {
  return <i32>(scoreA < scoreB) | (<i32>(scoreA === scoreB) & <i32>(itemA > itemB));
}

function scoreOf<T>(scores: usize, item: i32): T {
  return load<T>(scores + <usize>item * sizeof<T>());
}

function itemAt(heap: usize, place: i32): i32 {
  return load<i32>(heap + ((<usize>place) << 2));
}

/** A bit for each lane. */
function signs<T>(lanes: v128): i32 {
  return sizeof<T>() === 4 ? i32x4.bitmask(lanes) : i64x2.bitmask(lanes);
}
