import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { EMPTY_CATALOG, withChanges } from '../../src/catalog/catalogSnapshot.js';
import { COURSE_KINDS, type Course, type Role } from '../../src/catalog/course.js';
import { type CourseEvent, type CourseState, foldCourseEvent, isBegun } from '../../src/learners/courseState.js';
import type { Learner } from '../../src/learners/learner.js';
import type { LearnerState } from '../../src/learners/learners.service.js';
import { VERBS, type Verb } from '../../src/learners/profileEvent.js';
import { type Audience, audienceKey, type GroupTrends } from '../../src/learners/trends.js';
import { type Feed, makeFeed, SHELF_KINDS, type ShelfKind } from '../../src/recommendations/feed/feed.js';
import { stopperOf } from '../../src/recommendations/pipeline/eligibility.js';
import type { RecommendationInputs } from '../../src/recommendations/pipeline/inputs.js';
import { learnerView } from '../../src/recommendations/pipeline/learnerView.js';
import { recommend } from '../../src/recommendations/pipeline/pipeline.js';
import { createServingIndex } from '../../src/recommendations/pipeline/servingIndex.js';
import { createTrendIndex } from '../../src/recommendations/pipeline/trendIndex.js';
import { FAMILIES } from '../../src/recsys/families.js';
import { openEngine } from '../../src/recsys/kernels/openEngine.js';
import { DEFAULT_POLICY } from '../../src/rules/policy.js';
import { createRandom } from '../../src/stats/random.js';
import { loadModel } from '../../src/training/model.js';
import { DEFAULT_TRAINING_OPTIONS, trainModel } from '../../src/training/trainer.js';
import type { LiveModel } from '../../src/training/training.service.js';
import { recommendationInputs } from '../support/recommendationInputs.js';

// Thousands of whole feeds take a while on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const NOW = new Date('2026-06-01T12:00:00Z');
const DAY_MS = 86_400_000;
const daysFromNow = (days: number) => new Date(NOW.getTime() + days * DAY_MS);

const aCourse = (id: string, change: Partial<Course> = {}): Course => ({
  id,
  title: id,
  description: null,
  kind: 'COURSE',
  language: null,
  provider: null,
  url: null,
  durationMinutes: 60,
  level: null,
  tags: [],
  publishedAt: daysFromNow(-400),
  retiredAt: null,
  excludedFromRecommendations: false,
  skills: [],
  prerequisiteIds: [],
  sessions: [],
  addedAt: daysFromNow(-400),
  ...change,
});

const teaching = (skillId: string, levelTo = 0.8) => ({ skills: [{ skillId, levelFrom: 0, levelTo }] });
const session = (days: number, seatsTaken = 0) => ({
  id: `s${days}`,
  startsAt: daysFromNow(days),
  endsAt: daysFromNow(days + 0.1),
  capacity: 10,
  seatsTaken,
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

interface Done {
  readonly courseId: string;
  readonly verb: Verb;
  readonly days: number;
  readonly progress?: number | null;
}

function statesOf(done: readonly Done[]): LearnerState['courses'] {
  const byCourse = new Map<string, CourseState>();
  for (const { courseId, verb, days, progress = null } of done) {
    const event: CourseEvent = {
      verb,
      atMs: NOW.getTime() - days * DAY_MS,
      durationSeconds: null,
      progress,
      score: verb === 'RATED' ? 1 : null,
      reason: null,
    };
    const folded = foldCourseEvent(byCourse.get(courseId) ?? null, event);
    if (folded !== null) byCourse.set(courseId, folded);
  }
  return [...byCourse].map(([courseId, state]) => ({ courseId, ...state }));
}

const aState = (learner: Partial<Learner> | null, done: readonly Done[], change: Partial<LearnerState> = {}) => ({
  learnerId: 'e1',
  learner: learner === null ? null : { ...LEARNER, ...learner },
  courses: statesOf(done),
  assignments: [],
  skills: [],
  ...{ mandatedCourseIds: [], searches: [] },
  ...change,
});

const assigned = (courseId: string, dueDays: number | null, obligation: 'MANDATORY' | 'ASSIGNED' = 'MANDATORY') => ({
  courseId,
  obligation,
  dueAt: dueDays === null ? null : daysFromNow(dueDays),
  countsFrom: null,
});

const SKILL_NAMES = new Map([
  ['x', 'Negotiation'],
  ['y', 'Forecasting'],
  ['z', 'Welding'],
]);
const ROLES: readonly Role[] = [
  {
    id: 'seller',
    name: 'Account Executive',
    skills: [
      { skillId: 'x', targetLevel: 0.8, importance: 0.9 },
      { skillId: 'y', targetLevel: 0.4, importance: 0.5 },
    ],
  },
  { id: 'lead', name: 'Sales Lead', skills: [{ skillId: 'y', targetLevel: 0.9, importance: 1 }] },
];

const indexOf = (courses: readonly Course[], live: LiveModel | null = null) => {
  const skills = [...SKILL_NAMES].map(([id, name]) => ({
    id,
    name,
    description: null,
    parentId: null,
    taxonomyUri: null,
  }));
  return createServingIndex(withChanges(EMPTY_CATALOG, { skills, roles: ROLES, courses }, 1), live);
};

const IDS = Array.from({ length: 14 }, (_, i) => `c${String(i).padStart(2, '0')}`);

/** Of people of two tastes: who takes courses with an even number takes no others. */
const live: LiveModel = await (async () => {
  const random = createRandom(3);
  const byLearner = Array.from({ length: 80 }, (_, learner) =>
    IDS.filter((__, course) => course % 2 === learner % 2 && random.uniform() < 0.6),
  );
  const rows = byLearner.flat();
  const none = new Float32Array(rows.length).fill(Number.NaN);
  let end = 0;
  const events = {
    learnerCount: byLearner.length,
    courseIds: IDS,
    contents: null,
    learnerOffsets: Int32Array.of(0, ...byLearner.map((own) => (end += own.length))),
    courseIndices: Int32Array.from(rows, (id) => IDS.indexOf(id)),
    verbs: new Uint8Array(rows.length).fill(VERBS.indexOf('COMPLETED')),
    atMs: Float64Array.from(rows, () => NOW.getTime() - random.uniform() * 300 * DAY_MS),
    progress: none,
    scores: none,
    durationSeconds: none,
    mandatory: new Uint8Array(rows.length),
  };
  const ials = { ...FAMILIES.ials.defaults, rank: 4, epochs: 4, unobservedWeight: 0.1 };
  const starts = { ...DEFAULT_TRAINING_OPTIONS.starts, ials };
  const options = { ...DEFAULT_TRAINING_OPTIONS, nowMs: NOW.getTime(), starts, timeBudgetMs: 0 };
  const hooks = { engine: await openEngine({ threads: 1 }), elapsedMs: () => 0 };
  return { version: 'v1', ranking: null, model: loadModel(trainModel(events, null, options, hooks)) };
})();

const SALES: Audience = { kind: 'DEPARTMENT', value: 'Sales' };

/** Sales, where so many people took each course up lately, and nobody before. */
function salesTrends(index: RecommendationInputs['index'], recent: Readonly<Record<string, number>>) {
  const group: GroupTrends = {
    audience: SALES,
    people: 40,
    uptakes: Object.entries(recent).map(([courseId, people]) => ({
      courseId,
      people,
      recentPeople: people,
      previousPeople: 0,
    })),
  };
  return createTrendIndex(index, { asOfMs: NOW.getTime(), groups: new Map([[audienceKey(SALES), group]]) });
}

const idsOn = (feed: Feed, kind: ShelfKind): string[] =>
  feed.shelves.filter((shelf) => shelf.kind === kind).flatMap(({ entries }) => entries.map(({ course }) => course.id));
const kindsOf = (feed: Feed): ShelfKind[] => feed.shelves.map(({ kind }) => kind);
const LANES: readonly ShelfKind[] = ['REQUIRED', 'CONTINUE', 'SAVED'];

const someCourse = (id: string) =>
  fc.record({
    publishedAt: fc
      .constantFrom(null, -700, -300, -50, -5, 2)
      .map((days) => (days === null ? null : daysFromNow(days))),
    retiredAt: fc.constantFrom(null, null, null, -1, 30).map((days) => (days === null ? null : daysFromNow(days))),
    excludedFromRecommendations: fc.constantFrom(false, false, false, true),
    language: fc.constantFrom(null, null, 'en', 'de'),
    kind: fc.constantFrom(...COURSE_KINDS),
    durationMinutes: fc.constantFrom(null, 5, 45, 300),
    skills: fc
      .subarray(['x', 'y', 'z'])
      .chain((ids) =>
        fc.tuple(
          ...ids.map((skillId) => fc.constantFrom(0.3, 0.6, 1).map((levelTo) => ({ skillId, levelFrom: 0, levelTo }))),
        ),
      ),
    prerequisiteIds: fc.subarray(IDS.filter((other) => other < id).slice(-3), {
      maxLength: Math.min(1, Number(id.slice(1))),
    }),
    sessions: fc.constantFrom([], [], [], [session(-3)], [session(4)], [session(4, 10)], [session(4, 10), session(9)]),
  });
const someInputs = fc
  .record({
    courses: fc.tuple(...IDS.map((id) => someCourse(id))),
    events: fc.array(
      fc.record({
        courseId: fc.constantFrom(...IDS),
        verb: fc.constantFrom(...VERBS),
        days: fc.nat(400),
        progress: fc.constantFrom(null, 0, 0.4, 0.9),
      }),
      { maxLength: 12 },
    ),
    duties: fc.array(fc.record({ courseId: fc.constantFrom(...IDS), days: fc.constantFrom(null, -3, 5) }), {
      maxLength: 3,
    }),
    learner: fc.option(
      fc.record({
        languages: fc.subarray(['en', 'de-AT']),
        personalisationOptOut: fc.constantFrom(false, false, true),
        department: fc.constantFrom(null, 'Sales'),
        roleId: fc.constantFrom(null, 'seller'),
        targetRoleId: fc.constantFrom(null, 'lead'),
      }),
      { freq: 6 },
    ),
    level: fc.constantFrom(null, 0.2, 0.9),
    searched: fc.subarray(IDS, { maxLength: 4 }),
    recent: fc.dictionary(fc.constantFrom(...IDS), fc.integer({ min: 1, max: 30 })),
    isTrained: fc.boolean(),
    explorationShare: fc.constantFrom(0, 0.2),
  })
  .map(({ courses, events, duties, learner, level, searched, recent, isTrained, explorationShare }) => {
    const index = indexOf(
      courses.map((course, i) => aCourse(IDS[i] as string, course)),
      isTrained ? live : null,
    );
    const bySkill = { source: 'SELF', confidence: 1, observedAt: NOW, scale: null, scaleValue: null } as const;
    return recommendationInputs({
      now: NOW,
      index,
      state: aState(learner, events, {
        assignments: [...new Map(duties.map((d) => [d.courseId, assigned(d.courseId, d.days)])).values()],
        skills: level === null ? [] : [{ skillId: 'x', level, ...bySkill }],
      }),
      searches: [
        {
          term: 'sell more',
          atMs: NOW.getTime() - DAY_MS,
          hadNoResults: false,
          courses: searched.map((courseId) => ({ courseId, relevance: 1 })),
        },
      ],
      trends: salesTrends(index, recent),
      policy: { ...DEFAULT_POLICY, explorationShare },
    });
  });

describe('a feed', () => {
  test('holds no course twice and no empty shelf, in the fixed order, with a reason for everything', () => {
    const seen = new Set<ShelfKind>();
    fc.assert(
      fc.property(someInputs, fc.integer({ min: 1, max: 30 }), (inputs, perShelf) => {
        const { shelves } = makeFeed(inputs, { perShelf });
        const ids = shelves.flatMap(({ entries }) => entries.map(({ course }) => course.id));
        expect(new Set(ids).size).toBe(ids.length);
        const places = shelves.map(({ kind }) => SHELF_KINDS.indexOf(kind));
        expect(places).toEqual([...places].sort((a, b) => a - b));
        for (const { kind, title, reason, entries } of shelves) {
          seen.add(kind);
          expect(entries.length).toBeGreaterThanOrEqual(
            [...LANES, 'FOR_YOU'].includes(kind) ? 1 : Math.min(3, perShelf),
          );
          expect(entries.length).toBeLessThanOrEqual(perShelf);
          expect(title).toMatch(/^\S.*[^\s.]$/u);
          expect(reason).toMatch(/^\S.*\.$/u);
          expect(`${title}${reason}`).not.toMatch(/undefined|null|NaN/u);
          for (const { reasons, sources, propensity } of entries) {
            expect(reasons.length).toBeGreaterThan(0);
            expect(reasons.length).toBeLessThanOrEqual(3);
            for (const { text } of reasons) expect(text).toMatch(/\S/u);
            expect(new Set(reasons.map(({ text }) => text)).size).toBe(reasons.length);
            expect(sources.length).toBeGreaterThan(0);
            expect(propensity).toBeGreaterThan(0);
          }
        }
      }),
      // So many that the rarest shelf, of two in a thousand, is drawn for certain.
      { numRuns: 5_000 },
    );
    // The cases reach every kind of shelf.
    expect([...seen].sort()).toEqual([...SHELF_KINDS].sort());
  });

  test('recommends nothing ineligible, and shows in the lanes only what can be taken', () => {
    fc.assert(
      fc.property(someInputs, (inputs) => {
        const { eligibility } = learnerView(inputs);
        for (const { kind, entries } of makeFeed(inputs).shelves) {
          for (const { course, nextSession } of entries) {
            const stopper = stopperOf(course, eligibility);
            const state = eligibility.stateByCourseId.get(course.id);
            if (!LANES.includes(kind)) expect([course.id, stopper]).toEqual([course.id, null]);
            expect(['NOT_PUBLISHED', 'RETIRED']).not.toContain(stopper);
            if (kind === 'REQUIRED') expect(eligibility.assignedCourseIds.has(course.id)).toBe(true);
            else expect(stopper).not.toBe('DISMISSED');
            // What was done may be saved since.
            const isOver = kind === 'CONTINUE' && ['ASSIGNED', 'COMPLETED', 'WAIVED'].includes(stopper ?? '');
            expect(isOver).toBe(false);
            if (kind === 'CONTINUE') expect(state !== undefined && isBegun(state)).toBe(true);
            if (kind === 'SAVED') expect(state?.savedAtMs).not.toBeNull();
            if (kind === 'LIVE_AND_COACHING') {
              expect(nextSession !== null || ['COACHING', 'MENTORING'].includes(course.kind)).toBe(true);
            }
            if (nextSession !== null) {
              expect(nextSession.startsAt > NOW && (nextSession.seatsTaken ?? 0) < (nextSession.capacity ?? 1)).toBe(
                true,
              );
            }
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('is the same for the same inputs, and is empty only when there is nothing at all', () => {
    fc.assert(
      fc.property(someInputs, (inputs) => {
        const feed = makeFeed(inputs);
        expect(makeFeed(inputs)).toEqual(feed);
        const { ranked } = recommend(inputs, 1, 1);
        if (feed.shelves.length === 0) expect(ranked.every(({ sources }) => sources.includes('MODEL'))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('begins its choice with the best course of all that is not on a lane', () => {
    fc.assert(
      fc.property(someInputs, (given) => {
        const inputs = { ...given, policy: { ...DEFAULT_POLICY, diversity: 0, explorationShare: 0 } };
        const feed = makeFeed(inputs);
        const own = new Set(LANES.flatMap((kind) => idsOn(makeFeed(inputs, { perShelf: 30 }), kind)));
        const best = recommend(inputs, 30, 30).ranked.find(({ course }) => !own.has(course.id));
        expect(idsOn(feed, 'FOR_YOU')[0]).toBe(best?.course.id);
      }),
      { numRuns: 1_000 },
    );
  });

  test('of somebody who opted out is made of nothing but lanes and what is the same for all', () => {
    fc.assert(
      fc.property(someInputs, (given) => {
        const { state } = given;
        const inputs = {
          ...given,
          state: { ...state, learner: { ...LEARNER, ...state.learner, personalisationOptOut: true } },
        };
        const { shelves } = makeFeed(inputs);
        for (const { kind, entries } of shelves) {
          expect(['CLOSE_YOUR_GAPS', 'FOR_YOUR_ROLE', 'BECAUSE_YOU']).not.toContain(kind);
          if (LANES.includes(kind)) continue;
          for (const { reasons } of entries) {
            for (const { code } of reasons)
              expect(['POPULAR', 'NEW', 'TRENDING', 'UNLOCKS', 'AVAILABLE']).toContain(code);
          }
        }
        expect(shelves.find(({ kind }) => kind === 'FOR_YOU')?.title ?? 'Popular here').toMatch(/^(Popular|Newest)/u);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([0, 31, 1.5, Number.NaN])('of %d courses a shelf is refused', (perShelf) => {
    const inputs = recommendationInputs({ now: NOW, state: aState(null, []), index: indexOf([]) });
    expect(() => makeFeed(inputs, { perShelf })).toThrow(RangeError);
  });
});

describe('what somebody does shows in the next feed', () => {
  const CATALOGUE = IDS.map((id) => aCourse(id, teaching('z')));
  const feedAfter = (...done: readonly Done[]) =>
    makeFeed(recommendationInputs({ now: NOW, index: indexOf(CATALOGUE, live), state: aState({}, done) }));
  const before = [{ courseId: 'c00', verb: 'COMPLETED', days: 40 } as const];
  const all = (feed: Feed) => feed.shelves.flatMap(({ entries }) => entries.map(({ course }) => course.id));
  const top = idsOn(feedAfter(...before), 'FOR_YOU')[0] as string;

  test('a course that is completed or dismissed is gone', () => {
    expect(all(feedAfter(...before))).toContain(top);
    for (const verb of ['COMPLETED', 'PASSED', 'WAIVED', 'DISMISSED'] as const) {
      expect(all(feedAfter(...before, { courseId: top, verb, days: 0 }))).not.toContain(top);
    }
  });

  test('a course that is saved stands with the saved ones until it is begun, completed or dismissed', () => {
    const saved = { courseId: top, verb: 'SAVED', days: 3 } as const;
    const feed = feedAfter(...before, saved);
    expect(idsOn(feed, 'SAVED')).toEqual([top]);
    expect(feed.shelves.at(-1)?.entries[0]?.reasons[0]).toMatchObject({
      code: 'SAVED',
      text: 'You saved it on 2026-05-29',
    });
    expect(idsOn(feedAfter(...before, saved, { courseId: top, verb: 'STARTED', days: 2 }), 'CONTINUE')).toEqual([top]);
    for (const verb of ['COMPLETED', 'DISMISSED'] as const) {
      expect(all(feedAfter(...before, saved, { courseId: top, verb, days: 1 }))).not.toContain(top);
      expect(idsOn(feedAfter(...before, { ...saved, days: 0 }, { courseId: top, verb, days: 1 }), 'SAVED')).toEqual([
        top,
      ]);
    }
  });

  test('what was begun tells how far they got, and the nearest at hand comes first', () => {
    const feed = feedAfter(
      { courseId: 'c03', verb: 'PROGRESSED', days: 20, progress: 0.9 },
      { courseId: 'c01', verb: 'STARTED', days: 1 },
      { courseId: 'c05', verb: 'PROGRESSED', days: 1, progress: 0.25 },
      { courseId: 'c07', verb: 'STARTED', days: 200 },
    );
    const [shelf] = feed.shelves;
    expect(shelf).toMatchObject({ kind: 'CONTINUE', title: 'Pick up where you left off' });
    expect(shelf?.entries.map(({ course, progress, minutesLeft }) => [course.id, progress, minutesLeft])).toEqual([
      ['c05', 0.25, 45],
      ['c03', 0.9, 6],
      ['c01', 0, 60],
    ]);
    expect(shelf?.entries[0]).toMatchObject({ stoppedAt: daysFromNow(-1), reasons: [{ code: 'BEGUN' }, {}, {}] });
  });

  test('a completion brings a shelf of what goes with it', () => {
    const shelf = feedAfter(...before).shelves.find(({ kind }) => kind === 'BECAUSE_YOU');
    expect(shelf?.title).toBe('Because you completed “c00”');
    for (const { course, reasons } of shelf?.entries ?? []) {
      expect(Number(course.id.slice(1)) % 2).toBe(0);
      expect(reasons[0]).toMatchObject({ code: 'HISTORY', evidence: { courseId: 'c00' } });
    }
    expect(kindsOf(feedAfter())).not.toContain('BECAUSE_YOU');
  });
});

describe('three people', () => {
  const CATALOGUE = [
    ...['n1', 'n2', 'n3', 'n4'].map((id) => aCourse(id, { title: `Negotiating ${id}`, ...teaching('x', 0.7) })),
    ...['f1', 'f2', 'f3', 'f4'].map((id) => aCourse(id, { title: `Forecasting ${id}`, ...teaching('y', 0.9) })),
    ...IDS.map((id) => aCourse(id, { title: `Course ${id}` })),
    ...['new1', 'new2', 'new3'].map((id) => aCourse(id, { publishedAt: daysFromNow(-5) })),
    aCourse('law', { title: 'Data protection', language: 'de' }),
    aCourse('law2', { title: 'Fire safety', prerequisiteIds: ['law'], excludedFromRecommendations: true }),
    aCourse('live', { kind: 'LIVE_SESSION', sessions: [session(3, 10), session(9)] }),
    aCourse('full', { kind: 'LIVE_SESSION', sessions: [session(3, 10)] }),
    aCourse('coach', { kind: 'COACHING' }),
    aCourse('mentor', { kind: 'MENTORING' }),
  ];
  const index = indexOf(CATALOGUE, live);
  const trends = salesTrends(index, { c01: 19, c03: 17, c05: 15, c09: 13, c11: 11, c07: 2, full: 20 });
  const feedOf = (state: LearnerState, change: Partial<RecommendationInputs> = {}) =>
    makeFeed(recommendationInputs({ now: NOW, index, state, trends, ...change }));

  test('a newcomer with a role and two skills gets a start in the role', () => {
    const level = { source: 'SELF', confidence: 1, observedAt: NOW, scale: null, scaleValue: null } as const;
    const feed = feedOf(
      aState({ roleId: 'seller', department: 'Sales', languages: ['en'] }, [], {
        skills: [
          { skillId: 'x', level: 0.2, ...level },
          { skillId: 'y', level: 0.5, ...level },
        ],
      }),
    );
    expect(feed.strategy).toBe('SKILLS');
    expect(feed.shelves.map(({ title, entries }) => [title, entries.length])).toEqual([
      ['A good place to start', 10],
      ['Closing your gap in Negotiation', 4],
      ['For your work as Account Executive', 4],
      ['Popular in Sales this month', 4],
      ['New in the catalogue', 3],
      ['Learn with others', 3],
    ]);
    expect(idsOn(feed, 'CLOSE_YOUR_GAPS')).toEqual(['n1', 'n2', 'n3', 'n4']);
    expect(feed.shelves[1]).toMatchObject({
      reason: 'As Account Executive you need more of it than the skills that we know of show.',
      entries: [
        { reasons: [{ text: 'Closes your gap in Negotiation from 0.2 to 0.7; your role needs 0.8' }] },
        ...[{}, {}, {}],
      ],
    });
    for (const id of idsOn(feed, 'TRENDING_IN_YOUR_TEAM')) expect(['c01', 'c03', 'c05', 'c09', 'c11']).toContain(id);
    expect(idsOn(feed, 'LIVE_AND_COACHING').toSorted()).toEqual(['coach', 'live', 'mentor']);
    const liveEntry = feed.shelves.at(-1)?.entries.find(({ course }) => course.id === 'live');
    expect(liveEntry?.nextSession?.id).toBe('s9');
  });

  test('somebody with a history is reminded of it', () => {
    const feed = feedOf(
      aState({ targetRoleId: 'lead' }, [
        ...['c00', 'c02'].map((courseId, i) => ({ courseId, verb: 'COMPLETED', days: 50 + i }) as const),
        { courseId: 'c13', verb: 'PROGRESSED', days: 2, progress: 0.5 },
        { courseId: 'n1', verb: 'SAVED', days: 2 },
      ]),
    );
    expect(feed.strategy).toBe('PERSONAL');
    expect(kindsOf(feed)).toEqual([
      'CONTINUE',
      'FOR_YOU',
      'CLOSE_YOUR_GAPS',
      'BECAUSE_YOU',
      'BECAUSE_YOU',
      'NEW',
      'LIVE_AND_COACHING',
      'SAVED',
    ]);
    expect(feed.shelves[1]).toMatchObject({
      title: 'Picked for you',
      reason: expect.stringMatching(/^From the 2 courses that you completed/u),
    });
    expect(feed.shelves[2]).toMatchObject({
      title: 'Closing your gap in Forecasting',
      reason: 'The role Sales Lead, which you aim for, needs more of it than the skills that we know of show.',
    });
    expect(idsOn(feed, 'SAVED')).toEqual(['n1']);
  });

  test('the sentence of a shelf says that searches count, but not what was searched for', () => {
    const courses = ['c01', 'n2'].map((courseId) => ({ courseId, relevance: 1 }));
    const feed = feedOf(
      aState({}, [
        { courseId: 'c00', verb: 'COMPLETED', days: 50 },
        { courseId: 'c02', verb: 'COMPLETED', days: 51 },
      ]),
      { searches: [{ term: 'burnout', atMs: NOW.getTime() - DAY_MS, hadNoResults: false, courses }] },
    );
    const shelf = feed.shelves.find(({ kind }) => kind === 'FOR_YOU');
    expect(shelf?.entries.flatMap(({ reasons }) => reasons.map(({ code }) => code))).toContain('SEARCH');
    expect(shelf?.reason).toBe('From the 2 courses that you completed and what you searched for.');
    for (const { title, reason } of feed.shelves) expect(`${title} ${reason}`).not.toContain('burnout');
  });

  test('somebody with duties finds them first, the overdue one on top, with what has to come before', () => {
    const feed = feedOf(
      aState({ languages: ['en'] }, [{ courseId: 'law', verb: 'DISMISSED', days: 1 }], {
        assignments: [assigned('law2', 9), assigned('law', -2), assigned('c00', null, 'ASSIGNED')],
      }),
    );
    const [shelf, next] = feed.shelves;
    expect(shelf).toMatchObject({
      kind: 'REQUIRED',
      title: 'To do for work',
      reason: 'Your organisation asks you to take these; one is overdue.',
      entries: [
        { course: { id: 'law' }, overdue: true, obligation: 'MANDATORY', reasons: [{ code: 'ASSIGNED' }] },
        { course: { id: 'law2' }, overdue: false, dueAt: daysFromNow(9), missingPrerequisites: [{ id: 'law' }] },
        { course: { id: 'c00' }, dueAt: null, obligation: 'ASSIGNED' },
      ],
    });
    expect(shelf?.entries.map(({ reasons }) => reasons[0]?.text)).toEqual([
      'Mandatory, and overdue since 2026-05-30',
      'Mandatory, due on 2026-06-10',
      'Assigned to you, at a time of your choice',
    ]);
    expect(next).toMatchObject({ kind: 'FOR_YOU', title: 'Popular here' });
  });
});
