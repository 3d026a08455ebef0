import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConfidenceWeights,
  courseConfidence,
  DEFAULT_CONFIDENCE_WEIGHTS,
  undecayedConfidence,
} from '../../src/learners/confidence.js';
import {
  type CourseEvent,
  type CourseState,
  foldCourseEvent,
  MIN_VIEW_SECONDS,
  mergeCourseStates,
} from '../../src/learners/courseState.js';
import { DISMISS_REASONS, VERBS, type Verb } from '../../src/learners/profileEvent.js';
import { createRandom, shuffled } from '../../src/stats/random.js';

const DAY_MS = 86_400_000;

function event(verb: Verb, atMs = 0, rest: Partial<CourseEvent> = {}): CourseEvent {
  return { verb, atMs, durationSeconds: null, progress: null, score: null, reason: null, ...rest };
}

function fold(events: readonly CourseEvent[]): CourseState | null {
  return events.reduce<CourseState | null>(foldCourseEvent, null);
}

function stateOf(...events: readonly CourseEvent[]): CourseState {
  const state = fold(events);
  if (state === null) throw new Error('the events leave no trace');
  return state;
}

const eventArbitrary: fc.Arbitrary<CourseEvent> = fc.record({
  verb: fc.constantFrom(...VERBS),
  // Few moments and values, so that ties are common.
  atMs: fc.nat(5),
  durationSeconds: fc.option(fc.constantFrom(0, 0.4, 4.9, 5, 7.5, 61)),
  progress: fc.option(fc.constantFrom(0, 0.25, 0.5, 1)),
  score: fc.option(fc.constantFrom(-1, -0.5, 0, 0.5, 1)),
  reason: fc.option(fc.constantFrom(...DISMISS_REASONS)),
});

describe('foldCourseEvent', () => {
  it('keeps counts, sums, furthest and latest of a course followed to its end', () => {
    const state = stateOf(
      event('VIEWED', 10, { durationSeconds: 30 }),
      event('STARTED', 20),
      event('PROGRESSED', 30, { progress: 0.4, durationSeconds: 600 }),
      event('ABANDONED', 40, { progress: 0.3 }),
      event('FAILED', 50, { score: -0.2 }),
      event('PASSED', 60, { score: 0.9, durationSeconds: 1200.6 }),
      event('COMPLETED', 60, { progress: 1 }),
      event('RATED', 70, { score: 0.5 }),
      event('RATED', 65, { score: -1 }),
      event('SAVED', 5),
    );
    expect(state).toEqual({
      views: 1,
      starts: 1,
      maxProgress: 1,
      completedAtMs: 60,
      passedAtMs: 60,
      failedAtMs: 50,
      attempts: 2,
      abandonedAtMs: 40,
      abandonedProgress: 0.3,
      rating: 0.5,
      ratedAtMs: 70,
      savedAtMs: 5,
      sharedAtMs: null,
      dismissedAtMs: null,
      dismissReason: null,
      waivedAtMs: null,
      secondsSpent: 1831,
      firstAtMs: 5,
      lastAtMs: 70,
    });
  });

  it('leaves no trace of glances and of what is not done on the course itself', () => {
    expect(fold([event('VIEWED', 1, { durationSeconds: 4.9 })])).toBeNull();
    expect(fold([event('IMPRESSION'), event('CLICKED'), event('SEARCHED'), event('VISITED')])).toBeNull();
    const started = stateOf(event('STARTED', 5));
    expect(foldCourseEvent(started, event('IMPRESSION', 90))).toBe(started);
    expect(foldCourseEvent(started, event('VIEWED', 90, { durationSeconds: 1 }))).toBe(started);
  });

  it('counts a view of unknown length', () => {
    expect(stateOf(event('VIEWED')).views).toBe(1);
    expect(stateOf(event('VIEWED', 0, { durationSeconds: MIN_VIEW_SECONDS })).views).toBe(1);
  });

  it('comes to the same state in any order', () => {
    fc.assert(
      fc.property(fc.array(eventArbitrary, { maxLength: 12 }), fc.integer(), (events, seed) => {
        expect(fold(shuffled(events, createRandom(seed)))).toEqual(fold(events));
      }),
      { numRuns: 500 },
    );
  });

  it('comes to the same state from any two parts', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(eventArbitrary, fc.boolean()), { maxLength: 12 }), (marked) => {
        const whole = fold(marked.map(([one]) => one));
        const a = fold(marked.filter(([, isA]) => isA).map(([one]) => one));
        const b = fold(marked.filter(([, isA]) => !isA).map(([one]) => one));
        const merged = a === null ? b : b === null ? a : mergeCourseStates(a, b);
        expect(merged).toEqual(whole);
        if (a !== null && b !== null) expect(mergeCourseStates(b, a)).toEqual(merged);
      }),
      { numRuns: 500 },
    );
  });
});

describe('courseConfidence', () => {
  const weights = DEFAULT_CONFIDENCE_WEIGHTS;
  const fresh = (state: CourseState, mandatory = false): number =>
    courseConfidence(state, { mandatory, asOfMs: 0, weights });

  it.each<[string, number, readonly CourseEvent[]]>([
    ['completed', 1, [event('COMPLETED')]],
    ['passed', 1, [event('PASSED')]],
    ['progress by its share', 0.3, [event('PROGRESSED', 0, { progress: 0.5 })]],
    ['progress below the start it implies', 0.2, [event('STARTED'), event('PROGRESSED', 0, { progress: 0.1 })]],
    ['saved', 0.5, [event('SAVED')]],
    ['shared', 0.5, [event('SHARED')]],
    ['started', 0.2, [event('STARTED')]],
    ['viewed once', 0.05, [event('VIEWED')]],
    ['viewed again', 0.2, [event('VIEWED'), event('VIEWED')]],
    ['rated well', 0.75, [event('RATED', 0, { score: 0.75 })]],
    ['completed and rated so-so', 1, [event('COMPLETED'), event('RATED', 0, { score: 0.1 })]],
    ['completed and rated badly', -0.5, [event('COMPLETED'), event('RATED', 0, { score: -0.5 })]],
    ['given up at once', -0.1, [event('STARTED'), event('ABANDONED', 0, { progress: 0 })]],
    ['given up half way', 0.15, [event('PROGRESSED', 0, { progress: 0.5 }), event('ABANDONED', 0, { progress: 0.5 })]],
    ['given up nobody knows where', -0.15, [event('ABANDONED')]],
    ['given up and completed after all', 1, [event('ABANDONED', 0, { progress: 0.2 }), event('COMPLETED')]],
    ['failed', 0, [event('FAILED')]],
    ['dismissed', -1, [event('DISMISSED')]],
    ['saved and then dismissed', -1, [event('SAVED', -2), event('DISMISSED', 0)]],
    ['dismissed as known already', 0, [event('DISMISSED', 0, { reason: 'ALREADY_KNOW' })]],
    ['started and then dismissed for now', 0, [event('STARTED', -2), event('DISMISSED', 0, { reason: 'NOT_NOW' })]],
    ['dismissed as too long', -1, [event('DISMISSED', 0, { reason: 'TOO_LONG' })]],
    [
      'dismissed for now, then for good',
      -1,
      [event('DISMISSED', -2, { reason: 'NOT_NOW' }), event('DISMISSED', 0, { reason: 'NOT_RELEVANT' })],
    ],
    [
      'rated poor and then dismissed for now',
      -0.5,
      [event('RATED', -2, { score: -0.5 }), event('DISMISSED', 0, { reason: 'NOT_NOW' })],
    ],
    ['dismissed and then completed', 1, [event('DISMISSED', -2), event('COMPLETED', 0)]],
    ['dismissed and then looked at', -1, [event('DISMISSED', -2), event('VIEWED', 0)]],
    ['waived', 0, [event('WAIVED'), event('COMPLETED')]],
  ])('is what the table says for a course %s', (_, expected, events) => {
    expect(fresh(stateOf(...events))).toBeCloseTo(expected, 9);
  });

  it('takes from a mandatory course only what the learner said of it', () => {
    expect(fresh(stateOf(event('VIEWED'), event('STARTED'), event('COMPLETED')), true)).toBe(0);
    expect(fresh(stateOf(event('ABANDONED', 0, { progress: 0 })), true)).toBe(0);
    expect(fresh(stateOf(event('COMPLETED'), event('RATED', 0, { score: 1 })), true)).toBe(1);
    expect(fresh(stateOf(event('COMPLETED'), event('SHARED')), true)).toBe(0.5);
    expect(fresh(stateOf(event('DISMISSED')), true)).toBe(-1);
  });

  it('halves with every half-life between its last touch and the learner’s latest', () => {
    const state = stateOf(event('SAVED', 0), event('COMPLETED', 10 * DAY_MS));
    const daysLater = (days: number): number =>
      courseConfidence(state, { mandatory: false, asOfMs: (10 + days) * DAY_MS, weights });
    expect(daysLater(0)).toBe(1);
    expect(daysLater(180)).toBeCloseTo(0.5, 12);
    expect(daysLater(360)).toBeCloseTo(0.25, 12);
    expect(daysLater(-5)).toBe(1);
  });

  it('follows other weights', () => {
    const own: ConfidenceWeights = { ...weights, started: 0.7, halfLifeDays: 10 };
    expect(
      courseConfidence(stateOf(event('STARTED')), { mandatory: false, asOfMs: 10 * DAY_MS, weights: own }),
    ).toBeCloseTo(0.35, 12);
  });

  it('stays between −1 and 1, and fading keeps its sign', () => {
    fc.assert(
      fc.property(fc.array(eventArbitrary, { maxLength: 8 }), fc.boolean(), fc.nat(1000), (events, mandatory, days) => {
        const state = fold(events);
        if (state === null) return;
        const before = undecayedConfidence(state, { mandatory, weights });
        const faded = courseConfidence(state, { mandatory, asOfMs: days * DAY_MS, weights });
        expect(Math.abs(before)).toBeLessThanOrEqual(1);
        expect(Math.abs(faded)).toBeLessThanOrEqual(Math.abs(before));
        expect(Math.sign(faded)).toBe(Math.sign(before));
      }),
    );
  });
});
