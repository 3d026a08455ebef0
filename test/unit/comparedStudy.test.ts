import { describe, expect, test } from 'vitest';
import { NO_BLUR } from '../../src/insights/impact/blur.js';
import { type Compared, comparedStudy, stratumOf } from '../../src/insights/impact/comparedStudy.js';
import { usualEffect } from '../../src/insights/impact/experimentStudies.js';
import { countedSpan, type DoingKind, doingOf } from '../../src/insights/impact/goalOutcomes.js';
import { impactOf } from '../../src/insights/impact/impact.js';
import type { OutcomeCounts } from '../../src/insights/impact/outcomes.js';
import { heldOutRun, lastRun } from '../../src/insights/impact/ruleRun.js';
import { softRuleBeside } from '../../src/insights/impact/rulesBeside.js';
import type { StudiedMetric } from '../../src/insights/impact/study.js';
import { toldImpact } from '../../src/insights/impact/toldImpact.js';
import type { Rule } from '../../src/rules/model/rule.js';
import { aPlainCourse, aRule } from '../support/ruleBuilders.js';

const METRIC: StudiedMetric = {
  name: 'X',
  unit: 'x',
  kind: 'MEAN',
  better: 'HIGHER',
  smallestEffect: 0.5,
  width: 10,
  largest: null,
};

const blurOf = () => NO_BLUR;

/** People of one kind who changed by this on average, half of them by one less and half by one more. */
const people = (isInside: boolean, stratum: string, count: number, change: number): Compared[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ isInside, stratum },
    before: 3,
    after: 3 + change + (i % 2 === 0 ? 1 : -1),
  }));

describe('people whom nobody drew', () => {
  test('are compared with those alike, kind by kind, by their change since before', () => {
    // Large departments change by 2 without it and by 3 with it, small ones by 0 and 1; there are more small ones outside.
    const all = [
      ...people(true, 'large', 240, 3),
      ...people(true, 'small', 80, 1),
      ...people(false, 'large', 80, 2),
      ...people(false, 'small', 400, 0),
    ];
    const impact = impactOf(comparedStudy(METRIC, all, 30, null, blurOf));
    expect(impact).toMatchObject({ design: 'MATCHED', verdict: 'IMPROVED' });
    // Without matching: 2.5 less .33.
    expect(impact.effect?.estimate).toBeCloseTo(1, 10);
    // The others stand for those with it: three quarters of them large. 80 of weight 4.5 and 400 of .3 are as good as 139, but one of
    // the 80 moves the mean by as much as one of 107 would.
    expect(impact.treatment).toMatchObject({ units: 320, effectiveUnits: 320, mean: 5.5 });
    expect(impact.control).toMatchObject({ units: 480, mean: expect.closeTo(4.5, 10) });
    expect(impact.control.effectiveUnits).toBeCloseTo(480 / 4.5, 8);
    expect(impact.checks.map(({ name, passed }) => [name, passed])).toEqual([
      ['MINIMUM_UNITS', true],
      ['MINIMUM_DAYS', true],
      ['OVERLAP', true],
    ]);
  });

  test('get no verdict while most of them have nobody like them', () => {
    const all = [...people(true, 'a', 150, 3), ...people(true, 'b', 50, 3), ...people(false, 'b', 200, 0)];
    // A quarter of them, told in steps of which each is five people of the 200 at least.
    const impact = impactOf(comparedStudy(METRIC, all, 30, null, blurOf));
    expect(impact.verdict).toBe('CANNOT_TELL');
    expect(impact.checks.at(-1)).toEqual({
      ...{ name: 'OVERLAP', passed: false },
      finding: '24 % of the people have somebody like them on the other side.',
    });
  });

  test('are compared with themselves where nobody is like any of them, without a verdict and guardrails', () => {
    const all = [...people(true, 'a', 150, 3), ...people(false, 'b', 150, 0)];
    const impact = impactOf(comparedStudy(METRIC, all, 30, { metric: METRIC, people: all, blurOf }, blurOf));
    expect(impact).toMatchObject({ design: 'BEFORE_AFTER', verdict: 'CANNOT_TELL', guardrails: [] });
    expect(impact.effect?.estimate).toBeCloseTo(3, 10);
    expect(impact.control.mean).toBe(3);
  });

  test('are of the same design whether a single other one is like them or not', () => {
    const designOf = (inside: number, alike: number) => {
      const all = [...people(true, 'a', inside, 3), ...people(false, 'a', alike, 0), ...people(false, 'b', 150, 0)];
      return comparedStudy(METRIC, all, 30, null, blurOf).design;
    };
    expect([0, 1, 4].map((alike) => designOf(150, alike))).toEqual(Array(3).fill('BEFORE_AFTER'));
    // Nor does it show that a single one of a few is there.
    expect([designOf(0, 150), designOf(1, 150), designOf(3, 0), designOf(150, 150)]).toEqual(Array(4).fill('MATCHED'));
  });

  test('get no verdict, and nothing is told of them, while a few stand for all of the others', () => {
    const few = (counterparts: number) =>
      impactOf(
        comparedStudy(
          METRIC,
          [...people(true, 'a', 150, 3), ...people(false, 'a', counterparts, 0), ...people(false, 'b', 150, 0)],
          ...([30, null, blurOf] as const),
        ),
      );
    expect(few(98)).toMatchObject({ verdict: 'CANNOT_TELL', control: { units: 98 } });
    expect(few(98).checks[0]).toEqual({
      ...{ name: 'MINIMUM_UNITS', passed: false },
      finding: 'Fewer than 100 people on a side like those on the other.',
    });
    expect(toldImpact(few(98), null)).toMatchObject({ effect: null, control: { mean: null } });
    expect(few(100).verdict).toBe('IMPROVED');
    expect(toldImpact(few(100), null)).toMatchObject({ effect: { estimate: 3 }, control: { units: 100, mean: 3 } });
  });

  test('are told of in steps of five people, which cover the exact figures and never say more', () => {
    const told = (inside: number, count: number) => {
      const own = Array.from({ length: count }, (_, i) => ({
        ...{ isInside: true, stratum: 'a', before: 0, after: Number(i < inside) },
      }));
      const others = Array.from({ length: 400 }, (_, i) => ({
        ...{ isInside: false, stratum: 'a', before: 0, after: Number(i % 2 === 0) },
      }));
      const metric = { ...METRIC, kind: 'YES_OR_NO' as const, smallestEffect: 0.02, width: 1, largest: null };
      const impact = impactOf(
        comparedStudy(metric, [...own, ...others], 30, { metric, people: [...own, ...others], blurOf }, blurOf),
      );
      return { exact: impact, told: toldImpact(impact, null) };
    };
    // Whether one more of a hundred did it: 65 of 100 or 65 of 101 or 66 of 101.
    const means = [told(65, 100), told(65, 101), told(66, 101)].map((one) => one.told.treatment.mean);
    expect(means).toEqual([0.65, 0.65, 0.65]);
    expect(told(1, 100).told.treatment.mean).toBe(0);
    for (let done = 0; done <= 160; done += 7) {
      const { exact, told: shown } = told(done, 160);
      for (const level of ['interval80', 'interval95'] as const) {
        const [inner, outer] = [exact.effect?.[level], shown.effect?.[level]];
        if (inner === undefined || outer === undefined) continue;
        expect(outer.low).toBeLessThanOrEqual(inner.low + 1e-9);
        expect(outer.high).toBeGreaterThanOrEqual(inner.high - 1e-9);
        // No step is narrower than five of the 160.
        for (const value of [outer.low, outer.high, shown.effect?.estimate ?? 0]) {
          expect(value / 0.04).toBeCloseTo(Math.round(value / 0.04), 6);
        }
      }
      if (shown.verdict !== 'CANNOT_TELL') expect(shown.verdict).toBe(exact.verdict);
      if (shown.verdict === 'IMPROVED') expect(shown.effect?.interval95.low).toBeGreaterThan(0);
    }
    expect([told(150, 160).told.verdict, told(5, 160).told.verdict]).toEqual(['IMPROVED', 'WORSE']);
  });

  test('have a guardrail that is of people who are alike, as the effect is', () => {
    // Active people do less than before whoever they are, idle ones as before; those with it are mostly active.
    const all = [
      ...people(true, 'active', 180, -2),
      ...people(true, 'idle', 20, 0),
      ...people(false, 'active', 200, -2),
      ...people(false, 'idle', 900, 0),
    ];
    const guarded = (others: readonly Compared[]) =>
      impactOf(comparedStudy(METRIC, all, 60, { metric: METRIC, people: others, blurOf }, blurOf)).guardrails[0];
    expect(guarded(all)?.verdict).toBe('HELD');
    expect(guarded(all)?.interval?.low).toBeCloseTo(-(guarded(all)?.interval?.high ?? 0), 10);
    // Of all but a few of the active ones nothing is known.
    const known = all.filter(({ isInside, stratum }, i) => isInside || stratum === 'idle' || i % 4 === 0);
    expect(guarded(known)).toMatchObject({ interval: null, verdict: 'CANNOT_TELL' });
  });

  test('have a guardrail that is told of the change since before', () => {
    const all = [...people(true, 'a', 200, 1), ...people(false, 'a', 200, 0)];
    const guarded = (change: number) =>
      impactOf(
        comparedStudy(
          METRIC,
          all,
          30,
          {
            metric: METRIC,
            people: [...people(true, 'a', 2_000, change), ...people(false, 'a', 2_000, 0)],
            blurOf,
          },
          blurOf,
        ),
      ).guardrails[0]?.verdict;
    expect(guarded(0)).toBe('HELD');
    expect(guarded(-2)).toBe('BROKEN');
  });

  test('leave open what matters where too few are without it, so that the mean of none of them is told', () => {
    const of = (count: number, value: number, width = 50_000) =>
      usualEffect('MEAN', { outcomes: new Float64Array(count).fill(value), blur: NO_BLUR }, width);
    expect([of(0, 0), of(1, 41_000), of(99, 41_000)]).toEqual([null, null, null]);
    // 5 % of 40,000, as the mean is told: 2,061.7 would be the mean to whoever divides.
    expect([of(100, 41_234), of(100, -3, 10), of(100, 1_000)]).toEqual([2_000, 0.15, 0]);
    expect(usualEffect('YES_OR_NO', { outcomes: new Float64Array(), blur: NO_BLUR }, 1)).toBe(0.02);
    const all = [...people(true, 'a', 200, 1), ...people(false, 'a', 200, 0)];
    const metric = { ...METRIC, smallestEffect: null };
    const impact = impactOf(comparedStudy(metric, all, 30, { metric, people: all, blurOf }, blurOf));
    expect(impact.guardrails).toMatchObject([{ margin: null, verdict: 'CANNOT_TELL' }]);
    expect(impact.verdict).toBe('IMPROVED');
  });

  test('are told apart by department, activity and what is known of them, in bands', () => {
    const kind = (departmentPeople: number, activeHours: number, events: number) =>
      stratumOf({ departmentPeople, activeHours, events });
    expect(kind(30, 6, 25)).toBe(kind(99, 19, 99));
    expect(new Set([kind(0, 0, 0), kind(5, 0, 0), kind(20, 0, 0), kind(20, 1, 0), kind(20, 1, 1)]).size).toBe(5);
  });
});

describe('what somebody did for a goal', () => {
  const [from, day] = [new Date('2026-01-01T00:00:00Z'), 86_400_000];
  const inDays = (days: number) => ({ learnerId: 'a', from, until: new Date(from.getTime() + days * day) });
  const counts: OutcomeCounts = {
    ...{ clicks: 0, starts: 0, touches: 1, completions: 25, minutes: 6_000, dismissals: 0, sent: 0, opened: 0 },
  };

  test('counts no more of one person than the goal does, in as many times its four weeks as they were watched', () => {
    const of = (kind: DoingKind, days: number, courseIds: string[] = []) =>
      doingOf(kind, { courseIds }, counts, inDays(days));
    // 10 courses and 20 hours in 28 days.
    expect([28, 56, 84].map((days) => of('COMPLETIONS', days))).toEqual([10, 20, 25]);
    expect([28, 84, 196].map((days) => of('LEARNING_HOURS', days))).toEqual([20, 60, 100]);
    expect(of('ACTIVE_LEARNER_SHARE', 84)).toBe(1);
    expect(
      of(
        'COMPLETION_RATE',
        84,
        Array.from({ length: 50 }, (_, i) => `c${i}`),
      ),
    ).toBe(0.5);
  });

  test('counts courses of a rate of completion whenever they were completed', () => {
    expect(countedSpan('COMPLETION_RATE', inDays(28))).toEqual({ ...inDays(28), from: new Date(0) });
    expect(countedSpan('COMPLETIONS', inDays(28))).toEqual(inDays(28));
  });
});

describe('the time of a rule', () => {
  const boost = aRule('r', { kind: 'BOOST', strength: 'SLIGHT' });
  const version = (number: number, rules: readonly (typeof boost)[], holdoutPercent = 10) => ({
    version: number,
    content: { rules: [...rules], holdoutPercent },
    change: { at: new Date(Date.UTC(2026, 0, number)) },
  });

  test('is the latest in which it said the same, whatever else changed', () => {
    const versions = [
      version(6, []),
      version(5, [{ ...boost, note: 'Agreed' }], 20),
      version(4, [boost, aRule('other', { kind: 'PIN', place: 1 })]),
      version(3, [{ ...boost, target: { ...boost.target, courseIds: ['c'] } }]),
      version(2, []),
      version(1, [boost]),
    ];
    expect(lastRun(versions, 'r')).toMatchObject({
      ...{ since: new Date(Date.UTC(2026, 0, 4)), until: new Date(Date.UTC(2026, 0, 6)) },
      live: [
        { version: 5, holdoutPercent: 20 },
        { version: 4, holdoutPercent: 10 },
      ],
    });
    expect(lastRun(versions.slice(1), 'r')?.until).toBeNull();
    expect(lastRun(versions, 'none')).toBeNull();
    expect(lastRun([], 'r')).toBeNull();
  });

  test('with people held out is its newest stretch without a break', () => {
    const day = (number: number) => new Date(Date.UTC(2026, 0, number));
    const percents = [0, 0, 5, 10, 0, 5];
    const versions = percents.map((percent, i) => version(6 - i, [boost], percent));
    const run = lastRun(versions, 'r');
    const held = run && heldOutRun(run);
    expect(held).toMatchObject({ since: day(3), until: day(5) });
    expect(held?.live.map((one) => one.version)).toEqual([4, 3]);
    const still = lastRun(versions.slice(2), 'r');
    expect(still && heldOutRun(still)).toMatchObject({ since: day(3), until: null });
    const never = lastRun(versions.slice(0, 2), 'r');
    expect(never && heldOutRun(never)).toBeNull();
  });
});

describe('another soft rule beside one', () => {
  const courses = [aPlainCourse('c0'), aPlainCourse('c1')];
  const [day1, day9] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-01-09T00:00:00Z')];
  const about = (courseIds: string[], rule: Parameters<typeof aRule>[2] = {}, kind: 'BURY' | 'EXCLUDE' = 'BURY') =>
    aRule('other', kind === 'BURY' ? { kind, strength: 'SLIGHT' } : { kind }, { target: { courseIds }, ...rule });
  const besides = (...others: Rule[]) => {
    const rule = aRule(
      'r',
      { kind: 'BOOST', strength: 'SLIGHT' },
      { target: { courseIds: ['c0'] }, audience: { departments: ['Sales'] }, surfaces: ['HOME'] },
    );
    const live = others.map((other, i) => ({ version: 9 - i, holdoutPercent: 5, since: day1, rules: [rule, other] }));
    return softRuleBeside({ rule, live, since: day1, until: day9 }, courses);
  };

  test('is one about some of the same courses, for people, lists and days that both may meet', () => {
    const met = about(['c0', 'c1'], { audience: { languages: ['de'] } });
    expect(besides(met)).toBe(met);
    expect(besides(about(['c1']), met)).toBe(met);
    const everything = aRule('other', { kind: 'CAP', atMost: 1, per: 'TAG' }, {});
    expect(besides(everything)).toBe(everything);
  });

  test('is found among any number of courses', () => {
    const many = Array.from({ length: 600 }, (_, i) => aPlainCourse(`c${i}`, { tags: i === 599 ? ['last'] : ['all'] }));
    const about = (id: string, target: Parameters<typeof aRule>[2]) =>
      aRule(id, { kind: 'BURY', strength: 'SLIGHT' }, target);
    const rule = about('r', { target: { tags: ['all'] } });
    const found = (...others: Rule[]) => {
      const live = [{ version: 1, holdoutPercent: 5, since: day1, rules: [rule, ...others] }];
      return softRuleBeside({ rule, live, since: day1, until: day9 }, many);
    };
    const [last, one] = [
      about('last', { target: { tags: ['last'] } }),
      about('one', { target: { courseIds: ['c7'] } }),
    ];
    expect(found(last)).toBeNull();
    expect(found(last, one)).toBe(one);
  });

  test('is none that is hard, or about other courses, people, surfaces or days', () => {
    expect(besides(about(['c0'], {}, 'EXCLUDE'))).toBeNull();
    expect(besides(about(['c1']))).toBeNull();
    expect(besides(about(['c0'], { audience: { departments: ['Ops'] } }))).toBeNull();
    expect(besides(about(['c0'], { surfaces: ['SEARCH'] }))).toBeNull();
    expect(besides(about(['c0'], { schedule: { from: '2026-02-01', until: null, zone: 'UTC' } }))).toBeNull();
  });
});
