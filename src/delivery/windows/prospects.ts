import type { Span, TeamLoad } from './teamLoad.js';

/** A window that somebody could be reached in. */
export interface Slot {
  /** What it takes up: an hour, or longer where what is delivered lasts longer. */
  readonly hour: Span;
  /** What it is worth, such as the probability that they are active. */
  readonly probability: number;
}

/** What somebody stands to lose. Slots never open again, so the two best open ones only move on. */
class Prospect {
  readonly index: number;
  readonly id: string;
  loss = 0;
  /** Its place in the heap; below 0 once it has left. */
  place = 0;
  readonly #slots: readonly Slot[];
  #best = 0;
  #second = 0;
  #watchedTo = -1;

  constructor(index: number, id: string, slots: readonly Slot[]) {
    this.index = index;
    this.id = id;
    this.#slots = slots;
  }

  /** @returns the hours that its loss hangs on from now on and did not before */
  look(load: TeamLoad): readonly Span[] {
    this.#best = this.#openFrom(this.#best, load);
    this.#second = this.#openFrom(Math.max(this.#second, this.#best + 1), load);
    // Rounded, since equal prospects must be equal.
    this.loss = Math.round(
      ((this.#slots[this.#best]?.probability ?? 0) - (this.#slots[this.#second]?.probability ?? 0)) * 1e9,
    );
    const fresh = [this.#best, this.#second].filter((slot) => slot > this.#watchedTo);
    this.#watchedTo = this.#second;
    return fresh.flatMap((slot) => this.#slots[slot]?.hour ?? []);
  }

  isBefore(other: Prospect): boolean {
    if (this.loss !== other.loss) return this.loss > other.loss;
    return this.id === other.id ? this.index < other.index : this.id < other.id;
  }

  #openFrom(slot: number, load: TeamLoad): number {
    let open = slot;
    for (let hour = this.#slots[open]?.hour; hour !== undefined; hour = this.#slots[open]?.hour) {
      if (load.isOpen(hour)) return open;
      open += 1;
    }
    return open;
  }
}

/**
 * People of a team who have no window yet, whoever has most to lose first, ties by id and then by place: a binary heap
 * (Williams 1964), in which only those move whose two best hours were filled.
 */
export class Prospects {
  readonly #load: TeamLoad;
  readonly #heap: Prospect[] = [];
  /** Whom to look at again once a quarter is full. */
  readonly #watchers = new Map<number, Prospect[]>();

  constructor(load: TeamLoad) {
    this.#load = load;
  }

  add(index: number, id: string, slots: readonly Slot[]): void {
    const prospect = new Prospect(index, id, slots);
    this.#watch(prospect);
    prospect.place = this.#heap.length;
    this.#heap.push(prospect);
    this.#rise(prospect);
  }

  /** Takes out the first; null: nobody is left. */
  next(): number | null {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return null;
    first.place = -1;
    if (first !== last) {
      this.#put(last, 0);
      this.#sink(last);
    }
    return first.index;
  }

  /** Looks again at everyone whose prospects a quarter that is now full was part of; yields after each. */
  *noteFull(quarter: number): Generator<void, void> {
    const watchers = this.#watchers.get(quarter) ?? [];
    this.#watchers.delete(quarter);
    for (const prospect of watchers) {
      if (prospect.place < 0) continue;
      this.#watch(prospect);
      this.#rise(prospect);
      this.#sink(prospect);
      yield;
    }
  }

  #watch(prospect: Prospect): void {
    for (const hour of prospect.look(this.#load)) {
      for (const quarter of this.#load.quartersOf(hour)) {
        const watchers = this.#watchers.get(quarter);
        if (watchers === undefined) this.#watchers.set(quarter, [prospect]);
        else watchers.push(prospect);
      }
    }
  }

  #put(prospect: Prospect, place: number): void {
    this.#heap[place] = prospect;
    prospect.place = place;
  }

  #rise(prospect: Prospect): void {
    let { place } = prospect;
    while (place > 0) {
      const above = this.#heap[(place - 1) >> 1] as Prospect;
      if (!prospect.isBefore(above)) break;
      const { place: free } = above;
      this.#put(above, place);
      place = free;
    }
    this.#put(prospect, place);
  }

  #sink(prospect: Prospect): void {
    let { place } = prospect;
    for (;;) {
      const [left, right] = [this.#heap[2 * place + 1], this.#heap[2 * place + 2]];
      const below = left !== undefined && right?.isBefore(left) ? right : left;
      if (below === undefined || !below.isBefore(prospect)) break;
      const { place: free } = below;
      this.#put(below, place);
      place = free;
    }
    this.#put(prospect, place);
  }
}
