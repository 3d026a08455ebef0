import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AudienceFigures, type AudienceShape } from '../../src/learners/fewPeople/audienceFigures.js';
import { CoarseFigures, coarseFiguresOf } from '../../src/learners/fewPeople/coarseFigures.js';
import { blurredCount, blurredPopulation } from '../../src/recommendations/rulePreview/blurredPopulation.js';
import { coarsePopulation } from '../../src/recommendations/rulePreview/rulePreviewPrivacy.js';
import { createRandom } from '../../src/stats/random.js';

/** Everything that may be told of one figure, whatever the secret. */
const told = <Value>(tell: (figures: CoarseFigures) => Value): Value[] => [
  ...new Set(Array.from({ length: 200 }, (_, seed) => tell(new CoarseFigures(createRandom(seed))))),
];
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
  const all: AudienceShape = {
    ...{ departments: [], roleIds: [], locations: [], languages: [], learnerIds: [] },
    ...{ hiredWithinDays: null, skillGap: null },
  };
  const figuresOf = (seed: number, ...audiences: Partial<AudienceShape>[]) =>
    new AudienceFigures(
      audiences.map((one) => ({ ...all, ...one })),
      Uint8Array.of(seed, seed >> 8),
    );
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
    expect(blurredPopulation(population, 10, figuresOf(0, {}), figuresOf(0, {}))).toEqual(population);
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

  test('never tell of fewer than five, nor that somebody wins who loses', () => {
    for (let seed = 0; seed < 200; seed++) {
      const {
        winners,
        losers,
        exposure: told,
      } = blurredPopulation(population, 10, figuresOf(seed, { roleIds: ['a'] }), figuresOf(seed, {}));
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
    const { relevance } = blurredPopulation(population, 10, figuresOf(3, { roleIds: ['a'] }), figuresOf(3, {}));
    // .1 to either side, and 1.96 times two people of forty.
    const half = ((relevance?.before.high ?? 0) - (relevance?.before.low ?? 0)) / 2;
    expect(half).toBeCloseTo(Math.hypot(0.1, (1.96 * 2) / 40), 10);
  });
});
