import { Arg, Field, Float, ID, Int, ObjectType, Query, Resolver, registerEnumType } from 'type-graphql';
import { CourseType } from '../../catalog/catalog.resolver.js';
import type { Obligation } from '../../learners/learner.js';
import { ObligationEnum } from '../../learners/learners.resolver.js';
import { Access } from '../../platform/access/access.js';
import { GraphQLInstant } from '../../platform/graphql/dateTime.js';
import { enumOf } from '../../platform/graphql/enums.js';
import { type LearningPath, OPEN_BECAUSE, type OpenBecause, SMALLEST_GAP } from './learningPath.js';
import type { LearningPathService } from './learningPath.service.js';

const OpenBecauseEnum = enumOf(OPEN_BECAUSE);
registerEnumType(OpenBecauseEnum, {
  name: 'OpenGapReason',
  description: 'Why a learning path cannot close a gap.',
  valuesConfig: {
    NOT_TAUGHT: { description: 'No course open to the learner leads above the level they have.' },
    TAUGHT_LOWER: { description: 'The courses open to the learner end below the level that is needed.' },
    OUT_OF_REACH: { description: 'A course leads further, but what it expects cannot be reached.' },
  },
});

@ObjectType('LearningPathClosing', { simpleResolvers: true, description: 'What a step does for one gap.' })
@Access('inherit')
class ClosingType {
  @Field(() => ID, { description: 'Id of the skill.' })
  skillId!: string;

  @Field(() => String, { description: 'Its name.' })
  skillName!: string;

  @Field(() => Float, { description: 'Level before the step, with all earlier steps done, 0–1.' })
  levelFrom!: number;

  @Field(() => Float, { description: 'Level after it, at most the target, 0–1.' })
  levelTo!: number;

  @Field(() => Float, { description: 'Level that the role needs, 0–1.' })
  targetLevel!: number;
}

@ObjectType('LearningPathStep', { simpleResolvers: true, description: 'One course of a learning path.' })
@Access('inherit')
class StepType {
  @Field(() => CourseType, { description: 'The course.' })
  course!: CourseType;

  @Field(() => Int, { description: 'Minutes that it takes; of a course that was begun, what is left.' })
  minutes!: number;

  @Field(() => Boolean, {
    description: 'True: nobody said how long it takes, so the median of its kind in the catalogue was taken.',
  })
  isTypicalDuration!: boolean;

  @Field(() => Float, { description: 'How far the learner has got with it already, 0–1.' })
  progress!: number;

  @Field(() => ObligationEnum, { nullable: true, description: 'Why they have to take it anyway; null: they do not.' })
  obligation!: Obligation | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'By when it is assigned; null: no date.' })
  dueAt!: Date | null;

  @Field(() => [ClosingType], {
    description: 'The gaps that it brings nearer; empty for a course that only opens later ones.',
  })
  closes!: readonly ClosingType[];

  @Field(() => [CourseType], { description: 'Later steps that ask for this course first.' })
  prerequisiteOf!: readonly CourseType[];

  @Field(() => [CourseType], { description: 'Later steps that expect a level which this one leads to.' })
  preparesFor!: readonly CourseType[];

  @Field(() => String, { description: 'All of this in words for the learner, in English.' })
  text!: string;
}

@ObjectType('OpenGap', { simpleResolvers: true, description: 'A gap that no path can close wholly.' })
@Access('inherit')
class OpenGapType {
  @Field(() => ID, { description: 'Id of the skill.' })
  skillId!: string;

  @Field(() => String, { description: 'Its name.' })
  skillName!: string;

  @Field(() => Float, { description: 'Level at the end of the path, 0–1.' })
  levelReached!: number;

  @Field(() => Float, { description: 'Level that the role needs, 0–1.' })
  targetLevel!: number;

  @Field(() => OpenBecauseEnum, { description: 'Why, for programs.' })
  because!: OpenBecause;

  @Field(() => String, { description: 'Why, in words for the learner, in English.' })
  text!: string;
}

@ObjectType('LearningPath', {
  simpleResolvers: true,
  description:
    'Courses that bring a learner to what a role needs in the least time, in an order in which they can be taken. None ' +
    'of them could be left out.',
})
@Access('inherit')
class LearningPathType {
  @Field(() => ID, { description: 'Id of the learner.' })
  learnerId!: string;

  @Field(() => ID, { description: 'Id of the role.' })
  roleId!: string;

  @Field(() => String, { description: 'Its name.' })
  roleName!: string;

  @Field(() => [StepType], { description: 'The courses in their order; empty when nothing can or need be learned.' })
  steps!: readonly StepType[];

  @Field(() => Int, { description: 'Minutes of all steps.' })
  totalMinutes!: number;

  @Field(() => Int, { description: 'Of those, minutes of courses that are assigned and so to be taken anyway.' })
  assignedMinutes!: number;

  @Field(() => [OpenGapType], { description: 'What stays open, the weightiest gap first.' })
  openGaps!: readonly OpenGapType[];

  @Field(() => Boolean, {
    description:
      'True: no other choice of courses gets as far in less time beside what is assigned. False: there were too many ' +
      'choices to try them all, and this is the shortest found.',
  })
  isProvenShortest!: boolean;
}

@Resolver()
export class LearningPathResolver {
  readonly #paths: LearningPathService;

  constructor(paths: LearningPathService) {
    this.#paths = paths;
  }

  @Access({ roles: ['LEARNER', 'MANAGER'], scopes: ['RECOMMEND'], learnerArg: 'learnerId' })
  @Query(() => LearningPathType, {
    nullable: true,
    description:
      'The shortest way from what a learner can to what a role needs. Levels build on each other, prerequisites come ' +
      'first, what is completed or waived costs nothing, and courses assigned anyway are preferred. ' +
      `Gaps under ${SMALLEST_GAP} are left alone. ` +
      ' Null when no role is named and the learner neither has nor wants one.',
  })
  async learningPath(
    @Arg('learnerId', () => ID, { description: 'Your own id of the learner.' }) learnerId: string,
    @Arg('roleId', () => ID, {
      nullable: true,
      description: 'Id of the role; left out: the one that they want, or else the one that they have.',
    })
    roleId: string | null | undefined,
  ): Promise<LearningPathType | null> {
    const path = await this.#paths.learningPath(learnerId, roleId ?? null);
    return path === null ? null : pathType(learnerId, path);
  }
}

function pathType(learnerId: string, { role, ...path }: LearningPath): LearningPathType {
  return { ...path, learnerId, roleId: role.id, roleName: role.name };
}
