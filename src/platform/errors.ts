/** What a caller may act on; anything else that is thrown is a bug and is shown as INTERNAL_SERVER_ERROR. */
export type DomainErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'BAD_USER_INPUT'
  | 'RATE_LIMITED'
  | 'UNAVAILABLE';

export class DomainError extends Error {
  readonly code: DomainErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: DomainErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'DomainError';
    this.code = code;
    this.details = details;
  }
}

/** A token that was good until lately. */
export class TokenExpired extends DomainError {
  constructor() {
    super('UNAUTHENTICATED', 'The token has expired.');
  }
}

/** When it is worth while to try again what was UNAVAILABLE: as a header, and as details of an error. */
export const RETRY_AFTER_SECONDS = '1';
export const RETRY_SOON: Readonly<Record<string, unknown>> = { retryAfterSeconds: Number(RETRY_AFTER_SECONDS) };

export type RowErrorCode =
  | 'INVALID_VALUE'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'DUPLICATE_IN_BATCH'
  | 'CYCLE'
  | 'NOT_APPROVED'
  | 'ERASED';

/** One row of a batch that was not stored, or one field of it, in words that its sender can act on. */
export interface RowError {
  /** Zero-based position of the row in the batch. */
  readonly index: number;
  readonly code: RowErrorCode;
  readonly message: string;
  /** Where in the row, from the outside in: `["skills", "0", "levelTo"]`. */
  readonly path: readonly string[];
}
