import type { DataSource, EntityManager } from 'typeorm';
import type { CatalogService } from '../catalog/catalog.service.js';
import type { DeliveryService } from '../delivery/delivery.service.js';
import type { OutcomesService } from '../delivery/outcomes/outcomes.service.js';
import { mutedChannelsAt } from '../delivery/windows/contactLimits.js';
import type { GoalsService } from '../goals/goals.service.js';
import { AudienceFigures } from '../learners/fewPeople/audienceFigures.js';
import type { LearnersService } from '../learners/learners.service.js';
import type { AuditAction, AuditLog } from '../platform/audit.js';
import { DomainError, type RowError } from '../platform/errors.js';
import type { JobContext, Jobs } from '../platform/jobs/jobs.js';
import type { Logger } from '../platform/logger.js';
import { isGiven, RowChecks, requireIds } from '../platform/rowChecks.js';
import { changesBetween, reasonProblems } from '../platform/settings/versionedSettings.js';
import { checkDate } from '../platform/text.js';
import { DAY_MS } from '../platform/zonedTime.js';
import type { InputGatherer } from '../recommendations/inputGatherer.js';
import type { LearningPathService } from '../recommendations/path/learningPath.service.js';
import { instantsOf } from '../rules/model/schedule.js';
import { type Campaign, type CampaignMove, type CampaignState, moved, moveInWords, moveProblem } from './campaign.js';
import { CampaignRunner } from './campaignRunner.js';
import { type CampaignPosition, CampaignsStore, type StoredCampaign } from './campaigns.store.js';
import { campaignOf, campaignProblems, type GivenCampaign } from './givenCampaign.js';
import { isReachable } from './look.js';
import { MembersStore, type MessagePosition, type PlannedMessage } from './members.store.js';
import { CampaignPeople } from './people.js';
import { type CampaignPreview, CampaignPreviews } from './preview.js';
import { type CampaignProgress, progressOf } from './progress.js';

export type { CampaignPosition, CampaignPreview, CampaignProgress, MessagePosition, PlannedMessage };

/** The campaign; null when nothing was changed because of the errors. */
export interface CampaignResult {
  readonly campaign: Campaign | null;
  readonly errors: readonly RowError[];
}

/** Who changes a campaign and why, as they have seen it. */
export interface CampaignChange {
  readonly id: string;
  readonly expectedVersion: number;
  readonly reason: string;
  readonly by: string;
}

/** What campaigns ask of the rest of the service. */
export interface CampaignSources {
  readonly catalog: CatalogService;
  readonly learners: LearnersService;
  readonly gatherer: InputGatherer;
  readonly paths: LearningPathService;
  readonly delivery: DeliveryService;
  readonly outcomes: OutcomesService;
  readonly goals: GoalsService;
  /** By which figures are drawn that are not told as they are. */
  readonly secret: () => Uint8Array;
}

export const CAMPAIGN_JOB = 'RUN_CAMPAIGNS';

const LONGEST_SPAN_MS = 31 * DAY_MS;
/** Who ends a campaign whose schedule is over. */
const BY_SCHEDULE = 'schedule';

/** Brings courses to an audience over time, holds some of it out, and keeps what has to be known to tell what it did. */
export class CampaignsService {
  readonly #dataSource: DataSource;
  readonly #store: CampaignsStore;
  readonly #members: MembersStore;
  readonly #sources: CampaignSources;
  readonly #people: CampaignPeople;
  readonly #runner: CampaignRunner;
  readonly #previews: CampaignPreviews;
  readonly #audit: AuditLog;
  readonly #jobs: Jobs;
  readonly #clock: () => Date;
  readonly #defaultTimezone: string;

  constructor(
    dataSource: DataSource,
    sources: CampaignSources,
    audit: AuditLog,
    jobs: Jobs,
    clock: () => Date,
    logger: Logger,
    defaultTimezone: string,
  ) {
    const { gatherer, learners, paths, delivery, outcomes } = sources;
    this.#dataSource = dataSource;
    this.#store = new CampaignsStore(dataSource);
    this.#members = new MembersStore(dataSource);
    this.#sources = sources;
    this.#people = new CampaignPeople(gatherer, learners, paths);
    this.#runner = new CampaignRunner(
      dataSource,
      this.#people,
      learners,
      delivery,
      outcomes,
      clock,
      logger,
      sources.secret,
    );
    this.#previews = new CampaignPreviews(this.#people, learners, delivery, clock, sources.secret);
    this.#audit = audit;
    this.#jobs = jobs;
    this.#clock = clock;
    this.#defaultTimezone = defaultTimezone;
    jobs.handle(CAMPAIGN_JOB, (context) => this.run(context), 'SHORT');
  }

  /** A new draft. The same once more changes nothing. */
  async create(id: string, given: GivenCampaign, reason: string, by: string): Promise<CampaignResult> {
    requireIds('id', [id]);
    const errors = [...(await this.#problems(given)), ...reasonProblems({ reason })];
    if (errors.length > 0) return { campaign: null, errors };
    const content = campaignOf(given, this.#defaultTimezone);
    const createdAt = this.#clock();
    const campaign: Campaign = {
      ...{ id, state: 'DRAFT', version: 1, content, createdBy: by, createdAt, startedAt: null, endedAt: null },
    };
    const isNew = await this.#dataSource.transaction(async (transaction) => {
      if (!(await this.#store.insert(transaction, campaign))) return false;
      const text = `The campaign “${content.name}” was drafted.`;
      await this.#record(transaction, 'DRAFTED', null, campaign, { by, reason }, text);
      return true;
    });
    if (isNew) return { campaign, errors: [] };
    const known = await this.find(id);
    if (changesBetween(known.content, content).length === 0) return { campaign: known, errors: [] };
    const check = new RowChecks(0);
    check.fail('CONFLICT', `There is another campaign "${id}", “${known.content.name}”; choose another id`, 'id');
    return { campaign: null, errors: check.errors };
  }

  /** Puts something else in place of what a draft says. @throws DomainError NOT_FOUND, CONFLICT */
  async update(given: GivenCampaign, change: CampaignChange): Promise<CampaignResult> {
    const errors = await this.#problems(given);
    if (errors.length > 0) return { campaign: null, errors };
    return await this.#change(change, async (transaction, campaign) => {
      const { state, version } = campaign;
      if (state !== 'DRAFT')
        return `Only drafts can be changed, and this campaign is ${state}; end it, and create another.`;
      const content = campaignOf(given, this.#defaultTimezone);
      const made = { ...campaign, content, version: version + 1 };
      await this.#store.save(transaction, made);
      const text = `The draft of the campaign “${content.name}” was changed.`;
      await this.#record(transaction, 'EDITED', campaign, made, change, text);
      return made;
    });
  }

  /** Starts, pauses, resumes or ends it. @throws DomainError NOT_FOUND, CONFLICT */
  async move(move: CampaignMove, change: CampaignChange): Promise<CampaignResult> {
    const result = await this.#change(change, (transaction, campaign) =>
      this.#moveIn(transaction, campaign, move, change),
    );
    if (result.campaign !== null) await this.#jobs.request(CAMPAIGN_JOB, change.by);
    return result;
  }

  /** @throws DomainError NOT_FOUND */
  async find(id: string): Promise<Campaign> {
    return await this.#require(id);
  }

  /** A page of campaigns, newest first. @param states none: of any */
  async page(
    states: readonly CampaignState[],
    first: number,
    after: CampaignPosition | null,
  ): Promise<{ readonly campaigns: readonly Campaign[]; readonly hasMore: boolean }> {
    const found = await this.#store.page(states, after, first + 1);
    return { campaigns: found.slice(0, first), hasMore: found.length > first };
  }

  /**
   * How far it has come.
   *
   * @param mayTellFew false: in fives, a few off, none of fewer than five, and nothing of an audience that is named person by person
   */
  async progress(id: string, mayTellFew: boolean): Promise<CampaignProgress> {
    const { content } = await this.#require(id);
    const [members, steps] = await Promise.all([
      this.#members.tallyMembers(id),
      this.#members.tallySteps(id, content.schedule.zone),
    ]);
    const isNamed = content.audience.learnerIds.length > 0;
    if (isNamed && !mayTellFew) return progressOf(members, [], content, () => null);
    const figures = new AudienceFigures(content.audience, this.#sources.secret());
    return progressOf(members, steps, content, (people, figure) =>
      mayTellFew ? people : figures.countOrNull(people, figure),
    );
  }

  /** Whom it would reach and how long it would take, as of now. @throws DomainError NOT_FOUND */
  async preview(id: string, mayTellFew: boolean): Promise<CampaignPreview> {
    return await this.#previews.of(await this.#require(id), mayTellFew);
  }

  /**
   * What is to be sent in a stretch of time, by when. Asked shortly before it is sent, it holds nothing for people who
   * meanwhile completed the course, muted it, opted out or are not to have it for whatever reason.
   *
   * @throws DomainError NOT_FOUND; BAD_USER_INPUT for no stretch of time at all or one of more than 31 days
   */
  async messages(
    id: string,
    span: { readonly from: Date; readonly to: Date },
    first: number,
    after: MessagePosition | null,
  ): Promise<MessagePage> {
    requireSpan(span);
    const campaign = await this.#require(id);
    const now = this.#clock();
    const isOver = now.getTime() >= instantsOf(campaign.content.schedule).untilMs;
    if (campaign.state !== 'RUNNING' || isOver) return { messages: [], last: null, hasMore: false };
    const found = await this.#members.messages(id, span, after, first + 1);
    const page = found.slice(0, first);
    const last = page.at(-1) ?? null;
    return { messages: await this.#stillWanted(campaign, page), last, hasMore: found.length > first };
  }

  /** Whether the job has anything to do. */
  async isDue(): Promise<boolean> {
    return await this.#runner.isDue();
  }

  /** What is to be done now. @throws JobStopped when `context` says to stop */
  async run(context: Pick<JobContext, 'shouldStop'>): Promise<void> {
    const change = { by: BY_SCHEDULE, reason: 'Its schedule is over.' };
    for (const { id } of await this.#runner.over()) {
      await this.#dataSource.transaction(async (transaction) => {
        const campaign = await this.#store.lock(transaction, id);
        if (campaign !== null) await this.#moveIn(transaction, campaign, 'END', change);
      });
    }
    await this.#runner.run(context);
  }

  async #stillWanted({ content }: Campaign, page: readonly PlannedMessage[]): Promise<readonly PlannedMessage[]> {
    const { delivery, outcomes } = this.#sources;
    const learnerIds = [...new Set(page.map(({ learnerId }) => learnerId))];
    const suggestionIds = page.map(({ suggestionId }) => suggestionId);
    const [people, mutes, told, planned] = await Promise.all([
      this.#people.of(content, learnerIds),
      outcomes.mutes(learnerIds),
      outcomes.toldOf(suggestionIds),
      delivery.stillPlanned(suggestionIds),
    ]);
    const personOf = new Map(people.map((person, i) => [learnerIds[i], person]));
    return page.filter(({ learnerId, courseId, suggestionId, channel, startsAt }) => {
      const person = personOf.get(learnerId);
      if (person === undefined || !person.isIn || !isReachable(person.learner)) return false;
      if (person.standing(courseId) !== 'OPEN' || !planned.has(suggestionId) || told.has(suggestionId)) return false;
      const muted = mutedChannelsAt(mutes.get(learnerId) ?? [], courseId, startsAt.getTime());
      return channel === null ? muted.length === 0 : !muted.includes(channel);
    });
  }

  /** Changes a campaign that is as it was seen, while nobody else can; a text says why it cannot be. */
  async #change(
    { id, expectedVersion, reason }: CampaignChange,
    change: (transaction: EntityManager, campaign: StoredCampaign) => Promise<Campaign | string>,
  ): Promise<CampaignResult> {
    requireIds('id', [id]);
    const errors = reasonProblems({ reason });
    if (errors.length > 0) return { campaign: null, errors };
    return await this.#dataSource.transaction(async (transaction) => {
      const campaign = await this.#store.lock(transaction, id);
      if (campaign === null) throw unknown(id);
      if (campaign.version !== expectedVersion) throw conflict(campaign, expectedVersion);
      const made = await change(transaction, campaign);
      if (typeof made !== 'string') return { campaign: made, errors: [] };
      const check = new RowChecks(0);
      check.fail('INVALID_VALUE', made, 'id');
      return { campaign: null, errors: check.errors };
    });
  }

  async #moveIn(
    transaction: EntityManager,
    campaign: StoredCampaign,
    move: CampaignMove,
    change: { readonly by: string; readonly reason: string },
  ): Promise<Campaign | string> {
    const now = this.#clock();
    const problem = moveProblem(campaign, move, now);
    if (problem !== null) return problem;
    const made = moved(campaign, move, now);
    await this.#store.save(transaction, made);
    // What is planned is withdrawn, or planned anew, at the next look.
    await this.#members.hasten(transaction, campaign.id, now);
    await this.#record(transaction, 'CHANGED', campaign, made, change, moveInWords(made, move));
    return made;
  }

  async #record(
    transaction: EntityManager,
    action: AuditAction,
    before: Campaign | null,
    after: Campaign,
    { by, reason }: { readonly by: string; readonly reason: string },
    text: string,
  ): Promise<void> {
    const told = ({ state, content }: Campaign) => ({ state, ...content });
    await this.#audit.record(transaction, { by, reason }, [
      { action, subject: `campaign ${after.id}`, text, before: before && told(before), after: told(after) },
    ]);
  }

  /** Looks once more at the catalogue where this process may not have heard of something yet. */
  async #problems(given: GivenCampaign): Promise<readonly RowError[]> {
    const { catalog } = this.#sources;
    const skillGap = given.audience?.skillGap;
    const roleIds = [...(given.audience?.roleIds ?? []), given.pathRoleId].filter((id) => typeof id === 'string');
    await catalog.knownCourseIds(given.courseIds ?? []);
    await catalog.knownRoleIds(roleIds);
    await catalog.knownSkillIds(skillGap ? [skillGap.skillId] : []);
    const problems = campaignProblems(given, catalog.snapshot, this.#defaultTimezone);
    return problems.length > 0 ? problems : await this.#goalProblems(given.goalId);
  }

  async #goalProblems(goalId: GivenCampaign['goalId']): Promise<readonly RowError[]> {
    const check = new RowChecks(0);
    if (isGiven(goalId) && (await this.#sources.goals.goal(goalId)) === null) {
      check.fail('NOT_FOUND', `goalId: there is no goal "${goalId}"`, 'goalId');
    }
    return check.errors;
  }

  async #require(id: string): Promise<StoredCampaign> {
    requireIds('id', [id]);
    const campaign = await this.#store.byId(id);
    if (campaign === null) throw unknown(id);
    return campaign;
  }
}

/** Messages to send; `last` is the last that was looked at, whether it is to be sent or not. */
export interface MessagePage {
  readonly messages: readonly PlannedMessage[];
  readonly last: PlannedMessage | null;
  readonly hasMore: boolean;
}

function unknown(id: string): DomainError {
  return new DomainError('NOT_FOUND', `There is no campaign "${id.slice(0, 80)}".`, { argument: 'id' });
}

function conflict({ id, version, state }: Campaign, expectedVersion: number): DomainError {
  return new DomainError(
    'CONFLICT',
    `The campaign is at version ${version}, not ${expectedVersion}: there was a change meanwhile. Nothing was changed by ` +
      `this call; look at what it says now and send yours with expectedVersion ${version}. The auditLog of "campaign ${id}" ` +
      'has who changed what.',
    { expectedVersion, currentVersion: version, state },
  );
}

/** @throws DomainError BAD_USER_INPUT */
function requireSpan({ from, to }: { readonly from: Date; readonly to: Date }): void {
  for (const [argument, date] of [
    ['from', from],
    ['to', to],
  ] as const) {
    const problem = checkDate(date);
    if (problem !== null) throw new DomainError('BAD_USER_INPUT', `\`${argument}\` ${problem}.`, { argument });
  }
  const lengthMs = to.getTime() - from.getTime();
  if (lengthMs > 0 && lengthMs <= LONGEST_SPAN_MS) return;
  throw new DomainError('BAD_USER_INPUT', '`to` must be later than `from`, by 31 days at most.', { argument: 'to' });
}
