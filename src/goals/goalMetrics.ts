import type { Direction, GoalMetric, GoalMetricKind } from './goal.js';
import { type Kpi, LARGEST_KPI, rangeOf } from './kpis/kpi.js';

export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/** Days before a moment that count for what people do and say. */
export const LOOKBACK_DAYS = 28;

/** What a metric can come to. What is counted is per person of the audience, in the four weeks before. */
const RANGES: Readonly<Record<Exclude<GoalMetricKind, 'EXTERNAL_KPI'>, ValueRange>> = {
  COMPLETIONS: { min: 0, max: 1_000 },
  LEARNING_HOURS: { min: 0, max: 24 * LOOKBACK_DAYS },
  ACTIVE_LEARNER_SHARE: { min: 0, max: 1 },
  COMPLETION_RATE: { min: 0, max: 1 },
  SKILL_LEVEL: { min: 0, max: 1 },
  SKILL_TARGET_REACHED: { min: 0, max: 1 },
  SATISFACTION: { min: -1, max: 1 },
};

/** What one person is taken to add to a mean of what is counted, to hide single people by. */
const ONE: ValueRange = { min: 0, max: 1 };

/** @param kpi of an external metric; null where it is not known */
export function valueRange({ kind }: GoalMetric, kpi: Kpi | null): ValueRange {
  if (kind !== 'EXTERNAL_KPI') return RANGES[kind];
  return { min: kpi?.expectedMin ?? -LARGEST_KPI, max: kpi?.expectedMax ?? LARGEST_KPI };
}

/** How far one person's value may move; null: that is not known. */
export function personRange({ kind }: GoalMetric, kpi: Kpi | null): ValueRange | null {
  if (kind === 'EXTERNAL_KPI') return kpi === null ? null : rangeOf(kpi);
  return kind === 'COMPLETIONS' || kind === 'LEARNING_HOURS' ? ONE : RANGES[kind];
}

export function directionOf({ kind }: GoalMetric, kpi: Kpi | null): Direction {
  return kind === 'EXTERNAL_KPI' && kpi !== null ? kpi.direction : 'HIGHER_IS_BETTER';
}

/** 1 where more is better, −1 where less is. */
export const signOf = (direction: Direction): 1 | -1 => (direction === 'HIGHER_IS_BETTER' ? 1 : -1);
