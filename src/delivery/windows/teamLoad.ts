const MINUTE_MS = 60_000;
/** Teams of different zones may meet in part of an hour; every offset since 1972 is a whole number of quarters. */
const QUARTER_MS = 15 * MINUTE_MS;

/** A stretch of time, half open. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** The time that a window takes up: a message may come at any time of its hour, and what is taken in it may last longer. */
export function takenBy({ startMs, endMs }: Span, minutes: number): Span {
  return { startMs, endMs: Math.max(endMs, startMs + minutes * MINUTE_MS) };
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
   * Takes up one person for all of it.
   *
   * @returns the quarters that this filled
   */
  add({ startMs, endMs }: Span): readonly number[] {
    const end = this.#endOf(endMs);
    const filled: number[] = [];
    for (let quarter = this.#startOf(startMs); quarter < end; quarter++) {
      const before = this.#people[quarter]!;
      this.#people[quarter] = before + 1;
      if (before + 1 === this.#most) filled.push(quarter);
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

  hasRoom(quarter: number): boolean {
    return (this.#people[quarter] ?? 0) < this.#most;
  }

  /** The instant at which a quarter begins. */
  startOf(quarter: number): number {
    return (this.#first + quarter) * QUARTER_MS;
  }

  #startOf(startMs: number): number {
    return Math.max(0, Math.floor(startMs / QUARTER_MS) - this.#first);
  }

  #endOf(endMs: number): number {
    return Math.min(this.#people.length, Math.ceil(endMs / QUARTER_MS) - this.#first);
  }
}

/** The room of a team as one of its people sees it: what they take up already is open to them, and counts once. */
export class OwnRoom {
  readonly #load: TeamLoad | null;
  readonly #taken = new Set<number>();

  /**
   * @param load  null: there is room for everyone at any time
   * @param taken what the load already holds of this person
   */
  constructor(load: TeamLoad | null, taken: readonly Span[]) {
    this.#load = load;
    if (load === null) return;
    for (const span of taken) for (const quarter of load.quartersOf(span)) this.#taken.add(quarter);
  }

  /** Whole minutes from the start of a stretch of time for which there is room, without a break. */
  openMinutes(span: Span): number {
    const { startMs, endMs } = span;
    let openUntilMs = endMs;
    for (const quarter of this.#load?.quartersOf(span) ?? []) {
      if (this.#taken.has(quarter) || this.#load?.hasRoom(quarter) !== false) continue;
      openUntilMs = Math.max(startMs, this.#load.startOf(quarter));
      break;
    }
    return Math.floor((openUntilMs - startMs) / MINUTE_MS);
  }

  take(span: Span): void {
    for (const quarter of this.#load?.quartersOf(span) ?? []) {
      if (this.#taken.has(quarter)) continue;
      this.#taken.add(quarter);
      const startMs = this.#load?.startOf(quarter) ?? 0;
      this.#load?.add({ startMs, endMs: startMs + QUARTER_MS });
    }
  }
}
