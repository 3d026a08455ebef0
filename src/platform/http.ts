import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type ApolloServer, HeaderMap, type HTTPGraphQLRequest, type HTTPGraphQLResponse } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import { decide, type Viewer } from './access.js';
import { Admission, type Release } from './admission.js';
import type { Authenticate } from './authentication.js';
import { CallerRates } from './callerRates.js';
import type { Config } from './config.js';
import { DomainError, RETRY_SOON } from './errors.js';
import { addressOf, FailedLogins } from './failedLogins.js';
import {
  type AuditEntry,
  createGraphQLServer,
  maskedMessage,
  type RequestContext,
  type RequestTrace,
  readsStatus,
} from './graphql.js';
import { createShapeCheck } from './graphqlLimits.js';
import { type ExampleQuery, landingPage } from './landingPage.js';
import { describeForLog, type Logger } from './logger.js';
import { createLabelLimit, type Metrics } from './metrics.js';
import { httpStatusOf, Refusal, refusalFor, tooOften } from './refusal.js';
import { RequestBodies } from './requestBody.js';

export interface ConnectionTimes {
  /** How long the headers of a request may take to arrive. */
  readonly headersMs: number;
  /** How long a request may take to arrive with its body. */
  readonly receiveMs: number;
  /** How often both are looked at. */
  readonly checkEveryMs: number;
}

const CONNECTION_TIMES: ConnectionTimes = { headersMs: 10_000, receiveMs: 30_000, checkEveryMs: 5_000 };
/** On top of the time that a request may take: for a client that does not read its answer. */
const UNREAD_MS = 30_000;
/** Of one process: open connections cost memory and file descriptors even when nothing comes over them. */
const MOST_CONNECTIONS = 10_000;
/** Longer than the idle time of common load balancers (60 s), which otherwise send into a connection just closed. */
const KEEP_ALIVE_MS = 65_000;
const SLOW_REQUEST_MS = 1_000;
const READINESS_TIMEOUT_MS = 2_000;
/** Readiness needs no key, so asking often must not reach the database often. */
const READINESS_LIFE_MS = 1_000;
const MAX_OPERATION_LABELS = 100;

export interface HttpServerOptions<Context extends RequestContext> {
  readonly config: Config['http'];
  /** From `secureSchema`. */
  readonly schema: GraphQLSchema;
  readonly authenticate: Authenticate;
  /** Adds what resolvers need (loaders, services) to what the request knows of itself. */
  readonly contextOf: (request: RequestContext) => Context | Promise<Context>;
  /** The parts that serving depends on, each with whether it works. */
  readonly readiness: () => Promise<Readonly<Record<string, boolean>>>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** What stands in logs in the place of a person's id; left out: nothing tells who it was. */
  readonly pseudonymOf?: (learnerId: string) => string;
  /** Takes down what administrators do; without one it goes to the log. */
  readonly audit?: (entry: AuditEntry) => void;
  /** Shown on the landing page; the first one is filled in. */
  readonly examples?: readonly ExampleQuery[];
  /** Shorter ones for tests. */
  readonly times?: ConnectionTimes;
}

interface StopOptions {
  /** How long to answer "not ready" while still serving, for load balancers to notice. Standard 0. */
  readonly notReadyMs?: number;
  /** How long requests under way may take to finish. Standard 10,000. */
  readonly graceMs?: number;
}

export interface RunningHttpServer {
  /** Without a path: `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly port: number;
  /** Stops in order: not ready, no new connections, requests under way finish, the rest is cut off. */
  close(options?: StopOptions): Promise<void>;
}

/** Starts to serve. Resolves when connections are accepted. */
export async function startHttpServer<Context extends RequestContext>(
  options: HttpServerOptions<Context>,
): Promise<RunningHttpServer> {
  const { config, logger } = options;
  const audit = options.audit ?? (({ viewer: _, ...entry }: AuditEntry) => logger.info(entry, 'administrator'));
  const apollo = await createGraphQLServer<Context>({ ...options, introspection: config.introspection, audit });
  const handler = new RequestHandler(options, apollo);
  const times = options.times ?? CONNECTION_TIMES;
  const server = createServer({
    headersTimeout: times.headersMs,
    requestTimeout: times.receiveMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: times.checkEveryMs,
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.setTimeout(Math.max(KEEP_ALIVE_MS, times.receiveMs, config.requestTimeoutMs) + UNREAD_MS);
  const onRequest = (request: IncomingMessage, response: ServerResponse) => void handler.handle(request, response);
  server.on('request', onRequest);
  // Otherwise a body is invited before anyone has looked at who sends it and how long it is.
  server.on('checkContinue', onRequest);
  server.on('clientError', refuseUnreadable);
  await listen(server, config);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  return {
    url: `http://${urlHost(config.host)}:${port}`,
    port,
    close: async ({ notReadyMs = 0, graceMs = 10_000 } = {}) => {
      handler.stopping = true;
      if (notReadyMs > 0) await sleep(notReadyMs);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await Promise.race([Promise.all([closed, handler.idle()]), sleep(graceMs)]);
      server.closeAllConnections();
      await closed;
      handler.close();
      await apollo.stop();
    },
  };
}

function listen(server: Server, config: Config['http']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/** Never keeps the process alive. */
const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

function refuseUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, message] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'The headers or the address are too long; send queries by POST.']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'The request took too long to arrive.']
        : ['400 Bad Request', 'This is not a well-formed HTTP request.'];
  const body = errorBody('BAD_REQUEST', message);
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

const errorBody = (code: string, message: string, details?: Readonly<Record<string, unknown>>): string =>
  `${JSON.stringify({ errors: [{ message, extensions: details === undefined ? { code } : { code, details } }] })}\n`;

const COMMON_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
} as const;
const CLOSED_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** One request on its way through. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly path: string;
  /** With its question mark, or empty. */
  readonly search: string;
  readonly trace: RequestTrace;
  viewer: Viewer | null;
}

class RequestHandler<Context extends RequestContext> {
  stopping = false;
  #readiness: { readonly parts: Promise<Readonly<Record<string, boolean>> | null>; readonly untilMs: number } | null =
    null;
  readonly #shapeProblem = createShapeCheck();
  readonly #allowedHosts: ReadonlySet<string> | null;
  readonly #page: { readonly html: string; readonly policy: string };
  readonly #figures;
  readonly #bodies: RequestBodies;
  readonly #admission: Admission;
  readonly #rates: CallerRates;
  readonly #failedLogins = new FailedLogins();

  constructor(
    private readonly options: HttpServerOptions<Context>,
    private readonly apollo: ApolloServer<Context>,
  ) {
    this.#allowedHosts = allowedHosts(options.config);
    this.#page = landingPage(options.examples ?? []);
    this.#admission = new Admission(options.config.maxConcurrentRequests, (why) => this.#figures.shed.add({ why }));
    this.#figures = createFigures(options.metrics, this.#admission);
    this.#rates = new CallerRates(options.config);
    this.#bodies = new RequestBodies(() => this.#figures.shed.add({ why: 'bodies' }));
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
    this.#report(exchange, performance.now() - startedMs);
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
    if (this.#allowedHosts === null) return;
    const host = (request.headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
    if (this.#allowedHosts.has(host)) return;
    throw new Refusal(
      421,
      'BAD_REQUEST',
      'This service does not answer under the host name of the request; add the name to ALLOWED_HOSTS if it should.',
    );
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
    const waitMs = authorization === undefined ? 0 : this.#failedLogins.waitMs(address, authorization);
    if (waitMs > 0) {
      this.#figures.shed.add({ why: 'logins' });
      throw tooOften('Too many keys or tokens from this address were refused.', waitMs);
    }
    try {
      exchange.viewer = await this.options.authenticate(authorization);
      if (authorization !== undefined) this.#failedLogins.succeeded(authorization);
      return exchange.viewer;
    } catch (error) {
      if (error instanceof DomainError) {
        this.#figures.authenticationFailed.add({ code: error.code });
        if (error.code === 'UNAUTHENTICATED') this.#failedLogins.failed(address, authorization ?? '');
      }
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
    // Before anything is spent on it: refusing must cost next to nothing when there is too much to do.
    this.#admission.refuseWhenFull();
    const { requestTimeoutMs } = this.options.config;
    const viewer = await endingWithin(requestTimeoutMs, this.#authenticate(exchange), () =>
      tookTooLong(requestTimeoutMs),
    );
    if (viewer.kind === 'ANONYMOUS') {
      throw new DomainError('UNAUTHENTICATED', 'Send `Authorization: Bearer <API key or token>` with every request.');
    }
    const emptyMs = this.#rates.waitMs(viewer);
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
    this.#figures.shed.add({ why: 'rate' });
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
      'content-security-policy': CLOSED_POLICY,
      'cache-control': 'no-store',
      'x-request-id': exchange.requestId,
      'content-length': Buffer.byteLength(body),
      ...contentHeaders,
      ...headers,
      ...(this.stopping ? { connection: 'close' } : {}),
    });
    response.end(body);
  }

  #report(exchange: Exchange, durationMs: number): void {
    const { logger } = this.options;
    const { trace, response, path, requestId } = exchange;
    if (path === '/graphql') this.#figures.observe(trace, durationMs / 1_000);
    const isSlow = durationMs > SLOW_REQUEST_MS;
    const line = {
      requestId,
      method: exchange.request.method,
      path: shownPath(path),
      status: response.statusCode,
      durationMs: Math.round(durationMs * 10) / 10,
      operation: trace.operationName,
      errorCode: trace.errorCode,
      viewer: viewerName(exchange.viewer, this.options.pseudonymOf ?? (() => '')),
    };
    if (isSlow) logger.warn(line, 'slow request');
    else logger.debug(line, 'request');
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

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' } as const;
const TEXT_TYPE = { 'content-type': 'text/plain; charset=utf-8' } as const;

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

/** Logged so that nobody's typing ends up in the log: only paths that exist. */
const PATHS = new Set(['/', '/graphql', '/healthz', '/readyz', '/metrics']);
const shownPath = (path: string): string => (PATHS.has(path) ? path : 'other');

function viewerName(viewer: Viewer | null, pseudonymOf: (learnerId: string) => string): string | null {
  if (viewer === null) return null;
  if (viewer.kind === 'ANONYMOUS') return 'anonymous';
  return viewer.kind === 'KEY' ? `key ${viewer.keyId}` : `person ${pseudonymOf(viewer.learnerId)}`.trim();
}

function createFigures(metrics: Metrics, admission: Admission) {
  const operationLabel = createLabelLimit(MAX_OPERATION_LABELS);
  const duration = metrics.histogram({
    name: 'graphql_request_duration_seconds',
    help: 'Time from the first byte to the answer of requests to /graphql',
    labels: ['operation', 'outcome'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
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
  return {
    shed: metrics.counter({ name: 'requests_shed_total', help: 'Requests refused for want of room', labels: ['why'] }),
    authenticationFailed: metrics.counter({
      name: 'authentication_failed_total',
      help: 'Requests whose key or token was refused or could not be checked',
      labels: ['code'],
    }),
    observe: (trace: RequestTrace, seconds: number) => {
      const operation = trace.operationName === null ? 'unnamed' : operationLabel(trace.operationName);
      duration.observe({ operation, outcome: trace.errorCode === null ? 'ok' : 'error' }, seconds);
    },
  };
}
