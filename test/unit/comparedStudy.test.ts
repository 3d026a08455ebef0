import { describe, expect, test } from 'vitest';
import { type Compared, comparedStudy, stratumOf } from '../../src/insights/impact/comparedStudy.js';
import { impactOf } from '../../src/insights/impact/impact.js';
import { lastRun } from '../../src/insights/impact/ruleRun.js';
import type { StudiedMetric } from '../../src/insights/impact/study.js';
import { aRule } from '../support/ruleBuilders.js';

const METRIC: StudiedMetric = { name: 'X', unit: 'x', kind: 'MEAN', better: 'HIGHER', smallestEffect: 0.5 };

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
      ...people(true, 'large', 120, 3),
      ...people(true, 'small', 40, 1),
      ...people(false, 'large', 40, 2),
      ...people(false, 'small', 200, 0),
    ];
    const impact = impactOf(comparedStudy(METRIC, all, 30, null));
    expect(impact).toMatchObject({ design: 'MATCHED', verdict: 'IMPROVED' });
    // Without matching: 2.5 less .33.
    expect(impact.effect?.estimate).toBeCloseTo(1, 10);
    expect(impact.checks.map(({ name, passed }) => [name, passed])).toEqual([
      ['MINIMUM_UNITS', true],
      ['MINIMUM_DAYS', true],
      ['OVERLAP', true],
    ]);
  });

  test('get no verdict while most of them have nobody like them', () => {
    const all = [...people(true, 'a', 150, 3), ...people(true, 'b', 50, 3), ...people(false, 'b', 200, 0)];
    const impact = impactOf(comparedStudy(METRIC, all, 30, null));
    expect(impact.verdict).toBe('CANNOT_TELL');
    expect(impact.checks.at(-1)).toEqual({
      ...{ name: 'OVERLAP', passed: false },
      finding: '25 % of the people have somebody like them on the other side.',
    });
  });

  test('are compared with themselves where nobody is like any of them, without a verdict and guardrails', () => {
    const all = [...people(true, 'a', 150, 3), ...people(false, 'b', 150, 0)];
    const impact = impactOf(comparedStudy(METRIC, all, 30, { metric: METRIC, people: all }));
    expect(impact).toMatchObject({ design: 'BEFORE_AFTER', verdict: 'CANNOT_TELL', guardrails: [] });
    expect(impact.effect?.estimate).toBeCloseTo(3, 10);
    expect(impact.control.mean).toBe(3);
  });

  test('have a guardrail that is told of the change since before', () => {
    const all = [...people(true, 'a', 200, 1), ...people(false, 'a', 200, 0)];
    const guarded = (change: number) =>
      impactOf(
        comparedStudy(METRIC, all, 30, {
          metric: METRIC,
          people: [...people(true, 'a', 2_000, change), ...people(false, 'a', 2_000, 0)],
        }),
      ).guardrails[0]?.verdict;
    expect(guarded(0)).toBe('HELD');
    expect(guarded(-2)).toBe('BROKEN');
  });

  test('are told apart by department, activity and what is known of them, in bands', () => {
    const kind = (departmentPeople: number, activeHours: number, events: number) =>
      stratumOf({ departmentPeople, activeHours, events });
    expect(kind(30, 6, 25)).toBe(kind(99, 19, 99));
    expect(new Set([kind(0, 0, 0), kind(5, 0, 0), kind(20, 0, 0), kind(20, 1, 0), kind(20, 1, 1)]).size).toBe(5);
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
});
