import { once } from 'node:events';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type App, openApp } from '../../src/app.js';
import type { Role, Scope } from '../../src/platform/access/access.js';
import { readConfig } from '../../src/platform/config.js';
import { createLogger, type Logger } from '../../src/platform/logger.js';
import type { RuleSetInForce } from '../../src/recommendations/pipeline/learnerRules.js';
import { createDatabase, type DatabaseKind } from './databases.js';

/** The answer to a GraphQL request. */
export interface Answer {
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly AnswerError[];
}

interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly details?: unknown };
}

type Variables = Readonly<Record<string, unknown>>;

export interface TokenClaims {
  readonly learnerId: string;
  readonly roles?: readonly Role[];
  /** Null: none. Standard `10m`. */
  readonly expires?: string | null;
  readonly issuer?: string;
  readonly audience?: string;
  /** Signed with a key that the identity provider does not publish. */
  readonly isForged?: boolean;
}

/** A service on a port of its own, with a database of its own. */
export interface TestApp {
  readonly app: App;
  readonly url: string;
  /** What the service takes for now; set it to let time pass. */
  now: Date;
  /** A portal's key; without scopes, an administrator's. */
  key(...scopes: readonly Scope[]): Promise<string>;
  token(claims: TokenClaims): Promise<string>;
  /** As an administrator unless a key or token is given; null: as nobody. */
  post(query: string, variables?: Variables, credential?: string | null): Promise<Answer>;
  /** As `post`, for a request that must succeed: its data. */
  ask<Data>(query: string, variables?: Variables, credential?: string): Promise<Data>;
  /** Rows that an SQL query finds in the database. */
  sql<Row>(query: string, parameters?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export interface TestAppOptions {
  readonly now?: Date;
  /** Settings besides those of the database. */
  readonly env?: Readonly<Record<string, string>>;
  /** Rules that nobody has published. */
  readonly ruleSet?: () => RuleSetInForce;
  /** Standard: says nothing. */
  readonly logger?: Logger;
}

const ISSUER = 'https://identity.example.org/';
const AUDIENCE = 'waymark';

/** Noon on a Wednesday. */
export const NOON = new Date('2025-03-12T12:00:00Z');

export async function openTestApp(
  kind: DatabaseKind,
  { now = NOON, env = {}, ruleSet, logger }: TestAppOptions = {},
): Promise<TestApp> {
  const [database, provider] = await Promise.all([createDatabase(kind), startIdentityProvider()]);
  const clock = { now };
  const config = readConfig({
    PORT: '0',
    DATABASE_POOL_SIZE: '6',
    TRAIN_EVERY_MINUTES: '0',
    TRAIN_BUDGET_SECONDS: '0',
    JWT_JWKS_URL: provider.jwksUrl,
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: AUDIENCE,
    ...database.env,
    ...env,
  });
  const app = await openApp({
    config,
    logger: logger ?? createLogger(process.env['TEST_LOG_LEVEL'] ?? 'silent'),
    clock: () => clock.now,
    ...(database.seedTar === null ? {} : { seedTar: database.seedTar }),
    ...(ruleSet === undefined ? {} : { ruleSet }),
  });
  const server = await app.serve();
  const key = keyMaker(app);
  const post = async (query: string, variables: Variables = {}, credential?: string | null): Promise<Answer> =>
    await postGraphQL(server.url, query, variables, credential === undefined ? await key() : credential);
  return {
    app,
    url: server.url,
    get now() {
      return clock.now;
    },
    set now(at) {
      clock.now = at;
    },
    key,
    token: provider.token,
    post,
    ask: async <Data>(query: string, variables?: Variables, credential?: string) =>
      dataOf<Data>(await post(query, variables, credential)),
    sql: async <Row>(query: string, parameters: readonly unknown[] = []) =>
      (await app.database.dataSource.query(query, [...parameters])) as Row[],
    async close() {
      await server.close({ graceMs: 1_000 });
      await app.close();
      await provider.close();
      await database.drop();
    },
  };
}

/** @param credential null: none */
export async function postGraphQL(
  url: string,
  query: string,
  variables: Variables,
  credential: string | null,
): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(credential === null ? {} : { authorization: `Bearer ${credential}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  const body = (await response.json()) as { data?: Answer['data']; errors?: Answer['errors'] };
  return { status: response.status, data: body.data ?? null, errors: body.errors ?? [] };
}

/** The data of a request that succeeded. */
export function dataOf<Data>({ data, errors }: Answer): Data {
  if (errors.length > 0 || data === null) {
    throw new Error(`The request failed with ${errors.length} errors, the first: ${JSON.stringify(errors[0])}`);
  }
  return data as Data;
}

/** Makes each kind of key once. */
function keyMaker(app: App): (...scopes: readonly Scope[]) => Promise<string> {
  const made = new Map<string, Promise<string>>();
  return (...scopes) => {
    const name = [...scopes].sort().join(' ');
    const known = made.get(name);
    if (known !== undefined) return known;
    const role = scopes.length === 0 ? 'ADMIN' : 'PORTAL';
    const key = app.apiKeys
      .create({ name: name || 'admin', role, scopes, expiresAt: null })
      .then((created) => created.text);
    made.set(name, key);
    return key;
  };
}

interface IdentityProvider {
  readonly jwksUrl: string;
  token(claims: TokenClaims): Promise<string>;
  close(): Promise<void>;
}

async function startIdentityProvider(): Promise<IdentityProvider> {
  const [published, forged] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  const jwks = { keys: [{ ...(await exportJWK(published.publicKey)), kid: 'test', alg: 'ES256', use: 'sig' }] };
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('An HTTP server has an address');
  return {
    jwksUrl: `http://127.0.0.1:${address.port}/keys`,
    async token({ learnerId, roles, expires = '10m', issuer = ISSUER, audience = AUDIENCE, isForged = false }) {
      const token = new SignJWT(roles === undefined ? {} : { roles })
        .setProtectedHeader({ alg: 'ES256', kid: 'test' })
        .setSubject(learnerId)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt();
      if (expires !== null) token.setExpirationTime(expires);
      return await token.sign((isForged ? forged : published).privateKey);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
