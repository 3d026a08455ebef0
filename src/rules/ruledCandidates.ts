import { selectTopK } from '../recsys/kernels/topKKernel.js';
import type { CapWindows } from './capWindows.js';
import type { CompiledRule } from './compiledRule.js';

/** Courses that no rule can tell apart: under the same caps, in the targets of the same quotas. */
interface Kin {
  readonly groups: readonly number[];
  /** Indices of the quotas that they count for. */
  readonly quotas: readonly number[];
  /** Positions in their order; from `next` on they may still be placed. */
  positions: number[];
  next: number;
  isSorted: boolean;
  /** The cap that kept them from a place last, and that place. */
  heldBack: { readonly by: CompiledRule<'CAP'>; readonly place: number } | null;
}

export interface CandidateInputs {
  /** Positions of the list as arranged. */
  readonly arranged: readonly number[];
  /** By position. */
  readonly scores: Float64Array;
  /** 1 at each position that may be in the list. */
  readonly open: Uint8Array;
  readonly quotas: readonly CompiledRule<'QUOTA'>[];
}

/** So many are sorted of the courses behind the list when they are first asked for, and then this many times more. */
const FIRST_CHUNK = 16;
const GROWTH = 8;

/**
 * Everything that may come into a list, in order: the list as arranged, and behind it by score whatever else is open,
 * sorted only as far as somebody asks for it.
 */
export class RuledCandidates {
  readonly #caps: CapWindows;
  readonly #scores: Float64Array;
  readonly #open: Uint8Array;
  readonly #quotas: readonly CompiledRule<'QUOTA'>[];
  /** By position the place in the list as arranged, from 1; 0: behind its end. */
  readonly #arrangedAt: Int32Array;
  readonly #kin = new Map<string, Kin>();
  readonly #kinOf = new Map<number, Kin>();
  readonly #taken = new Set<number>();
  /** Of each quota, and of the whole list at −1: up to where the courses behind the list are sorted; null: to the end. */
  readonly #sortedTo = new Map<number, number | null>();

  constructor({ arranged, scores, open, quotas }: CandidateInputs, caps: CapWindows) {
    this.#caps = caps;
    this.#scores = scores;
    this.#open = open;
    this.#quotas = quotas;
    this.#arrangedAt = new Int32Array(open.length);
    arranged.forEach((position, i) => {
      this.#arrangedAt[position] = i + 1;
    });
    for (const position of arranged) this.#add(position);
  }

  /** From 1; null: behind the end of the list as arranged. */
  arrangedPlaceOf(position: number): number | null {
    return this.#arrangedAt[position] || null;
  }

  /** What a course is to the rules; one that nobody asked for so far is found too. */
  kinOf(position: number): Pick<Kin, 'groups' | 'quotas' | 'heldBack'> {
    return this.#kinOf.get(position) ?? this.#add(position);
  }

  take(position: number): void {
    this.#taken.add(position);
  }

  release(position: number): void {
    this.#taken.delete(position);
    const kin = this.#kinOf.get(position) ?? this.#add(position);
    kin.positions = [...kin.positions.slice(kin.next).filter((other) => other !== position), position];
    kin.next = 0;
    kin.isSorted = false;
  }

  /**
   * The first that may stand at a place, of those that count for a quota when one is given; null: there is none.
   *
   * @param quota index of a quota; −1: any
   */
  first(place: number, quota: number): number | null {
    for (;;) {
      const best = this.#firstKnown(place, quota);
      if (best !== null && this.#isInReach(best, quota)) return best;
      if (!this.#sortMore(quota)) return best;
    }
  }

  #firstKnown(place: number, quota: number): number | null {
    let best: number | null = null;
    const forbidden: { readonly kin: Kin; readonly head: number; readonly by: CompiledRule<'CAP'> }[] = [];
    for (const kin of this.#kin.values()) {
      if (quota >= 0 && !kin.quotas.includes(quota)) continue;
      const head = this.#headOf(kin);
      if (head === null || (best !== null && this.#compare(best, head) < 0)) continue;
      const by = this.#caps.forbidding(kin.groups, place);
      if (by === null) best = head;
      else forbidden.push({ kin, head, by });
    }
    for (const { kin, head, by } of forbidden) {
      if (best === null || this.#compare(head, best) < 0) kin.heldBack = { by, place };
    }
    return best;
  }

  #headOf(kin: Kin): number | null {
    if (!kin.isSorted) {
      kin.positions = kin.positions.slice(kin.next).sort((a, b) => this.#compare(a, b));
      kin.next = 0;
      kin.isSorted = true;
    }
    while (kin.next < kin.positions.length && this.#taken.has(kin.positions[kin.next] as number)) kin.next += 1;
    return kin.positions[kin.next] ?? null;
  }

  /** Whether nothing that is not sorted yet could come before it. */
  #isInReach(position: number, quota: number): boolean {
    if (this.#arrangedAt[position] !== 0) return true;
    const last = this.#sortedTo.get(quota);
    return last === null || (last !== undefined && this.#compare(position, last) <= 0);
  }

  /** @returns false when there is nothing more */
  #sortMore(quota: number): boolean {
    const last = this.#sortedTo.get(quota);
    if (last === null) return false;
    const mask = this.#quotas[quota]?.mask.slice() ?? this.#open.slice();
    const lastScore = last === undefined ? Number.POSITIVE_INFINITY : (this.#scores[last] as number);
    for (let position = 0; position < mask.length; position++) {
      if (mask[position] === 0) continue;
      const score = this.#scores[position]!;
      const isSorted = score > lastScore || (score === lastScore && position <= (last ?? -1));
      if (isSorted || this.#open[position] === 0 || this.#arrangedAt[position] !== 0) mask[position] = 0;
    }
    const sorted = selectTopK(this.#scores, FIRST_CHUNK * (last === undefined ? 1 : GROWTH), mask);
    for (const position of sorted) if (!this.#kinOf.has(position)) this.#add(position);
    this.#sortedTo.set(quota, sorted.at(-1) ?? null);
    return sorted.length > 0;
  }

  #compare(a: number, b: number): number {
    const atA = this.#arrangedAt[a] as number;
    const atB = this.#arrangedAt[b] as number;
    if (atA !== atB) return atA === 0 ? 1 : atB === 0 ? -1 : atA - atB;
    return (this.#scores[b] as number) - (this.#scores[a] as number) || a - b;
  }

  #add(position: number): Kin {
    const groups = this.#caps.groupsOf(position);
    const quotas: number[] = [];
    this.#quotas.forEach(({ mask }, i) => {
      if (mask[position] === 1) quotas.push(i);
    });
    const key = `${groups.join()}|${quotas.join()}`;
    const kin = this.#kin.get(key) ?? { groups, quotas, positions: [], next: 0, isSorted: true, heldBack: null };
    kin.positions.push(position);
    // The list as arranged comes in its order.
    kin.isSorted = kin.isSorted && this.#arrangedAt[position] !== 0;
    this.#kin.set(key, kin);
    this.#kinOf.set(position, kin);
    return kin;
  }
}
