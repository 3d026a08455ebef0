import { describe, expect, test } from 'vitest';
import { NO_BLUR } from '../../src/insights/impact/blur.js';
import { type Compared, comparedStudy } from '../../src/insights/impact/comparedStudy.js';
import { impactOf } from '../../src/insights/impact/impact.js';
import type { Arm, Design, StudiedMetric, Study } from '../../src/insights/impact/study.js';
import { unlikeCount } from '../../src/stats/meanSequence.js';
import { proportionDifferenceSequence } from '../../src/stats/proportionSequence.js';
import { createRandom } from '../../src/stats/random.js';
import { studentReach } from '../../src/stats/student.js';

const YES_OR_NO: StudiedMetric = {
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
const HOURS: StudiedMetric = { ...YES_OR_NO, name: 'LEARNING_HOURS', unit: 'hours per person', kind: 'MEAN' };

/** So many of so many have this figure and the others none; before, nobody had any. */
const armOf = (happened: number, count: number, figure = 1): Arm => ({
  name: `${happened} of ${count}`,
  outcomes: Float64Array.from({ length: count }, (_, i) => (i < happened ? figure : 0)),
  before: new Float64Array(count),
  strata: null,
  blur: NO_BLUR,
});

const studyOf = (treatment: Arm, control: Arm, metric = YES_OR_NO, design: Design = 'HOLDOUT'): Study => ({
  ...{ design, metric, unit: 'LEARNER', control, treatment },
  planned: { control: control.outcomes.length, treatment: treatment.outcomes.length },
  assigned: { control: control.outcomes.length, treatment: treatment.outcomes.length },
  ...{ comparisons: 1, days: 30, minimumDays: 14, minimumUnits: 50, guardrails: [] },
});

const namesFailed = (study: Study) => impactOf(study).checks.flatMap(({ name, passed }) => (passed ? [] : [name]));

describe('units unlike the commonest of a side', () => {
  test('are the fewer of zeros and ones, and all but one of figures that all differ', () => {
    expect([unlikeCount([]), unlikeCount([3, 3]), unlikeCount([0, 1, 0]), unlikeCount([1, 1, 0])]).toEqual([
      0, 0, 1, 1,
    ]);
    expect(unlikeCount([0.1, 0.2, 0.3, 0.4])).toBe(3);
  });
});

describe('rare outcomes of people who were drawn', () => {
  test('are no effect while none of few held out had them', () => {
    const impact = impactOf(studyOf(armOf(19, 1_900), armOf(0, 100)));
    expect(impact.effect?.interval95).toEqual(
      proportionDifferenceSequence({ successes: 19, trials: 1_900 }, { successes: 0, trials: 100 }),
    );
    expect(impact.effect?.interval95.low).toBeLessThan(0);
    expect(impact.verdict).toBe('CANNOT_TELL');
    expect(impact.checks.every(({ passed }) => passed)).toBe(true);
    // Believed from Beta(1 + s, 1 + f) of either side: those with it are the better ones as often as not.
    expect(impact.effect?.probabilityBetter).toBeGreaterThan(0.4);
    expect(impact.effect?.probabilityBetter).toBeLessThan(0.7);
  });

  test('are one where they are far from rare on the other side', () => {
    expect(impactOf(studyOf(armOf(190, 1_900), armOf(0, 100))).verdict).toBe('IMPROVED');
    const less = { ...YES_OR_NO, better: 'LOWER' } as const;
    const impact = impactOf(studyOf(armOf(190, 1_900), armOf(0, 100), less));
    expect(impact.verdict).toBe('WORSE');
    expect(impact.effect?.probabilityBetter).toBeLessThan(0.01);
  });

  test('are no effect either where nearly everybody has them', () => {
    expect(impactOf(studyOf(armOf(1_881, 1_900), armOf(100, 100))).verdict).toBe('CANNOT_TELL');
  });

  test('are compared by means, and by what was before, from twenty of either kind on', () => {
    const sides = (happened: number) => {
      const [treatment, control] = [armOf(400, 1_000), armOf(happened, 1_000)];
      const asBefore = (arm: Arm): Arm => ({
        ...arm,
        before: arm.outcomes.map((figure, i) => (i % 5 === 0 ? 0 : figure)),
      });
      return impactOf(studyOf(asBefore(treatment), asBefore(control))).effect?.varianceReduction;
    };
    expect(sides(19)).toBe(0);
    // Of 125, 25 have not what they had before.
    expect(sides(125)).toBeGreaterThan(0.5);
    // Enough happened, but nearly nobody did otherwise than before: what is left of them rests on 19.
    expect(sides(95)).toBe(0);
  });

  test('are no figure at all where they are hours', () => {
    const study = studyOf(armOf(190, 1_900, 2), armOf(3, 100, 2), HOURS);
    expect(impactOf(study)).toMatchObject({ effect: null, verdict: 'CANNOT_TELL' });
    expect(namesFailed(study)).toEqual(['ENOUGH_HAPPENED']);
    const enough = studyOf(armOf(190, 1_900, 2), armOf(20, 1_000, 2), HOURS);
    expect(impactOf(enough)).toMatchObject({ verdict: 'IMPROVED' });
    expect(namesFailed(enough)).toEqual([]);
  });

  test('neither hold nor break a guardrail', () => {
    const guarded = (metric: StudiedMetric) =>
      impactOf({
        ...studyOf(armOf(400, 1_900), armOf(30, 100)),
        guardrails: [{ metric, margin: 0.001, control: armOf(0, 100), treatment: armOf(19, 1_900) }],
      }).guardrails[0];
    expect(guarded({ ...YES_OR_NO, better: 'LOWER' })).toMatchObject({ verdict: 'CANNOT_TELL' });
    expect(guarded(YES_OR_NO)?.interval?.low).toBeLessThan(0);
    expect(guarded(HOURS)).toMatchObject({ verdict: 'CANNOT_TELL', interval: null });
  });

  test('do not pass for sides that differed before', () => {
    const asBefore = (arm: Arm): Arm => ({ ...arm, before: arm.outcomes });
    const study = (metric: StudiedMetric) => studyOf(asBefore(armOf(30, 1_900)), asBefore(armOf(0, 100)), metric);
    expect(namesFailed(study(YES_OR_NO))).toEqual([]);
    expect(impactOf(study(HOURS)).checks.map(({ name }) => name)).not.toContain('ALIKE_BEFORE');
  });
});

describe('rare outcomes of people whom nobody drew', () => {
  const people = (isInside: boolean, happened: number, count: number): Compared[] =>
    Array.from({ length: count }, (_, i) => ({ isInside, stratum: 'a', before: 0, after: i < happened ? 1 : 0 }));

  const impact = (happened: number, others: number) =>
    impactOf(
      comparedStudy(
        YES_OR_NO,
        [...people(true, happened, 1_000), ...people(false, others, 120)],
        30,
        null,
        () => NO_BLUR,
      ),
    );

  test('are no certain effect while none of few others had them', () => {
    expect(impact(10, 0)).toMatchObject({ design: 'MATCHED', verdict: 'CANNOT_TELL' });
    // Four more of either side may have them, beside the ten who had.
    const error = Math.sqrt(((4 / 120) * (116 / 120)) / 120 + (0.004 * 0.996) / 1_000 + (0.01 * 0.99) / 999);
    const reach = studentReach(0.95, 999) * error;
    expect(impact(10, 0).effect?.interval95.low).toBeCloseTo(0.01 - reach, 12);
  });

  test('are one where they are far from rare on the other side', () => {
    expect(impact(500, 0).verdict).toBe('IMPROVED');
    expect(impact(0, 60).verdict).toBe('WORSE');
  });

  test('raise no more false alarms than they may', () => {
    const random = createRandom(18);
    const drawn = (count: number) => Array.from({ length: count }).filter(() => random.uniform() < 0.01).length;
    let alarms = 0;
    for (let r = 0; r < 200; r++) if (impact(drawn(1_000), drawn(120)).verdict !== 'CANNOT_TELL') alarms += 1;
    expect(alarms).toBeLessThanOrEqual(10);
  });

  test('break no guardrail', () => {
    const changing = [...people(true, 500, 1_000), ...people(false, 60, 120)];
    const guardrail = {
      metric: { ...YES_OR_NO, better: 'LOWER' } as const,
      people: [...people(true, 10, 1_000), ...people(false, 0, 120)],
      blurOf: () => NO_BLUR,
    };
    const told = impactOf(comparedStudy(YES_OR_NO, changing, 30, guardrail, () => NO_BLUR)).guardrails[0];
    expect(told).toMatchObject({ verdict: 'CANNOT_TELL' });
  });
});
