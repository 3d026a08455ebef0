import { grouped } from '../../platform/grouped.js';
import { Prospects, type Slot } from './prospects.js';
import type { TeamLoad } from './teamLoad.js';

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

/** How a team is limited. */
export interface TeamPlace {
  /** People of the team, whether asked about or not, and most of them in windows at any instant. */
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
 * @param loads what each team that is limited has room for; takes up all that is picked
 * @returns for each person, in the order given, what they picked, best first; empty when every slot of theirs was taken.
 *   Yields whenever it may be left for a while
 */
export function* spreadOverTeams<P extends { readonly slot: number }>(
  people: readonly TeamPerson<P>[],
  loads: ReadonlyMap<string | null, TeamLoad>,
): Generator<void, readonly (readonly P[])[]> {
  const picks = people.map((): P[] => []);
  for (const [team, members] of grouped(people.keys(), (i) => people[i]?.team ?? null)) {
    const load = loads.get(team);
    if (load === undefined) yield* pickFreely(people, picks, members);
    else yield* placeTeam(people, picks, members, load);
  }
  return picks;
}

function* pickFreely<P extends { readonly slot: number }>(
  people: readonly TeamPerson<P>[],
  picks: readonly P[][],
  members: readonly number[],
): Generator<void, void> {
  for (const i of members) {
    const person = people[i] as TeamPerson<P>;
    const picked = picks[i] as P[];
    while (picked.length < person.count) {
      const pick = person.pick(() => true, picked);
      if (pick === null) break;
      picked.push(pick);
    }
    yield;
  }
}

function* placeTeam<P extends { readonly slot: number }>(
  people: readonly TeamPerson<P>[],
  picks: readonly P[][],
  members: readonly number[],
  load: TeamLoad,
): Generator<void, void> {
  const place = (i: number): readonly number[] => {
    const { slots, pick: pickNext } = people[i] as TeamPerson<P>;
    const picked = picks[i] as P[];
    const pick = pickNext((slot) => load.isOpen((slots[slot] as Slot).hour), picked);
    if (pick === null) return [];
    picked.push(pick);
    return load.add((slots[pick.slot] as Slot).hour);
  };
  const order = yield* placeFirst(people, members, load, place);
  const rounds = members.reduce((most, i) => Math.max(most, people[i]?.count ?? 0), 0);
  for (let round = 1; round < rounds; round++) {
    order.reverse();
    for (const i of order) {
      const isStillPicking = picks[i]?.length === round && round < (people[i]?.count ?? 0);
      if (!isStillPicking) continue;
      place(i);
      yield;
    }
  }
}

/** Places everyone's first window, and gives the order in which they came. */
function* placeFirst(
  people: readonly Pick<TeamPerson<{ readonly slot: number }>, 'id' | 'slots'>[],
  members: readonly number[],
  load: TeamLoad,
  place: (i: number) => readonly number[],
): Generator<void, number[]> {
  const prospects = new Prospects(load);
  for (const i of members) {
    prospects.add(i, people[i]?.id ?? '', people[i]?.slots ?? []);
    yield;
  }
  const order: number[] = [];
  for (let i = prospects.next(); i !== null; i = prospects.next()) {
    for (const quarter of place(i)) yield* prospects.noteFull(quarter);
    order.push(i);
    yield;
  }
  return order;
}
