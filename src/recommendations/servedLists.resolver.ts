import { Arg, Ctx, Field, Float, ID, Int, ObjectType, Query, Resolver, registerEnumType } from 'type-graphql';
import { Access, type Viewer } from '../platform/access/access.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import { enumOf } from '../platform/graphql/enums.js';
import type { Surface } from '../rules/model/surface.js';
import { SurfaceEnum } from '../rules/types/ruleEnums.js';
import { AppliedRuleType } from './appliedRules.types.js';
import type { AppliedRule } from './pipeline/appliedRules.js';
import { SERVED_TEAMS, type ServedTeam } from './pipeline/interleavedList.js';
import { SOURCES, type Source } from './pipeline/pipeline.js';
import type { Strategy } from './pipeline/scoring.js';
import type { ServedList } from './pipeline/servedList.js';
import { ReasonType, StrategyEnum } from './reason.types.js';
import type { RecommendationsService } from './recommendations.service.js';

const SourceEnum = enumOf(SOURCES);
registerEnumType(SourceEnum, {
  name: 'RecommendationSource',
  description: 'What brought a course into a list.',
  valuesConfig: {
    MODEL: { description: 'What this learner and others did.' },
    SKILL_GAP: { description: 'A skill that the role needs and the learner is short of.' },
    ROLE: { description: 'The role, or the target role.' },
    GOAL: { description: 'A goal that the learner is among the audience of.' },
    PEERS: { description: 'People of the same department, role or location.' },
    SEARCH: { description: 'What the learner searched for.' },
    TRENDING: { description: 'What is taken up more and more.' },
    NEW: { description: 'It is new.' },
    POPULAR: { description: 'Many people take it up.' },
    PREREQUISITE: { description: 'It opens a course that the learner may not take yet.' },
    EXPLORATION: { description: 'Chance: a new course that has not had its chance yet.' },
    ASSIGNED: { description: 'It has to be taken; in feeds only.' },
    BEGUN: { description: 'The learner has begun it; in feeds only.' },
    SAVED: { description: 'The learner saved it for later; in feeds only.' },
  },
});

@ObjectType('CourseOutcome', {
  simpleResolvers: true,
  description:
    'What a learner did with a course of a served list, the first time each; null: has not. Counts what was sent with the ' +
    'id of the list. The learner and the portal read the moments; for anybody else each is cut to its day: midnight UTC.',
})
@Access('inherit')
class CourseOutcomeType {
  @Field(() => GraphQLInstant, { nullable: true, description: 'When they saw it (IMPRESSION).' })
  seenAt!: Date | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When they opened it from the list (CLICKED).' })
  clickedAt!: Date | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When they started it.' })
  startedAt!: Date | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When they completed or passed it.' })
  completedAt!: Date | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When they put it aside for later.' })
  savedAt!: Date | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When they dismissed it.' })
  dismissedAt!: Date | null;
}

const ServedTeamEnum = enumOf(SERVED_TEAMS);
registerEnumType(ServedTeamEnum, {
  name: 'ServedTeam',
  description: 'Which of two lists a place of an interleaved list was drawn from.',
  valuesConfig: {
    CONTROL: { description: 'The list that the control makes.' },
    CHALLENGER: { description: 'The list that the other variant makes.' },
  },
});

@ObjectType('ServedPlace', { simpleResolvers: true, description: 'One place of a served list, as it was.' })
@Access('inherit')
class ServedPlaceType {
  @Field(() => Int, { description: 'Place in the list, from 1.' })
  rank!: number;

  @Field(() => ID, { description: 'Id of the course.' })
  courseId!: string;

  @Field(() => Float, { description: 'What the list was ordered by.' })
  score!: number;

  @Field(() => [SourceEnum], { description: 'What brought the course into the list.' })
  sources!: readonly Source[];

  @Field(() => Float, {
    description:
      'How likely it was to come into these ten places, above 0 to 1; 1 where nothing was left to chance. Weigh outcomes ' +
      'by its inverse when you compare what explored with what did not.',
  })
  propensity!: number;

  @Field(() => GraphQLInstant, {
    nullable: true,
    description: 'When it was first handed out; null: it stood further down than anybody has looked.',
  })
  shownAt!: Date | null;

  @Field(() => [ReasonType], {
    nullable: true,
    description: 'Why it was there, as told when it was first handed out; null: it never was.',
  })
  reasons!: readonly ReasonType[] | null;

  @Field(() => [AppliedRuleType], {
    description: 'The L&D rules that had a hand in its place, as told then, in the order of the stages; mostly none.',
  })
  appliedRules!: readonly AppliedRule[];

  @Field(() => ServedTeamEnum, {
    nullable: true,
    description:
      'Which variant of an experiment with interleaved lists the place was drawn from, and is credited with what comes of ' +
      'it; null: the list was not drawn from two.',
  })
  team!: ServedTeam | null;

  @Field(() => CourseOutcomeType, { description: 'What came of it.' })
  outcome!: CourseOutcomeType;
}

@ObjectType('ShownItem', { simpleResolvers: true, description: 'A course as it was handed out.' })
@Access('inherit')
class ShownItemType {
  @Field(() => ID, { description: 'Id of the course.' })
  courseId!: string;

  @Field(() => [ReasonType], { description: 'The reasons given with it.' })
  reasons!: readonly ReasonType[];
}

@ObjectType('ShownPage', { simpleResolvers: true, description: 'Part of a list that was handed out at one moment.' })
@Access('inherit')
class ShownPageType {
  @Field(() => Int, { description: 'Place of its first course in the list.' })
  firstRank!: number;

  @Field(() => GraphQLInstant, { description: 'When it was handed out.' })
  at!: Date;

  @Field(() => [ShownItemType], {
    description: 'Its courses in order. What the learner had completed or dismissed by then was left out.',
  })
  items!: readonly ShownItemType[];
}

@ObjectType('ServedShelf', { simpleResolvers: true, description: 'A shelf of a feed, as it was.' })
@Access('inherit')
class ServedShelfType {
  @Field(() => String, { description: 'The kind of shelf.' })
  kind!: string;

  @Field(() => String, { description: 'Its title.' })
  title!: string;

  @Field(() => String, { description: 'Why it was there, as it said to the learner.' })
  reason!: string;

  @Field(() => [ID], { description: 'Ids of its courses in order.' })
  courseIds!: readonly string[];
}

@ObjectType('ServedList', {
  simpleResolvers: true,
  description: 'A list or feed that was handed out, exactly as it was, and what came of it.',
})
@Access('inherit')
class ServedListType {
  @Field(() => ID, { description: 'Id of the list.' })
  id!: string;

  @Field(() => ID, { description: 'Id of the learner whom it was for.' })
  learnerId!: string;

  @Field(() => SurfaceEnum, { description: 'Where it was shown.' })
  surface!: Surface;

  @Field(() => StrategyEnum, { description: 'How it came about.' })
  strategy!: Strategy;

  @Field(() => GraphQLInstant, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => ID, { nullable: true, description: 'The model version behind it; null: there was none.' })
  modelVersion!: string | null;

  @Field(() => Int, { nullable: true, description: 'The policy version; null: made before there were policies.' })
  policyVersion!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'The version of the signal weights; null: made before they could be changed.',
  })
  signalWeightsVersion!: number | null;

  @Field(() => Int, { nullable: true, description: 'The version of the L&D rules; null: none applied.' })
  ruleSetVersion!: number | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'The experiment and variant that shaped it, as `experimentId/variantId`, or `experimentId/interleaved` where it was ' +
      'drawn from the lists of both; the versions above are those of the variant then. Null: none did.',
  })
  variant!: string | null;

  @Field(() => [ServedPlaceType], { description: 'The whole list in order, at most 100 places.' })
  places!: readonly ServedPlaceType[];

  @Field(() => [ShownPageType], { description: 'What was handed out of it, in the order of asking.' })
  pages!: readonly ShownPageType[];

  @Field(() => [ServedShelfType], { nullable: true, description: 'The shelves of a feed; null: it is a plain list.' })
  shelves!: readonly ServedShelfType[] | null;
}

@Resolver()
export class ServedListsResolver {
  readonly #recommendations: RecommendationsService;

  constructor(recommendations: RecommendationsService) {
    this.#recommendations = recommendations;
  }

  @Access({ roles: ['LEARNER', 'MANAGER'], scopes: ['RECOMMEND'] })
  @Query(() => ServedListType, {
    description:
      'A list that was served before: what stood where and why, what it was made by, and what the learner did with it. ' +
      'Learners see their own, managers those of the people who report to them; any other is NOT_FOUND.',
  })
  async servedList(
    @Arg('id', () => ID, { description: 'Id of the list.' }) id: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<ServedList> {
    return await this.#recommendations.servedList(id, viewer);
  }
}
