import type { CatalogSnapshot } from '../../catalog/catalogSnapshot.js';
import type { ConfidenceWeights } from '../../learners/confidence.js';
import { undecayedConfidence } from '../../learners/confidence.js';
import { mandatoryCourseIds } from '../../learners/learner.js';
import type { LearnerState } from '../../learners/learners.service.js';
import { profileDelta } from '../../learners/profileDelta.js';
import type { ProfileEvent } from '../../learners/profileEvent.js';
import {
  FOLLOWED_WITHIN_MINUTES,
  type LearnerSearch,
  MOST_SEARCH_TERMS,
  normaliseTerm,
  opensCourse,
  RECENT_SEARCH_DAYS,
  SEARCH_IN_VAIN_DAYS,
} from '../../learners/search.js';
import type { SearchMatch } from '../pipeline/inputs.js';

/** A learner as they were known at a moment, and what they took up after it. Plain values, to be sent to a thread. */
export interface RankingCase {
  /** As of the cut, see `stateAsOf`. */
  readonly state: LearnerState;
  /** Before the cut, latest first. */
  readonly searches: readonly SearchMatch[];
  /** Courses that were first touched at the cut or later, of the learner's own accord. */
  readonly takenUp: readonly string[];
}

/**
 * What was known of a learner before a moment: courses, searches and skill evidence are those of before it. Attributes and
 * assignments keep no past: they are taken as they are now, so that a course that is assigned by now is neither
 * recommended nor asked for, and evidence that a later observation of the same source has replaced is lost.
 *
 * @param now the learner as they are known by now
 * @param events all that the log has of the learner, in any order; those at the cut or later change nothing
 */
export function stateAsOf(now: LearnerState, events: readonly ProfileEvent[], cut: Date): LearnerState {
  const before = profileDelta(events.filter(({ at }) => at < cut));
  return {
    ...now,
    courses: before.courses
      .map(({ courseId, state }) => ({ courseId, ...state }))
      .sort((a, b) => (a.courseId < b.courseId ? -1 : 1)),
    skills: now.skills.filter(({ observedAt }) => observedAt < cut),
    searches: searchesAsOf(events, cut),
  };
}

const DAY_MS = 86_400_000;

/** As profiles keep them, see `LearnerState`. */
function searchesAsOf(events: readonly ProfileEvent[], cut: Date): LearnerSearch[] {
  const before = events.filter(({ at }) => at < cut);
  const openedAtMs = before.filter(opensCourse).map(({ at }) => at.getTime());
  const byTerm = new Map<string, LearnerSearch>();
  for (const { verb, query, resultCount, at } of before) {
    const term = verb === 'SEARCHED' && query !== null ? normaliseTerm(query) : '';
    const atMs = at.getTime();
    const known = byTerm.get(term);
    if (term === '' || (known !== undefined && known.atMs > atMs)) continue;
    const followed = openedAtMs.filter((ms) => ms >= atMs && ms <= atMs + FOLLOWED_WITHIN_MINUTES * 60_000);
    byTerm.set(term, {
      term,
      atMs,
      hadNoResults: resultCount === 0 || (known?.atMs === atMs && known.hadNoResults),
      followedAtMs: followed.length === 0 ? null : Math.min(...followed),
    });
  }
  const ageDays = ({ atMs }: LearnerSearch): number => (cut.getTime() - atMs) / DAY_MS;
  return [...byTerm.values()]
    .filter((search) => ageDays(search) < (search.hadNoResults ? SEARCH_IN_VAIN_DAYS : RECENT_SEARCH_DAYS))
    .sort((a, b) => b.atMs - a.atMs || (a.term < b.term ? -1 : 1))
    .slice(0, MOST_SEARCH_TERMS);
}

/**
 * The catalogue as far as it can be told for a moment: a course without a date of publication that was stored later was
 * perhaps only told of later, so it counts as having been there always, and never as new.
 */
export function catalogAsOf(catalog: CatalogSnapshot, cut: Date): CatalogSnapshot {
  const courses = catalog.courses.map((course) =>
    course.addedAt < cut ? course : { ...course, addedAt: new Date(0) },
  );
  return { ...catalog, courses };
}

/** Courses that the learner first touched at the cut or later and showed a wish for, by id. */
export function takenUpAfter(now: LearnerState, cut: Date, weights: ConfidenceWeights): string[] {
  const mandatory = mandatoryCourseIds(now);
  return now.courses
    .filter((state) => state.firstAtMs >= cut.getTime())
    .filter((state) => undecayedConfidence(state, { mandatory: mandatory.has(state.courseId), weights }) > 0)
    .map(({ courseId }) => courseId);
}
