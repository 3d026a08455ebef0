import { describe, expect, test } from 'vitest';
import { dayOf, dueDayOf } from '../../src/recommendations/pipeline/wording.js';

describe('the day that something is due on', () => {
  test('is the one that ends at midnight, in the zone whose day it is', () => {
    expect(dueDayOf(new Date('2026-12-01T00:00:00Z'))).toBe('2026-11-30');
    expect(dueDayOf(new Date('2026-12-01T08:00:00Z'), 'America/Los_Angeles')).toBe('2026-11-30');
    expect(dueDayOf(new Date('2026-11-30T15:00:00Z'), 'Asia/Tokyo')).toBe('2026-11-30');
  });

  test('is that of the hour for what is due at one', () => {
    expect(dueDayOf(new Date('2026-12-01T17:00:00Z'))).toBe('2026-12-01');
    expect(dayOf(new Date('2026-12-01T02:00:00Z'), 'America/Los_Angeles')).toBe('2026-11-30');
  });
});
