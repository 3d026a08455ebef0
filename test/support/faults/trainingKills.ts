import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../../src/stats/random.js';
import { type ChildService, startChildService } from '../childService.js';

export interface TrainingKillOptions {
  /** Settings with which the service opens its database, which holds an organisation. */
  readonly env: Readonly<Record<string, string>>;
  readonly key: string;
  readonly learnerId: string;
  readonly kills: number;
  readonly seed: number;
  /** No further kill after this. */
  readonly budgetMs: number;
  /** Makes whoever ran a job look dead at once, where the service does not see that for itself. */
  readonly forgetWorkers: () => Promise<void>;
  readonly onKill?: (kill: number, report: { readonly model: string | null; readonly whileTraining: boolean }) => void;
}

export interface TrainingKillReport {
  readonly kills: number;
  /** Kills at which a training was really under way. */
  readonly whileTraining: number;
  /** Different models that were live at a restart. */
  readonly models: number;
  /** Restarts after which the list was not of the model that was promoted last. */
  readonly wrongModel: number;
  /** From the first answer of a restarted service to a list of the right model, for each. */
  readonly modelAfterMs: readonly number[];
  /** From the start of the process to its first answer, for each. */
  readonly startMs: readonly number[];
}

interface Versions {
  readonly modelVersions: readonly { readonly id: string; readonly status: string }[];
}

const TRAIN = 'mutation { trainModel { id } }';
const RUN = 'query ($id: ID!) { trainingRun(id: $id) { status } }';
const VERSIONS = '{ modelVersions(first: 100) { id status } }';
const LIST = `query ($id: ID!) {
  recommendations(learnerId: $id, first: 3) { modelVersion edges { node { rank } } } }`;
const MODEL_WITHIN_MS = 2_000;
const STARTS_WITHIN_MS = 40_000;

/** Kills the service with SIGKILL again and again in the middle of a training, and looks which model serves then. */
export async function runTrainingKills(options: TrainingKillOptions): Promise<TrainingKillReport> {
  const { env, key, kills, budgetMs } = options;
  const random = createRandom(options.seed);
  const models = new Set<string>();
  const [modelAfterMs, startMs]: [number[], number[]] = [[], []];
  let [done, wrongModel, whileTraining] = [0, 0, 0];
  let service = await startChildService({ env, key });
  try {
    // The first model, without which there is nothing to be wrong about; it also says how long a training takes.
    const trainingMs = await finishTraining(service);
    const untilMs = performance.now() + budgetMs;
    while (done < kills && performance.now() < untilMs) {
      const running = await startTraining(service);
      // Somewhat beyond its end, so that some kills fall on the moment in which a model goes live.
      await sleep(1.1 * random.uniform() * trainingMs);
      const isTraining = running !== null && (await statusOf(service, running)) === 'RUNNING';
      await service.kill('SIGKILL');
      done += 1;
      if (isTraining) whileTraining += 1;
      await options.forgetWorkers();
      const startedAtMs = performance.now();
      service = await startChildService({ env, key });
      const answersAtMs = performance.now();
      startMs.push(answersAtMs - startedAtMs);
      const seen = await modelOf(service, options.learnerId);
      modelAfterMs.push(performance.now() - answersAtMs);
      if (seen === null) wrongModel += 1;
      else models.add(seen);
      options.onKill?.(done, { model: seen, whileTraining: isTraining });
    }
  } finally {
    await service.kill('SIGKILL');
  }
  return { kills: done, whileTraining, models: models.size, wrongModel, modelAfterMs, startMs };
}

async function finishTraining(service: ChildService): Promise<number> {
  const startedAtMs = performance.now();
  const { trainModel } = await service.ask<{ trainModel: { id: string } }>(TRAIN);
  for (;;) {
    const status = await statusOf(service, trainModel.id);
    if (status === 'SUCCEEDED') return performance.now() - startedAtMs;
    if (status === 'FAILED') throw new Error('The first training failed.');
    await sleep(50);
  }
}

/** The run, once it runs; null when it did not begin. */
async function startTraining(service: ChildService): Promise<string | null> {
  const { trainModel } = await service.ask<{ trainModel: { id: string } }>(TRAIN);
  for (const untilMs = performance.now() + STARTS_WITHIN_MS; performance.now() < untilMs; await sleep(20)) {
    const status = await statusOf(service, trainModel.id);
    if (status === 'RUNNING') return trainModel.id;
    if (status !== 'QUEUED') return null;
  }
  return null;
}

async function statusOf(service: ChildService, id: string): Promise<string> {
  return (await service.ask<{ trainingRun: { status: string } }>(RUN, { id })).trainingRun.status;
}

/** The version of the model that a list is made by, when it is the one that is live; null when it is not in time. */
async function modelOf(service: ChildService, learnerId: string): Promise<string | null> {
  for (const untilMs = performance.now() + MODEL_WITHIN_MS; ; await sleep(20)) {
    // The training that was killed goes on and may end in between: the model before it is then still right.
    const before = await liveVersion(service);
    const { recommendations } = await service.ask<{
      recommendations: { modelVersion: string | null; edges: readonly unknown[] };
    }>(LIST, { id: learnerId });
    const after = await liveVersion(service);
    const { modelVersion, edges } = recommendations;
    if (modelVersion !== null && edges.length > 0 && [before, after].includes(modelVersion)) return modelVersion;
    if (performance.now() >= untilMs) return null;
  }
}

async function liveVersion(service: ChildService): Promise<string | null> {
  const { modelVersions } = await service.ask<Versions>(VERSIONS);
  return modelVersions.find(({ status }) => status === 'LIVE')?.id ?? null;
}
