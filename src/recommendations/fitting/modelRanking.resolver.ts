import { Field, FieldResolver, Float, Int, ObjectType, Resolver, Root, registerEnumType } from 'type-graphql';
import { Access } from '../../platform/access/access.js';
import { GraphQLInstant } from '../../platform/graphql/dateTime.js';
import { enumOf } from '../../platform/graphql/enums.js';
import { FITTED_SIGNALS, type SignalName } from '../../rules/policy.js';
import { SignalEnum } from '../../rules/policy.resolver.js';
import { MeanIntervalType, ModelVersionType, TRAINING_READERS } from '../../training/training.resolver.js';
import { parseRanking, RANKINGS, type RankingName, type StoredRanking } from './storedRanking.js';

const RankingNameEnum = enumOf(RANKINGS);
registerEnumType(RankingNameEnum, {
  name: 'RankingName',
  description: 'A way of making a list.',
  valuesConfig: {
    MODEL: { description: 'By the scores of the model alone.' },
    DEFAULT: { description: 'By all signals, with the weights that they have before anything is fitted.' },
    FITTED: { description: 'By all signals, with the fitted weights.' },
    SERVED: { description: 'The same, varied and with its share of exploration, as under the usual policy.' },
  },
});

@ObjectType('SignalWeight', {
  simpleResolvers: true,
  description: 'What one signal is worth in the score of a course.',
})
@Access('inherit')
class SignalWeightType {
  @Field(() => SignalEnum, { description: 'The signal.' })
  signal!: SignalName;

  @Field(() => Float, { description: 'Weight of one standard deviation of the signal, at least 0; 0: it has no say.' })
  weight!: number;

  @Field(() => Float, { description: 'Standard deviation of the signal among the courses it was fitted on, above 0.' })
  scale!: number;
}

@ObjectType('ListFigures', {
  simpleResolvers: true,
  description:
    'How the first 10 places of lists made in one way did: on what learners took up after the cut, among all courses that ' +
    'they could have been recommended at the cut.',
})
@Access('inherit')
class ListFiguresType {
  @Field(() => RankingNameEnum, { description: 'How the lists were made.' })
  ranking!: RankingName;

  @Field(() => MeanIntervalType, { description: 'Normalised discounted cumulative gain at 10, 0–1.' })
  ndcg!: MeanIntervalType;

  @Field(() => MeanIntervalType, { description: 'Share of what they took up that was among the 10, 0–1.' })
  recall!: MeanIntervalType;

  @Field(() => Float, { description: 'Share of the courses open at the cut that stood in the 10 of anybody, 0–1.' })
  coverage!: number;

  @Field(() => MeanIntervalType, {
    description: 'How different two courses of a list are on average by what is written about them, 0–1.',
  })
  diversity!: MeanIntervalType;

  @Field(() => MeanIntervalType, {
    nullable: true,
    description: 'Share of a list that its largest provider takes, 0–1; null: no course names a provider.',
  })
  largestProvider!: MeanIntervalType | null;

  @Field(() => MeanIntervalType, {
    nullable: true,
    description: 'NDCG less that of the model alone, learner by learner; null for the model itself.',
  })
  overModel!: MeanIntervalType | null;
}

@ObjectType('FittedRanking', {
  simpleResolvers: true,
  description: 'What the signals of a list are worth, fitted on what learners took up after a cut in time.',
})
@Access('inherit')
class FittedRankingType {
  @Field(() => GraphQLInstant, { description: 'Where past and later part.' })
  cutAt!: Date;

  @Field(() => Int, { description: 'Learners that the weights were fitted on.' })
  fittedOnCount!: number;

  @Field(() => Int, { description: 'Other learners, on whom nothing was chosen, that the figures are measured on.' })
  measuredOnCount!: number;

  @Field(() => Boolean, {
    description: 'Whether lists are ranked with the fitted weights; false: they did worse than the usual ones.',
  })
  isUsed!: boolean;

  @Field(() => String, { description: 'Why they are used or are not.' })
  verdict!: string;

  @Field(() => [SignalWeightType], { description: 'The fitted weights, used or not.' })
  weights!: SignalWeightType[];

  @Field(() => Float, {
    description:
      'What the weight of the collaborative signal grows by as more is known of a learner: by g · n / (n + 5) for a history ' +
      'of n average interactions.',
  })
  collaborativeGrowth!: number;

  @Field(() => Float, { description: 'How strongly weights were held to those that they were fitted towards.' })
  regularisation!: number;

  @Field(() => [ListFiguresType], { description: 'The lists of the model alone, and those of the signals.' })
  measured!: ListFiguresType[];

  @Field(() => MeanIntervalType, {
    description: 'NDCG with the fitted weights less that with the usual ones, learner by learner.',
  })
  fittedOverDefault!: MeanIntervalType;
}

@Resolver(() => ModelVersionType)
export class ModelRankingResolver {
  @Access(TRAINING_READERS)
  @FieldResolver(() => FittedRankingType, {
    nullable: true,
    description: 'How lists are ranked with it; null: too little activity to fit that on, or it could not be fitted.',
  })
  ranking(@Root() version: ModelVersionType): FittedRankingType | null {
    const stored = parseRanking(version.storedRanking);
    return stored && rankingType(stored);
  }
}

function rankingType({ ranking, report }: StoredRanking): FittedRankingType {
  const { cutMs, fitted, measured, prior: _, ...said } = report;
  return {
    ...said,
    cutAt: new Date(cutMs),
    isUsed: ranking.origin === 'FITTED',
    weights: FITTED_SIGNALS.map((signal) => ({
      signal,
      weight: fitted.weights[signal],
      scale: fitted.scales[signal],
    })),
    collaborativeGrowth: fitted.collaborativeGrowth,
    measured: measured.map(({ name, ...figures }) => ({ ranking: name, ...figures })),
  };
}
