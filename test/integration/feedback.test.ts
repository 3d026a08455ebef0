import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aCourse, aLearner, anInteraction } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { ingest, store } from '../support/ingest.js';
import { courseIdsOf, recommend } from '../support/recommending.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

const PAYLOAD = 'recorded duplicate clientMutationId userErrors { index code message path }';
const IDS = '$learnerId: ID!, $courseId: ID!, $servedListId: ID, $clientMutationId: ID';
const PASSED =
  'learnerId: $learnerId, courseId: $courseId, servedListId: $servedListId, clientMutationId: $clientMutationId';
const MUTATIONS = {
  dismissCourse: `mutation (${IDS}, $reason: DismissReason) {
    dismissCourse(${PASSED}, reason: $reason) { ${PAYLOAD} } }`,
  dismissUnsaid: `mutation (${IDS}) { dismissUnsaid: dismissCourse(${PASSED}) { ${PAYLOAD} } }`,
  alreadyKnow: `mutation (${IDS}) { alreadyKnow(${PASSED}) { ${PAYLOAD} } }`,
  saveCourse: `mutation (${IDS}) { saveCourse(${PASSED}) { ${PAYLOAD} } }`,
  rateCourse: `mutation (${IDS}, $rating: Float!) { rateCourse(${PASSED}, rating: $rating) { ${PAYLOAD} } }`,
};
type Mutation = keyof typeof MUTATIONS;

interface Payload {
  readonly recorded: boolean;
  readonly duplicate: boolean;
  readonly clientMutationId: string | null;
  readonly userErrors: readonly { readonly code: string; readonly path: readonly string[] }[];
}

describeOnBothDatabases('feedback', (kind) => {
  let service: TestApp;
  const courses = Array.from({ length: 6 }, () => aCourse());
  const [courseId, otherCourse] = courses.map(({ id }) => id) as [string, string];
  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { courses });
  });
  afterAll(() => service.close());

  const newLearner = async (stated: Parameters<typeof aLearner>[0] = {}) => {
    const learner = aLearner(stated);
    await store(service, { learners: [learner] });
    return learner.id;
  };
  const say = async (mutation: Mutation, variables: Readonly<Record<string, unknown>>, credential?: string) =>
    (await service.ask<Record<string, Payload>>(MUTATIONS[mutation], variables, credential))[mutation] as Payload;
  const eventsOf = (learnerId: string) =>
    service.sql(
      `SELECT i.source, i.course_id AS "courseId", i.verb, i.reason, i.score, i.served_list_id AS "servedListId", i.at
       FROM interaction i WHERE i.learner_id = $1 ORDER BY i.seq`,
      [learnerId],
    );
  const done = { recorded: true, duplicate: false, clientMutationId: null, userErrors: [] };

  test.each([
    ['dismissCourse', { reason: 'TOO_LONG' }, { verb: 'DISMISSED', reason: 'TOO_LONG', score: null }],
    ['dismissUnsaid', {}, { verb: 'DISMISSED', reason: 'OTHER', score: null }],
    ['alreadyKnow', {}, { verb: 'DISMISSED', reason: 'ALREADY_KNOW', score: null }],
    ['saveCourse', {}, { verb: 'SAVED', reason: null, score: null }],
    ['rateCourse', { rating: -0.5 }, { verb: 'RATED', reason: null, score: -0.5 }],
  ] as const)('%s %j is one event of the log, and links back to the list', async (mutation, extra, expected) => {
    const learnerId = await newLearner();
    const { servedListId } = await recommend(service, learnerId);
    const token = await service.token({ learnerId });
    expect(await say(mutation, { learnerId, courseId, servedListId, ...extra }, token)).toEqual(done);
    expect(await eventsOf(learnerId)).toEqual([{ source: 'waymark', courseId, servedListId, at: NOON, ...expected }]);
  });

  test.each(['dismissCourse', 'alreadyKnow'] as const)('by %s is seen in the next list', async (mutation) => {
    const learnerId = await newLearner();
    const [first] = courseIdsOf(await recommend(service, learnerId)) as [string];
    await say(mutation, { learnerId, courseId: first });
    const after = courseIdsOf(await recommend(service, learnerId));
    expect(after).not.toContain(first);
    expect(after).toHaveLength(courses.length - 1);
  });

  test('is counted once however often the call is repeated, also at the same time and later', async () => {
    const learnerId = await newLearner();
    const call = { learnerId, courseId, clientMutationId: 'call-1' };
    const together = await Promise.all([say('saveCourse', call), say('saveCourse', call)]);
    service.now = new Date(NOON.getTime() + 5_000);
    const later = await say('saveCourse', call);
    service.now = NOON;
    expect(together.map(({ duplicate }) => duplicate).sort()).toEqual([false, true]);
    expect([...together, later].every(({ recorded, userErrors }) => recorded && userErrors.length === 0)).toBe(true);
    expect(later).toMatchObject({ duplicate: true, clientMutationId: 'call-1' });
    expect(await eventsOf(learnerId)).toHaveLength(1);
  });

  test('under an id that was used for something else is refused, and the first stays', async () => {
    const learnerId = await newLearner();
    const call = { learnerId, courseId, clientMutationId: 'call-1' };
    await say('saveCourse', call);
    for (const [mutation, change] of [
      ['dismissCourse', {}],
      ['saveCourse', { courseId: otherCourse }],
    ] as const) {
      expect(await say(mutation, { ...call, ...change })).toMatchObject({
        recorded: false,
        userErrors: [{ index: null, code: 'CONFLICT', path: ['clientMutationId'] }],
      });
    }
    expect(await eventsOf(learnerId)).toMatchObject([{ verb: 'SAVED', courseId }]);
    // Ids of two learners have nothing to do with each other.
    expect(await say('saveCourse', { ...call, learnerId: await newLearner() })).toMatchObject({ duplicate: false });
  });

  test('without an id counts every time', async () => {
    const learnerId = await newLearner();
    await say('rateCourse', { learnerId, courseId, rating: 1 });
    await say('rateCourse', { learnerId, courseId, rating: 1 });
    expect(await eventsOf(learnerId)).toHaveLength(2);
  });

  test.each([
    ['an unknown learner', { learnerId: 'nobody' }, 'NOT_FOUND', 'learnerId'],
    ['an unknown course', { courseId: 'nothing' }, 'NOT_FOUND', 'courseId'],
    ['a rating beyond its range', { rating: 1.5 }, 'INVALID_VALUE', 'rating'],
    ['a list that cannot be', { servedListId: 'a\0b' }, 'INVALID_VALUE', 'servedListId'],
  ])('on %s says so', async (_, change, code, field) => {
    const learnerId = await newLearner();
    const payload = await say('rateCourse', { learnerId, courseId, rating: 0, ...change });
    expect(payload).toMatchObject({ recorded: false, duplicate: false, userErrors: [{ code, path: [field] }] });
    expect(await eventsOf(learnerId)).toEqual([]);
  });

  test('cannot be sent by a portal under the name of the service', async () => {
    const learnerId = await newLearner();
    const { storedCount, userErrors } = await ingest(service, 'recordActivity', [
      anInteraction({ learnerId, courseId, source: 'waymark' }),
    ]);
    expect([storedCount, userErrors.map(({ path }) => path)]).toEqual([0, [['source']]]);
  });

  describe('is given', () => {
    test('by the learner and by portals that send activity', async () => {
      const learnerId = await newLearner();
      for (const credential of [await service.token({ learnerId }), await service.key('INGEST')]) {
        expect((await say('saveCourse', { learnerId, courseId }, credential)).recorded).toBe(true);
      }
    });

    test('by nobody else: no manager, colleague or reader of lists', async () => {
      const learnerId = await newLearner({ managerId: 'boss' });
      for (const credential of [
        await service.token({ learnerId: 'boss', roles: ['MANAGER', 'LD_EDITOR'] }),
        await service.token({ learnerId: 'colleague' }),
        await service.key('RECOMMEND', 'CATALOG'),
      ]) {
        for (const mutation of Object.values(MUTATIONS)) {
          const { errors } = await service.post(mutation, { learnerId, courseId, rating: 1 }, credential);
          expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
        }
      }
      expect(await eventsOf(learnerId)).toEqual([]);
    });
  });
});
