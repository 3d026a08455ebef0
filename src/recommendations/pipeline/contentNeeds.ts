import type { Course } from '../../catalog/course.js';
import type { TermMatches } from '../../catalog/courseSearch.js';
import { FEWEST_PEOPLE } from '../../learners/fewPeople/fewPeople.js';
import type { VainSearch } from '../../learners/learners.service.js';

export const NEED_STATUSES = ['UNMET', 'ANSWERED', 'OVERLOOKED'] as const;
export type NeedStatus = (typeof NEED_STATUSES)[number];

/** What people looked for and did not find. */
export interface ContentNeed {
  readonly term: string;
  readonly status: NeedStatus;
  /** Null: fewer than `FEWEST_PEOPLE`; then `searches` is null too, as it is hardly more. */
  readonly people: number | null;
  readonly searches: number | null;
  /** Beginnings of days in UTC: a moment would point at a person. */
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** Open courses that have all of the words, best first. */
  readonly courses: readonly Course[];
  /** When the first of the courses came that were not there at the first search; null: none did. */
  readonly answeredSince: Date | null;
}

/**
 * Nobody hears of a term that fewer people searched for: what one or two people type may be about somebody, and says who
 * they are to whoever knows them.
 */
export const FEWEST_SEARCHERS = 3;

const MAX_COURSES = 10;
const DAY_MS = 86_400_000;

/** @param matches what the term finds; courses that have only some of its words do not answer it */
export function contentNeed(
  search: VainSearch,
  matches: TermMatches,
  courseOf: (id: string) => Course | null,
  now: Date,
): ContentNeed {
  const found = matches.isPartial ? [] : matches.courses;
  const courses = found.flatMap(({ courseId }) => {
    const course = courseOf(courseId);
    return course !== null && isOpen(course, now) ? [course] : [];
  });
  const arrivals = courses.map(arrivedAtMs).filter((arrivedMs) => arrivedMs > search.firstAt.getTime());
  const isShown = search.people >= FEWEST_PEOPLE;
  return {
    term: search.term,
    status: courses.length === 0 ? 'UNMET' : arrivals.length > 0 ? 'ANSWERED' : 'OVERLOOKED',
    people: isShown ? search.people : null,
    searches: isShown ? search.searches : null,
    firstAt: dayOf(search.firstAt),
    lastAt: dayOf(search.lastAt),
    courses: courses.slice(0, MAX_COURSES),
    answeredSince: arrivals.length > 0 ? new Date(Math.min(...arrivals)) : null,
  };
}

function isOpen({ publishedAt, retiredAt, excludedFromRecommendations }: Course, now: Date): boolean {
  if (excludedFromRecommendations || (publishedAt !== null && publishedAt > now)) return false;
  return retiredAt === null || retiredAt > now;
}

/** A course announced ahead arrives when it opens. */
function arrivedAtMs({ addedAt, publishedAt }: Course): number {
  return Math.max(addedAt.getTime(), publishedAt?.getTime() ?? Number.NEGATIVE_INFINITY);
}

function dayOf(at: Date): Date {
  return new Date(Math.floor(at.getTime() / DAY_MS) * DAY_MS);
}
