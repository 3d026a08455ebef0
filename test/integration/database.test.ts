import { chmodSync, mkdtempSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { type App, openApp } from '../../src/app.js';
import { readConfig } from '../../src/platform/config.js';
import { prepareStatement } from '../../src/platform/database/database.js';
import { lockDataDir } from '../../src/platform/database/dataDirLock.js';
import { createLogger } from '../../src/platform/logger.js';
import { aCourse } from '../support/builders.js';
import { startChildService } from '../support/childService.js';
import { createServerDatabase, describeOnBothDatabases, newDataDir } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { openTestApp, type TestApp } from '../support/testApp.js';

const COURSE = aCourse();

// Starting processes takes long on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

async function openQuietly(env: Readonly<Record<string, string>>): Promise<App> {
  return await openApp({ config: readConfig(env), logger: createLogger('silent') });
}

async function startService(env: Readonly<Record<string, string>>, key: string | null = null) {
  const service = await startChildService({ env, key });
  onTestFinished(async () => {
    await service.kill('SIGKILL');
  });
  return service;
}

test('several services that start at once on one empty PostgreSQL database all come up', async () => {
  const database = await createServerDatabase('template0');
  onTestFinished(() => database.drop());
  const apps = await Promise.all([1, 2, 3].map(() => openQuietly({ DATABASE_URL: database.url })));
  onTestFinished(async () => {
    await Promise.all(apps.map((app) => app.close()));
  });
  for (const app of apps) {
    const [row] = (await app.database.dataSource.query('SELECT count(*)::integer AS n FROM schema_migration')) as {
      n: number;
    }[];
    expect(row?.n).toBe(app.database.dataSource.migrations.length);
  }
});

test('a start applies what is left to migrate, and only that', async () => {
  const database = await createServerDatabase('template0');
  onTestFinished(() => database.drop());
  const first = await openQuietly({ DATABASE_URL: database.url });
  const { dataSource } = first.database;
  const names = async () =>
    ((await dataSource.query('SELECT m.name FROM schema_migration m ORDER BY m.id')) as { name: string }[]).map(
      ({ name }) => name,
    );
  const all = await names();
  await dataSource.undoLastMigration();
  expect(await names()).toEqual(all.slice(0, -1));
  const next = await openQuietly({ DATABASE_URL: database.url });
  expect(await names()).toEqual(all);
  await next.close();
  await first.close();
});

test('a pooler that hands a session to others does not break statements that are prepared', async () => {
  const database = await createServerDatabase('template0');
  onTestFinished(() => database.drop());
  const app = await openQuietly({ DATABASE_URL: database.url, DATABASE_POOL_SIZE: '1' });
  onTestFinished(() => app.close());
  const { dataSource } = app.database;
  const double = prepareStatement<{ n: number }>(dataSource, 'SELECT 2 * $1::integer AS n');
  expect(await double([1])).toEqual([{ n: 2 }]);
  // As when another session is behind the same connection from now on.
  await dataSource.query('DEALLOCATE ALL');
  expect(await double([2])).toEqual([{ n: 4 }]);
  expect(await double([3])).toEqual([{ n: 6 }]);
  await expect(double(['many'])).rejects.toThrow(/many/);
});

describe('the folder of an embedded database', () => {
  test('is open to its owner only, is refused to a second process, and is taken over from a dead one', async () => {
    const dataDir = newDataDir();
    // Wider than it may be, for the service to put right.
    chmodSync(dataDir, 0o755);
    const first = await startService({ DATA_DIR: dataDir });
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    await store(first, { courses: [COURSE] });

    await expect(startChildService({ env: { DATA_DIR: dataDir }, key: first.key })).rejects.toThrow(
      `The data folder ${dataDir} is in use by process ${first.pid} `,
    );

    await first.kill('SIGKILL');
    const second = await startService({ DATA_DIR: dataDir }, first.key);
    expect(await second.ask('{ courses { edges { node { id } } } }')).toEqual({
      courses: { edges: [{ node: { id: COURSE.id } }] },
    });
    expect(await second.kill('SIGTERM')).toBe(0);
  });
});

test('a data folder is refused to a container that counts processes like its owner', async () => {
  const dataDir = mkdtempSync(join(inject('runFolder'), 'data-'));
  const path = join(dataDir, 'waymark.lock');
  const container = { token: 't', pid: 1, processStart: '1', host: hostname(), pidNamespace: 'another', since: 'noon' };
  writeFileSync(path, JSON.stringify(container));
  const heartbeat = setInterval(() => utimesSync(path, new Date(), new Date()), 500);
  onTestFinished(() => clearInterval(heartbeat));
  await expect(lockDataDir(dataDir, () => {})).rejects.toThrow(`is in use by process 1 on ${hostname()} since noon`);
});

describeOnBothDatabases('an open database', (kind) => {
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
    await service.sql('CREATE TABLE counter (id integer PRIMARY KEY, value integer NOT NULL)');
    await service.sql('INSERT INTO counter VALUES (1, 0)');
  });
  afterAll(() => service.close());

  test('leaves the event loop free while a query takes half a second', async () => {
    // Other programs may hold this one up now and then, and slow the query down alike; a query that blocks would do so
    // every time, and for all its length.
    const sharesBlocked: number[] = [];
    for (let rows = 1_000_000; sharesBlocked.length < 5; ) {
      const delay = monitorEventLoopDelay({ resolution: 5 });
      delay.enable();
      const startedMs = performance.now();
      await service.sql('SELECT sum(sqrt(g)) FROM generate_series(1, $1::integer) AS g', [rows]);
      const tookMs = performance.now() - startedMs;
      delay.disable();
      if (tookMs >= 500) sharesBlocked.push(delay.max / 1e6 / tookMs);
      else rows *= 2;
    }
    // 100 ms of half a second.
    expect(Math.min(...sharesBlocked)).toBeLessThan(0.2);
  });

  test('lets transactions that want the same row wait for each other', async () => {
    const add = () =>
      service.app.database.dataSource.transaction(async (transaction) => {
        const [row] = await transaction.query('SELECT value FROM counter WHERE id = 1 FOR UPDATE');
        await sleep(1);
        await transaction.query('UPDATE counter SET value = $1 WHERE id = 1', [row.value + 1]);
      });
    await Promise.all(Array.from({ length: 20 }, add));
    expect(await service.sql('SELECT value FROM counter')).toEqual([{ value: 20 }]);
  });

  test('undoes a transaction that fails, and nothing of those beside it', async () => {
    const insert = (id: number, fails: boolean) =>
      service.app.database.dataSource.transaction(async (transaction) => {
        await transaction.query('INSERT INTO counter VALUES ($1, 0)', [id]);
        await sleep(5);
        if (fails) throw new Error('changed my mind');
      });
    const ids = Array.from({ length: 10 }, (_, i) => 100 + i);
    const outcomes = await Promise.allSettled(ids.map((id) => insert(id, id % 2 === 0)));
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(5);
    expect(await service.sql('SELECT id FROM counter WHERE id >= 100 ORDER BY id')).toEqual(
      ids.filter((id) => id % 2 === 1).map((id) => ({ id })),
    );
  });
});
