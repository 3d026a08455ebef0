import type { Logger } from '../../platform/logger.js';

const KEPT_MS = 10 * 60_000;
/** What failed is not asked for by every request anew. */
const RETRY_AFTER_MS = 60_000;

export interface LatestOptions<T> {
  readonly load: (now: Date) => Promise<T>;
  /** What is said as long as nothing could be loaded. */
  readonly unknown: T;
  /** What it is about, for the log. */
  readonly subject: string;
  readonly logger: Logger;
}

/** Figures of the whole organisation, up to ten minutes old: nothing that a suggestion should wait for or fail by. */
export class Latest<T> {
  readonly #options: LatestOptions<T>;
  #current: { readonly figures: T; readonly takenAtMs: number } | null = null;
  #failedAtMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | null = null;

  constructor(options: LatestOptions<T>) {
    this.#options = options;
  }

  /** Old figures are served while new ones are taken, so nobody but the first callers waits. Never fails. */
  async at(now: Date): Promise<T> {
    const nowMs = now.getTime();
    const isFresh = this.#current !== null && nowMs - this.#current.takenAtMs < KEPT_MS;
    if (!isFresh && nowMs - this.#failedAtMs >= RETRY_AFTER_MS) {
      this.#loading ??= this.#load(now).finally(() => {
        this.#loading = null;
      });
      if (this.#current === null) await this.#loading;
    }
    return this.#current === null ? this.#options.unknown : this.#current.figures;
  }

  async #load(now: Date): Promise<void> {
    const { load, logger, subject } = this.#options;
    try {
      this.#current = { figures: await load(now), takenAtMs: now.getTime() };
    } catch (error) {
      this.#failedAtMs = now.getTime();
      logger.warn({ err: error, subject }, 'figures of the organisation could not be taken');
    }
  }
}
