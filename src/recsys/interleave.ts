/** Two rankings dealt into one list, as two captains pick players. */
export interface InterleavedList {
  /** Item indices, no repeats. */
  readonly items: Int32Array;
  /** Which ranking each place belongs to: 0 for the first, 1 for the second. */
  readonly teams: Uint8Array;
}

/** What people's choices in interleaved lists say about the two rankings. */
export interface TeamCredit {
  readonly first: number;
  readonly second: number;
}

/**
 * Team-draft interleaving (Radlinski, Kurup & Joachims 2008, algorithm 2): in every round both rankings, in an order
 * drawn by lot, add their best item that is not yet on the list. Whichever ranking people would rather have gets more of
 * their choices, and neither gains by its places: one list compares both within each person.
 *
 * @param first     item indices, best first, no repeats
 * @param second    likewise
 * @param length    places to fill, at least 0
 * @param firstGoes the lot of each round, asked once per round in order: whether the first ranking picks before the other
 * @returns fewer items when both rankings are used up; when one is, the other goes on alone
 * @throws RangeError when the length is not a whole number of at least 0
 */
export function interleave(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  length: number,
  firstGoes: () => boolean,
): InterleavedList {
  if (!Number.isSafeInteger(length) || length < 0) throw new RangeError(`${length} is no number of places.`);
  const rankings = [first, second] as const;
  const next = [0, 0];
  const taken = new Set<number>();
  const items: number[] = [];
  const teams: number[] = [];
  const pick = (team: 0 | 1): void => {
    const ranking = rankings[team];
    while (next[team]! < ranking.length && taken.has(ranking[next[team]!]!)) next[team]! += 1;
    if (next[team]! >= ranking.length || items.length >= length) return;
    const item = ranking[next[team]!]!;
    taken.add(item);
    items.push(item);
    teams.push(team);
  };
  for (let before = -1; before < items.length && items.length < length; ) {
    before = items.length;
    const leader = firstGoes() ? 0 : 1;
    pick(leader);
    pick(leader === 0 ? 1 : 0);
  }
  return { items: Int32Array.from(items), teams: Uint8Array.from(teams) };
}

/**
 * How many of the chosen items each ranking put on the list; an item chosen twice counts once.
 *
 * @param chosen item indices; those not on the list count for nobody
 */
export function creditTeams(list: InterleavedList, chosen: Iterable<number>): TeamCredit {
  const picked = new Set(chosen);
  const credit = [0, 0];
  list.items.forEach((item, place) => {
    if (picked.has(item)) credit[list.teams[place]!]! += 1;
  });
  return { first: credit[0]!, second: credit[1]! };
}
