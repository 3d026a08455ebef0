import type { Channel, Device } from '../learners/profileEvent.js';
import { DAY_MS } from '../platform/zonedTime.js';
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
  const untold: Message[] = [];
  for (const opening of ordered) {
    if (opening.outcome !== 'OPENED') continue;
    const message = messageBehind(messages, opening) ?? sameKind(untold, opening) ?? messageOf(opening, false);
    if (!message.isSendingKnown && message.openedAtMs === null) untold.push(message);
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

/** @param messages by when they were sent */
function messageBehind(messages: readonly Message[], opening: MessageEvent): Message | null {
  const openedAtMs = opening.atMs;
  let best: Message | null = null;
  let bestLikeness = -1;
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = messages[i] as Message;
    if (message.sentAtMs > openedAtMs + CLOCK_TOLERANCE_MS) continue;
    if (message.sentAtMs < openedAtMs - OPENED_WITHIN_MS) break;
    const likeness = likenessOf(message, opening);
    if (likeness > bestLikeness) [best, bestLikeness] = [message, likeness];
  }
  return best;
}

/** −1: they cannot belong together. */
function likenessOf(message: Message, opening: MessageEvent): number {
  if (message.channel !== opening.channel) return -1;
  const [bySuggestion, byCourse] = (['suggestionId', 'courseId'] as const).map((field) => {
    if (message[field] === null || opening[field] === null) return 0;
    return message[field] === opening[field] ? 1 : Number.NEGATIVE_INFINITY;
  }) as [number, number];
  return Math.max(-1, 2 * bySuggestion + byCourse);
}

function sameKind(
  messages: readonly Message[],
  { atMs, channel, suggestionId, courseId }: MessageEvent,
): Message | null {
  const found = messages.findLast(
    (m) => m.channel === channel && m.suggestionId === suggestionId && m.courseId === courseId,
  );
  return found !== undefined && atMs - found.sentAtMs <= OPENED_WITHIN_MS ? found : null;
}
