import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CourseInput, planCourses } from '../../src/catalog/catalogPlan.js';
import { EMPTY_CATALOG, withChanges } from '../../src/catalog/catalogSnapshot.js';
import { type CourseEvent, type CourseState, foldCourseEvent } from '../../src/learners/courseState.js';
import type { Assignment } from '../../src/learners/learner.js';
import { requiredCourses } from '../../src/recommendations/pipeline/required.js';
import { createServingIndex } from '../../src/recommendations/pipeline/servingIndex.js';

const NOW = new Date('2026-06-10T12:00:00Z');
const DAY_MS = 86_400_000;
const inDays = (days: number) => new Date(NOW.getTime() + days * DAY_MS);
const assigned = (courseId: string, change: Partial<Assignment> = {}) => ({
  ...{ courseId, obligation: 'ASSIGNED' as const, dueAt: null, countsFrom: null },
  ...change,
});
type Did = readonly [verb: CourseEvent['verb'], days: number, progress?: number];
const did = (courseId: string, ...events: readonly Did[]) => ({
  courseId,
  ...(events.reduce<CourseState | null>(
    (state, [verb, days, progress = null]) =>
      foldCourseEvent(state, {
        verb,
        atMs: inDays(days).getTime(),
        durationSeconds: null,
        progress,
        score: null,
        reason: null,
      }),
    null,
  ) as CourseState),
});
const required = (
  courses: readonly CourseInput[],
  assignments: readonly Omit<Assignment, 'learnerId'>[],
  states: readonly (CourseState & { courseId: string })[] = [],
) => {
  const { accepted } = planCourses(courses, new Map(), new Set(), [], new Set(), NOW);
  const catalog = withChanges(EMPTY_CATALOG, { skills: [], roles: [], courses: accepted }, 1);
  return requiredCourses({ now: NOW, assignments, courses: states, index: createServingIndex(catalog, null) });
};
const course = (id: string, change: Partial<CourseInput> = {}) => ({ id, title: id, ...change });
const all = ['a', 'b', 'c', 'd', 'e'].map((id) => course(id));
const idsOf = (list: ReturnType<typeof required>) => list.map((entry) => entry.course.id);

describe('required learning', () => {
  it('comes by the day it is due, mandatory first on the same day, without a date last', () => {
    const list = required(all, [
      assigned('a'),
      assigned('b', { obligation: 'MANDATORY' }),
      assigned('c', { dueAt: inDays(2) }),
      assigned('d', { dueAt: new Date(inDays(2).getTime() + 3_600_000), obligation: 'MANDATORY' }),
      assigned('e', { dueAt: inDays(-3) }),
    ]);
    expect(idsOf(list)).toEqual(['e', 'd', 'c', 'b', 'a']);
    expect(list.map(({ daysLeft, isOverdue }) => [daysLeft, isOverdue])).toEqual([
      [-3, true],
      [2, false],
      [2, false],
      [null, false],
      [null, false],
    ]);
  });

  it('counts whole days: none on the last, one over as soon as it is late', () => {
    const daysLeft = (ms: number) => required(all, [assigned('a', { dueAt: new Date(NOW.getTime() + ms) })])[0];
    expect(daysLeft(0)).toMatchObject({ daysLeft: 0, isOverdue: false });
    expect(daysLeft(DAY_MS - 1)).toMatchObject({ daysLeft: 0, isOverdue: false });
    expect(daysLeft(-1)).toMatchObject({ daysLeft: -1, isOverdue: true });
  });

  it('leaves out what is done, unknown, retired or not there yet, and keeps what is only not recommended', () => {
    const courses = [
      course('done'),
      course('retired', { retiredAt: NOW }),
      course('later', { publishedAt: inDays(1) }),
      course('excluded', { excludedFromRecommendations: true }),
    ];
    const ids = ['done', 'retired', 'later', 'excluded', 'unheard of'];
    const list = required(
      courses,
      ids.map((id) => assigned(id)),
      [did('done', ['PASSED', -5])],
    );
    expect(idsOf(list)).toEqual(['excluded']);
  });

  it.each<[string, readonly Did[], Date | null, object | null]>([
    ['a view', [['VIEWED', -1]], null, { status: 'NOT_STARTED', progress: 0 }],
    ['a start', [['STARTED', -1]], null, { status: 'BEGUN', progress: 0 }],
    ['progress', [['PROGRESSED', -1, 0.4]], null, { status: 'BEGUN', progress: 0.4 }],
    ['a failure', [['FAILED', -1]], null, { status: 'FAILED', progress: 0 }],
    [
      'a failure after a pass',
      [
        ['PASSED', -3],
        ['FAILED', -1],
      ],
      null,
      null,
    ],
    ['a completion that counts', [['COMPLETED', -10]], inDays(-10), null],
    ['a completion that does not count', [['COMPLETED', -11, 1]], inDays(-10), { status: 'NOT_STARTED', progress: 0 }],
    [
      'a new round',
      [
        ['COMPLETED', -11, 1],
        ['STARTED', -2],
      ],
      inDays(-10),
      { status: 'BEGUN', progress: null },
    ],
    ['a failure in an earlier round', [['FAILED', -20]], inDays(-10), { status: 'NOT_STARTED', progress: 0 }],
  ])('after %s says how far it is', (_, events, countsFrom, expected) => {
    const [entry] = required(all, [assigned('a', { countsFrom })], [did('a', ...events)]);
    if (expected === null) expect(entry).toBeUndefined();
    else expect(entry).toMatchObject(expected);
  });

  it('names the missing prerequisites in an order in which they can be taken', () => {
    const courses = [
      course('goal', { prerequisiteIds: ['x', 'y'] }),
      course('x', { prerequisiteIds: ['base', 'known'] }),
      course('y', { prerequisiteIds: ['base'] }),
      course('base'),
      course('known', { prerequisiteIds: ['before'] }),
      course('before'),
    ];
    const [entry] = required(courses, [assigned('goal')], [did('known', ['COMPLETED', -900])]);
    expect(entry?.missingPrerequisites.map(({ id }) => id)).toEqual(['base', 'x', 'y']);
  });

  it('never names one after what needs it, nor twice, however courses hang together', () => {
    const graph = fc.array(fc.array(fc.nat(11), { maxLength: 4 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(graph, fc.subarray(Array.from({ length: 11 }, (_, i) => i)), (needs, settled) => {
        const courses = needs.map((ids, i) =>
          course(`c${i}`, { prerequisiteIds: ids.filter((other) => other < i).map((other) => `c${other}`) }),
        );
        const states = settled.map((i) => did(`c${i}`, ['COMPLETED', -5]));
        const goal = `c${needs.length - 1}`;
        const [entry] = required(
          courses,
          [assigned(goal)],
          states.filter(({ courseId }) => courseId !== goal),
        );
        const path = entry?.missingPrerequisites ?? [];
        const done = new Set(settled.map((i) => `c${i}`).filter((id) => id !== goal));
        expect(path.some(({ id }) => done.has(id))).toBe(false);
        for (const next of [...path, entry?.course]) {
          expect(next?.prerequisiteIds.every((id) => done.has(id))).toBe(true);
          expect(done.has(next?.id ?? '')).toBe(false);
          done.add(next?.id ?? '');
        }
      }),
    );
  });
});
