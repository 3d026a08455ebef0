import type { ActiveHours, OrganisationActivity } from '../../learners/activeHours.js';
import type { WorkDay } from '../../learners/learner.js';
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
  const organisation = timing?.organisation ?? inputs.organisation;
  const workingHours = workPattern !== null && workPattern.length > 0 ? workPattern : inputs.defaultWorkingHours;
  const organisationWeek = organisationWeekOf(organisation);
  const defaultWeek = defaultWeekOf(workingHours);
  const commonWeek = (organisationWeek ?? defaultWeek).shape;
  const chain = organisationWeek === null ? [defaultWeek] : [organisationWeek, defaultWeek];
  const prior = chainPrior(chain);
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

/** What is worked out once for everyone whom it is the same for. */
function remembered<K extends object, V>(workOut: (of: K) => V): (of: K) => V {
  const known = new WeakMap<K, { readonly value: V }>();
  return (of) => {
    const found = known.get(of) ?? { value: workOut(of) };
    known.set(of, found);
    return found.value;
  };
}

const organisationWeekOf = remembered(organisationLevel);
const defaultWeekOf = remembered(defaultLevel);
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
