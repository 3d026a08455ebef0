import { coarseMean, FEWEST_PEOPLE } from '../learners/fewPeople/fewPeople.js';
import type { RuleAudience } from '../rules/model/rule.js';
import type { ValueRange } from './goalMetrics.js';

/** Of people whom somebody picked out by several of their groups or traits, a mean is told as an effect of an experiment is: of many. */
const FEWEST_PICKED = 100;

/**
 * A mean over people in steps so wide that the means over a group and over the same group and one more do not tell that
 * one's value.
 *
 * @param people whom it is a mean over, at least 5
 * @param range of one person's value
 */
export function coarseValue(value: number, people: number, range: ValueRange): number {
  const width = range.max - range.min;
  const coarse = range.min + width * coarseMean((value - range.min) / width, people);
  // Sums of whole steps, without the dust of binary fractions.
  return Number(coarse.toPrecision(12));
}

/**
 * How many people an audience must have for figures of it to be told. A single group is what it is. Of several groups, by
 * several kinds at once, by the day of hiring or by a gap an audience can be cut to size, so that it differs from another
 * by whomever one likes: a group of one person, say. Of so many, one person more or less moves hardly anything that is told.
 */
export function fewestTold({ departments, roleIds, locations, languages, ...traits }: RuleAudience): number {
  const names = departments.length + roleIds.length + locations.length + languages.length;
  const isPicked = names > 1 || traits.hiredWithinDays !== null || traits.skillGap !== null;
  return isPicked ? FEWEST_PICKED : FEWEST_PEOPLE;
}
