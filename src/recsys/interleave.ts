/** A list drawn from two others. */
export interface Interleaved {
  /** No item twice. */
  readonly items: readonly number[];
  /** Of each item the list whose turn it was: 0 for the first, 1 for the second. */
  readonly teams: Uint8Array;
}

/**
 * One list of two, by team draft (Radlinski, Kurup & Joachims 2008, algorithm 2): whichever list has given fewer items so
 * far, or the one that a coin falls for where both have given as many, gives its best item that is not there yet, and is
 * credited with what becomes of it. Where the lists are equally good, each is credited with half in expectation.
 *
 * When one of them has nothing left to give, the other gives the rest.
 *
 * @param first  items, best first, none twice
 * @param second items, best first, none twice
 * @param length most items to draw
 * @param coin   true: the first list begins; called once for each round of two
 * @returns at most `length` items; every prefix is the interleaved list of that length
 */
export function teamDraft(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  length: number,
  coin: () => boolean,
): Interleaved {
  const rankings = [first, second];
  const next = [0, 0];
  const given = [0, 0];
  const drawn = new Set<number>();
  const teams: number[] = [];
  const best = (team: number): number | null => {
    const ranking = rankings[team]!;
    while (next[team]! < ranking.length && drawn.has(ranking[next[team]!]!)) next[team]! += 1;
    return next[team]! < ranking.length ? ranking[next[team]!]! : null;
  };
  while (drawn.size < length) {
    const isFirst = given[0] === given[1] ? coin() : given[0]! < given[1]!;
    const turn = isFirst ? 0 : 1;
    const team = best(turn) === null ? 1 - turn : turn;
    const item = best(team);
    if (item === null) break;
    drawn.add(item);
    teams.push(team);
    given[team]! += 1;
  }
  return { items: [...drawn], teams: Uint8Array.from(teams) };
}

/** What people's choices in interleaved lists say about the two lists that these were drawn from. */
export interface TeamCredit {
  readonly first: number;
  readonly second: number;
}

/**
 * How many of the chosen items each list gave (Radlinski, Kurup & Joachims 2008, section 4.3); an item chosen twice counts
 * once.
 *
 * @param chosen those that are not on the list count for nobody
 */
export function creditTeams({ items, teams }: Interleaved, chosen: Iterable<number>): TeamCredit {
  const picked = new Set(chosen);
  const credit = [0, 0];
  items.forEach((item, place) => {
    if (picked.has(item)) credit[teams[place]!]! += 1;
  });
  return { first: credit[0]!, second: credit[1]! };
}
