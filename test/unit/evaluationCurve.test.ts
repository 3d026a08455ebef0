import { describe, expect, it } from 'vitest';
import { renderChart } from '../../src/evaluation/chart.js';
import { type CurveFigures, curveChart, drawCount, measureCurve, partOfLearners } from '../../src/evaluation/curve.js';
import type { EvaluationSet } from '../../src/evaluation/evaluationSet.js';
import type { CsrMatrix } from '../../src/recsys/interactions.js';

const LEARNERS = 30;
const ITEMS = 6;

/** Learner u took the items u, u + 1 and u + 2 (of six, round and round), with a value of its own. */
function smallSet(unseen: number): EvaluationSet {
  const rows = Array.from({ length: LEARNERS }, (_, u) => [0, 1, 2].map((step) => (u + step) % ITEMS).sort());
  const interactions: CsrMatrix = {
    rowCount: LEARNERS,
    columnCount: ITEMS,
    rowOffsets: Int32Array.from({ length: LEARNERS + 1 }, (_, row) => 3 * row),
    columnIndices: Int32Array.from(rows.flat()),
    values: Float32Array.from(rows.flatMap((_, u) => [u + 1, u + 1, u + 1])),
  };
  const asked: CsrMatrix = {
    rowCount: 4,
    columnCount: ITEMS,
    rowOffsets: Int32Array.of(0, 1, 2, 3, 4),
    columnIndices: Int32Array.of(0, 1, 2, 3),
    values: new Float32Array(4).fill(1),
  };
  return {
    training: { interactions, atMs: null, asOfMs: 0, content: null },
    protocol: {
      itemCount: ITEMS,
      histories: asked,
      historyAtMs: null,
      taken: asked,
      heldOut: asked,
      candidates: null,
    },
    tuningHoldouts: () => [],
    itemId: String,
    counts: { evaluatedLearners: 4, evaluatedLearnersUnseenInTraining: unseen } as EvaluationSet['counts'],
  };
}

const learnersOf = ({ training }: EvaluationSet): number[] =>
  [...training.interactions.values].filter((_, cell) => cell % 3 === 0).map((value) => value - 1);

const figures = (ndcgs: Readonly<Record<string, number[]>>): CurveFigures => ({
  ndcgs: new Map(Object.entries(ndcgs).map(([name, values]) => [name, Float64Array.from(values)])),
  blend: { priorStrength: 3 },
});

describe('a part of the learners', () => {
  it('holds the smaller parts of the same draw, whole and in their order', () => {
    const set = smallSet(4);
    const [few, many] = [partOfLearners(set, 5, 7), partOfLearners(set, 20, 7)];
    expect(learnersOf(few)).toHaveLength(5);
    expect(learnersOf(many)).toEqual(learnersOf(many).toSorted((a, b) => a - b));
    for (const learner of learnersOf(few)) expect(learnersOf(many)).toContain(learner);
    expect(learnersOf(partOfLearners(set, 5, 8))).not.toEqual(learnersOf(few));
    expect(few.training.interactions.columnCount).toBe(ITEMS);
  });

  it('tells histories in average interactions of the part', () => {
    const set = smallSet(4);
    const part = partOfLearners(set, 5, 7);
    const mean = learnersOf(part).reduce((sum, learner) => sum + (learner + 1) / 5, 0);
    expect(part.protocol.histories.values[0]).toBeCloseTo((LEARNERS + 1) / 2 / mean, 5);
    expect(part.protocol.heldOut).toBe(set.protocol.heldOut);
  });

  it('is tuned for strangers when most of those asked for are strangers to it', () => {
    const isForStrangers = (unseen: number, size: number): boolean => {
      const [holdout] = partOfLearners(smallSet(unseen), size, 1).tuningHoldouts({ seed: 1, maxLearners: 100 });
      const { rowOffsets } = holdout!.train.interactions;
      return holdout!.learners.every((learner) => rowOffsets[learner] === rowOffsets[learner + 1]);
    };
    expect(isForStrangers(4, 29)).toBe(true);
    expect(isForStrangers(0, 10)).toBe(true);
    expect(isForStrangers(0, 29)).toBe(false);
  });
});

describe('a learning curve', () => {
  it('draws few learners more often than many, and all of them once', () => {
    expect([50, 200, 500, 5_000, 12_000].map((size) => drawCount(size, 12_000))).toEqual([10, 10, 4, 1, 1]);
    expect(drawCount(20, 20)).toBe(1);
  });

  it('averages each learner over the draws, and compares the blend with the best part of each point', () => {
    const seen: number[] = [];
    let draw = 0;
    const points = measureCurve(
      smallSet(4),
      [Number.POSITIVE_INFINITY, 10, 1_000],
      figures({ ials: [0.5, 0.5, 0.5, 0.5], popularity: [0.1, 0.1, 0.1, 0.1], blend: [0.4, 0.4, 0.4, 0.4] }),
      (part) => {
        seen.push(part.training.interactions.rowCount);
        // Up by a step from draw to draw: 0 to 0.9.
        const up = draw++ / 10;
        return figures({ ials: [up, up, 0, 0], popularity: [0.4, 0.4, 0, 0], blend: [up, 0.45, 0, 1] });
      },
      { seed: 1, onDraw: () => {} },
    );
    expect(seen).toEqual(new Array(10).fill(10));
    expect(points.map(({ learners, draws }) => [learners, draws])).toEqual([
      [10, 10],
      [30, 1],
    ]);
    expect(points[0]?.models['ials']).toMatchObject({ mean: 0.225, count: 4 });
    expect(points[0]?.blendAgainstBest).toMatchObject({ part: 'ials', difference: { mean: 0.25 }, isAsGood: true });
    expect(points[1]?.blendAgainstBest).toMatchObject({ part: 'ials', isAsGood: false });
    expect(points[1]?.blendAgainstBest?.difference.high).toBeCloseTo(-0.1, 12);
  });

  it('leaves out a model that some draw could not fit, and compares nothing without parts', () => {
    let draw = 0;
    const [point] = measureCurve(
      smallSet(4),
      [10],
      figures({}),
      () => figures(draw++ === 0 ? { ease: [1, 1, 1, 1], blend: [1, 1, 1, 1] } : { blend: [0, 0, 0, 0] }),
      { seed: 1, onDraw: () => {} },
    );
    expect(Object.keys(point!.models)).toEqual(['blend']);
    expect(point?.blendAgainstBest).toBeNull();
  });

  it('is drawn on a logarithmic axis, the blend stronger', () => {
    const level = { mean: 0.1, low: 0.05, high: 0.15, count: 4 };
    const point = { draws: 1, models: { ials: level, blend: level }, blendAgainstBest: null, blends: [] };
    const chart = curveChart(
      [50, 500, 5_000].map((learners) => ({ ...point, learners })),
      1_000,
    );
    const [a, b, c] = chart.categories.map(({ place }) => place!);
    expect(b! - a!).toBeCloseTo(c! - b!, 12);
    expect(chart.series.map(({ name, isEmphasised }) => [name, isEmphasised])).toEqual([
      ['ials', false],
      ['blend', true],
    ]);
    expect(renderChart(chart)).not.toContain('NaN');
    expect(curveChart([{ ...point, learners: 50 }], 1_000).categories[0]?.place).toBe(0.5);
  });
});
