import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { givenUpShare } from '../../src/recommendations/ruleEffects/ruleCost.js';

describe('the relevance that a rule gives up', () => {
  test('is what its course has less than the one that would stand there', () => {
    // Pinned first with a score of 1; without it, 4 comes in. From the last, 0: 1 + 5 against 4 + 5.
    const pinned = givenUpShare([1, 5, 4, 0], [{ rank: 1, scoreChange: 0 }], false, 2);
    expect(pinned).toBeCloseTo(3 / 9, 12);
  });

  test('takes a boost off the score first', () => {
    // Raised by 4 to 6: by itself 2. Without the boost, 3 comes in: 2 + 5 against 3 + 5.
    const boosted = givenUpShare([6, 5, 3, 0], [{ rank: 1, scoreChange: 4 }], false, 2);
    expect(boosted).toBeCloseTo(1 / 8, 12);
    // By itself 4, it would stand there anyway.
    expect(givenUpShare([6, 5, 3, 0], [{ rank: 1, scoreChange: 2 }], false, 2)).toBe(0);
  });

  test('of a rule that buries is what the buried course had more', () => {
    // Lowered by 5 to 1: by itself 6, which is 3 more than the weakest of the first.
    const buried = givenUpShare([5, 3, 1, 0], [{ rank: 3, scoreChange: -5 }], true, 2);
    expect(buried).toBeCloseTo(3 / 11, 12);
    expect(givenUpShare([5, 3, 1, 0], [{ rank: 3, scoreChange: -1 }], true, 2)).toBe(0);
  });

  test('is nothing where nothing can be told apart', () => {
    expect(givenUpShare([], [], false, 10)).toBe(0);
    expect(givenUpShare([2, 2, 2], [{ rank: 1, scoreChange: 0 }], false, 1)).toBe(0);
  });

  test('is a share, whatever the scores and wherever they begin', () => {
    const list = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 20 });
    const touches = fc.uniqueArray(
      fc.record({ rank: fc.integer({ min: 1, max: 20 }), scoreChange: fc.integer({ min: -20, max: 20 }) }),
      { selector: ({ rank }) => rank },
    );
    fc.assert(
      fc.property(
        list,
        touches,
        fc.boolean(),
        fc.integer({ min: 1, max: 12 }),
        (scores, touched, isHoldingBack, first) => {
          const share = givenUpShare(scores, touched, isHoldingBack, first);
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
          const moved = scores.map((score) => score + 1000);
          expect(givenUpShare(moved, touched, isHoldingBack, first)).toBeCloseTo(share, 9);
          expect(givenUpShare(scores, [], isHoldingBack, first)).toBe(0);
        },
      ),
    );
  });
});
