import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holidaysAt, planHolidays } from '../../src/delivery/calendar/calendar.js';
import { mergedLeave, planLeave } from '../../src/learners/leave.js';
import { checkDay, dayAfter, requireDaySpan } from '../../src/platform/days.js';

const NOW = new Date('2026-11-22T23:30:00Z');
const anyDay = fc.integer({ min: 0, max: 60 }).map((days) => dayAfter('2026-12-01', days));

describe('a day of the calendar', () => {
  test.each(['2024-02-29', '1900-01-01', '2099-12-31'])('can be %s', (day) => {
    expect(checkDay(day)).toBeNull();
  });
  test.each(['', '2023-02-29', '2024-02-30', '2024-13-01', '24-01-01', '2024-1-1', '2024-01-01T00:00', '2206-01-01'])(
    'cannot be "%s"',
    (day) => {
      expect(checkDay(day)).toBe('is not a date such as "2024-03-01"');
    },
  );

  test('is followed by the next one over the ends of months, years and summer time', () => {
    expect([dayAfter('2024-02-28', 1), dayAfter('2026-12-31', 1), dayAfter('2026-03-29', 1)]).toEqual([
      '2024-02-29',
      '2027-01-01',
      '2026-03-30',
    ]);
    expect(dayAfter('2026-01-01', -1)).toBe('2025-12-31');
  });
});

describe('the days that a request names', () => {
  test('are a year from today when it names none', () => {
    expect(requireDaySpan(null, null, NOW)).toEqual({ fromDay: '2026-11-22', untilDay: '2027-11-22' });
    expect(requireDaySpan('2030-01-01', null, NOW)).toEqual({ fromDay: '2030-01-01', untilDay: '2031-01-01' });
  });

  test.each([
    ['yesterday', null, '`from` is not a date'],
    [null, '2026-02-30', '`until` is not a date'],
    ['2026-01-01', '2026-01-01', '1 to 1100 days'],
    ['2026-01-01', '2030-01-01', '1 to 1100 days'],
  ])('are refused from %s until %s', (from, until, message) => {
    expect(() => requireDaySpan(from, until, NOW)).toThrow(message);
  });
});

describe('the holidays of a location', () => {
  const everywhere = { location: null, day: '2027-01-01', name: 'New Year' };
  const porto = { location: 'Porto', day: '2026-12-08', name: 'Immaculada' };
  const lyon = { location: 'Lyon', day: '2026-12-26', name: 'Saint-Étienne' };

  test('are its own and those of everywhere, in order', () => {
    expect(holidaysAt([everywhere, lyon, porto], 'Porto')).toEqual([
      { day: '2026-12-08', name: 'Immaculada' },
      { day: '2027-01-01', name: 'New Year' },
    ]);
    expect(holidaysAt([everywhere, porto], null)).toEqual([{ day: '2027-01-01', name: 'New Year' }]);
    expect(holidaysAt([everywhere, porto], 'porto')).toEqual([{ day: '2027-01-01', name: 'New Year' }]);
  });

  test('have their own name for a day that is one everywhere', () => {
    const ano = { location: 'Porto', day: '2027-01-01', name: 'Ano Novo' };
    for (const order of [
      [everywhere, ano],
      [ano, everywhere],
    ]) {
      expect(holidaysAt(order, 'Porto')).toEqual([{ day: '2027-01-01', name: 'Ano Novo' }]);
    }
  });

  test('are refused row by row for what is no day, has no name or comes twice', () => {
    const day = '2026-12-25';
    const { accepted, errors } = planHolidays([
      { day, name: 'Christmas' },
      { day: '25.12.2026', name: 'Christmas' },
      { day, name: ' ', location: 'Porto' },
      { day, name: 'Noël', location: null },
      { day, name: 'Noël', location: '' },
    ]);
    expect(accepted).toEqual([{ location: null, day, name: 'Christmas' }]);
    expect(errors.map(({ index, code, path }) => [index, code, path])).toEqual([
      [1, 'INVALID_VALUE', ['day']],
      [2, 'INVALID_VALUE', ['name']],
      [3, 'DUPLICATE_IN_BATCH', []],
      [4, 'INVALID_VALUE', ['location']],
    ]);
  });
});

describe('leave', () => {
  const span = (startsOn: string, endsOn: string) => ({ startsOn, endsOn });

  test('that overlaps or touches is one stretch', () => {
    expect(
      mergedLeave([
        span('2026-12-28', '2027-01-04'),
        span('2026-12-21', '2026-12-28'),
        span('2026-12-22', '2026-12-24'),
        span('2027-01-05', '2027-01-06'),
      ]),
    ).toEqual([span('2026-12-21', '2027-01-04'), span('2027-01-05', '2027-01-06')]);
  });

  test('covers the same days once merged, whatever the order, in stretches with days at work between them', () => {
    const anyLeave = fc.array(
      fc.tuple(anyDay, fc.integer({ min: 1, max: 9 })).map(([day, length]) => span(day, dayAfter(day, length))),
    );
    const days = Array.from({ length: 75 }, (_, i) => dayAfter('2026-12-01', i));
    const away = (spans: readonly { startsOn: string; endsOn: string }[]) =>
      days.filter((day) => spans.some(({ startsOn, endsOn }) => startsOn <= day && day < endsOn));
    fc.assert(
      fc.property(anyLeave, (spans) => {
        const merged = mergedLeave(spans);
        expect(away(merged)).toEqual(away(spans));
        expect(mergedLeave(spans.toReversed())).toEqual(merged);
        merged.slice(1).forEach(({ startsOn }, i) => {
          expect(startsOn > (merged[i]?.endsOn ?? '')).toBe(true);
        });
      }),
    );
  });

  test('is refused row by row for unknown people, for no day at all and when it comes twice', () => {
    const leave = { learnerId: 'a', ...span('2026-12-21', '2026-12-24') };
    const { accepted, errors } = planLeave(
      [
        leave,
        { ...leave, learnerId: 'b' },
        { ...leave, startsOn: '2026-12-24' },
        { ...leave, endsOn: '2026-12-23' },
        { ...leave, startsOn: '2026-12-01', endsOn: 'open' },
      ],
      new Set(['a']),
    );
    expect(accepted).toEqual([leave]);
    expect(errors.map(({ index, code, path }) => [index, code, path])).toEqual([
      [1, 'NOT_FOUND', ['learnerId']],
      [2, 'INVALID_VALUE', ['endsOn']],
      [3, 'DUPLICATE_IN_BATCH', []],
      [4, 'INVALID_VALUE', ['endsOn']],
    ]);
  });
});
