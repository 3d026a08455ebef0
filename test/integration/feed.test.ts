import { afterAll, beforeAll, expect, test } from 'vitest';
import { aCourse, aLearner, anAssignment, anInteraction, aRole, aSkill } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

const DAY_MS = 86_400_000;
const inDays = (days: number) => new Date(NOON.getTime() + days * DAY_MS);

interface Feed {
  readonly learnerId: string;
  readonly servedListId: string;
  readonly strategy: string;
  readonly shelves: readonly {
    readonly kind: string;
    readonly title: string;
    readonly reason: string;
    readonly entries: readonly {
      readonly course: { readonly id: string };
      readonly rank: number;
      readonly score: number;
      readonly reasons: readonly { readonly code: string; readonly text: string }[];
    }[];
  }[];
}

const FIELDS = `learnerId servedListId strategy modelVersion shelves { kind title reason entries {
  course { id } rank score obligation dueAt overdue progress stoppedAt minutesLeft missingPrerequisites { id }
  nextSession { id startsAt } reasons { code text evidence {
    ... on AssignmentEvidence { obligation dueAt overdue } ... on SavedEvidence { savedAt } } } } }`;
const FEED = `query ($learnerId: ID!, $perShelf: Int) { feed(learnerId: $learnerId, perShelf: $perShelf) { ${FIELDS} } }`;

describeOnBothDatabases('the feed', (kind) => {
  let service: TestApp;
  const skill = aSkill({ name: 'Negotiation' });
  const role = aRole({ name: 'Buyer', skills: [{ skillId: skill.id, targetLevel: 0.8 }] });
  const old = inDays(-500);
  const teaching = Array.from({ length: 5 }, () =>
    aCourse({ publishedAt: old, skills: [{ skillId: skill.id, levelTo: 0.7 }] }),
  );
  const others = Array.from({ length: 8 }, () => aCourse({ publishedAt: old, durationMinutes: 40 }));
  const duty = aCourse({ publishedAt: old });
  const session = { startsAt: inDays(4), endsAt: inDays(5), capacity: 10 };
  const workshop = aCourse({
    publishedAt: old,
    kind: 'LIVE_SESSION',
    sessions: [{ ...session, id: 's', seatsTaken: 9 }],
  });
  const full = aCourse({ publishedAt: old, kind: 'LIVE_SESSION', sessions: [{ ...session, id: 's', seatsTaken: 10 }] });
  const coaching = ['COACHING', 'MENTORING'].map((one) => aCourse({ publishedAt: old, kind: one as 'COACHING' }));
  const learner = aLearner({ roleId: role.id, managerId: 'boss' });
  const [begun, saved] = others.map(({ id }) => id) as [string, string];

  const feedOf = async (learnerId: string, perShelf?: number, credential?: string) =>
    (await service.ask<{ feed: Feed }>(FEED, { learnerId, perShelf }, credential)).feed;
  const idsOf = (feed: Feed, only?: string) =>
    feed.shelves
      .filter((shelf) => only === undefined || shelf.kind === only)
      .flatMap(({ entries }) => entries.map(({ course }) => course.id));
  const act = async (verb: 'SAVED' | 'DISMISSED' | 'COMPLETED' | 'RATED', courseId: string, score?: number) =>
    await store(service, {
      interactions: [anInteraction({ learnerId: learner.id, courseId, verb, at: NOON, score })],
    });

  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, {
      skills: [skill],
      roles: [role],
      courses: [...teaching, ...others, duty, workshop, full, ...coaching],
      learners: [learner, aLearner({ id: 'boss' })],
      assignments: [
        anAssignment({ learnerId: learner.id, courseId: duty.id, obligation: 'MANDATORY', dueAt: inDays(3) }),
      ],
      interactions: [
        anInteraction({ learnerId: learner.id, courseId: begun, verb: 'PROGRESSED', progress: 0.5, at: inDays(-1) }),
        anInteraction({ learnerId: learner.id, courseId: saved, verb: 'SAVED', at: inDays(-2) }),
      ],
    });
  });
  afterAll(() => service.close());

  test('holds everything in its place, once', async () => {
    const feed = await feedOf(learner.id);
    expect(feed).toMatchObject({ learnerId: learner.id, strategy: 'SKILLS' });
    expect(feed.shelves.map(({ kind: one, title }) => [one, title])).toEqual([
      ['REQUIRED', 'To do for work'],
      ['CONTINUE', 'Pick up where you left off'],
      ['FOR_YOU', 'A good place to start'],
      ['CLOSE_YOUR_GAPS', 'Closing your gap in Negotiation'],
      ['LIVE_AND_COACHING', 'Learn with others'],
      ['SAVED', 'Saved for later'],
    ]);
    expect(feed.shelves[0]?.entries).toMatchObject([
      {
        course: { id: duty.id },
        obligation: 'MANDATORY',
        dueAt: inDays(3).toISOString(),
        overdue: false,
        progress: null,
        reasons: [{ code: 'ASSIGNED', text: 'Mandatory, due on 2025-03-15', evidence: { obligation: 'MANDATORY' } }],
      },
    ]);
    expect(feed.shelves[1]?.entries).toMatchObject([
      { course: { id: begun }, progress: 0.5, minutesLeft: 20, stoppedAt: inDays(-1).toISOString() },
    ]);
    expect(idsOf(feed, 'SAVED')).toEqual([saved]);
    expect(idsOf(feed, 'LIVE_AND_COACHING').toSorted()).toEqual(
      [workshop.id, ...coaching.map(({ id }) => id)].toSorted(),
    );
    const all = idsOf(feed);
    expect(new Set(all).size).toBe(all.length);
    expect(all).not.toContain(full.id);
    expect(feed.shelves.flatMap(({ entries }) => entries.map(({ rank }) => rank))).toEqual(all.map((_, i) => i + 1));
  });

  test('is recorded as one list with its shelves', async () => {
    const feed = await feedOf(learner.id, 3);
    for (const { entries } of feed.shelves) expect(entries.length).toBeLessThanOrEqual(3);
    const { servedList } = await service.ask<{ servedList: unknown }>(
      `query ($id: ID!) { servedList(id: $id) { learnerId strategy
         places { rank courseId score sources reasons { code text } } shelves { kind title reason courseIds } } }`,
      { id: feed.servedListId },
    );
    expect(servedList).toMatchObject({
      learnerId: learner.id,
      strategy: feed.strategy,
      places: feed.shelves.flatMap(({ entries }) =>
        entries.map(({ course, rank, score, reasons }) => ({
          rank,
          courseId: course.id,
          score,
          reasons: reasons.map(({ code, text }) => ({ code, text })),
        })),
      ),
      shelves: feed.shelves.map(({ kind: one, title, reason, entries }) => ({
        kind: one,
        title,
        reason,
        courseIds: entries.map(({ course }) => course.id),
      })),
    });
  });

  test('shows at once what somebody saved, dismissed and completed', async () => {
    const [first, second, third] = teaching.map(({ id }) => id) as [string, string, string];
    await act('SAVED', first);
    expect(idsOf(await feedOf(learner.id), 'SAVED')).toEqual([first, saved]);
    await act('DISMISSED', second);
    expect(idsOf(await feedOf(learner.id))).not.toContain(second);
    await act('COMPLETED', third);
    await act('COMPLETED', duty.id);
    const feed = await feedOf(learner.id);
    expect(idsOf(feed)).not.toContain(third);
    expect(feed.shelves.map((shelf) => shelf.kind)).not.toContain('REQUIRED');
  });

  test('of somebody nobody has told us about is sensible, and reached through the learner as well', async () => {
    const token = await service.token({ learnerId: 'stranger' });
    const { me } = await service.ask<{ me: { feed: Feed } }>(`{ me { feed(perShelf: 2) { ${FIELDS} } } }`, {}, token);
    expect(me.feed).toMatchObject({ learnerId: 'stranger', strategy: 'POPULAR' });
    expect(me.feed.shelves.map(({ kind: one }) => one)).toEqual(['FOR_YOU', 'LIVE_AND_COACHING']);
    const boss = await service.token({ learnerId: 'boss', roles: ['MANAGER'] });
    expect((await feedOf(learner.id, 1, boss)).learnerId).toBe(learner.id);
    const { errors } = await service.post(FEED, { learnerId: learner.id }, token);
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
  });

  test('tells the learner and portals, but no manager, at which moment they were at something', async () => {
    const told = async (credential?: string) => {
      const feed = await feedOf(learner.id, undefined, credential);
      const entriesOf = (one: string) => feed.shelves.find((shelf) => shelf.kind === one)?.entries ?? [];
      return {
        stoppedAt: entriesOf('CONTINUE').map((entry) => (entry as unknown as { stoppedAt: unknown }).stoppedAt),
        saved: entriesOf('SAVED').find(({ course }) => course.id === saved)?.reasons[0],
      };
    };
    const text = 'You saved it on 2025-03-10';
    const whole = {
      stoppedAt: [inDays(-1).toISOString()],
      saved: { code: 'SAVED', text, evidence: { savedAt: inDays(-2).toISOString() } },
    };
    for (const own of [undefined, await service.token({ learnerId: learner.id })]) {
      expect(await told(own)).toEqual(whole);
    }
    expect(await told(await service.token({ learnerId: 'boss', roles: ['MANAGER'] }))).toEqual({
      stoppedAt: [null],
      saved: { code: 'SAVED', text, evidence: null },
    });
  });

  test('refuses fewer than one course a shelf, and serves at most thirty', async () => {
    const { errors } = await service.post(FEED, { learnerId: learner.id, perShelf: 0 });
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', details: { argument: 'perShelf' } });
    expect((await feedOf(learner.id, 1_000)).shelves.length).toBeGreaterThan(0);
  });
});
