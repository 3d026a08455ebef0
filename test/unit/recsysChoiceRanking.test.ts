import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ChoiceGroup,
  choiceLoss,
  fitChoices,
  fitWithBestPrior,
  type WeightPrior,
} from '../../src/recsys/choiceRanking.js';
import { createRandom, shuffled } from '../../src/stats/random.js';

const group = (...rows: readonly (readonly [wanted: 0 | 1, ...features: number[]])[]): ChoiceGroup => ({
  features: Float64Array.from(rows.flatMap(([, ...features]) => features)),
  isWanted: Uint8Array.from(rows, ([wanted]) => wanted),
  standsFor: new Float64Array(rows.length).fill(1),
});

const towards = (weights: readonly number[], strength: number): WeightPrior => ({
  weights: Float64Array.from(weights),
  strength,
});

/** Learners who choose one of some courses with chances that grow exponentially with a planted score. */
function planted(weights: readonly number[], groupCount: number, seed: number, courseCount = 2): ChoiceGroup[] {
  const random = createRandom(seed);
  return Array.from({ length: groupCount }, () => {
    const rows = Array.from({ length: courseCount }, () => weights.map(() => random.normal()));
    const chances = rows.map((row) => Math.exp(row.reduce((sum, value, k) => sum + value * (weights[k] ?? 0), 0)));
    const drawn = random.uniform() * chances.reduce((sum, chance) => sum + chance, 0);
    const winner = chances.findIndex(
      (_, row) => drawn < chances.slice(0, row + 1).reduce((sum, chance) => sum + chance, 0),
    );
    return {
      features: Float64Array.from(rows.flat()),
      isWanted: Uint8Array.from(rows, (_, row) => (row === winner ? 1 : 0)),
      standsFor: Float64Array.from(rows, () => 1),
    };
  });
}

/** The objective, written down plainly. */
function objective(groups: readonly ChoiceGroup[], weights: Float64Array, prior: WeightPrior): number {
  const penalty = weights.reduce((sum, w, k) => sum + (prior.strength / 2) * (w - (prior.weights[k] ?? 0)) ** 2, 0);
  return choiceLoss(groups, weights) + penalty;
}

/** Gradient by central differences. */
function slopes(groups: readonly ChoiceGroup[], weights: Float64Array, prior: WeightPrior): Float64Array {
  const step = 1e-5;
  return weights.map((_, k) => {
    const shifted = (by: number) => weights.map((w, j) => (j === k ? w + by : w));
    return (objective(groups, shifted(step), prior) - objective(groups, shifted(-step), prior)) / (2 * step);
  });
}

/** A slow, plain projected gradient descent with a fixed small step. */
function descendSlowly(groups: readonly ChoiceGroup[], prior: WeightPrior): Float64Array {
  let weights = prior.weights;
  for (let step = 0; step < 4_000; step++) {
    const slope = slopes(groups, weights, prior);
    weights = weights.map((w, k) => Math.max(0, w - 0.2 * (slope[k] ?? 0)));
  }
  return weights;
}

const someGroups = (width: number, values: fc.Arbitrary<number> = fc.double({ min: -2, max: 2, noNaN: true })) =>
  fc.array(
    fc
      .tuple(
        fc.array(fc.array(values, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 3 }),
        fc.array(fc.array(values, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 4 }),
      )
      .map(([wanted, others]) =>
        group(...wanted.map((row) => [1, ...row] as const), ...others.map((row) => [0, ...row] as const)),
      ),
    { minLength: 1, maxLength: 6 },
  );

describe('the loss of a choice', () => {
  it('is log(1 + Σ e^−margin), averaged over the choices of a learner and then over learners', () => {
    // Margins 1 and 3 in the first group; −2 and −1, each choice beside the one course left alone, in the second.
    const groups = [group([1, 3], [0, 2], [0, 0]), group([0, 2], [1, 0], [1, 1])];
    const first = Math.log(1 + Math.exp(-1) + Math.exp(-3));
    const second = (Math.log(1 + Math.exp(2)) + Math.log(1 + Math.exp(1))) / 2;
    expect(choiceLoss(groups, Float64Array.of(1))).toBeCloseTo((first + second) / 2, 12);
  });

  it('is the logarithm of how many there are for a score that tells nothing apart, and finite for any margin', () => {
    expect(choiceLoss([group([1, 4], [0, 9], [0, 1])], Float64Array.of(0))).toBeCloseTo(Math.log(3), 12);
    expect(choiceLoss([group([1, 0], [0, 1000])], Float64Array.of(1))).toBeCloseTo(1000, 9);
    expect(choiceLoss([group([1, 1000], [0, 0])], Float64Array.of(1))).toBe(0);
  });

  it('counts a row as many times as it stands for courses', () => {
    const thrice = { ...group([1, 1], [0, 0]), standsFor: Float64Array.of(1, 3) };
    const written = group([1, 1], [0, 0], [0, 0], [0, 0]);
    expect(choiceLoss([thrice], Float64Array.of(2))).toBeCloseTo(choiceLoss([written], Float64Array.of(2)), 12);
  });
});

describe('fitting weights by choices', () => {
  it('finds the worked example: half of the pairs one way, so nothing to learn but to give way to the prior', () => {
    // Two learners who choose oppositely: the loss is least at 0, the penalty at 1.
    const groups = [group([1, 1], [0, 0]), group([1, 0], [0, 1])];
    const { weights } = fitChoices(groups, towards([1], 0.5));
    // tanh(w/2)/2 + (w − 1)/2 = 0, from the derivative by hand.
    const w = weights[0] ?? 0;
    expect(Math.tanh(w / 2) / 2 + 0.5 * (w - 1)).toBeCloseTo(0, 9);
    expect(w).toBeGreaterThan(0.6);
    expect(w).toBeLessThan(0.7);
  });

  it('returns the prior without groups', () => {
    expect(fitChoices([], towards([1, 0, 2], 0.1)).weights).toEqual(Float64Array.of(1, 0, 2));
  });

  it('leaves a feature that never differs within a learner at its prior', () => {
    const groups = planted([1], 50, 4).map(({ features, ...rest }, g) => ({
      ...rest,
      features: Float64Array.from([...features].flatMap((value) => [value, g, 0])),
    }));
    const { weights } = fitChoices(groups, towards([0.5, 0.7, 0.3], 0.01));
    expect(weights[1]).toBe(0.7);
    expect(weights[2]).toBe(0.3);
    expect(weights[0]).not.toBe(0.5);
  });

  it('sets a feature that speaks for the wrong courses to exactly 0', () => {
    const groups = planted([1, -1], 400, 5);
    const { weights } = fitChoices(groups, towards([1, 1], 0.001));
    expect(weights[1]).toBe(0);
    expect(weights[0]).toBeGreaterThan(0.5);
  });

  it('recovers the weights that choices were made by', () => {
    const truth = [1.5, 0.5, 0, 0.8];
    const { weights } = fitChoices(planted(truth, 8_000, 6, 6), towards([0, 0, 0, 0], 1e-6));
    for (const [k, expected] of truth.entries()) expect(Math.abs((weights[k] ?? 0) - expected)).toBeLessThan(0.06);
  });

  it('agrees with a slow, plain gradient descent', () => {
    const groups = planted([1, 0.4, -0.5], 60, 7, 3);
    const prior = towards([0.2, 1, 0.3], 0.05);
    const { weights } = fitChoices(groups, prior);
    const slow = descendSlowly(groups, prior);
    for (const [k, weight] of weights.entries()) expect(weight).toBeCloseTo(slow[k] ?? 0, 5);
  });

  it('ends where the slope by finite differences is 0, or points beyond the bound of 0', () => {
    const strengths = fc.constantFrom(0.003, 0.1, 2);
    fc.assert(
      fc.property(someGroups(3), strengths, (groups, strength) => {
        const prior = towards([0.5, 1, 0], strength);
        const { weights } = fitChoices(groups, prior);
        const slope = slopes(groups, weights, prior);
        weights.forEach((weight, k) => {
          if (weight > 1e-4) expect(Math.abs(slope[k] ?? 0)).toBeLessThan(1e-5);
          else expect(slope[k] ?? 0).toBeGreaterThan(-1e-5);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('gives weights of at least 0 that are no worse than the prior, and the same ones for the same input', () => {
    fc.assert(
      fc.property(someGroups(2), (groups) => {
        const prior = towards([1, 0.2], 0.1);
        const { weights } = fitChoices(groups, prior);
        expect(weights.every((w) => w >= 0)).toBe(true);
        const atPrior = objective(groups, prior.weights, prior);
        // Where the prior is the best there is, the two differ by the last digit alone: in 7 of 15,000 cases, each time by one.
        expect(objective(groups, weights, prior)).toBeLessThanOrEqual(atPrior * (1 + 4 * Number.EPSILON));
        expect(fitChoices(groups, prior).weights).toEqual(weights);
      }),
    );
  });

  it('recovers them as well from the best few and some of the others, when those stand for the rest', () => {
    const truth = [1.5, 0.5];
    const random = createRandom(14);
    const drawn = planted(truth, 6_000, 15, 40).map(({ features, isWanted }): ChoiceGroup => {
      const others = Array.from(isWanted.keys()).filter((row) => isWanted[row] === 0);
      // The first feature is the one that people follow most, so its best rows look like what they should have taken.
      others.sort((a, b) => (features[2 * b] ?? 0) - (features[2 * a] ?? 0));
      const best = others.slice(0, 6);
      const rest = shuffled(others.slice(6), random).slice(0, 6);
      const rows = [...Array.from(isWanted.keys()).filter((row) => isWanted[row] === 1), ...best, ...rest];
      return {
        features: Float64Array.from(rows.flatMap((row) => [features[2 * row] ?? 0, features[2 * row + 1] ?? 0])),
        isWanted: Uint8Array.from(rows, (_, place) => (place === 0 ? 1 : 0)),
        standsFor: Float64Array.from(rows, (_, place) => (place <= best.length ? 1 : (39 - 6) / 6)),
      };
    });
    const { weights } = fitChoices(drawn, towards([0, 0], 1e-6));
    for (const [k, expected] of truth.entries()) expect(Math.abs((weights[k] ?? 0) - expected)).toBeLessThan(0.08);
    const naive = drawn.map((one) => ({ ...one, standsFor: one.standsFor.map(() => 1) }));
    expect(fitChoices(naive, towards([0, 0], 1e-6)).weights[0]).toBeLessThan(1);
  });

  // A search that followed the rounding of the objective took the most steps there are in about one problem of a hundred.
  it('ends after few steps, also with signals of very different sizes that choices say nothing of', () => {
    const random = createRandom(4);
    const steps = Array.from({ length: 400 }, () => {
      const width = 3 + Math.floor(random.uniform() * 8);
      const sizes = Array.from({ length: width }, () => 10 ** random.normal());
      const groups = planted(new Array(width).fill(0), 20, Math.floor(random.uniform() * 1e6), 12).map((one) => ({
        ...one,
        features: one.features.map((value, at) => value * (sizes[at % width] ?? 1)),
      }));
      const prior = towards(
        sizes.map(() => random.uniform()),
        10 ** -(1 + Math.floor(random.uniform() * 6)),
      );
      return fitChoices(groups, prior).steps;
    });
    expect(Math.max(...steps)).toBeLessThan(60);
  });

  it('counts every learner the same, however many courses they took up', () => {
    const [first, second] = planted([1], 2, 8, 3) as [ChoiceGroup, ChoiceGroup];
    const rows = Array.from(first.isWanted.keys()).flatMap((row) =>
      first.isWanted[row] === 1 ? [row, row, row] : [row],
    );
    const threefold: ChoiceGroup = {
      features: Float64Array.from(rows, (row) => first.features[row] ?? 0),
      isWanted: Uint8Array.from(rows, (row) => first.isWanted[row] ?? 0),
      standsFor: Float64Array.from(rows, () => 1),
    };
    const prior = towards([0.5], 0.1);
    expect(fitChoices([threefold, second], prior).weights[0]).toBeCloseTo(
      fitChoices([first, second], prior).weights[0] ?? 0,
      6,
    );
  });

  it('refuses what does not fit', () => {
    const good = group([1, 1, 2], [0, 0, 1]);
    const prior = towards([1, 1], 1);
    const refused: readonly [ChoiceGroup, WeightPrior][] = [
      [good, towards([1], 1)],
      [good, towards([1, 1], 0)],
      [good, towards([1, 1], Number.NaN)],
      [good, towards([1, -1], 1)],
      [group([1, 1, 2], [1, 0, 1]), prior],
      [group([0, 1, 2], [0, 0, 1]), prior],
      [group([1, Number.NaN, 2], [0, 0, 1]), prior],
      [{ ...good, isWanted: Uint8Array.of(2, 0) }, prior],
      [{ ...good, standsFor: Float64Array.of(1) }, prior],
      [{ ...good, standsFor: Float64Array.of(1, 0) }, prior],
      [{ ...good, standsFor: Float64Array.of(2, 1) }, prior],
    ];
    for (const [one, towardsIt] of refused) expect(() => fitChoices([one], towardsIt)).toThrow(RangeError);
  });
});

describe('choosing a prior', () => {
  it('trusts many clear choices more than the prior, and the prior more than a few random ones', () => {
    const priors = [100, 1, 0.01, 0.0001].map((strength) => towards([0, 1], strength));
    expect(fitWithBestPrior(planted([2, 0], 500, 9), priors, 5).chosen).toBeGreaterThanOrEqual(2);
    const coin = fitWithBestPrior(
      planted([0, 1], 12, 10),
      [100, 0.0001].map((strength) => towards([0, 1], strength)),
      4,
    );
    expect(coin.chosen).toBe(0);
    expect(coin.heldOutLosses[0]).toBeLessThan(coin.heldOutLosses[1] ?? 0);
  });

  it('fits the chosen prior on all groups', () => {
    const groups = planted([1, 0.5], 60, 11);
    const priors = [towards([0, 0], 1), towards([1, 0.5], 1)];
    const { chosen, weights } = fitWithBestPrior(groups, priors, 3);
    expect(chosen).toBe(1);
    expect(weights).toEqual(fitChoices(groups, priors[1] as WeightPrior).weights);
  });

  it('takes the first of equally good priors', () => {
    const prior = towards([1], 0.3);
    expect(fitWithBestPrior(planted([1], 20, 12), [prior, prior], 2).chosen).toBe(0);
  });

  it('refuses to choose among nothing, or over more folds than groups', () => {
    const groups = planted([1], 4, 13);
    expect(() => fitWithBestPrior(groups, [], 2)).toThrow(RangeError);
    expect(() => fitWithBestPrior(groups, [towards([1], 1)], 5)).toThrow(RangeError);
    expect(() => fitWithBestPrior(groups, [towards([1], 1)], 1)).toThrow(RangeError);
  });
});
