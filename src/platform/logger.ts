import { type Logger as PinoLogger, pino } from 'pino';

export type Logger = Pick<PinoLogger, 'error' | 'warn' | 'info' | 'debug' | 'fatal' | 'child'>;

/**
 * Structured logs, one JSON object a line on standard error, so that commands may print their result on standard output.
 * Log identifiers only: never a key, a token, a search text or anything a learner wrote.
 */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: { service: 'waymark' },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination(2),
  );
}
