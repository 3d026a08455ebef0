/** A place of a list that a rule had a hand in. */
export interface TouchedPlace {
  /** From 1. */
  readonly rank: number;
  /** What the rule added to the score; below 0: it took that much off; 0: it gave the place, and left the score alone. */
  readonly scoreChange: number;
}

/**
 * Share of the relevance of the first places that a rule gave up, 0–1: what their scores would come to if the rule were
 * not there, less what they come to, over the former. Scores are those before the rule, measured from that of the last of
 * the list, since only their differences mean anything. Without the rule, what it brought up gives its place to the best
 * behind the first places, and what it held back takes that of the weakest; each only as long as that is a gain, so what
 * other rules and variety cost is not laid at this rule's door.
 *
 * @param scores of the whole list in order, as it was served
 * @param touched places that the rule had a hand in
 * @param isHoldingBack whether the rule moves courses down rather than up
 * @param first how many places count
 * @returns 0 for a list in which nothing can be told apart
 */
export function givenUpShare(
  scores: readonly number[],
  touched: readonly TouchedPlace[],
  isHoldingBack: boolean,
  first: number,
): number {
  const changeByRank = new Map(touched.map(({ rank, scoreChange }) => [rank, scoreChange]));
  const own = scores.map((score, i) => score - (changeByRank.get(i + 1) ?? 0));
  const places = own.map((score, i) => ({ score, isTouched: changeByRank.has(i + 1), isFirst: i < first }));
  const scoresOf = (isFirst: boolean, isTouched: boolean): number[] =>
    places.filter((place) => place.isFirst === isFirst && place.isTouched === isTouched).map(({ score }) => score);
  // Who would have to go, the weakest first, and who would come, the best first.
  const leaving = scoresOf(true, !isHoldingBack).sort((a, b) => a - b);
  const coming = scoresOf(false, isHoldingBack).sort((a, b) => b - a);
  let gain = 0;
  for (let i = 0; i < Math.min(leaving.length, coming.length); i++) {
    gain += Math.max(0, (coming[i] as number) - (leaving[i] as number));
  }
  const least = own.reduce((lowest, score) => Math.min(lowest, score), Number.POSITIVE_INFINITY);
  const present = own.slice(0, first).reduce((sum, score) => sum + score - least, 0);
  return present + gain > 0 ? gain / (present + gain) : 0;
}
