import { saltedDraw } from '../platform/saltedDraw.js';
import type { RuledPerson } from '../rules/applying/audienceIndex.js';
import { isHeldOut } from '../rules/applying/holdout.js';
import { matchesAudience } from '../rules/model/audience.js';
import { type ExperimentDefinition, type ExperimentUnit, plannedShares } from './experiment.js';

/** What decides who gets what. */
export type Assigning = Pick<ExperimentDefinition, 'unit' | 'audience' | 'sharePercent'> & {
  readonly salt: string;
  readonly variants: readonly { readonly weight: number }[];
};

/** Where somebody stands in an experiment. */
export interface AssignedUnit {
  /** The learner, or their department. */
  readonly unitId: string;
  /** Position of the variant. */
  readonly variantIndex: number;
}

/**
 * The variant that somebody gets; null: they take no part. It hangs on who they are and on nothing else, so that it is
 * the same at every request and in every process, whoever comes or goes. People who opted out of personal lists, and
 * those of the holdout, take part in nothing; nor do people without a department where departments are drawn.
 *
 * @param holdoutPercent of the live rule set
 */
export function assign(
  experiment: Assigning,
  person: RuledPerson,
  holdoutPercent: number,
  nowMs: number,
): AssignedUnit | null {
  const { unit, audience, sharePercent, salt } = experiment;
  const unitId = unitOf(unit, person);
  if (unitId === null || !person.isPersonal || !matchesAudience(audience, person, nowMs)) return null;
  if (isHeldOut(person.learnerId, holdoutPercent) || !takesPart(salt, unitId, sharePercent)) return null;
  return { unitId, variantIndex: variantAt(salt, unitId, experiment.variants) };
}

function unitOf(unit: ExperimentUnit, { learnerId, department }: RuledPerson): string | null {
  return unit === 'LEARNER' ? learnerId : department;
}

/** Whether a unit is of the share that takes part; a greater share keeps everybody of a smaller one. */
export function takesPart(salt: string, unitId: string, sharePercent: number): boolean {
  // Drawn by itself: whoever takes part must not be of one variant more often than of another.
  return saltedDraw(`${salt}/share`, unitId) < sharePercent / 100;
}

/** Position of the variant that a unit is drawn into. */
export function variantAt(salt: string, unitId: string, variants: Assigning['variants']): number {
  const drawn = saltedDraw(`${salt}/variant`, unitId);
  const shares = plannedShares(variants);
  let upTo = 0;
  const found = shares.findIndex((share) => {
    upTo += share;
    return drawn < upTo;
  });
  // Rounding may leave a last sliver to nobody.
  return found === -1 ? shares.length - 1 : found;
}
