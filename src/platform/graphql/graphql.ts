import { ApolloServer, type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import { type DocumentNode, GraphQLError, type GraphQLFormattedError, type GraphQLSchema, Kind } from 'graphql';
import { type AccessContext, isAdmin, isSecured, refusalOf, type Viewer } from '../access/access.js';
import { asUnavailable } from '../database/database.js';
import { DomainError, RETRY_AFTER_SECONDS } from '../errors.js';
import { describeForLog, type Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { HTTP_STATUS, httpStatusOf, type Refusal } from '../refusal.js';
import { shorten } from '../text.js';
import { createCompiledExecution } from './compiledExecution.js';
import { createCostCheck, GRAPHQL_LIMITS, variablesProblem } from './graphqlLimits.js';

/**
 * How much of documents that were sent before is kept, read and found valid, counted as JSON: in memory they take five times as
 * much and more. Portals send a few dozen.
 */
const DOCUMENT_BYTES = 4 * 2 ** 20;

/** What every request knows of itself. A feature's context may hold more. */
export interface RequestContext extends AccessContext {
  readonly viewer: Viewer;
  /** Also in the answer's `x-request-id` header and in the log. */
  readonly requestId: string;
  /** Aborted when the client has gone or the deadline has passed: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly trace: RequestTrace;
  /** Puts the cost of the operation on the caller's account; what to refuse it with when that is overdrawn. */
  readonly charge: (cost: number) => Refusal | null;
}

/** What the log and the metrics say of a request, filled in as it proceeds. */
export interface RequestTrace {
  operationName: string | null;
  /** Code of the first error; null while there is none. */
  errorCode: string | null;
}

/** What an administrator asked for; everything they do is handed to `audit`, before it runs. */
export interface AuditEntry {
  readonly requestId: string;
  readonly viewer: Viewer;
  readonly operationType: 'query' | 'mutation' | 'subscription';
  /** As the client named it; null when it did not. */
  readonly operationName: string | null;
  /** Names of the root fields written out in the operation. */
  readonly fields: readonly string[];
}

export interface GraphQLServerOptions {
  /** From `secureSchema`. */
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly audit: (entry: AuditEntry) => void;
}

/**
 * The GraphQL engine without any transport: limits, access, masking, and no feature of the library that would call home,
 * load a script or wrap every resolver.
 *
 * @throws Error when the schema was not secured
 */
export async function createGraphQLServer<Context extends RequestContext>(
  options: GraphQLServerOptions,
): Promise<ApolloServer<Context>> {
  if (!isSecured(options.schema)) throw new Error('The schema must come from secureSchema.');
  const masking = createMasking(options.logger, options.metrics);
  const server = new ApolloServer<Context>({
    schema: options.schema,
    // Stated rather than left to NODE_ENV, on which no safety may depend.
    nodeEnv: 'production',
    introspection: options.introspection,
    hideSchemaDetailsFromClientErrors: !options.introspection,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    parseOptions: { maxTokens: GRAPHQL_LIMITS.tokens },
    documentStore: new InMemoryLRUCache<DocumentNode>({ maxSize: DOCUMENT_BYTES }),
    validationOptions: { maxErrors: GRAPHQL_LIMITS.faults },
    formatError: masking.formatError,
    apollo: {},
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: (message?: unknown) => options.logger.warn({ reason: String(message) }, 'warning of the GraphQL library'),
      // Unexpected errors reach the log once, with their stack, through the masking plugin.
      error: () => undefined,
    },
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      masking.plugin,
      createGuard(options),
      executeCompiled(options.schema, masking),
      statusForOldClients,
      statusOfOutage,
    ],
  });
  await server.start();
  return server;
}

/** Access first, then cost, both before anything runs. */
function createGuard({ schema, metrics, audit }: GraphQLServerOptions): ApolloServerPlugin<RequestContext> {
  const costOrProblem = createCostCheck(schema);
  const refused = metrics.counter({
    name: 'access_refused_total',
    help: 'Operations refused because of who asked',
    labels: ['code'],
  });
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ document, operation, contextValue, request }) => {
        if (operation === undefined) return;
        contextValue.trace.operationName = operation.name?.value ?? null;
        if (schema.getRootType(operation.operation) == null) {
          throw asGraphQLError(new DomainError('BAD_USER_INPUT', `This service has no ${operation.operation}s.`));
        }
        const refusal = refusalOf(schema, document, operation, contextValue.viewer);
        if (refusal !== null) {
          refused.add({ code: refusal.code });
          throw asGraphQLError(refusal);
        }
        const variables = request.variables ?? {};
        const cost = variablesProblem(variables) ?? costOrProblem(document, operation, variables);
        if (cost instanceof DomainError) throw asGraphQLError(cost);
        if (cost instanceof GraphQLError) throw asInputError(cost);
        const overdrawn = contextValue.charge(cost);
        if (overdrawn !== null) throw asTold(overdrawn);
        if (!isAdmin(contextValue.viewer)) return;
        audit({
          requestId: contextValue.requestId,
          viewer: contextValue.viewer,
          operationType: operation.operation,
          operationName: operation.name?.value ?? null,
          fields: operation.selectionSet.selections.map((selection) =>
            selection.kind === Kind.FIELD ? selection.name.value : '...',
          ),
        });
      },
    }),
  };
}

/** Takes the place of the library's execution where an operation is compiled. */
function executeCompiled(
  schema: GraphQLSchema,
  { formatError, logFailures }: Masking,
): ApolloServerPlugin<RequestContext> {
  const execute = createCompiledExecution(schema);
  return {
    requestDidStart: async () => ({
      responseForOperation: async ({ document, operation, contextValue, request }) => {
        // The library calls this although the document has no operation of that name, and says so itself afterwards.
        if (operation === undefined) return null;
        const result = await execute(
          { document, operation },
          { variables: request.variables ?? {}, context: contextValue },
        );
        if (result === null) return null;
        const { data, errors } = result;
        const http = { status: undefined, headers: new HeaderMap() };
        if (errors === undefined) return { http, body: { kind: 'single', singleResult: { data: data ?? null } } };
        logFailures(contextValue, errors);
        const formatted = errors.map((error) => formatError(error.toJSON(), error));
        return { http, body: { kind: 'single', singleResult: { errors: formatted, data: data ?? null } } };
      },
    }),
  };
}

const asGraphQLError = (error: DomainError): GraphQLError =>
  new GraphQLError(error.message, {
    extensions: { ...extensionsOf(error), http: { status: httpStatusOf(error.code) } },
  });

const asTold = (refusal: Refusal): GraphQLError =>
  new GraphQLError(refusal.message, {
    extensions: {
      code: refusal.code,
      http: { status: refusal.status, headers: new HeaderMap(Object.entries(refusal.headers)) },
    },
  });

const asInputError = (error: GraphQLError): GraphQLError =>
  new GraphQLError(error.message, {
    nodes: error.nodes,
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  });

const extensionsOf = (error: DomainError): Record<string, unknown> => ({
  code: error.code,
  ...(Object.keys(error.details).length > 0 ? { details: error.details } : {}),
});

const GRAPHQL_RESPONSE_TYPE = 'application/graphql-response+json';

/** Whether a client knows that a status other than 200 may come with GraphQL errors to read. */
export const readsStatus = (accept: string | undefined): boolean => accept?.includes(GRAPHQL_RESPONSE_TYPE) === true;

const REQUEST_ERRORS = new Set<unknown>(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT']);

/**
 * GraphQL over HTTP: a client that only knows `application/json` gets 200 for a document or variables that are wrong in a
 * well-formed request, since it would take any other status for a failure of the transport and not read the errors.
 */
const statusForOldClients: ApolloServerPlugin = {
  requestDidStart: async () => ({
    willSendResponse: async ({ request, response }) => {
      if (response.http.status !== 400 || response.body.kind !== 'single') return;
      if (readsStatus(request.http?.headers.get('accept'))) return;
      if (REQUEST_ERRORS.has(response.body.singleResult.errors?.[0]?.extensions?.['code'])) response.http.status = 200;
    },
  }),
};

/**
 * Where nothing could be answered because of an outage, the status says so too: what stands between the client and the
 * service goes by that alone, and a client that takes it for a failure of the transport does right to come again.
 */
const statusOfOutage: ApolloServerPlugin = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response }) => {
      if (response.body.kind !== 'single' || response.body.singleResult.data != null) return;
      if (response.body.singleResult.errors?.[0]?.extensions?.['code'] !== 'UNAVAILABLE') return;
      response.http.status = httpStatusOf('UNAVAILABLE');
      response.http.headers.set('retry-after', RETRY_AFTER_SECONDS);
    },
  }),
};

const LONGEST_MESSAGE = 1_000;

export const maskedMessage = (id: string): string => `Something went wrong on our side; it was logged with id ${id}.`;

/** The one place where errors become what a caller may see. */
function createMasking(logger: Logger, metrics: Metrics) {
  const failed = metrics.counter({
    name: 'graphql_errors_total',
    help: 'Errors in answers by code',
    labels: ['code'],
  });
  /** Errors already logged, by what formatting will be handed. */
  const requestIds = new WeakMap<object, string>();

  function logFailures({ requestId, trace }: RequestContext, errors: readonly GraphQLError[]): void {
    for (const error of errors) {
      const { seen, cause } = visibleError(error);
      trace.errorCode ??= seen === null ? 'INTERNAL_SERVER_ERROR' : String(seen.extensions['code']);
      if (seen !== null) continue;
      requestIds.set(error, requestId);
      const where = { requestId, operation: trace.operationName, path: error.path?.join('.') };
      logger.error({ ...where, ...describeForLog(cause) }, 'request failed');
    }
  }

  const plugin: ApolloServerPlugin<RequestContext> = {
    requestDidStart: async () => ({
      didEncounterErrors: async ({ contextValue, errors }) => logFailures(contextValue, errors ?? []),
    }),
    unexpectedErrorProcessingRequest: async ({ requestContext, error }) => {
      logger.error({ requestId: requestContext.contextValue.requestId, ...describeForLog(error) }, 'request failed');
    },
  };

  function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
    const { seen } = visibleError(error);
    const where = { locations: formatted.locations, path: formatted.path };
    if (seen !== null) {
      const { code } = seen.extensions;
      failed.add({ code: KNOWN_CODES.has(code) ? String(code) : 'other' });
      return { message: shorten(seen.message, LONGEST_MESSAGE), ...where, extensions: seen.extensions };
    }
    failed.add({ code: 'INTERNAL_SERVER_ERROR' });
    const id = (typeof error === 'object' && error !== null && requestIds.get(error)) || crypto.randomUUID();
    return { message: maskedMessage(id), ...where, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  }

  return { plugin, formatError, logFailures };
}

type Masking = ReturnType<typeof createMasking>;

const KNOWN_CODES = new Set<unknown>([
  ...Object.keys(HTTP_STATUS),
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
]);

/** How the library begins what a caller did wrong and what it gives no code of its own. */
const WRONG_INPUT = ['Argument "', 'Too many errors processing variables'];

interface VisibleError {
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/**
 * What of an error a caller may see; null when it is a bug, whose `cause` is then worth logging.
 *
 * Errors of the library outside execution have a code and no path: the document or the variables were wrong. Inside
 * execution only those about arguments are the caller's; the others say that a resolver returned what its type cannot
 * hold, and quote it.
 */
function visibleError(error: unknown): { readonly seen: VisibleError | null; readonly cause: unknown } {
  if (error instanceof GraphQLError && error.path === undefined) {
    const { code, http, ...others } = error.extensions;
    if (typeof code === 'string' && code !== 'INTERNAL_SERVER_ERROR') {
      return { seen: { message: error.message, extensions: { code, ...others } }, cause: error };
    }
    // A persisted query whose hash is another one's: the library gives it a status and no code.
    if ((http as { status?: unknown } | undefined)?.status === 400) {
      return { seen: { message: error.message, extensions: { code: 'BAD_REQUEST' } }, cause: error };
    }
  }
  let cause: unknown = error;
  while (cause instanceof GraphQLError && cause.originalError !== undefined) cause = cause.originalError;
  const told = cause instanceof DomainError ? cause : asUnavailable(cause);
  if (told !== null) return { seen: { message: told.message, extensions: extensionsOf(told) }, cause };
  if (cause instanceof GraphQLError && WRONG_INPUT.some((start) => cause.message.startsWith(start))) {
    return { seen: { message: cause.message, extensions: { code: 'BAD_USER_INPUT' } }, cause };
  }
  return { seen: null, cause };
}
