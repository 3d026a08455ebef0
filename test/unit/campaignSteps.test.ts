import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isHeldOutOf } from '../../src/campaigns/campaign.js';
import { type DailyLimits, localDayOf, openStretch, withinDays } from '../../src/campaigns/dailyRoom.js';
import { type BroughtStep, type CampaignCourse, nextStep } from '../../src/campaigns/nextStep.js';
import { paceOf } from '../../src/campaigns/outlook.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const NOW_MS = Date.parse('2025-03-12T12:00:00Z');

const course = (step: number, standing: CampaignCourse['standing'] = 'OPEN'): CampaignCourse => ({
  ...{ courseId: `c${step}`, step, standing },
});
const brought = (step: number, daysAgo: number): BroughtStep => ({
  ...{ courseId: `c${step}`, startsAtMs: NOW_MS - daysAgo * DAY_MS, isBrought: daysAgo >= 0, isSettled: false },
});
const BROAD = { mode: 'BROAD', dripDays: null, weeklyCap: 7 } as const;
const DRIP = { ...BROAD, mode: 'DRIP' } as const;

describe('what a campaign brings next', () => {
  test('is the first course that is open, and nothing while a message is still to come', () => {
    const courses = [course(1, 'SETTLED'), course(2, 'CLOSED'), course(3)];
    expect(nextStep(courses, [], BROAD, NOW_MS)).toEqual({ kind: 'DUE', courseId: 'c3', step: 3 });
    const planned = { courseId: 'c3', startsAtMs: NOW_MS + HOUR_MS, isBrought: false, isSettled: false };
    expect(nextStep(courses, [planned], BROAD, NOW_MS)).toEqual({ kind: 'WAITING', untilMs: NOW_MS + HOUR_MS });
  });

  test('waits for nothing in a broad campaign, and for the course before in a drip', () => {
    const [courses, steps] = [[course(1), course(2)], [brought(1, 1)]];
    expect(nextStep(courses, steps, BROAD, NOW_MS)).toEqual({ kind: 'DUE', courseId: 'c2', step: 2 });
    expect(nextStep(courses, steps, DRIP, NOW_MS)).toEqual({ kind: 'WAITING', untilMs: null });
    const completed = [course(1, 'SETTLED'), course(2)];
    expect(nextStep(completed, [{ ...brought(1, 1), isSettled: true }], DRIP, NOW_MS)).toEqual({
      kind: 'DUE',
      courseId: 'c2',
      step: 2,
    });
  });

  test('comes in a drip after the days that it names, completed or not', () => {
    const courses = [course(1), course(2)];
    const limits = { ...DRIP, dripDays: 3 };
    expect(nextStep(courses, [brought(1, 2)], limits, NOW_MS)).toEqual({ kind: 'WAITING', untilMs: NOW_MS + DAY_MS });
    expect(nextStep(courses, [brought(1, 3)], limits, NOW_MS)).toEqual({ kind: 'DUE', courseId: 'c2', step: 2 });
  });

  test('waits until one more message is within the cap of seven days', () => {
    const [courses, steps] = [
      [course(1), course(2), course(3)],
      [brought(1, 6), brought(2, 2)],
    ];
    const limits = { ...BROAD, weeklyCap: 2 };
    expect(nextStep(courses, steps, limits, NOW_MS)).toEqual({ kind: 'WAITING', untilMs: NOW_MS + DAY_MS });
    expect(nextStep(courses, steps, { ...limits, weeklyCap: 3 }, NOW_MS)).toMatchObject({ kind: 'DUE', step: 3 });
  });

  test('is nothing when everything is done, and not so while a course is closed', () => {
    expect(nextStep([course(1, 'SETTLED')], [], DRIP, NOW_MS)).toEqual({ kind: 'FINISHED' });
    expect(nextStep([course(1, 'CLOSED')], [], DRIP, NOW_MS)).toEqual({ kind: 'WAITING', untilMs: null });
  });
});

describe('a person in a campaign, whatever they do and whenever they are looked at', () => {
  const whatHappens = fc.array(
    fc.record({
      hoursLater: fc.integer({ min: 1, max: 60 }),
      /** Course that they complete before they are looked at; beyond the last: none. */
      completes: fc.integer({ min: 0, max: 9 }),
      closes: fc.integer({ min: 0, max: 12 }),
      windowAfterHours: fc.integer({ min: 0, max: 100 }),
    }),
    { minLength: 1, maxLength: 60 },
  );
  const limitsOf = fc.record({
    mode: fc.constantFrom('BROAD' as const, 'DRIP' as const),
    dripDays: fc.option(fc.integer({ min: 1, max: 20 })),
    weeklyCap: fc.integer({ min: 1, max: 7 }),
  });

  /** Looks again and again, and plans whatever is due for a window that comes later. */
  function play(events: readonly Looked[], limits: Limits, look: (at: Moment) => void): readonly Message[] {
    const settled = new Set<string>();
    const messages: Message[] = [];
    let nowMs = NOW_MS;
    for (const { hoursLater, completes, closes, windowAfterHours } of events) {
      nowMs += hoursLater * HOUR_MS;
      settled.add(`c${completes}`);
      const courses = Array.from({ length: 6 }, (_, i) => {
        const standing = settled.has(`c${i + 1}`) ? 'SETTLED' : i + 1 === closes ? 'CLOSED' : 'OPEN';
        return course(i + 1, standing);
      });
      const steps = messages.map((message) => ({
        ...message,
        ...{ isBrought: message.startsAtMs <= nowMs, isSettled: settled.has(message.courseId) },
      }));
      const next = nextStep(courses, steps, limits, nowMs);
      look({ nowMs, settled, steps, next });
      if (next.kind === 'DUE') messages.push({ ...next, startsAtMs: nowMs + windowAfterHours * HOUR_MS });
    }
    return messages;
  }

  test('gets no step twice, and no more messages in any seven days than the cap', () => {
    fc.assert(
      fc.property(whatHappens, limitsOf, (events, limits) => {
        const messages = play(events, limits, () => {});
        expect(new Set(messages.map(({ step }) => step)).size).toBe(messages.length);
        for (const { startsAtMs: fromMs } of messages) {
          const within = messages.filter(({ startsAtMs }) => startsAtMs >= fromMs && startsAtMs < fromMs + 7 * DAY_MS);
          expect(within.length).toBeLessThanOrEqual(limits.weeklyCap);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('is brought nothing that they completed, and in a drip nothing ahead of what they have not, before its days', () => {
    let due = 0;
    fc.assert(
      fc.property(whatHappens, limitsOf, (events, limits) => {
        play(events, limits, ({ nowMs, settled, steps, next }) => {
          if (next.kind !== 'DUE') return;
          due += 1;
          expect(settled.has(next.courseId)).toBe(false);
          expect(steps.every(({ isBrought }) => isBrought)).toBe(true);
          if (limits.mode !== 'DRIP') return;
          for (const { courseId, startsAtMs } of steps) {
            const isOver = limits.dripDays !== null && nowMs >= startsAtMs + limits.dripDays * DAY_MS;
            expect(settled.has(courseId) || isOver).toBe(true);
          }
        });
      }),
      { numRuns: 500 },
    );
    expect(due).toBeGreaterThan(500);
  });

  interface Looked {
    readonly hoursLater: number;
    readonly completes: number;
    readonly closes: number;
    readonly windowAfterHours: number;
  }
  type Limits = Parameters<typeof nextStep>[2];
  interface Message {
    readonly courseId: string;
    readonly step: number;
    readonly startsAtMs: number;
  }
  interface Moment {
    readonly nowMs: number;
    readonly settled: ReadonlySet<string>;
    readonly steps: readonly BroughtStep[];
    readonly next: ReturnType<typeof nextStep>;
  }
});

describe('the days of a campaign', () => {
  const limits = (given: Partial<DailyLimits> = {}): DailyLimits => ({
    ...{ zone: 'Europe/Berlin', dailyCap: 10, takenByDay: new Map(), untilMs: Number.POSITIVE_INFINITY },
    ...given,
  });
  const today = localDayOf(NOW_MS, 'Europe/Berlin');

  test('are open for a fortnight, and no longer than the campaign', () => {
    expect(openStretch(limits({ dailyCap: null }), NOW_MS)).toEqual({
      ...{ fromMs: NOW_MS, horizonDays: 14, room: Number.POSITIVE_INFINITY },
    });
    expect(openStretch(limits(), NOW_MS)).toEqual({ fromMs: NOW_MS, horizonDays: 14, room: 150 });
    const untilMs = NOW_MS + 3 * DAY_MS;
    expect(openStretch(limits({ untilMs }), NOW_MS)).toEqual({ fromMs: NOW_MS, horizonDays: 3, room: 40 });
    expect(openStretch(limits({ untilMs: NOW_MS }), NOW_MS)).toBeNull();
  });

  test('are passed over when they are full, with the hours left of one before that', () => {
    // Midnight of the day after tomorrow in Berlin is 23:00 UTC.
    const takenByDay = new Map([
      [today, 3],
      [today + 1, 10],
      [today + 4, 10],
    ]);
    expect(openStretch(limits({ takenByDay }), NOW_MS)).toEqual({
      ...{ fromMs: Date.parse('2025-03-13T23:00:00Z'), horizonDays: 2, room: 20 },
    });
  });

  test('are never filled beyond the cap, and leave nobody out for whom there is room', () => {
    const messages = fc.array(fc.record({ id: fc.nat(1_000), hours: fc.integer({ min: 0, max: 300 }) }), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 6 }), fc.nat(8), (given, dailyCap, taken) => {
        const own = limits({ dailyCap, takenByDay: new Map([[today + 1, taken]]) });
        const all = given.map(({ id, hours }) => ({ learnerId: `l${id}`, startsAtMs: NOW_MS + hours * HOUR_MS }));
        const kept = withinDays(all, own);
        const people = (some: typeof all, day: number) =>
          some.filter(({ startsAtMs }) => localDayOf(startsAtMs, own.zone) === day).length;
        for (let day = today; day < today + 15; day++) {
          const before = day === today + 1 ? taken : 0;
          const room = Math.max(0, dailyCap - before);
          expect(people([...kept], day)).toBe(Math.min(room, people(all, day)));
        }
      }),
    );
  });

  test('that are open always leave room for what is planned in them', () => {
    const days = fc.array(fc.nat(3), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(days, fc.integer({ min: 0, max: 47 }), (taken, halfHours) => {
        const nowMs = NOW_MS + (halfHours * HOUR_MS) / 2;
        const first = localDayOf(nowMs, 'Europe/Berlin');
        const own = limits({ dailyCap: 3, takenByDay: new Map(taken.map((people, i) => [first + i, people])) });
        const stretch = openStretch(own, nowMs);
        if (stretch === null) return;
        for (
          let atMs = stretch.fromMs;
          atMs < stretch.fromMs + stretch.horizonDays * DAY_MS - 5 * HOUR_MS;
          atMs += HOUR_MS
        ) {
          expect(own.takenByDay.get(localDayOf(atMs, own.zone)) ?? 0).toBeLessThan(3);
        }
      }),
    );
  });
});

const SECRET = Uint8Array.of(7);

describe('who is held out', () => {
  test('hangs on the two ids alone, and is about the share that is asked for', () => {
    const people = Array.from({ length: 5_000 }, (_, i) => `e-${i}`);
    const out = people.filter((id) => isHeldOutOf('spring', id, 20, SECRET));
    expect(out.length / people.length).toBeGreaterThan(0.18);
    expect(out.length / people.length).toBeLessThan(0.22);
    expect(people.filter((id) => isHeldOutOf('spring', id, 20, SECRET))).toEqual(out);
    expect(people.filter((id) => isHeldOutOf('spring', id, 0, SECRET))).toEqual([]);
  });

  test('cannot be worked out without the secret of the service', () => {
    const people = Array.from({ length: 200 }, (_, i) => `e-${i}`);
    const out = (secret: number) => people.filter((id) => isHeldOutOf('spring', id, 50, Uint8Array.of(secret)));
    expect(out(1)).not.toEqual(out(2));
  });

  test('are others in another campaign, and the same and more for a greater share', () => {
    const people = Array.from({ length: 5_000 }, (_, i) => `e-${i}`);
    const out = new Set(people.filter((id) => isHeldOutOf('spring', id, 20, SECRET)));
    const both = people.filter((id) => out.has(id) && isHeldOutOf('autumn', id, 20, SECRET)).length;
    expect(both / people.length).toBeGreaterThan(0.025);
    expect(both / people.length).toBeLessThan(0.055);
    for (const id of out) expect(isHeldOutOf('spring', id, 35, SECRET)).toBe(true);
  });
});

describe('how long a campaign takes at least', () => {
  const asked = { now: new Date(NOW_MS), people: 200, steps: 3, weeklyCap: 1, dailyCap: null };
  const latestFirst = new Date(NOW_MS + 5.5 * DAY_MS);

  test('is until the last window, and a week for each further course where one a week is allowed', () => {
    expect(paceOf({ ...asked, latestFirst })).toEqual({ firstCourseDays: 6, wholeDays: 20 });
    expect(paceOf({ ...asked, weeklyCap: 3, latestFirst })).toEqual({ firstCourseDays: 6, wholeDays: 6 });
  });

  test('is no less than the daily cap allows', () => {
    expect(paceOf({ ...asked, dailyCap: 20, latestFirst })).toEqual({ firstCourseDays: 10, wholeDays: 30 });
  });

  test('is not known when nobody can be reached', () => {
    expect(paceOf({ ...asked, latestFirst: null })).toEqual({ firstCourseDays: null, wholeDays: null });
  });
});
