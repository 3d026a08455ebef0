import { FEWEST_PEOPLE } from '../../learners/fewPeople/fewPeople.js';
import { matchExactly } from '../../stats/matching.js';
import { summariseSample } from '../../stats/meanDifference.js';
import { type Blur, surely } from './blur.js';
import { matchingUnits } from './matchedUnits.js';
import type { Arm, Study } from './study.js';

/** One side of a comparison, as far as it is compared. */
export interface SideFigures {
  readonly name: string;
  /** Matched ones without a counterpart are none of it. As they are told: with their noise. */
  readonly units: number;
  /**
   * How many units of equal weight would tell as much (Kish 1965, section 11.7), and of how many each would move the mean by as
   * much as the one that moves it most: a few who stand for many are a few. There are so many for certain, whatever the noise;
   * without any, as many as `units` where all weigh the same.
   */
  readonly effectiveUnits: number;
  /** Weighted as they are compared, with its noise; null: nobody is there. */
  readonly mean: number | null;
}

export interface Sides {
  readonly control: SideFigures;
  readonly treatment: SideFigures;
}

/** Both sides of a study: all of their units, or, of matched ones, those with a counterpart by what they stand for. */
export function sidesOf(study: Pick<Study, 'design' | 'control' | 'treatment'>): Sides {
  const { design, control, treatment } = study;
  if (design !== 'MATCHED') return { control: plainSide(control), treatment: plainSide(treatment) };
  const { weights } = matchExactly(matchingUnits(study));
  const treated = treatment.outcomes.length;
  return {
    control: weightedSide(control, weights.subarray(treated)),
    treatment: weightedSide(treatment, weights.subarray(0, treated)),
  };
}

function plainSide({ name, outcomes, blur }: Arm): SideFigures {
  const { count, mean } = summariseSample(outcomes);
  return sideOf({ name, units: count, effectiveUnits: count, mean }, blur);
}

/** @param weights 0 and more, one for each unit */
function weightedSide({ name, outcomes, blur }: Arm, weights: Float64Array): SideFigures {
  let [units, sum, weight, squares, greatest] = [0, 0, 0, 0, 0];
  weights.forEach((own, i) => {
    units += own > 0 ? 1 : 0;
    sum += own * outcomes[i]!;
    weight += own;
    squares += own * own;
    greatest = Math.max(greatest, own);
  });
  if (weight === 0) return { name, units: 0, effectiveUnits: 0, mean: null };
  // A single one that stands for many moves the mean by more than Kish’s number says.
  const effectiveUnits = Math.min((weight * weight) / squares, weight / greatest);
  return sideOf({ name, units, effectiveUnits, mean: sum / weight }, blur);
}

function sideOf({ name, units, effectiveUnits, mean }: SideFigures, blur: Blur): SideFigures {
  if (units === 0 || mean === null) return { name, units: 0, effectiveUnits: 0, mean: null };
  return {
    name,
    // Five or more for certain, or none.
    units: units >= FEWEST_PEOPLE && surely(units, blur) >= FEWEST_PEOPLE ? units + blur.units : 0,
    effectiveUnits: Math.max(0, surely(effectiveUnits, blur)),
    mean: mean + blur.sum / effectiveUnits,
  };
}
