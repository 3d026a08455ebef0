import type { CatalogSnapshot } from '../../catalog/catalogSnapshot.js';
import type { LearnerState } from '../../learners/learners.service.js';
import type { Trends } from '../../learners/trends.js';
import type { CompiledRule } from '../../rules/applying/compiledRule.js';
import { type RuleConflict, ruleConflicts } from '../../rules/conflicts/ruleConflicts.js';
import { ruleSetDiff } from '../../rules/model/ruleSetDiff.js';
import type { Surface } from '../../rules/model/surface.js';
import { openCourses } from '../../rules/model/target.js';
import { catalogAsOf, type RankingCase } from '../fitting/rankingCase.js';
import { eligibilityOf } from '../pipeline/eligibility.js';
import type { RecommendationInputs, SearchMatch } from '../pipeline/inputs.js';
import type { LearnerRules } from '../pipeline/learnerRules.js';
import type { LearnerView } from '../pipeline/learnerView.js';
import { arrange, type RankedCourse } from '../pipeline/pipeline.js';
import { scoreCatalogue } from '../pipeline/scoring.js';
import { ScratchArrays } from '../pipeline/scratchArrays.js';
import type { ServingIndex } from '../pipeline/servingIndex.js';
import {
  areSameFirst,
  countLists,
  createTally,
  type ListTally,
  type RelevancePair,
  relevanceOf,
} from '../ruleEffects/ruleMeasures.js';
import {
  inputsOf,
  isSame,
  type Scene,
  type SceneSetting,
  sceneOf,
  scoredAgain,
  withoutUncounted,
} from './previewScene.js';
import { movesWithRules, type RuledPlace, type RuleMove } from './ruleMoves.js';

/** What a preview works with, apart from the learners. */
export interface PreviewSetting extends SceneSetting {
  readonly catalog: CatalogSnapshot;
  readonly trends: Trends;
  readonly now: Date;
  /** When people were as they are taken to be for relevance, and the trends of then; null: relevance is not measured. */
  readonly past: { readonly cut: Date; readonly trends: Trends } | null;
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

/** Looks at learners' lists before and after a change, made by the very code that serves them. */
export function createPreview(setting: PreviewSetting): Preview {
  const { before, after, first, past, now } = setting;
  const present = sceneOf(setting, setting.catalog, setting.trends, now);
  const counted = withoutUncounted(present, setting);
  const then = past && pastScene(setting, past);
  const { added, removed, changed } = ruleSetDiff(before.ruleSet, after.ruleSet);
  const differing = [...added, ...removed, ...changed.map((change) => change.after)];
  const differingIds = new Set(differing.map(({ id }) => id));
  const sameSettings = isSame(before.policy, after.policy);
  const sameWeights = isSame(before.signalWeights, after.signalWeights);
  // The very same where they say the same: learner after learner is told apart by it.
  const alike = {
    ...after,
    policy: sameSettings ? before.policy : after.policy,
    signalWeights: sameWeights ? before.signalWeights : after.signalWeights,
  };
  const change = { ...setting, after: alike, differingIds, sameSettings };
  const providers = present.index.attributes.provider;
  const tally = createTally(first, present.index.courses.length);
  const shown: ShownLists[] = [];
  const relevance: (RelevancePair & { order: number })[] = [];
  return {
    add({ order, state, searches, isShown, past: casePast }) {
      const lists = listsIn(isShown ? present : counted, change, { state, searches });
      const positions = { before: positionsOf(lists.before), after: positionsOf(lists.after) };
      if (isShown) shown.push({ order, learnerId: state.learnerId, moves: movesIn(lists, change) });
      else {
        const isMoved = !areSameFirst(positions.before, positions.after, first);
        const moves = isMoved ? movesIn(lists, change) : [];
        const ruleIds = [...new Set(moves.flatMap((move) => move.ruleIds))];
        countLists(tally, { department: state.learner?.department ?? null, ...positions, ruleIds }, providers);
      }
      if (casePast === null || then === null) return;
      const found = relevanceIn(listsIn(then, change, casePast), casePast, then.index);
      if (found !== null) relevance.push({ order, ...found });
    },
    get result() {
      return { tally, shown, relevance };
    },
  };
}

/** What gets in the way of what among the rules after the change, as far as a rule that differs takes part. */
export function conflictsAfter({ catalog, now, before, after }: Omit<PreviewSetting, 'live'>): readonly RuleConflict[] {
  const { added, changed } = ruleSetDiff(before.ruleSet, after.ruleSet);
  const about = new Set([...added, ...changed.map((change) => change.after)].map(({ id }) => id));
  if (about.size === 0) return [];
  return ruleConflicts(after.ruleSet.rules, openCourses(catalog.courses, now), now.getTime(), about);
}

/** What is tried, and which rules are not the same on both sides. */
interface Change extends PreviewSetting {
  readonly differingIds: ReadonlySet<string>;
  readonly sameSettings: boolean;
}

/** Nobody's list as of then is shown: all are counted. */
function pastScene(setting: PreviewSetting, { cut, trends }: NonNullable<PreviewSetting['past']>): Scene {
  return withoutUncounted(sceneOf(setting, catalogAsOf(setting.catalog, cut), trends, cut), setting);
}

interface BothLists {
  readonly before: readonly RankedCourse[];
  readonly after: readonly RankedCourse[];
  readonly inputs: { readonly before: RecommendationInputs; readonly after: RecommendationInputs };
  /** As of before. */
  readonly view: LearnerView;
}

/** Of this thread. */
const SCRATCH = new ScratchArrays();

/** By the rules and goals that hold now, also of people as they were: what is asked is what these rules would have done. */
function listsIn(scene: Scene, change: Change, learner: Pick<PreviewLearner, 'state' | 'searches'>): BothLists {
  const before = inputsOf(scene, scene.rules.before, change.before, change, learner);
  const after = inputsOf(scene, scene.rules.after, change.after, change, learner);
  const inputs = { before, after };
  return SCRATCH.lend((arrays) => {
    const scored = scoreCatalogue(before, arrays);
    const { view } = scored;
    const listBefore = arrange(before, scored, LIST_LENGTH);
    // Whom no rule that differs is for keeps their list: most people, when a rule is for some.
    if (areSameInputs(before, after, change)) return { view, inputs, before: listBefore, after: listBefore };
    const again = scoredAgain(before, after, scored, arrays);
    return { view, inputs, before: listBefore, after: arrange(after, again, LIST_LENGTH) };
  });
}

function areSameInputs(before: RecommendationInputs, after: RecommendationInputs, change: Change): boolean {
  const differs = ({ rules }: RecommendationInputs): boolean =>
    activeOf(rules).some(({ rule }) => change.differingIds.has(rule.id));
  const sameWeights = before.signalWeights === after.signalWeights;
  return change.sameSettings && sameWeights && !differs(before) && !differs(after) && isSameShare(before, after);
}

const isSameShare = (a: RecommendationInputs, b: RecommendationInputs): boolean =>
  a.rules.isHeldOut === b.rules.isHeldOut;

const activeOf = (rules: LearnerRules): readonly CompiledRule[] => [
  ...rules.mandates,
  ...rules.excludes,
  ...rules.requires,
  ...rules.boosts,
  ...rules.buries,
  ...rules.quotas,
  ...rules.pins,
  ...rules.caps,
];

function movesIn({ before, after, inputs }: BothLists, { first, differingIds }: Change): RuleMove[] {
  const sides = [inputs.before.rules, inputs.after.rules] as const;
  // Whoever comes to be held out, or no longer is, meets other rules although none has changed.
  const met = sides[0].isHeldOut === sides[1].isHeldOut ? [] : sides.flatMap(activeOf);
  return movesWithRules(before.map(ruledPlace), after.map(ruledPlace), first, {
    changedRuleIds: new Set([...differingIds, ...met.map(({ rule }) => rule.id)]),
    barredAfter: barredBy(inputs.after),
    barredBefore: barredBy(inputs.before),
  });
}

/** The rules that can keep a course out of a list: those that exclude it, require others, cap it or make it a duty. */
function barredBy({ rules, index }: RecommendationInputs): (courseId: string) => readonly string[] {
  return (courseId) => {
    const position = index.positionById.get(courseId) ?? -1;
    const isIn = ({ mask }: CompiledRule): boolean => mask[position] === 1;
    const barring = [
      ...rules.excludes.filter(isIn),
      ...rules.requires.filter((rule) => !isIn(rule)),
      ...rules.buries.filter(isIn),
      ...rules.caps.filter(isIn),
      ...rules.mandates.filter(isIn),
    ];
    return barring.map(({ rule }) => rule.id);
  };
}

const positionsOf = (list: readonly RankedCourse[]): Int32Array => Int32Array.from(list, ({ position }) => position);

const ruledPlace = ({ course, appliedRules }: RankedCourse): RuledPlace => ({
  courseId: course.id,
  ruleIds: appliedRules.map(({ ruleId }) => ruleId),
});

/** Null: nothing that they took up could have been recommended then, whatever the rules. */
function relevanceIn(lists: BothLists, { takenUp }: RankingCase, index: ServingIndex): RelevancePair | null {
  const { eligible } = eligibilityOf(index, { ...lists.view.eligibility, rules: null });
  const { before, after } = lists.inputs;
  // What is a duty is not in lists, but told of beside them: no relevance is lost by that.
  const chosen = takenUp.filter((id) => !before.rules.requiredBy.has(id) && !after.rules.requiredBy.has(id));
  const positions = chosen.flatMap((id) => index.positionById.get(id) ?? []);
  const relevant = new Set(positions.filter((position) => eligible[position] === 1));
  if (relevant.size === 0) return null;
  return relevanceOf({ before: positionsOf(lists.before), after: positionsOf(lists.after) }, relevant);
}
