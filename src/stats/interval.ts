/** Where a figure lies, as far as the data tell. */
export interface Interval {
  readonly estimate: number;
  /** At most `high`; `estimate` is usually between the two. */
  readonly low: number;
  readonly high: number;
}

/** The level of an interval where none is named: 95 %. */
export const DEFAULT_LEVEL = 0.95;

/**
 * The interval of a figure that is told with an error on top: how far either end is from the estimate, and how far the error
 * reaches at the same level, are put together as the ends of a sum of independent figures are (Zou & Donner 2008):
 * `e + s ∓ √((e − end)² + r²)`.
 *
 * @param shift the error itself, in the unit of the figure
 * @param reach r, what the error exceeds as rarely as the interval misses; at least 0
 */
export function withError<B extends Interval>(interval: B, shift: number, reach: number): B {
  const { estimate, low, high } = interval;
  return {
    ...interval,
    estimate: estimate + shift,
    low: estimate + shift - Math.hypot(estimate - low, reach),
    high: estimate + shift + Math.hypot(high - estimate, reach),
  };
}

/** @throws RangeError when the level of an interval is not between 0 and 1 (0.8 for 80 %) */
export function assertLevel(level: number): void {
  if (!(level > 0 && level < 1)) throw new RangeError(`The level must be between 0 and 1, not ${level}.`);
}

/** @throws RangeError, naming the figure, when it is not finite */
export function assertFinite(value: number, name: string): void {
  if (!Number.isFinite(value)) throw new RangeError(`${name} must be a finite number, not ${value}.`);
}
