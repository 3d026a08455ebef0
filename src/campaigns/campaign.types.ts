import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { PurposeEnum } from '../delivery/suggestion.types.js';
import type { DeliveryPurpose } from '../delivery/windows/purpose.js';
import { Access } from '../platform/access/access.js';
import { UserErrorType } from '../platform/graphql/batch.js';
import { connectionTypes } from '../platform/graphql/connection.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import { enumOf } from '../platform/graphql/enums.js';
import { RuleAudienceInput, RuleScheduleInput } from '../rules/types/ruleInputs.js';
import { RuleAudienceType, RuleScheduleType } from '../rules/types/ruleTypes.js';
import { CAMPAIGN_MODES, CAMPAIGN_STATES, type Campaign, type CampaignMode, type CampaignState } from './campaign.js';
import { CAMPAIGN_DEFAULTS, CAMPAIGN_LIMITS, type GivenCampaign } from './givenCampaign.js';

export const CampaignStateEnum = enumOf(CAMPAIGN_STATES);
registerEnumType(CampaignStateEnum, {
  name: 'CampaignState',
  description: 'Where a campaign stands.',
  valuesConfig: {
    DRAFT: { description: 'Nobody is reached; it can still be changed.' },
    RUNNING: { description: 'It takes people in and plans messages, within its schedule.' },
    PAUSED: { description: 'Messages that were not due yet are withdrawn; resumeCampaign plans them anew.' },
    ENDED: {
      description: 'It is over for good, by a person or by its schedule. What became of it is seen for 30 days.',
    },
  },
});

const CampaignModeEnum = enumOf(CAMPAIGN_MODES);
registerEnumType(CampaignModeEnum, {
  name: 'CampaignMode',
  description: 'When the courses of a campaign follow each other.',
  valuesConfig: {
    BROAD: {
      description: 'Everybody is brought the first course at once, and the others as soon as the limits allow.',
    },
    DRIP: { description: 'The next course comes when the one before is completed, or after `dripDays`.' },
  },
});

const WORDS = {
  name: 'What it is called; at most 200 characters.',
  owner: 'Who answers for it: a person or a team; at most 200 characters.',
  note: 'What it is for, for whoever comes upon it later; at most 2,000 characters.',
  goalId: 'The goal that it is to help with; null: none.',
  audience:
    'Whom it is for. Everything that is filled in has to hold; nothing filled in: everybody. People who come to fit while ' +
    'it runs are taken in, those who do not fit any more are not reached; skill gaps and days since being hired decide on ' +
    'coming in alone. Who is not active or opted out of personal lists is never taken in.',
  courseIds: `The courses, in the order in which they are brought; at most ${CAMPAIGN_LIMITS.courses}.`,
  pathRoleId: 'Instead of courses: each person’s own learning path to this role, step by step, as it is at the time.',
  mode: 'When the courses follow each other.',
  dripDays: 'DRIP: the next course comes so many days after the one before, completed or not, 1 to 90; null: never so.',
  purpose:
    'What its messages are, for the limits of delivery. Assigned courses are told of as REQUIRED and REMINDER only.',
  schedule: 'When it runs, once it is started; nothing filled in: until it is ended.',
  holdoutPercent:
    'Share of the audience, 0 to 50, that is never reached, so that what the campaign does can be told from what happens ' +
    'anyway. Who it is hangs on their id and the campaign’s alone.',
  weeklyCap: 'Most messages of the campaign to one person in any seven days, 1 to 7.',
  dailyCap: 'Most messages of the campaign on one day, in the zone of its schedule, 1 to 100,000; null: no such limit.',
} as const;

@InputType({
  description:
    'A campaign, all of it. "Bring everybody in Sales these three courses, one after the other, and hold a fifth out" is `{ ' +
    'name: "Selling well", owner: "L&D", audience: { departments: ["Sales"] }, courseIds: ["a", "b", "c"], mode: DRIP, ' +
    'holdoutPercent: 20 }`.',
})
export class CampaignInput implements GivenCampaign {
  @Field(() => String, { description: WORDS.name })
  name!: string;

  @Field(() => String, { description: WORDS.owner })
  owner!: string;

  @Field(() => String, { nullable: true, description: WORDS.note })
  note?: string | null;

  @Field(() => ID, { nullable: true, description: WORDS.goalId })
  goalId?: string | null;

  @Field(() => RuleAudienceInput, { nullable: true, description: WORDS.audience })
  audience?: RuleAudienceInput | null;

  @Field(() => [ID], { nullable: true, description: WORDS.courseIds })
  courseIds?: string[] | null;

  @Field(() => ID, { nullable: true, description: WORDS.pathRoleId })
  pathRoleId?: string | null;

  @Field(() => CampaignModeEnum, {
    nullable: true,
    description: `${WORDS.mode} ${CAMPAIGN_DEFAULTS.mode} when left out.`,
  })
  mode?: CampaignMode | null;

  @Field(() => Int, { nullable: true, description: WORDS.dripDays })
  dripDays?: number | null;

  @Field(() => PurposeEnum, {
    nullable: true,
    description: `${WORDS.purpose} ${CAMPAIGN_DEFAULTS.purpose} when left out.`,
  })
  purpose?: DeliveryPurpose | null;

  @Field(() => RuleScheduleInput, { nullable: true, description: WORDS.schedule })
  schedule?: RuleScheduleInput | null;

  @Field(() => Float, {
    nullable: true,
    description: `${WORDS.holdoutPercent} ${CAMPAIGN_DEFAULTS.holdoutPercent} when left out.`,
  })
  holdoutPercent?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: `${WORDS.weeklyCap} ${CAMPAIGN_DEFAULTS.weeklyCap} when left out.`,
  })
  weeklyCap?: number | null;

  @Field(() => Int, { nullable: true, description: WORDS.dailyCap })
  dailyCap?: number | null;
}

@ObjectType('Campaign', {
  simpleResolvers: true,
  description: 'Courses that are brought to an audience over time, each person at a time that suits them.',
})
@Access('inherit')
export class CampaignType {
  @Field(() => ID, { description: 'Your own id of the campaign.' })
  id!: string;

  @Field(() => CampaignStateEnum, { description: 'Where it stands.' })
  state!: CampaignState;

  @Field(() => Int, { description: 'Raised by every change, from 1. Name it as `expectedVersion` when you change it.' })
  version!: number;

  @Field(() => String, { description: WORDS.name })
  name!: string;

  @Field(() => String, { description: WORDS.owner })
  owner!: string;

  @Field(() => String, { nullable: true, description: WORDS.note })
  note!: string | null;

  @Field(() => ID, { nullable: true, description: WORDS.goalId })
  goalId!: string | null;

  @Field(() => RuleAudienceType, { description: WORDS.audience })
  audience!: RuleAudienceType;

  @Field(() => [ID], { description: `${WORDS.courseIds} Empty where it follows paths.` })
  courseIds!: readonly string[];

  @Field(() => ID, { nullable: true, description: WORDS.pathRoleId })
  pathRoleId!: string | null;

  @Field(() => CampaignModeEnum, { description: WORDS.mode })
  mode!: CampaignMode;

  @Field(() => Int, { nullable: true, description: WORDS.dripDays })
  dripDays!: number | null;

  @Field(() => PurposeEnum, { description: WORDS.purpose })
  purpose!: DeliveryPurpose;

  @Field(() => RuleScheduleType, { description: WORDS.schedule })
  schedule!: RuleScheduleType;

  @Field(() => Float, { description: WORDS.holdoutPercent })
  holdoutPercent!: number;

  @Field(() => Int, { description: WORDS.weeklyCap })
  weeklyCap!: number;

  @Field(() => Int, { nullable: true, description: WORDS.dailyCap })
  dailyCap!: number | null;

  @Field(() => String, { description: 'Who drafted it: `person <id>` or `key <id>`.' })
  createdBy!: string;

  @Field(() => GraphQLInstant, { description: 'When it was drafted.' })
  createdAt!: Date;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When it was started; null: it was not.' })
  startedAt!: Date | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When it was ended; null: it was not.' })
  endedAt!: Date | null;
}

export const { ConnectionType: CampaignConnection } = connectionTypes(CampaignType, 'Campaign');

@ObjectType({ simpleResolvers: true, description: 'What became of a change of a campaign.' })
@Access('inherit')
export class CampaignPayload {
  @Field(() => CampaignType, {
    nullable: true,
    description: 'The campaign as it is now; null when nothing was changed.',
  })
  campaign!: CampaignType | null;

  @Field(() => [UserErrorType], { description: 'What has to be put right first; then nothing was changed.' })
  userErrors!: readonly UserErrorType[];
}

export const campaignType = ({ content, ...campaign }: Campaign): CampaignType => ({ ...campaign, ...content });
