import { setImmediate as nextTurn } from 'node:timers/promises';
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
import { CourseType } from '../catalog/catalog.resolver.js';
import { Access, type Viewer } from '../platform/access/access.js';
import { clampFirst } from '../platform/graphql/connection.js';
import { enumOf } from '../platform/graphql/enums.js';
import type { Surface } from '../rules/model/surface.js';
import type { SignalName } from '../rules/policy.js';
import { SignalEnum } from '../rules/policy.resolver.js';
import { SurfaceEnum } from '../rules/types/ruleEnums.js';
import type { Counterfactual } from './explain/counterfactual.js';
import { OBSTACLES, type Obstacle } from './explain/stopperWords.js';
import {
  PLACE_STOPPERS,
  STAGE_OUTCOMES,
  STAGES,
  type Stage,
  type StageOutcome,
  type StopperCode,
  type WhyNot,
} from './explain/whyNot.js';
import type { ReasonCode } from './pipeline/reasons.js';
import { ReasonCodeEnum } from './reason.types.js';
import { RecommendationType } from './recommendations.resolver.js';
import type { RecommendationsService } from './recommendations.service.js';

@ObjectType('Counterfactual', {
  simpleResolvers: true,
  description: 'Where a course would stand without one fact, found by making the list again without it.',
})
@Access('inherit')
class CounterfactualType {
  @Field(() => String, {
    description: 'In words, in English. What the learner searched for is told to the learner and the portal only.',
  })
  text!: string;

  @Field(() => ReasonCodeEnum, { description: 'The kind of fact that is taken away.' })
  changed!: ReasonCode;

  @Field(() => Int, { description: 'Place in the list as it is, from 1.' })
  rankBefore!: number;

  @Field(() => Int, { nullable: true, description: 'Place in the list without the fact; null: it would not be in it.' })
  rankAfter!: number | null;
}

const StageEnum = enumOf(STAGES);
registerEnumType(StageEnum, {
  name: 'RecommendationStage',
  description: 'A step on the way to a list, in the order in which they are taken.',
  valuesConfig: {
    CANDIDATE: { description: 'What speaks for the course and against it is gathered.' },
    ELIGIBILITY: { description: 'Whether it may be recommended to this learner at all.' },
    SCORE: { description: 'Its place by score among all that may be.' },
    DIVERSITY: { description: 'What is much like others before it is held back.' },
    EXPLORATION: { description: 'New courses are given a chance.' },
    RULES: { description: 'L&D rules give shares and places, and limit what comes from one provider or tag.' },
    FINAL_CHECK: { description: 'Whether it may be recommended is checked once more.' },
  },
});

const OutcomeEnum = enumOf(STAGE_OUTCOMES);
registerEnumType(OutcomeEnum, {
  name: 'StageOutcome',
  description: 'What a stage did with a course.',
  valuesConfig: {
    PASSED: { description: 'The course went on from there.' },
    STOPPED: { description: 'This stage is why it is not shown.' },
    NOT_REACHED: { description: 'It did not come this far.' },
  },
});

const ObstacleEnum = enumOf(OBSTACLES);
const OBSTACLES_DESCRIBED: Readonly<Record<Obstacle, { readonly description: string }>> = {
  NOT_PUBLISHED: { description: 'It is not out yet.' },
  RETIRED: { description: 'It was retired.' },
  EXCLUDED: { description: 'L&D keeps it out of recommendations.' },
  RULE_EXCLUDED: { description: 'An L&D rule takes it out of this learner’s choice.' },
  RULE_REQUIRES_OTHER: { description: 'An L&D rule leaves this learner other courses only.' },
  ASSIGNED: { description: 'It is assigned, and stands among the required learning.' },
  COMPLETED: { description: 'The learner has completed or passed it.' },
  WAIVED: { description: 'The learner was spared it.' },
  DISMISSED: { description: 'The learner dismissed it.' },
  OTHER_LANGUAGE: { description: 'It is in none of the learner’s languages.' },
  NO_SESSION_LEFT: { description: 'It is live, and its last session has begun.' },
  FULL: { description: 'No seat is left in any session to come.' },
  PREREQUISITE_MISSING: { description: 'Another course must come first.' },
  BEGUN: { description: 'The learner has begun it; it stands among what they can continue.' },
};
registerEnumType(ObstacleEnum, {
  name: 'RecommendationObstacle',
  description: 'What keeps a course from being recommended to a learner.',
  valuesConfig: OBSTACLES_DESCRIBED,
});

const StopperEnum = enumOf([...OBSTACLES, ...PLACE_STOPPERS]);
registerEnumType(StopperEnum, {
  name: 'RecommendationStopper',
  description: 'Why a course is not among those shown.',
  valuesConfig: {
    ...OBSTACLES_DESCRIBED,
    OUTSCORED: { description: 'Others have a higher score.' },
    TOO_MUCH_OF_THE_SAME: { description: 'It was held back for the sake of variety.' },
    GAVE_WAY: { description: 'It gave its place to a new course that is given its chance.' },
    RULE_LOWERED: {
      description:
        'It would be shown but for L&D rules that lower it, alone or together with rules that raise other courses.',
    },
    RULE_RAISED_OTHERS: { description: 'It would be shown but for L&D rules that raise other courses past it.' },
    RULE_CAPPED: { description: 'An L&D rule holds it back: enough of its provider, or tag, stands before it.' },
    RULE_MADE_ROOM: { description: 'It stands further down for what L&D rules place, itself included.' },
  },
});

const RULE_ID = 'Id of the L&D rule behind it, which the text quotes; null: none, or several.';

@ObjectType('WhyNotStopper', { simpleResolvers: true, description: 'What stopped a course, and where.' })
@Access('inherit')
class WhyNotStopperType {
  @Field(() => StageEnum, { description: 'The stage.' })
  stage!: Stage;

  @Field(() => StopperEnum, { description: 'What it was, for programs.' })
  code!: StopperCode;

  @Field(() => String, { description: 'In words, with the facts, in English.' })
  text!: string;

  @Field(() => ID, { nullable: true, description: RULE_ID })
  ruleId!: string | null;
}

@ObjectType('WhyNotStage', { simpleResolvers: true, description: 'What one stage did with the course.' })
@Access('inherit')
class WhyNotStageType {
  @Field(() => StageEnum, { description: 'The stage.' })
  stage!: Stage;

  @Field(() => OutcomeEnum, { description: 'What it came to.' })
  outcome!: StageOutcome;

  @Field(() => Int, {
    nullable: true,
    description:
      'Place after the stage, from 1; null where it gives none. SCORE names the place of a course that may not be recommended too.',
  })
  rank!: number | null;

  @Field(() => String, { description: 'In words, in English.' })
  text!: string;
}

@ObjectType('WhyNotObstacle', {
  simpleResolvers: true,
  description: 'Something that keeps a course from being chosen.',
})
@Access('inherit')
class WhyNotObstacleType {
  @Field(() => ObstacleEnum, { description: 'What it is, for programs.' })
  code!: Obstacle;

  @Field(() => String, { description: 'In words, with the facts, in English.' })
  text!: string;

  @Field(() => String, { nullable: true, description: 'What would change it; null: nothing is known to.' })
  wayOut!: string | null;

  @Field(() => ID, { nullable: true, description: RULE_ID })
  ruleId!: string | null;
}

@ObjectType('SignalContribution', { simpleResolvers: true, description: 'What one signal adds to a score.' })
@Access('inherit')
class SignalContributionType {
  @Field(() => SignalEnum, { description: 'The signal.' })
  signal!: SignalName;

  @Field(() => Float, { description: 'The signal before it is weighed.' })
  value!: number;

  @Field(() => Float, { description: 'What it adds, in the units of the score.' })
  contribution!: number;
}

@ObjectType('SignalShortfall', {
  simpleResolvers: true,
  description: 'How far one signal leaves a course behind the last one that is shown.',
})
@Access('inherit')
class SignalShortfallType {
  @Field(() => SignalEnum, { description: 'The signal.' })
  signal!: SignalName;

  @Field(() => Float, { description: 'What it adds to this course, in the units of the score.' })
  contribution!: number;

  @Field(() => Float, { description: 'What it adds to the last course shown.' })
  otherContribution!: number;
}

@ObjectType('WouldAppear', {
  simpleResolvers: true,
  description: 'One change that would bring a course among those shown, found by making the list again with it.',
})
@Access('inherit')
class WouldAppearType {
  @Field(() => String, { description: 'The change and its effect in words, in English.' })
  text!: string;

  @Field(() => Int, { description: 'The place that the course would get.' })
  rank!: number;
}

@ObjectType('WhyNot', {
  simpleResolvers: true,
  description: 'Why a course is, or is not, among the first of the list that a learner would get now.',
})
@Access('inherit')
class WhyNotType {
  @Field(() => CourseType, { description: 'The course.' })
  course!: CourseType;

  @Field(() => Boolean, { description: 'Whether it is among those shown.' })
  isShown!: boolean;

  @Field(() => Int, { nullable: true, description: 'Place in the whole list; null: it is not in it.' })
  rank!: number | null;

  @Field(() => Float, { description: 'Its score, comparable within this list only.' })
  score!: number;

  @Field(() => WhyNotStopperType, { nullable: true, description: 'What stopped it; null: it is shown.' })
  stopper!: WhyNotStopperType | null;

  @Field(() => String, {
    nullable: true,
    description: 'What would bring it among those shown, in words; null: it is there, or nothing that was tried would.',
  })
  wayOut!: string | null;

  @Field(() => WouldAppearType, {
    nullable: true,
    description:
      'For a course that may be recommended but stands too far down: the first change found that would bring it up. Tried ' +
      'are skills that reach another level, a search for its title, and the completion of courses like it.',
  })
  wouldAppear!: WouldAppearType | null;

  @Field(() => [String], { description: 'Why it is there, strongest reason first; empty when it is not.' })
  reasons!: readonly string[];

  @Field(() => [WhyNotStageType], { description: 'Every stage, in the order in which they are taken.' })
  stages!: readonly WhyNotStageType[];

  @Field(() => [WhyNotObstacleType], {
    description: 'Everything that keeps it from being chosen, the first one first.',
  })
  obstacles!: readonly WhyNotObstacleType[];

  @Field(() => [SignalContributionType], { description: 'What its score is made of, largest first.' })
  contributions!: readonly SignalContributionType[];

  @Field(() => [SignalShortfallType], {
    description:
      'What the last course shown has that this one has not: at most three signals, largest difference first.',
  })
  behind!: readonly SignalShortfallType[];
}

/** In units of the cost limit: making a list again takes about a millisecond. */
const COUNTERFACTUAL_COST = 1_000;
const WHY_NOT_COST = 8_000;

@Resolver(() => RecommendationType)
export class CounterfactualResolver {
  @Access('inherit')
  @FieldResolver(() => CounterfactualType, {
    nullable: true,
    complexity: COUNTERFACTUAL_COST,
    description:
      'What the place hangs on: the strongest reason without which the course would stand further down. Null when it ' +
      'would keep its place without any single one. Costly: the list is made again for it.',
  })
  async counterfactual(
    @Root() item: RecommendationType,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<Counterfactual | null> {
    // Each takes some milliseconds of nothing but arithmetic: let others have their turn in between.
    await nextTurn();
    return item.counterfactualFor(viewer);
  }
}

@Resolver()
export class WhyNotResolver {
  readonly #recommendations: RecommendationsService;

  constructor(recommendations: RecommendationsService) {
    this.#recommendations = recommendations;
  }

  @Access({ roles: ['LEARNER', 'MANAGER'], scopes: ['RECOMMEND'], learnerArg: 'learnerId' })
  @Query(() => WhyNotType, {
    complexity: WHY_NOT_COST,
    description:
      'Why a course is not among the first of a learner’s list as it would be made now, stage by stage, and what would ' +
      'bring it there; for a course that is among them, why it is. Nothing is recorded.',
  })
  async whyNot(
    @Arg('learnerId', () => ID, { description: 'Your own id of the learner.' }) learnerId: string,
    @Arg('courseId', () => ID, { description: 'Your own id of the course.' }) courseId: string,
    @Arg('first', () => Int, {
      nullable: true,
      description: 'How many of the list count as shown; 10 when left out, at most 100.',
    })
    first: number | null | undefined,
    @Arg('surface', () => SurfaceEnum, {
      defaultValue: 'HOME',
      description: 'Where the list would be shown: rules may be for some places only.',
    })
    surface: Surface,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<WhyNot> {
    return await this.#recommendations.whyNot(learnerId, courseId, clampFirst(first), surface, viewer);
  }
}
