import { FEWEST_PEOPLE } from './fewPeople.js';

/** A group of people and how many are in it. */
export interface CountedGroup<Kind extends string> {
  readonly kind: Kind;
  readonly name: string;
  readonly people: number;
}

/** People who are in the same groups. */
export interface GroupedPeople<Kind extends string> {
  /** The group of each kind; null: in none of that kind. */
  readonly groups: Readonly<Record<Kind, string | null>>;
  readonly people: number;
}

/**
 * The groups of which something may be told beside what is told of everyone, so that nobody's part of it can be had by
 * taking some from others: one to four people are never what a kind leaves of everyone, and never what parts a group of
 * one kind from some groups of another kind taken together. What is not told of its kind counts as one more group, for it
 * is what the others leave of everyone. Of what would tell, the smallest is left out.
 *
 * Several groups of one kind taken together are not compared with several of another.
 *
 * @param kinds each of which parts people; the earlier is left out first among equals
 * @param people everyone counted, in as few rows as there are combinations of groups or in more
 * @param groups of five people at least
 */
export function tellableGroups<Kind extends string, Group extends CountedGroup<Kind>>(
  kinds: readonly Kind[],
  people: readonly GroupedPeople<Kind>[],
  groups: readonly Group[],
): ReadonlySet<Group> {
  const told = new Set(groups);
  while (told.size > 0) {
    const telltale = telltaleOf(kinds, people, [...told]);
    if (telltale === null) break;
    told.delete(telltale);
  }
  return told;
}

/** A group that must not be told with the others; null: all may be. */
function telltaleOf<Kind extends string, Group extends CountedGroup<Kind>>(
  kinds: readonly Kind[],
  people: readonly GroupedPeople<Kind>[],
  told: readonly Group[],
): Group | null {
  const partitions = kinds.map((kind) => ({ kind, parts: new Parts(told.filter((group) => group.kind === kind)) }));
  for (const some of people) {
    const own = partitions.map(({ kind, parts }) => parts.partOf(some.groups[kind]));
    for (const part of own) part.take(some.people, own);
  }
  for (const { parts } of partitions) {
    if (areFew(parts.rest.people) && parts.groups.length > 0) return smallest(kinds, parts.groups);
  }
  const telling = partitions.flatMap(({ parts }) => {
    const others = partitions.filter((other) => other.parts !== parts).map((other) => other.parts);
    return parts.all.filter((part) => others.some((other) => areFew(part.leastDifference(other))));
  });
  const named = telling.map(({ group }) => group).filter((group) => group !== null);
  return telling.length === 0 ? null : smallest(kinds, named.length > 0 ? named : told);
}

/** The people of one group, or of a kind those who are in none that is told. */
class Part<Group> {
  readonly group: Group | null;
  people = 0;
  /** By parts of the other kinds, how many are in both. */
  readonly #inBoth = new Map<Part<Group>, number>();

  constructor(group: Group | null) {
    this.group = group;
  }

  /** Counts people in who are in these parts, itself among them. */
  take(people: number, parts: readonly Part<Group>[]): void {
    this.people += people;
    for (const part of parts) {
      if (part !== this) this.#inBoth.set(part, (this.#inBoth.get(part) ?? 0) + people);
    }
  }

  /** How many people part this from whatever parts of the other kind, taken together, come nearest to it. */
  leastDifference(others: { has(part: Part<Group>): boolean }): number {
    let people = 0;
    for (const [other, inBoth] of this.#inBoth) {
      if (others.has(other)) people += Math.min(inBoth, other.people - inBoth);
    }
    return people;
  }
}

/** People by the group of one kind that they are in. */
class Parts<Group extends CountedGroup<string>> {
  readonly groups: readonly Group[];
  readonly rest = new Part<Group>(null);
  readonly all: readonly Part<Group>[];
  readonly #byName: ReadonlyMap<string, Part<Group>>;
  readonly #members: ReadonlySet<Part<Group>>;

  constructor(groups: readonly Group[]) {
    this.groups = groups;
    this.#byName = new Map(groups.map((group) => [group.name, new Part(group)]));
    this.all = [...this.#byName.values(), this.rest];
    this.#members = new Set(this.all);
  }

  has(part: Part<Group>): boolean {
    return this.#members.has(part);
  }

  partOf(name: string | null): Part<Group> {
    return (name === null ? undefined : this.#byName.get(name)) ?? this.rest;
  }
}

const areFew = (people: number): boolean => people > 0 && people < FEWEST_PEOPLE;

function smallest<Kind extends string, Group extends CountedGroup<Kind>>(
  kinds: readonly Kind[],
  groups: readonly Group[],
): Group | null {
  const [first] = groups.toSorted(
    (a, b) =>
      a.people - b.people ||
      kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
      (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  return first ?? null;
}
