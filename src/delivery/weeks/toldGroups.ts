import { GROUP_KINDS, type GroupKind, type GroupNames } from '../model/timingModel.js';
import { MINIMUM_PEOPLE } from '../model/weekModel.js';

/** A department or a location, and how many active people it has. */
export interface CountedGroup {
  readonly kind: GroupKind;
  readonly name: string;
  readonly people: number;
}

/**
 * The groups whose weeks may be told beside that of the organisation, so that nobody's can be had by taking some from
 * others: one to four people are never what a kind leaves of the organisation, and never what parts a department from
 * some locations taken together, or a location from some departments. What is not told of its kind counts as one more
 * group, for it is what the others leave of everyone. Of what would tell, the smallest is left out.
 *
 * Several departments taken together are not compared with several locations.
 *
 * @param people all active people
 * @param groups departments and locations of five of them at least
 */
export function toldGroups<Group extends CountedGroup>(
  people: readonly GroupNames[],
  groups: readonly Group[],
): ReadonlySet<Group> {
  const told = new Set(groups);
  for (;;) {
    const telltale = telltaleOf(people, [...told]);
    if (telltale === null) return told;
    told.delete(telltale);
  }
}

/** A group that must not be told with the others; null: all may be. */
function telltaleOf<Group extends CountedGroup>(people: readonly GroupNames[], told: readonly Group[]): Group | null {
  const kinds = GROUP_KINDS.map((kind) => new Parts(told.filter((group) => group.kind === kind)));
  const [departments, locations] = kinds as [Parts<Group>, Parts<Group>];
  for (const { department, location } of people) {
    const [own, other] = [departments.partOf(department), locations.partOf(location)];
    own.meet(other);
    other.meet(own);
  }
  for (const { rest, groups } of kinds) {
    if (areFew(rest.people)) return smallest(groups);
  }
  const telling = kinds.flatMap(({ all }) => all).filter((part) => areFew(part.leastDifference()));
  const named = telling.map(({ group }) => group).filter((group) => group !== null);
  return telling.length === 0 ? null : smallest(named.length > 0 ? named : told);
}

/** The people of one group, or of a kind those who are in none that is told. */
class Part<Group> {
  readonly group: Group | null;
  people = 0;
  /** By parts of the other kind, how many are in both. */
  readonly #inBoth = new Map<Part<Group>, number>();

  constructor(group: Group | null) {
    this.group = group;
  }

  /** Counts somebody in who is in a part of the other kind as well. */
  meet(other: Part<Group>): void {
    this.people += 1;
    this.#inBoth.set(other, (this.#inBoth.get(other) ?? 0) + 1);
  }

  /** How many people part this from whatever parts of the other kind, taken together, come nearest to it. */
  leastDifference(): number {
    let people = 0;
    for (const [other, inBoth] of this.#inBoth) people += Math.min(inBoth, other.people - inBoth);
    return people;
  }
}

/** People by the group of one kind that they are in. */
class Parts<Group extends CountedGroup> {
  readonly groups: readonly Group[];
  readonly rest = new Part<Group>(null);
  readonly #byName: ReadonlyMap<string, Part<Group>>;

  constructor(groups: readonly Group[]) {
    this.groups = groups;
    this.#byName = new Map(groups.map((group) => [group.name, new Part(group)]));
  }

  get all(): readonly Part<Group>[] {
    return [...this.#byName.values(), this.rest];
  }

  partOf(name: string | null): Part<Group> {
    return (name === null ? undefined : this.#byName.get(name)) ?? this.rest;
  }
}

const areFew = (people: number): boolean => people > 0 && people < MINIMUM_PEOPLE;

function smallest<Group extends CountedGroup>(groups: readonly Group[]): Group | null {
  const rankOf = ({ kind }: CountedGroup) => GROUP_KINDS.indexOf(kind);
  const [first] = groups.toSorted(
    (a, b) => a.people - b.people || rankOf(a) - rankOf(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  return first ?? null;
}
