import { describe, expect, test } from 'vitest';
import { fitTiming } from '../../src/delivery/fitting/timingFit.js';
import { weeklyRate } from '../../src/delivery/model/weekModel.js';
import { type ActiveHours, activeHours, poolActiveHours } from '../../src/learners/activeHours.js';
import { DAY_MS, HOUR_MS } from '../../src/platform/zonedTime.js';
import { createRandom, type Random } from '../../src/stats/random.js';

const NOW = Date.parse('2026-11-22T15:00Z');
const WEEK_MS = 7 * DAY_MS;

/** When somebody of a weekly rate was active from a moment on, without memory. */
function activityFrom(fromMs: number, rate: number, random: Random): number[] {
  const hours: number[] = [];
  if (rate === 0) return hours;
  for (let ms = fromMs; ; ) {
    ms -= (Math.log(1 - random.uniform()) * WEEK_MS) / rate;
    if (ms >= NOW) return hours;
    hours.push(Math.floor(ms / HOUR_MS) * HOUR_MS);
  }
}

interface Simulated {
  readonly rate: number;
  readonly hours: ActiveHours;
}

/** People whose rates differ as widely as their mean, one in five of whom is never active. */
function simulate(sinceOf: (enteredMs: number, hourStartsMs: readonly number[], random: Random) => number | null) {
  const random = createRandom(7);
  return Array.from({ length: 20_000 }, (): Simulated => {
    const rate = random.below(5) === 0 ? 0 : -Math.log(1 - random.uniform()) * 0.1;
    const enteredMs = NOW - random.uniform() * 365 * DAY_MS;
    const hourStartsMs = activityFrom(enteredMs, rate, random);
    const observedSinceMs = sinceOf(enteredMs, hourStartsMs, random);
    return { rate, hours: activeHours({ hourStartsMs, zone: 'UTC', nowMs: NOW, observedSinceMs }) };
  });
}

/** What the rate comes to against the true rates of those it was observed of, each for the time they were. */
function againstTruth(people: readonly Simulated[]): number {
  const weeks = people.reduce((sum, { hours }) => sum + hours.exposureWeeks, 0);
  const truth = people.reduce((sum, { rate, hours }) => sum + rate * hours.exposureWeeks, 0) / weeks;
  return (poolActiveHours(people.map(({ hours }) => hours)).weeklyRate ?? 0) / truth;
}

describe('the weekly rate of an organisation', () => {
  test('is right where people are known from when they came, and counts those who never did anything', () => {
    const people = simulate((enteredMs) => enteredMs);
    expect(againstTruth(people)).toBeCloseTo(1, 1.5);
    // Four in five have a mean of 0.1 hours a week.
    expect(poolActiveHours(people.map(({ hours }) => hours)).weeklyRate).toBeCloseTo(0.08, 2);
  });

  test('is right where people become known by what they do, since what began the time does not count', () => {
    expect(againstTruth(simulate((_, [first]) => (first === undefined ? null : first + DAY_MS)))).toBeCloseTo(1, 1.5);
    expect(againstTruth(simulate(() => null))).toBeCloseTo(1, 1.5);
  });

  test('is right where what they did was brought along, up to half a year of it', () => {
    const later = simulate((enteredMs, _, random) => Math.min(NOW, enteredMs + random.uniform() * 180 * DAY_MS));
    expect(againstTruth(later)).toBeCloseTo(1, 1.5);
  });
});

describe('the weekly rate of a person', () => {
  test('is on average that of people who are expected to have it', () => {
    // By the prior that it rests on: an exponential distribution around the mean rate.
    const random = createRandom(3);
    const people = Array.from({ length: 20_000 }, () => {
      const rate = -Math.log(1 - random.uniform()) * 0.1;
      const sinceMs = NOW - random.uniform() * 365 * DAY_MS;
      const hourStartsMs = activityFrom(sinceMs, rate, random);
      const own = activeHours({ hourStartsMs, zone: 'UTC', nowMs: NOW, observedSinceMs: sinceMs });
      const { shape, weeks } = weeklyRate(own, 0.1);
      return { rate, told: shape / weeks, isActive: hourStartsMs.length > 0 };
    });
    for (const isActive of [true, false]) {
      const some = people.filter((person) => person.isActive === isActive);
      const mean = (of: (person: (typeof some)[number]) => number) =>
        some.reduce((sum, p) => sum + of(p), 0) / some.length;
      expect(mean(({ told }) => told) / mean(({ rate }) => rate)).toBeCloseTo(1, 1);
    }
  });
});

test('the weekly rate of a group counts those of it who are never active', () => {
  const seen = { zone: 'UTC', nowMs: NOW, observedSinceMs: NOW - 50 * WEEK_MS };
  const inSales = (hourStartsMs: readonly number[]) => ({
    hours: activeHours({ ...seen, hourStartsMs }),
    department: 'Sales',
    location: null,
  });
  const active = Array.from({ length: 10 }, (_, i) => inSales([NOW - (i + 5) * DAY_MS, NOW - (i + 90) * DAY_MS]));
  const idle = Array.from({ length: 10 }, () => inSales([]));
  const rateOf = (people: typeof active) => fitTiming(people, { fittedAt: new Date(NOW) })?.groups[0];
  expect(rateOf([...active, ...idle])?.people).toBe(10);
  expect(rateOf([...active, ...idle])?.weeklyRate).toBeCloseTo((rateOf(active)?.weeklyRate ?? 0) / 2, 4);
});
