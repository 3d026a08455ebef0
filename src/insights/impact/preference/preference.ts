import { boundsInSteps, coarseOrNull, coarseStep } from '../../../learners/fewPeople/fewPeople.js';
import { creditTeams } from '../../../recsys/interleave.js';
import { SEQUENCE_LEAST_COUNT } from '../../../stats/meanSequence.js';
import { proportionSequence } from '../../../stats/proportionSequence.js';

/** A list that was drawn from two, of which somebody clicked on something. */
export interface ClickedList {
  readonly learnerId: string;
  /** Of each place whether the challenger gave it. */
  readonly isChallenger: readonly boolean[];
  /** The places that they clicked on, from 0. */
  readonly clicked: readonly number[];
}

/** How many people clicked more on what the challenger gave, more on what the control gave, or on either alike. */
export interface PreferenceCounts {
  readonly challenger: number;
  readonly control: number;
  readonly ties: number;
}

/** Each person once, over all of their lists, so that nobody counts for more by clicking more. */
export function preferenceCounts(lists: readonly ClickedList[]): PreferenceCounts {
  const leads = new Map<string, number>();
  for (const { learnerId, isChallenger, clicked } of lists) {
    const items = isChallenger.map((_, place) => place);
    const { first, second } = creditTeams({ items, teams: Uint8Array.from(isChallenger, Number) }, clicked);
    leads.set(learnerId, (leads.get(learnerId) ?? 0) + second - first);
  }
  const all = [...leads.values()];
  return {
    challenger: all.filter((lead) => lead > 0).length,
    control: all.filter((lead) => lead < 0).length,
    ties: all.filter((lead) => lead === 0).length,
  };
}

export const PREFERENCE_VERDICTS = ['CHALLENGER', 'CONTROL', 'CANNOT_TELL'] as const;
export type PreferenceVerdict = (typeof PREFERENCE_VERDICTS)[number];

/** What may be told of a preference. */
export interface ToldPreference {
  /** Who preferred one, in fives; null: fewer than five. */
  readonly decided: number | null;
  /** Who clicked on both alike, in fives; null: fewer than five. */
  readonly ties: number | null;
  /** Of those who preferred one, who preferred the challenger, with what holds at every look at once; null: too few. */
  readonly challengerShare: { readonly estimate: number; readonly low: number; readonly high: number } | null;
  readonly verdict: PreferenceVerdict;
}

/**
 * Told of as many people as an effect is, which no single one of them moves by much: whoever asks chooses whom to try
 * things with.
 *
 * @param isRipe whether the experiment has run for as long, and with as many people, as it was to
 */
export function toldPreference({ challenger, control, ties }: PreferenceCounts, isRipe: boolean): ToldPreference {
  const decided = challenger + control;
  const counts = { decided: coarseOrNull(decided), ties: coarseOrNull(ties) };
  if (decided < SEQUENCE_LEAST_COUNT) return { ...counts, challengerShare: null, verdict: 'CANNOT_TELL' };
  const { estimate, low, high } = proportionSequence({ successes: challenger, trials: decided });
  // What is concluded is concluded from what is told: it must not hang on a single person either.
  const challengerShare = boundsInSteps({ estimate, low, high }, coarseStep(decided, 1));
  const found = challengerShare.low > 0.5 ? 'CHALLENGER' : challengerShare.high < 0.5 ? 'CONTROL' : 'CANNOT_TELL';
  return { ...counts, challengerShare, verdict: isRipe ? found : 'CANNOT_TELL' };
}
