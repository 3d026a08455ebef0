/** Teams of different zones may meet in part of an hour; every offset since 1972 is a whole number of quarters. */
const QUARTER_MS = 15 * 60_000;

/** A window that somebody could be reached in. */
interface Slot {
  readonly hour: { readonly startMs: number; readonly endMs: number };
  /** What it is worth, such as the probability that they are active. */
  readonly probability: number;
}

export interface TeamPerson<P extends { readonly slot: number }> {
  readonly id: string;
  /** Null: in no team, and under no limit. */
  readonly team: string | null;
  /** Best first. */
  readonly slots: readonly Slot[];
  /** How many windows to find; each counts for the team. */
  readonly count: number;
  /** Chooses the next window among the slots that are open; null: none is left. Nothing else may depend on it. */
  readonly pick: (isOpen: (slot: number) => boolean, picked: readonly P[]) => P | null;
}

export interface TeamLimit {
  /** 0–1: most of a team at any instant; but always one person. */
  readonly teamShare: number;
  /** Smallest team that it applies to. */
  readonly teamShareFrom: number;
}

/** What a campaign leaves to a team. */
export interface TeamPlace {
  /** People of the team in the campaign, and most of them in one window. */
  readonly people: number;
  readonly limit: number;
}

/** Most people of a team in windows at any one instant; null: no limit. */
export function teamLimit(people: number, { teamShare, teamShareFrom }: TeamLimit): number | null {
  if (people < teamShareFrom || teamShare >= 1) return null;
  // A share of 0.29 of 100 people is 29 of them, though the product of doubles is a little less.
  return Math.max(1, Math.floor(teamShare * people + 1e-9));
}

/**
 * Finds everyone's windows so that no instant ever holds more than its share of a team. Whoever has most to lose by
 * taking the next best open window chooses first (as in Vogel's approximation of the transportation problem, Reinfeld &
 * Vogel 1958), ties by id and then by place; second windows are chosen in the reverse order, third ones in the first
 * again. The order hangs on what windows are worth and on the choices before, never on one's own draw, so that the
 * propensity of each draw holds given the people placed before.
 *
 * @returns for each person, in the order given, what they picked, best first; empty when every slot of theirs was taken
 */
export function spreadOverTeams<P extends { readonly slot: number }>(
  people: readonly TeamPerson<P>[],
  limit: TeamLimit,
): readonly (readonly P[])[] {
  const picks = people.map((): P[] => []);
  for (const [team, members] of membersByTeam(people)) {
    const most = team === null ? null : teamLimit(members.length, limit);
    if (most === null) for (const i of members) pickFreely(people[i] as TeamPerson<P>, picks[i] as P[]);
    else placeTeam(people, picks, members, most);
  }
  return picks;
}

function membersByTeam(people: readonly { readonly team: string | null }[]): ReadonlyMap<string | null, number[]> {
  const members = new Map<string | null, number[]>();
  for (const [i, { team }] of people.entries()) {
    const known = members.get(team);
    if (known === undefined) members.set(team, [i]);
    else known.push(i);
  }
  return members;
}

function pickFreely<P extends { readonly slot: number }>(person: TeamPerson<P>, picked: P[]): void {
  while (picked.length < person.count) {
    const pick = person.pick(() => true, picked);
    if (pick === null) return;
    picked.push(pick);
  }
}

function placeTeam<P extends { readonly slot: number }>(
  people: readonly TeamPerson<P>[],
  picks: readonly P[][],
  members: readonly number[],
  most: number,
): void {
  const load = new Load(most);
  const place = (i: number): boolean => {
    const person = people[i] as TeamPerson<P>;
    const picked = picks[i] as P[];
    const isOpen = ({ hour }: Slot) => load.isOpen(hour.startMs, hour.endMs);
    const pick = person.pick((slot) => isOpen(person.slots[slot] as Slot), picked);
    if (pick === null) return false;
    picked.push(pick);
    const { hour } = person.slots[pick.slot] as Slot;
    return load.add(hour.startMs, hour.endMs);
  };
  const order = placeFirst(people, members, load, place);
  const rounds = Math.max(...members.map((i) => people[i]?.count ?? 0));
  for (let round = 1; round < rounds; round++) {
    order.reverse();
    for (const i of order) {
      const isStillPicking = picks[i]?.length === round && round < (people[i]?.count ?? 0);
      if (isStillPicking) place(i);
    }
  }
}

/** Places everyone's first window, and gives the order in which they came. */
function placeFirst(
  people: readonly Pick<TeamPerson<{ readonly slot: number }>, 'id' | 'slots'>[],
  members: readonly number[],
  load: Load,
  place: (i: number) => boolean,
): number[] {
  const prospects = members.map((i) => new Prospect(i, people[i]?.id ?? '', people[i]?.slots ?? []));
  const order: number[] = [];
  while (prospects.length > 0) {
    for (const prospect of prospects) prospect.look(load);
    prospects.sort((a, b) => b.loss - a.loss || (a.id < b.id ? -1 : a.id > b.id ? 1 : a.index - b.index));
    let hasFilled = false;
    let placed = 0;
    while (placed < prospects.length && !hasFilled) {
      const { index } = prospects[placed] as Prospect;
      hasFilled = place(index);
      order.push(index);
      placed += 1;
    }
    // As long as nothing was filled, nobody's prospects have changed.
    prospects.splice(0, placed);
  }
  return order;
}

/** What somebody stands to lose. Slots never open again, so the two best open ones only move on. */
class Prospect {
  readonly index: number;
  readonly id: string;
  loss = 0;
  readonly #slots: readonly Slot[];
  #best = 0;
  #second = 0;

  constructor(index: number, id: string, slots: readonly Slot[]) {
    this.index = index;
    this.id = id;
    this.#slots = slots;
  }

  look(load: Load): void {
    this.#best = this.#openFrom(this.#best, load);
    this.#second = this.#openFrom(Math.max(this.#second, this.#best + 1), load);
    // Rounded, since equal prospects must be equal.
    this.loss = Math.round(
      ((this.#slots[this.#best]?.probability ?? 0) - (this.#slots[this.#second]?.probability ?? 0)) * 1e9,
    );
  }

  #openFrom(slot: number, load: Load): number {
    let open = slot;
    for (let hour = this.#slots[open]?.hour; hour !== undefined; hour = this.#slots[open]?.hour) {
      if (load.isOpen(hour.startMs, hour.endMs)) return open;
      open += 1;
    }
    return open;
  }
}

/** How many people of a team there are in each quarter of an hour. */
class Load {
  readonly #most: number;
  readonly #people = new Map<number, number>();
  readonly #full = new Set<number>();

  constructor(most: number) {
    this.#most = most;
  }

  isOpen(startMs: number, endMs: number): boolean {
    if (this.#full.size === 0) return true;
    const end = Math.ceil(endMs / QUARTER_MS);
    for (let quarter = Math.floor(startMs / QUARTER_MS); quarter < end; quarter++) {
      if (this.#full.has(quarter)) return false;
    }
    return true;
  }

  /** Whether that filled any quarter. */
  add(startMs: number, endMs: number): boolean {
    const end = Math.ceil(endMs / QUARTER_MS);
    let hasFilled = false;
    for (let quarter = Math.floor(startMs / QUARTER_MS); quarter < end; quarter++) {
      const people = (this.#people.get(quarter) ?? 0) + 1;
      this.#people.set(quarter, people);
      if (people < this.#most) continue;
      this.#full.add(quarter);
      hasFilled = true;
    }
    return hasFilled;
  }
}
