import type { CourseKind, LiveSession } from '../catalog/course.js';
import { type OrganisationActivity, poolActiveHours } from '../learners/activeHours.js';
import type { QuietHours, WorkDay } from '../learners/learner.js';
import { CHANNELS, type Channel, DEVICES, type Device } from '../learners/profileEvent.js';
import { DAY_MS, HOUR_MS, type LocalHour, localHours, localLabel } from '../platform/zonedTime.js';
import { HOURS_PER_WEEK } from '../stats/circularWeek.js';
import { believe } from './belief.js';
import { type ConstraintCode, type DeliveryConstraint, deliveryConstraints } from './constraints.js';
import {
  type OwnAndOrganisation,
  type PreferredUse,
  preferredUse,
  type SessionLengths,
  type UseCounts,
  usualSession,
} from './preferredUse.js';
import { type DeliveryReason, reasonsFor } from './reasons.js';
import { type Basis, expectedProbability, MINIMUM_PEOPLE, probabilityActive } from './weekModel.js';

const MAX_WINDOWS_PER_DAY = 2;

/** Everything that a suggestion depends on: equal inputs give equal suggestions. */
export interface DeliveryInputs {
  readonly now: Date;
  /** Earliest start of a window; when it is past, `now` counts. */
  readonly from: Date;
  /** Length of the time to choose from, in days of 24 hours. */
  readonly horizonDays: number;
  /** Most windows to suggest. */
  readonly count: number;
  /** IANA: the learner's, or else the organisation's. */
  readonly zone: string;
  /** True when the zone is the organisation's, because the learner's is not known. */
  readonly isZoneAssumed: boolean;
  /** True: the learner's own activity, devices, channels and sessions are left unused, whatever is passed. */
  readonly personalisationOptOut: boolean;
  /** UTC clock hours in which the learner did something, as the instants they begin at. */
  readonly activeHoursMs: readonly number[];
  /** Since when the learner's activity would have been seen; null: since the first that was. */
  readonly observedSince: Date | null;
  /** Everything of the organisation's is used only when at least five of its people were active. */
  readonly organisation: OrganisationActivity;
  /** The organisation's usual working hours: what is believed of people while nothing is known. */
  readonly defaultWorkingHours: readonly WorkDay[];
  readonly workPattern: readonly WorkDay[] | null;
  readonly quietHours: QuietHours | null;
  readonly course: {
    readonly durationMinutes: number | null;
    readonly kind: CourseKind;
    readonly sessions: readonly LiveSession[];
  };
  readonly dueAt: Date | null;
  readonly devices: OwnAndOrganisation<UseCounts<Device>>;
  readonly channels: OwnAndOrganisation<UseCounts<Channel>>;
  readonly sessionLengths: OwnAndOrganisation<SessionLengths | null>;
}

/** One hour of the local clock in which to deliver. */
export interface DeliveryWindow {
  readonly rank: number;
  readonly startsAt: Date;
  readonly endsAt: Date;
  /** In local time, such as `Tue 24 Nov, 09:00–10:00`. */
  readonly label: string;
  /** Probability that the learner is active on a learning portal in this very hour, with an 80 % interval. */
  readonly probabilityActive: number;
  readonly probabilityLow: number;
  readonly probabilityHigh: number;
  /** `probabilityActive` over that of the common slot: above 1, this window suits the learner better. */
  readonly lift: number;
  /** The longest sitting to plan here: the usual one, or less when the allowed time ends before; null: not known. */
  readonly maxMinutes: number | null;
  /** The next live session after the window; null for other kinds of course. */
  readonly sessionId: string | null;
  readonly reasons: readonly DeliveryReason[];
}

/** What one would choose without knowing the learner: the organisation's best hour under the same constraints. */
export interface CommonSlot {
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly label: string;
  /** Of this learner. */
  readonly probabilityActive: number;
}

export interface AppliedConstraint {
  readonly code: ConstraintCode | 'ASSUMED_ZONE';
  readonly text: string;
  /** Full local hours of the horizon that it rules out, counted for each constraint by itself. */
  readonly hoursRuledOut: number;
}

export interface NoWindowReason {
  /** The constraint that leaves nothing; or the horizon, without a full hour; or several that leave nothing together. */
  readonly code: ConstraintCode | 'HORIZON_TOO_SHORT' | 'CONSTRAINTS_TOGETHER';
  readonly text: string;
}

export interface DeliverySuggestion {
  readonly outcome: 'SUGGESTED' | 'NO_WINDOW';
  /** Best first; empty when the outcome is NO_WINDOW. */
  readonly windows: readonly DeliveryWindow[];
  /** Null when the outcome is SUGGESTED. */
  readonly noWindowReason: NoWindowReason | null;
  readonly commonSlot: CommonSlot | null;
  readonly zone: string;
  readonly isZoneAssumed: boolean;
  readonly basis: Basis;
  /** Expected active hours of the learner per week, shrunk to the organisation's. */
  readonly weeklyActiveHours: number;
  readonly constraintsApplied: readonly AppliedConstraint[];
  readonly device: PreferredUse<Device> | null;
  readonly channel: PreferredUse<Channel> | null;
  /** The usual sitting, shrunk to the organisation's; null: not known. */
  readonly maxMinutes: number | null;
  /** In how many sittings to offer the course; null when its length or the usual sitting is not known, or it is live. */
  readonly sittings: number | null;
}

interface Candidate {
  readonly hour: LocalHour;
  readonly probability: number;
}

/**
 * When to reach a learner with a course. Every full hour of the local clock in the horizon that no constraint rules out
 * is a candidate; they are ranked by the probability that the learner is active then. At most two windows lie on one
 * day, none next to another, and not all on one day where another is allowed. Constraints are never bent: when they
 * leave nothing, the outcome is NO_WINDOW with the reason.
 *
 * @throws RangeError when the zone is not known, or `horizonDays` or `count` is out of range
 */
export function suggestWindows(inputs: DeliveryInputs): DeliverySuggestion {
  requireRanges(inputs);
  const usable = withoutSmallOrganisation(inputs.personalisationOptOut ? withoutOwn(inputs) : inputs);
  const { zone, course } = usable;
  const belief = believe({ ...usable, deliveries: [], timing: null, group: { department: null, location: null } });
  const { model, rate } = belief;

  const startMs = Math.max(usable.now.getTime(), usable.from.getTime());
  const hours = [...localHours(startMs, startMs + usable.horizonDays * DAY_MS, zone)].filter((hour) => hour.isFull);
  const constraints = deliveryConstraints(usable);
  const allowed = hours.filter((hour) => constraints.every(({ allows }) => allows(hour)));
  const probabilities = Array.from({ length: HOURS_PER_WEEK }, (_, cell) => expectedProbability(model, rate, cell));
  const candidates = allowed.map((hour) => ({ hour, probability: probabilities[hour.hourOfWeek] ?? 0 }));

  const session = usualSession(usable.sessionLengths);
  const maxMinutes = session === null ? null : Math.max(1, Math.round(session.p50Minutes));
  const answer = {
    zone,
    isZoneAssumed: usable.isZoneAssumed,
    basis: model.basis,
    weeklyActiveHours: rate.shape / rate.weeks,
    constraintsApplied: appliedConstraints(usable, constraints, hours),
    device: preferredUse(DEVICES, usable.devices),
    channel: preferredUse(CHANNELS, usable.channels),
    maxMinutes,
    sittings: sittingsFor(course.kind, course.durationMinutes, session),
  };
  const common = bestBy(candidates, belief.commonWeek);
  if (common === null) {
    const noWindowReason = whyNoWindow(constraints, hours);
    return { ...answer, outcome: 'NO_WINDOW', windows: [], noWindowReason, commonSlot: null };
  }

  const reasons = reasonsFor({ ...usable, model, workingHours: belief.workingHours });
  const allowedStartsMs = new Set(allowed.map((hour) => hour.startMs));
  const windows = chooseSpread(candidates, usable.count).map(({ hour, probability }, index): DeliveryWindow => {
    const next = course.kind === 'LIVE_SESSION' ? nextSession(course.sessions, hour.endMs) : null;
    const { low, high } = probabilityActive(model, rate, hour.hourOfWeek);
    return {
      rank: index + 1,
      ...spanOf(hour, zone),
      probabilityActive: probability,
      probabilityLow: low,
      probabilityHigh: high,
      lift: probability / common.probability,
      maxMinutes: maxMinutes === null ? null : Math.min(maxMinutes, allowedMinutesFrom(hour.startMs, allowedStartsMs)),
      sessionId: next?.id ?? null,
      reasons: reasons(hour, next),
    };
  });
  const commonSlot = { ...spanOf(common.hour, zone), probabilityActive: common.probability };
  return { ...answer, outcome: 'SUGGESTED', windows, noWindowReason: null, commonSlot };
}

function withoutOwn(inputs: DeliveryInputs): DeliveryInputs {
  return {
    ...inputs,
    activeHoursMs: [],
    observedSince: null,
    devices: { ...inputs.devices, own: {} },
    channels: { ...inputs.channels, own: {} },
    sessionLengths: { ...inputs.sessionLengths, own: null },
  };
}

/** What a handful of people do would tell of single persons, so it is treated as unknown. */
function withoutSmallOrganisation(inputs: DeliveryInputs): DeliveryInputs {
  if (inputs.organisation.people >= MINIMUM_PEOPLE) return inputs;
  return {
    ...inputs,
    organisation: poolActiveHours([]),
    devices: { ...inputs.devices, organisation: {} },
    channels: { ...inputs.channels, organisation: {} },
    sessionLengths: { ...inputs.sessionLengths, organisation: null },
  };
}

function requireRanges({ horizonDays, count, now, from }: DeliveryInputs): void {
  if (!(horizonDays > 0 && Number.isFinite(horizonDays))) throw new RangeError(`horizonDays must be above 0`);
  if (!(Number.isInteger(count) && count > 0)) throw new RangeError(`count must be a whole number above 0`);
  if (Number.isNaN(now.getTime()) || Number.isNaN(from.getTime())) throw new RangeError('now and from must be dates');
}

/** Sums of the same terms in another order differ in their last digits: without them, equal hours rank as equals. */
function withoutRounding(value: number): number {
  return Math.round(value * 1e9);
}

/** The candidate with the highest share of a week, the earliest among equals; null when there is none. */
function bestBy(candidates: readonly Candidate[], week: Float64Array): Candidate | null {
  const share = ({ hour }: Candidate) => withoutRounding(week[hour.hourOfWeek] ?? 0);
  return candidates.reduce<Candidate | null>((best, c) => (best === null || share(c) > share(best) ? c : best), null);
}

/** Best first, earlier first among equals, spread over days. */
function chooseSpread(candidates: readonly Candidate[], count: number): readonly Candidate[] {
  const ranked = candidates.toSorted(
    (a, b) => withoutRounding(b.probability) - withoutRounding(a.probability) || a.hour.startMs - b.hour.startMs,
  );
  const chosen: Candidate[] = [];
  const choose = (maxPerDay: number) => {
    for (const candidate of ranked) {
      if (chosen.length === count) return;
      const sameDay = chosen.filter((c) => c.hour.localDay === candidate.hour.localDay).length;
      const isNear = chosen.some((c) => Math.abs(c.hour.startMs - candidate.hour.startMs) <= HOUR_MS);
      if (sameDay < maxPerDay && !isNear) chosen.push(candidate);
    }
  };
  // Two windows must not share their day unless no other day is left; from three on, two a day see to that.
  if (count === 2) choose(1);
  choose(MAX_WINDOWS_PER_DAY);
  return chosen;
}

function spanOf(hour: LocalHour, zone: string): { startsAt: Date; endsAt: Date; label: string } {
  return {
    startsAt: new Date(hour.startMs),
    endsAt: new Date(hour.endMs),
    label: localLabel(hour.startMs, hour.endMs, zone),
  };
}

function allowedMinutesFrom(startMs: number, allowedStartsMs: ReadonlySet<number>): number {
  let hours = 1;
  while (allowedStartsMs.has(startMs + hours * HOUR_MS)) hours += 1;
  return hours * 60;
}

function nextSession(sessions: readonly LiveSession[], afterMs: number): LiveSession | null {
  const ahead = sessions.filter((s) => s.startsAt.getTime() >= afterMs);
  return ahead.toSorted((a, b) => a.startsAt.getTime() - b.startsAt.getTime() || (a.id < b.id ? -1 : 1))[0] ?? null;
}

/** One sitting for what one in four sittings would hold, else as many usual ones as it takes. */
function sittingsFor(kind: CourseKind, durationMinutes: number | null, usual: SessionLengths | null): number | null {
  if (kind === 'LIVE_SESSION' || durationMinutes === null || usual === null) return null;
  if (durationMinutes <= usual.p75Minutes) return 1;
  return Math.ceil(durationMinutes / Math.max(1, Math.round(usual.p50Minutes)));
}

function appliedConstraints(
  { zone, isZoneAssumed }: DeliveryInputs,
  constraints: readonly DeliveryConstraint[],
  hours: readonly LocalHour[],
): readonly AppliedConstraint[] {
  const applied = constraints.map(({ code, text, allows }) => ({
    code,
    text,
    hoursRuledOut: hours.filter((hour) => !allows(hour)).length,
  }));
  const text = `Your time zone is not known, so times are those of your organisation, ${zone}.`;
  return isZoneAssumed ? [...applied, { code: 'ASSUMED_ZONE', text, hoursRuledOut: 0 }] : applied;
}

function whyNoWindow(constraints: readonly DeliveryConstraint[], hours: readonly LocalHour[]): NoWindowReason {
  if (hours.length === 0) {
    return { code: 'HORIZON_TOO_SHORT', text: 'The time to choose from holds no full hour of the clock.' };
  }
  const alone = constraints.find(({ allows }) => !hours.some(allows));
  if (alone !== undefined) return { code: alone.code, text: alone.exhaustedText };
  return {
    code: 'CONSTRAINTS_TOGETHER',
    text: `No full hour is left by these together: ${constraints.map(({ text }) => text).join(' ')}`,
  };
}
