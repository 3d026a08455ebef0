import { Worker } from 'node:worker_threads';
import { type JobContext, JobStopped } from '../../platform/jobs/jobs.js';
import { workerFile } from '../../platform/threads.js';
import type { TimingTrainer } from '../../training/timingTrainer.js';
import type { NoTiming, TimingModel } from '../model/timingModel.js';
import { type SampleSources, sampledPeople } from './sampledPeople.js';
import type { TimingFitMessage, TimingFitOrder, TimingFitRequest } from './timingFit.worker.js';

/** Enough that the weeks of people alike are known far better than any one person's. */
const MOST_PEOPLE = 20_000;
const STOP_POLL_MS = 100;

/** Fits when people are active: gathers the active hours and messages of many, page by page, and hands them to a thread of its own. */
export class RhythmTimingTrainer implements TimingTrainer {
  readonly #sources: SampleSources;

  constructor(sources: SampleSources) {
    this.#sources = sources;
  }

  /** @throws JobStopped when `context` says to stop */
  async fitTiming(asOf: Date, context: JobContext): Promise<TimingModel | NoTiming> {
    const request: TimingFitRequest = { asOf };
    const worker = new Worker(workerFile(import.meta.url, 'timingFit'), { workerData: request });
    try {
      // Gathering goes on while the thread starts; if it dies meanwhile, that is the failure to tell of.
      const [timing] = await Promise.all([outcomeOf(worker, context), this.#gather(asOf, worker, context)]);
      return timing ?? { version: 1, fittedAt: asOf.toISOString(), organisation: null };
    } finally {
      await worker.terminate();
    }
  }

  async #gather(asOf: Date, worker: Worker, context: JobContext): Promise<void> {
    const post = (order: TimingFitOrder): void => worker.postMessage(order);
    const total = Math.min(MOST_PEOPLE, await this.#sources.learners.countLearners());
    let done = 0;
    for await (const people of sampledPeople(this.#sources, asOf, MOST_PEOPLE)) {
      if (context.shouldStop()) throw new JobStopped();
      post({ kind: 'PEOPLE', people });
      done += people.length;
      context.report({ phase: 'looking at when people learn', done, total: Math.max(done, total) });
    }
    post({ kind: 'FIT' });
  }
}

/** What the thread comes to, unless the job is told to stop first. */
async function outcomeOf(worker: Worker, context: JobContext): Promise<TimingModel | null> {
  let stopPoll: NodeJS.Timeout | null = null;
  try {
    return await new Promise<TimingModel | null>((resolve, reject) => {
      worker.once('message', ({ timing }: TimingFitMessage) => resolve(timing));
      worker.once('error', reject);
      worker.once('exit', (code) =>
        reject(new Error(`The thread that fits when people learn ended early (exit code ${code})`)),
      );
      stopPoll = setInterval(() => {
        if (context.shouldStop()) reject(new JobStopped());
      }, STOP_POLL_MS);
    });
  } finally {
    if (stopPoll !== null) clearInterval(stopPoll);
  }
}
