import type { Course } from '../../catalog/course.js';
import { CapWindows } from './capWindows.js';
import type { CompiledRule } from './compiledRule.js';
import { type PinnedPlaces, type PinOutcome, pin } from './pinning.js';
import { QuotaDemand } from './quotaDemand.js';
import { type HeldBack, RuledCandidates } from './ruledCandidates.js';

/** Why a course stands where it stands, as far as a rule had a hand in it. */
export type PlaceEffect =
  | { readonly kind: 'PIN'; readonly by: CompiledRule<'PIN'> }
  /** `from`: its place in the list as arranged, from 1; null: it was behind the end. */
  | { readonly kind: 'QUOTA'; readonly by: CompiledRule<'QUOTA'>; readonly from: number | null }
  | { readonly kind: 'CAP'; readonly by: CompiledRule<'CAP'>; readonly from: number };

export interface RuledPlace {
  readonly position: number;
  /** Its place in the list as arranged, from 1; null: it was behind the end. */
  readonly from: number | null;
  /** In the order of the stages; mostly none. */
  readonly effects: readonly PlaceEffect[];
}

export interface PlacedByRules {
  /** Best first. */
  readonly places: readonly RuledPlace[];
  /** What became of each pin, in the order of `compareRules`. */
  readonly pins: readonly PinOutcome[];
  /** By position: what a cap left out of the list. */
  readonly leftOut: ReadonlyMap<number, CompiledRule<'CAP'>>;
}

export interface PlacingInputs {
  /** Positions of the list as arranged, best first, none twice, all of them open. */
  readonly arranged: readonly number[];
  /** By position. */
  readonly scores: Float64Array;
  /** 1 at each position that may be in the list; `arranged` holds them all, or as many as the list has places. */
  readonly open: Uint8Array;
  readonly courses: readonly Course[];
  /** Places that the list may have. */
  readonly length: number;
  /** Each by `compareRules`. */
  readonly quotas: readonly CompiledRule<'QUOTA'>[];
  readonly pins: readonly CompiledRule<'PIN'>[];
  readonly caps: readonly CompiledRule<'CAP'>[];
}

/**
 * The list as rules want it, place by place from the first: a pinned course where one is pinned, else a course of a quota
 * that could not be kept otherwise, else the next in order; always the first that no cap forbids. What a cap forbids
 * now comes at the next place where it may, or not at all; the list is filled up from the open courses behind its end.
 *
 * Caps bind pins and quotas. A pinned course counts towards them from the beginning, so what stands before it leaves it
 * room, and a pin gives way to nothing but another pin. Quotas are kept beside pins as far as places are left; see
 * `QuotaDemand` for several. Where nothing may stand the list ends, and pins behind that are not kept.
 */
export function placeByRules(inputs: PlacingInputs): PlacedByRules {
  const { arranged, scores, open, courses, quotas, pins } = inputs;
  const length = openCount(open, inputs.length);
  const caps = new CapWindows(inputs.caps, courses, length);
  const candidates = new RuledCandidates({ arranged, scores, open, quotas }, caps);
  const { pinned, outcomes } = pin(pins, scores, open, length, candidates, caps);
  let demand = new QuotaDemand(quotas, length, pinned, open);
  const places: RuledPlace[] = [];
  for (let place = 1; place <= length; place++) {
    const kept = pinned.get(place);
    if (kept !== undefined) {
      const from = candidates.arrangedPlaceOf(kept.position);
      places.push({ position: kept.position, from, effects: [{ kind: 'PIN', by: kept.pin }] });
      continue;
    }
    const next = candidates.first(place, -1);
    const wanted = quotaPick(demand, candidates, place);
    const position = wanted?.position ?? next;
    if (position === null) {
      if (!releasePins(pinned, place, candidates, caps)) break;
      demand = new QuotaDemand(quotas, length, pinned, open);
      for (const [i, placed] of places.entries()) {
        if (!pinned.has(i + 1)) demand.count(candidates.kinOf(placed.position).quotas);
      }
      place -= 1;
      continue;
    }
    const kin = candidates.kinOf(position);
    candidates.take(position);
    caps.take(kin.groups, place);
    demand.count(kin.quotas);
    const quota = position === next ? null : (quotas[wanted?.quota ?? -1] ?? null);
    const from = candidates.arrangedPlaceOf(position);
    places.push({ position, from, effects: effectsOn(from, place, quota, kin.heldBack) });
  }
  return {
    places,
    pins: outcomes.map((outcome) => (isKept(outcome, pinned) ? outcome : givenUp(outcome, places.length))),
    leftOut: new Map(
      arranged.flatMap((position) => {
        const by = candidates.isTaken(position) ? null : candidates.kinOf(position).heldBack?.by;
        return by == null ? [] : [[position, by] as const];
      }),
    ),
  };
}

/** How many are open, as far as that matters. */
function openCount(open: Uint8Array, most: number): number {
  let count = 0;
  for (let position = 0; position < open.length && count < most; position++) count += open[position]!;
  return count;
}

function quotaPick(
  demand: QuotaDemand,
  candidates: RuledCandidates,
  place: number,
): { readonly quota: number; readonly position: number } | null {
  let unserved: Set<number> | null = null;
  for (;;) {
    const last = demand.pressing(place, unserved);
    let quota = last < 0 ? -1 : demand.mostUrgent(place, last, unserved);
    if (quota < 0) return null;
    for (; quota >= 0; quota = demand.mostUrgent(place, last, unserved)) {
      const position = candidates.first(place, quota);
      if (position !== null) return { quota, position };
      unserved ??= new Set();
      unserved.add(quota);
    }
  }
}

/** Where nothing else may stand, places further on cannot be reached: what is pinned there is like any other course. */
function releasePins(pinned: PinnedPlaces, from: number, candidates: RuledCandidates, caps: CapWindows): boolean {
  let isAny = false;
  for (const [place, { position }] of [...pinned]) {
    if (place < from) continue;
    pinned.delete(place);
    caps.free(candidates.kinOf(position).groups, place);
    candidates.release(position);
    isAny = true;
  }
  return isAny;
}

const NO_EFFECTS: readonly PlaceEffect[] = [];

function effectsOn(
  from: number | null,
  place: number,
  quota: CompiledRule<'QUOTA'> | null,
  heldBack: HeldBack | null,
): readonly PlaceEffect[] {
  const isHeldBack = from !== null && heldBack !== null && from <= heldBack.place && heldBack.place < place;
  if (quota === null && !isHeldBack) return NO_EFFECTS;
  const effects: PlaceEffect[] = [];
  if (quota !== null) effects.push({ kind: 'QUOTA', by: quota, from });
  if (isHeldBack) effects.push({ kind: 'CAP', by: heldBack.by, from });
  return effects;
}

const isKept = ({ pin: rule, place }: PinOutcome, pinned: PinnedPlaces): boolean =>
  place === null || pinned.get(place)?.pin === rule;

/** Of a pin whose place could not be reached with it: nothing before it was free of caps. */
function givenUp(outcome: PinOutcome, length: number): PinOutcome {
  const problem = length < outcome.pin.rule.action.place ? 'LIST_TOO_SHORT' : 'CAPPED';
  return { ...outcome, place: null, position: null, problem, lostTo: null };
}
