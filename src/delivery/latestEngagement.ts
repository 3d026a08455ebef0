import type { Logger } from '../platform/logger.js';
import type { Engagement } from './engagement.js';

const KEPT_MS = 10 * 60_000;

/** How the organisation answers messages, counted anew in the background when it has become old. */
export class LatestEngagement {
  readonly #load: (now: Date) => Promise<Engagement>;
  readonly #logger: Logger;
  #current: { readonly engagement: Engagement; readonly takenAtMs: number } | null = null;
  #loading: Promise<Engagement> | null = null;

  constructor(load: (now: Date) => Promise<Engagement>, logger: Logger) {
    this.#load = load;
    this.#logger = logger;
  }

  /** Old figures are served while new ones are taken, so nobody but the very first caller waits. */
  async at(now: Date): Promise<Engagement> {
    const current = this.#current;
    if (current !== null && now.getTime() - current.takenAtMs < KEPT_MS) return current.engagement;
    this.#loading ??= this.#load(now)
      .then((engagement) => {
        this.#current = { engagement, takenAtMs: now.getTime() };
        return engagement;
      })
      .finally(() => {
        this.#loading = null;
      });
    if (current === null) return await this.#loading;
    this.#loading.catch((error) => this.#logger.warn({ err: error }, 'how messages are answered is out of date'));
    return current.engagement;
  }
}
