import { afterAll, beforeAll, expect, test } from 'vitest';
import { aCourse, aLearner, aRole, aSkill } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { courseIdsOf, recommend } from '../support/recommending.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

const PREVIEW = `query ($learnerId: ID!, $policy: UpdatePolicyInput, $signalWeights: SignalWeightsInput, $first: Int) {
  previewList(learnerId: $learnerId, policy: $policy, signalWeights: $signalWeights, first: $first) {
    moves { courseId rankBefore rankAfter } userErrors { code path } } }`;

interface Preview {
  readonly moves: readonly { courseId: string; rankBefore: number | null; rankAfter: number | null }[];
  readonly userErrors: readonly unknown[];
}

describeOnBothDatabases('the preview of a list', (kind) => {
  let service: TestApp;
  const skill = aSkill();
  const role = aRole({ skills: [{ skillId: skill.id, targetLevel: 1 }] });
  const old = aCourse({ publishedAt: new Date('2020-01-01T00:00:00Z'), skills: [{ skillId: skill.id, levelTo: 1 }] });
  const fresh = aCourse({ publishedAt: NOON });
  const learner = aLearner({ id: 'ed', roleId: role.id });
  // Without chance: the two lists differ by the drafts alone.
  const still = { explorationShare: 0, diversity: 0 };
  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { skills: [skill], roles: [role], courses: [old, fresh], learners: [learner] });
  });
  afterAll(() => service.close());

  const preview = async (variables: Readonly<Record<string, unknown>>, credential?: string) =>
    (await service.ask<{ previewList: Preview }>(PREVIEW, { learnerId: learner.id, ...variables }, credential))
      .previewList;
  const lists = async () =>
    (await service.sql<{ n: number }>('SELECT count(*)::integer AS n FROM served_list'))[0]?.n ?? 0;

  test('tells what the change then does, and records nothing', async () => {
    const before = courseIdsOf(await recommend(service, learner.id));
    expect(before).toEqual([old.id, fresh.id]);
    const policy = { ...still, strengths: ['SKILL_GAP', 'ROLE'].map((signal) => ({ signal, strength: 0 })) };
    const listsBefore = await lists();
    expect(await preview({ policy })).toEqual({
      moves: [
        { courseId: fresh.id, rankBefore: 2, rankAfter: 1 },
        { courseId: old.id, rankBefore: 1, rankAfter: 2 },
      ],
      userErrors: [],
    });
    expect((await preview({ policy, first: 1 })).moves).toHaveLength(2);
    expect((await preview({})).moves.every(({ rankBefore, rankAfter }) => rankBefore === rankAfter)).toBe(true);
    expect(await lists()).toBe(listsBefore);
    expect(courseIdsOf(await recommend(service, learner.id))).toEqual(before);
    expect(service.app.policies.current.version).toBe(0);
    await service.ask(
      `mutation ($input: UpdatePolicyInput!) { updatePolicy(input: $input, expectedVersion: 0, reason: "A test") {
         policy { version } } }`,
      { input: policy },
    );
    expect(courseIdsOf(await recommend(service, learner.id))).toEqual([fresh.id, old.id]);
  });

  test('says which draft is wrong, and where', async () => {
    expect(await preview({ policy: { diversity: 2 }, signalWeights: { started: -1 } })).toEqual({
      moves: [],
      userErrors: [
        { code: 'INVALID_VALUE', path: ['policy', 'diversity'] },
        { code: 'INVALID_VALUE', path: ['signalWeights', 'started'] },
      ],
    });
  });

  test('is for one’s own list, unless an administrator asks', async () => {
    const token = await service.token({ learnerId: 'ed', roles: ['LD_EDITOR'] });
    expect((await preview({ policy: still }, token)).userErrors).toEqual([]);
    const other = await service.post(PREVIEW, { learnerId: 'somebody' }, token);
    expect(other.errors[0]?.extensions.code).toBe('FORBIDDEN');
  });
});
