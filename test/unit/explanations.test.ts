import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG, withChanges } from '../../src/catalog/catalogSnapshot.js';
import type { Course, Role } from '../../src/catalog/course.js';
import { foldCourseEvent } from '../../src/learners/courseState.js';
import type { Learner } from '../../src/learners/learner.js';
import type { LearnerState } from '../../src/learners/learners.service.js';
import type { Verb } from '../../src/learners/profileEvent.js';
import { audienceKey, EVERYBODY } from '../../src/learners/trends.js';
import { counterfactualsOf } from '../../src/recommendations/explain/counterfactual.js';
import { STAGES, whyNot } from '../../src/recommendations/explain/whyNot.js';
import { stopperOf, stoppersOf } from '../../src/recommendations/pipeline/eligibility.js';
import { recommend } from '../../src/recommendations/pipeline/pipeline.js';
import { scoreCatalogue } from '../../src/recommendations/pipeline/scoring.js';
import { createServingIndex } from '../../src/recommendations/pipeline/servingIndex.js';
import { createTrendIndex } from '../../src/recommendations/pipeline/trendIndex.js';
import { ordinal } from '../../src/recommendations/pipeline/wording.js';
import { rankingBy, recommendationInputs } from '../support/recommendationInputs.js';

const NOW = new Date('2026-06-01T12:00:00Z');
const DAY_MS = 86_400_000;
const inDays = (days: number) => new Date(NOW.getTime() + days * DAY_MS);

const aCourse = (id: string, change: Partial<Course> = {}): Course => ({
  id,
  title: id.toUpperCase(),
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
  addedAt: new Date(0),
  ...change,
});

const LEARNER: Learner = {
  id: 'e1',
  timezone: null,
  languages: ['de', 'en'],
  department: null,
  location: null,
  roleId: 'seller',
  targetRoleId: null,
  managerId: null,
  hiredOn: null,
  workPattern: null,
  quietHours: null,
  active: true,
  personalisationOptOut: false,
};

const SELLER: Role = {
  id: 'seller',
  name: 'Seller',
  skills: [{ skillId: 'talk', targetLevel: 0.8, importance: 1 }],
};

const done = (courseId: string, verb: Verb, days = -10): LearnerState['courses'][number] => {
  const event = { verb, atMs: inDays(days).getTime(), durationSeconds: null, progress: 0.4, score: null, reason: null };
  const state = foldCourseEvent(null, event);
  if (state === null) throw new Error(`${verb} leaves no state`);
  return { ...state, courseId };
};

/** Courses c00, c01, …: nothing speaks for any of them, so they stand in the order of their ids. */
const plain = (count: number) => Array.from({ length: count }, (_, i) => aCourse(`c${String(i).padStart(2, '0')}`));

function inputsOf(
  courses: readonly Course[],
  {
    roles = [],
    searches = [],
    diversity = 0,
    ...state
  }: Partial<Omit<LearnerState, 'searches'>> & {
    roles?: readonly Role[];
    searches?: readonly { term: string; courseIds: readonly string[] }[];
    diversity?: number;
  } = {},
) {
  const skills = [...new Set(courses.flatMap((c) => c.skills.map(({ skillId }) => skillId)))].map((id) => {
    return { id, name: id, description: null, parentId: null, taxonomyUri: null };
  });
  const index = createServingIndex(withChanges(EMPTY_CATALOG, { skills, roles, courses }, 1), null);
  const inputs = recommendationInputs({
    now: NOW,
    index,
    state: {
      learnerId: 'e1',
      learner: LEARNER,
      courses: [],
      assignments: [],
      mandatedCourseIds: [],
      skills: [],
      searches: [],
      ...state,
    },
    searches: searches.map(({ term, courseIds }) => ({
      term,
      atMs: NOW.getTime(),
      hadNoResults: false,
      courses: courseIds.map((courseId) => ({ courseId, relevance: 1 })),
    })),
  });
  return { ...inputs, policy: { ...inputs.policy, diversity } };
}

const asLearner = { length: 200, shown: 10, isOwn: true };

describe('a counterfactual', () => {
  const twice = inputsOf(plain(20), {
    searches: [
      { term: 'pitch', courseIds: ['c08'] },
      { term: 'deal', courseIds: ['c08', 'c03'] },
    ],
  });

  test('takes away all searches that a course answers, together', () => {
    const counterfactual = counterfactualsOf(twice, 200);
    // c08 and c03 lead with the same score; without its two searches c08 has c03 and c00 to c07 before it.
    expect(counterfactual('c08', true)).toEqual({
      text: 'Without your two searches for “pitch” and “deal” this would be 9th',
      changed: 'SEARCH',
      rankBefore: 2,
      rankAfter: 9,
    });
    expect(counterfactual('c03', true)?.text).toBe('Without your search for “deal” this would be 5th');
  });

  test('tells nobody else what was searched for', () => {
    const counterfactual = counterfactualsOf(twice, 200);
    expect(counterfactual('c08', false)?.text).toBe('Without two searches of theirs this would be 9th');
    expect(counterfactual('c03', false)?.text).toBe('Without a search of theirs this would be 5th');
  });

  test('names the next reason when the strongest costs no place, and none when none does', () => {
    expect(counterfactualsOf(inputsOf(plain(5)), 200)('c00', true)).toBeNull();
    const alone = inputsOf(plain(1), { searches: [{ term: 'deal', courseIds: ['c00'] }] });
    expect(counterfactualsOf(alone, 200)('c00', true)).toBeNull();
  });

  test('says so when the course would not be in the list at all', () => {
    const inputs = inputsOf(plain(20), { searches: [{ term: 'deal', courseIds: ['c15'] }] });
    expect(counterfactualsOf(inputs, 10)('c15', true)).toMatchObject({
      text: 'Without your search for “deal” this would not be in the list',
      rankBefore: 1,
      rankAfter: null,
    });
  });

  test('takes a skill gap for closed', () => {
    const courses = [...plain(3), aCourse('z', { skills: [{ skillId: 'talk', levelFrom: 0, levelTo: 0.8 }] })];
    const inputs = inputsOf(courses, { roles: [SELLER] });
    const found = counterfactualsOf({ ...inputs, policy: withoutSignal(inputs.policy, 'role') }, 200)('z', true);
    expect(found).toMatchObject({ changed: 'SKILL_GAP', rankBefore: 1, rankAfter: 4 });
    expect(found?.text).toBe('If you were at 0.8 in talk already, this would be 4th');
  });

  test('is found by the pipeline itself, for any searches: the place without them is the place it names', () => {
    const someTerms = fc.array(fc.subarray(['c01', 'c04', 'c07', 'c09'], { minLength: 1 }), { maxLength: 4 });
    fc.assert(
      fc.property(someTerms, fc.constantFrom(0, 0.3, 1), (terms, diversity) => {
        const searches = terms.map((courseIds, i) => ({ term: `term ${i}`, courseIds }));
        const inputs = inputsOf(plain(12), { searches, diversity });
        const counterfactual = counterfactualsOf(inputs, 200);
        for (const [i, { course }] of recommend(inputs, 200, 0).ranked.entries()) {
          const found = counterfactual(course.id, true);
          if (found === null) continue;
          expect(found.rankBefore).toBe(i + 1);
          const left = inputs.searches.filter((one) => one.courses.every(({ courseId }) => courseId !== course.id));
          const again = recommend({ ...inputs, searches: left }, 200, 0).ranked;
          expect(found.rankAfter).toBe(again.findIndex((one) => one.course.id === course.id) + 1);
          expect(found.rankAfter).toBeGreaterThan(found.rankBefore);
        }
      }),
    );
  });
});

const withoutSignal = <P extends { readonly strengths: object }>(policy: P, signal: keyof P['strengths']): P => ({
  ...policy,
  strengths: { ...policy.strengths, [signal]: 0 },
});

describe('whyNot names the obstacle, with the facts and the way out', () => {
  const session = (id: string, days: number, seatsTaken: number) => {
    return { id, startsAt: inDays(days), endsAt: inDays(days), capacity: 5, seatsTaken };
  };
  const assigned = { courseId: 'x', obligation: 'MANDATORY', dueAt: inDays(4), countsFrom: null } as const;
  const dismissed = done('x', 'DISMISSED');
  test.each<[string, Partial<Course>, Pick<Partial<LearnerState>, 'courses' | 'assignments'>, string, string]>([
    ['NOT_PUBLISHED', { publishedAt: inDays(2) }, {}, 'It comes out on 2026-06-03', 'from then on'],
    ['RETIRED', { retiredAt: inDays(-2) }, {}, 'It was retired on 2026-05-30', 'taken its place'],
    ['EXCLUDED', { excludedFromRecommendations: true }, {}, 'L&D keeps it out of recommendations', 'ask L&D'],
    ['ASSIGNED', {}, { assignments: [assigned] }, 'It is in your required learning, due 2026-06-05', 'from there'],
    ['COMPLETED', {}, { courses: [done('x', 'COMPLETED')] }, 'You completed it on 2026-05-22', 'assigned anew'],
    ['COMPLETED', {}, { courses: [done('x', 'PASSED')] }, 'You passed it on 2026-05-22', 'assigned anew'],
    ['WAIVED', {}, { courses: [done('x', 'WAIVED')] }, 'You were spared it on 2026-05-22', 'assign it'],
    ['DISMISSED', {}, { courses: [dismissed] }, 'You dismissed it on 2026-05-22', 'Save it to bring it back'],
    [
      'DISMISSED',
      {},
      { courses: [{ ...dismissed, dismissReason: 'NOT_NOW' }] },
      'You put it off on 2026-05-22',
      'back by itself on 2026-06-21; save it',
    ],
    ['OTHER_LANGUAGE', { language: 'fr-CA' }, {}, 'your languages are German and English', 'one of your languages'],
    ['NO_SESSION_LEFT', { sessions: [session('s', -3, 0)] }, {}, 'Its last session was on 2026-05-29', 'new session'],
    [
      'FULL',
      { sessions: [session('s', 3, 5), session('t', 9, 5)] },
      {},
      'next session on 2026-06-04',
      'a seat becomes',
    ],
    ['BEGUN', {}, { courses: [done('x', 'STARTED')] }, 'You have begun it: 40 % done', 'what you can continue'],
  ])('%s', (code, course, state, text, wayOut) => {
    const found = whyNot(inputsOf([aCourse('x', course), aCourse('y')], state), 'x', asLearner);
    expect(found?.stopper).toMatchObject({ stage: 'ELIGIBILITY', code });
    expect(found?.stopper?.text).toContain(text);
    expect(found?.wayOut).toContain(wayOut);
    expect(found?.rank).toBeNull();
    expect(found?.stages.map(({ outcome }) => outcome).slice(0, 3)).toEqual(['PASSED', 'STOPPED', 'NOT_REACHED']);
  });

  test('prerequisites in the order in which they must be taken', () => {
    const courses = [aCourse('x', { prerequisiteIds: ['b'] }), aCourse('b', { prerequisiteIds: ['a'] }), aCourse('a')];
    expect(whyNot(inputsOf(courses), 'x', asLearner)).toMatchObject({
      stopper: { code: 'PREREQUISITE_MISSING', text: '“A” and “B” must come first' },
      wayOut: 'Take “A”, then “B” first',
    });
  });

  test('all that apply are told, the first one first', () => {
    const course = aCourse('x', { retiredAt: inDays(-2), language: 'fr', prerequisiteIds: ['y'] });
    const found = whyNot(inputsOf([course, aCourse('y')], { courses: [done('x', 'COMPLETED')] }), 'x', asLearner);
    expect(found?.obstacles.map(({ code }) => code)).toEqual([
      'RETIRED',
      'COMPLETED',
      'OTHER_LANGUAGE',
      'PREREQUISITE_MISSING',
    ]);
  });

  test('and the first of them is what stops it, for any course and learner', () => {
    const someDate = fc.option(fc.integer({ min: -2, max: 2 }).map(inDays), { nil: null });
    const someCourse = fc.record({
      publishedAt: someDate,
      retiredAt: someDate,
      excludedFromRecommendations: fc.boolean(),
      language: fc.constantFrom(null, 'fr', 'en'),
      prerequisiteIds: fc.constantFrom([], ['y']),
      sessions: fc.constantFrom([], [session('s', -1, 0)], [session('s', 1, 5)], [session('s', 1, 1)]),
    });
    const verbs = fc.option(fc.constantFrom<Verb>('COMPLETED', 'WAIVED', 'DISMISSED', 'VIEWED'), { nil: null });
    fc.assert(
      fc.property(someCourse, verbs, (change, verb) => {
        const course = aCourse('x', change);
        const inputs = inputsOf([course, aCourse('y')], { courses: verb === null ? [] : [done('x', verb)] });
        const { eligibility } = scoreCatalogue(inputs).view;
        const all = stoppersOf(course, eligibility);
        expect(all[0] ?? null).toBe(stopperOf(course, eligibility));
        expect(new Set(all).size).toBe(all.length);
      }),
    );
  });
});

describe('whyNot of a course that may be recommended', () => {
  test('says at which place it stands and why, when it is shown', () => {
    const inputs = inputsOf(plain(12), { searches: [{ term: 'deal', courseIds: ['c11'] }] });
    const found = whyNot(inputs, 'c11', asLearner);
    expect(found).toMatchObject({ isShown: true, rank: 1, stopper: null, wayOut: null, wouldAppear: null });
    expect(found?.reasons).toEqual(['You searched for “deal”']);
    expect(found?.stages.map(({ stage, outcome }) => [stage, outcome])).toEqual(STAGES.map((one) => [one, 'PASSED']));
    expect(whyNot(inputs, 'c11', { ...asLearner, isOwn: false })?.reasons).toEqual(['They searched for it']);
  });

  test('gives the place by score, what the last one shown has, and a change that really brings it there', () => {
    const ahead = plain(10).map((course) => ({ ...course, skills: [{ skillId: 'talk', levelFrom: 0, levelTo: 0.8 }] }));
    const inputs = inputsOf([...ahead, aCourse('x'), aCourse('y')], { roles: [SELLER] });
    const found = whyNot(inputs, 'y', asLearner);
    expect(found).toMatchObject({ isShown: false, rank: 12, stopper: { stage: 'SCORE', code: 'OUTSCORED' } });
    expect(found?.stopper?.text).toMatch(/^12th of 12 by score, 1\.10 short of the 10th in the list/);
    expect(found?.behind.map(({ signal }) => signal)).toEqual(['skillGap', 'role']);
    // Closing the gap leaves what the role needs ahead; a search for the title does it.
    expect(found?.wouldAppear).toEqual({ text: 'It would be 1st if you searched for “y”', rank: 1 });
    expect(found?.wayOut).toBe(found?.wouldAppear?.text);
  });

  test('names the skill that stands in the way', () => {
    const ahead = plain(10).map((course) => ({ ...course, skills: [{ skillId: 'talk', levelFrom: 0, levelTo: 0.8 }] }));
    const given = inputsOf([...ahead, aCourse('aa', { title: '' })], { roles: [SELLER] });
    const inputs = { ...given, policy: withoutSignal(given.policy, 'role') };
    expect(whyNot(inputs, 'aa', asLearner)?.wouldAppear).toEqual({
      text: 'It would be 1st if talk reached 0.8',
      rank: 1,
    });
  });

  test('tells what it was held back for', () => {
    const same = plain(12).map((course) => ({ ...course, provider: 'Acme' }));
    const others = ['t', 'u', 'v', 'w', 'x', 'y'].map((id) => aCourse(id, { kind: 'VIDEO' }));
    const inputs = inputsOf([...same, ...others], { diversity: 1 });
    const found = whyNot(inputs, 'c09', asLearner);
    expect(found?.stopper).toMatchObject({ stage: 'DIVERSITY', code: 'TOO_MUCH_OF_THE_SAME' });
    expect(found?.stopper?.text).toMatch(
      /^Held back from 10th to \d+th .*: its (provider|format) has \d+ of the first 10/,
    );
  });

  test('tells when others come first that fewer people have taken up', () => {
    const people = 40;
    const uptakes = [{ courseId: 'c05', people, recentPeople: 0, previousPeople: 0 }];
    const given = inputsOf(plain(30), { diversity: 0.5 });
    const groups = new Map([[audienceKey(EVERYBODY), { audience: EVERYBODY, people: 50, uptakes }]]);
    const inputs = { ...given, trends: createTrendIndex(given.index, { asOfMs: NOW.getTime(), groups }) };
    const ranking = rankingBy({ search: 1 });
    const relevance = (i: number) => 1 - i / 100;
    const courses = inputs.index.courses.map(({ id }, i) => ({ courseId: id, relevance: relevance(i) }));
    const searches = [{ term: 'all', atMs: NOW.getTime(), hadNoResults: false, courses }];
    const found = whyNot({ ...inputs, ranking, searches }, 'c05', asLearner);
    expect(found?.stopper?.text).toMatch(
      /^Held back from 6th to \d+th for courses that suit nearly as well and that fewer people have taken up$/,
    );
    expect(found?.wayOut).toContain('if L&D had set the variety of lists to 0 instead of 0.5');
  });

  test('knows no course that is not there', () => {
    expect(whyNot(inputsOf(plain(3)), 'nothing', asLearner)).toBeNull();
  });

  test('splits the score exactly', () => {
    const courses = [...plain(3), aCourse('z', { skills: [{ skillId: 'talk', levelFrom: 0, levelTo: 0.8 }] })];
    const found = whyNot(inputsOf(courses, { roles: [SELLER] }), 'z', asLearner);
    const sum = found?.contributions.reduce((total, { contribution }) => total + contribution, 0);
    expect(sum).toBeCloseTo(found?.score ?? Number.NaN, 12);
    expect(found?.contributions.map(({ signal }) => signal)).toEqual(['skillGap', 'role']);
  });
});

test('ordinals are those of English', () => {
  expect([1, 2, 3, 4, 11, 12, 13, 21, 102, 111, 143].map(ordinal)).toEqual([
    '1st',
    '2nd',
    '3rd',
    '4th',
    '11th',
    '12th',
    '13th',
    '21st',
    '102nd',
    '111th',
    '143rd',
  ]);
});
