import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Viewer } from '../access/access.js';
import type { RequestTrace } from '../graphql/graphql.js';
import type { Logger } from '../logger.js';
import { createLabelLimit, type Metrics } from '../metrics.js';
import type { Admission, RefusedWhy } from './admission.js';

const SLOW_REQUEST_MS = 1_000;
const MAX_OPERATION_LABELS = 100;

/** One request on its way through. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly path: string;
  /** With its question mark, or empty. */
  readonly search: string;
  readonly trace: RequestTrace;
  viewer: Viewer | null;
}

interface RequestReportOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly admission: Admission;
  /** What stands in logs in the place of a person's id. */
  readonly pseudonymOf: (learnerId: string) => string;
}

/** Why a request was not served for want of room. */
export type ShedWhy = RefusedWhy | 'bodies' | 'logins' | 'rate';

/** What operators hear of requests: figures of all, log lines of slow ones, or of all when they ask for that. */
export class RequestReport {
  readonly #options: RequestReportOptions;
  readonly #operationLabel = createLabelLimit(MAX_OPERATION_LABELS);
  readonly #duration;
  readonly #shed;
  readonly #authenticationFailed;

  constructor(options: RequestReportOptions) {
    this.#options = options;
    const { metrics, admission } = options;
    this.#duration = metrics.histogram({
      name: 'graphql_request_duration_seconds',
      help: 'Time from the first byte to the answer of requests to /graphql; those refused at the door, as requests_shed_total tells, are not among them',
      labels: ['operation', 'outcome'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    });
    this.#shed = metrics.counter({
      name: 'requests_shed_total',
      help: 'Requests refused for want of room',
      labels: ['why'],
    });
    this.#authenticationFailed = metrics.counter({
      name: 'authentication_failed_total',
      help: 'Requests whose key or token was refused or could not be checked',
      labels: ['code'],
    });
    metrics.gauge({
      name: 'graphql_running',
      help: 'Operations running at the moment',
      read: () => admission.running,
    });
    metrics.gauge({
      name: 'graphql_running_limit',
      help: 'Operations that may run at once, as measured: fewer when answers become slow',
      read: () => admission.limit,
    });
  }

  shed(why: ShedWhy): void {
    this.#shed.add({ why });
  }

  authenticationFailed(code: string): void {
    this.#authenticationFailed.add({ code });
  }

  ended(exchange: Exchange, durationMs: number): void {
    const { logger, pseudonymOf } = this.#options;
    const { trace, response, path, requestId } = exchange;
    if (path === '/graphql') this.#observe(trace, durationMs / 1_000);
    const isSlow = durationMs > SLOW_REQUEST_MS;
    if (!isSlow && !logger.isLevelEnabled('debug')) return;
    const line = {
      requestId,
      method: exchange.request.method,
      path: shownPath(path),
      status: response.statusCode,
      durationMs: Math.round(durationMs * 10) / 10,
      operation: trace.operationName,
      errorCode: trace.errorCode,
      viewer: viewerName(exchange.viewer, pseudonymOf),
    };
    if (isSlow) logger.warn(line, 'slow request');
    else logger.debug(line, 'request');
  }

  #observe(trace: RequestTrace, seconds: number): void {
    const operation = trace.operationName === null ? 'unnamed' : this.#operationLabel(trace.operationName);
    this.#duration.observe({ operation, outcome: trace.errorCode === null ? 'ok' : 'error' }, seconds);
  }
}

/** Logged so that nobody's typing ends up in the log: only paths that exist. */
const PATHS = new Set(['/', '/graphql', '/healthz', '/readyz', '/metrics']);
const shownPath = (path: string): string => (PATHS.has(path) ? path : 'other');

function viewerName(viewer: Viewer | null, pseudonymOf: (learnerId: string) => string): string | null {
  if (viewer === null) return null;
  if (viewer.kind === 'ANONYMOUS') return 'anonymous';
  return viewer.kind === 'KEY' ? `key ${viewer.keyId}` : `person ${pseudonymOf(viewer.learnerId)}`.trim();
}
