import { FEWEST_PEOPLE } from '../../learners/fewPeople/fewPeople.js';
import { coarsen, matchExactly } from '../../stats/matching.js';
import { SEQUENCE_LEAST_COUNT } from '../../stats/meanSequence.js';
import { type Blur, surely } from './blur.js';
import type { Background } from './impact.store.js';
import { matchingUnits } from './matchedUnits.js';
import { type Arm, type GuardrailStudy, guardrailMetric, type StudiedMetric, type Study } from './study.js';

/** Somebody whom something was for, or was not, and what came of it. */
export interface Compared {
  readonly isInside: boolean;
  /** What they are matched by: see `stratumOf`. */
  readonly stratum: string;
  /** The figure of the time since, and of a time as long before. */
  readonly after: number;
  readonly before: number;
}

/** What must not get worse, of the people that say something about it. */
export interface ComparedGuardrail {
  readonly metric: StudiedMetric;
  readonly people: readonly Compared[];
  readonly blurOf: (side: string) => Blur;
}

const FEWEST_DAYS = 14;
/** People of the department, active hours in 90 days, and events in all: from which numbers on people are another kind. */
const DEPARTMENT_SIZES = [1, 20, 100, 500];
const ACTIVE_HOURS = [1, 5, 20, 60];
const EVENTS = [1, 20, 100];

/** How large their department is, how active they were and how much was known of them: people of one kind are compared. */
export function stratumOf({ departmentPeople, activeHours, events }: Omit<Background, 'learnerId'>): string {
  const bins = [
    coarsen(departmentPeople, DEPARTMENT_SIZES),
    coarsen(activeHours, ACTIVE_HOURS),
    coarsen(events, EVENTS),
  ];
  return bins.join(' ');
}

/**
 * People whom something was for beside others who were like them before, when nobody drew lots; where there is nobody like
 * any of them, the same people before and after. A guardrail is told of the change since before, and only where people
 * are compared with others.
 *
 * @param days since it began
 */
export function comparedStudy(
  metric: StudiedMetric,
  people: readonly Compared[],
  days: number,
  guardrail: ComparedGuardrail | null,
  blurOf: (side: string) => Blur,
): Study {
  const { treatment, control } = armsOf(people, blurOf);
  const isMatched = !hasNobodyAlike(treatment, control);
  return {
    design: isMatched ? 'MATCHED' : 'BEFORE_AFTER',
    metric,
    unit: 'LEARNER',
    control: isMatched ? control : beforeOf(treatment, control),
    treatment,
    ...{ planned: null, assigned: null, comparisons: 1, days },
    ...{ minimumDays: FEWEST_DAYS, minimumUnits: SEQUENCE_LEAST_COUNT },
    guardrails: isMatched && guardrail !== null ? [guardrailOf(guardrail, { control, treatment })] : [],
  };
}

/** Of many for certain on the one side, and hardly anybody on the other: that there is one must not show by the design. */
function hasNobodyAlike(treatment: Arm, control: Arm): boolean {
  const { weights } = matchExactly(matchingUnits({ treatment, control }));
  const alike = weights.subarray(treatment.outcomes.length).filter((weight) => weight > 0).length;
  const isOfMany = surely(treatment.outcomes.length, treatment.blur) >= SEQUENCE_LEAST_COUNT;
  return isOfMany && surely(alike, control.blur) < FEWEST_PEOPLE;
}

/** The same people before: as many of them, but other figures. */
const beforeOf = ({ before, blur: { units, unitsDeviation } }: ComparedArm, { blur }: Arm): Arm => ({
  ...{ name: 'before', outcomes: before, before: null, strata: null },
  blur: { ...blur, units, unitsDeviation },
});

type ComparedArm = Arm & { readonly before: Float64Array };

function armsOf(
  people: readonly Compared[],
  blurOf: (side: string) => Blur,
): { treatment: ComparedArm; control: ComparedArm } {
  const [inside, outside] = [true, false].map((wanted) => people.filter(({ isInside }) => isInside === wanted));
  return {
    treatment: armOf('with it', inside ?? [], blurOf('treatment 1')),
    control: armOf('alike, without it', outside ?? [], blurOf('control')),
  };
}

function armOf(name: string, people: readonly Compared[], blur: Blur): ComparedArm {
  return {
    name,
    outcomes: Float64Array.from(people, ({ after }) => after),
    before: Float64Array.from(people, ({ before }) => before),
    strata: people.map(({ stratum }) => stratum),
    blur,
  };
}

function guardrailOf(
  { metric, people, blurOf }: ComparedGuardrail,
  study: Pick<Study, 'control' | 'treatment'>,
): GuardrailStudy {
  const arms = armsOf(people, blurOf);
  return { metric: guardrailMetric(metric, arms, study), margin: metric.smallestEffect, ...arms };
}
