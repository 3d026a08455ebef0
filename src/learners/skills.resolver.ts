import {
  Arg,
  Field,
  FieldResolver,
  Float,
  ID,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
} from 'type-graphql';
import { Access } from '../platform/access/access.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import { enumOf } from '../platform/graphql/enums.js';
import type { SkillSource } from './learner.js';
import { LearnerType, SkillSourceEnum } from './learners.resolver.js';
import type { LearnerSkill, LearnersService, NamedSkillGap } from './learners.service.js';
import { LEARNING_SIGNS, type LearningSign, SKILL_HALF_LIFE_DAYS } from './skillLevel.js';

const LearningSignEnum = enumOf(LEARNING_SIGNS);
registerEnumType(LearningSignEnum, {
  name: 'LearningSign',
  description: 'What a learner did with a course that tells of the skills it teaches.',
  valuesConfig: {
    COMPLETED: { description: 'They completed it: the level rises most of the way to where the course leads.' },
    PASSED: { description: 'They passed it: the level rises almost all of the way, and is believed more.' },
    FAILED: { description: 'They failed it: they are not yet where the course leads.' },
    ALREADY_KNOWN: { description: 'They dismissed it because they know it already.' },
  },
});

@ObjectType('SkillOrigin', { simpleResolvers: true, description: 'A course that told something of a skill.' })
@Access('inherit')
class SkillOriginType {
  @Field(() => ID, { description: 'Id of the course.' })
  courseId!: string;

  @Field(() => LearningSignEnum, { description: 'What the learner did with it.' })
  sign!: LearningSign;

  @Field(() => GraphQLInstant, { description: 'When.' })
  at!: Date;
}

@ObjectType('SkillContribution', { simpleResolvers: true, description: 'What one source says of one skill.' })
@Access('inherit')
class SkillContributionType {
  @Field(() => SkillSourceEnum, { description: 'Who says so.' })
  source!: SkillSource;

  @Field(() => Float, { description: 'Level that this source alone says, 0–1.' })
  level!: number;

  @Field(() => Float, {
    description:
      `How sure it is as of now, 0–1. It fades: the odds halve every ${SKILL_HALF_LIFE_DAYS.SELF} days, and every ` +
      `${SKILL_HALF_LIFE_DAYS.ASSESSMENT} days for an assessment.`,
  })
  confidence!: number;

  @Field(() => Float, {
    description: 'Part of the combined level that this source decided, 0–1. The parts add up to 1; all 0: none did.',
  })
  weight!: number;

  @Field(() => GraphQLInstant, { description: 'When it was last observed.' })
  observedAt!: Date;

  @Field(() => String, { nullable: true, description: 'The source’s own scale, as it was sent.' })
  scale!: string | null;

  @Field(() => String, { nullable: true, description: 'The value on that scale, as it was sent.' })
  scaleValue!: string | null;

  @Field(() => [SkillOriginType], {
    description: 'The courses that it was inferred from, latest first; empty for what was told.',
  })
  origins!: readonly SkillOriginType[];
}

@ObjectType('LearnerSkill', {
  simpleResolvers: true,
  description: 'How well a learner masters a skill, as all sources together say.',
})
@Access('inherit')
class LearnerSkillType {
  @Field(() => ID, { description: 'Id of the skill.' })
  skillId!: string;

  @Field(() => String, { description: 'Its name.' })
  skillName!: string;

  @Field(() => Float, {
    description: 'Level, 0–1: ratings weighted by how sure they are and how old, raised by what was learned since.',
  })
  level!: number;

  @Field(() => Float, {
    description: 'How sure the level is, 0–1. It fades with time; the level stays where the evidence left it.',
  })
  confidence!: number;

  @Field(() => [SkillContributionType], { description: 'What each source says.' })
  sources!: readonly SkillContributionType[];
}

@ObjectType('SkillGap', {
  simpleResolvers: true,
  description: 'A skill in which a learner is short of what their role, or the role they want, needs.',
})
@Access('inherit')
class SkillGapType {
  @Field(() => ID, { description: 'Id of the skill.' })
  skillId!: string;

  @Field(() => String, { description: 'Its name.' })
  skillName!: string;

  @Field(() => ID, { description: 'Id of the role that needs it; where both do, the one with the weightier gap.' })
  roleId!: string;

  @Field(() => String, { description: 'Its name.' })
  roleName!: string;

  @Field(() => Boolean, { description: 'True: it is the role they want; false: the one they have.' })
  isTargetRole!: boolean;

  @Field(() => Float, { description: 'Level now, 0–1; 0 when nothing is known.' })
  level!: number;

  @Field(() => Float, { description: 'How sure that level is, 0–1; 0 when nothing is known.' })
  confidence!: number;

  @Field(() => Float, { description: 'Level that the role needs, 0–1.' })
  targetLevel!: number;

  @Field(() => Float, { description: 'How much it matters to the role, 0–1.' })
  importance!: number;
}

@Resolver(() => LearnerType)
export class SkillsResolver {
  readonly #learners: LearnersService;

  constructor(learners: LearnersService) {
    this.#learners = learners;
  }

  @FieldResolver(() => [LearnerSkillType], {
    description:
      'Every skill that anything is known of, by id: what they, their manager, tests and other systems say, and what ' +
      'follows from courses. For someone who wants nothing personal, nothing is inferred from courses.',
  })
  async skills(@Root() learner: LearnerType): Promise<LearnerSkillType[]> {
    return (await this.#learners.skills(learner.id)).map(skillType);
  }

  @Access({ roles: ['LEARNER', 'MANAGER'], scopes: ['RECOMMEND', 'INGEST'], learnerArg: 'learnerId' })
  @Query(() => [SkillGapType], {
    description:
      'What a learner is short of for their role and for the role they want, the weightiest gap first: by importance ' +
      'times size. Empty without a role.',
  })
  async skillGaps(
    @Arg('learnerId', () => ID, { description: 'Your own id of the learner.' }) learnerId: string,
  ): Promise<readonly NamedSkillGap[]> {
    return await this.#learners.skillGaps(learnerId);
  }
}

function skillType(skill: LearnerSkill): LearnerSkillType {
  return {
    ...skill,
    sources: skill.sources.map((source) => ({
      ...source,
      origins: source.origins.map(({ courseId, sign, atMs }) => ({ courseId, sign, at: new Date(atMs) })),
    })),
  };
}
