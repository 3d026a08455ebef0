import type { GoalMetric } from '../../goals/goal.js';
import { LOOKBACK_DAYS, MOST_COMPLETIONS, MOST_HOURS } from '../../goals/goalMetrics.js';
import { DAY_MS } from '../../platform/zonedTime.js';
import type { WatchedSpan } from './impact.store.js';
import { anyOf, type OutcomeCounts } from './outcomes.js';

/** What goals are measured by, of what single people do. */
export type DoingKind = Exclude<
  GoalMetric['kind'],
  'SATISFACTION' | 'EXTERNAL_KPI' | 'SKILL_LEVEL' | 'SKILL_TARGET_REACHED'
>;

type OutcomeInDays = (counts: OutcomeCounts, lookbacks: number, metric: Pick<GoalMetric, 'courseIds'>) => number;

/** What one person adds at most is meant for the days that a goal looks back, so it grows with the time. */
const DOINGS: Readonly<Record<DoingKind, OutcomeInDays>> = {
  COMPLETIONS: ({ completions }, lookbacks) => Math.min(MOST_COMPLETIONS * lookbacks, completions),
  LEARNING_HOURS: ({ minutes }, lookbacks) => Math.min(MOST_HOURS * lookbacks, minutes / 60),
  ACTIVE_LEARNER_SHARE: ({ touches }) => anyOf(touches),
  COMPLETION_RATE: ({ completions }, _lookbacks, { courseIds }) => completions / Math.max(1, courseIds.length),
};

/** The figure of one person by a goal's metric. @param span the time that they were watched, above 0 */
export function doingOf(
  kind: DoingKind,
  metric: Pick<GoalMetric, 'courseIds'>,
  counts: OutcomeCounts,
  { from, until }: Pick<WatchedSpan, 'from' | 'until'>,
): number {
  const lookbacks = (until.getTime() - from.getTime()) / (LOOKBACK_DAYS * DAY_MS);
  return DOINGS[kind](counts, lookbacks, metric);
}

/** The time that counts for a metric: a course that was ever completed is completed, whenever one looks. */
export function countedSpan(kind: DoingKind, span: WatchedSpan): WatchedSpan {
  return kind === 'COMPLETION_RATE' ? { ...span, from: new Date(0) } : span;
}
