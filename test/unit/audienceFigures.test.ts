import { describe, expect, test } from 'vitest';
import { AudienceFigures, type Figure } from '../../src/learners/fewPeople/audienceFigures.js';
import { audienceOf, type GivenAudience } from '../../src/rules/model/givenRule.js';

const SECRET: Uint8Array = Buffer.alloc(32, 7);
const PEOPLE: Figure = { name: 'people' };
const figuresOf = (audience: GivenAudience, secret = SECRET) => new AudienceFigures(audienceOf(audience), secret);
const secrets = (count: number) => Array.from({ length: count }, (_, i) => Buffer.alloc(32, `secret ${i}`));
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What is told of a count on the average, of an audience described in many ways. */
const averageOf = (audiences: readonly GivenAudience[], exact: number, secret: Uint8Array, figure = PEOPLE) =>
  meanOf(audiences.map((audience) => figuresOf(audience, secret).countOrNull(exact, figure) ?? 0));

const padded = (audience: GivenAudience, paddings = 60): GivenAudience[] =>
  Array.from({ length: paddings }, (_, i) => ({
    ...audience,
    departments: [...(audience.departments ?? []), `None ${i}`],
  }));

/**
 * How often somebody is right who asks for both and takes it that the one person more is among the second where what they are
 * told differs by more than half a person.
 */
function rightGuesses(difference: (isMore: boolean, secret: Uint8Array) => number, trials = 100): number {
  const guesses = secrets(trials).flatMap((secret) => [
    difference(true, secret) > 0.5,
    difference(false, secret) <= 0.5,
  ]);
  return meanOf(guesses.map(Number));
}

describe('figures of an audience', () => {
  test('are told of five people of one group, and means of a hundred who are picked', () => {
    const fewest = [
      {},
      { departments: ['Sales'] },
      { languages: ['de'] },
      // With and without a department of one person they would differ by that one.
      { departments: ['Sales', 'Legal'] },
      { roleIds: ['clerk', 'board'] },
      { departments: ['Sales'], locations: ['Lyon'] },
      { hiredWithinDays: 30 },
      { skillGap: { skillId: 'sql', atLeast: 0.29 } },
    ].map((audience) => figuresOf(audience).fewestForMeans);
    expect(fewest).toEqual([5, 5, 5, 100, 100, 100, 100, 100]);
  });

  test('of everybody are in fixed steps, whatever the secret', () => {
    for (const secret of secrets(3)) {
      const figures = figuresOf({}, secret);
      expect([4, 5, 7, 8, 12].map((count) => figures.countOrNull(count, PEOPLE))).toEqual([null, 5, 5, 10, 10]);
      expect(figures.mean(0.5432, 100, { name: 'metric' })).toBe(0.55);
    }
  });

  test('are none of people who are named, or told apart by the finest of gaps', () => {
    for (const audience of [
      { learnerIds: ['ann', 'ben'] },
      { learnerIds: ['ann'], departments: ['Sales'] },
      { skillGap: { skillId: 'sql', atLeast: 0.2001 } },
    ]) {
      const figures = figuresOf(audience);
      expect([figures.countOrNull(1_000, PEOPLE), figures.fewestForMeans]).toEqual([null, Number.POSITIVE_INFINITY]);
    }
  });

  test('are the same of the same people, in whichever order they are described', () => {
    const one = figuresOf({ departments: ['Sales', 'Legal'], roleIds: ['clerk'] });
    const same = figuresOf({ departments: ['Legal', 'Sales', 'Legal'], roleIds: ['clerk'] });
    for (let count = 0; count < 300; count++) {
      expect(same.countOrNull(count, PEOPLE)).toBe(one.countOrNull(count, PEOPLE));
      expect(same.mean(count / 300, 137, { name: 'metric' })).toBe(one.mean(count / 300, 137, { name: 'metric' }));
    }
  });

  test('keep their noise from week to week, whatever there is to tell', () => {
    const figures = figuresOf({ departments: ['Sales', 'Legal'] });
    const told = Array.from({ length: 1_000 }, (_, i) => figures.mean(i / 1_000, 100, { name: 'metric' }));
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(new Set(told.map((value) => Math.round(value * 20))).size).toBeGreaterThan(10);
    expect(Math.min(...told)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...told)).toBeLessThanOrEqual(1);
  });

  test('are right on the average, multiples of five, and never of fewer than five', () => {
    const told = secrets(2_000).map((secret) => figuresOf({ departments: ['Sales'] }, secret).countOrNull(42, PEOPLE));
    expect(told.every((count) => count !== null && count >= 5 && count % 5 === 0)).toBe(true);
    expect(Math.abs(meanOf(told.map((count) => count ?? 0)) - 42)).toBeLessThan(0.5);
    const means = secrets(2_000).map((secret) =>
      figuresOf({ departments: ['Sales'] }, secret).mean(0.42, 100, { name: 'metric' }),
    );
    expect(Math.abs(meanOf(means) - 0.42)).toBeLessThan(0.01);
    for (const secret of secrets(200)) {
      const figures = figuresOf({ departments: ['Sales'] }, secret);
      expect(figures.countOrNull(4, PEOPLE)).toBeNull();
      expect(figures.countOrNull(6, PEOPLE) ?? 5).toBeGreaterThanOrEqual(5);
    }
  });

  test('do not tell one person more or less, however often they are asked for in other words', () => {
    const right = rightGuesses(
      (isMore, secret) =>
        averageOf(padded({ departments: ['Sales', 'Board'] }, 200), isMore ? 121 : 120, secret) -
        averageOf(padded({ departments: ['Sales'] }, 200), 120, secret),
    );
    expect(right).toBeLessThan(0.7);
  });

  test('do not tell it of means, as of counts', () => {
    const average = (audience: GivenAudience, mean: number, people: number, secret: Uint8Array) =>
      people *
      meanOf(padded(audience).map((one) => figuresOf(one, secret).mean(mean, people, { name: 'COMPLETION_RATE' })));
    const right = rightGuesses(
      (isMore, secret) =>
        average({ departments: ['Sales', 'Board'] }, isMore ? 61 / 120 : 60 / 120, 120, secret) -
        average({ departments: ['Sales'] }, 60 / 120, 120, secret),
      100,
    );
    expect(right).toBeLessThan(0.75);
  });

  test('do not tell it by a department beside everybody', () => {
    const right = rightGuesses(
      (isMore, secret) => 120 - averageOf(padded({ departments: ['Sales'] }), isMore ? 119 : 120, secret),
    );
    expect(right).toBeLessThan(0.7);
  });

  test.each([
    ['days since hiring', (i: number): GivenAudience => ({ hiredWithinDays: 150 + i })],
    ['gaps', (i: number): GivenAudience => ({ skillGap: { skillId: 'sql', atLeast: (50 + i) / 100 } })],
  ])('do not tell it by trying many %s around those of the one person', (_, at) => {
    const range = (from: number, count: number) => Array.from({ length: count }, (__, i) => at(from + i));
    for (const count of [1, 5, 30]) {
      const right = rightGuesses((isMore, secret) => {
        const sides = [range(-count, count), range(0, count)].map((side) =>
          side.flatMap((audience) => padded(audience, Math.ceil(40 / count))),
        );
        return averageOf(sides[1] ?? [], isMore ? 121 : 120, secret) - averageOf(sides[0] ?? [], 120, secret);
      }, 50);
      expect(right).toBeLessThan(0.8);
    }
  });

  test('do not tell it by leaving out one course, or by courses that nobody takes', () => {
    const of = (...parts: string[]): Figure => ({ name: 'ACTIVE_LEARNER_SHARE', parts });
    const bySales = padded({ departments: ['Sales'] });
    const byBoth = padded({ departments: ['Sales', 'Board'] });
    // Sixty did a or b, all of them a, and the one of the board may have done b.
    const right = rightGuesses((isMore, secret) => {
      const [withB, withoutB] = [byBoth, bySales].map((audiences, i) => [
        averageOf(audiences, i === 0 && isMore ? 61 : 60, secret, of('a', 'b')),
        averageOf(audiences, 60, secret, of('a')),
      ]) as [[number, number], [number, number]];
      return withB[0] - withB[1] - (withoutB[0] - withoutB[1]);
    }, 50);
    expect(right).toBeLessThan(0.75);
    const byCourses = rightGuesses((isMore, secret) => {
      const average = (departments: string[], exact: number) =>
        meanOf(
          Array.from({ length: 60 }, (_, i) =>
            figuresOf({ departments }, secret).countOrNull(exact, of('a', `none ${i}`)),
          ).map((count) => count ?? 0),
        );
      return average(['Sales', 'Board'], isMore ? 121 : 120) - average(['Sales'], 120);
    }, 50);
    expect(byCourses).toBeLessThan(0.75);
  });
});
