import { createRandom } from '../../stats/random.js';

/** An hour is tried out only when it is expected to be at least this part as active as the best one. */
const EXPLORATION_FLOOR = 0.25;

/** Two numbers in [0, 1), the same for the same learner, course and day. */
export interface Draw {
  /** Whether to try out an hour. */
  readonly explores: number;
  /** Which one. */
  readonly picks: number;
}

/** The draw of a learner, a course and a local day, so that asking again does not move the answer. */
export function drawFor(learnerId: string, courseId: string, localDay: number): Draw {
  let hash = 0x811c9dc5;
  for (const character of JSON.stringify([localDay, learnerId, courseId])) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  const random = createRandom(hash >>> 0);
  return { explores: random.uniform(), picks: random.uniform() };
}

/** Which of the hours comes first, and how likely that was. */
export interface FirstChoice {
  readonly index: number;
  readonly isExploration: boolean;
  /** Above 0, at most 1; over all hours it sums to 1. */
  readonly propensity: number;
  /** Among how many hours it was drawn; 1 where there was no choice. */
  readonly outOf: number;
}

/**
 * The best hour, or with probability `explorationShare` one drawn evenly from those that may turn out as good: ε-greedy
 * (Sutton & Barto 2018, section 2.2), limited to hours expected to be at least a quarter as active as the best, so that
 * nobody is reached on a Sunday for the sake of it. Their propensities are exact: ε / m each, and 1 − ε more for the best.
 *
 * @param probabilities    best first, at least one
 * @param explorationShare ε, 0–1; 0: always the best
 */
export function firstChoice(probabilities: readonly number[], explorationShare: number, draw: Draw): FirstChoice {
  const floor = EXPLORATION_FLOOR * (probabilities[0] ?? 0);
  let outOf = 1;
  while (outOf < probabilities.length && (probabilities[outOf] ?? 0) >= floor) outOf += 1;
  const isExploration = draw.explores < explorationShare && outOf > 1;
  const index = isExploration ? Math.floor(draw.picks * outOf) : 0;
  const propensity = outOf === 1 ? 1 : explorationShare / outOf + (index === 0 ? 1 - explorationShare : 0);
  return { index, isExploration, propensity, outOf };
}
