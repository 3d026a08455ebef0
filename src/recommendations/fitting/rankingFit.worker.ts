import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { CatalogSnapshot } from '../../catalog/catalogSnapshot.js';
import type { Trends } from '../../learners/trends.js';
import { loadModel } from '../../training/model.js';
import { decodeModel } from '../../training/modelArtifact.js';
import { createServingIndex } from '../pipeline/servingIndex.js';
import { createTrendIndex } from '../pipeline/trendIndex.js';
import { catalogAsOf, type RankingCase } from './rankingCase.js';
import { fitRanking } from './rankingFit.js';
import type { StoredRanking } from './storedRanking.js';

/** What the thread is started with, as `workerData`. */
export interface RankingFitRequest {
  /** Of the model as of the cut; may be transferred. */
  readonly artifact: Uint8Array<ArrayBuffer>;
  readonly cut: Date;
  readonly catalog: CatalogSnapshot;
  /** As of the cut. */
  readonly trends: Trends;
}

/** What is posted to the thread: learners in any number of messages, then `FIT` once. */
export type RankingFitOrder =
  | { readonly kind: 'CASES'; readonly use: 'FIT' | 'MEASURE'; readonly cases: readonly RankingCase[] }
  | { readonly kind: 'FIT' };

/** What the thread posts: progress, then what it found, then it ends. A failure ends it with an `error` event. */
export type RankingFitMessage =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'finished'; readonly ranking: StoredRanking | null };

if (parentPort === null) throw new Error('rankingFit.worker must be started as a worker thread.');
const port = parentPort;
const { artifact, cut, catalog, trends } = workerData as RankingFitRequest;
const cases: Record<'FIT' | 'MEASURE', RankingCase[]> = { FIT: [], MEASURE: [] };
const LEARNERS_BETWEEN_REPORTS = 20;
// As the fit of the model does: requests go first.
const NICENESS = 10;
if (process.platform === 'linux') setPriority(Math.max(NICENESS, getPriority()));

port.on('message', (order: RankingFitOrder) => {
  if (order.kind === 'CASES') cases[order.use].push(...order.cases);
  else {
    port.postMessage(outcome());
    port.close();
  }
});

function outcome(): RankingFitMessage {
  const model = loadModel(decodeModel(artifact));
  const index = createServingIndex(catalogAsOf(catalog, cut), { version: 'rehearsal', model, ranking: null });
  const rehearsal = { cut, index, trends: createTrendIndex(index, trends) };
  const ranking = fitRanking(rehearsal, cases.FIT, cases.MEASURE, (done, total) => {
    if (done % LEARNERS_BETWEEN_REPORTS !== 0 && done !== total) return;
    port.postMessage({ kind: 'progress', done, total } satisfies RankingFitMessage);
  });
  return { kind: 'finished', ranking };
}
