import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Access } from '../../platform/access/access.js';
import { UserErrorType } from '../../platform/graphql/batch.js';
import { GraphQLInstant } from '../../platform/graphql/dateTime.js';
import { enumOf } from '../../platform/graphql/enums.js';
import type { JobProgress, JobStatus } from '../../platform/jobs/jobs.js';
import { JobProgressType, JobStatusEnum } from '../../platform/jobs/jobTypes.js';
import { type ValueChange, ValueChangeType } from '../../platform/settings/settingChange.js';
import { RuleConflictType, RuleWarningType } from '../../rules/types/ruleTypes.js';
import type { MeanInterval } from '../../stats/bootstrap.js';
import { MeanIntervalType } from '../../training/training.resolver.js';
import { OffPolicyEstimateType } from '../offPolicy/offPolicy.types.js';
import { RULE_CHANGES, type RuleChange } from './rulePreviewResult.js';

const RuleChangeEnum = enumOf(RULE_CHANGES);
registerEnumType(RuleChangeEnum, {
  name: 'RuleChangeKind',
  description: 'What becomes of a rule.',
  valuesConfig: {
    ADDED: { description: 'It is new.' },
    REMOVED: { description: 'It goes.' },
    CHANGED: { description: 'It says something else than before.' },
  },
});

@ObjectType('RuleImpact', { simpleResolvers: true, description: 'What one rule of a change does.' })
@Access('inherit')
export class RuleImpactType {
  @Field(() => ID, { description: 'Id of the rule.' })
  ruleId!: string;

  @Field(() => String, { description: 'The rule in words: as it will be, or as it was when it goes.' })
  sentence!: string;

  @Field(() => RuleChangeEnum, { description: 'What becomes of it.' })
  change!: RuleChange;

  @Field(() => Int, {
    nullable: true,
    description:
      'Lists among whose first places it moves a course. Null: fewer than five, or so few that they may be, or the rule ' +
      'names people, so single ones could be told apart; administrators are told.',
  })
  lists!: number | null;

  @Field(() => Int, { nullable: true, description: 'People counted whom it is for; null likewise.' })
  people!: number | null;

  @Field(() => [RuleWarningType], { description: 'What keeps it from doing anything.' })
  warnings!: readonly RuleWarningType[];
}

@ObjectType('RuleOfMove', { simpleResolvers: true, description: 'A rule behind a move.' })
@Access('inherit')
export class RuleOfMoveType {
  @Field(() => ID, { description: 'Id of the rule.' })
  ruleId!: string;

  @Field(() => String, { description: 'The rule in words.' })
  sentence!: string;
}

@ObjectType('RuleMove', { simpleResolvers: true, description: 'Where a course stands before and after, and why.' })
@Access('inherit')
export class RuleMoveType {
  @Field(() => ID, { description: 'Id of the course.' })
  courseId!: string;

  @Field(() => String, { nullable: true, description: 'Its title; null when the course is not known any more.' })
  courseTitle!: string | null;

  @Field(() => Int, { nullable: true, description: 'Place before, from 1; null: not in the list.' })
  rankBefore!: number | null;

  @Field(() => Int, { nullable: true, description: 'Place after, from 1; null: not in the list.' })
  rankAfter!: number | null;

  @Field(() => [RuleOfMoveType], {
    description:
      'The changed rules behind the move. Empty: it stays where it is, makes room for what others moved, or is moved by a ' +
      'changed setting.',
  })
  rules!: readonly RuleOfMoveType[];
}

@ObjectType('LearnerMoves', { simpleResolvers: true, description: 'What becomes of one learner’s list.' })
@Access('inherit')
export class LearnerMovesType {
  @Field(() => ID, { description: 'Your own id of the learner.' })
  learnerId!: string;

  @Field(() => [RuleMoveType], {
    description:
      'The courses among the first of either list: in the order after the change, then those that drop out of the list.',
  })
  moves!: readonly RuleMoveType[];
}

@ObjectType('CourseImpact', { simpleResolvers: true, description: 'What a change does to one course.' })
@Access('inherit')
export class CourseImpactType {
  @Field(() => ID, { description: 'Id of the course.' })
  courseId!: string;

  @Field(() => String, { nullable: true, description: 'Its title; null when the course is not known any more.' })
  courseTitle!: string | null;

  @Field(() => Int, { description: 'Lists that have it among their first places before.' })
  listsBefore!: number;

  @Field(() => Int, { description: 'Lists that have it among their first places after.' })
  listsAfter!: number;

  @Field(() => Float, { nullable: true, description: 'Its mean place in those lists before, from 1; null: in none.' })
  meanRankBefore!: number | null;

  @Field(() => Float, { nullable: true, description: 'Its mean place in those lists after, from 1; null: in none.' })
  meanRankAfter!: number | null;
}

@ObjectType('ProviderExposure', { simpleResolvers: true, description: 'How much of the lists a provider has.' })
@Access('inherit')
export class ProviderExposureType {
  @Field(() => String, { nullable: true, description: 'The provider; null: courses that name none.' })
  provider!: string | null;

  @Field(() => Float, { description: 'Share of all first places before, 0–1.' })
  before!: number;

  @Field(() => Float, { description: 'Share of all first places after, 0–1.' })
  after!: number;
}

@ObjectType('GroupExposure', { simpleResolvers: true, description: 'What a group of people is shown.' })
@Access('inherit')
export class GroupExposureType {
  @Field(() => String, {
    nullable: true,
    description:
      'The department; null: everybody, or in a list of departments the people whose department is not known together ' +
      'with departments of fewer than five people, or so few that they may be.',
  })
  department!: string | null;

  @Field(() => Int, { description: 'People of it whose lists were made.' })
  people!: number;

  @Field(() => Int, { description: 'Of them, those among whose first places anything changes.' })
  changed!: number;

  @Field(() => Int, { description: 'Of them, those whose whole list holds fewer than five courses before.' })
  shortBefore!: number;

  @Field(() => Int, { description: 'Of them, those whose whole list holds fewer than five courses after.' })
  shortAfter!: number;

  @Field(() => [ProviderExposureType], { description: 'Up to 20 providers, those with most places first.' })
  providers!: readonly ProviderExposureType[];
}

@ObjectType('RelevanceChange', {
  simpleResolvers: true,
  description:
    'How well the first ten courses find what people took up in the last 28 days, in lists made as of before that: ' +
    'normalised discounted cumulative gain at 10, 0–1. The model has learned from all activity, so both sides look better ' +
    'than they are; the difference is what counts.',
})
@Access('inherit')
export class RelevanceChangeType {
  @Field(() => Int, {
    description:
      'People who took up something that could have been recommended and is no duty of theirs on either side; at most 2,000.',
  })
  people!: number;

  @Field(() => MeanIntervalType, { description: 'Before the change.' })
  before!: MeanInterval;

  @Field(() => MeanIntervalType, { description: 'After the change.' })
  after!: MeanInterval;

  @Field(() => MeanIntervalType, {
    description:
      'After less before, person by person: below 0, relevance is lost; an interval that holds 0 tells nothing.',
  })
  difference!: MeanInterval;
}

@ObjectType('PopulationImpact', {
  simpleResolvers: true,
  description: 'What a change does to everybody it was tried on.',
})
@Access('inherit')
export class PopulationImpactType {
  @Field(() => GroupExposureType, { description: 'Everybody.' })
  exposure!: GroupExposureType;

  @Field(() => [GroupExposureType], {
    description: 'By department, the largest first, up to 50; what is left is told of together.',
  })
  departments!: readonly GroupExposureType[];

  @Field(() => [CourseImpactType], { description: 'Up to 20 courses that come into most lists.' })
  winners!: readonly CourseImpactType[];

  @Field(() => [CourseImpactType], { description: 'Up to 20 courses that leave most lists.' })
  losers!: readonly CourseImpactType[];

  @Field(() => RelevanceChangeType, {
    nullable: true,
    description:
      'What it costs or gains in relevance; null: fewer than 20 people, or so few that they may be, took anything up of late.',
  })
  relevance!: RelevanceChangeType | null;
}

@ObjectType('RulePreviewResult', { simpleResolvers: true, description: 'What a change would do.' })
@Access('inherit')
export class RulePreviewResultType {
  @Field(() => GraphQLInstant, { description: 'When the lists were made.' })
  at!: Date;

  @Field(() => ID, { nullable: true, description: 'Version of the model; null: there is none yet.' })
  modelVersion!: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'How many people’s lists were made before and after and counted; null when fewer than five were, or so few that ' +
      'they may be, unless an administrator asked.',
  })
  people!: number | null;

  @Field(() => [RuleImpactType], {
    description: 'Up to 200 rules that are new, go or say something else, those that change most lists first.',
  })
  rules!: readonly RuleImpactType[];

  @Field(() => [RuleConflictType], {
    description:
      'Up to 200 conflicts in which a rule that is new or says something else takes part, shadowed rules included.',
  })
  conflicts!: readonly RuleConflictType[];

  @Field(() => PopulationImpactType, {
    nullable: true,
    description:
      'Everybody together; null when `people` is. Only administrators are told everything. For others, lists are counted ' +
      'without rules that name people or are for fewer than five of those counted. Each thing that an audience was chosen ' +
      'by, of the preview or of a rule that differs, adds a noise of a few people that is always the same, as do a sample, being ' +
      'in one department and, once, whatever the rules that are live are for. Counts are multiples of five, less than five off with ' +
      'that noise, and 0 where it may be that fewer than five are; shares and means are the rougher the fewer people they ' +
      'are over; courses, providers and departments of fewer than five lists, or of so few that they may be, are left out.',
  })
  population!: PopulationImpactType | null;

  @Field(() => [LearnerMovesType], { description: 'The lists of the learners that were asked for, in that order.' })
  lists!: readonly LearnerMovesType[];

  @Field(() => OffPolicyEstimateType, {
    nullable: true,
    description: 'What the log says of the change; null: `estimate` was not given.',
  })
  estimate!: OffPolicyEstimateType | null;
}

@ObjectType('PreviewedSetting', {
  simpleResolvers: true,
  description: 'A setting, or the holdout, that a preview takes as changed.',
})
@Access('inherit')
export class PreviewedSettingType {
  @Field(() => String, { description: 'Which: `policy`, `signal weights`, `delivery policy` or `holdout`.' })
  setting!: string;

  @Field(() => [ValueChangeType], { description: 'Each value that would change.' })
  changes!: readonly ValueChange[];

  @Field(() => Boolean, {
    description:
      'Whether lists hang on it. Of the delivery policy, which they do not hang on, the result says nothing: see ' +
      '`previewDeliveryPolicy`.',
  })
  isInLists!: boolean;

  @Field(() => Boolean, {
    description:
      'Somebody has changed it by hand since the current version of the rule set was published, which going back would ' +
      'undo: `rollbackRuleSet` refuses that without `overwriteSettings`.',
  })
  isChangedSince!: boolean;
}

@ObjectType('RulePreview', {
  simpleResolvers: true,
  description: 'A change of rules and settings tried on people’s lists, in the background. It is kept for a day.',
})
@Access('inherit')
export class RulePreviewType {
  @Field(() => ID, { description: 'Id of the preview, for `rulePreview`.' })
  id!: string;

  @Field(() => JobStatusEnum, { description: 'How far it is.' })
  status!: JobStatus;

  @Field(() => GraphQLInstant, { description: 'When it was asked for.' })
  requestedAt!: Date;

  @Field(() => [PreviewedSettingType], { description: 'The settings that would change, by drafts or by going back.' })
  settings!: readonly PreviewedSettingType[];

  @Field(() => GraphQLInstant, { nullable: true, description: 'When it ended; null before that.' })
  finishedAt!: Date | null;

  @Field(() => JobProgressType, {
    nullable: true,
    description:
      'The present step, in learners, or in days of the log; null while it waits. For an audience that somebody chose only ' +
      'administrators are told how far it is: 0 of 1 for others.',
  })
  progress!: JobProgress | null;

  @Field(() => String, { nullable: true, description: 'Why it failed; null unless it did.' })
  error!: string | null;

  @Field(() => RulePreviewResultType, { nullable: true, description: 'What was found; null until it has succeeded.' })
  result!: RulePreviewResultType | null;
}

@ObjectType({ simpleResolvers: true, description: 'A preview that was asked for.' })
@Access('inherit')
export class PreviewRulesPayload {
  @Field(() => RulePreviewType, {
    nullable: true,
    description: 'The preview, to be polled; null when it was not begun.',
  })
  preview!: RulePreviewType | null;

  @Field(() => [String], {
    description:
      'Settings that the drafts change and that the preview says nothing of, since lists do not hang on them: ' +
      '`delivery policy`, for which see previewDeliveryPolicy.',
  })
  settingsBesideLists!: readonly string[];

  @Field(() => [UserErrorType], { description: 'What has to be put right first; then nothing was begun.' })
  userErrors!: readonly UserErrorType[];
}
