import type { CompiledRule } from '../../rules/applying/compiledRule.js';
import { createLifts } from '../../rules/applying/lifts.js';
import { RULE_STRENGTHS } from '../../rules/model/rule.js';
import type { RecommendationInputs } from '../pipeline/inputs.js';
import type { Placements } from '../pipeline/pipeline.js';
import { scoreCatalogue } from '../pipeline/scoring.js';
import { ordinal } from '../pipeline/wording.js';
import { ranksOf } from './counterfactual.js';

/** Rules without which a course would be shown. */
export interface Overtaken {
  readonly text: string;
  /** Null: several rules. */
  readonly ruleId: string | null;
}

/** Of how many places a list has which count as shown. */
interface Lengths {
  readonly shown: number;
  readonly length: number;
}

/** Of more rules than this the text says how many. */
const MOST_QUOTED = 3;

/**
 * The boosts of other courses but for which a course would be among the first `shown`; null when it would not be there
 * without them either. Of several, the one that raises most is named alone when that is enough.
 */
export function overtakenBy(
  inputs: RecommendationInputs,
  { listed }: Pick<Placements, 'listed'>,
  position: number,
  lengths: Lengths,
): Overtaken | null {
  const raising = raisingOthers(inputs, listed.slice(0, lengths.shown), position);
  return butFor(inputs, raising, position, lengths, { one: 'raises other courses', many: 'raise other courses' });
}

/**
 * The buries of a course but for which it would be among the first `shown`; null when it would not be there without them
 * either. Of several, the strongest is named alone when that is enough.
 */
export function loweredBy(inputs: RecommendationInputs, position: number, lengths: Lengths): Overtaken | null {
  return butFor(inputs, loweringIt(inputs, position), position, lengths, { one: 'lowers it', many: 'lower it' });
}

/**
 * The buries of a course and the boosts of others but for all of which it would be among the first `shown`; null when it
 * would not be there without them either. For where neither would do alone.
 */
export function outliftedBy(
  inputs: RecommendationInputs,
  { listed }: Pick<Placements, 'listed'>,
  position: number,
  lengths: Lengths,
): Overtaken | null {
  const lowering = loweringIt(inputs, position);
  const raising = raisingOthers(inputs, listed.slice(0, lengths.shown), position);
  if (lowering.length === 0 || raising.length === 0) return null;
  const does = 'lower it or raise other courses';
  return butFor(inputs, [...lowering, ...raising], position, lengths, { one: does, many: does });
}

/** Strongest first. */
function loweringIt({ rules }: RecommendationInputs, position: number): readonly CompiledRule<'BURY'>[] {
  const strengthOf = ({ rule }: CompiledRule<'BURY'>): number => RULE_STRENGTHS.indexOf(rule.action.strength);
  return rules.buries
    .filter(({ mask }) => mask[position] === 1)
    .sort((a, b) => strengthOf(b) - strengthOf(a) || a.order - b.order);
}

/** The one that raises most of the courses ahead first. */
function raisingOthers(
  { rules }: RecommendationInputs,
  ahead: Placements['listed'],
  position: number,
): readonly CompiledRule<'BOOST'>[] {
  return rules.boosts
    .filter(({ mask }) => mask[position] !== 1)
    .map((boost) => ({ boost, courses: ahead.filter((one) => boost.mask[one.position] === 1).length }))
    .filter(({ courses }) => courses > 0)
    .sort((a, b) => b.courses - a.courses || a.boost.order - b.boost.order)
    .map(({ boost }) => boost);
}

/** It is tried: the list is made again without all of the rules, and then without the first. */
function butFor(
  inputs: RecommendationInputs,
  rules: readonly CompiledRule<'BOOST' | 'BURY'>[],
  position: number,
  { shown, length }: Lengths,
  does: { readonly one: string; readonly many: string },
): Overtaken | null {
  const [first] = rules;
  if (first === undefined) return null;
  const rankWithout = (gone: readonly CompiledRule<'BOOST' | 'BURY'>[]) => {
    const changed = withoutLifts(inputs, new Set(gone));
    return ranksOf(changed, scoreCatalogue(changed), length).get(position) ?? Number.POSITIVE_INFINITY;
  };
  const rank = rankWithout(rules);
  if (rank > shown) return null;
  const rankWithoutFirst = rules.length > 1 ? rankWithout([first]) : rank;
  if (rankWithoutFirst <= shown) {
    const sentence = inputs.rules.sentenceOf(first.rule);
    const text = `It would be ${ordinal(rankWithoutFirst)} but for a rule of L&D that ${does.one}: ${sentence}`;
    return { text, ruleId: first.rule.id };
  }
  const quoted = rules.slice(0, MOST_QUOTED).map(({ rule }) => inputs.rules.sentenceOf(rule));
  const further = rules.length - quoted.length;
  const text = `It would be ${ordinal(rank)} but for rules of L&D that ${does.many}: ${quoted.join(' ')}`;
  return { text: further === 0 ? text : `${text} And ${further} more`, ruleId: null };
}

function withoutLifts(
  inputs: RecommendationInputs,
  gone: ReadonlySet<CompiledRule<'BOOST' | 'BURY'>>,
): RecommendationInputs {
  const { rules, index } = inputs;
  const boosts = rules.boosts.filter((boost) => !gone.has(boost));
  const buries = rules.buries.filter((bury) => !gone.has(bury));
  const isAny = boosts.length + buries.length > 0;
  const lifts = isAny ? createLifts(boosts, buries, index.courses.length) : null;
  return { ...inputs, rules: { ...rules, boosts, buries, lifts } };
}
