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
 * The beginning of the list rearranged so that it is less of the same: maximal marginal relevance (Carbonell &
 * Goldstein 1998), each place going to the greatest of `(1 − d/2) · relevance − d/2 · (likeness to the most alike
 * before it)`; and no provider, format or skill takes more than a share of any ten in a row as long as there is
 * something else among the best.
 *
 * @param ranked best first
 * @param diversity d, 0: unchanged; 1: as varied as possible
 * @returns the same courses, those after the beginning in their order
 */
export function diversify(index: ServingIndex, ranked: readonly Placed[], diversity: number): Placed[] {
  if (diversity === 0 || ranked.length < 2) return [...ranked];
  const pool = ranked.slice(0, POOL);
  const best = (pool[0] as Placed).score;
  const spread = best - (pool[pool.length - 1] as Placed).score;
  const relevance = pool.map(({ score }) => (spread > 0 ? 1 - (best - score) / spread : 1));
  const likeness = likenessWithin(index, pool);
  const nearest = new Float64Array(pool.length);
  const isTaken = new Uint8Array(pool.length);
  const caps = new Caps(index, Math.ceil(PAGE * (1 - diversity / 2)));
  const weight = diversity / 2;
  const chosen: Placed[] = [];
  while (chosen.length < Math.min(REARRANGED_PLACES, pool.length)) {
    let pick = -1;
    let pickValue = Number.NEGATIVE_INFINITY;
    let isPickAllowed = false;
    for (let i = 0; i < pool.length; i++) {
      if (isTaken[i]) continue;
      const isAllowed = caps.allows((pool[i] as Placed).position);
      if (isPickAllowed && !isAllowed) continue;
      const value = (1 - weight) * (relevance[i] as number) - weight * (nearest[i] as number);
      if (value > pickValue || (isAllowed && !isPickAllowed)) {
        pick = i;
        pickValue = value;
        isPickAllowed = isAllowed;
      }
    }
    isTaken[pick] = 1;
    const placed = pool[pick] as Placed;
    chosen.push(placed);
    caps.add(placed.position);
    for (let i = 0; i < pool.length; i++) {
      if (!isTaken[i]) nearest[i] = Math.max(nearest[i] as number, likeness(i, pick));
    }
  }
  return [...chosen, ...pool.filter((_, i) => !isTaken[i]), ...ranked.slice(POOL)];
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

/** What the last places of a list hold, so that nothing takes more of any ten in a row than it may. */
class Caps {
  readonly #index: ServingIndex;
  readonly #most: number;
  readonly #recent: string[][] = [];
  readonly #counts = new Map<string, number>();

  constructor(index: ServingIndex, most: number) {
    this.#index = index;
    this.#most = most;
  }

  allows(position: number): boolean {
    return this.#keysOf(position).every((key) => (this.#counts.get(key) ?? 0) < this.#most);
  }

  add(position: number): void {
    const keys = this.#keysOf(position);
    this.#recent.push(keys);
    for (const key of keys) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    if (this.#recent.length < PAGE) return;
    for (const key of this.#recent.shift() ?? []) this.#counts.set(key, (this.#counts.get(key) ?? 1) - 1);
  }

  #keysOf(position: number): string[] {
    const { attributes, courses } = this.#index;
    const keys = (courses[position]?.skills ?? []).map(({ skillId }) => `skill:${skillId}`);
    for (const name of CAPPED) {
      const value = attributes[name].indices[position] as number;
      if (value > 0) keys.push(`${name}:${value}`);
    }
    return keys;
  }
}

const CAPPED = ATTRIBUTES.filter((name) => name === 'format' || name === 'provider');
