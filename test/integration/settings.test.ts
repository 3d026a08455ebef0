import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { AuditLog } from '../../src/platform/audit.js';
import { Revisions } from '../../src/platform/database/revisions.js';
import { createLogger } from '../../src/platform/logger.js';
import { type Setting, VersionedSettings } from '../../src/platform/settings/versionedSettings.js';
import { aCourse, aLearner, anInteraction } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { train, twoCamps } from '../support/recommending.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 120_000 });

const POLICY = `query ($version: Int) { policy(version: $version) {
  version diversity explorationShare strengths { signal strength } change { reason by at } } }`;
const UPDATE_POLICY = `mutation ($input: UpdatePolicyInput!, $expectedVersion: Int!, $reason: String!) {
  updatePolicy(input: $input, expectedVersion: $expectedVersion, reason: $reason) {
    policy { version diversity explorationShare strengths { signal strength } change { reason by } }
    userErrors { index code message path } } }`;
const UPDATE_WEIGHTS = `mutation ($input: SignalWeightsInput!, $expectedVersion: Int!, $reason: String!) {
  updateSignalWeights(input: $input, expectedVersion: $expectedVersion, reason: $reason) {
    signalWeights { version completed dismissed halfLifeDays } userErrors { code message path } } }`;

interface Strength {
  readonly signal: string;
  readonly strength: number;
}
interface Policy {
  readonly version: number;
  readonly diversity: number;
  readonly explorationShare: number;
  readonly strengths: readonly Strength[];
}

const strengthOf = (policy: Policy, signal: string) => policy.strengths.find((s) => s.signal === signal)?.strength;

describeOnBothDatabases('the policy', (kind) => {
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
  });
  afterAll(() => service.close());

  const policy = async (version?: number) =>
    (await service.ask<{ policy: Policy & { change: unknown } }>(POLICY, { version })).policy;
  const update = (input: unknown, expectedVersion: number, reason = 'A test', credential?: string) =>
    service.post(UPDATE_POLICY, { input, expectedVersion, reason }, credential);

  test('is version 0 until somebody changes it', async () => {
    const { strengths, ...rest } = await policy();
    expect(rest).toEqual({ version: 0, diversity: 0.3, explorationShare: 0.05, change: null });
    expect(strengths.map(({ strength }) => strength)).toEqual(strengths.map(() => 1));
    expect(strengths.map(({ signal }) => signal)).toContain('SKILL_GAP');
  });

  test('changes in what is named and keeps the rest, version by version', async () => {
    const editor = await service.token({ learnerId: 'ed', roles: ['LD_EDITOR'] });
    const input = { strengths: [{ signal: 'POPULARITY', strength: 0 }], diversity: 0.5 };
    const first = (await update(input, 0, 'Less of the same', editor)).data?.['updatePolicy'] as {
      policy: Policy;
    };
    expect(first).toMatchObject({
      policy: {
        version: 1,
        diversity: 0.5,
        explorationShare: 0.05,
        change: { reason: 'Less of the same', by: 'person ed' },
      },
      userErrors: [],
    });
    expect(strengthOf(first.policy, 'POPULARITY')).toBe(0);
    await update({ strengths: [{ signal: 'SEARCH', strength: 2 }] }, 1);
    const [now, before] = [await policy(), await policy(1)];
    expect([now.version, strengthOf(now, 'POPULARITY'), strengthOf(now, 'SEARCH'), now.diversity]).toEqual([
      2, 0, 2, 0.5,
    ]);
    expect([before.version, strengthOf(before, 'SEARCH')]).toEqual([1, 1]);
    expect((await policy(0)).version).toBe(0);
    const { policyVersions } = await service.ask<{ policyVersions: Policy[] }>('{ policyVersions { version } }');
    expect(policyVersions).toEqual([{ version: 2 }, { version: 1 }]);
    expect((await service.post(POLICY, { version: 99 })).errors[0]?.extensions.code).toBe('NOT_FOUND');
  });

  test('of two editors who saw the same version only one changes it; the other learns what has changed', async () => {
    const { version, strengths } = await policy();
    const answers = await Promise.all([
      update({ diversity: 0.9 }, version, 'One'),
      update({ explorationShare: 0.1 }, version, 'Other'),
    ]);
    const [won] = answers.filter(({ errors }) => errors.length === 0);
    const [lost] = answers.filter(({ errors }) => errors.length > 0);
    expect([won, lost].every((answer) => answer !== undefined)).toBe(true);
    const isOne = answers[0] === won;
    expect(lost?.errors[0]?.extensions).toMatchObject({
      code: 'CONFLICT',
      details: {
        expectedVersion: version,
        currentVersion: version + 1,
        current: isOne ? { diversity: 0.9 } : { explorationShare: 0.1 },
        reason: isOne ? 'One' : 'Other',
        changedAt: NOON.toISOString(),
        changes: [
          isOne
            ? { path: ['diversity'], before: 0.5, after: 0.9 }
            : { path: ['explorationShare'], before: 0.05, after: 0.1 },
        ],
      },
    });
    expect(await policy()).toMatchObject({ version: version + 1, strengths });
    expect(await service.sql(`SELECT count(*)::integer AS n FROM setting_version WHERE kind = 'policy'`)).toEqual([
      { n: version + 1 },
    ]);
  });

  test.each([
    [{ diversity: 1.5 }, 'INVALID_VALUE', ['diversity'], 'from 0 to 1'],
    [{ explorationShare: -0.1 }, 'INVALID_VALUE', ['explorationShare'], 'from 0 to 0.2'],
    [
      { strengths: [{ signal: 'ROLE', strength: 3.1 }] },
      'INVALID_VALUE',
      ['strengths', '0', 'strength'],
      'from 0 to 3',
    ],
    [
      { strengths: [1, 2].map((strength) => ({ signal: 'ROLE', strength })) },
      'DUPLICATE_IN_BATCH',
      ['strengths', '1'],
      'second time',
    ],
    [{}, 'INVALID_VALUE', [], 'at least one'],
  ])('refuses %j, naming the field and what is allowed', async (input, code, path, message) => {
    const { version } = await policy();
    const { data } = await update(input, version);
    expect(data?.['updatePolicy']).toEqual({
      policy: null,
      userErrors: [{ index: null, code, path, message: expect.stringContaining(message) }],
    });
    expect((await policy()).version).toBe(version);
  });

  test('needs a reason', async () => {
    const { version } = await policy();
    const { data } = await update({ diversity: 0.1 }, version, ' ');
    expect(data?.['updatePolicy']).toMatchObject({ policy: null, userErrors: [{ path: ['reason'] }] });
  });

  test('may be read by analysts and changed by editors alone', async () => {
    const analyst = await service.token({ learnerId: 'an', roles: ['LD_ANALYST'] });
    expect((await service.post(POLICY, {}, analyst)).errors).toEqual([]);
    expect((await update({ diversity: 0 }, 0, 'No', analyst)).status).toBe(403);
    expect((await service.post(POLICY, {}, await service.key('INGEST', 'RECOMMEND'))).status).toBe(403);
  });
});

describeOnBothDatabases('versioned settings', (kind) => {
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
  });
  afterAll(() => service.close());

  const contentSchema = z.object({ words: z.array(z.string()), limit: z.number().default(7) });
  type Content = z.infer<typeof contentSchema>;
  const initial: Content = { words: [], limit: 1 };

  /** Another process over the same database. */
  async function process(name: string): Promise<{ setting: Setting<Content>; revisions: Revisions }> {
    const logger = createLogger('silent');
    const { dataSource } = service.app.database;
    const revisions = new Revisions(dataSource, logger);
    const settings = new VersionedSettings(
      dataSource,
      revisions,
      () => NOON,
      logger,
      new AuditLog(dataSource, () => NOON),
    );
    const setting = settings.define<Content>({ kind: name, schema: contentSchema, initial });
    await revisions.refresh();
    return { setting, revisions };
  }
  const because = (expectedVersion: number) => ({ expectedVersion, reason: 'A test', by: 'key test' });

  test('changed in one process count in another that looks, and in one that starts later', async () => {
    const [one, other] = [await process('seen'), await process('seen')];
    await one.setting.update((content) => ({ ...content, words: ['a'] }), because(0));
    expect([one.setting.current.version, other.setting.current.version]).toEqual([1, 0]);
    other.revisions.start();
    while (other.setting.current.version === 0) await sleep(20);
    await other.revisions.stop();
    expect(other.setting.current).toEqual({
      version: 1,
      content: { words: ['a'], limit: 1 },
      change: { reason: 'A test', by: 'key test', at: NOON },
    });
    expect((await process('seen')).setting.current).toEqual(other.setting.current);
  });

  test('are changed on the basis of the database, not of what a process has not heard of yet', async () => {
    const [one, other] = [await process('basis'), await process('basis')];
    await one.setting.update((content) => ({ ...content, words: ['kept'] }), because(0));
    const made = await other.setting.update((content) => ({ ...content, limit: 2 }), because(1));
    expect(made.content).toEqual({ words: ['kept'], limit: 2 });
    await expect(one.setting.update((content) => content, because(1))).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { changes: [{ path: ['limit'], before: 1, after: 2 }] },
    });
  });

  test('that cannot be read leave the last good one serving, and are not overwritten unknowingly', async () => {
    const { setting } = await process('damaged');
    await setting.update((content) => ({ ...content, words: ['good'] }), because(0));
    await service.sql(
      `INSERT INTO setting_version (kind, version, content, reason, created_by, created_at)
       VALUES ('damaged', 2, '{"words": "none"}', 'Damage', 'nobody', now())`,
    );
    const later = await process('damaged');
    expect(later.setting.current).toMatchObject({ version: 1, content: { words: ['good'] } });
    expect(await later.setting.at(2)).toBeNull();
    expect((await later.setting.history(10)).map(({ version }) => version)).toEqual([1]);
    await expect(later.setting.update((content) => content, because(1))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('cannot read that version'),
    });
    const { manager } = service.app.database.dataSource;
    await expect(later.setting.requireReadableIn(manager)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('Version 2 of the damaged, by nobody'),
    });
    const mended = await later.setting.update((content) => ({ ...content, limit: 3 }), because(2));
    expect(mended).toMatchObject({ version: 3, content: { words: ['good'], limit: 3 } });
    expect(later.setting.current.version).toBe(3);
    await later.setting.requireReadableIn(manager);
  });

  test('stored before a field existed have its standard value', async () => {
    await service.sql(
      `INSERT INTO setting_version (kind, version, content, reason, created_by, created_at)
       VALUES ('old', 1, '{"words": ["x"]}', 'Before', 'nobody', now())`,
    );
    expect((await process('old')).setting.current.content).toEqual({ words: ['x'], limit: 7 });
  });
});

describeOnBothDatabases('signal weights', (kind) => {
  let service: TestApp;
  const organisation = twoCamps(new Date(NOON.getTime() - 86_400_000));
  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, organisation);
    service.app.work();
  });
  afterAll(() => service.close());

  const update = async (input: unknown, expectedVersion: number) =>
    await service.ask<{ updateSignalWeights: Record<string, unknown> }>(UPDATE_WEIGHTS, {
      ...{ input, expectedVersion, reason: 'A test' },
    });

  test.each([
    [{ abandoned: 0.1 }, 'abandoned', 'from -1 to 0'],
    [{ dismissed: 1 }, 'dismissed', 'from -1 to 0'],
    [{ halfLifeDays: 0 }, 'halfLifeDays', 'from 1 to 3650'],
    [{ completed: 0 }, 'completed', 'from 0.1 to 1'],
    [{ saved: 1.5 }, 'saved', 'from 0 to 1'],
  ])('refuse %j', async (input, field, message) => {
    expect((await update(input, 0)).updateSignalWeights).toEqual({
      signalWeights: null,
      userErrors: [{ code: 'INVALID_VALUE', path: [field], message: expect.stringContaining(message) }],
    });
  });

  test('make a training due as soon as they change, and once only', async () => {
    const { training } = service.app;
    await train(service);
    expect(await training.isDue(60)).toBe(false);
    const before = service.app.training.liveModel?.model.trained.confidenceWeights;
    expect(await update({ halfLifeDays: 30, dismissed: -0.5 }, 0)).toMatchObject({
      updateSignalWeights: { signalWeights: { version: 1, completed: 1, dismissed: -0.5, halfLifeDays: 30 } },
    });
    expect(service.app.learners.signalWeights).toMatchObject({
      version: 1,
      weights: { ...before, halfLifeDays: 30, dismissed: -0.5 },
    });
    expect(await training.isDue(60)).toBe(true);
    service.now = new Date(NOON.getTime() + 60_000);
    const version = await train(service);
    expect(await training.isDue(60)).toBe(false);
    const [latest] = await training.versions(1);
    expect(latest).toMatchObject({ id: version, metrics: { signalWeightsVersion: 1 } });
    if (latest?.status === 'LIVE') {
      expect(training.liveModel?.model.trained.confidenceWeights).toMatchObject({ halfLifeDays: 30, dismissed: -0.5 });
    }
  });

  describe('previewed', () => {
    const PREVIEW = `query ($input: SignalWeightsInput!, $learnerId: ID!) {
      previewSignalWeights(input: $input, learnerId: $learnerId) {
        courses { courseId now draft } userErrors { path } } }`;

    test('show what each course of a history tells now and would tell, and change nothing', async () => {
      const learner = aLearner();
      const [completed, dismissed] = [aCourse(), aCourse()];
      await store(service, {
        courses: [completed, dismissed],
        learners: [learner],
        interactions: [
          anInteraction({ learnerId: learner.id, courseId: completed.id }),
          anInteraction({ learnerId: learner.id, courseId: dismissed.id, verb: 'DISMISSED' }),
        ],
      });
      const { version } = service.app.learners.signalWeights;
      const variables = { input: { completed: 0.75 }, learnerId: learner.id };
      expect(await service.ask(PREVIEW, variables)).toEqual({
        previewSignalWeights: {
          courses: [
            { courseId: completed.id, now: 1, draft: 0.75 },
            { courseId: dismissed.id, now: -0.5, draft: -0.5 },
          ],
          userErrors: [],
        },
      });
      expect(service.app.learners.signalWeights.version).toBe(version);
    });

    test('are for one’s own history, unless an administrator asks', async () => {
      const editor = await service.token({ learnerId: 'ed', roles: ['LD_EDITOR'] });
      const variables = { input: { completed: 0.75 }, learnerId: organisation.learners[0]?.id };
      expect((await service.post(PREVIEW, variables, editor)).errors[0]?.extensions.code).toBe('FORBIDDEN');
      const own = await service.ask(PREVIEW, { ...variables, learnerId: 'ed' }, editor);
      expect(own).toEqual({ previewSignalWeights: { courses: [], userErrors: [] } });
    });

    test('say what is wrong with a draft', async () => {
      const variables = { input: { started: 2 }, learnerId: 'ed' };
      expect(await service.ask(PREVIEW, variables)).toEqual({
        previewSignalWeights: { courses: [], userErrors: [{ path: ['started'] }] },
      });
    });
  });
});
