import type { AudienceFigures, Figure } from '../learners/fewPeople/audienceFigures.js';
import { coarseCount, FEWEST_PEOPLE } from '../learners/fewPeople/fewPeople.js';
import { DAY_MS } from '../platform/zonedTime.js';
import { type SampleRatio, sampleRatio } from '../stats/sampleRatio.js';
import { type ExperimentDefinition, INTERLEAVED, MOST_EXPOSURES, plannedShares } from './experiment.js';
import type { VariantExposure } from './experiments.store.js';

/** Who was served a variant; counts as `AudienceFigures` tells them, and null for fewer than five people. */
export interface VariantReport {
  /** `INTERLEAVED`: lists drawn from both. */
  readonly variantId: string;
  readonly people: number | null;
  readonly units: number | null;
  /** Null of so few, too, that one of them could make much of it. */
  readonly exposures: number | null;
  /** 0–1. */
  readonly plannedShare: number;
  /** Of the units as they are told, 0–1, to a thousandth; null with any count that is not told. */
  readonly observedShare: number | null;
  /** Beginning of the first and of the last week, UTC; null: of people who are picked, too. */
  readonly firstExposedAt: Date | null;
  readonly lastExposedAt: Date | null;
}

export interface ExposureReport {
  readonly variants: readonly VariantReport[];
  /** People who met several variants, since their department changed; they count for the first. */
  readonly crossedOver: number | null;
  /** Chance of shares at least as far from the plan if drawing works; null: too few units to say. */
  readonly sampleRatioPValue: number | null;
  /** Null: cannot tell. */
  readonly isSampleRatioMismatch: boolean | null;
}

// Variants have their noise in common, so that it hardly moves what sets them apart.
const PEOPLE: Figure = { name: 'served' };
const TEAMS: Figure = { name: 'served, teams' };
const EXPOSURES: Figure = { name: 'served, how often' };
const CROSSED_OVER: Figure = { name: 'served, several variants' };

/** Whoever makes an experiment chooses whom it is for, so nothing else is told than such an audience may be told of. */
export function exposureReport(
  definition: ExperimentDefinition,
  exposures: readonly VariantExposure[],
  figures: AudienceFigures,
): ExposureReport {
  const isInterleaved = definition.mode === 'INTERLEAVED';
  const ids = isInterleaved ? [INTERLEAVED] : definition.variants.map(({ id }) => id);
  const shares = isInterleaved ? [1] : plannedShares(definition.variants);
  const told = ids.map((id) => {
    const found = exposures.find(({ variantId }) => variantId === id) ?? null;
    return { variantId: id, ...toldExposure(found, definition.unit, figures) };
  });
  const units = told.map((one) => one.units ?? 0);
  const ratio = isInterleaved ? null : sampleRatioOf(units, shares);
  const isTold = told.every((one) => one.units !== null);
  const total = units.reduce((sum, count) => sum + count, 0);
  const crossedOver = exposures.reduce((sum, one) => sum + one.crossedOver, 0);
  return {
    variants: told.map((one, i) => ({
      ...one,
      plannedShare: shares[i] ?? 0,
      observedShare: isTold && total > 0 ? Math.round(((units[i] ?? 0) / total) * 1_000) / 1_000 : null,
    })),
    crossedOver: figures.countOrNull(crossedOver, CROSSED_OVER),
    sampleRatioPValue: ratio && Number(ratio.pValue.toPrecision(2)),
    isSampleRatioMismatch: ratio?.isMismatch ?? null,
  };
}

/** With fewer expected of any variant the approximation of the test does not hold for units that are told in fives. */
const LEAST_EXPECTED = 10;

/** Of the units as they are told, so that it tells no more than they do. */
function sampleRatioOf(units: readonly number[], shares: readonly number[]): SampleRatio | null {
  const total = units.reduce((sum, count) => sum + count, 0);
  return shares.some((share) => share * total < LEAST_EXPECTED) ? null : sampleRatio(units, shares);
}

type ToldExposure = Omit<VariantReport, 'variantId' | 'plannedShare' | 'observedShare'>;

const NOTHING: ToldExposure = {
  ...{ people: null, units: null, exposures: null },
  ...{ firstExposedAt: null, lastExposedAt: null },
};

function toldExposure(
  found: VariantExposure | null,
  unit: ExperimentDefinition['unit'],
  figures: AudienceFigures,
): ToldExposure {
  const people = found && figures.countOrNull(found.people, PEOPLE);
  if (found === null || people === null) return NOTHING;
  const isOfMany = found.people >= figures.fewestForMeans;
  const each = found.exposures / found.people / MOST_EXPOSURES;
  // What is earliest or latest of all is one person's: of people who are picked, that of whoever one likes.
  const isPicked = figures.fewestForMeans > FEWEST_PEOPLE;
  return {
    people,
    units: unit === 'LEARNER' ? people : figures.countOrNull(found.units, TEAMS),
    exposures: isOfMany ? coarseCount(people * MOST_EXPOSURES * figures.mean(each, found.people, EXPOSURES)) : null,
    firstExposedAt: isPicked ? null : weekOf(found.firstExposedAt),
    lastExposedAt: isPicked ? null : weekOf(found.lastExposedAt),
  };
}

/** Beginning of the Monday before: the moment itself would tell when one person was there. */
function weekOf(at: Date): Date {
  const day = Math.floor(at.getTime() / DAY_MS);
  // The first day of all was a Thursday.
  return new Date((day - ((day + 3) % 7)) * DAY_MS);
}
