import type { Course } from '../../catalog/course.js';
import { withinCaps } from '../../rules/applying/withinCaps.js';
import type { SignalName } from '../../rules/policy.js';
import { type AppliedRule, rulesAppliedIn } from './appliedRules.js';
import { bestCourses } from './bestCourses.js';
import { freshness } from './catalogueColumns.js';
import { diversify, type Placed } from './diversify.js';
import { stopperOf } from './eligibility.js';
import { type Explored, explore } from './explore.js';
import type { RecommendationInputs } from './inputs.js';
import { reasonsFor } from './leads.js';
import type { Reason } from './reasons.js';
import { placed, type RuledList } from './ruleStage.js';
import { type ScoredCatalogue, type Strategy, scoreCatalogue } from './scoring.js';
import { ScratchArrays } from './scratchArrays.js';
import { valueAt } from './signals.js';

// A list comes about in a fixed order: candidates with their signals, eligibility with what rules exclude and require,
// score with what they boost and bury, diversity, exploration, quotas, pins and caps of rules, a final check of
// eligibility, reasons.

/** What brought a course into a list. */
export const SOURCES = [
  'MODEL',
  'SKILL_GAP',
  'ROLE',
  'GOAL',
  'PEERS',
  'SEARCH',
  'TRENDING',
  'NEW',
  'POPULAR',
  'PREREQUISITE',
  'EXPLORATION',
  // Lanes of a feed, not of a list.
  'ASSIGNED',
  'BEGUN',
  'SAVED',
] as const;
export type Source = (typeof SOURCES)[number];

export interface RankedCourse {
  readonly course: Course;
  readonly position: number;
  readonly score: number;
  /** At least one. */
  readonly sources: readonly Source[];
  /**
   * How likely it was to come onto this page of ten, above 0; 1 where nothing was left to chance. Behind the pages that
   * are explored, places may shift by what gave way there.
   */
  readonly propensity: number;
  /** What rules had to do with its place, in the order of the stages; mostly none. */
  readonly appliedRules: readonly AppliedRule[];
}

export interface RecommendedCourse extends RankedCourse {
  /** Strongest first; at least one. */
  readonly reasons: readonly Reason[];
}

export interface RecommendedList {
  readonly strategy: Strategy;
  /** The whole list in order. Empty only when no course is eligible. */
  readonly ranked: readonly RankedCourse[];
  /** Its beginning, with reasons. */
  readonly firstPage: readonly RecommendedCourse[];
}

/** The best courses for a learner, at most `length`, none of them ineligible; reasons for the first `pageSize`. */
export function recommend(inputs: RecommendationInputs, length: number, pageSize: number): RecommendedList {
  return SCRATCH.lend((arrays) => {
    const scored = scoreCatalogue(inputs, arrays);
    const ranked = arrange(inputs, scored, length);
    const firstPage = ranked
      .slice(0, pageSize)
      .map((item) => ({ ...item, reasons: reasonsFor(inputs, scored, item.position, isExplored(item)) }));
    return { strategy: scored.strategy, ranked, firstPage };
  });
}

/** Of this thread. A list holds none of them. */
const SCRATCH = new ScratchArrays();

/** A list after each of the stages that make it out of the scores. */
export interface Placements extends RuledList {
  /** 1 at each position that the list is taken from. */
  readonly open: Uint8Array;
  readonly best: readonly Placed[];
  readonly varied: readonly Placed[];
  readonly explored: readonly Explored[];
}

/** The list made of the scores: the best, varied, with a chance for new courses, as rules place them, checked once more. */
export function arrange(inputs: RecommendationInputs, scored: ScoredCatalogue, length: number): RankedCourse[] {
  const ranked: RankedCourse[] = [];
  const sourcesAt = sourcesIn(inputs, scored);
  const rulesAt = rulesAppliedIn(inputs, scored);
  for (const { position, score, propensity, isExploration, effects } of placementsOf(inputs, scored, length).listed) {
    // Whatever brought it here: nothing that eligibility rules out.
    if (scored.eligible[position] === 0 && scored.begun[position] === 0) continue;
    const course = inputs.index.courses[position] as Course;
    const applied = rulesAt(position, effects, ranked.length + 1);
    const sources = sourcesAt(position, isExploration);
    ranked.push({ course, position, score, propensity, sources, appliedRules: applied });
  }
  return ranked;
}

export function placementsOf(inputs: RecommendationInputs, scored: ScoredCatalogue, length: number): Placements {
  const { scores, eligible, view } = scored;
  const beginning = variedOf(inputs, scored, length);
  const { open, varied } = beginning;
  const explored = view.isPersonal
    ? explore(inputs, varied, scores, eligible)
    : varied.map(({ position, score }) => ({ position, score, propensity: 1, isExploration: false }));
  return { ...beginning, explored, ...placed(inputs, scores, explored, open, length) };
}

/** The list before anything is left to chance, and before rules place courses. */
export function variedOf(
  { index, policy, trends }: RecommendationInputs,
  { scores, eligible, begun }: ScoredCatalogue,
  length: number,
): Pick<Placements, 'open' | 'best' | 'varied'> {
  const among = (open: Uint8Array) => {
    const found: Placed[] = [];
    for (const position of bestCourses(scores, open, length)) found.push({ position, score: scores[position]! });
    return found;
  };
  const open = among(eligible);
  // Unfinished courses have a place of their own; they come up here only when nothing else is left to recommend.
  const best = open.length > 0 ? open : among(begun);
  const varied = diversify(index, best, policy.diversity, trends.popularity);
  return { open: open.length > 0 ? eligible : begun, best, varied };
}

/** A page of a list served before. */
export interface ContinuedPage {
  readonly courses: readonly RecommendedCourse[];
  readonly hasMore: boolean;
}

/** An entry of a list served before. */
export type ListedCourse = Pick<RankedCourse, 'score' | 'sources' | 'propensity' | 'appliedRules'> & {
  readonly courseId: string;
};

/**
 * A later page of a list served before: what has become ineligible meanwhile is left out, and what a cap forbids now that
 * it has; the order stays.
 *
 * @param shownIds courses shown on the pages before, in order
 */
export function continueList(
  inputs: RecommendationInputs,
  entries: readonly ListedCourse[],
  pageSize: number,
  shownIds: readonly string[] = [],
): ContinuedPage {
  const scored = scoreCatalogue(inputs);
  const { courses, positionById } = inputs.index;
  const eligible = entries.flatMap(({ courseId, ...entry }): RankedCourse[] => {
    const position = positionById.get(courseId);
    const course = courses[position ?? -1];
    if (position === undefined || course === undefined) return [];
    if (stopperOf(course, scored.view.eligibility) !== null) return [];
    return [{ ...entry, course, position }];
  });
  const shown = shownIds.flatMap((id) => positionById.get(id) ?? []);
  const behind = eligible.map(({ position }) => position);
  const isWithin = withinCaps(inputs.rules.caps, courses, shown, behind);
  const open = eligible.filter((_, i) => isWithin[i]);
  return {
    courses: open
      .slice(0, pageSize)
      .map((item) => ({ ...item, reasons: reasonsFor(inputs, scored, item.position, isExplored(item)) })),
    hasMore: open.length > pageSize,
  };
}

const isExplored = ({ sources }: Pick<RankedCourse, 'sources'>): boolean => sources.includes('EXPLORATION');

/** Signals whose presence is a source of its own. */
const SOURCE_SIGNALS: readonly (readonly [SignalName, Source])[] = [
  ['skillGap', 'SKILL_GAP'],
  ['role', 'ROLE'],
  ['goal', 'GOAL'],
  ['peers', 'PEERS'],
  ['search', 'SEARCH'],
  ['trending', 'TRENDING'],
];

/** By source its bit in a set of them. */
const BIT = Object.fromEntries(SOURCES.map((source, i) => [source, 1 << i])) as Readonly<Record<Source, number>>;

const sourcesBySet = new Array<readonly Source[] | undefined>(1 << SOURCES.length);

/** The sources of a set, the same ones for all courses that have them; POPULAR where it is empty. */
function sourcesBy(set: number): readonly Source[] {
  const known = sourcesBySet[set];
  if (known !== undefined) return known;
  const sources = SOURCES.filter((source) => (set & BIT[source]) !== 0);
  const found: readonly Source[] = sources.length > 0 ? sources : ['POPULAR'];
  sourcesBySet[set] = found;
  return found;
}

/** New is what came out within two months: a quarter of its freshness is left. */
export const FRESH = 0.25;

/** Everything that speaks for the course at a position, at least one. */
export function sourcesOf(
  inputs: RecommendationInputs,
  scored: ScoredCatalogue,
  { position, isExploration }: Pick<Explored, 'position' | 'isExploration'>,
): readonly Source[] {
  return sourcesIn(inputs, scored)(position, isExploration);
}

/** `sourcesOf` for one place after the other. */
function sourcesIn(
  { index, now }: RecommendationInputs,
  { view, learned, unlocks: opened, factors }: ScoredCatalogue,
): (position: number, isExploration: boolean) => readonly Source[] {
  const hasHistory = learned.modelled !== null && view.history.itemIndices.length > 0;
  const spoken = SOURCE_SIGNALS.filter(([name]) => factors[name] > 0 && learned.signals[name].form !== 'ABSENT').map(
    ([name, source]) => ({ signal: learned.signals[name], source }),
  );
  const fresh = freshness(index, now);
  return (position, isExploration) => {
    let set = hasHistory && (index.itemIndices[position] as number) >= 0 ? BIT.MODEL : 0;
    for (const { signal, source } of spoken) if (valueAt(signal, position) > 0) set |= BIT[source];
    if ((fresh[position] as number) >= FRESH) set |= BIT.NEW;
    if (opened.has(position)) set |= BIT.PREREQUISITE;
    if (isExploration) set |= BIT.EXPLORATION;
    return sourcesBy(set);
  };
}
