import type { CatalogSnapshot } from '../../catalog/catalogSnapshot.js';
import { createGoalIndex, type GoalIndex } from '../../goals/alignment/goalIndex.js';
import type { Goal } from '../../goals/goal.js';
import type { ConfidenceWeights } from '../../learners/confidence.js';
import type { LearnerState } from '../../learners/learners.service.js';
import type { Trends } from '../../learners/trends.js';
import type { RuleSetContent } from '../../rules/model/rule.js';
import type { Surface } from '../../rules/model/surface.js';
import type { Policy } from '../../rules/policy.js';
import type { LiveModel } from '../../training/training.service.js';
import { rankingOf } from '../fitting/storedRanking.js';
import type { RecommendationInputs, SearchMatch } from '../pipeline/inputs.js';
import { learnerGoals } from '../pipeline/learnerGoals.js';
import { createServingRules, ruledLearner, type ServingRules } from '../pipeline/learnerRules.js';
import { gapsOf } from '../pipeline/learnerView.js';
import { type ScoredCatalogue, scoreCatalogue, scoredUnder } from '../pipeline/scoring.js';
import { NEW_ARRAYS } from '../pipeline/scratchArrays.js';
import { createServingIndex, type ServingIndex } from '../pipeline/servingIndex.js';
import { createTrendIndex, type TrendIndex } from '../pipeline/trendIndex.js';

/** What lists are made by on one side of a change. */
export interface PreviewSide {
  readonly ruleSet: RuleSetContent;
  readonly policy: Policy;
  readonly signalWeights: ConfidenceWeights;
}

/** The two sides, and what is the same on either. */
export interface SceneSetting {
  readonly live: LiveModel | null;
  readonly before: PreviewSide;
  readonly after: PreviewSide;
  /** Rules that lists which are counted are made without, on either side: counts would tell of the few they are for. */
  readonly uncountedRuleIds: readonly string[];
  /** That put courses forward, now: the same on either side. */
  readonly goals: readonly Goal[];
}

/** The catalogue and what people take up, as of one moment. */
export interface Scene {
  readonly now: Date;
  readonly index: ServingIndex;
  readonly trends: TrendIndex;
  readonly goals: GoalIndex;
  readonly rules: { readonly before: ServingRules; readonly after: ServingRules };
}

export function sceneOf(
  { live, before, after, goals }: SceneSetting,
  catalog: CatalogSnapshot,
  trends: Trends,
  now: Date,
): Scene {
  const index = createServingIndex(catalog, live);
  const rulesOf = ({ ruleSet }: PreviewSide) => createServingRules({ version: 0, content: ruleSet }, index);
  const rules = { before: rulesOf(before), after: rulesOf(after) };
  const goalIndex = createGoalIndex(goals, index.courses);
  return { now, index, trends: createTrendIndex(index, trends), goals: goalIndex, rules };
}

export function withoutUncounted(scene: Scene, { before, after, uncountedRuleIds }: SceneSetting): Scene {
  if (uncountedRuleIds.length === 0) return scene;
  const uncounted = new Set(uncountedRuleIds);
  const rulesOf = ({ ruleSet }: PreviewSide) => {
    const content = { ...ruleSet, rules: ruleSet.rules.filter(({ id }) => !uncounted.has(id)) };
    return createServingRules({ version: 0, content }, scene.index);
  };
  return { ...scene, rules: { before: rulesOf(before), after: rulesOf(after) } };
}

/**
 * What a learner's list is made of on one side.
 *
 * @param asked where the list would be shown, and when the rules and goals hold that it is made by
 */
export function inputsOf(
  { now, index, trends, goals: goalIndex }: Scene,
  rules: ServingRules,
  { policy, signalWeights }: PreviewSide,
  { surface, now: ruledAt }: { readonly surface: Surface; readonly now: Date },
  { state, searches }: { readonly state: LearnerState; readonly searches: readonly SearchMatch[] },
): RecommendationInputs {
  const settings = { ranking: rankingOf(index.live), policy, signalWeights, signalWeightsVersion: 0 };
  const gaps = () => gapsOf({ now, state, index });
  const ruled = ruledLearner(state, rules, surface, ruledAt.getTime(), gaps);
  const goals = learnerGoals(state, goalIndex, ruledAt.getTime(), gaps);
  return { now, index, trends, searches, goals, ...settings, ...ruled };
}

/** What is known of the learner is not worked out again where neither duties nor signal weights tell them apart. */
export function scoredAgain(
  before: RecommendationInputs,
  after: RecommendationInputs,
  scored: ScoredCatalogue,
  arrays = NEW_ARRAYS,
): ScoredCatalogue {
  const isSameLearner = before.state === after.state && isSame(before.signalWeights, after.signalWeights);
  return isSameLearner ? scoredUnder(after, before, scored, arrays) : scoreCatalogue(after, arrays);
}

export const isSame = (a: object, b: object): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
