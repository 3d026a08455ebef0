import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SOURCES } from '../../src/recommendations/pipeline/pipeline.js';
import type { Reason } from '../../src/recommendations/pipeline/reasons.js';
import {
  isRecorded,
  placesOf,
  replayedList,
  revivedList,
  type ServedListFacts,
  servedListRow,
} from '../../src/recommendations/pipeline/servedList.js';

const AT = new Date('2026-06-01T12:00:00Z');
const NEW: Reason = {
  code: 'NEW',
  text: 'New since 2026-05-01',
  evidence: { kind: 'NEW', publishedAt: new Date('2026-05-01T00:00:00Z') },
};

const facts = (change: Partial<ServedListFacts> = {}): ServedListFacts => ({
  id: 'l1',
  learnerId: 'e1',
  surface: 'HOME',
  strategy: 'PERSONAL',
  modelVersion: 'm-1',
  policyVersion: 2,
  signalWeightsVersion: 0,
  ruleSetVersion: null,
  variant: null,
  teams: null,
  at: AT,
  places: [],
  shown: [],
  shelves: null,
  ...change,
});

/** As a database gives it back: JSON has no dates, and single precision comes in its shortest decimals. */
function throughDatabase(list: ReturnType<typeof servedListRow>): ReturnType<typeof servedListRow> {
  const shortest = (value: number) => {
    for (let digits = 1; digits < 9; digits++) {
      const short = Number(value.toPrecision(digits));
      if (Math.fround(short) === value) return short;
    }
    return value;
  };
  return {
    ...list,
    scores: list.scores.map(shortest),
    propensities: list.propensities.map(shortest),
    pages: JSON.parse(JSON.stringify(list.pages)),
    appliedRules: JSON.parse(JSON.stringify(list.appliedRules)),
  };
}

const place = fc.record({
  courseId: fc.string(),
  score: fc.double({ min: -100, max: 100, noNaN: true }),
  sources: fc.uniqueArray(fc.constantFrom(...SOURCES), { minLength: 1 }),
  propensity: fc.constantFrom(1, 0.5, 0.05 / 7),
  appliedRules: fc.subarray([
    { ruleId: 'r2', sentence: 'For everyone, A is boosted.', action: 'BOOST' as const, effect: 'Raises it' },
    { ruleId: 'r1', sentence: 'For everyone, A comes first.', action: 'PIN' as const, effect: 'Holds the 1st place' },
  ]),
});

test('what comes back from the database is what was handed out, place by place', () => {
  fc.assert(
    fc.property(fc.uniqueArray(place, { selector: ({ courseId }) => courseId }), (places) => {
      const row = servedListRow(facts({ places }));
      const expected = places.map(({ score, propensity, ...rest }, i) => ({
        ...rest,
        rank: i + 1,
        // A database knows no negative zero.
        score: Math.fround(score) + 0,
        propensity: Math.fround(propensity),
      }));
      expect(placesOf(revivedList(throughDatabase(row)))).toEqual(expected);
    }),
  );
});

test('scores are handed out as they are stored, and close to what was computed', () => {
  fc.assert(
    fc.property(place, (one) => {
      const [score] = servedListRow(facts({ places: [one] })).scores;
      expect(score).toBe(Math.fround(score as number));
      expect(Math.abs((score as number) - one.score)).toBeLessThanOrEqual(1e-5);
    }),
  );
});

test('propensities are stored only where something was left to chance', () => {
  const sure = { courseId: 'a', score: 1, sources: ['MODEL'], propensity: 1, appliedRules: [] } as const;
  expect(servedListRow(facts({ places: [sure] })).propensities).toEqual([]);
  expect(servedListRow(facts({ places: [sure, { ...sure, propensity: 0.25 }] })).propensities).toEqual([1, 0.25]);
});

test('a replay tells the reasons of the first showing with their dates, and nothing of what nobody looked at', () => {
  const places = ['a', 'b', 'c'].map((courseId) => ({
    courseId,
    score: 1,
    sources: ['NEW'] as const,
    propensity: 1,
    appliedRules: [],
  }));
  const later = new Date(AT.getTime() + 60_000);
  const row = servedListRow(facts({ places, shown: [{ courseId: 'a', reasons: [NEW] }] }));
  const asked = { firstRank: 1, at: later, items: ['a', 'b'].map((courseId) => ({ courseId, reasons: [] })) };
  const seenAt = new Date(AT.getTime() + 1);
  const outcome = { seenAt, clickedAt: null, startedAt: null, completedAt: null, savedAt: null, dismissedAt: null };
  const list = replayedList(
    revivedList(throughDatabase({ ...row, pages: [...row.pages, asked] })),
    new Map([['a', outcome]]),
  );
  expect(list.places.map(({ courseId, shownAt, reasons }) => [courseId, shownAt, reasons])).toEqual([
    ['a', AT, [NEW]],
    ['b', later, []],
    ['c', null, null],
  ]);
  expect(list.places[0]?.outcome).toEqual(outcome);
  expect(list.places[1]?.outcome).toEqual({ ...outcome, seenAt: null });
  expect(list.pages.map(({ at }) => at)).toEqual([AT, later]);
});

test('the same page is recorded once, another part of the list or other reasons anew', () => {
  const page = { firstRank: 3, at: AT, items: [{ courseId: 'a', reasons: [NEW] }] };
  expect(isRecorded([page], { ...page, at: new Date(0) })).toBe(true);
  expect(isRecorded([], page)).toBe(false);
  expect(isRecorded([page], { ...page, firstRank: 4 })).toBe(false);
  expect(isRecorded([page], { ...page, items: [{ courseId: 'a', reasons: [] }] })).toBe(false);
  expect(isRecorded([page], { ...page, items: [{ courseId: 'b', reasons: [NEW] }] })).toBe(false);
});
