import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import {
  DAY_MS,
  HOUR_MS,
  isValidZone,
  type LocalHour,
  localHourOfWeek,
  localHours,
  localLabel,
  offsetMsAt,
} from '../../src/platform/zonedTime.js';

const at = (iso: string) => Date.parse(iso);
/** Half hours, quarter hours, half-hour daylight saving, skipped days, Ramadan, southern summers, no daylight saving. */
const TELLING_ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Caracas',
  'America/Sao_Paulo',
  'America/Boa_Vista',
  'Africa/Casablanca',
  'Africa/Cairo',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Asia/Tehran',
  'Asia/Pyongyang',
  'Asia/Gaza',
  'Australia/Lord_Howe',
  'Australia/Eucla',
  'Pacific/Chatham',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Pacific/Kwajalein',
  'Antarctica/Troll',
  'Europe/Dublin',
];
const zones = fc.constantFrom(...TELLING_ZONES, ...Intl.supportedValuesOf('timeZone'));
const instants = fc.integer({ min: at('1970-02-01T00:00Z') / 60_000, max: at('2037-12-01T00:00Z') / 60_000 });
const zoned = (ms: number, zone: string) => Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
const clockOf = (hours: Iterable<LocalHour>) => [...hours].map((h) => `${h.startMinute / 60}–${h.endMinute / 60}`);

describe('isValidZone', () => {
  it('knows IANA names in any case, and nothing else', () => {
    for (const zone of ['Europe/Berlin', 'europe/berlin', 'UTC', 'Etc/GMT+5', 'Asia/Calcutta', 'Asia/Kolkata']) {
      expect(isValidZone(zone)).toBe(true);
    }
    for (const zone of ['', 'Berlin', 'Europe/Atlantis', '+02:00', '-0530', ' UTC', 'UTC\0', '__proto__']) {
      expect(isValidZone(zone)).toBe(false);
    }
  });

  it('is why the other functions throw a RangeError', () => {
    expect(() => localHourOfWeek(0, 'Europe/Atlantis')).toThrow(RangeError);
    expect(() => [...localHours(0, 1, '+02:00')]).toThrow(RangeError);
    expect(() => localHourOfWeek(Number.NaN, 'UTC')).toThrow(RangeError);
  });
});

describe('localHourOfWeek', () => {
  it('begins the week on Monday at midnight', () => {
    expect(localHourOfWeek(at('2026-11-23T00:00Z'), 'UTC')).toBe(0);
    expect(localHourOfWeek(at('2026-11-22T23:59:59.999Z'), 'UTC')).toBe(167);
    expect(localHourOfWeek(at('1969-12-31T23:00Z'), 'UTC')).toBe(2 * 24 + 23);
  });

  it('knows the offset of the day, not that of now', () => {
    // Nine o'clock in Berlin, in summer and in winter: Wednesdays.
    expect(localHourOfWeek(at('2026-07-01T07:00Z'), 'Europe/Berlin')).toBe(2 * 24 + 9);
    expect(localHourOfWeek(at('2026-12-02T08:00Z'), 'Europe/Berlin')).toBe(2 * 24 + 9);
  });

  it('is right to the second at a change', () => {
    expect(localHourOfWeek(at('2026-03-29T00:59:59.999Z'), 'Europe/Berlin')).toBe(6 * 24 + 1);
    expect(localHourOfWeek(at('2026-03-29T01:00:00.000Z'), 'Europe/Berlin')).toBe(6 * 24 + 3);
  });

  it('knows the Friday that Samoa left out', () => {
    expect(localHourOfWeek(at('2011-12-30T09:59Z'), 'Pacific/Apia')).toBe(3 * 24 + 23);
    expect(localHourOfWeek(at('2011-12-30T10:00Z'), 'Pacific/Apia')).toBe(5 * 24);
  });

  it('agrees with Temporal in every zone', () => {
    fc.assert(
      fc.property(zones, instants, (zone, minute) => {
        const ms = minute * 60_000;
        const local = zoned(ms, zone);
        expect(localHourOfWeek(ms, zone)).toBe((local.dayOfWeek - 1) * 24 + local.hour);
        expect(offsetMsAt(ms, zone)).toBe(local.offsetNanoseconds / 1e6);
      }),
      { numRuns: 1500 },
    );
  });

  it('agrees with Temporal beside every change of the telling zones', { timeout: 60_000 }, () => {
    let changes = 0;
    for (const zone of TELLING_ZONES) {
      let change = zoned(at('1993-01-01T00:00Z'), zone).getTimeZoneTransition('next');
      while (change !== null && change.epochMilliseconds < at('2031-01-01T00:00Z')) {
        const ms = change.epochMilliseconds;
        expect([zone, ms, offsetMsAt(ms, zone)]).toEqual([zone, ms, change.offsetNanoseconds / 1e6]);
        const before = zoned(ms - 1, zone).offsetNanoseconds / 1e6;
        expect([zone, ms, offsetMsAt(ms - 1, zone)]).toEqual([zone, ms, before]);
        changes += 1;
        change = change.getTimeZoneTransition('next');
      }
    }
    expect(changes).toBeGreaterThan(600);
  });
});

describe('localHours', () => {
  it('leaves out the hour that the clock skips in spring', () => {
    const hours = localHours(at('2026-03-29T00:00Z'), at('2026-03-29T03:00Z'), 'Europe/Berlin');
    expect(clockOf(hours)).toEqual(['1–2', '3–4', '4–5']);
  });

  it('gives both of the hours that the clock repeats in autumn', () => {
    const hours = [...localHours(at('2026-10-24T23:00Z'), at('2026-10-25T03:00Z'), 'Europe/Berlin')];
    expect(clockOf(hours)).toEqual(['1–2', '2–3', '2–3', '3–4']);
    expect(hours.map((h) => h.startMs)).toEqual([0, 1, 2, 3].map((h) => at('2026-10-24T23:00Z') + h * HOUR_MS));
  });

  it('cuts hours at half-hour changes, and calls what is left not full', () => {
    const autumn = [...localHours(at('2026-04-04T14:00Z'), at('2026-04-04T16:30Z'), 'Australia/Lord_Howe')];
    expect(clockOf(autumn)).toEqual(['1–2', '1.5–2', '2–3']);
    expect(autumn.map((h) => h.isFull)).toEqual([true, false, true]);
    const spring = [...localHours(at('2026-10-03T14:30Z'), at('2026-10-03T17:00Z'), 'Australia/Lord_Howe')];
    expect(clockOf(spring)).toEqual(['1–2', '2.5–3', '3–4']);
  });

  it('aligns to the local clock, and cuts at the ends of the range', () => {
    const hours = [...localHours(at('2026-11-24T08:00Z'), at('2026-11-24T10:00Z'), 'Asia/Kolkata')];
    expect(clockOf(hours)).toEqual(['13.5–14', '14–15', '15–15.5']);
    expect(hours.map((h) => h.isFull)).toEqual([false, true, false]);
  });

  it('passes over a day that a zone left out', () => {
    const hours = [...localHours(at('2011-12-30T08:00Z'), at('2011-12-30T12:00Z'), 'Pacific/Apia')];
    expect(hours.map((h) => h.weekday)).toEqual([3, 3, 5, 5]);
    const [last, first] = [hours[1], hours[2]];
    expect((first?.localDay ?? 0) - (last?.localDay ?? 0)).toBe(2);
  });

  it('is empty for an empty range', () => {
    expect([...localHours(5, 5, 'UTC'), ...localHours(5, 4, 'UTC')]).toEqual([]);
  });

  it('tiles time without gap or overlap, and tells each hour as Temporal does', () => {
    fc.assert(
      fc.property(zones, instants, fc.integer({ min: 1, max: 6 * 24 * 60 }), (zone, fromMinute, minutes) => {
        const [fromMs, untilMs] = [fromMinute * 60_000, (fromMinute + minutes) * 60_000];
        let expectedStartMs = fromMs;
        for (const hour of localHours(fromMs, untilMs, zone)) {
          expect(hour.startMs).toBe(expectedStartMs);
          expect(hour.endMs).toBeGreaterThan(hour.startMs);
          const first = zoned(hour.startMs, zone);
          const last = zoned(hour.endMs - 1, zone);
          expect(last.offsetNanoseconds).toBe(first.offsetNanoseconds);
          expect([last.hour, last.day]).toEqual([first.hour, first.day]);
          expect(hour.weekday).toBe(first.dayOfWeek - 1);
          expect(hour.hourOfWeek).toBe((first.dayOfWeek - 1) * 24 + first.hour);
          expect(hour.startMinute).toBe(first.hour * 60 + first.minute + first.second / 60);
          expect(hour.endMinute - hour.startMinute).toBeCloseTo((hour.endMs - hour.startMs) / 60_000, 9);
          expect(hour.isFull).toBe(hour.endMs - hour.startMs === HOUR_MS);
          expect(new Date(hour.localDay * DAY_MS).toISOString().slice(0, 10)).toBe(first.toPlainDate().toString());
          expectedStartMs = hour.endMs;
        }
        expect(expectedStartMs).toBe(untilMs);
      }),
      { numRuns: 60 },
    );
  });

  it('neither loses nor doubles a local hour over the changes of five years', () => {
    for (const zone of ['Europe/Berlin', 'Australia/Lord_Howe', 'America/St_Johns', 'Africa/Casablanca']) {
      const seen = new Map<string, number>();
      for (const hour of localHours(at('2024-01-01T00:00Z'), at('2029-01-01T00:00Z'), zone)) {
        const clockHour = `${hour.localDay} ${Math.floor(hour.startMinute / 60)}`;
        seen.set(clockHour, (seen.get(clockHour) ?? 0) + (hour.endMs - hour.startMs) / 60_000);
      }
      // Minutes that each clock hour lasts: 60, less in spring, more in autumn; and all of the time is accounted for.
      expect([...seen.values()].reduce((sum, minutes) => sum + minutes, 0)).toBe(1827 * 1440);
      const unusual = [...seen.values()].filter((minutes) => minutes !== 60);
      expect(unusual.every((minutes) => [30, 90, 120].includes(minutes))).toBe(true);
      expect(unusual.length).toBeLessThanOrEqual(12);
    }
  });
});

describe('localLabel', () => {
  it('reads like a diary', () => {
    expect(localLabel(at('2026-11-24T08:00Z'), at('2026-11-24T09:00Z'), 'Europe/Berlin')).toBe(
      'Tue 24 Nov, 09:00–10:00',
    );
    expect(localLabel(at('2026-11-24T08:00Z'), at('2026-11-24T08:00Z'), 'Asia/Kolkata')).toBe('Tue 24 Nov, 13:30');
  });

  it('ends a day at 24:00 and names both days of a longer stretch', () => {
    expect(localLabel(at('2026-11-24T22:00Z'), at('2026-11-24T23:00Z'), 'Europe/Berlin')).toBe(
      'Tue 24 Nov, 23:00–24:00',
    );
    expect(localLabel(at('2026-11-24T22:00Z'), at('2026-11-25T01:00Z'), 'UTC')).toBe(
      'Tue 24 Nov, 22:00 – Wed 25 Nov, 01:00',
    );
  });

  it('tells the two hours apart that the clock repeats, and only those', () => {
    const label = (iso: string) => localLabel(at(iso), at(iso) + HOUR_MS, 'Europe/Berlin');
    expect(label('2026-10-24T23:00Z')).toBe('Sun 25 Oct, 01:00–02:00');
    expect(label('2026-10-25T00:00Z')).toBe('Sun 25 Oct, 02:00–03:00 (UTC+02:00)');
    expect(label('2026-10-25T01:00Z')).toBe('Sun 25 Oct, 02:00–03:00 (UTC+01:00)');
    expect(label('2026-10-25T02:00Z')).toBe('Sun 25 Oct, 03:00–04:00');
    expect(localLabel(at('2026-11-01T05:30Z'), at('2026-11-01T05:30Z'), 'America/New_York')).toBe(
      'Sun 1 Nov, 01:30 (UTC−04:00)',
    );
  });
});
