import { DEFAULT_CONFIDENCE_WEIGHTS } from '../../src/learners/confidence.js';
import { NO_TRENDS } from '../../src/learners/trends.js';
import type { RecommendationInputs } from '../../src/recommendations/pipeline/inputs.js';
import { NO_RULES } from '../../src/recommendations/pipeline/learnerRules.js';
import { DEFAULT_RANKING, type RankingWeights } from '../../src/recommendations/pipeline/ranking.js';
import { createTrendIndex } from '../../src/recommendations/pipeline/trendIndex.js';
import { DEFAULT_POLICY, FITTED_SIGNALS, type FittedSignal } from '../../src/rules/policy.js';

/** Inputs of a list with the settings that count before anybody changed them; nothing is left to chance. */
export function recommendationInputs(
  given: Pick<RecommendationInputs, 'now' | 'state' | 'index'> & Partial<RecommendationInputs>,
): RecommendationInputs {
  return {
    trends: createTrendIndex(given.index, NO_TRENDS),
    searches: [],
    ranking: DEFAULT_RANKING,
    policy: { ...DEFAULT_POLICY, explorationShare: 0 },
    signalWeights: DEFAULT_CONFIDENCE_WEIGHTS,
    signalWeightsVersion: 0,
    rules: NO_RULES,
    ...given,
  };
}

/** Only these signals count. */
export function rankingBy(weights: Partial<Record<FittedSignal, number>>): RankingWeights {
  const all = Object.fromEntries(FITTED_SIGNALS.map((name) => [name, weights[name] ?? 0])) as Record<
    FittedSignal,
    number
  >;
  return { ...DEFAULT_RANKING, weights: all };
}
