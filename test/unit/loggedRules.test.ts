import { expect, test } from 'vitest';
import { loggedChanges } from '../../src/rules/lifecycle/ruleWords.js';
import { aRule } from '../support/ruleBuilders.js';

const NAMES = { course: () => null, skill: () => null, role: () => null };
const DIFF = { added: [], changed: [], removed: [], holdoutPercent: null };

test('what is published is logged in the words of the rules, but for those that name people', () => {
  const [plain, old] = [aRule('plain', { kind: 'EXCLUDE' }), aRule('old', { kind: 'REQUIRE_ONLY' })];
  const named = aRule('named', { kind: 'EXCLUDE' }, { audience: { learnerIds: ['ann'] } });
  const changed = [{ before: named, after: plain, fields: ['audience.learnerIds'] }];
  expect(loggedChanges({ ...DIFF, added: [named], changed, removed: [old] }, NAMES)).toEqual([
    { ruleId: 'named', action: 'ADDED' },
    { ruleId: 'plain', action: 'CHANGED', sentence: 'For everyone, all courses are never recommended.' },
    { ruleId: 'old', action: 'REMOVED', sentence: 'For everyone, only all courses are recommended.' },
  ]);
});

test('of many changes the first twenty are logged', () => {
  const added = Array.from({ length: 30 }, (_, i) => aRule(`r${i}`, { kind: 'EXCLUDE' }));
  expect(loggedChanges({ ...DIFF, added }, NAMES)).toHaveLength(20);
});
