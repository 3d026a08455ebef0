// Figures of few people are told in one of two ways. Of groups that whoever asks cannot cut to size (months of insights,
// KPIs by group), in fixed steps, as here: the same group has the same figure everywhere. Where they choose whom to count,
// as for drafts, in steps whose edges are drawn: see CoarseFigures; or with a noise for each condition: see AudienceFigures.

/** Single people must not be read off a group. */
export const FEWEST_PEOPLE = 5;

/** To the nearest multiple of five, so that one person more or less hardly ever shows, and never says who. */
export function coarseCount(count: number): number {
  return Math.round(count / FEWEST_PEOPLE) * FEWEST_PEOPLE;
}

/** The multiple of five up to which there are, for what takes so many. */
export const wholeFives = (count: number): number => Math.floor(count / FEWEST_PEOPLE + 1e-9) * FEWEST_PEOPLE;

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
/** Steps of round figures, within each power of ten. */
const ROUND_STEPS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/**
 * The step of means and effects over people, such that five of them can be all the difference between two steps.
 *
 * @param people above 0, such as those on the smaller side of a comparison
 * @param width by how much the values of two people may differ, above 0
 */
export function coarseStep(people: number, width: number): number {
  const least = (width * FEWEST_PEOPLE) / people;
  const power = 10 ** Math.floor(Math.log10(least));
  // Without the dust of binary fractions: 5 % is 5 % however it came to be.
  const step = ROUND_STEPS.find((round) => round * power >= least * (1 - 1e-9)) ?? 10;
  return plain(step * power);
}

/** The nearest of these steps. */
export const inSteps = (value: number, step: number): number => plain(Math.round(value / step) * step);

interface Bounds {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** An interval in steps, rounded outwards, so that it covers what it covered. */
export function boundsInSteps<B extends Bounds>(bounds: B, step: number): B {
  const { estimate, low, high } = bounds;
  return {
    ...bounds,
    estimate: inSteps(estimate, step),
    low: plain(Math.floor(low / step + 1e-9) * step),
    high: plain(Math.ceil(high / step - 1e-9) * step),
  };
}

const plain = (value: number): number => Number(value.toPrecision(12)) || 0;
