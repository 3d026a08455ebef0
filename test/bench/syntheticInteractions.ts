import type { CsrMatrix } from '../../src/recsys/interactions.js';
import { createRandom, type Random, shuffled } from '../../src/stats/random.js';

export interface SyntheticShape {
  readonly learnerCount: number;
  readonly itemCount: number;
  readonly interactionCount: number;
}

/** `one`: all are 1, as in a list of completions; `varied`: as signed confidences from a log of activity are. */
export type SyntheticConfidences = 'one' | 'varied';

/** Of the logarithm of a row's length. MovieLens-1M: mean over median 1.7, which is a deviation of 1.0. */
const LENGTH_DEVIATION = 1;
/** The rank r item has the weight 1 / (r + itemCount / 50): MovieLens-1M's greatest is 12.7 times its mean, as here. */
const RANK_SHIFT_SHARE = 1 / 50;
const MOST_SHARE_OF_ITEMS = 0.5;

/**
 * Learners × items as real logs look, without any taste in them: row lengths are log-normal, items have popularities by
 * the law of Zipf and Mandelbrot, no cell comes twice. Exactly as many interactions as asked for, and with at least one
 * for each learner where there are enough. Takes little more memory than what it returns.
 *
 * @throws RangeError when more than half of all cells would be taken
 */
export function syntheticInteractions(
  { learnerCount, itemCount, interactionCount }: SyntheticShape,
  confidences: SyntheticConfidences,
  seed: number,
): CsrMatrix {
  const random = createRandom(seed);
  const rowOffsets = rowOffsetsOf(learnerCount, itemCount, interactionCount, random);
  const columnIndices = new Int32Array(interactionCount);
  const drawItem = createDraw(itemWeights(itemCount, random), random);
  const lastTakenBy = new Int32Array(itemCount).fill(-1);
  for (let learner = 0; learner < learnerCount; learner++) {
    const start = rowOffsets[learner]!;
    const end = rowOffsets[learner + 1]!;
    for (let cell = start; cell < end; ) {
      const item = drawItem();
      if (lastTakenBy[item] === learner) continue;
      lastTakenBy[item] = learner;
      columnIndices[cell++] = item;
    }
    columnIndices.subarray(start, end).sort();
  }
  const values = new Float32Array(interactionCount).fill(1);
  if (confidences === 'varied') {
    for (let cell = 0; cell < interactionCount; cell++) values[cell] = drawConfidence(random.uniform());
  }
  return { rowCount: learnerCount, columnCount: itemCount, rowOffsets, columnIndices, values };
}

/** Half are completed, 2 in 100 dismissed, of the others something between a look and nearly all is known. */
function drawConfidence(uniform: number): number {
  if (uniform < 0.5) return 1;
  return uniform < 0.52 ? -1 : (uniform - 0.5) * 2;
}

function rowOffsetsOf(learnerCount: number, itemCount: number, interactionCount: number, random: Random): Int32Array {
  const longest = Math.max(1, Math.floor(MOST_SHARE_OF_ITEMS * itemCount));
  if (interactionCount > learnerCount * longest) {
    throw new RangeError(
      `${interactionCount} interactions are more than half of ${learnerCount} learners × ${itemCount} items.`,
    );
  }
  const least = interactionCount >= learnerCount ? 1 : 0;
  const room = longest - least;
  const toShare = interactionCount - least * learnerCount;
  const weights = new Float64Array(learnerCount);
  for (let learner = 0; learner < learnerCount; learner++) {
    weights[learner] = Math.exp(LENGTH_DEVIATION * random.normal());
  }
  const scale = scaleFor(weights, room, toShare);
  let total = 0;
  for (const weight of weights) total += Math.min(room, scale * weight);
  // Rounding the running total, not each length, makes the lengths come out right in all.
  const rowOffsets = new Int32Array(learnerCount + 1);
  let running = 0;
  for (let learner = 0; learner < learnerCount; learner++) {
    running += Math.min(room, scale * weights[learner]!);
    const shared = learner === learnerCount - 1 ? toShare : Math.round((running / total) * toShare);
    rowOffsets[learner + 1] = least * (learner + 1) + Math.min(toShare, shared);
  }
  return rowOffsets;
}

/** The scale at which `Σ min(room, scale · weight)` is the total, to rounding. */
function scaleFor(weights: Float64Array, room: number, total: number): number {
  const sumAt = (scale: number): number => {
    let sum = 0;
    for (const weight of weights) sum += Math.min(room, scale * weight);
    return sum;
  };
  let low = 0;
  let high = 1;
  // A total of all the room there is would be reached at no scale.
  while (sumAt(high) < total * (1 - 1e-9)) high *= 2;
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (sumAt(middle) < total) low = middle;
    else high = middle;
  }
  return high;
}

/** In random order, so that a popular item may stand anywhere. */
function itemWeights(itemCount: number, random: Random): Float64Array {
  const ranks = shuffled(
    Array.from({ length: itemCount }, (_, rank) => rank),
    random,
  );
  return Float64Array.from(ranks, (rank) => 1 / (1 + rank + itemCount * RANK_SHIFT_SHARE));
}

/** Draws an index in proportion to its weight by the alias method (Walker 1977; Vose 1991): two look-ups each. */
function createDraw(weights: Float64Array, random: Random): () => number {
  const size = weights.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => (weight * size) / total);
  const aliases = Int32Array.from({ length: size }, (_, index) => index);
  const small: number[] = [];
  const large: number[] = [];
  shares.forEach((share, index) => {
    (share < 1 ? small : large).push(index);
  });
  while (small.length > 0 && large.length > 0) {
    const lesser = small.pop()!;
    const greater = large.at(-1)!;
    aliases[lesser] = greater;
    shares[greater] = shares[greater]! + shares[lesser]! - 1;
    if (shares[greater]! < 1) small.push(large.pop()!);
  }
  // What is left over has a share of 1 but for rounding.
  for (const index of [...small, ...large]) shares[index] = 1;
  return () => {
    const place = random.uniform() * size;
    const index = Math.floor(place);
    return place - index < shares[index]! ? index : aliases[index]!;
  };
}
