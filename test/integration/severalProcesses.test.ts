import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type App, openApp } from '../../src/app.js';
import { coarseFiguresOf } from '../../src/learners/fewPeople/coarseFigures.js';
import { readConfig } from '../../src/platform/config.js';
import { Jobs } from '../../src/platform/jobs/jobs.js';
import { pauseBeforeRestart } from '../../src/platform/jobs/workers.js';
import { createLogger } from '../../src/platform/logger.js';
import { Pseudonyms } from '../../src/platform/pseudonyms.js';
import { aCourse } from '../support/builders.js';
import { startChildService } from '../support/childService.js';
import { createDatabase } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { train, twoCamps } from '../support/recommending.js';
import { NOON, openTestApp, postGraphQL, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

describe('two services on one database', () => {
  let first: TestApp;
  let second: App;
  beforeAll(async () => {
    first = await openTestApp('postgres');
    const { url } = first.app.database.dataSource.options as { readonly url: string };
    second = await openApp({
      config: readConfig({ PORT: '0', DATABASE_URL: url, DATABASE_POOL_SIZE: '4', TRAIN_EVERY_MINUTES: '0' }),
      logger: createLogger('silent'),
      clock: () => first.now,
    });
    first.app.work();
  });
  afterAll(async () => {
    await second?.close();
    await first?.close();
  });

  test('draw the figures that are not told as they are by one secret', async () => {
    const secretOf = async (app: App) => {
      const names = new Pseudonyms(app.database.dataSource);
      await names.load();
      return names.figuresSecret;
    };
    const secret = await secretOf(first.app);
    expect(await secretOf(second)).toEqual(secret);
    const drawn = [37, 38, 39].map((exact) => coarseFiguresOf(exact, secret).count(exact));
    expect([37, 38, 39].map((exact) => coarseFiguresOf(exact, secret).count(exact))).toEqual(drawn);
    const [stored] = await first.sql<{ key: Buffer }>('SELECT k.key FROM pseudonym_key k');
    expect(Buffer.from(secret).equals(stored?.key ?? Buffer.from(secret))).toBe(false);
  });

  /** How long after a change in the first service the second knows of it, without what the machine held up this test. */
  async function seenAfterMs(change: () => Promise<unknown>, seen: () => boolean): Promise<number> {
    expect(seen()).toBe(false);
    await change();
    const changedMs = performance.now();
    let heldUpMs = 0;
    while (!seen()) {
      const asleepMs = performance.now();
      if (asleepMs - changedMs > 20_000) throw new Error('The second service never saw it.');
      await sleep(10);
      heldUpMs += Math.max(0, performance.now() - asleepMs - 15);
    }
    return performance.now() - changedMs - heldUpMs;
  }

  test('see what either changes within two seconds', async () => {
    const { courses, learners, interactions } = twoCamps(NOON);
    const late: Record<string, number> = {};
    late['catalogue'] = await seenAfterMs(
      () => store(first, { courses, learners, interactions }),
      () => second.catalog.snapshot.courses.length === courses.length,
    );
    late['model'] = await seenAfterMs(
      () => train(first),
      () => second.training.liveModel !== null,
    );
    expect(second.training.liveModel?.version).toBe(first.app.training.liveModel?.version);
    late['settings'] = await seenAfterMs(
      () =>
        first.ask(
          `mutation { updatePolicy(input: { diversity: 0.7 }, expectedVersion: 0, reason: "A test") { policy { version } } }`,
        ),
      () => second.policies.current.diversity === 0.7,
    );
    const { draft } = await first.app.drafts.draftRule(
      { action: { kind: 'EXCLUDE' }, target: { providers: ['Vendor X'] }, owner: 'L&D' },
      null,
      null,
      { by: 'person ed', clientMutationId: null },
    );
    late['rules'] = await seenAfterMs(
      () =>
        first.app.publishing.publish([draft?.id ?? ''], [], null, { expectedVersion: 0, reason: 'A test', by: 'ed' }),
      () => second.ruleSets.current.version === 1,
    );
    late['goals'] = await seenAfterMs(
      async () => {
        const { createGoal } = await first.ask<{ createGoal: { userErrors: unknown[] } }>(CREATE_GOAL, { goal: GOAL });
        expect(createGoal.userErrors).toEqual([]);
      },
      () => second.goals.open.length === 1,
    );
    expect(Object.entries(late).filter(([, ms]) => ms > 2_000)).toEqual([]);
  });

  test('run no job twice, however many are asked for', async () => {
    const ran: string[] = [];
    const running = { now: 0, most: 0 };
    const both = [first.app.database.dataSource, second.database.dataSource].map((dataSource, index) => {
      const jobs = new Jobs(dataSource, createLogger('silent'), { pollMs: 5, heartbeatMs: 50, silenceSeconds: 60 });
      onTestFinished(() => jobs.stop());
      jobs.handle('COUNTED', async () => {
        running.now += 1;
        running.most = Math.max(running.most, running.now);
        ran.push(String(index));
        await sleep(20);
        running.now -= 1;
      });
      jobs.start();
      return jobs;
    });
    const ids = new Set<string>();
    for (let i = 0; i < 30; i += 1) {
      for (const jobs of both) ids.add((await jobs.request('COUNTED', 'somebody')).id);
      await sleep(15);
    }
    await vi.waitFor(
      async () => {
        const [open] = await first.sql<{ n: number }>(
          `SELECT count(*)::integer AS n FROM job WHERE job.kind = 'COUNTED' AND job.status <> 'SUCCEEDED'`,
        );
        expect(open?.n).toBe(0);
      },
      { timeout: 60_000, interval: 50 },
    );
    expect(ran).toHaveLength(ids.size);
    expect(running.most).toBe(1);
    expect(new Set(ran)).toEqual(new Set(['0', '1']));
  });

  test('keep seeing changes of one kind while those of another cannot be read', async () => {
    const { revisions } = second;
    await first.sql(`INSERT INTO revision (name, value) VALUES ('broken', 1)`);
    onTestFinished(async () => {
      await first.sql(`DELETE FROM revision WHERE name = 'broken'`);
    });
    revisions.onChange('broken' as never, async () => {
      throw new Error('cannot be read');
    });
    await first.sql(`UPDATE revision SET value = value WHERE name <> 'broken'`);
    const course = aCourse();
    await seenAfterMs(
      () => store(first, { courses: [course] }),
      () => second.catalog.snapshot.courses.some(({ id }) => id === course.id),
    );
  });
});

const CREATE_GOAL = `mutation ($goal: GoalInput!) {
  createGoal(id: "completed", goal: $goal) { goal { id } userErrors { message path } } }`;
const GOAL = {
  name: 'More is completed',
  owner: 'L&D',
  metric: { kind: 'COMPLETIONS' },
  audience: {},
  target: 10,
  dueOn: '2025-12-31',
};

describe('a service of several workers', () => {
  const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

  async function endOf(child: ChildProcess): Promise<{ readonly code: number | null; readonly text: string }> {
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk));
    const [code] = (await once(child, 'exit')) as [number | null];
    return { code, text };
  }

  const run = (env: Readonly<Record<string, string>>) =>
    spawn(process.execPath, [MAIN], {
      env: { PATH: process.env['PATH'], PORT: '0', TRAIN_EVERY_MINUTES: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  test('needs a server, and says so', async () => {
    const { code, text } = await endOf(run({ WORKERS: '2' }));
    expect(code).toBe(1);
    expect(text).toContain('WORKERS: several processes need a PostgreSQL server, so set DATABASE_URL as well');
  });

  test('ends like one process when its database cannot be reached', async () => {
    const { code, text } = await endOf(run({ WORKERS: '2', DATABASE_URL: 'postgres://127.0.0.1:1/none' }));
    expect(code).toBe(1);
    expect(text).toContain('Cannot reach the PostgreSQL server');
  });

  test('answers from each of them, replaces one that dies, tells the figures of all, and stops cleanly', async () => {
    const database = await createDatabase('postgres');
    onTestFinished(() => database.drop());
    const service = await startChildService({ env: { ...database.env, WORKERS: '2' }, key: null });
    onTestFinished(async () => {
      await service.kill('SIGKILL');
    });
    const workers = () => childrenOf(service.pid);
    const [one, other] = await workers();
    expect([one, other].every((pid) => pid !== undefined)).toBe(true);

    const answered = async () => {
      const { status } = await postGraphQL(service.url, '{ courses { edges { node { id } } } }', {}, service.key);
      return status;
    };
    // Each on a connection of its own, which are handed out in turn.
    expect(await Promise.all(Array.from({ length: 20 }, answered))).toEqual(Array.from({ length: 20 }, () => 200));
    const figures = async () => {
      const headers = { authorization: `Bearer ${service.key}` };
      return await (await fetch(`${service.url}/metrics`, { headers })).text();
    };
    const text = await figures();
    expect(sumOf(text, 'waymark_graphql_request_duration_seconds_count')).toBe(20);
    expect(text.match(/^waymark_graphql_running /gm)).toHaveLength(1);

    process.kill(other as number, 'SIGKILL');
    await vi.waitFor(
      async () => {
        const now = await workers();
        expect(now).toHaveLength(2);
        expect(now).not.toContain(other);
        expect(await answered()).toBe(200);
      },
      { timeout: 60_000, interval: 100 },
    );

    expect(await service.kill('SIGTERM')).toBe(0);
    expect(isAlive(one as number)).toBe(false);
  });

  test('starts a worker that keeps ending less and less often', () => {
    expect([0, 1, 2, 3, 10, 1_000].map(pauseBeforeRestart)).toEqual([500, 1_000, 2_000, 4_000, 30_000, 30_000]);
  });
});

/** Processes that this one has started (Linux). */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const sumOf = (text: string, name: string): number =>
  [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce((sum, [, n]) => sum + Number(n), 0);
