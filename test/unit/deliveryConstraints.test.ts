import { describe, expect, it } from 'vitest';
import type { LiveSession } from '../../src/catalog/course.js';
import type { PastDelivery } from '../../src/delivery/outcomes/deliveryLog.js';
import type { Mute } from '../../src/delivery/outcomes/mutes.js';
import { DEFAULT_DELIVERY_POLICY } from '../../src/delivery/settings/deliveryPolicy.js';
import type { DeliveryInputs } from '../../src/delivery/windows/deliveryInputs.js';
import type { DeliverySuggestion } from '../../src/delivery/windows/deliverySuggestion.js';
import { fullHours, weighHours } from '../../src/delivery/windows/weighHours.js';
import { CHANNELS } from '../../src/learners/profileEvent.js';
import { DAY_MS, HOUR_MS } from '../../src/platform/zonedTime.js';
import {
  aDeliveredCourse,
  deliveryInputs as inputs,
  DELIVERY_NOW as NOW,
  suggestWindows,
} from '../support/deliveryInputs.js';

const at = (iso: string) => Date.parse(iso);
const suggest = (given: Partial<DeliveryInputs>) => suggestWindows(inputs({ count: 20, ...given }));
const days = ({ windows }: DeliverySuggestion) => [
  ...new Set(windows.map((w) => w.startsAt.toISOString().slice(0, 10))),
];
const sent = (iso: string): PastDelivery => ({ sentAtMs: at(iso), channel: 'EMAIL', openedAtMs: null });
const mute = (given: Partial<Mute>): Mute => ({ channel: null, courseId: null, until: null, ...given });
const rule = ({ constraintsApplied }: DeliverySuggestion, code: string) =>
  constraintsApplied.find((c) => c.code === code);
const policy = (given: Partial<DeliveryInputs['policy']>) => ({
  ...DEFAULT_DELIVERY_POLICY,
  explorationShare: 0,
  ...given,
});

describe('leave and holidays', () => {
  it('keep free every local day from the first to the one before the first day back', () => {
    const suggestion = suggest({ horizonDays: 6, leave: [{ startsOn: '2026-11-23', endsOn: '2026-11-26' }] });
    expect(days(suggestion).sort()).toEqual(['2026-11-22', '2026-11-26', '2026-11-27', '2026-11-28']);
    expect(rule(suggestion, 'LEAVE')).toEqual({
      code: 'LEAVE',
      text: 'Nothing while you are away: Mon 23 Nov to Wed 25 Nov.',
      hoursRuledOut: 72,
    });
  });

  it('are days of the person’s own calendar', () => {
    // 26 November begins at 11:00 UTC on the 25th in Auckland, and ends there at 11:00 UTC on the 26th.
    const suggestion = suggest({
      zone: 'Pacific/Auckland',
      quietHours: { startMinute: 0, endMinute: 0 },
      horizonDays: 7,
      holidays: [{ day: '2026-11-26', name: 'Founding day' }],
    });
    expect(rule(suggestion, 'HOLIDAY')).toEqual({
      code: 'HOLIDAY',
      text: 'Nothing on holidays: Thu 26 Nov (Founding day).',
      hoursRuledOut: 24,
    });
    for (const { startsAt } of suggestion.windows) {
      const ms = startsAt.getTime();
      expect(ms >= at('2026-11-25T11:00Z') && ms < at('2026-11-26T11:00Z')).toBe(false);
    }
  });

  it('are told as the reason of what waits for them', () => {
    const suggestion = suggest({
      leave: [{ startsOn: '2026-11-20', endsOn: '2026-11-26' }],
      holidays: [{ day: '2026-11-26', name: 'Founding day' }],
    });
    const told = suggestion.windows[0]?.reasons.find((r) => r.code === 'AFTER_ABSENCE');
    expect(suggestion.windows[0]?.label).toBe('Fri 27 Nov, 10:00–11:00');
    expect(told?.text).toBe('It comes after your leave until Wed 25 Nov and Thu 26 Nov (Founding day).');
    // The Sunday on which it is asked, and three days of the week.
    expect(told?.evidence).toEqual({ leaveDays: 4, holidays: 1 });
  });

  it('leave no window when they cover the horizon, and are told to', () => {
    const suggestion = suggest({ leave: [{ startsOn: '2026-11-01', endsOn: '2027-01-01' }] });
    expect(suggestion.windows).toEqual([]);
    expect(suggestion.noWindowReason).toEqual({
      code: 'LEAVE',
      text: 'You are away for all of this time: Sun 1 Nov to Thu 31 Dec.',
    });
  });

  it('say nothing when they are past', () => {
    const leave = [{ startsOn: '2026-10-01', endsOn: '2026-11-22' }];
    expect(suggest({ leave, holidays: [{ day: '2026-11-21', name: 'Yesterday' }] })).toEqual(suggest({}));
  });

  it('refuse a day that cannot be read, since it could not be kept free', () => {
    expect(() => suggest({ leave: [{ startsOn: '23.11.2026', endsOn: '2026-11-26' }] })).toThrow(RangeError);
    expect(() => suggest({ holidays: [{ day: '2026-13-01', name: 'x' }] })).toThrow(RangeError);
  });
});

describe('mutes', () => {
  it('of everything leave no window until they end', () => {
    expect(suggest({ mutes: [mute({})] }).noWindowReason).toEqual({
      code: 'MUTED',
      text: 'You muted every way to reach you: all messages.',
    });
    const until = new Date('2026-11-25T10:30Z');
    const suggestion = suggest({ mutes: [mute({ until })] });
    expect(Math.min(...suggestion.windows.map((w) => w.startsAt.getTime()))).toBeGreaterThanOrEqual(until.getTime());
    expect(rule(suggestion, 'MUTED')?.text).toBe('Not what you muted: all messages until Wed 25 Nov, 10:30.');
  });

  it('of one channel after another are as good as one of everything', () => {
    const mutes = CHANNELS.filter((c) => c !== 'OTHER').map((channel) => mute({ channel }));
    expect(suggest({ mutes }).noWindowReason?.code).toBe('MUTED');
    expect(suggest({ mutes: mutes.slice(1) }).outcome).toBe('SUGGESTED');
  });

  it('of another course, or that are over, say nothing', () => {
    const mutes = [mute({ courseId: 'another' }), mute({ until: new Date(NOW) })];
    expect(suggest({ mutes })).toEqual(suggest({}));
  });

  it('are kept for required learning too', () => {
    expect(suggest({ mutes: [mute({ courseId: 'negotiation' })], purpose: 'REQUIRED' }).noWindowReason?.code).toBe(
      'MUTED',
    );
  });

  it('take a channel out of the windows that they last beyond, and of no other', () => {
    const engagement = {
      own: { channels: {}, devices: {} },
      organisation: {
        channels: { CHAT: { exposures: 90, engagements: 60 }, EMAIL: { exposures: 90, engagements: 9 } },
        devices: {},
      },
    };
    const until = new Date('2026-11-25T00:00Z');
    const { windows, outcome } = suggest({
      mutes: [mute({ channel: 'CHAT', until })],
      engagement,
      organisation: { hourCounts: new Float64Array(168).fill(1), effectiveHours: 168, people: 9, weeklyRate: 2 },
    });
    expect(outcome).toBe('SUGGESTED');
    for (const { startsAt, channel, mutedChannels } of windows) {
      expect(channel?.choice).toBe(startsAt < until ? 'EMAIL' : 'CHAT');
      expect(mutedChannels).toEqual(startsAt < until ? ['CHAT'] : []);
    }
    expect(new Set(windows.map((w) => w.channel?.choice)).size).toBe(2);
  });
});

describe('the gap between messages', () => {
  it('is kept from every minute of a window to messages before and after', () => {
    const gapHours = 20;
    const deliveries = [sent('2026-11-22T14:10Z'), sent('2026-11-25T12:00Z')];
    const suggestion = suggest({ horizonDays: 7, deliveries, policy: policy({ weeklyBudget: 9 }) });
    for (const { startsAt, endsAt } of suggestion.windows) {
      for (const { sentAtMs } of deliveries) {
        const isAfter = startsAt.getTime() >= sentAtMs + gapHours * HOUR_MS;
        const isBefore = endsAt.getTime() <= sentAtMs - gapHours * HOUR_MS;
        expect(isAfter || isBefore).toBe(true);
      }
    }
    expect(rule(suggestion, 'MINIMUM_GAP')?.text).toBe(
      'At least 20 hours between messages; the last one is of Wed 25 Nov, 12:00.',
    );
  });

  it('is kept from every minute of a window that is planned', () => {
    const planned = [{ fromMs: at('2026-11-25T09:00Z'), untilMs: at('2026-11-25T10:00Z') }];
    const now = new Date('2026-11-25T00:00Z');
    const quietHours = { startMinute: 0, endMinute: 0 };
    const given = { now, from: now, horizonDays: 1, planned, quietHours, policy: policy({ minimumGapHours: 4 }) };
    const { ranked, applied } = weighHours(inputs(given), fullHours);
    // To five o'clock, and from fourteen on.
    expect(ranked.map(({ hour }) => hour.startMinute / 60).sort((x, y) => x - y)).toEqual([
      ...[0, 1, 2, 3, 4],
      ...[14, 15, 16, 17, 18, 19, 20, 21, 22, 23],
    ]);
    expect(applied.find(({ code }) => code === 'MINIMUM_GAP')?.text).toBe(
      'At least 4 hours between messages; the last one is of Wed 25 Nov, 09:00–10:00.',
    );
  });

  it('is kept by required learning too', () => {
    const given = { horizonDays: 0.5, deliveries: [sent('2026-11-22T14:10Z')], purpose: 'REQUIRED' as const };
    expect(suggest(given).noWindowReason?.code).toBe('MINIMUM_GAP');
  });
});

describe('the weekly budget', () => {
  const thisWeek = ['2026-11-16T09:00Z', '2026-11-18T09:00Z', '2026-11-20T09:00Z'].map(sent);

  it('holds back until the next week of the local calendar', () => {
    const now = new Date('2026-11-21T08:00Z');
    const suggestion = suggest({ now, from: now, deliveries: thisWeek, horizonDays: 4 });
    // Monday begins at midnight.
    for (const { startsAt } of suggestion.windows)
      expect(startsAt.getTime()).toBeGreaterThanOrEqual(at('2026-11-23T00:00Z'));
    expect(rule(suggestion, 'WEEKLY_BUDGET')).toEqual({
      code: 'WEEKLY_BUDGET',
      text: 'At most 3 messages a week; you had 3 in the week from Mon 16 Nov.',
      hoursRuledOut: 40,
    });
    const weekend = suggest({ now, from: now, deliveries: thisWeek, horizonDays: 1 });
    expect(weekend.noWindowReason).toEqual({
      code: 'WEEKLY_BUDGET',
      text: 'At most 3 messages a week may reach you; you had 3 in the week from Mon 16 Nov.',
    });
  });

  it('counts weeks by the person’s own clock', () => {
    // Monday 23 November begins at 11:00 UTC on Sunday in Auckland, so a message of Sunday 12:00 UTC is of the new week.
    const deliveries = ['2026-11-22T12:00Z', '2026-11-22T13:00Z', '2026-11-22T14:00Z'].map(sent);
    const from = new Date('2026-11-24T00:00Z');
    const given = { deliveries, from, horizonDays: 3, quietHours: { startMinute: 0, endMinute: 0 } };
    expect(suggest({ ...given, zone: 'Pacific/Auckland' }).noWindowReason?.code).toBe('WEEKLY_BUDGET');
    expect(suggest({ ...given, zone: 'UTC' }).outcome).toBe('SUGGESTED');
  });

  it('does not hold back required learning, which says so', () => {
    const now = new Date('2026-11-21T08:00Z');
    const suggestion = suggest({ now, from: now, deliveries: thisWeek, horizonDays: 1, purpose: 'REQUIRED' });
    expect(suggestion.outcome).toBe('SUGGESTED');
    expect(suggestion.windows[0]?.reasons.find((r) => r.code === 'PURPOSE')?.text).toBe(
      'It is required learning: the weekly limit of messages does not hold it back, and no hour is tried out.',
    );
  });

  it('counts what is planned as if it had been sent', () => {
    const planned = [{ fromMs: at('2026-11-23T09:00Z'), untilMs: at('2026-11-23T10:00Z') }];
    const { windows } = suggest({ planned, horizonDays: 14, policy: policy({ weeklyBudget: 1 }) });
    // That week is the one from 23 November.
    for (const { startsAt } of windows.filter((w) => w.startsAt >= new Date('2026-11-23T00:00Z'))) {
      expect(startsAt.getTime()).toBeGreaterThanOrEqual(at('2026-11-30T00:00Z'));
    }
    expect(windows.length).toBeGreaterThan(5);
  });

  it('of nothing lets nothing through', () => {
    expect(suggest({ policy: policy({ weeklyBudget: 0 }) }).noWindowReason?.code).toBe('WEEKLY_BUDGET');
  });
});

describe('live sessions', () => {
  const session = (id: string, iso: string, seats: Partial<LiveSession> = {}): LiveSession => ({
    id,
    startsAt: new Date(iso),
    endsAt: new Date(at(iso) + HOUR_MS),
    capacity: null,
    seatsTaken: null,
    ...seats,
  });
  const live = (...sessions: LiveSession[]) =>
    aDeliveredCourse({ id: 'live', durationMinutes: 60, kind: 'LIVE_SESSION', sessions });
  const full = { capacity: 8, seatsTaken: 8 };

  it('that are full are not aimed at', () => {
    const course = live(
      session('open', '2026-11-25T10:00Z', { capacity: 8, seatsTaken: 7 }),
      session('full', '2026-11-27T10:00Z', full),
    );
    const { windows } = suggest({ course, purpose: 'LIVE_SESSION' });
    for (const w of windows) {
      expect([w.sessionId, w.format]).toEqual(['open', 'INVITATION']);
      expect(w.endsAt.getTime()).toBeLessThanOrEqual(at('2026-11-25T10:00Z'));
    }
    expect(windows.length).toBeGreaterThan(0);
    const course2 = live(session('full', '2026-11-27T10:00Z', full), session('past', '2026-11-20T10:00Z'));
    expect(suggest({ course: course2 }).noWindowReason).toEqual({
      code: 'LIVE_SESSION',
      text: 'The live session ahead is full.',
    });
  });

  it('count for every kind of course that has some', () => {
    const past = session('past', '2026-11-20T10:00Z', full);
    for (const kind of ['COACHING', 'MENTORING', 'COURSE', 'LIVE_SESSION'] as const) {
      expect(suggest({ course: { ...live(past), kind } }).noWindowReason).toEqual({
        code: 'LIVE_SESSION',
        text: 'Its last live session begins Fri 20 Nov, 10:00; none is ahead.',
      });
      const course = { ...live(past, session('ahead', '2026-11-25T10:00Z')), kind };
      const { windows, sittings } = suggest({ course });
      expect(sittings).toBeNull();
      for (const w of windows) expect([w.sessionId, w.format]).toEqual(['ahead', 'INVITATION']);
      expect(windows.length).toBeGreaterThan(0);
    }
    // Coaching that is arranged by those who take part has no dates to wait for.
    expect(suggest({ course: { ...live(), kind: 'COACHING' } }).windows[0]?.format).toBe('WHOLE');
  });

  it('on a day of leave are not aimed at, even beyond the horizon', () => {
    const course = live(session('away', '2026-12-20T10:00Z'));
    const leave = [{ startsOn: '2026-12-19', endsOn: '2026-12-22' }];
    expect(suggest({ course, leave }).noWindowReason?.text).toBe(
      'Every live session ahead is full or falls on a day on which you are away.',
    );
    expect(suggest({ course }).windows[0]?.sessionId).toBe('away');
  });
});

describe('a course that is not on offer', () => {
  const course = (given: { publishedAt?: string; retiredAt?: string }) => ({
    ...{ id: 'negotiation', durationMinutes: 20, kind: 'COURSE' as const, sessions: [] },
    publishedAt: given.publishedAt === undefined ? null : new Date(given.publishedAt),
    retiredAt: given.retiredAt === undefined ? null : new Date(given.retiredAt),
  });

  it('has no window, and says why, for every purpose', () => {
    for (const purpose of ['RECOMMENDATION', 'REQUIRED', 'REMINDER'] as const) {
      const retired = course({ publishedAt: '2020-01-01T00:00Z', retiredAt: '2026-11-20T10:00Z' });
      expect(suggest({ course: retired, purpose }).noWindowReason).toEqual({
        code: 'NOT_ON_OFFER',
        text: 'It was retired on Fri 20 Nov, 10:00.',
      });
      expect(suggest({ course: course({ publishedAt: '2027-01-04T10:00Z' }), purpose }).noWindowReason).toEqual({
        code: 'NOT_ON_OFFER',
        text: 'It is published on Mon 4 Jan, 10:00, and no full hour of this time follows.',
      });
    }
  });

  it('waits until it is, and ends before it is retired', () => {
    const [publishedAt, retiredAt] = ['2026-11-25T10:30Z', '2026-11-27T12:30Z'];
    const suggestion = suggest({ course: course({ publishedAt, retiredAt }) });
    expect(days(suggestion).sort()).toEqual(['2026-11-25', '2026-11-26', '2026-11-27']);
    for (const { startsAt, endsAt } of suggestion.windows) {
      expect(startsAt.getTime()).toBeGreaterThanOrEqual(at(publishedAt));
      expect(endsAt.getTime()).toBeLessThanOrEqual(at(retiredAt));
    }
    expect(rule(suggestion, 'NOT_ON_OFFER')?.text).toBe(
      'While it is on offer: from Wed 25 Nov, 10:30; until Fri 27 Nov, 12:30.',
    );
  });

  it('is told of only where it limits', () => {
    const long = suggest({ course: course({ publishedAt: '2020-01-01T00:00Z', retiredAt: '2027-11-20T10:00Z' }) });
    expect(rule(long, 'NOT_ON_OFFER')).toBeUndefined();
  });
});

describe('a due date that is past', () => {
  const dueAt = new Date(NOW - 2 * DAY_MS);

  it('ends a recommendation, but not what somebody is obliged to learn', () => {
    expect(suggest({ dueAt }).noWindowReason?.code).toBe('DUE_DATE');
    for (const purpose of ['REQUIRED', 'REMINDER'] as const) {
      const { windows } = suggest({ dueAt, purpose });
      expect(windows[0]?.reasons.find((r) => r.code === 'PURPOSE')?.text).toContain('and was due Fri 20 Nov, 15:00');
    }
  });
});
