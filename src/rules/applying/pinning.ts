import type { CapWindows } from './capWindows.js';
import type { CompiledRule } from './compiledRule.js';
import type { RuledCandidates } from './ruledCandidates.js';

/** Why a pin is not, or not exactly, where it was promised. */
export type PinProblem = 'NOT_ELIGIBLE' | 'LIST_TOO_SHORT' | 'LOST_TO' | 'CAPPED';

/** What became of a pin. */
export interface PinOutcome {
  readonly pin: CompiledRule<'PIN'>;
  /** Where it stands, from 1; null: nowhere. */
  readonly place: number | null;
  /** The course; null: there is none. */
  readonly position: number | null;
  /** Null: it is where it was promised. */
  readonly problem: PinProblem | null;
  /** The rule that took the place, or the courses, first. */
  readonly lostTo: CompiledRule<'PIN'> | null;
}

/** The courses that pins keep places for, by place. */
export type PinnedPlaces = Map<number, { readonly pin: CompiledRule<'PIN'>; readonly position: number }>;

/**
 * Gives each pin its place and its course, by `compareRules`: the best by score that is open, not pinned already and, as
 * far as pins among themselves go, not capped. Where a place is taken, the next free one after it. What is pinned is
 * taken, and counts towards the caps.
 *
 * @param length places that the list will have
 */
export function pin(
  pins: readonly CompiledRule<'PIN'>[],
  scores: Float64Array,
  open: Uint8Array,
  length: number,
  candidates: RuledCandidates,
  caps: CapWindows,
): { readonly pinned: PinnedPlaces; readonly outcomes: PinOutcome[] } {
  const pinned: PinnedPlaces = new Map();
  const byCourse = new Map<number, CompiledRule<'PIN'>>();
  const outcomes = pins.map((rule): PinOutcome => {
    const failed = (problem: PinProblem, lostTo: CompiledRule<'PIN'> | null = null): PinOutcome => {
      return { pin: rule, place: null, position: null, problem, lostTo };
    };
    const { positions } = rule;
    const isOpen = (position: number) => open[position] === 1;
    const contested = best(positions, scores, isOpen);
    if (contested < 0) return failed('NOT_ELIGIBLE');
    const isFree = (position: number) => isOpen(position) && !byCourse.has(position);
    if (best(positions, scores, isFree) < 0) return failed('LOST_TO', byCourse.get(contested) ?? null);
    const wanted = rule.rule.action.place;
    const lostTo = pinned.get(wanted)?.pin ?? null;
    let place = wanted;
    while (pinned.has(place)) place += 1;
    if (place > length) return failed(lostTo === null ? 'LIST_TOO_SHORT' : 'LOST_TO', lostTo);
    const isCapped = (position: number) => caps.forbidding(candidates.kinOf(position).groups, place) !== null;
    const position = best(positions, scores, (one) => isFree(one) && !isCapped(one));
    if (position < 0) return failed('CAPPED');
    byCourse.set(position, rule);
    pinned.set(place, { pin: rule, position });
    candidates.take(position);
    caps.take(candidates.kinOf(position).groups, place);
    return { pin: rule, place, position, problem: lostTo === null ? null : 'LOST_TO', lostTo };
  });
  return { pinned, outcomes };
}

/** The first of those with the highest score that may be; only one ahead of all before it is asked. −1: none. */
function best(positions: Int32Array, scores: Float64Array, mayBe: (position: number) => boolean): number {
  let found = -1;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    if ((found < 0 || scores[position]! > scores[found]!) && mayBe(position)) found = position;
  }
  return found;
}
