import type { DataSource } from 'typeorm';
import type { CatalogService } from '../../catalog/catalog.service.js';
import type { LearnersService } from '../../learners/learners.service.js';
import type { RowError } from '../../platform/errors.js';
import { grouped } from '../../platform/grouped.js';
import type { Logger } from '../../platform/logger.js';
import { requireIds, usableIds } from '../../platform/rowChecks.js';
import { inTurns } from '../../platform/turns/turns.js';
import { DAY_MS } from '../../platform/zonedTime.js';
import {
  answersInSteps,
  type ContactHistory,
  type DeliveriesOfLearners,
  deliveriesInSteps,
  pastDelivery,
} from './contactHistory.js';
import { type DeliveryEventInput, deliveryConflict, isSameDelivery, planDeliveries } from './deliveryEvent.js';
import { OPENED_WITHIN_MS, type PastDelivery } from './deliveryLog.js';
import { type Engagement, NO_ENGAGEMENT } from './engagement.js';
import { engagementOf, pooledEngagement } from './engagementCounts.js';
import { Latest } from './latest.js';
import {
  countWithin,
  type MuteRequest,
  type MuteScope,
  momentAfter,
  muteProblems,
  type StandingMute,
  standingMutes,
} from './mutes.js';
import { OutcomesStore, type ToldOfMessage } from './outcomes.store.js';

export type { ToldOfMessage };

export interface RecordedDeliveries {
  /** Rows that were new. */
  readonly storedCount: number;
  /** Rows that were stored before, by this or an earlier call. */
  readonly duplicateCount: number;
  readonly errors: readonly RowError[];
}

export interface MuteResult {
  /** Mutes that were lifted. */
  readonly liftedCount: number;
  /** All that stand now. */
  readonly mutes: readonly StandingMute[];
  readonly errors: readonly RowError[];
}

/** Habits of answering messages change; older answers say little, and campaigns read those of thousands. */
const ENGAGEMENT_LOOKBACK_MS = 90 * DAY_MS;
/** Enough that shares of messages opened are known far better than any one person's. */
const ENGAGEMENT_SAMPLE = 2_000;
const SAMPLE_PAGE = 200;

/** What became of messages, and what people do not want to be sent. */
export class OutcomesService {
  readonly #dataSource: DataSource;
  readonly #store: OutcomesStore;
  readonly #catalog: CatalogService;
  readonly #learners: LearnersService;
  readonly #clock: () => Date;
  readonly #organisation: Latest<Engagement>;

  constructor(
    dataSource: DataSource,
    catalog: CatalogService,
    learners: LearnersService,
    clock: () => Date,
    logger: Logger,
  ) {
    this.#dataSource = dataSource;
    this.#store = new OutcomesStore(dataSource);
    this.#catalog = catalog;
    this.#learners = learners;
    this.#clock = clock;
    this.#organisation = new Latest({
      load: (now) => this.#organisationEngagement(now),
      unknown: NO_ENGAGEMENT,
      subject: 'how messages are answered',
      logger,
    });
  }

  /** Stores what is new: once this answers, the next suggestion knows it, and sending it again changes nothing. */
  async recordDeliveries(rows: readonly DeliveryEventInput[]): Promise<RecordedDeliveries> {
    const now = this.#clock();
    const suggestions = await this.#store.suggestions(usableIds(given(rows.map((row) => row.suggestionId))));
    const courseIds = await this.#catalog.knownCourseIds(
      given([...rows, ...suggestions.values()].map(({ courseId }) => courseId)),
    );
    return await this.#dataSource.transaction(async (transaction) => {
      const learnerIds = await this.#learners.knownIds(rows, transaction);
      const plan = planDeliveries(rows, { learnerIds, courseIds, suggestions, now });
      const events = plan.accepted.map(({ event }) => event);
      const appended = new Set(await this.#store.append(transaction, events, now));
      const known = plan.accepted.filter(({ event }) => !appended.has(event.eventId));
      const stored = await this.#store.byIds(
        transaction,
        known.map(({ event }) => event.eventId),
      );
      const storedById = new Map(stored.map((event) => [event.eventId, event]));
      const conflicts = known.filter(({ event }) => {
        const original = storedById.get(event.eventId);
        return original === undefined || !isSameDelivery(original, event);
      });
      return {
        storedCount: appended.size,
        duplicateCount: plan.repeatCount + known.length - conflicts.length,
        errors: [...plan.errors, ...conflicts.map(deliveryConflict)].sort((a, b) => a.index - b.index),
      };
    });
  }

  /** The messages that reached each learner since a moment, by when they were sent; nobody without any. */
  async pastDeliveries(
    learnerIds: readonly string[],
    since: Date,
  ): Promise<ReadonlyMap<string, readonly PastDelivery[]>> {
    const deliveries = await this.#deliveries(learnerIds, since);
    return new Map([...deliveries].map(([learnerId, own]) => [learnerId, own.map(pastDelivery)]));
  }

  /**
   * `pastDeliveries`, and how learners and the organisation answered messages of the last 90 days, of one read, since the
   * messages of a campaign's people are many.
   */
  async contactHistory(learnerIds: readonly string[], since: Date): Promise<ContactHistory> {
    const now = this.#clock();
    const answeredSince = new Date(now.getTime() - ENGAGEMENT_LOOKBACK_MS);
    const [deliveries, organisation] = await Promise.all([
      this.#deliveries(learnerIds, since < answeredSince ? since : answeredSince),
      this.#organisation.at(now),
    ]);
    const { past, own } = await inTurns(answersInSteps(deliveries, since, answeredSince, now));
    return { past, engagement: { own, organisation } };
  }

  async #organisationEngagement(now: Date): Promise<Engagement> {
    const since = new Date(now.getTime() - ENGAGEMENT_LOOKBACK_MS);
    const sample = await this.#store.sampleOfReached(since, ENGAGEMENT_SAMPLE);
    const people: Engagement[] = [];
    // Pages keep the event loop free.
    for (let start = 0; start < sample.length; start += SAMPLE_PAGE) {
      const page = await this.#deliveries(sample.slice(start, start + SAMPLE_PAGE), since);
      for (const deliveries of page.values()) people.push(engagementOf(deliveries, now.getTime()));
    }
    return pooledEngagement(people);
  }

  async #deliveries(learnerIds: readonly string[], since: Date): Promise<DeliveriesOfLearners> {
    // A message from before may have been opened since: without it, its opening would stand for a message of its own.
    const events = await this.#store.messageEvents(learnerIds, new Date(since.getTime() - OPENED_WITHIN_MS));
    return await inTurns(deliveriesInSteps(events, since.getTime()));
  }

  /** When the message of each of the suggestions was sent and opened, by id; none of which nothing was told. */
  async toldOf(suggestionIds: readonly string[]): Promise<ReadonlyMap<string, ToldOfMessage>> {
    const told = await this.#store.toldOf(usableIds(suggestionIds));
    return new Map(told.map(({ suggestionId, sentAt, openedAt }) => [suggestionId, { sentAt, openedAt }]));
  }

  /** What each learner does not want to be sent at this moment; nobody who has nothing muted. */
  async mutes(learnerIds: readonly string[]): Promise<ReadonlyMap<string, readonly StandingMute[]>> {
    const now = this.#clock();
    const entries = await this.#store.muteEntries(this.#dataSource, learnerIds);
    const byLearner = [...grouped(entries, ({ learnerId }) => learnerId)].map(
      ([learnerId, own]) => [learnerId, standingMutes(own, now)] as const,
    );
    return new Map(byLearner.filter(([, mutes]) => mutes.length > 0));
  }

  /** @throws DomainError BAD_USER_INPUT for an id that nobody could have */
  async mutesOf(learnerId: string): Promise<readonly StandingMute[]> {
    requireIds('learnerId', [learnerId]);
    return (await this.mutes([learnerId])).get(learnerId) ?? [];
  }

  /** Keeps messages from a learner from the next suggestion on; what was said of the same scope before is replaced. */
  async mute(request: MuteRequest): Promise<MuteResult> {
    return await this.#say(request, false);
  }

  /** Lifts every mute within a scope. */
  async unmute({ learnerId, channel, courseId }: MuteScope & { readonly learnerId: string }): Promise<MuteResult> {
    return await this.#say({ learnerId, channel, courseId, until: null }, true);
  }

  async #say(request: MuteRequest, lifts: boolean): Promise<MuteResult> {
    const now = this.#clock();
    const { learnerId, channel, courseId, until } = request;
    const courseIds = await this.#catalog.knownCourseIds(given([courseId]));
    return await this.#dataSource.transaction(async (transaction) => {
      const learnerIds = await this.#learners.knownIds([request], transaction);
      const errors = muteProblems(request, learnerIds, courseIds, now);
      if (errors.length > 0) return { liftedCount: 0, mutes: [], errors };
      const before = await this.#store.muteEntries(transaction, [learnerId]);
      const at = momentAfter(before, now);
      const said = await this.#store.say(transaction, learnerId, { lifts, channel, courseId, until, at });
      return {
        liftedCount: lifts ? countWithin(request, standingMutes(before, now)) : 0,
        mutes: standingMutes([...before, said], now),
        errors,
      };
    });
  }
}

const given = (ids: readonly (string | null | undefined)[]): string[] => ids.filter((id) => typeof id === 'string');
