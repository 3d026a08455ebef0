import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  driftEstimate,
  driftForecast,
  fitDrift,
  probabilityAtLeast,
  studentInterval,
} from '../../src/stats/driftForecast.js';
import { createRandom } from '../../src/stats/random.js';
import { studentCdf, studentQuantile } from '../../src/stats/student.js';

const weeks = (n: number) => Array.from({ length: n }, (_, i) => i);

/** An even number of steps that have this mean and this standard deviation with one less than their number below. */
function seriesOf(stepMean: number, stepDeviation: number, steps: number): number[] {
  const off = stepDeviation * Math.sqrt((steps - 1) / steps);
  const values = [0];
  for (let i = 0; i < steps; i++) values.push((values[i] as number) + stepMean + (i % 2 === 0 ? off : -off));
  return values;
}

function fitted(times: readonly number[], values: readonly number[]) {
  const fit = fitDrift(times, values);
  if (fit === null) throw new Error('The series is too short');
  return fit;
}

describe('a random walk with drift', () => {
  it('has the drift, errors and t of a published fit', () => {
    // Nau, Decision 411 (Duke University, 2007), "Analysis summary report for Series #2, random walk model with drift": 80
    // steps, mean .259231, white noise deviation .941636; standard error of the mean .105278, t 2.46234.
    const fit = fitted(weeks(81), seriesOf(0.259231, 0.941636, 80));
    expect(fit.drift).toBeCloseTo(0.259231, 10);
    expect(fit.sigma).toBeCloseTo(0.941636, 10);
    expect(fit.driftError).toBeCloseTo(0.105278, 6);
    expect(fit.drift / fit.driftError).toBeCloseTo(2.46234, 4);
  });

  it('goes on from the last value, by the mean step', () => {
    // Steps 1, 3, 2: drift 2, residuals −1, 1, 0, σ² = 2 / 2 = 1.
    const fit = fitted([0, 1, 2, 3], [10, 11, 14, 16]);
    expect(fit).toMatchObject({ drift: 2, sigma: 1, degreesOfFreedom: 2, lastValue: 16, span: 3 });
    const { mean, standardError } = driftForecast(fit, 6);
    expect(mean).toBe(22);
    expect(standardError).toBeCloseTo(Math.sqrt(3 * 2), 12);
    const interval = studentInterval({ mean, standardError, degreesOfFreedom: 2 }, 0.95);
    expect(interval.high).toBeCloseTo(22 + 4.302653 * Math.sqrt(6), 4);
    expect(interval.low).toBeCloseTo(22 - 4.302653 * Math.sqrt(6), 4);
    expect(probabilityAtLeast({ mean, standardError, degreesOfFreedom: 2 }, 22)).toBeCloseTo(0.5, 12);
  });

  it('is not sure of rounded values, also where none of them moves', () => {
    const fit = fitDrift([0, 1, 2, 3], [0.5, 0.5, 0.5, 0.5], 0.3);
    if (fit === null) throw new Error('The series is too short');
    // Either end is known to .3, whose variance is .09 / 12 = .0075; the drift is of their difference over three weeks.
    expect(fit).toMatchObject({ drift: 0, sigma: 0 });
    expect(fit.driftError).toBeCloseTo(Math.sqrt(2 * 0.0075) / 3, 12);
    // Six weeks on: three times the last less twice the first.
    expect(driftForecast(fit, 9).standardError).toBeCloseTo(Math.sqrt(0.0075 * (9 + 4)), 12);
    expect(() => fitDrift([0, 1, 2], [1, 2, 3], -1)).toThrow(RangeError);
  });

  it('reads a series with gaps as one walk', () => {
    // The steps of 2 and 1 weeks: drift 4 / 4 = 1; residuals 1 over 2 weeks, 0, −1 over 1: σ² = (1/2 + 0 + 1) / 2.
    const fit = fitted([0, 2, 3, 4], [0, 3, 4, 4]);
    expect(fit.drift).toBe(1);
    expect(fit.sigma ** 2).toBeCloseTo(0.75, 12);
  });

  it('says nothing of two observations, and is sure where no step leaves the line', () => {
    expect(fitDrift([0, 1], [1, 2])).toBeNull();
    const straight = driftForecast(fitted(weeks(5), [0, 1, 2, 3, 4]), 9);
    expect(studentInterval(straight, 0.95)).toEqual({ estimate: 9, low: 9, high: 9 });
    expect([probabilityAtLeast(straight, 9), probabilityAtLeast(straight, 9.1)]).toEqual([1, 0]);
  });

  it('refuses what is no series', () => {
    expect(() => fitDrift([0, 1], [1])).toThrow(RangeError);
    expect(() => fitDrift([0, 0, 1], [1, 2, 3])).toThrow('ascend');
    expect(() => fitDrift([0, 1, 2], [1, Number.NaN, 3])).toThrow('finite');
    expect(() => driftForecast(fitted([0, 1, 2], [1, 2, 2]), 2)).toThrow('after');
    expect(() => studentInterval(driftEstimate(fitted([0, 1, 2], [1, 2, 2])), 1)).toThrow('level');
  });

  it('does not depend on the unit of time or of values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 4, maxLength: 20 }),
        fc.double({ min: 0.1, max: 50, noNaN: true }),
        fc.double({ min: 0.1, max: 50, noNaN: true }),
        (values, perWeek, scale) => {
          const plain = studentInterval(driftForecast(fitted(weeks(values.length), values), values.length + 4), 0.8);
          const other = studentInterval(
            driftForecast(
              fitted(
                values.map((_, i) => i * perWeek),
                values.map((value) => value * scale),
              ),
              (values.length + 4) * perWeek,
            ),
            0.8,
          );
          expect(other.low).toBeCloseTo(plain.low * scale, 4);
          expect(other.high).toBeCloseTo(plain.high * scale, 4);
        },
      ),
    );
  });

  it('holds what comes as often as it says, from a dozen steps on', () => {
    const random = createRandom(7);
    const runs = 4_000;
    const held = { 0.8: 0, 0.95: 0 };
    let reached = 0;
    let promised = 0;
    for (let run = 0; run < runs; run++) {
      const values = [0];
      for (let i = 0; i < 30; i++) values.push((values[i] as number) + 0.3 + random.normal());
      const forecast = driftForecast(fitted(weeks(13), values.slice(0, 13)), 30);
      const outcome = values[30] as number;
      for (const level of [0.8, 0.95] as const) {
        const { low, high } = studentInterval(forecast, level);
        if (low <= outcome && outcome <= high) held[level] += 1;
      }
      promised += probabilityAtLeast(forecast, 9);
      if (outcome >= 9) reached += 1;
    }
    // Two standard errors of the simulation are 0.013 and 0.007.
    expect(Math.abs(held[0.8] / runs - 0.8)).toBeLessThan(0.016);
    expect(Math.abs(held[0.95] / runs - 0.95)).toBeLessThan(0.009);
    expect(Math.abs(reached - promised) / runs).toBeLessThan(0.02);
  });
});

describe('Student’s t', () => {
  it('has the quantiles of the tables', () => {
    // Abramowitz & Stegun, table 26.10.
    for (const [p, degrees, t] of [
      [0.975, 1, 12.706],
      [0.9, 10, 1.372],
      [0.975, 10, 2.228],
      [0.995, 30, 2.75],
      [0.9, 120, 1.289],
    ] as const) {
      expect(studentQuantile(p, degrees)).toBeCloseTo(t, 2);
      expect(studentQuantile(1 - p, degrees)).toBeCloseTo(-t, 2);
      expect(studentCdf(studentQuantile(p, degrees), degrees)).toBeCloseTo(p, 9);
    }
    expect(studentQuantile(0.5, 3)).toBe(0);
  });
});
