import { describe, expect, test } from 'vitest';
import { withError } from '../../src/stats/interval.js';
import { proportionDifference, wilsonInterval } from '../../src/stats/proportions.js';

describe('an interval of a figure with an error on top', () => {
  test('reaches as far as the root of both squares', () => {
    expect(withError({ estimate: 10, low: 7, high: 22 }, 1, 4)).toEqual({
      ...{ estimate: 11, low: 6, high: 11 + Math.hypot(12, 4) },
    });
    const interval = { estimate: 0.3, low: 0.2, high: 0.5, level: 0.95 };
    expect(withError(interval, 0, 0)).toEqual(interval);
  });

  test('is put together as that of the difference of two proportions is', () => {
    // 56/70 less 48/80: Newcombe (1998, table II, method 10) gives .0524 to .3339.
    const [first, second] = [
      { successes: 56, trials: 70 },
      { successes: 48, trials: 80 },
    ];
    const [own, other] = [wilsonInterval(first), wilsonInterval(second)];
    if (own === null || other === null) throw new Error('Both are of several trials');
    const upper = withError(own, -other.estimate, other.estimate - other.low).high;
    const lower = withError(own, -other.estimate, other.high - other.estimate).low;
    expect([lower, upper]).toEqual([expect.closeTo(0.0524, 4), expect.closeTo(0.3339, 4)]);
    expect(proportionDifference(first, second)).toMatchObject({ low: expect.closeTo(lower, 10) });
  });
});
