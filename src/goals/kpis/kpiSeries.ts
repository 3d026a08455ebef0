import { coarseOrNull, FEWEST_PEOPLE } from '../../learners/fewPeople/fewPeople.js';
import { type CountedGroup, type GroupedPeople, tellableGroups } from '../../learners/fewPeople/tellableGroups.js';
import { grouped } from '../../platform/grouped.js';
import { coarseValue } from '../coarseValue.js';
import type { SubjectKind, ValueSpan } from './kpi.js';

export type KpiGrouping = Exclude<SubjectKind, 'LEARNER'>;
type PartingKind = Exclude<KpiGrouping, 'ORGANISATION'>;

/** How many people are in the same groups. */
export interface GroupedLearners {
  readonly department: string | null;
  readonly roleId: string | null;
  readonly location: string | null;
  readonly people: number;
}

interface Period {
  /** ISO dates, half open. */
  readonly fromDay: string;
  readonly untilDay: string;
}

/** What learners who are in the same groups came to in a period; `sum` over the people, one figure each. */
export interface LearnerFigures extends GroupedLearners, Period {
  readonly sum: number;
}

/** What was told of a group as a whole in a period; of the organisation the group is null. */
export interface GroupFigure extends Period {
  readonly kind: KpiGrouping;
  readonly group: string | null;
  readonly value: number;
}

/** A KPI of one group in one period. */
export interface KpiPoint {
  readonly from: string;
  readonly until: string;
  readonly group: string | null;
  /** Null: too few people, so nothing is told. */
  readonly value: number | null;
  /** Learners whose figures make the value, to the nearest five; null: fewer than five, or told of the group as a whole. */
  readonly people: number | null;
  readonly origin: 'LEARNERS' | 'GROUP';
}

export interface KpiFigures {
  readonly learners: readonly LearnerFigures[];
  readonly groups: readonly GroupFigure[];
  /** Everybody who is active, by their groups. */
  readonly active: readonly GroupedLearners[];
  /** Of one learner's figure; null: there are none. */
  readonly range: ValueSpan | null;
}

const PARTING_KINDS: readonly PartingKind[] = ['DEPARTMENT', 'LOCATION', 'ROLE'];

/**
 * A KPI by period and group, earliest first, by name. What was told of a group as a whole comes before the mean of its
 * people's figures. Beside what is told of everybody and of groups of other kinds, a group is told only where that leaves
 * nobody or five people at least: see `tellableGroups`.
 */
export function kpiSeries({ learners, groups, active, range }: KpiFigures, groupBy: KpiGrouping): KpiPoint[] {
  const learnersByPeriod = grouped(learners, periodOf);
  const groupsByPeriod = grouped(groups, periodOf);
  const periods = [...new Set([...learnersByPeriod.keys(), ...groupsByPeriod.keys()])].sort();
  return periods.flatMap((period) => {
    const own = learnersByPeriod.get(period) ?? [];
    const told = groupsByPeriod.get(period) ?? [];
    const tellableOfOwn = tellable(groupBy, own, null);
    const wholes = wholesOf(groupBy, told, active);
    const sums = sumsBy(own, groupBy);
    const [from = '', until = ''] = period.split(' ');
    return [...new Set([...sums.keys(), ...wholes.keys()])].sort(byName).map((group): KpiPoint => {
      const at = { from, until, group };
      const whole = wholes.get(group);
      if (whole !== undefined) return { ...at, origin: 'GROUP', value: whole, people: null };
      const { sum, people } = sums.get(group) ?? { sum: 0, people: 0 };
      const isTold = range !== null && people >= FEWEST_PEOPLE && (group === null || tellableOfOwn.has(group));
      const value = isTold ? coarseValue(sum / people, people, range) : null;
      return { ...at, origin: 'LEARNERS', value, people: coarseOrNull(people) };
    });
  });
}

/**
 * What was told in a period of each group of a kind as a whole, of the organisation under null; a null value may not be told
 * on. A figure of a team of three is one of three people, whoever worked it out, and so is what a team leaves of everybody.
 *
 * @param told everything that was told in the period
 */
export function wholesOf(
  kind: KpiGrouping,
  told: readonly GroupFigure[],
  active: readonly GroupedLearners[],
): ReadonlyMap<string | null, number | null> {
  const tellableOfKind = tellable(kind, active, told);
  return new Map(
    told
      .filter((one) => one.kind === kind)
      .map(({ group, value }) => [group, group === null || tellableOfKind.has(group) ? value : null]),
  );
}

/**
 * Names of the groups of a kind that may be told, of the people of a period.
 *
 * @param only told of; null: every group that there is
 */
function tellable(
  kind: KpiGrouping,
  rows: readonly GroupedLearners[],
  only: readonly GroupFigure[] | null,
): ReadonlySet<string> {
  if (kind === 'ORGANISATION') return new Set();
  const people = rows.map(
    ({ department, location, roleId, people }): GroupedPeople<PartingKind> => ({
      groups: { DEPARTMENT: department, LOCATION: location, ROLE: roleId },
      people,
    }),
  );
  const groups = PARTING_KINDS.flatMap((parting) =>
    [...countsOf(people, parting)].flatMap(([name, count]): CountedGroup<PartingKind>[] => {
      const isTold = count >= FEWEST_PEOPLE && (only === null || isAmong(only, parting, name));
      return isTold ? [{ kind: parting, name, people: count }] : [];
    }),
  );
  const told = [...tellableGroups(PARTING_KINDS, people, groups)];
  return new Set(told.filter((group) => group.kind === kind).map(({ name }) => name));
}

function sumsBy(rows: readonly LearnerFigures[], groupBy: KpiGrouping) {
  const nameOf = ({ department, location, roleId }: LearnerFigures): string | null =>
    ({ DEPARTMENT: department, LOCATION: location, ROLE: roleId, ORGANISATION: null })[groupBy];
  const sums = new Map<string | null, { sum: number; people: number }>();
  for (const row of rows) {
    const name = nameOf(row);
    if (name === null && groupBy !== 'ORGANISATION') continue;
    const { sum, people } = sums.get(name) ?? { sum: 0, people: 0 };
    sums.set(name, { sum: sum + row.sum, people: people + row.people });
  }
  return sums;
}

function countsOf(rows: readonly GroupedPeople<PartingKind>[], kind: PartingKind): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { groups, people } of rows) {
    const name = groups[kind];
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + people);
  }
  return counts;
}

const isAmong = (figures: readonly GroupFigure[], kind: PartingKind, name: string): boolean =>
  figures.some((one) => one.kind === kind && one.group === name);
export const periodOf = ({ fromDay, untilDay }: Period): string => `${fromDay} ${untilDay}`;
const byName = (a: string | null, b: string | null): number => ((a ?? '') < (b ?? '') ? -1 : 1);
