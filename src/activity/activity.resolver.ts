import {
  Arg,
  Ctx,
  Field,
  Float,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  registerEnumType,
} from 'type-graphql';
import { ChannelEnum, DeviceEnum, DismissReasonEnum } from '../learners/eventEnums.js';
import { type Channel, type Device, type DismissReason, VERBS, type Verb } from '../learners/profileEvent.js';
import { Access, type Viewer } from '../platform/access/access.js';
import { requireBatchSize, UserErrorType } from '../platform/graphql/batch.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import { enumOf } from '../platform/graphql/enums.js';
import type { JobProgress, JobStatus } from '../platform/jobs/jobs.js';
import { JobProgressType, JobStatusEnum } from '../platform/jobs/jobTypes.js';
import type { ActivityService } from './activity.service.js';

const VerbEnum = enumOf(VERBS);
registerEnumType(VerbEnum, {
  name: 'Verb',
  description: 'What a learner did.',
  valuesConfig: {
    VIEWED: { description: 'Looked at a course; views under 5 seconds tell nothing.' },
    STARTED: { description: 'Began or enrolled in a course.' },
    PROGRESSED: { description: 'Got further; `progress` says how far.' },
    COMPLETED: { description: 'Finished a course.' },
    PASSED: { description: 'Passed an assessment.' },
    FAILED: { description: 'Failed an assessment; says something of a skill, not of taste.' },
    ABANDONED: { description: 'Gave a course up; `progress` says how far they had got.' },
    RATED: { description: 'Gave a rating; `score` from −1 (poor) to 1 (excellent).' },
    SAVED: { description: 'Put a course aside for later.' },
    SHARED: { description: 'Recommended a course to somebody.' },
    DISMISSED: { description: 'Does not want to be shown a course; `reason` may say why.' },
    SEARCHED: { description: 'Searched; `query` and `resultCount` say for what and how many were found.' },
    VISITED: { description: 'Opened a page of the portal; `page` says which.' },
    WAIVED: { description: 'Was released from having to take a course.' },
    IMPRESSION: { description: 'Was shown a course in a served list.' },
    CLICKED: { description: 'Opened a course from a served list.' },
  },
});

@InputType({
  description: 'Something that a learner did. `source` and `eventId` name it, so sending it twice is harmless.',
})
export class RecordInteractionInput {
  @Field(() => ID, { description: 'The system that saw it, such as "lms"; the same in all of its events.' })
  source!: string;

  @Field(() => ID, { description: 'The id that the source gave it, unique within the source.' })
  eventId!: string;

  @Field(() => ID, { description: 'Id of the learner who did it.' })
  learnerId!: string;

  @Field(() => ID, { nullable: true, description: 'Id of the course; needed for all but SEARCHED and VISITED.' })
  courseId?: string | null;

  @Field(() => VerbEnum, { description: 'What they did.' })
  verb!: Verb;

  @Field(() => GraphQLInstant, { description: 'When, with offset; at most 5 minutes in the future.' })
  at!: Date;

  @Field(() => DeviceEnum, { nullable: true, description: 'What it was done on.' })
  device?: Device | null;

  @Field(() => ChannelEnum, { nullable: true, description: 'How it reached them.' })
  channel?: Channel | null;

  @Field(() => Float, { nullable: true, description: 'How long it took, in seconds.' })
  durationSeconds?: number | null;

  @Field(() => Float, { nullable: true, description: 'How far they have got, 0–1.' })
  progress?: number | null;

  @Field(() => Float, { nullable: true, description: 'A rating or result, −1 to 1.' })
  score?: number | null;

  @Field(() => String, { nullable: true, description: 'What was searched for.' })
  query?: string | null;

  @Field(() => Int, { nullable: true, description: 'How many results a search had.' })
  resultCount?: number | null;

  @Field(() => String, { nullable: true, description: 'The page that was visited.' })
  page?: string | null;

  @Field(() => ID, { nullable: true, description: 'The served list that led to this, if one did.' })
  servedListId?: string | null;

  @Field(() => DismissReasonEnum, { nullable: true, description: 'Why a course was dismissed; only with DISMISSED.' })
  reason?: DismissReason | null;
}

@ObjectType({ simpleResolvers: true, description: 'What became of a batch of activity.' })
@Access('inherit')
export class RecordActivityPayload {
  @Field(() => Int, { description: 'Rows that were new; they are stored and count from the next request on.' })
  storedCount!: number;

  @Field(() => Int, { description: 'Rows that had been stored before and say the same; nothing was done.' })
  duplicateCount!: number;

  @Field(() => [UserErrorType], { description: 'Rows that were refused, in the order of the batch.' })
  userErrors!: readonly UserErrorType[];
}

@ObjectType('ProfileRebuild', {
  simpleResolvers: true,
  description: 'One request to fold all profiles again from the log.',
})
@Access('inherit')
class ProfileRebuildType {
  @Field(() => ID, { description: 'Id of the rebuild.' })
  id!: string;

  @Field(() => JobStatusEnum, { description: 'How far it is.' })
  status!: JobStatus;

  @Field(() => GraphQLInstant, { description: 'When it was asked for.' })
  requestedAt!: Date;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When it ended; null before that.' })
  finishedAt!: Date | null;

  @Field(() => JobProgressType, { nullable: true, description: 'Learners done; null while it waits.' })
  progress!: JobProgress | null;

  @Field(() => String, { nullable: true, description: 'Why it failed; null unless it did.' })
  error!: string | null;
}

@Resolver()
export class ActivityResolver {
  readonly #activity: ActivityService;

  constructor(activity: ActivityService) {
    this.#activity = activity;
  }

  @Access({ scopes: ['INGEST'] })
  @Mutation(() => RecordActivityPayload, {
    description:
      'Records what learners did. Takes up to 1,000 rows and stores the good ones even when others are refused. An event ' +
      'that was stored before is a duplicate when it says the same and a conflict otherwise; what is stored stays.',
  })
  async recordActivity(
    @Arg('interactions', () => [RecordInteractionInput], { description: 'The rows.' })
    interactions: RecordInteractionInput[],
  ): Promise<RecordActivityPayload> {
    requireBatchSize(interactions);
    const { storedCount, duplicateCount, errors } = await this.#activity.recordActivity(interactions);
    return { storedCount, duplicateCount, userErrors: errors };
  }

  @Access({})
  @Mutation(() => ProfileRebuildType, {
    description:
      'Folds the profiles of all learners again from the log, in the background; ask `profileRebuild` how far it is. Needed ' +
      'once after an upgrade whose profiles hold more than before. Activity may come in and lists be asked for meanwhile. ' +
      'Asking while a rebuild waits returns that one. For administrators.',
  })
  async rebuildProfiles(@Ctx('viewer') viewer: Viewer): Promise<ProfileRebuildType> {
    return await this.#activity.requestRebuild(viewer.kind === 'KEY' ? `key ${viewer.keyId}` : 'staff');
  }

  @Access({})
  @Query(() => ProfileRebuildType, {
    nullable: true,
    description: 'One rebuild of the profiles; null when there is none with this id. For administrators.',
  })
  async profileRebuild(
    @Arg('id', () => ID, { description: 'Id of the rebuild, from `rebuildProfiles`.' }) id: string,
  ): Promise<ProfileRebuildType | null> {
    return /^\d{1,18}$/.test(id) ? await this.#activity.rebuild(id) : null;
  }
}
