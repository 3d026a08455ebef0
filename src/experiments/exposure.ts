import type { Queryable } from '../platform/database/database.js';

/** Somebody was served what a variant of an experiment makes. */
export interface Exposure {
  readonly experimentId: string;
  /** `INTERLEAVED`: a list drawn from both variants. */
  readonly variantId: string;
  /** The learner, or their department. */
  readonly unitId: string;
  readonly learnerId: string;
  readonly at: Date;
}

/** How many parameters the statement has. */
const PARAMETERS = 6;

/**
 * Takes exposures down, each person and variant of an experiment in a row of its own: when first, when last, how often.
 *
 * @param condition SQL: whether to take any down
 */
export function exposureSql(firstParameter: number, condition = 'true'): string {
  const [experiment, variant, unit, learner, at, count] = Array.from(
    { length: PARAMETERS },
    (_, i) => `$${firstParameter + i}`,
  );
  return `INSERT INTO experiment_exposure
      (experiment_id, variant_id, unit_id, learner_id, first_exposed_at, last_exposed_at, exposure_count)
    SELECT new.experiment_id, new.variant_id, new.unit_id, new.learner_id, new.at, new.at, new.count
    FROM unnest(${experiment}::text[], ${variant}::text[], ${unit}::text[], ${learner}::text[], ${at}::timestamptz[],
      ${count}::int[]) AS new (experiment_id, variant_id, unit_id, learner_id, at, count)
    WHERE ${condition}
    ON CONFLICT (experiment_id, learner_id, variant_id) DO UPDATE SET
      first_exposed_at = least(experiment_exposure.first_exposed_at, excluded.first_exposed_at),
      last_exposed_at = greatest(experiment_exposure.last_exposed_at, excluded.last_exposed_at),
      exposure_count = experiment_exposure.exposure_count + excluded.exposure_count`;
}

/** The parameters of `exposureSql`. */
export function exposureValues(exposures: readonly Exposure[]): unknown[] {
  const counted = countedExposures(exposures);
  return [
    counted.map(({ exposure }) => exposure.experimentId),
    counted.map(({ exposure }) => exposure.variantId),
    counted.map(({ exposure }) => exposure.unitId),
    counted.map(({ exposure }) => exposure.learnerId),
    counted.map(({ exposure }) => exposure.at),
    counted.map(({ count }) => count),
  ];
}

/** As part of what shows people what they are exposed to: neither is ever there without the other. */
export async function recordExposures(transaction: Queryable, exposures: readonly Exposure[]): Promise<void> {
  if (exposures.length > 0) await transaction.query(exposureSql(1), exposureValues(exposures));
}

/** One statement changes a row once; and in one order for all, so that two of them never wait for each other. */
function countedExposures(exposures: readonly Exposure[]): { readonly exposure: Exposure; readonly count: number }[] {
  const counted = new Map<string, { readonly exposure: Exposure; readonly count: number }>();
  for (const exposure of exposures) {
    const key = JSON.stringify([exposure.experimentId, exposure.learnerId, exposure.variantId]);
    const known = counted.get(key);
    counted.set(key, { exposure: known?.exposure ?? exposure, count: (known?.count ?? 0) + 1 });
  }
  return [...counted].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
