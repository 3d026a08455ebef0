import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describeVersion } from '../../src/cli/train.js';
import { type JobContext, JobStopped } from '../../src/platform/jobs/jobs.js';
import { createLogger } from '../../src/platform/logger.js';
import { parseRanking } from '../../src/recommendations/fitting/storedRanking.js';
import type { ModelRehearsal, RankingTrainer } from '../../src/training/rankingTrainer.js';
import { TrainingService } from '../../src/training/training.service.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { recommend, train, twoCamps } from '../support/recommending.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

// Training stands back behind everything else that a busy machine has to do.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const UNINTERRUPTED: JobContext = { report: () => {}, shouldStop: () => false };

const VERSIONS = `{ modelVersions { id ranking { cutAt fittedOnCount measuredOnCount isUsed verdict
  weights { signal weight scale } collaborativeGrowth regularisation
  measured { ranking ndcg { mean low high } coverage largestProvider { mean } overModel { mean } }
  fittedOverDefault { mean low high } } } }`;

interface Version {
  readonly id: string;
  readonly ranking: {
    readonly cutAt: string;
    readonly fittedOnCount: number;
    readonly measuredOnCount: number;
    readonly isUsed: boolean;
    readonly weights: readonly { readonly signal: string; readonly weight: number; readonly scale: number }[];
    readonly measured: readonly { readonly ranking: string; readonly overModel: { readonly mean: number } | null }[];
  } | null;
}

describeOnBothDatabases('a training', (kind) => {
  let service: TestApp;
  const organisation = twoCamps(NOON);

  /** As the service trains, but with another way of fitting how lists are ranked. */
  function trainingWith(rankingTrainer: RankingTrainer): TrainingService {
    const { database, activity, catalog, learners, revisions, jobs } = service.app;
    const settings = { timeBudgetMs: 0, threads: 1, kernels: false };
    return new TrainingService(
      database.dataSource,
      activity,
      catalog,
      learners,
      revisions,
      jobs,
      () => NOON,
      createLogger('silent'),
      settings,
      rankingTrainer,
      { fitTiming: async () => null },
    );
  }

  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, organisation);
  });
  afterAll(() => service.close());

  test('weighs the signals of lists, keeps that with the version, and serves by it', async () => {
    service.app.work();
    const id = await train(service);
    const { modelVersions } = await service.ask<{ modelVersions: Version[] }>(VERSIONS);
    const ranking = modelVersions.find((version) => version.id === id)?.ranking;
    expect(ranking?.fittedOnCount).toBeGreaterThanOrEqual(30);
    expect(ranking?.measuredOnCount).toBeGreaterThanOrEqual(20);
    expect(new Date(ranking?.cutAt ?? Number.NaN).getTime()).toBeLessThan(NOON.getTime());
    expect(ranking?.measured.map((one) => one.ranking)).toEqual(['MODEL', 'DEFAULT', 'FITTED', 'SERVED']);
    expect(ranking?.weights.every(({ weight, scale }) => weight >= 0 && scale > 0)).toBe(true);

    const live = service.app.training.liveModel;
    expect(live?.version).toBe(id);
    const stored = parseRanking(live?.ranking);
    expect(stored?.ranking.origin).toBe(ranking?.isUsed === true ? 'FITTED' : 'DEFAULT');

    // The camps share no course, so whatever the weights, people are shown what their own camp takes.
    const list = await recommend(service, organisation.learners[0]?.id ?? '', { first: 3 });
    for (const { node } of list.edges) expect(organisation.camps[0]).toContain(node.course.id);

    const [version] = await service.app.training.versions(1);
    const told = describeVersion(version ?? null);
    expect(told).toContain('fitted, as served');
    expect(told).toContain('this less the model');
  });

  test('hands over the model as of the cut, with learners of which none was both tuned and measured on', async () => {
    let asked: ModelRehearsal | null = null;
    await trainingWith({
      async fitRanking(rehearsal) {
        asked = rehearsal;
        return { kept: true };
      },
    }).train(UNINTERRUPTED);
    const { fitOn, measureOn, cut } = asked as unknown as ModelRehearsal;
    const everybody = new Set(organisation.learners.map(({ id }) => id));
    expect(fitOn.length).toBeGreaterThan(0);
    expect([...fitOn, ...measureOn].every((id) => everybody.has(id))).toBe(true);
    expect(new Set([...fitOn, ...measureOn]).size).toBe(fitOn.length + measureOn.length);
    // Each was known before the cut, and took something up after it.
    const ids = [...fitOn, ...measureOn];
    const rows = await service.sql<{ before: boolean; after: boolean }>(
      `SELECT bool_or(i.at < $2) AS before, bool_or(i.at >= $2) AS after FROM interaction i
       WHERE i.learner_id = ANY($1::text[]) GROUP BY i.learner_id`,
      [ids, cut],
    );
    expect(rows).toHaveLength(ids.length);
    expect(rows.every(({ before, after }) => before && after)).toBe(true);
    const [row] = await service.sql<{ ranking: unknown }>(
      `SELECT v.ranking FROM model_version v WHERE v.status = 'LIVE'`,
    );
    expect(row?.ranking).toEqual({ kept: true });
  });

  test('does not lose its model when the signals cannot be weighed', async () => {
    const training = trainingWith({
      async fitRanking() {
        throw new Error('out of memory');
      },
    });
    const version = await training.train(UNINTERRUPTED);
    expect(version?.status).toBe('LIVE');
    // The service that trained is the one that is told of new models.
    expect(training.liveModel?.version).toBe(version?.id);
    expect(training.liveModel?.ranking).toBeNull();
    const { modelVersions } = await service.ask<{ modelVersions: Version[] }>(VERSIONS);
    expect(modelVersions.find(({ id }) => id === version?.id)?.ranking).toBeNull();
  });

  test('that is told to stop while signals are weighed records nothing', async () => {
    const before = await service.app.training.versions(100);
    const training = trainingWith({
      async fitRanking() {
        throw new JobStopped();
      },
    });
    await expect(training.train(UNINTERRUPTED)).rejects.toThrow(JobStopped);
    expect(await service.app.training.versions(100)).toEqual(before);
  });
});
