import { parentPort, workerData } from 'node:worker_threads';
import { FitStopped } from '../recsys/fitting.js';
import { openEngine } from '../recsys/kernels/openEngine.js';
import type { TrainedModel } from './model.js';
import { encodeModel } from './modelArtifact.js';
import { type TrainingOptions, type TrainingProgress, trainModel } from './trainer.js';
import type { TrainingEvents } from './trainingSet.js';

/** What the thread is started with, as `workerData`; the columns of the events may be transferred. */
export interface FitRequest {
  readonly events: TrainingEvents;
  readonly options: TrainingOptions;
  /** One number in shared memory: set it to anything but 0 to stop the training. */
  readonly stopFlag: Int32Array;
}

/** All that is said of a model without its arrays. */
export type ModelSummary = Omit<TrainedModel, 'courseIds' | 'popularity' | 'als'>;

/** What the thread posts: progress, then one of the others, then it ends. A failure ends it with an `error` event. */
export type FitMessage =
  | { readonly kind: 'progress'; readonly progress: TrainingProgress }
  | { readonly kind: 'finished'; readonly artifact: Uint8Array<ArrayBuffer>; readonly summary: ModelSummary }
  | { readonly kind: 'stopped' };

if (parentPort === null) throw new Error('fit.worker must be started as a worker thread.');
const port = parentPort;
const { events, options, stopFlag } = workerData as FitRequest;

// Serving goes first where cores are short.
const engine = await openEngine({ niceness: 10 });
try {
  const model = trainModel(events, options, {
    engine,
    elapsedMs: () => performance.now(),
    shouldStop: () => Atomics.load(stopFlag, 0) !== 0,
    onProgress: (progress) => port.postMessage({ kind: 'progress', progress } satisfies FitMessage),
  });
  const { courseIds: _courseIds, popularity: _popularity, als: _als, ...summary } = model;
  const artifact = encodeModel(model);
  port.postMessage({ kind: 'finished', artifact, summary } satisfies FitMessage, [artifact.buffer]);
} catch (error) {
  if (!(error instanceof FitStopped)) throw error;
  port.postMessage({ kind: 'stopped' } satisfies FitMessage);
} finally {
  await engine.close();
}
