import { firstPageChances } from '../pipeline/explore.js';
import type { RecommendationInputs } from '../pipeline/inputs.js';
import { variedOf } from '../pipeline/pipeline.js';
import { placed } from '../pipeline/ruleStage.js';
import type { ScoredCatalogue } from '../pipeline/scoring.js';

/** What may be shown first, and how likely each of it is. */
export interface ShownChances {
  /** By `setOf` the courses, in whatever order they stand; the values make 1. */
  readonly bySet: ReadonlyMap<string, number>;
  /** Positions of the beginning as it would be if nothing were left to chance and no rule placed anything, best first. */
  readonly sure: readonly number[];
}

/** As long as the lists that are served. */
const LIST_LENGTH = 100;

/**
 * Which courses a list may show first, by the very stages that make it.
 *
 * @param first how many are shown, 1 to 10: what is left to chance on later pages is left out
 */
export function shownChances(inputs: RecommendationInputs, scored: ScoredCatalogue, first: number): ShownChances {
  const { scores, eligible, begun, view } = scored;
  const { open, varied } = variedOf(inputs, scored, LIST_LENGTH);
  const lists = view.isPersonal
    ? firstPageChances(inputs, varied, scores, eligible)
    : [{ list: varied.map((one) => ({ ...one, propensity: 1, isExploration: false })), probability: 1 }];
  const bySet = new Map<string, number>();
  for (const { list, probability } of lists) {
    const { listed } = placed(inputs, scores, list, open, LIST_LENGTH);
    const shown = listed.filter(({ position }) => eligible[position] !== 0 || begun[position] !== 0).slice(0, first);
    const set = setOf(shown.map(({ position }) => position));
    bySet.set(set, (bySet.get(set) ?? 0) + probability);
  }
  return { bySet, sure: varied.map(({ position }) => position) };
}

/** Equal for the same positions in any order. */
export const setOf = (positions: readonly number[]): string => [...positions].sort((a, b) => a - b).join(' ');
