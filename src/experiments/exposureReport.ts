import { coarseCount, coarseOrNull, FEWEST_PEOPLE } from '../learners/fewPeople/fewPeople.js';
import { DAY_MS } from '../platform/zonedTime.js';
import { type SampleRatio, sampleRatio } from '../stats/sampleRatio.js';
import { type ExperimentDefinition, INTERLEAVED, plannedShares } from './experiment.js';
import type { VariantExposure } from './experiments.store.js';

/** Who was served a variant; counts in fives, and null for fewer than five people. */
export interface VariantReport {
  /** `INTERLEAVED`: lists drawn from both. */
  readonly variantId: string;
  readonly people: number | null;
  readonly units: number | null;
  readonly exposures: number | null;
  /** 0–1. */
  readonly plannedShare: number;
  /** Of the units as they are told, 0–1, to a thousandth; null with any count that is not told. */
  readonly observedShare: number | null;
  /** Beginning of the first and of the last day, UTC. */
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

export function exposureReport(
  definition: ExperimentDefinition,
  exposures: readonly VariantExposure[],
): ExposureReport {
  const isInterleaved = definition.mode === 'INTERLEAVED';
  const ids = isInterleaved ? [INTERLEAVED] : definition.variants.map(({ id }) => id);
  const shares = isInterleaved ? [1] : plannedShares(definition.variants);
  const found = ids.map((id) => exposures.find(({ variantId }) => variantId === id) ?? null);
  const units = found.map((one) => one?.units ?? 0);
  const coarse = units.map((_, i) => coarseOrNullOf(found[i] ?? null, 'units'));
  const ratio = isInterleaved ? null : sampleRatioOf(units, shares);
  const isTold = coarse.every((count) => count !== null);
  const total = coarse.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return {
    variants: ids.map((variantId, i) => ({
      variantId,
      people: coarseOrNullOf(found[i] ?? null, 'people'),
      units: coarse[i] ?? null,
      exposures: coarseOrNullOf(found[i] ?? null, 'exposures'),
      plannedShare: shares[i] ?? 0,
      observedShare: isTold && total > 0 ? Math.round(((coarse[i] ?? 0) / total) * 1_000) / 1_000 : null,
      ...spanOf(found[i] ?? null),
    })),
    crossedOver: coarseOrNull(found.reduce((sum, one) => sum + (one?.crossedOver ?? 0), 0)),
    sampleRatioPValue: ratio && Number(ratio.pValue.toPrecision(2)),
    isSampleRatioMismatch: ratio?.isMismatch ?? null,
  };
}

/** With fewer expected of any variant the approximation of the test does not hold. */
const LEAST_EXPECTED = 5;

function sampleRatioOf(units: readonly number[], shares: readonly number[]): SampleRatio | null {
  const total = units.reduce((sum, count) => sum + count, 0);
  return shares.some((share) => share * total < LEAST_EXPECTED) ? null : sampleRatio(units, shares);
}

/** What single people do shows in none of the counts. */
function coarseOrNullOf(exposure: VariantExposure | null, field: 'people' | 'units' | 'exposures'): number | null {
  if (exposure === null || exposure.people < FEWEST_PEOPLE) return null;
  return field === 'people' ? coarseOrNull(exposure.people) : coarseCount(exposure[field]);
}

function spanOf(exposure: VariantExposure | null): Pick<VariantReport, 'firstExposedAt' | 'lastExposedAt'> {
  if (exposure === null || exposure.people < FEWEST_PEOPLE) return { firstExposedAt: null, lastExposedAt: null };
  return { firstExposedAt: dayOf(exposure.firstExposedAt), lastExposedAt: dayOf(exposure.lastExposedAt) };
}

/** The moment itself would tell when one person was there. */
const dayOf = (at: Date): Date => new Date(Math.floor(at.getTime() / DAY_MS) * DAY_MS);
