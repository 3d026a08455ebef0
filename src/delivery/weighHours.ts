import { poolActiveHours } from '../learners/activeHours.js';
import { DAY_MS, type LocalHour, localHours, offsetMsAt } from '../platform/zonedTime.js';
import { HOURS_PER_WEEK } from '../stats/circularWeek.js';
import { type Absences, absencesWithin } from './absences.js';
import { type Belief, believe } from './belief.js';
import { deliveryConstraints } from './constraints.js';
import type { DeliveryConstraint, Horizon } from './deliveryConstraint.js';
import type { DeliveryInputs } from './deliveryInputs.js';
import type { AppliedConstraint } from './deliverySuggestion.js';
import { type CourseFit, courseFit } from './fit.js';
import { expectedProbability, MINIMUM_PEOPLE } from './weekModel.js';

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
  readonly belief: Belief;
  readonly fit: CourseFit;
  readonly constraints: readonly DeliveryConstraint[];
  readonly applied: readonly AppliedConstraint[];
  /** The full hours of the local clock in the horizon. */
  readonly hours: readonly LocalHour[];
  /** Best first: those that hold a sitting, then by probability, then by time. */
  readonly ranked: readonly Candidate[];
}

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
  const constraints = deliveryConstraints(inputs, horizon, absences);
  const ruledOut = constraints.map(() => 0);
  const isAllowed = hours.map((hour) => {
    let allowed = true;
    for (const [i, { allows }] of constraints.entries()) {
      if (allows(hour)) continue;
      allowed = false;
      ruledOut[i] = (ruledOut[i] ?? 0) + 1;
    }
    return allowed;
  });
  const fit = courseFit(inputs);
  const candidates = candidatesAmong(hours, isAllowed, belief);
  const applied = constraints.map(({ code, text }, i) => ({ code, text, hoursRuledOut: ruledOut[i] ?? 0 }));
  const ranked = rankCandidates(candidates, fit.neededMinutes);
  return { inputs, horizon, absences, belief, fit, constraints, applied, hours, ranked };
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

function candidatesAmong(
  hours: readonly LocalHour[],
  isAllowed: readonly boolean[],
  { model, rate }: Belief,
): readonly Candidate[] {
  const probabilities = Array.from({ length: HOURS_PER_WEEK }, (_, cell) => expectedProbability(model, rate, cell));
  const candidates: Candidate[] = [];
  let runEndMs = Number.NaN;
  for (let i = hours.length - 1; i >= 0; i--) {
    const hour = hours[i];
    if (hour === undefined || isAllowed[i] !== true) continue;
    // From the last on: an hour lengthens the run that begins where it ends.
    const next = candidates.at(-1)?.hour;
    if (next === undefined || next.startMs !== hour.endMs) runEndMs = hour.endMs;
    const probability = probabilities[hour.hourOfWeek] ?? 0;
    candidates.push({ hour, probability, runMinutes: (runEndMs - hour.startMs) / 60_000 });
  }
  return candidates.reverse();
}

/** Sums of the same terms in another order differ in their last digits: without them, equal hours rank as equals. */
export function withoutRounding(value: number): number {
  return Math.round(value * 1e9);
}

function rankCandidates(candidates: readonly Candidate[], neededMinutes: number): readonly Candidate[] {
  // One number a candidate: a probability is below 1e9 + 1 once its rounding is gone.
  const keys = candidates.map(({ probability, runMinutes }) => {
    return withoutRounding(probability) + (runMinutes >= neededMinutes ? 2e9 : 0);
  });
  const order = candidates.map((_, i) => i).sort((a, b) => (keys[b] ?? 0) - (keys[a] ?? 0) || a - b);
  return order.map((i) => candidates[i] as Candidate);
}

function requireRanges({ horizonDays, count, now, from }: DeliveryInputs): void {
  if (!(horizonDays > 0 && Number.isFinite(horizonDays))) throw new RangeError(`horizonDays must be above 0`);
  if (!(Number.isInteger(count) && count > 0)) throw new RangeError(`count must be a whole number above 0`);
  if (Number.isNaN(now.getTime()) || Number.isNaN(from.getTime())) throw new RangeError('now and from must be dates');
}

const NO_ENGAGEMENT = { channels: {}, devices: {} };

function withoutOwn(inputs: DeliveryInputs): DeliveryInputs {
  return {
    ...inputs,
    activeHoursMs: [],
    observedSince: null,
    group: { department: null, location: null },
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
