import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { InteractionInput } from '../../src/activity/interactionPlan.js';
import { DeliveryGatherer } from '../../src/delivery/deliveryGatherer.js';
import { OrganisationRhythms } from '../../src/delivery/organisationRhythm.js';
import type { LearnerInput } from '../../src/learners/learnerPlan.js';
import { createLogger } from '../../src/platform/logger.js';
import { aCourse, aLearner, anInteraction } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { train } from '../support/recommending.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

// Training stands back behind everything else that a busy machine has to do.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const DAY_MS = 86_400_000;
const FIELDS = `learnerId outcome zone basis { source share } noWindowReason { code text }
  constraintsApplied { code } channel { choice }
  windows { startsAt endsAt label probabilityActive probabilityLow probabilityHigh lift format propensity isExploration
    expiresAt channel { choice } mutedChannels reasons { code text } }`;
const ONE = `query ($learnerId: ID!, $courseId: ID!, $count: Int) {
  deliverySuggestion(learnerId: $learnerId, courseId: $courseId, count: $count) { ${FIELDS} } }`;
const MANY = `query ($learnerIds: [ID!]!, $courseId: ID!, $count: Int) {
  deliverySuggestions(learnerIds: $learnerIds, courseId: $courseId, count: $count) {
    suggestedCount noWindowCount suggestions { ${FIELDS} } userErrors { index code } } }`;

interface Suggestion {
  readonly learnerId: string;
  readonly outcome: string;
  readonly basis: readonly { readonly source: string; readonly share: number }[];
  readonly noWindowReason: { readonly code: string } | null;
  readonly constraintsApplied: readonly { readonly code: string }[];
  readonly channel: { readonly choice: string } | null;
  readonly windows: readonly {
    readonly startsAt: string;
    readonly endsAt: string;
    readonly probabilityActive: number;
    readonly probabilityLow: number;
    readonly probabilityHigh: number;
    readonly channel: { readonly choice: string } | null;
    readonly mutedChannels: readonly string[];
    readonly reasons: readonly { readonly code: string; readonly text: string }[];
  }[];
}

/** Monday of the week of the tests' noon. */
const MONDAY = new Date('2025-03-10T00:00:00Z');
const TEAM = 40;

const at = (weeksAgo: number, weekday: number, hour: number): Date =>
  new Date(MONDAY.getTime() - weeksAgo * 7 * DAY_MS + weekday * DAY_MS + hour * 3_600_000 + 600_000);

describeOnBothDatabases('delivery', (kind) => {
  let service: TestApp;
  const course = aCourse({ id: 'fire-safety', durationMinutes: 20, publishedAt: new Date('2024-01-01T00:00:00Z') });
  const other = aCourse({ id: 'first-aid', durationMinutes: 20, publishedAt: new Date('2024-01-01T00:00:00Z') });
  const person = (id: string, given: Partial<LearnerInput> = {}) =>
    aLearner({ id, timezone: 'UTC', department: 'Office', location: 'Lyon', ...given });
  const office = Array.from({ length: TEAM }, (_, i) => person(`office-${i}`));
  const small = Array.from({ length: 4 }, (_, i) => person(`small-${i}`, { department: 'Board', location: 'Attic' }));
  const newcomer = person('newcomer', { department: null, location: null });
  const owl = person('owl');

  const ask = async (learnerId: string, given: object = {}): Promise<Suggestion> => {
    const variables = { learnerId, courseId: course.id, ...given };
    return (await service.ask<{ deliverySuggestion: Suggestion }>(ONE, variables)).deliverySuggestion;
  };
  const campaign = async (learnerIds: readonly string[], given: object = {}) => {
    const variables = { learnerIds, courseId: course.id, ...given };
    type Campaign = {
      readonly suggestedCount: number;
      readonly noWindowCount: number;
      readonly suggestions: readonly Suggestion[];
      readonly userErrors: readonly { readonly index: number; readonly code: string }[];
    };
    return (await service.ask<{ deliverySuggestions: Campaign }>(MANY, variables)).deliverySuggestions;
  };
  const shareOf = ({ basis }: Suggestion, source: string) => basis.find((b) => b.source === source)?.share ?? 0;

  beforeAll(async () => {
    service = await openTestApp(kind);
    // Everyone in the office learns around ten in the morning, the board at different hours of its own.
    const habits = office.flatMap(({ id }, i): InteractionInput[] =>
      [1, 2, 3, 4].map((week) =>
        anInteraction({
          learnerId: id,
          courseId: other.id,
          channel: 'EMAIL',
          device: 'DESKTOP',
          at: at(week, i % 5, 10),
        }),
      ),
    );
    const boards = small.map(({ id }, i) => anInteraction({ learnerId: id, courseId: other.id, at: at(1, i, 5 + i) }));
    await store(service, {
      courses: [course, other],
      learners: [...office, ...small, newcomer, owl],
      interactions: [...habits, ...boards],
    });
    // Nothing is tried out unless the test asks for it.
    await service.ask(
      `mutation { updateDeliveryPolicy(input: { explorationShare: 0 }, expectedVersion: 0, reason: "tests") { userErrors { code } } }`,
    );
    service.app.work();
    await train(service);
  });
  afterAll(() => service.close());

  test('finds a sensible, explained time for somebody who never did anything', async () => {
    const suggestion = await ask('newcomer');
    expect(suggestion.outcome).toBe('SUGGESTED');
    expect(suggestion.basis.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(shareOf(suggestion, 'PERSON')).toBe(0);
    expect(shareOf(suggestion, 'PEERS')).toBe(0);
    const [best] = suggestion.windows;
    const start = new Date(best?.startsAt ?? '');
    expect([1, 2, 3, 4, 5]).toContain(start.getUTCDay());
    expect(start.getUTCHours()).toBeGreaterThanOrEqual(8);
    expect(start.getUTCHours()).toBeLessThan(17);
    expect(best?.reasons[0]?.code).toBe('NO_OWN_ACTIVITY');
    expect(best?.reasons.length).toBeGreaterThan(1);
    expect(best?.probabilityLow).toBeLessThan(best?.probabilityActive ?? 0);
    expect(best?.probabilityHigh).toBeGreaterThan(best?.probabilityActive ?? 1);
  });

  test('rests on the person and on people of a like rhythm after five active hours', async () => {
    const before = await ask('owl', { count: 20 });
    await store(service, {
      interactions: [1, 2, 3, 4, 5].map((week) =>
        anInteraction({ learnerId: 'owl', courseId: other.id, at: at(week, 2, 20) }),
      ),
    });
    const after = await ask('owl', { count: 20 });
    expect(shareOf(before, 'PERSON')).toBe(0);
    expect(shareOf(after, 'PERSON')).toBeGreaterThan(0.05);
    expect(shareOf(after, 'PERSON') + shareOf(after, 'PEERS')).toBeGreaterThan(shareOf(before, 'PEERS') + 0.1);
    const reasons = ({ windows }: Suggestion) => windows.flatMap((window) => window.reasons.map(({ code }) => code));
    expect(reasons(before)).not.toContain('OWN_HABIT');
    expect(reasons(after)).toContain('OWN_HABIT');
    expect(after.windows.map(({ startsAt }) => new Date(startsAt).getUTCHours())).toContain(20);
  });

  test('answers a campaign by name, and keeps the team limit in every window', async () => {
    const asked = [...office.map(({ id }) => id), 'newcomer', 'office-0', 'stranger', ''];
    const { suggestions, userErrors, suggestedCount, noWindowCount } = await campaign(asked);
    expect(suggestions.map(({ learnerId }) => learnerId)).toEqual([
      ...office.map(({ id }) => id),
      'newcomer',
      'stranger',
    ]);
    expect(userErrors).toEqual([
      { index: TEAM + 1, code: 'DUPLICATE_IN_BATCH' },
      { index: TEAM + 3, code: 'INVALID_VALUE' },
    ]);
    expect([suggestedCount, noWindowCount]).toEqual([TEAM + 2, 0]);
    const people = new Map<string, number>();
    for (const { learnerId, windows } of suggestions) {
      if (!learnerId.startsWith('office')) continue;
      for (const { startsAt } of windows) people.set(startsAt, (people.get(startsAt) ?? 0) + 1);
    }
    // A fifth of the team at most, as the policy has it.
    expect(Math.max(...people.values())).toBeLessThanOrEqual(TEAM / 5);
    expect([...people.values()].reduce((sum, n) => sum + n, 0)).toBe(TEAM);
  });

  test('keeps its distance from what is planned, and not from what was only asked', async () => {
    const asked = await ask('office-1', { courseId: other.id });
    const { planDelivery } = await service.ask<{ planDelivery: { suggestion: Suggestion } }>(
      `mutation ($c: ID!) { planDelivery(learnerId: "small-1", courseId: $c) { suggestion { ${FIELDS} } } }`,
      { c: other.id },
    );
    const [first] = planDelivery.suggestion.windows;
    const next = await ask('small-1');
    const apart = next.windows.map(({ startsAt, endsAt }) =>
      Math.max(
        Date.parse(startsAt) - Date.parse(first?.endsAt ?? ''),
        Date.parse(first?.startsAt ?? '') - Date.parse(endsAt),
      ),
    );
    expect(Math.min(...apart)).toBeGreaterThanOrEqual(20 * 3_600_000);
    expect(next.constraintsApplied.map(({ code }) => code)).toContain('MINIMUM_GAP');
    // Neither that question nor the campaign above planned anything.
    const again = await ask('office-1', { courseId: other.id });
    expect(again.windows).toEqual(asked.windows);
  });

  test('gives no window on a channel from the moment it is muted', async () => {
    const send = (eventId: string, outcome: string) =>
      service.ask(
        `mutation ($rows: [RecordDeliveryInput!]!) { recordDelivery(deliveries: $rows) { storedCount userErrors { code } } }`,
        {
          rows: [
            {
              ...{ eventId, outcome, learnerId: 'office-2', channel: 'EMAIL' },
              at: new Date(NOON.getTime() - 30 * DAY_MS).toISOString(),
            },
          ],
        },
      );
    await send('a:sent', 'SENT');
    await send('a:opened', 'OPENED');
    const before = await ask('office-2');
    expect(before.windows.map(({ channel }) => channel?.choice)).toContain('EMAIL');
    await send('a:muted', 'MUTED');
    const after = await ask('office-2');
    expect(after.windows.length).toBeGreaterThan(0);
    for (const { channel, mutedChannels } of after.windows) {
      expect(channel?.choice).not.toBe('EMAIL');
      expect(mutedChannels).toEqual(['EMAIL']);
    }
    await service.ask(`mutation { muteDeliveries(learnerId: "office-2") { userErrors { code } } }`);
    const nothing = await ask('office-2');
    expect([nothing.outcome, nothing.noWindowReason?.code]).toEqual(['NO_WINDOW', 'MUTED']);
    const [inCampaign] = (await campaign(['office-2'])).suggestions;
    expect(inCampaign?.noWindowReason?.code).toBe('MUTED');
  });

  test('keeps leave and holidays', async () => {
    await service.ask(
      `mutation { upsertLeave(leave: [{ learnerId: "office-3", startsOn: "2025-03-12", endsOn: "2025-03-18" }]) {
          userErrors { code } }
        upsertHolidays(holidays: [{ location: "Lyon", day: "2025-03-18", name: "Town day" }]) { userErrors { code } } }`,
    );
    const suggestion = await ask('office-3');
    expect(suggestion.windows.length).toBeGreaterThan(0);
    for (const { startsAt } of suggestion.windows) {
      expect(Date.parse(startsAt)).toBeGreaterThanOrEqual(Date.parse('2025-03-19T00:00:00Z'));
    }
    expect(suggestion.constraintsApplied.map(({ code }) => code)).toEqual(expect.arrayContaining(['LEAVE', 'HOLIDAY']));
  });

  test('shows people their own week, and others that of five people and more', async () => {
    const WEEK = `query ($learnerId: ID!) { learnerWeek(learnerId: $learnerId) {
      zone ownHours basis { source share } svg cells { weekday hour own peers expected } } }`;
    const own = await service.token({ learnerId: 'owl' });
    type Week = {
      readonly ownHours: number;
      readonly svg: string;
      readonly cells: readonly { weekday: string; hour: number; own: number | null; expected: number }[];
    };
    const { learnerWeek } = await service.ask<{ learnerWeek: Week }>(WEEK, { learnerId: 'owl' }, own);
    expect(learnerWeek.cells).toHaveLength(168);
    // Each is rounded to 0.001.
    const expected = learnerWeek.cells.reduce((sum, cell) => sum + cell.expected, 0);
    expect(Math.abs(expected - 1)).toBeLessThan(168 * 0.0005);
    const best = learnerWeek.cells.reduce((a, b) => ((b.own ?? 0) > (a.own ?? 0) ? b : a));
    expect([best.weekday, best.hour]).toEqual(['WEDNESDAY', 20]);
    expect(learnerWeek.ownHours).toBeGreaterThan(4);
    expect(learnerWeek.svg).toContain('Wed 20:00–21:00');

    const manager = await service.token({ learnerId: 'boss', roles: ['MANAGER', 'LD_ANALYST'] });
    await store(service, { learners: [{ id: 'office-4', managerId: 'boss' }] });
    for (const [query, variables] of [
      [WEEK, { learnerId: 'office-4' }],
      [ONE, { learnerId: 'office-4', courseId: course.id }],
      [MANY, { learnerIds: ['office-4'], courseId: course.id }],
    ] as const) {
      const { errors, data } = await service.post(query, variables, manager);
      expect([errors[0]?.extensions.code, data]).toEqual(['FORBIDDEN', null]);
    }
    const GROUP = `query ($department: String, $location: String) {
      activeHoursOfGroup(department: $department, location: $location) { people svg cells { weekday hour share } } }`;
    type Group = { readonly people: number | null; readonly svg: string | null; readonly cells: { share: number }[] };
    const group = async (variables: object) =>
      (await service.ask<{ activeHoursOfGroup: Group }>(GROUP, { ...variables }, manager)).activeHoursOfGroup;
    const told = await group({});
    expect([told.people, told.cells.length]).toEqual([TEAM + small.length, 168]);
    // Whoever knew the office could tell the board from everyone.
    for (const variables of [{ department: 'Office' }, { department: 'Board' }, { location: 'Attic' }]) {
      expect(await group(variables)).toEqual({ people: null, svg: null, cells: [] });
    }
    const both = await service.post(GROUP, { department: 'Office', location: 'Lyon' }, manager);
    expect(both.errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  test('keeps to the timing that a campaign began with', async () => {
    const { app } = service;
    const zone = 'UTC';
    const gatherer = new DeliveryGatherer(
      ...([
        app.database.dataSource,
        app.learners,
        app.outcomes,
        app.calendar,
        app.deliveryPolicies,
        app.training,
      ] as const),
      new OrganisationRhythms({ ...app, defaultTimezone: zone }, app.activity, createLogger('silent')),
      { dueDates: async () => new Map() },
      { in: () => [], participation: () => null },
      zone,
    );
    const [asked] = app.catalog.snapshot.courses;
    if (asked === undefined) throw new Error('there is no course');
    const { inputs, timingVersion } = await gatherer.gather(
      office.slice(0, 3).map(({ id }) => id),
      { course: asked, purpose: 'RECOMMENDATION', now: NOON, from: NOON, horizonDays: 7, count: 1 },
    );
    const steps = inputs[Symbol.iterator]();
    const before = steps.next().value?.timing;
    await app.database.dataSource.transaction(async (transaction) => {
      await app.revisions.raise(transaction, 'model');
      await transaction.query(
        `INSERT INTO model_version (id, status, trained_at, watermark, verdict, metrics, artifact, timing)
         SELECT 'm-newer', 'REJECTED', $1, 0, 'worse', '{}', '', jsonb_set(v.timing, '{fittedAt}', '"2025-03-12T13:00:00.000Z"')
         FROM model_version v WHERE v.id = $2`,
        [new Date(NOON.getTime() + 3_600_000), timingVersion],
      );
    });
    await app.revisions.refresh();
    expect(app.training.liveTiming?.version).toBe('m-newer');
    expect(steps.next().value?.timing).toEqual(before);
    expect(before?.fittedAt).toBe(NOON.toISOString());
    expect(steps.next().value?.timing).toEqual(before);
  });

  test('leaves aside the hours of somebody who opted out', async () => {
    await store(service, { learners: [{ id: 'owl', personalisationOptOut: true }] });
    const suggestion = await ask('owl');
    expect(shareOf(suggestion, 'PERSON') + shareOf(suggestion, 'PEERS') + shareOf(suggestion, 'GROUP')).toBe(0);
    const { learnerWeek } = await service.ask<{ learnerWeek: { isPersonal: boolean; ownHours: number } }>(
      `{ learnerWeek(learnerId: "owl") { isPersonal ownHours } }`,
    );
    expect(learnerWeek).toEqual({ isPersonal: false, ownHours: 0 });
  });

  test('takes 2,000 learners in one request, and refuses more', async () => {
    const ids = (count: number) => Array.from({ length: count }, (_, i) => `stranger-${i}`);
    const { suggestions } = await campaign(ids(2_000));
    expect(suggestions).toHaveLength(2_000);
    const tooMany = await service.post(MANY, { learnerIds: ids(2_001), courseId: course.id });
    expect(tooMany.errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    const large = `query ($l: [ID!]!, $days: Int!, $count: Int!) {
      deliverySuggestions(learnerIds: $l, courseId: "c", horizonDays: $days, count: $count) { suggestedCount } }`;
    for (const [days, count] of [
      [60, 20],
      [60, 1],
      [14, 20],
    ]) {
      const { errors } = await service.post(large, { l: ids(2_000), days, count });
      expect(errors[0]?.extensions).toMatchObject({ details: { limit: 'cost' } });
    }
    const few = await service.post(large, { l: ids(100), days: 60, count: 20 });
    expect(few.errors[0]?.extensions.code).toBe('NOT_FOUND');
    const twice = `query ($l: [ID!]!) { ${['a', 'b', 'c'].map((alias) => `${alias}: deliverySuggestions(learnerIds: $l, courseId: "c") { suggestedCount }`).join(' ')} }`;
    const { errors } = await service.post(twice, { l: ids(2_000) });
    expect(errors[0]?.extensions).toMatchObject({ details: { limit: 'cost' } });
  });
});
