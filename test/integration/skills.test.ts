import { afterAll, beforeAll, expect, test } from 'vitest';
import { aCourse, aLearner, anAssignment, anInteraction, aRole, aSkill, someEvidence } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { ingest, store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

const SKILLS = `query ($learnerId: ID!) { learner(learnerId: $learnerId) { skills { skillId skillName level confidence
  sources { source level weight observedAt scale scaleValue origins { courseId sign at } } } } }`;
const GAPS = `query ($learnerId: ID!) { skillGaps(learnerId: $learnerId) {
  skillId skillName roleId roleName isTargetRole level confidence targetLevel importance } }`;
const PATH = `query ($learnerId: ID!, $roleId: ID) { learningPath(learnerId: $learnerId, roleId: $roleId) {
  learnerId roleId totalMinutes assignedMinutes isProvenShortest
  steps { course { id } minutes isTypicalDuration progress obligation text prerequisiteOf { id } preparesFor { id }
    closes { skillName levelFrom levelTo targetLevel } }
  openGaps { skillId levelReached targetLevel because text } } }`;

describeOnBothDatabases('skills', (kind) => {
  let service: TestApp;
  const [python, talks, rust] = ['Python', 'Talks', 'Rust'].map((name) => aSkill({ name })) as [
    ReturnType<typeof aSkill>,
    ReturnType<typeof aSkill>,
    ReturnType<typeof aSkill>,
  ];
  const need = (skill: { id: string }, targetLevel: number, importance = 1) => ({
    ...{ skillId: skill.id, targetLevel, importance },
  });
  const role = aRole({ name: 'Developer', skills: [need(python, 0.5)] });
  const target = aRole({ name: 'Lead', skills: [need(python, 0.8), need(talks, 0.5, 0.5), need(rust, 0.3)] });
  const teaches = (skill: { id: string }, levelFrom: number, levelTo: number) => ({
    ...{ skillId: skill.id, levelFrom, levelTo },
  });
  const basics = aCourse({ durationMinutes: 60, skills: [teaches(python, 0, 0.5)] });
  const first = aCourse({ title: 'Ground', durationMinutes: 20 });
  const further = aCourse({
    ...{ title: 'Further', durationMinutes: 90, skills: [teaches(python, 0.5, 0.9)] },
    prerequisiteIds: [first.id],
  });
  const dearer = aCourse({ durationMinutes: 300, skills: [teaches(python, 0, 1)] });
  const speaking = aCourse({ kind: 'VIDEO', skills: [teaches(talks, 0, 0.4)] });
  const retired = aCourse({ retiredAt: NOON, durationMinutes: 1, skills: [teaches(python, 0, 1)] });
  const learner = aLearner({ roleId: role.id, targetRoleId: target.id });
  const optedOut = aLearner({ roleId: role.id, personalisationOptOut: true });
  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, {
      skills: [python, talks, rust],
      roles: [role, target],
      courses: [basics, first, further, dearer, speaking, retired],
      learners: [learner, optedOut],
      evidence: [{ learnerId: learner.id, skillId: python.id, source: 'MANAGER', scale: '1-5', scaleValue: '2' }],
      interactions: [anInteraction({ learnerId: optedOut.id, courseId: basics.id })],
    });
  });
  afterAll(() => service.close());

  test('take their level from the source’s own scale, and keep that', async () => {
    const { learner: found } = await service.ask<{ learner: unknown }>(SKILLS, { learnerId: learner.id });
    expect(found).toEqual({
      skills: [
        {
          ...{ skillId: python.id, skillName: 'Python', level: 0.25, confidence: expect.closeTo(0.7, 5) },
          sources: [
            {
              ...{ source: 'MANAGER', level: 0.25, weight: 1, observedAt: NOON.toISOString() },
              ...{ scale: '1-5', scaleValue: '2', origins: [] },
            },
          ],
        },
      ],
    });
    const bad = await ingest(service, 'recordSkillEvidence', [
      { learnerId: learner.id, skillId: python.id, source: 'SELF' },
      { learnerId: learner.id, skillId: python.id, source: 'SELF', scale: '1-5', scaleValue: '7' },
    ]);
    expect(bad.userErrors.map(({ index, path }) => [index, path])).toEqual([
      [0, ['level']],
      [1, ['scaleValue']],
    ]);
  });

  test('rise with the next completion, which says where they come from', async () => {
    const { id: learnerId } = aLearner();
    await store(service, {
      learners: [{ id: learnerId }],
      interactions: [anInteraction({ learnerId, courseId: basics.id, verb: 'PASSED', at: NOON })],
    });
    const { learner: found } = await service.ask<{ learner: { skills: unknown } }>(SKILLS, { learnerId });
    expect(found.skills).toMatchObject([
      {
        level: expect.closeTo(0.475, 5),
        sources: [{ source: 'INFERRED', origins: [{ courseId: basics.id, sign: 'PASSED', at: NOON.toISOString() }] }],
      },
    ]);
  });

  test('are not inferred of someone who wants nothing personal', async () => {
    expect(await service.ask(SKILLS, { learnerId: optedOut.id })).toEqual({ learner: { skills: [] } });
  });

  test('fall short of roles by gaps, the weightiest first', async () => {
    const { skillGaps } = await service.ask<{ skillGaps: unknown }>(GAPS, { learnerId: learner.id });
    expect(skillGaps).toMatchObject([
      { skillName: 'Python', roleName: 'Lead', isTargetRole: true, level: 0.25, targetLevel: 0.8, importance: 1 },
      { skillName: 'Rust', isTargetRole: true, level: 0, confidence: 0, targetLevel: 0.3 },
      { skillName: 'Talks', isTargetRole: true, targetLevel: 0.5, importance: 0.5 },
    ]);
    expect(await service.ask(GAPS, { learnerId: 'nobody' })).toEqual({ skillGaps: [] });
  });

  test('are reached by the shortest path, explained step by step', async () => {
    const { learningPath } = await service.ask<{ learningPath: Record<string, unknown> }>(PATH, {
      learnerId: learner.id,
    });
    expect(learningPath).toMatchObject({
      ...{ learnerId: learner.id, roleId: target.id, isProvenShortest: true, assignedMinutes: 0 },
      openGaps: [
        { skillId: rust.id, levelReached: 0, because: 'NOT_TAUGHT' },
        { skillId: talks.id, levelReached: 0.4, targetLevel: 0.5, because: 'TAUGHT_LOWER' },
      ],
    });
    const steps = learningPath['steps'] as { course: { id: string }; text: string; minutes: number }[];
    const order = steps.map(({ course }) => course.id);
    expect([...order].sort()).toEqual([basics.id, first.id, further.id, speaking.id].sort());
    for (const before of [basics.id, first.id]) {
      expect(order.indexOf(before)).toBeLessThan(order.indexOf(further.id));
    }
    const stepOf = (id: string) => steps.find(({ course }) => course.id === id);
    expect(stepOf(basics.id)).toMatchObject({
      closes: [{ skillName: 'Python', levelFrom: 0.25, levelTo: 0.5, targetLevel: 0.8 }],
      preparesFor: [{ id: further.id }],
      text: 'Raises Python from 0.25 to 0.5 of the 0.8 needed; gets you ready for “Further”. 60 min.',
    });
    expect(stepOf(first.id)).toMatchObject({ closes: [], prerequisiteOf: [{ id: further.id }] });
    expect(stepOf(speaking.id)).toMatchObject({ isTypicalDuration: true, minutes: 60 });
    expect(learningPath['totalMinutes']).toBe(60 + 20 + 90 + 60);
  });

  test('prefer what is assigned anyway, and what is completed costs nothing', async () => {
    const { id: learnerId } = aLearner();
    await store(service, {
      learners: [{ id: learnerId }],
      evidence: [someEvidence({ learnerId, skillId: python.id, level: 0.25 })],
      assignments: [anAssignment({ learnerId, courseId: dearer.id })],
    });
    const { learningPath } = await service.ask<{ learningPath: Record<string, unknown> }>(PATH, {
      ...{ learnerId, roleId: role.id },
    });
    expect(learningPath).toMatchObject({
      ...{ totalMinutes: 300, assignedMinutes: 300 },
      steps: [{ course: { id: dearer.id }, obligation: 'ASSIGNED' }],
    });
    await store(service, {
      interactions: [anInteraction({ learnerId, courseId: dearer.id, verb: 'PASSED', at: NOON })],
    });
    const after = await service.ask<{ learningPath: unknown }>(PATH, { learnerId, roleId: role.id });
    expect(after.learningPath).toMatchObject({ steps: [], openGaps: [], totalMinutes: 0 });
  });

  test('have no path without a role, nor to one that does not exist', async () => {
    expect(await service.ask(PATH, { learnerId: 'nobody' })).toEqual({ learningPath: null });
    const { errors } = await service.post(PATH, { learnerId: 'nobody', roleId: 'no such role' });
    expect(errors[0]?.extensions.code).toBe('NOT_FOUND');
  });
});
