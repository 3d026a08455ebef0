import { afterAll, beforeAll, expect, test } from 'vitest';
import { aCourse, aLearner, anInteraction, aRole, aSkill, someEvidence } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import {
  courseIdsOf,
  RECOMMENDATIONS,
  type RecommendedPage,
  recommend,
  train,
  twoCamps,
} from '../support/recommending.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

const DAY_MS = 86_400_000;
const daysAgo = (days: number) => new Date(NOON.getTime() - days * DAY_MS);

describeOnBothDatabases('somebody new, known by department, role and two skills', (kind) => {
  let service: TestApp;
  const organisation = twoCamps(daysAgo(1));
  const [even] = organisation.camps;
  const known = aSkill({ name: 'Negotiation' });
  const lacking = aSkill({ name: 'Contract law' });
  const role = aRole({
    name: 'Buyer',
    skills: [
      { skillId: known.id, targetLevel: 0.6, importance: 0.8 },
      { skillId: lacking.id, targetLevel: 0.8, importance: 1 },
    ],
  });
  const old = { publishedAt: daysAgo(900) };
  const closing = aCourse({ ...old, title: 'Contracts for Buyers', skills: [{ skillId: lacking.id, levelTo: 0.8 }] });
  const mastered = aCourse({ ...old, title: 'Haggling', skills: [{ skillId: known.id, levelTo: 0.6 }] });
  const kubernetes = aCourse({ ...old, title: 'Operating Kubernetes Clusters', language: 'en' });
  const learner = aLearner({ department: 'Procurement', roleId: role.id, managerId: 'boss' });
  const learnerId = learner.id;

  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, organisation);
    await store(service, {
      skills: [known, lacking],
      roles: [role],
      courses: [closing, mastered, kubernetes],
      learners: [learner],
      evidence: [
        someEvidence({ learnerId, skillId: known.id, level: 0.9, source: 'ASSESSMENT', confidence: 0.95 }),
        someEvidence({ learnerId, skillId: lacking.id, level: 0.2, source: 'SELF' }),
      ],
    });
    service.app.work();
    await train(service);
  });
  afterAll(() => service.close());

  test('gets a list led by what their role needs and they lack, and is told so', async () => {
    const list = await recommend(service, learnerId);
    expect(list.strategy).toBe('SKILLS');
    // On the first page, however popular the rest is.
    const place = courseIdsOf(list).indexOf(closing.id);
    expect(place).toBeGreaterThanOrEqual(0);
    expect(place).toBeLessThan(10);
    expect(list.edges[place]?.node.reasons[0]).toMatchObject({
      code: 'SKILL_GAP',
      evidence: { skillId: lacking.id, levelBefore: expect.closeTo(0.2, 6), targetLevel: expect.closeTo(0.8, 6) },
    });
    // They can already do what the other course of their role teaches.
    const codes = list.edges.find(({ node }) => node.course.id === mastered.id)?.node.reasons.map(({ code }) => code);
    expect(codes).not.toContain('SKILL_GAP');
  });

  test('sees one search and one completion in the very next list', async () => {
    const [completed] = even as [string];
    await store(service, {
      interactions: [
        anInteraction({ learnerId, verb: 'SEARCHED', query: 'kubernetes clusters', resultCount: 1, at: daysAgo(0) }),
        anInteraction({ learnerId, courseId: completed, at: daysAgo(0) }),
      ],
    });
    const list = await recommend(service, learnerId);
    expect(['PERSONAL', 'BLENDED']).toContain(list.strategy);
    const reasonsOf = (courseId: string) =>
      list.edges.find(({ node }) => node.course.id === courseId)?.node.reasons ?? [];
    expect(reasonsOf(kubernetes.id)[0]).toMatchObject({
      code: 'SEARCH',
      text: 'You searched for “kubernetes clusters”',
      evidence: { term: 'kubernetes clusters', hadNoResults: false },
    });
    expect(courseIdsOf(list).indexOf(kubernetes.id)).toBeLessThan(10);
    const history = list.edges.filter(({ node }) =>
      node.reasons.some(({ code, evidence }) => code === 'HISTORY' && evidence?.['courseId'] === completed),
    );
    expect(history.length).toBeGreaterThan(0);
    expect(even).toContain(history[0]?.node.course.id);
    expect(courseIdsOf(list)).not.toContain(completed);
  });

  test('gets a course that comes later and answers a search that found nothing, with that reason', async () => {
    const somebody = aLearner();
    await store(service, {
      learners: [somebody],
      interactions: [
        anInteraction({
          learnerId: somebody.id,
          verb: 'SEARCHED',
          query: 'beekeeping',
          resultCount: 0,
          at: daysAgo(40),
        }),
      ],
    });
    expect(courseIdsOf(await recommend(service, somebody.id))).not.toContain('bees');
    await store(service, { courses: [aCourse({ id: 'bees', title: 'Urban Beekeeping', language: 'en' })] });
    const list = await recommend(service, somebody.id);
    const place = courseIdsOf(list).indexOf('bees');
    expect(place).toBeLessThan(10);
    expect(list.edges[place]?.node).toMatchObject({
      course: { id: 'bees' },
      reasons: expect.arrayContaining([
        expect.objectContaining({
          code: 'SEARCH',
          text: 'You searched for “beekeeping” when there was nothing; now there is this',
        }),
      ]),
    });
  });

  test('does not have their searches told to the manager', async () => {
    const manager = await service.token({ learnerId: 'boss', roles: ['MANAGER'] });
    const ask = async (credential?: string) =>
      (await service.ask<{ recommendations: RecommendedPage }>(RECOMMENDATIONS, { learnerId, first: 100 }, credential))
        .recommendations;
    expect(JSON.stringify(await ask())).toContain('kubernetes clusters');
    const seen = await ask(manager);
    expect(JSON.stringify(seen)).not.toContain('kubernetes clusters');
    const reasons = seen.edges.find(({ node }) => node.course.id === kubernetes.id)?.node.reasons;
    expect(reasons).toContainEqual({ code: 'SEARCH', text: 'Answers a search of theirs', evidence: null });
    const listed = await service.post(
      `query ($id: ID!) { servedList(id: $id) { places { reasons { text } } pages { items { reasons { text } } } } }`,
      { id: seen.servedListId },
      manager,
    );
    expect(listed.errors ?? []).toEqual([]);
    expect(JSON.stringify(listed)).not.toContain('kubernetes clusters');
  });
});
