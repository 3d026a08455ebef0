import { z } from 'zod';
import { FITTED_SIGNALS } from '../../rules/policy.js';
import type { MeanInterval } from '../../stats/bootstrap.js';
import { DEFAULT_RANKING, type RankingWeights } from '../pipeline/ranking.js';

/** Ways of making a list that are compared. */
export const RANKINGS = ['MODEL', 'DEFAULT', 'FITTED', 'SERVED'] as const;
export type RankingName = (typeof RANKINGS)[number];

/** How lists made in one way did on learners that nothing was chosen on. */
export interface RankingFigures {
  readonly name: RankingName;
  /** NDCG and recall at 10 of what they took up among what they could have, 0–1. */
  readonly ndcg: MeanInterval;
  readonly recall: MeanInterval;
  /** Share of the courses open at the cut that are among the first ten of anybody, 0–1. */
  readonly coverage: number;
  /** Mean distance of two courses of a list by what is written about them, 0–1. */
  readonly diversity: MeanInterval;
  /** Share of a list that its largest provider takes, 0–1; null: no course names one. */
  readonly largestProvider: MeanInterval | null;
  /** Learner by learner, NDCG less that of the model alone; null for the model itself. */
  readonly overModel: MeanInterval | null;
}

/** How the weights of the signals came about. */
export interface RankingReport {
  readonly cutMs: number;
  /** Learners with something to find, that weights were fitted and measured on. */
  readonly fittedOnCount: number;
  readonly measuredOnCount: number;
  /** What the weights were fitted towards, and how strongly: see `fitChoices`. */
  readonly prior: 'DEFAULT' | 'MODEL';
  readonly regularisation: number;
  /** As fitted, served or not. */
  readonly fitted: RankingWeights;
  readonly measured: readonly RankingFigures[];
  /** Learner by learner, NDCG of the fitted weights less that of the usual ones. */
  readonly fittedOverDefault: MeanInterval;
  /** What became of the fitted weights, in words. */
  readonly verdict: string;
}

/** What is kept with a model version. */
export interface StoredRanking {
  /** What lists are ranked with. */
  readonly ranking: RankingWeights;
  readonly report: RankingReport;
}

const bySignal = (value: z.ZodNumber) => z.record(z.enum(FITTED_SIGNALS), value);

const WEIGHTS = z.object({
  origin: z.enum(['DEFAULT', 'FITTED']),
  weights: bySignal(z.number().min(0)),
  collaborativeGrowth: z.number().min(0),
  scales: bySignal(z.number().positive()),
});

const INTERVAL = z.object({ mean: z.number(), low: z.number(), high: z.number(), count: z.number() });

const STORED_RANKING: z.ZodType<StoredRanking> = z.object({
  ranking: WEIGHTS,
  report: z.object({
    cutMs: z.number(),
    fittedOnCount: z.number(),
    measuredOnCount: z.number(),
    prior: z.enum(['DEFAULT', 'MODEL']),
    regularisation: z.number(),
    fitted: WEIGHTS,
    measured: z.array(
      z.object({
        name: z.enum(RANKINGS),
        ndcg: INTERVAL,
        recall: INTERVAL,
        coverage: z.number(),
        diversity: INTERVAL,
        largestProvider: INTERVAL.nullable(),
        overModel: INTERVAL.nullable(),
      }),
    ),
    fittedOverDefault: INTERVAL,
    verdict: z.string(),
  }),
});

/** What was stored with a model version; null for nothing, and for what another version of this service wrote. */
export function parseRanking(stored: unknown): StoredRanking | null {
  const parsed = STORED_RANKING.safeParse(stored);
  return parsed.success ? parsed.data : null;
}

/** The weights that go with a live model, read once: the usual ones where nothing was fitted, or without a model. */
export function rankingOf(live: { readonly ranking: unknown } | null): RankingWeights {
  if (live === null) return DEFAULT_RANKING;
  const known = rankingByModel.get(live);
  if (known !== undefined) return known;
  const ranking = parseRanking(live.ranking)?.ranking ?? DEFAULT_RANKING;
  rankingByModel.set(live, ranking);
  return ranking;
}

const rankingByModel = new WeakMap<object, RankingWeights>();
