/** Mean and standard deviation of scores. */
export interface ScoreSpread {
  readonly mean: number;
  /** At least 0. */
  readonly deviation: number;
}

/**
 * Mean and (population) standard deviation of those scores that are numbers.
 *
 * @param scores NaN = cannot be scored, left out
 * @returns zeros when no score is a number
 */
export function spreadOf(scores: ArrayLike<number>): ScoreSpread {
  let count = 0;
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (Number.isNaN(score)) continue;
    count++;
    sum += score;
  }
  if (count === 0) return { mean: 0, deviation: 0 };
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (!Number.isNaN(score)) squares += (score - mean) ** 2;
  }
  return { mean, deviation: Math.sqrt(squares / count) };
}

/** A deviation below this share of the greatest value is the rounding of equal ones. */
const LEAST_DEVIATION_SHARE = 1e-9;

/**
 * Popularity as a prior on scores: `log(1 + p)`, divided by its standard deviation over the items. The logarithm comes
 * first since popularity is so skewed that a handful of best sellers would otherwise outweigh any other score. It is
 * not centred: a constant would change no order, and so an item nobody took stays at 0. Larger popularity never gets a
 * smaller prior.
 *
 * @param popularity one per item, each at least 0
 * @returns one per item, each at least 0 and finite; all zeros when every item is equally popular, to rounding
 */
export function popularityPrior(popularity: ArrayLike<number>): Float64Array {
  const logs = Float64Array.from(popularity, (p) => Math.log1p(p));
  const { deviation } = spreadOf(logs);
  const greatest = logs.reduce((most, log) => Math.max(most, log), 0);
  return deviation > LEAST_DEVIATION_SHARE * greatest
    ? logs.map((log) => log / deviation)
    : new Float64Array(logs.length);
}

/**
 * The weight of the popularity prior, `1 / (1 + n / strength)`: 1 for a learner we know nothing of, one half when the
 * evidence equals the strength, and falling towards 0.
 *
 * @param evidence n, at least 0: the sum of the learner's positive confidences, in average interactions
 * @param strength above 0
 */
export function priorWeight(evidence: number, strength: number): number {
  return 1 / (1 + evidence / strength);
}
