// Figures of few people are told in one of two ways. Of groups that whoever asks cannot cut to size (months of insights,
// KPIs by group), in fixed steps, as here: the same group has the same figure everywhere. Where they choose whom to count,
// as for drafts, in steps whose edges are drawn: see CoarseFigures; or with a noise for each condition: see AudienceFigures.

/** Single people must not be read off a group. */
export const FEWEST_PEOPLE = 5;

/** To the nearest multiple of five, so that one person more or less hardly ever shows, and never says who. */
export function coarseCount(count: number): number {
  return Math.round(count / FEWEST_PEOPLE) * FEWEST_PEOPLE;
}

/** As `coarseCount`; null: fewer than five. */
export function coarseOrNull(count: number): number | null {
  return count < FEWEST_PEOPLE ? null : coarseCount(count);
}

/** Into how many steps the span of a mean may be cut, such that they look like round figures. */
const STEP_COUNTS = [1, 2, 4, 5, 8, 10, 20, 25, 50, 100, 200, 250, 500, 1_000];

/**
 * A mean over people, each of whom has a value of 0–1, in steps so wide that five people can be all the difference between
 * two of them: no step is narrower than 5 / `people`, as no count is told finer than in fives.
 */
export function coarseMean(mean: number, people: number): number {
  const steps = STEP_COUNTS.findLast((count) => count * FEWEST_PEOPLE <= people) ?? 1;
  // The quotient is of whole numbers, which are shown as they are.
  return Math.round(mean * steps) / steps;
}

/** How wide the steps of `coarseMean` are over so many people. */
export function meanStep(people: number): number {
  return 1 / (STEP_COUNTS.findLast((count) => count * FEWEST_PEOPLE <= people) ?? 1);
}
