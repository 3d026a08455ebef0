import type { Logger } from '../platform/logger.js';
import { countTrends } from './trendCount.js';
import { NO_TRENDS, type Trends } from './trends.js';
import type { TrendsStore } from './trends.store.js';

const KEPT_MS = 10 * 60_000;
/** Counting again costs seconds on a large organisation; while much is coming in, once a minute is enough. */
const LEAST_KEPT_MS = 60_000;
/** Growth since the count, as a share of what it found, that is not left waiting for its time. */
const GROWTH_WORTH_COUNTING = 0.1;

/** What people take up, counted anew in the background when it has become old. */
export class LatestTrends {
  readonly #store: TrendsStore;
  readonly #logger: Logger;
  #current: Trends | null = null;
  #uptakes = 0;
  #foldedSince = 0;
  #loading: Promise<Trends> | null = null;
  #isLate = false;

  constructor(store: TrendsStore, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** As last counted, however long ago; nothing when they never were. */
  get lastKnown(): Trends {
    return this.#current ?? NO_TRENDS;
  }

  /** Whether the last try to count them anew failed. */
  get isLate(): boolean {
    return this.#isLate;
  }

  /** So many more interactions are in the profiles. */
  noteFolded(events: number): void {
    this.#foldedSince += events;
  }

  /** Old figures are served while new ones are taken: nobody waits who would be told something at all. */
  async at(now: Date): Promise<Trends> {
    const current = this.#current;
    if (current !== null && !this.#isOld(now.getTime() - current.asOfMs)) return current;
    this.#loading ??= this.#load(now)
      .catch((error) => {
        this.#isLate = true;
        throw error;
      })
      .finally(() => {
        this.#loading = null;
      });
    if (current === null || this.#uptakes === 0) return await this.#loading;
    this.#loading.catch((error) => this.#logger.warn({ err: error }, 'trends are out of date'));
    return current;
  }

  /** What was taken up before a moment, counted anew: those who touched a course before it and took it up by now. */
  async asOf(at: Date): Promise<Trends> {
    const before = new Date(at.getTime() - 1);
    return await countTrends(this.#store.wishes(before), before);
  }

  #isOld(ageMs: number): boolean {
    if (ageMs >= KEPT_MS || (this.#uptakes === 0 && this.#foldedSince > 0)) return true;
    return ageMs >= LEAST_KEPT_MS && this.#foldedSince > GROWTH_WORTH_COUNTING * this.#uptakes;
  }

  async #load(now: Date): Promise<Trends> {
    this.#foldedSince = 0;
    const trends = await countTrends(this.#store.wishes(now), now);
    this.#isLate = false;
    this.#current = trends;
    this.#uptakes = [...trends.groups.values()].reduce((sum, { uptakes }) => sum + uptakes.length, 0);
    return trends;
  }
}
