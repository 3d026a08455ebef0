import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planCourses } from '../../src/catalog/catalogPlan.js';
import { type Course, isFull } from '../../src/catalog/course.js';
import { type CourseEvent, type CourseState, foldCourseEvent } from '../../src/learners/courseState.js';
import { isFulfilled } from '../../src/learners/learner.js';
import { VERBS } from '../../src/learners/profileEvent.js';

const NOW = new Date('2026-06-01T12:00:00Z');
const DAY_MS = 86_400_000;
const daysFromNow = (days: number) => new Date(NOW.getTime() + days * DAY_MS);

describe('a live session is full', () => {
  it.each([
    { capacity: null, seatsTaken: null, full: false },
    { capacity: null, seatsTaken: 5_000, full: false },
    { capacity: 0, seatsTaken: null, full: true },
    { capacity: 12, seatsTaken: null, full: false },
    { capacity: 12, seatsTaken: 11, full: false },
    { capacity: 12, seatsTaken: 12, full: true },
    { capacity: 12, seatsTaken: 14, full: true },
  ])('$full with $seatsTaken of $capacity places taken', ({ full, ...session }) => {
    expect(isFull(session)).toBe(full);
  });
});

describe('when a course was added', () => {
  const added = (publishedAt: Date | null, stored: ReadonlyMap<string, Course> = new Map()) =>
    planCourses([{ id: 'c', title: 'C', publishedAt }], stored, new Set(), [], new Set(['c']), NOW).accepted[0];

  it('is when it was published, unless that is unknown or still to come', () => {
    expect(added(daysFromNow(-300))?.addedAt).toEqual(daysFromNow(-300));
    expect(added(null)?.addedAt).toEqual(NOW);
    expect(added(daysFromNow(3))?.addedAt).toEqual(NOW);
  });

  it('never changes after', () => {
    const before = { ...(added(null) as Course), addedAt: daysFromNow(-10) };
    expect(added(daysFromNow(-300), new Map([['c', before]]))?.addedAt).toEqual(daysFromNow(-10));
  });
});

describe('an assignment is fulfilled', () => {
  const stateOf = (...events: readonly Pick<CourseEvent, 'verb' | 'atMs'>[]): CourseState =>
    events.reduce<CourseState | null>(
      (state, event) =>
        foldCourseEvent(state, { ...event, durationSeconds: null, progress: null, score: null, reason: null }),
      null,
    ) as CourseState;
  const done = (verb: CourseEvent['verb'], days: number) => ({ verb, atMs: daysFromNow(days).getTime() });

  it('by any completion, pass or waiver, when all of them count', () => {
    for (const verb of ['COMPLETED', 'PASSED', 'WAIVED'] as const) {
      expect(isFulfilled({ countsFrom: null }, stateOf(done(verb, -900)))).toBe(true);
    }
    expect(isFulfilled({ countsFrom: null }, undefined)).toBe(false);
    expect(isFulfilled({ countsFrom: null }, stateOf(done('FAILED', -1), done('STARTED', -2)))).toBe(false);
  });

  it('only from the date on that counts', () => {
    const assignment = { countsFrom: daysFromNow(-30) };
    expect(isFulfilled(assignment, stateOf(done('COMPLETED', -31)))).toBe(false);
    expect(isFulfilled(assignment, stateOf(done('COMPLETED', -30)))).toBe(true);
    expect(isFulfilled(assignment, stateOf(done('PASSED', -400), done('COMPLETED', -2)))).toBe(true);
  });

  it('exactly when one of the events themselves fulfils it', () => {
    const event = fc.record({ verb: fc.constantFrom(...VERBS), atMs: fc.integer({ min: 0, max: 20 }) });
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 12 }), fc.integer({ min: 0, max: 20 }), (events, from) => {
        const fulfils = events.some(
          ({ verb, atMs }) => ['COMPLETED', 'PASSED', 'WAIVED'].includes(verb) && atMs >= from,
        );
        expect(isFulfilled({ countsFrom: new Date(from) }, stateOf(...events) ?? undefined)).toBe(fulfils);
      }),
    );
  });
});
