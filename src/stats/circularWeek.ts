/** Cells of a week; cell 0 is Monday 00:00–01:00, cell 167 Sunday 23:00–24:00. */
export const HOURS_PER_WEEK = 168;

const DAYS = 7;
const HOURS = 24;
const FIRST_WEEKEND_DAY = 5;

/** How one active hour speaks for the other hours of the week. */
export interface WeekKernel {
  /** Standard deviation of the blur along the week, in hours; 0: no blur. */
  readonly sigmaHours: number;
  /** How much an hour of one day says about the same hour of another working day (or, at the weekend, the other
   *  weekend day), relative to 1 for its own day. 0–1. */
  readonly sameKindOfDay: number;
  /** The same between working days and the weekend. 0–1. */
  readonly otherKindOfDay: number;
}

/**
 * The kernel that suits this many hours of evidence: the more there are, the narrower, with the N^(−1/5) of the usual
 * bandwidth rule (Silverman 1986, eq. 3.28). The wide end and the scale of the shrinking were chosen by the held-out
 * log score of real active times, for people and for whole organisations alike: see `test/quality/activeTimes.test.ts`.
 *
 * @param hours effective number of active hours, 0 or more
 */
export function kernelForEvidence(hours: number): WeekKernel {
  const narrowing = (1 + hours / 300) ** -0.2;
  return { sigmaHours: 1.5 * narrowing, sameKindOfDay: 0.7 * narrowing, otherKindOfDay: 0.2 * narrowing };
}

/**
 * The counts of a week, smoothed: every hour is first shared out over the seven days, by affinity, and then blurred by
 * a Gaussian along the circle of the week. Blurring along the week, not round the clock of each day, keeps 23:00 on
 * Monday next to 00:00 on Tuesday, where round the clock it would spill into the small hours of the same Monday, twenty
 * hours before; and Sunday night meets Monday morning.
 *
 * @param counts length 168, each 0 or more
 * @returns length 168, same sum as `counts`
 * @throws RangeError when `counts` has another length, or the kernel a number outside its range
 */
export function smoothWeek(counts: ArrayLike<number>, kernel: WeekKernel): Float64Array {
  requireWeek(counts);
  const { sigmaHours, sameKindOfDay, otherKindOfDay } = kernel;
  const bounded = (x: number) => x >= 0 && x <= 1;
  if (!(sigmaHours >= 0 && sigmaHours <= HOURS) || !bounded(sameKindOfDay) || !bounded(otherKindOfDay)) {
    throw new RangeError('A week kernel needs 0 ≤ sigmaHours ≤ 24 and affinities of 0–1');
  }
  const weights = blurWeights(sigmaHours);
  const reach = (weights.length - 1) / 2;
  // The week with its ends repeated, so that the blur runs through without a modulus.
  const around = new Float64Array(HOURS_PER_WEEK + 2 * reach);
  shareOverDays(counts, sameKindOfDay, otherKindOfDay, around.subarray(reach, reach + HOURS_PER_WEEK));
  around.copyWithin(0, HOURS_PER_WEEK, HOURS_PER_WEEK + reach);
  around.copyWithin(reach + HOURS_PER_WEEK, reach, 2 * reach);
  const smoothed = new Float64Array(HOURS_PER_WEEK);
  for (let cell = 0; cell < HOURS_PER_WEEK; cell++) {
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += weights[i]! * around[cell + i]!;
    smoothed[cell] = sum;
  }
  return smoothed;
}

/** Every hour shared out over the seven days: all of its kind of day get one share of it, and its own day what is left. */
function shareOverDays(
  counts: ArrayLike<number>,
  sameKindOfDay: number,
  otherKindOfDay: number,
  shared: Float64Array,
): void {
  const workdays = FIRST_WEEKEND_DAY;
  const weekendDays = DAYS - FIRST_WEEKEND_DAY;
  const workdayTotal = 1 + (workdays - 1) * sameKindOfDay + weekendDays * otherKindOfDay;
  const weekendTotal = 1 + (weekendDays - 1) * sameKindOfDay + workdays * otherKindOfDay;
  for (let h = 0; h < HOURS; h++) {
    let onWorkdays = 0;
    let atWeekends = 0;
    for (let cell = h; cell < HOURS_PER_WEEK; cell += HOURS) {
      if (cell < FIRST_WEEKEND_DAY * HOURS) onWorkdays += counts[cell]! / workdayTotal;
      else atWeekends += counts[cell]! / weekendTotal;
    }
    for (let cell = h; cell < HOURS_PER_WEEK; cell += HOURS) {
      const isWeekend = cell >= FIRST_WEEKEND_DAY * HOURS;
      const ofItsKind = isWeekend ? atWeekends : onWorkdays;
      const ofTheOther = isWeekend ? onWorkdays : atWeekends;
      const own = counts[cell]! / (isWeekend ? weekendTotal : workdayTotal);
      shared[cell] = (1 - sameKindOfDay) * own + sameKindOfDay * ofItsKind + otherKindOfDay * ofTheOther;
    }
  }
}

const matrices = new WeakMap<WeekKernel, readonly Float64Array[]>();

/**
 * What one hour in each cell becomes under `smoothWeek`: row i is where an hour in cell i is spread to. Kept for every
 * kernel object, since it takes longer to make than to use.
 *
 * @returns 168 rows of length 168, each sums to 1
 * @throws RangeError when the kernel has a number outside its range
 */
export function smoothingMatrix(kernel: WeekKernel): readonly Float64Array[] {
  const known = matrices.get(kernel);
  if (known !== undefined) return known;
  const rows = Array.from({ length: HOURS_PER_WEEK }, (_, cell) => {
    const hour = new Float64Array(HOURS_PER_WEEK);
    hour[cell] = 1;
    return smoothWeek(hour, kernel);
  });
  matrices.set(kernel, rows);
  return rows;
}

/** Gaussian weights at whole hours −r..r, r = 5 σ but at most 83 so that nothing meets itself round the week; sum 1. */
function blurWeights(sigmaHours: number): Float64Array {
  const reach = Math.min(HOURS_PER_WEEK / 2 - 1, Math.ceil(5 * sigmaHours));
  const weights = new Float64Array(2 * reach + 1).fill(1);
  let total = 1;
  for (let d = 1; d <= reach; d++) {
    const weight = Math.exp(-0.5 * (d / sigmaHours) ** 2);
    weights[reach - d] = weight;
    weights[reach + d] = weight;
    total += 2 * weight;
  }
  for (let i = 0; i < weights.length; i++) weights[i] = weights[i]! / total;
  return weights;
}

/** A share or probability with its equal-tailed credible interval. All 0–1. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

function requireWeek(values: ArrayLike<number>): void {
  if (values.length !== HOURS_PER_WEEK) throw new RangeError(`A week has 168 cells, got ${values.length}`);
}
