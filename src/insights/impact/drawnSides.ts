import { bestMean, bestProportion, type NormalBelief } from '../../stats/bestVariant.js';
import { adjustByCovariate, pairedSample } from '../../stats/cuped.js';
import { type Interval, withError } from '../../stats/interval.js';
import { relativeDifference, type Sample, summariseSample } from '../../stats/meanDifference.js';
import { meanDifferenceSequence, SEQUENCE_LEAST_COUNT, sequenceReach } from '../../stats/meanSequence.js';
import { proportionDifferenceSequence } from '../../stats/proportionSequence.js';
import type { Proportion } from '../../stats/proportions.js';
import { type Blur, blurredProportion, blurredSample, NO_BLUR } from './blur.js';
import { changesOf, haveSpread, isYesOrNo, proportionOf } from './spread.js';
import type { Arm, StudiedMetric, Study } from './study.js';

/** Two sides that were drawn, and one figure of theirs. */
export interface DrawnSides extends Pick<Study, 'unit' | 'minimumUnits'> {
  readonly metric: Pick<StudiedMetric, 'kind' | 'better'>;
  readonly control: Arm;
  readonly treatment: Arm;
}

/** How two drawn sides differ, treatment less control; the intervals hold however often one looks. */
export interface DrawnDifference {
  /** Null: too few units, or too little happened to them. @param level between 0 and 1 */
  readonly at: (level: number) => Interval | null;
  readonly relative: Interval | null;
  /** By which share the figures from before narrowed the variance, 0–1. */
  readonly varianceReduction: number;
}

/**
 * By means, adjusted by what was before, where both sides have a spread; while few of one did something, or few did not,
 * zeros and ones are compared as proportions, whose intervals need no large numbers, and other figures are not. Which of
 * these it is goes by how many units there are of either kind, and not by how the sides differ: either interval holds at
 * every look, and that of proportions is so wide that the two together keep to their level.
 */
export function drawnDifference(sides: DrawnSides): DrawnDifference {
  const { treatment, control, minimumUnits } = sides;
  // Where intervals are to be narrowest: at the least that was asked for, or at what there is.
  const plannedCount = Math.max(2, 2 * minimumUnits);
  if (haveSpread([treatment, control])) {
    const { samples, varianceReduction } = adjusted([treatment, control]);
    const [first, second] = samples as readonly [Sample, Sample];
    return {
      at: (level) => meanDifferenceSequence(first, second, { plannedCount, level }),
      relative: relativeDifference(first, second),
      varianceReduction,
    };
  }
  const fewest = Math.min(treatment.outcomes.length, control.outcomes.length);
  if (!isYesOrNo(sides) || fewest < SEQUENCE_LEAST_COUNT) {
    return { at: () => null, relative: null, varianceReduction: 0 };
  }
  const [first, second] = [treatment, control].map(toldProportion) as [Proportion, Proportion];
  const noise = Math.hypot(...[treatment, control].map(({ blur, outcomes }) => blur.sumDeviation / outcomes.length));
  const count = first.trials + second.trials;
  return {
    at: (level) =>
      withError(
        proportionDifferenceSequence(first, second, level),
        0,
        noise * sequenceReach(count, plannedCount, level),
      ),
    relative: relativeDifference(...([treatment, control].map(toldSample) as [Sample, Sample])),
    varianceReduction: 0,
  };
}

const toldSample = ({ outcomes, blur }: Arm): Sample => blurredSample(summariseSample(outcomes), blur);
const toldProportion = ({ outcomes, blur }: Arm): Proportion => blurredProportion(proportionOf(outcomes), blur);

/**
 * How probable it is that each of several drawn sides is the best of them, believing nothing before.
 *
 * @param arms two and more
 * @returns in their order, 1 in all; null where figures that are no zeros and ones have no spread
 */
export function probabilitiesBest(
  arms: readonly Arm[],
  { metric, unit }: Pick<DrawnSides, 'metric' | 'unit'>,
): readonly number[] | null {
  const isLessBetter = metric.better === 'LOWER';
  if (haveSpread(arms)) {
    const beliefs = adjusted(arms).samples.map(({ mean, variance, count }) => ({
      mean: isLessBetter ? -mean : mean,
      standardError: Math.sqrt(variance / count),
    }));
    if (beliefs.some(({ standardError }) => !(standardError > 0))) return null;
    return bestMean(beliefs).map(({ probabilityBest }) => probabilityBest);
  }
  if (!isYesOrNo({ metric, unit })) return null;
  const counts = arms.map((arm) => {
    const { successes, trials } = toldProportion(arm);
    return { successes: isLessBetter ? trials - successes : successes, trials };
  });
  const isExact = arms.every(({ blur }) => blur.sumDeviation === 0);
  const beliefs = isExact ? bestProportion(counts) : bestMean(counts.map((one, i) => noisyBelief(one, arms[i]?.blur)));
  return beliefs.map(({ probabilityBest }) => probabilityBest);
}

/** Mean and deviation of Beta(1 + s, 1 + f), with the noise of the count on top. */
function noisyBelief({ successes, trials }: Proportion, blur: Blur = NO_BLUR): NormalBelief {
  const mean = (successes + 1) / (trials + 2);
  const deviation = Math.sqrt((mean * (1 - mean)) / (trials + 3));
  return { mean, standardError: Math.hypot(deviation, blur.sumDeviation / Math.max(1, trials)) };
}

/**
 * The samples of sides, in their order: adjusted where also the changes since before have a spread, since what is left of
 * figures that hardly change rests on the few who did.
 */
function adjusted(arms: readonly Arm[]): { samples: readonly Sample[]; varianceReduction: number } {
  const pairs = arms.flatMap(({ outcomes, before }) => (before === null ? [] : [pairedSample(outcomes, before)]));
  if (pairs.length < arms.length || !haveSpread(arms, changesOf)) {
    return { samples: arms.map(toldSample), varianceReduction: 0 };
  }
  const { samples, varianceReduction } = adjustByCovariate(pairs);
  return {
    samples: samples.map((sample, i) => blurredSample(sample, arms[i]?.blur ?? NO_BLUR)),
    varianceReduction: toldReduction(varianceReduction, arms),
  };
}

/** It rests on what each person did, too. */
function toldReduction(exact: number, arms: readonly Arm[]): number {
  const noise = arms.reduce((sum, { blur, outcomes }) => sum + blur.units / Math.max(1, outcomes.length), 0);
  return Math.min(1, Math.max(0, exact + noise / Math.max(1, arms.length)));
}
