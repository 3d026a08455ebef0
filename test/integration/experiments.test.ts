import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { openApp } from '../../src/app.js';
import { readConfig } from '../../src/platform/config.js';
import { createLogger } from '../../src/platform/logger.js';
import { isHeldOut } from '../../src/rules/applying/holdout.js';
import { aCourse, aLearner } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { courseIdsOf, recommend, train, twoCamps } from '../support/recommending.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

const RESULT = `{ experiment { id status version shippedVariantId layers } userErrors { code message path } }`;
const CREATE = `mutation ($id: ID!, $experiment: ExperimentInput!) {
  result: createExperiment(id: $id, experiment: $experiment, reason: "A test") ${RESULT} }`;
const UPDATE = `mutation ($id: ID!, $experiment: ExperimentInput!, $expectedVersion: Int!) {
  result: updateExperiment(id: $id, experiment: $experiment, expectedVersion: $expectedVersion, reason: "A test") ${RESULT} }`;
const change = (name: string) => `mutation ($id: ID!, $expectedVersion: Int!) {
  result: ${name}(id: $id, expectedVersion: $expectedVersion, reason: "A test") ${RESULT} }`;
const SHIP = `mutation ($id: ID!, $variantId: ID!, $expectedVersion: Int!) {
  result: shipVariant(id: $id, variantId: $variantId, expectedVersion: $expectedVersion, reason: "A test") ${RESULT} }`;
const EXPOSURES = `query ($id: ID!) { experiment(id: $id) { exposures {
  variants { variantId people units exposures plannedShare observedShare } crossedOver sampleRatioPValue isSampleRatioMismatch } } }`;
const SERVED = `query ($id: ID!) { servedList(id: $id) {
  variant modelVersion policyVersion ruleSetVersion places { courseId rank team } } }`;
const DRAFT_RULE = `mutation ($rule: RuleInput!) { draftRule(rule: $rule) { draft { id rule { id } } userErrors { message } } }`;
const DRAFT_REMOVAL = `mutation ($ruleId: ID!) { draftRuleRemoval(ruleId: $ruleId) { draft { id } } }`;
const PUBLISH = `mutation ($draftIds: [ID!]!, $expectedVersion: Int!, $holdoutPercent: Float) {
  publishRuleSet(draftIds: $draftIds, expectedVersion: $expectedVersion, reason: "A test", holdoutPercent: $holdoutPercent) {
    ruleSet { version } userErrors { message } } }`;
const SUGGEST = `query ($learnerId: ID!, $courseId: ID!) { deliverySuggestion(learnerId: $learnerId, courseId: $courseId) { id } }`;

interface Result {
  readonly experiment: {
    readonly id: string;
    readonly status: string;
    readonly version: number;
    readonly shippedVariantId: string | null;
    readonly layers: readonly string[];
  } | null;
  readonly userErrors: readonly { readonly code: string; readonly message: string; readonly path: readonly string[] }[];
}

interface Served {
  readonly variant: string | null;
  readonly modelVersion: string | null;
  readonly policyVersion: number;
  readonly ruleSetVersion: number | null;
  readonly places: readonly { readonly courseId: string; readonly rank: number; readonly team: string | null }[];
}

interface ExposureRow {
  readonly learner_id: string;
  readonly variant_id: string;
  readonly unit_id: string;
  readonly exposure_count: number;
}

const control = { id: 'control', name: 'As it is', isControl: true };
/** Tastes do not count: what everybody takes comes first. */
const tasteless = {
  id: 'tasteless',
  name: 'No tastes',
  policy: { strengths: [{ signal: 'COLLABORATIVE', strength: 0 }] },
};
const anExperiment = (stated: Readonly<Record<string, unknown>> = {}) => ({
  ...{ name: 'Tastes', hypothesis: 'Tastes help', owner: 'L&D', variants: [control, tasteless] },
  ...{ primaryMetric: 'CLICK_RATE', minimumPeoplePerVariant: 20, minimumDays: 7 },
  ...stated,
});

describeOnBothDatabases('experiments', (kind) => {
  let service: TestApp;
  let models: readonly string[];
  let pinnedRuleSet: number;
  const { courses, learners, interactions } = twoCamps(NOON);
  const extra = aCourse({ publishedAt: new Date('2024-01-01T00:00:00Z') });
  const optedOut = aLearner({ personalisationOptOut: true });
  const ids = learners.slice(0, 24).map(({ id }) => id);
  const running = new Set<string>();

  const ask = async (query: string, variables: Readonly<Record<string, unknown>>) =>
    (await service.ask<{ result: Result }>(query, variables)).result;
  const create = async (id: string, experiment = anExperiment()) => await ask(CREATE, { id, experiment });
  const start = async (id: string, experiment = anExperiment()): Promise<Result> => {
    const drafted = await create(id, experiment);
    expect(drafted.userErrors).toEqual([]);
    const started = await ask(change('startExperiment'), { id, expectedVersion: 1 });
    if (started.experiment !== null) running.add(id);
    return started;
  };
  const variantOf = async (learnerId: string, experimentId: string, credential?: string) =>
    (
      await service.ask<{ assignment: { variantId: string | null } }>(
        'query ($e: ID!, $l: ID!) { assignment(experimentId: $e, learnerId: $l) { variantId } }',
        { e: experimentId, l: learnerId },
        credential,
      )
    ).assignment.variantId;
  const served = async (learnerId: string) => {
    const page = await recommend(service, learnerId, { first: 10 });
    const { servedList } = await service.ask<{ servedList: Served }>(SERVED, { id: page.servedListId });
    return { ids: courseIdsOf(page), list: servedList, page };
  };
  const exposed = async (experimentId: string) =>
    await service.sql<ExposureRow>(
      'SELECT * FROM experiment_exposure x WHERE x.experiment_id = $1 ORDER BY x.learner_id, x.variant_id',
      [experimentId],
    );
  const peopleOf = async (experimentId: string, variantId: string) => {
    const variants = await Promise.all(ids.map((id) => variantOf(id, experimentId)));
    return ids.filter((_, i) => variants[i] === variantId);
  };
  const publish = async (draftIds: readonly string[], expectedVersion: number, holdoutPercent = 0) =>
    (
      await service.ask<{ publishRuleSet: { ruleSet: { version: number } } }>(PUBLISH, {
        ...{ draftIds, expectedVersion, holdoutPercent },
      })
    ).publishRuleSet.ruleSet.version;

  beforeAll(async () => {
    service = await openTestApp(kind);
    service.app.work();
    await store(service, { courses: [...courses, extra], learners: [...learners, optedOut], interactions });
    const live = await train(service);
    // A version of before, kept like any other.
    await service.sql(
      `INSERT INTO model_version (id, status, trained_at, watermark, verdict, metrics, artifact, ranking, timing)
       SELECT 'm-before', 'RETIRED', v.trained_at - interval '1 day', v.watermark, v.verdict, v.metrics, v.artifact, v.ranking,
         v.timing FROM model_version v`,
    );
    models = ['m-before', live];
    const { draftRule } = await service.ask<{ draftRule: { draft: { id: string; rule: { id: string } } } }>(
      DRAFT_RULE,
      {
        rule: {
          target: { courseIds: [courses[23]?.id, courses[22]?.id, courses[21]?.id] },
          action: { kind: 'PIN', place: 1 },
          schedule: { until: '2025-11-30' },
          owner: 'L&D',
        },
      },
    );
    pinnedRuleSet = await publish([draftRule.draft.id], 0);
    const removal = await service.ask<{ draftRuleRemoval: { draft: { id: string } } }>(DRAFT_REMOVAL, {
      ruleId: draftRule.draft.rule.id,
    });
    await publish([removal.draftRuleRemoval.draft.id], pinnedRuleSet);
  });
  afterEach(async () => {
    for (const id of running) {
      const { experiment } = await service.ask<{ experiment: { status: string; version: number } }>(
        'query ($id: ID!) { experiment(id: $id) { status version } }',
        { id },
      );
      if (experiment.status === 'RUNNING')
        await ask(change('stopExperiment'), { id, expectedVersion: experiment.version });
    }
    running.clear();
  });
  afterAll(() => service.close());

  describe('from draft to decision', () => {
    test('are the same when sent twice, and refused when they say something else under a known id', async () => {
      const made = await create('twice');
      expect(made.experiment).toMatchObject({ id: 'twice', status: 'DRAFT', version: 1, layers: ['LISTS'] });
      expect(await create('twice')).toEqual(made);
      const other = await create('twice', anExperiment({ name: 'Another' }));
      expect(other).toMatchObject({ experiment: null, userErrors: [{ code: 'CONFLICT', path: ['id'] }] });
    });

    test('can be changed until they start, by whoever has seen the latest version', async () => {
      await create('changed');
      const variables = { id: 'changed', experiment: anExperiment({ name: 'Changed' }) };
      expect((await ask(UPDATE, { ...variables, expectedVersion: 1 })).experiment?.version).toBe(2);
      const stale = await service.post(UPDATE, { ...variables, expectedVersion: 1 });
      expect(stale.errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', details: { currentVersion: 2 } });
      await ask(change('startExperiment'), { id: 'changed', expectedVersion: 2 });
      running.add('changed');
      const late = await ask(UPDATE, { ...variables, expectedVersion: 3 });
      expect(late.userErrors[0]?.message).toMatch('is RUNNING; only one that is DRAFT can be changed');
    });

    test('do not start beside others that change lists of the same people', async () => {
      await start('one');
      const second = await start('second');
      expect(second.userErrors).toMatchObject([{ code: 'CONFLICT', path: ['audience'] }]);
      expect(
        (await start('elsewhere', anExperiment({ audience: { departments: ['Nowhere'] } }))).userErrors,
      ).toMatchObject([{ code: 'CONFLICT' }]);
      const times = [control, { id: 'more', name: 'More', deliveryPolicy: { weeklyBudget: 5 } }];
      expect((await start('times', anExperiment({ variants: times, primaryMetric: 'OPEN_RATE' }))).userErrors).toEqual(
        [],
      );
    });

    test('name parts that are there', async () => {
      const variants = [control, { id: 'odd', name: 'Odd', ruleSetVersion: 99, modelVersion: 'm-none' }];
      const { userErrors } = await start('parts', anExperiment({ variants }));
      expect(userErrors.map(({ code, path }) => [code, path.join('.')])).toEqual([
        ['NOT_FOUND', 'variants.1.ruleSetVersion'],
        ['NOT_FOUND', 'variants.1.modelVersion'],
      ]);
    });

    test('ship a variant for everybody, and take it back, each with its reason in the audit log', async () => {
      const [someone = ''] = ids;
      const before = (await served(someone)).ids;
      await start('shipped');
      const shipped = await ask(SHIP, { id: 'shipped', variantId: 'tasteless', expectedVersion: 2 });
      expect(shipped.experiment).toMatchObject({ status: 'SHIPPED', shippedVariantId: 'tasteless' });
      const { policy } = await service.ask<{
        policy: { version: number; strengths: { signal: string; strength: number }[] };
      }>('{ policy { version strengths { signal strength } } }');
      expect(policy.version).toBe(1);
      expect(policy.strengths).toContainEqual({ signal: 'COLLABORATIVE', strength: 0 });
      const meanwhile = await served(someone);
      expect([meanwhile.list.variant, meanwhile.list.policyVersion]).toEqual([null, 1]);
      expect(meanwhile.ids).not.toEqual(before);
      const back = await ask(change('rollBackExperiment'), { id: 'shipped', expectedVersion: 3 });
      expect(back.experiment?.status).toBe('ROLLED_BACK');
      const after = await served(someone);
      expect([after.ids, after.list.policyVersion]).toEqual([before, 2]);
      const { auditLog } = await service.ask<{ auditLog: { edges: { node: { action: string; text: string } }[] } }>(
        '{ auditLog(first: 10, subject: "experiment shipped") { edges { node { action text reason } } } }',
      );
      expect(auditLog.edges.map(({ node }) => node.action)).toEqual(['ROLLED_BACK', 'SHIPPED', 'STARTED', 'DRAFTED']);
      expect(auditLog.edges[1]?.node.text).toBe(
        'Experiment "Tastes" ships variant "tasteless": it counts for everybody.',
      );
    });

    test('neither ship nor take back over a setting that a later release has made', async () => {
      const overLater = async (attempt: () => ReturnType<TestApp['post']>) => {
        const { version } = (await service.ask<{ policy: { version: number } }>('{ policy { version } }')).policy;
        await service.sql(
          `INSERT INTO setting_version (kind, version, content, reason, created_by, created_at)
           VALUES ('policy', $1, '{"strengths": "of another kind"}', 'Later', 'nobody', now())`,
          [version + 1],
        );
        const { errors } = await attempt();
        await service.sql(`DELETE FROM setting_version v WHERE v.kind = 'policy' AND v.version = $1`, [version + 1]);
        return errors.map(({ extensions }) => extensions.code);
      };
      await start('later');
      const variables = { id: 'later', variantId: 'tasteless' };
      const shipping = () => service.post(SHIP, { ...variables, expectedVersion: 2 });
      expect(await overLater(shipping)).toEqual(['UNAVAILABLE']);
      expect((await shipping()).errors).toEqual([]);
      const back = () => service.post(change('rollBackExperiment'), { id: 'later', expectedVersion: 3 });
      expect(await overLater(back)).toEqual(['UNAVAILABLE']);
      expect((await back()).errors).toEqual([]);
    });

    test('do not take back what somebody has changed since', async () => {
      await start('overtaken');
      await ask(SHIP, { id: 'overtaken', variantId: 'tasteless', expectedVersion: 2 });
      const { policy } = await service.ask<{ policy: { version: number } }>('{ policy { version } }');
      await service.ask(
        `mutation ($v: Int!) { updatePolicy(input: { strengths: [{ signal: COLLABORATIVE, strength: 1 }] }, expectedVersion: $v,
           reason: "By hand") { userErrors { message } } }`,
        { v: policy.version },
      );
      const back = await service.post(change('rollBackExperiment'), { id: 'overtaken', expectedVersion: 3 });
      expect(back.errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', details: { setting: 'policy' } });
    });
  });

  describe('while lists are served', () => {
    test('give each person their variant, and tell it with the list that it made', async () => {
      const before = new Map<string, readonly string[]>();
      for (const id of ids) before.set(id, (await served(id)).ids);
      await start('tastes');
      const [plain, changed] = [await peopleOf('tastes', 'control'), await peopleOf('tastes', 'tasteless')];
      expect(plain.length + changed.length).toBe(ids.length);
      expect(Math.min(plain.length, changed.length)).toBeGreaterThan(2);
      for (const id of plain) {
        const { ids: now, list } = await served(id);
        expect([list.variant, now]).toEqual(['tastes/control', before.get(id)]);
      }
      let moved = 0;
      for (const id of changed) {
        const { ids: now, list } = await served(id);
        expect(list.variant).toBe('tastes/tasteless');
        expect(list.places.map(({ courseId }) => courseId).slice(0, 10)).toEqual(now);
        moved += now.join() === before.get(id)?.join() ? 0 : 1;
      }
      // What everybody takes may by chance be what somebody likes.
      expect(moved).toBeGreaterThan(changed.length / 2);
      await recommend(service, optedOut.id, { first: 3 });
      const rows = await exposed('tastes');
      expect(
        rows.map(({ learner_id, variant_id, unit_id, exposure_count }) => [
          learner_id,
          variant_id,
          unit_id,
          exposure_count,
        ]),
      ).toEqual(ids.map((id) => [id, plain.includes(id) ? 'control' : 'tasteless', id, 1]).sort());
      await ask(change('stopExperiment'), { id: 'tastes', expectedVersion: 2 });
      for (const id of ids.slice(0, 4)) {
        const { ids: now, list } = await served(id);
        expect([list.variant, now]).toEqual([null, before.get(id)]);
      }
      expect(await exposed('tastes')).toEqual(rows);
    });

    test('count each list, feed and batch once', async () => {
      await start('counted');
      const [one = '', two = ''] = ids;
      await recommend(service, one, { first: 3 });
      await service.ask('query ($id: ID!) { feed(learnerId: $id) { servedListId } }', { id: one });
      await service.app.recommendations.recommend([one, two, one], 3, 'HOME');
      const counts = (await exposed('counted')).map(({ learner_id, exposure_count }) => [learner_id, exposure_count]);
      expect(counts).toEqual([
        [one, 4],
        [two, 1],
      ]);
    });

    test('report people in fives beside the plan', async () => {
      await start('reported');
      for (const id of ids) await recommend(service, id, { first: 3 });
      const sizes = [(await peopleOf('reported', 'control')).length, (await peopleOf('reported', 'tasteless')).length];
      const { experiment } = await service.ask<{
        experiment: {
          exposures: { variants: { people: number | null; plannedShare: number }[]; isSampleRatioMismatch: boolean };
        };
      }>(EXPOSURES, { id: 'reported' });
      const inFives = (count: number) => (count < 5 ? null : Math.round(count / 5) * 5);
      expect(experiment.exposures.variants.map(({ people }) => people)).toEqual(sizes.map(inFives));
      expect(experiment.exposures.variants.map(({ plannedShare }) => plannedShare)).toEqual([0.5, 0.5]);
      const [first = 0, second = 0] = sizes;
      const chiSquare = (first - second) ** 2 / (first + second);
      // The 99.9 % point of one degree of freedom.
      expect(experiment.exposures.isSampleRatioMismatch).toBe(chiSquare > 10.828);
    });

    test('leave the holdout of rules alone, and tell nobody about drafts', async () => {
      const current = (await service.app.ruleSets.latest()).version;
      await publish([], current, 40);
      await create('held');
      const drafted = await service.post('{ assignment(experimentId: "held", learnerId: "e") { variantId } }');
      expect(drafted.errors[0]?.extensions.code).toBe('NOT_FOUND');
      await ask(change('startExperiment'), { id: 'held', expectedVersion: 1 });
      running.add('held');
      const variants = await Promise.all(ids.map((id) => variantOf(id, 'held')));
      expect(ids.filter((_, i) => variants[i] === null)).toEqual(ids.filter((id) => isHeldOut(id, 40)));
      expect(await variantOf(optedOut.id, 'held')).toBeNull();
      const [free = ''] = ids.filter((id) => !isHeldOut(id, 40));
      expect(await variantOf(free, 'held', await service.token({ learnerId: free }))).not.toBeNull();
      await publish([], current + 1, 0);
    });

    test('serve another model and another rule set', async () => {
      const variants = [
        control,
        { id: 'older', name: 'Older model', modelVersion: models[0] },
        { id: 'pinned', name: 'With the pin', ruleSetVersion: pinnedRuleSet },
      ];
      expect((await start('parts-served', anExperiment({ variants }))).userErrors).toEqual([]);
      const live = (await service.app.ruleSets.latest()).version;
      const seen: Record<string, Served> = {};
      for (const { id } of learners.slice(0, 60)) {
        const { list } = await served(id);
        seen[list.variant ?? ''] = list;
        if (Object.keys(seen).length === variants.length) break;
      }
      const ofVersions = (variant: string) => {
        const list = seen[`parts-served/${variant}`];
        return [list?.modelVersion, list?.ruleSetVersion];
      };
      expect(ofVersions('control')).toEqual([models[1], live]);
      expect(ofVersions('older')).toEqual([models[0], live]);
      expect(ofVersions('pinned')).toEqual([models[1], pinnedRuleSet]);
      const pinnable = [21, 22, 23].map((i) => courses[i]?.id);
      expect(pinnable).toContain(seen['parts-served/pinned']?.places[0]?.courseId);
      const shipped = await ask(SHIP, { id: 'parts-served', variantId: 'older', expectedVersion: 2 });
      expect(shipped.userErrors).toEqual([]);
      expect(service.app.training.liveModel?.version).toBe(models[0]);
      await ask(change('rollBackExperiment'), { id: 'parts-served', expectedVersion: 3 });
      expect(service.app.training.liveModel?.version).toBe(models[1]);
    });

    test('draw interleaved lists from both, and credit each place', async () => {
      await start('drawn', anExperiment({ mode: 'INTERLEAVED' }));
      for (const id of ids.slice(0, 6)) {
        const { list, page } = await served(id);
        expect(list.variant).toBe('drawn/interleaved');
        const teams = list.places.slice(0, 10).map(({ team }) => team);
        expect(Math.abs(teams.filter((team) => team === 'CONTROL').length - 5)).toBeLessThanOrEqual(1);
        expect(new Set(list.places.map(({ courseId }) => courseId)).size).toBe(list.places.length);
        expect(page.edges.every(({ node }) => node.reasons.length > 0)).toBe(true);
      }
      const [first = ''] = ids;
      const { feed } = await service.ask<{ feed: { servedListId: string } }>(
        'query ($id: ID!) { feed(learnerId: $id) { servedListId } }',
        { id: first },
      );
      const { servedList } = await service.ask<{ servedList: Served }>(SERVED, { id: feed.servedListId });
      expect([servedList.variant, servedList.places[0]?.team]).toEqual([null, null]);
      const rows = await exposed('drawn');
      expect(rows.map(({ variant_id, exposure_count }) => [variant_id, exposure_count])).toEqual(
        Array.from({ length: 6 }, () => ['interleaved', 1]),
      );
    });
  });

  test('while deliveries are suggested reach people by the policy of their variant', async () => {
    const variants = [control, { id: 'never', name: 'No messages', deliveryPolicy: { weeklyBudget: 0 } }];
    await start('reached', anExperiment({ variants, primaryMetric: 'OPEN_RATE' }));
    const never = await peopleOf('reached', 'never');
    const told: [string, unknown][] = [];
    for (const learnerId of ids.slice(0, 8)) {
      const { deliverySuggestion } = await service.ask<{ deliverySuggestion: { id: string } }>(SUGGEST, {
        ...{ learnerId, courseId: extra.id },
      });
      const [row] = await service.sql<{ suggestion: { variant: string; outcome: string } }>(
        'SELECT s.suggestion FROM delivery_suggestion s WHERE s.id = $1',
        [deliverySuggestion.id],
      );
      told.push([row?.suggestion.variant ?? '', row?.suggestion.outcome]);
    }
    expect(told).toEqual(
      ids
        .slice(0, 8)
        .map((id) => (never.includes(id) ? ['reached/never', 'NO_WINDOW'] : ['reached/control', 'SUGGESTED'])),
    );
    expect(await exposed('reached')).toHaveLength(8);
    const { list } = await served(ids[0] ?? '');
    expect(list.variant).toBeNull();
  });

  test.runIf(kind === 'postgres')('are the same in every process, within two seconds of start and stop', async () => {
    const { dataSource } = service.app.database;
    const another = await openApp({
      config: readConfig({
        DATABASE_URL: String((dataSource.options as { url?: string }).url),
        DATABASE_POOL_SIZE: '2',
      }),
      logger: createLogger('silent'),
      clock: () => service.now,
    });
    try {
      const theirs = async () => (await another.experiments.assignment('shared', ids[0] ?? '')).variantId;
      await create('shared');
      const startedMs = performance.now();
      await ask(change('startExperiment'), { id: 'shared', expectedVersion: 1 });
      running.add('shared');
      await vi.waitFor(async () => expect(await theirs()).not.toBeNull(), { timeout: 10_000, interval: 50 });
      const startMs = performance.now() - startedMs;
      const mine = await Promise.all(ids.map((id) => variantOf(id, 'shared')));
      expect(
        await Promise.all(ids.map(async (id) => (await another.experiments.assignment('shared', id)).variantId)),
      ).toEqual(mine);
      const stoppedMs = performance.now();
      await ask(change('stopExperiment'), { id: 'shared', expectedVersion: 2 });
      await vi.waitFor(async () => expect(await theirs()).toBeNull(), { timeout: 10_000, interval: 50 });
      const stopMs = performance.now() - stoppedMs;
      if (process.env['TEST_TIMINGS'] !== undefined) process.stdout.write(`seen after ${startMs} and ${stopMs} ms\n`);
    } finally {
      await another.close();
    }
  });

  test('need a second person where settings do', async () => {
    const strict = await openTestApp(kind, { env: { RULE_APPROVAL: 'required' } });
    try {
      const [ada, bob] = [
        await strict.token({ learnerId: 'ada', roles: ['LD_EDITOR'] }),
        await strict.token({ learnerId: 'bob', roles: ['LD_EDITOR'] }),
      ];
      const by = async (who: string, query: string, variables: Readonly<Record<string, unknown>>) =>
        (await strict.ask<{ result: Result }>(query, { id: 'two', ...variables }, who)).result;
      await by(ada, CREATE, { experiment: anExperiment() });
      const own = await by(ada, change('startExperiment'), { expectedVersion: 1 });
      expect(own.userErrors.map(({ code }) => code)).toEqual(['NOT_APPROVED']);
      expect((await by(bob, change('startExperiment'), { expectedVersion: 1 })).userErrors).toEqual([]);
      const shipped = await by(ada, SHIP, { variantId: 'tasteless', expectedVersion: 2 });
      expect(shipped.userErrors.map(({ code }) => code)).toEqual(['NOT_APPROVED']);
      expect((await by(bob, SHIP, { variantId: 'tasteless', expectedVersion: 2 })).experiment?.status).toBe('SHIPPED');
    } finally {
      await strict.close();
    }
  });
});
