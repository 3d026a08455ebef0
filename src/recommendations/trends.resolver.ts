import { Arg, Field, Float, ID, InputType, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { CourseType } from '../catalog/catalog.resolver.js';
import { MAX_LABEL } from '../learners/learnerPlan.js';
import type { AudienceKind } from '../learners/trends.js';
import { Access } from '../platform/access/access.js';
import { DomainError } from '../platform/errors.js';
import { clampFirst } from '../platform/graphql/connection.js';
import { requireText } from '../platform/rowChecks.js';
import { AudienceKindEnum } from './reason.types.js';
import type { RecommendationsService } from './recommendations.service.js';

@InputType({ description: 'A group of people, or everybody.' })
class AudienceInput {
  @Field(() => AudienceKindEnum, { description: 'By what they are taken together.' })
  kind!: AudienceKind;

  @Field(() => ID, {
    nullable: true,
    description: 'Department or location as their learners have it, or the id of the role; left out for ORGANISATION.',
  })
  value?: string | null;
}

@ObjectType('TrendingCourse', {
  simpleResolvers: true,
  description: 'A course that more people of a group take up than before.',
})
@Access('inherit')
class TrendingCourseType {
  @Field(() => CourseType, { description: 'The course; open to be taken up now.' })
  course!: CourseType;

  @Field(() => Int, {
    description: 'Different people of the group who took it up of their own accord in the last 28 days; at least 3.',
  })
  recentPeople!: number;

  @Field(() => Int, { description: 'The same for the 28 days before; 0 stands for fewer than 3.' })
  previousPeople!: number;

  @Field(() => Float, {
    description: 'At least so many times as many people as before, allowing for chance; above 1. The list is by it.',
  })
  growth!: number;

  @Field(() => String, { description: 'The same in words, in English.' })
  text!: string;
}

@ObjectType('Trending', { simpleResolvers: true, description: 'What a group of people takes up faster than before.' })
@Access('inherit')
class TrendingType {
  @Field(() => Int, {
    nullable: true,
    description: 'Active people in the group; null: fewer than 5, of whom nothing is told, or no such group.',
  })
  people!: number | null;

  @Field(() => String, { nullable: true, description: 'Why there is nothing, in words; null: there is something.' })
  note!: string | null;

  @Field(() => Boolean, {
    description: 'True: the figures are the last that could be counted, since the database could not be reached.',
  })
  degraded!: boolean;

  @Field(() => [TrendingCourseType], { description: 'Fastest first.' })
  courses!: readonly TrendingCourseType[];
}

@Resolver()
export class TrendsResolver {
  readonly #recommendations: RecommendationsService;

  constructor(recommendations: RecommendationsService) {
    this.#recommendations = recommendations;
  }

  @Access({ roles: ['LEARNER', 'MANAGER', 'LD_EDITOR', 'LD_ANALYST'], scopes: ['RECOMMEND', 'CATALOG'] })
  @Query(() => TrendingType, {
    description:
      'Courses that people of a group take up of their own accord more than they did 28 days before. Mandatory, waived ' +
      'and dismissed courses do not count. Figures are up to ten minutes old, and never tell of single people. Courses ' +
      'that EXCLUDE or REQUIRE_ONLY rules for everybody rule out are left out; rules for some people, or only for ' +
      'surfaces other than OTHER, cannot apply where nobody in particular asks.',
  })
  async trending(
    @Arg('audience', () => AudienceInput, { description: 'Whose trends.' }) audience: AudienceInput,
    @Arg('first', () => Int, { nullable: true, description: 'How many; 10 when left out, at most 100.' })
    first: number | null | undefined,
  ): Promise<TrendingType> {
    const { kind, value } = audience;
    if (kind !== 'ORGANISATION' && !value) {
      throw new DomainError('BAD_USER_INPUT', `\`audience.value\` must name the ${kind.toLowerCase()}.`, {
        argument: 'audience',
      });
    }
    if (value != null && value !== '') requireText('audience.value', value, MAX_LABEL);
    const asked = { kind, value: kind === 'ORGANISATION' ? '' : (value ?? '') };
    return await this.#recommendations.trending(asked, clampFirst(first));
  }
}
