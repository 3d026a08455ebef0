import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { type JobContext, type JobRow, JobStopped, Jobs, type JobsOptions } from '../../src/platform/jobs/jobs.js';
import { createLogger } from '../../src/platform/logger.js';
import { createMetrics } from '../../src/platform/metrics.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { openTestApp, type TestApp } from '../support/testApp.js';

/** No test waits for a heartbeat or for silence unless it says so. */
const AT_ONCE: JobsOptions = { pollMs: 5, heartbeatMs: 20, silenceSeconds: 60, scheduleMs: 1 };
const NEVER_MS = 3_600_000;

const eventually = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 15_000, interval: 10 });

const untilStopped = async ({ shouldStop }: JobContext): Promise<never> => {
  while (!shouldStop()) await sleep(2);
  throw new JobStopped();
};

describeOnBothDatabases('jobs', (databaseKind) => {
  let service: TestApp;
  let kinds = 0;
  beforeAll(async () => {
    service = await openTestApp(databaseKind);
  });
  afterAll(() => service.close());

  /** Of a kind that no other test uses. */
  const newKind = () => `KIND_${++kinds}`;

  function makeJobs(options: JobsOptions = {}, dataSource: DataSource = service.app.database.dataSource): Jobs {
    const jobs = new Jobs(dataSource, createLogger('silent'), { ...AT_ONCE, ...options });
    onTestFinished(() => jobs.stop());
    return jobs;
  }

  const found = async (id: string): Promise<JobRow> => {
    const job = await service.app.jobs.find(id);
    if (job === null) throw new Error(`There is no job ${id}`);
    return job;
  };

  const untilStatus = (id: string, status: string): Promise<JobRow> =>
    eventually(async () => {
      const job = await found(id);
      expect(job.status).toBe(status);
      return job;
    });

  const rowsOf = (kind: string) =>
    service.sql<{ status: string; requested_by: string }>(
      'SELECT job.status, job.requested_by FROM job WHERE job.kind = $1 ORDER BY job.id',
      [kind],
    );

  test('that are asked for twice wait once, and once more while one runs', async () => {
    const kind = newKind();
    const jobs = makeJobs();
    const asked = await Promise.all(['ann', 'bob', 'cem'].map((by) => jobs.request(kind, by)));
    expect(new Set(asked.map((job) => job.id)).size).toBe(1);
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    jobs.handle(kind, () => gate);
    jobs.start();
    const first = asked[0]?.id ?? '';
    await untilStatus(first, 'RUNNING');
    const second = await jobs.request(kind, 'dan');
    expect(second.id).not.toBe(first);
    expect((await jobs.request(kind, 'eve')).id).toBe(second.id);
    release();
    expect(await untilStatus(first, 'SUCCEEDED')).toMatchObject({
      requestedBy: asked[0]?.requestedBy,
      attempts: 1,
    });
    await untilStatus(second.id, 'SUCCEEDED');
    expect(await rowsOf(kind)).toHaveLength(2);
  });

  test('run once each and never two of a kind together, however many workers there are', async () => {
    const names = Array.from({ length: 6 }, newKind);
    const workers = Array.from({ length: 4 }, () => makeJobs());
    const runs: string[] = [];
    const running = new Set<string>();
    let clashes = 0;
    for (const worker of workers) {
      for (const kind of names) {
        worker.handle(kind, async () => {
          if (running.has(kind)) clashes += 1;
          running.add(kind);
          runs.push(kind);
          await sleep(10);
          running.delete(kind);
          return { kind };
        });
      }
      worker.start();
    }
    for (let round = 1; round <= 3; round += 1) {
      const requested = await Promise.all(names.map((kind) => service.app.jobs.request(kind, 'test')));
      for (const { id, kind } of requested) {
        expect(await untilStatus(id, 'SUCCEEDED')).toMatchObject({ attempts: 1, result: { kind }, error: null });
      }
      expect(runs).toHaveLength(names.length * round);
    }
    expect(clashes).toBe(0);
  });

  test('that somebody waits for do not wait for long ones', async () => {
    const [long, short] = [newKind(), newKind()];
    const jobs = makeJobs();
    jobs.handle(long, untilStopped);
    jobs.handle(short, async () => 'done', 'SHORT');
    const longJob = await jobs.request(long, 'ann');
    jobs.start();
    await untilStatus(longJob.id, 'RUNNING');
    const shortJob = await jobs.request(short, 'bob');
    await untilStatus(shortJob.id, 'SUCCEEDED');
    expect((await found(longJob.id)).status).toBe('RUNNING');
  });

  test('of a worker that fell silent are taken over, and what it says later changes nothing', async () => {
    const kind = newKind();
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const silent = makeJobs({ heartbeatMs: NEVER_MS });
    silent.handle(kind, () => gate.then(() => 'late'));
    const { id } = await silent.request(kind, 'test');
    silent.start();
    const before = await untilStatus(id, 'RUNNING');

    const careful = makeJobs({ silenceSeconds: 60 });
    careful.handle(kind, async () => 'too early');
    careful.start();
    await sleep(200);
    expect(await found(id)).toMatchObject({ status: 'RUNNING', worker: before.worker });
    await careful.stop();

    const heir = makeJobs({ silenceSeconds: 0.1 });
    heir.handle(kind, async () => 'in time');
    heir.start();
    const after = await untilStatus(id, 'SUCCEEDED');
    expect(after).toMatchObject({ attempts: 2, result: 'in time' });
    // One process made both: a name of host and process alone would be the same.
    expect(after.worker).not.toBe(before.worker);
    await heir.stop();
    release();
    await silent.stop();
    expect(await found(id)).toEqual(after);
  });

  test('that keep beating are left alone, and one that was taken over is told to stop', async () => {
    const kind = newKind();
    const first = makeJobs();
    let wasTold = false;
    first.handle(kind, async ({ report, shouldStop }) => {
      report({ phase: 'fit', done: 3, total: 8 });
      while (!shouldStop()) await sleep(2);
      wasTold = true;
      throw new JobStopped();
    });
    const { id } = await first.request(kind, 'test');
    first.start();
    await eventually(async () => expect((await found(id)).progress).toEqual({ phase: 'fit', done: 3, total: 8 }));
    const second = makeJobs({ silenceSeconds: 2 });
    second.handle(kind, async () => 'taken over');
    second.start();
    await sleep(2_500);
    expect(await found(id)).toMatchObject({ status: 'RUNNING', attempts: 1 });
    expect(wasTold).toBe(false);
    await second.stop();
    await service.sql(`UPDATE job SET worker = 'other' WHERE id = $1`, [id]);
    await eventually(() => expect(wasTold).toBe(true));
    await first.stop();
    expect(await found(id)).toMatchObject({ status: 'RUNNING', worker: 'other' });
    await service.sql(`UPDATE job SET status = 'FAILED' WHERE id = $1`, [id]);
  });

  test('whose every worker fell silent are given up', async () => {
    const kind = newKind();
    const metrics = createMetrics();
    const jobs = makeJobs({ metrics });
    jobs.handle(kind, async () => 'never');
    const { id } = await jobs.request(kind, 'test');
    await service.sql(
      `UPDATE job SET status = 'RUNNING', attempts = 3, worker = 'dead', heartbeat_at = now() - interval '2 minutes'
       WHERE id = $1`,
      [id],
    );
    jobs.start();
    expect(await untilStatus(id, 'FAILED')).toMatchObject({
      error: 'Given up after 3 attempts',
      result: null,
      finishedAt: expect.any(Date),
    });
    expect((await metrics.render()).text).toContain(`waymark_jobs_finished_total{kind="${kind}",status="FAILED"} 1`);
  });

  test('that are stopped go back to the queue, and the next worker runs them', async () => {
    const kind = newKind();
    const first = makeJobs();
    first.handle(kind, untilStopped);
    const { id } = await first.request(kind, 'test');
    first.start();
    await untilStatus(id, 'RUNNING');
    await first.stop();
    expect(await found(id)).toMatchObject({ status: 'QUEUED', attempts: 0, finishedAt: null, error: null });

    const second = makeJobs();
    second.handle(kind, async () => 'done');
    second.start();
    expect(await untilStatus(id, 'SUCCEEDED')).toMatchObject({ attempts: 1, result: 'done' });
  });

  test('that are stopped while a newer request waits end in its favour', async () => {
    const kind = newKind();
    const jobs = makeJobs();
    jobs.handle(kind, untilStopped);
    const { id } = await jobs.request(kind, 'test');
    jobs.start();
    await untilStatus(id, 'RUNNING');
    const newer = await jobs.request(kind, 'test');
    await jobs.stop();
    expect(await found(id)).toMatchObject({
      status: 'FAILED',
      error: 'Stopped; a newer request waits',
      finishedAt: expect.any(Date),
    });
    expect((await found(newer.id)).status).toBe('QUEUED');
  });

  test('that fail say why, and are counted', async () => {
    const [good, bad] = [newKind(), newKind()];
    const metrics = createMetrics();
    const jobs = makeJobs({ metrics });
    jobs.handle(bad, () => Promise.reject(new Error('no courses')));
    jobs.handle(good, async ({ report }) => {
      report({ phase: 'count', done: 1, total: 1 });
      return { running: (await metrics.render()).text.includes(`waymark_jobs_running{kind="${good}"} 1`) };
    });
    const figure = `waymark_jobs_finished_total{kind="${good}",status="SUCCEEDED"}`;
    expect((await metrics.render()).text).toContain(`${figure} 0`);
    const requested = [await jobs.request(bad, 'test'), await jobs.request(good, 'test')] as const;
    jobs.start();
    expect(await untilStatus(requested[0].id, 'FAILED')).toMatchObject({ error: 'no courses', result: null });
    expect(await untilStatus(requested[1].id, 'SUCCEEDED')).toMatchObject({
      result: { running: true },
      progress: { phase: 'count', done: 1, total: 1 },
    });
    await jobs.stop();
    const { text } = await metrics.render();
    for (const line of [
      `${figure} 1`,
      `waymark_jobs_finished_total{kind="${bad}",status="FAILED"} 1`,
      `waymark_jobs_running{kind="${good}"} 0`,
    ]) {
      expect(text).toContain(line);
    }
  });

  test('that succeeded have succeeded, though the connection is lost when it is written down', async () => {
    const kind = newKind();
    const { dataSource } = service.app.database;
    let failures = 0;
    const flaky = Object.create(dataSource, {
      query: {
        value: async (sql: string, parameters?: unknown[]) => {
          if (failures === 2 || !parameters?.includes('SUCCEEDED')) return await dataSource.query(sql, parameters);
          failures += 1;
          // The first time the statement does not arrive, the second time its answer.
          if (failures === 2) await dataSource.query(sql, parameters);
          throw new Error('Connection terminated unexpectedly');
        },
      },
    }) as DataSource;
    const jobs = makeJobs({}, flaky);
    let runs = 0;
    jobs.handle(kind, async () => {
      runs += 1;
      return 'trained';
    });
    const { id } = await jobs.request(kind, 'test');
    jobs.start();
    await eventually(() => expect(failures).toBe(2));
    await jobs.stop();
    expect(await found(id)).toMatchObject({ status: 'SUCCEEDED', result: 'trained', error: null, attempts: 1 });
    expect(runs).toBe(1);
  });

  test('on a schedule are asked for once an interval, and only while there is anything to do', async () => {
    const [plain, asked, broken] = [newKind(), newKind(), newKind()];
    const jobs = makeJobs();
    for (const kind of [plain, asked, broken]) jobs.handle(kind, async () => null);
    let isDue = false;
    let questions = 0;
    jobs.every(broken, 60, () => Promise.reject(new Error('cannot tell')));
    jobs.every(asked, 60, async () => {
      questions += 1;
      return isDue;
    });
    jobs.every(plain, 60);
    jobs.start();
    await eventually(async () =>
      expect(await rowsOf(plain)).toEqual([{ status: 'SUCCEEDED', requested_by: 'schedule' }]),
    );
    await eventually(() => expect(questions).toBeGreaterThan(2));
    expect(await rowsOf(asked)).toEqual([]);
    isDue = true;
    await eventually(async () =>
      expect(await rowsOf(asked)).toEqual([{ status: 'SUCCEEDED', requested_by: 'schedule' }]),
    );
    const asOften = questions;
    await sleep(100);
    expect(questions).toBe(asOften);
    await service.sql(`UPDATE job SET requested_at = requested_at - interval '61 minutes' WHERE kind = $1`, [asked]);
    await eventually(async () => expect(await rowsOf(asked)).toHaveLength(2));
    expect(await rowsOf(plain)).toHaveLength(1);
    expect(await rowsOf(broken)).toEqual([]);
  });
});
