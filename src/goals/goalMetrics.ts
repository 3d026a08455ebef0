import type { Figure } from '../learners/fewPeople/audienceFigures.js';
import type { Direction, GoalMetric, GoalMetricKind } from './goal.js';
import { type Kpi, LARGEST_KPI } from './kpis/kpi.js';

export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/** Days before a moment that count for what people do and say. */
export const LOOKBACK_DAYS = 28;

/** What one person adds to a metric at most, so that nobody stands out of a mean. */
export const MOST_COMPLETIONS = 10;
export const MOST_HOURS = 20;

/** What a metric can come to, of one person and of many. What is counted is per person, in the four weeks before. */
const RANGES: Readonly<Record<Exclude<GoalMetricKind, 'EXTERNAL_KPI'>, ValueRange>> = {
  COMPLETIONS: { min: 0, max: MOST_COMPLETIONS },
  LEARNING_HOURS: { min: 0, max: MOST_HOURS },
  ACTIVE_LEARNER_SHARE: { min: 0, max: 1 },
  COMPLETION_RATE: { min: 0, max: 1 },
  SKILL_LEVEL: { min: 0, max: 1 },
  SKILL_TARGET_REACHED: { min: 0, max: 1 },
  SATISFACTION: { min: -1, max: 1 },
};

/** @param kpi of an external metric; null where it is not known */
export function valueRange({ kind }: GoalMetric, kpi: Kpi | null): ValueRange {
  if (kind !== 'EXTERNAL_KPI') return RANGES[kind];
  return { min: kpi?.expectedMin ?? -LARGEST_KPI, max: kpi?.expectedMax ?? LARGEST_KPI };
}

/** Within what one person's value lies, to hide single people by; null: of KPIs, which are coarse when they are measured. */
export function personRange({ kind }: GoalMetric): ValueRange | null {
  return kind === 'EXTERNAL_KPI' ? null : RANGES[kind];
}

/** How much of what one person comes to is of one course or skill at most, where that is not all of it. */
function partWeightOf({ kind, courseIds, skillIds }: GoalMetric): number {
  if (kind === 'COMPLETIONS') return 1 / MOST_COMPLETIONS;
  if (kind === 'COMPLETION_RATE') return 1 / Math.max(1, courseIds.length);
  return kind === 'SKILL_LEVEL' ? 1 / Math.max(1, skillIds.length) : 1;
}

/** The value of a metric, as a figure of an audience. */
export function valueFigure(metric: GoalMetric): Figure {
  const { kind, courseIds, skillIds, kpiId } = metric;
  const name = kpiId === null ? kind : `${kind} ${kpiId}`;
  return { name, parts: [...courseIds, ...skillIds], partWeight: partWeightOf(metric) };
}

/** The people whose values they are: of some metrics not the whole audience, but whoever has one. */
export function peopleFigure({ kind, courseIds, skillIds, kpiId }: GoalMetric): Figure {
  switch (kind) {
    case 'SATISFACTION':
    case 'SKILL_TARGET_REACHED':
      return { name: `people, ${kind}`, parts: [...courseIds, ...skillIds] };
    case 'EXTERNAL_KPI':
      return { name: `people, ${kind} ${kpiId}` };
    default:
      return { name: 'people' };
  }
}

export function directionOf({ kind }: GoalMetric, kpi: Kpi | null): Direction {
  return kind === 'EXTERNAL_KPI' && kpi !== null ? kpi.direction : 'HIGHER_IS_BETTER';
}

/** 1 where more is better, −1 where less is. */
export const signOf = (direction: Direction): 1 | -1 => (direction === 'HIGHER_IS_BETTER' ? 1 : -1);
