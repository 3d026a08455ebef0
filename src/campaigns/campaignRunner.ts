import type { DataSource, EntityManager } from 'typeorm';
import type { DeliveryService, RecordedSuggestion } from '../delivery/delivery.service.js';
import type { OutcomesService } from '../delivery/outcomes/outcomes.service.js';
import type { LearnersService } from '../learners/learners.service.js';
import { DomainError } from '../platform/errors.js';
import { grouped } from '../platform/grouped.js';
import { type JobContext, JobStopped } from '../platform/jobs/jobs.js';
import type { Logger } from '../platform/logger.js';
import { inTurns } from '../platform/turns/turns.js';
import { DAY_MS, HOUR_MS } from '../platform/zonedTime.js';
import { instantsOf } from '../rules/model/schedule.js';
import { type CampaignContent, isHeldOutOf } from './campaign.js';
import { CampaignsStore, type StoredCampaign } from './campaigns.store.js';
import { type DailyLimits, localDayOf, openStretch, withinDays } from './dailyRoom.js';
import { type CampaignStep, isReachable, type LookFindings, lookAt } from './look.js';
import { MembersStore, type NewStep } from './members.store.js';
import type { CampaignPeople } from './people.js';

/** Small enough that a page never holds up a request noticeably. */
const PAGE_PEOPLE = 200;
/** Of one campaign in a row, so that others come to their turn. */
const MOST_PAGES = 250;
const MOST_PLANNED_AT_ONCE = 500;
const SWEEP_EVERY_MS = HOUR_MS;
/** For those who have no window now: until then one more day has come into sight. */
const NO_WINDOW_AGAIN_MS = 6 * HOUR_MS;
/** So long after its end it is still seen what became of messages. */
const FOLLOWED_FOR_MS = 30 * DAY_MS;

/** Somebody else planned for the campaign in the meantime, or it does not run any more. */
class Outpaced extends Error {}

/** What was found of somebody. */
type Found = LookFindings & { readonly learnerId: string };
/** A step that is due for somebody. */
interface DueStep {
  readonly learnerId: string;
  readonly courseId: string;
  readonly step: number;
}

/**
 * Carries campaigns out. Every step may be broken off and done again by any process: who comes in, what was seen and what
 * was withdrawn is written down once however often it is found; a message is planned and written down in one transaction,
 * by one process at a time.
 */
export class CampaignRunner {
  readonly #dataSource: DataSource;
  readonly #campaigns: CampaignsStore;
  readonly #members: MembersStore;
  readonly #people: CampaignPeople;
  readonly #learners: LearnersService;
  readonly #delivery: DeliveryService;
  readonly #outcomes: OutcomesService;
  readonly #clock: () => Date;
  readonly #secret: () => Uint8Array;
  readonly #logger: Logger;

  constructor(
    dataSource: DataSource,
    people: CampaignPeople,
    learners: LearnersService,
    delivery: DeliveryService,
    outcomes: OutcomesService,
    clock: () => Date,
    logger: Logger,
    secret: () => Uint8Array,
  ) {
    this.#secret = secret;
    this.#dataSource = dataSource;
    this.#campaigns = new CampaignsStore(dataSource);
    this.#members = new MembersStore(dataSource);
    this.#people = people;
    this.#learners = learners;
    this.#delivery = delivery;
    this.#outcomes = outcomes;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Whether there is anything to do now. */
  async isDue(): Promise<boolean> {
    const now = this.#clock();
    const active = await this.#active(now);
    if (active.some((campaign) => isOver(campaign, now) || isSweepDue(campaign, now))) return true;
    return await this.#members.isAnybodyDue(
      active.map(({ id }) => id),
      now,
    );
  }

  /** The campaigns whose time is over, for whoever ends them. */
  async over(): Promise<readonly StoredCampaign[]> {
    const now = this.#clock();
    return (await this.#active(now)).filter((campaign) => isOver(campaign, now));
  }

  /**
   * Does what is to be done now.
   *
   * @throws JobStopped when `context` says to stop
   */
  async run(context: Pick<JobContext, 'shouldStop'>): Promise<void> {
    for (const campaign of await this.#active(this.#clock())) {
      if (isSweepDue(campaign, this.#clock())) await this.#sweep(campaign, context);
      await this.#lookAround(campaign.id, context);
    }
  }

  async #active(now: Date): Promise<readonly StoredCampaign[]> {
    return await this.#campaigns.active(new Date(now.getTime() - FOLLOWED_FOR_MS));
  }

  /** Goes through the organisation for people who are in the audience and not in yet. */
  async #sweep({ id, content }: StoredCampaign, context: Pick<JobContext, 'shouldStop'>): Promise<void> {
    const startedAt = this.#clock();
    const { departments, roleIds, locations, learnerIds } = content.audience;
    for await (const page of this.#learners.people({ departments, roleIds, locations, learnerIds }, PAGE_PEOPLE)) {
      stopIfTold(context);
      const known = await this.#members.enrolled(id, page);
      const found = await this.#people.inAudience(
        content.audience,
        page.filter((learnerId) => !known.has(learnerId)),
      );
      const members = found.filter(isReachable).map(({ id: learnerId, department }) => ({
        ...{ learnerId, department },
        isHeldOut: isHeldOutOf(id, learnerId, content.holdoutPercent, this.#secret()),
      }));
      if (members.length > 0) await this.#members.enrol(id, members, this.#clock());
    }
    await this.#campaigns.noteSwept(id, startedAt);
  }

  async #lookAround(campaignId: string, context: Pick<JobContext, 'shouldStop'>): Promise<void> {
    for (let page = 0; page < MOST_PAGES; page++) {
      stopIfTold(context);
      // Anew for each page: it may have been paused, and plans rest on the number that was read first.
      const campaign = await this.#campaigns.byId(campaignId);
      const now = this.#clock();
      if (campaign === null || (campaign.state === 'RUNNING' && !hasBegun(campaign, now))) return;
      const members = await this.#members.due(campaignId, now, PAGE_PEOPLE);
      if (members.length === 0) return;
      await this.#look(campaign, members, now);
    }
  }

  async #look(
    campaign: StoredCampaign,
    members: readonly { readonly learnerId: string; readonly isHeldOut: boolean }[],
    now: Date,
  ): Promise<void> {
    const found = await this.#find(campaign, members, now);
    await this.#dataSource.transaction(async (transaction) => {
      await this.#members.record(transaction, campaign.id, found, now);
      const gone = found.flatMap(({ withdrawals }) => withdrawals.map(({ step }) => step.suggestionId));
      await this.#delivery.withdraw(transaction, gone);
    });
    const due = found.flatMap(({ learnerId, next }): DueStep[] =>
      next?.kind === 'DUE' ? [{ learnerId, courseId: next.courseId, step: next.step }] : [],
    );
    await this.#plan(campaign, due, now);
  }

  async #find(
    campaign: StoredCampaign,
    members: readonly { readonly learnerId: string; readonly isHeldOut: boolean }[],
    now: Date,
  ): Promise<readonly Found[]> {
    const { id, content, state } = campaign;
    const learnerIds = members.map(({ learnerId }) => learnerId);
    const steps = await this.#members.steps(id, learnerIds);
    // After the steps: a plan is never missing that is written down.
    const [people, told, stillPlanned, elsewhere] = await Promise.all([
      this.#people.of(content, learnerIds),
      this.#outcomes.toldOf(steps.filter(isOpen).map(({ suggestionId }) => suggestionId)),
      this.#delivery.stillPlanned(
        steps.filter((step) => isOpen(step) && step.startsAt > now).map(({ suggestionId }) => suggestionId),
      ),
      this.#members.plannedElsewhere(id, learnerIds, now),
    ]);
    const stepsOf = grouped(steps, ({ learnerId }) => learnerId);
    const elsewhereOf = grouped(elsewhere, ({ learnerId }) => learnerId);
    function* findings(): Generator<void, readonly Found[]> {
      const found: Found[] = [];
      for (const [i, { learnerId, isHeldOut }] of members.entries()) {
        const person = people[i] as (typeof people)[number];
        const own = stepsOf.get(learnerId) ?? [];
        const others = new Set((elsewhereOf.get(learnerId) ?? []).map(({ courseId }) => courseId));
        const inputs = {
          ...{ now, state, content, isHeldOut, told, stillPlanned, steps: own, learner: person.learner },
          standing: (courseId: string) => person.standing(courseId),
          courseState: (courseId: string) => person.courseState(courseId),
          courses: () => person.courses(own, others),
        };
        found.push({ learnerId, ...lookAt(inputs, person.isIn) });
        yield;
      }
      return found;
    }
    return await inTurns(findings());
  }

  /** Plans what is due, course by course, as far as the days of the campaign have room. */
  async #plan(campaign: StoredCampaign, due: readonly DueStep[], now: Date): Promise<void> {
    let { planSeq } = campaign;
    for (const [courseId, own] of grouped(due, (step) => step.courseId)) {
      let left = own;
      while (left.length > 0) {
        const limits = await this.#dailyLimits(campaign, now);
        const stretch = openStretch(limits, now.getTime());
        if (stretch === null) return;
        const batch = left.slice(0, Math.min(stretch.room, MOST_PLANNED_AT_ONCE));
        const outcome = await this.#planBatch(campaign, { courseId, batch, limits, stretch, planSeq }, now);
        if (outcome === null) return;
        if (outcome.planned.size > 0) planSeq += 1;
        const settled = new Set([...outcome.planned, ...outcome.withoutWindow]);
        await this.#members.postpone(campaign.id, outcome.withoutWindow, new Date(now.getTime() + NO_WINDOW_AGAIN_MS));
        // Who found the day full is asked for the days that are left.
        left = left.filter(({ learnerId }) => !settled.has(learnerId));
        if (settled.size === 0) break;
      }
    }
  }

  async #dailyLimits({ id, content }: StoredCampaign, now: Date): Promise<DailyLimits> {
    const { dailyCap, schedule } = content;
    const takenByDay = new Map<number, number>();
    if (dailyCap !== null) {
      for (const startsAt of await this.#members.startsFrom(id, new Date(now.getTime() - 2 * DAY_MS))) {
        const day = localDayOf(startsAt.getTime(), schedule.zone);
        takenByDay.set(day, (takenByDay.get(day) ?? 0) + 1);
      }
    }
    return { zone: schedule.zone, dailyCap, takenByDay, untilMs: instantsOf(schedule).untilMs };
  }

  /** @returns null: somebody else plans, or it was stopped; what is left is found at the next look */
  async #planBatch(
    { id, content }: StoredCampaign,
    { courseId, batch, limits, stretch, planSeq }: PlannedBatch,
    now: Date,
  ): Promise<{ readonly planned: ReadonlySet<string>; readonly withoutWindow: readonly string[] } | null> {
    const stepOf = new Map(batch.map(({ learnerId, step }) => [learnerId, step]));
    let withoutWindow: readonly string[] = [];
    const choose = (suggestions: readonly RecordedSuggestion[]) => {
      withoutWindow = suggestions.filter(({ windows }) => windows.length === 0).map(({ learnerId }) => learnerId);
      const messages = suggestions.flatMap((suggestion) => {
        const startsAt = suggestion.windows[0]?.startsAt;
        return startsAt === undefined ? [] : [{ learnerId: suggestion.learnerId, startsAtMs: startsAt.getTime() }];
      });
      const kept = new Set(withinDays(messages, limits).map(({ learnerId }) => learnerId));
      return suggestions.filter(({ learnerId }) => kept.has(learnerId));
    };
    const record = async (transaction: EntityManager, planned: readonly RecordedSuggestion[]) => {
      if (!(await this.#campaigns.takePlanning(transaction, id, planSeq))) throw new Outpaced();
      const steps = planned.flatMap((suggestion) => newStep(suggestion, stepOf.get(suggestion.learnerId) ?? 0));
      if ((await this.#members.addSteps(transaction, id, steps, now)) !== steps.length) throw new Outpaced();
    };
    const request = {
      ...{ courseId, purpose: content.purpose, from: new Date(stretch.fromMs), horizonDays: stretch.horizonDays },
    };
    try {
      const planned = await this.#delivery.planMessages(
        batch.map(({ learnerId }) => learnerId),
        request,
        { choose, record },
        new AbortController().signal,
      );
      return { planned: new Set(planned.map(({ learnerId }) => learnerId)), withoutWindow };
    } catch (error) {
      const isForLater = error instanceof Outpaced || (error instanceof DomainError && error.code !== 'BAD_USER_INPUT');
      if (!isForLater) throw error;
      this.#logger.info({ campaignId: id, courseId, err: error }, 'a campaign could not plan now and will again');
      return null;
    }
  }
}

interface PlannedBatch {
  readonly courseId: string;
  readonly batch: readonly DueStep[];
  readonly limits: DailyLimits;
  readonly stretch: { readonly fromMs: number; readonly horizonDays: number };
  readonly planSeq: number;
}

function newStep({ id, learnerId, courseId, windows }: RecordedSuggestion, step: number): NewStep[] {
  return windows.slice(0, 1).map(({ startsAt, endsAt, expiresAt, channel }) => ({
    ...{ learnerId, step, courseId, suggestionId: id, startsAt, endsAt, expiresAt },
    channel: channel?.choice ?? null,
  }));
}

const isOpen = ({ withdrawnBecause }: CampaignStep): boolean => withdrawnBecause === null;

const hasBegun = ({ content }: { readonly content: CampaignContent }, now: Date): boolean =>
  now.getTime() >= instantsOf(content.schedule).fromMs;

const isOver = ({ state, content }: StoredCampaign, now: Date): boolean =>
  state !== 'ENDED' && now.getTime() >= instantsOf(content.schedule).untilMs;

function isSweepDue(campaign: StoredCampaign, now: Date): boolean {
  const { state, sweptAt } = campaign;
  if (state !== 'RUNNING' || !hasBegun(campaign, now) || isOver(campaign, now)) return false;
  return sweptAt === null || now.getTime() - sweptAt.getTime() >= SWEEP_EVERY_MS;
}

/** @throws JobStopped */
function stopIfTold({ shouldStop }: Pick<JobContext, 'shouldStop'>): void {
  if (shouldStop()) throw new JobStopped();
}
