import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { DomainError } from './errors.js';
import { shorten } from './text.js';

export type Logger = Pick<PinoLogger, 'error' | 'warn' | 'info' | 'debug' | 'fatal' | 'child' | 'isLevelEnabled'>;

const LONGEST_MESSAGE = 1_000;
const LONGEST_STACK = 8_000;
/** An error that wraps others says where it was noticed; the innermost says what went wrong. */
const MOST_CAUSES = 4;

/**
 * What a log says of an error: only what finds the bug. An error of the database also carries the parameters of the
 * statement and the row in its way, and what the server says of a value that it cannot read quotes it; all three are
 * personal data. So is what a caller is told, which names what they asked for.
 */
export function describeForLog(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { error: shorten(String(error), LONGEST_MESSAGE) };
  const causes: Readonly<Record<string, unknown>>[] = [];
  for (let cause = error.cause; cause instanceof Error && causes.length < MOST_CAUSES; cause = cause.cause) {
    causes.push(describeOne(cause));
  }
  return { ...describeOne(error), ...(causes.length > 0 ? { causes } : {}) };
}

function describeOne(error: Error): Readonly<Record<string, unknown>> {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  const stack = error.stack ?? error.message;
  return {
    error: error.name,
    ...(code === null ? {} : { errorCode: code }),
    stack: shorten(
      error instanceof DomainError || quotesValue(error, code) ? withoutMessage(stack, error.message) : stack,
      LONGEST_STACK,
    ),
  };
}

/** Class 22 of PostgreSQL's codes: "invalid input syntax for type integer: …". */
const quotesValue = (error: Error, code: string | null): boolean =>
  code !== null && /^22...$/.test(code) && 'severity' in error;

const withoutMessage = (stack: string, message: string): string =>
  message === '' ? stack : stack.replace(message, () => '(the message quotes a value)');

/**
 * Structured logs, one JSON object a line on standard error, so that commands may print their result on standard output.
 * Log identifiers only: never a key, a token, a search text or anything a learner wrote. Errors go under `err`.
 */
export function createLogger(level: string, destination: DestinationStream = pino.destination(2)): Logger {
  return pino(
    {
      level,
      base: { service: 'waymark' },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: describeForLog },
    },
    destination,
  );
}
