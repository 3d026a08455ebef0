import { Arg, Ctx, Field, Float, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import { SignalWeightsInput } from '../../learners/signalWeights.resolver.js';
import { Access, nameOf, type Viewer } from '../../platform/access/access.js';
import { CLIENT_MUTATION_ID } from '../../platform/calls.js';
import { DomainError } from '../../platform/errors.js';
import type { DraftsService } from '../../rules/drafts.service.js';
import { DraftPayload, draftPayload } from '../../rules/draftTypes.js';
import type { SettingEdit } from '../../rules/lifecycle/draftChanges.js';
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

  @Field(() => Float, {
    nullable: true,
    description:
      'Percentage of people whom soft rules leave alone, 0 to 50; see `ruleSet`. It is part of the rule set: versions that ' +
      'it is based on are of that.',
  })
  holdoutPercent?: number | null;
}

/** Kinds of the settings by the names of their fields; the holdout is none of them. */
const KINDS = { policy: 'policy', signalWeights: 'signal weights', deliveryPolicy: 'delivery policy' } as const;
const FIELDS = [...(Object.keys(KINDS) as (keyof typeof KINDS)[]), 'holdoutPercent'] as const;

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
    const edit = changeIn(setting);
    const call = { by: nameOf(viewer), clientMutationId: clientMutationId ?? null };
    const base = basedOnVersion ?? null;
    const result =
      edit.kind === 'HOLDOUT'
        ? await this.#drafts.draftHoldout(edit.holdoutPercent, base, call)
        : await this.#drafts.draftSetting(edit.setting, edit.change, base, call);
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
    const seen = { draftId, revision: expectedRevision };
    const result = await this.#drafts.update(seen, changeIn(setting), basedOnVersion ?? null, nameOf(viewer));
    return await draftPayload(this.#drafts, result);
  }
}

/** @throws DomainError BAD_USER_INPUT unless exactly one setting is named */
function changeIn(input: SettingChangeInput): SettingEdit {
  const given = FIELDS.filter((name) => input[name] != null);
  const [name] = given;
  if (name === undefined || given.length > 1) {
    throw new DomainError('BAD_USER_INPUT', `Fill in exactly one of ${FIELDS.join(', ')}.`, { argument: 'setting' });
  }
  if (name === 'holdoutPercent') return { kind: 'HOLDOUT', holdoutPercent: input[name] ?? 0 };
  return { kind: 'SETTING', setting: KINDS[name], change: { ...input[name] } };
}
