import { activeHours, type OrganisationActivity } from '../learners/activeHours.js';
import type { WorkDay } from '../learners/learner.js';
import {
  defaultLevel,
  organisationLevel,
  type WeeklyRate,
  type WeekModel,
  weeklyRate,
  weekModel,
} from './weekModel.js';

/** Everything that is known of when a person is active. */
export interface BeliefInputs {
  readonly now: Date;
  readonly zone: string;
  readonly activeHoursMs: readonly number[];
  readonly observedSince: Date | null;
  readonly organisation: OrganisationActivity;
  readonly workPattern: readonly WorkDay[] | null;
  readonly defaultWorkingHours: readonly WorkDay[];
}

/** What is expected of a person's week, before any constraint. */
export interface Belief {
  readonly model: WeekModel;
  readonly rate: WeeklyRate;
  /** The week that everyone shares: the organisation's, or the default one where that is not known. */
  readonly commonWeek: Float64Array;
  /** The hours behind the default week. */
  readonly workingHours: readonly WorkDay[];
}

export function believe(inputs: BeliefInputs): Belief {
  const { zone, organisation, workPattern } = inputs;
  const own = activeHours({
    hourStartsMs: inputs.activeHoursMs,
    zone,
    nowMs: inputs.now.getTime(),
    observedSinceMs: inputs.observedSince?.getTime() ?? null,
  });
  const workingHours = workPattern !== null && workPattern.length > 0 ? workPattern : inputs.defaultWorkingHours;
  const organisationWeek = organisationLevel(organisation);
  const defaultWeek = defaultLevel(workingHours);
  return {
    model: weekModel(own, organisationWeek === null ? [defaultWeek] : [organisationWeek, defaultWeek]),
    rate: weeklyRate(own, organisation.weeklyRate),
    commonWeek: (organisationWeek ?? defaultWeek).shape,
    workingHours,
  };
}
