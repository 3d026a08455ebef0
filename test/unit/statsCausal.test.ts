import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coarsen, imbalance, type MatchingUnits, matchExactly } from '../../src/stats/matching.js';
import { meanDifference, summariseSample } from '../../src/stats/meanDifference.js';
import { selfNormalisedEstimate } from '../../src/stats/offPolicy.js';

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);

/** So many units of a stratum and group, of which so many have an outcome of 1 and the others 0. */
const block = (stratum: string, isTreated: boolean, successes: number, trials: number): MatchingUnits => ({
  isTreated: Array.from({ length: trials }, () => isTreated),
  strata: Array.from({ length: trials }, () => stratum),
  outcomes: Array.from({ length: trials }, (_, i) => (i < successes ? 1 : 0)),
});
const together = (blocks: readonly MatchingUnits[]): MatchingUnits => ({
  isTreated: blocks.flatMap((one) => one.isTreated),
  strata: blocks.flatMap((one) => one.strata),
  outcomes: blocks.flatMap((one) => [...Array.from(one.outcomes)]),
});

describe('matching', () => {
  /** Charig et al. 1986: kidney stones removed by open surgery (A) and by puncture (B), small and large stones. */
  const stones = (treatment: 'A' | 'B') =>
    together([
      block('small', treatment === 'A', 81, 87),
      block('large', treatment === 'A', 192, 263),
      block('small', treatment === 'B', 234, 270),
      block('large', treatment === 'B', 55, 80),
    ]);

  it('turns round the comparison of kidney stones, as it should be: 78 % and 83 % become 83.25 % and 77.89 %', () => {
    // Charig et al.: A 273/350 = 78 %, B 289/350 = 83 %. Adjusted over all 700 as in Pearl’s and everybody’s telling of
    // Simpson’s paradox: 0.51 × 0.931 + 0.49 × 0.730 = 0.8325 against 0.7789. Half of the 700 had either.
    const onA = matchExactly(stones('A')).effect?.estimate ?? Number.NaN;
    const onB = matchExactly(stones('B')).effect?.estimate ?? Number.NaN;
    expect((onA - onB) / 2).toBeCloseTo(0.8325 - 0.7789, 3.5);
    // On those who had A by hand: 87/350 (81/87 − 234/270) + 263/350 (192/263 − 55/80).
    expect(onA).toBeCloseTo((87 * (81 / 87 - 234 / 270) + 263 * (192 / 263 - 55 / 80)) / 350, 12);
  });

  it('says how unlike the groups were, and makes them alike', () => {
    const matched = matchExactly(stones('A'));
    // ½ (|87/350 − 270/350| + |263/350 − 80/350|)
    expect(matched.imbalanceBefore).toBeCloseTo(183 / 350, 12);
    expect(matched.imbalanceAfter).toBeCloseTo(0, 12);
    expect([matched.treatedKept, matched.untreatedKept, matched.shareOfTreatedKept]).toEqual([350, 350, 1]);
  });

  it('is the difference of means for one stratum, with Welch’s interval', () => {
    const treated = [3, 5, 4, 8, 6];
    const untreated = [2, 4, 4];
    const units = {
      isTreated: [...treated.map(() => true), ...untreated.map(() => false)],
      outcomes: [...treated, ...untreated],
      strata: Array.from({ length: 8 }, () => 'all'),
    };
    const plain = meanDifference(summariseSample(treated), summariseSample(untreated), 0.8);
    const { effect } = matchExactly(units, 0.8);
    expect(effect?.low).toBeCloseTo(plain?.low ?? Number.NaN, 10);
    expect(effect?.degreesOfFreedom).toBeCloseTo(plain?.degreesOfFreedom ?? Number.NaN, 9);
  });

  it('drops whoever has no counterpart, and takes the spread of the others for a pair alone', () => {
    const units = {
      isTreated: [true, false, true, true, false, false, true, false],
      outcomes: [9, 4, 1, 3, 0, 4, 50, -50],
      strata: ['pair', 'pair', 'four', 'four', 'four', 'four', 'treated only', 'untreated only'],
    };
    const { effect, weights, shareOfTreatedKept } = matchExactly(units);
    // 1/3 (9 − 4) + 2/3 (2 − 2); variances 1/9 (2 + 8) + 4/9 (2/2 + 8/2)
    expect(effect?.estimate).toBeCloseTo(5 / 3, 12);
    expect(effect?.standardError).toBeCloseTo(Math.sqrt(10 / 9 + 20 / 9), 12);
    expect([...weights]).toEqual([1, 1, 1, 1, 1, 1, 0, 0]);
    expect(shareOfTreatedKept).toBeCloseTo(3 / 4, 12);
    expect(matchExactly({ ...units, strata: units.outcomes.map(String) })).toMatchObject({
      effect: null,
      treatedKept: 0,
      shareOfTreatedKept: 0,
      imbalanceAfter: 1,
    });
  });

  it('weighs so that the untreated stand for the treated, stratum by stratum', () => {
    const unit = fc.record({
      treated: fc.boolean(),
      stratum: fc.constantFrom('a', 'b', 'c', 'd'),
      outcome: fc.integer({ min: -20, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 60 }), (rows) => {
        const isTreated = rows.map((row) => row.treated);
        const outcomes = rows.map((row) => row.outcome);
        const strata = rows.map((row) => row.stratum);
        const matched = matchExactly({ isTreated, outcomes, strata });
        const weightOf = (treated: boolean, stratum?: string) =>
          sum(matched.weights.filter((_, i) => isTreated[i] === treated && (stratum ?? strata[i]) === strata[i]));
        expect(weightOf(true)).toBe(matched.treatedKept);
        expect(weightOf(false)).toBeCloseTo(matched.untreatedKept, 9);
        if (matched.treatedKept === 0) return;
        expect(matched.imbalanceAfter).toBeCloseTo(0, 9);
        expect(matched.imbalanceBefore).toBeGreaterThanOrEqual(0);
        expect(matched.imbalanceBefore).toBeLessThanOrEqual(1);
        // The effect is the plain difference of weighted means.
        const meanOf = (treated: boolean) =>
          sum(outcomes.map((outcome, i) => (isTreated[i] === treated ? outcome * (matched.weights[i] ?? 0) : 0))) /
          weightOf(treated);
        if (matched.effect !== null) expect(matched.effect.estimate).toBeCloseTo(meanOf(true) - meanOf(false), 9);
      }),
    );
  });

  it('coarsens by cut points, with a bin of its own for what is not known', () => {
    expect([null, -5, 0, 0.5, 1, 9].map((value) => coarsen(value, [0, 1, 5]))).toEqual([-1, 0, 1, 1, 2, 3]);
  });

  it('measures imbalance more finely where finer cells are given', () => {
    const units = { ...stones('A'), cells: Array.from({ length: 700 }, (_, i) => String(i)) };
    expect(matchExactly(units).imbalanceBefore).toBeCloseTo(1, 12);
    expect(matchExactly(units).imbalanceAfter).toBeCloseTo(1, 12);
    expect(imbalance([true], ['a'], [1])).toBe(1);
  });

  it('refuses columns of different lengths', () => {
    expect(() => matchExactly({ isTreated: [true], outcomes: [], strata: ['a'] })).toThrow(RangeError);
    expect(() => matchExactly({ isTreated: [true], outcomes: [Number.NaN], strata: ['a'] })).toThrow(RangeError);
    expect(() => imbalance([true], ['a'], [])).toThrow(RangeError);
  });
});

describe('the estimate for another policy', () => {
  const even = (count: number, propensity: number) => Array.from({ length: count }, () => propensity);
  // Student 1908 (R’s `sleep`): differences in extra sleep of ten patients.
  const DIFFERENCES = [-1.2, -2.4, -1.3, -1.3, 0, -1, -1.8, -0.8, -4.6, -1.4];

  it('is for the policy that served itself R’s t.test(extra, paired): −2.4598858 to −0.7001142', () => {
    const found = selfNormalisedEstimate(
      { rewards: DIFFERENCES, loggedPropensities: even(10, 0.2), targetPropensities: even(10, 0.2) },
      { leastEffectiveCount: 2 },
    );
    expect(found.value?.low).toBeCloseTo(-2.4598858, 7);
    expect(found.value?.high).toBeCloseTo(-0.7001142, 7);
    expect(found.lift).toEqual({ estimate: 0, low: 0, high: 0 });
    expect([found.effectiveCount, found.meanWeight]).toEqual([expect.closeTo(10, 9), expect.closeTo(1, 12)]);
  });

  it('is the weighted mean, with Kong’s effective number, worked by hand', () => {
    // Weights 2, 1, 0.5, 0: V = (2·1 + 1·0 + 0.5·1)/3.5; (3.5)²/5.25; Σ w²(r − V)²/3.5²
    const found = selfNormalisedEstimate(
      {
        rewards: [1, 0, 1, 1],
        loggedPropensities: [0.25, 0.5, 0.5, 0.5],
        targetPropensities: [0.5, 0.5, 0.25, 0],
      },
      { leastEffectiveCount: 2 },
    );
    const value = 2.5 / 3.5;
    expect(found.value?.estimate).toBeCloseTo(value, 12);
    expect(found.lift?.estimate).toBeCloseTo(value - 0.75, 12);
    expect(found.effectiveCount).toBeCloseTo(12.25 / 5.25, 12);
    expect(found.meanWeight).toBeCloseTo(3.5 / 4, 12);
  });

  it('compares with what was served over the same mix, where only a part of the other policy had a chance', () => {
    const found = selfNormalisedEstimate(
      {
        rewards: [1, 1, 0, 0, 1],
        loggedPropensities: even(5, 0.5),
        targetPropensities: [0.5, 0.5, 0.25, 0.25, 0.25],
        supports: [1, 1, 0.5, 0.5, 0.5],
      },
      { leastEffectiveCount: 2 },
    );
    // Every choice weighs as much as its support, so both are (1 + 1 + 0 + 0 + .5) / 3.5.
    expect(found.value?.estimate).toBeCloseTo(2.5 / 3.5, 12);
    expect(found.served).toBeCloseTo(2.5 / 3.5, 12);
    expect(found.lift?.estimate).toBeCloseTo(0, 12);
    expect([found.lift?.low, found.lift?.high]).toEqual([expect.closeTo(0, 12), expect.closeTo(0, 12)]);
  });

  it('moves with the rewards, and stays within them (Swaminathan & Joachims 2015, section 4)', () => {
    const row = fc.record({
      reward: fc.integer({ min: 0, max: 9 }),
      logged: fc.double({ min: 0.05, max: 1, noNaN: true }),
      target: fc.double({ min: 0.05, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 12, maxLength: 40 }), (rows) => {
        const choices = {
          rewards: rows.map((one) => one.reward),
          loggedPropensities: rows.map((one) => one.logged),
          targetPropensities: rows.map((one) => one.target),
        };
        const options = { leastEffectiveCount: 2, maxWeight: 10 };
        const found = selfNormalisedEstimate(choices, options);
        fc.pre(found.value !== null);
        const moved = selfNormalisedEstimate({ ...choices, rewards: choices.rewards.map((r) => r + 100) }, options);
        expect(moved.value?.high).toBeCloseTo((found.value?.high ?? 0) + 100, 6);
        expect(found.value?.estimate).toBeGreaterThanOrEqual(Math.min(...choices.rewards));
        expect(found.value?.estimate).toBeLessThanOrEqual(Math.max(...choices.rewards));
        expect(found.effectiveCount).toBeLessThanOrEqual(rows.length + 1e-9);
        expect(found.clippedShare).toBeCloseTo(rows.filter((one) => one.target / one.logged > 10).length / rows.length);
      }),
    );
  });

  it('counts the choices of one learner as one', () => {
    const twice = <T>(values: readonly T[]) => [...values, ...values];
    const once = {
      rewards: DIFFERENCES,
      loggedPropensities: even(10, 0.5),
      targetPropensities: DIFFERENCES.map((_, i) => (i % 2 === 0 ? 0.3 : 0.6)),
    };
    const doubled = {
      rewards: twice(once.rewards),
      loggedPropensities: twice(once.loggedPropensities),
      targetPropensities: twice(once.targetPropensities),
      learners: twice(DIFFERENCES.map((_, i) => i)),
    };
    const options = { leastEffectiveCount: 2 };
    const [single, double] = [selfNormalisedEstimate(once, options), selfNormalisedEstimate(doubled, options)];
    const apart = selfNormalisedEstimate(
      { ...doubled, learners: DIFFERENCES.concat(DIFFERENCES).map((_, i) => i) },
      options,
    );
    const widthOf = ({ value }: typeof single) => (value?.high ?? 0) - (value?.low ?? 0);
    // Ten people told twice know no more than ten told once; but for Student’s degrees of freedom.
    expect(widthOf(double) / widthOf(single)).toBeCloseTo(1, 1);
    expect(widthOf(apart)).toBeLessThan(0.8 * widthOf(double));
  });

  it('is refused where the other policy hangs on a handful of choices, or none', () => {
    const choices = {
      rewards: even(200, 1),
      loggedPropensities: even(200, 0.01),
      targetPropensities: [1, ...even(199, 0.001)],
    };
    const refused = selfNormalisedEstimate(choices);
    expect([refused.value, refused.lift, refused.refusal]).toEqual([null, null, 'TOO_FEW_EFFECTIVE']);
    expect(refused.effectiveCount).toBeLessThan(2);
    expect(selfNormalisedEstimate(choices, { maxWeight: 0.1 })).toMatchObject({ refusal: null, clippedShare: 0.005 });
    const apart = selfNormalisedEstimate({ ...choices, targetPropensities: even(200, 0) });
    expect(apart).toMatchObject({ value: null, refusal: 'NO_OVERLAP', effectiveCount: 0 });
  });

  it('refuses propensities that are none', () => {
    const choices = { rewards: [1], loggedPropensities: [0], targetPropensities: [0.5] };
    expect(() => selfNormalisedEstimate(choices)).toThrow(RangeError);
    expect(() => selfNormalisedEstimate({ ...choices, loggedPropensities: [] })).toThrow(RangeError);
    expect(() => selfNormalisedEstimate({ ...choices, loggedPropensities: [1], learners: [-1] })).toThrow(RangeError);
    expect(() => selfNormalisedEstimate({ ...choices, loggedPropensities: [1], supports: [0] })).toThrow(RangeError);
    expect(() => selfNormalisedEstimate(choices, { maxWeight: 0 })).toThrow(RangeError);
    expect(() => selfNormalisedEstimate(choices, { leastEffectiveCount: 1 })).toThrow(RangeError);
  });
});
