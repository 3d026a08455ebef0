import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { deliveriesOf } from '../../src/delivery/outcomes/deliveryLog.js';
import { engagementOf } from '../../src/delivery/outcomes/engagementCounts.js';
import type { Channel } from '../../src/learners/profileEvent.js';
import { aCourse, aLearner } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 120_000 });

const ERRORS = 'userErrors { index code message path }';
const RECORD = `mutation ($rows: [RecordDeliveryInput!]!) {
  recordDelivery(deliveries: $rows) { storedCount duplicateCount ${ERRORS} } }`;
const MUTES = 'mutes { channel courseId until } liftedCount userErrors { code path message }';
const MUTE = `mutation ($learnerId: ID!, $channel: Channel, $courseId: ID, $until: DateTime) {
  muteDeliveries(learnerId: $learnerId, channel: $channel, courseId: $courseId, until: $until) { ${MUTES} } }`;
const UNMUTE = `mutation ($learnerId: ID!, $channel: Channel, $courseId: ID) {
  unmuteDeliveries(learnerId: $learnerId, channel: $channel, courseId: $courseId) { ${MUTES} } }`;
const MUTES_OF = 'query ($learnerId: ID!) { deliveryMutes(learnerId: $learnerId) { channel courseId until since } }';
const SUGGESTION = `query ($learnerId: ID!, $courseId: ID!) {
  deliverySuggestion(learnerId: $learnerId, courseId: $courseId) { id windows { startsAt } } }`;

const DAY_MS = 86_400_000;
const ago = (ms: number) => new Date(NOON.getTime() - ms);
const LONG_AGO = ago(1_000 * DAY_MS);

interface Payload {
  readonly mutes: readonly unknown[];
  readonly liftedCount: number;
  readonly userErrors: readonly unknown[];
}

describeOnBothDatabases('outcomes of deliveries', (kind) => {
  let service: TestApp;
  const [course, otherCourse] = [aCourse(), aCourse()];
  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { courses: [course, otherCourse] });
  });
  afterAll(() => service.close());

  const newLearner = async (stated: Parameters<typeof aLearner>[0] = {}) => {
    const learner = aLearner(stated);
    await store(service, { learners: [learner] });
    return learner.id;
  };
  let made = 0;
  const anEvent = (stated: Readonly<Record<string, unknown>> & { learnerId: string }) => {
    made += 1;
    return { eventId: `mail:${made}`, channel: 'EMAIL', outcome: 'SENT', at: ago(DAY_MS), ...stated };
  };
  const record = async (rows: readonly unknown[], credential?: string) =>
    (await service.ask<{ recordDelivery: unknown }>(RECORD, { rows }, credential)).recordDelivery;
  const pastOf = async (learnerId: string, since = LONG_AGO) =>
    (await service.app.outcomes.pastDeliveries([learnerId], since)).get(learnerId) ?? [];
  const mutesOf = async (learnerId: string, credential?: string) =>
    (await service.ask<{ deliveryMutes: unknown[] }>(MUTES_OF, { learnerId }, credential)).deliveryMutes;

  test('are stored once however often they are sent, and told row by row', async () => {
    const learnerId = await newLearner();
    const [first, second] = [anEvent({ learnerId }), anEvent({ learnerId, courseId: course.id, device: 'MOBILE' })];
    expect(await record([first, second, first])).toEqual({ storedCount: 2, duplicateCount: 1, userErrors: [] });
    const wrong = [
      { ...first, channel: 'CHAT' },
      anEvent({ learnerId: 'nobody' }),
      second,
      anEvent({ learnerId, at: ago(-DAY_MS) }),
      anEvent({ learnerId }),
    ];
    expect(await record(wrong)).toMatchObject({
      storedCount: 1,
      duplicateCount: 1,
      userErrors: [
        { index: 0, code: 'CONFLICT', path: ['eventId'] },
        { index: 1, code: 'NOT_FOUND', path: ['learnerId'], message: expect.stringContaining('upsertLearners') },
        { index: 3, code: 'INVALID_VALUE', path: ['at'], message: expect.stringContaining('in the future') },
      ],
    });
    expect(await pastOf(learnerId)).toEqual(
      Array(3).fill({ sentAtMs: ago(DAY_MS).getTime(), channel: 'EMAIL', openedAtMs: null }),
    );
    expect(await pastOf('nobody')).toEqual([]);
  });

  test('are stored once when the same are sent by several at the same time', async () => {
    const learnerId = await newLearner();
    const rows = Array.from({ length: 200 }, () => anEvent({ learnerId }));
    const answers = (await Promise.all([
      record(rows),
      record(rows.toReversed()),
      record(rows.slice(50)),
      service.ask(MUTE, { learnerId }),
      service.ask(UNMUTE, { learnerId }),
    ])) as { storedCount: number; duplicateCount: number; userErrors: unknown[] }[];
    const sums = answers.slice(0, 3).map(({ storedCount, duplicateCount, userErrors }) => {
      expect(userErrors).toEqual([]);
      return [storedCount, duplicateCount] as const;
    });
    expect(sums.reduce((sum, [stored]) => sum + stored, 0)).toBe(200);
    expect(sums.reduce((sum, [stored, known]) => sum + stored + known, 0)).toBe(550);
    expect(await pastOf(learnerId)).toHaveLength(200);
  });

  test('mean the same in any order, in any batches and any number of times', async () => {
    const anyEvent = fc.record({
      outcome: fc.constantFrom(
        'SENT' as const,
        'SENT' as const,
        'OPENED' as const,
        'OPENED' as const,
        'MUTED' as const,
      ),
      channel: fc.constantFrom<Channel>('EMAIL', 'CHAT'),
      courseId: fc.constantFrom(null, course.id, otherCourse.id),
      device: fc.constantFrom(null, 'MOBILE' as const),
      at: fc.integer({ min: 0, max: 10 }).map((n) => ago(n * 5 * DAY_MS)),
    });
    const anySending = fc.array(anyEvent, { minLength: 1, maxLength: 10 }).chain((events) => {
      const places = events.map((_, place) => place);
      return fc.record({
        events: fc.constant(events),
        order: fc.shuffledSubarray(places, { minLength: places.length }),
        again: fc.array(fc.constantFrom(...places), { maxLength: 4 }),
        batch: fc.integer({ min: 1, max: 6 }),
      });
    });
    await fc.assert(
      fc.asyncProperty(anySending, async ({ events, order, again, batch }) => {
        const [learnerId, other] = [await newLearner(), await newLearner()];
        const rows = events.map((event) => ({ ...anEvent({ learnerId }), ...event }));
        const sending = [...order, ...again].map((place) => rows[place]);
        for (let start = 0; start < sending.length; start += batch) {
          expect(await record(sending.slice(start, start + batch))).toMatchObject({ userErrors: [] });
        }
        await record(rows.map((row) => ({ ...row, learnerId: other, eventId: `${row.eventId}:other` })));

        const log = events.map(({ at, ...event }) => ({ ...event, suggestionId: null, atMs: at.getTime() }));
        const expected = deliveriesOf(log).map(({ sentAtMs, channel, openedAtMs }) => ({
          ...{ sentAtMs, channel, openedAtMs },
        }));
        expect(await pastOf(learnerId)).toEqual(expected);
        expect(await pastOf(other)).toEqual(expected);
        const both = await service.app.outcomes.contactHistory([learnerId, other], LONG_AGO);
        const { own } = both.engagement;
        const messages = deliveriesOf(log);
        expect(own.get(learnerId)).toEqual(messages.length === 0 ? undefined : engagementOf(messages, NOON.getTime()));
        const { past, engagement } = await service.app.outcomes.contactHistory([learnerId], LONG_AGO);
        expect(past.get(learnerId) ?? []).toEqual(expected);
        expect(engagement.own.get(learnerId)).toEqual(own.get(learnerId));
        const mutes = await service.app.outcomes.mutes([learnerId, other]);
        const muted = new Set(rows.filter((r) => r.outcome === 'MUTED').map((r) => `${r.channel} ${r.courseId}`));
        const scopesOf = (id: string) => new Set(mutes.get(id)?.map((m) => `${m.channel} ${m.courseId}`));
        expect([scopesOf(learnerId), scopesOf(other)]).toEqual([muted, muted]);
      }),
      { numRuns: 12 },
    );
  });

  test('are read since a moment, with openings of earlier messages laid to those', async () => {
    const learnerId = await newLearner();
    await record([
      anEvent({ learnerId, at: ago(20 * DAY_MS) }),
      anEvent({ learnerId, at: ago(2 * DAY_MS), outcome: 'OPENED' }),
      anEvent({ learnerId, at: ago(DAY_MS), channel: 'CHAT' }),
    ]);
    expect(await pastOf(learnerId, ago(10 * DAY_MS))).toEqual([
      { sentAtMs: ago(DAY_MS).getTime(), channel: 'CHAT', openedAtMs: null },
    ]);
    const since = ago(10 * DAY_MS);
    const history = await service.app.outcomes.contactHistory([learnerId], since);
    expect(history.past).toEqual(await service.app.outcomes.pastDeliveries([learnerId], since));
    expect(history.engagement.own.get(learnerId)?.channels).toEqual({
      EMAIL: { exposures: 1, engagements: 1 },
    });
    expect((await pastOf(learnerId))[0]).toEqual({
      sentAtMs: ago(20 * DAY_MS).getTime(),
      channel: 'EMAIL',
      openedAtMs: ago(2 * DAY_MS).getTime(),
    });
  });

  test('link to their suggestion, so that what was opened in its windows can be counted', async () => {
    const learnerId = await newLearner();
    const { deliverySuggestion } = await service.ask<{
      deliverySuggestion: { id: string; windows: { startsAt: string }[] };
    }>(SUGGESTION, { learnerId, courseId: course.id });
    const { id: suggestionId, windows } = deliverySuggestion;
    const at = new Date(Date.parse(windows[0]?.startsAt ?? '') + 60_000);
    service.now = new Date(at.getTime() + DAY_MS);
    const rows = [
      anEvent({ learnerId, suggestionId, outcome: 'OPENED', at: new Date(at.getTime() + 60_000) }),
      anEvent({ learnerId, suggestionId, at }),
      anEvent({ learnerId: await newLearner(), suggestionId, at }),
      anEvent({ learnerId, suggestionId, courseId: otherCourse.id, at }),
    ];
    expect(await record(rows)).toMatchObject({
      storedCount: 2,
      userErrors: [
        { index: 2, code: 'NOT_FOUND', path: ['suggestionId'] },
        { index: 3, code: 'INVALID_VALUE', path: ['courseId'] },
      ],
    });
    service.now = NOON;
    expect(
      await service.sql(
        `SELECT e.outcome, e.course_id AS "courseId", (w ->> 'rank')::integer AS rank
         FROM delivery_event e JOIN delivery_suggestion s ON s.id = e.suggestion_id
         CROSS JOIN LATERAL jsonb_array_elements(s.suggestion -> 'windows') w
         WHERE s.id = $1 AND e.at >= (w ->> 'startsAt')::timestamptz AND e.at < (w ->> 'endsAt')::timestamptz
         ORDER BY e.at`,
        [suggestionId],
      ),
    ).toEqual([
      { outcome: 'SENT', courseId: course.id, rank: 1 },
      { outcome: 'OPENED', courseId: course.id, rank: 1 },
    ]);
  });

  test('of five people and more tell how the organisation answers, of fewer nothing', async () => {
    const own = await openTestApp(kind);
    try {
      const people = Array.from({ length: 6 }, () => aLearner());
      await store(own, { learners: people });
      const engagementOfThem = async (ids: readonly string[]) =>
        (await own.app.outcomes.contactHistory(ids, LONG_AGO)).engagement;
      const at = ago(4 * DAY_MS);
      const rows = people.flatMap(({ id: learnerId }, i) => [
        anEvent({ learnerId, at }),
        ...(i < 5 ? [anEvent({ learnerId, at, outcome: 'OPENED', device: 'MOBILE' })] : []),
        ...(i < 4 ? [anEvent({ learnerId, at, channel: 'PUSH' })] : []),
      ]);
      await own.ask(RECORD, { rows: rows.filter(({ learnerId }) => learnerId !== people[0]?.id).slice(0, 9) });
      const nothing = { channels: {}, devices: {} };
      expect((await engagementOfThem([])).organisation).toEqual(nothing);
      await own.ask(RECORD, { rows });
      // Figures of everyone are taken anew after ten minutes, behind the back of whoever asks first.
      own.now = new Date(NOON.getTime() + 11 * 60_000);
      const all = { channels: { EMAIL: { exposures: 6, engagements: 5 } }, devices: { MOBILE: 5 } };
      await vi.waitFor(async () => {
        expect((await engagementOfThem([])).organisation).toEqual(all);
      });
      const { own: each } = await engagementOfThem([people[3]?.id ?? '', people[5]?.id ?? '']);
      expect([...each.values()]).toEqual([
        {
          channels: { EMAIL: { exposures: 1, engagements: 1 }, PUSH: { exposures: 1, engagements: 0 } },
          devices: { MOBILE: 1 },
        },
        { channels: { EMAIL: { exposures: 1, engagements: 0 } }, devices: {} },
      ]);
    } finally {
      await own.close();
    }
  });

  test('go with the learner', async () => {
    const learnerId = await newLearner();
    await record([anEvent({ learnerId })]);
    await service.ask(MUTE, { learnerId });
    await service.sql('DELETE FROM learner WHERE id = $1', [learnerId]);
    const left = 'SELECT e.learner_id FROM delivery_event e WHERE e.learner_id = $1';
    expect(await service.sql(left, [learnerId])).toEqual([]);
  });

  test('are for portals that send activity to tell, a thousand at most', async () => {
    const learnerId = await newLearner();
    const rows = [anEvent({ learnerId })];
    for (const credential of [
      await service.key('TIMING', 'RECOMMEND'),
      await service.token({ learnerId }),
      await service.token({ learnerId: 'ed', roles: ['LD_EDITOR', 'MANAGER'] }),
    ]) {
      expect((await service.post(RECORD, { rows }, credential)).errors[0]?.extensions.code).toBe('FORBIDDEN');
    }
    expect(await record(rows, await service.key('INGEST'))).toMatchObject({ storedCount: 1 });
    const many = Array.from({ length: 1_000 }, () => anEvent({ learnerId }));
    expect(await record(many)).toMatchObject({ storedCount: 1_000 });
    const { errors } = await service.post(RECORD, { rows: [...many, ...rows] });
    expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  describe('that were muted', () => {
    test('count at once, from the message itself', async () => {
      const learnerId = await newLearner();
      const at = ago(60_000);
      await record([
        anEvent({ learnerId, outcome: 'MUTED', courseId: course.id, at }),
        anEvent({ learnerId, outcome: 'MUTED', channel: 'CHAT', at }),
      ]);
      expect((await service.app.outcomes.mutes([learnerId])).get(learnerId)).toEqual([
        { channel: 'CHAT', courseId: null, until: null, since: at },
        { channel: 'EMAIL', courseId: course.id, until: null, since: at },
      ]);
    });

    test('are lifted by the learner, and stay so when the message is told of again or late', async () => {
      const learnerId = await newLearner();
      const token = await service.token({ learnerId });
      const muted = anEvent({ learnerId, outcome: 'MUTED', at: NOON });
      await record([muted]);
      const { unmuteDeliveries } = await service.ask<{ unmuteDeliveries: Payload }>(UNMUTE, { learnerId }, token);
      expect(unmuteDeliveries).toEqual({ mutes: [], liftedCount: 1, userErrors: [] });
      await record([muted, anEvent({ learnerId, outcome: 'MUTED', channel: 'PUSH', at: ago(60_000) })]);
      expect(await mutesOf(learnerId)).toEqual([]);
      await record([anEvent({ learnerId, outcome: 'MUTED', channel: 'PUSH', at: ago(-60_000) })]);
      expect(await mutesOf(learnerId)).toMatchObject([{ channel: 'PUSH', courseId: null, until: null }]);
    });
  });

  describe('are muted by the learner', () => {
    const mute = async (variables: Readonly<Record<string, unknown>>, credential?: string) =>
      (await service.ask<{ muteDeliveries: Payload }>(MUTE, variables, credential)).muteDeliveries;
    const unmute = async (variables: Readonly<Record<string, unknown>>, credential?: string) =>
      (await service.ask<{ unmuteDeliveries: Payload }>(UNMUTE, variables, credential)).unmuteDeliveries;

    test('by channel, by course or altogether, until a time or for ever', async () => {
      const learnerId = await newLearner();
      const token = await service.token({ learnerId });
      const until = ago(-DAY_MS).toISOString();
      await mute({ learnerId, channel: 'EMAIL', until }, token);
      await mute({ learnerId, courseId: course.id }, token);
      const standing = [
        { channel: null, courseId: course.id, until: null },
        { channel: 'EMAIL', courseId: null, until },
      ];
      expect(await mutesOf(learnerId, token)).toMatchObject(standing);
      expect(await service.ask('{ myDeliveryMutes { channel courseId until } }', {}, token)).toEqual({
        myDeliveryMutes: standing,
      });
      expect(await mute({ learnerId, channel: 'EMAIL' }, token)).toEqual({
        mutes: [standing[0], { channel: 'EMAIL', courseId: null, until: null }],
        liftedCount: 0,
        userErrors: [],
      });
      expect(await unmute({ learnerId, channel: 'EMAIL' }, token)).toMatchObject({
        mutes: [standing[0]],
        liftedCount: 1,
      });
      await mute({ learnerId, until }, token);
      service.now = ago(-DAY_MS);
      expect(await mutesOf(learnerId)).toMatchObject([standing[0]]);
      service.now = NOON;
    });

    test('and lifted, and muted again, within one moment', async () => {
      const learnerId = await newLearner();
      for (const _ of [1, 2, 3]) {
        expect((await mute({ learnerId })).mutes).toHaveLength(1);
        expect(await unmute({ learnerId })).toEqual({ mutes: [], liftedCount: 1, userErrors: [] });
      }
      expect(await unmute({ learnerId })).toEqual({ mutes: [], liftedCount: 0, userErrors: [] });
      const rows = await service.sql('SELECT m.lifts FROM delivery_mute m WHERE m.learner_id = $1', [learnerId]);
      expect(rows).toEqual([{ lifts: true }]);
    });

    test('not for ever by a time that is past, a course or a learner that is not known', async () => {
      const learnerId = await newLearner();
      for (const [wrong, code, field] of [
        [{ until: NOON.toISOString() }, 'INVALID_VALUE', 'until'],
        [{ until: 'tomorrow' }, 'INVALID_VALUE', 'until'],
        [{ courseId: 'nothing' }, 'NOT_FOUND', 'courseId'],
        [{ learnerId: 'nobody' }, 'NOT_FOUND', 'learnerId'],
      ] as const) {
        expect(await mute({ learnerId, ...wrong })).toMatchObject({ mutes: [], userErrors: [{ code, path: [field] }] });
      }
      expect(await mutesOf(learnerId)).toEqual([]);
    });

    test('or a portal on their behalf, and by nobody else; nor does anybody else read it', async () => {
      const learnerId = await newLearner({ managerId: 'boss' });
      const [writer, reader] = [await service.key('INGEST'), await service.key('TIMING')];
      const blindly = MUTE.replace(MUTES, 'userErrors { code }');
      expect(await service.ask(blindly, { learnerId }, writer)).toEqual({ muteDeliveries: { userErrors: [] } });
      expect(await mutesOf(learnerId, reader)).toHaveLength(1);
      for (const [query, variables] of [
        [MUTES_OF, { learnerId }],
        [MUTE, { learnerId, channel: 'CHAT' }],
        [UNMUTE, { learnerId }],
      ] as const) {
        expect(await service.post(query, variables, writer)).toMatchObject({ status: 403, data: null });
      }
      expect(await mutesOf(learnerId, reader)).toHaveLength(1);
      for (const credential of [
        await service.token({ learnerId: 'boss', roles: ['MANAGER', 'LD_EDITOR', 'LD_ANALYST'] }),
        await service.token({ learnerId: 'colleague' }),
        await service.key('RECOMMEND', 'CATALOG'),
      ]) {
        for (const query of [MUTE, UNMUTE, MUTES_OF]) {
          const { errors } = await service.post(query, { learnerId }, credential);
          expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
        }
      }
    });
  });
});

describeOnBothDatabases('the delivery policy', (kind) => {
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
  });
  afterAll(() => service.close());

  const FIELDS = 'version minimumGapHours weeklyBudget teamShare teamShareFrom explorationShare change { reason by }';
  const POLICY = `query ($version: Int) { deliveryPolicy(version: $version) { ${FIELDS} } }`;
  const UPDATE = `mutation ($input: UpdateDeliveryPolicyInput!, $expectedVersion: Int!, $reason: String!) {
    updateDeliveryPolicy(input: $input, expectedVersion: $expectedVersion, reason: $reason) {
      policy { ${FIELDS} } userErrors { index code message path } } }`;
  const policy = async (version?: number) =>
    (await service.ask<{ deliveryPolicy: { version: number } }>(POLICY, { version })).deliveryPolicy;
  const update = (input: unknown, expectedVersion: number, reason = 'A test', credential?: string) =>
    service.post(UPDATE, { input, expectedVersion, reason }, credential);

  test('is the standard one until somebody changes what is named, version by version', async () => {
    const standard = await policy();
    expect(standard).toEqual({ ...service.app.deliveryPolicies.current, version: 0, change: null });
    const editor = await service.token({ learnerId: 'ed', roles: ['LD_EDITOR'] });
    const { data } = await update({ weeklyBudget: 5, teamShare: 0.5 }, 0, 'Busy weeks', editor);
    const change = { reason: 'Busy weeks', by: 'person ed' };
    const changed = { ...standard, version: 1, weeklyBudget: 5, teamShare: 0.5, change };
    expect(data?.['updateDeliveryPolicy']).toEqual({ policy: changed, userErrors: [] });
    expect([await policy(), await policy(0)]).toEqual([changed, standard]);
    expect(service.app.deliveryPolicies.current).toMatchObject({ weeklyBudget: 5, teamShare: 0.5 });
    expect(await service.ask(`{ deliveryPolicyVersions { version } }`)).toEqual({
      deliveryPolicyVersions: [{ version: 1 }],
    });
    expect((await service.post(POLICY, { version: 99 })).errors[0]?.extensions.code).toBe('NOT_FOUND');
  });

  test('is not changed on the basis of a version that has been changed since', async () => {
    const { version } = await policy();
    await update({ minimumGapHours: 40 }, version);
    const { errors } = await update({ weeklyBudget: 1 }, version);
    expect(errors[0]?.extensions).toMatchObject({
      code: 'CONFLICT',
      details: { currentVersion: version + 1, changes: [{ path: ['minimumGapHours'], after: 40 }] },
    });
    expect((await policy()).version).toBe(version + 1);
  });

  test.each([
    [{ minimumGapHours: -1 }, ['minimumGapHours'], 'from 0 to 336'],
    [{ weeklyBudget: 51 }, ['weeklyBudget'], 'from 0 to 50'],
    [{ teamShare: 1.01 }, ['teamShare'], 'from 0 to 1'],
    [{ teamShareFrom: 0 }, ['teamShareFrom'], 'from 1 to 10000'],
    [{ explorationShare: 0.6 }, ['explorationShare'], 'from 0 to 0.5'],
    [{}, [], 'at least one'],
  ])('refuses %j, naming the field and what is allowed', async (input, path, message) => {
    const { version } = await policy();
    expect((await update(input, version)).data?.['updateDeliveryPolicy']).toEqual({
      policy: null,
      userErrors: [{ index: null, code: 'INVALID_VALUE', path, message: expect.stringContaining(message) }],
    });
    expect((await policy()).version).toBe(version);
  });

  test('may be read by analysts and changed by editors alone, with a reason', async () => {
    const analyst = await service.token({ learnerId: 'an', roles: ['LD_ANALYST'] });
    expect((await service.post(POLICY, {}, analyst)).errors).toEqual([]);
    expect((await update({ weeklyBudget: 1 }, 0, 'No', analyst)).status).toBe(403);
    expect((await service.post(POLICY, {}, await service.key('TIMING', 'INGEST'))).status).toBe(403);
    const { version } = await policy();
    const { data } = await update({ weeklyBudget: 1 }, version, ' ');
    expect(data?.['updateDeliveryPolicy']).toMatchObject({ policy: null, userErrors: [{ path: ['reason'] }] });
  });
});
