import type { CompiledRule } from '../../rules/compiledRule.js';
import type { PlaceEffect } from '../../rules/placeByRules.js';
import type { RuleActionKind } from '../../rules/rule.js';
import { STRENGTH_IN_SPREADS } from '../../rules/ruleIndex.js';
import type { RecommendationInputs } from './inputs.js';
import type { ScoredCatalogue } from './scoring.js';
import { dayOf, ordinal } from './wording.js';

/** A rule that had a hand in where a course stands. */
export interface AppliedRule {
  readonly ruleId: string;
  /** The rule in one sentence. */
  readonly sentence: string;
  readonly action: RuleActionKind;
  /** What it did here, in words. */
  readonly effect: string;
  /** What it added to the score, below 0 for what it took off; left out where it gave the place alone. */
  readonly scoreChange?: number;
}

type Scored = Pick<ScoredCatalogue, 'ruleSpread'>;

/**
 * The rules that moved a course, in the order of the stages: what changed its score, and what gave it its place. What
 * rules take away is told by `whyNot`.
 *
 * @param place from 1
 */
export function appliedRules(
  inputs: Pick<RecommendationInputs, 'rules'>,
  scored: Scored,
  position: number,
  effects: readonly PlaceEffect[],
  place: number,
): readonly AppliedRule[] {
  const lifting = liftingRules(inputs, scored, position);
  if (effects.length === 0) return lifting;
  return [...lifting, ...effects.map((effect) => applied(inputs, effect.by, placingWords(effect, place)))];
}

const NONE: readonly AppliedRule[] = [];

/** The boost and the bury that change the score of a course; none where they undo each other. */
export function liftingRules(
  { rules }: Pick<RecommendationInputs, 'rules'>,
  { ruleSpread }: Scored,
  position: number,
): readonly AppliedRule[] {
  if (rules.lifts === null || rules.lifts[position] === 0) return NONE;
  const inWords = (amount: number, verb: string) => `${verb} its score by ${amount.toFixed(2)}`;
  const lifting = (rule: CompiledRule<'BOOST' | 'BURY'>, verb: string, sign: 1 | -1): AppliedRule => ({
    ...applied({ rules }, rule, inWords(amountOf(rule), verb)),
    scoreChange: sign * amountOf(rule),
  });
  const boost = strongestOf(rules.boosts, position);
  const bury = strongestOf(rules.buries, position);
  const amountOf = (rule: CompiledRule<'BOOST' | 'BURY'>) => strengthOf(rule) * ruleSpread;
  return [
    ...(boost === null ? [] : [lifting(boost, 'Raises', 1)]),
    ...(bury === null ? [] : [lifting(bury, 'Lowers', -1)]),
  ];
}

/** The mandate that made a course mandatory, or due earlier. */
export function requiringRules(
  { rules }: Pick<RecommendationInputs, 'rules'>,
  courseId: string,
  dueAt: Date | null,
): readonly AppliedRule[] {
  const mandate = rules.requiredBy.get(courseId);
  if (mandate === undefined) return NONE;
  // The end of a day is the first moment of the next.
  const due = dueAt === null ? '' : `, due ${dayOf(dueAt.getTime() - 1)}`;
  return [applied({ rules }, mandate, `Makes it mandatory${due}`)];
}

function strongestOf<Rule extends CompiledRule<'BOOST' | 'BURY'>>(
  rules: readonly Rule[],
  position: number,
): Rule | null {
  let best: Rule | null = null;
  for (const rule of rules) {
    if (rule.mask[position] !== 1) continue;
    if (best === null || strengthOf(rule) > strengthOf(best)) best = rule;
  }
  return best;
}

const strengthOf = ({ rule }: CompiledRule<'BOOST' | 'BURY'>): number => STRENGTH_IN_SPREADS[rule.action.strength];

function applied({ rules }: Pick<RecommendationInputs, 'rules'>, { rule }: CompiledRule, effect: string): AppliedRule {
  return { ruleId: rule.id, sentence: rules.sentenceOf(rule), action: rule.action.kind, effect };
}

function placingWords(effect: PlaceEffect, place: number): string {
  switch (effect.kind) {
    case 'PIN':
      return effect.by.rule.action.place === place
        ? `Holds the ${ordinal(place)} place`
        : `Holds the ${ordinal(place)} place, the first one free from the ${ordinal(effect.by.rule.action.place)} on`;
    case 'QUOTA':
      if (effect.from === null) return `Brings it in at the ${ordinal(place)} place`;
      // What is pinned before it would have moved it further down.
      return effect.from <= place
        ? `Keeps it up, at the ${ordinal(place)} place`
        : `Brings it up from the ${ordinal(effect.from)} place to the ${ordinal(place)}`;
    case 'CAP':
      return `Holds it back from the ${ordinal(effect.from)} place to the ${ordinal(place)}`;
  }
}
