import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkDate, checkId, checkNumber, checkText } from '../../src/platform/text.js';

describe('text', () => {
  test('good text passes', () => {
    for (const value of ['a', 'Größe', '学习', 'a b', '👩‍🏫 coaching', '__proto__']) {
      expect(checkText(value, { maxLength: 20 })).toBeNull();
    }
    expect(checkText('line\n\tline\r\n', { maxLength: 20, multiline: true })).toBeNull();
    expect(checkText('', { maxLength: 20, minLength: 0 })).toBeNull();
  });

  test('each fault is named', () => {
    expect(checkText('', { maxLength: 5 })).toBe('must not be empty');
    expect(checkText(' \t', { maxLength: 5, multiline: true })).toBe('must not be blank');
    expect(checkText('ab', { maxLength: 5, minLength: 3 })).toContain('at least 3');
    expect(checkText('abcdef', { maxLength: 5 })).toBe('is 6 characters long; at most 5 are allowed');
    expect(checkText('a\0b', { maxLength: 5 })).toContain('NUL');
    expect(checkText('a\ud83d', { maxLength: 5 })).toContain('surrogate');
    expect(checkText('\udc00a', { maxLength: 5 })).toContain('surrogate');
    for (const control of ['\n', '\t', '\x1b', '\x7f', '\x85']) {
      expect(checkText(`a${control}b`, { maxLength: 5 })).toContain('control');
    }
    expect(checkText('a\x1bb', { maxLength: 5, multiline: true })).toContain('control');
  });

  test('what passes survives UTF-8 unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (value) => {
        if (checkText(value, { maxLength: 60 }) !== null) return;
        expect(Buffer.from(value, 'utf8').toString('utf8')).toBe(value);
        expect(value).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

test('an id is 1 to 200 characters without white space around it', () => {
  for (const id of ['x', 'a b', '__proto__', 'constructor', 'urn:course:1', 'x'.repeat(200)])
    expect(checkId(id)).toBeNull();
  for (const id of ['', ' ', ' x', 'x ', '\u00a0x', 'x'.repeat(201), 'a\nb']) expect(checkId(id)).not.toBeNull();
});

test('a date lies in the years 1970 to 2100, and not after the latest allowed', () => {
  expect(checkDate(new Date('1970-01-01T00:00:00Z'))).toBeNull();
  expect(checkDate(new Date('2100-12-31T23:59:59.999Z'))).toBeNull();
  expect(checkDate(new Date('1969-12-31T23:59:59.999Z'))).toContain('1970 to 2100');
  expect(checkDate(new Date('2101-01-01T00:00:00Z'))).toContain('1970 to 2100');
  expect(checkDate(new Date('soon'))).toBe('is not a date');
  const latest = new Date('2024-05-01T12:00:00Z');
  expect(checkDate(latest, latest)).toBeNull();
  expect(checkDate(new Date(latest.getTime() + 1), latest)).toBe('must not be after 2024-05-01T12:00:00.000Z');
});

test('a number is finite and within its limits', () => {
  expect(checkNumber(0, { min: 0, max: 1 })).toBeNull();
  expect(checkNumber(1, { min: 0, max: 1 })).toBeNull();
  expect(checkNumber(1.01, { min: 0, max: 1 })).toBe('must be from 0 to 1, not 1.01');
  expect(checkNumber(Number.NaN, { min: 0, max: 1 })).toContain('finite');
  expect(checkNumber(Number.POSITIVE_INFINITY, { min: 0, max: 1 })).toContain('finite');
  expect(checkNumber(1.5, { min: 0, max: 9, integer: true })).toContain('whole');
});
