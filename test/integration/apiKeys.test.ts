import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type KeysOptions, manageKeys } from '../../src/cli/keys.js';
import { ApiKeys, type NewApiKey } from '../../src/platform/access/apiKeys.js';
import { createLogger } from '../../src/platform/logger.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { openTestApp, type TestApp } from '../support/testApp.js';

const START = Date.parse('2026-03-02T09:00:00Z');
const HOUR_MS = 3_600_000;
const logger = createLogger('silent');

const aKey = (changes: Partial<NewApiKey> = {}): NewApiKey => ({
  name: 'Intranet portal',
  role: 'PORTAL',
  scopes: ['RECOMMEND', 'INGEST'],
  expiresAt: null,
  ...changes,
});

describeOnBothDatabases('API keys', (databaseKind) => {
  let service: TestApp;
  let nowMs: number;
  beforeAll(async () => {
    service = await openTestApp(databaseKind);
  });
  afterAll(() => service.close());

  /** As a process that has just started. */
  const openKeys = () => {
    nowMs = START;
    return new ApiKeys(service.app.database.dataSource, logger, () => nowMs);
  };

  test('let their owner in with the scopes they were made with, and are kept as hashes', async () => {
    const keys = openKeys();
    const { text, key } = await keys.create(aKey({ scopes: ['RECOMMEND', 'INGEST', 'RECOMMEND'] }));
    expect(key).toEqual({
      id: text.split('_')[1],
      name: 'Intranet portal',
      role: 'PORTAL',
      scopes: ['INGEST', 'RECOMMEND'],
      createdAt: new Date(START),
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
    });
    const viewer = { kind: 'KEY', keyId: key.id, role: 'PORTAL', scopes: ['INGEST', 'RECOMMEND'] };
    expect(await keys.authenticate(text)).toEqual(viewer);
    expect(await openKeys().authenticate(text)).toEqual(viewer);
    const secret = text.slice(`wmk_${key.id}_`.length);
    const stored = await service.sql<{ row: string; hash: string }>(
      `SELECT api_key::text AS row, encode(api_key.secret_hash, 'hex') AS hash FROM api_key WHERE id = $1`,
      [key.id],
    );
    expect(stored[0]?.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(stored[0]?.row).not.toContain(secret);
    expect(stored[0]?.row).not.toContain(Buffer.from(secret).toString('hex'));
  });

  test('of an administrator have no scopes', async () => {
    const keys = openKeys();
    const { text } = await keys.create(aKey({ role: 'ADMIN', scopes: [] }));
    expect(await keys.authenticate(text)).toMatchObject({ role: 'ADMIN', scopes: [] });
  });

  test('are refused with another secret, when unknown, and when they are no key', async () => {
    const keys = openKeys();
    const [one, other] = [await keys.create(aKey()), await keys.create(aKey())];
    const mixed = `wmk_${one.key.id}_${other.text.slice(`wmk_${other.key.id}_`.length)}`;
    const unknown = one.text.replace(one.key.id, '0123456789abcdef');
    for (const text of [mixed, unknown]) {
      await expect(keys.authenticate(text)).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
        message: 'The API key is not valid.',
      });
    }
    await expect(keys.authenticate(one.text.slice(0, -1))).rejects.toThrow('incomplete');
  });

  test('work until the moment they expire', async () => {
    const keys = openKeys();
    const { text } = await keys.create(aKey({ expiresAt: new Date(START + HOUR_MS) }));
    nowMs = START + HOUR_MS - 1;
    expect(await openKeysAt(nowMs).authenticate(text)).toMatchObject({ kind: 'KEY' });
    await expect(openKeysAt(START + HOUR_MS).authenticate(text)).rejects.toThrow('The API key has expired.');
    // A verdict that is a few seconds old may outlive the key, no longer.
    expect(await keys.authenticate(text)).toMatchObject({ kind: 'KEY' });
    nowMs += 5_000;
    await expect(keys.authenticate(text)).rejects.toThrow('The API key has expired.');
  });

  const openKeysAt = (atMs: number) => new ApiKeys(service.app.database.dataSource, logger, () => atMs);

  test('that are revoked stop at once here and within five seconds elsewhere, and stay in the list', async () => {
    const [here, elsewhere] = [openKeys(), openKeys()];
    const { text, key } = await here.create(aKey({ name: 'Revoked' }));
    await Promise.all([here, elsewhere].map((keys) => keys.authenticate(text)));
    nowMs += 1_000;
    const revoked = await here.revoke(key.id);
    expect(revoked).toMatchObject({ id: key.id, revokedAt: new Date(START + 1_000) });
    expect(revoked).not.toHaveProperty('secretHash');
    await expect(here.authenticate(text)).rejects.toThrow('The API key was revoked.');
    expect(await elsewhere.authenticate(text)).toMatchObject({ keyId: key.id });
    nowMs = START + 6_000;
    await expect(elsewhere.authenticate(text)).rejects.toThrow('The API key was revoked.');
    expect(await elsewhere.revoke(key.id)).toMatchObject({ revokedAt: new Date(START + 1_000) });
    expect((await here.list()).find(({ id }) => id === key.id)).toMatchObject({ revokedAt: new Date(START + 1_000) });
    await expect(here.revoke('no such key')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('that are revoked in one process are forgotten by the others, before they would ask again', async () => {
    const { text, key } = await openKeys().create(aKey({ name: 'Shared' }));
    const { apiKeys } = service.app;
    expect(await apiKeys.authenticate(text)).toMatchObject({ keyId: key.id });
    await openKeys().revoke(key.id);
    await vi.waitFor(() => expect(apiKeys.authenticate(text)).rejects.toThrow('The API key was revoked.'), {
      timeout: 3_500,
      interval: 100,
    });
  });

  test('are not taken on trust while the database is there and only the question fails', async () => {
    const keys = openKeys();
    const { text } = await keys.create(aKey({ name: 'Trusted' }));
    expect(await keys.authenticate(text)).toMatchObject({ kind: 'KEY' });
    nowMs += 6_000;
    await service.sql('ALTER TABLE api_key RENAME TO api_key_elsewhere');
    try {
      await expect(keys.authenticate(text)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    } finally {
      await service.sql('ALTER TABLE api_key_elsewhere RENAME TO api_key');
    }
    expect(await keys.authenticate(text)).toMatchObject({ kind: 'KEY' });
  });

  test('are not taken on trust when they were revoked while they were looked up', async () => {
    const { dataSource } = service.app.database;
    let isAway = false;
    const away = { findOneBy: () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' })) };
    const leaving = new Proxy(dataSource, {
      get: (target, name) => (isAway && name === 'getRepository' ? () => away : Reflect.get(target, name)),
    });
    openKeys();
    const keys = new ApiKeys(leaving, logger, () => nowMs);
    const [revoked, kept] = [await keys.create(aKey()), await keys.create(aKey())];
    expect(await keys.authenticate(kept.text)).toMatchObject({ kind: 'KEY' });
    const lookedUp = keys.authenticate(revoked.text);
    keys.forget();
    expect(await lookedUp).toMatchObject({ kind: 'KEY' });
    expect(await keys.authenticate(kept.text)).toMatchObject({ kind: 'KEY' });
    isAway = true;
    nowMs += 6_000;
    await expect(keys.authenticate(revoked.text)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await keys.authenticate(kept.text)).toMatchObject({ kind: 'KEY' });
  });

  test('are listed oldest first without their secrets, with the time of their last use', async () => {
    await service.sql('DELETE FROM api_key');
    const keys = openKeys();
    const made = [];
    for (const name of ['first', 'second', 'third']) {
      made.push(await keys.create(aKey({ name })));
      nowMs += 1_000;
    }
    const used = made[1];
    if (used === undefined) throw new Error('Three keys were made');
    await keys.authenticate(used.text);
    await vi.waitFor(
      async () =>
        expect((await keys.list()).map(({ name, lastUsedAt }) => [name, lastUsedAt])).toEqual([
          ['first', null],
          ['second', new Date(START + 3_000)],
          ['third', null],
        ]),
      { timeout: 10_000 },
    );
    for (const key of await keys.list()) expect(key).not.toHaveProperty('secretHash');
  });

  test('are made, listed with their state and revoked from the command line', async () => {
    await service.sql('DELETE FROM api_key');
    const { apiKeys } = service.app;
    const run = (words: readonly string[], options: Partial<KeysOptions> = {}) =>
      manageKeys(apiKeys, words, {
        name: undefined,
        scopes: undefined,
        admin: undefined,
        expires: undefined,
        ...options,
      });
    expect(await run(['list'])).toBe('There are no keys.');
    const printed = await run(['create'], { name: 'Portal', scopes: 'recommend, INGEST', expires: '2099-06-30' });
    const [text = ''] = /wmk_\S+/.exec(printed) ?? [];
    expect(await apiKeys.authenticate(text)).toMatchObject({ scopes: ['INGEST', 'RECOMMEND'] });
    const { key } = await apiKeys.create(aKey({ name: 'Old' }));
    await service.sql(`UPDATE api_key SET expires_at = '2024-01-31T12:00:00Z' WHERE id = $1`, [key.id]);
    const { key: gone } = await apiKeys.create(aKey({ name: 'Gone' }));
    expect(await run(['revoke', gone.id])).toContain(`Revoked ${gone.id} (Gone).`);
    const lines = (await run(['list'])).split('\n');
    expect(lines[0]).toContain('active, expires 2099-06-30');
    expect(lines[1]).toContain('expired 2024-01-31, never used  Old  INGEST,RECOMMEND');
    expect(lines[2]).toContain(`revoked ${new Date().toISOString().slice(0, 10)}, never used  Gone`);
    await expect(run(['create'], { name: 'X', scopes: 'EVERYTHING' })).rejects.toThrow('Unknown scope EVERYTHING.');
    await expect(run(['create'], { name: 'X', admin: true, expires: 'soon' })).rejects.toThrow(
      '--expires is not a date',
    );
    for (const words of [[], ['revoke'], ['delete', key.id]]) await expect(run(words)).rejects.toThrow('Usage: ');
  });

  describe('that would be wrong', () => {
    test.each<[string, NewApiKey, string]>([
      ['a name that is empty', aKey({ name: '' }), 'The name must not be empty'],
      ['a portal without scopes', aKey({ scopes: [] }), 'at least one scope'],
      ['an administrator with scopes', aKey({ role: 'ADMIN' }), 'give it no scopes'],
      ['an expiry that has passed', aKey({ expiresAt: new Date(START) }), 'must lie in the future'],
      ['an expiry that is no date', aKey({ expiresAt: new Date(Number.NaN) }), 'The expiry'],
    ])('are not made: %s', async (_, wanted, words) => {
      const keys = openKeys();
      const before = await keys.list();
      await expect(keys.create(wanted)).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringContaining(words),
      });
      expect(await keys.list()).toEqual(before);
    });
  });
});
