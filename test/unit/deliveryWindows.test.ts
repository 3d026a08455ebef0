import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LiveSession } from '../../src/catalog/course.js';
import { DEFAULT_DELIVERY_POLICY } from '../../src/delivery/settings/deliveryPolicy.js';
import { describeWorkPattern } from '../../src/delivery/windows/constraints.js';
import type { DeliveryInputs } from '../../src/delivery/windows/deliveryInputs.js';
import type { DeliverySuggestion } from '../../src/delivery/windows/deliverySuggestion.js';
import { activeHours, poolActiveHours } from '../../src/learners/activeHours.js';
import { type QuietHours, WEEKDAYS, type WorkDay } from '../../src/learners/learner.js';
import { DAY_MS, HOUR_MS } from '../../src/platform/zonedTime.js';
import { aDeliveredCourse, DELIVERY_NOW, deliveryInputs as inputs, suggestWindows } from '../support/deliveryInputs.js';

const at = (iso: string) => Date.parse(iso);
const NOW = DELIVERY_NOW;

/** The same hour of the week in each of the weeks before now. */
const weekly = (firstIso: string, weeks: number) =>
  Array.from({ length: weeks }, (_, i) => at(firstIso) - i * 7 * DAY_MS);
/** People who were each active on one weekday at that hour, UTC. */
const crowdAt = (hour: number, people = 40) =>
  poolActiveHours(
    Array.from({ length: people }, (_, i) =>
      activeHours({
        hourStartsMs: weekly('2026-11-16T00:00Z', 4).map((ms) => ms + (i % 5) * DAY_MS + hour * HOUR_MS),
        zone: 'UTC',
        nowMs: NOW,
        observedSinceMs: NOW - 28 * DAY_MS,
        halfLifeDays: 1e13,
      }),
    ),
  );
const labels = ({ windows }: DeliverySuggestion) => windows.map((w) => w.label);
const codes = ({ constraintsApplied }: DeliverySuggestion) => constraintsApplied.map((c) => c.code);
const session = (id: string, iso: string): LiveSession => ({
  id,
  startsAt: new Date(iso),
  endsAt: new Date(at(iso) + HOUR_MS),
  capacity: null,
  seatsTaken: null,
});
const onDays = (days: readonly WorkDay['day'][], startMinute: number, endMinute: number) =>
  days.map((day) => ({ day, startMinute, endMinute }));

describe('a learner whom nothing is known of', () => {
  const suggestion = suggestWindows(inputs());

  it('gets windows in usual working hours, and is told why', () => {
    // All hours of work between the first and the last are equal, so the earliest come first, but none next to another
    // and two a day at most.
    expect(labels(suggestion)).toEqual([
      'Mon 23 Nov, 10:00–11:00',
      'Mon 23 Nov, 12:00–13:00',
      'Tue 24 Nov, 10:00–11:00',
    ]);
    expect(suggestion.windows[0]?.reasons.map((r) => r.text)).toEqual([
      'None of your activity is known yet.',
      'It lies in usual working hours: Mon–Fri 09:00–17:00.',
    ]);
    expect(suggestion.basis).toEqual({ PERSON: 0, PEERS: 0, GROUP: 0, ORGANISATION: 0, DEFAULT: 1 });
  });

  it('is spared at night, and is told so', () => {
    expect(suggestion.constraintsApplied).toEqual([
      {
        code: 'DEFAULT_QUIET_HOURS',
        text: 'Neither working hours nor quiet hours of yours are known, so nothing at night, between 22:00 and 07:00.',
        // Nine hours a night.
        hoursRuledOut: 14 * 9,
      },
    ]);
  });

  it('has a low and wide probability, and no lift over what everyone would get', () => {
    const [first] = suggestion.windows;
    expect(first?.probabilityActive).toBeGreaterThan(0.005);
    expect(first?.probabilityActive).toBeLessThan(0.03);
    expect(first?.probabilityHigh).toBeGreaterThan(1.5 * (first?.probabilityActive ?? 1));
    expect(first?.lift).toBe(1);
    expect(suggestion.commonSlot?.label).toBe(first?.label);
  });

  it('has no device, channel or length made up', () => {
    const { device, channel, maxMinutes, sittings } = suggestion;
    expect([device, channel, maxMinutes, sittings]).toEqual([null, null, null, null]);
  });
});

describe('a learner with a habit', () => {
  // Eight Tuesdays at 19:00, in an organisation that learns at 10:00 on working days.
  const evenings = weekly('2026-11-17T19:00Z', 8);
  const organisation = crowdAt(10);
  const suggestion = suggestWindows(inputs({ activeHoursMs: evenings, organisation }));

  it('is reached at that hour rather than at the organisation’s', () => {
    expect(labels(suggestion).slice(0, 2)).toEqual(['Tue 24 Nov, 19:00–20:00', 'Tue 1 Dec, 19:00–20:00']);
    expect(suggestion.commonSlot?.label).toBe('Mon 23 Nov, 10:00–11:00');
    expect(suggestion.windows[0]?.lift).toBeGreaterThan(1);
    expect(suggestion.windows[0]?.probabilityActive).toBeCloseTo(
      (suggestion.windows[0]?.lift ?? 0) * (suggestion.commonSlot?.probabilityActive ?? 0),
      12,
    );
  });

  it('is told so in counts', () => {
    const own = suggestion.windows[0]?.reasons[0];
    expect(own?.text).toBe('All 8 of your active hours in the last 90 days fell on weekdays between 18:00 and 21:00.');
    expect(own?.evidence).toMatchObject({ hoursNear: 8, hours: 8, lookbackDays: 90 });
    const some = suggestWindows(
      inputs({ activeHoursMs: [...evenings, ...weekly('2026-11-20T08:00Z', 3)], organisation }),
    );
    expect(some.windows[0]?.reasons[0]?.text).toBe(
      '8 of your 11 active hours in the last 90 days fell on weekdays between 18:00 and 21:00.',
    );
  });

  it('has a basis between the person and the organisation', () => {
    const { PERSON, ORGANISATION, DEFAULT, PEERS, GROUP } = suggestion.basis;
    expect(PERSON).toBeGreaterThan(0.4);
    expect(PERSON).toBeLessThan(0.5);
    expect(ORGANISATION).toBeGreaterThan(DEFAULT);
    expect([PEERS, GROUP]).toEqual([0, 0]);
  });

  it('has reasons that carry the window: without those hours it is expected less, and loses its rank', () => {
    const [window] = suggestion.windows;
    const reason = window?.reasons[0];
    const contribution = reason?.code === 'OWN_HABIT' ? reason.evidence.contribution : 0;
    expect(contribution).toBeGreaterThan(0.5);
    const without = suggestWindows(inputs({ activeHoursMs: [], organisation }));
    expect(labels(without)).not.toContain(window?.label);
    expect(labels(without)[0]).toBe('Mon 23 Nov, 10:00–11:00');
  });

  it('is not heard when opted out, in any part of the answer', () => {
    const known: Partial<DeliveryInputs> = {
      organisation,
      personalisationOptOut: true,
      observedSince: new Date(NOW - 70 * DAY_MS),
    };
    const optedOut = suggestWindows(
      inputs({
        ...known,
        activeHoursMs: evenings,
        devices: { own: { MOBILE: 9 }, organisation: { DESKTOP: 1 } },
        channels: { own: { CHAT: 9 }, organisation: {} },
        sessionLengths: { own: { sessions: 9, p50Minutes: 5, p75Minutes: 9 }, organisation: null },
      }),
    );
    const stranger = suggestWindows(inputs({ organisation, devices: { own: {}, organisation: { DESKTOP: 1 } } }));
    const unexplained = (s: DeliverySuggestion) => ({ ...s, windows: s.windows.map((w) => ({ ...w, reasons: [] })) });
    expect(unexplained(optedOut)).toEqual(unexplained(stranger));
    expect(optedOut.windows[0]?.reasons[0]?.code).toBe('NOT_PERSONALISED');
  });

  it('speaks of older hours when there are too few recent ones', () => {
    const old = weekly('2026-06-16T19:00Z', 6);
    const text = suggestWindows(inputs({ activeHoursMs: old })).windows[0]?.reasons[0]?.text;
    expect(text).toBe('All 6 of your active hours in the last 365 days fell on weekdays between 18:00 and 21:00.');
    const single = suggestWindows(inputs({ activeHoursMs: [at('2026-11-17T19:00Z')], organisation }));
    const own = single.windows.flatMap((w) => w.reasons).find((r) => r.code === 'OWN_HABIT');
    expect(own?.text ?? 'Your only active hour fell').toContain('Your only active hour fell');
  });
});

describe('an organisation', () => {
  it('of fewer than five people is not told', () => {
    const few = { organisation: crowdAt(20, 4), devices: { own: {}, organisation: { MOBILE: 5 } } };
    const suggestion = suggestWindows(
      inputs({ ...few, sessionLengths: { own: null, organisation: { sessions: 4, p50Minutes: 7, p75Minutes: 9 } } }),
    );
    expect(suggestion).toEqual(suggestWindows(inputs()));
  });

  it('is told in shares and people', () => {
    const reasons = suggestWindows(inputs({ organisation: crowdAt(10) })).windows[0]?.reasons;
    expect(reasons?.map((r) => r.code)).toContain('ORGANISATION_HABIT');
    expect(reasons?.find((r) => r.code === 'ORGANISATION_HABIT')?.text).toBe(
      '100 % of the active hours of 40 people in your organisation fall on weekdays between 09:00 and 12:00.',
    );
  });
});

describe('the spread of windows', () => {
  const busyMorning = weekly('2026-11-17T09:00Z', 20).flatMap((ms) => [ms, ms + HOUR_MS, ms + 2 * HOUR_MS]);

  it('puts at most two on a day, and none next to another', () => {
    const { windows } = suggestWindows(inputs({ activeHoursMs: busyMorning, horizonDays: 7, count: 10 }));
    expect(windows.map((w) => w.rank)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const days = windows.map((w) => w.label.slice(0, 10));
    for (const day of days) expect(days.filter((d) => d === day).length).toBeLessThanOrEqual(2);
    const starts = windows.map((w) => w.startsAt.getTime()).sort((a, b) => a - b);
    for (const [i, start] of starts.entries()) expect(start - (starts[i - 1] ?? 0)).toBeGreaterThan(HOUR_MS);
  });

  it('does not put both of two on one day, unless there is no other', () => {
    const { windows } = suggestWindows(inputs({ activeHoursMs: busyMorning, horizonDays: 7, count: 2 }));
    expect(windows[0]?.label.slice(0, 10)).not.toBe(windows[1]?.label.slice(0, 10));
    const oneDay = suggestWindows(inputs({ workPattern: onDays(['TUESDAY'], 540, 1020), horizonDays: 7, count: 2 }));
    expect(labels(oneDay).map((l) => l.slice(0, 10))).toEqual(['Tue 24 Nov', 'Tue 24 Nov']);
  });

  it('gives fewer windows than asked for where no more are allowed', () => {
    const suggestion = suggestWindows(inputs({ workPattern: onDays(['TUESDAY'], 540, 630), horizonDays: 7, count: 5 }));
    expect(labels(suggestion)).toEqual(['Tue 24 Nov, 09:00–10:00']);
  });
});

describe('constraints', () => {
  it('keep a known work pattern, whatever the habit, and without an invented night', () => {
    const night = [...onDays(['MONDAY'], 22 * 60, 1440), ...onDays(['TUESDAY'], 0, 6 * 60)];
    const suggestion = suggestWindows(inputs({ workPattern: night, activeHoursMs: weekly('2026-11-18T11:00Z', 20) }));
    expect(codes(suggestion)).toEqual(['WORK_PATTERN']);
    expect(suggestion.constraintsApplied[0]?.text).toBe(
      'Only within your working hours: Mon 22:00–24:00, Tue 00:00–06:00.',
    );
    for (const { startsAt } of suggestion.windows) expect([22, 23, 0, 1, 2, 3, 4, 5]).toContain(startsAt.getUTCHours());
    expect(suggestion.windows[0]?.reasons.map((r) => r.code)).toContain('WORKING_HOURS');
  });

  it('join spans of work that touch, and leave out hours only partly inside', () => {
    const halves = [...onDays(['TUESDAY'], 630, 690), ...onDays(['TUESDAY'], 690, 750)];
    expect(labels(suggestWindows(inputs({ workPattern: halves, horizonDays: 7 })))).toEqual([
      'Tue 24 Nov, 11:00–12:00',
    ]);
  });

  it('keep quiet hours across midnight and within the day', () => {
    const evenings = weekly('2026-11-17T19:00Z', 20);
    const wrapped = suggestWindows(
      inputs({ activeHoursMs: evenings, quietHours: { startMinute: 1110, endMinute: 540 }, count: 20 }),
    );
    for (const w of wrapped.windows) {
      expect(w.startsAt.getUTCHours()).toBeGreaterThanOrEqual(9);
      expect(w.endsAt.getUTCHours()).toBeLessThanOrEqual(18);
    }
    const lunch = suggestWindows(inputs({ quietHours: { startMinute: 11 * 60, endMinute: 14 * 60 }, count: 20 }));
    for (const w of lunch.windows) expect([11, 12, 13]).not.toContain(w.startsAt.getUTCHours());
    expect(codes(lunch)).toEqual(['QUIET_HOURS']);
  });

  it('take quiet hours that end where they start for none', () => {
    const suggestion = suggestWindows(inputs({ quietHours: { startMinute: 600, endMinute: 600 } }));
    expect(suggestion.constraintsApplied[0]?.hoursRuledOut).toBe(0);
  });

  it('begin neither before now nor before the day asked for', () => {
    const later = new Date('2026-11-27T11:30Z');
    for (const from of [later, new Date('2026-11-01T00:00Z')]) {
      const { windows } = suggestWindows(inputs({ from, count: 10 }));
      const earliest = Math.max(NOW, from.getTime());
      for (const w of windows) expect(w.startsAt.getTime()).toBeGreaterThanOrEqual(earliest);
    }
    expect(labels(suggestWindows(inputs({ from: later, horizonDays: 1 })))[0]).toBe('Fri 27 Nov, 12:00–13:00');
  });

  it('end before the due date', () => {
    const dueAt = new Date('2026-11-24T12:30Z');
    const suggestion = suggestWindows(inputs({ dueAt, count: 10 }));
    for (const w of suggestion.windows) expect(w.endsAt.getTime()).toBeLessThanOrEqual(dueAt.getTime());
    expect(suggestion.constraintsApplied[1]?.text).toBe('Before it is due: Tue 24 Nov, 12:30.');
  });

  it('deliver a live session only ahead of one, and say of which', () => {
    const sessions = [session('late', '2026-11-26T11:00Z'), session('early', '2026-11-24T10:00Z')];
    const course = aDeliveredCourse({ durationMinutes: 60, kind: 'LIVE_SESSION', sessions });
    const { windows, sittings } = suggestWindows(inputs({ course, count: 20 }));
    for (const w of windows) {
      const next = w.endsAt.getTime() <= at('2026-11-24T10:00Z') ? 'early' : 'late';
      expect(w.sessionId).toBe(next);
      expect(w.endsAt.getTime()).toBeLessThanOrEqual(at('2026-11-26T11:00Z'));
      expect(w.reasons.at(-1)?.evidence).toMatchObject({ sessionId: next });
    }
    expect(new Set(windows.map((w) => w.sessionId)).size).toBe(2);
    expect(windows.find((w) => w.sessionId === 'late')?.reasons.at(-1)?.text).toBe(
      'It is ahead of the session on Thu 26 Nov, 11:00–12:00.',
    );
    expect(sittings).toBe(null);
  });

  it('say when the zone is only assumed', () => {
    const suggestion = suggestWindows(inputs({ zone: 'Europe/Berlin', isZoneAssumed: true }));
    expect(suggestion.constraintsApplied.at(-1)).toEqual({
      code: 'ASSUMED_ZONE',
      text: 'Your time zone is not known, so times are those of your organisation, Europe/Berlin.',
      hoursRuledOut: 0,
    });
  });
});

describe('no window', () => {
  const reasonFor = (given: Partial<DeliveryInputs>) => {
    const { outcome, windows, commonSlot, noWindowReason } = suggestWindows(inputs(given));
    expect([outcome, windows, commonSlot]).toEqual(['NO_WINDOW', [], null]);
    return noWindowReason;
  };

  it('is the answer when nobody works', () => {
    expect(reasonFor({ workPattern: [] })).toEqual({
      code: 'WORK_PATTERN',
      text: 'Your work pattern has no working day.',
    });
    expect(reasonFor({ workPattern: onDays(['FRIDAY'], 540, 600), horizonDays: 3 })?.text).toBe(
      'Your working hours (Fri 09:00–10:00) contain no full hour in this time.',
    );
  });

  it('is the answer when all is quiet', () => {
    expect(reasonFor({ quietHours: { startMinute: 0, endMinute: 1440 } })?.code).toBe('QUIET_HOURS');
    expect(reasonFor({ from: new Date('2026-11-23T22:00Z'), horizonDays: 0.25 })?.code).toBe('DEFAULT_QUIET_HOURS');
  });

  it('is the answer when it was due, or is before the first hour ends', () => {
    expect(reasonFor({ dueAt: new Date('2026-11-01T00:00Z') })?.code).toBe('DUE_DATE');
    expect(reasonFor({ dueAt: new Date(NOW + HOUR_MS - 1) })?.code).toBe('DUE_DATE');
  });

  it('is the answer when no session is ahead', () => {
    const course = aDeliveredCourse({ durationMinutes: 60, kind: 'LIVE_SESSION' });
    expect(reasonFor({ course })?.text).toBe('It has no live session.');
    const past = [session('past', '2026-11-20T10:00Z')];
    expect(reasonFor({ course: { ...course, sessions: past } })?.text).toBe(
      'Its last live session begins Fri 20 Nov, 10:00; none is ahead.',
    );
  });

  it('names them all when constraints leave nothing only together', () => {
    const reason = reasonFor({
      workPattern: onDays(['TUESDAY'], 540, 720),
      quietHours: { startMinute: 540, endMinute: 720 },
    });
    expect(reason?.code).toBe('CONSTRAINTS_TOGETHER');
    expect(reason?.text).toBe(
      'No full hour is left by these together: Nothing in your quiet hours, between 09:00 and 12:00. ' +
        'Only within your working hours: Tue 09:00–12:00.',
    );
  });

  it('is the answer when the time to choose from holds no full hour', () => {
    expect(reasonFor({ from: new Date(NOW + 1), horizonDays: 1 / 24 })?.code).toBe('HORIZON_TOO_SHORT');
  });
});

describe('the length of a sitting', () => {
  const own = { sessions: 50, p50Minutes: 25, p75Minutes: 40 };
  const sessionLengths = { own, organisation: null };

  it('is the usual one, less where the allowed time ends before', () => {
    const long = { own: { sessions: 50, p50Minutes: 90, p75Minutes: 120 }, organisation: null };
    const suggestion = suggestWindows(
      inputs({ sessionLengths: long, workPattern: onDays(['TUESDAY'], 540, 780), horizonDays: 7, count: 2 }),
    );
    expect(suggestion.maxMinutes).toBe(90);
    const minutes = Object.fromEntries(suggestion.windows.map((w) => [w.label, w.maxMinutes]));
    expect(minutes).toEqual({ 'Tue 24 Nov, 10:00–11:00': 90, 'Tue 24 Nov, 12:00–13:00': 60 });
  });

  it('splits a course that is too long for one sitting', () => {
    const sittings = (durationMinutes: number) =>
      suggestWindows(inputs({ sessionLengths, course: aDeliveredCourse({ durationMinutes }) })).sittings;
    expect([sittings(20), sittings(40), sittings(41), sittings(90)]).toEqual([1, 1, 2, 4]);
  });
});

describe('describeWorkPattern', () => {
  it('joins days that follow each other with the same hours', () => {
    const pattern = [...onDays(['MONDAY', 'TUESDAY', 'THURSDAY'], 540, 1020), ...onDays(['FRIDAY'], 540, 780)];
    expect(describeWorkPattern(pattern)).toBe('Mon–Tue 09:00–17:00, Thu 09:00–17:00, Fri 09:00–13:00');
    expect(describeWorkPattern([...onDays(['MONDAY'], 0, 60), ...onDays(['MONDAY'], 90, 150)])).toBe(
      'Mon 00:00–01:00 and 01:30–02:30',
    );
    expect(describeWorkPattern([])).toBe(null);
  });
});

const anyQuiet: fc.Arbitrary<QuietHours | null> = fc.option(
  fc.record({ startMinute: fc.integer({ min: 0, max: 1439 }), endMinute: fc.integer({ min: 0, max: 1440 }) }),
);
const anyPattern: fc.Arbitrary<WorkDay[] | null> = fc.option(
  fc.array(
    fc.record({
      day: fc.constantFrom(...WEEKDAYS),
      startMinute: fc.integer({ min: 0, max: 1200 }),
      endMinute: fc.integer({ min: 0, max: 1440 }),
    }),
    { maxLength: 9 },
  ),
);
const anyAges = fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 40 });

describe('any suggestion', () => {
  it('moves with the zone when everything moves with it', () => {
    const offsets = fc.integer({ min: -11, max: 12 });
    fc.assert(
      fc.property(
        offsets,
        offsets,
        anyAges,
        anyQuiet,
        anyPattern,
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 5 }),
        (a, b, ages, quietHours, workPattern, dueInHours, sentHoursAgo) => {
          // Etc/GMT-3 is three hours ahead of UTC.
          const zoneOf = (offset: number) => `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`;
          const suggestIn = (offset: number) => {
            const shiftMs = -offset * HOUR_MS;
            const startMs = NOW + shiftMs;
            return suggestWindows(
              inputs({
                zone: zoneOf(offset),
                now: new Date(startMs),
                from: new Date(startMs),
                activeHoursMs: ages.map((age) => startMs - age * HOUR_MS),
                organisation: crowdAt(14),
                quietHours,
                workPattern,
                dueAt: new Date(startMs + dueInHours * HOUR_MS),
                leave: [{ startsOn: '2026-11-24', endsOn: '2026-11-26' }],
                holidays: [{ day: '2026-11-30', name: 'Founding day' }],
                deliveries: sentHoursAgo.map((h) => ({
                  sentAtMs: startMs - h * HOUR_MS,
                  channel: 'EMAIL',
                  openedAtMs: null,
                })),
                policy: { ...DEFAULT_DELIVERY_POLICY, explorationShare: 0.5 },
                learnerId: `learner ${dueInHours}`,
                course: aDeliveredCourse({ durationMinutes: 90 }),
              }),
            );
          };
          const moved = (date: Date, offset: number) => date.getTime() + offset * HOUR_MS;
          const local = (s: DeliverySuggestion, offset: number) => ({
            ...s,
            zone: null,
            expiresAt: moved(s.expiresAt, offset),
            commonSlot: s.commonSlot?.label,
            sittingPlan: s.sittingPlan?.sittings.map((sitting) => sitting.label),
            windows: s.windows.map((w) => ({
              ...w,
              startsAt: moved(w.startsAt, offset),
              endsAt: moved(w.endsAt, offset),
              expiresAt: moved(w.expiresAt, offset),
            })),
          });
          expect(local(suggestIn(a), a)).toEqual(local(suggestIn(b), b));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is the same for the same inputs, whatever the order of the hours, and leaves them unchanged', () => {
    fc.assert(
      fc.property(anyAges, anyQuiet, anyPattern, (ages, quietHours, workPattern) => {
        const activeHoursMs = Object.freeze(ages.map((age) => NOW - age * HOUR_MS));
        const given = inputs({ activeHoursMs, quietHours, workPattern, organisation: crowdAt(9) });
        const before = structuredClone(given);
        const suggestion = suggestWindows(given);
        expect(suggestWindows({ ...given, activeHoursMs: [...activeHoursMs].reverse() })).toEqual(suggestion);
        expect(given).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });

  it('has a basis that sums to one, ranks that fall, reasons for every window and probabilities in their intervals', () => {
    fc.assert(
      fc.property(
        anyAges,
        anyQuiet,
        anyPattern,
        fc.integer({ min: 1, max: 8 }),
        (ages, quietHours, workPattern, count) => {
          const activeHoursMs = ages.map((age) => NOW - age * HOUR_MS);
          const s = suggestWindows(inputs({ activeHoursMs, quietHours, workPattern, organisation: crowdAt(9), count }));
          expect(Object.values(s.basis).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
          expect(s.outcome === 'NO_WINDOW').toBe(s.windows.length === 0);
          expect(s.noWindowReason === null).toBe(s.windows.length > 0);
          for (const [i, w] of s.windows.entries()) {
            expect(w.reasons.length).toBeGreaterThan(0);
            expect(w.probabilityLow).toBeLessThanOrEqual(w.probabilityActive);
            expect(w.probabilityHigh).toBeGreaterThanOrEqual(w.probabilityActive);
            const earlierIsBest = count === 2 ? s.windows[0] : s.windows[i - 1];
            if (i > 0) expect(w.probabilityActive).toBeLessThan((earlierIsBest?.probabilityActive ?? 0) + 1e-9);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('arguments out of range', () => {
  it('are refused', () => {
    for (const given of [{ count: 0 }, { count: 1.5 }, { horizonDays: 0 }, { horizonDays: Number.POSITIVE_INFINITY }]) {
      expect(() => suggestWindows(inputs(given))).toThrow(RangeError);
    }
    expect(() => suggestWindows(inputs({ zone: 'Europe/Atlantis' }))).toThrow(RangeError);
    expect(() => suggestWindows(inputs({ now: new Date(Number.NaN) }))).toThrow(RangeError);
  });
});
