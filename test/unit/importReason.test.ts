import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { eventIdOf } from '../../src/cli/importRows.js';

describe('the computed id of an imported event', () => {
  const dismissal = {
    source: 'import',
    learnerId: 'ada',
    courseId: 'c1',
    verb: 'DISMISSED',
    at: new Date('2025-03-12T09:00:00Z'),
  } as const;

  test('is what it was before reasons were known where there is none', () => {
    const said = ['import', 'ada', 'c1', 'DISMISSED', dismissal.at.getTime(), ...new Array(9).fill(null)];
    const before = createHash('sha256').update(JSON.stringify(said)).digest('base64url');
    expect(eventIdOf(dismissal)).toBe(before);
    expect(eventIdOf({ ...dismissal, reason: null })).toBe(before);
  });

  test('tells reasons apart', () => {
    const ids = [
      dismissal,
      { ...dismissal, reason: 'NOT_NOW' as const },
      { ...dismissal, reason: 'TOO_LONG' as const },
    ];
    expect(new Set(ids.map(eventIdOf)).size).toBe(3);
  });
});
