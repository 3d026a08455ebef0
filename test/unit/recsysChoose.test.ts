import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBlendScorer } from '../../src/recsys/blendScorer.js';
import {
  type Choice,
  type ChoiceContext,
  type ChoiceOptions,
  choose,
  priorOf,
  type Recipe,
} from '../../src/recsys/choose.js';
import { createScorers, FAMILIES, fitFamilies } from '../../src/recsys/families.js';
import { FitStopped, type TrainingData } from '../../src/recsys/fitting.js';
import { leaveLatestOut, leaveLearnersOut } from '../../src/recsys/holdouts.js';
import { buildCsr } from '../../src/recsys/interactions.js';
import { FAMILY_NAMES, type FamilyName } from '../../src/recsys/itemScorer.js';
import { createPlainEngine } from '../../src/recsys/kernels/plainEngine.js';
import { createRandom } from '../../src/stats/random.js';

const DAY_MS = 86_400_000;
const CONTEXT: ChoiceContext = { engine: createPlainEngine('which is enough here'), elapsedMs: () => 0 };

/** Quick to fit, and not tuned. */
const SMALL_IALS = { ...FAMILIES.ials.defaults, rank: 4, epochs: 3, unobservedWeight: 0.1 };

const OPTIONS: ChoiceOptions = {
  seed: 1,
  k: 10,
  families: FAMILY_NAMES,
  starts: {},
  fixed: { ials: SMALL_IALS },
  maxEvaluatedLearners: 1000,
  timeBudgetMs: 1e9,
};

/** Only what is quick to tune. */
const FEW: readonly FamilyName[] = ['itemknn', 'popularity'];

function dataOf(itemCount: number, byLearner: readonly (readonly number[])[]): TrainingData {
  const rows = byLearner.map((own) => own.toSorted((a, b) => a - b));
  const random = createRandom(byLearner.length);
  const interactions = buildCsr(rows.length, itemCount, {
    rowIndices: rows.flatMap((own, learner) => own.map(() => learner)),
    columnIndices: rows.flat(),
    values: rows.flatMap((own) => own.map(() => 1)),
  });
  return {
    interactions,
    atMs: Float64Array.from(interactions.values, () => random.below(300) * DAY_MS),
    asOfMs: 300 * DAY_MS,
    content: null,
  };
}

/** Learners of two tastes who take six items each, nearly all of their own half; taste 0: whatever is popular. */
function learnersOf(learnerCount: number, itemCount: number, tastes: 0 | 2, seed = 1): number[][] {
  const random = createRandom(seed);
  return Array.from({ length: learnerCount }, (_, learner) => {
    const own = new Set<number>();
    while (own.size < Math.min(6, itemCount / 2)) {
      // The first items are the most popular ones.
      const rank = Math.floor((itemCount / 2) * random.uniform() ** (tastes === 0 ? 3 : 1.3));
      const half = tastes === 0 ? random.below(2) : random.below(20) === 0 ? (learner + 1) % 2 : learner % 2;
      own.add(2 * rank + half);
    }
    return [...own];
  });
}

const tasteData = (learnerCount: number, itemCount = 40, seed = 1): TrainingData =>
  dataOf(itemCount, learnersOf(learnerCount, itemCount, 2, seed));

const TASTES = tasteData(200);
/** Of 40 learners each. */
const HOLDOUTS = leaveLatestOut(TASTES, { seed: 1, maxLearners: 40 }).slice(0, 2);

const chooseFew = (
  change: Partial<ChoiceOptions> = {},
  context: Partial<ChoiceContext> = {},
  rival: Recipe | null = null,
) => choose(HOLDOUTS, rival, { ...OPTIONS, families: FEW, ...change }, { ...CONTEXT, ...context });

/** How many settings a family has besides the first, when none is met twice. */
const gridSize = (family: FamilyName): number => FAMILIES[family].grid.flat().length;

function settingsTried(choice: Choice, family: FamilyName) {
  return choice.tried.filter((one) => one.family === family).map(({ options }) => options);
}

/** That a choice can be used on the data: a model of it scores everything for anybody. */
function expectUsable({ recipe }: Choice, data: TrainingData): void {
  const models = fitFamilies(data, recipe.settings, CONTEXT);
  const scorer = createBlendScorer(createScorers(models), priorOf(models), recipe.blend);
  const out = new Float64Array(data.interactions.columnCount);
  const items = [...out.keys()].slice(0, 2);
  for (const count of [0, items.length]) {
    const itemIndices = Int32Array.from(items.slice(0, count));
    scorer.score({ itemIndices, values: new Float32Array(count).fill(1), atMs: null }, out);
    expect(out.every(Number.isFinite)).toBe(true);
  }
}

describe('choose', () => {
  const choice = choose(HOLDOUTS, null, OPTIONS, CONTEXT);

  it('finds what suits tastes, and says how much better that is than each part', () => {
    const { measured, recipe, overRival } = choice;
    expect(measured.map(({ name }) => name)).toEqual(['ials', 'ease', 'itemknn', 'sequence', 'popularity', 'blend']);
    const ndcgOf = (name: string): number =>
      measured.find((one) => one.name === name)?.figures.ndcg?.mean ?? Number.NaN;
    expect(ndcgOf('blend')).toBeGreaterThan(1.3 * ndcgOf('popularity'));
    for (const { name, figures, blendOver } of measured) {
      if (name === 'blend') expect(blendOver).toBeNull();
      else expect(blendOver?.mean).toBeCloseTo(ndcgOf('blend') - ndcgOf(name), 12);
      expect(figures.ndcg?.count).toBe(choice.measuredOnCount);
      // At every size the blend is at least as good as its best part, within the interval.
      expect(blendOver?.high ?? 0).toBeGreaterThanOrEqual(0);
    }
    expect(overRival).toBeNull();
    expect(Object.keys(recipe.settings).sort()).toEqual(['ease', 'ials', 'itemknn', 'popularity', 'sequence']);
    expectUsable(choice, TASTES);
  });

  it('is the same for the same holdouts, options and seed', () => {
    const untuned = () => choose(HOLDOUTS, null, { ...OPTIONS, timeBudgetMs: 0 }, CONTEXT);
    expect(untuned()).toEqual(untuned());
    expect(chooseFew()).toEqual(chooseFew());
    expect(chooseFew({ seed: 2 })).not.toEqual(chooseFew());
  });

  it('tunes on one half of the learners and measures on the other', () => {
    expect([choice.tunedOnCount, choice.measuredOnCount]).toEqual([40, 40]);
    const capped = chooseFew({ maxEvaluatedLearners: 15 });
    expect([capped.tunedOnCount, capped.measuredOnCount]).toEqual([15, 15]);
  });

  it('has a learner in the same half of every holdout', () => {
    const [holdout] = HOLDOUTS;
    if (holdout === undefined) throw new Error('there are several');
    const { tunedOnCount, measuredOnCount } = choose([holdout, holdout], null, { ...OPTIONS, families: FEW }, CONTEXT);
    expect([tunedOnCount, measuredOnCount]).toEqual([40, 40]);
  });

  it('tries the usual setting of each family and all of its alternatives, and takes the best', () => {
    for (const family of ['ease', 'itemknn', 'popularity'] as const) {
      const tried = choice.tried.filter((one) => one.family === family);
      expect(tried[0]?.options).toEqual(FAMILIES[family].defaults);
      expect(tried).toHaveLength(1 + gridSize(family));
      const best = tried.find(
        ({ options }) => JSON.stringify(options) === JSON.stringify(choice.recipe.settings[family]),
      );
      expect(best?.ndcg).toBe(Math.max(...tried.map(({ ndcg }) => ndcg)));
      expect(new Set(tried.map(({ options }) => JSON.stringify(options))).size).toBe(tried.length);
    }
  });

  it('takes fixed settings as they are, and tunes the others', () => {
    const fixed = { itemknn: { ...FAMILIES.itemknn.defaults, shrinkage: 3 } };
    const fixedChoice = chooseFew({ fixed });
    expect(settingsTried(fixedChoice, 'itemknn')).toEqual([fixed.itemknn]);
    expect(fixedChoice.recipe.settings.itemknn).toEqual(fixed.itemknn);
    expect(settingsTried(fixedChoice, 'popularity')).toHaveLength(1 + gridSize('popularity'));
  });

  it('begins where it is told to', () => {
    const start = { halfLifeDays: 11 };
    expect(settingsTried(chooseFew({ starts: { popularity: start } }), 'popularity')[0]).toEqual(start);
  });

  it('fits the families that are asked for, and popularity always', () => {
    const { recipe, measured } = chooseFew({ families: ['itemknn'] });
    expect(Object.keys(recipe.settings).sort()).toEqual(['itemknn', 'popularity']);
    expect(recipe.blend.weights.popularity ?? 0).toBeGreaterThanOrEqual(0);
    expect(measured.map(({ name }) => name)).toEqual(['itemknn', 'popularity', 'blend']);
  });

  it('ranks by popularity when no other family is asked for', () => {
    const popularityAlone = chooseFew({ families: [] });
    expect(popularityAlone.measured.map(({ name }) => name)).toEqual(['popularity', 'blend']);
    expect(popularityAlone.measured[0]?.blendOver).toMatchObject({ mean: 0, low: 0, high: 0 });
    expectUsable(popularityAlone, TASTES);
  });

  it('leaves a family out that the catalogue is too large for', () => {
    const itemCount = 5001;
    const wide = dataOf(
      itemCount,
      [...Array(itemCount).keys()].map((item) => [item, (item + 1) % itemCount]),
    );
    const holdouts = leaveLatestOut(wide, { seed: 1, maxLearners: 3 });
    const { recipe } = choose(holdouts, null, { ...OPTIONS, families: ['ease'], timeBudgetMs: 0 }, CONTEXT);
    expect(Object.keys(recipe.settings)).toEqual(['popularity']);
  });

  it('refuses options out of range, and to choose by nothing', () => {
    for (const k of [0, -1, 1.5]) expect(() => chooseFew({ k })).toThrow(RangeError);
    expect(() => chooseFew({ maxEvaluatedLearners: 0 })).toThrow(RangeError);
    expect(() => chooseFew({ timeBudgetMs: Number.NaN })).toThrow(RangeError);
    expect(() => choose([], null, OPTIONS, CONTEXT)).toThrow(/holdout/);
  });
});

describe('choosing within a time budget', () => {
  it('tries the first setting of each family only when there is no time', () => {
    const { tried } = chooseFew({ timeBudgetMs: 0 });
    expect(tried.map(({ family, options }) => [family, options])).toEqual([
      ['itemknn', FAMILIES.itemknn.defaults],
      ['popularity', FAMILIES.popularity.defaults],
    ]);
  });

  it('stops trying further settings of a family when its share of the time is up', () => {
    let clockMs = 0;
    // The clock is read once at the start and once before each further setting: two of the first family fit into half of
    // the time, and three of the second into the rest.
    const { tried } = chooseFew({ timeBudgetMs: 60 }, { elapsedMs: () => (clockMs += 10) });
    expect(tried.filter(({ family }) => family === 'itemknn')).toHaveLength(3);
    expect(tried.length).toBeLessThan(2 + gridSize('itemknn') + gridSize('popularity'));
    expect(tried.some(({ family }) => family === 'popularity')).toBe(true);
  });

  it('leaves to the next family what one does not need', () => {
    const fixed = { itemknn: FAMILIES.itemknn.defaults };
    let clockMs = 0;
    const { tried } = chooseFew({ timeBudgetMs: 51, fixed }, { elapsedMs: () => (clockMs += 10) });
    expect(tried.filter(({ family }) => family === 'popularity')).toHaveLength(1 + 5);
  });
});

describe('the progress of choosing', () => {
  const rival: Recipe = {
    settings: { itemknn: { ...FAMILIES.itemknn.defaults, shrinkage: 7 }, popularity: { halfLifeDays: 45 } },
    blend: { weights: { itemknn: 1 }, priorStrength: 5 },
  };

  it.each([
    ['all settings', {}, null],
    ['a rival', {}, rival],
    ['no time', { timeBudgetMs: 0 }, null],
    ['fixed settings', { fixed: { itemknn: FAMILIES.itemknn.defaults } }, rival],
  ])('never goes back, and ends with all done: %s', (_, change, against) => {
    const steps: [number, number][] = [];
    chooseFew(change, { onStep: (done, total) => steps.push([done, total]) }, against);
    const done = steps.map(([one]) => one);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(new Set(steps.map(([, total]) => total)).size).toBe(1);
    const [last, total] = steps.at(-1) ?? [];
    expect(last).toBe(total);
    expect(done[0]).toBeGreaterThan(0);
  });

  it('ends with FitStopped whenever it is told to stop', () => {
    let polls = 0;
    chooseFew({}, { shouldStop: () => ++polls < 0 });
    expect(polls).toBeGreaterThan(100);
    fc.assert(
      fc.property(fc.nat(polls - 1), (before) => {
        let left = before;
        expect(() => chooseFew({}, { shouldStop: () => left-- <= 0 })).toThrow(FitStopped);
      }),
      { numRuns: 10 },
    );
  });
});

describe('a rival recipe', () => {
  it('is compared without the families that the data refuses by now', () => {
    const settings = { itemknn: FAMILIES.itemknn.defaults, popularity: FAMILIES.popularity.defaults };
    const weights = { itemknn: 1 };
    const kept = chooseFew({ timeBudgetMs: 0 }, {}, { settings, blend: { weights, priorStrength: 3 } });
    // Nothing is known of these items' content.
    const rival: Recipe = {
      settings: { ...settings, content: FAMILIES.content.defaults },
      blend: { weights: { ...weights, content: 1 }, priorStrength: 3 },
    };
    expect(chooseFew({ timeBudgetMs: 0 }, {}, rival).overRival).toEqual(kept.overRival);
  });

  const popularityAlone: Recipe = {
    settings: { popularity: FAMILIES.popularity.defaults },
    blend: { weights: {}, priorStrength: 5 },
  };

  it('is compared with on the same learners', () => {
    const { overRival, measured, measuredOnCount } = chooseFew({}, {}, popularityAlone);
    expect(overRival?.low).toBeGreaterThan(0);
    expect(overRival?.count).toBe(measuredOnCount);
    // The rival is no part of what is shown.
    expect(measured.map(({ name }) => name)).toEqual(['itemknn', 'popularity', 'blend']);
  });

  it('does not differ from itself', () => {
    const own = chooseFew({ timeBudgetMs: 0 });
    const { overRival } = chooseFew({ timeBudgetMs: 0 }, {}, own.recipe);
    expect(overRival?.low).toBeLessThanOrEqual(0);
    expect(overRival?.high).toBeGreaterThanOrEqual(0);
  });

  it('has its settings tried as well, and taken when they are the best', () => {
    const poor = { ...FAMILIES.itemknn.defaults, neighbours: 1, shrinkage: 1e6 };
    const better = { ...FAMILIES.itemknn.defaults, shrinkage: 17 };
    const rival: Recipe = { ...popularityAlone, settings: { ...popularityAlone.settings, itemknn: better } };
    const tuned = chooseFew({ starts: { itemknn: poor } }, {}, rival);
    const tried = settingsTried(tuned, 'itemknn');
    expect(tried.slice(0, 2)).toEqual([poor, better]);
    expect(tuned.recipe.settings.itemknn).not.toMatchObject({ neighbours: 1 });
    const without = chooseFew({ starts: { itemknn: poor } });
    const best = (one: Choice): number =>
      Math.max(...one.tried.filter(({ family }) => family === 'itemknn').map(({ ndcg }) => ndcg));
    expect(best(tuned)).toBeGreaterThanOrEqual(best(without));
  });

  it('is not tried in place of fixed settings', () => {
    const fixed = { itemknn: { ...FAMILIES.itemknn.defaults, shrinkage: 3 } };
    const rival: Recipe = {
      ...popularityAlone,
      settings: { ...popularityAlone.settings, itemknn: FAMILIES.itemknn.defaults },
    };
    expect(settingsTried(chooseFew({ fixed }, {}, rival), 'itemknn')).toEqual([fixed.itemknn]);
  });

  it('is left uncompared when there is nobody to measure on', () => {
    const few = tasteData(10);
    const { overRival, measured, measuredOnCount } = choose(
      leaveLatestOut(few, { seed: 1, maxLearners: 100 }),
      popularityAlone,
      OPTIONS,
      CONTEXT,
    );
    expect({ overRival, measured, measuredOnCount }).toEqual({ overRival: null, measured: [], measuredOnCount: 0 });
  });
});

describe('choosing with little to go by', () => {
  const cases: [string, TrainingData][] = [
    ...[1, 2, 5, 50].map((count): [string, TrainingData] => [`${count} learners`, tasteData(count, 20)]),
    [
      'two items that everybody has',
      dataOf(
        2,
        Array.from({ length: 30 }, () => [0, 1]),
      ),
    ],
    [
      'everybody alike',
      dataOf(
        8,
        Array.from({ length: 30 }, () => [0, 1, 2, 3]),
      ),
    ],
    [
      'items that one person each has taken',
      dataOf(
        40,
        Array.from({ length: 20 }, (_, learner) => [2 * learner, 2 * learner + 1]),
      ),
    ],
  ];

  it('has no holdout to choose by where nobody has two wanted items', () => {
    for (const data of [tasteData(0), dataOf(1, [[0], [0], [0]]), dataOf(0, [[], []])]) {
      for (const divide of [leaveLatestOut, leaveLearnersOut])
        expect(divide(data, { seed: 1, maxLearners: 9 })).toEqual([]);
    }
  });

  it.each(cases)('goes through with %s', (_, data) => {
    for (const divide of [leaveLatestOut, leaveLearnersOut]) {
      const holdouts = divide(data, { seed: 1, maxLearners: 100 });
      if (holdouts.length === 0) continue;
      const choice = choose(holdouts, null, { ...OPTIONS, timeBudgetMs: 0 }, CONTEXT);
      expectUsable(choice, data);
      const { weights, priorStrength } = choice.recipe.blend;
      expect(priorStrength).toBeGreaterThan(0);
      for (const weight of Object.values(weights)) expect(weight).toBeGreaterThanOrEqual(0);
      for (const { ndcg } of choice.tried) {
        expect(ndcg).toBeGreaterThanOrEqual(0);
        expect(ndcg).toBeLessThanOrEqual(1 + 1e-12);
      }
      for (const { figures } of choice.measured) expect(figures.ndcg?.mean).toBeLessThanOrEqual(1 + 1e-12);
    }
  });

  it('is not worse than popularity where there is nothing but popularity', () => {
    for (const seed of [1, 2]) {
      const data = dataOf(40, learnersOf(100, 40, 0, seed));
      const { measured } = choose(
        leaveLatestOut(data, { seed, maxLearners: 50 }),
        null,
        { ...OPTIONS, timeBudgetMs: 0 },
        CONTEXT,
      );
      const overPopularity = measured.find(({ name }) => name === 'popularity')?.blendOver;
      expect(overPopularity?.high).toBeGreaterThanOrEqual(0);
    }
  });

  // One draw of so few learners says little: a 95 % interval errs now and then, so the differences are averaged.
  it.each([
    [50, 0.95],
    [120, 0.98],
  ])('is about as good as each of its parts, for %d learners with tastes', (learnerCount, share) => {
    const choices = [1, 2, 3, 4].flatMap((seed) =>
      [leaveLatestOut, leaveLearnersOut].map((divide) =>
        choose(
          divide(tasteData(learnerCount, 40, 1_000 * learnerCount + seed), { seed: 1, maxLearners: 100 }),
          null,
          { ...OPTIONS, timeBudgetMs: 0 },
          CONTEXT,
        ),
      ),
    );
    const meanOf = (name: string): number =>
      choices.reduce((sum, { measured }) => {
        const { figures } = measured.find((one) => one.name === name)!;
        return sum + figures.ndcg!.mean / choices.length;
      }, 0);
    const names = choices[0]!.measured.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect(meanOf('blend')).toBeGreaterThanOrEqual(share * meanOf(name));
  });
});

describe('the families', () => {
  it('are fitted and made ready to score in their order, those that have settings', () => {
    const models = fitFamilies(
      TASTES,
      { popularity: FAMILIES.popularity.defaults, sequence: FAMILIES.sequence.defaults, ials: SMALL_IALS },
      CONTEXT,
    );
    expect(Object.keys(models)).toEqual(['ials', 'sequence', 'popularity']);
    expect(createScorers(models).map(({ family }) => family)).toEqual(['ials', 'sequence', 'popularity']);
    expect(models.ials?.options).toEqual(SMALL_IALS);
    expect(createScorers({})).toEqual([]);
  });

  it('each have the same name in what they fit and what they score with', () => {
    for (const family of FAMILY_NAMES) {
      const data = {
        ...TASTES,
        content: buildCsr(40, 1, { rowIndices: [0, 1], columnIndices: [0, 0], values: [1, 1] }),
      };
      const models = fitFamilies(data, { [family]: FAMILIES[family].defaults }, CONTEXT);
      expect(createScorers(models).map((scorer) => [scorer.family, scorer.itemCount])).toEqual([[family, 40]]);
      expect(FAMILIES[family].refusal(data)).toBeNull();
    }
  });

  it('refuse what they cannot be fitted on, in words', () => {
    expect(FAMILIES.content.refusal(TASTES)).toMatch(/nothing is known/);
  });

  it('need popularity for a prior', () => {
    expect(() => priorOf({})).toThrow(/popularity/);
  });

  it('have no setting in their grids that fails', () => {
    for (const family of ['ease', 'itemknn', 'popularity'] as const) {
      for (const change of FAMILIES[family].grid.flat()) {
        const settings = { [family]: { ...FAMILIES[family].defaults, ...change } };
        expect(() => fitFamilies(TASTES, settings, CONTEXT)).not.toThrow();
      }
    }
  });
});
