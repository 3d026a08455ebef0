import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { aCourse, aLearner } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 120_000 });

const DRAFT_SETTING = `mutation ($setting: SettingChangeInput!) { draftSetting(setting: $setting) { draft { id } } }`;
const DRAFT_RULE = `mutation ($rule: RuleInput!) { draftRule(rule: $rule) { draft { id } userErrors { message } } }`;
const PREVIEW = `query ($draftIds: [ID!]!, $courseId: ID!, $sampleSize: Int) {
  previewDeliveryPolicy(draftIds: $draftIds, courseId: $courseId, sampleSize: $sampleSize) {
    people suggestedBefore suggestedAfter lost gained otherWindow otherDay noWindow { code before after } } }`;

interface Impact {
  readonly people: number;
  readonly otherWindow: number;
}

describeOnBothDatabases('the preview of the delivery policy', (kind) => {
  let service: TestApp;
  let ed: string;
  const course = aCourse();
  const team = Array.from({ length: 10 }, () => aLearner({ timezone: 'UTC', department: 'Sales' }));
  const others = Array.from({ length: 17 }, () => aLearner({ timezone: 'UTC' }));

  beforeAll(async () => {
    service = await openTestApp(kind);
    ed = await service.token({ learnerId: 'ed', roles: ['LD_EDITOR'] });
    await store(service, { courses: [course], learners: [...team, ...others] });
    await service.ask(
      `mutation { updateDeliveryPolicy(input: { explorationShare: 0 }, expectedVersion: 0, reason: "tests") { userErrors { code } } }`,
    );
  });
  afterAll(() => service.close());

  const draft = async (deliveryPolicy: object): Promise<string> => {
    type Drafted = { draftSetting: { draft: { id: string } } };
    return (await service.ask<Drafted>(DRAFT_SETTING, { setting: { deliveryPolicy } })).draftSetting.draft.id;
  };
  const previewed = (draftIds: readonly string[], sampleSize: number, credential?: string) =>
    service.post(PREVIEW, { draftIds, courseId: course.id, sampleSize }, credential);
  const preview = async (draftIds: readonly string[], sampleSize: number, credential?: string): Promise<Impact> => {
    const { data, errors } = await previewed(draftIds, sampleSize, credential);
    expect(errors).toEqual([]);
    return data?.['previewDeliveryPolicy'] as Impact;
  };
  const codeOf = async (draftIds: readonly string[], sampleSize = 25) =>
    (await previewed(draftIds, sampleSize, ed)).errors.map(({ extensions }) => extensions.code);

  test('plans everybody’s windows as the policy is and as it would be, and keeps nothing', async () => {
    const draftId = await draft({ weeklyBudget: 0 });
    expect(await preview([draftId], 1_000)).toEqual({
      ...{ people: 27, suggestedBefore: 27, suggestedAfter: 0, lost: 27, gained: 0, otherWindow: 0, otherDay: 0 },
      noWindow: [{ code: 'WEEKLY_BUDGET', before: 0, after: 27 }],
    });
    expect(await service.sql('SELECT id FROM delivery_suggestion')).toEqual([]);
    expect(await service.ask('{ deliveryPolicy { version weeklyBudget } }')).toEqual({
      deliveryPolicy: { version: 1, weeklyBudget: 3 },
    });
  });

  test('spreads a team as the policy would have it', async () => {
    // A fifth of ten shares an hour: two have the best one, and all would.
    expect(await preview([await draft({ teamShare: 1 })], 1_000)).toMatchObject({
      people: 27,
      otherWindow: 8,
      lost: 0,
    });
  });

  test('tells L&D staff multiples of five of samples that differ by no single person', async () => {
    const draftId = await draft({ weeklyBudget: 0 });
    expect(await preview([draftId], 25, ed)).toMatchObject({
      people: 25,
      suggestedBefore: 25,
      suggestedAfter: 0,
      lost: 25,
    });
    const spread = await draft({ teamShare: 1 });
    const [exact, told] = [await preview([spread], 25), await preview([spread], 25, ed)];
    expect(exact.otherWindow).toBeGreaterThan(5);
    // Which of the two is drawn by the secret of the service; of six it may be none.
    expect([0, 5, 10]).toContain(told.otherWindow);
    expect(Math.abs(told.otherWindow - exact.otherWindow)).toBeLessThanOrEqual(exact.otherWindow === 6 ? 6 : 4);
    expect(await codeOf([draftId], 26)).toEqual(['BAD_USER_INPUT']);
    expect(await codeOf([draftId], 1_025)).toEqual(['BAD_USER_INPUT']);
  });

  test('is of drafts of the delivery policy only', async () => {
    type Drafted = { draftRule: { draft: { id: string } } };
    const rule = { action: { kind: 'BURY', strength: 'SLIGHT' }, target: { courseIds: [course.id] }, owner: 'L&D' };
    const { draftRule } = await service.ask<Drafted>(DRAFT_RULE, { rule });
    expect(await codeOf([draftRule.draft.id])).toEqual(['NOT_FOUND']);
    expect(await codeOf(['nothing'])).toEqual(['NOT_FOUND']);
    const both = [draftRule.draft.id, await draft({ weeklyBudget: 0 })];
    expect(await preview(both, 1_000)).toMatchObject({ people: 27, lost: 27 });
  });
});
