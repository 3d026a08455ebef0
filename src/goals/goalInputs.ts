import { Field, Float, ID, InputType } from 'type-graphql';
import { RuleAudienceInput } from '../rules/types/ruleInputs.js';
import type { Alignment, GoalMetricKind } from './goal.js';
import type { GivenGoal, GivenMetric, GoalChange } from './goalChecks.js';
import { AlignmentEnum, GoalMetricKindEnum } from './goalEnums.js';

/** Said of a field that goals have and that inputs may give. */
export const GOAL_WORDS = {
  name: 'What it is about, in a few words that learners may read; at most 200 characters.',
  owner: 'Who answers for it: a person or a team; at most 200 characters.',
  note: 'Anything that whoever comes upon it later should know; at most 2,000 characters.',
  metric: 'What it is measured by.',
  metricKind: 'Which metric.',
  metricCourseIds: 'Courses of the metric; needed for COMPLETION_RATE.',
  metricSkillIds: 'Skills of the metric; needed for SKILL_LEVEL and SKILL_TARGET_REACHED.',
  metricKpiId: 'The KPI; needed for EXTERNAL_KPI.',
  audience:
    'Whom it is for, and whose figures count; nobody by name: figures about people who are named would be figures about ' +
    'each of them. Nothing filled in: everybody. Figures are told of five people and more; of 100 and more where people are ' +
    'picked by several groups or traits at once, by when they were hired or by a gap, in no finer steps than hundredths. Each ' +
    'group and trait shifts all figures by what a few people could make, by always the same, so that no two audiences that ' +
    'differ by a person tell of that person; figures of everybody are not shifted.',
  baseline: 'Where the audience stood when the goal was set, in the unit of the metric.',
  target: 'Where it is to be by the due date; on the better side of the baseline.',
  dueOn: 'Last day to reach the target, an ISO date such as `2026-12-31`.',
  zone: 'IANA time zone of that day, such as `Europe/Berlin`.',
  skillIds: 'Skills that serve the goal: courses are put forward by the share of what they teach that is among these.',
  courseIds: 'Courses that serve the goal.',
  alignment: 'How strongly what serves the goal is put forward to its audience.',
  counterMetric: 'What must not get worse while the goal gets nearer.',
} as const;

@InputType({ description: 'What a goal is measured by: a kind of metric, and what the kind needs.' })
export class GoalMetricInput implements GivenMetric {
  @Field(() => GoalMetricKindEnum, { description: GOAL_WORDS.metricKind })
  kind!: GoalMetricKind;

  @Field(() => [ID], { nullable: true, description: GOAL_WORDS.metricCourseIds })
  courseIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: GOAL_WORDS.metricSkillIds })
  skillIds?: string[] | null;

  @Field(() => ID, { nullable: true, description: GOAL_WORDS.metricKpiId })
  kpiId?: string | null;
}

@InputType({
  description:
    'A goal. "By the end of the year 60 % of Sales are active learners" is `{ name: "Sales keeps learning", metric: { kind: ' +
    'ACTIVE_LEARNER_SHARE }, audience: { departments: ["Sales"] }, target: 0.6, dueOn: "2026-12-31", owner: "L&D" }`.',
})
export class GoalInput implements GivenGoal {
  @Field(() => String, { description: GOAL_WORDS.name })
  name!: string;

  @Field(() => String, { description: GOAL_WORDS.owner })
  owner!: string;

  @Field(() => String, { nullable: true, description: GOAL_WORDS.note })
  note?: string | null;

  @Field(() => GoalMetricInput, { description: GOAL_WORDS.metric })
  metric!: GoalMetricInput;

  @Field(() => RuleAudienceInput, { nullable: true, description: GOAL_WORDS.audience })
  audience?: RuleAudienceInput | null;

  @Field(() => Float, { nullable: true, description: `${GOAL_WORDS.baseline} Measured now when left out.` })
  baseline?: number | null;

  @Field(() => Float, { description: GOAL_WORDS.target })
  target!: number;

  @Field(() => String, { description: `${GOAL_WORDS.dueOn} It must lie ahead.` })
  dueOn!: string;

  @Field(() => String, { nullable: true, description: `${GOAL_WORDS.zone} That of the service when left out.` })
  zone?: string | null;

  @Field(() => [ID], { nullable: true, description: GOAL_WORDS.skillIds })
  skillIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: GOAL_WORDS.courseIds })
  courseIds?: string[] | null;

  @Field(() => AlignmentEnum, { nullable: true, description: `${GOAL_WORDS.alignment} NONE when left out.` })
  alignment?: Alignment | null;

  @Field(() => GoalMetricInput, { nullable: true, description: GOAL_WORDS.counterMetric })
  counterMetric?: GoalMetricInput | null;
}

@InputType({
  description:
    'What to change in a goal; what is left out stays. What it is measured by, of whom and from where stays as it is: to ' +
    'measure something else, close it and set another.',
})
export class GoalChangeInput implements GoalChange {
  @Field(() => String, { nullable: true, description: GOAL_WORDS.name })
  name?: string;

  @Field(() => String, { nullable: true, description: GOAL_WORDS.owner })
  owner?: string;

  @Field(() => String, { nullable: true, description: `${GOAL_WORDS.note} Null takes it away.` })
  note?: string | null;

  @Field(() => Float, { nullable: true, description: GOAL_WORDS.target })
  target?: number;

  @Field(() => String, { nullable: true, description: `${GOAL_WORDS.dueOn} It must lie ahead.` })
  dueOn?: string;

  @Field(() => String, { nullable: true, description: GOAL_WORDS.zone })
  zone?: string;

  @Field(() => [ID], { nullable: true, description: GOAL_WORDS.skillIds })
  skillIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: GOAL_WORDS.courseIds })
  courseIds?: string[] | null;

  @Field(() => AlignmentEnum, { nullable: true, description: GOAL_WORDS.alignment })
  alignment?: Alignment | null;

  @Field(() => GoalMetricInput, { nullable: true, description: `${GOAL_WORDS.counterMetric} Null takes it away.` })
  counterMetric?: GoalMetricInput | null;
}
