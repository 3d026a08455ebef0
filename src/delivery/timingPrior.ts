import type { ActiveHours } from '../learners/activeHours.js';
import { HOURS_PER_WEEK, type WeekKernel } from '../stats/circularWeek.js';
import { foldIntoMixture, type HourSequence, type Repetition, type WeekMixture } from '../stats/weekMixture.js';
import { type GroupNames, groupsFor, type TimingGroup } from './timingModel.js';
import { chainPrior, normalised, type PriorLevel, spreadHours, type WeekPrior } from './weekModel.js';

/** How people repeat their own hours, whatever their rhythm; chosen by held-out log score. */
export const REPETITION: Repetition = {
  freshHours: 10,
  kernel: { sigmaHours: 1.4, sameKindOfDay: 0.75, otherKindOfDay: 0.2 },
};
/** How smooth the typical weeks are. */
export const ARCHETYPE_KERNEL: WeekKernel = { sigmaHours: 1.2, sameKindOfDay: 0.6, otherKindOfDay: 0.1 };

/** What the organisation is worth in hours of a group's activity. */
const GROUP_PSEUDO_HOURS = 200;
/** Groups are never known better than by so many hours, or the largest would hide the others. */
const MOST_GROUP_HOURS = 2_000;
/**
 * As own hours tell more of a person, their group has less to add: its deviation from the organisation counts by
 * 0.3 + 0.7 · 3 / (3 + n).
 */
const LASTING_GROUP_SHARE = 0.3;
const GROUP_HALVED_AT_HOURS = 3;

/** The hours of a person as the mixture takes them. */
export function sequenceOf(history: ActiveHours['history']): HourSequence {
  return { cells: history.map(({ cell }) => cell), weights: history.map(({ weight }) => weight) };
}

/** The groups of somebody as one level of the prior; null when they are in none that is known. */
export function groupLevel(groups: readonly TimingGroup[]): PriorLevel | null {
  if (groups.length === 0) return null;
  const shape = new Float64Array(HOURS_PER_WEEK);
  let hours = 0;
  for (const { hourCounts, effectiveHours } of groups) {
    const worth = Math.min(effectiveHours, MOST_GROUP_HOURS);
    const week = normalised(spreadHours({ hourCounts: Float64Array.from(hourCounts), effectiveHours }));
    for (let cell = 0; cell < HOURS_PER_WEEK; cell++) shape[cell]! += worth * week[cell]!;
    hours += worth;
  }
  return { source: 'GROUP', shape: normalised(shape), trust: hours / (hours + GROUP_PSEUDO_HOURS) };
}

/** Tells the level of somebody's groups; each combination of groups is worked out once. */
export function knownGroupLevels(groups: readonly TimingGroup[]): (person: GroupNames) => PriorLevel | null {
  const levels = new Map<string, PriorLevel | null>();
  return (person) => {
    const key = JSON.stringify([person.department, person.location]);
    let level = levels.get(key);
    if (level === undefined) {
      level = groupLevel(groupsFor(groups, person));
      levels.set(key, level);
    }
    return level;
  };
}

/**
 * What is expected of somebody before their own hours speak for themselves: their group and the organisation, moved
 * towards the typical weeks of people of the same rhythm. With o the organisation's week, g that of the group within it
 * and m(n) the typical weeks under what n hours tell of the person, it is g · m(n) / m(0) · (g / o)^−f, normalised, with
 * f from 0 at n = 0 on: without own hours it is the group's week.
 *
 * The basis is an exact split: what the expectation has in common with the one without own hours stays with group,
 * organisation and default; what it has more of, in any hour, is the peers'.
 *
 * @param organisation its level, and the default's behind it
 */
export function timingPrior(
  mixture: WeekMixture,
  hours: HourSequence,
  effectiveHours: number,
  group: PriorLevel | null,
  organisation: readonly PriorLevel[],
): WeekPrior {
  const common = chainPrior(organisation).week;
  const without = chainPrior(group === null ? organisation : [group, ...organisation]);
  if (hours.cells.length === 0) return without;
  const nobody = foldIntoMixture(mixture, { cells: [], weights: [] }, REPETITION).week;
  const peers = foldIntoMixture(mixture, hours, REPETITION).week;
  const groupPower =
    LASTING_GROUP_SHARE +
    ((1 - LASTING_GROUP_SHARE) * GROUP_HALVED_AT_HOURS) / (GROUP_HALVED_AT_HOURS + effectiveHours);
  const week = normalised(
    common.map((share, cell) => {
      const groupTilt = group === null ? 1 : (without.week[cell]! / share) ** groupPower;
      return (share * groupTilt * peers[cell]!) / nobody[cell]!;
    }),
  );
  return splitPrior(week, without);
}

/** Shares a week out over the sources of another and, where it exceeds that, over peers. */
function splitPrior(week: Float64Array, without: WeekPrior): WeekPrior {
  const kept = week.map((share, cell) => Math.min(1, share / without.week[cell]!));
  const parts = without.sources.map(({ source, share, shape }) => ({
    source,
    mass: shape.map((part, cell) => share * part * kept[cell]!),
  }));
  const moved = {
    source: 'PEERS' as const,
    mass: week.map((share, cell) => share - without.week[cell]! * kept[cell]!),
  };
  const sources = [moved, ...parts].flatMap(({ source, mass }) => {
    const share = mass.reduce((sum, part) => sum + part, 0);
    return share > 1e-12 ? [{ source, share, shape: mass.map((part) => part / share) }] : [];
  });
  return { week, sources };
}
