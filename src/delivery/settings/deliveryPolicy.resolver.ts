import { Arg, Ctx, Field, Float, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { Access, nameOf, type Viewer } from '../../platform/access/access.js';
import { requestErrors, UserErrorType } from '../../platform/graphql/batch.js';
import { clampFirst } from '../../platform/graphql/connection.js';
import { SettingChangeType } from '../../platform/settings/settingChange.js';
import type { DeliveryPolicyService, DeliveryPolicyVersion } from './deliveryPolicy.service.js';

const GAP = 'Least time between two messages to one person, in hours, 0 to 336.';
const BUDGET = 'Most messages to one person in a week of their local calendar, 0 to 50; 0: none at all.';
const TEAM_SHARE =
  'Most of a department that may be planned for one window, whoever plans, 0 to 1; one person always fits.';
const TEAM_SHARE_FROM = 'Smallest department that `teamShare` applies to, in active people, 1 to 10,000.';
const EXPLORATION =
  'Share of suggestions that try out another allowed hour, so that it shows whether people are reached better then, ' +
  '0 to 0.5.';

@ObjectType('DeliveryPolicy', {
  simpleResolvers: true,
  description: 'How L&D wants people to be reached. Versions never change.',
})
@Access('inherit')
class DeliveryPolicyType {
  @Field(() => Int, { description: 'Number of the version; 0: nobody has changed the policy yet.' })
  version!: number;

  @Field(() => Float, { description: GAP })
  minimumGapHours!: number;

  @Field(() => Int, { description: BUDGET })
  weeklyBudget!: number;

  @Field(() => Float, { description: TEAM_SHARE })
  teamShare!: number;

  @Field(() => Int, { description: TEAM_SHARE_FROM })
  teamShareFrom!: number;

  @Field(() => Float, { description: EXPLORATION })
  explorationShare!: number;

  @Field(() => SettingChangeType, { nullable: true, description: 'Who made it, when and why; null for version 0.' })
  change!: SettingChangeType | null;
}

@InputType({ description: 'What to change in the delivery policy; what is left out stays as it is.' })
export class UpdateDeliveryPolicyInput {
  @Field(() => Float, { nullable: true, description: GAP })
  minimumGapHours?: number | null;

  @Field(() => Int, { nullable: true, description: BUDGET })
  weeklyBudget?: number | null;

  @Field(() => Float, { nullable: true, description: TEAM_SHARE })
  teamShare?: number | null;

  @Field(() => Int, { nullable: true, description: TEAM_SHARE_FROM })
  teamShareFrom?: number | null;

  @Field(() => Float, { nullable: true, description: EXPLORATION })
  explorationShare?: number | null;
}

@ObjectType({ simpleResolvers: true, description: 'What became of a change to the delivery policy.' })
@Access('inherit')
class UpdateDeliveryPolicyPayload {
  @Field(() => DeliveryPolicyType, { nullable: true, description: 'The new version; null when nothing was changed.' })
  policy!: DeliveryPolicyVersion | null;

  @Field(() => [UserErrorType], { description: 'What has to be put right first.' })
  userErrors!: readonly UserErrorType[];
}

@Resolver()
export class DeliveryPolicyResolver {
  readonly #policies: DeliveryPolicyService;

  constructor(policies: DeliveryPolicyService) {
    this.#policies = policies;
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => DeliveryPolicyType, {
    description: 'How people are reached: the delivery policy that counts, or one of before.',
  })
  async deliveryPolicy(
    @Arg('version', () => Int, { nullable: true, description: 'Which version; the one that counts when left out.' })
    version: number | null | undefined,
  ): Promise<DeliveryPolicyVersion> {
    return version == null ? this.#policies.current : await this.#policies.at(version);
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => [DeliveryPolicyType], {
    description: 'All that the delivery policy has been, newest first; version 0 is not among them.',
  })
  async deliveryPolicyVersions(
    @Arg('first', () => Int, { nullable: true, description: 'How many; 10 when left out, at most 100.' })
    first: number | null | undefined,
  ): Promise<DeliveryPolicyVersion[]> {
    return await this.#policies.versions(clampFirst(first));
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => UpdateDeliveryPolicyPayload, {
    description:
      'Changes how people are reached, from the next suggestion on. Fails with CONFLICT, and changes nothing, when ' +
      'somebody else has changed the policy since the version that you name; `extensions.details` then says what counts now.',
  })
  async updateDeliveryPolicy(
    @Arg('input', () => UpdateDeliveryPolicyInput, { description: 'What to change.' }) input: UpdateDeliveryPolicyInput,
    @Arg('expectedVersion', () => Int, { description: 'The version that you have seen and want to change.' })
    expectedVersion: number,
    @Arg('reason', () => String, { description: 'Why, for whoever reads the history; at most 500 characters.' })
    reason: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<UpdateDeliveryPolicyPayload> {
    const { made, errors } = await this.#policies.update(input, { expectedVersion, reason, by: nameOf(viewer) });
    return { policy: made, userErrors: requestErrors(errors) };
  }
}
