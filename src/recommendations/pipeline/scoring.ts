import { selectTopK } from '../../recsys/kernels/topKKernel.js';
import { lift } from '../../rules/applying/lifts.js';
import { FITTED_SIGNALS, type FittedSignal } from '../../rules/policy.js';
import { ANSWER_STANDS_AMONG, type Answer, answerLifts, gapAnswers, searchAnswers } from './answers.js';
import { type Eligibility, eligibilityOf } from './eligibility.js';
import type { RecommendationInputs } from './inputs.js';
import { GOAL_OF_RULE } from './learnerGoals.js';
import { hardRulesOf } from './learnerRules.js';
import { type LearnerView, learnerView } from './learnerView.js';
import { ruleSpreadOf, spreadOf } from './ruleStage.js';
import { type Arrays, NEW_ARRAYS } from './scratchArrays.js';
import { addSignal, type LearnerSignals, type SignalFactors, signalsOf, speaksForAny, weigh } from './signals.js';
import { type Unlock, unlocks } from './unlock.js';

/** How a list came about, from the most personal to the least. */
export const STRATEGIES = ['PERSONAL', 'BLENDED', 'SKILLS', 'PEERS', 'POPULAR', 'NEWEST'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** Every course scored for one learner: what lists, shelves and explanations are made from. */
export interface ScoredCatalogue extends Eligibility {
  readonly view: LearnerView;
  readonly learned: LearnerSignals;
  readonly factors: SignalFactors;
  /** By position of the course that was raised for best answering what the learner asked for or needs. */
  readonly answers: ReadonlyMap<number, Answer>;
  /** By position of the course that opens another. */
  readonly unlocks: ReadonlyMap<number, Unlock>;
  /** By position, of ineligible courses too. */
  readonly scores: Float64Array;
  /** What a strength of 1 of a rule adds to a score; 0: no rule moves one. */
  readonly ruleSpread: number;
  readonly strategy: Strategy;
}

/**
 * Candidates, eligibility and score.
 *
 * @param arrays where those come from that it holds
 */
export function scoreCatalogue(inputs: RecommendationInputs, arrays = NEW_ARRAYS): ScoredCatalogue {
  const { index } = inputs;
  const view = learnerView(inputs);
  const learned = signalsOf(inputs, view, arrays);
  const known = { ...eligibilityOf(index, view.eligibility), view, learned };
  return { ...known, ...weighted(inputs, known, arrays), strategy: strategyOf(inputs, view, learned) };
}

/**
 * A learner who was scored already under other rules or another policy: what is known of them is not worked out again,
 * nor, where only lifts are added, what courses score before them.
 *
 * @param inputs like those that they were scored by in all but rules, none of which may be a mandate, and policy
 * @param before those that they were scored by
 */
export function scoredUnder(
  inputs: RecommendationInputs,
  before: RecommendationInputs,
  { strategy, ...scored }: ScoredCatalogue,
  arrays = NEW_ARRAYS,
): ScoredCatalogue {
  const { rules, policy } = inputs;
  const isLiftedAtMost = before.rules.lifts === null && before.rules.allowed === null && rules.allowed === null;
  if (isLiftedAtMost && policy === before.policy) return { ...scored, strategy, ...lifted(inputs, scored, arrays) };
  const eligibility = { ...scored.view.eligibility, rules: hardRulesOf(inputs.rules, inputs.index) };
  const view = { ...scored.view, eligibility };
  const known = { ...eligibilityOf(inputs.index, eligibility), view, learned: scored.learned };
  return { ...known, ...weighted(inputs, known, arrays), strategy };
}

/** The scores with what rules lift, where none did so far. */
function lifted(
  { rules }: RecommendationInputs,
  { scores, eligible }: Pick<ScoredCatalogue, 'scores' | 'eligible'>,
  arrays: Arrays,
): Pick<ScoredCatalogue, 'scores' | 'ruleSpread'> {
  if (rules.lifts === null) return { scores, ruleSpread: 0 };
  const own = arrays.roughDoubles(scores.length);
  own.set(scores);
  const ruleSpread = ruleSpreadOf(rules, own, eligible);
  lift(rules.lifts, own, ruleSpread);
  return { scores: own, ruleSpread };
}

/** What the weights of the inputs make of a learner who is known already. */
export function weighted(
  inputs: RecommendationInputs,
  { view, learned, ...eligibility }: Eligibility & Pick<ScoredCatalogue, 'view' | 'learned'>,
  arrays = NEW_ARRAYS,
): Pick<ScoredCatalogue, 'factors' | 'scores' | 'ruleSpread' | 'answers' | 'unlocks'> {
  const fitted = factorsOf(inputs, view.evidence);
  const scores = weigh(inputs.index, learned.signals, fitted, arrays);
  const { goal } = learned.signals;
  // Like a rule, a goal weighs alike for everybody, however far apart the scores of their courses are.
  const spread =
    goal.form === 'ABSENT' || inputs.policy.strengths.goal === 0 ? 0 : spreadOf(scores, eligibility.eligible);
  const factors = { ...fitted, goal: inputs.policy.strengths.goal * GOAL_OF_RULE * spread };
  addSignal(scores, goal, factors.goal);
  const answered = answersTo(inputs, view, learned, eligibility, scores);
  for (const [position, answer] of answered) scores[position] = (scores[position] as number) + answer.lift;
  const opened = openings(inputs, view, eligibility, scores);
  for (const [position, { lead }] of opened) scores[position] = (scores[position] as number) + lead;
  const { lifts } = inputs.rules;
  const ruleSpread = ruleSpreadOf(inputs.rules, scores, eligibility.eligible);
  if (lifts !== null) lift(lifts, scores, ruleSpread);
  return { factors, scores, ruleSpread, answers: answered, unlocks: opened };
}

/** What a unit of each fitted signal is worth for somebody with this much evidence, times what L&D set; goals: nothing. */
export function factorsOf(
  { ranking, policy }: Pick<RecommendationInputs, 'ranking' | 'policy'>,
  evidence: number,
): SignalFactors {
  const { weights, scales, collaborativeGrowth } = ranking;
  const grown = evidenceShare(evidence) * collaborativeGrowth;
  const factor = (name: FittedSignal): number =>
    (policy.strengths[name] * (weights[name] + (name === 'collaborative' ? grown : 0))) / scales[name];
  const fitted = Object.fromEntries(FITTED_SIGNALS.map((name) => [name, factor(name)])) as Record<FittedSignal, number>;
  return { ...fitted, goal: 0 };
}

/** Share of `collaborativeGrowth` that a history of so many average interactions reaches, 0–1. */
export function evidenceShare(evidence: number): number {
  return evidence / (evidence + EVIDENCE_HALFWAY);
}

const EVIDENCE_HALFWAY = 5;

/** What L&D switched off asks for nothing. Gaps lead only where no history says what the learner likes. */
function answersTo(
  inputs: RecommendationInputs,
  { history }: LearnerView,
  { signals }: LearnerSignals,
  { eligible }: Eligibility,
  scores: Float64Array,
): ReadonlyMap<number, Answer> {
  const { strengths } = inputs.policy;
  const asked = strengths.search > 0 ? searchAnswers(inputs, signals.search, eligible) : [];
  const isUnknown = history.itemIndices.length === 0;
  const needed = isUnknown && strengths.skillGap > 0 ? gapAnswers(signals.skillGap, eligible) : [];
  if (asked.length === 0 && needed.length === 0) return new Map();
  const best = selectTopK(scores, ANSWER_STANDS_AMONG, eligible);
  const bar = scores[best.at(-1) ?? -1] ?? Number.NEGATIVE_INFINITY;
  return new Map([...answerLifts(needed, 'SKILL_GAP', scores, bar), ...answerLifts(asked, 'SEARCH', scores, bar)]);
}

/** How many of the best are looked at for whether a locked course would stand among them. */
const BEST_LOOKED_AT = 20;

function openings(
  { index }: RecommendationInputs,
  view: LearnerView,
  { eligible, locked }: Eligibility,
  scores: Float64Array,
): ReadonlyMap<number, Unlock> {
  if (locked.length === 0) return new Map();
  const best: number[] = [];
  for (const position of selectTopK(scores, BEST_LOOKED_AT, eligible)) best.push(scores[position]!);
  return unlocks(index, view.eligibility, scores, eligible, locked, best);
}

function strategyOf(
  { index }: RecommendationInputs,
  { audiences }: LearnerView,
  { modelled, signals }: LearnerSignals,
): Strategy {
  const collaborativeWeight = modelled?.collaborativeWeight ?? 0;
  if (collaborativeWeight >= 0.5) return 'PERSONAL';
  if (collaborativeWeight > 0 || signals.search.form !== 'ABSENT') return 'BLENDED';
  if (signals.skillGap.form !== 'ABSENT') return 'SKILLS';
  if (audiences.length > 0 && speaksForAny(signals.peers)) return 'PEERS';
  return index.model === null && !speaksForAny(signals.popularity) ? 'NEWEST' : 'POPULAR';
}
