import type { Course } from '../../catalog/course.js';
import { type CappedValues, cappedValues } from './cappedValues.js';
import { type CompiledRule, indicesAt, indicesOf } from './compiledRule.js';

/** A cap looks at any so many places in a row. */
const CAP_WINDOW = 10;

/** A provider or tag under one cap. */
interface Group {
  readonly cap: CompiledRule<'CAP'>;
  readonly atMost: number;
  /** 1 at each place, from 1 and a window further on, that is taken or kept free for a course of it; null: none. */
  places: Uint8Array | null;
  count: number;
  /** What was found for a place, until something changes: it is asked for with every course of the group. */
  askedFor: number;
  isFull: boolean;
}

const NONE: readonly number[] = [];

/** Which places hold what the caps count, so that no ten in a row hold more of it than they may. */
export class CapWindows {
  readonly #caps: readonly CompiledRule<'CAP'>[];
  readonly #masks: readonly Uint8Array[];
  readonly #values: CappedValues | null;
  readonly #length: number;
  readonly #groups: Group[] = [];
  /** By cap and by what it counts. */
  readonly #numbers = new Map<number, number>();

  /** @param length places that the list may have */
  constructor(caps: readonly CompiledRule<'CAP'>[], courses: readonly Course[], length: number) {
    this.#caps = caps;
    this.#masks = caps.map(({ mask }) => mask);
    this.#values = caps.length === 0 ? null : cappedValues(courses);
    this.#length = length;
  }

  /** By position, of those given, the indices of the caps whose targets it is in. */
  capsAt(positions: readonly number[]): readonly (readonly number[])[] {
    return indicesAt(this.#masks, positions);
  }

  /**
   * Everything that a course counts towards, by number, ascending. A course without provider counts for none.
   *
   * @param caps indices of the caps whose targets it is in
   */
  groupsOf(position: number, caps = indicesOf(this.#masks, position)): readonly number[] {
    const values = this.#values;
    if (values === null || caps.length === 0) return NONE;
    const groups: number[] = [];
    for (const i of caps) {
      const counted = this.#caps[i]!.rule.action.per === 'TAG' ? values.tagsAt : values.providerAt;
      for (const value of counted(position)) groups.push(this.#numberOf(i, value));
    }
    return groups.length > 1 ? groups.sort((a, b) => a - b) : groups;
  }

  /** The first cap that keeps what counts towards these groups from a place; null: it may stand there. */
  forbidding(groups: readonly number[], place: number): CompiledRule<'CAP'> | null {
    for (let i = 0; i < groups.length; i++) {
      const group = this.#groups[groups[i]!]!;
      if (group.askedFor !== place) {
        group.askedFor = place;
        group.isFull = isFull(group, place);
      }
      if (group.isFull) return group.cap;
    }
    return null;
  }

  take(groups: readonly number[], place: number): void {
    this.#set(groups, place, 1);
  }

  free(groups: readonly number[], place: number): void {
    this.#set(groups, place, 0);
  }

  #set(groups: readonly number[], place: number, isTaken: 0 | 1): void {
    for (const number of groups) {
      const group = this.#groups[number] as Group;
      group.places ??= new Uint8Array(this.#length + 2 * CAP_WINDOW + 1);
      group.count += isTaken - (group.places[place + CAP_WINDOW] as number);
      group.places[place + CAP_WINDOW] = isTaken;
      group.askedFor = 0;
    }
  }

  #numberOf(index: number, value: number): number {
    const key = value * this.#caps.length + index;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const cap = this.#caps[index] as CompiledRule<'CAP'>;
    const { atMost } = cap.rule.action;
    const number = this.#groups.push({ cap, atMost, places: null, count: 0, askedFor: 0, isFull: false }) - 1;
    this.#numbers.set(key, number);
    return number;
  }
}

function isFull({ atMost, places, count }: Group, place: number): boolean {
  return count >= atMost && places !== null && mostAround(places, place + CAP_WINDOW) >= atMost;
}

/** The most that any ten places in a row around this one hold already. */
function mostAround(places: Uint8Array, at: number): number {
  let inWindow = 0;
  for (let other = at - CAP_WINDOW + 1; other < at; other++) inWindow += places[other]!;
  let most = inWindow;
  for (let last = at + 1; last < at + CAP_WINDOW; last++) {
    inWindow += places[last]! - places[last - CAP_WINDOW]!;
    if (inWindow > most) most = inWindow;
  }
  return most;
}
