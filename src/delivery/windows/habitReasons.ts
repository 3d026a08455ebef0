import { distinctHours, type OrganisationActivity } from '../../learners/activeHours.js';
import { DAY_MS, HOUR_MS, type LocalHour, localHourOfWeek } from '../../platform/zonedTime.js';
import { groupsFor, type TimingGroup, type TimingModel } from '../model/timingModel.js';
import { BASIS_SOURCES, type BasisSource, expectedShare, type WeekModel } from '../model/weekModel.js';
import { clock, describeWorkPattern, workingTime } from './constraints.js';
import type { HabitReason } from './deliveryReason.js';
import type { WeighedHours } from './weighHours.js';

/** A source that carries less than this of a window's expected share is no reason for it. */
const MINIMUM_CONTRIBUTION = 0.1;
/** Recent enough to speak of; wider only when there would be too little to speak of. */
const LOOKBACKS_DAYS = [90, 365];
const ENOUGH_HOURS = 5;
const FIRST_WEEKEND_DAY = 5;
/** What is told of others, in words or not, is no finer than one per cent. */
const STEPS_PER_SHARE = 100;
/** Of fewer people it is not said how many they are: who came or went could be told from it. */
const FEWEST_COUNTED = 10;

/** Own active hours by the hour of the day, over the time that the reasons speak of. */
interface OwnHours {
  /** Length 24. */
  readonly weekday: readonly number[];
  readonly weekend: readonly number[];
  readonly hours: number;
  readonly lookbackDays: number | null;
}

/** Everything that sources may speak of, gathered once for all windows. */
interface Voices {
  /** Counted when first needed. */
  readonly own: () => OwnHours;
  readonly organisation: OrganisationActivity;
  readonly timing: TimingModel | null;
  /** Those that may be told. */
  readonly groups: readonly TimingGroup[];
  readonly weighed: WeighedHours;
}

/** A function that gives what each source has to say for an hour, strongest first; empty when none says enough. */
export function habitReasonsOf(weighed: WeighedHours): (hour: LocalHour) => readonly HabitReason[] {
  const { inputs, belief } = weighed;
  let own: OwnHours | null = null;
  const voices: Voices = {
    own: () => {
      own ??= countOwnHours(inputs.activeHoursMs, inputs.zone, inputs.now.getTime());
      return own;
    },
    organisation: inputs.timing?.organisation ?? inputs.organisation,
    timing: inputs.timing,
    groups: inputs.timing === null ? [] : groupsFor(inputs.timing.groups, inputs.group).filter(({ isTold }) => isTold),
    weighed,
  };
  return (hour) =>
    contributions(belief.model, hour.hourOfWeek)
      .filter(({ contribution }) => contribution >= MINIMUM_CONTRIBUTION)
      .map(({ source, contribution }) => sourceReason(source, contribution, hour, voices))
      .filter((reason) => reason !== null);
}

/** The exact shares of a cell's expectation by source, largest first, ties from the person outwards. */
function contributions(
  model: WeekModel,
  cell: number,
): readonly { readonly source: BasisSource; readonly contribution: number }[] {
  const expected = expectedShare(model, cell);
  return BASIS_SOURCES.map((source) => ({
    source,
    contribution: (model.basis[source] * (model.shapes.get(source)?.[cell] ?? 0)) / expected,
  })).sort((a, b) => b.contribution - a.contribution);
}

/** What one source has to say for a window; null when its evidence is not near enough to be told. */
function sourceReason(source: BasisSource, contribution: number, hour: LocalHour, voices: Voices): HabitReason | null {
  const near = neighbourhoodOf(hour);
  if (source === 'PERSON') return ownHabit(voices.own(), near, contribution);
  if (source === 'PEERS') return peerHabit(voices, near, contribution);
  if (source === 'GROUP') return groupHabit(voices.groups, near, contribution);
  if (source === 'ORGANISATION') return organisationHabit(voices.organisation, near, contribution);
  return workingHoursReason(voices.weighed, hour, contribution);
}

/** The hours that reasons count as near a window: an hour to either side, on any day of its kind. */
interface Neighbourhood {
  readonly isWeekend: boolean;
  readonly fromHour: number;
  readonly untilHour: number;
  readonly words: string;
}

function neighbourhoodOf(hour: LocalHour): Neighbourhood {
  const isWeekend = hour.weekday >= FIRST_WEEKEND_DAY;
  const hourOfDay = hour.hourOfWeek % 24;
  const fromHour = Math.max(0, hourOfDay - 1);
  const untilHour = Math.min(24, hourOfDay + 2);
  const words = `${isWeekend ? 'at weekends' : 'on weekdays'} between ${clock(fromHour * 60)} and ${clock(untilHour * 60)}`;
  return { isWeekend, fromHour, untilHour, words };
}

function ownHabit(own: OwnHours, near: Neighbourhood, contribution: number): HabitReason | null {
  const { hours, lookbackDays } = own;
  const counts = near.isWeekend ? own.weekend : own.weekday;
  const hoursNear = counts.slice(near.fromHour, near.untilHour).reduce((sum, count) => sum + count, 0);
  if (hoursNear === 0) return null;
  const span = lookbackDays === null ? '' : ` in the last ${lookbackDays} days`;
  const some = hoursNear === hours ? `All ${hours} of your active hours` : `${hoursNear} of your ${hours} active hours`;
  const text = `${hours === 1 ? 'Your only active hour' : some}${span} fell ${near.words}.`;
  return { code: 'OWN_HABIT', text, evidence: { hoursNear, hours, lookbackDays, contribution } };
}

function peerHabit({ timing, weighed }: Voices, near: Neighbourhood, contribution: number): HabitReason | null {
  // Not the shape of the source: that is what their week has more than the others', and no one's week.
  const week = weighed.belief.model.peersWeek;
  if (timing === null || week === null) return null;
  const people = countOf(timing.organisation);
  const shareNear = shareIn(week, near);
  const among = people === null ? '' : `, among ${people} here,`;
  const text = `People with a week like yours${among} have ${percent(shareNear)} of their active hours ${near.words}.`;
  return { code: 'PEER_HABIT', text, evidence: { shareNear: inSteps(shareNear), people, contribution } };
}

function groupHabit(groups: readonly TimingGroup[], near: Neighbourhood, contribution: number): HabitReason | null {
  const told = groups
    .map((group) => ({
      kind: group.kind,
      name: group.name,
      people: countOf(group),
      shareNear: shareIn(group.hourCounts, near),
    }))
    .filter(({ shareNear }) => shareNear > 0);
  if (told.length === 0) return null;
  const words = told.map(({ kind, name, people, shareNear }) => {
    const where = kind === 'DEPARTMENT' ? `in your department, ${name}` : `at your location, ${name}`;
    return `${percent(shareNear)} of the active hours of ${peopleInWords(people)} ${where},`;
  });
  const text = asSentence(`${words.join(' and ')} fall ${near.words}.`);
  return {
    code: 'GROUP_HABIT',
    text,
    evidence: { groups: told.map((group) => ({ ...group, shareNear: inSteps(group.shareNear) })), contribution },
  };
}

function organisationHabit(
  organisation: OrganisationActivity,
  near: Neighbourhood,
  contribution: number,
): HabitReason | null {
  const shareNear = shareIn(organisation.hourCounts, near);
  if (!(shareNear > 0)) return null;
  const people = countOf(organisation);
  const text = asSentence(
    `${percent(shareNear)} of the active hours of ${peopleInWords(people)} in your organisation fall ${near.words}.`,
  );
  return { code: 'ORGANISATION_HABIT', text, evidence: { shareNear: inSteps(shareNear), people, contribution } };
}

/** How many they are; null: too few to say. */
function countOf({ people }: Pick<OrganisationActivity, 'people'>): number | null {
  return people < FEWEST_COUNTED ? null : people;
}

const peopleInWords = (people: number | null): string => (people === null ? 'the people' : `${people} people`);

/** The part of a week's activity that falls near, 0–1; NaN for an empty week. */
function shareIn(week: ArrayLike<number>, near: Neighbourhood): number {
  let total = 0;
  let inside = 0;
  for (let cell = 0; cell < week.length; cell++) {
    const isWeekend = cell >= FIRST_WEEKEND_DAY * 24;
    const hour = cell % 24;
    total += week[cell] ?? 0;
    if (isWeekend === near.isWeekend && hour >= near.fromHour && hour < near.untilHour) inside += week[cell] ?? 0;
  }
  return inside / total;
}

function workingHoursReason(
  { inputs, belief: { workingHours } }: WeighedHours,
  hour: LocalHour,
  contribution: number,
): HabitReason | null {
  const words = describeWorkPattern(workingHours);
  if (words === null || !workingTime(workingHours)(hour)) return null;
  return inputs.workPattern === null
    ? { code: 'DEFAULT_WORKING_HOURS', text: `It lies in usual working hours: ${words}.`, evidence: { contribution } }
    : { code: 'WORKING_HOURS', text: `It lies in your working hours: ${words}.`, evidence: { contribution } };
}

/** Where an hour of UTC covers two local hours, it is told as the one that its middle falls into. */
function countOwnHours(activeHoursMs: readonly number[], zone: string, nowMs: number): OwnHours {
  const starts = distinctHours(activeHoursMs, nowMs);
  const within = (days: number) => starts.filter((ms) => ms > nowMs - days * DAY_MS);
  const lookbackDays = LOOKBACKS_DAYS.find((days) => within(days).length >= ENOUGH_HOURS) ?? null;
  const told = lookbackDays === null ? starts : within(lookbackDays);
  const weekday = new Array<number>(24).fill(0);
  const weekend = new Array<number>(24).fill(0);
  for (const startMs of told) {
    const cell = localHourOfWeek(startMs + HOUR_MS / 2, zone);
    const counts = cell >= FIRST_WEEKEND_DAY * 24 ? weekend : weekday;
    counts[cell % 24] = (counts[cell % 24] ?? 0) + 1;
  }
  return { weekday, weekend, hours: told.length, lookbackDays };
}

/** A share in whole percent, but never rounded to nothing; it may stand within a sentence. */
function percent(share: number): string {
  return share < 0.01 ? 'less than 1 %' : `${Math.round(share * 100)} %`;
}

const inSteps = (share: number): number => Math.round(share * STEPS_PER_SHARE) / STEPS_PER_SHARE;

const asSentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
