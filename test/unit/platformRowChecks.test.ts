import { expect, test } from 'vitest';
import { requireBatchSize } from '../../src/platform/graphql/batch.js';
import { failRepeats, RowChecks, usableIds } from '../../src/platform/rowChecks.js';

test('a row without a fault passes', () => {
  const check = new RowChecks(3);
  check.id('c-1', 'id');
  check.text('Title', 10, 'title');
  check.number(0.5, 0, 1, 'level');
  check.language('pt-BR', 'language');
  check.instant(new Date('2026-01-01T00:00:00Z'), 'at');
  check.text(null, 1, 'absent');
  check.number(undefined, 0, 1, 'absent');
  expect(check.passed).toBe(true);
});

test('each fault names the row, the field and what is wrong with it', () => {
  const check = new RowChecks(3);
  check.number(1.5, 0, 1, 'skills', '0', 'levelTo');
  check.language('english!', 'language');
  check.list([1, 2, 3], 2, 'tags');
  expect(check.errors.map(({ index, code, path }) => ({ index, code, path }))).toEqual([
    { index: 3, code: 'INVALID_VALUE', path: ['skills', '0', 'levelTo'] },
    { index: 3, code: 'INVALID_VALUE', path: ['language'] },
    { index: 3, code: 'INVALID_VALUE', path: ['tags'] },
  ]);
  expect(check.errors[0]?.message).toMatch(/^skills\.0\.levelTo /);
  expect(check.errors[2]?.message).toBe('tags has 3 entries; at most 2 are allowed');
});

test('of rows about the same thing the first stays', () => {
  const rows = ['a', 'b', 'a', 'a'];
  const checks = rows.map((_, index) => new RowChecks(index));
  failRepeats(rows, checks, (row) => row);
  expect(checks.map((check) => check.passed)).toEqual([true, true, false, false]);
  expect(checks[3]?.errors[0]).toMatchObject({ index: 3, code: 'DUPLICATE_IN_BATCH' });
  expect(checks[3]?.errors[0]?.message).toContain('Row 0');
});

test('ids that no database could hold are not looked up', () => {
  expect(usableIds(['a', 'a', 'nul\0', '\ud800', '', 'x'.repeat(201), 'b'])).toEqual(['a', 'b']);
});

test('a batch of 1,000 rows is taken, one of 1,001 is refused with the limit', () => {
  expect(() => requireBatchSize(new Array(1_000))).not.toThrow();
  expect(() => requireBatchSize(new Array(1_001))).toThrow(/1001 rows; send at most 1000/);
});
