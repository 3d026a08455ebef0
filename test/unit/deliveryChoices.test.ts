import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_DELIVERY_POLICY } from '../../src/delivery/settings/deliveryPolicy.js';
import type { DeliveryInputs } from '../../src/delivery/windows/deliveryInputs.js';
import { drawFor, firstChoice } from '../../src/delivery/windows/firstChoice.js';
import { suggestedChannel, suggestedDevice } from '../../src/delivery/windows/messageChoice.js';
import { DAY_MS, HOUR_MS } from '../../src/platform/zonedTime.js';
import { betaCdf } from '../../src/stats/beta.js';
import {
  aDeliveredCourse,
  deliveryInputs as inputs,
  DELIVERY_NOW as NOW,
  suggestWindows,
} from '../support/deliveryInputs.js';

const none = { channels: {}, devices: {} };
const noUses = { own: {}, organisation: {} };
const sum = (values: readonly number[]) => values.reduce((total, v) => total + v, 0);

describe('the suggested channel', () => {
  const everyones = {
    channels: { EMAIL: { exposures: 990, engagements: 198 }, CHAT: { exposures: 90, engagements: 36 } },
    devices: {},
  };

  it('is the one with most answers per message, not with most answers', () => {
    const chosen = suggestedChannel({ channels: noUses, engagement: { own: none, organisation: everyones } }, []);
    expect(chosen?.choice).toBe('CHAT');
    // Everyone on all channels: (234 + 2) / (1080 + 10). In chat: (36 + 10 · that) / (90 + 10).
    const overall = 236 / 1090;
    expect(chosen?.engagement?.rate).toBeCloseTo((36 + 10 * overall) / 100, 12);
  });

  it('follows the person’s own answers as they come, from everyone’s on that channel', () => {
    const rateAfter = (exposures: number, engagements: number) =>
      suggestedChannel(
        {
          channels: noUses,
          engagement: { own: { channels: { CHAT: { exposures, engagements } }, devices: {} }, organisation: everyones },
        },
        [],
      );
    expect(rateAfter(2, 0)?.choice).toBe('CHAT');
    const ignored = rateAfter(40, 0);
    expect([ignored?.choice, ignored?.engagement?.ownExposures]).toEqual(['EMAIL', 0]);
    const prior = (36 + 10 * (236 / 1090)) / 100;
    expect(rateAfter(10, 9)?.engagement).toMatchObject({
      rate: (9 + 10 * prior) / 20,
      ownExposures: 10,
      ownEngagements: 9,
    });
  });

  it('has an interval that holds four fifths of what the rate may be, and narrows with own messages', () => {
    const prior = (36 + 10 * (236 / 1090)) / 100;
    const chatAfter = (exposures: number, engagements: number) => {
      const own = { channels: { CHAT: { exposures, engagements } }, devices: {} };
      return suggestedChannel({ channels: noUses, engagement: { own, organisation: everyones } }, [])?.engagement;
    };
    // Of the Beta distribution with the mean of the rate: as if 10 messages had been answered at the prior rate.
    const few = chatAfter(10, 9);
    const [opened, ignored] = [9 + 10 * prior, 1 + 10 * (1 - prior)];
    expect(betaCdf(few?.rateLow ?? 0, opened, ignored)).toBeCloseTo(0.1, 9);
    expect(betaCdf(few?.rateHigh ?? 0, opened, ignored)).toBeCloseTo(0.9, 9);
    const many = chatAfter(1_000, 900);
    expect((many?.rateHigh ?? 1) - (many?.rateLow ?? 0)).toBeLessThan(((few?.rateHigh ?? 0) - (few?.rateLow ?? 0)) / 5);
  });

  it('is never a muted one, nor one that nobody was ever sent a message on', () => {
    const given = {
      channels: { own: { PUSH: 500 }, organisation: {} },
      engagement: { own: none, organisation: everyones },
    };
    expect(suggestedChannel(given, [])?.choice).toBe('CHAT');
    expect(suggestedChannel(given, ['CHAT'])?.choice).toBe('EMAIL');
  });

  it('falls back on use where no message was sent on what is left, and on nothing where that is unknown', () => {
    const given = {
      channels: { own: { PUSH: 3, CHAT: 2 }, organisation: {} },
      engagement: { own: none, organisation: none },
    };
    expect(suggestedChannel(given, [])).toEqual({
      choice: 'PUSH',
      share: 0.6,
      ownUses: 3,
      ownTotal: 5,
      engagement: null,
    });
    expect(suggestedChannel(given, ['PUSH'])?.choice).toBe('CHAT');
    expect(suggestedChannel({ ...given, channels: noUses }, [])).toBe(null);
  });

  it('has a rate between 0 and 1, however odd the counts', () => {
    const counts = fc.record({
      exposures: fc.integer({ min: 0, max: 50 }),
      engagements: fc.integer({ min: 0, max: 50 }),
    });
    const engagement = fc.record({
      channels: fc.record({ EMAIL: counts, CHAT: counts, OTHER: counts }),
      devices: fc.constant({}),
    });
    fc.assert(
      fc.property(engagement, engagement, (own, organisation) => {
        const chosen = suggestedChannel({ channels: noUses, engagement: { own, organisation } }, []);
        expect(chosen?.choice).not.toBe('OTHER');
        if (chosen?.engagement) {
          const { rateLow, rate, rateHigh } = chosen.engagement;
          expect(rate).toBeGreaterThan(0);
          expect(rate).toBeLessThan(1);
          // The mean of a rate that is next to nothing may lie beyond both.
          expect(rateLow).toBeGreaterThanOrEqual(0);
          expect(rateLow).toBeLessThan(rateHigh);
          expect(rateHigh).toBeLessThan(1);
        }
      }),
    );
  });
});

describe('the suggested device', () => {
  it('is where messages are opened rather than where most is done', () => {
    const devices = { own: { DESKTOP: 400, MOBILE: 40 }, organisation: { DESKTOP: 9_000, MOBILE: 1_000 } };
    const opening = (MOBILE: number) => ({ own: { channels: {}, devices: { MOBILE } }, organisation: none });
    expect(suggestedDevice({ devices, engagement: opening(0) })?.choice).toBe('DESKTOP');
    expect(suggestedDevice({ devices, engagement: opening(3) })?.choice).toBe('DESKTOP');
    expect(suggestedDevice({ devices, engagement: opening(30) })).toMatchObject({
      choice: 'MOBILE',
      ownUses: 70,
      ownTotal: 470,
    });
  });
});

const NOON_OF_THURSDAY = Date.parse('2026-11-19T12:00Z');

describe('a course and the length of sittings', () => {
  const usual = (p50Minutes: number, p75Minutes: number) => ({
    own: { sessions: 50, p50Minutes, p75Minutes },
    organisation: null,
  });
  const course = (durationMinutes: number | null, kind: 'COURSE' | 'LIVE_SESSION' = 'COURSE') =>
    aDeliveredCourse({ durationMinutes, kind });
  const suggest = (given: Partial<DeliveryInputs>) => suggestWindows(inputs(given));

  it('do not put 90 minutes into 12, but offer sittings that add up to them', () => {
    const { windows, sittings, sittingPlan } = suggest({
      sessionLengths: usual(12, 20),
      course: course(90),
      horizonDays: 30,
    });
    for (const w of windows) expect([w.format, w.maxMinutes]).toEqual(['SITTING', 12]);
    expect(sittings).toBe(8);
    expect(sittingPlan?.minutesLeft).toBe(0);
    expect(sittingPlan?.sittings.map((s) => s.minutes).sort((a, b) => a - b)).toEqual([11, 11, 11, 11, 11, 11, 12, 12]);
    const [first] = sittingPlan?.sittings ?? [];
    expect(first?.label).toMatch(/^Mon 23 Nov, 10:00–10:1[12]$/);
  });

  it('lay sittings no nearer than messages, within the weekly budget, and say what is left', () => {
    const given = { sessionLengths: usual(12, 20), course: course(90), horizonDays: 8 };
    const plan = suggest(given).sittingPlan;
    // A Sunday, and then three days of one week; the next Sunday evening is of the same week.
    const starts = (plan?.sittings ?? []).map((s) => s.startsAt.getTime());
    for (const [i, start] of starts.entries()) {
      if (i > 0) expect(start - (starts[i - 1] ?? 0)).toBeGreaterThanOrEqual(21 * HOUR_MS);
    }
    expect(starts.length).toBeLessThan(8);
    expect(plan?.minutesLeft).toBe(90 - 12 * starts.length);
    const required = suggest({ ...given, purpose: 'REQUIRED' }).sittingPlan;
    expect(required?.sittings.length).toBeGreaterThan(starts.length);
  });

  it('begin the course in the window that is suggested, and never before it', () => {
    // The best hour is that of Thursdays; every other one of the week comes close behind.
    const thursdays = Array.from({ length: 12 }, (_, week) => NOON_OF_THURSDAY - week * 7 * DAY_MS);
    const given = { sessionLengths: usual(50, 60), course: course(150), activeHoursMs: thursdays, horizonDays: 14 };
    const { windows, sittingPlan } = suggest(given);
    expect(windows[0]?.label).toBe('Thu 26 Nov, 12:00–13:00');
    const [first, ...others] = sittingPlan?.sittings ?? [];
    expect([first?.startsAt, sittingPlan?.minutesLeft]).toEqual([windows[0]?.startsAt, 0]);
    expect(others.length).toBe(2);
  });

  it('put a course that fits into windows that hold it, where there are any', () => {
    const workPattern = [
      { day: 'TUESDAY' as const, startMinute: 540, endMinute: 600 },
      { day: 'THURSDAY' as const, startMinute: 540, endMinute: 660 },
    ];
    const given = { sessionLengths: usual(60, 100), course: course(90), workPattern, horizonDays: 7 };
    const [best, next] = suggest(given).windows;
    expect([best?.label, best?.format, best?.maxMinutes]).toEqual(['Thu 26 Nov, 09:00–10:00', 'WHOLE', 90]);
    expect([next?.label, next?.format, next?.maxMinutes]).toEqual(['Tue 24 Nov, 09:00–10:00', 'SITTING', 60]);
    // Half an hour must be left of the two.
    expect(best?.expiresAt).toEqual(new Date('2026-11-26T09:30Z'));
  });

  it('keep a window open for all of it where there is time, and never so long that the sitting runs past it', () => {
    const workPattern = [{ day: 'TUESDAY' as const, startMinute: 540, endMinute: 660 }];
    const windows = suggest({ sessionLengths: usual(60, 60), course: course(60), workPattern, horizonDays: 7 }).windows;
    expect(windows.map((w) => w.expiresAt.toISOString().slice(11, 16))).toEqual(['10:00']);
    const whole = suggest({ sessionLengths: usual(60, 120), course: course(120), workPattern, horizonDays: 7 }).windows;
    expect(whole.map((w) => w.expiresAt.toISOString().slice(11, 16))).toEqual(['09:00']);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 10, max: 300 }), (duration, p50Minutes) => {
        const sessionLengths = usual(p50Minutes, p50Minutes * 1.5);
        for (const w of suggest({ sessionLengths, course: course(duration), workPattern, horizonDays: 7 }).windows) {
          const lastEndMs = w.expiresAt.getTime() + (w.maxMinutes ?? 0) * 60_000;
          // Work ends at eleven; a sitting may begin at the end of a window that ends before it.
          expect(lastEndMs).toBeLessThanOrEqual(Date.parse('2026-11-24T11:00Z'));
          expect(w.expiresAt.getTime()).toBeGreaterThanOrEqual(w.startsAt.getTime());
        }
      }),
      { numRuns: 40 },
    );
  });

  it('make a link of a course of unknown length, and an invitation of a live one', () => {
    expect(suggest({ course: course(null) }).windows[0]?.format).toBe('LINK');
    const sessions = [
      {
        id: 's',
        startsAt: new Date(NOW + 99 * HOUR_MS),
        endsAt: new Date(NOW + 100 * HOUR_MS),
        capacity: null,
        seatsTaken: null,
      },
    ];
    const live = { ...course(600, 'LIVE_SESSION'), sessions };
    const { windows, sittingPlan } = suggest({ course: live, sessionLengths: usual(12, 20) });
    expect([windows[0]?.format, sittingPlan]).toEqual(['INVITATION', null]);
  });

  it('split by the allowed time where the usual sitting is not known', () => {
    const workPattern = [{ day: 'TUESDAY' as const, startMinute: 540, endMinute: 600 }];
    const suggestion = suggest({ course: course(90), workPattern });
    expect(suggestion.windows[0]).toMatchObject({ format: 'SITTING', maxMinutes: 60 });
    expect(suggestion.sittingPlan?.sittings.map((s) => [s.label, s.minutes])).toEqual([
      ['Tue 24 Nov, 09:00–09:45', 45],
      ['Tue 1 Dec, 09:00–09:45', 45],
    ]);
  });
});

describe('trying out', () => {
  it('gives every hour that may be as good the same chance, and the best what is left', () => {
    const probabilities = [0.4, 0.3, 0.1, 0.09, 0.01];
    // A quarter of 0.4 is 0.1: three hours.
    expect(firstChoice(probabilities, 0.3, { explores: 0.3, picks: 0.9 })).toEqual({
      index: 0,
      isExploration: false,
      propensity: 0.7 + 0.3 / 3,
      outOf: 3,
    });
    expect(firstChoice(probabilities, 0.3, { explores: 0.29, picks: 0.9 })).toMatchObject({
      index: 2,
      isExploration: true,
    });
    expect(firstChoice([0.4], 1, { explores: 0, picks: 0.5 })).toMatchObject({
      index: 0,
      isExploration: false,
      propensity: 1,
    });
  });

  it('has propensities that are the true chances', () => {
    const probabilities = [0.4, 0.3, 0.2];
    const counts = [0, 0, 0];
    const told = [0, 0, 0];
    for (let a = 0; a < 100; a++) {
      for (let b = 0; b < 99; b++) {
        const { index, propensity } = firstChoice(probabilities, 0.2, {
          explores: (a + 0.5) / 100,
          picks: (b + 0.5) / 99,
        });
        counts[index] = (counts[index] ?? 0) + 1;
        told[index] = propensity;
      }
    }
    expect(sum(told)).toBeCloseTo(1, 12);
    for (const [i, count] of counts.entries()) expect(count / 9_900).toBeCloseTo(told[i] ?? 0, 12);
  });

  it('is a share of suggestions, inside what is allowed, and the same all day', () => {
    const policy = { ...DEFAULT_DELIVERY_POLICY, explorationShare: 0.1 };
    const workPattern = [{ day: 'TUESDAY' as const, startMinute: 540, endMinute: 1020 }];
    const organisation = { hourCounts: new Float64Array(168).fill(1), effectiveHours: 168, people: 9, weeklyRate: 2 };
    const suggestFor = (i: number, given: Partial<DeliveryInputs> = {}) =>
      suggestWindows(inputs({ learnerId: `learner ${i}`, policy, workPattern, organisation, count: 1, ...given }));
    let explored = 0;
    let weights = 0;
    for (let i = 0; i < 1_000; i++) {
      const suggestion = suggestFor(i);
      const [window] = suggestion.windows;
      const hour = window?.startsAt.getUTCHours() ?? 0;
      expect(window?.startsAt.getUTCDay() === 2 && hour >= 9 && hour < 17).toBe(true);
      if (window?.isExploration) {
        explored += 1;
        expect(window.reasons[0]).toMatchObject({
          code: 'EXPLORATION',
          evidence: { outOf: 16, explorationShare: 0.1 },
        });
        expect(suggestFor(i, { now: new Date(NOW + HOUR_MS), from: new Date(NOW + HOUR_MS) }).windows[0]?.label).toBe(
          window.label,
        );
      }
      // Horvitz & Thompson: each allowed hour, weighted by its propensity, counts for one draw.
      if (window?.label === 'Tue 24 Nov, 10:00–11:00') weights += 1 / window.propensity;
    }
    expect(explored).toBeGreaterThan(70);
    expect(explored).toBeLessThan(130);
    expect(weights / 1_000).toBeGreaterThan(0.8);
    expect(weights / 1_000).toBeLessThan(1.2);
  });

  it('is nothing for required learning, nor for those who opted out', () => {
    const policy = { ...DEFAULT_DELIVERY_POLICY, explorationShare: 1 };
    const first = (given: Partial<DeliveryInputs>) => suggestWindows(inputs({ policy, ...given })).windows[0];
    expect(first({})?.isExploration).toBe(true);
    for (const given of [{ purpose: 'REQUIRED' as const }, { personalisationOptOut: true }]) {
      expect([first(given)?.isExploration, first(given)?.propensity]).toEqual([false, 1]);
    }
  });

  it('draws evenly over people and days', () => {
    const draws = Array.from({ length: 2_000 }, (_, i) => drawFor(`p${i % 50}`, 'c', 20_000 + Math.floor(i / 50)));
    for (const pick of ['explores', 'picks'] as const) {
      const tenths = new Array<number>(10).fill(0);
      for (const draw of draws) tenths[Math.floor(draw[pick] * 10)] = (tenths[Math.floor(draw[pick] * 10)] ?? 0) + 1;
      for (const count of tenths) expect(Math.abs(count - 200)).toBeLessThan(60);
    }
    expect(drawFor('a', 'b', 1)).toEqual(drawFor('a', 'b', 1));
    expect(drawFor('a', 'b', 1)).not.toEqual(drawFor('a', 'b', 2));
  });
});

describe('what is believed', () => {
  it('moves from usual working hours to the person within five active hours', () => {
    // The work pattern does not limit here: five Saturday evenings of someone who is otherwise unknown.
    const evenings = [1, 2, 3, 4, 5].map((week) => NOW - week * 7 * 24 * HOUR_MS + 4 * HOUR_MS - 24 * HOUR_MS);
    const before = suggestWindows(inputs());
    const after = suggestWindows(inputs({ activeHoursMs: evenings }));
    expect(before.basis.PERSON).toBe(0);
    expect(after.basis.PERSON).toBeGreaterThan(0.2);
    expect(after.windows[0]?.label).toBe('Sat 28 Nov, 19:00–20:00');
    expect(before.windows[0]?.reasons.length).toBeGreaterThan(0);
  });
});
