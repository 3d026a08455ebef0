import { NEARLY_ALL } from '../../learners/fewPeople/audienceFigures.js';
import type { Blur } from './blur.js';

/** So many have as much as what anybody counts for at most, and of those who have anything so many of a hundred. */
const LEAST_PEOPLE = 5;
const LEAST_SHARE = 0.02;

/**
 * What a unit counts for at most, where the metric has no end of its own: a round figure at or above what several units have. The
 * largest figure of all is somebody's, and it alone would decide how finely the others may be told, and most of their spread.
 *
 * @param figures of everybody, 0 and more: of the time that is studied, and of the time before
 * @param least what it is at least: below that, what single ones have is no more than usual
 * @param blur of their number, which decides how many the several are
 */
export function largestFigure(
  figures: readonly Float64Array[],
  least: number,
  { units, unitsDeviation }: Pick<Blur, 'units' | 'unitsDeviation'>,
): number {
  const largest = figures.reduce((most, own) => {
    const present = own.filter((figure) => figure > 0).sort();
    const several = LEAST_PEOPLE + LEAST_SHARE * present.length + Math.max(0, units + NEARLY_ALL * unitsDeviation);
    return Math.max(most, present[present.length - Math.ceil(several)] ?? 0);
  }, 0);
  return Math.max(least, roundUp(largest));
}

/** Figures of which none is larger. */
export const cutOff = (figures: Float64Array, largest: number): Float64Array =>
  figures.map((figure) => Math.min(figure, largest));

/** To one digit. */
function roundUp(figure: number): number {
  if (figure <= 0) return 0;
  const unit = 10 ** Math.floor(Math.log10(figure) + 1e-9);
  return Number((Math.ceil(figure / unit - 1e-9) * unit).toPrecision(1));
}
