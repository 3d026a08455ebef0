import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG, withChanges } from '../../src/catalog/catalogSnapshot.js';
import type { Course } from '../../src/catalog/course.js';
import { type CourseState, foldCourseEvent } from '../../src/learners/courseState.js';
import type { LearnerState } from '../../src/learners/learners.service.js';
import { attributeFit } from '../../src/recommendations/pipeline/attributeFit.js';
import { diversify } from '../../src/recommendations/pipeline/diversify.js';
import { explore } from '../../src/recommendations/pipeline/explore.js';
import type { RecommendationInputs } from '../../src/recommendations/pipeline/inputs.js';
import { leadsOf } from '../../src/recommendations/pipeline/leads.js';
import { learnerView } from '../../src/recommendations/pipeline/learnerView.js';
import { recommend } from '../../src/recommendations/pipeline/pipeline.js';
import { scoreCatalogue } from '../../src/recommendations/pipeline/scoring.js';
import { createServingIndex, type ServingIndex } from '../../src/recommendations/pipeline/servingIndex.js';
import { signalsOf, valueAt, weigh } from '../../src/recommendations/pipeline/signals.js';
import { missingPrerequisites } from '../../src/recommendations/pipeline/unlock.js';
import { DEFAULT_POLICY, SIGNALS } from '../../src/rules/policy.js';
import { rankingBy, recommendationInputs } from '../support/recommendationInputs.js';

const NOW = new Date('2026-06-01T12:00:00Z');
const DAY_MS = 86_400_000;
const LONG_AGO = new Date('2024-01-01T00:00:00Z');

const aCourse = (id: string, change: Partial<Course> = {}): Course => ({
  id,
  title: `The ${id}`,
  description: null,
  kind: 'COURSE',
  language: null,
  provider: null,
  url: null,
  durationMinutes: null,
  level: null,
  tags: [],
  publishedAt: LONG_AGO,
  addedAt: LONG_AGO,
  retiredAt: null,
  excludedFromRecommendations: false,
  skills: [],
  prerequisiteIds: [],
  sessions: [],
  ...change,
});

const indexOf = (courses: readonly Course[]): ServingIndex =>
  createServingIndex(withChanges(EMPTY_CATALOG, { skills: [], roles: [], courses }, 1), null);

const completed = (courseId: string, daysAgo = 1): CourseState & { courseId: string } => {
  const state = foldCourseEvent(null, {
    verb: 'COMPLETED',
    atMs: NOW.getTime() - daysAgo * DAY_MS,
    durationSeconds: null,
    progress: null,
    score: null,
  } as Parameters<typeof foldCourseEvent>[1]);
  return { courseId, ...(state as CourseState) };
};

const stateOf = (change: Partial<LearnerState> = {}): LearnerState =>
  ({
    learnerId: 'e1',
    learner: null,
    courses: [],
    assignments: [],
    skills: [],
    ...{ mandatedCourseIds: [], searches: [] },
    ...change,
  }) as LearnerState;

const inputsOf = (courses: readonly Course[], change: Partial<RecommendationInputs> = {}): RecommendationInputs =>
  recommendationInputs({ now: NOW, state: stateOf(), index: indexOf(courses), ...change });

const someCourses = fc
  .array(
    fc.record({
      kind: fc.constantFrom('COURSE' as const, 'VIDEO' as const, 'BOOK' as const),
      provider: fc.constantFrom(null, 'A', 'B', 'C'),
      language: fc.constantFrom(null, 'en', 'de'),
      durationMinutes: fc.constantFrom(null, 10, 50, 600),
      level: fc.constantFrom(null, 'BEGINNER' as const, 'ADVANCED' as const),
      publishedAt: fc.integer({ min: 1, max: 700 }).map((days) => new Date(NOW.getTime() - days * DAY_MS)),
      skills: fc
        .subarray(['x', 'y', 'z'])
        .map((ids) => ids.map((skillId) => ({ skillId, levelFrom: 0, levelTo: 0.8 }))),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((drafts) => drafts.map((draft, i) => aCourse(`c${i}`, draft)));

describe('signals', () => {
  test('add up in a score as they stand for each course alone', () => {
    fc.assert(
      fc.property(someCourses, fc.array(fc.nat(39), { maxLength: 5 }), (courses, taken) => {
        const history = [...new Set(taken.filter((i) => i < courses.length))].map((i) => completed(`c${i}`, i + 1));
        const inputs = inputsOf(courses, {
          state: stateOf({ courses: history }),
          searches: [
            {
              term: 'x',
              atMs: NOW.getTime() - DAY_MS,
              hadNoResults: false,
              courses: [{ courseId: 'c0', relevance: 1 }],
            },
          ],
        });
        const { signals } = signalsOf(inputs, learnerView(inputs));
        const factors = Object.fromEntries(SIGNALS.map((name, i) => [name, 0.3 + 0.1 * i])) as Parameters<
          typeof weigh
        >[2];
        const scores = weigh(inputs.index, signals, factors);
        scores.forEach((score, position) => {
          const sum = SIGNALS.reduce((all, name) => all + factors[name] * valueAt(signals[name], position), 0);
          expect(score).toBeCloseTo(sum, 9);
        });
      }),
      { numRuns: 500 },
    );
  });

  test('of habit are the shrunk logarithm of how much more often than usual something is taken', () => {
    const courses = [
      aCourse('v1', { kind: 'VIDEO' }),
      aCourse('v2', { kind: 'VIDEO' }),
      ...['b1', 'b2', 'b3', 'b4', 'b5', 'b6'].map((id) => aCourse(id, { kind: 'BOOK' })),
    ];
    const inputs = inputsOf(courses, { state: stateOf({ courses: [completed('v1'), completed('v2')] }) });
    const tables = attributeFit(inputs.index, learnerView(inputs));
    const { values } = inputs.index.attributes.format;
    // A quarter of the catalogue are videos; two completions of full confidence, prior of five.
    const confidence = learnerView(inputs).wanted.reduce((sum, { confidence: c }) => sum + c, 0);
    expect(confidence).toBeCloseTo(2, 12);
    expect(tables?.format[values.indexOf('VIDEO')]).toBeCloseTo(Math.log((2 + 5 / 4) / (7 / 4)), 12);
    expect(tables?.format[values.indexOf('BOOK')]).toBeCloseTo(Math.log(5 / 7), 12);
    expect(tables?.format[0]).toBe(0);
    expect([...(tables?.language ?? [])]).toEqual([0]);
  });

  test('are all absent that know the person, for somebody who opted out', () => {
    const state = stateOf({
      learner: {
        personalisationOptOut: true,
        languages: [],
        department: 'Sales',
      } as unknown as LearnerState['learner'],
      courses: [completed('a')],
    });
    const inputs = inputsOf([aCourse('a', { kind: 'VIDEO' }), aCourse('b', { kind: 'VIDEO' })], { state });
    const { signals } = signalsOf(inputs, learnerView(inputs));
    for (const name of ['skillGap', 'role', 'peers', 'search', 'format', 'length', 'level', 'language'] as const) {
      expect([name, signals[name].form]).toEqual([name, 'ABSENT']);
    }
  });
});

describe('diversity', () => {
  const placed = (count: number) =>
    Array.from({ length: count }, (_, position) => ({ position, score: 10 - position / 10 }));
  /** The column that lists are made with. */
  const takenBy = (...people: readonly number[]) => Float32Array.from(people, (count) => Math.log1p(count));
  const byNobody = takenBy(...Array.from({ length: 100 }, () => 0));
  const positions = (list: readonly { readonly position: number }[]) => list.map(({ position }) => position);
  const aLevel = fc.double({ min: 0, max: 1, noNaN: true });
  const somePeople = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 40, maxLength: 40 });
  const unlike = (count: number) => indexOf(Array.from({ length: count }, (_, i) => aCourse(`c${i}`)));

  test('of 0 leaves the order alone, and of any level loses and repeats nothing', () => {
    fc.assert(
      fc.property(someCourses, aLevel, somePeople, (courses, level, people) => {
        const ranked = placed(courses.length);
        const varied = diversify(indexOf(courses), ranked, level, takenBy(...people));
        expect(positions(varied).sort((a, b) => a - b)).toEqual(positions(ranked));
        expect(varied[0]).toEqual(ranked[0]);
        if (level === 0) expect(varied).toEqual(ranked);
      }),
      { numRuns: 1_000 },
    );
  });

  test('lets no provider, format or skill take every place of ten while there is something else', () => {
    const same = Array.from({ length: 30 }, (_, i) =>
      aCourse(`a${String(i).padStart(2, '0')}`, {
        provider: 'A',
        kind: 'VIDEO',
        skills: [{ skillId: 'x', levelFrom: 0, levelTo: 1 }],
      }),
    );
    const others = Array.from({ length: 30 }, (_, i) => aCourse(`b${i}`, { provider: `P${i}`, kind: 'BOOK' }));
    const index = indexOf([...same, ...others]);
    const ranked = [...same, ...others].map(({ id }, i) => ({
      position: index.positionById.get(id) as number,
      score: 60 - i,
    }));
    for (const [level, most] of [
      [0.3, 9],
      [0.6, 7],
      [1, 5],
    ] as const) {
      const firstTen = diversify(index, ranked, level, byNobody).slice(0, 10);
      const ofTheSame = firstTen.filter(({ position }) => index.courses[position]?.provider === 'A').length;
      expect(ofTheSame).toBeLessThanOrEqual(most);
      expect(ofTheSame).toBeGreaterThan(0);
    }
    expect(diversify(index, ranked, 0, byNobody).slice(0, 10)).toEqual(ranked.slice(0, 10));
  });

  test('gives way when there is nothing else', () => {
    const courses = Array.from({ length: 12 }, (_, i) => aCourse(`a${i}`, { provider: 'A' }));
    expect(diversify(indexOf(courses), placed(12), 1, byNobody)).toHaveLength(12);
  });

  test('sets what few have taken up before what many have, where it is wanted nearly as much', () => {
    // Relevance is 1, .9, .8, .7 and 0; .3 of it (.2 · 1.5) is what being taken up by the most people costs.
    const ranked = [10, 9, 8, 7, 0].map((score, position) => ({ position, score }));
    const order = (...people: readonly number[]) => positions(diversify(unlike(5), ranked, 0.2, takenBy(...people)));
    expect(order(0, 0, 0, 0, 0)).toEqual([0, 1, 2, 3, 4]);
    // .9 − .3 is less than .8 and .7.
    expect(order(0, 999, 0, 0, 0)).toEqual([0, 2, 3, 1, 4]);
    // ln 32 is half of ln 1024: .9 − .15 is less than .8, but not than .7.
    expect(order(0, 31, 0, 0, 1023)).toEqual([0, 2, 1, 3, 4]);
    // What suits best stays, and nobody is asked to do with what they hardly want.
    expect(order(999, 0, 0, 999, 0)).toEqual([0, 1, 2, 3, 4]);
    // Few people are no crowd: ln 3 / ln 11 · .3 = .14, though nobody took up anything else.
    expect(order(0, 2, 0, 0, 0)).toEqual([0, 2, 1, 3, 4]);
    expect(order(0, 0, 0, 2, 0)).toEqual([0, 1, 2, 3, 4]);
  });

  test('keeps the order of a list of which only popularity is known', () => {
    fc.assert(
      fc.property(somePeople, aLevel, (people, level) => {
        const popularity = takenBy(...people);
        const ranked = Array.from(popularity, (score, position) => ({ position, score })).sort(
          (a, b) => b.score - a.score || a.position - b.position,
        );
        const varied = diversify(unlike(people.length), ranked, level, popularity).slice(0, 30);
        expect(positions(varied)).toEqual(positions(ranked).slice(0, 30));
      }),
      { numRuns: 500 },
    );
  });

  test('does not look at how popular courses are, only at how much more than others of the best', () => {
    fc.assert(
      fc.property(aLevel, fc.integer({ min: 0, max: 100_000 }), (level, people) => {
        const alike = takenBy(...Array.from({ length: 40 }, () => people));
        const ranked = placed(40);
        expect(positions(diversify(unlike(40), ranked, level, alike)).slice(1)).toEqual(
          positions(diversify(unlike(40), ranked, level, byNobody)).slice(1),
        );
      }),
    );
  });
});

describe('exploration', () => {
  const known = Array.from({ length: 40 }, (_, i) => aCourse(`k${i}`));
  const fresh = Array.from({ length: 4 }, (_, i) =>
    aCourse(`n${i}`, { publishedAt: new Date(NOW.getTime() - DAY_MS), addedAt: new Date(NOW.getTime() - DAY_MS) }),
  );
  const index = indexOf([...known, ...fresh]);
  const listed = known.map(({ id }, i) => ({ position: index.positionById.get(id) as number, score: 40 - i }));
  const eligible = new Uint8Array(index.courses.length).fill(1);
  const scores = new Float64Array(index.courses.length);
  const policy = { ...DEFAULT_POLICY, explorationShare: 0.05 };
  const exploreFor = (learnerId: string) =>
    explore(recommendationInputs({ now: NOW, index, policy, state: stateOf({ learnerId }) }), listed, scores, eligible);

  test('puts every course on a page as often as its propensity says', () => {
    const people = 4_000;
    const shown = new Map<string, { count: number; propensity: number }>();
    for (let i = 0; i < people; i++) {
      // Further down, places shift by what gave way.
      for (const [place, { position, propensity }] of exploreFor(`e-${i}`).slice(0, 30).entries()) {
        const key = `${position} on page ${Math.floor(place / 10)}`;
        const known = shown.get(key) ?? { count: 0, propensity };
        expect(propensity).toBe(known.propensity);
        shown.set(key, { count: known.count + 1, propensity });
      }
    }
    // Every new course comes to be seen, and the last of an explored page half of the time.
    const chances = [...shown.values()].map(({ propensity }) => propensity);
    expect(new Set(chances)).toEqual(new Set([1, 0.5, 0.25]));
    for (const { count, propensity } of shown.values()) {
      const deviation = Math.sqrt((propensity * (1 - propensity)) / people);
      expect(Math.abs(count / people - propensity)).toBeLessThanOrEqual(4 * deviation);
    }
    expect(
      fresh.every(({ id }) => [0, 1, 2].some((page) => shown.has(`${index.positionById.get(id)} on page ${page}`))),
    ).toBe(true);
  });

  test('keeps the length, repeats nothing, and is the same all day', () => {
    for (let i = 0; i < 500; i++) {
      const list = exploreFor(`e-${i}`);
      expect(list).toHaveLength(listed.length);
      expect(new Set(list.map(({ position }) => position)).size).toBe(list.length);
      expect(exploreFor(`e-${i}`)).toEqual(list);
      for (const { propensity } of list) expect(propensity > 0 && propensity <= 1).toBe(true);
    }
  });

  test('never shows what may not be recommended, nor does anything when L&D sets it to 0', () => {
    const closed = new Uint8Array(eligible);
    for (const { id } of fresh) closed[index.positionById.get(id) as number] = 0;
    const inputs = recommendationInputs({ now: NOW, index, policy, state: stateOf() });
    expect(explore(inputs, listed, scores, closed).some(({ isExploration }) => isExploration)).toBe(false);
    const off = { ...inputs, policy: { ...policy, explorationShare: 0 } };
    expect(explore(off, listed, scores, eligible).every(({ propensity }) => propensity === 1)).toBe(true);
  });
});

describe('a locked course that suits the learner', () => {
  const chain = [
    aCourse('basics'),
    aCourse('middle', { prerequisiteIds: ['basics'] }),
    aCourse('goal', { prerequisiteIds: ['middle'] }),
    ...Array.from({ length: 25 }, (_, i) => aCourse(`other${i}`)),
  ];
  const searches = [
    {
      term: 'goal',
      atMs: NOW.getTime(),
      hadNoResults: false,
      courses: [{ courseId: 'goal', relevance: 1 }],
    },
  ];
  const inputs = inputsOf(chain, { searches, ranking: rankingBy({ search: 1.5 }) });

  test('brings the first course on the way to it, and says so', () => {
    const { firstPage } = recommend(inputs, 10, 3);
    expect(firstPage[0]?.course.id).toBe('basics');
    expect(firstPage[0]?.reasons).toEqual([
      {
        code: 'UNLOCKS',
        text: 'First of 2 steps to “The goal”, which suits you',
        evidence: { kind: 'UNLOCKS', courseId: 'goal', title: 'The goal', stepCount: 2 },
      },
    ]);
    expect(firstPage[0]?.sources).toContain('PREREQUISITE');
    expect(firstPage.map(({ course }) => course.id)).not.toContain('goal');
  });

  test('is shown itself once nothing is missing', () => {
    const done = { ...inputs, state: stateOf({ courses: [completed('basics'), completed('middle')] }) };
    expect(recommend(done, 10, 3).firstPage[0]?.course.id).toBe('goal');
  });

  test('names what is missing in the order in which it must be taken', () => {
    const { index } = inputs;
    const missing = missingPrerequisites(
      index,
      { stateByCourseId: new Map() },
      index.positionById.get('goal') as number,
    );
    expect(missing.map((position) => index.courses[position]?.id)).toEqual(['basics', 'middle']);
  });
});

describe('leads', () => {
  test('sum to the score less that of a course of which nothing is known', () => {
    fc.assert(
      fc.property(someCourses, fc.array(fc.nat(39), { maxLength: 5 }), (courses, taken) => {
        const history = [...new Set(taken.filter((i) => i < courses.length))].map((i) => completed(`c${i}`, i + 1));
        const inputs = inputsOf(courses, { state: stateOf({ courses: history }) });
        const scored = scoreCatalogue(inputs);
        courses.forEach(({ id }) => {
          const position = inputs.index.positionById.get(id) as number;
          const sum = leadsOf(inputs, scored, position).reduce((all, { amount }) => all + amount, 0);
          expect(sum).toBeCloseTo(scored.scores[position] as number, 9);
        });
      }),
      { numRuns: 300 },
    );
  });
});
