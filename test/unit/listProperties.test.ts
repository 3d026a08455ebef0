import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { EMPTY_CATALOG, withChanges } from '../../src/catalog/catalogSnapshot.js';
import { COURSE_KINDS, type Course } from '../../src/catalog/course.js';
import { type CourseState, foldCourseEvent } from '../../src/learners/courseState.js';
import { isFulfilled, type Learner } from '../../src/learners/learner.js';
import type { LearnerState } from '../../src/learners/learners.service.js';
import { DISMISS_REASONS, type DismissReason, VERBS, type Verb } from '../../src/learners/profileEvent.js';
import { type EligibilityContext, stopperOf } from '../../src/recommendations/pipeline/eligibility.js';
import type { RecommendationInputs } from '../../src/recommendations/pipeline/inputs.js';
import { continueList, type RankedCourse, recommend } from '../../src/recommendations/pipeline/pipeline.js';
import { createServingIndex } from '../../src/recommendations/pipeline/servingIndex.js';
import { DEFAULT_POLICY } from '../../src/rules/policy.js';
import { recommendationInputs } from '../support/recommendationInputs.js';

// Thousands of lists take a while on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const NOW = new Date('2026-06-01T12:00:00Z');
const NOW_MS = NOW.getTime();
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const RUNS = 2_000;
const MOST_COURSES = 45;
/** Short ones leave new courses over for exploration. */
const someLength = fc.oneof(fc.integer({ min: 1, max: MOST_COURSES + 5 }), fc.integer({ min: 10, max: 14 }));
const daysFromNow = (days: number) => new Date(NOW_MS + days * DAY_MS);
const idOf = (number: number) => `c${String(number).padStart(2, '0')}`;

const someSession = fc
  .record({
    days: fc.constantFrom(-2, 3, 9),
    capacity: fc.constantFrom(null, 5),
    seatsTaken: fc.constantFrom(null, 0, 5),
  })
  .map(({ days, capacity, seatsTaken }) => ({
    ...{ id: `s${days}`, startsAt: daysFromNow(days), endsAt: daysFromNow(days + 0.1), capacity, seatsTaken },
  }));

/** Mostly a course like any other: what keeps one from being recommended is to be found, but not everywhere. */
const rarely = <T>(usual: T, ...others: readonly T[]) =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(...others) });

const someCourse = fc.record({
  kind: fc.constantFrom(...COURSE_KINDS),
  provider: fc.constantFrom(null, 'Ada', 'Bea', 'Cyd'),
  language: rarely<string | null>(null, 'en', 'de-AT', 'pt-BR'),
  /** How far before this one each prerequisite stands: only those that exist count. */
  prerequisitesBefore: rarely<readonly number[]>([], [1], [2, 5]),
  sessions: fc.oneof(
    { weight: 8, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.uniqueArray(someSession, { selector: ({ id }) => id, minLength: 1, maxLength: 2 }) },
  ),
  publishedDays: fc.constantFrom(null, -400, -50, -20, -3, -1, 2),
  retiredDays: rarely<number | null>(null, -1, 5),
  excludedFromRecommendations: rarely(false, true),
  addedDays: fc.constantFrom(-400, -10),
});

/** Mostly large enough for pages, and for a choice. */
const someParts = fc.oneof(
  { weight: 1, arbitrary: fc.array(someCourse, { minLength: 1, maxLength: MOST_COURSES, size: 'max' }) },
  { weight: 3, arbitrary: fc.array(someCourse, { minLength: 30, maxLength: MOST_COURSES, size: 'max' }) },
);
const someCatalogue = someParts.map((parts) =>
  parts.map(
    ({ prerequisitesBefore, publishedDays, retiredDays, addedDays, ...part }, i): Course => ({
      ...{ id: idOf(i), title: idOf(i), description: null, url: null, durationMinutes: 30, level: null, tags: [] },
      ...{ skills: [], ...part },
      prerequisiteIds: prerequisitesBefore.filter((before) => before <= i).map((before) => idOf(i - before)),
      publishedAt: publishedDays === null ? null : daysFromNow(publishedDays),
      retiredAt: retiredDays === null ? null : daysFromNow(retiredDays),
      addedAt: daysFromNow(addedDays),
    }),
  ),
);

interface Happening {
  readonly courseId: string;
  readonly verb: Verb;
  readonly atMs: number;
  readonly progress: number | null;
  readonly reason: DismissReason | null;
}

const someId = fc.nat(MOST_COURSES - 1).map(idOf);
const someHappening = (someMoment: fc.Arbitrary<number>): fc.Arbitrary<Happening> =>
  fc
    .record({
      courseId: someId,
      verb: fc.constantFrom(...VERBS),
      atMs: someMoment,
      progress: fc.constantFrom(null, 0, 0.4, 0.9),
      reason: fc.constantFrom(null, ...DISMISS_REASONS),
    })
    .map((event) => ({ ...event, reason: event.verb === 'DISMISSED' ? event.reason : null }));

/** What happens before the next page is asked for. */
interface Step {
  readonly first: number;
  readonly minutes: number;
  readonly events: readonly Happening[];
}

/** The state after one thing more has happened. */
function folded(state: LearnerState, { courseId, verb, ...event }: Happening): LearnerState {
  const before = state.courses.find((course) => course.courseId === courseId) ?? null;
  const score = verb === 'RATED' ? 1 : null;
  const after: CourseState | null = foldCourseEvent(before, { verb, ...event, score, durationSeconds: null });
  if (after === null) return state;
  return {
    ...state,
    courses: [...state.courses.filter((course) => course.courseId !== courseId), { ...after, courseId }],
  };
}

const LEARNER: Learner = {
  ...{ id: 'e1', timezone: null, languages: [], department: null, location: null, roleId: null, targetRoleId: null },
  ...{ managerId: null, hiredOn: null, workPattern: null, quietHours: null, active: true },
  personalisationOptOut: false,
};

const someState = fc
  .record({
    events: fc.array(someHappening(fc.nat(400 * 24).map((hours) => NOW_MS - hours * 3_600_000)), { maxLength: 12 }),
    assigned: fc.uniqueArray(someId, { maxLength: 3 }),
    learner: fc.option(
      fc.record({
        languages: fc.subarray(['en', 'de']),
        personalisationOptOut: fc.constantFrom(false, false, false, true),
      }),
      { freq: 8 },
    ),
    learnerId: fc.constantFrom('e1', 'e2', 'e3', 'e4', 'e5'),
  })
  .map(({ events, assigned, learner, learnerId }) =>
    events.reduce(folded, {
      learnerId,
      learner: learner === null ? null : { ...LEARNER, ...learner, id: learnerId },
      courses: [],
      assignments: assigned.map((courseId) => ({ courseId, obligation: 'ASSIGNED', dueAt: null, countsFrom: null })),
      skills: [],
      ...{ mandatedCourseIds: [], searches: [] },
    } as LearnerState),
  );

const someInputs = fc
  .record({
    courses: someCatalogue,
    state: someState,
    searched: fc.uniqueArray(fc.record({ courseId: someId, relevance: fc.constantFrom(0.3, 1) }), {
      selector: ({ courseId }) => courseId,
      maxLength: 5,
    }),
  })
  .map(({ courses, state, searched }) =>
    recommendationInputs({
      now: NOW,
      state,
      index: createServingIndex(withChanges(EMPTY_CATALOG, { skills: [], roles: [], courses }, 1), null),
      searches:
        searched.length === 0
          ? []
          : [{ term: 'sell more', atMs: NOW_MS - DAY_MS, hadNoResults: false, courses: searched }],
      policy: DEFAULT_POLICY,
    }),
  );

/** What eligibility hangs on, worked out anew from the state rather than taken from the pipeline. */
function contextOf({ now, state }: RecommendationInputs): EligibilityContext {
  const stateByCourseId = new Map(state.courses.map((course) => [course.courseId, course]));
  const languages = state.learner?.languages ?? [];
  return {
    now,
    languages: languages.length === 0 ? null : new Set(languages),
    stateByCourseId,
    assignedCourseIds: new Set(
      state.assignments.filter((a) => !isFulfilled(a, stateByCourseId.get(a.courseId))).map((a) => a.courseId),
    ),
    rules: null,
  };
}

const ineligible = (inputs: RecommendationInputs, courses: readonly Course[]): string[] => {
  const context = contextOf(inputs);
  return courses.filter((course) => stopperOf(course, context) !== null).map(({ id }) => id);
};

const coursesOf = (ranked: readonly Pick<RankedCourse, 'course'>[]) => ranked.map(({ course }) => course);
const repeated = (ids: readonly string[]): string[] => ids.filter((id, i) => ids.indexOf(id) !== i);

describe('a list', () => {
  test('holds nothing ineligible and nothing twice, with a chance for new courses', () => {
    let explored = 0;
    fc.assert(
      fc.property(someInputs, someLength, (inputs, length) => {
        const { ranked, firstPage } = recommend(inputs, length, 10);
        const courses = coursesOf(ranked);
        expect(ineligible(inputs, courses)).toEqual([]);
        expect(repeated(courses.map(({ id }) => id))).toEqual([]);
        expect(courses.length).toBeLessThanOrEqual(length);
        expect(coursesOf(firstPage)).toEqual(courses.slice(0, 10));
        if (ranked.some(({ sources }) => sources.includes('EXPLORATION'))) explored += 1;
      }),
      { numRuns: RUNS },
    );
    expect(explored).toBeGreaterThan(0);
  });

  test('gone through by pages, whatever happens in between, repeats nothing and loses nothing that stays open', () => {
    const walks = { pages: 0, dropped: 0 };
    const someSteps = fc.infiniteStream(
      fc.record({
        first: fc.integer({ min: 1, max: 8 }),
        minutes: fc.integer({ min: 1, max: 600 }),
        events: fc.array(someHappening(fc.constant(0)), { maxLength: 4 }),
      }),
    );
    fc.assert(
      fc.property(someInputs, someLength, fc.integer({ min: 1, max: 8 }), someSteps, (start, length, first, steps) => {
        const { ranked } = recommend(start, length, first);
        const entries = ranked.map(({ course, ...entry }) => ({ ...entry, courseId: course.id }));
        const shown = ranked.slice(0, first).map(({ course }) => course.id);
        // Of the courses still to come: what was ever closed may be missing.
        const everClosed = new Set<string>();
        let inputs = start;
        for (let after = first, hasMore = ranked.length > first; hasMore; ) {
          const step = steps.next().value as Step;
          const now = new Date(inputs.now.getTime() + step.minutes * MINUTE_MS);
          const events = step.events.map((event) => ({ ...event, atMs: now.getTime() - MINUTE_MS }));
          inputs = { ...inputs, now, state: events.reduce(folded, inputs.state) };
          for (const id of ineligible(inputs, coursesOf(ranked))) everClosed.add(id);
          const page = continueList(inputs, entries.slice(after), step.first);
          const courses = coursesOf(page.courses);
          expect(ineligible(inputs, courses)).toEqual([]);
          expect(courses.length).toBeLessThanOrEqual(step.first);
          // Only the end of the list may leave room on a page, and nobody is sent on to nothing.
          if (page.hasMore) expect(courses).toHaveLength(step.first);
          shown.push(...courses.map(({ id }) => id));
          after = entries.findIndex(({ courseId }) => courseId === shown.at(-1)) + 1;
          hasMore = page.hasMore;
          walks.pages += 1;
        }
        expect(repeated(shown)).toEqual([]);
        const order = entries.map(({ courseId }) => courseId);
        expect(shown).toEqual(order.filter((id) => shown.includes(id)));
        const lost = order.filter((id) => !shown.includes(id));
        expect(lost.filter((id) => !everClosed.has(id))).toEqual([]);
        walks.dropped += lost.length;
      }),
      { numRuns: RUNS },
    );
    expect(walks.pages).toBeGreaterThan(RUNS);
    expect(walks.dropped).toBeGreaterThan(0);
  });
});
