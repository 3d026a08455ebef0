import type { SeededRandom } from './seededRandom.js';
import { DAY_MS, WEEK_MS, type ZoneClock } from './zoneClock.js';

export const HOURS_A_WEEK = 168;

/** Draws hours of the week. Cheaper to set up than an alias table, which matters as every learner has one. */
export class WeekTable {
  private readonly sums: number[] = [];

  /** @param shape 168 weights, Monday 00:00 first */
  constructor(shape: readonly number[]) {
    let sum = 0;
    for (let hour = 0; hour < HOURS_A_WEEK; hour++) {
      sum += shape[hour] as number;
      this.sums.push(sum);
    }
  }

  draw(random: SeededRandom): number {
    const drawn = random.unit() * (this.sums[HOURS_A_WEEK - 1] as number);
    let low = 0;
    let high = HOURS_A_WEEK - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.sums[middle] as number) <= drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Weeks are counted on the local clock and begin on Monday; day 0, 1970-01-01, was a Thursday. */
export function weekOf(clock: ZoneClock, instantMs: number): number {
  return Math.floor((clock.toLocal(instantMs) + 3 * DAY_MS) / WEEK_MS);
}

/** Local time at which a week begins. */
export function weekStart(week: number): number {
  return week * WEEK_MS - 3 * DAY_MS;
}
