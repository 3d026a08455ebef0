import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { CatalogService } from '../catalog/catalog.service.js';
import type { Course } from '../catalog/course.js';
import type { Exposure } from '../experiments/exposure.js';
import { exposureOf, variantLabel } from '../experiments/runningExperiments.js';
import type { LearnersService } from '../learners/learners.service.js';
import type { Queryable } from '../platform/database/database.js';
import { DomainError, type RowError } from '../platform/errors.js';
import { MAX_IDS } from '../platform/graphql/batch.js';
import { requireIds } from '../platform/rowChecks.js';
import { checkDate, checkId } from '../platform/text.js';
import { inTurns } from '../platform/turns/turns.js';
import { DAY_MS } from '../platform/zonedTime.js';
import {
  DeliveryStore,
  type DeliverySuggestionRow,
  ErasedMeanwhile,
  type NewPlans,
  type NewSuggestions,
  type Planners,
} from './delivery.store.js';
import type { DeliveryGatherer, DeliveryQuestion, GatheredDelivery } from './deliveryGatherer.js';
import { PlanningTurns } from './planningTurns.js';
import type { DeliveryPolicy } from './settings/deliveryPolicy.js';
import type { DeliverySuggestion } from './windows/deliverySuggestion.js';
import { plannedSpans } from './windows/plannedSpans.js';
import type { DeliveryPurpose } from './windows/purpose.js';
import { suggestCampaignInSteps } from './windows/suggestWindows.js';

export interface DeliveryRequest {
  readonly courseId: string;
  readonly purpose: DeliveryPurpose;
  /** At most a year ahead and a day ago; null: now. */
  readonly from: Date | null;
  readonly horizonDays: number;
  readonly count: number;
}

export interface RecordedSuggestion extends DeliverySuggestion {
  readonly id: string;
  readonly learnerId: string;
  readonly courseId: string;
}

/** What a campaign comes to. */
export interface Campaign {
  /** In the order of the learners, without those that are in `errors`. */
  readonly suggestions: readonly RecordedSuggestion[];
  readonly errors: readonly RowError[];
}

/** Messages to plan, for whoever follows them up. */
export interface MessagePlanning {
  /** Those that are to be planned, of what was found; nothing is kept of the others. */
  readonly choose: (suggestions: readonly RecordedSuggestion[]) => readonly RecordedSuggestion[];
  /** Stores what the caller keeps of them, together with the plans or not at all; what it throws undoes both. */
  readonly record: (transaction: EntityManager, planned: readonly RecordedSuggestion[]) => Promise<void>;
}

const EVERYTHING: MessagePlanning = { choose: (suggestions) => suggestions, record: async () => {} };

const MAX_HORIZON_DAYS = 60;
const MAX_COUNT = 20;
const MAX_AHEAD_MS = 366 * DAY_MS;
/** How often to work a plan out anew before telling that others plan for the same people all the while. */
const PLANNING_ATTEMPTS = 4;

/** When, where and how to bring courses to people. */
export class DeliveryService {
  readonly #store: DeliveryStore;
  readonly #catalog: CatalogService;
  readonly #learners: LearnersService;
  readonly #gatherer: DeliveryGatherer;
  readonly #clock: () => Date;
  readonly #turns = new PlanningTurns();

  constructor(
    dataSource: DataSource,
    catalog: CatalogService,
    learners: LearnersService,
    gatherer: DeliveryGatherer,
    clock: () => Date,
  ) {
    this.#store = new DeliveryStore(dataSource);
    this.#catalog = catalog;
    this.#learners = learners;
    this.#gatherer = gatherer;
    this.#clock = clock;
  }

  /**
   * When, where and how to bring a course to a learner, recorded before it is returned. Nothing is planned by it.
   *
   * @throws DomainError BAD_USER_INPUT for a time, horizon or count out of range or an id that nobody could have,
   *   NOT_FOUND for an unknown course
   */
  async suggest(learnerId: string, request: DeliveryRequest): Promise<RecordedSuggestion> {
    const question = await this.#questionOf(request);
    requireIds('learnerId', [learnerId]);
    return single(await this.#suggest([learnerId], question));
  }

  /**
   * The same for many learners at once, spread over time so that no team is pulled away together. Answers one by one: what
   * cannot be an id, and repeats, come back as errors.
   *
   * @throws DomainError BAD_USER_INPUT for more than 2,000 learners, and as `suggest`
   */
  async suggestForCampaign(learnerIds: readonly string[], request: DeliveryRequest): Promise<Campaign> {
    const { asked, errors } = askedOf(learnerIds);
    return { suggestions: await this.#suggest(asked, await this.#questionOf(request)), errors };
  }

  /**
   * As `suggest`, for what will be delivered in the first window, or in every sitting: what is asked for later keeps its
   * distance from it, as from a message that was sent. It takes the place of what was planned for the same course and
   * purpose and is not over, even where it finds no window.
   *
   * @param signal aborted: nobody waits for the answer any more
   * @throws DomainError as `suggest`, CONFLICT when others plan for the same people all the while, RATE_LIMITED when many
   *   wait to, UNAVAILABLE when it was given up
   */
  async plan(learnerId: string, request: DeliveryRequest, signal: AbortSignal): Promise<RecordedSuggestion> {
    requireIds('learnerId', [learnerId]);
    return single(await this.#plan([learnerId], request, signal));
  }

  /**
   * The same for many learners at once, as `suggestForCampaign`.
   *
   * @throws DomainError as `suggestForCampaign` and `plan`
   */
  async planCampaign(learnerIds: readonly string[], request: DeliveryRequest, signal: AbortSignal): Promise<Campaign> {
    const { asked, errors } = askedOf(learnerIds);
    return { suggestions: await this.#plan(asked, request, signal), errors };
  }

  /**
   * Plans one message a learner: the first window, also for a course that takes several sittings.
   *
   * @param learnerIds at most 2,000, each once
   * @throws DomainError as `planCampaign`
   */
  async planMessages(
    learnerIds: readonly string[],
    request: Omit<DeliveryRequest, 'count'>,
    planning: MessagePlanning,
    signal: AbortSignal,
  ): Promise<readonly RecordedSuggestion[]> {
    const choose: MessagePlanning['choose'] = (suggestions) =>
      planning.choose(suggestions.map((suggestion) => ({ ...suggestion, sittingPlan: null })));
    return await this.#plan(learnerIds, { ...request, count: 1 }, signal, { ...planning, choose });
  }

  /**
   * What `planMessages` would find, of which nothing is kept.
   *
   * @param policy as if it counted; null: the one that does
   */
  async outlook(
    learnerIds: readonly string[],
    request: Omit<DeliveryRequest, 'count'>,
    policy: DeliveryPolicy | null = null,
  ): Promise<readonly RecordedSuggestion[]> {
    const { suggestions } = await this.#workOut(learnerIds, await this.#questionOf({ ...request, count: 1 }), policy);
    return suggestions;
  }

  /** Those of the suggestions that are still planned, and have not made room for others. */
  async stillPlanned(suggestionIds: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(await this.#store.stillPlanned(suggestionIds));
  }

  /** Gives back the time of what is planned by the suggestions and has not begun. */
  async withdraw(transaction: Queryable, suggestionIds: readonly string[]): Promise<void> {
    if (suggestionIds.length > 0) await this.#store.withdraw(transaction, suggestionIds, this.#clock());
  }

  async #suggest(learnerIds: readonly string[], question: DeliveryQuestion): Promise<readonly RecordedSuggestion[]> {
    const workedOut = await this.#workOut(learnerIds, question);
    await this.#unlessErased(
      learnerIds,
      this.#store.insert(this.#newSuggestions(workedOut, workedOut.suggestions, question)),
    );
    return workedOut.suggestions;
  }

  /** @throws DomainError NOT_FOUND when somebody was erased since what is to be stored was begun */
  async #unlessErased<T>(learnerIds: readonly string[], stored: Promise<T>): Promise<T> {
    try {
      return await stored;
    } catch (error) {
      if (error instanceof ErasedMeanwhile) return await this.#learners.refuseAsErased(learnerIds);
      throw error;
    }
  }

  /** Some of the suggestions as they are stored, and what experiments they expose people to. */
  #newSuggestions(
    workedOut: WorkedOut,
    suggestions: readonly RecordedSuggestion[],
    question: DeliveryQuestion,
  ): NewSuggestions {
    const { participations } = workedOut;
    const exposures = suggestions.flatMap(({ learnerId }): Exposure[] => {
      const participation = participations.get(learnerId);
      return participation === undefined ? [] : [exposureOf(participation, learnerId, question.now)];
    });
    const erasureHashes = (learnerIds: readonly string[]) => this.#learners.erasureHashes(learnerIds);
    return { rows: rowsOf(workedOut, suggestions, question), exposures, erasureHashes };
  }

  /**
   * Works out plans without holding anything, and stores them if nobody else planned for the same people meanwhile. Those
   * of this process wait for each other, so that only other processes can come in between.
   */
  async #plan(
    learnerIds: readonly string[],
    request: DeliveryRequest,
    signal: AbortSignal,
    { choose, record }: MessagePlanning = EVERYTHING,
  ): Promise<readonly RecordedSuggestion[]> {
    // Nobody waits for their turn only to be told of a mistake.
    await this.#questionOf(request);
    const planners = await this.#gatherer.planners(learnerIds);
    return await this.#turns.take(scopesOf(planners), signal, async () => {
      for (let attempt = 0; attempt < PLANNING_ATTEMPTS && !signal.aborted; attempt++) {
        const knownUpTo = await this.#store.latestPlan();
        const question = await this.#questionOf(request);
        const workedOut = await this.#workOut(learnerIds, question);
        const chosen = choose(workedOut.suggestions);
        if (chosen.length === 0) return chosen;
        const plans = newPlans(workedOut, chosen, question, knownUpTo);
        const suggestions = this.#newSuggestions(workedOut, chosen, question);
        const stored = await this.#unlessErased(
          learnerIds,
          this.#store.insertPlanned(suggestions, plans, (transaction) => record(transaction, chosen)),
        );
        if (stored) return chosen;
      }
      throw new DomainError(
        'CONFLICT',
        'Others planned for the same people at the same time. Nothing was planned by this call; try again shortly.',
      );
    });
  }

  async #questionOf(request: DeliveryRequest): Promise<DeliveryQuestion> {
    requireRange('horizonDays', request.horizonDays, MAX_HORIZON_DAYS);
    requireRange('count', request.count, MAX_COUNT);
    const now = this.#clock();
    if (request.from !== null) requireFrom(request.from, now);
    const { purpose, horizonDays, count } = request;
    const from = request.from !== null && request.from > now ? request.from : now;
    return { course: await this.#courseOf(request.courseId), purpose, now, from, horizonDays, count };
  }

  async #courseOf(courseId: string): Promise<Course> {
    const known = await this.#catalog.knownCourseIds([courseId]);
    const { courses, courseIndexById } = this.#catalog.snapshot;
    const course = courses[courseIndexById.get(courseId) ?? -1];
    if (course !== undefined && known.has(courseId)) return course;
    throw new DomainError('NOT_FOUND', `There is no course "${courseId.slice(0, 80)}".`, { argument: 'courseId' });
  }

  async #workOut(
    learnerIds: readonly string[],
    question: DeliveryQuestion,
    asIf: DeliveryPolicy | null = null,
  ): Promise<WorkedOut> {
    const gathered = await this.#gatherer.gather(learnerIds, question, asIf);
    const { inputs, policy, participations, teams, timingVersion, teamByLearner } = gathered;
    const courseId = question.course.id;
    const answers = await inTurns(suggestCampaignInSteps(inputs, policy, teams));
    const suggestions = answers.map((suggestion, i) => {
      return { ...suggestion, id: randomUUID(), learnerId: learnerIds[i] as string, courseId };
    });
    return { suggestions, participations, teamByLearner, timingVersion, policyVersion: policy.version };
  }
}

/** Suggestions in the order of the learners, and what they were made by. */
interface WorkedOut extends Pick<GatheredDelivery, 'teamByLearner' | 'timingVersion' | 'participations'> {
  readonly suggestions: readonly RecordedSuggestion[];
  readonly policyVersion: number;
}

/** Made one by one, since a campaign has thousands. */
function* rowsOf(
  { timingVersion, policyVersion, participations }: WorkedOut,
  suggestions: readonly RecordedSuggestion[],
  { purpose, now }: DeliveryQuestion,
): Generator<DeliverySuggestionRow> {
  for (const { id, learnerId, ...suggestion } of suggestions) {
    const participation = participations.get(learnerId);
    const variant = participation === undefined ? null : variantLabel(participation);
    yield {
      ...{ id, learnerId, courseId: suggestion.courseId, createdAt: now, expiresAt: suggestion.expiresAt },
      suggestion: { ...suggestion, purpose, timingVersion, policyVersion, variant },
    };
  }
}

const single = ([suggestion]: readonly RecordedSuggestion[]): RecordedSuggestion => suggestion as RecordedSuggestion;

/** What is to be followed of suggestions. */
function newPlans(
  { teamByLearner }: WorkedOut,
  suggestions: readonly RecordedSuggestion[],
  { course, purpose, now }: DeliveryQuestion,
  knownUpTo: string,
): NewPlans {
  const spans = suggestions.flatMap((suggestion) => {
    const { id: suggestionId, learnerId } = suggestion;
    const team = teamByLearner.get(learnerId) ?? null;
    const own = plannedSpans(suggestion, course.durationMinutes);
    return own.map((span) => ({ ...span, suggestionId, learnerId, team }));
  });
  const learnerIds = suggestions.map(({ learnerId }) => learnerId);
  const teams = [...new Set(teamByLearner.values())];
  return { learnerIds, teams, subject: { courseId: course.id, purpose }, now, spans, knownUpTo };
}

/** Departments may change while it waits, so people are named as well. */
function scopesOf({ learnerIds, teams }: Planners): ReadonlySet<string> {
  return new Set([...learnerIds.map((id) => `learner ${id}`), ...teams.map((team) => `team ${team}`)]);
}

function requireRange(argument: string, value: number, max: number): void {
  if (value >= 1 && value <= max) return;
  throw new DomainError('BAD_USER_INPUT', `\`${argument}\` must be from 1 to ${max}.`, { argument, max });
}

/** @throws DomainError BAD_USER_INPUT when it is longer ago than a day or further ahead than a year */
function requireFrom(from: Date, now: Date): void {
  const problem = checkDate(from);
  const aheadMs = from.getTime() - now.getTime();
  const told = problem ?? (aheadMs < -DAY_MS || aheadMs > MAX_AHEAD_MS ? 'must lie within the next year.' : null);
  if (told !== null) throw new DomainError('BAD_USER_INPUT', `\`from\` ${told}`, { argument: 'from' });
}

/**
 * Whom to answer for, and what is wrong with the others.
 *
 * @throws DomainError BAD_USER_INPUT for more than 2,000 learners
 */
function askedOf(learnerIds: readonly string[]): { asked: readonly string[]; errors: readonly RowError[] } {
  if (learnerIds.length > MAX_IDS) {
    throw new DomainError('BAD_USER_INPUT', `Ask for at most ${MAX_IDS} learners at once.`, {
      argument: 'learnerIds',
      limit: MAX_IDS,
    });
  }
  const errors = problemsOf(learnerIds);
  const refused = new Set(errors.map(({ index }) => index));
  return { asked: learnerIds.filter((_, index) => !refused.has(index)), errors };
}

/** What cannot be asked about: an id that nobody could have, or one that came before. */
function problemsOf(learnerIds: readonly string[]): readonly RowError[] {
  const seen = new Set<string>();
  return learnerIds.flatMap((learnerId, index): RowError[] => {
    const problem = checkId(learnerId);
    const path = ['learnerIds', String(index)];
    if (problem !== null) return [{ index, code: 'INVALID_VALUE', message: `learnerId ${problem}`, path }];
    if (seen.has(learnerId)) {
      return [{ index, code: 'DUPLICATE_IN_BATCH', message: `"${learnerId}" is answered above`, path }];
    }
    seen.add(learnerId);
    return [];
  });
}
