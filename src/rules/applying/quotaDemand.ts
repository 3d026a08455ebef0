import type { CompiledRule } from './compiledRule.js';

/** A quota on the way through a list. */
interface Claim {
  /** By place: how many of the first so many places are its own, beside what is pinned up to there. */
  readonly owed: Int32Array;
  /** Courses of it that are placed already, without pinned ones. */
  placed: number;
  /** Courses of it that may still be placed. */
  left: number;
  /** Before this place it needs nothing more, whatever is placed from now on. */
  dueFrom: number;
}

/**
 * What quotas ask of each place. They are owed `floor(percent · r / 100)` of the first r places; pinned courses count, and
 * take places away. A place must go to the first k quotas when without it they could not all be kept behind it: so the
 * first is kept whatever the others ask for, the first two whatever the rest, and so on.
 */
export class QuotaDemand {
  readonly #claims: readonly Claim[];
  readonly #length: number;
  /** By place: how many places up to there nothing is pinned to. */
  readonly #free: Int32Array;
  /**
   * By claim and place: what the claims up to this one are still owed, all together, of the places up to there. Only for as
   * many claims as were asked about: the others wait behind the first that cannot be kept beside those before it.
   */
  readonly #owing: Int32Array[] = [];
  /** By claim: before this place the claims up to it can do without any. Each that is filled brings it nearer by one at most. */
  readonly #calmUntil: Int32Array;

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
    this.#free = new Int32Array(length + 1);
    const pinnedAt = new Int32Array(length + 1).fill(-1);
    for (const [place, { position }] of pinned) pinnedAt[place] = position;
    for (let place = 1; place <= length; place++) {
      this.#free[place] = this.#free[place - 1]! + (pinnedAt[place]! < 0 ? 1 : 0);
    }
    this.#claims = quotas.map((quota) => claimOf(quota, pinnedAt, open));
    this.#calmUntil = new Int32Array(quotas.length);
  }

  /** A course came to a place without being pinned; places are counted in ascending order. */
  count(quotas: readonly number[], at: number): void {
    for (const i of quotas) {
      const claim = this.#claims[i] as Claim;
      const { owed, placed } = claim;
      for (let k = claim.left > 0 ? i : this.#owing.length; k < this.#owing.length; k++) {
        const owing = this.#owing[k]!;
        for (let place = at + 1; place < owing.length; place++) if (owed[place]! > placed) owing[place]! -= 1;
      }
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
    const spareWithout = besides.size === 0 ? null : this.#spareWithout(place, besides);
    for (let last = 0; last < this.#claims.length; last++) {
      const spare = spareWithout === null ? this.#spareOf(place, last) : spareWithout(last);
      if (spare <= 0) return this.#byUrgency(place, last, besides);
    }
    return [];
  }

  /** Up to a claim: how many places from this one on may go to anything else, or 1 where it is known to be more than 0. */
  #spareOf(place: number, last: number): number {
    if (place < this.#calmUntil[last]!) return 1;
    const spare = this.#spare(place, this.#owingUpTo(last));
    this.#calmUntil[last] = place + spare;
    return spare;
  }

  #owingUpTo(last: number): Int32Array {
    for (let k = this.#owing.length; k <= last; k++) {
      const owing = this.#owing[k - 1]?.slice() ?? new Int32Array(this.#length + 1);
      const claim = this.#claims[k] as Claim;
      for (let place = 1; place < owing.length; place++) owing[place]! += needed(claim, place);
      this.#owing.push(owing);
    }
    return this.#owing[last]!;
  }

  /** The same with some quotas left out; asked for one claim after the other. */
  #spareWithout(place: number, besides: ReadonlySet<number>): (last: number) => number {
    const owing = new Int32Array(this.#length + 1);
    return (last) => {
      if (besides.has(last)) return 1;
      const claim = this.#claims[last] as Claim;
      for (let until = place; until <= this.#length; until++) owing[until]! += needed(claim, until);
      return this.#spare(place, owing);
    };
  }

  #spare(place: number, owing: Int32Array): number {
    const free = this.#free;
    const before = free[place - 1]!;
    let spare = this.#length - place + 1;
    for (let until = place; until <= this.#length; until++) {
      const owed = owing[until]!;
      if (owed > 0 && free[until]! - before - owed < spare) spare = free[until]! - before - owed;
    }
    return spare;
  }

  #byUrgency(place: number, last: number, besides: ReadonlySet<number>): number[] {
    const count = this.#claims.length;
    const waiting: number[] = [];
    for (let index = 0; index <= last; index++) {
      if (besides.has(index)) continue;
      const claim = this.#claims[index] as Claim;
      if (claim.left <= 0) continue;
      const { owed, placed } = claim;
      // Places are asked about in ascending order, and what is placed only becomes more.
      let dueAt = Math.max(place, claim.dueFrom);
      while (dueAt <= this.#length && owed[dueAt]! <= placed) dueAt += 1;
      claim.dueFrom = dueAt;
      if (dueAt <= this.#length) waiting.push(dueAt * count + index);
    }
    return waiting.sort((a, b) => a - b).map((one) => one % count);
  }
}

/** @param pinnedAt by place, from 1, what is pinned to it; −1: nothing */
function claimOf({ positions, mask, rule }: CompiledRule<'QUOTA'>, pinnedAt: Int32Array, open: Uint8Array): Claim {
  const length = pinnedAt.length - 1;
  const { percent } = rule.action;
  const owed = new Int32Array(length + 1);
  let ownPinned = 0;
  for (let place = 1; place <= length; place++) {
    const position = pinnedAt[place]!;
    if (position >= 0) ownPinned += mask[position]!;
    // A whisker more, so that 29 % of 100 places are 29 and not 28.999….
    owed[place] = Math.floor((percent * place) / 100 + 1e-9) - ownPinned;
  }
  // More than the list has places are as good as any number.
  const enough = length + ownPinned;
  let all = 0;
  for (let i = 0; i < positions.length && all < enough; i++) all += open[positions[i]!]!;
  return { owed, placed: 0, left: all - ownPinned, dueFrom: 1 };
}

/** How many courses more a claim needs up to a place. */
function needed({ owed, placed, left }: Claim, place: number): number {
  return Math.max(0, Math.min(left, owed[place]! - placed));
}
