import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createRandom, type Random } from '../../src/stats/random.js';
import { aCourse, aLearner, anInteraction } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const DRAFT_RULE = `mutation ($rule: RuleInput!) { draftRule(rule: $rule) { draft { id } userErrors { message } } }`;
const DRAFT_SETTING = `mutation ($setting: SettingChangeInput!) {
  draftSetting(setting: $setting) { draft { id } userErrors { message } } }`;
const PUBLISH = `mutation ($draftIds: [ID!]!, $expectedVersion: Int!) {
  publishRuleSet(draftIds: $draftIds, expectedVersion: $expectedVersion, reason: "A test") {
    ruleSet { version } userErrors { message } } }`;
const ROLL_BACK = `mutation ($toVersion: Int!, $expectedVersion: Int!) {
  rollbackRuleSet(toVersion: $toVersion, expectedVersion: $expectedVersion, reason: "A test") {
    ruleSet { version rollbackOf } userErrors { message } } }`;
const LISTS = `query ($id: ID!) {
  recommendations(learnerId: $id, first: 100) { strategy edges { node {
    course { id } rank score reasons { code text } appliedRules { action sentence effect } } } }
  requiredLearning(learnerId: $id) { course { id } obligation dueAt } }`;

interface Lists {
  readonly recommendations: {
    readonly edges: readonly {
      readonly node: {
        readonly course: { readonly id: string };
        readonly appliedRules: readonly { readonly action: string }[];
      };
    }[];
  };
  readonly requiredLearning: readonly { readonly course: { readonly id: string } }[];
}

/** One of each kind that has no other words. */
const SOME_ACTIONS = [
  { kind: 'BOOST', strength: 'STRONG' },
  { kind: 'BURY', strength: 'MODERATE' },
  { kind: 'PIN', place: 2 },
  { kind: 'QUOTA', percent: 40 },
  { kind: 'CAP', atMost: 2, per: 'PROVIDER' },
  { kind: 'EXCLUDE' },
  { kind: 'REQUIRE_ONLY' },
  { kind: 'MANDATE', dueOn: '2025-03-31' },
] as const;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

describeOnBothDatabases('lists under rules', (kind) => {
  let service: TestApp;
  const courses = Array.from({ length: 24 }, (_, i) =>
    aCourse({
      provider: ['Acme', 'Borg', 'Cara'][i % 3] as string,
      publishedAt: new Date(NOON.getTime() - (100 + i) * DAY_MS),
    }),
  );
  const idAt = (i: number) => courses[i]?.id ?? '';
  const learners = ['Engineering', 'Sales', 'Legal'].flatMap((department) =>
    Array.from({ length: 4 }, () => aLearner({ department })),
  );
  beforeAll(async () => {
    service = await openTestApp(kind);
    const interactions = learners.flatMap(({ id: learnerId }, i) =>
      Array.from({ length: i % 5 }, (_, round) =>
        anInteraction({
          learnerId,
          courseId: idAt((5 * i + 7 * round) % 19),
          at: new Date(NOON.getTime() - (i + round + 1) * DAY_MS),
        }),
      ),
    );
    await store(service, { courses, learners, interactions });
  });
  afterAll(() => service.close());

  async function change<Answer>(mutation: string, variables: Readonly<Record<string, unknown>>): Promise<Answer> {
    const [payload] = Object.values(
      await service.ask<Record<string, Answer & { userErrors: unknown[] }>>(mutation, variables),
    );
    expect(payload?.userErrors).toEqual([]);
    return payload as Answer;
  }
  const draft = async (rule: object) =>
    (await change<{ draft: { id: string } }>(DRAFT_RULE, { rule: { owner: 'L&D', target: {}, ...rule } })).draft.id;
  const version = async () =>
    (await service.ask<{ ruleSet: { version: number } }>('{ ruleSet { version } }')).ruleSet.version;
  /** The version before it. */
  async function publish(draftIds: readonly string[]): Promise<number> {
    const expectedVersion = await version();
    await change(PUBLISH, { draftIds, expectedVersion });
    return expectedVersion;
  }
  const rollBack = async (toVersion: number) =>
    await change(ROLL_BACK, { toVersion, expectedVersion: await version() });
  async function listsOfAll(): Promise<Lists[]> {
    const all: Lists[] = [];
    for (const { id } of learners) all.push(await service.ask<Lists>(LISTS, { id }));
    return all;
  }
  const actionsIn = (lists: Lists) =>
    lists.recommendations.edges.flatMap(({ node }) => node.appliedRules.map(({ action }) => action));
  const firstOf = (lists: Lists | undefined) => lists?.recommendations.edges[0]?.node.course.id;

  test('are for every learner what they were once what was published is rolled back, and again when that is', async () => {
    const before = await listsOfAll();
    const schedule = { until: '2025-11-30', zone: 'Europe/Berlin' };
    const ids = [
      await draft({
        audience: { departments: ['Engineering'] },
        target: { courseIds: [idAt(20)] },
        action: { kind: 'PIN', place: 1 },
        schedule,
      }),
      await draft({ target: { courseIds: [idAt(3)] }, action: { kind: 'EXCLUDE' } }),
      await draft({
        audience: { departments: ['Sales'] },
        target: { providers: ['Borg'] },
        action: { kind: 'BURY', strength: 'STRONG' },
      }),
      await draft({
        audience: { departments: ['Legal'] },
        target: { providers: ['Cara'] },
        action: { kind: 'QUOTA', percent: 90 },
      }),
      await draft({ target: { courseIds: [idAt(23)] }, action: { kind: 'MANDATE', dueOn: '2025-03-31' } }),
      (await change<{ draft: { id: string } }>(DRAFT_SETTING, { setting: { policy: { diversity: 0.9 } } })).draft.id,
    ];
    const base = await publish(ids);
    const during = await listsOfAll();
    for (const [i, lists] of during.entries()) {
      const ofDepartment = i < 4 ? 'PIN' : i < 8 ? 'BURY' : 'QUOTA';
      expect(actionsIn(lists)).toContain(ofDepartment);
      const listed = lists.recommendations.edges.map(({ node }) => node.course.id);
      expect(listed).not.toContain(idAt(3));
      expect(lists.requiredLearning.map(({ course }) => course.id)).toContain(idAt(23));
      expect(lists).not.toEqual(before[i]);
    }
    await rollBack(base);
    expect(await listsOfAll()).toEqual(before);
    await rollBack(base + 1);
    expect(await listsOfAll()).toEqual(during);
    await rollBack(base);
  });

  test.each([1, 2, 3])('are so under any rules, holdout and settings: %i', async (seed) => {
    const random = createRandom(seed);
    const before = await listsOfAll();
    const ids: string[] = [];
    for (const action of [...SOME_ACTIONS, ...SOME_ACTIONS]) ids.push(await draft(someRule(action, random)));
    for (const setting of [
      { policy: { diversity: random.below(11) / 10, explorationShare: random.below(3) / 10 } },
      { signalWeights: { saved: 0.1, completed: 0.9 - random.below(5) / 10 } },
      { holdoutPercent: 10 + random.below(30) },
    ]) {
      ids.push((await change<{ draft: { id: string } }>(DRAFT_SETTING, { setting })).draft.id);
    }
    const base = await publish(ids);
    const during = await listsOfAll();
    expect(during).not.toEqual(before);
    await rollBack(base);
    expect(await listsOfAll()).toEqual(before);
    await rollBack(base + 1);
    expect(await listsOfAll()).toEqual(during);
    await rollBack(base);
  });

  function someRule(action: object, random: Random): object {
    const oneOf = <Value>(values: readonly Value[]) => values[random.below(values.length)] as Value;
    const someCourses = () => [...new Set([idAt(random.below(24)), idAt(random.below(24))])];
    const isMandate = 'dueOn' in action;
    return {
      audience: oneOf([{}, { departments: [oneOf(['Engineering', 'Sales'])] }, { learnerIds: [oneOf(learners).id] }]),
      target: isMandate ? { courseIds: someCourses() } : oneOf([{ providers: ['Acme'] }, { courseIds: someCourses() }]),
      action,
      schedule: { until: '2025-11-30', zone: 'Europe/Berlin' },
      priority: random.below(101),
    };
  }

  const pinFirst = (i: number, more: object = {}) => ({
    ...{ target: { courseIds: [idAt(i)] }, action: { kind: 'PIN', place: 1 } },
    ...{ schedule: { until: '2025-11-30', zone: 'Europe/Berlin' }, ...more },
  });
  /** Everybody's lists under rules that were drafted one after the other; nothing is left of the rules then. */
  async function draftedInTurn(rules: readonly object[]): Promise<Lists[]> {
    const ids: string[] = [];
    for (const rule of rules) {
      ids.push(await draft(rule));
      service.now = new Date(service.now.getTime() + MINUTE_MS);
    }
    service.now = NOON;
    const base = await publish(ids);
    const lists = await listsOfAll();
    await rollBack(base);
    return lists;
  }

  test('do not depend on the order of drafting where rules differ', async () => {
    const rules = [
      pinFirst(20),
      pinFirst(21, { audience: { departments: ['Engineering'] } }),
      pinFirst(22, { audience: { departments: ['Sales'] }, priority: 70 }),
      { target: { providers: ['Acme'] }, action: { kind: 'QUOTA', percent: 50 }, priority: 40 },
      { target: { providers: ['Borg'] }, action: { kind: 'QUOTA', percent: 50 } },
    ];
    const lists = await draftedInTurn(rules);
    expect([0, 4, 8].map((i) => firstOf(lists[i]))).toEqual([idAt(21), idAt(22), idAt(20)]);
    expect(await draftedInTurn(rules.toReversed())).toEqual(lists);
  });

  test('have the older of two rules come first where these are otherwise equal', async () => {
    const rules = [pinFirst(20), pinFirst(21)];
    expect(firstOf((await draftedInTurn(rules))[0])).toBe(idAt(20));
    expect(firstOf((await draftedInTurn(rules.toReversed()))[0])).toBe(idAt(21));
  });
});
