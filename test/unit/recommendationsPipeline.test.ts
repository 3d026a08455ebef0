import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG, withChanges } from '../../src/catalog/catalogSnapshot.js';
import type { Course, Role } from '../../src/catalog/course.js';
import { foldCourseEvent, isBegun } from '../../src/learners/courseState.js';
import { isFulfilled, type Learner } from '../../src/learners/learner.js';
import type { LearnerState } from '../../src/learners/learners.service.js';
import { VERBS } from '../../src/learners/profileEvent.js';
import { eligibilityOf, stopperOf } from '../../src/recommendations/pipeline/eligibility.js';
import { recommend } from '../../src/recommendations/pipeline/pipeline.js';
import { createServingIndex } from '../../src/recommendations/pipeline/servingIndex.js';
import { rankingBy, recommendationInputs } from '../support/recommendationInputs.js';

const NOW = new Date('2026-06-01T12:00:00Z');
const DAY_MS = 86_400_000;

const aCourse = (id: string, change: Partial<Course> = {}): Course => ({
  id,
  title: id,
  description: null,
  kind: 'COURSE',
  language: null,
  provider: null,
  url: null,
  durationMinutes: null,
  level: null,
  tags: [],
  publishedAt: null,
  retiredAt: null,
  excludedFromRecommendations: false,
  skills: [],
  prerequisiteIds: [],
  sessions: [],
  addedAt: new Date('2026-01-01T00:00:00Z'),
  ...change,
});

const LEARNER: Learner = {
  id: 'e1',
  timezone: null,
  languages: [],
  department: null,
  location: null,
  roleId: null,
  targetRoleId: null,
  managerId: null,
  hiredOn: null,
  workPattern: null,
  quietHours: null,
  active: true,
  personalisationOptOut: false,
};

const aState = (change: Partial<LearnerState> = {}): LearnerState => ({
  learnerId: 'e1',
  learner: LEARNER,
  courses: [],
  assignments: [],
  skills: [],
  ...{ mandatedCourseIds: [], searches: [] },
  ...change,
});

const indexOf = (courses: readonly Course[], roles: readonly Role[] = []) => {
  const skills = [...new Set(courses.flatMap((c) => c.skills.map((s) => s.skillId)))].map((id) => ({
    id,
    name: id.toUpperCase(),
    description: null,
    parentId: null,
    taxonomyUri: null,
  }));
  return createServingIndex(withChanges(EMPTY_CATALOG, { skills, roles, courses }, 1), null);
};

const someDate = fc.option(fc.integer({ min: -3, max: 3 }).map((days) => new Date(NOW.getTime() + days * DAY_MS)));
const IDS = ['a', 'b', 'c', 'd', 'e'];
const someCourse = (id: string) =>
  fc.record({
    publishedAt: someDate,
    retiredAt: someDate,
    excludedFromRecommendations: fc.boolean(),
    language: fc.constantFrom(null, 'en', 'en-GB', 'de', 'pt-BR'),
    prerequisiteIds: fc.subarray(IDS.filter((other) => other < id)),
    kind: fc.constantFrom('COURSE' as const, 'LIVE_SESSION' as const),
    sessions: fc.array(
      fc.record({ days: fc.integer({ min: -2, max: 2 }), capacity: fc.constantFrom(null, 0, 5) }).map((s, i = 0) => ({
        id: `s${i}`,
        startsAt: new Date(NOW.getTime() + s.days * DAY_MS),
        endsAt: new Date(NOW.getTime() + s.days * DAY_MS + 3_600_000),
        capacity: s.capacity,
        seatsTaken: null,
      })),
      { maxLength: 2 },
    ),
  });
const someCourses = fc
  .tuple(...IDS.map((id) => someCourse(id)))
  .map((parts) => parts.map((part, i) => aCourse(IDS[i] as string, part)));
const someEvents = fc.array(
  fc.record({ courseId: fc.constantFrom(...IDS), verb: fc.constantFrom(...VERBS), days: fc.nat(400) }),
  { maxLength: 8 },
);
const someState = fc
  .record({
    events: someEvents,
    assigned: fc.subarray(IDS),
    languages: fc.subarray(['en', 'de-AT']),
    optOut: fc.boolean(),
  })
  .map(({ events, assigned, languages, optOut }) =>
    aState({
      learner: { ...LEARNER, languages, personalisationOptOut: optOut },
      courses: IDS.flatMap((courseId) => {
        const state = events
          .filter((event) => event.courseId === courseId)
          .reduce<ReturnType<typeof foldCourseEvent>>(
            (folded, { verb, days }) =>
              foldCourseEvent(folded, {
                verb,
                atMs: NOW.getTime() - days * DAY_MS,
                durationSeconds: null,
                progress: null,
                score: verb === 'RATED' ? 1 : null,
                reason: null,
              }),
            null,
          );
        return state === null ? [] : [{ courseId, ...state }];
      }),
      assignments: assigned.map((courseId) => ({ courseId, obligation: 'ASSIGNED', dueAt: null, countsFrom: null })),
    }),
  );

const contextOf = (state: LearnerState) => ({
  now: NOW,
  languages: state.learner?.languages.length ? new Set(state.learner.languages.map((l) => l.slice(0, 2))) : null,
  stateByCourseId: new Map(state.courses.map((course) => [course.courseId, course])),
  assignedCourseIds: new Set(
    state.assignments
      .filter(
        (a) =>
          !isFulfilled(
            a,
            state.courses.find(({ courseId }) => courseId === a.courseId),
          ),
      )
      .map((a) => a.courseId),
  ),
  rules: null,
});

describe('eligibility', () => {
  test('in columns says of every course what is said of it alone', () => {
    fc.assert(
      fc.property(someCourses, someState, (courses, state) => {
        const index = indexOf(courses);
        const context = contextOf(state);
        const { eligible, begun, locked } = eligibilityOf(index, context);
        const isUnderWay = (course: Course) => {
          const courseState = context.stateByCourseId.get(course.id);
          return courseState !== undefined && isBegun(courseState);
        };
        index.courses.forEach((course, position) => {
          const stopper = stopperOf(course, context);
          expect(eligible[position]).toBe(stopper === null && !isUnderWay(course) ? 1 : 0);
          expect(begun[position]).toBe(stopper === null && isUnderWay(course) ? 1 : 0);
          expect(locked.includes(position)).toBe(stopper === 'PREREQUISITE_MISSING' && !isUnderWay(course));
        });
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a list', () => {
  test('holds no ineligible course and none twice, and is empty only when nothing is eligible', () => {
    fc.assert(
      fc.property(someCourses, someState, (courses, state) => {
        const index = indexOf(courses);
        const { ranked, firstPage } = recommend(recommendationInputs({ now: NOW, state, index }), 10, 3);
        const ids = ranked.map(({ course }) => course.id);
        expect(new Set(ids).size).toBe(ids.length);
        const context = contextOf(state);
        for (const { course } of ranked) expect(stopperOf(course, context)).toBeNull();
        expect(ids.length === 0).toBe(courses.every((course) => stopperOf(course, context) !== null));
        expect(firstPage.map(({ course }) => course.id)).toEqual(ids.slice(0, 3));
        for (const { reasons } of firstPage) expect(reasons.length).toBeGreaterThan(0);
      }),
      { numRuns: 2_000 },
    );
  });

  test('before any model begins with the newest course', () => {
    const dated = (id: string, days: number) => aCourse(id, { publishedAt: new Date(NOW.getTime() - days * DAY_MS) });
    const index = indexOf([dated('old', 300), dated('new', 3), dated('newer', 1), aCourse('ever')]);
    const { strategy, firstPage } = recommend(recommendationInputs({ now: NOW, state: aState(), index }), 10, 10);
    expect(strategy).toBe('NEWEST');
    expect(firstPage.map(({ course }) => course.id)).toEqual(['newer', 'new', 'ever', 'old']);
    expect(firstPage.map(({ reasons }) => reasons[0]?.code)).toEqual(['NEW', 'NEW', 'NEW', 'NEW']);
  });

  test('for a newcomer follows the gaps of their role, and falls by each gap that is taken away', () => {
    const teaches = (id: string, ...skillIds: string[]) =>
      aCourse(id, { skills: skillIds.map((skillId) => ({ skillId, levelFrom: 0, levelTo: 0.8 })) });
    const roles = [
      { id: 'r', name: 'R', skills: ['x', 'y'].map((skillId) => ({ skillId, targetLevel: 0.6, importance: 1 })) },
    ];
    const ranking = rankingBy({ skillGap: 1 });
    const index = indexOf([aCourse('none'), teaches('one', 'x'), teaches('both', 'x', 'y')], roles);
    const state = aState({ learner: { ...LEARNER, roleId: 'r' } });
    const { strategy, firstPage } = recommend(recommendationInputs({ now: NOW, state, index, ranking }), 10, 10);
    expect(strategy).toBe('SKILLS');
    expect(firstPage.map(({ course, score }) => [course.id, score])).toEqual([
      ['both', 1.2],
      ['one', 0.6],
      ['none', 0],
    ]);
    // Its rival closes the gap in X as well: that in Y is what it is ahead by.
    expect(firstPage[0]?.reasons.map(({ text }) => text)).toEqual([
      'Closes your gap in Y from 0.0 to 0.6; your role needs 0.6',
    ]);
    const knowsX = { source: 'ASSESSMENT', confidence: 1, observedAt: NOW, scale: null, scaleValue: null } as const;
    const skilled = aState({ ...state, skills: [{ skillId: 'x', level: 0.6, ...knowsX }] });
    const after = recommend(recommendationInputs({ now: NOW, state: skilled, index, ranking }), 10, 10);
    expect(after.firstPage.map(({ course, score }) => [course.id, score])).toEqual([
      ['both', 0.6],
      ['none', 0],
      ['one', 0],
    ]);
  });
});
