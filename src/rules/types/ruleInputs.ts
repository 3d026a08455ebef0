import { Field, Float, ID, InputType, Int } from 'type-graphql';
import { CourseKindEnum, CourseLevelEnum } from '../../catalog/catalog.resolver.js';
import type { CourseKind, CourseLevel } from '../../catalog/course.js';
import {
  DEFAULT_PRIORITY,
  type GivenAction,
  type GivenAudience,
  type GivenRule,
  type GivenSchedule,
  type GivenTarget,
} from '../model/givenRule.js';
import type { CapGroup, RuleActionKind, RuleStrength } from '../model/rule.js';
import type { Surface } from '../model/surface.js';
import { CapGroupEnum, RuleActionKindEnum, RuleStrengthEnum, SurfaceEnum } from './ruleEnums.js';

/** Said of a field that rules have and that inputs may give. */
export const RULE_WORDS = {
  audience:
    'Whom the rule is for. Everything that is filled in has to hold; of the values of one field any will do. Nothing filled ' +
    'in: everybody.',
  departments: 'Departments, spelled as for learners.',
  roleIds: 'Ids of roles that people have now; see `roles`.',
  locations: 'Locations, spelled as for learners.',
  languages: 'Languages that people understand, such as `de`; regions make no difference.',
  learnerIds: 'Single people, by your own ids.',
  skillGap: 'People who are short of a skill for the role they have or want.',
  hiredWithinDays: 'People hired no more than so many days ago, 0 to 3,650; also those who start later.',
  target:
    'Which courses the rule is about. Everything that is filled in has to hold; of the values of one field any will do. ' +
    'Nothing filled in, which is for caps only: every course.',
  courseIds: 'Single courses, by your own ids; see `courses`.',
  tags: 'Courses with any of these tags.',
  skillIds: 'Courses that teach any of these skills; see `skills`.',
  providers: 'Courses of any of these providers or vendors, spelled as for courses.',
  kinds: 'Courses of these kinds.',
  levels: 'Courses of these levels; courses for everyone have none and are not among them.',
  minDurationMinutes: 'Courses of at least so many minutes.',
  maxDurationMinutes: 'Courses of at most so many minutes.',
  surfaces: 'Where the rule holds; none: everywhere. Mandates hold everywhere.',
  action: 'What the rule does.',
  actionKind: 'Which action.',
  strength: 'BOOST and BURY, which need it: how far.',
  percent: 'QUOTA, which needs it: share of the places, 1 to 100.',
  place: 'PIN, which needs it: the place, from 1 for the first to 50.',
  atMost: 'CAP, which needs it: how many in any ten places in a row, 1 to 10.',
  per: 'CAP, which needs it: what is counted together.',
  dueOn: 'MANDATE: day until whose end the courses are due, such as `2026-11-30`, in the zone of the schedule.',
  dueDaysAfterHire:
    'MANDATE, instead of `dueOn`: days after being hired until the courses are due, 0 to 3,650. For people hired before the ' +
    'rule begins (`schedule.from`, or the day on which it was first drafted) they are counted from then, so nobody is late ' +
    'at once. No date for people whose day of hiring is not known.',
  schedule: 'When the rule holds; nothing filled in: always.',
  from: 'Local day or time of its beginning, such as `2026-11-01` or `2026-11-01T08:00`; null: at once.',
  until: 'Local day or time of its end, such as `2026-11-30`, which includes all of that day; null: it stays.',
  priority:
    'Of rules that want the same place, the one with the greater priority gets it, 0 to 100. Between equals the more ' +
    'specific audience, then the rule that ends, then the older rule.',
  owner: 'Who answers for the rule: a person or a team; at most 200 characters.',
  note: 'What it is for, for whoever comes upon it later; at most 2,000 characters.',
} as const;

@InputType({ description: RULE_WORDS.skillGap })
class SkillGapAudienceInput {
  @Field(() => ID, { description: 'Id of the skill.' })
  skillId!: string;

  @Field(() => Float, { description: 'By how much they are short of it at least, 0.01 to 1.' })
  atLeast!: number;
}

@InputType({ description: RULE_WORDS.audience })
export class RuleAudienceInput implements GivenAudience {
  @Field(() => [String], { nullable: true, description: RULE_WORDS.departments })
  departments?: string[] | null;

  @Field(() => [ID], { nullable: true, description: RULE_WORDS.roleIds })
  roleIds?: string[] | null;

  @Field(() => [String], { nullable: true, description: RULE_WORDS.locations })
  locations?: string[] | null;

  @Field(() => [String], { nullable: true, description: RULE_WORDS.languages })
  languages?: string[] | null;

  @Field(() => [ID], { nullable: true, description: RULE_WORDS.learnerIds })
  learnerIds?: string[] | null;

  @Field(() => SkillGapAudienceInput, { nullable: true, description: RULE_WORDS.skillGap })
  skillGap?: SkillGapAudienceInput | null;

  @Field(() => Int, { nullable: true, description: RULE_WORDS.hiredWithinDays })
  hiredWithinDays?: number | null;
}

@InputType({ description: RULE_WORDS.target })
class RuleTargetInput implements GivenTarget {
  @Field(() => [ID], { nullable: true, description: RULE_WORDS.courseIds })
  courseIds?: string[] | null;

  @Field(() => [String], { nullable: true, description: RULE_WORDS.tags })
  tags?: string[] | null;

  @Field(() => [ID], { nullable: true, description: RULE_WORDS.skillIds })
  skillIds?: string[] | null;

  @Field(() => [String], { nullable: true, description: RULE_WORDS.providers })
  providers?: string[] | null;

  @Field(() => [CourseKindEnum], { nullable: true, description: RULE_WORDS.kinds })
  kinds?: CourseKind[] | null;

  @Field(() => [CourseLevelEnum], { nullable: true, description: RULE_WORDS.levels })
  levels?: CourseLevel[] | null;

  @Field(() => Float, { nullable: true, description: RULE_WORDS.minDurationMinutes })
  minDurationMinutes?: number | null;

  @Field(() => Float, { nullable: true, description: RULE_WORDS.maxDurationMinutes })
  maxDurationMinutes?: number | null;
}

@InputType({
  description:
    'What a rule does. Fill in what the kind needs and nothing else: `{ kind: PIN, place: 1 }`, `{ kind: BURY, strength: ' +
    'STRONG }`, `{ kind: QUOTA, percent: 30 }`.',
})
class RuleActionInput implements GivenAction {
  @Field(() => RuleActionKindEnum, { description: RULE_WORDS.actionKind })
  kind!: RuleActionKind;

  @Field(() => RuleStrengthEnum, { nullable: true, description: RULE_WORDS.strength })
  strength?: RuleStrength | null;

  @Field(() => Float, { nullable: true, description: RULE_WORDS.percent })
  percent?: number | null;

  @Field(() => Int, { nullable: true, description: RULE_WORDS.place })
  place?: number | null;

  @Field(() => Int, { nullable: true, description: RULE_WORDS.atMost })
  atMost?: number | null;

  @Field(() => CapGroupEnum, { nullable: true, description: RULE_WORDS.per })
  per?: CapGroup | null;

  @Field(() => String, { nullable: true, description: RULE_WORDS.dueOn })
  dueOn?: string | null;

  @Field(() => Int, { nullable: true, description: RULE_WORDS.dueDaysAfterHire })
  dueDaysAfterHire?: number | null;
}

@InputType({ description: RULE_WORDS.schedule })
export class RuleScheduleInput implements GivenSchedule {
  @Field(() => String, { nullable: true, description: RULE_WORDS.from })
  from?: string | null;

  @Field(() => String, { nullable: true, description: RULE_WORDS.until })
  until?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'IANA time zone of these days and times, such as `Europe/Berlin`; left out: that of the service.',
  })
  zone?: string | null;
}

@InputType({
  description:
    'A rule. "For engineers in Berlin show Security Basics first until 30 November" is `{ audience: { departments: ' +
    '["Engineering"], locations: ["Berlin"] }, target: { courseIds: ["security-basics"] }, action: { kind: PIN, place: 1 }, ' +
    'schedule: { until: "2026-11-30", zone: "Europe/Berlin" }, owner: "L&D Berlin" }`.',
})
export class RuleInput implements GivenRule {
  @Field(() => RuleAudienceInput, { nullable: true, description: RULE_WORDS.audience })
  audience?: RuleAudienceInput | null;

  @Field(() => RuleTargetInput, { nullable: true, description: RULE_WORDS.target })
  target?: RuleTargetInput | null;

  @Field(() => [SurfaceEnum], { nullable: true, description: RULE_WORDS.surfaces })
  surfaces?: Surface[] | null;

  @Field(() => RuleActionInput, { description: RULE_WORDS.action })
  action!: RuleActionInput;

  @Field(() => RuleScheduleInput, { nullable: true, description: RULE_WORDS.schedule })
  schedule?: RuleScheduleInput | null;

  @Field(() => Int, { nullable: true, description: `${RULE_WORDS.priority} ${DEFAULT_PRIORITY} when left out.` })
  priority?: number | null;

  @Field(() => String, { description: RULE_WORDS.owner })
  owner!: string;

  @Field(() => String, { nullable: true, description: RULE_WORDS.note })
  note?: string | null;
}

@InputType({ description: 'A draft as you have seen it.' })
export class SeenDraftInput {
  @Field(() => ID, { description: 'Id of the draft.' })
  draftId!: string;

  @Field(() => Int, {
    description: 'Its `revision` when you looked at it: nobody agrees with, or publishes, what they have not seen.',
  })
  revision!: number;
}
