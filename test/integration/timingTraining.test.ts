import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { RhythmTimingTrainer } from '../../src/delivery/fitting/timingTrainer.js';
import { parseTimingModel } from '../../src/delivery/model/timingModel.js';
import { type JobContext, JobStopped } from '../../src/platform/jobs/jobs.js';
import { createLogger } from '../../src/platform/logger.js';
import type { TimingTrainer } from '../../src/training/timingTrainer.js';
import { TrainingService } from '../../src/training/training.service.js';
import { aCourse, aLearner, anInteraction } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { train, twoCamps } from '../support/recommending.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

// Training stands back behind everything else that a busy machine has to do.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const UNINTERRUPTED: JobContext = { report: () => {}, shouldStop: () => false };

describeOnBothDatabases('a training fits when people are active', (kind) => {
  let service: TestApp;
  const organisation = twoCamps(NOON);
  const sources = () => ({ learners: service.app.learners, outcomes: service.app.outcomes, defaultTimezone: 'UTC' });

  /** As the service trains, but with another way of fitting when people are active. */
  function trainingWith(timingTrainer: TimingTrainer): TrainingService {
    const { database, activity, catalog, learners, revisions, jobs } = service.app;
    return new TrainingService(
      database.dataSource,
      activity,
      catalog,
      learners,
      revisions,
      jobs,
      () => NOON,
      createLogger('silent'),
      { timeBudgetMs: 0, threads: 1, kernels: false },
      { fitRanking: async () => null },
      timingTrainer,
    );
  }

  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, organisation);
  });
  afterAll(() => service.close());

  test('and keeps that with the version', async () => {
    service.app.work();
    expect(service.app.training.liveTiming).toBeNull();
    const id = await train(service);
    expect(service.app.training.liveTiming?.version).toBe(id);
    const timing = parseTimingModel(service.app.training.liveTiming?.timing);
    expect(timing?.organisation.people).toBe(organisation.learners.length);
    expect(timing?.fittedAt).toBe(NOON.toISOString());
  });

  test('but of what happened up to its moment only', async () => {
    const trainer = new RhythmTimingTrainer(sources());
    const before = new Date('2020-01-01T00:00:00Z');
    const nothing = await trainer.fitTiming(before, UNINTERRUPTED);
    expect(nothing).toEqual({ version: 1, fittedAt: before.toISOString(), organisation: null });
    expect(parseTimingModel(nothing)).toBeNull();
  });

  test('and goes on with the timing of before when it cannot, whatever becomes of the model', async () => {
    const before = service.app.training.liveTiming;
    const training = trainingWith({
      async fitTiming() {
        throw new Error('out of memory');
      },
    });
    const version = await training.train(UNINTERRUPTED);
    expect(version?.status).toBe('LIVE');
    await service.app.revisions.refresh();
    expect(training.liveTiming).toEqual(before);
    const rows = await service.sql<{ timing: unknown }>('SELECT v.timing FROM model_version v WHERE v.id = $1', [
      version?.id,
    ]);
    expect(rows).toEqual([{ timing: null }]);
  });

  test('and serves a newer timing although its model is rejected', async () => {
    const { revisions } = service.app;
    await service.app.database.dataSource.transaction(async (transaction) => {
      await revisions.raise(transaction, 'model');
      await transaction.query(
        `INSERT INTO model_version (id, status, trained_at, watermark, verdict, metrics, artifact, timing)
         VALUES ('m-rejected', 'REJECTED', $1, 0, 'worse', '{}', '', '{"newer": true}')`,
        [new Date(NOON.getTime() + 60_000)],
      );
    });
    await revisions.refresh();
    const training = trainingWith({ fitTiming: async () => null });
    await revisions.refresh();
    await training.train(UNINTERRUPTED);
    expect(training.liveTiming).toEqual({ version: 'm-rejected', timing: { newer: true } });
  });

  test('that is told to stop meanwhile records nothing', async () => {
    const before = await service.app.training.versions(100);
    const stopping = new RhythmTimingTrainer(sources());
    const told: JobContext = { report: () => {}, shouldStop: () => true };
    await expect(stopping.fitTiming(NOON, told)).rejects.toThrow(JobStopped);
    const training = trainingWith({
      async fitTiming() {
        throw new JobStopped();
      },
    });
    await expect(training.train(UNINTERRUPTED)).rejects.toThrow(JobStopped);
    expect(await service.app.training.versions(100)).toEqual(before);
  });
});

describeOnBothDatabases('a training of fewer than five people', (kind) => {
  test('ends what was learnt before', async () => {
    const service = await openTestApp(kind);
    try {
      service.app.work();
      const course = aCourse();
      const learners = Array.from({ length: 8 }, () => aLearner({ timezone: 'UTC' }));
      const interactions = learners.flatMap(({ id: learnerId }) =>
        [1, 2, 3].map((days) => {
          const at = new Date(NOON.getTime() - days * 86_400_000);
          return anInteraction({ learnerId, courseId: course.id, at });
        }),
      );
      await store(service, { courses: [course], learners, interactions });
      await train(service);
      expect(parseTimingModel(service.app.training.liveTiming?.timing)?.organisation.people).toBe(8);
      await store(service, { learners: learners.slice(4).map(({ id }) => ({ id, active: false })) });
      service.now = new Date(NOON.getTime() + 3_600_000);
      const version = await train(service);
      expect(service.app.training.liveTiming?.version).toBe(version);
      expect(parseTimingModel(service.app.training.liveTiming?.timing)).toBeNull();
    } finally {
      await service.close();
    }
  });
});

describeOnBothDatabases('a training of people whom we mailed', (kind) => {
  test('does not take the hour of our messages for theirs', async () => {
    const service = await openTestApp(kind);
    try {
      service.app.work();
      const course = aCourse();
      const learners = Array.from({ length: 30 }, () => aLearner({ timezone: 'UTC' }));
      const at = (day: number, hour: number) => new Date(Date.UTC(2025, 1, day, hour));
      const days = Array.from({ length: 12 }, (_, i) => i + 1);
      const interactions = learners.flatMap(({ id: learnerId }) => [
        ...days.map((day) => anInteraction({ learnerId, courseId: course.id, at: at(day, 9) })),
        ...days.slice(6).map((day) => anInteraction({ learnerId, courseId: course.id, at: at(day, 20) })),
      ]);
      await store(service, { courses: [course], learners, interactions });
      const outcomes = ['SENT' as const, 'OPENED' as const];
      const messages = learners.flatMap(({ id: learnerId }) =>
        days.flatMap((day) =>
          outcomes.map((outcome) => ({
            ...{ eventId: `${learnerId}:${day}:${outcome}`, learnerId, channel: 'EMAIL' as const, outcome },
            at: at(day, 9),
          })),
        ),
      );
      const { storedCount } = await service.app.outcomes.recordDeliveries(messages);
      expect(storedCount).toBe(messages.length);
      await train(service);
      const timing = parseTimingModel(service.app.training.liveTiming?.timing);
      const hoursAt = (hour: number) =>
        (timing?.organisation.hourCounts ?? []).reduce((sum, hours, cell) => sum + (cell % 24 === hour ? hours : 0), 0);
      expect(hoursAt(20)).toBeGreaterThan(30 * 5);
      expect(hoursAt(9)).toBeLessThan(0.3 * hoursAt(20));
    } finally {
      await service.close();
    }
  });
});
