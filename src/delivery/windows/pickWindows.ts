import { HOUR_MS } from '../../platform/zonedTime.js';
import { type Draw, drawFor, firstChoice } from './firstChoice.js';
import { mayExplore } from './purpose.js';
import { type Candidate, localDayAt, type WeighedHours } from './weighHours.js';

const MAX_WINDOWS_PER_DAY = 2;
const SURE = { isExploration: false, propensity: 1, outOf: 1 };

/** A candidate that was chosen, and how. */
export interface Pick {
  /** Its place among the ranked candidates. */
  readonly slot: number;
  readonly isExploration: boolean;
  /** Above 0, at most 1: how likely the choice was, given those before it. */
  readonly propensity: number;
  /** Among how many hours it was drawn. */
  readonly outOf: number;
  /** Whether the best hour of all was taken by then. */
  readonly isNextBest: boolean;
  /** How many hours were taken by then. */
  readonly closed: number;
}

/** Chooses the next window of a delivery among the slots that are open; null when none is left for it. */
export type PickNext = (isOpen: (slot: number) => boolean, picked: readonly Pick[]) => Pick | null;

/**
 * The first window is the best one or, now and then, one that is tried out; those that follow are the best that are left,
 * at most two on one day, none next to another, and not all on one day where another is allowed.
 */
export function pickerOf(weighed: WeighedHours): PickNext {
  const { inputs, ranked } = weighed;
  const explores = mayExplore(inputs.purpose) && !inputs.personalisationOptOut;
  const share = explores ? inputs.policy.explorationShare : 0;
  const today = localDayAt(inputs.now.getTime(), inputs.zone);
  const draw = share > 0 ? drawFor(inputs.learnerId, inputs.course.id, today) : { explores: 1, picks: 0 };
  return (isOpen, picked) => {
    if (picked.length === 0) return pickFirst(weighed, isOpen, share, draw);
    const chosen = picked.map(({ slot }) => ranked[slot] as Candidate);
    // Two windows must not share their day unless no other day is left; from three on, two a day see to that.
    const slot = (inputs.count === 2 ? nextBest(ranked, isOpen, chosen, 1) : null) ?? nextBest(ranked, isOpen, chosen);
    return slot === null ? null : { slot, ...SURE, isNextBest: false, closed: 0 };
  };
}

function pickFirst(
  { ranked, fit }: WeighedHours,
  isOpen: (slot: number) => boolean,
  share: number,
  draw: Draw,
): Pick | null {
  const open: number[] = [];
  for (let slot = 0; slot < ranked.length; slot++) if (isOpen(slot)) open.push(slot);
  const [best] = open;
  if (best === undefined) return null;
  const taken = { isNextBest: best > 0, closed: ranked.length - open.length };
  if (share === 0) return { slot: best, ...SURE, ...taken };
  // Where an hour holds a sitting, none that does not is tried out.
  const holds = (slot: number) => (ranked[slot]?.runMinutes ?? 0) >= fit.neededMinutes;
  const bestHolds = holds(best);
  const end = open.findIndex((slot) => holds(slot) !== bestHolds);
  const slots = end < 0 ? open : open.slice(0, end);
  const { index, ...choice } = firstChoice(
    slots.map((slot) => ranked[slot]?.probability ?? 0),
    share,
    draw,
  );
  return { slot: slots[index] ?? best, ...choice, ...taken };
}

function nextBest(
  ranked: readonly Candidate[],
  isOpen: (slot: number) => boolean,
  chosen: readonly Candidate[],
  maxPerDay: number = MAX_WINDOWS_PER_DAY,
): number | null {
  const slot = ranked.findIndex(({ hour }, index) => {
    const isNear = chosen.some((c) => Math.abs(c.hour.startMs - hour.startMs) <= HOUR_MS);
    const sameDay = chosen.filter((c) => c.hour.localDay === hour.localDay).length;
    return !isNear && sameDay < maxPerDay && isOpen(index);
  });
  return slot < 0 ? null : slot;
}
