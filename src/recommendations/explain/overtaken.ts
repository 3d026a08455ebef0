import type { CompiledRule } from '../../rules/applying/compiledRule.js';
import { createLifts } from '../../rules/applying/lifts.js';
import type { RecommendationInputs } from '../pipeline/inputs.js';
import type { Placements } from '../pipeline/pipeline.js';
import { scoreCatalogue } from '../pipeline/scoring.js';
import { ordinal } from '../pipeline/wording.js';
import { ranksOf } from './counterfactual.js';

/** Rules that raise other courses past one that would be shown without them. */
export interface Overtaken {
  readonly text: string;
  /** Null: several rules. */
  readonly ruleId: string | null;
}

/** Of more rules than this the text says how many. */
const MOST_QUOTED = 3;

/**
 * The boosts of other courses but for which a course would be among the first `shown`; null when it would not be there
 * without them either. It is tried: the list is made again without all of them, and then without the one that raises
 * most, which is named alone when that is enough.
 */
export function overtakenBy(
  inputs: RecommendationInputs,
  { listed }: Pick<Placements, 'listed'>,
  position: number,
  { shown, length }: { readonly shown: number; readonly length: number },
): Overtaken | null {
  const ahead = listed.slice(0, shown);
  const raising = inputs.rules.boosts
    .filter(({ mask }) => mask[position] !== 1)
    .map((boost) => ({ boost, courses: ahead.filter((one) => boost.mask[one.position] === 1).length }))
    .filter(({ courses }) => courses > 0)
    .sort((a, b) => b.courses - a.courses || a.boost.order - b.boost.order)
    .map(({ boost }) => boost);
  const [most] = raising;
  if (most === undefined) return null;
  const rankWithout = (boosts: readonly CompiledRule<'BOOST'>[]) => {
    const changed = withoutBoosts(inputs, new Set(boosts));
    return ranksOf(changed, scoreCatalogue(changed), length).get(position) ?? Number.POSITIVE_INFINITY;
  };
  const rank = rankWithout(raising);
  if (rank > shown) return null;
  const rankWithoutMost = raising.length > 1 ? rankWithout([most]) : rank;
  if (rankWithoutMost <= shown) {
    const sentence = inputs.rules.sentenceOf(most.rule);
    const text = `It would be ${ordinal(rankWithoutMost)} but for a rule of L&D that raises other courses: ${sentence}`;
    return { text, ruleId: most.rule.id };
  }
  const quoted = raising.slice(0, MOST_QUOTED).map(({ rule }) => inputs.rules.sentenceOf(rule));
  const further = raising.length - quoted.length;
  const text = `It would be ${ordinal(rank)} but for rules of L&D that raise other courses: ${quoted.join(' ')}`;
  return { text: further === 0 ? text : `${text} And ${further} more`, ruleId: null };
}

function withoutBoosts(inputs: RecommendationInputs, gone: ReadonlySet<CompiledRule<'BOOST'>>): RecommendationInputs {
  const { rules, index } = inputs;
  const boosts = rules.boosts.filter((boost) => !gone.has(boost));
  const isAny = boosts.length + rules.buries.length > 0;
  const lifts = isAny ? createLifts(boosts, rules.buries, index.courses.length) : null;
  return { ...inputs, rules: { ...rules, boosts, lifts } };
}
