import { HOURS_PER_WEEK } from '../../stats/circularWeek.js';

const HOURS_PER_DAY = 24;
/** Bands of the expected share of a cell, as multiples of an even spread: the upper end of each but the last. */
const BAND_ENDS = [0.25, 0.5, 1, 2, 4];

/** How well one expected week fits what one person did. */
export interface WeekScore {
  /** Mean −log₂ of the expected share of the cell of each active hour. */
  readonly bits: number;
  /** Share of the active hours that lie in the best hours of their day, 0–1. */
  readonly inBestOfDay: number;
  /** Share of the active hours that lie in the best ten hours of the week, 0–1; null by the hour of the day alone. */
  readonly inBestOfWeek: number | null;
}

/** Which cells are told apart, and how many of them are "the best". */
export interface ScoreGrid {
  /** 168 cells of the week, or 24 hours of the day. */
  readonly cells: 168 | 24;
  readonly bestOfDay: number;
  /** Null: the week is not told apart. */
  readonly bestOfWeek: number | null;
}

export const WEEK_GRID: ScoreGrid = { cells: 168, bestOfDay: 2, bestOfWeek: 10 };
export const DAY_GRID: ScoreGrid = { cells: 24, bestOfDay: 3, bestOfWeek: null };

/** An expected week on the cells of the grid. */
export function onGrid(week: Float64Array, { cells }: ScoreGrid): Float64Array {
  if (cells === HOURS_PER_WEEK) return week;
  const hours = new Float64Array(HOURS_PER_DAY);
  for (const [cell, share] of week.entries()) hours[cell % HOURS_PER_DAY]! += share;
  return hours;
}

/**
 * @param expected shares of the grid's cells, each above 0, sum 1
 * @param future   cells of the week of the hours that followed, at least one
 */
export function scoreWeek(expected: Float64Array, future: ArrayLike<number>, grid: ScoreGrid): WeekScore {
  let bits = 0;
  let ofDay = 0;
  let ofWeek = 0;
  for (let i = 0; i < future.length; i++) {
    const cell = future[i]! % grid.cells;
    const day = cell - (cell % HOURS_PER_DAY);
    bits -= Math.log2(expected[cell]!);
    ofDay += chanceAmongBest(expected, cell, day, day + HOURS_PER_DAY, grid.bestOfDay);
    if (grid.bestOfWeek !== null) ofWeek += chanceAmongBest(expected, cell, 0, grid.cells, grid.bestOfWeek);
  }
  return {
    bits: bits / future.length,
    inBestOfDay: ofDay / future.length,
    inBestOfWeek: grid.bestOfWeek === null ? null : ofWeek / future.length,
  };
}

/** Whether a cell is among the best of a stretch, 0 or 1; between them where cells tie for the last places. */
function chanceAmongBest(expected: Float64Array, cell: number, from: number, until: number, best: number): number {
  const own = expected[cell]!;
  let better = 0;
  let equal = 0;
  for (let other = from; other < until; other++) {
    if (expected[other]! > own * (1 + 1e-9)) better += 1;
    else if (expected[other]! >= own * (1 - 1e-9)) equal += 1;
  }
  return Math.min(1, Math.max(0, (best - better) / equal));
}

/** Expected and actual shares of activity by how much was expected, summed over people. */
export class CalibrationBands {
  readonly #expected = new Float64Array(BAND_ENDS.length + 1);
  readonly #actual = new Float64Array(BAND_ENDS.length + 1);
  #people = 0;

  /** Every person counts for one, however many hours followed. */
  add(expected: Float64Array, future: ArrayLike<number>, { cells }: ScoreGrid): void {
    const bandOf = (share: number) => {
      const band = BAND_ENDS.findIndex((end) => share * cells < end);
      return band < 0 ? BAND_ENDS.length : band;
    };
    for (const share of expected) this.#expected[bandOf(share)]! += share;
    for (let i = 0; i < future.length; i++) {
      this.#actual[bandOf(expected[future[i]! % cells]!)]! += 1 / future.length;
    }
    this.#people += 1;
  }

  report(): Calibration {
    const shareOf = (sum: number) => (this.#people === 0 ? 0 : sum / this.#people);
    const bands = Array.from(this.#expected, (sum, i) => ({
      below: BAND_ENDS[i] ?? null,
      expected: shareOf(sum),
      actual: shareOf(this.#actual[i]!),
    }));
    return { bands, error: bands.reduce((sum, band) => sum + Math.abs(band.expected - band.actual), 0) / 2 };
  }
}

export interface Calibration {
  /** By the expected share of a cell as a multiple of an even spread, `below` so much; null: without end. */
  readonly bands: readonly { readonly below: number | null; readonly expected: number; readonly actual: number }[];
  /** The share of activity that is expected in another band than where it is, 0–1. */
  readonly error: number;
}
