import { describe, expect, test } from 'vitest';
import type { InsightEvent } from '../../src/insights/cells/insightEvent.js';
import { searchOutcomes, sharesIntent } from '../../src/insights/cells/searchOutcomes.js';
import { anEvent, MINUTE_MS } from '../support/insightEvents.js';

const search = (minute: number, query: string, resultCount: number | null = 3): InsightEvent =>
  anEvent({ atMs: minute * MINUTE_MS, verb: 'SEARCHED', query, resultCount });
const click = (minute: number): InsightEvent => anEvent({ atMs: minute * MINUTE_MS, verb: 'CLICKED', courseId: 'c' });
/** Of each search its term and what came of it in letters. */
const outcomes = (...events: InsightEvent[]) =>
  searchOutcomes(events).map(({ term, hadNoResults, isNoClick, isReformulated }) =>
    [term, hadNoResults && 'zero', isNoClick && 'no click', isReformulated && 'reformulated']
      .filter(Boolean)
      .join(', '),
  );

describe('a search', () => {
  test('is answered by a course that is opened within half an hour', () => {
    expect(outcomes(search(0, 'Excel'), click(30))).toEqual(['excel']);
    expect(outcomes(search(0, 'Excel'), click(30.1))).toEqual(['excel, no click']);
    expect(outcomes(click(0), search(1, 'Excel'))).toEqual(['excel, no click']);
  });

  test('is not answered by what was opened after the next search, or seen for a moment', () => {
    expect(outcomes(search(0, 'excel'), search(10, 'sales'), click(11))).toEqual(['excel, no click', 'sales']);
    const glance = anEvent({ atMs: MINUTE_MS, verb: 'VIEWED', courseId: 'c', durationSeconds: 4 });
    expect(outcomes(search(0, 'excel'), glance)).toEqual(['excel, no click']);
  });

  test('that found nothing is in vain and not without a click; when nobody says, it found something', () => {
    expect(outcomes(search(0, 'excel', 0))).toEqual(['excel, zero']);
    expect(outcomes(search(0, 'excel', null))).toEqual(['excel, no click']);
  });

  test('is the same when its words come again before anything is opened', () => {
    expect(outcomes(search(0, 'excel'), search(20, ' EXCEL '), click(49))).toEqual(['excel']);
    expect(outcomes(search(0, 'excel'), click(1), search(2, 'excel'))).toEqual(['excel', 'excel, no click']);
    expect(outcomes(search(0, 'excel'), search(31, 'excel'))).toHaveLength(2);
  });

  test('is reformulated in other words of the same intent within five minutes, with nothing opened between', () => {
    expect(outcomes(search(0, 'excel'), search(5, 'excel pivot'))).toEqual([
      'excel, no click, reformulated',
      'excel pivot, no click',
    ]);
    expect(outcomes(search(0, 'excel'), search(5.1, 'excel pivot'))[0]).toBe('excel, no click');
    expect(outcomes(search(0, 'excel'), click(1), search(2, 'excel pivot'))[0]).toBe('excel');
    expect(outcomes(search(0, 'excel', 0), search(2, 'negotiation'))[0]).toBe('excel, zero');
    expect(outcomes(search(0, 'pyhton', 0), search(1, 'python'))[0]).toBe('pyhton, zero, reformulated');
  });

  test('without words is none', () => {
    expect(outcomes(search(0, '  '), anEvent({ verb: 'SEARCHED' }))).toEqual([]);
  });
});

describe('intent', () => {
  test.each([
    ['excel course', 'excel pivot', true],
    ['excel course', 'sales course', false],
    ['project managment', 'leading management', true],
    ['data', 'data science', true],
    ['leading people', 'lead', true],
    ['time management', 'zeitmanagement', true],
    ['leadership', 'führung', false],
    ['sql', 'sql', false],
  ])('of "%s" and "%s" is shared: %s', (a, b, expected) => {
    expect([sharesIntent(a, b), sharesIntent(b, a)]).toEqual([expected, expected]);
  });
});
