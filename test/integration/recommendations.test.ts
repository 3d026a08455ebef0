import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { aCourse, aLearner, anAssignment, anInteraction, aRole, aSkill } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import {
  courseIdsOf,
  PAGE_FIELDS,
  RECOMMENDATIONS,
  type RecommendedPage,
  recommend,
  train,
  twoCamps,
} from '../support/recommending.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

// Training stands back behind everything else that a busy machine has to do.
vi.setConfig({ testTimeout: 120_000 });

const DAY_MS = 86_400_000;
const daysAgo = (days: number) => new Date(NOON.getTime() - days * DAY_MS);

/** Makes a learner whom the service knows, with a history of these completions. */
async function newLearner(service: TestApp, stated: Parameters<typeof aLearner>[0], completed: readonly string[] = []) {
  const learner = aLearner(stated);
  const interactions = completed.map((courseId) => anInteraction({ learnerId: learner.id, courseId }));
  await store(service, { learners: [learner], interactions });
  return learner.id;
}

describeOnBothDatabases('recommendations before any model exists', (kind) => {
  let service: TestApp;
  const courses = [30, 10, 20, 10].map((days) => aCourse({ publishedAt: daysAgo(days) }));
  const [oldest, newest, middle, alsoNewest] = courses.map(({ id }) => id) as [string, string, string, string];
  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { courses });
  });
  afterAll(() => service.close());

  test('are the newest courses first, for somebody nobody has told us about as well', async () => {
    const known = await newLearner(service, {});
    for (const learnerId of [known, 'never heard of']) {
      const list = await recommend(service, learnerId);
      expect(list).toMatchObject({ learnerId, strategy: 'NEWEST', modelVersion: null });
      expect(courseIdsOf(list)).toEqual([newest, alsoNewest, middle, oldest]);
      expect(list.edges.map(({ node }) => node.rank)).toEqual([1, 2, 3, 4]);
      expect(list.edges[0]?.node.reasons).toEqual([
        { code: 'NEW', text: 'New since 2025-03-02', evidence: { publishedAt: daysAgo(10).toISOString() } },
      ]);
    }
  });

  test('put courses first that close a gap of the role', async () => {
    const skill = aSkill();
    const role = aRole({ skills: [{ skillId: skill.id, targetLevel: 0.75 }] });
    const course = aCourse({ publishedAt: daysAgo(1_000), skills: [{ skillId: skill.id, levelTo: 0.5 }] });
    await store(service, { skills: [skill], roles: [role], courses: [course] });
    const learnerId = await newLearner(service, { roleId: role.id });
    const list = await recommend(service, learnerId);
    expect(list.strategy).toBe('SKILLS');
    expect(list.edges[0]?.node).toMatchObject({
      course: { id: course.id },
      reasons: [
        { code: 'SKILL_GAP', evidence: { skillId: skill.id, levelBefore: 0, levelAfter: 0.5, targetLevel: 0.75 } },
      ],
    });
    expect(courseIdsOf(await recommend(service, 'somebody else'))[0]).toBe(newest);
  });

  test('know no similar courses yet', async () => {
    const query = 'query ($id: ID!) { similarCourses(courseId: $id) { similarity } }';
    expect(await service.ask(query, { id: newest })).toEqual({ similarCourses: [] });
    const { errors } = await service.post(query, { id: 'nothing' });
    expect(errors[0]?.extensions.code).toBe('NOT_FOUND');
  });
});

describeOnBothDatabases('recommendations of a trained model', (kind) => {
  let service: TestApp;
  const organisation = twoCamps(daysAgo(1));
  const [even, odd] = organisation.camps;
  const takenBy = new Map<string, string[]>();
  for (const { learnerId, courseId } of organisation.interactions) {
    takenBy.set(learnerId, [...(takenBy.get(learnerId) ?? []), courseId as string]);
  }
  const learnerIds = organisation.learners.map(({ id }) => id);
  const [evenLearner, oddLearner] = learnerIds as [string, string];
  let modelVersion: string;
  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, organisation);
    service.app.work();
    modelVersion = await train(service);
  });
  afterAll(() => service.close());

  test('come from a version that is live and says how good it is', async () => {
    const { modelVersions } = await service.ask<{
      modelVersions: { holdout: Record<string, { ndcg: { mean: number } }> }[];
    }>(
      `{ modelVersions { id status trainedAt verdict
         holdout { learnerCount popularity { ndcg { mean } } blend { ndcg { mean } } } } }`,
    );
    expect(modelVersions).toHaveLength(1);
    expect(modelVersions[0]).toMatchObject({ id: modelVersion, status: 'LIVE', trainedAt: NOON.toISOString() });
    const { blend, popularity } = modelVersions[0]?.holdout ?? {};
    expect(blend?.ndcg.mean).toBeGreaterThan(popularity?.ndcg.mean ?? 1);
  });

  test.each([
    ['even', evenLearner, even, odd],
    ['odd', oddLearner, odd, even],
  ])('rank what the own camp takes above all else (%s camp)', async (_, learnerId, own, other) => {
    const list = await recommend(service, learnerId);
    const taken = takenBy.get(learnerId) ?? [];
    expect(list).toMatchObject({ strategy: 'PERSONAL', modelVersion });
    const left = own.filter((id) => !taken.includes(id));
    expect(courseIdsOf(list).slice(0, left.length).sort()).toEqual([...left].sort());
    expect(courseIdsOf(list).slice(left.length).sort()).toEqual([...other].sort());
    const scores = list.edges.map(({ node }) => node.score);
    // A list that is varied may hold a course a few places off its score, but not the best one.
    expect(scores[0]).toBe(Math.max(...scores));
    const [reason] = list.edges[0]?.node.reasons ?? [];
    expect(reason?.code).toBe('HISTORY');
    expect(taken).toContain(reason?.evidence?.['courseId']);
    expect(list.edges.every(({ node }) => node.reasons.length > 0)).toBe(true);
  });

  test('are the same for the same facts, in a new served list each', async () => {
    const [first, second] = [await recommend(service, evenLearner), await recommend(service, evenLearner)];
    expect(second.edges.map(({ node }) => node)).toEqual(first.edges.map(({ node }) => node));
    expect(second.servedListId).not.toBe(first.servedListId);
    const served = await service.sql(
      `SELECT id, learner_id AS "learnerId", strategy, model_version AS "modelVersion", course_ids AS "courseIds"
       FROM served_list WHERE id = ANY($1) ORDER BY created_at, id`,
      [[first.servedListId]],
    );
    const { learnerId, strategy, servedListId } = first;
    expect(served).toEqual([{ id: servedListId, learnerId, strategy, modelVersion, courseIds: courseIdsOf(first) }]);
  });

  describe('after an event', () => {
    test('differ in the very next list of somebody the model has never seen', async () => {
      const learnerId = await newLearner(service, {});
      const before = await recommend(service, learnerId);
      expect(before.strategy).toBe('POPULAR');
      const [completed] = odd as [string];
      await store(service, { interactions: [anInteraction({ learnerId, courseId: completed, at: daysAgo(0) })] });
      const after = await recommend(service, learnerId);
      expect(['PERSONAL', 'BLENDED']).toContain(after.strategy);
      expect(courseIdsOf(after)).not.toContain(completed);
      expect(
        courseIdsOf(after)
          .slice(0, 5)
          .every((id) => odd.includes(id)),
      ).toBe(true);
      expect(after.edges[0]?.node.reasons).toContainEqual(
        expect.objectContaining({
          code: 'HISTORY',
          evidence: { courseId: completed, share: expect.any(Number) },
        }),
      );
      expect(after.modelVersion).toBe(modelVersion);
    });

    test('differ in the very next list of somebody the model was trained on', async () => {
      const learnerId = learnerIds[2] as string;
      const before = await recommend(service, learnerId);
      const best = courseIdsOf(before)[0] as string;
      const shareOf = (page: RecommendedPage) =>
        page.edges.slice(0, 6).filter(({ node }) => even.includes(node.course.id));
      expect(shareOf(before)).toHaveLength(6);
      await store(service, {
        interactions: [best, ...odd.slice(0, 9)].map((courseId) =>
          anInteraction({ learnerId, courseId, at: daysAgo(0) }),
        ),
      });
      const after = await recommend(service, learnerId);
      expect(courseIdsOf(after)).not.toContain(best);
      expect(after.edges[0]?.node.score).not.toBe(before.edges[1]?.node.score);
      // Having taken so much of the other camp, they are shown the rest of it before the end of their own.
      const rankOf = (id: string) => courseIdsOf(after).indexOf(id);
      const rest = odd.slice(9).map(rankOf);
      expect(Math.min(...rest)).toBeGreaterThanOrEqual(0);
      expect(Math.min(...rest)).toBeLessThan(even.length - 7);
    });

    test('of dislike, leave a dismissed course out and think less of its like', async () => {
      const learnerId = await newLearner(service, {}, even.slice(0, 2));
      const before = await recommend(service, learnerId);
      const [first] = courseIdsOf(before) as [string];
      await store(service, { interactions: [anInteraction({ learnerId, courseId: first, verb: 'DISMISSED' })] });
      expect(courseIdsOf(await recommend(service, learnerId))).not.toContain(first);
    });
  });

  describe('never hold', () => {
    const open = aCourse({ title: 'Open to all' });
    const first = aCourse({ title: 'First' });
    const then = aCourse({ title: 'Then', prerequisiteIds: [first.id] });
    const extra = {
      retired: aCourse({ retiredAt: NOON }),
      'not yet published': aCourse({ publishedAt: new Date(NOON.getTime() + 1) }),
      excluded: aCourse({ excludedFromRecommendations: true }),
      'in another language': aCourse({ language: 'fr' }),
      'over and done, being live': aCourse({
        kind: 'LIVE_SESSION',
        sessions: [{ id: 's', startsAt: daysAgo(2), endsAt: daysAgo(1) }],
      }),
    };
    const fine = [
      open,
      first,
      aCourse({ language: 'en-GB' }),
      aCourse({ retiredAt: new Date(NOON.getTime() + 1) }),
      aCourse({ publishedAt: NOON }),
      aCourse({
        kind: 'LIVE_SESSION',
        sessions: [
          { id: 's', startsAt: new Date(NOON.getTime() + DAY_MS), endsAt: new Date(NOON.getTime() + 2 * DAY_MS) },
        ],
      }),
    ];
    let learnerId: string;
    beforeAll(async () => {
      await store(service, { courses: [...fine, then, ...Object.values(extra)] });
      learnerId = await newLearner(service, { languages: ['en'] }, even);
    });
    // What is listed here stays, so that the tests around see the two camps alone.
    afterAll(() =>
      store(service, {
        courses: [...fine, then, ...Object.values(extra)].map(({ id }) => ({ id, excludedFromRecommendations: true })),
      }),
    );

    test('a course that may not be taken, and hold every other', async () => {
      const ids = courseIdsOf(await recommend(service, learnerId));
      expect([...ids].sort()).toEqual([...odd, ...fine.map(({ id }) => id)].sort());
    });

    test.each(Object.entries(extra))('one that is %s', async (_, course) => {
      expect(courseIdsOf(await recommend(service, learnerId))).not.toContain(course.id);
    });

    test('one whose prerequisite is missing, until it is met', async () => {
      expect(courseIdsOf(await recommend(service, learnerId))).not.toContain(then.id);
      await store(service, { interactions: [anInteraction({ learnerId, courseId: first.id, verb: 'PASSED' })] });
      const after = courseIdsOf(await recommend(service, learnerId));
      expect(after).toContain(then.id);
      expect(after).not.toContain(first.id);
    });

    test.each(['COMPLETED', 'PASSED', 'DISMISSED', 'WAIVED'] as const)('one that was %s', async (verb) => {
      const somebody = await newLearner(service, {}, even.slice(0, 3));
      const [best] = courseIdsOf(await recommend(service, somebody)) as [string];
      await store(service, { interactions: [anInteraction({ learnerId: somebody, courseId: best, verb })] });
      expect(courseIdsOf(await recommend(service, somebody))).not.toContain(best);
    });

    test('one that is assigned: it has a place of its own', async () => {
      const somebody = await newLearner(service, {}, even.slice(0, 3));
      const [best, next] = courseIdsOf(await recommend(service, somebody)) as [string, string];
      await store(service, {
        assignments: [
          anAssignment({ learnerId: somebody, courseId: best, obligation: 'MANDATORY' }),
          anAssignment({ learnerId: somebody, courseId: next }),
        ],
      });
      const after = courseIdsOf(await recommend(service, somebody));
      expect(after).not.toContain(best);
      expect(after).not.toContain(next);
    });
  });

  test('are never empty while there is a course to take, and then say so', async () => {
    const [last, begun, ...others] = [...even, ...odd] as [string, string, ...string[]];
    const learnerId = await newLearner(service, {}, others);
    await store(service, {
      interactions: [anInteraction({ learnerId, courseId: begun, verb: 'PROGRESSED', progress: 0.25 })],
    });
    expect(courseIdsOf(await recommend(service, learnerId))).toEqual([last]);
    await store(service, { interactions: [anInteraction({ learnerId, courseId: last })] });
    const unfinished = await recommend(service, learnerId);
    expect(unfinished.edges.map(({ node }) => [node.course.id, node.reasons[0]?.code])).toEqual([[begun, 'BEGUN']]);
    await store(service, { interactions: [anInteraction({ learnerId, courseId: begun })] });
    expect(await recommend(service, learnerId)).toMatchObject({ edges: [], pageInfo: { hasNextPage: false } });
  });

  test('are not personal for somebody who opted out, yet leave out what they have completed', async () => {
    const skill = aSkill();
    const role = aRole({ skills: [{ skillId: skill.id }] });
    await store(service, { skills: [skill], roles: [role] });
    const completed = even.slice(0, 4);
    const learnerId = await newLearner(service, { personalisationOptOut: true, roleId: role.id }, completed);
    const [own, common] = [await recommend(service, learnerId), await recommend(service, 'a stranger')];
    expect(own.strategy).toBe('POPULAR');
    const byScore = ({ edges }: RecommendedPage) =>
      edges
        .map(({ node }) => ({ id: node.course.id, score: node.score }))
        .filter(({ id }) => !completed.includes(id))
        .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
    expect(byScore(own)).toEqual(byScore(common));
    const codes = new Set(own.edges.flatMap(({ node }) => node.reasons.map(({ code }) => code)));
    expect(codes).not.toContain('HISTORY');
    expect(codes).not.toContain('SKILL_GAP');
  });

  describe('by pages', () => {
    /** All pages of a list, with something happening before each but the first. */
    async function pagesOf(learnerId: string, first: number, between: (pages: RecommendedPage[]) => Promise<unknown>) {
      const pages = [await recommend(service, learnerId, { first })];
      for (let last = pages[0]; last?.pageInfo.hasNextPage === true; last = pages.at(-1)) {
        await between(pages);
        pages.push(await recommend(service, learnerId, { first, after: last.pageInfo.endCursor }));
      }
      return pages;
    }

    test('of a personal list end when the learner opts out of those; those of a common one go on', async () => {
      const personal = await newLearner(service, {}, odd.slice(0, 3));
      const common = await newLearner(service, { personalisationOptOut: true }, odd.slice(0, 3));
      const [own, others] = [
        await recommend(service, personal, { first: 2 }),
        await recommend(service, common, { first: 2 }),
      ];
      expect(['PERSONAL', 'BLENDED']).toContain(own.strategy);
      expect(others.strategy).toBe('POPULAR');
      const next = async (learnerId: string, { pageInfo }: RecommendedPage) =>
        await service.post(RECOMMENDATIONS, { learnerId, first: 2, after: pageInfo.endCursor });
      expect((await next(personal, own)).errors).toEqual([]);
      await store(service, { learners: [{ id: personal, personalisationOptOut: true }] });
      const { errors } = await next(personal, own);
      expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', details: { argument: 'after' } });
      expect(errors[0]?.message).toContain('opted out of personal lists since');
      expect((await next(common, others)).errors).toEqual([]);
    });

    test('give the whole list once, in order, however long the pages are', async () => {
      const whole = await recommend(service, oddLearner);
      for (const first of [1, 5, 100]) {
        const pages = await pagesOf(oddLearner, first, async () => {});
        const nodes = pages.flatMap(({ edges }) => edges.map(({ node }) => node));
        expect(nodes.map(({ course }) => course.id)).toEqual(courseIdsOf(whole));
        expect(nodes.map(({ rank }) => rank)).toEqual(nodes.map((_, i) => i + 1));
        expect(new Set(pages.map(({ servedListId }) => servedListId)).size).toBe(1);
        expect(nodes.every(({ reasons }) => reasons.length > 0)).toBe(true);
      }
    });

    test('never repeat a course nor show one completed meanwhile', async () => {
      const learnerId = await newLearner(service, {}, even.slice(0, 3));
      const whole = courseIdsOf(await recommend(service, learnerId));
      const completed: string[] = [];
      const pages = await pagesOf(learnerId, 4, async (shown) => {
        const seen = shown.flatMap(courseIdsOf);
        // One already shown, and the one that would come next.
        const next = whole.find((id) => !seen.includes(id) && !completed.includes(id)) as string;
        completed.push(seen.at(-1) as string, next);
        await store(service, {
          interactions: completed.slice(-2).map((courseId) => anInteraction({ learnerId, courseId })),
        });
      });
      const ids = pages.flatMap(courseIdsOf);
      expect(new Set(ids).size).toBe(ids.length);
      const skipped = completed.filter((_, i) => i % 2 === 1);
      expect(ids).toEqual(whole.filter((id) => !skipped.includes(id)));
    });

    test('have the size that was asked for, within limits', async () => {
      expect((await recommend(service, evenLearner, { first: 0 })).edges).toEqual([]);
      const { recommendations } = await service.ask<{ recommendations: RecommendedPage }>(
        `query ($learnerId: ID!) { recommendations(learnerId: $learnerId) { ${PAGE_FIELDS} } }`,
        { learnerId: evenLearner },
      );
      expect(recommendations.edges).toHaveLength(10);
      const { errors } = await service.post(RECOMMENDATIONS, { learnerId: evenLearner, first: -1 });
      expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    });

    test.each([
      ['of another learner', async () => (await recommend(service, oddLearner)).pageInfo.endCursor],
      ['that is nonsense', async () => 'nonsense'],
      ['of another field', async () => Buffer.from('{"id":"c"}').toString('base64url')],
      ['of no list', async () => Buffer.from('{"list":"none","rank":1}').toString('base64url')],
      ['with a NUL', async () => Buffer.from('{"list":"\\u0000","rank":1}').toString('base64url')],
      ['with a lone surrogate', async () => Buffer.from('{"list":"\\ud800","rank":1}').toString('base64url')],
      ['with a rank below the first', async () => Buffer.from('{"list":"l","rank":-1}').toString('base64url')],
    ])('refuse a cursor %s', async (_, cursor) => {
      const { errors, data } = await service.post(RECOMMENDATIONS, { learnerId: evenLearner, after: await cursor() });
      expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
      expect(data).toBeNull();
    });
  });

  describe('for many learners at once', () => {
    const query = `query ($learnerIds: [ID!]!, $first: Int) {
      recommendationsForLearners(learnerIds: $learnerIds, first: $first) { ${PAGE_FIELDS} } }`;
    const ask = async (ids: readonly string[]) =>
      (await service.ask<{ recommendationsForLearners: RecommendedPage[] }>(query, { learnerIds: ids, first: 4 }))
        .recommendationsForLearners;

    test('are the lists that each would get, in the order of the ids', async () => {
      const ids = [oddLearner, 'a stranger', evenLearner, oddLearner];
      const lists = await ask(ids);
      expect(lists.map(({ learnerId }) => learnerId)).toEqual(ids);
      for (const [i, learnerId] of ids.entries()) {
        const alone = await recommend(service, learnerId, { first: 4 });
        expect(lists[i]?.edges.map(({ node }) => node)).toEqual(alone.edges.map(({ node }) => node));
        expect(lists[i]?.strategy).toBe(alone.strategy);
      }
      expect(new Set(lists.map(({ servedListId }) => servedListId)).size).toBe(ids.length);
    });

    test('go on by pages one by one', async () => {
      const [, list] = await ask([oddLearner, evenLearner]);
      const next = await recommend(service, evenLearner, { first: 2, after: list?.pageInfo.endCursor ?? null });
      expect(courseIdsOf(next)).toEqual(courseIdsOf(await recommend(service, evenLearner)).slice(4, 6));
    });

    test('are none for nobody, and at most 100', async () => {
      expect(await ask([])).toEqual([]);
      const { errors } = await service.post(query, { learnerIds: Array(101).fill(evenLearner), first: 1 });
      expect(errors[0]).toMatchObject({
        message: expect.stringContaining('100'),
        extensions: { code: 'BAD_USER_INPUT' },
      });
    });
  });

  test('are popular courses for somebody unknown, under whatever name', async () => {
    for (const learnerId of ['a stranger', '__proto__', 'é😀', "'; DROP TABLE learner; --"]) {
      const list = await recommend(service, learnerId);
      expect(list).toMatchObject({ learnerId, strategy: 'POPULAR' });
      expect(list.edges).toHaveLength(even.length + odd.length);
    }
  });

  test.each([
    ['has a NUL', 'a\0b'],
    ['has half a character', '\ud800'],
    ['is empty', ''],
    ['is absurdly long', 'x'.repeat(201)],
  ])('are refused with a clear error for an id that %s', async (_, learnerId) => {
    for (const [query, variables] of [
      [RECOMMENDATIONS, { learnerId }],
      [
        `query ($ids: [ID!]!) { recommendationsForLearners(learnerIds: $ids) { ${PAGE_FIELDS} } }`,
        { ids: [evenLearner, learnerId] },
      ],
    ] as const) {
      const { errors } = await service.post(query, variables);
      expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    }
  });

  describe('similar courses', () => {
    const similar = async (courseId: string, first: number | null = null) =>
      (
        await service.ask<{ similarCourses: { course: { id: string }; similarity: number }[] }>(
          'query ($id: ID!, $first: Int) { similarCourses(courseId: $id, first: $first) { course { id } similarity } }',
          { id: courseId, first },
        )
      ).similarCourses;

    test('are those that the same people take, most alike first, without the course itself', async () => {
      const [course] = odd as [string];
      const found = await similar(course, odd.length - 1);
      expect(found.map(({ course: { id } }) => id).sort()).toEqual(odd.filter((id) => id !== course).sort());
      const similarities = found.map(({ similarity }) => similarity);
      expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
      expect(Math.max(...similarities)).toBeLessThanOrEqual(1);
    });

    test('are told by content for a course that came after the model, and leave out what is not offered', async () => {
      const late = aCourse();
      const [course] = odd as [string];
      const [closest] = (await similar(course)).map(({ course: { id } }) => id) as [string];
      await store(service, { courses: [late, { id: closest, excludedFromRecommendations: true }] });
      const alike = await similar(late.id);
      expect(alike.length).toBeGreaterThan(0);
      expect(alike.map(({ course: { id } }) => id)).not.toContain(late.id);
      expect((await similar(course)).map(({ course: { id } }) => id)).not.toContain(closest);
      await store(service, {
        courses: [
          { id: closest, excludedFromRecommendations: false },
          { id: late.id, excludedFromRecommendations: true },
        ],
      });
    });
  });

  test('are there for a learner with a token under `me`', async () => {
    const token = await service.token({ learnerId: evenLearner });
    const { me } = await service.ask<{ me: { id: string; recommendations: RecommendedPage } }>(
      `{ me { id recommendations(first: 3) { ${PAGE_FIELDS} } } }`,
      {},
      token,
    );
    expect(me.id).toBe(evenLearner);
    expect(courseIdsOf(me.recommendations)).toEqual(courseIdsOf(await recommend(service, evenLearner, { first: 3 })));
  });

  test('of a list that was begun stay as they are when a new model takes over, which counts for new lists', async () => {
    const first = await recommend(service, evenLearner, { first: 3 });
    const whole = await recommend(service, evenLearner);
    const newer = await train(service);
    const second = await recommend(service, evenLearner, { first: 3, after: first.pageInfo.endCursor });
    expect(courseIdsOf(second)).toEqual(courseIdsOf(whole).slice(3, 6));
    expect(second).toMatchObject({ servedListId: first.servedListId, modelVersion });
    expect((await recommend(service, evenLearner)).modelVersion).toBe(newer);
    const versions = await service.ask('{ modelVersions { id status } }');
    expect(versions).toEqual({
      modelVersions: expect.arrayContaining([
        { id: newer, status: 'LIVE' },
        { id: modelVersion, status: 'RETIRED' },
      ]),
    });
    modelVersion = newer;
  });
});
