import type { Viewer } from '../access/access.js';
import { TokenBuckets } from './tokenBuckets.js';

/** What answering any request costs besides its fields. */
const COST_OF_REQUEST = 20;
/** Seconds of an even pace that may be asked for at once. */
const BURST_SECONDS = 20;
export interface CallerRatesOptions {
  /** Null: without limit. */
  readonly costPerSecondOfKey: number | null;
  readonly costPerSecondOfPerson: number | null;
  /** At least this much may be asked for at once. */
  readonly leastBurstCost: number;
}

/** What each API key and each person may ask for, by the estimated cost of their operations. */
export class CallerRates {
  readonly #buckets: Readonly<Record<'KEY' | 'PERSON', CallerBuckets | null>>;

  constructor(
    { costPerSecondOfKey, costPerSecondOfPerson, leastBurstCost }: CallerRatesOptions,
    private readonly now?: () => number,
  ) {
    const bucketsOf = (costPerSecond: number | null) => {
      if (costPerSecond === null) return null;
      const capacity = Math.max(leastBurstCost, costPerSecond * BURST_SECONDS);
      const buckets = new TokenBuckets({ capacity, refillPerSecond: costPerSecond }, this.now);
      return { buckets, mostForOperation: Math.max(0, capacity - COST_OF_REQUEST) };
    };
    this.#buckets = { KEY: bucketsOf(costPerSecondOfKey), PERSON: bucketsOf(costPerSecondOfPerson) };
  }

  /**
   * Takes what any request costs, whatever becomes of it.
   *
   * @returns 0, or in how many milliseconds this caller may ask for anything
   */
  chargeRequest(viewer: Viewer): number {
    return this.#take(viewer, COST_OF_REQUEST);
  }

  /**
   * Takes the cost of an operation, after that of its request. One that costs more than a full bucket holds takes all that
   * its request has left of it, so that nothing is out of reach for ever.
   *
   * @returns 0, or in how many milliseconds the caller will have enough for it
   */
  charge(viewer: Viewer, cost: number): number {
    return this.#take(viewer, cost);
  }

  #take(viewer: Viewer, cost: number): number {
    const bounded = viewer.kind === 'ANONYMOUS' ? null : this.#buckets[viewer.kind];
    if (viewer.kind === 'ANONYMOUS' || bounded === null) return 0;
    return bounded.buckets.take(idOf(viewer), Math.min(cost, bounded.mostForOperation));
  }
}

interface CallerBuckets {
  readonly buckets: TokenBuckets;
  readonly mostForOperation: number;
}

const idOf = (viewer: Exclude<Viewer, { kind: 'ANONYMOUS' }>): string =>
  viewer.kind === 'KEY' ? viewer.keyId : viewer.learnerId;
