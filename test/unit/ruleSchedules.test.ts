import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { HOUR_MS, instantsOfLocalTime } from '../../src/platform/zonedTime.js';
import { checkLocalMoment, endOfDayMs, instantsOf, isInForce } from '../../src/rules/model/schedule.js';

const at = (iso: string) => Date.parse(iso);
const MINUTE_MS = 60_000;
const spanOf = (from: string | null, until: string | null, zone: string) => {
  const { fromMs, untilMs } = instantsOf({ from, until, zone });
  return [fromMs, untilMs].map((ms) => (Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 16) : ms));
};

describe('instantsOf', () => {
  it('takes local times of the zone, a date as its whole day', () => {
    expect(spanOf('2026-11-01', '2026-11-30', 'Europe/Berlin')).toEqual(['2026-10-31T23:00', '2026-11-30T23:00']);
    expect(spanOf('2026-11-01T09:30', '2026-11-30T18:00', 'America/New_York')).toEqual([
      '2026-11-01T14:30',
      '2026-11-30T23:00',
    ]);
  });

  it('is open where nothing is said', () => {
    expect(spanOf(null, null, 'UTC')).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  it('moves a time that the clock skips to the end of the gap', () => {
    expect(spanOf('2026-03-29T02:15', '2026-03-29T02:45', 'Europe/Berlin')).toEqual([
      '2026-03-29T01:00',
      '2026-03-29T01:00',
    ]);
  });

  it('starts with the first and ends with the second of a time that the clock shows twice', () => {
    expect(spanOf('2026-10-25T02:30', '2026-10-25T02:30', 'Europe/Berlin')).toEqual([
      '2026-10-25T00:30',
      '2026-10-25T01:30',
    ]);
  });

  it('is an hour shorter on the day of spring and an hour longer on the day of autumn', () => {
    const hoursOn = (day: string) => {
      const { fromMs, untilMs } = instantsOf({ from: day, until: day, zone: 'Europe/Berlin' });
      return (untilMs - fromMs) / HOUR_MS;
    };
    expect(['2026-03-28', '2026-03-29', '2026-10-24', '2026-10-25'].map(hoursOn)).toEqual([24, 23, 24, 25]);
  });

  it('ends a day at the first midnight where the clock shows midnight twice', () => {
    // Cuba goes back from 01:00 to 00:00 on 1 November 2026: 31 October is over when that hour begins for the first time.
    expect(new Date(endOfDayMs('2026-10-31', 'America/Havana')).toISOString()).toBe('2026-11-01T04:00:00.000Z');
    expect(spanOf('2026-11-01', '2026-11-01', 'America/Havana')).toEqual(['2026-11-01T04:00', '2026-11-02T05:00']);
  });

  it('takes the last day of the calendar, and refuses what is no time', () => {
    expect(endOfDayMs('2099-12-31', 'UTC')).toBe(at('2100-01-01T00:00Z'));
    for (const moment of ['2026-02-30', '2026-11-30T24:00', '2026-11-30T18:00Z', '2026-11-30 18:00', 'soon', '']) {
      expect(checkLocalMoment(moment)).toMatch(/is not a local date or time/);
      expect(() => instantsOf({ from: moment, until: null, zone: 'UTC' })).toThrow(RangeError);
    }
    expect(checkLocalMoment('2026-11-30T18:00:30')).toBeNull();
  });

  it('takes the day that a zone skips as over when it would begin', () => {
    expect(new Date(endOfDayMs('2011-12-30', 'Pacific/Apia')).toISOString()).toBe('2011-12-30T10:00:00.000Z');
  });
});

describe('in every zone, around every change of the clock from 2026 to 2030', () => {
  const zones = Intl.supportedValuesOf('timeZone');
  const changes = zones.flatMap((zone) => changesIn(zone).map((changeMs) => ({ zone, changeMs })));

  it('has changes to be told apart', () => {
    expect(changes.length).toBeGreaterThan(500);
  });

  it('agrees with Temporal on when the local clock shows a time', () => {
    const differences: string[] = [];
    for (const { zone, changeMs } of changes) {
      const local = Temporal.Instant.fromEpochMilliseconds(changeMs - 1)
        .toZonedDateTimeISO(zone)
        .toPlainDateTime();
      for (const minutes of [-180, -61, -31, -1, 0, 1, 29, 30, 61, 180]) {
        const shown = local.add({ milliseconds: 1 }).add({ minutes });
        const expected = shownAt(shown, zone);
        const { firstMs, lastMs } = instantsOfLocalTime(at(`${shown}Z`), zone);
        if (firstMs !== expected.firstMs || lastMs !== expected.lastMs) differences.push(`${shown} in ${zone}`);
      }
    }
    expect(differences).toEqual([]);
  });

  it('holds on a day exactly while the local date is that day', () => {
    const differences: string[] = [];
    for (const { zone, changeMs } of changes) {
      const day = localDayOf(changeMs, zone);
      const span = instantsOf({ from: day, until: day, zone });
      for (const edgeMs of [changeMs, span.fromMs, span.untilMs]) {
        for (const beside of [-61 * MINUTE_MS, -1, 0, 1, 61 * MINUTE_MS]) {
          const isThatDay = localDayOf(edgeMs + beside, zone) === day;
          if (isInForce(span, edgeMs + beside) !== isThatDay)
            differences.push(`${day} in ${zone} at ${edgeMs + beside}`);
        }
      }
    }
    expect(differences).toEqual([]);
  });
});

function changesIn(zone: string): number[] {
  const found: number[] = [];
  let change = Temporal.Instant.from('2026-01-01T00:00Z').toZonedDateTimeISO(zone).getTimeZoneTransition('next');
  while (change !== null && change.year < 2031) {
    found.push(change.epochMilliseconds);
    change = change.getTimeZoneTransition('next');
  }
  return found;
}

function shownAt(local: Temporal.PlainDateTime, zone: string): { firstMs: number; lastMs: number } {
  const first = local.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const last = local.toZonedDateTime(zone, { disambiguation: 'later' });
  if (first.toPlainDateTime().equals(local)) {
    return { firstMs: first.epochMilliseconds, lastMs: last.epochMilliseconds };
  }
  const gapEndMs = first.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.NaN;
  return { firstMs: gapEndMs, lastMs: gapEndMs };
}

function localDayOf(ms: number, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate().toString();
}
