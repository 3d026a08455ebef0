import { Arg, Field, ID, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { Access } from '../platform/access/access.js';
import {
  BatchPayload,
  batchPayload,
  RemovalPayload,
  removalPayload,
  requireBatchSize,
} from '../platform/graphql/batch.js';
import type { LearnersService } from './learners.service.js';
import type { LeaveSpan } from './leave.js';

@ObjectType('Leave', {
  simpleResolvers: true,
  description: 'Days on which a learner is away from work, by their own calendar. Nothing is delivered on them.',
})
@Access('inherit')
class LeaveType {
  @Field(() => String, { description: 'The first day away, an ISO date such as "2026-12-24".' })
  startsOn!: string;

  @Field(() => String, { description: 'The first day back at work, an ISO date.' })
  endsOn!: string;
}

@InputType({
  description:
    'Days on which a learner is away from work. The learner and the first day name it: sending them again with another ' +
    'end moves the end.',
})
class UpsertLeaveInput {
  @Field(() => ID, { description: 'Id of the learner.' })
  learnerId!: string;

  @Field(() => String, { description: 'The first day away by their own calendar, an ISO date such as "2026-12-24".' })
  startsOn!: string;

  @Field(() => String, {
    description: 'The first day back at work, an ISO date after `startsOn`: the day after it for a single day.',
  })
  endsOn!: string;
}

@InputType({ description: 'Leave that no longer holds.' })
class RemoveLeaveInput {
  @Field(() => ID, { description: 'Id of the learner.' })
  learnerId!: string;

  @Field(() => String, { description: 'The first day away, as it was sent.' })
  startsOn!: string;
}

/** Absence is told by whoever keeps the calendar; only the person and portals that deliver read it. */
const LEAVE_WRITERS = { roles: ['LD_EDITOR'], scopes: ['INGEST'] } as const;

@Resolver()
export class LeaveResolver {
  readonly #learners: LearnersService;

  constructor(learners: LearnersService) {
    this.#learners = learners;
  }

  @Access({ roles: ['LEARNER'], scopes: ['TIMING'], learnerArg: 'learnerId' })
  @Query(() => [LeaveType], {
    description:
      'When a learner is away, in order; stretches that overlap or touch are one. It is theirs: managers and L&D cannot ' +
      'read it.',
  })
  async leave(
    @Arg('learnerId', () => ID, { description: 'Your own id of the learner.' }) learnerId: string,
    @Arg('from', () => String, {
      nullable: true,
      description: 'First day to look at, an ISO date; today (UTC) if left out.',
    })
    from?: string | null,
    @Arg('until', () => String, {
      nullable: true,
      description: 'The day to stop before, at most 1,100 days after `from`; a year after it when left out.',
    })
    until?: string | null,
  ): Promise<readonly LeaveSpan[]> {
    return await this.#learners.leaveOf(learnerId, from ?? null, until ?? null);
  }

  @Access(LEAVE_WRITERS)
  @Mutation(() => BatchPayload, {
    description:
      'Tells when learners are away, from the next delivery suggestion on. Takes up to 1,000 rows and stores the good ones ' +
      'even when others are refused. Sending the same rows again changes nothing; stretches may overlap.',
  })
  async upsertLeave(
    @Arg('leave', () => [UpsertLeaveInput], { description: 'The rows.' }) leave: UpsertLeaveInput[],
  ): Promise<BatchPayload> {
    requireBatchSize(leave);
    return batchPayload(await this.#learners.upsertLeave(leave));
  }

  @Access(LEAVE_WRITERS)
  @Mutation(() => RemovalPayload, {
    description: 'Takes leave back, up to 1,000 rows. Each removes one stretch as it was sent; others stay.',
  })
  async removeLeave(
    @Arg('leave', () => [RemoveLeaveInput], { description: 'The rows.' }) leave: RemoveLeaveInput[],
  ): Promise<RemovalPayload> {
    requireBatchSize(leave);
    return removalPayload(await this.#learners.removeLeave(leave));
  }
}
