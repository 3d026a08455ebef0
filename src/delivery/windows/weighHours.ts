import type { LiveSession } from '../../catalog/course.js';
import { poolActiveHours } from '../../learners/activeHours.js';
import { DAY_MS, type LocalHour, localHours, offsetMsAt } from '../../platform/zonedTime.js';
import { HOURS_PER_WEEK } from '../../stats/circularWeek.js';
import { type Belief, believe, NOTHING_OWN } from '../model/belief.js';
import { expectedProbability, MINIMUM_PEOPLE } from '../model/weekModel.js';
import { NO_ENGAGEMENT } from '../outcomes/engagement.js';
import { type Absences, absencesWithin } from './absences.js';
import { deliveryConstraints, openSessions } from './constraints.js';
import type { DeliveryConstraint, Horizon } from './deliveryConstraint.js';
import type { DeliveryInputs } from './deliveryInputs.js';
import type { AppliedConstraint } from './deliverySuggestion.js';
import { type CourseFit, courseFit } from './fit.js';

/** An hour that every constraint allows. */
export interface Candidate {
  readonly hour: LocalHour;
  /** That the learner is active in it, 0–1. */
  readonly probability: number;
  /** Allowed time without a break from the start of the hour on. */
  readonly runMinutes: number;
}

/** What is known of every hour of one delivery, before any is chosen. */
export interface WeighedHours {
  /** Without what must not be used. */
  readonly inputs: DeliveryInputs;
  readonly horizon: Horizon;
  readonly absences: Absences;
  /** Sessions of the course to aim at; empty where it has none. */
  readonly sessions: readonly LiveSession[];
  readonly belief: Belief;
  readonly fit: CourseFit;
  readonly constraints: readonly DeliveryConstraint[];
  readonly applied: readonly AppliedConstraint[];
  /** The full hours of the local clock in the horizon. */
  readonly hours: readonly LocalHour[];
  /** Best first: those that hold a sitting, then by probability, then by time. */
  readonly ranked: readonly Candidate[];
}

/** More than there are hours in any horizon; a power of two, so that keys stay exact. */
const PLACES = 2 ** 20;

/** The full hours of the local clock in a stretch of time. */
export type HoursOf = (startMs: number, endMs: number, zone: string) => readonly LocalHour[];

export const fullHours: HoursOf = (startMs, endMs, zone) =>
  [...localHours(startMs, endMs, zone)].filter((hour) => hour.isFull);

/** The same, computed once for everyone of a zone. */
export function sharedHours(): HoursOf {
  const known = new Map<string, readonly LocalHour[]>();
  return (startMs, endMs, zone) => {
    const key = `${startMs} ${endMs} ${zone}`;
    const hours = known.get(key) ?? fullHours(startMs, endMs, zone);
    known.set(key, hours);
    return hours;
  };
}

/**
 * Every hour of the horizon, and how well each that is allowed suits.
 *
 * @throws RangeError when the zone or a date is not known, or `horizonDays` or `count` is out of range
 */
export function weighHours(given: DeliveryInputs, hoursOf: HoursOf): WeighedHours {
  requireRanges(given);
  const inputs = withoutSmallOrganisation(given.personalisationOptOut ? withoutOwn(given) : given);
  const { zone } = inputs;
  const horizon = horizonOf(inputs);
  const absences = absencesWithin(horizon, inputs.leave, inputs.holidays);
  const belief = believe(inputs);
  const hours = hoursOf(horizon.startMs, horizon.endMs, zone);
  const sessions = openSessions(inputs, horizon);
  const constraints = deliveryConstraints(inputs, horizon, absences, sessions);
  const isAllowed = new Uint8Array(hours.length).fill(1);
  const applied = constraints.map(({ code, text, allows }) => ({
    code,
    text,
    hoursRuledOut: ruleOut(hours, allows, isAllowed),
  }));
  const fit = courseFit(inputs);
  const ranked = rankHours(hours, isAllowed, belief, fit.neededMinutes);
  return { inputs, horizon, absences, sessions, belief, fit, constraints, applied, hours, ranked };
}

function horizonOf({ now, from, horizonDays, zone }: DeliveryInputs): Horizon {
  const startMs = Math.max(now.getTime(), from.getTime());
  const endMs = startMs + horizonDays * DAY_MS;
  return { startMs, endMs, firstDay: localDayAt(startMs, zone), lastDay: localDayAt(endMs - 1, zone) };
}

/** Days from 1 January 1970 to the local date of an instant. */
export function localDayAt(instantMs: number, zone: string): number {
  return Math.floor((instantMs + offsetMsAt(instantMs, zone)) / DAY_MS);
}

/** Marks the hours that a constraint does not allow, and counts them. */
function ruleOut(hours: readonly LocalHour[], allows: DeliveryConstraint['allows'], isAllowed: Uint8Array): number {
  let ruledOut = 0;
  for (let i = 0; i < hours.length; i++) {
    if (allows(hours[i] as LocalHour)) continue;
    isAllowed[i] = 0;
    ruledOut += 1;
  }
  return ruledOut;
}

/** Best first: those that hold a sitting, then by probability, then by time. */
function rankHours(
  hours: readonly LocalHour[],
  isAllowed: Uint8Array,
  belief: Belief,
  neededMinutes: number,
): readonly Candidate[] {
  const runMinutes = runsOf(hours, isAllowed);
  const probabilities = probabilitiesOf(belief, hours, isAllowed);
  const keys = new Float64Array(hours.length);
  let allowed = 0;
  for (let i = 0; i < hours.length; i++) {
    if (isAllowed[i] === 0) continue;
    // One number an hour, so that it sorts fast: rounded probabilities end at 1e9, and the places make ties distinct.
    const worth = withoutRounding(probabilities[hours[i]!.hourOfWeek]!) + (runMinutes[i]! >= neededMinutes ? 2e9 : 0);
    keys[allowed] = i - worth * PLACES;
    allowed += 1;
  }
  const sorted = keys.subarray(0, allowed).sort();
  const ranked: Candidate[] = [];
  for (let rank = 0; rank < allowed; rank++) {
    const i = sorted[rank]! - Math.floor(sorted[rank]! / PLACES) * PLACES;
    const hour = hours[i]!;
    ranked.push({ hour, probability: probabilities[hour.hourOfWeek]!, runMinutes: runMinutes[i]! });
  }
  return ranked;
}

/** Allowed time without a break from the start of each hour on; 0 where it is not allowed. */
function runsOf(hours: readonly LocalHour[], isAllowed: Uint8Array): Float64Array {
  const runMinutes = new Float64Array(hours.length);
  for (let i = hours.length - 1; i >= 0; i--) {
    if (isAllowed[i] === 0) continue;
    const next = hours[i + 1];
    const isFollowed = next !== undefined && next.startMs === hours[i]!.endMs;
    runMinutes[i] = (hours[i]!.endMs - hours[i]!.startMs) / 60_000 + (isFollowed ? runMinutes[i + 1]! : 0);
  }
  return runMinutes;
}

/** By cell of the week; 0 where no hour is allowed, since most of a week never is. */
function probabilitiesOf({ model, rate }: Belief, hours: readonly LocalHour[], isAllowed: Uint8Array): Float64Array {
  const probabilities = new Float64Array(HOURS_PER_WEEK);
  for (let i = 0; i < hours.length; i++) {
    const cell = hours[i]!.hourOfWeek;
    if (isAllowed[i] === 0 || probabilities[cell] !== 0) continue;
    probabilities[cell] = expectedProbability(model, rate, cell);
  }
  return probabilities;
}

/** Sums of the same terms in another order differ in their last digits: without them, equal hours rank as equals. */
export function withoutRounding(value: number): number {
  return Math.round(value * 1e9);
}

function requireRanges({ horizonDays, count, now, from }: DeliveryInputs): void {
  if (!(horizonDays > 0 && Number.isFinite(horizonDays))) throw new RangeError(`horizonDays must be above 0`);
  if (!(Number.isInteger(count) && count > 0)) throw new RangeError(`count must be a whole number above 0`);
  if (Number.isNaN(now.getTime()) || Number.isNaN(from.getTime())) throw new RangeError('now and from must be dates');
}

function withoutOwn(inputs: DeliveryInputs): DeliveryInputs {
  return {
    ...inputs,
    ...NOTHING_OWN,
    devices: { ...inputs.devices, own: {} },
    channels: { ...inputs.channels, own: {} },
    engagement: { ...inputs.engagement, own: NO_ENGAGEMENT },
    sessionLengths: { ...inputs.sessionLengths, own: null },
  };
}

/** What a handful of people do would tell of single persons, so it is treated as unknown. */
function withoutSmallOrganisation(inputs: DeliveryInputs): DeliveryInputs {
  if (Math.max(inputs.organisation.people, inputs.timing?.organisation.people ?? 0) >= MINIMUM_PEOPLE) return inputs;
  return {
    ...inputs,
    timing: null,
    organisation: poolActiveHours([]),
    devices: { ...inputs.devices, organisation: {} },
    channels: { ...inputs.channels, organisation: {} },
    engagement: { ...inputs.engagement, organisation: NO_ENGAGEMENT },
    sessionLengths: { ...inputs.sessionLengths, organisation: null },
  };
}
