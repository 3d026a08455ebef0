import { ATTRIBUTES, type ServingIndex } from './servingIndex.js';

/** A course on its way into a list. */
export interface Placed {
  readonly position: number;
  readonly score: number;
}

/** Only the beginning of a list is rearranged: so many places, out of so many of the best. */
const REARRANGED_PLACES = 30;
const POOL = 100;
/** Within a page of ten, what has no more than this many is never held back. */
const PAGE = 10;

/**
 * The beginning of the list rearranged so that it is less of the same, and less of what everybody is shown: maximal
 * marginal relevance (Carbonell & Goldstein 1998), each place going to the greatest of `(1 − d/2) · merit − d/2 ·
 * (likeness to the most alike before it)`, where the merit of a course is its relevance less a little for each time that
 * more people have taken it up, see `meritsOf`; and no provider, format or skill takes more than a share of any ten in a
 * row as long as there is something else among the best. The best course stays first.
 *
 * @param ranked best first
 * @param diversity d, 0: unchanged; 1: as varied as possible
 * @param popularity by position, the logarithm of 1 + people who took it up
 * @returns the same courses, those after the beginning in their order
 */
export function diversify(
  index: ServingIndex,
  ranked: readonly Placed[],
  diversity: number,
  popularity: Float32Array,
): Placed[] {
  if (diversity === 0 || ranked.length < 2) return [...ranked];
  const pool = ranked.slice(0, POOL);
  const merits = meritsOf(pool, diversity, popularity);
  const likeness = likenessWithin(index, pool);
  const nearest = new Float64Array(pool.length);
  const isTaken = new Uint8Array(pool.length);
  const caps = new Caps(takersOf(index, pool), Math.ceil(PAGE * (1 - diversity / 2)));
  const weight = diversity / 2;
  const chosen: Placed[] = [];
  while (chosen.length < Math.min(REARRANGED_PLACES, pool.length)) {
    let pick = -1;
    let pickValue = Number.NEGATIVE_INFINITY;
    let isPickAllowed = false;
    for (let i = 0; i < pool.length; i++) {
      if (isTaken[i]) continue;
      const isAllowed = caps.allows(i);
      if (isPickAllowed && !isAllowed) continue;
      const value = (1 - weight) * (merits[i] as number) - weight * (nearest[i] as number);
      if (value > pickValue || (isAllowed && !isPickAllowed)) {
        pick = i;
        pickValue = value;
        isPickAllowed = isAllowed;
      }
    }
    isTaken[pick] = 1;
    const placed = pool[pick] as Placed;
    chosen.push(placed);
    caps.add(pick);
    for (let i = 0; i < pool.length; i++) {
      if (!isTaken[i]) nearest[i] = Math.max(nearest[i] as number, likeness(i, pick));
    }
  }
  return [...chosen, ...pool.filter((_, i) => !isTaken[i]), ...ranked.slice(POOL)];
}

/**
 * What being the most taken of the pool costs for each unit of diversity, where 1 is the whole way from its most to its
 * least relevant, and what it may cost at the most.
 */
const TAKEN_OFF = 1.5;
const MOST_TAKEN_OFF = 0.9;
/** Fewer people than this are no crowd: where nothing has been taken up by more, small counts tell little. */
const FEW_PEOPLE = 10;

/**
 * Relevance, 1 for the best of the pool and 0 for its last, less `min(.9, 1.5d) · ln(1 + people) / ln(1 + most people)`,
 * with the most people who took up any course of the pool. What people took up was in part what they came across, and
 * scores learned from it repeat that: taking a multiple of the logarithm of the popularity off is the right order where
 * popular courses had that much better a chance of being found (Steck 2011). Only the best are set against each other, so
 * that what comes up instead is wanted nearly as much (Adomavicius & Kwon 2012). And since less than the whole of the
 * logarithm is taken off, a list of which nothing but popularity is known keeps its order.
 */
function meritsOf(pool: readonly Placed[], diversity: number, popularity: Float32Array): Float64Array {
  const best = (pool[0] as Placed).score;
  const spread = best - (pool[pool.length - 1] as Placed).score;
  let most = Math.log1p(FEW_PEOPLE);
  for (const { position } of pool) most = Math.max(most, popularity[position]!);
  const perPopularity = Math.min(MOST_TAKEN_OFF, TAKEN_OFF * diversity) / most;
  return Float64Array.from(pool, ({ position, score }, i) => {
    const relevance = spread > 0 ? 1 - (best - score) / spread : 1;
    // What suits somebody best gives way to nothing.
    return i === 0 ? relevance : relevance - perPopularity * popularity[position]!;
  });
}

/** How alike two courses of the pool are, 0–1: the half of what they share in skills and of what people take them for. */
function likenessWithin(index: ServingIndex, pool: readonly Placed[]): (a: number, b: number) => number {
  const { directions } = index;
  const skills = pool.map(({ position }) => new Set(index.courses[position]?.skills.map(({ skillId }) => skillId)));
  return (a, b) => {
    const shared = overlap(skills[a] as Set<string>, skills[b] as Set<string>);
    if (directions === null) return shared;
    const { values, rank } = directions;
    const startA = (pool[a] as Placed).position * rank;
    const startB = (pool[b] as Placed).position * rank;
    let cosine = 0;
    for (let k = 0; k < rank; k++) cosine += values[startA + k]! * values[startB + k]!;
    return (shared + Math.max(0, cosine)) / 2;
  };
}

/** Jaccard index; 0 for two empty sets. */
function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0 || b.size === 0) return 0;
  let common = 0;
  for (const value of a) if (b.has(value)) common += 1;
  return common / (a.size + b.size - common);
}

/** What each course of the pool takes its place for: its provider, its format and its skills, each by a number. */
function takersOf({ attributes, courses }: ServingIndex, pool: readonly Placed[]): readonly (readonly number[])[] {
  const numbers = new Map<string, number>();
  const numberOf = (name: string): number => {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, numbers.size);
    return numbers.size - 1;
  };
  return pool.map(({ position }) => {
    const skills = (courses[position]?.skills ?? []).map(({ skillId }) => numberOf(`skill ${skillId}`));
    const others = CAPPED.filter((name) => attributes[name].indices[position] !== 0);
    return [...skills, ...others.map((name) => numberOf(`${name} ${attributes[name].indices[position]}`))];
  });
}

const CAPPED = ATTRIBUTES.filter((name) => name === 'format' || name === 'provider');

/** What the last places of a list hold, so that nothing takes more of any ten in a row than it may. */
class Caps {
  readonly #takers: readonly (readonly number[])[];
  readonly #most: number;
  readonly #recent: (readonly number[])[] = [];
  readonly #counts: number[] = [];

  constructor(takers: readonly (readonly number[])[], most: number) {
    this.#takers = takers;
    this.#most = most;
  }

  allows(place: number): boolean {
    for (const taker of this.#takers[place] ?? []) if ((this.#counts[taker] ?? 0) >= this.#most) return false;
    return true;
  }

  add(place: number): void {
    const takers = this.#takers[place] ?? [];
    this.#recent.push(takers);
    for (const taker of takers) this.#counts[taker] = (this.#counts[taker] ?? 0) + 1;
    if (this.#recent.length < PAGE) return;
    for (const taker of this.#recent.shift() ?? []) this.#counts[taker] = (this.#counts[taker] ?? 1) - 1;
  }
}
