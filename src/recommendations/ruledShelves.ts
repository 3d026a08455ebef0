import { type AppliedRule, appliedRules } from './appliedRules.js';
import type { RecommendationInputs } from './inputs.js';
import { isPlacing, placed } from './ruleStage.js';
import type { ScoredCatalogue } from './scoring.js';
import type { Candidate, ShelfPool } from './shelfPools.js';

/** Shelves as they are shown, with the rules behind the places on FOR_YOU, by position. */
export interface RuledShelves {
  readonly shelves: readonly ShelfPool[];
  readonly placing: ReadonlyMap<number, readonly AppliedRule[]>;
}

/**
 * The positions that pins of the FOR_YOU shelf ask for: no other shelf may take them. Places are those of that shelf,
 * since it is a feed's list; every other shelf is there for a reason of its own.
 */
export function pinnedOnShelf(
  inputs: RecommendationInputs,
  { scores, eligible }: ScoredCatalogue,
  claimed: ReadonlySet<number>,
  perShelf: number,
): ReadonlySet<number> {
  if (inputs.rules.pins.length === 0) return new Set();
  const { pins } = placed(inputs, scores, [], without(eligible, claimed), perShelf);
  return new Set(pins.flatMap(({ position }) => (position === null ? [] : [position])));
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
  return {
    shelves: filled.map((shelf) => (shelf === forYou ? { ...shelf, candidates } : shelf)),
    placing: new Map(
      listed.map(({ position, effects }, i) => [position, appliedRules(inputs, scored, position, effects, i + 1)]),
    ),
  };
}

function without(eligible: Uint8Array, positions: ReadonlySet<number>): Uint8Array {
  const open = eligible.slice();
  for (const position of positions) open[position] = 0;
  return open;
}
