import { Arg, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import { SignalWeightsInput } from '../../learners/signalWeights.resolver.js';
import { Access, nameOf, type Viewer } from '../../platform/access.js';
import { CLIENT_MUTATION_ID } from '../../platform/calls.js';
import { DomainError } from '../../platform/errors.js';
import type { DraftsService } from '../../rules/drafts.service.js';
import { DraftPayload, draftPayload } from '../../rules/draftTypes.js';
import { UpdatePolicyInput } from '../../rules/policy.resolver.js';
import { UpdateDeliveryPolicyInput } from './deliveryPolicy.resolver.js';

@InputType({ description: 'A change of one setting: fill in exactly one of the fields.' })
class SettingChangeInput {
  @Field(() => UpdatePolicyInput, { nullable: true, description: 'Of the policy: how lists are made; see `policy`.' })
  policy?: UpdatePolicyInput | null;

  @Field(() => SignalWeightsInput, {
    nullable: true,
    description: 'Of the signal weights: what a thing that people do tells; see `signalWeights`.',
  })
  signalWeights?: SignalWeightsInput | null;

  @Field(() => UpdateDeliveryPolicyInput, {
    nullable: true,
    description: 'Of the delivery policy: when and how often people are reached; see `deliveryPolicy`.',
  })
  deliveryPolicy?: UpdateDeliveryPolicyInput | null;
}

/** Kinds of the settings by the names of their fields. */
const KINDS = { policy: 'policy', signalWeights: 'signal weights', deliveryPolicy: 'delivery policy' } as const;

/** Here, since the input names a setting of this feature beside those of features before it. */
@Resolver()
export class SettingDraftsResolver {
  readonly #drafts: DraftsService;

  constructor(drafts: DraftsService) {
    this.#drafts = drafts;
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => DraftPayload, {
    description:
      'Drafts a change of a setting, to be previewed, approved, published and rolled back together with rules. What is left ' +
      'out stays as it is.',
  })
  async draftSetting(
    @Arg('setting', () => SettingChangeInput, { description: 'What to change.' }) setting: SettingChangeInput,
    @Arg('basedOnVersion', () => Int, {
      nullable: true,
      description: 'Version of that setting that you have looked at; the one that counts when left out.',
    })
    basedOnVersion: number | null | undefined,
    @Arg('clientMutationId', () => ID, { nullable: true, description: CLIENT_MUTATION_ID })
    clientMutationId: string | null | undefined,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<DraftPayload> {
    const { kind, change } = changeIn(setting);
    const call = { by: nameOf(viewer), clientMutationId: clientMutationId ?? null };
    const result = await this.#drafts.draftSetting(kind, change, basedOnVersion ?? null, call);
    return await draftPayload(this.#drafts, result);
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => DraftPayload, {
    description:
      'Puts another change in place of what a draft of the same setting says. Approvals of the draft are void then.',
  })
  async updateSettingDraft(
    @Arg('draftId', () => ID, { description: 'The draft.' }) draftId: string,
    @Arg('expectedRevision', () => Int, {
      description:
        'The `revision` that you have looked at. Fails with CONFLICT, and changes nothing, when somebody has edited the ' +
        'draft since; `extensions.details` says who, what it says now and what they changed.',
    })
    expectedRevision: number,
    @Arg('setting', () => SettingChangeInput, { description: 'All that is to change.' }) setting: SettingChangeInput,
    @Arg('basedOnVersion', () => Int, {
      nullable: true,
      description:
        'Version of that setting that you have looked at, if the draft is to be based on that; left out: as before.',
    })
    basedOnVersion: number | null | undefined,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<DraftPayload> {
    const { kind, change } = changeIn(setting);
    const edit = { kind: 'SETTING', setting: kind, change } as const;
    const seen = { draftId, revision: expectedRevision };
    const result = await this.#drafts.update(seen, edit, basedOnVersion ?? null, nameOf(viewer));
    return await draftPayload(this.#drafts, result);
  }
}

/** @throws DomainError BAD_USER_INPUT unless exactly one setting is named */
function changeIn(input: SettingChangeInput): { readonly kind: string; readonly change: Record<string, unknown> } {
  const given = (Object.keys(KINDS) as (keyof typeof KINDS)[]).filter((name) => input[name] != null);
  const [name] = given;
  if (name === undefined || given.length > 1) {
    throw new DomainError('BAD_USER_INPUT', `Fill in exactly one of ${Object.keys(KINDS).join(', ')}.`, {
      argument: 'setting',
    });
  }
  return { kind: KINDS[name], change: { ...input[name] } };
}
