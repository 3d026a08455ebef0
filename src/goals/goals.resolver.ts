import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { z } from 'zod';
import { Access, nameOf, type Viewer } from '../platform/access/access.js';
import { type Connection, clampFirst, decodeCursor, toConnection } from '../platform/graphql/connection.js';
import { requireText } from '../platform/rowChecks.js';
import { MAX_NAME } from './goalChecks.js';
import { GoalStatusEnum } from './goalEnums.js';
import { GoalChangeInput, GoalInput } from './goalInputs.js';
import type { GoalsService } from './goals.service.js';
import { GoalConnection, GoalPayload, GoalType, goalPayload, goalType } from './goalTypes.js';
import type { GoalStatus } from './progress/goalOutlook.js';

const READERS = { roles: ['LD_EDITOR', 'LD_ANALYST'] } as const;
const EDITORS = { roles: ['LD_EDITOR'] } as const;
const ID_WORDS = 'Your own id of the goal.';
const SEEN_VERSION = 'The version that you have seen and want to change.';

const CURSOR = z.object({ createdAtMs: z.number(), id: z.string() });

@Resolver()
export class GoalsResolver {
  readonly #goals: GoalsService;

  constructor(goals: GoalsService) {
    this.#goals = goals;
  }

  @Access(READERS)
  @Query(() => GoalType, { nullable: true, description: 'One goal; null when there is none with this id.' })
  async goal(@Arg('id', () => ID, { description: ID_WORDS }) id: string): Promise<GoalType | null> {
    const found = await this.#goals.goal(id);
    return found && goalType(found);
  }

  @Access(READERS)
  @Query(() => GoalConnection, { description: 'Goals, the newest first.' })
  async goals(
    @Arg('status', () => GoalStatusEnum, { nullable: true, description: 'Only those that are doing like this.' })
    status?: GoalStatus | null,
    @Arg('isClosed', () => Boolean, { nullable: true, description: 'True: only closed ones; false: only open ones.' })
    isClosed?: boolean | null,
    @Arg('owner', () => String, { nullable: true, description: 'Only those of this owner, letter for letter.' })
    owner?: string | null,
    @Arg('first', () => Int, { nullable: true, description: 'How many; 10 when left out, at most 100.' })
    first?: number | null,
    @Arg('after', () => String, { nullable: true, description: 'Cursor of the goal after which the page begins.' })
    after?: string | null,
  ): Promise<Connection<GoalType>> {
    const position = after == null ? null : decodeCursor(after, CURSOR);
    if (owner != null) requireText('owner', owner, MAX_NAME);
    const filter = { status: status ?? null, isClosed: isClosed ?? null, owner: owner ?? null };
    const { goals, hasMore } = await this.#goals.goals(filter, clampFirst(first), position);
    return toConnection(
      goals.map((view) => ({
        node: goalType(view),
        position: { createdAtMs: view.goal.createdAt.getTime(), id: view.goal.id },
      })),
      { hasNextPage: hasMore, hasPreviousPage: position !== null },
    );
  }

  @Access(EDITORS)
  @Mutation(() => GoalPayload, {
    description:
      'Sets a goal: from the next list on, what serves it is put forward to its audience as strongly as agreed, and it is ' +
      'measured week by week. Sending the same again changes nothing; something else under its id fails with CONFLICT.',
  })
  async createGoal(
    @Arg('id', () => ID, { description: 'An id of your choice.' }) id: string,
    @Arg('goal', () => GoalInput, { description: 'What to aim at.' }) goal: GoalInput,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<GoalPayload> {
    return goalPayload(await this.#goals.create(id, goal, nameOf(viewer)));
  }

  @Access(EDITORS)
  @Mutation(() => GoalPayload, {
    description:
      'Changes a goal. Fails with CONFLICT, and changes nothing, when somebody else has changed it since the version that ' +
      'you name; `extensions.details` then says what counts now. `auditLog(subject: "goal <id>")` has who changed what.',
  })
  async updateGoal(
    @Arg('id', () => ID, { description: ID_WORDS }) id: string,
    @Arg('change', () => GoalChangeInput, { description: 'What to change.' }) change: GoalChangeInput,
    @Arg('expectedVersion', () => Int, { description: SEEN_VERSION }) expectedVersion: number,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<GoalPayload> {
    return goalPayload(await this.#goals.update(id, change, expectedVersion, nameOf(viewer)));
  }

  @Access(EDITORS)
  @Mutation(() => GoalPayload, {
    description: 'Ends a goal, reached or not: it puts nothing forward any more, is not measured, and stays readable.',
  })
  async closeGoal(
    @Arg('id', () => ID, { description: ID_WORDS }) id: string,
    @Arg('reason', () => String, { description: 'Why, for whoever reads it later; at most 500 characters.' })
    reason: string,
    @Arg('expectedVersion', () => Int, { description: SEEN_VERSION }) expectedVersion: number,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<GoalPayload> {
    return goalPayload(await this.#goals.close(id, reason, expectedVersion, nameOf(viewer)));
  }

  @Access(EDITORS)
  @Mutation(() => GoalPayload, { description: 'Notes what came of looking at a goal.' })
  async addGoalReview(
    @Arg('id', () => ID, { description: ID_WORDS }) id: string,
    @Arg('note', () => String, { description: 'What; at most 2,000 characters.' }) note: string,
    @Ctx('viewer') viewer: Viewer,
    @Arg('clientMutationId', () => ID, {
      nullable: true,
      description: 'An id of your choice for this call: repeating it with the same id does nothing more.',
    })
    clientMutationId?: string | null,
  ): Promise<GoalPayload> {
    return goalPayload(await this.#goals.addReview(id, note, clientMutationId ?? null, nameOf(viewer)));
  }
}
