import type { LiveSession } from '../catalog/course.js';
import { distinctHours, type OrganisationActivity } from '../learners/activeHours.js';
import type { WorkDay } from '../learners/learner.js';
import { DAY_MS, HOUR_MS, type LocalHour, localHourOfWeek, localLabel } from '../platform/zonedTime.js';
import { clock, describeWorkPattern, workingTime } from './constraints.js';
import { BASIS_SOURCES, type BasisSource, expectedShare, type WeekModel } from './weekModel.js';

/** A source that carries less than this of a window's expected share is no reason for it. */
const MINIMUM_CONTRIBUTION = 0.1;
/** Recent enough to speak of; wider only when there would be too little to speak of. */
const LOOKBACKS_DAYS = [90, 365];
const ENOUGH_HOURS = 5;
const FIRST_WEEKEND_DAY = 5;

/**
 * Why a window was chosen. `contribution` is the part, 0–1, of the window's expected share of activity that comes from
 * that source: an exact split of the model, so that without the evidence the window would be expected that much less.
 */
export type DeliveryReason =
  | {
      readonly code: 'OWN_HABIT';
      readonly text: string;
      readonly evidence: {
        readonly hoursNear: number;
        readonly hours: number;
        /** Null: since the first. */
        readonly lookbackDays: number | null;
        readonly contribution: number;
      };
    }
  | {
      readonly code: 'ORGANISATION_HABIT';
      readonly text: string;
      readonly evidence: { readonly shareNear: number; readonly people: number; readonly contribution: number };
    }
  | {
      readonly code: 'WORKING_HOURS' | 'DEFAULT_WORKING_HOURS';
      readonly text: string;
      readonly evidence: { readonly contribution: number };
    }
  | {
      readonly code: 'NO_OWN_ACTIVITY' | 'NOT_PERSONALISED' | 'LITTLE_KNOWN';
      readonly text: string;
      readonly evidence: Readonly<Record<string, never>>;
    }
  | {
      readonly code: 'AHEAD_OF_SESSION';
      readonly text: string;
      readonly evidence: { readonly sessionId: string; readonly startsAt: Date };
    };

export interface ReasonInputs {
  readonly zone: string;
  readonly now: Date;
  /** Empty when the learner has opted out. */
  readonly activeHoursMs: readonly number[];
  readonly personalisationOptOut: boolean;
  readonly organisation: OrganisationActivity;
  readonly workPattern: readonly WorkDay[] | null;
  /** The hours behind the default level: the work pattern, or the organisation's usual working hours. */
  readonly workingHours: readonly WorkDay[];
  readonly model: WeekModel;
}

/** Own active hours by the hour of the day, over the time that the reasons speak of. */
interface OwnHours {
  /** Length 24. */
  readonly weekday: readonly number[];
  readonly weekend: readonly number[];
  readonly hours: number;
  readonly lookbackDays: number | null;
}

/** A function that gives the reasons of a window, strongest source first; never an empty list. */
export function reasonsFor(inputs: ReasonInputs): (hour: LocalHour, session: LiveSession | null) => DeliveryReason[] {
  const own = countOwnHours(inputs.activeHoursMs, inputs.zone, inputs.now.getTime());
  const known = inputs.model.basis.PERSON > 0;
  return (hour, session) => {
    const sources = contributions(inputs.model, hour.hourOfWeek)
      .filter(({ contribution }) => contribution >= MINIMUM_CONTRIBUTION)
      .map(({ source, contribution }) => sourceReason(source, contribution, hour, own, inputs))
      .filter((reason) => reason !== null);
    const reasons: DeliveryReason[] = [];
    if (inputs.personalisationOptOut) reasons.push(notPersonalised());
    else if (!known) reasons.push(noOwnActivity());
    reasons.push(...sources);
    if (sources.length === 0) reasons.push(littleKnown());
    if (session !== null) reasons.push(aheadOf(session, inputs.zone));
    return reasons;
  };
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
function sourceReason(
  source: BasisSource,
  contribution: number,
  hour: LocalHour,
  own: OwnHours,
  inputs: ReasonInputs,
): DeliveryReason | null {
  if (source === 'PERSON') return ownHabit(own, neighbourhoodOf(hour), contribution);
  if (source === 'ORGANISATION') return organisationHabit(inputs.organisation, neighbourhoodOf(hour), contribution);
  if (source === 'DEFAULT') return workingHoursReason(inputs, hour, contribution);
  return null;
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

function ownHabit(own: OwnHours, near: Neighbourhood, contribution: number): DeliveryReason | null {
  const { hours, lookbackDays } = own;
  const counts = near.isWeekend ? own.weekend : own.weekday;
  const hoursNear = counts.slice(near.fromHour, near.untilHour).reduce((sum, count) => sum + count, 0);
  if (hoursNear === 0) return null;
  const span = lookbackDays === null ? '' : ` in the last ${lookbackDays} days`;
  const some = hoursNear === hours ? `All ${hours} of your active hours` : `${hoursNear} of your ${hours} active hours`;
  const text = `${hours === 1 ? 'Your only active hour' : some}${span} fell ${near.words}.`;
  return { code: 'OWN_HABIT', text, evidence: { hoursNear, hours, lookbackDays, contribution } };
}

function organisationHabit(
  { hourCounts, effectiveHours, people }: OrganisationActivity,
  near: Neighbourhood,
  contribution: number,
): DeliveryReason | null {
  let hoursNear = 0;
  const [firstDay, endDay] = near.isWeekend ? [FIRST_WEEKEND_DAY, 7] : [0, FIRST_WEEKEND_DAY];
  for (let day = firstDay; day < endDay; day++) {
    for (let h = near.fromHour; h < near.untilHour; h++) hoursNear += hourCounts[day * 24 + h] ?? 0;
  }
  if (hoursNear === 0) return null;
  const shareNear = hoursNear / effectiveHours;
  const text = `${percent(shareNear)} of the active hours of ${people} people in your organisation fall ${near.words}.`;
  return { code: 'ORGANISATION_HABIT', text, evidence: { shareNear, people, contribution } };
}

function workingHoursReason(inputs: ReasonInputs, hour: LocalHour, contribution: number): DeliveryReason | null {
  const words = describeWorkPattern(inputs.workingHours);
  if (words === null || !workingTime(inputs.workingHours)(hour)) return null;
  return inputs.workPattern === null
    ? { code: 'DEFAULT_WORKING_HOURS', text: `It lies in usual working hours: ${words}.`, evidence: { contribution } }
    : { code: 'WORKING_HOURS', text: `It lies in your working hours: ${words}.`, evidence: { contribution } };
}

function notPersonalised(): DeliveryReason {
  const text = 'Your own activity is not used, since you opted out of personalisation.';
  return { code: 'NOT_PERSONALISED', text, evidence: {} };
}

function noOwnActivity(): DeliveryReason {
  return { code: 'NO_OWN_ACTIVITY', text: 'None of your activity is known yet.', evidence: {} };
}

function littleKnown(): DeliveryReason {
  return {
    code: 'LITTLE_KNOWN',
    text: 'Little is known of this hour; it is the best of what is allowed.',
    evidence: {},
  };
}

function aheadOf(session: LiveSession, zone: string): DeliveryReason {
  return {
    code: 'AHEAD_OF_SESSION',
    text: `It is ahead of the session on ${localLabel(session.startsAt.getTime(), session.endsAt.getTime(), zone)}.`,
    evidence: { sessionId: session.id, startsAt: session.startsAt },
  };
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

/** A share in whole percent, but never rounded to nothing. */
function percent(share: number): string {
  return share < 0.01 ? 'Less than 1 %' : `${Math.round(share * 100)} %`;
}
