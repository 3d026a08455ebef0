import type { Interval } from './interval.js';

/** What can be said of an effect. */
export const VERDICTS = ['IMPROVED', 'NO_CLEAR_CHANGE', 'WORSE', 'CANNOT_TELL'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What can be said of a figure that must not suffer. */
export const GUARDRAIL_VERDICTS = ['HELD', 'BROKEN', 'CANNOT_TELL'] as const;
export type GuardrailVerdict = (typeof GUARDRAIL_VERDICTS)[number];

type Bounds = Pick<Interval, 'low' | 'high'>;

export interface VerdictOptions {
  /** The smallest effect that matters, at least 0, in the unit of the interval. */
  readonly smallestEffect: number;
  /** Whether there are enough units, and the checks (sample ratio, balance, overlap) allow a verdict. Default yes. */
  readonly isTrustworthy?: boolean;
  /** Whether less is better, as for days to completion. Default no. */
  readonly isLessBetter?: boolean;
}

/**
 * What the interval of an effect says: improved when all of it is above 0, worse when all of it is below, no clear
 * change when all of it is within the smallest effect that matters, else that it cannot be told. So a wide interval
 * around 0 is never taken for "no change" (Altman & Bland 1995; the equivalence test of Schuirmann 1987 when the level
 * is 90 %).
 *
 * @param interval null when there is none: then it cannot be told
 * @throws RangeError when the smallest effect is below 0, or an end of the interval is not a number
 */
export function verdictOf(interval: Bounds | null, options: VerdictOptions): Verdict {
  const { smallestEffect, isTrustworthy = true, isLessBetter = false } = options;
  if (!(smallestEffect >= 0)) throw new RangeError(`The smallest effect must be 0 or more, not ${smallestEffect}.`);
  if (interval === null || !isTrustworthy) return 'CANNOT_TELL';
  const { low, high } = asGain(interval, isLessBetter);
  if (low > 0) return 'IMPROVED';
  if (high < 0) return 'WORSE';
  return low >= -smallestEffect && high <= smallestEffect ? 'NO_CLEAR_CHANGE' : 'CANNOT_TELL';
}

/**
 * Whether a figure that must not suffer was kept within its margin: held when all of the interval is above −margin
 * (non-inferiority, CONSORT extension: Piaggio et al. 2012), broken when it is worse for certain and may be so by more
 * than the margin, else it cannot be told.
 *
 * @param interval     of the effect on that figure; null when there is none
 * @param margin       the loss that would be accepted, at least 0, in the unit of the interval
 * @param isLessBetter whether less is better. Default no
 * @throws RangeError when the margin is below 0, or an end of the interval is not a number
 */
export function guardrailVerdict(interval: Bounds | null, margin: number, isLessBetter = false): GuardrailVerdict {
  if (!(margin >= 0)) throw new RangeError(`The margin must be 0 or more, not ${margin}.`);
  if (interval === null) return 'CANNOT_TELL';
  const { low, high } = asGain(interval, isLessBetter);
  if (low > -margin) return 'HELD';
  return high < 0 ? 'BROKEN' : 'CANNOT_TELL';
}

function asGain({ low, high }: Bounds, isLessBetter: boolean): Bounds {
  if (!(low <= high)) throw new RangeError(`${low} to ${high} is no interval.`);
  return isLessBetter ? { low: -high, high: -low } : { low, high };
}
