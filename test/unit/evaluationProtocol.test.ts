import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderChart } from '../../src/evaluation/chart.js';
import { bucketStarts, resamplesFor, summariseQuality } from '../../src/evaluation/quality.js';
import {
  bootstrapCoverage,
  type RankingProtocol,
  rankForLearners,
  SHOWN_COUNT,
  shownPopularity,
} from '../../src/recsys/evaluate.js';
import type { History } from '../../src/recsys/history.js';
import { buildCsr, type CsrMatrix } from '../../src/recsys/interactions.js';
import { cappedRecallAtK, recallAtK, reciprocalRank } from '../../src/recsys/metrics.js';
import { bootstrapMean, bootstrapMeans, bootstrapPairedDifference } from '../../src/stats/bootstrap.js';
import { createRandom } from '../../src/stats/random.js';

/** Rows with a value of 1 in each listed column. */
function rows(columnCount: number, lists: readonly (readonly number[])[]): CsrMatrix {
  return buildCsr(lists.length, columnCount, {
    rowIndices: lists.flatMap((list, row) => list.map(() => row)),
    columnIndices: lists.flat(),
    values: lists.flatMap((list) => list.map(() => 1)),
  });
}

function protocolOf(
  itemCount: number,
  histories: readonly (readonly number[])[],
  heldOut: readonly (readonly number[])[],
  candidates: readonly (readonly number[] | null)[] | null = null,
): RankingProtocol {
  const taken = rows(itemCount, histories);
  return {
    itemCount,
    histories: taken,
    historyAtMs: null,
    taken,
    heldOut: rows(itemCount + 10, heldOut),
    candidates:
      candidates === null
        ? null
        : {
            isListed: Uint8Array.from(candidates, (list) => (list === null ? 0 : 1)),
            items: rows(
              itemCount,
              candidates.map((list) => list ?? []),
            ),
          },
  };
}

const scoring = (scores: readonly number[]) => ({
  itemCount: scores.length,
  score: (_: History, out: Float32Array) => out.set(scores),
});
const descending = (itemCount: number) => scoring(Array.from({ length: itemCount }, (_, item) => -item));

describe('recall', () => {
  it('is a share of the relevant items, or of what k places can hold, by name', () => {
    const relevant = new Set([1, 2, 3, 9]);
    expect(recallAtK([1, 5, 2], relevant, 2)).toBe(1 / 4);
    expect(cappedRecallAtK([1, 5, 2], relevant, 2)).toBe(1 / 2);
    expect(cappedRecallAtK([1, 5, 2], relevant, 3)).toBe(2 / 3);
    expect(cappedRecallAtK([3, 1, 2, 9, 5], relevant, 20)).toBe(1);
  });

  it('and the reciprocal rank never find an item beyond the scores', () => {
    expect(reciprocalRank([3, 2], new Set([7]), null)).toBe(0);
    expect(reciprocalRank([3, 2], new Set([7, 1]), null)).toBe(1 / 2);
  });
});

describe('rankForLearners', () => {
  it('agrees with figures worked out by hand', () => {
    // Ranked for the learner: 0, 2, 3, … 29, without 1 that was taken. Items 2 (place 2), 13 (place 13) and 25 (place
    // 25) are to be found, and 35 that nobody knows.
    const { metrics, shownItems } = rankForLearners(protocolOf(30, [[1]], [[2, 13, 25, 35]]), descending(30));
    const gain = (...places: number[]) => places.reduce((sum, place) => sum + 1 / Math.log2(place + 1), 0);
    expect(metrics['HR@10'][0]).toBe(1);
    expect(metrics['Recall@20'][0]).toBe(2 / 4);
    expect(metrics['Recall@50'][0]).toBe(3 / 4);
    expect(metrics['NDCG@10'][0]).toBeCloseTo(gain(2) / gain(1, 2, 3, 4), 12);
    expect(metrics['NDCG@20'][0]).toBeCloseTo(gain(2, 13) / gain(1, 2, 3, 4), 12);
    expect(metrics['NDCG@100'][0]).toBeCloseTo(gain(2, 13, 25) / gain(1, 2, 3, 4), 12);
    expect(metrics.MRR[0]).toBe(1 / 2);
    expect([...shownItems.subarray(0, 3)]).toEqual([0, 2, 3]);
    expect(shownItems).toHaveLength(SHOWN_COUNT);
  });

  it('finds a rank beyond the hundredth, and none where an item has no score', () => {
    const protocol = protocolOf(300, [[0], [0], []], [[250], [299], [305]]);
    const scores = Array.from({ length: 300 }, (_, item) => (item === 299 ? Number.NaN : -item));
    const { metrics } = rankForLearners(protocol, scoring(scores));
    expect([...metrics.MRR]).toEqual([1 / 250, 0, 0]);
    expect([...metrics['NDCG@100']]).toEqual([0, 0, 0]);
  });

  it('ranks candidates alone, even those that were taken, and everything for learners without', () => {
    const protocol = protocolOf(40, [[5, 6], [5]], [[5], [6]], [[39, 20, 5], null]);
    const { metrics, shownItems } = rankForLearners(protocol, descending(40));
    expect([...shownItems.subarray(0, 4)]).toEqual([5, 20, 39, -1]);
    expect([...metrics.MRR]).toEqual([1, 1 / 6]);
    expect(metrics['NDCG@10'][0]).toBe(1);
  });

  it('gives the same order of ties wherever an item stands in a list', () => {
    const first = protocolOf(40, [[]], [[30]], [[30, 3, 4, 5]]);
    const { metrics } = rankForLearners(first, scoring(new Array(40).fill(1)));
    expect(metrics.MRR[0]).toBe(1 / 4);
  });

  it('tells scorers the history of each learner', () => {
    const seen: number[][] = [];
    rankForLearners(protocolOf(5, [[3, 1], []], [[0], [0]]), {
      itemCount: 5,
      score(history, out) {
        seen.push([...history.itemIndices]);
        out.fill(0);
      },
    });
    expect(seen).toEqual([[1, 3], []]);
  });

  it('stays between 0 and 1, and reaches 1 for one who knows the answers', () => {
    const lists = fc.uniqueArray(fc.nat(24), { minLength: 1, maxLength: 24 });
    fc.assert(
      fc.property(
        lists,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 25, maxLength: 25 }),
        (held, scores) => {
          const protocol = protocolOf(25, [[]], [held]);
          for (const column of Object.values(rankForLearners(protocol, scoring(scores)).metrics)) {
            expect(column[0]).toBeGreaterThanOrEqual(0);
            expect(column[0]).toBeLessThanOrEqual(1);
          }
          const knowing = scores.map((_, item) => (held.includes(item) ? 1 : 0));
          for (const column of Object.values(rankForLearners(protocol, scoring(knowing)).metrics)) {
            expect(column[0]).toBeCloseTo(1, 12);
          }
        },
      ),
    );
  });

  it('refuses a scorer of another catalogue and learners with nothing to find', () => {
    expect(() => rankForLearners(protocolOf(5, [[]], [[0]]), descending(4))).toThrow(RangeError);
    expect(() => rankForLearners(protocolOf(5, [[], []], [[0], []]), descending(5))).toThrow(RangeError);
  });
});

describe('what is shown', () => {
  const shown = Int32Array.from(
    [[0, 1], [1], [1, 2]].flatMap((list) => [...list, ...new Array(SHOWN_COUNT - list.length).fill(-1)]),
  );

  it('is as popular as its items on average', () => {
    expect([...shownPopularity(shown, [10, 4, 7])]).toEqual([7, 4, 5.5]);
  });

  it('covers a share of the catalogue, inside its interval', () => {
    const coverage = bootstrapCoverage(shown, 10, { random: createRandom(1), resamples: 200 });
    expect(coverage?.mean).toBe(0.3);
    expect(coverage?.low).toBeLessThanOrEqual(0.3);
    expect(coverage?.high).toBeGreaterThanOrEqual(0.3);
    expect(bootstrapCoverage(new Int32Array(0), 10, { random: createRandom(1) })).toBeNull();
  });
});

describe('bootstrapMeans', () => {
  it('agrees with one column at a time, and with the paired difference', () => {
    const random = createRandom(7);
    const a = Float64Array.from({ length: 60 }, () => random.uniform());
    const b = a.map((value) => value + 0.1 * random.normal());
    const means = bootstrapMeans([a, b], { random: createRandom(3) });
    const close = (one: object | null, other: object | null) => {
      for (const [key, value] of Object.entries(other ?? {})) {
        expect((one as Record<string, number>)[key]).toBeCloseTo(value as number, 10);
      }
    };
    close(means.interval(0), bootstrapMean(a, { random: createRandom(3) }));
    close(means.interval(1), bootstrapMean(b, { random: createRandom(3) }));
    close(means.difference(1, 0), bootstrapPairedDifference(b, a, { random: createRandom(3) }));
  });

  it('has no mean of nothing, and refuses columns of different lengths', () => {
    expect(bootstrapMeans([[], []], { random: createRandom(1) }).interval(1)).toBeNull();
    expect(() => bootstrapMeans([[1], [1, 2]], { random: createRandom(1) })).toThrow(RangeError);
    expect(() => bootstrapMeans([[Number.NaN]], { random: createRandom(1) })).toThrow(RangeError);
  });
});

describe('summing up', () => {
  it('divides learners by the length of their histories, in doubling steps as far as there are enough', () => {
    expect(bucketStarts(Int32Array.of(0, 1, 50))).toEqual([0, 1, 2, 4, 8, 16, 32]);
    expect(bucketStarts(new Int32Array(10).fill(70))).toEqual([0, 1, 2, 4, 8, 16, 32, 64]);
    expect(bucketStarts(Int32Array.of(...new Array(99).fill(3), 1_000))).toEqual([0, 1, 2, 4, 8, 16, 32]);
    expect([resamplesFor(10), resamplesFor(40_000), resamplesFor(1e6)]).toEqual([1000, 500, 200]);
  });

  it('compares the blend with every part and each model with popularity', () => {
    const protocol = protocolOf(30, [[0], [1, 2, 3], [1, 2, 4]], [[5], [6], [7]]);
    const good = rankForLearners(
      protocol,
      scoring(Array.from({ length: 30 }, (_, item) => (item > 4 && item < 8 ? 1 : 0))),
    );
    const bad = rankForLearners(protocol, scoring(Array.from({ length: 30 }, (_, item) => item)));
    const figures = new Map([
      ['ials', good],
      ['popularity', bad],
      ['blend', good],
    ]);
    const quality = summariseQuality(protocol, rows(30, [[29, 28], [29]]), figures, 1);
    expect(quality.models['ials']?.['HR@10'].mean).toBe(1);
    expect(quality.models['popularity']?.['MeanPopularity@20'].mean).toBeCloseTo(3 / 20, 12);
    expect(quality.models['popularity']?.['Coverage@20'].mean).toBe(20 / 30);
    const named = new Set(quality.differences.map(({ model, against }) => `${model} − ${against}`));
    expect([...named].sort()).toEqual(['blend − ials', 'blend − popularity', 'ials − popularity']);
    const gain = quality.differences.find(
      ({ model, against, metric }) => model === 'blend' && against === 'popularity' && metric === 'HR@10',
    );
    expect(gain).toMatchObject({ difference: { mean: 1, low: 1, high: 1 }, relative: null });
    expect(quality.byHistoryLength.map(({ label, learners }) => [label, learners])).toEqual([
      ['1', 1],
      ['2–3', 2],
    ]);
    expect(summariseQuality(protocol, rows(30, [[29, 28], [29]]), figures, 1)).toEqual(quality);
  });
});

describe('the picture', () => {
  const chart = {
    title: 'Quality & "more"',
    subtitle: '<all>',
    xTitle: 'items',
    yTitle: 'NDCG@20',
    categories: [
      { label: '0', note: '12', place: null },
      { label: '1', note: '7', place: null },
    ],
    series: [
      { name: 'ials', isEmphasised: false, points: [{ mean: 0.02, low: 0.01, high: 0.034 }, null] },
      {
        name: 'popularity',
        isEmphasised: true,
        points: [
          { mean: 0, low: 0, high: 0 },
          { mean: 0.01, low: 0, high: 0.02 },
        ],
      },
    ],
  };

  it('has a title, axes, a legend, whiskers, words for readers and a dark dress', () => {
    const svg = renderChart(chart);
    expect(svg).toContain('Quality &amp; &quot;more&quot;</title>');
    expect(svg).toContain('&lt;all&gt;');
    for (const text of ['items', 'NDCG@20', 'ials', 'popularity', '12', '0.02'])
      expect(svg).toContain(`>${text}</text>`);
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg.match(/class="whisker/g)).toHaveLength(3);
    expect(svg).toContain('ials: 0: 0.0200.');
    expect(svg.match(/ strong"/g)).toHaveLength(2);
    expect(svg).not.toContain('NaN');
  });

  it('puts categories where they are told to be on the axis', () => {
    const [near, far] = [0.1, 0.3].map((place) => ({ label: 'x', note: '', place }));
    const svg = renderChart({ ...chart, categories: [near!, far!] });
    const [a, b] = [...svg.matchAll(/<text x="([\d.]+)" y="[\d.]+" text-anchor="middle">x</g)].map((match) =>
      Number(match[1]),
    );
    expect(b! - a!).toBeCloseTo(0.2 * 638, 6);
  });

  it('stands when every value is 0', () => {
    const flat = { mean: 0, low: 0, high: 0 };
    expect(renderChart({ ...chart, series: [{ name: 'a', isEmphasised: true, points: [flat, flat] }] })).not.toContain(
      'NaN',
    );
  });
});
