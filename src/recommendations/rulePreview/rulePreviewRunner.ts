import { availableParallelism } from 'node:os';
import type { ActivityService } from '../../activity/activity.service.js';
import type { LearnerState, LearnersService } from '../../learners/learners.service.js';
import { TREND_DAYS } from '../../learners/trends.js';
import { type JobContext, JobStopped } from '../../platform/jobs/jobs.js';
import { DAY_MS } from '../../platform/zonedTime.js';
import { personOf } from '../../rules/applying/ruledPerson.js';
import { matchesAudience, specificity } from '../../rules/model/audience.js';
import type { RuleAudience } from '../../rules/model/rule.js';
import type { Surface } from '../../rules/model/surface.js';
import { type RankingCase, stateAsOf, takenUpAfter } from '../fitting/rankingCase.js';
import type { InputGatherer } from '../inputGatherer.js';
import { gapsOf } from '../pipeline/learnerView.js';
import type { SearchMatcher } from '../pipeline/searchMatcher.js';
import type { ServingIndex } from '../pipeline/servingIndex.js';
import type { PreviewSide } from './previewScene.js';
import { PreviewThreads, type ThreadFindings } from './previewThreads.js';
import type { PreviewLearner } from './rulePreview.js';
import type { PreviewThreadRequest } from './rulePreview.worker.js';

/** What is to be looked at. Plain values, as they are stored. */
export interface PreviewOrder {
  readonly before: PreviewSide;
  readonly after: PreviewSide;
  /** Whose lists are counted. */
  readonly audience: RuleAudience;
  /** Whose moves are told one by one. */
  readonly learnerIds: readonly string[];
  /** Null: everybody in the audience. */
  readonly sampleSize: number | null;
  readonly surface: Surface;
  /** How many places of a list count. */
  readonly first: number;
}

/** What came of looking at everybody. */
export interface PreviewFindings {
  readonly at: Date;
  /** What positions are of. */
  readonly index: ServingIndex;
  readonly found: readonly ThreadFindings[];
  /** Whether everybody there is was counted. */
  readonly isEverybody: boolean;
}

/** Small enough that a page never holds up a request noticeably. */
const PAGE_LEARNERS = 25;
const MOST_THREADS = 2;
/** Starting a second thread takes longer than looking at fewer people. */
const PEOPLE_WORTH_A_THREAD = 1_000;
/** More make the interval hardly narrower, and take as much longer. */
const MOST_FOR_RELEVANCE = 2_000;

/** Looks at what a change does to learners' lists: gathers them page by page and hands them to threads of their own. */
export class RulePreviewRunner {
  readonly #activity: ActivityService;
  readonly #learners: LearnersService;
  readonly #gatherer: InputGatherer;
  readonly #searches: SearchMatcher;

  constructor(activity: ActivityService, learners: LearnersService, gatherer: InputGatherer, searches: SearchMatcher) {
    this.#activity = activity;
    this.#learners = learners;
    this.#gatherer = gatherer;
    this.#searches = searches;
  }

  /**
   * @param uncountedRuleIds rules that lists which are counted are made without
   * @param at the moment that lists are made as of
   * @throws JobStopped when `context` says to stop
   */
  async run(
    order: PreviewOrder,
    uncountedRuleIds: readonly string[],
    at: Date,
    context: JobContext,
  ): Promise<PreviewFindings> {
    const run = await this.#begin(order, uncountedRuleIds, at);
    const { departments, roleIds, locations, learnerIds } = order.audience;
    const criteria = { departments, roleIds, locations, learnerIds };
    const people = await this.#learners.countPeople(criteria);
    const total = Math.min(people, order.sampleSize ?? people) + order.learnerIds.length;
    let done = 0;
    const threadCount = total < PEOPLE_WORTH_A_THREAD ? 1 : Math.min(MOST_THREADS, availableParallelism());
    const threads = new PreviewThreads(threadCount, run.request, (learners) => {
      done += learners;
      // By whole pages: how many of a few fit the audience could tell what single ones are short of.
      const told = Math.floor(done / PAGE_LEARNERS) * PAGE_LEARNERS;
      context.report({ phase: 'making lists before and after', done: Math.min(told, total), total });
    });
    try {
      for await (const page of oneAhead(this.#pages(order, run, criteria))) {
        if (context.shouldStop()) throw new JobStopped();
        await threads.post(page);
      }
      const isEverybody = people <= (order.sampleSize ?? people) && specificity(order.audience) === 0;
      return { at: run.at, index: run.index, isEverybody, found: await threads.finish() };
    } finally {
      await threads.close();
    }
  }

  async #begin(
    { before, after, surface, first }: PreviewOrder,
    uncountedRuleIds: readonly string[],
    now: Date,
  ): Promise<Run> {
    const trends = await this.#gatherer.trends();
    const { index } = this.#gatherer;
    const cut = new Date(now.getTime() - TREND_DAYS * DAY_MS);
    const [pastTrends, watermark] = await Promise.all([this.#learners.trendsAsOf(cut), this.#activity.watermark()]);
    const { catalog, live } = index;
    const request: Run['request'] = {
      catalog,
      live: live && { version: live.version, trained: live.model.trained, ranking: live.ranking },
      trends: trends.trends,
      now,
      past: { cut, trends: pastTrends },
      before,
      after,
      surface,
      first,
      uncountedRuleIds,
      goals: this.#gatherer.goals,
    };
    return { at: now, cut, watermark, index, request };
  }

  /** First the people whose moves are told, then those who are counted. */
  async *#pages(
    { audience, learnerIds, sampleSize }: PreviewOrder,
    run: Run,
    criteria: Parameters<LearnersService['people']>[0],
  ): AsyncGenerator<readonly PreviewLearner[]> {
    const counts: Counts = { looked: 0, forRelevance: MOST_FOR_RELEVANCE };
    if (learnerIds.length > 0) {
      const states = await this.#learners.states(learnerIds);
      yield await this.#page(states, { run, counts, isShown: true });
    }
    let left = sampleSize ?? Number.POSITIVE_INFINITY;
    for await (const ids of this.#learners.people(criteria, PAGE_LEARNERS)) {
      if (left <= 0) return;
      const states = await this.#learners.states(ids);
      const counted = states.filter((state) => this.#isIn(audience, state, run)).slice(0, left);
      left -= counted.length;
      if (counted.length > 0) yield await this.#page(counted, { run, counts, isShown: false });
    }
  }

  async #page(
    states: readonly LearnerState[],
    { run, counts, isShown }: { readonly run: Run; readonly counts: Counts; readonly isShown: boolean },
  ): Promise<PreviewLearner[]> {
    const { weights } = this.#learners.signalWeights;
    const takenUp = states.map((state) => (isShown ? [] : takenUpAfter(state, run.cut, weights)));
    const telling = states.filter((_, i) => (takenUp[i]?.length ?? 0) > 0).slice(0, counts.forRelevance);
    counts.forRelevance -= telling.length;
    const past = await this.#statesBefore(telling, run);
    const searches = await this.#searches.matchesOf([
      ...states.map((state) => state.searches),
      ...past.map((state) => state.searches),
    ]);
    const pastById = new Map(
      past.map((state, i) => [state.learnerId, { state, searches: searches[states.length + i] ?? [] }]),
    );
    return states.map((state, i): PreviewLearner => {
      counts.looked += 1;
      const before = pastById.get(state.learnerId);
      const earlier: RankingCase | null = before === undefined ? null : { ...before, takenUp: takenUp[i] ?? [] };
      return { order: counts.looked, state, searches: searches[i] ?? [], isShown, past: earlier };
    });
  }

  async #statesBefore(states: readonly LearnerState[], { cut, watermark }: Run): Promise<LearnerState[]> {
    if (states.length === 0) return [];
    const events = await this.#activity.eventsOf(
      states.map(({ learnerId }) => learnerId),
      watermark,
    );
    return states.map((now) =>
      stateAsOf(
        now,
        events.filter(({ learnerId }) => learnerId === now.learnerId),
        cut,
      ),
    );
  }

  #isIn(audience: RuleAudience, state: LearnerState, { at, index }: Run): boolean {
    const gaps = audience.skillGap === null ? new Map() : gapsOf({ now: at, state, index });
    const facts = personOf(state, gaps);
    return matchesAudience(audience, facts, at.getTime());
  }
}

/** What stays the same all through a run. */
interface Run {
  readonly at: Date;
  readonly cut: Date;
  readonly watermark: string;
  readonly index: ServingIndex;
  readonly request: Omit<PreviewThreadRequest, 'isReviewing'>;
}

interface Counts {
  looked: number;
  /** How many more may count for relevance. */
  forRelevance: number;
}

/** The same values; the next is on its way while one is being dealt with. */
async function* oneAhead<T>(values: AsyncGenerator<T>): AsyncGenerator<T> {
  let coming = values.next();
  for (;;) {
    const { value, done } = await coming;
    if (done === true) return;
    coming = values.next();
    // Whoever asks for it is told; nobody may be left to ask.
    coming.catch(() => {});
    yield value;
  }
}
