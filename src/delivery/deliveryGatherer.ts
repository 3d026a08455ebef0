import type { DataSource } from 'typeorm';
import type { Course } from '../catalog/course.js';
import type { LiveExperiments } from '../experiments/liveExperiments.js';
import type { Participation } from '../experiments/runningExperiments.js';
import type { Learner, WorkDay } from '../learners/learner.js';
import {
  ACTIVE_HOURS_LOOKBACK_MS,
  type LearnerRhythm,
  type LearnersService,
  type Touchpoint,
} from '../learners/learners.service.js';
import { CHANNELS, type Channel, DEVICES, type Device } from '../learners/profileEvent.js';
import { dayAfter } from '../platform/days.js';
import { grouped } from '../platform/grouped.js';
import { oneForEqual } from '../platform/remembered.js';
import { DAY_MS, HOUR_MS } from '../platform/zonedTime.js';
import type { InputGatherer } from '../recommendations/inputGatherer.js';
import { ruledPerson } from '../rules/applying/ruledPerson.js';
import type { TrainingService } from '../training/training.service.js';
import type { CalendarService } from './calendar/calendar.service.js';
import { DeliveryStore, type PlannedDelivery, type Planners } from './delivery.store.js';
import type { BeliefInputs } from './model/belief.js';
import { parseTimingModel, type TimingModel } from './model/timingModel.js';
import { DEFAULT_WORKING_HOURS } from './model/weekModel.js';
import type { OrganisationRhythm, OrganisationRhythms } from './organisationRhythm.js';
import type { PastDelivery } from './outcomes/deliveryLog.js';
import { NO_ENGAGEMENT } from './outcomes/engagement.js';
import type { OutcomesService } from './outcomes/outcomes.service.js';
import type { DeliveryPolicy } from './settings/deliveryPolicy.js';
import type { DeliveryPolicyService, DeliveryPolicyVersion } from './settings/deliveryPolicy.service.js';
import { changedDeliveryPolicy } from './settings/deliveryPolicySetting.js';
import type { DeliveryInputs, PlannedMessage } from './windows/deliveryInputs.js';
import type { UseCounts } from './windows/preferredUse.js';
import type { DeliveryPurpose } from './windows/purpose.js';
import { sessionLengths } from './windows/sessionLengths.js';
import type { TeamStanding } from './windows/suggestWindows.js';
import type { Span } from './windows/teamLoad.js';

/** What is asked of everyone alike. */
export interface DeliveryQuestion {
  readonly course: Course;
  readonly purpose: DeliveryPurpose;
  readonly now: Date;
  readonly from: Date;
  readonly horizonDays: number;
  readonly count: number;
}

/** Inputs of suggestions, and what they were made by. */
export interface GatheredDelivery {
  /** In the order of the learners asked for; made while they are gone through, which is done once. */
  readonly inputs: Iterable<DeliveryInputs>;
  /** Version of the model whose timing was used; null: none. */
  readonly timingVersion: string | null;
  readonly policy: DeliveryPolicyVersion;
  /** The experiment that each learner takes part in, of those who do. */
  readonly participations: ReadonlyMap<string, Participation>;
  readonly teams: TeamStanding;
  /** Department of each learner who has one. */
  readonly teamByLearner: ReadonlyMap<string, string>;
}

/** What is known of when each of some people are active, in the order in which they were asked for. */
export type PersonInputs = Omit<BeliefInputs, 'deliveries'> & {
  readonly deliveries: readonly PastDelivery[];
  readonly learnerId: string;
  readonly isZoneAssumed: boolean;
  readonly personalisationOptOut: boolean;
};

/** Messages of longer ago hardly change what is believed of a week. */
const DELIVERIES_LOOKBACK_MS = 180 * DAY_MS;
/** The local week that the horizon begins in began within these. */
const BUDGET_LOOKBACK_MS = 8 * DAY_MS;

/** Brings together what suggestions depend on: as many reads for thousands of learners as for one, all at once. */
export class DeliveryGatherer {
  readonly #store: DeliveryStore;
  readonly #learners: LearnersService;
  readonly #outcomes: OutcomesService;
  readonly #calendar: CalendarService;
  readonly #policies: DeliveryPolicyService;
  readonly #training: TrainingService;
  readonly #organisation: OrganisationRhythms;
  readonly #duties: Pick<InputGatherer, 'dueDates'>;
  readonly #experiments: Pick<LiveExperiments, 'in' | 'participation'>;
  readonly #defaultTimezone: string;
  #timing: LiveTimingModel | null = null;

  constructor(
    dataSource: DataSource,
    learners: LearnersService,
    outcomes: OutcomesService,
    calendar: CalendarService,
    policies: DeliveryPolicyService,
    training: TrainingService,
    organisation: OrganisationRhythms,
    duties: Pick<InputGatherer, 'dueDates'>,
    experiments: Pick<LiveExperiments, 'in' | 'participation'>,
    defaultTimezone: string,
  ) {
    this.#store = new DeliveryStore(dataSource);
    this.#learners = learners;
    this.#outcomes = outcomes;
    this.#calendar = calendar;
    this.#policies = policies;
    this.#training = training;
    this.#organisation = organisation;
    this.#duties = duties;
    this.#experiments = experiments;
    this.#defaultTimezone = defaultTimezone;
  }

  /** What is believed of people's weeks rests on this alone. */
  async people(learnerIds: readonly string[], now: Date): Promise<readonly PersonInputs[]> {
    const timing = this.#liveTiming()?.model ?? null;
    const [learners, rhythms, deliveries, organisation] = await Promise.all([
      this.#learners.learners(learnerIds),
      this.#rhythms(learnerIds, now),
      this.#pastDeliveries(learnerIds, now),
      this.#organisation.at(now),
    ]);
    return learnerIds.map((learnerId, i) =>
      this.#person(
        learnerId,
        now,
        learners.get(learnerId),
        rhythms[i],
        deliveries.get(learnerId),
        organisation,
        timing,
      ),
    );
  }

  /** Whose plans bear on those of the learners: theirs, and their departments'. */
  async planners(learnerIds: readonly string[]): Promise<Planners> {
    const learners = await this.#learners.learners(learnerIds);
    return { learnerIds, teams: [...departmentsOf(learners.values())] };
  }

  /** @param learnerIds ids that somebody could have, each once */
  async gather(learnerIds: readonly string[], question: DeliveryQuestion): Promise<GatheredDelivery> {
    const { course, now, from, horizonDays } = question;
    // Days of the local calendar, whose zone may be a day off either way.
    const fromDay = dayAfter(isoDay(from), -1);
    const untilDay = dayAfter(isoDay(lastMoment(course, new Date(from.getTime() + horizonDays * DAY_MS))), 2);
    const policy = this.#policies.current;
    const policyOf = this.#variantPolicies(policy);
    const timing = this.#liveTiming();
    const model = timing?.model ?? null;
    const known = this.#learners.learners(learnerIds);
    const plans = this.#planned(learnerIds, question, policyOf.longestGapHours);
    const [learners, teams, holidays, rhythms, contacts, planned, mutes, leave, dueDates, organisation] =
      await Promise.all([
        known,
        known.then((found) => this.#teams({ learnerIds, teams: [...departmentsOf(found.values())] }, question)),
        known.then((found) => this.#calendar.holidays([null, ...locationsOf(found.values())], fromDay, untilDay)),
        this.#rhythms(learnerIds, now),
        // After the plans: what is told of one meanwhile must not be missing from both.
        plans.then(() => this.#outcomes.contactHistory(learnerIds, new Date(now.getTime() - DELIVERIES_LOOKBACK_MS))),
        plans,
        this.#outcomes.mutes(learnerIds),
        this.#learners.leave(learnerIds, fromDay, untilDay),
        this.#duties.dueDates(learnerIds, course.id),
        this.#organisation.at(now),
      ]);
    const { past, engagement } = contacts;
    const everyones = usesOf(organisation.touchpoints);
    const participations = this.#participations(learnerIds, learners);
    const sharedPattern = oneForEqual<readonly WorkDay[]>();
    const inputsOf = (learnerId: string, i: number): DeliveryInputs => {
      const learner = learners.get(learnerId);
      const rhythm = rhythms[i];
      const uses = usesOf(rhythm?.touchpoints ?? []);
      const person = this.#person(learnerId, now, learner, rhythm, past.get(learnerId), organisation, model);
      // Named one by one: objects of so many fields that are spread together are several times as slow to make and to read.
      return {
        learnerId,
        now,
        from,
        horizonDays,
        count: question.count,
        purpose: question.purpose,
        policy: policyOf.variant(participations.get(learnerId)),
        zone: person.zone,
        isZoneAssumed: person.isZoneAssumed,
        personalisationOptOut: person.personalisationOptOut,
        group: person.group,
        activeHoursMs: person.activeHoursMs,
        observedSince: person.observedSince,
        timing: person.timing,
        organisation: person.organisation,
        defaultWorkingHours: person.defaultWorkingHours,
        workPattern: person.workPattern === null ? null : sharedPattern(person.workPattern),
        quietHours: learner?.quietHours ?? null,
        leave: leave.get(learnerId) ?? [],
        holidays: holidays.get(learner?.location ?? null) ?? [],
        deliveries: person.deliveries,
        planned: planned.get(learnerId) ?? [],
        mutes: mutes.get(learnerId) ?? [],
        course,
        dueAt: dueDates.get(learnerId) ?? null,
        devices: { own: uses.devices, organisation: everyones.devices },
        channels: { own: uses.channels, organisation: everyones.channels },
        engagement: { own: engagement.own.get(learnerId) ?? NO_ENGAGEMENT, organisation: engagement.organisation },
        sessionLengths: { own: sessionLengths(rhythm?.sittings ?? []), organisation: organisation.sessions },
      };
    };
    const teamByLearner = new Map(
      [...learners].flatMap(([learnerId, { department }]) => (department === null ? [] : [[learnerId, department]])),
    );
    const timingVersion = timing?.version ?? null;
    return { inputs: mapped(learnerIds, inputsOf), timingVersion, policy, participations, teams, teamByLearner };
  }

  #person(
    learnerId: string,
    now: Date,
    learner: Learner | undefined,
    rhythm: LearnerRhythm | undefined,
    deliveries: readonly PastDelivery[] | undefined,
    organisation: OrganisationRhythm,
    timing: TimingModel | null,
  ): PersonInputs {
    const observedSinceMs = rhythm?.observedSinceMs ?? null;
    return {
      learnerId,
      now,
      zone: learner?.timezone ?? this.#defaultTimezone,
      isZoneAssumed: learner === undefined || learner.timezone === null,
      personalisationOptOut: learner?.personalisationOptOut ?? false,
      group: { department: learner?.department ?? null, location: learner?.location ?? null },
      activeHoursMs: rhythm?.activeHourStartsMs ?? [],
      observedSince: observedSinceMs === null ? null : new Date(observedSinceMs),
      deliveries: deliveries ?? [],
      timing,
      organisation: timing?.organisation ?? organisation.activity,
      workPattern: learner?.workPattern ?? null,
      defaultWorkingHours: DEFAULT_WORKING_HOURS,
    };
  }

  async #rhythms(learnerIds: readonly string[], now: Date): Promise<readonly LearnerRhythm[]> {
    return await this.#learners.rhythms(learnerIds, new Date(now.getTime() - ACTIVE_HOURS_LOOKBACK_MS));
  }

  async #pastDeliveries(
    learnerIds: readonly string[],
    now: Date,
  ): Promise<ReadonlyMap<string, readonly PastDelivery[]>> {
    return await this.#outcomes.pastDeliveries(learnerIds, new Date(now.getTime() - DELIVERIES_LOOKBACK_MS));
  }

  async #planned(
    learnerIds: readonly string[],
    { course, purpose, now }: DeliveryQuestion,
    minimumGapHours: number,
  ): Promise<ReadonlyMap<string, readonly PlannedMessage[]>> {
    const lookbackMs = Math.max(BUDGET_LOOKBACK_MS, (minimumGapHours + 1) * HOUR_MS);
    const since = new Date(now.getTime() - lookbackMs);
    const plans = await this.#store.planned(learnerIds, { courseId: course.id, purpose }, { since, now });
    const byLearner = [...grouped(plans, ({ learnerId }) => learnerId)];
    return new Map(byLearner.map(([learnerId, own]) => [learnerId, own.map(messageOf)]));
  }

  #participations(
    learnerIds: readonly string[],
    learners: ReadonlyMap<string, Learner>,
  ): ReadonlyMap<string, Participation> {
    const found = new Map<string, Participation>();
    if (this.#experiments.in('DELIVERY').length === 0) return found;
    for (const learnerId of learnerIds) {
      const person = ruledPerson(learnerId, learners.get(learnerId) ?? null, new Map());
      const participation = this.#experiments.participation('DELIVERY', person);
      if (participation !== null) found.set(learnerId, participation);
    }
    return found;
  }

  /** The policy of each variant of the experiments that run; each is made once. */
  #variantPolicies(policy: DeliveryPolicyVersion): VariantPolicies {
    const variants = this.#experiments.in('DELIVERY').flatMap((experiment) => experiment.variants);
    const changed = new Map(
      variants.flatMap((variant) =>
        variant.delivery === null ? [] : [[variant, changedDeliveryPolicy(policy, variant.delivery)]],
      ),
    );
    return {
      variant: (participation) => (participation && changed.get(participation.variant)) ?? policy,
      longestGapHours: Math.max(policy.minimumGapHours, ...[...changed.values()].map((one) => one.minimumGapHours)),
    };
  }

  /** How many belong to the departments, and what is planned for any of them in the time that is asked about. */
  async #teams(planners: Planners, { course, purpose, from, horizonDays }: DeliveryQuestion): Promise<TeamStanding> {
    if (planners.teams.length === 0) return { sizes: new Map(), taken: [] };
    const span = { startMs: from.getTime(), endMs: from.getTime() + horizonDays * DAY_MS };
    const [sizes, plans] = await Promise.all([
      this.#learners.departmentSizes(planners.teams),
      this.#store.plannedForTeams(span, planners, { courseId: course.id, purpose }),
    ]);
    return { sizes, taken: plans.map(({ team, startsAt, endsAt }) => ({ team, ...spanOf({ startsAt, endsAt }) })) };
  }

  /** Read once for each version; null: none, or one that another release wrote. */
  #liveTiming(): LiveTimingModel | null {
    const live = this.#training.liveTiming;
    if (live === null) return null;
    if (this.#timing?.version !== live.version) {
      this.#timing = { version: live.version, model: parseTimingModel(live.timing) };
    }
    return this.#timing.model === null ? null : this.#timing;
  }
}

interface VariantPolicies {
  /** What somebody is reached by. */
  readonly variant: (participation: Participation | undefined) => DeliveryPolicy;
  /** The longest that anybody is left in peace after a message. */
  readonly longestGapHours: number;
}

interface LiveTimingModel {
  readonly version: string;
  readonly model: TimingModel | null;
}

/** A message may come at any time of its window; what was muted had come by then. */
function messageOf({ startsAt, endsAt, mutedAt }: PlannedDelivery): PlannedMessage {
  const { startMs, endMs } =
    mutedAt === null ? spanOf({ startsAt, endsAt }) : spanOf({ startsAt: mutedAt, endsAt: mutedAt });
  return { fromMs: startMs, untilMs: endMs };
}

const spanOf = ({ startsAt, endsAt }: { readonly startsAt: Date; readonly endsAt: Date }): Span => ({
  startMs: startsAt.getTime(),
  endMs: endsAt.getTime(),
});

/** Who is invited must not be away on the day of the session, which may lie beyond the horizon. */
function lastMoment({ sessions }: Course, horizonEnd: Date): Date {
  return new Date(sessions.reduce((last, { startsAt }) => Math.max(last, startsAt.getTime()), horizonEnd.getTime()));
}

const isoDay = (instant: Date): string => instant.toISOString().slice(0, 10);

function locationsOf(learners: Iterable<Learner>): readonly string[] {
  return [...new Set([...learners].map(({ location }) => location))].filter((location) => location !== null);
}

function departmentsOf(learners: Iterable<Learner>): ReadonlySet<string> {
  return new Set([...learners].map(({ department }) => department).filter((department) => department !== null));
}

function* mapped<T, U>(values: readonly T[], map: (value: T, i: number) => U): Generator<U> {
  for (const [i, value] of values.entries()) yield map(value, i);
}

function usesOf(touchpoints: readonly Touchpoint[]): { devices: UseCounts<Device>; channels: UseCounts<Channel> } {
  const devices = new Map<string, number>();
  const channels = new Map<string, number>();
  for (const { device, channel, events } of touchpoints) {
    devices.set(device, (devices.get(device) ?? 0) + events);
    channels.set(channel, (channels.get(channel) ?? 0) + events);
  }
  return { devices: known(DEVICES, devices), channels: known(CHANNELS, channels) };
}

/** Without what is not known to be one of the options. */
function known<T extends string>(options: readonly T[], counts: ReadonlyMap<string, number>): UseCounts<T> {
  const uses: Partial<Record<T, number>> = {};
  for (const option of options) {
    const events = counts.get(option);
    if (events !== undefined) uses[option] = events;
  }
  return uses;
}
