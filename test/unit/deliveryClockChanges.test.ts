import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { DEFAULT_DELIVERY_POLICY } from '../../src/delivery/settings/deliveryPolicy.js';
import { DEFAULT_QUIET_HOURS } from '../../src/delivery/windows/constraints.js';
import type { DeliveryInputs } from '../../src/delivery/windows/deliveryInputs.js';
import type { DeliverySuggestion } from '../../src/delivery/windows/deliverySuggestion.js';
import { suggestCampaign } from '../../src/delivery/windows/suggestWindows.js';
import { fullHours, weighHours } from '../../src/delivery/windows/weighHours.js';
import { type QuietHours, WEEKDAYS, type WorkDay } from '../../src/learners/learner.js';
import { DAY_MS, HOUR_MS } from '../../src/platform/zonedTime.js';
import { deliveryInputs as inputs, suggestWindows } from '../support/deliveryInputs.js';

const at = (iso: string) => Date.parse(iso);
const weekly = (firstIso: string, weeks: number) =>
  Array.from({ length: weeks }, (_, i) => at(firstIso) - i * 7 * DAY_MS);
const labels = ({ windows }: DeliverySuggestion) => windows.map((w) => w.label);
const QUARTER_MS = 15 * 60_000;

/** The changes of offset from 2026 to 2031, of one zone for each set of changes that zones share. */
function changesOfFiveYears(): { zone: string; changeMs: number }[] {
  const from = Temporal.Instant.from('2026-01-01T00:00Z');
  const zoneByChanges = new Map<string, { zone: string; changesMs: number[] }>();
  for (const zone of Intl.supportedValuesOf('timeZone')) {
    const changesMs: number[] = [];
    let change = from.toZonedDateTimeISO(zone).getTimeZoneTransition('next');
    while (change !== null && change.year < 2031) {
      changesMs.push(change.epochMilliseconds);
      change = change.getTimeZoneTransition('next');
    }
    const key = `${from.toZonedDateTimeISO(zone).offset} ${changesMs.join()}`;
    if (changesMs.length > 0 && !zoneByChanges.has(key)) zoneByChanges.set(key, { zone, changesMs });
  }
  return [...zoneByChanges.values()].flatMap(({ zone, changesMs }) =>
    changesMs.map((changeMs) => ({ zone, changeMs })),
  );
}

/** Where full hours of the local clock begin: four quarters on end from :00 that show the same hour at one offset. */
function hoursByQuarters(startMs: number, endMs: number, zone: string): number[] {
  const shown: { ms: number; hour: string; minute: number }[] = [];
  for (let ms = startMs; ms < endMs; ms += QUARTER_MS) {
    const local = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
    shown.push({ ms, hour: `${local.toPlainDate()} ${local.hour} ${local.offset}`, minute: local.minute });
  }
  return shown.flatMap(({ ms, hour, minute }, i) => (minute === 0 && shown[i + 3]?.hour === hour ? [ms] : []));
}

describe('across the changes of the clock', () => {
  const changes = changesOfFiveYears();
  const localMinutes = (ms: number, zone: string) => {
    const local = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
    return {
      day: WEEKDAYS[local.dayOfWeek - 1],
      minute: local.hour * 60 + local.minute,
      date: local.toPlainDate().toString(),
      week: `${local.yearOfWeek}-${local.weekOfYear}`,
    };
  };
  const isQuiet = (minute: number, { startMinute, endMinute }: QuietHours) =>
    startMinute <= endMinute
      ? minute >= startMinute && minute < endMinute
      : minute >= startMinute || minute < endMinute;

  /** What is drawn for the i-th change: hours that pull right into it, and constraints that begin and end beside it. */
  function around(zone: string, changeMs: number, i: number): DeliveryInputs {
    // Another start every time; quiet from within the hours that change.
    const startMs = changeMs - 30 * HOUR_MS + (i % 7) * 17 * 60_000;
    const quietHours = { startMinute: (i * 37) % 1440, endMinute: (90 + ((i * 11) % 240)) % 1440 };
    const workPattern = WEEKDAYS.map((day, d) => ({
      day,
      startMinute: (i + d * 13) % 180,
      endMinute: 300 + ((i * 7) % 900),
    }));
    const localDay = Temporal.Instant.fromEpochMilliseconds(changeMs).toZonedDateTimeISO(zone).toPlainDate();
    const leave = [
      { startsOn: localDay.subtract({ days: i % 2 }).toString(), endsOn: localDay.add({ days: 1 }).toString() },
    ];
    const holidays = [{ day: localDay.add({ days: i % 3 }).toString(), name: 'Day off' }];
    const deliveries = [-26, -3, 9].map((hours) => ({
      sentAtMs: changeMs + hours * HOUR_MS + (i % 5) * 60_000,
      channel: 'EMAIL' as const,
      openedAtMs: null,
    }));
    const variants: Partial<DeliveryInputs>[] = [
      { quietHours },
      { workPattern },
      { quietHours, workPattern },
      {},
      { leave, quietHours: { startMinute: 0, endMinute: 0 } },
      { holidays },
      { leave, holidays, workPattern },
      { deliveries, policy: { ...DEFAULT_DELIVERY_POLICY, minimumGapHours: 5 } },
      { deliveries, dueAt: new Date(changeMs + 20 * HOUR_MS), policy: { ...DEFAULT_DELIVERY_POLICY, weeklyBudget: 2 } },
    ];
    return inputs({
      ...{ learnerId: `learner ${i}`, zone, now: new Date(startMs), from: new Date(startMs), horizonDays: 3, count: 9 },
      activeHoursMs: [0, 1, 2, 3, 4].map((h) => changeMs - 7 * DAY_MS + (h - 2) * HOUR_MS),
      // Hours that are tried out keep everything as well.
      policy: { ...DEFAULT_DELIVERY_POLICY, explorationShare: 0.5 },
      ...variants[i % variants.length],
    });
  }

  /** Which constraints a stretch of time breaks, as seen by another implementation of the calendar. */
  function broken(given: DeliveryInputs, startMs: number, endMs: number): string[] {
    const { zone, workPattern, leave, holidays, deliveries, policy, dueAt } = given;
    const quiet = given.quietHours ?? (workPattern === null ? DEFAULT_QUIET_HOURS : null);
    const problems: string[] = [];
    if (endMs - startMs !== HOUR_MS || localMinutes(startMs, zone).minute % 60 !== 0) problems.push('no full hour');
    for (const afterMinutes of [0, 15, 30, 45, 59]) {
      const { day, minute, date } = localMinutes(startMs + afterMinutes * 60_000, zone);
      const isWork = (w: WorkDay) => w.day === day && minute >= w.startMinute && minute < w.endMinute;
      if (quiet !== null && isQuiet(minute, quiet)) problems.push('quiet hours');
      if (workPattern !== null && !workPattern.some(isWork)) problems.push('work pattern');
      if (leave.some(({ startsOn, endsOn }) => date >= startsOn && date < endsOn)) problems.push('leave');
      if (holidays.some((holiday) => holiday.day === date)) problems.push('holiday');
    }
    const gapMs = policy.minimumGapHours * HOUR_MS;
    if (deliveries.some(({ sentAtMs }) => startMs < sentAtMs + gapMs && endMs > sentAtMs - gapMs)) problems.push('gap');
    const weekOf = (ms: number) => localMinutes(ms, zone).week;
    const sameWeek = deliveries.filter(({ sentAtMs }) => weekOf(sentAtMs) === weekOf(startMs));
    if (sameWeek.length >= policy.weeklyBudget) problems.push('budget');
    if (dueAt !== null && endMs > dueAt.getTime()) problems.push('due date');
    return problems;
  }

  it('never breaks a constraint, in five years of every zone', { timeout: 120_000 }, () => {
    const everyone = changes.map(({ zone, changeMs }, i) => around(zone, changeMs, i));
    let checkedWindows = 0;
    const problems: string[] = [];
    for (const given of everyone) {
      for (const { startsAt, endsAt, label } of suggestWindows(given).windows) {
        checkedWindows += 1;
        const found = broken(given, startsAt.getTime(), endsAt.getTime());
        if (found.length > 0) problems.push(`${given.zone} ${label}: ${found.join(', ')}`);
      }
    }
    expect(problems).toEqual([]);
    expect(checkedWindows).toBeGreaterThan(500);
    // A campaign moves windows, but never into what is not allowed.
    const inOneTeam = everyone.map((given) => ({
      ...given,
      count: 2,
      group: { department: 'everyone', location: null },
    }));
    const spread = suggestCampaign(inOneTeam, { teamShare: 0.001, teamShareFrom: 2 });
    for (const [i, { windows }] of spread.entries()) {
      const given = inOneTeam[i] as DeliveryInputs;
      for (const { startsAt, endsAt } of windows) {
        expect(broken(given, startsAt.getTime(), endsAt.getTime())).toEqual([]);
      }
    }
  });

  it('loses no hour and doubles none, in five years of every zone', { timeout: 120_000 }, () => {
    expect(changes.length).toBeGreaterThan(200);
    let checkedHours = 0;
    for (const [i, { zone, changeMs }] of changes.entries()) {
      const startMs = Math.floor((changeMs - 12 * HOUR_MS) / QUARTER_MS) * QUARTER_MS + (i % 4) * QUARTER_MS;
      const { hours, ranked } = weighHours(
        inputs({
          ...{ zone, now: new Date(startMs), from: new Date(startMs), horizonDays: 1 },
          quietHours: { startMinute: 0, endMinute: 0 },
        }),
        fullHours,
      );
      const expected = hoursByQuarters(startMs, startMs + DAY_MS, zone);
      checkedHours += expected.length;
      expect(hours.map((hour) => hour.startMs)).toEqual(expected);
      expect(ranked.map(({ hour }) => hour.startMs).sort((a, b) => a - b)).toEqual(expected);
    }
    expect(checkedHours).toBeGreaterThan(22 * changes.length);
  });

  it('never suggests the hour that is skipped, and tells the two apart that are repeated', () => {
    const small = [1, 2, 3].flatMap((h) => weekly('2026-03-22T00:00Z', 20).map((ms) => ms + h * HOUR_MS));
    const everyHour = {
      zone: 'Europe/Berlin',
      quietHours: { startMinute: 0, endMinute: 0 },
      count: 20,
      horizonDays: 0.5,
    };
    const spring = suggestWindows(
      inputs({
        ...everyHour,
        activeHoursMs: small,
        now: new Date('2026-03-28T23:00Z'),
        from: new Date('2026-03-28T23:00Z'),
      }),
    );
    expect(labels(spring).some((label) => label.includes('02:00–'))).toBe(false);
    // Habit at two o'clock; of the two hours called two, the earlier comes first, and its neighbour is not suggested too.
    const autumn = suggestWindows(
      inputs({
        ...everyHour,
        activeHoursMs: weekly('2026-10-18T00:00Z', 30),
        now: new Date('2026-10-24T23:00Z'),
        from: new Date('2026-10-24T23:00Z'),
      }),
    );
    expect(labels(autumn)[0]).toBe('Sun 25 Oct, 02:00–03:00 (UTC+02:00)');
    expect(labels(autumn)).not.toContain('Sun 25 Oct, 02:00–03:00 (UTC+01:00)');
  });
});
