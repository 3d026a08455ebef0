import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { CatalogSnapshot } from '../../catalog/catalogSnapshot.js';
import type { Trends } from '../../learners/trends.js';
import type { Surface } from '../../rules/model/surface.js';
import { loadModel, type TrainedModel } from '../../training/model.js';
import { catalogAsOf } from '../fitting/rankingCase.js';
import { type SceneSetting, sceneOf, withoutUncounted } from '../rulePreview/previewScene.js';
import { type LoggedChoice, type ReplayedChoice, replayedChoice } from './replay.js';

/** What the thread is started with, as `workerData`: lists of one model and one time. */
export interface ReplayRequest extends Omit<SceneSetting, 'live'> {
  readonly live: { readonly version: string; readonly trained: TrainedModel; readonly ranking: unknown } | null;
  readonly surface: Surface;
  readonly catalog: CatalogSnapshot;
  readonly trends: Trends;
  /** When the catalogue and the trends were as they are taken to be. */
  readonly at: Date;
  readonly choices: readonly LoggedChoice[];
}

/** What the thread posts, once: those lists that could be made again. */
export type ReplayMessage = readonly ReplayedChoice[];

if (parentPort === null) throw new Error('offPolicy.worker must be started as a worker thread.');
// As the fits do: requests go first.
const NICENESS = 10;
if (process.platform === 'linux') setPriority(Math.max(NICENESS, getPriority()));

const { live, catalog, trends, at, choices, ...setting } = workerData as ReplayRequest;
const model = live === null ? null : { ...live, model: loadModel(live.trained) };
const sides = { ...setting, live: model };
const scene = withoutUncounted(sceneOf(sides, catalogAsOf(catalog, at), trends, at), sides);
const replayed = choices.flatMap((choice) => replayedChoice(scene, sides, choice) ?? []);
parentPort.postMessage(replayed satisfies ReplayMessage);
