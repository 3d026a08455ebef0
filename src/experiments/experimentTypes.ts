import { GraphQLJSON } from 'graphql-scalars';
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { Access } from '../platform/access/access.js';
import { requestErrors, UserErrorType } from '../platform/graphql/batch.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import type { RuleAudience } from '../rules/model/rule.js';
import { RuleAudienceType } from '../rules/types/ruleTypes.js';
import {
  type Experiment,
  type ExperimentDefinition,
  type ExperimentLayer,
  type ExperimentMetric,
  type ExperimentMode,
  type ExperimentStatus,
  type ExperimentUnit,
  layersOf,
  plannedShares,
} from './experiment.js';
import {
  ExperimentLayerEnum,
  ExperimentMetricEnum,
  ExperimentModeEnum,
  ExperimentStatusEnum,
  ExperimentUnitEnum,
} from './experimentEnums.js';
import type { ExperimentResult } from './experiments.service.js';
import type { ExposureReport, VariantReport } from './exposureReport.js';

/** Said of a field that experiments have and that inputs may give. */
export const EXPERIMENT_WORDS = {
  name: 'Its name, at most 200 characters.',
  hypothesis: 'What you expect to happen and why, at most 2,000 characters.',
  owner: 'Who answers for it: a person or a team; at most 200 characters.',
  unit: 'What is drawn into a variant.',
  mode: 'How variants are compared.',
  sharePercent: 'Share of the people, or teams, of the audience that take part, 0.1 to 100.',
  primaryMetric: 'What decides.',
  guardrails: 'What must not get worse meanwhile; at most six, each metric once.',
  minimumPeoplePerVariant: 'Nothing is concluded before each variant was served to so many people, 5 to 10,000,000.',
  minimumDays: 'Nothing is concluded before so many days have passed, 1 to 365; whole weeks are best.',
  plannedPeople: 'How many people you think are needed in all, at least the minimum of every variant.',
  variantId: 'Id of the variant, your own; without "/".',
  variantName: 'Its name, at most 200 characters.',
  isControl: 'Whether the others are compared with it; exactly one is.',
  weight: 'How many people get it beside the other variants, 1 to 100: 1 and 1 are halves, 9 and 1 are 90 % and 10 %.',
  ruleSetVersion: 'A published version of the rule set that its people get instead of the one that counts.',
  modelVersion: 'A kept version of the model that its people get instead of the live one; see `modelVersions`.',
  metric: 'The metric.',
  margin: 'How much worse than with the control it may get, in the unit of the metric: 0.02 of a share is two points.',
} as const;

@ObjectType('ExperimentGuardrail', { simpleResolvers: true, description: 'What must not get worse.' })
@Access('inherit')
class GuardrailType {
  @Field(() => ExperimentMetricEnum, { description: EXPERIMENT_WORDS.metric })
  metric!: ExperimentMetric;

  @Field(() => Float, { description: EXPERIMENT_WORDS.margin })
  margin!: number;
}

@ObjectType('VariantSetting', { simpleResolvers: true, description: 'A setting that a variant changes.' })
@Access('inherit')
class VariantSettingType {
  @Field(() => String, { description: 'Which setting: `policy` or `delivery policy`.' })
  setting!: string;

  @Field(() => GraphQLJSON, {
    description: 'What it changes, upon the version that counts when somebody is served; what it leaves out stays.',
  })
  change!: unknown;
}

@ObjectType('ExperimentVariant', {
  simpleResolvers: true,
  description: 'What some of the people of an experiment get instead of what counts.',
})
@Access('inherit')
class VariantType {
  @Field(() => ID, { description: EXPERIMENT_WORDS.variantId })
  id!: string;

  @Field(() => String, { description: EXPERIMENT_WORDS.variantName })
  name!: string;

  @Field(() => Boolean, { description: EXPERIMENT_WORDS.isControl })
  isControl!: boolean;

  @Field(() => Int, { description: EXPERIMENT_WORDS.weight })
  weight!: number;

  @Field(() => Float, { description: 'Its planned share of the people, or teams, that take part, 0 to 1.' })
  plannedShare!: number;

  @Field(() => [VariantSettingType], { description: 'Settings that it changes.' })
  settings!: readonly VariantSettingType[];

  @Field(() => Int, { nullable: true, description: `${EXPERIMENT_WORDS.ruleSetVersion} Null: that one.` })
  ruleSetVersion!: number | null;

  @Field(() => ID, { nullable: true, description: `${EXPERIMENT_WORDS.modelVersion} Null: that one.` })
  modelVersion!: string | null;
}

@ObjectType('VariantExposure', {
  simpleResolvers: true,
  description:
    'Who was served a variant, as it was when they first met it. Counts are in fives and a few off, and null below five ' +
    'people and of an audience whose people are named one by one.',
})
@Access('inherit')
class VariantExposureType implements VariantReport {
  @Field(() => ID, { description: 'The variant; `interleaved`: lists drawn from both.' })
  variantId!: string;

  @Field(() => Int, { nullable: true, description: 'People.' })
  people!: number | null;

  @Field(() => Int, { nullable: true, description: 'What was drawn: people, or departments.' })
  units!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Lists, feeds and suggestions that they were served with it, at most twenty of a person, in steps that hide each. Null, ' +
      'too, below a hundred people who are picked by several groups or traits at once.',
  })
  exposures!: number | null;

  @Field(() => Float, { description: 'Planned share of the units, 0 to 1.' })
  plannedShare!: number;

  @Field(() => Float, { nullable: true, description: 'Observed share, 0 to 1; null while any count is.' })
  observedShare!: number | null;

  @Field(() => GraphQLInstant, {
    nullable: true,
    description:
      'Beginning of the week of the first exposure, UTC; null, too, of people who are picked by several groups or traits.',
  })
  firstExposedAt!: Date | null;

  @Field(() => GraphQLInstant, {
    nullable: true,
    description: 'Beginning of the week of the latest one, UTC; null likewise.',
  })
  lastExposedAt!: Date | null;
}

@ObjectType('ExperimentExposures', {
  simpleResolvers: true,
  description: 'Who was served what in an experiment, and whether that is as it was planned.',
})
@Access('inherit')
export class ExposuresType implements ExposureReport {
  @Field(() => [VariantExposureType], { description: 'Every variant, in order.' })
  variants!: readonly VariantReport[];

  @Field(() => Int, {
    nullable: true,
    description:
      'People who met more than one variant, since their department changed; they count for the first. In fives; null ' +
      'below five.',
  })
  crossedOver!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'How likely shares at least as far from the plan are if drawing works: the χ² test of the sample ratio, of the ' +
      'units as they are told, two digits. Null while fewer than ten units are expected in any variant.',
  })
  sampleRatioPValue!: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'True (p below 0.001): something else than the drawing decides who is counted, so do not trust the results. Null: ' +
      'cannot tell yet.',
  })
  isSampleRatioMismatch!: boolean | null;
}

@ObjectType('Experiment', {
  simpleResolvers: true,
  description: 'A comparison of ways of serving people who are drawn at random.',
})
@Access('inherit')
export class ExperimentType {
  @Field(() => ID, { description: 'Your own id of it.' })
  id!: string;

  @Field(() => ExperimentStatusEnum, { description: 'How far it is.' })
  status!: ExperimentStatus;

  @Field(() => Int, { description: 'One more with each change; name it when you change the experiment.' })
  version!: number;

  @Field(() => String, { description: EXPERIMENT_WORDS.name })
  name!: string;

  @Field(() => String, { description: EXPERIMENT_WORDS.hypothesis })
  hypothesis!: string;

  @Field(() => String, { description: EXPERIMENT_WORDS.owner })
  owner!: string;

  @Field(() => ExperimentUnitEnum, { description: EXPERIMENT_WORDS.unit })
  unit!: ExperimentUnit;

  @Field(() => ExperimentModeEnum, { description: EXPERIMENT_WORDS.mode })
  mode!: ExperimentMode;

  @Field(() => [ExperimentLayerEnum], { description: 'What its variants change.' })
  layers!: readonly ExperimentLayer[];

  @Field(() => RuleAudienceType, { description: 'Whom it is for. Nothing filled in: everybody.' })
  audience!: RuleAudience;

  @Field(() => Float, { description: EXPERIMENT_WORDS.sharePercent })
  sharePercent!: number;

  @Field(() => [VariantType], { description: 'Its variants.' })
  variants!: readonly VariantType[];

  @Field(() => ExperimentMetricEnum, { description: EXPERIMENT_WORDS.primaryMetric })
  primaryMetric!: ExperimentMetric;

  @Field(() => [GuardrailType], { description: EXPERIMENT_WORDS.guardrails })
  guardrails!: readonly GuardrailType[];

  @Field(() => Int, { description: EXPERIMENT_WORDS.minimumPeoplePerVariant })
  minimumPeoplePerVariant!: number;

  @Field(() => Int, { description: EXPERIMENT_WORDS.minimumDays })
  minimumDays!: number;

  @Field(() => Int, { nullable: true, description: EXPERIMENT_WORDS.plannedPeople })
  plannedPeople!: number | null;

  @Field(() => String, { description: 'The person or key that made it: `person <id>` or `key <id>`.' })
  createdBy!: string;

  @Field(() => GraphQLInstant, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When it started; null: it has not.' })
  startedAt!: Date | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When it ended; null: it has not.' })
  endedAt!: Date | null;

  @Field(() => ID, { nullable: true, description: 'The variant that was shipped; null: none was.' })
  shippedVariantId!: string | null;

  @Field(() => String, { description: 'Why it was changed last, in the words of whoever did it; see also `auditLog`.' })
  reason!: string;

  /** Not shown. */
  stored!: Experiment;
}

/** The experiment as it is shown. */
export function experimentType(experiment: Experiment): ExperimentType {
  const { definition, shipped } = experiment;
  return {
    ...experiment,
    ...definition,
    layers: layersOf(definition),
    variants: variantTypes(definition),
    shippedVariantId: shipped?.variantId ?? null,
    stored: experiment,
  };
}

function variantTypes({ variants }: ExperimentDefinition): VariantType[] {
  const shares = plannedShares(variants);
  return variants.map((variant, i) => ({
    ...variant,
    plannedShare: shares[i] ?? 0,
    settings: Object.entries(variant.settings).map(([setting, change]) => ({ setting, change })),
  }));
}

@ObjectType({ simpleResolvers: true, description: 'What became of a change to an experiment.' })
@Access('inherit')
export class ExperimentPayload {
  @Field(() => ExperimentType, {
    nullable: true,
    description: 'The experiment as it is now; null when nothing was changed.',
  })
  experiment!: ExperimentType | null;

  @Field(() => [UserErrorType], { description: 'What has to be put right first; then nothing was changed.' })
  userErrors!: readonly UserErrorType[];
}

export const experimentPayload = ({ experiment, errors }: ExperimentResult): ExperimentPayload => ({
  experiment: experiment && experimentType(experiment),
  userErrors: requestErrors(errors),
});

@ObjectType('ExperimentAssignment', {
  simpleResolvers: true,
  description: 'What somebody gets in an experiment. It stays the same for as long as the experiment runs.',
})
@Access('inherit')
export class AssignmentType {
  @Field(() => ID, { description: 'The experiment.' })
  experimentId!: string;

  @Field(() => ID, { description: 'The learner.' })
  learnerId!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'The variant; `interleaved`: lists drawn from both. Null: the experiment does not run, or they take no part in it: ' +
      'they are not in its audience or share, are held out from everything, or opted out of personal lists.',
  })
  variantId!: string | null;
}
