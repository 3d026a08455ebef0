import { Arg, Field, Float, ID, Int, ObjectType, Query, Resolver, registerEnumType } from 'type-graphql';
import { CourseType } from '../catalog/catalog.resolver.js';
import type { Obligation } from '../learners/learner.js';
import { ObligationEnum } from '../learners/learners.resolver.js';
import { Access } from '../platform/access/access.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import { enumOf } from '../platform/graphql/enums.js';
import { REQUIRED_STATUSES, type RequiredStatus } from './pipeline/required.js';
import type { RecommendationsService, RequiredWithRule } from './recommendations.service.js';

const RequiredStatusEnum = enumOf(REQUIRED_STATUSES);
registerEnumType(RequiredStatusEnum, {
  name: 'RequiredStatus',
  description: 'How far somebody is with a course that they have to take.',
  valuesConfig: {
    NOT_STARTED: { description: 'Nothing has been done yet, or nothing that counts.' },
    BEGUN: { description: 'Begun and not completed.' },
    FAILED: { description: 'Attempted and failed: to be tried again.' },
  },
});

@ObjectType('RequiringRule', {
  simpleResolvers: true,
  description: 'A rule of L&D that makes a course mandatory for a learner, or due earlier than it was assigned.',
})
@Access('inherit')
class RequiringRuleType {
  @Field(() => ID, { description: 'Id of the rule.' })
  ruleId!: string;

  @Field(() => String, { description: 'The rule in one English sentence.' })
  sentence!: string;
}

@ObjectType('RequiredCourse', {
  simpleResolvers: true,
  description: 'A course that a learner has to take and has not completed, or has to complete again.',
})
@Access('inherit')
class RequiredCourseType {
  @Field(() => CourseType, { description: 'The course.' })
  course!: CourseType;

  @Field(() => ObligationEnum, { description: 'Why they have to.' })
  obligation!: Obligation;

  @Field(() => GraphQLInstant, { nullable: true, description: 'By when; null: no date.' })
  dueAt!: Date | null;

  @Field(() => Boolean, { description: 'True once it should have been done.' })
  isOverdue!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: 'Whole days until it is due: 0 on the last one, below 0 when overdue; null: no date.',
  })
  daysLeft!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Progress, 0–1; null: begun again after an earlier round, so this one’s is not known.',
  })
  progress!: number | null;

  @Field(() => RequiredStatusEnum, { description: 'How far they are.' })
  status!: RequiredStatus;

  @Field(() => [CourseType], { description: 'Courses to complete before it, in an order in which they can be taken.' })
  missingPrerequisites!: readonly CourseType[];

  @Field(() => RequiringRuleType, {
    nullable: true,
    description: 'The rule that makes it mandatory, or due earlier; null: it is assigned without one.',
  })
  requiredBy!: RequiringRuleType | null;
}

@Resolver()
export class RequiredResolver {
  readonly #recommendations: RecommendationsService;

  constructor(recommendations: RecommendationsService) {
    this.#recommendations = recommendations;
  }

  @Access({ roles: ['LEARNER', 'MANAGER'], scopes: ['RECOMMEND'], learnerArg: 'learnerId' })
  @Query(() => [RequiredCourseType], {
    description:
      'What a learner still has to take, the most pressing first: by the day it is due, mandatory before assigned, ' +
      'without a date last. What they have completed since it counts is gone from it at once.',
  })
  async requiredLearning(
    @Arg('learnerId', () => ID, { description: 'Your own id of the learner.' }) learnerId: string,
  ): Promise<readonly RequiredWithRule[]> {
    return await this.#recommendations.requiredLearning(learnerId);
  }
}
