import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/stats/random.js';
import { fitWeekMixture, foldIntoMixture, type HourSequence } from '../../src/stats/weekMixture.js';

const sum = (values: Iterable<number>) => [...values].reduce((total, v) => total + v, 0);

/** A week with four fifths of its hours between `from` and `until` of every day, and the rest at any time. */
function weekAround(from: number, until: number): number[] {
  const inside = Array.from({ length: 168 }, (_, cell) => (cell % 24 >= from && cell % 24 < until ? 1 : 0));
  return inside.map((hit) => (0.8 * hit) / sum(inside) + 0.2 / 168);
}

/** People who draw their hours from one of the weeks, in the given shares. */
function peopleOf(weeks: readonly number[][], shares: readonly number[], people: number, hours: number) {
  const random = createRandom(5);
  const drawn = (week: readonly number[]) => {
    let left = random.uniform();
    return week.findIndex((share) => {
      left -= share;
      return left < 0;
    });
  };
  return Array.from({ length: people }, () => {
    const week = weeks[drawn(shares)] ?? [];
    return sequence(Array.from({ length: hours }, () => Math.max(0, drawn(week))));
  });
}

const sequence = (cells: readonly number[]): HourSequence => ({ cells, weights: cells.map(() => 1) });
const KERNEL = { sigmaHours: 0.4, sameKindOfDay: 0.9, otherKindOfDay: 0.9 };
// Draws of one week, without repetition: what the archetype is worth is beyond any number of hours.
const REPETITION = { freshHours: 1e6, kernel: KERNEL };
const OPTIONS = {
  archetypes: 3,
  common: new Float64Array(168).fill(1 / 168),
  pseudoHours: 5,
  shapeKernel: KERNEL,
  repetition: REPETITION,
  steps: 40,
};
const PLANTED = [weekAround(6, 9), weekAround(12, 15), weekAround(20, 23)];

describe('a mixture of weeks', () => {
  const people = peopleOf(PLANTED, [0.5, 0.3, 0.2], 600, 15);
  const fit = fitWeekMixture(people, { ...OPTIONS, random: createRandom(1) });
  const mixture = fit?.mixture ?? { weights: [], shapes: [] };

  it('finds the archetypes that were planted, and how common they are', () => {
    const found = PLANTED.map((week) => {
      const distances = mixture.shapes.map((shape) => sum(shape.map((share, cell) => Math.abs(share - week[cell]!))));
      const nearest = distances.indexOf(Math.min(...distances));
      return { distance: distances[nearest] ?? 1, weight: mixture.weights[nearest] ?? 0 };
    });
    for (const { distance } of found) expect(distance).toBeLessThan(0.25);
    expect(found.map(({ weight }) => weight)).toEqual([0.5, 0.3, 0.2].map((share) => expect.closeTo(share, 1)));
  });

  it('never becomes less likely from one step to the next', () => {
    const steps = fit?.logLikelihoods ?? [];
    expect(steps.length).toBeGreaterThan(3);
    for (const [i, step] of steps.slice(1).entries()) expect(step).toBeGreaterThanOrEqual(steps[i]! - 1e-9 * -step);
  });

  it('gives somebody without an hour the mean of the mixture', () => {
    const { responsibilities, week } = foldIntoMixture(mixture, sequence([]), REPETITION);
    expect([...responsibilities]).toEqual(mixture.weights.map((weight) => expect.closeTo(weight, 12)));
    const mean = Array.from({ length: 168 }, (_, cell) =>
      sum(mixture.weights.map((weight, k) => weight * (mixture.shapes[k]?.[cell] ?? 0))),
    );
    expect([...week]).toEqual(mean.map((share) => expect.closeTo(share, 12)));
  });

  it('expects of somebody with a few evenings an evening, on days they were never seen', () => {
    const { week } = foldIntoMixture(mixture, sequence([20, 24 + 21, 48 + 22]), REPETITION);
    expect(sum(week)).toBeCloseTo(1, 12);
    expect(sum(week.slice(4 * 24 + 20, 4 * 24 + 23))).toBeGreaterThan(0.09);
  });

  it('is the same for equal people and an equal seed', () => {
    expect(fitWeekMixture(people, { ...OPTIONS, random: createRandom(1) })).toEqual(fit);
  });

  it('is nothing for nobody, and refuses what is no mixture', () => {
    const random = createRandom(1);
    expect(fitWeekMixture([sequence([])], { ...OPTIONS, random })).toBe(null);
    expect(() => fitWeekMixture(people, { ...OPTIONS, archetypes: 0, random })).toThrow(RangeError);
    expect(() => fitWeekMixture([sequence([168])], { ...OPTIONS, random })).toThrow(RangeError);
  });
});
