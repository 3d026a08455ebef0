import { bestCourses } from './bestCourses.js';
import type { ScoredCatalogue } from './scoring.js';

// A fact that lifts a course lifts others with it: what somebody learned speaks for its rivals just as well. So what a
// fact adds to a score does not tell what it does for the place. What it adds to this course beyond what it adds to the
// courses around it does, and where all of them would stand without it.

/**
 * A fact that several courses can hang on: a course of the history, by its place there, or anything else by what it adds to
 * the score of the course at a position.
 */
export type SharedFact = number | ((position: number) => number);

/** What a fact does for a course among its rivals. */
export interface Edge {
  /** What it adds to the course beyond what it adds to a rival on average, in the units of the score. */
  readonly beyond: number;
  /** How many places among the rivals the course would lose without it; below 0: it would gain some. */
  readonly places: number;
}

/** The edge that a fact of so much gives the course; null: a fact about this course alone. */
export type EdgeOf = (fact: SharedFact | null, amount: number) => Edge;

/** So many places before a course and as many behind it are around it: a page of ten stays well below a millisecond. */
const PLACES_AROUND = 6;
/** Deeper down few look, and scores lie so close that single places tell nothing. */
const DEEPEST = 48;

/** The best of a catalogue scored for one learner, and what is known of them so far. */
interface Front {
  readonly best: readonly number[];
  readonly placeByPosition: ReadonlyMap<number, number>;
}

/** A page asks for one course after the other. */
const fronts = new WeakMap<ScoredCatalogue, Front>();

function frontOf(scored: ScoredCatalogue): Front {
  const known = fronts.get(scored);
  if (known !== undefined) return known;
  const best = [...bestCourses(scored.scores, scored.eligible, DEEPEST + PLACES_AROUND)];
  const front = {
    best,
    placeByPosition: new Map(best.map((position, place) => [position, place])),
  };
  fronts.set(scored, front);
  return front;
}

/**
 * Measures facts by what they do for a course among those around it; null for a course that is not among the best, or
 * has no rivals.
 *
 * @param historyAt what each course of the history adds to the score of the course at a position
 */
export function edgesOf(
  scored: ScoredCatalogue,
  position: number,
  historyAt: (position: number) => Float64Array,
): EdgeOf | null {
  const { best, placeByPosition } = frontOf(scored);
  const place = placeByPosition.get(position);
  if (place === undefined || place >= DEEPEST || best.length < 2) return null;
  const own = scored.scores[position]!;
  const rivals = best
    .slice(Math.max(0, place - PLACES_AROUND), place + PLACES_AROUND + 1)
    .filter((at) => at !== position);
  const aheadCount = Math.min(place, PLACES_AROUND);
  const scores = rivals.map((at) => scored.scores[at]!);
  // Of most courses some fact of the history is measured, but not of all.
  let history: readonly Float64Array[] | null = null;
  return (fact, amount) => {
    const left = own - amount;
    let others = 0;
    let places = 0;
    if (typeof fact === 'number') history ??= rivals.map(historyAt);
    for (let r = 0; r < rivals.length; r++) {
      let shared = 0;
      if (typeof fact === 'number') shared = history![r]![fact]!;
      else if (fact !== null) shared = fact(rivals[r]!);
      others += shared;
      const isAhead = r < aheadCount;
      if (isAhead && scores[r]! - shared < left) places -= 1;
      if (!isAhead && scores[r]! - shared > left) places += 1;
    }
    return { beyond: amount - others / rivals.length, places };
  };
}
