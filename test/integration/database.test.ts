import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { type App, openApp } from '../../src/app.js';
import { readConfig } from '../../src/platform/config.js';
import { prepareStatement } from '../../src/platform/database.js';
import { lockDataDir } from '../../src/platform/dataDirLock.js';
import { createLogger } from '../../src/platform/logger.js';
import { aCourse, aLearner, anInteraction } from '../support/builders.js';
import { type ChildService, startChildService } from '../support/childService.js';
import { createServerDatabase, describeOnBothDatabases } from '../support/databases.js';
import { INGESTION, type IngestionResult, ingest, store } from '../support/ingest.js';
import { type PostgresCluster, startPostgresCluster } from '../support/postgresCluster.js';
import { openTestApp, type TestApp } from '../support/testApp.js';

const COURSE = aCourse();
const LEARNER = aLearner();

// Starting processes takes long on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

/** A data folder as after a first start; making one takes seconds. */
function newDataDir(): string {
  const dataDir = mkdtempSync(join(inject('runFolder'), 'data-'));
  const postgres = join(dataDir, 'postgres');
  mkdirSync(postgres, { mode: 0o700 });
  execFileSync('tar', ['-xf', inject('seedTar'), '-C', postgres], { stdio: 'ignore' });
  // Wider than it may be, for the service to put right.
  chmodSync(dataDir, 0o755);
  return dataDir;
}

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

/** Sends batches one after another on a few connections and remembers what was acknowledged. */
class Sender {
  readonly acknowledged: unknown[][] = [];
  /** Codes of the answers that acknowledged nothing; a connection that broke off has none. */
  readonly refusals = new Set<string>();
  #stopped = false;
  #sent = 0;
  readonly #running: Promise<void>[];

  constructor(service: Pick<ChildService, 'post'>) {
    this.#running = [1, 2, 3].map(() => this.#send(service));
  }

  /** Resolves when at least so many more batches were acknowledged. */
  async progress(batches: number): Promise<void> {
    const goal = this.acknowledged.length + batches;
    while (this.acknowledged.length < goal) await sleep(2);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #send(service: Pick<ChildService, 'post'>): Promise<void> {
    while (!this.#stopped) {
      const rows = Array.from({ length: 20 }, () =>
        anInteraction({ learnerId: LEARNER.id, courseId: COURSE.id, verb: 'VIEWED', eventId: `e-${this.#sent++}` }),
      );
      const answer = await service.post(INGESTION.recordActivity, { rows }).catch(() => null);
      const result = answer?.data?.['recordActivity'] as IngestionResult | undefined;
      if (result?.storedCount === rows.length) {
        this.acknowledged.push(rows);
        continue;
      }
      const code = answer?.errors[0]?.extensions.code;
      if (code !== undefined) this.refusals.add(code);
      await sleep(20);
    }
  }
}

/** Everything acknowledged is there: sent again, each row is a duplicate and none is new. */
async function expectAllStored(service: Pick<ChildService, 'ask'>, batches: readonly unknown[][]): Promise<void> {
  for (const rows of batches) {
    expect(await ingest(service, 'recordActivity', rows)).toEqual({
      storedCount: 0,
      duplicateCount: rows.length,
      userErrors: [],
    });
  }
}

const ROUNDS = 2;

describeOnBothDatabases('a service that is killed', (kind) => {
  test('loses nothing that it acknowledged, and its profiles stay the fold of its log', async () => {
    const env: Record<string, string> = {};
    if (kind === 'embedded') env['DATA_DIR'] = newDataDir();
    else {
      const database = await createServerDatabase(inject('templateDatabase'));
      onTestFinished(() => database.drop());
      env['DATABASE_URL'] = database.url;
    }
    const acknowledged: unknown[][] = [];
    let service = await startService(env);
    const { key } = service;
    await store(service, { courses: [COURSE], learners: [LEARNER] });
    for (let round = 0; round < ROUNDS; round += 1) {
      const sender = new Sender(service);
      await sender.progress(5 + 7 * round);
      await service.kill('SIGKILL');
      await sender.stop();
      acknowledged.push(...sender.acknowledged);
      service = await startService(env, key);
      await expectAllStored(service, sender.acknowledged);
    }
    expect(await service.kill('SIGTERM')).toBe(0);

    const app = await openQuietly(env);
    const [found] = (await app.database.dataSource.query(
      `SELECT (SELECT count(*)::integer FROM interaction) AS logged, (SELECT views FROM learner_course) AS folded`,
    )) as { logged: number; folded: number }[];
    await app.close();
    expect(found?.logged).toBeGreaterThanOrEqual(acknowledged.flat().length);
    expect(found?.folded).toBe(found?.logged);
  });
});

describe('a PostgreSQL server that misbehaves', () => {
  let cluster: PostgresCluster;
  beforeAll(async () => {
    cluster = await startPostgresCluster();
  });
  afterAll(() => cluster.remove());

  test.each(['fast', 'immediate'] as const)(
    'and restarts (%s) loses nothing acknowledged, and the service recovers by itself',
    async (mode) => {
      const service = await startService({ DATABASE_URL: await cluster.createDatabase() });
      await store(service, { courses: [COURSE], learners: [LEARNER] });
      const sender = new Sender(service);
      await sender.progress(10);
      await cluster.restart(mode);
      await sender.progress(10);
      await sender.stop();
      expect([...sender.refusals].filter((code) => code !== 'UNAVAILABLE')).toEqual([]);
      await expectAllStored(service, sender.acknowledged);
    },
  );

  test('and freezes makes calls end within the time-outs as UNAVAILABLE, and serve again once it thaws', async () => {
    const service = await startService({
      DATABASE_URL: await cluster.createDatabase(),
      DATABASE_CONNECT_TIMEOUT_MS: '500',
      DATABASE_QUERY_TIMEOUT_MS: '1000',
      DATABASE_POOL_SIZE: '2',
    });
    await store(service, { courses: [COURSE], learners: [LEARNER] });
    const write = () =>
      service.post(INGESTION.recordActivity, {
        rows: [anInteraction({ learnerId: LEARNER.id, courseId: COURSE.id })],
      });
    cluster.freeze();
    try {
      const startedMs = performance.now();
      // More than the pool has connections, so that some wait for one and others for an answer.
      const answers = await Promise.all(Array.from({ length: 6 }, write));
      expect(performance.now() - startedMs).toBeLessThan(4_000);
      expect(answers.map(({ errors }) => errors[0]?.extensions.code)).toEqual(Array(6).fill('UNAVAILABLE'));
    } finally {
      cluster.thaw();
    }
    const deadline = Date.now() + 10_000;
    let answer = await write();
    while (answer.errors.length > 0 && Date.now() < deadline) answer = await write();
    expect(answer.data).toEqual({ recordActivity: { storedCount: 1, duplicateCount: 0, userErrors: [] } });
  });
});
