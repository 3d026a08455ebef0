import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { ActivityService, SessionQuantiles } from '../activity/activity.service.js';
import type { CatalogService } from '../catalog/catalog.service.js';
import { type ActiveHours, activeHours, type OrganisationActivity, poolActiveHours } from '../learners/activeHours.js';
import { ACTIVE_HOURS_LOOKBACK_MS, type LearnersService, type Touchpoint } from '../learners/learners.service.js';
import { DomainError } from '../platform/errors.js';
import type { Logger } from '../platform/logger.js';
import { requireIds } from '../platform/rowChecks.js';
import { checkDate } from '../platform/text.js';
import { DeliveryStore } from './delivery.store.js';
import { DEFAULT_DELIVERY_POLICY } from './deliveryPolicy.js';
import type { DeliverySuggestion } from './deliverySuggestion.js';
import type { UseCounts } from './preferredUse.js';
import { sessionLengths } from './sessionLengths.js';
import { suggestWindows } from './suggestWindows.js';
import { DEFAULT_WORKING_HOURS } from './weekModel.js';

export interface DeliveryRequest {
  readonly learnerId: string;
  readonly courseId: string;
  /** Null: now. */
  readonly from: Date | null;
  readonly horizonDays: number;
  readonly count: number;
}

export interface RecordedSuggestion extends DeliverySuggestion {
  readonly id: string;
  readonly learnerId: string;
  readonly courseId: string;
}

/** The organisation's rhythm, taken together from everyone; single people cannot be read off it. */
interface OrganisationRhythm {
  readonly takenAtMs: number;
  readonly activity: OrganisationActivity;
  readonly touchpoints: readonly Touchpoint[];
  readonly sessions: SessionQuantiles | null;
}

const MAX_HORIZON_DAYS = 60;
const MAX_COUNT = 20;
const ORGANISATION_TTL_MS = 10 * 60_000;
/** Enough that the week's 168 shares are known far better than any one person's. */
const ORGANISATION_SAMPLE = 2_000;
const ORGANISATION_SESSIONS = 20_000;

export class DeliveryService {
  readonly #store: DeliveryStore;
  readonly #catalog: CatalogService;
  readonly #learners: LearnersService;
  readonly #activity: ActivityService;
  readonly #defaultTimezone: string;
  readonly #clock: () => Date;
  readonly #logger: Logger;
  #organisation: OrganisationRhythm | null = null;
  #loading: Promise<OrganisationRhythm> | null = null;

  constructor(
    dataSource: DataSource,
    catalog: CatalogService,
    learners: LearnersService,
    activity: ActivityService,
    defaultTimezone: string,
    clock: () => Date,
    logger: Logger,
  ) {
    this.#store = new DeliveryStore(dataSource);
    this.#catalog = catalog;
    this.#learners = learners;
    this.#activity = activity;
    this.#defaultTimezone = defaultTimezone;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * When, where and how to bring a course to a learner, recorded before it is returned.
   *
   * @throws DomainError BAD_USER_INPUT for a horizon or count out of range or an id that nobody could have, NOT_FOUND for
   *   an unknown course
   */
  async suggest(request: DeliveryRequest): Promise<RecordedSuggestion> {
    requireRange('horizonDays', request.horizonDays, MAX_HORIZON_DAYS);
    requireRange('count', request.count, MAX_COUNT);
    const fromProblem = request.from === null ? null : checkDate(request.from);
    if (fromProblem !== null) {
      throw new DomainError('BAD_USER_INPUT', `\`from\` ${fromProblem}`, { argument: 'from' });
    }
    requireIds('learnerId', [request.learnerId]);
    const now = this.#clock();
    const [known, [state], [rhythm], organisation] = await Promise.all([
      this.#catalog.knownCourseIds([request.courseId]),
      this.#learners.states([request.learnerId]),
      this.#learners.rhythms([request.learnerId], new Date(now.getTime() - ACTIVE_HOURS_LOOKBACK_MS)),
      this.#organisationRhythm(now),
    ]);
    const { courses, courseIndexById } = this.#catalog.snapshot;
    const course = courses[courseIndexById.get(request.courseId) ?? -1];
    if (course === undefined || !known.has(request.courseId)) {
      throw new DomainError('NOT_FOUND', `There is no course "${request.courseId.slice(0, 80)}".`, {
        argument: 'courseId',
      });
    }
    const learner = state?.learner ?? null;
    const assignment = state?.assignments.find((a) => a.courseId === request.courseId);
    const from = request.from !== null && request.from > now ? request.from : now;
    const suggestion = suggestWindows({
      learnerId: request.learnerId,
      now,
      from,
      horizonDays: request.horizonDays,
      count: request.count,
      purpose: 'RECOMMENDATION',
      policy: DEFAULT_DELIVERY_POLICY,
      group: { department: learner?.department ?? null, location: learner?.location ?? null },
      timing: null,
      leave: [],
      holidays: [],
      deliveries: [],
      mutes: [],
      zone: learner?.timezone ?? this.#defaultTimezone,
      isZoneAssumed: learner === null || learner.timezone === null,
      personalisationOptOut: learner?.personalisationOptOut ?? false,
      activeHoursMs: rhythm?.activeHourStartsMs ?? [],
      observedSince: null,
      organisation: organisation.activity,
      defaultWorkingHours: DEFAULT_WORKING_HOURS,
      workPattern: learner?.workPattern ?? null,
      quietHours: learner?.quietHours ?? null,
      course,
      dueAt: assignment?.dueAt ?? null,
      devices: {
        own: usesOf(rhythm?.touchpoints ?? [], 'device'),
        organisation: usesOf(organisation.touchpoints, 'device'),
      },
      channels: {
        own: usesOf(rhythm?.touchpoints ?? [], 'channel'),
        organisation: usesOf(organisation.touchpoints, 'channel'),
      },
      engagement: { own: { channels: {}, devices: {} }, organisation: { channels: {}, devices: {} } },
      sessionLengths: { own: sessionLengths(rhythm?.sittings ?? []), organisation: organisation.sessions },
    });
    const recorded: RecordedSuggestion = {
      ...suggestion,
      id: randomUUID(),
      learnerId: request.learnerId,
      courseId: request.courseId,
    };
    await this.#store.insert({
      id: recorded.id,
      learnerId: recorded.learnerId,
      courseId: recorded.courseId,
      createdAt: now,
      expiresAt: recorded.expiresAt,
      suggestion,
    });
    return recorded;
  }

  /** Old figures are served while new ones are taken, so nobody but the very first caller waits. */
  async #organisationRhythm(now: Date): Promise<OrganisationRhythm> {
    const current = this.#organisation;
    if (current !== null && now.getTime() - current.takenAtMs < ORGANISATION_TTL_MS) return current;
    this.#loading ??= this.#loadOrganisation(now)
      .then((loaded) => {
        this.#organisation = loaded;
        return loaded;
      })
      .finally(() => {
        this.#loading = null;
      });
    if (current === null) return await this.#loading;
    this.#loading.catch((error) => this.#logger.warn({ err: error }, 'the rhythm of the organisation is out of date'));
    return current;
  }

  async #loadOrganisation(now: Date): Promise<OrganisationRhythm> {
    const nowMs = now.getTime();
    const people: ActiveHours[] = [];
    const sample = this.#learners.rhythmSample(new Date(nowMs - ACTIVE_HOURS_LOOKBACK_MS), ORGANISATION_SAMPLE);
    for await (const { timezone, hourStartsMs } of sample) {
      people.push(activeHours({ hourStartsMs, zone: timezone ?? this.#defaultTimezone, nowMs, observedSinceMs: null }));
    }
    const [touchpoints, sessions] = await Promise.all([
      this.#learners.touchpointTotals(),
      this.#activity.latestSessions(ORGANISATION_SESSIONS),
    ]);
    return { takenAtMs: nowMs, activity: poolActiveHours(people), touchpoints, sessions };
  }
}

function requireRange(argument: string, value: number, max: number): void {
  if (value >= 1 && value <= max) return;
  throw new DomainError('BAD_USER_INPUT', `\`${argument}\` must be from 1 to ${max}.`, { argument, max });
}

function usesOf<T extends string>(touchpoints: readonly Touchpoint[], by: 'device' | 'channel'): UseCounts<T> {
  const counts: Partial<Record<string, number>> = {};
  for (const touchpoint of touchpoints) {
    const name = touchpoint[by];
    if (name !== 'UNKNOWN') counts[name] = (counts[name] ?? 0) + touchpoint.events;
  }
  return counts as UseCounts<T>;
}
