import type { MatchingUnits } from '../../stats/matching.js';
import type { Study } from './study.js';

/** Both sides of a study in one, treated first: the change of each unit since before, by what it is matched by. */
export function matchingUnits({ treatment, control }: Pick<Study, 'treatment' | 'control'>): MatchingUnits {
  const changes = [treatment, control].map(({ outcomes, before }) =>
    Array.from(outcomes, (after, i) => after - (before?.[i] ?? 0)),
  );
  return {
    isTreated: [...Array.from(treatment.outcomes, () => true), ...Array.from(control.outcomes, () => false)],
    outcomes: changes.flat(),
    strata: [...(treatment.strata ?? []), ...(control.strata ?? [])],
  };
}
