import { type DomainError, type DomainErrorCode, RETRY_AFTER_SECONDS } from './errors.js';

export const HTTP_STATUS: Readonly<Record<DomainErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  BAD_USER_INPUT: 400,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
};

export const httpStatusOf = (code: DomainErrorCode): number => HTTP_STATUS[code];

/** A request that ends with a status and a message, before any GraphQL. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: DomainErrorCode | 'BAD_REQUEST',
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
    readonly details?: Readonly<Record<string, unknown>>,
  ) {
    super(message);
  }
}

/** The refusal that an error for the caller amounts to. */
export function refusalFor(error: DomainError): Refusal {
  const headers: Record<string, string> = {};
  if (error.code === 'UNAUTHENTICATED') headers['www-authenticate'] = 'Bearer realm="waymark"';
  if (error.code === 'UNAVAILABLE') headers['retry-after'] = RETRY_AFTER_SECONDS;
  const details = Object.keys(error.details).length > 0 ? error.details : undefined;
  return new Refusal(httpStatusOf(error.code), error.code, error.message, headers, details);
}

export const unavailable = (message: string): Refusal =>
  new Refusal(503, 'UNAVAILABLE', message, { 'retry-after': RETRY_AFTER_SECONDS });

/** @param waitMs in how many milliseconds it is worth trying again */
export function tooOften(message: string, waitMs: number): Refusal {
  const seconds = Math.ceil(waitMs / 1_000);
  return new Refusal(429, 'RATE_LIMITED', `${message} Try again in ${seconds} s.`, { 'retry-after': String(seconds) });
}

export const brokenOff = (): Refusal => new Refusal(400, 'BAD_REQUEST', 'The request broke off.');
