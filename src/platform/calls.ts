import { createHash } from 'node:crypto';

/** Who calls, and what they call the call. */
export interface Call {
  readonly by: string;
  /** Names the call, so that it may be repeated; null: every call counts. */
  readonly clientMutationId: string | null;
}

/** For the description of the argument `clientMutationId`. */
export const CLIENT_MUTATION_ID =
  'An id of your choice for this call: repeating it with the same id makes nothing more and answers with what the first ' +
  'call made. Give a call that says something else another id.';

/**
 * What a call makes is known by this, the same however often the call is repeated. Hashed, since several ids of full length
 * do not fit into one.
 *
 * @param parts what sort of thing it is, whose call, and the caller's id of it
 */
export function idOfCall(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
