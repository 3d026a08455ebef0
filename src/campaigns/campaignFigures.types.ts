import { Field, ID, Int, ObjectType } from 'type-graphql';
import { ChannelEnum } from '../learners/eventEnums.js';
import type { Channel } from '../learners/profileEvent.js';
import { Access } from '../platform/access/access.js';
import { connectionTypes } from '../platform/graphql/connection.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';

/** Said of every number of people. */
const IN_FIVES = 'In fives, a few off, null for fewer than five; administrators see it as it is.';
const REACHED = {
  planned: `People for whom a message is planned or was. ${IN_FIVES}`,
  sent: `Of them, those to whom it was told to be sent (\`recordDelivery\`). ${IN_FIVES}`,
  opened: `Of them, those who were told to have opened it. ${IN_FIVES}`,
  started: `Of them, those who were under way with the course after it. ${IN_FIVES}`,
  completed: `Of them, those who completed or passed the course after it. ${IN_FIVES}`,
} as const;

@ObjectType({ simpleResolvers: true, description: 'How many people got how far.' })
@Access('inherit')
class ReachedCounts {
  @Field(() => Int, { nullable: true, description: REACHED.planned })
  planned!: number | null;

  @Field(() => Int, { nullable: true, description: REACHED.sent })
  sent!: number | null;

  @Field(() => Int, { nullable: true, description: REACHED.opened })
  opened!: number | null;

  @Field(() => Int, { nullable: true, description: REACHED.started })
  started!: number | null;

  @Field(() => Int, { nullable: true, description: REACHED.completed })
  completed!: number | null;
}

@ObjectType('CampaignStepProgress', { simpleResolvers: true, description: 'How far people got with one step.' })
@Access('inherit')
class CampaignStepProgressType extends ReachedCounts {
  @Field(() => Int, { description: 'Number of the step, from 1.' })
  step!: number;

  @Field(() => ID, {
    nullable: true,
    description: 'Its course; null: on a path, where it need not be the same for all.',
  })
  courseId!: string | null;
}

@ObjectType('CampaignWeekProgress', {
  simpleResolvers: true,
  description: 'What happened in one week: `planned` by when the message is due, the others by when they happened.',
})
@Access('inherit')
class CampaignWeekProgressType extends ReachedCounts {
  @Field(() => String, { description: 'The Monday that the week begins on, in the zone of the campaign.' })
  week!: string;
}

@ObjectType('CampaignProgress', {
  simpleResolvers: true,
  description:
    'How far a campaign has come, up to a quarter of an hour ago. Of an audience whose people are named one by one, ' +
    'administrators alone see figures.',
})
@Access('inherit')
export class CampaignProgressType {
  @Field(() => Int, { nullable: true, description: `People who were taken in, held out or not. ${IN_FIVES}` })
  enrolled!: number | null;

  @Field(() => Int, { nullable: true, description: `Of them, those who are held out. ${IN_FIVES}` })
  heldOut!: number | null;

  @Field(() => Int, { nullable: true, description: `Of them, those whom it is not for any more. ${IN_FIVES}` })
  gone!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: `Of those who are reached, those who did all that it has for them. ${IN_FIVES}`,
  })
  finished!: number | null;

  @Field(() => [CampaignStepProgressType], { description: 'By step, in order.' })
  steps!: readonly CampaignStepProgressType[];

  @Field(() => [CampaignWeekProgressType], {
    description: 'By week, in order; weeks with nothing to tell are left out.',
  })
  weeks!: readonly CampaignWeekProgressType[];
}

@ObjectType('CampaignDepartment', { simpleResolvers: true, description: 'People of one department.' })
@Access('inherit')
class CampaignDepartmentType {
  @Field(() => String, { description: 'Name of the department.' })
  department!: string;

  @Field(() => Int, { description: 'People in the audience, in fives, a few off; administrators see it as it is.' })
  people!: number;
}

@ObjectType('CampaignPreview', {
  simpleResolvers: true,
  description:
    'What a campaign would come to if it were started now, by the very code that carries it out. Nothing of it is kept. ' +
    'Of an audience whose people are named one by one, administrators alone see figures.',
})
@Access('inherit')
export class CampaignPreviewType {
  @Field(() => Int, { nullable: true, description: `People in the audience, held out or not. ${IN_FIVES}` })
  people!: number | null;

  @Field(() => Int, { nullable: true, description: `Of them, those who would be held out. ${IN_FIVES}` })
  heldOut!: number | null;

  @Field(() => [CampaignDepartmentType], { description: 'By department; those of fewer than five are left out.' })
  departments!: readonly CampaignDepartmentType[];

  @Field(() => Boolean, { description: 'False: only the first 20,000 people of a fair sample were looked at.' })
  isEverybody!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: `People whose first course and its window were looked for: up to 500 of a fair sample. ${IN_FIVES}`,
  })
  looked!: number | null;

  @Field(() => Int, { nullable: true, description: `Of them, those for whom there is a window. ${IN_FIVES}` })
  withWindow!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: `Of them, those whose limits, or whose team’s, leave no window within a fortnight. ${IN_FIVES}`,
  })
  withoutWindow!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: `Of them, those who have done all of it, or to whom nothing of it is open now. ${IN_FIVES}`,
  })
  withoutCourse!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Days until everybody who can be reached was brought their first course, by the windows found and the caps; except for ' +
      'administrators, by the fifth latest window. Null: nobody can be, or fewer than five.',
  })
  firstCourseDays!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Days until everything was brought, if everybody completed each course at once: it takes no less.',
  })
  wholeDays!: number | null;
}

@ObjectType('CampaignMessage', {
  simpleResolvers: true,
  description:
    'A message to send. Tell `recordDelivery` with its `suggestionId` when it was sent and opened: then it is not given out ' +
    'again.',
})
@Access('inherit')
export class CampaignMessageType {
  @Field(() => ID, { description: 'Your own id of the campaign.' })
  campaignId!: string;

  @Field(() => ID, { description: 'Your own id of the learner.' })
  learnerId!: string;

  @Field(() => Int, { description: 'Which step of the campaign it is for them, from 1.' })
  step!: number;

  @Field(() => ID, { description: 'Your own id of the course.' })
  courseId!: string;

  @Field(() => ID, { description: 'Names it to `recordDelivery`.' })
  suggestionId!: string;

  @Field(() => ChannelEnum, { nullable: true, description: 'Best way to send it; null: not known.' })
  channel!: Channel | null;

  @Field(() => GraphQLInstant, { description: 'Send it from then on …' })
  startsAt!: Date;

  @Field(() => GraphQLInstant, { description: '… and before then.' })
  endsAt!: Date;

  @Field(() => GraphQLInstant, { description: 'Not to be sent later: too little of the window would be left.' })
  expiresAt!: Date;
}

export const { ConnectionType: CampaignMessageConnection } = connectionTypes(CampaignMessageType, 'CampaignMessage');
