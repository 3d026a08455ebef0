import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG, withChanges } from '../../src/catalog/catalogSnapshot.js';
import type { Course } from '../../src/catalog/course.js';
import { foldCourseEvent } from '../../src/learners/courseState.js';
import type { Assignment } from '../../src/learners/learner.js';
import { VERBS } from '../../src/learners/profileEvent.js';
import { createPathCatalogue, learningPath } from '../../src/recommendations/path/learningPath.js';
import { isSettled, stopperOf } from '../../src/recommendations/pipeline/eligibility.js';

const NOW = new Date('2026-06-01T12:00:00Z');
const DAY_MS = 86_400_000;
const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];
const SKILLS = ['x', 'y'];
const ROLE = { id: 'r', name: 'R', skills: SKILLS.map((skillId) => ({ skillId, targetLevel: 0.8, importance: 1 })) };

const tenths = fc.integer({ min: 0, max: 10 }).map((n) => n / 10);
const someDate = fc.option(
  fc.integer({ min: -3, max: 3 }).map((days) => new Date(NOW.getTime() + days * DAY_MS)),
  {
    freq: 1,
  },
);
const someCourse = (id: string): fc.Arbitrary<Course> =>
  fc
    .record({
      durationMinutes: fc.option(fc.integer({ min: 1, max: 90 })),
      publishedAt: someDate,
      retiredAt: someDate,
      excludedFromRecommendations: fc.constantFrom(false, false, false, true),
      language: fc.constantFrom(null, 'en', 'de'),
      prerequisiteIds: fc.subarray(IDS.filter((other) => other < id)),
      skills: fc
        .subarray(SKILLS)
        .chain((skillIds) =>
          fc.tuple(
            ...skillIds.map((skillId) =>
              fc
                .tuple(tenths, tenths)
                .map(([p, q]) => ({ skillId, levelFrom: Math.min(p, q), levelTo: Math.max(p, q) })),
            ),
          ),
        ),
    })
    .map((stated) => ({
      ...{ id, title: id, description: null, kind: 'COURSE', provider: null, url: null, level: null, tags: [] },
      ...{ sessions: [], addedAt: NOW },
      ...stated,
    }));
const someEvents = fc.array(
  fc.record({ courseId: fc.constantFrom(...IDS), verb: fc.constantFrom(...VERBS), days: fc.nat(400) }),
  { maxLength: 4 },
);

describe('a learning path', () => {
  test('has courses that are open to the learner, each after its prerequisites, and only begun ones cost less', () => {
    let steps = 0;
    fc.assert(
      fc.property(
        fc.tuple(...IDS.map(someCourse)),
        someEvents,
        fc.subarray(IDS),
        fc.constantFrom(null, new Set(['en'])),
        (courses, events, assigned, languages) => {
          const skills = SKILLS.map((id) => ({ id, name: id, description: null, parentId: null, taxonomyUri: null }));
          const catalogue = createPathCatalogue(withChanges(EMPTY_CATALOG, { skills, roles: [ROLE], courses }, 1));
          const states = IDS.flatMap((courseId) => {
            const state = events
              .filter((event) => event.courseId === courseId)
              .reduce<ReturnType<typeof foldCourseEvent>>(
                (folded, { verb, days }) =>
                  foldCourseEvent(folded, {
                    ...{ verb, atMs: NOW.getTime() - days * DAY_MS, durationSeconds: null, score: null, reason: null },
                    progress: verb === 'PROGRESSED' ? 0.5 : null,
                  }),
                null,
              );
            return state === null ? [] : [{ courseId, ...state }];
          });
          const assignments: Omit<Assignment, 'learnerId'>[] = assigned.map((courseId) => ({
            ...{ courseId, obligation: 'ASSIGNED', dueAt: null, countsFrom: null },
          }));
          const stateByCourseId = new Map(states.map((state) => [state.courseId, state]));
          const eligibility = {
            now: NOW,
            languages,
            stateByCourseId,
            assignedCourseIds: new Set(assigned),
            rules: null,
          };
          const path = learningPath({
            ...{ catalogue, levels: new Map(), role: ROLE, eligibility },
            state: { learnerId: 'e', learner: null, courses: states, assignments, skills: [] } as never,
          });
          const done = new Set(IDS.filter((id) => isSettled(stateByCourseId.get(id))));
          for (const { course, minutes, text } of path.steps) {
            expect([null, 'ASSIGNED', 'PREREQUISITE_MISSING']).toContain(stopperOf(course, eligibility));
            // Being assigned must not hide that a course is not open.
            const unassigned = { ...eligibility, assignedCourseIds: new Set<string>() };
            expect([null, 'PREREQUISITE_MISSING']).toContain(stopperOf(course, unassigned));
            expect(course.prerequisiteIds.filter((id) => !done.has(id))).toEqual([]);
            expect(done.has(course.id)).toBe(false);
            done.add(course.id);
            if (course.durationMinutes !== null) {
              const left = (stateByCourseId.get(course.id)?.maxProgress ?? 0) > 0 ? 0.5 : 1;
              expect(minutes).toBe(Math.ceil(course.durationMinutes * left));
            }
            expect(text).toContain(`${minutes} min`);
            steps += 1;
          }
          expect(path.totalMinutes).toBe(path.steps.reduce((sum, { minutes }) => sum + minutes, 0));
          // Every gap is either closed at the end or said to stay open.
          for (const { skillId, targetLevel } of ROLE.skills) {
            const reached = Math.max(
              0,
              ...path.steps.flatMap(({ closes }) => closes.filter((c) => c.skillId === skillId).map((c) => c.levelTo)),
            );
            const open = path.openGaps.find((gap) => gap.skillId === skillId);
            expect(reached).toBeCloseTo(open?.levelReached ?? targetLevel);
          }
        },
      ),
      { numRuns: 2_000 },
    );
    expect(steps).toBeGreaterThan(300);
  });
});
