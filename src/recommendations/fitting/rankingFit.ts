import type { CourseState } from '../../learners/courseState.js';
import { type ChoiceGroup, fitChoices, fitWithBestPrior, type WeightPrior } from '../../recsys/choiceRanking.js';
import { selectTopK } from '../../recsys/kernels/topKKernel.js';
import { ndcgAtK, recallAtK } from '../../recsys/metrics.js';
import { DEFAULT_POLICY, FITTED_SIGNALS, type FittedSignal } from '../../rules/policy.js';
import { bootstrapMeans, type MeanInterval } from '../../stats/bootstrap.js';
import { createRandom, type Random, shuffled } from '../../stats/random.js';
import { eligibilityOf } from '../pipeline/eligibility.js';
import type { RecommendationInputs } from '../pipeline/inputs.js';
import { NO_RULES } from '../pipeline/learnerRules.js';
import { learnerView } from '../pipeline/learnerView.js';
import { createListMeasures } from '../pipeline/listMeasures.js';
import { arrange } from '../pipeline/pipeline.js';
import { DEFAULT_RANKING, type RankingWeights } from '../pipeline/ranking.js';
import { evidenceShare, factorsOf, scoreCatalogue, weighted } from '../pipeline/scoring.js';
import type { ServingIndex } from '../pipeline/servingIndex.js';
import { type Signals, signalsOf, valueAt, weigh } from '../pipeline/signals.js';
import type { TrendIndex } from '../pipeline/trendIndex.js';
import type { RankingCase } from './rankingCase.js';
import type { RankingFigures, RankingName, RankingReport, StoredRanking } from './storedRanking.js';

/** What lists are made of at the cut, apart from the learners. */
export interface Rehearsal {
  readonly cut: Date;
  /** Of the model that was fitted on what happened before the cut. */
  readonly index: ServingIndex;
  /** Of what happened before the cut. */
  readonly trends: TrendIndex;
}

/** With fewer learners who have something to find, nothing is fitted, or measured. */
const FEWEST_TO_FIT = 30;
const FEWEST_TO_MEASURE = 20;

const SEED = 1;
const FOLDS = 3;
const STRENGTHS = [0.1, 0.01, 0.001];

/**
 * Fits what each signal is worth on what learners took up after a cut in time, among what they could have had, and
 * measures the lists that come of it on other learners, beside those of the model alone and of the usual weights.
 *
 * The fit is towards the usual weights or towards the model alone, whichever does better for learners that are left out:
 * so a signal that the data speaks against can go to 0, and one that the data says nothing of keeps what it usually has.
 *
 * Lists are measured under the policy that nobody has changed, so that versions can be compared.
 *
 * @param fitOn learners that the model's own settings may have been chosen on
 * @param measureOn other learners, on whom nothing was chosen
 * @param onLearner called after every learner, first of those fitted on and then of those measured on
 * @returns null: too few learners have something to find; equal input gives equal results
 */
export function fitRanking(
  rehearsal: Rehearsal,
  fitOn: readonly RankingCase[],
  measureOn: readonly RankingCase[],
  onLearner?: (done: number, total: number) => void,
): StoredRanking | null {
  let done = 0;
  const each = <T>(cases: readonly RankingCase[], visit: (one: RankingCase) => readonly T[]): T[] =>
    cases.flatMap((one) => {
      const result = visit(one);
      onLearner?.(++done, fitOn.length + measureOn.length);
      return result;
    });
  const random = createRandom(SEED);
  const samples = each(fitOn, (one) => {
    const sampled = samplesOf(rehearsal, one, random);
    return sampled.length === 0 ? [] : [sampled];
  });
  if (samples.length < FEWEST_TO_FIT) return null;
  const { ranking: fitted, prior, regularisation } = fitWeights(samples.flat());
  const measure = createMeasure(rehearsal, fitted);
  const results = each(measureOn, (one) => {
    const result = measure(one);
    return result === null ? [] : [result];
  });
  if (results.length < FEWEST_TO_MEASURE) return null;
  const { measured, fittedOverDefault } = summarise(rehearsal, results);
  const isUsed = fittedOverDefault.high >= 0;
  const report: RankingReport = {
    cutMs: rehearsal.cut.getTime(),
    fittedOnCount: samples.length,
    measuredOnCount: results.length,
    prior,
    regularisation,
    fitted,
    measured,
    fittedOverDefault,
    verdict: isUsed
      ? 'Lists are ranked with the fitted weights.'
      : 'The fitted weights find what people took up next less well than the usual ones, which stay.',
  };
  return { ranking: isUsed ? fitted : DEFAULT_RANKING, report };
}

function inputsOf(
  { cut, index, trends }: Rehearsal,
  { state, searches }: Pick<RankingCase, 'state' | 'searches'>,
  ranking: RankingWeights,
): RecommendationInputs {
  const signalWeights = index.model?.trained.confidenceWeights;
  if (signalWeights === undefined) throw new Error('A rehearsal has a model.');
  const settings = { ranking, policy: DEFAULT_POLICY, signalWeights, signalWeightsVersion: 0 };
  return { now: cut, state, index, trends, searches, rules: NO_RULES, ...settings };
}

/** Positions of the courses that were taken up and could have been recommended at the cut. */
function positionsToFind({ index }: Rehearsal, { takenUp }: RankingCase, eligible: Uint8Array): number[] {
  return takenUp.flatMap((courseId) => {
    const position = index.positionById.get(courseId);
    return position !== undefined && eligible[position] === 1 ? [position] : [];
  });
}

// Fitting

/** Of each learner: more tell little that is new. */
const MOST_WANTED = 20;
/** Courses beside those taken up: the best of two ways of ranking, and some of the others, which stand for them all. */
const BEST_OF_EACH = 30;
const DRAWN_OF_OTHERS = 60;
/** People who have just begun are most of those who are asked for: everybody is also taken as they began. */
const SHORT_HISTORIES = [3, 1];

/** A feature for each signal, and the collaborative one once more, times how much is known of the learner. */
const WIDTH = FITTED_SIGNALS.length + 1;
const GROWTH = FITTED_SIGNALS.length;

/** Signals with the learner's weight on the model alone. */
const MODEL_ALONE: RankingWeights = {
  ...DEFAULT_RANKING,
  weights: Object.fromEntries(FITTED_SIGNALS.map((name) => [name, name === 'collaborative' ? 1 : 0])) as Record<
    FittedSignal,
    number
  >,
};

/** One sample for the whole history and one for each shorter one; none when there is nothing to find. */
function samplesOf(rehearsal: Rehearsal, one: RankingCase, random: Random): ChoiceGroup[] {
  const { index } = rehearsal;
  const whole = learnerView(inputsOf(rehearsal, one, DEFAULT_RANKING));
  const { eligible } = eligibilityOf(index, whole.eligibility);
  const toFind = positionsToFind(rehearsal, one, eligible);
  const wanted = toFind.length > MOST_WANTED ? shuffled(toFind, random).slice(0, MOST_WANTED) : toFind;
  if (wanted.length === 0) return [];
  const others = eligible.slice();
  for (const position of toFind) others[position] = 0;
  const open = Array.from(others.keys()).filter((position) => others[position] === 1);
  if (open.length === 0) return [];
  const histories = [
    one.state.courses,
    ...SHORT_HISTORIES.filter((n) => n < one.state.courses.length).map((n) => latest(one.state.courses, n)),
  ];
  return histories.map((courses) => {
    const inputs = inputsOf(rehearsal, { ...one, state: { ...one.state, courses } }, DEFAULT_RANKING);
    const view = learnerView(inputs);
    const { signals } = signalsOf(inputs, view);
    const bestOf = (ranking: RankingWeights): Int32Array =>
      selectTopK(weigh(index, signals, factorsOf({ ...inputs, ranking }, view.evidence)), BEST_OF_EACH, others);
    const best = new Set([...bestOf(DEFAULT_RANKING), ...bestOf(MODEL_ALONE)]);
    const rest = open.filter((position) => !best.has(position));
    const drawn = shuffled(rest, random).slice(0, DRAWN_OF_OTHERS);
    return groupOf(signals, view.evidence, [
      ...wanted.map((position) => ({ position, isWanted: 1, standsFor: 1 })),
      ...Array.from(best, (position) => ({ position, isWanted: 0, standsFor: 1 })),
      ...drawn.map((position) => ({ position, isWanted: 0, standsFor: rest.length / drawn.length })),
    ]);
  });
}

/** The courses that were touched last; of those touched at the same time, by id. */
function latest<C extends CourseState & { readonly courseId: string }>(courses: readonly C[], count: number): C[] {
  return [...courses].sort((a, b) => b.lastAtMs - a.lastAtMs || (a.courseId < b.courseId ? -1 : 1)).slice(0, count);
}

/** Features are what each signal adds to the usual score, so that with the usual weights each has weight 1. */
function groupOf(
  signals: Signals,
  evidence: number,
  rows: readonly { readonly position: number; readonly isWanted: number; readonly standsFor: number }[],
): ChoiceGroup {
  const features = new Float64Array(rows.length * WIDTH);
  const share = evidenceShare(evidence);
  rows.forEach(({ position }, row) => {
    FITTED_SIGNALS.forEach((name, k) => {
      features[row * WIDTH + k] = usualFactor(name) * valueAt(signals[name], position);
    });
    features[row * WIDTH + GROWTH] = share * features[row * WIDTH + FITTED_SIGNALS.indexOf('collaborative')]!;
  });
  return {
    features,
    isWanted: Uint8Array.from(rows, ({ isWanted }) => isWanted),
    standsFor: Float64Array.from(rows, ({ standsFor }) => standsFor),
  };
}

function usualFactor(name: FittedSignal): number {
  return DEFAULT_RANKING.weights[name] / DEFAULT_RANKING.scales[name];
}

interface FittedWeights {
  readonly ranking: RankingWeights;
  readonly prior: RankingReport['prior'];
  readonly regularisation: number;
}

function fitWeights(ordered: readonly ChoiceGroup[]): FittedWeights {
  const groups = shuffled(ordered, createRandom(SEED));
  const candidates = PRIORS.flatMap(({ name, weights }) => {
    const temperature = temperatureOf(groups, weights);
    return STRENGTHS.map((strength) => ({
      name,
      temperature,
      prior: { weights: weights.map((weight) => temperature * weight), strength } satisfies WeightPrior,
    }));
  });
  const { weights, chosen } = fitWithBestPrior(
    groups,
    candidates.map(({ prior }) => prior),
    Math.min(FOLDS, groups.length),
  );
  const { name, temperature, prior } = candidates[chosen]!;
  // Back in the units of the usual score, so that what is added to a score elsewhere keeps its weight.
  // What did not differ between any two courses was not fitted: it keeps its usual weight.
  const times = weights.map((weight, k) =>
    k < GROWTH && deviationWithin(groups, k) < 1e-9 ? 1 : weight / temperature,
  );
  return { ranking: rankingOfTimes(groups, times), prior: name, regularisation: prior.strength };
}

/** Taste, and what people or their roles ask for: with little to learn from, these are never presumed to be worth nothing. */
const isAskedFor = (name: FittedSignal | undefined): boolean =>
  name === 'collaborative' || name === 'search' || name === 'skillGap';

/** Weights of the features that a fit may start from and stay at. */
const PRIORS: readonly { readonly name: RankingReport['prior']; readonly weights: Float64Array }[] = [
  { name: 'DEFAULT', weights: Float64Array.from({ length: WIDTH }, (_, k) => (k === GROWTH ? 0 : 1)) },
  {
    name: 'MODEL',
    weights: Float64Array.from({ length: WIDTH }, (_, k) => (isAskedFor(FITTED_SIGNALS[k]) ? 1 : 0)),
  },
];

/** What a score must be multiplied by to be read as log-odds of being taken up: a prior is about its shape alone. */
function temperatureOf(groups: readonly ChoiceGroup[], weights: Float64Array): number {
  const scored = groups.map(
    ({ features, isWanted, standsFor }): ChoiceGroup => ({
      isWanted,
      standsFor,
      features: Float64Array.from(isWanted, (_, row) =>
        weights.reduce((sum, weight, k) => sum + weight * features[row * WIDTH + k]!, 0),
      ),
    }),
  );
  const [temperature] = fitChoices(scored, { weights: Float64Array.of(1), strength: 1e-6 }).weights;
  return Math.max(LEAST_TEMPERATURE, temperature as number);
}

const LEAST_TEMPERATURE = 0.01;

/** @param times of the usual weight, by feature */
function rankingOfTimes(groups: readonly ChoiceGroup[], times: Float64Array): RankingWeights {
  const scales = Object.fromEntries(
    FITTED_SIGNALS.map((name, k) => {
      const usual = usualFactor(name);
      const deviation = usual === 0 ? 0 : deviationWithin(groups, k) / usual;
      return [name, deviation > 1e-9 ? deviation : 1];
    }),
  ) as Record<FittedSignal, number>;
  const weightOf = (k: number, name: FittedSignal): number => times[k]! * usualFactor(name) * scales[name];
  return {
    origin: 'FITTED',
    weights: Object.fromEntries(FITTED_SIGNALS.map((name, k) => [name, weightOf(k, name)])) as Record<
      FittedSignal,
      number
    >,
    collaborativeGrowth: weightOf(GROWTH, 'collaborative'),
    scales,
  };
}

/** Standard deviation of a feature around the mean of its group, over all groups alike. */
function deviationWithin(groups: readonly ChoiceGroup[], feature: number): number {
  let sum = 0;
  for (const { features, isWanted } of groups) {
    const rows = isWanted.length;
    let total = 0;
    for (let row = 0; row < rows; row++) total += features[row * WIDTH + feature]!;
    const mean = total / rows;
    let squares = 0;
    for (let row = 0; row < rows; row++) squares += (features[row * WIDTH + feature]! - mean) ** 2;
    sum += squares / rows;
  }
  return Math.sqrt(sum / groups.length);
}

// Measuring

const K = 10;
/** How much of a list is arranged; what is varied and explored are its first pages. */
const LIST_LENGTH = 100;

/** One list of one learner. */
interface MeasuredList {
  readonly positions: Int32Array;
  readonly ndcg: number;
  readonly recall: number;
  readonly diversity: number;
  readonly largestProvider: number | null;
}

type MeasuredLists = Readonly<Record<RankingName, MeasuredList>>;

/** A function of a learner: the lists that each way of ranking makes for them; null when there is nothing to find. */
function createMeasure(rehearsal: Rehearsal, fitted: RankingWeights): (one: RankingCase) => MeasuredLists | null {
  const measures = createListMeasures(rehearsal.index);
  return (one) => {
    const inputs = inputsOf(rehearsal, one, fitted);
    const scored = scoreCatalogue(inputs);
    const { eligible, learned, view } = scored;
    const toFind = new Set(positionsToFind(rehearsal, one, eligible));
    if (toFind.size === 0) return null;
    const measured = (positions: Int32Array): MeasuredList => ({
      positions,
      ndcg: ndcgAtK(positions, toFind, K),
      recall: recallAtK(positions, toFind, K),
      diversity: measures.diversity(positions),
      largestProvider: measures.largestProvider(positions),
    });
    const bestOf = (scores: Float64Array): MeasuredList => measured(selectTopK(scores, K, eligible));
    const modelAlone = factorsOf({ ...inputs, ranking: MODEL_ALONE }, view.evidence);
    return {
      MODEL: bestOf(weigh(inputs.index, learned.signals, modelAlone)),
      DEFAULT: bestOf(weighted({ ...inputs, ranking: DEFAULT_RANKING }, scored).scores),
      FITTED: bestOf(scored.scores),
      SERVED: measured(Int32Array.from(arrange(inputs, scored, LIST_LENGTH).slice(0, K), ({ position }) => position)),
    };
  };
}

function summarise(
  { cut, index }: Rehearsal,
  results: readonly MeasuredLists[],
): Pick<RankingReport, 'measured' | 'fittedOverDefault'> {
  const names = ['MODEL', 'DEFAULT', 'FITTED', 'SERVED'] as const satisfies readonly RankingName[];
  const column = (name: RankingName, pick: (list: MeasuredList) => number): Float64Array =>
    Float64Array.from(results, (lists) => pick(lists[name]));
  const over = (pick: (list: MeasuredList) => number) =>
    bootstrapMeans(
      names.map((name) => column(name, pick)),
      { random: createRandom(SEED) },
    );
  const ndcg = over((list) => list.ndcg);
  const recall = over((list) => list.recall);
  const diversity = over((list) => list.diversity);
  const hasProviders = results.some((lists) => names.some((name) => lists[name].largestProvider !== null));
  // A list whose courses name no provider has none that takes too much.
  const largestProvider = hasProviders ? over((list) => list.largestProvider ?? 0) : null;
  const open = index.courses.filter(
    (_, p) => (index.openFromMs[p] as number) <= cut.getTime() && cut.getTime() < (index.openUntilMs[p] as number),
  ).length;
  const measured = names.map((name, n): RankingFigures => {
    const shown = new Set(results.flatMap((lists) => [...lists[name].positions]));
    return {
      name,
      ndcg: ndcg.interval(n) as MeanInterval,
      recall: recall.interval(n) as MeanInterval,
      coverage: open === 0 ? 0 : shown.size / open,
      diversity: diversity.interval(n) as MeanInterval,
      largestProvider: largestProvider?.interval(n) ?? null,
      overModel: n === 0 ? null : ndcg.difference(n, 0),
    };
  });
  return { measured, fittedOverDefault: ndcg.difference(2, 1) as MeanInterval };
}
