import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  Float,
  ID,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
} from 'type-graphql';
import { CourseType, LiveSessionType } from '../catalog/catalog.resolver.js';
import type { Obligation } from '../learners/learner.js';
import { LearnerType, ObligationEnum } from '../learners/learners.resolver.js';
import { Access, type Viewer } from '../platform/access/access.js';
import { DomainError } from '../platform/errors.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import { enumOf } from '../platform/graphql/enums.js';
import type { Surface } from '../rules/model/surface.js';
import { SurfaceEnum } from '../rules/types/ruleEnums.js';
import { AppliedRuleType } from './appliedRules.types.js';
import { DEFAULT_PER_SHELF, MAX_PER_SHELF, MOST_SHELVES, SHELF_KINDS, type ShelfKind } from './feed/feed.js';
import type { AppliedRule } from './pipeline/appliedRules.js';
import { isOwnList, reasonsSeenBy } from './pipeline/privateReasons.js';
import type { Strategy } from './pipeline/scoring.js';
import { ReasonType, StrategyEnum } from './reason.types.js';
import { DEGRADED, NOT_RECORDED } from './recommendations.resolver.js';
import type { RecommendationsService, ServedFeed } from './recommendations.service.js';

const ShelfKindEnum = enumOf(SHELF_KINDS);
registerEnumType(ShelfKindEnum, {
  name: 'ShelfKind',
  description: 'What a shelf of a feed is for.',
  valuesConfig: {
    REQUIRED: { description: 'Assigned and not yet done, by due date.' },
    CONTINUE: { description: 'Begun and not finished, touched within half a year.' },
    FOR_YOU: { description: 'The best all in all, whatever speaks for it.' },
    CLOSE_YOUR_GAPS: { description: 'Teaches the skills that the learner is most short of for a role.' },
    FOR_YOUR_ROLE: { description: 'Teaches what the role, or the target role, needs.' },
    BECAUSE_YOU: { description: 'What one course of the learner’s history speaks for; there may be two such shelves.' },
    TRENDING_IN_YOUR_TEAM: { description: 'Gains ground in the department, or everywhere where that is not known.' },
    NEW: { description: 'Came out within the last two months.' },
    LIVE_AND_COACHING: { description: 'Sessions with a free seat, coaching and mentoring.' },
    SAVED: { description: 'Saved, and neither completed nor dismissed since.' },
  },
});

@ObjectType('FeedEntry', { simpleResolvers: true, description: 'One course on a shelf.' })
@Access('inherit')
class FeedEntryType {
  @Field(() => CourseType, { description: 'The course.' })
  course!: CourseType;

  @Field(() => Int, {
    description: 'Place in the whole feed, from 1, shelf after shelf: its place in the served list.',
  })
  rank!: number;

  @Field(() => Float, {
    description: 'How well it suits the learner. Comparable within one feed only; a shelf need not be in its order.',
  })
  score!: number;

  @Field(() => [ReasonType], { description: 'Why it is here, the reason of the shelf first; one to three.' })
  reasons!: readonly ReasonType[];

  @Field(() => [AppliedRuleType], {
    description:
      'The L&D rules that made it mandatory, changed its score or gave it its place, in the order of the stages; mostly ' +
      'none. Places of rules are those of the shelf FOR_YOU; on every other shelf only scores are changed.',
  })
  appliedRules!: readonly AppliedRule[];

  @Field(() => ObligationEnum, { nullable: true, description: 'Why they have to take it; null: they do not.' })
  obligation!: Obligation | null;

  @Field(() => GraphQLInstant, {
    nullable: true,
    description: 'By when they have to; null: at any time, or not at all.',
  })
  dueAt!: Date | null;

  @Field(() => Boolean, { description: 'Whether that is past.' })
  overdue!: boolean;

  @Field(() => [CourseType], {
    description: 'What has to come before a required course, in an order in which it can be taken; mostly none.',
  })
  missingPrerequisites!: readonly CourseType[];

  @Field(() => Float, {
    nullable: true,
    description: 'How far the learner got, 0–1; null: not begun, or not known since it is due again.',
  })
  progress!: number | null;

  @Field(() => GraphQLInstant, {
    nullable: true,
    description: 'When they were last at it; null: not begun. Told to the learner and the portal only, null to others.',
  })
  stoppedAt!: Date | null;

  @Field(() => Int, { nullable: true, description: 'Minutes left of a begun course; null: not begun or not known.' })
  minutesLeft!: number | null;

  @Field(() => LiveSessionType, {
    nullable: true,
    description: 'The next date with a free seat; null: there is none, or it needs none.',
  })
  nextSession!: LiveSessionType | null;
}

@ObjectType('Shelf', { simpleResolvers: true, description: 'Courses in a feed that are there for one reason.' })
@Access('inherit')
class ShelfType {
  @Field(() => ShelfKindEnum, { description: 'What the shelf is for, for programs.' })
  kind!: ShelfKind;

  @Field(() => String, { description: 'Its title for the learner, in English.' })
  title!: string;

  @Field(() => String, { description: 'Why it is there for this learner: one sentence, in English.' })
  reason!: string;

  @Field(() => [FeedEntryType], {
    description: 'Its courses, at least one.',
    // How many there may be is said where the feed is asked for.
    complexity: ({ childComplexity }) => 1 + childComplexity,
  })
  entries!: readonly FeedEntryType[];
}

@ObjectType('Feed', {
  simpleResolvers: true,
  description: 'Everything that a learner could turn to now, on shelves. No course stands on two of them.',
})
@Access('inherit')
class FeedType {
  @Field(() => ID, { description: 'Id of the learner whom the feed is for.' })
  learnerId!: string;

  @Field(() => ID, {
    nullable: true,
    description: `Id of the feed as a served list; send it with the activity that it leads to. ${NOT_RECORDED}`,
  })
  servedListId!: string | null;

  @Field(() => Boolean, { description: DEGRADED })
  degraded!: boolean;

  @Field(() => StrategyEnum, { description: 'How what is recommended came about.' })
  strategy!: Strategy;

  @Field(() => ID, { nullable: true, description: 'The model version behind it; null: none has been trained yet.' })
  modelVersion!: string | null;

  @Field(() => [ShelfType], {
    description: 'In the order in which to show them; empty ones are left out.',
    complexity: ({ childComplexity }) => 1 + MOST_SHELVES * childComplexity,
  })
  shelves!: readonly ShelfType[];
}

/** Whoever may see a learner's list may see their feed. */
const FEED_READERS = { roles: ['LEARNER', 'MANAGER'], scopes: ['RECOMMEND'] } as const;
const PER_SHELF = `Most courses on a shelf, at least 1; ${DEFAULT_PER_SHELF} when left out, at most ${MAX_PER_SHELF}.`;
const SURFACE = 'Where the feed is shown; recorded with it.';
const DESCRIPTION =
  'Everything for the front page of a portal in one call: what they must do, have begun or saved, and what is ' +
  'recommended to them, on shelves with a reason each. Made anew at every call, so that the latest activity counts: what ' +
  'was completed or dismissed is gone, what was saved is there. Somebody we know nothing about gets a sensible feed too; ' +
  'whoever opted out of personal lists gets their own courses, and what is popular, on the rise, new and live.';

/** Courses that a call may ask for on each shelf, as its cost is reckoned. */
function costOfFeed({ args, childComplexity }: { args: Record<string, unknown>; childComplexity: number }): number {
  const perShelf = args['perShelf'];
  const most = typeof perShelf === 'number' ? Math.min(Math.max(perShelf, 1), MAX_PER_SHELF) : DEFAULT_PER_SHELF;
  return 1 + most * childComplexity;
}

@Resolver()
export class FeedResolver {
  readonly #recommendations: RecommendationsService;

  constructor(recommendations: RecommendationsService) {
    this.#recommendations = recommendations;
  }

  @Access({ ...FEED_READERS, learnerArg: 'learnerId' })
  @Query(() => FeedType, { description: DESCRIPTION, complexity: costOfFeed })
  async feed(
    @Arg('learnerId', () => ID, { description: 'Your own id of the learner.' }) learnerId: string,
    @Arg('perShelf', () => Int, { nullable: true, description: PER_SHELF }) perShelf: number | null | undefined,
    @Arg('surface', () => SurfaceEnum, { defaultValue: 'HOME', description: SURFACE }) surface: Surface,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<ServedFeed> {
    return seenBy(viewer, await this.#recommendations.feed(learnerId, clampPerShelf(perShelf), surface));
  }
}

@Resolver(() => LearnerType)
export class LearnerFeedResolver {
  readonly #recommendations: RecommendationsService;

  constructor(recommendations: RecommendationsService) {
    this.#recommendations = recommendations;
  }

  @Access(FEED_READERS)
  @FieldResolver(() => FeedType, {
    description: 'What they could turn to now, on shelves.',
    complexity: costOfFeed,
  })
  async feed(
    @Root() learner: LearnerType,
    @Arg('perShelf', () => Int, { nullable: true, description: PER_SHELF }) perShelf: number | null | undefined,
    @Arg('surface', () => SurfaceEnum, { defaultValue: 'HOME', description: SURFACE }) surface: Surface,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<ServedFeed> {
    return seenBy(viewer, await this.#recommendations.feed(learner.id, clampPerShelf(perShelf), surface));
  }
}

function seenBy(viewer: Viewer, feed: ServedFeed): ServedFeed {
  if (isOwnList(viewer, feed.learnerId)) return feed;
  return {
    ...feed,
    shelves: feed.shelves.map((shelf) => ({
      ...shelf,
      entries: shelf.entries.map((entry) => ({
        ...entry,
        stoppedAt: null,
        reasons: reasonsSeenBy(viewer, feed.learnerId, entry.reasons),
      })),
    })),
  };
}

function clampPerShelf(perShelf: number | null | undefined): number {
  if (perShelf == null) return DEFAULT_PER_SHELF;
  if (perShelf < 1) {
    throw new DomainError('BAD_USER_INPUT', '`perShelf` must be at least 1.', { argument: 'perShelf' });
  }
  return Math.min(perShelf, MAX_PER_SHELF);
}
