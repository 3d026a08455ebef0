import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIDENCE_WEIGHTS } from '../../src/learners/confidence.js';
import { foldCourseEvent } from '../../src/learners/courseState.js';
import {
  changedWeights,
  previewConfidences,
  signalWeightsProblems,
  signalWeightsSchema,
  WEIGHT_RANGES,
  type WeightName,
} from '../../src/learners/signalWeights.js';
import { changesBetween } from '../../src/platform/settings/versionedSettings.js';
import { compareLists } from '../../src/recommendations/compareLists.js';
import { changedPolicy, DEFAULT_POLICY, policyProblems, policySchema, SIGNALS } from '../../src/rules/policy.js';

describe('policies', () => {
  const change = fc.record({
    strengths: fc.option(
      fc.uniqueArray(
        fc.record({ signal: fc.constantFrom(...SIGNALS), strength: fc.double({ min: 0, max: 3, noNaN: true }) }),
        { selector: ({ signal }) => signal },
      ),
    ),
    diversity: fc.double({ min: 0, max: 1, noNaN: true }),
    explorationShare: fc.option(fc.double({ min: 0, max: 0.2, noNaN: true })),
  });

  test('changed within the ranges can be stored and read, and differ in what was named alone', () => {
    fc.assert(
      fc.property(change, (one) => {
        expect(policyProblems(one)).toEqual([]);
        const { version: _, ...changed } = changedPolicy(DEFAULT_POLICY, one);
        expect(policySchema.parse(changed)).toEqual(changed);
        const named = new Map((one.strengths ?? []).map(({ signal, strength }) => [signal, strength]));
        for (const signal of SIGNALS) expect(changed.strengths[signal]).toBe(named.get(signal) ?? 1);
        expect(changed.diversity).toBe(one.diversity);
        expect(changed.explorationShare).toBe(one.explorationShare ?? DEFAULT_POLICY.explorationShare);
      }),
    );
  });

  test('stored before a signal existed leave it as it was fitted; unknown ones are left out', () => {
    const stored = { strengths: { role: 2, astrology: 3 }, diversity: 0, explorationShare: 0 };
    const { strengths } = policySchema.parse(stored);
    expect(strengths).toEqual({ ...DEFAULT_POLICY.strengths, role: 2 });
  });
});

describe('signal weights', () => {
  const names = Object.keys(WEIGHT_RANGES) as WeightName[];

  test('have a range around each standard value', () => {
    expect(names.sort()).toEqual(Object.keys(DEFAULT_CONFIDENCE_WEIGHTS).sort());
    expect(signalWeightsProblems(DEFAULT_CONFIDENCE_WEIGHTS)).toEqual([]);
    expect(signalWeightsSchema.parse({})).toEqual(DEFAULT_CONFIDENCE_WEIGHTS);
  });

  test.each(names)('%s may be at both ends of its range, and not beyond', (name) => {
    const { min, max } = WEIGHT_RANGES[name];
    for (const value of [min, max]) {
      expect(signalWeightsProblems({ [name]: value })).toEqual([]);
      expect(changedWeights(DEFAULT_CONFIDENCE_WEIGHTS, { [name]: value })).toEqual({
        ...DEFAULT_CONFIDENCE_WEIGHTS,
        [name]: value,
      });
    }
    for (const value of [min - 0.01, max + 0.01, Number.NaN]) {
      expect(signalWeightsProblems({ [name]: value }).map(({ path }) => path)).toEqual([[name]]);
      expect(signalWeightsSchema.safeParse({ ...DEFAULT_CONFIDENCE_WEIGHTS, [name]: value }).success).toBe(false);
    }
  });

  test('previewed put what changes the most first', () => {
    const state = (courseId: string, verb: 'COMPLETED' | 'STARTED') => {
      const event = { atMs: 0, durationSeconds: null, progress: null, score: null, reason: null };
      return {
        courseId,
        ...(foldCourseEvent(null, { ...event, verb }) as NonNullable<ReturnType<typeof foldCourseEvent>>),
      };
    };
    const courses = [state('a', 'STARTED'), state('b', 'COMPLETED'), state('duty', 'COMPLETED')];
    const draft = { ...DEFAULT_CONFIDENCE_WEIGHTS, completed: 0.5 };
    expect(previewConfidences(courses, new Set(['duty']), DEFAULT_CONFIDENCE_WEIGHTS, draft)).toEqual([
      { courseId: 'b', now: 1, draft: 0.5 },
      { courseId: 'a', now: 0.2, draft: 0.2 },
      { courseId: 'duty', now: 0, draft: 0 },
    ]);
  });
});

test('what differs between two versions is told value by value', () => {
  expect(changesBetween({ a: { x: 1, y: 2 }, b: [1] }, { a: { x: 1, y: 3 }, b: [1, 2], c: 4 })).toEqual([
    { path: ['a', 'y'], before: 2, after: 3 },
    { path: ['b'], before: [1], after: [1, 2] },
    { path: ['c'], before: null, after: 4 },
  ]);
  fc.assert(fc.property(fc.jsonValue(), (value) => changesBetween(value, value).length === 0));
});

describe('two lists compared', () => {
  test('tell moves, arrivals and departures among the first places', () => {
    expect(compareLists(['a', 'b', 'c', 'd'], ['c', 'a', 'x', 'b'], 2)).toEqual([
      { courseId: 'c', rankBefore: 3, rankAfter: 1 },
      { courseId: 'a', rankBefore: 1, rankAfter: 2 },
      { courseId: 'b', rankBefore: 2, rankAfter: 4 },
    ]);
    expect(compareLists(['a'], ['b'], 5)).toEqual([
      { courseId: 'b', rankBefore: null, rankAfter: 1 },
      { courseId: 'a', rankBefore: 1, rankAfter: null },
    ]);
  });

  test('give both lists back', () => {
    const ids = fc.uniqueArray(fc.string());
    fc.assert(
      fc.property(ids, ids, (before, after) => {
        const moves = compareLists(before, after, Number.POSITIVE_INFINITY);
        const by = (rank: 'rankBefore' | 'rankAfter') =>
          moves
            .filter((move) => move[rank] !== null)
            .sort((a, b) => (a[rank] ?? 0) - (b[rank] ?? 0))
            .map(({ courseId }) => courseId);
        expect([by('rankBefore'), by('rankAfter')]).toEqual([before, after]);
      }),
    );
  });
});
