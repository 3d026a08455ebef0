/**
 * SQL: whether nobody of some people was erased; the parameter is `erasureHashes` of them. It stands in the very statement
 * that writes about people who need not be known, so that no list in the making outlives its learner: an erasure waits for
 * statements that began before it was asked for, and those that begin later find it.
 */
export const noneErased = (parameter: string): string =>
  `NOT EXISTS (SELECT FROM erased_learner e WHERE e.learner_hash = ANY(${parameter}::bytea[]))`;

/** The same of one person, by one hash: a server plans it once for all, where of lists it guesses long ones, and plans each. */
export const notErased = (parameter: string): string =>
  `NOT EXISTS (SELECT FROM erased_learner e WHERE e.learner_hash = ${parameter}::bytea)`;
