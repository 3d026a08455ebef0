import { NEARLY_ALL } from '../../learners/fewPeople/audienceFigures.js';
import { coarseMean, wholeFives } from '../../learners/fewPeople/fewPeople.js';
import type { Interval } from '../../stats/interval.js';
import { matchExactly } from '../../stats/matching.js';
import { meanDifference, summariseSample } from '../../stats/meanDifference.js';
import { LEAST_UNLIKE } from '../../stats/meanSequence.js';
import { proportionDifference } from '../../stats/proportions.js';
import { sampleRatio } from '../../stats/sampleRatio.js';
import { matchingUnits } from './matchedUnits.js';
import { sidesOf } from './sides.js';
import { haveSpread, isYesOrNo, proportionOf } from './spread.js';
import type { Study } from './study.js';

/** What is looked at before an effect is believed. */
export const CHECKS = [
  'MINIMUM_UNITS',
  'MINIMUM_DAYS',
  'ENOUGH_HAPPENED',
  'SAMPLE_RATIO',
  'ALIKE_BEFORE',
  'OVERLAP',
  'SEASON',
  'ALONE',
] as const;
export type CheckName = (typeof CHECKS)[number];

export interface Check {
  readonly name: CheckName;
  readonly passed: boolean;
  /** What was found, in words with figures. */
  readonly finding: string;
}

/** Below this chance, sides that are only drawn apart are not alike. Looked at often, hence small. */
const ALIKE_P = 0.001;
/** With less than half of the people matched, the rest says too little about them. */
const LEAST_MATCHED_SHARE = 0.5;

/** Nothing may be concluded while one of them fails. */
export function checksOf(study: Study): Check[] {
  return [
    minimumUnits(study),
    minimumDays(study),
    ...enoughHappened(study),
    ...ratio(study),
    ...alikeBefore(study),
    ...overlap(study),
    ...season(study),
    ...alone(study),
  ];
}

/** Of those who are compared: whoever has no counterpart lends nothing to what is found of the others. */
function minimumUnits(study: Study): Check {
  const { minimumUnits: least, unit } = study;
  const { control, treatment } = sidesOf(study);
  // In fives, as numbers are told: whoever tries something chooses how many it takes.
  const passed = wholeFives(Math.min(control.effectiveUnits, treatment.effectiveUnits)) >= least;
  const named = { LEARNER: 'people', TEAM: 'teams', WEEK: 'weeks' }[unit];
  const alike = study.design === 'MATCHED' ? ' like those on the other' : '';
  const deviation = Math.max(study.control.blur.unitsDeviation, study.treatment.blur.unitsDeviation);
  const margin = Math.ceil(NEARLY_ALL * deviation);
  const takes = margin === 0 ? '' : ` for certain: with the noise of this audience it takes some ${least + margin}`;
  return {
    name: 'MINIMUM_UNITS',
    passed,
    finding: passed
      ? `At least ${least} ${named} on either side${alike}.`
      : `Fewer than ${least} ${named} on a side${alike}${takes}.`,
  };
}

function minimumDays({ days, minimumDays: least }: Study): Check {
  const passed = days >= least;
  const finding = `${Math.floor(days)} of at least ${least} days.`;
  return { name: 'MINIMUM_DAYS', passed, finding };
}

/**
 * Not of zeros and ones of drawn people, and not of matched ones: their intervals are wide enough however little happened. Before
 * and after never gets a verdict.
 */
function enoughHappened(study: Study): Check[] {
  if ((study.design !== 'RANDOMISED' && study.design !== 'HOLDOUT') || isYesOrNo(study)) return [];
  const passed = haveSpread([study.treatment, study.control]);
  const named = { LEARNER: 'people', TEAM: 'teams', WEEK: 'weeks' }[study.unit];
  return [
    {
      name: 'ENOUGH_HAPPENED',
      passed,
      finding: passed
        ? `At least ${LEAST_UNLIKE} ${named} of each side have another figure than most of it.`
        : `Fewer than ${LEAST_UNLIKE} ${named} of a side have another figure than most of it: a difference would rest on these few.`,
    },
  ];
}

/** Of those drawn, and of those with a figure: whoever falls out on one side more than on the other makes the sides unlike. */
function ratio({ planned, assigned, control, treatment }: Study): Check[] {
  if (planned === null || assigned === null) return [];
  const weights = [planned.control, planned.treatment];
  const drawn = sampleRatio([assigned.control, assigned.treatment], weights);
  // With more figures than were drawn, one side was cut short, and those drawn are of the part that both sides reach.
  const counts = [
    Math.min(control.outcomes.length, assigned.control),
    Math.min(treatment.outcomes.length, assigned.treatment),
  ];
  const counted = sampleRatio(counts, weights);
  if (drawn === null || counted === null) return [];
  const isMismatch = drawn.isMismatch || counted.isMismatch;
  return [
    {
      name: 'SAMPLE_RATIO',
      passed: !isMismatch,
      // How likely it is would tell the sizes to a person.
      finding: isMismatch
        ? 'The sides are not as large as they were drawn: chance alone makes such sizes in less than one of a thousand cases.'
        : 'The sides are as large as they were drawn, as far as chance allows.',
    },
  ];
}

function alikeBefore(study: Study): Check[] {
  if (study.design !== 'RANDOMISED' && study.design !== 'HOLDOUT') return [];
  const before = differenceBefore(study);
  if (before === null) return [];
  const passed = before.low <= 0 && before.high >= 0;
  return [
    {
      name: 'ALIKE_BEFORE',
      passed,
      finding: passed
        ? 'Both sides did as well as each other before.'
        : 'The sides differed before anything was tried by more than chance explains.',
    },
  ];
}

/** Null: it is not known, or rests on few. */
function differenceBefore(study: Study): Interval | null {
  const [first, second] = [study.treatment.before, study.control.before];
  if (first === null || second === null) return null;
  const { treatment, control } = study;
  if (haveSpread([treatment, control], (side) => (side === treatment ? first : second))) {
    return meanDifference(summariseSample(first), summariseSample(second), 1 - ALIKE_P);
  }
  return isYesOrNo(study) ? proportionDifference(proportionOf(first), proportionOf(second), 1 - ALIKE_P) : null;
}

function overlap({ design, control, treatment }: Study): Check[] {
  if (design !== 'MATCHED') return [];
  const { shareOfTreatedKept } = matchExactly(matchingUnits({ control, treatment }));
  // It is told to whoever asks, as means are.
  const people = treatment.outcomes.length;
  const share = shareOfTreatedKept + treatment.blur.units / Math.max(1, people);
  const keptShare = coarseMean(Math.min(1, Math.max(0, share)), people);
  return [
    {
      name: 'OVERLAP',
      passed: keptShare >= LEAST_MATCHED_SHARE,
      finding: `${Number((keptShare * 100).toPrecision(3))} % of the people have somebody like them on the other side.`,
    },
  ];
}

function season({ design }: Study): Check[] {
  if (design !== 'BEFORE_AFTER') return [];
  return [
    {
      name: 'SEASON',
      passed: false,
      finding:
        'Nobody was kept apart: the season, news or other changes of the time may be behind the whole difference.',
    },
  ];
}

/** Where the held out lack several things, only what they are about can keep the effect of one from that of another. */
function alone({ sharedWith }: Study): Check[] {
  if (sharedWith === undefined) return [];
  return [
    {
      name: 'ALONE',
      passed: sharedWith === null,
      finding:
        sharedWith === null
          ? 'No other soft rule was about the same courses at the time.'
          : `The held out lack another soft rule about some of the same courses, so the effect is that of both: ${sharedWith}`,
    },
  ];
}
