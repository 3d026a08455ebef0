import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIDENCE_WEIGHTS } from '../../src/learners/confidence.js';
import { AudienceFigures, type AudienceShape } from '../../src/learners/fewPeople/audienceFigures.js';
import { CoarseFigures, coarseFiguresOf } from '../../src/learners/fewPeople/coarseFigures.js';
import {
  blurredCount,
  blurredPopulation,
  type PopulationNoise,
  tellableDepartments,
} from '../../src/recommendations/rulePreview/blurredPopulation.js';
import {
  coarsePopulation,
  figuresOfLists,
  noiseOfPopulation,
  rulesForFew,
  rulesOfChange,
} from '../../src/recommendations/rulePreview/rulePreviewPrivacy.js';
import type { Rule, RuleAudience } from '../../src/rules/model/rule.js';
import { DEFAULT_POLICY } from '../../src/rules/policy.js';
import { createRandom } from '../../src/stats/random.js';
import { aRule, aRuleSet } from '../support/ruleBuilders.js';

/** Everything that may be told of one figure, whatever the secret. */
const told = <Value>(tell: (figures: CoarseFigures) => Value): Value[] => [
  ...new Set(Array.from({ length: 200 }, (_, seed) => tell(new CoarseFigures(createRandom(seed))))),
];
const MOST = { shifts: 20, departments: 20, providers: 20 };
/** Draws nothing up and nothing down. */
const middling = new CoarseFigures({ uniform: () => 0.5, below: () => 2, normal: () => 0 });

describe('figures that tell of nobody', () => {
  test('counts are told in fives that are less than five off, and fewer than five not at all', () => {
    for (let exact = 0; exact <= 30; exact++) {
      for (const count of told((figures) => figures.count(exact))) {
        expect(count % 5).toBe(0);
        if (exact < 5) expect(count).toBe(0);
        else expect(Math.abs(count - exact)).toBeLessThan(exact < 7 ? 7 : 5);
      }
    }
    expect(told((figures) => figures.countOrNull(4))).toEqual([null]);
  });

  test('of two counts that are told apart nobody knows that they differ by the one person more', () => {
    for (let exact = 5; exact <= 30; exact++) {
      const without = told((figures) => figures.count(exact));
      const withOneMore = told((figures) => figures.count(exact + 1));
      expect(withOneMore.filter((count) => without.includes(count)).length).toBeGreaterThan(0);
    }
    // Four and five stand at the edge of what is told at all: five may be taken for four.
    expect(told((figures) => figures.count(5)).sort()).toEqual([0, 5]);
    // Twelve and thirteen stand at an edge of plain rounding.
    expect([12, 13].map((exact) => told((figures) => figures.count(exact)).sort())).toEqual([
      [10, 15],
      [10, 15],
    ]);
  });

  test('the same is told of the same however often somebody asks, and cannot be worked out without the secret', () => {
    const [secret, other] = [Uint8Array.of(1), Uint8Array.of(2)];
    const counts = (key: Uint8Array, people = 17) => {
      const figures = coarseFiguresOf({ people }, key);
      return Array.from({ length: 20 }, () => figures.count(people));
    };
    expect(counts(secret)).toEqual(counts(secret));
    expect(counts(secret)).not.toEqual(counts(other));
  });

  test('means are told in steps that are the wider the fewer people they are over', () => {
    const people = [5, 20, 100, 1_000];
    expect(people.map((count) => middling.mean(0.5432, count))).toEqual([0.6, 0.55, 0.54, 0.543]);
    expect(middling.mean(-0.5432, 100)).toBe(-0.54);
  });

  test('intervals cover what they covered, and are less than two steps wider at either end', () => {
    const end = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 20_000 }), end, end, fc.nat(999), (people, a, b, seed) => {
        const exact = { estimate: (a + b) / 2, low: Math.min(a, b), high: Math.max(a, b) };
        const told = new CoarseFigures(createRandom(seed)).interval(exact, people);
        const twoSteps = 2 * (people >= 1_000 ? 0.001 : people >= 100 ? 0.01 : people >= 20 ? 0.05 : 0.2) + 1e-9;
        expect(told.low).toBeLessThanOrEqual(exact.low);
        expect(told.high).toBeGreaterThanOrEqual(exact.high);
        expect(exact.low - told.low).toBeLessThan(twoSteps);
        expect(told.high - exact.high).toBeLessThan(twoSteps);
      }),
    );
  });

  test('of any two means over a group that are told apart, one person alone can be all the difference', () => {
    const people = fc.integer({ min: 5, max: 20_000 });
    const mean = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(people, mean, mean, fc.nat(999), (count, a, b, seed) => {
        const figures = new CoarseFigures(createRandom(seed));
        const [x, y] = [figures.mean(a, count), figures.mean(b, count)];
        if (x !== y) expect(Math.abs(x - y)).toBeGreaterThanOrEqual(1 / count - 1e-9);
        expect(Math.abs(x - a)).toBeLessThanOrEqual(0.2 + 1e-9);
      }),
    );
  });

  test('courses that fewer than five lists gain or lose are left out', () => {
    const shift = (courseId: string, listsBefore: number, listsAfter: number) => ({
      ...{ courseId, listsBefore, listsAfter, meanRankBefore: 2.4, meanRankAfter: 3.6 },
    });
    const exposure = { people: 27, changed: 4, shortBefore: 1, shortAfter: 2, providers: [] };
    const provider = { provider: 'Acme', before: 0.01, after: 0.02 };
    const { winners, losers, ...rest } = coarsePopulation(
      {
        exposure: { ...exposure, providers: [provider, { provider: 'Beta', before: 0.51, after: 0.99 }] },
        departments: [{ department: 'Sales', ...exposure }],
        // Five may be told as fewer than five, as before.
        winners: [shift('a', 1, 12), shift('b', 10, 14), shift('e', 0, 5)],
        losers: [shift('c', 23, 17), shift('d', 4, 0)],
        relevance: null,
      },
      10,
      middling,
      MOST,
    );
    expect(winners).toEqual([
      { courseId: 'a', listsBefore: 0, listsAfter: 10, meanRankBefore: null, meanRankAfter: 4 },
    ]);
    expect(losers.map(({ courseId, listsBefore, listsAfter }) => [courseId, listsBefore, listsAfter])).toEqual([
      ['c', 25, 15],
    ]);
    const coarse = { people: 25, changed: 0, shortBefore: 0, shortAfter: 0 };
    expect(rest.exposure).toEqual({ ...coarse, providers: [{ provider: 'Beta', before: 0.5, after: 1 }] });
    expect(rest.departments).toEqual([{ department: 'Sales', ...coarse, providers: [] }]);
  });
});

describe('figures of previews of audiences that somebody chose', () => {
  const all: RuleAudience = {
    ...{ departments: [], roleIds: [], locations: [], languages: [], learnerIds: [] },
    ...{ hiredWithinDays: null, skillGap: null },
  };
  const figuresOf = (seed: number, ...audiences: Partial<AudienceShape>[]) =>
    new AudienceFigures(
      audiences.map((one) => ({ ...all, ...one })),
      Uint8Array.of(seed, seed >> 8),
    );
  /** Of a preview for everybody. */
  const noiseOf = (seed: number, ...ruled: Partial<AudienceShape>[]): PopulationNoise => {
    const of = (...counted: Partial<AudienceShape>[]) => ({
      lists: figuresOf(seed, ...counted, ...ruled),
      people: figuresOf(seed, ...counted),
    });
    return { ...of({}), inDepartment: (name) => of({}, { departments: [name ?? ''] }) };
  };
  const exposure = { people: 40, changed: 20, shortBefore: 30, shortAfter: 0, providers: [] };
  const shift = { listsBefore: 10, listsAfter: 30, meanRankBefore: 4, meanRankAfter: 2 };
  const mean = { mean: 0.4, low: 0.3, high: 0.5, count: 40 };
  const population = {
    exposure: { ...exposure, providers: [{ provider: 'Acme', before: 0.4, after: 0.5 }] },
    departments: [{ department: 'Sales', ...exposure }],
    winners: [{ courseId: 'a', ...shift }],
    losers: [{ courseId: 'b', ...shift, listsAfter: 0, meanRankAfter: null }],
    relevance: { before: mean, after: mean, difference: { mean: 0, low: -0.1, high: 0.1, count: 40 }, people: 40 },
  };

  test('are as they are where nobody chose any', () => {
    // Being in one department is one more thing to be chosen by.
    const everybody = { ...population, departments: [] };
    expect(blurredPopulation(everybody, 10, noiseOf(0))).toEqual(everybody);
  });

  test('have a noise that trying drafts that hardly differ does not average away', () => {
    const drafts = Array.from({ length: 200 }, (_, i) => `Draft ${i}`);
    // What else is drafted is for others; each preview draws its edges anew.
    const mean = (seed: number) => {
      const counts = drafts.map((department) => {
        const count = blurredCount(
          20,
          'changed',
          figuresOf(seed, { locations: ['Oslo'] }, { departments: [department] }),
        );
        return coarseFiguresOf([department, count], Uint8Array.of(seed)).count(count);
      });
      return counts.reduce((sum, count) => sum + count, 0) / counts.length;
    };
    const misses = Array.from({ length: 40 }, (_, seed) => mean(seed) - 20);
    const deviation = Math.sqrt(misses.reduce((sum, miss) => sum + miss * miss, 0) / misses.length);
    expect(deviation).toBeGreaterThan(1.2);
    expect(deviation).toBeLessThan(3.2);
  });

  test('have a noise by the rules that are live beside, together as much as one of them alone', () => {
    const ofSides = (liveFor: readonly Partial<RuleAudience>[], seed = 1) => {
      const rules = liveFor.map((audience, i) => aRule(`r${i}`, { kind: 'EXCLUDE' }, { audience }));
      const before = { ruleSet: aRuleSet(rules) };
      const after = { ruleSet: aRuleSet([...rules, aRule('draft', { kind: 'EXCLUDE' })]) };
      return figuresOfLists([all], rulesOfChange({ before, after }, []), Uint8Array.of(seed));
    };
    const [one, other] = [{ locations: ['Oslo'], roleIds: ['a'] }, { departments: ['Sales'] }];
    const deviations = [[], [{}], [one], [one, other], [one, one]].map((live) =>
      ofSides(live).noiseDeviation({ name: 'lists' }),
    );
    expect(deviations).toEqual([0, 0, 2, 2, 2]);
    const noise = (...live: Partial<RuleAudience>[]) => ofSides(live).noise({ name: 'lists' });
    expect(noise(one, other)).not.toBe(noise(one));
    // It is the same in whatever order, and however often somebody publishes the same again.
    expect(noise(other, one, {})).toBe(noise(one, other));
    expect(noise(one, one)).toBe(noise(one));
  });

  test('are ordered by what is told, and not by what is', () => {
    const two = (a: number, b: number) => ({
      ...population,
      departments: [
        { department: 'Sales', ...exposure, people: 40 },
        { department: 'Legal', ...exposure, people: 41 },
      ],
      winners: [
        { ...shift, courseId: 'x', listsBefore: 0, listsAfter: a },
        { ...shift, courseId: 'y', listsBefore: 0, listsAfter: b },
      ],
    });
    const told = (exact: typeof population) =>
      Array.from({ length: 200 }, (_, seed) => {
        const blurred = blurredPopulation(exact, 10, noiseOf(seed, { roleIds: ['a'] }));
        return coarsePopulation(blurred, 10, coarseFiguresOf(blurred, Uint8Array.of(seed)), MOST);
      });
    for (const [a, b] of [
      [100, 101],
      [101, 100],
    ] as const) {
      const results = told(two(a, b));
      for (const { winners, departments } of results) {
        const gains = winners.map(({ listsAfter, listsBefore }) => listsAfter - listsBefore);
        expect(gains).toEqual([...gains].sort((one, other) => other - one));
        const people = departments.map((group) => group.people);
        expect(people).toEqual([...people].sort((one, other) => other - one));
      }
      const first = results.filter(({ winners }) => winners[0]?.courseId === 'x').length;
      expect(first).toBeGreaterThan(60);
      expect(first).toBeLessThan(200);
    }
    expect(told(two(100, 101)).every(({ winners }) => winners.length === 2)).toBe(true);
    const one = blurredPopulation(two(30, 40), 10, noiseOf(1));
    expect(coarsePopulation(one, 10, middling, { ...MOST, shifts: 1 }).winners).toHaveLength(1);
  });

  test('have no provider by the lists of a few', () => {
    const withShare = (people: number, share: number) => {
      const providers = [{ provider: 'Acme', before: 0, after: share }];
      return { ...population, exposure: { ...exposure, people, providers } };
    };
    const seen = (people: number, share: number) =>
      Array.from(
        { length: 200 },
        (_, seed) =>
          blurredPopulation(withShare(people, share), 10, noiseOf(seed, { roleIds: ['a'] })).exposure.providers[0]
            ?.after,
      ).filter((after) => (after ?? 0) > 0).length;
    // One place of ten of one of a hundred lists; all places of four lists; and of thirty.
    expect([seen(100, 0.001), seen(100, 0.04), seen(100, 0.3)]).toEqual([0, 0, 200]);
  });

  test('have departments of five for certain, each with the noise of being chosen by it', () => {
    const noise = (seed: number, audience: Partial<AudienceShape>): PopulationNoise => {
      const of = (...more: Partial<AudienceShape>[]) => {
        const figures = figuresOf(seed, audience, ...more);
        return { lists: figures, people: figures };
      };
      return { ...of(), inDepartment: (name) => of({ departments: [name ?? ''] }) };
    };
    const toldOf = (people: number) =>
      Array.from({ length: 200 }, (_, seed) =>
        tellableDepartments([['Sales', people]], noise(seed, { roleIds: ['a'] }), 5),
      ).filter(({ length }) => length > 0).length;
    expect(toldOf(4)).toBe(0);
    expect(toldOf(30)).toBe(200);
    // Of those of one role who are in one department, whether there are eleven or twelve does not show.
    expect(toldOf(12)).toBeGreaterThan(0);
    expect(toldOf(12)).toBeLessThan(200);
    expect(
      tellableDepartments(
        [
          ['A', 30],
          ['B', 90],
          ['C', 60],
        ],
        noise(1, {}),
        2,
      ),
    ).toEqual(['B', 'C']);
  });

  test('are none by gaps that are finer than any noise tells apart', () => {
    const gap = (atLeast: number) => ({ skillGap: { skillId: 'a', atLeast } });
    expect(figuresOf(1, gap(0.12)).blurredCount(61, { name: 'lists' })).toBeGreaterThan(0);
    expect(figuresOf(1, gap(0.1249)).blurredCount(61, { name: 'lists' })).toBe(0);
  });

  test('leave out rules for few on either side, and those for nobody as well', () => {
    const audience = { departments: ['Sales'] };
    const [rule, changed] = ['REQUIRE_ONLY', 'EXCLUDE'].map((kind) =>
      aRule('r', { kind } as Parameters<typeof aRule>[1], { audience }),
    );
    const sideOf = (one: typeof rule | null) => ({
      ...{ policy: DEFAULT_POLICY, signalWeights: DEFAULT_CONFIDENCE_WEIGHTS },
      ruleSet: aRuleSet(one == null ? [] : [one]),
    });
    const counted = (people: number, was: number | null) => ({
      after: new Map([['r', people]]),
      before: new Map(was === null ? [] : [['r', was]]),
    });
    const exactly = (people: number) => (people < 5 ? 0 : people);
    const forFew = (before: typeof rule | null, after: typeof rule | null, people: number, was: number | null = null) =>
      rulesForFew(sideOf(before), sideOf(after), counted(people, was), exactly).length === 1;
    for (const people of [0, 1, 4]) {
      expect(forFew(null, rule, people)).toBe(true);
      expect(forFew(rule, null, people)).toBe(true);
      expect(forFew(rule, changed, people, 9)).toBe(true);
      expect(forFew(rule, changed, 9, people)).toBe(true);
    }
    expect([forFew(null, rule, 5), forFew(rule, null, 5), forFew(rule, changed, 5, 5)]).toEqual([false, false, false]);
  });

  test('have a noise by the rules that are live, whatever a draft touches of them for nothing', () => {
    const live = ['Oslo', 'Bern'].map((location) =>
      aRule(location, { kind: 'EXCLUDE' }, { audience: { locations: [location] } }),
    );
    const draft = aRule('draft', { kind: 'EXCLUDE' });
    const noiseBeside = (touched: readonly Rule[]) => {
      const before = { ruleSet: aRuleSet(live) };
      const after = { ruleSet: aRuleSet([...touched, draft]) };
      const { differing, live: beside } = rulesOfChange({ before, after }, []);
      expect(differing.map(({ id }) => id)).toContain('draft');
      return figuresOfLists([all], { differing: [draft], live: beside }, Uint8Array.of(1)).noise({ name: 'lists' });
    };
    expect(noiseBeside(live.map((rule) => ({ ...rule, note: 'touched' })))).toBe(noiseBeside(live));
  });

  test('have another noise for a sample, of which all less the sample are the rest', () => {
    const noise = (sampleSize: number | null) => figuresOf(1, { sampleSize }).noise({ name: 'people' });
    expect(noise(null)).toBe(0);
    expect(new Set([noise(null), noise(25), noise(50)]).size).toBe(3);
    expect(figuresOf(1, { sampleSize: 25 }).blurredCount(25, { name: 'people' })).not.toBe(0);
  });

  test('are of lists by the preview and all rules, of people by the preview alone, and by the department besides', () => {
    const ruled = aRule('draft', { kind: 'EXCLUDE' }, { audience: { locations: ['Oslo'] } });
    const live = aRule('live', { kind: 'EXCLUDE' }, { audience: { roleIds: ['a'] } });
    const { lists, people, inDepartment } = noiseOfPopulation(
      { ...all, languages: ['de'] },
      { differing: [ruled], live: [live] },
      Uint8Array.of(1),
    );
    const deviationOf = (figures: Pick<AudienceFigures, 'noiseDeviation'>) =>
      figures.noiseDeviation({ name: 'x' }) ** 2;
    // Of one condition 4.
    expect([lists, people].map(deviationOf).map(Math.round)).toEqual([12, 4]);
    const sales = inDepartment('Sales');
    expect([sales.lists, sales.people].map(deviationOf).map(Math.round)).toEqual([16, 8]);
    expect(inDepartment('Legal').people.noise({ name: 'x' })).not.toBe(sales.people.noise({ name: 'x' }));
  });

  test('say of no course that it gains or loses where fewer than five lists do', () => {
    const told = (gain: number) =>
      Array.from({ length: 400 }, (_, seed) => {
        const winner = { ...shift, courseId: 'a', listsBefore: 100, listsAfter: 100 + gain };
        const { winners } = blurredPopulation(
          { ...population, winners: [winner] },
          10,
          noiseOf(seed, { roleIds: ['a'] }),
        );
        return winners.length;
      }).reduce((sum, count) => sum + count, 0);
    expect([1, 4].map(told)).toEqual([0, 0]);
    // Where they are told at all, whether they are eleven or twelve does not show.
    expect(told(11)).toBeGreaterThan(0);
    expect(told(12)).toBeLessThan(400);
    expect(told(40)).toBeGreaterThan(380);
  });

  test('tell of relevance where twenty people are certain', () => {
    const told = (people: number) =>
      Array.from({ length: 200 }, (_, seed) => {
        const exact = { ...population, relevance: { ...population.relevance, people } };
        return blurredPopulation(exact, 10, noiseOf(seed, { roleIds: ['a'] })).relevance;
      }).filter((relevance) => relevance !== null);
    expect(told(19)).toEqual([]);
    expect(told(26).length).toBeGreaterThan(0);
    expect(told(26).length).toBeLessThan(200);
    expect(told(40)).toHaveLength(200);
    for (const { people } of told(26)) expect(people).toBeGreaterThanOrEqual(20);
  });

  test('never tell of fewer than five, nor that somebody wins who loses', () => {
    for (let seed = 0; seed < 200; seed++) {
      const { winners, losers, exposure: told } = blurredPopulation(population, 10, noiseOf(seed, { roleIds: ['a'] }));
      expect(told.people).toBe(40);
      expect(told.shortAfter).toBe(0);
      for (const { listsBefore, listsAfter, meanRankAfter } of winners) {
        expect(listsAfter).toBeGreaterThan(listsBefore);
        expect(meanRankAfter).toBeGreaterThanOrEqual(1);
      }
      expect(losers.every(({ listsBefore, listsAfter }) => listsAfter < listsBefore)).toBe(true);
    }
  });

  test('have intervals that are as much wider', () => {
    const { relevance } = blurredPopulation(population, 10, noiseOf(3, { roleIds: ['a'] }));
    // .1 to either side, and 1.96 times two people of forty.
    const half = ((relevance?.before.high ?? 0) - (relevance?.before.low ?? 0)) / 2;
    expect(half).toBeCloseTo(Math.hypot(0.1, (1.96 * 2) / 40), 10);
  });
});
