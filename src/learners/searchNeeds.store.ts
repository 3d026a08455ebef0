import type { DataSource } from 'typeorm';
import { isProcessed } from './processed.js';

/** A term that portals found nothing for, over everybody who searched for it. */
export interface VainSearch {
  /** As `normaliseTerm` leaves it. */
  readonly term: string;
  readonly people: number;
  /** How often nothing was found. */
  readonly searches: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** Terms of at least so many different people, those of most people first, then the latest. */
export async function findVainSearches(
  dataSource: DataSource,
  fewestPeople: number,
  limit: number,
): Promise<VainSearch[]> {
  return (await dataSource.query(
    `SELECT search.term, count(DISTINCT search.learner_id)::integer AS people,
       sum(search.zero_results)::integer AS searches, min(search.at) AS "firstAt", max(search.at) AS "lastAt"
     FROM learner_search search WHERE search.zero_results > 0 AND ${isProcessed('search.learner_id')}
     GROUP BY search.term HAVING count(DISTINCT search.learner_id) >= $1
     ORDER BY people DESC, "lastAt" DESC, search.term COLLATE "C" LIMIT $2`,
    [fewestPeople, limit],
  )) as VainSearch[];
}
