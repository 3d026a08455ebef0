import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VERBS, type Verb } from '../../src/learners/profileEvent.js';
import type { MeasuredScorer, Recipe } from '../../src/recsys/choose.js';
import { encodeContent, type ItemContent } from '../../src/recsys/contentFeatures.js';
import { FAMILIES, fitFamilies } from '../../src/recsys/families.js';
import { FitStopped } from '../../src/recsys/fitting.js';
import type { History } from '../../src/recsys/history.js';
import { FAMILY_NAMES } from '../../src/recsys/itemScorer.js';
import { openEngine } from '../../src/recsys/kernels/openEngine.js';
import { topK } from '../../src/recsys/topK.js';
import { createRandom } from '../../src/stats/random.js';
import type { FitMessage, FitRequest, FitResources } from '../../src/training/fit.worker.js';
import {
  explainScore,
  knowsTastes,
  loadModel,
  recipeOf,
  scoreHistory,
  similarItems,
  type TrainedModel,
  withNewcomers,
} from '../../src/training/model.js';
import { ArtifactError, decodeModel, encodeModel } from '../../src/training/modelArtifact.js';
import {
  DEFAULT_TRAINING_OPTIONS,
  type TrainingHooks,
  type TrainingOptions,
  type TrainingProgress,
  trainModel,
} from '../../src/training/trainer.js';
import { learnersPerCourse, type TrainingEvents, trainingSet, wantedContacts } from '../../src/training/trainingSet.js';

const DAY_MS = 86_400_000;
const NOW_MS = 400 * DAY_MS;
const CLOCKLESS: TrainingHooks = { engine: await openEngine({ threads: 1 }), elapsedMs: () => 0 };

const SMALL_IALS = { ...FAMILIES.ials.defaults, rank: 8, epochs: 4, unobservedWeight: 0.1 };

/** Every family with its first setting; few learners to judge them by. */
const QUICK: TrainingOptions = {
  ...DEFAULT_TRAINING_OPTIONS,
  nowMs: NOW_MS,
  starts: { ...DEFAULT_TRAINING_OPTIONS.starts, ials: SMALL_IALS },
  maxEvaluatedLearners: 60,
  timeBudgetMs: 0,
};

interface Row {
  readonly course: number;
  readonly verb: Verb;
  readonly atMs: number;
  readonly mandatory?: boolean;
}

function eventsOf(courseCount: number, byLearner: readonly (readonly Row[])[]): TrainingEvents {
  const rows = byLearner.flat();
  const none = new Float32Array(rows.length).fill(Number.NaN);
  let end = 0;
  return {
    learnerCount: byLearner.length,
    courseIds: Array.from({ length: courseCount }, (_, course) => `course-${course}`),
    contents: null,
    learnerOffsets: Int32Array.of(0, ...byLearner.map((own) => (end += own.length))),
    courseIndices: Int32Array.from(rows, ({ course }) => course),
    verbs: Uint8Array.from(rows, ({ verb }) => VERBS.indexOf(verb)),
    atMs: Float64Array.from(rows, ({ atMs }) => atMs),
    progress: none,
    scores: none,
    durationSeconds: none,
    mandatory: Uint8Array.from(rows, ({ mandatory }) => (mandatory === true ? 1 : 0)),
  };
}

/** Learners of two tastes, each taking courses of their own half of the catalogue, at random moments of a year. */
function tasteEvents(learnerCount: number, courseCount: number, verb: Verb = 'COMPLETED', seed = 1): TrainingEvents {
  const random = createRandom(seed);
  const byLearner = Array.from({ length: learnerCount }, (_, learner) => {
    const courses = new Set<number>();
    while (courses.size < Math.min(8, courseCount / 2)) courses.add(2 * random.below(courseCount / 2) + (learner % 2));
    return [...courses].map((course): Row => ({ course, verb, atMs: NOW_MS - random.uniform() * 365 * DAY_MS }));
  });
  return eventsOf(courseCount, byLearner);
}

function historyOf(items: readonly number[], values: readonly number[]): History {
  return { itemIndices: Int32Array.from(items), values: Float32Array.from(values), atMs: null };
}

const tasteModel: TrainedModel = trainModel(tasteEvents(300, 40), null, QUICK, CLOCKLESS);
/** The same of people who only ever start courses. */
const startedModel: TrainedModel = trainModel(tasteEvents(300, 40, 'STARTED'), null, QUICK, CLOCKLESS);

const contentOf = (title: string): ItemContent => ({
  title,
  description: null,
  provider: null,
  level: null,
  language: null,
  kind: null,
  categories: [],
  skills: [],
});

/** The same with titles that tell the halves of the catalogue apart. */
function withContents(events: TrainingEvents): TrainingEvents {
  const subjects = ['Weaving wool', 'Welding steel'];
  return { ...events, contents: events.courseIds.map((_, course) => contentOf(subjects[course % 2] ?? '')) };
}

const written = trainModel(withContents(tasteEvents(60, 40)), null, QUICK, CLOCKLESS);

const measuredOf = ({ holdout }: TrainedModel, name: MeasuredScorer['name']): MeasuredScorer => {
  const measured = holdout?.measured.find((one) => one.name === name);
  if (measured === undefined) throw new Error(`${name} was not measured`);
  return measured;
};

const popularityOf = ({ models }: TrainedModel): Float32Array => models.popularity?.popularity ?? new Float32Array(0);

describe('trainModel', () => {
  it('learns tastes, measures itself against popularity on other learners than it was tuned on, and says so', () => {
    const { models, holdout, gate } = tasteModel;
    expect(models.ials?.itemCount).toBe(40);
    expect(knowsTastes(tasteModel)).toBe(true);
    expect(holdout?.measured.map(({ name }) => name)).toEqual([
      'ials',
      'ease',
      'itemknn',
      'sequence',
      'popularity',
      'blend',
    ]);
    expect(holdout?.tunedOnCount).toBe(60);
    expect(holdout?.measuredOnCount).toBe(measuredOf(tasteModel, 'blend').figures.ndcg?.count);
    const popularity = measuredOf(tasteModel, 'popularity');
    expect(measuredOf(tasteModel, 'blend').figures.ndcg?.mean).toBeGreaterThan(popularity.figures.ndcg?.mean ?? 1);
    expect(popularity.blendOver?.low).toBeGreaterThan(0);
    expect(gate.passed).toBe(true);
    expect(gate.reason).toMatch(/better than popularity .* over \d+ learners/);
  });

  it('keeps popularity, the factors that courses are compared by, and what the blend needs, and no more', () => {
    const { models, blend } = tasteModel;
    expect(models.popularity).toBeDefined();
    expect(models.ials).toBeDefined();
    for (const family of ['ease', 'itemknn', 'sequence', 'content'] as const) {
      expect(models[family] !== undefined).toBe((blend.weights[family] ?? 0) > 0);
    }
    expect(models.ials?.options).toEqual(SMALL_IALS);
  });

  it('gives the very same model for the same events and seed', () => {
    expect(trainModel(tasteEvents(300, 40), null, QUICK, CLOCKLESS)).toEqual(tasteModel);
  });

  it("does not care in which order a learner's events come", () => {
    const events = tasteEvents(60, 20);
    const reversed: TrainingEvents = {
      ...events,
      courseIndices: events.courseIndices.slice(),
      atMs: events.atMs.slice(),
    };
    for (let learner = 0; learner < 60; learner++) {
      const start = events.learnerOffsets[learner];
      const end = events.learnerOffsets[learner + 1];
      reversed.courseIndices.subarray(start, end).reverse();
      reversed.atMs.subarray(start, end).reverse();
    }
    expect(trainModel(reversed, null, QUICK, CLOCKLESS)).toEqual(trainModel(events, null, QUICK, CLOCKLESS));
  });

  it('trains on starts as it does on completions, since only the relative confidence counts', () => {
    expect(startedModel.confidenceScale).toBeCloseTo(5 * tasteModel.confidenceScale, 5);
    const ndcgOf = (model: TrainedModel): number => measuredOf(model, 'blend').figures.ndcg?.mean ?? Number.NaN;
    expect(ndcgOf(startedModel)).toBeCloseTo(ndcgOf(tasteModel), 2);
    expect(Array.from(popularityOf(startedModel), (p) => p.toFixed(3))).toEqual(
      Array.from(popularityOf(tasteModel), (p) => p.toFixed(3)),
    );
  });

  it('falls back on popularity, and says why, when there is too little to learn from', () => {
    const recent = NOW_MS - DAY_MS;
    const noEvents = trainModel(eventsOf(0, []), null, QUICK, CLOCKLESS);
    expect(noEvents).toMatchObject({ holdout: null, interactionCount: 0, gate: { passed: true } });
    expect(noEvents.gate.reason).toMatch(/no activity/);
    const silent = trainModel(eventsOf(3, [[], []]), null, QUICK, CLOCKLESS);
    expect([...popularityOf(silent)]).toEqual([0, 0, 0]);
    const one = trainModel(eventsOf(3, [[{ course: 1, verb: 'COMPLETED', atMs: recent }]]), null, QUICK, CLOCKLESS);
    expect(one.gate.reason).toMatch(/Too little activity .* fewer than 5 learners/);
    expect([...topK(popularityOf(one), 1, null)]).toEqual([1]);
    for (const model of [noEvents, silent, one]) {
      expect(Object.keys(model.models)).toEqual(['popularity']);
      expect(knowsTastes(model)).toBe(false);
    }
  });

  it('counts a learner once, however many cuts they are known at', () => {
    const four = tasteEvents(4, 20);
    expect(trainModel(four, null, { ...QUICK, minWarmLearners: 5 }, CLOCKLESS).holdout).toBeNull();
    expect(trainModel(four, null, { ...QUICK, minWarmLearners: 2 }, CLOCKLESS).holdout).not.toBeNull();
  });

  it.each([2, 5, 20, 50])('trains for %d learners, however little it can prove', (learnerCount) => {
    const model = trainModel(tasteEvents(learnerCount, 20), null, { ...QUICK, minWarmLearners: 2 }, CLOCKLESS);
    const scores = scoreHistory(loadModel(model), historyOf([0, 2], [1, 1])).scores;
    expect(scores.every(Number.isFinite)).toBe(true);
    expect(model.gate.reason).not.toBe('');
    if (learnerCount < 50) return;
    expect(knowsTastes(model)).toBe(true);
    expect(model.holdout?.measuredOnCount).toBeGreaterThanOrEqual(10);
  });

  it('looks at earlier cuts as well when learners are few, and at one when they are many', () => {
    // Of 60 learners nearly all are active after each cut.
    expect(trainModel(tasteEvents(60, 20), null, QUICK, CLOCKLESS).holdout?.tunedOnCount).toBeGreaterThan(60);
    const { holdout } = tasteModel;
    expect([holdout?.tunedOnCount, holdout?.measuredOnCount]).toEqual([60, 60]);
    expect(holdout?.warmLearnerCount).toBeGreaterThan(200);
  });

  it('learns nothing from dismissals alone, and nothing from mandatory courses', () => {
    const disliked = trainModel(tasteEvents(60, 20, 'DISMISSED'), null, QUICK, CLOCKLESS);
    expect(disliked).toMatchObject({ holdout: null, gate: { passed: true } });
    expect(knowsTastes(disliked)).toBe(false);
    const events = tasteEvents(60, 20);
    const obliged = trainModel({ ...events, mandatory: events.mandatory.map(() => 1) }, null, QUICK, CLOCKLESS);
    expect(obliged).toMatchObject({ holdout: null, interactionCount: 0 });
  });

  it('lets nothing from after the cut into what it is measured with', () => {
    // Everybody takes course 19 on the last day, and nobody before: popularity of the past cannot know of it.
    const last = NOW_MS - 1;
    const past = tasteEvents(60, 18);
    const byLearner = Array.from({ length: 60 }, (_, learner) => {
      const rows: Row[] = [{ course: 19, verb: 'COMPLETED', atMs: last }];
      for (let row = past.learnerOffsets[learner] ?? 0; row < (past.learnerOffsets[learner + 1] ?? 0); row++) {
        rows.push({ course: past.courseIndices[row] ?? 0, verb: 'COMPLETED', atMs: (past.atMs[row] ?? 0) - DAY_MS });
      }
      return rows;
    });
    const events = eventsOf(20, byLearner);
    // One cut alone: at earlier ones other courses are held out as well.
    const model = trainModel(events, null, { ...QUICK, holdoutShare: 0.05, k: 5 }, CLOCKLESS);
    expect(model.holdout?.cutMs).toBe(last);
    expect([...topK(popularityOf(model), 1, null)]).toEqual([19]);
    const { holdout } = trainModel(
      eventsOf(
        20,
        [...Array(4)].flatMap(() => byLearner),
      ),
      null,
      { ...QUICK, holdoutShare: 0.05, k: 5 },
      CLOCKLESS,
    );
    expect(holdout?.warmLearnerCount).toBe(240);
    for (const { figures } of holdout?.measured ?? []) expect(figures.hitRate?.mean).toBe(0);
  });

  it('always tries one setting of each family, and no further once its time is up', () => {
    const families = ['itemknn', 'popularity'] as const;
    const hurriedBy = (stepMs: number): number => {
      let clockMs = 0;
      const { holdout } = trainModel(
        tasteEvents(60, 20),
        null,
        { ...QUICK, families, timeBudgetMs: 150 },
        { ...CLOCKLESS, elapsedMs: () => (clockMs += stepMs) },
      );
      return holdout?.tried.length ?? 0;
    };
    expect(hurriedBy(1000)).toBe(2);
    expect(hurriedBy(0)).toBe(2 + FAMILIES.itemknn.grid.flat().length + FAMILIES.popularity.grid.flat().length);
    expect(hurriedBy(50)).toBeGreaterThan(2);
    expect(hurriedBy(50)).toBeLessThan(hurriedBy(0));
  });

  it('takes fixed settings as they are', () => {
    const fixed = { popularity: { halfLifeDays: 9 } };
    const model = trainModel(
      tasteEvents(60, 20),
      null,
      { ...QUICK, fixed, timeBudgetMs: 1e9, families: [] },
      CLOCKLESS,
    );
    expect(model.models.popularity?.options).toEqual(fixed.popularity);
    expect(model.holdout?.tried).toHaveLength(1);
    const bare = trainModel(eventsOf(3, []), null, { ...QUICK, fixed }, CLOCKLESS);
    expect(bare.models.popularity?.options).toEqual(fixed.popularity);
  });

  it('reports progress that never goes back within a phase, and stops when asked to', () => {
    const seen: TrainingProgress[] = [];
    let polls = 0;
    trainModel(tasteEvents(60, 20), null, QUICK, {
      ...CLOCKLESS,
      onProgress: (progress) => seen.push(progress),
      shouldStop: () => ++polls < 0,
    });
    expect([...new Set(seen.map(({ phase }) => phase))]).toEqual(['gather', 'tune', 'fit']);
    for (const phase of ['gather', 'tune', 'fit'] as const) {
      const steps = seen.filter((progress) => progress.phase === phase);
      const shares = steps.map(({ done, total }) => done / total);
      expect(shares).toEqual(shares.toSorted((a, b) => a - b));
      expect(shares.at(-1)).toBe(1);
    }
    for (const before of [0, 3, 10, 40, Math.floor(polls / 2), polls - 1]) {
      let left = before;
      const shouldStop = (): boolean => left-- <= 0;
      expect(() => trainModel(tasteEvents(60, 20), null, QUICK, { ...CLOCKLESS, shouldStop })).toThrow(FitStopped);
    }
  });

  it('refuses columns and options that do not fit', () => {
    const events = tasteEvents(4, 10);
    const bad: Partial<TrainingEvents>[] = [
      { verbs: events.verbs.slice(1) },
      { learnerOffsets: Int32Array.of(0, 1) },
      { courseIndices: events.courseIndices.map(() => 10) },
      { verbs: events.verbs.map(() => 255) },
      { atMs: events.atMs.map(() => Number.NaN) },
      { contents: [contentOf('one of ten')] },
    ];
    for (const change of bad) {
      expect(() => trainModel({ ...events, ...change }, null, QUICK, CLOCKLESS)).toThrow(RangeError);
    }
    const badOptions: Partial<TrainingOptions>[] = [
      { nowMs: Number.NaN },
      { minWarmLearners: 1 },
      { maxEvaluatedLearners: 0 },
      { holdoutShare: 0 },
      { holdoutShare: 1 },
      { holdoutShare: Number.NaN },
      { k: 0 },
    ];
    for (const change of badOptions) {
      expect(() => trainModel(tasteEvents(60, 20), null, { ...QUICK, ...change }, CLOCKLESS)).toThrow(RangeError);
    }
  });
});

describe('the gate of a trained model', () => {
  it('compares with what the live model was made by, and says so', () => {
    const live = recipeOf(tasteModel);
    expect(live.blend).toEqual(tasteModel.blend);
    expect(Object.keys(live.settings)).toEqual(Object.keys(tasteModel.models));
    expect(live.settings.ials).toEqual(SMALL_IALS);
    const next = trainModel(tasteEvents(300, 40), live, QUICK, CLOCKLESS);
    expect(next.holdout?.overLive?.count).toBe(next.holdout?.measuredOnCount);
    expect(next.gate.passed).toBe(true);
    expect(next.gate.reason).toMatch(/Beside the live model's settings: mean difference in NDCG@10 /);
    expect(tasteModel.holdout?.overLive).toBeNull();
    expect(tasteModel.gate.reason).not.toMatch(/live/);
  });

  it('holds back a model that does worse than the settings of the live one', () => {
    const live = recipeOf(tasteModel);
    // Popularity alone, against one that knows tastes; its settings must not be taken over.
    const { gate, holdout } = trainModel(tasteEvents(300, 40), live, { ...QUICK, families: [] }, CLOCKLESS);
    expect(holdout?.overLive?.high).toBeLessThan(0);
    expect(gate.passed).toBe(false);
    expect(gate.reason).toMatch(/less well than the live model's settings do/);
  });

  it('lets the first model pass that knows tastes after one that knew popularity only', () => {
    const bare = trainModel(eventsOf(40, []), null, QUICK, CLOCKLESS);
    const live: Recipe = recipeOf(bare);
    expect(Object.keys(live.settings)).toEqual(['popularity']);
    const { holdout, gate } = trainModel(tasteEvents(300, 40), live, QUICK, CLOCKLESS);
    expect(holdout?.overLive?.low).toBeGreaterThan(0);
    expect(gate.passed).toBe(true);
  });
});

describe('trainingSet', () => {
  const events = eventsOf(4, [
    [
      { course: 3, verb: 'STARTED', atMs: 0 },
      { course: 1, verb: 'SAVED', atMs: 180 * DAY_MS },
      { course: 3, verb: 'COMPLETED', atMs: 360 * DAY_MS },
    ],
    [
      { course: 0, verb: 'DISMISSED', atMs: 360 * DAY_MS },
      { course: 2, verb: 'COMPLETED', atMs: 180 * DAY_MS },
      { course: 2, verb: 'IMPRESSION', atMs: 360 * DAY_MS },
      { course: 1, verb: 'FAILED', atMs: 360 * DAY_MS },
    ],
  ]);
  const gathering = { confidenceWeights: DEFAULT_TRAINING_OPTIONS.confidenceWeights };

  it('folds the log into confidences, with the times of the first touch and of the latest', () => {
    const { data, histories, firstAtMs } = trainingSet(events, Number.POSITIVE_INFINITY, 360 * DAY_MS, null, gathering);
    const { interactions, atMs } = data;
    expect([...interactions.rowOffsets]).toEqual([0, 2, 4]);
    expect([...interactions.columnIndices]).toEqual([1, 3, 0, 2]);
    expect([...interactions.values]).toEqual([0.5, 1, -1, 1]);
    expect([...firstAtMs]).toEqual([180, 0, 360, 180].map((days) => days * DAY_MS));
    expect([...(atMs ?? [])]).toEqual([180, 360, 360, 180].map((days) => days * DAY_MS));
    expect(data.asOfMs).toBe(360 * DAY_MS);
    expect(histories.atMs).toEqual(atMs);
  });

  it('fades a history against its own latest touch, to a positive mean of 1, and what is fitted on not at all', () => {
    const scaled = (...values: number[]) => {
      const positive = values.filter((value) => value > 0);
      const mean = positive.reduce((sum, value) => sum + value, 0) / positive.length;
      return Float32Array.from(values, (value) => value / mean);
    };
    const whole = trainingSet(events, Number.POSITIVE_INFINITY, 360 * DAY_MS, null, gathering);
    expect(whole.histories.matrix.values).toEqual(scaled(0.25, 1, -1, 0.5));
    const before = trainingSet(events, 360 * DAY_MS, 360 * DAY_MS, null, gathering);
    // Nobody did anything after the 180th day, so what they did on it counts in full.
    expect(before.histories.matrix.values).toEqual(scaled(0.5, 0.1, 1));
    expect(before.confidenceScale).toBeCloseTo(3 / 1.6, 6);
    expect(before.data.interactions.values).toEqual(Float32Array.of(0.5, 0.2, 1));
  });

  it('leaves out what came at or after a moment', () => {
    const { data } = trainingSet(events, 360 * DAY_MS, 360 * DAY_MS, null, gathering);
    expect([...data.interactions.columnIndices]).toEqual([1, 3, 2]);
  });

  it('is not faded by a few stragglers years after the rest', () => {
    const rest = Array.from({ length: 300 }, () => [{ course: 0, verb: 'STARTED' as const, atMs: 0 }]);
    const late = eventsOf(2, [...rest, [{ course: 1, verb: 'STARTED', atMs: 4_000 * DAY_MS }]]);
    const model = trainModel(late, null, { ...QUICK, nowMs: 4_001 * DAY_MS }, CLOCKLESS);
    expect(popularityOf(model)[0]).toBeCloseTo(300, 0);
  });

  it('knows what was wanted, since when, and by how many', () => {
    const set = trainingSet(events, Number.POSITIVE_INFINITY, 360 * DAY_MS, null, gathering);
    const { matrix, firstAtMs } = wantedContacts(set);
    expect([...matrix.rowOffsets]).toEqual([0, 2, 3]);
    expect([...matrix.columnIndices]).toEqual([1, 3, 2]);
    expect([...firstAtMs]).toEqual([180, 0, 180].map((days) => days * DAY_MS));
    expect([...learnersPerCourse(set)]).toEqual([0, 1, 1, 1]);
  });
});

describe('a loaded model', () => {
  const model = loadModel(tasteModel);
  const historyArbitrary = fc
    .tuple(fc.shuffledSubarray([...Array(40).keys()], { maxLength: 15 }), fc.integer())
    .map(([items, seed]) => {
      const random = createRandom(seed);
      return historyOf(
        items,
        items.map(() => (random.below(4) === 0 ? -1 : random.uniform())),
      );
    });

  it('recommends a newcomer what is popular, and somebody with a taste what suits it', () => {
    const newcomer = scoreHistory(model, historyOf([], []));
    expect(newcomer.collaborativeWeight).toBe(0);
    expect(topK(newcomer.scores, 40, null)).toEqual(topK(popularityOf(tasteModel), 40, null));
    const even = scoreHistory(model, historyOf([0, 2, 4, 6], [1, 1, 1, 1]));
    expect(even.collaborativeWeight).toBeGreaterThan(0.5);
    expect([...topK(even.scores, 10, null)].filter((item) => item % 2 === 0)).toHaveLength(10);
  });

  it('finds courses of the same half more similar than those of the other', () => {
    const totals = [0, 0];
    for (let item = 0; item < 40; item++) {
      const similar = similarItems(model, item, 39);
      const cosines = similar.map(({ cosine }) => cosine);
      expect(cosines).toEqual(cosines.toSorted((a, b) => b - a));
      expect(similar.some(({ itemIndex }) => itemIndex === item)).toBe(false);
      for (const { itemIndex, cosine } of similar) {
        const half = (itemIndex - item) % 2 === 0 ? 0 : 1;
        totals[half] = (totals[half] ?? 0) + cosine;
      }
    }
    const [same = 0, other = 0] = totals;
    expect(same / (40 * 19)).toBeGreaterThan(other / (40 * 20) + 0.1);
  });

  it('splits every score exactly over the history, popularity and the centring', () => {
    fc.assert(
      fc.property(historyArbitrary, fc.nat(39), (history, item) => {
        const modelled = scoreHistory(model, history);
        const { contributions, popularity, centring, score } = explainScore(model, modelled, item);
        expect(contributions).toHaveLength(history.itemIndices.length);
        expect(Math.abs(score - (modelled.scores[item] ?? Number.NaN))).toBeLessThan(1e-4);
        expect(contributions.reduce((sum, value) => sum + value, popularity + centring)).toBeCloseTo(score, 9);
      }),
    );
  });

  it('gives reasons that bear the recommendation: without the best one it ranks lower', () => {
    const rankOf = (history: History, item: number): number =>
      [...topK(scoreHistory(model, history).scores, 40, null)].indexOf(item);
    let fell = 0;
    for (let even = 0; even < 40; even += 2) {
      const history = historyOf([even, (even + 13) % 40], [1, 1]);
      const candidate = [...topK(scoreHistory(model, history).scores, 40, null)].find(
        (item) => !history.itemIndices.includes(item),
      );
      if (candidate === undefined) throw new Error('38 courses are left');
      const { contributions } = explainScore(model, scoreHistory(model, history), candidate);
      const [best = 0] = topK(contributions, 1, null);
      const without = historyOf([history.itemIndices[1 - best] ?? 0], [1]);
      if (rankOf(without, candidate) > rankOf(history, candidate)) fell++;
    }
    expect(fell).toBeGreaterThanOrEqual(19);
  });

  it('serves popularity when that is all it knows', () => {
    const { popularity } = tasteModel.models;
    const bare = loadModel({ ...tasteModel, models: { popularity }, blend: { weights: {}, priorStrength: 5 } });
    const modelled = scoreHistory(bare, historyOf([1, 2], [1, 1]));
    expect(modelled.collaborativeWeight).toBe(0);
    expect(topK(modelled.scores, 40, null)).toEqual(topK(popularityOf(tasteModel), 40, null));
    const split = explainScore(bare, modelled, 5);
    expect([...split.contributions]).toEqual([0, 0]);
    expect(split.popularity).toBe(split.score);
    expect(similarItems(bare, 5, 3)).toEqual([]);
  });

  it('scales confidences as those that it was trained on', () => {
    const started = loadModel(startedModel);
    const usual = scoreHistory(model, historyOf([0, 2], [1, 1]));
    const weak = scoreHistory(started, historyOf([0, 2], [0.2, 0.2]));
    expect(weak.collaborativeWeight).toBeCloseTo(usual.collaborativeWeight, 5);
    expect([...weak.scaled.values]).toEqual([...usual.scaled.values].map((value) => expect.closeTo(value, 4)));
  });

  it('scores courses that have come since by what is written about them', () => {
    const grown = withNewcomers(loadModel(written), [
      { courseId: 'new-wool', content: contentOf('More weaving of wool') },
      { courseId: 'new-steel', content: contentOf('More welding of steel') },
      { courseId: 'new-riddle', content: contentOf('') },
    ]);
    const [wool = -1, steel = -1, riddle = -1] = ['new-wool', 'new-steel', 'new-riddle'].map(
      (courseId) => grown.indexByCourseId.get(courseId) ?? -1,
    );
    expect([wool, steel, riddle]).toEqual([40, 41, 42]);
    const { scores } = scoreHistory(grown, historyOf([0, 2, 4, 6], [1, 1, 1, 1]));
    expect(scores.every(Number.isFinite)).toBe(true);
    expect(scores[wool]).toBeGreaterThan(scores[steel] ?? 0);
    expect([...grown.trained.learnersPerCourse.subarray(40)]).toEqual([0, 0, 0]);
    expect(withNewcomers(model, [{ courseId: 'new', content: contentOf('Weaving') }])).toBe(model);
  });

  it('knows its courses by id, and refuses items that it does not have', () => {
    expect(model.indexByCourseId.get('course-7')).toBe(7);
    expect(model.indexByCourseId.get('course-40')).toBeUndefined();
    expect(() => explainScore(model, scoreHistory(model, historyOf([], [])), 40)).toThrow(RangeError);
    expect(() => scoreHistory(model, historyOf([40], [1]))).toThrow(RangeError);
  });
});

describe('a model artefact', () => {
  const bytes = encodeModel(tasteModel);

  it('brings the model back to the last bit, with all families and with few', () => {
    expect(decodeModel(bytes)).toEqual(tasteModel);
    const bare: TrainedModel = {
      ...tasteModel,
      models: { popularity: tasteModel.models.popularity },
      courseIds: tasteModel.courseIds.map((id) => `${id} – é\u{1f4d8}`),
    };
    expect(decodeModel(encodeModel(bare))).toEqual(bare);
    const empty = trainModel(eventsOf(0, []), null, QUICK, CLOCKLESS);
    expect(decodeModel(encodeModel(empty))).toEqual(empty);
    expect(decodeModel(encodeModel(written))).toEqual(written);
  });

  it('brings every family back so that it scores the same', () => {
    const events = withContents(tasteEvents(60, 20));
    const everyFamily = { ials: 1, ease: 1, itemknn: 1, sequence: 1, content: 1 };
    const trained = trainModel(events, null, QUICK, CLOCKLESS);
    const data = trainingSet(events, Number.POSITIVE_INFINITY, NOW_MS, null, {
      confidenceWeights: QUICK.confidenceWeights,
    }).data;
    const { encoder } = trained;
    if (encoder === null) throw new Error('there is content');
    const models = fitFamilies(
      { ...data, content: encodeContent(encoder, events.contents ?? []) },
      Object.fromEntries(FAMILY_NAMES.map((family) => [family, FAMILIES[family].defaults])),
      CLOCKLESS,
    );
    const whole: TrainedModel = { ...trained, models, blend: { weights: everyFamily, priorStrength: 5 } };
    const again = decodeModel(encodeModel(whole));
    expect(again).toEqual(whole);
    const history = historyOf([0, 2, 5], [1, 0.5, -1]);
    expect(scoreHistory(loadModel(again), history).scores).toEqual(scoreHistory(loadModel(whole), history).scores);
  });

  it('is read from a Buffer that is a part of another, as the database gives it', () => {
    const pool = Buffer.alloc(bytes.length + 100, 7);
    const part = pool.subarray(13, 13 + bytes.length);
    part.set(bytes);
    expect(decodeModel(part)).toEqual(tasteModel);
  });

  it('is read from the middle of a larger buffer, at any alignment', () => {
    const larger = new Uint8Array(bytes.length + 9);
    larger.set(bytes, 3);
    expect(decodeModel(larger.subarray(3, 3 + bytes.length))).toEqual(tasteModel);
  });

  it('is refused when a single bit differs', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const damaged = bytes.slice();
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
        expect(() => decodeModel(damaged)).toThrow(ArtifactError);
      }),
    );
  });

  it('is refused when it is cut short, lengthened, foreign, or of another format', () => {
    for (const length of [0, 7, 47, 48, 200, bytes.length - 1]) {
      expect(() => decodeModel(bytes.slice(0, length))).toThrow(ArtifactError);
    }
    expect(() => decodeModel(Uint8Array.of(...bytes.slice(0, 100), 1))).toThrow(/damaged/);
    expect(() =>
      decodeModel(new TextEncoder().encode('{"model": "something else altogether, of some length"}')),
    ).toThrow(/not a Waymark model/);
    const later = bytes.slice();
    later[8] = 9;
    expect(() => decodeModel(later)).toThrow(/format 9/);
  });

  it('is not made of figures that cannot be written down', () => {
    expect(() => encodeModel({ ...tasteModel, confidenceScale: Number.NaN })).toThrow(RangeError);
  });
});

describe('the training thread', () => {
  const run = (request: Omit<FitRequest, 'rehearse'>, rehearse = false) => {
    const workerData: FitRequest = { ...request, rehearse };
    const worker = new Worker(new URL('../../src/training/fit.worker.js', import.meta.url), { workerData });
    const messages: FitMessage[] = [];
    worker.on('message', (message: FitMessage) => messages.push(message));
    return { worker, messages };
  };

  const RESOURCES: FitResources = { threads: 1, kernels: true };

  it('posts the engine, progress and the model that trainModel makes', async () => {
    const stopFlag = new Int32Array(new SharedArrayBuffer(4));
    const { worker, messages } = run({
      events: tasteEvents(300, 40),
      live: null,
      options: QUICK,
      stopFlag,
      resources: RESOURCES,
    });
    await once(worker, 'exit');
    const [engine] = messages;
    expect(engine).toEqual({ kind: 'engine', description: CLOCKLESS.engine.description });
    const last = messages.at(-1);
    if (last?.kind !== 'finished') throw new Error(`the thread ended with ${last?.kind}`);
    expect(decodeModel(last.artifact)).toEqual(tasteModel);
    const { courseIds: _ids, learnersPerCourse: _counts, models: _models, encoder: _encoder, ...said } = tasteModel;
    expect(last.summary).toEqual(said);
    expect(Object.keys(last.summary).sort()).toEqual(Object.keys(said).sort());
    expect(messages.length).toBeGreaterThan(4);
    expect(messages.slice(1, -1).every(({ kind }) => kind === 'progress')).toBe(true);
  });

  it('does without WebAssembly when told to, and compares with the live recipe', async () => {
    const stopFlag = new Int32Array(new SharedArrayBuffer(4));
    const resources: FitResources = { threads: null, kernels: false };
    const live = recipeOf(tasteModel);
    const { worker, messages } = run({ events: tasteEvents(300, 40), live, options: QUICK, stopFlag, resources });
    await once(worker, 'exit');
    const [engine] = messages;
    expect(engine).toEqual({ kind: 'engine', description: expect.stringMatching(/^Plain TypeScript/) });
    const last = messages.at(-1);
    if (last?.kind !== 'finished') throw new Error(`the thread ended with ${last?.kind}`);
    expect(last.summary.holdout?.overLive?.count).toBe(last.summary.holdout?.measuredOnCount);
  });

  it('stops soon after the flag is set', async () => {
    const stopFlag = new Int32Array(new SharedArrayBuffer(4));
    const long = { ...QUICK, fixed: { ials: { ...SMALL_IALS, epochs: 1_000_000 } } };
    const events = tasteEvents(300, 40);
    const { worker, messages } = run({ events, live: null, options: long, stopFlag, resources: RESOURCES });
    await once(worker, 'message');
    Atomics.store(stopFlag, 0, 1);
    await once(worker, 'exit');
    expect(messages.at(-1)).toEqual({ kind: 'stopped' });
  });

  it('ends with an error for events that do not fit', async () => {
    const stopFlag = new Int32Array(new SharedArrayBuffer(4));
    const events = { ...tasteEvents(4, 10), learnerCount: 5 };
    const { worker } = run({ events, live: null, options: QUICK, stopFlag, resources: RESOURCES });
    const [error] = (await once(worker, 'error')) as [Error];
    expect(error.message).toMatch(/learnerOffsets/);
  });
});
