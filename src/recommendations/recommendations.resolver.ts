import { Arg, Ctx, Field, FieldResolver, Float, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { z } from 'zod';
import { CourseType } from '../catalog/catalog.resolver.js';
import { LearnerType } from '../learners/learners.resolver.js';
import { Access, type Viewer } from '../platform/access/access.js';
import { DomainError } from '../platform/errors.js';
import { clampFirst, connectionTypes, decodeCursor, toConnection } from '../platform/graphql/connection.js';
import type { Surface } from '../rules/model/surface.js';
import { SurfaceEnum } from '../rules/types/ruleEnums.js';
import { APPLIED_RULES, AppliedRuleType } from './appliedRules.types.js';
import type { AppliedRule } from './pipeline/appliedRules.js';
import { reasonsSeenBy } from './pipeline/privateReasons.js';
import type { Strategy } from './pipeline/scoring.js';
import { ReasonType, StrategyEnum } from './reason.types.js';
import type { RecommendationsService, ServedItem, ServedPage, SimilarCourse } from './recommendations.service.js';

@ObjectType('Recommendation', { simpleResolvers: true, description: 'One course in a list for a learner.' })
@Access('inherit')
export class RecommendationType {
  @Field(() => CourseType, { description: 'The course.' })
  course!: CourseType;

  @Field(() => Float, {
    description:
      'What the list is ordered by. Comparable within one list only: it is neither a share nor a percentage.',
  })
  score!: number;

  @Field(() => Int, {
    description: 'Place in the whole list, from 1. Gaps are courses that became ineligible meanwhile.',
  })
  rank!: number;

  @Field(() => [ReasonType], { description: 'Why it is here, strongest reason first; at least one.' })
  reasons!: readonly ReasonType[];

  @Field(() => [AppliedRuleType], { description: APPLIED_RULES })
  appliedRules!: readonly AppliedRule[];

  readonly counterfactualFor!: ServedItem['counterfactualFor'];
}

export const NOT_RECORDED = 'Null when `degraded`: nothing was recorded that it could name.';
export const DEGRADED =
  'True: the database could not be reached, or could not store anything. The answer was made of the catalogue, rules and ' +
  'model in memory: for nobody in particular, as `strategy` says, unless only the recording failed. It may name what the ' +
  'learner has completed or dismissed, was not recorded, has one page, and counts for no experiment. Ask again in a ' +
  'little while for the usual one.';

const recommendationConnection = connectionTypes(RecommendationType, 'Recommendation');

@ObjectType('RecommendationConnection', {
  simpleResolvers: true,
  description: 'One page of a list for a learner. Pages of one list never repeat a course.',
})
@Access('inherit')
class RecommendationConnectionType extends recommendationConnection.ConnectionType {
  @Field(() => ID, { description: 'Id of the learner whom the list is for.' })
  learnerId!: string;

  @Field(() => ID, {
    nullable: true,
    description: `Id of the list; send it with the activity that it leads to. ${NOT_RECORDED}`,
  })
  servedListId!: string | null;

  @Field(() => Boolean, { description: DEGRADED })
  degraded!: boolean;

  @Field(() => StrategyEnum, { description: 'How the list came about.' })
  strategy!: Strategy;

  @Field(() => ID, { nullable: true, description: 'The model version behind it; null: none has been trained yet.' })
  modelVersion!: string | null;
}

@ObjectType('SimilarCourse', { simpleResolvers: true, description: 'A course that the same people take.' })
@Access('inherit')
class SimilarCourseType {
  @Field(() => CourseType, { description: 'The course.' })
  course!: CourseType;

  @Field(() => Float, {
    description:
      'How alike the two are, −1 to 1: in who takes them, or in what is written about them or the skills they teach where ' +
      'too few have taken them.',
  })
  similarity!: number;
}

/** Whoever may see a learner's list may also reach it through the learner. */
const LIST_READERS = { roles: ['LEARNER', 'MANAGER'], scopes: ['RECOMMEND'] } as const;
const MAX_LEARNERS = 100;
const FIRST = 'Page size; 10 when left out, at most 100.';
const AFTER = 'Cursor of the item before this page; left out, a new list is made.';
const SURFACE = 'Where the list is shown; recorded with it.';

/** In the cursors of a list that was not recorded, which leads nowhere. */
const NO_LIST = '00000000-0000-0000-0000-000000000000';

const servedPosition = z.object({ list: z.uuid(), rank: z.number().int().min(0).max(100_000) });

@Resolver()
export class RecommendationsResolver {
  readonly #recommendations: RecommendationsService;

  constructor(recommendations: RecommendationsService) {
    this.#recommendations = recommendations;
  }

  @Access({ ...LIST_READERS, learnerArg: 'learnerId' })
  @Query(() => RecommendationConnectionType, {
    description:
      'What a learner should learn next, best first. Made anew from their history at every call without `after`, so the ' +
      'latest activity counts. Somebody we know nothing about gets a sensible list too; `strategy` says how it came about.',
  })
  async recommendations(
    @Arg('learnerId', () => ID, { description: 'Your own id of the learner.' }) learnerId: string,
    @Arg('first', () => Int, { nullable: true, description: FIRST }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
    @Arg('surface', () => SurfaceEnum, { defaultValue: 'HOME', description: SURFACE }) surface: Surface,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<RecommendationConnectionType> {
    return await pageOf(this.#recommendations, learnerId, first, after, surface, viewer);
  }

  @Access({ scopes: ['RECOMMEND'] })
  @Query(() => [RecommendationConnectionType], {
    description: 'A new list for each of up to 100 learners, in the order of the ids.',
  })
  async recommendationsForLearners(
    @Arg('learnerIds', () => [ID], { description: 'Your own ids of the learners, at most 100.' }) learnerIds: string[],
    @Arg('first', () => Int, { nullable: true, description: FIRST }) first: number | null | undefined,
    @Arg('surface', () => SurfaceEnum, { defaultValue: 'HOME', description: SURFACE }) surface: Surface,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<RecommendationConnectionType[]> {
    if (learnerIds.length > MAX_LEARNERS) {
      throw new DomainError('BAD_USER_INPUT', `Ask for at most ${MAX_LEARNERS} learners at once.`, {
        argument: 'learnerIds',
        limit: MAX_LEARNERS,
      });
    }
    return (await this.#recommendations.recommend(learnerIds, clampFirst(first), surface)).map((page) =>
      connectionOf(page, viewer),
    );
  }

  @Access({ roles: ['LEARNER', 'MANAGER', 'LD_EDITOR', 'LD_ANALYST'], scopes: ['RECOMMEND', 'CATALOG'] })
  @Query(() => [SimilarCourseType], {
    description:
      'Courses that the same people take, most alike first; for a course that nobody has taken up yet those like it by what is written about it, and before any model is trained those that teach the same skills. ' +
      'Courses that EXCLUDE or REQUIRE_ONLY rules for everybody rule out are left out; rules for some people, or only for ' +
      'surfaces other than OTHER, cannot apply where nobody in particular asks. Answered from memory, also while the ' +
      'database cannot be reached.',
  })
  similarCourses(
    @Arg('courseId', () => ID, { description: 'Your own id of the course.' }) courseId: string,
    @Arg('first', () => Int, { nullable: true, description: 'How many; 10 when left out, at most 100.' })
    first: number | null | undefined,
  ): readonly SimilarCourse[] {
    return this.#recommendations.similarCourses(courseId, clampFirst(first));
  }
}

@Resolver(() => LearnerType)
export class LearnerRecommendationsResolver {
  readonly #recommendations: RecommendationsService;

  constructor(recommendations: RecommendationsService) {
    this.#recommendations = recommendations;
  }

  @Access(LIST_READERS)
  @FieldResolver(() => RecommendationConnectionType, { description: 'What they should learn next, best first.' })
  async recommendations(
    @Root() learner: LearnerType,
    @Arg('first', () => Int, { nullable: true, description: FIRST }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
    @Arg('surface', () => SurfaceEnum, { defaultValue: 'HOME', description: SURFACE }) surface: Surface,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<RecommendationConnectionType> {
    return await pageOf(this.#recommendations, learner.id, first, after, surface, viewer);
  }
}

async function pageOf(
  recommendations: RecommendationsService,
  learnerId: string,
  first: number | null | undefined,
  after: string | null | undefined,
  surface: Surface,
  viewer: Viewer,
): Promise<RecommendationConnectionType> {
  const size = clampFirst(first);
  if (after != null) {
    const { list, rank } = decodeCursor(after, servedPosition);
    return connectionOf(await recommendations.continueList(learnerId, size, { servedListId: list, rank }), viewer);
  }
  const [page] = await recommendations.recommend([learnerId], size, surface);
  return connectionOf(page as ServedPage, viewer);
}

function connectionOf(page: ServedPage, viewer: Viewer): RecommendationConnectionType {
  const { edges, pageInfo } = toConnection(
    page.items.map((item) => ({
      node: { ...item, reasons: reasonsSeenBy(viewer, page.learnerId, item.reasons) },
      position: { list: page.servedListId ?? NO_LIST, rank: item.rank },
    })),
    page,
  );
  return {
    edges,
    pageInfo,
    learnerId: page.learnerId,
    servedListId: page.servedListId,
    degraded: page.degraded,
    strategy: page.strategy,
    modelVersion: page.modelVersion,
  };
}
