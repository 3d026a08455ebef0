import type { EligibilityContext } from './eligibility.js';
import { isSettled } from './eligibility.js';
import type { ServingIndex } from './servingIndex.js';

/** A course that is worth taking for what it opens. */
export interface Unlock {
  /** What it raises the score by. */
  readonly lead: number;
  /** The course that it leads to, and how many courses are missing before that, this one included. */
  readonly lockedPosition: number;
  readonly steps: number;
}

/** A locked course is attractive when it would stand among so many of the best. */
const WOULD_STAND_AMONG = 20;
/** What each missing step takes off, in the units of the score. */
const STEP_COST = 0.25;
/** Nobody is sent on a longer way without having asked for it. */
const MOST_STEPS = 5;

/**
 * The way to attractive but locked courses: for each of them the first missing prerequisite that can be taken now, raised
 * towards the score of the course that it leads to.
 *
 * @param best scores of the best eligible courses, best first
 * @returns by position of the prerequisite; of two courses that it leads to the one that raises it more
 */
export function unlocks(
  index: ServingIndex,
  context: EligibilityContext,
  scores: Float64Array,
  eligible: Uint8Array,
  locked: readonly number[],
  best: readonly number[],
): ReadonlyMap<number, Unlock> {
  const found = new Map<number, Unlock>();
  const bar = best[WOULD_STAND_AMONG - 1] ?? Number.NEGATIVE_INFINITY;
  for (const lockedPosition of locked) {
    const worth = scores[lockedPosition] as number;
    if (worth <= bar) continue;
    const missing = missingPrerequisites(index, context, lockedPosition);
    const first = missing.find((position) => eligible[position] === 1);
    if (first === undefined || missing.length > MOST_STEPS) continue;
    const lead = worth - STEP_COST * missing.length - (scores[first] as number);
    const known = found.get(first);
    if (lead > 0 && (known === undefined || lead > known.lead)) {
      found.set(first, { lead, lockedPosition, steps: missing.length });
    }
  }
  return found;
}

/** Positions of the courses that must come first and have not yet, each after those that it needs itself. */
export function missingPrerequisites(
  index: ServingIndex,
  { stateByCourseId }: Pick<EligibilityContext, 'stateByCourseId'>,
  position: number,
): number[] {
  const missing: number[] = [];
  const seen = new Set<number>();
  const visit = (at: number) => {
    for (const id of index.courses[at]?.prerequisiteIds ?? []) {
      const before = index.positionById.get(id);
      if (before === undefined || seen.has(before) || isSettled(stateByCourseId.get(id))) continue;
      seen.add(before);
      visit(before);
      missing.push(before);
    }
  };
  visit(position);
  return missing;
}
