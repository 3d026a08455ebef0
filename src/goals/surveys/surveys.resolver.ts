import { Arg, Field, Float, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { Access } from '../../platform/access/access.js';
import { requireBatchSize } from '../../platform/graphql/batch.js';
import { GraphQLInstant } from '../../platform/graphql/dateTime.js';
import { RecordPayload, recordPayload } from '../recordPayload.js';
import type { SurveyAnswerInput, SurveyScaleInput } from './surveyAnswer.js';
import type { FeedbackSummary, SurveysService } from './surveys.service.js';

@InputType({
  description: 'An answer on a scale of the survey’s own. It is kept as it is, beside the score it comes to.',
})
class FeedbackScaleInput implements SurveyScaleInput {
  @Field(() => Float, { description: 'The answer, such as 4.' })
  value!: number;

  @Field(() => Float, { description: 'The worst answer there is, such as 1.' })
  min!: number;

  @Field(() => Float, { description: 'The best answer there is, such as 5.' })
  max!: number;
}

@InputType({
  description:
    'What one learner answered to one question. `source` and `eventId` name the row: sending it again changes nothing.',
})
class RecordFeedbackInput implements SurveyAnswerInput {
  @Field(() => ID, { description: 'The system that asked.' })
  source!: string;

  @Field(() => ID, { description: 'Its own id of this answer.' })
  eventId!: string;

  @Field(() => ID, { description: 'Who answered.' })
  learnerId!: string;

  @Field(() => ID, { nullable: true, description: 'The course that the question was about, if it was about one.' })
  courseId?: string | null;

  @Field(() => ID, { description: 'Your own id of the question.' })
  questionId!: string;

  @Field(() => GraphQLInstant, { description: 'When they answered.' })
  at!: Date;

  @Field(() => Float, { nullable: true, description: 'From −1 (worst) to 1 (best); or give `scale`.' })
  score?: number | null;

  @Field(() => FeedbackScaleInput, { nullable: true, description: 'The answer on a scale; or give `score`.' })
  scale?: FeedbackScaleInput | null;

  @Field(() => String, {
    nullable: true,
    description: 'In their own words, at most 1,000 characters. Told only among those of five people or more.',
  })
  comment?: string | null;
}

@ObjectType('FeedbackSummary', {
  simpleResolvers: true,
  description: 'What people answered to a question; of fewer than five people nothing is told.',
})
@Access('inherit')
class FeedbackSummaryType implements FeedbackSummary {
  @Field(() => Int, { nullable: true, description: 'People who answered, to the nearest five; null: fewer than five.' })
  people!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Mean over people of their scores, −1 to 1, in steps; null: fewer than five people.',
  })
  meanScore!: number | null;

  @Field(() => [String], {
    description:
      'The latest 100 comments, in no order and without names. Told of one whole calendar month that is over (`from` its ' +
      'first day, `until` the first day of the next, without `courseId`), when five people commented; otherwise none.',
  })
  comments!: readonly string[];
}

@Resolver()
export class SurveysResolver {
  readonly #surveys: SurveysService;

  constructor(surveys: SurveysService) {
    this.#surveys = surveys;
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => FeedbackSummaryType, {
    description: 'What people answered to a question of a survey, in whole months that are over.',
  })
  async feedback(
    @Arg('questionId', () => ID, { description: 'Your own id of the question.' }) questionId: string,
    @Arg('courseId', () => ID, { nullable: true, description: 'Only about this course.' }) courseId?: string | null,
    @Arg('from', () => String, {
      nullable: true,
      description: 'First day of a month (UTC), an ISO date; twelve months before `until` when left out.',
    })
    from?: string | null,
    @Arg('until', () => String, {
      nullable: true,
      description:
        'First day of the month that does not count any more; at the latest the running one, as when left out.',
    })
    until?: string | null,
  ): Promise<FeedbackSummaryType> {
    return await this.#surveys.feedback({
      ...{ questionId, courseId: courseId ?? null },
      ...{ from: from ?? null, until: until ?? null },
    });
  }

  @Access({ scopes: ['KPI'] })
  @Mutation(() => RecordPayload, {
    description:
      'Records what learners answered in surveys. Takes up to 1,000 rows and stores the good ones even when others are ' +
      'refused. An answer that was stored before is a duplicate when it says the same and a conflict otherwise.',
  })
  async recordFeedback(
    @Arg('answers', () => [RecordFeedbackInput], { description: 'The rows.' }) answers: RecordFeedbackInput[],
  ): Promise<RecordPayload> {
    requireBatchSize(answers);
    return recordPayload(await this.#surveys.recordFeedback(answers));
  }
}
