import { Arg, Field, Float, ID, Mutation, ObjectType, Resolver } from 'type-graphql';
import { DismissReasonEnum } from '../learners/eventEnums.js';
import type { DismissReason } from '../learners/profileEvent.js';
import { Access } from '../platform/access/access.js';
import { requestErrors, UserErrorType } from '../platform/graphql/batch.js';
import type { ActivityService } from './activity.service.js';
import type { Opinion } from './feedback.js';

@ObjectType({ simpleResolvers: true, description: 'What became of something that a learner said of a course.' })
@Access('inherit')
class FeedbackPayload {
  @Field(() => Boolean, {
    description: 'It is stored, by this call or an earlier one, and counts from the next list on.',
  })
  recorded!: boolean;

  @Field(() => Boolean, { description: 'An earlier call with the same `clientMutationId` had stored it.' })
  duplicate!: boolean;

  @Field(() => ID, { nullable: true, description: 'As it was sent.' })
  clientMutationId!: string | null;

  @Field(() => [UserErrorType], { description: 'Why it was not stored.' })
  userErrors!: readonly UserErrorType[];
}

/** What somebody thinks is theirs to say: not their manager's, whatever they may read. */
const SPEAKERS = { roles: ['LEARNER'], scopes: ['INGEST'], learnerArg: 'learnerId' } as const;
const LEARNER = 'Your own id of the learner.';
const COURSE = 'Your own id of the course.';
const LIST = 'The served list that the course stood in, if it did.';
const CALL = 'An id of your choice for this call: repeating it with the same id does nothing more.';

@Resolver()
export class FeedbackResolver {
  readonly #activity: ActivityService;

  constructor(activity: ActivityService) {
    this.#activity = activity;
  }

  @Access(SPEAKERS)
  @Mutation(() => FeedbackPayload, {
    description:
      'The learner does not want to be shown a course: it leaves their lists. NOT_NOW lets it come back after 30 days. ' +
      'Whoever dismisses a course again may give another reason: the latest one counts.',
  })
  async dismissCourse(
    @Arg('learnerId', () => ID, { description: LEARNER }) learnerId: string,
    @Arg('courseId', () => ID, { description: COURSE }) courseId: string,
    @Arg('reason', () => DismissReasonEnum, { defaultValue: 'OTHER', description: 'Why.' }) reason: DismissReason,
    @Arg('servedListId', () => ID, { nullable: true, description: LIST }) servedListId?: string | null,
    @Arg('clientMutationId', () => ID, { nullable: true, description: CALL }) clientMutationId?: string | null,
  ): Promise<FeedbackPayload> {
    return await this.#record(learnerId, courseId, { kind: 'DISMISS', reason }, servedListId, clientMutationId);
  }

  @Access(SPEAKERS)
  @Mutation(() => FeedbackPayload, {
    description:
      'The learner knows already what a course teaches: it leaves their lists, counts for their skills, and counts ' +
      'nothing against courses like it. The same as dismissing it as ALREADY_KNOW.',
  })
  async alreadyKnow(
    @Arg('learnerId', () => ID, { description: LEARNER }) learnerId: string,
    @Arg('courseId', () => ID, { description: COURSE }) courseId: string,
    @Arg('servedListId', () => ID, { nullable: true, description: LIST }) servedListId?: string | null,
    @Arg('clientMutationId', () => ID, { nullable: true, description: CALL }) clientMutationId?: string | null,
  ): Promise<FeedbackPayload> {
    const opinion = { kind: 'DISMISS', reason: 'ALREADY_KNOW' } as const;
    return await this.#record(learnerId, courseId, opinion, servedListId, clientMutationId);
  }

  @Access(SPEAKERS)
  @Mutation(() => FeedbackPayload, { description: 'The learner puts a course aside for later.' })
  async saveCourse(
    @Arg('learnerId', () => ID, { description: LEARNER }) learnerId: string,
    @Arg('courseId', () => ID, { description: COURSE }) courseId: string,
    @Arg('servedListId', () => ID, { nullable: true, description: LIST }) servedListId?: string | null,
    @Arg('clientMutationId', () => ID, { nullable: true, description: CALL }) clientMutationId?: string | null,
  ): Promise<FeedbackPayload> {
    return await this.#record(learnerId, courseId, { kind: 'SAVE' }, servedListId, clientMutationId);
  }

  @Access(SPEAKERS)
  @Mutation(() => FeedbackPayload, { description: 'The learner rates a course; their latest rating counts.' })
  async rateCourse(
    @Arg('learnerId', () => ID, { description: LEARNER }) learnerId: string,
    @Arg('courseId', () => ID, { description: COURSE }) courseId: string,
    @Arg('rating', () => Float, { description: 'From −1 (poor) to 1 (excellent).' }) rating: number,
    @Arg('servedListId', () => ID, { nullable: true, description: LIST }) servedListId?: string | null,
    @Arg('clientMutationId', () => ID, { nullable: true, description: CALL }) clientMutationId?: string | null,
  ): Promise<FeedbackPayload> {
    return await this.#record(learnerId, courseId, { kind: 'RATE', rating }, servedListId, clientMutationId);
  }

  async #record(
    learnerId: string,
    courseId: string,
    opinion: Opinion,
    servedListId: string | null = null,
    clientMutationId: string | null = null,
  ): Promise<FeedbackPayload> {
    const { storedCount, duplicateCount, errors } = await this.#activity.recordFeedback({
      ...{ learnerId, courseId, opinion, servedListId, clientMutationId },
    });
    return {
      recorded: storedCount + duplicateCount > 0,
      duplicate: duplicateCount > 0,
      clientMutationId,
      userErrors: requestErrors(errors),
    };
  }
}
