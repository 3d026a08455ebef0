import { type AudienceKind, EVERYBODY } from '../../learners/trends.js';

/** The groups that somebody is in besides the organisation; null: none of the kind. */
export type OwnGroups = Readonly<Record<Exclude<AudienceKind, 'ORGANISATION'>, string | null>>;

/** Kinds of groups that part the organisation. */
export const PARTING_KINDS = ['DEPARTMENT', 'LOCATION', 'ROLE'] as const satisfies readonly AudienceKind[];

/** A group, by its place in a tally. */
export interface TalliedGroup {
  readonly kind: AudienceKind;
  /** Empty for the organisation. */
  readonly value: string;
}

/** How many people of a group count in a cell, and how often together. */
export interface GroupCount {
  readonly people: number;
  readonly events: number;
}

/** People who are in the same groups, with what they count for in one cell. */
export interface AtomCount extends GroupCount {
  readonly groups: OwnGroups;
  /** Places of the groups, the organisation first. */
  readonly places: readonly number[];
}

interface Atom {
  readonly groups: OwnGroups;
  readonly places: readonly number[];
}

/**
 * Who counts in which cell during a month. Everybody is in exactly one combination of department, location and role, so
 * that distinct people add up over combinations.
 */
export class MonthTally {
  readonly #groups: TalliedGroup[] = [EVERYBODY];
  readonly #placeOfGroup = new Map<string, number>();
  readonly #atoms: Atom[] = [];
  readonly #atomOfGroups = new Map<string, number>();
  /** By cell, for each person who counts in it: their combination of groups, then how often. */
  readonly #cells = new Map<string, number[]>();

  /** By place. */
  get groups(): readonly TalliedGroup[] {
    return this.#groups;
  }

  /** Names of all cells, in the order in which they were first counted. */
  get cells(): Iterable<string> {
    return this.#cells.keys();
  }

  has(cell: string): boolean {
    return this.#cells.has(cell);
  }

  /** Counts one person in; nobody may come twice. */
  add(groups: OwnGroups, counts: ReadonlyMap<string, number>): void {
    if (counts.size === 0) return;
    const atom = this.#atomOf(groups);
    for (const [cell, events] of counts) {
      const people = this.#cells.get(cell);
      if (people === undefined) this.#cells.set(cell, [atom, events]);
      else people.push(atom, events);
    }
  }

  /** How many people count in a cell. */
  peopleIn(cell: string): number {
    return (this.#cells.get(cell)?.length ?? 0) / 2;
  }

  /** The people of a cell by the groups that they are in. */
  atomsOf(cell: string): readonly AtomCount[] {
    const counted = new Map<number, { people: number; events: number }>();
    const entries = this.#cells.get(cell) ?? [];
    for (let i = 0; i < entries.length; i += 2) {
      const [atom, events] = [entries[i] as number, entries[i + 1] as number];
      const known = counted.get(atom);
      if (known === undefined) counted.set(atom, { people: 1, events });
      else {
        known.people += 1;
        known.events += events;
      }
    }
    return [...counted].map(([atom, count]) => ({ ...(this.#atoms[atom] as Atom), ...count }));
  }

  #atomOf(groups: OwnGroups): number {
    const name = JSON.stringify(PARTING_KINDS.map((kind) => groups[kind]));
    const known = this.#atomOfGroups.get(name);
    if (known !== undefined) return known;
    const places = PARTING_KINDS.flatMap((kind) => {
      const value = groups[kind];
      return value === null ? [] : [this.#placeOf({ kind, value })];
    });
    const atom = this.#atoms.push({ groups, places: [0, ...places] }) - 1;
    this.#atomOfGroups.set(name, atom);
    return atom;
  }

  #placeOf(group: TalliedGroup): number {
    const name = `${group.kind}:${group.value}`;
    const known = this.#placeOfGroup.get(name);
    if (known !== undefined) return known;
    const place = this.#groups.push(group) - 1;
    this.#placeOfGroup.set(name, place);
    return place;
  }
}
