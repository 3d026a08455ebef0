import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitTiming } from '../../src/delivery/fitting/timingFit.js';
import { DAY_GRID, scoreWeek, WEEK_GRID } from '../../src/delivery/fitting/timingMetrics.js';
import { type BeliefInputs, believe } from '../../src/delivery/model/belief.js';
import { exposureWeights } from '../../src/delivery/model/exposure.js';
import { ownHoursInSteps } from '../../src/delivery/model/ownHours.js';
import { fitShrinkage, type HeldOutCase } from '../../src/delivery/model/shrinkage.js';
import { parseTimingModel, type TimingPerson } from '../../src/delivery/model/timingModel.js';
import { BASIS_SOURCES, DEFAULT_WORKING_HOURS, expectedShare } from '../../src/delivery/model/weekModel.js';
import { activeHours, poolActiveHours } from '../../src/learners/activeHours.js';
import { atOnce } from '../../src/platform/turns/turns.js';
import { DAY_MS, HOUR_MS } from '../../src/platform/zonedTime.js';
import { createRandom } from '../../src/stats/random.js';

const NOW = Date.parse('2026-11-22T15:00Z');
const MONDAY = Date.parse('2026-11-16T00:00Z');
const sum = (values: Iterable<number>) => [...values].reduce((total, v) => total + v, 0);

/** Active on working days at about this hour, UTC, now and then. */
function aroundHour(hour: number, hours: number, seed: number): number[] {
  const random = createRandom(seed);
  return Array.from({ length: hours }, () => {
    const day = random.below(5) - 7 * random.below(20);
    return MONDAY + day * DAY_MS + (hour + random.below(3) - 1) * HOUR_MS;
  });
}

function person(hourStartsMs: readonly number[], location: string | null = null): TimingPerson {
  const hours = activeHours({ hourStartsMs, zone: 'UTC', nowMs: NOW, observedSinceMs: null });
  return { hours, department: null, location };
}

/** Early and late risers, in a place each but for some. */
const PEOPLE = Array.from({ length: 240 }, (_, i) =>
  person(aroundHour(i % 2 === 0 ? 7 : 20, 2 + (i % 12), i), i % 3 === 0 ? null : i % 2 === 0 ? 'Bern' : 'Rome'),
);
const FITTED_AT = new Date(NOW);
const timing = fitTiming(PEOPLE, { fittedAt: FITTED_AT });

function inputs(given: Partial<BeliefInputs> = {}): BeliefInputs {
  return {
    now: FITTED_AT,
    zone: 'UTC',
    activeHoursMs: [],
    observedSince: null,
    deliveries: [],
    timing,
    group: { department: null, location: null },
    organisation: poolActiveHours([]),
    workPattern: null,
    defaultWorkingHours: DEFAULT_WORKING_HOURS,
    ...given,
  };
}

const shareBetween = (given: Partial<BeliefInputs>, from: number, until: number) => {
  const { model } = believe(inputs(given));
  return sum(
    Array.from({ length: 168 }, (_, cell) => (cell % 24 >= from && cell % 24 < until ? expectedShare(model, cell) : 0)),
  );
};

describe('a timing model', () => {
  it('is the same for equal people, and survives being stored', () => {
    expect(fitTiming(PEOPLE, { fittedAt: FITTED_AT })).toEqual(timing);
    expect(parseTimingModel(JSON.parse(JSON.stringify(timing)))).toEqual(timing);
    expect(parseTimingModel({ ...timing, version: 0 })).toBe(null);
    expect(parseTimingModel(null)).toBe(null);
  });

  it('is nothing below five active people, and knows no group of fewer', () => {
    const idle = person([]);
    expect(fitTiming([...PEOPLE.slice(0, 4), idle], { fittedAt: FITTED_AT })).toBe(null);
    const small = fitTiming([...PEOPLE.slice(0, 5), person([NOW - DAY_MS], 'Oslo')], { fittedAt: FITTED_AT });
    expect(small?.groups).toEqual([]);
    expect(timing?.groups.map(({ kind, name, people }) => [kind, name, people])).toEqual([
      ['LOCATION', 'Bern', 80],
      ['LOCATION', 'Rome', 80],
    ]);
  });
});

describe('what is believed of somebody', () => {
  it('is the organisation’s week when nothing is known, and the group’s where that is', () => {
    const { model } = believe(inputs());
    expect(model.basis.ORGANISATION).toBeGreaterThan(0.9);
    expect(model.basis.PERSON + model.basis.PEERS + model.basis.GROUP).toBe(0);
    const bern = believe(inputs({ group: { department: null, location: 'Bern' } }));
    expect(bern.model.basis.GROUP).toBeGreaterThan(0.5);
    expect(shareBetween({ group: { department: null, location: 'Bern' } }, 5, 10)).toBeGreaterThan(
      1.4 * shareBetween({}, 5, 10),
    );
  });

  it('moves to person and peers after five evenings, on days never seen too', () => {
    const evenings = [0, 1, 2, -6, -5].map((days) => MONDAY + days * DAY_MS + 20 * HOUR_MS);
    const { model } = believe(inputs({ activeHoursMs: evenings }));
    // These people are nothing but early or late: the fit finds that peers tell more than somebody's own five hours.
    expect(model.basis.PEERS).toBeGreaterThan(0.3);
    expect(model.basis.PERSON).toBeGreaterThan(0.01);
    const fridayEvening = 4 * 24 + 20;
    expect(expectedShare(model, fridayEvening)).toBeGreaterThan(
      1.5 * expectedShare(believe(inputs()).model, fridayEvening),
    );
  });

  it('sums to one, in its basis and over the week, and is the mixture of its sources', () => {
    const ages = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(ages, fc.constantFrom('Bern', 'Oslo', null), (ageHours, location) => {
        const activeHoursMs = ageHours.map((age) => NOW - age * HOUR_MS);
        const { model } = believe(inputs({ activeHoursMs, group: { department: null, location } }));
        expect(sum(Object.values(model.basis))).toBeCloseTo(1, 9);
        expect(sum(model.concentrations)).toBeCloseTo(model.totalConcentration, 6);
        for (let cell = 0; cell < 168; cell += 5) {
          const mixed = sum(BASIS_SOURCES.map((s) => model.basis[s] * (model.shapes.get(s)?.[cell] ?? 0)));
          expect(expectedShare(model, cell)).toBeCloseTo(mixed, 9);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('moves with the zone of the person', () => {
    const activeHoursMs = aroundHour(9, 12, 3);
    expect(shareBetween({ activeHoursMs, zone: 'Etc/GMT-11' }, 18, 23)).toBeGreaterThan(
      2 * shareBetween({ activeHoursMs }, 18, 23),
    );
  });

  it('does not take somebody who opens what is mailed at nine for a nine o’clock person', () => {
    const mailed = Array.from({ length: 8 }, (_, i) => MONDAY - i * 7 * DAY_MS + 9 * HOUR_MS);
    const deliveries = mailed.map((ms) => ({ sentAtMs: ms, openedAtMs: ms + 60_000 }));
    const taken = shareBetween({ activeHoursMs: mailed }, 8, 11);
    const told = shareBetween({ activeHoursMs: mailed, deliveries }, 8, 11);
    const unopened = deliveries.map(({ sentAtMs }) => ({ sentAtMs, openedAtMs: null }));
    expect(told).toBeLessThan(0.62 * taken);
    expect(shareBetween({ activeHoursMs: mailed, deliveries: unopened }, 8, 11)).toBe(taken);
  });
});

describe('exposureWeights', () => {
  it('is the chance of being active anyway, given activity, by hand', () => {
    // Ten sent and eight opened, with two in ten before: r = 10 / 20. With s = 0.5: 0.5 / (0.5 + 0.5 − 0.25).
    const sent = Array.from({ length: 10 }, (_, i) => MONDAY + i * DAY_MS);
    const exposures = sent.map((ms, i) => ({ sentAtMs: ms, openedAtMs: i < 8 ? ms + HOUR_MS : null }));
    const hours = [MONDAY + HOUR_MS, MONDAY + 5 * HOUR_MS];
    expect([...exposureWeights(hours, exposures, () => 0.5, MONDAY + 20 * DAY_MS)]).toEqual([
      [MONDAY + HOUR_MS, expect.closeTo(2 / 3, 12)],
    ]);
  });
});

describe('prompted hours', () => {
  const sitting = (ms: number, hours: number) => Array.from({ length: hours }, (_, i) => ms + i * HOUR_MS);

  it('are those of the whole sitting, by hand', () => {
    // One of ten opened, with two in ten before: r = 3 / 20. The opening: s / (s + r − s r); then w + (1 − w) s.
    const exposures = Array.from({ length: 10 }, (_, i) => ({
      sentAtMs: MONDAY + (9 + 24 * i) * HOUR_MS,
      openedAtMs: i === 0 ? MONDAY + 9 * HOUR_MS + 60_000 : null,
    }));
    const hours = [MONDAY + 7 * HOUR_MS, ...sitting(MONDAY + 9 * HOUR_MS, 3), MONDAY + 13 * HOUR_MS];
    const weights = exposureWeights(hours, exposures, () => 0.1, MONDAY + 20 * DAY_MS);
    const first = 0.1 / (0.1 + 0.15 - 0.015);
    const second = first + (1 - first) * 0.1;
    expect([...weights]).toEqual([
      [MONDAY + 9 * HOUR_MS, expect.closeTo(first, 12)],
      [MONDAY + 10 * HOUR_MS, expect.closeTo(second, 12)],
      [MONDAY + 11 * HOUR_MS, expect.closeTo(second + (1 - second) * 0.1, 12)],
    ]);
  });

  it('begin with the next one where nothing but the opening happened in its own', () => {
    const opened = [{ sentAtMs: MONDAY, openedAtMs: MONDAY + 50 * 60_000 }];
    const weights = exposureWeights([MONDAY + HOUR_MS], opened, () => 0.1, MONDAY + DAY_MS);
    expect(weights.get(MONDAY + HOUR_MS)).toBeLessThan(0.5);
  });

  it('of somebody who is active every night anyway count nearly in full, whatever everyone else does', () => {
    const nights = Array.from({ length: 120 }, (_, i) => NOW - (NOW % DAY_MS) + 21 * HOUR_MS - (i + 1) * DAY_MS);
    const deliveries = nights.slice(0, 10).map((ms) => ({ sentAtMs: ms, openedAtMs: ms + 60_000 }));
    const office = poolActiveHours(PEOPLE.filter((_, i) => i % 2 === 0).map(({ hours }) => hours));
    const given = { timing: null, organisation: office, activeHoursMs: nights };
    const all = believe(inputs(given)).ownHours;
    const told = believe(inputs({ ...given, deliveries })).ownHours;
    // Of ten nights; the chance about nine at night is one in two, and they open six of ten messages.
    expect(all - told).toBeLessThan(5);
    expect(all - told).toBeGreaterThan(1);
  });
});

describe('a model of people who are mailed at nine', () => {
  // Everyone learns at eight in the evening now and then, and opens at nine what is mailed to them every working day.
  const people = Array.from({ length: 60 }, (_, i) => {
    const mailed = Array.from(
      { length: 60 },
      (_, n) => MONDAY + ((n % 5) - 7 * Math.floor(n / 5)) * DAY_MS + 9 * HOUR_MS,
    );
    const opened = mailed.filter((_, n) => (n + i) % 3 === 0);
    return {
      zone: 'UTC',
      observedSince: null,
      activeHoursMs: [...opened, ...aroundHour(20, 10, i)],
      deliveries: mailed.map((ms) => ({ sentAtMs: ms, openedAtMs: opened.includes(ms) ? ms + 60_000 : null })),
    };
  });
  const fitOf = (mailed: typeof people) => {
    const hours = atOnce(ownHoursInSteps(mailed, FITTED_AT));
    return fitTiming(
      hours.map((own) => ({ hours: own, department: null, location: 'Bern' })),
      { fittedAt: FITTED_AT },
    );
  };
  const shareAt = (week: ArrayLike<number> | undefined, hour: number) => {
    const cells = Array.from(week ?? []);
    return sum(cells.filter((_, cell) => Math.abs((cell % 24) - hour) <= 1)) / sum(cells);
  };

  it('does not learn nine o’clock from its own messages, neither of everyone nor of groups nor of alike people', () => {
    const fitted = fitOf(people);
    const closedLoop = fitOf(people.map((person) => ({ ...person, deliveries: [] })));
    expect(shareAt(closedLoop?.organisation.hourCounts, 9)).toBeGreaterThan(0.6);
    for (const week of [fitted?.organisation.hourCounts, fitted?.groups[0]?.hourCounts, fitted?.mixture.shapes[0]]) {
      expect(shareAt(week, 9)).toBeLessThan(0.2);
      expect(shareAt(week, 20)).toBeGreaterThan(0.6);
    }
  });
});

describe('exposureWeights of a campaign', () => {
  it('are the same before it and a minute after it: who has not opened yet has not ignored it', () => {
    const hours = [MONDAY + HOUR_MS];
    const before = [{ sentAtMs: MONDAY, openedAtMs: MONDAY + HOUR_MS }];
    const nowMs = MONDAY + 20 * DAY_MS;
    const campaign = Array.from({ length: 40 }, () => ({ sentAtMs: nowMs - 60_000, openedAtMs: null }));
    const weights = exposureWeights(hours, before, () => 0.5, nowMs);
    expect(exposureWeights(hours, [...before, ...campaign], () => 0.5, nowMs)).toEqual(weights);
    const ignored = exposureWeights(hours, [...before, ...campaign], () => 0.5, nowMs + 3 * DAY_MS);
    expect(ignored.get(MONDAY + HOUR_MS)).toBeGreaterThan(weights.get(MONDAY + HOUR_MS) ?? 1);
  });
});

describe('fitShrinkage', () => {
  it('trusts own hours where they come true, and the prior where they do not', () => {
    const spike = (cell: number) => Float64Array.from({ length: 168 }, (_, c) => (c === cell ? 0.9 : 0.1 / 167));
    const cases = (future: number): HeldOutCase[] =>
      Array.from({ length: 60 }, () => ({
        hours: 5,
        ownWeek: spike(10),
        priorWeek: spike(50),
        future: [future, 10],
        stratum: 5,
      }));
    const otherwise = { pseudoHours: 20, headStartHours: 3 };
    expect(fitShrinkage(cases(10), otherwise).pseudoHours).toBeLessThan(1.1);
    // Half and half: the person's five hours and head start are worth as much as the prior.
    const { pseudoHours, headStartHours } = fitShrinkage(cases(50), otherwise);
    expect((5 + headStartHours) / pseudoHours).toBeCloseTo(1, 0);
    expect(fitShrinkage(cases(10).slice(0, 5), otherwise)).toBe(otherwise);
  });
});

describe('scoreWeek', () => {
  it('is right by hand, and shares the last places out among equals', () => {
    const even = new Float64Array(168).fill(1 / 168);
    const score = scoreWeek(even, [3, 100], WEEK_GRID);
    expect(score.bits).toBeCloseTo(Math.log2(168), 12);
    expect(score.inBestOfDay).toBeCloseTo(2 / 24, 12);
    expect(score.inBestOfWeek).toBeCloseTo(10 / 168, 12);
    const peaked = Float64Array.from({ length: 24 }, (_, h) => (h === 8 ? 0.5 : 0.5 / 23));
    expect(scoreWeek(peaked, [24 + 8, 7], DAY_GRID)).toEqual({
      bits: expect.closeTo((1 + Math.log2(46)) / 2, 12),
      inBestOfDay: expect.closeTo((1 + 2 / 23) / 2, 12),
      inBestOfWeek: null,
    });
  });
});
