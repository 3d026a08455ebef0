import { assertFinite, DEFAULT_LEVEL } from './interval.js';
import type { MeanDifference } from './meanDifference.js';
import { studentReach } from './student.js';

/** Units with and without a treatment that nobody drew lots for. All of one length, in one order. */
export interface MatchingUnits {
  readonly isTreated: readonly boolean[];
  /** Finite. */
  readonly outcomes: ArrayLike<number>;
  /** What each unit was before, coarsened and put in one key: units of one key are compared. */
  readonly strata: readonly string[];
  /** The same more finely, for measuring imbalance. Default: as the strata. */
  readonly cells?: readonly string[];
}

export interface Matched {
  /** Treated less comparable untreated ones, on average over the treated that were kept; null: none can be told. */
  readonly effect: MeanDifference | null;
  /** 0 for a unit without a counterpart; 1 for a treated one; untreated ones stand for the treated of their stratum. */
  readonly weights: Float64Array;
  readonly treatedKept: number;
  readonly untreatedKept: number;
  /** Of the treated, 0 to 1: with few of them kept, the effect speaks of other people than were treated. */
  readonly shareOfTreatedKept: number;
  /** L₁ over the cells: 0 when the groups are alike, 1 when they have nothing in common. */
  readonly imbalanceBefore: number;
  readonly imbalanceAfter: number;
}

/**
 * The number of the bin a value falls in: how many cut points are at or below it.
 *
 * @param cutPoints ascending
 * @returns 0 to the number of cut points; −1 for null, a bin of its own
 */
export function coarsen(value: number | null, cutPoints: readonly number[]): number {
  if (value === null) return -1;
  let bin = 0;
  while (bin < cutPoints.length && value >= (cutPoints[bin] ?? 0)) bin += 1;
  return bin;
}

/**
 * Coarsened exact matching (Iacus, King & Porro 2012): only strata with treated and untreated units are kept; an
 * untreated unit of stratum s weighs `(m_C / m_T) (m_T^s / m_C^s)` (there, section 2.2), and the effect on the treated is
 * `Σ_s (m_T^s / m_T) (ȳ_T^s − ȳ_C^s)`. Its variance is that of a stratified mean with `s²/n` in each stratum and group;
 * where there is one unit alone, the spread is that of the other strata, pooled. It says nothing about differences
 * between the groups that the strata do not know.
 *
 * @param units at least one
 * @param level of the interval, between 0 and 1
 * @returns an effect of null when no stratum has both, or no stratum shows a spread in either group
 * @throws RangeError when lengths differ, an outcome is not finite, or the level is outside its range
 */
export function matchExactly(units: MatchingUnits, level: number = DEFAULT_LEVEL): Matched {
  const { isTreated, outcomes, strata, cells = strata } = units;
  const count = isTreated.length;
  if (outcomes.length !== count || strata.length !== count || cells.length !== count) {
    throw new RangeError(`${count} units need as many outcomes, strata and cells.`);
  }
  const groups = groupByStratum(units);
  const matched = [...groups.values()].filter(({ treated, untreated }) => treated.count > 0 && untreated.count > 0);
  const treatedKept = matched.reduce((sum, { treated }) => sum + treated.count, 0);
  const untreatedKept = matched.reduce((sum, { untreated }) => sum + untreated.count, 0);
  const weights = Float64Array.from({ length: count }, (_, i) => {
    const group = groups.get(strata[i] ?? '');
    if (group === undefined || group.treated.count === 0 || group.untreated.count === 0) return 0;
    return isTreated[i] ? 1 : (untreatedKept / treatedKept) * (group.treated.count / group.untreated.count);
  });
  const treatedCount = isTreated.reduce((sum, treated) => sum + (treated ? 1 : 0), 0);
  return {
    effect: effectOnTreated(matched, treatedKept, level),
    weights,
    treatedKept,
    untreatedKept,
    shareOfTreatedKept: treatedCount === 0 ? 0 : treatedKept / treatedCount,
    imbalanceBefore: imbalance(isTreated, cells, new Float64Array(count).fill(1)),
    imbalanceAfter: imbalance(isTreated, cells, weights),
  };
}

/**
 * The L₁ distance of two groups over cells, `½ Σ |f − g|` for their shares in each (Iacus, King & Porro 2012, eq. 1).
 *
 * @param weights at least 0, one per unit
 * @returns 0 to 1; 1 when either group weighs nothing
 * @throws RangeError when lengths differ
 */
export function imbalance(isTreated: readonly boolean[], cells: readonly string[], weights: ArrayLike<number>): number {
  if (cells.length !== isTreated.length || weights.length !== isTreated.length) {
    throw new RangeError(`${isTreated.length} units need as many cells and weights.`);
  }
  const byCell = new Map<string, [treated: number, untreated: number]>();
  const totals: [treated: number, untreated: number] = [0, 0];
  cells.forEach((cell, i) => {
    const shares = byCell.get(cell) ?? [0, 0];
    const group = isTreated[i] ? 0 : 1;
    shares[group] += weights[i]!;
    totals[group] += weights[i]!;
    byCell.set(cell, shares);
  });
  const [treated, untreated] = totals;
  if (treated === 0 || untreated === 0) return 1;
  let distance = 0;
  for (const [f, g] of byCell.values()) distance += Math.abs(f / treated - g / untreated);
  return distance / 2;
}

/** A running sample: count, mean and sum of squares about it. */
interface Running {
  count: number;
  mean: number;
  squares: number;
}

interface Stratum {
  readonly treated: Running;
  readonly untreated: Running;
}

function groupByStratum({ isTreated, outcomes, strata }: MatchingUnits): Map<string, Stratum> {
  const groups = new Map<string, Stratum>();
  strata.forEach((key, i) => {
    const outcome = outcomes[i]!;
    assertFinite(outcome, 'An outcome');
    let stratum = groups.get(key);
    if (stratum === undefined) {
      stratum = { treated: { count: 0, mean: 0, squares: 0 }, untreated: { count: 0, mean: 0, squares: 0 } };
      groups.set(key, stratum);
    }
    const side = isTreated[i] ? stratum.treated : stratum.untreated;
    const distance = outcome - side.mean;
    side.count += 1;
    side.mean += distance / side.count;
    side.squares += distance * (outcome - side.mean);
  });
  return groups;
}

function effectOnTreated(matched: readonly Stratum[], treatedKept: number, level: number): MeanDifference | null {
  const treated = pooledSpread(matched, 'treated');
  const untreated = pooledSpread(matched, 'untreated');
  if (treated === null || untreated === null) return null;
  const pooled = { treated, untreated };
  let estimate = 0;
  let variance = 0;
  let squaredPerFreedom = 0;
  for (const stratum of matched) {
    const share = stratum.treated.count / treatedKept;
    estimate += share * (stratum.treated.mean - stratum.untreated.mean);
    for (const side of ['treated', 'untreated'] as const) {
      const { count, squares } = stratum[side];
      const spread = count > 1 ? { variance: squares / (count - 1), freedom: count - 1 } : pooled[side];
      const part = (share * share * spread.variance) / count;
      variance += part;
      squaredPerFreedom += (part * part) / spread.freedom;
    }
  }
  if (!(variance > 0)) return null;
  const degreesOfFreedom = (variance * variance) / squaredPerFreedom;
  const standardError = Math.sqrt(variance);
  const reach = studentReach(level, degreesOfFreedom) * standardError;
  return { estimate, low: estimate - reach, high: estimate + reach, standardError, degreesOfFreedom };
}

/** The spread within strata of one group; null when no stratum has two of it. */
function pooledSpread(
  matched: readonly Stratum[],
  side: 'treated' | 'untreated',
): { variance: number; freedom: number } | null {
  let squares = 0;
  let freedom = 0;
  for (const stratum of matched) {
    squares += stratum[side].squares;
    freedom += stratum[side].count - 1;
  }
  return freedom > 0 ? { variance: squares / freedom, freedom } : null;
}
