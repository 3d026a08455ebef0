import { createRowProducts, type RowProducts } from '../../recsys/kernels/rowProducts.js';
import { skillNumbers } from './catalogueColumns.js';
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
  const nearest = NEAREST.fill(0);
  const comparedWith = COMPARED_WITH.fill(0);
  const isTaken = IS_TAKEN.fill(0);
  const caps = new Caps(takersOf(index), pool, Math.ceil(PAGE * (1 - diversity / 2)));
  const weight = diversity / 2;
  const byMerit = pool.map((_, i) => i).sort((a, b) => merits[b]! - merits[a]! || a - b);
  const picks: number[] = [];
  const worthOf = (i: number): number => (1 - weight) * merits[i]! - weight * nearest[i]!;
  /** Goes on with the picks that it has not been compared with, until it is worth less than so much. */
  const compare = (i: number, bar: number): void => {
    let p = comparedWith[i]!;
    while (p < picks.length && worthOf(i) >= bar) nearest[i] = Math.max(nearest[i]!, likeness(i, picks[p++]!));
    comparedWith[i] = p;
  };
  while (picks.length < Math.min(REARRANGED_PLACES, pool.length)) {
    let pick = -1;
    let pickValue = Number.NEGATIVE_INFINITY;
    let isPickAllowed = false;
    const isBetter = (i: number): boolean => worthOf(i) > pickValue || (worthOf(i) === pickValue && i < pick);
    for (let place = 0; place < byMerit.length; place++) {
      const i = byMerit[place]!;
      if (isTaken[i]) continue;
      // Likeness takes something off at best, so none of those that follow can be worth more.
      if (isPickAllowed && (1 - weight) * merits[i]! < pickValue) break;
      // Likeness only grows with each pick, so a value can only fall: what is known of it so far is a bound (Minoux 1978),
      // and most courses need not be compared at all.
      if (isPickAllowed && !isBetter(i)) continue;
      const isAllowed = caps.allows(i);
      if (isPickAllowed && !isAllowed) continue;
      const outranks = isAllowed && !isPickAllowed;
      if (!outranks && !isBetter(i)) continue;
      compare(i, outranks ? Number.NEGATIVE_INFINITY : pickValue);
      if (!outranks && !isBetter(i)) continue;
      pick = i;
      pickValue = worthOf(i);
      isPickAllowed = isAllowed;
    }
    isTaken[pick] = 1;
    picks.push(pick);
    caps.add(pick);
  }
  const chosen = picks.map((i) => pool[i] as Placed);
  return [...chosen, ...pool.filter((_, i) => isTaken[i] === 0), ...ranked.slice(POOL)];
}

// Scratch memory of this thread: a list is rearranged in one go.
const NEAREST = new Float64Array(POOL);
const COMPARED_WITH = new Uint8Array(POOL);
const IS_TAKEN = new Uint8Array(POOL);

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
function meritsOf(pool: readonly Placed[], diversity: number, popularity: Float32Array): readonly number[] {
  const best = (pool[0] as Placed).score;
  const spread = best - (pool[pool.length - 1] as Placed).score;
  let most = Math.log1p(FEW_PEOPLE);
  for (const { position } of pool) most = Math.max(most, popularity[position]!);
  const perPopularity = Math.min(MOST_TAKEN_OFF, TAKEN_OFF * diversity) / most;
  return pool.map(({ position, score }, i) => {
    const relevance = spread > 0 ? 1 - (best - score) / spread : 1;
    // What suits somebody best gives way to nothing.
    return i === 0 ? relevance : relevance - perPopularity * popularity[position]!;
  });
}

/** How alike two courses of the pool are, 0–1: the half of what they share in skills and of what people take them for. */
function likenessWithin(index: ServingIndex, pool: readonly Placed[]): (a: number, b: number) => number {
  const { directions } = index;
  const skills = skillNumbers(index);
  const skillsOf = pool.map(({ position }) => skills.of[position] as readonly number[]);
  if (directions === null || directions.rank === 0)
    return (a, b) => overlap(skillsOf[a] as readonly number[], skillsOf[b] as readonly number[]);
  const products = productsOf(directions);
  products.take(
    directions.values,
    pool.map(({ position }) => position),
  );
  const cosines: (Float32Array | undefined)[] = [];
  // The second one was picked: it is compared with many.
  return (a, b) => {
    cosines[b] ??= products.productsOf(b);
    return (
      (overlap(skillsOf[a] as readonly number[], skillsOf[b] as readonly number[]) + Math.max(0, cosines[b][a]!)) / 2
    );
  };
}

const productsByDirections = new WeakMap<object, RowProducts>();

function productsOf(directions: NonNullable<ServingIndex['directions']>): RowProducts {
  const known = productsByDirections.get(directions);
  if (known !== undefined) return known;
  const created = createRowProducts(directions.rank, POOL);
  productsByDirections.set(directions, created);
  return created;
}

/** Jaccard index of two sets of few numbers; 0 for two empty sets. */
function overlap(a: readonly number[], b: readonly number[]): number {
  let common = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) if (a[i] === b[j]) common += 1;
  }
  return common === 0 ? 0 : common / (a.length + b.length - common);
}

/** What each course takes its place for: its provider, its format and its skills, each by a number. */
function takersOf(index: ServingIndex): Takers {
  const known = takersByIndex.get(index);
  if (known !== undefined) return known;
  const skills = skillNumbers(index);
  let count = skills.count;
  const others = CAPPED.map((name) => {
    const { indices, values } = index.attributes[name];
    const first = count;
    count += values.length;
    return { indices, first };
  });
  const of = skills.of.map((own, position) => {
    const named = others.filter(({ indices }) => indices[position] !== 0);
    return [...own, ...named.map(({ indices, first }) => first + indices[position]!)];
  });
  const takers = { of, count };
  takersByIndex.set(index, takers);
  return takers;
}

const takersByIndex = new WeakMap<ServingIndex, Takers>();

const CAPPED = ATTRIBUTES.filter((name) => name === 'format' || name === 'provider');

interface Takers {
  /** By position. */
  readonly of: readonly (readonly number[])[];
  /** All numbers are below it. */
  readonly count: number;
}

/** What the last places of a list hold, so that nothing takes more of any ten in a row than it may. */
class Caps {
  readonly #takers: readonly (readonly number[])[];
  readonly #most: number;
  readonly #recent: (readonly number[])[] = [];
  readonly #counts: Uint8Array;

  constructor({ of, count }: Takers, pool: readonly Placed[], most: number) {
    this.#takers = pool.map(({ position }) => of[position] as readonly number[]);
    this.#most = most;
    this.#counts = new Uint8Array(count);
  }

  allows(place: number): boolean {
    for (const taker of this.#takers[place] as readonly number[]) if (this.#counts[taker]! >= this.#most) return false;
    return true;
  }

  add(place: number): void {
    const takers = this.#takers[place] as readonly number[];
    this.#recent.push(takers);
    for (const taker of takers) this.#counts[taker]! += 1;
    if (this.#recent.length < PAGE) return;
    for (const taker of this.#recent.shift() ?? []) this.#counts[taker]! -= 1;
  }
}
