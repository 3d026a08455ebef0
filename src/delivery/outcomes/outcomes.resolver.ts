import {
  Arg,
  Ctx,
  Field,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  registerEnumType,
} from 'type-graphql';
import { ChannelEnum, DeviceEnum } from '../../learners/eventEnums.js';
import type { Channel, Device } from '../../learners/profileEvent.js';
import { Access, type Viewer } from '../../platform/access/access.js';
import { DomainError } from '../../platform/errors.js';
import { requestErrors, requireBatchSize, UserErrorType } from '../../platform/graphql/batch.js';
import { GraphQLInstant } from '../../platform/graphql/dateTime.js';
import { enumOf } from '../../platform/graphql/enums.js';
import { MESSAGE_OUTCOMES, type MessageOutcome } from './deliveryEvent.js';
import type { StandingMute } from './mutes.js';
import type { MuteResult, OutcomesService } from './outcomes.service.js';

const MessageOutcomeEnum = enumOf(MESSAGE_OUTCOMES);
registerEnumType(MessageOutcomeEnum, {
  name: 'MessageOutcome',
  description: 'What became of a message to a learner.',
  valuesConfig: {
    SENT: { description: 'It reached them. Counts for the gap between messages and for the budget of the week.' },
    OPENED: { description: 'They opened it. Tells which channels and devices they answer on.' },
    MUTED: {
      description:
        'They want no more of these: nothing about this course on this channel, or, where no course is named, nothing ' +
        'on this channel. Holds from the next suggestion on, until they lift it with `unmuteDeliveries`.',
    },
  },
});

@InputType({
  description: 'Something that became of a message. `eventId` names it, so sending it twice is harmless.',
})
class RecordDeliveryInput {
  @Field(() => ID, {
    description:
      'Your own id of this outcome, another one for each; begin it with a name of your system, "mail:4711:open".',
  })
  eventId!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'The `DeliverySuggestion` that the message followed: then it can be seen whether its windows are good.',
  })
  suggestionId?: string | null;

  @Field(() => ID, { description: 'Id of the learner.' })
  learnerId!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'Id of the course that the message was about; the one of the suggestion when left out.',
  })
  courseId?: string | null;

  @Field(() => ChannelEnum, { description: 'How the message was sent.' })
  channel!: Channel;

  @Field(() => DeviceEnum, { nullable: true, description: 'What it was opened or muted on, where that is known.' })
  device?: Device | null;

  @Field(() => MessageOutcomeEnum, { description: 'What became of it.' })
  outcome!: MessageOutcome;

  @Field(() => GraphQLInstant, { description: 'When, with offset; at most 5 minutes in the future.' })
  at!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'What became of a batch of outcomes of messages.' })
@Access('inherit')
class RecordDeliveryPayload {
  @Field(() => Int, { description: 'Rows that were new; they are stored and count from the next suggestion on.' })
  storedCount!: number;

  @Field(() => Int, { description: 'Rows that had been stored before and say the same; nothing was done.' })
  duplicateCount!: number;

  @Field(() => [UserErrorType], { description: 'Rows that were refused, in the order of the batch.' })
  userErrors!: readonly UserErrorType[];
}

@ObjectType('DeliveryMute', { simpleResolvers: true, description: 'What a learner does not want to be sent.' })
@Access('inherit')
class DeliveryMuteType {
  @Field(() => ChannelEnum, { nullable: true, description: 'On which channel; null: on any.' })
  channel!: Channel | null;

  @Field(() => ID, { nullable: true, description: 'About which course; null: about any.' })
  courseId!: string | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'Until when; null: for ever.' })
  until!: Date | null;

  @Field(() => GraphQLInstant, { description: 'Since when.' })
  since!: Date;
}

/** Who tells a mute need not know of the others: a key that only writes must not read people's wishes by writing. */
const MUTE_READERS = { roles: ['LEARNER'], scopes: ['TIMING'] } as const;

@ObjectType({ simpleResolvers: true, description: 'What a learner does not want to be sent after a change.' })
@Access('inherit')
class DeliveryMutesPayload {
  @Access(MUTE_READERS)
  @Field(() => Int, { description: 'Mutes that this call lifted. Of keys, those with the scope `TIMING` read it.' })
  liftedCount!: number;

  @Access(MUTE_READERS)
  @Field(() => [DeliveryMuteType], {
    description:
      'All mutes that stand now, widest first; empty when it failed. Of keys, those with the scope `TIMING` read it.',
  })
  mutes!: readonly StandingMute[];

  @Field(() => [UserErrorType], { description: 'Why nothing was changed.' })
  userErrors!: readonly UserErrorType[];
}

/** What somebody wants to be sent is theirs to say: not their manager's, and not L&D's. */
const SPEAKERS = { roles: ['LEARNER'], scopes: ['INGEST'], learnerArg: 'learnerId' } as const;
const LEARNER = 'Your own id of the learner.';

@Resolver()
export class OutcomesResolver {
  readonly #outcomes: OutcomesService;

  constructor(outcomes: OutcomesService) {
    this.#outcomes = outcomes;
  }

  @Access({ scopes: ['INGEST'] })
  @Mutation(() => RecordDeliveryPayload, {
    description:
      'Records what became of messages to learners. Takes up to 1,000 rows and stores the good ones even when others are ' +
      'refused. Order does not matter: what was opened or muted may be told before what was sent. An event that was stored ' +
      'before is a duplicate when it says the same and a conflict otherwise; what is stored stays.',
  })
  async recordDelivery(
    @Arg('deliveries', () => [RecordDeliveryInput], { description: 'The rows.' }) deliveries: RecordDeliveryInput[],
  ): Promise<RecordDeliveryPayload> {
    requireBatchSize(deliveries);
    const { storedCount, duplicateCount, errors } = await this.#outcomes.recordDeliveries(deliveries);
    return { storedCount, duplicateCount, userErrors: errors };
  }

  @Access(SPEAKERS)
  @Mutation(() => DeliveryMutesPayload, {
    description:
      'The learner does not want to be sent messages, from the next suggestion on: on one channel or any, about one course ' +
      'or any, until a time or for ever. Muting the same again replaces the time. Without channel and course nothing is ' +
      'sent at all.',
  })
  async muteDeliveries(
    @Arg('learnerId', () => ID, { description: LEARNER }) learnerId: string,
    @Arg('channel', () => ChannelEnum, { nullable: true, description: 'On which channel; left out: on any.' })
    channel?: Channel | null,
    @Arg('courseId', () => ID, { nullable: true, description: 'About which course; left out: about any.' })
    courseId?: string | null,
    @Arg('until', () => GraphQLInstant, { nullable: true, description: 'Until when; left out: for ever.' })
    until?: Date | null,
  ): Promise<DeliveryMutesPayload> {
    return payloadOf(
      await this.#outcomes.mute({
        learnerId,
        channel: channel ?? null,
        courseId: courseId ?? null,
        until: until ?? null,
      }),
    );
  }

  @Access(SPEAKERS)
  @Mutation(() => DeliveryMutesPayload, {
    description:
      'The learner wants to be sent messages again. Lifts every mute of the channel and the course named, and all of them ' +
      'when neither is. A wider mute stays: `mutes` shows what still holds.',
  })
  async unmuteDeliveries(
    @Arg('learnerId', () => ID, { description: LEARNER }) learnerId: string,
    @Arg('channel', () => ChannelEnum, { nullable: true, description: 'Of which channel; left out: of every one.' })
    channel?: Channel | null,
    @Arg('courseId', () => ID, { nullable: true, description: 'About which course; left out: about every one.' })
    courseId?: string | null,
  ): Promise<DeliveryMutesPayload> {
    return payloadOf(await this.#outcomes.unmute({ learnerId, channel: channel ?? null, courseId: courseId ?? null }));
  }

  @Access({ roles: ['LEARNER'], scopes: ['TIMING'], learnerArg: 'learnerId' })
  @Query(() => [DeliveryMuteType], {
    description:
      'What a learner does not want to be sent, widest first. Theirs: managers and L&D cannot read it. A portal asks before ' +
      'it sends what no suggestion told it to.',
  })
  async deliveryMutes(
    @Arg('learnerId', () => ID, { description: LEARNER }) learnerId: string,
  ): Promise<readonly StandingMute[]> {
    return await this.#outcomes.mutesOf(learnerId);
  }

  @Access({ roles: ['LEARNER'] })
  @Query(() => [DeliveryMuteType], {
    description: 'What the learner whose token this is does not want to be sent, widest first.',
  })
  async myDeliveryMutes(@Ctx('viewer') viewer: Viewer): Promise<readonly StandingMute[]> {
    if (viewer.kind === 'PERSON') return await this.#outcomes.mutesOf(viewer.learnerId);
    throw new DomainError(
      'FORBIDDEN',
      '`myDeliveryMutes` is for people with a token; with an API key ask for `deliveryMutes`.',
    );
  }
}

function payloadOf({ liftedCount, mutes, errors }: MuteResult): DeliveryMutesPayload {
  return { liftedCount, mutes, userErrors: requestErrors(errors) };
}
