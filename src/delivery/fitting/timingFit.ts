import { ACTIVE_HOUR_HALF_LIFE_DAYS, type ActiveHours, poolActiveHours } from '../../learners/activeHours.js';
import { grouped } from '../../platform/grouped.js';
import { DAY_MS } from '../../platform/zonedTime.js';
import { HOURS_PER_WEEK } from '../../stats/circularWeek.js';
import { createRandom, shuffled } from '../../stats/random.js';
import { fitWeekMixture, type WeekMixture } from '../../stats/weekMixture.js';
import { fitShrinkage, type HeldOutCase, heldOutBits } from '../model/shrinkage.js';
import { GROUP_KINDS, type TimingGroup, type TimingModel, type TimingPerson } from '../model/timingModel.js';
import { ARCHETYPE_KERNEL, knownGroupLevels, REPETITION, sequenceOf, timingPrior } from '../model/timingPrior.js';
import {
  MINIMUM_PEOPLE,
  normalised,
  organisationLevel,
  type PriorLevel,
  type Shrinkage,
  spreadHours,
} from '../model/weekModel.js';
import { toldGroups } from '../weeks/toldGroups.js';

const SEED = 1;
/** Archetypes to choose from, by what people did later who were not fitted on. */
const ARCHETYPES = [8, 16, 24];
const PEOPLE_PER_ARCHETYPE = 20;
const PSEUDO_HOURS = 10;
const STEPS = 25;
const TRIAL_STEPS = 12;
/** Enough to choose by; more would take time and change nothing. */
const TRIAL_HOURS = 15_000;
const MOST_HOURS = 150_000;
const CASES_PER_SIZE = 400;
const CASE_SIZES = [1, 2, 5, 10, 20, 40, 80];
const PAST_SHARE = 0.7;
const MOST_FUTURE_HOURS = 50;
/** What priors of this kind were found to be worth where there was enough to tell. */
const USUAL_SHRINKAGE: Shrinkage = { pseudoHours: 20, headStartHours: 3 };

/**
 * Learns the rhythm of an organisation from its people's: pure, and the same for the same people in the same order.
 *
 * How many archetypes there are, and what they are worth in hours of one's own, is decided by the log score of what
 * people did in the last 30 % of their time, the half of them predicted by a mixture fitted on the other half.
 *
 * @returns null below five active people, whose weeks would give away single persons
 */
export function fitTiming(
  people: Iterable<TimingPerson>,
  { fittedAt }: { readonly fittedAt: Date },
): TimingModel | null {
  const everyone = [...people];
  const active = shuffled(
    everyone.filter(({ hours }) => hours.effectiveHours > 0),
    createRandom(SEED),
  );
  const shared = sharedOf(everyone, active);
  if (shared === null) return null;
  const { archetypes, shrinkage } = chooseArchetypes(active);
  const { organisation, groups } = shared;
  const mixture = fitMixture(withinHours(active, MOST_HOURS), shared, archetypes, STEPS);
  return {
    version: 1,
    fittedAt: fittedAt.toISOString(),
    organisation: { ...organisation, hourCounts: Array.from(organisation.hourCounts, rounded) },
    groups,
    mixture: { weights: mixture.weights.map(rounded), shapes: mixture.shapes.map((shape) => shape.map(rounded)) },
    shrinkage,
  };
}

/** What the people of an organisation share, before any archetype. */
interface Shared extends Pick<TimingModel, 'groups'> {
  readonly organisation: ReturnType<typeof poolActiveHours>;
  readonly level: PriorLevel;
  readonly groupLevelOf: (person: TimingPerson) => PriorLevel | null;
}

function sharedOf(everyone: readonly TimingPerson[], active: readonly TimingPerson[]): Shared | null {
  const organisation = poolActiveHours(everyone.map(({ hours }) => hours));
  const level = organisationLevel(organisation);
  if (level === null) return null;
  const untold = GROUP_KINDS.flatMap((kind) => groupsOf(everyone, kind));
  const told: ReadonlySet<object> = toldGroups(active, untold);
  const groups = untold.map((group): TimingGroup => ({ ...group, isTold: told.has(group) }));
  return { organisation, level, groups, groupLevelOf: knownGroupLevels(groups) };
}

/** Whoever is never active is no member that could be told from others, but lowers the rate of the group. */
function groupsOf(everyone: readonly TimingPerson[], kind: TimingGroup['kind']): Omit<TimingGroup, 'isTold'>[] {
  const membersByName = grouped(everyone, ({ department, location }) =>
    kind === 'DEPARTMENT' ? department : location,
  );
  return [...membersByName]
    .flatMap(([name, members]) => {
      const activity = poolActiveHours(members.map(({ hours }) => hours));
      return name === null || activity.people < MINIMUM_PEOPLE ? [] : [{ name, activity }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, activity: { people, hourCounts, effectiveHours, weeklyRate } }) => ({
      kind,
      name,
      people,
      hourCounts: Array.from(hourCounts, rounded),
      effectiveHours,
      weeklyRate: weeklyRate === null ? null : rounded(weeklyRate),
    }));
}

function fitMixture(people: readonly TimingPerson[], shared: Shared, archetypes: number, steps: number): WeekMixture {
  const fit = fitWeekMixture(
    people.map(({ hours }) => sequenceOf(hours.history)),
    {
      archetypes,
      common: shared.level.shape,
      pseudoHours: PSEUDO_HOURS,
      shapeKernel: ARCHETYPE_KERNEL,
      repetition: REPETITION,
      random: createRandom(SEED),
      steps,
    },
  );
  if (fit === null) throw new RangeError('A mixture needs somebody who was active');
  return fit.mixture;
}

/** The first people who have so many hours between them. */
function withinHours(people: readonly TimingPerson[], mostHours: number): readonly TimingPerson[] {
  let hours = 0;
  return people.filter((person) => {
    hours += person.hours.hours;
    return hours <= mostHours;
  });
}

function chooseArchetypes(active: readonly TimingPerson[]): { archetypes: number; shrinkage: Shrinkage } {
  const sizes = ARCHETYPES.filter((archetypes) => archetypes * PEOPLE_PER_ARCHETYPE <= active.length);
  if (sizes.length === 0) {
    return { archetypes: Math.max(1, Math.floor(active.length / PEOPLE_PER_ARCHETYPE)), shrinkage: USUAL_SHRINKAGE };
  }
  const half = Math.ceil(active.length / 2);
  const folds = [
    { fitted: active.slice(0, half), heldOut: active.slice(half) },
    { fitted: active.slice(half), heldOut: active.slice(0, half) },
  ].flatMap(({ fitted, heldOut }) => {
    const shared = sharedOf(fitted, fitted);
    return shared === null
      ? []
      : [{ trained: withinHours(fitted, TRIAL_HOURS), shared, points: heldOutPoints(heldOut, CASES_PER_SIZE / 2) }];
  });
  let best = { archetypes: 1, shrinkage: USUAL_SHRINKAGE, bits: Number.POSITIVE_INFINITY };
  for (const archetypes of sizes) {
    const cases = folds.flatMap(({ trained, shared, points }) => {
      const mixture = fitMixture(trained, shared, archetypes, TRIAL_STEPS);
      return points.map((point) => ({ ...point, priorWeek: expectedOf(mixture, shared, point) }));
    });
    const shrinkage = fitShrinkage(cases, USUAL_SHRINKAGE);
    const bits = heldOutBits(cases, shrinkage);
    if (bits < best.bits) best = { archetypes, shrinkage, bits };
  }
  return best;
}

/** A person as they were known at some point, and what followed: a case but for what is expected of them. */
export interface HeldOutPoint extends Omit<HeldOutCase, 'priorWeek'> {
  readonly person: TimingPerson;
  readonly past: PastHours;
}

/** The latest of a person's past hours, decayed to the last of them. */
export interface PastHours extends Pick<ActiveHours, 'hourCounts' | 'effectiveHours' | 'history'> {}

/**
 * People as they were after some of their past, with what followed: of those who have so many past hours, at most
 * `mostPerSize` for each number of hours.
 */
export function heldOutPoints(people: readonly TimingPerson[], mostPerSize: number): readonly HeldOutPoint[] {
  return CASE_SIZES.flatMap((size) =>
    people
      .filter(({ hours: { history } }) => splitOf(history.length) >= size && history.some(({ weight }) => weight > 0))
      .slice(0, mostPerSize)
      .map((person): HeldOutPoint => {
        const { history } = person.hours;
        const split = splitOf(history.length);
        const past = pastHours(history.slice(split - size, split));
        return {
          person,
          past,
          hours: past.effectiveHours,
          ownWeek: normalised(spreadHours(past)),
          future: ownOnes(history.slice(split))
            .slice(0, MOST_FUTURE_HOURS)
            .map(({ cell }) => cell),
          stratum: size,
        };
      })
      .filter(({ future }) => future.length > 0),
  );
}

/**
 * The hours that are more likely than not the person's own doing: what we caused ourselves is not to be foretold, or
 * what is said of nine o'clock would come true by mailing everyone at nine.
 */
export function ownOnes(history: ActiveHours['history']): ActiveHours['history'] {
  return history.filter(({ weight }) => weight >= 0.5);
}

/** How many of so many hours are past: seven tenths. */
export function splitOf(hours: number): number {
  return Math.floor(hours * PAST_SHARE);
}

/** Hours as they would have counted when the last of them had just passed. */
export function pastHours(history: ActiveHours['history']): PastHours {
  const hourCounts = new Float64Array(HOURS_PER_WEEK);
  const endMs = history.at(-1)?.startMs ?? 0;
  let effectiveHours = 0;
  for (const { cell, weight, startMs } of history) {
    const decayed = weight * 2 ** ((startMs - endMs) / DAY_MS / ACTIVE_HOUR_HALF_LIFE_DAYS);
    hourCounts[cell]! += decayed;
    effectiveHours += decayed;
  }
  return { hourCounts, effectiveHours, history };
}

function expectedOf(mixture: WeekMixture, shared: Shared, { past, person }: HeldOutPoint): Float64Array {
  const group = shared.groupLevelOf(person);
  return timingPrior(mixture, sequenceOf(past.history), past.effectiveHours, group, [shared.level]).week;
}

/** Digits that change nothing but the size of what is stored. */
function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
