import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InteractionInput } from '../../src/activity/interactionPlan.js';
import { rebuildWithProgress } from '../../src/cli/rebuildProfiles.js';
import { DEFAULT_CONFIDENCE_WEIGHTS } from '../../src/learners/confidence.js';
import { DISMISS_REASONS, type ProfileEvent } from '../../src/learners/profileEvent.js';
import { gatherTrainingEvents } from '../../src/training/gatherEvents.js';
import { toldIndex, trainingSet } from '../../src/training/trainingSet.js';
import { aCourse, aLearner, anAssignment, anInteraction, someEvidence } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { ingest, store } from '../support/ingest.js';
import { inOrder, type PlainProfiles, plainProfiles, someEvents } from '../support/plainProfiles.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

const MINUTE_MS = 60_000;
const MORNING = new Date('2025-03-12T08:30:00Z');
const QUIETLY = { report: () => {}, shouldStop: () => false };

const at = (minutes: number) => new Date(MORNING.getTime() + minutes * MINUTE_MS);
const search = (learnerId: string, minutes: number, stated: Partial<InteractionInput> = {}) =>
  anInteraction({ learnerId, verb: 'SEARCHED', query: 'excel', at: at(minutes), ...stated });

describeOnBothDatabases('profiles', (kind) => {
  let service: TestApp;
  const courses = [aCourse(), aCourse()] as const;
  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { courses });
  });
  afterAll(async () => {
    await service.close();
  });

  async function newLearners(count: number): Promise<string[]> {
    const learners = Array.from({ length: count }, () => aLearner());
    await store(service, { learners });
    return learners.map(({ id }) => id);
  }

  const ms = (column: string) => `(extract(epoch FROM ${column}) * 1000)::double precision`;

  /** What every table of the profiles holds of these learners. */
  async function held(learnerIds: readonly string[]): Promise<PlainProfiles> {
    const rows = async (columns: string, table: string) =>
      inOrder(
        await service.sql<object>(
          `SELECT learner_id AS "learnerId", ${columns} FROM ${table} WHERE learner_id = ANY($1)`,
          [learnerIds],
        ),
      );
    const states = await service.app.learners.states(learnerIds);
    return {
      evidence: await rows(
        `events, ${ms('first_at')} AS "firstAtMs", ${ms('last_at')} AS "lastAtMs"`,
        'learner_profile',
      ),
      courses: inOrder(states.flatMap(({ learnerId, courses }) => courses.map((c) => ({ learnerId, ...c })))),
      activeHours: await rows(`${ms('hour_start')} AS "hourStartMs"`, 'learner_active_hour'),
      touchpoints: await rows('device, channel, events', 'learner_touchpoint'),
      searches: await rows(
        `${ms('at')} AS "atMs", term, searches, zero_results AS "zeroResults", ${ms('followed_at')} AS "followedAtMs"`,
        'learner_search',
      ),
      pages: await rows(`page, visits, ${ms('last_at')} AS "lastAtMs"`, 'learner_page'),
      sittings: await rows('device, minutes, sittings', 'learner_sitting'),
    };
  }

  let logs = 0;
  /** Events with ids of their own, as a portal would send them. */
  function asSent(events: readonly ProfileEvent[]): (ProfileEvent & { source: string; eventId: string })[] {
    logs += 1;
    return events.map((event, i) => ({ ...event, source: `log-${logs}`, eventId: `${i}` }));
  }

  async function record(rows: readonly InteractionInput[]): Promise<void> {
    const { errors } = await service.app.activity.recordActivity(rows);
    expect(errors).toEqual([]);
  }

  test('are the fold of the log, sent in any order and batches and more than once, and so is a rebuild', async () => {
    const courseIds = courses.map(({ id }) => id);
    await fc.assert(
      fc.asyncProperty(
        fc.array(someEvents(['0', '1'], courseIds, MORNING), { maxLength: 25 }),
        fc.infiniteStream(fc.nat(1_000)),
        async (events, numbers) => {
          const next = (below: number) => (numbers.next().value as number) % below;
          const learnerIds = await newLearners(2);
          const log = asSent(
            events.map((event) => ({ ...event, learnerId: learnerIds[Number(event.learnerId)] as string })),
          );
          // Some are sent twice, all in an order of chance.
          const sent = [...log, ...log.filter(() => next(4) === 0)].map((event) => ({ event, place: next(1_000) }));
          const rest = sent.sort((a, b) => a.place - b.place).map(({ event }) => event);
          while (rest.length > 0) await record(rest.splice(0, 1 + next(10)));
          const expected = plainProfiles(log);
          expect(await held(learnerIds)).toEqual(expected);
          await service.app.activity.rebuildProfiles(QUIETLY);
          expect(await held(learnerIds)).toEqual(expected);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('survive senders and rebuilds that meet', async () => {
    const learnerIds = await newLearners(4);
    const courseIds = courses.map(({ id }) => id);
    const log = asSent(fc.sample(someEvents(learnerIds, courseIds, MORNING), { numRuns: 200, seed: 1 }));
    const batches = Array.from({ length: 20 }, (_, b) => log.filter((_, i) => i % 20 === b || i % 7 === b));
    await Promise.all([
      ...batches.map(record),
      service.app.activity.rebuildProfiles(QUIETLY),
      service.app.activity.rebuildProfiles(QUIETLY),
    ]);
    expect(await held(learnerIds)).toEqual(plainProfiles(log));
  });

  test('know what followed a search when both are recorded at once', async () => {
    const learnerIds = await newLearners(20);
    await Promise.all(
      learnerIds.flatMap((learnerId) => [
        record([search(learnerId, 0)]),
        record([anInteraction({ learnerId, courseId: courses[0].id, verb: 'VIEWED', at: at(3) })]),
      ]),
    );
    const { searches } = await held(learnerIds);
    expect(searches).toHaveLength(20);
    for (const found of searches) expect(found).toMatchObject({ followedAtMs: at(3).getTime() });
  });

  test.runIf(kind === 'postgres')('know it even when both are in the log before either is folded', async () => {
    const [learnerId] = (await newLearners(1)) as [string];
    await record([anInteraction({ learnerId, verb: 'VISITED', page: '/' })]);
    const both = await service.app.database.dataSource.transaction(async (transaction) => {
      await transaction.query('SELECT 1 FROM learner_profile WHERE learner_id = $1 FOR UPDATE', [learnerId]);
      const recording = Promise.all([
        record([search(learnerId, 0)]),
        record([anInteraction({ learnerId, courseId: courses[0].id, verb: 'STARTED', at: at(3) })]),
      ]);
      for (let waiting = 0; waiting < 2; ) {
        await sleep(20);
        const [row] = await service.sql<{ n: number }>(
          `SELECT count(*)::integer AS n FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        waiting = row?.n ?? 0;
      }
      return { recording };
    });
    await both.recording;
    expect((await held([learnerId])).searches).toEqual([
      {
        ...{ learnerId, atMs: at(0).getTime(), term: 'excel', searches: 1, zeroResults: 0 },
        followedAtMs: at(3).getTime(),
      },
    ]);
  });

  describe('searches in the state of a learner', () => {
    const DAY_MINUTES = 24 * 60;

    test('are the latest of each term, recent ones and those in vain, latest first', async () => {
      const [learnerId] = (await newLearners(1)) as [string];
      const daysAgo = (days: number, query: string, resultCount: number | null) =>
        search(learnerId, 0, { query, resultCount, at: new Date(NOON.getTime() - days * DAY_MINUTES * MINUTE_MS) });
      await record([
        daysAgo(1, 'Excel', 3),
        daysAgo(2, 'excel', 0),
        daysAgo(29, 'sql', null),
        daysAgo(31, 'too old', 3),
        daysAgo(364, 'cobol', 0),
        daysAgo(366, 'far too old', 0),
        daysAgo(200, 'found since', 0),
        daysAgo(100, 'found since', 2),
        anInteraction({
          ...{ learnerId, courseId: courses[0].id, verb: 'CLICKED' },
          at: new Date(NOON.getTime() - DAY_MINUTES * MINUTE_MS + 5_000),
        }),
      ]);
      const [state] = await service.app.learners.states([learnerId]);
      const agoMs = (days: number) => NOON.getTime() - days * DAY_MINUTES * MINUTE_MS;
      expect(state?.searches).toEqual([
        { term: 'excel', atMs: agoMs(1), hadNoResults: false, followedAtMs: agoMs(1) + 5_000 },
        { term: 'sql', atMs: agoMs(29), hadNoResults: false, followedAtMs: null },
        { term: 'cobol', atMs: agoMs(364), hadNoResults: true, followedAtMs: null },
      ]);
    });

    test('are of 20 terms at most', async () => {
      const [learnerId] = (await newLearners(1)) as [string];
      await record(Array.from({ length: 25 }, (_, i) => search(learnerId, i, { query: `term ${i}` })));
      const [state] = await service.app.learners.states([learnerId]);
      expect(state?.searches.map(({ term }) => term)).toEqual(Array.from({ length: 20 }, (_, i) => `term ${24 - i}`));
    });
  });

  describe('a dismissal', () => {
    test('keeps its reason the whole way', async () => {
      const [learnerId] = (await newLearners(1)) as [string];
      const courseId = courses[0].id;
      const row = anInteraction({ learnerId, courseId, verb: 'DISMISSED', reason: 'TOO_LONG' });
      expect(await ingest(service, 'recordActivity', [row])).toMatchObject({ storedCount: 1, userErrors: [] });
      expect(await ingest(service, 'recordActivity', [row])).toMatchObject({ duplicateCount: 1, userErrors: [] });
      expect(await ingest(service, 'recordActivity', [{ ...row, reason: 'NOT_NOW' }])).toMatchObject({
        userErrors: [{ index: 0, code: 'CONFLICT' }],
      });
      const [state] = await service.app.learners.states([learnerId]);
      expect(state?.courses).toMatchObject([{ courseId, dismissReason: 'TOO_LONG' }]);
    });

    test('alone may have a reason', async () => {
      const [learnerId] = (await newLearners(1)) as [string];
      const row = anInteraction({ learnerId, courseId: courses[0].id, verb: 'STARTED', reason: 'TOO_LONG' });
      expect(await ingest(service, 'recordActivity', [row])).toMatchObject({
        storedCount: 0,
        userErrors: [{ index: 0, code: 'INVALID_VALUE', path: ['reason'] }],
      });
    });

    test('trains the model by its reason, as it counts for serving', async () => {
      const learnerIds = await newLearners(DISMISS_REASONS.length + 1);
      const courseId = courses[1].id;
      const reasons = [null, ...DISMISS_REASONS];
      await record(
        reasons.map((reason, i) =>
          anInteraction({ learnerId: learnerIds[i] as string, courseId, verb: 'DISMISSED', reason }),
        ),
      );
      const { activity, learners, catalog } = service.app;
      const watermark = await activity.watermark();
      const { events } = await gatherTrainingEvents(activity, learners, catalog.snapshot, watermark, QUIETLY);
      // The learners of this test are the latest, and ids are made in order.
      const first = events.learnerCount - learnerIds.length;
      const own = [...events.verbs.subarray(events.learnerOffsets[first])];
      expect(own).toEqual(reasons.map((reason) => toldIndex('DISMISSED', reason)));
      const { data } = trainingSet(events, Number.POSITIVE_INFINITY, NOON.getTime(), null, {
        confidenceWeights: DEFAULT_CONFIDENCE_WEIGHTS,
      });
      const { rowOffsets, values } = data.interactions;
      const told = reasons.map((_, i) => [
        ...values.subarray(rowOffsets[first + i] as number, rowOffsets[first + i + 1] as number),
      ]);
      const nothing = new Set<string | null>(['ALREADY_KNOW', 'NOT_NOW']);
      expect(told).toEqual(reasons.map((reason) => (nothing.has(reason) ? [] : [-1])));
    });
  });

  describe('a rebuild', () => {
    const REBUILD = 'mutation { rebuildProfiles { id status } }';

    /** As a database that an older version wrote. */
    async function forget(learnerIds: readonly string[]): Promise<void> {
      for (const table of ['learner_profile', 'learner_search', 'learner_page', 'learner_sitting', 'learner_course']) {
        await service.sql(`DELETE FROM ${table} WHERE learner_id = ANY($1)`, [learnerIds]);
      }
    }

    test('fills in what older versions did not fold, from the command line', async () => {
      const learnerIds = await newLearners(120);
      const log = asSent(
        learnerIds.flatMap((learnerId, i) =>
          fc.sample(someEvents([learnerId], [courses[0].id], MORNING), { numRuns: i % 3, seed: i }),
        ),
      );
      await record(log);
      await forget(learnerIds);
      let shown = '';
      const stream = { write: (text: string) => (shown += text) };
      await rebuildWithProgress(service.app.activity, new AbortController().signal, stream);
      const [row] = await service.sql<{ n: number }>('SELECT count(*)::integer AS n FROM learner');
      expect(shown).toContain(`Rebuilding profiles: ${row?.n} learners`);
      const expected = plainProfiles(log);
      expect(await held(learnerIds)).toEqual(expected);
      // Whoever never did anything has no profile.
      expect(expected.evidence).toHaveLength(80);
    });

    test('stops when told to', async () => {
      await expect(service.app.activity.rebuildProfiles({ report: () => {}, shouldStop: () => true })).rejects.toThrow(
        'told to stop',
      );
    });

    test('runs in the background when an administrator asks for it', async () => {
      const [learnerId] = (await newLearners(1)) as [string];
      await record([search(learnerId, 0)]);
      await forget([learnerId]);
      const { rebuildProfiles } = await service.ask<{ rebuildProfiles: { id: string; status: string } }>(REBUILD);
      expect(rebuildProfiles.status).toBe('QUEUED');
      service.app.work();
      const rebuild = async () =>
        (
          await service.ask<{ profileRebuild: { status: string } }>(
            'query ($id: ID!) { profileRebuild(id: $id) { status error progress { phase done total } } }',
            { id: rebuildProfiles.id },
          )
        ).profileRebuild;
      while (['QUEUED', 'RUNNING'].includes((await rebuild()).status)) await sleep(50);
      expect(await rebuild()).toMatchObject({
        status: 'SUCCEEDED',
        error: null,
        progress: { phase: 'rebuilding profiles' },
      });
      expect((await held([learnerId])).searches).toHaveLength(1);
    });

    test('is for administrators', async () => {
      const { errors } = await service.post(REBUILD, {}, await service.key('INGEST'));
      expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
    });
  });

  describe('over the API', () => {
    const FIELDS = `profile {
      courses(first: 2) { course { id } status progress attempts minutes dropPoint lastTouchedOn obligation }
      formats { kind started completed completionRate }
      durations { duration started completed completionRate }
      devices { device events share } channels { channel events share }
      sittings { device sittings p25Minutes p50Minutes p75Minutes }
      activeHours
      searchTerms { term searches withoutResults withoutClick }
      pages { page visits }
      skills { skillId level confidence sources }
      engagement { level trend activeDays previousActiveDays }
      evidence { events firstSeenOn lastSeenOn } }`;
    const LEARNER = `query ($learnerId: ID!) { learner(learnerId: $learnerId) { ${FIELDS} } }`;
    const boss = aLearner();
    const ada = aLearner({ timezone: 'Europe/Berlin', managerId: boss.id });
    const video = aCourse({ kind: 'VIDEO', durationMinutes: 30 });
    const duty = aCourse();

    interface ShownProfile {
      readonly activeHours: readonly number[] | null;
      readonly searchTerms: readonly object[] | null;
      readonly pages: readonly object[] | null;
    }

    beforeAll(async () => {
      await store(service, {
        courses: [video, duty],
        skills: [{ id: 'excel', name: 'Excel' }],
        learners: [boss, ada],
        evidence: [someEvidence({ learnerId: ada.id, skillId: 'excel', level: 0.5, confidence: 0.5 })],
        assignments: [anAssignment({ learnerId: ada.id, courseId: duty.id, obligation: 'MANDATORY' })],
        interactions: [
          search(ada.id, 0, { query: 'Excel', resultCount: 2, device: 'MOBILE', channel: 'PORTAL' }),
          search(ada.id, 60, { query: 'excel', resultCount: 0, device: 'MOBILE' }),
          anInteraction({
            ...{ learnerId: ada.id, courseId: video.id, verb: 'PROGRESSED', progress: 0.25, at: at(10) },
            ...{ durationSeconds: 600, device: 'DESKTOP' },
          }),
          anInteraction({ learnerId: ada.id, verb: 'VISITED', page: '/catalogue', at: at(61) }),
        ],
      });
    });

    const shownTo = async (credential: string) =>
      (await service.ask<{ learner: { profile: ShownProfile } }>(LEARNER, { learnerId: ada.id }, credential)).learner
        .profile;

    test('tell the learner everything', async () => {
      const token = await service.token({ learnerId: ada.id });
      const { me } = await service.ask<{ me: { profile: ShownProfile } }>(`{ me { ${FIELDS} } }`, {}, token);
      const { activeHours, ...profile } = me.profile;
      expect(profile).toEqual({
        courses: [
          {
            ...{ course: { id: video.id }, status: 'IN_PROGRESS', progress: 0.25, attempts: 0, minutes: 10 },
            ...{ dropPoint: 0.25, lastTouchedOn: '2025-03-12', obligation: null },
          },
          {
            ...{ course: { id: duty.id }, status: 'NOT_STARTED', progress: null, attempts: 0, minutes: 0 },
            ...{ dropPoint: null, lastTouchedOn: null, obligation: 'MANDATORY' },
          },
        ],
        formats: [{ kind: 'VIDEO', started: 1, completed: 0, completionRate: expect.closeTo(4 / 15, 12) }],
        durations: [{ duration: 'MIN_30_TO_60', started: 1, completed: 0, completionRate: expect.closeTo(4 / 15, 12) }],
        devices: [
          { device: 'MOBILE', events: 2, share: expect.closeTo(2 / 3, 12) },
          { device: 'DESKTOP', events: 1, share: expect.closeTo(1 / 3, 12) },
        ],
        channels: [{ channel: 'PORTAL', events: 1, share: 1 }],
        sittings: [{ device: 'DESKTOP', sittings: 1, p25Minutes: 10, p50Minutes: 10, p75Minutes: 10 }],
        searchTerms: [{ term: 'excel', searches: 2, withoutResults: 1, withoutClick: 1 }],
        pages: [{ page: '/catalogue', visits: 1 }],
        skills: [{ skillId: 'excel', level: 0.5, confidence: 0.5, sources: ['MANAGER'] }],
        engagement: { level: 'LOW', trend: 'UNKNOWN', activeDays: 1, previousActiveDays: 0 },
        evidence: { events: 4, firstSeenOn: '2025-03-12', lastSeenOn: '2025-03-12' },
      });
      // Wednesday 9:30 and 10:30 in Berlin.
      expect(activeHours?.flatMap((count, hour) => (count > 0 ? [hour] : []))).toEqual([57, 58]);
    });

    test('keep from managers and portals what is private', async () => {
      const manager = await shownTo(await service.token({ learnerId: boss.id, roles: ['MANAGER'] }));
      expect(manager).toMatchObject({ activeHours: null, searchTerms: null, pages: null, evidence: { events: 4 } });
      expect(JSON.stringify(manager)).not.toContain('catalogue');
      const portal = await shownTo(await service.key('RECOMMEND'));
      expect(portal).toMatchObject({ activeHours: null, searchTerms: null, pages: null });
      const timing = await shownTo(await service.key('RECOMMEND', 'TIMING'));
      expect(timing).toMatchObject({ searchTerms: null, pages: null });
      expect(timing.activeHours).toHaveLength(168);
      const administrator = await shownTo(await service.key());
      expect(administrator.activeHours).toHaveLength(168);
      expect([administrator.searchTerms, administrator.pages]).toEqual([expect.any(Array), expect.any(Array)]);
    });

    test('are not for colleagues, nor for keys that only write', async () => {
      const colleague = await service.token({ learnerId: 'colleague' });
      for (const credential of [colleague, await service.key('INGEST')]) {
        const { errors } = await service.post(LEARNER, { learnerId: ada.id }, credential);
        expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
      }
    });

    test('of somebody nobody has told about are empty', async () => {
      const token = await service.token({ learnerId: 'nobody-knows' });
      const { me } = await service.ask<{ me: { profile: object } }>(`{ me { ${FIELDS} } }`, {}, token);
      expect(me.profile).toMatchObject({ courses: [], searchTerms: [], evidence: null });
    });
  });
});
