import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLObjectType, getNamedType, isObjectType } from 'graphql';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openApp } from '../../src/app.js';
import { WEEKDAYS } from '../../src/learners/learner.js';
import type { LearnerInput } from '../../src/learners/learnerPlan.js';
import { readConfig } from '../../src/platform/config.js';
import { createLogger } from '../../src/platform/logger.js';
import { aCourse, aLearner } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 120_000 });

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const GAP_MS = 20 * HOUR_MS;
/** Nine to ten on working days. */
const HOUR_A_DAY = WEEKDAYS.slice(0, 5).map((day) => ({ day, start: '09:00', end: '10:00' }));
const FIELDS = `id outcome noWindowReason { code text } constraintsApplied { code text }
  windows { startsAt endsAt label sessionId } sittingPlan { minutesLeft sittings { startsAt endsAt label } }`;
const ASK = `query ($learnerId: ID!, $courseId: ID!, $purpose: DeliveryPurpose, $horizonDays: Int) {
  deliverySuggestion(learnerId: $learnerId, courseId: $courseId, purpose: $purpose, horizonDays: $horizonDays) {
    ${FIELDS} } }`;
const PLAN = `mutation ($learnerId: ID!, $courseId: ID!, $purpose: DeliveryPurpose, $from: DateTime, $horizonDays: Int) {
  planDelivery(learnerId: $learnerId, courseId: $courseId, purpose: $purpose, from: $from, horizonDays: $horizonDays) {
    suggestion { ${FIELDS} } userErrors { code message path } } }`;
const PLAN_MANY = `mutation ($learnerIds: [ID!]!, $courseId: ID!) {
  planDeliveries(learnerIds: $learnerIds, courseId: $courseId) {
    suggestions { ${FIELDS} } userErrors { index code path } } }`;
const RECORD = `mutation ($rows: [RecordDeliveryInput!]!) {
  recordDelivery(deliveries: $rows) { storedCount userErrors { message } } }`;

interface Window {
  readonly startsAt: string;
  readonly endsAt: string;
  readonly label: string;
  readonly sessionId: string | null;
}

interface Suggestion {
  readonly id: string;
  readonly outcome: string;
  readonly noWindowReason: { readonly code: string; readonly text: string } | null;
  readonly constraintsApplied: readonly { readonly code: string; readonly text: string }[];
  readonly windows: readonly Window[];
  readonly sittingPlan: {
    readonly minutesLeft: number;
    readonly sittings: readonly Omit<Window, 'sessionId'>[];
  } | null;
}

type Span = Pick<Window, 'startsAt' | 'endsAt'>;

/** Every field of a type, and of the types of its fields. */
function everyField(type: GraphQLObjectType): string {
  const fields = Object.values(type.getFields()).map((field) => {
    const inner = getNamedType(field.type);
    return isObjectType(inner) ? `${field.name} { ${everyField(inner)} }` : field.name;
  });
  return fields.join(' ');
}

const codes = ({ constraintsApplied }: Suggestion) => constraintsApplied.map(({ code }) => code);
const gapOf = ({ constraintsApplied }: Suggestion) =>
  constraintsApplied.find(({ code }) => code === 'MINIMUM_GAP')?.text;
const first = ({ windows }: Suggestion): Window => {
  const [window] = windows;
  if (window === undefined) throw new Error('there is no window');
  return window;
};
/** Between the end of one and the start of the other. */
const betweenMs = (a: Span, b: Span) =>
  Math.max(Date.parse(a.startsAt) - Date.parse(b.endsAt), Date.parse(b.startsAt) - Date.parse(a.endsAt));

describeOnBothDatabases('plans of deliveries', (kind) => {
  let service: TestApp;
  const courses = Array.from({ length: 4 }, () => aCourse({ durationMinutes: 20 }));
  const [course, other] = courses as [ReturnType<typeof aCourse>, ReturnType<typeof aCourse>];

  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { courses });
    await service.ask(
      `mutation { updateDeliveryPolicy(input: { explorationShare: 0 }, expectedVersion: 0, reason: "tests") { userErrors { code } } }`,
    );
  });
  beforeEach(() => {
    service.now = NOON;
  });
  afterAll(() => service.close());

  const newLearner = async (given: Partial<LearnerInput> = {}) => {
    const learner = aLearner({ timezone: 'UTC', ...given });
    await store(service, { learners: [learner] });
    return learner.id;
  };
  const ask = async (learnerId: string, courseId: string, given: object = {}): Promise<Suggestion> =>
    (await service.ask<{ deliverySuggestion: Suggestion }>(ASK, { learnerId, courseId, ...given })).deliverySuggestion;
  type Planned = { readonly suggestion: Suggestion | null; readonly userErrors: readonly object[] };
  const tryToPlan = async (learnerId: string, courseId: string, given: object = {}): Promise<Planned> =>
    (await service.ask<{ planDelivery: Planned }>(PLAN, { learnerId, courseId, ...given })).planDelivery;
  const plan = async (learnerId: string, courseId: string, given: object = {}): Promise<Suggestion> => {
    const { suggestion, userErrors } = await tryToPlan(learnerId, courseId, given);
    expect(userErrors).toEqual([]);
    return suggestion as Suggestion;
  };
  const planMany = async (learnerIds: readonly string[], courseId: string): Promise<readonly Suggestion[]> => {
    const { planDeliveries } = await service.ask<{ planDeliveries: { suggestions: readonly Suggestion[] } }>(
      PLAN_MANY,
      { learnerIds, courseId },
    );
    return planDeliveries.suggestions;
  };
  const setWeeklyBudget = async (weeklyBudget: number) => {
    const { deliveryPolicy } = await service.ask<{ deliveryPolicy: { version: number } }>(
      '{ deliveryPolicy { version } }',
    );
    await service.ask(
      `mutation ($budget: Int!, $version: Int!) {
        updateDeliveryPolicy(input: { weeklyBudget: $budget }, expectedVersion: $version, reason: "tests") {
          userErrors { code } } }`,
      { budget: weeklyBudget, version: deliveryPolicy.version },
    );
  };
  let told = 0;
  const record = async (learnerId: string, suggestionId: string, outcome: string, at: Date) => {
    told += 1;
    const rows = [{ eventId: `${learnerId}:${told}`, learnerId, suggestionId, outcome, at, channel: 'EMAIL' }];
    expect(await service.ask(RECORD, { rows })).toEqual({ recordDelivery: { storedCount: 1, userErrors: [] } });
  };

  test('a team is never planned beyond its share, however many requests plan for it', async () => {
    const team = Array.from({ length: 10 }, () => aLearner({ timezone: 'UTC', department: `Team of ten, ${kind}` }));
    await store(service, { learners: team });
    const ids = team.map(({ id }) => id);
    const planned = [
      ...(await planMany(ids.slice(0, 4), course.id)),
      ...(await planMany(ids.slice(4, 7), course.id)),
      // A campaign for another course, and one by one.
      ...(await planMany(ids.slice(7, 9), other.id)),
      await plan(ids[9] as string, other.id),
    ];
    const startsAt = planned.map((suggestion) => first(suggestion).startsAt);
    const perWindow = [...new Set(startsAt)].map((start) => startsAt.filter((other_) => other_ === start).length);
    // A fifth of ten.
    expect(Math.max(...perWindow)).toBe(2);
    // Asking the same again finds one's own place free, and nobody else's.
    const again = await planMany(ids.slice(0, 4), course.id);
    expect(again.map((suggestion) => first(suggestion).startsAt).sort()).toEqual(startsAt.slice(0, 4).sort());
  });

  test('a suggestion answers every field that it has', async () => {
    const learnerId = await newLearner();
    const long = aCourse({ durationMinutes: 3_000 });
    await store(service, { courses: [long] });
    const { id } = await ask(learnerId, course.id);
    await record(learnerId, id, 'SENT', new Date(NOON.getTime() - 20 * DAY_MS));
    await record(learnerId, id, 'OPENED', new Date(NOON.getTime() - 19 * DAY_MS));
    const schema = buildSchema(readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8'));
    const fields = everyField(schema.getType('DeliverySuggestion') as GraphQLObjectType);
    const { data, errors } = await service.post(
      `query ($learnerId: ID!, $courseId: ID!) {
        deliverySuggestion(learnerId: $learnerId, courseId: $courseId) { ${fields} } }`,
      { learnerId, courseId: long.id },
    );
    expect(errors).toEqual([]);
    const { sittingPlan, channel } = (data?.['deliverySuggestion'] ?? {}) as {
      sittingPlan: { sittings: readonly unknown[] };
      channel: { engagement: { rate: number; rateLow: number; rateHigh: number; ownEngagements: number } };
    };
    expect(sittingPlan.sittings.length).toBeGreaterThan(0);
    const { rateLow, rate, rateHigh, ownEngagements } = channel.engagement;
    expect(ownEngagements).toBe(1);
    expect(rateLow).toBeLessThan(rate);
    expect(rateHigh).toBeGreaterThan(rate);
  });

  test('that are asked for at the same moment keep their distance from each other', async () => {
    const learnerId = await newLearner();
    const [campaign, ...single] = await Promise.all([
      planMany([learnerId], course.id),
      ...courses.slice(1).map(({ id }) => plan(learnerId, id)),
    ]);
    const planned = [...single, ...campaign].map(first);
    expect(planned).toHaveLength(4);
    for (const [i, window] of planned.entries()) {
      for (const earlier of planned.slice(0, i)) expect(betweenMs(window, earlier)).toBeGreaterThanOrEqual(GAP_MS);
    }
  });

  /** Another process on the same database, with one connection. */
  const openAnother = () =>
    openApp({
      config: readConfig({
        DATABASE_URL: String((service.app.database.dataSource.options as { url?: string }).url),
        DATABASE_POOL_SIZE: '1',
        DEFAULT_TIMEZONE: 'UTC',
      }),
      logger: createLogger('silent'),
      clock: () => NOON,
    });
  const locks = async () => {
    const [row] = await service.sql<{ granted: number; waiting: number }>(
      `SELECT count(*) FILTER (WHERE l.granted)::integer AS granted,
       count(*) FILTER (WHERE NOT l.granted)::integer AS waiting
     FROM pg_locks l JOIN pg_database d ON d.oid = l.database
     WHERE d.datname = current_database() AND l.locktype IN ('advisory', 'relation')
       AND (l.locktype = 'advisory' OR l.relation = 'holiday'::regclass)`,
    );
    return row;
  };
  /** Starts two plans, and lets them go on when both are in the middle of their work, where neither knows the other's. */
  const atOnce = async <A, B>(mine: () => Promise<A>, theirs: () => Promise<B>): Promise<[A, B]> => {
    const both = await service.app.database.dataSource.transaction(async (transaction) => {
      // Both wait for the calendar.
      await transaction.query('LOCK TABLE holiday IN ACCESS EXCLUSIVE MODE');
      const started = [mine(), theirs()] as const;
      await vi.waitFor(async () => expect(await locks()).toEqual({ granted: 1, waiting: 2 }), { timeout: 20_000 });
      return { started };
    });
    return await Promise.all(both.started);
  };
  const request = { from: null, horizonDays: 14, count: 1, purpose: 'RECOMMENDATION' } as const;

  test.runIf(kind === 'postgres')(
    'know what other processes plan, which hold nothing while they work it out',
    async () => {
      const learnerId = await newLearner();
      const another = await openAnother();
      try {
        const [mine, theirs] = await atOnce(
          () => plan(learnerId, course.id),
          () => another.delivery.plan(learnerId, { ...request, courseId: other.id }, new AbortController().signal),
        );
        const [window] = theirs.windows;
        const iso = { startsAt: window?.startsAt.toISOString() ?? '', endsAt: window?.endsAt.toISOString() ?? '' };
        expect(betweenMs(first(mine), iso)).toBeGreaterThanOrEqual(GAP_MS);
      } finally {
        await another.close();
      }
    },
  );

  test.runIf(kind === 'postgres')(
    'of two campaigns of one team, by two processes at once, share its room',
    async () => {
      const team = Array.from({ length: 20 }, () => aLearner({ timezone: 'UTC', department: 'Team of twenty' }));
      await store(service, { learners: team });
      const ids = team.map(({ id }) => id);
      const another = await openAnother();
      try {
        const [mine, theirs] = await atOnce(
          () => planMany(ids.slice(0, 10), course.id),
          () =>
            another.delivery.planCampaign(
              ids.slice(10),
              { ...request, courseId: other.id },
              new AbortController().signal,
            ),
        );
        const startsMs = [
          ...mine.map((suggestion) => Date.parse(first(suggestion).startsAt)),
          ...theirs.suggestions.map(({ windows }) => windows[0]?.startsAt.getTime() ?? Number.NaN),
        ];
        const perWindow = [...new Set(startsMs)].map((start) => startsMs.filter((ms) => ms === start).length);
        expect(startsMs).toHaveLength(20);
        // A fifth of twenty, where each campaign by itself would put four of its people into the best hour.
        expect(Math.max(...perWindow)).toBe(4);
      } finally {
        await another.close();
      }
    },
  );

  test('what cannot be planned is told, and holds up none that follow', async () => {
    const learnerId = await newLearner();
    const [failed, planned] = await Promise.all([tryToPlan(learnerId, 'no such course'), plan(learnerId, course.id)]);
    expect(failed).toEqual({
      suggestion: null,
      userErrors: [{ code: 'NOT_FOUND', message: 'There is no course "no such course".', path: ['courseId'] }],
    });
    expect(planned.outcome).toBe('SUGGESTED');
    const later = { from: new Date(NOON.getTime() + 400 * DAY_MS).toISOString() };
    const bounded = await tryToPlan(learnerId, course.id, later);
    expect(bounded.userErrors).toEqual([
      { code: 'INVALID_VALUE', message: '`from` must lie within the next year.', path: ['from'] },
    ]);
    const past = await tryToPlan(learnerId, course.id, { from: new Date(NOON.getTime() - 2 * DAY_MS).toISOString() });
    expect(past.userErrors).toEqual(bounded.userErrors);
  });

  test('are made by those alone who may, and by no question', async () => {
    const learnerId = await newLearner();
    const before = await ask(learnerId, other.id);
    await ask(learnerId, course.id);
    expect((await ask(learnerId, other.id)).windows).toEqual(before.windows);
    const variables = { learnerId, courseId: course.id };
    const QUIET = PLAN.replace(`suggestion { ${FIELDS} }`, '');
    for (const credential of [await service.key('TIMING'), await service.token({ learnerId })]) {
      const { errors } = await service.post(QUIET, variables, credential);
      expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
    }
    const byName = await service.post(`{ planDelivery(learnerId: "a", courseId: "b") { userErrors { code } } }`);
    expect(byName.errors[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    // Planning and reading what was planned are two scopes.
    const planner = await service.key('DELIVER');
    expect((await service.post(PLAN, variables, planner)).errors[0]?.extensions.code).toBe('FORBIDDEN');
    expect((await service.post(QUIET, variables, planner)).data).toEqual({ planDelivery: { userErrors: [] } });
    expect((await ask(learnerId, other.id)).windows).not.toEqual(before.windows);
  });

  test('count as sent once their window is over, until something is told of them', async () => {
    const [untold, sent, opened, muted] = [
      await newLearner(),
      await newLearner(),
      await newLearner(),
      await newLearner(),
    ];
    const everyone = [untold, sent, opened, muted];
    const plans = await Promise.all(everyone.map((learnerId) => plan(learnerId, course.id)));
    const [, sentId = '', openedId = '', mutedId = ''] = plans.map(({ id }) => id);
    const window = first(plans[0] as Suggestion);
    service.now = new Date(Date.parse(window.endsAt) + HOUR_MS);
    for (const learnerId of everyone) {
      for (const courseId of [course.id, other.id]) {
        const next = await ask(learnerId, courseId);
        expect(codes(next)).toContain('MINIMUM_GAP');
        for (const w of next.windows) expect(betweenMs(w, window)).toBeGreaterThanOrEqual(GAP_MS);
      }
    }
    // They had come an hour after they were planned: what is told takes the place of what was meant.
    const cameAt = new Date(NOON.getTime() + HOUR_MS);
    await record(sent, sentId, 'SENT', cameAt);
    await record(opened, openedId, 'OPENED', cameAt);
    await record(muted, mutedId, 'MUTED', cameAt);
    for (const learnerId of [sent, opened, muted]) {
      expect(gapOf(await ask(learnerId, other.id))).toContain('the last one is of Wed 12 Mar, 13:00.');
    }
    expect(gapOf(await ask(untold, other.id))).toContain(`the last one is of ${window.label}.`);
  });

  test('count for the weekly budget after their window too', async () => {
    const learnerId = await newLearner();
    await setWeeklyBudget(1);
    const window = first(await plan(learnerId, course.id, { horizonDays: 3 }));
    service.now = new Date(Date.parse(window.endsAt) + 21 * HOUR_MS);
    expect((await ask(learnerId, other.id, { horizonDays: 1 })).noWindowReason?.code).toBe('WEEKLY_BUDGET');
    await setWeeklyBudget(3);
  });

  test('are replaced by plans for the same course and purpose, and by no others', async () => {
    const learnerId = await newLearner();
    const planned = first(await plan(learnerId, course.id));
    expect(first(await plan(learnerId, course.id))).toEqual(planned);
    for (const purpose of ['REQUIRED', 'REMINDER']) {
      const next = await ask(learnerId, course.id, { purpose });
      expect(next.windows.length).toBeGreaterThan(0);
      for (const w of next.windows) expect(betweenMs(w, planned)).toBeGreaterThanOrEqual(GAP_MS);
    }
    const reminder = first(await plan(learnerId, course.id, { purpose: 'REMINDER' }));
    const third = await ask(learnerId, other.id);
    for (const w of third.windows) {
      expect(betweenMs(w, planned)).toBeGreaterThanOrEqual(GAP_MS);
      expect(betweenMs(w, reminder)).toBeGreaterThanOrEqual(GAP_MS);
    }
  });

  test('keep their distance from every sitting of one, also once some of them were sent', async () => {
    const long = aCourse({ durationMinutes: 150 });
    await store(service, { courses: [long] });
    const learnerId = await newLearner({ workPattern: HOUR_A_DAY });
    const { id, sittingPlan } = await plan(learnerId, long.id);
    const sittings = sittingPlan?.sittings ?? [];
    expect(sittings.map(({ label }) => label)).toEqual([
      'Thu 13 Mar, 09:00–09:50',
      'Fri 14 Mar, 09:00–09:50',
      'Mon 17 Mar, 09:00–09:50',
    ]);
    expect(first(await ask(learnerId, course.id)).label).toBe('Tue 18 Mar, 09:00–10:00');
    // Told of the first two, each by the message that came with it.
    for (const { startsAt } of sittings.slice(0, 2)) {
      service.now = new Date(Date.parse(startsAt) + HOUR_MS);
      await record(learnerId, id, 'SENT', new Date(startsAt));
    }
    const next = await ask(learnerId, course.id);
    expect(first(next).label).toBe('Tue 18 Mar, 09:00–10:00');
    expect(gapOf(next)).toContain('the last one is of Mon 17 Mar, 09:00–10:00.');
    // Of this week two were sent, and of the next one is planned: with two a week there is no room before the one after.
    await setWeeklyBudget(2);
    const later = await plan(learnerId, course.id);
    expect(first(later).label).toBe('Tue 18 Mar, 09:00–10:00');
    const last = await ask(learnerId, other.id);
    expect(first(last).label).toBe('Mon 24 Mar, 09:00–10:00');
    await setWeeklyBudget(3);
  });

  test('take up the team for all sittings of one, for as long as they last', async () => {
    const long = aCourse({ durationMinutes: 240 });
    await store(service, { courses: [long] });
    const department = `Team of five, ${kind}`;
    const workPattern = HOUR_A_DAY.map((day) => ({ ...day, end: '11:00' }));
    const team = Array.from({ length: 5 }, () => aLearner({ timezone: 'UTC', department, workPattern }));
    await store(service, { learners: team });
    const [one = '', another = ''] = team.map(({ id }) => id);
    const { sittingPlan } = await plan(one, long.id);
    expect(sittingPlan?.sittings.map(({ label }) => label)).toEqual([
      'Thu 13 Mar, 09:00–11:00',
      'Fri 14 Mar, 09:00–11:00',
    ]);
    // One of five at a time, and the mornings of two hours are taken.
    expect(first(await ask(another, course.id)).label).toBe('Mon 17 Mar, 09:00–10:00');
  });

  test('end when asking anew finds no window', async () => {
    const learnerId = await newLearner();
    const before = await ask(learnerId, other.id);
    await plan(learnerId, course.id);
    expect((await ask(learnerId, other.id)).windows).not.toEqual(before.windows);
    const LEAVE = `mutation ($learnerId: ID!) {
      upsertLeave(leave: [{ learnerId: $learnerId, startsOn: "2025-03-12", endsOn: "2025-04-30" }]) { userErrors { code } } }`;
    await service.ask(LEAVE, { learnerId });
    expect((await plan(learnerId, course.id)).noWindowReason?.code).toBe('LEAVE');
    await service.ask(
      `mutation ($learnerId: ID!) {
        removeLeave(leave: [{ learnerId: $learnerId, startsOn: "2025-03-12" }]) { userErrors { code } } }`,
      { learnerId },
    );
    const after = await ask(learnerId, other.id);
    expect([codes(after), after.windows]).toEqual([codes(before), before.windows]);
  });

  test('invite to no session on a day of leave or a holiday, even beyond the horizon', async () => {
    const day = (days: number) => new Date(NOON.getTime() + days * DAY_MS);
    const iso = (days: number) => day(days).toISOString().slice(0, 10);
    const session = (id: string, days: number) => ({
      id,
      startsAt: day(days),
      endsAt: new Date(day(days).getTime() + HOUR_MS),
    });
    const live = aCourse({ kind: 'LIVE_SESSION', sessions: [session('away', 40), session('holiday', 41)] });
    await store(service, { courses: [live] });
    const [away, free] = [await newLearner(), await newLearner()];
    await service.ask(
      `mutation ($learnerId: ID!, $from: String!, $until: String!, $holiday: String!) {
        upsertLeave(leave: [{ learnerId: $learnerId, startsOn: $from, endsOn: $until }]) { userErrors { code } }
        upsertHolidays(holidays: [{ day: $holiday, name: "Founding day" }]) { userErrors { code } } }`,
      { learnerId: away, from: iso(40), until: iso(41), holiday: iso(41) },
    );
    const given = { purpose: 'LIVE_SESSION', horizonDays: 5 };
    expect((await ask(away, live.id, given)).noWindowReason).toEqual({
      code: 'LIVE_SESSION',
      text: 'Every live session ahead is full or falls on a day on which you are away.',
    });
    expect(first(await ask(free, live.id, given)).sessionId).toBe('away');
  });
});
