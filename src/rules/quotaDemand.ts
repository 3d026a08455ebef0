import type { CompiledRule } from './compiledRule.js';

/** A quota on the way through a list. */
interface Claim {
  readonly quota: CompiledRule<'QUOTA'>;
  /** By place: how many of the first so many places are its own, beside what is pinned up to there. */
  readonly owed: Int32Array;
  /** Courses of it that are placed already, without pinned ones. */
  placed: number;
  /** Courses of it that may still be placed. */
  left: number;
}

/**
 * What quotas ask of each place. They are owed `floor(percent · r / 100)` of the first r places; pinned courses count, and
 * take places away. A place must go to the first k quotas when without it they could not all be kept behind it: so the
 * first is kept whatever the others ask for, the first two whatever the rest, and so on.
 */
export class QuotaDemand {
  readonly #claims: readonly Claim[];
  readonly #length: number;
  readonly #isPinned: Uint8Array;
  /** By place, for one question at a time. */
  readonly #demand: Int32Array;
  /** No place before it is needed: each that is filled leaves at most one fewer to what is owed. */
  #calmUntil = 0;

  /**
   * @param quotas by `compareRules`
   * @param pinned positions by place
   * @param open 1 at each position that may be in the list
   */
  constructor(
    quotas: readonly CompiledRule<'QUOTA'>[],
    length: number,
    pinned: ReadonlyMap<number, { readonly position: number }>,
    open: Uint8Array,
  ) {
    this.#length = length;
    this.#isPinned = new Uint8Array(length + 2);
    this.#demand = new Int32Array(length + 1);
    for (const place of pinned.keys()) this.#isPinned[place] = 1;
    this.#claims = quotas.map((quota): Claim => {
      const { positions, mask, rule } = quota;
      const owed = new Int32Array(length + 1);
      let ownPinned = 0;
      for (let place = 1; place <= length; place++) {
        ownPinned += mask[pinned.get(place)?.position ?? -1] ?? 0;
        // A whisker more, so that 29 % of 100 places are 29 and not 28.999….
        owed[place] = Math.floor((rule.action.percent * place) / 100 + 1e-9) - ownPinned;
      }
      let all = 0;
      for (let i = 0; i < positions.length; i++) all += open[positions[i]!]!;
      return { quota, owed, placed: 0, left: all - ownPinned };
    });
  }

  /** A course came into the list without being pinned. */
  count(quotas: readonly number[]): void {
    for (const i of quotas) {
      const claim = this.#claims[i] as Claim;
      claim.placed += 1;
      claim.left -= 1;
    }
  }

  /**
   * Indices of the quotas that a place must go to one of, the most pressing first; empty: it is free.
   *
   * @param besides quotas that cannot be served here
   */
  pressing(place: number, besides: ReadonlySet<number>): number[] {
    if (place < this.#calmUntil) return [];
    const demand = this.#demand.fill(0);
    const waiting: { readonly index: number; readonly dueAt: number }[] = [];
    let spare = this.#length - place + 1;
    for (let index = 0; index < this.#claims.length && spare > 0; index++) {
      const { owed, placed, left } = this.#claims[index]!;
      if (left === 0 || besides.has(index)) continue;
      let dueAt = 0;
      let places = 0;
      for (let until = place; until <= this.#length; until++) {
        places += 1 - this.#isPinned[until]!;
        const needed = Math.min(left, owed[until]! - placed);
        if (needed <= 0) continue;
        if (dueAt === 0) dueAt = until;
        demand[until]! += needed;
        spare = Math.min(spare, places - demand[until]!);
      }
      if (dueAt > 0) waiting.push({ index, dueAt });
    }
    if (spare > 0) {
      if (besides.size === 0) this.#calmUntil = place + spare;
      return [];
    }
    return waiting.sort((a, b) => a.dueAt - b.dueAt || a.index - b.index).map(({ index }) => index);
  }
}
