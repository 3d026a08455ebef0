import type { CompiledRule } from '../../rules/applying/compiledRule.js';
import { liftAt, liftingAt, STRENGTH_IN_SPREADS } from '../../rules/applying/lifts.js';
import type { PlaceEffect } from '../../rules/applying/placeByRules.js';
import type { RuleActionKind } from '../../rules/model/rule.js';
import type { RecommendationInputs } from './inputs.js';
import type { ScoredCatalogue } from './scoring.js';
import { dueDayOf, ordinal } from './wording.js';

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

/** The rules that moved a course to a place, from 1, in the order of the stages. */
export type RulesAt = (position: number, effects: readonly PlaceEffect[], place: number) => readonly AppliedRule[];

/**
 * For one course of a learner after the other the rules that moved it: what changed its score, and what gave it its
 * place. What rules take away is told by `whyNot`.
 */
export function rulesAppliedIn(inputs: Pick<RecommendationInputs, 'rules'>, scored: Scored): RulesAt {
  const lifting = liftingRulesIn(inputs, scored);
  return (position, effects, place) => {
    const lifted = lifting(position);
    if (effects.length === 0) return lifted;
    const placed = effects.map((effect) => applied(inputs, effect.by, placingWords(effect, place)));
    return lifted.length === 0 ? placed : [...lifted, ...placed];
  };
}

const NONE: readonly AppliedRule[] = [];

/** The boost and the bury that change the score of a course; none where they undo each other. */
export function liftingRules(
  inputs: Pick<RecommendationInputs, 'rules'>,
  scored: Scored,
  position: number,
): readonly AppliedRule[] {
  return liftingRulesIn(inputs, scored)(position);
}

/** `liftingRules` for one course after the other: what one rule does is the same for all of them. */
function liftingRulesIn(
  { rules }: Pick<RecommendationInputs, 'rules'>,
  { ruleSpread }: Scored,
): (position: number) => readonly AppliedRule[] {
  const { lifts } = rules;
  if (lifts === null) return () => NONE;
  const told = new Map<CompiledRule, readonly AppliedRule[]>();
  const tell = (rule: CompiledRule<'BOOST' | 'BURY'>, sign: 1 | -1): readonly AppliedRule[] => {
    const known = told.get(rule);
    if (known !== undefined) return known;
    const amount = STRENGTH_IN_SPREADS[rule.rule.action.strength] * ruleSpread;
    const effect = `${sign > 0 ? 'Raises' : 'Lowers'} its score by ${amount.toFixed(2)}`;
    const one = [{ ...applied({ rules }, rule, effect), scoreChange: sign * amount }];
    told.set(rule, one);
    return one;
  };
  return (position) => {
    if (liftAt(lifts, position) === 0) return NONE;
    const { boost, bury } = liftingAt(lifts, position);
    const raised = boost === null ? NONE : tell(boost, 1);
    if (bury === null) return raised;
    const lowered = tell(bury, -1);
    return boost === null ? lowered : [...raised, ...lowered];
  };
}

/** The mandate that made a course mandatory, or due earlier. */
export function requiringRules(
  { rules }: Pick<RecommendationInputs, 'rules'>,
  courseId: string,
  dueAt: Date | null,
): readonly AppliedRule[] {
  const mandate = rules.requiredBy.get(courseId);
  if (mandate === undefined) return NONE;
  const due = dueAt === null ? '' : `, due ${dueDayOf(dueAt, mandate.rule.schedule.zone)}`;
  return [applied({ rules }, mandate, `Makes it mandatory${due}`)];
}

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
