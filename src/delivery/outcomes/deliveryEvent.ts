import { checkCourse, checkLearner, checkPast } from '../../learners/learnerPlan.js';
import type { Channel, Device } from '../../learners/profileEvent.js';
import type { RowError } from '../../platform/errors.js';
import { isGiven, type Optional, RowChecks } from '../../platform/rowChecks.js';

/** What can become of a message. */
export const MESSAGE_OUTCOMES = ['SENT', 'OPENED', 'MUTED'] as const;
export type MessageOutcome = (typeof MESSAGE_OUTCOMES)[number];

/** One row of the append-only log of messages; `eventId` names it, so a sender may repeat itself without harm. */
export interface DeliveryEvent {
  readonly eventId: string;
  readonly learnerId: string;
  /** The suggestion that the message followed; null: none, or not known. */
  readonly suggestionId: string | null;
  /** What the message was about; null: not known, or about nothing in particular. */
  readonly courseId: string | null;
  readonly channel: Channel;
  readonly device: Device | null;
  readonly outcome: MessageOutcome;
  readonly at: Date;
}

export interface DeliveryEventInput {
  readonly eventId: string;
  readonly learnerId: string;
  readonly suggestionId?: Optional<string>;
  readonly courseId?: Optional<string>;
  readonly channel: Channel;
  readonly device?: Optional<Device>;
  readonly outcome: MessageOutcome;
  readonly at: Date;
}

/** Whom and what a suggestion was about. */
export interface SuggestionSubject {
  readonly learnerId: string;
  readonly courseId: string | null;
}

/** What a batch is checked against. */
export interface DeliveryReferences {
  readonly learnerIds: ReadonlySet<string>;
  readonly courseIds: ReadonlySet<string>;
  readonly suggestions: ReadonlyMap<string, SuggestionSubject>;
  readonly now: Date;
}

/** An event with the place of its row in the batch. */
export interface PlacedEvent {
  readonly index: number;
  readonly event: DeliveryEvent;
}

export interface DeliveryPlan {
  readonly accepted: readonly PlacedEvent[];
  /** Rows that say again what an accepted row of the same batch says. */
  readonly repeatCount: number;
  readonly errors: readonly RowError[];
}

/** What a batch of outcomes would store, decided without a database. A message is about the course of its suggestion. */
export function planDeliveries(rows: readonly DeliveryEventInput[], references: DeliveryReferences): DeliveryPlan {
  const accepted = new Map<string, PlacedEvent>();
  const errors: RowError[] = [];
  let repeatCount = 0;
  rows.forEach((row, index) => {
    const check = new RowChecks(index);
    checkRow(check, row, references);
    const event = eventOf(row, references);
    const earlier = accepted.get(row.eventId);
    if (check.passed && earlier !== undefined) {
      if (isSameDelivery(earlier.event, event)) repeatCount += 1;
      else check.fail('CONFLICT', conflictMessage(event, `row ${earlier.index} of this batch`), 'eventId');
    } else if (check.passed) {
      accepted.set(row.eventId, { index, event });
    }
    errors.push(...check.errors);
  });
  return { accepted: [...accepted.values()], repeatCount, errors };
}

/** The error of a row whose id is already taken by an event that says something else. */
export function deliveryConflict({ index, event }: PlacedEvent): RowError {
  return { index, code: 'CONFLICT', message: conflictMessage(event, 'what is stored'), path: ['eventId'] };
}

/** Equal in everything that a sender says. */
export function isSameDelivery(a: DeliveryEvent, b: DeliveryEvent): boolean {
  return (
    a.learnerId === b.learnerId &&
    a.suggestionId === b.suggestionId &&
    a.courseId === b.courseId &&
    a.channel === b.channel &&
    a.device === b.device &&
    a.outcome === b.outcome &&
    a.at.getTime() === b.at.getTime()
  );
}

function conflictMessage({ eventId }: DeliveryEvent, other: string): string {
  return `Event "${eventId}" differs from ${other}, which stays; give a new event a new eventId`;
}

function checkRow(check: RowChecks, row: DeliveryEventInput, references: DeliveryReferences): void {
  check.id(row.eventId, 'eventId');
  checkLearner(check, row.learnerId, references.learnerIds);
  if (isGiven(row.courseId)) checkCourse(check, row.courseId, references.courseIds);
  checkPast(check, row.at, references.now, 'at');
  if (!isGiven(row.suggestionId)) return;
  const suggestion = references.suggestions.get(row.suggestionId);
  if (suggestion?.learnerId !== row.learnerId) {
    const shown = row.suggestionId.slice(0, 80);
    const wayOut = 'leave suggestionId out for a message that followed none';
    check.fail('NOT_FOUND', `There is no suggestion "${shown}" for this learner; ${wayOut}`, 'suggestionId');
  } else if (isGiven(row.courseId) && row.courseId !== suggestion.courseId) {
    check.fail('INVALID_VALUE', 'courseId is not the course of the suggestion; leave it out', 'courseId');
  }
}

function eventOf(row: DeliveryEventInput, { suggestions, courseIds }: DeliveryReferences): DeliveryEvent {
  const suggested = isGiven(row.suggestionId) ? (suggestions.get(row.suggestionId)?.courseId ?? null) : null;
  return {
    eventId: row.eventId,
    learnerId: row.learnerId,
    suggestionId: row.suggestionId ?? null,
    courseId: row.courseId ?? (suggested !== null && courseIds.has(suggested) ? suggested : null),
    channel: row.channel,
    device: row.device ?? null,
    outcome: row.outcome,
    at: row.at,
  };
}
