import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '../platform/logger.js';
import { audienceKey, type GroupTrends, NO_TRENDS, type Trends } from './trends.js';
import type { GroupColumns, TrendsStore } from './trends.store.js';

const KEPT_MS = 10 * 60_000;
/** Counting again costs seconds on a large organisation; while much is coming in, once a minute is enough. */
const LEAST_KEPT_MS = 60_000;
/** Growth since the count, as a share of what it found, that is not left waiting for its time. */
const GROWTH_WORTH_COUNTING = 0.1;
/** Uptakes laid out at a time, so that others get their turn in between. */
const UPTAKES_PER_TURN = 20_000;

/** What people take up, counted anew in the background when it has become old. */
export class LatestTrends {
  readonly #store: TrendsStore;
  readonly #logger: Logger;
  #current: Trends | null = null;
  #uptakes = 0;
  #foldedSince = 0;
  #loading: Promise<Trends> | null = null;

  constructor(store: TrendsStore, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** So many more interactions are in the profiles. */
  noteFolded(events: number): void {
    this.#foldedSince += events;
  }

  /** Old figures are served while new ones are taken: nobody waits who would be told something at all. */
  async at(now: Date): Promise<Trends> {
    const current = this.#current;
    if (current !== null && !this.#isOld(now.getTime() - current.asOfMs)) return current;
    this.#loading ??= this.#load(now).finally(() => {
      this.#loading = null;
    });
    if (current === null || this.#uptakes === 0) return await this.#loading;
    this.#loading.catch((error) => this.#logger.warn({ err: error }, 'trends are out of date'));
    return current;
  }

  /** What was taken up before a moment, counted anew: those who touched a course before it and took it up by now. */
  async asOf(at: Date): Promise<Trends> {
    const before = new Date(at.getTime() - 1);
    return await trendsOf(await this.#store.groups(before), before);
  }

  #isOld(ageMs: number): boolean {
    if (ageMs >= KEPT_MS || (this.#uptakes === 0 && this.#foldedSince > 0)) return true;
    return ageMs >= LEAST_KEPT_MS && this.#foldedSince > GROWTH_WORTH_COUNTING * this.#uptakes;
  }

  async #load(now: Date): Promise<Trends> {
    this.#foldedSince = 0;
    const trends = await trendsOf(await this.#store.groups(now), now);
    this.#current = trends;
    this.#uptakes = [...trends.groups.values()].reduce((sum, { uptakes }) => sum + uptakes.length, 0);
    return trends;
  }
}

async function trendsOf(rows: readonly GroupColumns[], now: Date): Promise<Trends> {
  const groups = new Map<string, GroupTrends>(NO_TRENDS.groups);
  // Every group names the same courses: one copy of each id is enough.
  const ids = new Map<string, string>();
  const idOf = (parsed: string) => {
    const known = ids.get(parsed);
    if (known === undefined) ids.set(parsed, parsed);
    return known ?? parsed;
  };
  let sinceTurn = 0;
  for (const { kind, value, people, courseIds, counts, recentCounts, previousCounts } of rows) {
    const uptakes = courseIds.map((courseId, i) => ({
      courseId: idOf(courseId),
      people: counts[i] as number,
      recentPeople: recentCounts[i] as number,
      previousPeople: previousCounts[i] as number,
    }));
    const audience = { kind, value };
    groups.set(audienceKey(audience), { audience, people, uptakes });
    sinceTurn += uptakes.length;
    if (sinceTurn < UPTAKES_PER_TURN) continue;
    sinceTurn = 0;
    await nextTurn();
  }
  return { asOfMs: now.getTime(), groups };
}
