import { Worker } from 'node:worker_threads';
import { workerFile } from '../../platform/threads.js';
import type { PreviewLearner } from './rulePreview.js';
import type { PreviewThreadMessage, PreviewThreadOrder, PreviewThreadRequest } from './rulePreview.worker.js';

/** So many wait at a thread, lest it wait for the next: more would only fill the memory. */
const PAGES_AHEAD = 2;

interface Thread {
  readonly worker: Worker;
  pages: number;
  readonly found: Promise<ThreadFindings>;
}

/** What one thread found. */
export type ThreadFindings = Omit<Extract<PreviewThreadMessage, { readonly kind: 'FINISHED' }>, 'kind'>;

/** Threads that look at pages of learners, each at those that it has room for. */
export class PreviewThreads {
  readonly #threads: readonly Thread[];
  readonly #onPage: (learners: number) => void;
  #waiting: (() => void) | null = null;

  /** @param onPage called whenever a thread is through with a page */
  constructor(count: number, request: Omit<PreviewThreadRequest, 'isReviewing'>, onPage: (learners: number) => void) {
    this.#onPage = onPage;
    this.#threads = Array.from({ length: count }, (_, i) => this.#start({ ...request, isReviewing: i === 0 }));
  }

  /** Hands the page to the thread with least to do, when one has room. Fails when a thread has failed. */
  async post(learners: readonly PreviewLearner[]): Promise<void> {
    for (;;) {
      const [idlest] = [...this.#threads].sort((a, b) => a.pages - b.pages);
      if (idlest !== undefined && idlest.pages < PAGES_AHEAD) {
        idlest.pages += 1;
        idlest.worker.postMessage({ kind: 'PAGE', learners } satisfies PreviewThreadOrder);
        return;
      }
      await this.#roomOrFailure();
    }
  }

  /** What the threads found, when they are through with all pages. */
  async finish(): Promise<readonly ThreadFindings[]> {
    for (const { worker } of this.#threads) worker.postMessage({ kind: 'END' } satisfies PreviewThreadOrder);
    return await Promise.all(this.#threads.map(({ found }) => found));
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  async #roomOrFailure(): Promise<void> {
    const room = new Promise<void>((resolve) => {
      this.#waiting = resolve;
    });
    await Promise.race([room, ...this.#threads.map(({ found }) => found)]);
  }

  #start(request: PreviewThreadRequest): Thread {
    const worker = new Worker(workerFile(import.meta.url, 'rulePreview'), { workerData: request });
    const found = new Promise<ThreadFindings>((resolve, reject) => {
      worker.on('message', (message: PreviewThreadMessage) => {
        if (message.kind === 'FINISHED') resolve(message);
        else {
          thread.pages -= 1;
          this.#onPage(message.learners);
          this.#waiting?.();
        }
      });
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`The thread of a preview ended early (exit code ${code})`)));
    });
    // Whoever waits for it is told; that nobody waits yet is no fault of its own.
    found.catch(() => {});
    const thread: Thread = { worker, pages: 0, found };
    return thread;
  }
}
