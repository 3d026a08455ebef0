/**
 * SQL: whether what a learner does may be worked into anything that others see, by the column that holds their id. It may
 * not where they want nothing personal, or where processing is restricted. There are few of those, and an index of them.
 */
export const isProcessed = (column: string): string =>
  `${column} NOT IN (SELECT l.id FROM learner l WHERE l.personalisation_opt_out OR l.restricted_at IS NOT NULL)`;

/** SQL: whether what a learner did may be counted at all; who wants nothing personal may be counted. */
export const isUnrestricted = (column: string): string =>
  `${column} NOT IN (SELECT l.id FROM learner l WHERE l.restricted_at IS NOT NULL)`;
