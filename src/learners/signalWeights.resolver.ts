import { Arg, Ctx, Field, Float, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { Access, nameOf, requireSelf, type Viewer } from '../platform/access/access.js';
import { requestErrors, UserErrorType } from '../platform/graphql/batch.js';
import { clampFirst } from '../platform/graphql/connection.js';
import { requireIds } from '../platform/rowChecks.js';
import { SettingChangeType } from '../platform/settings/settingChange.js';
import type { ConfidenceWeights } from './confidence.js';
import type { LearnersService } from './learners.service.js';
import type { PreviewedConfidence } from './signalWeights.js';
import type { SignalWeightsService, SignalWeightsVersion } from './signalWeights.service.js';

const MEANING: Readonly<Record<keyof ConfidenceWeights, string>> = {
  completed: 'Completing or passing a course, 0.1 to 1.',
  progressed: 'Full progress without completing, 0 to 1; less progress counts in proportion.',
  saved: 'Saving or sharing a course, 0 to 1.',
  started: 'Starting a course, 0 to 1.',
  viewedOnce: 'Looking at a course once, 0 to 1.',
  viewedAgain: 'Looking at a course more than once, 0 to 1.',
  abandoned: 'Giving a course up at the very beginning, −1 to 0; the further they got, the less it counts.',
  dismissed: 'Not wanting to be shown a course, −1 to 0.',
  halfLifeDays: 'Days in which what somebody did loses half of its weight beside what they did last, 1 to 3,650.',
};

@ObjectType('SignalWeights', {
  simpleResolvers: true,
  description:
    'How much each thing that a learner does with a course tells about their wishes. The yardstick is a rating, which ' +
    'counts from −1 to 1 as it is. Versions never change.',
})
@Access('inherit')
class SignalWeightsType implements ConfidenceWeights {
  @Field(() => Int, { description: 'Number of the version; 0: nobody has changed the weights yet.' })
  version!: number;

  @Field(() => Float, { description: MEANING.completed })
  completed!: number;

  @Field(() => Float, { description: MEANING.progressed })
  progressed!: number;

  @Field(() => Float, { description: MEANING.saved })
  saved!: number;

  @Field(() => Float, { description: MEANING.started })
  started!: number;

  @Field(() => Float, { description: MEANING.viewedOnce })
  viewedOnce!: number;

  @Field(() => Float, { description: MEANING.viewedAgain })
  viewedAgain!: number;

  @Field(() => Float, { description: MEANING.abandoned })
  abandoned!: number;

  @Field(() => Float, { description: MEANING.dismissed })
  dismissed!: number;

  @Field(() => Float, { description: MEANING.halfLifeDays })
  halfLifeDays!: number;

  @Field(() => SettingChangeType, { nullable: true, description: 'Who made it, when and why; null for version 0.' })
  change!: SettingChangeType | null;
}

@InputType({ description: 'Weights to change; what is left out stays as it is.' })
export class SignalWeightsInput {
  @Field(() => Float, { nullable: true, description: MEANING.completed })
  completed?: number | null;

  @Field(() => Float, { nullable: true, description: MEANING.progressed })
  progressed?: number | null;

  @Field(() => Float, { nullable: true, description: MEANING.saved })
  saved?: number | null;

  @Field(() => Float, { nullable: true, description: MEANING.started })
  started?: number | null;

  @Field(() => Float, { nullable: true, description: MEANING.viewedOnce })
  viewedOnce?: number | null;

  @Field(() => Float, { nullable: true, description: MEANING.viewedAgain })
  viewedAgain?: number | null;

  @Field(() => Float, { nullable: true, description: MEANING.abandoned })
  abandoned?: number | null;

  @Field(() => Float, { nullable: true, description: MEANING.dismissed })
  dismissed?: number | null;

  @Field(() => Float, { nullable: true, description: MEANING.halfLifeDays })
  halfLifeDays?: number | null;
}

@ObjectType({ simpleResolvers: true, description: 'What became of a change to the signal weights.' })
@Access('inherit')
class UpdateSignalWeightsPayload {
  @Field(() => SignalWeightsType, { nullable: true, description: 'The new version; null when nothing was changed.' })
  signalWeights!: SignalWeightsType | null;

  @Field(() => [UserErrorType], { description: 'What has to be put right first; then nothing was changed.' })
  userErrors!: readonly UserErrorType[];
}

@ObjectType('PreviewedConfidence', {
  simpleResolvers: true,
  description: 'What one course in a history tells of the learner’s wishes: above 0 wanted, below 0 not, 0 nothing.',
})
@Access('inherit')
class PreviewedConfidenceType {
  @Field(() => ID, { description: 'Id of the course.' })
  courseId!: string;

  @Field(() => Float, { description: 'By the weights that count now.' })
  now!: number;

  @Field(() => Float, { description: 'By the draft.' })
  draft!: number;
}

@ObjectType({ simpleResolvers: true, description: 'What a change of the signal weights would do to one history.' })
@Access('inherit')
class SignalWeightsPreview {
  @Field(() => [PreviewedConfidenceType], {
    description: 'The courses of the history, those first whose confidence would change the most.',
  })
  courses!: readonly PreviewedConfidence[];

  @Field(() => [UserErrorType], { description: 'What has to be put right in the draft first.' })
  userErrors!: readonly UserErrorType[];
}

@Resolver()
export class SignalWeightsResolver {
  readonly #weights: SignalWeightsService;
  readonly #learners: LearnersService;

  constructor(weights: SignalWeightsService, learners: LearnersService) {
    this.#weights = weights;
    this.#learners = learners;
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => SignalWeightsType, {
    description: 'How much each thing that a learner does tells: the weights that count, or some of before.',
  })
  async signalWeights(
    @Arg('version', () => Int, { nullable: true, description: 'Which version; the one that counts when left out.' })
    version: number | null | undefined,
  ): Promise<SignalWeightsType> {
    return weightsType(version == null ? this.#weights.current : await this.#weights.at(version));
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => [SignalWeightsType], {
    description: 'All that the signal weights have been, newest first; version 0 is not among them.',
  })
  async signalWeightsVersions(
    @Arg('first', () => Int, { nullable: true, description: 'How many; 10 when left out, at most 100.' })
    first: number | null | undefined,
  ): Promise<SignalWeightsType[]> {
    return (await this.#weights.versions(clampFirst(first))).map(weightsType);
  }

  @Access({ roles: ['LD_EDITOR'], learnerArg: 'learnerId' })
  @Query(() => SignalWeightsPreview, {
    description:
      'What a change of the signal weights would do to one history, without making it. It shows what that learner did, so ' +
      'L&D staff may try it on themselves only, administrators on anybody.',
  })
  async previewSignalWeights(
    @Arg('input', () => SignalWeightsInput, { description: 'The draft.' }) input: SignalWeightsInput,
    @Arg('learnerId', () => ID, { description: 'Your own id of the learner.' }) learnerId: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<SignalWeightsPreview> {
    requireSelf(viewer, learnerId);
    requireIds('learnerId', [learnerId]);
    const { courses, errors } = await this.#learners.previewSignalWeights(input, learnerId);
    return { courses, userErrors: requestErrors(errors) };
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => UpdateSignalWeightsPayload, {
    description:
      'Changes how much each thing that a learner does tells: from the next list on, and in the model from its next ' +
      'training on; where training is scheduled, one follows within minutes. Fails with CONFLICT, and changes ' +
      'nothing, when somebody else has changed the weights since the version that you name; `extensions.details` then says what counts now.',
  })
  async updateSignalWeights(
    @Arg('input', () => SignalWeightsInput, { description: 'What to change.' }) input: SignalWeightsInput,
    @Arg('expectedVersion', () => Int, { description: 'The version that you have seen and want to change.' })
    expectedVersion: number,
    @Arg('reason', () => String, { description: 'Why, for whoever reads the history; at most 500 characters.' })
    reason: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<UpdateSignalWeightsPayload> {
    const update = { expectedVersion, reason, by: nameOf(viewer) };
    const { made, errors } = await this.#weights.update(input, update);
    return { signalWeights: made && weightsType(made), userErrors: requestErrors(errors) };
  }
}

function weightsType({ version, weights, change }: SignalWeightsVersion): SignalWeightsType {
  return { version, ...weights, change };
}
