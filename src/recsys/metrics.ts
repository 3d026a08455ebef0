/**
 * Share of the relevant items that are among the first k.
 *
 * @param ranked item indices, best first, no repeats
 * @param relevant what the learner did take, at least one
 * @returns 0 to 1; NaN when nothing is relevant
 */
export function recallAtK(ranked: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  return hitsAtK(ranked, relevant, k) / relevant.size;
}

/**
 * Hits among the first k as a share of the most there could be, `hits / min(k, relevant)` (Liang et al. 2018): unlike
 * `recallAtK` it reaches 1 for a learner with more relevant items than places.
 *
 * @param ranked item indices, best first, no repeats
 * @param relevant what the learner did take, at least one
 * @param k at least 1
 * @returns 0 to 1; NaN when nothing is relevant
 */
export function cappedRecallAtK(ranked: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  return hitsAtK(ranked, relevant, k) / Math.min(k, relevant.size);
}

/**
 * Whether any relevant item is among the first k: 1 or 0.
 *
 * @param ranked item indices, best first, no repeats
 */
export function hitRateAtK(ranked: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  return hitsAtK(ranked, relevant, k) > 0 ? 1 : 0;
}

/**
 * Normalised discounted cumulative gain with binary relevance (Järvelin & Kekäläinen 2002): a hit at rank r, counted
 * from 1, gains `1 / log2(r + 1)`; divided by the best gain that k places allow.
 *
 * @param ranked item indices, best first, no repeats
 * @param relevant what the learner did take, at least one
 * @returns 0 to 1; NaN when nothing is relevant or k is 0
 */
export function ndcgAtK(ranked: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  let gain = 0;
  for (let place = 0; place < Math.min(k, ranked.length); place++) {
    if (relevant.has(ranked[place]!)) gain += 1 / Math.log2(place + 2);
  }
  let ideal = 0;
  for (let place = 0; place < Math.min(k, relevant.size); place++) ideal += 1 / Math.log2(place + 2);
  return gain / ideal;
}

/**
 * One over the rank of the best-placed relevant item among all that can be recommended; ties by ascending index, as in
 * `topK`. Its mean over learners is MRR.
 *
 * @param scores one per item; NaN = cannot be scored, ranked nowhere
 * @param relevant item indices; those from `scores.length` on are ranked nowhere
 * @param eligible one per item, 0 = may not be recommended; null: all may
 * @returns 0 to 1; 0 when no relevant item is ranked
 */
export function reciprocalRank(
  scores: ArrayLike<number>,
  relevant: ReadonlySet<number>,
  eligible: Uint8Array | null,
): number {
  let best = -1;
  for (const item of relevant) {
    const score = item < scores.length ? scores[item]! : Number.NaN;
    if (Number.isNaN(score) || eligible?.[item] === 0) continue;
    if (best < 0 || score > scores[best]! || (score === scores[best]! && item < best)) best = item;
  }
  if (best < 0) return 0;
  const bestScore = scores[best]!;
  let ahead = 0;
  for (let item = 0; item < scores.length; item++) {
    const score = scores[item]!;
    if ((score > bestScore || (score === bestScore && item < best)) && eligible?.[item] !== 0) ahead++;
  }
  return 1 / (ahead + 1);
}

/**
 * Share of the catalogue that was recommended to anyone at all.
 *
 * @param recommendedCounts how often each item was recommended
 * @returns 0 to 1; 0 for an empty catalogue
 */
export function catalogueCoverage(recommendedCounts: ArrayLike<number>): number {
  let covered = 0;
  for (let item = 0; item < recommendedCounts.length; item++) if (recommendedCounts[item]! > 0) covered++;
  return recommendedCounts.length === 0 ? 0 : covered / recommendedCounts.length;
}

/**
 * Mean self-information of what was recommended, in bits (Zhou et al. 2010): −log2 of the share of learners who had
 * taken the item, each count raised by one so that an item nobody took stays finite. Higher is less obvious.
 *
 * @param recommendedCounts how often each item was recommended
 * @param learnersPerItem how many learners had taken each item
 * @param learnerCount how many learners there are
 * @returns at least 0; 0 when nothing was recommended
 */
export function noveltyBits(
  recommendedCounts: ArrayLike<number>,
  learnersPerItem: ArrayLike<number>,
  learnerCount: number,
): number {
  let bits = 0;
  let total = 0;
  for (let item = 0; item < recommendedCounts.length; item++) {
    const count = recommendedCounts[item]!;
    if (count === 0) continue;
    total += count;
    bits -= count * Math.log2((learnersPerItem[item]! + 1) / (learnerCount + 1));
  }
  return total === 0 ? 0 : bits / total;
}

function hitsAtK(ranked: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  let hits = 0;
  for (let place = 0; place < Math.min(k, ranked.length); place++) if (relevant.has(ranked[place]!)) hits++;
  return hits;
}
