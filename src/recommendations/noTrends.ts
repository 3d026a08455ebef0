import { NO_TRENDS } from '../learners/trends.js';
import type { ServingIndex } from './servingIndex.js';
import type { TrendIndex } from './trendIndex.js';

/** For an organisation of which nothing is known yet. */
export function noTrends({ courses }: Pick<ServingIndex, 'courses'>): TrendIndex {
  const zeros = new Float32Array(courses.length);
  return {
    trends: NO_TRENDS,
    peers: () => zeros,
    trending: () => zeros,
    popularity: zeros,
    loudest: () => null,
    group: () => null,
  };
}
