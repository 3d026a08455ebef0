import type { CourseState } from './courseState.js';
import type { DismissReason } from './profileEvent.js';

/** How much each thing a learner can do with a course tells about their wish for it. */
export interface ConfidenceWeights {
  /** Completed or passed. */
  readonly completed: number;
  /** At full progress; less in proportion. */
  readonly progressed: number;
  /** Saved or shared. */
  readonly saved: number;
  readonly started: number;
  readonly viewedOnce: number;
  readonly viewedAgain: number;
  /** Given up with no progress at all; nothing at full progress, in proportion between. At most 0. */
  readonly abandoned: number;
  /** At most 0. */
  readonly dismissed: number;
  /** Days after the last touch in which the confidence halves, above 0. */
  readonly halfLifeDays: number;
}

export const DEFAULT_CONFIDENCE_WEIGHTS: ConfidenceWeights = {
  completed: 1,
  progressed: 0.6,
  saved: 0.5,
  started: 0.2,
  viewedOnce: 0.05,
  viewedAgain: 0.2,
  abandoned: -0.3,
  dismissed: -1,
  halfLifeDays: 180,
};

export interface ConfidenceOptions {
  /** The learner was obliged to take this course, so having taken it says nothing of their wishes. */
  readonly mandatory: boolean;
  /**
   * What the confidence has faded by: the learner's own latest touch of any course (`latestTouchMs`). Fading orders a
   * history within itself; time that merely passes says nothing new about anyone.
   */
  readonly asOfMs: number;
  readonly weights: ConfidenceWeights;
}

const MS_PER_DAY = 86_400_000;

/**
 * What a course state tells of the learner's wish for that course, as a signed confidence: above 0 wanted, below 0 not,
 * 0 tells nothing. It halves with every `weights.halfLifeDays` between its last touch and the
 * learner's latest.
 */
export function courseConfidence(state: CourseState, options: ConfidenceOptions): number {
  return undecayedConfidence(state, options) * fading(options.asOfMs - state.lastAtMs, options.weights.halfLifeDays);
}

/** What is left, of 1, after a time that halves every `halfLifeDays`; 1 for a time not yet come. */
function fading(ageMs: number, halfLifeDays: number): number {
  return 2 ** (-Math.max(0, ageMs) / MS_PER_DAY / halfLifeDays);
}

/** When the learner last touched any of the courses; −Infinity without any. */
export function latestTouchMs(states: Iterable<CourseState>): number {
  let latestMs = Number.NEGATIVE_INFINITY;
  for (const { lastAtMs } of states) latestMs = Math.max(latestMs, lastAtMs);
  return latestMs;
}

/**
 * The confidence before it fades with time. The steps on the way to a completion do not add up: the furthest counts. On
 * that,
 *
 * - a dismissal stands against everything, unless the learner came back to complete, pass, rate, save or share the
 *   course; dismissing what they know already, or have no time for, tells nothing of their taste;
 * - a rating below 0 stands against whatever was done; one above 0 can only raise it;
 * - giving up takes away, the more the earlier, unless the course was completed after all;
 * - waived courses tell nothing; of mandatory ones only ratings, saving, sharing and dismissals do;
 * - failing is evidence about skill, not about liking.
 */
export function undecayedConfidence(
  state: CourseState,
  { mandatory, weights }: Pick<ConfidenceOptions, 'mandatory' | 'weights'>,
): number {
  if (state.waivedAtMs !== null) return 0;
  if (state.dismissedAtMs !== null && state.dismissedAtMs >= lastEndorsedAtMs(state)) {
    if (state.dismissReason === null || !TASTELESS_REASONS.has(state.dismissReason)) return weights.dismissed;
    return Math.min(0, state.rating ?? 0);
  }
  if (state.rating !== null && state.rating < 0) return state.rating;
  let furthest = state.rating ?? 0;
  if (state.savedAtMs !== null || state.sharedAtMs !== null) furthest = Math.max(furthest, weights.saved);
  if (mandatory) return furthest;
  if (state.views > 0) furthest = Math.max(furthest, state.views > 1 ? weights.viewedAgain : weights.viewedOnce);
  if (state.starts > 0) furthest = Math.max(furthest, weights.started);
  if (state.maxProgress !== null) furthest = Math.max(furthest, weights.progressed * state.maxProgress);
  if (state.completedAtMs !== null || state.passedAtMs !== null) return Math.max(furthest, weights.completed);
  if (state.abandonedAtMs === null) return furthest;
  // Half of the way where nobody said how far it went.
  const reached = state.abandonedProgress ?? state.maxProgress ?? 0.5;
  return furthest + weights.abandoned * (1 - reached);
}

/** "I know this already" is evidence of a skill, "not now" of a full diary: neither is about the course. */
const TASTELESS_REASONS: ReadonlySet<DismissReason> = new Set(['ALREADY_KNOW', 'NOT_NOW']);

/** The last time the learner spoke for the course, whatever they had said before; −Infinity: never. */
export function lastEndorsedAtMs(state: CourseState): number {
  const { completedAtMs, passedAtMs, ratedAtMs, savedAtMs, sharedAtMs } = state;
  return Math.max(
    ...[completedAtMs, passedAtMs, ratedAtMs, savedAtMs, sharedAtMs].map((at) => at ?? Number.NEGATIVE_INFINITY),
  );
}
