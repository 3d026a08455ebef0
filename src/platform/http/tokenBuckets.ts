export interface BucketSize {
  /** What a bucket holds when full: what may be taken at once. */
  readonly capacity: number;
  readonly refillPerSecond: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Beyond this the buckets untouched for longest are forgotten, as if they were full again. */
const MOST_BUCKETS = 50_000;

/** How much each of many callers may still take: a full bucket each at first, refilled at a steady pace. */
export class TokenBuckets {
  /** From the one touched longest ago to the latest. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(
    private readonly size: BucketSize,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Takes tokens out, or none when there are too few. More than a bucket holds counts as all that it holds, so that
   * nothing is out of reach for ever.
   *
   * @returns 0 when they were there, else in how many milliseconds they will be
   */
  take(name: string, tokens: number): number {
    const bucket = this.#refilled(name);
    const wanted = Math.min(tokens, this.size.capacity);
    const missing = wanted - bucket.tokens;
    if (missing > 0) return Math.ceil((missing * 1_000) / this.size.refillPerSecond);
    bucket.tokens -= wanted;
    return 0;
  }

  /** Puts back what was taken for nothing. */
  putBack(name: string, tokens: number): void {
    const bucket = this.#refilled(name);
    bucket.tokens = Math.min(this.size.capacity, bucket.tokens + tokens);
  }

  #tokensNow({ tokens, atMs }: Bucket): number {
    return Math.min(this.size.capacity, tokens + ((this.now() - atMs) * this.size.refillPerSecond) / 1_000);
  }

  #refilled(name: string): Bucket {
    const known = this.#buckets.get(name);
    const bucket = { tokens: known === undefined ? this.size.capacity : this.#tokensNow(known), atMs: this.now() };
    this.#buckets.delete(name);
    if (this.#buckets.size >= MOST_BUCKETS) {
      const oldest = this.#buckets.keys().next().value;
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    this.#buckets.set(name, bucket);
    return bucket;
  }
}
