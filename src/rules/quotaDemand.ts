import type { CompiledRule } from './compiledRule.js';

/** A quota on the way through a list. */
interface Claim {
  readonly quota: CompiledRule<'QUOTA'>;
  /** By place: how many of the first so many places are its own. */
  readonly owed: Int32Array;
  /** By place: how many courses of it are pinned up to there. */
  readonly pinnedUpTo: Int32Array;
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
    for (const place of pinned.keys()) this.#isPinned[place] = 1;
    this.#claims = quotas.map((quota): Claim => {
      const { percent } = quota.rule.action;
      const pinnedUpTo = new Int32Array(length + 1);
      for (let place = 1; place <= length; place++) {
        const own = quota.mask[pinned.get(place)?.position ?? -1] ?? 0;
        pinnedUpTo[place] = (pinnedUpTo[place - 1] as number) + own;
      }
      const all = quota.positions.reduce((count, position) => count + (open[position] as number), 0);
      return {
        quota,
        // A whisker more, so that 29 % of 100 places are 29 and not 28.999….
        owed: Int32Array.from({ length: length + 1 }, (_, place) => Math.floor((percent * place) / 100 + 1e-9)),
        pinnedUpTo,
        placed: 0,
        left: all - (pinnedUpTo[length] as number),
      };
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
    const demand = new Int32Array(this.#length + 1);
    const waiting: { readonly index: number; readonly dueAt: number }[] = [];
    let isTight = false;
    for (let index = 0; index < this.#claims.length && !isTight; index++) {
      const claim = this.#claims[index] as Claim;
      if (claim.left === 0 || besides.has(index)) continue;
      let dueAt = 0;
      let places = 0;
      for (let until = place; until <= this.#length; until++) {
        if (this.#isPinned[until] === 0) places += 1;
        const needed = this.#needs(claim, until);
        if (needed <= 0) continue;
        if (dueAt === 0) dueAt = until;
        demand[until] = (demand[until] as number) + needed;
        isTight ||= (demand[until] as number) >= places;
      }
      if (dueAt > 0) waiting.push({ index, dueAt });
    }
    return isTight ? waiting.sort((a, b) => a.dueAt - b.dueAt || a.index - b.index).map(({ index }) => index) : [];
  }

  #needs({ owed, pinnedUpTo, placed, left }: Claim, until: number): number {
    return Math.min(left, (owed[until] as number) - (pinnedUpTo[until] as number) - placed);
  }
}
