import { FEWEST_PEOPLE } from './trends.js';

/** To the nearest multiple of five, so that one person more or less hardly ever shows, and never says who. */
export function coarseCount(count: number): number {
  return Math.round(count / FEWEST_PEOPLE) * FEWEST_PEOPLE;
}

/** As `coarseCount`; null: fewer than five. */
export function coarseOrNull(count: number): number | null {
  return count < FEWEST_PEOPLE ? null : coarseCount(count);
}

const GRAINS = [0.001, 0.01, 0.05];
const COARSEST_GRAIN = 0.2;

/**
 * A mean over people, each of whom has a value of 0–1, in steps so wide that the means over a group and over the same
 * group and one more do not tell that one's value: no step is narrower than 1 / `people`.
 */
export function coarseMean(mean: number, people: number): number {
  const grain = GRAINS.find((step) => step * people >= 1) ?? COARSEST_GRAIN;
  // The quotient is of whole numbers, which are shown as they are.
  return Math.round(mean / grain) / Math.round(1 / grain);
}
