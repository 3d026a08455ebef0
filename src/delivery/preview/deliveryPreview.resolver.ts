import type { ComplexityEstimatorArgs } from 'graphql-query-complexity';
import { Arg, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { Access, isAdmin, type Viewer } from '../../platform/access/access.js';
import { PurposeEnum } from '../suggestion.types.js';
import type { DeliveryPurpose } from '../windows/purpose.js';
import { type DeliveryPreviewService, MOST_SAMPLED } from './deliveryPreview.service.js';
import type { NoWindowCount, PolicyImpact } from './policyImpact.js';

const COUNT =
  'Except for administrators a figure is a multiple of five: 0 for fewer than five and for some of five or six, else less ' +
  'than five off.';

@ObjectType('NoWindowCount', {
  simpleResolvers: true,
  description: 'How many people of a sample find no window, for one reason.',
})
@Access('inherit')
class NoWindowCountType {
  @Field(() => String, {
    description: 'The reason, as `noWindowReason` of a suggestion has it: `WEEKLY_BUDGET`, `QUIET_HOURS` …',
  })
  code!: string;

  @Field(() => Int, { description: 'As the policy is.' })
  before!: number;

  @Field(() => Int, { description: 'As it would be.' })
  after!: number;
}

@ObjectType('DeliveryPolicyImpact', {
  simpleResolvers: true,
  description: `What another delivery policy makes of the first window of each person of a sample. ${COUNT}`,
})
@Access('inherit')
class DeliveryPolicyImpactType {
  @Field(() => Int, { description: 'People who were planned for.' })
  people!: number;

  @Field(() => Int, { description: 'People who have a window as the policy is.' })
  suggestedBefore!: number;

  @Field(() => Int, { description: 'People who would have one.' })
  suggestedAfter!: number;

  @Field(() => Int, { description: 'People who have a window and would have none.' })
  lost!: number;

  @Field(() => Int, { description: 'People who have none and would have one.' })
  gained!: number;

  @Field(() => Int, { description: 'People whose window would begin at another time.' })
  otherWindow!: number;

  @Field(() => Int, { description: 'People whose window would lie on another local day.' })
  otherDay!: number;

  @Field(() => Int, { description: 'People who would be reached on another channel.' })
  otherChannel!: number;

  @Field(() => Int, { description: 'People who would be reached on another device.' })
  otherDevice!: number;

  @Field(() => [NoWindowCountType], { description: 'Why people find no window, in the order of the reasons.' })
  noWindow!: readonly NoWindowCount[];
}

/** What planning for one person twice costs: days that are weighed, and a window. */
const COST_PER_DAY = 1;
const COST_PER_PERSON = 6;

function costOf({ args, childComplexity }: ComplexityEstimatorArgs): number {
  const numberOf = (value: unknown) => (typeof value === 'number' ? Math.max(1, value) : 1);
  return (
    childComplexity + numberOf(args['sampleSize']) * (COST_PER_PERSON + COST_PER_DAY * numberOf(args['horizonDays']))
  );
}

@Resolver()
export class DeliveryPreviewResolver {
  readonly #previews: DeliveryPreviewService;

  constructor(previews: DeliveryPreviewService) {
    this.#previews = previews;
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Query(() => DeliveryPolicyImpactType, {
    complexity: costOf,
    description:
      'What drafts of the delivery policy would do: when, on which channel and device a course would reach each person of a ' +
      'sample, really planned as the policy is and as it would be. Nothing is kept of it, and nobody is reached. Of a team ' +
      'only those of the sample compete for its share of an hour.',
  })
  async previewDeliveryPolicy(
    @Arg('draftIds', () => [ID], {
      description:
        'Drafts as they would be published, one of them of the delivery policy; those of rules are passed over.',
    })
    draftIds: string[],
    @Arg('courseId', () => ID, { description: 'Your own id of the course that would be brought to them.' })
    courseId: string,
    @Arg('purpose', () => PurposeEnum, {
      defaultValue: 'RECOMMENDATION',
      description: 'What it would be delivered for.',
    })
    purpose: DeliveryPurpose,
    @Arg('horizonDays', () => Int, { defaultValue: 14, description: 'How far to look ahead, 1–60 days.' })
    horizonDays: number,
    @Arg('sampleSize', () => Int, {
      defaultValue: 250,
      description: `How many people, drawn at random but always the same, up to ${MOST_SAMPLED.toLocaleString('en')}; a multiple of 25, except for administrators.`,
    })
    sampleSize: number,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<PolicyImpact> {
    const request = { courseId, purpose, horizonDays };
    return await this.#previews.preview({ draftIds, sampleSize, request, mayTellFew: isAdmin(viewer) });
  }
}
