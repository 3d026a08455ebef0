import { selectTopK } from '../../recsys/kernels/topKKernel.js';
import type { RecommendationInputs } from './inputs.js';
import { type SignalValues, valueAt } from './signals.js';

/** What somebody asked for, or needs, stands among so many of the best. */
export const ANSWER_STANDS_AMONG = 3;
/** So many searches, the latest, and so many of the widest gaps are answered so. */
const MOST_ANSWERS = 3;
/** Relevance times fading: the best match of a search counts for a fortnight. */
const LEAST_INTENT = 0.5;

/** What is added to the score of a course, and what for. */
export interface Answer {
  readonly lift: number;
  readonly to: 'SEARCH' | 'SKILL_GAP';
}

/**
 * The courses that best answer the latest searches: somebody who asked for something wants an answer, however popular
 * the rest is. A match of only some of the words is none.
 *
 * @param intent the signal of searches
 * @param open 1 for each position that may be recommended
 */
export function searchAnswers(
  { searches, index }: Pick<RecommendationInputs, 'searches' | 'index'>,
  intent: SignalValues,
  open: Uint8Array,
): readonly number[] {
  const found = new Set<number>();
  for (const { courses } of searches) {
    if (found.size === MOST_ANSWERS) break;
    const best = courses
      .map(({ courseId }) => index.positionById.get(courseId) ?? -1)
      .find((position) => open[position] === 1 && valueAt(intent, position) >= LEAST_INTENT);
    if (best !== undefined) found.add(best);
  }
  return [...found];
}

/** The courses that close most of what somebody lacks of whom nothing else is known. */
export function gapAnswers(closing: SignalValues, open: Uint8Array): readonly number[] {
  if (closing.form !== 'LISTED' && closing.form !== 'DENSE') return [];
  const { values } = closing;
  return Array.from(selectTopK(values, MOST_ANSWERS, open)).filter((position) => values[position]! > 0);
}

/**
 * What the answers are raised by, so that each stands at the bar.
 *
 * @returns by position; nothing where a course is there by itself
 */
export function answerLifts(
  answers: readonly number[],
  to: Answer['to'],
  scores: Float64Array,
  bar: number,
): readonly (readonly [number, Answer])[] {
  return answers.flatMap((position) => {
    const lift = bar - (scores[position] as number);
    return lift > 0 ? [[position, { lift, to }] as const] : [];
  });
}
