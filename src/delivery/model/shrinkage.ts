import { personShare, type Shrinkage } from './weekModel.js';

/** A person at some point of their time: what was known of them then, and what they did after it. */
export interface HeldOutCase {
  /** Own active hours, decayed, above 0. */
  readonly hours: number;
  /** Their own week, length 168, sums to 1. */
  readonly ownWeek: Float64Array;
  /** What is expected of them before their own hours speak, length 168, sums to 1. */
  readonly priorWeek: Float64Array;
  /** Cells of the hours that followed, at least one. */
  readonly future: ArrayLike<number>;
  /** Cases of about as many hours share a stratum. */
  readonly stratum: number;
}

const PSEUDO_HOURS_RANGE = [1, 200] as const;
const HEAD_STARTS = [0, 1, 2, 4, 8];
const GOLDEN_STEPS = 10;
/** Products of so many probabilities stay far above the smallest double. */
const FACTORS_PER_LOG = 20;
/** Fewer cases say less than what was measured elsewhere. */
const ENOUGH_CASES = 40;

/**
 * How much own hours are to count against a prior, by the log score of what people did next. Every stratum counts by
 * the root of its size: most people have few hours, and those who have many should be served well too.
 *
 * @returns `otherwise` when there are too few cases to tell
 */
export function fitShrinkage(cases: readonly HeldOutCase[], otherwise: Shrinkage): Shrinkage {
  if (cases.length < ENOUGH_CASES) return otherwise;
  let best = { shrinkage: otherwise, bits: Number.POSITIVE_INFINITY };
  for (const headStartHours of HEAD_STARTS) {
    const at = (logHours: number) => ({ pseudoHours: Math.exp(logHours), headStartHours });
    const log = lowestPoint(
      (logHours) => heldOutBits(cases, at(logHours)),
      Math.log(PSEUDO_HOURS_RANGE[0]),
      Math.log(PSEUDO_HOURS_RANGE[1]),
    );
    const bits = heldOutBits(cases, at(log));
    if (bits < best.bits) best = { shrinkage: at(log), bits };
  }
  return best.shrinkage;
}

/** Bits per hour of what followed: the mean of each person, averaged within strata and then over them. */
export function heldOutBits(cases: readonly HeldOutCase[], shrinkage: Shrinkage): number {
  const strata = new Map<number, { bits: number; cases: number }>();
  for (const { hours, ownWeek, priorWeek, future, stratum } of cases) {
    const own = personShare(hours, shrinkage);
    let nats = 0;
    let product = 1;
    for (let i = 0; i < future.length; i++) {
      const cell = future[i]!;
      product *= own * ownWeek[cell]! + (1 - own) * priorWeek[cell]!;
      if (i % FACTORS_PER_LOG === FACTORS_PER_LOG - 1) {
        nats -= Math.log(product);
        product = 1;
      }
    }
    nats -= Math.log(product);
    const sums = strata.get(stratum) ?? { bits: 0, cases: 0 };
    sums.bits += nats / future.length / Math.LN2;
    sums.cases += 1;
    strata.set(stratum, sums);
  }
  let bits = 0;
  let weights = 0;
  for (const sums of strata.values()) {
    bits += sums.bits / Math.sqrt(sums.cases);
    weights += Math.sqrt(sums.cases);
  }
  return bits / weights;
}

/** Golden-section search (Kiefer 1953) for the lowest point of a function with one valley. */
function lowestPoint(f: (x: number) => number, from: number, until: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let low = from;
  let high = until;
  let left = high - ratio * (high - low);
  let right = low + ratio * (high - low);
  let atLeft = f(left);
  let atRight = f(right);
  for (let step = 0; step < GOLDEN_STEPS; step++) {
    if (atLeft <= atRight) {
      high = right;
      right = left;
      atRight = atLeft;
      left = high - ratio * (high - low);
      atLeft = f(left);
    } else {
      low = left;
      left = right;
      atLeft = atRight;
      right = low + ratio * (high - low);
      atRight = f(right);
    }
  }
  return (low + high) / 2;
}
