import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { CatalogSnapshot } from '../../catalog/catalogSnapshot.js';
import type { Trends } from '../../learners/trends.js';
import type { Surface } from '../../rules/model/surface.js';
import { loadModel, type TrainedModel } from '../../training/model.js';
import { catalogAsOf } from '../fitting/rankingCase.js';
import { type Scene, type SceneSetting, sceneOf, withoutUncounted } from '../rulePreview/previewScene.js';
import { type LoggedChoice, type ReplayedChoice, replayedChoice } from './replay.js';

/** What the thread is started with, as `workerData`: what is the same for all lists. */
export interface ReplayRequest extends Omit<SceneSetting, 'live'> {
  readonly surface: Surface;
  readonly catalog: CatalogSnapshot;
}

/** What is posted to the thread: a model, a day, and pages of lists of both. Each counts until the next of its kind. */
export type ReplayOrder =
  | {
      readonly kind: 'MODEL';
      readonly live: { readonly version: string; readonly trained: TrainedModel; readonly ranking: unknown } | null;
    }
  | { readonly kind: 'DAY'; readonly at: Date; readonly trends: Trends }
  | { readonly kind: 'PAGE'; readonly choices: readonly LoggedChoice[] };

/** What the thread posts for each page: those lists that could be made again. A failure ends it with an `error` event. */
export type ReplayMessage = readonly ReplayedChoice[];

if (parentPort === null) throw new Error('offPolicy.worker must be started as a worker thread.');
const port = parentPort;
// As the fits do: requests go first.
const NICENESS = 10;
if (process.platform === 'linux') setPriority(Math.max(NICENESS, getPriority()));

const { catalog, ...setting } = workerData as ReplayRequest;
let sides: SceneSetting & Pick<ReplayRequest, 'surface'> = { ...setting, live: null };
let scene: Scene | null = null;

port.on('message', (order: ReplayOrder) => {
  if (order.kind === 'MODEL') {
    sides = { ...setting, live: order.live && { ...order.live, model: loadModel(order.live.trained) } };
    scene = null;
  } else if (order.kind === 'DAY') {
    scene = withoutUncounted(sceneOf(sides, catalogAsOf(catalog, order.at), order.trends, order.at), sides);
  } else {
    port.postMessage(replayedOf(order.choices) satisfies ReplayMessage);
  }
});

function replayedOf(choices: readonly LoggedChoice[]): ReplayMessage {
  const then = scene;
  if (then === null) throw new Error('A page came before the day that it is of.');
  return choices.flatMap((choice) => replayedChoice(then, sides, choice) ?? []);
}
