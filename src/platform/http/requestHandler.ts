import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ApolloServer, HeaderMap, type HTTPGraphQLRequest, type HTTPGraphQLResponse } from '@apollo/server';
import { decide, type Viewer } from '../access/access.js';
import type { Authenticate } from '../access/authentication.js';
import type { Config } from '../config.js';
import { DomainError, RETRY_SOON } from '../errors.js';
import { maskedMessage, type RequestContext, readsStatus } from '../graphql/graphql.js';
import { createShapeCheck } from '../graphql/graphqlLimits.js';
import { describeForLog, type Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { httpStatusOf, Refusal, refusalFor, tooOften } from '../refusal.js';
import { Admission, type Release, TOO_MANY } from './admission.js';
import { CallerRates } from './callerRates.js';
import { addressOf, FailedLogins } from './failedLogins.js';
import { type ExampleQuery, landingPage } from './landingPage.js';
import { RequestBodies } from './requestBody.js';
import { type Exchange, RequestReport } from './requestReport.js';

const READINESS_TIMEOUT_MS = 2_000;
/** Readiness needs no key, so asking often must not reach the database often. */
const READINESS_LIFE_MS = 1_000;

export interface RequestHandlerOptions<Context extends RequestContext> {
  readonly config: Config['http'];
  readonly authenticate: Authenticate;
  /** Adds what resolvers need (loaders, services) to what the request knows of itself. */
  readonly contextOf: (request: RequestContext) => Context | Promise<Context>;
  /** The parts that serving depends on, each with whether it works. */
  readonly readiness: () => Promise<Readonly<Record<string, boolean>>>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** What stands in logs in the place of a person's id; left out: nothing tells who it was. */
  readonly pseudonymOf?: (learnerId: string) => string;
  /** Shown on the landing page; the first one is filled in. */
  readonly examples?: readonly ExampleQuery[];
}

const COMMON_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
} as const;

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' } as const;
const TEXT_TYPE = { 'content-type': 'text/plain; charset=utf-8' } as const;

/** What is told when there is no answer. */
export const errorBody = (code: string, message: string, details?: Readonly<Record<string, unknown>>): string =>
  `${JSON.stringify({ errors: [{ message, extensions: details === undefined ? { code } : { code, details } }] })}\n`;

/** Put together once, with all headers in one list: what it takes otherwise is most of what a refusal takes. */
const TURNED_AWAY = (() => {
  const body = errorBody(TOO_MANY.code, TOO_MANY.message);
  const length = { 'content-length': String(Buffer.byteLength(body)) };
  return { body, headers: Object.entries({ ...COMMON_HEADERS, ...JSON_TYPE, ...length, ...TOO_MANY.headers }).flat() };
})();

/** Answers requests: by the API for the most part, which only those who may and whom there is room for get to. */
export class RequestHandler<Context extends RequestContext> {
  stopping = false;
  #readiness: { readonly parts: Promise<Readonly<Record<string, boolean>> | null>; readonly untilMs: number } | null =
    null;
  readonly #shapeProblem = createShapeCheck();
  readonly #allowedHosts: ReadonlySet<string> | null;
  readonly #page: { readonly html: string; readonly policy: string };
  readonly #report: RequestReport;
  readonly #bodies: RequestBodies;
  readonly #admission: Admission;
  readonly #rates: CallerRates;
  readonly #failedLogins = new FailedLogins();

  constructor(
    private readonly options: RequestHandlerOptions<Context>,
    private readonly apollo: ApolloServer<Context>,
  ) {
    this.#allowedHosts = allowedHosts(options.config);
    this.#page = landingPage(options.examples ?? []);
    this.#admission = new Admission(options.config.maxConcurrentRequests, (why) => this.#report.shed(why));
    const { logger, metrics, pseudonymOf = () => '' } = options;
    this.#report = new RequestReport({ logger, metrics, pseudonymOf, admission: this.#admission });
    this.#rates = new CallerRates(options.config);
    this.#bodies = new RequestBodies(() => this.#report.shed('bodies'));
    this.#admission.start();
  }

  /** Resolves when no operation runs any more, not even one whose client was told that it takes too long. */
  idle(): Promise<void> {
    return this.#admission.idle();
  }

  close(): void {
    this.#admission.stop();
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isAsked = request.method === 'POST' && request.url === '/graphql' && this.#isAllowedHost(request);
    if (isAsked && !this.stopping && this.#admission.isFull) return this.#turnAway(request, response);
    const startedMs = performance.now();
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const exchange: Exchange = {
      request,
      response,
      requestId: requestIdOf(request),
      path: mark < 0 ? url : url.slice(0, mark),
      search: mark < 0 ? '' : url.slice(mark),
      trace: { operationName: null, errorCode: null },
      viewer: null,
    };
    try {
      await this.#route(exchange);
    } catch (error) {
      this.#refuse(exchange, error);
    }
    this.#report.ended(exchange, performance.now() - startedMs);
  }

  /** What `#refuse` would answer, for a third of the time: where there is too much to do, most requests end here. */
  #turnAway(request: IncomingMessage, response: ServerResponse): void {
    this.#admission.turnAway();
    const requestId = requestIdOf(request);
    this.options.logger.debug({ requestId, errorCode: TOO_MANY.code }, 'refused at the door');
    response.writeHead(TOO_MANY.status, [...TURNED_AWAY.headers, 'x-request-id', requestId]);
    response.end(TURNED_AWAY.body);
  }

  async #route(exchange: Exchange): Promise<void> {
    const { path, request } = exchange;
    const reads = request.method === 'GET' || request.method === 'HEAD';
    // Probes come by address, and what they learn is no secret: they are answered under any host name.
    if (path === '/healthz' && reads) return this.#send(exchange, 200, JSON_TYPE, '{"status":"ok"}\n');
    if (path === '/readyz' && reads) return this.#ready(exchange);
    this.#checkHost(request);
    if (path === '/graphql') return this.#graphql(exchange);
    if (path === '/metrics' && reads) return this.#metrics(exchange);
    if (path === '/' && reads) {
      return this.#send(exchange, 200, { 'content-type': 'text/html; charset=utf-8' }, this.#page.html, {
        'content-security-policy': this.#page.policy,
      });
    }
    throw new Refusal(404, 'NOT_FOUND', 'There is nothing here. The API is at /graphql.');
  }

  /** A page anywhere on the web can point a name of its own at this machine; its requests then carry that name. */
  #checkHost(request: IncomingMessage): void {
    if (this.#isAllowedHost(request)) return;
    throw new Refusal(
      421,
      'BAD_REQUEST',
      'This service does not answer under the host name of the request; add the name to ALLOWED_HOSTS if it should.',
    );
  }

  #isAllowedHost(request: IncomingMessage): boolean {
    if (this.#allowedHosts === null) return true;
    return this.#allowedHosts.has((request.headers.host ?? '').toLowerCase().replace(/:\d+$/, ''));
  }

  async #ready(exchange: Exchange): Promise<void> {
    if (this.stopping) return this.#send(exchange, 503, JSON_TYPE, '{"status":"stopping"}\n');
    const nowMs = performance.now();
    if (this.#readiness === null || nowMs >= this.#readiness.untilMs) {
      this.#readiness = { parts: this.#askReadiness(), untilMs: nowMs + READINESS_LIFE_MS };
    }
    const parts = await this.#readiness.parts;
    const ready = parts !== null && Object.values(parts).every((works) => works);
    const body = { status: ready ? 'ok' : 'unavailable', parts: parts ?? {} };
    return this.#send(exchange, ready ? 200 : 503, JSON_TYPE, `${JSON.stringify(body)}\n`);
  }

  /** Null when it failed or took too long. */
  async #askReadiness(): Promise<Readonly<Record<string, boolean>> | null> {
    try {
      return await Promise.race([this.options.readiness(), sleep(READINESS_TIMEOUT_MS).then(() => null)]);
    } catch (error) {
      this.options.logger.warn(describeForLog(error), 'readiness cannot be told');
      return null;
    }
  }

  async #metrics(exchange: Exchange): Promise<void> {
    if (!this.options.config.metricsOpen) {
      const decision = decide({ scopes: ['METRICS'] }, await this.#authenticate(exchange));
      if (decision !== 'ALLOWED') throw new DomainError(decision, 'Metrics need a key with the scope METRICS.');
    }
    const { contentType, text } = await this.options.metrics.render();
    return this.#send(exchange, 200, { 'content-type': contentType }, text);
  }

  async #authenticate(exchange: Exchange): Promise<Viewer> {
    const { authorization } = exchange.request.headers;
    const address = addressOf(exchange.request, this.options.config.proxyHops);
    try {
      const authenticate = () => this.options.authenticate(authorization);
      exchange.viewer = await this.#failedLogins.guard(address, authorization, authenticate);
      return exchange.viewer;
    } catch (error) {
      if (error instanceof Refusal) this.#report.shed('logins');
      if (error instanceof DomainError) this.#report.authenticationFailed(error.code);
      throw error;
    }
  }

  async #graphql(exchange: Exchange): Promise<void> {
    const { request } = exchange;
    if (request.method !== 'GET' && request.method !== 'POST') {
      throw new Refusal(405, 'BAD_REQUEST', 'Use POST, or GET for queries.', { allow: 'GET, POST' });
    }
    if (request.method === 'GET' && exchange.search === '' && request.headers.accept?.includes('text/html')) {
      return this.#send(exchange, 303, TEXT_TYPE, '', { location: '/' });
    }
    // Before anything is spent on it.
    this.#admission.refuseWhenFull();
    const { requestTimeoutMs } = this.options.config;
    const viewer = await endingWithin(requestTimeoutMs, this.#authenticate(exchange), () =>
      tookTooLong(requestTimeoutMs),
    );
    if (viewer.kind === 'ANONYMOUS') {
      throw new DomainError('UNAUTHENTICATED', 'Send `Authorization: Bearer <API key or token>` with every request.');
    }
    const emptyMs = this.#rates.chargeRequest(viewer);
    if (emptyMs > 0) throw this.#askedTooMuch(emptyMs);
    const ingests = decide({ scopes: ['INGEST'] }, viewer) === 'ALLOWED';
    const body =
      request.method === 'POST' ? await this.#bodies.readJson(request, exchange.response, ingests) : undefined;
    const query = body === undefined ? new URLSearchParams(exchange.search).get('query') : body['query'];
    if (typeof query === 'string') {
      const problem = this.#shapeProblem(query);
      if (problem !== null) {
        const status = readsStatus(request.headers.accept) ? httpStatusOf(problem.code) : 200;
        throw new Refusal(status, problem.code, problem.message, {}, problem.details);
      }
    }
    const headers = new HeaderMap();
    for (const name of FORWARDED_HEADERS) {
      const value = request.headers[name];
      if (typeof value === 'string') headers.set(name, value);
    }
    const result = await this.#run(exchange, viewer, {
      method: request.method,
      headers,
      search: exchange.search,
      body,
    });
    const status = result.status ?? 200;
    if (status >= 400) exchange.trace.errorCode ??= 'BAD_REQUEST';
    if (result.body.kind === 'chunked') throw new Error('incremental delivery is not part of this API');
    this.#send(exchange, status, Object.fromEntries(result.headers), result.body.string);
  }

  async #run(exchange: Exchange, viewer: Viewer, request: HTTPGraphQLRequest): Promise<HTTPGraphQLResponse> {
    const { config, contextOf } = this.options;
    const abort = new AbortController();
    const { requestId, trace, response } = exchange;
    const leave = () => abort.abort(new DomainError('UNAVAILABLE', 'The client has gone.'));
    if (response.destroyed) leave();
    response.once('close', () => {
      if (!response.writableFinished) leave();
    });
    const release = await this.#admission.enter(abort.signal);
    const charge = (cost: number) => {
      const waitMs = this.#rates.charge(viewer, cost);
      return waitMs === 0 ? null : this.#askedTooMuch(waitMs);
    };
    const work = this.#work(release, async () => {
      const context = await contextOf({ viewer, requestId, signal: abort.signal, trace, charge });
      return this.apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest: request, context: async () => context });
    });
    return await endingWithin(config.requestTimeoutMs, work, () => {
      const late = tookTooLong(config.requestTimeoutMs);
      abort.abort(late);
      return late;
    });
  }

  /**
   * The place is given back when the work is done, not when its client is told to wait no longer: resolvers cannot be
   * stopped from outside, and it is their number that the limit is about.
   */
  async #work<T>(release: Release, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } finally {
      release();
    }
  }

  #askedTooMuch(waitMs: number): Refusal {
    this.#report.shed('rate');
    return tooOften('Too much was asked for lately.', waitMs);
  }

  #refuse(exchange: Exchange, error: unknown): void {
    const { logger } = this.options;
    let refusal: Refusal;
    if (error instanceof Refusal) refusal = error;
    else if (error instanceof DomainError) refusal = refusalFor(error);
    else {
      logger.error({ requestId: exchange.requestId, path: exchange.path, ...describeForLog(error) }, 'request failed');
      const body = errorBody('INTERNAL_SERVER_ERROR', maskedMessage(exchange.requestId));
      exchange.trace.errorCode ??= 'INTERNAL_SERVER_ERROR';
      this.#send(exchange, 500, JSON_TYPE, body);
      return;
    }
    exchange.trace.errorCode ??= refusal.code;
    const body = errorBody(refusal.code, refusal.message, refusal.details);
    this.#send(exchange, refusal.status, JSON_TYPE, body, refusal.headers);
  }

  #send(
    exchange: Exchange,
    status: number,
    contentHeaders: Readonly<Record<string, string>>,
    body: string,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    const { response } = exchange;
    if (response.headersSent || response.destroyed) return;
    response.writeHead(status, {
      ...COMMON_HEADERS,
      'x-request-id': exchange.requestId,
      'content-length': Buffer.byteLength(body),
      ...contentHeaders,
      ...headers,
      ...(this.stopping ? { connection: 'close' } : {}),
    });
    response.end(body);
  }
}

const tookTooLong = (ms: number): DomainError =>
  new DomainError(
    'UNAVAILABLE',
    `The request took longer than ${ms} ms and was given up. A mutation may still take effect; it is safe to send it again.`,
    RETRY_SOON,
  );

/** What the work ends with, or once the time is over the error that `late` makes; the work itself goes on. */
async function endingWithin<T>(ms: number, work: Promise<T>, late: () => DomainError): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the GraphQL library reads: how to answer, and whether a browser could have been tricked into asking. */
const FORWARDED_HEADERS = ['accept', 'content-type', 'x-apollo-operation-name', 'apollo-require-preflight'] as const;

const requestIdOf = (request: IncomingMessage): string => {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : crypto.randomUUID();
};

function allowedHosts(config: Config['http']): ReadonlySet<string> | null {
  if (config.loopbackOnly) return new Set(['localhost', '127.0.0.1', '[::1]', ...config.allowedHosts]);
  return config.allowedHosts.length > 0 ? new Set([config.host, ...config.allowedHosts]) : null;
}

/** Never keeps the process alive. */
const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
