import { describe, expect, test } from 'vitest';
import { dropBin, dropPoints } from '../../src/insights/cells/dropPoints.js';
import { type FunnelStage, funnelPaths } from '../../src/insights/cells/funnel.js';
import type { InsightEvent } from '../../src/insights/cells/insightEvent.js';
import { DAY_MS } from '../../src/platform/zonedTime.js';
import { anEvent } from '../support/insightEvents.js';

const END_DAY = 30;
/** Something done with course `c` on a day of a month of 30. */
const on = (day: number, verb: InsightEvent['verb'], progress: number | null = null, courseId = 'c'): InsightEvent =>
  anEvent({ atMs: day * DAY_MS, verb, courseId, progress });
const elsewhere = (...days: number[]) => days.map((day) => anEvent({ atMs: day * DAY_MS, verb: 'VISITED', page: '/' }));
const dropsOf = (events: InsightEvent[], finished: readonly string[] = []) =>
  dropPoints({
    events: events.toSorted((a, b) => a.atMs - b.atMs),
    finishedBefore: new Set(finished),
    untilMs: END_DAY * DAY_MS,
    zone: 'UTC',
  }).map(({ courseId, state, progress }) => `${courseId} ${state} ${progress}`);

describe('a course that was begun', () => {
  test('is not unfinished once it is completed, passed or waived, in the period or before it', () => {
    for (const verb of ['COMPLETED', 'PASSED', 'WAIVED'] as const) {
      expect(dropsOf([on(1, 'STARTED'), on(2, verb)])).toEqual([]);
    }
    expect(dropsOf([on(1, 'PROGRESSED', 0.5)], ['c'])).toEqual([]);
    expect(dropsOf([on(1, 'VIEWED'), on(2, 'SAVED'), on(3, 'IMPRESSION')])).toEqual([]);
  });

  test('is paused when they were at it lately, or did nothing else since', () => {
    expect(dropsOf([on(20, 'STARTED'), on(25, 'PROGRESSED', 0.4), ...elsewhere(27, 28, 29)])).toEqual(['c PAUSED 0.4']);
    expect(dropsOf([on(2, 'PROGRESSED', 0.4)])).toEqual(['c PAUSED 0.4']);
    expect(dropsOf([on(2, 'STARTED'), ...elsewhere(20)])).toEqual(['c PAUSED 0']);
  });

  test('has lost their interest when they left it for 14 days and did other things on two of them, or said so', () => {
    expect(dropsOf([on(2, 'PROGRESSED', 0.4), ...elsewhere(10, 20)])).toEqual(['c LOST_INTEREST 0.4']);
    expect(dropsOf([on(16, 'PROGRESSED', 0.4), ...elsewhere(17, 18)])).toEqual(['c LOST_INTEREST 0.4']);
    expect(dropsOf([on(16.1, 'PROGRESSED', 0.4), ...elsewhere(17, 18)])).toEqual(['c PAUSED 0.4']);
    expect(dropsOf([on(28, 'ABANDONED', 0.3)])).toEqual(['c LOST_INTEREST 0.3']);
    expect(dropsOf([on(28, 'ABANDONED', 0.3), on(29, 'STARTED')])).toEqual(['c PAUSED 0.3']);
  });

  test('has them stuck when they failed twice, or came back on two days without getting further', () => {
    expect(dropsOf([on(3, 'FAILED'), on(4, 'FAILED')])).toEqual(['c STUCK 0']);
    expect(dropsOf([on(3, 'FAILED'), on(4, 'FAILED'), on(5, 'PASSED')])).toEqual([]);
    expect(dropsOf([on(1, 'PROGRESSED', 0.5), on(2, 'PROGRESSED', 0.51), on(3, 'VIEWED')])).toEqual(['c STUCK 0.51']);
    expect(dropsOf([on(1, 'PROGRESSED', 0.5), on(2, 'PROGRESSED', 0.51), on(2.1, 'VIEWED')])).toEqual([
      'c PAUSED 0.51',
    ]);
    expect(dropsOf([on(1, 'PROGRESSED', 0.5), on(2, 'PROGRESSED', 0.6), on(3, 'PROGRESSED', 0.7)])).toEqual([
      'c PAUSED 0.7',
    ]);
    expect(dropsOf([on(1, 'STARTED'), on(2, 'STARTED'), on(3, 'STARTED')])).toEqual(['c PAUSED 0']);
  });

  test('falls into one of ten bins', () => {
    expect([0, 0.09, 0.1, 0.3, 0.7, 0.99, 1].map(dropBin)).toEqual([0, 0, 1, 3, 7, 9, 9]);
  });
});

describe('the way from shown to completed', () => {
  const reached = (...events: InsightEvent[]) => funnelPaths(events, []).map(({ stages }) => stages);
  const ALL: readonly FunnelStage[] = ['SHOWN', 'CLICKED', 'STARTED', 'PROGRESSED', 'COMPLETED'];

  test('takes who reached a stage through all before it, but not for shown', () => {
    expect(reached(on(1, 'PASSED'))).toEqual([ALL.slice(1)]);
    expect(reached(on(1, 'STARTED', 0))).toEqual([['CLICKED', 'STARTED']]);
    expect(reached(on(1, 'ABANDONED', 0.2))).toEqual([['CLICKED', 'STARTED', 'PROGRESSED']]);
    expect(reached(on(1, 'IMPRESSION'), on(2, 'COMPLETED'))).toEqual([ALL]);
    expect(reached(on(1, 'RATED'))).toEqual([]);
  });

  test('tells what came after the course was shown', () => {
    const served = [{ courseIds: ['c', 'd'], atMs: 5 * DAY_MS }];
    const paths = funnelPaths([on(4, 'CLICKED'), on(6, 'STARTED'), on(1, 'STARTED', null, 'd')], served);
    expect(paths).toEqual([
      { courseId: 'c', stages: ALL.slice(0, 3), afterShown: ['CLICKED', 'STARTED'] },
      { courseId: 'd', stages: ALL.slice(0, 3), afterShown: [] },
    ]);
  });
});
