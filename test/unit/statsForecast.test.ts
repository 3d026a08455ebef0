import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { driftForecast, FORECAST_LEAST_VALUES, trendForecast } from '../../src/stats/forecast.js';
import { returnOnInvestment } from '../../src/stats/returnOnInvestment.js';
import { studentReach } from '../../src/stats/student.js';

const evenly = (values: readonly number[]) => ({ times: values.map((_, i) => i + 1), values });
const wandering = fc
  .array(fc.integer({ min: -50, max: 50 }), { minLength: 4, maxLength: 24 })
  .filter((values) => new Set(values.slice(1).map((value, i) => value - (values[i] ?? 0))).size > 1);

describe('the forecast of a random walk with drift', () => {
  it('is by hand what Forecasting: principles and practice prints in table 5.2', () => {
    // Steps 3, 1, 2, 2: drift 2, σ² = (1 + 1 + 0 + 0)/3; three ahead: σ² · 3 (1 + 3/4).
    const found = driftForecast(evenly([10, 13, 14, 16, 18]), 8);
    expect(found?.estimate).toBe(24);
    expect(found?.standardError).toBeCloseTo(Math.sqrt((2 / 3) * 3 * (1 + 3 / 4)), 12);
    expect(found?.degreesOfFreedom).toBe(3);
    expect(found?.high).toBeCloseTo(24 + 3.1824463 * Math.sqrt(3.5), 5);
  });

  it('is the plain formula for even steps, whatever the unit of time', () => {
    fc.assert(
      fc.property(
        wandering,
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom(1, 0.25, 86_400_000),
        (values, h, unit) => {
          const steps = values.slice(1).map((value, i) => value - (values[i] ?? 0));
          const last = values.at(-1) ?? 0;
          const drift = (last - (values[0] ?? 0)) / steps.length;
          const sigma2 = steps.reduce((sum, step) => sum + (step - drift) ** 2, 0) / (steps.length - 1);
          const series = { times: values.map((_, i) => (i + 3) * unit), values };
          const found = driftForecast(series, (values.length + 2 + h) * unit, 0.8);
          expect(found?.estimate).toBeCloseTo(last + h * drift, 8);
          expect(found?.standardError).toBeCloseTo(Math.sqrt(sigma2 * h * (1 + h / steps.length)), 8);
          const reach = studentReach(0.8, steps.length - 1) * (found?.standardError ?? 0);
          expect(found?.low).toBeCloseTo(last + h * drift - reach, 7);
        },
      ),
    );
  });

  it('puts even chances on its middle, the tails on its ends, and falls with the target', () => {
    fc.assert(
      fc.property(wandering, fc.constantFrom(0.8, 0.95), (values, level) => {
        const found = driftForecast(evenly(values), values.length + 2, level);
        if (found === null) throw new Error('The steps differ.');
        expect(found.probabilityAtLeast(found.estimate)).toBeCloseTo(0.5, 12);
        expect(found.probabilityAtLeast(found.low)).toBeCloseTo((1 + level) / 2, 9);
        expect(found.probabilityAtLeast(found.high)).toBeCloseTo((1 - level) / 2, 9);
        expect(found.probabilityAtLeast(found.high + 1)).toBeLessThan((1 - level) / 2);
        const later = driftForecast(evenly(values), values.length + 3, level);
        expect(later?.standardError).toBeGreaterThan(found.standardError);
      }),
    );
  });

  it('is not given from few values, nor from steps that are all alike', () => {
    const values = [1, 2, 4, 5, 9].slice(0, FORECAST_LEAST_VALUES);
    expect(driftForecast(evenly(values), 8)).not.toBeNull();
    expect(driftForecast(evenly(values.slice(1)), 8)).toBeNull();
    expect(driftForecast(evenly([0.1, 0.2, 0.3, 0.4, 0.5]), 9)).toBeNull();
    expect(driftForecast({ times: [], values: [] }, 1)).toBeNull();
  });

  it('refuses times that do not ascend, and a past that is to be forecast', () => {
    expect(() => driftForecast({ times: [1, 1, 2, 3], values: [1, 2, 3, 4] }, 5)).toThrow(RangeError);
    expect(() => driftForecast(evenly([1, 2, 4, 9]), 4)).toThrow(RangeError);
    expect(() => driftForecast({ times: [1], values: [] }, 4)).toThrow(RangeError);
    expect(() => driftForecast(evenly([1, Number.NaN, 4, 9]), 7)).toThrow(RangeError);
    expect(() => driftForecast(evenly([1, 2, 4, 9]), 7)?.probabilityAtLeast(Number.NaN)).toThrow(RangeError);
  });
});

describe('the forecast of a straight line', () => {
  // R’s data set `cars` (Ezekiel 1930): stopping distance in feet by speed in miles per hour.
  const speed = [
    4, 4, 7, 7, 8, 9, 10, 10, 10, 11, 11, 12, 12, 12, 12, 13, 13, 13, 13, 14, 14, 14, 14, 15, 15, 15, 16, 16, 17, 17,
    17, 18, 18, 18, 18, 19, 19, 19, 20, 20, 20, 20, 20, 22, 23, 24, 24, 24, 24, 25,
  ];
  const distance = [
    2, 10, 4, 22, 16, 10, 18, 26, 34, 17, 28, 14, 20, 24, 28, 26, 34, 34, 46, 26, 36, 60, 80, 20, 26, 54, 32, 40, 32,
    40, 50, 42, 56, 76, 84, 36, 46, 68, 32, 48, 52, 56, 64, 66, 54, 70, 92, 93, 120, 85,
  ];
  const cars = { times: speed, values: distance };

  it('has the line of R’s lm(dist ~ speed, cars): −17.5791 + 3.9324 speed, 48 degrees of freedom', () => {
    const [at0, at1] = [trendForecast(cars, 0), trendForecast(cars, 1)];
    expect(at0?.estimate).toBeCloseTo(-17.5791, 4);
    expect((at1?.estimate ?? 0) - (at0?.estimate ?? 0)).toBeCloseTo(3.9324, 4);
    expect(at0?.degreesOfFreedom).toBe(48);
    // Residual standard error: 15.38; at the mean speed of 15.4 a new value has √(1 + 1/50) times as much.
    expect((trendForecast(cars, 15.4)?.standardError ?? 0) / Math.sqrt(1.02)).toBeCloseTo(15.38, 2);
  });

  it('has the prediction interval of R: predict(lm(dist ~ speed, cars), data.frame(speed = 12), interval = "prediction")', () => {
    // fit 29.60981, lwr -1.749529, upr 60.96915
    const found = trendForecast(cars, 12);
    expect(found?.estimate).toBeCloseTo(29.60981, 5);
    expect(found?.low).toBeCloseTo(-1.749529, 5);
    expect(found?.high).toBeCloseTo(60.96915, 5);
  });

  it('is not given where all values are on the line, or at one time', () => {
    expect(trendForecast(evenly([1, 2, 3, 4, 5]), 9)).toBeNull();
    expect(trendForecast({ times: [1, 1, 1, 1], values: [1, 2, 3, 4] }, 9)).toBeNull();
    expect(trendForecast(evenly([1, 2, 4]), 9)).toBeNull();
    expect(() => trendForecast({ times: [2, 1, 3, 4], values: [1, 2, 3, 4] }, 9)).toThrow(RangeError);
  });
});

describe('the return on an investment', () => {
  it('is Phillips’s: benefits of 581,000 at a cost of 229,000 are a return of 154 %', () => {
    const found = returnOnInvestment({
      effect: { estimate: 5.81, low: 2, high: 9 },
      units: 100,
      valuePerEffect: 1000,
      cost: 229_000,
    });
    expect(found?.estimate).toBeCloseTo(1.54, 2);
    expect([found?.low, found?.high]).toEqual([
      expect.closeTo((200_000 - 229_000) / 229_000, 12),
      expect.closeTo((900_000 - 229_000) / 229_000, 12),
    ]);
  });

  it('keeps its ends in order where less is better, and is none without a cost', () => {
    const investment = { effect: { estimate: -2, low: -3, high: 1 }, units: 10, valuePerEffect: -5, cost: 50 };
    expect(returnOnInvestment(investment)).toEqual({ estimate: 1, low: -2, high: 2 });
    expect(returnOnInvestment({ ...investment, cost: 0 })).toBeNull();
    expect(returnOnInvestment({ ...investment, cost: -3 })).toBeNull();
    expect(() => returnOnInvestment({ ...investment, units: 0 })).toThrow(RangeError);
    expect(() => returnOnInvestment({ ...investment, cost: Number.NaN })).toThrow(RangeError);
  });
});
