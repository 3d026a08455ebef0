import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { Access } from '../platform/access/access.js';
import { requestErrors, UserErrorType } from '../platform/graphql/batch.js';
import { connectionTypes } from '../platform/graphql/connection.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import type { RuleAudience } from '../rules/model/rule.js';
import { RuleAudienceType } from '../rules/types/ruleTypes.js';
import type { Interval } from '../stats/interval.js';
import {
  type Alignment,
  dueMsOf,
  type GoalClosure,
  type GoalMetric,
  type GoalMetricKind,
  type GoalReview,
} from './goal.js';
import { AlignmentEnum, CounterStatusEnum, GoalMetricKindEnum, GoalStatusEnum } from './goalEnums.js';
import { GOAL_WORDS } from './goalInputs.js';
import type { GoalResult, GoalView } from './goals.service.js';
import {
  type CounterOutlook,
  type CounterStatus,
  type GoalForecast,
  type GoalOutlook,
  type GoalStatus,
  MOST_WEEKS,
  type ToldPoint,
} from './progress/goalOutlook.js';

@ObjectType('GoalMetric', { simpleResolvers: true, description: GOAL_WORDS.metric })
@Access('inherit')
class GoalMetricType {
  @Field(() => GoalMetricKindEnum, { description: GOAL_WORDS.metricKind })
  kind!: GoalMetricKind;

  @Field(() => [ID], { description: GOAL_WORDS.metricCourseIds })
  courseIds!: readonly string[];

  @Field(() => [ID], { description: GOAL_WORDS.metricSkillIds })
  skillIds!: readonly string[];

  @Field(() => ID, { nullable: true, description: GOAL_WORDS.metricKpiId })
  kpiId!: string | null;
}

@ObjectType('GoalPoint', {
  simpleResolvers: true,
  description:
    'A metric at the end of a week. Values come in steps, the wider the fewer people there are, so that no single person ' +
    'can be made out.',
})
@Access('inherit')
class GoalPointType {
  @Field(() => String, { description: 'Monday of the week (UTC), an ISO date.' })
  week!: string;

  @Field(() => GraphQLInstant, { description: 'As of when: the end of the week, or later in the running one.' })
  at!: Date;

  @Field(() => Float, { nullable: true, description: 'The value; null: of fewer than five people, so it is not told.' })
  value!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'People that it is of, a multiple of five, of a sample where the audience is large; null: fewer than five.',
  })
  people!: number | null;
}

@ObjectType('Interval', { simpleResolvers: true, description: 'From one value to another.' })
@Access('inherit')
class IntervalType {
  @Field(() => Float, { description: 'The lower end.' })
  low!: number;

  @Field(() => Float, { description: 'The upper end.' })
  high!: number;
}

@ObjectType('GoalForecast', {
  simpleResolvers: true,
  description:
    'Where the metric will be at the due date if it goes on as in the last 26 weeks: a random walk with drift, with Student ' +
    'intervals (Hyndman & Athanasopoulos, Forecasting: Principles and Practice, §5.5). Weeks overlap in what they count, ' +
    'which makes the intervals rather too wide than too narrow. It is no claim about what causes it.',
})
@Access('inherit')
class GoalForecastType {
  @Field(() => GraphQLInstant, { description: 'The end of the day on which the goal is due.' })
  at!: Date;

  @Field(() => Float, { description: 'What is expected.' })
  mean!: number;

  @Field(() => IntervalType, { description: 'Holds what comes with 80 %.' })
  interval80!: Pick<Interval, 'low' | 'high'>;

  @Field(() => IntervalType, { description: 'Holds what comes with 95 %.' })
  interval95!: Pick<Interval, 'low' | 'high'>;

  @Field(() => Float, { description: 'Probability of being at the target or better then, 0–1.' })
  probability!: number;
}

@ObjectType('CounterMetricOutlook', { simpleResolvers: true, description: 'How the counter-metric of a goal does.' })
@Access('inherit')
class CounterOutlookType {
  @Field(() => CounterStatusEnum, { description: 'Whether it parts ways with the goal.' })
  status!: CounterStatus;

  @Field(() => String, { description: 'The same in one sentence.' })
  text!: string;

  @Field(() => [GoalPointType], {
    description: 'Its last 26 weeks, earliest first.',
    complexity: ({ childComplexity }) => 1 + MOST_WEEKS * childComplexity,
  })
  series!: readonly ToldPoint[];
}

@ObjectType('GoalProgress', {
  simpleResolvers: true,
  description: 'How a goal is doing, as measured within the last hours.',
})
@Access('inherit')
class GoalProgressType {
  @Field(() => GoalStatusEnum, { description: 'Whether it will be reached.' })
  status!: GoalStatus;

  @Field(() => String, { description: 'Why, in one sentence.' })
  statusText!: string;

  @Field(() => Float, { nullable: true, description: 'The latest value; null: nothing may be told.' })
  current!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Share of the way from the baseline to the target, 1 at the target; below 0: further away than at first.',
  })
  shareOfWay!: number | null;

  @Field(() => GoalForecastType, {
    nullable: true,
    description: 'Where it will be at the due date; null: fewer than three weeks of figures, or the date is over.',
  })
  forecast!: GoalForecast | null;

  @Field(() => [GoalPointType], {
    description: 'The last 26 weeks, earliest first, back to before the goal was set as far as the log tells.',
    complexity: ({ childComplexity }) => 1 + MOST_WEEKS * childComplexity,
  })
  series!: readonly ToldPoint[];

  @Field(() => CounterOutlookType, { nullable: true, description: 'The counter-metric; null: none is named.' })
  counter!: CounterOutlook | null;
}

@ObjectType('GoalClosure', { simpleResolvers: true, description: 'That a goal is not pursued any more.' })
@Access('inherit')
class GoalClosureType {
  @Field(() => String, { description: 'The person or key that closed it: `person <id>` or `key <id>`.' })
  by!: string;

  @Field(() => GraphQLInstant, { description: 'When.' })
  at!: Date;

  @Field(() => String, { description: 'Why, in the words of whoever closed it.' })
  reason!: string;
}

@ObjectType('GoalReview', { simpleResolvers: true, description: 'A note of somebody who looked at a goal.' })
@Access('inherit')
class GoalReviewType {
  @Field(() => String, { description: 'The person or key that noted it: `person <id>` or `key <id>`.' })
  by!: string;

  @Field(() => GraphQLInstant, { description: 'When.' })
  at!: Date;

  @Field(() => String, { description: 'What.' })
  note!: string;
}

@ObjectType('Goal', { simpleResolvers: true, description: 'What L&D is aiming at: who is to get where by when.' })
@Access('inherit')
export class GoalType {
  @Field(() => ID, { description: 'Your own id of the goal.' })
  id!: string;

  @Field(() => Int, { description: 'Number of the version; each change makes the next one.' })
  version!: number;

  @Field(() => String, { description: GOAL_WORDS.name })
  name!: string;

  @Field(() => String, { description: GOAL_WORDS.owner })
  owner!: string;

  @Field(() => String, { nullable: true, description: GOAL_WORDS.note })
  note!: string | null;

  @Field(() => GoalMetricType, { description: GOAL_WORDS.metric })
  metric!: GoalMetric;

  @Field(() => RuleAudienceType, { description: GOAL_WORDS.audience })
  audience!: RuleAudience;

  @Field(() => Float, { description: GOAL_WORDS.baseline })
  baseline!: number;

  @Field(() => Float, { description: GOAL_WORDS.target })
  target!: number;

  @Field(() => String, { description: GOAL_WORDS.dueOn })
  dueOn!: string;

  @Field(() => String, { description: GOAL_WORDS.zone })
  zone!: string;

  @Field(() => GraphQLInstant, { description: 'The end of that day.' })
  dueAt!: Date;

  @Field(() => [ID], { description: GOAL_WORDS.skillIds })
  skillIds!: readonly string[];

  @Field(() => [ID], { description: GOAL_WORDS.courseIds })
  courseIds!: readonly string[];

  @Field(() => AlignmentEnum, { description: GOAL_WORDS.alignment })
  alignment!: Alignment;

  @Field(() => GoalMetricType, { nullable: true, description: GOAL_WORDS.counterMetric })
  counterMetric!: GoalMetric | null;

  @Field(() => String, { description: 'The person or key that set it: `person <id>` or `key <id>`.' })
  createdBy!: string;

  @Field(() => GraphQLInstant, { description: 'When it was set.' })
  createdAt!: Date;

  @Field(() => GoalClosureType, { nullable: true, description: 'That it was closed; null: it is open.' })
  closure!: GoalClosure | null;

  @Field(() => GoalProgressType, { description: 'How it is doing.' })
  progress!: GoalOutlook;

  @Field(() => [GoalReviewType], {
    description: 'The latest 100 notes, newest first.',
    complexity: ({ childComplexity }) => 1 + 10 * childComplexity,
  })
  reviews!: readonly GoalReview[];
}

export const { ConnectionType: GoalConnection } = connectionTypes(GoalType, 'Goal');

@ObjectType({ simpleResolvers: true, description: 'What became of a goal that was sent.' })
@Access('inherit')
export class GoalPayload {
  @Field(() => GoalType, { nullable: true, description: 'The goal as it is now; null when nothing was changed.' })
  goal!: GoalType | null;

  @Field(() => [UserErrorType], { description: 'What has to be put right first; then nothing was changed.' })
  userErrors!: readonly UserErrorType[];
}

/** A goal as the API shows it. */
export function goalType({ goal, outlook, reviews }: GoalView): GoalType {
  return { ...goal, dueAt: new Date(dueMsOf(goal)), progress: outlook, reviews };
}

export const goalPayload = ({ goal, errors }: GoalResult): GoalPayload => ({
  goal: goal && goalType(goal),
  userErrors: requestErrors(errors),
});
