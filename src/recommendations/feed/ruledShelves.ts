import { type AppliedRule, rulesAppliedIn } from '../pipeline/appliedRules.js';
import type { RecommendationInputs } from '../pipeline/inputs.js';
import { isPlacing, placed, without } from '../pipeline/ruleStage.js';
import type { ScoredCatalogue } from '../pipeline/scoring.js';
import type { Candidate, ShelfPool } from './shelfPools.js';

/** Shelves as they are shown, with the rules behind the places on FOR_YOU, by position. */
export interface RuledShelves {
  readonly shelves: readonly ShelfPool[];
  readonly placing: ReadonlyMap<number, readonly AppliedRule[]>;
}

/** The filled shelves with quotas, pins and caps on FOR_YOU, out of everything that stands nowhere else. */
export function ruledShelves(
  inputs: RecommendationInputs,
  scored: ScoredCatalogue,
  filled: readonly ShelfPool[],
  claimed: ReadonlySet<number>,
  perShelf: number,
): RuledShelves {
  const forYou = filled.find(({ kind }) => kind === 'FOR_YOU');
  if (forYou === undefined || !isPlacing(inputs.rules)) return { shelves: filled, placing: new Map() };
  const elsewhere = filled.filter((shelf) => shelf !== forYou).flatMap(({ candidates }) => candidates);
  const open = without(scored.eligible, new Set([...claimed, ...elsewhere.map(({ position }) => position)]));
  const arranged = forYou.candidates.map(({ position }) => {
    return { position, score: scored.scores[position] as number, propensity: 1, isExploration: false };
  });
  const { listed } = placed(inputs, scored.scores, arranged, open, perShelf);
  const known = new Map(forYou.candidates.map((candidate) => [candidate.position, candidate]));
  const candidates = listed.map(
    ({ position }): Candidate => known.get(position) ?? { position, evidence: null, arranged: null },
  );
  const rulesAt = rulesAppliedIn(inputs, scored);
  return {
    shelves: filled.map((shelf) => (shelf === forYou ? { ...shelf, candidates } : shelf)),
    placing: new Map(listed.map(({ position, effects }, i) => [position, rulesAt(position, effects, i + 1)])),
  };
}
