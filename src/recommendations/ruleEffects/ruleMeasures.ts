import { FEWEST_PEOPLE } from '../../learners/fewPeople/fewPeople.js';
import { ndcgAtK } from '../../recsys/metrics.js';

// What a change of rules does to many lists at once. Tallies hold counts only, so that they can be kept by several threads
// and added up in any order.

/** A list with fewer courses leaves somebody short. */
const FEWEST_ITEMS = 5;

/** One learner's list before and after a change. */
export interface ListPair {
  /** Null: not known. */
  readonly department: string | null;
  /** Positions of courses, best first, no repeats; the whole list. */
  readonly before: ArrayLike<number>;
  readonly after: ArrayLike<number>;
  /** Rules behind what differs among the first places, each once. */
  readonly ruleIds: readonly string[];
}

/** Lists on one side of a change. */
export interface SideTally {
  /** Lists of fewer than `FEWEST_ITEMS` courses. */
  shortLists: number;
  /** By position of the course: lists that have it among their first places, and the sum of its ranks there. */
  readonly lists: Int32Array;
  readonly rankSums: Float64Array;
}

/** Lists of one department. */
export interface GroupTally {
  people: number;
  changed: number;
  shortBefore: number;
  shortAfter: number;
  /** Places among the first by provider; 0: courses that name none. */
  readonly before: Int32Array;
  readonly after: Int32Array;
}

/** Counts over any number of lists. Plain values, to be sent between threads. */
export interface ListTally {
  /** How many places of a list count. */
  readonly first: number;
  people: number;
  /** Lists whose first places differ. */
  changed: number;
  readonly before: SideTally;
  readonly after: SideTally;
  /** By department; empty: not known. */
  readonly groups: Map<string, GroupTally>;
  /** By rule: lists whose first places it changes. */
  readonly rules: Map<string, number>;
}

/** Index of the provider of each course by position, from 1; 0: it names none. */
export interface ProviderColumn {
  readonly indices: ArrayLike<number>;
  readonly values: readonly string[];
}

/** @param first how many places of a list count, at least 1 */
export function createTally(first: number, courseCount: number): ListTally {
  const side = (): SideTally => ({
    shortLists: 0,
    lists: new Int32Array(courseCount),
    rankSums: new Float64Array(courseCount),
  });
  return { first, people: 0, changed: 0, before: side(), after: side(), groups: new Map(), rules: new Map() };
}

/** Counts one more learner's lists. */
export function countLists(tally: ListTally, pair: ListPair, providers: ProviderColumn): void {
  const { before, after } = pair;
  const isChanged = !areSameFirst(before, after, tally.first);
  const group = groupOf(tally, pair.department ?? '', providers.values.length);
  tally.people += 1;
  group.people += 1;
  if (isChanged) {
    tally.changed += 1;
    group.changed += 1;
  }
  countSide(tally.before, before, tally.first);
  countSide(tally.after, after, tally.first);
  if (before.length < FEWEST_ITEMS) group.shortBefore += 1;
  if (after.length < FEWEST_ITEMS) group.shortAfter += 1;
  countProviders(group.before, before, tally.first, providers);
  countProviders(group.after, after, tally.first, providers);
  for (const id of pair.ruleIds) tally.rules.set(id, (tally.rules.get(id) ?? 0) + 1);
}

/** Adds what another tally of the same courses and places has counted. */
export function addTally(sum: ListTally, more: ListTally): void {
  sum.people += more.people;
  sum.changed += more.changed;
  for (const side of ['before', 'after'] as const) {
    sum[side].shortLists += more[side].shortLists;
    addInto(sum[side].lists, more[side].lists);
    addInto(sum[side].rankSums, more[side].rankSums);
  }
  for (const [department, group] of more.groups) addGroup(groupOf(sum, department, group.before.length), group);
  for (const [id, lists] of more.rules) sum.rules.set(id, (sum.rules.get(id) ?? 0) + lists);
}

/** How one course fares. */
export interface CourseShift {
  readonly position: number;
  /** Lists that have it among their first places. */
  readonly listsBefore: number;
  readonly listsAfter: number;
  /** Mean rank in those lists, from 1; null: it is in none. */
  readonly meanRankBefore: number | null;
  readonly meanRankAfter: number | null;
}

/** The courses that come into most lists more than they leave, and those that leave most; at most `limit` of either. */
export function winnersAndLosers(
  { before, after }: ListTally,
  limit: number,
): { readonly winners: readonly CourseShift[]; readonly losers: readonly CourseShift[] } {
  const shifts: CourseShift[] = [];
  before.lists.forEach((listsBefore, position) => {
    const listsAfter = after.lists[position] as number;
    if (listsBefore === listsAfter) return;
    shifts.push({
      position,
      listsBefore,
      listsAfter,
      meanRankBefore: meanRank(before, position),
      meanRankAfter: meanRank(after, position),
    });
  });
  const gain = ({ listsBefore, listsAfter }: CourseShift): number => listsAfter - listsBefore;
  shifts.sort((a, b) => gain(b) - gain(a) || a.position - b.position);
  return {
    winners: shifts.filter((shift) => gain(shift) > 0).slice(0, limit),
    losers: shifts
      .filter((shift) => gain(shift) < 0)
      .sort((a, b) => gain(a) - gain(b) || a.position - b.position)
      .slice(0, limit),
  };
}

/** How much of the first places a provider has. */
export interface ProviderShare {
  /** Null: courses that name none. */
  readonly provider: string | null;
  /** Shares of all first places, 0–1. */
  readonly before: number;
  readonly after: number;
}

/** The lists of a group of people. */
export interface GroupExposure {
  readonly people: number;
  readonly changed: number;
  readonly shortBefore: number;
  readonly shortAfter: number;
  /** Those with most places on either side first. */
  readonly providers: readonly ProviderShare[];
}

/** The lists of one department, or of several that are too small to be told apart. */
export interface DepartmentExposure extends GroupExposure {
  /** Null: no single one: people whose department is not known and those of departments that are too small. */
  readonly department: string | null;
}

/** The lists of everybody. */
export function exposureOfAll(tally: ListTally, { values }: ProviderColumn, limit: number): GroupExposure {
  const all = emptyGroup(values.length);
  for (const group of tally.groups.values()) addGroup(all, group);
  return exposureOf(all, values, limit);
}

/**
 * The lists of each department, the largest first. What departments of fewer than five people do is told of all such
 * departments together, and when they are fewer than five people even so, together with the next larger one: so no group
 * has fewer people than that, unless there are no more at all, and then nothing is told.
 *
 * @param limit departments beyond it are told of together, too
 */
export function exposureByDepartment(
  tally: ListTally,
  { values }: ProviderColumn,
  limit: number,
  providerLimit: number,
): readonly DepartmentExposure[] {
  const named = [...tally.groups]
    .filter(([department]) => department !== '')
    .sort(([a, one], [b, other]) => other.people - one.people || (a < b ? -1 : 1));
  let restPeople = tally.groups.get('')?.people ?? 0;
  const isSmall = (): boolean => (named.at(-1)?.[1].people ?? Number.POSITIVE_INFINITY) < FEWEST_PEOPLE;
  const isTelling = (): boolean => restPeople > 0 && restPeople < FEWEST_PEOPLE;
  while (named.length > 0 && (isSmall() || isTelling() || named.length > limit)) {
    const [, group] = named.pop() as [string, GroupTally];
    restPeople += group.people;
  }
  const names = named.map(([department]) => department);
  return exposureOfDepartments(tally, { values }, names, providerLimit).filter(({ people }) => people >= FEWEST_PEOPLE);
}

/** The lists of each of these departments, in that order, and last those of everybody else together. */
export function exposureOfDepartments(
  tally: ListTally,
  { values }: Pick<ProviderColumn, 'values'>,
  names: readonly string[],
  providerLimit: number,
): readonly DepartmentExposure[] {
  const rest = emptyGroup(values.length);
  for (const [department, group] of tally.groups) if (!names.includes(department)) addGroup(rest, group);
  const groups = [...names.map((name) => [name, tally.groups.get(name)] as const), [null, rest] as const];
  return groups.flatMap(([department, group]) =>
    group === undefined ? [] : [{ department, ...exposureOf(group, values, providerLimit) }],
  );
}

/** People counted by department; those of whom none is known are left out. */
export const peopleByDepartment = ({ groups }: ListTally): readonly (readonly [department: string, people: number])[] =>
  [...groups].flatMap(([department, { people }]) => (department === '' ? [] : [[department, people] as const]));

/** How well lists before and after find what somebody took up. */
export interface RelevancePair {
  /** NDCG at 10, 0–1. */
  readonly before: number;
  readonly after: number;
}

const RELEVANCE_PLACES = 10;

/** @param takenUp positions, at least one */
export function relevanceOf(
  { before, after }: Pick<ListPair, 'before' | 'after'>,
  takenUp: ReadonlySet<number>,
): RelevancePair {
  return { before: ndcgAtK(before, takenUp, RELEVANCE_PLACES), after: ndcgAtK(after, takenUp, RELEVANCE_PLACES) };
}

/** Whether the first places hold the same courses in the same order. */
export function areSameFirst(before: ArrayLike<number>, after: ArrayLike<number>, first: number): boolean {
  const length = Math.min(before.length, first);
  if (length !== Math.min(after.length, first)) return false;
  for (let place = 0; place < length; place++) if (before[place] !== after[place]) return false;
  return true;
}

function countSide(side: SideTally, list: ArrayLike<number>, first: number): void {
  if (list.length < FEWEST_ITEMS) side.shortLists += 1;
  for (let place = 0; place < Math.min(list.length, first); place++) {
    side.lists[list[place]!]! += 1;
    side.rankSums[list[place]!]! += place + 1;
  }
}

function countProviders(counts: Int32Array, list: ArrayLike<number>, first: number, { indices }: ProviderColumn): void {
  for (let place = 0; place < Math.min(list.length, first); place++) counts[indices[list[place]!]!]! += 1;
}

function groupOf(tally: ListTally, department: string, providerCount: number): GroupTally {
  const known = tally.groups.get(department);
  if (known !== undefined) return known;
  const begun = emptyGroup(providerCount);
  tally.groups.set(department, begun);
  return begun;
}

function emptyGroup(providerCount: number): GroupTally {
  return {
    people: 0,
    changed: 0,
    shortBefore: 0,
    shortAfter: 0,
    before: new Int32Array(providerCount),
    after: new Int32Array(providerCount),
  };
}

function addGroup(sum: GroupTally, more: GroupTally): void {
  sum.people += more.people;
  sum.changed += more.changed;
  sum.shortBefore += more.shortBefore;
  sum.shortAfter += more.shortAfter;
  addInto(sum.before, more.before);
  addInto(sum.after, more.after);
}

function addInto(sum: Int32Array | Float64Array, more: ArrayLike<number>): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += more[i]!;
}

function exposureOf(group: GroupTally, values: readonly string[], limit: number): GroupExposure {
  const { before, after, ...counts } = group;
  const totals = [before, after].map((places) =>
    Math.max(
      1,
      places.reduce((sum, n) => sum + n, 0),
    ),
  ) as [number, number];
  const providers = values.flatMap((value, i): ProviderShare[] => {
    const share = { before: (before[i] as number) / totals[0], after: (after[i] as number) / totals[1] };
    return share.before === 0 && share.after === 0 ? [] : [{ provider: i === 0 ? null : value, ...share }];
  });
  return { ...counts, providers: providers.sort(byShare).slice(0, limit) };
}

/** Providers that have most places on either side first. */
export function byShare(a: ProviderShare, b: ProviderShare): number {
  const weight = (share: ProviderShare): number => Math.max(share.before, share.after);
  return weight(b) - weight(a) || compareText(a.provider ?? '', b.provider ?? '');
}

export function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function meanRank({ lists, rankSums }: SideTally, position: number): number | null {
  const count = lists[position] as number;
  return count === 0 ? null : (rankSums[position] as number) / count;
}
