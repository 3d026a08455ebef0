import { afterAll, beforeAll, expect, test } from 'vitest';
import { aCourse, aLearner, anAssignment } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { ingest, store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

const DAY_MS = 86_400_000;
const inDays = (days: number) => new Date(NOON.getTime() + days * DAY_MS);

describeOnBothDatabases('what is stored of seats and dates', (kind) => {
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
  });
  afterAll(() => service.close());

  test('a course keeps the time it was added at, and tells the seats of its sessions', async () => {
    const session = { id: 's', startsAt: inDays(3), endsAt: inDays(4), capacity: 12 };
    const course = aCourse({ kind: 'LIVE_SESSION', sessions: [{ ...session, seatsTaken: 12 }] });
    const old = aCourse({ publishedAt: inDays(-100) });
    await store(service, { courses: [course, old] });
    service.now = inDays(1);
    await store(service, { courses: [{ id: course.id, sessions: [{ ...session, seatsTaken: 11 }] }] });
    service.now = NOON;
    const query = 'query ($id: ID!) { course(id: $id) { addedAt sessions { capacity seatsTaken } } }';
    expect(await service.ask(query, { id: course.id })).toEqual({
      course: { addedAt: NOON.toISOString(), sessions: [{ capacity: 12, seatsTaken: 11 }] },
    });
    expect(await service.ask(query, { id: old.id })).toEqual({
      course: { addedAt: inDays(-100).toISOString(), sessions: [] },
    });
    const refused = await ingest(service, 'upsertCourses', [
      aCourse({ sessions: [{ ...session, seatsTaken: -1 }] }),
      aCourse({ sessions: [{ ...session, seatsTaken: 13 }] }),
    ]);
    expect(refused).toMatchObject({
      storedCount: 1,
      userErrors: [{ index: 0, code: 'INVALID_VALUE', path: ['sessions', '0', 'seatsTaken'] }],
    });
  });

  test('an assignment says from when on completions count', async () => {
    const [learner, course, other] = [aLearner(), aCourse(), aCourse()];
    await store(service, {
      courses: [course, other],
      learners: [learner],
      assignments: [
        anAssignment({ learnerId: learner.id, courseId: course.id, countsFrom: inDays(-30), dueAt: inDays(5) }),
        anAssignment({ learnerId: learner.id, courseId: other.id }),
      ],
    });
    const assignments = async () => (await service.app.learners.states([learner.id]))[0]?.assignments;
    expect(await assignments()).toEqual([
      { courseId: course.id, obligation: 'ASSIGNED', dueAt: inDays(5), countsFrom: inDays(-30) },
      { courseId: other.id, obligation: 'ASSIGNED', dueAt: null, countsFrom: null },
    ]);
    await store(service, { assignments: [anAssignment({ learnerId: learner.id, courseId: course.id })] });
    expect((await assignments())?.[0]).toMatchObject({ dueAt: null, countsFrom: null });
  });
});
