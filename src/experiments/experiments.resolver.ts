import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Access, nameOf, type Viewer } from '../platform/access/access.js';
import { clampFirst } from '../platform/graphql/connection.js';
import { EXPERIMENT_STATUSES, type ExperimentStatus } from './experiment.js';
import { ExperimentStatusEnum } from './experimentEnums.js';
import type { ExperimentAssignment, ExperimentsService } from './experiments.service.js';
import {
  AssignmentType,
  ExperimentPayload,
  ExperimentType,
  ExposuresType,
  experimentPayload,
  experimentType,
} from './experimentTypes.js';
import type { ExposureReport } from './exposureReport.js';

export const EXPERIMENT_ARGUMENTS = {
  id: 'The experiment.',
  expectedVersion:
    'The `version` that you have seen. Fails with CONFLICT, and changes nothing, when somebody has changed the experiment ' +
    'since.',
  reason: 'Why, for whoever reads the history; at most 500 characters.',
} as const;

@Resolver(() => ExperimentType)
export class ExperimentsResolver {
  readonly #experiments: ExperimentsService;

  constructor(experiments: ExperimentsService) {
    this.#experiments = experiments;
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => ExperimentType, { description: 'One experiment.' })
  async experiment(@Arg('id', () => ID, { description: EXPERIMENT_ARGUMENTS.id }) id: string): Promise<ExperimentType> {
    return experimentType(await this.#experiments.experiment(id));
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => [ExperimentType], { description: 'Experiments, newest first.' })
  async experiments(
    @Arg('statuses', () => [ExperimentStatusEnum], {
      nullable: true,
      description: 'Only those that are so far; all when left out.',
    })
    statuses: ExperimentStatus[] | null | undefined,
    @Arg('first', () => Int, { nullable: true, description: 'How many; 10 when left out, at most 100.' })
    first: number | null | undefined,
  ): Promise<ExperimentType[]> {
    const found = await this.#experiments.experiments(statuses ?? EXPERIMENT_STATUSES, clampFirst(first));
    return found.map(experimentType);
  }

  @FieldResolver(() => ExposuresType, {
    description: 'Who was served what, and whether that is as it was planned.',
  })
  async exposures(@Root() { stored }: ExperimentType): Promise<ExposureReport> {
    return await this.#experiments.exposures(stored);
  }

  @Access({ roles: ['LEARNER'], scopes: ['RECOMMEND'], learnerArg: 'learnerId' })
  @Query(() => AssignmentType, {
    description:
      'The variant that somebody gets in an experiment, for portals that take part in it. Nothing is recorded.',
  })
  async assignment(
    @Arg('experimentId', () => ID, { description: EXPERIMENT_ARGUMENTS.id }) experimentId: string,
    @Arg('learnerId', () => ID, { description: 'The learner; learners may ask for themselves only.' })
    learnerId: string,
  ): Promise<ExperimentAssignment> {
    return await this.#experiments.assignment(experimentId, learnerId);
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => ExperimentPayload, {
    description:
      'Starts a draft: people are drawn from now on, within two seconds in every process, and the experiment can no longer ' +
      'be changed. Refused beside a running experiment that changes the same layer, lists or deliveries, for some of the ' +
      'same people: their audiences must name different departments, roles, locations or people. Experiments of different ' +
      'layers draw independently. Where changes of settings need a second person, whoever defined it cannot start it.',
  })
  async startExperiment(
    @Arg('id', () => ID, { description: EXPERIMENT_ARGUMENTS.id }) id: string,
    @Arg('expectedVersion', () => Int, { description: EXPERIMENT_ARGUMENTS.expectedVersion }) expectedVersion: number,
    @Arg('reason', () => String, { description: EXPERIMENT_ARGUMENTS.reason }) reason: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<ExperimentPayload> {
    return experimentPayload(await this.#experiments.start(id, { expectedVersion, reason, by: nameOf(viewer) }));
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => ExperimentPayload, {
    description: 'Ends a running experiment: everybody gets what counts for all. What was measured stays.',
  })
  async stopExperiment(
    @Arg('id', () => ID, { description: EXPERIMENT_ARGUMENTS.id }) id: string,
    @Arg('expectedVersion', () => Int, { description: EXPERIMENT_ARGUMENTS.expectedVersion }) expectedVersion: number,
    @Arg('reason', () => String, { description: EXPERIMENT_ARGUMENTS.reason }) reason: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<ExperimentPayload> {
    return experimentPayload(await this.#experiments.stop(id, { expectedVersion, reason, by: nameOf(viewer) }));
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => ExperimentPayload, {
    description:
      'Makes what a variant changes count for everybody: a new version of each setting, its rules published once more, its ' +
      'model live until a training replaces it. Ends the experiment if it runs. Where changes of settings need a second ' +
      'person, whoever defined the experiment cannot ship it.',
  })
  async shipVariant(
    @Arg('id', () => ID, { description: EXPERIMENT_ARGUMENTS.id }) id: string,
    @Arg('variantId', () => ID, { description: 'The variant.' }) variantId: string,
    @Arg('expectedVersion', () => Int, { description: EXPERIMENT_ARGUMENTS.expectedVersion }) expectedVersion: number,
    @Arg('reason', () => String, { description: EXPERIMENT_ARGUMENTS.reason }) reason: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<ExperimentPayload> {
    const update = { expectedVersion, reason, by: nameOf(viewer) };
    return experimentPayload(await this.#experiments.ship(id, variantId, update));
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => ExperimentPayload, {
    description:
      'Ends an experiment for good with what counted before it, also when a variant was shipped. Fails with CONFLICT, and ' +
      'changes nothing, when somebody has since changed what shipping changed.',
  })
  async rollBackExperiment(
    @Arg('id', () => ID, { description: EXPERIMENT_ARGUMENTS.id }) id: string,
    @Arg('expectedVersion', () => Int, { description: EXPERIMENT_ARGUMENTS.expectedVersion }) expectedVersion: number,
    @Arg('reason', () => String, { description: EXPERIMENT_ARGUMENTS.reason }) reason: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<ExperimentPayload> {
    return experimentPayload(await this.#experiments.rollBack(id, { expectedVersion, reason, by: nameOf(viewer) }));
  }
}
