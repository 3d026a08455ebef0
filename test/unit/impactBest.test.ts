import { describe, expect, test } from 'vitest';
import { NO_BLUR } from '../../src/insights/impact/blur.js';
import { impactOf, impactsOf } from '../../src/insights/impact/impact.js';
import type { Arm, StudiedMetric, Study } from '../../src/insights/impact/study.js';
import { toldImpact } from '../../src/insights/impact/toldImpact.js';
import { bestMean, bestProportion } from '../../src/stats/bestVariant.js';
import { summariseSample } from '../../src/stats/meanDifference.js';

const HIGHER: StudiedMetric = {
  ...{
    name: 'START_RATE',
    unit: 'share of people',
    kind: 'YES_OR_NO',
    better: 'HIGHER',
    smallestEffect: 0.02,
    width: 1,
    largest: null,
  },
};

const armOf = (successes: number, count: number): Arm => ({
  ...{ name: `${successes} of ${count}`, before: null, strata: null, blur: NO_BLUR },
  outcomes: Float64Array.from({ length: count }, (_, i) => (i < successes ? 1 : 0)),
});

const studiesOf = (control: Arm, treatments: readonly Arm[], metric = HIGHER): Study[] =>
  treatments.map((treatment) => ({
    ...{ design: 'RANDOMISED', unit: 'LEARNER', metric, control, treatment, planned: null, assigned: null },
    ...{ comparisons: treatments.length, days: 30, minimumDays: 14, minimumUnits: 100, guardrails: [] },
  }));

const bestOf = (studies: readonly Study[]) => impactsOf(studies).map(({ effect }) => effect?.probabilityBest ?? null);

describe('the best of several variants', () => {
  const [control, good, better] = [armOf(100, 500), armOf(150, 500), armOf(160, 500)];

  test('is not the one of which it is sure that it is better than the control', () => {
    const impacts = impactsOf(studiesOf(control, [good, better]));
    expect(impacts.map(({ effect }) => (effect?.probabilityBetter ?? 0) > 0.99)).toEqual([true, true]);
    const beliefs = [good, better, control].map(({ outcomes }) => {
      const { mean, variance, count } = summariseSample(outcomes);
      return { mean, standardError: Math.sqrt(variance / count) };
    });
    const [first, second] = bestMean(beliefs).map(({ probabilityBest }) => probabilityBest);
    // .30 and .32 of 500 each are .69 deviations apart: three to one.
    expect(second).toBeCloseTo(0.75, 1);
    expect(impacts.map(({ effect }) => effect?.probabilityBest)).toEqual([first, second]);
    expect(toldImpact(impacts[1] as (typeof impacts)[number], null).effect?.probabilityBest).toBe(0.8);
  });

  test('is the lowest where less is better', () => {
    const lower = studiesOf(control, [good, better], { ...HIGHER, better: 'LOWER' });
    expect(bestOf(lower).every((chance) => chance !== null && chance < 0.01)).toBe(true);
  });

  test('is told of counts while few of a variant did anything', () => {
    const rare = [armOf(3, 200), armOf(9, 200), armOf(0, 200)] as const;
    const counts = [9, 0, 3].map((successes) => ({ successes, trials: 200 }));
    const [first, second] = bestProportion(counts).map(({ probabilityBest }) => probabilityBest);
    expect(bestOf(studiesOf(rare[0], [rare[1], rare[2]]))).toEqual([first, second]);
    // Of figures that are no yes or no, nothing is told then.
    expect(bestOf(studiesOf(rare[0], [rare[1], rare[2]], { ...HIGHER, kind: 'MEAN' }))).toEqual([null, null]);
  });

  test('is told of nobody while a variant has fewer than 100 people, and is the better one of two', () => {
    expect(bestOf(studiesOf(control, [good, armOf(40, 99)]))).toEqual([null, null]);
    const [alone] = studiesOf(control, [good]);
    const { effect } = impactOf(alone as Study);
    expect(effect?.probabilityBest).toBe(effect?.probabilityBetter);
    expect(bestOf([alone as Study])).toEqual([effect?.probabilityBetter]);
  });
});
