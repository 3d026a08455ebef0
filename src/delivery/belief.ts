import { type ActiveHours, activeHours, type OrganisationActivity } from '../learners/activeHours.js';
import type { WorkDay } from '../learners/learner.js';
import { localHourOfWeek } from '../platform/zonedTime.js';
import { exposureWeights, type MessageExposure, promptedHours } from './exposure.js';
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
export interface BeliefInputs {
  readonly now: Date;
  readonly zone: string;
  /** UTC clock hours in which the person did something, as the instants they begin at. */
  readonly activeHoursMs: readonly number[];
  /** Since when activity would have been seen; null: since the first that was. */
  readonly observedSince: Date | null;
  /** Messages of ours: activity that they caused tells less of the person's own rhythm. */
  readonly deliveries: readonly MessageExposure[];
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
  const own = ownHours(inputs, commonWeek);
  const chain = organisationWeek === null ? [defaultWeek] : [organisationWeek, defaultWeek];
  return {
    model:
      timing === null
        ? weekModel(own, chainPrior(chain))
        : weekModel(own, peersPrior(own, timing, inputs.group, chain), timing.shrinkage),
    rate: weeklyRate(own, organisation.people >= MINIMUM_PEOPLE ? organisation.weeklyRate : null),
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

/** The person's hours, with those that our messages caused counting for less. */
function ownHours(
  { activeHoursMs, deliveries, zone, now, observedSince }: BeliefInputs,
  commonWeek: Float64Array,
): ActiveHours {
  const nowMs = now.getTime();
  const observed = { zone, nowMs, observedSinceMs: observedSince?.getTime() ?? null };
  // Messages that are planned tell nothing yet.
  const sent = deliveries.filter(({ sentAtMs }) => sentAtMs <= nowMs);
  const prompted = promptedHours(sent);
  if (prompted.size === 0) return activeHours({ hourStartsMs: activeHoursMs, ...observed });
  const unprompted = activeHours({ hourStartsMs: activeHoursMs.filter((ms) => !prompted.has(ms)), ...observed });
  const rate = weeklyRate(unprompted, null);
  const hoursPerWeek = rate.shape / rate.weeks;
  const weights = exposureWeights(
    activeHoursMs,
    sent,
    (hourMs) => -Math.expm1(-hoursPerWeek * (commonWeek[localHourOfWeek(hourMs, zone)] ?? 0)),
    nowMs,
  );
  return activeHours({ hourStartsMs: activeHoursMs, ...observed, weights });
}
