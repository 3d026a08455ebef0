import type { CatalogSnapshot } from '../catalog/catalogSnapshot.js';
import type { ConfidenceWeights } from '../learners/confidence.js';
import type { LearnerState } from '../learners/learners.service.js';
import type { Trends } from '../learners/trends.js';
import type { Policy } from '../rules/policy.js';
import type { RuleSetContent } from '../rules/rule.js';
import { ruleSetDiff } from '../rules/ruleSetDiff.js';
import type { Surface } from '../rules/surface.js';
import type { LiveModel } from '../training/training.service.js';
import { eligibilityOf } from './eligibility.js';
import type { RecommendationInputs, SearchMatch } from './inputs.js';
import { arrange, type RankedCourse } from './pipeline.js';
import { catalogAsOf, type RankingCase } from './rankingCase.js';
import { countLists, createTally, type ListTally, type RelevancePair, relevanceOf } from './ruleMeasures.js';
import { movesWithRules, type RuledPlace, type RuleMove } from './ruleMoves.js';
import { type ScoredCatalogue, scoreCatalogue, weighted } from './scoring.js';
import { createServingIndex, type ServingIndex } from './servingIndex.js';
import { rankingOf } from './storedRanking.js';
import { createTrendIndex, type TrendIndex } from './trendIndex.js';

/** What lists are made by on one side of a change. */
export interface PreviewSide {
  readonly ruleSet: RuleSetContent;
  readonly policy: Policy;
  readonly signalWeights: ConfidenceWeights;
}

/** What a preview works with, apart from the learners. */
export interface PreviewSetting {
  readonly catalog: CatalogSnapshot;
  readonly live: LiveModel | null;
  readonly trends: Trends;
  readonly now: Date;
  /** When people were as they are taken to be for relevance, and the trends of then; null: relevance is not measured. */
  readonly past: { readonly cut: Date; readonly trends: Trends } | null;
  readonly before: PreviewSide;
  readonly after: PreviewSide;
  readonly surface: Surface;
  /** How many places of a list count. */
  readonly first: number;
}

/** One learner to look at. Plain values, to be sent to a thread. */
export interface PreviewLearner {
  /** Place among all that are looked at. */
  readonly order: number;
  readonly state: LearnerState;
  readonly searches: readonly SearchMatch[];
  /** Whether the moves are told, rather than counted. */
  readonly isShown: boolean;
  /** As of the cut, with what they took up since; null: they do not count for relevance. */
  readonly past: RankingCase | null;
}

/** A learner's list before and after. */
export interface ShownLists {
  readonly order: number;
  readonly learnerId: string;
  readonly moves: readonly RuleMove[];
}

/** What was found of some of the learners. Plain values, to be sent between threads. */
export interface PreviewTally {
  readonly tally: ListTally;
  readonly shown: readonly ShownLists[];
  readonly relevance: readonly (RelevancePair & { readonly order: number })[];
}

/** Looks at one learner after the other. */
export interface Preview {
  add(learner: PreviewLearner): void;
  readonly result: PreviewTally;
}

/** As long as the lists that are served. */
const LIST_LENGTH = 100;

/** The catalogue and what people take up, as of one moment. */
interface Scene {
  readonly now: Date;
  readonly index: ServingIndex;
  readonly trends: TrendIndex;
}

/** Looks at learners' lists before and after a change, made by the very code that serves them. */
export function createPreview(setting: PreviewSetting): Preview {
  const { before, after, first, past, now } = setting;
  const present = sceneOf(setting.catalog, setting.live, setting.trends, now);
  const then = past && sceneOf(catalogAsOf(setting.catalog, past.cut), setting.live, past.trends, past.cut);
  const { added, removed, changed } = ruleSetDiff(before.ruleSet, after.ruleSet);
  const differing = [...added, ...removed, ...changed.map((change) => change.after)];
  const changedRuleIds = new Set(differing.map(({ id }) => id));
  const providers = present.index.attributes.provider;
  const tally = createTally(first, present.index.courses.length);
  const shown: ShownLists[] = [];
  const relevance: (RelevancePair & { order: number })[] = [];
  const listsIn = (scene: Scene, learner: Pick<PreviewLearner, 'state' | 'searches'>): BothLists =>
    bothLists(inputsOf(scene, before, learner), inputsOf(scene, after, learner));
  const movesIn = (lists: BothLists): RuleMove[] =>
    movesWithRules(lists.before.map(ruledPlace), lists.after.map(ruledPlace), first, {
      changedRuleIds,
      barredAfter: () => [],
      barredBefore: () => [],
    });
  return {
    add({ order, state, searches, isShown, past: earlier }) {
      const lists = listsIn(present, { state, searches });
      const moves = movesIn(lists);
      if (isShown) shown.push({ order, learnerId: state.learnerId, moves });
      else {
        const pair = {
          department: state.learner?.department ?? null,
          before: positionsOf(lists.before),
          after: positionsOf(lists.after),
          ruleIds: [...new Set(moves.flatMap(({ ruleIds }) => ruleIds))],
        };
        countLists(tally, pair, providers);
      }
      if (earlier === null || then === null) return;
      const found = relevanceIn(listsIn(then, earlier), earlier, then.index);
      if (found !== null) relevance.push({ order, ...found });
    },
    get result() {
      return { tally, shown, relevance };
    },
  };
}

function sceneOf(catalog: CatalogSnapshot, live: LiveModel | null, trends: Trends, now: Date): Scene {
  const index = createServingIndex(catalog, live);
  return { now, index, trends: createTrendIndex(index, trends) };
}

function inputsOf(
  { now, index, trends }: Scene,
  { policy, signalWeights }: PreviewSide,
  { state, searches }: Pick<PreviewLearner, 'state' | 'searches'>,
): RecommendationInputs {
  const ranking = rankingOf(index.live);
  return { now, state, index, trends, searches, ranking, policy, signalWeights, signalWeightsVersion: 0 };
}

interface BothLists {
  readonly before: readonly RankedCourse[];
  readonly after: readonly RankedCourse[];
  readonly scored: ScoredCatalogue;
}

/** Scored once where nothing that scores are made of differs. */
function bothLists(before: RecommendationInputs, after: RecommendationInputs): BothLists {
  const scored = scoreCatalogue(before);
  return {
    scored,
    before: arrange(before, scored, LIST_LENGTH),
    after: arrange(after, scoredAgain(before, after, scored), LIST_LENGTH),
  };
}

function scoredAgain(
  before: RecommendationInputs,
  after: RecommendationInputs,
  scored: ScoredCatalogue,
): ScoredCatalogue {
  if (!isSame(before.signalWeights, after.signalWeights)) return scoreCatalogue(after);
  if (isSame(before.policy.strengths, after.policy.strengths)) return scored;
  return { ...scored, ...weighted(after, scored) };
}

const isSame = (a: object, b: object): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

const positionsOf = (list: readonly RankedCourse[]): Int32Array => Int32Array.from(list, ({ position }) => position);

const ruledPlace = ({ course }: RankedCourse): RuledPlace => ({ courseId: course.id, ruleIds: [] });

/** Null: nothing that they took up could have been recommended then, whatever the rules. */
function relevanceIn(lists: BothLists, { takenUp }: RankingCase, index: ServingIndex): RelevancePair | null {
  const { eligible } = eligibilityOf(index, lists.scored.view.eligibility);
  const positions = takenUp.flatMap((id) => index.positionById.get(id) ?? []);
  const relevant = new Set(positions.filter((position) => eligible[position] === 1));
  if (relevant.size === 0) return null;
  return relevanceOf({ before: positionsOf(lists.before), after: positionsOf(lists.after) }, relevant);
}
