import { createRandom } from '../../stats/random.js';
import { arrivals } from './catalogueColumns.js';
import type { Placed } from './diversify.js';
import type { RecommendationInputs } from './inputs.js';
import type { ServingIndex } from './servingIndex.js';
import type { TrendIndex } from './trendIndex.js';

/** A course in its place, and how likely it was to come into these ten places. */
export interface Explored extends Placed {
  /** Above 0, at most 1: 1 where nothing was left to chance. */
  readonly propensity: number;
  /** It stands there to be given its chance, not for its score. */
  readonly isExploration: boolean;
}

const DAY_MS = 86_400_000;
/** How long a course counts as new, and how many people may have taken it up meanwhile. */
const NEW_WITHIN_DAYS = 60;
const FEW_PEOPLE = 10;
/** The chance goes to one of so many, the best by score, divided between the pages. */
const POOL = 12;
const PAGE = 10;
/** Deeper places are hardly seen. */
const EXPLORED_PAGES = 3;

/**
 * Gives new courses that few have taken up yet a chance inside the eligible ones: in each of the first pages of ten, with
 * a probability of `10 · explorationShare`, one of the best of them comes into a place drawn evenly, and the last course
 * of the page gives way to behind the pages that are explored. Pages draw independently, each from courses of its own,
 * so every propensity is the plain probability that this course stands on its page. The draws hang on the learner and
 * the day alone, so that a list does not flicker.
 *
 * @param listed the list so far, best first
 * @param eligible 1 for each position that may be recommended
 */
export function explore(
  inputs: RecommendationInputs,
  listed: readonly Placed[],
  scores: Float64Array,
  eligible: Uint8Array,
): Explored[] {
  const sure = listed.map(
    ({ position, score }): Explored => ({ position, score, propensity: 1, isExploration: false }),
  );
  const chance = Math.min(1, PAGE * inputs.policy.explorationShare);
  if (chance === 0 || listed.length < PAGE) return sure;
  const candidates = explorable(inputs, listed, scores, eligible);
  const random = createRandom(seedOf(inputs));
  const explored: Explored[] = [];
  const gaveWay: Explored[] = [];
  const pages = Math.min(EXPLORED_PAGES, Math.floor(listed.length / PAGE));
  for (let page = 0; page < pages; page++) {
    const places = sure.slice(page * PAGE, (page + 1) * PAGE);
    const pool = ofPage(candidates, page);
    const isDrawn = random.uniform() < chance;
    const drawn = pool[random.below(Math.max(1, pool.length))];
    const place = random.below(PAGE);
    const last = places.pop() as Explored;
    if (drawn === undefined) places.push(last);
    else if (isDrawn) {
      places.splice(place, 0, { ...drawn, propensity: chance / pool.length, isExploration: true });
      gaveWay.push({ ...last, propensity: chance });
    } else places.push({ ...last, propensity: 1 - chance });
    explored.push(...places);
  }
  return [...explored, ...gaveWay, ...sure.slice(pages * PAGE)].slice(0, listed.length);
}

const ofPage = (candidates: readonly Placed[], page: number): Placed[] =>
  candidates.filter((_, i) => i % EXPLORED_PAGES === page);

/** What may become of the first page, and how probable each is. */
export interface FirstPageChance {
  /** The whole list: its first page as it may be, the rest as it is without chance. */
  readonly list: readonly Explored[];
  /** Above 0; all of them make 1. */
  readonly probability: number;
}

/** Everything that `explore` may make of the first page; later pages are left as they are. */
export function firstPageChances(
  inputs: RecommendationInputs,
  listed: readonly Placed[],
  scores: Float64Array,
  eligible: Uint8Array,
): FirstPageChance[] {
  const sure = listed.map(
    ({ position, score }): Explored => ({ position, score, propensity: 1, isExploration: false }),
  );
  const chance = Math.min(1, PAGE * inputs.policy.explorationShare);
  const pool = chance === 0 || listed.length < PAGE ? [] : ofPage(explorable(inputs, listed, scores, eligible), 0);
  if (pool.length === 0) return [{ list: sure, probability: 1 }];
  const kept = sure.slice(0, PAGE - 1);
  const [last, rest] = [sure.slice(PAGE - 1, PAGE), sure.slice(PAGE)];
  const drawn = pool.flatMap((one) =>
    Array.from({ length: PAGE }, (_, place): FirstPageChance => {
      const explored = { ...one, propensity: chance / pool.length, isExploration: true };
      return {
        list: [...kept.toSpliced(place, 0, explored), ...last, ...rest],
        probability: chance / pool.length / PAGE,
      };
    }),
  );
  return chance === 1 ? drawn : [{ list: sure, probability: 1 - chance }, ...drawn];
}

function explorable(
  { now, index, trends }: RecommendationInputs,
  listed: readonly Placed[],
  scores: Float64Array,
  eligible: Uint8Array,
): Placed[] {
  const sinceMs = now.getTime() - NEW_WITHIN_DAYS * DAY_MS;
  const arrivedMs = arrivals(index);
  const shown = new Set(listed.map(({ position }) => position));
  const pool: Placed[] = [];
  for (const position of hardlyTaken(index, trends)) {
    // Latest first: all that follow are older.
    if ((arrivedMs[position] as number) < sinceMs) break;
    if (eligible[position] === 0) continue;
    const last = pool.length === POOL ? (pool[POOL - 1] as Placed).score : Number.NEGATIVE_INFINITY;
    const score = scores[position] as number;
    if (score < last || shown.has(position)) continue;
    const placed = { position, score };
    if (pool.length === POOL && isBefore(pool[POOL - 1] as Placed, placed)) continue;
    pool.splice(placeIn(pool, placed), 0, placed);
    if (pool.length > POOL) pool.pop();
  }
  return pool;
}

const isBefore = (a: Placed, b: Placed): boolean =>
  a.score > b.score || (a.score === b.score && a.position < b.position);

function placeIn(pool: readonly Placed[], placed: Placed): number {
  let place = pool.length;
  while (place > 0 && isBefore(placed, pool[place - 1] as Placed)) place -= 1;
  return place;
}

const positionsByTrends = new WeakMap<TrendIndex, readonly number[]>();

/** Positions of the courses that few people have taken up, the latest to arrive first. */
function hardlyTaken(index: ServingIndex, trends: TrendIndex): readonly number[] {
  const known = positionsByTrends.get(trends);
  if (known !== undefined) return known;
  const few = Math.log1p(FEW_PEOPLE);
  const arrivedMs = arrivals(index);
  const found = [...arrivedMs.keys()]
    .filter((position) => (trends.popularity[position] as number) <= few)
    .sort((a, b) => (arrivedMs[b] as number) - (arrivedMs[a] as number) || a - b);
  positionsByTrends.set(trends, found);
  return found;
}

/** The same for one learner all day (FNV-1a of id and day). */
function seedOf({ now, state }: RecommendationInputs): number {
  let hash = 0x811c9dc5;
  for (const character of `${Math.floor(now.getTime() / DAY_MS)}/${state.learnerId}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return hash >>> 0;
}
