import { type ConfidenceWeights, DEFAULT_CONFIDENCE_WEIGHTS } from '../learners/confidence.js';
import type { BlendWeights } from '../recsys/blendScorer.js';
import { type Choice, choose, type Holdout, type Recipe } from '../recsys/choose.js';
import { encodeContent, fitContentEncoder } from '../recsys/contentFeatures.js';
import { FAMILIES, type FamilyModels, type FamilySettings, fitFamilies } from '../recsys/families.js';
import type { FitContext } from '../recsys/fitting.js';
import { FAMILY_NAMES, type FamilyName } from '../recsys/itemScorer.js';
import type { Engine } from '../recsys/kernels/engine.js';
import { heldOutLearners, temporalHoldout } from '../recsys/split.js';
import type { MeanInterval } from '../stats/bootstrap.js';
import type { GateVerdict, HoldoutReport, TrainedModel } from './model.js';
import {
  assertEvents,
  type Gathering,
  learnersPerCourse,
  recentMs,
  type TrainingEvents,
  type TrainingSet,
  trainingSet,
  wantedContacts,
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
  /** Families to fit, as far as the catalogue's size allows. */
  readonly families: readonly FamilyName[];
  /** The first setting of each family to be tried. */
  readonly starts: FamilySettings;
  /** Settings that are taken as they are; the other families are tuned. */
  readonly fixed: FamilySettings;
  /** No further setting is tried after this; each family's first always is. */
  readonly timeBudgetMs: number;
}

/** What a list is made from must be small enough to be stored and loaded: so many weights an item are kept. */
const SERVED_NEIGHBOURS = 200;

export const DEFAULT_TRAINING_OPTIONS: Omit<TrainingOptions, 'nowMs'> = {
  seed: 1,
  confidenceWeights: DEFAULT_CONFIDENCE_WEIGHTS,
  holdoutShare: 0.15,
  minWarmLearners: 5,
  maxEvaluatedLearners: 2000,
  k: 10,
  families: FAMILY_NAMES,
  starts: {
    // What is taken together now counts most.
    ials: { ...FAMILIES.ials.defaults, halfLifeDays: DEFAULT_CONFIDENCE_WEIGHTS.halfLifeDays },
    ease: { ...FAMILIES.ease.defaults, neighboursPerItem: SERVED_NEIGHBOURS },
  },
  fixed: {},
  timeBudgetMs: 300_000,
};

/** The options of a training by these confidence weights; what they fade by is where the tuning starts, too. */
export function trainingOptions(
  nowMs: number,
  confidenceWeights: ConfidenceWeights,
  timeBudgetMs: number,
): TrainingOptions {
  const { starts } = DEFAULT_TRAINING_OPTIONS;
  const ials = { ...(starts.ials ?? FAMILIES.ials.defaults), halfLifeDays: confidenceWeights.halfLifeDays };
  return { ...DEFAULT_TRAINING_OPTIONS, nowMs, confidenceWeights, timeBudgetMs, starts: { ...starts, ials } };
}

export type TrainingPhase = 'gather' | 'tune' | 'fit';

export interface TrainingProgress {
  readonly phase: TrainingPhase;
  readonly done: number;
  readonly total: number;
}

export interface TrainingHooks {
  readonly engine: Engine;
  /** A clock for the time budget: milliseconds since any fixed moment. */
  readonly elapsedMs: () => number;
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Polled often; true abandons the training. */
  readonly shouldStop?: () => boolean;
}

/** The model as it would have been at a cut in time: what it recommends can be held against what came after. */
export interface RehearsedModel {
  /** Fitted on what happened before the cut; blended by learners of `tunedOn`. */
  readonly model: TrainedModel;
  readonly cutMs: number;
  /** Rows of the events whose learners were known before the cut and took something up after it, ascending. */
  readonly tunedOn: Int32Array;
  /** Other such rows; nothing was chosen on them. */
  readonly measuredOn: Int32Array;
}

export interface Training {
  readonly model: TrainedModel;
  /** Of the latest cut; null: too little activity to rehearse. */
  readonly rehearsed: RehearsedModel | null;
}

/** As `trainWithRehearsal`, for those who need the model alone. */
export function trainModel(
  events: TrainingEvents,
  live: Recipe | null,
  options: TrainingOptions,
  hooks: TrainingHooks,
): TrainedModel {
  return trainWithRehearsal(events, live, options, hooks).model;
}

/**
 * Trains a model on the activity log: chooses settings and a blend on what came after a cut in time, measures the
 * choice on other learners than it was made on, and fits it on everything.
 *
 * Equal events, options and seed give equal models unless the time budget cuts the tuning short.
 *
 * @param live what the live model was made by; its settings are tried too, and the new ones must not do worse
 * @returns a model that knows popularity only when there is too little activity to tune on
 * @throws RangeError when a column does not fit or an option is out of range
 * @throws FitStopped when `hooks.shouldStop` says so
 */
export function trainWithRehearsal(
  events: TrainingEvents,
  live: Recipe | null,
  options: TrainingOptions,
  hooks: TrainingHooks,
): Training {
  assertEvents(events);
  assertOptions(options);
  const { nowMs } = options;
  // A log that ended long ago is not faded to nothing, nor by a few stragglers after it.
  const asOfMs = Math.min(nowMs, recentMs(events));
  const encoder = events.contents === null ? null : fitContentEncoder(events.contents);
  const content = encoder === null || events.contents === null ? null : encodeContent(encoder, events.contents);
  const gathering = gatheringOf(options, hooks, 0);
  const everything = trainingSet(events, Number.POSITIVE_INFINITY, asOfMs, content, gathering);
  const divided = divide(events, everything, options, hooks);
  const chosen = divided === null ? null : chooseRecipe(divided, live, options, hooks);
  const recipe: Recipe = chosen?.recipe ?? {
    settings: { popularity: options.fixed.popularity ?? FAMILIES.popularity.defaults },
    blend: { weights: {}, priorStrength: 5 },
  };
  const common = { courseIds: events.courseIds, confidenceWeights: options.confidenceWeights, encoder };
  const model: TrainedModel = {
    ...common,
    ...countsOf(everything),
    trainedAsOfMs: nowMs,
    models: fitServed(everything, recipe, hooks),
    blend: recipe.blend,
    holdout: divided === null || chosen === null ? null : reportOf(divided, chosen, options),
    gate: chosen === null ? tooLittle(everything, options) : verdictOn(chosen, options.k),
  };
  const rehearsal = chosen?.rehearsals[0];
  if (divided === null || rehearsal === undefined) return { model, rehearsed: null };
  const { cutMs, counts } = divided;
  const { tunedOn, measuredOn, blend, models } = rehearsal;
  const rehearsedModel: TrainedModel = {
    ...common,
    ...counts,
    trainedAsOfMs: cutMs,
    models: servedModels(models, blend),
    blend,
    holdout: null,
    gate: { passed: false, reason: 'A rehearsal, not to be served.' },
  };
  return { model, rehearsed: { model: rehearsedModel, cutMs, tunedOn, measuredOn } };
}

/** What a model says of the interactions that it was fitted on. */
type TrainingCounts = Pick<TrainedModel, 'interactionCount' | 'learnerCount' | 'learnersPerCourse' | 'confidenceScale'>;

function countsOf(set: TrainingSet): TrainingCounts {
  return {
    interactionCount: set.data.interactions.values.length,
    learnerCount: learnerCountOf(set),
    learnersPerCourse: learnersPerCourse(set),
    confidenceScale: set.confidenceScale,
  };
}

/** Of the models that were tried, those that the blend scores with; factors also for telling courses alike. */
function servedModels(models: FamilyModels, blend: BlendWeights): FamilyModels {
  return Object.fromEntries(Object.entries(models).filter(([family]) => isServed(family as FamilyName, blend)));
}

/** The past and what came after it, one division or several. */
interface Divided {
  readonly holdouts: readonly Holdout[];
  /** Of what happened before the latest cut. */
  readonly counts: TrainingCounts;
  /** Of the latest cut. */
  readonly cutMs: number;
  readonly trainInteractionCount: number;
  readonly heldOutInteractionCount: number;
  readonly warmLearnerCount: number;
  readonly coldLearnerCount: number;
}

/** With fewer learners than this after a cut, earlier cuts are looked at as well. */
const ENOUGH_WARM_LEARNERS = 200;
const MOST_CUTS = 3;
/** The log is gone through once for everything and once for each cut. */
const PASS_COUNT = 1 + MOST_CUTS;
/** An earlier cut must leave enough to learn from. */
const GREATEST_HOLDOUT_SHARE = 0.6;

/** Null: too little activity after any cut. */
function divide(
  events: TrainingEvents,
  everything: TrainingSet,
  options: TrainingOptions,
  hooks: TrainingHooks,
): Divided | null {
  const contacts = wantedContacts(everything);
  const divided: Divided[] = [];
  const warmLearners = new Set<number>();
  for (let cut = 1; cut <= MOST_CUTS && warmLearners.size < ENOUGH_WARM_LEARNERS; cut++) {
    if (cut > 1 && cut * options.holdoutShare >= GREATEST_HOLDOUT_SHARE) break;
    const holdout = temporalHoldout(contacts.matrix, contacts.firstAtMs, cut * options.holdoutShare);
    if (holdout === null || divided.some((earlier) => earlier.cutMs === holdout.cutMs)) continue;
    const before = trainingSet(
      events,
      holdout.cutMs,
      holdout.cutMs,
      everything.data.content,
      gatheringOf(options, hooks, cut),
    );
    const { warm, coldCount } = heldOutLearners(before.histories.matrix, holdout.heldOut);
    if (warm.length === 0) continue;
    for (const learner of warm) warmLearners.add(learner);
    divided.push({
      holdouts: [{ train: before.data, histories: before.histories, heldOut: holdout.heldOut, learners: warm }],
      counts: countsOf(before),
      cutMs: holdout.cutMs,
      trainInteractionCount: before.data.interactions.values.length,
      heldOutInteractionCount: holdout.heldOut.values.length,
      warmLearnerCount: warm.length,
      coldLearnerCount: coldCount,
    });
  }
  const everyPass = PASS_COUNT * events.learnerCount;
  hooks.onProgress?.({ phase: 'gather', done: everyPass, total: everyPass });
  const latest = divided[0];
  if (latest === undefined || warmLearners.size < options.minWarmLearners) return null;
  return { ...latest, holdouts: divided.flatMap(({ holdouts }) => holdouts) };
}

function chooseRecipe(divided: Divided, live: Recipe | null, options: TrainingOptions, hooks: TrainingHooks): Choice {
  const { seed, k, families, starts, fixed, maxEvaluatedLearners, timeBudgetMs } = options;
  return choose(
    divided.holdouts,
    live,
    { seed, k, families, starts: startsFor(divided, starts), fixed, maxEvaluatedLearners, timeBudgetMs },
    { ...fitContextOf(hooks, 'tune'), elapsedMs: hooks.elapsedMs },
  );
}

/** A start with fewer factors where the catalogue is small: with as many as courses each is only like itself. */
function startsFor({ holdouts }: Divided, starts: FamilySettings): FamilySettings {
  const ials = starts.ials ?? FAMILIES.ials.defaults;
  const itemCount = holdouts[0]?.train.interactions.columnCount ?? 0;
  return { ...starts, ials: { ...ials, rank: Math.min(ials.rank, Math.max(FEWEST_FACTORS, itemCount >> 2)) } };
}

const FEWEST_FACTORS = 8;

/** What the blend needs; factors also for finding similar courses and placing new ones. */
function fitServed(everything: TrainingSet, { settings, blend }: Recipe, hooks: TrainingHooks): FamilyModels {
  const served = FAMILY_NAMES.filter((family) => isServed(family, blend) && settings[family] !== undefined);
  const kept = Object.fromEntries(served.map((family) => [family, settings[family]])) as FamilySettings;
  hooks.onProgress?.({ phase: 'fit', done: 0, total: 1 });
  const models = fitFamilies(everything.data, kept, { engine: hooks.engine, shouldStop: hooks.shouldStop });
  hooks.onProgress?.({ phase: 'fit', done: 1, total: 1 });
  return models;
}

function isServed(family: FamilyName, blend: BlendWeights): boolean {
  return family === 'popularity' || family === 'ials' || (blend.weights[family] ?? 0) > 0;
}

function fitContextOf(hooks: TrainingHooks, phase: TrainingPhase): FitContext {
  return {
    engine: hooks.engine,
    shouldStop: hooks.shouldStop,
    onStep: (done, total) => hooks.onProgress?.({ phase, done, total }),
  };
}

function reportOf(divided: Divided, chosen: Choice, options: TrainingOptions): HoldoutReport {
  const { holdouts: _, counts: __, ...divisions } = divided;
  const { tried, tunedOnCount, measuredOnCount, measured, overRival } = chosen;
  return { ...divisions, tunedOnCount, measuredOnCount, tried, k: options.k, measured, overLive: overRival };
}

function tooLittle(everything: TrainingSet, options: TrainingOptions): GateVerdict {
  const reason = everything.data.interactions.values.some((value) => value > 0)
    ? 'Too little activity to learn tastes from: fewer than ' +
      `${options.minWarmLearners} learners took a course in the latest part of the activity and were known before it.`
    : 'There is no activity to learn from.';
  return { passed: true, reason: `${reason} Courses are recommended by popularity until there is more.` };
}

function verdictOn({ measured, overRival }: Choice, k: number): GateVerdict {
  const overPopularity = measured.find(({ name }) => name === 'popularity')?.blendOver ?? null;
  if (overPopularity === null) {
    return { passed: true, reason: 'Too few learners to measure on: the blend stays with what is simple.' };
  }
  const figures = ({ mean, low, high, count }: MeanInterval): string =>
    `mean difference in NDCG@${k} ${mean.toFixed(4)}, 95 % interval ${low.toFixed(4)} to ${high.toFixed(4)}, ` +
    `over ${count} learners`;
  if (overPopularity.high < 0) {
    return {
      passed: false,
      reason: `Finds the courses people took next less well than popularity does: ${figures(overPopularity)}.`,
    };
  }
  if (overRival !== null && overRival.high < 0) {
    return {
      passed: false,
      reason: `Finds the courses people took next less well than the live model's settings do: ${figures(overRival)}.`,
    };
  }
  const relation = overPopularity.low > 0 ? 'better than popularity does' : 'about as well as popularity does';
  const beside = overRival === null ? '' : ` Beside the live model's settings: ${figures(overRival)}.`;
  return {
    passed: true,
    reason: `Finds the courses people took next ${relation}: ${figures(overPopularity)}.${beside}`,
  };
}

function learnerCountOf({ data }: TrainingSet): number {
  const { rowCount, rowOffsets } = data.interactions;
  let count = 0;
  for (let row = 0; row < rowCount; row++) if (rowOffsets[row] !== rowOffsets[row + 1]) count++;
  return count;
}

/** @param pass 0 for everything, then the number of the cut */
function gatheringOf(options: TrainingOptions, hooks: TrainingHooks, pass: number): Gathering {
  return {
    confidenceWeights: options.confidenceWeights,
    shouldStop: hooks.shouldStop,
    onLearner: (done, total) =>
      hooks.onProgress?.({ phase: 'gather', done: pass * total + done, total: PASS_COUNT * total }),
  };
}

function assertOptions(options: TrainingOptions): void {
  const { nowMs, minWarmLearners, maxEvaluatedLearners } = options;
  if (!Number.isFinite(nowMs)) throw new RangeError(`nowMs must be finite, not ${nowMs}.`);
  if (!(minWarmLearners >= 2 && maxEvaluatedLearners >= 1)) {
    throw new RangeError('minWarmLearners must be at least 2 and maxEvaluatedLearners at least 1.');
  }
}
