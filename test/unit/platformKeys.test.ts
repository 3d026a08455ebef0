import { describe, expect, test } from 'vitest';
import {
  type ApiKeyRow,
  formatKey,
  hashSecret,
  keyProblem,
  newKeyParts,
  parseKey,
  VerdictCache,
} from '../../src/platform/access/apiKeys.js';
import { createAuthenticate } from '../../src/platform/access/authentication.js';
import { portal } from '../integration/httpFixture.js';

describe('the text of a key', () => {
  test('is recognised again, and holds 256 random bits', () => {
    const parts = newKeyParts();
    const text = formatKey(parts);
    expect(text).toMatch(/^wmk_[0-9a-f]{16}_[\w-]{43}$/);
    expect(parseKey(text)).toEqual(parts);
    expect(Buffer.from(parts.secret, 'base64url')).toHaveLength(32);
    expect(newKeyParts()).not.toEqual(parts);
  });

  test('is not recognised when anything is missing, added or changed in form', () => {
    const text = formatKey(newKeyParts());
    for (const wrong of [
      '',
      'wmk_',
      text.slice(0, -1),
      `${text}x`,
      ` ${text}`,
      `${text}\n`,
      text.replace('wmk', 'wmq'),
    ]) {
      expect(parseKey(wrong)).toBeNull();
    }
  });
});

describe('letting a secret in', () => {
  const secret = newKeyParts().secret;
  const row: ApiKeyRow = {
    id: 'k',
    name: 'Portal',
    role: 'PORTAL',
    scopes: ['INGEST'],
    secretHash: hashSecret(secret),
    createdAt: new Date(0),
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
  };
  const problem = (changes: Partial<ApiKeyRow> | null, given = secret, nowMs = 1_000) =>
    keyProblem(changes === null ? null : { ...row, ...changes }, hashSecret(given), nowMs);

  test('the right one passes until it expires or is revoked', () => {
    expect(problem({})).toBeNull();
    expect(problem({ expiresAt: new Date(1_001) })).toBeNull();
    expect(problem({ expiresAt: new Date(1_000) })).toContain('expired');
    expect(problem({ revokedAt: new Date(1) })).toContain('revoked');
  });

  test('a wrong one learns nothing about the key', () => {
    const wrong = newKeyParts().secret;
    expect(problem({ revokedAt: new Date(1) }, wrong)).toBe(problem(null, wrong));
    expect(problem({}, wrong)).toBe('The API key is not valid.');
    expect(problem({ secretHash: Buffer.alloc(0) })).toBe('The API key is not valid.');
  });
});

describe('remembering verdicts', () => {
  test('asks once at a time, and again when the verdict is old', async () => {
    let nowMs = 0;
    let asked = 0;
    const cache = new VerdictCache<number>(5_000, 10, () => nowMs);
    const ask = () =>
      cache.get('a', async () => {
        asked += 1;
        return asked;
      });
    expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
    nowMs = 4_999;
    expect(await ask()).toBe(1);
    nowMs = 5_000;
    expect(await ask()).toBe(2);
    cache.clear();
    expect(await ask()).toBe(3);
  });

  test('does not keep failures to find out, and never more than its number', async () => {
    const cache = new VerdictCache<number>(5_000, 3, () => 0);
    await expect(cache.get('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(cache.size).toBe(0);
    for (let i = 0; i < 10; i += 1) await cache.get(`k${i}`, async () => i);
    expect(cache.size).toBe(3);
    expect(await cache.get('k9', async () => -1)).toBe(9);
    expect(await cache.get('k0', async () => -1)).toBe(-1);
  });
});

describe('the Authorization header', () => {
  const key = portal('INGEST');
  const authenticate = createAuthenticate(
    async () => key,
    async (token) => ({ kind: 'PERSON', learnerId: token, roles: ['LEARNER'] }),
  );

  test('holds a key or a token after Bearer', async () => {
    expect(await authenticate(undefined)).toEqual({ kind: 'ANONYMOUS' });
    expect(await authenticate('Bearer wmk_x')).toBe(key);
    expect(await authenticate('bearer  a.b.c')).toMatchObject({ learnerId: 'a.b.c' });
  });

  test('is refused in any other form', async () => {
    for (const header of ['', 'Basic abc', 'Bearer', 'Bearer ', 'wmk_x', 'Bearer a b', 'Bearer a, Bearer b']) {
      await expect(authenticate(header)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
    const keysOnly = createAuthenticate(async () => key, null);
    await expect(keysOnly('Bearer a.b.c')).rejects.toThrow('no identity provider');
  });
});
