import { CHANNELS, type Channel } from '../../learners/profileEvent.js';
import { DAY_MS, HOUR_MS, localDayLabel, localLabel, offsetMsAt } from '../../platform/zonedTime.js';
import type { Mute } from '../outcomes/mutes.js';
import type { DeliveryConstraint, Horizon } from './deliveryConstraint.js';
import type { DeliveryInputs, PlannedMessage } from './deliveryInputs.js';
import { budgetApplies } from './purpose.js';

/** How a message comes, as the end of a sentence. */
const CHANNEL_WORDS: Readonly<Record<Channel, string>> = {
  PORTAL: 'in the portal',
  EMAIL: 'by e-mail',
  CHAT: 'in chat',
  PUSH: 'by push message',
  CALENDAR: 'in the calendar',
  OTHER: 'on other channels',
};
const DAYS_PER_WEEK = 7;
/** Day 0, 1 January 1970, was a Thursday: weeks begin on the Mondays before and after it. */
const MONDAY_OFFSET_DAYS = 3;

type ContactInputs = Pick<DeliveryInputs, 'zone' | 'mutes' | 'deliveries' | 'planned' | 'policy' | 'purpose'> & {
  readonly course: Pick<DeliveryInputs['course'], 'id'>;
};

/** How often and on what a person may be reached, as far as it limits this delivery. */
export function contactConstraints(inputs: ContactInputs, horizon: Horizon): readonly DeliveryConstraint[] {
  return [muted(inputs, horizon), minimumGap(inputs, horizon), weeklyBudget(inputs, horizon)].filter((c) => c !== null);
}

/** Channels muted at an instant for a course, in the order of `CHANNELS`. */
export function mutedChannelsAt(mutes: readonly Mute[], courseId: string, instantMs: number): readonly Channel[] {
  const counting = mutes.filter((mute) => concerns(mute, courseId) && lastsBeyond(mute, instantMs));
  if (counting.length === 0) return [];
  return CHANNELS.filter((channel) => counting.some((mute) => mute.channel === null || mute.channel === channel));
}

function concerns(mute: Mute, courseId: string): boolean {
  return mute.courseId === null || mute.courseId === courseId;
}

function lastsBeyond({ until }: Mute, instantMs: number): boolean {
  return until === null || until.getTime() > instantMs;
}

/** Mutes are a person's own word, so they are kept for every purpose. `OTHER` is no way out: nobody can act on it. */
function muted({ mutes, course, zone }: ContactInputs, { startMs }: Horizon): DeliveryConstraint | null {
  const counting = mutes.filter((mute) => concerns(mute, course.id) && lastsBeyond(mute, startMs));
  if (counting.length === 0) return null;
  const words = [...new Set(counting.map((mute) => describeMute(mute, zone)))].sort().join(', ');
  return {
    code: 'MUTED',
    text: `Not what you muted: ${words}.`,
    exhaustedText: `You muted every way to reach you: ${words}.`,
    allows: (hour) => CHANNELS.some((c) => c !== 'OTHER' && !isMuted(counting, c, hour.startMs)),
  };
}

function isMuted(counting: readonly Mute[], channel: Channel, instantMs: number): boolean {
  return counting.some((m) => (m.channel === null || m.channel === channel) && lastsBeyond(m, instantMs));
}

function describeMute({ channel, courseId, until }: Mute, zone: string): string {
  const what = courseId === null ? 'all messages' : 'messages about this course';
  const where = channel === null ? '' : ` ${CHANNEL_WORDS[channel]}`;
  const since = until === null ? '' : ` until ${localLabel(until.getTime(), until.getTime(), zone)}`;
  return `${what}${where}${since}`;
}

/** Messages may come at any time of a window, planned ones as well, so all of it keeps its distance from all of theirs. */
function minimumGap(inputs: ContactInputs, horizon: Horizon): DeliveryConstraint | null {
  const { policy, zone } = inputs;
  const gapMs = policy.minimumGapHours * HOUR_MS;
  const near = messagesOf(inputs).filter(
    ({ fromMs, untilMs }) => untilMs > horizon.startMs - gapMs && fromMs < horizon.endMs + gapMs,
  );
  if (near.length === 0 || !(gapMs > 0)) return null;
  const latest = near.reduce((a, b) => (b.untilMs > a.untilMs ? b : a));
  const words = `${hoursInWords(policy.minimumGapHours)} between messages`;
  const last = localLabel(latest.fromMs, latest.untilMs, zone);
  return {
    code: 'MINIMUM_GAP',
    text: `At least ${words}; the last one is of ${last}.`,
    exhaustedText: `There must be ${words}, and the last one is of ${last}.`,
    allows: (hour) =>
      near.every(({ fromMs, untilMs }) => hour.startMs >= untilMs + gapMs || hour.endMs <= fromMs - gapMs),
  };
}

/** What was sent, at an instant, and what is planned, over a stretch of time. */
function messagesOf({ deliveries, planned }: Pick<ContactInputs, 'deliveries' | 'planned'>): PlannedMessage[] {
  return [...deliveries.map(({ sentAtMs }) => ({ fromMs: sentAtMs, untilMs: sentAtMs })), ...planned];
}

function hoursInWords(hours: number): string {
  return hours === 1 ? '1 hour' : `${hours} hours`;
}

/** Weeks of the local calendar, numbered; week 0 holds 1 January 1970. */
export function localWeekOf(localDay: number): number {
  return Math.floor((localDay + MONDAY_OFFSET_DAYS) / DAYS_PER_WEEK);
}

/** How many messages a person had or is to have in each local week. */
export function messagesByWeek(
  inputs: Pick<ContactInputs, 'deliveries' | 'planned' | 'zone'>,
): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { fromMs } of messagesOf(inputs)) {
    const week = localWeekOf(Math.floor((fromMs + offsetMsAt(fromMs, inputs.zone)) / DAY_MS));
    counts.set(week, (counts.get(week) ?? 0) + 1);
  }
  return counts;
}

function weeklyBudget(inputs: ContactInputs, { firstDay, lastDay }: Horizon): DeliveryConstraint | null {
  if (!budgetApplies(inputs.purpose)) return null;
  const { weeklyBudget: budget } = inputs.policy;
  const sent = messagesByWeek(inputs);
  const weeks = [...sent.keys()].filter((week) => week >= localWeekOf(firstDay) && week <= localWeekOf(lastDay));
  if (weeks.length === 0 && budget >= 1) return null;
  const words = weeks
    .sort((a, b) => a - b)
    .map((week) => `${sent.get(week)} in the week from ${localDayLabel(week * DAYS_PER_WEEK - MONDAY_OFFSET_DAYS)}`)
    .join(', ');
  const had = words === '' ? '' : `; you had ${words}`;
  return {
    code: 'WEEKLY_BUDGET',
    text: `At most ${budget} ${budget === 1 ? 'message' : 'messages'} a week${had}.`,
    exhaustedText: `At most ${budget} ${budget === 1 ? 'message' : 'messages'} a week may reach you${had}.`,
    allows: ({ localDay }) => (sent.get(localWeekOf(localDay)) ?? 0) < budget,
  };
}
