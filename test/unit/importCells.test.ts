import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Reading,
  readCourseLevel,
  readFlag,
  readInstant,
  readLanguage,
  readList,
  readNumber,
  readOneOf,
  readQuietHours,
  readSession,
  readWholeNumber,
  readWorkPattern,
} from '../../src/cli/csvCells.js';
import { offsetMsAt } from '../../src/platform/zonedTime.js';

const read = <T>(reading: Reading<T>): T | 'refused' => ('value' in reading ? reading.value : 'refused');
const iso = (text: string, zone: string | null = null) => {
  const value = read(readInstant(text, zone));
  return value === 'refused' ? value : value.toISOString();
};

describe('reading cells', () => {
  it('takes lists apart and leaves empty entries out', () => {
    expect(readList(' a | b||c ')).toEqual(['a', 'b', 'c']);
    expect(readList('|')).toEqual([]);
  });

  it.each([
    ['12', 12],
    ['-0.5', -0.5],
    ['.5', 0.5],
    ['+1e3', 1000],
    ['1,5', 'refused'],
    ['12 min', 'refused'],
    ['0x10', 'refused'],
    ['NaN', 'refused'],
    ['Infinity', 'refused'],
  ])('reads the number %s as %s', (text, expected) => {
    expect(read(readNumber(text))).toBe(expected);
  });

  it('refuses fractions and what no integer of the database can hold as whole numbers', () => {
    expect(read(readWholeNumber('90'))).toBe(90);
    expect(read(readWholeNumber('90.5'))).toBe('refused');
    expect(read(readWholeNumber('2147483648'))).toBe('refused');
    expect(read(readWholeNumber('1e400'))).toBe('refused');
  });

  it('reads flags in any case', () => {
    expect(['TRUE', '1', 'Yes', 'false', '0', 'NO', 'y', ''].map((text) => read(readFlag(text)))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      'refused',
      'refused',
    ]);
  });

  it('reads words in any case, with spaces or hyphens, and lists them when there is no such word', () => {
    const kinds = ['COURSE', 'LIVE_SESSION'] as const;
    expect(read(readOneOf('live session', kinds))).toBe('LIVE_SESSION');
    expect(read(readOneOf('Live-Session', kinds))).toBe('LIVE_SESSION');
    expect(readOneOf('webinar', kinds)).toEqual({ problem: 'is none of COURSE, LIVE_SESSION' });
  });

  it('reads course levels under their usual names', () => {
    expect(
      ['all', 'All Levels', 'beginner', 'Intermediate', 'esperto', 'expert', 'guru'].map((t) =>
        read(readCourseLevel(t)),
      ),
    ).toEqual([null, null, 'BEGINNER', 'INTERMEDIATE', 'ADVANCED', 'ADVANCED', 'refused']);
  });

  it('reads languages as tags or English names, and takes no other word for a tag', () => {
    expect(
      ['english', 'Spanish', 'pt-BR', 'pt_BR', 'zh-Hant', 'fil', 'klingon', 'englisch', 'x', 'en-'].map((t) =>
        read(readLanguage(t)),
      ),
    ).toEqual(['en', 'es', 'pt-BR', 'pt-BR', 'zh-Hant', 'fil', 'refused', 'refused', 'refused', 'refused']);
  });
});

describe('reading times', () => {
  it.each([
    ['2013-08-21T15:36:41Z', '2013-08-21T15:36:41.000Z'],
    ['2013-08-21 15:36Z', '2013-08-21T15:36:00.000Z'],
    ['2013-08-21T15:36:41.123456+02:00', '2013-08-21T13:36:41.123Z'],
    ['2013-08-21T15:36:41,5-0530', '2013-08-21T21:06:41.500Z'],
    ['2013-08-21T15:36:41+02', '2013-08-21T13:36:41.000Z'],
    ['2013-08-21', '2013-08-21T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2023-02-29', 'refused'],
    ['2013-13-01', 'refused'],
    ['2013-08-21T24:00:00Z', 'refused'],
    ['2013-08-21T15:60:00Z', 'refused'],
    ['21.08.2013', 'refused'],
    ['1377099401', 'refused'],
    ['2013-08-21T15:36:41', 'refused'],
  ])('reads %s as %s', (text, expected) => {
    expect(iso(text)).toBe(expected);
  });

  it('says how to tell where times without an offset are local', () => {
    const reading = readInstant('2013-08-21T15:36:41', null);
    expect('problem' in reading && reading.problem).toContain('--timezone');
  });

  it('reads times without an offset, and dates, in the given zone', () => {
    expect(iso('2013-08-21T15:36:41', 'Europe/Berlin')).toBe('2013-08-21T13:36:41.000Z');
    expect(iso('2013-01-21', 'Europe/Berlin')).toBe('2013-01-20T23:00:00.000Z');
    expect(iso('2013-08-21T15:36:41Z', 'Europe/Berlin')).toBe('2013-08-21T15:36:41.000Z');
  });

  it('takes the first of two moments that the clock shows twice, and moves on over one that it skips', () => {
    expect(iso('2024-10-27T02:30:00', 'Europe/Berlin')).toBe('2024-10-27T00:30:00.000Z');
    expect(iso('2024-03-31T02:30:00', 'Europe/Berlin')).toBe('2024-03-31T01:30:00.000Z');
  });

  it('finds for every instant its local time again, or an earlier instant of the same local time', () => {
    const zones = fc.constantFrom(
      'Europe/Berlin',
      'America/St_Johns',
      'Asia/Kathmandu',
      'Pacific/Apia',
      'Australia/Lord_Howe',
    );
    const instants = fc.integer({ min: Date.UTC(2005, 0) / 1000, max: Date.UTC(2030, 0) / 1000 }).map((s) => s * 1000);
    fc.assert(
      fc.property(instants, zones, (ms, zone) => {
        const local = new Date(ms + offsetMsAt(ms, zone)).toISOString().slice(0, 19);
        const instant = read(readInstant(local, zone));
        if (instant === 'refused') throw new Error(`${local} was refused`);
        const readMs = instant.getTime();
        expect(new Date(readMs + offsetMsAt(readMs, zone)).toISOString().slice(0, 19)).toBe(local);
        expect(readMs).toBeLessThanOrEqual(ms);
      }),
    );
  });
});

describe('reading spans of time', () => {
  it('reads working times of single days and of ranges of days', () => {
    expect(readWorkPattern('MON-TUE 9:00-17:00|sat 10:00 - 14:00')).toEqual({
      value: [
        { day: 'MONDAY', start: '09:00', end: '17:00' },
        { day: 'TUESDAY', start: '09:00', end: '17:00' },
        { day: 'SATURDAY', start: '10:00', end: '14:00' },
      ],
    });
    expect(readWorkPattern('none')).toEqual({ value: [] });
    const overTheWeekend = read(readWorkPattern('sunday-monday 08:00-12:00'));
    expect(overTheWeekend !== 'refused' && overTheWeekend.map((d) => d.day)).toEqual(['SUNDAY', 'MONDAY']);
    expect(read(readWorkPattern('weekdays 9-5'))).toBe('refused');
    expect(read(readWorkPattern('M 09:00-17:00'))).toBe('refused');
  });

  it('reads quiet hours', () => {
    expect(readQuietHours('22:00-7:00')).toEqual({ value: { start: '22:00', end: '07:00' } });
    expect(read(readQuietHours('at night'))).toBe('refused');
  });

  it('reads live sessions with and without capacity and seats taken', () => {
    const session = { id: 's1', startsAt: new Date('2026-03-01T09:00Z'), endsAt: new Date('2026-03-01T10:00Z') };
    expect(readSession('s1;2026-03-01T09:00Z/2026-03-01T11:00+01:00', null)).toEqual({
      value: { ...session, capacity: null, seatsTaken: null },
    });
    expect(readSession('s1; 2026-03-01T09:00Z/2026-03-01T10:00Z ;20', null)).toEqual({
      value: { ...session, capacity: 20, seatsTaken: null },
    });
    for (const [text, capacity] of [
      ['s1;2026-03-01T09:00Z/2026-03-01T10:00Z;20;12', 20],
      ['s1;2026-03-01T09:00Z/2026-03-01T10:00Z; ;12', null],
    ] as const) {
      expect(readSession(text, null)).toEqual({ value: { ...session, capacity, seatsTaken: 12 } });
    }
    for (const text of [
      's1',
      's1;2026-03-01T09:00Z',
      's1;x/2026-03-01T10:00Z',
      's1;2026-03-01/2026-03-02;many',
      's1;2026-03-01T09:00Z/2026-03-01T10:00Z;20;some',
      's1;2026-03-01T09:00Z/2026-03-01T10:00Z;20;12;1',
    ]) {
      expect(read(readSession(text, null))).toBe('refused');
    }
  });
});
