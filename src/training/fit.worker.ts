import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { Recipe } from '../recsys/choose.js';
import { FitStopped } from '../recsys/fitting.js';
import { openEngine } from '../recsys/kernels/openEngine.js';
import type { TrainedModel } from './model.js';
import { decodeModel, encodeModel } from './modelArtifact.js';
import { type RehearsedModel, type TrainingOptions, type TrainingProgress, trainWithRehearsal } from './trainer.js';
import type { TrainingEvents } from './trainingSet.js';

/** What a fit may use. */
export interface FitResources {
  /** Threads, at least 1; null: one for each core. */
  readonly threads: number | null;
  /** False: plain TypeScript, even where WebAssembly SIMD can be had. */
  readonly kernels: boolean;
}

/** What the thread is started with, as `workerData`; the columns of the events may be transferred. */
export interface FitRequest {
  readonly events: TrainingEvents;
  /** What the live model was made by; null: there is none. */
  readonly live: Recipe | null;
  readonly options: TrainingOptions;
  /** Whether the rehearsal is wanted, too. */
  readonly rehearse: boolean;
  /** One number in shared memory: set it to anything but 0 to stop the training. */
  readonly stopFlag: Int32Array;
  readonly resources: FitResources;
}

/** All that is said of a model without what grows with the catalogue. */
export type ModelSummary = Omit<TrainedModel, 'courseIds' | 'learnersPerCourse' | 'models' | 'encoder'>;

/** A rehearsal as it leaves the thread. */
export interface RehearsalArtifact extends Omit<RehearsedModel, 'model'> {
  /** See `modelArtifact.ts`. */
  readonly artifact: Uint8Array<ArrayBuffer>;
}

/** What the thread posts: progress, then one of the others, then it ends. A failure ends it with an `error` event. */
export type FitMessage =
  | { readonly kind: 'engine'; readonly description: string }
  | { readonly kind: 'progress'; readonly progress: TrainingProgress }
  | {
      readonly kind: 'finished';
      readonly artifact: Uint8Array<ArrayBuffer>;
      readonly summary: ModelSummary;
      /** Null: not asked for, or too little activity. */
      readonly rehearsal: RehearsalArtifact | null;
    }
  | { readonly kind: 'stopped' };

if (parentPort === null) throw new Error('fit.worker must be started as a worker thread.');
const port = parentPort;
const { events, live, options, rehearse, stopFlag, resources } = workerData as FitRequest;
// Requests go first: they are answered by another thread of this process. Elsewhere than on Linux a priority would be
// that of the whole process.
const NICENESS = 10;
// Standing back further already, it may not come forward: the system would refuse.
if (process.platform === 'linux') setPriority(Math.max(NICENESS, getPriority()));
const engine = await openEngine({
  threads: resources.threads ?? undefined,
  force: resources.kernels ? undefined : 'plain',
  niceness: NICENESS,
});
port.postMessage({ kind: 'engine', description: engine.description } satisfies FitMessage);
try {
  const { model, rehearsed } = trainWithRehearsal(events, live, options, {
    engine,
    elapsedMs: () => performance.now(),
    shouldStop: () => Atomics.load(stopFlag, 0) !== 0,
    onProgress: (progress) => port.postMessage({ kind: 'progress', progress } satisfies FitMessage),
  });
  const { courseIds: _ids, learnersPerCourse: _learners, models: _models, encoder: _encoder, ...summary } = model;
  const artifact = encodeModel(model);
  // What cannot be read back must not become live.
  decodeModel(artifact);
  const rehearsal = rehearse && rehearsed !== null ? artifactOf(rehearsed) : null;
  const moved = [artifact.buffer, ...(rehearsal === null ? [] : [rehearsal.artifact.buffer])];
  port.postMessage({ kind: 'finished', artifact, summary, rehearsal } satisfies FitMessage, moved);
} catch (error) {
  if (!(error instanceof FitStopped)) throw error;
  port.postMessage({ kind: 'stopped' } satisfies FitMessage);
} finally {
  await engine.close();
}

function artifactOf({ model, ...rehearsed }: RehearsedModel): RehearsalArtifact {
  return { ...rehearsed, artifact: encodeModel(model) };
}
