import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { openApp } from '../../src/app.js';
import { readConfig } from '../../src/platform/config.js';
import { roomOf } from '../../src/platform/database/dataDirSpace.js';
import { createLogger } from '../../src/platform/logger.js';
import { createRandom } from '../../src/stats/random.js';
import { sealOf } from '../../src/training/modelArtifact.js';
import { aCourse, aLearner, anInteraction } from '../support/builders.js';
import { type ChildService, startChildService } from '../support/childService.js';
import { createServerDatabase, describeOnBothDatabases, newDataDir } from '../support/databases.js';
import { EventSender } from '../support/faults/eventSender.js';
import { runKillCycles } from '../support/faults/killCycles.js';
import { INGESTION, ingest, store } from '../support/ingest.js';
import { type PostgresCluster, startPostgresCluster } from '../support/postgresCluster.js';
import { openTestApp, type TestApp } from '../support/testApp.js';

// Starting processes takes long on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

async function startService(env: Readonly<Record<string, string>>, key: string | null = null) {
  const service = await startChildService({ env, key });
  onTestFinished(async () => {
    await service.kill('SIGKILL');
  });
  return service;
}

describeOnBothDatabases('a service that is killed', (kind) => {
  test('loses nothing that it acknowledged, and its profiles stay the fold of its log', async () => {
    const env: Record<string, string> = {};
    if (kind === 'embedded') env['DATA_DIR'] = newDataDir();
    else {
      const database = await createServerDatabase(inject('templateDatabase'));
      onTestFinished(() => database.drop());
      env['DATABASE_URL'] = database.url;
    }
    const report = await runKillCycles({
      env,
      cycles: 2,
      events: 1_500,
      seed: 1,
      budgetMs: 120_000,
      open: () => openApp({ config: readConfig(env), logger: createLogger('silent') }),
    });
    expect(report.acknowledged).toBeGreaterThanOrEqual(1_500);
    expect(report).toMatchObject({ lost: 0, doubled: 0, profilesAstray: 0, problems: [] });
    expect(report.learnersCompared).toBeGreaterThan(100);
  });
});

interface Outcome {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly code: string | null;
  readonly ms: number;
}

/** The answer to a call, and how long it took. */
async function call(
  { url, key }: Pick<ChildService, 'url'> & { readonly key: string },
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Outcome> {
  const startedAtMs = performance.now();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables }),
  });
  const body = (await response.json()) as {
    data?: Outcome['data'];
    errors?: readonly { extensions: { code: string } }[];
  };
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    data: body.data ?? null,
    code: body.errors?.[0]?.extensions.code ?? null,
    ms: performance.now() - startedAtMs,
  };
}

const COURSES = Array.from({ length: 12 }, () => aCourse());
const LEARNER = aLearner();
const ENDS_WITHIN_MS = 3_000;
const SERVES_WITHIN_MS = 5_000;

const READS = `query ($id: ID!, $courseId: ID!) {
  list: recommendations(learnerId: $id, first: 3) {
    degraded servedListId strategy edges { node { course { id } } } pageInfo { hasNextPage } }
  feed(learnerId: $id) { degraded servedListId shelves { kind } }
  trending(audience: { kind: ORGANISATION }) { degraded }
  similarCourses(courseId: $courseId, first: 3) { similarity }
  courses(first: 100) { edges { node { id } } } }`;
const PAGE = `query ($id: ID!, $after: String!) { recommendations(learnerId: $id, after: $after) { strategy } }`;

interface Reads {
  readonly list: {
    readonly degraded: boolean;
    readonly servedListId: string | null;
    readonly strategy: string;
    readonly edges: readonly unknown[];
    readonly pageInfo: { readonly hasNextPage: boolean };
  };
  readonly feed: { readonly degraded: boolean; readonly servedListId: string | null };
  readonly trending: { readonly degraded: boolean };
  readonly similarCourses: readonly unknown[];
  readonly courses: { readonly edges: readonly unknown[] };
}

type Service = Pick<ChildService, 'url'> & { readonly key: string };

const read = (service: Service) => call(service, READS, { id: LEARNER.id, courseId: COURSES[0]?.id });
const write = (service: Service) =>
  call(service, INGESTION.recordActivity, {
    rows: [anInteraction({ learnerId: LEARNER.id, courseId: COURSES[0]?.id ?? '' })],
  });

/** Reads and writes, more than there are connections, while the database does not do its part. */
async function expectOutageWithstood(service: Service): Promise<void> {
  const [reads, writes] = await Promise.all([
    Promise.all(Array.from({ length: 6 }, () => read(service))),
    Promise.all(Array.from({ length: 6 }, () => write(service))),
  ]);
  for (const { ms } of [...reads, ...writes]) expect(ms).toBeLessThan(ENDS_WITHIN_MS);
  for (const { status, retryAfter, code } of writes) {
    expect([status, retryAfter, code]).toEqual([503, '1', 'UNAVAILABLE']);
  }
  for (const { status, data } of reads) {
    expect(status).toBe(200);
    const { list, feed, similarCourses, courses } = data as unknown as Reads;
    expect(list).toMatchObject({ degraded: true, servedListId: null, pageInfo: { hasNextPage: false } });
    expect(list.edges).toHaveLength(3);
    expect(feed).toMatchObject({ degraded: true, servedListId: null });
    expect(similarCourses).toEqual([]);
    expect(courses.edges).toHaveLength(COURSES.length);
  }
}

/** The usual service, soon after the database does its part again. */
async function expectServiceAgain(service: Service): Promise<void> {
  const untilMs = performance.now() + SERVES_WITHIN_MS;
  for (;;) {
    const [{ data }, written] = await Promise.all([read(service), write(service)]);
    const reads = data as unknown as Reads | null;
    if (reads?.list.degraded === false && !reads.feed.degraded && written.status === 200) {
      expect(reads.list.servedListId).toMatch(/^[0-9a-f-]{36}$/);
      expect(written.data).toMatchObject({ recordActivity: { storedCount: 1, userErrors: [] } });
      return;
    }
    expect(performance.now()).toBeLessThan(untilMs);
    await sleep(50);
  }
}

describe('a PostgreSQL server that', () => {
  let cluster: PostgresCluster;
  beforeAll(async () => {
    cluster = await startPostgresCluster({ maxConnections: 20 });
  });
  afterAll(() => cluster.remove());

  async function startFilled(): Promise<Service & ChildService & { readonly databaseUrl: string }> {
    const databaseUrl = await cluster.createDatabase();
    const service = await startService({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: '4' });
    await store(service, { courses: COURSES, learners: [LEARNER] });
    expect((await read(service)).data).toMatchObject({
      list: { degraded: false },
      feed: { degraded: false },
      trending: { degraded: false },
    });
    return { ...service, databaseUrl };
  }

  test.each(['restarts', 'crashes', 'loses a process'] as const)(
    '%s loses nothing acknowledged, and the service recovers by itself',
    async (what) => {
      const service = await startFilled();
      const random = createRandom(1);
      const courseIds = COURSES.map(({ id }) => id);
      const sender = new EventSender({ learnerIds: [LEARNER.id], courseIds, rowsPerBatch: 20, random });
      let isOver = false;
      const sending = sender.send(service, Number.POSITIVE_INFINITY, () => isOver);
      const progress = async (events: number) => {
        const goal = sender.acknowledgedIds.size + events;
        await vi.waitFor(() => expect(sender.acknowledgedIds.size).toBeGreaterThanOrEqual(goal), { timeout: 30_000 });
      };
      await progress(200);
      if (what === 'loses a process') await cluster.killBackend(service.databaseUrl);
      else await cluster.restart(what === 'restarts' ? 'fast' : 'immediate');
      await progress(200);
      isOver = true;
      await sending;
      await sender.settle(service);
      expect(sender.problems).toEqual([]);
      await service.kill('SIGKILL');
      const client = new pg.Client({ connectionString: service.databaseUrl });
      await client.connect();
      const { rows } = await client.query<{ id: string }>('SELECT event_id AS id FROM interaction');
      await client.end();
      expect(rows.map(({ id }) => id).sort()).toEqual([...sender.acknowledgedIds].sort());
    },
  );

  test('freezes makes no call wait for long: reads come from memory, and what cannot be stored is refused', async () => {
    const service = await startFilled();
    const ready = async () => {
      const response = await fetch(`${service.url}/readyz`);
      return [response.status, ((await response.json()) as { parts: unknown }).parts];
    };
    cluster.freeze();
    try {
      await expectOutageWithstood(service);
      // Longer than what is known of a key is believed without asking again.
      await sleep(5_500);
      await expectOutageWithstood(service);
      expect(await ready()).toEqual([503, { database: false, storage: true }]);
      const unknown = await call({ url: service.url, key: `${service.key.slice(0, -1)}-` }, '{ __typename }');
      expect([unknown.status, unknown.code]).toEqual([503, 'UNAVAILABLE']);
      const { data } = await call(service, '{ recommendations(learnerId: "a", first: 1) { pageInfo { endCursor } } }');
      const after = (data as unknown as { recommendations: { pageInfo: { endCursor: string } } }).recommendations;
      const page = await call(service, PAGE, { id: 'a', after: after.pageInfo.endCursor });
      expect([page.status, page.code]).toEqual([503, 'UNAVAILABLE']);
    } finally {
      cluster.thaw();
    }
    await expectServiceAgain(service);
    await vi.waitFor(async () => expect(await ready()).toEqual([200, { database: true, storage: true }]), {
      timeout: 5_000,
    });
  });

  test('has no connection left makes no call wait for long, and serves again when it has', async () => {
    const service = await startFilled();
    const others: pg.Client[] = [];
    const takeAll = async () => {
      for (;;) {
        const client = new pg.Client({ connectionString: service.databaseUrl });
        client.on('error', () => {});
        try {
          await client.connect();
          others.push(client);
        } catch {
          return;
        }
      }
    };
    await takeAll();
    const [asker] = others as [pg.Client];
    const ofService = `FROM pg_stat_activity WHERE application_name LIKE 'waymark%'`;
    // The service asks for its connections back as soon as it loses them: until it has got none of them.
    for (let none = 0; none < 3; ) {
      await asker.query(`SELECT pg_terminate_backend(pid) ${ofService}`);
      await takeAll();
      await sleep(100);
      const { rows } = await asker.query<{ n: number }>(`SELECT count(*)::integer AS n ${ofService}`);
      none = rows[0]?.n === 0 ? none + 1 : 0;
    }
    await expectOutageWithstood(service);
    await Promise.all(others.map((client) => client.end()));
    await expectServiceAgain(service);
  });
});

describeOnBothDatabases('a disk that is full', (kind) => {
  const LIST =
    'query ($id: ID!) { recommendations(learnerId: $id) { degraded servedListId edges { node { course { id } } } } }';
  const event = () => anInteraction({ learnerId: LEARNER.id, courseId: COURSES[0]?.id ?? '' });
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { courses: COURSES, learners: [LEARNER], interactions: [event()] });
  });
  afterAll(() => service.close());

  /** What is stored is refused, and a list is the learner's own all the same. */
  async function expectNothingStored(): Promise<void> {
    const refused = await service.post(INGESTION.recordActivity, { rows: [event()] });
    expect([refused.status, refused.errors[0]?.extensions.code]).toEqual([503, 'UNAVAILABLE']);
    expect(refused.errors[0]?.message).toContain('its disk is full');
    const { recommendations } = await service.ask<{ recommendations: Readonly<Record<string, unknown>> }>(LIST, {
      id: LEARNER.id,
    });
    expect(recommendations).toMatchObject({ degraded: true, servedListId: null });
    const listed = JSON.stringify(recommendations['edges']);
    expect(listed).toContain(COURSES[1]?.id);
    expect(listed).not.toContain(COURSES[0]?.id);
  }

  async function expectStored(): Promise<void> {
    expect(await ingest(service, 'recordActivity', [event()])).toMatchObject({ storedCount: 1, userErrors: [] });
    const { recommendations } = await service.ask<{ recommendations: unknown }>(LIST, { id: LEARNER.id });
    expect(recommendations).toMatchObject({ degraded: false });
  }

  test('is told to whoever stores and to whoever asks for readiness, and is over once there is room', async () => {
    await service.sql(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`);
    for (const table of ['interaction', 'served_list']) {
      await service.sql(`CREATE TRIGGER full_disk BEFORE INSERT ON ${table} EXECUTE FUNCTION refuse()`);
    }
    await expectNothingStored();
    const ready = await fetch(`${service.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'unavailable', parts: { database: true, storage: false } },
    ]);
    for (const table of ['interaction', 'served_list']) await service.sql(`DROP TRIGGER full_disk ON ${table}`);
    await expectStored();
    // The folder of an embedded database is looked at instead, and this one is in memory.
    if (kind === 'embedded') return;
    await vi.waitFor(() => expect(service.app.database.storage.isFull).toBe(false), { timeout: 10_000 });
  });

  test.runIf(kind === 'embedded')('is not written to until the engine stands still', async () => {
    let free = 2 ** 30;
    const { hasRoom } = roomOf('/', service.app.database.dataSource, async () => free);
    expect(await hasRoom(false)).toBe(true);
    await expectStored();
    free = 60 * 2 ** 20;
    expect(await hasRoom(false)).toBe(false);
    await expectNothingStored();
    free = 68 * 2 ** 20;
    expect(await hasRoom(true)).toBe(false);
    await expectNothingStored();
    free = 2 ** 30;
    expect(await hasRoom(true)).toBe(true);
    await expectStored();
  });
});

describe('a model that is damaged or foreign', () => {
  const FORMAT_AT = 8;
  const flipped = (bytes: Buffer, at: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] as number) ^ 1;
    return copy;
  };

  test('is refused, and the last good one serves: the one in memory, and after a start the one before', async () => {
    const database = await createServerDatabase(inject('templateDatabase'));
    onTestFinished(() => database.drop());
    const openQuietly = () =>
      openApp({ config: readConfig({ DATABASE_URL: database.url }), logger: createLogger('silent') });
    const app = await openQuietly();
    onTestFinished(() => app.close());
    await app.catalog.upsertCourses(COURSES);
    await app.learners.upsertLearners([LEARNER]);
    await app.activity.recordActivity(
      COURSES.slice(0, 3).map(({ id }) => anInteraction({ learnerId: LEARNER.id, courseId: id })),
    );
    const quietly = { report: () => {}, shouldStop: () => false };
    const [good, other] = [await app.training.train(quietly), await app.training.train(quietly)];
    if (good === null || other === null) throw new Error('There is activity to learn from');
    const { dataSource } = app.database;
    const stored = async (id: string) => {
      const [row] = await dataSource.query('SELECT artifact, seal FROM model_version WHERE id = $1', [id]);
      return row as { artifact: Buffer; seal: Buffer };
    };
    const [whole, foreign] = [await stored(good.id), await stored(other.id)];
    await dataSource.query(`UPDATE model_version SET status = 'RETIRED'`);
    await dataSource.query('DELETE FROM model_version WHERE id = $1', [other.id]);
    await dataSource.transaction((transaction) => app.training.goLive(transaction, good.id));
    await app.revisions.refresh();

    const bad = 'm-bad';
    const sealed = (artifact: Buffer) => ({ artifact, seal: sealOf(bad, artifact) });
    const cases: Readonly<Record<string, { artifact: Buffer; seal: Buffer | null }>> = {
      'a bit of a figure flipped': sealed(flipped(whole.artifact, whole.artifact.length - 9)),
      'a bit of the header flipped, without a seal': { artifact: flipped(whole.artifact, 60), seal: null },
      'cut short': sealed(whole.artifact.subarray(0, whole.artifact.length >> 1)),
      'nothing left': sealed(Buffer.alloc(0)),
      'of another format': sealed(flipped(whole.artifact, FORMAT_AT)),
      'not a model at all': sealed(Buffer.from('GIF89a, and then some more bytes to be long enough')),
      'whole, but that of another version': foreign,
      'whole, under the seal of what it should have been': {
        artifact: foreign.artifact,
        seal: sealOf(bad, whole.artifact),
      },
    };
    for (const [name, { artifact, seal }] of Object.entries(cases)) {
      await dataSource.query(
        `INSERT INTO model_version (id, status, trained_at, watermark, verdict, metrics, artifact, seal)
         SELECT $1, 'RETIRED', now(), watermark, verdict, metrics, $2, $3 FROM model_version WHERE id = $4`,
        [bad, artifact, seal, good.id],
      );
      await dataSource.transaction((transaction) => app.training.goLive(transaction, bad));
      await app.revisions.refresh();
      expect([name, app.training.liveModel?.version]).toEqual([name, good.id]);
      const [page] = await app.recommendations.recommend([LEARNER.id], 3, 'HOME');
      expect([page?.modelVersion, page?.items.length]).toEqual([good.id, 3]);

      const restarted = await openQuietly();
      expect([name, restarted.training.liveModel?.version]).toEqual([name, good.id]);
      expect(await restarted.training.isReadable(bad)).toBe(false);
      await restarted.close();
      await dataSource.transaction((transaction) => app.training.goLive(transaction, good.id));
      await dataSource.query('DELETE FROM model_version WHERE id = $1', [bad]);
    }
  });
});
