import type { ComplexityEstimatorArgs } from 'graphql-query-complexity';
import { Arg, Ctx, Field, ID, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { Access } from '../platform/access/access.js';
import { DomainError } from '../platform/errors.js';
import { UserErrorType } from '../platform/graphql/batch.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import type { Campaign, DeliveryService } from './delivery.service.js';
import { DeliverySuggestionType, PurposeEnum, suggestionType } from './suggestion.types.js';
import type { DeliveryPurpose } from './windows/purpose.js';

@ObjectType('DeliveryCampaign', {
  simpleResolvers: true,
  description: 'When to bring a course to each of many learners.',
})
@Access('inherit')
class DeliveryCampaignType {
  @Field(() => Int, { description: 'Learners for whom there is a window.' })
  suggestedCount!: number;

  @Field(() => Int, { description: 'Learners for whom there is none; their answer says why.' })
  noWindowCount!: number;

  @Access({ scopes: ['TIMING'] })
  @Field(() => [DeliverySuggestionType], {
    description:
      'The answer for every learner, in the order in which they were named, without those refused below. Of keys, those ' +
      'with the scope `TIMING` read it.',
    complexity: ({ childComplexity }) => 1 + childComplexity,
  })
  suggestions!: readonly DeliverySuggestionType[];

  @Field(() => [UserErrorType], {
    description:
      'Ids that were not answered: those that nobody could have, and repeats; and why nothing was planned at all.',
    complexity: 1,
  })
  userErrors!: readonly UserErrorType[];
}

@ObjectType({ simpleResolvers: true, description: 'What was planned for a learner.' })
@Access('inherit')
class PlanDeliveryPayload {
  @Access({ scopes: ['TIMING'] })
  @Field(() => DeliverySuggestionType, {
    nullable: true,
    description: 'The plan; null when it failed. Of keys, those with the scope `TIMING` read it.',
  })
  suggestion!: DeliverySuggestionType | null;

  @Field(() => [UserErrorType], { description: 'Why nothing was planned.' })
  userErrors!: readonly UserErrorType[];
}

/** What weighing the hours of one learner's day costs, and what choosing and describing a window does, in values. */
const COST_PER_DAY = 0.5;
const COST_PER_WINDOW = 3;
/** Values of an answer that is worked out as a whole cost a tenth of those that are looked for one by one. */
const COST_PER_VALUE = 0.1;
/** What the estimate takes any list of windows for. */
const ASSUMED_WINDOWS = 3;

function costOfCampaign({ args, childComplexity }: ComplexityEstimatorArgs): number {
  const learnerIds: unknown = args['learnerIds'];
  const learners = Array.isArray(learnerIds) ? learnerIds.length : 1;
  const days = numberOf(args['horizonDays']);
  const windows = numberOf(args['count']);
  const values = childComplexity * Math.max(1, windows / ASSUMED_WINDOWS);
  return 1 + Math.ceil(learners * (COST_PER_DAY * days + COST_PER_WINDOW * windows + COST_PER_VALUE * values));
}

/** Numbers out of range are refused before anything is worked out. */
function numberOf(value: unknown): number {
  return typeof value === 'number' ? Math.max(1, value) : 1;
}

const FROM = 'Earliest start, at most a year ahead; now when left out.';
const HORIZON_DAYS = 'How far to look ahead, 1–60 days.';
const PURPOSE = 'What it is delivered for.';
const COURSE_ID = 'Your own id of the course.';
const LEARNER_ID = 'Your own id of the learner.';
const LEARNER_IDS = 'Your own ids of the learners, at most 2,000, as a variable.';
const PLANNED_COUNT =
  'How many windows to find for each at most, 1–20; the first is planned, and others are there to choose from.';

@Resolver()
export class DeliveryResolver {
  readonly #delivery: DeliveryService;

  constructor(delivery: DeliveryService) {
    this.#delivery = delivery;
  }

  @Access({ roles: ['LEARNER'], scopes: ['TIMING'], learnerArg: 'learnerId' })
  @Query(() => DeliverySuggestionType, {
    description:
      'When, where and how to bring a course to a learner: from their own active hours in local time, people of a like ' +
      'rhythm, their department or location and the organisation. Quiet hours, work pattern, leave, holidays, mutes, due ' +
      'date, sessions and the limits of the delivery policy are always kept. Nothing is planned by it: see `planDelivery`.',
  })
  async deliverySuggestion(
    @Arg('learnerId', () => ID, { description: LEARNER_ID }) learnerId: string,
    @Arg('courseId', () => ID, { description: COURSE_ID }) courseId: string,
    @Arg('from', () => GraphQLInstant, { nullable: true, description: FROM }) from: Date | null | undefined,
    @Arg('horizonDays', () => Int, { defaultValue: 14, description: HORIZON_DAYS }) horizonDays: number,
    @Arg('count', () => Int, { defaultValue: 3, description: 'How many windows to suggest at most, 1–20.' })
    count: number,
    @Arg('purpose', () => PurposeEnum, { defaultValue: 'RECOMMENDATION', description: PURPOSE })
    purpose: DeliveryPurpose,
  ): Promise<DeliverySuggestionType> {
    const request = { courseId, from: from ?? null, horizonDays, count, purpose };
    return suggestionType(await this.#delivery.suggest(learnerId, request));
  }

  @Access({ scopes: ['TIMING'] })
  @Query(() => DeliveryCampaignType, {
    description:
      'The same for up to 2,000 learners at once, spread over time: no window holds more of one department than the ' +
      'delivery policy allows. Each answer says what was left to choose from. Nothing is planned by it: see ' +
      '`planDeliveries`.',
    complexity: costOfCampaign,
  })
  async deliverySuggestions(
    @Arg('learnerIds', () => [ID], { description: LEARNER_IDS })
    learnerIds: string[],
    @Arg('courseId', () => ID, { description: COURSE_ID }) courseId: string,
    @Arg('from', () => GraphQLInstant, { nullable: true, description: FROM }) from: Date | null | undefined,
    @Arg('horizonDays', () => Int, { defaultValue: 14, description: HORIZON_DAYS }) horizonDays: number,
    @Arg('count', () => Int, {
      defaultValue: 1,
      description: 'How many windows to suggest to each at most, 1–20; all of them count for the team.',
    })
    count: number,
    @Arg('purpose', () => PurposeEnum, { defaultValue: 'RECOMMENDATION', description: PURPOSE })
    purpose: DeliveryPurpose,
  ): Promise<DeliveryCampaignType> {
    const request = { courseId, from: from ?? null, horizonDays, count, purpose };
    return campaignType(await this.#delivery.suggestForCampaign(learnerIds, request));
  }

  @Access({ scopes: ['DELIVER'] })
  @Mutation(() => PlanDeliveryPayload, {
    description:
      'As `deliverySuggestion`, for what you will deliver in the first window, or in every sitting of the plan: later ' +
      'suggestions keep their distance from it, as from a message that was sent, also when it is over, until ' +
      '`recordDelivery` tells what became of it. It takes the place of what was planned for the same course and purpose ' +
      'and is not over, also where it finds no window itself; so calling it again is harmless.',
  })
  async planDelivery(
    @Arg('learnerId', () => ID, { description: LEARNER_ID }) learnerId: string,
    @Arg('courseId', () => ID, { description: COURSE_ID }) courseId: string,
    @Ctx('signal') signal: AbortSignal,
    @Arg('from', () => GraphQLInstant, { nullable: true, description: FROM }) from: Date | null | undefined,
    @Arg('horizonDays', () => Int, { defaultValue: 14, description: HORIZON_DAYS }) horizonDays: number,
    @Arg('count', () => Int, { defaultValue: 1, description: PLANNED_COUNT }) count: number,
    @Arg('purpose', () => PurposeEnum, { defaultValue: 'RECOMMENDATION', description: PURPOSE })
    purpose: DeliveryPurpose,
  ): Promise<PlanDeliveryPayload> {
    const request = { courseId, from: from ?? null, horizonDays, count, purpose };
    try {
      return { suggestion: suggestionType(await this.#delivery.plan(learnerId, request, signal)), userErrors: [] };
    } catch (error) {
      return { suggestion: null, userErrors: userErrorsOf(error) };
    }
  }

  @Access({ scopes: ['DELIVER'] })
  @Mutation(() => DeliveryCampaignType, {
    description:
      'The same for up to 2,000 learners at once, as `deliverySuggestions`: no window holds more of one department than the ' +
      'delivery policy allows, whoever plans.',
    complexity: costOfCampaign,
  })
  async planDeliveries(
    @Arg('learnerIds', () => [ID], { description: LEARNER_IDS }) learnerIds: string[],
    @Arg('courseId', () => ID, { description: COURSE_ID }) courseId: string,
    @Ctx('signal') signal: AbortSignal,
    @Arg('from', () => GraphQLInstant, { nullable: true, description: FROM }) from: Date | null | undefined,
    @Arg('horizonDays', () => Int, { defaultValue: 14, description: HORIZON_DAYS }) horizonDays: number,
    @Arg('count', () => Int, { defaultValue: 1, description: PLANNED_COUNT }) count: number,
    @Arg('purpose', () => PurposeEnum, { defaultValue: 'RECOMMENDATION', description: PURPOSE })
    purpose: DeliveryPurpose,
  ): Promise<DeliveryCampaignType> {
    const request = { courseId, from: from ?? null, horizonDays, count, purpose };
    try {
      return campaignType(await this.#delivery.planCampaign(learnerIds, request, signal));
    } catch (error) {
      return { suggestedCount: 0, noWindowCount: 0, suggestions: [], userErrors: userErrorsOf(error) };
    }
  }
}

function campaignType({ suggestions, errors }: Campaign): DeliveryCampaignType {
  const suggestedCount = suggestions.filter(({ outcome }) => outcome === 'SUGGESTED').length;
  return {
    suggestedCount,
    noWindowCount: suggestions.length - suggestedCount,
    suggestions: suggestions.map(suggestionType),
    userErrors: errors,
  };
}

/**
 * What the caller may correct in the request.
 *
 * @throws the error, when it is about anything else
 */
function userErrorsOf(error: unknown): UserErrorType[] {
  if (!(error instanceof DomainError)) throw error;
  const code = error.code === 'BAD_USER_INPUT' ? 'INVALID_VALUE' : error.code === 'NOT_FOUND' ? 'NOT_FOUND' : null;
  if (code === null) throw error;
  const { argument } = error.details;
  return [{ index: null, code, message: error.message, path: typeof argument === 'string' ? [argument] : [] }];
}
