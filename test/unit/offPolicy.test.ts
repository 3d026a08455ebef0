import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG, withChanges } from '../../src/catalog/catalogSnapshot.js';
import type { Course } from '../../src/catalog/course.js';
import { DEFAULT_CONFIDENCE_WEIGHTS } from '../../src/learners/confidence.js';
import { AudienceFigures } from '../../src/learners/fewPeople/audienceFigures.js';
import { coarseFiguresOf } from '../../src/learners/fewPeople/coarseFigures.js';
import type { LearnerState } from '../../src/learners/learners.service.js';
import { audienceKey, EVERYBODY, type Trends } from '../../src/learners/trends.js';
import { loggedPage } from '../../src/recommendations/offPolicy/loggedPage.js';
import { coarseOffPolicy, offPolicyImpact } from '../../src/recommendations/offPolicy/offPolicyResult.js';
import { pastChoices } from '../../src/recommendations/offPolicy/pastChoices.js';
import { type LoggedChoice, type ReplayedChoice, replayedChoice } from '../../src/recommendations/offPolicy/replay.js';
import { shownChances } from '../../src/recommendations/offPolicy/shownChances.js';
import { recommend, type Source } from '../../src/recommendations/pipeline/pipeline.js';
import { scoreCatalogue } from '../../src/recommendations/pipeline/scoring.js';
import { inputsOf, type PreviewSide, sceneOf } from '../../src/recommendations/rulePreview/previewScene.js';
import type { Rule } from '../../src/rules/model/rule.js';
import { DEFAULT_POLICY } from '../../src/rules/policy.js';
import { createRandom } from '../../src/stats/random.js';
import { aRule, aRuleSet } from '../support/ruleBuilders.js';

const NOW = new Date('2026-06-01T12:00:00Z');
const DAY_MS = 86_400_000;
const YESTERDAY = new Date(NOW.getTime() - DAY_MS);

const aCourse = (id: string, change: Partial<Course> = {}): Course => ({
  ...{ id, title: id, description: null, kind: 'COURSE', language: null, provider: null, url: null },
  ...{ durationMinutes: null, level: null, tags: [], publishedAt: null, retiredAt: null },
  ...{ excludedFromRecommendations: false, skills: [], prerequisiteIds: [], sessions: [] },
  addedAt: new Date('2024-01-01T00:00:00Z'),
  ...change,
});

const stateOf = (learnerId: string): LearnerState => ({
  learnerId,
  learner: null,
  ...{ courses: [], assignments: [], skills: [], mandatedCourseIds: [], searches: [] },
});

// More courses that people take up than a list holds, so that no new one is listed for its score.
const old = Array.from({ length: 105 }, (_, i) => aCourse(`a${String(i).padStart(3, '0')}`));
const fresh = Array.from({ length: 6 }, (_, i) => aCourse(`n${i}`, { publishedAt: YESTERDAY, addedAt: YESTERDAY }));
const catalog = withChanges(EMPTY_CATALOG, { skills: [], roles: [], courses: [...old, ...fresh] }, 1);
const trends: Trends = {
  asOfMs: NOW.getTime(),
  groups: new Map([
    [
      audienceKey(EVERYBODY),
      {
        audience: EVERYBODY,
        people: 1_000,
        uptakes: old.map(({ id }, i) => ({ courseId: id, people: 900 - i, recentPeople: 0, previousPeople: 0 })),
      },
    ],
  ]),
};
/** In the pool of the first page, which gets every third. */
const EXPLORED = ['n0', 'n3'];

const side = (explorationShare: number, rules: readonly Rule[] = []): PreviewSide => ({
  ruleSet: aRuleSet(rules),
  policy: {
    ...DEFAULT_POLICY,
    diversity: 0,
    explorationShare,
    strengths: { ...DEFAULT_POLICY.strengths, freshness: 0 },
  },
  signalWeights: DEFAULT_CONFIDENCE_WEIGHTS,
});

function worldOf(before: PreviewSide, after: PreviewSide) {
  const setting = { live: null, before, after, uncountedRuleIds: [], goals: [], surface: 'HOME' as const, now: NOW };
  const scene = sceneOf(setting, catalog, trends, NOW);
  const inputs = (which: 'before' | 'after', learnerId: string) =>
    inputsOf(scene, scene.rules[which], setting[which], setting, { state: stateOf(learnerId), searches: [] });
  /** What was logged of a list that these settings served. */
  const served = (
    learner: number,
    shown: number,
    rewardOf: (ids: readonly string[]) => number,
  ): LoggedChoice | null => {
    const state = stateOf(`e${learner}`);
    const { ranked } = recommend(inputs('before', state.learnerId), 100, 0);
    const page = loggedPage(
      ranked.map(({ course, propensity, sources }) => ({ courseId: course.id, propensity, sources })),
      shown,
    );
    return page && { at: NOW, state, searches: [], page, reward: rewardOf(page.shownIds) };
  };
  const replay = (choice: LoggedChoice | null) => choice && replayedChoice(scene, setting, choice);
  return { inputs, served, replay };
}

const place = (courseId: string, propensity = 1, sources: readonly Source[] = ['POPULAR']) => ({
  ...{ courseId, propensity, sources },
});

describe('the log of a first page', () => {
  const nine = Array.from({ length: 9 }, (_, i) => place(`c${i}`));
  const deeper = Array.from({ length: 20 }, (_, i) => place(`d${i}`));
  const exploring = (at: number) => [
    ...nine.toSpliced(at, 0, place('new', 0.25, ['EXPLORATION'])),
    ...deeper,
    place('last', 0.5),
  ];

  test('where nothing is left to chance, what was shown was certain', () => {
    const places = [...nine, place('last')];
    const ids = [...nine.map(({ courseId }) => courseId), 'last'];
    expect(loggedPage(places, 10)).toEqual({ shownIds: ids, propensity: 1, sureIds: ids });
  });

  test('a course that came by chance has its own propensity, and took the place of the one that gave way', () => {
    const found = loggedPage(exploring(3), 10);
    expect(found?.propensity).toBe(0.25);
    expect(found?.shownIds).toEqual(['c0', 'c1', 'c2', 'new', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8']);
    expect(found?.sureIds).toEqual([...nine.map(({ courseId }) => courseId), 'last']);
  });

  test('where the chance fell to none, the last has what is left of it', () => {
    expect(loggedPage([...nine, place('last', 0.5), ...deeper], 10)?.propensity).toBe(0.5);
  });

  test('of four that are shown, chance reaches one with four tenths of what it has in ten', () => {
    expect(loggedPage(exploring(3), 4)?.propensity).toBeCloseTo(0.1, 12);
    // It came further down than anybody saw: as if it had not come.
    expect(loggedPage(exploring(4), 4)).toMatchObject({ shownIds: ['c0', 'c1', 'c2', 'c3'], propensity: 0.8 });
    expect(loggedPage([...nine, place('last', 0.5), ...deeper], 4)?.propensity).toBe(0.8);
  });
});

describe('what may be shown first', () => {
  test.each([10, 4])('makes 1, and lists of %i come as often as it says', (first) => {
    const { inputs } = worldOf(side(0.05), side(0.05));
    const some = inputs('before', 'anybody');
    const { bySet, sure } = shownChances(some, scoreCatalogue(some), first);
    expect([...bySet.values()].reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 12);
    expect(sure.slice(0, 10)).toEqual(old.slice(0, 10).map(({ id }) => some.index.positionById.get(id)));
    const people = 1_500;
    const counts = new Map<string, number>();
    for (let i = 0; i < people; i++) {
      const { ranked } = recommend(inputs('before', `e${i}`), 100, 0);
      const positions = ranked.slice(0, first).map(({ position }) => position);
      const set = positions.sort((a, b) => a - b).join(' ');
      counts.set(set, (counts.get(set) ?? 0) + 1);
    }
    expect(new Set(counts.keys())).toEqual(new Set(bySet.keys()));
    for (const [set, chance] of bySet) {
      const deviation = Math.sqrt((chance * (1 - chance)) / people);
      expect(Math.abs((counts.get(set) ?? 0) / people - chance)).toBeLessThanOrEqual(4 * deviation);
    }
  });
});

describe('a list made again', () => {
  const draft = aRule('r1', { kind: 'PIN', place: 2 }, { target: { courseIds: ['n0'] } });

  test('is as likely with the same settings as the log says', () => {
    const { served, replay } = worldOf(side(0.05), side(0.05));
    for (let i = 0; i < 50; i++) {
      const again = replay(served(i, 10, () => 0));
      expect(again).toMatchObject({ isChanged: false, support: expect.closeTo(1, 12) });
      expect(again?.targetPropensity).toBeCloseTo(again?.loggedPropensity ?? 0, 12);
    }
  });

  test('has twice the chance of a new course where twice as many places are for them', () => {
    const { served, replay } = worldOf(side(0.05), side(0.1));
    const ratios = Array.from({ length: 50 }, (_, i) => replay(served(i, 10, () => 0))).map((again) => {
      expect(again).toMatchObject({ isChanged: true, support: expect.closeTo(1, 12) });
      return (again?.targetPropensity ?? 0) / (again?.loggedPropensity ?? 1);
    });
    expect(new Set(ratios.map((ratio) => Number(ratio.toFixed(9))))).toEqual(new Set([0, 2]));
  });

  test('is supported where a course is pinned that is explored, and is not where another is', () => {
    const pinned = worldOf(side(0.05), side(0.05, [draft]));
    const again = pinned.replay(pinned.served(1, 10, () => 0));
    // The other course that is explored may come beside the pinned one, in any place but the last: .25 · 9/10.
    expect(again).toMatchObject({ isChanged: true, support: expect.closeTo(1 - 0.225, 12) });
    const other = { ...draft, target: { ...draft.target, courseIds: ['a050'] } };
    const unsupported = worldOf(side(0.05), side(0.05, [other]));
    expect(unsupported.replay(unsupported.served(1, 10, () => 0))).toMatchObject({ isChanged: true, support: 0 });
  });

  test('cannot be told of where what is sure of its place differs, or a pin that counts moved it', () => {
    const { served, replay } = worldOf(side(0.05), side(0.1));
    const choice = served(1, 10, () => 0);
    const other = choice && { ...choice, page: { ...choice.page, sureIds: ['a050', ...choice.page.sureIds.slice(1)] } };
    expect(replay(other)).toBeNull();
    const ruled = worldOf(side(0.05, [draft]), side(0.1, [draft]));
    expect(ruled.replay(served(1, 10, () => 0))).toBeNull();
  });
});

describe('the estimate', () => {
  const scope = { outcome: 'STARTED', withinDays: 14, since: '', until: '' } as const;
  const { served, replay } = worldOf(side(0.05), side(0.1));
  const rewardsById = new Map([
    ['n0', 0.6],
    ['n3', 0.2],
  ]);
  /** Nine that are sure, and always one of the two that are explored. */
  const truth = 9 * 0.05 + (0.6 + 0.2) / 2;
  const servedTruth = 9 * 0.05 + 0.5 * 0.05 + 0.5 * 0.4;
  const all = Array.from({ length: 1_000 }, (_, i) => {
    const choice = served(i, 10, () => 0);
    return { replayed: replay(choice) as ReplayedChoice, ids: choice?.page.shownIds ?? [] };
  });
  /** So many of the lists, drawn with what comes of them. */
  const simulated = (repetition: number, lists: number) => {
    const random = createRandom(repetition);
    const replayed = Array.from({ length: lists }, () => {
      const one = all[random.below(all.length)] as (typeof all)[number];
      const reward = one.ids.filter((id) => random.uniform() < (rewardsById.get(id) ?? 0.05)).length;
      return { ...one.replayed, reward };
    });
    return offPolicyImpact({ ...scope, lists }, replayed);
  };

  test('holds the truth as often as its interval says, and finds what the change is worth', () => {
    const repetitions = 400;
    const found = Array.from({ length: repetitions }, (_, i) => simulated(i, 300));
    const holding = (of: 'drafted' | 'lift95', value: number) =>
      found.filter(({ [of]: interval }) => interval !== null && interval.low <= value && value <= interval.high).length;
    // 380 are expected of 400, give or take 4.4.
    expect(holding('drafted', truth)).toBeGreaterThanOrEqual(366);
    expect(holding('lift95', truth - servedTruth)).toBeGreaterThanOrEqual(366);
    const mean = found.reduce((sum, { drafted }) => sum + (drafted?.estimate ?? 0), 0) / repetitions;
    expect(Math.abs(mean - truth)).toBeLessThan(0.03);
    expect(found.filter(({ verdict }) => verdict === 'WORSE')).toEqual([]);
    expect(found.filter(({ verdict }) => verdict === 'IMPROVED').length).toBeGreaterThan(100);
  });

  test('says how many lists it rests on', () => {
    const { lists, remade, changed, supportedShare, effectiveCount, meanWeight } = simulated(7, 400);
    expect({ lists, remade, changed }).toEqual({ lists: 400, remade: 400, changed: 400 });
    expect(supportedShare).toBeCloseTo(1, 12);
    // Half of the lists weigh 2, the others nothing.
    expect(effectiveCount).toBeCloseTo(((meanWeight ?? 0) * 400) / 2, 9);
    expect(Math.abs((meanWeight ?? 0) - 1)).toBeLessThan(0.2);
  });

  const choice = (change: Partial<ReplayedChoice>): ReplayedChoice => ({
    ...{ reward: 0, loggedPropensity: 0.5, targetPropensity: 1, isChanged: true, support: 1 },
    ...change,
  });
  const many = (change: (i: number) => Partial<ReplayedChoice>) =>
    Array.from({ length: 400 }, (_, i) => choice({ reward: i % 3, ...change(i) }));

  test.each([
    ['NO_LISTS', 0, []],
    ['NOT_REMADE', 1_000, many(() => ({}))],
    ['NOTHING_CHANGES', 400, many(() => ({ isChanged: false }))],
    ['NO_SUPPORT', 400, many((i) => ({ support: i < 100 ? 1 : 0.5, targetPropensity: i % 2 }))],
    ['TOO_FEW_EFFECTIVE', 400, many((i) => ({ targetPropensity: i < 90 ? 1 : 0 }))],
    ['WEIGHTS_ASTRAY', 400, many(() => ({}))],
  ] as const)('is refused with %s', (refusal, lists, replayed) => {
    expect(offPolicyImpact({ ...scope, lists }, replayed)).toMatchObject({ refusal, verdict: 'CANNOT_TELL' });
  });

  const EVERYBODY = new AudienceFigures([], new Uint8Array(32));
  const DRAWN = (figure: unknown) => coarseFiguresOf(figure, new Uint8Array(32));

  test('tells the same however often, and whenever, it is asked for', () => {
    const exact = simulated(7, 437);
    const told = Array.from({ length: 200 }, (_, i) =>
      coarseOffPolicy(
        { ...exact, until: new Date(Date.parse('2026-06-01T00:00:00Z') + i).toISOString() },
        EVERYBODY,
        DRAWN,
      ),
    );
    expect(new Set(told.map((one) => JSON.stringify({ ...one, until: '' }))).size).toBe(1);
  });

  test('has the noise of the audiences that somebody chose, and intervals that allow for it', () => {
    const sales = {
      ...{ departments: ['Sales'], roleIds: [], locations: [], languages: [], learnerIds: [] },
      ...{ hiredWithinDays: null, skillGap: null },
    };
    const exact = simulated(7, 404);
    const toldBy = (seed: number) => coarseOffPolicy(exact, new AudienceFigures(sales, Uint8Array.of(seed)), DRAWN);
    const told = Array.from({ length: 40 }, (_, seed) => toldBy(seed));
    expect(new Set(told.map(({ changed }) => changed)).size).toBeGreaterThan(1);
    expect(new Set(told.map(({ lift95 }) => lift95?.estimate)).size).toBeGreaterThan(1);
    const width = (bounds: { low: number; high: number } | null) => (bounds?.high ?? 0) - (bounds?.low ?? 0);
    for (const { lift95 } of told) expect(width(lift95)).toBeGreaterThan(width(exact.lift95));
  });

  test('tells no share or refusal by one list more or less', () => {
    const sales = {
      ...{ departments: ['Sales'], roleIds: [], locations: [], languages: [], learnerIds: [] },
      ...{ hiredWithinDays: null, skillGap: null },
    };
    const toldOf = (exact: ReturnType<typeof simulated>) =>
      Array.from({ length: 200 }, (_, seed) =>
        coarseOffPolicy(exact, new AudienceFigures(sales, Uint8Array.of(seed)), DRAWN),
      );
    const exact = { ...simulated(7, 404), supportedShare: 0.7, changed: 200 };
    const [some, oneMore] = [exact, { ...exact, changed: 201, supportedShare: 0.7 + 0.3 / 201 }].map(toldOf);
    const shares = (told: ReturnType<typeof toldOf> = []) => new Set(told.map(({ supportedShare }) => supportedShare));
    expect(shares(some).size).toBeGreaterThan(2);
    expect(shares(oneMore)).toEqual(shares(some));
    // At the edge either may be: refused, or told.
    const refusals = (change: object) => new Set(toldOf({ ...exact, ...change }).map(({ refusal }) => refusal));
    expect(refusals({ supportedShare: 0.666 })).toEqual(new Set([null, 'NO_SUPPORT']));
    expect(refusals({ supportedShare: 0.667 })).toEqual(new Set([null, 'NO_SUPPORT']));
    // A hundred for certain: with fewer there never is an estimate that could be told.
    expect(refusals({ effectiveCount: 106 })).toEqual(new Set([null, 'TOO_FEW_EFFECTIVE']));
    expect(refusals({ effectiveCount: 100 })).toEqual(new Set(['TOO_FEW_EFFECTIVE']));
    for (const { drafted } of toldOf({ ...exact, drafted: { estimate: 0.02, low: 0, high: 0.3 } })) {
      expect(drafted?.estimate).toBeGreaterThanOrEqual(0);
    }
  });

  test('tells whoever may not learn of few people only figures of many', () => {
    const told = coarseOffPolicy(simulated(7, 404), EVERYBODY, DRAWN);
    expect((told.lists ?? 1) % 5).toBe(0);
    // Of about 200 lists' worth, of up to three courses each: in steps of eight hundredths.
    for (const { estimate, low, high } of [told.drafted, told.lift95].filter((bounds) => bounds !== null)) {
      for (const value of [estimate, low, high]) expect(value / 0.08).toBeCloseTo(Math.round(value / 0.08), 9);
    }
    // Whether four lists change, or none does, is the same to them.
    const unchanged = many(() => ({ isChanged: false }));
    const [some, none] = [many(() => ({})).slice(0, 4), []].map((changed) =>
      coarseOffPolicy(
        offPolicyImpact({ ...scope, lists: 400 }, [...changed, ...unchanged.slice(changed.length)]),
        EVERYBODY,
        DRAWN,
      ),
    );
    expect(some).toEqual(none);
    expect(some).toMatchObject({ refusal: 'NOTHING_CHANGES', changed: null, supportedShare: null, meanWeight: null });
  });
});

test('the courses that are explored on the first page are those that the simulation takes them for', () => {
  const { inputs } = worldOf(side(0.1), side(0.1));
  const ids = new Set(
    Array.from({ length: 40 }, (_, i) => recommend(inputs('before', `e${i}`), 100, 0).ranked.slice(0, 10)).flatMap(
      (list) => list.filter(({ sources }) => sources.includes('EXPLORATION')).map(({ course }) => course.id),
    ),
  );
  expect([...ids].sort()).toEqual(EXPLORED);
});

test('what was known of learners is worked out one by one, other work being let in after each', () => {
  const lists = Array.from({ length: 30 }, (_, i) => ({
    ...{ id: `l${i}`, learnerId: `e${i}`, createdAt: YESTERDAY, modelVersion: null, courseIds: ['a000', 'n0'] },
    ...{ scores: [1, 0.5], sources: ['POPULAR', 'NEW'], propensities: [1, 0.2], appliedRules: [], shown: 2 },
  }));
  // Of the last nobody knows any more.
  const states = lists.slice(0, -1).map(({ learnerId }) => stateOf(learnerId));
  const steps = pastChoices(lists, states, [], { outcome: 'STARTED', withinDays: 7 });
  let yields = 0;
  for (;;) {
    const step = steps.next();
    if (step.done === true) {
      expect(step.value.map(({ state }) => state.learnerId)).toEqual(states.map(({ learnerId }) => learnerId));
      break;
    }
    yields += 1;
  }
  expect(yields).toBe(lists.length);
});
