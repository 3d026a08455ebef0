import { Arg, Ctx, Field, Float, ID, Int, Mutation, ObjectType, Query, Resolver, registerEnumType } from 'type-graphql';
import { Access, type Viewer } from '../platform/access/access.js';
import { clampFirst } from '../platform/graphql/connection.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import { enumOf } from '../platform/graphql/enums.js';
import type { JobProgress, JobRow, JobStatus } from '../platform/jobs/jobs.js';
import { JobProgressType, JobStatusEnum } from '../platform/jobs/jobTypes.js';
import type { HoldoutReport } from './model.js';
import type { TrainingService } from './training.service.js';
import { MODEL_STATUSES, type ModelStatus, type ModelVersionSummary } from './training.store.js';

const ModelStatusEnum = enumOf(MODEL_STATUSES);
registerEnumType(ModelStatusEnum, {
  name: 'ModelStatus',
  description: 'What became of a model version.',
  valuesConfig: {
    LIVE: { description: 'Recommendations are made with it.' },
    RETIRED: { description: 'It was live once; a newer one took its place.' },
    REJECTED: { description: 'It was no better than what is simpler, so it never went live.' },
  },
});

@ObjectType('TrainingRun', { simpleResolvers: true, description: 'One request to train a model.' })
@Access('inherit')
class TrainingRunType {
  @Field(() => ID, { description: 'Id of the run.' })
  id!: string;

  @Field(() => JobStatusEnum, { description: 'How far it is.' })
  status!: JobStatus;

  @Field(() => GraphQLInstant, { description: 'When it was asked for.' })
  requestedAt!: Date;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When it began; null while it waits.' })
  startedAt!: Date | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When it ended; null before that.' })
  finishedAt!: Date | null;

  @Field(() => JobProgressType, { nullable: true, description: 'The present step; null while it waits.' })
  progress!: JobProgress | null;

  @Field(() => String, { nullable: true, description: 'Why it failed; null unless it did.' })
  error!: string | null;

  @Field(() => ID, { nullable: true, description: 'The model version that came of it; null before that.' })
  modelVersion!: string | null;
}

@ObjectType('MeanInterval', { simpleResolvers: true, description: 'A mean over learners with its 95 % interval.' })
@Access('inherit')
export class MeanIntervalType {
  @Field(() => Float, { description: 'The mean.' })
  mean!: number;

  @Field(() => Float, { description: 'Lower end of the interval.' })
  low!: number;

  @Field(() => Float, { description: 'Upper end of the interval.' })
  high!: number;
}

@ObjectType('RankingFigures', {
  simpleResolvers: true,
  description:
    'How well a way of ranking found what learners took up later, among the first 10 of the whole catalogue.',
})
@Access('inherit')
class RankingFiguresType {
  @Field(() => MeanIntervalType, {
    nullable: true,
    description: 'Normalised discounted cumulative gain at 10, 0–1; null: nobody to measure on.',
  })
  ndcg!: MeanIntervalType | null;

  @Field(() => MeanIntervalType, {
    nullable: true,
    description: 'Share of what they took up that was among the 10, 0–1; null: nobody to measure on.',
  })
  recall!: MeanIntervalType | null;

  @Field(() => Float, { description: 'Share of the catalogue that was recommended to anybody, 0–1.' })
  coverage!: number;
}

const FamilyNameEnum = enumOf(['IALS', 'EASE', 'ITEMKNN', 'SEQUENCE', 'CONTENT', 'POPULARITY'] as const);
type FamilyNameValue = keyof typeof FamilyNameEnum;
registerEnumType(FamilyNameEnum, {
  name: 'ModelFamily',
  description: 'A way of recommending.',
  valuesConfig: {
    IALS: { description: 'Factors of learners and courses, by implicit alternating least squares.' },
    EASE: { description: 'A linear model of each course by all others (EASE^R).' },
    ITEMKNN: { description: 'Courses that the same people take (shrunk cosine).' },
    SEQUENCE: { description: 'What people take next after what they just took.' },
    CONTENT: { description: 'Courses like those of the history by title, description, skills and subject.' },
    POPULARITY: { description: 'What many people took of late.' },
  },
});

@ObjectType('FamilyFigures', { simpleResolvers: true, description: 'How one way of recommending did by itself.' })
@Access('inherit')
class FamilyFiguresType {
  @Field(() => FamilyNameEnum, { description: 'Which.' })
  family!: FamilyNameValue;

  @Field(() => RankingFiguresType, { description: 'Its figures.' })
  figures!: RankingFiguresType;

  @Field(() => MeanIntervalType, {
    nullable: true,
    description: 'NDCG of the blend less its own, learner by learner; null: not recorded.',
  })
  blendOver!: MeanIntervalType | null;
}

@ObjectType('HoldoutFigures', {
  simpleResolvers: true,
  description: 'A model fitted on the past, measured on what came after.',
})
@Access('inherit')
class HoldoutFiguresType {
  @Field(() => GraphQLInstant, { description: 'Where past and later part.' })
  cutAt!: Date;

  @Field(() => Int, { description: 'Learners that the figures are measured on.' })
  learnerCount!: number;

  @Field(() => RankingFiguresType, { description: 'Ranking by popularity alone: what a model has to beat.' })
  popularity!: RankingFiguresType;

  @Field(() => RankingFiguresType, { description: 'Collaborative filtering by factors (iALS) alone.' })
  collaborative!: RankingFiguresType;

  @Field(() => RankingFiguresType, { description: 'All of them together, as they are served.' })
  blend!: RankingFiguresType;

  @Field(() => MeanIntervalType, { description: 'NDCG of the blend less that of popularity, learner by learner.' })
  blendOverPopularity!: MeanIntervalType;

  @Field(() => [FamilyFiguresType], { description: 'Each way of recommending that was fitted, by itself.' })
  families!: FamilyFiguresType[];

  @Field(() => MeanIntervalType, {
    nullable: true,
    description:
      'NDCG of the blend less that of the settings of the model that was live, both fitted on the same past, learner by ' +
      'learner; null when none was live.',
  })
  overLive!: MeanIntervalType | null;
}

@ObjectType('ModelVersion', { simpleResolvers: true, description: 'A trained model with its figures.' })
@Access('inherit')
export class ModelVersionType {
  @Field(() => ID, { description: 'Id of the version.' })
  id!: string;

  @Field(() => ModelStatusEnum, { description: 'What became of it.' })
  status!: ModelStatus;

  @Field(() => GraphQLInstant, { description: 'The moment up to which activity was used.' })
  trainedAt!: Date;

  @Field(() => String, { description: 'Why it went live or did not.' })
  verdict!: string;

  @Field(() => HoldoutFiguresType, {
    nullable: true,
    description: 'Its figures; null: too little activity to measure.',
  })
  holdout!: HoldoutFiguresType | null;

  /** For the feature that ranks lists, which adds a field of its own. */
  storedRanking!: unknown;
}

export const TRAINING_READERS = { roles: ['LD_EDITOR', 'LD_ANALYST'], scopes: ['TRAIN'] } as const;

@Resolver()
export class TrainingResolver {
  readonly #training: TrainingService;

  constructor(training: TrainingService) {
    this.#training = training;
  }

  @Access({ roles: ['LD_EDITOR'], scopes: ['TRAIN'] })
  @Mutation(() => TrainingRunType, {
    description:
      'Trains a model on everything recorded so far, in the background; ask `trainingRun` how far it is. Asking while a run ' +
      'waits returns that run. Serving goes on with the present model, which stays if the new one is no better.',
  })
  async trainModel(@Ctx('viewer') viewer: Viewer): Promise<TrainingRunType> {
    const requestedBy = viewer.kind === 'KEY' ? `key ${viewer.keyId}` : viewer.kind === 'PERSON' ? 'staff' : 'nobody';
    return runType(await this.#training.request(requestedBy));
  }

  @Access(TRAINING_READERS)
  @Query(() => TrainingRunType, {
    nullable: true,
    description: 'One training run; null when there is none with this id.',
  })
  async trainingRun(
    @Arg('id', () => ID, { description: 'Id of the run, from `trainModel`.' }) id: string,
  ): Promise<TrainingRunType | null> {
    const job = /^\d{1,18}$/.test(id) ? await this.#training.run(id) : null;
    return job === null ? null : runType(job);
  }

  @Access(TRAINING_READERS)
  @Query(() => [ModelVersionType], { description: 'Model versions, newest first.' })
  async modelVersions(
    @Arg('first', () => Int, { nullable: true, description: 'How many; 10 when left out, at most 100.' })
    first: number | null | undefined,
  ): Promise<ModelVersionType[]> {
    return (await this.#training.versions(clampFirst(first))).map(versionType);
  }
}

function runType(job: JobRow): TrainingRunType {
  const result = job.result as { readonly id?: string } | null;
  return {
    id: job.id,
    status: job.status,
    requestedAt: job.requestedAt,
    startedAt: job.startedAt,
    finishedAt: job.finishedAt,
    progress: job.progress,
    error: job.error,
    modelVersion: result?.id ?? null,
  };
}

function versionType(version: ModelVersionSummary): ModelVersionType {
  const { holdout } = version.metrics;
  return {
    id: version.id,
    status: version.status,
    trainedAt: version.trainedAt,
    verdict: version.verdict,
    holdout: holdout && figuresType(holdout),
    storedRanking: version.ranking,
  };
}

type Measured = HoldoutReport['measured'][number];

function figuresType(holdout: HoldoutReport): HoldoutFiguresType | null {
  const of = (name: Measured['name']): Measured | undefined => holdout.measured.find((one) => one.name === name);
  const blend = of('blend');
  const popularity = of('popularity');
  const collaborative = of('ials');
  if (blend === undefined || collaborative === undefined) return null;
  if (popularity === undefined || popularity.blendOver === null) return null;
  return {
    cutAt: new Date(holdout.cutMs),
    learnerCount: holdout.measuredOnCount,
    popularity: popularity.figures,
    collaborative: collaborative.figures,
    blend: blend.figures,
    blendOverPopularity: popularity.blendOver,
    families: holdout.measured.flatMap(({ name, figures, blendOver }) =>
      name === 'blend' ? [] : [{ family: name.toUpperCase() as FamilyNameValue, figures, blendOver }],
    ),
    overLive: holdout.overLive,
  };
}
