import type { DismissReason } from '../learners/profileEvent.js';
import { idOfCall } from '../platform/calls.js';
import type { RowError } from '../platform/errors.js';
import { RowChecks } from '../platform/rowChecks.js';
import { OWN_SOURCE } from './interaction.js';
import type { InteractionInput } from './interactionPlan.js';

/** What a learner says of a course. */
export type Opinion =
  | { readonly kind: 'DISMISS'; readonly reason: DismissReason }
  | { readonly kind: 'SAVE' }
  /** −1 to 1. */
  | { readonly kind: 'RATE'; readonly rating: number };

export interface Feedback {
  readonly learnerId: string;
  readonly courseId: string;
  readonly opinion: Opinion;
  /** The list that the course stood in; null: none, or not known. */
  readonly servedListId: string | null;
  /** Names the call, so that it may be repeated; null: every call counts. */
  readonly clientMutationId: string | null;
}

/** What is wrong with feedback in itself, whoever it is about; empty when nothing is. */
export function feedbackProblems({ opinion, clientMutationId }: Feedback): readonly RowError[] {
  const check = new RowChecks(0);
  check.id(clientMutationId, 'clientMutationId');
  if (opinion.kind === 'RATE') check.number(opinion.rating, -1, 1, 'rating');
  return check.errors;
}

/** An error about the event, in terms of the call that made it. */
export function feedbackError(error: RowError): RowError {
  if (error.code !== 'CONFLICT') return error;
  return {
    ...error,
    message: 'An earlier call with this clientMutationId said something else, which stays; give a new call a new id',
    path: ['clientMutationId'],
  };
}

/** Feedback as an event of the log. */
export function feedbackEvent(feedback: Feedback, eventId: string, at: Date): InteractionInput {
  const { learnerId, courseId, servedListId, opinion } = feedback;
  const event = { source: OWN_SOURCE, eventId, learnerId, courseId, servedListId, at };
  switch (opinion.kind) {
    case 'DISMISS':
      return { ...event, verb: 'DISMISSED', reason: opinion.reason };
    case 'SAVE':
      return { ...event, verb: 'SAVED' };
    case 'RATE':
      return { ...event, verb: 'RATED', score: opinion.rating };
  }
}

/** The event that a call makes, the same however often it is repeated. Two learners may choose the same id. */
export function eventIdOf(learnerId: string, clientMutationId: string): string {
  return idOfCall(learnerId, clientMutationId);
}
