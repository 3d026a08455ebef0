import { describe, expect, test } from 'vitest';
import { believe } from '../../src/delivery/model/belief.js';
import type { TimingGroup, TimingModel } from '../../src/delivery/model/timingModel.js';
import { REPETITION } from '../../src/delivery/model/timingPrior.js';
import { DEFAULT_SHRINKAGE } from '../../src/delivery/model/weekModel.js';
import { learnerWeek } from '../../src/delivery/weeks/learnerWeek.js';
import type { HabitReason } from '../../src/delivery/windows/deliveryReason.js';
import { DAY_MS } from '../../src/platform/zonedTime.js';
import { foldIntoMixture } from '../../src/stats/weekMixture.js';
import { deliveryInputs, suggestWindows } from '../support/deliveryInputs.js';

/** A week of so many hours, spent on working days at these hours of the day, but for what falls anywhere. */
function weekAt(hoursOfDay: readonly number[], hours: number, anywhere: number): number[] {
  const cells = Array.from({ length: 168 }, (_, cell) => cell < 120 && hoursOfDay.includes(cell % 24));
  const inside = cells.filter(Boolean).length;
  return cells.map((isInside) => (anywhere * hours) / 168 + (isInside ? ((1 - anywhere) * hours) / inside : 0));
}

function group(given: Partial<TimingGroup> & Pick<TimingGroup, 'kind' | 'name'>): TimingGroup {
  return { people: 30, hourCounts: weekAt([10], 400, 0), effectiveHours: 400, weeklyRate: 1, isTold: true, ...given };
}

function timingOf(groups: readonly TimingGroup[], people = 240): TimingModel {
  return {
    version: 1,
    fittedAt: '2026-11-22T00:00:00Z',
    organisation: { hourCounts: weekAt([8, 14, 20], 2_000, 0.2), effectiveHours: 2_000, people, weeklyRate: 2 },
    groups,
    mixture: { weights: [0.5, 0.5], shapes: [weekAt([8], 1, 0.3), weekAt([20], 1, 0.3)] },
    shrinkage: DEFAULT_SHRINKAGE,
  };
}

function reasonsOf(given: Parameters<typeof deliveryInputs>[0]): readonly HabitReason[] {
  const { windows } = suggestWindows(deliveryInputs(given));
  return windows
    .flatMap(({ reasons }) => reasons)
    .filter((reason) => 'contribution' in reason.evidence) as HabitReason[];
}

const reasonOf = <Code extends HabitReason['code']>(code: Code, given: Parameters<typeof deliveryInputs>[0]) =>
  reasonsOf(given).find((reason) => reason.code === code) as (HabitReason & { readonly code: Code }) | undefined;

describe('what somebody’s groups have to say', () => {
  const sales = group({ kind: 'DEPARTMENT', name: 'Sales' });
  const oslo = group({ kind: 'LOCATION', name: 'Oslo', hourCounts: weekAt([11], 400, 0.05) });
  const inSalesAndOslo = { department: 'Sales', location: 'Oslo' };

  test('is one sentence, however small a share in its middle is', () => {
    // One hour of four hundred, the others at weekends.
    const hardly = {
      ...oslo,
      hourCounts: weekAt([], 0, 0).map((_, cell) => (cell === 10 ? 1 : cell < 120 ? 0 : 399 / 48)),
    };
    const reason = reasonOf('GROUP_HABIT', { timing: timingOf([sales, hardly]), group: inSalesAndOslo });
    expect(reason?.text).toBe(
      '100 % of the active hours of 30 people in your department, Sales, and less than 1 % of the active hours of ' +
        '30 people at your location, Oslo, fall on weekdays between 09:00 and 12:00.',
    );
  });

  test('leaves out those whose weeks may not be told beside others', () => {
    const groups = [sales, { ...oslo, isTold: false }];
    const reason = reasonOf('GROUP_HABIT', { timing: timingOf(groups), group: inSalesAndOslo });
    expect(reason?.evidence.groups.map(({ name }) => name)).toEqual(['Sales']);
    const untold = groups.map((group) => ({ ...group, isTold: false }));
    expect(reasonOf('GROUP_HABIT', { timing: timingOf(untold), group: inSalesAndOslo })).toBeUndefined();
  });

  test('says of fewer than ten not how many, and of nobody a share finer than one per cent', () => {
    const hourCounts = weekAt([10], 400, 0.222);
    const small = [9, 10].map((people) => ({ ...sales, people, hourCounts }));
    const [ofNine, ofTen] = small.map((group) =>
      reasonOf('GROUP_HABIT', { timing: timingOf([group]), group: inSalesAndOslo }),
    );
    expect(ofNine?.text).toMatch(/^80 % of the active hours of the people in your department, Sales, fall on weekdays/);
    expect(ofNine?.evidence.groups).toEqual([{ kind: 'DEPARTMENT', name: 'Sales', people: null, shareNear: 0.8 }]);
    expect(ofTen?.text).toContain('of 10 people in your department');
    const few = timingOf([], 9);
    expect(reasonOf('ORGANISATION_HABIT', { timing: few })?.text).toContain('of the people in your organisation');
  });

  test('is not to be had from the expected week, which comes in steps', () => {
    const { cells } = learnerWeek(
      { learnerId: 'ada', zone: 'UTC', isZoneAssumed: false, personalisationOptOut: false },
      believe(deliveryInputs({ timing: timingOf([sales]), group: inSalesAndOslo })),
    );
    for (const { expected } of cells) expect(expected).toBe(Number(expected.toFixed(3)));
  });
});

describe('what people of a like rhythm have to say', () => {
  const MONDAY_EVENING = Date.parse('2026-11-16T20:00Z');
  const evenings = [0, 1, 2, 3].map((i) => MONDAY_EVENING - 6 * i * DAY_MS);
  const known = { timing: timingOf([]), activeHoursMs: evenings };
  const folded = foldIntoMixture(
    known.timing.mixture,
    { cells: [3, 2, 1, 0].map((day) => day * 24 + 20), weights: [1, 1, 1, 1] },
    REPETITION,
  ).week;
  const near = folded.reduce(
    (sum, share, cell) => sum + (cell < 120 && [19, 20, 21].includes(cell % 24) ? share : 0),
    0,
  );

  test('is how they spend their week, not what their week has more than that of others', () => {
    const reason = reasonOf('PEER_HABIT', known);
    expect(reason?.evidence.shareNear).toBeCloseTo(near, 2);
    expect(reason?.text).toBe(
      `People with a week like yours, among 240 here, have ${Math.round(near * 100)} % of their active hours ` +
        'on weekdays between 19:00 and 22:00.',
    );
  });

  test('is shown as their week, hour by hour', () => {
    const owner = { learnerId: 'ada', zone: 'UTC', isZoneAssumed: false, personalisationOptOut: false };
    const { cells } = learnerWeek(owner, believe(deliveryInputs(known)));
    for (const [cell, share] of folded.entries()) expect(cells[cell]?.peers).toBeCloseTo(share, 3);
  });
});
