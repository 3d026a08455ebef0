import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG, withChanges } from '../../src/catalog/catalogSnapshot.js';
import type { Course } from '../../src/catalog/course.js';
import { foldCourseEvent } from '../../src/learners/courseState.js';
import { isFulfilled, type Learner } from '../../src/learners/learner.js';
import type { LearnerState } from '../../src/learners/learners.service.js';
import { whyNot } from '../../src/recommendations/explain/whyNot.js';
import { makeFeed } from '../../src/recommendations/feed/feed.js';
import { RECOMMENDING_SHELVES } from '../../src/recommendations/feed/shelfPools.js';
import { stopperOf } from '../../src/recommendations/pipeline/eligibility.js';
import type { RecommendationInputs } from '../../src/recommendations/pipeline/inputs.js';
import { createServingRules, ruledLearner } from '../../src/recommendations/pipeline/learnerRules.js';
import { gapsOf, learnerView } from '../../src/recommendations/pipeline/learnerView.js';
import { arrange, continueList, recommend } from '../../src/recommendations/pipeline/pipeline.js';
import { scoreCatalogue, scoredUnder } from '../../src/recommendations/pipeline/scoring.js';
import { createServingIndex } from '../../src/recommendations/pipeline/servingIndex.js';
import { isHeldOut } from '../../src/rules/applying/holdout.js';
import type { Rule, RuleAction, RuleStrength, RuleTarget } from '../../src/rules/model/rule.js';
import { DEFAULT_POLICY } from '../../src/rules/policy.js';
import { createRandom, shuffled } from '../../src/stats/random.js';
import { recommendationInputs } from '../support/recommendationInputs.js';
import { aPlainCourse, aRule, aRuleSet } from '../support/ruleBuilders.js';

const NOW = new Date('2026-06-01T12:00:00Z');
const DAY_MS = 86_400_000;

const LEARNER: Learner = {
  ...{ id: 'e1', timezone: null, languages: [], department: 'Engineering', location: 'Berlin', roleId: null },
  ...{ targetRoleId: null, managerId: null, hiredOn: '2026-05-20', workPattern: null, quietHours: null, active: true },
  personalisationOptOut: false,
};
const STATE: LearnerState = {
  learnerId: 'e1',
  learner: LEARNER,
  courses: [],
  assignments: [],
  skills: [],
  ...{ mandatedCourseIds: [], searches: [] },
};

interface Scene {
  readonly courses: readonly Course[];
  readonly state?: LearnerState;
  readonly rules?: readonly Rule[];
  readonly holdoutPercent?: number;
}

const unruled = ({ courses, state = STATE }: Scene): RecommendationInputs =>
  recommendationInputs({
    now: NOW,
    state,
    index: createServingIndex(withChanges(EMPTY_CATALOG, { courses: [...courses], skills: [], roles: [] }, 1), null),
    policy: { ...DEFAULT_POLICY, explorationShare: 0.1 },
  });

function ruled(scene: Scene): RecommendationInputs {
  const inputs = unruled(scene);
  const set = { version: 7, content: aRuleSet(scene.rules ?? [], scene.holdoutPercent) };
  const serving = createServingRules(set, inputs.index);
  return { ...inputs, ...ruledLearner(inputs.state, serving, 'HOME', NOW.getTime(), () => gapsOf(inputs)) };
}

const listOf = (inputs: RecommendationInputs, length = 20) => recommend(inputs, length, 10).ranked;
const idsOf = (inputs: RecommendationInputs, length?: number) => listOf(inputs, length).map(({ course }) => course.id);
const shelvesOf = (inputs: RecommendationInputs) =>
  new Map(makeFeed(inputs).shelves.map(({ kind, entries }) => [kind, entries.map(({ course }) => course.id)]));

/** Newest first, so that a list of which nothing else is known is in their order. */
const courses = (count: number, change: (i: number) => Partial<Course> = () => ({})): Course[] =>
  Array.from({ length: count }, (_, i) =>
    aPlainCourse(`c${String(i).padStart(2, '0')}`, {
      title: `Course ${i}`,
      publishedAt: new Date(NOW.getTime() - (100 + i) * DAY_MS),
      addedAt: new Date(NOW.getTime() - (100 + i) * DAY_MS),
      ...change(i),
    }),
  );

const done = (courseId: string, verb: 'STARTED' | 'COMPLETED' | 'SAVED'): LearnerState['courses'][number] => {
  const event = {
    verb,
    atMs: NOW.getTime() - DAY_MS,
    progress: verb === 'SAVED' ? null : 0.5,
    durationSeconds: null,
    score: null,
    reason: null,
  };
  const state = foldCourseEvent(null, event);
  if (state === null) throw new Error('nothing became of it');
  return { courseId, ...state };
};

describe('hard rules', () => {
  const plain = courses(12, (i) => ({ provider: i % 2 === 0 ? 'X' : 'Y' }));
  const banX = aRule('banX', { kind: 'EXCLUDE' }, { target: { providers: ['X'] } });

  test('take courses out of lists, shelves and later pages, and whyNot names them', () => {
    const inputs = ruled({ courses: plain, rules: [banX] });
    expect(idsOf(inputs)).toEqual(['c01', 'c03', 'c05', 'c07', 'c09', 'c11']);
    const served = listOf(unruled({ courses: plain })).map(({ course, ...entry }) => ({
      ...entry,
      courseId: course.id,
    }));
    expect(
      continueList(inputs, served, 20)
        .courses.map(({ course }) => course.id)
        .sort(),
    ).toEqual(idsOf(inputs).sort());
    const found = whyNot(inputs, 'c00', { length: 20, shown: 10, isOwn: true });
    expect(found?.stopper).toEqual({
      stage: 'ELIGIBILITY',
      code: 'RULE_EXCLUDED',
      ruleId: 'banX',
      text: `A rule of L&D takes it out of the choice: ${inputs.rules.sentenceOf(banX)}`,
    });
    expect(found?.stopper?.text).toContain('For everyone');
    expect(found?.obstacles.map(({ code }) => code)).toEqual(['RULE_EXCLUDED']);
  });

  test('leave what is required only', () => {
    const only = aRule('onlyX', { kind: 'REQUIRE_ONLY' }, { target: { providers: ['X'] } });
    const inputs = ruled({ courses: plain, rules: [only] });
    expect(idsOf(inputs)).toEqual(['c00', 'c02', 'c04', 'c06', 'c08', 'c10']);
    expect(whyNot(inputs, 'c01', { length: 20, shown: 10, isOwn: true })?.stopper).toMatchObject({
      code: 'RULE_REQUIRES_OTHER',
      ruleId: 'onlyX',
    });
  });

  test('leave what is assigned, begun or saved on the shelves of the learner’s own', () => {
    const state: LearnerState = {
      ...STATE,
      assignments: [{ courseId: 'c00', obligation: 'ASSIGNED', dueAt: null, countsFrom: null }],
      courses: [done('c02', 'STARTED'), done('c04', 'SAVED')],
    };
    const shelves = shelvesOf(ruled({ courses: plain, state, rules: [banX] }));
    expect(shelves.get('REQUIRED')).toEqual(['c00']);
    expect(shelves.get('CONTINUE')).toEqual(['c02']);
    expect(shelves.get('SAVED')).toEqual(['c04']);
    expect(shelves.get('FOR_YOU')?.filter((id) => Number(id.slice(1)) % 2 === 0)).toEqual([]);
  });

  test('do not bring back what is begun when nothing else is left', () => {
    const state = { ...STATE, courses: [done('c00', 'STARTED'), done('c01', 'STARTED')] };
    const banAll = aRule('banAll', { kind: 'REQUIRE_ONLY' }, { target: { courseIds: ['c01'] } });
    expect(idsOf(ruled({ courses: plain, state, rules: [banAll] }))).toEqual(['c01']);
    expect(idsOf(ruled({ courses: plain, state, rules: [banAll, banX] }))).toEqual(['c01']);
  });
});

describe('a mandate', () => {
  const plain = courses(6);
  const mandate = aRule(
    'duty',
    { kind: 'MANDATE', dueOn: '2026-06-30', dueDaysAfterHire: null },
    { target: { courseIds: ['c02'] } },
  );

  test('puts the course among the required ones with its due date and its rule, and out of the list', () => {
    const inputs = ruled({ courses: plain, rules: [mandate] });
    expect(idsOf(inputs)).toEqual(['c00', 'c01', 'c03', 'c04', 'c05']);
    const [required] = makeFeed(inputs).shelves;
    expect(required).toMatchObject({ kind: 'REQUIRED' });
    expect(required?.entries).toMatchObject([
      {
        course: { id: 'c02' },
        obligation: 'MANDATORY',
        dueAt: new Date('2026-07-01T00:00:00Z'),
        appliedRules: [{ ruleId: 'duty', action: 'MANDATE', effect: 'Makes it mandatory, due 2026-06-30' }],
      },
    ]);
  });

  test('is done with once the course is, and gone with the rule', () => {
    const state = { ...STATE, courses: [done('c02', 'COMPLETED')] };
    expect(shelvesOf(ruled({ courses: plain, state, rules: [mandate] })).get('REQUIRED')).toBeUndefined();
    expect(idsOf(ruled({ courses: plain }))).toContain('c02');
  });
});

describe('soft rules', () => {
  const plain = courses(60, (i) => ({ provider: i < 30 ? 'X' : 'Y' }));
  const boost = aRule('boost', { kind: 'BOOST', strength: 'STRONG' }, { target: { courseIds: ['c40'] } });
  const pin = aRule('pin', { kind: 'PIN', place: 1 }, { target: { courseIds: ['c50'] } });

  test('lift and lower scores by the spread of the learner, and say so', () => {
    const bury = aRule('bury', { kind: 'BURY', strength: 'SLIGHT' }, { target: { courseIds: ['c00'] } });
    const before = new Map(listOf(unruled({ courses: plain }), 60).map(({ course, score }) => [course.id, score]));
    const after = listOf(ruled({ courses: plain, rules: [boost, bury] }), 60);
    const sorted = [...before.values()].sort((a, b) => b - a);
    const spread = (sorted[0] ?? 0) - (sorted[49] ?? 0);
    expect(spread).toBeGreaterThan(0);
    for (const { course, score, appliedRules } of after) {
      const lift = course.id === 'c40' ? 1.5 * spread : course.id === 'c00' ? -0.25 * spread : 0;
      expect(score).toBeCloseTo((before.get(course.id) ?? 0) + lift, 6);
      expect(appliedRules.map(({ ruleId }) => ruleId)).toEqual(
        course.id === 'c40' ? ['boost'] : course.id === 'c00' ? ['bury'] : [],
      );
    }
    expect(after[0]?.course.id).toBe('c40');
    expect(after[0]?.appliedRules[0]?.effect).toBe(`Raises its score by ${(1.5 * spread).toFixed(2)}`);
  });

  test('give places in lists and on FOR_YOU, and no other shelf takes what is pinned', () => {
    const quota = aRule('quota', { kind: 'QUOTA', percent: 30 }, { target: { providers: ['Y'] } });
    const inputs = ruled({ courses: plain, rules: [pin, quota] });
    const [first] = listOf(inputs);
    expect(first?.course.id).toBe('c50');
    expect(first?.appliedRules).toEqual([
      { ruleId: 'pin', sentence: inputs.rules.sentenceOf(pin), action: 'PIN', effect: 'Holds the 1st place' },
    ]);
    expect(first?.propensity).toBe(1);
    const isOfY = (id: string) => Number(id.slice(1)) >= 30;
    expect(idsOf(inputs).slice(0, 10).filter(isOfY).length).toBeGreaterThanOrEqual(3);
    const shelf = makeFeed(inputs).shelves.find(({ kind }) => kind === 'FOR_YOU')?.entries ?? [];
    expect(shelf[0]?.course.id).toBe('c50');
    expect(shelf[0]?.appliedRules.map(({ ruleId }) => ruleId)).toEqual(['pin']);
    expect(shelf.filter(({ course }) => isOfY(course.id)).length).toBeGreaterThanOrEqual(3);
  });

  test('whyNot tells what made room, and what a cap leaves out', () => {
    const ten = courses(10, () => ({ provider: 'X' }));
    const made = whyNot(ruled({ courses: plain, rules: [pin] }), idsOf(unruled({ courses: plain }))[9] ?? '', {
      ...{ length: 60, shown: 10, isOwn: true },
    });
    expect(made?.stopper).toMatchObject({ stage: 'RULES', code: 'RULE_MADE_ROOM', ruleId: 'pin' });
    const cap = aRule('cap', { kind: 'CAP', atMost: 2, per: 'PROVIDER' });
    const capped = whyNot(ruled({ courses: ten, rules: [cap] }), 'c05', { length: 20, shown: 10, isOwn: true });
    expect(capped).toMatchObject({ rank: null, stopper: { stage: 'RULES', code: 'RULE_CAPPED', ruleId: 'cap' } });
  });

  test('whyNot tells of every pin on the course why it is not where it was promised', () => {
    const pinOf = (id: string, courseId: string, place: number, priority: number) =>
      aRule(id, { kind: 'PIN', place }, { target: { courseIds: [courseId] }, priority });
    const rulesText = (rules: readonly Rule[], courseId: string, length = 20, of: readonly Course[] = plain) =>
      whyNot(ruled({ courses: of, rules }), courseId, { length, shown: 10, isOwn: true })?.stages.find(
        ({ stage }) => stage === 'RULES',
      )?.text ?? '';
    const [first, second] = [pinOf('first', 'c05', 1, 90), pinOf('second', 'c06', 1, 10)];
    const outplaced = rulesText([first, second], 'c06');
    const worded = (rule: Rule) => ruled({ courses: plain, rules: [rule] }).rules.sentenceOf(rule);
    expect(outplaced).toContain(`not where that was promised: ${worded(second)}`);
    expect(outplaced).toContain(`${worded(first)} comes first, so what it pins is 2nd`);
    expect(rulesText([first, second], 'c05')).not.toContain('not where that was promised');

    const twelve = courses(12, () => ({ provider: 'X' }));
    const cap = aRule('cap', { kind: 'CAP', atMost: 1, per: 'PROVIDER' });
    const capped = rulesText([pinOf('kept', 'c01', 1, 90), pinOf('capped', 'c11', 3, 10), cap], 'c11', 20, twelve);
    expect(capped).toContain('A cap allows no more of its kind up to that place');
    expect(rulesText([pinOf('far', 'c03', 19, 50)], 'c03', 5)).toContain('The list ends before that place');
  });

  test('that lower a course are named, as many as it takes, with a way out', () => {
    const lowering = (id: string, strength: RuleStrength) =>
      aRule(id, { kind: 'BURY', strength }, { target: { courseIds: ['c00'] } });
    const shown = (rules: readonly Rule[], courseId = 'c00') =>
      whyNot(ruled({ courses: plain, rules }), courseId, { length: 20, shown: 3, isOwn: true });
    const sentenceOf = (rule: Rule) => ruled({ courses: plain, rules: [rule] }).rules.sentenceOf(rule);
    const [strong, slight] = [lowering('strong', 'STRONG'), lowering('slight', 'SLIGHT')];
    const alone = shown([strong]);
    expect(alone).toMatchObject({
      isShown: false,
      wouldAppear: null,
      wayOut: 'It comes up when the rule ends; ask L&D',
    });
    expect(alone?.stopper).toEqual({
      ...{ stage: 'SCORE', code: 'RULE_LOWERED', ruleId: 'strong' },
      text: `It would be 1st but for a rule of L&D that lowers it: ${sentenceOf(strong)}`,
    });
    expect(alone?.stages.find(({ stage }) => stage === 'SCORE')?.text).toContain(sentenceOf(strong));
    // The stronger counts, and without it the other one would: of two alike, neither is enough alone.
    const twin = lowering('twin', 'STRONG');
    expect(shown([strong, twin])?.stopper).toEqual({
      ...{ stage: 'SCORE', code: 'RULE_LOWERED', ruleId: null },
      text: `It would be 1st but for rules of L&D that lower it: ${sentenceOf(strong)} ${sentenceOf(twin)}`,
    });
    const withoutStrong = shown([slight]);
    expect(shown([slight, strong])?.stopper).toMatchObject({ ruleId: withoutStrong?.isShown ? 'strong' : null });
    // Far down by score it would not be shown in any case.
    const far = aRule('far', { kind: 'BURY', strength: 'STRONG' }, { target: { courseIds: ['c11'] } });
    expect(shown([far], 'c11')?.stopper).toMatchObject({ code: 'OUTSCORED', ruleId: null });
  });

  test('that lower one course and raise others are named together where neither would do alone', () => {
    const bury = aRule('bury', { kind: 'BURY', strength: 'STRONG' }, { target: { courseIds: ['c00'] } });
    const boost = aRule(
      'boost',
      { kind: 'BOOST', strength: 'STRONG' },
      { target: { courseIds: ['c03', 'c04', 'c05'] } },
    );
    const shown = (rules: readonly Rule[]) =>
      whyNot(ruled({ courses: plain, rules }), 'c00', { length: 20, shown: 3, isOwn: true });
    const inputs = ruled({ courses: plain, rules: [bury, boost] });
    expect([shown([bury]), shown([boost])].map((found) => found?.isShown)).toEqual([false, false]);
    expect(shown([bury, boost])?.stopper).toEqual({
      ...{ stage: 'SCORE', code: 'RULE_LOWERED', ruleId: null },
      text:
        'It would be 1st but for rules of L&D that lower it or raise other courses: ' +
        `${inputs.rules.sentenceOf(bury)} ${inputs.rules.sentenceOf(boost)}`,
    });
  });

  test('that raise other courses past one are named, as many as it takes', () => {
    const raised = (id: string, courseIds: string[], strength: RuleStrength = 'STRONG') =>
      aRule(id, { kind: 'BOOST', strength }, { target: { courseIds } });
    const shown = (rules: readonly Rule[], courseId: string) => {
      const inputs = ruled({ courses: plain, rules });
      return { ...whyNot(inputs, courseId, { length: 20, shown: 3, isOwn: true }) };
    };
    const sentenceOf = (rule: Rule) => ruled({ courses: plain, rules: [rule] }).rules.sentenceOf(rule);
    expect(listOf(unruled({ courses: plain })).findIndex(({ course }) => course.id === 'c02')).toBe(2);
    const [two, one] = [raised('two', ['c09', 'c10']), raised('one', ['c11'])];
    expect(shown([two, one], 'c02').stopper).toEqual({
      ...{ stage: 'SCORE', code: 'RULE_RAISED_OTHERS', ruleId: null },
      text: `It would be 3rd but for rules of L&D that raise other courses: ${sentenceOf(two)} ${sentenceOf(one)}`,
    });
    const alone = shown([one], 'c02');
    expect(alone.stopper).toEqual({
      ...{ stage: 'SCORE', code: 'RULE_RAISED_OTHERS', ruleId: 'one' },
      text: `It would be 3rd but for a rule of L&D that raises other courses: ${sentenceOf(one)}`,
    });
    // What the learner can do comes before what only L&D can.
    const bySearch = 'It would be 2nd if you searched for “course 2”';
    expect(alone).toMatchObject({ wouldAppear: { rank: 2, text: bySearch }, wayOut: bySearch });
    expect(alone.stages?.find(({ stage }) => stage === 'SCORE')?.text).toContain(sentenceOf(one));
    // The first of two raises more and is enough: without it c01 is second again.
    expect(shown([two, one], 'c01').stopper).toMatchObject({ ruleId: 'two' });
    // Others would have been ahead anyway; and what raises the course itself is not what stops it.
    expect(shown([one], 'c05').stopper).toMatchObject({ code: 'OUTSCORED', ruleId: null });
    expect(
      shown(
        [
          raised(
            'all',
            plain.map(({ id }) => id),
          ),
        ],
        'c05',
      ).stopper?.code,
    ).toBe('OUTSCORED');
  });

  test('never touch the held-out people', () => {
    const cap = aRule('cap', { kind: 'CAP', atMost: 1, per: 'PROVIDER' });
    const ids = Array.from({ length: 30 }, (_, i) => `e${i}`);
    for (const learnerId of ids) {
      const state = { ...STATE, learnerId, learner: { ...LEARNER, id: learnerId } };
      const scene = { courses: plain, state };
      const isSame =
        idsOf(ruled({ ...scene, rules: [boost, pin, cap], holdoutPercent: 40 })).join() ===
        idsOf(unruled(scene)).join();
      expect([learnerId, isSame]).toEqual([learnerId, isHeldOut(learnerId, 40)]);
    }
  });

  test('name nobody else to a learner whom they name', () => {
    const named = { ...pin, audience: { ...pin.audience, learnerIds: ['e1', 'secret'] } };
    const [first] = listOf(ruled({ courses: plain, rules: [named] }));
    expect(first?.appliedRules[0]?.sentence).toContain('e1');
    expect(first?.appliedRules[0]?.sentence).not.toContain('secret');
  });
});

const someTarget: fc.Arbitrary<Partial<RuleTarget>> = fc.oneof(
  fc.subarray(['X', 'Y', 'Z'], { minLength: 1 }).map((providers) => ({ providers })),
  fc.subarray(['t', 'u'], { minLength: 1 }).map((tags) => ({ tags })),
  fc.array(fc.nat(39), { minLength: 1, maxLength: 5 }).map((ids) => ({
    courseIds: ids.map((id) => `c${String(id).padStart(2, '0')}`),
  })),
);
const someAction: fc.Arbitrary<RuleAction> = fc.oneof(
  fc.constantFrom<RuleAction>(
    { kind: 'EXCLUDE' },
    { kind: 'EXCLUDE' },
    { kind: 'REQUIRE_ONLY' },
    { kind: 'MANDATE', dueOn: '2026-07-01', dueDaysAfterHire: null },
  ),
  fc.constantFrom('SLIGHT', 'MODERATE', 'STRONG').map((strength) => ({ kind: 'BOOST' as const, strength })),
  fc.constantFrom('SLIGHT', 'STRONG').map((strength) => ({ kind: 'BURY' as const, strength })),
  fc.integer({ min: 1, max: 100 }).map((percent) => ({ kind: 'QUOTA' as const, percent })),
  fc.integer({ min: 1, max: 20 }).map((place) => ({ kind: 'PIN' as const, place })),
  fc.record({
    kind: fc.constant('CAP' as const),
    atMost: fc.integer({ min: 1, max: 4 }),
    per: fc.constantFrom('PROVIDER', 'TAG'),
  }),
);
const someRules = fc
  .array(fc.tuple(someAction, someTarget, fc.constantFrom<string[]>([], ['Engineering'], ['Sales'])), { maxLength: 8 })
  .map((parts) =>
    parts.map(([action, target, departments], i) => aRule(`rule${i}`, action, { target, audience: { departments } })),
  );
const someScene = fc.record({
  courses: fc
    .array(
      fc.record({
        provider: fc.constantFrom(null, 'X', 'Y', 'Z'),
        tags: fc.subarray(['t', 'u']),
        language: fc.constantFrom(null, null, 'en', 'de'),
        isRetired: fc.constantFrom(false, false, false, true),
        isNew: fc.boolean(),
      }),
      { minLength: 5, maxLength: 40, size: 'max' },
    )
    .map((parts) =>
      courses(parts.length, (i) => {
        const { isRetired = false, isNew = false, ...part } = parts[i] ?? {};
        const addedAt = new Date(NOW.getTime() - (isNew ? 5 : 200) * DAY_MS);
        return {
          ...part,
          addedAt,
          publishedAt: addedAt,
          retiredAt: isRetired ? new Date(NOW.getTime() - DAY_MS) : null,
        };
      }),
    ),
  state: fc
    .record({
      completed: fc.uniqueArray(fc.nat(39), { maxLength: 4 }),
      languages: fc.subarray(['en', 'de']),
      personalisationOptOut: fc.constantFrom(false, false, true),
    })
    .map(({ completed, ...learner }) => ({
      ...STATE,
      learner: { ...LEARNER, ...learner },
      courses: completed.map((id) => done(`c${String(id).padStart(2, '0')}`, id % 2 === 0 ? 'COMPLETED' : 'STARTED')),
    })),
  rules: someRules,
});

const inTarget = ({ target }: Rule, course: Course): boolean =>
  (target.courseIds.length === 0 || target.courseIds.includes(course.id)) &&
  (target.providers.length === 0 || target.providers.includes(course.provider ?? '')) &&
  (target.tags.length === 0 || target.tags.some((tag) => course.tags.includes(tag)));

describe('whatever rules there are', () => {
  const seen = { excluded: 0, applied: 0 };

  test('a list holds nothing ineligible, nothing excluded, nothing besides what is required, and nothing twice', () => {
    fc.assert(
      fc.property(someScene, fc.integer({ min: 1, max: 45 }), (scene, length) => {
        const inputs = ruled(scene);
        const mine = scene.rules.filter(({ audience }) => !audience.departments.includes('Sales'));
        const isBanned = (course: Course) =>
          mine.some((rule) => rule.action.kind === 'EXCLUDE' && inTarget(rule, course)) ||
          mine.some((rule) => rule.action.kind === 'REQUIRE_ONLY' && !inTarget(rule, course));
        const base = { ...learnerView(unruled(scene)).eligibility, rules: null };
        // By the rules, not by what was made of them.
        const duties = scene.courses.filter((course) =>
          mine.some((rule) => rule.action.kind === 'MANDATE' && inTarget(rule, course)),
        );
        const mandated = new Set(
          duties
            .filter(({ id }) => !isFulfilled({ countsFrom: null }, base.stateByCourseId.get(id)))
            .map(({ id }) => id),
        );
        const check = (listed: readonly Course[]) => {
          expect(listed.filter(isBanned)).toEqual([]);
          expect(
            listed.filter((course) => stopperOf(course, { ...base, assignedCourseIds: mandated }) !== null),
          ).toEqual([]);
          expect(new Set(listed).size).toBe(listed.length);
        };
        const ranked = listOf(inputs, length);
        check(ranked.map(({ course }) => course));
        expect(ranked.length).toBeLessThanOrEqual(length);
        const { shelves } = makeFeed(inputs, { perShelf: 5 });
        const all = shelves.flatMap(({ entries }) => entries.map(({ course }) => course.id));
        expect(new Set(all).size).toBe(all.length);
        const shelved = shelves.filter(({ kind }) => (RECOMMENDING_SHELVES as readonly string[]).includes(kind));
        check(shelved.flatMap(({ entries }) => entries.map(({ course }) => course)));
        const entries = listOf(unruled(scene), length).map(({ course, ...entry }) => ({
          ...entry,
          courseId: course.id,
        }));
        check(continueList(inputs, entries, length).courses.map(({ course }) => course));
        seen.excluded += scene.courses.filter(isBanned).length;
        seen.applied += ranked.reduce((sum, { appliedRules }) => sum + appliedRules.length, 0);
      }),
      { numRuns: 300 },
    );
    expect(seen.excluded).toBeGreaterThan(300);
    expect(seen.applied).toBeGreaterThan(300);
  });

  test('pages of a list keep to its caps when something drops out between them', () => {
    const caps = { left: 0, walks: 0 };
    const someCap = fc.record({ atMost: fc.integer({ min: 1, max: 3 }), per: fc.constantFrom('PROVIDER', 'TAG') });
    fc.assert(
      fc.property(someScene, someCap, fc.integer({ min: 1, max: 7 }), fc.nat(999), (scene, cap, size, seed) => {
        const capRule = aRule('cap', { kind: 'CAP', ...cap });
        const inputs = ruled({ ...scene, rules: [capRule] });
        const { ranked } = recommend(inputs, 40, size);
        const entries = ranked.map(({ course, ...entry }) => ({ ...entry, courseId: course.id }));
        const shown = ranked.slice(0, size).map(({ course }) => course);
        const random = createRandom(seed);
        const gone = ranked.slice(size).filter(() => random.uniform() < 0.4);
        const later = ruled({
          ...scene,
          rules: [capRule],
          state: {
            ...scene.state,
            courses: [...scene.state.courses, ...gone.map(({ course }) => done(course.id, 'COMPLETED'))],
          },
        });
        for (let after = size, hasMore = ranked.length > size; hasMore; ) {
          const page = continueList(
            later,
            entries.slice(after),
            size,
            shown.map(({ id }) => id),
          );
          shown.push(...page.courses.map(({ course }) => course));
          const last = shown.at(-1)?.id;
          after = entries.findIndex(({ courseId }) => courseId === last) + 1;
          hasMore = page.hasMore;
        }
        for (let i = 0; i < shown.length; i++) {
          const values = shown
            .slice(i, i + 10)
            .flatMap(({ provider, tags }): readonly (string | null)[] => (cap.per === 'TAG' ? tags : [provider]));
          for (const value of values) {
            if (value !== null)
              expect(values.filter((other) => other === value).length).toBeLessThanOrEqual(cap.atMost);
          }
        }
        caps.walks += 1;
        caps.left += ranked.length - gone.length - shown.length;
      }),
      { numRuns: 300 },
    );
    // Without drop-outs a cap takes nothing away that the list was made with.
    expect(caps.left).toBeGreaterThan(0);
  });

  test('the order in which they were written changes no list and no feed', () => {
    fc.assert(
      fc.property(someScene, fc.nat(999), (scene, seed) => {
        const other = { ...scene, rules: shuffled(scene.rules, createRandom(seed)) };
        const told = (inputs: RecommendationInputs) => ({
          list: listOf(inputs, 30).map(({ course, score, appliedRules, sources }) => [
            course.id,
            score,
            appliedRules,
            sources,
          ]),
          feed: makeFeed(inputs).shelves.map(({ kind, entries }) => [
            kind,
            entries.map(({ course, appliedRules }) => [course.id, appliedRules]),
          ]),
        });
        expect(told(ruled(other))).toEqual(told(ruled(scene)));
      }),
      { numRuns: 200 },
    );
  });

  test('without any, lists and feeds are those of a service that knows no rules', () => {
    fc.assert(
      fc.property(someScene, (scene) => {
        const inputs = ruled({ ...scene, rules: [] });
        expect(listOf(inputs, 30)).toEqual(listOf(unruled(scene), 30));
        expect(makeFeed(inputs)).toEqual(makeFeed(unruled(scene)));
      }),
      { numRuns: 100 },
    );
  });
});

test('whoever was scored already is scored under other rules as from the start', () => {
  let lifted = 0;
  fc.assert(
    fc.property(someScene, someRules, (scene, others) => {
      const before = ruled(scene);
      const after = { ...ruled({ ...scene, rules: others }), policy: before.policy };
      fc.pre(before.rules.mandates.length + after.rules.mandates.length === 0);
      if (before.rules.lifts === null && after.rules.lifts !== null) lifted += 1;
      const scored = scoreCatalogue(before);
      const kept = scored.scores.slice();
      const again = scoredUnder(after, before, scored);
      const anew = scoreCatalogue(after);
      for (const key of ['scores', 'ruleSpread', 'eligible', 'begun', 'locked', 'answers', 'unlocks'] as const) {
        expect(again[key]).toEqual(anew[key]);
      }
      expect(arrange(after, again, 20)).toEqual(arrange(after, anew, 20));
      // Those of before are somebody's still.
      expect(scored.scores).toEqual(kept);
    }),
    { numRuns: 300 },
  );
  expect(lifted).toBeGreaterThan(0);
});

test('a rule that names several people tells each of them of nobody else', () => {
  const own = aRule('own', { kind: 'EXCLUDE' }, { audience: { learnerIds: ['e1', 'e2'] } });
  const serving = createServingRules({ version: 1, content: aRuleSet([own]) }, unruled({ courses: courses(1) }).index);
  const toldTo = (learnerId: string) => {
    const { rules } = ruledLearner({ ...STATE, learnerId }, serving, 'HOME', NOW.getTime(), () => new Map());
    return rules.excludes.map(({ rule }) => rules.sentenceOf(rule));
  };
  const [first = ''] = toldTo('e1');
  expect(first).toContain('the learner e1,');
  expect(toldTo('e2')).toEqual([first.replace('e1', 'e2')]);
  expect(toldTo('e3')).toEqual([]);
});
