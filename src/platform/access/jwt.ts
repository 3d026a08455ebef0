import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Config } from '../config.js';
import { DomainError, TokenExpired } from '../errors.js';
import type { Logger } from '../logger.js';
import { checkId } from '../text.js';
import { type PersonViewer, ROLES, type Role } from './access.js';

/** Signatures made with a private key only: with a shared secret, whoever can check a token could also write one. */
const ACCEPTED_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

const CLOCK_TOLERANCE_SECONDS = 30;
const FETCH_TIMEOUT_MS = 3_000;
/** Age at which the key set is fetched again beside the requests that still use it. */
const FRESH_MS = 10 * 60_000;
/** Age at which it is no longer trusted, should the endpoint fail for so long. */
const STALE_MS = 60 * 60_000;
/** A token with an unknown key makes us look for new keys, but not more often than this. */
const UNKNOWN_KEY_COOLDOWN_MS = 30_000;
/** Pause after a failed fetch, during which requests are refused at once instead of each waiting for the time-out. */
const FAILURE_COOLDOWN_MS = 2_000;

export type JwtConfig = NonNullable<Config['jwt']>;
export type VerifyToken = (token: string) => Promise<PersonViewer>;

/**
 * A check of employees' and staff's tokens against the identity provider's published keys. The function it returns
 * throws DomainError UNAUTHENTICATED with the reason, or UNAVAILABLE when the keys cannot be fetched.
 *
 * `sub` is the learner id. Whoever has a valid token is a LEARNER; further roles come from the configured claim, a list
 * or a text separated by spaces or commas. A claim name with dots is also looked for inside objects
 * (`realm_access.roles`). `ld-editor` and `LD_EDITOR` are one role; names that are not ours are ignored.
 */
export function createTokenVerifier(config: JwtConfig, logger: Logger, now: () => number = Date.now): VerifyToken {
  const keyFor = createKeySource(new URL(config.jwksUrl), logger, now);
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keyFor, {
        algorithms: [...ACCEPTED_ALGORITHMS],
        issuer: config.issuer,
        audience: config.audience,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(now()),
      });
      if (payload.sub === undefined || checkId(payload.sub) !== null) {
        throw new DomainError('UNAUTHENTICATED', 'The subject (sub) of the token cannot be a learner id.');
      }
      return { kind: 'PERSON', learnerId: payload.sub, roles: rolesIn(claimAt(payload, config.rolesClaim)) };
    } catch (error) {
      if (error instanceof DomainError) throw error;
      // Looked at last: everything else about the token is good.
      if (error instanceof errors.JWTExpired) throw new TokenExpired();
      if (error instanceof errors.JOSEError) throw new DomainError('UNAUTHENTICATED', reasonOf(error));
      throw error;
    }
  };
}

function createKeySource(url: URL, logger: Logger, now: () => number): JWTVerifyGetKey {
  // When to fetch is decided here: left to itself the library fetches for every request while the endpoint is down, and
  // forgets good keys the moment they are due for a refresh.
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: Number.POSITIVE_INFINITY,
    cacheMaxAge: Number.POSITIVE_INFINITY,
  });
  let loadedMs = Number.NEGATIVE_INFINITY;
  let attemptedMs = Number.NEGATIVE_INFINITY;

  async function refresh(): Promise<void> {
    if (!keys.reloading) attemptedMs = now();
    try {
      await keys.reload();
      loadedMs = now();
    } catch (error) {
      logger.warn({ reason: error instanceof Error ? error.message : String(error) }, 'the key set cannot be fetched');
      throw unavailable();
    }
  }

  return async (header, token) => {
    const ageMs = now() - loadedMs;
    const sinceAttemptMs = now() - attemptedMs;
    if (ageMs > STALE_MS) {
      if (sinceAttemptMs < FAILURE_COOLDOWN_MS && !keys.reloading) throw unavailable();
      await refresh();
    } else if (ageMs > FRESH_MS && sinceAttemptMs > UNKNOWN_KEY_COOLDOWN_MS) {
      refresh().catch(() => undefined); // logged; the keys at hand serve on
    }
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || now() - attemptedMs < UNKNOWN_KEY_COOLDOWN_MS) throw error;
      await refresh();
      return keys(header, token);
    }
  };
}

const unavailable = (): DomainError =>
  new DomainError('UNAVAILABLE', 'Tokens cannot be checked just now; try again in a moment.');

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing') return `The token lacks the claim "${error.claim}".`;
    if (error.claim === 'iss') return 'The token comes from an issuer that is not trusted here.';
    if (error.claim === 'aud') return 'The token was made for another service.';
    return error.claim === 'nbf' ? 'The token is not valid yet.' : `The claim "${error.claim}" of the token is wrong.`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) {
    return `The token is signed in a way that is not accepted; use one of ${ACCEPTED_ALGORITHMS.join(', ')}.`;
  }
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return 'The token is signed with a key that the issuer does not publish.';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'The signature of the token is wrong.';
  return 'The Authorization header holds neither an API key nor a valid token.';
}

function claimAt(payload: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  let value: unknown = payload;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[part];
  }
  return value;
}

function rolesIn(claim: unknown): Role[] {
  const names: unknown[] = typeof claim === 'string' ? claim.split(/[\s,]+/) : Array.isArray(claim) ? claim : [];
  const roles = names.flatMap((name) => (typeof name === 'string' ? [roleKeyOf(name)] : []));
  return [...new Set<Role>(['LEARNER', ...roles.filter(isRole)])];
}

/** Providers differ in the case and the separator that they allow in the name of a role. */
const roleKeyOf = (name: string): string => name.toUpperCase().replaceAll('-', '_');

const isRole = (name: string): name is Role => Object.hasOwn(ROLES, name);
