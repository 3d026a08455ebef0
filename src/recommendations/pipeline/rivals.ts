import { selectTopK } from '../../recsys/kernels/topKKernel.js';
import type { ScoredCatalogue } from './scoring.js';

// A fact that lifts a course lifts others with it: what somebody learned speaks for its rivals just as well. So what a
// fact adds to a score does not tell what it does for the place. What it adds to this course beyond what it adds to the
// courses around it does, and where all of them would stand without it.

/** What the facts that several courses can hang on add to the score of one course, by fact. */
export type SharedAmounts = ReadonlyMap<string, number>;

/** What a fact does for a course among its rivals. */
export interface Edge {
  /** What it adds to the course beyond what it adds to a rival on average, in the units of the score. */
  readonly beyond: number;
  /** How many places among the rivals the course would lose without it; below 0: it would gain some. */
  readonly places: number;
}

/** The edge that a fact of so much gives the course; null: a fact about this course alone. */
export type EdgeOf = (fact: string | null, amount: number) => Edge;

/** So many places before a course and as many behind it are around it: a page of ten stays well below a millisecond. */
const PLACES_AROUND = 6;
/** Deeper down few look, and scores lie so close that single places tell nothing. */
const DEEPEST = 48;

/** The best of a catalogue scored for one learner, and what is known of them so far. */
interface Front {
  readonly best: readonly number[];
  readonly placeByPosition: ReadonlyMap<number, number>;
  readonly amounts: Map<number, SharedAmounts>;
}

/** A page asks for one course after the other; what is found out about their common rivals serves for all. */
const fronts = new WeakMap<ScoredCatalogue, Front>();

function frontOf(scored: ScoredCatalogue): Front {
  const known = fronts.get(scored);
  if (known !== undefined) return known;
  const best = Array.from(selectTopK(scored.scores, DEEPEST + PLACES_AROUND, scored.eligible));
  const front = {
    best,
    placeByPosition: new Map(best.map((position, place) => [position, place])),
    amounts: new Map(),
  };
  fronts.set(scored, front);
  return front;
}

/**
 * Measures facts by what they do for a course among those around it; null for a course that is not among the best, or
 * has no rivals.
 *
 * @param amountsOf what the shared facts add to the course at a position; asked once for each position
 */
export function edgesOf(
  scored: ScoredCatalogue,
  position: number,
  amountsOf: (position: number) => SharedAmounts,
): EdgeOf | null {
  const { best, placeByPosition, amounts } = frontOf(scored);
  const place = placeByPosition.get(position);
  if (place === undefined || place >= DEEPEST || best.length < 2) return null;
  const scoreOf = (at: number) => scored.scores[at] as number;
  const own = scoreOf(position);
  const rivals = best
    .slice(Math.max(0, place - PLACES_AROUND), place + PLACES_AROUND + 1)
    .filter((at) => at !== position)
    .map((at) => {
      const known = amounts.get(at) ?? amountsOf(at);
      amounts.set(at, known);
      return { isAhead: (placeByPosition.get(at) as number) < place, score: scoreOf(at), amounts: known };
    });
  return (fact, amount) => {
    const left = own - amount;
    let others = 0;
    let places = 0;
    for (const rival of rivals) {
      const shared = fact === null ? 0 : (rival.amounts.get(fact) ?? 0);
      others += shared;
      if (rival.isAhead && rival.score - shared < left) places -= 1;
      if (!rival.isAhead && rival.score - shared > left) places += 1;
    }
    return { beyond: amount - others / rivals.length, places };
  };
}
