import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { audienceKey, EVERYBODY } from '../../src/learners/trends.js';
import type { JobContext } from '../../src/platform/jobs/jobs.js';
import type { RuleSetInForce } from '../../src/recommendations/pipeline/learnerRules.js';
import type { Rule } from '../../src/rules/model/rule.js';
import { gatherTrainingEvents } from '../../src/training/gatherEvents.js';
import { aCourse, aLearner, anAssignment, anInteraction, aRole, aSkill } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { aRule, aRuleSet } from '../support/ruleBuilders.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 120_000 });

const APPLIED = 'appliedRules { ruleId action sentence effect }';
const LIST = `query ($id: ID!, $first: Int, $after: String, $surface: Surface!) {
  recommendations(learnerId: $id, first: $first, after: $after, surface: $surface) {
    servedListId edges { node { course { id } rank ${APPLIED} } } pageInfo { endCursor } } }`;

interface Applied {
  readonly ruleId: string;
  readonly action: string;
  readonly sentence: string;
  readonly effect: string;
}

type Known = ReturnType<typeof aLearner>;

interface Page {
  readonly servedListId: string;
  readonly edges: readonly {
    readonly node: {
      readonly course: { readonly id: string };
      readonly rank: number;
      readonly appliedRules: readonly Applied[];
    };
  }[];
  readonly pageInfo: { readonly endCursor: string | null };
}

describeOnBothDatabases('rules in a list', (kind) => {
  let service: TestApp;
  let ruleSet: RuleSetInForce = { version: 0, content: aRuleSet([]) };
  const courses = Array.from({ length: 14 }, (_, i) =>
    aCourse({
      provider: i % 2 === 0 ? 'Odd Ltd' : 'Even Ltd',
      tags: ['law'],
      publishedAt: new Date(NOON.getTime() - (200 + i) * 86_400_000),
    }),
  );
  const ids = courses.map(({ id }) => id);
  const idAt = (i: number) => ids[i] as string;
  const engineer = aLearner({ department: 'Engineering', location: 'Berlin' });
  const seller = aLearner({ department: 'Sales', location: 'Berlin' });
  const haggling = aSkill();
  const negotiator = aRole({ skills: [{ skillId: haggling.id, targetLevel: 0.8 }] });
  const negotiating = aCourse({ skills: [{ skillId: haggling.id }] });
  let version = 0;
  const publish = (...rules: readonly Rule[]) => {
    version += 1;
    ruleSet = { version, content: aRuleSet(rules) };
  };
  beforeAll(async () => {
    service = await openTestApp(kind, { ruleSet: () => ruleSet });
    await store(service, {
      skills: [haggling],
      roles: [negotiator],
      courses: [...courses, negotiating],
      learners: [engineer, seller],
      assignments: [anAssignment({ learnerId: engineer.id, courseId: idAt(13) })],
    });
  });
  afterAll(() => service.close());

  const listOf = async (id: string, page: object = {}) =>
    (await service.ask<{ recommendations: Page }>(LIST, { id, surface: 'HOME', first: 100, ...page })).recommendations;
  const idsOf = ({ edges }: Page) => edges.map(({ node }) => node.course.id);

  const pin = aRule(
    'pin',
    { kind: 'PIN', place: 1 },
    {
      audience: { departments: ['Engineering'], locations: ['Berlin'] },
      target: { courseIds: [idAt(9)] },
      schedule: { until: '2025-11-30', zone: 'Europe/Berlin' },
    },
  );
  const ban = aRule('ban', { kind: 'EXCLUDE' }, { target: { courseIds: [idAt(3), idAt(4)] } });

  test('each course says which rule put it there, and the served list says so again', async () => {
    const before = await listOf(engineer.id);
    expect(before.edges.flatMap(({ node }) => node.appliedRules)).toEqual([]);
    publish(pin, ban, aRule('bury', { kind: 'BURY', strength: 'STRONG' }, { target: { courseIds: [idAt(0)] } }));
    const after = await listOf(engineer.id);
    expect(idsOf(after)[0]).toBe(idAt(9));
    expect(idsOf(after).at(-1)).toBe(idAt(0));
    expect(idsOf(after).filter((id) => id === idAt(3) || id === idAt(4))).toEqual([]);
    const [first] = after.edges;
    expect(first?.node.appliedRules).toMatchObject([{ ruleId: 'pin', action: 'PIN', effect: 'Holds the 1st place' }]);
    expect(first?.node.appliedRules[0]?.sentence).toMatch(/^For Engineering in Berlin, .* 30 November 2025/);
    // Whatever is published since, what was served stays as it was.
    publish();
    const replay = `query ($id: ID!) { servedList(id: $id) { ruleSetVersion places { courseId ${APPLIED} } } }`;
    const replayOf = async (id: string) =>
      (
        await service.ask<{
          servedList: { ruleSetVersion: number | null; places: { courseId: string; appliedRules: Applied[] }[] };
        }>(replay, { id })
      ).servedList;
    expect(await replayOf(after.servedListId)).toEqual({
      ruleSetVersion: 1,
      places: after.edges.map(({ node }) => ({ courseId: node.course.id, appliedRules: node.appliedRules })),
    });
    const old = await replayOf(before.servedListId);
    expect([old.ruleSetVersion, old.places.flatMap(({ appliedRules }) => appliedRules)]).toEqual([null, []]);
    // With the rules gone the list is what it was.
    expect(idsOf(await listOf(engineer.id))).toEqual(idsOf(before));
  });

  test('a rule is for its audience and its surface', async () => {
    publish(pin, { ...ban, surfaces: ['EMAIL'] });
    expect(idsOf(await listOf(seller.id))[0]).not.toBe(idAt(9));
    expect(idsOf(await listOf(seller.id))).toContain(idAt(3));
    expect(idsOf(await listOf(seller.id, { surface: 'EMAIL' }))).not.toContain(idAt(3));
  });

  test('a rule published between two pages binds the second', async () => {
    publish();
    const page = await listOf(seller.id, { first: 2 });
    publish(ban);
    const rest = await listOf(seller.id, { after: page.pageInfo.endCursor });
    expect(idsOf(rest).length).toBeGreaterThan(5);
    expect(idsOf(rest).filter((id) => id === idAt(3) || id === idAt(4))).toEqual([]);
  });

  test('a mandate is required learning until it is taken back', async () => {
    const duty = aRule(
      'duty',
      { kind: 'MANDATE', dueOn: '2025-03-31', dueDaysAfterHire: null },
      { target: { courseIds: [idAt(5)] } },
    );
    publish(duty);
    const sentence = expect.stringMatching(/^For everyone, .*31 March 2025/);
    const required = async (id: string) =>
      (
        await service.ask<{ requiredLearning: { course: { id: string }; requiredBy: object | null }[] }>(
          `query ($id: ID!) { requiredLearning(learnerId: $id) {
            course { id } obligation dueAt requiredBy { ruleId sentence } } }`,
          { id },
        )
      ).requiredLearning;
    const dutyOf5 = {
      ...{ course: { id: idAt(5) }, obligation: 'MANDATORY', dueAt: '2025-04-01T00:00:00.000Z' },
      requiredBy: { ruleId: 'duty', sentence },
    };
    expect(await required(seller.id)).toEqual([dutyOf5]);
    expect((await required(engineer.id)).map(({ course, requiredBy }) => [course.id, requiredBy])).toEqual([
      [idAt(5), dutyOf5.requiredBy],
      [idAt(13), null],
    ]);
    const { whyNot } = await service.ask<{ whyNot: { stopper: { code: string; ruleId: string; text: string } } }>(
      `query ($id: ID!, $courseId: ID!) {
        whyNot(learnerId: $id, courseId: $courseId) { stopper { code ruleId text } } }`,
      { id: seller.id, courseId: idAt(5) },
    );
    expect(whyNot.stopper).toMatchObject({ code: 'ASSIGNED', ruleId: 'duty' });
    expect(whyNot.stopper.text).toMatch(/required learning, due 2025-03-31: For everyone, /);
    expect(idsOf(await listOf(seller.id))).not.toContain(idAt(5));
    const { feed } = await service.ask<{
      feed: { shelves: { kind: string; entries: { appliedRules: Applied[] }[] }[] };
    }>(`query ($id: ID!) { feed(learnerId: $id) { shelves { kind entries { ${APPLIED} } } } }`, { id: seller.id });
    expect(feed.shelves[0]).toMatchObject({
      kind: 'REQUIRED',
      entries: [{ appliedRules: [{ ruleId: 'duty', effect: 'Makes it mandatory, due 2025-03-31' }] }],
    });
    publish();
    expect(await required(seller.id)).toEqual([]);
    expect(idsOf(await listOf(seller.id))).toContain(idAt(5));
  });

  test('what was taken because of a mandate trains no model and trends nowhere, also once the rule is gone', async () => {
    const [dutiful, eager, late] = [0, 1, 2].map(() => aLearner({ department: 'Audit' })) as [Known, Known, Known];
    const did = (learner: Known, verb: 'SAVED' | 'STARTED' | 'COMPLETED', course: number, day: string) =>
      anInteraction({ learnerId: learner.id, courseId: idAt(course), verb, at: new Date(`${day}T08:00:00Z`) });
    publish();
    await store(service, {
      learners: [dutiful, eager, late],
      interactions: [did(eager, 'COMPLETED', 6, '2025-01-20')],
    });
    publish({
      ...aRule('duty', { kind: 'MANDATE', dueOn: '2025-03-31', dueDaysAfterHire: null }),
      audience: { ...pin.audience, departments: ['Audit'], locations: [] },
      target: { ...pin.target, courseIds: [idAt(6)] },
      createdAt: '2025-02-01T00:00:00.000Z',
    });
    const batch = [
      did(dutiful, 'STARTED', 6, '2025-02-05'),
      did(dutiful, 'COMPLETED', 6, '2025-02-10'),
      did(dutiful, 'COMPLETED', 7, '2025-02-10'),
      did(eager, 'STARTED', 6, '2025-02-10'),
      // Sent late: of before there was a rule.
      did(late, 'STARTED', 6, '2025-01-25'),
    ];
    const again = [...batch, did(engineer, 'STARTED', 6, '2025-02-10')];
    await store(service, { interactions: batch });
    await store(service, { interactions: again });
    publish();
    await store(service, { interactions: [did(late, 'COMPLETED', 6, '2025-02-11')] });
    const kept = await service.sql('SELECT m.learner_id, m.course_id, m.since FROM mandated_course m');
    expect(kept).toEqual([{ learner_id: dutiful.id, course_id: idAt(6), since: new Date('2025-02-05T08:00:00Z') }]);
    const { learners, activity, catalog } = service.app;
    const context = { report: () => {}, shouldStop: () => false };
    const watermark = await activity.watermark();
    const { events, learnerIds } = await gatherTrainingEvents(
      activity,
      learners,
      catalog.snapshot,
      watermark,
      context as unknown as JobContext,
    );
    const obliged = learnerIds.flatMap((learnerId, row) =>
      Array.from(events.mandatory.subarray(events.learnerOffsets[row], events.learnerOffsets[row + 1]))
        .map((mandatory, i) => [mandatory, events.courseIndices[(events.learnerOffsets[row] as number) + i]] as const)
        .filter(([mandatory]) => mandatory === 1)
        .map(([, course]) => [learnerId, events.courseIds[course ?? -1]]),
    );
    expect(obliged).toEqual(Array(2).fill([dutiful.id, idAt(6)]));
    const { uptakes } = (await learners.trends()).groups.get(audienceKey(EVERYBODY)) ?? { uptakes: [] };
    // Of three people who took it up, and the engineer.
    expect(uptakes.find(({ courseId }) => courseId === idAt(6))?.people).toBe(3);
    // Folded anew from the log, all is as it was: the log does not say what was a duty.
    await activity.rebuildProfiles(context as unknown as JobContext);
    const [state] = await learners.states([dutiful.id]);
    expect(state?.mandatedCourseIds).toEqual([idAt(6)]);
  });

  test('a mandate is a duty on the way to a role, and sends its course before it is due', async () => {
    const path = async () =>
      (
        await service.ask<{ learningPath: { steps: { course: { id: string }; obligation: string; dueAt: string }[] } }>(
          `query ($id: ID!, $roleId: ID) { learningPath(learnerId: $id, roleId: $roleId) {
            steps { course { id } obligation dueAt } } }`,
          { id: seller.id, roleId: negotiator.id },
        )
      ).learningPath.steps;
    const due = async (id: string) => {
      const { deliverySuggestion } = await service.ask<{
        deliverySuggestion: { windows: { reasons: { code: string; text: string }[] }[] };
      }>(
        `query ($id: ID!, $courseId: ID!) {
          deliverySuggestion(learnerId: $id, courseId: $courseId, purpose: REQUIRED) { windows { reasons { code text } } } }`,
        { id, courseId: negotiating.id },
      );
      return deliverySuggestion.windows[0]?.reasons.find(({ code }) => code === 'PURPOSE')?.text ?? 'no window';
    };
    publish();
    expect(await path()).toEqual([{ course: { id: negotiating.id }, obligation: null, dueAt: null }]);
    expect(await due(seller.id)).not.toMatch(/due|no window/);
    publish(
      aRule(
        'duty',
        { kind: 'MANDATE', dueOn: '2025-03-31', dueDaysAfterHire: null },
        { audience: { departments: ['Sales'] }, target: { courseIds: [negotiating.id] } },
      ),
    );
    expect(await path()).toEqual([
      { course: { id: negotiating.id }, obligation: 'MANDATORY', dueAt: '2025-04-01T00:00:00.000Z' },
    ]);
    expect(await due(seller.id)).toMatch(/due/);
    expect(await due(engineer.id)).not.toMatch(/due|no window/);
  });

  test('courses like another leave out what rules for everybody rule out, and heed no rule for some people', async () => {
    const similar = async () =>
      (
        await service.ask<{ similarCourses: { course: { id: string } }[] }>(
          'query ($id: ID!) { similarCourses(courseId: $id, first: 100) { course { id } } }',
          { id: idAt(0) },
        )
      ).similarCourses.map(({ course }) => course.id);
    publish({ ...ban, audience: { ...ban.audience, languages: ['en'] } }, { ...ban, id: 'mail', surfaces: ['EMAIL'] });
    expect((await similar()).sort()).toEqual(ids.slice(1).sort());
    publish(ban);
    expect((await similar()).sort()).toEqual(
      ids
        .slice(1)
        .filter((id) => id !== idAt(3) && id !== idAt(4))
        .sort(),
    );
    publish(aRule('only', { kind: 'REQUIRE_ONLY' }, { target: { courseIds: [idAt(7)] } }));
    expect(await similar()).toEqual([idAt(7)]);
  });

  test('whyNot quotes the rule that keeps a course out, where it does', async () => {
    publish({ ...ban, surfaces: ['EMAIL'] });
    const WHY = `query ($id: ID!, $courseId: ID!, $surface: Surface!) {
      whyNot(learnerId: $id, courseId: $courseId, first: 100, surface: $surface) {
        isShown stopper { stage code ruleId text } obstacles { code ruleId } } }`;
    const whyNot = async (surface: string) =>
      (await service.ask<{ whyNot: object }>(WHY, { id: seller.id, courseId: idAt(3), surface })).whyNot;
    expect(await whyNot('EMAIL')).toEqual({
      isShown: false,
      stopper: {
        stage: 'ELIGIBILITY',
        code: 'RULE_EXCLUDED',
        ruleId: 'ban',
        text: expect.stringMatching(/^A rule of L&D takes it out of the choice: For everyone, .* in e-mails\.$/),
      },
      obstacles: [{ code: 'RULE_EXCLUDED', ruleId: 'ban' }],
    });
    expect(await whyNot('HOME')).toMatchObject({ isShown: true, stopper: null });
  });
});
