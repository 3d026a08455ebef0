import { z } from 'zod';
import { HOUR_MS } from '../platform/zonedTime.js';
import { audienceSchema } from '../rules/model/rule.js';
import { endOfDayMs } from '../rules/model/schedule.js';

/** What a goal is measured by. */
export const GOAL_METRICS = [
  'COMPLETIONS',
  'LEARNING_HOURS',
  'ACTIVE_LEARNER_SHARE',
  'COMPLETION_RATE',
  'SKILL_LEVEL',
  'SKILL_TARGET_REACHED',
  'SATISFACTION',
  'EXTERNAL_KPI',
] as const;
export type GoalMetricKind = (typeof GOAL_METRICS)[number];

/** How strongly the courses of a goal are put forward, as agreed with its owner. */
export const ALIGNMENTS = ['NONE', 'SLIGHT', 'MODERATE', 'STRONG'] as const;
export type Alignment = (typeof ALIGNMENTS)[number];

/** Which way is better. */
export const DIRECTIONS = ['HIGHER_IS_BETTER', 'LOWER_IS_BETTER'] as const;
export type Direction = (typeof DIRECTIONS)[number];

const ids = z.array(z.string());

const metricSchema = z.object({
  kind: z.enum(GOAL_METRICS),
  /** COMPLETION_RATE: of these; COMPLETIONS, LEARNING_HOURS, SATISFACTION: of these only, or of all where none is named. */
  courseIds: ids,
  /** SKILL_LEVEL and SKILL_TARGET_REACHED: of these. */
  skillIds: ids,
  /** EXTERNAL_KPI: of this one. */
  kpiId: z.string().nullable(),
});

/** What a goal says, as it is stored. */
export const goalSchema = z.object({
  name: z.string(),
  owner: z.string(),
  note: z.string().nullable(),
  metric: metricSchema,
  audience: audienceSchema,
  baseline: z.number(),
  target: z.number(),
  /** The day until whose end, in `zone`, the target is to be reached: an ISO date. */
  dueOn: z.string(),
  /** IANA. */
  zone: z.string(),
  /** What serves the goal. */
  skillIds: ids,
  courseIds: ids,
  alignment: z.enum(ALIGNMENTS),
  /** What must not get worse while the goal gets nearer; null: nothing is named. */
  counterMetric: metricSchema.nullable(),
});

export type GoalContent = z.infer<typeof goalSchema>;
export type GoalMetric = GoalContent['metric'];

export interface Goal extends GoalContent {
  /** The caller's own. */
  readonly id: string;
  /** From 1; every change makes the next one. */
  readonly version: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly closure: GoalClosure | null;
}

/** That a goal is not pursued any more, and why. */
export interface GoalClosure {
  readonly by: string;
  readonly at: Date;
  readonly reason: string;
}

/** What somebody noted when they looked at a goal. */
export interface GoalReview {
  readonly by: string;
  readonly at: Date;
  readonly note: string;
}

/** The instant at which the day of its due date is over. */
export function dueMsOf({ dueOn, zone }: Pick<GoalContent, 'dueOn' | 'zone'>): number {
  return endOfDayMs(dueOn, zone);
}

/** No clock is further ahead of UTC. */
const FURTHEST_AHEAD_MS = 14 * HOUR_MS;

/**
 * Until when a figure is in time. Those of KPIs are of days that end at midnight UTC: of the last day, that is later than
 * its end on clocks that are ahead.
 */
export function countsUntilMs(goal: Pick<GoalContent, 'dueOn' | 'zone' | 'metric'>): number {
  return dueMsOf(goal) + (goal.metric.kind === 'EXTERNAL_KPI' ? FURTHEST_AHEAD_MS : 0);
}
