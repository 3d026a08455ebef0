import type { Viewer } from './access.js';
import { TokenBuckets } from './tokenBuckets.js';

/** What answering any request costs besides its fields. */
const COST_OF_REQUEST = 20;
/** Seconds of an even pace that may be asked for at once. */
const BURST_SECONDS = 20;
/** At least this much may be asked for at once: two operations of the greatest cost. */
const LEAST_BURST = 100_000;

export interface CallerRatesOptions {
  /** Null: without limit. */
  readonly costPerSecondOfKey: number | null;
  readonly costPerSecondOfPerson: number | null;
}

/** What each API key and each person may ask for, by the estimated cost of their operations. */
export class CallerRates {
  readonly #buckets: Readonly<Record<'KEY' | 'PERSON', TokenBuckets | null>>;

  constructor({ costPerSecondOfKey, costPerSecondOfPerson }: CallerRatesOptions, now?: () => number) {
    this.#buckets = { KEY: bucketsOf(costPerSecondOfKey, now), PERSON: bucketsOf(costPerSecondOfPerson, now) };
  }

  /** In how many milliseconds this caller may ask for anything at all; 0: now. */
  waitMs(viewer: Viewer): number {
    return viewer.kind === 'ANONYMOUS' ? 0 : (this.#buckets[viewer.kind]?.waitMs(idOf(viewer), COST_OF_REQUEST) ?? 0);
  }

  /** Takes the cost of an operation; as `waitMs` when the caller has too little left for it. */
  charge(viewer: Viewer, cost: number): number {
    if (viewer.kind === 'ANONYMOUS') return 0;
    return this.#buckets[viewer.kind]?.take(idOf(viewer), cost + COST_OF_REQUEST) ?? 0;
  }
}

function bucketsOf(costPerSecond: number | null, now?: () => number): TokenBuckets | null {
  if (costPerSecond === null) return null;
  const capacity = Math.max(LEAST_BURST, costPerSecond * BURST_SECONDS);
  return new TokenBuckets({ capacity, refillPerSecond: costPerSecond }, now);
}

const idOf = (viewer: Exclude<Viewer, { kind: 'ANONYMOUS' }>): string =>
  viewer.kind === 'KEY' ? viewer.keyId : viewer.learnerId;
