import type { CompiledRule } from './compiledRule.js';

/** A quota on the way through a list. */
interface Claim {
  /** By place: how many of the first so many are its own beside what is pinned, as far as that leaves places; never falls. */
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
  /** Which claims were filled since: how many courses of theirs were placed before, and from where on they needed more. */
  readonly #filled: { readonly claim: number; readonly placed: number; readonly dueFrom: number }[] = [];
  /** By claim: how many of those its owing tells of. */
  readonly #told: number[] = [];
  /** By claim: where there was no place to spare last; 0: nowhere yet. */
  readonly #tightAt: Int32Array;
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
    this.#claims = quotas.map((quota) => claimOf(quota, pinnedAt, this.#free, open));
    this.#calmUntil = new Int32Array(quotas.length);
    this.#tightAt = new Int32Array(quotas.length);
  }

  /** A course came to a place without being pinned; places are counted in ascending order. */
  count(quotas: readonly number[]): void {
    for (const i of quotas) {
      const claim = this.#claims[i] as Claim;
      if (claim.left > 0) this.#filled.push({ claim: i, placed: claim.placed, dueFrom: claim.dueFrom });
      claim.placed += 1;
      claim.left -= 1;
    }
  }

  /**
   * A place must go to one of the quotas up to this one, by index; −1: it is free.
   *
   * @param besides quotas that cannot be served here; null: none
   */
  pressing(place: number, besides: ReadonlySet<number> | null): number {
    const spareWithout = besides === null ? null : this.#spareWithout(place, besides);
    for (let last = 0; last < this.#claims.length; last++) {
      const spare = spareWithout === null ? this.#spareOf(place, last) : spareWithout(last);
      if (spare <= 0) return last;
    }
    return -1;
  }

  /** Of the quotas up to one that which is owed a course next, of several the first; −1: none is. */
  mostUrgent(place: number, last: number, besides: ReadonlySet<number> | null): number {
    let first = -1;
    let firstDueAt = this.#length + 1;
    for (let index = 0; index <= last; index++) {
      const claim = this.#claims[index] as Claim;
      if (claim.left <= 0 || besides?.has(index)) continue;
      const { owed, placed } = claim;
      // Places are asked about in ascending order, and what is placed only becomes more.
      let dueAt = Math.max(place, claim.dueFrom);
      while (dueAt <= this.#length && owed[dueAt]! <= placed) dueAt += 1;
      claim.dueFrom = dueAt;
      if (dueAt >= firstDueAt) continue;
      first = index;
      firstDueAt = dueAt;
    }
    return first;
  }

  /** Up to a claim: how many places from this one on may go to anything else, or 1 where it is known to be more than 0. */
  #spareOf(place: number, last: number): number {
    if (place < this.#calmUntil[last]!) return 1;
    // Mostly there still is none.
    const tightAt = this.#tightAt[last]!;
    if (tightAt >= place && this.#isTight(place, tightAt, last)) return 0;
    const spare = this.#spare(place, this.#owingUpTo(last, place));
    if (spare > 0) this.#calmUntil[last] = place + spare;
    else this.#tightAt[last] = -spare;
    return spare;
  }

  /** Whether all places from one to another are needed by the claims up to one. */
  #isTight(place: number, until: number, last: number): boolean {
    let owed = 0;
    for (let i = 0; i <= last; i++) owed += needed(this.#claims[i]!, until);
    return owed > 0 && this.#free[until]! - this.#free[place - 1]! <= owed;
  }

  /** True from a place on: places are asked about in ascending order. */
  #owingUpTo(last: number, from: number): Int32Array {
    const known = this.#owing[last];
    if (known !== undefined) {
      for (let i = this.#told[last]!; i < this.#filled.length; i++) {
        const { claim, placed, dueFrom } = this.#filled[i]!;
        if (claim > last) continue;
        const { owed } = this.#claims[claim]!;
        for (let place = Math.max(from, dueFrom); place < known.length; place++)
          if (owed[place]! > placed) known[place]! -= 1;
      }
      this.#told[last] = this.#filled.length;
      return known;
    }
    const owing = last === 0 ? new Int32Array(this.#length + 1) : this.#owingUpTo(last - 1, from).slice();
    const claim = this.#claims[last] as Claim;
    for (let place = from; place < owing.length; place++) owing[place]! += needed(claim, place);
    this.#owing[last] = owing;
    this.#told[last] = this.#filled.length;
    return owing;
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

  /** Where there is none, the place until which all are needed instead, below 0. */
  #spare(place: number, owing: Int32Array): number {
    const free = this.#free;
    const before = free[place - 1]!;
    let spare = this.#length - place + 1;
    for (let until = place; until <= this.#length; until++) {
      const owed = owing[until]!;
      if (owed === 0 || free[until]! - before - owed >= spare) continue;
      spare = free[until]! - before - owed;
      if (spare <= 0) return -until;
    }
    return spare;
  }
}

/**
 * @param pinnedAt by place, from 1, what is pinned to it; −1: nothing
 * @param free by place how many up to there nothing is pinned to
 */
function claimOf(
  { positions, mask, rule }: CompiledRule<'QUOTA'>,
  pinnedAt: Int32Array,
  free: Int32Array,
  open: Uint8Array,
): Claim {
  const length = pinnedAt.length - 1;
  const { percent } = rule.action;
  const owed = new Int32Array(length + 1);
  let ownPinned = 0;
  for (let place = 1; place <= length; place++) {
    const position = pinnedAt[place]!;
    if (position >= 0) ownPinned += mask[position]!;
    // A whisker more, so that 29 % of 100 places are 29 and not 28.999….
    const asked = Math.floor((percent * place) / 100 + 1e-9) - ownPinned;
    // What an earlier place needs takes a place even where one of its own that is pinned behind it would make up for it.
    owed[place] = Math.max(owed[place - 1]!, Math.min(asked, free[place]!));
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
