import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coarseValue } from '../../src/goals/coarseValue.js';
import { rangeOf, roundSpan } from '../../src/goals/kpis/kpi.js';
import { type KpiFigures, type KpiGrouping, kpiSeries, type LearnerFigures } from '../../src/goals/kpis/kpiSeries.js';
import { boundsInSteps, coarseMean, coarseStep } from '../../src/learners/fewPeople/fewPeople.js';

describe('means over people', () => {
  test('come in steps of five people at least', () => {
    const people = [5, 9, 10, 20, 24, 25, 50, 100, 1_000, 5_000, 1e6];
    expect(people.map((count) => coarseMean(0.5432, count))).toEqual([
      1, 1, 0.5, 0.5, 0.5, 0.6, 0.5, 0.55, 0.545, 0.543, 0.543,
    ]);
  });

  test('are told apart by five people or more, or at the edge of a step, and never by more than a step', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 20_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (people, mean) => {
        const told = coarseMean(mean, people);
        const next = coarseMean(Math.min(1, mean + 1 / people), people);
        const step = next - told;
        expect(step === 0 || step >= 5 / people - 1e-9).toBe(true);
        expect(coarseMean(told, people)).toBe(told);
      }),
    );
  });

  test('lie within what one person can come to', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 500 }), fc.double({ min: 10, max: 20, noNaN: true }), (people, value) => {
        const told = coarseValue(value, people, { min: 10, max: 20 });
        expect(told).toBeGreaterThanOrEqual(10);
        expect(told).toBeLessThanOrEqual(20);
      }),
    );
  });
});

describe('steps of effects', () => {
  test('are round, and of five people at least', () => {
    const steps = [100, 101, 137, 200, 1_000, 1_001].map((people) => coarseStep(people, 1));
    expect(steps).toEqual([0.05, 0.05, 0.04, 0.025, 0.005, 0.005]);
    expect(coarseStep(250, 40)).toBe(0.8);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        (people, width) => {
          const [least, step] = [(5 * width) / people, coarseStep(people, width)];
          expect(step).toBeGreaterThanOrEqual(least * (1 - 1e-6));
          expect(step).toBeLessThanOrEqual(least * 1.35);
        },
      ),
    );
  });

  test('cover the interval that they are rounded from', () => {
    expect(boundsInSteps({ estimate: 0.24, low: -0.01, high: 0.451 }, 0.05)).toEqual({
      estimate: 0.25,
      low: -0.05,
      high: 0.5,
    });
    expect(boundsInSteps({ estimate: 0.3, low: 0.15, high: 0.45 }, 0.05)).toEqual({
      estimate: 0.3,
      low: 0.15,
      high: 0.45,
    });
  });
});

describe('what figures of a KPI lie within', () => {
  const kpi = { id: 'k', name: 'K', unit: 'x', direction: 'HIGHER_IS_BETTER', kind: 'OTHER', level: 'IMPACT' } as const;
  const expected = (expectedMin: number | null, expectedMax: number | null, observed = { min: 10, max: 20 }) =>
    rangeOf({ ...kpi, expectedMin, expectedMax, observed });

  test('is never narrower than what was found', () => {
    expect(expected(0, 100)).toEqual({ min: 0, max: 100 });
    expect(expected(14, 15)).toEqual({ min: 10, max: 20 });
    expect(expected(null, 30)).toEqual({ min: 10, max: 30 });
    expect(rangeOf({ ...kpi, expectedMin: 0, expectedMax: 1, observed: null })).toBeNull();
  });

  test('has round ends that are nobody’s figure by their digits', () => {
    expect(roundSpan([98.3, 101.7])).toEqual({ min: 98, max: 102 });
    expect(roundSpan([12, 47, 31])).toEqual({ min: 10, max: 50 });
    expect(roundSpan([42])).toEqual({ min: 40, max: 50 });
    expect(roundSpan([0, 0])).toEqual({ min: 0, max: 1 });
    expect(roundSpan([-3, 250])).toEqual({ min: -100, max: 300 });
  });
});

describe('a KPI by groups', () => {
  const at = { fromDay: '2026-01-01', untilDay: '2026-02-01' };
  const some = (department: string | null, location: string | null, people: number, mean: number): LearnerFigures => ({
    ...{ ...at, department, location, roleId: null },
    ...{ people, sum: mean * people },
  });
  const series = (learners: readonly LearnerFigures[], groupBy: KpiGrouping, given: Partial<KpiFigures> = {}) =>
    kpiSeries({ learners, groups: [], active: learners, range: { min: 0, max: 10 }, ...given }, groupBy).map(
      ({ group, value }) => [group, value],
    );

  test('leaves no few of everybody, nor of people without a group', () => {
    const two = [some('A', null, 10, 4), some('B', null, 5, 9)];
    expect(series(two, 'DEPARTMENT')).toEqual([
      ['A', 5],
      ['B', 10],
    ]);
    expect(series([...two, some(null, null, 3, 1)], 'DEPARTMENT')).toEqual([
      ['A', 5],
      ['B', null],
    ]);
    expect(series(two, 'ORGANISATION')).toEqual([[null, 5]]);
  });

  test('leaves no few between groups of two kinds', () => {
    const people = [some('A', 'L', 9, 4), some('A', 'M', 1, 10), some('B', 'M', 9, 6)];
    // Lyon is department A without one.
    const told = [...series(people, 'DEPARTMENT'), ...series(people, 'LOCATION')];
    expect(told.filter(([, value]) => value !== null).length).toBeLessThan(4);
    expect(told).toHaveLength(4);
  });

  test('takes what was told of whole groups first, by how many are in them now', () => {
    const active = [some('A', null, 10, 0), some('B', null, 7, 0), some('C', null, 2, 0)];
    const whole = (group: string, value: number) => ({ ...at, kind: 'DEPARTMENT' as const, group, value });
    expect(
      series([some('A', null, 10, 4)], 'DEPARTMENT', { active, groups: [whole('A', 3.3), whole('C', 1)] }),
    ).toEqual([
      ['A', 3.3],
      ['C', null],
    ]);
    // Both would leave the two of C.
    const groups = [whole('A', 3.3), whole('B', 2.2)];
    expect(series([], 'DEPARTMENT', { active, groups })).toEqual([
      ['A', 3.3],
      ['B', null],
    ]);
  });
});
