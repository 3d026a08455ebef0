import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Trends } from '../../learners/trends.js';
import { workerFile } from '../../platform/threads.js';
import type { LiveModel } from '../../training/training.service.js';
import type { ReplayMessage, ReplayOrder, ReplayRequest } from './offPolicy.worker.js';
import type { LoggedChoice } from './replay.js';

/** A thread that makes lists again. What takes long to hand over, the catalogue and models, it keeps. */
export class ReplayThread {
  readonly #worker: Worker;
  readonly #ended: Promise<never>;
  #modelVersion: string | null | undefined;

  constructor(request: ReplayRequest) {
    this.#worker = new Worker(workerFile(import.meta.url, 'offPolicy'), { workerData: request });
    this.#ended = new Promise((_, reject) => {
      this.#worker.once('error', reject);
      this.#worker.once('exit', (code) =>
        reject(new Error(`The thread of an estimate ended early (exit code ${code})`)),
      );
    });
    // Whoever waits for an answer is told; that nobody waits yet is no fault of its own.
    this.#ended.catch(() => {});
  }

  /** Of the model that it has; null: it is to do without one; undefined: it was not told yet. */
  get modelVersion(): string | null | undefined {
    return this.#modelVersion;
  }

  /** The model that lists were made by; null: there was none. A day has to follow. */
  takeModel(live: LiveModel | null): void {
    this.#modelVersion = live?.version ?? null;
    this.#post({
      kind: 'MODEL',
      live: live && { version: live.version, trained: live.model.trained, ranking: live.ranking },
    });
  }

  /** When the catalogue and the trends are taken to have been as they were. */
  takeDay(at: Date, trends: Trends): void {
    this.#post({ kind: 'DAY', at, trends });
  }

  /** Those of the lists that can be made again, in order. Fails when the thread fails. */
  async replay(choices: readonly LoggedChoice[]): Promise<ReplayMessage> {
    const answered = once(this.#worker, 'message') as Promise<[ReplayMessage]>;
    this.#post({ kind: 'PAGE', choices });
    const [replayed] = await Promise.race([answered, this.#ended]);
    return replayed;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(order: ReplayOrder): void {
    this.#worker.postMessage(order);
  }
}
