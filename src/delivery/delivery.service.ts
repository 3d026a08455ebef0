import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { CatalogService } from '../catalog/catalog.service.js';
import type { Course } from '../catalog/course.js';
import { MAX_IDS } from '../platform/batch.js';
import { DomainError, type RowError } from '../platform/errors.js';
import { requireIds } from '../platform/rowChecks.js';
import { checkDate, checkId } from '../platform/text.js';
import { inTurns } from '../platform/turns.js';
import { DeliveryStore, type DeliverySuggestionRow } from './delivery.store.js';
import type { DeliveryGatherer, DeliveryQuestion, GatheredDelivery } from './deliveryGatherer.js';
import type { DeliverySuggestion } from './deliverySuggestion.js';
import type { DeliveryPurpose } from './purpose.js';
import { suggestCampaign, suggestCampaignInSteps } from './suggestWindows.js';

export interface DeliveryRequest {
  readonly courseId: string;
  readonly purpose: DeliveryPurpose;
  /** Null: now. */
  readonly from: Date | null;
  readonly horizonDays: number;
  readonly count: number;
  /**
   * Whether what is asked for later keeps its distance from this, as from a message that was sent. It takes the place of
   * what was planned for the same course and purpose, even where it finds no window.
   */
  readonly isPlanned: boolean;
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

const MAX_HORIZON_DAYS = 60;
const MAX_COUNT = 20;

/** When, where and how to bring courses to people. */
export class DeliveryService {
  readonly #store: DeliveryStore;
  readonly #catalog: CatalogService;
  readonly #gatherer: DeliveryGatherer;
  readonly #clock: () => Date;

  constructor(dataSource: DataSource, catalog: CatalogService, gatherer: DeliveryGatherer, clock: () => Date) {
    this.#store = new DeliveryStore(dataSource);
    this.#catalog = catalog;
    this.#gatherer = gatherer;
    this.#clock = clock;
  }

  /**
   * When, where and how to bring a course to a learner, recorded before it is returned.
   *
   * @throws DomainError BAD_USER_INPUT for a horizon or count out of range or an id that nobody could have, NOT_FOUND for
   *   an unknown course
   */
  async suggest(learnerId: string, request: DeliveryRequest): Promise<RecordedSuggestion> {
    return await this.#inTurn(request, () => this.#suggest(learnerId, request));
  }

  async #suggest(learnerId: string, request: DeliveryRequest): Promise<RecordedSuggestion> {
    const question = await this.#questionOf(request);
    requireIds('learnerId', [learnerId]);
    const gathered = await this.#gatherer.gather([learnerId], question);
    const suggestions = suggestCampaign(gathered.inputs, gathered.policy, gathered.teams);
    const [recorded] = await this.#record([learnerId], suggestions, gathered, request, question);
    return recorded as RecordedSuggestion;
  }

  /**
   * The same for many learners at once, spread over time so that no team is pulled away together. Answers one by one: what
   * cannot be an id, and repeats, come back as errors.
   *
   * @throws DomainError BAD_USER_INPUT for more than 2,000 learners, and as `suggest`
   */
  async suggestForCampaign(learnerIds: readonly string[], request: DeliveryRequest): Promise<Campaign> {
    if (learnerIds.length > MAX_IDS) {
      throw new DomainError('BAD_USER_INPUT', `Ask for at most ${MAX_IDS} learners at once.`, {
        argument: 'learnerIds',
        limit: MAX_IDS,
      });
    }
    return await this.#inTurn(request, () => this.#suggestForCampaign(learnerIds, request));
  }

  async #suggestForCampaign(learnerIds: readonly string[], request: DeliveryRequest): Promise<Campaign> {
    const question = await this.#questionOf(request);
    const errors = problemsOf(learnerIds);
    const refused = new Set(errors.map(({ index }) => index));
    const asked = learnerIds.filter((_, index) => !refused.has(index));
    const gathered = await this.#gatherer.gather(asked, question);
    const suggestions = await inTurns(suggestCampaignInSteps(gathered.inputs, gathered.policy, gathered.teams));
    return { suggestions: await this.#record(asked, suggestions, gathered, request, question), errors };
  }

  /** What is planned must know every plan before it; whoever just asks waits for nobody. */
  async #inTurn<T>({ isPlanned }: DeliveryRequest, suggest: () => Promise<T>): Promise<T> {
    return isPlanned ? await this.#store.oneAtATime(suggest) : await suggest();
  }

  async #questionOf(request: DeliveryRequest): Promise<DeliveryQuestion> {
    requireRange('horizonDays', request.horizonDays, MAX_HORIZON_DAYS);
    requireRange('count', request.count, MAX_COUNT);
    const fromProblem = request.from === null ? null : checkDate(request.from);
    if (fromProblem !== null) {
      throw new DomainError('BAD_USER_INPUT', `\`from\` ${fromProblem}`, { argument: 'from' });
    }
    const now = this.#clock();
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

  async #record(
    learnerIds: readonly string[],
    suggestions: readonly DeliverySuggestion[],
    { timingVersion, policy }: GatheredDelivery,
    { courseId, isPlanned }: DeliveryRequest,
    { purpose, now }: DeliveryQuestion,
  ): Promise<readonly RecordedSuggestion[]> {
    const recorded = suggestions.map((suggestion, i): RecordedSuggestion => {
      return { ...suggestion, id: randomUUID(), learnerId: learnerIds[i] as string, courseId };
    });
    const rows = suggestions.map((suggestion, i): DeliverySuggestionRow => {
      const { id, learnerId } = recorded[i] as RecordedSuggestion;
      const planned = isPlanned ? suggestion.windows[0] : undefined;
      return {
        id,
        learnerId,
        courseId,
        createdAt: now,
        expiresAt: suggestion.expiresAt,
        suggestion: { ...suggestion, courseId, purpose, timingVersion, policyVersion: policy.version },
        plannedAt: planned?.startsAt ?? null,
        plannedChannel: planned?.channel?.choice ?? null,
      };
    });
    await this.#store.insert(rows, isPlanned ? { learnerIds, subject: { courseId, purpose }, now } : null);
    return recorded;
  }
}

function requireRange(argument: string, value: number, max: number): void {
  if (value >= 1 && value <= max) return;
  throw new DomainError('BAD_USER_INPUT', `\`${argument}\` must be from 1 to ${max}.`, { argument, max });
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
