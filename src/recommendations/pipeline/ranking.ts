import { FITTED_SIGNALS, type FittedSignal } from '../../rules/policy.js';

/** What a unit of each signal is worth, in the units of the score. */
export interface RankingWeights {
  /** DEFAULT until a training has had enough to fit them on. */
  readonly origin: 'DEFAULT' | 'FITTED';
  /** At least 0; per standard deviation of the signal, see `scales`. */
  readonly weights: Readonly<Record<FittedSignal, number>>;
  /**
   * What the weight of the collaborative signal grows by with evidence: it is
   * `weights.collaborative + collaborativeGrowth · n / (n + 5)` for a history of n average interactions. At least 0.
   */
  readonly collaborativeGrowth: number;
  /** Standard deviation of each signal among the courses it was fitted on, above 0. */
  readonly scales: Readonly<Record<FittedSignal, number>>;
}

const ones = Object.fromEntries(FITTED_SIGNALS.map((signal) => [signal, 1])) as Record<FittedSignal, number>;

/**
 * Before anything is fitted: a full skill gap, a search answered best, or what colleagues take up far more than others
 * leads a newcomer's list without overriding clear taste.
 */
export const DEFAULT_RANKING: RankingWeights = {
  origin: 'DEFAULT',
  weights: {
    collaborative: 1,
    skillGap: 1,
    role: 0.3,
    peers: 0.3,
    search: 1.5,
    format: 0.1,
    length: 0.1,
    level: 0.1,
    language: 0.2,
    provider: 0.05,
    popularity: 0.1,
    trending: 0.1,
    freshness: 0.1,
  },
  collaborativeGrowth: 0,
  scales: ones,
};
