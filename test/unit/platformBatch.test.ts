import { describe, expect, test } from 'vitest';
import { parseBatch, runBatch, sortRowErrors } from '../../src/platform/batch.js';
import { DomainError } from '../../src/platform/errors.js';
import { checkId, checkNumber } from '../../src/platform/text.js';

interface Input {
  readonly id: string;
  readonly level: number;
}

const rules = {
  argument: 'skills',
  parse: (input: Input, problems: { add(path: string[], message: string | null): void }) => {
    problems.add(['id'], checkId(input.id));
    problems.add(['levels', '0'], checkNumber(input.level, { min: 0, max: 1 }));
    return { key: input.id, level: input.level };
  },
  keyOf: (row: { key: string }) => row.key,
};

const row = (id: string, level = 0.5): Input => ({ id, level });

describe('parsing', () => {
  test('good rows keep their place in the batch, bad ones tell every fault', () => {
    const parsed = parseBatch([row('a'), row('', 2), row('b')], rules);
    expect(parsed.rows).toEqual([
      { index: 0, row: { key: 'a', level: 0.5 } },
      { index: 2, row: { key: 'b', level: 0.5 } },
    ]);
    expect(parsed.errors).toEqual([
      { index: 1, code: 'INVALID_VALUE', message: 'id must not be empty', path: ['id'] },
      { index: 1, code: 'INVALID_VALUE', message: 'levels.0 must be from 0 to 1, not 2', path: ['levels', '0'] },
    ]);
  });

  test('the first of equal keys counts, and a bad row does not take a key', () => {
    const parsed = parseBatch([row('a', 9), row('a', 0.1), row('a', 0.2), row('__proto__'), row('__proto__')], rules);
    expect(parsed.rows.map(({ index }) => index)).toEqual([1, 3]);
    expect(parsed.errors.map(({ index, code }) => [index, code])).toEqual([
      [0, 'INVALID_VALUE'],
      [2, 'DUPLICATE_IN_BATCH'],
      [4, 'DUPLICATE_IN_BATCH'],
    ]);
    expect(parsed.errors[1]?.message).toContain('Row 1');
  });

  test('without keys anything may repeat', () => {
    const { keyOf: _, ...keyless } = rules;
    expect(parseBatch([row('a'), row('a')], keyless).errors).toEqual([]);
  });

  test('a thousand rows are taken, one more is refused with the limit', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => row(`r${index}`));
    expect(parseBatch(many(1_000), rules).rows).toHaveLength(1_000);
    let thrown: unknown;
    try {
      parseBatch(many(1_001), rules);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(DomainError);
    expect(thrown).toMatchObject({ code: 'BAD_USER_INPUT', details: { argument: 'skills', limit: 1_000 } });
    expect(String(thrown)).toContain('`skills` holds 1001 rows; send at most 1000');
  });
});

test('errors of parsing and of storing come back together in the order of the rows', async () => {
  const { result, errors } = await runBatch([row('a'), row('b'), row(''), row('c')], {
    ...rules,
    store: async (rows) => ({
      result: rows.length,
      errors: rows
        .filter(({ row: stored }) => stored.key !== 'b')
        .map(({ index }) => ({ index, code: 'CONFLICT' as const, message: 'taken', path: [] })),
    }),
  });
  expect(result).toBe(3);
  expect(errors.map(({ index, code }) => [index, code])).toEqual([
    [0, 'CONFLICT'],
    [2, 'INVALID_VALUE'],
    [3, 'CONFLICT'],
  ]);
});

test('sorting keeps the order within a row and leaves its argument alone', () => {
  const error = (index: number, message: string) => ({ index, code: 'CYCLE' as const, message, path: [] });
  const given = [error(2, 'x'), error(1, 'first'), error(1, 'second')];
  expect(sortRowErrors(given).map(({ message }) => message)).toEqual(['first', 'second', 'x']);
  expect(given[0]?.message).toBe('x');
});
