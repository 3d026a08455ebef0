import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { importFiles } from '../../src/cli/import.js';
import { aLearner } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { openTestApp, type TestApp } from '../support/testApp.js';

const ERRORS = 'userErrors { index code message path }';
const UPSERT_HOLIDAYS = `mutation ($rows: [UpsertHolidayInput!]!) { upsertHolidays(holidays: $rows) { storedCount ${ERRORS} } }`;
const REMOVE_HOLIDAYS = `mutation ($rows: [RemoveHolidayInput!]!) { removeHolidays(holidays: $rows) { removedCount ${ERRORS} } }`;
const HOLIDAYS = `query ($location: String, $from: String, $until: String) {
  holidays(location: $location, from: $from, until: $until) { location day name } }`;
const UPSERT_LEAVE = `mutation ($rows: [UpsertLeaveInput!]!) { upsertLeave(leave: $rows) { storedCount ${ERRORS} } }`;
const REMOVE_LEAVE = `mutation ($rows: [RemoveLeaveInput!]!) { removeLeave(leave: $rows) { removedCount ${ERRORS} } }`;
const LEAVE = `query ($learnerId: ID!, $from: String, $until: String) {
  leave(learnerId: $learnerId, from: $from, until: $until) { startsOn endsOn } }`;

const CHRISTMAS = { location: null, day: '2025-12-25', name: 'Christmas' };
const EPIPHANY = { location: 'Madrid', day: '2026-01-06', name: 'Reyes' };

let made = 0;
function written(...lines: readonly string[]): string {
  made += 1;
  const path = join(inject('runFolder'), `calendar-${process.pid}-${made}.csv`);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

describeOnBothDatabases('calendars', (kind) => {
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
  });
  afterAll(() => service.close());
  beforeEach(() => service.sql('TRUNCATE learner, holiday CASCADE'));

  const send = async (mutation: string, rows: readonly unknown[]) =>
    Object.values(await service.ask<Record<string, unknown>>(mutation, { rows }))[0];
  const stored = (storedCount: number) => ({ storedCount, userErrors: [] });
  const removed = (removedCount: number) => ({ removedCount, userErrors: [] });

  async function imported(files: Parameters<typeof importFiles>[1]) {
    const printed: string[] = [];
    const stderr = { isTTY: false, columns: 200, write: () => {} };
    const report = await importFiles(
      service.app,
      files,
      { verb: null, source: 'import', timezone: null, createMissing: false, rejectedPath: null },
      { stdout: { write: (text: string) => printed.push(text) }, stderr },
    );
    return { counts: report.files.map((f) => [f.kind, f.read, f.stored, f.rejected]), text: printed.join('') };
  }

  describe('of holidays', () => {
    const holidays = async (variables: Readonly<Record<string, unknown>> = {}) =>
      (await service.ask<{ holidays: unknown[] }>(HOLIDAYS, variables)).holidays;

    test('hold for one location or everywhere, and do not double', async () => {
      for (const _ of [1, 2]) expect(await send(UPSERT_HOLIDAYS, [EPIPHANY, CHRISTMAS])).toEqual(stored(2));
      expect(await holidays()).toEqual([CHRISTMAS, EPIPHANY]);
      expect(await holidays({ location: 'Lyon' })).toEqual([CHRISTMAS]);
      expect(await holidays({ location: 'Madrid', from: '2026-01-01' })).toEqual([EPIPHANY]);
      expect(await holidays({ until: '2025-12-25' })).toEqual([]);
      expect(await holidays({ until: '2025-12-26' })).toEqual([CHRISTMAS]);
    });

    test('are read for many locations at once, each with those of everywhere', async () => {
      await send(UPSERT_HOLIDAYS, [EPIPHANY, CHRISTMAS, { ...CHRISTMAS, location: 'Madrid', name: 'Navidad' }]);
      const found = await service.app.calendar.holidays(['Madrid', 'Lyon', null, 'Madrid'], '2025-12-01', '2026-02-01');
      expect([...found]).toEqual([
        [
          'Madrid',
          [
            { day: '2025-12-25', name: 'Navidad' },
            { day: '2026-01-06', name: 'Reyes' },
          ],
        ],
        ['Lyon', [{ day: '2025-12-25', name: 'Christmas' }]],
        [null, [{ day: '2025-12-25', name: 'Christmas' }]],
      ]);
    });

    test('are renamed, and removed one by one', async () => {
      await send(UPSERT_HOLIDAYS, [CHRISTMAS, EPIPHANY]);
      await send(UPSERT_HOLIDAYS, [{ ...EPIPHANY, name: 'Epifanía' }]);
      const gone = { location: 'Madrid', day: '2025-12-25' };
      expect(await send(REMOVE_HOLIDAYS, [{ day: '2025-12-25' }, gone])).toEqual(removed(1));
      expect(await holidays()).toEqual([{ ...EPIPHANY, name: 'Epifanía' }]);
      expect(await send(REMOVE_HOLIDAYS, [{ day: '2025-12-25' }])).toEqual(removed(0));
      expect(await send(REMOVE_HOLIDAYS, [{ day: 'all' }])).toMatchObject({
        removedCount: 0,
        userErrors: [{ index: 0, code: 'INVALID_VALUE', path: ['day'] }],
      });
    });

    test('come from files, and bad rows are told with their line', async () => {
      const file = written(
        'Office,Date,Holiday',
        ',2025-12-25,Christmas',
        'Madrid,2026-01-06,Reyes',
        'Madrid,6 January,Reyes',
        'Madrid,2026-01-07,',
      );
      for (const _ of [1, 2]) {
        const { counts, text } = await imported({ holidays: [file] });
        expect(counts).toEqual([['holidays', 4, 2, 2]]);
        expect(text).toContain('line 4, Date: Date is not a date such as "2024-03-01"');
        expect(text).toContain('line 5, Holiday: Holiday is empty');
      }
      expect(await holidays()).toEqual([CHRISTMAS, EPIPHANY]);
    });

    test('that nobody could ask for are refused', async () => {
      for (const variables of [{ from: 'x' }, { from: '2026-01-01', until: '2025-01-01' }, { location: 'a\0' }]) {
        const { errors } = await service.post(HOLIDAYS, variables);
        expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
      }
    });
  });

  describe('of leave', () => {
    const [ada, grace] = [aLearner({ id: 'ada' }), aLearner({ id: 'grace' })];
    const leaveOf = async (learnerId: string, variables: Readonly<Record<string, unknown>> = {}, key?: string) =>
      (await service.ask<{ leave: unknown[] }>(LEAVE, { learnerId, ...variables }, key)).leave;
    const away = (learnerId: string, startsOn: string, endsOn: string) => ({ learnerId, startsOn, endsOn });
    beforeEach(() => store(service, { learners: [ada, grace] }));

    test('are merged where they overlap, do not double, and an end can be moved', async () => {
      const rows = [away('ada', '2025-04-01', '2025-04-08'), away('ada', '2025-04-05', '2025-04-10')];
      for (const _ of [1, 2]) expect(await send(UPSERT_LEAVE, rows)).toEqual(stored(2));
      expect(await leaveOf('ada')).toEqual([{ startsOn: '2025-04-01', endsOn: '2025-04-10' }]);
      await send(UPSERT_LEAVE, [away('ada', '2025-04-05', '2025-04-06')]);
      expect(await leaveOf('ada')).toEqual([{ startsOn: '2025-04-01', endsOn: '2025-04-08' }]);
      expect(await send(REMOVE_LEAVE, [{ learnerId: 'ada', startsOn: '2025-04-01' }])).toEqual(removed(1));
      expect(await leaveOf('ada')).toEqual([{ startsOn: '2025-04-05', endsOn: '2025-04-06' }]);
      expect(await leaveOf('grace')).toEqual([]);
    });

    test('are read for many learners at once, as far as they touch the days', async () => {
      await send(UPSERT_LEAVE, [
        away('ada', '2025-04-01', '2025-04-08'),
        away('grace', '2025-04-07', '2025-05-01'),
        away('grace', '2025-06-01', '2025-06-08'),
      ]);
      const found = await service.app.learners.leave(['grace', 'ada', 'nobody'], '2025-04-08', '2025-06-01');
      expect([...found]).toEqual([['grace', [{ startsOn: '2025-04-07', endsOn: '2025-05-01' }]]]);
    });

    test('go with the learner', async () => {
      await send(UPSERT_LEAVE, [away('ada', '2025-04-01', '2025-04-08')]);
      await service.sql(`DELETE FROM learner WHERE id = 'ada'`);
      expect(await service.sql('SELECT * FROM learner_leave')).toEqual([]);
    });

    test('come from files, and bad rows are told with their line', async () => {
      const file = written(
        'learner,starts_on,ends_on',
        'ada,2025-04-01,2025-04-08',
        'nobody,2025-04-01,2025-04-08',
        'ada,2025-04-20,2025-04-20',
      );
      const { counts, text } = await imported({ leave: [file] });
      expect(counts).toEqual([['leave', 3, 1, 2]]);
      expect(text).toContain('line 3, learner: There is no learner "nobody"; import it with --learners FILE');
      expect(text).toContain('line 4, ends_on: ends_on must be after startsOn: it is the first day back at work');
      expect(await leaveOf('ada')).toEqual([{ startsOn: '2025-04-01', endsOn: '2025-04-08' }]);
    });

    test('are read by the person and by portals that deliver, not by manager or L&D', async () => {
      await store(service, { learners: [{ id: 'ada', managerId: 'boss' }] });
      await send(UPSERT_LEAVE, [away('ada', '2025-04-01', '2025-04-08')]);
      for (const reader of [await service.token({ learnerId: 'ada' }), await service.key('TIMING')]) {
        expect(await leaveOf('ada', {}, reader)).toHaveLength(1);
      }
      for (const roles of [['MANAGER'], ['LD_EDITOR', 'LD_ANALYST']] as const) {
        const token = await service.token({ learnerId: 'boss', roles });
        expect((await service.post(LEAVE, { learnerId: 'ada' }, token)).errors[0]?.extensions.code).toBe('FORBIDDEN');
      }
    });
  });
});
