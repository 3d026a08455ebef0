import { selectTopK } from '../../recsys/kernels/topKKernel.js';
import type { CompiledRule } from '../../rules/applying/compiledRule.js';
import { type PlacedByRules, type PlaceEffect, placeByRules } from '../../rules/applying/placeByRules.js';
import type { ActiveRules } from '../../rules/applying/ruleIndex.js';
import type { Explored } from './explore.js';
import type { RecommendationInputs } from './inputs.js';

/** Strengths are measured by how far the best is ahead of the one in this place. */
const SPREAD_PLACES = 50;
/** Where all score alike, any lift decides. */
const NO_SPREAD = 1;

/**
 * What a strength of 1 adds to a score, 0 where no rule moves any: how far the best of the courses that may be recommended is ahead of the 50th
 * best, or of the last, before any rule lifts anything. So a rule weighs alike for everybody, however far apart the
 * scores of their courses are.
 */
export function ruleSpreadOf(
  { lifts }: Pick<ActiveRules, 'lifts'>,
  scores: Float64Array,
  eligible: Uint8Array,
): number {
  return lifts === null ? 0 : spreadOf(scores, eligible);
}

/** How far the best of the courses that may be recommended is ahead of the 50th best, or of the last; 1 where all score alike. */
export function spreadOf(scores: Float64Array, eligible: Uint8Array): number {
  const best = selectTopK(scores, SPREAD_PLACES, eligible);
  const first = scores[best[0] ?? -1];
  const last = scores[best.at(-1) ?? -1];
  return first === undefined || last === undefined || first <= last ? NO_SPREAD : first - last;
}

/** A course in its place after rules, and what they had to do with it. */
export interface Ruled extends Explored {
  readonly effects: readonly PlaceEffect[];
}

export interface RuledList extends Pick<PlacedByRules, 'pins' | 'leftOut'> {
  readonly listed: readonly Ruled[];
}

const NO_EFFECTS: readonly PlaceEffect[] = [];

/**
 * The list with quotas, pins and caps.
 *
 * @param explored the list as it would be without
 * @param open 1 at each position that may be in it
 */
export function placed(
  { rules, index }: Pick<RecommendationInputs, 'rules' | 'index'>,
  scores: Float64Array,
  explored: readonly Explored[],
  open: Uint8Array,
  length: number,
): RuledList {
  if (!isPlacing(rules)) {
    const listed = explored.map(
      ({ position, score, propensity, isExploration }): Ruled => ({
        position,
        score,
        propensity,
        isExploration,
        effects: NO_EFFECTS,
      }),
    );
    return { listed, pins: [], leftOut: NO_CAPPED };
  }
  const { quotas, pins: promised, caps } = rules;
  const arranged = explored.map(({ position }) => position);
  const { courses } = index;
  const { places, pins, leftOut } = placeByRules({
    ...{ arranged, scores, open, courses, length },
    ...{ quotas, pins: promised, caps },
  });
  const listed = places.map(({ position, from, effects }): Ruled => {
    const known = explored[(from ?? 0) - 1];
    // Where a rule puts it nothing is left to chance.
    const isSure = known === undefined || effects.some(({ kind }) => kind === 'PIN');
    if (isSure) return { position, score: scores[position]!, propensity: 1, isExploration: false, effects };
    const { score, propensity, isExploration } = known;
    return { position, score, propensity, isExploration, effects };
  });
  return { listed, pins, leftOut };
}

const NO_CAPPED: ReadonlyMap<number, CompiledRule<'CAP'>> = new Map();

/** Whether any rule moves courses to other places than their scores give them. */
export const isPlacing = ({ quotas, pins, caps }: ActiveRules): boolean =>
  quotas.length + pins.length + caps.length > 0;

/** The inputs as if no rule placed anything. */
export function withoutPlacing(inputs: RecommendationInputs): RecommendationInputs {
  if (!isPlacing(inputs.rules)) return inputs;
  return { ...inputs, rules: { ...inputs.rules, quotas: [], pins: [], caps: [] } };
}

/**
 * The positions that pins of a FOR_YOU shelf ask for: no other shelf may take them. Places are those of that shelf, since
 * it is a feed's list; every other shelf is there for a reason of its own.
 *
 * @param claimed positions that are the learner's own matter
 */
export function pinnedOnShelf(
  inputs: Pick<RecommendationInputs, 'rules' | 'index'>,
  scores: Float64Array,
  eligible: Uint8Array,
  claimed: ReadonlySet<number>,
  perShelf: number,
): ReadonlySet<number> {
  if (inputs.rules.pins.length === 0) return new Set();
  const { pins } = placed(inputs, scores, [], without(eligible, claimed), perShelf);
  return new Set(pins.flatMap(({ position }) => (position === null ? [] : [position])));
}

/** The mask with some positions closed. */
export function without(eligible: Uint8Array, positions: ReadonlySet<number>): Uint8Array {
  const open = eligible.slice();
  for (const position of positions) open[position] = 0;
  return open;
}
