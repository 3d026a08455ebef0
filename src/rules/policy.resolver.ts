import {
  Arg,
  Ctx,
  Field,
  Float,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  registerEnumType,
} from 'type-graphql';
import { Access, nameOf, type Viewer } from '../platform/access/access.js';
import { requestErrors, UserErrorType } from '../platform/graphql/batch.js';
import { clampFirst } from '../platform/graphql/connection.js';
import { SettingChangeType } from '../platform/settings/settingChange.js';
import { SIGNALS, type SignalName } from './policy.js';
import type { PolicyService, PolicyVersion } from './policy.service.js';

/** As the API spells them: `skillGap` is SKILL_GAP. */
export const SignalEnum = Object.fromEntries(
  SIGNALS.map((signal) => [signal.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase(), signal]),
) as Readonly<Record<string, SignalName>>;
registerEnumType(SignalEnum, {
  name: 'Signal',
  description: 'What can put a course ahead of another in a list.',
  valuesConfig: {
    COLLABORATIVE: { description: 'People who did what this learner did take it up.' },
    SKILL_GAP: { description: 'It teaches what the role or the target role needs and the learner is short of.' },
    ROLE: { description: 'It fits the role, or the target role, whatever the learner can already do.' },
    GOAL: {
      description: 'It serves a goal that the learner is among the audience of; its weight is agreed and not fitted.',
    },
    PEERS: { description: 'People of the same department, role or location take it up more than others do.' },
    SEARCH: { description: 'It answers what the learner searched for lately.' },
    FORMAT: { description: 'It is of a kind that the learner finishes.' },
    LENGTH: { description: 'It is about as long as what the learner finishes.' },
    LEVEL: { description: 'It is about as advanced as the learner is.' },
    LANGUAGE: { description: 'It is in the language that the learner prefers among those they understand.' },
    PROVIDER: { description: 'It comes from a provider whose courses the learner finishes.' },
    POPULARITY: { description: 'Many people here take it up.' },
    TRENDING: { description: 'More people take it up now than a month ago.' },
    FRESHNESS: { description: 'It is new.' },
  },
});

@ObjectType('SignalStrength', { simpleResolvers: true, description: 'How much a signal counts.' })
@Access('inherit')
class SignalStrengthType {
  @Field(() => SignalEnum, { description: 'The signal.' })
  signal!: SignalName;

  @Field(() => Float, {
    description: 'Multiplies the fitted weight of the signal, 0 to 3: 0 switches it off, 1 leaves it as it was fitted.',
  })
  strength!: number;
}

@ObjectType('Policy', { simpleResolvers: true, description: 'How L&D wants lists to be made. Versions never change.' })
@Access('inherit')
export class PolicyType {
  @Field(() => Int, { description: 'Number of the version; 0: nobody has changed the policy yet.' })
  version!: number;

  @Field(() => [SignalStrengthType], { description: 'How much each signal counts, in a fixed order.' })
  strengths!: readonly SignalStrengthType[];

  @Field(() => Float, {
    description:
      'How varied lists are, 0 to 1: 0 orders by score alone; the more, the further courses move up that are unlike those before them, and those that fewer people have taken up.',
  })
  diversity!: number;

  @Field(() => Float, {
    description: 'Share of places given to new courses that have not had their chance yet, 0 to 0.2.',
  })
  explorationShare!: number;

  @Field(() => SettingChangeType, { nullable: true, description: 'Who made it, when and why; null for version 0.' })
  change!: SettingChangeType | null;
}

@InputType({ description: 'How much a signal is to count.' })
class SignalStrengthInput {
  @Field(() => SignalEnum, { description: 'The signal.' })
  signal!: SignalName;

  @Field(() => Float, { description: '0 to 3: 0 switches it off, 1 leaves it as it was fitted.' })
  strength!: number;
}

@InputType({ description: 'What to change in the policy; what is left out stays as it is.' })
export class UpdatePolicyInput {
  @Field(() => [SignalStrengthInput], {
    nullable: true,
    description: 'Signals to change, each once; the others stay as strong as they are.',
  })
  strengths?: SignalStrengthInput[] | null;

  @Field(() => Float, {
    nullable: true,
    description: '0: by score alone, to 1: as varied as possible, in each list and between them.',
  })
  diversity?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of places for new courses that have not had their chance yet, 0 to 0.2.',
  })
  explorationShare?: number | null;
}

@ObjectType({ simpleResolvers: true, description: 'What became of a change to the policy.' })
@Access('inherit')
class UpdatePolicyPayload {
  @Field(() => PolicyType, { nullable: true, description: 'The new version; null when nothing was changed.' })
  policy!: PolicyType | null;

  @Field(() => [UserErrorType], { description: 'What has to be put right first; then nothing was changed.' })
  userErrors!: readonly UserErrorType[];
}

@Resolver()
export class PolicyResolver {
  readonly #policies: PolicyService;

  constructor(policies: PolicyService) {
    this.#policies = policies;
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => PolicyType, { description: 'How lists are made: the policy that counts, or one of before.' })
  async policy(
    @Arg('version', () => Int, { nullable: true, description: 'Which version; the one that counts when left out.' })
    version: number | null | undefined,
  ): Promise<PolicyType> {
    return policyType(version == null ? this.#policies.current : await this.#policies.at(version));
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => [PolicyType], {
    description: 'All that the policy has been, newest first; version 0 is not among them.',
  })
  async policyVersions(
    @Arg('first', () => Int, { nullable: true, description: 'How many; 10 when left out, at most 100.' })
    first: number | null | undefined,
  ): Promise<PolicyType[]> {
    return (await this.#policies.versions(clampFirst(first))).map(policyType);
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => UpdatePolicyPayload, {
    description:
      'Changes how lists are made, from the next list on. Fails with CONFLICT, and changes nothing, when somebody else has ' +
      'changed the policy since the version that you name; `extensions.details` then says what counts now.',
  })
  async updatePolicy(
    @Arg('input', () => UpdatePolicyInput, { description: 'What to change.' }) input: UpdatePolicyInput,
    @Arg('expectedVersion', () => Int, { description: 'The version that you have seen and want to change.' })
    expectedVersion: number,
    @Arg('reason', () => String, { description: 'Why, for whoever reads the history; at most 500 characters.' })
    reason: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<UpdatePolicyPayload> {
    const { made, errors } = await this.#policies.update(input, { expectedVersion, reason, by: nameOf(viewer) });
    return { policy: made && policyType(made), userErrors: requestErrors(errors) };
  }
}

function policyType({ strengths, ...policy }: PolicyVersion): PolicyType {
  return { ...policy, strengths: SIGNALS.map((signal) => ({ signal, strength: strengths[signal] })) };
}
