import { bootstrapPairedDifference, type MeanInterval } from '../stats/bootstrap.js';
import { createRandom, shuffled } from '../stats/random.js';
import { popularityPrior } from './blend.js';
import { type BlendWeights, createBlendScorer } from './blendScorer.js';
import { evaluateScorers, type RankingResult, type RankingSummary, type Scorer, summarise } from './evaluate.js';
import {
  createScorers,
  FAMILIES,
  type FamilyModel,
  type FamilyModels,
  type FamilyOptions,
  type FamilySettings,
  fitFamilies,
  placeByContent,
} from './families.js';
import { type BlendSample, createSampler, fitBlend } from './fitBlend.js';
import { type FitContext, FitStopped, type TrainingData } from './fitting.js';
import { type Histories, historyOf, latestOf } from './histories.js';
import type { CsrMatrix } from './interactions.js';
import { FAMILY_NAMES, type FamilyName, type ItemScorer } from './itemScorer.js';
import { selectTopK } from './kernels/topKKernel.js';
import { ndcgAtK } from './metrics.js';

/** Interactions divided in two: models are fitted on one part and asked for the other. */
export interface Holdout {
  /** What models are fitted on. */
  readonly train: TrainingData;
  /** What each learner is known by when asked for. Their items are not recommended. */
  readonly histories: Histories;
  /** Learners × items: what is to be found. */
  readonly heldOut: CsrMatrix;
  /** Rows to ask for, each with something held out. */
  readonly learners: Int32Array;
}

/** Everything that a model is made by, apart from the data. Plain values, as they are stored. */
export interface Recipe {
  readonly settings: FamilySettings;
  readonly blend: BlendWeights;
}

export interface ChoiceOptions {
  readonly seed: number;
  /** How many recommendations are looked at, at least 1. */
  readonly k: number;
  /** Families to fit, as far as the catalogue's size allows; popularity is always fitted. */
  readonly families: readonly FamilyName[];
  /** The first setting of a family to be tried, where it is not its default. */
  readonly starts: FamilySettings;
  /** Settings that are taken as they are; the other families are tuned. */
  readonly fixed: FamilySettings;
  /** At most this many learners, at least 1, are tuned on, and as many others measured on. */
  readonly maxEvaluatedLearners: number;
  /** No further setting is tried after this, at least 0; each family's first always is. */
  readonly timeBudgetMs: number;
}

export interface ChoiceContext extends FitContext {
  /** A clock for the time budget: milliseconds since any fixed moment. */
  readonly elapsedMs: () => number;
}

/** One setting that was tried. */
export interface TriedSetting {
  readonly family: FamilyName;
  readonly options: FamilyOptions<FamilyName>;
  /** NDCG@k on the tuning learners. */
  readonly ndcg: number;
}

/** How one family, or the blend, did on learners that nothing was chosen on. */
export interface MeasuredScorer {
  readonly name: FamilyName | 'blend';
  readonly figures: RankingSummary;
  /** Per-learner difference in NDCG@k, the blend less this one; null for the blend itself. */
  readonly blendOver: MeanInterval | null;
}

/** The choice as it was measured: fitted on one holdout's past alone, and blended by what was tuned on. */
export interface Rehearsal {
  readonly models: FamilyModels;
  readonly blend: BlendWeights;
  /** Rows of the holdout that settings and blend were chosen on, ascending. */
  readonly tunedOn: Int32Array;
  /** Other rows, which nothing was chosen on, ascending. */
  readonly measuredOn: Int32Array;
}

export interface Choice {
  readonly recipe: Recipe;
  /** One for each holdout. */
  readonly rehearsals: readonly Rehearsal[];
  readonly tried: readonly TriedSetting[];
  readonly tunedOnCount: number;
  readonly measuredOnCount: number;
  /** Empty when nobody was left to measure on. */
  readonly measured: readonly MeasuredScorer[];
  /** The blend less that of the rival; null without one. */
  readonly overRival: MeanInterval | null;
}

/** Of the histories' lengths that a blend is fitted for, besides the whole: those of people who have just begun. */
const SHORT_HISTORIES = [1, 3];

/**
 * Chooses how to recommend, by what finds the items that were held out: tunes every family that the catalogue's size
 * allows by coordinate search, fits a blend of them, and measures all on learners that neither was chosen on. The blend
 * is fitted on whole histories and on ones cut down to the latest items, since most learners have only just begun.
 * Where few learners were tuned on, the one that is returned is fitted once more on all, those measured on included.
 *
 * Equal holdouts, options and seed give equal choices unless the time budget cuts the tuning short.
 *
 * @param holdouts at least one; with little data several that divide it differently
 * @param rival another recipe, such as the live one: its settings are tried too, and the blends are compared
 * @throws RangeError when there is no holdout, or an option is out of range
 * @throws FitStopped when `context.shouldStop` says so
 */
export function choose(
  holdouts: readonly Holdout[],
  rival: Recipe | null,
  options: ChoiceOptions,
  context: ChoiceContext,
): Choice {
  assertChoice(holdouts, options);
  const canFit = (family: FamilyName): boolean =>
    holdouts.every(({ train }) => FAMILIES[family].refusal(train) === null);
  const families = FAMILY_NAMES.filter(
    (family) => family === 'popularity' || (options.families.includes(family) && canFit(family)),
  );
  const { tuning, measuring } = divideLearners(holdouts, options);
  const tuned = tuneFamilies(holdouts, tuning, families, rival, options, context);
  const collaborative = families.filter((family) => family !== 'popularity');
  const settings = Object.fromEntries(tuned.map(({ family, options: chosen }) => [family, chosen])) as FamilySettings;
  const models = holdouts.map(({ train }, h) =>
    placeByContent(
      Object.fromEntries(tuned.map(({ family, models: own }) => [family, own[h]])) as FamilyModels,
      train,
      context,
    ),
  );
  const tried = tuned.flatMap((one) => one.tried);

  const tuningSamples = holdouts.flatMap((holdout, h) =>
    samplesOf(holdout, models[h]!, tuning[h]!.slice(0, MOST_BLEND_LEARNERS), context),
  );
  const blendOf = (samples: readonly BlendSample[]): BlendWeights =>
    fitBlend(samples, collaborative, options.k, context.shouldStop).blend;
  const tuningBlend = blendOf(tuningSamples);
  const allSamples = (): BlendSample[] => [
    ...tuningSamples,
    ...holdouts.flatMap((holdout, h) => samplesOf(holdout, models[h]!, measuring[h]!, context)),
  ];
  const measured = measure(holdouts, measuring, models, tuningBlend, rival, options, context);
  return {
    recipe: { settings, blend: countOf(tuning) < FEW_TO_TUNE ? blendOf(allSamples()) : tuningBlend },
    rehearsals: models.map((own, h) => ({
      models: own,
      blend: tuningBlend,
      tunedOn: tuning[h]!,
      measuredOn: measuring[h]!,
    })),
    tried,
    tunedOnCount: countOf(tuning),
    measuredOnCount: countOf(measuring),
    ...measured,
  };
}

function assertChoice(holdouts: readonly Holdout[], options: ChoiceOptions): void {
  const { k, maxEvaluatedLearners, timeBudgetMs } = options;
  if (holdouts.length === 0) throw new RangeError('Choosing needs at least one holdout.');
  if (!(Number.isSafeInteger(k) && k >= 1)) throw new RangeError(`k must be a whole number of at least 1, not ${k}.`);
  if (!(maxEvaluatedLearners >= 1)) throw new RangeError('maxEvaluatedLearners must be at least 1.');
  if (!(timeBudgetMs >= 0)) throw new RangeError('timeBudgetMs must be at least 0.');
}

/** Of each holdout: more make a blend no better, and take as much longer. */
const MOST_BLEND_LEARNERS = 1000;

/** With fewer learners tuned on than this, those measured on make a better blend than they make a judge. */
const FEW_TO_TUNE = 500;

/** With fewer learners than this, all are tuned on and nobody is left to measure on. */
const FEWEST_TO_MEASURE = 20;

/** The learners of each holdout in two halves; a learner is in the same half everywhere. */
function divideLearners(
  holdouts: readonly Holdout[],
  options: ChoiceOptions,
): { tuning: Int32Array[]; measuring: Int32Array[] } {
  const everyone = [...new Set(holdouts.flatMap(({ learners }) => [...learners]))].sort((a, b) => a - b);
  const order = shuffled(everyone, createRandom(options.seed));
  const half = order.length < FEWEST_TO_MEASURE ? order.length : Math.ceil(order.length / 2);
  const tunedOn = new Set(order.slice(0, Math.min(half, options.maxEvaluatedLearners)));
  const measuredOn = new Set(order.slice(half, half + options.maxEvaluatedLearners));
  return {
    tuning: holdouts.map(({ learners }) => learners.filter((learner) => tunedOn.has(learner))),
    measuring: holdouts.map(({ learners }) => learners.filter((learner) => measuredOn.has(learner))),
  };
}

interface TunedFamily {
  readonly family: FamilyName;
  readonly options: FamilyOptions<FamilyName>;
  /** Fitted with the best setting, one for each holdout. */
  readonly models: readonly FamilyModel<FamilyName>[];
  readonly tried: readonly TriedSetting[];
}

function tuneFamilies(
  holdouts: readonly Holdout[],
  learners: readonly Int32Array[],
  families: readonly FamilyName[],
  rival: Recipe | null,
  options: ChoiceOptions,
  context: ChoiceContext,
): TunedFamily[] {
  const startedMs = context.elapsedMs();
  const total = families.reduce((sum, family) => sum + settingCount(family, options), 0);
  let done = 0;
  return families.map((family, f) => {
    // What one family leaves of its share goes to the next.
    const untilMs = startedMs + (options.timeBudgetMs * (f + 1)) / families.length;
    const before = done;
    done += settingCount(family, options);
    const isInTime = (): boolean => context.elapsedMs() < untilMs;
    const onTried = (count: number): void => context.onStep?.(Math.min(before + count, done), total);
    const tuned = tuneFamily(
      family,
      holdouts,
      learners,
      rival,
      options,
      { ...context, onStep: undefined },
      isInTime,
      onTried,
    );
    context.onStep?.(done, total);
    return tuned;
  });
}

function settingCount(family: FamilyName, options: ChoiceOptions): number {
  return options.fixed[family] === undefined ? 1 + FAMILIES[family].grid.flat().length : 1;
}

function tuneFamily<F extends FamilyName>(
  family: F,
  holdouts: readonly Holdout[],
  learners: readonly Int32Array[],
  rival: Recipe | null,
  options: ChoiceOptions,
  context: FitContext,
  isInTime: () => boolean,
  onTried: (count: number) => void,
): TunedFamily {
  const { defaults, grid, createScorer } = FAMILIES[family];
  const tried: (TriedSetting & { readonly options: FamilyOptions<F> })[] = [];
  const tryOut = (setting: FamilyOptions<F>): { setting: FamilyOptions<F>; models: FamilyModel<F>[]; ndcg: number } => {
    const models = holdouts.map(({ train }) => FAMILIES[family].fit(train, setting, context));
    const ndcg = meanNdcg(
      holdouts,
      learners,
      models.map((model) => createScorer(model)),
      options.k,
      context,
    );
    tried.push({ family, options: setting, ndcg });
    onTried(tried.length);
    return { setting, models, ndcg };
  };

  const fixed = options.fixed[family];
  const rivalSetting = rival?.settings[family];
  let best = tryOut(fixed ?? options.starts[family] ?? defaults);
  if (fixed === undefined) {
    const stages = [...(rivalSetting === undefined ? [] : [[rivalSetting]]), ...grid];
    for (const stage of stages) {
      const from = best.setting;
      for (const change of stage) {
        const setting: FamilyOptions<F> = { ...from, ...change };
        if (tried.some((other) => isSame(other.options, setting)) || !isInTime()) continue;
        const attempt = tryOut(setting);
        if (attempt.ndcg > best.ndcg) best = attempt;
      }
    }
  }
  return { family, options: best.setting, models: best.models, tried };
}

function isSame(a: object, b: object): boolean {
  const entries = Object.entries(a);
  return (
    entries.length === Object.keys(b).length &&
    entries.every(([key, value]) => value === (b as typeof a)[key as keyof typeof a])
  );
}

function meanNdcg(
  holdouts: readonly Holdout[],
  learners: readonly Int32Array[],
  scorers: readonly ItemScorer[],
  k: number,
  context: FitContext,
): number {
  let sum = 0;
  holdouts.forEach(({ histories, heldOut }, h) => {
    const scores = new Float32Array(heldOut.columnCount);
    eachEligible(histories, learners[h]!, context, (learner, eligible) => {
      scorers[h]!.score(historyOf(histories, learner), scores);
      sum += ndcgAtK(selectTopK(scores, k, eligible), new Set(cellsOf(heldOut, learner)), k);
    });
  });
  return sum / Math.max(1, countOf(learners));
}

/** Goes through the learners with a mask of the items that are not in their history; the mask is used again. */
function eachEligible(
  histories: Histories,
  learners: Int32Array,
  context: FitContext,
  visit: (learner: number, eligible: Uint8Array) => void,
): void {
  const eligible = new Uint8Array(histories.matrix.columnCount).fill(1);
  for (const learner of learners) {
    if (context.shouldStop?.()) throw new FitStopped();
    const taken = cellsOf(histories.matrix, learner);
    for (const item of taken) eligible[item] = 0;
    visit(learner, eligible);
    for (const item of taken) eligible[item] = 1;
  }
}

function samplesOf(
  { histories, heldOut }: Holdout,
  models: FamilyModels,
  learners: Int32Array,
  context: FitContext,
): BlendSample[] {
  const sample = createSampler({ scorers: createScorers(models), prior: priorOf(models) });
  const samples: BlendSample[] = [];
  eachEligible(histories, learners, context, (learner, eligible) => {
    const whole = historyOf(histories, learner);
    const wanted = cellsOf(heldOut, learner);
    samples.push(sample(whole, wanted, eligible));
    for (const length of SHORT_HISTORIES) {
      const short = latestOf(whole, length);
      if (short.itemIndices.length < whole.itemIndices.length) samples.push(sample(short, wanted, eligible));
    }
  });
  return samples;
}

/** The prior of a blend over these models. */
export function priorOf(models: FamilyModels): Float64Array {
  if (models.popularity === undefined) throw new RangeError('A blend needs a popularity model for its prior.');
  return popularityPrior(models.popularity.popularity);
}

function measure(
  holdouts: readonly Holdout[],
  learners: readonly Int32Array[],
  models: readonly FamilyModels[],
  blend: BlendWeights,
  rival: Recipe | null,
  options: ChoiceOptions,
  context: FitContext,
): Pick<Choice, 'measured' | 'overRival'> {
  const count = countOf(learners);
  if (count === 0) return { measured: [], overRival: null };
  const results = holdouts.map(({ train, histories, heldOut }, h) => {
    const own = models[h]!;
    const scorers = [
      ...createScorers(own).map((scorer) => rowScorer(scorer, histories)),
      blendRowScorer(own, blend, histories),
    ];
    if (rival !== null) {
      const { settings, blend: rivalBlend } = asFarAsFits(rival, train);
      const rivalModels = fitFamilies(train, settings, { ...context, onStep: undefined });
      scorers.push(blendRowScorer(rivalModels, rivalBlend, histories));
    }
    const stoppable = scorers.map(
      (scorer): Scorer =>
        (learner, out) => {
          if (context.shouldStop?.()) throw new FitStopped();
          scorer(learner, out);
        },
    );
    return evaluateScorers({ train: histories.matrix, heldOut, learners: learners[h]!, k: options.k }, stoppable);
  });
  const names: (FamilyName | 'blend')[] = [
    ...FAMILY_NAMES.filter((family) => models[0]![family] !== undefined),
    'blend',
  ];
  const pooled = results[0]!.map((_, s) => poolResults(results.map((own) => own[s]!)));
  const ofBlend = pooled[names.length - 1]!;
  const random = createRandom(options.seed);
  return {
    measured: names.map((name, s) => ({
      name,
      figures: summarise(pooled[s]!, { random }),
      blendOver: name === 'blend' ? null : bootstrapPairedDifference(ofBlend.ndcg, pooled[s]!.ndcg, { random }),
    })),
    overRival: rival === null ? null : bootstrapPairedDifference(ofBlend.ndcg, pooled.at(-1)!.ndcg, { random }),
  };
}

/** The recipe without the families that this data refuses, as when the catalogue has outgrown one since. */
function asFarAsFits({ settings, blend }: Recipe, train: TrainingData): Recipe {
  const fits = ([family]: [string, unknown]): boolean => FAMILIES[family as FamilyName].refusal(train) === null;
  return {
    settings: Object.fromEntries(Object.entries(settings).filter(fits)) as FamilySettings,
    blend: { ...blend, weights: Object.fromEntries(Object.entries(blend.weights).filter(fits)) },
  };
}

function rowScorer(scorer: ItemScorer, histories: Histories): Scorer {
  const scores = new Float32Array(scorer.itemCount);
  return (learner, out) => {
    scorer.score(historyOf(histories, learner), scores);
    out.set(scores);
  };
}

function blendRowScorer(models: FamilyModels, blend: BlendWeights, histories: Histories): Scorer {
  const scorer = createBlendScorer(createScorers(models), priorOf(models), blend);
  return (learner, out) => {
    scorer.score(historyOf(histories, learner), out);
  };
}

/** The learners of several holdouts as if they were of one; coverage and novelty are weighted by learners. */
function poolResults(results: readonly RankingResult[]): RankingResult {
  if (results.length === 1) return results[0]!;
  const total = results.reduce((sum, result) => sum + result.ndcg.length, 0);
  const joined = (pick: (result: RankingResult) => Float64Array): Float64Array =>
    Float64Array.from(results.flatMap((result) => [...pick(result)]));
  const weighted = (pick: (result: RankingResult) => number): number =>
    results.reduce((sum, result) => sum + (pick(result) * result.ndcg.length) / total, 0);
  return {
    recall: joined((result) => result.recall),
    ndcg: joined((result) => result.ndcg),
    hitRate: joined((result) => result.hitRate),
    reciprocalRank: joined((result) => result.reciprocalRank),
    coverage: weighted((result) => result.coverage),
    noveltyBits: weighted((result) => result.noveltyBits),
  };
}

function countOf(learners: readonly Int32Array[]): number {
  return learners.reduce((sum, own) => sum + own.length, 0);
}

function cellsOf(matrix: CsrMatrix, row: number): Int32Array {
  return matrix.columnIndices.subarray(matrix.rowOffsets[row], matrix.rowOffsets[row + 1]);
}
