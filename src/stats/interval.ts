/** Where a figure lies, as far as the data tell. */
export interface Interval {
  readonly estimate: number;
  /** At most `high`; `estimate` is usually between the two. */
  readonly low: number;
  readonly high: number;
}

/** The level of an interval where none is named: 95 %. */
export const DEFAULT_LEVEL = 0.95;

/** @throws RangeError when the level of an interval is not between 0 and 1 (0.8 for 80 %) */
export function assertLevel(level: number): void {
  if (!(level > 0 && level < 1)) throw new RangeError(`The level must be between 0 and 1, not ${level}.`);
}

/** @throws RangeError, naming the figure, when it is not finite */
export function assertFinite(value: number, name: string): void {
  if (!Number.isFinite(value)) throw new RangeError(`${name} must be a finite number, not ${value}.`);
}
