import type { SkillGap } from '../../learners/skillGaps.js';
import { closingOf } from '../../learners/skillGaps.js';
import { type Audience, EVERYBODY, FEWEST_TAKERS } from '../../learners/trends.js';
import { selectTopK } from '../../recsys/kernels/topKKernel.js';
import { arrivedAtMs, freshness } from '../pipeline/catalogueColumns.js';
import type { RecommendationInputs } from '../pipeline/inputs.js';
import { nextOpenSession } from '../pipeline/lanes.js';
import { leadsOf } from '../pipeline/leads.js';
import { arrange, FRESH, type RankedCourse } from '../pipeline/pipeline.js';
import type { Evidence } from '../pipeline/reasons.js';
import { pinnedOnShelf, withoutPlacing } from '../pipeline/ruleStage.js';
import type { ScoredCatalogue } from '../pipeline/scoring.js';
import type { ServingIndex } from '../pipeline/servingIndex.js';
import { valueAt } from '../pipeline/signals.js';

/** Shelves of what is recommended, in the order in which they are shown. */
export const RECOMMENDING_SHELVES = [
  'FOR_YOU',
  'CLOSE_YOUR_GAPS',
  'FOR_YOUR_ROLE',
  'BECAUSE_YOU',
  'TRENDING_IN_YOUR_TEAM',
  'NEW',
  'LIVE_AND_COACHING',
] as const;
export type RecommendingShelf = (typeof RECOMMENDING_SHELVES)[number];

/** What a shelf may be filled from. */
export interface ShelfPool {
  readonly kind: RecommendingShelf;
  /** Best first, each eligible and none twice. */
  readonly candidates: readonly Candidate[];
}

export interface Candidate {
  readonly position: number;
  /** The fact that brings the course to this shelf; null: it needs none, the course's own reasons say it all. */
  readonly evidence: Evidence | null;
  /** As arranged; null: nothing was left to chance. */
  readonly arranged: RankedCourse | null;
}

/** As many skills as one can work on at a time. */
const FOCUS_GAPS = 3;
/** What closes less than this share of what the best course closes is not worth naming a gap for. */
const MIN_CLOSING = 1 / 3;
/** Where more than this share of all that is eligible is new, being new tells nothing. */
const MOST_NEW = 0.5;
export const BECAUSE_SHELVES = 2;
/** So many of the best are asked which course of the history speaks for them. */
const BECAUSE_POOL = 100;
/** Courses that do not both say what they teach are close when their factors point this nearly the same way (cosine). */
const CLOSE = 0.5;
/** Any number of shelves may each take this many times what is asked for before one of them runs dry. */
const SHELVES = RECOMMENDING_SHELVES.length + BECAUSE_SHELVES - 1;

/** A pool for each shelf that there is something for, in the order in which they are shown; all from one scoring. */
export function shelfPools(
  inputs: RecommendationInputs,
  scored: ScoredCatalogue,
  claimed: ReadonlySet<number>,
  perShelf: number,
): ShelfPool[] {
  const depth = SHELVES * perShelf + claimed.size;
  const isNewest = scored.strategy === 'NEWEST';
  const pools: ShelfPool[] = [
    { kind: 'FOR_YOU', candidates: arranged(inputs, scored, depth) },
    { kind: 'CLOSE_YOUR_GAPS', candidates: gapClosers(inputs, scored, depth) },
    { kind: 'FOR_YOUR_ROLE', candidates: roleCourses(inputs, scored, depth) },
    ...becauses(inputs, scored, perShelf).map((candidates) => ({ kind: 'BECAUSE_YOU' as const, candidates })),
    { kind: 'TRENDING_IN_YOUR_TEAM', candidates: trendingCourses(inputs, scored) },
    { kind: 'NEW', candidates: isNewest ? [] : newCourses(inputs, scored, depth) },
    { kind: 'LIVE_AND_COACHING', candidates: inPerson(inputs, scored, depth) },
  ];
  const pinned = pinnedOnShelf(inputs, scored.scores, scored.eligible, claimed, perShelf);
  return pools
    .map(({ kind, candidates }) => ({
      kind,
      candidates: candidates.filter(
        ({ position }) => !claimed.has(position) && (kind === 'FOR_YOU' || !pinned.has(position)),
      ),
    }))
    .filter(({ candidates }) => candidates.length > 0);
}

function arranged(inputs: RecommendationInputs, scored: ScoredCatalogue, depth: number): Candidate[] {
  // Where nothing is eligible the list falls back on what is begun; that has a shelf of its own here. Rules place courses
  // once it is known what stands on other shelves.
  return arrange(withoutPlacing(inputs), scored, depth)
    .filter(({ position }) => scored.eligible[position] === 1)
    .map((one) => ({ position: one.position, evidence: null, arranged: one }));
}

/** Courses that bring the learner forward in the skills that they lack most, the best of those that do so notably. */
function gapClosers(inputs: RecommendationInputs, scored: ScoredCatalogue, depth: number): Candidate[] {
  if (scored.factors.skillGap <= 0) return [];
  const { index } = inputs;
  const closing = new Map<number, number>();
  const focus = focusGaps(scored);
  for (const gap of focus) {
    for (const teaching of index.teachingBySkill.get(gap.skillId) ?? []) {
      const value = closingOf(gap, teaching);
      if (value <= 0 || scored.eligible[teaching.position] === 0) continue;
      closing.set(teaching.position, (closing.get(teaching.position) ?? 0) + value);
    }
  }
  const bar = MIN_CLOSING * Math.max(0, ...closing.values());
  const skillIds = new Set(focus.map(({ skillId }) => skillId));
  return best(scored, depth, (position) => (closing.get(position) ?? 0) >= bar && closing.has(position)).map(
    (position) => candidate(position, strongest(inputs, scored, position, isClosing(skillIds))),
  );
}

/** The widest gaps by what they matter to the role. */
function focusGaps({ view }: ScoredCatalogue): SkillGap[] {
  const width = (gap: SkillGap): number => (gap.targetLevel - gap.level) * gap.importance;
  return [...view.gaps.values()]
    .filter((gap) => width(gap) > 0)
    .sort((a, b) => width(b) - width(a) || (a.skillId < b.skillId ? -1 : 1))
    .slice(0, FOCUS_GAPS);
}

const isClosing =
  (skillIds: ReadonlySet<string>) =>
  (evidence: Evidence): boolean =>
    evidence.kind === 'SKILL_GAP' && skillIds.has(evidence.skillId);

/** Courses that teach what a role needs, unless the learner is past them. */
function roleCourses(inputs: RecommendationInputs, scored: ScoredCatalogue, depth: number): Candidate[] {
  if (scored.factors.role <= 0) return [];
  return best(scored, depth, (position) => {
    return valueAt(scored.learned.signals.role, position) > 0 && isStillToLearn(inputs, scored, position);
  }).map((position) =>
    candidate(
      position,
      strongest(inputs, scored, position, ({ kind }) => kind === 'ROLE'),
    ),
  );
}

/** Whether a course goes above the learner's level in a skill of the role, or above what the role needs. */
function isStillToLearn({ index }: RecommendationInputs, { view }: ScoredCatalogue, position: number): boolean {
  return (index.courses[position]?.skills ?? []).some(({ skillId, levelTo }) => {
    const gap = view.gaps.get(skillId);
    if (gap !== undefined) return levelTo > gap.level;
    // No gap: the level is at least the target.
    return view.roles.some(({ skills }) =>
      skills.some((need) => need.skillId === skillId && levelTo > need.targetLevel),
    );
  });
}

/**
 * What single courses of the history speak for: each of the best courses goes to the one that carries most of its score,
 * if the two are close enough for people to see why. The courses of the history that carry most in all get a shelf, at most two, and not two of the same field.
 */
function becauses(inputs: RecommendationInputs, scored: ScoredCatalogue, perShelf: number): Candidate[][] {
  if (scored.factors.collaborative <= 0 || scored.view.wanted.length === 0) return [];
  const bySeed = new Map<string, { amount: number; readonly candidates: (Candidate & { amount: number })[] }>();
  for (const position of best(scored, Math.max(BECAUSE_POOL, BECAUSE_SHELVES * perShelf))) {
    const [lead] = leadsIn(inputs, scored, position, isTelling);
    if (lead === undefined || lead.amount <= 0 || lead.evidence.kind !== 'HISTORY') continue;
    if (!isClose(inputs, lead.evidence.courseId, position)) continue;
    const seed = bySeed.get(lead.evidence.courseId) ?? { amount: 0, candidates: [] };
    seed.amount += lead.amount;
    seed.candidates.push({ ...candidate(position, lead.evidence), amount: lead.amount });
    bySeed.set(lead.evidence.courseId, seed);
  }
  const seeds = [...bySeed].sort(([a, x], [b, y]) => y.amount - x.amount || (a < b ? -1 : 1));
  const chosen: typeof seeds = [];
  for (const one of seeds) {
    if (chosen.length === BECAUSE_SHELVES) break;
    if (one[1].candidates.length < FEWEST_IN_SHELF) continue;
    if (chosen.every(([courseId]) => !isClose(inputs, courseId, inputs.index.positionById.get(one[0]) ?? -1)))
      chosen.push(one);
  }
  return chosen.map(([, { candidates }]) =>
    [...candidates].sort((a, b) => b.amount - a.amount || a.position - b.position),
  );
}

/** Fewer courses than this do not make a shelf: they find their place on another. */
export const FEWEST_IN_SHELF = 3;

/** Having looked at a course is too little to be reminded of. */
const isTelling = (evidence: Evidence): boolean => evidence.kind === 'HISTORY' && evidence.did !== 'VIEWED';

/** Whether two courses are about the same field; where one does not say, whether the same people take them. */
function isClose({ index }: RecommendationInputs, seedId: string, position: number): boolean {
  const { directions, positionById } = index;
  const seed = positionById.get(seedId);
  if (seed === undefined) return false;
  const [a, b] = [fieldsOf(index, seed), fieldsOf(index, position)];
  if (a.size > 0 && b.size > 0) return [...a].some((field) => b.has(field));
  if (directions === null) return false;
  const { values, rank } = directions;
  let cosine = 0;
  for (let k = 0; k < rank; k++) cosine += values[seed * rank + k]! * values[position * rank + k]!;
  return cosine >= CLOSE;
}

/** The skills that a course teaches, and those that they are part of. */
function fieldsOf({ courses, catalog }: ServingIndex, position: number): ReadonlySet<string> {
  return new Set(
    (courses[position]?.skills ?? []).flatMap(({ skillId }) => {
      const parentId = catalog.skills.get(skillId)?.parentId ?? null;
      return parentId === null ? [skillId] : [skillId, parentId];
    }),
  );
}

/** What gains ground in the learner's department, or everywhere when that says too little. */
function trendingCourses(inputs: RecommendationInputs, scored: ScoredCatalogue): Candidate[] {
  if (scored.factors.trending <= 0) return [];
  const own = trendingIn(inputs, scored, scored.view.trendAudience);
  return own.length >= FEWEST_IN_SHELF ? own : trendingIn(inputs, scored, EVERYBODY);
}

function trendingIn({ index, trends }: RecommendationInputs, scored: ScoredCatalogue, audience: Audience): Candidate[] {
  const { values: growth } = trends.trending(audience);
  return (trends.group(audience)?.uptakes ?? [])
    .flatMap(({ courseId, recentPeople }) => {
      const position = index.positionById.get(courseId);
      if (position === undefined || recentPeople < FEWEST_TAKERS) return [];
      if (scored.eligible[position] === 0 || (growth[position] as number) <= 0) return [];
      return [candidate(position, { kind: 'TRENDING', audience, recentPeople })];
    })
    .sort((a, b) => (growth[b.position] as number) - (growth[a.position] as number) || byScore(scored)(a, b));
}

/** What came out within two months, where that is something special. */
function newCourses({ index, now }: RecommendationInputs, scored: ScoredCatalogue, depth: number): Candidate[] {
  const fresh = freshness(index, now);
  let eligibleCount = 0;
  let newCount = 0;
  scored.eligible.forEach((isEligible, position) => {
    if (isEligible === 0) return;
    eligibleCount += 1;
    if ((fresh[position] as number) >= FRESH) newCount += 1;
  });
  if (newCount > MOST_NEW * eligibleCount) return [];
  return best(scored, depth, (position) => (fresh[position] as number) >= FRESH).map((position) => {
    const course = index.courses[position];
    return candidate(position, course && { kind: 'NEW', publishedAt: new Date(arrivedAtMs(course)) });
  });
}

/** Courses with people: a date with a free seat, or coaching and mentoring to be arranged. */
function inPerson({ index, now }: RecommendationInputs, scored: ScoredCatalogue, depth: number): Candidate[] {
  return best(scored, depth, (position) => {
    const course = index.courses[position];
    if (course === undefined) return false;
    if (nextOpenSession(course, now) !== null) return true;
    return course.sessions.length === 0 && (course.kind === 'COACHING' || course.kind === 'MENTORING');
  }).map((position) => candidate(position, null));
}

function candidate(position: number, evidence: Evidence | null | undefined): Candidate {
  return { position, evidence: evidence ?? null, arranged: null };
}

/** The best eligible courses, by score. */
function best(
  { scores, eligible }: ScoredCatalogue,
  count: number,
  isWanted: (position: number) => boolean = () => true,
): number[] {
  const mask = eligible.map((isEligible, position) => (isEligible === 1 && isWanted(position) ? 1 : 0));
  return Array.from(selectTopK(scores, count, mask));
}

const byScore =
  ({ scores }: ScoredCatalogue) =>
  (a: Candidate, b: Candidate): number =>
    (scores[b.position] as number) - (scores[a.position] as number) || a.position - b.position;

function strongest(
  inputs: RecommendationInputs,
  scored: ScoredCatalogue,
  position: number,
  isWanted: (evidence: Evidence) => boolean,
): Evidence | null {
  return leadsIn(inputs, scored, position, isWanted)[0]?.evidence ?? null;
}

/** What speaks for a course in words of one kind, strongest first. */
function leadsIn(
  inputs: RecommendationInputs,
  scored: ScoredCatalogue,
  position: number,
  isWanted: (evidence: Evidence) => boolean,
): { readonly amount: number; readonly evidence: Evidence }[] {
  const leads = leadsOf(inputs, scored, position);
  const total = leads.reduce((sum, { amount }) => sum + Math.max(0, amount), 0);
  return leads
    .flatMap(({ amount, evidenceOf }) => {
      const evidence = evidenceOf?.(total > 0 ? Math.max(0, amount) / total : 0);
      return evidence !== undefined && isWanted(evidence) ? [{ amount, evidence }] : [];
    })
    .sort((a, b) => b.amount - a.amount);
}
