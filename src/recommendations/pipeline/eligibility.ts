import { type Course, isFull, primaryLanguage } from '../../catalog/course.js';
import { lastEndorsedAtMs } from '../../learners/confidence.js';
import { type CourseState, isBegun, isCompleted } from '../../learners/courseState.js';
import type { HardRules } from './learnerRules.js';
import type { ServingIndex } from './servingIndex.js';

/** Why a course may not be recommended to a learner. */
export const STOPPERS = [
  'NOT_PUBLISHED',
  'RETIRED',
  'EXCLUDED',
  'RULE_EXCLUDED',
  'RULE_REQUIRES_OTHER',
  'OTHER_LANGUAGE',
  'COMPLETED',
  'WAIVED',
  'DISMISSED',
  'ASSIGNED',
  'NO_SESSION_LEFT',
  'FULL',
  'PREREQUISITE_MISSING',
] as const;
export type Stopper = (typeof STOPPERS)[number];

/** What eligibility needs to know of a learner. */
export interface EligibilityContext {
  readonly now: Date;
  /** Primary language subtags, lower case; null: any language. */
  readonly languages: ReadonlySet<string> | null;
  readonly stateByCourseId: ReadonlyMap<string, CourseState>;
  /** Assigned and not yet fulfilled. */
  readonly assignedCourseIds: ReadonlySet<string>;
  /** Null: no rule rules anything out. */
  readonly rules: HardRules | null;
}

/** "Not now" is over after this. */
export const NOT_NOW_MS = 30 * 86_400_000;

/** Everything that keeps a course from being recommended, in the order in which `stopperOf` names them. */
export function stoppersOf(course: Course, context: EligibilityContext): Stopper[] {
  const found = new Set<Stopper>();
  for (;;) {
    const next = stopperOf(course, context, found);
    if (next === null) return [...found];
    found.add(next);
  }
}

const NOTHING: ReadonlySet<Stopper> = new Set();

/**
 * The first thing that keeps a course from being recommended, in a fixed order; null when nothing does.
 *
 * @param beside what is known already and passed over
 */
export function stopperOf(course: Course, context: EligibilityContext, beside = NOTHING): Stopper | null {
  const { now, languages, stateByCourseId } = context;
  if (course.publishedAt !== null && course.publishedAt > now && !beside.has('NOT_PUBLISHED')) return 'NOT_PUBLISHED';
  if (course.retiredAt !== null && course.retiredAt <= now && !beside.has('RETIRED')) return 'RETIRED';
  if (course.excludedFromRecommendations && !beside.has('EXCLUDED')) return 'EXCLUDED';
  if (context.rules?.isExcluded(course.id) && !beside.has('RULE_EXCLUDED')) return 'RULE_EXCLUDED';
  if (context.rules?.isLeftOut(course.id) && !beside.has('RULE_REQUIRES_OTHER')) return 'RULE_REQUIRES_OTHER';
  if (context.assignedCourseIds.has(course.id) && !beside.has('ASSIGNED')) return 'ASSIGNED';
  const state = stateByCourseId.get(course.id);
  if (state !== undefined) {
    if (isCompleted(state) && !beside.has('COMPLETED')) return 'COMPLETED';
    if (state.waivedAtMs !== null && !beside.has('WAIVED')) return 'WAIVED';
    if (isDismissed(state, now) && !beside.has('DISMISSED')) return 'DISMISSED';
  }
  const isSpoken = languages === null || course.language === null || languages.has(primaryLanguage(course.language));
  if (!isSpoken && !beside.has('OTHER_LANGUAGE')) return 'OTHER_LANGUAGE';
  if (course.sessions.length > 0) {
    const toCome = course.sessions.filter((session) => session.startsAt > now);
    if (toCome.length === 0 && !beside.has('NO_SESSION_LEFT')) return 'NO_SESSION_LEFT';
    if (toCome.length > 0 && toCome.every(isFull) && !beside.has('FULL')) return 'FULL';
  }
  if (isLocked(course, context) && !beside.has('PREREQUISITE_MISSING')) return 'PREREQUISITE_MISSING';
  return null;
}

function isLocked({ prerequisiteIds }: Course, { stateByCourseId }: EligibilityContext): boolean {
  for (const id of prerequisiteIds) if (!isSettled(stateByCourseId.get(id))) return true;
  return false;
}

/** Turned down, and neither come back to since nor turned down for a while that is over. */
export function isDismissed(state: CourseState, now: Date): boolean {
  const { dismissedAtMs, dismissReason } = state;
  if (dismissedAtMs === null || dismissedAtMs < lastEndorsedAtMs(state)) return false;
  return dismissReason !== 'NOT_NOW' || now.getTime() - dismissedAtMs < NOT_NOW_MS;
}

/** Nothing that asks for this course first keeps the learner from what comes after it. */
export function isSettled(state: CourseState | undefined): boolean {
  return state !== undefined && (isCompleted(state) || state.waivedAtMs !== null);
}

/** The courses by what may become of them for one learner. */
export interface Eligibility {
  /** 1 at each position that may be recommended. */
  readonly eligible: Uint8Array;
  /** 1 where nothing stands against a course but that it is begun already. */
  readonly begun: Uint8Array;
  /** Positions of the courses that nothing stands against but a missing prerequisite. */
  readonly locked: readonly number[];
}

/**
 * What `stopperOf` says of every course. Goes through columns instead of courses, and looks at single courses only where
 * the learner or a condition has something to say.
 */
export function eligibilityOf(index: ServingIndex, context: EligibilityContext): Eligibility {
  const { open, conditional } = openTo(index, context);
  const eligible = open.slice();
  const allowed = context.rules?.allowed ?? null;
  if (allowed !== null) for (let at = 0; at < eligible.length; at++) eligible[at] = eligible[at]! & allowed[at]!;
  const begun = new Uint8Array(eligible.length);
  const locked: number[] = [];
  const look = (position: number | undefined) => {
    const course = position === undefined ? undefined : index.courses[position];
    if (position === undefined || course === undefined || eligible[position] === 0) return;
    const stopper = stopperOf(course, context);
    const state = context.stateByCourseId.get(course.id);
    const isUnderWay = state !== undefined && isBegun(state);
    if (stopper !== null || isUnderWay) eligible[position] = 0;
    if (stopper === null && isUnderWay) begun[position] = 1;
    if (stopper === 'PREREQUISITE_MISSING' && !isUnderWay) locked.push(position);
  };
  for (const courseId of context.stateByCourseId.keys()) look(index.positionById.get(courseId));
  for (const courseId of context.assignedCourseIds) look(index.positionById.get(courseId));
  // The others are open, spoken and untouched: all that can be missing is what must come first.
  markOpened(index, context, eligible);
  for (let i = 0; i < conditional.length; i++) {
    const position = conditional[i]!;
    if (eligible[position] === OPENED) eligible[position] = 1;
    else if (eligible[position] === 1) {
      eligible[position] = 0;
      locked.push(position);
    }
  }
  return { eligible, begun, locked };
}

const OPENED = 2;

/** Marks the eligible courses with prerequisites of which none is missing. */
function markOpened(
  { courses, positionsAfter }: ServingIndex,
  context: EligibilityContext,
  eligible: Uint8Array,
): void {
  for (const [courseId, state] of context.stateByCourseId) {
    if (!isSettled(state)) continue;
    for (const position of positionsAfter.get(courseId) ?? []) {
      if (eligible[position] === 1 && !isLocked(courses[position] as Course, context)) eligible[position] = OPENED;
    }
  }
}

/** What is open to everybody who speaks the same languages, for as long as no course comes or goes. */
interface OpenCourses {
  readonly fromMs: number;
  readonly untilMs: number;
  /** 1 at each open position. */
  readonly open: Uint8Array;
  /** Open positions of courses with prerequisites. */
  readonly conditional: Int32Array;
}

const openCourses = new WeakMap<ServingIndex, Map<string, OpenCourses>>();
/** More sets of languages than this are not kept side by side. */
const MOST_LANGUAGE_SETS = 256;

function openTo(index: ServingIndex, { now, languages }: EligibilityContext): OpenCourses {
  const nowMs = now.getTime();
  const isSpoken = index.languages.map((language) => languages === null || languages.has(language));
  const key = isSpoken.map(Number).join('');
  const bySpoken = openCourses.get(index) ?? new Map<string, OpenCourses>();
  const known = bySpoken.get(key);
  if (known !== undefined && known.fromMs <= nowMs && nowMs < known.untilMs) return known;
  const found = openPositions(index, nowMs, isSpoken);
  if (bySpoken.size >= MOST_LANGUAGE_SETS) bySpoken.clear();
  openCourses.set(index, bySpoken.set(key, found));
  return found;
}

function openPositions(index: ServingIndex, nowMs: number, isSpoken: readonly boolean[]): OpenCourses {
  const { openFromMs, openUntilMs, languageIndices, conditionalPositions } = index;
  const open = new Uint8Array(index.courses.length);
  let fromMs = Number.NEGATIVE_INFINITY;
  let untilMs = Number.POSITIVE_INFINITY;
  for (let position = 0; position < open.length; position++) {
    const opensMs = openFromMs[position] as number;
    const closesMs = openUntilMs[position] as number;
    for (const changeMs of [opensMs, closesMs]) {
      if (changeMs <= nowMs) fromMs = Math.max(fromMs, changeMs);
      else untilMs = Math.min(untilMs, changeMs);
    }
    const language = languageIndices[position] as number;
    if (opensMs <= nowMs && nowMs < closesMs && (language < 0 || isSpoken[language])) open[position] = 1;
  }
  return {
    fromMs,
    untilMs,
    open,
    conditional: Int32Array.from(conditionalPositions.filter((position) => open[position] === 1)),
  };
}
