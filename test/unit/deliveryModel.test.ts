import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BASIS_SOURCES,
  chainPrior,
  DEFAULT_WORKING_HOURS,
  defaultLevel,
  expectedProbability,
  expectedShare,
  organisationLevel,
  type PriorLevel,
  probabilityActive,
  weeklyRate,
  weekModel,
} from '../../src/delivery/model/weekModel.js';
import { preferredUse, usualSession } from '../../src/delivery/windows/preferredUse.js';
import { activeHours, poolActiveHours } from '../../src/learners/activeHours.js';
import { CHANNELS, DEVICES } from '../../src/learners/profileEvent.js';
import { DAY_MS, HOUR_MS } from '../../src/platform/zonedTime.js';
import { betaQuantile } from '../../src/stats/beta.js';
import { gammaQuantile } from '../../src/stats/gamma.js';

const at = (iso: string) => Date.parse(iso);
const NOW = at('2026-11-22T15:00Z');
const sum = (values: Iterable<number>) => [...values].reduce((total, v) => total + v, 0);
const week = (hourStartsMs: readonly number[], zone = 'UTC', halfLifeDays?: number) =>
  activeHours({ hourStartsMs, zone, nowMs: NOW, observedSinceMs: null, halfLifeDays });
const nonZero = (counts: Float64Array) =>
  [...counts].flatMap((count, cell) => (count > 0 ? [[cell, Number(count.toFixed(9))]] : []));
const FOREVER = 1e13;

describe('activeHours', () => {
  it('places an hour by the offset of its own day', () => {
    // Both are nine o'clock on a Wednesday in Berlin.
    const own = week([at('2026-07-01T07:00Z'), at('2026-11-04T08:00Z')], 'Europe/Berlin', FOREVER);
    expect(nonZero(own.hourCounts)).toEqual([[2 * 24 + 9, 2]]);
  });

  it('counts a clock hour once, whatever happened in it and however often it is told', () => {
    const own = week([at('2026-11-18T09:00Z'), at('2026-11-18T09:00Z'), at('2026-11-18T09:59Z')]);
    expect(own.hours).toBe(1);
  });

  it('shares an hour out where the zone is half an hour off', () => {
    // 10:00–11:00 UTC on a Wednesday is 15:30–16:30 in India and 15:45–16:45 in Nepal.
    const hour = [at('2026-11-18T10:00Z')];
    expect(nonZero(week(hour, 'Asia/Kolkata', FOREVER).hourCounts)).toEqual([
      [2 * 24 + 15, 0.5],
      [2 * 24 + 16, 0.5],
    ]);
    expect(nonZero(week(hour, 'Asia/Kathmandu', FOREVER).hourCounts)).toEqual([
      [2 * 24 + 15, 0.25],
      [2 * 24 + 16, 0.75],
    ]);
  });

  it('halves an hour with every half-life', () => {
    const own = week([NOW - 365 * DAY_MS, NOW - 730 * DAY_MS], 'UTC');
    expect(own.effectiveHours).toBeCloseTo(0.5 + 0.25, 12);
    expect(week([NOW - 90 * DAY_MS], 'UTC', 90).effectiveHours).toBeCloseTo(0.5, 12);
  });

  it('leaves out the future and survives an empty past', () => {
    expect(week([NOW + HOUR_MS]).hours).toBe(0);
    expect(week([])).toEqual({
      hourCounts: new Float64Array(168),
      effectiveHours: 0,
      hours: 0,
      exposureWeeks: 0,
      exposedHours: 0,
      weeklyRate: null,
      history: [],
    });
  });

  it('has the rate of an even activity, however long it lasted', () => {
    for (const weeks of [2, 20, 200]) {
      const hours = Array.from({ length: weeks * 3 }, (_, i) => NOW - (i + 0.5) * ((7 * DAY_MS) / 3));
      const own = activeHours({
        hourStartsMs: hours,
        zone: 'UTC',
        nowMs: NOW,
        observedSinceMs: NOW - weeks * 7 * DAY_MS,
      });
      expect(own.weeklyRate).toBeCloseTo(3, 1);
    }
  });

  it('knows that someone observed for long and never active has a rate of zero', () => {
    const own = activeHours({ hourStartsMs: [], zone: 'UTC', nowMs: NOW, observedSinceMs: NOW - 70 * DAY_MS });
    expect(own.weeklyRate).toBe(0);
    expect(own.exposureWeeks).toBeGreaterThan(8);
  });

  it('does not depend on the order of the hours, and sums to its effective hours', () => {
    const hours = fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 40 });
    const zones = fc.constantFrom('Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Chatham');
    fc.assert(
      fc.property(hours, zones, (ages, zone) => {
        const starts = ages.map((age) => NOW - age * HOUR_MS);
        const own = week(starts, zone);
        expect(week([...starts].reverse(), zone)).toEqual(own);
        expect(sum(own.hourCounts)).toBeCloseTo(own.effectiveHours, 9);
        expect(own.hours).toBe(new Set(ages).size);
      }),
    );
  });

  it('refuses a half-life of nothing', () => {
    expect(() => week([NOW], 'UTC', 0)).toThrow(RangeError);
  });
});

describe('poolActiveHours', () => {
  it('lets one busy person count for twenty hours at most', () => {
    const busy = week(
      Array.from({ length: 100 }, (_, i) => NOW - i * HOUR_MS),
      'UTC',
      FOREVER,
    );
    const calm = week([NOW - HOUR_MS], 'UTC', FOREVER);
    const pooled = poolActiveHours([busy, calm]);
    expect(pooled.effectiveHours).toBeCloseTo(21, 6);
    expect(sum(Array.from(pooled.hourCounts))).toBeCloseTo(21, 6);
    expect(pooled.people).toBe(2);
  });

  it('counts the idle in the rate, not among the active', () => {
    const observed = { zone: 'UTC', nowMs: NOW, observedSinceMs: NOW - 10 * 7 * DAY_MS, halfLifeDays: FOREVER };
    const active = activeHours({ ...observed, hourStartsMs: Array.from({ length: 30 }, (_, i) => NOW - i * HOUR_MS) });
    const idle = activeHours({ ...observed, hourStartsMs: [] });
    const pooled = poolActiveHours([active, idle, idle]);
    expect(pooled.people).toBe(1);
    expect(pooled.weeklyRate).toBeCloseTo(1, 6);
    expect(poolActiveHours([]).weeklyRate).toBe(null);
  });
});

describe('weekModel', () => {
  const crowd = (people: number, hour: number) =>
    poolActiveHours(
      Array.from({ length: people }, (_, i) => week([at('2026-11-16T00:00Z') + (hour + 24 * (i % 5)) * HOUR_MS])),
    );
  const level = (source: PriorLevel['source'], trust: number): PriorLevel => ({
    source,
    shape: new Float64Array(168).fill(1 / 168),
    trust,
  });

  it('shares out the basis along the chain', () => {
    // Eight own hours against a prior worth eight: half. Of the other half the group takes 0.5, and so on.
    const own = week(
      Array.from({ length: 8 }, (_, i) => NOW - i * DAY_MS),
      'UTC',
      FOREVER,
    );
    const chain = [level('PEERS', 0.5), level('GROUP', 0.5), level('ORGANISATION', 0.8), level('DEFAULT', 1)];
    const { basis } = weekModel(own, chainPrior(chain));
    expect(basis.PERSON).toBeCloseTo(0.5, 6);
    expect(basis.PEERS).toBeCloseTo(0.25, 6);
    expect(basis.GROUP).toBeCloseTo(0.125, 6);
    expect(basis.ORGANISATION).toBeCloseTo(0.1, 6);
    expect(basis.DEFAULT).toBeCloseTo(0.025, 6);
  });

  it('has a basis that sums to one, a mean that sums to one, and is the mixture of its sources', () => {
    const ages = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(ages, fc.integer({ min: 0, max: 40 }), (ageHours, people) => {
        const own = week(ageHours.map((age) => NOW - age * HOUR_MS));
        const chain = [organisationLevel(crowd(people, 10)), defaultLevel(DEFAULT_WORKING_HOURS)];
        const model = weekModel(own, chainPrior(chain.filter((l) => l !== null)));
        expect(sum(Object.values(model.basis))).toBeCloseTo(1, 12);
        expect(sum(model.concentrations)).toBeCloseTo(model.totalConcentration, 9);
        for (let cell = 0; cell < 168; cell++) {
          const mixed = sum(BASIS_SOURCES.map((s) => model.basis[s] * (model.shapes.get(s)?.[cell] ?? 0)));
          expect(expectedShare(model, cell)).toBeCloseTo(mixed, 12);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('trusts an organisation more, the more it has to tell, and not at all below five people', () => {
    expect(organisationLevel(crowd(4, 10))).toBe(null);
    expect(organisationLevel(crowd(5, 10))?.trust).toBeLessThan(0.2);
    expect(organisationLevel(crowd(300, 10))?.trust).toBeGreaterThan(0.85);
  });

  it('leaves some chance to hours in which nobody was ever seen', () => {
    const nineOnMondays = poolActiveHours(Array.from({ length: 6 }, () => week([at('2026-11-16T09:00Z')])));
    const level = organisationLevel(nineOnMondays);
    expect(Math.min(...(level?.shape ?? []))).toBeGreaterThan(1e-4);
    expect(sum(level?.shape ?? [])).toBeCloseTo(1, 12);
  });

  it('expects the default week inside working hours, but some of it at any hour', () => {
    const { shape } = defaultLevel(DEFAULT_WORKING_HOURS);
    expect(sum(shape)).toBeCloseTo(1, 12);
    const mondayTen = shape[10] ?? 0;
    const saturdayTen = shape[5 * 24 + 10] ?? 0;
    expect(saturdayTen).toBeCloseTo(0.2 / 168, 12);
    expect(mondayTen / saturdayTen).toBeGreaterThan(15);
    expect(sum(defaultLevel([]).shape)).toBeCloseTo(1, 12);
  });

  it('refuses to start from nothing', () => {
    expect(() => chainPrior([])).toThrow(RangeError);
  });
});

describe('probabilityActive', () => {
  const model = (inCell: number, total: number) => ({
    concentrations: Float64Array.from({ length: 168 }, (_, i) => (i === 0 ? inCell : (total - inCell) / 167)),
    totalConcentration: total,
    basis: { PERSON: 0, PEERS: 0, GROUP: 0, ORGANISATION: 0, DEFAULT: 1 },
    shapes: new Map(),
    peersWeek: null,
  });

  it('is the Poisson answer by hand when rate and share rest on the same hours', () => {
    // Eight hours' worth of belief over four weeks, two of them in the cell: λθ is Gamma(2) per 4 weeks, so that
    // P = 1 − E[exp(−λθ)] = 1 − (4 / 5)².
    const estimate = probabilityActive(model(2, 8), { shape: 8, weeks: 4 }, 0);
    expect(estimate.mean).toBeCloseTo(1 - (4 / 5) ** 2, 12);
    expect(estimate.low).toBeCloseTo(1 - Math.exp(-gammaQuantile(0.1, 2) / 4), 12);
    expect(estimate.high).toBeCloseTo(1 - Math.exp(-gammaQuantile(0.9, 2) / 4), 12);
  });

  it('agrees with a product of the two posteriors drawn out on a grid', () => {
    const cases = [
      { shape: 6, weeks: 5, inCell: 0.5, total: 13 },
      { shape: 21, weeks: 10, inCell: 1.5, total: 28 },
      { shape: 11, weeks: 2, inCell: 3, total: 18 },
    ];
    for (const { shape, weeks, inCell, total } of cases) {
      const steps = Array.from({ length: 100 }, (_, i) => (i + 0.5) / 100);
      const rates = steps.map((p) => gammaQuantile(p, shape) / weeks);
      const shares = steps.map((p) => betaQuantile(p, inCell, total - inCell));
      const drawn = rates.flatMap((r) => shares.map((s) => -Math.expm1(-r * s))).sort((a, b) => a - b);
      const estimate = probabilityActive(model(inCell, total), { shape, weeks }, 0);
      expect(estimate.mean).toBeCloseTo(sum(drawn) / drawn.length, 2);
      expect(estimate.high / (drawn[9_000] ?? 0)).toBeCloseTo(1, 1);
      expect(Math.abs(estimate.low - (drawn[1_000] ?? 0))).toBeLessThan(0.02);
    }
  });

  it('stays inside its interval and between 0 and 1, and grows with the share', () => {
    const positive = fc.double({ min: 0.001, max: 500, noNaN: true });
    fc.assert(
      fc.property(positive, positive, positive, positive, (inCell, rest, shape, weeks) => {
        const rate = { shape, weeks };
        const { mean, low, high } = probabilityActive(model(inCell, inCell + rest), rate, 0);
        expect(0 <= low && low <= mean && mean <= high && high <= 1).toBe(true);
        const more = expectedProbability(model(inCell + rest / 2, inCell + rest), rate, 0);
        expect(more).toBeGreaterThanOrEqual(mean);
      }),
    );
  });

  it('is zero where nothing is expected', () => {
    expect(probabilityActive(model(0, 8), { shape: 1, weeks: 1 }, 0)).toEqual({ mean: 0, low: 0, high: 0 });
  });

  it('shrinks the rate to the organisation, or to one hour a week', () => {
    expect(weeklyRate(week([]), 4)).toEqual({ shape: 1, weeks: 0.25 });
    expect(weeklyRate(week([]), null)).toEqual({ shape: 1, weeks: 1 });
    const idle = activeHours({ hourStartsMs: [], zone: 'UTC', nowMs: NOW, observedSinceMs: NOW - 70 * DAY_MS });
    const { shape, weeks } = weeklyRate(idle, 4);
    expect(shape / weeks).toBeLessThan(0.12);
  });
});

describe('preferredUse', () => {
  it('shrinks own shares to those of the organisation', () => {
    // Desktop: (3 + 5 × 0.2) / (4 + 5); mobile: (1 + 5 × 0.8) / 9.
    const uses = { own: { DESKTOP: 3, MOBILE: 1 }, organisation: { DESKTOP: 20, MOBILE: 80 } };
    expect(preferredUse(DEVICES, uses)).toEqual({
      choice: 'MOBILE',
      share: expect.closeTo(5 / 9, 12),
      ownUses: 1,
      ownTotal: 4,
    });
  });

  it('follows the person alone or the organisation alone where there is only one', () => {
    expect(preferredUse(CHANNELS, { own: { CHAT: 2 }, organisation: {} })?.choice).toBe('CHAT');
    expect(preferredUse(CHANNELS, { own: {}, organisation: { EMAIL: 2 } })?.choice).toBe('EMAIL');
  });

  it('has nothing to say of nothing, nor of what nobody can choose', () => {
    expect(preferredUse(DEVICES, { own: {}, organisation: {} })).toBe(null);
    expect(preferredUse(DEVICES, { own: { OTHER: 9 }, organisation: {} })).toBe(null);
    expect(preferredUse(DEVICES, { own: { OTHER: 9, TABLET: 1 }, organisation: {} })).toEqual({
      choice: 'TABLET',
      share: 0.1,
      ownUses: 1,
      ownTotal: 10,
    });
  });

  it('breaks ties by the order of the options', () => {
    expect(preferredUse(DEVICES, { own: { TABLET: 1, MOBILE: 1 }, organisation: {} })?.choice).toBe('MOBILE');
  });
});

describe('usualSession', () => {
  const lengths = (sessions: number, p50Minutes: number) => ({ sessions, p50Minutes, p75Minutes: 2 * p50Minutes });

  it('lies between the person and the organisation, by the sessions seen', () => {
    // Five sessions against a prior of five: the geometric middle of 10 and 40.
    const session = usualSession({ own: lengths(5, 10), organisation: lengths(900, 40) });
    expect(session?.p50Minutes).toBeCloseTo(20, 9);
    expect(session?.p75Minutes).toBeCloseTo(40, 9);
  });

  it('takes whichever is known', () => {
    expect(usualSession({ own: null, organisation: lengths(3, 40) })?.p50Minutes).toBe(40);
    expect(usualSession({ own: lengths(3, 12), organisation: null })?.p50Minutes).toBe(12);
    expect(usualSession({ own: null, organisation: null })).toBe(null);
  });
});
