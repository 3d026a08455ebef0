import { describe, expect, it } from 'vitest';
import { countsUntilMs, type Goal } from '../../src/goals/goal.js';
import type { Kpi } from '../../src/goals/kpis/kpi.js';
import { goalOutlook, type MeasuredPoint } from '../../src/goals/progress/goalOutlook.js';
import { isOver, weekOf, weeksUntil } from '../../src/goals/progress/weeks.js';
import { aGoal } from '../support/goalBuilders.js';

const SECRET = Buffer.alloc(32, 7);
const NOW = new Date('2026-06-01T00:00:00Z');

const defects: Kpi = {
  id: 'defects',
  name: 'Defects',
  unit: 'defects',
  direction: 'LOWER_IS_BETTER',
  kind: 'PERFORMANCE',
  level: 'IMPACT',
  expectedMin: null,
  expectedMax: null,
  observed: null,
};

/** Values at the end of the last weeks, earliest first. */
function pointsOf(values: readonly (number | null)[], people = 10_000): MeasuredPoint[] {
  const weeks = weeksUntil(NOW, values.length + 1).slice(0, -1);
  return values.map((value, i) => ({ ...(weeks[i] as { week: string; at: Date }), value, people }));
}

/** A share that rises by two points a week, with a little noise, up to 0.5. */
const rising = Array.from({ length: 12 }, (_, i) => 0.5 - 0.02 * (11 - i) + (i % 2 === 0 ? 0 : 0.004));

function outlookOf(
  given: Parameters<typeof aGoal>[0],
  values: readonly (number | null)[],
  counter: readonly number[] = [],
) {
  const goal: Goal = aGoal({
    metric: { kind: 'ACTIVE_LEARNER_SHARE' },
    ...{ baseline: 0.4, target: 0.6, dueOn: '2026-07-26' },
    ...given,
  });
  return goalOutlook({
    goal,
    kpis: new Map([['defects', defects]]),
    points: pointsOf(values),
    counterPoints: pointsOf(counter),
    now: NOW,
    secret: SECRET,
  });
}

describe('how a goal is doing', () => {
  it('is told by where it leads: eight weeks at two points a week are enough for ten', () => {
    const { current, shareOfWay, forecast, status } = outlookOf({}, rising);
    expect(current).toBe(0.504);
    expect(shareOfWay).toBeCloseTo(0.52, 6);
    expect(status).toBe('ON_TRACK');
    // The drift is 0.224 / 11 a week, and the due date is eight weeks away.
    expect(forecast?.mean).toBeCloseTo(0.504 + (8 * 0.224) / 11, 6);
    const { interval80, interval95, probability } = forecast ?? {
      interval80: { low: 0 },
      interval95: { low: 0 },
      probability: 0,
    };
    expect(interval95.low).toBeLessThan(interval80.low);
    expect(probability).toBeGreaterThan(0.9);
  });

  it('is at risk while the target is within the 80 % interval, and off track beyond it', () => {
    expect(outlookOf({ target: 0.67 }, rising)).toMatchObject({ status: 'AT_RISK' });
    expect(outlookOf({ target: 0.8 }, rising)).toMatchObject({ status: 'OFF_TRACK' });
    expect(outlookOf({ target: 0.8 }, rising).forecast?.probability).toBeLessThan(0.1);
  });

  it('cannot be told from few weeks, old figures, or few people', () => {
    const few = outlookOf({}, rising.slice(-7));
    expect([few.status, few.statusText]).toEqual(['CANNOT_TELL', expect.stringContaining('7 weeks')]);
    const goal = aGoal({ metric: { kind: 'ACTIVE_LEARNER_SHARE' }, baseline: 0.4, target: 0.6, dueOn: '2027-07-26' });
    const told = (points: readonly MeasuredPoint[], now = NOW) =>
      goalOutlook({ goal, kpis: new Map(), points, counterPoints: [], now, secret: SECRET });
    const later = new Date(NOW.getTime() + 40 * 86_400_000);
    expect(told(pointsOf(rising), later)).toMatchObject({ status: 'CANNOT_TELL' });
    const private_ = told(pointsOf(rising, 4));
    expect(private_).toMatchObject({ status: 'CANNOT_TELL', current: null, shareOfWay: null, forecast: null });
    expect(private_.series.every(({ value, people }) => value === null && people === null)).toBe(true);
  });

  it('is what it came to once the due date is over', () => {
    const over = { dueOn: '2026-05-31' };
    expect(outlookOf({ ...over, target: 0.5 }, rising)).toMatchObject({ status: 'ON_TRACK', forecast: null });
    expect(outlookOf({ ...over, target: 0.55 }, rising)).toMatchObject({ status: 'OFF_TRACK', forecast: null });
  });

  it('is not told once the due date is over by figures that were old then', () => {
    const goal = aGoal({ metric: { kind: 'ACTIVE_LEARNER_SHARE' }, baseline: 0.4, target: 0.5, dueOn: '2026-07-26' });
    const told = (now: string, points = pointsOf(rising)) =>
      goalOutlook({ goal, kpis: new Map(), points, counterPoints: [], now: new Date(now), secret: SECRET });
    expect(told('2026-08-01')).toMatchObject({ status: 'CANNOT_TELL', forecast: null });
    expect(told('2026-08-01').statusText).toBe('The last figures are of 2026-06-01: too old to say what came of it.');
    // As of the due date they are not: whoever looks years later is told the same.
    const late = pointsOf(rising).map((point) => ({ ...point, at: new Date(point.at.getTime() + 40 * 86_400_000) }));
    expect(told('2028-08-01', late)).toMatchObject({ status: 'ON_TRACK' });
  });

  it('is left open by figures of few people, which stand still where those rise', () => {
    const goal = aGoal({ metric: { kind: 'ACTIVE_LEARNER_SHARE' }, baseline: 0.4, target: 0.6, dueOn: '2026-07-26' });
    const told = (values: readonly number[], people: number, target = 0.6) =>
      goalOutlook({
        goal: { ...goal, target },
        ...{ kpis: new Map(), points: pointsOf(values, people), counterPoints: [], now: NOW, secret: SECRET },
      });
    // Twenty people are told in quarters, so all of these are one half.
    const values = Array.from({ length: 10 }, (_, i) => 0.38 + (0.22 * i) / 9);
    const few = told(values, 20);
    expect(new Set(few.series.map(({ value }) => value))).toEqual(new Set([0.5]));
    expect(few).toMatchObject({ status: 'CANNOT_TELL', current: 0.5 });
    expect(few.statusText).toContain('steps of 0.25');
    expect(few.forecast?.interval80.low).toBeLessThan(0.4);
    expect(few.forecast?.interval80.high).toBeGreaterThan(0.6);
    expect(few.forecast?.probability).toBeGreaterThan(0.1);
    // Of many it is seen.
    expect(told(values, 10_000)).toMatchObject({ status: 'ON_TRACK' });
    // What lies beyond all that the steps leave open is told of few, too.
    const none = Array.from({ length: 20 }, () => 0);
    expect(told(none, 20, 0.9)).toMatchObject({ status: 'OFF_TRACK' });
  });

  it('counts the last day of a KPI, which ends by UTC, also where clocks are ahead', () => {
    const kpi = { kind: 'EXTERNAL_KPI', kpiId: 'k' } as const;
    // Midnight of the last Sunday in UTC, two hours after the end of that day in Berlin.
    const over = { dueOn: '2026-05-31', zone: 'Europe/Berlin', metric: kpi };
    const last = pointsOf(rising).at(-1);
    expect(last?.at.toISOString()).toBe('2026-06-01T00:00:00.000Z');
    expect(countsUntilMs(aGoal(over))).toBeGreaterThan(last?.at.getTime() ?? 0);
    expect(countsUntilMs(aGoal({ ...over, metric: { kind: 'COMPLETIONS' } }))).toBeLessThan(last?.at.getTime() ?? 0);
  });

  it('comes in steps that hide single people', () => {
    const goal = aGoal({ metric: { kind: 'ACTIVE_LEARNER_SHARE' }, baseline: 0, target: 1 });
    const { series } = goalOutlook({
      goal,
      kpis: new Map(),
      points: pointsOf([0.537], 24),
      counterPoints: [],
      now: NOW,
      secret: SECRET,
    });
    // 24 people are told as a count is: in quarters, of which each is more than five of them.
    expect(series).toMatchObject([{ value: 0.5, people: 25 }]);
  });

  it('gets better downwards where less is better', () => {
    const falling = Array.from({ length: 12 }, (_, i) => 40 - i + (i % 2) / 4);
    const down = { metric: { kind: 'EXTERNAL_KPI', kpiId: 'defects' }, baseline: 40 } as const;
    const good = outlookOf({ ...down, target: 25 }, falling);
    expect(good.status).toBe('ON_TRACK');
    expect(good.shareOfWay).toBeCloseTo((40 - 29.25) / 15, 6);
    expect(good.forecast?.probability).toBeGreaterThan(0.5);
    expect(outlookOf({ ...down, target: 5 }, falling).status).toBe('OFF_TRACK');
  });
});

describe('a counter-metric', () => {
  const goal = { counterMetric: { kind: 'EXTERNAL_KPI' as const, courseIds: [], skillIds: [], kpiId: 'defects' } };
  const steady = Array.from({ length: 12 }, (_, i) => 10 + (i % 3));
  const growing = Array.from({ length: 12 }, (_, i) => 10 + i + (i % 2) / 4);

  it('parts ways when it gets worse by more than chance while the goal gets nearer', () => {
    expect(outlookOf(goal, rising, growing).counter?.status).toBe('PARTS');
  });

  it('holds when it only wavers, gets better, or the goal does not get nearer', () => {
    expect(outlookOf(goal, rising, steady).counter?.status).toBe('HOLDS');
    expect(outlookOf(goal, rising, [...growing].reverse()).counter?.status).toBe('HOLDS');
    expect(outlookOf(goal, [...rising].reverse(), growing).counter?.status).toBe('HOLDS');
  });

  it('cannot be told from fewer than eight weeks that the two share', () => {
    expect(outlookOf(goal, rising, growing.slice(-7)).counter?.status).toBe('CANNOT_TELL');
    expect(outlookOf({}, rising, growing).counter).toBeNull();
  });
});

describe('weeks', () => {
  it('end on Mondays, the running one now', () => {
    const weeks = weeksUntil(new Date('2026-06-03T12:00:00Z'), 2);
    expect(weeks).toEqual([
      { week: '2026-05-25', at: new Date('2026-06-01T00:00:00Z') },
      { week: '2026-06-01', at: new Date('2026-06-03T12:00:00Z') },
    ]);
    expect(weeks.map(isOver)).toEqual([true, false]);
    expect(weekOf(Date.parse('2026-06-07T23:59:59Z'))).toBe('2026-06-01');
  });
});
