import {
  type Audience,
  audienceKey,
  EVERYBODY,
  FEWEST_TAKERS,
  type GroupTrends,
  type Trends,
  type Uptake,
} from '../../learners/trends.js';
import { type Arrays, NEW_ARRAYS } from './scratchArrays.js';
import type { ServingIndex } from './servingIndex.js';
import { greatestOf, type SparseColumn, sparseColumn } from './sparseColumn.js';

/** How people in one group take up one course. */
export interface GroupUptake {
  readonly audience: Audience;
  /** People of the group who took it up, and how many are in the group. */
  readonly people: number;
  readonly groupPeople: number;
  readonly recentPeople: number;
}

interface PeerColumn {
  readonly group: GroupTrends;
  readonly column: SparseColumn;
}

/** Trends laid out by the positions of a serving index; each column is made when it is first asked for. */
export interface TrendIndex {
  readonly trends: Trends;
  /**
   * By position: how much more often people of the audiences take the course up than people elsewhere, as a shrunk
   * logarithm of the ratio, the greatest of the audiences; at least 0, 0 where nothing is known.
   */
  peers(audiences: readonly Audience[], arrays?: Arrays): SparseColumn;
  /** By position: how much faster than before the group takes the course up, shrunk; at least 0. */
  trending(audience: Audience): SparseColumn;
  /** By position: logarithm of 1 + people who took it up, anywhere. */
  readonly popularity: Float32Array;
  /** The audience that speaks loudest for the course in `peers`; null: none does. */
  loudest(audiences: readonly Audience[], position: number): GroupUptake | null;
  /** People of the audience who took the course up in the latest period; 0 where that is too few to tell. */
  recentPeople(audience: Audience, position: number): number;
  group(audience: Audience): GroupTrends | null;
}

/**
 * What stands for no difference at all, in people: a group of which three take up a course where nobody was expected to
 * counts as twice the usual, not as infinitely more.
 */
const PEER_PRIOR = 3;
/** The same for either of two periods; not below what a suppressed count may hide. */
const GROWTH_PRIOR = FEWEST_TAKERS;
/** Columns that are kept take up at most this much: 2²² numbers of 4 bytes, 16 MB for either kind. */
const MAX_KEPT_CELLS = 2 ** 22;

export function createTrendIndex(index: ServingIndex, trends: Trends): TrendIndex {
  const length = index.courses.length;
  const none = sparseColumn(new Float32Array(length));
  const group = (audience: Audience) => trends.groups.get(audienceKey(audience)) ?? null;
  const everybody = group(EVERYBODY);
  const takers = columnOf(index, everybody, ({ people }) => people);
  const popularity = takers.map((people) => Math.log1p(people));

  const keptColumns = Math.max(1, Math.floor(MAX_KEPT_CELLS / Math.max(1, length)));
  const peerColumn = kept(keptColumns, (known) => {
    const perPerson = known.people / Math.max(1, everybody?.people ?? 0);
    return sparseColumn(
      columnOf(index, known, ({ people }, position) => peerLift(people, perPerson * (takers[position] as number))),
    );
  });
  const growthColumn = kept(keptColumns, (known) => sparseColumn(columnOf(index, known, growthBound)));
  const uptakesById = kept(keptColumns, ({ uptakes }) => new Map(uptakes.map((one) => [one.courseId, one])));

  // One list asks for the same audiences over and over.
  let asked: { readonly audiences: readonly Audience[]; readonly columns: readonly PeerColumn[] } | null = null;
  const peerColumns = (audiences: readonly Audience[]): readonly PeerColumn[] => {
    if (asked?.audiences === audiences) return asked.columns;
    const columns: PeerColumn[] = [];
    for (const audience of audiences) {
      const known = group(audience);
      if (known !== null) columns.push({ group: known, column: peerColumn(known) });
    }
    asked = { audiences, columns };
    return columns;
  };

  return {
    trends,
    popularity,
    group,
    peers(audiences, arrays = NEW_ARRAYS) {
      const columns = peerColumns(audiences).map(({ column }) => column);
      return columns.length === 0 ? none : greatestOf(columns, length, arrays);
    },
    trending(audience) {
      const known = group(audience);
      return known === null ? none : growthColumn(known);
    },
    recentPeople(audience, position) {
      const known = group(audience);
      if (known === null) return 0;
      return uptakesById(known).get(index.courses[position]?.id ?? '')?.recentPeople ?? 0;
    },
    loudest(audiences, position) {
      let loudest: GroupTrends | null = null;
      let greatest = 0;
      for (const { group: known, column } of peerColumns(audiences)) {
        const value = column.values[position] ?? 0;
        if (value <= greatest) continue;
        loudest = known;
        greatest = value;
      }
      const uptake = loudest === null ? undefined : uptakesById(loudest).get(index.courses[position]?.id ?? '');
      if (loudest === null || uptake === undefined) return null;
      const { people, recentPeople } = uptake;
      return { audience: loudest.audience, people, recentPeople, groupPeople: loudest.people };
    },
  };
}

/**
 * How much more often a group takes a course up than the organisation does, as the logarithm of a shrunk ratio of
 * observed to expected people: the posterior mean of a Gamma–Poisson model whose prior has mean 1 (DuMouchel 1999, eq. 4
 * with one component). Shrinking towards the organisation's share by so many colleagues instead, as one would for
 * common courses, leaves rare ones hardly shrunk, and a course that three people of a small team took would lead.
 *
 * @param people   of the group who took it up; fewer than `FEWEST_TAKERS` tell nothing
 * @param expected how many it would be if the group were like the organisation
 * @returns at least 0
 */
export function peerLift(people: number, expected: number): number {
  if (people < FEWEST_TAKERS) return 0;
  return Math.max(0, Math.log((people + PEER_PRIOR) / (expected + PEER_PRIOR)));
}

/**
 * How much faster than before a course is taken up: the lower end of an interval, one standard error wide to either
 * side, for the logarithm of the ratio of two Poisson counts (Rothman, Greenland & Lash 2008, ch. 14: the variance is
 * 1/recent + 1/previous), with `GROWTH_PRIOR` people added to both. Ranking by the lower end keeps small numbers, whose
 * ratios are wild, from leading (Miller 2009, "How Not To Sort By Average Rating").
 *
 * @returns at least 0; 0 for fewer than `FEWEST_TAKERS` recent people
 */
export function growthBound({ recentPeople, previousPeople }: Pick<Uptake, 'recentPeople' | 'previousPeople'>): number {
  if (recentPeople < FEWEST_TAKERS) return 0;
  const recent = recentPeople + GROWTH_PRIOR;
  const previous = previousPeople + GROWTH_PRIOR;
  return Math.max(0, Math.log(recent / previous) - Math.sqrt(1 / recent + 1 / previous));
}

function columnOf(
  { courses, positionById }: ServingIndex,
  group: GroupTrends | null,
  measure: (uptake: Uptake, position: number) => number,
): Float32Array {
  const column = new Float32Array(courses.length);
  for (const uptake of group?.uptakes ?? []) {
    const position = positionById.get(uptake.courseId);
    if (position !== undefined) column[position] = measure(uptake, position);
  }
  return column;
}

/** The function with its latest answers kept, up to so many. */
function kept<T>(most: number, make: (group: GroupTrends) => T): (group: GroupTrends) => T {
  const made = new Map<GroupTrends, T>();
  return (group) => {
    const known = made.get(group);
    if (known !== undefined && made.size < most) return known;
    const value = known ?? make(group);
    // Once there is no more room, what was asked for last goes to the end, and what nobody asked for longest falls out.
    made.delete(group);
    made.set(group, value);
    if (made.size > most) made.delete(made.keys().next().value as GroupTrends);
    return value;
  };
}
