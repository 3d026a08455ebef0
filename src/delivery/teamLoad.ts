/** Teams of different zones may meet in part of an hour; every offset since 1972 is a whole number of quarters. */
const QUARTER_MS = 15 * 60_000;

/** A stretch of time, half open. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** How many people of a team are taken up in each quarter of an hour, and which quarters hold as many as may be. */
export class TeamLoad {
  readonly #most: number;
  readonly #first: number;
  readonly #people: Uint32Array;
  #hasFull = false;

  /**
   * @param most  most people in any quarter, 1 or more
   * @param range what may be asked about: time outside counts as open
   */
  constructor(most: number, range: Span) {
    this.#most = most;
    this.#first = Math.floor(range.startMs / QUARTER_MS);
    this.#people = new Uint32Array(Math.max(0, Math.ceil(range.endMs / QUARTER_MS) - this.#first));
  }

  /** Whether there is room for one more in all of it. */
  isOpen({ startMs, endMs }: Span): boolean {
    if (!this.#hasFull) return true;
    const end = this.#endOf(endMs);
    for (let quarter = this.#startOf(startMs); quarter < end; quarter++) {
      if (this.#people[quarter]! >= this.#most) return false;
    }
    return true;
  }

  /**
   * Takes up some people for all of it.
   *
   * @returns the quarters that this filled
   */
  add({ startMs, endMs }: Span, people = 1): readonly number[] {
    const end = this.#endOf(endMs);
    const filled: number[] = [];
    for (let quarter = this.#startOf(startMs); quarter < end; quarter++) {
      const before = this.#people[quarter]!;
      this.#people[quarter] = before + people;
      if (before < this.#most && before + people >= this.#most) filled.push(quarter);
    }
    if (filled.length > 0) this.#hasFull = true;
    return filled;
  }

  /** The quarters that a stretch of time meets, by the numbers that `add` gives. */
  quartersOf({ startMs, endMs }: Span): readonly number[] {
    const end = this.#endOf(endMs);
    const quarters: number[] = [];
    for (let quarter = this.#startOf(startMs); quarter < end; quarter++) quarters.push(quarter);
    return quarters;
  }

  #startOf(startMs: number): number {
    return Math.max(0, Math.floor(startMs / QUARTER_MS) - this.#first);
  }

  #endOf(endMs: number): number {
    return Math.min(this.#people.length, Math.ceil(endMs / QUARTER_MS) - this.#first);
  }
}
