import { describe, expect, test } from 'vitest';
import { instantArray, numberArray, textArray } from '../../src/platform/database/arrayLiterals.js';

describe('An array literal', () => {
  test('of texts quotes each, so that none is read as anything else', () => {
    expect(textArray(['a', '', 'NULL', null, 'b,c', '{d}'])).toBe('{"a","","NULL",NULL,"b,c","{d}"}');
    expect(textArray(['say "x"', 'back\\slash', null])).toBe('{"say \\"x\\"","back\\\\slash",NULL}');
    expect(textArray([])).toBe('{}');
  });

  test('of numbers and of instants keeps what is absent', () => {
    expect(numberArray([1, null, -0.5, 1e-7])).toBe('{1,NULL,-0.5,1e-7}');
    expect(instantArray([0, null])).toBe('{1970-01-01T00:00:00.000Z,NULL}');
  });
});
