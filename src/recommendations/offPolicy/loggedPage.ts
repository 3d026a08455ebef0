import type { Source } from '../pipeline/pipeline.js';
import type { ServedPlace } from '../pipeline/servedList.js';

/** The beginning of a list as it was handed out, and what chance had to do with it. */
export interface LoggedPage {
  /** What was shown of the first page. */
  readonly shownIds: readonly string[];
  /** How likely it was that these were shown, above 0. */
  readonly propensity: number;
  /** The first page as it would have been if nothing were left to chance, best first. */
  readonly sureIds: readonly string[];
}

const PAGE = 10;
const EXPLORED_PAGES = 3;
const EXPLORED: Source = 'EXPLORATION';

/**
 * What the log tells of the first page of a list of which nothing was moved by quotas, pins or caps: by the propensities
 * that were stored with its places. A course that came by chance came into a place drawn evenly, so it is among the
 * first k of ten with k tenths of its propensity; the course that gave way stands behind the pages that are explored.
 *
 * @param places best first
 * @param shown how many of them were shown at first
 * @returns null: not even one was, or what gave way is not to be found
 */
export function loggedPage(
  places: readonly Pick<ServedPlace, 'courseId' | 'propensity' | 'sources'>[],
  shown: number,
): LoggedPage | null {
  const page = places.slice(0, PAGE);
  const first = Math.min(shown, page.length);
  if (first === 0) return null;
  const ids = page.map(({ courseId }) => courseId);
  const shownIds = ids.slice(0, first);
  const [last] = page.slice(PAGE - 1);
  const place = page.findIndex(({ sources }) => sources.includes(EXPLORED));
  if (place < 0) {
    // With the propensity of the last it would have given way to none: nine tenths of what else comes show k without it.
    const chance = last === undefined ? 0 : 1 - last.propensity;
    return { shownIds, propensity: 1 - (chance * first) / PAGE, sureIds: ids };
  }
  const explored = page[place];
  const gaveWay = places[PAGE * Math.min(EXPLORED_PAGES, Math.floor(places.length / PAGE))];
  if (explored === undefined || gaveWay === undefined || gaveWay.propensity === 1) return null;
  const sureIds = [...ids.toSpliced(place, 1), gaveWay.courseId];
  const share = first / PAGE;
  const propensity = place < first ? explored.propensity * share : 1 - gaveWay.propensity * share;
  return { shownIds, propensity, sureIds };
}
