import { selectTopK } from '../../recsys/kernels/topKKernel.js';
import type { CapWindows } from './capWindows.js';
import { type CompiledRule, indicesAt, indicesOf } from './compiledRule.js';
import { ScoreHeap } from './scoreHeap.js';

/** The cap that kept courses from a place, and that place. */
export interface HeldBack {
  readonly by: CompiledRule<'CAP'>;
  readonly place: number;
}

/** Courses that no rule can tell apart: under the same caps, in the targets of the same quotas. */
interface Kin {
  readonly groups: readonly number[];
  /** Indices of the quotas that they count for. */
  readonly quotas: readonly number[];
  /** Those behind the list, in order; from `next` on they may still be placed. */
  behind: number[];
  next: number;
  isSorted: boolean;
  /** What kept them from a place last. */
  heldBack: HeldBack | null;
}

/** What may be chosen from: the courses of one quota, or all. */
interface Choice {
  /** Of the list as arranged, in its order; all before `next` are taken. */
  readonly arranged: readonly number[];
  next: number;
  /** Kin of those behind the list that somebody asked for so far. */
  readonly kin: Kin[];
  /** What is open behind the list, or the best of it; null: not asked for yet. */
  behind: ScoreHeap | null;
  isAllBehind: boolean;
  /** Positions of the target; null: all. */
  readonly positions: Int32Array | null;
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

const BEHIND_AT_FIRST = 200;

/**
 * Everything that may come into a list, in order: the list as arranged, and behind it by score whatever else is open,
 * sorted only as far as somebody asks for it.
 */
export class RuledCandidates {
  readonly #caps: CapWindows;
  readonly #scores: Float64Array;
  readonly #open: Uint8Array;
  readonly #quotaMasks: readonly Uint8Array[];
  readonly #arrangedCount: number;
  /** By what leads to kin: the node before, and a group or quota. */
  readonly #steps = new Map<number, number>();
  readonly #kinAtNode: (Kin | undefined)[] = [undefined];
  /**
   * By position its number among those asked for so far, 0: nobody has. The list as arranged comes first, so there it is
   * the place.
   */
  readonly #numberAt: Int32Array;
  /** By number. */
  readonly #kinByNumber: (Kin | null)[] = [null];
  readonly #isTaken: boolean[] = [false];
  readonly #all: Choice;
  readonly #byQuota: readonly Choice[];

  constructor({ arranged, scores, open, quotas }: CandidateInputs, caps: CapWindows) {
    this.#caps = caps;
    this.#scores = scores;
    this.#open = open;
    this.#quotaMasks = quotas.map(({ mask }) => mask);
    this.#arrangedCount = arranged.length;
    this.#numberAt = new Int32Array(open.length);
    this.#all = choiceOf(arranged, null);
    const arrangedOf: number[][] = quotas.map(() => []);
    const quotasAt = indicesAt(this.#quotaMasks, arranged);
    const capsAt = caps.capsAt(arranged);
    // What counts first for a cap comes first among its groups.
    arranged.forEach((position, i) => {
      const { quotas: own } = this.#meet(position, quotasAt[i], capsAt[i]);
      for (const quota of own) arrangedOf[quota]!.push(position);
    });
    this.#byQuota = quotas.map(({ positions }, quota) => choiceOf(arrangedOf[quota]!, positions));
  }

  /** From 1; null: behind the end of the list as arranged. */
  arrangedPlaceOf(position: number): number | null {
    return this.#isArranged(position) ? this.#numberAt[position]! : null;
  }

  /** What a course is to the rules; one that nobody asked for so far is found too. */
  kinOf(position: number): Pick<Kin, 'groups' | 'quotas' | 'heldBack'> {
    return this.#know(position);
  }

  isTaken(position: number): boolean {
    return this.#isTaken[this.#numberAt[position]!] === true;
  }

  #isArranged(position: number): boolean {
    const number = this.#numberAt[position]!;
    return number > 0 && number <= this.#arrangedCount;
  }

  take(position: number): void {
    this.#know(position);
    this.#isTaken[this.#numberAt[position]!] = true;
  }

  release(position: number): void {
    this.#isTaken[this.#numberAt[position]!] = false;
    const kin = this.#know(position);
    for (const choice of [this.#all, ...this.#byQuota]) choice.next = 0;
    if (this.#isArranged(position)) return;
    kin.behind = [...kin.behind.slice(kin.next).filter((other) => other !== position), position];
    kin.next = 0;
    kin.isSorted = false;
  }

  /**
   * The first that may stand at a place, of those that count for a quota when one is given; null: there is none.
   *
   * @param quota index of a quota; −1: any
   */
  first(place: number, quota: number): number | null {
    const choice = this.#byQuota[quota] ?? this.#all;
    return this.#firstArranged(choice, place) ?? this.#firstBehind(choice, place);
  }

  #firstArranged(choice: Choice, place: number): number | null {
    const { arranged } = choice;
    while (choice.next < arranged.length && this.isTaken(arranged[choice.next]!)) choice.next += 1;
    for (let i = choice.next; i < arranged.length; i++) {
      const position = arranged[i]!;
      if (this.isTaken(position)) continue;
      const kin = this.#know(position);
      if (!this.#isHeldBack(kin, place)) return position;
    }
    return null;
  }

  #firstBehind(choice: Choice, place: number): number | null {
    choice.behind ??= choice.positions === null ? this.#bestBehind() : this.#openBehind(choice.positions);
    const known = this.#firstKnown(choice, place);
    for (;;) {
      const position = choice.behind.first;
      if (position < 0 && choice.isAllBehind) break;
      if (position < 0) {
        // What was asked for already is known by now, and passed over.
        choice.behind = this.#openBehind(null);
        choice.isAllBehind = true;
        continue;
      }
      if (known >= 0 && this.#compare(known, position) <= 0) break;
      choice.behind.dropFirst();
      if (this.#numberAt[position] !== 0) continue;
      if (!this.#isHeldBack(this.#know(position), place)) return position;
    }
    return known < 0 ? null : known;
  }

  /** −1: none. */
  #firstKnown({ kin: all }: Choice, place: number): number {
    let best = -1;
    for (let i = 0; i < all.length; i++) {
      const kin = all[i]!;
      const head = this.#headOf(kin);
      if (head < 0 || (best >= 0 && this.#compare(best, head) < 0)) continue;
      if (this.#caps.forbidding(kin.groups, place) === null) best = head;
    }
    for (let i = 0; i < all.length; i++) {
      const kin = all[i]!;
      const head = this.#headOf(kin);
      if (head >= 0 && head !== best && (best < 0 || this.#compare(head, best) < 0)) this.#isHeldBack(kin, place);
    }
    return best;
  }

  /** Whether a cap keeps kin from a place, which is noted. */
  #isHeldBack(kin: Kin, place: number): boolean {
    const by = this.#caps.forbidding(kin.groups, place);
    if (by === null) return false;
    if (kin.heldBack?.place !== place || kin.heldBack.by !== by) kin.heldBack = { by, place };
    return true;
  }

  /** −1: all that are known are taken, or stand in the list as arranged. */
  #headOf(kin: Kin): number {
    if (!kin.isSorted) {
      kin.behind = kin.behind.slice(kin.next).sort((a, b) => this.#compare(a, b));
      kin.next = 0;
      kin.isSorted = true;
    }
    while (kin.next < kin.behind.length && this.isTaken(kin.behind[kin.next]!)) kin.next += 1;
    return kin.behind[kin.next] ?? -1;
  }

  /** Mostly a few more than the list has places are enough. */
  #bestBehind(): ScoreHeap {
    const best = selectTopK(this.#scores, this.#arrangedCount + BEHIND_AT_FIRST, this.#open);
    const positions = Int32Array.from(best).filter((position) => !this.#isArranged(position));
    return new ScoreHeap(this.#scores, positions, positions.length);
  }

  #openBehind(target: Int32Array | null): ScoreHeap {
    const count = target?.length ?? this.#open.length;
    const positions = new Int32Array(count);
    let size = 0;
    for (let i = 0; i < count; i++) {
      const position = target === null ? i : target[i]!;
      if (this.#open[position] !== 1 || this.#isArranged(position)) continue;
      positions[size] = position;
      size += 1;
    }
    return new ScoreHeap(this.#scores, positions, size);
  }

  /** Of two behind the list. */
  #compare(a: number, b: number): number {
    return this.#scores[b]! - this.#scores[a]! || a - b;
  }

  #know(position: number): Kin {
    const known = this.#numberAt[position]!;
    return known === 0 ? this.#meet(position) : this.#kinByNumber[known]!;
  }

  /**
   * @param quotas indices of those that it counts for
   * @param caps indices of those whose targets it is in
   */
  #meet(position: number, quotas?: readonly number[], caps?: readonly number[]): Kin {
    const kin = this.#find(position, quotas ?? indicesOf(this.#quotaMasks, position), caps);
    this.#numberAt[position] = this.#isTaken.length;
    this.#kinByNumber.push(kin);
    this.#isTaken.push(false);
    if (this.#isArranged(position)) return kin;
    if (kin.behind.length === 0) {
      this.#all.kin.push(kin);
      for (const quota of kin.quotas) this.#byQuota[quota]!.kin.push(kin);
    }
    const last = kin.behind.at(-1);
    kin.isSorted &&= last === undefined || this.#compare(last, position) < 0;
    kin.behind.push(position);
    return kin;
  }

  #find(position: number, quotas: readonly number[], caps: readonly number[] | undefined): Kin {
    const groups = this.#caps.groupsOf(position, caps);
    let node = 0;
    for (let i = 0; i < quotas.length; i++) node = this.#step(node, quotas[i]!);
    for (let i = 0; i < groups.length; i++) node = this.#step(node, this.#quotaMasks.length + groups[i]!);
    const known = this.#kinAtNode[node];
    if (known !== undefined) return known;
    const kin: Kin = { groups, quotas, behind: [], next: 0, isSorted: true, heldBack: null };
    this.#kinAtNode[node] = kin;
    return kin;
  }

  #step(node: number, by: number): number {
    const key = node < FEW_NODES && by < FEW_STEPS ? node * FEW_STEPS + by : MANY + node * STEPS + by;
    const known = this.#steps.get(key);
    if (known !== undefined) return known;
    const next = this.#kinAtNode.push(undefined) - 1;
    this.#steps.set(key, next);
    return next;
  }
}

/** Small numbers are found faster: 31 bits are enough for most lists. */
const FEW_NODES = 2 ** 20;
const FEW_STEPS = 2 ** 10;
const MANY = 2 ** 31;
/** More than there are groups and quotas: each course of a list counts for some tags. */
const STEPS = 2 ** 26;

function choiceOf(arranged: readonly number[], positions: Int32Array | null): Choice {
  return { arranged, next: 0, kin: [], behind: null, isAllBehind: positions !== null, positions };
}
