import type { ActiveHours, OrganisationActivity } from '../../learners/activeHours.js';
import type { WorkDay } from '../../learners/learner.js';
import { remembered } from '../../platform/remembered.js';
import { type ObservedPerson, ownHours } from './ownHours.js';
import type { GroupNames, TimingModel } from './timingModel.js';
import { knownGroupLevels, sequenceOf, timingPrior } from './timingPrior.js';
import {
  chainPrior,
  defaultLevel,
  MINIMUM_PEOPLE,
  organisationLevel,
  type PriorLevel,
  type WeeklyRate,
  type WeekModel,
  type WeekPrior,
  weeklyRate,
  weekModel,
} from './weekModel.js';

/** Everything that is known of when a person is active. */
export interface BeliefInputs extends ObservedPerson {
  readonly now: Date;
  /** What was learnt from everyone; null before the first training. */
  readonly timing: TimingModel | null;
  readonly group: GroupNames;
  /** Stands in for `timing` while there is none. */
  readonly organisation: OrganisationActivity;
  readonly workPattern: readonly WorkDay[] | null;
  readonly defaultWorkingHours: readonly WorkDay[];
}

/** What belief rests on for somebody who opted out of personalisation; messages have no hours left to explain. */
export const NOTHING_OWN: Pick<BeliefInputs, 'activeHoursMs' | 'observedSince' | 'group'> = {
  activeHoursMs: [],
  observedSince: null,
  group: { department: null, location: null },
};

/** What is expected of a person's week, before any constraint. */
export interface Belief {
  readonly model: WeekModel;
  readonly rate: WeeklyRate;
  /** The person's active hours, as much as they count today. */
  readonly ownHours: number;
  /** The week that everyone shares: the organisation's, or the default one where that is not known. */
  readonly commonWeek: Float64Array;
  /** The hours behind the default week. */
  readonly workingHours: readonly WorkDay[];
}

/**
 * What is expected of somebody's week: their own hours, shrunk to people of the same rhythm, to their group, to the
 * organisation and to usual working hours, as far as each is known.
 *
 * @throws RangeError when the zone is not known
 */
export function believe(inputs: BeliefInputs): Belief {
  const { timing, workPattern } = inputs;
  const organisation: OrganisationActivity = timing?.organisation ?? inputs.organisation;
  const workingHours = workPattern !== null && workPattern.length > 0 ? workPattern : inputs.defaultWorkingHours;
  const { chain, prior, commonWeek } = commonOf(organisation)(workingHours);
  const usualRate = organisation.people >= MINIMUM_PEOPLE ? organisation.weeklyRate : null;
  const own = ownHours(inputs, inputs.now, { prior, weeklyRate: usualRate });
  return {
    model:
      timing === null
        ? weekModel(own, prior)
        : weekModel(own, peersPrior(own, timing, inputs.group, chain), timing.shrinkage),
    rate: weeklyRate(own, usualRate),
    ownHours: own.effectiveHours,
    commonWeek,
    workingHours,
  };
}

/** What is expected of everyone of an organisation with the same working hours; worked out once for all of them. */
const commonOf = remembered((organisation: OrganisationActivity) => {
  const organisationWeek = organisationLevel(organisation);
  return remembered((workingHours: readonly WorkDay[]) => {
    const defaultWeek = defaultLevel(workingHours);
    const chain = organisationWeek === null ? [defaultWeek] : [organisationWeek, defaultWeek];
    return { chain, prior: chainPrior(chain), commonWeek: (organisationWeek ?? defaultWeek).shape };
  });
});
const groupWeeksOf = remembered(knownGroupLevels);

function peersPrior(
  own: ActiveHours,
  { mixture, groups }: TimingModel,
  group: GroupNames,
  chain: readonly PriorLevel[],
): WeekPrior {
  const known = groupWeeksOf(groups)(group);
  return timingPrior(mixture, sequenceOf(own.history), own.effectiveHours, known, chain);
}
