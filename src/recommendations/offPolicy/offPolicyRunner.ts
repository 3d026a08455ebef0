import type { ActivityService } from '../../activity/activity.service.js';
import type { LearnersService } from '../../learners/learners.service.js';
import { grouped } from '../../platform/grouped.js';
import { type JobContext, JobStopped } from '../../platform/jobs/jobs.js';
import { inTurns } from '../../platform/turns/turns.js';
import { DAY_MS } from '../../platform/zonedTime.js';
import type { Surface } from '../../rules/model/surface.js';
import type { TrainingService } from '../../training/training.service.js';
import type { InputGatherer } from '../inputGatherer.js';
import type { SearchMatcher } from '../pipeline/searchMatcher.js';
import type { PreviewSide } from '../rulePreview/previewScene.js';
import { type DrawnList, FIRST_DRAW, type LoggedListsStore, type SettingVersions } from './loggedLists.store.js';
import type { ReplayRequest } from './offPolicy.worker.js';
import { type OffPolicyImpact, type OffPolicyOutcome, offPolicyImpact } from './offPolicyResult.js';
import { pastChoices, type Reward } from './pastChoices.js';
import type { LoggedChoice, ReplayedChoice } from './replay.js';
import { ReplayThread } from './replayThread.js';

/** What is to be estimated. Plain values, as they are stored. */
export interface OffPolicyOrder {
  readonly outcome: OffPolicyOutcome;
  /** After a list was shown. */
  readonly withinDays: number;
  /** How many days of lists, before those that had less time than that. */
  readonly pastDays: number;
  /** What counted when it was asked for. */
  readonly versions: SettingVersions;
}

/** The change to be tried. */
export interface OffPolicyChange {
  readonly before: PreviewSide;
  readonly after: PreviewSide;
  readonly surface: Surface;
}

/** When the lists were served that an estimate is made from. */
export function servedWithin(
  { withinDays, pastDays }: Pick<OffPolicyOrder, 'withinDays' | 'pastDays'>,
  now: Date,
): { readonly since: Date; readonly until: Date } {
  const until = new Date(now.getTime() - withinDays * DAY_MS);
  return { since: new Date(until.getTime() - pastDays * DAY_MS), until };
}

/** More make the interval hardly narrower, and take as much longer. */
const MOST_LISTS = 4_000;
/** Small enough that a page never holds up a request noticeably. */
const PAGE_LISTS = 25;

/** Makes lists of the past once more, as a change would have made them, and weighs what came of them. */
export class OffPolicyRunner {
  readonly #store: LoggedListsStore;
  readonly #activity: ActivityService;
  readonly #learners: LearnersService;
  readonly #training: TrainingService;
  readonly #gatherer: InputGatherer;
  readonly #searches: SearchMatcher;

  constructor(
    store: LoggedListsStore,
    activity: ActivityService,
    learners: LearnersService,
    training: TrainingService,
    gatherer: InputGatherer,
    searches: SearchMatcher,
  ) {
    this.#store = store;
    this.#activity = activity;
    this.#learners = learners;
    this.#training = training;
    this.#gatherer = gatherer;
    this.#searches = searches;
  }

  /**
   * @param uncountedRuleIds rules that lists are made without: lists of whom they are for cannot be made again so
   * @throws JobStopped when `context` says to stop
   */
  async run(
    { outcome, withinDays, pastDays, versions }: OffPolicyOrder,
    change: OffPolicyChange,
    uncountedRuleIds: readonly string[],
    context: JobContext,
  ): Promise<OffPolicyImpact> {
    const { now } = this.#gatherer;
    const period = servedWithin({ withinDays, pastDays }, now);
    const lists = await this.#drawn(change.surface, versions, period, context);
    const replayed =
      lists.length === 0
        ? []
        : await this.#replayed(lists, { ...change, uncountedRuleIds }, { outcome, withinDays }, context);
    const [since, until] = [period.since.toISOString(), period.until.toISOString()];
    return offPolicyImpact({ outcome, withinDays, since, until, lists: lists.length }, replayed);
  }

  /** Those of the lists that can be made again. */
  async #replayed(
    lists: readonly DrawnList[],
    change: OffPolicyChange & Pick<ReplayRequest, 'uncountedRuleIds'>,
    reward: Reward,
    context: JobContext,
  ): Promise<readonly ReplayedChoice[]> {
    const { goals, index } = this.#gatherer;
    const watermark = await this.#activity.watermark();
    const thread = new ReplayThread({ ...change, goals, catalog: index.catalog });
    const replayed: ReplayedChoice[] = [];
    const groups = grouped(lists, ({ modelVersion, createdAt }) => `${dayOf(createdAt)}/${modelVersion ?? ''}`);
    try {
      // Told by days and models, not by lists: how many people were served is nobody's to read off.
      for (const [done, some] of [...groups.values()].entries()) {
        context.report({ phase: 'making served lists again, day by day', done, total: groups.size });
        if (!(await this.#begin(thread, some[0]))) continue;
        for (let from = 0; from < some.length; from += PAGE_LISTS) {
          if (context.shouldStop()) throw new JobStopped();
          const choices = await this.#choices(some.slice(from, from + PAGE_LISTS), watermark, reward);
          replayed.push(...(await thread.replay(choices)));
        }
      }
    } finally {
      await thread.close();
    }
    return replayed;
  }

  /** A fair sample of lists, one of each learner; those of one model, and of one day of it, come one after the other. */
  async #drawn(
    surface: Surface,
    versions: SettingVersions,
    period: { readonly since: Date; readonly until: Date },
    context: JobContext,
  ): Promise<DrawnList[]> {
    const drawn: DrawnList[] = [];
    let after: string | null = FIRST_DRAW;
    while (after !== null && drawn.length < MOST_LISTS) {
      if (context.shouldStop()) throw new JobStopped();
      const { lists, next } = await this.#store.draw(surface, versions, period, after);
      drawn.push(...lists.slice(0, MOST_LISTS - drawn.length));
      after = next;
    }
    return drawn.sort(byModelAndTime);
  }

  /** Sets the thread to a model and a day; false: the model is not kept any more. */
  async #begin(thread: ReplayThread, first: DrawnList | undefined): Promise<boolean> {
    if (first === undefined) return false;
    const { modelVersion: version, createdAt: at } = first;
    if (thread.modelVersion !== version) {
      const model = version === null ? null : await this.#training.version(version);
      if (model === null && version !== null) return false;
      thread.takeModel(model);
    }
    thread.takeDay(at, await this.#learners.trendsAsOf(at));
    return true;
  }

  async #choices(drawn: readonly DrawnList[], watermark: string, reward: Reward): Promise<LoggedChoice[]> {
    const ids = drawn.map(({ learnerId }) => learnerId);
    const [lists, states, events] = await Promise.all([
      this.#store.lists(drawn.map(({ id }) => id)),
      this.#learners.states(ids),
      this.#activity.eventsOf(ids, watermark),
    ]);
    const choices = await inTurns(pastChoices(lists, states, events, reward));
    const searches = await this.#searches.matchesOf(choices.map(({ state }) => state.searches));
    return choices.map((choice, i) => ({ ...choice, searches: searches[i] ?? [] }));
  }
}

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** Lists without a model last. */
function byModelAndTime(a: DrawnList, b: DrawnList): number {
  if (a.modelVersion !== b.modelVersion) {
    if (a.modelVersion === null || b.modelVersion === null) return a.modelVersion === null ? 1 : -1;
    return a.modelVersion < b.modelVersion ? -1 : 1;
  }
  return a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1);
}
