import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { RuleConflict } from '../../rules/conflicts/ruleConflicts.js';
import { loadModel, type TrainedModel } from '../../training/model.js';
import {
  conflictsAfter,
  createPreview,
  type PreviewLearner,
  type PreviewSetting,
  type PreviewTally,
} from './rulePreview.js';

/** What the thread is started with, as `workerData`. */
export interface PreviewThreadRequest extends Omit<PreviewSetting, 'live'> {
  /** Whether to look for conflicts among the rules, which one thread is enough for. */
  readonly isReviewing: boolean;
  readonly live: { readonly version: string; readonly trained: TrainedModel; readonly ranking: unknown } | null;
}

/** What is posted to the thread: pages of learners, then `END` once. */
export type PreviewThreadOrder =
  | { readonly kind: 'PAGE'; readonly learners: readonly PreviewLearner[] }
  | { readonly kind: 'END' };

/** What the thread posts: that it is through with a page, and at last what it found. A failure ends it with an `error` event. */
export type PreviewThreadMessage =
  | { readonly kind: 'PAGE_DONE'; readonly learners: number }
  | { readonly kind: 'FINISHED'; readonly found: PreviewTally; readonly conflicts: readonly RuleConflict[] };

if (parentPort === null) throw new Error('rulePreview.worker must be started as a worker thread.');
const port = parentPort;
const post = (message: PreviewThreadMessage): void => port.postMessage(message);
// As the fits do: requests go first.
const NICENESS = 10;
if (process.platform === 'linux') setPriority(Math.max(NICENESS, getPriority()));

const request = workerData as PreviewThreadRequest;
const { live, isReviewing, ...setting } = request;
const model = live === null ? null : { ...live, model: loadModel(live.trained) };
const preview = createPreview({ ...setting, live: model });

port.on('message', (order: PreviewThreadOrder) => {
  if (order.kind === 'PAGE') {
    for (const learner of order.learners) preview.add(learner);
    post({ kind: 'PAGE_DONE', learners: order.learners.length });
    return;
  }
  post({ kind: 'FINISHED', found: preview.result, conflicts: isReviewing ? conflictsAfter(request) : [] });
  port.close();
});
