import type { Channel, Device } from '../../learners/profileEvent.js';
import { grouped } from '../../platform/grouped.js';
import { DAY_MS } from '../../platform/zonedTime.js';
import type { MessageOutcome } from './deliveryEvent.js';

/** An opening belongs to a message of the time before it; whoever opens something later was not moved by it. */
export const OPENED_WITHIN_MS = 30 * DAY_MS;
/** What is sent and what is opened may be told by systems whose clocks differ by this much. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** A message that reached somebody, about whatever course. */
export interface PastDelivery {
  readonly sentAtMs: number;
  readonly channel: Channel;
  /** Null: not opened as far as is known. */
  readonly openedAtMs: number | null;
}

/** A message with all that is known of it. */
export interface Delivery extends PastDelivery {
  readonly suggestionId: string | null;
  readonly courseId: string | null;
  /** What it was opened on; null: not opened, or not known. */
  readonly openedOn: Device | null;
  /** False: only its opening was told; it was sent by then, and `sentAtMs` is when it was opened. */
  readonly isSendingKnown: boolean;
}

/** What was told of a message to somebody, as far as finding its message needs it. */
export interface MessageEvent {
  readonly outcome: MessageOutcome;
  readonly channel: Channel;
  readonly device: Device | null;
  readonly courseId: string | null;
  readonly suggestionId: string | null;
  readonly atMs: number;
}

/**
 * The messages that one person got, by when they were sent. Every opening is laid to one message: of those on its channel
 * and about nothing else, sent in the 30 days before, the one of the same suggestion, else of the same course, else the
 * latest. The first opening of a message counts.
 *
 * Depends on what the events say alone, not on their order or on how often they came: what is sent may be told after it
 * was opened. Openings of messages that nobody told of stand for messages themselves, several of the same kind within 30
 * days for one.
 *
 * @param events of one person; others than SENT and OPENED are left aside
 */
export function deliveriesOf(events: readonly MessageEvent[]): readonly Delivery[] {
  const ordered = events.toSorted((a, b) => a.atMs - b.atMs || byContent(a, b));
  const messages = ordered.filter(({ outcome }) => outcome === 'SENT').map((event) => messageOf(event, true));
  const sendings = new Sendings(messages);
  const untold: Message[] = [];
  const latestUntold = new Map<string, Message>();
  for (const opening of ordered) {
    if (opening.outcome !== 'OPENED') continue;
    const kind = keyOf(SAME_BOTH, opening);
    let message = sendings.behind(opening) ?? recent(latestUntold.get(kind), opening);
    if (message === null) {
      message = messageOf(opening, false);
      untold.push(message);
      latestUntold.set(kind, message);
    }
    if (message.openedAtMs !== null) continue;
    message.openedAtMs = Math.max(message.sentAtMs, opening.atMs);
    message.openedOn = opening.device;
  }
  return [...messages, ...untold].sort((a, b) => a.sentAtMs - b.sentAtMs);
}

interface Message extends Delivery {
  openedAtMs: number | null;
  openedOn: Device | null;
}

/** What is equal in all of these may stand in any order. */
function byContent(a: MessageEvent, b: MessageEvent): number {
  const [keyA = '', keyB = ''] = [a, b].map(({ channel, suggestionId, courseId, device }) =>
    JSON.stringify([channel, suggestionId, courseId, device]),
  );
  return keyA < keyB ? -1 : keyA > keyB ? 1 : 0;
}

function messageOf({ atMs, channel, suggestionId, courseId }: MessageEvent, isSendingKnown: boolean): Message {
  return { sentAtMs: atMs, channel, suggestionId, courseId, openedAtMs: null, openedOn: null, isSendingKnown };
}

/** In which fields a message is to be as something else is, beside its channel; null is a value of its own. */
interface Likeness {
  readonly suggestionId: boolean;
  readonly courseId: boolean;
}

const SAME_BOTH: Likeness = { suggestionId: true, courseId: true };
const SAME_SUGGESTION: Likeness = { suggestionId: true, courseId: false };
const SAME_COURSE: Likeness = { suggestionId: false, courseId: true };
const SAME_CHANNEL: Likeness = { suggestionId: false, courseId: false };

type Kind = Pick<MessageEvent, 'channel' | 'suggestionId' | 'courseId'>;

/** No id is empty or holds the zero character. */
function keyOf(likeness: Likeness, { channel, suggestionId, courseId }: Kind): string {
  return `${channel}\0${likeness.suggestionId ? (suggestionId ?? '') : ''}\0${likeness.courseId ? (courseId ?? '') : ''}`;
}

/**
 * What an opening's message may look like, best first. What only one of the two names does not part them, so where the
 * opening says nothing of a field any message will do; where it does, one that says nothing is the second choice.
 */
function likenessesOf({ channel, suggestionId, courseId }: Kind): readonly (readonly [Likeness, Kind])[] {
  const kind = { channel, suggestionId, courseId };
  if (suggestionId === null && courseId === null) return [[SAME_CHANNEL, kind]];
  if (courseId === null) {
    return [
      [SAME_SUGGESTION, kind],
      [SAME_SUGGESTION, { ...kind, suggestionId: null }],
    ];
  }
  if (suggestionId === null) {
    return [
      [SAME_COURSE, kind],
      [SAME_COURSE, { ...kind, courseId: null }],
    ];
  }
  return [
    [SAME_BOTH, kind],
    [SAME_BOTH, { ...kind, courseId: null }],
    [SAME_BOTH, { ...kind, suggestionId: null }],
    [SAME_BOTH, { channel, suggestionId: null, courseId: null }],
  ];
}

/** One person's messages, found by likeness without going through them all: some people get thousands. */
class Sendings {
  readonly #messages: readonly Message[];
  /** Most openings name the same fields, so only what is asked for is put in order. */
  readonly #byLikeness = new Map<Likeness, ReadonlyMap<string, readonly Message[]>>();

  /** @param messages by when they were sent */
  constructor(messages: readonly Message[]) {
    this.#messages = messages;
  }

  /** The message that was opened; null: none of these. */
  behind(opening: MessageEvent): Message | null {
    for (const [likeness, kind] of likenessesOf(opening)) {
      const alike = this.#alike(likeness).get(keyOf(likeness, kind)) ?? [];
      const message = recent(lastBefore(alike, opening.atMs + CLOCK_TOLERANCE_MS), opening);
      if (message !== null) return message;
    }
    return null;
  }

  #alike(likeness: Likeness): ReadonlyMap<string, readonly Message[]> {
    const known = this.#byLikeness.get(likeness);
    if (known !== undefined) return known;
    const alike = grouped(this.#messages, (message) => keyOf(likeness, message));
    this.#byLikeness.set(likeness, alike);
    return alike;
  }
}

/** The last that was sent at a moment or before it. @param messages by when they were sent */
function lastBefore(messages: readonly Message[], atMs: number): Message | undefined {
  let from = 0;
  let until = messages.length;
  while (from < until) {
    const middle = (from + until) >> 1;
    if (messages[middle]!.sentAtMs <= atMs) from = middle + 1;
    else until = middle;
  }
  return messages[from - 1];
}

/** The message, if it was sent so short a time ago that it may have been opened now. */
function recent(message: Message | undefined, { atMs }: MessageEvent): Message | null {
  return message !== undefined && atMs - message.sentAtMs <= OPENED_WITHIN_MS ? message : null;
}
