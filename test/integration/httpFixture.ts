import { Writable } from 'node:stream';
import {
  Arg,
  buildSchema,
  Ctx,
  createUnionType,
  Field,
  ID,
  InputType,
  Int,
  InterfaceType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from 'type-graphql';
import {
  Access,
  type IsReport,
  type KeyViewer,
  type PersonViewer,
  secureSchema,
} from '../../src/platform/access/access.js';
import type { Authenticate } from '../../src/platform/access/authentication.js';
import type { Config } from '../../src/platform/config.js';
import { DomainError, type RowError } from '../../src/platform/errors.js';
import { requireBatchSize, UserErrorType } from '../../src/platform/graphql/batch.js';
import { type Connection, clampFirst, connectionTypes, toConnection } from '../../src/platform/graphql/connection.js';
import type { AuditEntry, RequestContext } from '../../src/platform/graphql/graphql.js';
import { type HttpServerOptions, type RunningHttpServer, startHttpServer } from '../../src/platform/http/http.js';
import { createLogger, type Logger } from '../../src/platform/logger.js';
import { createMetrics } from '../../src/platform/metrics.js';
import { failRepeats, RowChecks } from '../../src/platform/rowChecks.js';

@InterfaceType({
  description: 'Has an id.',
  resolveType: (value: { title?: string }) => ('title' in value ? 'Book' : 'Reader'),
})
abstract class Thing {
  @Field(() => ID)
  id!: string;
}

@ObjectType({ simpleResolvers: true, implements: Thing })
@Access('inherit')
class Book extends Thing {
  @Field(() => String)
  title!: string;

  @Field(() => [Book])
  related!: Book[];
}

@ObjectType({ simpleResolvers: true, implements: Thing })
@Access('inherit')
class Reader extends Thing {
  @Field(() => String)
  @Access({ roles: ['PRIVACY'] })
  diary!: string;
}

const Anything = createUnionType({
  name: 'Anything',
  types: () => [Book, Reader] as const,
  resolveType: (value) => ('title' in value ? Book : Reader),
});

const { ConnectionType: BookConnection } = connectionTypes(Book, 'Book');

@ObjectType({ simpleResolvers: true })
@Access('inherit')
class Stored {
  @Field(() => Int)
  stored!: number;

  @Field(() => [UserErrorType])
  userErrors!: readonly RowError[];
}

@InputType()
class RowInput {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { nullable: true })
  note?: string | null;
}

const BOOKS = Array.from({ length: 200 }, (_, index) => ({ id: `b${index}`, title: `Book ${index}`, related: [] }));
const READERS = { roles: ['LEARNER', 'MANAGER', 'LD_ANALYST', 'PRIVACY'], scopes: ['RECOMMEND'] } as const;

/** Lets a test see the resolvers of `held`, and let them go. */
export const gate = {
  waiting: 0,
  aborted: 0,
  release: () => {},
  released: Promise.resolve(),
  close() {
    gate.waiting = 0;
    gate.aborted = 0;
    gate.released = new Promise((resolve) => {
      gate.release = resolve;
    });
  },
};

@Resolver()
class TinyResolver {
  @Query(() => String)
  @Access(READERS)
  hello(): string {
    return 'world';
  }

  @Query(() => String, { nullable: true })
  @Access({ scopes: ['CATALOG'] })
  echo(@Arg('value', () => Int) value: number): string {
    return String(value);
  }

  @Query(() => BookConnection)
  @Access({ ...READERS, scopes: ['CATALOG', 'RECOMMEND'] })
  books(@Arg('first', () => Int, { nullable: true }) first: number | null): Connection<Book> {
    const page = BOOKS.slice(0, clampFirst(first));
    return toConnection(
      page.map((node) => ({ node, position: { id: node.id } })),
      { hasNextPage: true, hasPreviousPage: false },
    );
  }

  @Query(() => Reader)
  @Access({ ...READERS, learnerArg: 'learnerId' })
  reader(@Arg('learnerId', () => ID) learnerId: string): Reader {
    return { id: learnerId, diary: `diary of ${learnerId}` };
  }

  @Query(() => [Reader])
  @Access({ ...READERS, learnerArg: 'learnerIds' })
  readers(@Arg('learnerIds', () => [ID], { nullable: true }) learnerIds: string[] | null): Reader[] {
    return (learnerIds ?? ['everybody']).map((id) => ({ id, diary: `diary of ${id}` }));
  }

  @Query(() => Reader)
  @Access({ roles: ['LEARNER'] })
  me(@Ctx() { viewer }: RequestContext): Reader {
    return { id: viewer.kind === 'PERSON' ? viewer.learnerId : '', diary: '' };
  }

  @Query(() => [Anything])
  @Access(READERS)
  anything(): (Book | Reader)[] {
    return [...BOOKS.slice(0, 1), { id: 'r', diary: 'private' }];
  }

  @Query(() => Thing)
  @Access(READERS)
  thing(): Thing {
    return BOOKS[0] as Thing;
  }

  @Query(() => String, { nullable: true })
  @Access(READERS)
  bug(): string {
    const error = new Error('the password is hunter2');
    throw Object.assign(error, { parameters: ['personal data'] });
  }

  @Query(() => Int, { nullable: true })
  @Access(READERS)
  wrongType(): number {
    return 'private text' as unknown as number;
  }

  @Query(() => String, { nullable: true })
  @Access(READERS)
  conflict(): string {
    throw new DomainError('CONFLICT', 'It is there already.', { id: 'x' });
  }

  @Query(() => String)
  @Access(READERS)
  async wait(@Arg('ms', () => Int) ms: number): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return 'done';
  }

  @Query(() => String)
  @Access(READERS)
  async held(@Ctx() { signal }: RequestContext): Promise<string> {
    gate.waiting += 1;
    signal.addEventListener('abort', () => {
      gate.aborted += 1;
    });
    await gate.released;
    return 'done';
  }

  @Mutation(() => Stored)
  @Access({ scopes: ['INGEST'] })
  ingest(@Arg('rows', () => [RowInput]) rows: RowInput[]): Stored {
    requireBatchSize(rows);
    const checks = rows.map((row, index) => {
      const check = new RowChecks(index);
      check.id(row.id, 'id');
      return check;
    });
    failRepeats(rows, checks, (row) => row.id);
    return {
      stored: checks.filter((check) => check.passed).length,
      userErrors: checks.flatMap((check) => check.errors),
    };
  }
}

export const portal = (...scopes: KeyViewer['scopes']): KeyViewer => ({
  kind: 'KEY',
  keyId: 'portal',
  role: 'PORTAL',
  scopes,
});
export const adminKey: KeyViewer = { kind: 'KEY', keyId: 'root', role: 'ADMIN', scopes: [] };
export const person = (learnerId: string, ...roles: PersonViewer['roles']): PersonViewer => ({
  kind: 'PERSON',
  learnerId,
  roles: ['LEARNER', ...roles],
});

/** `boss` manages `ann` and `bob`, nobody else manages anyone. */
export const isReport: IsReport = async (managerId, learnerIds) =>
  managerId === 'boss' && learnerIds.every((id) => ['ann', 'bob'].includes(id));

export const tinySchema = () => buildSchema({ resolvers: [TinyResolver], validate: false });
export const securedTinySchema = async () => secureSchema(await tinySchema(), isReport);

/** Credentials of the tests: the viewer as JSON. */
export const bearer = (viewer: KeyViewer | PersonViewer): string =>
  `Bearer ${Buffer.from(JSON.stringify(viewer)).toString('base64url')}`;

const authenticate: Authenticate = async (authorization) => {
  if (authorization === undefined) return { kind: 'ANONYMOUS' };
  if (authorization === 'Bearer down') throw new DomainError('UNAVAILABLE', 'Keys cannot be checked just now.');
  if (authorization === 'Bearer wrong') throw new DomainError('UNAUTHENTICATED', 'The API key is not valid.');
  return JSON.parse(Buffer.from(authorization.slice(7), 'base64url').toString('utf8'));
};

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string; readonly level: number };

/** A real logger whose lines can be read. */
export function recordingLogger(): { readonly logger: Logger; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString('utf8')));
      done();
    },
  });
  return { logger: createLogger('debug', sink), lines };
}

const STANDARD: Config['http'] = {
  host: '127.0.0.1',
  port: 0,
  loopbackOnly: true,
  allowedHosts: [],
  introspection: true,
  metricsOpen: false,
  requestTimeoutMs: 10_000,
  maxConcurrentRequests: 200,
  costPerSecondOfKey: null,
  costPerSecondOfPerson: null,
  leastBurstCost: 100_000,
  proxyHops: 0,
};

export interface TinyServer extends RunningHttpServer {
  readonly lines: LogLine[];
  readonly audited: AuditEntry[];
}

export async function startTinyServer(
  config: Partial<Config['http']> = {},
  options: Partial<HttpServerOptions<RequestContext>> = {},
): Promise<TinyServer> {
  const { logger, lines } = recordingLogger();
  const audited: AuditEntry[] = [];
  const server = await startHttpServer<RequestContext>({
    config: { ...STANDARD, ...config },
    schema: await securedTinySchema(),
    authenticate,
    contextOf: (request) => request,
    readiness: async () => ({ database: true }),
    logger,
    metrics: createMetrics(),
    audit: (entry) => audited.push(entry),
    ...options,
  });
  return { ...server, lines, audited };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: unknown;
  readonly errors: readonly { readonly message: string; readonly path?: unknown; readonly extensions: unknown }[];
  /** Code of the first error; null without one. */
  readonly code: string | null;
  readonly text: string;
}

/** One GraphQL request by POST. */
export async function post(
  url: string,
  viewer: KeyViewer | PersonViewer | null,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(viewer === null ? {} : { authorization: bearer(viewer) }),
      ...headers,
    },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
  return answerOf(response);
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const body = text.startsWith('{') ? JSON.parse(text) : {};
  return {
    status: response.status,
    headers: response.headers,
    data: body.data,
    errors: body.errors ?? [],
    code: body.errors?.[0]?.extensions?.code ?? null,
    text,
  };
}
