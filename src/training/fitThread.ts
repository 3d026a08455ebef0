import { Worker } from 'node:worker_threads';
import type { JobContext } from '../platform/jobs/jobs.js';
import { workerFile } from '../platform/threads.js';
import type { Recipe } from '../recsys/choose.js';
import type { FitMessage, FitRequest, FitResources, ModelSummary, RehearsalArtifact } from './fit.worker.js';
import type { TrainingOptions, TrainingPhase } from './trainer.js';
import type { TrainingEvents } from './trainingSet.js';

export interface FittedModel {
  /** See `modelArtifact.ts`. */
  readonly artifact: Uint8Array<ArrayBuffer>;
  readonly summary: ModelSummary;
  /** Null: not asked for, or too little activity. */
  readonly rehearsal: RehearsalArtifact | null;
  /** What the arithmetic ran on, in words. */
  readonly engine: string;
}

/** The fit ended early because it was told to. */
export class FitCancelled extends Error {
  constructor() {
    super('The training was told to stop');
    this.name = 'FitCancelled';
  }
}

const STOP_POLL_MS = 100;

const PHASES_IN_WORDS: Readonly<Record<TrainingPhase, string>> = {
  gather: 'weighing activity',
  tune: 'choosing settings on the latest activity',
  fit: 'fitting on everything',
};

function columnsOf(events: TrainingEvents) {
  const { learnerOffsets, courseIndices, verbs, atMs, progress, scores, durationSeconds, mandatory } = events;
  return [learnerOffsets, courseIndices, verbs, atMs, progress, scores, durationSeconds, mandatory];
}

/**
 * Trains on a thread of its own, so that serving goes on.
 *
 * @param events handed over: its columns are empty afterwards
 * @param live what the live model was made by
 * @param rehearse whether the rehearsal is wanted, too
 * @throws FitCancelled when `context` says to stop
 */
export async function fitInThread(
  events: TrainingEvents,
  live: Recipe | null,
  options: TrainingOptions,
  resources: FitResources,
  rehearse: boolean,
  context: JobContext,
): Promise<FittedModel> {
  const stopFlag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const request: FitRequest = { events, live, options, rehearse, stopFlag, resources };
  const worker = new Worker(workerFile(import.meta.url, 'fit'), {
    workerData: request,
    // Moved, not copied: the log may be large, and nobody here needs it any more.
    transferList: [...new Set(columnsOf(events).map((column) => column.buffer as ArrayBuffer))],
  });
  const stopPoll = setInterval(() => {
    if (context.shouldStop()) Atomics.store(stopFlag, 0, 1);
  }, STOP_POLL_MS);
  try {
    return await new Promise<FittedModel>((resolve, reject) => {
      let engine = '';
      worker.on('message', (message: FitMessage) => {
        if (message.kind === 'finished') {
          const { artifact, summary, rehearsal } = message;
          resolve({ artifact, summary, rehearsal, engine });
        } else if (message.kind === 'engine') engine = message.description;
        else if (message.kind === 'stopped') reject(new FitCancelled());
        else {
          const { phase, done, total } = message.progress;
          context.report({ phase: PHASES_IN_WORDS[phase], done, total });
        }
      });
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`The training thread ended early (exit code ${code})`)));
    });
  } finally {
    clearInterval(stopPoll);
    await worker.terminate();
  }
}
