import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { CourseKindEnum, CourseLevelEnum } from '../../catalog/catalog.resolver.js';
import type { CourseKind, CourseLevel } from '../../catalog/course.js';
import { Access } from '../../platform/access/access.js';
import { GraphQLInstant } from '../../platform/graphql/dateTime.js';
import type { RuleConflict, RuleConflictKind } from '../conflicts/ruleConflicts.js';
import type { RuleWarning, RuleWarningKind } from '../conflicts/ruleWarnings.js';
import type { CapGroup, Rule, RuleActionKind, RuleStrength } from '../model/rule.js';
import { type RuleNames, sentenceOf } from '../model/ruleSentence.js';
import type { Surface } from '../model/surface.js';
import {
  CapGroupEnum,
  RuleActionKindEnum,
  RuleConflictKindEnum,
  RuleStrengthEnum,
  RuleWarningKindEnum,
  SurfaceEnum,
} from './ruleEnums.js';
import { RULE_WORDS } from './ruleInputs.js';

@ObjectType('SkillGapAudience', { simpleResolvers: true, description: RULE_WORDS.skillGap })
@Access('inherit')
class SkillGapAudienceType {
  @Field(() => ID, { description: 'Id of the skill.' })
  skillId!: string;

  @Field(() => Float, { description: 'By how much they are short of it at least, 0.01 to 1.' })
  atLeast!: number;
}

@ObjectType('RuleAudience', { simpleResolvers: true, description: RULE_WORDS.audience })
@Access('inherit')
export class RuleAudienceType {
  @Field(() => [String], { description: RULE_WORDS.departments })
  departments!: readonly string[];

  @Field(() => [ID], { description: RULE_WORDS.roleIds })
  roleIds!: readonly string[];

  @Field(() => [String], { description: RULE_WORDS.locations })
  locations!: readonly string[];

  @Field(() => [String], { description: RULE_WORDS.languages })
  languages!: readonly string[];

  @Field(() => [ID], { description: RULE_WORDS.learnerIds })
  learnerIds!: readonly string[];

  @Field(() => SkillGapAudienceType, { nullable: true, description: RULE_WORDS.skillGap })
  skillGap!: SkillGapAudienceType | null;

  @Field(() => Int, { nullable: true, description: RULE_WORDS.hiredWithinDays })
  hiredWithinDays!: number | null;
}

@ObjectType('RuleTarget', { simpleResolvers: true, description: RULE_WORDS.target })
@Access('inherit')
class RuleTargetType {
  @Field(() => [ID], { description: RULE_WORDS.courseIds })
  courseIds!: readonly string[];

  @Field(() => [String], { description: RULE_WORDS.tags })
  tags!: readonly string[];

  @Field(() => [ID], { description: RULE_WORDS.skillIds })
  skillIds!: readonly string[];

  @Field(() => [String], { description: RULE_WORDS.providers })
  providers!: readonly string[];

  @Field(() => [CourseKindEnum], { description: RULE_WORDS.kinds })
  kinds!: readonly CourseKind[];

  @Field(() => [CourseLevelEnum], { description: RULE_WORDS.levels })
  levels!: readonly CourseLevel[];

  @Field(() => Float, { nullable: true, description: RULE_WORDS.minDurationMinutes })
  minDurationMinutes!: number | null;

  @Field(() => Float, { nullable: true, description: RULE_WORDS.maxDurationMinutes })
  maxDurationMinutes!: number | null;
}

@ObjectType('RuleAction', {
  simpleResolvers: true,
  description: 'What a rule does. What its kind does not need is null.',
})
@Access('inherit')
class RuleActionType {
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

@ObjectType('RuleSchedule', { simpleResolvers: true, description: RULE_WORDS.schedule })
@Access('inherit')
export class RuleScheduleType {
  @Field(() => String, { nullable: true, description: RULE_WORDS.from })
  from!: string | null;

  @Field(() => String, { nullable: true, description: RULE_WORDS.until })
  until!: string | null;

  @Field(() => String, { description: 'IANA time zone of these days and times.' })
  zone!: string;
}

@ObjectType('Rule', {
  simpleResolvers: true,
  description: 'For these people, on these courses, in these places and at this time, do this.',
})
@Access('inherit')
export class RuleType {
  @Field(() => ID, { description: 'Id of the rule; it stays the same when the rule is changed.' })
  id!: string;

  @Field(() => String, { description: 'The rule as one plain English sentence, the same in lists, logs and audit.' })
  sentence!: string;

  @Field(() => RuleAudienceType, { description: RULE_WORDS.audience })
  audience!: RuleAudienceType;

  @Field(() => RuleTargetType, { description: RULE_WORDS.target })
  target!: RuleTargetType;

  @Field(() => [SurfaceEnum], { description: RULE_WORDS.surfaces })
  surfaces!: readonly Surface[];

  @Field(() => RuleActionType, { description: RULE_WORDS.action })
  action!: RuleActionType;

  @Field(() => RuleScheduleType, { description: RULE_WORDS.schedule })
  schedule!: RuleScheduleType;

  @Field(() => Int, { description: RULE_WORDS.priority })
  priority!: number;

  @Field(() => String, { description: RULE_WORDS.owner })
  owner!: string;

  @Field(() => String, { nullable: true, description: RULE_WORDS.note })
  note!: string | null;

  @Field(() => GraphQLInstant, { description: 'When it was first drafted.' })
  createdAt!: Date;
}

@ObjectType('RuleWarning', {
  simpleResolvers: true,
  description: 'Something that keeps a rule from doing anything. It may be drafted and published all the same.',
})
@Access('inherit')
export class RuleWarningType implements RuleWarning {
  @Field(() => RuleWarningKindEnum, { description: 'What it is, for programs.' })
  kind!: RuleWarningKind;

  @Field(() => String, { description: 'The same for people.' })
  message!: string;

  @Field(() => ID, { nullable: true, description: 'The rule that takes its effect away; null when none does.' })
  byRuleId!: string | null;
}

@ObjectType('RuleConflict', {
  simpleResolvers: true,
  description: 'Rules that cannot all do what they say, for some person at some time, and which of them wins.',
})
@Access('inherit')
export class RuleConflictType implements RuleConflict {
  @Field(() => RuleConflictKindEnum, { description: 'How they get in each other’s way.' })
  kind!: RuleConflictKind;

  @Field(() => [ID], {
    description: 'The rules: the one that has its way comes first, the one that does not comes last.',
  })
  ruleIds!: readonly string[];

  @Field(() => String, {
    description: 'What happens and why; "the first rule" and "the second" are meant in the order of `ruleIds`.',
  })
  message!: string;
}

/** A rule as the API shows it. */
export function ruleType(rule: Rule, names: RuleNames): RuleType {
  return { ...rule, sentence: sentenceOf(rule, names), createdAt: new Date(rule.createdAt) };
}
