import { isFull, type LiveSession } from '../../catalog/course.js';
import { type QuietHours, WEEKDAYS, type Weekday, type WorkDay } from '../../learners/learner.js';
import { remembered } from '../../platform/remembered.js';
import { DAY_MS, type LocalHour, localLabel, offsetMsAt, WEEKDAY_LABELS } from '../../platform/zonedTime.js';
import { type Absences, absenceConstraints, absencesWithin, isAwayOn } from './absences.js';
import { contactConstraints } from './contactLimits.js';
import type { DeliveryConstraint, Horizon } from './deliveryConstraint.js';
import type { DeliveryInputs } from './deliveryInputs.js';

const DAY_MINUTES = 1440;

/** Quiet time of people who gave neither quiet hours nor a work pattern. */
export const DEFAULT_QUIET_HOURS: QuietHours = { startMinute: 22 * 60, endMinute: 7 * 60 };

export type ConstraintInputs = Pick<
  DeliveryInputs,
  'zone' | 'workPattern' | 'quietHours' | 'course' | 'dueAt' | 'purpose' | 'policy' | 'deliveries' | 'planned' | 'mutes'
>;

/**
 * The hard constraints of one delivery, in the order in which they are told.
 *
 * @param sessions those to aim at, see `openSessions`
 */
export function deliveryConstraints(
  inputs: ConstraintInputs,
  horizon: Horizon,
  absences: Absences,
  sessions: readonly LiveSession[],
): readonly DeliveryConstraint[] {
  const { zone, workPattern, quietHours, course, dueAt } = inputs;
  const constraints: DeliveryConstraint[] = [];
  if (isEverOff(course, horizon)) constraints.push(whileOnOffer(course, zone, horizon));
  if (quietHours !== null) constraints.push(outsideQuietHours(quietHours));
  if (workPattern !== null) constraints.push(insideWorkPattern(workPattern));
  if (quietHours === null && workPattern === null) constraints.push(outsideDefaultNight());
  constraints.push(...absenceConstraints(absences));
  if (dueAt !== null && !isOverdue(inputs, horizon)) constraints.push(beforeDue(dueAt, zone));
  if (isHeldAtDates(course)) constraints.push(aheadOfSession(course.sessions, sessions, zone, horizon));
  constraints.push(...contactConstraints(inputs, horizon));
  return constraints;
}

/**
 * What somebody is obliged to learn must still be learnt after it was due, so its date then limits nothing; a
 * recommendation that comes too late is not made.
 */
export function isOverdue(
  { dueAt, purpose }: Pick<ConstraintInputs, 'dueAt' | 'purpose'>,
  { startMs }: Horizon,
): boolean {
  return dueAt !== null && dueAt.getTime() <= startMs && (purpose === 'REQUIRED' || purpose === 'REMINDER');
}

function outsideQuietHours(quietHours: QuietHours): DeliveryConstraint {
  const span = `${clock(quietHours.startMinute)} and ${clock(quietHours.endMinute)}`;
  return {
    code: 'QUIET_HOURS',
    text: `Nothing in your quiet hours, between ${span}.`,
    exhaustedText: `Your quiet hours, between ${span}, leave no full hour.`,
    allows: (hour) => !touchesQuiet(hour, quietHours),
  };
}

function outsideDefaultNight(): DeliveryConstraint {
  const span = `${clock(DEFAULT_QUIET_HOURS.startMinute)} and ${clock(DEFAULT_QUIET_HOURS.endMinute)}`;
  return {
    code: 'DEFAULT_QUIET_HOURS',
    text: `Neither working hours nor quiet hours of yours are known, so nothing at night, between ${span}.`,
    exhaustedText: `Only hours of the night are left, and neither working hours nor quiet hours of yours are known.`,
    allows: (hour) => !touchesQuiet(hour, DEFAULT_QUIET_HOURS),
  };
}

/** Quiet hours wrap midnight when they start after they end, and are empty when they start as they end. */
function touchesQuiet(hour: LocalHour, { startMinute, endMinute }: QuietHours): boolean {
  const touches = (from: number, until: number) => from < until && hour.startMinute < until && hour.endMinute > from;
  if (startMinute <= endMinute) return touches(startMinute, endMinute);
  return touches(startMinute, DAY_MINUTES) || touches(0, endMinute);
}

const insideWorkPattern = remembered((workPattern: readonly WorkDay[]): DeliveryConstraint => {
  const words = describeWorkPattern(workPattern);
  const isWorking = workingTime(workPattern);
  return {
    code: 'WORK_PATTERN',
    text:
      words === null
        ? 'Only within working hours, of which you have none.'
        : `Only within your working hours: ${words}.`,
    exhaustedText:
      words === null
        ? 'Your work pattern has no working day.'
        : `Your working hours (${words}) contain no full hour in this time.`,
    allows: isWorking,
  };
});

/** A test of whether an hour lies fully inside working time. */
export function workingTime(workPattern: readonly WorkDay[]): (hour: LocalHour) => boolean {
  const byWeekday = WEEKDAYS.map((day) => mergedSpans(workPattern, day));
  return (hour) =>
    (byWeekday[hour.weekday] ?? []).some(
      ({ startMinute, endMinute }) => hour.startMinute >= startMinute && hour.endMinute <= endMinute,
    );
}

interface Span {
  readonly startMinute: number;
  readonly endMinute: number;
}

/** One day's spans in order, those that touch made one: an hour may lie across 8:00–12:30 and 12:30–17:00. */
function mergedSpans(workPattern: readonly WorkDay[], day: Weekday): readonly Span[] {
  const spans = workPattern.filter((w) => w.day === day);
  const merged: Span[] = [];
  const sorted = spans.filter((s) => s.startMinute < s.endMinute).sort((a, b) => a.startMinute - b.startMinute);
  for (const { startMinute, endMinute } of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && startMinute <= last.endMinute) {
      merged[merged.length - 1] = { startMinute: last.startMinute, endMinute: Math.max(last.endMinute, endMinute) };
    } else {
      merged.push({ startMinute, endMinute });
    }
  }
  return merged;
}

/** A work pattern in words, such as `Mon–Thu 09:00–17:00, Fri 09:00–13:00`; null when it holds no working time. */
export function describeWorkPattern(workPattern: readonly WorkDay[]): string | null {
  const runs: { first: number; last: number; hours: string }[] = [];
  for (const [index, day] of WEEKDAYS.entries()) {
    const spans = mergedSpans(workPattern, day);
    const hours = spans.map((s) => `${clock(s.startMinute)}–${clock(s.endMinute)}`).join(' and ');
    const run = runs.at(-1);
    if (hours === '') continue;
    if (run !== undefined && run.last === index - 1 && run.hours === hours) run.last = index;
    else runs.push({ first: index, last: index, hours });
  }
  if (runs.length === 0) return null;
  return runs
    .map(
      ({ first, last, hours }) => `${WEEKDAY_LABELS[first]}${last > first ? `–${WEEKDAY_LABELS[last]}` : ''} ${hours}`,
    )
    .join(', ');
}

function beforeDue(dueAt: Date, zone: string): DeliveryConstraint {
  const due = localLabel(dueAt.getTime(), dueAt.getTime(), zone);
  return {
    code: 'DUE_DATE',
    text: `Before it is due: ${due}.`,
    exhaustedText: `It is due on ${due}, before the first full hour ends.`,
    allows: (hour) => hour.endMs <= dueAt.getTime(),
  };
}

type Offer = Pick<DeliveryInputs['course'], 'publishedAt' | 'retiredAt'>;

/** Whether there is any time of the horizon in which nobody could take the course. */
function isEverOff({ publishedAt, retiredAt }: Offer, { startMs, endMs }: Horizon): boolean {
  return (publishedAt?.getTime() ?? startMs) > startMs || (retiredAt?.getTime() ?? endMs) < endMs;
}

function whileOnOffer({ publishedAt, retiredAt }: Offer, zone: string, { startMs }: Horizon): DeliveryConstraint {
  const inWords = (instant: Date) => localLabel(instant.getTime(), instant.getTime(), zone);
  const until = retiredAt === null ? [] : [`until ${inWords(retiredAt)}`];
  const from = publishedAt === null || publishedAt.getTime() <= startMs ? [] : [`from ${inWords(publishedAt)}`];
  return {
    code: 'NOT_ON_OFFER',
    text: `While it is on offer: ${[...from, ...until].join('; ')}.`,
    exhaustedText: offTheOfferText({ publishedAt, retiredAt }, inWords, startMs),
    allows: (hour) =>
      hour.startMs >= (publishedAt?.getTime() ?? Number.NEGATIVE_INFINITY) &&
      hour.endMs <= (retiredAt?.getTime() ?? Number.POSITIVE_INFINITY),
  };
}

function offTheOfferText(
  { publishedAt, retiredAt }: Offer,
  inWords: (instant: Date) => string,
  startMs: number,
): string {
  if (retiredAt !== null && retiredAt.getTime() <= startMs) return `It was retired on ${inWords(retiredAt)}.`;
  if (publishedAt !== null && publishedAt.getTime() > startMs) {
    return `It is published on ${inWords(publishedAt)}, and no full hour of this time follows.`;
  }
  return `It is retired${retiredAt === null ? '' : ` on ${inWords(retiredAt)}`}, before the first full hour ends.`;
}

/** Courses of any kind may have sessions: then there must be one to come. A live session cannot do without. */
export function isHeldAtDates({ kind, sessions }: Pick<DeliveryInputs['course'], 'kind' | 'sessions'>): boolean {
  return kind === 'LIVE_SESSION' || sessions.length > 0;
}

function aheadOfSession(
  sessions: readonly LiveSession[],
  open: readonly LiveSession[],
  zone: string,
  { startMs }: Horizon,
): DeliveryConstraint {
  const lastStartMs = latestStart(open);
  const last = Number.isFinite(lastStartMs) ? localLabel(lastStartMs, lastStartMs, zone) : null;
  return {
    code: 'LIVE_SESSION',
    text: last === null ? 'It has no session to aim at.' : `Ahead of a live session; the last one begins ${last}.`,
    exhaustedText: noSessionText(sessions, zone, startMs, last),
    allows: (hour) => hour.endMs <= lastStartMs,
  };
}

/** Live sessions that have a seat left and do not begin on a day on which the person is away. */
export function openSessions(
  { course, zone, leave, holidays }: Pick<DeliveryInputs, 'course' | 'zone' | 'leave' | 'holidays'>,
  { firstDay }: Horizon,
): readonly LiveSession[] {
  // Sessions may lie beyond the horizon of their invitation.
  const absences = absencesWithin({ firstDay, lastDay: Number.POSITIVE_INFINITY }, leave, holidays);
  const localDay = ({ startsAt }: LiveSession) =>
    Math.floor((startsAt.getTime() + offsetMsAt(startsAt.getTime(), zone)) / DAY_MS);
  return course.sessions.filter((session) => !isFull(session) && !isAwayOn(absences, localDay(session)));
}

function latestStart(sessions: readonly LiveSession[]): number {
  return Math.max(Number.NEGATIVE_INFINITY, ...sessions.map((s) => s.startsAt.getTime()));
}

function noSessionText(sessions: readonly LiveSession[], zone: string, startMs: number, last: string | null): string {
  if (sessions.length === 0) return 'It has no live session.';
  const ahead = sessions.filter((s) => s.startsAt.getTime() > startMs);
  if (ahead.length === 0) {
    const lastMs = latestStart(sessions);
    return `Its last live session begins ${localLabel(lastMs, lastMs, zone)}; none is ahead.`;
  }
  const full = ahead.filter(isFull).length;
  if (full === ahead.length)
    return full === 1 ? 'The live session ahead is full.' : `All ${full} live sessions ahead are full.`;
  if (last === null) return 'Every live session ahead is full or falls on a day on which you are away.';
  return `The last live session to aim at begins ${last}, before the first full hour ends.`;
}

/** Minutes after midnight as a clock shows them; 1440 is 24:00. */
export function clock(minuteOfDay: number): string {
  const pad = (n: number) => String(n).padStart(2, '0');
  return `${pad(Math.floor(minuteOfDay / 60))}:${pad(minuteOfDay % 60)}`;
}
