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
    const inChoice = rule.positions.filter((position) => open[position] === 1);
    if (inChoice.length === 0) return failed('NOT_ELIGIBLE');
    const free = inChoice.filter((position) => !byCourse.has(position));
    if (free.length === 0) return failed('LOST_TO', byCourse.get(best(inChoice, scores)) ?? null);
    const wanted = rule.rule.action.place;
    const lostTo = pinned.get(wanted)?.pin ?? null;
    let place = wanted;
    while (pinned.has(place)) place += 1;
    if (place > length) return failed(lostTo === null ? 'LIST_TOO_SHORT' : 'LOST_TO', lostTo);
    const allowed = free.filter((position) => caps.forbidding(candidates.kinOf(position).groups, place) === null);
    if (allowed.length === 0) return failed('CAPPED');
    const position = best(allowed, scores);
    byCourse.set(position, rule);
    pinned.set(place, { pin: rule, position });
    candidates.take(position);
    caps.take(candidates.kinOf(position).groups, place);
    return { pin: rule, place, position, problem: lostTo === null ? null : 'LOST_TO', lostTo };
  });
  return { pinned, outcomes };
}

function best(positions: Int32Array, scores: Float64Array): number {
  let found = positions[0] as number;
  for (const position of positions) if ((scores[position] as number) > (scores[found] as number)) found = position;
  return found;
}
