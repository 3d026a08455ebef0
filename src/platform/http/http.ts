import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { GraphQLSchema } from 'graphql';
import type { Config } from '../config.js';
import { type AuditEntry, createGraphQLServer, type RequestContext } from '../graphql/graphql.js';
import { errorBody, RequestHandler, type RequestHandlerOptions } from './requestHandler.js';

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
/** Connections that wait to be accepted. One too many is not refused but dropped: its client tries again after a second. */
const MOST_UNACCEPTED = 4_096;
/** Longer than the idle time of common load balancers (60 s), which otherwise send into a connection just closed. */
const KEEP_ALIVE_MS = 65_000;

export interface HttpServerOptions<Context extends RequestContext> extends RequestHandlerOptions<Context> {
  /** From `secureSchema`. */
  readonly schema: GraphQLSchema;
  /** Takes down what administrators do; without one it goes to the log. */
  readonly audit?: (entry: AuditEntry) => void;
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
    server.listen({ port: config.port, host: config.host, backlog: MOST_UNACCEPTED }, () => {
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
