import { checkCourse, checkLearner } from '../../learners/learnerPlan.js';
import type { Channel } from '../../learners/profileEvent.js';
import type { RowError } from '../../platform/errors.js';
import { isGiven, RowChecks } from '../../platform/rowChecks.js';

/** What messages are meant. */
export interface MuteScope {
  /** Null: on any channel. */
  readonly channel: Channel | null;
  /** Null: about any course, and about none. */
  readonly courseId: string | null;
}

/** What somebody does not want to be sent. */
export interface Mute extends MuteScope {
  /** Null: for ever. */
  readonly until: Date | null;
}

export interface StandingMute extends Mute {
  readonly since: Date;
}

/** Something that somebody said about messages: no more of these, or these again. */
export interface MuteEntry extends Mute {
  readonly lifts: boolean;
  readonly at: Date;
  /** In the order in which it was said here; 0: told by a message that was muted. */
  readonly seq: number;
}

export interface MuteRequest extends Mute {
  readonly learnerId: string;
}

/** What is wrong with a request, field by field; empty when it may be carried out. */
export function muteProblems(
  { learnerId, courseId, until }: MuteRequest,
  learnerIds: ReadonlySet<string>,
  courseIds: ReadonlySet<string>,
  now: Date,
): readonly RowError[] {
  const check = new RowChecks(0);
  checkLearner(check, learnerId, learnerIds);
  if (courseId !== null) checkCourse(check, courseId, courseIds);
  check.instant(until, 'until');
  if (isGiven(until) && until.getTime() <= now.getTime()) {
    check.fail('INVALID_VALUE', 'until is past; leave it out to mute for ever', 'until');
  }
  return check.errors;
}

/** Whether every message of the narrower scope is one of the wider. */
function covers(wider: MuteScope, narrower: MuteScope): boolean {
  return (
    (wider.channel === null || wider.channel === narrower.channel) &&
    (wider.courseId === null || wider.courseId === narrower.courseId)
  );
}

/**
 * What somebody does not want to be sent at a moment. Of one scope what was said last counts; lifting a scope lifts all
 * mutes within it, and no wider one. Depends on what was said when, not on the order in which it came to be known: a
 * muted message that is told of after its mute was lifted mutes nothing.
 */
export function standingMutes(entries: readonly MuteEntry[], now: Date): readonly StandingMute[] {
  const standing = new Map<string, StandingMute>();
  // What was said here comes after a message of the same moment: people lift what they have just muted.
  for (const entry of entries.toSorted((a, b) => a.at.getTime() - b.at.getTime() || a.seq - b.seq)) {
    const { channel, courseId, until, at } = entry;
    if (!entry.lifts) standing.set(JSON.stringify([channel, courseId]), { channel, courseId, until, since: at });
    else for (const [key, mute] of standing) if (covers(entry, mute)) standing.delete(key);
  }
  return [...standing.values()].filter(({ until }) => until === null || until > now).sort(byScope);
}

/** How many of the mutes stand within a scope. */
export function countWithin(scope: MuteScope, mutes: readonly MuteScope[]): number {
  return mutes.filter((mute) => covers(scope, mute)).length;
}

/** Widest first. */
function byScope(a: MuteScope, b: MuteScope): number {
  const keyOf = ({ channel, courseId }: MuteScope) => [channel ?? '', courseId ?? ''];
  const [[channelA = '', courseA = ''], [channelB = '', courseB = '']] = [keyOf(a), keyOf(b)];
  if (channelA !== channelB) return channelA < channelB ? -1 : 1;
  return courseA < courseB ? -1 : courseA > courseB ? 1 : 0;
}

/** When something said now is to count as said: never before what is already known, whose clock may run ahead. */
export function momentAfter(entries: readonly MuteEntry[], now: Date): Date {
  return new Date(Math.max(now.getTime(), ...entries.map(({ at }) => at.getTime())));
}
