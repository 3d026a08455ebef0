import { type ConfidenceWeights, DEFAULT_CONFIDENCE_WEIGHTS } from '../learners/confidence.js';
import { fitIals, type IalsModel, type IalsOptions } from '../recsys/als.js';
import { blendWithPrior, popularityPrior, priorWeight } from '../recsys/blend.js';
import { evaluateScorers, type RankingTask, type Scorer, summarise } from '../recsys/evaluate.js';
import { FitStopped, type TrainingData } from '../recsys/fitting.js';
import { createFoldIn, foldIn, scoreItems, scoreSpread } from '../recsys/foldIn.js';
import type { CsrMatrix } from '../recsys/interactions.js';
import type { Engine } from '../recsys/kernels/engine.js';
import { heldOutLearners, temporalHoldout } from '../recsys/split.js';
import { bootstrapPairedDifference, type MeanInterval } from '../stats/bootstrap.js';
import { createRandom, shuffled } from '../stats/random.js';
import type { GateVerdict, HoldoutReport, TrainedModel, TriedSetting } from './model.js';
import {
  assertEvents,
  type Gathering,
  latestOnly,
  learnersPerCourse,
  matrixOf,
  meanOf,
  popularityOf,
  positivePairs,
  recentMs,
  type TrainingEvents,
  type TrainingSet,
  trainingSet,
} from './trainingSet.js';

export interface TrainingOptions {
  /** The moment that the activity is taken as of. */
  readonly nowMs: number;
  readonly seed: number;
  readonly confidenceWeights: ConfidenceWeights;
  /** Share of first contacts, the latest, that settings are tuned and measured on. Between 0 and 1. */
  readonly holdoutShare: number;
  /** With fewer learners known before the cut and active after it: popularity only. At least 2. */
  readonly minWarmLearners: number;
  /** At most this many learners are tuned on, and as many others measured on. */
  readonly maxEvaluatedLearners: number;
  /** How many recommendations are looked at. */
  readonly k: number;
  /** The first setting to be tried; its epochs, exponent, deviation and seed are those of all. */
  readonly als: IalsOptions;
  /** Tried one after the other, each list from the best setting so far. */
  readonly unobservedWeights: readonly number[];
  readonly regularisations: readonly number[];
  readonly ranks: readonly number[];
  /** The first is taken when nothing can be tuned; so for the half-lives. */
  readonly priorStrengths: readonly number[];
  readonly popularityHalfLivesDays: readonly number[];
  /** No further setting is tried after this; the first always is. */
  readonly timeBudgetMs: number;
}

export const DEFAULT_TRAINING_OPTIONS: Omit<TrainingOptions, 'nowMs'> = {
  seed: 1,
  confidenceWeights: DEFAULT_CONFIDENCE_WEIGHTS,
  holdoutShare: 0.15,
  minWarmLearners: 20,
  maxEvaluatedLearners: 2000,
  k: 10,
  als: {
    rank: 64,
    epochs: 8,
    unobservedWeight: 0.03,
    regularisation: 0.003,
    regularisationExponent: 1,
    initialDeviation: 0.1,
    // The training set has faded them already.
    halfLifeDays: null,
    seed: 1,
    solver: 'auto',
    cgSteps: 3,
  },
  unobservedWeights: [0.03, 0.1, 0.01, 0.3],
  regularisations: [0.01, 0.001],
  ranks: [128, 32],
  priorStrengths: [5, 2, 1, 0.5, 0.2, 10, 20],
  popularityHalfLivesDays: [30, 7, 90, 365],
  timeBudgetMs: 300_000,
};

export type TrainingPhase = 'gather' | 'tune' | 'measure' | 'fit';

export interface TrainingProgress {
  readonly phase: TrainingPhase;
  readonly done: number;
  readonly total: number;
}

export interface TrainingHooks {
  /** What the arithmetic runs on. */
  readonly engine: Engine;
  /** A clock for the time budget: milliseconds since any fixed moment. */
  readonly elapsedMs: () => number;
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Polled often; true abandons the training. */
  readonly shouldStop?: () => boolean;
}

/**
 * Trains a model on the activity log: chooses settings on what came after a cut in time, measures the choice against
 * popularity on other learners than it was chosen on, and fits the chosen settings on everything.
 *
 * Confidences are scaled to a positive mean of 1 first, so that a log of nothing but STARTED events trains like one of
 * COMPLETED ones. Equal events, options and seed give equal models unless the time budget cuts the tuning short.
 *
 * @returns a model that knows popularity only when there is too little activity to tune on
 * @throws RangeError when a column does not fit or an option is out of range
 * @throws FitStopped when `hooks.shouldStop` says so
 */
export function trainModel(events: TrainingEvents, options: TrainingOptions, hooks: TrainingHooks): TrainedModel {
  assertEvents(events);
  assertOptions(options);
  const { nowMs } = options;
  // A log that ended long ago is not faded to nothing, nor by a few stragglers after it.
  const asOfMs = Math.min(nowMs, recentMs(events));
  const everything = trainingSet(events, Number.POSITIVE_INFINITY, asOfMs, gatheringOf(options, hooks, 0));
  const holdout = chooseSettings(events, everything, options, hooks);
  const halfLifeDays = holdout.popularityHalfLifeDays;
  const shared = {
    courseIds: events.courseIds,
    trainedAsOfMs: nowMs,
    interactionCount: everything.pairs.confidences.length,
    learnerCount: new Set(everything.pairs.learnerIndices).size,
    learnersPerCourse: Array.from(learnersPerCourse(everything, events.courseIds.length)),
    popularity: Float32Array.from(popularityOf(everything, events.courseIds.length, halfLifeDays)),
    popularityHalfLifeDays: halfLifeDays,
    confidenceWeights: options.confidenceWeights,
    confidenceScale: everything.confidenceScale,
    priorStrength: holdout.best?.priorStrength ?? options.priorStrengths[0]!,
    holdout: holdout.report,
    gate: holdout.gate,
  };
  if (holdout.best === null) return { ...shared, als: null };
  const als = fitIals(fittedOn(everything), holdout.best.als, {
    engine: hooks.engine,
    shouldStop: hooks.shouldStop,
    onStep: (done, total) => hooks.onProgress?.({ phase: 'fit', done, total }),
  });
  return { ...shared, als };
}

interface Choice {
  /** Null: popularity only. */
  readonly best: TriedSetting | null;
  readonly popularityHalfLifeDays: number;
  readonly report: HoldoutReport | null;
  readonly gate: GateVerdict;
}

function chooseSettings(
  events: TrainingEvents,
  everything: TrainingSet,
  options: TrainingOptions,
  hooks: TrainingHooks,
): Choice {
  const popularityOnly = (reason: string): Choice => ({
    best: null,
    popularityHalfLifeDays: options.popularityHalfLivesDays[0]!,
    report: null,
    gate: { passed: true, reason: `${reason} Courses are recommended by popularity until there is more.` },
  });
  const wanted = positivePairs(everything.pairs);
  const contacts = matrixOf(events, wanted, wanted.undecayed);
  const holdout = temporalHoldout(contacts, Float64Array.from(wanted.firstAtMs), options.holdoutShare);
  if (holdout === null) return popularityOnly('There is no activity to learn from.');
  const before = trainingSet(events, holdout.cutMs, holdout.cutMs, gatheringOf(options, hooks, 1));
  const { warm, coldCount } = heldOutLearners(before.interactions, holdout.heldOut);
  if (warm.length < options.minWarmLearners) {
    return popularityOnly(
      `Too little activity to learn tastes from: ${warm.length} learners took a course in the latest part of the ` +
        `activity and were known before it, and ${options.minWarmLearners} are needed.`,
    );
  }
  const order = shuffled(warm, createRandom(options.seed));
  const half = Math.floor(order.length / 2);
  const task = (learners: readonly number[]): RankingTask => ({
    train: before.interactions,
    heldOut: holdout.heldOut,
    learners: learners.slice(0, options.maxEvaluatedLearners),
    k: options.k,
  });
  const tuning = task(order.slice(0, half));
  const measuring = task(order.slice(half));

  const popularities = options.popularityHalfLivesDays.map((days) =>
    popularityOf(before, events.courseIds.length, days),
  );
  const popularityNdcgs = evaluateScorers(
    tuning,
    popularities.map((popularity) => stoppable((_, out) => out.set(popularity), hooks)),
  ).map((result) => meanOf(result.ndcg));
  const chosenHalfLife = indexOfGreatest(popularityNdcgs);
  const popularity = popularities[chosenHalfLife]!;
  const prior = popularityPrior(Float32Array.from(popularity));

  const { best, model, tried } = tune(tuning, before, prior, options, hooks);
  const measured = measure(measuring, before, popularity, prior, best, model, options, hooks);
  return {
    best,
    popularityHalfLifeDays: options.popularityHalfLivesDays[chosenHalfLife]!,
    report: {
      cutMs: holdout.cutMs,
      trainInteractionCount: before.pairs.confidences.length,
      heldOutInteractionCount: holdout.heldOut.values.length,
      warmLearnerCount: warm.length,
      coldLearnerCount: coldCount,
      tunedOnCount: tuning.learners.length,
      measuredOnCount: measuring.learners.length,
      tried,
      k: options.k,
      ...measured,
    },
    gate: gateVerdict(measured.blendOverPopularity, options.k),
  };
}

function measure(
  task: RankingTask,
  before: TrainingSet,
  popularity: Float64Array,
  prior: Float64Array,
  best: TriedSetting,
  model: IalsModel,
  options: TrainingOptions,
  hooks: TrainingHooks,
): Pick<HoldoutReport, 'popularity' | 'collaborative' | 'blend' | 'blendOverPopularity'> {
  hooks.onProgress?.({ phase: 'measure', done: 0, total: 1 });
  const scorers = collaborativeScorers(before.histories, model, prior, [best.priorStrength], hooks);
  const [byPopularity, byCollaboration, byBlend] = evaluateScorers(task, [
    stoppable((_, out) => out.set(popularity), hooks),
    scorers.collaborative,
    scorers.blends[0]!,
  ]);
  const random = createRandom(options.seed);
  const measured = {
    blendOverPopularity: bootstrapPairedDifference(byBlend!.ndcg, byPopularity!.ndcg, { random })!,
    popularity: summarise(byPopularity!, { random }),
    collaborative: summarise(byCollaboration!, { random }),
    blend: summarise(byBlend!, { random }),
  };
  hooks.onProgress?.({ phase: 'measure', done: 1, total: 1 });
  return measured;
}

/**
 * Coordinate search over the settings, each list from the best setting so far, within the time budget. A setting is
 * judged by its blend for histories as they are; the strength of the prior in it by that and by histories cut down to
 * the latest course together, since the prior matters most to those who have only just begun, and few of them are known
 * before a cut.
 */
function tune(
  task: RankingTask,
  before: TrainingSet,
  prior: Float64Array,
  options: TrainingOptions,
  hooks: TrainingHooks,
): { best: TriedSetting; model: IalsModel; tried: TriedSetting[] } {
  const startedMs = hooks.elapsedMs();
  const { interactions } = before;
  const beginnings = latestOnly(before);
  const { als, unobservedWeights, regularisations, ranks, priorStrengths } = options;
  const stepsEach = als.epochs + 1;
  const total = (1 + unobservedWeights.length + regularisations.length + ranks.length) * stepsEach;
  let stepsDone = 0;
  const tried: TriedSetting[] = [];

  const tryOut = (setting: IalsOptions): { setting: TriedSetting; model: IalsModel } => {
    const model = fitIals(fittedOn(before), setting, {
      engine: hooks.engine,
      shouldStop: hooks.shouldStop,
      onStep: (epoch) => hooks.onProgress?.({ phase: 'tune', done: stepsDone + epoch, total }),
    });
    const ndcgsFor = (histories: CsrMatrix): number[] => {
      const { blends } = collaborativeScorers(histories, model, prior, priorStrengths, hooks);
      return evaluateScorers(task, blends).map((result) => meanOf(result.ndcg));
    };
    const ndcgs = ndcgsFor(before.histories);
    const ndcgsOfBeginners = ndcgsFor(beginnings);
    const chosen = indexOfGreatest(ndcgs.map((ndcg, s) => ndcg + ndcgsOfBeginners[s]!));
    const outcome = { als: setting, priorStrength: priorStrengths[chosen]!, ndcg: ndcgs[chosen]! };
    tried.push(outcome);
    stepsDone += stepsEach;
    hooks.onProgress?.({ phase: 'tune', done: stepsDone, total });
    return { setting: outcome, model };
  };

  // More factors than items would only be zeros.
  const limited = (setting: IalsOptions): IalsOptions => ({
    ...setting,
    rank: Math.min(setting.rank, interactions.columnCount),
  });
  let best = tryOut(limited(als));
  const stages: readonly (readonly Partial<IalsOptions>[])[] = [
    unobservedWeights.map((unobservedWeight) => ({ unobservedWeight })),
    regularisations.map((regularisation) => ({ regularisation })),
    ranks.map((rank) => ({ rank })),
  ];
  for (const stage of stages) {
    const from = best.setting.als;
    for (const change of stage) {
      const setting = limited({ ...from, ...change });
      const isRepeated = tried.some((other) => isSameSetting(other.als, setting));
      if (isRepeated || hooks.elapsedMs() - startedMs >= options.timeBudgetMs) {
        stepsDone += stepsEach;
        continue;
      }
      const attempt = tryOut(setting);
      if (attempt.setting.ndcg > best.setting.ndcg) best = attempt;
    }
  }
  hooks.onProgress?.({ phase: 'tune', done: total, total });
  return { best: best.setting, model: best.model, tried };
}

/** Scorers of one fitted model: by factors alone, and blended with each strength of the prior. Histories are rows. */
function collaborativeScorers(
  histories: CsrMatrix,
  model: IalsModel,
  prior: Float64Array,
  priorStrengths: readonly number[],
  hooks: TrainingHooks,
): { collaborative: Scorer; blends: Scorer[] } {
  const context = createFoldIn(model);
  const scores = new Float64Array(model.itemCount);
  // One learner goes through all scorers before the next: what they share is computed once.
  let current = { learner: -1, evidence: 0, spread: { mean: 0, deviation: 0 } };
  const prepare = (learner: number): typeof current => {
    if (current.learner === learner) return current;
    const start = histories.rowOffsets[learner]!;
    const end = histories.rowOffsets[learner + 1]!;
    const values = histories.values.subarray(start, end);
    const factors = foldIn(context, { itemIndices: histories.columnIndices.subarray(start, end), values, atMs: null });
    scoreItems(model, factors, scores);
    const evidence = values.reduce((sum, value) => sum + Math.max(0, value), 0);
    current = { learner, evidence, spread: scoreSpread(context, factors) };
    return current;
  };
  return {
    collaborative: stoppable((learner, out) => {
      prepare(learner);
      out.set(scores);
    }, hooks),
    blends: priorStrengths.map((strength) =>
      stoppable((learner, out) => {
        const { evidence, spread } = prepare(learner);
        blendWithPrior(scores, spread, prior, priorWeight(evidence, strength), out);
      }, hooks),
    ),
  };
}

/** Confidences that have faded already, so that their times do not matter. */
function fittedOn({ interactions, asOfMs }: TrainingSet): TrainingData {
  return { interactions, atMs: null, asOfMs };
}

function stoppable(scorer: Scorer, hooks: TrainingHooks): Scorer {
  return (learner, out) => {
    if (hooks.shouldStop?.()) throw new FitStopped();
    scorer(learner, out);
  };
}

function gateVerdict(difference: MeanInterval, k: number): GateVerdict {
  const { mean, low, high, count } = difference;
  const figures =
    `mean difference in NDCG@${k} ${mean.toFixed(4)}, 95 % interval ${low.toFixed(4)} to ${high.toFixed(4)}, ` +
    `over ${count} learners`;
  if (high < 0) {
    return { passed: false, reason: `Finds the courses people took next less well than popularity does: ${figures}.` };
  }
  if (low > 0) {
    return { passed: true, reason: `Finds the courses people took next better than popularity does: ${figures}.` };
  }
  return { passed: true, reason: `Cannot be told from popularity in finding what people took next: ${figures}.` };
}

/** The log is gone through twice: `pass` 0 for everything, 1 for what came before the cut. */
function gatheringOf(options: TrainingOptions, hooks: TrainingHooks, pass: 0 | 1): Gathering {
  return {
    confidenceWeights: options.confidenceWeights,
    shouldStop: hooks.shouldStop,
    onLearner: (done, total) => hooks.onProgress?.({ phase: 'gather', done: pass * total + done, total: 2 * total }),
  };
}

function assertOptions(options: TrainingOptions): void {
  const { nowMs, priorStrengths, popularityHalfLivesDays, minWarmLearners, maxEvaluatedLearners } = options;
  if (!Number.isFinite(nowMs)) throw new RangeError(`nowMs must be finite, not ${nowMs}.`);
  if (priorStrengths.length === 0 || !priorStrengths.every((strength) => strength > 0)) {
    throw new RangeError('priorStrengths needs at least one strength, each above 0.');
  }
  if (popularityHalfLivesDays.length === 0) throw new RangeError('popularityHalfLivesDays needs at least one.');
  if (!(minWarmLearners >= 2 && maxEvaluatedLearners >= 1)) {
    throw new RangeError('minWarmLearners must be at least 2 and maxEvaluatedLearners at least 1.');
  }
}

function isSameSetting(a: IalsOptions, b: IalsOptions): boolean {
  return a.rank === b.rank && a.unobservedWeight === b.unobservedWeight && a.regularisation === b.regularisation;
}

/** The first of the greatest. */
function indexOfGreatest(values: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
