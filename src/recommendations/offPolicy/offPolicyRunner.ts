import { Worker } from 'node:worker_threads';
import type { ActivityService } from '../../activity/activity.service.js';
import type { LearnersService } from '../../learners/learners.service.js';
import type { ProfileEvent, Verb } from '../../learners/profileEvent.js';
import { grouped } from '../../platform/grouped.js';
import { type JobContext, JobStopped } from '../../platform/jobs/jobs.js';
import { workerFile } from '../../platform/threads.js';
import { DAY_MS } from '../../platform/zonedTime.js';
import type { Surface } from '../../rules/model/surface.js';
import type { LiveModel, TrainingService } from '../../training/training.service.js';
import { stateAsOf } from '../fitting/rankingCase.js';
import type { InputGatherer } from '../inputGatherer.js';
import type { SearchMatcher } from '../pipeline/searchMatcher.js';
import { placesOf } from '../pipeline/servedList.js';
import type { PreviewSide } from '../rulePreview/previewScene.js';
import type { LoggedList, LoggedListsStore, SettingVersions } from './loggedLists.store.js';
import { loggedPage } from './loggedPage.js';
import type { ReplayMessage, ReplayRequest } from './offPolicy.worker.js';
import { type OffPolicyImpact, type OffPolicyOutcome, offPolicyImpact } from './offPolicyResult.js';
import type { LoggedChoice, ReplayedChoice } from './replay.js';

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

/** More make the interval hardly narrower, and take as much longer. */
const MOST_LISTS = 4_000;

const VERBS_OF: Readonly<Record<OffPolicyOutcome, ReadonlySet<Verb>>> = {
  CLICKED: new Set(['CLICKED']),
  STARTED: new Set(['STARTED', 'PROGRESSED', 'COMPLETED', 'PASSED']),
  COMPLETED: new Set(['COMPLETED', 'PASSED']),
};

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
    const { now, goals } = this.#gatherer;
    const until = new Date(now.getTime() - withinDays * DAY_MS);
    const since = new Date(until.getTime() - pastDays * DAY_MS);
    const lists = await this.#store.lists(change.surface, versions, { since, until }, MOST_LISTS);
    const replayed: ReplayedChoice[] = [];
    const reward: RewardOf = (list, events) => rewardOf(list, events, outcome, withinDays);
    const groups = grouped(lists, ({ modelVersion, createdAt }) => `${dayOf(createdAt)}/${modelVersion ?? ''}`);
    // Told by days and models, not by lists: how many people were served is nobody's to read off.
    for (const [done, some] of [...groups.values()].entries()) {
      if (context.shouldStop()) throw new JobStopped();
      context.report({ phase: 'making served lists again, day by day', done, total: groups.size });
      const setting = { ...change, goals, uncountedRuleIds };
      replayed.push(...(await this.#replay(some, setting, reward)));
    }
    return offPolicyImpact(
      { outcome, withinDays, since: since.toISOString(), until: until.toISOString(), lists: lists.length },
      replayed,
    );
  }

  /** Lists of one model and day; none of them where the model is not kept any more. */
  async #replay(
    lists: readonly LoggedList[],
    setting: Pick<ReplayRequest, 'before' | 'after' | 'surface' | 'goals' | 'uncountedRuleIds'>,
    reward: RewardOf,
  ): Promise<readonly ReplayedChoice[]> {
    const [first] = lists;
    if (first === undefined) return [];
    const model = first.modelVersion === null ? null : await this.#training.version(first.modelVersion);
    if (model === null && first.modelVersion !== null) return [];
    const at = first.createdAt;
    const [trends, choices] = await Promise.all([this.#learners.trendsAsOf(at), this.#choices(lists, reward)]);
    const { catalog } = this.#gatherer.index;
    return await replayInThread({ ...setting, live: model && plainModel(model), catalog, trends, at, choices });
  }

  async #choices(lists: readonly LoggedList[], reward: RewardOf): Promise<LoggedChoice[]> {
    const ids = lists.map(({ learnerId }) => learnerId);
    const watermark = await this.#activity.watermark();
    const [states, all] = await Promise.all([this.#learners.states(ids), this.#activity.eventsOf(ids, watermark)]);
    const eventsById = grouped(all, ({ learnerId }) => learnerId);
    const stateById = new Map(states.map((state) => [state.learnerId, state]));
    const known = lists.flatMap((list) => {
      const now = stateById.get(list.learnerId);
      const page = loggedPage(placesOf(list), list.shown);
      if (now === undefined || page === null) return [];
      const events = eventsById.get(list.learnerId) ?? [];
      return [{ list, page, events, state: stateAsOf(now, events, list.createdAt) }];
    });
    const searches = await this.#searches.matchesOf(known.map(({ state }) => state.searches));
    return known.map(({ list, page, events, state }, i): LoggedChoice => {
      const shown = { ...list, courseIds: page.shownIds };
      return { at: list.createdAt, state, searches: searches[i] ?? [], page, reward: reward(shown, events) };
    });
  }
}

/** What came of a list, by all that is logged of its learner. */
type RewardOf = (list: Pick<LoggedList, 'id' | 'courseIds' | 'createdAt'>, events: readonly ProfileEvent[]) => number;

/** How many of the courses shown the learner did something with in time. */
function rewardOf(
  { id, courseIds, createdAt }: Pick<LoggedList, 'id' | 'courseIds' | 'createdAt'>,
  events: readonly ProfileEvent[],
  outcome: OffPolicyOutcome,
  withinDays: number,
): number {
  const until = createdAt.getTime() + withinDays * DAY_MS;
  const done = events.filter(
    ({ verb, at, servedListId }) =>
      VERBS_OF[outcome].has(verb) &&
      at >= createdAt &&
      at.getTime() < until &&
      (outcome !== 'CLICKED' || servedListId === id),
  );
  const shown = new Set(courseIds);
  return new Set(done.flatMap(({ courseId }) => (courseId !== null && shown.has(courseId) ? [courseId] : []))).size;
}

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

const plainModel = ({ version, model, ranking }: LiveModel) => ({ version, trained: model.trained, ranking });

async function replayInThread(request: ReplayRequest): Promise<ReplayMessage> {
  const worker = new Worker(workerFile(import.meta.url, 'offPolicy'), { workerData: request });
  return await new Promise<ReplayMessage>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`The thread of an estimate ended early (exit code ${code})`)));
  });
}
