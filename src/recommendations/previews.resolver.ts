import { Arg, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { SignalWeightsInput } from '../learners/signalWeights.resolver.js';
import { Access, requireSelf, type Viewer } from '../platform/access/access.js';
import { requestErrors, UserErrorType } from '../platform/graphql/batch.js';
import { clampFirst } from '../platform/graphql/connection.js';
import { UpdatePolicyInput } from '../rules/policy.resolver.js';
import type { ListMove } from './compareLists.js';
import type { RecommendationsService } from './recommendations.service.js';

@ObjectType('ListMove', { simpleResolvers: true, description: 'Where a course stands before and after a change.' })
@Access('inherit')
class ListMoveType {
  @Field(() => ID, { description: 'Id of the course.' })
  courseId!: string;

  @Field(() => Int, { nullable: true, description: 'Place before, from 1; null: not in the list.' })
  rankBefore!: number | null;

  @Field(() => Int, { nullable: true, description: 'Place after, from 1; null: not in the list.' })
  rankAfter!: number | null;
}

@ObjectType('ListPreview', { simpleResolvers: true, description: 'What a change of settings would do to one list.' })
@Access('inherit')
class ListPreviewType {
  @Field(() => [ListMoveType], {
    description:
      'The courses among the first of either list: in the order after the change, then those that drop out of the list.',
  })
  moves!: readonly ListMove[];

  @Field(() => [UserErrorType], { description: 'What has to be put right in the drafts first.' })
  userErrors!: readonly UserErrorType[];
}

@Resolver()
export class PreviewsResolver {
  readonly #recommendations: RecommendationsService;

  constructor(recommendations: RecommendationsService) {
    this.#recommendations = recommendations;
  }

  @Access({ roles: ['LD_EDITOR'], learnerArg: 'learnerId' })
  @Query(() => ListPreviewType, {
    description:
      'What drafts of the policy, the signal weights or both would do to a list, without changing or recording anything. ' +
      'A list tells what a learner did, so L&D staff may try it on themselves only, administrators on anybody.',
  })
  async previewList(
    @Arg('learnerId', () => ID, { description: 'Your own id of the learner.' }) learnerId: string,
    @Arg('policy', () => UpdatePolicyInput, { nullable: true, description: 'What would change in the policy.' })
    policy: UpdatePolicyInput | null | undefined,
    @Arg('signalWeights', () => SignalWeightsInput, {
      nullable: true,
      description: 'What would change in the signal weights.',
    })
    signalWeights: SignalWeightsInput | null | undefined,
    @Arg('first', () => Int, { nullable: true, description: 'How many places count; 10 when left out, at most 100.' })
    first: number | null | undefined,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<ListPreviewType> {
    requireSelf(viewer, learnerId);
    const drafts = { policy: policy ?? null, signalWeights: signalWeights ?? null };
    const { moves, errors } = await this.#recommendations.previewList(drafts, learnerId, clampFirst(first));
    return { moves, userErrors: requestErrors(errors) };
  }
}
