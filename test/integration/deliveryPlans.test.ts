import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLObjectType, getNamedType, isObjectType } from 'graphql';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { aCourse, aLearner } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 120_000 });

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const GAP_MS = 20 * HOUR_MS;
const FIELDS = `id outcome noWindowReason { code text } constraintsApplied { code text }
  windows { startsAt endsAt label sessionId }`;
const ASK = `query ($learnerId: ID!, $courseId: ID!, $purpose: DeliveryPurpose, $isPlanned: Boolean, $horizonDays: Int) {
  deliverySuggestion(learnerId: $learnerId, courseId: $courseId, purpose: $purpose, isPlanned: $isPlanned,
    horizonDays: $horizonDays) { ${FIELDS} } }`;
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
}

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
const betweenMs = (a: Window, b: Window) =>
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

  const newLearner = async () => {
    const learner = aLearner({ timezone: 'UTC' });
    await store(service, { learners: [learner] });
    return learner.id;
  };
  const ask = async (learnerId: string, courseId: string, given: object = {}): Promise<Suggestion> =>
    (await service.ask<{ deliverySuggestion: Suggestion }>(ASK, { learnerId, courseId, ...given })).deliverySuggestion;
  const plan = (learnerId: string, courseId: string, given: object = {}) =>
    ask(learnerId, courseId, { ...given, isPlanned: true });
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
    const campaign = async (learnerIds: readonly string[], courseId: string): Promise<Suggestion[]> => {
      const { deliverySuggestions } = await service.ask<{ deliverySuggestions: { suggestions: Suggestion[] } }>(
        `query ($learnerIds: [ID!]!, $courseId: ID!) {
          deliverySuggestions(learnerIds: $learnerIds, courseId: $courseId) { suggestions { ${FIELDS} } } }`,
        { learnerIds, courseId },
      );
      return deliverySuggestions.suggestions;
    };
    const planned = [
      ...(await campaign(ids.slice(0, 4), course.id)),
      ...(await campaign(ids.slice(4, 7), course.id)),
      // A campaign for another course, and one by one.
      ...(await campaign(ids.slice(7, 9), other.id)),
      await plan(ids[9] as string, other.id),
    ];
    const startsAt = planned.map((suggestion) => first(suggestion).startsAt);
    const perWindow = [...new Set(startsAt)].map((start) => startsAt.filter((other_) => other_ === start).length);
    // A fifth of ten.
    expect(Math.max(...perWindow)).toBe(2);
    // Asking the same again finds one's own place free, and nobody else's.
    const again = await campaign(ids.slice(0, 4), course.id);
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
    const aliases = courses
      .slice(1)
      .map(
        ({ id }, i) => `plan${i}: deliverySuggestion(learnerId: $l, courseId: "${id}", isPlanned: true) { ${FIELDS} }`,
      );
    const [single, campaign] = await Promise.all([
      service.ask<Record<string, Suggestion>>(`query ($l: ID!) { ${aliases.join(' ')} }`, { l: learnerId }),
      service.ask<{ deliverySuggestions: { suggestions: Suggestion[] } }>(
        `query ($l: ID!, $c: ID!) { deliverySuggestions(learnerIds: [$l], courseId: $c) { suggestions { ${FIELDS} } } }`,
        { l: learnerId, c: course.id },
      ),
    ]);
    const planned = [...Object.values(single), ...campaign.deliverySuggestions.suggestions].map(first);
    expect(planned).toHaveLength(4);
    for (const [i, window] of planned.entries()) {
      for (const earlier of planned.slice(0, i)) expect(betweenMs(window, earlier)).toBeGreaterThanOrEqual(GAP_MS);
    }
  });

  test.runIf(kind === 'postgres')('wait for those that another process is making; questions do not', async () => {
    const learnerId = await newLearner();
    const lockKey = 727_003;
    let isPlanned = false;
    const planning = await service.app.database.dataSource.transaction(async (lock) => {
      await lock.query('SELECT pg_advisory_xact_lock($1)', [lockKey]);
      const waiting = plan(learnerId, course.id).then((suggestion) => {
        isPlanned = true;
        return suggestion;
      });
      expect((await ask(learnerId, course.id)).outcome).toBe('SUGGESTED');
      await vi.waitFor(async () => {
        const [row] = await service.sql<{ n: number }>(
          `SELECT count(*)::integer AS n FROM pg_locks l JOIN pg_database d ON d.oid = l.database
           WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted`,
        );
        expect(row?.n).toBe(1);
      });
      expect(isPlanned).toBe(false);
      return { waiting };
    });
    expect((await planning.waiting).outcome).toBe('SUGGESTED');
  });

  test('one that fails holds up none that follow', async () => {
    const learnerId = await newLearner();
    const [failed, planned] = await Promise.all([
      service.post(ASK, { learnerId, courseId: 'no such course', isPlanned: true }),
      plan(learnerId, course.id),
    ]);
    expect(failed.errors[0]?.extensions.code).toBe('NOT_FOUND');
    expect(planned.outcome).toBe('SUGGESTED');
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
    await service.ask(
      `mutation { updateDeliveryPolicy(input: { weeklyBudget: 1 }, expectedVersion: 1, reason: "tests") { userErrors { code } } }`,
    );
    const window = first(await plan(learnerId, course.id, { horizonDays: 3 }));
    service.now = new Date(Date.parse(window.endsAt) + 21 * HOUR_MS);
    expect((await ask(learnerId, other.id, { horizonDays: 1 })).noWindowReason?.code).toBe('WEEKLY_BUDGET');
    await service.ask(
      `mutation { updateDeliveryPolicy(input: { weeklyBudget: 3 }, expectedVersion: 2, reason: "tests") { userErrors { code } } }`,
    );
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
