import { FEWEST_PEOPLE } from './trends.js';

/** To the nearest multiple of five, so that one person more or less hardly ever shows, and never says who. */
export function coarseCount(count: number): number {
  return Math.round(count / FEWEST_PEOPLE) * FEWEST_PEOPLE;
}

/** As `coarseCount`; null: fewer than five. */
export function coarseOrNull(count: number): number | null {
  return count < FEWEST_PEOPLE ? null : coarseCount(count);
}
