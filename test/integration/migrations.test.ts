import { afterAll, beforeAll, expect, test } from 'vitest';
import { aLearner } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { driftStatements } from '../support/schemaDrift.js';
import { openTestApp, type TestApp } from '../support/testApp.js';

/** Figures as they were recorded before there were several families, told apart by their NDCG. */
const figures = (mean: number) => ({
  recall: { mean, low: 0, high: 1, count: 40 },
  ndcg: { mean, low: 0, high: 1, count: 40 },
  hitRate: { mean, low: 0, high: 1, count: 40 },
  reciprocalRank: { mean, low: 0, high: 1, count: 40 },
  coverage: 0.5,
  noveltyBits: 3,
});

const HOLDOUT_BEFORE = {
  cutMs: Date.UTC(2025, 0, 1),
  trainInteractionCount: 900,
  heldOutInteractionCount: 100,
  warmLearnerCount: 80,
  coldLearnerCount: 4,
  tunedOnCount: 40,
  measuredOnCount: 40,
  tried: [{ als: { rank: 64 }, priorStrength: 5, ndcg: 0.2 }],
  k: 10,
  popularity: figures(0.1),
  collaborative: figures(0.2),
  blend: figures(0.25),
  blendOverPopularity: { mean: 0.15, low: 0.1, high: 0.2, count: 40 },
};

describeOnBothDatabases('the migration to families of models', (kind) => {
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
    const { dataSource } = service.app.database;
    const names = dataSource.migrations.map(({ name }) => name ?? '');
    const place = names.findIndex((name) => name.startsWith('FamiliesOfModels'));
    for (let last = names.length; last > place; last--) await dataSource.undoLastMigration();
    const rows = [
      { id: 'measured', status: 'LIVE', holdout: HOLDOUT_BEFORE },
      { id: 'unmeasured', status: 'REJECTED', holdout: null },
    ];
    for (const { id, status, holdout } of rows) {
      await service.sql(
        `INSERT INTO model_version (id, status, trained_at, watermark, verdict, metrics, artifact)
         VALUES ($1, $2, now(), 7, 'as it was', $3, '\\x00')`,
        [id, status, JSON.stringify({ learnerCount: 84, interactionCount: 1000, holdout })],
      );
    }
    await dataSource.runMigrations();
  });
  afterAll(() => service.close());

  const metricsOf = async (id: string) => {
    const [row] = await service.sql<{ status: string; metrics: Record<string, unknown> }>(
      'SELECT v.status, v.metrics FROM model_version v WHERE v.id = $1',
      [id],
    );
    return row;
  };

  test('makes a list of the figures, and leaves the rest as it was', async () => {
    const { tried: _, popularity, collaborative, blend, blendOverPopularity, ...counts } = HOLDOUT_BEFORE;
    expect((await metricsOf('measured'))?.metrics).toEqual({
      learnerCount: 84,
      interactionCount: 1000,
      holdout: {
        ...counts,
        tried: [],
        overLive: null,
        measured: [
          { name: 'ials', figures: collaborative, blendOver: null },
          { name: 'popularity', figures: popularity, blendOver: blendOverPopularity },
          { name: 'blend', figures: blend, blendOver: null },
        ],
      },
    });
    expect((await metricsOf('unmeasured'))?.metrics).toEqual({
      learnerCount: 84,
      interactionCount: 1000,
      holdout: null,
    });
  });

  test('leaves no version live whose artefact cannot be read any more', async () => {
    expect((await metricsOf('measured'))?.status).toBe('RETIRED');
    expect((await metricsOf('unmeasured'))?.status).toBe('REJECTED');
  });

  test('makes rows that are shown with their figures', async () => {
    const { modelVersions } = await service.ask<{ modelVersions: { id: string; holdout: unknown }[] }>(
      `{ modelVersions { id holdout { learnerCount popularity { ndcg { mean } } collaborative { ndcg { mean } }
           blend { ndcg { mean } } blendOverPopularity { low } overLive { mean }
           families { family blendOver { mean } } } } }`,
    );
    expect(modelVersions.find(({ id }) => id === 'unmeasured')?.holdout).toBeNull();
    expect(modelVersions.find(({ id }) => id === 'measured')?.holdout).toEqual({
      learnerCount: 40,
      popularity: { ndcg: { mean: 0.1 } },
      collaborative: { ndcg: { mean: 0.2 } },
      blend: { ndcg: { mean: 0.25 } },
      blendOverPopularity: { low: 0.1 },
      overLive: null,
      families: [
        { family: 'IALS', blendOver: null },
        { family: 'POPULARITY', blendOver: { mean: 0.15 } },
      ],
    });
  });
});

describeOnBothDatabases('the migration to plans of deliveries', (kind) => {
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { learners: [aLearner({ id: 'ann', department: 'Sales' })] });
  });
  afterAll(() => service.close());

  const at = (hour: string) => `2026-11-24T${hour}:00.000Z`;
  const suggestions = [
    { id: 'hour', learnerId: 'ann', plannedAt: at('09:00'), sittingPlan: null },
    {
      ...{ id: 'sittings', learnerId: 'stranger', plannedAt: at('13:00') },
      sittingPlan: {
        minutesLeft: 0,
        sittings: [
          { startsAt: at('13:00'), endsAt: at('13:20'), minutes: 20 },
          { startsAt: at('18:00'), endsAt: at('19:30'), minutes: 90 },
        ],
      },
    },
    { id: 'question', learnerId: 'ann', plannedAt: null, sittingPlan: null },
  ];

  // Databases of before differ: an index was added to a migration that some had run already.
  test.each(['with', 'without'])('keeps what was planned, %s the index of before', async (index) => {
    const { dataSource } = service.app.database;
    await service.sql('DELETE FROM delivery_suggestion');
    const names = dataSource.migrations.map(({ name }) => name ?? '');
    const place = names.findIndex((name) => name.startsWith('DeliveryPlans'));
    for (let last = names.length; last > place; last--) await dataSource.undoLastMigration();
    if (index === 'with') {
      await service.sql('CREATE INDEX delivery_suggestion_planned_at_ix ON delivery_suggestion (planned_at)');
    }
    for (const { id, learnerId, plannedAt, sittingPlan } of suggestions) {
      await service.sql(
        `INSERT INTO delivery_suggestion (id, learner_id, course_id, created_at, expires_at, suggestion, planned_at)
         VALUES ($1, $2, 'c', now(), now(), $3, $4)`,
        [id, learnerId, JSON.stringify({ purpose: 'REMINDER', sittingPlan }), plannedAt],
      );
    }
    await dataSource.runMigrations();
    const plans = await service.sql<{ starts: Date; ends: Date }>(
      `SELECT p.suggestion_id AS id, p.learner_id AS learner, p.team, p.course_id AS course, p.purpose,
         p.starts_at AS starts, p.ends_at AS ends FROM delivery_plan p ORDER BY p.starts_at`,
    );
    const common = { course: 'c', purpose: 'REMINDER' };
    expect(plans.map((p) => ({ ...p, starts: p.starts.toISOString(), ends: p.ends.toISOString() }))).toEqual([
      { ...common, id: 'hour', learner: 'ann', team: 'Sales', starts: at('09:00'), ends: at('10:00') },
      { ...common, id: 'sittings', learner: 'stranger', team: null, starts: at('13:00'), ends: at('14:00') },
      { ...common, id: 'sittings', learner: 'stranger', team: null, starts: at('18:00'), ends: at('19:30') },
    ]);
    expect(await driftStatements(dataSource)).toEqual([]);
  });
});
