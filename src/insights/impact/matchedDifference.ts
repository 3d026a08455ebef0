import type { Interval } from '../../stats/interval.js';
import { matchExactly } from '../../stats/matching.js';
import { studentReach } from '../../stats/student.js';
import { matchingUnits } from './matchedUnits.js';
import { type SideFigures, sidesOf } from './sides.js';
import { haveSpread } from './spread.js';
import type { Study } from './study.js';

/** Of a side of n of whom nobody did something, about so many of n may be of those who do (95 %). */
const MAY_YET = 4;

/**
 * By how much matched people changed more than those alike: of the change since before, so that what always set the sides
 * apart is no part of it. Where the changes of a side have no spread to judge by, since nearly nobody did otherwise than the
 * rest, it has that of four more who changed by all that anybody did: else nobody of a hundred, where one in a hundred does
 * it, would pass for certain.
 *
 * @returns treatment less control at a level; null where nothing can be told
 */
export function matchedDifference({
  control,
  treatment,
}: Pick<Study, 'control' | 'treatment'>): (level: number) => Interval | null {
  const units = matchingUnits({ control, treatment });
  const { effect, weights } = matchExactly(units);
  if (effect === null) return () => null;
  const changes = Array.from(units.outcomes);
  const isKept = (i: number): boolean => (weights[i] ?? 0) > 0;
  const kept = changes.filter((_, i) => isKept(i));
  const range =
    kept.reduce((most, one) => Math.max(most, one), 0) - kept.reduce((least, one) => Math.min(least, one), 0);
  const sides = sidesOf({ design: 'MATCHED', control, treatment });
  const unseen = ([true, false] as const).map((isTreated) => {
    const own = changes.filter((_, i) => isKept(i) && units.isTreated[i] === isTreated);
    if (haveSpread([isTreated ? treatment : control], () => own)) return 0;
    const count = effective(isTreated ? sides.treatment : sides.control);
    const share = Math.min(0.5, MAY_YET / count);
    return (range * range * share * (1 - share)) / count;
  });
  const [treated, others] = [effective(sides.treatment), effective(sides.control)];
  const estimate = effect.estimate + treatment.blur.sum / treated - control.blur.sum / others;
  const standardError = Math.hypot(
    effect.standardError,
    Math.sqrt((unseen[0] ?? 0) + (unseen[1] ?? 0)),
    treatment.blur.sumDeviation / treated,
    control.blur.sumDeviation / others,
  );
  return (level) => {
    const reach = studentReach(level, effect.degreesOfFreedom) * standardError;
    return { estimate, low: estimate - reach, high: estimate + reach };
  };
}

/** Nothing is told of fewer than one. */
const effective = ({ effectiveUnits }: SideFigures): number => Math.max(1, effectiveUnits);
