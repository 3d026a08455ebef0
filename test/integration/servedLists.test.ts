import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { aCourse, aLearner, anInteraction } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { type RecommendedPage, recommend, train, twoCamps } from '../support/recommending.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 120_000 });

const OUTCOME = 'seenAt clickedAt startedAt completedAt savedAt dismissedAt';
const SERVED_LIST = `query ($id: ID!) { servedList(id: $id) {
  id learnerId surface strategy createdAt modelVersion policyVersion signalWeightsVersion ruleSetVersion variant
  places { rank courseId score sources propensity shownAt reasons { code text } outcome { ${OUTCOME} } }
  pages { firstRank at items { courseId reasons { code text evidence { ... on HistoryEvidence { courseId share } } } } }
  shelves { kind title courseIds } } }`;

interface Replayed {
  readonly id: string;
  readonly places: readonly {
    readonly rank: number;
    readonly courseId: string;
    readonly score: number;
    readonly sources: readonly string[];
    readonly propensity: number;
    readonly shownAt: string | null;
    readonly reasons: readonly { readonly code: string; readonly text: string }[] | null;
    readonly outcome: Readonly<Record<string, string | null>>;
  }[];
  readonly pages: readonly {
    readonly firstRank: number;
    readonly at: string;
    readonly items: readonly { readonly courseId: string; readonly reasons: readonly unknown[] }[];
  }[];
}

/** What a page said of each of its courses, as a replay says it. */
const told = (page: RecommendedPage) =>
  page.edges.map(({ node }) => ({
    rank: node.rank,
    courseId: node.course.id,
    score: node.score,
    reasons: node.reasons.map(({ code, text }) => ({ code, text })),
  }));

describeOnBothDatabases('a served list', (kind) => {
  let service: TestApp;
  let modelVersion: string;
  const organisation = twoCamps(new Date(NOON.getTime() - 86_400_000));
  const [learnerId, otherId] = organisation.learners.map(({ id }) => id) as [string, string];
  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, organisation);
    service.app.work();
    modelVersion = await train(service);
  });
  afterAll(() => service.close());

  const replay = async (id: string, credential?: string) =>
    (await service.ask<{ servedList: Replayed }>(SERVED_LIST, { id }, credential)).servedList;

  test('is replayed as it was served, page by page, whatever has happened since', async () => {
    const served = [await recommend(service, learnerId, { first: 4 })];
    service.now = new Date(NOON.getTime() + 60_000);
    served.push(await recommend(service, learnerId, { first: 4, after: served[0]?.pageInfo.endCursor ?? null }));
    // Neither new activity nor a new policy changes what was.
    const all = served.flatMap(told);
    await store(service, { interactions: [anInteraction({ learnerId, courseId: all[0]?.courseId as string })] });
    service.now = new Date(NOON.getTime() + 120_000);
    served.push(await recommend(service, learnerId, { first: 2, after: served[1]?.pageInfo.endCursor ?? null }));
    const id = served[0]?.servedListId as string;
    const list = await replay(id);
    expect(list).toMatchObject({
      id,
      learnerId,
      surface: 'HOME',
      strategy: served[0]?.strategy,
      createdAt: NOON.toISOString(),
      modelVersion,
      policyVersion: 0,
      signalWeightsVersion: 0,
      ruleSetVersion: null,
      variant: null,
      shelves: null,
    });
    const shown = served.flatMap(told);
    expect(
      list.places.slice(0, 10).map(({ rank, courseId, score, reasons }) => ({ rank, courseId, score, reasons })),
    ).toEqual(shown);
    expect(list.places.map(({ rank }) => rank)).toEqual(list.places.map((_, i) => i + 1));
    expect(list.places.length).toBeGreaterThan(10);
    expect(list.places.slice(10).every(({ reasons, shownAt }) => reasons === null && shownAt === null)).toBe(true);
    expect(
      list.places.every(({ sources, propensity }) => sources.length > 0 && propensity > 0 && propensity <= 1),
    ).toBe(true);
    expect(
      list.pages.map(({ firstRank, at, items }) => [firstRank, at, items.map(({ courseId }) => courseId)]),
    ).toEqual([
      [1, NOON.toISOString(), shown.slice(0, 4).map(({ courseId }) => courseId)],
      [5, new Date(NOON.getTime() + 60_000).toISOString(), shown.slice(4, 8).map(({ courseId }) => courseId)],
      [9, new Date(NOON.getTime() + 120_000).toISOString(), shown.slice(8).map(({ courseId }) => courseId)],
    ]);
    const evidence = served[0]?.edges.map(({ node }) => node.reasons.map((reason) => reason.evidence));
    expect(
      list.pages[0]?.items.map(({ reasons }) => reasons.map((r) => (r as { evidence: unknown }).evidence)),
    ).toEqual(evidence);
  });

  test('records a page once when it is asked for again', async () => {
    const first = await recommend(service, learnerId, { first: 2 });
    const after = first.pageInfo.endCursor;
    const second = await recommend(service, learnerId, { first: 2, after });
    expect(await recommend(service, learnerId, { first: 2, after })).toEqual(second);
    expect((await replay(first.servedListId)).pages.map(({ firstRank }) => firstRank)).toEqual([1, 3]);
  });

  test('says which policy and weights it was made by', async () => {
    await service.ask(`mutation { updatePolicy(input: { diversity: 0 }, expectedVersion: 0, reason: "A test") {
      policy { version } } }`);
    await service.ask(`mutation { updateSignalWeights(input: { saved: 0.4 }, expectedVersion: 0, reason: "A test") {
      signalWeights { version } } }`);
    const { servedListId } = await recommend(service, learnerId, { first: 1 });
    expect(await replay(servedListId)).toMatchObject({ policyVersion: 1, signalWeightsVersion: 1 });
  });

  test('tells what came of each course, from the events of its learner that carry its id', async () => {
    const page = await recommend(service, learnerId, { first: 3 });
    const servedListId = page.servedListId;
    const [first, second] = told(page).map(({ courseId }) => courseId) as [string, string];
    const at = (minutes: number) => new Date(NOON.getTime() + minutes * 60_000);
    service.now = at(60);
    const event = { learnerId, courseId: first, servedListId } as const;
    await store(service, {
      interactions: [
        anInteraction({ ...event, verb: 'IMPRESSION', at: at(2) }),
        anInteraction({ ...event, verb: 'IMPRESSION', at: at(1) }),
        anInteraction({ ...event, verb: 'CLICKED', at: at(3) }),
        anInteraction({ ...event, verb: 'STARTED', at: at(4) }),
        anInteraction({ ...event, verb: 'PASSED', at: at(5) }),
        anInteraction({ ...event, courseId: second, verb: 'DISMISSED', at: at(6) }),
        anInteraction({ ...event, courseId: second, verb: 'CLICKED', at: at(7), learnerId: otherId }),
        anInteraction({ ...event, courseId: second, verb: 'STARTED', at: at(8), servedListId: null }),
      ],
    });
    const nothing = {
      ...{ seenAt: null, clickedAt: null, startedAt: null, completedAt: null, savedAt: null, dismissedAt: null },
    };
    const iso = (minutes: number) => at(minutes).toISOString();
    const { places } = await replay(servedListId);
    expect(places.slice(0, 3).map(({ outcome }) => outcome)).toEqual([
      { ...nothing, seenAt: iso(1), clickedAt: iso(3), startedAt: iso(4), completedAt: iso(5) },
      { ...nothing, dismissedAt: iso(6) },
      nothing,
    ]);
  });

  test('of several learners at once keeps ids of any characters, in one statement', async () => {
    const odd = ['NULL', '{a,b}', 'say "hi"', 'back\\slash', 'ünïcødé 🎓', "it's"].map((id) => aCourse({ id }));
    await store(service, { courses: odd });
    const learners = [aLearner({ languages: [] }), aLearner()];
    await store(service, { learners });
    const { recommendationsForLearners } = await service.ask<{ recommendationsForLearners: RecommendedPage[] }>(
      `query ($ids: [ID!]!) { recommendationsForLearners(learnerIds: $ids, first: 100) {
         servedListId edges { node { rank score course { id } reasons { code text } } } } }`,
      { ids: learners.map(({ id }) => id) },
    );
    expect(recommendationsForLearners).toHaveLength(2);
    for (const page of recommendationsForLearners) {
      const { places } = await replay(page.servedListId);
      expect(places.map(({ rank, courseId, score, reasons }) => ({ rank, courseId, score, reasons }))).toEqual(
        told(page),
      );
      expect(places.map(({ courseId }) => courseId)).toEqual(expect.arrayContaining(odd.map(({ id }) => id)));
    }
    await store(service, { courses: odd.map(({ id }) => ({ id, excludedFromRecommendations: true })) });
  });

  test('made before there were policies is replayed as far as it was kept', async () => {
    await service.sql(
      `INSERT INTO served_list (id, learner_id, surface, strategy, created_at, course_ids, scores)
       VALUES ('old', $1, 'HOME', 'POPULAR', $2, '{x,y}', '{2,1}')`,
      [learnerId, NOON],
    );
    const list = await replay('old');
    expect(list).toMatchObject({ policyVersion: null, signalWeightsVersion: null, pages: [] });
    expect(
      list.places.map(({ courseId, score, sources, propensity }) => [courseId, score, sources, propensity]),
    ).toEqual([
      ['x', 2, [], 1],
      ['y', 1, [], 1],
    ]);
  });

  describe('is seen', () => {
    let id: string;
    const code = async (credential: string, listId = id) => {
      const { data, errors } = await service.post(SERVED_LIST, { id: listId }, credential);
      return { code: errors[0]?.extensions.code ?? null, message: errors[0]?.message ?? null, data };
    };
    beforeAll(async () => {
      await store(service, { learners: [{ id: learnerId, managerId: 'boss' }, aLearner({ id: 'boss' })] });
      id = (await recommend(service, learnerId, { first: 1 })).servedListId;
    });

    test('by its learner, by their manager and by a key that may read lists', async () => {
      for (const credential of [
        await service.token({ learnerId }),
        await service.token({ learnerId: 'boss', roles: ['MANAGER'] }),
        await service.key('RECOMMEND'),
        await service.token({ learnerId: 'root', roles: ['ADMIN'] }),
      ]) {
        expect((await replay(id, credential)).id).toBe(id);
      }
    });

    test('by their manager without the time of day of what came of it', async () => {
      const { places } = await replay(id);
      const at = new Date(NOON.getTime() + 90 * 60_000);
      service.now = new Date(at.getTime() + 60_000);
      await store(service, {
        interactions: (['IMPRESSION', 'CLICKED', 'STARTED', 'COMPLETED', 'SAVED', 'DISMISSED'] as const).map((verb) =>
          anInteraction({ learnerId, courseId: places[0]?.courseId as string, servedListId: id, verb, at }),
        ),
      });
      const names = OUTCOME.split(' ');
      const all = (value: string) => Object.fromEntries(names.map((name) => [name, value]));
      const outcomes = async (credential?: string) =>
        (await replay(id, credential)).places.slice(0, 2).map(({ outcome }) => outcome);
      const boss = await service.token({ learnerId: 'boss', roles: ['MANAGER'] });
      const nothing = Object.fromEntries(names.map((name) => [name, null]));
      expect(await outcomes()).toEqual([all(at.toISOString()), nothing]);
      expect(await outcomes(await service.token({ learnerId }))).toEqual([all(at.toISOString()), nothing]);
      expect(await outcomes(boss)).toEqual([all('2025-03-12T00:00:00.000Z'), nothing]);
    });

    test('by nobody else, who cannot tell it from one that does not exist', async () => {
      for (const credential of [
        await service.token({ learnerId: otherId }),
        await service.token({ learnerId: otherId, roles: ['MANAGER'] }),
        await service.token({ learnerId: 'boss' }),
        await service.token({ learnerId: 'analyst', roles: ['LD_ANALYST', 'LD_EDITOR', 'PRIVACY'] }),
      ]) {
        const answer = await code(credential);
        expect(answer.code).toBe('NOT_FOUND');
        expect(answer).toEqual(await code(credential, 'nothing'));
      }
      expect((await code(await service.key('INGEST', 'CATALOG'))).code).toBe('FORBIDDEN');
    });
  });
});
