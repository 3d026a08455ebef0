import { afterAll, beforeAll, expect, test } from 'vitest';
import { aCourse, aLearner, anAssignment, anInteraction, aRole, aSkill } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

const daysAgo = (days: number) => new Date(NOON.getTime() - days * 86_400_000);

const LIST = `query ($learnerId: ID!) { recommendations(learnerId: $learnerId) { edges { node {
  course { id } rank counterfactual { text changed rankBefore rankAfter } } } } }`;
const WHY_NOT = `query ($learnerId: ID!, $courseId: ID!) { whyNot(learnerId: $learnerId, courseId: $courseId) {
  isShown rank stopper { stage code text } wayOut wouldAppear { text rank } reasons score
  stages { stage outcome rank text } obstacles { code wayOut } contributions { signal contribution }
  behind { signal contribution otherContribution } course { id } } }`;

interface WhyNot {
  readonly isShown: boolean;
  readonly rank: number | null;
  readonly stopper: { readonly stage: string; readonly code: string; readonly text: string } | null;
  readonly wayOut: string | null;
  readonly reasons: readonly string[];
  readonly stages: readonly { readonly stage: string; readonly outcome: string }[];
}

describeOnBothDatabases('explanations', (kind) => {
  let service: TestApp;
  const skill = aSkill();
  const role = aRole({ skills: [{ skillId: skill.id, targetLevel: 0.8 }] });
  const plain = Array.from({ length: 12 }, () => aCourse({ publishedAt: daysAgo(1_000) }));
  const closing = aCourse({ publishedAt: daysAgo(1_000), skills: [{ skillId: skill.id, levelTo: 0.8 }] });
  const retired = aCourse({ retiredAt: daysAgo(3) });
  const first = plain[0]?.id as string;
  const locked = aCourse({ prerequisiteIds: [first] });
  const assigned = aCourse();
  const dismissed = aCourse();
  const manager = aLearner();
  const learner = aLearner({ roleId: role.id, managerId: manager.id });
  const whyNot = async (courseId: string, credential?: string) =>
    (await service.ask<{ whyNot: WhyNot }>(WHY_NOT, { learnerId: learner.id, courseId }, credential)).whyNot;

  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { skills: [skill], roles: [role] });
    await store(service, { courses: [...plain, closing, retired, assigned, dismissed] });
    await store(service, {
      courses: [locked],
      learners: [manager, learner],
      assignments: [anAssignment({ learnerId: learner.id, courseId: assigned.id })],
      interactions: [anInteraction({ learnerId: learner.id, courseId: dismissed.id, verb: 'DISMISSED' })],
    });
  });
  afterAll(() => service.close());

  test('say what a place hangs on, when they are asked to', async () => {
    const { recommendations } = await service.ask<{
      recommendations: { edges: { node: { course: { id: string }; counterfactual: unknown } }[] };
    }>(LIST, { learnerId: learner.id });
    const node = recommendations.edges.map((edge) => edge.node).find(({ course }) => course.id === closing.id);
    expect(node?.counterfactual).toMatchObject({ rankBefore: 1, rankAfter: expect.any(Number) });
  });

  test('name what stops a course, with the way out', async () => {
    const { stopper, wayOut } = await whyNot(locked.id);
    expect(stopper).toMatchObject({ stage: 'ELIGIBILITY', code: 'PREREQUISITE_MISSING' });
    expect(wayOut).toBe(`Take “${plain[0]?.title}” first`);
    expect((await whyNot(retired.id)).stopper?.code).toBe('RETIRED');
    expect((await whyNot(assigned.id)).stopper?.code).toBe('ASSIGNED');
    expect(await whyNot(dismissed.id)).toMatchObject({
      stopper: { code: 'DISMISSED' },
      wayOut: 'Save it to bring it back',
    });
  });

  test('say where a course stands that is shown, and why', async () => {
    const shown = await whyNot(closing.id);
    expect(shown).toMatchObject({ isShown: true, rank: 1, stopper: null });
    expect(shown.reasons[0]).toContain('Closes your gap');
    expect(shown.stages.every(({ outcome }) => outcome === 'PASSED')).toBe(true);
    const last = plain.at(-1)?.id as string;
    expect(await whyNot(last)).toMatchObject({ isShown: false, stopper: { stage: 'SCORE', code: 'OUTSCORED' } });
  });

  test('know no course that is not there', async () => {
    const { errors } = await service.post(WHY_NOT, { learnerId: learner.id, courseId: 'nothing' });
    expect(errors[0]?.extensions.code).toBe('NOT_FOUND');
  });

  test('are for the learner and their manager, and for nobody else among people', async () => {
    const ask = async (credential: string, learnerId = learner.id) =>
      (await service.post(WHY_NOT, { learnerId, courseId: closing.id }, credential)).errors[0]?.extensions.code;
    const as = (learnerId: string, ...roles: ('LEARNER' | 'MANAGER' | 'LD_EDITOR' | 'LD_ANALYST')[]) =>
      service.token({ learnerId, roles });
    expect(await ask(await as(learner.id, 'LEARNER'))).toBeUndefined();
    expect(await ask(await as(manager.id, 'MANAGER'))).toBeUndefined();
    expect(await ask(await service.key('RECOMMEND'))).toBeUndefined();
    const editor = await as('staff', 'LD_EDITOR');
    expect(await ask(editor)).toBe('FORBIDDEN');
    // Editors learn as well.
    expect(await ask(editor, 'staff')).toBeUndefined();
    expect(await ask(await as('somebody', 'LEARNER'))).toBe('FORBIDDEN');
    expect(await ask(await as('somebody', 'MANAGER'))).toBe('FORBIDDEN');
    expect(await ask(await as('staff', 'LD_ANALYST'))).toBe('FORBIDDEN');
    expect(await ask(await service.key('CATALOG'))).toBe('FORBIDDEN');
  });
});
