import type { ActiveHours } from '../../learners/activeHours.js';
import { remembered } from '../../platform/remembered.js';
import { HOURS_PER_WEEK, type WeekKernel } from '../../stats/circularWeek.js';
import { foldIntoMixture, type HourSequence, type Repetition, type WeekMixture } from '../../stats/weekMixture.js';
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
/**
 * What a person's hours tell of their archetype is taken for a little less, since nobody is quite of one; chosen by
 * held-out log score, at any number of hours.
 */
const PEERS_POWER = 0.85;

/** The hours of a person as the mixture takes them. */
export function sequenceOf(history: ActiveHours['history']): HourSequence {
  return { cells: history.map(({ cell }) => cell), weights: history.map(({ weight }) => weight) };
}

/** The groups of somebody as one level of the prior; null when they are in none that is known. */
function groupLevel(groups: readonly TimingGroup[]): PriorLevel | null {
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
 * and m(n) the typical weeks under what n hours tell of the person, it is g · (m(n) / m(0))^0.85 · (g / o)^−f, normalised,
 * with f from 0 at n = 0 on: without own hours it is the group's week.
 *
 * The basis is an exact split: what the expectation has in common with the one without own hours stays with group,
 * organisation and default; what it has more of, in any hour, is the peers'. That surplus is nobody's week: theirs
 * stands beside it.
 *
 * @param organisation its level, and the default's behind it; one array for everyone whom it is the same for is fastest
 */
export function timingPrior(
  mixture: WeekMixture,
  hours: HourSequence,
  effectiveHours: number,
  group: PriorLevel | null,
  organisation: readonly PriorLevel[],
): WeekPrior {
  const { common, ofGroup } = withoutOwnHours(organisation);
  const { without, logDeviation } = group === null ? { without: common, logDeviation: null } : ofGroup(group);
  if (hours.cells.length === 0) return without;
  const logNobody = logWeekOfNobody(mixture);
  const peers = foldIntoMixture(mixture, hours, REPETITION).week;
  const groupPower =
    LASTING_GROUP_SHARE +
    ((1 - LASTING_GROUP_SHARE) * GROUP_HALVED_AT_HOURS) / (GROUP_HALVED_AT_HOURS + effectiveHours);
  const week = new Float64Array(HOURS_PER_WEEK);
  let total = 0;
  for (let cell = 0; cell < HOURS_PER_WEEK; cell++) {
    const groupTilt = logDeviation === null ? 0 : groupPower * logDeviation[cell]!;
    const peersTilt = PEERS_POWER * (Math.log(peers[cell]!) - logNobody[cell]!);
    week[cell] = common.week[cell]! * Math.exp(groupTilt + peersTilt);
    total += week[cell]!;
  }
  for (let cell = 0; cell < HOURS_PER_WEEK; cell++) week[cell]! /= total;
  return { ...splitPrior(week, without), peersWeek: peers };
}

/** What is expected of people of an organisation, and of a group within it, as long as nothing of their own is known. */
const withoutOwnHours = remembered((organisation: readonly PriorLevel[]) => {
  const common = chainPrior(organisation);
  const ofGroup = remembered((group: PriorLevel) => {
    const without = chainPrior([group, ...organisation]);
    return { without, logDeviation: without.week.map((share, cell) => Math.log(share / common.week[cell]!)) };
  });
  return { common, ofGroup };
});

/** The typical weeks as far as nothing is known of a person, as logarithms. */
const logWeekOfNobody = remembered((mixture: WeekMixture) =>
  foldIntoMixture(mixture, { cells: [], weights: [] }, REPETITION).week.map(Math.log),
);

/** Shares a week out over the sources of another and, where it exceeds that, over peers. */
function splitPrior(week: Float64Array, without: WeekPrior): Omit<WeekPrior, 'peersWeek'> {
  // One piece of memory for all of them, which is far faster to get.
  const masses = new Float64Array((without.sources.length + 2) * HOURS_PER_WEEK);
  const massAt = (i: number) => masses.subarray(i * HOURS_PER_WEEK, (i + 1) * HOURS_PER_WEEK);
  const kept = massAt(0);
  const moved = massAt(1);
  for (let cell = 0; cell < HOURS_PER_WEEK; cell++) {
    const before = without.week[cell]!;
    const keptShare = Math.min(1, week[cell]! / before);
    kept[cell] = keptShare;
    moved[cell] = week[cell]! - before * keptShare;
  }
  const parts = without.sources.map(({ source, share, shape }, i) => {
    const mass = massAt(i + 2);
    for (let cell = 0; cell < HOURS_PER_WEEK; cell++) mass[cell] = share * shape[cell]! * kept[cell]!;
    return { source, mass };
  });
  const sources = [{ source: 'PEERS' as const, mass: moved }, ...parts].flatMap(({ source, mass }) => {
    let share = 0;
    for (let cell = 0; cell < HOURS_PER_WEEK; cell++) share += mass[cell]!;
    if (!(share > 1e-12)) return [];
    for (let cell = 0; cell < HOURS_PER_WEEK; cell++) mass[cell]! /= share;
    return [{ source, share, shape: mass }];
  });
  return { week, sources };
}
