import {
  bootstrapCoverage,
  LEARNER_METRICS,
  type LearnerMetric,
  type RankingFigures,
  type RankingProtocol,
  SHOWN_COUNT,
  shownPopularity,
} from '../recsys/evaluate.js';
import type { CsrMatrix } from '../recsys/interactions.js';
import { bootstrapMeans, type MeanInterval } from '../stats/bootstrap.js';
import { createRandom } from '../stats/random.js';

const COVERAGE = `Coverage@${SHOWN_COUNT}` as const;
const POPULARITY = `MeanPopularity@${SHOWN_COUNT}` as const;
export const METRICS = [...LEARNER_METRICS, COVERAGE, POPULARITY] as const;
export type Metric = (typeof METRICS)[number];

/** What each figure is, for people who compare it with others. */
export const METRIC_MEANINGS: Readonly<Record<Metric, string>> = {
  'HR@10': 'share of learners with at least one held-out item among their first 10',
  'Recall@20': 'held-out items among the first 20, divided by min(20, held-out items), mean over learners',
  'Recall@50': 'held-out items among the first 50, divided by min(50, held-out items), mean over learners',
  'NDCG@10': 'gain 1 / log2(rank + 1) of held-out items among the first 10, divided by the best possible',
  'NDCG@20': 'the same among the first 20',
  'NDCG@100': 'the same among the first 100',
  MRR: 'one over the rank of the best-placed held-out item in the whole ranking, 0 if it is not ranked',
  [COVERAGE]: `share of the training items that are among the first ${SHOWN_COUNT} of anyone`,
  [POPULARITY]: `how many training learners wanted an item, mean over the first ${SHOWN_COUNT} of each learner`,
};

/** Metrics that are also told by the length of the history. */
const BUCKET_METRICS = ['HR@10', 'Recall@20', 'NDCG@20'] as const satisfies readonly LearnerMetric[];

export interface Quality {
  readonly resamples: number;
  readonly models: Readonly<Record<string, Readonly<Record<Metric, MeanInterval>>>>;
  readonly differences: readonly Difference[];
  readonly byHistoryLength: readonly LengthBucket[];
}

/** A model less another, learner by learner. */
export interface Difference {
  readonly model: string;
  readonly against: string;
  readonly metric: LearnerMetric;
  readonly difference: MeanInterval;
  /** The difference as a share of the other's mean; null when that is 0. */
  readonly relative: number | null;
}

/** Learners with about as long a history. */
export interface LengthBucket {
  /** As it is written, for example `4–7`. */
  readonly label: string;
  /** Items in the history that tell something. */
  readonly from: number;
  /** Included; null: no limit. */
  readonly to: number | null;
  readonly learners: number;
  readonly models: Readonly<Record<string, Readonly<Record<(typeof BUCKET_METRICS)[number], MeanInterval>>>>;
}

/** Draws enough for steady intervals, within seconds: with many learners fewer resamples tell as much. */
export function resamplesFor(learnerCount: number): number {
  return Math.min(1000, Math.max(200, Math.floor(2e7 / Math.max(1, learnerCount))));
}

const COVERAGE_LOOKS = 2e8;

/**
 * Sums up how every model ranked, with 95 % bootstrap intervals over learners. All models are resampled alike, so their
 * differences are paired.
 *
 * @param figures one entry a model, in the order in which they are shown; at least one learner
 */
export function summariseQuality(
  protocol: RankingProtocol,
  training: CsrMatrix,
  figures: ReadonlyMap<string, RankingFigures>,
  seed: number,
): Quality {
  const names = [...figures.keys()];
  const all = [...figures.values()];
  const learnerCount = protocol.heldOut.rowCount;
  const resamples = resamplesFor(learnerCount);
  const learnersPerItem = new Int32Array(protocol.itemCount);
  training.columnIndices.forEach((item, cell) => {
    if (training.values[cell]! > 0) learnersPerItem[item]!++;
  });
  const columns = all.flatMap(({ metrics, shownItems }) => [
    ...LEARNER_METRICS.map((metric) => metrics[metric]),
    shownPopularity(shownItems, learnersPerItem),
  ]);
  const width = LEARNER_METRICS.length + 1;
  const means = bootstrapMeans(columns, { random: createRandom(seed), resamples });
  const coverageResamples = Math.max(50, Math.min(200, Math.floor(COVERAGE_LOOKS / (learnerCount * SHOWN_COUNT))));

  const models = Object.fromEntries(
    names.map((name, m) => {
      const entries: [Metric, MeanInterval | null][] = [
        ...LEARNER_METRICS.map((metric, c): [Metric, MeanInterval | null] => [metric, means.interval(m * width + c)]),
        [
          COVERAGE,
          bootstrapCoverage(all[m]!.shownItems, protocol.itemCount, {
            random: createRandom(seed),
            resamples: coverageResamples,
          }),
        ],
        [POPULARITY, means.interval(m * width + width - 1)],
      ];
      return [name, Object.fromEntries(entries) as Record<Metric, MeanInterval>];
    }),
  );
  const differenceOf = (model: string, against: string): Difference[] =>
    LEARNER_METRICS.map((metric, c) => {
      const difference = means.difference(
        names.indexOf(model) * width + c,
        names.indexOf(against) * width + c,
      ) as MeanInterval;
      const base = models[against]![metric].mean;
      return { model, against, metric, difference, relative: base === 0 ? null : difference.mean / base };
    });
  return {
    resamples,
    models,
    differences: pairs(names).flatMap(([model, against]) => differenceOf(model, against)),
    byHistoryLength: byHistoryLength(protocol, figures, seed),
  };
}

/** The blend against every other model, and every model against popularity. */
function pairs(names: readonly string[]): [string, string][] {
  return names.flatMap((model) =>
    names
      .filter((other) => other !== model && (model === 'blend' || other === 'popularity'))
      .map((other): [string, string] => [model, other]),
  );
}

function byHistoryLength(
  { histories }: RankingProtocol,
  figures: ReadonlyMap<string, RankingFigures>,
  seed: number,
): LengthBucket[] {
  const lengths = Int32Array.from(
    { length: histories.rowCount },
    (_, row) => histories.rowOffsets[row + 1]! - histories.rowOffsets[row]!,
  );
  const starts = bucketStarts(lengths);
  return starts.flatMap((from, b) => {
    const to = b + 1 < starts.length ? starts[b + 1]! - 1 : null;
    const learners = Array.from(lengths.keys()).filter(
      (row) => lengths[row]! >= from && (to === null || lengths[row]! <= to),
    );
    if (learners.length === 0) return [];
    const columns = [...figures.values()].flatMap(({ metrics }) =>
      BUCKET_METRICS.map((metric) => Float64Array.from(learners, (row) => metrics[metric][row]!)),
    );
    const means = bootstrapMeans(columns, {
      random: createRandom(seed),
      resamples: resamplesFor(learners.length),
    });
    const models = Object.fromEntries(
      [...figures.keys()].map((name, m) => [
        name,
        Object.fromEntries(
          BUCKET_METRICS.map((metric, c) => [metric, means.interval(m * BUCKET_METRICS.length + c)]),
        ) as Record<(typeof BUCKET_METRICS)[number], MeanInterval>,
      ]),
    );
    return [{ label: labelOf(from, to), from, to, learners: learners.length, models }];
  });
}

const LAST_STANDING_START = 32;
/** A bucket beyond the standing ones must leave at least this share of the learners above it. */
const LEAST_SHARE = 0.05;

/** 0, 1, 2, 4, 8, 16, 32, and on by doubling while enough learners have histories that long. */
export function bucketStarts(lengths: Int32Array): number[] {
  const starts = [0];
  for (let start = 1; ; start *= 2) {
    if (start > LAST_STANDING_START) {
      const above = lengths.reduce((sum, length) => sum + (length >= start ? 1 : 0), 0);
      if (above === 0 || above < LEAST_SHARE * lengths.length) return starts;
    }
    starts.push(start);
  }
}

function labelOf(from: number, to: number | null): string {
  if (to === null) return `${from}+`;
  return from === to ? String(from) : `${from}–${to}`;
}
