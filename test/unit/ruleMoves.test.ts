import { describe, expect, test } from 'vitest';
import { movesWithRules } from '../../src/recommendations/rulePreview/ruleMoves.js';

const place = (courseId: string, ...ruleIds: readonly string[]) => ({ courseId, ruleIds });
const nothing = () => [];

describe('moves with the rules behind them', () => {
  test('a course is moved by its own rules, and others make room', () => {
    const moves = movesWithRules([place('a'), place('b'), place('c')], [place('c', 'pin'), place('a'), place('b')], 3, {
      changedRuleIds: new Set(['pin']),
      barredAfter: nothing,
      barredBefore: nothing,
    });
    expect(moves).toEqual([
      { courseId: 'c', rankBefore: 3, rankAfter: 1, ruleIds: ['pin'] },
      { courseId: 'a', rankBefore: 1, rankAfter: 2, ruleIds: [] },
      { courseId: 'b', rankBefore: 2, rankAfter: 3, ruleIds: [] },
    ]);
  });

  test('rules that are the same on both sides move nothing, rules that go move back', () => {
    const moves = movesWithRules([place('a', 'kept', 'gone'), place('b')], [place('b'), place('a', 'kept')], 2, {
      changedRuleIds: new Set(['gone']),
      barredAfter: nothing,
      barredBefore: nothing,
    });
    expect(moves.map(({ courseId, ruleIds }) => [courseId, ruleIds])).toEqual([
      ['b', []],
      ['a', ['gone']],
    ]);
  });

  test('a course that drops out names what bars it, one that comes in what barred it', () => {
    const moves = movesWithRules([place('a'), place('b')], [place('b'), place('c')], 2, {
      changedRuleIds: new Set(['out', 'lifted']),
      barredAfter: (id) => (id === 'a' ? ['out'] : []),
      barredBefore: (id) => (id === 'c' ? ['lifted', 'another'] : []),
    });
    expect(moves.map(({ courseId, ruleIds }) => [courseId, ruleIds])).toEqual([
      ['b', []],
      ['c', ['lifted']],
      ['a', ['out']],
    ]);
  });
});
