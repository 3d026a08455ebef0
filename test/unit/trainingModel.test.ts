import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VERBS, type Verb } from '../../src/learners/profileEvent.js';
import { FitStopped } from '../../src/recsys/fitting.js';
import type { History } from '../../src/recsys/history.js';
import { openEngine } from '../../src/recsys/kernels/openEngine.js';
import { topK } from '../../src/recsys/topK.js';
import { createRandom } from '../../src/stats/random.js';
import type { FitMessage, FitRequest } from '../../src/training/fit.worker.js';
import { explainScore, loadModel, scoreHistory, similarItems, type TrainedModel } from '../../src/training/model.js';
import { ArtifactError, decodeModel, encodeModel } from '../../src/training/modelArtifact.js';
import {
  DEFAULT_TRAINING_OPTIONS,
  type TrainingHooks,
  type TrainingOptions,
  type TrainingProgress,
  trainModel,
} from '../../src/training/trainer.js';
import { latestOnly, type TrainingEvents, trainingSet } from '../../src/training/trainingSet.js';

const DAY_MS = 86_400_000;
const NOW_MS = 400 * DAY_MS;
const CLOCKLESS: TrainingHooks = { engine: await openEngine({ threads: 1 }), elapsedMs: () => 0 };

const QUICK: TrainingOptions = {
  ...DEFAULT_TRAINING_OPTIONS,
  nowMs: NOW_MS,
  als: { ...DEFAULT_TRAINING_OPTIONS.als, rank: 8, epochs: 4 },
  unobservedWeights: [0.1],
  regularisations: [],
  ranks: [],
  priorStrengths: [5, 1],
  popularityHalfLivesDays: [90, 30],
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

const tasteModel: TrainedModel = trainModel(tasteEvents(200, 40), QUICK, CLOCKLESS);

describe('trainModel', () => {
  it('learns tastes, measures itself against popularity on other learners than it was tuned on, and says so', () => {
    const { als, holdout, gate } = tasteModel;
    if (als === null || holdout === null) throw new Error('200 learners are enough');
    expect(als.itemCount).toBe(40);
    expect(holdout.tunedOnCount + holdout.measuredOnCount).toBe(holdout.warmLearnerCount);
    expect(holdout.blend.ndcg?.mean).toBeGreaterThan(holdout.popularity.ndcg?.mean ?? 1);
    expect(holdout.blendOverPopularity.low).toBeGreaterThan(0);
    expect(gate.passed).toBe(true);
    expect(gate.reason).toMatch(/better than popularity .* over \d+ learners/);
  });

  it('gives the very same model for the same events and seed', () => {
    expect(trainModel(tasteEvents(200, 40), QUICK, CLOCKLESS)).toEqual(tasteModel);
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
    expect(trainModel(reversed, QUICK, CLOCKLESS)).toEqual(trainModel(events, QUICK, CLOCKLESS));
  });

  it('trains on starts as it does on completions, since only the relative confidence counts', () => {
    const started = trainModel(tasteEvents(200, 40, 'STARTED'), QUICK, CLOCKLESS);
    expect(started.confidenceScale).toBeCloseTo(5 * tasteModel.confidenceScale, 5);
    expect(started.holdout?.blend.ndcg?.mean).toBeCloseTo(tasteModel.holdout?.blend.ndcg?.mean ?? 0, 2);
    expect(Array.from(started.popularity, (p) => p.toFixed(3))).toEqual(
      Array.from(tasteModel.popularity, (p) => p.toFixed(3)),
    );
  });

  it('falls back on popularity, and says why, when there is too little to learn from', () => {
    const recent = NOW_MS - DAY_MS;
    const noEvents = trainModel(eventsOf(0, []), QUICK, CLOCKLESS);
    expect(noEvents).toMatchObject({ als: null, holdout: null, interactionCount: 0, gate: { passed: true } });
    expect(noEvents.gate.reason).toMatch(/no activity/);
    const silent = trainModel(eventsOf(3, [[], []]), QUICK, CLOCKLESS);
    expect([...silent.popularity]).toEqual([0, 0, 0]);
    const one = trainModel(eventsOf(3, [[{ course: 1, verb: 'COMPLETED', atMs: recent }]]), QUICK, CLOCKLESS);
    expect(one.als).toBeNull();
    expect(one.gate.reason).toMatch(/Too little activity .* 0 learners .* 20 are needed/);
    expect([...topK(one.popularity, 1, null)]).toEqual([1]);
  });

  it('trains for 50 learners, however little it can prove', () => {
    const model = trainModel(tasteEvents(50, 20), QUICK, CLOCKLESS);
    expect(model.als).not.toBeNull();
    expect(model.holdout?.measuredOnCount).toBeGreaterThanOrEqual(10);
  });

  it('learns nothing from dismissals alone, and nothing from mandatory courses', () => {
    const disliked = trainModel(tasteEvents(60, 20, 'DISMISSED'), QUICK, CLOCKLESS);
    expect(disliked).toMatchObject({ als: null, gate: { passed: true } });
    const events = tasteEvents(60, 20);
    const obliged = trainModel({ ...events, mandatory: events.mandatory.map(() => 1) }, QUICK, CLOCKLESS);
    expect(obliged).toMatchObject({ als: null, interactionCount: 0 });
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
    const model = trainModel(eventsOf(20, byLearner), { ...QUICK, holdoutShare: 0.05 }, CLOCKLESS);
    expect(model.holdout?.cutMs).toBe(last);
    expect(model.holdout?.popularity.hitRate?.mean).toBe(0);
    expect([...topK(model.popularity, 1, null)]).toEqual([19]);
  });

  it('always tries one setting, and no further once its time is up', () => {
    let clockMs = 0;
    const hurried = trainModel(
      tasteEvents(60, 20),
      { ...QUICK, unobservedWeights: [0.1, 0.3, 1], timeBudgetMs: 150 },
      { ...CLOCKLESS, elapsedMs: () => (clockMs += 100) },
    );
    expect(hurried.holdout?.tried).toHaveLength(2);
    const calm = trainModel(tasteEvents(60, 20), { ...QUICK, unobservedWeights: [0.1, 0.3, 1] }, CLOCKLESS);
    expect(calm.holdout?.tried).toHaveLength(4);
  });

  it('reports progress that never goes back within a phase, and stops when asked to', () => {
    const seen: TrainingProgress[] = [];
    trainModel(tasteEvents(60, 20), QUICK, { ...CLOCKLESS, onProgress: (progress) => seen.push(progress) });
    expect([...new Set(seen.map(({ phase }) => phase))]).toEqual(['gather', 'tune', 'measure', 'fit']);
    for (const phase of ['gather', 'tune', 'measure', 'fit'] as const) {
      const steps = seen.filter((progress) => progress.phase === phase);
      expect(steps.map(({ done }) => done)).toEqual(steps.map(({ done }) => done).toSorted((a, b) => a - b));
      expect(steps.at(-1)?.done).toBe(steps.at(-1)?.total);
    }
    for (const polls of [0, 3, 10, 40]) {
      let left = polls;
      const shouldStop = (): boolean => left-- <= 0;
      expect(() => trainModel(tasteEvents(60, 20), QUICK, { ...CLOCKLESS, shouldStop })).toThrow(FitStopped);
    }
  });

  it('refuses columns that do not fit', () => {
    const events = tasteEvents(4, 10);
    const bad: Partial<TrainingEvents>[] = [
      { verbs: events.verbs.slice(1) },
      { learnerOffsets: Int32Array.of(0, 1) },
      { courseIndices: events.courseIndices.map(() => 10) },
      { verbs: events.verbs.map(() => VERBS.length) },
      { atMs: events.atMs.map(() => Number.NaN) },
    ];
    for (const change of bad) expect(() => trainModel({ ...events, ...change }, QUICK, CLOCKLESS)).toThrow(RangeError);
    expect(() => trainModel(events, { ...QUICK, priorStrengths: [] }, CLOCKLESS)).toThrow(RangeError);
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

  it('folds the log into confidences with a positive mean of 1', () => {
    const { interactions, pairs } = trainingSet(events, Number.POSITIVE_INFINITY, 360 * DAY_MS, gathering);
    expect(pairs.learnerIndices).toEqual([0, 0, 1, 1]);
    expect(pairs.courseIndices).toEqual([1, 3, 0, 2]);
    expect(pairs.confidences).toEqual([0.25, 1, -1, 0.5]);
    expect(pairs.undecayed).toEqual([0.5, 1, -1, 1]);
    expect(pairs.firstAtMs).toEqual([180, 0, 360, 180].map((days) => days * DAY_MS));
    const mean = (0.25 + 1 + 0.5) / 3;
    expect(interactions.values).toEqual(Float32Array.of(0.25 / mean, 1 / mean, -1 / mean, 0.5 / mean));
  });

  it('leaves out what came at or after a moment', () => {
    const { pairs } = trainingSet(events, 360 * DAY_MS, 360 * DAY_MS, gathering);
    expect(pairs.courseIndices).toEqual([1, 3, 2]);
  });

  it('fades interactions against one moment, and a history against its own latest touch', () => {
    const { interactions, histories, confidenceScale } = trainingSet(events, 360 * DAY_MS, 360 * DAY_MS, gathering);
    const scaled = (...values: number[]) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return Float32Array.from(values, (value) => value / mean);
    };
    expect(interactions.values).toEqual(scaled(0.25, 0.05, 0.5));
    // Nobody did anything after the 180th day, so what they did on it counts in full.
    expect(histories.values).toEqual(scaled(0.5, 0.1, 1));
    expect(confidenceScale).toBeCloseTo(3 / 1.6, 12);
  });

  it('is not faded by a few stragglers years after the rest', () => {
    const rest = Array.from({ length: 300 }, () => [{ course: 0, verb: 'STARTED' as const, atMs: 0 }]);
    const late = eventsOf(2, [...rest, [{ course: 1, verb: 'STARTED', atMs: 4_000 * DAY_MS }]]);
    const { popularity } = trainModel(late, { ...QUICK, nowMs: 4_001 * DAY_MS }, CLOCKLESS);
    expect(popularity[0]).toBeCloseTo(300, 0);
  });

  it('knows the latest wanted course of each learner', () => {
    const latest = latestOnly(trainingSet(events, Number.POSITIVE_INFINITY, 360 * DAY_MS, gathering));
    expect([...latest.rowOffsets]).toEqual([0, 1, 2]);
    expect([...latest.columnIndices]).toEqual([3, 2]);
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
    expect(topK(newcomer.scores, 40, null)).toEqual(topK(tasteModel.popularity, 40, null));
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

  it('splits every score exactly over the history and popularity', () => {
    fc.assert(
      fc.property(historyArbitrary, fc.nat(39), (history, item) => {
        const { scores, learnerFactors } = scoreHistory(model, history);
        const { contributions, popularity, score } = explainScore(model, history, item, learnerFactors);
        expect(score).toBeCloseTo(scores[item] ?? Number.NaN, 6);
        expect(contributions.reduce((sum, value) => sum + value, popularity)).toBeCloseTo(score, 9);
        expect(explainScore(model, history, item).score).toBe(score);
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
      const { contributions } = explainScore(model, history, candidate);
      const [best = 0] = topK(contributions, 1, null);
      const without = historyOf([history.itemIndices[1 - best] ?? 0], [1]);
      if (rankOf(without, candidate) > rankOf(history, candidate)) fell++;
    }
    expect(fell).toBeGreaterThanOrEqual(19);
  });

  it('serves popularity when that is all it knows', () => {
    const bare = loadModel({ ...tasteModel, als: null });
    const history = historyOf([1, 2], [1, 1]);
    expect(scoreHistory(bare, history)).toEqual({ scores: bare.prior, collaborativeWeight: 0, learnerFactors: null });
    const { contributions, popularity, score } = explainScore(bare, history, 5);
    expect([...contributions]).toEqual([0, 0]);
    expect(popularity).toBe(score);
    expect(similarItems(bare, 5, 3)).toEqual([]);
  });

  it('knows its courses by id, and refuses items that it does not have', () => {
    expect(model.indexByCourseId.get('course-7')).toBe(7);
    expect(model.indexByCourseId.get('course-40')).toBeUndefined();
    expect(() => explainScore(model, historyOf([], []), 40)).toThrow(RangeError);
    expect(() => scoreHistory(model, historyOf([40], [1]))).toThrow(RangeError);
  });
});

describe('a model artefact', () => {
  const bytes = encodeModel(tasteModel);

  it('brings the model back to the last bit, with factors and without', () => {
    expect(decodeModel(bytes)).toEqual(tasteModel);
    const bare: TrainedModel = {
      ...tasteModel,
      als: null,
      courseIds: tasteModel.courseIds.map((id) => `${id} – é\u{1f4d8}`),
    };
    expect(decodeModel(encodeModel(bare))).toEqual(bare);
    const empty = trainModel(eventsOf(0, []), QUICK, CLOCKLESS);
    expect(decodeModel(encodeModel(empty))).toEqual(empty);
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
  const run = (request: FitRequest): { worker: Worker; messages: FitMessage[] } => {
    const worker = new Worker(new URL('../../src/training/fit.worker.js', import.meta.url), { workerData: request });
    const messages: FitMessage[] = [];
    worker.on('message', (message: FitMessage) => messages.push(message));
    return { worker, messages };
  };

  it('posts progress and the model that trainModel makes', async () => {
    const stopFlag = new Int32Array(new SharedArrayBuffer(4));
    const { worker, messages } = run({ events: tasteEvents(200, 40), options: QUICK, stopFlag });
    await once(worker, 'exit');
    const last = messages.at(-1);
    if (last?.kind !== 'finished') throw new Error(`the thread ended with ${last?.kind}`);
    expect(decodeModel(last.artifact)).toEqual(tasteModel);
    expect(last.summary).toEqual({
      ...tasteModel,
      courseIds: undefined,
      popularity: undefined,
      als: undefined,
    });
    expect(messages.slice(0, -1).every(({ kind }) => kind === 'progress')).toBe(true);
  });

  it('stops soon after the flag is set', async () => {
    const stopFlag = new Int32Array(new SharedArrayBuffer(4));
    const long = { ...QUICK, als: { ...QUICK.als, epochs: 1_000_000 } };
    const { worker, messages } = run({ events: tasteEvents(200, 40), options: long, stopFlag });
    await once(worker, 'message');
    Atomics.store(stopFlag, 0, 1);
    await once(worker, 'exit');
    expect(messages.at(-1)).toEqual({ kind: 'stopped' });
  });

  it('ends with an error for events that do not fit', async () => {
    const stopFlag = new Int32Array(new SharedArrayBuffer(4));
    const events = { ...tasteEvents(4, 10), learnerCount: 5 };
    const { worker } = run({ events, options: QUICK, stopFlag });
    const [error] = (await once(worker, 'error')) as [Error];
    expect(error.message).toMatch(/learnerOffsets/);
  });
});
