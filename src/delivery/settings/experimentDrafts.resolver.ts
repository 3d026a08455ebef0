import { Arg, Ctx, Field, Float, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import {
  DELIVERY_SETTING,
  type ExperimentMetric,
  type ExperimentMode,
  type ExperimentUnit,
  LIST_SETTING,
} from '../../experiments/experiment.js';
import { ExperimentMetricEnum, ExperimentModeEnum, ExperimentUnitEnum } from '../../experiments/experimentEnums.js';
import { EXPERIMENT_ARGUMENTS } from '../../experiments/experiments.resolver.js';
import type { ExperimentsService } from '../../experiments/experiments.service.js';
import { EXPERIMENT_WORDS, ExperimentPayload, experimentPayload } from '../../experiments/experimentTypes.js';
import type { GivenExperiment, GivenVariant } from '../../experiments/givenExperiment.js';
import { Access, nameOf, type Viewer } from '../../platform/access/access.js';
import { UpdatePolicyInput } from '../../rules/policy.resolver.js';
import { RuleAudienceInput } from '../../rules/types/ruleInputs.js';
import { UpdateDeliveryPolicyInput } from './deliveryPolicy.resolver.js';

@InputType({ description: 'What must not get worse.' })
class GuardrailInput {
  @Field(() => ExperimentMetricEnum, { description: EXPERIMENT_WORDS.metric })
  metric!: ExperimentMetric;

  @Field(() => Float, { description: EXPERIMENT_WORDS.margin })
  margin!: number;
}

@InputType({
  description: 'What some of the people get. All but the control have to change something; the control may.',
})
class VariantInput {
  @Field(() => ID, { description: EXPERIMENT_WORDS.variantId })
  id!: string;

  @Field(() => String, { description: EXPERIMENT_WORDS.variantName })
  name!: string;

  @Field(() => Boolean, { defaultValue: false, description: EXPERIMENT_WORDS.isControl })
  isControl!: boolean;

  @Field(() => Int, { defaultValue: 1, description: EXPERIMENT_WORDS.weight })
  weight!: number;

  @Field(() => UpdatePolicyInput, {
    nullable: true,
    description: 'A change of the policy, upon the version that counts when somebody is served.',
  })
  policy?: UpdatePolicyInput | null;

  @Field(() => UpdateDeliveryPolicyInput, {
    nullable: true,
    description:
      'A change of the delivery policy, likewise; without `teamShare` and `teamShareFrom`, which are about whole departments.',
  })
  deliveryPolicy?: UpdateDeliveryPolicyInput | null;

  @Field(() => Int, { nullable: true, description: EXPERIMENT_WORDS.ruleSetVersion })
  ruleSetVersion?: number | null;

  @Field(() => ID, { nullable: true, description: EXPERIMENT_WORDS.modelVersion })
  modelVersion?: string | null;
}

@InputType({ description: 'An experiment as it is to be.' })
class ExperimentInput {
  @Field(() => String, { description: EXPERIMENT_WORDS.name })
  name!: string;

  @Field(() => String, { description: EXPERIMENT_WORDS.hypothesis })
  hypothesis!: string;

  @Field(() => String, { description: EXPERIMENT_WORDS.owner })
  owner!: string;

  @Field(() => ExperimentUnitEnum, { defaultValue: 'LEARNER', description: EXPERIMENT_WORDS.unit })
  unit!: ExperimentUnit;

  @Field(() => ExperimentModeEnum, { defaultValue: 'SPLIT', description: EXPERIMENT_WORDS.mode })
  mode!: ExperimentMode;

  @Field(() => RuleAudienceInput, {
    nullable: true,
    description:
      'Whom it is for, as for rules but without `skillGap`, which the experiment itself may change. Everybody when left ' +
      'out. Held-out people and those who opted out of personal lists never take part.',
  })
  audience?: RuleAudienceInput | null;

  @Field(() => Float, { defaultValue: 100, description: EXPERIMENT_WORDS.sharePercent })
  sharePercent!: number;

  @Field(() => [VariantInput], { description: 'Two to five variants, one of them the control.' })
  variants!: VariantInput[];

  @Field(() => ExperimentMetricEnum, { description: EXPERIMENT_WORDS.primaryMetric })
  primaryMetric!: ExperimentMetric;

  @Field(() => [GuardrailInput], { defaultValue: [], description: EXPERIMENT_WORDS.guardrails })
  guardrails!: GuardrailInput[];

  @Field(() => Int, { description: EXPERIMENT_WORDS.minimumPeoplePerVariant })
  minimumPeoplePerVariant!: number;

  @Field(() => Int, { description: EXPERIMENT_WORDS.minimumDays })
  minimumDays!: number;

  @Field(() => Int, { nullable: true, description: EXPERIMENT_WORDS.plannedPeople })
  plannedPeople?: number | null;
}

/** Here, since variants name a setting of this feature beside those of features before it. */
@Resolver()
export class ExperimentDraftsResolver {
  readonly #experiments: ExperimentsService;

  constructor(experiments: ExperimentsService) {
    this.#experiments = experiments;
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => ExperimentPayload, {
    description:
      'Drafts an experiment. Nobody gets anything else yet: see `startExperiment`. Sent again, word for word, it is the ' +
      'draft that is there; anything else under its id is refused.',
  })
  async createExperiment(
    @Arg('id', () => ID, { description: 'Your own id for it; without "/".' }) id: string,
    @Arg('experiment', () => ExperimentInput, { description: 'All of it.' }) experiment: ExperimentInput,
    @Arg('reason', () => String, { description: EXPERIMENT_ARGUMENTS.reason }) reason: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<ExperimentPayload> {
    const made = await this.#experiments.create(id, givenBy(experiment), { reason, by: nameOf(viewer) });
    return experimentPayload(made);
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => ExperimentPayload, {
    description:
      'Puts something else in place of what a draft of an experiment says. What has started cannot be changed.',
  })
  async updateExperiment(
    @Arg('id', () => ID, { description: EXPERIMENT_ARGUMENTS.id }) id: string,
    @Arg('experiment', () => ExperimentInput, { description: 'All of it as it is to be.' }) experiment: ExperimentInput,
    @Arg('expectedVersion', () => Int, { description: EXPERIMENT_ARGUMENTS.expectedVersion }) expectedVersion: number,
    @Arg('reason', () => String, { description: EXPERIMENT_ARGUMENTS.reason }) reason: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<ExperimentPayload> {
    const update = { expectedVersion, reason, by: nameOf(viewer) };
    return experimentPayload(await this.#experiments.update(id, givenBy(experiment), update));
  }
}

const givenBy = ({ variants, ...rest }: ExperimentInput): GivenExperiment => ({
  ...rest,
  variants: variants.map(variantGivenBy),
});

function variantGivenBy({ policy, deliveryPolicy, ...rest }: VariantInput): GivenVariant {
  const given = [
    [LIST_SETTING, policy],
    [DELIVERY_SETTING, deliveryPolicy],
  ] as const;
  const settings = given.flatMap(([kind, change]) => (change == null ? [] : [[kind, { ...change }] as const]));
  return { ...rest, settings: Object.fromEntries(settings) };
}
