import { describe, expect, test } from 'vitest';
import { AliasTable } from '../../src/demo/aliasTable.js';
import { SeededRandom } from '../../src/demo/seededRandom.js';
import { slug } from '../../src/demo/slug.js';
import { WeekTable, weekOf, weekStart } from '../../src/demo/weekTable.js';
import { DAY_MS, HOUR_MS, ZoneClock } from '../../src/demo/zoneClock.js';

const DRAWS = 200_000;

describe('SeededRandom', () => {
  test('gives the same numbers for the same seed, stream and index, and others otherwise', () => {
    const first = (seed: number, stream: string, index: number): number => new SeededRandom(seed, stream, index).unit();
    expect(first(1, 'a', 0)).toBe(first(1, 'a', 0));
    const others = [first(1, 'a', 0), first(2, 'a', 0), first(1, 'b', 0), first(1, 'a', 1), first(0, 'a', 0)];
    expect(new Set(others).size).toBe(others.length);
  });

  test('is uniform within one stream and across the first numbers of neighbouring ones', () => {
    const one = new SeededRandom(5, 'uniform');
    const draws = {
      within: Array.from({ length: DRAWS }, () => one.unit()),
      across: Array.from({ length: DRAWS }, (_, index) => new SeededRandom(5, 'uniform', index).unit()),
    };
    for (const numbers of Object.values(draws)) {
      const counts = new Array<number>(20).fill(0);
      for (const number of numbers) counts[Math.floor(20 * number)] = (counts[Math.floor(20 * number)] ?? 0) + 1;
      // Five standard deviations of a binomial count.
      for (const count of counts) expect(Math.abs(count - DRAWS / 20)).toBeLessThan(5 * Math.sqrt(DRAWS / 20));
    }
  });

  test('draws normal and Poisson numbers with the right mean and spread', () => {
    const random = new SeededRandom(3, 'moments');
    const moments = (draw: () => number): [number, number] => {
      const numbers = Array.from({ length: DRAWS }, draw);
      const mean = numbers.reduce((sum, x) => sum + x, 0) / DRAWS;
      return [mean, numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / DRAWS];
    };
    const [normalMean, normalVariance] = moments(() => random.normal());
    expect(normalMean).toBeCloseTo(0, 1);
    expect(normalVariance).toBeCloseTo(1, 1);
    const [poissonMean, poissonVariance] = moments(() => random.poisson(2.5));
    expect(poissonMean).toBeCloseTo(2.5, 1);
    expect(poissonVariance).toBeCloseTo(2.5, 1);
  });

  test('shuffles without losing anything or touching the original', () => {
    const items = [1, 2, 3, 4, 5, 6, 7, 8];
    const shuffled = new SeededRandom(1, 'shuffle').shuffled(items);
    expect(items).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
  });
});

describe('AliasTable', () => {
  test('draws in proportion to the weights, and never what has none', () => {
    const weights = [0, 1, 2, 7, 0, 10];
    const table = new AliasTable(weights);
    const random = new SeededRandom(1, 'alias');
    const counts = weights.map(() => 0);
    for (let i = 0; i < DRAWS; i++) {
      const drawn = table.draw(random);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    expect(counts[0]).toBe(0);
    expect(counts[4]).toBe(0);
    counts.forEach((count, i) => {
      expect(count / DRAWS).toBeCloseTo((weights[i] ?? 0) / 20, 2);
      expect(table.probabilities[i]).toBeCloseTo((weights[i] ?? 0) / 20, 6);
    });
  });

  test('refuses weights that leave nothing to draw', () => {
    expect(() => new AliasTable([0, 0])).toThrow(RangeError);
    expect(() => new AliasTable([])).toThrow(RangeError);
  });
});

describe('WeekTable', () => {
  test('draws only hours that have a weight, the first and the last among them', () => {
    const shape = new Array<number>(168).fill(0);
    shape[0] = 1;
    shape[100] = 2;
    shape[167] = 1;
    const table = new WeekTable(shape);
    const random = new SeededRandom(1, 'week');
    const drawn = Array.from({ length: 4000 }, () => table.draw(random));
    expect(new Set(drawn)).toEqual(new Set([0, 100, 167]));
    expect(drawn.filter((hour) => hour === 100).length / 4000).toBeCloseTo(0.5, 1);
  });

  test('counts weeks from Monday midnight on the local clock', () => {
    const clock = new ZoneClock('America/New_York', Date.UTC(2026, 0, 1), Date.UTC(2026, 11, 31));
    // Monday 2026-03-16 00:00 in New York is 04:00 UTC.
    const monday = Date.UTC(2026, 2, 16, 4);
    expect(weekOf(clock, monday)).toBe(weekOf(clock, monday - 1) + 1);
    expect(clock.toInstant(weekStart(weekOf(clock, monday)))).toBe(monday);
  });
});

describe('ZoneClock', () => {
  const berlin = new ZoneClock('Europe/Berlin', Date.UTC(2025, 0, 1), Date.UTC(2026, 11, 31));
  const springForward = Date.UTC(2026, 2, 29, 1);
  const fallBack = Date.UTC(2025, 9, 26, 1);

  test('finds the moments at which the clocks change', () => {
    expect(berlin.toLocal(springForward - 1) - (springForward - 1)).toBe(HOUR_MS);
    expect(berlin.toLocal(springForward) - springForward).toBe(2 * HOUR_MS);
    expect(berlin.toLocal(fallBack - 1) - (fallBack - 1)).toBe(2 * HOUR_MS);
    expect(berlin.toLocal(fallBack) - fallBack).toBe(HOUR_MS);
  });

  test('moves a time that the clock skips behind the gap, and takes the first of a time shown twice', () => {
    expect(berlin.toInstant(Date.UTC(2026, 2, 29, 2, 30))).toBe(Date.UTC(2026, 2, 29, 1, 30));
    expect(berlin.toInstant(Date.UTC(2025, 9, 26, 2, 30))).toBe(Date.UTC(2025, 9, 26, 0, 30));
  });

  test.each(['Europe/Berlin', 'Asia/Kolkata', 'America/New_York', 'Australia/Sydney', 'Africa/Cairo', 'Asia/Riyadh'])(
    'agrees with Intl in %s and goes back to where it came from',
    (zone) => {
      const from = Date.UTC(2025, 0, 1);
      const clock = new ZoneClock(zone, from, from + 500 * DAY_MS);
      const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
      for (let instant = from; instant < from + 500 * DAY_MS; instant += 7.3 * DAY_MS) {
        const local = clock.toLocal(instant);
        expect(new Date(local).toISOString().slice(0, 19).replace('T', ' ')).toBe(format.format(instant));
        expect(clock.toInstant(local)).toBe(instant);
      }
    },
  );
});

test('slugs are plain words in any language', () => {
  expect(slug('Prüfung & Übung: Größe')).toBe('pruefung-and-uebung-groesse');
  expect(slug("  L'essentiel : où en êtes-vous ? ")).toBe('lessentiel-ou-en-etes-vous');
});
