import { type AudienceFigures, type Figure, NEARLY_ALL } from '../../../learners/fewPeople/audienceFigures.js';
import { boundsInSteps, coarseStep } from '../../../learners/fewPeople/fewPeople.js';
import { creditTeams } from '../../../recsys/interleave.js';
import { withError } from '../../../stats/interval.js';
import { SEQUENCE_LEAST_COUNT, sequenceReach } from '../../../stats/meanSequence.js';
import { proportionSequence } from '../../../stats/proportionSequence.js';

const DECIDED: Figure = { name: 'prefer one' };
const TIES: Figure = { name: 'prefer neither' };
const FOR_CHALLENGER: Figure = { name: 'prefer the challenger' };
const FOR_CONTROL: Figure = { name: 'prefer the control' };
const LEVEL = 0.95;

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
 * @param figures of whom it was tried with
 * @param isRipe whether the experiment has run for as long, and with as many people, as it was to
 */
export function toldPreference(
  exact: PreferenceCounts,
  isRipe: boolean,
  figures: Pick<AudienceFigures, 'isTold' | 'countOrNull' | 'noise' | 'noiseDeviation'>,
): ToldPreference {
  const counts = {
    decided: figures.countOrNull(exact.challenger + exact.control, DECIDED),
    ties: figures.countOrNull(exact.ties, TIES),
  };
  const told = (count: number, figure: Figure): number => Math.max(0, Math.round(count + figures.noise(figure)));
  const [challenger, control] = [told(exact.challenger, FOR_CHALLENGER), told(exact.control, FOR_CONTROL)];
  const decided = challenger + control;
  // So many for certain, whatever the noise: that there are must not show that the last of them is there.
  const margin = NEARLY_ALL * Math.hypot(figures.noiseDeviation(FOR_CHALLENGER), figures.noiseDeviation(FOR_CONTROL));
  if (!figures.isTold || decided - margin < SEQUENCE_LEAST_COUNT) {
    return { ...counts, challengerShare: null, verdict: 'CANNOT_TELL' };
  }
  const { estimate, low, high } = proportionSequence({ successes: challenger, trials: decided });
  // Of a share p, one more for the challenger adds (1 − p) / decided, and one more for the control takes p / decided.
  const noise = Math.hypot(
    (1 - estimate) * figures.noiseDeviation(FOR_CHALLENGER),
    estimate * figures.noiseDeviation(FOR_CONTROL),
  );
  const reach = (noise / decided) * sequenceReach(decided, decided, LEVEL);
  // What is concluded is concluded from what is told: it must not hang on a single person either.
  const challengerShare = boundsInSteps(withError({ estimate, low, high }, 0, reach), coarseStep(decided, 1));
  const found = challengerShare.low > 0.5 ? 'CHALLENGER' : challengerShare.high < 0.5 ? 'CONTROL' : 'CANNOT_TELL';
  return { ...counts, challengerShare, verdict: isRipe ? found : 'CANNOT_TELL' };
}
