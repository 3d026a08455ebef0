import type { Course, LiveSession } from '../../catalog/course.js';
import type { CourseState } from '../../learners/courseState.js';
import { isCompleted } from '../../learners/courseState.js';
import type { Obligation } from '../../learners/learner.js';
import { type AppliedRule, liftingRules, requiringRules } from '../pipeline/appliedRules.js';
import type { RecommendationInputs } from '../pipeline/inputs.js';
import { type LaneEntry, lanesOf, nextOpenSession } from '../pipeline/lanes.js';
import { reasonsFor } from '../pipeline/leads.js';
import { type RecommendedCourse, sourcesOf } from '../pipeline/pipeline.js';
import { type Evidence, type Reason, reasonOf } from '../pipeline/reasons.js';
import type { RequiredCourse } from '../pipeline/required.js';
import { type ScoredCatalogue, type Strategy, scoreCatalogue } from '../pipeline/scoring.js';
import { ruledShelves } from './ruledShelves.js';
import {
  BECAUSE_SHELVES,
  type Candidate,
  FEWEST_IN_SHELF,
  RECOMMENDING_SHELVES,
  type ShelfPool,
  shelfPools,
} from './shelfPools.js';
import { continueWords, requiredWords, type ShelfWords, savedWords, shelfWords } from './shelfWords.js';

/** In the order in which they are shown. */
export const SHELF_KINDS = ['REQUIRED', 'CONTINUE', ...RECOMMENDING_SHELVES, 'SAVED'] as const;
export type ShelfKind = (typeof SHELF_KINDS)[number];

export interface FeedEntry extends RecommendedCourse {
  /** Null: it is not assigned. */
  readonly obligation: Obligation | null;
  readonly dueAt: Date | null;
  readonly overdue: boolean;
  /** The furthest that the learner got, 0–1; null: not begun, or due again since. */
  readonly progress: number | null;
  /** When they were last at it; null: never, or not begun. */
  readonly stoppedAt: Date | null;
  /** What is left of a course that is begun; null: not known. */
  readonly minutesLeft: number | null;
  /** What has to come before a required course, in an order in which it can be taken. */
  readonly missingPrerequisites: readonly Course[];
  /** The next date with a free seat; null: there is none, or it needs none. */
  readonly nextSession: LiveSession | null;
}

export interface Shelf extends ShelfWords {
  readonly kind: ShelfKind;
  /** At least one. */
  readonly entries: readonly FeedEntry[];
}

export interface Feed {
  readonly strategy: Strategy;
  /** Without empty ones. */
  readonly shelves: readonly Shelf[];
}

export interface FeedOptions {
  /** Most entries on a shelf, 1 to 30; 10 unless said otherwise. */
  readonly perShelf?: number;
}

export const DEFAULT_PER_SHELF = 10;
export const MAX_PER_SHELF = 30;
/** One of each kind, and one more since BECAUSE_YOU may come twice. */
export const MOST_SHELVES = SHELF_KINDS.length + BECAUSE_SHELVES - 1;

/**
 * Everything that a learner could turn to now, on shelves: what they must do, have begun or saved, and what is
 * recommended for one reason each. No course stands on two shelves:
 *
 * 1. What is the learner's own matter comes first: required, then begun, then saved. What belongs there is recommended
 *    nowhere else, even where the shelf is too short to show it.
 * 2. The other shelves take turns, each taking the best that is left for it: FOR_YOU begins, so that the best course of
 *    all stands there, then whichever has least to choose from. So FOR_YOU keeps its best, and a shelf with a closer
 *    reason is not left with what FOR_YOU did not want.
 * 3. A shelf that would end up with fewer than three (or `perShelf`, where that is less) takes its first three right
 *    after the best course of all has gone to FOR_YOU. If that does not help it is given up, the shortest first, and its
 *    courses are free for the others. FOR_YOU always stays.
 *
 * Rules that exclude and require bind every shelf of what is recommended; what is the learner's own matter stays theirs.
 * Quotas, pins and caps count the places of FOR_YOU.
 *
 * Whoever opted out of personal lists gets no shelf made from who they are or what they did: only their own lanes, what
 * is popular, on the rise, new, and live.
 *
 * @throws RangeError when `perShelf` is not a whole number from 1 to 30
 */
export function makeFeed(inputs: RecommendationInputs, { perShelf = DEFAULT_PER_SHELF }: FeedOptions = {}): Feed {
  if (!Number.isInteger(perShelf) || perShelf < 1 || perShelf > MAX_PER_SHELF) {
    throw new RangeError(`perShelf must be a whole number from 1 to ${MAX_PER_SHELF}, not ${perShelf}`);
  }
  const scored = scoreCatalogue(inputs);
  const { required, begun, saved } = lanesOf(inputs, !scored.eligible.includes(1));
  const claimed = new Set([...required, ...begun, ...saved].map(({ position }) => position));
  const pools = shelfPools(inputs, scored, claimed, perShelf);
  const filled = fill(pools, perShelf);
  const { shelves: recommending, placing } = ruledShelves(inputs, scored, filled, claimed, perShelf);
  const lane = (entries: readonly LaneEntry[]): FeedEntry[] =>
    entries.slice(0, perShelf).map((entry) => laneEntry(inputs, scored, entry));
  const shelfOf = (kind: ShelfKind, words: (entries: readonly FeedEntry[]) => ShelfWords, entries: FeedEntry[]) => ({
    kind,
    ...words(entries),
    entries,
  });
  const shelves: Shelf[] = [
    shelfOf('REQUIRED', (entries) => requiredWords(entries, required.length), lane(required)),
    shelfOf('CONTINUE', (entries) => continueWords(entries.length), lane(begun)),
    ...recommending.map(({ kind, candidates }) =>
      shelfOf(
        kind,
        (entries) => shelfWords(kind, inputs, scored, entries),
        candidates.map((candidate) => {
          const applied = placing.get(candidate.position) ?? liftingRules(inputs, scored, candidate.position);
          return recommendedEntry(inputs, scored, candidate, applied);
        }),
      ),
    ),
    shelfOf('SAVED', (entries) => savedWords(entries.length), lane(saved)),
  ];
  return { strategy: scored.strategy, shelves: shelves.filter(({ entries }) => entries.length > 0) };
}

/** What each shelf gets of its pool, in the order of the pools. */
function fill(
  pools: readonly ShelfPool[],
  perShelf: number,
  early: ReadonlySet<ShelfPool> = new Set(),
): readonly ShelfPool[] {
  const fewest = Math.min(FEWEST_IN_SHELF, perShelf);
  const filled = takeTurns(pools, perShelf, early);
  const shortest = filled
    .filter(({ pool, chosen }) => pool.kind !== 'FOR_YOU' && chosen.length < fewest)
    .reduce<Player | null>((a, b) => (a !== null && a.chosen.length < b.chosen.length ? a : b), null);
  if (shortest === null) {
    return filled.flatMap(({ pool, chosen }) => (chosen.length > 0 ? [{ kind: pool.kind, candidates: chosen }] : []));
  }
  const { pool } = shortest;
  const isWorthATry = !early.has(pool) && pool.candidates.length >= fewest;
  return isWorthATry
    ? fill(pools, perShelf, new Set([...early, pool]))
    : fill(
        pools.filter((other) => other !== pool),
        perShelf,
        early,
      );
}

/** A shelf while it is being filled. */
interface Player {
  readonly pool: ShelfPool;
  /** Where to go on looking among the candidates. */
  next: number;
  readonly chosen: Candidate[];
}

/** One course a turn; the early ones may fill up to the fewest before the others have their second turn. */
function takeTurns(pools: readonly ShelfPool[], perShelf: number, early: ReadonlySet<ShelfPool>): readonly Player[] {
  const taken = new Set<number>();
  const players = pools.map((pool): Player => ({ pool, next: 0, chosen: [] }));
  const take = ({ pool: { candidates }, chosen, ...player }: Player): number => {
    let { next } = player;
    while (next < candidates.length && taken.has((candidates[next] as Candidate).position)) next += 1;
    const candidate = candidates[next];
    if (candidate === undefined || chosen.length === perShelf) return next;
    taken.add(candidate.position);
    chosen.push(candidate);
    return next + 1;
  };
  const turn = (player: Player) => {
    player.next = take(player);
  };
  const order = [...players].sort((a, b) => choice(a.pool) - choice(b.pool));
  for (const player of order.filter(({ pool }) => pool.kind === 'FOR_YOU')) turn(player);
  for (const player of order.filter(({ pool }) => early.has(pool))) {
    for (let i = 0; i < Math.min(FEWEST_IN_SHELF, perShelf); i++) turn(player);
  }
  for (let round = 0; round < perShelf; round++) for (const player of order) turn(player);
  return players;
}

const choice = ({ kind, candidates }: ShelfPool): number => (kind === 'FOR_YOU' ? -1 : candidates.length);

function laneEntry(
  inputs: RecommendationInputs,
  scored: ScoredCatalogue,
  { position, evidence, required }: LaneEntry,
): FeedEntry {
  const own = reasonOf(evidence);
  // What somebody has to do needs no other reason.
  const reasons = required !== null ? [own] : leadingWith(own, reasonsFor(inputs, scored, position, false));
  const appliedRules = required === null ? [] : requiringRules(inputs, required.course.id, required.dueAt);
  const entry = entryOf(inputs, scored, position, { propensity: 1, sources: [evidence.kind], reasons, appliedRules });
  return required === null ? entry : { ...entry, ...dutyOf(required) };
}

function dutyOf({
  obligation,
  dueAt,
  isOverdue,
  missingPrerequisites,
}: RequiredCourse): Pick<FeedEntry, 'obligation' | 'dueAt' | 'overdue' | 'missingPrerequisites'> {
  return { obligation, dueAt, overdue: isOverdue, missingPrerequisites };
}

function recommendedEntry(
  inputs: RecommendationInputs,
  scored: ScoredCatalogue,
  { position, evidence, arranged }: Candidate,
  appliedRules: readonly AppliedRule[],
): FeedEntry {
  const isExploration = arranged?.sources.includes('EXPLORATION') ?? false;
  const reasons = reasonsFor(inputs, scored, position, isExploration);
  return entryOf(inputs, scored, position, {
    propensity: arranged?.propensity ?? 1,
    sources: arranged?.sources ?? sourcesOf(inputs, scored, { position, isExploration }),
    appliedRules,
    reasons: evidence === null ? reasons.slice(0, MAX_REASONS) : leadingWith(reasonOf(evidence), reasons),
  });
}

function entryOf(
  { index, now }: RecommendationInputs,
  { view, scores }: ScoredCatalogue,
  position: number,
  listed: Pick<FeedEntry, 'propensity' | 'sources' | 'reasons' | 'appliedRules'>,
): FeedEntry {
  const course = index.courses[position] as Course;
  const state = view.eligibility.stateByCourseId.get(course.id);
  return {
    course,
    position,
    score: scores[position] as number,
    ...listed,
    obligation: null,
    dueAt: null,
    overdue: false,
    ...standing(course, state),
    missingPrerequisites: [],
    nextSession: nextOpenSession(course, now),
  };
}

/** Where the learner stands in a course. */
function standing(
  { durationMinutes }: Course,
  state: CourseState | undefined,
): Pick<FeedEntry, 'progress' | 'stoppedAt' | 'minutesLeft'> {
  const isUnderWay = state !== undefined && !isCompleted(state) && (state.starts > 0 || state.maxProgress !== null);
  if (!isUnderWay) return { progress: null, stoppedAt: null, minutesLeft: null };
  const progress = state.maxProgress ?? 0;
  return {
    progress,
    stoppedAt: new Date(state.lastAtMs),
    // All through and yet not completed: nobody knows what is missing.
    minutesLeft: durationMinutes === null || progress >= 1 ? null : Math.ceil(durationMinutes * (1 - progress)),
  };
}

const MAX_REASONS = 3;

/** The reason of the shelf first, then the others, none of them twice. */
function leadingWith(first: Reason, others: readonly Reason[]): Reason[] {
  const rest = others.filter(({ code, evidence }) => {
    return code !== 'AVAILABLE' && !(evidence !== null && isSameFact(evidence, first.evidence));
  });
  return [first, ...rest].slice(0, MAX_REASONS);
}

/** Apart from how much it carries. */
function isSameFact(a: Evidence, b: Evidence | null): boolean {
  if (a.kind === 'HISTORY' && b?.kind === 'HISTORY') return a.courseId === b.courseId;
  if (a.kind === 'SKILL_GAP' && b?.kind === 'SKILL_GAP') return a.skillId === b.skillId;
  return a.kind === b?.kind;
}
