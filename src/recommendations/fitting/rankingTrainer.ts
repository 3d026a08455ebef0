import { Worker } from 'node:worker_threads';
import type { ActivityService } from '../../activity/activity.service.js';
import type { CatalogService } from '../../catalog/catalog.service.js';
import type { LearnerState, LearnersService } from '../../learners/learners.service.js';
import { type JobContext, JobStopped } from '../../platform/jobs/jobs.js';
import { workerFile } from '../../platform/threads.js';
import { createRandom, shuffled } from '../../stats/random.js';
import type { ModelRehearsal, RankingTrainer } from '../../training/rankingTrainer.js';
import type { SearchMatcher } from '../pipeline/searchMatcher.js';
import { type RankingCase, stateAsOf, takenUpAfter } from './rankingCase.js';
import type { RankingFitMessage, RankingFitOrder, RankingFitRequest } from './rankingFit.worker.js';
import type { StoredRanking } from './storedRanking.js';

/** More learners make the weights no better, and take as much longer. */
const MOST_FITTED_ON = 1_000;
const MOST_MEASURED_ON = 2_000;
/** Small enough that a page never holds up a request noticeably. */
const PAGE_LEARNERS = 25;
const STOP_POLL_MS = 100;
const SEED = 1;

/**
 * Fits what the signals of a list are worth on the rehearsal of a training: gathers what was known of learners before
 * the cut and what they took up after it, page by page, and hands it to a thread of its own.
 */
export class PipelineRankingTrainer implements RankingTrainer {
  readonly #activity: ActivityService;
  readonly #learners: LearnersService;
  readonly #catalog: CatalogService;
  readonly #searches: SearchMatcher;

  constructor(activity: ActivityService, learners: LearnersService, catalog: CatalogService, searches: SearchMatcher) {
    this.#activity = activity;
    this.#learners = learners;
    this.#catalog = catalog;
    this.#searches = searches;
  }

  /**
   * @returns null: too few learners have something to find
   * @throws JobStopped when `context` says to stop
   */
  async fitRanking(rehearsal: ModelRehearsal, context: JobContext): Promise<StoredRanking | null> {
    const { artifact, cut } = rehearsal;
    const request: RankingFitRequest = {
      artifact,
      cut,
      catalog: this.#catalog.snapshot,
      trends: await this.#learners.trendsAsOf(cut),
    };
    const worker = new Worker(workerFile(import.meta.url, 'rankingFit'), {
      workerData: request,
      transferList: [artifact.buffer],
    });
    try {
      // Gathering goes on while the thread starts; if it dies meanwhile, that is the failure to tell of.
      const [ranking] = await Promise.all([outcomeOf(worker, context), this.#gather(rehearsal, worker, context)]);
      return ranking;
    } finally {
      await worker.terminate();
    }
  }

  async #gather(rehearsal: ModelRehearsal, worker: Worker, context: JobContext): Promise<void> {
    const post = (order: RankingFitOrder): void => worker.postMessage(order);
    const random = createRandom(SEED);
    const fitOn = shuffled(rehearsal.fitOn, random).slice(0, MOST_FITTED_ON);
    const measureOn = shuffled(rehearsal.measureOn, random).slice(0, MOST_MEASURED_ON);
    const total = fitOn.length + measureOn.length;
    let done = 0;
    for (const [use, learnerIds] of [
      ['FIT', fitOn],
      ['MEASURE', measureOn],
    ] as const) {
      for (let start = 0; start < learnerIds.length; start += PAGE_LEARNERS) {
        if (context.shouldStop()) throw new JobStopped();
        const page = learnerIds.slice(start, start + PAGE_LEARNERS);
        post({ kind: 'CASES', use, cases: await this.#cases(page, rehearsal) });
        done += page.length;
        context.report({ phase: 'looking back at learners', done, total });
      }
    }
    post({ kind: 'FIT' });
  }

  async #cases(learnerIds: readonly string[], { cut, watermark }: ModelRehearsal): Promise<RankingCase[]> {
    const [states, events] = await Promise.all([
      this.#learners.states(learnerIds),
      this.#activity.eventsOf(learnerIds, watermark),
    ]);
    const before = states.map((now) =>
      stateAsOf(
        now,
        events.filter(({ learnerId }) => learnerId === now.learnerId),
        cut,
      ),
    );
    const searches = await this.#searches.matchesOf(before.map((state) => state.searches));
    const { weights } = this.#learners.signalWeights;
    return states.map((now, i) => ({
      state: before[i] as LearnerState,
      searches: searches[i] ?? [],
      takenUp: takenUpAfter(now, cut, weights),
    }));
  }
}

/** What the thread comes to, unless the job is told to stop first. */
async function outcomeOf(worker: Worker, context: JobContext): Promise<StoredRanking | null> {
  let stopPoll: NodeJS.Timeout | null = null;
  try {
    return await new Promise<StoredRanking | null>((resolve, reject) => {
      worker.on('message', (message: RankingFitMessage) => {
        if (message.kind === 'finished') resolve(message.ranking);
        else context.report({ phase: 'weighing signals', done: message.done, total: message.total });
      });
      worker.once('error', reject);
      worker.once('exit', (code) =>
        reject(new Error(`The thread that weighs signals ended early (exit code ${code})`)),
      );
      stopPoll = setInterval(() => {
        if (context.shouldStop()) reject(new JobStopped());
      }, STOP_POLL_MS);
    });
  } finally {
    if (stopPoll !== null) clearInterval(stopPoll);
  }
}
