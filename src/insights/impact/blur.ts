import { type AudienceFigures, type Figure, NEARLY_ALL } from '../../learners/fewPeople/audienceFigures.js';
import type { Sample } from '../../stats/meanDifference.js';
import type { Proportion } from '../../stats/proportions.js';
import type { ImpactSubjectKind } from './subject.js';

/**
 * By how much the figures of a side are moved, so that two audiences that differ by one person do not tell of that one: the noise
 * of `AudienceFigures`. It counts as what it is, an error of known size: intervals are as much wider, and still hold.
 */
export interface Blur {
  /** Units more or fewer, for whatever goes by their number; not whole. */
  readonly units: number;
  readonly unitsDeviation: number;
  /** Added to the sum of their figures, in the unit of the metric. */
  readonly sum: number;
  readonly sumDeviation: number;
}

/** Of the whole organisation, which nobody chose. */
export const NO_BLUR: Blur = { units: 0, unitsDeviation: 0, sum: 0, sumDeviation: 0 };

/** What a metric is to an audience: the figure, and whoever has one. */
export interface MetricFigures {
  readonly value: Figure;
  readonly people: Figure;
}

/**
 * The blur of one side.
 *
 * @param side such as "control": the same for whatever is compared with the same
 * @param width by how much the figures of two units may differ, above 0
 */
export type BlurOf = (metric: MetricFigures, side: string, width: number) => Blur;

/** @param kind of what was tried: effects of different things are different figures */
export function blurredBy(figures: AudienceFigures, kind: ImpactSubjectKind): BlurOf {
  const named = (figure: Figure, side: string): Figure => ({ ...figure, name: `${kind}, ${side}: ${figure.name}` });
  return ({ value, people }, side, width) => {
    const [sum, units] = [named(value, side), named(people, side)];
    return {
      units: figures.noise(units),
      unitsDeviation: figures.noiseDeviation(units),
      sum: width * figures.noise(sum),
      sumDeviation: width * figures.noiseDeviation(sum),
    };
  };
}

/**
 * How many units there are for certain, for what is only told of so many: whether it is must not show that the last of them is
 * there.
 */
export const surely = (count: number, { units, unitsDeviation }: Blur): number =>
  count + units - NEARLY_ALL * unitsDeviation;

/**
 * The sample that is told. Noise is drawn once for all looks, as if a few units more had been there from the start, so intervals
 * that hold at every look do so with it, too: it is the first step of the sum whose limits they are.
 */
export function blurredSample(
  { count, mean, variance }: Sample,
  { sum, sumDeviation }: Pick<Blur, 'sum' | 'sumDeviation'>,
): Sample {
  if (count === 0) return { count, mean, variance };
  return { count, mean: mean + sum / count, variance: variance + sumDeviation ** 2 / count };
}

/** The same of zeros and ones, in whole ones; intervals of it are to allow for what it adds. */
export function blurredProportion({ successes, trials }: Proportion, { sum }: Blur): Proportion {
  return { successes: Math.min(trials, Math.max(0, Math.round(successes + sum))), trials };
}
