import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTokenVerifier, type VerifyToken } from '../../src/platform/access/jwt.js';
import { createLogger } from '../../src/platform/logger.js';

const ISSUER = 'https://login.example';
const AUDIENCE = 'waymark';
const logger = createLogger('silent');

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

let provider: Server;
let url: string;
let keys: JWK[];
let asked = 0;
let status = 200;
let nowMs = Date.now();
let pair: Pair;
let verify: VerifyToken;

const publish = async (key: Pair, kid: string): Promise<JWK> => ({ ...(await exportJWK(key.publicKey)), kid });

beforeAll(async () => {
  provider = createServer((_, response) => {
    asked += 1;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/keys`;
  pair = await generateKeyPair('ES256', { extractable: true });
});
afterAll(() => {
  provider.close();
});
beforeEach(async () => {
  keys = [await publish(pair, 'first')];
  asked = 0;
  status = 200;
  nowMs = Date.now();
  verify = createTokenVerifier(
    { jwksUrl: url, issuer: ISSUER, audience: AUDIENCE, rolesClaim: 'roles' },
    logger,
    () => nowMs,
  );
});

interface TokenChanges {
  readonly claims?: JWTPayload;
  readonly issuer?: string;
  readonly audience?: string | string[];
  readonly expiresIn?: number | null;
  readonly subject?: string | null;
  readonly kid?: string;
  readonly key?: Pair;
}

function token(changes: TokenChanges = {}): Promise<string> {
  const jwt = new SignJWT({ roles: [], ...changes.claims })
    .setProtectedHeader({ alg: 'ES256', kid: changes.kid ?? 'first' })
    .setIssuer(changes.issuer ?? ISSUER)
    .setAudience(changes.audience ?? AUDIENCE);
  if (changes.subject !== null) jwt.setSubject(changes.subject ?? 'ann');
  if (changes.expiresIn !== null) jwt.setExpirationTime(Math.floor(nowMs / 1_000) + (changes.expiresIn ?? 300));
  return jwt.sign((changes.key ?? pair).privateKey);
}

const unsigned = (header: object, payload: object): string =>
  `${[header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;

const outcome = async (text: string | Promise<string>): Promise<string> => {
  try {
    const viewer = await verify(await text);
    return `${viewer.learnerId} ${viewer.roles.join(',')}`;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code} ${message}`;
  }
};

describe('a token', () => {
  test('may name roles as the README does, in any case and with hyphens', async () => {
    const all = 'ann LEARNER,MANAGER,LD_EDITOR,LD_ANALYST,PRIVACY,ADMIN';
    for (const roles of [
      ['manager', 'ld_editor', 'ld_analyst', 'privacy', 'admin'],
      ['Manager', 'ld-editor', 'LD-Analyst', 'Privacy', 'ADMIN'],
      'manager ld_editor,ld-analyst privacy admin',
    ]) {
      expect(await outcome(token({ claims: { roles } }))).toBe(all);
    }
    expect(await outcome(token({ claims: { roles: ['administrator', 'admin ', 'ld editor'] } }))).toBe('ann LEARNER');
  });

  test('that is right gives the learner and the roles we know', async () => {
    expect(await outcome(token())).toBe('ann LEARNER');
    const claims = { roles: ['MANAGER', 'offline_access', 'LD_EDITOR', 'MANAGER', 7, '__proto__', 'constructor'] };
    expect(await outcome(token({ claims }))).toBe('ann LEARNER,MANAGER,LD_EDITOR');
    expect(await outcome(token({ claims: { roles: 'PRIVACY, MANAGER ADMIN' } }))).toBe(
      'ann LEARNER,PRIVACY,MANAGER,ADMIN',
    );
    expect(await outcome(token({ claims: { roles: { ADMIN: true } } }))).toBe('ann LEARNER');
    expect(await outcome(token({ audience: ['other', AUDIENCE] }))).toBe('ann LEARNER');
    expect(asked).toBe(1);
  });

  test('may keep its roles inside an object, or under a name with dots', async () => {
    const config = { jwksUrl: url, issuer: ISSUER, audience: AUDIENCE, rolesClaim: 'realm_access.roles' };
    verify = createTokenVerifier(config, logger);
    expect(await outcome(token({ claims: { realm_access: { roles: ['MANAGER'] } } }))).toBe('ann LEARNER,MANAGER');
    expect(await outcome(token({ claims: { 'realm_access.roles': ['PRIVACY'] } }))).toBe('ann LEARNER,PRIVACY');
    expect(await outcome(token({ claims: { realm_access: 'MANAGER' } }))).toBe('ann LEARNER');
  });

  test('that is wrong is refused with the reason', async () => {
    const stranger = await generateKeyPair('ES256');
    const valid = await token();
    const cases: [Promise<string> | string, string][] = [
      [token({ expiresIn: -60 }), 'has expired'],
      [token({ issuer: 'https://evil.example' }), 'issuer that is not trusted'],
      [token({ audience: 'payroll' }), 'made for another service'],
      [token({ expiresIn: null }), 'lacks the claim "exp"'],
      [token({ subject: null }), 'lacks the claim "sub"'],
      [token({ subject: ' ann' }), 'cannot be a learner id'],
      [token({ subject: 'x'.repeat(201) }), 'cannot be a learner id'],
      [token({ claims: { nbf: Math.floor(nowMs / 1_000) + 600 } }), 'not valid yet'],
      [token({ key: stranger }), 'signature of the token is wrong'],
      [token({ kid: 'second' }), 'key that the issuer does not publish'],
      [`${valid.slice(0, -6)}AAAAAA`, 'signature of the token is wrong'],
      ['abc', 'neither an API key nor a valid token'],
      ['a.b.c', 'neither an API key nor a valid token'],
    ];
    for (const [text, words] of cases) {
      const result = await outcome(text);
      expect(result).toMatch(/^UNAUTHENTICATED /);
      expect(result).toContain(words);
    }
  });

  test('without a signature is refused', async () => {
    const payload = { sub: 'ann', iss: ISSUER, aud: AUDIENCE, exp: Math.floor(nowMs / 1_000) + 300 };
    for (const alg of ['none', 'None', 'NONE']) {
      expect(await outcome(unsigned({ alg }, payload))).toMatch(/^UNAUTHENTICATED /);
    }
  });

  test('signed with the public key as a shared secret is refused', async () => {
    const rsa = await generateKeyPair('RS256', { extractable: true });
    keys = [await publish(rsa, 'rsa')];
    for (const secret of [await exportSPKI(rsa.publicKey), JSON.stringify(keys[0])]) {
      const forged = await new SignJWT({ roles: ['ADMIN'] })
        .setProtectedHeader({ alg: 'HS256', kid: 'rsa' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject('ann')
        .setExpirationTime('5m')
        .sign(Buffer.from(secret));
      expect(await outcome(forged)).toMatch(/^UNAUTHENTICATED The token is signed in a way that is not accepted/);
    }
  });

  test('that brings its own key, or says where to fetch one, is checked with the published keys all the same', async () => {
    const own = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(own.publicKey);
    const headers: object[] = [
      { jwk },
      { jwk: { ...jwk, kid: 'first' } },
      { jku: 'https://evil.example/keys' },
      { x5u: 'https://evil.example/cert' },
      { x5c: ['MIIB'] },
    ];
    for (const header of headers) {
      const forged = await new SignJWT({ roles: ['ADMIN'] })
        .setProtectedHeader({ alg: 'ES256', kid: 'first', ...header })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject('ann')
        .setExpirationTime('5m')
        .sign(own.privateKey);
      expect(await outcome(forged)).toMatch(/^UNAUTHENTICATED The signature of the token is wrong/);
    }
    expect(asked).toBe(1);
  });

  test('whose key id is a path, a query or no text at all is refused', async () => {
    for (const kid of ['../../dev/null', "first' OR '1'='1", '', '__proto__', 'x'.repeat(10_000)]) {
      expect(await outcome(token({ kid }))).toMatch(/^UNAUTHENTICATED The token is signed with a key/);
    }
    const payload = { sub: 'ann', iss: ISSUER, aud: AUDIENCE, exp: Math.floor(nowMs / 1_000) + 300 };
    for (const kid of [7, null, {}, ['first']]) {
      expect(await outcome(`${unsigned({ alg: 'ES256', kid }, payload)}AAAA`)).toMatch(/^UNAUTHENTICATED /);
    }
  });

  test('that asks for extensions of the standard, is encrypted, or is huge is refused', async () => {
    const payload = { sub: 'ann', iss: ISSUER, aud: AUDIENCE, exp: Math.floor(nowMs / 1_000) + 300 };
    const cases = [
      `${unsigned({ alg: 'ES256', kid: 'first', crit: ['x'], x: 1 }, payload)}AAAA`,
      `${unsigned({ alg: 'ES256', kid: 'first', b64: false, crit: ['b64'] }, payload)}AAAA`,
      `${unsigned({ alg: 'dir', enc: 'A256GCM' }, payload)}AA.AA.AA`,
      `${unsigned({ alg: 'ES256', kid: 'first' }, { ...payload, pad: 'x'.repeat(1_000_000) })}AAAA`,
      `${unsigned({ alg: 'ES256', kid: 'first', zip: 'DEF' }, payload)}AAAA`,
      'a'.repeat(1_000_000),
      '.'.repeat(1_000_000),
    ];
    for (const text of cases) {
      const started = performance.now();
      expect(await outcome(text)).toMatch(/^UNAUTHENTICATED /);
      expect(performance.now() - started).toBeLessThan(1_000);
    }
  });

  test('signed by RSA or Edwards curves is accepted too', async () => {
    for (const alg of ['RS256', 'PS512', 'EdDSA', 'ES384']) {
      const other = await generateKeyPair(alg, { extractable: true });
      keys = [{ ...(await publish(other, 'other')), alg }];
      verify = createTokenVerifier({ jwksUrl: url, issuer: ISSUER, audience: AUDIENCE, rolesClaim: 'roles' }, logger);
      const text = await new SignJWT({})
        .setProtectedHeader({ alg, kid: 'other' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject('ann')
        .setExpirationTime('5m')
        .sign(other.privateKey);
      expect(await outcome(text)).toBe('ann LEARNER');
    }
  });
});

describe('the published keys', () => {
  const MINUTE = 60_000;

  test('are looked up again for an unknown key, but not on every request', async () => {
    expect(await outcome(token())).toBe('ann LEARNER');
    const next = await generateKeyPair('ES256', { extractable: true });
    keys = [await publish(pair, 'first'), await publish(next, 'next')];
    for (let i = 0; i < 5; i += 1)
      expect(await outcome(token({ kid: 'next', key: next }))).toContain('does not publish');
    expect(asked).toBe(1);
    nowMs += MINUTE;
    expect(await outcome(token({ kid: 'next', key: next }))).toBe('ann LEARNER');
    for (let i = 0; i < 5; i += 1) await outcome(token({ kid: 'made-up' }));
    expect(asked).toBe(2);
  });

  test('are refreshed, and serve on for an hour while the endpoint fails', async () => {
    expect(await outcome(token())).toBe('ann LEARNER');
    status = 500;
    nowMs += 11 * MINUTE;
    expect(await outcome(token())).toBe('ann LEARNER');
    nowMs += 40 * MINUTE;
    expect(await outcome(token())).toBe('ann LEARNER');
    nowMs += 10 * MINUTE;
    expect(await outcome(token())).toMatch(/^UNAVAILABLE /);
    status = 200;
    nowMs += MINUTE;
    expect(await outcome(token())).toBe('ann LEARNER');
  });

  test('that a provider withdraws stop working', async () => {
    expect(await outcome(token())).toBe('ann LEARNER');
    const next = await generateKeyPair('ES256', { extractable: true });
    keys = [await publish(next, 'next')];
    nowMs += 61 * MINUTE;
    expect(await outcome(token())).toContain('does not publish');
  });

  test('that cannot be fetched make the service unavailable, at once while it waits to try again', async () => {
    status = 503;
    const results = await Promise.all([outcome(token()), outcome(token())]);
    for (const result of results) expect(result).toMatch(/^UNAVAILABLE /);
    expect(await outcome(token())).toMatch(/^UNAVAILABLE /);
    expect(asked).toBe(1);
    const nowhere = { jwksUrl: 'http://127.0.0.1:9/keys', issuer: ISSUER, audience: AUDIENCE, rolesClaim: 'roles' };
    verify = createTokenVerifier(nowhere, logger);
    expect(await outcome(token())).toMatch(/^UNAVAILABLE Tokens cannot be checked just now/);
  });
});
