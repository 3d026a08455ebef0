import { leaveLatestOut, leaveLearnersOut } from '../recsys/holdouts.js';
import { bootstrapMeans, type MeanInterval } from '../stats/bootstrap.js';
import { createRandom, shuffled } from '../stats/random.js';
import { selectRows } from './cells.js';
import type { Chart } from './chart.js';
import { type EvaluationSet, positiveMean } from './evaluationSet.js';
import type { ModelOptions } from './overrides.js';
import { resamplesFor } from './quality.js';

/** How well models do that were fitted and tuned on a random part of the learners. All figures are NDCG@20. */
export interface CurvePoint {
  /** How many learners models were fitted on. */
  readonly learners: number;
  /** Over so many random choices of them each evaluated learner's figure is averaged. */
  readonly draws: number;
  /** Models that every draw could fit. */
  readonly models: Readonly<Record<string, MeanInterval>>;
  /** The blend against the part with the best mean; null without a blend or any part. */
  readonly blendAgainstBest: {
    readonly part: string;
    /** Learner by learner, the blend less the part. */
    readonly difference: MeanInterval;
    /** Whether the interval of the difference reaches 0. */
    readonly isAsGood: boolean;
  } | null;
  /** What the blend was in each draw. */
  readonly blends: readonly ModelOptions[];
}

/** What one draw found. */
export interface CurveFigures {
  /** By model, one NDCG@20 for each evaluated learner. */
  readonly ndcgs: ReadonlyMap<string, Float64Array>;
  /** Null when no blend was asked for. */
  readonly blend: ModelOptions | null;
}

/** Of few learners a single draw tells more of itself than of their number. */
const LEARNERS_OVER_DRAWS = 2_000;
const MOST_DRAWS = 10;

/** How often so many of all learners are drawn. */
export function drawCount(learners: number, all: number): number {
  return learners >= all ? 1 : Math.min(MOST_DRAWS, Math.max(1, Math.round(LEARNERS_OVER_DRAWS / learners)));
}

/**
 * The learning curve. Within a draw the fewer learners are among the more; items, histories and what is to be found are
 * those of the whole set, so that all points are asked the same.
 *
 * @param sizes numbers of learners, at least 1; those beyond all learners mean all
 * @param ofAll what models fitted on all learners found
 * @param evaluate fits models on a part of the learners and ranks by them
 * @param onDraw called after every draw
 */
export function measureCurve(
  set: EvaluationSet,
  sizes: readonly number[],
  ofAll: CurveFigures,
  evaluate: (part: EvaluationSet) => CurveFigures,
  { seed, onDraw }: { seed: number; onDraw: (done: number, total: number) => void },
): CurvePoint[] {
  const all = set.training.interactions.rowCount;
  const used = [...new Set(sizes.map((size) => Math.min(size, all)))].sort((a, b) => a - b);
  const total = used.reduce((sum, size) => sum + drawCount(size, all), 0);
  let done = 0;
  return used.map((size) => {
    const draws = Array.from({ length: drawCount(size, all) }, (_, draw) => {
      const figures = size === all ? ofAll : evaluate(partOfLearners(set, size, seed + draw));
      onDraw(++done, total);
      return figures;
    });
    return curvePoint(size, draws, seed);
  });
}

/** The set with a random part of its training learners. */
export function partOfLearners(set: EvaluationSet, size: number, seed: number): EvaluationSet {
  const { interactions, atMs } = set.training;
  const everyone = Int32Array.from({ length: interactions.rowCount }, (_, row) => row);
  const learners = Int32Array.from(shuffled(everyone, createRandom(seed)).slice(0, size)).sort();
  const part = selectRows(interactions, atMs, learners);
  const training = { ...set.training, interactions: part.matrix, atMs: part.atMs };
  const { evaluatedLearners: asked, evaluatedLearnersUnseenInTraining: unseen } = set.counts;
  const expectedSeen = ((asked - unseen) * learners.length) / interactions.rowCount;
  const { histories } = set.protocol;
  const scale = positiveMean(interactions) / positiveMean(part.matrix);
  return {
    ...set,
    training,
    protocol: {
      ...set.protocol,
      histories: scale === 1 ? histories : { ...histories, values: histories.values.map((value) => scale * value) },
    },
    // Most of those asked for are strangers to a small part, whether all know them or not.
    tuningHoldouts: (options) =>
      2 * expectedSeen < asked ? leaveLearnersOut(training, options) : leaveLatestOut(training, options),
  };
}

/** Averages learner by learner over the draws, and only then over learners. */
function curvePoint(learners: number, draws: readonly CurveFigures[], seed: number): CurvePoint {
  const names = [...draws[0]!.ndcgs.keys()].filter((name) => draws.every(({ ndcgs }) => ndcgs.has(name)));
  const columns = names.map((name) => {
    const sums = new Float64Array(draws[0]!.ndcgs.get(name)!.length);
    for (const { ndcgs } of draws) {
      for (const [learner, ndcg] of ndcgs.get(name)!.entries()) sums[learner]! += ndcg;
    }
    return sums.map((sum) => sum / draws.length);
  });
  const means = bootstrapMeans(columns, {
    random: createRandom(seed),
    resamples: resamplesFor(columns[0]?.length ?? 0),
  });
  const intervals = names.map((_, c) => means.interval(c)!);
  const blend = names.indexOf('blend');
  let best = -1;
  intervals.forEach(({ mean }, c) => {
    if (c !== blend && (best < 0 || mean > intervals[best]!.mean)) best = c;
  });
  const difference = blend < 0 || best < 0 ? null : means.difference(blend, best)!;
  return {
    learners,
    draws: draws.length,
    models: Object.fromEntries(names.map((name, c) => [name, intervals[c]!])),
    blendAgainstBest: difference && { part: names[best]!, difference, isAsGood: difference.high >= 0 },
    blends: draws.flatMap(({ blend: own }) => (own === null ? [] : [own])),
  };
}

/** The picture: NDCG@20 by the number of learners, which is on a logarithmic axis. */
export function curveChart(points: readonly CurvePoint[], evaluatedLearners: number): Chart {
  const names = [...new Set(points.flatMap(({ models }) => Object.keys(models)))];
  const log = points.map(({ learners }) => Math.log(learners));
  const [first, last] = [log[0]!, log.at(-1)!];
  const whole = (count: number): string => count.toLocaleString('en');
  return {
    title: 'Quality by the number of learners to learn from',
    subtitle: `NDCG@20 with 95 % intervals, for ${whole(evaluatedLearners)} learners`,
    xTitle: 'learners that models are fitted on (logarithmic), and how many draws of them',
    yTitle: 'NDCG@20',
    categories: points.map(({ learners, draws }, p) => ({
      label: whole(learners),
      note: draws === 1 ? '1 draw' : `${draws} draws`,
      place: last > first ? 0.07 + (0.86 * (log[p]! - first)) / (last - first) : 0.5,
    })),
    series: names.map((name) => ({
      name,
      isEmphasised: name === 'blend',
      points: points.map(({ models }) => models[name] ?? null),
    })),
  };
}
