import type { LiveSession } from '../../catalog/course.js';
import { type LocalHour, localDayLabel, localLabel } from '../../platform/zonedTime.js';
import { describeHolidays } from './absences.js';
import { isOverdue } from './constraints.js';
import type { DeliveryReason } from './deliveryReason.js';
import { habitReasonsOf } from './habitReasons.js';
import type { Pick } from './pickWindows.js';
import type { TeamPlace } from './spreadOverTeams.js';
import type { WeighedHours } from './weighHours.js';

/**
 * A function that gives the reasons of a window: chance and team first where they chose it, then whose habits speak for
 * it, strongest first, then what else it is for; never an empty list.
 */
export function reasonsFor(
  weighed: WeighedHours,
  team: TeamPlace | null,
): (hour: LocalHour, session: LiveSession | null, pick: Pick) => readonly DeliveryReason[] {
  const { inputs, belief } = weighed;
  const habitsAt = habitReasonsOf(weighed);
  const isKnown = belief.model.basis.PERSON > 0;
  const purpose = purposeReason(weighed);
  return (hour, session, pick) => {
    const reasons: DeliveryReason[] = [];
    if (pick.isExploration) reasons.push(exploration(pick, inputs.policy.explorationShare));
    if (pick.isNextBest && team !== null) reasons.push(nextBest(team, pick.closed));
    if (inputs.personalisationOptOut) reasons.push(notPersonalised());
    else if (!isKnown) reasons.push(noOwnActivity());
    const habits = habitsAt(hour);
    reasons.push(...habits);
    if (habits.length === 0) reasons.push(littleKnown());
    const absence = afterAbsence(weighed, hour);
    if (absence !== null) reasons.push(absence);
    if (purpose !== null) reasons.push(purpose);
    if (session !== null) reasons.push(aheadOf(session, inputs.zone));
    return reasons;
  };
}

function exploration({ outOf }: Pick, explorationShare: number): DeliveryReason {
  const share = `${Math.round(explorationShare * 1000) / 10} % of suggestions are`;
  const text = `It was drawn at random from ${outOf} hours that may suit you, to learn whether it does; ${share}.`;
  return { code: 'EXPLORATION', text, evidence: { outOf, explorationShare } };
}

function nextBest(team: TeamPlace, hoursTaken: number): DeliveryReason {
  const text = `A better hour is taken: at most ${team.limit} of the ${team.people} people of your team are reached at once.`;
  return { code: 'TEAM_SPREAD', text, evidence: { ...team, hoursTaken } };
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

/** Told of the days of leave and the holidays that a window waits for; null when there are none before it. */
function afterAbsence({ absences, horizon }: WeighedHours, { localDay }: LocalHour): DeliveryReason | null {
  const { firstDay } = horizon;
  const before = absences.leave.filter((span) => span.firstDay < localDay);
  const leaveDays = before.reduce(
    (sum, span) => sum + Math.min(span.endDay, localDay) - Math.max(span.firstDay, firstDay),
    0,
  );
  const holidays = absences.holidays.filter(({ day }) => day < localDay);
  const words: string[] = [];
  const lastLeave = before.at(-1);
  if (lastLeave !== undefined) words.push(`your leave until ${localDayLabel(lastLeave.endDay - 1)}`);
  if (holidays.length > 0) words.push(describeHolidays(holidays));
  if (words.length === 0) return null;
  const text = `It comes after ${words.join(' and ')}.`;
  return { code: 'AFTER_ABSENCE', text, evidence: { leaveDays, holidays: holidays.length } };
}

/** What the delivery is for, where that is more than a recommendation. */
function purposeReason({ inputs, horizon }: WeighedHours): DeliveryReason | null {
  const { purpose, dueAt, zone } = inputs;
  if (purpose !== 'REQUIRED' && purpose !== 'REMINDER') return null;
  const due = dueAt === null ? '' : localLabel(dueAt.getTime(), dueAt.getTime(), zone);
  const when = dueAt === null ? '' : isOverdue(inputs, horizon) ? `, and was due ${due}` : `, due ${due}`;
  const text =
    purpose === 'REQUIRED'
      ? `It is required learning${when}: the weekly limit of messages does not hold it back, and no hour is tried out.`
      : `It is a reminder of learning you have${when}.`;
  return { code: 'PURPOSE', text, evidence: { purpose, dueAt } };
}

function aheadOf(session: LiveSession, zone: string): DeliveryReason {
  return {
    code: 'AHEAD_OF_SESSION',
    text: `It is ahead of the session on ${localLabel(session.startsAt.getTime(), session.endsAt.getTime(), zone)}.`,
    evidence: { sessionId: session.id, startsAt: session.startsAt },
  };
}
