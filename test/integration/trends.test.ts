import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { FEWEST_PEOPLE } from '../../src/learners/fewPeople/fewPeople.js';
import { audienceKey, EVERYBODY, FEWEST_TAKERS, type Trends } from '../../src/learners/trends.js';
import { aCourse, aLearner, anAssignment, anInteraction, aRole, aSkill } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

const DAY_MS = 86_400_000;
const daysAgo = (days: number) => new Date(NOON.getTime() - days * DAY_MS);
const TRENDING = `query ($audience: AudienceInput!) { trending(audience: $audience) {
  people note courses { course { id } recentPeople previousPeople growth text } } }`;

describeOnBothDatabases('trends', (kind) => {
  let service: TestApp;
  const role = aRole();
  const [hot, steady, duty, unwanted, rare] = [aCourse(), aCourse(), aCourse(), aCourse(), aCourse()] as const;
  const id = (course: { id: string } | undefined) => course?.id ?? '';
  const sales = Array.from({ length: 12 }, () => aLearner({ department: 'Sales', roleId: role.id }));
  const legal = Array.from({ length: 4 }, () => aLearner({ department: 'Legal', location: 'Oslo' }));
  const left = aLearner({ department: 'Sales', active: false });
  beforeAll(async () => {
    service = await openTestApp(kind);
    const of = (learners: readonly { id: string }[], course: { id: string } | undefined, more: object) =>
      learners.map((learner) => anInteraction({ learnerId: learner.id, courseId: id(course), ...more }));
    await store(service, {
      roles: [role],
      courses: [hot, steady, duty, unwanted, rare],
      learners: [...sales, ...legal, left],
      assignments: sales.map((learner) =>
        anAssignment({ learnerId: learner.id, courseId: id(duty), obligation: 'MANDATORY' }),
      ),
      interactions: [
        ...of([...sales, left], hot, { verb: 'STARTED', at: daysAgo(5) }),
        ...of(sales.slice(0, 6), steady, { at: daysAgo(10) }),
        ...of(sales.slice(6), steady, { at: daysAgo(40) }),
        ...of(legal.slice(0, 1), steady, { at: daysAgo(400) }),
        ...of(sales, duty, { at: daysAgo(3) }),
        ...of(sales.slice(0, 4), unwanted, { verb: 'DISMISSED', at: daysAgo(3) }),
        ...of(sales.slice(4, 8), unwanted, { verb: 'WAIVED', at: daysAgo(3) }),
        ...of(sales.slice(8, 12), unwanted, { verb: 'VIEWED', at: daysAgo(3) }),
        ...of(sales.slice(0, 2), rare, { verb: 'RATED', score: 0.5, at: daysAgo(3) }),
        ...of(sales.slice(2, 4), rare, { verb: 'RATED', score: -0.5, at: daysAgo(3) }),
        // Dismissed, and then saved after all.
        ...of(sales.slice(4, 5), rare, { verb: 'DISMISSED', at: daysAgo(50) }),
        ...of(sales.slice(4, 5), rare, { verb: 'SAVED', at: daysAgo(45) }),
      ],
    });
  });
  afterAll(() => service.close());

  const uptakesOf = (trends: Trends, key: string) =>
    Object.fromEntries(
      (trends.groups.get(key)?.uptakes ?? []).map((one) => [
        one.courseId,
        [one.people, one.recentPeople, one.previousPeople],
      ]),
    );

  test('count the people who took a course up of their own accord', async () => {
    const trends = await service.app.learners.trends();
    expect(uptakesOf(trends, audienceKey(EVERYBODY))).toEqual({
      [id(hot)]: [12, 12, 0],
      [id(steady)]: [13, 6, 6],
      [id(rare)]: [3, 2, 1],
    });
    expect(trends.groups.get(audienceKey(EVERYBODY))?.people).toBe(16);
    // Of the group, counts below three are none.
    const inSales = { [id(hot)]: [12, 12, 0], [id(steady)]: [12, 6, 6], [id(rare)]: [3, 0, 0] };
    expect(uptakesOf(trends, 'DEPARTMENT:Sales')).toEqual(inSales);
    expect(uptakesOf(trends, `ROLE:${role.id}`)).toEqual(inSales);
  });

  test('leave out groups that single people could be read off', async () => {
    const { groups } = await service.app.learners.trends();
    expect([...groups.keys()].sort()).toEqual(['DEPARTMENT:Sales', 'ORGANISATION:', `ROLE:${role.id}`].sort());
    for (const { audience, people, uptakes } of groups.values()) {
      if (audience.kind === 'ORGANISATION') continue;
      expect(people).toBeGreaterThanOrEqual(FEWEST_PEOPLE);
      expect(uptakes.every((one) => one.people >= FEWEST_TAKERS)).toBe(true);
    }
  });

  test('are told to those who ask, and hide what they must', async () => {
    const ask = async (audience: object) =>
      (await service.ask<{ trending: { courses: object[] } }>(TRENDING, { audience })).trending;
    const text = '12 people in Sales took it up in the last 28 days, fewer than 3 in the 28 days before';
    expect(await ask({ kind: 'DEPARTMENT', value: 'Sales' })).toMatchObject({
      people: 12,
      note: null,
      courses: [{ course: { id: id(hot) }, recentPeople: 12, previousPeople: 0, text }],
    });
    expect(await ask({ kind: 'ORGANISATION' })).toMatchObject({ people: 16, courses: [{ course: { id: id(hot) } }] });
    const hidden = await ask({ kind: 'LOCATION', value: 'Oslo' });
    expect(hidden).toMatchObject({ people: null, note: expect.stringContaining('fewer than 5'), courses: [] });
    expect(await ask({ kind: 'LOCATION', value: 'Atlantis' })).toEqual(hidden);
    const { errors } = await service.post(TRENDING, { audience: { kind: 'ROLE' } });
    expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  test('are kept for ten minutes, then counted anew behind the back of whoever asks', async () => {
    const before = await service.app.learners.trends();
    await store(service, {
      interactions: sales
        .slice(0, 9)
        .map((learner) => anInteraction({ learnerId: learner.id, courseId: id(unwanted), at: daysAgo(0) })),
    });
    expect(await service.app.learners.trends()).toBe(before);
    service.now = new Date(NOON.getTime() + 10 * 60_000);
    expect(await service.app.learners.trends()).toBe(before);
    await vi.waitFor(async () => expect(await service.app.learners.trends()).not.toBe(before), { timeout: 10_000 });
    const after = await service.app.learners.trends();
    // Those who came back after a dismissal count; a waiver stands.
    expect(uptakesOf(after, 'DEPARTMENT:Sales')[id(unwanted)]?.[0]).toBe(5);
    service.now = NOON;
  });

  describe('and what else is asked of courses', () => {
    test('required learning is told to the learner, and gone once done', async () => {
      const learnerId = id(sales[0]);
      const extra = aCourse({ prerequisiteIds: [id(rare)] });
      await store(service, {
        courses: [extra],
        assignments: [
          anAssignment({ learnerId, courseId: extra.id, dueAt: daysAgo(-2) }),
          anAssignment({ learnerId, courseId: id(duty), obligation: 'MANDATORY', countsFrom: daysAgo(1) }),
        ],
      });
      const query = `query ($id: ID!) { requiredLearning(learnerId: $id) { course { id } obligation dueAt isOverdue
        daysLeft progress status missingPrerequisites { id } } }`;
      const token = await service.token({ learnerId });
      const first = {
        ...{ course: { id: extra.id }, obligation: 'ASSIGNED', dueAt: daysAgo(-2).toISOString(), isOverdue: false },
        ...{ daysLeft: 2, progress: 0, status: 'NOT_STARTED', missingPrerequisites: [{ id: id(rare) }] },
      };
      const ask = async () =>
        (await service.ask<{ requiredLearning: object[] }>(query, { id: learnerId }, token)).requiredLearning;
      expect(await ask()).toMatchObject([first, { course: { id: id(duty) }, status: 'NOT_STARTED', daysLeft: null }]);
      await store(service, { interactions: [anInteraction({ learnerId, courseId: id(duty), at: daysAgo(0) })] });
      expect(await ask()).toEqual([first]);
      expect(await service.ask(query, { id: 'nobody' })).toEqual({ requiredLearning: [] });
    });

    test('similar courses are those that teach the same, while there is no model', async () => {
      const [one, other] = [aSkill(), aSkill()];
      const teach = (...skills: { id: string }[]) => ({ skills: skills.map((skill) => ({ skillId: skill.id })) });
      const [asked, same, half, tagged, retired] = [
        aCourse({ ...teach(one, other), tags: ['t'] }),
        aCourse(teach(one, other)),
        aCourse(teach(one)),
        aCourse({ tags: ['t'] }),
        aCourse({ ...teach(one, other), retiredAt: NOON }),
      ] as const;
      await store(service, { skills: [one, other], courses: [asked, same, half, tagged, retired] });
      const query = 'query ($id: ID!) { similarCourses(courseId: $id) { course { id } similarity } }';
      const { similarCourses } = await service.ask<{
        similarCourses: { course: { id: string }; similarity: number }[];
      }>(query, { id: asked.id });
      expect(similarCourses.map(({ course }) => course.id)).toEqual([same.id, half.id, tagged.id]);
      expect(similarCourses[0]?.similarity).toBeCloseTo(1, 9);
      expect(similarCourses[1]?.similarity).toBeCloseTo(Math.SQRT1_2, 9);
    });
  });
});
